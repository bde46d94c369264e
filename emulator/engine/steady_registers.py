"""Registers of devices that the C half reads by itself, because they read the same while nothing but time passes.

A program that polls a status bit or a counter reads one address over and over. After each read the device may say what
further reads answer (``Steady``); the C half (native/steady.c) answers them until anything else happens: a store to
a device, a read with side effects, a change of the MPU's regions, the end of a run. So devices know nothing of it.

Where a register is read very often and its whole page reads as memory would, the page is copied, and the TLB has the
copy for reads: a poll then costs what one of RAM does.
"""

from __future__ import annotations

import ctypes
from mmap import mmap

from emulator.devices.bus import PAGE_SIZE
from emulator.engine.debug_points import DebugPoints
from emulator.engine.engine_memory import MIXED
from emulator.engine.guest_pages import GuestPages
from emulator.engine.processor import Processor
from emulator.engine.shared_state import COPIED_AFTER, SteadySlot
from emulator.engine.unicorn_library import unicorn_const

SLOTS = 64
COPY = 1 << 33
"""Where the engine has the copy: behind the window, which no guest address reaches."""
COPY_SIZE = 4096


class SteadyRegisters:
    """The table of what was said of registers behind ``pages``, in the shared state."""

    def __init__(self, processor: Processor, pages: GuestPages, points: DebugPoints) -> None:
        self._uc = uc = processor.uc
        self._pages = pages
        self._copy = mmap(-1, COPY_SIZE)
        host = ctypes.addressof(ctypes.c_char.from_buffer(self._copy))
        uc.mem_map_ptr(COPY, COPY_SIZE, unicorn_const.UC_PROT_READ, host)
        self._points = points
        self._shared = shared = processor.shared
        shared.copy_physical = COPY
        self._slots = (SteadySlot * SLOTS)()
        shared.steady, shared.steady_mask = ctypes.addressof(self._slots), SLOTS - 1
        shared.steady_epoch = 1

    def forget(self) -> None:
        """A device may have changed."""
        self._shared.steady_epoch = self._shared.steady_epoch + 1 & 0xFFFF_FFFF or 1
        if self._shared.copy_in_tlb:
            self._shared.copy_in_tlb = 0
            self._uc.ctl_flush_tlb()

    def note(self, address: int, size: int, privileged: bool, value: int) -> None:
        """A read was done: keep what the device says of further ones, or forget what others said."""
        steady = self._pages.rules.steady(address, size, privileged, value)
        if steady is None:
            self.forget()
        elif not self._points.watches:
            slot = self._slots[(address >> 2 ^ address >> 12) & SLOTS - 1]
            is_polled = (slot.address, slot.epoch) == (address, self._shared.steady_epoch)
            if is_polled and slot.answered == COPIED_AFTER:
                self._copy_page(address & -PAGE_SIZE, privileged)
            slot.answered = COPIED_AFTER + 1 if is_polled else 0
            slot.address, slot.size, slot.privileged, slot.epoch = address, size, privileged, self._shared.steady_epoch
            slot.value, slot.slope, slot.since, slot.divider, slot.until, slot.is_icsr = steady
            slot.skipped = self._shared.skipped

    def _copy_page(self, page: int, privileged: bool) -> None:
        """Let reads of ``page`` go to a copy of it until something may have changed, if all of it reads as memory."""
        shared, rules = self._shared, self._pages.rules
        rights = rules.page_rights(page, privileged)
        if not shared.fill_enabled or rights == MIXED or not rights & 1:
            return
        contents = rules.steady_page(page)
        if contents is not None:
            self._copy[:PAGE_SIZE] = contents
            shared.copy_page, shared.copy_privileged = page, privileged
            shared.copy_epoch = shared.steady_epoch
            self._uc.ctl_flush_tlb()  # it has the window for this page
