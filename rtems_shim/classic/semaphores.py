"""Classic semaphores: counting, simple binary, and binary ones, which are mutexes with or without a protocol."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.bits import WORD_MASK
from emulator.records import dataclass, field
from rtems_shim.abi import constants
from rtems_shim.abi.status import Status
from rtems_shim.classic import directives
from rtems_shim.classic.objects import ClassicObjects
from rtems_shim.core.dispatch import trap
from rtems_shim.core.mutex import Mutex, Protocol
from rtems_shim.core.objects import ClassicClass, name_text
from rtems_shim.core.uses import Uses, use_now
from rtems_shim.core.waitqueue import WaitQueue
from rtems_shim.posix.pthread import waits_for

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

SEMAPHORES = ClassicClass.SEMAPHORES
COUNTING = 0
KIND = (
    constants.SEMAPHORE_CLASS
    | constants.INHERIT_PRIORITY
    | constants.PRIORITY_CEILING
    | constants.MULTIPROCESSOR_RESOURCE_SHARING
)
PROTOCOLS: dict[int, Protocol] = {
    constants.BINARY_SEMAPHORE | constants.PRIORITY | constants.INHERIT_PRIORITY: Protocol.INHERIT,
    constants.BINARY_SEMAPHORE | constants.PRIORITY | constants.PRIORITY_CEILING: Protocol.CEILING,
    constants.BINARY_SEMAPHORE | constants.PRIORITY | constants.MULTIPROCESSOR_RESOURCE_SHARING: Protocol.CEILING,
}
"""The attributes of a mutex with a protocol: exactly these."""


@dataclass(slots=True)
class Counting:
    """A counting or simple binary semaphore: nobody owns it. ``maximum`` is 1 for a binary one."""

    name: int
    count: int
    maximum: int
    queue: WaitQueue
    uses: Uses = field(default_factory=Uses)

    def describe(self) -> str:
        """Say what a thread that waits for it waits for."""
        return f"semaphore {name_text(self.name)}"


@dataclass(slots=True)
class Binary:
    """A binary semaphore, which has an owner."""

    name: int
    mutex: Mutex


Semaphore = Counting | Binary


def find(kernel: Kernel, identifier: int) -> Semaphore | None:
    """Return the semaphore with this id, or None."""
    found = kernel.part(ClassicObjects).tables[SEMAPHORES].get(identifier)
    return found if isinstance(found, Counting | Binary) else None


def protocol_of(count: int, attributes: int) -> Protocol | Status:
    """Return the protocol of a semaphore made so, NONE also for those without an owner; or why it cannot be made.

    On one processor the resource sharing protocol is the priority ceiling.
    """
    kind = attributes & KIND
    protocol: Protocol | Status = Protocol.NONE
    if kind not in (COUNTING, constants.SIMPLE_BINARY_SEMAPHORE, constants.BINARY_SEMAPHORE):
        mutex = attributes & (KIND | constants.GLOBAL | constants.PRIORITY)
        protocol = PROTOCOLS.get(mutex, Status.NOT_DEFINED)
    if protocol is not Status.NOT_DEFINED and kind != COUNTING and count > 1:
        return Status.INVALID_NUMBER
    return protocol


@trap("rtems_semaphore_create")
def rtems_semaphore_create(kernel: Kernel, name: int, count: int, attributes: int, ceiling: int, id: int) -> int:
    """rtems_semaphore_create(): a binary semaphore of count 0 belongs to its creator at once."""
    refused = directives.refuse(kernel, SEMAPHORES, name, id)
    if refused in (Status.INVALID_NAME, Status.INVALID_ADDRESS):
        return refused
    protocol = protocol_of(count, attributes)
    if isinstance(protocol, Status) or refused is not None:
        return protocol if isinstance(protocol, Status) else Status.TOO_MANY
    queue = WaitQueue(by_priority=bool(attributes & constants.PRIORITY))
    kind = attributes & constants.SEMAPHORE_CLASS
    if kind != constants.BINARY_SEMAPHORE:
        semaphore = Counting(name, count, 1 if kind else WORD_MASK, queue)
        semaphore.uses.create(use_now(kernel), f"with a count of {count:,}")
        return directives.add(kernel, SEMAPHORES, semaphore, id)
    if protocol is not Protocol.NONE:
        queue = WaitQueue(by_priority=True)
    if protocol is Protocol.CEILING and ceiling > kernel.scheduler.maximum:
        return Status.INVALID_PRIORITY
    mutex = Mutex(f"semaphore {name_text(name)}", protocol, queue, ceiling)
    if not count and mutex.violates_ceiling(kernel.executing):
        return Status.INVALID_PRIORITY
    directives.add(kernel, SEMAPHORES, Binary(name, mutex), id)
    if not count:
        mutex.take(kernel, kernel.executing)
    return Status.SUCCESSFUL


@trap("rtems_semaphore_delete")
def rtems_semaphore_delete(kernel: Kernel, id: int) -> int:
    """rtems_semaphore_delete(): not while a binary one is held; waiters learn of it."""
    semaphore = find(kernel, id)
    if semaphore is None:
        return Status.INVALID_ID
    if isinstance(semaphore, Binary) and semaphore.mutex.owner is not None:
        return Status.RESOURCE_IN_USE
    if isinstance(semaphore, Counting):
        kernel.wake_all(semaphore.queue, Status.OBJECT_WAS_DELETED)
    return directives.remove(kernel, SEMAPHORES, id)


@trap("rtems_semaphore_ident")
def rtems_semaphore_ident(kernel: Kernel, name: int, node: int, id: int) -> int:
    """rtems_semaphore_ident()."""
    return directives.ident(kernel, SEMAPHORES, name, id, node)


@trap("rtems_semaphore_obtain")
def rtems_semaphore_obtain(kernel: Kernel, id: int, options: int, timeout: int) -> int | None:
    """rtems_semaphore_obtain(): a timeout of 0 waits for ever."""
    semaphore = find(kernel, id)
    if semaphore is None:
        return Status.INVALID_ID
    wait = not options & constants.NO_WAIT
    if isinstance(semaphore, Binary):
        return _obtain_mutex(kernel, semaphore.mutex, wait, timeout)
    if semaphore.count:
        semaphore.count -= 1
        semaphore.uses.take(use_now(kernel))
        return Status.SUCCESSFUL
    if not wait:
        return Status.UNSATISFIED
    return kernel.block(
        semaphore.describe,
        semaphore.queue,
        deadline=kernel.time.in_ticks(timeout) if timeout else None,
        timed_out=Status.TIMEOUT,
        uses=semaphore.uses,
    )


def _obtain_mutex(kernel: Kernel, mutex: Mutex, wait: bool, timeout: int) -> int | None:
    thread = kernel.executing
    if mutex.owner is None:
        if mutex.violates_ceiling(thread):
            return Status.INVALID_PRIORITY
        mutex.take(kernel, thread)
        return Status.SUCCESSFUL
    if mutex.owner is thread:
        mutex.depth += 1
        return Status.SUCCESSFUL
    if not wait:
        return Status.UNSATISFIED
    if waits_for(mutex.owner, thread):
        return Status.INCORRECT_STATE
    return kernel.block(
        mutex.describe,
        mutex.queue,
        owned=mutex,
        deadline=kernel.time.in_ticks(timeout) if timeout else None,
        timed_out=Status.TIMEOUT,
    )


@trap("rtems_semaphore_release")
def rtems_semaphore_release(kernel: Kernel, id: int) -> int:
    """rtems_semaphore_release(): the first waiter gets it at once."""
    semaphore = find(kernel, id)
    if semaphore is None:
        return Status.INVALID_ID
    if isinstance(semaphore, Binary):
        return _release_mutex(kernel, semaphore.mutex)
    first = semaphore.queue.first()
    if first is not None:
        kernel.wake(first, Status.SUCCESSFUL, kernel.executing)
        semaphore.uses.hand_over(use_now(kernel), first)
    elif semaphore.count < semaphore.maximum:
        semaphore.count += 1
        semaphore.uses.give(use_now(kernel))
    elif semaphore.maximum == WORD_MASK:
        return Status.UNSATISFIED
    return Status.SUCCESSFUL


def _release_mutex(kernel: Kernel, mutex: Mutex) -> int:
    if mutex.owner is not kernel.executing:
        return Status.NOT_OWNER_OF_RESOURCE
    if mutex.depth > 1:
        mutex.depth -= 1
    else:
        mutex.give_back(kernel)
    return Status.SUCCESSFUL


@trap("rtems_semaphore_flush")
def rtems_semaphore_flush(kernel: Kernel, id: int) -> int:
    """rtems_semaphore_flush(): every waiter goes away empty-handed."""
    semaphore = find(kernel, id)
    if semaphore is None:
        return Status.INVALID_ID
    queue = semaphore.mutex.queue if isinstance(semaphore, Binary) else semaphore.queue
    kernel.wake_all(queue, Status.UNSATISFIED)
    return Status.SUCCESSFUL


@trap("rtems_semaphore_set_priority")
def rtems_semaphore_set_priority(kernel: Kernel, id: int, scheduler: int, priority: int, old: int) -> int:
    """rtems_semaphore_set_priority(): the ceiling; 0 only asks for it."""
    if not old:
        return Status.INVALID_ADDRESS
    semaphore = find(kernel, id)
    if semaphore is None or scheduler != constants.SCHEDULER:
        return Status.INVALID_ID
    if priority > kernel.scheduler.maximum:
        return Status.INVALID_PRIORITY
    if not isinstance(semaphore, Binary) or semaphore.mutex.protocol is not Protocol.CEILING:
        return Status.NOT_DEFINED
    mutex = semaphore.mutex
    kernel.memory.store_word(old, mutex.ceiling)
    if priority != constants.CURRENT_PRIORITY:
        mutex.ceiling = priority
        if mutex.owner is not None:
            kernel.scheduler.update_priority(mutex.owner)
    return Status.SUCCESSFUL
