"""The default system address map."""

from __future__ import annotations

from itertools import pairwise

import pytest

from emulator.armv7m.memory_map import (
    SYSTEM_ADDRESS_MAP,
    CachePolicy,
    MemoryAttributes,
    MemoryType,
    address_range,
    is_ppb,
)


def test_the_rows_fill_the_address_space_without_gap_or_overlap() -> None:
    assert SYSTEM_ADDRESS_MAP[0].start == 0
    assert SYSTEM_ADDRESS_MAP[-1].end == 1 << 32
    for before, after in pairwise(SYSTEM_ADDRESS_MAP):
        assert before.end == after.start


@pytest.mark.parametrize("row", SYSTEM_ADDRESS_MAP, ids=lambda row: row.name)
def test_both_ends_of_a_row_find_the_row(row) -> None:
    assert address_range(row.start) is row
    assert address_range(row.end - 1) is row


def test_the_private_peripheral_bus_is_one_mebibyte() -> None:
    assert not is_ppb(0xDFFF_FFFF)
    assert is_ppb(0xE000_0000)
    assert is_ppb(0xE00F_FFFF)
    assert not is_ppb(0xE010_0000)


def test_strongly_ordered_memory_is_shareable_without_saying_so() -> None:
    attributes = address_range(0xE000_E000).attributes
    assert attributes.shareable
    assert attributes.describe() == "Strongly-ordered"


def test_different_inner_and_outer_policies_are_both_named() -> None:
    attributes = MemoryAttributes(MemoryType.NORMAL, CachePolicy.WRITE_BACK, CachePolicy.NON_CACHEABLE, True)
    assert attributes.describe() == "Normal, inner write-back, outer non-cacheable, shareable"
