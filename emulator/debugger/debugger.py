"""A debugger's verbs over one machine: continue, step, step over a range; threads, memory and the end of the program.

A verb is a generator: it yields after each slice of the run, so that whoever drives it can hear of an interrupt, and
returns the StopReason. Forward, all of them call one object, ``Runner``: the machine, or what also goes backwards. A
stop is a value that the machine makes, so that a stretch which is executed again stops at the same places.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from emulator.annotations import Protocol
from emulator.armv7m.faults import Access
from emulator.debugger.contexts import Contexts, Unwind
from emulator.debugger.event_breakpoints import INTERNAL, EventBreakpoints, Guard
from emulator.debugger.first_state import FirstState
from emulator.debugger.points import Points
from emulator.debugger.stops import AtEvent, Stepped, Watched, is_end
from emulator.debugger.threads import DebugThread, ThreadView
from emulator.engine.debug_points import Watch, WatchedAccess
from emulator.machine.fault_record import FAULT_HANDLERS
from emulator.machine.machine import Machine
from emulator.machine.stop import Breakpoint, BudgetSpent, Interrupted, MemoryStored, StopReason, Watchpoint
from emulator.timetravel.checkpoint import Position
from emulator.timetravel.traveller import Traveller

SLICE = 1_000_000
"""Instructions after which a verb yields at the latest."""
STEPS = 2_000
"""The same for steps, which take longer."""

Verb = Generator[None, None, StopReason]


class Runner(Protocol):
    """What executes forwards."""

    def run(self, max_instructions: int | None = None, *, goes_on: bool = False) -> StopReason:
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
        traveller: Traveller | None = None,
        budget: int | None = None,
    ) -> None:
        self.machine = machine
        self.contexts = Contexts(machine, view, unwind)
        self.points = Points(machine)
        self.events = EventBreakpoints(machine)
        self.reason: StopReason | None = None
        """Why the last verb ended."""
        self.ended: StopReason | None = None
        """Why the program does not go on, None while it can."""
        self.on_reset: Callable[[], None] = lambda: None
        """Hears that the debugger has reset the system, after it has: whoever keeps threads has none then."""
        self.on_restart: Callable[[], None] = lambda: None
        """Hears that the program begins again, after that: its input begins again, too."""
        self.traveller = traveller
        """What goes backwards, None where nothing does."""
        self._runner: Runner = machine if traveller is None else traveller
        self._budget = budget
        self._first_state = None if traveller is not None else FirstState(machine)
        self._is_interrupted = self._is_edited = False

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

    def edited(self) -> None:
        """Registers or memory were changed: from here on it is another run."""
        self._is_edited = True

    def settle(self) -> None:
        """Before the program goes anywhere: what was changed becomes part of its history."""
        if self._is_edited and self.traveller is not None:
            self.traveller.edited()
        self._is_edited = False

    def reset(self) -> None:
        """Reset the system, as the part's reset line does: memory keeps its contents."""
        self.machine.reset()
        self.on_reset()
        self.edited()
        self.ended = self.reason = None

    def restart(self) -> None:
        """Go back to the state before the first instruction."""
        self._is_edited = False
        if self._first_state is None:
            assert self.traveller is not None
            self.traveller.restart()
        else:
            self._first_state.restore()
            self.on_reset()
            self.on_restart()
        self.ended = self.reason = None

    # -- verbs -------------------------------------------------------------------------------------------------------

    def proceed(self) -> Verb:
        """Run until something stops the program."""
        if self.ended is not None:
            return self.ended
        self.settle()
        self._apply()
        reason = self._leave_watched()
        if reason is None:
            reason = yield from self._run()
        if isinstance(reason, AtEvent) and reason.follows is not None:
            reason = (yield from self._come_back(reason.follows)) or reason
        return self._noted(reason)

    def step(self, thread: int, first: int = 0, last: int = 0) -> Verb:
        """Let ``thread`` execute one instruction, and go on while it is at one in ``first`` to ``last`` (exclusive).

        Whatever runs in between, exceptions and other threads, runs as well: the step is over when the thread is back.
        """
        if self.ended is not None:
            return self.ended
        self.settle()
        self._apply()
        return self._noted((yield from self._step(thread, first, last)))

    def step_back(self) -> Verb:
        """Undo the last instruction of the machine, or the last exception that was taken."""
        traveller = self._back()
        reason = traveller.step_back()
        return self._noted(reason or Stepped(self.machine.clock.now))
        yield  # never reached: it makes a verb of this

    def run_back(self) -> Verb:
        """Go back to what would have stopped the program last: in front of a breakpoint, a watched access, an event."""
        traveller = self._back()
        self._apply()
        search = traveller.search_back(self._stops_backwards)
        while True:
            try:
                next(search)
            except StopIteration as end:
                return self._noted(self._seen_backwards(end.value))
            yield
            if self._is_interrupted:
                search.close()
                return self._noted(Interrupted(self.machine.clock.now))

    def goto(self, time: int) -> StopReason | None:
        """Go to the first state whose virtual time is ``time`` or later; answer what ended the run before that."""
        reason = self._back().goto_time(time)
        self.reason = None
        if reason is not None:
            self._noted(reason)
        return reason

    def goto_position(self, position: Position) -> None:
        """Go to where the run was, or is."""
        self._back().goto(position)
        self.reason = None

    def go_to_farthest(self) -> None:
        """Go to where the run was farthest."""
        traveller = self._back()
        self.goto_position(traveller.farthest)

    def _back(self) -> Traveller:
        assert self.traveller is not None, "nothing goes backwards"
        self.settle()
        self.ended = None
        return self.traveller

    def _stops_backwards(self, reason: StopReason) -> bool:
        """Whether the program would have stopped for ``reason``."""
        if isinstance(reason, Watchpoint | MemoryStored):
            return self._hit_by(reason) is not None
        return not isinstance(reason, AtEvent) or reason.number != INTERNAL

    def _hit_by(self, reason: Watchpoint | MemoryStored) -> tuple[str, int] | None:
        if isinstance(reason, MemoryStored):
            return self.points.hit(WatchedAccess(reason.address, reason.size, Access.WRITE, None))
        return self.points.hit(WatchedAccess(reason.address, reason.size, reason.access, reason.value))

    def _seen_backwards(self, reason: StopReason) -> StopReason:
        """Tell of a watched access as front ends know it."""
        hit = self._hit_by(reason) if isinstance(reason, Watchpoint | MemoryStored) else None
        if hit is None or not isinstance(reason, Watchpoint | MemoryStored):
            return reason
        return Watched(self.machine.clock.now, reason.pc, hit[1], hit[0])

    def _noted(self, reason: StopReason) -> StopReason:
        self._is_interrupted = False
        self.reason = reason
        if is_end(reason):
            self.ended = reason
        return reason

    def _run(self, also: int | None = None) -> Verb:
        """Run until something stops the program, a breakpoint at ``also`` too."""
        goes_on = False
        while True:
            reason = self._runner.run(self._slice(), goes_on=goes_on)
            goes_on = isinstance(reason, BudgetSpent)
            if isinstance(reason, AtEvent) and reason.number == INTERNAL:
                self._apply(also)
                continue
            if isinstance(reason, Watchpoint):
                made = WatchedAccess(reason.address, reason.size, reason.access, reason.value)
                guard = self._guard_of(made)
                if guard is not None:
                    return self._guarded(guard, made, "is about to")
                if self.points.hit(made) is not None:
                    return self._behind(reason)
                continue  # guarded, and accessed by a handler
            if isinstance(reason, MemoryStored):
                hit = self._hit_by(reason)
                if hit is None:
                    continue
                return Watched(self.machine.clock.now, reason.pc, hit[1], hit[0])
            if not isinstance(reason, BudgetSpent) or self._is_spent():
                return reason
            yield
            if self._is_interrupted:
                return Interrupted(self.machine.clock.now)

    def _apply(self, also: int | None = None) -> None:
        """Let the machine have the points, and watch what is guarded from the thread that is on the processor."""
        guarded = self.events.guarding(self.contexts.in_thread_mode) if self.events.guards else []
        self.points.apply(also, [(guard.address, guard.size) for _, guard in guarded])

    def _guard_of(self, made: WatchedAccess) -> tuple[int, Guard] | None:
        """Return the guard that an access met, None where it was the user's watchpoint, or a handler's access."""
        if self.machine.registers.ipsr or self.points.hit(made) is not None:
            return None
        for number, guard in self.events.guarding(self.contexts.in_thread_mode):
            if Watch(guard.address, guard.size, True, True).covers(made.address, made.size):
                return number, guard
        return None

    def _guarded(self, found: tuple[int, Guard], made: WatchedAccess, when: str) -> StopReason:
        """Tell of the first access to guarded memory; the guard has done its work."""
        number, guard = found
        self.events.remove(number)
        verbs = ("write", "written") if made.access is Access.WRITE else ("read", "read")
        verb = verbs[0] if when == "is about to" else verbs[1]
        words = f"{guard.words}: it {when} {verb} {made.size} bytes at 0x{made.address:08x}"
        return AtEvent(self.machine.clock.now, number, words)

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
        if isinstance(reason, AtEvent) and reason.number == INTERNAL:
            self._apply()
            return None
        if isinstance(reason, MemoryStored):
            hit = self._hit_by(reason)
            return None if hit is None else Watched(self.machine.clock.now, reason.pc, hit[1], hit[0])
        return reason or self._watched(pc)

    def _come_back(self, thread: int) -> Generator[None, None, StopReason | None]:
        """Run until ``thread`` is on the processor; answer what stopped the program before that, or that it is gone."""
        if self.current == thread:
            return None
        found = self.contexts.find(thread)
        if found is None or found.registers is None:
            return Stepped(self.machine.clock.now)
        return (yield from self._run_to(thread, found.registers.pc))

    def _run_to(self, thread: int, pc: int) -> Generator[None, None, StopReason | None]:
        self._apply(pc)
        try:
            while True:
                reason = yield from self._run(pc)
                if not isinstance(reason, Breakpoint) or reason.address != pc:
                    return reason
                if self.current == thread:
                    return None
                if pc in self.points.breakpoints or not self.contexts.exists(thread):
                    return reason
        finally:
            self._apply()

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

    def _watched(self, pc: int) -> StopReason | None:
        """Return what the access of the instruction at ``pc`` hit, which was executed."""
        made = self.machine.passed_access
        if made is None:
            return None
        hit = self.points.hit(made)
        if hit is not None:
            return Watched(self.machine.clock.now, pc, hit[1], hit[0])
        guard = self._guard_of(made)
        return None if guard is None else self._guarded(guard, made, "has just")


def complete(verb: Verb) -> StopReason:
    """Drive ``verb`` to its end, and return why it stopped."""
    while True:
        try:
            next(verb)
        except StopIteration as end:
            reason: StopReason = end.value
            return reason
