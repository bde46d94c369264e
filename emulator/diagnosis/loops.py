"""A run that goes round for ever: pointers that lead in a circle, and who closed it."""

from __future__ import annotations

from emulator.diagnosis.definitions import effect_at
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import memory_words
from emulator.diagnosis.replay import Replay, Store, TooFar, Unseen
from emulator.operands import LOAD
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

    A link is loaded through the pointer that it replaces: ``p = p->next``.
    """
    states = replay.blocks_before(end, LOOKED_AT)
    steps = replay.steps_from(states[0], end)
    followed: dict[int, list[int]] = {}
    for state in steps[:-1]:
        found = effect_at(replay, state)
        for register, source in found[1].results.items() if found is not None else ():
            memory = source.memory
            if source.kind == LOAD and memory is not None and memory.base == register and memory.index_register < 0:
                followed.setdefault(state.pc, []).append(memory.address(state.registers, state.pc))
    for addresses in followed.values():
        links = sorted(set(addresses))
        rounds = len(addresses) // len(links)
        repeats = all(one == addresses[number % len(links)] for number, one in enumerate(addresses))
        if len(links) <= MOST_LINKS and rounds >= LEAST_ROUNDS and repeats:
            return links
    return []
