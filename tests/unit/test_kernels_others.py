"""RTEMS, Zephyr, ThreadX and RTX5 inside an image, on kernels of our own that have their structures and names.

What is expected is typed by hand from the programs in tests/kernels; addresses come from the symbol table. In each of
them sensor runs and idle is ready, the others wait; of the others each has its own reason.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.arm_gcc import MACHINES, build_bare

import v7m
from emulator.cli.main import main
from emulator.harness.machine import Machine
from emulator.kernels.kernel import GuestKernel, KernelThread, Stack

FOLDER = Path(__file__).parents[1] / "kernels"
THREADX = {
    "sensor": ("is executing", 10),
    "logger": ("waits for queue samples", 11),
    "sleeper": ("sleeps", 12),
    "0x": ("waits for mutex lock", 13),
    "counter": ("waits for semaphore unnamed", 14),
    "done": ("has ended", 15),
}
RTX5 = {
    "sensor": ("is executing", 24),
    "logger": ("waits for message queue samples", 32),
    "sleeper": ("sleeps", 24),
    "wanter": ("waits for mutex lock", -1),
    "second": ("waits for message queue samples", 8),
    "idle": ("is ready", 1),
}
ZEPHYR = {
    "sensor": ("is executing", 5),
    "logger": ("waits for samples", -2),
    "sleeper": ("is suspended, or sleeps", 7),
    "wanter": ("waits for mutex lock", 0),
    "later": ("has ended", 1),
    "idle": ("is ready", 15),
}
ZEPHYR_BY_TABLE = ZEPHYR | {"logger": ("waits", -2), "wanter": ("waits", 0)}
RTEMS = {
    "SEN": ("is executing", 5),
    "logger": ("waits for a message 0x1a010007", 3),
    "0x0b010001": ("sleeps", 100),
    "wanter": ("waits for a mutex lock", 101),
    "HALT": ("is suspended", 9),
    "IDLE": ("is ready", 255),
}
PROGRAMS = {
    "threadx": ("threadx", "m3", (), "ThreadX", THREADX),
    "threadx, another layout": ("threadx", "m3", ("-DEXTENSION=3",), "ThreadX", THREADX),
    "threadx with fp, no debug information": ("threadx", "m4f", ("-g0", "-DEXTENSION=5"), "ThreadX", THREADX),
    "rtx5, no debug information": ("rtx5", "m3", ("-g0", "-DUP_TO_5_4"), "RTX5", RTX5),
    "rtx5 with fp": ("rtx5", "m4f", (), "RTX5", RTX5),
    "zephyr": ("zephyr", "m3", (), "Zephyr", ZEPHYR),
    "zephyr with fp, another layout": ("zephyr", "m4f", ("-DPENDED_LATER",), "Zephyr", ZEPHYR),
    "zephyr without a list of its threads": ("zephyr", "m3", ("-DNO_MONITOR",), "Zephyr", ZEPHYR),
    "zephyr by its table": ("zephyr", "m4f", ("-g0", "-DTABLE", "-DPENDED_LATER"), "Zephyr", ZEPHYR_BY_TABLE),
    "zephyr by its table without fp": ("zephyr", "m3", ("-g0", "-DTABLE"), "Zephyr", ZEPHYR_BY_TABLE),
    "rtems": ("rtems", "m3", (), "RTEMS", RTEMS),
    "rtems with fp, another layout": ("rtems", "m4f", ("-DSHIFT=5",), "RTEMS", RTEMS),
}


def built(name: str) -> Path:
    source, core, flags, _, _ = PROGRAMS[name]
    return build_bare([FOLDER / f"{source}.c"], core, flags=[f"-I{FOLDER}", *flags])


@contextmanager
def run_to_the_end(name: str) -> Iterator[tuple[Machine, GuestKernel]]:
    """Run until every thread but sensor and idle has blocked, and sensor runs again."""
    with Machine(built(name), board=MACHINES[PROGRAMS[name][1]]) as machine:
        machine.go_on(20_000)
        machine.set_breakpoint(machine.address("choose" if "rtems" not in name else "_Thread_Do_dispatch") & ~1)
        kernel = machine._session.guest.kernel
        assert kernel is not None
        for _ in range(8):
            machine.go_on(5_000)
            if next(one for one in kernel.threads() if one.id == kernel.running()).name[:3].upper() == "SEN":
                break
        yield machine, kernel


def by_name(kernel: GuestKernel) -> dict[str, KernelThread]:
    return {("0x" if one.name.startswith("0x2") else one.name): one for one in kernel.threads()}


@pytest.mark.parametrize("name", PROGRAMS)
def test_threads_have_their_names_states_and_priorities(name):
    with run_to_the_end(name) as (_, kernel):
        threads = by_name(kernel)
        assert kernel.name == PROGRAMS[name][3]
        assert {key: (one.state, one.priority) for key, one in threads.items()} == PROGRAMS[name][4]
        is_idle = [one.name for one in kernel.threads() if one.is_idle]
        assert is_idle == [key for key in threads if key.upper() == "IDLE"]
        owners = {key: one.owner for key, one in threads.items() if one.owner is not None}
        sensor = next(one for one in threads.values() if one.state == "is executing")
        assert set(owners.values()) <= {sensor.id}
        assert len(owners) == (0 if "table" in name else 1)


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_thread_has_its_stack(name):
    with run_to_the_end(name) as (machine, kernel):
        threads = by_name(kernel)
        if PROGRAMS[name][0] == "zephyr":
            expected = {key: machine.address(f"{key}_stack" if key != "idle" else "z_idle_stacks") for key in threads}
        else:
            expected = {key: machine.address("stacks") + 512 * n for n, key in enumerate(PROGRAMS[name][4])}
        assert {key: one.stack for key, one in threads.items()} == {
            key: Stack(base, 512) for key, base in expected.items()
        }


@pytest.mark.parametrize("name", PROGRAMS)
def test_contexts_are_those_that_the_switch_saved(name):
    with run_to_the_end(name) as (machine, kernel):
        threads = by_name(kernel)
        place = machine.address("_Thread_Do_dispatch" if "rtems" in name else "wait") & ~1
        for key, one in threads.items():
            if one.state == "is executing":
                assert one.registers is None
            elif not one.is_idle:
                assert 0 <= one.registers.pc - place < 96, key
                assert one.stack.holds(one.registers.sp)


FP = [name for name, program in PROGRAMS.items() if program[1] == "m4f"]


@pytest.mark.parametrize("name", FP)
def test_contexts_have_the_fp_registers(name):
    with run_to_the_end(name) as (_, kernel):
        threads = by_name(kernel)
        words = threads["0x0b010001" if "rtems" in name else "sleeper"].registers.s
        assert struct.pack("<I", words[20]) == struct.pack("<f", 2.5)
        assert struct.pack("<I", words[0]) == struct.pack("<f", 0.0 if "rtems" in name else 3.0)


def test_interrupts_have_the_stack_that_the_kernel_says():
    for name, symbol, size in (("rtems", "interrupt_stack", 256), ("zephyr", "z_interrupt_stacks", 1024)):
        with run_to_the_end(name) as (machine, kernel):
            assert kernel.interrupt_stacks() == [Stack(machine.address(symbol), size)]


# -- what is not understood --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("rtems", "looks like RTEMS 6, but debug information (-g) of _Thread_Do_dispatch is not there"),
        ("zephyr", "looks like Zephyr, but debug information (-g) or CONFIG_DEBUG_THREAD_INFO's table, or _kernel is"),
    ],
)
def test_without_debug_information_one_line_says_so_and_the_run_is_that_of_a_bare_machine(source, line):
    program = build_bare([FOLDER / f"{source}.c"], "m3", flags=[f"-I{FOLDER}", "-g0"])
    result = v7m.run(program, board="mps2-an385", max_instructions=20_000)
    bare = v7m.run(program, board="mps2-an385", max_instructions=20_000, os="none")
    assert [warning for warning in result.warnings if line in warning] == list(result.warnings)
    assert len(result.warnings) == 1
    assert result.headline == bare.headline
    assert not bare.warnings


def test_a_kernel_that_is_asked_for_and_not_there_is_named_with_what_it_is_found_by(capsys):
    program = str(built("rtems"))
    assert main(["threads", program, "--board", "mps2-an385", "--os", "threadx"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "--os threadx" in error
    assert "it has no symbol _tx_thread_current_ptr" in error


def test_the_table_of_threads_names_them_all_and_is_json_when_asked(capsys):
    arguments = ["threads", str(built("threadx")), "--board", "mps2-an385", "--max-instructions", "20k"]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["thread", "priority", "used", "/", "size", "stack", "at", "the", "end"]
    assert any(line.split()[0] == "logger" and "waits for queue samples" in line for line in lines)
    assert any(line.startswith("ThreadX, at 20,0") for line in lines)
    assert main([*arguments, "--json"]) == 0
    assert '"personality": "ThreadX"' in capsys.readouterr().out


def test_a_kernel_that_has_made_no_thread_yet_has_no_table(capsys):
    assert main(["threads", str(built("threadx")), "--board", "mps2-an385", "--max-instructions", "20"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["The kernel has no thread.", ""]


@pytest.mark.parametrize("word", [1, 0x2000_0002, 0x4000_0000, 0xE000_E000, 0xFFFF_FFFF])
def test_wild_words_in_the_kernels_data_are_survived(word):
    for name, places in {
        "threadx": ("_tx_thread_created_ptr", "_tx_thread_current_ptr", "_tx_thread_created_count"),
        "rtx5 with fp": ("osRtxInfo",),
        "zephyr": ("_kernel",),
        "rtems": ("_Per_CPU_Information", "_RTEMS_tasks_Information"),
    }.items():
        with run_to_the_end(name) as (machine, kernel):
            for place in places:
                machine.write(machine.address(place), struct.pack("<I", word) * 12)
                kernel.running()
                assert len(kernel.threads()) <= 8
