"""Where execution left the program's code: the last branch to an address where there is none.

Zeroed memory is a long row of MOVS r0, r0, and data is mostly instructions too, so the branch may be long ago. It is
bracketed by looking at ever earlier times, then halved down to a stretch of blocks, and whatever came back to the
program's code after it is looked for up to LONGEST_WALK instructions.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.diagnosis.replay import Replay, State
from emulator.timetravel.checkpoint import Position

STRETCH = 600
"""Instructions that are looked through block by block."""
LONGEST_WALK = 1_000_000
MOST_BLOCKS = 500
"""Blocks of handlers that are passed to come back to what they interrupted."""


class Departure(NamedTuple):
    """``state`` is in front of the instruction that left the code, ``target`` the state behind it."""

    state: State
    target: State


def is_code(replay: Replay, address: int) -> bool:
    """Whether the program has code at ``address``: a function, or, without symbols, anything of its file."""
    image = replay.machine.image
    if any(symbol.is_function for symbol in image.symbols.symbols):
        return image.symbols.find_code(address & ~1) is not None
    segment = image.segment_at(address)
    return segment is not None and address < segment.address + len(segment.data)


def find_departure(replay: Replay, position: Position) -> Departure | None:
    """Return how execution came out of the program's code, which it is not in at ``position``; None: it never was."""
    replay.traveller.goto(position)
    ipsr = replay.here().ipsr
    inside, outside = _bracket(replay, position, ipsr)
    if inside is None:
        return None
    while outside.executed - inside.executed > STRETCH:
        middle = Position((inside.executed + outside.executed) // 2, 0)
        state = _state_of(replay, middle, ipsr, outside)
        if state is None:
            break
        if is_code(replay, state.pc):
            inside = state.position
        else:
            outside = state.position
    replay.traveller.goto(inside)
    found = None
    while True:
        end = min(position, Position(replay.position.executed + STRETCH, 0))
        last = _last_exit(replay, replay.walk(end), ipsr)
        found = last or found
        if replay.position >= position or replay.position.executed > outside.executed + LONGEST_WALK:
            return found


def _bracket(replay: Replay, position: Position, ipsr: int) -> tuple[Position | None, Position]:
    """Return a time when execution was in the program's code, and one after it when it was not."""
    outside, distance = position, 64
    while position.executed > 0:
        earlier = Position(max(0, position.executed - distance), 0)
        state = _state_of(replay, earlier, ipsr, outside)
        if state is not None and is_code(replay, state.pc):
            return state.position, outside
        if state is not None:
            outside = state.position
        if not earlier.executed:
            break
        distance *= 2
    return None, outside


def _state_of(replay: Replay, position: Position, ipsr: int, end: Position) -> State | None:
    """Return the state at ``position``, or the next one that is in no other handler; None before ``end``."""
    replay.traveller.goto(position)
    for number, _ in enumerate(replay.traveller.walk(end)):
        state = replay.here()
        if state.ipsr == ipsr:
            return state
        if number > MOST_BLOCKS:
            break
    return None


def _last_exit(replay: Replay, states: list[State], ipsr: int) -> Departure | None:
    """Return the last step among ``states`` out of the code; the replay is then where it was."""
    own = [state for state in states if state.ipsr == ipsr]
    here = replay.position
    for before, after in zip(reversed(own[:-1]), reversed(own[1:]), strict=True):
        if is_code(replay, before.pc) and not is_code(replay, after.pc):
            steps = replay.steps_from(before, after.position)
            replay.traveller.goto(here)
            return Departure(next((one for one in reversed(steps[:-1]) if one.ipsr == ipsr), before), after)
    return None
