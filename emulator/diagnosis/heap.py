"""The blocks of the heap that an address was in: who got each of the C library, and who freed it.

The functions of the library are stopped at by their names, so an allocator of the program's own stays unseen, and so
does what the library takes for itself. State: none; each question runs the program once more.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.bits import WORD_MASK
from emulator.diagnosis.replay import LR, SP, Replay
from emulator.machine.stop import Breakpoint
from emulator.timetravel.checkpoint import Position

GIVES = ("malloc", "calloc", "realloc", "memalign", "aligned_alloc", "strdup")
FREE, STRDUP = "free", "strdup"
LONGEST_TEXT, PIECE = 4096, 64
MOST_STOPS = 20_000
"""Calls and returns of them that are looked at: a program that makes more of them gets no history."""


class HeapCall(NamedTuple):
    """A call at ``position``: ``name`` got the block at ``pointer`` of ``size`` bytes, or freed it (realloc both)."""

    position: Position
    name: str
    pointer: int
    size: int
    freed: int


def heap_calls(replay: Replay, end: Position) -> list[HeapCall] | None:
    """Return all calls before ``end``, in their order; None for a program without the functions, or with too many."""
    machine, traveller = replay.machine, replay.traveller
    symbols = machine.image.symbols.by_name
    wrapped = {name: symbols.get(f"__wrap_{name}") or symbols.get(name) for name in (*GIVES, FREE)}
    entries = {symbol.address & ~1: name for name, symbol in wrapped.items() if symbol is not None}
    if FREE not in entries.values():
        return None
    traveller.goto(Position(0, 0))
    stops, machine.stops_at_faults = machine.stops_at_faults, False
    try:
        return _calls(replay, entries, end)
    finally:
        machine.engine.points.breakpoints.clear()
        machine.points_changed()
        machine.stops_at_faults = stops


def _calls(replay: Replay, entries: dict[int, str], end: Position) -> list[HeapCall] | None:
    machine = replay.machine
    found: list[HeapCall] = []
    open_calls: list[tuple[int, int, HeapCall]] = []
    for address in entries:
        machine.set_breakpoint(address)
    for _ in range(MOST_STOPS):
        reason = replay.traveller.run(max(1, end.executed - replay.position.executed))
        if not isinstance(reason, Breakpoint) or replay.position >= end:
            return found
        state = replay.here()
        returned = [one for one in open_calls if one[:2] == (state.pc & ~1, state.registers[SP])]
        for one in returned:
            open_calls.remove(one)
            found.append(one[2]._replace(pointer=state.registers[0]))
        name = entries.get(state.pc & ~1)
        if name is None:
            continue
        first, second = state.registers[:2]
        if name == FREE:
            found.append(HeapCall(state.position, name, 0, 0, first))
            continue
        size = {"calloc": first * second, "malloc": first}.get(name, second)
        size = _length(replay, first) + 1 if name == STRDUP else size
        freed = first if name == "realloc" else 0
        back = state.registers[LR] & ~1
        open_calls.append((back, state.registers[SP], HeapCall(state.position, name, 0, size, freed)))
        machine.set_breakpoint(back)
    return None


def _length(replay: Replay, address: int) -> int:
    """Return the length of the C string at ``address``, LONGEST_TEXT at the most."""
    for start in range(0, LONGEST_TEXT, PIECE):
        data = b"".join(replay.peek(address + start + place & WORD_MASK, 1) or b"\0" for place in range(PIECE))
        if b"\0" in data:
            return start + data.index(b"\0")
    return LONGEST_TEXT


def calls_about(calls: list[HeapCall], address: int) -> list[HeapCall]:
    """Return those of ``calls`` that got, or freed, blocks with the byte at ``address``, in their order."""
    found: list[HeapCall] = []
    current = 0
    for call in calls:
        if current and call.freed == current:
            found.append(call)
        if call.pointer and call.pointer <= address < call.pointer + call.size:
            current = call.pointer
            if not found or found[-1] != call:
                found.append(call)
    return found
