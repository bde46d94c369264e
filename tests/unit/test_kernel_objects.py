"""Object ids, tables and limits; the arena."""

from __future__ import annotations

import pytest

from rtems_shim.core.arena import Arena
from rtems_shim.core.objects import (
    HARD_LIMIT,
    UNLIMITED,
    Api,
    ClassicClass,
    ObjectTable,
    PosixClass,
    build_id,
    name_text,
    object_api,
    object_class,
)


def test_ids_hold_class_api_node_and_index() -> None:
    assert build_id(Api.CLASSIC, ClassicClass.TASKS, 1) == 0x0A01_0001
    assert build_id(Api.POSIX, PosixClass.THREADS, 1) == 0x0B01_0001
    assert build_id(Api.INTERNAL, 1, 1) == 0x0901_0001
    assert object_api(0x1A01_0002) == Api.CLASSIC
    assert object_class(0x1A01_0002) == ClassicClass.SEMAPHORES


@pytest.mark.parametrize(
    ("word", "text"), [(0x5441_3120, "TA1"), (0x3078_3031, "0x01"), (0, ""), (0x4100_4200, "A*B"), (0x4107_0000, "A*")]
)
def test_names_are_four_characters(word: int, text: str) -> None:
    assert name_text(word) == text


def test_a_freed_index_is_used_after_every_one_that_was_never_used() -> None:
    table: ObjectTable[str] = ObjectTable(Api.POSIX, 1, 3)
    first = table.insert("a")
    table.remove(first)
    assert [table.insert(name) & 0xFFFF for name in "bcd"] == [2, 3, 1]
    assert table.next_id() is None


def test_freed_indices_are_used_oldest_first() -> None:
    table: ObjectTable[str] = ObjectTable(Api.POSIX, 1, 3)
    ids = [table.insert(name) for name in "abc"]
    table.remove(ids[2])
    table.remove(ids[0])
    assert [table.insert(name) & 0xFFFF for name in "de"] == [3, 1]


@pytest.mark.parametrize("maximum", [UNLIMITED | 4, 0x7FFF_FFFF, 5000])
def test_no_configuration_goes_beyond_the_hard_limit(maximum: int) -> None:
    table: ObjectTable[int] = ObjectTable(Api.POSIX, 1, maximum)
    for number in range(HARD_LIMIT):
        table.insert(number)
    assert table.next_id() is None


def test_an_arena_finds_the_lowest_gap_that_is_aligned_and_large_enough() -> None:
    arena = Arena(0x1004, 0x100)
    first = arena.allocate(0x10, 16)
    second = arena.allocate(0x20, 32)
    third = arena.allocate(0x10, 16)
    assert (first, second, third) == (0x1010, 0x1020, 0x1040)
    arena.free(0x1020)
    assert arena.allocate(0x20, 32) == 0x1020
    assert arena.allocate(0x1000) is None


def test_an_arena_s_end_is_its_end() -> None:
    arena = Arena(0x1000, 0x100)
    assert arena.allocate(0x101) is None
    assert arena.allocate(0x100) == 0x1000
    assert arena.allocate(0) is None
    with pytest.raises(ValueError, match="not a block"):
        arena.free(0x1001)


def test_a_block_grows_up_to_the_next_one() -> None:
    arena = Arena(0x1000, 0x100)
    first, second = arena.allocate(0x10), arena.allocate(0x10)
    assert first is not None and second is not None
    assert not arena.resize(first, 0x18)
    arena.free(second)
    assert arena.resize(first, 0x100)
    assert not arena.resize(first, 0x101)


def test_an_arena_has_a_limit_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtems_shim.core.arena.BLOCK_LIMIT", 2)
    arena = Arena(0x1000, 0x100)
    assert arena.allocate(8) is not None
    assert arena.allocate(8) is not None
    assert arena.allocate(8) is None
