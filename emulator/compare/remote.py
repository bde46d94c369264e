"""The two wires to a QEMU process: its gdb stub and its qtest port. They carry text; nothing here knows a register.

Acknowledgements are neither sent nor awaited: a stub takes the next packet for one. So several questions can go out in
one write, but nothing may follow a step before its answer is there, because any byte stops the processor.
"""

from __future__ import annotations

import socket
from base64 import b64decode, b64encode

from emulator.errors import EmulatorError

CHUNK = 1 << 18


class ConnectionEnded(EmulatorError):
    """The other side closed the connection: QEMU has ended."""


class NoAnswer(EmulatorError):
    """Nothing came within the time limit of the socket."""


def frame(packet: str) -> bytes:
    """Return ``packet`` as it goes over the wire. [GDB manual, E.1]"""
    data = packet.encode("ascii")
    return b"$%b#%02x" % (data, sum(data) & 0xFF)


class _Wire:
    """A connected stream socket with a time limit, read in chunks."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()

    def _write(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except TimeoutError:
            raise NoAnswer("QEMU does not read") from None
        except OSError:
            raise ConnectionEnded("QEMU has closed the connection") from None

    def _read_more(self) -> None:
        try:
            data = self._connection.recv(CHUNK)
        except TimeoutError:
            raise NoAnswer("QEMU does not answer") from None
        except OSError:
            data = b""
        if not data:
            raise ConnectionEnded("QEMU has closed the connection")
        self._buffer += data


class GdbStub(_Wire):
    """A client of the GDB Remote Serial Protocol."""

    def send(self, *packets: str) -> None:
        """Send the packets in one write; ``receive`` once for each."""
        self._write(b"".join(map(frame, packets)))

    def receive(self) -> str:
        """Return the next packet's contents. Raises ConnectionEnded and NoAnswer."""
        while True:
            start = self._buffer.find(b"$")
            end = self._buffer.find(b"#", start) if start >= 0 else -1
            if end >= 0 and len(self._buffer) >= end + 3:
                packet = bytes(self._buffer[start + 1 : end])
                del self._buffer[: end + 3]
                return packet.decode("ascii", "replace")
            self._read_more()

    def ask(self, *packets: str) -> list[str]:
        """Send the packets and return their answers."""
        self.send(*packets)
        return [self.receive() for _ in packets]

    def interrupt(self) -> None:
        """Stop the processor, which answers the step that is under way."""
        self._write(b"\x03")


class MemoryPort(_Wire):
    """A client of QEMU's qtest protocol: memory and registers as the bus has them, with a debugger's rights."""

    def _ask(self, command: str) -> str:
        self._write(command.encode("ascii") + b"\n")
        while not self._buffer.endswith(b"\n"):  # one answer is under way, and nothing else
            self._read_more()
        line = bytes(self._buffer)
        self._buffer.clear()
        words = line.decode("ascii", "replace").split(maxsplit=1)
        if not words or words[0] != "OK":
            raise EmulatorError(f"QEMU refused {command.split()[0]!r}: {' '.join(words)}")
        return words[1] if len(words) > 1 else ""

    def read(self, address: int, size: int) -> bytes:
        """Return ``size`` bytes at ``address``."""
        return b64decode(self._ask(f"b64read {address:#x} {size:#x}"))

    def write(self, address: int, data: bytes) -> None:
        """Store ``data``."""
        for start in range(0, len(data), CHUNK):
            piece = data[start : start + CHUNK]
            self._ask(f"b64write {address + start:#x} {len(piece):#x} {b64encode(piece).decode()}")

    def write_word(self, address: int, value: int) -> None:
        """Store a word with one access, as registers need it."""
        self._ask(f"writel {address:#x} {value:#x}")
