"""The library: what docs/library.md says, results against the command's own, and machines that start again."""

from __future__ import annotations

import doctest
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from support.small_programs import exit_with

import v7m
from emulator.asm import assemble
from emulator.cli.main import main

pytestmark = pytest.mark.usefixtures("why")
ROOT = Path(__file__).parents[2]
PREBUILT = ROOT / "firmware" / "prebuilt"
PROGRAMS = ("stack_isolation", "matrix_c_read_only_share", "deadlock", "stack_sharing", "bare_mpu", "switch_storm")


def test_the_document_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = doctest.testfile(str(ROOT / "docs" / "library.md"), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert found.attempted > 20 and found.failed == 0
    found = doctest.testmod(v7m)
    assert found.attempted == 2 and found.failed == 0


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_run_is_the_commands_and_every_later_one_gives_the_same_bytes(
    name: str, tmp_path: Path, capfdbinary: Any
) -> None:
    elf, trace, report = PREBUILT / f"{name}.elf", tmp_path / "trace", tmp_path / "report"
    status = main(["run", str(elf), "--trace", str(trace), "--report", "json", "--report-file", str(report)])
    console = capfdbinary.readouterr().out
    with v7m.Machine(elf) as machine:
        for _ in range(3):
            result = machine.run(trace=True, why=True)
            assert (result.exit_status, result.console_bytes) == (status, console)
            assert result.trace_text == trace.read_text()
            if result.outcome != "success":
                assert json.loads(result.json) == json.loads(report.read_text())
    assert v7m.run(elf, trace=True).trace_text == trace.read_text()


def test_a_program_behind_a_boot_loader_starts_at_its_own_vector_table(tmp_path: Path) -> None:
    """VTOR is what the boot loader would have put there."""
    code = assemble(f"movw r0, #0xed08; movt r0, #0xe000; ldr r4, [r0]; {exit_with(3)}", 0x8100)
    path = tmp_path / "application.bin"
    path.write_bytes(struct.pack("<II", 0x2000_1000, 0x8101).ljust(0x100, b"\0") + code)
    with v7m.Machine(path, load_address=[0x8000], vector_table=0x8000) as machine:
        result = machine.run(trace=True)
        assert (result.exit_code, machine.registers.r[4]) == (3, 0x8000)
    assert '"vector_table":32768' in result.trace_text
    for wrong in (0x8001, 0x5000_0000):
        with pytest.raises(v7m.ConfigError, match="--vector-table"):
            v7m.run(path, load_address=[0x8000], vector_table=wrong)
    with pytest.raises(v7m.ImageError, match="--vector-table 0x00008000"):
        v7m.run(path, load_address=[0x8000])


def test_a_machine_that_was_stepped_and_written_to_starts_as_if_nothing_had_happened() -> None:
    with v7m.Machine(PREBUILT / "stack_sharing.elf") as machine:
        fresh = v7m.run(PREBUILT / "stack_sharing.elf", trace=True)
        machine.write(machine.address("ready"), b"\xff" * 8)
        for _ in range(50):
            assert machine.step() is None
        machine.go_on(5000)
        assert machine.run(trace=True).trace_text == fresh.trace_text


def test_input_is_given_anew_to_each_run(tmp_path: Path) -> None:
    from emulator.harness.case_runs import compile_sources

    source = tmp_path / "echo.c"
    source.write_text(
        "#include <stdio.h>\n#include <stdlib.h>\n#include <rtems.h>\n"
        "rtems_task Init(rtems_task_argument a)\n{\n  char line[40];\n  (void) a;\n"
        '  if (fgets(line, sizeof line, stdin)) printf("got %s", line);\n  exit(0);\n}\n'
        "#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER\n#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER\n"
        "#define CONFIGURE_MAXIMUM_TASKS 1\n#define CONFIGURE_RTEMS_INIT_TASKS_TABLE\n#define CONFIGURE_INIT\n"
        "#include <rtems/confdefs.h>\n"
    )
    compile_sources(["echo.c"], (), tmp_path, tmp_path / "echo.elf")
    with v7m.Machine(tmp_path / "echo.elf") as machine:
        said = [machine.run(f"{word}\n").console for word in ("one", "two", "one")]
    assert ["got one" in said[0], "got two" in said[1]] == [True, True] and said[0] == said[2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"board": "nothing"}, "unknown board"),
        ({"colour": "red"}, "there is no option 'colour'"),
        ({"mode": "loose"}, "mode is 'strict' or 'kernel-opens', not 'loose'"),
        ({"trace": True, "trace_filter": "x"}, "is no filter"),
        ({"input_when": "never"}, "is none of"),
    ],
)
def test_a_wrong_option_is_one_line(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(v7m.ConfigError, match=words) as raised:
        v7m.run(PREBUILT / "hello.elf", **arguments)
    assert "\n" not in str(raised.value)


def test_the_budget_ends_a_run() -> None:
    assert v7m.run(PREBUILT / "hello.elf", max_instructions=1000).outcome == "budget-spent"


def test_a_machine_with_a_history_goes_back_and_starts_again() -> None:
    with v7m.Machine(PREBUILT / "share_revoked.elf", history=64 << 20) as machine:
        reason = machine.go_on()
        end, fault = machine.instructions, reason.fault
        assert machine.reverse_step() is None and machine.instructions == end - 1
        written = machine.last_write(fault.address)
        assert (written.thread, written.value, machine.instructions) == ("0x02", 1, end - 1)
        machine.set_breakpoint("user")
        assert machine.reverse_go_on().address == machine.address("user") == machine.registers.pc
        machine.clear_breakpoint("user")
        assert machine.go_on() == reason
        first = machine.run(trace=True)
        assert machine.run(trace=True).trace_text == first.trace_text
    with v7m.Machine(PREBUILT / "share_revoked.elf") as plain:
        assert plain.run(trace=True).trace_text == first.trace_text
        with pytest.raises(v7m.ConfigError, match="keeps no history"):
            plain.reverse_step()


def test_a_thread_says_what_it_waits_for_and_how_much_of_its_stack_was_used() -> None:
    result = v7m.run(PREBUILT / "deadlock.elf")
    thread = next(thread for thread in result.threads if thread.name == "0x01")
    assert thread.wait is not None
    assert (thread.wait["for"], thread.wait["taken"]["name"]) == ("semaphore second", "0x02")
    assert thread.stack_used is not None and 0 < thread.stack_used < thread.stack_size == 8192
    assert result.warnings == ()


@pytest.mark.parametrize("history", [0, 64 << 20])
@pytest.mark.parametrize("has_run", [False, True])
def test_a_closed_machine_runs_no_more_and_can_still_be_read(history: int, has_run: bool) -> None:
    machine = v7m.Machine(PREBUILT / "hello.elf", history=history)
    if has_run:
        machine.go_on()
    before = machine.instructions
    machine.close()
    machine.close()
    verbs = [machine.run, machine.go_on, machine.step, machine.reset]
    for verb in [*verbs, machine.reverse_step, machine.reverse_go_on] if history else verbs:
        with pytest.raises(v7m.ConfigError, match="This machine is closed"):
            verb()
    assert machine.instructions == before and len(machine.read(machine.registers.sp, 4)) == 4
