"""What the RTEMS inside an image has left for files: descriptors and shared memory objects. No state.

RTEMS keeps a table of descriptors whose entries begin with their flags, and a table of pointers to the shared memory
objects that there are.
"""

from __future__ import annotations

from emulator.bits import WORD_MASK
from emulator.kernels.guest_data import GuestData

MOST = 1024
"""Entries of either table that are looked at."""
_FREE = 1
"""LIBIO_FLAGS_FREE."""
_INDEX = 0xFFFF


def descriptor_limit(data: GuestData) -> int:
    """Return how many descriptors the image is configured for, 0 where that is not known."""
    return min(data.variable("rtems_libio_number_iops"), WORD_MASK >> 1)


def free_descriptors(data: GuestData) -> int:
    """Return how many of them are free, 0 where that is not known; at most MOST."""
    table, count = data.symbol("rtems_libio_iops"), min(descriptor_limit(data), MOST)
    if table is None or not count:
        return 0
    stride = table.size // count
    return sum(data.word_or(table.address + stride * index, 0) & _FREE for index in range(count))


def free_objects(data: GuestData) -> int:
    """Return how many more shared memory objects there may be, 0 where that is not known; at most MOST."""
    name, layout = "_POSIX_Shm_Information", "Objects_Information"
    table = data.address(name)
    members = data.layouts("_Thread_Do_dispatch", layout).get(layout)
    if table is None or members is None or not {"maximum_id", "local_table"} <= members.members.keys():
        return 0
    at = {path: member.offset for path, member in members.members.items()}
    most = min(data.word_or(table + at["maximum_id"], 0) & _INDEX, MOST)
    places = data.word_or(table + at["local_table"], 0)
    return sum(not data.word_or(places + 4 * index, 0) for index in range(most)) if places else most
