"""CMSDK APB dual timer: two down counters of 16 or 32 bits with prescalers. [DDI 0479, 4.5]

Free-running counters wrap, periodic ones go to LOAD, one-shot ones stop at zero. A 16-bit counter keeps the upper half
of VALUE as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from emulator.annotations import Any
from emulator.armv7m.guest import Clock
from emulator.armv7m.ports import Port, zero
from emulator.devices.countdown import Countdown
from emulator.devices.peripheral import Peripheral, identification

ONE_SHOT, SIZE_32, INTEN, PERIODIC, ENABLE = 1, 2, 1 << 5, 1 << 6, 1 << 7
VALID = 0xEF
PRESCALE_LOW = 2
DIVIDERS = (1, 16, 256, 256)  # CONTROL.PRESCALE 0b11 is undefined; it divides by 256, as in QEMU


class DualTimerModule:
    """One of the two counters."""

    STATE = ("control", "load", "ris", "_high")

    def __init__(self, clock: Clock, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.counter = Countdown(clock, self._expired)

    def reset(self) -> None:
        """Stopped, free-running, 16 bits, at the highest value, with the interrupt enabled."""
        self.control = INTEN
        self.load = self.ris = 0
        self._high = 0xFFFF_0000
        self.counter.reset(0xFFFF, 0xFFFF)
        self.counter.set_alarmed(True)

    def ports(self, offset: int) -> Iterator[Port]:
        """Yield the registers of this counter, which begin at ``offset``."""
        yield Port(offset + 0x00, lambda: self.load, self._write_load)  # TIMERXLOAD
        yield Port(offset + 0x04, self._read_value)  # TIMERXVALUE
        yield Port(offset + 0x08, lambda: self.control, self._write_control)  # TIMERXCONTROL
        yield Port(offset + 0x0C, zero, self._write_intclear)  # TIMERXINTCLR
        yield Port(offset + 0x10, self._read_ris)  # TIMERXRIS
        yield Port(offset + 0x14, self._read_mis)  # TIMERXMIS
        yield Port(offset + 0x18, lambda: self.load, self._write_background_load)  # TIMERXBGLOAD

    @property
    def interrupts(self) -> bool:
        """Whether this counter asks for an interrupt."""
        return bool(self.ris and self.control & INTEN)

    @property
    def _mask(self) -> int:
        return 0xFFFF_FFFF if self.control & SIZE_32 else 0xFFFF

    def _expired(self, times: int) -> None:
        self.ris = 1
        self._changed()

    def _read_value(self) -> int:
        return self.counter.value if self.control & SIZE_32 else self._high | self.counter.value

    def _read_ris(self) -> int:
        self.counter.settle()
        return self.ris

    def _read_mis(self) -> int:
        self.counter.settle()
        return int(self.interrupts)

    def _write_load(self, value: int) -> None:
        self.counter.settle()
        self.load = value
        self._high = value & 0xFFFF_0000
        self.counter.set_limit(self._limit())
        self.counter.set_value(value & self._mask)
        if self.control & ENABLE:
            self.counter.run(bool(self.control & ONE_SHOT))

    def _write_background_load(self, value: int) -> None:
        self.counter.settle()
        self.load = value
        self.counter.set_limit(self._limit())

    def _limit(self) -> int:
        return (self.load if self.control & PERIODIC else 0xFFFF_FFFF) & self._mask

    def _write_control(self, value: int) -> None:
        count = self._read_value()
        self.control = value & VALID
        if not self.control & SIZE_32:
            self._high = count & 0xFFFF_0000
        if count & self._mask != self.counter.value:
            self.counter.set_value(count & self._mask)
        self.counter.set_limit(self._limit())
        self.counter.set_divider(DIVIDERS[self.control >> PRESCALE_LOW & 3])
        self.counter.set_alarmed(bool(self.control & INTEN))
        if self.control & ENABLE:
            self.counter.run(bool(self.control & ONE_SHOT))
        else:
            self.counter.stop()
        self._changed()

    def _write_intclear(self, value: int) -> None:
        self.counter.settle()
        self.ris = 0
        self._changed()

    def save(self) -> dict[str, Any]:
        """Return the state."""
        return {name: getattr(self, name) for name in self.STATE} | {"counter": self.counter.save()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a state."""
        for name in self.STATE:
            setattr(self, name, state[name])
        self.counter.restore(state["counter"])


class CmsdkDualTimer(Peripheral):
    """Both counters. ``combined`` is high while ``timer1`` or ``timer2`` is."""

    LINES = ("timer1", "timer2", "combined")
    STATE = ("itcr", "itop")
    PARTS = ("timer1", "timer2")

    def set_up(self) -> None:
        """See Peripheral."""
        self.timer1 = DualTimerModule(self.context.clock, self.update)
        self.timer2 = DualTimerModule(self.context.clock, self.update)

    def reset(self) -> None:
        """See Device."""
        self.itcr = self.itop = 0
        self.timer1.reset()
        self.timer2.reset()
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield from self.timer1.ports(0x00)
        yield from self.timer2.ports(0x20)
        yield Port(0xF00, lambda: self.itcr, self._write_itcr)  # TIMERITCR
        yield Port(0xF04, zero, self._write_itop)  # TIMERITOP
        yield from identification((0x04, 0, 0, 0, 0x23, 0xB8, 0x1B, 0))

    def update(self) -> None:
        """In the integration test mode TIMERITOP drives the lines."""
        levels = (self.itop & 1, self.itop >> 1) if self.itcr else (self.timer1.interrupts, self.timer2.interrupts)
        self.lines["timer1"](bool(levels[0]))
        self.lines["timer2"](bool(levels[1]))
        self.lines["combined"](bool(levels[0] or levels[1]))

    def _write_itcr(self, value: int) -> None:
        self.itcr = value & 1
        self.update()

    def _write_itop(self, value: int) -> None:
        self.itop = value & 3
        self.update()
