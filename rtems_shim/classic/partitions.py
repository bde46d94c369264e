"""Classic partitions: buffers of one size. The host knows which are free; the memory itself is not touched."""

from __future__ import annotations

from collections import deque

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass, field
from rtems_shim.abi.status import Status
from rtems_shim.classic import directives
from rtems_shim.classic.objects import ClassicObjects
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import ClassicClass

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

PARTITIONS = ClassicClass.PARTITIONS
POINTER_SIZE = 4
MINIMUM_BUFFER = 8
"""RTEMS chains free buffers through two pointers in them."""
BUFFER_LIMIT = 65536
"""Buffers of all partitions together: the host remembers which are in use."""


@dataclass(slots=True)
class Partition:
    """``count`` buffers from ``start``; those never handed out yet begin at number ``unused``."""

    name: int
    start: int
    buffer_size: int
    count: int
    unused: int = 0
    returned: deque[int] = field(default_factory=deque)
    in_use: set[int] = field(default_factory=set)

    def next_free(self) -> int | None:
        """Return the address of the next buffer to hand out: one never used, else the one that was returned first."""
        if self.unused < self.count:
            return self.start + self.unused * self.buffer_size
        return self.returned[0] if self.returned else None

    def take(self) -> None:
        """Hand out the buffer that ``next_free`` returns."""
        address = self.next_free()
        assert address is not None
        if self.unused < self.count:
            self.unused += 1
        else:
            self.returned.popleft()
        self.in_use.add(address)

    def give_back(self, address: int) -> bool:
        """Take a buffer back; False when ``address`` is not one that is in use."""
        if address not in self.in_use:
            return False
        self.in_use.remove(address)
        self.returned.append(address)
        return True


@trap("rtems_partition_create")
def rtems_partition_create(
    kernel: Kernel, name: int, start: int, length: int, buffer_size: int, attributes: int, id: int
) -> int:
    """rtems_partition_create()."""
    refused = directives.refuse(kernel, PARTITIONS, name, id)
    if refused is Status.INVALID_NAME:
        return refused
    if not start or not id:
        return Status.INVALID_ADDRESS
    if not length or not buffer_size or length < buffer_size:
        return Status.INVALID_SIZE
    if buffer_size % POINTER_SIZE or buffer_size < MINIMUM_BUFFER:
        return Status.INVALID_SIZE
    if start % POINTER_SIZE:
        return Status.INVALID_ADDRESS
    count = length // buffer_size
    if refused is not None:
        return refused
    if count + _buffers(kernel) > BUFFER_LIMIT:
        return Status.TOO_MANY
    return directives.add(kernel, PARTITIONS, Partition(name, start, buffer_size, count), id)


def _buffers(kernel: Kernel) -> int:
    partitions = (item for _, item in kernel.part(ClassicObjects).tables[PARTITIONS].items())
    return sum(partition.count for partition in partitions if isinstance(partition, Partition))


@trap("rtems_partition_delete")
def rtems_partition_delete(kernel: Kernel, id: int) -> int:
    """rtems_partition_delete()."""
    partition = directives.get(kernel, PARTITIONS, id, Partition)
    if partition is None:
        return Status.INVALID_ID
    if partition.in_use:
        return Status.RESOURCE_IN_USE
    return directives.remove(kernel, PARTITIONS, id)


@trap("rtems_partition_ident")
def rtems_partition_ident(kernel: Kernel, name: int, node: int, id: int) -> int:
    """rtems_partition_ident()."""
    return directives.ident(kernel, PARTITIONS, name, id, node)


@trap("rtems_partition_get_buffer")
def rtems_partition_get_buffer(kernel: Kernel, id: int, buffer: int) -> int:
    """rtems_partition_get_buffer()."""
    if not buffer:
        return Status.INVALID_ADDRESS
    partition = directives.get(kernel, PARTITIONS, id, Partition)
    if partition is None:
        return Status.INVALID_ID
    address = partition.next_free()
    if address is None:
        return Status.UNSATISFIED
    kernel.memory.store_word(buffer, address)
    partition.take()
    return Status.SUCCESSFUL


@trap("rtems_partition_return_buffer")
def rtems_partition_return_buffer(kernel: Kernel, id: int, buffer: int) -> int:
    """rtems_partition_return_buffer(): a buffer that is not in use is an invalid address."""
    partition = directives.get(kernel, PARTITIONS, id, Partition)
    if partition is None:
        return Status.INVALID_ID
    return Status.SUCCESSFUL if partition.give_back(buffer) else Status.INVALID_ADDRESS
