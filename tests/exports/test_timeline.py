"""A trace over time: the model against the trace itself, and Chrome's events against the rules of their format."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from emulator.cli.main import main
from emulator.exports.chrome_trace import chrome_trace
from emulator.exports.timeline import MAIN, Timeline, timeline_of
from emulator.trace.trace_file import parse_trace
from v7m import Machine

PREBUILT = Path(__file__).parents[2] / "firmware" / "prebuilt"
PROGRAMS = (
    "stack_sharing",
    "share_revoked",
    "deadlock",
    "matrix_m_preemption",
    "bare_switch",
    "matrix_c_read_only_share",
)


@pytest.fixture(scope="module")
def traces() -> dict[str, str]:
    """The traces of PROGRAMS, as text."""
    found = {}
    for name in PROGRAMS:
        with Machine(PREBUILT / f"{name}.elf") as machine:
            found[name] = machine.run(trace=True).trace_text
    return found


def timeline(text: str) -> Timeline:
    return timeline_of(parse_trace(text.encode(), "the trace"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_one_thread_executes_at_any_time(name: str, traces: dict[str, str]) -> None:
    found = timeline(traces[name])
    pieces = sorted(piece for thread in found.threads.values() for piece in thread.running)
    assert pieces[0][0] == 0 and pieces[-1][1] == found.end
    assert all(before[1] == after[0] for before, after in pairwise(pieces))
    lines = [json.loads(line) for line in traces[name].splitlines()]
    assert len(found.events) == len(lines) - 2
    switches = {line["t"] for line in lines if line["kind"] == "switch" and line["t"]}
    assert switches - {found.end} <= {end for _, end in pieces}


def test_who_waited_for_what_and_who_shared(traces: dict[str, str]) -> None:
    found = timeline(traces["stack_sharing"])
    by_name = {thread.shown: thread for thread in found.threads.values()}
    lines = [json.loads(line) for line in traces["stack_sharing"].splitlines()]
    blocks = [line for line in lines if line["kind"] == "block"]
    assert [(thread, wait[0], wait[2]) for thread in by_name for wait in by_name[thread].waits] == [
        (line["thread_name"], line["t"], line["reason"]) for line in blocks
    ]
    wakes = {(line["thread_name"], line["t"]) for line in lines if line["kind"] == "wake"}
    assert {(thread, wait[1]) for thread in by_name for wait in by_name[thread].waits} == wakes
    (share,) = [line for line in lines if line["kind"] == "share"]
    (unshare,) = [line for line in lines if line["kind"] == "unshare"]
    (told,) = found.shares
    assert (told.owner, told.target, told.rights) == (share["owner"], share["target"], "rw")
    assert (told.since, told.until, told.line) == (share["t"], unshare["t"], "firmware/stack_sharing/main.c:60")
    assert by_name["0x02"].ended == unshare["t"] and by_name["start-up code"].id == MAIN


def test_what_had_not_ended_lasts_to_the_end(traces: dict[str, str]) -> None:
    found = timeline(traces["deadlock"])
    waits = {thread.shown: thread.waits[-1] for thread in found.threads.values() if thread.waits}
    assert waits["0x01"][1:] == (found.end, "semaphore second") and waits["0x02"][1:] == (found.end, "semaphore first")
    assert timeline(traces["bare_switch"]).threads[MAIN].shown == "program"


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_share_and_every_exception_has_its_piece_of_time(name: str, traces: dict[str, str]) -> None:
    found = timeline(traces[name])
    kinds = [event.kind for event in found.events]
    assert (len(found.shares), len(found.exceptions)) == (kinds.count("share"), kinds.count("exception"))
    assert kinds.count("return") <= kinds.count("exception"), "each handler was entered"
    assert name != "matrix_c_read_only_share" or any(share.until is None for share in found.shares)


def test_a_handler_that_never_returns_ends_with_the_one_around_it_or_by_a_reset(traces: dict[str, str]) -> None:
    lines = traces["bare_switch"].splitlines()
    taken = {"kind": "exception", "return_address": "0x0", "return_address_symbol": None, "exc_return": "0x0"}
    events = [
        {"t": 1, **taken, "exception": 15}, {"t": 2, **taken, "exception": 14},
        {"t": 5, "kind": "return", "exception": 15, "pc": "0x0", "pc_symbol": None},
        {"t": 6, **taken, "exception": 3},
        {"t": 9, "kind": "reset", "count": 1, "pc": "0x0", "pc_symbol": None, "sp": "0x0"},
        {"t": 10, **taken, "exception": 11},
    ]  # fmt: skip
    found = timeline("\n".join([lines[0], *map(json.dumps, events), lines[-1]]) + "\n")
    assert found.exceptions == [(1, 5, 15, 0), (2, 5, 14, 1), (6, 9, 3, 0), (10, found.end, 11, 0)]


def chrome(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(chrome_trace(timeline(text)))["traceEvents"]
    return found


@pytest.mark.parametrize("name", PROGRAMS)
def test_slices_of_a_track_nest_and_flows_begin_and_end_in_slices(name: str, traces: dict[str, str]) -> None:
    events = chrome(traces[name])
    tracks = defaultdict(list)
    for event in events:
        assert {"ph", "pid", "tid", "name"} <= event.keys()
        if event["ph"] == "X":
            assert event["dur"] >= 0
            tracks[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
    for slices in tracks.values():
        assert all(before[1] <= after[0] for before, after in pairwise(sorted(slices)))
    named = {(event["pid"], event["tid"]) for event in events if event["name"] == "thread_name"}
    assert tracks.keys() <= named
    flows = defaultdict(list)
    for event in events:
        if event["ph"] in "sf":
            flows[event["id"]].append(event)
    for start, end in flows.values():
        assert (start["ph"], end["ph"], end["bp"]) == ("s", "f", "e") and start["ts"] <= end["ts"]
        for flow in (start, end):
            assert any(a <= flow["ts"] <= b for a, b in tracks[flow["pid"], flow["tid"]])


def test_flows_lead_from_the_waker_and_the_sharer(traces: dict[str, str]) -> None:
    events = chrome(traces["stack_sharing"])
    names = {
        event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name" and event["pid"] == 1
    }
    flows = [(event["name"], names[event["tid"]]) for event in events if event["ph"] in "sf"]
    assert flows == [
        ("wake", "0x02"), ("wake", "0x01"), ("wake", "0x01"), ("wake", "Init"), ("share", "Init"), ("share", "0x02"),
    ]  # fmt: skip


def test_faults_and_calls_are_instants(traces: dict[str, str]) -> None:
    events = chrome(traces["share_revoked"])
    (fault,) = [event for event in events if event.get("cat") == "fault"]
    assert fault["s"] == "g" and fault["args"]["words"].startswith("DACCVIOL: write of stack of 0x01")
    assert {event["name"] for event in events if event.get("cat") == "call"} >= {"mmap", "nanosleep"}
    regions = [event for event in events if event["ph"] == "X" and event["pid"] == 3]
    assert any("8 KiB" in event["name"] and event["dur"] > 0 for event in regions)


def test_the_verb_writes_the_same_bytes_again(tmp_path: Path, traces: dict[str, str], capfd: Any) -> None:
    trace = tmp_path / "t.jsonl"
    trace.write_text(traces["share_revoked"])
    for name in ("chrome", "html"):
        for place in ("a", "b"):
            assert main(["export", str(trace), "--format", name, "-o", str(tmp_path / place)]) == 0
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
        assert str(tmp_path) not in (tmp_path / "a").read_text()


def with_time(text: str, index: int, time: str) -> str:
    """Return a trace with another time in line ``index``, from 0."""
    lines = text.splitlines(keepends=True)
    lines[index] = re.sub(r'"t":\d+', f'"t":{time}', lines[index], count=1)
    return "".join(lines)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text[:3000], "is cut short"),
        (lambda text: text.replace('"filter":null', '"filter":"kind=call"'), "Record it without --trace-filter."),
        (lambda text: text.replace('"heir":"', '"h":"'), "is damaged: line"),
        (lambda text: with_time(text, 2, '"x"'), "is damaged: line 3 "),
        (lambda text: with_time(text, 20, "5"), "is damaged: line 21 "),
        (lambda text: "hello\n", "is not a trace"),
    ],
)  # fmt: skip
def test_what_is_no_whole_trace_is_refused(
    change: Any, words: str, tmp_path: Path, traces: dict[str, str], capfd: Any
) -> None:
    trace = tmp_path / "t.jsonl"
    trace.write_text(change(traces["stack_sharing"]))
    assert main(["export", str(trace), "--format", "chrome", "-o", str(tmp_path / "x")]) == 2
    told = capfd.readouterr().err
    assert told.count("\n") == 1 and words in told
