"""A timeline as Chrome's trace events (JSON), which speedscope and Perfetto open. One us is one unit
of virtual time. [Trace Event Format, Google]

Threads, exceptions, MPU regions and shares are processes; what would overlap in a track has one of its own. Flows lead
from who wakes a thread, or shares a stack with it, to where that thread next executes.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from emulator.annotations import Any
from emulator.armv7m.faults import exception_name
from emulator.exports.timeline import MAIN, MPU_CTRL, Event, ThreadTime, Timeline

JSON = dict[str, Any]
THREADS, EXCEPTIONS, MPU, SHARES = 1, 2, 3, 4
_PROCESSES = {THREADS: "threads", EXCEPTIONS: "exceptions", MPU: "MPU regions", SHARES: "shares of stacks"}
_SHOWN_BY_TRACKS = frozenset(("switch", "block", "exception", "return", "mpu", "thread", "name", "stack", "page"))
"""Kinds of events that slices show; the others are instants on their thread's track."""


def chrome_trace(timeline: Timeline) -> str:
    """Return the JSON object, one event a line."""
    events = ",\n".join(json.dumps(event, separators=(",", ":")) for event in _Writer(timeline).events())
    other = {
        "program": timeline.program, "board": timeline.board, "outcome": timeline.outcome,
        "headline": timeline.headline, "clock": "virtual time: instructions executed and time slept, as microseconds",
    }  # fmt: skip
    return f'{{"displayTimeUnit":"ns","otherData":{json.dumps(other)},"traceEvents":[\n{events}\n]}}\n'


class _Writer:
    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._tracks = {id: 2 * number + 1 for number, id in enumerate(timeline.threads)}
        self._flows = 0

    def events(self) -> Iterator[JSON]:
        """Yield all events: names first, then each kind of track."""
        yield from self._names()
        for thread in self._timeline.threads.values():
            yield from self._thread(thread)
        for start, end, number, depth in self._timeline.exceptions:
            yield _slice(EXCEPTIONS, depth + 1, start, end, exception_name(number), {"exception": number})
        for start, end, region, words in self._timeline.regions:
            yield _slice(MPU, region + 2, start, end, words, {"region": region})
        yield from self._shares()
        for event in self._timeline.events:
            if event.kind not in _SHOWN_BY_TRACKS:
                yield self._instant(event)
        for time, waker, woken in self._timeline.wakes:
            yield from self._flow("wake", time, waker, woken)
        for share in self._timeline.shares:
            caller = self._executing(share.since)
            yield from self._flow("share", share.since, caller, share.target)

    def _names(self) -> Iterator[JSON]:
        for pid, name in _PROCESSES.items():
            yield _metadata("process_name", pid, 0, {"name": name})
            yield _metadata("process_sort_index", pid, 0, {"sort_index": pid})
        for id, track in self._tracks.items():
            name = self._timeline.threads[id].shown
            yield _metadata("thread_name", THREADS, track, {"name": name})
            yield _metadata("thread_name", THREADS, track + 1, {"name": f"{name} waits"})
        for depth in sorted({depth for *_, depth in self._timeline.exceptions}):
            yield _metadata("thread_name", EXCEPTIONS, depth + 1, {"name": f"nesting {depth + 1}"})
        for region in sorted({region for _, _, region, _ in self._timeline.regions}):
            name = "MPU_CTRL" if region == MPU_CTRL else f"region {region}"
            yield _metadata("thread_name", MPU, region + 2, {"name": name})

    def _thread(self, thread: ThreadTime) -> Iterator[JSON]:
        track = self._tracks[thread.id]
        for start, end in thread.running:
            yield _slice(THREADS, track, start, end, thread.shown, {"id": thread.id, "entry": thread.entry})
        for start, end, reason in thread.waits:
            yield _slice(THREADS, track + 1, start, end, reason, {})

    def _shares(self) -> Iterator[JSON]:
        pairs = {(share.owner, share.target): None for share in self._timeline.shares}
        tracks = {pair: number for number, pair in enumerate(pairs, 1)}
        for (owner, target), track in tracks.items():
            name = f"{self._name(target)} uses the stack of {self._name(owner)}"
            yield _metadata("thread_name", SHARES, track, {"name": name})
        for share in self._timeline.shares:
            end = self._timeline.end if share.until is None else share.until
            facts = {"via": share.via, "line": share.line}
            yield _slice(SHARES, tracks[share.owner, share.target], share.since, end, share.rights, facts)

    def _name(self, id: str) -> str:
        thread = self._timeline.threads.get(id)
        return id if thread is None else thread.shown

    def _instant(self, event: Event) -> JSON:
        track = self._tracks.get(event.thread, self._tracks[MAIN])
        found: JSON = {
            "ph": "i", "s": "g" if event.kind == "fault" else "t", "pid": THREADS, "tid": track, "ts": event.time,
            "name": event.members["name"] if event.kind == "call" else event.kind, "cat": event.kind,
        }  # fmt: skip
        found["args"] = {"words": event.words}
        if event.members.get("line"):
            found["args"]["line"] = event.members["line"]
        return found

    def _executing(self, time: int) -> str:
        """Return the id of the thread that executed at ``time``."""
        threads = self._timeline.threads.values()
        return next((thread.id for thread in threads if self._running_at(thread, time) is not None), MAIN)

    def _running_at(self, thread: ThreadTime, time: int) -> tuple[int, int] | None:
        """Return the piece of time in which ``thread`` executed at ``time``, ends included."""
        index = bisect_right(thread.running, (time, 1 << 64)) - 1
        found = thread.running[index] if index >= 0 else (0, -1)
        return found if found[0] <= time <= found[1] else None

    def _flow(self, kind: str, time: int, source: str, target: str) -> Iterator[JSON]:
        """Yield a flow from ``source`` at ``time`` to where ``target`` next executes; none where one is missing."""
        known = self._timeline.threads
        if source == target or source not in known or target not in known:
            return
        running = known[target].running
        next_one = bisect_left(running, (time, -1))
        if self._running_at(known[source], time) is None or next_one >= len(running):
            return
        self._flows += 1
        common = {"name": kind, "cat": kind, "id": self._flows, "pid": THREADS}
        yield {"ph": "s", **common, "tid": self._tracks[source], "ts": time}
        yield {"ph": "f", "bp": "e", **common, "tid": self._tracks[target], "ts": running[next_one][0]}


def _metadata(name: str, pid: int, tid: int, args: JSON) -> JSON:
    return {"ph": "M", "name": name, "pid": pid, "tid": tid, "args": args}


def _slice(pid: int, tid: int, start: int, end: int, name: str, args: JSON) -> JSON:
    return {"ph": "X", "name": name, "pid": pid, "tid": tid, "ts": start, "dur": end - start, "args": args}
