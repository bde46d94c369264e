"""Radio of the nRF52 series, in a place where nobody else is. [nRF52840 PS 6.20] Nothing comes in.

Its states, their events and shortcuts are there, with the times that ramp-up and a packet of that length take. The air
is always clear: CCA is idle, energy and signal strength are the least. Left out: bit counters, device addresses that
match, and the inter-frame spacing, TIFS; their registers hold what is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from emulator.annotations import Any
from emulator.armv7m.ports import Port, constant, zero
from emulator.bits import mask
from emulator.devices.countdown import Alarm
from emulator.devices.held_registers import HeldRegisters

DISABLED, RX_RU, RX_IDLE, RX, RX_DISABLE, TX_RU, TX_IDLE, TX, TX_DISABLE = 0, 1, 2, 3, 4, 9, 10, 11, 12
"""STATE"""
TASKS = (
    *("txen", "rxen", "start", "stop", "disable", "rssistart", "rssistop", "bcstart", "bcstop"),
    *("edstart", "edstop", "ccastart", "ccastop"),
)
READY, ADDRESS, PAYLOAD, END, AT_DISABLED, RSSIEND, EDEND, EDSTOPPED, CCAIDLE, CCASTOPPED = (
    *(0, 1, 2, 3, 4, 7, 15, 16, 17, 19),
)
FRAMESTART, TXREADY, RXREADY, PHYEND = 14, 21, 22, 27
EVENTS, EVENT_COUNT = 0x100, 28
SHORTS: Mapping[int, tuple[int, str]] = {
    0: (READY, "start"), 1: (END, "disable"), 2: (AT_DISABLED, "txen"), 3: (AT_DISABLED, "rxen"),
    4: (ADDRESS, "rssistart"), 5: (END, "start"), 11: (RXREADY, "ccastart"), 12: (CCAIDLE, "txen"),
    15: (READY, "edstart"), 16: (EDEND, "disable"), 17: (CCAIDLE, "stop"), 18: (TXREADY, "start"),
    19: (RXREADY, "start"), 20: (PHYEND, "disable"), 21: (PHYEND, "start"),
}  # fmt: skip
"""What each bit of SHORTS connects: an event with a task."""
RAMP_UP, FAST_RAMP_UP, RAMP_DOWN, MEASURE = 140, 40, 6, 128
"""In microseconds."""
BYTE_TIMES = {0: 8, 1: 4, 3: 8, 4: 4, 5: 64, 6: 16, 15: 32}
"""Microseconds that a byte takes, by MODE."""
IEEE802154 = 15
FRAME_BYTES = 8
"""Of a packet without its contents: preamble, address, CRC."""
PACKETPTR, MODE, PCNF0, PCNF1, MODECNF0 = 0x504, 0x510, 0x514, 0x518, 0x650
NONE = -1
"""No time."""


class NrfRadio(HeldRegisters):
    """One radio."""

    LINES = ("interrupt",)
    HELD = (
        *(*range(0x504, 0x540, 4), 0x544, 0x554, 0x560, *range(0x600, 0x644, 4), 0x644, 0x648, 0x650),
        *(0x660, 0x664, 0x66C),
    )
    STATE = ("state", "events", "inten", "shorts", "held", "power", "_due", "_measure_due", "_measured")

    def set_up(self) -> None:
        """See Peripheral."""
        self._alarm = Alarm(self.context.clock, self._advance)
        self._measure = Alarm(self.context.clock, self._end_measure)
        self._places = {offset: place for place, offset in enumerate(self.HELD)}

    def reset(self) -> None:
        """See Device."""
        self.state = self.events = self.inten = self.shorts = self._measured = 0
        self.power = 1
        self.reset_held()
        self._set_due(None)
        self._set_measure(None)
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        for number, name in enumerate(TASKS):
            yield Port(4 * number, zero, partial(self._task, name))
        for event in range(EVENT_COUNT):
            yield Port(EVENTS + 4 * event, partial(self._event, event), partial(self._write_event, event))
        yield Port(0x200, lambda: self.shorts, partial(setattr, self, "shorts"))
        yield Port(0x304, lambda: self.inten, lambda value: self._enable(self.inten | value))
        yield Port(0x308, lambda: self.inten, lambda value: self._enable(self.inten & ~value))
        yield Port(0x400, constant(1))  # CRCSTATUS
        yield Port(0x548, constant(127))  # RSSISAMPLE, in -dBm
        yield Port(0x550, lambda: self.state)
        yield Port(0xFFC, lambda: self.power, self._write_power)
        yield from self.held_ports()

    def update(self) -> None:
        """See Peripheral."""
        self.lines["interrupt"](bool(self.events & self.inten))

    # -- states --------------------------------------------------------------------------------------------------

    def _task(self, name: str, value: int) -> None:
        if value & 1 and self.power:
            self._do(name)

    def _do(self, name: str) -> None:
        idle, busy = (TX_IDLE, TX) if self.state >= TX_RU else (RX_IDLE, RX)
        if name in ("txen", "rxen") and self.state in (DISABLED, RX_IDLE, TX_IDLE, RX, TX_DISABLE, RX_DISABLE):
            self.state = TX_RU if name == "txen" else RX_RU
            self._wait(FAST_RAMP_UP if self._setting(MODECNF0) & 1 else RAMP_UP)
        elif name == "start" and self.state == idle:
            self.state = busy
            self._wait(self._packet_time() if busy == TX else None)
        elif name == "stop" and self.state == busy:
            self.state = idle
            self._wait(None)
        elif name == "disable":
            self.state = {TX: TX_DISABLE, TX_IDLE: TX_DISABLE, TX_RU: TX_DISABLE}.get(self.state, RX_DISABLE)
            self._set_measure(None)
            self._wait(RAMP_DOWN)
        elif name == "rssistart":
            self._happen(RSSIEND)
        elif name in ("edstart", "ccastart"):
            self._measured = EDEND if name == "edstart" else CCAIDLE
            self._set_measure(self._later(MEASURE))
        elif name in ("edstop", "ccastop"):
            self._set_measure(None)
            self._happen(EDSTOPPED if name == "edstop" else CCASTOPPED)

    def _advance(self) -> None:
        """What was under way is done."""
        self._due = NONE
        if self.state in (TX_RU, RX_RU):
            is_tx = self.state == TX_RU
            self.state = TX_IDLE if is_tx else RX_IDLE
            self._happen(READY, TXREADY if is_tx else RXREADY)
        elif self.state == TX:
            self.state = TX_IDLE
            framed = (FRAMESTART,) if self._setting(MODE) == IEEE802154 else ()
            self._happen(*framed, ADDRESS, PAYLOAD, END, PHYEND)
        elif self.state in (TX_DISABLE, RX_DISABLE):
            self.state = DISABLED
            self._happen(AT_DISABLED)

    def _end_measure(self) -> None:
        self._measure_due = NONE
        self._happen(self._measured)

    def _happen(self, *events: int) -> None:
        """Make events, then do what is connected to them."""
        for event in events:
            self.events |= 1 << event
        self.update()
        for event in events:
            for bit, (cause, task) in SHORTS.items():
                if cause == event and self.shorts >> bit & 1:
                    self._do(task)
            self.context.tell_event(self.address + EVENTS + 4 * event)

    def _packet_time(self) -> int:
        """Return how many microseconds the packet at PACKETPTR takes."""
        lengths, limits, mode = self._setting(PCNF0), self._setting(PCNF1), self._setting(MODE)
        before = lengths >> 8 & 1
        length = self.context.load(self._setting(PACKETPTR) + before, 1)
        contents = (length[0] & mask(lengths & 15) if length else 0) + (limits >> 8 & 0xFF)
        size = FRAME_BYTES + before + (1 if lengths & 15 else 0) + min(contents, limits & 0xFF)
        return size * BYTE_TIMES.get(mode, BYTE_TIMES[0])

    def _setting(self, offset: int) -> int:
        return self.held[self._places[offset]]

    # -- time ----------------------------------------------------------------------------------------------------

    def _later(self, microseconds: int) -> int:
        return self.context.clock.now + max(microseconds * self.context.frequency // 1_000_000, 1)

    def _wait(self, microseconds: int | None) -> None:
        self._set_due(None if microseconds is None else self._later(microseconds))

    def _set_due(self, due: int | None) -> None:
        self._due = NONE if due is None else due
        self._alarm.set(due)

    def _set_measure(self, due: int | None) -> None:
        self._measure_due = NONE if due is None else due
        self._measure.set(due)

    # -- registers -----------------------------------------------------------------------------------------------

    def _event(self, event: int) -> int:
        return self.events >> event & 1

    def _write_event(self, event: int, value: int) -> None:
        self.events = self.events & ~(1 << event) | (value & 1) << event
        self.update()

    def _enable(self, inten: int) -> None:
        self.inten = inten
        self.update()

    def _write_power(self, value: int) -> None:
        if not value & 1:
            self.reset()
        self.power = value & 1

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Peripheral."""
        super().restore(state)
        for alarm, due in ((self._alarm, self._due), (self._measure, self._measure_due)):
            alarm.restore({"due": None if due == NONE else due})
