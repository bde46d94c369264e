"""Geometry of regions: which blocks cover a range, typed out for cases that a reader can check by hand."""

from __future__ import annotations

import pytest

from rtems_shim.protection.region_cover import (
    Block,
    Spans,
    block_around,
    block_inside,
    cover_outwards,
    exact_cover,
    exact_cover_from_top,
    inside,
)


def test_a_block_must_be_a_power_of_two_aligned_to_its_size() -> None:
    with pytest.raises(ValueError, match="power of two"):
        Block(0x1000, 0x1800)
    with pytest.raises(ValueError, match="power of two"):
        Block(0, 16)
    with pytest.raises(ValueError, match="multiple of the size"):
        Block(0x1000, 0x2000)


def test_only_blocks_of_256_bytes_and_more_leave_subregions_out() -> None:
    assert Block(0, 256, 0b1111_1110).parts == [(0, 32)]
    with pytest.raises(ValueError, match="srd"):
        Block(0, 128, 1)
    with pytest.raises(ValueError, match="srd"):
        Block(0, 256, 0xFF)


def test_a_block_covers_what_its_subregions_leave() -> None:
    block = Block(0x4000, 0x4000, 0b0000_0011)
    assert (block.covers(0x47FF), block.covers(0x4FFF), block.covers(0x5000)) == (False, False, True)
    assert block.bytes_covered == 0x3000


def test_an_aligned_power_of_two_is_one_region() -> None:
    assert exact_cover(0x2000_8000, 0x2000_A000) == (Block(0x2000_8000, 0x2000),)


def test_an_8_kib_stack_aligned_to_4_kib_is_one_16_kib_region_with_subregions() -> None:
    assert exact_cover(0x2000_1000, 0x2000_3000) == (Block(0x2000_0000, 0x4000, 0b1100_0011),)


def test_an_8_kib_stack_across_a_16_kib_boundary_is_one_32_kib_region_with_subregions() -> None:
    assert exact_cover(0x2000_3000, 0x2000_5000) == (Block(0x2000_0000, 0x8000, 0b1110_0111),)


def test_an_8_kib_stack_across_a_large_boundary_needs_two_regions() -> None:
    assert exact_cover(0x2000_F000, 0x2001_1000) == (
        Block(0x2000_F000, 0x1000),
        Block(0x2001_0000, 0x1000),
    )


def test_one_granule_is_a_region_of_32_bytes() -> None:
    assert exact_cover(0x2000_0020, 0x2000_0040) == (Block(0x2000_0020, 32),)


def test_an_odd_end_is_reached_with_ever_smaller_regions() -> None:
    cover = exact_cover(0x2000_0000, 0x2000_1120)
    assert cover == (Block(0x2000_0000, 0x1000), Block(0x2000_1000, 256), Block(0x2000_1100, 32))


def test_the_cover_from_the_top_begins_with_the_top() -> None:
    cover = exact_cover_from_top(0x2000_F000, 0x2001_1000)
    assert cover == (Block(0x2001_0000, 0x1000), Block(0x2000_F000, 0x1000))


def test_the_whole_address_space_is_one_region() -> None:
    assert exact_cover(0, 1 << 32) == (Block(0, 1 << 32),)


def test_a_block_inside_reaches_as_far_as_it_can() -> None:
    assert block_inside(0x2000_0440, 0x2000_0400, 0x2000_0C00) == Block(0x2000_0000, 0x1000, 0b1100_0011)
    assert block_inside(0x2000_0440, 0x2000_0440, 0x2000_0460) == Block(0x2000_0440, 32)


def test_a_block_inside_can_be_bounded() -> None:
    assert block_inside(0x2000_0440, 0x2000_0000, 0x2000_4000, largest=256) == Block(0x2000_0400, 256)


def test_a_block_around_leaves_out_subregions_without_anything_wanted() -> None:
    wanted = Spans([(0x1000, 0x1800), (0x3000, 0x3800)])
    assert block_around(wanted, Spans()) == Block(0, 0x4000, 0b1011_1011)


def test_a_block_around_refuses_a_subregion_that_also_holds_something_unwanted() -> None:
    wanted = Spans([(0x1000, 0x1400)])
    assert block_around(wanted | Spans([(0x3000, 0x3800)]), Spans([(0x1400, 0x1420)])) is None
    assert block_around(wanted, Spans([(0x1400, 0x1420)])) == Block(0x1000, 0x400)


def test_covering_outwards_is_exact_while_there_are_enough_regions() -> None:
    wanted = Spans([(0x1000, 0x2000), (0x9000, 0xA000)])
    assert cover_outwards(wanted, Spans(), 2) == [Block(0x1000, 0x1000), Block(0x9000, 0x1000)]


def test_covering_outwards_joins_what_costs_least() -> None:
    wanted = Spans([(0x1000, 0x1100), (0x1200, 0x1300), (0x9000, 0xA000)])
    assert cover_outwards(wanted, Spans(), 2) == [Block(0x1000, 0x400, 0b1100_1100), Block(0x9000, 0x1000)]


def test_covering_outwards_can_be_told_not_to_cover_more_than_is_wanted() -> None:
    wanted = Spans([(0x1000, 0x1020), (0x9000, 0x9020)])
    assert cover_outwards(wanted, Spans(), 1, largest_excess=0) is None
    assert cover_outwards(wanted, Spans(), 1) == [Block(0, 0x1_0000, 0b1110_1110)]


def test_nothing_wanted_needs_no_region() -> None:
    assert cover_outwards(Spans(), Spans(), 0) == []


def test_spans_join_what_overlaps_or_touches() -> None:
    assert Spans([(5, 9), (0, 3), (3, 5), (20, 20)]).ranges == ((0, 9),)


def test_spans_count_contain_and_cut() -> None:
    spans = Spans([(10, 20), (30, 40)])
    assert (spans.count(15, 35), spans.count(20, 30)) == (10, 0)
    assert spans.contains(30, 40)
    assert not spans.contains(15, 31)
    assert spans.overlaps(19, 25)
    assert not spans.overlaps(20, 30)
    assert spans.within(15, 35).ranges == ((15, 20), (30, 35))
    assert spans.without(Spans([(12, 32)])).ranges == ((10, 12), (32, 40))


def test_inside_keeps_whole_granules_only() -> None:
    assert inside(0x2000_0008, 0x2000_1008) == (0x2000_0020, 0x2000_1000)
