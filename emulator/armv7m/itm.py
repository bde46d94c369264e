"""The Instrumentation Trace Macrocell: its stimulus ports are a console. [C1.7]

What software writes to an enabled port goes out at once as the bytes it wrote; there are no packets and no timestamps,
and the FIFO is always ready. State: TER, TPR, TCR and the software lock; a system reset leaves all of it alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.armv7m.core import SystemRegisters
from emulator.armv7m.debug_registers import DEMCR
from emulator.armv7m.id_registers import identification
from emulator.armv7m.ports import Port, constant, zero
from emulator.armv7m.registers import Field, Kind, Register
from emulator.armv7m.scs_hooks import Hooks

STIMULUS_PORTS = 32
UNLOCK = 0xC5AC_CE55
_READABLE = "reads; writes where ITM_TPR allows"


class ITM_STIM(
    Register, address=0xE000_0000, count=STIMULUS_PORTS, reset="UNKNOWN, 1 here", narrow=True, unprivileged=_READABLE
):
    """ITM_STIM0-31, Stimulus Port registers: a load tells whether the port can take a write. [C1.7]"""

    STIMULUS = Field(31, 0, Kind.WO)
    FIFOREADY = Field(0, kind=Kind.RO)


class ITM_TER(Register, address=0xE000_0E00, unprivileged=_READABLE):
    """ITM_TER0, Trace Enable Register: one bit a stimulus port. [C1.7]"""

    STIMENA = Field(31, 0)


class ITM_TPR(Register, address=0xE000_0E40, unprivileged="reads"):
    """ITM_TPR, Trace Privilege Register: a bit makes eight stimulus ports privileged. [C1.7]"""

    PRIVMASK = Field(3, 0)


class ITM_TCR(Register, address=0xE000_0E80, unprivileged="reads"):
    """ITM_TCR, Trace Control Register. [C1.7]"""

    BUSY = Field(23, kind=Kind.RO)
    TraceBusID = Field(22, 16)
    GTSFREQ = Field(11, 10)
    TSPrescale = Field(9, 8)
    SWOENA = Field(4)
    TXENA = Field(3)
    SYNCENA = Field(2)
    TSENA = Field(1)
    ITMENA = Field(0)


class ITM_LAR(Register, address=0xE000_0FB0, unprivileged="reads"):
    """ITM_LAR, Lock Access Register: 0xC5ACCE55 unlocks TER, TPR and TCR, any other value locks them. [D1.1]"""

    KEY = Field(31, 0, Kind.WO)


class ITM_LSR(Register, address=0xE000_0FB4, reset=0x0000_0003, unprivileged="reads"):
    """ITM_LSR, Lock Status Register. [D1.1]"""

    nTT = Field(2, kind=Kind.RO)
    SLK = Field(1, kind=Kind.RO)
    SLI = Field(0, kind=Kind.RO)


class ITM_COMPONENT_ID(Register, address=0xE000_0FD0, count=12, reset="by the core", unprivileged="reads"):
    """ITM_COMPONENT_ID0-11, PID4-7, PID0-3 and CID0-3 of the ITM, in this order. [D1.1]"""

    ID = Field(7, 0, Kind.RO)


class Itm:
    """The ITM of one core."""

    STATE = ("ter", "tpr", "tcr", "locked")

    def __init__(self, state: SystemRegisters, hooks: Hooks) -> None:
        self._state = state
        self._hooks = hooks
        self.ter = 0
        self.tpr = 0
        self.tcr = 0
        # The lock is there, and closed, until software opens it: that is how the parts come out of reset. [D-134]
        self.locked = 1

    def ports(self) -> Iterator[Port]:
        """Yield the registers, for words and privileged code."""
        for port in range(STIMULUS_PORTS):
            # FIFOREADY of a port that is off is UNKNOWN: it is ready, because its writes are dropped. [D-135]
            yield Port(ITM_STIM.ADDRESS + 4 * port, constant(1), partial(self._write_word, port))
        yield Port(ITM_TER.ADDRESS, lambda: self.ter, self._write_ter)
        yield Port(ITM_TPR.ADDRESS, lambda: self.tpr, self._write_tpr)
        yield Port(ITM_TCR.ADDRESS, lambda: self.tcr, self._write_tcr)
        yield Port(ITM_LAR.ADDRESS, zero, self._write_lar)
        yield Port(ITM_LSR.ADDRESS, self._read_lsr)
        yield from identification(ITM_COMPONENT_ID.ADDRESS, pid0=0x01, pid2=0x3B)

    def write_stimulus(self, port: int, size: int, value: int) -> None:
        """Send the ``size`` low bytes of ``value`` out, when the trace, the ITM and the port are enabled."""
        enabled = self.ter >> port & 1 and self.tcr & ITM_TCR.ITMENA.mask and self._state.demcr & DEMCR.TRCENA.mask
        if enabled:
            self._hooks.itm_write(port, (value & (1 << 8 * size) - 1).to_bytes(size, "little"))

    def show(self, port: int) -> None:
        """Enable ``port`` as a debugger does that shows its output: software asks whether it is enabled."""
        self._state.demcr |= DEMCR.TRCENA.mask
        self.tcr |= ITM_TCR.ITMENA.mask
        self.ter |= 1 << port

    def write_unprivileged(self, address: int, size: int, value: int) -> None:
        """Do an unprivileged write: to stimulus ports and TER bits that TPR leaves open, else nothing. [D-122]"""
        if address < ITM_STIM.ADDRESS + 4 * STIMULUS_PORTS:
            port = address - ITM_STIM.ADDRESS >> 2
            if not self.tpr >> (port >> 3) & 1:
                self.write_stimulus(port, size, value)
        elif address == ITM_TER.ADDRESS and size == 4:
            open_ports = sum(0xFF << 8 * group for group in range(4) if not self.tpr >> group & 1)
            self._write_ter(self.ter & ~open_ports | value & open_ports)

    def _write_word(self, port: int, value: int) -> None:
        self.write_stimulus(port, 4, value)

    def _write_ter(self, value: int) -> None:
        if not self.locked:
            self.ter = value

    def _write_tpr(self, value: int) -> None:
        if not self.locked:
            self.tpr = value & ITM_TPR.PRIVMASK.mask

    def _write_tcr(self, value: int) -> None:
        if not self.locked:
            self.tcr = value & ITM_TCR.MASKS[Kind.RW]

    def _read_lsr(self) -> int:
        return int(ITM_LSR().replace(SLI=1, SLK=self.locked))

    def _write_lar(self, value: int) -> None:
        self.locked = int(value != UNLOCK)
