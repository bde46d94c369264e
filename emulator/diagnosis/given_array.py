"""A function of the C library that stored behind the array which it was given, into what is beside it in one object.

What copies text is given an array of characters. What copies bytes may be given a structure as a whole: where it was
asked for as many bytes as one has that begins there, nothing is said. State: none.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.diagnosis.members import far_words, hit_words, holds, parts_at
from emulator.diagnosis.places import frame_words, where_is
from emulator.diagnosis.replay import Replay, State, Store
from emulator.timetravel.traveller import Unfinished
from emulator.trace.backtrace import backtrace
from emulator.trace.own_code import called_library, own_frame
from emulator.trace.why import WhyStep

_TEXT = ("strcpy", "stpcpy", "strncpy", "strcat", "strncat", "strlcpy", "strlcat", "gets", "fgets")
_FORMATTED = ("sprintf", "snprintf", "vsprintf", "vsnprintf", "siprintf", "sniprintf", "vsiprintf", "vsniprintf")
_COPIED = ("memcpy", "memmove", "mempcpy", "memset", "__aeabi_memcpy", "__aeabi_memcpy4", "__aeabi_memcpy8",
           "__aeabi_memmove", "__aeabi_memmove4", "__aeabi_memmove8")  # fmt: skip
_FILLED = ("__aeabi_memset", "__aeabi_memset4", "__aeabi_memset8", "__aeabi_memclr", "__aeabi_memclr4",
           "__aeabi_memclr8", "bzero")  # fmt: skip
LENGTH_IN = {**dict.fromkeys((*_TEXT, *_FORMATTED)), **dict.fromkeys(_COPIED, 2), **dict.fromkeys(_FILLED, 1)}
"""The functions that store to what R0 points to, with the register that says how many bytes; None: it is text."""


class _Call(NamedTuple):
    name: str
    state: State


def tell_given_array(replay: Replay, steps: list[WhyStep], store: Store) -> bool:
    """Say which array ``store`` is behind where a function of the library that makes it began; whether that is so."""
    call = _call(replay, store)
    if call is None:
        return False
    replay.traveller.goto(call.state.position)
    begin, length = call.state.registers[0], LENGTH_IN[call.name]
    parts = parts_at(replay, begin, call.state.registers[14])
    arrays = [one for one in parts if one.element and one.size > one.element]
    if not arrays or holds(arrays[-1], store.address) or store.address < begin:
        return False
    array, size = arrays[-1], None if length is None else call.state.registers[length]
    if size is None and array.element != 1:
        return False
    if size is not None and any(one.start + one.size == begin + size for one in parts if one is not array):
        return False
    far = far_words(array, store.address)
    if not far:
        return False
    own = own_frame(backtrace(replay.machine.registers, replay.machine.image, replay.machine.peek))
    now = replay.machine.clock.now
    who = frame_words(own) if own is not None else "the program"
    asked = "" if size is None else f" to store {size:,} bytes"
    hit = hit_words(replay, store.address, call.state.registers[14])
    text = f"{hit} is {far}, of {array.size:,} bytes, where {who} had {call.name} begin at {now:,}{asked}"
    steps.append(WhyStep("memory", text, now, call.state.pc, who, address=store.address))
    return True


def _call(replay: Replay, store: Store) -> _Call | None:
    """Return the function that the program had called and that makes ``store``, None where it is none of these."""
    replay.traveller.goto(store.state.position)
    if not where_is(replay).caller:
        return None
    machine = replay.machine
    trace = backtrace(machine.registers, machine.image, machine.peek)
    own = own_frame(trace)
    name = "" if own is None else called_library(trace, trace.frames.index(own)).removeprefix("__wrap_")
    symbol = machine.image.symbols.by_name.get(name)
    if name not in LENGTH_IN or symbol is None:
        return None
    ipsr = store.state.ipsr
    try:
        entry = replay.last_execution(
            [symbol.address & ~1], store.state.position, lambda: machine.registers.ipsr == ipsr
        )
    except Unfinished:
        return None
    return None if entry is None else _Call(name, entry)
