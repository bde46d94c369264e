"""Handlers that came in between: a look at a flag and the sleep, the first and the last value of a comparison.

Which of the two came first is what a lost wake-up is about, and that they were not one moment's what a torn value is.
The handler's stores say what it changed. No state.
"""

from __future__ import annotations

from itertools import pairwise

from emulator.diagnosis.definitions import effect_at
from emulator.diagnosis.places import frame_words, is_ram, name_at, value_words, where_is
from emulator.diagnosis.replay import EXC_RETURN, LR, SP, Replay, State
from emulator.timetravel.checkpoint import Position
from emulator.trace.backtrace import backtrace
from emulator.trace.headline import describe_exception
from emulator.trace.why import WhyStep

WINDOWS = (3_000, 30_000, 300_000)
LONGEST_HANDLER = 1_000
MOST_STORES = 3
BETWEEN, MOST_BETWEEN = 2_000, 2
"""Instructions between values that are compared, and exceptions in them that are worth a word."""


def tell_last_interrupt(replay: Replay, steps: list[WhyStep], end: Position) -> None:
    """Say which exception was taken last before ``end``, what it interrupted, and what its handler stored."""
    for window in WINDOWS:
        states = replay.blocks_before(end, window)
        taken = _taken(states)
        if taken:
            entry, back = taken[-1]
            ago = f"{end.executed - entry.position.executed:,} instructions before the end"
            _tell(replay, steps, entry, back, "the last exception was {name}, at {now}, " + ago)
            return
        if states[0].position.executed == 0:
            return


def tell_between(replay: Replay, steps: list[WhyStep]) -> None:
    """Say which exception came between the values that a comparison was about, by ``steps``, if one or two did."""
    decided = [step.time for step in steps if step.kind == "decision" and step.time is not None]
    if not decided or replay.story is not None:
        return
    last = max(decided)
    known = (step.time for step in steps if step.kind in ("register", "decision") and step.time is not None)
    first = min(time for time in known if last - time <= BETWEEN)
    replay.traveller.goto_time(last)
    end = replay.position
    replay.traveller.goto_time(first)
    taken = _taken(replay.blocks_before(end, end.executed - replay.position.executed)) if first < last else []
    if 0 < len(taken) <= MOST_BETWEEN:
        _tell(replay, steps, *taken[-1], "{name} came in between, at {now}")


def _taken(states: list[State]) -> list[tuple[State, State]]:
    """Return where handlers that interrupted the program began, and where they had returned, among ``states``."""
    found = []
    for place, (frame, entry) in enumerate(pairwise(states)):
        if frame.is_frame and not frame.ipsr and entry.ipsr and entry.registers[LR] >= EXC_RETURN:
            back = next((one for one in states[place + 2 :] if one.ipsr != entry.ipsr and not one.is_frame), None)
            found += [(entry, back)] if back is not None else []
    return found


def _tell(replay: Replay, steps: list[WhyStep], entry: State, back: State, words: str) -> None:
    replay.traveller.goto(entry.position)
    machine = replay.machine
    where, now = where_is(replay), machine.clock.now
    text = words.format(name=describe_exception(machine, entry.ipsr), now=f"{now:,}")
    frames = backtrace(machine.registers, machine.image, machine.peek).frames
    interrupted = next((frame for frame in frames if frame.exception), None)
    text += f": it interrupted {frame_words(interrupted)}" if interrupted is not None else ""
    steps.append(WhyStep("memory", text, now, entry.pc, where.place, "", where.thread))
    if back.position.executed - entry.position.executed > LONGEST_HANDLER:
        return
    for address, (state, value, size) in list(_stores(replay, entry, back).items())[-MOST_STORES:]:
        replay.traveller.goto(state.position)
        where, now, memory = where_is(replay), machine.clock.now, name_at(replay, address, state.pc)
        if memory:
            text = f"{where.words} stored {value_words(replay, value, size)} to {memory}, at {now:,}"
            steps.append(
                WhyStep("store", text, now, state.pc, where.place, where.caller, where.thread, address=address,
                        size=size, object=memory, value=value)
            )  # fmt: skip


def _stores(replay: Replay, entry: State, back: State) -> dict[int, tuple[State, int, int]]:
    """Return the last store of the handler to each address of RAM that is not its stack, with its value and size."""
    found: dict[int, tuple[State, int, int]] = {}
    for state in replay.steps_from(entry, back.position):
        effect = effect_at(replay, state) if state.ipsr == entry.ipsr else None
        for stored in effect[1].stored if effect is not None else ():
            address = stored.memory.address(state.registers, state.pc) + stored.place & 0xFFFF_FFFF
            if stored.memory.base != SP and is_ram(replay, address):
                value = state.registers[stored.register] & (1 << 8 * stored.size) - 1
                found.pop(address, None)
                found[address] = state, value, stored.size
    return found
