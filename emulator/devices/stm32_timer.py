"""Timer of the STM32 series: counting, update and compare events, PWM's times. [RM0008 14, 15; RM0351 30 to 32]

It counts up, also where it is set to count down or both ways, one in PSC + 1 ticks of a clock that the board says, for
this one does not follow the bus prescalers [D-280]. An update loads PSC and ARR, which are buffered (ARR as CR1.ARPE
says), and sets UIF; compares set CC1IF to CC4IF. Left out: what pins
and other timers do to it (capture, slave modes), DMA, break, the repetition counter, and what comes out of its pins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from emulator.annotations import Any
from emulator.armv7m.ports import Port, zero
from emulator.devices.countdown import Alarm
from emulator.devices.held_registers import HeldRegisters
from emulator.devices.peripheral import Parameter

CEN, UDIS, URS, OPM, ARPE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 7
"""CR1"""
UIF = 1 << 0
"""SR, DIER and EGR: update; CC1 to CC4 are bits 1 to 4."""
CHANNELS = 4
STOPPED = -1
"""Instead of the time at which the counter had its value: it does not count."""
LINES_OF = {"update": UIF, "compare": 0x1E, "interrupt": 0x5F}
"""What of SR and DIER drives each line: timers 1 and 8 have several, the others one."""


class Stm32Timer(HeldRegisters):
    """One timer. ``bits`` is the width of its counter; its clock ticks once in ``divider`` instructions."""

    LINES = tuple(LINES_OF)
    PARAMETERS = {
        "size": Parameter(int, 0x400),
        "bits": Parameter(int, 16, highest=32),
        "divider": Parameter(int, 1, highest=1024),
    }
    HELD = (0x04, 0x08, 0x18, 0x1C, 0x20, 0x30, 0x44, 0x48, 0x50, 0x54, 0x60, 0x64)
    """CR2, SMCR, CCMR1, CCMR2, CCER, RCR, BDTR and so on."""
    STATE = ("cr1", "dier", "sr", "prescaler", "psc", "arr", "limit", "compare", "held", "_base", "_since")

    def set_up(self) -> None:
        """See Peripheral."""
        self.size = self.parameters["size"]
        self._mask: int = (1 << min(max(self.parameters["bits"], 1), 32)) - 1
        self._divider: int = max(self.parameters["divider"], 1)
        self._alarm = Alarm(self.context.clock, self._ring)

    def reset(self) -> None:
        """See Device."""
        self.cr1 = self.dier = self.sr = 0
        self.prescaler = self.psc = 0
        self.arr = self.limit = self._mask
        self.compare = [0] * CHANNELS
        self.reset_held()
        self._base, self._since = 0, STOPPED
        self._alarm.set(None)
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(0x00, lambda: self.cr1, self._write_cr1)
        yield Port(0x0C, lambda: self.dier, self._write_dier)
        yield Port(0x10, self._status, self._write_sr)
        yield Port(0x14, zero, self._write_egr)
        yield Port(0x24, self._counter, self._write_cnt)
        yield Port(0x28, lambda: self.psc, self._write_psc)
        yield Port(0x2C, lambda: self.arr, self._write_arr)
        for channel in range(CHANNELS):
            yield Port(0x34 + 4 * channel, partial(self._ccr, channel), partial(self._write_ccr, channel))
        yield from self.held_ports()

    def update(self) -> None:
        """See Peripheral."""
        for line, bits in LINES_OF.items():
            self.lines[line](bool(self.sr & self.dier & bits))

    # -- counting ------------------------------------------------------------------------------------------------

    @property
    def _unit(self) -> int:
        """Instructions to a count."""
        return self._divider * (self.prescaler + 1)

    @property
    def _counts(self) -> bool:
        """Whether it does: an ARR of zero stops the counter, too."""
        return bool(self.cr1 & CEN and self.limit)

    @property
    def _to_update(self) -> int:
        """Counts to the next update; a counter that has passed ARR goes on to its own end."""
        return (self.limit if self._base <= self.limit else self._mask) + 1 - self._base

    def _settle(self) -> None:
        """Count up to now: set the flags of what was passed, and look again when the next one is."""
        now = self.context.clock.now
        if self._counts and self._since != STOPPED:
            self._count((now - self._since) // self._unit)
        elif self._counts:
            self._since = now
        if not self._counts:
            self._since = STOPPED
        self._schedule()
        self.update()

    def _count(self, counts: int) -> None:
        to_update = self._to_update
        first = min(counts, to_update - 1)
        self._compare(self._base + 1, self._base + first)
        self._base += first
        self._since += first * self._unit
        if counts < to_update:
            return
        self._base = 0
        self._since += self._unit
        self._compare(0, 0)
        if self.cr1 & OPM:
            self.cr1 &= ~CEN
        if not self.cr1 & UDIS:
            self.sr |= UIF
            self.prescaler, self.limit = self.psc, self.arr
        if not self._counts:
            return
        rest = (self.context.clock.now - self._since) // self._unit  # whole periods of one length are behind it
        self._compare(1, min(rest, self.limit))
        self._base = rest % (self.limit + 1)
        self._since += rest * self._unit

    def _compare(self, first: int, last: int) -> None:
        """The counter went through these values."""
        for channel, value in enumerate(self.compare):
            if first <= value <= last:
                self.sr |= 2 << channel

    def _schedule(self) -> None:
        """Ask to be called for the next event that an interrupt or a buffered register is made of."""
        waits = []
        if self._counts:
            if self.dier & UIF & ~self.sr or (self.prescaler, self.limit) != (self.psc, self.arr) or self.cr1 & OPM:
                waits.append(self._to_update)
            for channel, value in enumerate(self.compare):
                if self.dier & ~self.sr & 2 << channel:
                    waits.append(value - self._base if value > self._base else self._to_update + value)
        self._alarm.set(self._since + min(waits) * self._unit if waits else None)

    def _ring(self) -> None:
        self._settle()

    def _counter(self) -> int:
        self._settle()
        return self._base

    # -- registers -----------------------------------------------------------------------------------------------

    def _write_cr1(self, value: int) -> None:
        self._settle()
        self.cr1 = value & 0xFFFF
        self._settle()

    def _write_dier(self, value: int) -> None:
        self._settle()
        self.dier = value & 0x7FFF
        self._settle()

    def _status(self) -> int:
        self._settle()
        return self.sr

    def _write_sr(self, value: int) -> None:
        self._settle()
        self.sr &= value
        self._settle()

    def _write_egr(self, value: int) -> None:
        self._settle()
        self.sr |= value & 0x5E
        if value & UIF and not self.cr1 & UDIS:
            self.prescaler, self.limit = self.psc, self.arr
            self._base, self._since = 0, self.context.clock.now
            self.sr |= 0 if self.cr1 & URS else UIF
        self._settle()

    def _write_cnt(self, value: int) -> None:
        self._settle()
        self._base, self._since = value & self._mask, self.context.clock.now
        self._settle()

    def _write_psc(self, value: int) -> None:
        self._settle()
        self.psc = value & 0xFFFF
        self._settle()

    def _write_arr(self, value: int) -> None:
        self._settle()
        self.arr = value & self._mask
        if not self.cr1 & ARPE:
            self.limit = self.arr
        self._settle()

    def _ccr(self, channel: int) -> int:
        return self.compare[channel]

    def _write_ccr(self, channel: int, value: int) -> None:
        self._settle()
        self.compare[channel] = value & self._mask
        self._settle()

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Peripheral."""
        super().restore(state)
        self._alarm.restore({"due": None})
        self._schedule()
