"""What a program did, without where it was linked: the events of a trace as sentences, apart for each thread.

A sentence holds the names of threads, functions and objects, never an address, a code offset, a count of bytes or of
instructions. Where a call is made is kept beside it and not compared: an optimiser inlines and tail-calls.
Calls that the C library makes for itself are left out where debug information tells them from the program's.

Each thread has a stream of its own: the clock may interrupt a rebuilt program elsewhere, and what the threads do stays
the same. Streams whose names begin with WAITS hold what does depend on that: who waited and who was chosen. They say
nothing where the clock interrupted the run (``is_clocked``). In a program without the shim's kernel the same goes for
all that asynchronous exceptions do: each different course of one is in ``episodes``, once.

State: names for the sentences and streams of all traces that are compared.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable
from functools import partial

from emulator.annotations import Any, TypeVar
from emulator.armv7m.faults import exception_name
from emulator.records import dataclass, field
from emulator.trace.sentences import LIBRARIES, bare_sentences, function_name, sentences
from emulator.trace.trace_file import TraceFile, damaged

ASYNCHRONOUS = 14
"""PendSV, SysTick and the devices' interrupts: exceptions from here on come when they come."""
ALWAYS_COMPARED = ("fault", "console")
"""Kinds of events that are the program's also where an interrupt's handler makes them."""
_IS_TICK = re.compile('"kind": ?"exception", ?"exception": ?15,')
MOST_KNOWN = 1 << 17
WRITTEN = frozenset(("data", "name"))
"""Members that are the program's own text."""

_Used = TypeVar("_Used")
Sentence = tuple[int, int]
"""The numbers of a stream and of a sentence."""


@dataclass(slots=True)
class Stream:
    """What one thread did: the numbers of sentences, and which line of the trace each is from."""

    items: array[int] = field(default_factory=lambda: array("l"))
    lines: array[int] = field(default_factory=lambda: array("l"))


@dataclass(slots=True)
class NormalTrace:
    """A trace in its normal form. Lines are counted from 1, which is the first event's."""

    trace: TraceFile
    streams: dict[int, Stream] = field(default_factory=dict)
    is_clocked: bool = False
    episodes: set[str] = field(default_factory=set)

    def members(self, line: int) -> dict[str, Any]:
        """Return the event at ``line``."""
        found: dict[str, Any] = json.loads(self.trace.lines[line - 1])
        return found


class Normalizer:
    """Brings traces into one normal form, so that their numbers can be compared."""

    def __init__(self) -> None:
        self.names: list[str] = []
        """The text of each stream and sentence."""
        self._numbers: dict[str, int] = {}
        self._has_lines = True
        self._has_kernel = True

    def number(self, text: str) -> int:
        """Return the number of a text."""
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self.names)
            self.names.append(text)
        return number

    def normal(self, trace: TraceFile) -> NormalTrace:
        """Return the normal form of ``trace``. Raises ConfigError."""
        found = NormalTrace(trace)
        counts = trace.stop.get("counts", {})
        self._has_kernel = "boot" in counts
        self._has_lines = any(not _is_library(line) for line in trace.lines)
        found.is_clocked = any(_IS_TICK.search(line) for line in trace.lines)
        if self._has_kernel:
            self._add_lines(found)
        else:
            _Bare(self, found).add_lines()
        self._add(found, len(trace.lines) + 1, sentences(trace.stop, self._has_lines))
        return found

    def _add_lines(self, found: NormalTrace) -> None:
        """Add every line; most are the same as one before but for the time."""
        known: dict[str, list[Sentence]] = {}
        streams, ids = found.streams, ThreadIds()
        for number, line in enumerate(found.trace.lines, 1):
            rest = line[line.find(",") :]
            parts = known.get(rest)
            if parts is None:
                if len(known) > MOST_KNOWN:
                    known.clear()
                if '"kind":"thread"' in line or '"kind": "thread"' in line:
                    decode(found.trace, number, line, ids.note)
                    known.clear()
                parts = known[rest] = self._sentences(found, number, line, ids)
            for name, sentence in parts:
                stream = streams.get(name)
                if stream is None:
                    stream = streams[name] = Stream()
                stream.items.append(sentence)
                stream.lines.append(number)

    def _sentences(self, found: NormalTrace, number: int, line: str, ids: ThreadIds) -> list[Sentence]:
        parts = decode(found.trace, number, line, lambda members: sentences(ids.replaced(members), self._has_lines))
        return [(self.number(name), self.number(text)) for name, text in parts]

    def _add(self, found: NormalTrace, number: int, parts: list[tuple[str, str]]) -> None:
        for name, text in parts:
            stream = found.streams.setdefault(self.number(name), Stream())
            stream.items.append(self.number(text))
            stream.lines.append(number)


class ThreadIds:
    """The ids of the threads so far, which depend on what else was created before, and the names in their stead.

    These are of the functions that the threads begin with: ``worker``, and ``worker (2)`` for the second one. A Classic
    task that is created has no such function yet: its own name.
    """

    _ID = re.compile(r"(?:\w+ )?(0x[0-9a-f]{8})\b")

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._begun: dict[str, int] = {}

    def note(self, members: dict[str, Any]) -> None:
        """Learn of a thread from the event of its creation."""
        entry = function_name(members["entry_symbol"]) or members["name"] or "code without a name"
        count = self._begun[entry] = self._begun.get(entry, 0) + 1
        self._names[members["thread"]] = entry if count == 1 else f"{entry} ({count})"

    def replaced(self, members: dict[str, Any]) -> dict[str, Any]:
        """Return an event with names for the ids in its texts; what the program wrote itself stays."""
        return {key: self._replace(key, value) for key, value in members.items()} if self._names else members

    def _replace(self, key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return self.replaced(value)
        if not isinstance(value, str) or "0x" not in value or key in WRITTEN or value.startswith('"'):
            return value
        return self._ID.sub(lambda found: self._names.get(found[1], found[0]), value)


class _Bare:
    """The lines of a program that has its own kernel, or none: what it does by itself, and what interrupts it."""

    def __init__(self, normalizer: Normalizer, found: NormalTrace) -> None:
        self._normalizer = normalizer
        self._found = found
        self._active: list[int] = []
        self._episode: list[str] = []

    def add_lines(self) -> None:
        """Add every line."""
        for number, line in enumerate(self._found.trace.lines, 1):
            decode(self._found.trace, number, line, partial(self._add, number))

    def _add(self, number: int, members: dict[str, Any]) -> None:
        kind, parts = members["kind"], bare_sentences(members)
        if kind == "exception":
            exception = members["exception"]
            parts = [("program", f"{exception_name(exception)} is taken")]
            if self._active or exception >= ASYNCHRONOUS:
                self._active.append(exception)
        elif kind == "reset":  # whatever was active is not any more
            self._active.clear()
            self._end_episode()
        if not self._active or kind in ALWAYS_COMPARED:
            self._normalizer._add(self._found, number, parts)
            return
        self._episode += [text for _, text in parts]
        if kind == "return" and members["exception"] in self._active:
            del self._active[self._active.index(members["exception"]) :]
            if not self._active:
                self._end_episode()

    def _end_episode(self) -> None:
        if self._episode:
            self._found.episodes.add(", ".join(self._episode))
            self._episode.clear()


def decode(trace: TraceFile, number: int, line: str, use: Callable[[dict[str, Any]], _Used]) -> _Used:
    """Return what ``use`` makes of the members of the event at ``number``. Raises ConfigError for what is no event."""
    try:
        return use(json.loads(line))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise damaged(trace.shown, number + 1) from None


_LINE = re.compile(r'"line": ?"([^"]*)"')


def _is_library(line: str) -> bool:
    found = _LINE.search(line)
    return found is None or found[1].startswith(LIBRARIES)
