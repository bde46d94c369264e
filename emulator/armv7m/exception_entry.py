"""Taking an exception: raising it, stacking, the vector. [B1.5.6 .. B1.5.8, B1.5.11]

Exceptions are pended first and taken by ``exception_entry``, which stacks and only then picks the most urgent pending
one: late arrival and derived exceptions need no code of their own.
"""

from __future__ import annotations

import struct

from emulator.armv7m.core import CONTROL_FPCA, CONTROL_SPSEL, XPSR_ALIGN, XPSR_IT, XPSR_T, Core
from emulator.armv7m.debug_registers import DEMCR
from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.fault_registers import DFSR
from emulator.armv7m.faults import (
    CAUSES,
    MONITOR_BREAKPOINT,
    RECORDED,
    SVC_REFUSED,
    Access,
    Escalation,
    ExceptionNumber,
    Fault,
    FaultCause,
    Raised,
    exception_name,
)
from emulator.armv7m.fpu import FPCCR
from emulator.armv7m.scb import CCR
from emulator.bits import set_bits
from emulator.records import replace

CCR_STKALIGN = CCR.STKALIGN.mask
DEMCR_MON_EN = DEMCR.MON_EN.mask
FPCCR_LSPACT = FPCCR.LSPACT.mask
FPCCR_USER = FPCCR.USER.mask
FPCCR_THREAD = FPCCR.THREAD.mask
FPCCR_HFRDY = FPCCR.HFRDY.mask
FPCCR_MMRDY = FPCCR.MMRDY.mask
FPCCR_BFRDY = FPCCR.BFRDY.mask
FPCCR_MONRDY = FPCCR.MONRDY.mask
FPCCR_LSPEN = FPCCR.LSPEN.mask
FPCCR_ASPEN = FPCCR.ASPEN.mask

BASIC_FRAME = 0x20
EXTENDED_FRAME = 0x68
"""Bytes of an exception's frame, without and with FP registers. [B1.5.7]"""
FP_WORDS = 17
"""Of the larger one, behind the basic frame: s0 to s15 and FPSCR."""
EXC_RETURN_BASIC = 1 << 4
"""Of an EXC_RETURN: the frame has no FP registers. [B1.5.8]"""

_STACKING = {ExceptionNumber.MEM_MANAGE: CAUSES["MSTKERR"], ExceptionNumber.BUS_FAULT: CAUSES["STKERR"]}
_LAZY = {ExceptionNumber.MEM_MANAGE: CAUSES["MLSPERR"], ExceptionNumber.BUS_FAULT: CAUSES["LSPERR"]}


def raise_fault(core: Core, fault: Fault, told: Raised | None = None) -> str | None:
    """Record ``fault`` and pend its exception, escalated to HardFault where it cannot be taken. [B1.5.9, B1.5.14]

    ``told`` is what ``on_raised`` is to hear of a derived fault. Returns None, or in words why the core locks up
    instead.
    """
    core.faults.record(fault)
    return _pend_synchronous(core, fault.cause.exception, fault.cause.name, told or Raised(fault, 0))


def raise_svc(core: Core) -> str | None:
    """Pend SVCall, which is taken at once; where it cannot be that is a HardFault. [B1.5.14] See ``raise_fault``."""
    return _pend_synchronous(core, ExceptionNumber.SVCALL, "SVC", Raised(Fault(SVC_REFUSED), 0))


def _pend_synchronous(core: Core, exception: int, what: str, told: Raised) -> str | None:
    """Pend an exception that must be taken now: a fault or SVCall; ``what`` names it in the lockup message."""
    priority = core.execution_priority()
    escalation = why_not_taken(core, exception)
    if escalation is not None:
        core.faults.HFSR |= 1 << CAUSES["FORCED"].bit
        exception = ExceptionNumber.HARD_FAULT
    if exception == ExceptionNumber.HARD_FAULT and priority <= -1:
        lockup = f"{what} at priority {priority}, where HardFault cannot be taken"
        core.on_raised(replace(told, exception=0, lockup=lockup))
        return lockup
    core.exceptions.pend(exception)
    if exception != ExceptionNumber.SVCALL:
        core.on_raised(replace(told, exception=int(exception), escalation=escalation or told.escalation))
    return None


def why_not_taken(core: Core, exception: int) -> Escalation | None:
    """Return why ``exception`` cannot be taken now, None when it can. HardFault has nothing to escalate to."""
    exceptions = core.exceptions
    if exception == ExceptionNumber.HARD_FAULT:
        return None
    if not exceptions.is_enabled(exception):
        return Escalation(int(exception), enabled=False)
    current = core.execution_priority()
    if exceptions.preempts(exception, current):
        return None
    own = exceptions.group_priority(exceptions.priorities[exception])
    holder = next((e for e in set_bits(exceptions.active) if _group(exceptions, e) == current), 0)
    return Escalation(int(exception), True, own, current, holder, "" if holder else _mask(core))


def _group(exceptions: Exceptions, exception: int) -> int:
    return exceptions.group_priority(exceptions.priorities[exception])


def _mask(core: Core) -> str:
    """Return which mask register makes the execution priority what it is."""
    regs = core.registers
    return "FAULTMASK" if regs.faultmask & 1 else "PRIMASK" if regs.primask & 1 else "BASEPRI"


def raise_asynchronous(core: Core, fault: Fault) -> None:
    """Record and pend an asynchronous fault: it waits until its priority is reached, disabled it is a HardFault.

    The address in ``fault`` is for reports: the cause has none in the status registers.
    """
    core.faults.record(fault)
    exception = int(fault.cause.exception)
    escalation = None
    if not core.exceptions.is_enabled(exception):
        core.faults.HFSR |= 1 << CAUSES["FORCED"].bit
        escalation = Escalation(exception, enabled=False)
        exception = int(ExceptionNumber.HARD_FAULT)
    core.exceptions.pend(exception)
    core.on_raised(Raised(fault, exception, escalation))


def raise_breakpoint(core: Core) -> str | None:
    """BKPT without a debugger: DebugMonitor when enabled and urgent enough, else HardFault. [C1.6.1]"""
    core.faults.DFSR |= DFSR.BKPT.mask
    monitor = int(ExceptionNumber.DEBUG_MONITOR)
    refused = why_not_taken(core, monitor) if core.system.demcr & DEMCR_MON_EN else Escalation(monitor, enabled=False)
    if refused is None:
        core.exceptions.pend(monitor)
        core.on_raised(Raised(Fault(MONITOR_BREAKPOINT), monitor))
        return None
    fault = Fault(CAUSES["DEBUGEVT"])
    core.faults.record(fault)
    return _pend_synchronous(core, fault.cause.exception, fault.cause.name, Raised(fault, 0, refused))


def exception_entry(core: Core) -> str | None:
    """ExceptionEntry(): push the frame, then take the most urgent pending exception. [B1.5.6]

    The caller has seen that a pending exception preempts. Returns None or why the core locks up.
    """
    sp = core.registers.sp
    exc_return, fault = push_stack(core)
    if fault is not None:
        lockup = _raise_derived(core, fault, _STACKING, sp)
        if lockup is not None:
            return lockup
    return exception_taken(core, exc_return)


def push_again(core: Core, ipsr: int) -> str | None:
    """PushStack() that undoes PopStack(), with ``ipsr`` stacked in place of the core's. Returns why it locks up."""
    sp = core.registers.sp
    _, fault = push_stack(core, ipsr)
    return None if fault is None else _raise_derived(core, fault, _STACKING, sp)


def _raise_derived(core: Core, fault: Fault, causes: dict[ExceptionNumber, FaultCause], sp: int) -> str | None:
    """A fault of stacking becomes its derived cause, without an address; NOCP stays. [B1.5.11]"""
    derived = _derived(fault, causes)
    other = core.exceptions.most_urgent_pending() or 0
    return raise_fault(core, replace(derived, address=None), Raised(derived, 0, step="stacking", other=other, sp=sp))


def push_stack(core: Core, ipsr: int | None = None) -> tuple[int, Fault | None]:
    """PushStack(): returns EXC_RETURN and the first fault of the stacking, if any. [B1.5.7]

    Each word is an access of its own, made with the privilege of the interrupted code; what can be stored is stored.
    [D-004]
    ``ipsr`` is stacked in place of the core's where the two differ: a return that failed its last check.
    """
    regs = core.registers
    frameptr, extended, realigned = _frame(core)
    privileged = regs.privileged
    process = regs.uses_psp
    xpsr = regs.xpsr & ~XPSR_ALIGN | realigned << 9
    if ipsr is not None:
        xpsr = xpsr & ~0x1FF | ipsr
    words = (*regs.r[:4], regs.r[12], regs.lr, regs.pc & ~1, xpsr)
    fault = _store_words(core, frameptr, words, privileged)
    if extended:
        if core.system.fpccr & FPCCR_LSPEN:
            _update_fpccr(core, frameptr, privileged)
        else:
            fp_fault = _push_fp(core, frameptr + BASIC_FRAME, privileged)
            fault = fault or fp_fault
    if process:
        regs.psp = frameptr
    else:
        regs.msp = frameptr
    exc_return = 0xFFFF_FFF1 if regs.ipsr else (0xFFFF_FFFD if process else 0xFFFF_FFF9)
    return (exc_return & ~0x10 if extended else exc_return), fault


def _frame(core: Core) -> tuple[int, bool, int]:
    """Return where the next frame begins, whether FP registers are in it, and 1 where its alignment took 4 bytes."""
    regs = core.registers
    extended = core.config.has_fpu and bool(regs.control & CONTROL_FPCA)
    framesize = EXTENDED_FRAME if extended else BASIC_FRAME
    forcealign = 1 if extended or core.system.ccr & CCR_STKALIGN else 0
    frameptr = (regs.sp - framesize) & ~(forcealign << 2) & 0xFFFF_FFFC
    return frameptr, extended, regs.sp >> 2 & forcealign


def frame_of(core: Core) -> tuple[int, int]:
    """Return where the frame of an exception that is taken now begins, and how many bytes of it are stored at once."""
    frameptr, extended, _ = _frame(core)
    return frameptr, EXTENDED_FRAME if extended and not core.system.fpccr & FPCCR_LSPEN else BASIC_FRAME


def sp_before(frame: int, exc_return: int, stacked_xpsr: int) -> int:
    """Return the stack pointer before the frame at ``frame`` was pushed, by what its handler returns with. [B1.5.7]"""
    size = BASIC_FRAME if exc_return & EXC_RETURN_BASIC else EXTENDED_FRAME
    return frame + size + (4 if stacked_xpsr & XPSR_ALIGN else 0)


def foreseen_stacking_fault(core: Core) -> Fault | None:
    """Return the fault that storing the eight core registers would derive if an exception were taken now, or None."""
    frameptr, _, _ = _frame(core)
    for offset in range(0, BASIC_FRAME, 4):
        fault = core.memory.check((frameptr + offset) & 0xFFFF_FFFF, 4, Access.WRITE, core.registers.privileged)
        if fault is not None:
            return _derived(fault, _STACKING)
    return None


def _derived(fault: Fault, causes: dict[ExceptionNumber, FaultCause]) -> Fault:
    return replace(fault, cause=causes.get(fault.cause.exception, fault.cause))


def _push_fp(core: Core, address: int, privileged: bool) -> Fault | None:
    if not core.system.fpu.accessible(privileged):
        return Fault(CAUSES["NOCP"])  # CheckVFPEnabled()
    core.load_fp()
    state = (*core.registers.s[:16], core.registers.fpscr)  # UNKNOWN from here on; they stay as they were. [D-012]
    return _store_words(core, address, state, privileged)


def _store_words(
    core: Core, address: int, words: tuple[int, ...], privileged: bool, negative: bool | None = None
) -> Fault | None:
    """Store words at ascending addresses; all at once when nothing refuses, else word by word."""
    data = struct.pack(f"<{len(words)}I", *words)
    if core.memory.store(address, data, privileged, negative) is None:
        return None
    first: Fault | None = None
    for offset in range(0, len(data), 4):
        fault = core.memory.store((address + offset) & 0xFFFF_FFFF, data[offset : offset + 4], privileged, negative)
        first = first or fault
    return first


def _update_fpccr(core: Core, frameptr: int, privileged: bool) -> None:
    """UpdateFPCCR(): remember where the FP state belongs and which faults saving it may raise. [B1.5.7]"""
    exceptions = core.exceptions
    priority = core.execution_priority()

    def ready(exception: int) -> bool:
        return exceptions.is_enabled(exception) and exceptions.preempts(exception, priority)

    fpccr = core.system.fpccr & (FPCCR_ASPEN | FPCCR_LSPEN) | FPCCR_LSPACT
    if not privileged:
        fpccr |= FPCCR_USER
    if not core.registers.ipsr:
        fpccr |= FPCCR_THREAD
    if priority > -1:
        fpccr |= FPCCR_HFRDY
    if ready(ExceptionNumber.BUS_FAULT):
        fpccr |= FPCCR_BFRDY
    if ready(ExceptionNumber.MEM_MANAGE):
        fpccr |= FPCCR_MMRDY
    if core.system.demcr & DEMCR_MON_EN and exceptions.preempts(ExceptionNumber.DEBUG_MONITOR, priority):
        fpccr |= FPCCR_MONRDY
    core.system.fpccr = fpccr
    core.system.fpcar = (frameptr + BASIC_FRAME) & 0xFFFF_FFF8


def preserve_fp_state(core: Core) -> tuple[bool, str | None]:
    """PreserveFPState(): the lazy save, made when the first FP instruction of a handler executes. [B1.5.7]

    The state is saved with the privilege and under the priority at which the frame was reserved: USER and HFRDY.
    Returns (go on, lockup). A fault here belongs to the exception entry that reserved the frame: the xxRDY bits of that
    moment, and not the priority now, decide whether it escalates. It waits where it cannot preempt, and the FP
    instruction goes on without the state having been saved; False means that it preempts.
    """
    core.load_fp()
    regs, system = core.registers, core.system
    privileged = not system.fpccr & FPCCR_USER
    negative = not system.fpccr & FPCCR_HFRDY
    fault = _store_words(core, system.fpcar, (*regs.s[:16], regs.fpscr), privileged, negative)
    if fault is None:
        system.fpccr &= ~FPCCR_LSPACT
        return True, None
    return _raise_lazy_fault(core, replace(fault, cause=_LAZY[fault.cause.exception]))


def foreseen_lazy_fault(core: Core) -> Fault | None:
    """Return the fault that preserve_fp_state() would meet now, or None. Nothing changes."""
    system = core.system
    privileged, negative = not system.fpccr & FPCCR_USER, not system.fpccr & FPCCR_HFRDY
    for offset in range(0, 4 * FP_WORDS, 4):
        fault = core.memory.check((system.fpcar + offset) & 0xFFFF_FFFF, 4, Access.WRITE, privileged, negative)
        if fault is not None:
            return replace(fault, cause=_LAZY[fault.cause.exception])
    return None


def _raise_lazy_fault(core: Core, fault: Fault) -> tuple[bool, str | None]:
    exceptions, raised = core.exceptions, lazy_fault_raised(core, fault)
    core.faults.record(replace(fault, address=None))
    if raised.escalation is not None:
        core.faults.HFSR |= 1 << CAUSES["FORCED"].bit
    if not raised.lockup:
        exceptions.pend(raised.exception)
    core.on_raised(raised)
    if raised.lockup:
        return False, raised.lockup
    if exceptions.preempts(raised.exception, core.execution_priority()):
        return False, None
    core.system.fpccr &= ~FPCCR_LSPACT
    return True, None


def lazy_fault_raised(core: Core, fault: Fault) -> Raised:
    """Return what ``fault`` of a lazy save raises: by the priorities when its frame was reserved."""
    exception, fpccr = int(fault.cause.exception), core.system.fpccr
    ready = FPCCR_MMRDY if exception == ExceptionNumber.MEM_MANAGE else FPCCR_BFRDY
    escalation, lockup = None, ""
    if not fpccr & ready:
        escalation = Escalation(exception, True, mask="MMRDY" if ready == FPCCR_MMRDY else "BFRDY")
        exception = int(ExceptionNumber.HARD_FAULT)
        if not fpccr & FPCCR_HFRDY:
            exception, lockup = 0, f"{fault.cause.name} with no handler ready"
    return Raised(fault, exception, escalation, lockup, "lazy save", 0, core.registers.sp)


def exception_taken(core: Core, exc_return: int) -> str | None:
    """ExceptionTaken() for the most urgent pending exception; also the second half of a tail chain. [B1.5.8]"""
    exceptions, regs = core.exceptions, core.registers
    exception = exceptions.most_urgent_pending()
    if exception is None:
        return "no exception left to take"
    regs.lr = exc_return
    vector = core.memory.load_vector(core.system.vtor + 4 * exception)
    if vector is None:
        core.faults.HFSR |= 1 << CAUSES["VECTTBL"].bit
        if exception == ExceptionNumber.HARD_FAULT or core.execution_priority() <= -1:
            return _bad_vector(core, exception, f"the vector of {exception_name(exception)} cannot be read")
        # The exception whose vector failed stays pending; HardFault is more urgent and is taken in its place.
        exceptions.pend(ExceptionNumber.HARD_FAULT)
        _bad_vector(core, exception, "")
        exception = int(ExceptionNumber.HARD_FAULT)
        vector = core.memory.load_vector(core.system.vtor + 4 * exception)
        if vector is None:
            return _bad_vector(core, exception, "the vector of HardFault cannot be read")
    regs.xpsr = regs.xpsr & ~(XPSR_IT | XPSR_T | 0x1FF) | exception | (XPSR_T if vector & 1 else 0)
    regs.control &= ~(CONTROL_FPCA | CONTROL_SPSEL)
    regs.pc = vector & 0xFFFF_FFFE
    exceptions.unpend(exception)
    exceptions.active |= 1 << exception
    exceptions.taken += 1
    if exception in RECORDED:
        core.on_taken(exception)
    core.event_register = True
    return None


def _bad_vector(core: Core, exception: int, lockup: str) -> str:
    """Tell of a vector that cannot be read, and return ``lockup``."""
    fault = Fault(CAUSES["VECTTBL"], core.system.vtor + 4 * exception & 0xFFFF_FFFF, Access.READ, 4)
    pended = 0 if lockup else int(ExceptionNumber.HARD_FAULT)
    core.on_raised(Raised(fault, pended, None, lockup, "vector", exception))
    return lockup
