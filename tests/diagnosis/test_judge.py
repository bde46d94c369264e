"""The judge of the corpus: a good report passes, and each thing that can be wrong with one is seen."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from diagnosis.build import built
from diagnosis.corpus import HERE, Program, load
from diagnosis.judge import Report, judge
from diagnosis.run import output_of, report_on
from diagnosis.witness import Witness, functions_in

PROGRAM = load(HERE / "bare" / "tariffs.c")
CAUSE = PROGRAM.causes[0].place
assert CAUSE is not None and PROGRAM.first_at is not None
PLACE = PROGRAM.first_at
HEADLINE = f"BusFault: charge (tariffs.c:{PLACE.line}) tried to read 4 bytes from 0x2f1d47ec."
WHY = f"scramble (tariffs.c:{CAUSE.line}) stored 0x2f1d47e8 there last, at 1,000"


@pytest.fixture(scope="module")
def real() -> Report:
    return report_on(PROGRAM, built(PROGRAM))


@pytest.fixture
def good(real: Report) -> Report:
    """A report that says all, with the backtrace of a real one."""
    facts = copy.deepcopy(real.facts)
    facts["headline"] = HEADLINE
    facts["why"] = {"steps": [{"text": "the pointer, 0x2f1d47e8", "value": "0x2f1d47e8"}]}
    return Report(f"\n{HEADLINE}\n\n  why  {WHY}\n\n  charge+0x4  tariffs.c:{PLACE.line}\n", facts)


def complaints(report: Report, program: Program = PROGRAM) -> dict[str, list[str]]:
    verdict = judge(program, report, Witness(built(program), program.source))
    return {name: found for name, found in verdict.items() if found}


def with_text(report: Report, before: str, after: str) -> Report:
    assert before in report.text
    facts = {**report.facts, "headline": report.facts["headline"].replace(before, after)}
    return Report(report.text.replace(before, after), facts)


def test_the_text_that_is_judged_is_what_the_command_prints(real: Report) -> None:
    assert output_of(PROGRAM, built(PROGRAM), "text").strip("\n") == real.text.strip("\n")


def test_a_report_that_says_all_passes(good: Report) -> None:
    assert complaints(good) == {}


@pytest.mark.parametrize(
    ("before", "after", "judgement"),
    [
        ("tried to read 4 bytes from", "tripped over", "first"),
        (f"charge (tariffs.c:{PLACE.line})", "somebody", "first"),
        (f"scramble (tariffs.c:{CAUSE.line})", "somebody", "cause"),
        (f"scramble (tariffs.c:{CAUSE.line})", f"scramble (tariffs.c:{CAUSE.line + 1})", "cause"),
        (f"scramble (tariffs.c:{CAUSE.line})", f"scramble (tariffs.c:{PLACE.line})", "honest"),
        ("tariffs.c", "tariffs.c:999 ", "honest"),
        ("charge+0x4 ", "charge+0x400", "honest"),
        ("charge+0x4", "charming+0x4", "honest"),
        ("at 1,000", "at 999,000,000", "honest"),
    ],
)
def test_a_wrong_sentence_is_seen(good: Report, before: str, after: str, judgement: str) -> None:
    assert judgement in complaints(with_text(good, before, after))


def frames_of(report: Report) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = report.facts["fault"]["backtrace"]["frames"]
    return frames


def without_a_call(report: Report) -> None:
    del frames_of(report)[1]


def with_a_call_too_many(report: Report) -> None:
    frames_of(report).insert(1, {**frames_of(report)[0], "function": "scramble"})


def with_another_line(report: Report) -> None:
    frames_of(report)[0]["line"] += 1


def with_an_index_for_a_pointer(report: Report) -> None:
    report.facts["why"]["steps"][0]["value"] = "0x00000004"


def of_another_outcome(report: Report) -> None:
    report.facts["outcome"] = "deadlock"


def with_another_headline(report: Report) -> None:
    report.facts["headline"] += " Or so."


@pytest.mark.parametrize(
    ("change", "judgement"),
    [
        (without_a_call, "calls"),
        (with_a_call_too_many, "calls"),
        (with_another_line, "honest"),
        (with_an_index_for_a_pointer, "honest"),
        (of_another_outcome, "first"),
        (with_another_headline, "honest"),
    ],
)
def test_a_wrong_fact_is_seen(good: Report, change: Callable[[Report], None], judgement: str) -> None:
    change(good)
    assert judgement in complaints(good)


def test_what_must_not_be_said_is_seen(good: Report) -> None:
    program = load(HERE / "bare" / "first_task.c")
    report = Report(good.text + "  SVCall interrupted task  first_task.c:20\n", good.facts)
    assert any("interrupted" in each for each in complaints(report, program)["honest"])


def test_functions_are_found_in_c_and_in_assembly() -> None:
    names = functions_in(HERE / "bare" / "checksum_asm.c")
    assert {"fold", "checksum", "fill", "check_log", "main"} <= names
    assert not re.search("record|uint32_t|return|while|if", " ".join(names))
