"""A run that goes round for ever: pointers that lead in a circle, and who closed it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from emulator.diagnosis.definitions import effect_at
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import memory_words
from emulator.diagnosis.replay import Replay, State, Store, TooFar, Unseen
from emulator.operands import LOAD, Source
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

LOOKED_AT = 400
"""Instructions at the end that are looked at."""
LEAST_ROUNDS = 3
MOST_LINKS = 16
"""Links of a circle, each of whose last store is looked for."""


def explain_circle(replay: Replay, origins: Origins) -> None:
    """Say that the links which the program follows at its end are a circle, and who stored to one of them last."""
    end = replay.position
    links = _circle(replay, end)
    if not links:
        return
    shown = ", ".join(memory_words(replay.machine.image, link) for link in links)
    words = f"the pointers that are followed there lead in a circle, over {shown}"
    origins.steps.append(WhyStep("memory", words, address=links[0], size=4))
    last: Store | None = None
    for link in links:
        try:
            store = replay.last_store(link, 4, end)
        except (TooFar, Unseen, ValueError):
            return
        if store is not None and (last is None or store.state.position > last.state.position):
            last = store
    if last is not None:
        origins.tell_store(last)


def _circle(replay: Replay, end: Position) -> list[int]:
    """Return the addresses of the links of a circle, lowest first; empty where it is none.

    A link is loaded through the pointer that it replaces, ``p = p->next``, and each round is the same code: else a list
    that ends where it began is gone through anew. A pointer that leads to itself is one that nothing else sets; that
    it is kept in memory in between, as without optimization, is no such thing.
    """
    states = replay.blocks_before(end, LOOKED_AT)
    steps = replay.steps_from(states[0], end)
    steps = [state for state in steps if state.ipsr == steps[-1].ipsr]
    results = [_results(replay, state) for state in steps[:-1]]
    followed: dict[tuple[int, int], list[int]] = {}
    for place, (state, found) in enumerate(zip(steps, results, strict=False)):
        for register, source in found.items():
            memory = source.memory
            if source.kind == LOAD and memory is not None and memory.base == register and memory.index_register < 0:
                followed.setdefault((state.pc, register), []).append(place)
    for (pc, register), places in followed.items():
        memory = results[places[0]][register].memory
        assert memory is not None
        addresses = [memory.address(steps[place].registers, pc) for place in places]
        links = sorted(set(addresses))
        rounds = len(addresses) // len(links)
        repeats = all(one == addresses[number % len(links)] for number, one in enumerate(addresses))
        if len(links) > MOST_LINKS or rounds < LEAST_ROUNDS or not repeats:
            continue
        between = [range(place, after) for place, after in pairwise(places)]
        is_same_code = len({tuple(steps[place].pc for place in inner) for inner in between}) == 1
        is_chain = all(steps[a + 1].registers[register] == steps[b].registers[register] for a, b in pairwise(places))
        is_set = any(_is_set_anew(replay, [steps[place] for place in inner], register) for inner in between)
        if is_same_code and is_chain and not (len(links) == 1 and is_set):
            return links
    return []


def _is_set_anew(replay: Replay, steps: list[State], register: int) -> bool:
    """Whether ``register``, loaded by the first of ``steps``, gets another value than the one it had been kept as."""
    kept: set[int] = set()
    is_loaded = True
    for state in steps[1:]:
        found = effect_at(replay, state)
        if found is None:
            return True
        for stored in found[1].stored if is_loaded else ():
            if stored.register == register:
                kept.add(stored.memory.address(state.registers, state.pc) + stored.place)
        source = found[1].results.get(register)
        if source is not None:
            memory = source.memory if source.kind == LOAD else None
            is_loaded = memory is not None and memory.address(state.registers, state.pc) + source.place in kept
    return not is_loaded


def _results(replay: Replay, state: State) -> Mapping[int, Source]:
    """Return what the instruction at ``state`` puts in which registers."""
    found = effect_at(replay, state)
    return {} if found is None else found[1].results
