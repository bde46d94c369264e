"""Forward and back in the run of a machine: to a breakpoint or watchpoint, by an instruction, to a time.

Going back is to return to a checkpoint and to run again from there. The run is the same, so nobody is told of what
happens in it a second time: the console, traces and other observers hear of nothing until the run comes to where it
was farthest. Only observers that ask for it hear of replays, too, such as those that end runs.

What a debugger changes makes another run of the one that was: what was executed behind that place is forgotten, and a
checkpoint of the changed state leads over it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from emulator.annotations import TypeVar
from emulator.devices.clock import NEVER
from emulator.machine.machine import Machine
from emulator.machine.stop import AtFault, BudgetSpent, Interrupted, MemoryStored, StopReason, Watchpoint
from emulator.records import dataclass
from emulator.timetravel.approach import LONGEST_BLOCK, MARGINS, Approach
from emulator.timetravel.checkpoint import Checkpoint, Checkpoints, Position
from emulator.timetravel.history import History
from emulator.timetravel.last_hit import Abandoned, Hit, LastHit, Wanted

INTERVAL = 2_000_000
"""Instructions between two checkpoints of a run."""
BUDGET = 256 << 20
"""Bytes for checkpoints."""
NEAR, FAR = 1_000, 20_000
"""A checkpoint is left NEAR instructions before a place that was FAR from the last one: the next is often near it.

Who goes to many places of a short run lets less than FAR, but more than NEAR, be far."""
SLICE = 20_000_000
"""Instructions after which it is asked whether somebody waits still."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Beginning(StopReason):
    """Going back has come to where the history begins."""


class Unfinished(Exception):
    """A search was given up: what it looked for may be there or not."""


def _complete(search: Generator[None, None, StopReason], is_unwanted: Callable[[], bool] = lambda: False) -> StopReason:
    while True:
        try:
            next(search)
        except StopIteration as end:
            reason: StopReason = end.value
            return reason
        if is_unwanted():
            search.close()
            raise Unfinished("interrupted")


class Traveller:
    """Runs ``machine`` from where it is now, which is where its history begins.

    Whoever changes anything but by these methods (registers, memory, breakpoints aside) says so: ``edited()``.
    """

    def __init__(
        self, machine: Machine, budget: int = BUDGET, interval: int = INTERVAL, far: int = FAR
    ) -> None:  # fmt: skip
        self._machine = machine
        self._far = far
        self._interval = interval
        self._checkpoints = Checkpoints(machine)
        self._approach = Approach(machine, lambda: self._checkpoints.position)
        self._last_hit = LastHit(machine, self._checkpoints, self._approach)
        self._budget = budget
        self._start = self._checkpoints.take()
        self._history = History(self._start, budget)
        self._farthest = self.position
        self._is_replay = False
        self.is_unwanted: Callable[[], bool] = lambda: False
        """Whether nobody waits any more for what takes long here: asked now and then."""
        self._marks: dict[int, tuple[Position, int]] = {}
        self._marked = 0

    @property
    def position(self) -> Position:
        """Where the run is."""
        return self._checkpoints.position

    @property
    def now(self) -> int:
        """The virtual time."""
        return self._machine.clock.now

    @property
    def history(self) -> History:
        """The checkpoints."""
        return self._history

    @property
    def start(self) -> Position:
        """Where the history begins."""
        return self._start.position

    def changes_from(self, position: Position) -> list[int]:
        """Return when, from ``position`` to where the run is, something was changed from outside: virtual times."""
        return self._history.edits(position, self.position)

    @property
    def is_replay(self) -> bool:
        """Whether the run was farther already."""
        return self.position < self._farthest

    @property
    def farthest(self) -> Position:
        """The farthest that the run was."""
        return self._farthest

    @property
    def ahead(self) -> int:
        """Instructions that the run was farther."""
        return self._farthest.executed - self.position.executed

    # -- places to return to -----------------------------------------------------------------------------------------

    @property
    def marks(self) -> dict[int, tuple[Position, int]]:
        """The positions and times that ``mark`` has numbered. Those of runs that are given up are gone."""
        return self._marks

    def mark(self) -> int:
        """Remember where the run is; return the number of that."""
        self._marked += 1
        self._marks[self._marked] = self.position, self.now
        return self._marked

    # -- forward -----------------------------------------------------------------------------------------------------

    def run(self, max_instructions: int | None = None, *, goes_on: bool = False) -> StopReason:
        """Run as Machine.run() does, from wherever the run is."""
        end = None if max_instructions is None else self.position.executed + max_instructions
        while True:
            reason = self._run_leg(end, goes_on)
            if reason is not None:
                self._note_farthest()
                return reason
            goes_on = True

    def _run_leg(self, end: int | None, goes_on: bool) -> StopReason | None:
        """Run to the next place where something is to be done here; return why the run ends, if it does."""
        position = self.position
        edit = self._history.next_edit(position)
        goal = self._farthest if edit is None else min(self._farthest, edit.position)
        if position < goal:
            self._set_replay(True)
            return self._run_again(goal, edit, end, goes_on)
        self._set_replay(False)
        due = self._history.last.position.executed + self._interval
        limit = due if end is None else min(due, end)
        reason = self._machine.run(max(0, limit - position.executed), goes_on=goes_on)
        if not isinstance(reason, BudgetSpent):
            return reason
        executed = self.position.executed
        if executed >= due:
            self._history.add(self._checkpoints.take())
        is_over = (end is not None and executed >= end) or self.now >= self._machine.engine.points.deadline
        return reason if is_over else None

    def _run_again(self, goal: Position, edit: Checkpoint | None, end: int | None, goes_on: bool) -> StopReason | None:
        """Run to ``goal``, which the run has been at, or to ``end``."""
        if end is not None and end < goal.executed:
            goal, edit = Position(end, 0), None
        reason = self._approach.to(goal, LONGEST_BLOCK, goes_on)
        if edit is not None and edit.position == goal == self.position:
            self._checkpoints.restore(edit)
        is_over = end is not None and self.position.executed >= end
        return BudgetSpent(self.now) if reason is None and is_over else reason

    def step(self) -> StopReason | None:
        """Execute one instruction, or take one exception, as Machine.step() does."""
        position = self.position
        self._set_replay(position < self._farthest)
        reason = None
        while reason is None and self.position == position:
            reason = self._machine.step()
        edit = self._history.next_edit(position)
        if edit is not None and self.position >= edit.position:
            self._checkpoints.restore(edit)
        self._note_farthest()
        return reason

    def _note_farthest(self) -> None:
        if self.position >= self._farthest:
            self._farthest = self.position
            self._set_replay(False)

    def _set_replay(self, is_replay: bool) -> None:
        if is_replay is not self._is_replay:
            self._is_replay = is_replay
            self._machine.observers.set_replay(is_replay)

    # -- changes from outside ------------------------------------------------------------------------------------------

    def edited(self) -> None:
        """Something of the guest was changed here: what was executed after this place is another run's."""
        self._history.forget_after(self.position)
        self._checkpoints.stored.forget_after(self.position)
        self._history.add(self._checkpoints.take(is_edit=True))
        self._end_here()

    def restart(self) -> None:
        """Begin the history again, where it began: nothing was changed or executed since."""
        self._checkpoints.restore(self._start)
        self._checkpoints.stored.forget_after(self._start.position)
        self._history = History(self._start, self._budget)
        self._end_here()

    def _end_here(self) -> None:
        """The run was never farther than it is."""
        self._farthest = here = self.position
        self._marks = {number: mark for number, mark in self._marks.items() if mark[0] <= here}
        self._set_replay(False)

    # -- back ----------------------------------------------------------------------------------------------------------

    def step_back(self) -> StopReason | None:
        """Undo one step; Beginning where there is none to undo."""
        here = self.position
        if here <= self._history.first.position:
            return Beginning(self.now)
        if here.executed > self._history.first.position.executed:
            self.goto(Position(here.executed - 1, 0))
        else:
            self.goto(self._history.first.position)
        if self.position.turns == here.turns:  # one instruction leads from here to there, and nothing else
            return None
        start = self._checkpoints.take()
        count = 0
        while True:
            self._step_quietly()
            if self.position >= here:
                break
            count += 1
        self._checkpoints.restore(start)
        for _ in range(count):
            self._step_quietly()
        return None

    def _step_quietly(self) -> None:
        position = self.position
        while self.position == position:
            if self._machine.step() is not None:
                break
        self._change_again()

    def _change_again(self) -> None:
        """Where the run has come to a place where something was changed: it is changed."""
        edit = self._history.edit_at(self.position)
        if edit is not None:
            self._checkpoints.restore(edit)

    def run_back(self, is_wanted: Wanted = lambda reason: True) -> StopReason:
        """Go back to the last place where a run would have ended for a reason that ``is_wanted``, else to Beginning.

        In front of a breakpoint, or of an access to watched memory. Where the run is now is not such a place.
        """
        return _complete(self.search_back(is_wanted))

    def search_back(self, is_wanted: Wanted, pages: frozenset[int] | None = None) -> Generator[None, None, StopReason]:
        """Do ``run_back`` in pieces: a search that is closed ends where it began.

        ``pages``: only stores to these are wanted.
        """
        end, start = self.position, self._checkpoints.take()
        try:
            for checkpoint in self._history.before(end):
                self._set_replay(True)
                if pages is not None and not self._checkpoints.stored.may_hold(pages, checkpoint.position, end):
                    end = checkpoint.position
                    continue
                hit = self._last_hit.find(checkpoint, end, is_wanted)
                if hit is not None:
                    self._go_to_hit(hit)
                    return hit.reason
                yield
                end = checkpoint.position
        except Abandoned as abandoned:
            self._return_to(start)
            return abandoned.reason
        except GeneratorExit:
            self._return_to(start)
            raise
        self.goto(self._history.first.position)
        return Beginning(self.now)

    def _go_to_hit(self, hit: Hit) -> None:
        """Go in front of what ended a run."""
        self.goto(hit.position)
        if isinstance(hit.reason, MemoryStored) or self.position != hit.position:
            self.step_back()  # it ended behind what has stored, or in the middle of a trap
        elif isinstance(hit.reason, AtFault):
            self._machine.withhold(hit.reason)

    def _return_to(self, checkpoint: Checkpoint) -> None:
        """Return to where the run was when ``checkpoint`` was taken."""
        self._checkpoints.restore(checkpoint)
        self._set_replay(self.position < self._farthest)

    def last_write(self, address: int, size: int, look: Callable[[StopReason], Result]) -> Result | None:
        """Find the last store to any of ``size`` bytes at ``address``; ``look`` sees the machine in front of it.

        Return what ``look`` returns for the reason that a run ended there: a Watchpoint, or MemoryStored. None: nothing
        has stored there since the history began. Afterwards the run is where it was. ValueError as ``Machine.watch``,
        Unfinished where the search ``is_unwanted``.
        """
        here = self._checkpoints.take()
        try:
            return self.go_to_last_write(address, size, look)
        finally:
            self._return_to(here)

    def go_to_last_write(
        self, address: int, size: int, look: Callable[[StopReason], Result], *, is_ignored: bool = False
    ) -> Result | None:
        """Do ``last_write``, and stay in front of the store; None: where the history begins.

        ``is_ignored``: stores that read-only memory ignores are looked for, too, which no checkpoint knows of.
        """
        points = self._machine.engine.points
        before = points.breakpoints.copy(), points.watches.copy()
        points.breakpoints.clear()
        self._machine.clear_watches()
        try:
            self._machine.watch(address, size)
            pages = None if is_ignored else self._checkpoints.pages_of(address, size)
            search = self.search_back(lambda one: isinstance(one, Watchpoint | MemoryStored), pages)
            reason = _complete(search, self.is_unwanted)
            if isinstance(reason, Interrupted):
                raise Unfinished("interrupted")
            return look(reason) if isinstance(reason, Watchpoint | MemoryStored) else None
        finally:
            self._machine.clear_watches()
            points.breakpoints.update(before[0])
            points.watches.extend(before[1])
            self._machine.points_changed()

    # -- anywhere ------------------------------------------------------------------------------------------------------

    def goto(self, position: Position) -> None:
        """Go to the first state at or behind ``position``; to the farthest that the run was where that is before it."""
        position = min(position, self._farthest)
        self._set_replay(True)
        for margin in MARGINS:
            checkpoint = self._history.at(position)
            if not checkpoint.position <= self.position <= position or margin != MARGINS[0]:
                self._checkpoints.restore(checkpoint)
            if position.executed - self.position.executed > self._far:
                self._approach.move(Position(position.executed - NEAR, 0), margin)
                if self.position < position:
                    self._history.add(self._checkpoints.take())
            self._approach.move(position, margin)
            if self.position == position or self._is_first_behind(position, margin):
                break
        self._change_again()
        self._set_replay(self.position < self._farthest)

    def _is_first_behind(self, position: Position, margin: int) -> bool:
        """Whether no state before this one is at or behind ``position``: no block was run past it."""
        return self.position.executed == position.executed or margin == LONGEST_BLOCK

    def walk(self, position: Position, *, by_steps: bool = False) -> Generator[None, None, None]:
        """See Approach."""
        return self._approach.walk(position, by_steps=by_steps)

    def advance(self, position: Position) -> None:
        """Go on to ``position``, where the run has been, or less than a block past it."""
        self._approach.move(position, MARGINS[0])

    def go_near(self, position: Position) -> None:
        """Go to a state less than a block behind ``position``, or to it: cheaper than ``goto``."""
        position = min(position, self._farthest)
        self._set_replay(True)
        checkpoint = self._history.at(position)
        if not checkpoint.position <= self.position <= position:
            self._checkpoints.restore(checkpoint)
        self._approach.move(position, 0)
        self._set_replay(self.position < self._farthest)

    def goto_time(self, time: int) -> StopReason | None:
        """Go to the first state whose virtual time is ``time`` or later. A reason: the run ends before that."""
        if time < self._history.first.now:
            self.goto(self._history.first.position)
            return Beginning(self.now)
        checkpoint = self._history.at_time(time)
        if not checkpoint.now <= self.now < time:
            self._checkpoints.restore(checkpoint)
        points = self._machine.engine.points
        points.is_muted, points.deadline = True, time
        try:
            while self.now < time:
                if self.is_unwanted():
                    return Interrupted(self.now)
                room = min(time - self.now, SLICE)
                reason = self.run(room - LONGEST_BLOCK) if room > LONGEST_BLOCK else self.step()
                if not (reason is None or isinstance(reason, BudgetSpent)):
                    return reason
        finally:
            points.is_muted, points.deadline = False, NEVER
        return None
