"""Ready queues, time slices, preemption and lent priorities, without any guest."""

from __future__ import annotations

from dataclasses import dataclass, field

from rtems_shim.core.scheduler import Scheduler
from rtems_shim.core.thread import Thread, Wait
from rtems_shim.core.waitqueue import WaitQueue


@dataclass
class Rig:
    """A scheduler that counts how often it asks for a switch."""

    requests: int = 0
    changes: list[tuple[int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(self.request, self.thread(255), self.changed)
        self.idle = self.add(255)
        self.scheduler.switch()

    def request(self) -> None:
        self.requests += 1

    def changed(self, thread: Thread, before: int) -> None:
        self.changes.append((thread.id, before, thread.priority))

    def thread(self, priority: int) -> Thread:
        self.count = getattr(self, "count", 0) + 1
        made = Thread(id=self.count, slot=0, entry=0, argument=0, stack_base=0, stack_size=0, base_priority=priority)
        made.started = True
        return made

    def add(self, priority: int) -> Thread:
        made = self.thread(priority)
        self.scheduler.make_ready(made)
        return made

    def block(self, thread: Thread) -> None:
        thread.wait = Wait(lambda: "a test", None, lambda woken: None)
        self.scheduler.remove(thread)

    def wake(self, thread: Thread) -> None:
        thread.wait = None
        self.scheduler.make_ready(thread)


@dataclass(eq=False)
class Lender:
    """Something that lends its owner a priority, as a mutex does."""

    owner: Thread
    lent: int | None = None

    def boost(self) -> int | None:
        return self.lent


def test_a_more_urgent_thread_becomes_the_heir_and_a_switch_is_requested() -> None:
    rig = Rig()
    rig.requests = 0
    urgent = rig.add(10)
    assert rig.scheduler.heir is urgent
    assert rig.requests == 1


def test_a_thread_of_the_same_priority_does_not_preempt() -> None:
    rig = Rig()
    first = rig.add(10)
    rig.scheduler.switch()
    rig.requests = 0
    rig.add(10)
    assert rig.scheduler.heir is first
    assert rig.requests == 0


def test_a_preempted_thread_goes_on_before_its_equals() -> None:
    rig = Rig()
    first, second = rig.add(10), rig.add(10)
    rig.scheduler.switch()
    urgent = rig.add(5)
    rig.scheduler.switch()
    rig.block(urgent)
    assert rig.scheduler.switch() is first
    rig.scheduler.yield_(first)
    assert rig.scheduler.switch() is second


def test_a_yield_without_equals_changes_nothing() -> None:
    rig = Rig()
    alone = rig.add(10)
    rig.scheduler.switch()
    rig.requests = 0
    rig.scheduler.yield_(alone)
    assert rig.scheduler.heir is alone
    assert rig.requests == 0


def test_a_thread_that_refuses_preemption_stays_until_it_blocks() -> None:
    rig = Rig()
    stubborn = rig.add(100)
    stubborn.preemptible = False
    rig.scheduler.switch()
    urgent = rig.add(5)
    assert rig.scheduler.heir is stubborn
    rig.block(stubborn)
    assert rig.scheduler.heir is urgent


def test_a_thread_that_becomes_preemptible_makes_way_at_once() -> None:
    rig = Rig()
    stubborn = rig.add(100)
    stubborn.preemptible = False
    rig.scheduler.switch()
    urgent = rig.add(5)
    stubborn.preemptible = True
    rig.scheduler.reconsider()
    assert rig.scheduler.heir is urgent


def test_a_used_up_time_slice_is_a_yield_and_starts_afresh() -> None:
    rig = Rig()
    rig.scheduler.ticks_per_timeslice = 3
    first, second = rig.add(10), rig.add(10)
    for thread in (first, second):
        thread.sliced, thread.timeslice = True, 3
    rig.scheduler.switch()
    rig.scheduler.tick()
    rig.scheduler.tick()
    assert rig.scheduler.heir is first
    rig.scheduler.tick()
    assert rig.scheduler.heir is second
    assert first.timeslice == 3


def test_a_round_robin_slice_goes_on_after_preemption_and_a_resetting_one_starts_afresh() -> None:
    for resets, left in ((False, 2), (True, 3)):
        rig = Rig()
        rig.scheduler.ticks_per_timeslice = 3
        thread = rig.add(10)
        thread.sliced, thread.slice_resets, thread.timeslice = True, resets, 3
        rig.scheduler.switch()
        rig.scheduler.tick()
        urgent = rig.add(5)
        rig.scheduler.switch()
        rig.block(urgent)
        rig.scheduler.switch()
        assert thread.timeslice == left


def test_a_fifo_thread_has_no_time_slice() -> None:
    rig = Rig()
    first, _ = rig.add(10), rig.add(10)
    first.timeslice = 1
    rig.scheduler.switch()
    rig.scheduler.tick()
    assert rig.scheduler.heir is first


def test_a_lent_priority_counts_while_it_is_lent_and_then_the_thread_goes_before_its_equals() -> None:
    rig = Rig()
    owner = rig.add(100)
    equal = rig.add(100)
    lender = Lender(owner, 5)
    owner.held.append(lender)
    rig.scheduler.update_priority(owner)
    assert owner.priority == 5
    owner.held.clear()
    rig.scheduler.update_priority(owner)
    assert owner.priority == 100
    assert rig.scheduler.heir is owner
    assert equal.priority == 100
    assert rig.changes == [(owner.id, 100, 5), (owner.id, 5, 100)]


def test_a_new_base_priority_puts_a_ready_thread_behind_its_equals() -> None:
    rig = Rig()
    other = rig.add(50)
    thread = rig.add(20)
    rig.scheduler.set_base_priority(thread, 50)
    assert rig.scheduler.heir is other


def test_a_lent_priority_travels_along_a_chain_of_owners() -> None:
    rig = Rig()
    first, second = rig.add(100), rig.add(101)
    lower = Lender(first)
    first.held.append(lower)
    queue = WaitQueue(by_priority=True)
    second.wait = Wait(lambda: "the lower mutex", queue, lambda thread: None, owned=lower)
    rig.scheduler.remove(second)
    queue.add(second)
    upper = Lender(second, 7)
    second.held.append(upper)
    lower.lent = 7
    rig.scheduler.update_priority(second)
    assert second.priority == 7
    assert first.priority == 7
    assert queue.first() is second


def test_an_owner_that_waits_for_itself_does_not_hang_the_scheduler() -> None:
    rig = Rig()
    thread = rig.add(100)
    lender = Lender(thread, 5)
    thread.wait = Wait(lambda: "itself", WaitQueue(), lambda woken: None, data=lender)
    rig.scheduler.remove(thread)
    assert thread.wait.queue is not None
    thread.wait.queue.add(thread)
    thread.held.append(lender)
    rig.scheduler.update_priority(thread)
    assert thread.priority == 5
