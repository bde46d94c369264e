"""Who set the mask register that holds an interrupt or an SVC off at the end of a run: the last MSR or CPS that did.

Each block of the last instructions is asked. Where the mask was set before those, its value is looked at in the past.
"""

from __future__ import annotations

from emulator.bits import set_bits
from emulator.diagnosis.function_paths import branch_target, condition_of
from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay, State
from emulator.machine.machine import Machine
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

PIECE = 30_000
"""Instructions whose blocks are looked at."""
MASKS = ("PRIMASK", "BASEPRI", "FAULTMASK")
_WRITES = {
    "PRIMASK": ("msr primask", "cpsid i", "cpsie i"),
    "BASEPRI": ("msr basepri",),
    "FAULTMASK": ("msr faultmask", "cpsid f", "cpsie f"),
    "CONTROL": ("msr control",),
}


def tell_mask(replay: Replay, steps: list[WhyStep], end: Position) -> None:
    """Say who set the mask that holds off an interrupt which pends at ``end``, where the replay is, if one does."""
    mask = _holding(replay.machine)
    if mask is not None:
        tell_holding_mask(replay, steps, mask, end)


def tell_holding_mask(replay: Replay, steps: list[WhyStep], mask: str, end: Position) -> None:
    """Say who gave the register ``mask`` the value that it has at ``end``, where the replay is, then and afterwards."""
    value = getattr(replay.machine.registers, mask.lower())
    came = _stays_since(replay, end)
    found = _write_before(replay, mask, came)
    if found is None:
        begun = _begun(replay, mask, value, max(0, came.executed - PIECE))
        found = None if begun is None else _write_before(replay, mask, begun)
    if found is not None:
        _tell(replay, steps, found, f"{mask} to 0x{value:x}")
    replay.traveller.goto(end)


def tell_unprivileged(replay: Replay, steps: list[WhyStep], end: Position) -> None:
    """Say who made the code at ``end`` unprivileged, which a kernel does not do at each switch."""
    replay.traveller.goto(end)
    value = replay.machine.registers.control
    found = _write_before(replay, "CONTROL", end)
    if found is None:
        begun = _begun(replay, "CONTROL", value, max(0, end.executed - PIECE))
        found = None if begun is None else _write_before(replay, "CONTROL", begun)
    if found is not None:
        _tell(replay, steps, found, f"CONTROL to 0x{value:x}, which makes Thread mode unprivileged,")


def _stays_since(replay: Replay, end: Position) -> Position:
    """Return when the run came to the branch to itself that it is in at ``end``, with no exception since; else that."""
    replay.traveller.goto(end)
    here = replay.here()
    listed = replay.instructions(here, 1)
    if not listed or condition_of(listed[0]) or branch_target(listed[0]) != here.pc & ~1:
        return end
    first, last = 0, end.executed
    while first < last:
        middle = (first + last) // 2
        replay.traveller.goto(Position(middle, 0))
        stays = replay.here().pc == here.pc and replay.position.turns == end.turns
        first, last = (first, middle) if stays else (middle + 1, last)
    return Position(last, end.turns)


def _write_before(replay: Replay, mask: str, end: Position) -> tuple[State, int] | None:
    """Return the state in front of the block that wrote ``mask`` last before ``end``, and which instruction did.

    None where none of the last PIECE instructions has.
    """
    replay.traveller.goto(Position(max(0, end.executed - PIECE), 0))
    known: dict[tuple[int, int], int] = {}
    found: tuple[State, int] | None = None
    before: State | None = None
    for state in replay.states_to(end):
        if before is not None and not before.is_frame:
            number = _write_in(replay, before, state, mask, known)
            found = found if number < 0 else (before, number)
        before = state
    return found


def _begun(replay: Replay, mask: str, value: int, held: int) -> Position | None:
    """Return when ``mask`` came to hold the ``value`` that it has after ``held`` instructions, None: it always has.

    It is looked at in distances that double, and then halved between two: it may have had another one in between.
    """
    other, distance = held, PIECE
    while _holds_at(replay, mask, value, other):
        if other == 0:
            return None
        held, other = other, max(0, other - distance)
        distance *= 2
    while held - other > 1:
        middle = (held + other) // 2
        if _holds_at(replay, mask, value, middle):
            held = middle
        else:
            other = middle
    return Position(held, 0)


def _holds_at(replay: Replay, mask: str, value: int, executed: int) -> bool:
    replay.traveller.goto(Position(executed, 0))
    return bool(getattr(replay.machine.registers, mask.lower()) == value)


def _holding(machine: Machine) -> str | None:
    """Return the mask register that an enabled interrupt which pends waits for, None where none does."""
    exceptions, registers = machine.exceptions, machine.registers
    if machine.personality is not None:
        return None
    waiting = [number for number in set_bits(exceptions.pending) if exceptions.is_enabled(number)]
    unmasked, now = exceptions.execution_priority(0, 0, 0), machine.core.execution_priority()
    if not any(exceptions.preempts(one, unmasked) and not exceptions.preempts(one, now) for one in waiting):
        return None
    if registers.faultmask & 1:
        return "FAULTMASK"
    return "PRIMASK" if registers.primask & 1 else "BASEPRI"


def _write_in(replay: Replay, before: State, after: State, mask: str, known: dict[tuple[int, int], int]) -> int:
    """Return the number of the last instruction between two states that writes ``mask``, -1 where none does."""
    count = after.position.executed - before.position.executed
    key = before.pc, count
    if key not in known:
        listed = replay.instructions(before, count) if count else []
        writes = [number for number, one in enumerate(listed) if one.text.startswith(_WRITES[mask])]
        known[key] = writes[-1] if writes else -1
    return known[key]


def _tell(replay: Replay, steps: list[WhyStep], found: tuple[State, int], what: str) -> None:
    state, number = found
    at = replay.steps_from(state, Position(state.position.executed + number, state.position.turns))[-1]
    replay.traveller.goto(at.position)
    listed = replay.instructions(at, 1)
    where, now = where_is(replay), replay.machine.clock.now
    text = f"{where.call} set {what} at {now:,}: {listed[0].text}"
    steps.append(
        WhyStep("register", text, now, at.pc, where.place, where.caller, where.thread, listed[0].text)
    )  # fmt: skip
