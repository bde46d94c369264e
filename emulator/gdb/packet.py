"""Packets of the GDB remote serial protocol as bytes: found in a stream, and made. [GDB manual, E.1 Overview]

``$payload#checksum``, with ``}`` before escaped bytes. State: the bytes of a packet that has not ended yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from emulator.records import dataclass

PACKET_SIZE = 0x4000
"""Bytes of a payload at most, as qSupported says it."""

START, END, ESCAPE, REPEAT = b"$", b"#", 0x7D, 0x2A
_ESCAPED = frozenset(b"$#}*")
_ESCAPES = re.compile(rb"}.?", re.DOTALL)


class Kind(Enum):
    """What comes in a stream."""

    PACKET = 1
    ACK = 2
    NACK = 3
    INTERRUPT = 4
    DAMAGED = 5
    """A packet whose checksum is wrong, or that is too long."""


@dataclass(frozen=True, slots=True)
class Received:
    """One piece of a stream; ``payload`` of a packet, unescaped."""

    kind: Kind
    payload: bytes = b""


_SINGLE = {b"+"[0]: Kind.ACK, b"-"[0]: Kind.NACK, 0x03: Kind.INTERRUPT}


class Stream:
    """Finds what a client sends."""

    def __init__(self) -> None:
        self._packet: bytearray | None = None
        self._is_too_long = False

    def feed(self, data: bytes) -> Iterator[Received]:
        """Yield what ``data`` ends."""
        for byte in data:
            found = self._outside(byte) if self._packet is None else self._inside(byte, self._packet)
            if found is not None:
                yield found

    def _outside(self, byte: int) -> Received | None:
        if byte == START[0]:
            self._packet, self._is_too_long = bytearray(), False
            return None
        return Received(_SINGLE[byte]) if byte in _SINGLE else None

    def _inside(self, byte: int, packet: bytearray) -> Received | None:
        if byte == START[0]:  # unescaped: the packet before it was cut short
            packet.clear()
            self._is_too_long = False
            return None
        packet.append(byte)
        if len(packet) < 3 or packet[-3] != END[0]:
            if len(packet) > 2 * PACKET_SIZE + 3:
                del packet[:PACKET_SIZE]
                self._is_too_long = True
            return None
        self._packet = None
        body = bytes(packet[:-3])
        if self._is_too_long or bytes(packet[-2:]).lower() != b"%02x" % checksum(body):
            return Received(Kind.DAMAGED)
        return Received(Kind.PACKET, unescape(body))


def checksum(body: bytes) -> int:
    """Return the sum of the bytes between ``$`` and ``#``."""
    return sum(body) & 0xFF


def encode(payload: bytes) -> bytes:
    """Return the packet with ``payload``."""
    body = escape(payload)
    return START + body + END + b"%02x" % checksum(body)


def escape(payload: bytes) -> bytes:
    """Return ``payload`` with ``$ # } *`` escaped."""
    if _ESCAPED.isdisjoint(payload):
        return payload
    return b"".join(bytes((ESCAPE, byte ^ 0x20)) if byte in _ESCAPED else bytes((byte,)) for byte in payload)


def unescape(body: bytes) -> bytes:
    """Undo ``escape``. An escape that nothing follows is dropped."""
    if ESCAPE not in body:
        return body
    return _ESCAPES.sub(lambda found: bytes((found[0][1] ^ 0x20,)) if len(found[0]) == 2 else b"", body)
