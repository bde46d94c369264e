"""Where QEMU 7.2 and this emulator differ on purpose: the list, and the counting of its uses.

``python tests/support/known_differences.py`` prints docs/known-differences.md; a test compares the two. A difference
that no entry matches is a failure; an entry that no test ever meets should be deleted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownDifference:
    """One entry. ``section`` is of ARM DDI 0403E.e; ``why`` says why the manual's side, or this choice, is ours."""

    id: str
    what: str
    ours: str
    qemu: str
    section: str
    why: str


KNOWN_DIFFERENCES: dict[str, KnownDifference] = {
    entry.id: entry
    for entry in (
        KnownDifference(
            "Q-01",
            "an unaligned access that begins in an allowed granule and ends in a refused one of the same 1 KiB page",
            "MemManage, MMFAR is the first refused byte",
            "allowed: only the first byte of each 1 KiB page is checked",
            "B2.3 (MemU_with_priv), B3.5.3",
            "MemU checks an unaligned access byte by byte",
        ),
        KnownDifference(
            "Q-02",
            "instruction fetch that runs from an allowed granule into a refused one of the same 1 KiB page",
            "MemManage, IACCVIOL at the instruction that holds the refused halfword",
            "allowed until the translated block ends",
            "B3.5.3, A5.1",
            "every halfword of an instruction is fetched with ValidateAddress()",
        ),
        KnownDifference(
            "Q-03",
            "an unaligned store whose first bytes are allowed and whose last are refused",
            "the bytes before the refused one are stored",
            "nothing is stored",
            "B2.3 (MemU_with_priv)",
            "MemU stores byte by byte and the fault comes at the byte that is refused; both are legal on a part",
        ),
        KnownDifference(
            "Q-04",
            "STREX to an unaligned address while the monitor is open",
            "UsageFault, UNALIGNED",
            "the status is 1 and nothing else happens",
            "B2.3 (ExclusiveMonitorsPass)",
            "the alignment is checked before the monitor",
        ),
        KnownDifference(
            "Q-05",
            "BKPT without a debugger",
            "HardFault with HFSR.DEBUGEVT and DFSR.BKPT, or DebugMonitor where DEMCR.MON_EN is set and it can preempt",
            "HardFault with HFSR.FORCED; DFSR and DebugMonitor are not modelled",
            "C1.4, B3.2.16, B3.2.17",
            "the debug extension says so",
        ),
        KnownDifference(
            "Q-06",
            "SCR.SLEEPONEXIT",
            "the core sleeps when the last handler returns",
            "not modelled: the thread runs on",
            "B1.5.8 (ExceptionReturn), B3.2.7",
            "ExceptionReturn() ends in SleepOnExit()",
        ),
        KnownDifference(
            "Q-07",
            "the reserved bits of SCR",
            "they read as zero",
            "all bits but 2 and 3 read back as written",
            "B3.2.7",
            "reserved bits are UNK/SBZP",
        ),
        KnownDifference(
            "Q-08",
            "HFSR after a vector that could not be read",
            "VECTTBL",
            "VECTTBL and FORCED",
            "B3.2.16",
            "nothing was escalated: the vector read error is HardFault's own cause",
        ),
        KnownDifference(
            "Q-09",
            "code that takes the right to execute from the region it runs from, when it has run before",
            "MemManage, IACCVIOL at the instruction after the ISB",
            "translated blocks of the page that are linked to each other go on executing",
            "B3.5.1, A3.7.3",
            "an MPU change is in force after DSB and ISB",
        ),
        KnownDifference(
            "Q-10",
            "DWT_CYCCNT",
            "counts instructions and wraps",
            "reads as zero",
            "C1.8.8",
            "the part has the counter, and firmware measures time by it",
        ),
        KnownDifference(
            "Q-11",
            "ID_MMFR and ID_ISAR of the Cortex-M4",
            "what ARM's Technical Reference Manual of the core gives",
            "the values of the Cortex-M3, and ID_MMFR without the auxiliary control and WFI fields",
            "B4.3, B4.4",
            "the registers describe the core; the DSP instructions are there",
        ),
        KnownDifference(
            "Q-12",
            "lockup",
            "the run stops with the reason, and every register can be inspected",
            "the emulator aborts its own process",
            "B1.5.15",
            "lockup is a state of the core",
        ),
        KnownDifference(
            "Q-13",
            "the first FP instruction after conditional ones that did not execute",
            "it makes the FP context: CONTROL.FPCA is set and FPSCR begins as FPDSCR",
            "when they are in one translated block the context is not made",
            "A2.5 (ExecuteFPCheck)",
            "ExecuteFPCheck() is part of the instruction, so it happens where the instruction executes",
        ),
        KnownDifference(
            "Q-14",
            "registers in the frame of a trapped division by zero",
            "what the instructions before the division computed",
            "some keep older values when they were computed in the same translated block",
            "B1.5.7, B3.2.8 (DIV_0_TRP)",
            "every instruction before the faulting one has completed",
        ),
        KnownDifference(
            "Q-15",
            "a branch to an address with bits 1:0 equal to 0b10, so that T is clear",
            "UsageFault, INVSTATE",
            "UsageFault, UNALIGNED",
            "B1.5.7, B3.2.15",
            "T is clear, and the A32 instruction set that has an alignment rule does not exist here",
        ),
        KnownDifference(
            "Q-17",
            "FPCCR bit 10",
            "reserved, zero",
            "UFRDY of ARMv8-M",
            "B3.2.21",
            "ARMv7-M has no such bit",
        ),
        KnownDifference(
            "Q-19",
            "the frame that is pushed again after a return with an impossible IPSR",
            "it goes to the stack that EXC_RETURN chose, and FPCCR.THREAD follows the mode that it chose",
            "the stacked IPSR decides about both",
            "B1.5.8 (ExceptionReturn)",
            "PushStack() there undoes PopStack(), in the mode and with the stack pointer of the return",
        ),
        KnownDifference(
            "Q-20",
            "the core debug registers DHCSR, DCRDR and DEMCR",
            "there, as software on a part without a debugger sees them",
            "absent: they read as zero",
            "C1.6",
            "the debug monitor, DWT and ITM need DEMCR",
        ),
        KnownDifference(
            "Q-21",
            "the caches in CCR, CLIDR, CTR, CCSIDR and CSSELR",
            "Cortex-M7 has caches, BP and STKALIGN of its CCR are always one; other cores have none and no CSSELR",
            "no core has caches; CSSELR keeps four bits on all of them, and every bit of CCR that exists is writable",
            "B3.2.8, B4.8",
            "what the Technical Reference Manuals of the cores say",
        ),
        KnownDifference(
            "Q-22",
            "the component identification of the System Control Space",
            "what the Technical Reference Manual of the core gives",
            "the values of the Cortex-M3, without PID4",
            "D1.1",
            "it identifies the core",
        ),
        KnownDifference(
            "Q-23",
            "ACTLR",
            "it keeps the bits that the core has",
            "it reads as zero",
            "B3.2.2",
            "the register is required, its bits are the core's",
        ),
        KnownDifference(
            "Q-24",
            "ICSR.VECTPENDING while BASEPRI or FAULTMASK holds back the exception that pends",
            "zero",
            "the exception that pends",
            "B3.2.4",
            "the user guides of Cortex-M3, M4 and M7 count BASEPRI and FAULTMASK in, and only PRIMASK out",
        ),
        KnownDifference(
            "Q-26",
            "a fault while the FP part of a frame is unstacked",
            "the return fails: the fault is taken as a tail chain, and the frame stays",
            "the return is completed with S0 to S15 and FPSCR zero, then the fault is taken and stacks a new frame",
            "B1.5.8 (PopStack), B1.5.11",
            "a fault of PopStack() is a derived exception of the return, whichever word of the frame it is",
        ),
        KnownDifference(
            "Q-30",
            "the frame of an exception with FP context while CCR.STKALIGN is clear",
            "aligned to 8 bytes",
            "aligned to 4 bytes",
            "B1.5.7 (PushStack)",
            "PushStack() forces the alignment of frames with FP registers",
        ),
        KnownDifference(
            "Q-31",
            "WFI while an interrupt pends that BASEPRI masks",
            "the core sleeps on",
            "the core wakes up",
            "B1.5.19",
            "an interrupt ends the sleep when it would preempt with PRIMASK clear; BASEPRI counts",
        ),
        KnownDifference(
            "Q-32",
            "a page of which one subregion is off and lies over the background map, after an access there",
            "each subregion is judged by itself",
            "the background's rights hold for the whole 1 KiB page until the MPU is written",
            "B3.5.3",
            "a subregion that is on decides",
        ),
        KnownDifference(
            "Q-33",
            "the rest of an exception frame whose first words could not be stored",
            "stored where it can be",
            "not stored",
            "B1.5.7 (PushStack)",
            "every word of PushStack() is an access of its own (D-004); both are legal on a part",
        ),
        KnownDifference(
            "Q-34",
            "AIRCR.VECTRESET",
            "resets the core",
            "ignored",
            "B3.2.6",
            "UNPREDICTABLE outside Debug state; software that uses it expects a reset (D-128)",
        ),
        KnownDifference(
            "Q-35",
            "bytes and halfwords of the SysTick registers",
            "read as zero and ignore writes, like those of the other word registers",
            "BusFault",
            "B3.2.1",
            "UNPREDICTABLE (D-121); one rule for all registers of the System Control Space",
        ),
        KnownDifference(
            "Q-36",
            "CCR.BFHFNMIGN: bus faults of data accesses at a negative priority",
            "ignored",
            "lockup: the bit is stored and has no effect",
            "B3.2.8",
            "the bit is there so that handlers can probe for devices",
        ),
        KnownDifference(
            "Q-38",
            "SMLAD and its like, USAD8, UXTAB and its like and SSAT16 on a Cortex-M3; LDREXD and SETEND on any core",
            "UsageFault, UNDEFINSTR",
            "executed",
            "A5.2, A5.3",
            "the Cortex-M3 has no DSP extension, and ARMv7-M has no such encodings",
        ),
        KnownDifference(
            "Q-39",
            "SysTick enabled while SYST_RVR is zero, which is written afterwards",
            "it counts from the new value",
            "it stays at zero until it is enabled anew",
            "B3.3.1, B3.3.4",
            "a reload value of zero disables the counter as long as it is there, and ENABLE is still set",
        ),
        KnownDifference(
            "Q-40",
            "SYST_RVR that is zero at a wrap and written afterwards",
            "SysTick counts from the new value",
            "it stays at zero until it is enabled anew",
            "B3.3.1, B3.3.4",
            "as Q-39: the counter stops with the wrap, and nothing clears ENABLE",
        ),
        KnownDifference(
            "Q-41",
            "SYST_CVR after a wrap, where QEMU runs by the host's clock (without -icount)",
            "zero for one tick, then the reload value",
            "zero until the host has called its timer: for a good part of a short period",
            "B3.3.1",
            "the counter is reloaded on the clock after it was zero",
        ),
        KnownDifference(
            "Q-42",
            "an exception return with EXC_RETURN bit 4 clear on a core without FPU",
            "UsageFault, INVPC",
            "it returns, as with the bit set",
            "B1.5.8 (ExceptionReturn)",
            "without the FP extension bit 4 is reserved and must be one (D-010)",
        ),
    )
}


class DifferenceCount:
    """Counts how often each known difference was met, so that nothing is skipped in silence."""

    def __init__(self) -> None:
        self.met: Counter[str] = Counter()

    def meet(self, identifier: str) -> None:
        """Count one use of the entry ``identifier``; KeyError when there is no such entry."""
        self.met[KNOWN_DIFFERENCES[identifier].id] += 1

    def summary(self) -> str:
        """Return ``Q-01 3 times, Q-02 once`` in the order of the list, or ``no known difference``."""
        parts = [f"{key} x{self.met[key]}" for key in KNOWN_DIFFERENCES if self.met[key]]
        return ", ".join(parts) or "no known difference"


def document() -> str:
    """Return docs/known-differences.md."""
    lines = [
        "# Known differences from QEMU",
        "",
        "The witness is Debian's qemu-system-arm 7.2. Each entry is a place where it and this emulator give different",
        "results for the same program, with the section of ARM DDI 0403E.e that decides. The differential tests match",
        "a difference to an entry in code and count it; whatever matches no entry fails them.",
        "",
        "This file is printed by `python tests/support/known_differences.py`.",
    ]
    for entry in KNOWN_DIFFERENCES.values():
        lines += [
            "",
            f"## {entry.id}: {entry.what}",
            "",
            f"* Here: {entry.ours}.",
            f"* QEMU: {entry.qemu}.",
            f"* Manual: {entry.section}.",
            f"* Why: {entry.why}.",
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(document(), end="")
