"""Where a program's vector table is found, and where a raw binary was linked for."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from emulator.board.board_file import load_board
from emulator.cli.main import main
from emulator.harness.fitting import rows_of
from emulator.harness.image_needs import boards_for, describe, has_fp_instructions, needs_of
from emulator.harness.likeness import better_board, likenesses
from emulator.image.image import Image, Segment, Symbol, SymbolTable
from emulator.image.vector_table import find_vector_table, likely_load_address

FLASH = 0x0800_0000
STACK = 0x2000_1000
CODE = b"\xfe\xe7" + b"\x10\xb5" + b"\x00\x48" + b"\x70\x47" + b"\xc0\x46" * 4
"""B to itself, PUSH {r4, lr}, LDR r0, BX LR: a handler each."""


def table(at: int, stack: int = STACK, handlers: int = 4) -> bytes:
    """A table of 16 vectors at ``at``, with CODE behind it."""
    code = at + 64
    vectors = [code + 2 * (n % handlers) | 1 for n in range(15)]
    vectors[6:10] = [0] * 4
    return struct.pack("<16I", stack, *vectors) + CODE


def image(data: bytes, at: int, symbols: list[Symbol] | None = None) -> Image:
    return Image("a.elf", [Segment(at, data, len(data))], SymbolTable(symbols or []))


def test_a_table_behind_the_header_of_a_boot_loader_is_found() -> None:
    header = struct.pack("<8I", 0x96F3_B83D, 0, 0x200, 0x2000, 0, 1, 0, 0).ljust(0x200, b"\0")
    assert find_vector_table(image(header + table(0xC200), 0xC000)) == 0xC200


@pytest.mark.parametrize("wrong", ["handler", "stack", "few"])
def test_what_only_begins_like_a_table_is_none(wrong: str) -> None:
    data = bytearray(table(0x100))
    if wrong == "handler":
        data[12:16] = struct.pack("<I", 0x0900_0001)
    elif wrong == "stack":
        data[0:4] = struct.pack("<I", 0x7000_0000)
    else:
        data[24:64] = bytes(40)
    assert find_vector_table(image(bytes(0x100) + bytes(data), 0)) is None
    assert find_vector_table(image(bytes(0x100) + table(0x100), 0)) == 0x100


def test_code_that_runs_at_another_address_than_it_is_loaded_at_counts_where_its_symbol_is() -> None:
    reset = Symbol("reset", 0x0020_0040, 8, True)
    data = struct.pack("<2I", STACK, 0x0020_0041) + bytes(120)
    assert find_vector_table(image(data, FLASH, [reset])) == FLASH
    assert find_vector_table(image(data, FLASH)) is None


@pytest.mark.parametrize("address", [0, 0x4000, 0x2_6000, 0x0800_0000, 0x0800_8000])
def test_the_address_of_a_raw_binary_is_told_by_what_its_vectors_lead_to(address: int) -> None:
    assert likely_load_address(table(address) + bytes(0x9000)) == address


def test_handlers_may_begin_with_a_call_or_a_branch_far_away() -> None:
    far = table(FLASH).replace(CODE, b"\xfe\xe7" * 14)
    address = FLASH + 64 + len(b"\xfe\xe7") * 8
    reset, systick = (4, b"\xff\xf7\x1e\xff"), (60, b"\x00\xf0\x08\xb8")  # BL, B.W
    for number, (at, code) in enumerate((reset, systick)):
        place = address - FLASH + 4 * number
        far = far[:at] + struct.pack("<I", address + 4 * number | 1) + far[at + 4 :]
        far = far[:place] + code + far[place + 4 :]
    assert likely_load_address(far + bytes(64)) == FLASH
    move = far.replace(b"\xff\xf7\x1e\xff", b"\x4f\xf0\x1e\x0f").replace(b"\x00\xf0\x08\xb8", b"\x4f\xf0\x08\x08")
    assert likely_load_address(move + bytes(64)) is None, "MOV.W is no beginning"


def test_a_raw_binary_without_vectors_or_with_strange_handlers_has_no_likely_address() -> None:
    assert likely_load_address(bytes(4096)) is None
    assert likely_load_address(table(FLASH)[:60]) is None
    assert likely_load_address(table(FLASH).replace(CODE, bytes(len(CODE)))) is None
    assert likely_load_address(table(FLASH, stack=0x0800_0000)) is None


def test_a_raw_binary_is_described_at_the_address_that_its_refusal_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "app.bin"
    file.write_bytes(table(0x0800_8000) + bytes(64))
    assert main(["boards", "new", str(file)]) == 2
    assert capsys.readouterr().err.rstrip().endswith("Its vectors fit --load-address 0x08008000.")
    assert main(["boards", "new", str(file), "--load-address", "0x08008000"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  vectors  0x08008000" in lines
    assert any(line.startswith("  boards   with --vector-table 0x08008000: ") and "stm32f407" in line for line in lines)


def test_start_up_code_with_an_fpu_fits_no_board_without_one() -> None:
    boards = [load_board(name) for name in ("stm32f103", "stm32f407")]
    plain = image(table(FLASH) + b"\x00\xbf\xe1\xee", FLASH)
    assert boards_for(plain, boards) == ["stm32f103", "stm32f407"]
    vmsr = image(table(FLASH) + b"\xe1\xee\x10\x3a", FLASH)
    assert has_fp_instructions(vmsr) and boards_for(vmsr, boards) == ["stm32f407"]
    odd = image(table(FLASH) + b"\x00\xe1\xee\x10\x3a\x00", FLASH)
    assert not has_fp_instructions(odd)


def test_a_program_for_a_cortex_m0_is_said_to_be_one() -> None:
    m0 = image(table(FLASH) + struct.pack("<4I", 0x4800_0000, 0x4800_0400, 0x4000_4400, 0x4002_1000), FLASH)
    m0.is_armv6m = True
    words = "ARMv6-M (Cortex-M0, M0+)"
    assert any(line.startswith(f"  core     {words}") for line in describe(m0, needs_of(m0), [("", ["stm32f103"])]))
    assert better_board(m0, load_board("generic")).startswith(f"The program was built for {words}")


def test_the_board_of_its_family_is_first_with_the_memory_that_the_program_wants() -> None:
    boards = [load_board(name) for name in ("stm32f303", "stm32f103")]
    device_words = struct.pack("<4I", 0x4001_0800, 0x4001_0C00, 0x4002_1000, 0x4001_3800)
    wants = image(table(FLASH, stack=0x2000_C000) + device_words, FLASH)
    known = likenesses(wants, boards)
    assert rows_of(wants, b"", boards, known) == [("--ram 48K", ["stm32f103"]), ("", ["stm32f303"])]
    assert boards_for(wants, [boards[1].resized("ram", 48 << 10)]) == ["stm32f103"]
    assert rows_of(wants, b"stm32f3xx_hal.c", boards, known) == [("", ["stm32f303"])]
    assert rows_of(wants, b"", boards[1:], known) == [("--ram 48K", ["stm32f103"])]


def test_more_memory_than_relatives_have_is_no_row() -> None:
    boards = [load_board("stm32f103")]
    assert rows_of(image(table(FLASH, stack=0x2004_0000), FLASH), b"", boards, []) == []
    large = table(FLASH) + bytes(0x3_0000)
    assert rows_of(image(large, FLASH), b"", boards, []) == [("--flash 196K", ["stm32f103"])]
    behind = table(FLASH + 0x2000, stack=0x2000_8000)
    start = "--vector-table 0x08002000"
    assert rows_of(image(behind, FLASH + 0x2000), b"", boards, []) == [(f"{start} --ram 32K", ["stm32f103"])]


def test_a_refusal_names_the_options_with_the_boards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "app.bin"
    file.write_bytes(table(FLASH, stack=0x2001_8000) + struct.pack("<3I", 0x4001_0800, 0x4002_1000, 0x4001_3800))
    assert main(["run", str(file), "--load-address", hex(FLASH)]) == 2
    line = capsys.readouterr().err
    assert "It fits stm32f103, stm32f103xe, " in line and " with --ram 96K; stm32f407, " in line


def test_a_refusal_says_how_a_board_is_made_where_none_fits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    devices = [device.address for device in load_board("stm32f407").devices if device.type != "unimplemented"]
    file = tmp_path / "app.bin"
    file.write_bytes(table(FLASH, stack=0x6800_1000) + struct.pack(f"<{len(devices)}I", *devices) + bytes(0x80_0000))
    assert main(["run", str(file), "--load-address", hex(FLASH)]) == 2
    assert f"Or make one: v7m boards new {file} --like stm32f4" in capsys.readouterr().err
