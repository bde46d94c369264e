"""v7m compare against QEMU itself: programs that agree, a difference that is made on purpose, and the command."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.arm_gcc import MACHINES, build, build_bare
from support.conformance import KIT
from support.newlib_programs import Build, built
from support.small_programs import write_elf
from support.tools import require_tool

from emulator.board.board_file import load_board
from emulator.cli.main import main
from emulator.cli.progress import Progress
from emulator.compare.comparison import compare
from emulator.compare.report import Comparison, render_json, render_text
from emulator.image.image import Image, Segment
from emulator.image.loader import load_images

HERE = Path(__file__).parent
PREBUILT = HERE.parents[1] / "firmware" / "prebuilt"
STEPS = 3000

NEWLIB = [
    Build("floating", "m4f", "-O2"),
    Build("division", "m3", "-Os"),
    Build("varargs", "m4f", "-O0"),
    Build("structures", "m3", "-O2"),
]
ROWS = [
    ("row01_itstate", "m4f"),
    ("row14_lazy_faults", "m4f"),
    ("row16_nested_return", "m4f"),
    ("row18_chaining", "m3"),
    ("row24_sleep", "m4f"),
    ("row12_lockup_nmi", "m4f"),
]
KNOWN_TO_DIFFER = [
    ("row14_stacking_faults", "K-22"),
    ("row15_stack_alignment", "K-21"),
    ("row20_straddle", "K-23"),
    ("row24_sleep", "K-08"),
]
"""Programs of the checklist that meet a known difference, and which."""


def compared(elf: Path, machine: str = "mps2-an386", **options) -> Comparison:
    require_tool("qemu-system-arm")
    images = options.pop("images", None) or load_images([elf])
    return compare(load_board(machine), images, count=options.pop("count", STEPS), **options)


def quiet(elf: Path) -> Image:
    """Return the program with a print() that returns at once: what is of interest is not how it prints."""
    image = load_images([elf])[0]
    return replaced(image, image.symbols.by_name["print"].address & ~1, BX_LR)


def assert_equal(comparison: Comparison) -> None:
    assert comparison.result.difference is None, render_text(comparison)


@pytest.mark.parametrize("program", NEWLIB, ids=str)
def test_compiled_programs_run_as_on_qemu(program: Build) -> None:
    comparison = compared(built(program), MACHINES[program.core])
    assert_equal(comparison)
    assert comparison.result.steps == STEPS


@pytest.mark.parametrize(("name", "core"), ROWS)
def test_programs_of_the_checklist_run_as_on_qemu(name: str, core: str) -> None:
    elf = build_bare([KIT / "programs" / f"{name}.c"], core)
    assert_equal(compared(elf, MACHINES[core], images=[quiet(elf)]))


@pytest.mark.parametrize(("name", "entry"), KNOWN_TO_DIFFER)
def test_a_known_difference_is_counted_by_its_own_entry_and_nothing_else_differs(name: str, entry: str) -> None:
    elf = KIT / "elf" / f"{name}-m4f.elf"
    comparison = compared(elf, count=5_000, images=[quiet(elf)])
    assert comparison.result.end != "the number of steps is reached"
    assert not comparison.result.differs, render_text(comparison)
    assert comparison.result.known[entry]


def test_a_program_with_its_own_mpu_code_runs_as_on_qemu_to_its_end() -> None:
    comparison = compared(PREBUILT / "bare_mpu.elf")
    assert_equal(comparison)
    assert comparison.result.end == "the program ended with code 0"
    assert comparison.result.exceptions == {4: 3}


def threads(core: str = "m4f") -> Path:
    return build_bare([HERE / "compare" / "threads.c"], core)


def test_threads_with_fp_svc_systick_and_pendsv_run_as_on_qemu_to_their_end() -> None:
    comparison = compared(threads(), count=20_000)
    assert_equal(comparison)
    assert comparison.result.end == "the program ended with code 0"
    taken = comparison.result.exceptions
    assert (taken[15], taken[14]) == (12, 12)
    assert taken[11] > 5
    assert comparison.result.known["K-02"] == 12


def test_a_program_for_the_stellaris_board_runs_as_on_qemu() -> None:
    devices = HERE / "devices"
    elf = build_bare([devices / "lm3s.c"], "m3", layout="lm3s.ld", flags=[f"-I{devices}"])
    assert_equal(compared(elf, "lm3s6965evb"))


def test_a_cortex_m7_runs_as_on_qemu() -> None:
    elf = build([HERE / "programs" / "start.S", HERE / "programs" / "hashes.c"], "m7", "-O2", flags=newlib_flags())
    assert_equal(compared(elf, "mps2-an500", count=1500))


def newlib_flags() -> list[str]:
    return ["--specs=nano.specs", "--specs=rdimon.specs", f"-T{HERE / 'programs' / 'newlib.ld'}", "-lm"]


# -- a difference that is made on purpose ------------------------------------------------------------------------------


def replaced(image: Image, address: int, new: bytes, old: bytes | None = None) -> Image:
    """Return ``image`` with other code at ``address``, where there is ``old``."""
    segments = []
    for segment in image.segments:
        data, offset = bytearray(segment.data), address - segment.address
        if 0 <= offset < len(data):
            assert old is None or data[offset : offset + len(old)] == old
            data[offset : offset + len(new)] = new
        segments.append(Segment(segment.address, bytes(data), segment.memory_size))
    return Image(image.name, segments, image.symbols)


SOURCE = """
int values[4];
#define UNUSED __attribute__((unused))
__attribute__((naked, noinline)) int sum(int a UNUSED, int b UNUSED)
{
    __asm volatile("adds r0, r0, r1\\n\\tbx lr");
}
int main(void)
{
    for (int i = 0; i < 4; i++)
        values[i] = sum(i, 3);
    return 0;
}
"""
ADDS, SUBS, BX_LR = b"\x40\x18", b"\x40\x1a", b"\x70\x47"


def different(new: bytes = SUBS) -> Comparison:
    """Compare a program with itself, but for the instruction of sum(), which is ``new`` on QEMU."""
    elf = build_bare([], generated={"sum.c": SOURCE})
    image = load_images([elf])[0]
    address = image.symbols.by_name["sum"].address
    return compared(elf, images=[image], qemu_images=[replaced(image, address, new, ADDS)])


def test_one_changed_instruction_is_found_and_shown() -> None:
    comparison = different()
    difference = comparison.result.difference
    assert difference is not None
    assert difference.moment.pc == comparison.machine.image.symbols.by_name["sum"].address
    assert {row.name for row in difference.rows} == {"r0", "xPSR"}
    text = render_text(comparison)
    assert "differs from QEMU at step" in text.splitlines()[0]
    shown = next(line for line in text.splitlines() if line.startswith("  -> "))
    assert "adds r0, r0, r1" in shown
    assert "sum (" in shown
    assert "sum.c:6)" in shown
    assert "r0        0x00000003  0xfffffffd  0x00000000" in text


def test_the_json_of_a_difference_holds_what_the_text_shows() -> None:
    comparison = different()
    found = json.loads(render_json(comparison, 1))
    assert found["difference"]["kind"] == "registers"
    assert {"name": "r0", "here": "0x00000003", "qemu": "0xfffffffd"} in found["difference"]["values"]
    assert [line["text"] for line in found["difference"]["code"] if line["last"]] == ["adds r0, r0, r1"]


def test_two_comparisons_give_the_same_bytes() -> None:
    assert render_json(different(), 1) == render_json(different(), 1)


def test_a_lockup_on_one_side_only_is_a_difference() -> None:
    difference = different(b"\xff\xde").result.difference
    assert difference is not None
    assert "HardFault" in difference.words


# -- the command -----------------------------------------------------------------------------------------------------


def test_the_command_says_that_there_is_no_difference(capsys: pytest.CaptureFixture[str]) -> None:
    require_tool("qemu-system-arm")
    assert main(["compare", str(PREBUILT / "bare_mpu.elf")]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("bare_mpu.elf on mps2-an386: no difference from QEMU in ")
    assert err == ""


def test_the_command_begins_to_report_where_it_is_told_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(threads()), "--start", "main", "--count", "50", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 50


def test_a_comparison_tells_how_far_it_is_each_thousand_steps() -> None:
    told: list[int] = []
    assert compared(threads(), count=2_500, on_progress=told.append).result.steps == 2_500
    assert told == [1_000, 2_000]


def test_the_command_shows_how_much_is_done_of_how_much_and_takes_the_line_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal; a host second passes at each look at the clock."""
    seconds = iter(range(100))
    monkeypatch.setattr(
        "emulator.cli.compare.Progress", lambda **given: Progress(lambda: float(next(seconds)), True, **given)
    )
    assert main(["compare", str(threads()), "--count", "3500"]) == 0
    assert capsys.readouterr().err.split("\r\x1b[K") == [
        "",
        "2,000 of 3,500 steps (57 %), 1,000 a second (Ctrl-C ends the run)",
        "3,000 of 3,500 steps (85 %), 1,000 a second (Ctrl-C ends the run)",
        "",
    ]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--qemu", "/nowhere/qemu"], "v7m: /nowhere/qemu is not installed. Install it (Debian: apt install qemu-sys"),
        (["--qemu", str(HERE)], "v7m: .* cannot be started: Permission denied"),
        (["--start", "nobody"], "v7m: --start 'nobody' is neither a symbol of bare_mpu.elf nor an address."),
        (["--board", "generic"], "v7m: --board: invalid choice: 'generic'"),
        (["--count", "x"], "v7m: --count: 'x' is not a number of instructions"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(PREBUILT / "bare_mpu.elf"), *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    pattern = line.split(".*")
    assert err.startswith(pattern[0])
    assert pattern[-1] in err


def test_a_program_with_a_kernel_of_ours_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(PREBUILT / "hello.elf")]) == 2
    assert capsys.readouterr().err.startswith("v7m: hello.elf was built with v7m cc: QEMU has no kernel for it.")


def test_bus_faults_that_bfhfnmign_ignores_are_a_known_difference_and_other_lockups_of_qemu_are_none(
    tmp_path: Path,
) -> None:
    set_ccr = "movw r0, #0xed14; movt r0, #0xe000; movw r1, #0x300; str r1, [r0]"
    code = f"{set_ccr}; cpsid f; movs r1, #0x60; lsls r1, r1, #24; ldr r2, [r1]; b ."
    result = compared(write_elf(tmp_path / "ignored.elf", code)).result
    assert result.difference is not None and result.difference.known == "K-24" and not result.differs
    result = compared(write_elf(tmp_path / "both.elf", code.replace("#0x300", "#0x200"))).result
    assert result.difference is None and result.known["K-12"] == 1


@pytest.mark.parametrize("inherited", [signal.SIG_DFL, signal.SIG_IGN], ids=["terminal", "background"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_an_interrupted_comparison_says_how_far_it_came_and_leaves_no_qemu_behind(
    number: int, inherited: signal.Handlers, tmp_path: Path
) -> None:
    elf, qemu = write_elf(tmp_path / "spin.elf", "l: adds r0, #1; b l"), tmp_path / "qemu"
    qemu.write_text(f'#!/bin/sh\necho $$ > {tmp_path}/pid\nexec {require_tool("qemu-system-arm")} "$@"\n')
    qemu.chmod(0o755)
    line = [sys.executable, "-m", "emulator.cli.main", "compare", str(elf), "--count", "10M", "--qemu", str(qemu)]
    with subprocess.Popen(
        line, cwd=HERE.parents[1], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, inherited),
    ) as process:  # fmt: skip
        deadline = time.monotonic() + 30
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(1)
        process.send_signal(number)
        try:
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, out) == (130, b"")
    assert re.fullmatch(rb"v7m: interrupted[^\n]*\n", err), err
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_a_signal_raised_where_it_was_dropped_ends_the_comparison_at_the_next_progress(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def compare(*arguments: Any, on_progress: Callable[[int], None], **options: Any) -> None:
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        on_progress(1000)
        raise AssertionError("it goes on")

    monkeypatch.setattr("emulator.cli.compare.compare", compare)
    assert main(["compare", str(write_elf(tmp_path / "spin.elf", "b ."))]) == 130
    assert capfd.readouterr().err.startswith("v7m: interrupted after ")
