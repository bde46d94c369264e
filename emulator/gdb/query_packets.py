"""q and Q packets: what there is to know of the target, and monitor commands. vFile and non-stop are refused."""

from __future__ import annotations

from collections.abc import Callable
from xml.sax.saxutils import quoteattr

from emulator.annotations import TYPE_CHECKING
from emulator.gdb.packet import PACKET_SIZE
from emulator.gdb.packets import BAD_PACKET, OK, PacketError, data_of, numbers, packet, split

if TYPE_CHECKING:
    from emulator.gdb.session import Session

FEATURES = (
    b"PacketSize=%x" % PACKET_SIZE,
    b"QStartNoAckMode+",
    b"qXfer:features:read+",
    b"qXfer:memory-map:read+",
    b"qXfer:threads:read+",
    b"vContSupported+",
    b"swbreak+",
    b"hwbreak+",
    b"error-message+",
)


BACKWARDS = (b"ReverseStep+", b"ReverseContinue+")


@packet("qSupported")
def supported(session: Session, rest: bytes) -> bytes:
    """Exchange features."""
    session.client_features = set(rest[1:].split(b";"))
    return b";".join(FEATURES + (BACKWARDS if session.debugger.traveller is not None else ()))


@packet("QStartNoAckMode")
def no_acknowledgements(session: Session, rest: bytes) -> bytes:
    """Acknowledge nothing any more."""
    session.acknowledge_no_more()
    return OK


@packet("qAttached")
def attached(session: Session, rest: bytes) -> bytes:
    """A client that leaves should kill the program where it may start it, and else detach from it."""
    return b"0" if session.is_extended else b"1"


@packet("qC")
def current_thread(session: Session, rest: bytes) -> bytes:
    """Return the thread that the processor executes."""
    return b"QC%x" % session.debugger.current


@packet("qfThreadInfo")
def first_threads(session: Session, rest: bytes) -> bytes:
    """Return the threads, for clients that do not read qXfer:threads."""
    if session.has_exited:
        return b"l"
    return b"m" + b",".join(b"%x" % thread.number for thread in session.debugger.threads())


@packet("qsThreadInfo")
def more_threads(session: Session, rest: bytes) -> bytes:
    """Return that these were all."""
    return b"l"


@packet("qThreadExtraInfo")
def thread_words(session: Session, rest: bytes) -> bytes:
    """Return what a person may read of a thread."""
    thread = session.thread(numbers(rest[1:], 1)[0])
    return f"{thread.name}: {thread.state}".encode().hex().encode()


@packet("qOffsets")
def offsets(session: Session, rest: bytes) -> bytes:
    """The program is where it was linked to be."""
    return b"Text=0;Data=0;Bss=0"


@packet("qSymbol")
def symbols(session: Session, rest: bytes) -> bytes:
    """No symbol is asked for."""
    return OK


@packet("qRcmd")
def monitor(session: Session, rest: bytes) -> bytes:
    """Do a monitor command; what it says goes to the client's console."""
    words = data_of(split(rest, b",")[1]).decode("utf-8", "replace")
    if session.debugger.traveller is not None:
        session.debugger.traveller.is_unwanted = session.is_unwanted
    for line in session.monitor.do(session, words):
        session.console(f"{line}\n".encode())
    session.flush_console()
    return OK


# -- objects that are read in pieces -------------------------------------------------------------------------------


def _threads_object(session: Session) -> bytes:
    rows = "".join(
        f"<thread id={quoteattr(f'{thread.number:x}')} name={quoteattr(_plain(thread.name))}>"
        f"{_text(thread.state)}</thread>"
        for thread in ([] if session.has_exited else session.debugger.threads())
    )
    return f'<?xml version="1.0"?><threads>{rows}</threads>'.encode()


def _plain(text: str) -> str:
    """Return ``text`` without what XML cannot hold: the guest chooses names."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _text(text: str) -> str:
    return _plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


OBJECTS: dict[tuple[bytes, bytes], Callable[[Session], bytes]] = {
    (b"features", b"target.xml"): lambda session: session.registers.description(),
    (b"memory-map", b""): lambda session: session.memory.description(),
    (b"threads", b""): _threads_object,
}


@packet("qXfer")
def transfer(session: Session, rest: bytes) -> bytes | None:
    """Return a piece of an object."""
    parts = rest.split(b":")
    if len(parts) != 5 or parts[2] != b"read":
        return b""
    _, name, _, annex, place = parts
    make = OBJECTS.get((name, annex))
    if make is None:
        return b"" if name not in {known for known, _ in OBJECTS} else b"E00"
    offset, size = numbers(place, 2)
    whole = make(session)
    if offset > len(whole):
        raise PacketError(BAD_PACKET)
    piece = whole[offset : offset + min(size, PACKET_SIZE // 2)]
    return (b"l" if offset + len(piece) >= len(whole) else b"m") + piece
