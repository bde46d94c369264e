"""Classic barriers, released by a directive or automatically by the last one to come."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass, field
from rtems_shim.abi import constants
from rtems_shim.abi.status import Status
from rtems_shim.classic import directives
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import ClassicClass, name_text
from rtems_shim.core.uses import Uses, use_now
from rtems_shim.core.waitqueue import WaitQueue

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

BARRIERS = ClassicClass.BARRIERS


@dataclass(slots=True)
class Barrier:
    """A barrier. ``maximum`` is how many waiters release it, 0 for a barrier that only a directive releases."""

    name: int
    maximum: int
    queue: WaitQueue = field(default_factory=WaitQueue)
    uses: Uses = field(default_factory=Uses)


@trap("rtems_barrier_create")
def rtems_barrier_create(kernel: Kernel, name: int, attributes: int, maximum: int, id: int) -> int:
    """rtems_barrier_create()."""
    refused = directives.refuse(kernel, BARRIERS, name, id)
    if refused in (Status.INVALID_NAME, Status.INVALID_ADDRESS):
        return refused
    automatic = bool(attributes & constants.BARRIER_AUTOMATIC_RELEASE)
    if automatic and not maximum:
        return Status.INVALID_NUMBER
    if refused is not None:
        return refused
    barrier = Barrier(name, maximum if automatic else 0)
    barrier.uses.create(use_now(kernel), f"for {maximum:,} threads" if automatic else "to be released by a call")
    return directives.add(kernel, BARRIERS, barrier, id)


@trap("rtems_barrier_delete")
def rtems_barrier_delete(kernel: Kernel, id: int) -> int:
    """rtems_barrier_delete()."""
    barrier = directives.get(kernel, BARRIERS, id, Barrier)
    if barrier is None:
        return Status.INVALID_ID
    kernel.wake_all(barrier.queue, Status.OBJECT_WAS_DELETED)
    return directives.remove(kernel, BARRIERS, id)


@trap("rtems_barrier_ident")
def rtems_barrier_ident(kernel: Kernel, name: int, id: int) -> int:
    """rtems_barrier_ident()."""
    return directives.ident(kernel, BARRIERS, name, id)


@trap("rtems_barrier_wait")
def rtems_barrier_wait(kernel: Kernel, id: int, timeout: int) -> int | None:
    """rtems_barrier_wait()."""
    barrier = directives.get(kernel, BARRIERS, id, Barrier)
    if barrier is None:
        return Status.INVALID_ID
    if barrier.maximum and len(barrier.queue) + 1 >= barrier.maximum:
        kernel.wake_all(barrier.queue, Status.SUCCESSFUL)
        return Status.SUCCESSFUL
    return kernel.block(
        lambda: _waited_for(barrier),
        barrier.queue,
        deadline=kernel.time.in_ticks(timeout) if timeout else None,
        timed_out=Status.TIMEOUT,
        uses=barrier.uses,
    )


def _waited_for(barrier: Barrier) -> str:
    there = f" ({len(barrier.queue)} of {barrier.maximum} are there)" if barrier.maximum else ""
    return f"barrier {name_text(barrier.name)}{there}"


@trap("rtems_barrier_release")
def rtems_barrier_release(kernel: Kernel, id: int, released: int) -> int:
    """rtems_barrier_release()."""
    if not released:
        return Status.INVALID_ADDRESS
    barrier = directives.get(kernel, BARRIERS, id, Barrier)
    if barrier is None:
        return Status.INVALID_ID
    kernel.memory.store_word(released, len(barrier.queue))
    (barrier.uses.give if barrier.queue else barrier.uses.lose)(use_now(kernel))
    kernel.wake_all(barrier.queue, Status.SUCCESSFUL)
    return Status.SUCCESSFUL


@trap("rtems_barrier_get_number_waiting")
def rtems_barrier_get_number_waiting(kernel: Kernel, id: int, count: int) -> int:
    """rtems_barrier_get_number_waiting()."""
    if not count:
        return Status.INVALID_ADDRESS
    barrier = directives.get(kernel, BARRIERS, id, Barrier)
    if barrier is None:
        return Status.INVALID_ID
    kernel.memory.store_word(count, len(barrier.queue))
    return Status.SUCCESSFUL
