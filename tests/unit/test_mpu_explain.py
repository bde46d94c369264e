"""Why the MPU decided as it did, as data and as a sentence."""

from __future__ import annotations

import dataclasses
import json

import pytest

from emulator.armv7m.faults import Access
from emulator.armv7m.mpu import CTRL_ENABLE, MPU
from emulator.armv7m.mpu_explain import Decision, describe_size
from emulator.armv7m.mpu_region import Region

RAM = 0x2000_0000
NONE, RW, RO = 0, 3, 6  # AP


def mpu_with(*regions: Region, ctrl: int = CTRL_ENABLE) -> MPU:
    """An enabled MPU whose regions 0, 1, ... are ``regions``."""
    mpu = MPU(8)
    for number, region in enumerate(regions):
        mpu.set_region(number, *region.words())
    mpu.set_control(ctrl)
    return mpu


def test_an_explanation_lists_the_enabled_regions_from_high_to_low_and_marks_the_one_that_decided() -> None:
    mpu = mpu_with(
        Region(0, 4 << 20, RO, False),
        Region(RAM, 32 << 10, RW, True),
        Region(RAM + 0x8000, 32 << 10, NONE, True),
        Region(RAM, 32, RW, True, enabled=False),
        Region(RAM + 0x8000, 8 << 10, RW, True, srd=0b0000_0001),
    )
    why = mpu.explain(RAM + 0x8000, 4, Access.WRITE, True)
    assert [row.region for row in why.rows] == [4, 2, 1, 0]
    assert [row.covers for row in why.rows] == [False, True, False, False]
    assert [row.disabled_subregion for row in why.rows] == [0, None, None, None]
    assert [row.decided for row in why.rows] == [False, True, False, False]
    assert (why.decision, why.region, why.allowed, why.byte) == (Decision.REGION, 2, False, RAM + 0x8000)
    assert why.describe() == "region 2 (32 KiB at 0x20008000) gives priv none / unpriv none, execute never"
    row = why.rows[0]
    assert (row.base, row.size, row.ap, row.xn, row.srd) == (RAM + 0x8000, 8192, RW, True, 1)
    assert (row.permission, row.memory) == ("priv RW / unpriv RW", "Normal, write-back")


def test_an_explanation_of_a_straddling_access_is_about_its_first_refused_byte() -> None:
    mpu = mpu_with(Region(RAM, 32, RW, True), Region(RAM + 32, 32, RO, True))
    why = mpu.explain(RAM + 30, 4, Access.WRITE, True)
    assert (why.address, why.size, why.access, why.byte, why.region) == (RAM + 30, 4, "write", RAM + 32, 1)


@pytest.mark.parametrize(
    ("ctrl", "address", "access", "privileged", "negative", "decision", "words"),
    [
        (5, RAM, Access.READ, True, False, Decision.BACKGROUND, "PRIVDEFENA=1) is the default map: SRAM"),
        (5, 0x4000_0000, Access.FETCH, True, False, Decision.BACKGROUND, "Peripheral, execute never"),
        (5, RAM, Access.READ, False, False, Decision.NO_REGION_UNPRIVILEGED, "privileged accesses only"),
        (1, RAM, Access.READ, True, False, Decision.NO_REGION, "background region is off (PRIVDEFENA=0)"),
        (1, RAM, Access.READ, True, True, Decision.NEGATIVE_PRIORITY, "HFNMIENA=0"),
        (0, RAM, Access.READ, True, False, Decision.DISABLED, "the MPU is disabled"),
        (0, RAM, Access.READ, True, True, Decision.DISABLED, "the MPU is disabled"),
        (1, 0xE000_E010, Access.READ, True, False, Decision.PPB, "Private Peripheral Bus"),
        (5, 0xE010_0000, Access.FETCH, True, False, Decision.SYSTEM_XN, "nothing executes from 0xe0000000"),
    ],
)
def test_an_explanation_without_a_region_says_what_decided(
    ctrl: int, address: int, access: Access, privileged: bool, negative: bool, decision: Decision, words: str
) -> None:
    why = mpu_with(Region(0, 32, RW, True), ctrl=ctrl).explain(address, 2, access, privileged, negative)
    assert why.decision is decision
    assert why.region is None
    assert words in why.describe()
    assert not any(row.decided for row in why.rows)


def test_an_explanation_says_when_the_part_has_no_mpu() -> None:
    why = MPU(0).explain(0x4000_0000, 2, Access.FETCH, True)
    assert (why.decision, why.allowed, why.rows) == (Decision.ABSENT, False, ())
    assert why.describe() == "the part has no MPU; the default map applies: Peripheral, execute never"


def test_an_explanation_becomes_json_without_help() -> None:
    why = mpu_with(Region(RAM, 32, RW, True)).explain(RAM, 4, Access.READ, False)
    document = json.loads(json.dumps(dataclasses.asdict(why)))
    assert document["decision"] == "region"
    assert document["rows"][0]["permission"] == "priv RW / unpriv RW"


@pytest.mark.parametrize(
    ("size", "words"), [(32, "32 bytes"), (1024, "1 KiB"), (1536, "1536 bytes"), (4 << 20, "4 MiB"), (1 << 32, "4 GiB")]
)
def test_sizes_read_in_the_largest_whole_unit(size: int, words: str) -> None:
    assert describe_size(size) == words
