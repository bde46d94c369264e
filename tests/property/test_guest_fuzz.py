"""Whatever a guest executes, the run ends in a defined way and in bounded time. Seeds are fixed.

A case is a block of bytes as code and a state to begin in: registers that point into memory, devices and the System
Control Space, either privilege, a map of the MPU or none. Nothing is expected of it but an end: a StopReason, not a
Python exception, after hardly more instructions than it was given.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

import pytest

from emulator.armv7m.core import CONTROL_FPCA
from emulator.asm import assemble
from emulator.board.board_file import load_board
from emulator.image.image import Image, Segment, SymbolTable
from emulator.machine.build import build_machine, connect_semihosting
from emulator.machine.machine import Machine
from emulator.machine.snapshot import Snapshot
from emulator.machine.stop import StopReason

SEEDS = 10
CASES = 500
BUDGET = 300
LONGEST_BLOCK = 600
"""A run ends at the first block boundary after its budget; a block has at most this many instructions."""

CODE = (0x0000_0400, 0x0000_07F4, 0x2000_0400, 0x2000_0FEE)
"""Where the bytes go: inside a page and across the edge of one, in ROM's place and in RAM."""
RETURNS, SPINS, RESETS, SKIPS = 0x0000_0301, 0x0000_0311, 0x0000_0321, 0x0000_0341
REQUEST_RESET = "movw r0, #0xed0c; movt r0, #0xe000; movw r1, #4; movt r1, #0x05fa; str r1, [r0]; b ."
SKIP = """
    mrs r0, msp; tst lr, #4; it ne; mrsne r0, psp
    ldr r1, [r0, #24]; adds r1, #2; bic r1, r1, #1; str r1, [r0, #24]
    movs r1, #1; lsls r1, r1, #24; str r1, [r0, #28]; bx lr
"""
"""A fault handler that goes on two bytes further, in Thumb state: most of the code gets its turn."""
STACK_TOP = 0x2000_8000
RAM = 0x2000_0000

MPU_CTRL, MPU_RNR, MPU_RBAR, MPU_RASR = 0xE000_ED94, 0xE000_ED98, 0xE000_ED9C, 0xE000_EDA0
CCR, SHCSR, CPACR, FPCCR = 0xE000_ED14, 0xE000_ED24, 0xE000_ED88, 0xE000_EF34
NVIC_ISER, NVIC_ISPR = 0xE000_E100, 0xE000_E200

BASES = (0, 0x400, RAM, RAM + 0x400, STACK_TOP, 0x203F_FFF0, 0x2100_0000, 0x2200_0000, 0x6000_0000, 0x1000_0000)
DEVICES = (0x4000_0000, 0x4000_2000, 0x4000_4000, 0x4000_8000, 0x4001_0000, 0x4002_8000, 0x4002_F000, 0x4200_0000)
SYSTEM = (0xE000_0000, 0xE000_1000, 0xE000_2000, 0xE000_E010, 0xE000_E100, 0xE000_ED00, 0xE000_ED90, 0xE000_EF30)
NUMBERS = (0, 1, 2, 4, 0x12, 0x18, 31, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFF1, 0xFFFF_FFF9, 0xFFFF_FFFD)

PLAUSIBLE = (
    *(0xBF00, 0xBF10, 0xBF20, 0xBF30, 0xBF40, 0xBF08, 0xBF18, 0xBFAC, 0xB672, 0xB662, 0xB671, 0xB661, 0xDF01, 0xDEFF),
    *(0xBEAB, 0xBE00, 0x4770, 0x4700, 0x4780, 0xE7FE, 0xE000, 0xB500, 0xBD00, 0xBDFF, 0xB5FF, 0xC8FF, 0xC0FF, 0x4485),
    *(0x4687, 0x6800, 0x6001, 0x7808, 0x8011, 0x4A00, 0x46FD),
)
PLAUSIBLE_WIDE = (
    *(0xF3AF8000, 0xF3AF8002, 0xF3AF8003, 0xF3AF8004, 0xF3BF8F4F, 0xF3BF8F5F, 0xF3BF8F6F, 0xF3BF8F2F, 0xF7F0A000),
    *(0xE8500F00, 0xE8401200, 0xE8D00F4F, 0xE8C01F42, 0xE8BD8FFF, 0xE92D5FFF, 0xE9D01200, 0xE9C01200, 0xE8D0F001),
    *(0xED900A00, 0xED800A00, 0xEC900A20, 0xECA00A20, 0xEE000A10, 0xEEF1FA10, 0xEEE10A10, 0xEE000F10, 0xEE300A20),
    *(0xF3808814, 0xF3EF8014, 0xF3808808, 0xF3808809, 0xF3808810, 0xF3808811, 0xF3808813, 0xF3EF8005, 0xF3EF8003),
    *(0xF8500E00, 0xF8400E00, 0xF8D00003, 0xF8C00003, 0xFBB0F0F1, 0xFB90F0F1, 0xF85DFB04, 0xF000F800, 0xF7FFBFFE),
)
"""Instructions with rules of their own, which random bytes would seldom hit; their registers are varied."""


BOARDS = ("mps2-an386", "mps2-an386", "mps2-an385", "mps2-an500", "lm3s6965evb")


def fuzz_machine(seed: int) -> Machine:
    """Return a board whose handlers return, spin or ask for a reset."""
    others = [RETURNS, SPINS, SKIPS, CODE[0] | 1, RESETS, RETURNS, 0x0000_0200, RAM | 0x401] * 6
    vectors = [STACK_TOP, CODE[0] | 1, RETURNS, *[SKIPS] * 4, *others]
    code = {RETURNS: "bx lr", SPINS: "b .", RESETS: REQUEST_RESET, SKIPS: SKIP, CODE[0]: "bkpt #1"}
    segments = [Segment(0, struct.pack(f"<{len(vectors)}I", *vectors), 4 * len(vectors))]
    for address, text in code.items():
        segments.append(Segment(address & ~1, assemble(text, 0), len(assemble(text, 0))))
    board = load_board(BOARDS[seed % 5])
    machine = build_machine(board, [Image("fuzz.elf", segments, SymbolTable([]))], audit=seed % 4 == 3)
    machine.imprecise_stores = seed % 3 == 2
    connect_semihosting(machine, board, "a b")
    return machine


def instructions(rng: random.Random) -> Iterator[int]:
    """Give halfwords: random ones, plausible ones, and plausible ones with a few bits changed."""
    wild = rng.random()
    for _ in range(rng.randint(1, 60)):
        if rng.random() < wild:
            yield rng.getrandbits(16)
        elif rng.random() < 0.5:
            yield rng.choice(PLAUSIBLE) ^ rng.choice((0, 0, rng.getrandbits(3), 1 << rng.randrange(16)))
        else:
            wide = rng.choice(PLAUSIBLE_WIDE) ^ rng.choice((0, 0, rng.getrandbits(4) << 16, 1 << rng.randrange(32)))
            yield wide >> 16
            yield wide & 0xFFFF


def pointer(rng: random.Random) -> int:
    group = rng.choice((BASES, BASES, DEVICES, SYSTEM, NUMBERS))
    offset = rng.choice((0, 0, 1, 2, 4, 8, 0xFC, rng.randrange(0x400)))
    return (rng.choice(group) + rng.choice((offset, -offset))) & 0xFFFF_FFFF


def program_mpu(machine: Machine, rng: random.Random) -> None:
    """Program random regions by the registers a guest would use, mostly with regions that let the code run."""
    for number in range(rng.randint(1, 8)):
        size = rng.choice((4, 5, 7, 9, 11, 19, 21, 28, 31))
        base = pointer(rng) & ~((2 << size) - 1)
        rasr = rng.choice((3, 3, 6, 2, 5, 1, 0, 7)) << 24 | rng.getrandbits(1) << 28 | size << 1 | 1
        rasr |= rng.choice((0, 0, 0, rng.getrandbits(8))) << 8
        machine.system.write(MPU_RNR, 4, number, True)
        machine.system.write(MPU_RBAR, 4, base, True)
        machine.system.write(MPU_RASR, 4, rasr, True)
    machine.system.write(MPU_CTRL, 4, rng.choice((1, 5, 5, 5, 7, 3)), True)


def begin(machine: Machine, rng: random.Random) -> None:
    """Put random code and a random state into ``machine``."""
    code = b"".join(struct.pack("<H", halfword) for halfword in instructions(rng))
    at = rng.choice(CODE)
    machine.poke(at, code)
    machine.poke(RAM, rng.randbytes(64))
    if rng.random() < 0.5:
        machine.system.write(SHCSR, 4, rng.getrandbits(3) << 16, True)
        machine.system.write(CCR, 4, rng.choice((0, 0x8, 0x18, 0x100, 0x219)), True)
    if rng.random() < 0.6:
        machine.system.write(CPACR, 4, rng.choice((0x00F0_0000, 0x0050_0000)), True)
        machine.system.write(FPCCR, 4, rng.choice((0, 0x4000_0000, 0x8000_0000, 0xC000_0000)), True)
    if rng.random() < 0.3:
        machine.system.write(NVIC_ISER, 4, rng.getrandbits(32), True)
        machine.system.write(NVIC_ISPR, 4, 1 << rng.randrange(32), True)
    if rng.random() < 0.5:
        program_mpu(machine, rng)
    regs = machine.registers
    regs.r = [pointer(rng) for _ in range(13)]
    if rng.random() < 0.2:
        regs.r[0] = rng.randrange(0x32)  # an operation of semihosting
    regs.lr = rng.choice((RETURNS, at | 1, 0xFFFF_FFFF, pointer(rng)))
    regs.psp = rng.choice((STACK_TOP - 0x1000, pointer(rng))) & ~3
    if rng.random() < 0.3:
        regs.msp = pointer(rng) & ~3
    regs.control = rng.randrange(4) | rng.choice((0, CONTROL_FPCA))
    regs.xpsr = 1 << 24 | rng.getrandbits(5) << 27
    if rng.random() < 0.1:
        itstate = rng.choice((0x08, 0x1C, 0xA4, 0xEF))
        regs.xpsr |= (itstate & 3) << 25 | (itstate & 0xFC) << 8
    if rng.random() < 0.1:
        regs.basepri, regs.primask, regs.faultmask = rng.getrandbits(8) & 0xE0, rng.getrandbits(1), rng.getrandbits(1)
    regs.pc = at


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_code_ends_with_a_reason_and_within_its_budget(seed: int) -> None:
    machine = fuzz_machine(seed)
    snapshot = Snapshot(machine)
    ends = set()
    for case in range(CASES):
        snapshot.restore()
        begin(machine, random.Random(f"guest {seed} {case}"))
        reason = machine.run(BUDGET)
        assert isinstance(reason, StopReason), case
        assert machine.engine.clock.executed <= BUDGET + LONGEST_BLOCK, case
        ends.add(type(reason).__name__)
    assert {"BudgetSpent", "Lockup", "Asleep"} <= ends
