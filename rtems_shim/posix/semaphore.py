"""POSIX semaphores. The count lives in the guest's sem_t, next to a word that seals the object (sync.seal).

Waiters are kept here by the object's address, only while there are any, most urgent first. A named semaphore's sem_t
lies in the memory arena. State: ``Semaphores``.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass, field
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import (
    EAGAIN,
    EBUSY,
    EEXIST,
    EINVAL,
    ENAMETOOLONG,
    ENOENT,
    ENOMEM,
    ENOSPC,
    EOVERFLOW,
    ETIMEDOUT,
)
from rtems_shim.core.access import AccessRefused
from rtems_shim.core.clock import Base, deadline_at
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import Api, ObjectTable, PosixClass
from rtems_shim.core.uses import UsesTable, use_now
from rtems_shim.core.waitqueue import WaitQueue
from rtems_shim.posix.sync import CLOCK_MONOTONIC, CLOCK_REALTIME, seal, unseal

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

SEMAPHORE_MAGIC = 0x4D21_E690
COUNT = 4
"""Offset of the count in a sem_t."""
SEM_VALUE_MAX = 0x7FFF_FFFF
NAME_MAX = 255
O_CREAT = 0x200
O_EXCL = 0x800


@dataclass(slots=True)
class Named:
    """A named semaphore; it goes when it is unlinked and nobody has it open."""

    name: str
    address: int
    opened: int = 1
    linked: bool = True


@dataclass(slots=True)
class Semaphores:
    """Waiters by the address of their sem_t, and the named semaphores."""

    named: ObjectTable[Named]
    waiters: dict[int, WaitQueue] = field(default_factory=dict)
    uses: UsesTable = field(default_factory=UsesTable)

    @staticmethod
    def configured(configuration: dict[str, int]) -> Semaphores:
        """Return the state with the configured limit of named semaphores."""
        return Semaphores(ObjectTable(Api.POSIX, PosixClass.SEMAPHORES, configuration["maximum_posix_semaphores"]))

    def find(self, address: int) -> tuple[int, Named] | None:
        """Return (id, record) of the named semaphore whose sem_t is at ``address``."""
        return next((item for item in self.named.items() if item[1].address == address), None)

    def forget(self, address: int) -> None:
        """Drop the wait queue of the sem_t at ``address`` once it is empty."""
        if not self.waiters.get(address):
            self.waiters.pop(address, None)


def is_semaphore(kernel: Kernel, address: int) -> bool:
    """Whether the caller finds an initialised sem_t at ``address``."""
    if not address:
        return False
    word, sealed = kernel.memory.load_object(address), seal(address, SEMAPHORE_MAGIC)
    if word == layouts.INITIALIZER_SEMAPHORE:
        kernel.memory.store_object(address, sealed)
        return True
    return word == sealed


@trap("sem_init")
def sem_init(kernel: Kernel, semaphore: int, shared: int, value: int) -> int:
    """sem_init()."""
    if not semaphore or value > SEM_VALUE_MAX:
        return -EINVAL
    if semaphore in kernel.part(Semaphores).waiters:
        return -EBUSY
    kernel.memory.store_object(semaphore, seal(semaphore, SEMAPHORE_MAGIC), value)
    kernel.part(Semaphores).uses.at(semaphore).create(use_now(kernel), f"with a count of {value:,}")
    return 0


@trap("sem_destroy")
def sem_destroy(kernel: Kernel, semaphore: int) -> int:
    """sem_destroy(): not for a named one, nor while somebody waits."""
    if not is_semaphore(kernel, semaphore) or kernel.part(Semaphores).find(semaphore):
        return -EINVAL
    if semaphore in kernel.part(Semaphores).waiters:
        return -EBUSY
    unseal(kernel, semaphore)
    return 0


@trap("sem_wait")
def sem_wait(kernel: Kernel, semaphore: int) -> int | None:
    """sem_wait()."""
    return wait(kernel, semaphore)


@trap("sem_timedwait")
def sem_timedwait(kernel: Kernel, semaphore: int, deadline: int) -> int | None:
    """sem_timedwait(): the time is looked at only when the caller has to wait."""
    return wait(kernel, semaphore, timespec=deadline)


@trap("sem_clockwait")
def sem_clockwait(kernel: Kernel, semaphore: int, clock: int, deadline: int) -> int | None:
    """sem_clockwait(): sem_timedwait() on a clock of choice."""
    if clock not in (CLOCK_REALTIME, CLOCK_MONOTONIC):
        return -EINVAL
    return wait(kernel, semaphore, deadline, Base.UPTIME if clock == CLOCK_MONOTONIC else Base.REALTIME)


@trap("sem_trywait")
def sem_trywait(kernel: Kernel, semaphore: int) -> int:
    """sem_trywait()."""
    if not is_semaphore(kernel, semaphore):
        return -EINVAL
    return 0 if _decrement(kernel, semaphore) else -EAGAIN


def _decrement(kernel: Kernel, semaphore: int) -> bool:
    count = kernel.memory.load_object(semaphore + COUNT)
    if count:
        kernel.memory.store_object(semaphore + COUNT, count - 1)
        kernel.part(Semaphores).uses.at(semaphore).take(use_now(kernel))
    return count > 0


def wait(kernel: Kernel, semaphore: int, timespec: int | None = None, base: Base = Base.REALTIME) -> int | None:
    """Take one, or wait for it; ``timespec`` None waits for ever."""
    if not is_semaphore(kernel, semaphore):
        return -EINVAL
    if _decrement(kernel, semaphore):
        return 0
    deadline = None
    if timespec is not None:
        found = deadline_at(kernel, timespec, base)
        if isinstance(found, int):
            return -found
        deadline = found
    queue = kernel.part(Semaphores).waiters.setdefault(semaphore, WaitQueue(by_priority=True))
    name = kernel.port.image.symbols.describe(semaphore)
    return kernel.block(
        lambda: f"semaphore {name}",
        queue,
        deadline=deadline,
        timed_out=-ETIMEDOUT,
        cleanup=lambda: kernel.part(Semaphores).forget(semaphore),
        uses=kernel.part(Semaphores).uses.at(semaphore),
    )


@trap("sem_post")
def sem_post(kernel: Kernel, semaphore: int) -> int:
    """sem_post(): the first waiter gets it at once, else the count grows."""
    if not is_semaphore(kernel, semaphore):
        return -EINVAL
    queue = kernel.part(Semaphores).waiters.get(semaphore)
    first = queue.first() if queue is not None else None
    uses = kernel.part(Semaphores).uses.at(semaphore)
    if first is not None:
        kernel.wake(first, 0, kernel.executing)
        uses.hand_over(use_now(kernel), first)
        return 0
    count = kernel.memory.load_object(semaphore + COUNT)
    if count >= SEM_VALUE_MAX:
        return -EOVERFLOW
    kernel.memory.store_object(semaphore + COUNT, count + 1)
    uses.give(use_now(kernel))
    return 0


@trap("sem_getvalue")
def sem_getvalue(kernel: Kernel, semaphore: int, value: int) -> int:
    """sem_getvalue()."""
    if not is_semaphore(kernel, semaphore):
        return -EINVAL
    kernel.memory.store_word(value, kernel.memory.load_object(semaphore + COUNT))
    return 0


# -- named semaphores --------------------------------------------------------------------------------------------


def check_name(name: str | None) -> int:
    """Return 0, or the error number for a name that no POSIX object can have."""
    if name is None:
        return EINVAL
    return ENAMETOOLONG if len(name) > NAME_MAX else 0


def _by_name(kernel: Kernel, name: str) -> tuple[int, Named] | None:
    items = kernel.part(Semaphores).named.items()
    return next((item for item in items if item[1].linked and item[1].name == name), None)


@trap("sem_open")
def sem_open(kernel: Kernel, semaphore: int, name: str | None, flags: int, mode: int, value: int) -> int:
    """sem_open(): stores the address of the sem_t at ``semaphore``."""
    error = check_name(name)
    if error or name is None:
        return -error
    found = _by_name(kernel, name)
    if found is not None:
        if flags & O_CREAT and flags & O_EXCL:
            return -EEXIST
        kernel.memory.store_word(semaphore, found[1].address)
        found[1].opened += 1
        return 0
    return _create(kernel, semaphore, name, value) if flags & O_CREAT else -ENOENT


def _create(kernel: Kernel, semaphore: int, name: str, value: int) -> int:
    if value > SEM_VALUE_MAX:
        return -EINVAL
    table = kernel.part(Semaphores).named
    if table.next_id() is None:
        return -ENOSPC
    address = kernel.allocate_memory(8)
    if address is None:
        return -ENOMEM
    try:
        kernel.memory.store_word(semaphore, address)
    except AccessRefused:
        kernel.free_memory(address)
        raise
    words = (seal(address, SEMAPHORE_MAGIC), value)
    kernel.port.memory.poke(address, b"".join(word.to_bytes(4, "little") for word in words))
    table.insert(Named(name, address))
    return 0


@trap("sem_close")
def sem_close(kernel: Kernel, semaphore: int) -> int:
    """sem_close(); the last user cannot leave while threads wait."""
    found = kernel.part(Semaphores).find(semaphore) if is_semaphore(kernel, semaphore) else None
    if found is None or not found[1].opened:
        return -EINVAL
    if found[1].opened == 1 and kernel.part(Semaphores).waiters.get(semaphore):
        return -EBUSY
    found[1].opened -= 1
    _drop(kernel, *found)
    return 0


@trap("sem_unlink")
def sem_unlink(kernel: Kernel, name: str | None) -> int:
    """sem_unlink()."""
    error = check_name(name)
    if error or name is None:
        return -error
    found = _by_name(kernel, name)
    if found is None:
        return -ENOENT
    found[1].linked = False
    _drop(kernel, *found)
    return 0


def _drop(kernel: Kernel, identifier: int, record: Named) -> None:
    """Delete a named semaphore that has no name and no user left."""
    if record.linked or record.opened:
        return
    queue = kernel.part(Semaphores).waiters.get(record.address)
    if queue is not None:
        kernel.wake_all(queue, -EINVAL)
    kernel.port.memory.poke(record.address, bytes(8))
    kernel.free_memory(record.address)
    kernel.part(Semaphores).named.remove(identifier)
