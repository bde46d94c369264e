"""What the architecture says about each thing that the engine stops for."""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import XPSR_T
from emulator.armv7m.exception_entry import (
    exception_entry,
    foreseen_stacking_fault,
    raise_breakpoint,
    raise_fault,
    raise_svc,
    why_not_taken,
)
from emulator.armv7m.exception_return import exception_return, foreseen_return_fault
from emulator.armv7m.faults import (
    CAUSES,
    MONITOR_BREAKPOINT,
    STACKING,
    SVC_REFUSED,
    SVC_SIZE,
    Access,
    ExceptionNumber,
    Fault,
)
from emulator.armv7m.instructions import Block, Kind, Special, condition_passed
from emulator.engine.branch import EXCEPTION_RETURN, VECTOR
from emulator.engine.debug_points import WatchedAccess
from emulator.engine.engine_run import Cause, Stop
from emulator.machine.events import ExceptionReturned, ExceptionTaken
from emulator.machine.fault_record import EXC_RETURN_SPACE, FaultLog
from emulator.machine.notices import Notices
from emulator.machine.parts import Parts
from emulator.machine.sleep import Sleep
from emulator.machine.stop import FOREIGN, Asleep, AtFault, Breakpoint, ForeignAccess, Lockup, StopReason, Watchpoint

if TYPE_CHECKING:
    from emulator.machine.overlay import Overlay
    from emulator.machine.personality import Personality, Semihost

SCR_SLEEPONEXIT = 1 << 1


class EngineStops:
    """Does what each stop of the engine stands for; what returns a StopReason says why the run ends, or None."""

    def __init__(self, parts: Parts, faults: FaultLog, notices: Notices) -> None:
        self._core = parts.core
        self._engine = parts.engine
        self._shared = parts.shared
        self._processor = parts.processor
        self._bus = parts.bus
        self._memory = parts.memory
        self._clock = parts.clock
        self._state = parts.state
        self._faults = faults
        self._fp = parts.fp
        self._observers = parts.observers
        self._notices = notices
        self._sleep = Sleep(parts.core, parts.clock, parts.state)
        self.personality: Personality | None = None
        self.semihost: Semihost | None = None
        self.overlay: Overlay | None = None
        """See MachineMemory."""
        self._withheld: AtFault | None = None
        self.on_entry: Callable[[], bool] = lambda: False
        """See Machine.ask_at()."""
        self.on_reset: Callable[[], None] = lambda: None

    def handle(self, stop: Stop) -> StopReason | None:
        """Do what ``stop`` stands for."""
        if isinstance(self._state.stop_reason, AtFault):  # of a trap that was served within the C half
            return self._state.take_stop_reason()
        cause = stop.cause
        if cause is Cause.BOUNDARY:
            self._state.within_block = bool(self._shared.within_block)
            return None
        if cause is Cause.STEPPED:
            return None
        if cause is Cause.SVC:
            return self._svc()
        if cause is Cause.EXC_RETURN:
            return self._exception_return()
        if cause is Cause.FAULT:
            assert stop.fault is not None
            return self.fault(stop.fault)
        if cause is Cause.ATTEND:
            if stop.special is not None:
                return self._do_duty(stop.special)
            assert stop.block is not None
            return self._attend(stop.block)
        if cause is Cause.UNDEFINED:
            is_thumb = self._core.registers.xpsr & XPSR_T
            return self.fault(Fault(CAUSES["UNDEFINSTR"])) if is_thumb else self.no_thumb()
        if cause is Cause.BREAKPOINT:
            return self._breakpoint()
        if cause is Cause.ENTRY:
            return self._entry()
        if cause is Cause.POINT:
            return self._point(stop.access)
        if cause is Cause.SLEEP:
            return self._ended_unless(self._sleep.for_interrupt())
        return self._hint()

    def _point(self, access: WatchedAccess | None) -> StopReason:
        now, pc = self._clock.now, self._core.registers.pc
        self._state.within_block = True
        if access is None:
            return Breakpoint(now, pc)
        return Watchpoint(now, pc, access.address, access.size, access.access, access.value)

    def _entry(self) -> StopReason | None:
        """In front of an instruction that another thing may be done for, which takes the time of one."""
        clock, pc = self._engine.clock, self._core.registers.pc
        if not self.on_entry():
            self._engine.points.pass_entry(clock.executed, pc)
            self._state.within_block = True
            return None
        clock.count_done(pc)
        return self._state.take_stop_reason()

    def no_thumb(self) -> StopReason | None:
        """Execution with EPSR.T clear: INVSTATE, if the instruction can be fetched. [A4.1.1]"""
        regs = self._core.registers
        refused = self._memory.check(regs.pc, 2, Access.FETCH, regs.privileged)
        return self.fault(refused or Fault(CAUSES["INVSTATE"]))

    # -- exceptions ------------------------------------------------------------------------------------------------

    def most_urgent(self) -> int | None:
        """Return the pending exception that is to be taken at the next boundary, None where none preempts."""
        exceptions = self._core.exceptions
        if not exceptions.pending & exceptions.enabled:
            return None
        candidate = exceptions.most_urgent_pending()
        if candidate is None or not exceptions.preempts(candidate, self._core.execution_priority()):
            return None
        return candidate

    def take_pending(self) -> StopReason | None:
        """Take the most urgent pending exception if it preempts."""
        self.follow_thread()
        if self.most_urgent() is None:
            return None
        fault = None if self.overlay is None else self.overlay.judge_frame()
        if fault is not None:
            return self._foreign(fault)
        regs = self._core.registers
        address = regs.pc
        self._faults.begin_step()
        if self._engine.points.withholds_faults and self._stops_at_entry():
            return self._withheld
        lockup = exception_entry(self._core)
        self._engine.note_transfer(VECTOR)
        self._processor.clear_monitor()  # entry and return clear the local monitor [A3.4.4]
        if lockup is not None:
            return Lockup(self._clock.now, lockup)
        self._notices.taken()
        if self._observers:
            self._observers.emit(ExceptionTaken(self._clock.now, regs.ipsr, address, regs.lr))
        return None

    def _stops_at_entry(self) -> bool:
        """Whether the run ends in front of an exception entry whose frame cannot be stored: not when it did before."""
        fault = foreseen_stacking_fault(self._core)
        if fault is None:
            return False
        reason = AtFault(self._clock.now, self._core.registers.pc, fault)
        is_wanted = self._withheld != reason
        self._withheld = reason if is_wanted else None
        return is_wanted

    def _take_unless(self, lockup: str | None) -> StopReason | None:
        """Take what was just made pending, unless that locked the core up."""
        return self.take_pending() if lockup is None else Lockup(self._clock.now, lockup)

    def _svc(self) -> StopReason | None:
        personality = self.personality
        if personality is not None:
            immediate = self._bus.peek(self._core.registers.pc - 2, 1)[0]
            if immediate == personality.trap_immediate:
                personality.trap()
                return self._state.take_stop_reason() if isinstance(self._state.stop_reason, AtFault) else None
        if self._engine.points.withholds_faults and self._is_svc_refused():
            self._core.registers.pc -= SVC_SIZE
            self._withheld = AtFault(self._clock.now, self._core.registers.pc, Fault(SVC_REFUSED))
            return self._withheld
        return self._take_unless(raise_svc(self._core))

    def _is_svc_refused(self) -> bool:
        """Whether an SVC that was executed now is a fault."""
        return why_not_taken(self._core, ExceptionNumber.SVCALL) is not None

    def _exception_return(self) -> StopReason | None:
        regs = self._core.registers
        returning = regs.ipsr
        if not returning:  # the engine takes POP and LDM to these addresses so in Thread mode, too
            return self.fault(Fault(CAUSES["IACCVIOL"], None, Access.FETCH, 2))
        exc_return = regs.pc | regs.xpsr >> 24 & 1  # T took bit 0 of the address
        self._faults.begin_step()
        if self._engine.points.withholds_faults:
            fault = foreseen_return_fault(self._core, exc_return)
            if fault is not None and self._is_withheld(fault):
                return self._withheld
        active = self._core.exceptions.active
        lockup = exception_return(self._core, exc_return)
        has_chained = self._core.exceptions.active & ~active or regs.ipsr == returning
        self._engine.note_transfer(VECTOR if has_chained else EXCEPTION_RETURN)
        self._processor.clear_monitor()
        if lockup is not None:
            return Lockup(self._clock.now, lockup)
        self._notices.taken()
        if self.overlay is not None and not regs.ipsr:
            self.overlay.returned()
        if self._observers:
            self._observers.emit(ExceptionReturned(self._clock.now, returning, regs.pc))
            if has_chained:
                self._observers.emit(ExceptionTaken(self._clock.now, regs.ipsr, None, regs.lr))
        if not regs.ipsr and self._core.system.scr & SCR_SLEEPONEXIT:
            return self._ended_unless(self._sleep.for_interrupt())
        return None

    def _breakpoint(self) -> StopReason | None:
        regs = self._core.registers
        immediate = self._bus.peek(regs.pc, 1)[0]
        if immediate == 0xAB and self.semihost is not None:
            result = self.semihost.handle(regs.r[0], regs.r[1])
            if result is not None:
                regs.r[0] = result & 0xFFFF_FFFF
            self._engine.clock.count_done(regs.pc)
            regs.pc += 2
            return None
        if self._is_withheld(Fault(MONITOR_BREAKPOINT)):
            return self._withheld
        return self._take_unless(raise_breakpoint(self._core))

    # -- faults ----------------------------------------------------------------------------------------------------

    def fault(self, fault: Fault) -> StopReason | None:
        """A fault of the instruction at the PC: ask the personality, then raise it and take it at once."""
        if fault.cause is FOREIGN:
            return self._foreign(fault)
        if self._withheld != AtFault(self._clock.now, self._core.registers.pc, fault) and self.is_resolved(fault):
            return None  # else the personality was asked before
        if self._is_withheld(fault):
            return self._withheld
        self._raise(fault, self._core.registers.pc)
        return self._state.take_stop_reason()

    def _foreign(self, fault: Fault) -> StopReason:
        """The run ends in front of what was refused to a thread."""
        return ForeignAccess(self._clock.now, self._core.registers.pc, self._faults.closed(fault))

    def follow_thread(self) -> None:
        """Look who runs, where an exception has returned to Thread mode."""
        if self.overlay is not None and self.overlay.follow():
            self._state.stale = True

    def is_resolved(self, fault: Fault) -> bool:
        """Whether the personality changed the map so that the instruction at the PC can be retried."""
        if self.personality is None or fault.cause.exception != ExceptionNumber.MEM_MANAGE:
            return False
        return self.personality.resolve_fault(fault, self._core.registers.pc)

    def raise_fault(self, fault: Fault, pc: int) -> None:
        """Take ``fault`` as made by the trap at ``pc``, which a personality refused; or end the run before that."""
        if self._engine.points.withholds_faults:
            self._core.registers.pc = pc
            self._withheld = AtFault(self._clock.now, pc, fault)
            self._state.stop(self._withheld)
        else:
            self._raise(fault, pc)

    def _is_withheld(self, fault: Fault) -> bool:
        """Whether the run is to end in front of ``fault``: not when it did so before."""
        reason = AtFault(self._clock.now, self._core.registers.pc, fault)
        is_wanted = self._engine.points.withholds_faults and self._withheld != reason
        self._withheld = reason if is_wanted else None
        self._state.within_block = is_wanted  # what is due at the end of the block waits for that
        return is_wanted

    def withhold(self, reason: AtFault | None) -> None:
        """The run has ended with ``reason``: the next one goes on with that fault. None: the machine starts anew."""
        self._withheld = reason

    def begin_run(self) -> bool:
        """A run begins: raise the fault that the last one ended in front of, unless it is the instruction's own.

        Whether there was one. An SVC is not executed again: it has taken its time, and a trap was served up to there.
        Nor does an exception entry wait for what else is due. Another instruction is, and is known when it faults.
        """
        withheld = self._withheld
        if withheld is None:
            return False
        if (withheld.time, withheld.pc) != (self._clock.now, self._core.registers.pc):
            self._withheld = None  # the debugger went elsewhere
            return False
        if withheld.pc >= EXC_RETURN_SPACE:
            self._state.within_block = False
            reason = self._exception_return()
            self._withheld = None
        elif withheld.fault.cause in STACKING:
            if self.most_urgent() is None:  # what makes it pending is due now, and has not been made again
                return False
            reason = self.take_pending()
            self._withheld = None
        elif withheld.fault.cause is SVC_REFUSED:
            self._withheld = None
            self._core.registers.pc += SVC_SIZE
            reason = self._take_unless(raise_svc(self._core))
        elif self._is_trap(withheld):
            self._withheld = None
            self._raise(withheld.fault, withheld.pc)
            return True
        else:
            return False
        if reason is not None:
            self._state.stop(reason)
        return True

    def _is_trap(self, withheld: AtFault) -> bool:
        personality = self.personality
        if personality is None or withheld.fault.access is Access.FETCH:
            return False
        return self._bus.peek(withheld.pc, 2) == bytes((personality.trap_immediate, 0xDF))

    def _raise(self, fault: Fault, pc: int) -> None:
        self._core.registers.pc = pc
        reason = self._take_unless(raise_fault(self._core, fault))
        if reason is not None:
            self._state.stop(reason)

    # -- instructions that the engine must not execute yet -----------------------------------------------------------

    def _attend(self, block: Block) -> StopReason | None:
        """Run up to the first instruction of ``block`` that has a duty, and do the duty."""
        engine, regs = self._engine, self._core.registers
        before = engine.clock.before
        special = next(s for s in block.specials if s.kind & before)
        address = block.address + special.offset
        if address != regs.pc:
            self._state.running = self._shared.within_block = True  # the boundary in front of the block is passed
            try:
                stop = engine.run_to(address)
            finally:
                self._state.running = False
            if stop.cause is not Cause.STEPPED:
                return self.handle(stop)
        if self._core.config.has_fpu and special.kind & Kind.FP:
            engine.watched.hook_fp(block)  # from now on the instruction itself asks
        if special.itstate & 0xF and not condition_passed(special.itstate >> 4, regs.xpsr):
            reason = self._step_over(before)
            self._state.within_block = not self._processor.is_block_end(address)
            return reason
        return self._do_duty(special)

    def _do_duty(self, special: Special) -> StopReason | None:
        """What must happen before the FP, coprocessor or absent instruction at the PC may execute."""
        fault = self._fp.refuse(special)
        if fault is not None:
            return self.fault(fault)
        if self._engine.points.withholds_faults:
            fault = self._fp.foreseen_fault()
            if fault is not None and self._is_withheld(fault):
                return self._withheld
        is_active, lockup = self._fp.activate()
        self._state.within_block = is_active
        self._engine.clock.before = self._fp.stops_before()
        return None if is_active else self._take_unless(lockup)

    def _step_over(self, before: int) -> StopReason | None:
        engine = self._engine
        engine.clock.before = 0
        self._state.running = True
        try:
            return self.handle(engine.step())
        finally:
            self._state.running = False
            engine.clock.before = before

    # -- sleep -------------------------------------------------------------------------------------------------------

    def _hint(self) -> StopReason | None:
        """WFE sleeps unless the event register is set; YIELD does nothing. [B1.5.18]"""
        code = self._bus.peek(self._core.registers.pc - 4, 4)
        is_wfe = code[2:] == b"\x20\xbf" or code == b"\xaf\xf3\x02\x80"
        return self._ended_unless(self._sleep.for_event()) if is_wfe else None

    def _ended_unless(self, awake: bool) -> StopReason | None:
        """A core that nothing can wake ends the run."""
        if awake:
            return None
        reason = self.personality.asleep() if self.personality is not None else None
        return reason or Asleep(self._clock.now)
