"""Timer and counter of the nRF52 series. [nRF52840 PS 6.30] 16 MHz, divided by 2 to the power of PRESCALER.

Compare events are made when somebody looks, and on time while something follows from them: an interrupt, a shortcut, or
a task of another device by the PPI. Left out: that a timer goes on without its clock, and the delays of tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from emulator.annotations import Any
from emulator.armv7m.ports import Port, zero
from emulator.bits import set_bits
from emulator.devices.countdown import Alarm
from emulator.devices.peripheral import Parameter, Peripheral

CLOCK = 16_000_000
MOST_CHANNELS = 6
EVENTS, COMPARE = 0x140, 16
"""Where the registers of compare events begin, and their lowest bit in INTEN."""
CLEAR, STOP = 0, 8
"""The lowest bits of SHORTS for what a compare event does to the timer."""
BITS = (16, 8, 24, 32)
"""Bits of the counter, by BITMODE."""
SLOWEST = 9
"""The largest PRESCALER."""
MOST_HITS = 64
"""Compare events that are made one by one; of more, whole rounds between two clears are left out."""


class NrfTimer(Peripheral):
    """One timer with ``channels`` compare registers."""

    LINES = ("interrupt",)
    PARAMETERS = {"channels": Parameter(int, 4, highest=MOST_CHANNELS)}
    STATE = ("running", "mode", "bitmode", "prescaler", "inten", "shorts", "events", "compare", "_value", "_since")

    def set_up(self) -> None:
        """See Peripheral."""
        channels = self.parameters["channels"]
        assert isinstance(channels, int)
        self._channels = channels
        self._alarm = Alarm(self.context.clock, self._settle)

    def reset(self) -> None:
        """See Device."""
        self.running = False
        self.mode = self.bitmode = self.inten = self.shorts = self.events = 0
        self.prescaler = 4
        self.compare = [0] * self._channels
        self._value = self._since = 0
        self._alarm.set(None)
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        tasks = (self._start, self._stop, self._count, self._clear, self._stop)  # the last is TASKS_SHUTDOWN
        for number, task in enumerate(tasks):
            yield Port(4 * number, zero, partial(self._task, task))
        for channel in range(self._channels):
            yield Port(0x40 + 4 * channel, zero, partial(self._task, partial(self._capture, channel)))
            yield Port(EVENTS + 4 * channel, partial(self._event, channel), partial(self._write_event, channel))
            yield Port(0x540 + 4 * channel, partial(self._compared, channel), partial(self._write_compare, channel))
        yield Port(0x200, lambda: self.shorts, partial(self._set, "shorts", 0x3F3F))
        yield Port(0x304, lambda: self.inten, lambda value: self._set("inten", 0x3F_0000, self.inten | value))
        yield Port(0x308, lambda: self.inten, lambda value: self._set("inten", 0x3F_0000, self.inten & ~value))
        for offset, name, valid in ((0x504, "mode", 3), (0x508, "bitmode", 3), (0x510, "prescaler", 15)):
            yield Port(offset, partial(getattr, self, name), partial(self._set, name, valid))

    def update(self) -> None:
        """See Peripheral."""
        self.lines["interrupt"](bool(self.events & self.inten >> COMPARE))

    # -- counting ------------------------------------------------------------------------------------------------------

    @property
    def _mask(self) -> int:
        return (1 << BITS[self.bitmode]) - 1

    @property
    def _unit(self) -> int:
        """How long a tick is, as ``_now`` counts."""
        return self.context.frequency << min(self.prescaler, SLOWEST)

    @property
    def _now(self) -> int:
        """CLOCK times the instructions up to now: ticks are a whole number of it."""
        return self.context.clock.now * CLOCK

    def _settle(self) -> None:
        """Make the events of the ticks that have passed since the last look, and look again at the next one."""
        made = 0
        for number in range(MOST_HITS + 1):
            passed = self._passed()
            wait, hit = self._next_hit()
            if not self.running or self.mode or wait > passed:
                break
            if number == MOST_HITS:
                self._leave_out(passed)
                continue
            self._go_on(wait)
            made |= hit
            self._react(hit)
        if self.running and not self.mode:
            self._go_on(self._passed())
        self._make(made)

    def _passed(self) -> int:
        """Return the ticks since the counter was ``_value``."""
        if not self.running or self.mode:
            return 0
        return (self._now - self._since) // self._unit

    def _next_hit(self) -> tuple[int, int]:
        """Return in how many ticks the counter is a compare value next, and a bit for each channel that has it."""
        waits = [(value - self._value - 1 & self._mask) + 1 for value in self.compare]
        wait = min(waits)
        return wait, sum(1 << channel for channel, each in enumerate(waits) if each == wait)

    def _go_on(self, ticks: int) -> None:
        """Let ``ticks`` pass; what is left of the time since then counts for the next one."""
        self._value = self._value + ticks & self._mask
        self._since += ticks * self._unit

    def _leave_out(self, passed: int) -> None:
        """Let as many whole rounds pass as there are, from one clear to the next, or through the whole counter."""
        clears = [value for channel, value in enumerate(self.compare) if self.shorts >> CLEAR + channel & 1 and value]
        around = min(clears) if clears else self._mask + 1
        self._since += passed // around * around * self._unit

    def _react(self, hit: int) -> None:
        """Do what SHORTS say of the compare events ``hit``."""
        if hit & self.shorts >> CLEAR:
            self._value = 0
        if hit & self.shorts >> STOP:
            self.running = False

    def _make(self, made: int) -> None:
        self.events |= made
        self._alarm.set(self._due())
        self.update()
        for channel in set_bits(made):
            self.context.tell_event(self.address + EVENTS + 4 * channel)

    def _due(self) -> int | None:
        """Return when the next compare event is that something follows from, None where there is none."""
        matters = self.shorts | self.inten >> COMPARE or self.context.event_listeners
        if not self.running or self.mode or not matters:
            return None
        return -(-(self._since + self._next_hit()[0] * self._unit) // CLOCK)  # rounded up

    # -- registers -----------------------------------------------------------------------------------------------------

    def _task(self, task: Callable[[], None], value: int) -> None:
        if value & 1:
            self._settle()
            task()
            self._make(0)

    def _start(self) -> None:
        if not self.running:
            self.running, self._since = True, self._now

    def _stop(self) -> None:
        self.running = False

    def _clear(self) -> None:
        self._value, self._since = 0, self._now

    def _count(self) -> None:
        if self.running and self.mode:
            self._value = self._value + 1 & self._mask
            hit = sum(1 << channel for channel, value in enumerate(self.compare) if value == self._value)
            self._react(hit)
            self._make(hit)

    def _capture(self, channel: int) -> None:
        self.compare[channel] = self._value

    def _event(self, channel: int) -> int:
        self._settle()
        return self.events >> channel & 1

    def _write_event(self, channel: int, value: int) -> None:
        self._settle()
        self.events = self.events & ~(1 << channel) | (value & 1) << channel
        self.update()

    def _compared(self, channel: int) -> int:
        return self.compare[channel]

    def _write_compare(self, channel: int, value: int) -> None:
        self._settle()
        self.compare[channel] = value & 0xFFFF_FFFF
        self._make(0)

    def _set(self, name: str, valid: int, value: int) -> None:
        self._settle()
        setattr(self, name, value & valid)
        self._make(0)

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Peripheral."""
        super().restore(state)
        self._alarm.restore({"due": None})
        self._settle()
