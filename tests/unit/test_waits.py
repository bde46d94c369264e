"""What a report says of threads that wait: who has it, who gave it last, circles, lost wake-ups, inversions."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, FakeGuest

from emulator.machine.stop import BudgetSpent, Deadlock
from rtems_shim.abi import constants, layouts
from rtems_shim.abi.errno import ETIMEDOUT
from rtems_shim.report.fault_story import KernelStory
from rtems_shim.report.waits import Waits

INIT = 0x0B01_0001
FIRST, SECOND = SCRATCH, SCRATCH + 16
MUTEX, CONDITION = SCRATCH + 32, SCRATCH + 48
OUT = SCRATCH + 0x100


@pytest.fixture
def guest() -> FakeGuest:
    guest = FakeGuest()
    guest.call("rtems_object_set_name", guest.executing, guest.string("Init"))
    for address in (MUTEX, CONDITION):
        guest.set_word(address, layouts.INITIALIZER_DEFAULT)
    return guest


def sentence(guest: FakeGuest) -> str:
    """Return the first sentence about the deadlock that ``guest`` is in."""
    assert isinstance(guest.port.stopped, Deadlock)
    words = KernelStory(guest.kernel).describe_end(guest.port.stopped, "")
    assert words is not None
    return words


def lines(guest: FakeGuest, name: str) -> tuple[str, ...]:
    """Return what is said of the thread ``name``."""
    return next(state.waits for state in KernelStory(guest.kernel).threads() if state.name == name)


def test_two_semaphores_taken_in_opposite_order_are_a_circle(guest: FakeGuest) -> None:
    guest.call("sem_init", FIRST, 0, 1)
    guest.call("sem_init", SECOND, 0, 1)
    other = guest.create_thread()
    guest.call("sem_wait", FIRST)
    guest.run(other)
    guest.call("sem_wait", SECOND)
    guest.call("sem_wait", FIRST)
    guest.call("sem_wait", SECOND)
    assert sentence(guest) == (
        f"Deadlock: Init waits for semaphore 0x{SECOND:08x}, last taken by 0x0b010002, which waits for "
        f"semaphore 0x{FIRST:08x}, last taken by Init"
    )


def test_a_thread_that_takes_its_own_semaphore_again_is_a_circle_of_one(guest: FakeGuest) -> None:
    guest.call("sem_init", FIRST, 0, 1)
    guest.call("sem_wait", FIRST)
    guest.call("sem_post", FIRST)
    guest.call("sem_wait", FIRST)
    guest.call("sem_wait", FIRST)
    words = sentence(guest)
    assert words.startswith(f"Deadlock: Init waits for semaphore 0x{FIRST:08x}, which it has taken itself, by Init at ")
    assert words.endswith(": sem_wait")


def test_a_semaphore_that_others_post_is_no_lock_and_its_last_poster_is_named(guest: FakeGuest) -> None:
    guest.call("sem_init", FIRST, 0, 0)
    other = guest.create_thread()
    guest.call("sem_wait", FIRST)
    assert guest.executing == other
    guest.call("sem_post", FIRST)
    guest.run(INIT)
    guest.call("sem_wait", FIRST)
    guest.end_thread()
    assert sentence(guest).startswith(
        f"Deadlock: Init waits for semaphore 0x{FIRST:08x}, which was last released by 0x0b010002 at "
    )
    assert sentence(guest).endswith(": sem_post")


def test_a_semaphore_that_another_one_has_posted_once_is_no_lock(guest: FakeGuest) -> None:
    guest.call("sem_init", FIRST, 0, 1)
    other = guest.create_thread()
    guest.call("sem_wait", FIRST)
    guest.run(other)
    guest.call("sem_post", FIRST)
    guest.end_thread()
    guest.call("sem_wait", FIRST)
    guest.call("sem_wait", FIRST)
    assert ", which was last released by 0x0b010002 at " in sentence(guest)


def test_a_semaphore_nobody_posts(guest: FakeGuest) -> None:
    guest.call("sem_init", FIRST, 0, 0)
    guest.call("sem_wait", FIRST)
    assert sentence(guest) == f"Deadlock: Init waits for semaphore 0x{FIRST:08x}, which nobody has released"
    assert "nobody has released it" in lines(guest, "Init")


def test_a_mutex_whose_holder_waits_names_the_holder_s_wait_first(guest: FakeGuest) -> None:
    guest.call("sem_init", FIRST, 0, 0)
    other = guest.create_thread()
    guest.call("pthread_mutex_lock", MUTEX)
    guest.run(other)
    guest.call("pthread_mutex_lock", MUTEX)
    guest.call("sem_wait", FIRST)
    assert sentence(guest) == f"Deadlock: Init waits for semaphore 0x{FIRST:08x}, which nobody has released"
    assert lines(guest, "0x0b010002")[1].startswith(f"mutex 0x{MUTEX:08x} was taken by Init at ")
    assert lines(guest, "0x0b010002")[1].endswith(": pthread_mutex_lock")


def test_a_mutex_that_was_handed_over_is_its_new_owner_s(guest: FakeGuest) -> None:
    other = guest.create_thread()
    guest.call("pthread_mutex_lock", MUTEX)
    guest.run(other)
    guest.call("pthread_mutex_lock", MUTEX)
    guest.call("pthread_mutex_unlock", MUTEX)
    guest.call("pthread_mutex_lock", MUTEX)
    facts = Waits(guest.kernel).facts(guest.kernel.threads.posix.get(INIT))
    assert facts is not None
    assert (facts["thread"], facts["taken"]["by"], facts["taken"]["call"]) == (
        "0x0b010002",
        "0x0b010002",
        "pthread_mutex_lock",
    )


def test_a_mutex_of_a_thread_that_has_ended_is_said_to_be(guest: FakeGuest) -> None:
    other = guest.create_thread()
    guest.run(other)
    guest.call("pthread_mutex_lock", MUTEX)
    guest.end_thread()
    guest.call("pthread_mutex_lock", MUTEX)
    held = f"mutex 0x{MUTEX:08x}, held by 0x0b010002"
    assert sentence(guest) == f"Deadlock: Init waits for {held}; 0x0b010002 has ended"


def test_a_signal_that_nobody_waited_for_is_named(guest: FakeGuest) -> None:
    other = guest.create_thread()
    guest.run(other)
    guest.call("pthread_cond_signal", CONDITION)
    guest.run(INIT)
    guest.call("pthread_mutex_lock", MUTEX)
    guest.call("pthread_cond_wait", CONDITION, MUTEX)
    guest.end_thread()
    words = sentence(guest)
    assert words.startswith(
        f"Deadlock: Init waits for condition variable 0x{CONDITION:08x}, which was signalled before, "
        "when nobody waited, by 0x0b010002 at "
    )
    assert words.endswith(": pthread_cond_signal")


def test_a_signal_that_woke_somebody_is_not_lost(guest: FakeGuest) -> None:
    other = guest.create_thread()
    guest.call("pthread_mutex_lock", MUTEX)
    guest.call("pthread_cond_wait", CONDITION, MUTEX)
    assert guest.executing == other
    guest.call("pthread_cond_signal", CONDITION)
    guest.run(INIT)
    guest.call("pthread_cond_wait", CONDITION, MUTEX)
    guest.end_thread()
    assert ", which was last signalled by 0x0b010002 at " in sentence(guest)
    facts = Waits(guest.kernel).facts(guest.kernel.threads.posix.get(INIT))
    assert facts is not None and facts["lost"] is None and facts["losses"] == 0


def test_a_queue_to_which_nobody_sent_and_events_that_were_others(guest: FakeGuest) -> None:
    name = int.from_bytes(b"QQQQ", "big")
    assert guest.call("rtems_message_queue_create", name, 2, 8, 0, OUT) == 0
    other = guest.create_thread()
    guest.run(other)
    guest.call("rtems_event_send", INIT, 2)
    guest.call("rtems_message_queue_receive", guest.word(OUT), OUT + 16, OUT + 32, 0, 0)
    guest.call("rtems_event_receive", 1, 0, 0, OUT + 48)
    words = sentence(guest)
    assert words.startswith("Deadlock: Init waits for all of the events 0x00000001, the last of which was sent by ")
    assert "nobody has sent to it" in lines(guest, "0x0b010002")


def test_a_budget_that_is_spent_in_a_priority_inversion_says_so(guest: FakeGuest) -> None:
    low = guest.create_thread()
    high = guest.create_thread()
    middle = guest.create_thread()
    threads = {thread.id: thread for thread in guest.kernel.threads.all()}
    guest.run(low)
    guest.call("pthread_mutex_lock", MUTEX)
    guest.run(high)
    guest.call("pthread_mutex_lock", MUTEX)
    for identifier, priority in ((high, 10), (middle, 20), (low, 30)):
        guest.kernel.scheduler.set_base_priority(threads[identifier], priority)
    guest.kernel.port.pend_pendsv()
    guest.switch_if_pended()
    assert guest.executing == middle
    [words] = KernelStory(guest.kernel).details(BudgetSpent(5))
    assert words == (
        f"Priority inversion: 0x{high:08x}, of priority 10, waits for mutex 0x{MUTEX:08x}, held by 0x{low:08x}, of "
        f"priority 30, which is ready and cannot run while 0x{middle:08x}, of priority 20, does."
    )
    guest.end_thread()
    assert guest.executing == low
    assert KernelStory(guest.kernel).details(BudgetSpent(5)) == []


def test_a_wait_that_a_timeout_ends_is_in_no_circle(guest: FakeGuest) -> None:
    guest.call("sem_init", FIRST, 0, 1)
    guest.call("sem_wait", FIRST)
    name = int.from_bytes(b"SEMA", "big")
    assert guest.call("rtems_semaphore_create", name, 1, 0, 0, OUT) == 0
    guest.call("rtems_semaphore_obtain", guest.word(OUT), 0, 0)
    guest.call("rtems_semaphore_obtain", guest.word(OUT), 0, 5)
    assert guest.port.stopped is None
    assert Waits(guest.kernel).circle() == []


def test_a_semaphore_that_was_made_without_a_count_says_so(guest: FakeGuest) -> None:
    assert guest.call("rtems_semaphore_create", int.from_bytes(b"SEMA", "big"), 0, 0, 0, OUT) == 0
    guest.call("rtems_semaphore_obtain", guest.word(OUT), 0, 0)
    assert sentence(guest) == "Deadlock: Init waits for semaphore SEMA, which nobody has released"
    assert lines(guest, "Init")[1].startswith("created with a count of 0 by Init at ")


def test_a_semaphore_that_is_initialised_again_has_no_past(guest: FakeGuest) -> None:
    guest.call("sem_init", FIRST, 0, 0)
    guest.call("sem_post", FIRST)
    guest.call("sem_init", FIRST, 0, 0)
    guest.call("sem_wait", FIRST)
    assert sentence(guest).endswith("which nobody has released")


def test_calls_that_failed_are_remembered_once_a_place_and_not_what_is_expected(guest: FakeGuest) -> None:
    for _ in range(3):
        guest.port.registers.pc = 0x1000
        guest.call("sem_post", 0)
    guest.call("sem_init", FIRST, 0, 0)
    guest.call("sem_trywait", FIRST)
    guest.call("rtems_timer_fire_after", 7, 1, 0x100, 0)
    guest.call("pthread_self")
    remarks = KernelStory(guest.kernel).remarks()
    assert len(remarks) == 3
    assert remarks[0].startswith("sem_post failed with EINVAL at ") and remarks[0].endswith(" for Init, 3 times")
    assert remarks[1].startswith("rtems_timer_fire_after failed with RTEMS_INVALID_ID at ")


def test_of_what_only_found_nothing_the_last_call_is_told_where_the_run_ends_soon(guest: FakeGuest) -> None:
    guest.call("sem_init", FIRST, 0, 0)
    guest.call("sem_trywait", FIRST)
    [remark] = KernelStory(guest.kernel).remarks()
    assert remark.startswith("sem_trywait failed with EAGAIN at ") and remark.endswith(" for Init")
    guest.port.instructions += 5_001
    assert KernelStory(guest.kernel).remarks() == []


def test_a_wait_that_ends_with_an_error_is_a_call_that_failed(guest: FakeGuest) -> None:
    name = int.from_bytes(b"FILL", "big")
    assert guest.call("rtems_semaphore_create", name, 0, 0, 0, OUT) == 0
    semaphore, other = guest.word(OUT), guest.create_thread()
    guest.run(other)
    guest.call("rtems_semaphore_obtain", semaphore, 0, 0)
    guest.run(INIT)
    assert guest.call("rtems_semaphore_delete", semaphore) == 0
    [remark] = KernelStory(guest.kernel).remarks()
    assert remark.startswith("rtems_semaphore_obtain failed with RTEMS_OBJECT_WAS_DELETED at ")
    assert remark.endswith(f" for 0x{other:08x}")


def test_a_wait_until_a_time_that_has_passed_is_told_as_that(guest: FakeGuest) -> None:
    guest.call("sem_init", FIRST, 0, 0)
    until = guest.put(OUT, bytes(16))
    assert guest.call("sem_timedwait", FIRST, until) == -ETIMEDOUT
    [remark] = KernelStory(guest.kernel).remarks()
    assert remark.startswith("sem_timedwait failed with ETIMEDOUT at ")
    assert remark.endswith(", without waiting: the time that it was given had passed")


def test_a_wait_that_has_lasted_until_its_time_is_no_such_call(guest: FakeGuest) -> None:
    guest.call("sem_init", FIRST, 0, 0)
    guest.call("sem_timedwait", FIRST, guest.put(OUT, (1 << 40).to_bytes(16, "little")))
    guest.kernel.wake(guest.kernel.find_thread(INIT), -ETIMEDOUT)
    guest.run(INIT)
    [remark] = KernelStory(guest.kernel).remarks()
    assert remark.startswith("sem_timedwait failed with ETIMEDOUT at ") and remark.endswith(" for Init")


def test_a_thread_that_is_ready_is_told_with_the_more_urgent_one_that_runs(guest: FakeGuest) -> None:
    other = guest.create_thread()
    guest.kernel.threads.find(other).priority = guest.kernel.executing.priority + 3
    assert lines(guest, "Init") == ()
    first = guest.kernel.executing.priority
    assert lines(guest, f"0x{other:08x}") == (f"it does not run while Init does: priority {first} before {first + 3}",)


def test_a_thread_that_was_suspended_is_told_with_who_did_it_and_who_waits_for_it(guest: FakeGuest) -> None:
    other = guest.create_thread()
    guest.run(other)
    guest.call("pthread_mutex_lock", MUTEX)
    guest.run(INIT)
    assert guest.call("rtems_task_suspend", other) == 0
    guest.call("pthread_mutex_lock", MUTEX)
    words = sentence(guest)
    assert words.startswith(f"Deadlock: Init waits for mutex 0x{MUTEX:08x}, held by 0x{other:08x}; 0x{other:08x} is ")
    assert " is suspended, by Init at " in words
    assert words.endswith("rtems_task_suspend, and nobody is left to resume it")
    assert lines(guest, f"0x{other:08x}")[0].startswith("suspended by Init at ")


@pytest.mark.parametrize(("call", "words"), [("pthread_cancel", "cancelled"), ("rtems_task_delete", "deleted")])
def test_a_thread_that_another_one_ended_is_told_with_who_did(guest: FakeGuest, call: str, words: str) -> None:
    other = guest.create_thread()
    guest.run(other)
    guest.call("pthread_mutex_lock", MUTEX)
    guest.call("pthread_setcanceltype", 1, 0)
    guest.run(INIT)
    guest.call(call, other)
    guest.run(other)
    guest.call("pthread_testcancel")
    guest.call("thread_exit", 0)
    guest.run(INIT)
    guest.call("pthread_mutex_lock", MUTEX)
    assert f"; 0x{other:08x} was {words} by Init at " in sentence(guest)
    assert sentence(guest).endswith(f": {call}")


def test_a_thread_that_ended_before_it_could_be_cancelled_has_ended(guest: FakeGuest) -> None:
    other = guest.create_thread()
    guest.run(other)
    guest.call("pthread_mutex_lock", MUTEX)
    guest.run(INIT)
    guest.call("pthread_cancel", other)
    guest.run(other)
    guest.call("thread_exit", 0)
    guest.run(INIT)
    guest.call("pthread_mutex_lock", MUTEX)
    assert sentence(guest).endswith(f"; 0x{other:08x} has ended")


def test_a_barrier_says_how_many_it_was_made_for_and_how_many_are_there(guest: FakeGuest) -> None:
    name = int.from_bytes(b"STEP", "big")
    assert guest.call("rtems_barrier_create", name, constants.BARRIER_AUTOMATIC_RELEASE, 3, OUT) == 0
    guest.call("rtems_barrier_wait", guest.word(OUT), 0)
    assert sentence(guest) == "Deadlock: Init waits for barrier STEP (1 of 3 are there)"
    assert lines(guest, "Init")[1].startswith("created for 3 threads by Init at ")


def test_a_full_queue_has_room_when_something_is_received_and_not_when_it_is_sent(guest: FakeGuest) -> None:
    attributes = guest.put(OUT + 16, layouts.MQ_ATTR.pack(mq_maxmsg=1, mq_msgsize=4))
    queue = guest.call("mq_open", guest.string("/q"), 0x202, 0o600, attributes)
    guest.call("mq_send", queue, OUT, 4, 0, 0)
    guest.call("mq_send", queue, OUT, 4, 0, 0)
    assert sentence(guest) == "Deadlock: Init waits for room in message queue /q, from which nobody has received"
    told = lines(guest, "Init")
    assert told[1].startswith("created for 1 message of up to 4 bytes by Init at ") and "sent" not in " ".join(told)


def test_kinds_of_failures_without_end_do_not_fill_the_memory(guest: FakeGuest) -> None:
    for number in range(200):
        guest.port.registers.pc = 0x1000 + 8 * number
        guest.call("sem_post", 0)
    assert len(guest.kernel.refusals.all()) == 64 and len(KernelStory(guest.kernel).remarks()) == 4


@pytest.mark.parametrize("ends", [False, True])
def test_a_stack_that_is_used_to_its_lowest_word_is_named(guest: FakeGuest, ends: bool) -> None:
    thread = guest.kernel.find_thread(guest.create_thread())
    assert thread is not None
    guest.run(thread.id)
    guest.put(thread.stack_base + 4, b"\x01")
    assert KernelStory(guest.kernel).remarks() == []
    guest.put(thread.stack_base + 3, b"\x01")
    if ends:
        guest.call("pthread_detach", thread.id)
        guest.end_thread()
        assert guest.create_thread()  # on the same stack
    [words] = KernelStory(guest.kernel).remarks()
    assert words == (
        f"the stack of 0x0b010002 was used down to its lowest word, 0x{thread.stack_base:08x}: it overflowed, or has "
        "just sufficed"
    )


def test_an_inversion_that_is_over_is_remembered(guest: FakeGuest) -> None:
    low, high, middle = guest.create_thread(), guest.create_thread(), guest.create_thread()
    threads = {thread.id: thread for thread in guest.kernel.threads.all()}
    guest.run(low)
    guest.call("pthread_mutex_lock", MUTEX)
    guest.run(high)
    guest.call("pthread_mutex_lock", MUTEX)
    guest.run(low)
    assert guest.kernel.inversions.all() == []  # all are equally urgent
    for identifier, priority in ((high, 10), (middle, 20), (low, 30)):
        guest.kernel.scheduler.set_base_priority(threads[identifier], priority)
    guest.kernel.port.pend_pendsv()
    guest.switch_if_pended()
    assert guest.executing == middle
    guest.call("sched_yield")
    guest.end_thread()
    guest.run(low)
    guest.call("pthread_mutex_unlock", MUTEX)
    [words] = KernelStory(guest.kernel).remarks()
    assert words.startswith("priority inversion at ")
    assert words.endswith(
        f": 0x{high:08x} waited for mutex 0x{MUTEX:08x}, held by 0x{low:08x}, while 0x{middle:08x} ran"
    )
    assert guest.kernel.inversions.waiters == {}
