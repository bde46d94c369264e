"""Which boards an image knows the devices of, and a board file with those devices and the image's own memory."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from support.small_programs import build_elf

from emulator.board.board_file import board_names, load_board
from emulator.cli.main import main
from emulator.harness.image_needs import board_text, boards_for, needs_of
from emulator.harness.likeness import Likeness, addresses_in, describe, in_order, likenesses
from emulator.image.image import Image, Segment, SymbolTable
from emulator.image.loader import load_images

BOARDS = [load_board(name) for name in board_names()]
L476 = (0x4002_1000, 0x4800_0000, 0x4800_0400, 0x4000_4400, 0x4001_3800)
"""RCC, GPIOA, GPIOB, USART2, USART1."""


def image_with(*words: int, start: int = 0x0800_0000, before: bytes = b"") -> Image:
    data = before + struct.pack(f"<{len(words)}I", *words)
    return Image("a.elf", [Segment(start, data, len(data))], SymbolTable([]))


def test_the_board_whose_devices_it_knows_comes_first() -> None:
    found = likenesses(image_with(*L476, 0x5004_0000, 0x3F80_0000, 0x4049_0FDB), BOARDS)
    assert (found[0].board, found[0].devices) == ("stm32l476", 6)
    assert all(each.devices < 6 for each in found[1:])


def test_each_device_counts_once_and_less_than_three_are_chance() -> None:
    assert likenesses(image_with(*[0x4800_0000] * 9, 0x4800_0400), BOARDS) == []


def test_words_are_aligned_in_memory_not_in_the_file() -> None:
    words = [0x4800_0000, 0x4002_1000]
    assert addresses_in(image_with(*words, start=0x0800_0000 + 2, before=b"xx")) == sorted(words)
    assert addresses_in(image_with(*words, start=0x0800_0000, before=b"xx")) == []
    assert addresses_in(image_with(0x3FFF_FFFC, 0x4000_0000, 0x5FFF_FFFC, 0x6000_0000, 0x4000_0002)) == [
        0x4000_0000, 0x5FFF_FFFC
    ]  # fmt: skip


def test_without_clocks_or_pins_of_a_part_its_other_devices_are_chance() -> None:
    timers = [0x4000_0000 + 0x400 * n for n in range(6)]
    assert not any(each.board.startswith("stm32") for each in likenesses(image_with(*timers), BOARDS))
    assert not any(each.board.startswith("stm32") for each in likenesses(image_with(*timers, 0x4002_1000), BOARDS))
    found = likenesses(image_with(*timers, 0x4002_1000, 0x4001_0800), BOARDS)
    assert {each.board for each in found[:3]} == {"stm32f103", "stm32f103xe", "stm32f107"}
    assert not any(each.board == "stm32l476" for each in found)


def test_other_parts_are_known_by_any_of_their_devices() -> None:
    lpc = (0x4000_C000, 0x4002_C000, 0x400F_C000, 0x4009_4000, 0x4003_0000)
    found = likenesses(image_with(*lpc), BOARDS)
    assert (found[0].board, found[0].devices) == ("lpc1768", 5)


def test_the_way_to_a_board_of_its_own_is_said_where_the_best_one_has_another_memory() -> None:
    ports = [0x4800_0000 + 0x400 * n for n in range(8)]
    found = likenesses(image_with(*L476, *ports, 0x4000_4800, 0x5004_0000), BOARDS)
    assert len(list(describe(found, ["stm32l476"], "a.elf", b""))) == 1
    lines = list(describe(found, ["stm32f407"], "a.elf", b""))
    assert lines[0].startswith("  devices  words of it are addresses of 13 devices of stm32l476")
    assert lines[1].strip() == "with this memory: v7m boards new a.elf --like stm32l476 -o FILE.toml"
    assert len(list(describe(likenesses(image_with(*L476), BOARDS), [], "a.elf", b""))) == 1
    assert list(describe([], [], "a.elf", b"")) == []
    also = [*found, Likeness("stm32f407", 12)]
    assert "--like stm32f407 " in list(describe(also, [], "a.elf", b"startup_stm32f40xx.s"))[1]


def test_names_in_the_file_come_before_devices_and_chance_is_no_name() -> None:
    known = likenesses(image_with(*L476), BOARDS)
    boards = ["generic", "stm32f303", "stm32f407", "stm32g474", "stm32l476"]
    assert in_order(boards, known, b"../Src/STM32F3xx_hal_msp.c")[0] == "stm32f303"
    assert in_order(boards, known, b"startup_stm32g474xx.S stm32f3")[:2] == ["stm32g474", "stm32f303"]
    sizes = ["stm32f103", "stm32f103xe"]
    assert in_order(sizes, [], b"startup_stm32f103xe.s")[0] == "stm32f103xe"
    assert in_order(sizes, [], b"startup_stm32f103xb.s")[0] == "stm32f103"
    assert in_order(boards, known, b"usart_GD32F4xx.c")[0] == "stm32f407"
    assert in_order(boards, known, b"generic stm3 l476")[0] == "stm32f303"
    assert in_order(["stm32f407", "stm32l476"], known, b"")[0] == "stm32l476"


def test_of_boards_that_are_as_like_the_one_that_fits_is_named_first() -> None:
    found = likenesses(image_with(*L476), BOARDS)
    line = next(describe(found, ["stm32g474"], "a.elf", b""))
    assert line == "  devices  words of it are addresses of 5 devices of stm32g474, 5 of stm32f303, 5 of stm32l476"


def test_a_board_like_another_has_its_devices_and_the_images_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image, output = tmp_path / "a.elf", tmp_path / "own.toml"
    image.write_bytes(build_elf("b .", stack=0x2006_0000))
    assert main(["boards", "new", str(image), "--like", "stm32f407", "-o", str(output)]) == 0
    made, like = load_board(output), load_board("stm32f407")
    assert [device.name for device in made.devices] == [device.name for device in like.devices]
    assert (made.core, made.frequency) == (like.core, like.frequency)
    sizes = {memory.name: memory.size for memory in made.memories}
    assert sizes == {memory.name: memory.size for memory in like.memories} | {"ram": 0x6_0000}
    assert boards_for(load_images([str(image)])[0], [made]) == ["own"]
    capsys.readouterr()


def test_memory_outside_of_the_part_is_beside_its_own_and_data_in_its_flash_takes_that_place() -> None:
    like = ("stm32f103", load_board("stm32f103"))
    vectors = struct.pack("<16I", 0x2000_1000, 0x0800_0041, *[0] * 14) + b"\xfe\xe7" * 8
    outside = [Segment(0x0800_0000, vectors, len(vectors)), Segment(0x6800_0000, b"", 0x8000)]
    image = Image("a.elf", outside, SymbolTable([]))
    text = board_text(image, needs_of(image), "cortex-m4", "own", like)
    assert "remove" not in text
    assert text.endswith('name = "more-ram0"\naddress = 0x6800_0000\nsize = 0x0001_0000\nkind = "ram"\n')
    zeros = Image("a.elf", [*outside, Segment(0x0801_0000, b"", 0x100)], SymbolTable([]))
    text = board_text(zeros, needs_of(zeros), "cortex-m4", "own", like)
    assert 'remove = ["flash"]\n' in text
    assert 'address = 0x0800_0000\nsize = 0x0001_0000\nkind = "rom"\n' in text
    assert 'address = 0x0801_0000\nsize = 0x0001_0000\nkind = "ram"\n' in text


def test_a_core_beside_a_board_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = tmp_path / "a.elf"
    image.write_bytes(build_elf("b ."))
    assert main(["boards", "new", str(image), "--like", "stm32f407", "--core", "cortex-m3"]) == 2
    assert capsys.readouterr().err.startswith("v7m: --like and --core: ")


def test_a_program_behind_a_boot_loader_fits_where_its_own_table_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = tmp_path / "a.hex"
    words = struct.pack("<16I", 0x2001_0000, 0x2_7041, *[0] * 14) + b"\xfe\xe7" * 8
    image.write_text(_hex_lines(0x2_7000, words))
    assert main(["boards", "new", str(image)]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("  boards"))
    assert line.startswith("  boards   with --vector-table 0x00027000: ")
    assert "nrf52840" in line and "stm32f407" in line and "stm32f103," not in line


def _hex_lines(address: int, data: bytes) -> str:
    records = [bytes([2, 0, 0, 4]) + (address >> 16).to_bytes(2, "big")]
    for offset in range(0, len(data), 16):
        part = data[offset : offset + 16]
        records.append(bytes([len(part)]) + (address + offset & 0xFFFF).to_bytes(2, "big") + b"\0" + part)
    records.append(b"\0\0\0\1")
    return "".join(f":{(each + bytes([-sum(each) & 0xFF])).hex()}\n" for each in records)


def test_a_sam_e54_is_named_as_its_sources_name_it() -> None:
    assert in_order(["generic", "samd51"], [], b"startup_same54.c") == ["samd51", "generic"]
