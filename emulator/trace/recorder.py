"""Writes a run as JSON Lines while it happens: a header, one object an event, the end. docs/trace.md explains them.

Nothing that depends on the host, on the time of day or on how rights are checked is in it: two runs of the same
program on the same input give the same bytes. Lines are written as they come, so memory stays bounded and a run that is
cut short leaves a valid trace.

State: how many events of each kind there were, and the console bytes that are not written yet.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable

from emulator.annotations import Any
from emulator.machine.events import Event
from emulator.machine.observers import NOTED, Noted
from emulator.trace.event_object import event_object, line_format
from emulator.trace.report import Report

SCHEMA_VERSION = 1
CONSOLE_CHUNK = 1024
"""Bytes of console output in one line at most; a line also ends where the guest's line ends."""


_NOTED_LINES = [line_format(event) + "\n" for event in NOTED]


class Recorder:
    """An observer of a machine that hands lines to ``write``. ``now`` returns the virtual time, for console output."""

    def __init__(self, write: Callable[[str], object], now: Callable[[], int]) -> None:
        self._write = write
        self._now = now
        self._counts: Counter[str] = Counter()
        self._console: bytearray = bytearray()
        self._channel = ""
        self._console_time = 0

    def begin(self, program: str, board: str, options: dict[str, Any]) -> None:
        """Write the header. ``options`` are those that change what the program does."""
        self._line(
            {"kind": "header", "schema_version": SCHEMA_VERSION, "program": program, "board": board, "options": options}
        )

    def __call__(self, event: Event) -> None:
        """Write ``event``."""
        self._flush_console()
        self._count(event_object(event))

    def hear_noted(self, noted: Iterable[Noted]) -> None:
        """Write what the C half noted, in one piece."""
        self._flush_console()
        lines, count = [], [0] * len(NOTED)
        for time, kind, number, first, second in noted:
            count[kind] += 1
            lines.append(_NOTED_LINES[kind].format(time, number, first, second))
        for event, number in zip(NOTED, count, strict=True):
            if number:
                self._counts[event.kind] += number
        self._write("".join(lines))

    def console(self, channel: str, data: bytes) -> None:
        """Write what the guest sent to ``channel``, joined to lines."""
        if channel != self._channel:
            self._flush_console()
        for byte in data:
            if not self._console:
                self._channel, self._console_time = channel, self._now()
            self._console.append(byte)
            if byte == 0x0A or len(self._console) == CONSOLE_CHUNK:
                self._flush_console()

    def end(self, report: Report) -> None:
        """Write the last line."""
        self._flush_console()
        self._line(
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

    def _flush_console(self) -> None:
        if self._console:
            data, self._console = bytes(self._console), bytearray()
            # One character a byte: what a UART sends need not be text.
            text = data.decode("latin-1")
            self._count({"t": self._console_time, "kind": "console", "channel": self._channel, "data": text})

    def _count(self, line: dict[str, Any]) -> None:
        self._counts[line["kind"]] += 1
        self._line(line)

    def _line(self, line: dict[str, Any]) -> None:
        self._write(json.dumps(line, separators=(",", ":")) + "\n")
