"""A store behind the end of a block of the heap, or of an object: which one, who got it, and of how many bytes.

A block is known by the address that the allocator gave. The store's address was made of that, and of an index or an
offset that leads past what was asked for, or a loop has counted it up from there. Of an object only a loop is told,
which was at it the first time round: an address that is made of another object's is no mistake. State: none.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.bits import WORD_MASK
from emulator.diagnosis.counting import Counting, counting_of
from emulator.diagnosis.definitions import Definition, Unknown, find_definition
from emulator.diagnosis.heap import HeapCall
from emulator.diagnosis.places import named_memory, where_is
from emulator.diagnosis.replay import Replay, Store, TooFar
from emulator.diagnosis.slots import find_pointer, stored_by
from emulator.diagnosis.tables import beside_table
from emulator.operands import LOAD, SUM, Source, Stored
from emulator.timetravel.checkpoint import Position
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


def tell_beside(replay: Replay, steps: list[WhyStep], stores: Sequence[Store]) -> None:
    """Add to ``steps`` which object's end one of ``stores``, of which they tell, was behind."""
    for store in stores:
        stored = stored_by(replay, store)
        if stored is None:
            continue
        counted = _counted(replay, store, stored)
        if counted is not None and _tell_walk(replay, steps, store, stored, counted):
            return
        if counted is None and _tell_index(replay, steps, store, stored):
            return


def _tell_index(replay: Replay, steps: list[WhyStep], store: Store, stored: Stored) -> bool:
    """Say that an index led from the first byte of an object past its end, or in front of it; whether that is so."""
    replay.traveller.goto(store.state.position)
    listed = replay.instructions(store.state, 1)
    if not listed:
        return False
    source = Source(LOAD, (), stored.memory, stored.place, stored.size)
    beside = beside_table(replay, Definition(store.state, listed[0], source))
    if beside is None:
        return False
    text = f"0x{store.address:08x} is {beside.words}: the {beside.noun} was {beside.number:,}"
    steps.append(WhyStep("memory", text, store.time, store.state.pc, address=store.address))
    return True


def _counted(replay: Replay, store: Store, stored: Stored) -> tuple[int, Counting] | None:
    """Return the register of the address of ``store`` that a loop has counted, and how; None: there is none."""
    for register in (stored.memory.base, stored.memory.index_register):
        try:
            found = find_definition(replay, register, store.state.position) if 0 <= register < 13 else None
        except (Unknown, TooFar):
            continue
        counting = None if found is None else counting_of(replay, register, found)
        if counting is not None and store.state.pc & ~1 in counting.loop.inside:
            return register, counting
    return None


def _tell_walk(
    replay: Replay, steps: list[WhyStep], store: Store, stored: Stored, counted: tuple[int, Counting]
) -> bool:  # fmt: skip
    """Say that the loop which ``store`` is in had begun in an object that it is past the end of; whether that is so."""
    register, counting = counted
    registers = list(store.state.registers)
    registers[register] = counting.first
    first = stored.memory.address(registers, store.state.pc) + stored.place & WORD_MASK
    table = replay.machine.image.symbols.find_object(first)
    past = 0 if table is None else store.address - table.address - table.size
    if table is None or not table.size or not 0 <= past < FARTHEST:
        return False
    replay.traveller.goto(store.state.position)
    if _is_start_up(replay, store.state.pc):
        return False
    where, now = where_is(replay), replay.machine.clock.now
    name = named_memory(replay, first, store.state.pc)
    far = f"{past:,} bytes past" if past else "right past"
    text = f"the loop at {where.words} had begun with {name}: 0x{store.address:08x} is {far} the end of {table.name}"
    steps.append(WhyStep("memory", text, now, store.state.pc, where.place, where.caller, where.thread, address=first))
    return True


def _is_start_up(replay: Replay, pc: int) -> bool:
    """Whether ``pc`` is in the function that begins at the reset, which clears and copies all objects in one go."""
    vector = replay.peek(replay.machine.system.vtor + 4, 4)
    symbols = replay.machine.image.symbols
    begin = None if vector is None else symbols.find_code(int.from_bytes(vector, "little") & ~1)
    return begin is not None and begin.name != "main" and symbols.find_code(pc) == begin


def _block(replay: Replay, store: Store, calls: Sequence[HeapCall]) -> HeapCall | None:
    """Return the block in use that the address of ``store`` was made from and lies behind, None where there is none."""
    begins = _begins(replay, store)
    stored = stored_by(replay, store)
    counted = None if stored is None else _counted(replay, store, stored)
    if counted is not None:
        begins += [counted[1].first, *_summands(replay, counted[0], counted[1].entered)]
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
    return values + _summands(replay, memory.base, state.position)


def _summands(replay: Replay, register: int, position: Position) -> list[int]:
    """Return the values that a pointer was made of."""
    try:
        made = find_pointer(replay, register, position)
    except (Unknown, TooFar):
        return []
    is_sum = made.source.kind == SUM
    return [made.state.registers[number] for number in made.source.registers if number < 13] if is_sum else []
