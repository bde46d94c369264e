"""g, G, p, P: the registers of the chosen thread. Those of a thread that is not on the processor can only be read."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import Registers
from emulator.debugger.threads import DebugThread
from emulator.gdb.packets import BAD_PACKET, OK, REFUSED, PacketError, data_of, number, packet, split
from emulator.gdb.register_map import FIRST_FLOAT, DebugRegister, register_bytes

if TYPE_CHECKING:
    from emulator.gdb.session import Session


@packet("g")
def read_all(session: Session, rest: bytes) -> bytes:
    """Return all registers."""
    return session.registers.all_bytes(_registers(session.thread())).hex().encode()


@packet("p")
def read_one(session: Session, rest: bytes) -> bytes:
    """Return one register."""
    register = _register(session, number(rest))
    return register_bytes(register, _registers(session.thread())).hex().encode()


@packet("G")
def write_all(session: Session, rest: bytes) -> bytes:
    """Write all registers."""
    data = data_of(rest)
    if len(data) != session.registers.size:
        raise PacketError(BAD_PACKET)
    _check_running(session)
    for register in session.registers.registers:
        size = register.bits // 8
        if register.name != "sp":  # it is msp or psp, which have values of their own
            _write(session, register, data[:size])
        data = data[size:]
    return OK


@packet("P")
def write_one(session: Session, rest: bytes) -> bytes:
    """Write one register."""
    which, value = split(rest, b"=")
    register, data = _register(session, number(which)), data_of(value)
    if len(data) != register.bits // 8:
        raise PacketError(BAD_PACKET)
    _check_running(session)
    _write(session, register, data)
    return OK


def _register(session: Session, which: int) -> DebugRegister:
    register = session.registers.find(which)
    if register is None:
        raise PacketError(BAD_PACKET)
    return register


def _registers(thread: DebugThread) -> Registers:
    if thread.registers is None:
        raise PacketError(REFUSED)
    return thread.registers


def _check_running(session: Session) -> None:
    if session.thread().number != session.debugger.current:
        raise PacketError(REFUSED, "only the registers of the running thread can be written")


def _write(session: Session, register: DebugRegister, data: bytes) -> None:
    machine = session.debugger.machine
    session.debugger.edited()
    if register.number < FIRST_FLOAT:
        register.write(machine.registers, int.from_bytes(data, "little"))
        return
    machine.processor.load_fp()
    register.write(machine.registers, int.from_bytes(data, "little"))
    machine.processor.store_fp()
