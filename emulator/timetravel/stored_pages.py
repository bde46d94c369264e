"""Which pages of memory were stored to in which stretch of a run, as far as was noted: what need not be searched."""

from __future__ import annotations

from bisect import bisect_right

from emulator.annotations import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.timetravel.checkpoint import Position

MOST_STRETCHES = 4096


class StoredPages:
    """Stretches of a run, one behind the other from ``beginning`` on, each with the pages that were stored to in it."""

    def __init__(self, beginning: Position) -> None:
        self._ends: list[Position] = []
        self._pages: list[frozenset[int]] = []
        self._known = beginning

    def note(self, start: Position, end: Position, pages: frozenset[int]) -> None:
        """From ``start`` to ``end`` no others than ``pages`` were stored to."""
        if not start <= self._known < end:
            return  # it is known, or what is before it is not
        self._ends.append(end)
        self._pages.append(pages)
        self._known = end
        if len(self._ends) > MOST_STRETCHES:
            merged = [first | second for first, second in zip(self._pages[::2], self._pages[1::2], strict=False)]
            self._pages = merged + self._pages[2 * len(merged) :]
            self._ends = self._ends[1 : 2 * len(merged) : 2] + self._ends[2 * len(merged) :]

    def forget_after(self, position: Position) -> None:
        """The run goes on otherwise than it did behind ``position``."""
        if self._known <= position:
            return
        place = bisect_right(self._ends, position)
        del self._ends[place + 1 :], self._pages[place + 1 :]
        self._ends[-1] = self._known = position

    def may_hold(self, pages: frozenset[int], start: Position, end: Position) -> bool:
        """Whether any of ``pages`` may have been stored to from ``start`` to ``end``."""
        if end > self._known:
            return True
        for place in range(bisect_right(self._ends, start), len(self._ends)):
            if self._pages[place] & pages:
                return True
            if self._ends[place] >= end:
                break
        return False
