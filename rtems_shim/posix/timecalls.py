"""POSIX clocks and sleeping: nanosleep and the clock_* calls. (sleep and usleep are guest C over nanosleep.)"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi.errno import EINTR, EINVAL, ENOSYS, ENOTSUP
from rtems_shim.core.clock import (
    TIME_OF_DAY_AT_BOOT_NS,
    TIME_OF_DAY_LIMIT_NS,
    Base,
    Deadline,
    load_timespec,
    pack_timespec,
)
from rtems_shim.core.dispatch import trap
from rtems_shim.core.wait_results import owe
from rtems_shim.posix.sync import CLOCK_MONOTONIC, CLOCK_REALTIME

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

CLOCK_PROCESS_CPUTIME = 2
CLOCK_THREAD_CPUTIME = 3
TIMER_ABSTIME = 4
DOUBLE_MASK = (1 << 64) - 1
ADJUSTMENT_LIMIT_US = 1 << 62


@trap("nanosleep")
def nanosleep(kernel: Kernel, requested: int, remaining: int) -> int | None:
    """nanosleep()."""
    return sleep(kernel, CLOCK_REALTIME, 0, requested, remaining, sign=-1)


@trap("clock_nanosleep")
def clock_nanosleep(kernel: Kernel, clock: int, flags: int, requested: int, remaining: int) -> int | None:
    """clock_nanosleep(): the error number is the result."""
    return sleep(kernel, clock, flags, requested, remaining)


def sleep(kernel: Kernel, clock: int, flags: int, requested: int, remaining: int, sign: int = 1) -> int | None:
    """Block until the time has come; a time of nothing gives way to threads of the same priority.

    Error numbers are multiplied by ``sign``.
    """
    if clock not in (CLOCK_REALTIME, CLOCK_MONOTONIC):
        return sign * ENOTSUP
    ns = load_timespec(kernel, requested)
    absolute = bool(flags & TIMER_ABSTIME)
    if ns is None or (ns < 0 and not absolute):
        return sign * EINVAL
    if remaining and not absolute:
        kernel.memory.store(remaining, pack_timespec(0))
    deadline = _deadline(kernel, clock, ns, absolute)
    if deadline is None:
        kernel.scheduler.yield_(kernel.executing)
        return 0

    sleeper = kernel.executing

    def interrupted() -> int:
        if remaining and not absolute:
            left = max(0, deadline.value - kernel.time.uptime_ns)
            owe(kernel, sleeper, remaining, pack_timespec(left))
        return sign * EINTR

    return kernel.block(lambda: f"{ns} ns to pass", deadline=deadline, timed_out=0, on_signal=interrupted)


def _deadline(kernel: Kernel, clock: int, ns: int, absolute: bool) -> Deadline | None:
    """Return when a sleep ends, None when it is over already. A relative sleep ignores changes of the time of day."""
    if not absolute:
        return Deadline(Base.UPTIME, kernel.time.uptime_ns + ns) if ns else None
    if clock == CLOCK_REALTIME:
        return Deadline(Base.REALTIME, ns) if ns > kernel.time.realtime_ns else None
    return Deadline(Base.UPTIME, ns) if ns > kernel.time.uptime_ns else None


@trap("clock_gettime")
def clock_gettime(kernel: Kernel, clock: int, time: int) -> int:
    """clock_gettime()."""
    if not time:
        return -EINVAL
    if clock == CLOCK_REALTIME:
        ns = kernel.time.realtime_ns
    elif clock in (CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME):
        ns = kernel.time.uptime_ns
    else:
        return -ENOSYS if clock == CLOCK_THREAD_CPUTIME else -EINVAL
    kernel.memory.store(time, pack_timespec(ns))
    return 0


@trap("clock_settime")
def clock_settime(kernel: Kernel, clock: int, time: int) -> int:
    """clock_settime(): the time of day, from 1988 to 2400."""
    if clock in (CLOCK_PROCESS_CPUTIME, CLOCK_THREAD_CPUTIME):
        return -ENOSYS
    ns = load_timespec(kernel, time)
    if clock != CLOCK_REALTIME or ns is None or not TIME_OF_DAY_AT_BOOT_NS <= ns < TIME_OF_DAY_LIMIT_NS:
        return -EINVAL
    kernel.time.set_realtime(ns)
    return 0


@trap("clock_getres")
def clock_getres(kernel: Kernel, clock: int, resolution: int) -> int:
    """clock_getres(): one tick, the unit in which anything can be waited for."""
    if not resolution or clock not in (CLOCK_REALTIME, CLOCK_PROCESS_CPUTIME, CLOCK_THREAD_CPUTIME, CLOCK_MONOTONIC):
        return -EINVAL
    kernel.memory.store(resolution, pack_timespec(kernel.time.tick_ns))
    return 0


@trap("adjtime")
def adjtime(kernel: Kernel, delta: int, sets: int, left: int) -> None:
    """adjtime(): what an earlier one has left is told, and forgotten where this one says more."""
    if left:
        kernel.memory.store(left, (kernel.time.adjustment_us & DOUBLE_MASK).to_bytes(8, "little"))
    if sets:
        kernel.time.adjustment_us = max(-ADJUSTMENT_LIMIT_US, min(delta, ADJUSTMENT_LIMIT_US))
