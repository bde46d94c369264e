"""The address space: memory, aliases, devices, absence."""

from __future__ import annotations

import pytest

from emulator.devices.bus import Bus, MemoryBlock
from emulator.errors import ConfigError, GuestAccessError


class Echo:
    """A device that answers with the offset it is read at and refuses its last word."""

    size = 0x1000

    def __init__(self) -> None:
        self.written: list[tuple[int, int, int]] = []
        self.resets = 0

    def read(self, offset: int, size: int) -> int | None:
        return None if offset >= 0xFFC else offset

    def write(self, offset: int, size: int, value: int) -> bool:
        self.written.append((offset, size, value))
        return offset < 0xFFC

    def reset(self) -> None:
        self.resets += 1


def made(lenient: bool = False) -> tuple[Bus, Echo]:
    bus, echo = Bus(lenient), Echo()
    bus.add_memory(MemoryBlock("rom", 0, 0x2000, False))
    bus.add_memory(MemoryBlock("ram", 0x2000_0000, 0x2000, True), (0x2200_0000,))
    bus.add_device("echo", 0x4000_0000, echo)
    return bus, echo


def test_an_alias_reads_and_writes_the_block_itself() -> None:
    bus, _ = made()
    assert bus.write(0x2200_0010, 4, 0x1234_5678)
    assert bus.read(0x2000_0010, 2) == 0x5678
    assert bus.memory_page(0x2200_0400) == (0x2000_0400, True)


def test_rom_ignores_the_guest_and_obeys_the_loader() -> None:
    bus, _ = made()
    assert bus.write(0, 4, 0xFFFF_FFFF) and bus.read(0, 4) == 0
    bus.poke(0, b"\x2a")
    assert bus.read(0, 4) == 0x2A


def test_a_device_gets_offsets_and_its_refusal_is_a_bus_error() -> None:
    bus, echo = made()
    assert bus.read(0x4000_0010, 4) == 0x10
    assert bus.read(0x4000_0FFC, 4) is None
    assert not bus.write(0x4000_0FFC, 1, 7)
    assert echo.written == [(0xFFC, 1, 7)]


def test_absent_addresses_are_bus_errors_or_read_as_zero_when_lenient() -> None:
    bus, _ = made()
    assert bus.read(0x6000_0000, 4) is None and not bus.write(0x6000_0000, 4, 1)
    lenient, _ = made(lenient=True)
    seen: list[tuple[int, int, bool]] = []
    lenient.on_absent = lambda *access: seen.append(access)
    assert lenient.read(0x6000_0000, 4) == 0 and lenient.write(0x6000_0004, 2, 1)
    assert seen == [(0x6000_0000, 4, False), (0x6000_0004, 2, True)]


def test_an_access_that_leaves_the_last_byte_of_memory_is_refused() -> None:
    bus, _ = made()
    assert bus.read(0x2000_1FFE, 4) is None and not bus.write(0x2000_1FFE, 4, 0)
    assert not bus.is_present(0x2000_1FFE, 4) and bus.is_present(0x2000_1FFC, 4)


def test_the_debugger_sees_no_devices_and_is_told_so() -> None:
    bus, echo = made()
    with pytest.raises(GuestAccessError, match="0x40000000"):
        bus.peek(0x4000_0000, 4)
    with pytest.raises(GuestAccessError):
        bus.poke(0x2000_1FFE, b"1234")
    assert bus.peek(0x2000_1FFE, 2) == b"\0\0" and echo.written == []


def test_a_store_reports_where_memory_changed() -> None:
    bus, _ = made()
    seen: list[tuple[int, int]] = []
    bus.on_memory_store = lambda address, size: seen.append((address, size))
    bus.poke(0x2000_0000, b"abc")
    bus.write(0x2200_0010, 2, 1)
    bus.write(0, 4, 1)
    assert seen == [(0x2000_0000, 3), (0x2200_0010, 2)]


def test_overlapping_and_misaligned_memory_is_refused_by_name() -> None:
    bus, _ = made()
    with pytest.raises(ConfigError, match="more at 0x20001000 overlaps ram"):
        bus.add_memory(MemoryBlock("more", 0x2000_1000, 0x1000, True))
    with pytest.raises(ConfigError, match="odd"):
        MemoryBlock("odd", 0x100, 0x1000, True)
    with pytest.raises(ConfigError, match="high"):
        bus.add_memory(MemoryBlock("high", 0xFFFF_F000, 0x2000, True))


def test_reset_reaches_every_device() -> None:
    bus, echo = made()
    bus.reset_devices()
    assert echo.resets == 1


def test_a_store_within_one_page_of_ram_is_a_poke_and_any_other_is_left_alone() -> None:
    bus, _ = made()
    told: list[tuple[int, int]] = []
    bus.on_memory_store = lambda address, size: told.append((address, size))
    assert bus.poke_page(0x2200_0010, b"ab") and bus.peek(0x2000_0010, 2) == b"ab"
    assert bus.poke_page(0x2000_03FE, b"cd")
    for address in (0x2000_03FF, 0, 0x4000_0000, 0x6000_0000):
        assert not bus.poke_page(address, b"xy")
    assert bus.peek(0, 2) == bytes(2)
    assert told == [(0x2200_0010, 2), (0x2000_03FE, 2)]
