"""Running: ?, vCont, c, s, C, S, R, vRun, D, k, vKill, H, T.

A signal that comes with a continue is not asked about: a fault that the program stopped at is raised when it goes on,
as the part would. A step belongs to a thread; what the others and the handlers do meanwhile is not stepped.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.debugger.debugger import Verb
from emulator.gdb.packets import BAD_PACKET, NO_THREAD, OK, PacketError, number, packet, split

if TYPE_CHECKING:
    from emulator.gdb.session import Session

ALL = -1
_ACTIONS = "cCsSr"


@packet("?")
def why(session: Session, rest: bytes) -> bytes:
    """Say why the program stopped last."""
    return session.last_stop


@packet("vCont?")
def actions(session: Session, rest: bytes) -> bytes:
    """Say what vCont can do: GDB steps only where it finds all of c, C, s and S."""
    return b"vCont" + "".join(f";{action}" for action in _ACTIONS).encode()


@packet("vCont")
def resume(session: Session, rest: bytes) -> None:
    """Do what the first action that steps says, else continue."""
    chosen: Verb | None = None
    continues = False
    for action in rest.split(b";")[1:]:
        what, _, thread = action.partition(b":")
        if not what:
            raise PacketError(BAD_PACKET)
        if what[:1] in b"cC":
            _check_signal(what)
            continues = True
        elif chosen is None:
            chosen = _step(session, what, _thread_id(thread) if thread else 0)
    if chosen is None and not continues:
        raise PacketError(BAD_PACKET)
    session.start(session.debugger.proceed() if chosen is None else chosen)


def _step(session: Session, what: bytes, thread: int) -> Verb:
    number_ = thread if thread > 0 else session.debugger.current
    if what[:1] == b"r":
        first, last = split(what[1:], b",")
        return session.debugger.step(number_, number(first), number(last))
    if what[:1] not in (b"s", b"S"):
        raise PacketError(BAD_PACKET)
    _check_signal(what)
    return session.debugger.step(number_)


def _check_signal(what: bytes) -> None:
    if what[:1] in b"CS":
        number(what[1:])
    elif len(what) != 1:
        raise PacketError(BAD_PACKET)


@packet("c")
@packet("C")
def proceed(session: Session, rest: bytes) -> None:
    """Continue. An address to continue at is not in use any more, and refused."""
    _check_no_address(rest)
    session.start(session.debugger.proceed())


@packet("s")
@packet("S")
def step(session: Session, rest: bytes) -> None:
    """Step what the processor executes."""
    _check_no_address(rest)
    session.start(session.debugger.step(session.debugger.current))


def _check_no_address(rest: bytes) -> None:
    if rest:
        number(rest)  # a signal
        if len(rest) > 2:
            raise PacketError(BAD_PACKET, "write pc to continue elsewhere")


def _goes_back(session: Session) -> bool:
    return session.debugger.traveller is not None


@packet("b", _goes_back)
def backwards(session: Session, rest: bytes) -> None:
    """bs, bc: backwards by one instruction of the machine, whatever thread is chosen; or to what stops the program."""
    if rest not in (b"s", b"c"):
        raise PacketError(BAD_PACKET)
    session.start(session.debugger.step_back() if rest == b"s" else session.debugger.run_back())


@packet("H")
def choose(session: Session, rest: bytes) -> bytes:
    """Choose the thread whose registers are meant. Hc is for clients without vCont: one step is the processor's."""
    thread = _thread_id(rest[1:])
    if rest[:1] == b"g":
        session.choose(0 if thread == ALL else thread)
    elif rest[:1] != b"c":
        raise PacketError(BAD_PACKET)
    return OK


@packet("T")
def is_alive(session: Session, rest: bytes) -> bytes:
    """Whether there is such a thread."""
    session.thread(_thread_id(rest))
    return OK


def _thread_id(text: bytes) -> int:
    if text == b"-1":
        return ALL
    found = number(text)
    if found >= 1 << 31:
        raise PacketError(NO_THREAD)
    return found


# -- the end of a session ------------------------------------------------------------------------------------------


@packet("!")
def extend(session: Session, rest: bytes) -> bytes:
    """target extended-remote: the session goes on after the end of the program."""
    session.is_extended = True
    return OK


@packet("R", lambda session: session.is_extended)
def restart(session: Session, rest: bytes) -> None:
    """Begin again. No reply."""
    session.restart()


@packet("vRun", lambda session: session.is_extended)
def run(session: Session, rest: bytes) -> bytes:
    """Begin again: there is one program, whatever its name is on the client's side."""
    if any(rest.split(b";")[2:]):
        raise PacketError(BAD_PACKET, "arguments are given to v7m debug: --args")
    session.restart()
    return session.last_stop


@packet("D")
def detach(session: Session, rest: bytes) -> bytes:
    """Leave the program where it is, without breakpoints."""
    session.close()
    return OK


@packet("k")
def kill(session: Session, rest: bytes) -> None:
    """End the program: the next client finds it at its beginning. No reply."""
    session.restart()
    session.close()


@packet("vKill")
def kill_process(session: Session, rest: bytes) -> bytes:
    """The same, for target extended-remote, whose session goes on."""
    session.restart()
    return OK
