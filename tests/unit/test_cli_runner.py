"""What the command makes a run of: slices and endless loops, console, input, output files, progress, colour."""

from __future__ import annotations

import io
import os
import signal
import sys

import pytest
from support.machines import CODE, Bench, bench

from emulator.asm import assemble
from emulator.board.board_file import load_board
from emulator.cli.console import Console
from emulator.cli.interrupts import interruptible
from emulator.cli.output_file import OutputFile
from emulator.cli.progress import EVERY, FIRST_AFTER, Progress
from emulator.cli.run import _mention_files as mention_files
from emulator.cli.terminal import can_redraw, choose_paint
from emulator.errors import ConfigError
from emulator.harness.endless_loop import FIRST_SLICE, run_to_end, spins
from emulator.harness.exit_status import exit_status
from emulator.harness.guest_input import open_input
from emulator.machine.build import build_machine
from emulator.machine.stop import BudgetSpent, Exited, Interrupted, Lockup, ResetRequested, Spinning
from emulator.trace.outcome import Outcome


def loaded(code: str, **handlers: str) -> Bench:
    made = bench()
    made.machine.poke(CODE, assemble(code, CODE))
    made.machine.registers.pc = CODE
    return made


# -- endless loops -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loop", ["b .", "b.w .", "nop; b #0x100", "nop; yield; nop; b #0x100"])
def test_a_loop_that_does_nothing_is_noticed(loop):
    machine = loaded(loop).machine
    assert isinstance(run_to_end(machine, None), Spinning)


@pytest.mark.parametrize("loop", ["adds r0, #1; b #0x100", "b #0x102; nop; b #0x100", "ldr r0, [r1]; b #0x100"])
def test_a_loop_that_does_something_goes_on(loop):
    assert isinstance(run_to_end(loaded(loop).machine, 3 * FIRST_SLICE), BudgetSpent)


def test_a_loop_that_an_event_may_end_goes_on():
    machine = loaded("b .").machine
    machine.clock.call_at(2 * FIRST_SLICE, lambda: machine.exit(3))
    assert run_to_end(machine, None) == Exited(machine.clock.now, 3)


@pytest.mark.parametrize(("mask", "is_one"), [("nop", False), ("cpsid i", True)])
def test_a_loop_with_an_exception_pending_is_one_only_if_that_cannot_be_taken(mask, is_one):
    machine = loaded(f"{mask}; b .").machine
    machine.run(10)
    machine.exceptions.pend(15)
    machine.clock.call_at(1 << 40, lambda: None)
    assert spins(machine) is is_one


@pytest.mark.parametrize(("priority", "is_one"), [(0x40, False), (0x80, True), (0xC0, True)])
def test_a_loop_in_a_handler_ends_only_by_what_is_more_urgent(priority, is_one):
    machine = loaded("b .").machine
    machine.exceptions.set_priority(16, 0x80)
    machine.exceptions.set_priority(17, priority)
    machine.exceptions.set_priority(15, 0xC0)
    machine.exceptions.set_enabled(16, True)
    machine.exceptions.set_enabled(17, True)
    machine.exceptions.pend(16)
    machine.run(10)
    machine.clock.call_at(1 << 40, lambda: None)
    assert machine.registers.ipsr == 16 and spins(machine) is is_one


def test_a_watchdog_may_end_any_loop():
    machine = build_machine(load_board("mps2-an386"), [])
    machine.poke(0, bytes(4) + (CODE | 1).to_bytes(4, "little"))
    machine.poke(CODE, assemble("cpsid i; b .", CODE))
    machine.reset()
    machine.run(10)
    machine.devices["watchdog"].write(8, 4, 3)
    assert not spins(machine)
    machine.devices["watchdog"].write(8, 4, 0)
    assert spins(machine)


def test_a_fault_handler_in_a_loop_stays_there_whatever_is_scheduled():
    machine = loaded("mov r0, #0x60000000; ldr r0, [r0]").machine
    machine.clock.call_at(1 << 40, lambda: None)
    assert isinstance(run_to_end(machine, 5 * FIRST_SLICE), Spinning)
    assert machine.registers.ipsr == 3


def test_other_handlers_may_leave_a_loop_by_a_device_event():
    machine = loaded("b .").machine
    machine.exceptions.set_priority(15, 0x80)
    machine.exceptions.set_enabled(16, True)
    machine.exceptions.pend(15)
    machine.clock.call_at(1 << 20, lambda: machine.exit(0))
    assert isinstance(run_to_end(machine, None), Exited)


def test_the_budget_is_met_to_the_block_whatever_the_slices():
    counts = set()
    for budget in (FIRST_SLICE // 2, FIRST_SLICE * 3 + 17):
        machine = loaded("again: adds r0, #1; adds r0, #1; b again").machine
        run_to_end(machine, budget)
        counts.add(machine.engine.executed - budget)
    assert all(0 <= count < 3 for count in counts)


def test_a_loop_at_the_end_of_memory_is_no_trouble():
    machine = bench().machine
    machine.registers.pc = 0x2040_0000 + 0x40_0000 - 2
    machine.poke(machine.registers.pc, b"\x00\xbf")
    assert not spins(machine)


def test_ctrl_c_ends_a_run_and_the_handlers_come_back():
    machine = loaded("again: adds r0, #1; b again").machine
    before = signal.getsignal(signal.SIGINT)
    machine.clock.call_at(5_000, lambda: os.kill(os.getpid(), signal.SIGINT))
    with interruptible(machine):
        assert isinstance(run_to_end(machine, None), Interrupted)
    assert signal.getsignal(signal.SIGINT) is before


# -- exit status ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "outcome", "bare", "status"),
    [
        (Exited(0, 0), Outcome.SUCCESS, True, 0),
        (Exited(0, 7), Outcome.FAILURE, True, 7),
        (Exited(0, 7), Outcome.FAILURE, False, 1),
        (Exited(0, 256), Outcome.FAILURE, True, 1),
        (Exited(0, -1), Outcome.FAILURE, True, 255),
        (Exited(0, -1), Outcome.FAILURE, False, 1),
        (Lockup(0, ""), Outcome.LOCKUP, True, 3),
        (Spinning(0), Outcome.FAULT, True, 3),
        (Spinning(0), Outcome.ENDLESS_LOOP, True, 4),
        (BudgetSpent(0), Outcome.BUDGET_SPENT, True, 4),
        (Interrupted(0), Outcome.INTERRUPTED, True, 130),
        (Interrupted(0, terminated=signal.SIGTERM), Outcome.INTERRUPTED, True, 143),
        (Interrupted(0, terminated=signal.SIGHUP), Outcome.INTERRUPTED, True, 129),
        (ResetRequested(0, 101), Outcome.RESET, True, 4),
    ],
)
def test_each_end_has_its_exit_status(reason, outcome, bare, status):
    assert exit_status(reason, outcome, bare) == status


def test_a_reset_by_the_program_where_the_user_asked_to_stop_is_a_success_and_one_by_a_watchdog_is_not():
    assert exit_status(ResetRequested(0, 1), Outcome.RESET, True, stop_on_reset=True) == 0
    assert exit_status(ResetRequested(0, 1, "watchdog"), Outcome.RESET, True, stop_on_reset=True) == 4
    assert exit_status(ResetRequested(0, 1), Outcome.FAULT, True, stop_on_reset=True) == 3


def test_every_outcome_has_an_exit_status():
    assert all(0 <= exit_status(BudgetSpent(0), outcome, False) < 256 for outcome in Outcome)


# -- console -------------------------------------------------------------------------------------------------------


class Broken(io.BytesIO):
    """A stream whose reader went away."""

    def write(self, data: object) -> int:
        raise BrokenPipeError


def test_muted_channels_are_counted_not_shown():
    stream = io.BytesIO()
    console = Console(stream, ["uart1", "itm0"], Progress(enabled=False))
    for channel in ("uart0", "uart1", "itm0", "stdout"):
        console.write(channel, channel.encode())
    assert stream.getvalue() == b"uart0stdout"
    assert dict(console.hidden) == {"uart1": 5, "itm0": 4}


def test_a_broken_console_tells_once_and_stays_quiet():
    console = Console(Broken(), [], Progress(enabled=False))
    told: list[bool] = []
    console.on_broken = lambda: told.append(True)
    console.write("a", b"x")
    console.write("a", b"x")
    assert console.broken and told == [True]


def test_the_console_knows_whether_its_line_is_complete():
    console = Console(io.BytesIO(), [], Progress(enabled=False))
    assert console.ends_line
    console.write("a", b"no end")
    assert not console.ends_line
    console.write("a", b"\n")
    assert console.ends_line


# -- input ---------------------------------------------------------------------------------------------------------


def test_input_from_a_file_comes_byte_by_byte_and_ends(tmp_path):
    path = tmp_path / "in"
    path.write_bytes(b"ab")
    read = open_input(str(path), ["uart1"])
    assert [read("uart1"), read("uart0"), read("stdin"), read("uart0")] == [None, 97, 98, None]


def test_without_input_there_is_none():
    assert open_input(None, [])("uart0") is None


def test_input_from_a_pipe_waits_for_its_writer(monkeypatch):
    reading, writing = os.pipe()
    os.write(writing, b"x")
    os.close(writing)
    with os.fdopen(reading) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        read = open_input("-", [])
        assert [read("uart0"), read("uart0"), read("uart0")] == [120, None, None]


def test_a_terminal_is_only_looked_at_by_a_uart(monkeypatch):
    controller, terminal = os.openpty()
    with os.fdopen(terminal) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        read = open_input("-", [])
        assert read("uart0") is None
        os.write(controller, b"y\n")
        assert [read("stdin"), read("uart0")] == [121, 10]
    os.close(controller)


def test_input_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"^--input .*: No such file or directory"):
        open_input(str(tmp_path / "none"), [])


# -- output files --------------------------------------------------------------------------------------------------


def test_an_output_file_that_cannot_be_opened_is_refused_before_the_run(tmp_path):
    with pytest.raises(ConfigError, match=r"^--trace .* cannot be written: No such file or directory"):
        OutputFile(str(tmp_path / "no" / "x"), "--trace")


def test_an_input_is_not_overwritten(tmp_path):
    path = tmp_path / "a.elf"
    path.write_bytes(b"precious")
    with pytest.raises(ConfigError, match="read or written already"):
        OutputFile(str(tmp_path / "." / "a.elf"), "--trace", [str(path)])
    assert path.read_bytes() == b"precious"


def test_what_is_added_to_is_kept_until_the_sum_is_written(tmp_path):
    path = tmp_path / "sum.info"
    path.write_bytes(b"dear")
    with OutputFile(str(path), "--coverage", keeps=True) as file:
        assert path.read_bytes() == b"dear"
        file.replace(lambda data: data.decode().upper() + "EST")
    assert path.read_bytes() == b"DEAREST"


def test_a_full_disk_stops_the_run_and_is_told_at_the_end():
    told: list[bool] = []
    with pytest.raises(ConfigError, match="No space left"), OutputFile("/dev/full", "--trace") as file:
        file.on_error = lambda: told.append(True)
        file.write("x" * 100_000)
        file.write("x" * 100_000)
    assert told == [True]


def test_lines_end_the_same_everywhere(tmp_path):
    with OutputFile(str(tmp_path / "x"), "--trace") as file:
        file.write("a\nb\n")
    assert (tmp_path / "x").read_bytes() == b"a\nb\n"


# -- progress and colour -------------------------------------------------------------------------------------------


def test_progress_shows_after_a_while_now_and_then_and_goes_away(capsys):
    time = [0.0]
    progress = Progress(clock=lambda: time[0], enabled=True)
    progress.update(1)
    assert capsys.readouterr().err == ""
    time[0] = FIRST_AFTER
    progress.update(4_000_000)
    assert capsys.readouterr().err == "\r\x1b[K4,000,000 instructions, 2.0 million a second (Ctrl-C ends the run)"
    time[0] += EVERY / 2
    progress.update(5_000_000)
    assert capsys.readouterr().err == ""
    progress.clear()
    progress.clear()
    assert capsys.readouterr().err == "\r\x1b[K"


def test_progress_is_for_terminals(capsys):
    time = [0.0]
    progress = Progress(clock=lambda: time[0])
    time[0] = 100.0
    progress.update(1)
    assert capsys.readouterr().err == ""


def test_the_progress_line_is_gone_before_the_console_writes(capsys):
    time = [0.0]
    progress = Progress(clock=lambda: time[0], enabled=True)
    time[0] = FIRST_AFTER
    progress.update(1)
    capsys.readouterr()
    Console(io.BytesIO(), [], progress).write("a", b"x")
    assert capsys.readouterr().err == "\r\x1b[K"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "stream", "environment", "colored"),
    [
        ("auto", Terminal(), {"TERM": "xterm"}, True),
        ("auto", Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        ("auto", Terminal(), {"TERM": "dumb"}, False),
        ("auto", io.StringIO(), {"TERM": "xterm"}, False),
        ("auto", None, {}, False),
        ("never", Terminal(), {"TERM": "xterm"}, False),
        ("always", io.StringIO(), {"NO_COLOR": "1"}, True),
    ],
)
def test_colour_is_for_people_who_want_it(choice, stream, environment, colored, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    painted = choose_paint(choice, stream)("headline", "x")
    assert painted == ("\x1b[1;31mx\x1b[0m" if colored else "x")


def test_a_run_names_the_files_that_end_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    mention_files([])
    assert capsys.readouterr().err == ""
    mention_files([b"a\x1b[1m", b"b", b"c", b"d", b"e"])
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "\x1b" not in said
    assert "b, c and 2 more" in said and "--semihosting-root" in said


def test_progress_of_something_that_is_counted_says_of_how_much(capsys):
    time = [0.0]
    progress = Progress(clock=lambda: time[0], enabled=True, total=400, what="cases")
    time[0] = FIRST_AFTER
    progress.update(100, ", 3 failed")
    assert capsys.readouterr().err == "\r\x1b[K100 of 400 cases (25 %), 3 failed"
    time[0] += EVERY
    progress.update(200)
    assert capsys.readouterr().err == "\r\x1b[K200 of 400 cases (50 %), 80 a second (Ctrl-C ends the run)"
    assert progress.count == 200


@pytest.mark.parametrize(("term", "shown"), [("xterm", True), ("dumb", False)])
def test_a_dumb_terminal_gets_no_escapes(monkeypatch, term, shown):
    monkeypatch.setenv("TERM", term)
    assert can_redraw(Terminal()) is shown
