"""Every application and variant ends as its expect.toml promises, with both back-ends and the same bytes each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.firmware import build_script, built, expectations

from emulator.cli.main import main

VARIANTS = ("m3-O0", "m3-O2", "m3-Os", "m4f-O0", "m4f-O2", "m4f-Os")
MOSTLY_IDLE = {"matrix_g_timer_interrupt", "matrix_m_preemption"}
"""They wait for ticks, in the idle thread's one instruction: hundreds of thousands of the same judgement."""
AUDITED_THOUGH_IDLE = ("m3-O0", "m4f-Os")


def expected_status(expectation: dict[str, Any]) -> int:
    if expectation["outcome"] == "exit":
        return 0 if expectation["exit_code"] == 0 else 1
    return {"fault": 3, "deadlock": 4}[expectation["outcome"]]


def run(
    elf: Path, variant: str, directory: Path, capfdbinary: Any, *options: str
) -> tuple[int, bytes, dict[str, Any], bytes]:
    """Return exit status, console, the JSON report and the trace's bytes of one run."""
    report, trace = directory / "report.json", directory / "trace.jsonl"
    board = build_script().BOARDS[variant.partition("-")[0]]
    status = main(
        ["run", str(elf), "--board", board, "--report", "json", "--report-file", str(report), "--trace", str(trace),
         *options]
    )  # fmt: skip
    return status, capfdbinary.readouterr().out, json.loads(report.read_text()), trace.read_bytes()


def check_fault(report: dict[str, Any], expected: dict[str, Any]) -> None:
    fault = report["fault"]
    found = {
        "cause": fault["cause"],
        # A timer's routine runs in the tick's handler: "the SysTick handler, which interrupted INIT,".
        "thread": expected["thread"] if expected["thread"] in fault["subject"] else fault["subject"],
        "access": fault["access"]["kind"],
        "size": fault["access"]["size"],
        "value": None if fault["access"]["value"] is None else int(fault["access"]["value"], 16),
    }
    stack = fault["place"] and fault["place"]["stack"]
    if stack:
        found |= {"owner": stack["owner"]["name"] or "Init", "offset": stack["offset"]}
    assert {key: found.get(key) for key in expected} == expected


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", sorted(expectations()))
def test_an_application_ends_as_promised_with_both_back_ends(
    name: str, variant: str, tmp_path: Path, capfdbinary: Any
) -> None:
    expectation = expectations()[name]
    elf = built(variant) / f"{name}.elf"
    status, console, report, trace = run(elf, variant, tmp_path, capfdbinary)
    assert status == expected_status(expectation), report["headline"]
    position = 0
    for text in expectation.get("console", []):
        position = console.find(text.encode(), position)
        assert position >= 0, f"{text!r} is missing (or out of order) in\n{console.decode(errors='replace')}"
    if "fault" in expectation:
        check_fault(report, expectation["fault"])
    if "deadlock" in expectation:
        for thread in expectation["deadlock"]["threads"]:
            assert any(thread in line for line in report["details"]), report["details"]
    is_audited = name not in MOSTLY_IDLE or variant in AUDITED_THOUGH_IDLE
    for options in ([], *([["--mpu-backend", "audit"]] if is_audited else [])):
        again = run(elf, variant, tmp_path, capfdbinary, *options)
        assert again[:2] == (status, console)
        assert again[3] == trace, f"the trace differs {options}"
