"""Where the number came from that an instruction took out of an FP register: who computed or loaded it. State: none."""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import Protocol
from emulator.diagnosis.definitions import Definition
from emulator.diagnosis.fp_trace import COMPUTES, FpStep, float_of, fp_steps, fp_words, held_words, value_of
from emulator.diagnosis.places import named_memory, where_is
from emulator.diagnosis.replay import Replay
from emulator.operands import split_mnemonic
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

WINDOW = 1_000
"""Instructions in front of the move that are looked through."""
MOST_MOVES = 8
MOST_TOLD = 3
"""Operations that a number came through that are told."""
_COPIES = ("vmov", "vcvt", "vcvtr")
_LOADS = ("vldr",)
_CHANGE_NONE = ("vcmp", "vcmpe", "vstr", "vstm", "vpush", "vmrs", "vmsr")


class Follower(Protocol):
    """What follows core registers and memory, and keeps the sentences."""

    noun: str
    steps: list[WhyStep]

    def follow_register(self, register: int, position: Position) -> None:
        """Say where ``register`` got its value before ``position``."""

    def follow_memory(self, address: int, size: int, position: Position, say: Callable[[], None]) -> None:
        """Say who stored last to memory before ``position``."""


def follow_fp(origins: Follower, replay: Replay, moved: Definition, name: str = "") -> None:
    """Say who made the number that the instruction of ``moved`` took from an FP register, or that in ``name``."""
    end = moved.state.position
    replay.traveller.goto(end)
    words = fp_words(replay)
    name = name or next(iter(FpStep(moved.state, moved.instruction, words, words).names), "")
    if not name:
        return
    value = value_of(name, words)
    seen = fp_steps(replay, Position(max(0, end.executed - WINDOW), 0), end)
    told = 0
    for _ in range(MOST_MOVES):
        found = _last_change(seen, name)
        if found is None or found.state.ipsr != moved.state.ipsr or value_of(name, found.after) != value:
            return
        base = split_mnemonic(found.base)[0]
        used = found.names[1:]
        if base in _COPIES and len(used) == 1:
            name, value = used[0], value_of(used[0], found.before)
            seen = [one for one in seen if one.state.position < found.state.position]
            continue
        _tell(origins, replay, found, base)
        told += 1
        if base not in COMPUTES or told == MOST_TOLD:
            return
        name = _operand(found, base)
        value = value_of(name, found.before)
        seen = [one for one in seen if one.state.position < found.state.position]


def _tell(origins: Follower, replay: Replay, found: FpStep, base: str) -> None:
    state, name = found.state, found.names[0]
    replay.traveller.goto(state.position)
    where, now = where_is(replay), replay.machine.clock.now
    text = ""
    if base in COMPUTES:
        operands = " and ".join(held_words(one, found.before) for one in found.names[1:])
        result = held_words(name, found.after).replace(" held ", " then held ")
        text = f"{where.call} computed that number at {now:,}: {found.instruction.text}: {operands}, {result}"
    address = found.address
    if base in _LOADS and address is not None:
        memory = named_memory(replay, address, state.pc)
        text = f"{where.call} loaded that number, {held_words(name, found.after)}, from {memory} at {now:,}"
    if text:
        facts = (where.place, where.caller, where.thread, found.instruction.text)
        origins.steps.append(WhyStep("register", text, now, state.pc, *facts, address=address))
    if base in _LOADS and address is not None:
        origins.follow_memory(address, 8 if name.startswith("d") else 4, state.position, lambda: None)
        return
    source = found.instruction.operands.rpartition(", ")[2]
    if base == "vmov" and source.startswith("r") and source[1:].isdigit() and int(source[1:]) < 13:
        origins.noun = "that number"
        origins.follow_register(int(source[1:]), state.position)


def _operand(found: FpStep, base: str) -> str:
    """Return the operand that made the result of ``found`` so large: a divisor below 1, else the largest number."""
    used = found.names[1:] or found.names
    numbers = [abs(float_of(one, found.before)) for one in used]
    strange = [one for one, number in zip(used, numbers, strict=True) if not number < float("inf")]
    if strange:
        return strange[0]
    if base == "vdiv" and len(used) == 2:
        return used[1] if numbers[1] < 1 else used[0]
    return max(zip(numbers, used, strict=True), key=lambda one: one[0])[1]


def _last_change(seen: list[FpStep], name: str) -> FpStep | None:
    """Return the last instruction that gave ``name`` its value, also as a part of a wider register."""
    for one in reversed(seen):
        base = split_mnemonic(one.base)[0]
        operands = one.instruction.operands
        if base in _CHANGE_NONE or (base == "vmov" and operands.startswith("r")):
            continue
        if value_of(name, one.before) != value_of(name, one.after) or (one.names and one.names[0] == name):
            return one
    return None
