"""The core debug registers, as software on the core sees them: no debugger is attached to the hardware. [C1.6]

Halting debug is never enabled, so DHCSR is read-only and register transfers by DCRSR do not happen. GDB does not come
this way. DEMCR lives in the SystemControlSpace that owns this block; its MON_PEND bit is the pending DebugMonitor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from emulator.armv7m.core import SystemRegisters
from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.faults import ExceptionNumber
from emulator.armv7m.guest import Clock
from emulator.armv7m.ports import Port
from emulator.armv7m.registers import Field, Kind, Register
from emulator.armv7m.scs_hooks import Hooks
from emulator.bits import WORD_MASK


class DHCSR(Register, address=0xE000_EDF0, reset="0x00000000, then S_RESET_ST"):
    """DHCSR, Debug Halting Control and Status Register. [C1.6.2]"""

    DBGKEY = Field(31, 16, Kind.WO)
    S_RESET_ST = Field(25, kind=Kind.RC)
    S_RETIRE_ST = Field(24, kind=Kind.RC)
    S_LOCKUP = Field(19, kind=Kind.RO)
    S_SLEEP = Field(18, kind=Kind.RO)
    S_HALT = Field(17, kind=Kind.RO)
    S_REGRDY = Field(16, kind=Kind.RO)
    C_SNAPSTALL = Field(5, kind=Kind.RO)
    C_MASKINTS = Field(3, kind=Kind.RO)
    C_STEP = Field(2, kind=Kind.RO)
    C_HALT = Field(1, kind=Kind.RO)
    C_DEBUGEN = Field(0, kind=Kind.RO)


class DCRSR(Register, address=0xE000_EDF4):
    """DCRSR, Debug Core Register Selector Register. [C1.6.3]"""

    REGWnR = Field(16, kind=Kind.WO)
    REGSEL = Field(6, 0, Kind.WO)


class DCRDR(Register, address=0xE000_EDF8, reset="UNKNOWN, 0 here"):
    """DCRDR, Debug Core Register Data Register. [C1.6.4]"""

    DBGTMP = Field(31, 0)


class DEMCR(Register, address=0xE000_EDFC, reset="0x00000000; a system reset clears only MON_*"):
    """DEMCR, Debug Exception and Monitor Control Register. [C1.6.5]"""

    TRCENA = Field(24)
    MON_REQ = Field(19)
    MON_STEP = Field(18)
    MON_PEND = Field(17)
    MON_EN = Field(16)
    VC_HARDERR = Field(10)
    VC_INTERR = Field(9)
    VC_BUSERR = Field(8)
    VC_STATERR = Field(7)
    VC_CHKERR = Field(6)
    VC_NOCPERR = Field(5)
    VC_MMERR = Field(4)
    VC_CORERESET = Field(0)


_MON_PEND = DEMCR.MON_PEND.mask
_MONITOR = DEMCR.MON_REQ.mask | DEMCR.MON_STEP.mask | DEMCR.MON_EN.mask
_STORED = DEMCR.MASKS[Kind.RW] & ~_MON_PEND


class DebugRegisters:
    """The debug registers of one core. ``before_trace_change`` is called before DEMCR.TRCENA takes a new value."""

    STATE = ("dcrdr", "_reset_seen", "_retired_at")

    def __init__(
        self,
        state: SystemRegisters,
        exceptions: Exceptions,
        clock: Clock,
        hooks: Hooks,
        before_trace_change: Callable[[], None],
    ) -> None:
        self._state = state
        self._exceptions = exceptions
        self._clock = clock
        self._hooks = hooks
        self._before_trace_change = before_trace_change
        self.dcrdr = 0
        state.demcr = 0
        self._reset_seen = 1
        self._retired_at = clock.now

    def reset(self) -> None:
        """System reset: TRCENA and the vector catches stay, the monitor's bits go. [C1.6.5]"""
        self._state.demcr &= ~_MONITOR
        self._reset_seen = 1
        self._retired_at = self._clock.now

    def ports(self) -> Iterator[Port]:
        """Yield the registers; DCRSR reads as zero and is ignored."""
        yield Port(DHCSR.ADDRESS, self._read_dhcsr, peek=self._peek_dhcsr)
        yield Port(DCRSR.ADDRESS)
        yield Port(DCRDR.ADDRESS, lambda: self.dcrdr, self._write_dcrdr)
        yield Port(DEMCR.ADDRESS, self._read_demcr, self._write_demcr)

    def _peek_dhcsr(self) -> int:
        # S_REGRDY is UNKNOWN outside Debug state: it reads as zero. [D-130]
        retired = int(self._clock.now > self._retired_at)
        return self._reset_seen << DHCSR.S_RESET_ST.low | retired << DHCSR.S_RETIRE_ST.low

    def _read_dhcsr(self) -> int:
        value = self._peek_dhcsr()
        self._reset_seen = 0
        self._retired_at = self._clock.now
        return value

    def _write_dcrdr(self, value: int) -> None:
        self.dcrdr = value & WORD_MASK

    def _read_demcr(self) -> int:
        pending = self._exceptions.is_pending(ExceptionNumber.DEBUG_MONITOR)
        return self._state.demcr | (_MON_PEND if pending else 0)

    def _write_demcr(self, value: int) -> None:
        self._before_trace_change()
        self._state.demcr = value & _STORED
        if value & _MON_PEND:
            self._exceptions.pend(ExceptionNumber.DEBUG_MONITOR)
        else:
            self._exceptions.unpend(ExceptionNumber.DEBUG_MONITOR)
        self._hooks.requests_changed()
        self._hooks.state_changed()
