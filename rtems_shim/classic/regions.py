"""Classic regions: segments of any size from memory that the program gives.

The bookkeeping is the host's. Sizes are RTEMS's: a segment takes whole pages and a pointer of overhead, the region's
ends take some more. Who returns a segment serves the waiters and writes each one's pointer: an access of the returner.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.bits import align_down, align_up
from emulator.records import dataclass, field
from rtems_shim.abi import constants, layouts
from rtems_shim.abi.status import Status
from rtems_shim.classic import directives
from rtems_shim.classic.objects import ClassicObjects
from rtems_shim.core.access import AccessRefused
from rtems_shim.core.arena import Arena
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import ClassicClass, name_text
from rtems_shim.core.wait_results import give
from rtems_shim.core.waitqueue import WaitQueue

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

REGIONS = ClassicClass.REGIONS
ALIGNMENT = 8
BLOCK_HEADER = 8
"""RTEMS's heap keeps two words before each segment."""
BONUS = 4
"""The first of the two words of the next block is the segment's while it is in use."""
END_OVERHEAD = 8
"""What the heap keeps at the end of an area."""
MINIMUM_AREA = 64
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
    """A region. ``segments`` maps the address of each segment in use to its size; ``areas`` its memory."""

    name: int
    page: int
    queue: WaitQueue
    areas: list[Arena]
    segments: dict[int, int] = field(default_factory=dict)

    def block_size(self, size: int) -> int:
        """Return what a segment of ``size`` bytes takes: whole pages, the header included."""
        return align_up(size + BLOCK_HEADER - BONUS, self.page)

    @property
    def maximum(self) -> int:
        """The largest segment that could ever be had."""
        return max(area.size for area in self.areas) - BLOCK_HEADER + BONUS

    def take(self, size: int) -> int | None:
        """Return the address of a new segment, None when there is no room now."""
        block = self.block_size(size)
        for area in self.areas:
            address = area.allocate(block, ALIGNMENT)
            if address is not None:
                segment = address + BLOCK_HEADER
                self.segments[segment] = block - BLOCK_HEADER + BONUS
                return segment
        return None

    def give_back(self, segment: int) -> None:
        """Free a segment that is in use."""
        del self.segments[segment]
        address = segment - BLOCK_HEADER
        area = next(area for area in self.areas if area.base <= address < area.base + area.size)
        area.free(address)


def usable_area(start: int, length: int, page: int) -> Arena | None:
    """Return the memory of [start, start + length) that segments can have, None when that is too little."""
    base = align_up(start, ALIGNMENT)
    size = align_down(max(0, start + length - END_OVERHEAD - base), page)
    return Arena(base, size) if size >= max(page, MINIMUM_AREA) and start + length <= 1 << 32 else None


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
    page = align_up(max(page, 1), ALIGNMENT)
    area = usable_area(start, length, page)
    if area is None:
        return Status.INVALID_SIZE
    queue = WaitQueue(by_priority=bool(attributes & constants.PRIORITY))
    return directives.add(kernel, REGIONS, Region(name, page, queue, [area]), id)


def find(kernel: Kernel, identifier: int) -> Region | None:
    """Return the region with this id, or None."""
    return directives.get(kernel, REGIONS, identifier, Region)


@trap("rtems_region_delete")
def rtems_region_delete(kernel: Kernel, id: int) -> int:
    """rtems_region_delete()."""
    region = find(kernel, id)
    if region is None:
        return Status.INVALID_ID
    if region.segments:
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
    if any(start < area.base + area.size and area.base < start + length for area in region.areas):
        return Status.INVALID_ADDRESS
    area = usable_area(start, length, region.page)
    if area is None or len(region.areas) >= AREA_LIMIT:
        return Status.INVALID_ADDRESS
    region.areas.append(area)
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
    address = region.take(size) if _segments(kernel) < SEGMENT_LIMIT else None
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
    return sum(len(region.segments) for region in regions if isinstance(region, Region))


@trap("rtems_region_return_segment")
def rtems_region_return_segment(kernel: Kernel, id: int, segment: int) -> int:
    """rtems_region_return_segment(): then the waiters are served in their order, as long as there is room."""
    region = find(kernel, id)
    if region is None:
        return Status.INVALID_ID
    if segment not in region.segments:
        return Status.INVALID_ADDRESS
    region.give_back(segment)
    _serve_waiters(kernel, region)
    return Status.SUCCESSFUL


def _serve_waiters(kernel: Kernel, region: Region) -> None:
    for thread in region.queue:
        assert thread.wait is not None
        wanted: SegmentWait = thread.wait.data
        address = region.take(wanted.size)
        if address is None:
            return
        try:
            give(kernel, thread, wanted.segment, address.to_bytes(4, "little"))
        except AccessRefused:
            region.give_back(address)
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
    if segment not in region.segments:
        return Status.INVALID_ADDRESS
    kernel.memory.store_word(size, region.segments[segment])
    return Status.SUCCESSFUL


@trap("rtems_region_resize_segment")
def rtems_region_resize_segment(kernel: Kernel, id: int, segment: int, size: int, old: int) -> int:
    """rtems_region_resize_segment(): in place, or not at all."""
    if not old:
        return Status.INVALID_ADDRESS
    region = find(kernel, id)
    if region is None:
        return Status.INVALID_ID
    if segment not in region.segments:
        return Status.INVALID_ADDRESS
    kernel.memory.store_word(old, region.segments[segment])
    block = region.block_size(size)
    area = next(area for area in region.areas if area.base <= segment < area.base + area.size)
    if not area.resize(segment - BLOCK_HEADER, block):
        return Status.UNSATISFIED
    grew = block - BLOCK_HEADER + BONUS > region.segments[segment]
    region.segments[segment] = block - BLOCK_HEADER + BONUS
    if not grew:
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
    free = [size for area in region.areas for size in area.gaps()]
    used = [size + BLOCK_HEADER - BONUS for size in region.segments.values()]
    values = {"free_number": len(free), "free_largest": max(free, default=0), "free_total": sum(free)}
    if everything:
        values |= {"used_number": len(used), "used_largest": max(used, default=0), "used_total": sum(used)}
        size = sum(area.size for area in region.areas)
        values |= {"size": size, "free_size": sum(free), "free_blocks": len(free), "used_blocks": len(used)}
    kernel.memory.store(information, layouts.HEAP_INFORMATION.pack(**values))
    return Status.SUCCESSFUL
