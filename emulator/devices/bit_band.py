"""The bit-band aliases of a Cortex-M3 or M4: each word of an alias is one bit of the first MiB behind it. [B3.1]

The MPU sees the alias address. An access reads or rewrites as many bytes of the target as it is wide itself.
"""

from __future__ import annotations

from emulator.devices.bus import Bus

ALIAS_SIZE = 0x0200_0000
ALIASES = {0x2200_0000: 0x2000_0000, 0x4200_0000: 0x4000_0000}
"""Where each alias is, and where its target begins."""


class BitBandAlias:
    """The alias of the MiB at ``target`` on ``bus``."""

    size = ALIAS_SIZE

    def __init__(self, bus: Bus, target: int) -> None:
        self._bus = bus
        self._target = target

    def _bit(self, offset: int, size: int) -> tuple[int, int]:
        """Return (target address, bit in the ``size`` bytes there) of the alias word at ``offset``."""
        return (self._target + (offset >> 5)) & -size, offset >> 2 & size * 8 - 1

    def read(self, offset: int, size: int) -> int | None:
        """Return the bit, 0 or 1."""
        address, bit = self._bit(offset, size)
        word = self._bus.read(address, size)
        return None if word is None else word >> bit & 1

    def write(self, offset: int, size: int, value: int) -> bool:
        """Set the bit to bit 0 of ``value``: a read and a write of the target."""
        address, bit = self._bit(offset, size)
        word = self._bus.read(address, size)
        return word is not None and self._bus.write(address, size, word & ~(1 << bit) | (value & 1) << bit)

    def is_steady(self, offset: int, size: int) -> bool:
        """See Device: the target knows."""
        return False

    def steady_bytes(self, offset: int, size: int) -> bytes | None:
        """See Device."""
        return None

    def register_name(self, offset: int, bits: int = 0) -> str | None:
        """See Device: that of the register whose bit it is."""
        address, bit = self._bit(offset, 1)
        return self._bus.register_name(address, 1 << bit)

    def reset(self) -> None:
        """The alias has no state."""
