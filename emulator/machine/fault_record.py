"""The faults that a report tells of, each as it was when it was raised: nothing is worked out from what is left later.

A record is made when a fault, an escalated SVC, a breakpoint or a request of software makes one of the exceptions in
RECORDED pending, before its handler is entered. It waits with the exception, belongs to the handler while that is
active, and is forgotten when the handler returns.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import Registers
from emulator.armv7m.exception_entry import lazy_fault_raised, why_not_taken
from emulator.armv7m.exception_return import handler_left, sp_of
from emulator.armv7m.faults import (
    CAUSES,
    LAZY,
    REQUESTS,
    STACKING,
    SVC_REFUSED,
    SVC_SIZE,
    Escalation,
    ExceptionNumber,
    Fault,
    FaultStatus,
    Raised,
)
from emulator.armv7m.fpu import FPCCR
from emulator.armv7m.scb import SHCSR
from emulator.machine.events import FaultRaised
from emulator.machine.parts import Parts
from emulator.records import dataclass, field, replace

if TYPE_CHECKING:
    from emulator.armv7m.mpu_explain import Explanation
    from emulator.engine.branch import Branch

FAULT_HANDLERS = frozenset(
    (
        ExceptionNumber.HARD_FAULT,
        ExceptionNumber.MEM_MANAGE,
        ExceptionNumber.BUS_FAULT,
        ExceptionNumber.USAGE_FAULT,
    )
)
EXC_RETURN_SPACE = 0xF000_0000
"""From here upwards a PC in Handler mode is an EXC_RETURN and no address. [B1.5.8]"""
_WILD = frozenset(("INVSTATE", "IACCVIOL", "IBUSERR", "UNDEFINSTR", "NOCP"))
"""Causes that an instruction may have which is no code of the program's: how execution came there is told."""


@dataclass(frozen=True, slots=True)
class StatusWords:
    """The fault status and address registers, and SHCSR, at one moment."""

    CFSR: int
    HFSR: int
    DFSR: int
    MMFAR: int
    BFAR: int
    SHCSR: int

    @classmethod
    def of(cls, faults: FaultStatus, shcsr: int) -> StatusWords:
        """Return the registers as they are."""
        return cls(faults.CFSR, faults.HFSR, faults.DFSR, faults.MMFAR, faults.BFAR, shcsr)


@dataclass(slots=True)
class FaultRecord:
    """A fault as it was raised: everything a report needs and later execution would change.

    ``pc`` is the instruction, ``registers`` are those before it. ``status`` is as the handler finds it: with the bits
    of this fault and of ``derived``, the faults of taking it. ``raised`` says what became pending and why.
    ``antecedent`` is the fault that was being taken when this one, of another exception, was made by taking it.
    ``branch`` is how execution came to ``pc`` where that is no code of the program's.
    """

    time: int
    fault: Fault
    pc: int
    registers: Registers
    privileged: bool
    explanation: Explanation | None
    raised: Raised
    status: StatusWords
    antecedent: FaultRecord | None = None
    branch: Branch | None = None
    device: str = ""
    """The device that raised NMI, '' where software did or where it is no NMI."""
    derived: list[FaultRecord] = field(default_factory=list)

    @property
    def escalation(self) -> Escalation | None:
        """Why it became HardFault, None when it did not."""
        return self.raised.escalation


class FaultLog:
    """The faults to report of the machine of ``parts``; its observers hear of each."""

    def __init__(self, parts: Parts) -> None:
        self._core = core = parts.core
        self._mpu = parts.mpu
        self._memory = parts.memory
        self._clock = parts.clock
        self._state = parts.state
        self._processor = parts.processor
        self._engine = parts.engine
        self._system = parts.system
        self._observers = parts.observers
        core.on_taken, core.on_deactivated = self.note_taken, self.note_deactivated
        parts.hooks.requests_changed = self.note_requests
        self.last: FaultRecord | None = None
        """The fault that was raised last, but for those of taking it."""
        self._waiting: dict[int, FaultRecord] = {}
        self._handled: dict[int, FaultRecord] = {}
        self._lockup: FaultRecord | None = None
        self.on_raised: Callable[[FaultRecord], None] | None = None
        """Hears of each fault, before the observers."""
        self._before = (0, 0, 0, 0, 0, 0)

    @property
    def first(self) -> FaultRecord | None:
        """The fault that the handlers which are active now began with, None when there is none."""
        return next(iter(self.chain()), None)

    def chain(self) -> list[FaultRecord]:
        """Return the faults whose handlers are active, in the order in which these began, then that of a lockup.

        A fault that was being taken when another one of taking it came first stands in front of that.
        """
        active = self._core.exceptions.active
        records = [record for exception, record in self._handled.items() if active >> exception & 1]
        if self._lockup is not None:
            records.append(self._lockup)
        found: list[FaultRecord] = []
        for record in records:
            for one in (record.antecedent, record):
                if one is not None and not any(one is other for other in found):
                    found.append(one)
        return found

    def handled(self, exception: int) -> FaultRecord | None:
        """Return what made the active ``exception`` come, None where that is not recorded."""
        return self._handled.get(exception) if self._core.exceptions.is_active(exception) else None

    def forget(self) -> None:
        """The core was reset: no handler is active."""
        self._waiting.clear()
        self._handled.clear()
        self._lockup = None

    # -- what the core tells -----------------------------------------------------------------------------------------

    def begin_step(self) -> None:
        """An exception is about to be taken, or its handler returns: faults of that belong to the state now."""
        regs = self._core.registers
        self._before = regs.msp, regs.psp, regs.lr, regs.pc, regs.xpsr, regs.control

    def note_raised(self, raised: Raised) -> None:
        """Record a fault. See ``Core.on_raised``."""
        record = self._record(raised)
        self._tell(record)
        taken = self._waiting.get(raised.exception)
        if taken is not None and taken.time == record.time and raised.step:
            taken.derived.append(record)  # what was being taken remains what is to be explained
            taken.status = record.status
            return
        other = self._waiting.get(raised.other) if raised.step in ("stacking", "vector") else None
        if other is not None and other.time == record.time:
            record.antecedent = other
            other.status = record.status
        self.last = record
        if not raised.exception:
            self._lockup = record
        elif taken is None or taken.raised.step or taken.fault.cause.name != "IMPRECISERR":
            self._waiting[raised.exception] = record

    def note_taken(self, exception: int) -> None:
        """The handler of ``exception`` is entered."""
        record = self._waiting.pop(exception, None)
        if record is None and exception in REQUESTS:
            record = self._request(exception)
        self._handled.pop(exception, None)
        if record is not None:
            self._handled[exception] = record

    def note_deactivated(self, exception: int) -> None:
        """The handler of ``exception`` has returned."""
        self._handled.pop(exception, None)

    def note_requests(self, device: str = "") -> None:
        """A register was written, or a line raised, that makes exceptions in REQUESTS pending, or no longer so."""
        pending = self._core.exceptions.pending
        for exception in REQUESTS:
            if not pending >> exception & 1:
                self._waiting.pop(exception, None)
            elif exception not in self._waiting:
                self._waiting[exception] = self._request(exception, device)

    def foresee(self, fault: Fault) -> FaultRecord:
        """Return the record of ``fault`` at the PC, as it will be when it is raised.

        It is the instruction's there, or that of what happens in front of the next one: taking an exception or leaving
        it, a lazy save.
        """
        core, status = self._core, self._core.faults.copy()
        step = self._step_at_pc(fault)
        status.record(replace(fault, address=None) if step else fault)
        self.begin_step()
        with handler_left(core) if step in ("return", "unstacking") else nullcontext():
            raised = self._foreseen(fault, step)
            pending, core.exceptions.pending = core.exceptions.pending, core.exceptions.pending | 1 << raised.exception
            shcsr, core.exceptions.pending = self._system.peek(SHCSR.ADDRESS, 4), pending
        if raised.escalation is not None:
            status.HFSR |= 1 << CAUSES["FORCED"].bit
        record = self._record(raised, foreseen=True)
        record.status = StatusWords.of(status, shcsr)
        return record

    def _step_at_pc(self, fault: Fault) -> str:
        """Return what the core does that ``fault`` is of, as in Raised.step."""
        regs = self._core.registers
        if fault.cause in STACKING:
            return "stacking"
        if fault.cause in LAZY:
            return "lazy save"
        if regs.ipsr and regs.pc >= EXC_RETURN_SPACE:
            return "return" if fault.cause is CAUSES["INVPC"] else "unstacking"
        return ""

    def _foreseen(self, fault: Fault, step: str) -> Raised:
        core = self._core
        if step == "lazy save":
            return lazy_fault_raised(core, fault)
        exception = int(ExceptionNumber.SVCALL if fault.cause is SVC_REFUSED else fault.cause.exception)
        escalation, lockup = why_not_taken(core, exception), ""
        if escalation is not None:
            exception = int(ExceptionNumber.HARD_FAULT)
        if exception == ExceptionNumber.HARD_FAULT and core.execution_priority() <= -1:
            exception, lockup = 0, f"{fault.cause.name} where HardFault cannot be taken"
        sp, other = None, 0
        if step == "stacking":
            sp, other = core.registers.sp, core.exceptions.most_urgent_pending() or 0
        elif step:
            sp, other = sp_of(core, core.registers.pc) if step == "unstacking" else None, core.registers.ipsr
        return Raised(fault, exception, escalation, lockup, step, other, sp)

    def closed(self, fault: Fault) -> FaultRecord:
        """Return the record of an access that an overlay has refused at the PC: no exception comes of it."""
        return self._record(Raised(fault, 0), foreseen=True)

    # -- records -----------------------------------------------------------------------------------------------------

    def _record(self, raised: Raised, foreseen: bool = False) -> FaultRecord:
        fault, regs = raised.fault, self._core.registers
        explanation = self._explain(raised, regs.pc)
        registers = self._registers(raised)
        if fault.cause is SVC_REFUSED and not foreseen:  # it has been executed
            registers.pc -= SVC_SIZE
        if self._core.config.has_fpu:
            registers.s, registers.fpscr = self._processor.peek_fp()
        branch = None
        if not raised.step and fault.cause.name in _WILD:
            branch = self._engine.branch_to(registers)
        return FaultRecord(
            self._clock.now, fault, registers.pc, registers, registers.privileged, explanation, raised,
            self._status(), branch=branch,
        )  # fmt: skip

    def _status(self) -> StatusWords:
        return StatusWords.of(self._core.faults, self._system.peek(SHCSR.ADDRESS, 4))

    def _registers(self, raised: Raised) -> Registers:
        """Return the registers before the instruction, or the step, that the fault is of."""
        if self._state.running:
            return self._processor.peek_registers()
        registers = self._core.registers.copy()
        if raised.step and raised.step != "lazy save":
            registers.msp, registers.psp, registers.lr, registers.pc, registers.xpsr, registers.control = self._before
        if raised.step in ("unstacking", "return", "vector") and registers.pc >= EXC_RETURN_SPACE:
            source = self._engine.last_instruction()
            registers.pc = registers.pc if source is None else source
        return registers

    def _explain(self, raised: Raised, pc: int) -> Explanation | None:
        fault, regs = raised.fault, self._core.registers
        if fault.cause.exception != ExceptionNumber.MEM_MANAGE or fault.access is None:
            return None
        privileged, negative = regs.privileged, self._memory.bypasses_mpu()
        if raised.step == "lazy save":  # by the state in which the frame was reserved
            fpccr = self._core.system.fpccr
            privileged = not fpccr & FPCCR.USER.mask
            negative = self._mpu.ctrl & 3 == 1 and not fpccr & FPCCR.HFRDY.mask
        address = fault.address if fault.address is not None else pc
        return self._mpu.explain(address, fault.size or 1, fault.access, privileged, negative)

    def _request(self, exception: int, device: str = "") -> FaultRecord:
        raised = Raised(Fault(REQUESTS[exception]), exception)
        record = self._record(raised)
        record.device = device
        return record

    def _tell(self, record: FaultRecord) -> None:
        if self.on_raised is not None:
            self.on_raised(record)
        if self._observers:
            fault = record.fault
            access = None if fault.access is None else fault.access.name.lower()
            event = FaultRaised(
                record.time, fault.cause.name, record.pc, fault.address, access, fault.size, fault.value
            )
            self._observers.emit(event)
