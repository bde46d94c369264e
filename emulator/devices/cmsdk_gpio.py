"""CMSDK AHB GPIO: a port of 16 pins. [DDI 0479, 4.1]

Nothing is connected outside: an output pin reads what it drives, an input pin reads the level that ``set_pins`` gave
it, low at first. Registers in pairs set and clear the same bits. QEMU's boards have nothing at these addresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.armv7m.ports import Port
from emulator.devices.peripheral import Peripheral, identification

PINS = 16
LOWER_MASKED, UPPER_MASKED, MASKED_END = 0x400, 0x800, 0xC00
"""The two windows of masked access, for pins 7:0 and 15:8. Bits 9:2 of the offset are the mask."""


class CmsdkGpio(Peripheral):
    """One port. ``combined`` is high while any of ``pin0`` to ``pin15`` is."""

    LINES = ("combined", *(f"pin{n}" for n in range(PINS)))
    STATE = ("dataout", "outen", "altfunc", "inten", "inttype", "intpol", "intstatus", "_levels", "_seen")

    def reset(self) -> None:
        """See Device."""
        self.dataout = self.outen = self.altfunc = 0
        self.inten = self.inttype = self.intpol = self.intstatus = 0
        self._levels = self._seen = 0
        self.update()

    def set_pins(self, levels: int) -> None:
        """Drive the pins from outside: bit n is pin n."""
        self._levels = levels & 0xFFFF
        self.update()

    @property
    def pins(self) -> int:
        """The levels of the pins."""
        return self._levels & ~self.outen | self.dataout & self.outen

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(0x00, lambda: self.pins, self._write_dataout)  # DATA
        yield Port(0x04, lambda: self.dataout, self._write_dataout)  # DATAOUT
        yield from self._pair(0x10, "outen")  # OUTENSET, OUTENCLR
        yield from self._pair(0x18, "altfunc")  # ALTFUNCSET, ALTFUNCCLR
        yield from self._pair(0x20, "inten")  # INTENSET, INTENCLR
        yield from self._pair(0x28, "inttype")  # INTTYPESET, INTTYPECLR: 1 is an edge
        yield from self._pair(0x30, "intpol")  # INTPOLSET, INTPOLCLR: 1 is high or rising
        yield Port(0x38, lambda: self.intstatus, self._write_intclear)  # INTSTATUS, INTCLEAR
        yield from identification((0x04, 0, 0, 0, 0x20, 0xB8, 0x1B, 0))

    def read(self, offset: int, size: int) -> int | None:
        """See Device."""
        pins = self._accessed(offset)
        return super().read(offset, size) if pins is None else self.pins & pins

    def write(self, offset: int, size: int, value: int) -> bool:
        """See Device."""
        pins = self._accessed(offset)
        if pins is None:
            return super().write(offset, size, value)
        self._write_dataout(self.dataout & ~pins | value & pins)
        return True

    def _accessed(self, offset: int) -> int | None:
        """Return the pins that a masked access is for, None when it is not one."""
        if not LOWER_MASKED <= offset < MASKED_END:
            return None
        return (offset >> 2 & 0xFF) << (8 if offset >= UPPER_MASKED else 0)

    def update(self) -> None:
        """Latch the interrupts of the pins that are enabled, and drive the lines."""
        pins = self.pins
        rising, falling = pins & ~self._seen, ~pins & self._seen
        self._seen = pins
        edges = (rising & self.intpol | falling & ~self.intpol) & self.inttype
        levels = ~(pins ^ self.intpol) & ~self.inttype & 0xFFFF
        self.intstatus |= (edges | levels) & self.inten
        self.lines["combined"](bool(self.intstatus))
        for pin in range(PINS):
            self.lines[f"pin{pin}"](bool(self.intstatus >> pin & 1))

    def _pair(self, offset: int, name: str) -> Iterator[Port]:
        load = partial(getattr, self, name)
        yield Port(offset, load, partial(self._set, name))
        yield Port(offset + 4, load, partial(self._clear, name))

    def _set(self, name: str, value: int) -> None:
        setattr(self, name, getattr(self, name) | value & 0xFFFF)
        self.update()

    def _clear(self, name: str, value: int) -> None:
        setattr(self, name, getattr(self, name) & ~value)
        self.update()

    def _write_dataout(self, value: int) -> None:
        self.dataout = value & 0xFFFF
        self.update()

    def _write_intclear(self, value: int) -> None:
        self.intstatus &= ~value
        self.update()
