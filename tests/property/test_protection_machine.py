"""The protection on the real machine: random loads and stores around odd stacks, each judged by the byte-exact policy.

The same instructions run on both back-ends; what a refused store has already stored is checked as well.
"""

from __future__ import annotations

import random

import pytest
from support.machines import Bench, bench
from support.protection_port import FakeThread

from emulator.armv7m.faults import Access, Fault
from emulator.armv7m.mpu import CTRL_ENABLE
from emulator.asm import assemble
from emulator.machine.stop import StopReason
from rtems_shim.protection.protection import Protection

CONFIGURATION = {
    "interrupt_stack_base": 0x2000_0000,
    "interrupt_stack_size": 0x8000,
    "stack_arena_base": 0,
    "stack_arena_size": 0,
}
WINDOW = 0x2001_0000, 0x2002_0000
CODE = 0x0000_0100

INSTRUCTIONS: list[tuple[str, Access, list[tuple[int, int]]]] = [
    ("ldr r1, [r0]", Access.READ, [(0, 4)]),
    ("str r1, [r0]", Access.WRITE, [(0, 4)]),
    ("ldrh r1, [r0]", Access.READ, [(0, 2)]),
    ("strb r1, [r0]", Access.WRITE, [(0, 1)]),
    ("stmia r0!, {r1-r8}", Access.WRITE, [(4 * n, 4) for n in range(8)]),
    ("ldmia r0, {r1-r8}", Access.READ, [(4 * n, 4) for n in range(8)]),
    ("strd r2, r3, [r0]", Access.WRITE, [(0, 4), (4, 4)]),
    ("ldmdb r0!, {r1-r12}", Access.READ, [(4 * n - 48, 4) for n in range(12)]),
]
ALIGNED = {text for text, _, accesses in INSTRUCTIONS if len(accesses) > 1}


class Resolver:
    """A personality that has nothing but the protection."""

    def __init__(self, protection: Protection) -> None:
        self.protection = protection

    trap_immediate = 256  # no SVC has it

    def trap(self) -> None:
        raise AssertionError("no trap is made here")

    def resolve_fault(self, fault: Fault, pc: int) -> bool:
        return self.protection.resolve_fault(fault, pc)

    def asleep(self) -> StopReason | None:
        return None


def world(rng: random.Random, audit: bool) -> tuple[Bench, Protection, list[FakeThread], list[tuple[int, int]]]:
    made = bench(audit=audit)
    protection = Protection(made.machine, CONFIGURATION)  # type: ignore[arg-type]
    made.machine.personality = Resolver(protection)
    threads, stacks = [], []
    address = WINDOW[0] + 32 * rng.randint(0, 10) + 8
    while address + 0x1400 < WINDOW[1]:
        thread = FakeThread(len(threads) + 1, f"T{len(threads)}")
        size = 8 * rng.randint(512, 640)
        assert protection.add_stack(thread, address, size)
        threads.append(thread)
        stacks.append((address, address + size))
        address += size + rng.choice([0, 8, 24, 40, 0x300])
    for _ in range(len(threads)):
        owner, target = rng.sample(threads, 2)
        protection.share(owner, target, rng.choice([1, 3]), "mmap", target, 0)
    return made, protection, threads, stacks


def execute(made: Bench, protection: Protection, thread: FakeThread, text: str, address: int) -> int | None:
    """Run one instruction as ``thread``; return the address of the fault that was taken, or None."""
    machine = made.machine
    machine.reset()
    protection.start()
    protection.switch_to(thread)
    machine.mpu.set_control(CTRL_ENABLE)
    machine.last_fault = None
    made.run(text + "\nb .", steps=4, r0=address & 0xFFFF_FFFF, r1=0x5A5A_5A5A, r2=0x5A5A_5A5A, r3=0x5A5A_5A5A)
    assert machine.registers.pc in (CODE + len(assemble(text, CODE)), 0xF00)
    record = machine.last_fault
    return None if record is None else record.fault.address


def expected(
    protection: Protection, thread: FakeThread, address: int, access: Access, parts: list[tuple[int, int]]
) -> int | None:
    """Return the first byte of the instruction's accesses, in their order, that the policy refuses."""
    for offset, size in parts:
        refused = protection.policy.first_refused(address + offset, size, access, thread)
        if refused is not None:
            return refused
    return None


@pytest.mark.parametrize("seed", range(6))
def test_instructions_are_refused_at_the_byte_the_policy_refuses_on_both_back_ends(seed: int) -> None:
    outcomes = []
    for audit in (False, True):
        rng = random.Random(seed)
        made, protection, threads, stacks = world(rng, audit)
        answers = []
        for _ in range(120):
            thread = rng.choice(threads)
            text, access, parts = rng.choice(INSTRUCTIONS)
            edge = rng.choice([end for stack in stacks for end in stack])
            address = edge + rng.randint(-64, 64)
            if text in ALIGNED:
                address &= ~3
            before = made.machine.peek(address - 64, 192)
            refused = execute(made, protection, thread, text, address)
            assert refused == expected(protection, thread, address, access, parts), (text, hex(address), thread)
            after = made.machine.peek(address - 64, 192)
            for offset, (old, new) in enumerate(zip(before, after, strict=True)):
                byte = address - 64 + offset
                assert old == new or protection.policy.allowed(byte, 1, Access.WRITE, thread), hex(byte)
            made.machine.poke(address - 64, before)
            answers.append((text, address, refused, protection.page_ins, protection.single_accesses))
        outcomes.append(answers)
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][-1][4] > 5, "some instructions executed alone"
