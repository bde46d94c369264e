"""A machine from a board: memories, aliases, devices, bit-band, and the refusals of images that do not fit."""

from __future__ import annotations

import struct

import pytest

from emulator.armv7m.faults import Access
from emulator.errors import ImageError
from emulator.image import Image, Segment, SymbolTable
from emulator.machine.board_file import load_board
from emulator.machine.build import build_machine, load
from emulator.machine.machine import Machine


def image(*segments: Segment) -> Image:
    vectors = struct.pack("<II", 0x2000_1003, 0x101)
    code = Segment(0x100, b"\xfe\xe7", 2)
    return Image("test.elf", [Segment(0, vectors, 8), code, *segments], SymbolTable([]))


def built(board: str = "mps2-an386", **options: bool) -> Machine:
    return build_machine(load_board(board), [image()], **options)


def test_the_core_starts_from_the_vector_table_and_the_low_bits_of_sp_are_ignored() -> None:
    machine = built()
    assert (machine.registers.msp, machine.registers.pc) == (0x2000_1000, 0x100)


def test_memory_beyond_the_data_of_a_segment_is_zeroed() -> None:
    machine = built()
    machine.poke(0x2000_0000, b"\xff" * 8)
    load(machine, [image(Segment(0x2000_0000, b"\xaa", 4))])
    assert machine.peek(0x2000_0000, 8) == b"\xaa\0\0\0\xff\xff\xff\xff"


def test_a_segment_outside_the_board_is_refused_by_name() -> None:
    with pytest.raises(ImageError, match="0x30000000"):
        build_machine(load_board("mps2-an386"), [image(Segment(0x3000_0000, b"x", 1))])


def test_absent_addresses_bus_fault_unless_the_bus_is_lenient() -> None:
    fault = built().check(0x5000_0000, 4, Access.READ, True)
    assert fault is not None and fault.cause.name == "PRECISERR"
    assert built(lenient=True).check(0x5000_0000, 4, Access.READ, True) is None


@pytest.mark.parametrize(("alias", "address"), [(0x2200_0000, 0x2000_0000), (0x2240_0000, 0x2002_0000)])
def test_a_bit_band_word_is_one_bit_of_memory(alias: int, address: int) -> None:
    machine = built()
    machine.poke(address, b"\x00\x81")
    assert [machine.bus.read(alias + 4 * bit, 4) for bit in (8, 9, 15)] == [1, 0, 1]
    machine.bus.write(alias + 4 * 9, 4, 0xFF)
    machine.bus.write(alias + 4 * 15, 1, 0xFE)
    assert machine.peek(address, 2) == b"\x00\x03"


def test_code_memory_and_data_memory_are_told_apart() -> None:
    machine = built()
    assert machine.flash == [(0, 0x40_0000)]
    assert (0x2000_0000, 0x40_0000) in machine.ram and (0, 0x40_0000) not in machine.ram
