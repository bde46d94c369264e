"""The adapter as a process: one client's bytes, one GDB's lines, and the session between them.

The client is a pair of files (standard input and output, or a socket). Everything happens in one thread, which waits
for both; the session itself never waits.
"""

from __future__ import annotations

import os
import selectors
import shlex
from collections.abc import Callable
from contextlib import suppress

from emulator.annotations import Protocol
from emulator.dap.framing import Message, MessageReader, encode
from emulator.dap.gdb_process import GdbProcess, find_gdb
from emulator.dap.requests import REQUESTS
from emulator.dap.session import ENDED, Session
from emulator.dap.stops import publish

CHUNK = 1 << 16


class Transcript(Protocol):
    """Where a session is written down: see ``v7m dap --log``."""

    def note(self, mark: str, text: str) -> None:
        """Write one line."""


class Adapter:
    """Serves one client. ``server`` is the command of our GDB server; ``send`` takes bytes for the client.

    A client that is gone shows as the end of its input; what cannot be sent to it any more is dropped.
    """

    def __init__(
        self, client: int, send: Callable[[bytes], None], server: list[str], transcript: Transcript | None = None
    ) -> None:
        self._client = client
        self._send = send
        self._server = server
        self._transcript = transcript
        self._gdb: GdbProcess | None = None
        self._selector = selectors.SelectSelector()
        self._reader = MessageReader()
        self.session = Session(self, REQUESTS, publish)

    def serve(self, others: tuple[int, Callable[[], None]] | None = None) -> None:
        """Serve the client until it disconnects or is gone.

        ``others`` is one more file to watch, and what to do when it can be read: a socket where other clients knock.
        """
        self._selector.register(self._client, selectors.EVENT_READ, self._read_client)
        if others is not None:
            self._selector.register(others[0], selectors.EVENT_READ, others[1])
        try:
            while self.session.phase != ENDED:
                for key, _ in self._selector.select():
                    if self.session.phase != ENDED and key.fd in self._selector.get_map():
                        key.data()
                self._watch_gdbs_input()
        finally:
            self.end_gdb()
            self._selector.close()

    def _read_client(self) -> None:
        try:
            data = os.read(self._client, CHUNK)
        except OSError:
            data = b""
        if not data:
            self.session.phase = ENDED
            return
        for message in self._reader.feed(data):
            self._note("->", message)
            self.session.receive(message)
        complaints, self._reader.complaints = self._reader.complaints, []
        for words in complaints:
            self.session.complain(words)

    def _read_gdb(self) -> None:
        assert self._gdb is not None
        lines = self._gdb.read()
        if lines is None:
            gdb, self._gdb = self._gdb, None
            self._forget(gdb)
            words = f"GDB has ended ({gdb.end()})"
            self._note("<!", words)
            self.session.gdb_ended(words)
            return
        gdb = self._gdb
        for line in lines:
            if self._gdb is gdb:  # a line may end it
                self._note("<=", line)
                self.session.receive_gdb(line)

    def _watch_gdbs_input(self) -> None:
        """Wait for GDB to read only while something waits to be written."""
        gdb = self._gdb
        if gdb is None:
            return
        is_watched = gdb.input in self._selector.get_map()
        if gdb.pending and not is_watched:
            self._selector.register(gdb.input, selectors.EVENT_WRITE, gdb.flush)
        elif is_watched and not gdb.pending:
            self._selector.unregister(gdb.input)

    def _forget(self, gdb: GdbProcess) -> None:
        for file in (gdb.input, gdb.output):
            with suppress(KeyError):
                self._selector.unregister(file)

    def _note(self, mark: str, what: str | Message) -> None:
        if self._transcript is not None:
            text = what if isinstance(what, str) else encode(what).partition(b"\r\n\r\n")[2].decode("ascii")
            self._transcript.note(mark, text)

    # -- what the session asks for (session.Link) ----------------------------------------------------------------------

    def send(self, message: Message) -> None:
        """Send a message to the client."""
        self._note("<-", message)
        with suppress(OSError):
            self._send(encode(message))

    def start_gdb(self, path: str | None, folder: str | None) -> None:
        """Start a GDB. Raises RequestError."""
        self.end_gdb()
        self._gdb = GdbProcess(find_gdb(path), folder)
        self._selector.register(self._gdb.output, selectors.EVENT_READ, self._read_gdb)

    def write_gdb(self, line: str) -> None:
        """Give GDB a command."""
        self._note("=>", line)
        if self._gdb is not None:
            self._gdb.write(line)

    def end_gdb(self) -> None:
        """End GDB, if there is one."""
        gdb, self._gdb = self._gdb, None
        if gdb is not None:
            self._forget(gdb)
            gdb.end()

    def server_command(self, options: list[str]) -> str:
        """Return the shell's words that start our GDB server."""
        return shlex.join([*self._server, *options])

    def log_points_file(self) -> str:
        """Return where log_points_in_gdb.py is."""
        return os.path.join(os.path.dirname(os.path.abspath(__file__)), "log_points_in_gdb.py")

    def folder(self) -> str:
        """Return the folder that relative paths are relative to."""
        return os.getcwd()

    def file_exists(self, path: str) -> bool:
        """Whether there is a file ``path``."""
        found = os.path.isfile(path)
        self._note("?+" if found else "?-", path)
        return found
