"""Which array of a variable an access was meant for, where it has hit another part of it: a member beside it, a row.

The debug information says how a variable is laid out. An address is made of where an array begins and of an index, by a
loop that walks from there, or by a function of the library that was given it. Whatever else the same numbers may mean,
as an element of an array of structures, is tried first: then nothing is said. State: none.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.bits import WORD_MASK
from emulator.debuginfo.source import Part
from emulator.diagnosis.counting import counting_of
from emulator.diagnosis.definitions import Definition, Unknown, find_definition
from emulator.diagnosis.places import ASKED, name_at
from emulator.diagnosis.replay import Replay, State, TooFar
from emulator.diagnosis.slots import find_pointer
from emulator.image.image import Image
from emulator.operands import CONSTANT, DERIVED, LOAD, MOVE, SUM
from emulator.timetravel.checkpoint import Position
from emulator.trace.backtrace import backtrace
from emulator.trace.variable_words import span_at

FARTHEST = 1 << 16
"""Bytes from an array that an index leads to."""
MOST_TERMS = 4
"""Instructions that an index is followed through."""
WIDEST_SHIFT = 3
SIGN = 1 << 31


class Astray(NamedTuple):
    """An access that was meant for ``array``: its index was ``number``, in ``register`` at ``position``."""

    array: Part
    number: int
    register: int
    position: Position


class _Term(NamedTuple):
    """A number in ``register`` at ``position``, which counts elements of 1 << ``shift`` bytes."""

    register: int
    position: Position
    number: int
    shift: int


def parts_at(replay: Replay, address: int, pc: int) -> tuple[Part, ...]:
    """Return what is at ``address``, from the whole variable inwards, as the code at ``pc`` knows it; () of nothing.

    It is asked where the replay is. Each ``start`` is an address.
    """
    machine = replay.machine
    held = machine.image.symbols.find_object(address)
    if held is not None:
        callers = backtrace(machine.registers, machine.image, machine.peek).frames[1:ASKED]
        codes = [pc, *(frame.pc - 2 for frame in callers if not frame.inlined)]
        found = (_parts(machine.image, code, held.name, address - held.address, held.address) for code in codes)
        return next((parts for parts in found if parts), ())
    span = span_at(machine.registers, machine.image, machine.peek, address)
    return () if span is None else _parts(machine.image, span.pc, "", address - span.cfa, span.cfa)


def _parts(image: Image, code: int, name: str, offset: int, begin: int) -> tuple[Part, ...]:
    found = image.variable(code, name, offset)
    if found is None:
        return ()
    begin += 0 if name else found[0].offset
    return tuple(part._replace(start=begin + part.start & WORD_MASK) for part in found[0].parts)


def holds(part: Part, address: int) -> bool:
    """Whether ``address`` is in ``part``."""
    return 0 <= address - part.start < part.size


def far_words(array: Part, address: int) -> str:
    """Return ``4 bytes past the end of unit.name``, '' where ``address`` is in it, or far away."""
    past, before = address - array.start - array.size, array.start - address
    if 0 <= past < FARTHEST:
        return f"{past:,} bytes past the end of {array.path}" if past else f"right past the end of {array.path}"
    return f"{before:,} bytes in front of {array.path}" if 0 < before < FARTHEST else ""


def hit_words(replay: Replay, address: int, pc: int) -> str:
    """Return ``0x20001008 (unit.count)``, or the bare address."""
    name = name_at(replay, address, pc).partition(" of ")[0].strip("`")
    return f"0x{address:08x} ({name})" if name else f"0x{address:08x}"


def arrays_from(parts: tuple[Part, ...], begin: int) -> list[Part]:
    """Return the arrays among ``parts`` that ``begin`` is in the first element of; one of one element is no array."""
    return [one for one in parts if one.element and one.size > one.element and begin - one.start < one.element]


def led_astray(replay: Replay, state: State, begin: int, index: int, address: int) -> Astray | None:
    """Return which array at ``begin`` the register ``index`` has led out of, to ``address``; None: it was meant so.

    ``state`` is in front of the instruction that adds the two. An index that a constant was added to last may be that
    of a member behind the one at ``begin``.
    """
    distance, held = address - begin & WORD_MASK, state.registers[index]
    shift = next((one for one in range(WIDEST_SHIFT + 1) if held << one & WORD_MASK == distance), None)
    if shift is None or not distance:
        return None
    plain = _Term(index, state.position, held, shift)
    rest = _without_constant(replay, plain)
    found: dict[Part, tuple[Astray, int]] = {}
    for term in (plain, *([rest] if rest is not None else [])):
        first = address - (term.number << term.shift) & WORD_MASK
        replay.traveller.goto(state.position)
        parts = parts_at(replay, first, state.pc)
        rows = {part.size for part in parts if part.element}
        if any(part.element not in rows and _is_as_in(part, first, address) for part in parts):
            return None
        arrays = arrays_from(parts, first)
        row = _row_of(replay, arrays, term, address)
        if row is None and (not arrays or any(holds(one, address) for one in arrays)):
            if arrays:
                return None
            continue
        if row is None and (len(arrays) == 1 or not _is_sum(replay, term)):
            row = Astray(arrays[-1], _signed(term.number), term.register, term.position)
        if row is not None and far_words(row.array, address):
            found[row.array] = row, term.shift
    if len(found) > 1:  # the index counts elements of that size
        found = {array: one for array, one in found.items() if array.element == 1 << one[1]}
    return next(iter(found.values()))[0] if len(found) == 1 else None


def _is_as_in(array: Part, first: int, address: int) -> bool:
    """Whether ``address`` is in another element of ``array`` where ``first`` is in its own: a step between elements."""
    step = address - first
    return bool(array.element) and bool(step) and holds(array, address) and not step % array.element


def _signed(number: int) -> int:
    return number - (1 << 32) if number & SIGN else number


def _without_constant(replay: Replay, term: _Term) -> _Term | None:
    """Return an index as it was before a constant was added to it last, None where that only counts, or none was."""
    for _ in range(MOST_TERMS):
        try:
            found = find_definition(replay, term.register, term.position)
        except (Unknown, TooFar):
            return None
        source = found.source
        if source.kind not in (MOVE, DERIVED, SUM) or len(source.registers) != 1:
            return None
        before = found.state.registers[source.registers[0]]
        if source.kind == SUM:
            is_counted = counting_of(replay, term.register, found) is not None
            return None if is_counted else _Term(source.registers[0], found.state.position, before, term.shift)
        shifts = [one for one in range(WIDEST_SHIFT + 1) if before << one & WORD_MASK == term.number]
        if not shifts:
            return None
        term = _Term(source.registers[0], found.state.position, before, term.shift + shifts[0])
    return None


def _made(replay: Replay, register: int, position: Position) -> Definition | None:
    try:
        return find_pointer(replay, register, position)
    except (Unknown, TooFar):
        return None


def _sum_of(replay: Replay, term: _Term) -> Definition | None:
    """Return the sum that an index is, or a multiple of one; None where it is none, or nobody knows."""
    register, position = term.register, term.position
    for _ in range(MOST_TERMS):
        found = _made(replay, register, position)
        if found is None or found.source.kind not in (MOVE, DERIVED):
            return found if found is not None and len(found.source.registers) == 2 else None
        register, position = found.source.registers[0], found.state.position
    return None


def _is_sum(replay: Replay, term: _Term) -> bool:
    """Whether an index may have been made of two numbers, as that of an array in an array."""
    found = _made(replay, term.register, term.position)
    return found is None or found.source.kind not in (CONSTANT, LOAD)


def _row_of(replay: Replay, arrays: list[Part], term: _Term, address: int) -> Astray | None:
    """Return the row of an array of two dimensions that an index names together with a column that the row has not."""
    if len(arrays) < 2 or arrays[-2].element != arrays[-1].size:
        return None
    table, row = arrays[-2:]
    found = _sum_of(replay, term)
    columns = row.size // row.element
    if found is None or found.source.kind != SUM:
        return None
    registers, made = found.state.registers, []
    first, second = found.source.registers
    shift = int(found.instruction.operands.rpartition("lsl #")[2], 0) if "lsl #" in found.instruction.operands else 0
    if found.instruction.mnemonic.startswith("mla"):
        total = (address - table.start) // row.element
        made.append((total - _signed(registers[first]), first))
    else:
        numbers = {first: registers[first], second: registers[second] << shift & WORD_MASK}
        for one, column in ((first, second), (second, first)):
            is_multiple = (one == second and shift > 0) or _is_product(replay, one, found.state.position)
            if is_multiple and not (column == second and shift):
                made.append((numbers[one], column))
    made = [one for one in made if one[0] % columns == 0 and 0 <= one[0] * row.element < table.size]
    if len(made) != 1:
        return None
    begin, column = made[0]
    number = _signed(registers[column])
    hit = table.start + (begin + number) * row.element
    if 0 <= number < columns or not hit <= address < hit + row.element:
        return None
    part = Part(f"{table.path}[{begin // columns}]", table.start + begin * row.element, row.size, row.element)
    return Astray(part, number, column, found.state.position)


def _is_product(replay: Replay, register: int, position: Position) -> bool:
    found = _made(replay, register, position)
    return found is not None and found.source.kind not in (CONSTANT, LOAD, MOVE)
