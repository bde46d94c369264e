"""The byte-exact policy: who may touch what, without a region in sight."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from support.protection_port import FakeThread

from emulator.armv7m.faults import Access
from rtems_shim.protection.policy import (
    EXECUTE,
    READ,
    READ_WRITE,
    WRITE,
    Area,
    Policy,
    Share,
    Stack,
    complete_rights,
    describe_rights,
    owner_name,
)

A = FakeThread(0x0B010001, "0x01")
B = FakeThread(0x0B010002, "0x02")
UNPRIVILEGED = FakeThread(0x0B010003, "user", privileged=False)
RAM = 0x2000_0000


def policy_with(*stacks: Stack, closed: tuple[tuple[int, int], ...] = ()) -> Policy:
    areas = [
        Area(0, 0x1000, READ | EXECUTE, "flash"),
        Area(RAM, RAM + 0x1_0000, READ_WRITE, "RAM"),
        Area(0x4000_0000, 0x6000_0000, READ_WRITE, "peripherals", privileged_only=True),
    ]
    policy = Policy(areas, closed)
    for stack in stacks:
        policy.add_stack(stack)
    return policy


def test_everyone_has_flash_read_execute_and_ram_read_write() -> None:
    policy = policy_with()
    assert policy.rights_at(0x10, A) == READ | EXECUTE
    assert policy.rights_at(RAM, A) == READ_WRITE
    assert policy.rights_at(RAM, None) == READ_WRITE


def test_outside_all_areas_nobody_has_anything() -> None:
    policy = policy_with()
    assert policy.rights_at(0x1000, A) == 0
    assert policy.rights_at(RAM + 0x1_0000, A) == 0
    assert policy.rights_at(0xFFFF_FFFF, A) == 0


def test_peripherals_are_for_privileged_code_only() -> None:
    policy = policy_with()
    assert policy.rights_at(0x4000_0000, A) == READ_WRITE
    assert policy.rights_at(0x4000_0000, UNPRIVILEGED, privileged=False) == 0


def test_a_stack_is_its_owners_to_the_byte() -> None:
    policy = policy_with(Stack(A, RAM + 8, RAM + 0x1008))
    assert policy.rights_at(RAM + 7, B) == READ_WRITE
    assert policy.rights_at(RAM + 8, B) == 0
    assert policy.rights_at(RAM + 8, A) == READ_WRITE
    assert policy.rights_at(RAM + 0x1007, B) == 0
    assert policy.rights_at(RAM + 0x1008, B) == READ_WRITE


def test_a_share_gives_its_own_rights_to_its_target_only() -> None:
    stack = Stack(A, RAM, RAM + 0x1000)
    policy = policy_with(stack)
    policy.add_share(stack, Share(A, B, READ))
    assert policy.rights_at(RAM, B) == READ
    assert policy.rights_at(RAM, UNPRIVILEGED) == 0
    policy.add_share(stack, Share(A, B, READ_WRITE))
    assert policy.rights_at(RAM, B) == READ_WRITE
    assert len(stack.shares) == 1
    removed = policy.remove_share(stack, B)
    assert removed is not None
    assert removed.rights == READ_WRITE
    assert policy.rights_at(RAM, B) == 0
    assert policy.remove_share(stack, B) is None


def test_a_closed_stack_is_nobodys_and_stays_protected() -> None:
    stack = Stack(A, RAM, RAM + 0x1000)
    policy = policy_with(stack)
    policy.close_stack(stack)
    assert policy.rights_at(RAM, A) == 0
    assert policy.rights_at(RAM, B) == 0
    assert policy.stack_of(A) is None
    policy.remove_stack(stack)
    assert policy.rights_at(RAM, B) == READ_WRITE


def test_a_closed_range_is_nobodys_where_no_stack_is() -> None:
    policy = policy_with(Stack(A, RAM + 0x1000, RAM + 0x2000), closed=((RAM + 0x1000, RAM + 0x4000),))
    assert policy.rights_at(RAM + 0x1000, A) == READ_WRITE
    assert policy.rights_at(RAM + 0x2000, A) == 0
    assert policy.rights_at(RAM + 0x4000, A) == READ_WRITE


def test_an_access_is_refused_at_its_first_byte_without_the_right() -> None:
    policy = policy_with(Stack(A, RAM + 0x1008, RAM + 0x2008))
    assert policy.first_refused(RAM + 0x1000, 16, Access.WRITE, B) == RAM + 0x1008
    assert policy.first_refused(RAM + 0x1000, 8, Access.WRITE, B) is None
    assert policy.first_refused(RAM + 0x1000, 0x2000, Access.WRITE, A) is None
    assert policy.first_refused(RAM, 4, Access.FETCH, A) == RAM
    assert policy.first_refused(0xFFC, 8, Access.READ, A) == 0x1000
    assert policy.allowed(RAM, 0x1_0000, Access.READ, A)
    assert not policy.allowed(RAM, 0x1_0001, Access.READ, A)


def test_an_access_past_the_address_space_is_refused() -> None:
    assert policy_with().first_refused(RAM, 1 << 32, Access.READ, A) == RAM + 0x1_0000


def test_a_granule_has_the_rights_that_all_of_its_bytes_have() -> None:
    first, second = Stack(A, RAM + 0x1008, RAM + 0x2008), Stack(B, RAM + 0x2008, RAM + 0x3000)
    policy = policy_with(first, second)
    policy.add_share(first, Share(A, B, READ))
    spans = [span for span in policy.granule_spans(B) if RAM <= span[0] < RAM + 0x1_0000]
    assert spans == [
        (RAM, RAM + 0x1000, READ_WRITE),
        (RAM + 0x1000, RAM + 0x2020, READ),  # the edges: read-write and read, read and read-write
        (RAM + 0x2020, RAM + 0x1_0000, READ_WRITE),
    ]


def test_the_spans_cover_the_whole_address_space_without_gaps() -> None:
    spans = policy_with(Stack(A, RAM + 8, RAM + 0x1008)).granule_spans(B)
    assert spans[0][0] == 0
    assert spans[-1][1] == 1 << 32
    assert all(low[1] == high[0] and low[2] != high[2] for low, high in pairwise(spans))


def test_a_stack_inside_a_closed_range_changes_nothing_for_other_threads() -> None:
    policy = policy_with(closed=((RAM + 0x1000, RAM + 0x4000),))
    before = policy.stacks_revision, policy.revision
    policy.add_stack(Stack(A, RAM + 0x1000, RAM + 0x2000))
    assert (policy.stacks_revision, policy.revision > before[1]) == (before[0], True)
    policy.add_stack(Stack(B, RAM + 0x8000, RAM + 0x9000))
    assert policy.stacks_revision > before[0]


@pytest.mark.parametrize(
    ("asked", "given", "words"),
    [
        (0, 0, "--"),
        (READ, READ, "r-"),
        (WRITE, READ_WRITE, "rw"),
        (EXECUTE, READ | EXECUTE, "r-x"),
        (WRITE | EXECUTE, READ_WRITE | EXECUTE, "rwx"),
    ],
)
def test_what_can_be_written_or_executed_can_be_read(asked: int, given: int, words: str) -> None:
    assert complete_rights(asked) == given
    assert describe_rights(given) == words


def test_a_thread_without_a_name_goes_by_its_id() -> None:
    assert owner_name(FakeThread(0x0A010002, "")) == "0x0a010002"
    assert owner_name(A) == "0x01"


@pytest.mark.parametrize("seed", range(20))
def test_the_spans_of_a_thread_are_its_rights_at_every_byte(seed: int) -> None:
    """With stacks inside closed ranges, outside of them, across their edges, closed and shared."""
    rng = random.Random(f"spans {seed}")
    policy = policy_with(closed=((RAM + 0x2000, RAM + 0x6000), (RAM + 0x9000, RAM + 0xA000)))
    places = sorted(rng.sample(range(RAM, RAM + 0x1_0000, 8), 24))
    for start, end in zip(places[::2], places[1::2], strict=True):
        stack = Stack(rng.choice((A, B)), start, end)
        policy.add_stack(stack)
        if rng.random() < 0.5:
            policy.add_share(stack, Share(stack.owner, A if stack.owner is B else B, rng.choice((READ, READ_WRITE))))
        if rng.random() < 0.2:
            policy.close_stack(stack)
    for stack in rng.sample(policy.stacks, 3):
        policy.remove_stack(stack)
    edges = sorted({*places, RAM, RAM + 0x1_0000, RAM + 0x2000, RAM + 0x6000, RAM + 0x9000, RAM + 0xA000})
    for thread in (A, B, None):
        spans = policy.exact_spans(thread)
        assert [start for start, _, _ in spans] == [0, *(end for _, end, _ in spans[:-1])]
        assert spans[-1][1] == 1 << 32
        for address in {place + step for place in edges for step in (-1, 0, 1)}:
            found = next(rights for start, end, rights in spans if start <= address < end)
            assert found == policy.rights_at(address, thread), hex(address)
