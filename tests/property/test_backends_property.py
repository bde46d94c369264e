"""Both MPU back-ends against the manual's pseudocode: the same random accesses, executed as real instructions."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from support.machines import RAM, Bench, bench
from support.mpu_cases import FETCH, READ, WRITE, AccessCase, RegionSet, random_accesses, random_region_set
from support.mpu_reference import Reference

from emulator.armv7m.mpu_region import Region
from emulator.devices.clock import NEVER
from emulator.engine.engine_run import Cause

REGION_SETS = 250
ACCESSES = 12
WINDOW = (RAM, RAM + 0x4000)
NAMES = {READ: "read", WRITE: "write", FETCH: "fetch"}
OPCODES = {
    READ: {1: 0x7808, 2: 0x8808, 4: 0x6808},  # LDRB, LDRH, LDR r0, [r1]
    WRITE: {1: 0x7008, 2: 0x8008, 4: 0x6008},  # STRB, STRH, STR r0, [r1]
}
SVC = 0xDF01
CODE_REGION = Region(0, 4096, 6, False).words()  # read-only and executable for all


def code_address(case: AccessCase) -> int:
    return 0x200 + 0x80 * case.access + 8 * case.size


def prepared(audit: bool) -> Bench:
    """Return a machine with one instruction and an SVC for each kind of access, and SVCs to fetch in the window."""
    made = bench(audit=audit)
    for access, opcodes in OPCODES.items():
        for size, opcode in opcodes.items():
            code = opcode.to_bytes(2, "little") + SVC.to_bytes(2, "little")
            made.machine.poke(0x200 + 0x80 * access + 8 * size, code)
    made.machine.poke(RAM, SVC.to_bytes(2, "little") * 0x2000)
    return made


def program(made: Bench, regions: RegionSet) -> None:
    mpu = made.machine.mpu
    mpu.set_control(0)
    for region, words in enumerate(regions.words):
        mpu.set_region(region, *words)
    mpu.set_control(regions.ctrl)


def executed(made: Bench, case: AccessCase) -> tuple[str, int | None, int] | None:
    """Execute one access and return its fault's cause, address and size."""
    machine = made.machine
    regs = machine.registers
    regs.xpsr, regs.control = 1 << 24, 0 if case.privileged else 1
    regs.r[0], regs.r[1] = SVC | SVC << 16, case.address  # stores leave the memory executable
    regs.pc = case.address if case.access == FETCH else code_address(case)
    machine._loop.prepare()
    machine.engine.clock.limit = NEVER
    stop = machine.engine.run()
    if stop.cause is Cause.SVC:
        return None
    assert stop.cause is Cause.FAULT and stop.fault is not None
    return stop.fault.cause.name, stop.fault.address, stop.fault.size


def executable(case: AccessCase) -> AccessCase | None:
    """Return the case as an instruction can make it, or None."""
    address = case.address & ~1 if case.access != READ else case.address
    if not WINDOW[0] <= address < WINDOW[1] - 8:
        return None
    return replace(case, address=address, size=2 if case.access == FETCH else case.size, negative_priority=False)


@pytest.mark.parametrize("seed", range(4))
def test_both_back_ends_refuse_exactly_what_the_manual_refuses(seed: int) -> None:
    rng = random.Random(f"back-ends {seed}")
    fast, audit = prepared(False), prepared(True)
    refused = allowed = 0
    for _ in range(REGION_SETS):
        regions = random_region_set(rng, window=WINDOW, count=8)
        regions = replace(regions, words=(*regions.words[:7], CODE_REGION))
        program(fast, regions)
        program(audit, regions)
        words = regions.words
        reference = Reference(8, regions.ctrl, [rbar for rbar, _ in words], [rasr for _, rasr in words])
        for drawn in random_accesses(rng, regions, count=ACCESSES, window=WINDOW):
            case = executable(drawn)
            if case is None or case.size > 4:
                continue
            expected = reference.outcome(case.address, case.size, NAMES[case.access], case.privileged)
            outcome = executed(fast, case)
            assert outcome == executed(audit, case), (regions, case)
            assert (outcome and outcome[:2]) == expected, (regions, case)
            refused += expected is not None
            allowed += expected is None
    assert min(refused, allowed) > REGION_SETS
