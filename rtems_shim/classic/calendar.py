"""The Classic clock: ticks, the time of day as a calendar, and waiting until a time of day."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.bits import WORD_MASK
from rtems_shim.abi import layouts
from rtems_shim.abi.status import Status
from rtems_shim.core.clock import NS_PER_SECOND, Base, Deadline
from rtems_shim.core.dispatch import trap

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

FIRST_YEAR = 1988
LAST_YEAR = 2099
DAYS_IN_400_YEARS = 146_097
DAYS_BEFORE_1970 = 719_468
"""Since the first of March of the year 0: the leap day is the last one of such a year."""


def ticks_per_second(kernel: Kernel) -> int:
    """Return rtems_clock_get_ticks_per_second()."""
    return NS_PER_SECOND // kernel.time.tick_ns


def load_time(kernel: Kernel, address: int, ticks_count: bool = True) -> int | None:
    """Return the rtems_time_of_day at ``address`` in ns since 1970, None when it is not a valid one.

    Where its ticks do not count there may be any number of them, and they are left out.
    """
    from calendar import monthrange, timegm  # 9 ms that programs without dates need not spend

    values = layouts.TIME_OF_DAY.unpack(kernel.memory.load(address, layouts.TIME_OF_DAY.size))
    year, month, day = values["year"], values["month"], values["day"]
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        return None
    if values["hour"] > 23 or values["minute"] > 59 or values["second"] > 59:
        return None
    if not ticks_count:
        values["ticks"] = 0
    if values["ticks"] >= ticks_per_second(kernel):
        return None
    seconds = timegm((year, month, day, values["hour"], values["minute"], values["second"]))
    return seconds * NS_PER_SECOND + values["ticks"] * kernel.time.tick_ns


def date(days: int) -> tuple[int, int, int]:
    """Return year, month and day of the Gregorian calendar, ``days`` after 1970-01-01."""
    cycles, day = divmod(days + DAYS_BEFORE_1970, DAYS_IN_400_YEARS)
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153  # from March, 0
    return 400 * cycles + year + month // 10, (month + 2) % 12 + 1, day - (153 * month + 2) // 5 + 1


def pack_time(ns: int, tick_ns: int) -> bytes:
    """Return ``ns`` since 1970 as a rtems_time_of_day."""
    seconds, ns = divmod(ns, NS_PER_SECOND)
    days, second_of_day = divmod(seconds, 86_400)
    year, month, day = date(days)
    return layouts.TIME_OF_DAY.pack(
        year=year,
        month=month,
        day=day,
        hour=second_of_day // 3600,
        minute=second_of_day // 60 % 60,
        second=second_of_day % 60,
        ticks=ns // tick_ns,
    )


def future_deadline(kernel: Kernel, address: int, ticks_count: bool = True) -> Deadline | Status:
    """Return the time of day at ``address`` as a deadline; NOT_DEFINED without a clock, INVALID_CLOCK for the past.

    Only whole seconds are waited for, as in RTEMS; ``ticks_count``: that there are not too many ticks is checked.
    """
    if not kernel.time.is_set:
        return Status.NOT_DEFINED
    ns = load_time(kernel, address, ticks_count)
    if ns is None:
        return Status.INVALID_CLOCK
    seconds = ns // NS_PER_SECOND
    if seconds <= kernel.time.realtime_ns // NS_PER_SECOND:
        return Status.INVALID_CLOCK
    return Deadline(Base.REALTIME, seconds * NS_PER_SECOND)


@trap("rtems_clock_get_ticks_per_second")
def rtems_clock_get_ticks_per_second(kernel: Kernel) -> int:
    """rtems_clock_get_ticks_per_second()."""
    return ticks_per_second(kernel)


@trap("rtems_clock_get_ticks_since_boot")
def rtems_clock_get_ticks_since_boot(kernel: Kernel) -> int:
    """rtems_clock_get_ticks_since_boot()."""
    return kernel.time.ticks


@trap("ticks_kept_at")
def ticks_kept_at(kernel: Kernel, word: int) -> None:
    """Keep the number of ticks in a word of the program: it asks for them in loops, and needs no trap then."""
    in_ram = any(start <= word <= start + size - 4 for start, size in kernel.port.ram)
    if kernel.time.on_ticks is not None or not in_ram:
        return
    kernel.memory.store_word(word, kernel.time.ticks)
    kernel.time.on_ticks = lambda ticks: kernel.port.memory.poke(word, (ticks & WORD_MASK).to_bytes(4, "little"))


@trap("rtems_clock_set")
def rtems_clock_set(kernel: Kernel, time: int) -> int:
    """rtems_clock_set()."""
    if not time:
        return Status.INVALID_ADDRESS
    ns = load_time(kernel, time)
    if ns is None:
        return Status.INVALID_CLOCK
    kernel.time.set_realtime(ns)
    return Status.SUCCESSFUL


@trap("rtems_clock_get_tod")
def rtems_clock_get_tod(kernel: Kernel, time: int) -> int:
    """rtems_clock_get_tod()."""
    if not time:
        return Status.INVALID_ADDRESS
    if not kernel.time.is_set:
        return Status.NOT_DEFINED
    kernel.memory.store(time, pack_time(kernel.time.realtime_ns, kernel.time.tick_ns))
    return Status.SUCCESSFUL


@trap("rtems_clock_tick")
def rtems_clock_tick(kernel: Kernel) -> int:
    """rtems_clock_tick(): a tick that the program announces itself."""
    kernel.tick()
    return Status.SUCCESSFUL


@trap("rtems_task_wake_when")
def rtems_task_wake_when(kernel: Kernel, time: int) -> int | None:
    """rtems_task_wake_when()."""
    if not kernel.time.is_set:
        return Status.NOT_DEFINED
    if not time:
        return Status.INVALID_ADDRESS
    deadline = future_deadline(kernel, time, ticks_count=False)
    if isinstance(deadline, Status):
        return deadline
    return kernel.block(lambda: "a time of day", deadline=deadline, timed_out=Status.SUCCESSFUL)
