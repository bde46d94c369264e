"""Random stacks, shares and accesses: the MPU with its page-ins grants what the policy grants, and never more.

The reference is a list of bytes: it knows nothing of regions, granules or spans.
"""

from __future__ import annotations

import functools
import operator
import random
from dataclasses import dataclass, field

import pytest
from support.protection_port import CODE, CONFIGURATION, INTERRUPT_STACK, RAM, FakePort, FakeThread

from emulator.armv7m.faults import Access
from rtems_shim.protection.protection import Protection
from rtems_shim.protection.region_cover import (
    Spans,
    block_around,
    block_inside,
    cover_outwards,
    exact_cover,
    exact_cover_from_top,
)

WINDOW = (0x2000_2000, 0x2000_2000 + 0x1_4000)
GRANULE = 32
READ, WRITE, EXECUTE = 1, 2, 4


@dataclass
class World:
    """A protection with threads, and the same as plain lists: ``stacks`` (thread, start, end) and ``shares``."""

    port: FakePort
    protection: Protection
    threads: list[FakeThread]
    stacks: list[tuple[FakeThread, int, int]]
    shares: dict[tuple[FakeThread, FakeThread], int]
    tables: dict[object, tuple[bytes, bytes]] = field(default_factory=dict)

    def rights(self, address: int, thread: FakeThread) -> int:
        """The rights of ``thread`` to one byte, from the lists."""
        for owner, start, end in self.stacks:
            if start <= address < end:
                return READ | WRITE if owner is thread else self.shares.get((owner, thread), 0)
        if RAM[0] <= address < RAM[0] + RAM[1]:
            return READ | WRITE
        return READ | EXECUTE if address < 0x40_0000 else 0

    def granule_rights(self, thread: FakeThread) -> tuple[bytes, bytes]:
        """The rights that all, and that some, bytes of each granule of the window give ``thread``."""
        key = (thread, tuple(self.shares.items()))
        if key not in self.tables:
            table = bytearray([READ | WRITE] * (WINDOW[1] - WINDOW[0]))
            for owner, start, end in self.stacks:
                rights = READ | WRITE if owner is thread else self.shares.get((owner, thread), 0)
                table[start - WINDOW[0] : end - WINDOW[0]] = bytes([rights]) * (end - start)
            granules = [set(table[n : n + GRANULE]) for n in range(0, len(table), GRANULE)]
            everywhere = bytes(functools.reduce(operator.and_, rights) for rights in granules)
            somewhere = bytes(functools.reduce(operator.or_, rights) for rights in granules)
            self.tables = {key: (everywhere, somewhere)}
        return self.tables[key]


def random_world(rng: random.Random, regions: int) -> World:
    port = FakePort(regions=regions)
    protection = Protection(port, CONFIGURATION)
    protection.start()
    world = World(port, protection, [], [], {})
    count = rng.randint(2, 20)
    address = WINDOW[0] + 8 * rng.randint(0, 64)
    alignment = rng.choice([8, 8, 32, 256, 4096])
    for number in range(count):
        size = rng.choice([512, 1024, 2048, 4096, 8192, 8 * rng.randint(64, 700)])
        address = -(-address // alignment) * alignment
        if address + size > WINDOW[1]:
            break
        thread = FakeThread(0x0B010001 + number, f"T{number}")
        assert protection.add_stack(thread, address, size)
        world.threads.append(thread)
        world.stacks.append((thread, address, address + size))
        address += size + rng.choice([0, 0, 8, 16, 40, 256, 8 * rng.randint(0, 500)])
    for _ in range(rng.randint(0, 2 * len(world.threads))):
        toggle_share(rng, world)
    return world


def toggle_share(rng: random.Random, world: World) -> None:
    owner, target = rng.choice(world.threads), rng.choice(world.threads)
    if owner is target:
        return
    if (owner, target) in world.shares and rng.random() < 0.5:
        assert world.protection.unshare(owner, target, "munmap", target, 0)
        del world.shares[owner, target]
        return
    rights = rng.choice([READ, READ | WRITE, READ | EXECUTE, READ | WRITE | EXECUTE])
    held = sum(1 for _, other in world.shares if other is target)
    allowed = (owner, target) in world.shares or held < 8
    assert world.protection.share(owner, target, rights, "mmap", target, 0) is allowed
    if allowed:
        world.shares[owner, target] = rights


def never_more(world: World, thread: FakeThread) -> None:
    """No granule of the window grants what a byte of it lacks, but those opened for the one instruction that runs."""
    everywhere, somewhere = world.granule_rights(thread)
    for start, end, granted in world.port.mpu.rights_map(privileged=True):
        first, last = (max(start, WINDOW[0]) - WINDOW[0]) // GRANULE, (min(end, WINDOW[1]) - WINDOW[0]) // GRANULE
        if not granted or first >= last:
            continue
        if any(granted & ~rights for rights in set(everywhere[first:last])):
            # Open for one access: then only while the instruction executes alone, judged to the byte.
            assert world.port.alone is not None, (hex(start), hex(end))
            open_once = [n for n in range(first, last) if granted & ~everywhere[n]]
            assert len(open_once) <= 6
            assert not any(granted & ~somewhere[n] for n in open_once)


def random_address(rng: random.Random, world: World) -> int:
    """Mostly near the ends of stacks, where regions are hard to find."""
    _, start, end = rng.choice(world.stacks)
    kind = rng.random()
    if kind < 0.35:
        return start + rng.randint(-72, 72)
    if kind < 0.7:
        return end + rng.randint(-72, 72)
    if kind < 0.9:
        return rng.randint(start, end - 1)
    return rng.randint(WINDOW[0], WINDOW[1] - 1)


def random_instruction(rng: random.Random, world: World) -> list[tuple[int, int, Access]]:
    access = rng.choice([Access.READ, Access.WRITE])
    address = random_address(rng, world)
    if rng.random() < 0.3:  # LDM, STM, VLDM: up to 32 words
        words = rng.choice([2, 4, 8, 16, 32])
        return [((address & ~3) + 4 * n, 4, access) for n in range(words)]
    size = rng.choice([1, 2, 4, 4])
    return [(address, size, access)]


def first_refused(world: World, thread: FakeThread, pc: int, accesses: list[tuple[int, int, Access]]) -> int | None:
    for address, size, access in [(pc, 2, Access.FETCH), *accesses]:
        for byte in range(address, address + size):
            if not world.rights(byte, thread) >> access & 1:
                return byte
    return None


def random_pc(rng: random.Random, world: World, thread: FakeThread) -> int:
    executable = [owner for (owner, target), rights in world.shares.items() if target is thread and rights & EXECUTE]
    if executable and rng.random() < 0.4:
        owner = rng.choice(executable)
        _, start, end = next(stack for stack in world.stacks if stack[0] is owner)
        return rng.choice([start, end - 2, rng.randrange(start, end, 2), rng.randrange(start, end, 2)])
    return CODE + 2 * rng.randint(0, 1000)


@pytest.mark.parametrize("seed", range(24))
def test_page_ins_grant_exactly_what_the_policy_grants_and_never_more(seed: int) -> None:
    rng = random.Random(seed)
    world = random_world(rng, regions=rng.choice([8, 8, 8, 16]))
    port, protection = world.port, world.protection
    for _ in range(12):
        thread = rng.choice(world.threads)
        protection.switch_to(thread)
        never_more(world, thread)
        port.after_each_step = lambda thread=thread: never_more(world, thread)  # type: ignore[misc]
        for _ in range(25):
            accesses = random_instruction(rng, world)
            pc = random_pc(rng, world, thread)
            refused = first_refused(world, thread, pc, accesses)
            fault = port.execute(protection.resolve_fault, accesses, pc)
            assert (fault is None) is (refused is None), (hex(pc), [(hex(a), s, k) for a, s, k in accesses])
            if fault is not None and fault.address is not None:
                assert fault.address == refused
        if rng.random() < 0.3:
            toggle_share(rng, world)


@pytest.mark.parametrize("seed", range(24))
def test_the_own_stack_and_the_interrupt_stack_are_there_without_a_fault(seed: int) -> None:
    """Exception entry has no second try: at any depth the whole frame below the stack pointer must be granted."""
    rng = random.Random(1000 + seed)
    world = random_world(rng, regions=8)
    for thread, start, _ in world.stacks:
        world.protection.switch_to(thread)
        top = world.protection.initial_sp(thread)
        check = world.port.mpu.check
        assert check(INTERRUPT_STACK[0], INTERRUPT_STACK[1], Access.WRITE, True) is None
        granted = Spans((s, e) for s, e, rights in world.port.mpu.rights_map(True) if rights & WRITE)
        own = granted.within(start, top).ranges
        assert own, "the stack is granted"
        assert own[-1][1] == top, "its top is granted"
        # Odd stacks in a tight row may leave some of the lower end to page-ins; nothing in between.
        assert len(own) == 1
        assert own[0][0] - start < 32 + (top - start) // 8


@pytest.mark.parametrize("seed", range(8))
def test_copies_of_the_kernel_are_judged_to_the_byte(seed: int) -> None:
    rng = random.Random(2000 + seed)
    world = random_world(rng, regions=8)
    port, protection = world.port, world.protection
    for _ in range(10):
        thread = rng.choice(world.threads)
        protection.switch_to(thread)
        for _ in range(12):
            address, size = random_address(rng, world), rng.choice([1, 4, 20, 64, 200, 5000])
            data = rng.randbytes(size)
            before = port.memory.peek(address, size)
            refused = next((a for a in range(address, address + size) if not world.rights(a, thread) & WRITE), None)
            fault = protection.copies.store(address, data)
            after = port.memory.peek(address, size)
            if refused is None:
                assert (fault, after) == (None, data)
            else:
                assert fault is not None
                assert (fault.address, after) == (refused, before)
            loaded = protection.copies.load(address, size)
            readable = all(world.rights(a, thread) & READ for a in range(address, address + size))
            assert loaded == after if readable else not isinstance(loaded, bytes)
            never_more(world, thread)


def brute_force_bytes(blocks: list, low: int, high: int) -> set[int]:
    return {g for g in range(low, high, GRANULE) for block in blocks if block.covers(g)}


@pytest.mark.parametrize("seed", range(6))
def test_covers_hold_exactly_the_granules_asked_for(seed: int) -> None:
    rng = random.Random(3000 + seed)
    for _ in range(30):
        start = GRANULE * rng.randint(256, 1024)
        end = start + GRANULE * rng.randint(1, 400)
        wanted = set(range(start, end, GRANULE))
        low, high = start - 0x4000, end + 0x4000
        for cover in (exact_cover(start, end), exact_cover_from_top(start, end)):
            assert brute_force_bytes(list(cover), low, high) == wanted
        address = rng.randrange(start, end)
        block = block_inside(address, start, end)
        assert block.covers(address)
        assert brute_force_bytes([block], low, high) <= wanted


@pytest.mark.parametrize("seed", range(6))
def test_covers_with_few_blocks_hold_all_that_is_wanted_and_nothing_unwanted(seed: int) -> None:
    rng = random.Random(4000 + seed)
    for _ in range(20):
        granules = sorted(rng.sample(range(256, 1400), 2 * rng.randint(1, 8)))
        ranges = [(GRANULE * a, GRANULE * b) for a, b in zip(granules[::2], granules[1::2], strict=True)]
        wanted = Spans(ranges)
        unwanted = Spans([(0, 0x800)])
        most = rng.randint(1, 6)
        blocks = cover_outwards(wanted, unwanted, most)
        if blocks is None:
            assert block_around(wanted, unwanted) is None
            continue
        assert len(blocks) <= most
        covered = brute_force_bytes(blocks, 0, 0x2_0000)
        assert {g for a, b in ranges for g in range(a, b, GRANULE)} <= covered
        assert not covered & set(range(0, 0x800, GRANULE))
