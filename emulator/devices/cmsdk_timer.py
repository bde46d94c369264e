"""CMSDK APB timer: a 32-bit down counter with reload. [DDI 0479, 4.4]

The external input is not connected, so CTRL's two selections of it do nothing. The interrupt comes when the counter
goes from 1 to 0; a reload value of 0 stops it there.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.ports import Port
from emulator.devices.countdown import Countdown
from emulator.devices.peripheral import Peripheral, identification

EN, IRQEN = 1, 8


class CmsdkTimer(Peripheral):
    """One timer."""

    LINES = ("interrupt",)
    STATE = ("ctrl", "intstatus")
    PARTS = ("counter",)

    def set_up(self) -> None:
        """See Peripheral."""
        self.counter = Countdown(self.context.clock, self._expired)

    def reset(self) -> None:
        """See Device."""
        self.ctrl = self.intstatus = 0
        self.counter.reset(0, 0)
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(0x00, lambda: self.ctrl, self._write_ctrl)  # CTRL
        yield Port(0x04, lambda: self.counter.value, self._write_value)  # VALUE
        yield Port(0x08, lambda: self.counter.limit, self._write_reload)  # RELOAD
        yield Port(0x0C, self._read_intstatus, self._write_intclear)  # INTSTATUS, INTCLEAR
        yield from identification((0x04, 0, 0, 0, 0x22, 0xB8, 0x1B, 0))

    def update(self) -> None:
        """See Peripheral."""
        self.lines["interrupt"](bool(self.intstatus))

    def _expired(self, times: int) -> None:
        if self.ctrl & IRQEN:
            self.intstatus = 1
            self.update()

    def _run_or_stop(self) -> None:
        if self.ctrl & EN:
            self.counter.run()
        else:
            self.counter.stop()

    def _write_ctrl(self, value: int) -> None:
        self.counter.settle()  # what expired until now expired under the old IRQEN
        self.ctrl = value & 0xF
        self.counter.set_alarmed(bool(value & IRQEN))
        self._run_or_stop()

    def _write_value(self, value: int) -> None:
        self.counter.set_value(value)
        self._run_or_stop()

    def _write_reload(self, value: int) -> None:
        self.counter.set_limit(value)
        self.counter.set_value(value)  # the counter starts at once from a new reload value
        self._run_or_stop()

    def _read_intstatus(self) -> int:
        self.counter.settle()
        return self.intstatus

    def _write_intclear(self, value: int) -> None:
        self.counter.settle()
        self.intstatus &= ~value
        self.update()
