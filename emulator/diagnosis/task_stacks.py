"""Stacks that are objects of a program whose kernel is its own: whether whoever executes has left theirs. No state.

The outermost frame says in which object, or in which row of an array of stacks, a stack begins. Frames that reach into
another one have overflowed it. The main stack is in no object.
"""

from __future__ import annotations

import re

from emulator.diagnosis.places import frame_words
from emulator.diagnosis.replay import Replay
from emulator.image.cxx_names import readable
from emulator.image.image import Image
from emulator.timetravel.checkpoint import Position
from emulator.trace.backtrace import backtrace, frame_spans, interrupted
from emulator.trace.own_code import own_frame
from emulator.trace.variable_words import object_words
from emulator.trace.why import WhyStep

WORD = 4
BELOW = 512
"""Bytes below a stack pointer that an exception's frame, and what a switch keeps beside it, are in."""
LARGEST = 1 << 16
"""Bytes of a stack."""
ASKED = 4
_LAST_INDEX = re.compile(r"\[\d+\]$")


def tell_task_overflow(replay: Replay, steps: list[WhyStep], position: Position, address: int | None = None) -> None:
    """Say that the program's stack at ``position`` had left its object, and ``address`` is in another one.

    None: the stack pointer is meant. Of a handler, it is the stack of the program that it interrupted.
    """
    replay.traveller.goto(position)
    machine = replay.machine
    image, registers = machine.image, machine.registers
    if registers.ipsr:
        outer = interrupted(registers, image, machine.peek)
        if not outer:
            return
        registers = outer[-1]
    trace, spans = backtrace(registers, image, machine.peek), frame_spans(registers, image, machine.peek)
    if trace.unknown and len(spans) > 1:
        spans = spans[:-1]  # who goes on to another stack has a frame that is neither's
    if not spans:
        return
    low, top = registers.sp if address is None else address, spans[-1].cfa - WORD
    if not registers.sp - BELOW <= low <= top < low + LARGEST:
        return
    codes = tuple(dict.fromkeys(span.pc for span in (*spans[:ASKED], spans[-1])))
    begun = part_of(image, top, codes)
    if not begun or part_of(image, low, codes) == begun:
        return
    first, last = low // WORD, top // WORD  # the stack's lowest word is between them
    while last - first > 1:
        middle = (first + last) // 2
        first, last = (first, middle) if part_of(image, middle * WORD, codes) == begun else (middle, last)
    if trace.unknown and registers.sp <= last * WORD:
        return  # so may a function that has just gone on to another stack
    owner = image.symbols.find_code(spans[-1].pc)
    name = readable(owner.name) if owner is not None else f"0x{spans[-1].pc:08x}"
    own = own_frame(trace)
    where = f" in {frame_words(own)}" if own is not None else ""
    base, reached = last * WORD, min(registers.sp, low)
    text = f"the stack of {name}, {begun} (from 0x{base:08x} on), had overflowed: it was in use down to 0x{reached:08x}"
    text += f", {base - reached:,} bytes below,{where}, at {machine.clock.now:,}"
    if not any(step.text.startswith(f"the stack of {name}, {begun}") for step in steps):
        steps.append(WhyStep("memory", text, machine.clock.now, registers.pc, address=low))


def part_of(image: Image, address: int, codes: tuple[int, ...]) -> str:
    """Return the object, the row of an array, or the member of one that ``address`` is in; '' where it is in none."""
    held = image.symbols.find_object(address)
    if held is None:
        return ""
    inside = address | 1  # of the first element nothing is said at its beginning
    words = next((words for words in (object_words(image, inside, code) for code in codes) if words), "")
    return _LAST_INDEX.sub("", words) if words else readable(held.name)
