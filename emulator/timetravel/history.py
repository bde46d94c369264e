"""The checkpoints that are kept of a run: dense where they are new, ever thinner before, within a budget of memory."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from emulator.timetravel.checkpoint import Checkpoint, Position, size_of

MOST_CHECKPOINTS = 256


class History:
    """Checkpoints in the order of their positions, the first one at the beginning; ``budget`` is in bytes.

    The first, the newest and those that are edits are kept whatever the budget is.
    """

    def __init__(self, first: Checkpoint, budget: int) -> None:
        self._kept = [first]
        self._sizes = [size_of(first, None)]
        self._budget = budget

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """About the bytes that all of it takes."""
        return sum(self._sizes)

    @property
    def first(self) -> Checkpoint:
        """The beginning."""
        return self._kept[0]

    @property
    def last(self) -> Checkpoint:
        """The newest."""
        return self._kept[-1]

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep another one. One of the same position is replaced by an edit, and stays otherwise."""
        place = bisect_left(self._positions(), checkpoint.position)
        if place < len(self._kept) and self._kept[place].position == checkpoint.position:
            if not checkpoint.is_edit:
                return
            self._remove(place)
        self._kept.insert(place, checkpoint)
        self._sizes.insert(place, size_of(checkpoint, self._kept[place - 1] if place else None))
        while len(self._kept) > MOST_CHECKPOINTS or self.size > self._budget:
            if not self._thin():
                break

    def forget_after(self, position: Position) -> None:
        """The run goes on otherwise than it did behind ``position``."""
        place = max(1, bisect_right(self._positions(), position))
        del self._kept[place:], self._sizes[place:]

    def before(self, position: Position) -> list[Checkpoint]:
        """Return those in front of ``position``, the nearest first."""
        return self._kept[bisect_left(self._positions(), position) - 1 :: -1] if self.first.position < position else []

    def at(self, position: Position) -> Checkpoint:
        """Return the last one that is not behind ``position``, the first where all are."""
        return self._kept[max(0, bisect_right(self._positions(), position) - 1)]

    def at_time(self, time: int) -> Checkpoint:
        """Return the last one whose virtual time is before ``time``, the first where none is."""
        return self._kept[max(0, bisect_left([one.now for one in self._kept], time) - 1)]

    def next_edit(self, position: Position) -> Checkpoint | None:
        """Return the first edit behind ``position``."""
        return next((one for one in self._kept if one.is_edit and one.position > position), None)

    def edits(self, first: Position, last: Position) -> list[int]:
        """Return the virtual times of the edits from ``first`` to ``last``."""
        return [one.now for one in self._kept if one.is_edit and first <= one.position <= last]

    def edit_at(self, position: Position) -> Checkpoint | None:
        """Return the edit at ``position``, if there was one."""
        one = self.at(position)
        return one if one.is_edit and one.position == position else None

    def _positions(self) -> list[Position]:
        return [one.position for one in self._kept]

    def _thin(self) -> bool:
        """Give up the one that is missed least: its neighbours are near, for how long ago they are."""
        newest = self.last.position.executed
        best, best_place = 0.0, 0
        for place in range(1, len(self._kept) - 1):
            if self._kept[place].is_edit:
                continue
            before, after = self._kept[place - 1].position.executed, self._kept[place + 1].position.executed
            worth = (1 + newest - after) / (1 + after - before)
            if worth > best:
                best, best_place = worth, place
        if best_place:
            self._remove(best_place)
        return bool(best_place)

    def _remove(self, place: int) -> None:
        del self._kept[place], self._sizes[place]
        if place < len(self._kept):
            self._sizes[place] = size_of(self._kept[place], self._kept[place - 1] if place else None)
