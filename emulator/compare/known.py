"""Where the two sides are known to differ, instruction by instruction, and what is done about each so that it goes on.

docs/compare.md lists this table. A difference that no entry matches is reported; every match is counted.
"""

from __future__ import annotations

from emulator.board.board import Board
from emulator.records import dataclass


@dataclass(frozen=True, slots=True)
class KnownDifference:
    """One entry. ``handling`` says how the comparison goes on; ``also`` is the entry of docs/known-differences.md."""

    id: str
    what: str
    why: str
    handling: str
    also: str = ""


KNOWN: dict[str, KnownDifference] = {
    entry.id: entry
    for entry in (
        KnownDifference(
            "K-01",
            "accesses to the registers of SysTick and of the boards' timers, watchdogs and counters",
            "an instruction is a clock cycle here; while QEMU is stepped, its clock tells nothing about the program",
            "QEMU does not execute the instruction: it goes on behind it with the registers that it left here",
        ),
        KnownDifference(
            "K-02",
            "the moment of an interrupt that a timer raises",
            "QEMU's timers never run: see K-01",
            "the interrupt is made pending on QEMU at the moment at which it pends here",
        ),
        KnownDifference(
            "K-03",
            "semihosting requests",
            "they are answered once, here, so that no program reaches a file of the host through QEMU",
            "QEMU goes on behind the BKPT with the result in r0 and in memory",
        ),
        KnownDifference(
            "K-04",
            "WFI, WFE and YIELD",
            "time jumps here to what ends the sleep; QEMU's processor would wait, or run on without a stop",
            "QEMU goes on behind the instruction",
        ),
        KnownDifference(
            "K-05",
            "the flags at reset",
            "they are UNKNOWN: clear here, Z is set on QEMU [B1.5.5]",
            "QEMU gets ours",
        ),
        KnownDifference(
            "K-06",
            "fault status after a BKPT that no debugger takes",
            "HFSR.DEBUGEVT and DFSR.BKPT here [C1.6.1]; HFSR.FORCED on QEMU, which has no DFSR",
            "these bits are not compared; a read of them gives QEMU ours",
            "Q-05",
        ),
        KnownDifference(
            "K-07",
            "HFSR after a vector that could not be read",
            "VECTTBL here [B3.2.16]; VECTTBL and FORCED on QEMU",
            "FORCED is not compared; a read of it gives QEMU ours",
            "Q-08",
        ),
        KnownDifference(
            "K-08",
            "SCR.SLEEPDEEP and the reserved bits of SCR",
            "the first is there and the others are zero here [B3.2.7]; the other way round on QEMU",
            "a read of them gives QEMU ours",
            "Q-07",
        ),
        KnownDifference(
            "K-09",
            "the identification registers from ID_PFR0 to MVFR2",
            "Arm's values of the core here; QEMU has the Cortex-M3's for the Cortex-M4, and others",
            "a read of them gives QEMU ours",
            "Q-11",
        ),
        KnownDifference(
            "K-10",
            "DWT, ITM and the debug registers",
            "modelled here as far as programs use them; they read as zero on QEMU",
            "a read of them gives QEMU ours",
            "Q-10",
        ),
        KnownDifference(
            "K-11",
            "accesses to addresses where the board has nothing, with --lenient",
            "they read as zero here; QEMU raises BusFault",
            "QEMU goes on behind the instruction with the registers that it left here",
        ),
        KnownDifference(
            "K-12",
            "lockup",
            "a state of the core here [B1.5.15]; QEMU ends its process",
            "the comparison ends",
            "Q-12",
        ),
        KnownDifference(
            "K-13",
            "a data access that begins in an allowed granule and ends in a refused one",
            "MemManage here [B2.3]; QEMU checks the first byte of an access in a 1 KiB page",
            "the comparison ends",
            "Q-01",
        ),
        KnownDifference(
            "K-14",
            "an instruction whose second halfword, but not the first, may not be fetched",
            "MemManage here [B3.5.3]; QEMU looks at the first halfword in a 1 KiB page",
            "the comparison ends",
            "Q-02",
        ),
        KnownDifference(
            "K-15",
            "STREX to an unaligned address",
            "UsageFault, UNALIGNED here [B2.3]; QEMU fails the store when the monitor is open",
            "the comparison ends",
            "Q-04",
        ),
        KnownDifference(
            "K-16",
            "SCR.SLEEPONEXIT",
            "the core sleeps here after the last handler [B1.5.8]; QEMU returns to the thread",
            "the interrupt that ends the sleep here is made pending on QEMU after the return",
            "Q-06",
        ),
        KnownDifference(
            "K-17",
            "BKPT with the debug monitor enabled",
            "DebugMonitor here [C1.6.1]; HardFault on QEMU",
            "the comparison ends",
            "Q-05",
        ),
        KnownDifference(
            "K-18",
            "the reserved bits of FPCCR",
            "zero here [B3.2.24]; QEMU shows UFRDY, which ARMv8-M has there",
            "a read of them gives QEMU ours",
        ),
        KnownDifference(
            "K-19",
            "S0-S15 and FPSCR after an exception entry has stacked them at once",
            "UNKNOWN [B1.5.7]: they stay as they were here (D-012); QEMU clears them",
            "QEMU gets ours",
        ),
        KnownDifference(
            "K-20",
            "an access that a small subregion refuses",
            "each subregion is judged by itself here [B3.5.3]; QEMU has let another access into its 1 KiB page",
            "the comparison ends",
            "Q-32",
        ),
        KnownDifference(
            "K-21",
            "the address of a frame with FP registers while CCR.STKALIGN is clear",
            "aligned to 8 bytes here [B1.5.7]; to 4 on QEMU",
            "the comparison ends",
            "Q-30",
        ),
        KnownDifference(
            "K-22",
            "the rest of a frame whose first words could not be stored",
            "stored here where it can be (D-004); QEMU gives up",
            "QEMU gets ours",
            "Q-33",
        ),
        KnownDifference(
            "K-23",
            "the bytes of an unaligned store in front of a refused one",
            "stored here [B2.3]; QEMU stores nothing",
            "QEMU gets ours",
            "Q-03",
        ),
        KnownDifference(
            "K-24",
            "a bus fault of data at a negative priority while CCR.BFHFNMIGN is set",
            "ignored here [B3.2.8]; QEMU locks up, which ends its process",
            "the comparison ends",
            "Q-36",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Readable:
    """A register whose value may differ in the bits of ``mask``, as the entry ``id`` says."""

    id: str
    mask: int = 0xFFFF_FFFF


_FAULT_STATUS = {0xE000_ED2C: Readable("K-06", 1 << 31 | 1 << 30), 0xE000_ED30: Readable("K-06")}
_SCR = {0xE000_ED10: Readable("K-08", 0xFFFF_FFED)}
_FPCCR = {0xE000_EF34: Readable("K-18", 0x3FFF_FE84)}
_IDENTIFICATION = range(0xE000_ED40, 0xE000_ED80, 4)
_MEDIA = range(0xE000_EF40, 0xE000_EF4C, 4)
_DEBUG = (range(0xE000_0000, 0xE000_E000, 4), range(0xE000_EDF0, 0xE000_EE00, 4), range(0xE000_EFB0, 0xE000_F000, 4))

_SYSTICK = range(0xE000_E010, 0xE000_E020)
_CYCCNT = range(0xE000_1004, 0xE000_1008)

TIMERS = frozenset(("cmsdk-timer", "cmsdk-dual-timer", "cmsdk-watchdog", "mps2-fpgaio", "stellaris-gptm"))
"""Device types that count time."""


def timer_ranges(board: Board) -> list[range]:
    """Return the addresses of everything that counts time."""
    devices = [range(d.address, d.address + d.size) for d in board.devices if d.type in TIMERS]
    return [_SYSTICK, _CYCCNT, *devices]


def readable_registers() -> dict[int, Readable]:
    """Return what is known to differ when it is read, by word address."""
    found = {**_FAULT_STATUS, **_SCR, **_FPCCR}
    found.update((address, Readable("K-09")) for area in (_IDENTIFICATION, _MEDIA) for address in area)
    found.update((address, Readable("K-10")) for area in _DEBUG for address in area)
    return found
