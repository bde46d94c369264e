"""Classic regions: segments of any size from memory that the program gives.

The bookkeeping is the host's, addresses and sizes are RTEMS's (segment_heap.py). Who returns a segment serves the
waiters and writes each one's pointer: an access of the returner.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass
from rtems_shim.abi import constants, layouts
from rtems_shim.abi.status import Status
from rtems_shim.classic import directives
from rtems_shim.classic.objects import ClassicObjects
from rtems_shim.classic.segment_heap import HEADER, SegmentHeap
from rtems_shim.core.access import AccessRefused
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import ClassicClass, name_text
from rtems_shim.core.wait_results import give
from rtems_shim.core.waitqueue import WaitQueue

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

REGIONS = ClassicClass.REGIONS
AREA_LIMIT = 16
"""Areas of one region: rtems_region_extend() beyond that is refused."""
SEGMENT_LIMIT = 16384
"""Segments in use of all regions together: the host remembers each."""


@dataclass(frozen=True, slots=True)
class SegmentWait:
    """What a blocked task wants and where its pointer goes."""

    size: int
    segment: int


@dataclass(slots=True)
class Region:
    """A region. ``maximum`` is the largest segment that it is asked for without INVALID_SIZE."""

    name: int
    queue: WaitQueue
    heap: SegmentHeap
    maximum: int

    def block_of(self, segment: int) -> int | None:
        """Return the block in use of ``segment``, None when there is none."""
        return self.heap.block_of(segment)


@trap("rtems_region_create")
def rtems_region_create(kernel: Kernel, name: int, start: int, length: int, page: int, attributes: int, id: int) -> int:
    """rtems_region_create()."""
    refused = directives.refuse(kernel, REGIONS, name, id)
    if refused is Status.INVALID_NAME:
        return refused
    if not start or not id:
        return Status.INVALID_ADDRESS
    if refused is not None:
        return refused
    heap = SegmentHeap(page)
    size = heap.add(start, length)
    if not size:
        return Status.INVALID_SIZE
    queue = WaitQueue(by_priority=bool(attributes & constants.PRIORITY))
    return directives.add(kernel, REGIONS, Region(name, queue, heap, size), id)


def find(kernel: Kernel, identifier: int) -> Region | None:
    """Return the region with this id, or None."""
    return directives.get(kernel, REGIONS, identifier, Region)


@trap("rtems_region_delete")
def rtems_region_delete(kernel: Kernel, id: int) -> int:
    """rtems_region_delete()."""
    region = find(kernel, id)
    if region is None:
        return Status.INVALID_ID
    if region.heap.is_used:
        return Status.RESOURCE_IN_USE
    return directives.remove(kernel, REGIONS, id)


@trap("rtems_region_ident")
def rtems_region_ident(kernel: Kernel, name: int, id: int) -> int:
    """rtems_region_ident()."""
    return directives.ident(kernel, REGIONS, name, id)


@trap("rtems_region_extend")
def rtems_region_extend(kernel: Kernel, id: int, start: int, length: int) -> int:
    """rtems_region_extend(): more memory, apart from what the region has."""
    if not start:
        return Status.INVALID_ADDRESS
    region = find(kernel, id)
    if region is None:
        return Status.INVALID_ID
    size = region.heap.add(start, length) if len(region.heap.areas) < AREA_LIMIT else 0
    if not size:
        return Status.INVALID_ADDRESS
    region.maximum += size
    return Status.SUCCESSFUL


@trap("rtems_region_get_segment")
def rtems_region_get_segment(
    kernel: Kernel, id: int, size: int, options: int, timeout: int, segment: int
) -> int | None:
    """rtems_region_get_segment(): the pointer is NULL from the first on, as in RTEMS, until there is a segment."""
    if not segment:
        return Status.INVALID_ADDRESS
    kernel.memory.store_word(segment, 0)
    if not size:
        return Status.INVALID_SIZE
    region = find(kernel, id)
    if region is None:
        return Status.INVALID_ID
    if size > region.maximum:
        return Status.INVALID_SIZE
    address = region.heap.allocate(size) if _segments(kernel) < SEGMENT_LIMIT else None
    if address is not None:
        kernel.memory.store_word(segment, address)
        return Status.SUCCESSFUL
    if options & constants.NO_WAIT:
        return Status.UNSATISFIED
    return kernel.block(
        lambda: f"{size} bytes of region {name_text(region.name)}",
        region.queue,
        data=SegmentWait(size, segment),
        deadline=kernel.time.in_ticks(timeout) if timeout else None,
        timed_out=Status.TIMEOUT,
    )


def _segments(kernel: Kernel) -> int:
    regions = (item for _, item in kernel.part(ClassicObjects).tables[REGIONS].items())
    return sum(len(region.heap.used_sizes()) for region in regions if isinstance(region, Region))


@trap("rtems_region_return_segment")
def rtems_region_return_segment(kernel: Kernel, id: int, segment: int) -> int:
    """rtems_region_return_segment(): then the waiters are served in their order, as long as there is room.

    NULL is no segment, and nothing to return: RTEMS takes it.
    """
    region = find(kernel, id)
    if region is None:
        return Status.INVALID_ID
    if segment:
        block = region.block_of(segment)
        if block is None:
            return Status.INVALID_ADDRESS
        region.heap.release(block)
    _serve_waiters(kernel, region)
    return Status.SUCCESSFUL


def _serve_waiters(kernel: Kernel, region: Region) -> None:
    for thread in region.queue:
        assert thread.wait is not None
        wanted: SegmentWait = thread.wait.data
        address = region.heap.allocate(wanted.size)
        if address is None:
            return
        try:
            give(kernel, thread, wanted.segment, address.to_bytes(4, "little"))
        except AccessRefused:
            region.heap.release(address - HEADER)
            raise
        kernel.wake(thread, Status.SUCCESSFUL, kernel.executing)


@trap("rtems_region_get_segment_size")
def rtems_region_get_segment_size(kernel: Kernel, id: int, segment: int, size: int) -> int:
    """rtems_region_get_segment_size()."""
    if not segment or not size:
        return Status.INVALID_ADDRESS
    region = find(kernel, id)
    if region is None:
        return Status.INVALID_ID
    block = region.block_of(segment)
    if block is None:
        return Status.INVALID_ADDRESS
    kernel.memory.store_word(size, region.heap.segment_size(block))
    return Status.SUCCESSFUL


@trap("rtems_region_resize_segment")
def rtems_region_resize_segment(kernel: Kernel, id: int, segment: int, size: int, old: int) -> int:
    """rtems_region_resize_segment(): in place, or not at all."""
    if not old:
        return Status.INVALID_ADDRESS
    region = find(kernel, id)
    if region is None:
        return Status.INVALID_ID
    block = region.block_of(segment)
    kernel.memory.store_word(old, 0 if block is None else region.heap.segment_size(block))
    if block is None:
        return Status.INVALID_ADDRESS
    if not region.heap.resize(block, size):
        return Status.UNSATISFIED
    _serve_waiters(kernel, region)
    return Status.SUCCESSFUL


@trap("rtems_region_get_information")
def rtems_region_get_information(kernel: Kernel, id: int, information: int) -> int:
    """rtems_region_get_information()."""
    return _inform(kernel, id, information, everything=True)


@trap("rtems_region_get_free_information")
def rtems_region_get_free_information(kernel: Kernel, id: int, information: int) -> int:
    """rtems_region_get_free_information(): nothing is said of what is in use."""
    return _inform(kernel, id, information, everything=False)


def _inform(kernel: Kernel, id: int, information: int, everything: bool) -> int:
    if not information:
        return Status.INVALID_ADDRESS
    region = find(kernel, id)
    if region is None:
        return Status.INVALID_ID
    free, used = region.heap.free_sizes(), region.heap.used_sizes()
    values = {"free_number": len(free), "free_largest": max(free, default=0), "free_total": sum(free)}
    if everything:
        values |= {"used_number": len(used), "used_largest": max(used, default=0), "used_total": sum(used)}
        size = sum(area.last - area.first for area in region.heap.areas)
        values |= {"size": size, "free_size": sum(free), "free_blocks": len(free), "used_blocks": len(used)}
    kernel.memory.store(information, layouts.HEAP_INFORMATION.pack(**values))
    return Status.SUCCESSFUL
