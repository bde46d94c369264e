"""Every application and variant ends as its expect.toml promises, with both back-ends and the same bytes each time.

The second run and those that Python decides are of some variants of each application: variants differ in their code,
and every one of them has its turn with other applications.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.firmware import build_script, built, expectations

from emulator.cli.main import main

VARIANTS = ("m3-O0", "m3-O2", "m3-Os", "m4f-O0", "m4f-O2", "m4f-Os")
NAMES = sorted(expectations())


def is_repeated(name: str, variant: str) -> bool:
    """Whether this variant of the application runs twice: one of the six does."""
    return NAMES.index(name) % len(VARIANTS) == VARIANTS.index(variant)


def is_audited(name: str, variant: str) -> bool:
    """Whether Python decides every access of a run of it, too: of one variant of each core."""
    levels = len(VARIANTS) // 2
    return NAMES.index(name) % levels == VARIANTS.index(variant) % levels


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
@pytest.mark.parametrize("name", NAMES)
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
    again_with = [[]] if is_repeated(name, variant) else []
    if is_audited(name, variant):
        again_with.append(["--mpu-backend", "audit"])
    for options in again_with:
        again = run(elf, variant, tmp_path, capfdbinary, *options)
        assert again[:2] == (status, console)
        assert again[3] == trace, f"the trace differs {options}"
