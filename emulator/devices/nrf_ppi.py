"""Programmable peripheral interconnect of the nRF52 series. [nRF52840 PS 6.16] An event of one device starts tasks.

Events are those that other models tell of (DeviceContext.tell_event): nrf-uarte, nrf-radio, nrf-rtc and nrf-timer. A
task is started as by a store of 1. The channels from 20 on are connected for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.armv7m.ports import Port, zero
from emulator.devices.peripheral import Peripheral

CHANNELS, PROGRAMMABLE, GROUPS = 32, 20, 6
RADIO, TIMER0, RTC0, CCM = 0x4000_1000, 0x4000_8000, 0x4000_B000, 0x4000_F000
FIXED = (
    (TIMER0 + 0x140, RADIO), (TIMER0 + 0x140, RADIO + 0x4), (TIMER0 + 0x144, RADIO + 0x10), (RADIO + 0x128, CCM),
    (RADIO + 0x100, CCM), (RADIO + 0x104, CCM + 0x4), (RADIO + 0x104, TIMER0 + 0x44), (RADIO + 0x10C, TIMER0 + 0x48),
    (RTC0 + 0x140, RADIO), (RTC0 + 0x140, RADIO + 0x4), (RTC0 + 0x140, TIMER0 + 0xC), (RTC0 + 0x140, TIMER0),
)  # fmt: skip
"""The event and the task of each of those: compare events with TXEN, RXEN, DISABLE, CLEAR, START, and so on."""
MOST_IN_A_ROW = 16
"""Tasks that are started within one another; events that start themselves again end there."""


class NrfPpi(Peripheral):
    """The channels and their groups."""

    STATE = ("enabled", "events", "tasks", "forks", "groups")

    def set_up(self) -> None:
        """See Peripheral."""
        self._depth = 0
        self.context.event_listeners.append(self._hear)

    def reset(self) -> None:
        """See Device."""
        self.enabled = 0
        self.events = [0] * PROGRAMMABLE
        self.tasks = [0] * PROGRAMMABLE
        self.forks = [0] * CHANNELS
        self.groups = [0] * GROUPS

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        for group in range(GROUPS):
            yield Port(8 * group, zero, partial(self._set_group, group, True))  # TASKS_CHG[n].EN
            yield Port(8 * group + 4, zero, partial(self._set_group, group, False))  # TASKS_CHG[n].DIS
            yield Port(0x800 + 4 * group, *self._element("groups", group))  # CHG[n]
        yield Port(0x500, lambda: self.enabled, partial(setattr, self, "enabled"))  # CHEN
        yield Port(0x504, lambda: self.enabled, lambda value: setattr(self, "enabled", self.enabled | value))  # CHENSET
        yield Port(
            0x508, lambda: self.enabled, lambda value: setattr(self, "enabled", self.enabled & ~value)
        )  # CHENCLR
        for channel in range(PROGRAMMABLE):
            yield Port(0x510 + 8 * channel, *self._element("events", channel))  # CH[n].EEP
            yield Port(0x514 + 8 * channel, *self._element("tasks", channel))  # CH[n].TEP
        for channel in range(CHANNELS):
            yield Port(0x910 + 4 * channel, *self._element("forks", channel))  # FORK[n].TEP

    def _element(self, name: str, index: int) -> tuple[partial[int], partial[None]]:
        return partial(self._get, name, index), partial(self._put, name, index)

    def _get(self, name: str, index: int) -> int:
        row: list[int] = getattr(self, name)
        return row[index]

    def _put(self, name: str, index: int, value: int) -> None:
        getattr(self, name)[index] = value

    def _set_group(self, group: int, is_enabled: bool, value: int) -> None:
        if value & 1:
            self.enabled = self.enabled | self.groups[group] if is_enabled else self.enabled & ~self.groups[group]

    def _hear(self, event: int) -> None:
        """An event happened, whose register is at the address ``event``."""
        if self._depth == MOST_IN_A_ROW:
            return
        self._depth += 1
        programmed = zip(self.events, self.tasks, strict=True)
        for channel, (wanted, first) in enumerate((*programmed, *FIXED)):
            if wanted == event and self.enabled >> channel & 1:
                for task in (first, self.forks[channel]):
                    if task:
                        self.context.start_task(task)
        self._depth -= 1
