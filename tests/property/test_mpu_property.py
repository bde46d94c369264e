"""Random MPU programmes: the MPU, the manual's pseudocode, and the page rights that the engine caches must agree.

The seeds are fixed, so every run tries the same cases.
"""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from support.mpu_cases import FETCH, READ, WRITE, AccessCase, RegionSet, random_accesses, random_region_set
from support.mpu_reference import Reference

from emulator.armv7m.faults import Access
from emulator.armv7m.mpu import MPU
from emulator.armv7m.mpu_explain import Decision

SETS_PER_SEED = 500
NAMES = {READ: "read", WRITE: "write", FETCH: "fetch"}


def programmed(regions: RegionSet) -> MPU:
    mpu = MPU(regions.count)
    for number, (rbar, rasr) in enumerate(regions.words):
        mpu.set_region(number, rbar, rasr)
    mpu.set_control(regions.ctrl)
    return mpu


def reference_of(regions: RegionSet) -> Reference:
    rbars = [rbar for rbar, _ in regions.words]
    rasrs = [rasr for _, rasr in regions.words]
    return Reference(regions.count, regions.ctrl, rbars, rasrs)


def expected(reference: Reference, case: AccessCase) -> tuple[str, int | None] | None:
    reference.execution_priority = -1 if case.negative_priority else 256
    return reference.outcome(case.address, case.size, NAMES[case.access], case.privileged)


def answered(mpu: MPU, case: AccessCase) -> tuple[str, int | None] | None:
    fault = mpu.check(case.address, case.size, Access(case.access), case.privileged, case.negative_priority)
    return None if fault is None else (fault.cause.name, fault.address)


@pytest.mark.parametrize("seed", range(8))
def test_check_agrees_with_the_pseudocode_of_the_manual(seed: int) -> None:
    rng = random.Random(seed)
    outcomes = {None: 0, "DACCVIOL": 0, "IACCVIOL": 0}
    for _ in range(SETS_PER_SEED):
        regions = random_region_set(rng)
        mpu, reference = programmed(regions), reference_of(regions)
        for case in random_accesses(rng, regions):
            outcome = expected(reference, case)
            assert answered(mpu, case) == outcome, (regions, case)
            outcomes[outcome and outcome[0]] += 1
    # A generator that makes only one kind of outcome would prove nothing.
    assert min(outcomes.values()) > SETS_PER_SEED / 2, outcomes


def test_long_accesses_agree_with_the_pseudocode_of_the_manual() -> None:
    rng = random.Random("long")
    for _ in range(60):
        regions = random_region_set(rng)
        mpu, reference = programmed(regions), reference_of(regions)
        for case in random_accesses(rng, regions, count=3):
            size = rng.randint(9, 5000)
            access = rng.choice((READ, WRITE))
            case = AccessCase(case.address, size, access, case.privileged, case.negative_priority)
            assert answered(mpu, case) == expected(reference, case), (regions, case)


@pytest.mark.parametrize("seed", range(4))
def test_page_rights_are_what_check_says_of_every_granule_of_the_page(seed: int) -> None:
    rng = random.Random(f"pages {seed}")
    mixed = 0
    for _ in range(SETS_PER_SEED // 4):
        regions = random_region_set(rng)
        mpu = programmed(regions)
        for case in random_accesses(rng, regions, count=4):
            page = case.address & ~1023
            subject = (case.privileged, case.negative_priority)
            found = {
                sum(1 << access for access in Access if mpu.check(page + offset, 1, access, *subject) is None)
                for offset in range(0, 1024, 32)
            }
            want = found.pop() if len(found) == 1 else -1
            assert mpu.page_rights(page, *subject) == want, (regions, case)
            mixed += want == -1
    assert mixed > SETS_PER_SEED / 20


def test_rights_are_the_same_in_all_of_a_granule() -> None:
    rng = random.Random("granules")
    for _ in range(150):
        regions = random_region_set(rng)
        mpu, reference = programmed(regions), reference_of(regions)
        for case in random_accesses(rng, regions, count=2):
            granule = case.address & ~31
            for offset in range(32):
                byte = AccessCase(granule + offset, 1, case.access, case.privileged, case.negative_priority)
                if case.access == FETCH:
                    byte = AccessCase(granule + offset & ~1, 2, FETCH, case.privileged, case.negative_priority)
                assert answered(mpu, byte) == expected(reference, byte), (regions, byte)


def test_the_rights_map_has_the_rights_of_check_at_both_ends_of_every_span() -> None:
    rng = random.Random("map")
    for _ in range(150):
        regions = random_region_set(rng)
        mpu = programmed(regions)
        subject = (rng.random() < 0.5, rng.random() < 0.2)
        spans = mpu.rights_map(*subject)
        assert spans[0][0] == 0
        assert spans[-1][1] == 1 << 32
        for before, after in pairwise(spans):
            assert before[1] == after[0]
            assert before[2] != after[2]
        for start, end, rights in spans:
            for address in (start, end - 1, (start + end) // 2):
                allowed = sum(1 << access for access in Access if mpu.check(address, 1, access, *subject) is None)
                assert allowed == rights, (regions, hex(address))
                assert mpu.rights_span(address, *subject) == (start, end)


@pytest.mark.parametrize("seed", range(2))
def test_writes_to_the_registers_program_the_same_mpu_as_set_region(seed: int) -> None:
    rng = random.Random(f"registers {seed}")
    for _ in range(SETS_PER_SEED):
        regions = random_region_set(rng)
        direct, by_guest = programmed(regions), MPU(regions.count)
        for number in rng.sample(range(regions.count), regions.count):
            rbar, rasr = regions.words[number]
            write_through_registers(by_guest, rng, number, rbar, rasr)
            assert by_guest.rnr == number
        by_guest.write(0xE000_ED94, 4, regions.ctrl)
        assert (by_guest.ctrl, by_guest.rbar, by_guest.rasr) == (direct.ctrl, direct.rbar, direct.rasr)
        for case in random_accesses(rng, regions, count=3):
            assert answered(by_guest, case) == answered(direct, case), (regions, case)


def write_through_registers(mpu: MPU, rng: random.Random, number: int, rbar: int, rasr: int) -> None:
    """Program one region as a guest does: by MPU_RNR or by VALID, through any of the four register pairs."""
    alias = 8 * rng.randrange(4)
    if rng.random() < 0.5:
        mpu.write(0xE000_ED98, 4, number)
        mpu.write(0xE000_ED9C + alias, 4, rbar | rng.randrange(16))
    else:
        mpu.write(0xE000_ED9C + alias, 4, rbar | 0x10 | number)
    mpu.write(0xE000_EDA0 + alias, 4, rasr | rng.choice((0, 0xE8C0_00C0)))


def test_the_explanation_agrees_with_check_and_names_the_highest_region_that_covers() -> None:
    rng = random.Random("explain")
    decisions = set()
    for _ in range(600):
        regions = random_region_set(rng)
        mpu, reference = programmed(regions), reference_of(regions)
        for case in random_accesses(rng, regions, count=4):
            outcome = expected(reference, case)
            why = mpu.explain(case.address, case.size, Access(case.access), case.privileged, case.negative_priority)
            decisions.add(why.decision)
            assert why.allowed == (outcome is None)
            if outcome is not None and outcome[1] is not None:
                assert why.byte == outcome[1]
            enabled = [number for number, (_, rasr) in enumerate(regions.words) if rasr & 1]
            assert [row.region for row in why.rows] == enabled[::-1]
            covering = [row.region for row in why.rows if row.covers]
            assert [row.region for row in why.rows if row.decided] == ([] if why.region is None else [why.region])
            if why.decision is Decision.REGION:
                assert why.region == covering[0]
            elif why.decision in (Decision.NO_REGION, Decision.NO_REGION_UNPRIVILEGED):
                assert not covering
                assert not why.allowed
    assert decisions == set(Decision) - {Decision.ABSENT}
