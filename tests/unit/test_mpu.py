"""The MPU: registers, decisions to the byte, and the rights of pages."""

from __future__ import annotations

import pytest

from emulator.armv7m.faults import Access
from emulator.armv7m.mpu import (
    CONTROL_CHANGED,
    CTRL_ENABLE,
    CTRL_HFNMIENA,
    CTRL_PRIVDEFENA,
    MIXED,
    MPU,
    MPU_CTRL,
    MPU_RASR,
    MPU_RASR_A3,
    MPU_RBAR,
    MPU_RNR,
    MPU_TYPE,
    RBAR_VALID,
)
from emulator.armv7m.mpu_region import FETCH, READ, WRITE, Region

NONE, PRIV_RW, RW, RO = 0, 1, 3, 6  # AP
RAM = 0x2000_0000


def mpu_with(*regions: Region, ctrl: int = CTRL_ENABLE) -> MPU:
    """An enabled MPU whose regions 0, 1, ... are ``regions``."""
    mpu = MPU(8)
    for number, region in enumerate(regions):
        mpu.set_region(number, *region.words())
    mpu.set_control(ctrl)
    return mpu


def refused_at(mpu: MPU, address: int, size: int = 4, access: Access = Access.READ, privileged: bool = True):
    """The address of the DACCVIOL that an access gets, or None when it is allowed."""
    fault = mpu.check(address, size, access, privileged)
    return None if fault is None else fault.address


# -- registers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("regions", [-1, 1, 7, 32, None])
def test_a_number_of_regions_that_no_part_has_is_refused(regions) -> None:
    with pytest.raises(ValueError, match="regions must be 0, 8 or 16"):
        MPU(regions)


def test_a_region_number_out_of_range_keeps_the_selected_region() -> None:
    mpu = MPU(8)
    mpu.write(MPU_RNR, 4, 7)
    for number in (8, 15, 16, 255):
        mpu.write(MPU_RNR, 4, number)
        assert mpu.read(MPU_RNR, 4) == 7


def test_reserved_bits_of_the_region_number_register_are_ignored() -> None:
    mpu = MPU(8)
    mpu.write(MPU_RNR, 4, 0xFFFF_FF05)
    assert mpu.read(MPU_RNR, 4) == 5


def test_a_valid_write_that_names_a_missing_region_changes_nothing() -> None:
    mpu = MPU(8)
    mpu.write(MPU_RNR, 4, 3)
    mpu.write(MPU_RBAR, 4, RAM | RBAR_VALID | 8)
    assert mpu.rnr == 3
    assert mpu.rbar == [0] * 8


def test_sixteen_regions_can_all_be_selected_by_valid() -> None:
    mpu = MPU(16)
    for number in range(16):
        mpu.write(MPU_RBAR, 4, RAM + 32 * number | RBAR_VALID | number)
    assert mpu.rbar == [RAM + 32 * number for number in range(16)]


def test_the_region_field_without_valid_does_not_select() -> None:
    mpu = MPU(8)
    mpu.write(MPU_RNR, 4, 2)
    mpu.write(MPU_RBAR, 4, RAM | 6)
    assert mpu.rbar[2] == RAM
    assert mpu.read(MPU_RBAR, 4) == RAM | 2


def test_base_address_bits_below_the_size_read_back_but_do_not_count() -> None:
    mpu = mpu_with(ctrl=CTRL_ENABLE)
    mpu.write(MPU_RBAR, 4, 0x2000_0FE0)
    mpu.write(MPU_RASR, 4, RW << 24 | 11 << 1 | 1)  # 4 KiB
    assert mpu.read(MPU_RBAR, 4) == 0x2000_0FE0
    assert refused_at(mpu, RAM) is None
    assert refused_at(mpu, RAM + 0xFFC) is None
    assert refused_at(mpu, RAM + 0x1000) == RAM + 0x1000


@pytest.mark.parametrize("size", [1, 2, 8])
def test_accesses_that_are_not_words_read_zero_and_write_nothing(size: int) -> None:
    mpu = mpu_with(Region(RAM, 32, RW, False))
    mpu.write(MPU_CTRL, size, 0)
    assert mpu.ctrl == CTRL_ENABLE
    assert mpu.read(MPU_RASR, size) == 0
    assert mpu.read(MPU_TYPE, size) == 0


@pytest.mark.parametrize("address", [MPU_TYPE - 4, MPU_CTRL + 2, MPU_RBAR + 1, MPU_RASR_A3 + 4])
def test_addresses_between_and_around_the_registers_read_zero_and_write_nothing(address: int) -> None:
    mpu = mpu_with(Region(RAM, 32, RW, False))
    before = (mpu.ctrl, mpu.rnr, list(mpu.rbar), list(mpu.rasr))
    mpu.write(address, 4, 0xFFFF_FFEF)
    assert mpu.read(address, 4) == 0
    assert (mpu.ctrl, mpu.rnr, mpu.rbar, mpu.rasr) == before


def test_a_part_without_an_mpu_has_registers_that_read_zero_and_ignore_writes() -> None:
    mpu = MPU(0)
    for address in range(MPU_TYPE, MPU_RASR_A3 + 1, 4):
        mpu.write(address, 4, 0xFFFF_FFFF)
        assert mpu.read(address, 4) == 0
    mpu.set_control(CTRL_ENABLE)
    assert mpu.ctrl == 0
    assert refused_at(mpu, RAM, access=Access.WRITE, privileged=False) is None
    assert mpu.check(0x4000_0000, 2, Access.FETCH, True) is not None


@pytest.mark.parametrize("number", [-1, 8, 16])
def test_the_host_cannot_set_a_region_that_does_not_exist(number: int) -> None:
    with pytest.raises(ValueError, match="region must be one of the 8"):
        MPU(8).set_region(number, 0, 0)


def test_set_region_ignores_valid_and_region_and_leaves_the_selected_region_alone() -> None:
    mpu = MPU(8)
    mpu.write(MPU_RNR, 4, 1)
    mpu.set_region(4, RAM | RBAR_VALID | 6, 0xFFFF_FFFF)
    assert mpu.rbar[4] == RAM
    assert mpu.rasr[4] == 0x173F_FF3F
    assert mpu.rnr == 1


def test_changes_are_announced_once_after_they_happened_and_only_when_something_changed() -> None:
    mpu = MPU(8)
    seen: list[tuple[int, int, int]] = []
    mpu.on_change = lambda region: seen.append((region, mpu.ctrl, mpu.rasr[max(region, 0)]))
    rbar, rasr = Region(RAM, 32, RW, False).words()
    mpu.write(MPU_RBAR, 4, rbar | RBAR_VALID | 3)
    mpu.write(MPU_RASR, 4, rasr)
    mpu.write(MPU_RASR, 4, rasr)
    mpu.set_region(3, rbar, rasr)
    mpu.write(MPU_CTRL, 4, CTRL_ENABLE)
    mpu.write(MPU_CTRL, 4, CTRL_ENABLE)
    mpu.write(MPU_RNR, 4, 5)
    assert seen == [(3, 0, 0), (3, 0, rasr), (CONTROL_CHANGED, CTRL_ENABLE, 0)]


def test_reset_disables_the_mpu_and_every_region() -> None:
    mpu = mpu_with(Region(RAM, 32, NONE, False))
    assert refused_at(mpu, RAM) == RAM
    mpu.reset()
    assert (mpu.ctrl, mpu.rnr, mpu.rbar, mpu.rasr) == (0, 0, [0] * 8, [0] * 8)
    assert refused_at(mpu, RAM) is None


def test_a_change_takes_effect_on_the_next_access() -> None:
    mpu = mpu_with(Region(RAM, 1024, RW, False))
    assert mpu.page_rights(RAM, True) == READ | WRITE | FETCH
    mpu.set_region(0, *Region(RAM, 1024, RO, False).words())
    assert mpu.page_rights(RAM, True) == READ | FETCH
    assert mpu.rights_span(RAM, True) == (RAM, RAM + 1024)
    mpu.set_region(0, *Region(RAM, 2048, RO, False).words())
    assert mpu.rights_span(RAM, True) == (RAM, RAM + 2048)


# -- decisions -------------------------------------------------------------------------------------------------------


def test_a_byte_that_was_just_allowed_is_asked_about_again_after_each_change() -> None:
    mpu = mpu_with(Region(RAM, 0x1000, RW, False))
    rbar, rasr = mpu.rbar[0], mpu.rasr[0]
    for _ in range(2):
        assert mpu.check(RAM + 4, 4, Access.WRITE, privileged=True) is None
        mpu.set_region(0, rbar, rasr & ~1)
        assert mpu.check(RAM + 4, 4, Access.WRITE, privileged=True) is not None
        mpu.set_control(5)
        assert mpu.check(RAM + 4, 4, Access.WRITE, privileged=True) is None
        assert mpu.check(RAM + 4, 4, Access.WRITE, privileged=False) is not None
        mpu.set_control(CTRL_ENABLE)
        mpu.set_region(0, rbar, rasr)


def test_any_number_of_granules_is_remembered_in_bounded_memory() -> None:
    mpu = mpu_with(Region(RAM, 0x100000, RW, False))
    for address in range(RAM, RAM + 0x100000, 32):
        assert mpu.check(address, 4, Access.WRITE, privileged=True) is None
    assert len(mpu._granules[True]) <= 1024


def test_of_overlapping_regions_the_highest_number_decides() -> None:
    mpu = mpu_with(Region(RAM, 4096, RW, False), Region(RAM + 1024, 32, NONE, False), Region(RAM + 1024, 32, RO, False))
    assert refused_at(mpu, RAM + 1024, access=Access.WRITE) == RAM + 1024
    assert refused_at(mpu, RAM + 1024) is None
    assert refused_at(mpu, RAM + 1056, access=Access.WRITE) is None


def test_a_small_high_region_decides_when_the_page_of_the_large_one_was_just_used() -> None:
    mpu = mpu_with(Region(RAM, 1 << 20, RW, True), Region(RAM + 64, 32, NONE, True))
    assert refused_at(mpu, RAM + 60, access=Access.WRITE) is None
    assert refused_at(mpu, RAM + 64, access=Access.WRITE) == RAM + 64
    assert refused_at(mpu, RAM + 96, access=Access.WRITE) is None
    assert mpu.page_rights(RAM, True) == MIXED
    assert mpu.page_rights(RAM + 1024, True) == READ | WRITE


def test_a_disabled_subregion_falls_through_to_the_next_lower_region() -> None:
    mpu = mpu_with(Region(RAM, 4096, RO, False), Region(RAM, 2048, RW, False, srd=0b0000_0010))
    assert refused_at(mpu, RAM, access=Access.WRITE) is None
    assert refused_at(mpu, RAM + 256, access=Access.WRITE) == RAM + 256
    assert refused_at(mpu, RAM + 256) is None


def test_subregion_disable_uncovers_the_background_region() -> None:
    hidden = Region(RAM, 256, NONE, False, srd=0b1000_0000)
    mpu = mpu_with(hidden, ctrl=CTRL_ENABLE | CTRL_PRIVDEFENA)
    assert refused_at(mpu, RAM + 220) == RAM + 220
    assert refused_at(mpu, RAM + 224) is None
    assert refused_at(mpu, RAM + 224, privileged=False) == RAM + 224
    without_background = mpu_with(hidden)
    assert refused_at(without_background, RAM + 224) == RAM + 224


def test_srd_is_ignored_in_regions_under_256_bytes() -> None:
    mpu = mpu_with()
    mpu.set_region(0, RAM, RW << 24 | 0xFF << 8 | 6 << 1 | 1)  # 128 bytes
    assert refused_at(mpu, RAM) is None
    assert refused_at(mpu, RAM + 124) is None


@pytest.mark.parametrize("size_field", range(4))
def test_a_region_with_a_reserved_size_matches_nothing(size_field: int) -> None:
    mpu = mpu_with(Region(RAM, 32, RW, False))
    mpu.set_region(7, RAM, NONE << 24 | size_field << 1 | 1)
    assert refused_at(mpu, RAM) is None
    assert mpu.page_rights(RAM, True) == MIXED
    assert [row.covers for row in mpu.explain(RAM, 4, Access.READ, True).rows] == [False, True]


def test_a_4_gib_region_covers_the_whole_address_space_whatever_its_base() -> None:
    mpu = mpu_with()
    mpu.set_region(0, 0xDEAD_BEE0, RO << 24 | 31 << 1 | 1)
    for address in (0, RAM, 0x7FFF_FFFC, 0xFFFF_FFFC):
        assert refused_at(mpu, address) is None
        assert refused_at(mpu, address, access=Access.WRITE) == address


@pytest.mark.parametrize(
    ("address", "size", "refused"),
    [
        (RAM + 28, 4, None),
        (RAM + 30, 2, None),
        (RAM + 29, 4, RAM + 32),
        (RAM + 31, 2, RAM + 32),
        (RAM + 31, 4, RAM + 32),
        (RAM + 32, 4, RAM + 32),
        (RAM - 1, 4, RAM - 1),
        (RAM - 4, 4, RAM - 4),
        (RAM - 2, 2, RAM - 2),
        (RAM + 28, 8, RAM + 32),
        (RAM, 0, None),
    ],
)
def test_an_access_that_leaves_its_region_is_refused_at_its_first_refused_byte(
    address: int, size: int, refused: int | None
) -> None:
    mpu = mpu_with(Region(RAM, 32, RW, False))
    assert refused_at(mpu, address, size, Access.WRITE) == refused


def test_an_access_across_two_regions_is_allowed_when_both_allow_it() -> None:
    mpu = mpu_with(Region(RAM, 32, PRIV_RW, False), Region(RAM + 32, 32, RW, False))
    assert refused_at(mpu, RAM + 30, 4, Access.WRITE, privileged=True) is None
    assert refused_at(mpu, RAM + 30, 4, Access.WRITE, privileged=False) == RAM + 30


def test_a_long_copy_is_refused_at_the_first_byte_of_the_hole_in_its_way() -> None:
    mpu = mpu_with(Region(RAM, 1 << 20, RW, False), Region(RAM + 0x8060, 32, RO, False))
    assert refused_at(mpu, RAM + 7, 0x8059, Access.WRITE) is None
    assert refused_at(mpu, RAM + 7, 0x805A, Access.WRITE) == RAM + 0x8060
    assert refused_at(mpu, RAM + 7, 1 << 20, Access.READ) == RAM + (1 << 20)


def test_an_access_past_the_end_of_the_address_space_continues_at_zero() -> None:
    mpu = mpu_with(Region(0xFFFF_FFE0, 32, RW, False))
    assert refused_at(mpu, 0xFFFF_FFFE, 2) is None
    assert refused_at(mpu, 0xFFFF_FFFE, 4) == 0


def test_a_refused_load_is_a_daccviol_with_address_access_and_size() -> None:
    fault = mpu_with().check(RAM + 6, 2, Access.WRITE, True)
    assert fault is not None
    assert (fault.cause.name, fault.address, fault.access, fault.size) == ("DACCVIOL", RAM + 6, Access.WRITE, 2)


def test_a_refused_fetch_is_an_iaccviol_without_address() -> None:
    fault = mpu_with().check(RAM, 2, Access.FETCH, True)
    assert fault is not None
    assert (fault.cause.name, fault.address, fault.access) == ("IACCVIOL", None, Access.FETCH)


def test_a_32_bit_instruction_whose_second_half_may_not_execute_is_refused() -> None:
    mpu = mpu_with(Region(RAM, 64, RW, False), Region(RAM + 32, 32, RW, True))
    assert mpu.check(RAM + 28, 4, Access.FETCH, True) is None
    assert mpu.check(RAM + 30, 4, Access.FETCH, True) is not None


def test_privdefena_serves_privileged_accesses_only_and_keeps_the_default_xn() -> None:
    mpu = mpu_with(ctrl=CTRL_ENABLE | CTRL_PRIVDEFENA)
    assert refused_at(mpu, RAM) is None
    assert refused_at(mpu, RAM, privileged=False) == RAM
    assert mpu.check(RAM, 2, Access.FETCH, True) is None
    assert mpu.check(0x4000_0000, 2, Access.FETCH, True) is not None


def test_a_region_may_make_peripheral_space_executable() -> None:
    mpu = mpu_with(Region(0x4000_0000, 1024, RW, False))
    assert mpu.check(0x4000_0000, 2, Access.FETCH, True) is None


def test_hfnmiena_0_bypasses_the_mpu_at_negative_priority_but_not_the_default_xn() -> None:
    mpu = mpu_with(Region(RAM, 1024, NONE, True))
    assert mpu.check(RAM, 4, Access.WRITE, False, negative_priority=True) is None
    assert mpu.check(RAM, 2, Access.FETCH, True, negative_priority=True) is None
    assert mpu.check(0x4000_0000, 2, Access.FETCH, True, negative_priority=True) is not None
    assert mpu.page_rights(RAM, True, True) == READ | WRITE | FETCH
    mpu.set_control(CTRL_ENABLE | CTRL_HFNMIENA)
    assert mpu.check(RAM, 4, Access.WRITE, False, negative_priority=True) is not None
    assert mpu.page_rights(RAM, True, True) == 0


def test_hfnmiena_without_enable_leaves_the_mpu_off() -> None:
    mpu = mpu_with(Region(RAM, 1024, NONE, True), ctrl=CTRL_HFNMIENA)
    assert refused_at(mpu, RAM, access=Access.WRITE) is None
    assert mpu.check(RAM, 4, Access.WRITE, True, negative_priority=True) is None


@pytest.mark.parametrize("privileged", [False, True])
def test_the_private_peripheral_bus_never_goes_through_the_regions(privileged: bool) -> None:
    nothing_anywhere = Region(0, 1 << 32, NONE, False)
    mpu = mpu_with(nothing_anywhere)
    assert refused_at(mpu, 0xE000_ED94, access=Access.WRITE, privileged=privileged) is None
    assert refused_at(mpu, 0xE00F_FFFC, privileged=privileged) is None
    assert refused_at(mpu, 0xDFFF_FFFC, privileged=privileged) == 0xDFFF_FFFC
    assert refused_at(mpu, 0xE010_0000, privileged=privileged) == 0xE010_0000
    assert mpu.page_rights(0xE000_EC00, privileged) == READ | WRITE


def test_system_space_never_executes_even_where_a_region_says_so() -> None:
    everything = Region(0, 1 << 32, RW, False)
    mpu = mpu_with(everything)
    for address in (0xE000_0000, 0xE000_ED94, 0xE010_0000, 0xFFFF_FFFC):
        assert mpu.check(address, 2, Access.FETCH, True) is not None
    assert mpu.page_rights(0xE010_0000, True) == READ | WRITE
    assert mpu.check(0xDFFF_FFFE, 2, Access.FETCH, True) is None
    assert mpu.check(0xDFFF_FFFE, 4, Access.FETCH, True) is not None


def test_vendor_space_is_read_write_by_default() -> None:
    mpu = MPU(8)
    assert refused_at(mpu, 0xE010_0000, access=Access.WRITE, privileged=False) is None


# -- pages -----------------------------------------------------------------------------------------------------------


def test_a_page_split_between_regions_of_equal_rights_is_uniform() -> None:
    mpu = mpu_with(Region(RAM, 512, RW, True), Region(RAM + 512, 512, RW, True))
    assert mpu.page_rights(RAM, True) == READ | WRITE


def test_a_page_is_uniform_for_one_privilege_and_mixed_for_the_other() -> None:
    mpu = mpu_with(Region(RAM, 1024, RW, True), Region(RAM, 32, PRIV_RW, True))
    assert mpu.page_rights(RAM, True) == READ | WRITE
    assert mpu.page_rights(RAM, False) == MIXED


def test_a_page_partly_without_a_region_is_mixed_unless_the_region_gives_nothing() -> None:
    assert mpu_with(Region(RAM, 32, RW, True)).page_rights(RAM, True) == MIXED
    assert mpu_with(Region(RAM, 32, NONE, True)).page_rights(RAM, True) == 0


@pytest.mark.parametrize(("size", "uniform"), [(1024, False), (2048, False), (4096, False), (8192, True)])
def test_one_disabled_subregion_splits_its_page_when_it_is_smaller_than_the_page(size: int, uniform: bool) -> None:
    mpu = mpu_with(Region(RAM, size, RW, True, srd=0b1000_0000))
    assert mpu.page_rights(RAM + size - 1024, True) == (0 if uniform else MIXED)
    if size > 1024:
        assert mpu.page_rights(RAM, True) == READ | WRITE


def test_page_rights_take_any_address_in_the_page() -> None:
    mpu = mpu_with(Region(RAM, 8192, RW, True, srd=0b0000_0001))
    assert mpu.page_rights(RAM + 1023, True) == 0
    assert mpu.page_rights(RAM + 1024 + 37, True) == READ | WRITE


def test_the_rights_map_joins_neighbours_with_equal_rights() -> None:
    mpu = mpu_with(Region(RAM, 4096, RW, True), Region(RAM + 4096, 4096, RW, True))
    assert mpu.rights_map(True) == [
        (0, RAM, 0),
        (RAM, RAM + 8192, READ | WRITE),
        (RAM + 8192, 0xE000_0000, 0),
        (0xE000_0000, 0xE010_0000, READ | WRITE),
        (0xE010_0000, 1 << 32, 0),
    ]
    assert mpu.rights_span(RAM + 5000, True) == (RAM, RAM + 8192)
    assert mpu.rights_span(0xFFFF_FFFF, True) == (0xE010_0000, 1 << 32)


def test_the_region_map_has_the_highest_region_everywhere() -> None:
    mpu = mpu_with(Region(RAM, 4096, RW, True), Region(RAM + 1024, 1024, RW, True), Region(RAM, 8192, RO, True, srd=1))
    assert mpu.region_map() == [
        (0, RAM, None),
        (RAM, RAM + 1024, 0),
        (RAM + 1024, RAM + 8192, 2),
        (RAM + 8192, 1 << 32, None),
    ]
    assert [mpu.region_at(RAM + offset) for offset in (1023, 1024, 2048)] == [0, 2, 2]
    assert mpu.explain(RAM + 1024, 4, Access.WRITE, True).region == 2
