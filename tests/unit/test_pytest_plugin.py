"""The pytest plugin in a pytest of its own: cases as items, fixtures, golden traces, JUnit properties, xdist."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

PREBUILT = Path(__file__).parents[2] / "firmware" / "prebuilt"
pytest_plugins = "pytester"

CASES = """
[[case]]
name = "hello::[x] y"
program = "hello.elf"
console = ["Hello"]
[[case]]
name = "refused"
program = "matrix_c_read_only_share.elf"
[fault]
thread = "0x02"
"""

TESTS = """
def test_fault(firmware):
    run = firmware.run("matrix_c_read_only_share.elf")
    run.expect_fault(kind="MemManage", thread="0x02", owner="0x01", symbol="send_message")
    assert run.fault.shares[0].rights == "r-"

def test_other_owner(firmware):
    firmware.run("matrix_c_read_only_share.elf").expect_fault(owner="0x09")

def test_console(firmware):
    firmware.run("hello.elf").expect_console("Hello", "never")

def test_success(firmware):
    firmware.run("matrix_c_read_only_share.elf").expect_success()

def test_golden(firmware):
    firmware.run("hello.elf").expect_golden("golden/hello.jsonl")

def test_missing(firmware):
    firmware.run("missing.elf")
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    for name in ("hello", "matrix_c_read_only_share"):
        shutil.copy(PREBUILT / f"{name}.elf", pytester.path)
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    unused = ("cacheprovider", "hypothesispytest", "timeout", *([] if "-n" in arguments else ["xdist"]))
    return project.runpytest_subprocess(*(word for name in unused for word in ("-p", f"no:{name}")), *arguments)


def test_cases_are_items_and_a_failure_is_told_in_words(project: pytest.Pytester) -> None:
    (project.path / "test_a.toml").write_text(CASES.replace("[fault]", "[case.fault]"))
    run(project).assert_outcomes(passed=2)
    (project.path / "test_a.toml").write_text(CASES.split("[fault]")[0])
    result = run(project, "--junitxml=report.xml")
    result.assert_outcomes(passed=1, failed=1)
    headline = "MemManage: 0x02 (send_message, queue.h:42), in mq_send*"
    result.stdout.fnmatch_lines([f"Expected the outcome success, not fault: {headline}", "*MPU*"])
    assert "pytest_plugin.py" not in result.stdout.str()
    suite = ElementTree.parse(project.path / "report.xml").getroot()[0]
    properties = {p.get("name"): p.get("value") for p in suite.findall("testcase")[1].iter("property")}
    assert properties["outcome"] == "fault" and properties["headline"].startswith("MemManage")


def test_a_file_that_is_no_case_is_an_error_in_one_line(project: pytest.Pytester) -> None:
    (project.path / "test_a.toml").write_text('programm = "a"\n')
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*test_a.toml, case 'test_a': programm is no key of a case.*"])


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_fixtures_run_programs_and_expectations_say_what_is_wrong(
    project: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    project.makepyfile(test_b=TESTS)
    result = run(project, *workers)
    result.assert_outcomes(passed=1, failed=5)
    told = result.stdout.str()
    for words in (
        "Expected a fault with owner 0x09, not 0x01: MemManage: 0x02 (send_message, queue.h:42), in mq_send",
        "Expected the console with 'never'.",
        "Expected the outcome success, not fault: MemManage",
        "hello.jsonl. --update-golden writes it.",
        "missing.elf does not exist.",
    ):
        assert words in told
    if not workers:
        run(project, "--update-golden", "-k", "golden").assert_outcomes(passed=1, deselected=5)
        run(project, "-k", "golden").assert_outcomes(passed=1, deselected=5)


def test_an_expectation_that_does_not_exist_is_a_mistake_of_the_test(project: pytest.Pytester) -> None:
    project.makepyfile('def test(firmware):\n    firmware.run("hello.elf").expect_fault(colour="red")\n')
    run(project).stdout.fnmatch_lines(["*expect_fault() has no argument 'colour'*"])


def test_a_value_that_no_fault_has_is_a_mistake_of_the_test(project: pytest.Pytester) -> None:
    project.makepyfile('def test(firmware):\n    firmware.run("hello.elf").expect_fault(kind="Fault")\n')
    run(project).stdout.fnmatch_lines(["*expect_fault(kind='Fault') must be one of MemManage, *"])


def test_a_run_without_programs_imports_no_machine(project: pytest.Pytester) -> None:
    project.makepyfile("import sys\ndef test():\n    assert 'emulator.machine.machine' not in sys.modules\n")
    run(project).assert_outcomes(passed=1)
