"""Periodic interrupt timer of the Kinetis series. [K64P144M120SF5RM 44] Four counters that go from LDVAL down to zero,
again and again, from when TEN is set: a period is LDVAL + 1 ticks.

They count one in so many instructions as the board says: the bus clock is no other. [D-280] Left out: chained counters
(CHN), which stand still, and freezing in debug mode.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.armv7m.ports import Port
from emulator.devices.countdown import Countdown
from emulator.devices.peripheral import Parameter, Peripheral

CHANNELS = 4
MDIS, FRZ = 1 << 1, 1 << 0
"""MCR"""
TEN, TIE, CHN = 1 << 0, 1 << 1, 1 << 2
"""TCTRL"""


class KinetisPit(Peripheral):
    """The four timers; the bus clock ticks once in ``divider`` instructions."""

    LINES = ("0", "1", "2", "3")
    PARAMETERS = {"size": Parameter(int, 0x1000), "divider": Parameter(int, 2, highest=1024)}
    STATE = ("mcr", "load", "control", "flags")
    PARTS = ("counter0", "counter1", "counter2", "counter3")

    def set_up(self) -> None:
        """See Peripheral."""
        self.size = self.parameters["size"]
        self._counters = [Countdown(self.context.clock, partial(self._expired, n)) for n in range(CHANNELS)]
        self.counter0, self.counter1, self.counter2, self.counter3 = self._counters

    def reset(self) -> None:
        """See Device."""
        self.mcr = MDIS
        self.load = [0] * CHANNELS
        self.control = [0] * CHANNELS
        self.flags = 0
        for counter in self._counters:
            counter.reset(0, 0)
            counter.divider = max(self.parameters["divider"], 1)
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(0x00, lambda: self.mcr, self._write_mcr)
        for n in range(CHANNELS):
            at = 0x100 + 0x10 * n
            yield Port(at, partial(self._held, "load", n), partial(self._write_load, n))  # LDVAL
            yield Port(at + 4, partial(self._value, n))  # CVAL
            yield Port(at + 8, partial(self._held, "control", n), partial(self._write_control, n))  # TCTRL
            yield Port(at + 12, partial(self._flag, n), partial(self._clear_flag, n))  # TFLG

    def update(self) -> None:
        """See Peripheral."""
        for n in range(CHANNELS):
            self.lines[str(n)](bool(self.flags >> n & 1 and self.control[n] & TIE))

    def _expired(self, n: int, times: int) -> None:
        self.flags |= 1 << n
        self.update()

    def _held(self, name: str, n: int) -> int:
        value: int = getattr(self, name)[n]
        return value

    def _value(self, n: int) -> int:
        return min(self._counters[n].value, self.load[n])

    def _runs(self, n: int) -> bool:
        return not self.mcr & MDIS and self.control[n] & (TEN | CHN) == TEN

    def _settle(self, n: int) -> None:
        """Let a counter run, from LDVAL where it begins, or stand still."""
        counter = self._counters[n]
        counter.settle()
        if self._runs(n) and not counter.running:
            counter.set_limit(self.load[n])
            counter.set_value(self.load[n] + 1)
            counter.run()
        elif not self._runs(n):
            counter.stop()
        counter.set_alarmed(bool(self.control[n] & TIE))

    def _write_mcr(self, value: int) -> None:
        self.mcr = value & (MDIS | FRZ)
        for n in range(CHANNELS):
            self._settle(n)

    def _write_load(self, n: int, value: int) -> None:
        """A counter that runs goes on, and takes the new value at its next zero."""
        self.load[n] = value
        self._counters[n].set_limit(value)

    def _write_control(self, n: int, value: int) -> None:
        self._counters[n].settle()
        self.control[n] = value & (TEN | TIE | CHN)
        self._settle(n)
        self.update()

    def _flag(self, n: int) -> int:
        self._counters[n].settle()
        return self.flags >> n & 1

    def _clear_flag(self, n: int, value: int) -> None:
        self._counters[n].settle()
        if value & 1:
            self.flags &= ~(1 << n)
        self.update()
