"""What the guest reads from its console: a file, or this process's stdin."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable

from emulator.errors import ConfigError
from emulator.machine.observers import HostSide
from emulator.program_file import printable, shown_path

SEMIHOSTING = "stdin"
"""The channel of semihosting's input; the others are UARTs."""

ReadInput = Callable[[str], int | None]
CHUNK = 4096


class GuestInput:
    """The machine's ``read_input``, for all channels but those in ``muted``.

    ``begin()`` returns what reads the input from its beginning: each run of it gets the same answers. ``pends`` says
    whether more may come when it has answered None.
    """

    def __init__(
        self, begin: Callable[[], ReadInput], muted: Iterable[str] = (), pends: Callable[[], bool] = lambda: False
    ) -> None:  # fmt: skip
        self._begin = begin
        self._read = begin()
        self._muted = frozenset(muted)
        self.pends = pends

    def again(self) -> GuestInput:
        """Return the same input for another run of the program."""
        return GuestInput(self._begin, self._muted, self.pends)

    def __call__(self, channel: str) -> int | None:
        """Return the next byte for ``channel``, None when there is none (yet)."""
        return None if channel in self._muted else self._read(channel)


def no_input() -> ReadInput:
    """Return what reads an input that is empty."""
    return lambda channel: None


def open_input(name: str | None, muted: Iterable[str]) -> GuestInput:
    """Return the machine's input: the bytes of the file ``name``.

    Channels in ``muted`` have no input, and without a ``name`` nobody has. ``-`` is stdin: a pipe or file is waited
    for, so the guest sees the same bytes in every run; at a terminal a UART only looks whether something was typed.
    Raises ConfigError.
    """
    if name is None:
        return GuestInput(no_input)
    return _terminal(muted) if name == "-" else GuestInput(_file(name), muted)


def _file(name: str) -> Callable[[], ReadInput]:
    try:
        with open(name, "rb") as file:
            data = file.read()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(f"--input {shown_path(name)}: {printable(reason)}. Check the path.") from None
    return lambda: bytes_reader(data)


def bytes_reader(data: bytes) -> ReadInput:
    """Return what reads ``data``, the same for all channels."""
    position = 0

    def read(channel: str) -> int | None:
        nonlocal position
        if position >= len(data):
            return None
        position += 1
        return data[position - 1]

    return read


def _terminal(muted: Iterable[str]) -> GuestInput:
    if sys.stdin is None:  # closed before the command started
        return GuestInput(no_input)
    typed = _Typed(sys.stdin.fileno(), sys.stdin.isatty())

    def begin() -> ReadInput:
        asked = 0

        def read(channel: str) -> int | None:
            nonlocal asked
            asked += 1
            return typed.answer(asked, channel)

        return read

    return GuestInput(begin, muted, lambda: typed.is_terminal and not typed.has_ended)


class _Typed(HostSide):
    """What comes from stdin, and what was answered when: a run that is executed again gets the same answers."""

    def __init__(self, descriptor: int, is_terminal: bool) -> None:
        self._descriptor = descriptor
        self.is_terminal = is_terminal
        self.has_ended = False
        self._buffered = bytearray()
        self._answered = 0
        self._answers: dict[int, int] = {}

    def answer(self, number: int, channel: str) -> int | None:
        """Return the answer to the question of that number: the next byte, None when there is none (yet)."""
        if number > self._answered:
            self._answered = number
            byte = self._ask(channel)
            if byte is not None:
                self._answers[number] = byte
        return self._answers.get(number)

    def _ask(self, channel: str) -> int | None:
        from select import select

        waits = channel == SEMIHOSTING or not self.is_terminal
        if not self._buffered and not self.has_ended and (waits or select([self._descriptor], [], [], 0)[0]):
            data = os.read(self._descriptor, CHUNK)
            self.has_ended = not data
            self._buffered.extend(data)
        return self._buffered.pop(0) if self._buffered else None
