"""To a position that a run comes to: by whole runs, then by blocks, then by single steps.

Blocks are the program's, and what is due or pends is acted on between two of them; so a place is come to as the run
came to it, and not past it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from emulator.machine.machine import Machine
from emulator.machine.stop import BudgetSpent, StopReason
from emulator.timetravel.checkpoint import Position

LONGEST_BLOCK = 512
"""Instructions of the longest block: a page of 16-bit ones."""
MARGINS = (32, LONGEST_BLOCK)
"""Instructions in front of a position that a run ends at, before single blocks and steps lead there. A run may go past
its end by less than a block, so the last one is always enough."""


class Approach:
    """Runs ``machine`` on; ``where()`` is its position."""

    def __init__(self, machine: Machine, where: Callable[[], Position]) -> None:
        self._machine = machine
        self._where = where

    def move(self, position: Position, margin: int) -> None:
        """Run to ``position``, whatever would end the run on the way."""
        points = self._machine.engine.points
        points.is_muted = True
        try:
            while self._where() < position:
                if self.to(position, margin, True) is None:
                    break
        finally:
            points.is_muted = False

    def walk(self, position: Position, *, by_steps: bool = False) -> Generator[None, None, None]:
        """Go on to ``position``, where the run has been; yield in front of each block on the way, or each step.

        Whatever else would end the run does not.
        """
        machine, points = self._machine, self._machine.engine.points
        points.is_muted = True
        try:
            is_inside = by_steps
            while self._where() < position:
                yield
                here, pc = self._where(), machine.registers.pc
                room = position.executed - here.executed
                is_whole = not is_inside and room > 0 and machine.processor.fits(room)
                reason = machine.step_block(goes_on=True) if is_whole else machine.step(goes_on=True)
                is_inside = by_steps or (not is_whole and self._went_straight(here, pc))
                if reason is not None:
                    break
        finally:
            points.is_muted = False

    def to(self, position: Position, margin: int, goes_on: bool) -> StopReason | None:
        """Run to ``position`` or, with a small ``margin``, past it; a reason where the run ends before."""
        machine = self._machine
        reason: StopReason | None = None
        is_inside = False
        while self._where() < position:
            here, pc = self._where(), machine.registers.pc
            room = position.executed - here.executed
            if room > margin:
                reason = machine.run(room - margin, goes_on=goes_on)
                if isinstance(reason, BudgetSpent):
                    reason = None
            elif not is_inside and machine.processor.fits(room):
                reason = machine.step_block(goes_on=goes_on)
            else:
                reason = machine.step(goes_on=goes_on)
                is_inside = self._went_straight(here, pc)
            if reason is None and machine.clock.now >= machine.engine.points.deadline:
                reason = BudgetSpent(machine.clock.now)
            if reason is not None:
                return reason
            goes_on = True
        return None

    def _went_straight(self, before: Position, pc: int) -> bool:
        """Whether the step from ``before`` led to the next instruction: what did not fit there does not fit here."""
        step = self._machine.registers.pc - pc
        return step in (2, 4) and self._where() == Position(before.executed + 1, before.turns)
