"""A call of the kernel that was refused what it was given: an object that is none any more, or an id of none.

The kernel knows which call, and when; the second run is taken there, and who stored over the object's first word, or
where the id came from, is asked as of any other value.
"""

from __future__ import annotations

from emulator.diagnosis.given import call_number
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import named_memory, value_words, where_is
from emulator.diagnosis.replay import Replay, State, TooFar, Unseen
from emulator.diagnosis.slots import stored_by
from emulator.machine.story import RefusedArgument
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

NEAR = 100
"""Instructions around the moment of a call in which its stub is."""


def tell_refused_argument(replay: Replay, origins: Origins, end: Position) -> None:
    """Say of the first such call what it was given; nothing where there was none, or where the object is one."""
    refused = None if replay.story is None else replay.story.refused_argument()
    if refused is None:
        return
    state = _call(replay, refused, end)
    if state is None:
        return
    if not refused.is_object:
        _tell_id(replay, origins, refused, state)
        return
    try:
        store = replay.last_store(refused.value, 4, state.position)
    except (TooFar, Unseen, ValueError):
        return
    if store is not None and (store.value is None or stored_by(replay, store) is None):
        return  # the kernel itself: the object is one
    _tell_object(replay, origins, refused, state)


def _call(replay: Replay, refused: RefusedArgument, end: Position) -> State | None:
    """Return the state in front of the stub of the call, None where that is not seen."""
    first, last = 0, end.executed
    while first < last:
        middle = (first + last) // 2
        replay.traveller.goto(Position(middle, 0))
        if replay.machine.clock.now < refused.time:
            first = middle + 1
        else:
            last = middle
    stop = min(end, Position(last + NEAR, 0))
    states = replay.blocks_before(stop, 2 * NEAR)
    found = [one for one in states if one.registers[0] == refused.value and call_number(replay, one) == refused.call]
    near = [one for one in found if one.position.executed <= last]
    return near[-1] if near else None


def _tell_id(replay: Replay, origins: Origins, refused: RefusedArgument, state: State) -> None:
    origins.noun, origins.is_number = f"the id that {refused.name} was given", True
    origins.follow_register(0, state.position)


def _tell_object(replay: Replay, origins: Origins, refused: RefusedArgument, state: State) -> None:
    replay.traveller.goto(state.position)
    where, now = where_is(replay), replay.machine.clock.now
    held = replay.peek(refused.value, 4)
    memory = named_memory(replay, refused.value, state.pc)
    value = f": its first word held {value_words(replay, int.from_bytes(held, 'little'))}" if held is not None else ""
    at = f"{now:,}" + (f" in {where.thread}" if where.thread else "")
    text = f"{refused.name} in {where.caller or where.place} refused {memory}, at {at}, which is no such object{value}"
    step = WhyStep("memory", text, now, state.pc, where.place, where.caller, where.thread, address=refused.value)
    origins.follow_memory(refused.value, 4, state.position, lambda: origins.steps.append(step))
