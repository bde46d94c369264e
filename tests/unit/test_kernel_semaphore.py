"""POSIX semaphores, barriers and read-write locks."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, FakeGuest

from rtems_shim.abi import layouts
from rtems_shim.abi.errno import (
    EAGAIN,
    EBUSY,
    EEXIST,
    EINVAL,
    ENAMETOOLONG,
    ENOENT,
    ENOSPC,
    EOVERFLOW,
    ETIMEDOUT,
)
from rtems_shim.core.clock import pack_timespec
from rtems_shim.posix.barrier import BarriersAndRwlocks
from rtems_shim.posix.semaphore import Semaphores

INIT = 0x0B01_0001
SEM = SCRATCH
OUT = SCRATCH + 0x40
TIME = SCRATCH + 0x80
BARRIER = SCRATCH + 0x100
LOCK = SCRATCH + 0x200
O_CREAT, O_EXCL = 0x200, 0x800


@pytest.fixture
def guest() -> FakeGuest:
    guest = FakeGuest()
    assert guest.call("sem_init", SEM, 0, 0) == 0
    return guest


def test_the_count_is_in_the_guest_s_memory(guest: FakeGuest) -> None:
    for _ in range(3):
        assert guest.call("sem_post", SEM) == 0
    assert guest.word(SEM + 4) == 3
    assert guest.call("sem_wait", SEM) == 0
    assert guest.call("sem_trywait", SEM) == 0
    assert guest.call("sem_getvalue", SEM, OUT) == 0
    assert guest.word(OUT) == 1


def test_trying_an_empty_semaphore_is_eagain(guest: FakeGuest) -> None:
    assert guest.call("sem_trywait", SEM) == -EAGAIN


def test_a_post_goes_to_the_most_urgent_waiter_and_leaves_the_count(guest: FakeGuest) -> None:
    first = guest.create_thread(priority=50)
    guest.call("sem_wait", SEM)
    second = guest.create_thread(priority=60)
    guest.call("sem_wait", SEM)
    assert guest.executing == INIT
    guest.call("sem_post", SEM)
    assert guest.executing == second
    assert guest.r0 == 0
    assert guest.word(SEM + 4) == 0
    assert guest.kernel.find_thread(first).wait is not None


def test_a_full_count_is_eoverflow(guest: FakeGuest) -> None:
    assert guest.call("sem_init", SEM, 0, 0x7FFF_FFFF) == 0
    assert guest.call("sem_post", SEM) == -EOVERFLOW
    assert guest.call("sem_wait", SEM) == 0
    assert guest.call("sem_post", SEM) == 0
    assert guest.word(SEM + 4) == 0x7FFF_FFFF


def test_no_count_begins_above_sem_value_max(guest: FakeGuest) -> None:
    assert guest.call("sem_init", SEM, 0, 0x8000_0000) == -EINVAL
    assert guest.call("sem_open", OUT, guest.string("/sem"), O_CREAT, 0, 0x8000_0000) == -EINVAL


def test_a_timed_wait_gives_up_and_leaves_nothing_behind(guest: FakeGuest) -> None:
    guest.put(TIME, pack_timespec(guest.kernel.time.realtime_ns + 5_000_000))
    guest.call("sem_timedwait", SEM, TIME)
    guest.tick(5)
    assert guest.executing == INIT
    assert guest.r0 == -ETIMEDOUT
    assert guest.kernel.part(Semaphores).waiters == {}


def test_a_wait_on_the_monotonic_clock(guest: FakeGuest) -> None:
    guest.put(TIME, pack_timespec(guest.kernel.time.uptime_ns + 2_000_000))
    guest.call("sem_clockwait", SEM, 4, TIME)
    guest.tick(2)
    assert guest.r0 == -ETIMEDOUT
    assert guest.call("sem_clockwait", SEM, 9, TIME) == -EINVAL


def test_what_is_no_semaphore_is_einval(guest: FakeGuest) -> None:
    for name in ("sem_wait", "sem_trywait", "sem_post", "sem_destroy", "sem_close"):
        assert guest.call(name, SCRATCH + 0x300) == -EINVAL
        assert guest.call(name, 0) == -EINVAL


def test_a_destroyed_semaphore_is_none(guest: FakeGuest) -> None:
    assert guest.call("sem_destroy", SEM) == 0
    assert guest.call("sem_post", SEM) == -EINVAL


def test_a_semaphore_somebody_waits_for_cannot_be_destroyed(guest: FakeGuest) -> None:
    guest.create_thread(priority=50)
    guest.call("sem_wait", SEM)
    assert guest.call("sem_destroy", SEM) == -EBUSY
    assert guest.call("sem_init", SEM, 0, 0) == -EBUSY


def test_a_post_from_an_interrupt_wakes_a_waiter(guest: FakeGuest) -> None:
    guest.set_word(0xE000_E100, 1)  # NVIC_ISER0: as long as an interrupt is enabled, waiting is no deadlock
    guest.call("sem_wait", SEM)
    assert guest.kernel.executing.is_idle
    assert guest.port.stopped is None
    assert guest.from_handler(16, "sem_post", SEM) == 0
    guest.switch_if_pended()
    assert guest.executing == INIT
    assert guest.r0 == 0


# -- named ones --------------------------------------------------------------------------------------------------


def test_two_opens_of_one_name_are_one_semaphore(guest: FakeGuest) -> None:
    name = guest.string("/sem")
    assert guest.call("sem_open", OUT, name, O_CREAT, 0o600, 2) == 0
    assert guest.call("sem_open", OUT + 4, name, 0, 0, 0) == 0
    address = guest.word(OUT)
    assert address == guest.word(OUT + 4)
    assert guest.call("sem_wait", address) == 0
    assert guest.call("sem_destroy", address) == -EINVAL


def test_a_named_semaphore_goes_with_its_name_and_its_last_user(guest: FakeGuest) -> None:
    name = guest.string("/sem")
    guest.call("sem_open", OUT, name, O_CREAT, 0o600, 0)
    address = guest.word(OUT)
    assert guest.call("sem_unlink", name) == 0
    assert guest.call("sem_unlink", name) == -ENOENT
    assert guest.call("sem_post", address) == 0
    assert guest.call("sem_close", address) == 0
    assert guest.call("sem_post", address) == -EINVAL
    assert len(guest.kernel.part(Semaphores).named) == 0


def test_the_last_user_cannot_close_a_semaphore_that_a_thread_waits_for(guest: FakeGuest) -> None:
    name = guest.string("/sem")
    for place in (OUT, OUT + 4):
        guest.call("sem_open", place, name, O_CREAT, 0o600, 0)
    address = guest.word(OUT)
    guest.create_thread(priority=50)
    guest.call("sem_wait", address)
    assert guest.executing == INIT
    assert guest.call("sem_close", address) == 0
    assert guest.call("sem_close", address) == -EBUSY
    guest.call("sem_post", address)
    assert guest.call("sem_close", address) == 0
    assert guest.call("sem_close", address) == -EINVAL


def test_unlinking_names_that_are_none(guest: FakeGuest) -> None:
    for call in ("sem_unlink", "mq_unlink"):
        assert guest.call(call, 0) == -EINVAL
        assert guest.call(call, guest.string("")) == -ENOENT
        assert guest.call(call, guest.string("/" + "x" * 255)) == -ENAMETOOLONG


def test_an_empty_name_is_one_like_any_other(guest: FakeGuest) -> None:
    assert guest.call("sem_open", OUT, guest.string(""), O_CREAT, 0, 0) == 0
    assert guest.call("sem_unlink", guest.string("")) == 0


def test_the_errors_of_sem_open(guest: FakeGuest) -> None:
    guest = FakeGuest(maximum_posix_semaphores=1)
    assert guest.call("sem_open", OUT, 0, O_CREAT, 0, 0) == -EINVAL
    assert guest.call("sem_open", OUT, guest.string("/" + "x" * 255), O_CREAT, 0, 0) == -ENAMETOOLONG
    assert guest.call("sem_open", OUT, guest.string("/a"), 0, 0, 0) == -ENOENT
    assert guest.call("sem_open", OUT, guest.string("/a"), O_CREAT, 0, 0) == 0
    assert guest.call("sem_open", OUT, guest.string("/a"), O_CREAT | O_EXCL, 0, 0) == -EEXIST
    assert guest.call("sem_open", OUT, guest.string("/b"), O_CREAT, 0, 0) == -ENOSPC


# -- barriers ----------------------------------------------------------------------------------------------------


def test_the_last_to_come_is_the_serial_thread(guest: FakeGuest) -> None:
    assert guest.call("pthread_barrier_init", BARRIER, 0, 3) == 0
    for _ in range(2):
        guest.create_thread(priority=50)
        guest.call("pthread_barrier_wait", BARRIER)
    assert guest.executing == INIT
    assert guest.call("pthread_barrier_destroy", BARRIER) == EBUSY
    guest.trap("pthread_barrier_wait", BARRIER)
    assert guest.r0 == -1
    guest.switch_if_pended()
    assert guest.r0 == 0
    assert guest.kernel.part(BarriersAndRwlocks).barriers == {}


def test_a_barrier_can_be_used_again(guest: FakeGuest) -> None:
    guest.call("pthread_barrier_init", BARRIER, 0, 1)
    assert guest.call("pthread_barrier_wait", BARRIER) == -1
    assert guest.call("pthread_barrier_wait", BARRIER) == -1
    assert guest.call("pthread_barrier_destroy", BARRIER) == 0
    assert guest.call("pthread_barrier_wait", BARRIER) == EINVAL


def test_barriers_are_checked(guest: FakeGuest) -> None:
    assert guest.call("pthread_barrier_init", BARRIER, 0, 0) == EINVAL
    assert guest.call("pthread_barrier_init", 0, 0, 1) == EINVAL
    attributes = guest.put(OUT, layouts.SHARED_ATTRIBUTES.pack(is_initialized=0))
    assert guest.call("pthread_barrier_init", BARRIER, attributes, 1) == EINVAL


# -- read-write locks --------------------------------------------------------------------------------------------


def test_readers_share_and_a_writer_waits(guest: FakeGuest) -> None:
    assert guest.call("pthread_rwlock_init", LOCK, 0) == 0
    assert guest.call("pthread_rwlock_rdlock", LOCK) == 0
    assert guest.call("pthread_rwlock_rdlock", LOCK) == 0
    writer = guest.create_thread(priority=50)
    guest.call("pthread_rwlock_wrlock", LOCK)
    assert guest.executing == INIT
    assert guest.call("pthread_rwlock_tryrdlock", LOCK) == EBUSY  # behind the writer
    guest.call("pthread_rwlock_unlock", LOCK)
    assert guest.executing == INIT
    guest.call("pthread_rwlock_unlock", LOCK)
    assert guest.executing == writer
    assert guest.r0 == 0


def test_after_a_writer_the_readers_in_front_of_the_next_writer_go_together(guest: FakeGuest) -> None:
    guest.set_word(LOCK, layouts.INITIALIZER_DEFAULT)
    guest.call("pthread_rwlock_wrlock", LOCK)
    threads = []
    for call in ("rdlock", "rdlock", "wrlock", "rdlock"):
        threads.append(guest.create_thread(priority=50))
        guest.call(f"pthread_rwlock_{call}", LOCK)
    guest.call("pthread_rwlock_unlock", LOCK)
    waiting = [guest.kernel.find_thread(thread).wait is not None for thread in threads]
    assert waiting == [False, False, True, True]


def test_a_timed_lock_gives_up(guest: FakeGuest) -> None:
    guest.call("pthread_rwlock_init", LOCK, 0)
    guest.call("pthread_rwlock_wrlock", LOCK)
    thread = guest.create_thread(priority=50)
    guest.put(TIME, pack_timespec(guest.kernel.time.realtime_ns + 2_000_000))
    guest.call("pthread_rwlock_timedrdlock", LOCK, TIME)
    guest.tick(2)
    assert guest.executing == thread
    assert guest.r0 == ETIMEDOUT


def test_a_lock_that_is_free_costs_the_host_nothing(guest: FakeGuest) -> None:
    guest.call("pthread_rwlock_init", LOCK, 0)
    guest.call("pthread_rwlock_rdlock", LOCK)
    guest.call("pthread_rwlock_unlock", LOCK)
    assert guest.kernel.part(BarriersAndRwlocks).rwlocks == {}
    assert guest.call("pthread_rwlock_unlock", LOCK) == 0
    assert guest.call("pthread_rwlock_destroy", LOCK) == 0
    assert guest.call("pthread_rwlock_rdlock", LOCK) == EINVAL


def test_a_lock_can_be_destroyed_while_it_is_held_and_not_while_somebody_waits(guest: FakeGuest) -> None:
    guest.call("pthread_rwlock_init", LOCK, 0)
    guest.call("pthread_rwlock_wrlock", LOCK)
    thread = guest.create_thread()
    guest.run(thread)
    guest.call("pthread_rwlock_rdlock", LOCK)
    assert guest.executing == INIT
    assert guest.call("pthread_rwlock_destroy", LOCK) == EBUSY
    guest.call("pthread_rwlock_unlock", LOCK)
    assert guest.call("pthread_rwlock_destroy", LOCK) == 0
    assert guest.kernel.part(BarriersAndRwlocks).rwlocks == {}
