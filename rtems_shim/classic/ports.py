"""Dual-ported memory: an area with an internal and an external address, and the way from one to the other."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.bits import WORD_MASK
from emulator.records import dataclass
from rtems_shim.abi.status import Status
from rtems_shim.classic import directives
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import ClassicClass

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

PORTS = ClassicClass.PORTS
ALIGNMENT = 8


@dataclass(slots=True)
class Port:
    """An area of ``length`` bytes with its two addresses."""

    name: int
    internal: int
    external: int
    length: int


@trap("rtems_port_create")
def rtems_port_create(kernel: Kernel, name: int, internal: int, external: int, length: int, id: int) -> int:
    """rtems_port_create()."""
    refused = directives.refuse(kernel, PORTS, name, id)
    if refused in (Status.INVALID_NAME, Status.INVALID_ADDRESS):
        return refused
    if internal % ALIGNMENT or external % ALIGNMENT:
        return Status.INVALID_ADDRESS
    return refused if refused is not None else directives.add(kernel, PORTS, Port(name, internal, external, length), id)


@trap("rtems_port_ident")
def rtems_port_ident(kernel: Kernel, name: int, id: int) -> int:
    """rtems_port_ident()."""
    return directives.ident(kernel, PORTS, name, id)


@trap("rtems_port_delete")
def rtems_port_delete(kernel: Kernel, id: int) -> int:
    """rtems_port_delete()."""
    if directives.get(kernel, PORTS, id, Port) is None:
        return Status.INVALID_ID
    return directives.remove(kernel, PORTS, id)


@trap("rtems_port_external_to_internal")
def rtems_port_external_to_internal(kernel: Kernel, id: int, external: int, internal: int) -> int:
    """rtems_port_external_to_internal(): an address outside of the area comes back as it is."""
    if not internal:
        return Status.INVALID_ADDRESS
    port = directives.get(kernel, PORTS, id, Port)
    if port is None:
        return Status.INVALID_ID
    kernel.memory.store_word(internal, translated(external, port.external, port.internal, port.length))
    return Status.SUCCESSFUL


@trap("rtems_port_internal_to_external")
def rtems_port_internal_to_external(kernel: Kernel, id: int, internal: int, external: int) -> int:
    """rtems_port_internal_to_external(): an address outside of the area comes back as it is."""
    if not external:
        return Status.INVALID_ADDRESS
    port = directives.get(kernel, PORTS, id, Port)
    if port is None:
        return Status.INVALID_ID
    kernel.memory.store_word(external, translated(internal, port.internal, port.external, port.length))
    return Status.SUCCESSFUL


def translated(address: int, here: int, there: int, length: int) -> int:
    """Return ``address`` of an area that begins ``here`` as one of the area that begins ``there``."""
    offset = address - here & WORD_MASK
    return address if offset > length else there + offset & WORD_MASK
