"""A timeline as one HTML page that needs nothing else: no network, no library. timeline.html has its layout and script.

Names and output are the program's, so they go into the page as JSON and reach it as text only.
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path

from emulator.annotations import Any
from emulator.armv7m.faults import exception_name
from emulator.exports.timeline import MAIN, Event, Timeline

MOST_EVENTS = 20_000
"""Events of a page; of more the last ones, which led to the end."""
MOST_PIECES = 50_000
"""Pieces of time of a track."""
MOST_SHARES = 200
LONGEST_WORDS = 300

JSON = dict[str, Any]
_LAYOUT = Path(__file__).with_name("timeline.html")


def timeline_page(timeline: Timeline) -> str:
    """Return the page."""
    text = json.dumps(_page(timeline), separators=(",", ":"))
    for character in "<>&":  # nothing in it can end the element, or begin another
        text = text.replace(character, f"\\u{ord(character):04x}")
    before, after = _LAYOUT.read_text(encoding="utf-8").split("/*DATA*/")
    return before + text + after


def _page(timeline: Timeline) -> JSON:
    shown = [event for event in timeline.events if event.kind not in ("mpu", "page", "stack")]
    events = shown[-MOST_EVENTS:]
    return {
        "program": timeline.program,
        "board": timeline.board,
        "outcome": timeline.outcome,
        "headline": timeline.headline,
        "end": timeline.end,
        "start": _start(timeline, events),
        "threads": [_thread(timeline, id) for id in timeline.threads],
        "exceptions": _exceptions(timeline),
        "shares": [
            {
                "owner": _name(timeline, share.owner), "ownerId": share.owner,
                "target": _name(timeline, share.target), "targetId": share.target,
                "rights": share.rights, "since": share.since, "until": share.until,
                "via": share.via, "line": share.line,
            }
            for share in timeline.shares[:MOST_SHARES]
        ],
        "events": [[event.time, _name(timeline, event.thread), _words(event)] for event in events],
        "faults": [number for number, event in enumerate(events) if event.kind == "fault"],
        "leftOut": len(shown) - len(events),
    }  # fmt: skip


def _start(timeline: Timeline, events: list[Event]) -> int:
    """Return where the cursor begins: at the first fault, else at the end."""
    return next((event.time for event in events if event.kind == "fault"), timeline.end)


def _words(event: Event) -> str:
    line = event.members.get("line")
    words = event.words or event.kind
    words = words if len(words) <= LONGEST_WORDS else f"{words[:LONGEST_WORDS]}..."
    return f"{words}  {line}" if line else words


def _name(timeline: Timeline, id: str) -> str:
    thread = timeline.threads.get(id)
    return id if thread is None else thread.shown


def _thread(timeline: Timeline, id: str) -> JSON:
    thread = timeline.threads[id]
    return {
        "id": id,
        "name": thread.shown,
        "idle": thread.is_idle,
        "base": None if id == MAIN else thread.base,
        "created": thread.created,
        "ended": thread.ended,
        "running": thread.running[:MOST_PIECES],
        "waits": thread.waits[:MOST_PIECES],
    }


def _exceptions(timeline: Timeline) -> list[list[tuple[int, int, str]]]:
    """Return the exceptions by the depth of their nesting, each as (start, end, name)."""
    by_depth = sorted(timeline.exceptions, key=lambda piece: (piece[3], piece[0]))
    return [
        [(start, end, exception_name(number)) for start, end, number, _ in pieces][:MOST_PIECES]
        for _, pieces in groupby(by_depth, key=lambda piece: piece[3])
    ]
