"""Programs with one planted bug each: does the report of their run say what somebody who looks for it wants to read?"""

from __future__ import annotations

import pytest
from diagnosis.corpus import Program, programs
from diagnosis.judge import JUDGEMENTS
from diagnosis.run import verdict_on
from diagnosis.shortfalls import WANTED, known_shortfalls

pytestmark = pytest.mark.usefixtures("why")
PROGRAMS = programs()


@pytest.mark.parametrize("program", PROGRAMS, ids=[program.name for program in PROGRAMS])
def test_the_report_says_what_the_bug_is(program: Program) -> None:
    verdict, report = verdict_on(program)
    known = known_shortfalls().get(program.name, [])
    worse = {name: verdict[name] for name in JUDGEMENTS if verdict[name] and name not in known}
    assert not worse, f"{program.bug}\n{worse}\n{report.text}"


def test_every_shortfall_is_one_of_a_program() -> None:
    names = {program.name for program in PROGRAMS}
    for name, failed in known_shortfalls().items():
        assert name in names
        assert set(failed) <= set(JUDGEMENTS)


@pytest.mark.parametrize("judgement", ["first", "cause", "calls"])
def test_the_list_leaves_as_many_as_are_wanted(judgement: str) -> None:
    failed = sum(judgement in each for each in known_shortfalls().values())
    assert 100 * (len(PROGRAMS) - failed) >= WANTED[judgement] * len(PROGRAMS)
