"""A supervisor call of a program whose part has another image in front of it, as an nRF52 has its SoftDevice."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from support.small_programs import assemble

import v7m

TABLE = 0x1000
WORDS = "Nothing is loaded at 0x00000000..0x00000fff, in front of the program's vectors: what answers svc #16 of"


def program(tmp_path: Path, code: str) -> Path:
    """Write a raw binary for TABLE: ``code`` behind its vectors, then a loop, which is every other handler."""
    machine_code = assemble(code, TABLE + 0x40)
    loop = TABLE + 0x40 + len(machine_code)
    vectors = [0x2000_1000, TABLE + 0x41, *[loop | 1] * 8, loop + 3, *[loop | 1] * 5]
    data = struct.pack("<16I", *vectors) + machine_code + assemble("b .; nop; b .", loop)[:2] * 2
    path = tmp_path / "app.bin"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("is_in_front", [False, True])
def test_who_loops_in_its_svcall_handler_may_want_what_is_in_front(tmp_path: Path, is_in_front: bool) -> None:
    path = program(tmp_path, "svc #16; bkpt #1")
    files, other = [path], tmp_path / "other.hex"
    if is_in_front:
        other.write_text(":020000040000FA\n:0401000001020304F1\n:00000001FF\n")
        files = [other, path]
    options = {"load_address": TABLE, "vector_table": TABLE, "max_instructions": 100_000}
    result = v7m.run(files if is_in_front else path, board="nrf52832", **options)
    assert result.outcome == "endless-loop"
    assert any(line.startswith(WORDS) for line in result.details) is not is_in_front


def test_who_loops_elsewhere_wants_nothing(tmp_path: Path) -> None:
    path = program(tmp_path, "b .")
    result = v7m.run(path, board="nrf52832", load_address=TABLE, vector_table=TABLE, max_instructions=100_000)
    assert not any("Nothing is loaded" in line for line in result.details)
