"""RTEMS's fatal errors in words: the source and the code by their names, an assertion with its text and its line.

Names and numbers are those of <rtems/score/interr.h> and <rtems/fatal.h>. No state.
"""

from __future__ import annotations

import struct

from emulator.annotations import TYPE_CHECKING
from emulator.errors import GuestAccessError
from rtems_shim.abi.status import Status
from rtems_shim.core.fatal import FatalExit, Source
from rtems_shim.core.fatal_report import CORE_ERRORS, SOURCES

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

LONGEST_TEXT = 256
"""Bytes of a text of the program's that are shown."""

_STATUSES = frozenset(status.value for status in Status if status is not Status.SUCCESSFUL)
THREAD_EXITTED = 5


def describe_fatal(kernel: Kernel, reason: FatalExit, subject: str, caller: str) -> str:
    """Return how RTEMS's fatal error handler was reached, as a sentence without its stop.

    ``subject`` is who executed; ``caller`` is the program's own function and line that led there, '' if unknown.
    """
    if reason.source == Source.ASSERT:
        context = _assertion(kernel, reason.error)
        if context is not None:
            path, line, function, expression = context
            return f"{subject} failed the assertion {expression} in {function} ({path.rpartition('/')[2]}:{line})"
    source = f"{reason.source} ({SOURCES.get(reason.source, 'unknown')})"
    code = f"0x{reason.error:x}"
    if reason.source == Source.CORE and reason.error in CORE_ERRORS:
        code += f" (INTERNAL_ERROR_{CORE_ERRORS[reason.error]})"
    if reason.source == Source.RTEMS_API and reason.error in _STATUSES:
        code += f" (as a status RTEMS_{Status(reason.error).name})"
    if reason.source == Source.INVALID_HEAP_FREE:
        code += ", which is what free() was given"
    where = f", called by {caller}" if caller else ""
    words = f"RTEMS ended with a fatal error in {subject}{where}: source {source}, code {code}"
    if reason.source == Source.CORE and reason.error == THREAD_EXITTED:
        function = kernel.executing.name_entry(kernel.executing.entry)
        entry = f", {function}," if function else ""
        return f"The entry function of {subject}{entry} returned, which a Classic task's must not: {words}"
    return words


def _assertion(kernel: Kernel, address: int) -> tuple[str, int, str, str] | None:
    """Return file, line, function and expression of the rtems_assert_context at ``address``, None without memory."""
    try:
        file, line, function, expression = struct.unpack("<IiII", kernel.port.memory.peek(address, 16))
        return _text(kernel, file), line, _text(kernel, function), _text(kernel, expression)
    except GuestAccessError:
        return None


def _text(kernel: Kernel, address: int) -> str:
    """Return a C string of the program's, one line of printable characters."""
    found = bytearray()
    while len(found) < LONGEST_TEXT:
        byte = kernel.port.memory.peek(address + len(found), 1)
        if byte == b"\0":
            break
        found += byte
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in found)
