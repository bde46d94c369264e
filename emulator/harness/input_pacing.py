"""When ``--input`` comes to the guest: once the program asks for it, or a line each time it has shown its prompt.

Both depend on what the program does and on nothing else, so every run sees the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.annotations import TYPE_CHECKING
from emulator.errors import ConfigError
from emulator.program_file import printable

if TYPE_CHECKING:
    from emulator.machine.machine import Machine

ENABLED, ASKED, PROMPT = "enabled", "asked", "prompt="
LINE_END = 0x0A


class _Asked:
    """No input for a channel until the program asks for it there: from then on it comes by itself."""

    def __init__(self, read: Callable[[str], int | None]) -> None:
        self._read = read
        self._asked: set[str] = set()

    def read(self, channel: str) -> int | None:
        """See Machine.read_input."""
        return self._read(channel) if channel in self._asked else None

    def ask(self, channel: str) -> None:
        """See Machine.on_ask."""
        self._asked.add(channel)


class Prompted:
    """A line of input each time ``prompt`` was shown on a channel that is not ``muted``; ``ready()`` says so."""

    def __init__(
        self, read: Callable[[str], int | None], prompt: bytes, muted: Iterable[str], ready: Callable[[], None]
    ) -> None:
        self._read = read
        self._prompt = prompt
        self._muted = frozenset(muted)
        self._ready = ready
        self._tails: dict[str, bytes] = {}
        self._is_open = False
        self.was_shown = False

    @property
    def is_waiting(self) -> bool:
        """Whether the next line waits for its prompt."""
        return not self._is_open

    def read(self, channel: str) -> int | None:
        """See Machine.read_input. The line's end ends the input until the next prompt."""
        byte = self._read(channel) if self._is_open else None
        if byte == LINE_END:
            self._is_open = False
        return byte

    def see(self, channel: str, data: bytes) -> None:
        """See Machine.on_send. What is shown while a line is being read, as its echo, asks for no other."""
        if channel in self._muted:
            return
        shown = self._tails.get(channel, b"") + data
        if self._is_open:
            shown = b""
        elif self._prompt in shown:
            self._is_open = self.was_shown = True
            shown = b""
            self._ready()
        self._tails[channel] = shown[-len(self._prompt) :]


def pace_input(machine: Machine, when: str, muted: Iterable[str]) -> Prompted | None:
    """Let ``machine.read_input`` have its bytes when ``when`` says; return what waits for a prompt, if anything does.

    Raises ConfigError when ``when`` is none of ``enabled``, ``asked`` and ``prompt=TEXT``.
    """
    if when == ASKED:
        asked = _Asked(machine.read_input)
        machine.read_input, machine.on_ask = asked.read, asked.ask
    elif when.startswith(PROMPT) and len(when) > len(PROMPT):
        prompt = when[len(PROMPT) :].encode(errors="surrogateescape")
        prompted = Prompted(machine.read_input, prompt, muted, machine.input_ready)
        machine.read_input, machine.on_send = prompted.read, prompted.see
        machine.input_pends = lambda: prompted.is_waiting
        return prompted
    elif when != ENABLED:
        raise ConfigError(f"--input-when {printable(when)} is none of {ENABLED}, {ASKED} and {PROMPT}TEXT.")
    return None
