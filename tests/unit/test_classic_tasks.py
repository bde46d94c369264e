"""Classic tasks, modes, names and the Classic clock."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, FakeGuest

from rtems_shim.abi import layouts
from rtems_shim.abi.constants import FLOATING_POINT, SCHEDULER
from rtems_shim.abi.errno import ESRCH
from rtems_shim.abi.status import Status

INIT = 0x0A01_0001
OUT = SCRATCH
OLD = SCRATCH + 4
TIME = SCRATCH + 0x40
CANCEL_ENTRY = 0x1400
ENTRY = 0x2101
NO_PREEMPT, TIMESLICE, NO_ASR = 0x100, 0x200, 0x400


def name(text: str) -> int:
    return int.from_bytes(text.encode().ljust(4, b"\0"), "big")


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest(
        posix_init_entry=0,
        classic_init_entry=0x2000,
        classic_init_name=name("UI1 "),
        classic_init_stack_size=4096,
        classic_init_priority=10,
        classic_init_argument=0x55,
    )


def create(guest: FakeGuest, priority: int = 10, text: str = "TA1 ", modes: int = 0) -> int:
    assert guest.call("rtems_task_create", name(text), priority, 4096, modes, 0, OUT) == Status.SUCCESSFUL
    return guest.word(OUT)


def start(guest: FakeGuest, priority: int = 10, text: str = "TA1 ", modes: int = 0) -> int:
    task = create(guest, priority, text, modes)
    guest.trap("rtems_task_start", task, ENTRY, 0x66)
    assert guest.r0 == Status.SUCCESSFUL
    guest.switch_if_pended()
    return task


def test_the_init_task_begins_with_its_argument(guest: FakeGuest) -> None:
    assert guest.executing == INIT
    assert guest.port.registers.r[0:3] == [0x2000, 0x55, layouts.THREAD_CLASSIC]
    assert guest.call("rtems_task_self") == INIT


def test_a_task_sleeps_until_it_is_started(guest: FakeGuest) -> None:
    task = create(guest, priority=5)
    assert guest.executing == INIT
    guest.call("rtems_task_start", task, ENTRY, 0x66)
    assert guest.executing == task
    assert guest.port.registers.r[0:3] == [ENTRY, 0x66, layouts.THREAD_CLASSIC]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((name("A"), 5, 4096, 0, 0, 0), Status.INVALID_ADDRESS),
        ((0, 5, 4096, 0, 0, OUT), Status.INVALID_NAME),
        ((name("A"), 0, 4096, 0, 0, OUT), Status.INVALID_PRIORITY),
        ((name("A"), 256, 4096, 0, 0, OUT), Status.INVALID_PRIORITY),
        ((name("A"), 5, 0x0800_0000, 0, 0, OUT), Status.UNSATISFIED),
    ],
)
def test_task_creation_is_checked(guest: FakeGuest, arguments: tuple[int, ...], status: Status) -> None:
    assert guest.call("rtems_task_create", *arguments) == status


def test_one_task_too_many() -> None:
    guest = FakeGuest(maximum_tasks=1)
    create(guest)
    assert guest.call("rtems_task_create", name("B"), 5, 4096, 0, 0, OUT) == Status.TOO_MANY


def test_starting_is_checked(guest: FakeGuest) -> None:
    task = create(guest, priority=20)
    assert guest.call("rtems_task_start", task, 0, 0) == Status.INVALID_ADDRESS
    assert guest.call("rtems_task_start", 0x0A01_0009, ENTRY, 0) == Status.INVALID_ID
    assert guest.call("rtems_task_start", task, ENTRY, 0) == Status.SUCCESSFUL
    assert guest.call("rtems_task_start", task, ENTRY, 0) == Status.INCORRECT_STATE


def test_a_task_is_found_by_name(guest: FakeGuest) -> None:
    task = create(guest)
    assert guest.call("rtems_task_ident", name("TA1 "), 0, OUT) == Status.SUCCESSFUL
    assert guest.word(OUT) == task
    assert guest.call("rtems_task_ident", 0, 0, OUT) == Status.SUCCESSFUL
    assert guest.word(OUT) == INIT
    assert guest.call("rtems_task_ident", name("none"), 0, OUT) == Status.INVALID_NAME
    assert guest.call("rtems_task_ident", name("TA1 "), 2, OUT) == Status.INVALID_NAME
    assert guest.call("rtems_task_ident", name("TA1 "), 0, 0) == Status.INVALID_ADDRESS


def test_suspending_and_resuming(guest: FakeGuest) -> None:
    task = start(guest, priority=20)
    assert guest.call("rtems_task_resume", task) == Status.INCORRECT_STATE
    assert guest.call("rtems_task_suspend", task) == Status.SUCCESSFUL
    assert guest.call("rtems_task_suspend", task) == Status.ALREADY_SUSPENDED
    assert guest.call("rtems_task_is_suspended", task) == Status.ALREADY_SUSPENDED
    assert guest.call("rtems_task_resume", task) == Status.SUCCESSFUL
    assert guest.call("rtems_task_is_suspended", task) == Status.SUCCESSFUL
    for call in ("suspend", "resume", "is_suspended"):
        assert guest.call(f"rtems_task_{call}", 0x0A01_0009) == Status.INVALID_ID


def test_a_task_that_suspends_itself_goes_on_when_it_is_resumed(guest: FakeGuest) -> None:
    task = start(guest, priority=20)
    guest.call("rtems_task_suspend", 0)
    assert guest.executing == task
    guest.call("rtems_task_resume", INIT)
    assert guest.executing == INIT
    assert guest.r0 == Status.SUCCESSFUL


def test_a_task_that_is_suspended_while_it_waits_needs_both_to_run(guest: FakeGuest) -> None:
    task = start(guest, priority=5)
    guest.call("rtems_task_wake_after", 2)
    guest.call("rtems_task_suspend", task)
    guest.tick(3)
    assert guest.executing == INIT
    guest.call("rtems_task_resume", task)
    assert guest.executing == task


def test_priorities_are_read_and_changed(guest: FakeGuest) -> None:
    task = start(guest, priority=20)
    assert guest.call("rtems_task_set_priority", task, 0, OLD) == Status.SUCCESSFUL
    assert guest.word(OLD) == 20
    guest.call("rtems_task_set_priority", task, 5, OLD)
    assert guest.executing == task
    assert guest.call("rtems_task_get_priority", 0, SCHEDULER, OLD) == Status.SUCCESSFUL
    assert guest.word(OLD) == 5
    assert guest.call("rtems_task_set_priority", task, 256, OLD) == Status.INVALID_PRIORITY
    assert guest.call("rtems_task_set_priority", task, 5, 0) == Status.INVALID_ADDRESS
    assert guest.call("rtems_task_set_priority", 0x0A01_0009, 5, OLD) == Status.INVALID_ID
    assert guest.call("rtems_task_get_priority", 0x0A01_0009, SCHEDULER, OLD) == Status.INVALID_ID
    assert guest.call("rtems_task_get_priority", 0, 0, 0) == Status.INVALID_ADDRESS


def test_a_non_preemptible_task_keeps_the_processor_until_it_waits_or_becomes_preemptible(guest: FakeGuest) -> None:
    guest.call("rtems_task_mode", NO_PREEMPT, NO_PREEMPT, OLD)
    task = start(guest, priority=5)
    assert guest.executing == INIT
    guest.call("rtems_task_mode", 0, NO_PREEMPT, OLD)
    assert guest.word(OLD) == NO_PREEMPT
    assert guest.executing == task
    assert guest.call("rtems_task_mode", 0, 0, 0) == Status.INVALID_ADDRESS


def test_time_sliced_tasks_take_turns(guest: FakeGuest) -> None:
    guest.call("rtems_task_mode", TIMESLICE, TIMESLICE, OLD)
    task = start(guest, modes=TIMESLICE)
    guest.tick(5)
    assert guest.executing == task
    guest.tick(5)
    assert guest.executing == INIT


def test_wake_after_counts_ticks_and_0_only_yields(guest: FakeGuest) -> None:
    task = start(guest)
    guest.call("rtems_task_wake_after", 0)
    assert guest.executing == task
    guest.call("rtems_task_wake_after", 2)
    assert guest.executing == INIT
    guest.tick(1)
    assert guest.kernel.find_thread(task).wait is not None
    guest.tick(1)
    assert guest.kernel.find_thread(task).wait is None


def test_a_restarted_task_begins_again_whatever_it_waited_for(guest: FakeGuest) -> None:
    task = start(guest, priority=5)
    guest.call("rtems_task_set_priority", 0, 6, OLD)
    guest.call("rtems_task_wake_after", 100)
    assert guest.executing == INIT
    guest.call("rtems_task_restart", task, 0x99)
    assert guest.executing == task
    assert guest.kernel.executing.priority == 5
    registers = guest.port.registers
    assert (registers.pc, registers.r[0]) == (CANCEL_ENTRY, 1)
    guest.call("thread_restart")
    assert (registers.pc, registers.r[0], registers.r[1]) == (0x1000, ENTRY, 0x99)
    assert not guest.kernel.time.anything_scheduled


def test_a_task_can_restart_itself(guest: FakeGuest) -> None:
    task = start(guest, priority=5)
    registers = guest.port.registers
    registers.psp -= 0x100
    registers.r[4] = 0x1234
    guest.call("rtems_task_restart", 0, 0x77)
    assert guest.executing == task
    # It goes on where it stands: the top of its stack is in use until its cleanup handlers have run.
    assert (registers.pc, registers.r[0]) == (CANCEL_ENTRY, 1)
    assert registers.psp < guest.kernel.executing.stack_base + guest.kernel.executing.stack_size - 0x100
    guest.call("thread_restart")
    assert (registers.pc, registers.r[1], registers.r[4]) == (0x1000, 0x77, 0)
    thread = guest.kernel.executing
    assert registers.psp == thread.stack_base + thread.stack_size


def test_restarting_is_checked(guest: FakeGuest) -> None:
    assert guest.call("rtems_task_restart", create(guest), 0) == Status.INCORRECT_STATE
    assert guest.call("rtems_task_restart", 0x0A01_0009, 0) == Status.INVALID_ID


def test_who_deletes_a_task_waits_for_its_cleanup_and_lends_its_priority(guest: FakeGuest) -> None:
    task = start(guest, priority=20)
    guest.call("rtems_task_set_priority", INIT, 10, OLD)
    guest.call("rtems_task_delete", task)
    assert (guest.executing, guest.kernel.executing.priority) == (task, 10)
    assert (guest.port.registers.pc, guest.port.registers.r[0]) == (CANCEL_ENTRY, 0)
    guest.call("thread_exit", 0)
    assert (guest.executing, guest.r0) == (INIT, Status.SUCCESSFUL)
    assert guest.call("rtems_task_delete", task) == Status.INVALID_ID


def test_a_task_that_never_ran_is_deleted_at_once(guest: FakeGuest) -> None:
    task = create(guest)
    assert guest.call("rtems_task_delete", task) == Status.SUCCESSFUL
    assert guest.call("rtems_task_delete", task) == Status.INVALID_ID


def test_deleting_a_task_takes_it_out_of_what_it_waits_for(guest: FakeGuest) -> None:
    task = start(guest, priority=5)
    guest.call("rtems_task_wake_after", 100)
    guest.call("rtems_task_delete", task)
    assert guest.executing == task
    guest.call("thread_exit", 0)
    assert not guest.kernel.time.anything_scheduled


# -- names -------------------------------------------------------------------------------------------------------


def test_object_names_are_set_and_read(guest: FakeGuest) -> None:
    assert guest.call("rtems_object_set_name", 0, guest.string("0x42xyz")) == Status.SUCCESSFUL
    assert guest.call("rtems_object_get_name", INIT, 5, OUT) == OUT
    assert guest.port.memory.peek(OUT, 5) == b"0x42\0"
    assert guest.call("rtems_object_get_name", INIT, 3, OUT) == OUT
    assert guest.port.memory.peek(OUT, 3) == b"0x\0"
    assert guest.kernel.thread_by_name("0x42") is guest.kernel.executing


def test_a_name_is_given_back_with_its_blanks_and_up_to_a_nul(guest: FakeGuest) -> None:
    assert guest.call("pthread_getname_np", INIT, OUT, 16) == 0
    assert guest.port.memory.peek(OUT, 5) == b"UI1 \0"
    assert guest.call("rtems_object_get_name", INIT, 8, OUT) == OUT
    assert guest.port.memory.peek(OUT, 5) == b"UI1 \0"
    unprintable = create(guest, text="A\x01\0B")
    assert guest.call("rtems_object_get_name", unprintable, 8, OUT) == OUT
    assert guest.port.memory.peek(OUT, 3) == b"A*\0"


def test_naming_is_checked_address_first(guest: FakeGuest) -> None:
    assert guest.call("rtems_object_set_name", 0x0A01_0009, 0) == Status.INVALID_ADDRESS
    assert guest.call("rtems_object_set_name", 0x0A01_0009, guest.string("x")) == Status.INVALID_ID
    assert guest.call("rtems_object_get_name", 0x0A01_0009, 5, OUT) == 0
    assert guest.call("rtems_object_get_name", INIT, 0, OUT) == 0
    assert guest.call("rtems_object_get_name", INIT, 5, 0) == 0
    assert guest.call("rtems_object_get_classic_name", 0x0A01_0009, OUT) == Status.INVALID_ID
    assert guest.call("rtems_object_get_classic_name", INIT, 0) == Status.INVALID_ADDRESS
    assert guest.call("rtems_object_get_classic_name", INIT, OUT) == Status.SUCCESSFUL
    assert guest.word(OUT) == name("UI1 ")


def test_other_classic_objects_have_names_too(guest: FakeGuest) -> None:
    guest.call("rtems_semaphore_create", name("SEM1"), 1, 0, 0, OUT)
    semaphore = guest.word(OUT)
    assert guest.call("rtems_object_set_name", semaphore, guest.string("new")) == Status.SUCCESSFUL
    guest.call("rtems_object_get_name", semaphore, 8, OUT)
    assert guest.port.memory.peek(OUT, 5) == b"new \0"


# -- the clock ---------------------------------------------------------------------------------------------------


def put_time(guest: FakeGuest, *fields: int) -> int:
    keys = ("year", "month", "day", "hour", "minute", "second", "ticks")
    return guest.put(TIME, layouts.TIME_OF_DAY.pack(**dict(zip(keys, fields, strict=True))))


def test_the_time_of_day_is_undefined_until_it_is_set(guest: FakeGuest) -> None:
    assert guest.call("rtems_clock_get_tod", TIME) == Status.NOT_DEFINED
    assert guest.call("rtems_task_wake_when", TIME) == Status.NOT_DEFINED
    assert guest.call("rtems_clock_set", put_time(guest, 1988, 12, 31, 9, 0, 0, 0)) == Status.SUCCESSFUL
    guest.tick(1500)
    assert guest.call("rtems_clock_get_tod", TIME) == Status.SUCCESSFUL
    values = layouts.TIME_OF_DAY.unpack(guest.port.memory.peek(TIME, layouts.TIME_OF_DAY.size))
    assert list(values.values()) == [1988, 12, 31, 9, 0, 1, 500]


@pytest.mark.parametrize(
    "fields",
    [
        (1987, 12, 31, 9, 0, 0, 0),
        (2101, 1, 1, 0, 0, 0, 0),
        (2000, 13, 1, 0, 0, 0, 0),
        (2000, 0, 1, 0, 0, 0, 0),
        (2001, 2, 29, 0, 0, 0, 0),
        (2000, 1, 0, 0, 0, 0, 0),
        (2000, 1, 1, 24, 0, 0, 0),
        (2000, 1, 1, 0, 60, 0, 0),
        (2000, 1, 1, 0, 0, 60, 0),
        (2000, 1, 1, 0, 0, 0, 1000),
    ],
)
def test_impossible_times_are_refused(guest: FakeGuest, fields: tuple[int, ...]) -> None:
    assert guest.call("rtems_clock_set", put_time(guest, *fields)) == Status.INVALID_CLOCK


@pytest.mark.parametrize(
    "date", [(1988, 1, 1), (1988, 2, 29), (1999, 12, 31), (2000, 3, 1), (2096, 2, 29), (2099, 12, 31)]
)
def test_dates_come_back_as_they_were_set(guest: FakeGuest, date: tuple[int, int, int]) -> None:
    guest.call("rtems_clock_set", put_time(guest, *date, 23, 59, 58, 0))
    guest.call("rtems_clock_get_tod", TIME)
    values = layouts.TIME_OF_DAY.unpack(guest.port.memory.peek(TIME, layouts.TIME_OF_DAY.size))
    assert list(values.values()) == [*date, 23, 59, 58, 0]


def test_the_29th_of_february_of_a_leap_year_is_possible(guest: FakeGuest) -> None:
    assert guest.call("rtems_clock_set", put_time(guest, 2000, 2, 29, 0, 0, 0, 0)) == Status.SUCCESSFUL


def test_waiting_until_a_time_of_day(guest: FakeGuest) -> None:
    guest.call("rtems_clock_set", put_time(guest, 2000, 1, 1, 0, 0, 0, 0))
    assert guest.call("rtems_task_wake_when", put_time(guest, 2000, 1, 1, 0, 0, 0, 0)) == Status.INVALID_CLOCK
    assert guest.call("rtems_task_wake_when", 0) == Status.INVALID_ADDRESS
    guest.call("rtems_task_wake_when", put_time(guest, 2000, 1, 1, 0, 0, 2, 0))
    guest.tick(1999)
    assert guest.kernel.executing.is_idle
    guest.tick()
    assert guest.executing == INIT
    assert guest.r0 == Status.SUCCESSFUL


def test_ticks_are_counted(guest: FakeGuest) -> None:
    guest.tick(7)
    assert guest.call("rtems_clock_get_ticks_since_boot") == 7
    assert guest.call("rtems_clock_get_ticks_per_second") == 1000
    guest.call("rtems_clock_tick")
    assert guest.call("rtems_clock_get_ticks_since_boot") == 8


def test_a_cancelled_task_can_be_joined_and_one_that_exits_cannot(guest: FakeGuest) -> None:
    cancelled = start(guest, priority=5)
    guest.call("rtems_task_wake_after", 100)
    assert guest.call("pthread_cancel", cancelled) == 0
    guest.trap("thread_exit", 0xFFFF_FFFF)
    guest.switch_if_pended()
    assert (guest.executing, guest.call("pthread_join", cancelled, OLD), guest.word(OLD)) == (INIT, 0, 0xFFFF_FFFF)
    exits = start(guest, priority=5)
    guest.call("task_exit")
    assert guest.call("pthread_join", exits, OLD) == ESRCH
    assert guest.call("pthread_join", cancelled, OLD) == ESRCH


def test_the_priority_on_a_scheduler_is_also_that_of_a_restart(guest: FakeGuest) -> None:
    task = start(guest, priority=20)
    assert guest.call("rtems_task_set_scheduler", task, SCHEDULER, 30) == Status.SUCCESSFUL
    guest.call("rtems_task_set_priority", task, 25, OLD)
    assert guest.word(OLD) == 30
    guest.call("rtems_task_restart", task, 0)
    guest.call("rtems_task_set_priority", task, 0, OLD)
    assert guest.word(OLD) == 30
    assert guest.call("rtems_task_set_scheduler", task, SCHEDULER + 1, 30) == Status.INVALID_ID
    assert guest.call("rtems_task_set_scheduler", task, SCHEDULER, 256) == Status.INVALID_PRIORITY


def test_a_task_that_waits_for_an_object_keeps_its_scheduler(guest: FakeGuest) -> None:
    task = start(guest, priority=5)
    guest.call("rtems_semaphore_create", 0x41414141, 0, 0, 0, OLD)
    semaphore = guest.word(OLD)
    guest.run(task)
    guest.call("rtems_semaphore_obtain", semaphore, 0, 0)
    guest.run(INIT)
    assert guest.call("rtems_task_set_scheduler", task, SCHEDULER, 7) == Status.RESOURCE_IN_USE
    guest.call("rtems_semaphore_delete", semaphore)
    assert guest.call("rtems_task_set_scheduler", task, SCHEDULER, 7) == Status.SUCCESSFUL


def test_ticks_are_kept_in_the_first_word_that_asks_for_them(guest: FakeGuest) -> None:
    guest.tick(3)
    guest.trap("ticks_kept_at", 0x4000_0000)
    guest.trap("ticks_kept_at", SCRATCH + 0x100)
    assert guest.word(SCRATCH + 0x100) == 3
    guest.trap("ticks_kept_at", SCRATCH + 0x200)
    guest.tick(2)
    assert (guest.word(SCRATCH + 0x100), guest.word(SCRATCH + 0x200)) == (5, 0)


def test_an_extension_sees_who_asked_for_the_floating_point_unit(guest: FakeGuest) -> None:
    def is_fp(identifier: int) -> int:
        control = guest.kernel.threads.control_of(guest.kernel.find_thread(identifier))
        data = guest.port.memory.peek(control, layouts.THREAD_CONTROL.size)
        return layouts.THREAD_CONTROL.unpack(data)["is_fp"]

    assert is_fp(create(guest)) == 0
    assert guest.call("rtems_task_create", 0x41414141, 5, 4096, 0, FLOATING_POINT, OLD) == Status.SUCCESSFUL
    assert is_fp(guest.word(OLD)) == 1
    assert is_fp(guest.create_thread()) == 1, "a POSIX thread always does"
