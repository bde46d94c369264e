"""A word that is changed again and again by what it held: how often, since when, and what of that was lost.

All accesses to the word up to the one that is asked about are looked at, each of which stops the second run. An update
is lost where somebody stores what was made of what the word held before somebody else stored there.
"""

from __future__ import annotations

from itertools import pairwise

from emulator.annotations import NamedTuple
from emulator.armv7m.faults import Access, exception_name
from emulator.diagnosis.definitions import Definition, Unknown, find_definition
from emulator.diagnosis.places import Where, named_memory, value_words, where_is
from emulator.diagnosis.replay import SP, Replay, State, Store, TooFar, Unseen
from emulator.diagnosis.slots import FRAME_POINTERS, frame_began, stored_by
from emulator.machine.stop import MemoryStored, Watchpoint
from emulator.operands import LOAD, SUM
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

MOST_STOPS = 2_000
"""Accesses that are looked at: of a word with more nothing is said."""
MOST_TRIED = 4
"""Stores that may have lost an update, of which it is asked what they were made of."""
MOST_MADE = 32
"""Registers and places of its frame that a stored value is followed through for that."""
LEAST_STEPS, OUTLIER = 4, 8
"""How many steps there are to be for each one that stands out, and how many times it is the usual one."""
START = "the start-up code"


class _Touch(NamedTuple):
    """An access at ``state``, by the thread or handler ``who``; ``value`` is None of a load."""

    state: State
    who: str
    value: int | None


class _Lost(NamedTuple):
    """What ``late`` stores was loaded at ``early``, and ``between`` is a store of somebody else in between."""

    early: _Touch
    between: _Touch
    late: _Touch


def tell_accumulated(replay: Replay, steps: list[WhyStep], store: Store) -> tuple[int, Position] | None:
    """Say how often the word that ``store`` changes was changed, and of the first update of it that was lost.

    Where a few steps were much larger than the others, that is said, and the register returned that the largest of them
    added, and where.
    """
    touches = _touches(replay, store)
    if touches is None:
        return None
    began = frame_began(replay, store.address, store.state)  # before that the word was another one
    touches = [one for one in touches if began is None or one.state.position > began]
    stores = [one for one in touches if one.value is not None and one.who != START]
    lost = _proven(replay, store.address, _lost(touches))
    if len(stores) > 1:
        where, at = _place(replay, stores[0].state)
        name = named_memory(replay, store.address, stores[0].state.pc)
        by = list(dict.fromkeys(one.who for one in stores if one.who))
        who = f", by {' and '.join(by)}" if len(by) > 1 else ""
        text = f"{name} was stored to {len(stores):,} times up to then{who}, first by {where.call} at {at}"
        _say(replay, steps, text, stores[0].state, where, store)
    if lost:
        _tell_lost(replay, steps, store, lost)
        return None
    return _tell_largest(replay, steps, store, touches)


def _tell_largest(
    replay: Replay, steps: list[WhyStep], store: Store, touches: list[_Touch]
) -> tuple[int, Position] | None:  # fmt: skip
    """Say which step was much larger than the others; return the register that was added, and where; else None."""
    stores = [one for one in touches if one.value is not None]
    sizes = [abs(_signed((late.value or 0) - (early.value or 0))) for early, late in pairwise(stores)]
    usual = sorted(sizes)[len(sizes) // 2] if sizes else 0
    large = [number for number, size in enumerate(sizes) if size > OUTLIER * max(1, usual)]
    if len(sizes) < LEAST_STEPS or not 0 < len(large) <= len(sizes) // LEAST_STEPS:
        return None
    number = max(large, key=lambda one: sizes[one])
    size, made = sizes[number], stores[number + 1]
    found = stored_by(replay, Store(made.state, 0, store.address, store.size, made.value, True))
    if found is None:
        return None
    step = (made.value or 0) - (stores[number].value or 0)
    added = _added(replay, found.register, made, step)
    if added is None:
        return None
    where, at = _place(replay, made.state)
    name = named_memory(replay, store.address, made.state.pc)
    often = "one step" if len(large) == 1 else f"the largest of {len(large):,} steps"
    text = f"{often} of {name} that stood out was {size:,}, by {where.call} at {at}; half of all were {usual:,} or less"
    _say(replay, steps, text, made.state, where, store)
    return added


def _added(replay: Replay, register: int, made: _Touch, step: int) -> tuple[int, Position] | None:
    """Return the register that held ``step``, but for constants, when it was added to what ``made`` stored."""
    position, value = made.state.position, made.value or 0
    for _ in range(MOST_TRIED):
        try:
            found = find_definition(replay, register, position)
        except (Unknown, TooFar):
            return None
        if found.source.kind != SUM:
            return None
        position = found.state.position
        held = [(one, found.state.registers[one]) for one in found.source.registers]
        if len(held) == 2:
            equal = [one for one, number in held if _signed(number) in (_signed(step), -_signed(step))]
            return (equal[0], position) if len(equal) == 1 else None
        register, before = held[0]
        step, value = step - (value - before), before
    return None


def _tell_lost(replay: Replay, steps: list[WhyStep], store: Store, lost: list[_Lost]) -> None:
    early, between, late = lost[0]
    parts = []
    for touch in (early, between):
        where, at = _place(replay, touch.state)
        parts.append((where.call, at, touch))
    where, at = _place(replay, late.state)
    name = named_memory(replay, store.address, late.state.pc)
    often = f"; {len(lost):,} such in all" if len(lost) > 1 else ""
    assert between.value is not None and late.value is not None
    first, second = (value_words(replay, one) for one in (between.value, late.value))
    text = (
        f"an update of {name} was lost: {parts[0][0]} loaded it at {parts[0][1]}, {parts[1][0]} stored {first} there "
        f"at {parts[1][1]}, and {where.words} stored {second} over that at {at}{often}"
    )
    _say(replay, steps, text, late.state, where, store)


def _say(replay: Replay, steps: list[WhyStep], text: str, state: State, where: Where, store: Store) -> None:
    """Add a sentence about ``state``, where the replay is."""
    now = replay.machine.clock.now
    steps.append(
        WhyStep("memory", text, now, state.pc, where.place, where.caller, where.thread, address=store.address)
    )  # fmt: skip


def _place(replay: Replay, state: State) -> tuple[Where, str]:
    replay.traveller.goto(state.position)
    where = where_is(replay)
    return where, f"{replay.machine.clock.now:,}" + (f" in {where.thread}" if where.thread else "")


def _signed(number: int) -> int:
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)


def _who(replay: Replay, state: State) -> str:
    if state.ipsr:
        return f"the {exception_name(state.ipsr)} handler"
    return "the program" if replay.story is None else replay.story.subject


def _lost(touches: list[_Touch]) -> list[_Lost]:
    """Return the updates that were lost, in their order."""
    found: list[_Lost] = []
    loads: dict[str, _Touch] = {}
    others: dict[str, _Touch] = {}  # by who has loaded: the first store of somebody else since then
    for touch in touches:
        if touch.value is None:
            loads[touch.who] = touch
            others.pop(touch.who, None)
            continue
        if touch.who in others:
            found.append(_Lost(loads[touch.who], others[touch.who], touch))
        for who in loads:
            if who != touch.who:
                others.setdefault(who, touch)
        loads.pop(touch.who, None)
        others.pop(touch.who, None)
    return found


def _proven(replay: Replay, address: int, lost: list[_Lost]) -> list[_Lost]:
    """Return those of ``lost`` by the same code as the first whose store was made of what it had loaded."""
    for one in lost[:MOST_TRIED]:
        if _is_made_of(replay, address, one):
            code = one.early.state.pc, one.late.state.pc
            return [other for other in lost if (other.early.state.pc, other.late.state.pc) == code]
    return []


def _is_made_of(replay: Replay, address: int, lost: _Lost) -> bool:
    """Whether the value that is stored at the end of ``lost`` was computed of the one that was loaded first."""
    late = lost.late
    stored = stored_by(replay, Store(late.state, 0, address, 4, late.value, True))
    if stored is None:
        return False
    asked, seen = [(stored.register, late.state.position)], set[tuple[int, Position]]()
    while asked and len(seen) < MOST_MADE:
        register, position = asked.pop(0)  # what is nearest first: loops that it came through are long
        if (register, position) in seen or register == SP:
            continue
        seen.add((register, position))
        try:
            found = find_definition(replay, register, position)
        except (Unknown, TooFar):
            continue
        if found.state.position == lost.early.state.position:
            return True
        if found.state.position < lost.early.state.position:
            continue
        asked += [(one, found.state.position) for one in found.source.registers]
        if found.source.kind == LOAD:
            asked += _kept(replay, found)
    return False


def _kept(replay: Replay, load: Definition) -> list[tuple[int, Position]]:
    """Return the register that was stored last where ``load`` has its value from, of a place in a frame."""
    memory, state = load.source.memory, load.state
    if memory is None or memory.base not in FRAME_POINTERS:
        return []
    try:
        store = replay.last_store(memory.address(state.registers, state.pc), 4, state.position)
    except (TooFar, Unseen, ValueError):
        return []
    stored = None if store is None else stored_by(replay, store)
    return [] if store is None or stored is None else [(stored.register, store.state.position)]


def _touches(replay: Replay, store: Store) -> list[_Touch] | None:
    """Return the accesses to the word of ``store`` up to it; None where there are too many, or others than words."""
    machine, traveller, end = replay.machine, replay.traveller, store.state.position
    traveller.goto(Position(0, 0))
    stops, machine.stops_at_faults = machine.stops_at_faults, False
    found: list[_Touch] = []
    try:
        machine.watch(store.address, store.size, reads=True)
        for _ in range(MOST_STOPS):
            reason = traveller.run(max(1, end.executed + 1 - replay.position.executed))
            if not isinstance(reason, Watchpoint | MemoryStored):
                return found
            if replay.position > end:
                return found
            if isinstance(reason, MemoryStored) or (reason.address, reason.size) != (store.address, store.size):
                continue
            state = replay.here()
            found.append(_Touch(state, _who(replay, state), reason.value if reason.access is Access.WRITE else None))
        return None
    except ValueError:
        return None
    finally:
        machine.clear_watches()
        machine.points_changed()
        machine.stops_at_faults = stops
