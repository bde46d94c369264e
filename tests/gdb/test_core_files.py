"""Core files as the real gdb-multiarch reads them: every thread, every frame, floats, the fault registers."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from support.arm_gcc import build_bare
from support.gdb import PREBUILT, QUIET, ROOT, TIMEOUT, between, calls, mark
from support.tools import require_tool

from emulator.cli.main import main

PROGRAMS = Path(__file__).parent / "programs"
IN_MAIN, ON_PSP, IN_HANDLERS, ABOVE_PSP, LOCKS_UP = range(5)


def core_of(elf: Path, folder: Path, status: int = 3) -> Path:
    """Run ``elf``, which must end with ``status``, and return its core file."""
    core = folder / "core"
    assert main(["run", str(elf), "--core", str(core), "--report-file", str(folder / "report")]) == status
    return core


DATES = "warning: Source file is more recent than executable."
"""What GDB says of a checkout that wrote the sources a second after the programs: no word about a core."""


def look(elf: Path, core: Path, *commands: str) -> str:
    """Let GDB do ``commands`` on a core file; return all it printed."""
    words = [require_tool("gdb-multiarch"), "-batch", *QUIET, str(elf), "-c", str(core)]
    done = subprocess.run(
        [*words, *(word for command in commands for word in ("-ex", command))],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT, cwd=ROOT, check=False,
    )  # fmt: skip
    warnings = done.stdout.replace(DATES, "")
    assert "warning" not in warnings.lower(), done.stdout
    return done.stdout


def faulting(where: int) -> Path:
    return build_bare([PROGRAMS / "faults.c"], "m4f", "-O2", flags=[f"-DWHERE={where}"])


def threads(text: str) -> dict[int, str]:
    """Return the first function of each thread of ``info threads``, the selected one first."""
    found = re.findall(r"^([* ]) \d+ +(?:LWP|process) (\d+) +(?:0x\w+ in )?(\w+)", text, re.M)
    return {int(number): function for _, number, function in sorted(found, key=lambda row: row[0] != "*")}


SEES = ("info threads", mark("a"), "bt", mark("b"), "x/i $pc", "p $s20", "p/x *(unsigned *) 0xe000ed28", mark("c"))


@pytest.mark.parametrize(
    ("where", "numbers", "stack"),
    [
        (IN_MAIN, [1, 3], ["load", "faults", "main"]),
        (ON_PSP, [1, 3], ["load", "faults", "main"]),
        (
            IN_HANDLERS,
            [17, 16, 1, 3],
            ["load", "faults", "IRQ1_Handler", "<signal>", "interrupted_again", "IRQ0_Handler", "<signal>",
             "with_floats", "main"],
        ),
        (LOCKS_UP, [1, 3], ["load", "faults", "main"]),
    ],
)  # fmt: skip
def test_a_bare_program_is_seen_as_the_fault_found_it(tmp_path, where, numbers, stack):
    elf = faulting(where)
    text = look(elf, core_of(elf, tmp_path), *SEES)
    assert list(threads(text.partition("<a>")[0])) == numbers
    assert calls(between(text, "a", "b")) == stack
    seen = between(text, "b", "c")
    assert "ldr\tr0, [r0" in seen
    assert "= 1.25" in seen, "and not what HardFault's handler makes of s20"
    assert "= 0x8200" in seen
    assert "SIGBUS" in text


def test_floats_of_frames_that_were_saved_lazily_and_at_once(tmp_path):
    elf = faulting(IN_HANDLERS)
    text = look(
        elf, core_of(elf, tmp_path), "frame function interrupted_again", "p x", "frame function with_floats", "p b"
    )
    assert "= 3.5" in text and "= 4" in text


def test_what_a_handler_interrupted_on_psp_is_a_thread_of_its_own(tmp_path):
    """GDB has no PSP in a core file, so the handler's own backtrace cannot lead there."""
    elf = faulting(ABOVE_PSP)
    text = look(elf, core_of(elf, tmp_path), "info threads", mark("a"), "bt", mark("b"), "thread 2", "bt", mark("c"))
    assert list(threads(text.partition("<a>")[0])) == [16, 1, 3]
    assert calls(between(text, "a", "b"))[:3] == ["load", "faults", "<signal>"]
    assert calls(between(text, "b", "c"))[-2:] == ["interrupted_on_psp", "main"]


def test_the_threads_of_rtems_have_their_own_registers_and_floats(tmp_path):
    elf = tmp_path / "float_threads.elf"
    assert main(["cc", "-g", "-O1", str(PROGRAMS / "float_threads.c"), "-o", str(elf)]) == 0
    core = core_of(elf, tmp_path)
    count = len(threads(look(elf, core, "info threads")))
    commands = [word for n in range(1, count + 1) for word in (mark(f"t{n}"), f"thread {n}", "p $s20", "bt")]
    text = look(elf, core, *commands, mark(f"t{count + 1}"))
    parts = [between(text, f"t{n}", f"t{n + 1}") for n in range(1, count + 1)]
    values = [(re.search(r"^\$\d+ = (\S+)$", part, re.M) or ["", "none"])[1] for part in parts]
    assert values[0] == "4.5" and "POSIX_Init" in calls(parts[0])
    waiting = {value for value, part in zip(values, parts, strict=True) if "waits" in calls(part)}
    assert waiting == {"2.5", "3.5"}
    assert "<unavailable>" in values, "IDLE has no floats of its own"


def test_the_thread_that_was_refused_is_selected(tmp_path):
    elf = PREBUILT / "stack_isolation.elf"
    text = look(elf, core_of(elf, tmp_path), "info threads", mark("a"), "bt", mark("b"), "x/i $pc")
    assert list(threads(text.partition("<a>")[0])) == [1001, 4, 1000]
    assert calls(between(text, "a", "b")) == [
        "memset",
        "POSIX_Init",
        "rtems_shim_run_thread",
        "rtems_shim_thread_begin",
    ]
    assert "str\tr5, [r2" in text and "SIGSEGV" in text


def test_a_deadlock_shows_who_waits(tmp_path):
    elf = PREBUILT / "deadlock.elf"
    text = look(elf, core_of(elf, tmp_path, 4), "info threads", mark("a"), "thread apply all bt")
    assert list(threads(text.partition("<a>")[0])) == [1001, 1002, 1003, 1000, 14]
    assert {"join", "forwards", "backwards"} <= set(calls(text.partition("<a>")[2])) and "SIGABRT" in text


def test_a_success_has_a_core_too(tmp_path):
    elf = PREBUILT / "hello.elf"
    assert 1001 in threads(look(elf, core_of(elf, tmp_path, 0), "info threads"))
