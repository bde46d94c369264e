"""Thread-specific data: keys, their values per thread, and the destructors that a thread's end owes.

The values of a thread live in its PosixState; a value of NULL is no value. State: the key table.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EAGAIN, EINVAL, ENOMEM
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import HARD_LIMIT, UNLIMITED, Api, ObjectTable, PosixClass

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import PosixState


@dataclass(frozen=True, slots=True)
class Key:
    """A key; ``destructor`` is the address of its function or 0."""

    destructor: int


class Keys:
    """The keys, and how many (thread, key) pairs may have a value at once."""

    def __init__(self, configuration: dict[str, int]) -> None:
        self.table: ObjectTable[Key] = ObjectTable(Api.POSIX, PosixClass.KEYS, configuration["maximum_posix_keys"])
        pairs = configuration["maximum_posix_key_pairs"]
        self.pair_limit = HARD_LIMIT if pairs & UNLIMITED else min(pairs, HARD_LIMIT)


@trap("pthread_key_create")
def pthread_key_create(kernel: Kernel, key: int, destructor: int) -> int:
    """pthread_key_create()."""
    table = kernel.part(Keys).table
    identifier = table.next_id()
    if identifier is None:
        return EAGAIN
    kernel.memory.store_word(key, identifier)
    table.insert(Key(destructor))
    return 0


@trap("pthread_key_delete")
def pthread_key_delete(kernel: Kernel, key: int) -> int:
    """pthread_key_delete(): every thread's value goes, no destructor runs."""
    if kernel.part(Keys).table.get(key) is None:
        return EINVAL
    kernel.part(Keys).table.remove(key)
    for thread in kernel.threads.all():
        _forget(thread.posix, key)
    return 0


@trap("pthread_setspecific")
def pthread_setspecific(kernel: Kernel, key: int, value: int) -> int:
    """pthread_setspecific()."""
    if kernel.part(Keys).table.get(key) is None:
        return EINVAL
    state = kernel.executing.posix
    if not value:
        _forget(state, key)
        return 0
    if key not in state.specific:
        if _pairs(kernel) >= kernel.part(Keys).pair_limit:
            return ENOMEM
        state.specific_order.insert(key)
    state.specific[key] = value
    return 0


def _forget(state: PosixState, key: int) -> None:
    if state.specific.pop(key, None) is not None:
        state.specific_order.remove(key)


def _pairs(kernel: Kernel) -> int:
    return sum(len(thread.posix.specific) for thread in kernel.threads.all())


@trap("pthread_getspecific")
def pthread_getspecific(kernel: Kernel, key: int) -> int:
    """pthread_getspecific(): NULL for a key that does not exist."""
    return kernel.executing.posix.specific.get(key, 0)


@trap("key_destructor_next")
def key_destructor_next(kernel: Kernel, call: int) -> int:
    """Store the next destructor an ending thread owes; 0 when there is none.

    The value is taken away first, as POSIX demands; a destructor that sets it again is called again. Which is next
    POSIX leaves open: as on RTEMS the one at the root of the tree that the thread's keys are in.
    """
    state = kernel.executing.posix
    while (key := state.specific_order.root) is not None:
        value = state.specific[key]
        found = kernel.part(Keys).table.get(key)
        if found is not None and found.destructor:
            kernel.memory.store(call, layouts.DESTRUCTOR_CALL.pack(routine=found.destructor, value=value))
            _forget(state, key)
            return 1
        _forget(state, key)
    return 0
