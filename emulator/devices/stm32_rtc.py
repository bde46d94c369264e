"""Real-time clock of the STM32 series: calendar, subseconds, two alarms, wake-up timer, backup registers. [RM0090 26]

It is clocked with 32,768 Hz from power-up on, whatever RCC says [D-325]; a system reset leaves it alone. ``variant``
says where its registers are: ``"flags"`` has the flags in ISR, ``"status"`` in SR, and can count in binary. [RM0453 32]
Left out: calibration, shifts, time stamps, tampering, daylight saving; their registers hold what is written. WPR, which
protects from writes, is not modelled; initialisation mode is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from emulator.annotations import Any
from emulator.armv7m.ports import Port, zero
from emulator.bits import mask
from emulator.devices.countdown import Alarm
from emulator.devices.peripheral import Parameter, Peripheral

CLOCK = 32_768
STOPPED = -1
"""Instead of the time since which the calendar goes on: it is in initialisation mode."""
ALARM_A, ALARM_B, WAKEUP = range(3)
"""Their places: in SR as they are; their enables are in CR from bit 8 on, those of their interrupts from bit 12 on."""
INITS, RSF, INITF, INIT = 1 << 4, 1 << 5, 1 << 6, 1 << 7
BIN = 3 << 8
FMT = 1 << 6
PM = 1 << 22
WDSEL = 1 << 30
MSK_DATE, MSK_HOURS, MSK_MINUTES, MSK_SECONDS = 1 << 31, 1 << 23, 1 << 15, 1 << 7
DAY = 86_400
DAYS = 62
"""An alarm that fits none of so many days fits none: it names a day of the month or of the week, and no month."""
MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
FOUR_YEARS = 4 * 365 + 1
CENTURY = 25 * FOUR_YEARS
"""In days: of the years 0 to 99 each fourth is a leap year, the first among them."""
BACKUPS = 32

LAYOUTS: Mapping[str, Mapping[str, int]] = {
    "flags": {
        "TR": 0x00, "DR": 0x04, "CR": 0x08, "ISR": 0x0C, "PRER": 0x10, "WUTR": 0x14, "CALIBR": 0x18, "ALRMAR": 0x1C,
        "ALRMBR": 0x20, "WPR": 0x24, "SSR": 0x28, "SHIFTR": 0x2C, "TSTR": 0x30, "TSDR": 0x34, "TSSSR": 0x38,
        "CALR": 0x3C, "TAMPCR": 0x40, "ALRMASSR": 0x44, "ALRMBSSR": 0x48, "OR": 0x4C,
        **{f"BKP{number}R": 0x50 + 4 * number for number in range(BACKUPS)},
    },
    "status": {
        "TR": 0x00, "DR": 0x04, "SSR": 0x08, "ISR": 0x0C, "PRER": 0x10, "WUTR": 0x14, "CR": 0x18, "WPR": 0x24,
        "CALR": 0x28, "SHIFTR": 0x2C, "TSTR": 0x30, "TSDR": 0x34, "TSSSR": 0x38, "ALRMAR": 0x40, "ALRMASSR": 0x44,
        "ALRMBR": 0x48, "ALRMBSSR": 0x4C, "SR": 0x50, "MISR": 0x54, "SCR": 0x5C, "ALRABINR": 0x70, "ALRBBINR": 0x74,
    },
}  # fmt: skip
RESET = {"DR": 0x2101, "PRER": 0x007F_00FF, "WUTR": 0xFFFF}


def _number(bcd: int) -> int:
    return (bcd >> 4) * 10 + (bcd & 15)


def _bcd(number: int) -> int:
    return number // 10 << 4 | number % 10


def _length(year: int, month: int) -> int:
    """Return how many days the ``month``, from 0 on, has."""
    return MONTHS[month] + (month == 1 and year % 4 == 0)


def _days(year: int, month: int, day: int) -> int:
    """Return the days of a date since the first of January of the year 0; a date that is none is that of its year."""
    before = year * 365 + (year + 3) // 4
    if not 1 <= month <= 12 or not 1 <= day <= _length(year, month - 1):
        return before
    return before + sum(_length(year, each) for each in range(month - 1)) + day - 1


def _date(days: int) -> tuple[int, int, int]:
    """Return year, month and day of what _days() counts."""
    fours, day = divmod(days % CENTURY, FOUR_YEARS)
    after_leap = max(day - 1, 0) // 365
    year, day = 4 * fours + after_leap, day - after_leap * 365 - (after_leap > 0)
    month = 0
    while day >= _length(year, month):
        day -= _length(year, month)
        month += 1
    return year, month + 1, day + 1


class Stm32Rtc(Peripheral):
    """One clock."""

    LINES = ("alarm", "wakeup")
    PARAMETERS = {
        "size": Parameter(int, 0x400),
        "variant": Parameter(str, "flags", choices=tuple(LAYOUTS)),
    }
    STATE = ("values", "flags", "_since", "_wakeup_since", "_dues")

    def set_up(self) -> None:
        """See Peripheral."""
        self.size = self.parameters["size"]
        self._offsets = LAYOUTS[self.parameters["variant"]]
        self._has_status = "SR" in self._offsets
        self._alarms = [Alarm(self.context.clock, partial(self._ring, place)) for place in range(3)]
        self._begin()

    def _begin(self) -> None:
        self.values = [RESET.get(name, 0) for name in self._offsets]
        self._places = {name: place for place, name in enumerate(self._offsets)}
        self.flags = self._since = self._wakeup_since = 0
        self._dues: list[int] = [STOPPED] * 3
        for alarm in self._alarms:
            alarm.set(None)

    def power_up(self) -> None:
        """See Peripheral."""
        self._begin()
        self.update()

    def register_name(self, offset: int, bits: int = 0) -> str | None:
        """See Device."""
        return next((name for name, place in self._offsets.items() if place == offset), None)

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        special: dict[str, tuple[Callable[[], int], Callable[[int], None]]] = {
            "TR": (lambda: self._time()[0], partial(self._set, "TR")),
            "DR": (lambda: self._time()[1], partial(self._set, "DR")),
            "PRER": (partial(self._value, "PRER"), partial(self._set, "PRER")),
            "SSR": (self._subseconds, self._ignore),
            "ISR": (self._isr, self._write_isr),
            "SR": (lambda: self.flags, self._ignore),
            "MISR": (lambda: self.flags & self._value("CR") >> 12, self._ignore),
            "SCR": (zero, self._clear),
        }
        for name, offset in self._offsets.items():
            load, store = special.get(name, (partial(self._value, name), partial(self._write, name)))
            yield Port(offset, load, store)

    def update(self) -> None:
        """See Peripheral."""
        raised = self.flags & self._value("CR") >> 12
        self.lines["alarm"](bool(raised & 3))
        self.lines["wakeup"](bool(raised >> WAKEUP & 1))

    # -- time ----------------------------------------------------------------------------------------------------

    @property
    def _asynchronous(self) -> int:
        return (self._value("PRER") >> 16 & 0x7F) + 1

    @property
    def _synchronous(self) -> int:
        return (self._value("PRER") & 0x7FFF) + 1

    @property
    def _is_binary(self) -> bool:
        return self._has_status and bool(self._value("ISR") & BIN)

    def _ticks(self) -> int:
        """Return how often the subseconds have counted since the calendar was started."""
        if self._since == STOPPED:
            return 0
        passed = self.context.clock.now - self._since
        return passed * CLOCK // (self.context.frequency * self._asynchronous)

    def _after(self, since: int, cycles: int) -> int:
        """Return when ``cycles`` of CLOCK have passed ``since``."""
        return since - (-cycles * self.context.frequency // CLOCK)

    def _subseconds(self) -> int:
        if self._is_binary:
            return 0xFFFF_FFFF - self._ticks() & 0xFFFF_FFFF
        return self._synchronous - 1 - self._ticks() % self._synchronous

    def _start(self) -> int:
        """Return the second that was set, counted from 2000 on; of a date that is none, of the first of January."""
        time, date = self._value("TR"), self._value("DR")
        hour = self._hour(time)
        days = _days(_number(date >> 16 & 0xFF) % 100, _number(date >> 8 & 0x1F), _number(date & 0x3F))
        return days * DAY + hour * 3600 + _number(time >> 8 & 0x7F) * 60 + _number(time & 0x7F)

    def _hour(self, time: int) -> int:
        """Return the hour that a value like TR's has."""
        hour = _number(time >> 16 & 0x3F)
        return hour % 12 + (12 if time & PM else 0) if self._value("CR") & FMT else hour

    def _weekday(self, days: int) -> int:
        first = self._value("DR") >> 13 & 7 or 1
        return (first - 1 + days - self._start() // DAY) % 7 + 1

    def _time(self) -> tuple[int, int]:
        """Return TR and DR."""
        seconds = 0 if self._since == STOPPED else self._ticks() // self._synchronous
        if not seconds:
            return self._value("TR"), self._value("DR")
        days, second = divmod(self._start() + seconds, DAY)
        hour, pm = second // 3600, 0
        if self._value("CR") & FMT:
            hour, pm = (hour + 11) % 12 + 1, PM if hour >= 12 else 0
        time = pm | _bcd(hour) << 16 | _bcd(second // 60 % 60) << 8 | _bcd(second % 60)
        year, month, day = _date(days)
        return time, _bcd(year) << 16 | self._weekday(days) << 13 | _bcd(month) << 8 | _bcd(day)

    # -- alarms --------------------------------------------------------------------------------------------------

    def _ring(self, place: int) -> None:
        self.flags |= 1 << place
        self._arm(place, again=True)
        self.update()

    def _arm(self, place: int, again: bool = False) -> None:
        """Ask for a call when the flag rises next."""
        due = None
        if self._value("CR") >> 8 + place & 1 and self._since != STOPPED:
            due = self._next_wakeup(again) if place == WAKEUP else self._next_alarm(place)
        self._dues[place] = STOPPED if due is None else due
        self._alarms[place].set(due, wakes=bool(self._value("CR") >> 12 + place & 1))

    def _next_wakeup(self, again: bool) -> int:
        select = self._value("CR") & 7
        counts = (self._value("WUTR") & 0xFFFF) + 1 + (0x1_0000 if select >= 6 else 0)
        cycles = self._asynchronous * self._synchronous if select >= 4 else 16 >> select
        self._wakeup_since = self._dues[WAKEUP] if again else self.context.clock.now
        return max(self._after(self._wakeup_since, counts * cycles), self.context.clock.now + 1)

    def _next_alarm(self, place: int) -> int | None:
        letter, ticks = "AB"[place], self._ticks()
        subseconds = self._value(f"ALRM{letter}SSR")
        if self._is_binary:
            bits = min(subseconds >> 24 & 0x3F, 32)
            wait = (self._subseconds() - self._value(f"ALR{letter}BINR") - 1 & mask(bits)) + 1 if bits else 1
            return self._after(self._since, (ticks + wait) * self._asynchronous)
        period, compared = self._synchronous, mask(subseconds >> 24 & 0xF)
        offset = period - 1 - (subseconds & 0x7FFF) & compared  # the first tick of a second that fits
        second, within = divmod(ticks + 1, period)
        first = within + (offset - within & compared) if compared else period if within else 0
        if first >= period:
            second, first = second + 1, offset
        if offset >= period:
            return None
        found = self._matching(self._value(f"ALRM{letter}R"), second)
        if found is None:
            return None
        tick = found * period + (first if found == second else offset)
        return self._after(self._since, tick * self._asynchronous)

    def _matching(self, alarm: int, second: int) -> int | None:
        """Return the first second from ``second`` on, since the calendar was started, that ``alarm`` is for."""
        start = self._start()
        when = start + second
        last = when + DAYS * DAY
        day = alarm >> 24 & 15 if alarm & WDSEL else _number(alarm >> 24 & 0x3F)
        while when < last:
            days, within = divmod(when, DAY)
            if not alarm & MSK_DATE and day != (self._weekday(days) if alarm & WDSEL else _date(days)[2]):
                when = (days + 1) * DAY
            elif not alarm & MSK_HOURS and within // 3600 != self._hour(alarm):
                when = (when // 3600 + 1) * 3600
            elif not alarm & MSK_MINUTES and within // 60 % 60 != _number(alarm >> 8 & 0x7F):
                when = (when // 60 + 1) * 60
            elif not alarm & MSK_SECONDS and within % 60 != _number(alarm & 0x7F):
                when += 1
            else:
                return when - start
        return None

    # -- registers -----------------------------------------------------------------------------------------------

    def _value(self, name: str) -> int:
        return self.values[self._places[name]]

    def _ignore(self, value: int) -> None:
        pass

    def _set(self, name: str, value: int) -> None:
        """Set the calendar: in initialisation mode."""
        if self._since == STOPPED:
            self.values[self._places[name]] = value

    def _write(self, name: str, value: int) -> None:
        self.values[self._places[name]] = value
        if name == "CR" or name.startswith("ALR"):
            for place in (ALARM_A, ALARM_B):
                self._arm(place)
        if name == "WUTR" or (name == "CR" and bool(value >> 8 + WAKEUP & 1) != (self._dues[WAKEUP] != STOPPED)):
            self._arm(WAKEUP)
        self.update()

    def _isr(self) -> int:
        control, is_set = self._value("CR"), self._time()[1] >> 16 & 0xFF
        stopped = INITF | INIT if self._since == STOPPED else 0
        writable = ~control >> 8 & 7
        flags = 0 if self._has_status else self.flags << 8
        kept = self._value("ISR") & 0x1F00 if self._has_status else 0
        return writable | (INITS if is_set else 0) | RSF | stopped | flags | kept

    def _write_isr(self, value: int) -> None:
        if self._has_status:
            if self._since == STOPPED or value & INIT:
                self.values[self._places["ISR"]] = value
        else:
            self._clear(~value >> 8)
        if bool(value & INIT) == (self._since == STOPPED):
            return
        if value & INIT:
            self.values[self._places["TR"]], self.values[self._places["DR"]] = self._time()
            self._since = STOPPED
        else:
            self._since = self.context.clock.now
        for place in range(3):
            self._arm(place)

    def _clear(self, bits: int) -> None:
        self.flags &= ~bits
        self.update()

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Peripheral."""
        super().restore(state)
        for place, alarm in enumerate(self._alarms):
            wakes = bool(self._value("CR") >> 12 + place & 1)
            alarm.restore({"due": None})
            alarm.set(None if self._dues[place] == STOPPED else self._dues[place], wakes)
