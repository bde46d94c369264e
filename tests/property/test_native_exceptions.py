"""Exceptions taken by the C half against the same exceptions taken by Python: random handlers, priorities, masks, maps.

Of two equal machines one is pure Python. The other one leaves what it can to native/. After every few instructions
both must be in the same state, registers to memory, and must have told their observers the same.
"""

from __future__ import annotations

import random
import struct
from functools import cache

import pytest
from support.accelerator import random_cases, require_accelerator
from support.machines import CORES, RAM

from emulator.asm import assemble
from emulator.devices.bus import MemoryBlock
from emulator.machine.events import Event, ExceptionReturned, ExceptionTaken
from emulator.machine.machine import Machine
from emulator.machine.stop import BudgetSpent

ICSR = 0xE000_ED04
MSP_TOP, PSP_TOP = RAM + 0x2000, RAM + 0x3000
EXCEPTIONS = (11, 14, 15, *range(16, 24))
THREAD, HANDLERS, CODE_SIZE = 0x1000, 0x2000, 0x1000
AFTER_FAULT = 0x400
SLEEPONEXIT, SEVONPEND, MON_EN = 1 << 1, 1 << 4, 1 << 16
GO_ON = """tst lr, #4; ite eq; mrseq r0, msp; mrsne r0, psp; ldr r1, [r0, #24]; adds r1, #4; str r1, [r0, #24]; bx lr"""
"""What the handlers of faults do: the instruction that faulted is skipped."""
EVERYWHERE = (
    "adds r4, #1", "eors r5, r4", "lsls r6, r5, #3", "mov r12, r4", "nop", "adds r0, r0, r4",
    "str r10, [r11]", "str r10, [r11]",  # ICSR: PendSV
    "cpsid i", "cpsie i", "cpsie i", "msr basepri, r8", "msr basepri, r9", "isb", "mrs r6, ipsr", "mrs r6, control",
    "str r7, [r3]", "ldr r6, [r2]", "push {r4, r5}; pop {r4, r5}", "str r4, [sp, #-40]", "ldr r6, [sp, #-44]",
    "ldrex r6, [r2]; strex r1, r5, [r2]", "ldrex r6, [r2]", "strex r1, r5, [r2]", "sev", "sev; wfe",
)  # fmt: skip
IN_THREADS = (*EVERYWHERE, "svc #1", "svc #1", "msr control, r9", "cpsid f; nop; cpsie f")
IN_HANDLERS = (*EVERYWHERE, *("bx lr", "push {lr}; pop {pc}") * 3, "cpsid f", "svc #1")
FP = ("vadd.f32 s0, s1, s2", "vmov s3, r4", "vmov.f32 s4, s0", "vmrs r6, fpscr", "it eq; vaddeq.f32 s0, s0, s0")
CHUNK, CHUNKS, CASES = 60, 12, random_cases(120)


@pytest.fixture(autouse=True)
def accelerator() -> None:
    require_accelerator()


@cache
def code(snippet: str) -> bytes:
    return assemble(snippet, 0x400)


def random_code(rng: random.Random, snippets: tuple[str, ...]) -> bytes:
    """Return snippets up to CODE_SIZE, and a branch back to where they begin."""
    out = bytearray()
    while len(out) < CODE_SIZE // 2:
        out += code(rng.choice(snippets))
    return bytes(out) + struct.pack("<H", 0xE000 | (-(len(out) + 4) // 2 & 0x7FF))


def machine(core: str, heard: list[Event]) -> Machine:
    code, data = MemoryBlock("code", 0, 0x1_0000, False), MemoryBlock("data", RAM, 0x1_0000, True)
    made = Machine(CORES[core], [(code, ()), (data, (RAM + 0x1_0000,))])
    made.observers.append(heard.append)
    return made


def prepare(made: Machine, seed: str) -> None:
    """Give a machine the random program, handlers, priorities, masks and map of ``seed``."""
    rng = random.Random(seed)
    fp = FP if made.config.has_fpu else ()
    made.poke(THREAD, random_code(rng, IN_THREADS + fp))
    made.poke(HANDLERS, random_code(rng, IN_HANDLERS + fp))
    vectors = [MSP_TOP, THREAD | 1] + [HANDLERS + rng.randrange(0x400) * 2 | 1 for _ in range(46)]
    made.poke(AFTER_FAULT, code(GO_ON))
    vectors[3:7] = [AFTER_FAULT | 1] * 4
    if rng.random() < 0.1:
        vectors[rng.choice(EXCEPTIONS)] &= ~1  # INVSTATE
    made.poke(0, struct.pack("<48I", *vectors))
    made.reset()
    exceptions, system, regs = made.exceptions, made.system, made.registers
    exceptions.enabled |= rng.getrandbits(8) << 16 | rng.getrandbits(3) << 4
    for exception in (4, 5, 6, *EXCEPTIONS):
        exceptions.set_priority(exception, rng.randrange(8) << 5)
    exceptions.set_prigroup(rng.choice((0, 0, 5, 6, 7)))
    system.ccr = rng.choice((0x200, 0x200, 0, 0x201))
    system.scr = rng.choice((*(0,) * 9, SEVONPEND, SEVONPEND, SLEEPONEXIT))
    system.demcr = rng.choice((0, MON_EN))
    exceptions.set_priority(12, rng.randrange(8) << 5)
    if made.config.has_fpu:
        system.cpacr = rng.choice((15, 15, 15, 15, 15, 5, 0)) << 20
        system.fpccr = rng.choice((3, 3, 3, 2, 0)) << 30
        system.fpdscr = rng.choice((0, 0, 0, 1 << 24))
    random_map(made, rng)
    regs.r = [rng.getrandbits(32) for _ in range(13)]
    regs.r[2], regs.r[3] = RAM + rng.randrange(64) * 4, RAM + rng.randrange(0x800) * 4
    regs.r[7] = rng.getrandbits(32)
    regs.r[8], regs.r[9] = rng.randrange(8) << 5, rng.choice((0, 0, 1, 2, 3))
    regs.r[10], regs.r[11] = 1 << 28, ICSR
    regs.psp, regs.control = PSP_TOP - 4 * rng.randrange(8), rng.choice((0, 2, 2, 3))
    regs.lr = 0xFFFF_FFFF
    regs.msp -= 4 * rng.randrange(8)
    made._state.reconfigured = made._state.stale = True  # the words above were not written by the guest


def random_map(made: Machine, rng: random.Random) -> None:
    """Code for everyone, and stacks that are open, closed, read-only or split, sometimes for the privileged only."""
    mpu = made.mpu
    mpu.set_region(0, 0, 6 << 24 | 15 << 1 | 1)
    mpu.set_region(1, RAM, 1 << 28 | 3 << 24 | 15 << 1 | 1)
    for number in range(2, 5):
        base = RAM + rng.randrange(0x1C00, 0x3000) // 256 * 256
        srd = rng.choice((0, 0, rng.getrandbits(8)))
        access = rng.choice((0, 1, 2, 3, 3, 3, 3, 6))
        mpu.set_region(number, base, 1 << 28 | access << 24 | srd << 8 | 7 << 1 | int(rng.random() < 0.2))
    mpu.set_control(rng.choice((0, 1, 1, 5, 7)))


def state(made: Machine) -> tuple[object, ...]:
    regs, exceptions, system, faults = made.registers.copy(), made.exceptions, made.system, made.faults
    made.processor.load_fp()
    registers = {name: getattr(regs, name) for name in regs.__slots__ if name not in ("s", "fpscr")}
    return (
        registers, made.clock.now, (exceptions.pending, exceptions.active, exceptions.enabled),
        (system.fpccr, system.fpcar), (faults.CFSR, faults.HFSR, faults.MMFAR, faults.BFAR),
        made.registers.s, made.registers.fpscr, made.core.event_register, made.peek(RAM, 0x4000),
    )  # fmt: skip


def entries(heard: list[Event]) -> int:
    """Return how many exceptions were heard to be taken; what is tail-chained stacks nothing, and follows a return."""
    taken = [place for place, event in enumerate(heard) if isinstance(event, ExceptionTaken)]
    for place in taken:
        entry, before = heard[place], heard[place - 1] if place else None
        assert isinstance(entry, ExceptionTaken)
        if entry.return_address is None:
            assert isinstance(before, ExceptionReturned) and before.time == entry.time
    return len(taken)


def disturb(made: Machine, rng: random.Random) -> None:
    """Pend some interrupts, as devices do between two runs."""
    for irq in range(8):
        if rng.random() < 0.2:
            made.exceptions.pend(16 + irq)
    if rng.random() < 0.3:
        made.exceptions.pend(rng.choice((14, 15)))


@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4"])
def test_both_halves_take_exceptions_and_return_from_them_alike(core: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: tuple[list[Event], list[Event]] = [], []
    native = machine(core, heard[0])
    monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    pure = machine(core, heard[1])
    ended = 0
    for case in range(CASES):
        seed = f"{core} {case}"
        for made, events in zip((native, pure), heard, strict=True):
            events.clear()
            made.power_up()
            made.poke(RAM, bytes(0x4000))
            prepare(made, seed)
        before = pure.exceptions.taken
        rng, twin = random.Random(f"{seed} pends"), random.Random(f"{seed} pends")
        for chunk in range(CHUNKS):
            disturb(native, rng)
            disturb(pure, twin)
            reason = native.run(CHUNK)
            assert pure.run(CHUNK) == reason, (seed, chunk)
            assert state(native) == state(pure), (seed, chunk)
            assert heard[0] == heard[1], (seed, chunk)
            assert entries(heard[1]) == pure.exceptions.taken - before, (seed, chunk)
            if not isinstance(reason, BudgetSpent):
                ended += 1
                break
    taken, returned = native._shared.native_entries, native._shared.native_returns
    assert min(taken, returned) > 3 * CASES, "hardly anything was left to the C half"
    assert not pure._shared.native_entries and not pure._shared.native_returns
    assert ended < CASES // 2
