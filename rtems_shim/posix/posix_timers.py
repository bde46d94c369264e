"""POSIX timers: timer_create and its family. A timer's end is a signal to the thread that created it.

State: the timer table. Timers count ticks, whatever their clock is; an absolute time is one of the time of day at the
moment it is set, as on RTEMS. An interval counts from the moment the timer was due, not from when it was served.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EAGAIN, EINVAL, EPERM
from rtems_shim.core.clock import NS_PER_SECOND, Deadline, Timeout, timespec_ns
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import Api, ObjectTable, PosixClass
from rtems_shim.core.thread import Thread
from rtems_shim.core.uses import Use, use_now
from rtems_shim.posix.signals import SIGNALS, Information, send_to_thread
from rtems_shim.posix.sync import CLOCK_MONOTONIC, CLOCK_REALTIME

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

SIGEV_NONE, SIGEV_SIGNAL = 1, 2
DEFAULT_SIGNAL = 14
TIMER_ABSTIME = 4


@dataclass(slots=True, eq=False)
class PosixTimer:
    """One timer. ``signal`` 0 sends nothing; ``interval_ns`` 0 fires once."""

    owner: Thread
    signal: int
    value: int
    interval_ns: int = 0
    timeout: Timeout | None = None
    overruns: int = 0
    asked: Use | None = None
    """The call that armed it last."""


class PosixTimers:
    """The POSIX timers, at most as many as configured."""

    def __init__(self, configuration: dict[str, int]) -> None:
        self.table: ObjectTable[PosixTimer] = ObjectTable(
            Api.POSIX, PosixClass.TIMERS, configuration["maximum_posix_timers"]
        )


@trap("timer_create")
def timer_create(kernel: Kernel, clock: int, event: int, timer: int) -> int:
    """timer_create(): without an event the timer sends SIGALRM."""
    if clock not in (CLOCK_REALTIME, CLOCK_MONOTONIC) or not timer:
        return -EINVAL
    if clock == CLOCK_REALTIME and kernel.configuration["flags"] & layouts.CONFIG_FACE_TIMERS:
        return -EPERM
    signal, value = DEFAULT_SIGNAL, 0
    if event:
        values = layouts.SIGEVENT.unpack(kernel.memory.load(event, layouts.SIGEVENT.size))
        if values["sigev_notify"] not in (SIGEV_NONE, SIGEV_SIGNAL) or values["sigev_signo"] not in SIGNALS:
            return -EINVAL
        signal = values["sigev_signo"] if values["sigev_notify"] == SIGEV_SIGNAL else 0
        value = values["sigev_value"]
    table = kernel.part(PosixTimers).table
    identifier = table.next_id()
    if identifier is None:
        return -EAGAIN
    kernel.memory.store_word(timer, identifier)
    table.insert(PosixTimer(kernel.executing, signal, value))
    return 0


@trap("timer_delete")
def timer_delete(kernel: Kernel, timer: int) -> int:
    """timer_delete()."""
    found = kernel.part(PosixTimers).table.get(timer)
    if found is None:
        return -EINVAL
    _disarm(found)
    kernel.part(PosixTimers).table.remove(timer)
    return 0


def _disarm(timer: PosixTimer) -> None:
    if timer.timeout is not None:
        timer.timeout.cancel()
        timer.timeout = None


@trap("timer_settime")
def timer_settime(kernel: Kernel, timer: int, flags: int, value: int, old: int) -> int:
    """timer_settime(): a value of nothing disarms; an absolute time that is over is refused, as RTEMS does."""
    if not value:
        return -EINVAL
    fields = layouts.ITIMERSPEC.unpack(kernel.memory.load(value, layouts.ITIMERSPEC.size))
    interval_ns = timespec_ns(fields["interval_sec"], fields["interval_nsec"])
    value_ns = timespec_ns(fields["value_sec"], fields["value_nsec"])
    if interval_ns is None or value_ns is None or interval_ns < 0 or value_ns < 0 or flags not in (0, TIMER_ABSTIME):
        return -EINVAL
    if flags == TIMER_ABSTIME:
        value_ns -= kernel.time.realtime_ns
        if value_ns < 0:
            return -EINVAL
    found = kernel.part(PosixTimers).table.get(timer)
    if found is None:
        return -EINVAL
    if old:
        kernel.memory.store(old, _remaining(kernel, found))
    _disarm(found)
    found.interval_ns = interval_ns
    found.overruns, found.asked = 0, use_now(kernel)
    if value_ns:
        _arm(kernel, found, kernel.time.after(value_ns))
    return 0


def _arm(kernel: Kernel, timer: PosixTimer, deadline: Deadline) -> None:
    timer.timeout = kernel.time.call_at(deadline, lambda: _fire(kernel, timer, deadline))


def _fire(kernel: Kernel, timer: PosixTimer, deadline: Deadline) -> None:
    timer.timeout = None
    if timer.interval_ns:
        # A period shorter than a tick cannot be served each time: the ends that passed count as overruns.
        interval = -(-timer.interval_ns // kernel.time.tick_ns)
        late = max(0, kernel.time.ticks - deadline.value) // interval
        timer.overruns += late
        _arm(kernel, timer, Deadline(deadline.base, deadline.value + (late + 1) * interval))
    if timer.signal and timer.owner.alive:
        send_to_thread(kernel, timer.owner, Information(timer.signal, value=timer.value, asked=timer.asked))


@trap("timer_gettime")
def timer_gettime(kernel: Kernel, timer: int, value: int) -> int:
    """timer_gettime(): the time left, nothing for one that is not armed."""
    found = kernel.part(PosixTimers).table.get(timer)
    if found is None or not value:
        return -EINVAL
    kernel.memory.store(value, _remaining(kernel, found))
    return 0


def _remaining(kernel: Kernel, timer: PosixTimer) -> bytes:
    left = 0
    if timer.timeout is not None:
        left = max(0, timer.timeout.deadline.value - kernel.time.ticks) * kernel.time.tick_ns
    seconds, nanoseconds = divmod(left, NS_PER_SECOND)
    interval, interval_ns = divmod(timer.interval_ns, NS_PER_SECOND)
    return layouts.ITIMERSPEC.pack(
        interval_sec=interval, interval_nsec=interval_ns, value_sec=seconds, value_nsec=nanoseconds
    )


@trap("timer_getoverrun")
def timer_getoverrun(kernel: Kernel, timer: int) -> int:
    """timer_getoverrun()."""
    found = kernel.part(PosixTimers).table.get(timer)
    return -EINVAL if found is None else found.overruns
