"""Ticks, uptime, time of day and timeouts, all on virtual time.

The guest's SysTick handler announces ticks; between ticks the machine's instruction count interpolates, so that time
never stands still for a guest that polls it and never runs ahead of the next tick. As in RTEMS the uptime starts at
one second and the time of day at 1988-01-01 00:00:00. Timeouts fire on ticks only. State: ``Timekeeper``.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable
from enum import Enum

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.guest import Clock
from emulator.records import dataclass
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EINVAL, ETIMEDOUT

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

NS_PER_SECOND = 1_000_000_000
UPTIME_AT_BOOT_NS = NS_PER_SECOND
TIME_OF_DAY_AT_BOOT_NS = 567_993_600 * NS_PER_SECOND  # 1988-01-01 00:00:00
TIME_OF_DAY_LIMIT_NS = 13_569_465_601 * NS_PER_SECOND  # RTEMS ends with the first second of 2400


class Base(Enum):
    """What a deadline counts."""

    TICKS = 0
    UPTIME = 1
    REALTIME = 2


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time: ``value`` is in ticks since boot, or in ns of uptime or of the time of day."""

    base: Base
    value: int


class Timeout:
    """A callback that waits for its deadline; ``cancel`` is harmless when it has fired."""

    __slots__ = ("_key", "_owner", "callback", "deadline")

    def __init__(
        self, owner: Timekeeper, deadline: Deadline, key: tuple[int, int], callback: Callable[[], None]
    ) -> None:
        self._owner = owner
        self._key = key
        self.deadline = deadline
        self.callback = callback

    def cancel(self) -> None:
        """Forget the callback."""
        self._owner.forget(self.deadline.base, self._key)


class Timekeeper:
    """The kernel's clocks. ``tick_ns`` is the tick's length, ``cycles_per_tick`` its length in instructions.

    They stand still in a program that says that it needs no clock driver; one that says nothing has them. [D-174]
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.tick_ns = 10_000_000
        self.cycles_per_tick = 0
        self.ticks = 0
        self.runs = True
        """Whether ticks come."""
        self.is_set = False
        """Whether the guest has set the time of day (rtems_clock_get_tod refuses before that)."""
        self._offset_ns = TIME_OF_DAY_AT_BOOT_NS - UPTIME_AT_BOOT_NS
        self.adjustment_us = 0
        """What is left of an adjtime()."""
        self.on_ticks: Callable[[int], None] | None = None
        """Called with the number of ticks at each, before any timeout fires."""
        self._tick_time = clock.now
        self._sequence = 0
        self._waiting: dict[Base, list[tuple[tuple[int, int], Timeout]]] = {base: [] for base in Base}

    # -- reading -------------------------------------------------------------------------------------------------

    @property
    def uptime_ns(self) -> int:
        """CLOCK_MONOTONIC."""
        since_tick_ns = 0
        if self.cycles_per_tick and self.runs:
            elapsed = (self._clock.now - self._tick_time) * self.tick_ns // self.cycles_per_tick
            since_tick_ns = min(elapsed, self.tick_ns - 1)
        return UPTIME_AT_BOOT_NS + self.ticks * self.tick_ns + since_tick_ns

    def duration_ns(self, instructions: int) -> int:
        """Return how long so many instructions take."""
        return instructions * self.tick_ns // self.cycles_per_tick if self.cycles_per_tick else 0

    @property
    def realtime_ns(self) -> int:
        """CLOCK_REALTIME: ns since 1970."""
        return self.uptime_ns + self._offset_ns

    def set_realtime(self, realtime_ns: int) -> None:
        """Set the time of day. Deadlines on it that the new time is past fire now, as in RTEMS."""
        self._offset_ns = realtime_ns - self.uptime_ns
        self.is_set = True
        self._fire(Base.REALTIME, realtime_ns)

    # -- deadlines -----------------------------------------------------------------------------------------------

    def in_ticks(self, ticks: int) -> Deadline:
        """Return the deadline ``ticks`` ticks from now."""
        return Deadline(Base.TICKS, self.ticks + ticks)

    def after(self, ns: int) -> Deadline:
        """Return the deadline of a timer that runs for ``ns``: the tick that ends as many whole ticks, rounded up."""
        return self.in_ticks(-(-ns // self.tick_ns))

    def call_at(self, deadline: Deadline, callback: Callable[[], None]) -> Timeout:
        """Call ``callback`` at the first tick at or after ``deadline``; of equal deadlines the earlier call first."""
        self._sequence += 1
        key = (deadline.value, self._sequence)
        timeout = Timeout(self, deadline, key, callback)
        insort(self._waiting[deadline.base], (key, timeout), key=lambda entry: entry[0])
        return timeout

    def forget(self, base: Base, key: tuple[int, int]) -> None:
        """Remove the entry with this key, if it is still there (see ``Timeout.cancel``)."""
        entries = self._waiting[base]
        position = bisect_left(entries, key, key=lambda entry: entry[0])
        if position < len(entries) and entries[position][0] == key:
            del entries[position]

    @property
    def anything_scheduled(self) -> bool:
        """Whether any timeout is still to come."""
        return self.runs and self.is_waited_for

    @property
    def is_waited_for(self) -> bool:
        """Whether anybody has set a timeout."""
        return any(self._waiting.values())

    def tick(self) -> None:
        """Announce a tick: time moves on and every timeout that is due fires, tick deadlines first."""
        self.ticks += 1
        self._tick_time = self._clock.now
        if self.on_ticks is not None:
            self.on_ticks(self.ticks)
        if self.adjustment_us and self.ticks * self.tick_ns % NS_PER_SECOND < self.tick_ns:
            self._adjust()
        for base, now in (
            (Base.TICKS, self.ticks),
            (Base.UPTIME, self.uptime_ns),
            (Base.REALTIME, self.realtime_ns),
        ):
            self._fire(base, now)

    def _adjust(self) -> None:
        """A second has passed: move the time of day by 500 us, or 5 ms where more than a second is left."""
        limit_us = 5000 if abs(self.adjustment_us) > 1_000_000 else 500
        step_us = max(-limit_us, min(self.adjustment_us, limit_us))
        self.adjustment_us -= step_us
        self._offset_ns += step_us * 1000

    def _fire(self, base: Base, now: int) -> None:
        entries = self._waiting[base]
        while entries and entries[0][0][0] <= now:
            entries.pop(0)[1].callback()


def timespec_ns(seconds: int, nanoseconds: int) -> int | None:
    """Return a struct timespec in ns; None when tv_nsec is out of range."""
    return seconds * NS_PER_SECOND + nanoseconds if 0 <= nanoseconds < NS_PER_SECOND else None


def load_timespec(kernel: Kernel, address: int) -> int | None:
    """Return the struct timespec at ``address`` in ns; None for NULL or when tv_nsec is out of range."""
    if not address:
        return None
    values = layouts.TIMESPEC.unpack(kernel.memory.load(address, layouts.TIMESPEC.size))
    return timespec_ns(values["tv_sec"], values["tv_nsec"])


def pack_timespec(ns: int) -> bytes:
    """Return ``ns`` as a struct timespec."""
    return layouts.TIMESPEC.pack_words(*divmod(ns, NS_PER_SECOND))


def deadline_at(kernel: Kernel, address: int, base: Base) -> Deadline | int:
    """Return the absolute time at ``address`` as a deadline, EINVAL for an invalid one, ETIMEDOUT for one gone by."""
    ns = load_timespec(kernel, address)
    if ns is None:
        return EINVAL
    now = kernel.time.realtime_ns if base is Base.REALTIME else kernel.time.uptime_ns
    return ETIMEDOUT if ns <= now else Deadline(base, ns)
