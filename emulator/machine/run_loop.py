"""The run loop: exceptions at block boundaries, the engine up to the next event, and then what it stopped for.

With the C half, native/run.c goes round while nothing out of the ordinary happens; ``prepare`` is its reference, too.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.armv7m.core import XPSR_T
from emulator.armv7m.faults import Access
from emulator.armv7m.instructions import Block, Kind
from emulator.devices.clock import NEVER
from emulator.engine.engine_run import Cause, Stop
from emulator.machine.engine_stops import EngineStops
from emulator.machine.machine_memory import CCR_DIV_0_TRP, CCR_UNALIGN_TRP
from emulator.machine.notices import Notices
from emulator.machine.parts import Parts
from emulator.machine.stop import BudgetSpent, Interrupted, StopReason

SLICE = 20_000_000
"""Instructions after which the engine comes back at the latest, so that Ctrl-C is heard."""
# Plain integers: these are combined before every run.
_ALWAYS, _MASKS = int(Kind.OPEN_IT | Kind.SP_AT_END | Kind.WRITES_CONTROL), int(Kind.MASKS)
_FAULTMASK = int(Kind.FAULTMASK)


class RunLoop:
    """Runs the engine of ``parts``; ``stops`` does what it stops for. ``reset(kind)`` answers why the run ends instead,
    or None.

    With the C half exceptions may be taken there while nobody wants to hear of them at once.
    """

    def __init__(
        self, parts: Parts, stops: EngineStops, notices: Notices, reset: Callable[[str], StopReason | None]
    ) -> None:
        self._core = parts.core
        self._engine = parts.engine
        self._processor = parts.processor
        self._mpu = parts.mpu
        self._memory = parts.memory
        self._clock = parts.clock
        self._state = parts.state
        self._fp = parts.fp
        self._shared = parts.shared
        self._observers = parts.observers
        self._stops = stops
        self._notices = notices
        self._reset = reset
        self._has_c_half = parts.processor.native is not None
        self._has_taken = False
        """Whether the step that is going on has taken an exception."""

    def run(self, max_instructions: int | None, goes_on: bool) -> StopReason:
        """See Machine.run()."""
        budget = NEVER if max_instructions is None else self._engine.clock.executed + max_instructions
        self._state.budget = min(budget, self._engine.points.deadline - self._clock.skipped)
        self._engine.points.begin(self._engine.clock.executed, self._core.registers.pc, goes_on)
        self._state.is_in_run = True
        try:
            reason = self._state.take_stop_reason() if self._stops.begin_run() else None
            return self._run_to_end() if reason is None else reason
        finally:
            self._state.is_in_run = False
            self._observers.catch_up()

    def _run_to_end(self) -> StopReason:
        regs = self._core.registers
        while True:
            if self._state.within_block:
                self._leave_exceptions_to_engine()
            else:
                reason = self._act_at_boundary()
                if reason is not None:
                    return reason
            if not regs.xpsr & XPSR_T:
                reason = self._stops.no_thumb()
            else:
                executed = self._engine.clock.executed
                stop = self._run_engine()
                if self._shared.ignored or self._shared.unprivileged:
                    self._look_at_ignored(stop, executed)
                reason = self._stops.handle(stop)
            if reason is not None:
                return reason

    def _look_at_ignored(self, stop: Stop, executed: int) -> None:
        """Unprivileged code has run; where its last block has MSR or CPS, these are looked at."""
        is_told, self._shared.ignored = self._shared.ignored, 0
        if self._engine.clock.executed == executed:
            return
        is_whole = stop.cause in (Cause.BOUNDARY, Cause.SVC, Cause.EXC_RETURN)
        if is_whole and self._has_c_half and not is_told:
            return
        has_left = is_whole and (stop.cause is Cause.BOUNDARY or self._has_c_half)
        block = self._engine.clock.previous if has_left else self._engine.left_block
        if isinstance(block, Block) and block.kinds & _MASKS:
            self._notices.block_executed(block, block.size if is_whole else self._core.registers.pc - block.address)

    def _act_at_boundary(self) -> StopReason | None:
        """Do what may only be done between two blocks."""
        reason = self._do_what_is_due()
        if reason is not None or (self._leave_exceptions_to_engine() and self._core.registers.xpsr & XPSR_T):
            return reason
        reason = self._stops.take_pending()
        return reason if reason is not None else self._state.take_stop_reason()

    def _do_what_is_due(self) -> StopReason | None:
        """Make the calls whose time has come; answer why the run ends now, if it does."""
        clock, executed = self._clock, self._engine.clock.executed
        if executed >= self._state.budget:  # a run ends in front of what is due where it ends
            reason = self._reason_to_stop()
            if reason is not None:
                return reason
        if clock.next_time() <= executed + clock.skipped:
            clock.run_due()
        return self._reason_to_stop() if self._state.is_asked_to_end else None

    def _reason_to_stop(self) -> StopReason | None:
        state = self._state
        reason = state.take_stop_reason()
        if reason is not None:
            return reason
        if state.reset_wanted:
            kind, state.reset_wanted = state.reset_wanted, ""
            reason = self._reset(kind)
            if reason is not None:
                return reason
        if state.interrupted:
            state.interrupted = False
            return Interrupted(self._clock.now, state.terminated, state.timed_out)
        if self._engine.clock.executed >= state.budget:
            return BudgetSpent(self._clock.now)
        return None

    def _leave_exceptions_to_engine(self) -> bool:
        """Let the C half take exceptions where it can: unless the last one was declined.

        It comes back for every exception that is not plain, see native/exceptions.c.
        """
        if not self._has_c_half:
            return False
        shared = self._shared
        traced = self._engine.traced or self._observers.at_once
        if self._memory.audit or self._state.alone is not None or traced:
            shared.takes_exceptions = False
            return False
        shared.takes_exceptions, shared.takes_svc = True, self._stops.personality is None
        if shared.declined:
            shared.declined = False
            return False
        return True

    # -- single steps ------------------------------------------------------------------------------------------------

    def step(self, looks_always: bool, goes_on: bool, whole_block: bool) -> StopReason | None:
        """See Machine.step() and Machine.step_block()."""
        state = self._state
        state.budget = self._engine.clock.executed + 1 if whole_block else NEVER
        state.stepping, state.is_in_run = not whole_block, True
        self._engine.points.begin(self._engine.clock.executed, self._core.registers.pc, goes_on)
        self._shared.takes_exceptions = False
        if looks_always:
            state.within_block = False
        try:
            if self._stops.begin_run():
                return state.take_stop_reason()
            reason = None if state.within_block else self._take_one()
            if reason is None and not self._has_taken:
                reason = self._execute_one()
            state.budget = NEVER
            if looks_always:
                state.within_block = False
            return reason if reason is not None or state.within_block else self._reason_to_stop()
        finally:
            self._has_taken = state.stepping = state.is_in_run = False
            self._observers.catch_up()

    def _take_one(self) -> StopReason | None:
        """Do what is due at a block boundary, and take an exception if one is to be taken."""
        self._clock.run_due()
        reason = self._reason_to_stop()
        if reason is not None:
            return reason
        active = self._core.exceptions.active
        reason = self._stops.take_pending()
        self._has_taken = self._core.exceptions.active != active
        return reason

    def _execute_one(self) -> StopReason | None:
        """Execute the instruction at the PC, once everything that must happen before it has happened."""
        regs = self._core.registers
        if not regs.xpsr & XPSR_T:
            return self._stops.no_thumb()
        before = regs.pc, regs.xpsr
        while True:
            is_alone, unprivileged = self._state.alone is not None, not regs.privileged
            stop = self._run_engine()
            if unprivileged and stop.cause in (Cause.STEPPED, Cause.BOUNDARY) and regs.pc != before[0]:
                self._notices.stepped(before[0], before[1] >> 8 & 0xFC | before[1] >> 25 & 3)
            if regs.pc != before[0] and self._refuses_next(stop):
                return None
            if stop.cause is Cause.STEPPED:  # a run ends each block in front of, and behind, one that executes alone
                self._state.within_block = not is_alone and not self._processor.is_block_end(before[0])
            reason = self._stops.handle(stop)
            again = self._state.within_block if stop.cause is Cause.ENTRY else stop.cause is Cause.ATTEND
            if reason is not None or not again or (regs.pc, regs.xpsr) != before:
                return reason

    def _refuses_next(self, stop: Stop) -> bool:
        """Whether ``stop`` is the fault of the fetch that follows a completed instruction: that is the next step."""
        if stop.cause is Cause.EXC_RETURN:
            return not self._core.registers.ipsr
        return stop.fault is not None and stop.fault.access is Access.FETCH

    # -- the engine --------------------------------------------------------------------------------------------------

    def _run_engine(self) -> Stop:
        if self._state.alone is not None:
            return self._run_alone()
        self.prepare()
        self._state.running = True
        try:
            return self._engine.step() if self._state.stepping else self._engine.run()
        finally:
            self._state.running = False
            self._observers.make_room()

    def _run_alone(self) -> Stop:
        """Step one instruction whose accesses the personality judges one by one, retrying what it resolves."""
        state = self._state
        while True:
            assert state.alone is not None
            self.prepare()
            state.running = True
            try:
                stop = self._engine.step()
            finally:
                state.running = False
            if stop.fault is None or not self._stops.is_resolved(stop.fault):
                break
        alone, state.alone = state.alone, None
        state.stale = True
        alone.done()
        return stop

    def serve_trap(self) -> bool:
        """Serve a trap without leaving the run loop of the C half; False when that must come back to ``run``."""
        state, personality = self._state, self._stops.personality
        assert personality is not None
        state.running = False
        personality.trap()
        if self._observers.is_full:
            self._observers.make_room()
        if (
            state.is_asked_to_end or state.reconfigured or state.alone is not None
            or self._engine.pages.has_lost_code
        ):  # fmt: skip
            return False
        if state.stale:
            state.stale = False
            self._engine.pages.flush(self._memory.memory_map())
        state.running = True
        return True

    def prepare(self) -> None:
        """Tell the engine how far to run and under which memory map, given the state the core is in now."""
        state, clock = self._state, self._engine.clock
        ends_soon = state.is_asked_to_end or (state.within_block and self._waits_for_boundary())
        slice_end = clock.executed if ends_soon else clock.executed + SLICE
        limit = min(state.budget, self._clock.next_time() - self._clock.skipped, slice_end)
        clock.limit = max(limit, clock.executed + 1)  # not in front of the first block: that may be half of one
        self._shared.within_block, state.within_block = state.within_block, False
        if not self._shared.takes_exceptions:  # else the C half does, before each run of its own
            self._choose_stops()
        if not self._shared.within_block:
            self._note_what_counts()
        if state.reconfigured:
            self._engine.watched.set_kinds(state.kinds)
            state.reconfigured = bool(self._shared.within_block)
        self._stops.follow_thread()
        if state.stale:
            state.stale = False
            self._engine.pages.flush(self._memory.memory_map())

    def _waits_for_boundary(self) -> bool:
        """Whether something is to count, or an exception to be taken, where the program's block ends."""
        has_changed = self._shared.fetch_held or self._state.reconfigured
        return has_changed or self._stops.most_urgent() is not None

    def _note_what_counts(self) -> None:
        """A block of the program begins: what the guest has changed in the one before counts now. [D-006, D-007]"""
        state = self._state
        negative = self._memory.bypasses_mpu()
        if negative != state.negative:
            state.negative = negative
            state.stale = True
        if self._shared.fetch_held:
            self._shared.fetch_held = False
            state.stale = True
        if state.reconfigured:
            state.kinds = self._hooked_kinds()
        if not self._shared.takes_exceptions:
            if self._core.config.has_fpu:
                self._shared.fp_is_automatic = self._fp.is_automatic
            self._engine.clock.before = self._fp.stops_before()

    def _choose_stops(self) -> None:
        """Tell the block clock what to stop for."""
        clock, exceptions = self._engine.clock, self._core.exceptions
        after = _ALWAYS
        self._shared.unprivileged = not self._core.registers.privileged
        if exceptions.pending & exceptions.enabled or self._shared.unprivileged:
            after |= _MASKS  # something waits for a mask to fall; or the instruction does nothing
        if self._mpu.ctrl & 3 == 1:
            after |= _FAULTMASK
        if self._core.config.has_fpu and self._fp.follows_control():
            after |= _MASKS
        clock.after = after

    def _hooked_kinds(self) -> int:
        """Which instructions must be looked at each time, as CCR has it."""
        hooked = Kind.ALIGNED | Kind.SEND_EVENT | Kind.READS_CONTROL | Kind.WRITES_SP | Kind.AFTER_SP
        if self._core.config.has_fpu:
            hooked |= Kind.WRITES_CONTROL | Kind.FIXED_TO_FP
        if self._core.system.ccr & CCR_DIV_0_TRP:
            hooked |= Kind.DIVIDE
        if self._core.system.ccr & CCR_UNALIGN_TRP:
            hooked |= Kind.ALIGN_TRAP
        return int(hooked)
