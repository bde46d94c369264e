"""A number from an FP register that a handler may have changed: exceptions save S0 to S15 only where FPCCR.ASPEN is 1.

FP registers are not followed. What is said is certain: that nothing saved them, and which handler changed one last.
"""

from __future__ import annotations

from emulator.armv7m.faults import exception_name
from emulator.armv7m.fpu import FPCCR
from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay, State
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

WINDOW = 30_000
"""Instructions in front of the value that are looked through for the handler."""
FROM_FP = ("vmov", "vmrs")
_KEEPS = ("vcmp", "vmrs", "vmsr", "vstr", "vstm", "vpush")
"""FP instructions that change no S or D register."""


def tell_unsaved(replay: Replay, steps: list[WhyStep]) -> None:
    """Say which handler used FP registers that were not saved, where a value of ``steps`` came from one of those."""
    value = next((step for step in steps if step.instruction.startswith(FROM_FP) and step.time is not None), None)
    if value is None or value.time is None:
        return
    replay.traveller.goto_time(value.time)
    used = _last_use(replay, replay.here())
    if used is None:
        return
    state, text = used
    replay.traveller.goto(state.position)
    if FPCCR(replay.machine.system.peek(FPCCR.ADDRESS, 4)).ASPEN:
        return
    where, now = where_is(replay), replay.machine.clock.now
    words = (
        f"{where.words}, the {exception_name(state.ipsr)} handler, changed an FP register at {now:,} ({text}), and "
        "none of those in use had been saved when it was taken: FPCCR.ASPEN is 0"
    )
    steps.append(WhyStep("register", words, now, state.pc, where.place, where.caller, where.thread, text))


def _last_use(replay: Replay, value: State) -> tuple[State, str] | None:
    """Return the state in front of the last FP instruction of a handler that ``value`` is not in, and its text."""
    states = replay.blocks_before(value.position, WINDOW)
    for before, after in zip(reversed(states[:-1]), reversed(states), strict=False):
        if before.is_frame or before.ipsr in (0, value.ipsr):
            continue
        count = after.position.executed - before.position.executed
        listed = replay.instructions(before, count) if count else []
        number = next((n for n in range(len(listed) - 1, -1, -1) if _changes(listed[n].mnemonic)), None)
        if number is not None:
            at = Position(before.position.executed + number, before.position.turns)
            return replay.steps_from(before, at)[-1], listed[number].text
    return None


def _changes(mnemonic: str) -> bool:
    return mnemonic.startswith("v") and not mnemonic.startswith(_KEEPS)
