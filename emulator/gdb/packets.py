"""The table of packets: each has one small handler. [GDB manual, E.2 Packets]

A handler gets the session and what follows the packet's name, and returns the payload of the reply, None where none is
due now. A packet that no handler is for gets the empty reply: that is how a client learns what there is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass

if TYPE_CHECKING:
    from emulator.gdb.session import Session

Handler = Callable[["Session", bytes], "bytes | None"]

OK = b"OK"
UNKNOWN = b""
_NAME = re.compile(rb"[vqQ][A-Za-z]+\??|.", re.DOTALL)


class PacketError(Exception):
    """The packet makes no sense, or what it asks for cannot be done: the client gets an error."""

    def __init__(self, number: int, why: str = "") -> None:
        super().__init__(why)
        self.number = number
        self.why = why


BAD_PACKET, NO_MEMORY, NO_THREAD, REFUSED, NOT_NOW = 0x16, 0x0E, 0x03, 0x01, 0x10
"""Numbers of errors: EINVAL, EFAULT, ESRCH, EPERM, EBUSY."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that there is. ``is_there`` says whether this session's target offers what it is for."""

    handler: Handler
    is_there: Callable[[Session], bool]


PACKETS: dict[bytes, Packet] = {}


def packet(name: str, is_there: Callable[[Session], bool] = lambda session: True) -> Callable[[Handler], Handler]:
    """Register the decorated function as the handler of the packet ``name``."""

    def register(handler: Handler) -> Handler:
        PACKETS[name.encode()] = Packet(handler, is_there)
        return handler

    return register


def answer(session: Session, payload: bytes) -> bytes | None:
    """Return the reply to a packet, None where none is due now."""
    found = _NAME.match(payload)
    if found is None:
        return UNKNOWN
    known = PACKETS.get(found[0])
    if known is None or not known.is_there(session):
        return UNKNOWN
    try:
        return known.handler(session, payload[found.end() :])
    except PacketError as error:
        return b"E.%s" % error.why.encode() if error.why and session.explains_errors else b"E%02x" % error.number


# -- the parts of packets ------------------------------------------------------------------------------------------


def number(text: bytes) -> int:
    """Read a hexadecimal number, of an address or a length."""
    if not re.fullmatch(rb"[0-9a-fA-F]{1,16}", text):
        raise PacketError(BAD_PACKET)
    return int(text, 16)


def numbers(text: bytes, count: int) -> list[int]:
    """Read ``count`` hexadecimal numbers with commas between."""
    parts = text.split(b",")
    if len(parts) != count:
        raise PacketError(BAD_PACKET)
    return [number(part) for part in parts]


def data_of(text: bytes) -> bytes:
    """Read bytes in hexadecimal."""
    if not re.fullmatch(rb"([0-9a-fA-F]{2})*", text):
        raise PacketError(BAD_PACKET)
    return bytes.fromhex(text.decode())


def split(text: bytes, separator: bytes) -> tuple[bytes, bytes]:
    """Split at the first ``separator``, which must be there."""
    first, found, rest = text.partition(separator)
    if not found:
        raise PacketError(BAD_PACKET)
    return first, rest
