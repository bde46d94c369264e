"""A handler that returned with its stack pointer elsewhere than it had begun: what it pushed and did not pop.

The core takes the exception frame from where SP is, so that anything may come of it: no frame, or another one. [B1.5.8]
"""

from __future__ import annotations

from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import EXC_RETURN, LR, SP, Replay, State
from emulator.disasm import Instruction
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

WINDOWS = (300, 3_000, 30_000)
"""Instructions in front of the return that are looked through for the handler's entry."""


def tell_unbalanced(replay: Replay, steps: list[WhyStep], end: Position) -> bool:
    """Say it of the handler whose return is at ``end``, if its SP is another one than at its entry; whether it is."""
    replay.traveller.goto(end)
    last = replay.here()
    entry = handler_entry(replay, end, last.ipsr) if last.ipsr else None
    if entry is None or entry.registers[SP] == last.registers[SP] or entry.registers[LR] & 4:
        return False
    moved = last.registers[SP] - entry.registers[SP]
    side = "above" if moved > 0 else "below"
    replay.traveller.goto(Position(last.position.executed - 1, 0))
    where, now = where_is(replay), replay.machine.clock.now
    text = f"{where.words} returned with SP {abs(moved):,} bytes {side} where the handler had it when it began: "
    text += f"the core looked for the exception frame at 0x{last.registers[SP]:08x}, and it is at "
    text += f"0x{entry.registers[SP]:08x}"
    steps.append(WhyStep("register", text, now, last.pc, where.place, where.caller, where.thread, register="sp"))
    found = _left_over(replay, entry, last)
    if found is not None:
        state, instruction = found
        replay.traveller.goto(state.position)
        where, now = where_is(replay), replay.machine.clock.now
        text = f"{where.words} moved SP there, and nothing has moved it back, at {now:,}: {instruction.text}"
        steps.append(
            WhyStep("register", text, now, state.pc, where.place, where.caller, where.thread, instruction.text, "sp")
        )
    return True


def handler_entry(replay: Replay, end: Position, ipsr: int) -> State | None:
    """Return the state in which the handler of ``ipsr`` begins that is left at ``end``."""
    for window in WINDOWS:
        states = replay.blocks_before(end, window)
        for before, after in zip(states[-2::-1], states[:0:-1], strict=False):
            if after.ipsr == ipsr and before.ipsr != ipsr:
                began = before.is_frame and after.registers[LR] >= EXC_RETURN
                if not began and before.registers[SP] < after.registers[SP]:
                    continue  # a nested handler has returned
                return after if began else None
        if states[0].position.executed == 0:
            return None
    return None


def _left_over(replay: Replay, entry: State, last: State) -> tuple[State, Instruction] | None:
    """Return the last instruction of the handler that left SP where it is at the end, None where it is above."""
    states = [one for one in replay.steps_from(entry, last.position) if one.ipsr == entry.ipsr and not one.is_frame]
    start, final = entry.registers[SP], last.registers[SP]
    if final > start:
        return None
    for number in range(len(states) - 1, 0, -1):
        if states[number].registers[SP] <= final < states[number - 1].registers[SP]:
            listed = replay.instructions(states[number - 1], 1)
            return (states[number - 1], listed[0]) if listed else None
    return None
