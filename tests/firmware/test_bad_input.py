"""What a user may give by mistake: each ends in one clear line and exit status 2, or runs as far as it can."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.elf_builder import ElfBuilder, Load, arm_attributes, cortex_m_program, vector_table
from support.small_programs import PRINT, build_elf, exit_with

from emulator.cli.main import main

ROOT = Path(__file__).parents[2]
PREBUILT = ROOT / "firmware" / "prebuilt"


def program(**patches: int | bytes) -> bytes:
    made = cortex_m_program()
    made.patches.update(patches)
    return made.build()


def sixty_four_bit() -> bytes:
    return b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + b"\x02\x00\x28\x00\x01\x00\x00\x00".ljust(48, b"\0")


def x86() -> bytes:
    return b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + b"\x02\x00\x3e\x00\x01\x00\x00\x00".ljust(48, b"\0")


def a_profile() -> bytes:
    made = cortex_m_program()
    made.sections[-1] = arm_attributes(10, "A")
    return made.build()


def loads(*segments: Load) -> bytes:
    return ElfBuilder(loads=list(segments)).build()


BAD_PROGRAMS: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "is empty"),
    "text": (lambda: b"# Shopping\n- milk\n", 'is not an ELF file (it starts with "# Shopping")'),
    "binary": (lambda: bytes(range(256)), "is neither ELF nor Intel HEX"),
    "truncated-header": (lambda: program()[:40], "truncated"),
    "truncated-segment": (lambda: build_elf("b .")[:200], "truncated"),
    "64-bit": (sixty_four_bit, "64-bit"),
    "x86-64": (x86, "x86-64"),
    "x86": (lambda: program(machine=3), "x86"),
    "a-profile": (a_profile, "ARMv7-A (application profile)"),
    "big-endian": (lambda: program(ident=b"\x7fELF\x01\x02\x01".ljust(16, b"\0"), machine=40 << 8), "big-endian"),
    "object-file": (lambda: program(type=1), "link"),
    "outside-board": (lambda: loads(Load(0, vector_table()), Load(0x7000_0000, b"x")), "is outside the memory of mps2"),
    "overlapping": (lambda: loads(Load(0, vector_table() * 4), Load(8, b"\xfe\xe7")), "overlap"),
    "4-gib": (lambda: loads(Load(0, vector_table(), memsz=0xFFFF_FFFF)), "4"),
    "no-vector-table": (lambda: loads(Load(0x2000_0000, b"code")), "no vector table"),
    "reset-vector-zero": (lambda: loads(Load(0, vector_table(reset=0))), "bit 0 is clear"),
    "reset-vector-outside": (lambda: loads(Load(0, vector_table(reset=0x3000_0001))), "leads outside the program"),
    "nothing-to-load": (lambda: ElfBuilder().build(), "no"),
    "library": (lambda: b"!<arch>\n", "is a static library"),
}


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command, which must refuse; return its one line."""
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("v7m: ") and err.count("\n") == 1 and "Traceback" not in err
    return err


@pytest.mark.parametrize("name", BAD_PROGRAMS)
def test_a_file_that_is_no_program_for_the_board_is_refused(name, tmp_path, capsys):
    make, words = BAD_PROGRAMS[name]
    path = tmp_path / "bad.elf"
    path.write_bytes(make())
    line = refusal(capsys, "run", str(path))
    assert "bad.elf" in line and words.lower() in line.lower()


@pytest.mark.parametrize("verb", ["run", "threads"])
def test_a_missing_file_is_refused(verb, tmp_path, capsys):
    assert "does not exist" in refusal(capsys, verb, str(tmp_path / "none.elf"))


def test_a_directory_is_refused(tmp_path, capsys):
    assert "is a directory" in refusal(capsys, "run", str(tmp_path))


def test_an_unknown_board_is_refused_with_the_nearest_name(capsys):
    line = refusal(capsys, "run", str(PREBUILT / "hello.elf"), "--board", "mps2-an368")
    assert "unknown board 'mps2-an368'. Did you mean 'mps2-an386'?" in line


@pytest.mark.parametrize("option", ["--trace", "--report-file"])
def test_a_file_that_cannot_be_written_is_refused_before_the_run(option, tmp_path, capsys):
    line = refusal(capsys, "run", str(PREBUILT / "hello.elf"), option, str(tmp_path / "no" / "such" / "file"))
    assert f"{option} " in line and "cannot be written: No such file or directory" in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--ram", "64K"], "no memory that --ram can set"),
        (["--board", "generic", "--ram", "lots"], "is not a size"),
        (["--load-address", "0x1000"], "has no raw binary to place"),
        (["--symbols", "README.md"], "is not an ELF file"),
        (["--input", "no-such-file"], "--input no-such-file: No such file or directory"),
        (["--semihosting-root", "no-such-directory"], "--semihosting-root no-such-directory"),
        (["--uart", "laser@0"], "--uart"),
    ],
)
def test_an_option_that_cannot_be_met_is_refused(arguments, words, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert words in refusal(capsys, "run", "firmware/prebuilt/hello.elf", *arguments)


@pytest.mark.parametrize("option", [["--mode", "kernel-opens"], ["--unprivileged"], ["--report", "rtems"]])
def test_options_of_the_kernel_are_refused_for_a_bare_program(option, capsys):
    assert "bare_mpu.elf" in refusal(capsys, "run", str(PREBUILT / "bare_mpu.elf"), *option)


def test_a_bare_program_has_no_access_table(capsys):
    assert "is a bare program" in refusal(capsys, "threads", str(PREBUILT / "bare_mpu.elf"))


def test_a_program_linked_for_a_bigger_board_is_refused(capsys):
    line = refusal(capsys, "run", str(PREBUILT / "hello.elf"), "--board", "lm3s6965evb")
    assert "stack arena 0x20300000..0x203fffff is outside the RAM of this board" in line


def test_a_refusal_is_the_same_from_a_shell(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("# Shopping\n")
    line = [sys.executable, "-m", "emulator.cli.main", "run", str(path)]
    done = subprocess.run(line, capture_output=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1 and done.stderr.startswith(b"v7m: ")


# -- what is not refused -------------------------------------------------------------------------------------------


def test_an_initial_sp_outside_ram_locks_up_and_the_report_says_why(tmp_path, capsys):
    path = tmp_path / "bad_sp.elf"
    path.write_bytes(build_elf("push {r4}; b .", handler="push {r4}; b .", stack=0x6000_0000))
    assert main(["run", str(path)]) == 3
    err = capsys.readouterr().err
    assert err.startswith("\nLockup: BusFault: main tried to write 4 bytes to 0x5ffffffc")
    assert "The vector table's initial stack pointer, 0x60000000, is not in RAM" in err


def corrupted(name: str, keep: Callable[[bytes, int], bytes]) -> bytes:
    """Return a prebuilt program with every debug section's contents damaged."""
    data = bytearray((PREBUILT / name).read_bytes())
    offset = int.from_bytes(data[32:36], "little")
    count, names = int.from_bytes(data[48:50], "little"), int.from_bytes(data[50:52], "little")
    rows = [data[offset + 40 * i : offset + 40 * i + 40] for i in range(count)]
    fields = [[int.from_bytes(row[at : at + 4], "little") for at in range(0, 40, 4)] for row in rows]
    strings = bytes(data[fields[names][4] : fields[names][4] + fields[names][5]])
    damaged = 0
    for name_at, _, _, _, start, size, *_ in fields:
        if strings[name_at : strings.index(b"\0", name_at)].startswith(b".debug_"):
            data[start : start + size] = keep(bytes(data[start : start + size]), damaged)[:size].ljust(size, b"\xff")
            damaged += 1
    assert damaged
    return bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        lambda section, index: b"\xff" * len(section),
        lambda section, index: bytes(len(section)),
        lambda section, index: section[::-1],
        lambda section, index: bytes((byte * 7 + index) & 0xFF for byte in section),
    ],
    ids=["ones", "zeroes", "reversed", "scrambled"],
)
def test_corrupt_debug_information_costs_the_lines_not_the_run(damage, tmp_path, capsys):
    path = tmp_path / "stack_isolation.elf"
    path.write_bytes(corrupted("stack_isolation.elf", damage))
    assert main(["run", str(path)]) == 3
    out, err = capsys.readouterr()
    assert "Init: writing to the stack of 0x01" in out
    assert "Traceback" not in err and "MemManage: Init (POSIX_Init), in memset, tried" in err
    assert "memset+0x" in err


def test_hostile_names_cannot_write_to_the_terminal(tmp_path, capsys):
    path = tmp_path / "a\x1b[2Jb.elf"
    path.write_bytes(b"text\n")
    line = refusal(capsys, "run", str(path))
    assert "\x1b" not in line


def test_a_raw_binary_runs_where_it_is_told_to(tmp_path, capsysbinary):
    elf = build_elf(f"{PRINT}; {exit_with(0)}", text=b"hello\n\0")
    path = tmp_path / "raw.bin"
    path.write_bytes(elf[elf.index((0x2000_8000).to_bytes(4, "little")) :][:0x407])
    assert main(["run", str(path), "--load-address", "0"]) == 0
    assert capsysbinary.readouterr().out == b"hello\n"


@pytest.mark.parametrize(
    ("core", "boards"), [("cortex-m3", "stm32f103, stm32f103xe"), ("cortex-m4", "stm32f303, stm32f407")]
)
def test_what_fits_no_memory_of_its_board_is_told_the_boards_that_it_fits(core, boards, tmp_path, capsys):
    source, elf = tmp_path / "part.c", tmp_path / "part.elf"
    source.write_text(
        "void Reset_Handler(void) { for (;;); }\n"
        'void *const vectors[] __attribute__((section(".vectors"), used)) = {(void *)0x20002000, Reset_Handler};\n'
    )
    options = [f"-mcpu={core}", "-mthumb", "-nostdlib", "-Wl,-eReset_Handler", "-o", str(elf)]
    options += ["-Wl,--section-start=.vectors=0x08000000", "-Ttext=0x08000100"]
    subprocess.run(["arm-none-eabi-gcc", *options, str(source)], check=True)
    line = refusal(capsys, "run", str(elf))
    assert f"or choose another with --board. It fits {boards}" in line
