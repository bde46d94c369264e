"""Where execution left the program's code: the last branch to an address where there is none.

Zeroed memory is a long row of MOVS r0, r0, and data is mostly instructions too, so the branch may be long ago. It is
bracketed by looking at ever earlier times, then halved down to a stretch of blocks. From there on every block is looked
at, up to LONGEST_WALK instructions: execution may have come back to the code, and left it again.
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


def is_constant(replay: Replay, address: int) -> bool:
    """Whether a data object is at ``address`` that is kept beside functions, as machine code in a constant is.

    Vendors' delay loops are written so. Who came to such a place by accident does not stay there.
    """
    image = replay.machine.image
    segment = image.segment_at(address)
    if segment is None or image.symbols.find_object(address) is None:
        return False
    return any(
        symbol.is_function and segment.address <= symbol.address < segment.end for symbol in image.symbols.symbols
    )


def find_departure(replay: Replay, position: Position) -> Departure | None:
    """Return how execution came out of the program's code, which it is not in at ``position``; None: it never was."""
    replay.traveller.goto(position)
    ipsr = replay.here().ipsr
    inside, outside = _bracket(replay, position, ipsr)
    if inside is None:
        return None
    while outside.executed - inside.executed > STRETCH:
        middle = Position((inside.executed + outside.executed) // 2, 0)
        state = state_of(replay, middle, ipsr, outside)
        if state is None:
            break
        if is_code(replay, state.pc):
            inside = state.position
        else:
            outside = state.position
    return _last_exit(replay, inside, min(position, Position(outside.executed + LONGEST_WALK, 0)), ipsr)


def _bracket(replay: Replay, position: Position, ipsr: int) -> tuple[Position | None, Position]:
    """Return a time when execution was in the program's code, and one after it when it was not."""
    outside, distance = position, 64
    while position.executed > 0:
        earlier = Position(max(0, position.executed - distance), 0)
        state = state_of(replay, earlier, ipsr, outside)
        if state is not None and is_code(replay, state.pc):
            return state.position, outside
        if state is not None:
            outside = state.position
        if not earlier.executed:
            break
        distance *= 2
    return None, outside


def state_of(replay: Replay, position: Position, ipsr: int, end: Position) -> State | None:
    """Return the state at ``position``, or the next one that is in no other handler; None before ``end``."""
    replay.traveller.go_near(position)
    for number, _ in enumerate(replay.traveller.walk(end)):
        state = replay.here()
        if state.ipsr == ipsr:
            return state
        if number > MOST_BLOCKS:
            break
    return None


def _last_exit(replay: Replay, start: Position, end: Position, ipsr: int) -> Departure | None:
    """Return the last step out of the code from ``start`` to ``end``."""
    replay.traveller.goto(start)
    found: tuple[State, State] | None = None
    before: State | None = None
    for state in replay.states_to(end):
        before, found = _step_out(replay, state, before, found, ipsr)
    if found is None:
        return None
    steps = replay.steps_from(found[0], found[1].position)
    return Departure(next((one for one in reversed(steps[:-1]) if one.ipsr == ipsr), found[0]), found[1])


def _step_out(
    replay: Replay, here: State, before: State | None, found: tuple[State, State] | None, ipsr: int
) -> tuple[State | None, tuple[State, State] | None]:
    """Return the state ``here``, or the last one outside of other handlers, and the last step out of the code."""
    if here.ipsr != ipsr or here.is_frame:
        return before, found
    if before is not None and is_code(replay, before.pc) and not is_code(replay, here.pc):
        found = before, here
    return here, found
