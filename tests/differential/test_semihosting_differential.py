"""Semihosting on QEMU and here: every request, and programs of two C libraries."""

from __future__ import annotations

import functools
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from support.arm_gcc import build, build_bare
from support.tools import missing, require_tool

from emulator.board.board_file import load_board
from emulator.image.loader import load_images
from emulator.machine.build import build_machine, connect_semihosting
from emulator.machine.stop import Exited
from emulator.semihosting.semihosting_files import RootDirectory

SOURCES = Path(__file__).parent / "semihosting"
PROGRAMS = Path(__file__).parent / "programs"
BOARD = "mps2-an386"
INPUT = b"first\nsecond\nend\n"
ARGUMENTS = "one two"

DIFFERENCES = {
    "istty: 00000001": "the console is a terminal here, whatever the command's output is connected to",
    "errno 9": "SYS_READ and SYS_WRITE set the error that the specification wants; QEMU leaves the last one",
    "errno 14": "the same",
    "errno 91": "ENAMETOOLONG as newlib numbers it; QEMU gives Linux's number",
    "directory": "a directory cannot be opened",
    "system": "no host commands",
    "flen: 0000000e": "mode `a` begins at the end of the file, which grows; QEMU overwrites its start",
}
"""Which lines of the request program differ on purpose, by what they contain here, and why."""


class Output(NamedTuple):
    """What a program wrote to its standard output and error, and its exit code."""

    stdout: bytes
    stderr: bytes
    code: int | None


def here(elf: Path, root: Path | None) -> Output:
    """Run here, with ``root`` for files."""
    board = load_board(BOARD)
    machine = build_machine(board, load_images([elf]))
    sent: dict[str, bytearray] = defaultdict(bytearray)
    pending = iter(INPUT)
    machine.on_console = lambda channel, data: sent[channel].extend(data)
    machine.read_input = lambda channel: next(pending, None) if channel == "stdin" else None
    directory = None if root is None else RootDirectory(root)
    semihosting = connect_semihosting(machine, board, ARGUMENTS, directory)
    reason = machine.run(50_000_000)
    semihosting.reset()
    if directory is not None:
        directory.close()
    return Output(bytes(sent["stdout"]), bytes(sent["stderr"]), reason.code if isinstance(reason, Exited) else None)


def on_qemu(elf: Path, root: Path) -> Output:
    """Run on QEMU in the directory ``root``. SYS_WRITE0 goes to its stderr, so that has QEMU's own words too."""
    command = [require_tool("qemu-system-arm"), "-machine", BOARD, "-nodefaults", "-nic", "none", "-display", "none"]
    command += ["-semihosting-config", "enable=on,target=native", "-append", ARGUMENTS, "-kernel", str(elf)]
    done = subprocess.run(command, input=INPUT, capture_output=True, timeout=60, check=False, cwd=root)
    words = [line for line in done.stderr.splitlines(keepends=True) if not line.startswith(b"qemu-system-arm: warning")]
    return Output(done.stdout, b"".join(words), done.returncode)


@functools.cache
def newlib_program() -> Path:
    sources, script = [PROGRAMS / "start.S", SOURCES / "stdio.c"], PROGRAMS / "newlib.ld"
    return build(sources, "m4f", flags=["-DREADS_INPUT", "--specs=rdimon.specs", f"-T{script}"])


@functools.cache
def picolibc_program(reads_input: bool) -> Path:
    if not list(Path("/usr/lib/picolibc").glob("*/picolibc.specs")) and not picolibc_is_found():
        missing("picolibc is not installed")
    flags = ["--specs=picolibc.specs", "--oslib=semihost", f"-T{SOURCES / 'mps2.ld'}"]
    return build([SOURCES / "stdio.c"], "m3", flags=[*flags, *(["-DREADS_INPUT"] if reads_input else [])])


def picolibc_is_found() -> bool:
    command = [require_tool("arm-none-eabi-gcc"), "-print-file-name=picolibc.specs"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() != "picolibc.specs"


def lines_of(output: Output) -> list[str]:
    return (output.stdout + output.stderr).decode().splitlines()


def test_every_request_returns_what_qemu_returns(tmp_path: Path) -> None:
    elf = build_bare([SOURCES / "requests.c"])
    for name in ("here", "qemu"):
        (tmp_path / name).mkdir()
    ours, qemus = here(elf, tmp_path / "here"), on_qemu(elf, tmp_path / "qemu")
    mine = [line for line in lines_of(ours) if line not in ("out", "error")]
    theirs = [line for line in lines_of(qemus) if line not in ("out", "error")]
    assert len(mine) == len(theirs) > 50
    explained = set()
    for line, qemus_line in zip(mine, theirs, strict=True):
        words, _, error = line.partition(" errno ")
        same_but_errno = words == qemus_line.partition(" errno ")[0]
        if line == qemus_line:
            continue
        reasons = [key for key in DIFFERENCES if (key in line if not same_but_errno else key == f"errno {error}")]
        # An error number stays until the next failure, so a difference in it shows on the lines after it, too.
        assert reasons or same_but_errno, f"{line!r} is not {qemus_line!r}"
        explained.update(reasons)
    assert explained == set(DIFFERENCES), "an entry that explains nothing"
    assert ours.code == qemus.code == 9
    assert list((tmp_path / "here").iterdir()) == []


def test_newlib_does_what_it_does_on_qemu(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "qemu").mkdir()
    ours, qemus = here(newlib_program(), tmp_path / "here"), on_qemu(newlib_program(), tmp_path / "qemu")
    assert ours == qemus
    assert ours.code == 42
    assert list((tmp_path / "here").iterdir()) == []


def test_picolibc_does_what_it_does_on_qemu(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "qemu").mkdir()
    program = picolibc_program(reads_input=False)
    ours, qemus = here(program, tmp_path / "here"), on_qemu(program, tmp_path / "qemu")
    # picolibc sends everything by SYS_WRITEC, which QEMU writes to its stderr.
    assert ours.stdout + ours.stderr == qemus.stdout + qemus.stderr
    assert ours.code == qemus.code == 42


def test_picolibc_reads_its_input(tmp_path: Path) -> None:
    lines = lines_of(here(picolibc_program(reads_input=True), tmp_path))
    assert [line for line in lines if line.startswith("in:")] == ["in: first", "in: second", "in: end"]


def test_files_in_memory_are_like_those_of_a_directory(tmp_path: Path) -> None:
    for elf in (build_bare([SOURCES / "requests.c"]), newlib_program(), picolibc_program(reads_input=False)):
        assert here(elf, None) == here(elf, tmp_path)
