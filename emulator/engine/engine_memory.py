"""What is behind a guest address: the bytes in this process and the code in them; and the rules that decide accesses.

Addresses come in two kinds: a guest address is what the program uses; the canonical address is the first under which
the same memory is known, and another one behind an alias.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from emulator.annotations import Protocol
from emulator.armv7m.faults import Access, Fault
from emulator.armv7m.instructions import Special
from emulator.armv7m.ports import Steady
from emulator.devices.bus import PAGE_SIZE, MemoryBlock
from emulator.engine.blocks import PAGE_SHIFT
from emulator.errors import InternalError

MIXED = -1
"""The rights of a page that has not the same everywhere, or whose accesses must all be asked about."""


class Rules(Protocol):
    """Whatever decides accesses: the machine."""

    def page_rights(self, page: int, privileged: bool) -> int:
        """Rights bits (1 << Access) of a whole 1 KiB page, or MIXED."""

    def granule_rights(self, page: int, privileged: bool) -> bytes:
        """Rights bits of each 32-byte granule of a page: no region is smaller."""

    def check(self, address: int, size: int, access: Access, privileged: bool) -> Fault | None:
        """Judge one access to the byte, the MPU first and then the bus."""

    def check_special(self, special: Special, value: int) -> Fault | None:
        """Judge an instruction that the engine does not: ``value`` is its address or its divisor."""

    def read(self, address: int, size: int, privileged: bool) -> int | Fault:
        """Do a permitted read in the window."""

    def steady_page(self, page: int) -> bytes | None:
        """Return a page of a device as bytes, if all reads within it, however wide, answer these as memory would, and
        are as ``steady`` describes; else None."""

    def steady(self, address: int, size: int, privileged: bool, value: int) -> Steady | None:
        """Say what reads there answer while only time passes, after one that answered ``value``; None: unknown."""

    def write(self, address: int, size: int, value: int, privileged: bool) -> Fault | None:
        """Do a permitted write in the window."""


class KnownMemory(Protocol):
    """Memory as the C half's tables know it, for what is done for a thread between two runs of the engine.

    By the memory map that was selected last, within one page. No stop at watched bytes is passed by: they are not in
    the tables.
    """

    def store(self, address: int, data: bytes, privileged: bool) -> bool:
        """Whether the store is granted, and done; False: ask in full."""

    def load(self, address: int, size: int, privileged: bool) -> bytes | None:
        """Return the bytes where the load is granted; None: ask in full."""


class EngineMemory:
    """The memory ``blocks`` as they lie in this process.

    ``memory_page(page)`` tells what is behind a page of guest addresses: (canonical address, writable), or None.
    ``reached`` is where the guest's addresses reach memory, aliases too, as (address, size, canonical address).
    """

    def __init__(
        self, blocks: list[MemoryBlock], memory_page: Callable[[int], tuple[int, bool] | None],
        reached: list[tuple[int, int, int]],
    ) -> None:  # fmt: skip
        self.memory_page = memory_page
        self.reached = reached
        self._blocks = blocks
        self._indexes: dict[int, int] = {}
        self._hosts = {b.address: ctypes.addressof(ctypes.c_char.from_buffer(b.buffer)) for b in blocks}

    def ranges(self) -> list[tuple[int, int, int]]:
        """Return (canonical address, size, address in this process) of each block."""
        return [(block.address, block.span, self._hosts[block.address]) for block in self._blocks]

    @property
    def page_count(self) -> int:
        """Pages of all blocks."""
        return sum(block.span for block in self._blocks) >> PAGE_SHIFT

    def page_index(self, physical: int) -> int:
        """Number the pages of all blocks through, by a canonical address."""
        page = physical >> PAGE_SHIFT
        found = self._indexes.get(page)
        if found is not None:
            return found
        index = 0
        for block in self._blocks:
            if 0 <= physical - block.address < block.span:
                found = self._indexes[page] = index + (physical - block.address >> PAGE_SHIFT)
                return found
            index += block.span >> PAGE_SHIFT
        raise InternalError(f"no memory at 0x{physical:08x}")

    def page_at(self, index: int) -> int:
        """Return the page (canonical address >> 10) that ``page_index`` has numbered so."""
        for block in self._blocks:
            count = block.span >> PAGE_SHIFT
            if index < count:
                return (block.address >> PAGE_SHIFT) + index
            index -= count
        raise InternalError(f"no page {index}")

    def host(self, physical: int) -> int:
        """Return the address in this process of the byte at a canonical address."""
        for block in self._blocks:
            offset = physical - block.address
            if 0 <= offset < block.span:
                return self._hosts[block.address] + offset
        raise InternalError(f"no memory at 0x{physical:08x}")

    def host_of(self, address: int) -> int | None:
        """Return the address in this process of the byte at a guest address, None where no memory is."""
        memory = self.memory_page(address & -PAGE_SIZE)
        return None if memory is None else self.host(memory[0] + (address & PAGE_SIZE - 1))

    def canonical_page(self, page: int) -> int:
        """Return the page (canonical address >> 10) of the memory behind a page, itself when there is none."""
        memory = self.memory_page(page << PAGE_SHIFT)
        return memory[0] >> PAGE_SHIFT if memory else page

    def peek_code(self, pc: int) -> int:
        """Return the word at ``pc`` as it stands, 0 where no memory is."""
        memory = self.memory_page(pc & -PAGE_SIZE)
        if memory is None:
            return 0
        code = self._peek_physical(memory[0] + (pc & PAGE_SIZE - 1), 4)
        return int.from_bytes(code, "little")

    def read_code(self, address: int, size: int) -> bytes:
        """Return the bytes of a block of code, zeros where no memory is."""
        code = bytearray()
        while size > 0:
            memory = self.memory_page(address & -PAGE_SIZE)
            part = min(size, PAGE_SIZE - (address & PAGE_SIZE - 1))
            code += self._peek_physical(memory[0] + (address & PAGE_SIZE - 1), part) if memory else bytes(part)
            address, size = address + part, size - part
        return bytes(code)

    def _peek_physical(self, address: int, size: int) -> bytes:
        for block in self._blocks:
            offset = address - block.address
            if 0 <= offset < block.span:
                return block.buffer[offset : offset + size]
        return b""
