"""A result of a function of the library that compares: what it compared, where that differs, and whose that is."""

from __future__ import annotations

import struct

from emulator.annotations import Protocol
from emulator.diagnosis.definitions import Definition, Unknown, find_definition
from emulator.diagnosis.places import SHOWN_TEXT, is_ram, is_text, named_memory, where_is
from emulator.diagnosis.replay import LR, PC, SP, Replay, State, TooFar
from emulator.operands import CONSTANT, LOAD
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

WINDOWS = (300, 3_000, 30_000)
"""Instructions in front of the result that are looked through for the function's entry."""
LONGEST = 4096
"""Bytes that are compared here."""
_TEXTS = ("strcmp", "strncmp", "strcasecmp", "strncasecmp", "strcoll")
_MEMORY = ("memcmp", "bcmp")
_DOUBLES = tuple(f"__aeabi_dcmp{how}" for how in ("eq", "lt", "le", "ge", "gt", "un"))
_FLOATS = tuple(f"__aeabi_fcmp{how}" for how in ("eq", "lt", "le", "ge", "gt", "un"))
FUNCTIONS = frozenset((*_TEXTS, *_MEMORY, *_DOUBLES, *_FLOATS))


class Follower(Protocol):
    """What follows core registers and memory, and keeps the sentences."""

    steps: list[WhyStep]

    def follow_register(self, register: int, position: Position) -> None:
        """Say where ``register`` got its value before ``position``."""

    def follow_byte(self, address: int, position: Position) -> None:
        """Say who stored last to one byte before ``position``."""

    def begin_again(self, noun: str) -> None:
        """Go on with another value, which ``noun`` is what it is about."""


def tell_compared(origins: Follower, replay: Replay, found: Definition) -> bool:
    """Say what was compared where ``found`` made the result of such a function; whether it did."""
    symbol = replay.machine.image.symbols.find_code(found.state.pc & ~1)
    if symbol is None or symbol.name not in FUNCTIONS:
        return False
    entry = _entry(replay, symbol.address & ~1, found.state)
    if entry is None:
        return False
    replay.traveller.goto(entry.position)
    if symbol.name in (*_DOUBLES, *_FLOATS):
        _tell_numbers(origins, replay, symbol.name, entry)
        return True
    return _tell_bytes(origins, replay, symbol.name, entry)


def tell_last(origins: Follower, replay: Replay, code: range, end: Position) -> None:
    """Say what such a function that ``code`` called compared last before ``end``: in a search that found nothing."""
    by_name = replay.machine.image.symbols.by_name
    entries = {by_name[name].address & ~1: name for name in FUNCTIONS if name in by_name}
    states = replay.blocks_before(end, WINDOWS[1]) if entries else []
    for state in reversed(states):
        if state.pc & ~1 in entries and state.registers[LR] & ~1 in code and not state.is_frame:
            replay.traveller.goto(state.position)
            name = entries[state.pc & ~1]
            if name in (*_DOUBLES, *_FLOATS):
                _tell_numbers(origins, replay, name, state)
            else:
                _tell_bytes(origins, replay, name, state)
            return


def _entry(replay: Replay, address: int, end: State) -> State | None:
    """Return the state in front of the function at ``address`` that execution is in at ``end``; None: not seen."""
    for window in WINDOWS:
        states = replay.blocks_before(end.position, window)
        for state in reversed(states):
            is_here = state.pc & ~1 == address and state.ipsr == end.ipsr and not state.is_frame
            if is_here and state.registers[SP] >= end.registers[SP]:
                return state
        if states[0].position.executed == 0:
            break
    return None


def _tell_numbers(origins: Follower, replay: Replay, name: str, entry: State) -> None:
    """Say which numbers were compared, and follow those that are no constants."""
    is_double = name in _DOUBLES
    words = struct.pack("<4I", *entry.registers[:4])
    first, second = struct.unpack("<dd" if is_double else "<ff", words if is_double else words[:8])
    _say(origins, replay, entry, f"had {name} compare {first:g} with {second:g}")
    for register in (1, 3) if is_double else (0, 1):  # a double's second word has all that makes it large
        if not _is_constant(replay, register, entry.position):
            origins.begin_again("the upper word of that number" if is_double else "that number")
            origins.follow_register(register, entry.position)


def _tell_bytes(origins: Follower, replay: Replay, name: str, entry: State) -> bool:
    """Say where the bytes that were compared differ, and who stored those."""
    first, second, count = entry.registers[:3]
    most = min(LONGEST, count) if name in _MEMORY or "strn" in name else LONGEST
    place = _first_difference(replay, (first, second), most, is_text=name in _TEXTS)
    if place is None:
        return False
    shown = [f"{named_memory(replay, one, entry.pc)}{_text(replay, one)}" for one in (first, second)]
    held = [replay.peek(one + place, 1) or b"" for one in (first, second)]
    values = [f"0x{one.hex()}" + (f" ('{one.decode('ascii')}')" if is_text(one) else "") for one in held]
    where = f"byte {place:,} of them is {values[0]} and {values[1]}"
    _say(origins, replay, entry, f"had {name} compare {shown[0]} with {shown[1]}: {where}")
    for address in (first + place, second + place):
        if is_ram(replay, address):
            origins.begin_again("that byte")
            origins.follow_byte(address, entry.position)
    return True


def _first_difference(replay: Replay, starts: tuple[int, int], most: int, *, is_text: bool) -> int | None:
    """Return the place of the first byte that differs; None where none does, or there is no memory."""
    for place in range(most):
        one, other = (replay.peek(start + place, 1) for start in starts)
        if one is None or other is None or (is_text and one == other == b"\0"):
            return None
        if one != other:
            return place
    return None


def _text(replay: Replay, address: int) -> str:
    """Return the text that begins at ``address``, in quotes behind a blank; '' where none does."""
    found = b""
    while len(found) < SHOWN_TEXT:
        byte = replay.peek(address + len(found), 1)
        if byte is None or not is_text(byte):
            break
        found += byte
    return f' ("{found.decode("ascii")}")' if found else ""


def _say(origins: Follower, replay: Replay, state: State, words: str) -> None:
    where, now = where_is(replay), replay.machine.clock.now
    who = where.caller or where.place
    at = f"{now:,}" + (f" in {where.thread}" if where.thread else "")
    facts = (where.place, where.caller, where.thread)
    origins.steps.append(WhyStep("decision", f"{who} {words}, at {at}", now, state.pc, *facts))


def _is_constant(replay: Replay, register: int, position: Position) -> bool:
    try:
        source = find_definition(replay, register, position).source
    except (Unknown, TooFar):
        return True  # of which nothing can be said, either
    is_literal = source.kind == LOAD and source.memory is not None and source.memory.base == PC
    return source.kind == CONSTANT or is_literal
