"""Arithmetic on words: what Python's unbounded integers leave to the caller."""

from __future__ import annotations

WORD_MASK = 0xFFFF_FFFF


def mask(width: int) -> int:
    """Return ``width`` one bits."""
    return (1 << width) - 1


def field(value: int, high: int, low: int) -> int:
    """Return bits ``high`` down to ``low`` of ``value``, both inclusive (the manual's ``value<high:low>``)."""
    return (value >> low) & mask(high - low + 1)


def sign_extend(value: int, width: int) -> int:
    """Return the ``width``-bit two's complement ``value`` as a Python integer (SignExtend())."""
    sign = 1 << (width - 1)
    return (value & (sign - 1)) - (value & sign)


def align_down(address: int, alignment: int) -> int:
    """Return the multiple of ``alignment`` (a power of two) at or below ``address`` (Align())."""
    return address & ~(alignment - 1)


def align_up(address: int, alignment: int) -> int:
    """Return the multiple of ``alignment`` (a power of two) at or above ``address``."""
    return (address + alignment - 1) & ~(alignment - 1)


def is_power_of_two(value: int) -> bool:
    """Whether ``value`` is 1, 2, 4, 8, ..."""
    return value > 0 and value & (value - 1) == 0


def set_bits(value: int) -> list[int]:
    """Return the positions of the one bits of ``value``, lowest first."""
    positions = []
    while value:
        low = value & -value
        positions.append(low.bit_length() - 1)
        value ^= low
    return positions
