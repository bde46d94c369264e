"""Z and z: breakpoints and watchpoints. Software and hardware ones are the same here: no code is changed."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.debugger.points import ACCESS, READ, WRITE
from emulator.gdb.packets import BAD_PACKET, OK, UNKNOWN, PacketError, number, packet

if TYPE_CHECKING:
    from emulator.gdb.session import Session

_WATCHES = {2: WRITE, 3: READ, 4: ACCESS}
MOST_POINTS = 4096


@packet("Z")
def insert(session: Session, rest: bytes) -> bytes:
    """Set a point. A condition or command in the packet was not asked for, so there is none."""
    kind, address, size = _point(rest)
    points = session.debugger.points
    if len(points.breakpoints) + len(points.watches) >= MOST_POINTS:
        raise PacketError(BAD_PACKET, f"there can be {MOST_POINTS} breakpoints and watchpoints")
    if kind in (0, 1):
        points.add_breakpoint(address)
        if kind == 0:
            session.software.add(address)
        return OK
    if kind not in _WATCHES:
        return UNKNOWN
    try:
        points.add_watch(_WATCHES[kind], address, size)
    except ValueError as error:
        raise PacketError(BAD_PACKET, str(error)) from None
    return OK


@packet("z")
def remove(session: Session, rest: bytes) -> bytes:
    """Take a point away; harmless where none is."""
    kind, address, size = _point(rest)
    points = session.debugger.points
    if kind in (0, 1):
        points.remove_breakpoint(address)
        if kind == 0:
            session.software.discard(address)
    elif kind in _WATCHES:
        points.remove_watch(_WATCHES[kind], address, size)
    else:
        return UNKNOWN
    return OK


def _point(rest: bytes) -> tuple[int, int, int]:
    parts = rest.split(b";")[0].split(b",")
    if len(parts) != 3:
        raise PacketError(BAD_PACKET)
    kind, address, size = (number(part) for part in parts)
    if address >= 1 << 32 or size > 1 << 32:
        raise PacketError(BAD_PACKET)
    return kind, address, size
