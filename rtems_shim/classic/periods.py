"""Rate monotonic periods: a task that calls back once a period, and learns when it is late."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass
from rtems_shim.abi.status import Status
from rtems_shim.classic import directives
from rtems_shim.core.clock import Timeout
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import ClassicClass, name_text
from rtems_shim.core.thread import Thread

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

PERIODS = ClassicClass.PERIODS
STATUS_ONLY = 0
"""RTEMS_PERIOD_STATUS."""


@dataclass(slots=True, eq=False)
class Period:
    """A period of one task. ``length`` is in ticks, 0 while inactive; ``missed`` counts ends nobody waited for."""

    name: int
    owner: Thread
    length: int = 0
    next_length: int = 0
    missed: int = 0
    waiting: bool = False
    timeout: Timeout | None = None


def find(kernel: Kernel, identifier: int) -> Period | None:
    """Return the period with this id, or None."""
    return directives.get(kernel, PERIODS, identifier, Period)


@trap("rtems_rate_monotonic_create")
def rtems_rate_monotonic_create(kernel: Kernel, name: int, id: int) -> int:
    """rtems_rate_monotonic_create()."""
    refused = directives.refuse(kernel, PERIODS, name, id)
    return refused if refused is not None else directives.add(kernel, PERIODS, Period(name, kernel.executing), id)


@trap("rtems_rate_monotonic_ident")
def rtems_rate_monotonic_ident(kernel: Kernel, name: int, id: int) -> int:
    """rtems_rate_monotonic_ident()."""
    return directives.ident(kernel, PERIODS, name, id)


@trap("rtems_rate_monotonic_cancel")
def rtems_rate_monotonic_cancel(kernel: Kernel, id: int) -> int:
    """rtems_rate_monotonic_cancel()."""
    period = find(kernel, id)
    if period is None:
        return Status.INVALID_ID
    if period.owner is not kernel.executing:
        return Status.NOT_OWNER_OF_RESOURCE
    _stop(period)
    return Status.SUCCESSFUL


@trap("rtems_rate_monotonic_delete")
def rtems_rate_monotonic_delete(kernel: Kernel, id: int) -> int:
    """rtems_rate_monotonic_delete()."""
    period = find(kernel, id)
    if period is None:
        return Status.INVALID_ID
    _stop(period)
    return directives.remove(kernel, PERIODS, id)


def _stop(period: Period) -> None:
    if period.timeout is not None:
        period.timeout.cancel()
    period.timeout = None
    period.length = period.missed = 0


def _start(kernel: Kernel, period: Period, length: int) -> None:
    period.length = period.next_length = length
    period.timeout = kernel.time.call_at(kernel.time.in_ticks(length), lambda: _end(kernel, period))


def _end(kernel: Kernel, period: Period) -> None:
    """A period is over: the next one begins, and its task goes on if it waits."""
    length = period.next_length
    _start(kernel, period, length)
    if period.waiting and period.owner.wait is not None:
        kernel.wake(period.owner, Status.SUCCESSFUL)
    else:
        period.missed += 1


@trap("rtems_rate_monotonic_period")
def rtems_rate_monotonic_period(kernel: Kernel, id: int, length: int) -> int | None:
    """rtems_rate_monotonic_period(): begin the first period, wait for the end of this one, or TIMEOUT when late."""
    period = find(kernel, id)
    if period is None:
        return Status.INVALID_ID
    if period.owner is not kernel.executing:
        return Status.NOT_OWNER_OF_RESOURCE
    if length == STATUS_ONLY:
        if not period.length:
            return Status.NOT_DEFINED
        return Status.TIMEOUT if period.missed else Status.SUCCESSFUL
    if not period.length:
        _start(kernel, period, length)
        return Status.SUCCESSFUL
    period.next_length = length
    if period.missed:
        period.missed -= 1
        return Status.TIMEOUT
    period.waiting = True

    def cleanup() -> None:
        period.waiting = False

    return kernel.block(lambda: f"the end of period {name_text(period.name)}", cleanup=cleanup)
