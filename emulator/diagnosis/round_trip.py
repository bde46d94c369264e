"""A loop that follows indexes, or what it has computed of them, and comes to the same places in turn for ever.

What it reads outside of its own frame is the same every few times round, and nothing else is stored.
"""

from __future__ import annotations

from itertools import pairwise

from emulator.bits import WORD_MASK
from emulator.diagnosis.definitions import effect_at
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import named_memory
from emulator.diagnosis.replay import PC, SP, Replay, State, Store, TooFar, Unseen
from emulator.diagnosis.suspects import is_memory
from emulator.operands import LOAD
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

FRAME = 1024
"""Bytes from the stack pointer that are taken for the function's own."""
MOST_PLACES = 6
TIMES = 3
"""How often the same row of reads is to come."""


def tell_round_trip(replay: Replay, origins: Origins, rounds: list[list[State]], end: Position) -> None:
    """Say which places the loop of ``rounds`` reads in turn, and who stored to them, where it only does that."""
    reads = [_reads(replay, one) for one in rounds]
    period = _period(reads)
    if period is None:
        return
    row = [one for found in reads[-period:] if found is not None for one in found]
    places = list(dict.fromkeys(row))
    if not 1 < len(places) <= MOST_PLACES:
        return
    replay.traveller.goto(end)
    pc = replay.here().pc
    names = [
        f"{named_memory(replay, address, pc)}, which holds 0x{value:0{2 * size}x}" for address, size, value in places
    ]
    words = f"the loop there reads only these, in turn: {'; '.join(names)}"
    origins.steps.append(WhyStep("memory", words, replay.machine.clock.now))
    stores = [store for address, size, _ in places if (store := _store(replay, address, size, end)) is not None]
    for store in sorted(stores, key=lambda one: one.state.position):
        origins.tell_store(store)


Read = tuple[int, int, int]
"""An address, how many bytes were read, and what they were."""


def _reads(replay: Replay, states: list[State]) -> tuple[Read, ...] | None:
    """Return what was read outside of the frame on the way through ``states``; None where it was stored to."""
    found: list[Read] = []
    for before, after in pairwise(states):
        effect = effect_at(replay, before)
        if effect is None or before.is_frame:
            return None
        stored = [one.memory.address(before.registers, before.pc) + one.place for one in effect[1].stored]
        if any(not _is_own(before, address) for address in stored):
            return None
        for register, source in effect[1].results.items():
            if source.kind != LOAD or source.memory is None or source.memory.base == PC:
                continue
            address = source.memory.address(before.registers, before.pc) + source.place & WORD_MASK
            if not is_memory(replay, address):
                return None
            if not _is_own(before, address):
                found.append((address, source.size, after.registers[register] & (1 << 8 * source.size) - 1))
    return tuple(found)


def _is_own(state: State, address: int) -> bool:
    return 0 <= address - state.registers[SP] < FRAME


def _period(reads: list[tuple[Read, ...] | None]) -> int | None:
    """Return after how many times round the same is read again, None where it is not."""
    if not reads or any(one is None for one in reads):
        return None
    for period in range(2, len(reads) // TIMES + 1):
        last = reads[-period:]
        if len(set(last)) > 1 and all(
            reads[-period * n : len(reads) - period * (n - 1)] == last for n in range(2, TIMES + 1)
        ):
            return period
    return None


def _store(replay: Replay, address: int, size: int, end: Position) -> Store | None:
    try:
        found = replay.last_store(address, size, end)
    except (TooFar, Unseen, ValueError):
        return None
    if found is None:
        return None
    replay.traveller.goto(found.state.position)
    is_begin = replay.story is not None and replay.story.subject == "the start-up code"
    return None if is_begin else found
