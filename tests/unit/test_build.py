"""A machine from a board: memories, aliases, devices, bit-band, and the refusals of images that do not fit."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from emulator.armv7m.faults import Access
from emulator.board.board_file import load_board
from emulator.errors import ImageError
from emulator.image.image import Image, Segment, SymbolTable
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


def test_flash_that_no_image_has_is_erased_and_what_a_segment_adds_to_its_data_is_zero() -> None:
    machine = build_machine(load_board("stm32f103"), [image(Segment(0x0800_1000, b"\xaa", 4))])
    assert machine.peek(0x0800_0FFC, 12) == b"\xff\xff\xff\xff\xaa\0\0\0\xff\xff\xff\xff"
    assert machine.peek(0x2000_0000, 4) == bytes(4)


def test_an_image_has_the_values_of_registers_that_are_programmed() -> None:
    """Of the UICR: one that the board declares, one that it does not, and one with bytes that the image leaves out."""
    words = [Segment(0x1000_1200, b"\x12\0\0\x80", 4), Segment(0x1000_1018, b"\x78\x56\x34\x12\xaa", 5)]
    bus = build_machine(load_board("nrf52840"), [image(*words)]).bus
    found = [bus.read(0x1000_1000 + offset, 4) for offset in (0x200, 0x204, 0x18, 0x1C, 0x20)]
    assert found == [0x8000_0012, 0x12, 0x1234_5678, 0xFFFF_FFAA, 0]
    with pytest.raises(ImageError, match="0x10000010"):
        build_machine(load_board("nrf52840"), [image(Segment(0x1000_0010, b"x", 1))])


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


def test_row_27_vectreset_leaves_the_devices_as_they_are_and_sysresetreq_resets_them() -> None:
    machine, timer_ctrl = built(), 0x4000_0000
    machine.bus.write(timer_ctrl, 4, 1)
    for kind, control in (("VECTRESET", 1), ("SYSRESETREQ", 0)):
        machine.request_reset(kind)
        machine.run(10)
        assert machine.bus.read(timer_ctrl, 4) == control
    assert machine.resets == 2


def test_row_8_memory_in_vendor_space_can_be_read_and_written_by_all_and_never_executed(tmp_path: Path) -> None:
    board = tmp_path / "vendor.toml"
    memory = '[[memory]]\nname = "vendor"\naddress = 0xe010_0000\nsize = 0x1000\n'
    board.write_text(f'extends = "mps2-an386"\n{memory}')
    machine = build_machine(load_board(str(board)), [image()])
    for privileged in (True, False):
        assert machine.check(0xE010_0000, 4, Access.WRITE, privileged) is None
        assert machine.check(0xE010_0FFC, 4, Access.READ, privileged) is None
    machine.registers.pc = 0xE010_0000
    machine.run(1)
    assert machine.faults.CFSR & 0xFF == 1, "IACCVIOL"


def test_code_memory_and_data_memory_are_told_apart() -> None:
    machine = built()
    assert machine.flash == [(0, 0x40_0000)]
    assert (0x2000_0000, 0x40_0000) in machine.ram and (0, 0x40_0000) not in machine.ram
