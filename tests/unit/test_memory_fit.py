"""Whether images fit a board."""

import struct

import pytest

from emulator.errors import ImageError
from emulator.image.image import Image, Segment, SymbolTable
from emulator.image.memory_fit import check_segments_fit, check_vector_table

BOARD = [(0x2000_0000, 0x1_0000), (0, 0x40_0000), (0x2001_0000, 0x1_0000)]


def image(*segments: Segment, name: str = "app.elf") -> Image:
    return Image(name, list(segments), SymbolTable([]))


def at(address: int, size: int) -> Segment:
    return Segment(address, b"", size)


def table(stack: int = 0x2000_1000, reset: int = 0x9, address: int = 0) -> Segment:
    data = struct.pack("<II", stack, reset) + b"\xfe\xe7\xfe\xe7"
    return Segment(address, data, len(data))


@pytest.mark.parametrize("segment", [at(0, 0x40_0000), at(0x3F_FFFF, 1), at(0x2000_FFF0, 0x20), at(0x2001_FFFF, 1)])
def test_a_segment_inside_memory_fits_even_across_ranges_that_touch(segment):
    check_segments_fit([image(segment)], BOARD, "b")


@pytest.mark.parametrize(
    "segment", [at(0, 0x40_0001), at(0x1FFF_FFFF, 2), at(0x2001_FFFF, 2), at(0x6000_0000, 1), at(0, 0xFFFF_FFFF)]
)
def test_a_segment_outside_memory_is_refused(segment):
    with pytest.raises(ImageError):
        check_segments_fit([image(at(0, 4)), image(segment)], BOARD, "b")


def test_the_refusal_names_the_segment_and_the_memory_of_the_board():
    with pytest.raises(ImageError) as caught:
        check_segments_fit([image(at(0x6000_0000, 0x1800))], BOARD, "mps2-an386")
    assert str(caught.value) == (
        "app.elf: segment 0x60000000..0x600017ff (6 KiB) is outside the memory of mps2-an386 "
        "(0x00000000..0x003fffff, 0x20000000..0x2001ffff). Link it for this board, or choose another with --board."
    )


def test_a_vector_table_whose_reset_vector_leads_into_the_program_passes():
    check_vector_table([image(table())], 0, "b")


def test_where_the_stack_pointer_leads_does_not_matter():
    for stack in (0, 0xFFFF_FFFF, 0x6000_0000, 3):
        check_vector_table([image(table(stack))], 0, "b")


def test_the_table_may_be_in_one_file_and_the_code_in_another():
    boot = image(table(reset=0x8001), name="boot.hex")
    check_vector_table([boot, image(at(0x8000, 64))], 0, "b")


def test_an_even_entry_decides_nothing_but_is_mentioned_where_there_is_no_vector_table():
    loaded = image(table(reset=0xE59F_F018))
    loaded.even_entry = 0x8000
    with pytest.raises(ImageError) as caught:
        check_vector_table([loaded], 0, "b")
    words = "its entry 0x00008000 may mean ARM code, which is to be built with -mthumb."
    assert str(caught.value).endswith(f"Link a vector table there; {words}")
    loaded = image(table())
    loaded.even_entry = 0x8000
    check_vector_table([loaded], 0, "b")


def refusal(*segments: Segment, vector_address: int = 0) -> str:
    with pytest.raises(ImageError) as caught:
        check_vector_table([image(*segments)], vector_address, "mps2-an386")
    message = str(caught.value)
    assert message.startswith("app.elf: no vector table")
    assert message.endswith("Link a vector table there.")
    return message


def test_a_table_that_begins_a_segment_elsewhere_is_where_to_start():
    behind_a_boot_loader = [at(0x9000, 4), Segment(0x8000, table(reset=0x8009).data, 16)]
    with pytest.raises(ImageError) as caught:
        check_vector_table([image(*behind_a_boot_loader)], 0, "mps2-an386")
    assert str(caught.value).endswith("or start without the boot loader: --vector-table 0x00008000.")
    check_vector_table([image(*behind_a_boot_loader)], 0x8000, "mps2-an386")
    for no_table in (table(stack=0, reset=0x8009), table(stack=0x2000_0001, reset=0x8009), table(reset=0x9009)):
        refusal(Segment(0x8000, no_table.data, 16))
    refusal(Segment(0x8004, table(reset=0x8009).data, 16))


def test_a_program_with_nothing_at_the_vector_address_is_refused():
    assert "nothing is loaded at 0x00000000 where mps2-an386 starts (the lowest segment is 0x00008000" in refusal(
        at(0x9000, 4), at(0x8000, 4)
    )


def test_a_table_cut_before_its_reset_vector_is_refused():
    assert "nothing is loaded at 0x00000000" in refusal(Segment(0, b"1234567", 7))


def test_a_reset_vector_without_the_thumb_bit_is_refused():
    assert "the reset vector 0x00000008 is not the address of Thumb code (bit 0 is clear)" in refusal(table(reset=8))


def test_a_reset_vector_out_of_the_program_is_refused():
    assert "the reset vector 0x20000001 leads outside the program" in refusal(table(reset=0x2000_0001))


def test_code_where_the_table_should_be_is_refused():
    assert "0xaf00b580" in refusal(Segment(0, bytes.fromhex("00bf00bf80b500af"), 8))


def test_a_table_elsewhere_is_found_where_the_board_starts():
    check_vector_table([image(table(reset=0x0800_0009, address=0x0800_0000))], 0x0800_0000, "b")


def test_aliases_of_one_memory_are_the_same_place():
    def canonical(address: int) -> int:
        return address - 0x0800_0000 if 0x0800_0000 <= address < 0x0810_0000 else address

    check_vector_table([image(table(reset=0x0800_0009))], 0, "b", canonical)
    check_vector_table([image(table(reset=0x0800_0009, address=0x0800_0000))], 0, "b", canonical)
    check_vector_table([image(table(reset=0x9, address=0x0800_0000))], 0, "b", canonical)
