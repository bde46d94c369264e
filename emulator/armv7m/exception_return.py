"""Returning from an exception: the integrity checks, unstacking, tail-chaining. [B1.5.8, B1.5.10]"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from emulator.armv7m.core import CONTROL_FPCA, CONTROL_SPSEL, XPSR_ALIGN, XPSR_IT, XPSR_T, Core
from emulator.armv7m.exception_entry import (
    BASIC_FRAME,
    CCR_STKALIGN,
    EXTENDED_FRAME,
    FP_WORDS,
    FPCCR_LSPACT,
    exception_taken,
    push_again,
    raise_fault,
)
from emulator.armv7m.faults import CAUSES, RECORDED, Access, ExceptionNumber, Fault, Raised
from emulator.armv7m.scb import CCR
from emulator.records import replace

CCR_NONBASETHRDENA = CCR.NONBASETHRDENA.mask
_UNSTACKING = {ExceptionNumber.MEM_MANAGE: CAUSES["MUNSTKERR"], ExceptionNumber.BUS_FAULT: CAUSES["UNSTKERR"]}
_APSR = 0xF80F_0000


def exception_return(core: Core, exc_return: int) -> str | None:
    """ExceptionReturn(): leave the current handler as ``exc_return`` (32 bits, from LR) says. [B1.5.8]

    Returns None or why the core locks up. Afterwards the core is in the interrupted code, in the handler of a
    tail-chained exception, or in the UsageFault that a failed check raises.
    """
    exceptions, regs = core.exceptions, core.registers
    returning = regs.ipsr
    if not exceptions.is_active(returning):
        _deactivate(core, returning)
        return _invalid_return(core, exc_return, returning)
    kind = exc_return & 0xF
    to_thread = kind in (0x9, 0xD)
    valid = _is_valid(core, exc_return)
    _deactivate(core, returning)
    if not valid:
        return _invalid_return(core, exc_return, returning)
    regs.xpsr &= ~0x1FF if to_thread else -1
    regs.control = regs.control & ~CONTROL_SPSEL | (CONTROL_SPSEL if kind == 0xD else 0)
    chained = exceptions.most_urgent_pending()
    if chained is not None and exceptions.preempts(chained, core.execution_priority()):
        return exception_taken(core, exc_return)
    lockup, popped = _pop_stack(core, exc_return, to_thread, returning)
    if not popped:
        return lockup
    if to_thread == bool(regs.ipsr):
        # The stacked IPSR does not fit the mode: the frame is pushed again and the return fails. [B1.5.8]
        core.faults.record(Fault(CAUSES["INVPC"]))
        ipsr = regs.ipsr
        regs.xpsr = regs.xpsr & ~0x1FF | (0 if to_thread else 1)  # the mode that the return chose
        lockup = push_again(core, ipsr)
        regs.xpsr = regs.xpsr & ~0x1FF | ipsr
        return lockup if lockup is not None else _invalid_return(core, exc_return, returning)
    core.event_register = True
    return None


def foreseen_return_fault(core: Core, exc_return: int) -> Fault | None:
    """Return the fault that exception_return() would raise now, or None. Nothing changes."""
    if not core.exceptions.is_active(core.registers.ipsr) or not _is_valid(core, exc_return):
        return Fault(CAUSES["INVPC"])
    with handler_left(core):
        exceptions = core.exceptions
        chained = exceptions.most_urgent_pending()
        if chained is not None and exceptions.preempts(chained, core.execution_priority()):
            return None  # a tail chain: nothing is unstacked
        return _foreseen_unstacking_fault(core, exc_return)


@contextmanager
def handler_left(core: Core) -> Iterator[None]:
    """As long as this is open, what decides about priorities is as when the handler that is active has been left."""
    exceptions, regs = core.exceptions, core.registers
    kept = exceptions.active, exceptions.pending, regs.faultmask
    exceptions.active &= ~(1 << regs.ipsr)
    exceptions.pending |= exceptions.lines & 1 << regs.ipsr
    regs.faultmask &= regs.ipsr == ExceptionNumber.NMI
    try:
        yield
    finally:
        exceptions.active, exceptions.pending, regs.faultmask = kept


def _foreseen_unstacking_fault(core: Core, exc_return: int) -> Fault | None:
    frameptr, to_thread = sp_of(core, exc_return), exc_return & 0xF != 1
    privileged = not to_thread or not core.registers.control & 1
    extended = core.config.has_fpu and not exc_return & 0x10 and not core.system.fpccr & FPCCR_LSPACT
    fault = core.memory.check(frameptr, BASIC_FRAME, Access.READ, privileged)
    if fault is None and extended:
        if not core.system.fpu.accessible(privileged):
            return Fault(CAUSES["NOCP"])
        fault = core.memory.check(frameptr + BASIC_FRAME, 4 * FP_WORDS, Access.READ, privileged)
    if fault is not None:
        return _derived(fault)
    psr = core.memory.load(frameptr + BASIC_FRAME - 4, 4, privileged)
    has_ipsr = not isinstance(psr, Fault) and bool(int.from_bytes(psr, "little") & 0x1FF)
    return Fault(CAUSES["INVPC"]) if to_thread == has_ipsr else None


def _is_valid(core: Core, exc_return: int) -> bool:
    """Whether ``exc_return``, of a handler that is active, passes the integrity checks. [B1.5.8]"""
    # UNPREDICTABLE: reserved bits of EXC_RETURN that are not ones. They fail the check as a reserved value. [D-010]
    reserved, kind = 0x0FFF_FFE0 if core.config.has_fpu else 0x0FFF_FFF0, exc_return & 0xF
    if exc_return & reserved != reserved or kind not in (0x1, 0x9, 0xD):
        return False
    is_nested = bin(core.exceptions.active).count("1") != 1
    return kind == 1 or not is_nested or bool(core.system.ccr & CCR_NONBASETHRDENA)


def sp_of(core: Core, exc_return: int) -> int:
    """Return where the frame is that ``exc_return`` says is to be unstacked."""
    return core.registers.psp if exc_return & 4 else core.registers.msp


def _derived(fault: Fault) -> Fault:
    return replace(fault, cause=_UNSTACKING.get(fault.cause.exception, fault.cause))


def _deactivate(core: Core, exception: int) -> None:
    """DeActivate(): FAULTMASK falls, except on return from NMI. [B1.5.8]"""
    core.exceptions.deactivate(exception)
    if exception in RECORDED:
        core.on_deactivated(exception)
    if core.registers.ipsr != ExceptionNumber.NMI:
        core.registers.faultmask = 0


def _invalid_return(core: Core, exc_return: int, returning: int) -> str | None:
    """INVPC is taken as a tail chain: nothing is unstacked, LR holds the EXC_RETURN that failed."""
    fault = Fault(CAUSES["INVPC"])
    lockup = raise_fault(core, fault, Raised(fault, 0, step="return", other=returning))
    if lockup is not None:
        return lockup
    return exception_taken(core, exc_return | 0xF000_0000)


def _pop_stack(core: Core, exc_return: int, to_thread: bool, returning: int) -> tuple[str | None, bool]:
    """PopStack(): (lockup, True) when the frame is back in the registers, False when a fault was taken. [B1.5.8]"""
    regs, system = core.registers, core.system
    extended = core.config.has_fpu and not exc_return & 0x10
    process = bool(exc_return & 4)
    frameptr = sp_of(core, exc_return)
    privileged = not to_thread or not regs.control & 1
    words = _load_words(core, frameptr, 8, privileged)
    fp_words: tuple[int, ...] | Fault = ()
    lazy = bool(system.fpccr & FPCCR_LSPACT)
    if not isinstance(words, Fault) and extended and not lazy:
        fp_words = _pop_fp(core, frameptr + BASIC_FRAME, privileged)
    for outcome in (words, fp_words):
        if isinstance(outcome, Fault):
            return _fail_unstacking(core, outcome, exc_return, returning), False
    assert not isinstance(words, Fault) and not isinstance(fp_words, Fault)
    if core.config.has_fpu:
        regs.control = regs.control & ~CONTROL_FPCA | (CONTROL_FPCA if extended else 0)
        if extended and lazy:
            system.fpccr &= ~FPCCR_LSPACT  # the FP registers still hold the state
        elif extended:
            core.load_fp()
            regs.s[:16] = fp_words[:16]
            regs.fpscr = fp_words[16]
            core.store_fp()
    regs.r[:4] = words[:4]
    regs.r[12], regs.lr, pc, psr = words[4:]
    regs.pc = pc & 0xFFFF_FFFE
    forcealign = extended or bool(system.ccr & CCR_STKALIGN)
    top = (frameptr + (EXTENDED_FRAME if extended else BASIC_FRAME)) & 0xFFFF_FFFF
    if psr & XPSR_ALIGN and forcealign:
        top |= 4
    if process:
        regs.psp = top
    else:
        regs.msp = top
    regs.xpsr = psr & (_APSR | XPSR_IT | XPSR_T | 0x1FF)
    return None, True


def _pop_fp(core: Core, address: int, privileged: bool) -> tuple[int, ...] | Fault:
    if not core.system.fpu.accessible(privileged):
        return Fault(CAUSES["NOCP"])  # CheckVFPEnabled()
    return _load_words(core, address, FP_WORDS, privileged)


def _fail_unstacking(core: Core, fault: Fault, exc_return: int, returning: int) -> str | None:
    """A fault while unstacking is taken as a tail chain; the stack pointer stays at the frame."""
    derived = _derived(fault)
    told = Raised(derived, 0, step="unstacking", other=returning, sp=sp_of(core, exc_return))
    lockup = raise_fault(core, replace(derived, address=None), told)
    return lockup if lockup is not None else exception_taken(core, exc_return)


def _load_words(core: Core, address: int, count: int, privileged: bool) -> tuple[int, ...] | Fault:
    data = core.memory.load(address, 4 * count, privileged)
    return data if isinstance(data, Fault) else struct.unpack(f"<{count}I", data)
