"""Registers of devices that the C half reads by itself, because they read the same while nothing but time passes.

A program that polls a status bit or a counter reads one address over and over. After each read the device may say what
further reads answer (``Steady``); the C half (native/steady.c) answers them until anything else happens: a store to
a device, a read with side effects, a change of the MPU's regions, the end of a run. So devices know nothing of it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from emulator.engine.debug_points import DebugPoints
from emulator.engine.engine_memory import EngineMemory
from emulator.engine.shared_state import State, SteadySlot

SLOTS = 64


class SteadyRegisters:
    """The table of what was said of registers behind ``memory``, in the shared state."""

    def __init__(self, memory: EngineMemory, points: DebugPoints, shared: State) -> None:
        self._memory = memory
        self._points = points
        self._shared = shared
        self._slots = (SteadySlot * SLOTS)()
        self.skipped: Callable[[], int] = lambda: 0
        """Virtual time that passed without instructions."""
        shared.steady, shared.steady_mask = ctypes.addressof(self._slots), SLOTS - 1
        shared.steady_epoch = 1

    def forget(self) -> None:
        """A device may have changed."""
        self._shared.steady_epoch = self._shared.steady_epoch + 1 & 0xFFFF_FFFF or 1

    def note(self, address: int, size: int, privileged: bool, value: int) -> None:
        """A read was done: keep what the device says of further ones, or forget what others said."""
        steady = self._memory.rules.steady(address, size, privileged, value)
        if steady is None:
            self.forget()
        elif not self._points.watches:
            slot = self._slots[(address >> 2 ^ address >> 12) & SLOTS - 1]
            slot.address, slot.size, slot.privileged, slot.epoch = address, size, privileged, self._shared.steady_epoch
            slot.value, slot.slope, slot.since, slot.divider, slot.until, slot.is_icsr = steady
            slot.skipped = self.skipped()
