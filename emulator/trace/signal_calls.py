"""The calls that a signal's handler interrupted, behind those of the handler: a kernel keeps their context."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.armv7m.core import Registers
from emulator.image.image import Image
from emulator.records import replace
from emulator.trace.backtrace import Backtrace, Peek, backtrace

A_SIGNAL = "a signal"


def with_interrupted(trace: Backtrace, contexts: Sequence[Registers], image: Image, peek: Peek) -> Backtrace:
    """Return ``trace`` with the calls that signals interrupted whose handlers it ends in, the innermost first."""
    for registers in contexts:
        if trace.unknown or trace.omitted:
            return trace
        outer = backtrace(registers, image, peek)
        first = replace(outer.frames[0], exception=A_SIGNAL)
        trace = Backtrace(
            (*trace.frames, first, *outer.frames[1:]), outer.omitted, len(trace.frames) + outer.gap, outer.unknown
        )
    return trace
