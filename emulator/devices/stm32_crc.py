"""CRC unit of the STM32 series. [RM0090 4 (fixed), RM0351 13 (programmable)] What is written to DR is divided at once.

The ``fixed`` one takes words, with the polynomial of Ethernet and nothing reversed. The ``programmable`` one takes
bytes and halfwords, too, polynomials of 7, 8, 16 and 32 bits, other initial values, and reversed bits. Middleware of
the vendor asks it whether it runs on one of these parts.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.ports import Port
from emulator.bits import mask
from emulator.devices.peripheral import Parameter, Peripheral

FIXED, PROGRAMMABLE = "fixed", "programmable"
DR = 0x00
POLYNOMIAL, INITIAL = 0x04C1_1DB7, 0xFFFF_FFFF
RESET, REV_OUT = 1 << 0, 1 << 7
"""CR"""
WIDTHS = (32, 16, 8, 7)
"""Bits of the remainder, by CR.POLYSIZE."""
GROUPS = (0, 8, 16, 32)
"""Bits that are reversed together, by CR.REV_IN."""


class Stm32Crc(Peripheral):
    """One unit. IDR holds what is written."""

    PARAMETERS = {
        "variant": Parameter(str, PROGRAMMABLE, choices=(FIXED, PROGRAMMABLE)),
        "size": Parameter(int, 0x400),
    }
    STATE = ("remainder", "kept", "control", "initial", "polynomial")

    def set_up(self) -> None:
        """See Peripheral."""
        self.size = self.parameters["size"]

    def reset(self) -> None:
        """See Device."""
        self.remainder = self.initial = INITIAL
        self.kept = self.control = 0
        self.polynomial = POLYNOMIAL

    def ports(self) -> Iterator[Port]:
        """Yield the registers, DR as it is read."""
        yield Port(DR, self._result)
        yield Port(0x04, lambda: self.kept, self._write_kept)  # IDR
        yield Port(0x08, lambda: self.control, self._write_control)  # CR
        if self.parameters["variant"] == PROGRAMMABLE:
            yield Port(0x10, lambda: self.initial, self._write_initial)  # INIT
            yield Port(0x14, lambda: self.polynomial, self._write_polynomial)  # POL

    def write(self, offset: int, size: int, value: int) -> bool:
        """See Device. The fixed unit takes a narrow store to DR as a word."""
        if offset != DR:
            return super().write(offset, size, value)
        bits = 32 if self.parameters["variant"] == FIXED else 8 * size
        group = min(GROUPS[self.control >> 5 & 3], bits)
        self._divide(_reversed_by(group, value, bits) if group else value, bits)
        return True

    @property
    def _width(self) -> int:
        return WIDTHS[self.control >> 3 & 3]

    def _divide(self, data: int, bits: int) -> None:
        top, low = 1 << self._width - 1, mask(self._width)
        for bit in range(bits - 1, -1, -1):
            carry = bool(self.remainder & top) ^ (data >> bit & 1)
            self.remainder = (self.remainder << 1 ^ (self.polynomial if carry else 0)) & low

    def _result(self) -> int:
        return _reversed_by(self._width, self.remainder, self._width) if self.control & REV_OUT else self.remainder

    def _write_kept(self, value: int) -> None:
        self.kept = value & (0xFF if self.parameters["variant"] == FIXED else 0xFFFF_FFFF)

    def _write_control(self, value: int) -> None:
        if self.parameters["variant"] == PROGRAMMABLE:
            self.control = value & 0xF8
        if value & RESET:
            self.remainder = self.initial & mask(self._width)

    def _write_initial(self, value: int) -> None:
        self.initial = value
        self.remainder = value & mask(self._width)

    def _write_polynomial(self, value: int) -> None:
        self.polynomial = value


def _reversed_by(group: int, value: int, bits: int) -> int:
    """Return ``bits`` of ``value`` with each ``group`` of them the other way round."""
    found = 0
    for bit in range(bits):
        found |= (value >> bit & 1) << bit - bit % group + group - 1 - bit % group
    return found
