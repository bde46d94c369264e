"""SysTick: a 24-bit down counter that pends exception 15 each time it reaches zero. [B3.3]

The counter is not stepped. ``_value`` was its value at tick ``_since`` of the selected clock; ``settle`` brings both up
to now and does what happened in between. A timer on the virtual clock settles at the next zero, so that the exception
pends in time. One processor clock is one instruction; the reference clock is a whole fraction of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.faults import ExceptionNumber
from emulator.armv7m.guest import Clock, Timer
from emulator.armv7m.ports import FOREVER, Port, Steady, constant
from emulator.armv7m.registers import Field, Kind, Register
from emulator.armv7m.scs_hooks import Hooks
from emulator.records import dataclass


class SYST_CSR(Register, address=0xE000_E010, reset="0x00000000, 0x00000004 without a reference clock"):
    """SYST_CSR, SysTick Control and Status Register. [B3.3.3]"""

    COUNTFLAG = Field(16, kind=Kind.RC)
    CLKSOURCE = Field(2)
    TICKINT = Field(1)
    ENABLE = Field(0)


class SYST_RVR(Register, address=0xE000_E014, reset="UNKNOWN, 0 here"):
    """SYST_RVR, SysTick Reload Value Register. [B3.3.4]"""

    RELOAD = Field(23, 0)


class SYST_CVR(Register, address=0xE000_E018, reset="UNKNOWN, 0 here"):
    """SYST_CVR, SysTick Current Value Register: any write clears it and COUNTFLAG. [B3.3.5]"""

    CURRENT = Field(23, 0)


class SYST_CALIB(Register, address=0xE000_E01C, reset="by the board"):
    """SYST_CALIB, SysTick Calibration value Register. [B3.3.6]"""

    NOREF = Field(31, kind=Kind.RO)
    SKEW = Field(30, kind=Kind.RO)
    TENMS = Field(23, 0, Kind.RO)


_ENABLE, _TICKINT, _CLKSOURCE = SYST_CSR.ENABLE.mask, SYST_CSR.TICKINT.mask, SYST_CSR.CLKSOURCE.mask


@dataclass(frozen=True, slots=True)
class SysTickClocks:
    """What the board connects to SysTick.

    ``reference_divider``: processor clocks in one reference clock, 0 for no reference clock. ``tenms``: reference
    clocks in 10 ms less one, 0 when unknown; ``skew``: that number is not exact.
    """

    reference_divider: int = 0
    tenms: int = 0
    skew: bool = False

    def __post_init__(self) -> None:
        if self.reference_divider < 0:
            raise ValueError(f"reference_divider must be 0 or more, not {self.reference_divider!r}")
        if self.tenms & ~SYST_CALIB.TENMS.mask:
            raise ValueError(f"tenms must fit 24 bits, not {self.tenms!r}")

    @property
    def calibration(self) -> int:
        """SYST_CALIB."""
        noref = self.reference_divider == 0
        return SYST_CALIB().replace(NOREF=int(noref), SKEW=int(self.skew), TENMS=self.tenms)


def advance(value: int, reload: int, ticks: int) -> tuple[int, int]:
    """Return (transitions to zero, new value) after ``ticks`` clocks of a counter that holds ``value``. [B3.3.1]

    From zero the counter goes to ``reload`` on the next clock; with a reload of zero it stays.
    """
    if ticks < value:
        return 0, value - ticks
    zeros = 1 if value else 0
    ticks -= value
    if not ticks or not reload:
        return zeros, 0
    period = reload + 1
    return zeros + ticks // period, reload - (ticks - 1) % period


class SysTick:
    """The system timer of one core. ``csr`` holds ENABLE, TICKINT and CLKSOURCE; ``reload`` SYST_RVR."""

    STATE = ("csr", "countflag", "reload", "_value", "_since")

    def __init__(self, exceptions: Exceptions, clock: Clock, hooks: Hooks, clocks: SysTickClocks) -> None:
        self._exceptions = exceptions
        self._clock = clock
        self._hooks = hooks
        self._clocks = clocks
        self._timer: Timer | None = None
        self._due: int | None = None
        self.reset()

    def reset(self) -> None:
        """Reset values; RVR and CVR are UNKNOWN and start as zero. [D-124]"""
        self.csr = 0 if self._clocks.reference_divider else _CLKSOURCE
        self.countflag = 0
        self.reload = 0
        self._value = 0
        self._since = 0
        self.schedule()

    def ports(self) -> Iterator[Port]:
        """Yield the four registers."""
        yield Port(SYST_CSR.ADDRESS, self._read_csr, self._write_csr, self._peek_csr, self._steady_csr)
        yield Port(SYST_RVR.ADDRESS, lambda: self.reload, self._write_rvr)
        yield Port(SYST_CVR.ADDRESS, self.current, self._write_cvr, self._peek_cvr, self._steady_cvr)
        yield Port(SYST_CALIB.ADDRESS, constant(self._clocks.calibration))

    # -- counting ------------------------------------------------------------------------------------------------

    @property
    def _divider(self) -> int:
        return 1 if self.csr & _CLKSOURCE else self._clocks.reference_divider

    def settle(self) -> None:
        """Bring the counter up to now; set COUNTFLAG and pend the exception when it reached zero meanwhile."""
        if not self.csr & _ENABLE:
            return
        tick = self._clock.now // self._divider
        elapsed = tick - self._since
        if elapsed <= 0:
            return
        zeros, self._value = advance(self._value, self.reload, elapsed)
        self._since = tick
        if zeros:
            self.countflag = 1
            if self.csr & _TICKINT:
                self._exceptions.pend(ExceptionNumber.SYSTICK)

    def schedule(self) -> None:
        """Ask the clock for a call at the next zero, when someone would notice it. Call after ``settle``."""
        due = self._next_zero()
        if due == self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = None if due is None else self._clock.call_at(due, self._expire)

    def _next_zero(self) -> int | None:
        """Return the processor clock at which the counter reaches zero and pends its exception, or None."""
        if not self.csr & _ENABLE or not self.csr & _TICKINT:
            return None
        ticks = self._value or (self.reload + 1 if self.reload else 0)
        return (self._since + ticks) * self._divider if ticks else None

    def _expire(self) -> None:
        self._due = self._timer = None
        self.settle()
        self.schedule()

    def current(self) -> int:
        """SYST_CVR: the counter now."""
        self.settle()
        return self._value

    def restored(self) -> None:
        """The fields of STATE were set from a snapshot, and the clock has no calls of ours any more."""
        self._due = self._timer = None
        self.schedule()

    # -- registers -----------------------------------------------------------------------------------------------

    def _read_csr(self) -> int:
        self.settle()
        value = self.csr | self.countflag << SYST_CSR.COUNTFLAG.low
        self.countflag = 0
        return value

    def _peek_csr(self) -> int:
        zeros, _ = self._ahead()
        return self.csr | (1 if zeros else self.countflag) << SYST_CSR.COUNTFLAG.low

    def _peek_cvr(self) -> int:
        return self._ahead()[1]

    def _ahead(self) -> tuple[int, int]:
        """Return what ``settle`` would find, without doing it."""
        elapsed = self._clock.now // self._divider - self._since
        if not self.csr & _ENABLE or elapsed <= 0:
            return 0, self._value
        return advance(self._value, self.reload, elapsed)

    def next_zero(self) -> int:
        """Return the processor clock at which the counter reaches zero the next time, FOREVER for never."""
        ticks = self._value or (self.reload + 1 if self.reload else 0)
        return (self._since + ticks) * self._divider if self.csr & _ENABLE and ticks else FOREVER

    def _steady_csr(self) -> Steady:
        return Steady(self.csr, until=self.next_zero())

    def _steady_cvr(self) -> Steady | None:
        if not self.csr & _ENABLE:
            return Steady(self._value)
        return Steady(self._value, -1, self._since, self._divider, self.next_zero()) if self._value else None

    def _write_csr(self, value: int) -> None:
        self.settle()
        if not self._clocks.reference_divider:
            value |= _CLKSOURCE
        self.csr = value & SYST_CSR.MASKS[Kind.RW]
        self._since = self._clock.now // self._divider
        self._rescheduled()

    def _write_rvr(self, value: int) -> None:
        self.settle()
        self.reload = value & SYST_RVR.RELOAD.mask
        self._rescheduled()

    def _write_cvr(self, value: int) -> None:
        self.settle()
        self._value = 0
        self.countflag = 0
        self._rescheduled()

    def _rescheduled(self) -> None:
        self.schedule()
        self._hooks.state_changed()
