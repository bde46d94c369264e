"""What values of registers say together: what is not valid, what contradicts, what must have happened. [ARM DDI 0403]

Each check is one function from the findings to sentences; it says nothing where it knows too little. No state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from emulator.armv7m.core import XPSR_T
from emulator.armv7m.fault_registers import HFSR
from emulator.armv7m.faults import ExceptionNumber, FaultCause, exception_name
from emulator.armv7m.fpu import CPACR
from emulator.armv7m.memory_map import address_range
from emulator.armv7m.mpu_region import decode_region
from emulator.armv7m.mpu_registers import MPU_CTRL, MPU_RASR, MPU_RBAR
from emulator.armv7m.scb import CCR, SHCSR
from emulator.explain.field_words import reserved_bits
from emulator.explain.findings import Findings
from emulator.trace.backtrace import EXC_RETURNS

Sentences = Iterator[str]
Check = Callable[[Findings], Sentences]

STACKING = frozenset(("MSTKERR", "STKERR"))
NOT_OF_THE_PC = frozenset((*STACKING, "MUNSTKERR", "UNSTKERR", "MLSPERR", "LSPERR", "IMPRECISERR", "VECTTBL", "FORCED"))
"""Causes that are not of the instruction at the stacked PC."""
_RESERVED_AP = 0b100
_ENABLES = {
    ExceptionNumber.MEM_MANAGE: SHCSR.MEMFAULTENA,
    ExceptionNumber.BUS_FAULT: SHCSR.BUSFAULTENA,
    ExceptionNumber.USAGE_FAULT: SHCSR.USGFAULTENA,
}


def sentences(findings: Findings) -> list[str]:
    """Return everything that the values say together."""
    return [words for check in _CHECKS for words in check(findings)]


def single_causes(findings: Findings) -> list[FaultCause]:
    """Return the causes, without FORCED where there is another."""
    causes = findings.causes
    return [cause for cause in causes if cause.name != "FORCED"] or causes


def _addresses(findings: Findings) -> Sentences:
    for register, valid, cause in (("MMFAR", "MMARVALID", "DACCVIOL"), ("BFAR", "BFARVALID", "PRECISERR")):
        is_valid = findings.bit(valid)
        if register in findings.words and is_valid is False:
            yield f"{register} (0x{findings.words[register]:08x}) is not valid: {valid} is 0."
        if is_valid and findings.bit(cause) is False:
            yield f"{valid} is set without {cause}: the address in {register} may be of another fault."
        if findings.bit(cause) and is_valid is False:
            yield f"{cause} without {valid}: the address is lost."


def _several(findings: Findings) -> Sentences:
    causes = single_causes(findings)
    if len(causes) > 1:
        names = ", ".join(cause.name for cause in causes)
        yield f"{names}: the bits stay set until software clears them, so they may be of different faults."


def _none(findings: Findings) -> Sentences:
    if findings.causes or "CFSR" not in findings.words:
        return
    if not findings.words["CFSR"] and findings.words.get("HFSR", 0) == 0 and ~findings.cfsr_known & 0xFFFF_FFFF == 0:
        read = "CFSR and HFSR have no cause: they were" if "HFSR" in findings.words else "CFSR has no cause: it was"
        yield f"{read} read before the fault, or cleared after it, or there was none."


def _escalation(findings: Findings) -> Sentences:
    if "HFSR" not in findings.words:
        return
    forced = bool(HFSR(findings.words["HFSR"]).FORCED)
    causes = [cause for cause in findings.causes if cause.register == "CFSR"]
    whole = findings.cfsr_known == 0xFFFF_FFFF
    if forced and not causes and whole:
        yield "FORCED without a cause in CFSR: an SVC that could not be taken at once, or CFSR was cleared."
    for exception in dict.fromkeys(cause.exception for cause in causes):
        yield from _why_forced(findings, exception, forced)


def _why_forced(findings: Findings, exception: ExceptionNumber, forced: bool) -> Sentences:
    if "SHCSR" not in findings.words:
        return
    name, enabled = exception_name(exception), findings.words["SHCSR"] & _ENABLES[exception].mask
    if forced and not enabled:
        yield f"{name} is not enabled in SHCSR, so it became HardFault."
    elif forced:
        yield f"{name} is enabled in SHCSR and became HardFault: it could not preempt what ran, or a mask register."
    elif not enabled and findings.words.get("exception") != exception:
        yield f"{name} is not enabled in SHCSR, and HFSR.FORCED is 0: SHCSR changed, or one of the values is wrong."


def _handler(findings: Findings) -> Sentences:
    exception = findings.words.get("exception")
    if exception is None or exception not in _ENABLES or "CFSR" not in findings.words:
        return
    if findings.cfsr_known == 0xFFFF_FFFF and not any(cause.exception == exception for cause in findings.causes):
        yield f"The handler is {exception_name(exception)}'s, and CFSR has no cause of it: cleared, or pended."


def _stacking(findings: Findings) -> Sentences:
    names = [cause.name for cause in findings.causes if cause.name in STACKING]
    if names:
        yield f"{names[0]}: the exception frame was not written whole, so stacked registers, pc too, may be anything."
        yield "A stack pointer that ran out of its stack is the usual reason; sp at the fault tells."


def _imprecise(findings: Findings) -> Sentences:
    if findings.bit("IMPRECISERR"):
        yield "IMPRECISERR: the store was some instructions before the stacked pc, and its address is not in BFAR."


def _usage(findings: Findings) -> Sentences:
    words, names = findings.words, {cause.name for cause in findings.causes}
    xpsr = words.get("xPSR")
    if "INVSTATE" in names and xpsr is not None:
        if xpsr & XPSR_T:
            yield "INVSTATE with T set in xPSR: ITSTATE did not fit the instruction, or xPSR is not of the fault."
        else:
            yield "T is 0 in xPSR: a branch, a return or a vector had bit 0 of the address clear."
    if "INVSTATE" not in names and xpsr is not None and not xpsr & XPSR_T and findings.cfsr_known == 0xFFFF_FFFF:
        yield "T is 0 in xPSR, and INVSTATE is not set: xPSR is not of the fault, or is wrong."
    if "NOCP" in names and "CPACR" in words:
        fields = CPACR(words["CPACR"])
        if fields.CP10 == fields.CP11 == 3:
            yield "NOCP although CPACR gives full access to the FPU: the instruction was for another coprocessor."
        else:
            yield "NOCP: CPACR does not give full access to the FPU, CP10 and CP11."
    if "UNALIGNED" in names and "CCR" in words and not words["CCR"] & CCR.UNALIGN_TRP.mask:
        yield "UNALIGNED with UNALIGN_TRP clear: an instruction that always needs alignment (LDM, LDRD, LDREX, ...)."
    if "DIVBYZERO" in names and "CCR" in words and not words["CCR"] & CCR.DIV_0_TRP.mask:
        yield "DIVBYZERO with CCR.DIV_0_TRP clear: the trap was off when CCR was read."


def _mpu(findings: Findings) -> Sentences:
    ctrl, pc = findings.words.get("MPU_CTRL"), findings.words.get("pc")
    is_off = ctrl is not None and not ctrl & MPU_CTRL.ENABLE.mask
    if is_off and findings.bit("DACCVIOL"):
        yield "DACCVIOL with the MPU off: it was on at the fault, or one of the values is wrong."
    if is_off and findings.bit("IACCVIOL") and pc is not None and not address_range(pc).execute_never:
        yield "IACCVIOL with the MPU off at a pc that the default map lets execute: one of the values is wrong."


def _regions(findings: Findings) -> Sentences:
    """Yield what is UNPREDICTABLE in the words of enabled regions, and what it is taken as. [B3.5.8, B3.5.9]"""
    for number, rbar, rasr in findings.regions():
        region, written = decode_region(rbar, rasr), rbar & MPU_RBAR.ADDR.mask
        if not region.enabled:
            continue
        if not region.is_usable:
            field = MPU_RASR(rasr).SIZE
            yield f"Region {number} has SIZE {field}, which is reserved (32 bytes are 4): taken as matching nothing."
            continue
        if written != region.base:
            yield (
                f"Region {number}: its base 0x{written:08x} is no multiple of its size, which is UNPREDICTABLE: "
                f"taken as 0x{region.base:08x}."
            )
        if region.srd and not region.has_subregions:
            yield f"Region {number} is under 256 bytes and has no subregions; SRD 0x{region.srd:02x} is ignored."
        if region.ap == _RESERVED_AP:
            yield f"Region {number} has AP 0b100, which is reserved: taken as no access."


def _frames(findings: Findings) -> Sentences:
    exc_return, words = findings.exc_return, findings.words
    if exc_return is None:
        return
    if "EXC_RETURN" not in words:
        yield f"lr holds an EXC_RETURN (0x{exc_return:08x}): it is the handler's lr, not that of the code that faulted."
    if exc_return not in EXC_RETURNS:
        yield f"EXC_RETURN 0x{exc_return:08x} is none of ARMv7-M."
        return
    ipsr = words["xPSR"] & 0x1FF if "xPSR" in words else None
    if ipsr is not None and bool(exc_return & 8) == bool(ipsr):
        where = "Thread mode" if exc_return & 8 else "Handler mode"
        yield f"EXC_RETURN leads to {where}, and IPSR in xPSR is {ipsr}: xPSR is the handler's own, or one is wrong."


def _pc(findings: Findings) -> Sentences:
    pc = findings.words.get("pc")
    if pc is not None and pc & 1:
        yield f"pc is odd (0x{pc:08x}): in an exception frame bit 0 is clear, so it is from elsewhere."
    if pc is not None and pc | 1 in EXC_RETURNS:
        yield f"pc 0x{pc:08x} is an EXC_RETURN: Thread mode code branched to it."


def _reserved(findings: Findings) -> Sentences:
    for name in ("CFSR", "HFSR", "DFSR", "SHCSR", "CONTROL"):
        bits = (
            findings.words.get(name, 0) & ~7 if name == "CONTROL" else reserved_bits(name, findings.words.get(name, 0))
        )
        if bits:
            yield f"{name} has bits that are reserved in ARMv7-M (0x{bits:08x}): a wrong value, or another part."


_CHECKS: tuple[Check, ...] = (
    _none, _several, _escalation, _handler, _addresses, _stacking, _imprecise, _usage, _mpu, _regions, _frames, _pc,
    _reserved,
)  # fmt: skip
