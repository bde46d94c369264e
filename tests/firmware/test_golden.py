"""Every application of firmware/ does what its golden trace says, which `make golden` writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.firmware import build_script

from emulator.cli.main import main
from emulator.harness.case import read_cases

FIRMWARE = Path(__file__).parents[2] / "firmware"


def test_every_application_has_a_case_and_a_golden_trace() -> None:
    cases = read_cases(FIRMWARE / "test_applications.toml")
    assert [case.name for case in cases] == sorted(build_script().applications())
    assert {case.golden for case in cases} == {f"golden/{path.name}" for path in (FIRMWARE / "golden").iterdir()}


def test_every_application_does_what_its_golden_trace_says(capfd: Any) -> None:
    status = main(["test", str(FIRMWARE)])
    assert status == 0, capfd.readouterr().out
