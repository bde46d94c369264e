"""Writes a run as JSON Lines while it happens: a header, one object an event, the end. docs/trace.md explains them.

Nothing that depends on the host, on the time of day or on how rights are checked is in it: two runs of the same
program on the same input give the same bytes. Whole lines are written, some thousand events at a time, so memory stays
bounded and a run that is cut short leaves a valid trace up to there.

What follows the time in a line depends on the event alone until a thread gets another name, so it is made once: runs
that switch a lot do the same thing again and again.

State: those texts, how many events of each kind there were, and the console bytes that are not written yet.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from operator import attrgetter

from emulator.annotations import Any
from emulator.image.image import Image
from emulator.machine.events import Event
from emulator.machine.observers import NOTED, Noted, Told, noted_event
from emulator.records import field_names
from emulator.trace.event_line import EXECUTING, TEACHES, EventMembers
from emulator.trace.report import Report
from emulator.trace.trace_filter import EVERYTHING, TraceFilter
from emulator.version import VERSION

SCHEMA_VERSION = 4
CONSOLE_CHUNK = 1024
"""Bytes of console output in one line at most; a line also ends where the guest's line ends."""
MOST_TEXTS = 1 << 14
"""Texts that are remembered of one kind of event."""
LINES_AT_ONCE = 64
"""Lines that are kept back where events come one by one."""

Key = Callable[[Event], Any]


class Recorder:
    """An observer of a machine that hands lines to ``write``."""

    def __init__(self, write: Callable[[str], object], image: Image, only: TraceFilter = EVERYTHING) -> None:
        self._write = write
        self._only = only
        self._members = EventMembers(image)
        self._texts: dict[type[Event], tuple[Key, str, dict[Any, str]]] = {}
        self._noted_texts: dict[tuple[int, int, int, int], str] = {}
        self._counts: Counter[str] = Counter()
        self._lines: list[str] = []
        self._number = 1
        """Of the first event in ``_lines``."""
        self._console = ""
        self._channel = ""
        self._console_time = 0

    def begin(self, **members: Any) -> None:
        """Write the header: what the program is, where it runs, and the options that change what it does."""
        self._write(_line({"kind": "header", "schema_version": SCHEMA_VERSION, "v7m": VERSION, **members}))

    def __call__(self, event: Event) -> None:
        """Write ``event``."""
        self._add(event)
        if len(self._lines) >= LINES_AT_ONCE:
            self._put()

    def hear_all(self, told: Sequence[Told], noted: Sequence[Noted]) -> None:
        """Write what happened since the last time."""
        place = 0
        for before, event in told:
            if before > place:
                self._add_noted(noted[place:before])
                place = before
            self._add(event)
        if place < len(noted):
            self._add_noted(noted[place:])
        self._put()

    def end(self, report: Report) -> None:
        """Write the last line."""
        self._flush_console()
        self._put()
        self._write(
            _line(
                {
                    "t": report.time,
                    "kind": "stop",
                    "outcome": report.outcome.value,
                    "headline": report.headline,
                    "guest_exit_code": report.exit_code,
                    "instructions": report.instructions,
                    "counts": dict(sorted(self._counts.items())),
                }
            )
        )

    # -- events as lines -----------------------------------------------------------------------------------------------

    def _add(self, event: Event) -> None:
        known = self._texts.get(type(event))
        if known is None:
            self._add_first(event)
            return
        if self._console:
            self._flush_console()
        key_of, kind, texts = known
        key = key_of(event)
        text = texts.get(key)
        if text is None:
            text = texts[key] = self._text(self._members.of(event))
            _limit(texts)
        if kind == "switch":
            self._members.learn(event)
        self._counts[kind] += 1
        self._lines.append(f'{{"t":{event.time}{text}' if text else "")

    def _add_first(self, event: Any) -> None:
        """Add an event whose class has no texts: the first of its class, or one that is always told anew."""
        kind = event.kind
        if kind == "console":
            self._hear_console(event)
            return
        self._flush_console()
        if kind in TEACHES:
            self._members.learn(event)
            if kind != "switch":
                self._forget()
        if kind not in EXECUTING and (kind == "switch" or kind not in TEACHES):
            names = [name for name in field_names(event) if name != "time"]
            self._texts[type(event)] = attrgetter(*names) if names else lambda event: None, kind, {}
        self._add_text(event.time, kind, self._text(self._members.of(event)))

    def _add_noted(self, noted: Sequence[Noted]) -> None:
        if self._console:
            self._flush_console()
        texts, counts, lines = self._noted_texts, self._counts, self._lines
        for time, kind, number, first, second in noted:
            text = texts.get((kind, number, first, second))
            if text is None:
                text = self._noted_text(kind, number, first, second)
            counts[_KINDS[kind]] += 1
            lines.append(f'{{"t":{time}{text}' if text else "")

    def _noted_text(self, kind: int, number: int, first: int, second: int) -> str:
        text = self._text(self._members.of(noted_event((0, kind, number, first, second))))
        self._noted_texts[kind, number, first, second] = text
        _limit(self._noted_texts)
        return text

    def _add_text(self, time: int, kind: str, text: str) -> None:
        self._counts[kind] += 1
        self._lines.append(f'{{"t":{time}{text}' if text else "")

    def _text(self, members: dict[str, Any]) -> str:
        """Return the line of an event behind its time, '' where the filter leaves it out."""
        return "," + _line(members)[1:] if self._only is EVERYTHING or self._only.takes(members) else ""

    def _forget(self) -> None:
        """A thread, or a stack, is another one now."""
        self._noted_texts.clear()
        for _, _, texts in self._texts.values():
            texts.clear()

    # -- console output --------------------------------------------------------------------------------------------

    def _hear_console(self, event: Any) -> None:
        """Join what comes to lines."""
        if event.channel != self._channel:
            self._flush_console()
        for character in event.data:
            if not self._console:
                self._channel, self._console_time = event.channel, event.time
            self._console += character
            if character == "\n" or len(self._console) == CONSOLE_CHUNK:
                self._flush_console()

    def _flush_console(self) -> None:
        if self._console:
            data, self._console = self._console, ""
            members = self._members.of_console(self._channel, data)
            self._add_text(self._console_time, "console", self._text(members))

    # -- the file ------------------------------------------------------------------------------------------------------

    def _put(self) -> None:
        """Write the lines that are kept."""
        lines = self._lines
        first, self._number = self._number, self._number + len(lines)
        if self._only is not EVERYTHING:
            last = None if self._only.last is None else max(self._only.last - first + 1, 0)
            lines = lines[max(self._only.first - first, 0) : last]
        text = "".join(lines)
        self._lines.clear()
        if text:
            self._write(text)


_KINDS = [event.kind for event in NOTED]


def _line(members: dict[str, Any]) -> str:
    return json.dumps(members, separators=(",", ":")) + "\n"


def _limit(texts: dict[Any, str]) -> None:
    if len(texts) > MOST_TEXTS:
        texts.clear()
