"""What the directives of every Classic class share: creating, finding by id and by name, deleting."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING, TypeVar
from rtems_shim.abi import constants
from rtems_shim.abi.status import Status
from rtems_shim.classic.naming import find_by_name, identify
from rtems_shim.classic.objects import ClassicObjects, Named
from rtems_shim.core.objects import ClassicClass

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

ObjectT = TypeVar("ObjectT", bound=Named)

NODES = (constants.SEARCH_ALL_NODES, constants.THIS_NODE, constants.SEARCH_LOCAL_NODE)


def refuse(kernel: Kernel, number: ClassicClass, name: int, id: int) -> Status | None:
    """Return why an object of this class cannot be created now, None when it can."""
    if not name:
        return Status.INVALID_NAME
    if not id:
        return Status.INVALID_ADDRESS
    if kernel.from_interrupt:
        return Status.CALLED_FROM_ISR
    return None if kernel.part(ClassicObjects).tables[number].next_id() is not None else Status.TOO_MANY


def add(kernel: Kernel, number: ClassicClass, item: Named, id: int) -> Status:
    """Enter ``item``, for which there is room, and store its id at ``id``; a refused store leaves no object."""
    table = kernel.part(ClassicObjects).tables[number]
    next_id = table.next_id()
    assert next_id is not None
    kernel.memory.store_word(id, next_id)
    table.insert(item)
    return Status.SUCCESSFUL


def get(kernel: Kernel, number: ClassicClass, identifier: int, kind: type[ObjectT]) -> ObjectT | None:
    """Return the object of this class with this id, or None."""
    found = kernel.part(ClassicObjects).tables[number].get(identifier)
    return found if isinstance(found, kind) else None


def remove(kernel: Kernel, number: ClassicClass, identifier: int) -> Status:
    """Delete the object; it must exist."""
    kernel.part(ClassicObjects).tables[number].remove(identifier)
    return Status.SUCCESSFUL


def ident(kernel: Kernel, number: ClassicClass, name: int, id: int, node: int = constants.THIS_NODE) -> int:
    """Serve rtems_*_ident() of this class: the first object of that name."""
    if not id:
        return Status.INVALID_ADDRESS
    if not name:
        return Status.INVALID_NAME
    if node not in NODES:
        return Status.INVALID_NAME
    items = kernel.part(ClassicObjects).tables[number].items()
    return identify(kernel, find_by_name(((identifier, item.name) for identifier, item in items), name), id)
