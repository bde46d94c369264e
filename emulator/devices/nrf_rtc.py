"""Real-time counter of the nRF52 series. [nRF52840 PS 6.22] 24 bits at 32,768 Hz, divided by PRESCALER + 1.

TICK and COMPARE events are made while they are enabled in INTEN or EVTEN, as on the part. Left out: the delays of tasks
by up to two ticks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from emulator.annotations import Any
from emulator.armv7m.ports import Port, zero
from emulator.bits import set_bits
from emulator.devices.countdown import Alarm
from emulator.devices.peripheral import Peripheral

CLOCK = 32_768
COUNTER_MASK = 0xFF_FFFF
TRIGGER_OVERFLOW = 0xFF_FFF0
TICK, OVERFLOW, COMPARE = 0, 1, 16
EVENTS = 0x100
"""Where the registers of the events begin."""
CHANNELS = 4


class NrfRtc(Peripheral):
    """One counter."""

    LINES = ("interrupt",)
    STATE = ("running", "prescaler", "inten", "evten", "events", "compare", "_base", "_since", "_seen")

    def set_up(self) -> None:
        """See Peripheral."""
        self._alarm = Alarm(self.context.clock, self._ring)

    def reset(self) -> None:
        """See Device."""
        self.running = False
        self.prescaler = self.inten = self.evten = self.events = 0
        self.compare = [0] * CHANNELS
        self._base = self._since = self._seen = 0
        self._alarm.set(None)
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        for offset, task in ((0x0, self._start), (0x4, self._stop), (0x8, self._clear), (0xC, self._trigger)):
            yield Port(offset, zero, partial(self._task, task))
        for bit in (TICK, OVERFLOW, *range(COMPARE, COMPARE + CHANNELS)):
            yield Port(0x100 + 4 * bit, partial(self._event, bit), partial(self._write_event, bit))
        for offset, name in ((0x300, "inten"), (0x340, "evten")):
            yield Port(offset, partial(getattr, self, name), partial(self._enable, name, "="))
            yield Port(offset + 4, partial(getattr, self, name), partial(self._enable, name, "set"))
            yield Port(offset + 8, partial(getattr, self, name), partial(self._enable, name, "clear"))
        yield Port(0x504, self._counter)  # COUNTER
        yield Port(0x508, lambda: self.prescaler, self._write_prescaler)  # PRESCALER
        for channel in range(CHANNELS):
            yield Port(0x540 + 4 * channel, partial(self._cc, channel), partial(self._write_cc, channel))

    def update(self) -> None:
        """See Peripheral."""
        self.lines["interrupt"](bool(self.events & self.inten))

    # -- counting ------------------------------------------------------------------------------------------------

    def _ticks(self) -> int:
        """Return the ticks since the counter was started or set."""
        if not self.running:
            return 0
        return (self.context.clock.now - self._since) * CLOCK // (self.context.frequency * (self.prescaler + 1))

    def _counter(self) -> int:
        return self._base + self._ticks() & COUNTER_MASK

    def _settle(self) -> None:
        """Make the events of the ticks that have passed since the last look, and look again at the next one."""
        now = self._ticks()
        enabled, passed = self.inten | self.evten, now - self._seen
        made = 0
        if passed > 0:
            first = self._base + self._seen
            made |= enabled & 1 << TICK
            if (first & COUNTER_MASK) + passed > COUNTER_MASK:
                made |= enabled & 1 << OVERFLOW
            for channel, value in enumerate(self.compare):
                if 0 < (value - first - 1 & COUNTER_MASK) + 1 <= passed:
                    made |= enabled & 1 << COMPARE + channel
            self._seen = now
        self.events |= made
        self._alarm.set(self._next_event(now, enabled))
        self.update()
        for bit in set_bits(made):
            self.context.tell_event(self.address + EVENTS + 4 * bit)

    def _next_event(self, now: int, enabled: int) -> int | None:
        if not self.running or not enabled:
            return None
        first = self._base + now
        compared = [value for n, value in enumerate(self.compare) if enabled >> COMPARE + n & 1]
        waits = [(value - first - 1 & COUNTER_MASK) + 1 for value in compared]
        waits += [1] if enabled & 1 << TICK else []
        waits += [COUNTER_MASK + 1 - (first & COUNTER_MASK)] if enabled & 1 << OVERFLOW else []
        if not waits:
            return None
        unit = self.context.frequency * (self.prescaler + 1)
        return self._since - (-(now + min(waits)) * unit // CLOCK)  # rounded up

    def _ring(self) -> None:
        self._settle()

    def _set_counter(self, value: int) -> None:
        self._base, self._since, self._seen = value, self.context.clock.now, 0
        self._settle()

    # -- registers -----------------------------------------------------------------------------------------------

    def _task(self, task: Callable[[], None], value: int) -> None:
        if value & 1:
            self._settle()
            task()

    def _start(self) -> None:
        if not self.running:
            self.running = True
            self._set_counter(self._base)

    def _stop(self) -> None:
        value, self.running = self._counter(), False
        self._set_counter(value)

    def _clear(self) -> None:
        self._set_counter(0)

    def _trigger(self) -> None:
        self._set_counter(TRIGGER_OVERFLOW)

    def _event(self, bit: int) -> int:
        self._settle()
        return self.events >> bit & 1

    def _write_event(self, bit: int, value: int) -> None:
        self._settle()
        self.events = self.events & ~(1 << bit) | (value & 1) << bit
        self.update()

    def _enable(self, name: str, how: str, value: int) -> None:
        self._settle()
        old: int = getattr(self, name)
        setattr(self, name, old | value if how == "set" else old & ~value if how == "clear" else value)
        self._settle()

    def _write_prescaler(self, value: int) -> None:
        if not self.running:
            self.prescaler = value & 0xFFF

    def _cc(self, channel: int) -> int:
        return self.compare[channel]

    def _write_cc(self, channel: int, value: int) -> None:
        self._settle()
        self.compare[channel] = value & COUNTER_MASK
        self._settle()

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Peripheral."""
        super().restore(state)
        self._alarm.restore({"due": None})
        self._settle()
