"""Classic message queues. The sender of a message to a blocked receiver writes the receiver's memory (messages.py)."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.bits import WORD_MASK, align_up
from emulator.records import dataclass
from rtems_shim.abi import constants
from rtems_shim.abi.status import Status
from rtems_shim.classic import directives
from rtems_shim.core.dispatch import trap
from rtems_shim.core.messages import MESSAGE_OVERHEAD, MessageMemory, MessageQueue, Receiver
from rtems_shim.core.objects import ClassicClass, name_text
from rtems_shim.core.uses import use_now
from rtems_shim.core.waitqueue import WaitQueue

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

QUEUES = ClassicClass.MESSAGE_QUEUES
SIZE_MAX = WORD_MASK
PRIORITY = 0
"""Classic messages have no priority of their own: only urgent ones go first."""


@dataclass(slots=True)
class ClassicQueue:
    """A message queue with its name."""

    name: int
    queue: MessageQueue


def find(kernel: Kernel, identifier: int) -> MessageQueue | None:
    """Return the queue with this id, or None."""
    found = directives.get(kernel, QUEUES, identifier, ClassicQueue)
    return None if found is None else found.queue


def buffers_unfit(count: int, size: int) -> Status | None:
    """Return why no memory could ever hold ``count`` messages of ``size`` bytes, None when one could."""
    if size > SIZE_MAX - MESSAGE_OVERHEAD - 3:
        return Status.INVALID_SIZE
    return Status.INVALID_NUMBER if count > SIZE_MAX // (align_up(size, 4) + MESSAGE_OVERHEAD) else None


@trap("rtems_message_queue_create")
def rtems_message_queue_create(kernel: Kernel, name: int, count: int, size: int, attributes: int, id: int) -> int:
    """rtems_message_queue_create()."""
    return _create(kernel, name, count, size, attributes, id, has_memory=False)


@trap("queue_construct")
def queue_construct(kernel: Kernel, name: int, count: int, size: int, attributes: int, id: int) -> int:
    """rtems_message_queue_construct(): the program has memory for the messages."""
    return _create(kernel, name, count, size, attributes, id, has_memory=True)


def _create(kernel: Kernel, name: int, count: int, size: int, attributes: int, id: int, has_memory: bool) -> int:
    refused = directives.refuse(kernel, QUEUES, name, id)
    if refused in (Status.INVALID_NAME, Status.INVALID_ADDRESS):
        return refused
    if not count:
        return Status.INVALID_NUMBER
    if not size:
        return Status.INVALID_SIZE
    if refused is not None:
        return refused
    unfit = buffers_unfit(count, size)
    if unfit is not None:
        return unfit
    if not kernel.part(MessageMemory).fits(count, size, has_memory, kernel.threads.workspace):
        return Status.UNSATISFIED
    receivers = WaitQueue(by_priority=bool(attributes & constants.PRIORITY))
    queue = MessageQueue(f"message queue {name_text(name)}", count, size, receivers)
    queue.note_created(kernel)
    status = directives.add(kernel, QUEUES, ClassicQueue(name, queue), id)
    kernel.part(MessageMemory).promise(queue)
    return status


@trap("rtems_message_queue_delete")
def rtems_message_queue_delete(kernel: Kernel, id: int) -> int:
    """rtems_message_queue_delete(): waiters learn of it."""
    queue = find(kernel, id)
    if queue is None:
        return Status.INVALID_ID
    kernel.wake_all(queue.receivers, Status.OBJECT_WAS_DELETED)
    kernel.part(MessageMemory).release(queue)
    return directives.remove(kernel, QUEUES, id)


@trap("rtems_message_queue_ident")
def rtems_message_queue_ident(kernel: Kernel, name: int, node: int, id: int) -> int:
    """rtems_message_queue_ident()."""
    return directives.ident(kernel, QUEUES, name, id, node)


@trap("rtems_message_queue_send")
def rtems_message_queue_send(kernel: Kernel, id: int, buffer: int, size: int) -> int:
    """rtems_message_queue_send(): never blocks."""
    return send(kernel, id, buffer, size, urgent=False)


@trap("rtems_message_queue_urgent")
def rtems_message_queue_urgent(kernel: Kernel, id: int, buffer: int, size: int) -> int:
    """rtems_message_queue_urgent(): the message goes before all others."""
    return send(kernel, id, buffer, size, urgent=True)


def send(kernel: Kernel, id: int, buffer: int, size: int, urgent: bool) -> int:
    """Hand a message to the first blocked receiver or append it."""
    if not buffer:
        return Status.INVALID_ADDRESS
    queue = find(kernel, id)
    if queue is None:
        return Status.INVALID_ID
    if size > queue.message_size:
        return Status.INVALID_SIZE
    receiver = queue.receivers.first()
    if receiver is None and queue.full:
        return Status.TOO_MANY
    message = kernel.memory.load(buffer, size) if size else b""
    if receiver is not None:
        queue.hand_over(kernel, receiver, message, PRIORITY, Status.SUCCESSFUL)
    else:
        queue.insert(PRIORITY, message, urgent)
        queue.uses.give(use_now(kernel))
    return Status.SUCCESSFUL


@trap("rtems_message_queue_broadcast")
def rtems_message_queue_broadcast(kernel: Kernel, id: int, buffer: int, size: int, count: int) -> int | None:
    """rtems_message_queue_broadcast(): every blocked receiver gets it; a refused copy stops at that receiver.

    A receiver that is more urgent than the caller runs before the next one is served.
    """
    if not buffer or not count:
        return Status.INVALID_ADDRESS
    queue = find(kernel, id)
    if queue is None:
        return Status.INVALID_ID
    if size > queue.message_size:
        return Status.INVALID_SIZE
    message = kernel.memory.load(buffer, size) if size else b""
    state = kernel.executing.classic
    kernel.memory.store_word(count, state.served + len(queue.receivers))
    while (receiver := queue.receivers.first()) is not None:
        queue.hand_over(kernel, receiver, message, PRIORITY, Status.SUCCESSFUL)
        if queue.receivers and kernel.preempted:
            state.served += 1
            kernel.call_again()
            return None
    state.served = 0
    return Status.SUCCESSFUL


@trap("rtems_message_queue_receive")
def rtems_message_queue_receive(
    kernel: Kernel, id: int, buffer: int, size: int, options: int, timeout: int
) -> int | None:
    """rtems_message_queue_receive(): ``size`` points to the word that gets the message's size."""
    if not buffer or not size:
        return Status.INVALID_ADDRESS
    queue = find(kernel, id)
    if queue is None:
        return Status.INVALID_ID
    first = queue.first()
    if first is not None:
        kernel.memory.store_word(size, len(first[1]))
        if first[1]:
            kernel.memory.store(buffer, first[1])
        queue.drop_first()
        queue.uses.take(use_now(kernel))
        return Status.SUCCESSFUL
    if options & constants.NO_WAIT:
        return Status.UNSATISFIED
    return kernel.block(
        lambda: f"a message in {queue.label}",
        queue.receivers,
        data=Receiver(size, buffer),
        deadline=kernel.time.in_ticks(timeout) if timeout else None,
        timed_out=Status.TIMEOUT,
        uses=queue.uses,
    )


@trap("rtems_message_queue_get_number_pending")
def rtems_message_queue_get_number_pending(kernel: Kernel, id: int, count: int) -> int:
    """rtems_message_queue_get_number_pending()."""
    if not count:
        return Status.INVALID_ADDRESS
    queue = find(kernel, id)
    if queue is None:
        return Status.INVALID_ID
    kernel.memory.store_word(count, len(queue))
    return Status.SUCCESSFUL


@trap("rtems_message_queue_flush")
def rtems_message_queue_flush(kernel: Kernel, id: int, count: int) -> int:
    """rtems_message_queue_flush(): drops the pending messages."""
    if not count:
        return Status.INVALID_ADDRESS
    queue = find(kernel, id)
    if queue is None:
        return Status.INVALID_ID
    kernel.memory.store_word(count, len(queue))
    queue.flush()
    return Status.SUCCESSFUL
