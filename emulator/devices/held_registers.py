"""Registers that hold what is written and change nothing in a device: what a driver sets up and a model leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.annotations import ClassVar
from emulator.armv7m.ports import Port
from emulator.devices.peripheral import Peripheral


class HeldRegisters(Peripheral):
    """A device with such registers at the offsets HELD. A subclass has ``held`` in its STATE."""

    HELD: ClassVar[tuple[int, ...]] = ()
    held: list[int]

    def reset_held(self) -> None:
        """They are zero."""
        self.held = [0] * len(self.HELD)

    def held_ports(self) -> Iterator[Port]:
        """Yield them."""
        for place, offset in enumerate(self.HELD):
            yield Port(offset, partial(self._held, place), partial(self._hold, place))

    def _held(self, place: int) -> int:
        return self.held[place]

    def _hold(self, place: int, value: int) -> None:
        self.held[place] = value
