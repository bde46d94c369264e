"""m, M, X: memory; vFlashErase, vFlashWrite, vFlashDone: what GDB's ``load`` does with flash."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.gdb.packet import PACKET_SIZE
from emulator.gdb.packets import BAD_PACKET, NO_MEMORY, OK, PacketError, data_of, number, numbers, packet, split

if TYPE_CHECKING:
    from emulator.gdb.session import Session

MOST_READ = PACKET_SIZE // 2 - 1
MOST_PENDING = 64 << 20
"""Bytes of flash that one load may hold until it is done."""


@packet("m")
def read(session: Session, rest: bytes) -> bytes:
    """Return memory, less than was asked for where only the beginning can be read."""
    address, size = numbers(rest, 2)
    data = session.memory.read(address, min(size, MOST_READ))
    if data is None:
        raise PacketError(NO_MEMORY)
    return data.hex().encode()


@packet("M")
def write_hex(session: Session, rest: bytes) -> bytes:
    """Store bytes that came in hexadecimal."""
    place, text = split(rest, b":")
    return _write(session, place, data_of(text))


@packet("X")
def write_binary(session: Session, rest: bytes) -> bytes:
    """Store bytes that came as they are."""
    return _write(session, *split(rest, b":"))


def _write(session: Session, place: bytes, data: bytes) -> bytes:
    address, size = numbers(place, 2)
    if size != len(data):
        raise PacketError(BAD_PACKET)
    if data and not session.memory.write(address, data):
        raise PacketError(NO_MEMORY)
    session.debugger.edited()
    return OK


# -- flash: nothing is stored before all of it has come ------------------------------------------------------------


@packet("vFlashErase")
def flash_erase(session: Session, rest: bytes) -> bytes:
    """Erase whole blocks."""
    address, size = numbers(_after_colon(rest), 2)
    if not session.memory.erase(address, size):
        raise PacketError(NO_MEMORY)
    session.debugger.edited()
    return OK


@packet("vFlashWrite")
def flash_write(session: Session, rest: bytes) -> bytes:
    """Keep what is to be programmed."""
    place, data = split(_after_colon(rest), b":")
    if sum(len(piece) for _, piece in session.flash) + len(data) > MOST_PENDING:
        raise PacketError(NO_MEMORY)
    session.flash.append((number(place), data))
    return OK


@packet("vFlashDone")
def flash_done(session: Session, rest: bytes) -> bytes:
    """Program it."""
    pieces, session.flash = session.flash, []
    session.debugger.edited()
    if not all(session.memory.program(address, data) for address, data in pieces):
        raise PacketError(NO_MEMORY)
    return OK


def _after_colon(rest: bytes) -> bytes:
    return split(rest, b":")[1]
