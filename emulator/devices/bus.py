"""What is behind an address: RAM and ROM with their aliases, devices, or nothing. [B3.1 decides who may, not this]

Memory is held in host buffers of the board's sizes, rounded up to host pages; the engine executes from the same
buffers. A page (1 KiB) that is not all memory is judged in granules, as one that the MPU splits.
"""

from __future__ import annotations

import mmap
from bisect import bisect_right
from collections.abc import Callable

from emulator.armv7m.mpu_region import GRANULE
from emulator.armv7m.ports import Steady
from emulator.bits import align_up
from emulator.devices.device import Device
from emulator.errors import ConfigError, GuestAccessError
from emulator.records import dataclass

PAGE_SIZE = 1024
HOST_PAGE = 4096
"""Bytes that the engine maps at once."""


class MemoryBlock:
    """``size`` bytes of RAM or ROM at ``address``, of ``span`` in this process. ROM ignores the guest's stores.

    Each byte begins as ``fill``.
    """

    def __init__(self, name: str, address: int, size: int, writable: bool, fill: int = 0) -> None:
        if address % HOST_PAGE or size % GRANULE or size <= 0:
            raise ConfigError(f"memory {name}: address must be a multiple of 4 KiB, size one of 32 bytes")
        self.name = name
        self.address = address
        self.size = size
        self.writable = writable
        self.span = align_up(size, HOST_PAGE)
        self.buffer = mmap.mmap(-1, self.span)
        self.view = memoryview(self.buffer)[:size]
        if fill:
            self.view[:] = bytes((fill,)) * size

    def __repr__(self) -> str:
        return f"MemoryBlock({self.name!r}, 0x{self.address:08x}, {self.size})"


@dataclass(frozen=True, slots=True)
class _Window:
    """An address range that leads to a block (``offset`` added to the block's start) or to a device."""

    start: int
    end: int
    block: MemoryBlock | None
    device: Device | None
    name: str


class Bus:
    """The board's address space. ``lenient``: absent addresses read as zero and ``on_absent`` hears of it."""

    def __init__(self, lenient: bool = False) -> None:
        self.blocks: list[MemoryBlock] = []
        self.lenient = lenient
        self.on_absent: Callable[[int, int, bool], None] = lambda address, size, is_write: None
        self.on_device_read: Callable[[int, int, int], int] | None = None
        """Hears of what a read of a device, or of nothing on a lenient bus, answers, and says what it is instead."""
        self.judged_words: frozenset[int] | None = None
        """The words that ``on_device_read`` is asked about; None: all."""
        self.on_memory_store: Callable[[int, int], None] = lambda address, size: None
        self.on_ignored_store: Callable[[int, int], None] = lambda address, size: None
        self._windows: list[_Window] = []
        self._starts: list[int] = []
        self._pages: dict[int, tuple[int, bool] | None] = {}
        self.partial_pages: frozenset[int] = frozenset()
        """The pages that are memory at their beginning, and something else or nothing at their end."""
        self._places: dict[int, tuple[memoryview, int]] = {}

    # -- building ------------------------------------------------------------------------------------------------

    def add_memory(self, block: MemoryBlock, aliases: tuple[int, ...] = ()) -> None:
        """Map ``block`` at its own address and at each alias address."""
        self.blocks.append(block)
        for start in (block.address, *aliases):
            self._add(_Window(start, start + block.size, block, None, block.name))
            if block.size % PAGE_SIZE:
                self.partial_pages |= {start + block.size & -PAGE_SIZE}

    def add_device(self, name: str, address: int, device: Device) -> None:
        """Map ``device`` at ``address``."""
        self._add(_Window(address, address + device.size, None, device, name))

    def _add(self, window: _Window) -> None:
        if window.end > 1 << 32:
            raise ConfigError(f"{window.name}: ends above the 4 GiB address space")
        for other in self._windows:
            if window.start < other.end and other.start < window.end:
                raise ConfigError(f"{window.name} at 0x{window.start:08x} overlaps {other.name}")
        self._windows.append(window)
        self._windows.sort(key=lambda w: w.start)
        self._starts = [w.start for w in self._windows]
        self._pages.clear()
        self._places.clear()

    def reset_devices(self) -> None:
        """Reset every device, in address order."""
        for window in self._windows:
            if window.device is not None:
                window.device.reset()

    # -- looking up ----------------------------------------------------------------------------------------------

    def _find(self, address: int) -> _Window | None:
        index = bisect_right(self._starts, address) - 1
        if index >= 0:
            window = self._windows[index]
            if address < window.end:
                return window
        return None

    def device_name(self, address: int) -> str | None:
        """Return the name of the memory or device at ``address``, or None."""
        window = self._find(address)
        return window.name if window else None

    def register_name(self, address: int, bits: int = 0) -> str | None:
        """Return the name of the device's register at ``address``, as RCC_CR, or with its field, as RCC_CR.HSERDY."""
        window = self._find(address)
        if window is None or window.device is None:
            return None
        return window.device.register_name(address - window.start, bits)

    def memory_page(self, page: int) -> tuple[int, bool] | None:
        """Return (canonical address, writable) of the memory behind the page, or None; see ``partial_pages``."""
        try:
            return self._pages[page]
        except KeyError:
            window = self._find(page)
            answer = None
            if window is not None and window.block is not None:
                answer = (window.block.address + page - window.start, window.block.writable)
            self._pages[page] = answer
            return answer

    def memory_in_page(self, page: int) -> int:
        """Return how many bytes at the beginning of a page are memory."""
        window = self._find(page)
        return 0 if window is None or window.block is None else min(PAGE_SIZE, window.end - page)

    def is_writable(self, address: int, size: int) -> bool:
        """Whether all ``size`` bytes are memory that takes stores."""
        while size > 0:
            window = self._find(address)
            if window is None or window.block is None or not window.block.writable:
                return False
            size -= window.end - address
            address = window.end
        return True

    def memory_ranges(self) -> list[tuple[int, int, int]]:
        """Return all memory, aliases too, as (address, size, canonical address), lowest first."""
        return [(w.start, w.end - w.start, w.block.address) for w in self._windows if w.block is not None]

    def device_ranges(self) -> list[tuple[int, int]]:
        """Return where devices are as (address, size), lowest first."""
        return [(w.start, w.end - w.start) for w in self._windows if w.device is not None]

    def is_present(self, address: int, size: int) -> bool:
        """Whether every byte of the access leads somewhere (or the bus is lenient)."""
        if self.lenient:
            return True
        window = self._find(address)
        return window is not None and (address + size <= window.end or self._find(address + size - 1) is not None)

    # -- the guest's accesses -------------------------------------------------------------------------------------

    def read(self, address: int, size: int) -> int | None:
        """A guest read of 1 to 8 bytes with its side effects; None is a bus error."""
        window = self._find(address)
        if window is None:
            if self.lenient:
                self.on_absent(address, size, False)
                return self._judged(address, size, 0)
            return None
        if window.block is not None:
            if address + size > window.end:
                return None
            offset = address - window.start
            return int.from_bytes(window.block.view[offset : offset + size], "little")
        assert window.device is not None
        return self._judged(address, size, window.device.read(address - window.start, size))

    def _judged(self, address: int, size: int, value: int | None) -> int | None:
        judge = self.on_device_read
        if judge is None or value is None or not self._is_judged(address):
            return value
        return judge(address, size, value)

    def _is_judged(self, address: int) -> bool:
        return self.judged_words is None or address & ~3 in self.judged_words

    def write(self, address: int, size: int, value: int) -> bool:
        """A guest write of 1 to 8 bytes; False is a bus error."""
        window = self._find(address)
        if window is None:
            if self.lenient:
                self.on_absent(address, size, True)
                return True
            return False
        if window.block is not None:
            if address + size > window.end:
                return False
            offset, data = address - window.start, value.to_bytes(size, "little")
            if window.block.writable:
                window.block.view[offset : offset + size] = data
                self.on_memory_store(address, size)
            elif window.block.view[offset : offset + size] != data:
                self.on_ignored_store(address, size)
            return True
        assert window.device is not None
        return window.device.write(address - window.start, size, value)

    def steady(self, address: int, size: int, value: int) -> Steady | None:
        """See Rules."""
        if self.on_device_read is not None and self._is_judged(address):
            return None
        window = self._find(address)
        if window is None:
            return Steady(0) if self.lenient else None
        if window.device is None or not window.device.is_steady(address - window.start, size):
            return None
        return Steady(value)

    def steady_page(self, page: int) -> bytes | None:
        """See Rules."""
        window = self._find(page)
        if window is None or window.device is None or page + PAGE_SIZE > window.end:
            return None
        if self.on_device_read is not None:
            return None
        return window.device.steady_bytes(page - window.start, PAGE_SIZE)

    # -- the host's accesses --------------------------------------------------------------------------------------

    def peek(self, address: int, size: int) -> bytes:
        """Return memory as the debugger sees it: no devices, no side effects."""
        window = self._find(address)
        if window is not None and window.block is not None and address + size <= window.end:
            return window.block.view[address - window.start : address - window.start + size].tobytes()
        result = bytearray()
        while size > 0:
            window = self._memory_window(address, size)
            offset = address - window.start
            part = min(size, window.end - address)
            assert window.block is not None
            result += window.block.view[offset : offset + part]
            address += part
            size -= part
        return bytes(result)

    def load(self, address: int, size: int) -> bytes:
        """Return memory as a device reads it: zeros where none is."""
        try:
            return self.peek(address, size)
        except GuestAccessError:
            return bytes(size)

    def store(self, address: int, data: bytes) -> None:
        """Store as a device does: nothing unless all of it is memory that takes stores."""
        if self.is_writable(address, len(data)):
            self.poke(address, data)

    def store_register(self, address: int, size: int, value: int) -> None:
        """Store ``size`` bytes to a device's register, as another device does; nothing where there is none."""
        window = self._find(address)
        if window is not None and window.device is not None:
            window.device.write(address - window.start, size, value)

    def load_register(self, address: int, size: int) -> int:
        """Load ``size`` bytes of a device's register, as another device does; zero where there is none."""
        window = self._find(address)
        if window is None or window.device is None:
            return 0
        return window.device.read(address - window.start, size) or 0

    def peek_register(self, address: int, size: int) -> int | None:
        """Return what a device's register reads as; None where there is none, or where a load has side effects."""
        window = self._find(address)
        if window is None or window.device is None or not window.device.is_steady(address - window.start, size):
            return None
        return window.device.read(address - window.start, size)

    def poke(self, address: int, data: bytes) -> None:
        """Store into memory as the loader or the debugger: ROM too."""
        window = self._find(address)
        if window is not None and window.block is not None and address + len(data) <= window.end:
            offset = address - window.start
            window.block.view[offset : offset + len(data)] = data
            self.on_memory_store(address, len(data))
            return
        self.check_memory(address, len(data))
        start, length = address, len(data)
        while data:
            window = self._memory_window(address, len(data))
            offset = address - window.start
            part = min(len(data), window.end - address)
            assert window.block is not None
            window.block.view[offset : offset + part] = data[:part]
            address += part
            data = data[part:]
        self.on_memory_store(start, length)

    def poke_page(self, address: int, data: bytes) -> bool:
        """Store what lies within one page of writable memory, as ``poke`` does; False when it does not."""
        page, offset = address & -PAGE_SIZE, address & PAGE_SIZE - 1
        if offset + len(data) > PAGE_SIZE:
            return False
        place = self._places.get(page)
        if place is None:
            window = self._find(page)
            if window is None or window.block is None or not window.block.writable or page in self.partial_pages:
                return False
            place = self._places[page] = window.block.view, page - window.start
        start = place[1] + offset
        place[0][start : start + len(data)] = data
        self.on_memory_store(address, len(data))
        return True

    def clear(self, address: int, size: int) -> None:
        """Store ``size`` zero bytes as the loader."""
        self.check_memory(address, size)
        for start in range(address, address + size, 1 << 20):
            self.poke(start, bytes(min(1 << 20, address + size - start)))

    def check_memory(self, address: int, size: int) -> None:
        """Raise GuestAccessError unless all ``size`` bytes at ``address`` are memory."""
        while size > 0:
            window = self._memory_window(address, size)
            part = min(size, window.end - address)
            address += part
            size -= part

    def _memory_window(self, address: int, size: int) -> _Window:
        window = self._find(address)
        if window is None or window.block is None:
            raise GuestAccessError(f"no memory at 0x{address:08x} ({size} bytes wanted)")
        return window
