"""How two traces differ, for people: the first divergence in the kernel's words, and what comes after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emulator.annotations import Any
from emulator.trace.divergence import Hunk, Item, differences, same_before
from emulator.trace.normal_form import Normalizer, NormalTrace
from emulator.trace.sentences import WAITS
from emulator.trace.trace_file import TraceFile

SHOWN_ITEMS = 4
SHOWN_HUNKS = 5
INDENT = "  "
_ENDS = ("fault ", "the run ends", "fatal error")
_INPUTS = ("board", "options")


def compare_traces(before: TraceFile, now: TraceFile, name: str) -> str:
    """Return how ``now`` differs from ``before`` as lines of text, '' where both do the same. Raises ConfigError.

    ``name`` is the subject of the first sentence.
    """
    normalizer = Normalizer()
    old, new = normalizer.normal(before), normalizer.normal(now)
    hunks = differences(old, new, normalizer.names)
    if hunks:
        lines = _Text(normalizer.names, old, new).lines(hunks, name)
    elif old.episodes != new.episodes:
        lines = _episodes(old, new, name)
    else:
        return ""
    return "\n".join(line.rstrip() for line in (*lines, *_inputs(before, now))) + "\n"


class _Text:
    def __init__(self, names: list[str], before: NormalTrace, now: NormalTrace) -> None:
        self._names = names
        self._before = before
        self._now = now

    def lines(self, hunks: Sequence[Hunk], name: str) -> Iterator[str]:
        first = hunks[0]
        total = len(self._before.trace.lines) + 1
        yield f"{name} differs at event {first.line:,} of {total:,}."
        yield ""
        yield from self._hunk(first)
        yield from self._then(hunks[1:])
        same = same_before(self._before, first.line)
        yield INDENT + (f"The {same:,} compared events before are the same." if same else "It is the first event.")

    def _hunk(self, hunk: Hunk) -> Iterator[str]:
        if not hunk.now:
            yield from self._side("gone:", hunk.before, self._before)
        elif not hunk.before:
            yield from self._side("new:", hunk.now, self._now)
        else:
            yield from self._side("before:", hunk.before, self._before)
            yield from self._side("now:", hunk.now, self._now)

    def _side(self, title: str, items: Sequence[Item], trace: NormalTrace) -> Iterator[str]:
        for item in items[:SHOWN_ITEMS]:
            yield f"{INDENT}{title:<8} {self._words(item, trace)}"
            title = ""
        if len(items) > SHOWN_ITEMS:
            yield f"{INDENT}{'':<8} and {len(items) - SHOWN_ITEMS:,} more"

    def _words(self, item: Item, trace: NormalTrace) -> str:
        stream, words = self._names[item.stream].lstrip(WAITS), self._names[item.sentence]
        return f"{stream}: {words}{self._source(item, trace)}"

    def _source(self, item: Item, trace: NormalTrace) -> str:
        line = None if item.line > len(trace.trace.lines) else trace.members(item.line).get("line")
        return f"  {line}" if line is not None else ""

    def _then(self, hunks: Sequence[Hunk]) -> Iterator[str]:
        """Yield what comes after the first difference; ends first where there is no room for all."""
        shown = hunks
        if len(hunks) > SHOWN_HUNKS:
            ends = [hunk for hunk in hunks if self._is_end(hunk)]
            shown = sorted((ends + [h for h in hunks if h not in ends])[:SHOWN_HUNKS], key=lambda hunk: hunk.line)
        for hunk in shown:
            yield from self._short(hunk)
        if len(hunks) > len(shown):
            yield f"{INDENT}and {len(hunks) - len(shown):,} more differences"

    def _is_end(self, hunk: Hunk) -> bool:
        return any(self._names[item.sentence].startswith(_ENDS) for item in (*hunk.before, *hunk.now))

    def _short(self, hunk: Hunk) -> Iterator[str]:
        for items, trace, state in ((hunk.before, self._before, "gone"), (hunk.now, self._now, "new")):
            if not items:
                continue
            more = f", and {len(items) - 1:,} more" if len(items) > 1 else ""
            words = self._headline(items, trace) or f"{self._words(items[0], trace)}{more}"
            yield f"{INDENT}then (event {items[0].line:,}, {state}): {words}"

    def _headline(self, items: Sequence[Item], trace: NormalTrace) -> str:
        """Return the report's own sentence where the run ends with a fault, a deadlock or a failure."""
        headline: str = trace.trace.stop.get("headline", "")
        ends = any(self._names[item.sentence].startswith("the run ends") for item in items)
        return headline if ends else ""


def _episodes(before: NormalTrace, now: NormalTrace, name: str) -> Iterator[str]:
    yield f"{name} differs in what interrupts do."
    yield ""
    for title, courses in (("gone:", before.episodes - now.episodes), ("new:", now.episodes - before.episodes)):
        for course in sorted(courses)[:SHOWN_ITEMS]:
            yield f"{INDENT}{title:<8} {course}"


def _inputs(before: TraceFile, now: TraceFile) -> Iterator[str]:
    """Yield a line for each difference of what the runs were given."""
    for key in _INPUTS:
        old, new = before.header.get(key), now.header.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            for option in sorted({*old, *new}):
                yield from _input(f"--{option.replace('_', '-')}", old.get(option), new.get(option))
        else:
            yield from _input(key, old, new)


def _input(name: str, before: Any, now: Any) -> Iterator[str]:
    if before != now:
        yield f"{INDENT}The runs were given something else: {name} {before}, now {now}."
