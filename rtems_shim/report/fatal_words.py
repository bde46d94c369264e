"""RTEMS's fatal errors in words: the source and the code by their names, an assertion with its text and its line.

Names and numbers are those of <rtems/score/interr.h> and <rtems/fatal.h>. No state.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING
from emulator.errors import GuestAccessError
from rtems_shim.abi.status import Status
from rtems_shim.core.fatal import FatalExit, Source
from rtems_shim.core.fatal_report import CORE_ERRORS, SOURCES

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

Peek = Callable[[int, int], bytes]
LONGEST_TEXT = 256
"""Bytes of a text of the program's that are shown."""

_STATUSES = frozenset(status.value for status in Status if status is not Status.SUCCESSFUL)
THREAD_EXITTED = 5


def describe_fatal(kernel: Kernel, reason: FatalExit, subject: str, caller: str) -> str:
    """Return how RTEMS's fatal error handler was reached, as a sentence without its stop.

    ``subject`` is who executed; ``caller`` is the program's own function and line that led there, '' if unknown.
    """
    failed = assertion_words(kernel.port.memory.peek, reason.error) if reason.source == Source.ASSERT else ""
    if failed:
        return f"{subject} {failed}"
    where = f", called by {caller}" if caller else ""
    words = f"RTEMS ended with a fatal error in {subject}{where}: {error_words(reason.source, reason.error)}"
    if reason.source == Source.CORE and reason.error == THREAD_EXITTED:
        function = kernel.executing.name_entry(kernel.executing.entry)
        entry = f", {function}," if function else ""
        return f"The entry function of {subject}{entry} returned, which a Classic task's must not: {words}"
    return words


def error_words(source: int, error: int) -> str:
    """Return a fatal source and its code with their names."""
    code = f"0x{error:x}"
    if source == Source.CORE and error in CORE_ERRORS:
        code += f" (INTERNAL_ERROR_{CORE_ERRORS[error]})"
    if source == Source.RTEMS_API and error in _STATUSES:
        code += f" (as a status RTEMS_{Status(error).name})"
    if source == Source.INVALID_HEAP_FREE:
        code += ", which is what free() was given"
    return f"source {source} ({SOURCES.get(source, 'unknown')}), code {code}"


def assertion_words(peek: Peek, address: int) -> str:
    """Return what the rtems_assert_context at ``address`` says: ``failed the assertion ...``; '' without memory."""
    try:
        file, line, function, expression = struct.unpack("<IiII", peek(address, 16))
        path, name = _text(peek, file), _text(peek, function)
        return f"failed the assertion {_text(peek, expression)} in {name} ({path.rpartition('/')[2]}:{line})"
    except GuestAccessError:
        return ""


def _text(peek: Peek, address: int) -> str:
    """Return a C string of the program's, one line of printable characters."""
    found = bytearray()
    while len(found) < LONGEST_TEXT:
        byte = peek(address + len(found), 1)
        if byte == b"\0":
            break
        found += byte
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in found)
