"""The conformance kit as others get it: a copy of its folder, its command, its runners, and what goes wrong."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.arm_gcc import build_bare
from support.conformance import KIT, Known, Outcome, judge, load_manifest
from support.tools import require_tool

V7M = f"v7m={shlex.quote(sys.executable)} -m v7m"
V7M_GDB = V7M.replace("v7m=", "v7m-gdb=")
NEVER_ENDS = '#include "console.h"\nint main(void) { print("it has begun\\n"); for (;;) ; }\n'


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The folder alone, at a path with a blank."""
    place = tmp_path / "a copy"
    shutil.copytree(KIT, place, ignore=shutil.ignore_patterns("__pycache__"))
    return place


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Start the command in isolation: no site of the user, no PYTHON variables, no folder of the caller."""
    command = [sys.executable, "-I", str(folder), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder.parent)


def kit(folder: Path, *words: str) -> tuple[int, str, str]:
    """Return the exit status, stdout and stderr of the command."""
    with start(folder, *words) as process:
        out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def refused(folder: Path, *words: str) -> str:
    """Return the one line with which the command ends with status 2."""
    status, out, err = kit(folder, *words)
    assert (status, out, err.count("\n")) == (2, "", 1), err
    return err


def cells(table: str) -> dict[int, tuple[str, list[str]]]:
    """Return the mark and the cells after the count of lines, by row, of the table for a terminal."""
    found = re.findall(r"^([* ]) +(\d+)  .*?  +\d+  (.+)$", table, re.M)
    return {int(row): (mark, re.split(r"  +", rest)) for mark, row, rest in found}


def test_a_copy_of_the_folder_judges_this_emulator_and_qemu(copy: Path, tmp_path: Path) -> None:
    require_tool("qemu-system-arm")
    words = ("--runner", V7M, "--runner", "qemu", "--rows", "12,30")
    status, out, _ = kit(copy, *words, "--consoles", str(tmp_path / "consoles"))
    assert status == 0
    assert cells(out) == {12: ("*", ["conforms", "differs: 3 x Q-12"]), 30: (" ", ["conforms", "conforms"])}
    assert "    Q-12: lockup [B1.5.15]" in out
    printed = tmp_path / "consoles" / "qemu" / "row30_division-m4f.txt"
    assert printed.read_text() == (copy / "expected" / "row30_division-m4f.txt").read_text()
    status, out, _ = kit(copy, *words, "--strict", "--json")
    assert status == 1
    result = json.loads(out)["rows"][0]["results"]
    assert [program["end"] for program in result["v7m"]["programs"]] == ["lockup"] * 3
    assert result["qemu"]["programs"][0]["mismatches"][0]["known"] == "Q-12"


def test_the_programs_are_what_their_sources_build() -> None:
    require_tool("arm-none-eabi-gcc")
    done = subprocess.run([sys.executable, "-m", "kit.build", "--check"], cwd=KIT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_gdb_and_a_stub_need_no_semihosting(copy: Path) -> None:
    require_tool("gdb-multiarch")
    require_tool("qemu-system-arm")
    words = ("--runner", "qemu-gdb", "--runner", V7M_GDB, "--rows", "11,12,20,27")
    status, out, err = kit(copy, *words)
    assert status == 0, out + err
    assert cells(out) == {
        11: (" ", ["differs: 4 x Q-05", "not run"]),
        12: (" ", ["not run", "not run"]),
        20: ("*", ["differs: 5 x Q-01", "conforms"]),
        27: ("*", ["differs: 2 x Q-34", "conforms"]),
    }
    assert "v7m-gdb, row11_bkpt-m4f: not run, the core halts at BKPT [C1.4]" in out


@pytest.fixture
def server() -> Iterator[str]:
    """A stub that is there already, and its address."""
    require_tool("gdb-multiarch")
    command = [sys.executable, "-m", "v7m", "debug", KIT / "elf" / "probe-m3.elf", "--board", "mps2-an386"]
    with subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0", "--history", "0"], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        found = re.search(r"127\.0\.0\.1:\d+", process.stderr.readline())
        assert found
        yield found[0]
        process.kill()


def test_programs_run_one_after_another_on_a_stub_that_is_there(copy: Path, tmp_path: Path, server: str) -> None:
    runners = tmp_path / "stub.toml"
    runners.write_text('[runner.board]\nlike = "stub"\nmachines = { mps2-an386 = "" }\n')
    words = ("--runners", str(runners), "--runner", f"board={server}", "--rows", "3,27")
    status, out, err = kit(copy, *words)
    assert status == 0, out + err
    assert cells(out) == {3: (" ", ["conforms, 1 of 2 not run"]), 27: (" ", ["conforms"])}
    assert "row03_cpacr-m3: not run, no board mps2-an385" in out


def test_a_program_that_does_not_end_is_interrupted_and_shows_how_far_it_came(copy: Path) -> None:
    require_tool("gdb-multiarch")
    require_tool("qemu-system-arm")
    shutil.copyfile(build_bare([], generated={"main.c": NEVER_ENDS}), copy / "elf" / "row30_division-m4f.elf")
    status, out, _ = kit(copy, "--runner", "qemu-gdb", "--runner", "qemu", "--rows", "30", "--slow", "0.1", "--json")
    assert status == 1
    for name in ("qemu-gdb", "qemu"):
        [program] = json.loads(out)["rows"][0]["results"][name]["programs"]
        assert program["lines"] == ["it has begun"]
        assert program["end"] == "no end within 2 s"


def answers(other: str) -> str:
    """Return a runner's command that answers the probe as a good one and does ``other`` for programs."""
    script = f'case "$1" in *probe*) echo the probe has run;; *) {other};; esac'
    return f"mine=sh -c {shlex.quote(script)} sh {{elf}}"


def test_missing_and_additional_lines_and_another_end_are_differences(copy: Path) -> None:
    text = (copy / "expected" / "row30_division-m4f.txt").read_text().splitlines()
    status, out, _ = kit(copy, "--runner", answers(f"echo {shlex.quote(text[0])}; exit 3"), "--rows", "30")
    assert (status, cells(out)[30]) == (1, (" ", [f"differs: {len(text)} unexplained"]))
    assert "    the end: expected  exit 0\n             found     exit 3\n" in out
    longer = answers(f"cat {shlex.quote(str(copy / 'expected' / 'row30_division-m4f.txt'))}; echo more")
    status, out, _ = kit(copy, "--runner", longer, "--rows", "30")
    assert (status, cells(out)[30]) == (1, (" ", ["differs: 1 unexplained"]))
    assert f"    line {len(text) + 1}: expected  (no line)\n" in out


def test_a_known_difference_counts_for_its_own_row_line_and_words_only() -> None:
    row = load_manifest().rows[29]
    [program] = row.programs
    lines = program.expected()
    known = Known(lines={(30, lines[1], "other"): "X-1", (29, lines[2], "other"): "X-2"})
    seen = Outcome((lines[0], "other", "other", *lines[3:]), "exit 0")
    mismatches = judge(row, program, seen, known).mismatches
    assert [(m.line, m.found, m.known) for m in mismatches] == [(2, "other", "X-1"), (3, "other", "")]


@pytest.mark.parametrize(("name", "identifier"), [("", "X-1"), ("row30_division-m4f", "X-1"), ("probe-m3", "")])
def test_a_known_end_is_of_any_program_or_of_one(name: str, identifier: str) -> None:
    row = load_manifest().rows[29]
    [program] = row.programs
    known = Known(ends={(name, "exit 0", "exit 7"): "X-1"})
    seen = Outcome(tuple(program.expected()), "exit 7")
    assert [(m.line, m.known) for m in judge(row, program, seen, known).mismatches] == [(0, identifier)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "--runner is missing"),
        (("--runner", "other"), "There is no runner other"),
        (("--runner", "other=emulator"), "needs {elf}"),
        (("--runner", "mine=no-such-emulator {elf}"), "no-such-emulator cannot be started: No such file"),
        (("--runner", "v7m=no-such-v7m"), "no-such-v7m cannot be started: No such file"),
        (("--runner", "mine=true {elf}"), "does not run programs: probe-m3 printed nothing, exit 0"),
        (
            ("--runner", "mine=sh -c 'echo the probe has run; exit 7' {elf}"),
            "does not run programs: probe-m3 printed 'the probe has run', exit 7",
        ),
        (("--runner", "mine=yes {elf}"), "more than 1,048,576 bytes printed"),
        (("--runner", "mine=sh -c 'sleep 100' {elf}", "--slow", "0.02"), "printed nothing, no end within 0.4 s"),
        (("--runner", "stub=127.0.0.1:1"), "GDB cannot connect to 127.0.0.1:1: Connection refused."),
        (("--runner", "qemu", "--rows", "0"), "there is no row 0; they are 1 to "),
        (("--runner", "qemu", "--rows", "x"), "'x' is no row"),
        (("--runner", "qemu", "--into", "/nowhere/x.md"), "it cannot be read"),
        (("--runners", "/nowhere/x.toml", "--list"), "cannot be read: No such file"),
    ],
)
def test_what_is_not_there_or_does_not_work_is_told_in_one_line(words: tuple[str, ...], message: str) -> None:
    require_tool("gdb-multiarch")
    said = refused(KIT, *words)
    assert said.startswith("conformance: ")
    assert message in said


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('section = "A7.3.3, B1.5.6"\n', "", "manifest.toml, row 1: section is missing."),
        ("number = 2\n", "number = 1\n", "there are two of row 1."),
        ('section = "A7.3.3', 'clause = "A7.3.3', "manifest.toml, row 1: there is no key 'clause'"),
        ("row01_itstate-m4f", "row99-m4f", "row99-m4f.elf is not there"),
        ('manual = "', "manual = ", "manifest.toml is no TOML: "),
        ('end = "lockup"', 'end = "boom"', 'end must be "exit 0" or "lockup", not \'boom\'.'),
    ],
)
def test_a_mistake_in_the_manifest_is_told_with_its_row_and_key(copy: Path, old: str, new: str, message: str) -> None:
    manifest = copy / "manifest.toml"
    text = manifest.read_text()
    assert old in text
    manifest.write_text(text.replace(old, new))
    assert message in refused(copy, "--runner", "mine=true {elf}")


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ('kind = "magic"', 'runner x: kind must be "command" or "gdb", not \'magic\'.'),
        ('command = ["emulator"]', "runner x: the command has no {elf}."),
        ("command = 3", "runner x: command must be a list of strings, not 3."),
        ('like = "y"', "like = 'y' is no other runner."),
        ('like = "qemu"\nends = [{ says = "(", end = "e" }]', "runner x, ends 1: says is no regular expression"),
        ('like = "qemu"\ncolour = "red"', "runner x: there is no key 'colour'"),
        ('like = "qemu"\nknown = "none.toml"', "none.toml cannot be read"),
    ],
)
def test_a_mistake_in_a_definition_is_told_with_its_key(tmp_path: Path, definition: str, message: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(f"[runner.x]\n{definition}\n")
    assert message in refused(KIT, "--runners", str(path), "--runner", "x")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_no_emulator_behind(tmp_path: Path, number: int) -> None:
    qemu = require_tool("qemu-system-arm")
    pid_file = tmp_path / "pid"
    stuck = f"stuck={qemu} -S -display none -pidfile {pid_file} -machine {{machine}} -kernel {{elf}}"
    with start(KIT, "--runner", stuck) as process:
        deadline = time.monotonic() + 60
        while not (pid_file.exists() and pid_file.read_text().strip()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        pid = int(pid_file.read_text())
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "conformance: interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_document_gets_the_table_between_its_marks(copy: Path, tmp_path: Path) -> None:
    document = tmp_path / "document.md"
    document.write_text("before\n<!-- conformance: begin -->\nold\n<!-- conformance: end -->\nafter\n")
    assert kit(copy, "--runner", answers("exit 0"), "--rows", "30", "--into", str(document))[0] == 1
    text = document.read_text()
    assert text.startswith("before\n<!-- conformance: begin -->\n\n| Row | ")
    assert text.endswith("\n\n<!-- conformance: end -->\nafter\n")
    assert "old" not in text
    assert "| 30 | Division by zero and DIV_0_TRP | A7.7.127, B3.2.8 | 13 | differs: 13 unexplained |" in text
