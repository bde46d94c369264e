"""SCHED_SPORADIC: a budget of ticks in each period, and the low priority beyond it."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, FakeGuest

from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EINVAL, ESRCH
from rtems_shim.core.thread import Thread

INIT = 0x0B01_0001
SPORADIC, FIFO = 4, 1
PARAMETERS, POLICY, ID = SCRATCH, SCRATCH + 0x100, SCRATCH + 0x200
TICK_NS = 1_000_000
HIGH, LOW = 200, 100
VALUES = {
    "sched_priority": HIGH,
    "sched_ss_low_priority": LOW,
    "repl_period_nsec": 10 * TICK_NS,
    "init_budget_nsec": 3 * TICK_NS,
    "sched_ss_max_repl": 5,
}


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest()


def serve(guest: FakeGuest, policy: int = SPORADIC, thread: int = INIT, **changes: int) -> int:
    guest.put(PARAMETERS, layouts.SCHED_PARAM.pack(**{**VALUES, **changes}))
    return guest.call("pthread_setschedparam", thread, policy, PARAMETERS)


def priorities(guest: FakeGuest, thread: Thread, ticks: int) -> list[int]:
    """Return the POSIX priority of ``thread`` after each tick."""
    seen = []
    for _ in range(ticks):
        guest.tick()
        seen.append(255 - thread.priority)
    return seen


def test_the_budget_is_charged_at_ticks_and_filled_at_each_end_of_a_period(guest: FakeGuest) -> None:
    init = guest.kernel.executing
    assert serve(guest) == 0
    assert 255 - init.priority == HIGH
    expected = [HIGH] * 2 + [LOW] * 7 + [HIGH] * 2 + [LOW] * 8 + [HIGH] * 2 + [LOW]
    assert priorities(guest, init, 22) == expected, "the tick that fills it is the first that is charged"


def test_only_who_executes_is_charged(guest: FakeGuest) -> None:
    server = guest.kernel.find_thread(guest.create_thread(priority=50))
    assert serve(guest, thread=server.id, sched_priority=60, sched_ss_low_priority=40) == 0
    guest.kernel.scheduler.set_base_priority(guest.kernel.find_thread(INIT), 1)
    guest.switch_if_pended()
    assert guest.executing == INIT
    assert priorities(guest, server, 8) == [60] * 8


def test_who_is_not_preemptible_is_not_charged(guest: FakeGuest) -> None:
    init = guest.kernel.executing
    serve(guest)
    init.preemptible = False
    assert priorities(guest, init, 6) == [HIGH] * 6


def test_a_new_priority_counts_from_the_next_period_on(guest: FakeGuest) -> None:
    init = guest.kernel.executing
    serve(guest)
    assert priorities(guest, init, 4)[-1] == LOW
    guest.call("pthread_setschedprio", INIT, 150)
    assert 255 - init.priority == LOW
    assert guest.trap("pthread_getschedparam", INIT, POLICY, PARAMETERS) == 0
    assert guest.word(PARAMETERS) == 150
    assert priorities(guest, init, 6) == [LOW] * 5 + [150]


def test_the_parameters_come_back_as_they_were_given(guest: FakeGuest) -> None:
    serve(guest, repl_period_sec=2)
    guest.put(PARAMETERS, bytes(layouts.SCHED_PARAM.size))
    guest.trap("pthread_getschedparam", INIT, POLICY, PARAMETERS)
    found = layouts.SCHED_PARAM.unpack(guest.port.memory.peek(PARAMETERS, layouts.SCHED_PARAM.size))
    assert guest.word(POLICY) == SPORADIC
    assert {name: found[name] for name in VALUES} == VALUES
    assert found["repl_period_sec"] == 2


def test_another_policy_ends_the_server(guest: FakeGuest) -> None:
    init = guest.kernel.executing
    serve(guest)
    assert priorities(guest, init, 3)[-1] == LOW
    assert serve(guest, policy=FIFO, sched_priority=77) == 0
    assert priorities(guest, init, 12) == [77] * 12


def test_the_same_policy_again_begins_a_period(guest: FakeGuest) -> None:
    init = guest.kernel.executing
    serve(guest)
    priorities(guest, init, 8)
    serve(guest)
    assert priorities(guest, init, 11) == [HIGH] * 2 + [LOW] * 7 + [HIGH] * 2


def test_an_ended_server_is_not_filled_any_more(guest: FakeGuest) -> None:
    other = guest.create_thread(priority=50)
    serve(guest, thread=other, sched_priority=60, sched_ss_low_priority=40)
    assert guest.kernel.time.anything_scheduled
    guest.run(other)
    guest.end_thread()
    assert not guest.kernel.time.anything_scheduled


@pytest.mark.parametrize(
    "wrong",
    [
        {"init_budget_nsec": 0},
        {"init_budget_nsec": 0, "repl_period_nsec": 0},
        {"init_budget_nsec": 11 * TICK_NS},
        {"init_budget_nsec": 10 * TICK_NS + 1},
        {"init_budget_sec": -1},
        {"sched_priority": 0},
        {"sched_ss_low_priority": 0},
        {"sched_ss_low_priority": 255},
        {"sched_ss_low_priority": -1},
    ],
)
def test_what_is_no_server_is_refused_and_nothing_changes(guest: FakeGuest, wrong: dict[str, int]) -> None:
    before = guest.kernel.executing.priority
    assert serve(guest, **wrong) == EINVAL
    values = {"is_initialized": 1, "stacksize": 8192, "inheritsched": 2, "schedpolicy": SPORADIC, **VALUES, **wrong}
    attributes = guest.put(PARAMETERS, layouts.THREAD_ATTRIBUTES.pack(**values))
    assert guest.trap("pthread_create", ID, attributes, 0x2101, 0) == EINVAL
    assert guest.kernel.executing.priority == before
    assert not guest.kernel.time.anything_scheduled


def test_the_times_are_asked_before_the_thread_and_the_priorities_after(guest: FakeGuest) -> None:
    assert serve(guest, thread=0x0B01_0009, init_budget_nsec=0) == EINVAL
    assert serve(guest, thread=0x0B01_0009, sched_priority=0) == ESRCH


def test_padding_is_no_part_of_a_time(guest: FakeGuest) -> None:
    assert serve(guest, init_budget_nsec=3 * TICK_NS | 0x5A5A << 32) == 0
    assert priorities(guest, guest.kernel.executing, 3) == [HIGH, HIGH, LOW]


@pytest.mark.parametrize("inherits", [False, True])
def test_a_new_thread_is_a_server_of_its_own(guest: FakeGuest, inherits: bool) -> None:
    serve(guest)
    values = {"is_initialized": 1, "stacksize": 8192, "inheritsched": 2, "schedpolicy": SPORADIC, "detachstate": 1}
    values |= {"inheritsched": 1} if inherits else {**VALUES, "sched_priority": 210}
    attributes = guest.put(PARAMETERS, layouts.THREAD_ATTRIBUTES.pack(**values))
    assert guest.trap("pthread_create", ID, attributes, 0x2101, 0) == 0
    guest.switch_if_pended()
    thread = guest.kernel.find_thread(guest.word(ID))
    assert thread.posix.policy == SPORADIC
    guest.run(thread.id)
    high = HIGH if inherits else 210
    assert priorities(guest, thread, 3) == [high, high, LOW]
    assert guest.kernel.find_thread(INIT).lowered is None, "it did not execute"
