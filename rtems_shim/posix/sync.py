"""POSIX mutexes and condition variables.

As in RTEMS the object is the guest's own memory: its word is the address mixed with a magic number and the attributes,
so a copy of an object, or an object that was destroyed, is recognised. Calls load that word as the caller. Owners and
waiters are kept here and only while there are any, by the object's address. State: ``SyncObjects``.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.bits import WORD_MASK
from emulator.errors import GuestAccessError
from emulator.records import dataclass, field
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EAGAIN, EBUSY, EDEADLK, EINVAL, ENOMEM, EPERM, ETIMEDOUT
from rtems_shim.core.clock import Base, Deadline, deadline_at
from rtems_shim.core.dispatch import trap
from rtems_shim.core.mutex import Mutex, Protocol
from rtems_shim.core.thread import Thread, Wait
from rtems_shim.core.uses import Use, UsesTable, use_now
from rtems_shim.core.waitqueue import WaitQueue
from rtems_shim.posix.pthread import waits_for
from rtems_shim.posix.scheduling import to_core, to_posix

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

MUTEX_MAGIC = 0x5A3C_B1E0
CONDITION_MAGIC = 0x36C9_7A48
FLAGS = 7
RECURSIVE = 4
"""Flag of a mutex; its low two flag bits are the protocol."""
STATIC_MUTEXES = {
    layouts.INITIALIZER_DEFAULT: 0,
    layouts.INITIALIZER_RECURSIVE: RECURSIVE,
    layouts.INITIALIZER_INHERIT: int(Protocol.INHERIT),
    layouts.INITIALIZER_INHERIT_RECURSIVE: Protocol.INHERIT | RECURSIVE,
}
"""The word of a statically initialised mutex -> its flags."""
CLOCK_IS_MONOTONIC = 1
"""Flag of a condition variable."""
CLOCK_REALTIME = 1
CLOCK_MONOTONIC = 4
MUTEX_TYPE_RECURSIVE = 1
MUTEX_TYPES = range(4)
INT_MAX = 0x7FFF_FFFF
LOCKED_LIMIT = 4096
"""Mutexes locked at one time, and ceilings remembered."""


@dataclass(slots=True, eq=False)
class Condition:
    """A condition variable somebody waits for, and the one mutex they all gave, with its flags."""

    address: int
    mutex: int
    mutex_flags: int
    queue: WaitQueue = field(default_factory=WaitQueue)


@dataclass(slots=True)
class SyncObjects:
    """What the host keeps of the POSIX synchronisation objects, by guest address."""

    mutexes: dict[int, Mutex] = field(default_factory=dict)
    ceilings: dict[int, int] = field(default_factory=dict)
    conditions: dict[int, Condition] = field(default_factory=dict)
    signals: UsesTable = field(default_factory=UsesTable)


def seal(address: int, magic: int, flags: int = 0) -> int:
    """Return the word of an initialised object at ``address``."""
    return ((address ^ magic) & ~FLAGS & WORD_MASK) | flags


def flags_of(kernel: Kernel, address: int, magic: int) -> int | None:
    """Return the flags in the word at ``address``, None when no such object is there.

    A statically initialised object is sealed now, as a store of the caller: a mutex that was there before is gone.
    """
    word = kernel.memory.load_object(address)
    if (word ^ seal(address, magic)) & ~FLAGS == 0:
        return word & FLAGS
    flags = 0 if word == layouts.INITIALIZER_DEFAULT else None
    if magic == MUTEX_MAGIC:
        flags = STATIC_MUTEXES.get(word)
        if flags is not None:
            _forget_mutex(kernel, address)
    if flags is not None:
        kernel.memory.store_object(address, seal(address, magic, flags))
    return flags


def unseal(kernel: Kernel, address: int) -> None:
    """Make the word at ``address`` one of no object."""
    kernel.memory.store_object(address, ~kernel.memory.load_object(address) & WORD_MASK)


# -- mutexes -----------------------------------------------------------------------------------------------------


@trap("pthread_mutex_init")
def pthread_mutex_init(kernel: Kernel, mutex: int, attributes: int) -> int:
    """pthread_mutex_init()."""
    layout = layouts.MUTEX_ATTRIBUTES
    values = {"is_initialized": 1, "process_shared": 0, "prio_ceiling": INT_MAX, "protocol": 0, "type": 0}
    if attributes:
        values = layout.unpack(kernel.memory.load(attributes, layout.size))
    if not mutex or not values["is_initialized"] or values["process_shared"] not in (0, 1):
        return EINVAL
    if values["protocol"] not in tuple(Protocol) or values["type"] not in MUTEX_TYPES:
        return EINVAL
    protocol = Protocol(values["protocol"])
    ceiling = kernel.scheduler.maximum - 1 if values["prio_ceiling"] == INT_MAX else values["prio_ceiling"]
    core = to_core(kernel, ceiling)
    if protocol is Protocol.CEILING:
        if core is None:
            return EINVAL
        if len(kernel.part(SyncObjects).ceilings) >= LOCKED_LIMIT and mutex not in kernel.part(SyncObjects).ceilings:
            return ENOMEM
    _forget_mutex(kernel, mutex)
    recursive = RECURSIVE if values["type"] == MUTEX_TYPE_RECURSIVE else 0
    kernel.memory.store_object(mutex, seal(mutex, MUTEX_MAGIC, protocol | recursive))
    if protocol is Protocol.CEILING and core is not None:
        kernel.part(SyncObjects).ceilings[mutex] = core
    return 0


def _forget_mutex(kernel: Kernel, address: int) -> None:
    """The memory becomes a new mutex: whoever owns the one before owns nothing, and who waits for it waits on."""
    mutex = kernel.part(SyncObjects).mutexes.pop(address, None)
    if mutex is not None and mutex.owner is not None and mutex in mutex.owner.held:
        mutex.owner.held.remove(mutex)
        kernel.scheduler.update_priority(mutex.owner)


@trap("pthread_mutex_destroy")
def pthread_mutex_destroy(kernel: Kernel, mutex: int) -> int:
    """pthread_mutex_destroy()."""
    if not mutex or flags_of(kernel, mutex, MUTEX_MAGIC) is None:
        return EINVAL
    if mutex in kernel.part(SyncObjects).mutexes:
        return EBUSY
    unseal(kernel, mutex)
    kernel.part(SyncObjects).ceilings.pop(mutex, None)
    return 0


@trap("pthread_mutex_lock")
def pthread_mutex_lock(kernel: Kernel, mutex: int) -> int | None:
    """pthread_mutex_lock()."""
    return lock(kernel, mutex)


@trap("pthread_mutex_timedlock")
def pthread_mutex_timedlock(kernel: Kernel, mutex: int, deadline: int) -> int | None:
    """pthread_mutex_timedlock(): the time is looked at only when the caller has to wait."""
    return lock(kernel, mutex, timespec=deadline)


@trap("pthread_mutex_trylock")
def pthread_mutex_trylock(kernel: Kernel, mutex: int) -> int | None:
    """pthread_mutex_trylock()."""
    return lock(kernel, mutex, wait=False)


def lock(kernel: Kernel, address: int, wait: bool = True, timespec: int | None = None) -> int | None:
    """Lock the mutex at ``address`` for the executing thread."""
    flags = flags_of(kernel, address, MUTEX_MAGIC) if address else None
    if flags is None:
        return EINVAL
    thread = kernel.executing
    mutex = kernel.part(SyncObjects).mutexes.get(address)
    if mutex is None:
        return _take(kernel, address, flags, thread)
    if mutex.owner is thread:
        if not flags & RECURSIVE:
            return EDEADLK if wait else EBUSY
        mutex.depth += 1
        return 0
    if not wait:
        return EBUSY
    deadline = None
    if timespec is not None:
        found = deadline_at(kernel, timespec, Base.REALTIME)
        if isinstance(found, int):
            return found
        deadline = found
    return wait_for(kernel, mutex, deadline)


def _take(kernel: Kernel, address: int, flags: int, thread: Thread, use: Use | None = None) -> int:
    """Lock a free mutex; ``use`` is the call that did, unless it is the one that is being served."""
    state = kernel.part(SyncObjects)
    if len(state.mutexes) >= LOCKED_LIMIT:
        return EAGAIN
    protocol = Protocol(flags & 3)
    mutex = Mutex(
        f"mutex {kernel.port.image.symbols.describe(address)}",
        protocol,
        WaitQueue(by_priority=protocol is not Protocol.NONE),
        state.ceilings.get(address, 0),
    )
    if mutex.violates_ceiling(thread):
        return EINVAL
    state.mutexes[address] = mutex
    mutex.take(kernel, thread, use)
    return 0


def wait_for(kernel: Kernel, mutex: Mutex, deadline: Deadline | None) -> int | None:
    """Block for a mutex somebody else holds; a circle of waiting owners is EDEADLK."""
    assert mutex.owner is not None
    if waits_for(mutex.owner, kernel.executing):
        return EDEADLK
    return kernel.block(mutex.describe, mutex.queue, owned=mutex, deadline=deadline, timed_out=ETIMEDOUT)


@trap("pthread_mutex_unlock")
def pthread_mutex_unlock(kernel: Kernel, mutex: int) -> int:
    """pthread_mutex_unlock(): EPERM for everybody but the owner, whatever the type."""
    if not mutex or flags_of(kernel, mutex, MUTEX_MAGIC) is None:
        return EINVAL
    return unlock(kernel, mutex)


def unlock(kernel: Kernel, address: int) -> int:
    """Undo the executing thread's last lock of the mutex at ``address``."""
    mutexes = kernel.part(SyncObjects).mutexes
    mutex = mutexes.get(address)
    if mutex is None or mutex.owner is not kernel.executing:
        return EPERM
    if mutex.depth > 1:
        mutex.depth -= 1
        return 0
    mutex.give_back(kernel)
    if mutex.owner is None:
        del mutexes[address]
    return 0


@trap("pthread_mutex_getprioceiling")
def pthread_mutex_getprioceiling(kernel: Kernel, mutex: int, ceiling: int) -> int:
    """pthread_mutex_getprioceiling()."""
    if not ceiling or not mutex or flags_of(kernel, mutex, MUTEX_MAGIC) is None:
        return EINVAL
    core = kernel.part(SyncObjects).ceilings.get(mutex)
    kernel.memory.store_word(ceiling, 0 if core is None else to_posix(kernel, core))
    return 0


@trap("pthread_mutex_setprioceiling")
def pthread_mutex_setprioceiling(kernel: Kernel, mutex: int, ceiling: int, old: int) -> int:
    """pthread_mutex_setprioceiling(). RTEMS locks the mutex for the change; here it must be free, else EBUSY."""
    core = to_core(kernel, ceiling)
    flags = flags_of(kernel, mutex, MUTEX_MAGIC) if mutex and old else None
    if flags is None or core is None or Protocol(flags & 3) is not Protocol.CEILING:
        return EINVAL
    locked = kernel.part(SyncObjects).mutexes.get(mutex)
    if locked is not None:
        return EINVAL if locked.owner is kernel.executing else EBUSY
    kernel.memory.store_word(old, to_posix(kernel, kernel.part(SyncObjects).ceilings.get(mutex, core)))
    kernel.part(SyncObjects).ceilings[mutex] = core
    return 0


# -- condition variables -----------------------------------------------------------------------------------------


@trap("pthread_cond_init")
def pthread_cond_init(kernel: Kernel, condition: int, attributes: int) -> int:
    """pthread_cond_init()."""
    layout = layouts.CONDITION_ATTRIBUTES
    values = {"is_initialized": 1, "clock": CLOCK_REALTIME, "process_shared": 0}
    if attributes:
        values = layout.unpack(kernel.memory.load(attributes, layout.size))
    if not condition or not values["is_initialized"] or values["process_shared"] not in (0, 1):
        return EINVAL
    if condition in kernel.part(SyncObjects).conditions:
        return EBUSY
    flags = CLOCK_IS_MONOTONIC if values["clock"] == CLOCK_MONOTONIC else 0
    kernel.memory.store_object(condition, seal(condition, CONDITION_MAGIC, flags))
    return 0


@trap("pthread_cond_destroy")
def pthread_cond_destroy(kernel: Kernel, condition: int) -> int:
    """pthread_cond_destroy()."""
    if not condition or flags_of(kernel, condition, CONDITION_MAGIC) is None:
        return EINVAL
    if condition in kernel.part(SyncObjects).conditions:
        return EBUSY
    unseal(kernel, condition)
    return 0


@trap("pthread_cond_wait")
def pthread_cond_wait(kernel: Kernel, condition: int, mutex: int) -> int | None:
    """pthread_cond_wait()."""
    return wait(kernel, condition, mutex, None)


@trap("pthread_cond_timedwait")
def pthread_cond_timedwait(kernel: Kernel, condition: int, mutex: int, deadline: int) -> int | None:
    """pthread_cond_timedwait()."""
    if not deadline:
        return EINVAL
    return wait(kernel, condition, mutex, deadline)


def wait(kernel: Kernel, address: int, mutex: int, timespec: int | None) -> int | None:
    """Give the mutex back and wait; the mutex is locked again by the woken thread when it runs, as in RTEMS."""
    flags = flags_of(kernel, address, CONDITION_MAGIC) if address else None
    if flags is None:
        return EINVAL
    condition = kernel.part(SyncObjects).conditions.get(address)
    mutex_flags = flags_of(kernel, mutex, MUTEX_MAGIC) if mutex else None
    if mutex_flags is None or (condition is not None and condition.mutex != mutex):
        return EINVAL
    deadline = None
    if timespec is not None:
        base = Base.UPTIME if flags & CLOCK_IS_MONOTONIC else Base.REALTIME
        found = deadline_at(kernel, timespec, base)
        if isinstance(found, int):
            return found
        deadline = found
    owned = kernel.part(SyncObjects).mutexes.get(mutex)
    if owned is None or owned.owner is not kernel.executing:
        return EPERM
    return _enter(kernel, condition or Condition(address, mutex, mutex_flags), deadline)


def _enter(kernel: Kernel, condition: Condition, deadline: Deadline | None) -> int | None:
    thread = kernel.executing
    kernel.part(SyncObjects).conditions[condition.address] = condition
    name = kernel.port.image.symbols.describe(condition.address)
    kernel.block(
        lambda: f"condition variable {name}",
        condition.queue,
        deadline=deadline,
        on_timeout=lambda woken: _leave(kernel, condition, woken, ETIMEDOUT),
        cleanup=lambda: _forget(kernel, condition),
        uses=kernel.part(SyncObjects).signals.at(condition.address),
    )
    if thread.wait is not None:
        unlock(kernel, condition.mutex)
    return None


def _leave(kernel: Kernel, condition: Condition, thread: Thread, result: int) -> None:
    """Wake a waiter: once it runs it locks the mutex, and blocks again when it cannot."""
    thread.on_resume = lambda resumed: _relock(kernel, condition, resumed, result)
    kernel.wake(thread, result)


def _forget(kernel: Kernel, condition: Condition) -> None:
    """Forget a condition variable nobody waits for any more."""
    if not condition.queue:
        kernel.part(SyncObjects).conditions.pop(condition.address, None)


def _relock(kernel: Kernel, condition: Condition, thread: Thread, result: int) -> bool:
    """Lock the mutex for a thread that returns from a wait; False when it has to wait for that.

    ``thread`` has just been switched in: this is the later half of the call it made before.
    """
    mutex = kernel.part(SyncObjects).mutexes.get(condition.mutex)
    if mutex is None and not _is_mutex(kernel, condition.mutex):
        thread.result = EINVAL  # it was destroyed meanwhile
    elif mutex is None:
        error = _take(kernel, condition.mutex, condition.mutex_flags, thread, thread.blocked_in)
        thread.result = EINVAL if error else result
    elif mutex.owner is thread:
        mutex.depth += 1
        thread.result = result
    elif mutex.owner is not None and waits_for(mutex.owner, thread):
        thread.result = EINVAL
    else:
        thread.result = None
        wait_again = Wait(mutex.describe, mutex.queue, lambda timed_out: None, granted=result, owned=mutex)
        kernel.enter_wait(wait_again)
        return False
    return True


def _is_mutex(kernel: Kernel, address: int) -> bool:
    """Whether the memory at ``address`` says that it is a mutex."""
    try:
        word = int.from_bytes(kernel.port.memory.peek(address, 4), "little")
    except GuestAccessError:
        return False
    return (word ^ seal(address, MUTEX_MAGIC)) & ~FLAGS == 0


@trap("pthread_cond_signal")
def pthread_cond_signal(kernel: Kernel, condition: int) -> int | None:
    """pthread_cond_signal()."""
    return _signal(kernel, condition, everybody=False)


@trap("pthread_cond_broadcast")
def pthread_cond_broadcast(kernel: Kernel, condition: int) -> int | None:
    """pthread_cond_broadcast()."""
    return _signal(kernel, condition, everybody=True)


def _signal(kernel: Kernel, address: int, everybody: bool) -> int | None:
    if not address or flags_of(kernel, address, CONDITION_MAGIC) is None:
        return EINVAL
    condition = kernel.part(SyncObjects).conditions.get(address)
    uses = kernel.part(SyncObjects).signals.at(address)
    (uses.lose if condition is None else uses.give)(use_now(kernel))
    while condition is not None and (thread := condition.queue.first()) is not None:
        _leave(kernel, condition, thread, 0)
        if not everybody:
            break
        if condition.queue and kernel.preempted:
            kernel.call_again()  # the woken thread runs before the next one is woken
            return None
    return 0
