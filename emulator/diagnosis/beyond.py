"""A store behind the end of a block of the heap: the block, who got it, and of how many bytes.

A block is known by the address that the allocator gave. The store's address was made of that, and of an index or an
offset that leads past what was asked for. State: none.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.diagnosis.definitions import Unknown
from emulator.diagnosis.heap import HeapCall
from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay, Store, TooFar
from emulator.diagnosis.slots import find_pointer, stored_by
from emulator.operands import SUM
from emulator.trace.why import WhyStep

FARTHEST = 1 << 16
"""Bytes behind the end of a block that a store is taken to be of it."""


def tell_beyond(replay: Replay, steps: list[WhyStep], stores: Sequence[Store], calls: Sequence[HeapCall]) -> None:
    """Add to ``steps`` which block's end one of ``stores`` was behind; ``calls`` are all of the heap."""
    for store in stores:
        found = _block(replay, store, calls)
        if found is None:
            continue
        past = store.address - found.pointer - found.size
        replay.traveller.goto(found.position)
        where, now = where_is(replay), replay.machine.clock.now
        far = f"{past:,} bytes past" if past else "right past"
        block = f"the {found.size:,} bytes at 0x{found.pointer:08x}"
        got = f"which {where.owner} got from {found.name} at {now:,}"
        text = f"0x{store.address:08x} is {far} the end of {block}, {got}"
        steps.append(WhyStep("memory", text, now, place=where.place, thread=where.thread, address=found.pointer))
        return


def _block(replay: Replay, store: Store, calls: Sequence[HeapCall]) -> HeapCall | None:
    """Return the block in use that the address of ``store`` was made from and lies behind, None where there is none."""
    begins = _begins(replay, store)
    blocks: dict[int, HeapCall] = {}
    for call in calls:
        if call.position >= store.state.position:
            break
        blocks.pop(call.freed, None)
        if call.pointer:
            blocks[call.pointer] = call
    found = [blocks[begin] for begin in begins if begin in blocks]
    return next((one for one in found if 0 <= store.address - one.pointer - one.size < FARTHEST), None)


def _begins(replay: Replay, store: Store) -> list[int]:
    """Return the values that the address of ``store`` was made of."""
    stored = stored_by(replay, store)
    if stored is None:
        return []
    memory, state = stored.memory, store.state
    values = [state.registers[number] for number in (memory.base, memory.index_register) if 0 <= number < 13]
    if memory.base > 12:
        return values
    try:
        made = find_pointer(replay, memory.base, state.position)
    except (Unknown, TooFar):
        return values
    if made.source.kind == SUM:
        values += [made.state.registers[number] for number in made.source.registers if number < 13]
    return values
