"""Work that asks GDB: generators that yield commands, and what they are resumed with."""

from __future__ import annotations

from collections.abc import Generator

from emulator.annotations import Any, NamedTuple
from emulator.dap.mi_syntax import Results
from emulator.errors import EmulatorError

AWAIT_STOP = ""
"""What a generator yields to be resumed when the program has stopped, instead of a command."""

Body = dict[str, Any] | None


class Answer(NamedTuple):
    """What GDB answered to a command: its results, and what it printed meanwhile, by where that goes."""

    results: Results
    console: str = ""
    target: str = ""
    log: str = ""


Steps = Generator[str, Answer, Body]
"""Work that asks GDB: yields commands, is resumed with Answers (or a GdbError is raised in it), returns a body."""


class GdbError(EmulatorError):
    """GDB refused a command; the message is GDB's. ``log`` is what it printed besides, a server's last words too."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(" ".join(message.split()))
        self.log = log
