"""Single registers that a board file lays over what is there: over a device, or over nothing.

An access that touches one of them is theirs; all others go where they went before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emulator.devices.catalog import LateDevice
from emulator.devices.device import Device

WORD = 4


class Overlay:
    """The registers that ``late`` has, at addresses: bytes [start, end) each, in ``places``."""

    def __init__(self, late: LateDevice, places: Iterable[tuple[int, int]]) -> None:
        self.late = late
        self._bytes = {byte for start, end in places for byte in range(start, end)}

    def touches(self, address: int, size: int) -> bool:
        """Whether an access is theirs."""
        return any(byte in self._bytes for byte in range(address, address + size))

    def spans(self, taken: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Yield (address, size) of the words with registers where nothing is ``taken``, as (start, end)."""
        held = list(taken)
        words = sorted({byte & -WORD for byte in self._bytes})
        for word in words:
            if not any(start < word + WORD and word < end for start, end in held):
                yield word, WORD


class Overlaid:
    """``below``, or nothing, at ``address``, with ``overlay`` in front."""

    def __init__(self, overlay: Overlay, address: int, size: int, below: Device | None) -> None:
        self.size = size
        self._overlay = overlay
        self._address = address
        self._below = below

    def read(self, offset: int, size: int) -> int | None:
        """See Device."""
        if self._overlay.touches(self._address + offset, size):
            return self._overlay.late.read(self._address + offset, size)
        return self._below.read(offset, size) if self._below is not None else 0

    def write(self, offset: int, size: int, value: int) -> bool:
        """See Device."""
        if self._overlay.touches(self._address + offset, size):
            return self._overlay.late.write(self._address + offset, size, value)
        return self._below.write(offset, size, value) if self._below is not None else True

    def is_steady(self, offset: int, size: int) -> bool:
        """See Device."""
        if self._overlay.touches(self._address + offset, size):
            return self._overlay.late.is_steady(self._address + offset, size)
        return self._below is None or self._below.is_steady(offset, size)

    def steady_bytes(self, offset: int, size: int) -> bytes | None:
        """See Device."""
        if self._below is None or self._overlay.touches(self._address + offset, size):
            return None
        return self._below.steady_bytes(offset, size)

    def register_name(self, offset: int, bits: int = 0) -> str | None:
        """See Device."""
        if self._overlay.touches(self._address + offset, 1):
            return self._overlay.late.register_name(self._address + offset, bits)
        return None if self._below is None else self._below.register_name(offset, bits)

    def reset(self) -> None:
        """See Device."""
        self._overlay.late.reset()
        if self._below is not None:
            self._below.reset()
