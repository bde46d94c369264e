"""32-bit object names: rtems_*_ident(), and the calls that name any object or tell its name."""

from __future__ import annotations

from collections.abc import Iterable

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi.status import Status
from rtems_shim.classic.objects import ClassicObjects
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import name_string

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel


def find_by_name(named: Iterable[tuple[int, int]], name: int) -> int | None:
    """Return the first id in (id, name) pairs that has this name."""
    return next((identifier for identifier, other in named if other == name), None)


def identify(kernel: Kernel, found: int | None, id: int) -> int:
    """End a rtems_*_ident(): store the id that was found."""
    if found is None:
        return Status.INVALID_NAME
    kernel.memory.store_word(id, found)
    return Status.SUCCESSFUL


def build_name(text: str) -> int:
    """Return rtems_build_name() of the first four characters, blanks where there are fewer."""
    return int.from_bytes(text[:4].encode("latin-1").ljust(4), "big")


@trap("rtems_object_set_name")
def rtems_object_set_name(kernel: Kernel, id: int, name: str | None) -> int:
    """rtems_object_set_name(): threads of both APIs and Classic objects; four characters count."""
    if name is None:
        return Status.INVALID_ADDRESS
    thread = kernel.find_thread(id)
    if thread is not None:
        kernel.threads.set_name(thread, build_name(name))
        return Status.SUCCESSFUL
    item = kernel.part(ClassicObjects).find(id)
    if item is None:
        return Status.INVALID_ID
    item.name = build_name(name)
    return Status.SUCCESSFUL


def name_of(kernel: Kernel, id: int) -> int | None:
    """Return the 32-bit name of a thread or a Classic object, None when there is no such object."""
    idle = kernel.threads.idle
    thread = idle if idle is not None and id == idle.id else kernel.find_thread(id)
    if thread is not None:
        return thread.classic_name
    item = kernel.part(ClassicObjects).find(id)
    return None if item is None else item.name


@trap("rtems_object_get_name")
def rtems_object_get_name(kernel: Kernel, id: int, size: int, name: int) -> int:
    """rtems_object_get_name(): ``name``, or NULL when there is no such object or no room."""
    found = name_of(kernel, id)
    if not size or not name or found is None:
        return 0
    kernel.memory.store(name, name_string(found)[: size - 1] + b"\0")
    return name


@trap("rtems_object_get_classic_name")
def rtems_object_get_classic_name(kernel: Kernel, id: int, name: int) -> int:
    """rtems_object_get_classic_name()."""
    if not name:
        return Status.INVALID_ADDRESS
    found = name_of(kernel, id)
    if found is None:
        return Status.INVALID_ID
    kernel.memory.store_word(name, found)
    return Status.SUCCESSFUL
