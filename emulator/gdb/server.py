"""Connections for sessions: a pipe, or a socket that one client at a time may use.

The loop is here, and nothing of the protocol: bytes go to the session, which works while its program runs, and between
two slices of that whatever arrived is fed. A client that comes while another is served is told so in one line.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
from collections.abc import Callable

from emulator.annotations import Protocol
from emulator.errors import ConfigError
from emulator.gdb.session import Session

CHUNK = 1 << 16
INTERRUPT = b"\x03"
"""Ctrl-C in GDB. Where the data of a packet has it, what takes long ends early, and says so."""
BUSY = b"v7m: another debugger is connected; detach that one first\n"
SEND_TIMEOUT = 60.0
"""Seconds that a client may leave what is sent to it unread."""

MakeSession = Callable[[Callable[[bytes], None]], Session]


class Connection(Protocol):
    """A way to one client."""

    def receive(self, waits: bool) -> bytes | None:
        """Return what has arrived, b'' for nothing (only if not ``waits``), None when the client is gone."""

    def send(self, data: bytes) -> None:
        """Send; a client that is gone is noticed by ``receive``."""


def serve(session: Session, connection: Connection) -> None:
    """Serve one client until it leaves."""
    early: list[bytes | None] = []
    data: bytes | None = b""

    def is_unwanted() -> bool:
        """Look at the connection in the middle of something: an interrupt ends that, and so does the client's end."""
        if not early or early[-1] is not None:
            early.append(connection.receive(waits=False))
        return early[-1] is None or INTERRUPT in b"".join(one for one in (data, *early) if one)

    session.is_unwanted = is_unwanted
    try:
        while not session.is_over:
            data = early.pop(0) if early else connection.receive(waits=not session.is_running)
            if data is None:
                break
            session.feed(data)
            if session.is_running and not session.is_over:
                session.work()
    finally:
        session.close()


class Pipe:
    """Two file descriptors: what GDB starts with ``target remote | ...``."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing
        self._selector = selectors.DefaultSelector()
        self._can_select = True
        try:
            self._selector.register(reading, selectors.EVENT_READ)
        except (ValueError, PermissionError):  # a plain file: always ready
            self._can_select = False

    def receive(self, waits: bool) -> bytes | None:
        """See Connection."""
        if self._can_select and not self._selector.select(None if waits else 0):
            return b""
        return os.read(self._reading, CHUNK) or None

    def send(self, data: bytes) -> None:
        """See Connection."""
        view = memoryview(data)
        with contextlib.suppress(BrokenPipeError):
            while view:
                view = view[os.write(self._writing, view) :]


class Listener:
    """A socket that waits for clients; the next one is served when the last has left."""

    def __init__(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
            self._socket.listen(4)
        except (OSError, OverflowError) as error:
            self._socket.close()
            reason = getattr(error, "strerror", None) or str(error)
            remedy = "Choose another port, or 0 for one that is free."
            raise ConfigError(f"--listen {host}:{port}: {reason}. {remedy}") from None

    @property
    def address(self) -> str:
        """Where clients connect: ``127.0.0.1:3333``."""
        host, port = self._socket.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def accept(self, timeout: float | None = None) -> Client | None:
        """Wait for a client, ``timeout`` seconds at the most: None when nobody comes."""
        self._socket.settimeout(timeout)
        try:
            connected = self._socket.accept()[0]
        except TimeoutError:
            return None
        return Client(connected, self._socket)

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Client:
    """The client that is served; others that come to ``listening`` meanwhile are sent away."""

    def __init__(self, connected: socket.socket, listening: socket.socket) -> None:
        self._socket = connected
        self._listening = listening
        self._socket.settimeout(SEND_TIMEOUT)
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._is_gone = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(connected, selectors.EVENT_READ)
        self._selector.register(listening, selectors.EVENT_READ)

    def receive(self, waits: bool) -> bytes | None:
        """See Connection."""
        while not self._is_gone:
            ready = {key.fileobj for key, _ in self._selector.select(None if waits else 0)}
            if self._socket in ready:  # first: who has left is not to keep the next one out
                try:
                    return self._socket.recv(CHUNK) or None
                except OSError:
                    return None
            if self._listening in ready:
                self._send_away()
            if not waits:
                return b""
        return None

    def _send_away(self) -> None:
        with contextlib.suppress(OSError):
            other, _ = self._listening.accept()
            with other:
                other.settimeout(1)
                other.sendall(BUSY)

    def send(self, data: bytes) -> None:
        """See Connection."""
        try:
            self._socket.sendall(data)
        except OSError:
            self._is_gone = True

    def close(self) -> None:
        """Let it go."""
        self._selector.close()
        self._socket.close()


def serve_clients(listener: Listener, make: MakeSession, told: Callable[[str], None]) -> None:
    """Serve clients one after another, for ever; ``told`` hears of their coming and going."""
    while True:
        client = listener.accept()
        assert client is not None, "nobody set a time limit"
        told("a debugger is connected")
        try:
            serve(make(client.send), client)
        finally:
            client.close()
        told("the debugger has left; the program waits for the next one")
