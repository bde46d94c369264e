"""Deadlocks are noticed and named; waiting for time or for an interrupt is not one."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, FakeGuest

from emulator.machine.stop import Deadlock
from rtems_shim.abi import layouts
from rtems_shim.core.clock import pack_timespec
from rtems_shim.report.fault_story import KernelStory

SEM = SCRATCH
TIME = SCRATCH + 0x40


def test_two_threads_that_wait_for_each_other_are_named_with_what_they_wait_for() -> None:
    guest = FakeGuest()
    guest.call("rtems_object_set_name", guest.executing, guest.string("Init"))
    guest.call("sem_init", SEM, 0, 0)
    thread = guest.create_thread()
    guest.call("sem_wait", SEM)
    assert guest.executing == thread
    guest.call("pthread_join", 0x0B01_0001, 0)
    stopped = guest.port.stopped
    assert isinstance(stopped, Deadlock)
    assert stopped.waits == (
        f"Init waits for semaphore 0x{SEM:08x}",
        "0x0b010002 waits for the end of thread Init",
    )


def test_a_mutex_s_holder_is_named() -> None:
    guest = FakeGuest()
    guest.call("sem_init", SEM, 0, 0)
    thread = guest.create_thread()
    guest.call("pthread_mutex_lock", TIME)
    guest.run(thread)
    guest.call("pthread_mutex_lock", TIME)
    guest.call("sem_wait", SEM)
    stopped = guest.port.stopped
    assert isinstance(stopped, Deadlock)
    assert stopped.waits[1] == f"0x0b010002 waits for mutex 0x{TIME:08x}, held by 0x0b010001"


def test_a_sleeping_thread_is_no_deadlock() -> None:
    guest = FakeGuest()
    guest.put(TIME, pack_timespec(5_000_000))
    guest.call("nanosleep", TIME, 0)
    assert guest.kernel.executing.is_idle
    assert guest.port.stopped is None
    guest.tick(5)
    assert guest.executing == 0x0B01_0001


def test_the_last_timeout_that_wakes_nobody_for_good_ends_in_a_deadlock() -> None:
    guest = FakeGuest(posix_init_entry=0x2000)
    guest.call("sem_init", SEM, 0, 0)
    guest.call("rtems_timer_create", 0x5449_4D45, SCRATCH + 0x80)
    guest.call("rtems_timer_fire_after", guest.word(SCRATCH + 0x80), 3, 0x2101, 0)
    guest.call("sem_wait", SEM)
    assert guest.port.stopped is None
    guest.tick(3)
    assert guest.port.stopped is None  # its routine, which might post, has yet to be called
    assert guest.from_handler(15, "timer_next", SCRATCH + 0xC0) == 1
    guest.tick()
    assert isinstance(guest.port.stopped, Deadlock)


def test_a_program_without_threads_is_over() -> None:
    guest = FakeGuest()
    guest.call("pthread_detach", guest.executing)
    guest.end_thread()
    stopped = guest.port.stopped
    assert isinstance(stopped, Deadlock)
    assert stopped.waits == ("no thread is left",)


def test_a_sleeping_core_without_any_device_is_a_deadlock_whatever_the_interrupts() -> None:
    guest = FakeGuest()
    guest.set_word(0xE000_E100, 1)
    guest.call("sem_init", SEM, 0, 0)
    guest.call("sem_wait", SEM)
    assert guest.port.stopped is None
    assert isinstance(guest.kernel.asleep(), Deadlock)


def test_a_suspended_thread_is_said_to_be_suspended() -> None:
    guest = FakeGuest()
    guest.call("rtems_task_suspend", 0)
    stopped = guest.port.stopped
    assert isinstance(stopped, Deadlock)
    assert stopped.waits == ("0x0b010001 is suspended",)


@pytest.mark.parametrize("flags", [0, layouts.CONFIG_NO_CLOCK])
def test_without_a_clock_driver_time_stands_still_and_who_waits_for_it_is_told(flags: int) -> None:
    guest = FakeGuest(flags=flags)
    guest.call("clock_gettime", 4, TIME)
    before = guest.port.memory.peek(TIME, 16)
    guest.port.instructions += 100
    guest.tick(3)
    guest.call("clock_gettime", 4, TIME)
    assert (guest.port.memory.peek(TIME, 16) == before) is bool(flags)
    assert (guest.kernel.time.ticks == 0) is bool(flags)
    assert KernelStory(guest.kernel).remarks() == []
    guest.call("rtems_task_wake_after", 5)
    guest.tick()
    assert isinstance(guest.port.stopped, Deadlock) is bool(flags)
    words = "no tick ever comes: the program has CONFIGURE_APPLICATION_DOES_NOT_NEED_CLOCK_DRIVER"
    assert KernelStory(guest.kernel).remarks() == ([words] if flags else [])


def test_without_a_clock_driver_no_time_slice_ends() -> None:
    guest = FakeGuest(flags=layouts.CONFIG_NO_CLOCK)
    guest.set_word(SEM, 2)
    guest.call("pthread_setschedparam", guest.executing, 2, SEM)
    guest.create_thread()
    first = guest.executing
    guest.tick(50)
    assert guest.executing == first
