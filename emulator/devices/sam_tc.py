"""Timer counter of the SAM3, SAM4 and SAM7 series: three channels that count and compare. [SAM3X 36]

A tick of the master clock is ``divider`` instructions; the slow clock has 32,768 Hz. Counting up, to RC or to the end,
is there, with the flags and interrupts of compares and overflow. Left out: captures, external clocks and events,
counting down, what compares do to pins, and the quadrature decoder; their registers hold what is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from emulator.annotations import Any
from emulator.armv7m.ports import Port, zero
from emulator.devices.countdown import Alarm
from emulator.devices.held_registers import HeldRegisters
from emulator.devices.peripheral import Parameter

CHANNELS, STEP = 3, 0x40
CLKEN, CLKDIS, SWTRG = 1 << 0, 1 << 1, 1 << 2
"""CCR"""
WAVE, STOPS_AT_RC, TRIGGERED_BY_RC, UP_TO_RC = 1 << 15, 3 << 6, 1 << 14, 2 << 13
"""CMR: CPCSTOP and CPCDIS together; CPCTRG of the capture mode and WAVSEL of the other share a bit."""
COVFS, CPAS, CPBS, CPCS, CLKSTA = 1 << 0, 1 << 2, 1 << 3, 1 << 4, 1 << 16
"""SR"""
DIVISORS = (2, 8, 32, 128)
"""Of the master clock, by TCCLKS; the next is the slow clock."""
SLOW_CLOCK = 32_768


class SamTc(HeldRegisters):
    """One block; each row has an element a channel."""

    LINES = ("0", "1", "2")
    PARAMETERS = {
        "size": Parameter(int, 0x4000),
        "divider": Parameter(int, 1, highest=1024),
        "bits": Parameter(int, 32, highest=32),
    }
    HELD = (*(STEP * channel + 8 for channel in range(CHANNELS)), 0xC4, 0xD8, 0xE4)
    enabled: list[int]
    running: list[int]
    cmr: list[int]
    ra: list[int]
    rb: list[int]
    rc: list[int]
    sr: list[int]
    imr: list[int]
    _value: list[int]
    _since: list[int]
    STATE = ("enabled", "running", "cmr", "ra", "rb", "rc", "sr", "imr", "held", "_value", "_since")

    def set_up(self) -> None:
        """See Peripheral."""
        self.size = self.parameters["size"]
        self._end = 1 << self.parameters["bits"]
        self._divider: int = max(self.parameters["divider"], 1)
        self._alarms = [Alarm(self.context.clock, partial(self._settle, channel)) for channel in range(CHANNELS)]

    def reset(self) -> None:
        """See Device."""
        for name in self.STATE:
            setattr(self, name, [0] * CHANNELS)
        self.reset_held()
        for alarm in self._alarms:
            alarm.set(None)
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        for channel in range(CHANNELS):
            base = STEP * channel
            yield Port(base, zero, partial(self._control, channel))
            yield Port(base + 0x10, partial(self._count, channel))
            for offset, name in ((0x04, "cmr"), (0x14, "ra"), (0x18, "rb"), (0x1C, "rc")):
                yield Port(base + offset, partial(self._get, name, channel), partial(self._put, name, channel))
            yield Port(base + 0x20, partial(self._status, channel))
            yield Port(base + 0x24, zero, partial(self._enable, channel))
            yield Port(base + 0x28, zero, partial(self._disable, channel))
            yield Port(base + 0x2C, partial(self._get, "imr", channel))
        yield Port(0xC0, zero, self._control_all)
        yield from self.held_ports()

    def update(self) -> None:
        """See Peripheral."""
        for channel in range(CHANNELS):
            self.lines[str(channel)](bool(self.sr[channel] & self.imr[channel]))

    # -- counting ------------------------------------------------------------------------------------------------

    def _unit(self, channel: int) -> int:
        """Return the instructions to a count."""
        select = self.cmr[channel] & 7
        slow = max(self.context.frequency // SLOW_CLOCK, 1)
        return DIVISORS[select] * self._divider if select < len(DIVISORS) else slow

    def _period(self, channel: int) -> int:
        """Return after how many counts the channel begins again."""
        bit = UP_TO_RC if self.cmr[channel] & WAVE else TRIGGERED_BY_RC
        return self.rc[channel] or self._end if self.cmr[channel] & bit else self._end

    def _compares(self, channel: int) -> Iterator[tuple[int, int]]:
        """Yield the counts that set a flag, with the flag."""
        period, is_wave = self._period(channel), self.cmr[channel] & WAVE
        yield self.rc[channel] or period, CPCS
        if is_wave:
            yield self.ra[channel], CPAS
            yield self.rb[channel], CPBS
        if period == self._end:
            yield period, COVFS

    def _settle(self, channel: int) -> None:
        """Count up to now, and look again when the next flag is that raises an interrupt."""
        if self.running[channel]:
            unit, period, old = self._unit(channel), self._period(channel), self._value[channel]
            counts = (self.context.clock.now - self._since[channel]) // unit
            self._since[channel] += counts * unit
            for count, flag in self._compares(channel):
                if count <= period and (old + counts - count) // period > (old - count) // period:
                    self.sr[channel] |= flag
            stops = self.cmr[channel] & WAVE and self.cmr[channel] & STOPS_AT_RC
            if stops and self.sr[channel] & CPCS and counts >= (self.rc[channel] or period) - old:
                self.running[channel], counts = 0, 0
            self._value[channel] = (old + counts) % period
        self._alarms[channel].set(self._due(channel))
        self.update()

    def _due(self, channel: int) -> int | None:
        if not self.running[channel] or not self.imr[channel]:
            return None
        value, period = self._value[channel], self._period(channel)
        waits = [
            (count - value - 1) % period + 1
            for count, flag in self._compares(channel)
            if flag & self.imr[channel] and count <= period
        ]
        return self._since[channel] + min(waits) * self._unit(channel) if waits else None

    # -- registers -----------------------------------------------------------------------------------------------

    def _control(self, channel: int, value: int) -> None:
        self._settle(channel)
        if value & CLKDIS:
            self.enabled[channel] = self.running[channel] = 0
        elif value & CLKEN:
            self.enabled[channel] = 1
        if value & SWTRG and self.enabled[channel]:
            self.running[channel] = 1
            self._value[channel], self._since[channel] = 0, self.context.clock.now
        self._settle(channel)

    def _control_all(self, value: int) -> None:
        for channel in range(CHANNELS if value & 1 else 0):  # SYNC
            self._control(channel, SWTRG)

    def _count(self, channel: int) -> int:
        self._settle(channel)
        return self._value[channel]

    def _status(self, channel: int) -> int:
        self._settle(channel)
        status = self.sr[channel] | (CLKSTA if self.enabled[channel] else 0)
        self.sr[channel] = 0
        self.update()
        return status

    def _get(self, name: str, channel: int) -> int:
        row: list[int] = getattr(self, name)
        return row[channel]

    def _put(self, name: str, channel: int, value: int) -> None:
        self._settle(channel)
        getattr(self, name)[channel] = value if name == "cmr" else value & self._end - 1
        self._settle(channel)

    def _enable(self, channel: int, bits: int) -> None:
        self._settle(channel)
        self.imr[channel] |= bits
        self._settle(channel)

    def _disable(self, channel: int, bits: int) -> None:
        self._settle(channel)
        self.imr[channel] &= ~bits
        self._settle(channel)

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Peripheral."""
        super().restore(state)
        for channel, alarm in enumerate(self._alarms):
            alarm.restore({"due": self._due(channel)})
