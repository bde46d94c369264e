"""What a semihosting handle can lead to besides a file: the standard streams, and the list of features."""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import Protocol
from emulator.semihosting.semihosting_files import EBADF, EINVAL, ESPIPE, FileError

FEATURES = b"SHFB\x03"
"""Contents of ``:semihosting-features``: SYS_EXIT_EXTENDED, and stdout and stderr apart."""


class Stream(Protocol):
    """What a handle leads to. ``write`` and ``read`` return how far they came; all raise FileError."""

    is_terminal: bool

    def write(self, data: bytes) -> int:
        """Write, and return the bytes written."""

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes, none at the end."""

    def seek(self, position: int) -> None:
        """Go to ``position``."""

    def length(self) -> int:
        """Return the file's length."""

    def close(self) -> None:
        """End the use of it."""


class Console:
    """The standard streams. ``output`` is ``stdout``, ``stderr`` or empty; only the input stream can be read.

    A read ends with a line, as a terminal's does.
    """

    is_terminal = True

    def __init__(
        self, output: str, send: Callable[[str, bytes], None], receive: Callable[[str], int | None] | None
    ) -> None:
        self._output = output
        self._send = send
        self._receive = receive

    def write(self, data: bytes) -> int:
        """See Stream."""
        if not self._output:
            raise FileError(EBADF)
        self._send(self._output, data)
        return len(data)

    def read(self, size: int) -> bytes:
        """See Stream."""
        if self._receive is None:
            raise FileError(EBADF)
        line = bytearray()
        while len(line) < size and not line.endswith(b"\n"):
            byte = self._receive("stdin")
            if byte is None:
                break
            line.append(byte)
        return bytes(line)

    def seek(self, position: int) -> None:
        """See Stream."""
        raise FileError(ESPIPE)

    def length(self) -> int:
        """See Stream."""
        return 0

    def close(self) -> None:
        """See Stream."""


class Features:
    """The file that says which extensions there are."""

    is_terminal = False

    def __init__(self) -> None:
        self._position = 0

    def write(self, data: bytes) -> int:
        """See Stream."""
        raise FileError(EBADF)

    def read(self, size: int) -> bytes:
        """See Stream."""
        data = FEATURES[self._position : self._position + size]
        self._position += len(data)
        return data

    def seek(self, position: int) -> None:
        """See Stream."""
        if position > len(FEATURES):
            raise FileError(EINVAL)
        self._position = position

    def length(self) -> int:
        """See Stream."""
        return len(FEATURES)

    def close(self) -> None:
        """See Stream."""
