"""Memory as GDB reads and writes it, and the map that tells it what is where.

Looking changes nothing: memory and the registers of the System Control Space are read without side effects, registers
of devices only where a load has none, and everything else is an error. Storing is the user's own act: memory is stored
to as by a loader, registers as by a privileged store.
"""

from __future__ import annotations

from emulator.armv7m.faults import Fault
from emulator.armv7m.memory_map import is_ppb
from emulator.errors import GuestAccessError
from emulator.machine.machine import Machine

ADDRESSES = 1 << 32
BLOCK = 0x400
"""Bytes that flash is erased in: each load erases whole ones, so they are small."""


class TargetMemory:
    """The memory of ``machine``."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def read(self, address: int, size: int) -> bytes | None:
        """Return the bytes that can be read from ``address`` on, ``size`` at the most; None for none."""
        if not size or address >= ADDRESSES:
            return b"" if not size else None
        size = min(size, ADDRESSES - address)
        try:
            return self._machine.peek(address, size)
        except GuestAccessError:
            return self._read_pieces(address, size) or None

    def _read_pieces(self, address: int, size: int) -> bytes:
        found = b""
        while len(found) < size:
            piece = self._piece(address + len(found), size - len(found))
            if not piece:
                break
            found += piece
        return found

    def _piece(self, address: int, size: int) -> bytes:
        """Return what one access can read: of memory up to a page, of registers one."""
        memory = self._machine.memory_page(address & -BLOCK)
        if memory is not None:
            return self._machine.peek(address, min(size, BLOCK - address % BLOCK))
        width = next(w for w in (4, 2, 1) if w <= size and not address % w)
        value = self._register(address, width)
        return b"" if value is None else value.to_bytes(width, "little")

    def _register(self, address: int, width: int) -> int | None:
        machine = self._machine
        if is_ppb(address):
            word = machine.system.peek(address & ~3, 4)
            return word >> 8 * (address & 3) & (1 << 8 * width) - 1
        return machine.bus.peek_register(address, width)

    def write(self, address: int, data: bytes) -> bool:
        """Store ``data``; whether all of it could be."""
        machine = self._machine
        try:
            machine.poke(address, data)
        except GuestAccessError:
            return self._write_register(address, data)
        return True

    def _write_register(self, address: int, data: bytes) -> bool:
        if len(data) not in (1, 2, 4) or address % len(data) or address + len(data) > ADDRESSES:
            return False
        value = int.from_bytes(data, "little")
        return not isinstance(self._machine.memory.write(address, len(data), value, True), Fault)

    # -- flash: what the packets of ``load`` do ----------------------------------------------------------------------

    def erase(self, address: int, size: int) -> bool:
        """Let flash read as 0xFF; whether all of it is flash."""
        return self._is_flash(address, size) and self.write(address, b"\xff" * size)

    def program(self, address: int, data: bytes) -> bool:
        """Store into flash; whether all of it is flash."""
        return self._is_flash(address, len(data)) and self.write(address, data)

    def _is_flash(self, address: int, size: int) -> bool:
        return any(start <= address and address + size <= start + length for start, length in self._flash())

    def _flash(self) -> list[tuple[int, int]]:
        blocks = {start for start, _ in self._machine.flash}
        return [(start, size) for start, size, block in self._machine.bus.memory_ranges() if block in blocks]

    def description(self) -> bytes:
        """Return the memory map: without the peripherals and the system space in it GDB would not ask for those."""
        flash = set(self._flash())
        rows = []
        for start, size, _ in self._machine.bus.memory_ranges():
            if (start, size) in flash:
                rows.append((start, f'<memory type="flash" start="{start:#x}" length="{size:#x}">'
                             f'<property name="blocksize">{BLOCK:#x}</property></memory>'))  # fmt: skip
            else:
                rows.append((start, _ram(start, size)))
        rows += [(start, _ram(start, size)) for start, size in self._machine.bus.device_ranges()]
        rows.append((0xE000_0000, _ram(0xE000_0000, 0x10_0000)))
        body = "".join(row for _, row in sorted(rows))
        return (
            '<?xml version="1.0"?><!DOCTYPE memory-map PUBLIC "+//IDN gnu.org//DTD GDB Memory Map V1.0//EN" '
            f'"http://sourceware.org/gdb/gdb-memory-map.dtd"><memory-map>{body}</memory-map>'
        ).encode()


def _ram(start: int, size: int) -> str:
    return f'<memory type="ram" start="{start:#x}" length="{size:#x}"/>'
