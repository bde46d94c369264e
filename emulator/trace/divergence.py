"""Where two traces in normal form part: the streams of each thread aligned, and the differences in their order.

Alignment is greedy and bounded: behind a difference both streams go on where a few sentences in a row agree again, at
the least distance; where none do, all that is left differs. No state.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator

from emulator.records import dataclass
from emulator.trace.normal_form import NormalTrace, Stream
from emulator.trace.sentences import WAITS

AGREEMENT = 3
"""Sentences in a row that must agree behind a difference."""
WINDOW = 256
"""Sentences of one difference that are searched."""
MOST_HUNKS = 200
CHUNK = 4096


@dataclass(frozen=True, slots=True)
class Item:
    """One sentence of one thread, from the line of its trace."""

    stream: int
    sentence: int
    line: int


@dataclass(frozen=True, slots=True)
class Hunk:
    """What one thread does in one trace only: one of the two may be empty."""

    before: tuple[Item, ...]
    now: tuple[Item, ...]

    @property
    def line(self) -> int:
        """The line of either trace where it begins."""
        return min(items[0].line for items in (self.before, self.now) if items)


def differences(before: NormalTrace, now: NormalTrace, names: list[str]) -> list[Hunk]:
    """Return how the traces differ, in the order of their lines."""
    is_clocked = before.is_clocked or now.is_clocked
    hunks: list[Hunk] = []
    for stream in sorted({*before.streams, *now.streams}):
        if not (is_clocked and names[stream].startswith(WAITS)):
            streams = [trace.streams.get(stream) or Stream() for trace in (before, now)]
            hunks += _hunks(stream, streams[0], streams[1])
    return sorted(hunks, key=lambda hunk: (hunk.line, hunk.before[:1] == ()))


def same_before(trace: NormalTrace, line: int) -> int:
    """Return how many lines of ``trace`` that are compared come before ``line``."""
    lines = {number for stream in trace.streams.values() for number in stream.lines[: bisect_left(stream.lines, line)]}
    return len(lines)


def _hunks(stream: int, before: Stream, now: Stream) -> Iterator[Hunk]:
    a, b = before.items, now.items
    i = j = found = 0
    while True:
        common = _common(a, i, b, j)
        i, j = i + common, j + common
        if i == len(a) and j == len(b):
            return
        i_next, j_next = _resync(a, i, b, j) if found < MOST_HUNKS else (len(a), len(b))
        found += 1
        yield Hunk(_items(stream, before, i, i_next), _items(stream, now, j, j_next))
        i, j = i_next, j_next


def _items(stream: int, of: Stream, first: int, end: int) -> tuple[Item, ...]:
    return tuple(Item(stream, of.items[n], of.lines[n]) for n in range(first, end))


def _common(a: array[int], i: int, b: array[int], j: int) -> int:
    """Return how many sentences from ``i`` and ``j`` on are the same."""
    start = i
    while i < len(a) and j < len(b):
        if a[i : i + CHUNK] == b[j : j + CHUNK]:
            size = min(CHUNK, len(a) - i)
            i, j = i + size, j + size
            continue
        while i < len(a) and j < len(b) and a[i] == b[j]:
            i, j = i + 1, j + 1
        break
    return i - start


def _resync(a: array[int], i: int, b: array[int], j: int) -> tuple[int, int]:
    """Return the nearest places behind ``i`` and ``j`` where both go on alike; the ends where there are none."""
    for distance in range(1, 2 * WINDOW):
        for skipped in range(max(0, distance - WINDOW), min(distance, WINDOW) + 1):
            ahead, behind = i + skipped, j + distance - skipped
            row = a[ahead : ahead + AGREEMENT]
            if row and row == b[behind : behind + AGREEMENT]:
                return ahead, behind
        if distance > len(a) - i + len(b) - j:
            break
    return len(a), len(b)
