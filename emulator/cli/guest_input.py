"""What the guest reads from its console: a file, or this process's stdin."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable

from emulator.errors import ConfigError
from emulator.program_file import printable, shown_path

SEMIHOSTING = "stdin"
"""The channel of semihosting's input; the others are UARTs."""

ReadInput = Callable[[str], int | None]
CHUNK = 4096


class GuestInput:
    """The machine's ``read_input``, for all channels but those in ``muted``.

    ``pends`` says whether more may come when it has answered None.
    """

    def __init__(self, read: ReadInput, muted: Iterable[str] = (), pends: Callable[[], bool] = lambda: False) -> None:
        self._read = read
        self._muted = frozenset(muted)
        self.pends = pends

    def __call__(self, channel: str) -> int | None:
        """Return the next byte for ``channel``, None when there is none (yet)."""
        return None if channel in self._muted else self._read(channel)


def open_input(name: str | None, muted: Iterable[str]) -> GuestInput:
    """Return the machine's input: the bytes of the file ``name``.

    Channels in ``muted`` have no input, and without a ``name`` nobody has. ``-`` is stdin: a pipe or file is waited
    for, so the guest sees the same bytes in every run; at a terminal a UART only looks whether something was typed.
    Raises ConfigError.
    """
    if name is None:
        return GuestInput(lambda channel: None)
    return _terminal(muted) if name == "-" else GuestInput(_file(name), muted)


def _file(name: str) -> ReadInput:
    try:
        with open(name, "rb") as file:
            data = file.read()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(f"--input {shown_path(name)}: {printable(reason)}. Check the path.") from None
    stream = iter(data)
    return lambda channel: next(stream, None)


def _terminal(muted: Iterable[str]) -> GuestInput:
    if sys.stdin is None:  # closed before the command started
        return GuestInput(lambda channel: None)
    from select import select

    descriptor, is_terminal = sys.stdin.fileno(), sys.stdin.isatty()
    buffered = bytearray()
    ended = False

    def read(channel: str) -> int | None:
        nonlocal ended
        waits = channel == SEMIHOSTING or not is_terminal
        if not buffered and not ended and (waits or select([descriptor], [], [], 0)[0]):
            data = os.read(descriptor, CHUNK)
            ended = not data
            buffered.extend(data)
        return buffered.pop(0) if buffered else None

    return GuestInput(read, muted, lambda: is_terminal and not ended)
