"""A debugger's verbs over one machine: continue, step, step over a range; threads, memory and the end of the program.

A verb is a generator: it yields after each slice of the run, so that whoever drives it can hear of an interrupt, and
returns the StopReason. Forward, all of them call one object, ``Runner``: the machine, or what also goes backwards. A
stop is a value that the machine makes, so that a stretch which is executed again stops at the same places.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from emulator.annotations import Protocol
from emulator.debugger.contexts import Contexts, Unwind
from emulator.debugger.points import Points
from emulator.debugger.stops import Stepped, Watched, is_end
from emulator.debugger.threads import DebugThread, ThreadView
from emulator.machine.fault_record import FAULT_HANDLERS
from emulator.machine.machine import Machine
from emulator.machine.snapshot import Snapshot
from emulator.machine.stop import Breakpoint, BudgetSpent, Interrupted, StopReason, Watchpoint

SLICE = 1_000_000
"""Instructions after which a verb yields at the latest."""
STEPS = 2_000
"""The same for steps, which take longer."""

Verb = Generator[None, None, StopReason]


class Runner(Protocol):
    """What executes forwards."""

    def run(self, max_instructions: int | None = None) -> StopReason:
        """See Machine.run()."""

    def step(self) -> StopReason | None:
        """See Machine.step()."""


class Debugger:
    """A debugger of ``machine``, which has not run yet. ``budget``: instructions that it may execute in all."""

    def __init__(
        self,
        machine: Machine,
        view: ThreadView | None = None,
        unwind: Unwind = lambda machine: [],
        runner: Runner | None = None,
        budget: int | None = None,
    ) -> None:
        self.machine = machine
        self.contexts = Contexts(machine, view, unwind)
        self.points = Points(machine)
        self.ended: StopReason | None = None
        """Why the program does not go on, None while it can."""
        self.on_restart: Callable[[], None] = lambda: None
        """Forgets what belongs to the run before: of input, of the personality."""
        self._runner: Runner = machine if runner is None else runner
        self._budget = budget
        self._beginning = Snapshot(machine)
        self._is_interrupted = False

    # -- what a front end looks at -----------------------------------------------------------------------------------

    @property
    def current(self) -> int:
        """The number of the thread that the processor executes."""
        return self.contexts.current

    def threads(self) -> list[DebugThread]:
        """Return all threads, what the processor executes first."""
        return self.contexts.all()

    # -- requests ----------------------------------------------------------------------------------------------------

    def interrupt(self) -> None:
        """Let the verb that goes on end after this slice."""
        self._is_interrupted = True

    def reset(self) -> None:
        """Reset the system, as the part's reset line does: memory keeps its contents."""
        self.machine.reset()
        self.ended = None

    def restart(self) -> None:
        """Go back to the state before the first instruction."""
        self._beginning.restore()
        self.on_restart()
        self.ended = None

    # -- verbs -------------------------------------------------------------------------------------------------------

    def proceed(self) -> Verb:
        """Run until something stops the program."""
        if self.ended is not None:
            return self.ended
        self.points.apply()
        reason = self._leave_watched()
        return self._noted((yield from self._run()) if reason is None else reason)

    def step(self, thread: int, first: int = 0, last: int = 0) -> Verb:
        """Let ``thread`` execute one instruction, and go on while it is at one in ``first`` to ``last`` (exclusive).

        Whatever runs in between, exceptions and other threads, runs as well: the step is over when the thread is back.
        """
        if self.ended is not None:
            return self.ended
        self.points.apply()
        return self._noted((yield from self._step(thread, first, last)))

    def _noted(self, reason: StopReason) -> StopReason:
        self._is_interrupted = False
        if is_end(reason):
            self.ended = reason
        return reason

    def _run(self) -> Verb:
        while True:
            reason = self._runner.run(self._slice())
            if isinstance(reason, Watchpoint):
                return self._behind(reason)
            if not isinstance(reason, BudgetSpent) or self._is_spent():
                return reason
            yield
            if self._is_interrupted:
                return Interrupted(self.machine.clock.now)

    def _slice(self) -> int:
        return SLICE if self._budget is None else min(SLICE, max(1, self._budget - self.machine.engine.executed))

    def _is_spent(self) -> bool:
        return self._budget is not None and self.machine.engine.executed >= self._budget

    def _step(self, thread: int, first: int, last: int) -> Verb:
        done = 0
        while True:
            reason = yield from self._come_back(thread)
            if reason is not None:
                return reason
            before = self.machine.engine.executed
            reason = self._step_once()
            if reason is not None:
                return reason
            if self.current != thread:
                if self.current in FAULT_HANDLERS:
                    return Stepped(self.machine.clock.now)
                if self.machine.engine.executed == before:
                    continue  # an exception was taken in front of the instruction
                reason = yield from self._come_back(thread)
                if reason is not None:
                    return reason
            pc = self.machine.registers.pc
            if not first <= pc < last:
                return Stepped(self.machine.clock.now)
            if pc in self.points.breakpoints:
                return Breakpoint(self.machine.clock.now, pc)
            done += 1
            if done % STEPS == 0:
                yield
                if self._is_interrupted:
                    return Interrupted(self.machine.clock.now)

    def _step_once(self) -> StopReason | None:
        """Execute one instruction, or take one exception; answer why that is more than a step."""
        pc = self.machine.registers.pc
        reason = self._runner.step()
        if isinstance(reason, Watchpoint):
            return self._behind(reason)
        if reason is None:
            return self._watched(pc)
        return reason

    def _come_back(self, thread: int) -> Generator[None, None, StopReason | None]:
        """Run until ``thread`` is on the processor; answer what stopped the program before that, or that it is gone."""
        if self.current == thread:
            return None
        found = self.contexts.find(thread)
        if found is None or found.registers is None:
            return Stepped(self.machine.clock.now)
        return (yield from self._run_to(thread, found.registers.pc))

    def _run_to(self, thread: int, pc: int) -> Generator[None, None, StopReason | None]:
        self.points.apply(also=pc)
        try:
            while True:
                reason = yield from self._run()
                if not isinstance(reason, Breakpoint) or reason.address != pc:
                    return reason
                if self.current == thread:
                    return None
                if pc in self.points.breakpoints or not self.contexts.exists(thread):
                    return reason
        finally:
            self.points.apply()

    # -- watchpoints: told of behind the access ----------------------------------------------------------------------

    def _leave_watched(self) -> StopReason | None:
        """Execute the first instruction alone where accesses are watched: a run never ends in front of it."""
        if not self.points.watches:
            return None
        before = self.machine.engine.executed
        reason = self._step_once()
        if reason is None and self.machine.engine.executed == before:  # an exception was taken first
            reason = self._step_once()
        return reason

    def _behind(self, reason: Watchpoint) -> StopReason:
        """Make the access that the run ended in front of."""
        ended = self._runner.step()
        return self._watched(reason.pc) or ended or Stepped(self.machine.clock.now)

    def _watched(self, pc: int) -> Watched | None:
        made = self.machine.passed_access
        hit = self.points.hit(made) if made is not None else None
        return None if hit is None else Watched(self.machine.clock.now, pc, hit[1], hit[0])


def complete(verb: Verb) -> StopReason:
    """Drive ``verb`` to its end, and return why it stopped."""
    while True:
        try:
            next(verb)
        except StopIteration as end:
            reason: StopReason = end.value
            return reason
