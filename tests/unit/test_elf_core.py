"""Core files by their bytes: what pyelftools finds in them, holes, aliases, and the same bytes for the same run."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from support.small_programs import build_elf, exit_with, write_elf

import v7m
from emulator.armv7m.core import Registers
from emulator.cli.main import main
from emulator.exports.elf_core import CHUNK, CoreThread, ElfCore, Memory, core_bytes

ROOT = Path(__file__).parents[2]
PREBUILT = ROOT / "firmware" / "prebuilt"


def registers_of(first: int) -> Registers:
    """Return registers that all differ."""
    registers = Registers()
    registers.r = list(range(first, first + 13))
    registers.msp, registers.lr, registers.pc, registers.xpsr = first + 16, first + 20, first + 24, first + 28
    registers.s = [first + 0x1000 + n for n in range(32)]
    registers.fpscr = first + 0x2000
    return registers


def small_core(data: bytes = b"x" * 100, program: str = "a.elf", has_fpu: bool = True) -> ElfCore:
    threads = (
        CoreThread(7, "one", "faulted", registers_of(0x100), True),
        CoreThread(9, "two", "is ready", registers_of(0x200), False),
    )
    memories = (Memory(0x2000_0000, memoryview(data), (0x2040_0000,)), Memory(0x1000, memoryview(b"code"), (), False))
    return ElfCore(threads, memories, 11, program, has_fpu, b'{"a": 1}')


def notes_of(data: bytes) -> list[tuple[str, int, bytes]]:
    elf = ELFFile(io.BytesIO(data))
    assert (elf["e_type"], elf["e_machine"]) == ("ET_CORE", "EM_ARM")
    segment = next(one for one in elf.iter_segments() if one["p_type"] == "PT_NOTE")
    notes, at, raw = [], 0, segment.data()
    while at < len(raw):
        name, size, kind = (int.from_bytes(raw[at + n : at + n + 4], "little") for n in (0, 4, 8))
        start = at + 12 + (name + 3 & -4)
        notes.append((raw[at + 12 : at + 11 + name].decode(), kind, raw[start : start + size]))
        at = start + (size + 3 & -4)
    return notes


def words(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]


def loads(data: bytes) -> dict[int, bytes]:
    return {
        one["p_vaddr"]: one.data() for one in ELFFile(io.BytesIO(data)).iter_segments() if one["p_type"] == "PT_LOAD"
    }


def test_registers_are_where_readers_of_core_files_look_for_them():
    notes = notes_of(core_bytes(small_core()))
    assert [(owner, kind) for owner, kind, _ in notes] == [
        ("CORE", 3), ("CORE", 1), ("LINUX", 0x400), ("CORE", 1), ("GDB", 0xFF00_0000), ("V7M", 1),
    ]  # fmt: skip
    first, floats, second = notes[1][2], notes[2][2], notes[3][2]
    assert (len(first), len(floats), len(notes[0][2])) == (148, 260, 124)
    for status, number, base in ((first, 7, 0x100), (second, 9, 0x200)):
        assert (
            words(status[:4]) == [11]
            and int.from_bytes(status[12:14], "little") == 11
            and words(status[24:28]) == [number]
        )
        expected = [*range(base, base + 13), base + 16, base + 20, base + 24, base + 28]
        assert words(status[72:140]) == expected
    assert words(floats) == [*(0x1100 + n for n in range(32)), *[0] * 32, 0x2100]
    assert b"m-profile" in notes[4][2] and b"vfp" in notes[4][2] and b"m-system" not in notes[4][2]
    assert notes[0][2][28:44] == b"a.elf".ljust(16, b"\0")


def test_a_core_without_fpu_has_no_floats_and_a_long_name_is_left_out():
    notes = notes_of(core_bytes(small_core(program="much_too_long.elf", has_fpu=False)))
    assert [kind for _, kind, _ in notes] == [1, 1, 0xFF00_0000, 1]
    assert b"vfp" not in notes[2][2]


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 3])
@pytest.mark.parametrize("place", ["first", "last", "none", "middle"])
def test_memory_comes_out_as_it_is_whatever_of_it_is_zero(size, place):
    data = bytearray(size)
    if place != "none":
        data[{"first": 0, "last": size - 1, "middle": size // 2}[place]] = 1
    core = small_core(bytes(data))
    found = loads(core_bytes(core))
    expected = {0x2000_0000: data, 0x2040_0000: data, 0x1000: b"code"}
    assert found.keys() == expected.keys()
    assert [hex(address) for address in expected if found[address] != expected[address]] == []
    written = sum(len(piece) for piece in core.pieces() if not isinstance(piece, int))
    assert written < 4096 + 2 * CHUNK, "zeros are holes"


def test_the_file_is_sparse_and_a_pipe_gets_the_same_bytes(tmp_path):
    elf, core = PREBUILT / "stack_isolation.elf", tmp_path / "core"
    assert main(["run", str(elf), "--core", str(core), "--report-file", os.devnull]) == 3
    data = core.read_bytes()
    assert core.stat().st_blocks * 512 < len(data) // 10
    command = [sys.executable, "-m", "v7m", "run", str(elf), "--core", "/dev/stderr", "--report-file", os.devnull]
    environment = {**os.environ, "V7M_PURE_PYTHON": "1"}
    piped = subprocess.run(command, capture_output=True, cwd=ROOT, env=environment, check=False).stderr
    assert piped[: len(data)] == data, "nor does the C half change a byte"


def test_who_watches_a_run_and_which_back_end_decides_changes_no_byte(tmp_path):
    elf, plain, watched = PREBUILT / "stack_isolation.elf", tmp_path / "plain", tmp_path / "watched"
    common = [str(elf), "--report-file", os.devnull, "--why", "off", "--core"]
    assert main(["run", *common, str(plain)]) == 3
    trace, registers = str(tmp_path / "trace"), str(tmp_path / "registers")
    options = ["--trace", trace, "--trace-registers", registers, "--mpu-backend", "audit"]
    assert main(["run", *options, *common, str(watched)]) == 3
    assert plain.read_bytes() == watched.read_bytes()


@pytest.mark.usefixtures("why")
def test_the_library_gives_the_commands_bytes_and_facts(tmp_path):
    elf, core = PREBUILT / "matrix_c_read_only_share.elf", tmp_path / "core"
    assert main(["run", str(elf), "--core", str(core), "--report-file", os.devnull]) == 3
    with v7m.Machine(elf) as machine:
        with pytest.raises(v7m.ConfigError, match="no result yet"):
            machine.core()
        result = machine.run(why=True)
        data = machine.core()
        assert data == core.read_bytes()
        facts = json.loads(notes_of(data)[-1][2])
        assert facts["report"] == json.loads(result.json)
        assert facts["threads"][0]["name"] == result.fault.thread == "0x02"
        assert [file["name"] for file in facts["files"]] == [elf.name]
        found = loads(data)
        assert found[0x2100_0000] == machine.read(0x2100_0000, 16 << 20)
        assert words(found[0xE000_ED00])[10] == 0x82, "CFSR as the handler finds it"
        assert machine.run(why=True).headline == result.headline and machine.core() == data
        machine.reset()
        with pytest.raises(v7m.ConfigError, match="no result yet"):
            machine.core()


def test_the_fault_registers_are_those_that_the_handler_finds(tmp_path):
    """This one clears them before it loops."""
    clear = "movw r0, #0xed28; movt r0, #0xe000; ldr r1, [r0]; str r1, [r0]; ldr r1, [r0, #4]; str r1, [r0, #4]; b ."
    elf = tmp_path / "clears.elf"
    elf.write_bytes(build_elf("udf #1", clear))
    with v7m.Machine(elf) as machine:
        assert machine.run(max_instructions=1000).outcome == "fault"
        found = loads(machine.core())
    assert words(found[0xE000_ED00])[10:12] == [0x1_0000, 0x4000_0000]


def test_a_core_file_replaces_no_input_and_a_full_disk_is_one_line(tmp_path, capsys):
    elf = write_elf(tmp_path / "ends.elf", exit_with(0))
    assert main(["run", str(elf), "--core", str(elf)]) == 2
    assert "read or written already" in capsys.readouterr().err
    assert main(["run", str(elf), "--core", "/dev/full"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
