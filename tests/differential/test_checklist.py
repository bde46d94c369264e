"""The checklist's programs: what the manual expects, here and on QEMU, with every difference accounted for."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.checklist import Program, Row, cases, judge, rows, table
from support.known_differences import KNOWN_DIFFERENCES
from support.ours import run_ours
from support.qemu import run_qemu

CASES = [pytest.param(row, program, id=str(program)) for row, program in cases()]


def test_every_row_of_the_checklist_has_a_program_and_a_section() -> None:
    assert [row.number for row in rows()] == list(range(1, 35))
    assert all(row.programs and row.title and row.section for row in rows())


WAITS = "row28_counters"
"""It waits for counters in two loops, a million instructions of the same judgements: Python does not decide those."""


@pytest.mark.parametrize(
    ("row", "program", "audit"),
    [
        pytest.param(row, program, audit, id=f"{program}-{'audit' if audit else 'fast'}")
        for row, program in cases()
        for audit in (False, True)
        if not audit or program.name != WAITS
    ],
)
def test_this_emulator_does_what_the_manual_expects(row: Row, program: Program, audit: bool) -> None:
    run = run_ours(program.build(), program.machine, audit=audit, max_instructions=20_000_000)
    assert not judge(row, program, run, allow_known=False).problems


@pytest.mark.parametrize(("row", "program"), CASES)
def test_qemu_prints_what_the_manual_expects_or_differs_as_the_list_says(row: Row, program: Program) -> None:
    run = run_qemu(program.build(), program.machine, timeout=20)
    assert not judge(row, program, run, allow_known=True).problems


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"row {row.number}")
def test_every_listed_difference_is_of_a_line_that_is_expected(row: Row) -> None:
    expected = {line for program in row.programs for line in program.expected()}
    assert set(row.differences) <= expected
    assert {identifier for _, identifier in row.differences.values()} <= set(KNOWN_DIFFERENCES)


def test_the_published_table_is_what_the_programs_print() -> None:
    published = Path(__file__).parents[2] / "docs" / "checklist.md"
    here = lambda program: run_ours(program.build(), program.machine)  # noqa: E731
    there = lambda program: run_qemu(program.build(), program.machine)  # noqa: E731
    assert published.read_text() == table(here, there)
