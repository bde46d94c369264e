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


_SINGLE = {b"+": Kind.ACK, b"-": Kind.NACK, b"\x03": Kind.INTERRUPT}
_OUTSIDE = re.compile(rb"[$+\-\x03]")
LONGEST = 2 * PACKET_SIZE
"""Bytes between $ and #: each byte of the payload may be escaped."""


class Stream:
    """Finds what a client sends."""

    def __init__(self) -> None:
        self._data = bytearray()
        """What follows the $ of a packet that has not ended; nothing outside of one."""
        self._is_inside = False
        self._is_too_long = False

    def feed(self, data: bytes) -> Iterator[Received]:
        """Yield what ``data`` ends."""
        while data:
            if self._is_inside:
                self._data += data
                data, received = self._end_packet()
                if received is not None:
                    yield received
                continue
            found = _OUTSIDE.search(data)
            if found is None:
                return
            data = data[found.end() :]
            if found[0] == START:
                self._begin_packet()
            else:
                yield Received(_SINGLE[found[0]])

    def _begin_packet(self) -> None:
        self._data.clear()
        self._is_inside, self._is_too_long = True, False

    def _end_packet(self) -> tuple[bytes, Received | None]:
        """Return what follows the packet, and the packet; where it has not ended, nothing and None."""
        packet = self._data
        end = packet.find(END)
        again = packet.rfind(START, 0, end if end >= 0 else len(packet))
        if again >= 0:  # unescaped: the packet before it was cut short
            del packet[: again + 1]
            self._is_too_long = False
            end -= again + 1 if end >= 0 else 0
        if end < 0 or len(packet) < end + 3:
            if len(packet) > LONGEST:
                del packet[:-2]
                self._is_too_long = True
            return b"", None
        body, sum_, rest = bytes(packet[:end]), bytes(packet[end + 1 : end + 3]), bytes(packet[end + 3 :])
        is_whole = not self._is_too_long and len(body) <= LONGEST and sum_.lower() == b"%02x" % checksum(body)
        self._data.clear()
        self._is_inside = False
        return rest, Received(Kind.PACKET, unescape(body)) if is_whole else Received(Kind.DAMAGED)


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
