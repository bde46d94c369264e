"""The tables of the C half and their plain twin: whatever is inserted, removed, used, evicted, both say the same.

Many keys belong in few places, so that entries meet, go and leave free slots in front of others.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from support.accelerator import random_cases, require_accelerator

from emulator.engine import accelerator, shared_state
from emulator.engine.shared_state import State
from emulator.engine.tables import PROBES, NativeTable, PlainTable, block_place, mixed_place, special_place

INVERSE = pow(0x9E37_79B9_7F4A_7C15, -1, 1 << 64)
PLACES = 3 * PROBES


def mixed_key(place: int, variant: int) -> int:
    """Return the key for which mixed_place() is ``place`` and whatever ``variant`` gives above the mask."""
    return ((variant << 20 | place) << 32 | 1) * INVERSE & 0xFFFF_FFFF_FFFF_FFFF


TABLES = {
    "blocks": (shared_state.BlockSlot, shared_state.BLOCK_SLOTS, block_place,
               lambda place, variant: (place + (variant << 16)) << 13 | variant << 44),
    "specials": (shared_state.SpecialSlot, shared_state.SPECIAL_SLOTS, special_place,
                 lambda place, variant: (place + (variant << 15)) << 1 | 1),
    "pages": (shared_state.PageSlot, shared_state.PAGE_SLOTS, mixed_place, mixed_key),
    "splits": (shared_state.SplitSlot, shared_state.SPLIT_SLOTS, mixed_place, mixed_key),
    "maps": (shared_state.MapSlot, shared_state.MAP_SLOTS, mixed_place, mixed_key),
}  # fmt: skip
"""For each table: its slot, the number of them, the twin's places, and a key for a place and a variant."""


@pytest.fixture(autouse=True)
def compiled() -> None:
    require_accelerator()


def twins(name: str) -> tuple[State, NativeTable, PlainTable]:
    """Return a state, and its table with the table's twin."""
    slot, slots, place, _ = TABLES[name]
    extension = accelerator.load()
    assert extension is not None
    state = State()
    accelerator.make_tables(extension, state)
    return state, NativeTable(extension.functions, state, name, slot), PlainTable(slots, place)


class Twins(RuleBasedStateMachine):
    """Both halves of the table ``name``."""

    name = "blocks"

    @initialize(first=st.sampled_from([0, 5, -3]))
    def begin(self, first: int) -> None:
        """``first``: the places go round the end of the table, too."""
        self.state, self.native, self.plain = twins(self.name)
        self.owner: dict[int, int] = {}
        self.first = first % TABLES[self.name][1]

    def key(self, place: int, variant: int) -> int:
        _, slots, _, key = TABLES[self.name]
        return key((self.first + place) % slots, variant)

    @rule(place=st.integers(0, PLACES), variant=st.integers(1, 6))
    def put(self, place: int, variant: int) -> None:
        key = self.key(place, variant)
        number = self.native.put(key)
        assert number == self.plain.put(key)
        for loser in [owned for owned, at in self.owner.items() if at == number and owned != key]:
            del self.owner[loser]
            assert self.native.find(loser) == self.plain.find(loser) == -1
        self.owner[key] = number

    @rule(place=st.integers(0, PLACES), many=st.integers(2, 2 * PROBES))
    def put_many_in_one_place(self, place: int, many: int) -> None:
        for variant in range(7, 7 + many):
            self.put(place, variant)

    @rule(place=st.integers(0, PLACES), variant=st.integers(1, 8))
    def drop(self, place: int, variant: int) -> None:
        key = self.key(place, variant)
        assert self.native.drop(key) == self.plain.drop(key) == self.owner.pop(key, -1)
        assert self.native.find(key) == -1

    @rule(place=st.integers(0, PLACES), variant=st.integers(1, 8))
    def find(self, place: int, variant: int) -> None:
        key = self.key(place, variant)
        assert self.native.find(key) == self.plain.find(key) == self.owner.get(key, -1)

    @rule()
    def sweep(self) -> None:
        number = self.native.sweep()
        assert number == self.plain.sweep()
        assert (number == -1) == (not self.owner)
        assert number in (-1, *self.owner.values())

    @rule()
    def clear(self) -> None:
        self.native.clear()
        self.plain.clear()
        self.owner.clear()

    @invariant()
    def what_is_kept_is_where_it_was_put(self) -> None:
        if not hasattr(self, "native"):
            return
        numbers = list(self.owner.values())
        assert len(set(numbers)) == len(numbers)
        slots = self.native.slots
        assert all(slots[number].key == key for key, number in self.owner.items())


@pytest.mark.parametrize("name", TABLES)
def test_both_tables_keep_and_give_up_the_same(name: str) -> None:
    machine = type(f"Twins_{name}", (Twins,), {"name": name})
    few = settings(
        max_examples=random_cases(25), stateful_step_count=60, derandomize=True, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=few)


@pytest.mark.parametrize("name", TABLES)
def test_an_entry_behind_one_that_was_removed_is_found_and_removed(name: str) -> None:
    _, native, plain = twins(name)
    key = TABLES[name][3]
    first, second = key(8, 1), key(8, 2)
    for table in (native, plain):
        assert table.put(first) != table.put(second)
        table.drop(first)
        assert table.find(second) >= 0 and table.put(second) == table.find(second)
        assert table.drop(second) >= 0 and table.find(second) == -1


@pytest.mark.parametrize("name", TABLES)
def test_a_little_more_than_fits_loses_a_little(name: str) -> None:
    """Going round ten entries that belong in one place, of which eight fit, must find some of them."""
    _, native, plain = twins(name)
    keys = [TABLES[name][3](8, variant) for variant in range(1, PROBES + 3)]
    for table in (native, plain):
        found = 0
        for key in keys * 40:
            found += table.find(key) >= 0
            table.put(key)
        assert found > 40 * len(keys) // 4, found


@pytest.mark.parametrize("name", TABLES)
def test_the_last_free_place_is_taken_before_an_entry_goes(name: str) -> None:
    _, native, plain = twins(name)
    *first, last = (TABLES[name][3](8, variant) for variant in range(1, PROBES + 1))
    for table in (native, plain):
        places = [table.put(key) for key in first]
        assert table.sweep() in places  # from here on none counts as used
        assert table.put(last) not in places


@pytest.mark.parametrize("spared", range(PROBES - 1))
@pytest.mark.parametrize("name", TABLES)
def test_of_those_in_the_way_the_one_that_was_not_used_goes(name: str, spared: int) -> None:
    """The first that finds no place makes all unused, and takes one; all but one of the others are used then."""
    _, native, plain = twins(name)
    keys = [TABLES[name][3](8, variant) for variant in range(1, PROBES + 3)]
    for table in (native, plain):
        places = {key: table.put(key) for key in keys[:PROBES]}
        assert len(set(places.values())) == PROBES
        taken = table.put(keys[PROBES])
        *others, unused = sorted((key for key in places if places[key] != taken), key=lambda key: key == keys[spared])
        assert all(table.find(key) == places[key] for key in others)
        assert table.put(keys[PROBES + 1]) == places[unused]


def test_the_tables_of_a_state_go_with_it() -> None:
    extension = accelerator.load()
    assert extension is not None
    for _ in range(300):  # 5 MiB each
        state = State()
        accelerator.make_tables(extension, state)
        ctypes.memset(state.pages.slots, 1, shared_state.PAGE_SLOTS * 32)
    assert int(Path("/proc/self/statm").read_text().split()[1]) * 4096 < 1 << 30
