"""The last place in a stretch of a run where it would have ended: it is run again, in halves where it is long."""

from __future__ import annotations

from collections.abc import Callable

from emulator.machine.machine import Machine
from emulator.machine.stop import BudgetSpent, Interrupted, MemoryStored, StopReason
from emulator.records import dataclass
from emulator.timetravel.approach import LONGEST_BLOCK, Approach
from emulator.timetravel.checkpoint import Checkpoint, Checkpoints, Position

MOST_HITS = 64
"""Stops in one stretch of a run before it is searched in halves, the later one first."""
LEAST_STRETCH = 2_000
"""Instructions of a stretch that is not halved."""

Wanted = Callable[[StopReason], bool]


@dataclass(slots=True)
class Hit:
    """Where a run would have ended, and why."""

    position: Position
    reason: StopReason


class Abandoned(Exception):
    """A search was interrupted, and where it was from is to be returned to."""

    def __init__(self, reason: StopReason) -> None:
        super().__init__("interrupted")
        self.reason = reason


class LastHit:
    """Searches the run of ``machine`` between ``checkpoints``."""

    def __init__(self, machine: Machine, checkpoints: Checkpoints, approach: Approach) -> None:
        self._machine = machine
        self._checkpoints = checkpoints
        self._approach = approach

    def find(self, start: Checkpoint, end: Position, is_wanted: Wanted) -> Hit | None:
        """Return the last hit from ``start`` on and before ``end``."""
        length = end.executed - start.position.executed
        hit, is_all = self._scan(start, end, is_wanted, MOST_HITS if length > LEAST_STRETCH else None)
        if is_all:
            return hit
        self._checkpoints.restore(start)
        self._approach.move(Position(start.position.executed + length // 2, 0), LONGEST_BLOCK)
        middle = self._checkpoints.take()
        if not start.position < middle.position < end:
            return self._scan(start, end, is_wanted, None)[0]
        later = self.find(middle, end, is_wanted)
        return later if later is not None else self.find(start, middle.position, is_wanted)

    def _scan(self, start: Checkpoint, end: Position, is_wanted: Wanted, most: int | None) -> tuple[Hit | None, bool]:
        """Run from ``start`` to ``end``; return the last hit, and whether no more than ``most`` were found."""
        self._checkpoints.restore(start)
        found: Hit | None = None
        count, goes_on = 0, True
        while True:
            room = end.executed - self._checkpoints.position.executed
            if room < 0 or self._checkpoints.position >= end:
                return found, True
            reason = self._machine.run(max(1, room), goes_on=goes_on)
            position = self._checkpoints.position
            goes_on = isinstance(reason, BudgetSpent)
            if isinstance(reason, Interrupted):
                raise Abandoned(reason)
            if position >= end and not (position == end and isinstance(reason, MemoryStored)):
                return found, True
            if goes_on:
                continue
            if is_wanted(reason):
                found = Hit(position, reason)
            count += 1
            if most is not None and count > most:
                return found, False
