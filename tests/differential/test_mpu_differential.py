"""One program, random MPU maps: QEMU, the manual's pseudocode and this emulator must agree on every access."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.arm_gcc import build_bare
from support.known_differences import DifferenceCount, document
from support.mpu_outcomes import AccessLine, expected_fault, explained, known_mpu_difference, parsed
from support.mpu_program import TABLE_SOURCE, MpuAccess, MpuMap, packed, random_maps
from support.ours import run_ours
from support.qemu import run_qemu

HERE = Path(__file__).parent
MAPS, AUDITED_MAPS, ACCESSES = 100, 5, 40
SEEDS = (1, 2, 3)


def built(maps: list[MpuMap]) -> Path:
    tables: dict[str, str | bytes] = {"cases.bin": packed(maps), "table.S": TABLE_SOURCE}
    return build_bare([HERE / "mpu_map.c"], layout="low.ld", generated=tables)


def on_qemu(maps: list[MpuMap]) -> list[AccessLine]:
    run = run_qemu(built(maps))
    assert run.exit_code == 0, run.detail
    return parsed(run.lines)


def pairs(maps: list[MpuMap]) -> list[tuple[MpuMap, MpuAccess]]:
    return [(mpu_map, access) for mpu_map in maps for access in mpu_map.accesses]


def described(mpu_map: MpuMap, access: MpuAccess, *lines: object) -> str:
    return "\n".join([mpu_map.words(), access.words(), *map(str, lines)])


@pytest.mark.parametrize("seed", SEEDS)
def test_qemu_and_the_pseudocode_of_the_manual_agree_on_random_maps(seed: int) -> None:
    maps = random_maps(seed, MAPS, ACCESSES)
    count, kinds = DifferenceCount(), set()
    seen = on_qemu(maps)
    assert len(seen) == MAPS * ACCESSES
    for (mpu_map, access), line in zip(pairs(maps), seen, strict=True):
        expected = expected_fault(mpu_map, access)
        kinds.add(expected and (expected.exception, expected.cfsr))
        if line.fault != expected:
            known = known_mpu_difference(access, expected, line.fault)
            assert known, described(mpu_map, access, line.text, expected)
            count.meet(known)
    # A generator that reaches only some outcomes would prove little.
    faults = {(exception, cfsr) for exception in (4, 3) for cfsr in (0x01, 0x82)} | {(5, 0x8200), (5, 0x100)}
    assert kinds >= faults | {None}
    assert sum(count.met.values()) < 20, count.summary()


@pytest.mark.parametrize("audit", [False, True], ids=["fast", "audit"])
@pytest.mark.parametrize("seed", SEEDS)
def test_this_emulator_and_qemu_print_the_same_for_random_maps(seed: int, audit: bool) -> None:
    maps = random_maps(seed, AUDITED_MAPS if audit else MAPS, ACCESSES)
    run = run_ours(built(maps), audit=audit)
    assert run.exit_code == 0, run.detail
    count = DifferenceCount()
    for (mpu_map, access), here, there in zip(pairs(maps), parsed(run.lines), on_qemu(maps), strict=True):
        if here == there:
            continue
        known = explained(access, expected_fault(mpu_map, access), here, there)
        assert known, described(mpu_map, access, here.text, there.text)
        count.meet(known)
    assert sum(count.met.values()) < 20, count.summary()


def test_the_published_list_of_known_differences_is_the_one_the_tests_use() -> None:
    published = Path(__file__).parents[2] / "docs" / "known-differences.md"
    assert published.read_text() == document()
