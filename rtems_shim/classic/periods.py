"""Rate monotonic periods: a task that calls back once a period, and learns when it is late.

A job begins when its task is released, at the first call or at the end of a wait; the statistics count each later call.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass, field
from rtems_shim.abi import layouts
from rtems_shim.abi.status import Status
from rtems_shim.classic import directives
from rtems_shim.classic.objects import ClassicObjects
from rtems_shim.core.clock import NS_PER_SECOND, Timeout
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import ClassicClass, name_text
from rtems_shim.core.thread import Thread

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

PERIODS = ClassicClass.PERIODS
STATUS_ONLY = 0
"""RTEMS_PERIOD_STATUS."""
INACTIVE, ACTIVE, EXPIRED = 0, 1, 2
NEVER = (0x7FFF_FFFF, 0x7FFF_FFFF % NS_PER_SECOND)
"""What a minimum is, in seconds and in nanoseconds, as long as there was no job."""


@dataclass(slots=True)
class Times:
    """The least, the most and the sum of the jobs' times in ns."""

    least: int | None = None
    most: int = 0
    total: int = 0

    def count(self, ns: int) -> None:
        """Take in one job."""
        self.least = ns if self.least is None else min(self.least, ns)
        self.most = max(self.most, ns)
        self.total += ns

    def fields(self, kind: str) -> dict[str, int]:
        """Return the fields of a period_statistics for ``kind``."""
        values: dict[str, int] = {}
        for which, ns in (("min", self.least), ("max", self.most), ("total", self.total)):
            seconds, rest = NEVER if ns is None else divmod(ns, NS_PER_SECOND)
            values |= {f"{which}_{kind}_sec": seconds, f"{which}_{kind}_nsec": rest}
        return values


@dataclass(slots=True)
class Statistics:
    """What rtems_rate_monotonic_get_statistics() tells."""

    count: int = 0
    missed: int = 0
    cpu: Times = field(default_factory=Times)
    wall: Times = field(default_factory=Times)


@dataclass(slots=True, eq=False)
class Period:
    """A period of one task. ``length`` is in ticks, 0 while inactive; ``missed`` counts ends nobody waited for.

    ``expired``: it has missed an end since its last call. ``began_ns`` is the uptime at which the job began,
    ``executed_ns`` what its task had executed then.
    """

    name: int
    owner: Thread
    length: int = 0
    next_length: int = 0
    missed: int = 0
    expired: bool = False
    waiting: bool = False
    timeout: Timeout | None = None
    began_ns: int = 0
    executed_ns: int = 0
    statistics: Statistics = field(default_factory=Statistics)

    @property
    def state(self) -> int:
        """The period's rtems_rate_monotonic_period_states."""
        if not self.length:
            return INACTIVE
        return EXPIRED if self.expired else ACTIVE


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
    period.expired = False


def _start(kernel: Kernel, period: Period, length: int) -> None:
    period.length = period.next_length = length
    period.timeout = kernel.time.call_at(kernel.time.in_ticks(length), lambda: _end(kernel, period))


def _release(kernel: Kernel, period: Period) -> None:
    """A job begins."""
    period.began_ns = kernel.time.uptime_ns
    period.executed_ns = kernel.executed_ns(period.owner)


def _end(kernel: Kernel, period: Period) -> None:
    """A period is over: the next one begins, and its task goes on if it waits."""
    length = period.next_length
    _start(kernel, period, length)
    if period.waiting and period.owner.wait is not None:
        kernel.wake(period.owner, Status.SUCCESSFUL)
        _release(kernel, period)
    else:
        period.missed += 1
        period.expired = True


@trap("rtems_rate_monotonic_period")
def rtems_rate_monotonic_period(kernel: Kernel, id: int, length: int) -> int | None:
    """rtems_rate_monotonic_period(): begin the first period, wait for the end of this one, or TIMEOUT when late."""
    period = find(kernel, id)
    if period is None:
        return Status.INVALID_ID
    if period.owner is not kernel.executing:
        return Status.NOT_OWNER_OF_RESOURCE
    if length == STATUS_ONLY:
        return {INACTIVE: Status.NOT_DEFINED, EXPIRED: Status.TIMEOUT}.get(period.state, Status.SUCCESSFUL)
    if not period.length:
        _start(kernel, period, length)
        _release(kernel, period)
        return Status.SUCCESSFUL
    period.next_length = length
    _count(kernel, period)
    if period.missed:
        period.missed -= 1
        period.expired = False
        return Status.TIMEOUT
    period.waiting = True

    def cleanup() -> None:
        period.waiting = False

    return kernel.block(lambda: f"the end of period {name_text(period.name)}", cleanup=cleanup)


def _count(kernel: Kernel, period: Period) -> None:
    """The job is over: take it into the statistics."""
    statistics = period.statistics
    statistics.count += 1
    statistics.missed += period.missed > 0
    statistics.cpu.count(kernel.executed_ns(period.owner) - period.executed_ns)
    statistics.wall.count(kernel.time.uptime_ns - period.began_ns)


@trap("rtems_rate_monotonic_get_status")
def rtems_rate_monotonic_get_status(kernel: Kernel, id: int, status: int) -> int:
    """rtems_rate_monotonic_get_status()."""
    if not status:
        return Status.INVALID_ADDRESS
    period = find(kernel, id)
    if period is None:
        return Status.INVALID_ID
    values = {"owner": period.owner.id, "state": period.state}
    if period.length:
        since = divmod(kernel.time.uptime_ns - period.began_ns, NS_PER_SECOND)
        executed = divmod(kernel.executed_ns(period.owner) - period.executed_ns, NS_PER_SECOND)
        values |= {"since_last_sec": since[0], "since_last_nsec": since[1]}
        values |= {"executed_sec": executed[0], "executed_nsec": executed[1]}
        values["postponed_jobs_count"] = period.missed
    kernel.memory.store(status, layouts.PERIOD_STATUS.pack(**values))
    return Status.SUCCESSFUL


@trap("rtems_rate_monotonic_get_statistics")
def rtems_rate_monotonic_get_statistics(kernel: Kernel, id: int, statistics: int) -> int:
    """rtems_rate_monotonic_get_statistics()."""
    if not statistics:
        return Status.INVALID_ADDRESS
    period = find(kernel, id)
    if period is None:
        return Status.INVALID_ID
    found = period.statistics
    values = {"count": found.count, "missed_count": found.missed} | found.cpu.fields("cpu") | found.wall.fields("wall")
    kernel.memory.store(statistics, layouts.PERIOD_STATISTICS.pack(**values))
    return Status.SUCCESSFUL


@trap("rtems_rate_monotonic_reset_statistics")
def rtems_rate_monotonic_reset_statistics(kernel: Kernel, id: int) -> int:
    """rtems_rate_monotonic_reset_statistics()."""
    period = find(kernel, id)
    if period is None:
        return Status.INVALID_ID
    period.statistics = Statistics()
    return Status.SUCCESSFUL


@trap("rtems_rate_monotonic_reset_all_statistics")
def rtems_rate_monotonic_reset_all_statistics(kernel: Kernel) -> None:
    """rtems_rate_monotonic_reset_all_statistics()."""
    for _, period in kernel.part(ClassicObjects).tables[PERIODS].items():
        if isinstance(period, Period):
            period.statistics = Statistics()
