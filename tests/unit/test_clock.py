"""Virtual time and scheduled calls."""

from __future__ import annotations

from emulator.devices.clock import NEVER, VirtualClock


def at(clock: VirtualClock, time: int) -> None:
    clock.counter = lambda: time


def test_calls_are_made_in_the_order_of_time_and_then_of_asking() -> None:
    clock, made = VirtualClock(), []
    for time, name in ((20, "c"), (10, "a"), (10, "b"), (30, "d")):
        clock.call_at(time, lambda name=name: made.append(name))
    at(clock, 20)
    clock.run_due()
    assert made == ["a", "b", "c"] and clock.next_time() == 30


def test_a_cancelled_call_is_not_made_and_does_not_count_as_next() -> None:
    clock, made = VirtualClock(), []
    call = clock.call_at(5, lambda: made.append(1))
    call.cancel()
    at(clock, 9)
    clock.run_due()
    assert made == [] and clock.next_time() == NEVER


def test_a_call_may_schedule_another_that_is_already_due() -> None:
    clock, made = VirtualClock(), []
    clock.call_at(1, lambda: clock.call_at(2, lambda: made.append("second")))
    at(clock, 3)
    clock.run_due()
    assert made == ["second"]


def test_skipped_time_moves_now_but_not_the_instruction_count() -> None:
    clock = VirtualClock()
    at(clock, 100)
    clock.skip_to(250)
    assert clock.now == 250 and clock.skipped == 150
    clock.skip_to(200)
    assert clock.now == 250


def test_the_engine_hears_of_an_earlier_event_in_its_own_count() -> None:
    clock, heard = VirtualClock(), []
    at(clock, 100)
    clock.skip_to(150)
    clock.on_schedule = heard.append
    clock.call_at(170, lambda: None)
    assert heard == [120]
