"""Timer of the LPC17xx and its relatives: counting, matches and what they do. [UM10360 21]

It counts one in PR + 1 ticks of a clock that the board says: this one does not follow PCLKSEL [D-280]. A match sets its
flag in IR where MCR asks for the interrupt, resets the counter with the next count, or stops it. Left out: captures,
the counter mode, and what matches do to pins; their registers hold what is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from emulator.annotations import Any
from emulator.armv7m.ports import Port
from emulator.devices.countdown import Alarm
from emulator.devices.held_registers import HeldRegisters
from emulator.devices.peripheral import Parameter

ENABLE, RESET = 1 << 0, 1 << 1
"""TCR"""
INTERRUPT, RESETS, STOPS = 1 << 0, 1 << 1, 1 << 2
"""MCR, three bits a match."""
MATCHES = 4
HIGHEST = 0xFFFF_FFFF
STOPPED = -1
"""Instead of the time at which the counter had its value: it does not count."""


class LpcTimer(HeldRegisters):
    """One timer; its clock ticks once in ``divider`` instructions."""

    LINES = ("interrupt",)
    PARAMETERS = {"size": Parameter(int, 0x4000), "divider": Parameter(int, 4, highest=1024)}
    HELD = (0x28, 0x3C, 0x70)
    """CCR, EMR and CTCR."""
    STATE = ("ir", "tcr", "prescaler", "mcr", "match", "held", "_counter", "_since")

    def set_up(self) -> None:
        """See Peripheral."""
        self.size = self.parameters["size"]
        self._divider: int = max(self.parameters["divider"], 1)
        self._alarm = Alarm(self.context.clock, self._settle)

    def reset(self) -> None:
        """See Device."""
        self.ir = self.tcr = self.prescaler = self.mcr = self._counter = 0
        self.match = [0] * MATCHES
        self.reset_held()
        self._since = STOPPED
        self._alarm.set(None)
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(0x00, partial(self._load, "ir"), self._write_ir)
        yield Port(0x04, lambda: self.tcr, partial(self._write, "tcr"))
        yield Port(0x08, partial(self._load, "_counter"), partial(self._write, "_counter"))
        yield Port(0x0C, lambda: self.prescaler, partial(self._write, "prescaler"))
        yield Port(0x10, self._prescale_counter)
        yield Port(0x14, lambda: self.mcr, partial(self._write, "mcr"))
        for number in range(MATCHES):
            yield Port(0x18 + 4 * number, partial(self._match, number), partial(self._write_match, number))
        yield from self.held_ports()

    def update(self) -> None:
        """See Peripheral."""
        self.lines["interrupt"](bool(self.ir))

    # -- counting ------------------------------------------------------------------------------------------------

    @property
    def _unit(self) -> int:
        """Instructions to a count."""
        return self._divider * (self.prescaler + 1)

    @property
    def _counts(self) -> bool:
        return self.tcr & (ENABLE | RESET) == ENABLE

    def _does(self, number: int, what: int) -> bool:
        return bool(self.mcr >> 3 * number & what)

    def _stops_at(self, number: int, now: int) -> bool:
        return self.match[number] > now and self._does(number, STOPS)

    @property
    def _end(self) -> int:
        """Where the counter goes no further: at the next match that resets or stops it, else at its own end."""
        now = self._counter
        ends = [v for n, v in enumerate(self.match) if (v >= now and self._does(n, RESETS)) or self._stops_at(n, now)]
        return min(ends, default=HIGHEST)

    def _settle(self) -> None:
        """Count up to now, and look again when the next match is."""
        if self._counts:
            counts = (self.context.clock.now - self._since) // self._unit
            self._since += counts * self._unit
            while counts > 0 and self._counts:
                counts = self._count(counts)
        if not self._counts:
            self._since = STOPPED
        self._schedule()
        self.update()

    def _count(self, counts: int) -> int:
        """Count up to the end or to the beginning behind it; return how many counts are left."""
        end, first = self._end, self._counter
        step = min(counts, end - first)
        self._pass(first + 1, first + step)
        self._counter += step
        if self._counter == end and any(self._stops_at(n, first) and v == end for n, v in enumerate(self.match)):
            self.tcr &= ~ENABLE
            self._counter = 0 if self._resets_at(end) else end
            return 0
        if step == counts:
            return 0
        self._counter = 0
        self._pass(0, 0)
        counts -= step + 1
        period = self._end + 1
        if (
            counts >= period
            and self._resets_at(period - 1)
            and not any(map(self._stops_before(period), range(MATCHES)))
        ):
            self._pass(0, period - 1)
            counts %= period
        return counts

    def _resets_at(self, value: int) -> bool:
        return any(v == value and self._does(n, RESETS) for n, v in enumerate(self.match))

    def _stops_before(self, value: int) -> Callable[[int], bool]:
        return lambda number: self.match[number] < value and self._does(number, STOPS)

    def _pass(self, first: int, last: int) -> None:
        """The counter went through these values."""
        for number, value in enumerate(self.match):
            if first <= value <= last and self._does(number, INTERRUPT):
                self.ir |= 1 << number

    def _schedule(self) -> None:
        waits = []
        end = self._end
        for number, value in enumerate(self.match if self._counts else []):
            if not self._does(number, STOPS) and not (self._does(number, INTERRUPT) and not self.ir >> number & 1):
                continue
            if value > self._counter:
                waits.append(value - self._counter)
            elif value <= end:
                waits.append(end - self._counter + 1 + value)
        self._alarm.set(self._since + min(waits) * self._unit if waits else None)

    # -- registers -----------------------------------------------------------------------------------------------

    def _load(self, name: str) -> int:
        self._settle()
        value: int = getattr(self, name)
        return value

    def _write(self, name: str, value: int) -> None:
        self._settle()
        setattr(self, name, value)
        if self.tcr & RESET:
            self._counter = 0
        if name != "mcr":
            self._since = self.context.clock.now
        self._settle()

    def _write_ir(self, value: int) -> None:
        self._settle()
        self.ir &= ~value
        self._settle()

    def _prescale_counter(self) -> int:
        self._settle()
        return (self.context.clock.now - self._since) // self._divider if self._counts else 0

    def _match(self, number: int) -> int:
        return self.match[number]

    def _write_match(self, number: int, value: int) -> None:
        self._settle()
        self.match[number] = value
        self._settle()

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Peripheral."""
        super().restore(state)
        self._alarm.restore({"due": None})
        self._schedule()
