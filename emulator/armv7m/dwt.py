"""The Data Watchpoint and Trace unit: the cycle counter counts, everything else is stored. [C1.8]

One cycle is one instruction, so nothing ever takes extra cycles: the CPI, exception, load-store and fold counters stay
where software puts them, and so does the sleep counter. Comparators hold their values and never match; there is no
trace stream. With DEMCR.TRCENA clear nothing counts, but the registers can still be read and written. [D-131] State:
DWT_CTRL, the counters and the comparators; CYCCNT as its value at a moment of virtual time.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.armv7m.core import SystemRegisters
from emulator.armv7m.debug_registers import DEMCR
from emulator.armv7m.guest import Clock
from emulator.armv7m.id_registers import identification
from emulator.armv7m.ports import Port
from emulator.armv7m.registers import Field, Kind, Register
from emulator.bits import WORD_MASK

COMPARATORS = 4


class DWT_CTRL(Register, address=0xE000_1000, reset=0x4000_0000):
    """DWT_CTRL, Control register. [C1.8]"""

    NUMCOMP = Field(31, 28, Kind.RO)
    NOTRCPKT = Field(27, kind=Kind.RO)
    NOEXTTRIG = Field(26, kind=Kind.RO)
    NOCYCCNT = Field(25, kind=Kind.RO)
    NOPRFCNT = Field(24, kind=Kind.RO)
    CYCEVTENA = Field(22)
    FOLDEVTENA = Field(21)
    LSUEVTENA = Field(20)
    SLEEPEVTENA = Field(19)
    EXCEVTENA = Field(18)
    CPIEVTENA = Field(17)
    EXCTRCENA = Field(16)
    PCSAMPLENA = Field(12)
    SYNCTAP = Field(11, 10)
    CYCTAP = Field(9)
    POSTINIT = Field(8, 5)
    POSTPRESET = Field(4, 1)
    CYCCNTENA = Field(0)


class DWT_CYCCNT(Register, address=0xE000_1004):
    """DWT_CYCCNT, Cycle Count register. [C1.8]"""

    CYCCNT = Field(31, 0)


class DWT_CPICNT(Register, address=0xE000_1008):
    """DWT_CPICNT, CPI Count register. [C1.8]"""

    CPICNT = Field(7, 0)


class DWT_EXCCNT(Register, address=0xE000_100C):
    """DWT_EXCCNT, Exception Overhead Count register. [C1.8]"""

    EXCCNT = Field(7, 0)


class DWT_SLEEPCNT(Register, address=0xE000_1010):
    """DWT_SLEEPCNT, Sleep Count register. [C1.8]"""

    SLEEPCNT = Field(7, 0)


class DWT_LSUCNT(Register, address=0xE000_1014):
    """DWT_LSUCNT, LSU Count register. [C1.8]"""

    LSUCNT = Field(7, 0)


class DWT_FOLDCNT(Register, address=0xE000_1018):
    """DWT_FOLDCNT, Folded-instruction Count register. [C1.8]"""

    FOLDCNT = Field(7, 0)


class DWT_PCSR(Register, address=0xE000_101C):
    """DWT_PCSR, Program Counter Sample Register: optional, and not implemented. [C1.8]"""

    EIASAMPLE = Field(31, 0, Kind.RO)


class DWT_COMP(Register, address=0xE000_1020, count=COMPARATORS, stride=16):
    """DWT_COMP0-3, Comparator registers. [C1.8]"""

    COMP = Field(31, 0)


class DWT_MASK(Register, address=0xE000_1024, count=COMPARATORS, stride=16):
    """DWT_MASK0-3, Comparator Mask registers. [C1.8]"""

    MASK = Field(4, 0)


class DWT_FUNCTION(Register, address=0xE000_1028, count=COMPARATORS, stride=16):
    """DWT_FUNCTION0-3, Comparator Function registers. [C1.8]"""

    MATCHED = Field(24, kind=Kind.RC)
    DATAVADDR1 = Field(19, 16)
    DATAVADDR0 = Field(15, 12)
    DATAVSIZE = Field(11, 10)
    LNK1ENA = Field(9, kind=Kind.RO)
    DATAVMATCH = Field(8)
    CYCMATCH = Field(7)
    EMITRANGE = Field(5)
    FUNCTION = Field(3, 0)


class DWT_COMPONENT_ID(Register, address=0xE000_1FD0, count=12, reset="by the core"):
    """DWT_COMPONENT_ID0-11, PID4-7, PID0-3 and CID0-3 of the DWT, in this order. [D1.1]"""

    ID = Field(7, 0, Kind.RO)


_STORED = (DWT_CPICNT, DWT_EXCCNT, DWT_SLEEPCNT, DWT_LSUCNT, DWT_FOLDCNT, DWT_COMP, DWT_MASK, DWT_FUNCTION)


class Dwt:
    """The DWT of one core. A system reset leaves it alone."""

    STATE = ("ctrl", "words", "_cyccnt", "_since")

    def __init__(self, state: SystemRegisters, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self.ctrl = int(DWT_CTRL().replace(NUMCOMP=COMPARATORS))
        self.words = {
            register.ADDRESS + register.STRIDE * index: 0 for register in _STORED for index in range(register.COUNT)
        }
        self._cyccnt = 0
        self._since = clock.now

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(DWT_CTRL.ADDRESS, lambda: self.ctrl, self._write_ctrl)
        yield Port(DWT_CYCCNT.ADDRESS, self.cyccnt, self._write_cyccnt)
        for register in _STORED:
            writable = register.MASKS[Kind.RW]
            for index in range(register.COUNT):
                address = register.ADDRESS + register.STRIDE * index
                yield Port(address, partial(self._read_word, address), partial(self._write_word, address, writable))
        yield from identification(DWT_COMPONENT_ID.ADDRESS, pid0=0x02, pid2=0x3B)

    def cyccnt(self) -> int:
        """DWT_CYCCNT now. It counts while DEMCR.TRCENA and DWT_CTRL.CYCCNTENA are both set, and wraps."""
        if not self._counting:
            return self._cyccnt
        return (self._cyccnt + self._clock.now - self._since) & WORD_MASK

    def settle(self) -> None:
        """Bring the stored count up to now; call before anything that starts or stops counting."""
        self._cyccnt = self.cyccnt()
        self._since = self._clock.now

    @property
    def _counting(self) -> bool:
        return bool(self.ctrl & DWT_CTRL.CYCCNTENA.mask and self._state.demcr & DEMCR.TRCENA.mask)

    def _write_ctrl(self, value: int) -> None:
        self.settle()
        self.ctrl = int(DWT_CTRL(self.ctrl).written(value))

    def _write_cyccnt(self, value: int) -> None:
        self._cyccnt = value
        self._since = self._clock.now

    def _read_word(self, address: int) -> int:
        return self.words[address]

    def _write_word(self, address: int, writable: int, value: int) -> None:
        self.words[address] = value & writable
