"""Who has what the threads of an image's kernel wait for, on a kernel of our own with RTEMS's structures and names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.arm_gcc import MACHINES, build_bare

import v7m
from emulator.harness.machine import Machine

FOLDER = Path(__file__).parents[1] / "kernels"


def built(option: int = 0, sent: int = 2) -> Path:
    flags = [f"-I{FOLDER}", f"-DOPTION={option}", f"-DSENT={sent}"]
    return build_bare([FOLDER / "rtems_waits.c"], "m3", flags=flags)


@pytest.fixture
def ended() -> v7m.Result:
    return v7m.run(built(), board=MACHINES["m3"], max_instructions=20_000, why=True)


def test_a_thread_says_what_it_waits_for_and_who_has_that(ended) -> None:
    states = {thread.name: thread.state for thread in ended.threads}
    assert states["BOSS"] == "waits for the end of helper 0x0b010001"
    assert states["helper 0x0b010001"] == "waits for a mutex BUS 0x1a010001, which BOSS has"
    assert states["drain 0x0b010002"] == "waits for a mutex line, which a thread that is no more has"
    assert states["EVNT"] == "waits for each of the events 0x00000006, of which 0x00000002 was sent"


def test_one_event_of_several_is_told_as_that() -> None:
    result = v7m.run(built(2), board=MACHINES["m3"], max_instructions=20_000)
    state = next(thread.state for thread in result.threads if thread.name == "EVNT")
    assert state.startswith("waits for one of the events 0x00000006")


def test_a_circle_may_go_by_the_end_of_a_thread(ended) -> None:
    words = "BOSS waits for the end of helper 0x0b010001; helper 0x0b010001 waits for a mutex BUS 0x1a010001"
    assert f"Deadlock: {words}, which BOSS has." in ended.text


def test_who_took_each_object_is_told_with_the_line(ended) -> None:
    text = " ".join(ended.text.split())
    taken = r"BOSS has BUS 0x1a010001, which helper 0x0b010001 waits for, since [\d,]+: take \(\S*rtems_waits.c:\d+\), "
    assert re.search(taken + r"called by boss \(\S*rtems_waits.c:\d+\), took it", text)
    gone = r"PUMP, which has ended, has line, which drain 0x0b010002 waits for, since [\d,]+: take \(\S*:\d+\), "
    assert re.search(gone + r"called by pump \(\S*:\d+\), took it", text)


def test_after_a_reset_the_kernels_data_is_that_of_the_time_before() -> None:
    with Machine(built(), board=MACHINES["m3"]) as machine:
        machine.go_on(20_000)
        assert machine._session.story.subject == "IDLE"
        machine._session.machine._reset_within_run("SYSRESETREQ")
        story = machine._session.story
        assert (story.subject, story.threads()) == ("the start-up code", [])
        machine.go_on(20_000)
        assert machine._session.story.subject == "IDLE"


def test_who_called_last_for_a_thread_that_waits_is_told_and_that_nobody_did(ended) -> None:
    text = " ".join(ended.text.split())
    state = "EVNT waits for each of the events 0x00000006, of which 0x00000002 was sent: "
    call = r"rtems_event_send\(\) was called for that last by publish \(\S*\)"
    assert re.search(re.escape(state) + call + r" at [\d,]+ in BOSS", text)
    silent = v7m.run(built(sent=0), board=MACHINES["m3"], max_instructions=20_000, why=True)
    nobody = "EVNT waits for each of the events 0x00000006: nothing has called rtems_event_send() for that"
    assert nobody in " ".join(silent.text.split())
