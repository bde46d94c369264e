"""A fault within a function of the C library that was told how many bytes: what it was asked for, and who said so.

Its entry is looked for in front of the fault, where the arguments are in R0 to R2. Where the function had done some of
its work, the pointers were good, and the number of bytes was not.
"""

from __future__ import annotations

from itertools import pairwise

from emulator.annotations import NamedTuple
from emulator.diagnosis.departure import state_of
from emulator.diagnosis.no_memory import NEGATIVE, size_words
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import frame_words, memory_words
from emulator.diagnosis.replay import LR, SP, Replay, State
from emulator.diagnosis.suspects import is_memory
from emulator.timetravel.checkpoint import Position
from emulator.trace.backtrace import backtrace
from emulator.trace.own_code import own_frame
from emulator.trace.why import WhyStep

WINDOWS = (1_000, 30_000, 300_000)
SMALL = 4_096
"""Bytes that may well be what was meant."""
FASTEST = 64
"""Bytes that no such function copies in one instruction."""
COPY, FILL, COMPARE = "copies", "fills", "compares"
_FUNCTIONS = {
    **dict.fromkeys(("memcpy", "memmove", "mempcpy", "__aeabi_memcpy", "__aeabi_memcpy4", "__aeabi_memcpy8"), COPY),
    **dict.fromkeys(("__aeabi_memmove", "__aeabi_memmove4", "__aeabi_memmove8"), COPY),
    "memset": FILL,
    "memcmp": COMPARE,
}
"""Those that get two words and a number of bytes in R0 to R2."""
LENGTH = 2


class LibraryCall(NamedTuple):
    """``state`` is in front of the first instruction of the function ``name``."""

    name: str
    state: State


def library_call(replay: Replay) -> LibraryCall | None:
    """Return the call of such a function that execution is in where the replay is; None: it is in none."""
    here, symbols = replay.here(), replay.machine.image.symbols
    function = symbols.find_code(here.pc & ~1)
    if function is None or function.name not in _FUNCTIONS:
        return None
    entry, end = function.address & ~1, replay.position
    for window in WINDOWS:
        states = replay.blocks_before(end, window)
        for before, state in zip(reversed(states[:-1]), reversed(states), strict=False):
            is_same = state.ipsr == here.ipsr and state.registers[SP] >= here.registers[SP]
            is_entry = state.pc & ~1 == entry and symbols.find_code(before.pc & ~1) is not function  # no loop in it
            if is_same and is_entry and not state.is_frame:
                return LibraryCall(function.name, state)
        if states[0].position.executed == 0:
            return None
    return _long_call(replay, function.name, entry, end)


def _long_call(replay: Replay, name: str, entry: int, end: Position) -> LibraryCall | None:
    """Return the call of ``name`` that has lasted longer than any window, if it was asked for so many bytes."""
    find = replay.machine.image.symbols.find_code
    ipsr, function = replay.here().ipsr, find(entry)
    first, last = 0, max(0, end.executed - WINDOWS[-1])
    while last - first > WINDOWS[0]:
        middle = (first + last) // 2
        state = state_of(replay, Position(middle, 0), ipsr, end)
        if state is None or find(state.pc & ~1) is function:
            last = middle
        else:
            first = middle
    states = replay.blocks_before(Position(last + WINDOWS[0], 0), last + WINDOWS[0] - first + 1)
    for before, state in reversed(list(pairwise(states))):
        if state.pc & ~1 == entry and find(before.pc & ~1) is not function and state.ipsr == ipsr:
            lasted = end.executed - state.position.executed
            return LibraryCall(name, state) if lasted < state.registers[LENGTH] // FASTEST else None
    return None


def tell_long_call(replay: Replay, origins: Origins, end: Position) -> bool:
    """Say what a function of the library that takes for ever was asked for; whether it is that."""
    replay.traveller.goto(end)
    call = library_call(replay)
    if call is None or call.state.registers[LENGTH] < NEGATIVE:
        return False
    _tell(replay, origins, call)
    return True


def explain_library_call(replay: Replay, origins: Origins, address: int) -> bool:
    """Say what the library was asked for where the fault at ``address`` is due to the number of bytes."""
    call = library_call(replay)
    if call is None:
        return False
    pointers, length = call.state.registers[:LENGTH], call.state.registers[LENGTH]
    started = pointers[:1] if _FUNCTIONS[call.name] == FILL else pointers
    reached = [one for one in started if 0 < address - one < max(length, 1)]
    if not reached or not all(is_memory(replay, one) for one in started):
        return False
    _tell(replay, origins, call)
    if length < SMALL:  # the number is no wonder: where it went is
        origins.noun = "the pointer"
        origins.follow_register(pointers.index(reached[0]), call.state.position)
    return True


def _tell(replay: Replay, origins: Origins, call: LibraryCall) -> None:
    """Say what was asked for, by whom, and where the number of bytes came from."""
    pointers, length = call.state.registers[:LENGTH], call.state.registers[LENGTH]
    started = pointers[:1] if _FUNCTIONS[call.name] == FILL else pointers
    replay.traveller.goto(call.state.position)
    frames = backtrace(replay.machine.registers, replay.machine.image, replay.machine.peek)
    own = own_frame(frames)
    who = frame_words(own) if own is not None else f"0x{call.state.registers[LR] & ~1:08x}"
    shown = size_words(length)
    names = [memory_words(replay.machine.image, one) for one in started]
    words = {COPY: "copy", FILL: "fill", COMPARE: "compare"}[_FUNCTIONS[call.name]]
    what = {COPY: f"from {names[-1]} to {names[0]}", FILL: f"at {names[0]}", COMPARE: f"at {' and '.join(names)}"}
    now = replay.machine.clock.now
    text = f"{who} had {call.name} {words} {shown} {what[_FUNCTIONS[call.name]]}, at {now:,}"
    origins.steps.append(WhyStep("memory", text, now, call.state.pc, who, register="r2", value=length))
    origins.called_by = (call.name, who) if own is not None else ("", "")
    origins.noun, origins.is_number = "the number of bytes", True
    origins.follow_register(LENGTH, call.state.position)
