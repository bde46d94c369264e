"""The wait queue under every primitive."""

from __future__ import annotations

import pytest

from rtems_shim.core.thread import Thread
from rtems_shim.core.waitqueue import WaitQueue


def thread(identifier: int, priority: int) -> Thread:
    return Thread(
        id=identifier, slot=identifier, entry=0, argument=0, stack_base=0, stack_size=0, base_priority=priority
    )


def test_a_fifo_queue_serves_in_order_of_arrival_whatever_the_priority() -> None:
    queue = WaitQueue()
    slow, urgent = thread(1, 200), thread(2, 1)
    queue.add(slow)
    queue.add(urgent)
    assert list(queue) == [slow, urgent]
    assert queue.first() is slow


def test_a_priority_queue_serves_the_most_urgent_and_of_equals_the_first() -> None:
    queue = WaitQueue(by_priority=True)
    threads = [thread(1, 20), thread(2, 10), thread(3, 10), thread(4, 5)]
    for one in threads:
        queue.add(one)
    assert [one.id for one in queue] == [4, 2, 3, 1]


def test_a_thread_whose_priority_changes_moves_in_a_priority_queue() -> None:
    queue = WaitQueue(by_priority=True)
    first, second = thread(1, 10), thread(2, 20)
    queue.add(first)
    queue.add(second)
    second.priority = 5
    queue.requeue(second)
    assert [one.id for one in queue] == [2, 1]


def test_a_thread_whose_priority_changes_keeps_its_place_in_a_fifo_queue() -> None:
    queue = WaitQueue()
    first, second = thread(1, 10), thread(2, 20)
    queue.add(first)
    queue.add(second)
    second.priority = 5
    queue.requeue(second)
    assert [one.id for one in queue] == [1, 2]


def test_an_empty_queue_is_false_and_has_no_first() -> None:
    queue = WaitQueue()
    assert not queue
    assert queue.first() is None


def test_removing_a_thread_that_does_not_wait_is_refused() -> None:
    with pytest.raises(ValueError, match="not in this wait queue"):
        WaitQueue().remove(thread(1, 10))
