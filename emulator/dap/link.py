"""What a session can do to the world: the adapter (adapter.py) is one such link, a test's stand-in another."""

from __future__ import annotations

from emulator.annotations import Protocol
from emulator.dap.framing import Message


class Link(Protocol):
    """What a session asks for."""

    def send(self, message: Message) -> None:
        """Send a message to the client."""

    def start_gdb(self, path: str | None, folder: str | None) -> None:
        """Start a GDB, of ``path`` or the first found, in ``folder``. Raises RequestError."""

    def write_gdb(self, line: str) -> None:
        """Give GDB a command."""

    def end_gdb(self) -> None:
        """End GDB, if there is one, and with it a server that it started."""

    def server_command(self, options: list[str]) -> str:
        """Return the shell's words that start our GDB server on its standard input and output."""

    def log_points_file(self) -> str:
        """Return where log_points_in_gdb.py is."""

    def folder(self) -> str:
        """Return the folder that relative paths are relative to."""

    def file_exists(self, path: str) -> bool:
        """Whether there is a file ``path``."""
