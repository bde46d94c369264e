"""Cancellation, thread-specific data and its destructors."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, FakeGuest

from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EAGAIN, EINVAL, ENOMEM, ESRCH
from rtems_shim.abi.status import Status
from rtems_shim.posix.semaphore import Semaphores

INIT = 0x0B01_0001
OUT = SCRATCH
CALL = SCRATCH + 0x40
CANCEL_ENTRY = 0x1400


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest()


def test_deferred_cancellation_acts_at_testcancel_only(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    assert guest.call("pthread_cancel", thread) == 0
    guest.run(thread)
    assert guest.port.registers.pc == 0x1000
    guest.call("pthread_testcancel")
    assert guest.port.registers.pc == CANCEL_ENTRY


def test_testcancel_without_a_request_does_nothing(guest: FakeGuest) -> None:
    before = guest.port.registers.pc
    guest.call("pthread_testcancel")
    assert guest.port.registers.pc == before + 2


def test_asynchronous_cancellation_ends_a_wait_and_goes_on_at_cancel_entry(guest: FakeGuest) -> None:
    thread = guest.create_thread(priority=50)
    guest.call("pthread_setcanceltype", 1, OUT)
    assert guest.word(OUT) == 0
    guest.call("sem_init", CALL, 0, 0)
    guest.call("sem_wait", CALL)
    assert guest.executing == INIT
    guest.call("pthread_cancel", thread)
    assert guest.executing == thread
    assert guest.port.registers.pc == CANCEL_ENTRY
    assert guest.port.registers.psp % 8 == 0
    assert guest.kernel.part(Semaphores).waiters == {}


def test_a_disabled_cancellation_waits_until_it_is_enabled(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    guest.run(thread)
    guest.call("pthread_setcanceltype", 1, 0)
    guest.call("pthread_setcancelstate", 1, OUT)
    assert guest.word(OUT) == 0
    guest.run(INIT)
    guest.call("pthread_cancel", thread)
    guest.run(thread)
    assert guest.port.registers.pc != CANCEL_ENTRY
    guest.call("pthread_setcancelstate", 0, 0)
    assert guest.port.registers.pc == CANCEL_ENTRY


def test_a_thread_that_cancels_itself_ends_at_once(guest: FakeGuest) -> None:
    guest.call("pthread_cancel", INIT)
    assert guest.port.registers.pc == CANCEL_ENTRY


def test_a_thread_is_cancelled_once(guest: FakeGuest) -> None:
    guest.call("pthread_cancel", INIT)
    guest.kernel.executing.posix.cancel_pending = True
    guest.call("pthread_testcancel")
    assert guest.port.registers.pc != CANCEL_ENTRY


def test_cancellation_is_checked(guest: FakeGuest) -> None:
    assert guest.call("pthread_cancel", 0x0B01_0009) == ESRCH
    assert guest.call("pthread_setcancelstate", 2, 0) == EINVAL
    assert guest.call("pthread_setcanceltype", 2, 0) == EINVAL


# -- thread-specific data ----------------------------------------------------------------------------------------


def key(guest: FakeGuest, destructor: int = 0) -> int:
    assert guest.call("pthread_key_create", OUT, destructor) == 0
    return guest.word(OUT)


def test_each_thread_has_its_own_values(guest: FakeGuest) -> None:
    number = key(guest)
    thread = guest.create_thread()
    guest.call("pthread_setspecific", number, 0x1111)
    guest.run(thread)
    assert guest.call("pthread_getspecific", number) == 0
    guest.call("pthread_setspecific", number, 0x2222)
    guest.run(INIT)
    assert guest.call("pthread_getspecific", number) == 0x1111


def test_keys_and_pairs_have_limits() -> None:
    guest = FakeGuest(maximum_posix_keys=2, maximum_posix_key_pairs=1)
    first, second = key(guest), key(guest)
    assert guest.call("pthread_key_create", OUT, 0) == EAGAIN
    assert guest.call("pthread_setspecific", first, 1) == 0
    assert guest.call("pthread_setspecific", first, 2) == 0
    assert guest.call("pthread_setspecific", second, 1) == ENOMEM
    assert guest.call("pthread_setspecific", first, 0) == 0
    assert guest.call("pthread_setspecific", second, 1) == 0


def test_a_deleted_key_is_unknown(guest: FakeGuest) -> None:
    number = key(guest)
    guest.call("pthread_setspecific", number, 1)
    assert guest.call("pthread_key_delete", number) == 0
    assert guest.call("pthread_key_delete", number) == EINVAL
    assert guest.call("pthread_setspecific", number, 1) == EINVAL
    assert guest.call("pthread_getspecific", number) == 0


def test_the_destructors_of_values_come_one_by_one_and_the_values_are_gone(guest: FakeGuest) -> None:
    plain, first, second = key(guest), key(guest, 0x3001), key(guest, 0x3101)
    for number in (plain, first, second):
        guest.call("pthread_setspecific", number, number)
    calls = []
    while guest.call("key_destructor_next", CALL) == 1:
        calls.append(tuple(layouts.DESTRUCTOR_CALL.unpack(guest.port.memory.peek(CALL, 8)).values()))
    assert calls == [(0x3001, first), (0x3101, second)]
    assert guest.call("pthread_getspecific", first) == 0


def test_a_destructor_that_sets_its_value_again_is_called_again(guest: FakeGuest) -> None:
    number = key(guest, 0x3001)
    guest.call("pthread_setspecific", number, 1)
    assert guest.call("key_destructor_next", CALL) == 1
    guest.call("pthread_setspecific", number, 2)
    assert guest.call("key_destructor_next", CALL) == 1
    assert guest.call("key_destructor_next", CALL) == 0


@pytest.mark.parametrize("protects", [False, True])
def test_who_cannot_be_cancelled_now_goes_on_when_it_is_deleted(guest: FakeGuest, protects: bool) -> None:
    other = guest.create_thread(priority=50)
    thread = guest.kernel.find_thread(other)
    if protects:
        guest.call("pthread_setcanceltype", 1, 0)
        guest.call("pthread_setcancelstate", 1, 0)
    guest.call("sem_init", SCRATCH, 0, 0)
    guest.call("sem_wait", SCRATCH)
    guest.trap("rtems_task_delete", other)
    assert guest.kernel.find_thread(INIT).wait is not None
    assert thread.wait is not None and thread.posix.cancel_pending and not thread.deleting


def test_who_waits_for_the_caller_and_cannot_be_cancelled_now_is_not_waited_for(guest: FakeGuest) -> None:
    other = guest.create_thread(priority=50)
    thread = guest.kernel.find_thread(other)
    guest.call("pthread_setcancelstate", 1, 0)
    guest.call("pthread_join", INIT, 0)
    assert guest.executing == INIT
    assert guest.call("rtems_task_delete", other) == Status.INCORRECT_STATE
    assert thread.posix.cancel_pending and thread.alive and thread.wait is not None
