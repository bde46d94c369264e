"""The rows of the conformance kit: what the manual expects, here and on QEMU, with every difference accounted for."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.conformance import (
    KIT,
    Program,
    Row,
    cases,
    judge,
    load_definitions,
    load_manifest,
    markdown,
    outcome_of,
    predicted,
    predicted_results,
    run_program,
)
from support.ours import run_ours
from support.tools import require_tool

RUNNERS = load_definitions([])
QEMU = RUNNERS["qemu"]
CASES = [pytest.param(row, program, id=str(program)) for row, program in cases()]
DOCUMENT = Path(__file__).parents[2] / "docs" / "conformance.md"


def test_the_rows_are_numbered_and_each_has_a_program_for_a_board_and_lines_to_print() -> None:
    rows = load_manifest().rows
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert all(program.expected() for _, program in cases())
    assert all(row.title and row.section for row in rows)


WAITS = "row28_counters"
"""It waits for counters in two loops, a million instructions of the same judgements: Python does not decide those."""


@pytest.mark.parametrize(
    ("row", "program", "audit"),
    [
        pytest.param(row, program, audit, id=f"{program}-{'audit' if audit else 'fast'}")
        for row, program in cases()
        for audit in (False, True)
        if not audit or program.source != WAITS
    ],
)
def test_this_emulator_does_what_the_manual_expects(row: Row, program: Program, audit: bool) -> None:
    run = run_ours(program.elf, program.machine, audit=audit, max_instructions=20_000_000)
    assert not judge(row, program, outcome_of(run), RUNNERS["v7m"].known).mismatches


@pytest.mark.parametrize(("row", "program"), CASES)
def test_qemu_prints_what_the_manual_expects_but_for_exactly_what_the_list_says(row: Row, program: Program) -> None:
    require_tool("qemu-system-arm")
    outcome = run_program(QEMU, program)
    expected = predicted(row, program, QEMU.known)
    assert outcome.lines == expected.lines, outcome.detail
    assert outcome.end == expected.end, outcome.detail
    assert not judge(row, program, outcome, QEMU.known).unexplained


def test_every_listed_difference_is_of_a_line_that_is_expected() -> None:
    expected = {(row.number, line) for row, program in cases() for line in program.expected()}
    assert {(number, want) for number, want, _ in QEMU.known.lines} <= expected
    assert len({(number, want) for number, want, _ in QEMU.known.lines}) == len(QEMU.known.lines)


def test_the_published_table_is_what_the_runners_print() -> None:
    table = markdown(predicted_results([RUNNERS["v7m"], QEMU]))
    assert table in DOCUMENT.read_text()


def test_no_program_and_no_console_is_left_that_no_row_has() -> None:
    programs = load_manifest().programs()
    names = {program.name for program in programs}
    assert {path.stem for path in (KIT / "elf").iterdir()} == names
    assert {path.stem for path in (KIT / "expected").iterdir()} == names
    assert {path.stem for path in (KIT / "programs").iterdir()} == {program.source for program in programs}
