"""PL061 GPIO port of 8 pins, with the pad registers of the Stellaris variant. [DDI 0190; LM3S6965 data sheet, 8]

Nothing is connected outside: an output pin reads what it drives, an input pin the level that ``set_pins`` gave it, low
at first. The pad registers only hold what was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.armv7m.ports import Port, zero
from emulator.devices.peripheral import Parameter, Peripheral, identification

PIDS = {"arm": (0, 0, 0, 0, 0x61, 0x10, 0x04, 0x00), "stellaris": (0, 0, 0, 0, 0x61, 0x00, 0x18, 0x01)}
KEY = 0x1ACC_E551
DATA_END = 0x400
"""GPIODATA fills the offsets below this: bits 9:2 of the offset are the mask of an access."""

DIRECT = {0x400: "dir", 0x404: "isense", 0x408: "ibe", 0x40C: "iev", 0x410: "imask"}
"""GPIODIR, GPIOIS, GPIOIBE, GPIOIEV, GPIOIM."""

PADS = {
    0x500: "dr2r",
    0x504: "dr4r",
    0x508: "dr8r",
    0x50C: "odr",
    0x510: "pur",
    0x514: "pdr",
    0x518: "slr",
    0x51C: "den",
    0x528: "amsel",
}
"""GPIODR2R, GPIODR4R, GPIODR8R, GPIOODR, GPIOPUR, GPIOPDR, GPIOSLR, GPIODEN, GPIOAMSEL: Stellaris only."""


class Pl061(Peripheral):
    """One port. ``variant`` is ``arm`` or ``stellaris``."""

    LINES = ("interrupt",)
    PARAMETERS = {"variant": Parameter(str, "arm", choices=tuple(PIDS))}
    STATE = ("data", "ris", "afsel", "locked", "commit", "_seen", *DIRECT.values(), *PADS.values())

    def reset(self) -> None:
        """See Device."""
        for name in (*DIRECT.values(), *PADS.values()):
            setattr(self, name, 0)
        self.dr2r = 0xFF
        self.data = self.ris = self.afsel = self._seen = 0
        self.locked, self.commit = 1, 0xFF
        self.update()

    def set_pins(self, levels: int) -> None:
        """Drive the input pins from outside: bit n is pin n."""
        self.data = self.data & self._get("dir") | levels & ~self._get("dir") & 0xFF
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        for offset, name in DIRECT.items():
            yield Port(offset, partial(self._get, name), partial(self._set, name))
        yield Port(0x414, lambda: self.ris)  # GPIORIS
        yield Port(0x418, lambda: self.ris & self._get("imask"))  # GPIOMIS
        yield Port(0x41C, zero, self._write_icr)  # GPIOICR
        yield Port(0x420, lambda: self.afsel, self._write_afsel)  # GPIOAFSEL
        if self.parameters["variant"] == "stellaris":
            for offset, name in PADS.items():
                yield Port(offset, partial(self._get, name), partial(self._set, name))
            yield Port(0x520, lambda: self.locked, self._write_lock)  # GPIOLOCK
            yield Port(0x524, lambda: self.commit, self._write_commit)  # GPIOCR
        yield from identification(PIDS[self.parameters["variant"]])

    def read(self, offset: int, size: int) -> int | None:
        """See Device."""
        return self.data & offset >> 2 if offset < DATA_END else super().read(offset, size)

    def write(self, offset: int, size: int, value: int) -> bool:
        """See Device."""
        if offset >= DATA_END:
            return super().write(offset, size, value)
        written = offset >> 2 & self._get("dir")
        self.data = self.data & ~written | value & written
        self.update()
        return True

    def update(self) -> None:
        """Latch the interrupts of input pins and drive the line."""
        isense, iev = self._get("isense"), self._get("iev")
        changed = (self._seen ^ self.data) & ~self._get("dir")
        if changed:
            self._seen = self.data
        matching = ~(self.data ^ iev) & 0xFF
        self.ris |= changed & ~isense & (self._get("ibe") | matching) | matching & isense
        self.lines["interrupt"](bool(self.ris & self._get("imask")))

    def _get(self, name: str) -> int:
        value: int = getattr(self, name)
        return value

    def _set(self, name: str, value: int) -> None:
        setattr(self, name, value & 0xFF)
        self.update()

    def _write_icr(self, value: int) -> None:
        self.ris &= ~value
        self.update()

    def _write_afsel(self, value: int) -> None:
        self.afsel = self.afsel & ~self.commit | value & self.commit

    def _write_lock(self, value: int) -> None:
        self.locked = int(value != KEY)

    def _write_commit(self, value: int) -> None:
        if not self.locked:
            self.commit = value & 0xFF
