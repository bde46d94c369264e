"""Which pages were stored to in which stretch: never fewer than there were."""

from __future__ import annotations

import random

from emulator.timetravel import stored_pages
from emulator.timetravel.checkpoint import Position
from emulator.timetravel.stored_pages import StoredPages


def at(executed: int) -> Position:
    return Position(executed, 0)


def test_a_page_is_only_where_it_was_noted() -> None:
    stored = StoredPages(at(0))
    stored.note(at(0), at(10), frozenset({1}))
    stored.note(at(5), at(20), frozenset({2}))
    assert stored.may_hold(frozenset({1}), at(0), at(10)) and not stored.may_hold(frozenset({1}), at(10), at(20))
    assert stored.may_hold(frozenset({2, 3}), at(12), at(13)) and not stored.may_hold(frozenset({2}), at(0), at(10))
    assert stored.may_hold(frozenset({7}), at(15), at(21)), "nothing is known of that"


def test_a_gap_is_not_known_and_what_was_changed_is_forgotten() -> None:
    stored = StoredPages(at(0))
    stored.note(at(0), at(10), frozenset({1}))
    stored.note(at(11), at(20), frozenset())
    assert stored.may_hold(frozenset({9}), at(10), at(20))
    stored.note(at(10), at(30), frozenset({2}))
    stored.forget_after(at(15))
    assert stored.may_hold(frozenset({2}), at(10), at(15)) and not stored.may_hold(frozenset({1}), at(10), at(15))
    assert stored.may_hold(frozenset({9}), at(15), at(16))
    stored.note(at(15), at(16), frozenset({3}))
    assert not stored.may_hold(frozenset({9}), at(0), at(16))


def test_many_stretches_are_merged_and_none_is_lost(monkeypatch) -> None:
    monkeypatch.setattr(stored_pages, "MOST_STRETCHES", 16)
    rng, stored = random.Random(1), StoredPages(at(0))
    truth = [frozenset(rng.sample(range(50), 3)) for _ in range(1000)]
    for number, pages in enumerate(truth):
        stored.note(at(number), at(number + 1), pages)
    for _ in range(300):
        start = rng.randrange(999)
        end = rng.randrange(start + 1, 1000)
        page = rng.randrange(50)
        if any(page in pages for pages in truth[start:end]):
            assert stored.may_hold(frozenset({page}), at(start), at(end))
    assert not stored.may_hold(frozenset({77}), at(0), at(1000))
