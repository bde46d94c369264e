"""What a log gets of a run, time limits, warnings as errors, reports and traces on stdout."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.small_programs import PRINT, exit_with, write_elf

from emulator.cli.main import main
from emulator.cli.reporting import SECONDS_MORE, _patience
from emulator.machine.stop import BudgetSpent, Interrupted

ROOT = Path(__file__).parents[2]
FOREVER = "again: adds r0, #1\nb again\n"
IGNORED = f"movs r7, #1\nmsr control, r7\nisb\ncpsid i\n{exit_with(0)}"


def program(tmp_path: Path, code: str, **options: object) -> str:
    return str(write_elf(tmp_path / "program.elf", code, **options))


def lines(text: str) -> list[str]:
    return text.splitlines()


@pytest.mark.parametrize(
    ("code", "status", "first", "second"),
    [
        (exit_with(0), 0, "The program ended successfully.", "  program.elf: success, virtual time 8"),
        (exit_with(3), 3, "The program ended with code 3.", "  program.elf: failure, main, virtual time 8"),
    ],
)
def test_a_short_report_is_of_every_outcome(tmp_path, capsys, code, status, first, second) -> None:
    assert main(["run", program(tmp_path, code), "--report", "short"]) == status
    found = lines(capsys.readouterr().err)
    assert found[0] == first and found[1] == second and len(found) <= 3


def test_a_short_report_has_a_third_line_of_what_helps(tmp_path, capsys) -> None:
    assert main(["run", program(tmp_path, "movs r0, #0\nldr.w r1, [r0, #4]\nudf #0\n"), "--report", "short"]) == 3
    found = lines(capsys.readouterr().err)
    assert len(found) == 3 and found[2].startswith("  ")
    assert main(["run", program(tmp_path, IGNORED), "--report", "short"]) == 0
    found = lines(capsys.readouterr().err)
    assert found[2].startswith("  warning: cpsid i did nothing, as unprivileged code executed it: ")


def test_a_success_with_a_warning_says_it_and_may_be_an_error(tmp_path, capsys) -> None:
    name = program(tmp_path, IGNORED)
    assert main(["run", name]) == 0
    assert "v7m: cpsid i did nothing" in capsys.readouterr().err
    assert main(["run", name, "--warn-as-error", "--report", "json"]) == 1
    report = json.loads(capsys.readouterr().err)
    assert report["exit_status"] == 1 and report["outcome"] == "success" and len(report["warnings"]) == 1
    assert main(["run", program(tmp_path, exit_with(0)), "--warn-as-error"]) == 0


def test_a_time_limit_ends_a_run_with_a_report_of_its_own(tmp_path, capsys) -> None:
    began = time.monotonic()
    before = signal.getsignal(signal.SIGALRM)
    assert main(["run", program(tmp_path, FOREVER), "--timeout", "0.3", "--report", "json"]) == 124
    assert time.monotonic() - began < 60
    report = json.loads(capsys.readouterr().err)
    assert report["outcome"] == "timeout" and report["exit_status"] == 124 and report["instructions"] > 1000
    assert report["headline"].startswith("The time limit ended the run in ")
    assert signal.getsignal(signal.SIGALRM) is before and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_run_that_took_too_long_is_not_looked_into_for_as_long_again() -> None:
    late, other = Interrupted(0, timed_out=True), BudgetSpent(0)
    assert _patience(40.0, late) == SECONDS_MORE < 40.0
    assert (_patience(3.0, late), _patience(40.0, other), _patience(None, other)) == (3.0, 40.0, None)


def test_a_run_that_ends_before_its_limit_knows_nothing_of_it(tmp_path, capsys) -> None:
    assert main(["run", program(tmp_path, exit_with(0)), "--timeout", "1000"]) == 0
    assert capsys.readouterr().err == ""
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize("text", ["0", "-1", "x", "nan", "inf", "1e9"])
def test_a_time_limit_must_be_one(tmp_path, capsys, text) -> None:
    assert main(["run", program(tmp_path, exit_with(0)), "--timeout", text]) == 2
    assert "--timeout" in capsys.readouterr().err


def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "v7m", *arguments], capture_output=True, check=False, cwd=ROOT, timeout=120
    )  # fmt: skip


@pytest.mark.parametrize("option", ["--report-file", "--trace"])
def test_stdout_may_be_the_file_and_the_console_is_stderr_then(tmp_path, option) -> None:
    name = program(tmp_path, f"{PRINT}\n{exit_with(3)}", text=b"hello\n")
    plain = run("run", name)
    assert plain.stdout == b"hello\n"
    file = tmp_path / "file"
    assert run("run", name, option, str(file)).returncode == 3
    done = run("run", name, option, "-")
    assert (done.returncode, done.stdout) == (3, file.read_bytes())
    assert done.stderr.startswith(b"hello\n")
    assert not (ROOT / "-").exists()


def test_two_files_are_not_both_stdout(tmp_path, capsys) -> None:
    assert main(["run", program(tmp_path, exit_with(0)), "--trace", "-", "--report-file", "-"]) == 2
    assert "stdout is for one of them" in capsys.readouterr().err


def test_a_reader_of_the_trace_that_goes_away_ends_the_run(tmp_path) -> None:
    name = program(tmp_path, FOREVER)
    child = subprocess.Popen(
        [sys.executable, "-m", "v7m", "run", name, "--trace", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=ROOT,
    )  # fmt: skip
    assert child.stdout is not None and child.stdout.readline().startswith(b'{"kind":"header"')
    child.stdout.close()
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=60) in (130, 141)
    assert child.stderr is not None and b"Traceback" not in child.stderr.read()
    child.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_polite_kill_ends_a_run_with_its_report(number, tmp_path) -> None:
    command = [sys.executable, "-m", "v7m", "run", program(tmp_path, FOREVER), "--trace", "-", "--report", "short"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None and child.stdout.readline().startswith(b'{"kind":"header"')
        time.sleep(1)  # the run begins soon behind the header
        child.send_signal(number)
        trace, report = child.communicate(timeout=60)
    assert child.returncode == 128 + number
    assert f"Terminated by {number.name} in ".encode() in report
    assert b'"kind":"stop"' in trace.splitlines()[-1]


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["INT", "TERM", "HUP"],
)
def test_ctrl_c_or_a_polite_kill_ends_cases_with_what_is_known(number, status, tmp_path) -> None:
    write_elf(tmp_path / "a.elf", exit_with(0))
    write_elf(tmp_path / "b.elf", FOREVER)
    (tmp_path / "test_a.toml").write_text('program = "a.elf"\n')
    (tmp_path / "test_b.toml").write_text('program = "b.elf"\nmax_instructions = 100000000000\n')
    command = [sys.executable, "-m", "v7m", "test", ".", "-j", "1", "-v", "--junit", "out.xml"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tmp_path, env=environment)
    assert child.stdout is not None
    first = child.stdout.readline()
    child.send_signal(number)
    rest, _ = child.communicate(timeout=60)
    assert first.startswith(b"ok ") and b"test_a.toml" in first
    assert rest == b"Interrupted: 1 of 2 cases ran, 0 failed.\n" and child.returncode == status
    assert 'tests="1"' in (tmp_path / "out.xml").read_text()
