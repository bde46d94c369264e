"""Ticks, clocks, sleeping and timeouts on virtual time."""

from __future__ import annotations

import pytest
from support.fake_port import CLOCK_HZ, SCRATCH, FakeGuest

from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EINVAL, ENOSYS, ENOTSUP
from rtems_shim.core.clock import Base, Deadline, Timekeeper, pack_timespec

INIT = 0x0B01_0001
TIME = SCRATCH
OUT = SCRATCH + 0x40
REALTIME, PROCESS, THREAD, MONOTONIC = 1, 2, 3, 4
NS = 1_000_000_000
START_1988 = 567_993_600


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest()


def now(guest: FakeGuest, clock: int) -> int:
    assert guest.call("clock_gettime", clock, OUT) == 0
    values = layouts.TIMESPEC.unpack(guest.port.memory.peek(OUT, layouts.TIMESPEC.size))
    return values["tv_sec"] * NS + values["tv_nsec"]


def test_the_clocks_start_as_rtems_s_do(guest: FakeGuest) -> None:
    assert now(guest, REALTIME) == START_1988 * NS
    assert now(guest, MONOTONIC) == NS
    assert now(guest, PROCESS) == NS


def test_between_ticks_instructions_count_and_time_never_passes_the_next_tick(guest: FakeGuest) -> None:
    guest.port.instructions += CLOCK_HZ // 2000
    assert now(guest, MONOTONIC) == NS + 500_000
    guest.port.instructions += CLOCK_HZ
    assert now(guest, MONOTONIC) == NS + 999_999
    guest.tick()
    assert now(guest, MONOTONIC) == NS + 1_000_000


def test_unknown_clocks_and_null_pointers_are_refused(guest: FakeGuest) -> None:
    assert guest.call("clock_gettime", REALTIME, 0) == -EINVAL
    assert guest.call("clock_gettime", 99, OUT) == -EINVAL
    assert guest.call("clock_gettime", THREAD, OUT) == -ENOSYS
    assert guest.call("clock_getres", 99, OUT) == -EINVAL
    assert guest.call("clock_getres", REALTIME, 0) == -EINVAL


def test_the_resolution_is_a_tick(guest: FakeGuest) -> None:
    assert guest.call("clock_getres", REALTIME, OUT) == 0
    assert guest.port.memory.peek(OUT, 12) == pack_timespec(1_000_000)[:12]


def test_the_time_of_day_can_be_set_from_1988_to_2400(guest: FakeGuest) -> None:
    guest.put(TIME, pack_timespec(2_000_000_000 * NS))
    assert guest.call("clock_settime", REALTIME, TIME) == 0
    assert now(guest, REALTIME) == 2_000_000_000 * NS
    assert now(guest, MONOTONIC) == NS
    guest.put(TIME, pack_timespec(13_569_465_601 * NS - 1))
    assert guest.call("clock_settime", REALTIME, TIME) == 0
    for seconds in (START_1988 - 1, 13_569_465_601, (1 << 63) - 1):
        guest.put(TIME, pack_timespec(seconds * NS))
        assert guest.call("clock_settime", REALTIME, TIME) == -EINVAL
    assert guest.call("clock_settime", MONOTONIC, TIME) == -EINVAL
    assert guest.call("clock_settime", PROCESS, TIME) == -ENOSYS
    assert guest.call("clock_settime", REALTIME, 0) == -EINVAL


def test_a_sleep_ends_at_the_first_tick_after_its_time(guest: FakeGuest) -> None:
    guest.put(TIME, pack_timespec(2_500_000))
    guest.call("nanosleep", TIME, 0)
    guest.tick(2)
    assert guest.kernel.executing.is_idle
    guest.tick()
    assert guest.executing == INIT
    assert guest.r0 == 0


def test_a_sleep_that_starts_between_ticks_is_never_too_short(guest: FakeGuest) -> None:
    guest.port.instructions += CLOCK_HZ // 2000
    guest.put(TIME, pack_timespec(1_000_000))
    guest.call("nanosleep", TIME, 0)
    guest.tick()
    assert guest.kernel.executing.is_idle
    guest.tick()
    assert guest.executing == INIT


def test_a_sleep_of_nothing_gives_way(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    guest.put(TIME, pack_timespec(0))
    guest.call("nanosleep", TIME, 0)
    assert guest.executing == thread


def test_sleeps_are_checked(guest: FakeGuest) -> None:
    assert guest.call("nanosleep", 0, 0) == -EINVAL
    guest.put(TIME, layouts.TIMESPEC.pack(tv_sec=0, tv_nsec=NS))
    assert guest.call("nanosleep", TIME, 0) == -EINVAL
    guest.put(TIME, layouts.TIMESPEC.pack(tv_sec=-1, tv_nsec=0))
    assert guest.call("nanosleep", TIME, 0) == -EINVAL
    assert guest.call("clock_nanosleep", 99, 0, TIME, 0) == ENOTSUP
    assert guest.call("clock_nanosleep", REALTIME, 0, TIME, 0) == EINVAL


def test_an_absolute_sleep_follows_the_time_of_day_and_a_relative_one_does_not(guest: FakeGuest) -> None:
    relative = guest.create_thread()
    guest.put(TIME, pack_timespec(guest.kernel.time.realtime_ns + 10 * NS))
    guest.call("clock_nanosleep", REALTIME, 4, TIME, 0)
    assert guest.executing == relative
    guest.put(TIME, pack_timespec(5_000_000))
    guest.call("clock_nanosleep", REALTIME, 0, TIME, 0)
    guest.kernel.time.set_realtime(guest.kernel.time.realtime_ns + 20 * NS)
    guest.tick()
    assert guest.executing == INIT
    assert guest.kernel.find_thread(relative).wait is not None


def test_an_absolute_time_that_is_over_does_not_wait(guest: FakeGuest) -> None:
    guest.put(TIME, pack_timespec(0))
    assert guest.call("clock_nanosleep", MONOTONIC, 4, TIME, 0) == 0
    assert guest.executing == INIT


class StoppedClock:
    """A clock of the machine that a test moves by hand."""

    now = 0

    def call_at(self, time: int, callback: object, wakes: bool = True) -> object:
        raise NotImplementedError


def test_timeouts_fire_in_the_order_of_their_deadlines_and_of_their_calls() -> None:
    time = Timekeeper(StoppedClock())  # type: ignore[arg-type]
    fired: list[str] = []
    time.call_at(Deadline(Base.TICKS, 2), lambda: fired.append("b"))
    time.call_at(Deadline(Base.TICKS, 1), lambda: fired.append("a"))
    time.call_at(Deadline(Base.TICKS, 2), lambda: fired.append("c"))
    time.tick()
    assert fired == ["a"]
    time.tick()
    assert fired == ["a", "b", "c"]
    assert not time.anything_scheduled


def test_a_cancelled_timeout_leaves_nothing_behind() -> None:
    time = Timekeeper(StoppedClock())  # type: ignore[arg-type]
    timeout = time.call_at(time.in_ticks(5), lambda: None)
    timeout.cancel()
    timeout.cancel()
    assert not time.anything_scheduled


def test_a_timeout_may_schedule_the_next_one_for_the_same_tick() -> None:
    time = Timekeeper(StoppedClock())  # type: ignore[arg-type]
    fired: list[int] = []

    def again() -> None:
        fired.append(time.ticks)
        if len(fired) < 3:
            time.call_at(Deadline(Base.TICKS, time.ticks), again)

    time.call_at(time.in_ticks(1), again)
    time.tick()
    assert fired == [1, 1, 1]


def adjtime(guest: FakeGuest, microseconds: int | None = None) -> int:
    """Adjust the time of day, or only ask; return the microseconds that were left before."""
    guest.trap("adjtime", microseconds or 0, microseconds is not None, OUT)
    return int.from_bytes(guest.port.memory.peek(OUT, 8), "little", signed=True)


@pytest.mark.parametrize(
    ("wanted", "after_two_seconds"), [(800, 0), (5000, 4000), (-5000, -4000), (2_000_000, 1_990_000)]
)
def test_the_time_of_day_is_adjusted_in_small_steps_once_a_second(wanted: int, after_two_seconds: int) -> None:
    guest = FakeGuest(microseconds_per_tick=100_000)
    assert adjtime(guest, wanted) == 0
    ahead = now(guest, REALTIME) - now(guest, MONOTONIC)
    guest.tick(20)
    assert adjtime(guest) == after_two_seconds
    assert now(guest, REALTIME) - now(guest, MONOTONIC) - ahead == (wanted - after_two_seconds) * 1000
    assert adjtime(guest, 0) == after_two_seconds
    assert adjtime(guest) == 0
