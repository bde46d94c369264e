"""v7m test: what a case may say, what is told of one that fails, and the same output in one process and in several."""

from __future__ import annotations

import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from emulator.cli.main import main
from emulator.errors import ConfigError
from emulator.harness.case import read_cases

PREBUILT = Path(__file__).parents[2] / "firmware" / "prebuilt"
FAULT = 'program = "matrix_c_read_only_share.elf"\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with three programs, which is the current one."""
    for name in ("hello", "matrix_c_read_only_share", "stack_sharing"):
        shutil.copy(PREBUILT / f"{name}.elf", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(project: Path, text: str, capfd: Any, *arguments: str) -> tuple[int, str]:
    """Return the exit status of ``v7m test`` for one file of cases, and what it says."""
    (project / "test_a.toml").write_text(text)
    capfd.readouterr()
    status = main(["test", "--jobs", "1", *arguments])
    told = capfd.readouterr()
    return status, told.out + told.err


@pytest.mark.parametrize(
    "text",
    [
        'program = "hello.elf"\n',
        'program = "hello.elf"\nexit_code = 0\nconsole = ["BEGIN", "Hello World"]\nconsole_not = ["fault"]\n',
        FAULT + 'outcome = "fault"\n',
        FAULT + '[fault]\nkind = "MemManage"\ncause = "DACCVIOL"\nthread = "0x02"\nowner = "0x01"\naccess = "write"\n'
        'symbol = "send_message"\nkernel_call = "mq_send"\n',
        'program = "hello.elf"\nmax_instructions = 100\noutcome = "budget-spent"\n',
        FAULT + 'mode = "kernel-opens"\noutcome = "failure"\n',
    ],
)
def test_a_case_that_is_as_expected_passes(text: str, project: Path, capfd: Any) -> None:
    assert run(project, text, capfd) == (0, "1 case passed.\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FAULT, "Expected the outcome success, not fault: MemManage: 0x02 (send_message, queue.h:42), in mq_send,"),
        ('program = "hello.elf"\n[fault]\nthread = "x"\n', "Expected a fault (thread x); there was none."),
        (FAULT + '[fault]\nthread = "0x03"\n', "Expected a fault with thread 0x03, not 0x02:"),
        (FAULT + '[fault]\nowner = "0x02"\n', "Expected a fault with owner 0x02, not 0x01:"),
        (FAULT + '[fault]\nsymbol = "main"\n', "Expected a fault in main, not in rtems_shim_mq_send <- mq_send"),
        ('program = "hello.elf"\nexit_code = 3\n', "Expected the exit code 3, not 0."),
        ('program = "hello.elf"\nconsole = ["World", "BEGIN"]\n', "with 'BEGIN' behind those before it."),
        ('program = "hello.elf"\nconsole_not = ["World"]\n', "Expected the console without 'World'."),
        ('program = "none.elf"\n', "none.elf does not exist."),
        ('sources = ["none.c"]\n', "none.c cannot be compiled:"),
        ('program = "hello.elf"\ngolden = "no.jsonl"\n', "There is no golden trace no.jsonl. --update writes it."),
    ],
)
def test_a_case_that_is_not_says_what_is_wrong(text: str, words: str, project: Path, capfd: Any) -> None:
    status, told = run(project, text, capfd)
    assert status == 1 and words in told and "1 of 1 case failed." in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("program = 3\n", "program must be a text."),
        ('programm = "a.elf"\n', "programm is no key of a case."),
        ("", "program and sources: give one of them."),
        ('program = "a"\nsources = ["b"]\n', "program and sources: give one of them."),
        ('program = "a"\noutcome = "well"\n', "outcome must be one of success,"),
        ('program = "a"\n[fault]\nwhere = "x"\n', "fault.where is no key of a case."),
        ('program = "a"\n[fault]\nkind = "Fault"\n', "fault.kind must be one of MemManage, BusFault, UsageFault, Har"),
        ('program = "a"\n[fault]\naccess = "w"\n', "fault.access must be one of read, write, fetch."),
        ('program = "a"\nmode = "loose"\n', "mode must be 'strict' or 'kernel-opens'."),
        ('program = "a"\nmax_instructions = -1\n', "max_instructions must be a number that is not negative."),
        ('program = "a"\ninput = "x"\ninput_file = "y"\n', "Give one of them."),
        ('program = "a"\ncase = 3\n', "Write [[case]]."),
        ('program = "a"\n[[case]]\nname = "x"\n[[case]]\nname = "x"\n', "two cases are called 'x'"),
        ("program = \n", "is not TOML:"),
        ("\x00", "is not TOML:"),
    ],
)
def test_what_is_no_case_is_refused_in_one_line(text: str, words: str, project: Path, capfd: Any) -> None:
    status, told = run(project, text, capfd)
    assert status == 2 and words in told and told.count("\n") == 1


def test_places_without_cases_are_refused(project: Path, capfd: Any) -> None:
    for place in (".", "nowhere"):
        assert main(["test", place]) == 2
    assert capfd.readouterr().err.count("\n") == 2


def test_update_writes_a_golden_trace_and_leaves_one_that_says_the_same(project: Path, capfd: Any) -> None:
    text = 'program = "stack_sharing.elf"\ngolden = "golden/a.jsonl"\n'
    assert run(project, text, capfd, "--update") == (0, "wrote golden/a.jsonl\n1 case passed.\n")
    assert run(project, text, capfd) == (0, "1 case passed.\n")
    golden = project / "golden" / "a.jsonl"
    moved = golden.read_text().replace('"t":', '"t":1')
    golden.write_text(moved)
    assert run(project, text, capfd, "--update") == (0, "1 case passed.\n")
    assert golden.read_text() == moved
    golden.write_text(moved.replace("taskfs", "elsewhere"))
    status, told = run(project, text, capfd)
    assert status == 1 and "Golden trace a differs at event" in told and "Accept with --update." in told
    golden.write_text(moved[:5000])
    status, told = run(project, text, capfd)
    assert status == 1 and "is cut short" in told and "--update writes it anew." in told


CASES = """
program = "hello.elf"
[[case]]
name = "first"
console = ["Hello"]
[[case]]
name = "second"
program = "matrix_c_read_only_share.elf"
[[case]]
name = "third <&>"
exit_code = 7
[[case]]
name = "fourth"
"""


def test_several_processes_say_the_same_in_the_same_order(project: Path) -> None:
    (project / "test_a.toml").write_text(CASES)
    (project / "b_test.toml").write_text(CASES)
    told = [
        subprocess.run(
            [sys.executable, "-m", "v7m", "test", "-v", "-j", str(jobs), "--junit", f"{jobs}.xml"],
            cwd=project, capture_output=True, text=True, check=False,
        )
        for jobs in (1, 3)
    ]  # fmt: skip
    assert told[0].stdout == told[1].stdout and told[0].returncode == told[1].returncode == 1
    order = [line.split(": ", 1)[1] for line in told[0].stdout.splitlines() if line.startswith(("ok ", "FAIL "))]
    assert order == ["first", "second", "third <&>", "fourth"] * 2
    assert "4 of 8 cases failed." in told[0].stdout
    assert (project / "1.xml").read_bytes() == (project / "3.xml").read_bytes()
    suite = ElementTree.parse(project / "1.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("8", "4")
    third = suite[2]
    assert (third.get("classname"), third.get("name")) == ("b_test", "third <&>")
    assert third.find("failure").get("message") == "Expected the exit code 7, not 0."
    assert str(project) not in (project / "1.xml").read_text()


def test_a_keyword_chooses_cases(project: Path, capfd: Any) -> None:
    assert run(project, CASES, capfd, "-k", "first") == (0, "1 case passed.\n")
    status, told = run(project, CASES, capfd, "-k", "fifth")
    assert status == 2 and "no case has 'fifth'" in told


def test_a_case_takes_the_options_of_a_run(tmp_path: Path) -> None:
    path = tmp_path / "test_a.toml"
    options = 'board = "b.toml"\nload_address = 0x100\nlenient = true\nargs = ["x"]\nram = "4K"\n'
    path.write_text(f'program = "a.bin"\n{options}')
    (case,) = read_cases(path)
    assert case.setup.board == str(tmp_path / "b.toml") and case.setup.programs == (str(tmp_path / "a.bin"),)
    setup = case.setup
    assert (setup.load_address, setup.lenient, setup.args, setup.ram) == ((256,), True, ("x",), "4K")
    path.write_text('program = "a"\nlenient = 1\n')
    with pytest.raises(ConfigError, match="lenient must be true or false"):
        read_cases(path)
