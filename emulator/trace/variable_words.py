"""Variables by the names that the program gave them: what is at an address of a stack frame, or of an object.

The debug information is asked with the code that knows the variable: that of the frame, or that makes the access.
"""

from __future__ import annotations

import posixpath
import re

from emulator.annotations import NamedTuple
from emulator.armv7m.core import Registers
from emulator.debuginfo.source import shown_source
from emulator.image.image import Image
from emulator.trace.backtrace import FrameSpan, Peek, frame_spans


class Local(NamedTuple):
    """A local variable: ``name`` with the part of it, the ``function`` that declares it at ``path``:``line``.

    ``is_over``: execution has left the function, which was inlined into the one whose frame it is in.
    """

    name: str
    function: str
    path: str
    line: int
    is_over: bool

    @property
    def words(self) -> str:
        """Return ```request.answer` of ask (client.c:12)``."""
        return f"`{self.name}` of {self._place(posixpath.basename(self.path))}"

    @property
    def owner(self) -> str:
        """Return ``ask (src/client.c:12)``."""
        return self._place(self.path)

    @property
    def base(self) -> str:
        """Return the name of the whole variable."""
        return re.split(r"[.[]", self.name)[0]

    def _place(self, path: str) -> str:
        return f"{self.function} ({path}:{self.line})" if path and self.line else self.function


def local_at(registers: Registers, image: Image, peek: Peek, address: int) -> Local | None:
    """Return the local at ``address`` of a function from ``registers`` outwards, None where that is unknown."""
    span = span_at(registers, image, peek, address)
    return None if span is None else local_in(span, image, address)


def span_at(registers: Registers, image: Image, peek: Peek, address: int) -> FrameSpan | None:
    """Return the stack frame from ``registers`` outwards that ``address`` is in."""
    return next((one for one in frame_spans(registers, image, peek) if one.sp <= address < one.cfa), None)


def local_in(span: FrameSpan, image: Image, address: int) -> Local | None:
    """Return the local at ``address`` of the frame ``span``."""
    found = image.variable(span.pc, "", address - span.cfa)
    if found is None:
        return None
    variable, path = found
    is_over = not variable.is_active and not span.is_executing
    return Local(variable.path, variable.function, shown_source(path) if path else "", variable.line, is_over)


def object_words(image: Image, address: int, pc: int) -> str:
    """Return ``filter.samples[2]`` of an object that the code at ``pc`` knows, '' for an object without parts."""
    held = image.symbols.find_object(address)
    if held is None:
        return ""
    found = image.variable(pc, held.name, address - held.address)
    return "" if found is None or found[0].path == held.name else found[0].path
