"""A loop that counts in a number of 8 or 16 bits up to a bound which no such number passes.

The number is one that an extension or a load of the loop makes so narrow; the bound is the same each time round. That
no value of the number ends the loop is tried with every one of them.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.bits import WORD_MASK
from emulator.diagnosis.definitions import Definition, Unknown, find_definition
from emulator.diagnosis.function_paths import branch_target, condition_of
from emulator.diagnosis.origin_words import NAMES
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import value_words, where_is
from emulator.diagnosis.replay import LR, PC, SP, Replay, State, TooFar
from emulator.diagnosis.stuck_loop import LEAST_ROUNDS, Turn, before_loop, leaves, turns_of
from emulator.disasm import Instruction
from emulator.operands import LOAD, effect_of, holds, registers_in, split_mnemonic
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

_WIDTHS = {"uxtb": 8, "uxth": 16, "sxtb": -8, "sxth": -16, "ldrb": 8, "ldrh": 16, "ldrsb": -8, "ldrsh": -16}
"""How many bits an instruction leaves of a number; negative: the uppermost of them is its sign."""


class Bound(NamedTuple):
    """What ``number``, a register that ``made`` keeps narrow, is compared with: ``register``, or a constant (-1)."""

    number: int
    made: Definition
    register: int
    value: int


def tell_narrow(replay: Replay, origins: Origins, rounds: list[list[State]], end: Position) -> None:
    """Say which branch of the loop of ``rounds`` no value of a narrow number leads out by, and whose its bound is."""
    if len(rounds) < LEAST_ROUNDS:
        return
    turns = [turns_of(replay, one) for one in rounds]
    if any([turn.branch[1].address for turn in one] != [turn.branch[1].address for turn in turns[0]] for one in turns):
        return
    for number, turn in enumerate(turns[-1]):
        if not leaves(replay, turn, rounds[-1]):
            continue
        bound = _bound(replay, [one[number] for one in turns], rounds[-1])
        if bound is not None and _is_never_passed(turn, bound, rounds[-1]):
            _tell(replay, origins, turn, bound, rounds[-1], end)


def _bound(replay: Replay, turns: list[Turn], states: list[State]) -> Bound | None:
    """Return what the comparison of the same branch, in each of ``turns``, is of; None of any other kind."""
    compared = turns[-1].compared[1]
    registers = registers_in(compared.operands)
    if split_mnemonic(compared.mnemonic)[0] != "cmp" or compared.operands.count(",") != 1:
        return None
    same = [one for one in registers if len({turn.compared[0].registers[one] for turn in turns}) == 1]
    others = [one for one in registers if one not in same]
    if len(others) != 1 or others[0] in (SP, LR, PC):
        return None
    made = _narrow(replay, others[0], turns[-1], states)
    if made is None:
        return None
    if len(registers) == 2:
        return Bound(others[0], made, same[0], turns[-1].compared[0].registers[same[0]])
    return Bound(others[0], made, -1, int(compared.operands.rpartition("#")[2], 0))


def _narrow(replay: Replay, register: int, turn: Turn, states: list[State]) -> Definition | None:
    """Return the instruction of the loop that leaves only some bits of what ``register`` holds at the comparison."""
    try:
        found = find_definition(replay, register, turn.compared[0].position)
    except (Unknown, TooFar):
        return None
    is_inside = found.state.position >= states[0].position
    return found if is_inside and split_mnemonic(found.instruction.mnemonic)[0] in _WIDTHS else None


def _is_never_passed(turn: Turn, bound: Bound, states: list[State]) -> bool:
    """Whether the branch goes where it went last, whatever the narrow number is."""
    state, branch = turn.branch
    after = next((one for one in states if one.position > state.position), None)
    if after is None:
        return False
    is_taken = after.pc & ~1 == branch_target(branch)
    is_first = registers_in(turn.compared[1].operands)[0] == bound.number
    width = _WIDTHS[split_mnemonic(bound.made.instruction.mnemonic)[0]]
    values = range(1 << width) if width > 0 else range(-1 << -width - 1, 1 << -width - 1)
    pairs = ((value & WORD_MASK, bound.value) if is_first else (bound.value, value & WORD_MASK) for value in values)
    condition = condition_of(branch)
    return all(holds(condition, _flags(*pair)) == is_taken for pair in pairs)


def _flags(first: int, second: int) -> int:
    """Return the flags that CMP sets, where they are in xPSR. AddWithCarry(). [A2.2.1]"""
    result = first - second & WORD_MASK
    overflow = (first ^ second) & (first ^ result)
    return result & 1 << 31 | (result == 0) << 30 | (first >= second) << 29 | (overflow >> 31) << 28


def _tell(
    replay: Replay, origins: Origins, turn: Turn, bound: Bound, loop: list[State], end: Position
) -> None:  # fmt: skip
    (at, branch), (state, compared) = turn
    replay.traveller.goto(at.position)
    where, now = where_is(replay), replay.machine.clock.now
    name = NAMES[bound.number]
    held = f"{NAMES[bound.register]} held {value_words(replay, bound.value)}, each time" if bound.register >= 0 else ""
    text = (
        f"the loop at {where.words} goes on by {branch.text}, behind {compared.text}: "
        f"{held}{', and ' if held else ''}{name} has {_bits(bound.made.instruction)} by {bound.made.instruction.text}: "
        f"no value of it ends the loop"
    )
    origins.steps.append(WhyStep("decision", text, now, at.pc, where.place, where.caller, where.thread, branch.text))
    if bound.register >= 0:
        position = before_loop(replay, bound.register, loop, state.position, end)
        replay.traveller.goto(end)
        found = Origins(replay, f"the value in {NAMES[bound.register]}", is_number=True)
        found.follow_register(bound.register, position)
        origins.steps += found.steps


def _bits(instruction: Instruction) -> str:
    width = _WIDTHS[split_mnemonic(instruction.mnemonic)[0]]
    of = " of what it loads" if any(one.kind == LOAD for one in effect_of(instruction).results.values()) else ""
    return f"{abs(width)} bits{of}{' and a sign' if width < 0 else ''}"
