"""A handler that returned with registers changed that it was to keep: R4 to R11. [AAPCS 6.1.1]

For programs without a kernel of ours. A handler that switches tasks brings each task its registers back, so the state
that was interrupted is found again by its stack pointer, its instruction and its mode.
"""

from __future__ import annotations

from emulator.armv7m.faults import exception_name
from emulator.diagnosis.definitions import interrupted_at
from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay, State
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

LOOKED_AT = 20_000
"""Instructions at the beginning and at the end that are looked through."""
KEPT = range(4, 12)


def tell_changed(replay: Replay, steps: list[WhyStep], entry: State, register: int) -> None:
    """Say that the handler that began at ``entry`` has changed ``register`` of what it interrupted."""
    replay.traveller.goto(entry.position)
    where, now = where_is(replay), replay.machine.clock.now
    text = (
        f"{where.words}, the {exception_name(entry.ipsr)} handler, which interrupted the program at {now:,}, had "
        f"changed r{register} when it returned, and an exception handler must keep it"
    )
    steps.append(WhyStep("register", text, now, entry.pc, where.place, "", where.thread, register=f"r{register}"))


def tell_clobbered(replay: Replay, steps: list[WhyStep], end: Position) -> None:
    """Say which handler has changed a register that it was to keep, if one has in the first or last instructions.

    Handlers mostly leave the same values each time, so that it is the first time that is seen.
    """
    if replay.story is not None:
        return
    for last in (min(end, Position(LOOKED_AT, 0)), end):
        states = replay.blocks_before(last, LOOKED_AT)
        for place in range(1, len(states)):
            found = _changed(states, place)
            if found is not None:
                tell_changed(replay, steps, *found)
                return


def _changed(states: list[State], place: int) -> tuple[State, int] | None:
    """Return the entry of the handler that has returned to ``states[place]``, and a register that it has changed."""
    before, after = states[place - 1], states[place]
    if after.ipsr == before.ipsr or after.is_frame or before.is_frame:
        return None
    resumed = interrupted_at(states, place)
    if resumed is None:
        return None
    then = states[resumed].registers
    return next(((states[resumed + 1], one) for one in KEPT if then[one] != after.registers[one]), None)
