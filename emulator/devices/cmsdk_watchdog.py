"""CMSDK APB watchdog, and the Stellaris variant of the same block. [DDI 0479, 4.6; LM3S6965 data sheet, 11]

The counter's first zero raises the interrupt; the next one, while that is still raised, resets the system where
WDOGCONTROL allows it. A key to WDOGLOCK opens the registers for writing.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.ports import Port, zero
from emulator.devices.countdown import Countdown
from emulator.devices.peripheral import Parameter, Peripheral, identification

INTEN, RESEN = 1, 2
ITOP_RES, ITOP_INT = 1, 2
KEY = 0x1ACC_E551
PIDS = {"cmsdk": (0x04, 0, 0, 0, 0x24, 0xB8, 0x1B, 0), "stellaris": (0, 0, 0, 0, 0x05, 0x18, 0x18, 0x01)}


class CmsdkWatchdog(Peripheral):
    """One watchdog. ``variant`` is ``cmsdk`` or ``stellaris``."""

    LINES = ("interrupt",)
    PARAMETERS = {"variant": Parameter(str, "cmsdk", choices=tuple(PIDS))}
    STATE = ("control", "ris", "locked", "itcr", "itop", "reset_due")
    PARTS = ("counter",)

    def set_up(self) -> None:
        """See Peripheral."""
        self.is_stellaris = self.parameters["variant"] == "stellaris"
        self.counter = Countdown(self.context.clock, self._expired)

    @property
    def may_reset(self) -> bool:
        """See Peripheral."""
        return self.counter.running

    def reset(self) -> None:
        """See Device."""
        self.control = self.ris = self.locked = self.itcr = self.itop = 0
        self.reset_due = False
        self.counter.reset(0xFFFF_FFFF, 0xFFFF_FFFF)
        self.counter.set_alarmed(True)
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(0x00, lambda: self.counter.limit, self._write_load)  # WDOGLOAD
        yield Port(0x04, lambda: self.counter.value)  # WDOGVALUE
        yield Port(0x08, lambda: self.control, self._write_control)  # WDOGCONTROL
        yield Port(0x0C, zero, self._write_intclear)  # WDOGINTCLR
        yield Port(0x10, self._read_ris)  # WDOGRIS
        yield Port(0x14, self._read_mis)  # WDOGMIS
        yield Port(0xC00, lambda: self.locked, self._write_lock)  # WDOGLOCK
        if not self.is_stellaris:
            yield Port(0xF00, lambda: self.itcr, self._write_itcr)  # WDOGITCR
            yield Port(0xF04, zero, self._write_itop)  # WDOGITOP
        yield from identification(PIDS[self.parameters["variant"]])

    def write(self, offset: int, size: int, value: int) -> bool:
        """See Device. A locked watchdog takes nothing but its key."""
        if self.locked and offset != 0xC00:
            return True
        return super().write(offset, size, value)

    def update(self) -> None:
        """In the integration test mode WDOGITOP drives both outputs."""
        if self.itcr:
            interrupt, reset = self.itop & ITOP_INT, self.itop & ITOP_RES
        else:
            interrupt = self.ris and self.control & INTEN
            reset = self.reset_due and self.control & RESEN
        self.lines["interrupt"](bool(interrupt))
        if reset:
            self.context.request_reset(self.name)

    def _expired(self, times: int) -> None:
        if self.ris or times > 1:
            self.reset_due = True
            self.counter.stop()
        self.ris = 1
        self.update()

    def _reload(self) -> None:
        self.counter.set_value(self.counter.limit)

    def _write_load(self, value: int) -> None:
        self.counter.set_limit(value)
        self._reload()

    def _write_control(self, value: int) -> None:
        if self.is_stellaris and self.control & INTEN:
            return  # only a reset takes the interrupt enable back
        self.counter.settle()
        changed = self.control ^ value
        self.control = value & (INTEN | RESEN)
        if changed & INTEN:
            if value & INTEN:
                self._reload()
                self.counter.run()
            else:
                self.counter.stop()
        self.update()

    def _write_intclear(self, value: int) -> None:
        self.counter.settle()
        self.ris = 0
        self._reload()
        self.update()

    def _read_ris(self) -> int:
        self.counter.settle()
        return self.ris

    def _read_mis(self) -> int:
        self.counter.settle()
        return int(bool(self.ris and self.control & INTEN))

    def _write_lock(self, value: int) -> None:
        self.locked = int(value != KEY)

    def _write_itcr(self, value: int) -> None:
        self.itcr = value & 1
        self.update()

    def _write_itop(self, value: int) -> None:
        self.itop = value & 3
        self.update()
