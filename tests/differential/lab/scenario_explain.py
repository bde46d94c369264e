"""Which differences between the outcomes of a scenario are known: the entries of support/known_differences.py."""

from __future__ import annotations

from dataclasses import replace

from differential.lab.scenario_player import ENTRY, EXIT, WORD_NAMES, Outcome, Record
from support.known_differences import DifferenceCount

VECTPENDING, UFRDY = 0x001F_F000, 1 << 10
STKALIGN = XPSR_ALIGN = 1 << 9
INVPC, UNSTACKING = 1 << 18, 0x0808
LSPACT = 1
THREAD, USER = 8, 2
_NAMES = WORD_NAMES[ENTRY]
EXC_RETURN, MSP, PSP, ICSR, CFSR, CCR = (
    _NAMES.index(name) for name in ("EXC_RETURN", "MSP", "PSP", "ICSR", "CFSR", "CCR")
)
SHCSR, HFSR, CONTROL = (_NAMES.index(name) for name in ("SHCSR", "HFSR", "CONTROL"))
LR, PC, XPSR, FPCCR, FPCAR = (_NAMES.index(name) for name in ("frame LR", "frame PC", "frame xPSR", "FPCCR", "FPCAR"))


def with_known_fields(here: Outcome, qemu: Outcome, count: DifferenceCount) -> Outcome:
    """Return QEMU's outcome with the fields in which it is known to differ as they are here."""
    pairs = zip(here.records, qemu.records, strict=False)
    records = [_known_record(mine, theirs, count) for mine, theirs in pairs]
    return replace(qemu, records=(*records, *qemu.records[len(records) :]))


def _known_record(mine: Record, theirs: Record, count: DifferenceCount) -> Record:
    if mine == theirs or not _are_entries(mine, theirs):
        return theirs
    words = list(theirs)
    # Here the field is zero, there it names what BASEPRI, FAULTMASK or the active exceptions hold back.
    if mine[ICSR] ^ theirs[ICSR] and mine[ICSR] == theirs[ICSR] & ~VECTPENDING:
        words[ICSR] = mine[ICSR]
        count.meet("Q-24")
    if theirs[FPCCR] & ~mine[FPCCR] & UFRDY:
        words[FPCCR] ^= UFRDY
        count.meet("Q-17")
    return tuple(words)


def _are_entries(mine: Record, theirs: Record) -> bool:
    return mine[0] == theirs[0] and mine[0] >> 8 == ENTRY and len(mine) == len(theirs) == len(_NAMES)


def known_difference(here: Outcome, qemu: Outcome) -> str | None:
    """Return the id of the known difference that begins in the first record that differs; None for a new one.

    Such a difference moves a stack pointer, so what follows it is not the same program any more.
    """
    number = here.first_difference(qemu)
    if number >= min(len(here.records), len(qemu.records)):
        return None
    mine, theirs = here.records[number], qemu.records[number]
    if not _are_entries(mine, theirs) or mine[EXC_RETURN] != theirs[EXC_RETURN]:
        return None
    if _is_unaligned_fp_frame(mine, theirs):
        return "Q-30"
    if _is_pushed_elsewhere(mine, theirs):
        return "Q-19"
    before = here.records[number - 1] if number else ()
    return "Q-26" if _is_returned_before_its_fault(before, mine, theirs) else None


def _differing(mine: Record, theirs: Record) -> set[int]:
    return {number for number, (a, b) in enumerate(zip(mine, theirs, strict=True)) if a != b}


def _is_unaligned_fp_frame(mine: Record, theirs: Record) -> bool:
    """Whether an extended frame lies 4 bytes higher there, where STKALIGN is clear, and nothing else differs."""
    stack = PSP if mine[EXC_RETURN] & 4 else MSP
    moved = theirs[stack] - mine[stack] == 4 and theirs[stack] & 4
    extended = not mine[EXC_RETURN] & 0x10
    if not (moved and extended) or mine[CCR] & STKALIGN or not _differing(mine, theirs) <= {stack, XPSR}:
        return False
    return theirs[XPSR] | XPSR_ALIGN == mine[XPSR] != theirs[XPSR] or not mine[PC]  # a frame that is lost shows zeros


def _is_pushed_elsewhere(mine: Record, theirs: Record) -> bool:
    """Whether the frame of a return with an impossible IPSR was pushed again in the other mode."""
    if not mine[CFSR] & theirs[CFSR] & INVPC:
        return False
    differing = _differing(mine, theirs)
    if FPCCR in differing:
        changed = mine[FPCCR] ^ theirs[FPCCR]
        to_thread = bool(mine[EXC_RETURN] & 8)
        if not changed & THREAD or changed & ~(THREAD | USER) or bool(mine[FPCCR] & THREAD) != to_thread:
            return False
    if differing == {FPCCR}:
        return True
    size = 0x20 if mine[EXC_RETURN] & 0x10 else 0x68
    popped = theirs[PSP] - mine[PSP] in (size, size + 4)
    pushed = mine[MSP] - theirs[MSP] in (size, size + 4)
    return bool(mine[EXC_RETURN] & 4) and popped and pushed and differing <= {MSP, PSP, LR, PC, XPSR, FPCCR, FPCAR}


def _is_returned_before_its_fault(before: Record, mine: Record, theirs: Record) -> bool:
    """Whether the FP part of a frame could not be unstacked, and the return was completed there all the same.

    The handler then was entered from the interrupted code, which stacked a second frame.
    """
    unstacking = mine[CFSR] & UNSTACKING
    if not unstacking or theirs[CFSR] & unstacking != unstacking or mine[FPCCR] & LSPACT:
        return False
    extended_on_psp = mine[EXC_RETURN] & 0x1F == 0xD
    if not extended_on_psp or not before or before[0] >> 8 != EXIT or before[1] != mine[EXC_RETURN]:
        return False
    return _differing(mine, theirs) <= {PSP, ICSR, SHCSR, CFSR, HFSR, FPCCR, FPCAR, CONTROL}
