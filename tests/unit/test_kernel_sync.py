"""POSIX mutexes and condition variables."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, FakeGuest

from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EBUSY, EDEADLK, EINVAL, ENOMEM, EPERM, ETIMEDOUT
from rtems_shim.core.clock import pack_timespec
from rtems_shim.core.events import PriorityChanged
from rtems_shim.posix.sync import SyncObjects

INIT = 0x0B01_0001
MUTEX = SCRATCH
OTHER = SCRATCH + 8
CONDITION = SCRATCH + 16
OUT = SCRATCH + 0x40
ATTRIBUTES = SCRATCH + 0x80
TIME = SCRATCH + 0xC0
DEFAULT = layouts.INITIALIZER_DEFAULT


@pytest.fixture
def guest() -> FakeGuest:
    guest = FakeGuest()
    for address in (MUTEX, OTHER, CONDITION):
        guest.set_word(address, DEFAULT)
    return guest


def init_mutex(guest: FakeGuest, address: int = MUTEX, **attributes: int) -> int:
    values = {"is_initialized": 1, "prio_ceiling": 0x7FFF_FFFF} | attributes
    return guest.call("pthread_mutex_init", address, guest.put(ATTRIBUTES, layouts.MUTEX_ATTRIBUTES.pack(**values)))


def at(guest: FakeGuest, ns_from_now: int) -> int:
    """Store an absolute time of day; return its address."""
    return guest.put(TIME, pack_timespec(guest.kernel.time.realtime_ns + ns_from_now))


# -- mutexes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", [0, DEFAULT])
def test_a_statically_initialised_mutex_works(guest: FakeGuest, word: int) -> None:
    guest.set_word(MUTEX, word)
    assert guest.call("pthread_mutex_lock", MUTEX) == 0
    assert guest.call("pthread_mutex_unlock", MUTEX) == 0


def test_a_word_that_is_no_mutex_is_einval(guest: FakeGuest) -> None:
    guest.set_word(MUTEX, 0x1234_5678)
    for name in ("lock", "trylock", "unlock", "destroy"):
        assert guest.call(f"pthread_mutex_{name}", MUTEX) == EINVAL
        assert guest.call(f"pthread_mutex_{name}", 0) == EINVAL


def test_a_copy_of_a_mutex_is_no_mutex(guest: FakeGuest) -> None:
    init_mutex(guest)
    guest.set_word(OTHER, guest.word(MUTEX))
    assert guest.call("pthread_mutex_lock", OTHER) == EINVAL


def test_a_destroyed_mutex_is_no_mutex_until_it_is_initialised_again(guest: FakeGuest) -> None:
    init_mutex(guest)
    assert guest.call("pthread_mutex_destroy", MUTEX) == 0
    assert guest.call("pthread_mutex_lock", MUTEX) == EINVAL
    assert init_mutex(guest) == 0
    assert guest.call("pthread_mutex_lock", MUTEX) == 0
    assert guest.call("pthread_mutex_destroy", MUTEX) == EBUSY


@pytest.mark.parametrize(
    "attributes",
    [{"is_initialized": 0}, {"process_shared": 2}, {"protocol": 3}, {"type": 4}, {"protocol": 2, "prio_ceiling": 255}],
)
def test_mutex_attributes_are_checked(guest: FakeGuest, attributes: dict[str, int]) -> None:
    assert init_mutex(guest, **attributes) == EINVAL


def test_locking_twice_is_edeadlk_and_trying_is_ebusy(guest: FakeGuest) -> None:
    guest.call("pthread_mutex_lock", MUTEX)
    assert guest.call("pthread_mutex_lock", MUTEX) == EDEADLK
    assert guest.call("pthread_mutex_trylock", MUTEX) == EBUSY


def test_a_recursive_mutex_is_free_after_as_many_unlocks(guest: FakeGuest) -> None:
    init_mutex(guest, type=1)
    for _ in range(3):
        assert guest.call("pthread_mutex_lock", MUTEX) == 0
    for _ in range(3):
        assert guest.call("pthread_mutex_unlock", MUTEX) == 0
    assert guest.call("pthread_mutex_unlock", MUTEX) == EPERM


def test_the_recursive_static_initialiser_makes_a_recursive_mutex(guest: FakeGuest) -> None:
    guest.set_word(MUTEX, layouts.INITIALIZER_RECURSIVE)
    assert guest.call("pthread_mutex_lock", MUTEX) == 0
    assert guest.call("pthread_mutex_lock", MUTEX) == 0


def test_only_the_owner_unlocks(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    guest.call("pthread_mutex_lock", MUTEX)
    guest.run(thread)
    assert guest.call("pthread_mutex_unlock", MUTEX) == EPERM
    assert guest.call("pthread_mutex_trylock", MUTEX) == EBUSY


def test_waiters_get_a_mutex_in_order_of_arrival_and_it_is_handed_over(guest: FakeGuest) -> None:
    first, second = guest.create_thread(), guest.create_thread()
    guest.call("pthread_mutex_lock", MUTEX)
    guest.run(first)
    guest.call("pthread_mutex_lock", MUTEX)
    assert guest.executing == second
    guest.call("pthread_mutex_lock", MUTEX)
    assert guest.executing == INIT
    assert guest.call("pthread_mutex_unlock", MUTEX) == 0
    assert guest.kernel.part(SyncObjects).mutexes[MUTEX].owner is guest.kernel.find_thread(first)
    assert guest.call("pthread_mutex_trylock", MUTEX) == EBUSY
    guest.run(first)
    assert guest.r0 == 0


def test_a_circle_of_owners_is_edeadlk_for_whoever_closes_it(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    guest.call("pthread_mutex_lock", MUTEX)
    guest.run(thread)
    guest.call("pthread_mutex_lock", OTHER)
    guest.call("pthread_mutex_lock", MUTEX)
    assert guest.executing == INIT
    assert guest.call("pthread_mutex_lock", OTHER) == EDEADLK


def test_an_unlocked_mutex_costs_the_host_nothing(guest: FakeGuest) -> None:
    for address in range(SCRATCH + 0x1000, SCRATCH + 0x1400, 4):
        guest.set_word(address, DEFAULT)
        assert guest.call("pthread_mutex_lock", address) == 0
        assert guest.call("pthread_mutex_unlock", address) == 0
    assert guest.kernel.part(SyncObjects).mutexes == {}


def test_a_timed_lock_gives_up_at_its_time(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    guest.call("pthread_mutex_lock", MUTEX)
    guest.run(thread)
    guest.call("pthread_mutex_timedlock", MUTEX, at(guest, 3_000_000))
    assert guest.executing == INIT
    guest.tick(3)
    guest.run(thread)
    assert guest.r0 == ETIMEDOUT
    assert not guest.kernel.part(SyncObjects).mutexes[MUTEX].queue


def test_a_timed_lock_looks_at_the_time_only_when_it_has_to_wait(guest: FakeGuest) -> None:
    guest.put(TIME, layouts.TIMESPEC.pack(tv_sec=0, tv_nsec=2_000_000_000))
    assert guest.call("pthread_mutex_timedlock", MUTEX, TIME) == 0
    thread = guest.create_thread()
    guest.run(thread)
    assert guest.call("pthread_mutex_timedlock", MUTEX, TIME) == EINVAL
    assert guest.call("pthread_mutex_timedlock", MUTEX, at(guest, -1)) == ETIMEDOUT
    assert guest.call("pthread_mutex_timedlock", MUTEX, 0) == EINVAL


def test_a_waiter_lends_its_priority_to_the_owner_of_an_inheriting_mutex(guest: FakeGuest) -> None:
    init_mutex(guest, protocol=1)
    guest.call("pthread_mutex_lock", MUTEX)
    urgent = guest.create_thread(priority=100)
    guest.call("pthread_mutex_lock", MUTEX)
    assert guest.executing == INIT
    assert guest.kernel.executing.priority == 155
    guest.call("pthread_mutex_unlock", MUTEX)
    assert guest.executing == urgent
    assert guest.r0 == 0
    assert guest.kernel.find_thread(INIT).priority == 253
    changes = [(event.thread, event.before, event.after) for event in guest.events(PriorityChanged)]
    assert changes == [(INIT, 253, 155), (INIT, 155, 253)]


def test_a_plain_mutex_lends_nothing(guest: FakeGuest) -> None:
    guest.call("pthread_mutex_lock", MUTEX)
    guest.create_thread(priority=100)
    guest.call("pthread_mutex_lock", MUTEX)
    assert guest.kernel.find_thread(INIT).priority == 253


def test_a_waiter_that_gives_up_takes_its_loan_back(guest: FakeGuest) -> None:
    init_mutex(guest, protocol=1)
    guest.call("pthread_mutex_lock", MUTEX)
    guest.create_thread(priority=100)
    guest.call("pthread_mutex_timedlock", MUTEX, at(guest, 2_000_000))
    assert guest.kernel.find_thread(INIT).priority == 155
    guest.tick(2)
    assert guest.kernel.find_thread(INIT).priority == 253
    assert guest.r0 == ETIMEDOUT


def test_an_inheriting_mutex_goes_to_the_most_urgent_waiter(guest: FakeGuest) -> None:
    init_mutex(guest, protocol=1)
    guest.call("pthread_mutex_lock", MUTEX)
    guest.create_thread(priority=50)
    guest.call("pthread_mutex_lock", MUTEX)
    urgent = guest.create_thread(priority=60)
    guest.call("pthread_mutex_lock", MUTEX)
    guest.call("pthread_mutex_unlock", MUTEX)
    assert guest.executing == urgent


def test_a_ceiling_counts_while_the_mutex_is_held(guest: FakeGuest) -> None:
    init_mutex(guest, protocol=2, prio_ceiling=200)
    assert guest.call("pthread_mutex_lock", MUTEX) == 0
    assert guest.kernel.executing.priority == 55
    assert guest.call("pthread_mutex_unlock", MUTEX) == 0
    assert guest.kernel.executing.priority == 253


def test_a_thread_above_the_ceiling_may_not_lock(guest: FakeGuest) -> None:
    init_mutex(guest, protocol=2, prio_ceiling=50)
    guest.create_thread(priority=100)
    assert guest.call("pthread_mutex_lock", MUTEX) == EINVAL


def test_a_ceiling_can_be_read_and_changed(guest: FakeGuest) -> None:
    init_mutex(guest, protocol=2, prio_ceiling=50)
    assert guest.call("pthread_mutex_getprioceiling", MUTEX, OUT) == 0
    assert guest.word(OUT) == 50
    assert guest.call("pthread_mutex_setprioceiling", MUTEX, 60, OUT) == 0
    assert guest.word(OUT) == 50
    assert guest.call("pthread_mutex_setprioceiling", MUTEX, 0, OUT) == EINVAL
    assert guest.call("pthread_mutex_setprioceiling", OTHER, 60, OUT) == EINVAL


def test_ceilings_are_limited(guest: FakeGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtems_shim.posix.sync.LOCKED_LIMIT", 1)
    assert init_mutex(guest, protocol=2) == 0
    assert init_mutex(guest, OTHER, protocol=2) == ENOMEM
    guest.call("pthread_mutex_destroy", MUTEX)
    assert init_mutex(guest, OTHER, protocol=2) == 0


def test_a_mutex_on_a_foreign_stack_faults(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    guest.trap("pthread_mutex_lock", guest.kernel.find_thread(thread).stack_base)
    assert guest.port.faults[-1][0].cause.name == "DACCVIOL"
    assert guest.kernel.part(SyncObjects).mutexes == {}


# -- condition variables -----------------------------------------------------------------------------------------


def waiting(guest: FakeGuest, count: int = 1) -> list[int]:
    """Return threads that wait for the condition variable; POSIX_Init executes."""
    threads = [guest.create_thread() for _ in range(count)]
    guest.call("sched_yield")
    for thread in threads:
        assert guest.executing == thread
        guest.call("pthread_mutex_lock", MUTEX)
        guest.call("pthread_cond_wait", CONDITION, MUTEX)
    assert guest.executing == INIT
    return threads


def test_waiting_gives_the_mutex_back_and_a_signal_wakes_the_first(guest: FakeGuest) -> None:
    first, second = waiting(guest, 2)
    assert guest.call("pthread_mutex_trylock", MUTEX) == 0
    guest.call("pthread_mutex_unlock", MUTEX)
    assert guest.call("pthread_cond_signal", CONDITION) == 0
    guest.call("sched_yield")
    assert guest.executing == first
    assert guest.r0 == 0
    assert guest.kernel.part(SyncObjects).mutexes[MUTEX].owner is guest.kernel.executing
    assert guest.kernel.find_thread(second).wait is not None


def test_a_broadcast_wakes_everybody_one_mutex_owner_after_the_other(guest: FakeGuest) -> None:
    first, second = waiting(guest, 2)
    guest.call("pthread_cond_broadcast", CONDITION)
    assert guest.kernel.part(SyncObjects).conditions == {}
    guest.call("sched_yield")
    assert guest.executing == first
    guest.call("sched_yield")
    assert guest.executing == INIT  # the second found the mutex taken when it ran, and waits for it
    guest.call("sched_yield")
    assert guest.executing == first
    guest.call("pthread_mutex_unlock", MUTEX)
    guest.run(second)
    assert guest.r0 == 0
    assert guest.kernel.part(SyncObjects).mutexes[MUTEX].owner is guest.kernel.executing


def test_a_signaller_that_locks_again_before_the_waiter_runs_keeps_the_mutex(guest: FakeGuest) -> None:
    (thread,) = waiting(guest)
    guest.call("pthread_mutex_lock", MUTEX)
    guest.call("pthread_cond_signal", CONDITION)
    guest.call("pthread_mutex_unlock", MUTEX)
    assert guest.call("pthread_mutex_lock", MUTEX) == 0
    guest.call("sched_yield")
    assert guest.executing == INIT
    guest.call("pthread_mutex_unlock", MUTEX)
    guest.run(thread)
    assert guest.r0 == 0


def test_a_signal_that_nobody_waits_for_is_lost(guest: FakeGuest) -> None:
    assert guest.call("pthread_cond_signal", CONDITION) == 0
    (thread,) = waiting(guest)
    assert guest.kernel.find_thread(thread).wait is not None


def test_waiting_without_the_mutex_is_eperm(guest: FakeGuest) -> None:
    assert guest.call("pthread_cond_wait", CONDITION, MUTEX) == EPERM


def test_a_timed_wait_looks_at_its_mutex_pair_then_its_time_then_the_owner(guest: FakeGuest) -> None:
    invalid = guest.put(TIME + 0x40, layouts.TIMESPEC.pack(tv_sec=1, tv_nsec=1_000_000_000))
    past = guest.put(TIME + 0x60, layouts.TIMESPEC.pack(tv_sec=1))
    assert guest.call("pthread_cond_timedwait", CONDITION, MUTEX, 0) == EINVAL
    assert guest.call("pthread_cond_timedwait", CONDITION, MUTEX, invalid) == EINVAL
    assert guest.call("pthread_cond_timedwait", CONDITION, MUTEX, past) == ETIMEDOUT
    assert guest.call("pthread_cond_timedwait", CONDITION, MUTEX, at(guest, 3_000_000)) == EPERM
    waiting(guest, 1)
    assert guest.call("pthread_cond_timedwait", CONDITION, OTHER, past) == EINVAL


def test_waiters_of_one_condition_use_one_mutex(guest: FakeGuest) -> None:
    waiting(guest)
    guest.call("pthread_mutex_lock", OTHER)
    assert guest.call("pthread_cond_wait", CONDITION, OTHER) == EINVAL


def test_a_timed_wait_ends_with_the_mutex_locked_again(guest: FakeGuest) -> None:
    guest.call("pthread_mutex_lock", MUTEX)
    guest.call("pthread_cond_timedwait", CONDITION, MUTEX, at(guest, 3_000_000))
    assert guest.kernel.executing.is_idle
    guest.tick(3)
    assert guest.executing == INIT
    assert guest.r0 == ETIMEDOUT
    assert guest.kernel.part(SyncObjects).mutexes[MUTEX].owner is guest.kernel.executing
    assert guest.kernel.part(SyncObjects).conditions == {}


def test_a_condition_with_the_monotonic_clock_uses_the_uptime(guest: FakeGuest) -> None:
    guest.put(ATTRIBUTES, layouts.CONDITION_ATTRIBUTES.pack(is_initialized=1, clock=4))
    assert guest.call("pthread_cond_init", CONDITION, ATTRIBUTES) == 0
    guest.call("pthread_mutex_lock", MUTEX)
    guest.put(TIME, pack_timespec(guest.kernel.time.uptime_ns + 2_000_000))
    guest.call("pthread_cond_timedwait", CONDITION, MUTEX, TIME)
    guest.tick(2)
    assert guest.r0 == ETIMEDOUT


def test_condition_variables_are_checked(guest: FakeGuest) -> None:
    guest.set_word(CONDITION, 0x55)
    for name in ("signal", "broadcast", "destroy"):
        assert guest.call(f"pthread_cond_{name}", CONDITION) == EINVAL
        assert guest.call(f"pthread_cond_{name}", 0) == EINVAL
    assert guest.call("pthread_cond_wait", CONDITION, MUTEX) == EINVAL
    guest.put(ATTRIBUTES, layouts.CONDITION_ATTRIBUTES.pack(is_initialized=0))
    assert guest.call("pthread_cond_init", CONDITION, ATTRIBUTES) == EINVAL


def test_a_condition_somebody_waits_for_cannot_be_destroyed(guest: FakeGuest) -> None:
    waiting(guest)
    assert guest.call("pthread_cond_destroy", CONDITION) == EBUSY
    guest.call("pthread_cond_signal", CONDITION)
    assert guest.call("pthread_cond_destroy", CONDITION) == 0
    assert guest.call("pthread_cond_signal", CONDITION) == EINVAL


def test_a_mutex_that_is_destroyed_meanwhile_is_not_locked_by_who_waited(guest: FakeGuest) -> None:
    (thread,) = waiting(guest)
    assert guest.call("pthread_mutex_destroy", MUTEX) == 0
    guest.call("pthread_cond_signal", CONDITION)
    guest.run(thread)
    assert (guest.executing, guest.r0) == (thread, EINVAL)


def test_memory_that_is_statically_initialised_again_is_a_new_mutex(guest: FakeGuest) -> None:
    guest.put(MUTEX, bytes(4))
    assert guest.call("pthread_mutex_lock", MUTEX) == 0
    guest.put(MUTEX, bytes(4))
    assert guest.call("pthread_mutex_trylock", MUTEX) == 0
