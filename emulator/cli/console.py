"""The guest's console on this process's stdout: the same bytes, at once, whatever becomes of the reader."""

from __future__ import annotations

import contextlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable

from emulator.annotations import BinaryIO
from emulator.cli.progress import Progress
from emulator.errors import ConfigError


class Console:
    """Takes what the guest sends to any channel and shows it, but for ``muted`` channels, which are only counted.

    It is called while the guest runs, so it never raises: when stdout cannot be written, ``broken`` is set, ``failure``
    unless the reader just went away, and ``on_broken`` is called, once.
    """

    def __init__(self, stream: BinaryIO, muted: Iterable[str], progress: Progress) -> None:
        self._stream = stream
        self._muted = frozenset(muted)
        self._progress = progress
        self.on_broken: Callable[[], None] = lambda: None
        self.broken = False
        self.failure: OSError | None = None
        self.hidden: Counter[str] = Counter()
        self.ends_line = True
        self.has_shown = False

    def write(self, channel: str, data: bytes) -> None:
        """Show ``data`` at once."""
        if channel in self._muted:
            self.hidden[channel] += len(data)
            return
        if self.broken or not data:
            return
        self._progress.clear()
        try:
            self._stream.write(data)
            self._stream.flush()
        except (OSError, ValueError) as error:
            self.broken = True
            if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
                self.failure = error
            self.on_broken()
            return
        self.has_shown = True
        self.ends_line = data.endswith(b"\n")


def standard_output() -> BinaryIO:
    """Return stdout for bytes; what is written to a stdout that was closed before goes nowhere."""
    if sys.stdout is None:
        return open(os.devnull, "wb")
    sys.stdout.flush()
    return sys.stdout.buffer


def standard_error() -> BinaryIO:
    """Return stderr for bytes: the console, where stdout is taken."""
    if sys.stderr is None:
        return open(os.devnull, "wb")
    sys.stderr.flush()
    return sys.stderr.buffer


def cannot_write(error: OSError) -> ConfigError:
    """Return the error that says why stdout cannot be written."""
    return ConfigError(f"stdout cannot be written: {error.strerror}. Send it elsewhere, or make room.")


def forget_standard_output() -> None:
    """After a failed write: let the interpreter's last flush of stdout go nowhere instead of failing."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
