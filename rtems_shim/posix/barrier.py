"""POSIX barriers and read-write locks.

The object in guest memory is a sealed word (sync.seal), for a barrier followed by its count; who waits and who holds
is kept here by the object's address, only while there is anybody. State: ``BarriersAndRwlocks``.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.bits import WORD_MASK
from emulator.records import dataclass, field
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EAGAIN, EBUSY, EINVAL, ETIMEDOUT
from rtems_shim.core.clock import Base, deadline_at
from rtems_shim.core.dispatch import trap
from rtems_shim.core.thread import Thread
from rtems_shim.core.uses import Uses, UsesTable, use_now
from rtems_shim.core.waitqueue import WaitQueue
from rtems_shim.posix.sync import LOCKED_LIMIT, flags_of, seal, unseal

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

BARRIER_MAGIC = 0x62F5_0D30
RWLOCK_MAGIC = 0x1B87_94C8
COUNT = 4
"""Offset of the count in a pthread_barrier_t."""
SERIAL_THREAD = WORD_MASK
"""PTHREAD_BARRIER_SERIAL_THREAD, -1."""


@dataclass(slots=True, eq=False)
class RwLock:
    """A read-write lock that is held: by one writer, or by ``readers`` readers. Waiters are served as they come."""

    readers: int = 0
    writer: Thread | None = None
    queue: WaitQueue = field(default_factory=WaitQueue)
    uses: Uses = field(default_factory=Uses)


@dataclass(slots=True)
class BarriersAndRwlocks:
    """Threads at barriers, and held read-write locks, by guest address."""

    barriers: dict[int, WaitQueue] = field(default_factory=dict)
    rwlocks: dict[int, RwLock] = field(default_factory=dict)
    uses: UsesTable = field(default_factory=UsesTable)
    """Who made which barrier."""


def shared_attributes_valid(kernel: Kernel, attributes: int) -> bool:
    """Whether a pthread_barrierattr_t or pthread_rwlockattr_t, or NULL, is acceptable."""
    if not attributes:
        return True
    layout = layouts.SHARED_ATTRIBUTES
    values = layout.unpack(kernel.memory.load(attributes, layout.size))
    return bool(values["is_initialized"]) and values["process_shared"] in (0, 1)


# -- barriers ----------------------------------------------------------------------------------------------------


@trap("pthread_barrier_init")
def pthread_barrier_init(kernel: Kernel, barrier: int, attributes: int, count: int) -> int:
    """pthread_barrier_init()."""
    if not barrier or not count or not shared_attributes_valid(kernel, attributes):
        return EINVAL
    if barrier in kernel.part(BarriersAndRwlocks).barriers:
        return EBUSY
    kernel.memory.store_object(barrier, seal(barrier, BARRIER_MAGIC), count)
    kernel.part(BarriersAndRwlocks).uses.at(barrier).create(use_now(kernel), f"for {count:,} threads")
    return 0


def _is_barrier(kernel: Kernel, address: int) -> bool:
    return bool(address) and kernel.memory.load_object(address) == seal(address, BARRIER_MAGIC)


@trap("pthread_barrier_destroy")
def pthread_barrier_destroy(kernel: Kernel, barrier: int) -> int:
    """pthread_barrier_destroy()."""
    if not _is_barrier(kernel, barrier):
        return EINVAL
    if barrier in kernel.part(BarriersAndRwlocks).barriers:
        return EBUSY
    unseal(kernel, barrier)
    return 0


@trap("pthread_barrier_wait")
def pthread_barrier_wait(kernel: Kernel, barrier: int) -> int | None:
    """pthread_barrier_wait(): the last to come is the serial thread and does not block."""
    if not _is_barrier(kernel, barrier):
        return EINVAL
    count = kernel.memory.load_object(barrier + COUNT)
    barriers = kernel.part(BarriersAndRwlocks).barriers
    queue = barriers.get(barrier) or WaitQueue()
    if len(queue) + 1 >= count:
        kernel.wake_all(queue, 0)
        return SERIAL_THREAD
    barriers[barrier] = queue
    name = kernel.port.image.symbols.describe(barrier)

    def cleanup() -> None:
        if not queue:
            barriers.pop(barrier, None)

    uses = kernel.part(BarriersAndRwlocks).uses.at(barrier)

    def reason() -> str:
        return f"barrier {name} ({len(queue)} of {count} are there)"

    return kernel.block(reason, queue, cleanup=cleanup, uses=uses)


# -- read-write locks --------------------------------------------------------------------------------------------


@trap("pthread_rwlock_init")
def pthread_rwlock_init(kernel: Kernel, rwlock: int, attributes: int) -> int:
    """pthread_rwlock_init()."""
    if not rwlock or not shared_attributes_valid(kernel, attributes):
        return EINVAL
    if rwlock in kernel.part(BarriersAndRwlocks).rwlocks:
        return EBUSY
    kernel.memory.store_object(rwlock, seal(rwlock, RWLOCK_MAGIC))
    return 0


@trap("pthread_rwlock_destroy")
def pthread_rwlock_destroy(kernel: Kernel, rwlock: int) -> int:
    """pthread_rwlock_destroy(): EBUSY while somebody waits; whether somebody holds it is not asked, as in RTEMS."""
    if not rwlock or flags_of(kernel, rwlock, RWLOCK_MAGIC) is None:
        return EINVAL
    held = kernel.part(BarriersAndRwlocks).rwlocks
    if rwlock in held and held[rwlock].queue:
        return EBUSY
    unseal(kernel, rwlock)
    held.pop(rwlock, None)
    return 0


@trap("pthread_rwlock_rdlock")
def pthread_rwlock_rdlock(kernel: Kernel, rwlock: int) -> int | None:
    """pthread_rwlock_rdlock()."""
    return acquire(kernel, rwlock, writing=False)


@trap("pthread_rwlock_tryrdlock")
def pthread_rwlock_tryrdlock(kernel: Kernel, rwlock: int) -> int | None:
    """pthread_rwlock_tryrdlock()."""
    return acquire(kernel, rwlock, writing=False, wait=False)


@trap("pthread_rwlock_timedrdlock")
def pthread_rwlock_timedrdlock(kernel: Kernel, rwlock: int, deadline: int) -> int | None:
    """pthread_rwlock_timedrdlock()."""
    return acquire(kernel, rwlock, writing=False, timespec=deadline)


@trap("pthread_rwlock_wrlock")
def pthread_rwlock_wrlock(kernel: Kernel, rwlock: int) -> int | None:
    """pthread_rwlock_wrlock()."""
    return acquire(kernel, rwlock, writing=True)


@trap("pthread_rwlock_trywrlock")
def pthread_rwlock_trywrlock(kernel: Kernel, rwlock: int) -> int | None:
    """pthread_rwlock_trywrlock()."""
    return acquire(kernel, rwlock, writing=True, wait=False)


@trap("pthread_rwlock_timedwrlock")
def pthread_rwlock_timedwrlock(kernel: Kernel, rwlock: int, deadline: int) -> int | None:
    """pthread_rwlock_timedwrlock()."""
    return acquire(kernel, rwlock, writing=True, timespec=deadline)


def acquire(kernel: Kernel, address: int, writing: bool, wait: bool = True, timespec: int | None = None) -> int | None:
    """Lock for reading or writing. A reader that finds somebody waiting waits behind him, as RTEMS decides it."""
    if not address or flags_of(kernel, address, RWLOCK_MAGIC) is None:
        return EINVAL
    rwlock = kernel.part(BarriersAndRwlocks).rwlocks.get(address)
    if rwlock is None:
        if len(kernel.part(BarriersAndRwlocks).rwlocks) >= LOCKED_LIMIT:
            return EAGAIN
        kernel.part(BarriersAndRwlocks).rwlocks[address] = rwlock = RwLock()
        _grant(rwlock, kernel.executing, writing)
        rwlock.uses.take(use_now(kernel))
        return 0
    if not writing and rwlock.readers and not rwlock.queue:
        rwlock.readers += 1
        rwlock.uses.take(use_now(kernel))
        return 0
    return _wait(kernel, address, rwlock, writing, timespec) if wait else EBUSY


def _wait(kernel: Kernel, address: int, rwlock: RwLock, writing: bool, timespec: int | None) -> int | None:
    deadline = None
    if timespec is not None:
        found = deadline_at(kernel, timespec, Base.REALTIME)
        if isinstance(found, int):
            return found
        deadline = found
    name = kernel.port.image.symbols.describe(address)
    what = "write" if writing else "read"
    return kernel.block(
        lambda: f"read-write lock {name}, to {what}",
        rwlock.queue,
        data=writing,
        deadline=deadline,
        timed_out=ETIMEDOUT,
        uses=rwlock.uses,
    )


def _grant(rwlock: RwLock, thread: Thread, writing: bool) -> None:
    if writing:
        rwlock.writer = thread
    else:
        rwlock.readers += 1


@trap("pthread_rwlock_unlock")
def pthread_rwlock_unlock(kernel: Kernel, rwlock: int) -> int:
    """pthread_rwlock_unlock(): 0 also for one that is not locked. Nobody checks who unlocks, as in RTEMS."""
    if not rwlock or flags_of(kernel, rwlock, RWLOCK_MAGIC) is None:
        return EINVAL
    held = kernel.part(BarriersAndRwlocks).rwlocks.get(rwlock)
    if held is None:
        return 0
    if held.readers:
        held.readers -= 1
    held.writer = None
    held.uses.give(use_now(kernel))
    if not held.readers:
        _pass_on(kernel, rwlock, held)
    return 0


def _pass_on(kernel: Kernel, address: int, rwlock: RwLock) -> None:
    """Give a lock that became free to the first waiter, and to the readers directly behind a reader."""
    for thread in rwlock.queue:
        assert thread.wait is not None
        writing = thread.wait.data
        if rwlock.writer is not None or (writing and rwlock.readers):
            break
        _grant(rwlock, thread, writing)
        kernel.wake(thread, 0, kernel.executing)
        if thread.blocked_in is not None:
            rwlock.uses.take(thread.blocked_in.again(kernel.now))
    if rwlock.writer is None and not rwlock.readers:
        del kernel.part(BarriersAndRwlocks).rwlocks[address]
