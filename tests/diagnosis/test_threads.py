"""What the second run tells of earlier times is of the thread that executed then, not of the one that ended the run."""

from __future__ import annotations

import pytest
from diagnosis.build import built
from diagnosis.corpus import HERE, load
from diagnosis.run import report_on

pytestmark = pytest.mark.usefixtures("why")
THREADS = {"urgent_meter": "URGT", "background_meter": "BACK", "check_totals": "UI1"}
"""The functions of pulse_totals.c that one thread alone calls."""


def test_each_step_is_of_the_thread_that_executed_then() -> None:
    program = load(HERE / "rtems" / "pulse_totals.c")
    steps = report_on(program, built(program)).facts["why"]["steps"]
    seen = set()
    for step in steps:
        named = [function for function in THREADS if function in step["text"]]
        if step["thread"] is not None and len(named) == 1:
            assert step["thread"] == THREADS[named[0]], step["text"]
            seen.add(step["thread"])
    assert seen == set(THREADS.values())
