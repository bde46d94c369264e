"""Devices without a machine: a clock that tests turn by hand, interrupt lines and channels that can be looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from emulator.board.board import Board
from emulator.devices.catalog import Devices
from emulator.devices.clock import VirtualClock
from emulator.devices.device import DeviceContext
from emulator.devices.peripheral import Peripheral, Value

AnyDevice = TypeVar("AnyDevice", bound=Peripheral)


class DeviceBench:
    """What a device gets from its board: ``lines`` and ``irqs`` are levels, ``sent`` what went out, ``input`` comes in.

    ``nmi`` is the level of the NMI line, ``resets`` counts the requests for a reset.
    """

    def __init__(self, frequency: int = 1_000_000) -> None:
        self.clock = VirtualClock()
        self.irqs: dict[int, bool] = {}
        self.lines: dict[str, bool] = {}
        self.rises: dict[int, int] = {}
        self.sent: list[tuple[str, bytes]] = []
        self.input: list[int] = []
        self.asked: list[str] = []
        self.wanted: list[str] = []
        self.nmi = False
        self.resets = 0
        self.context = DeviceContext(
            clock=self.clock,
            frequency=frequency,
            set_irq=self._set_irq,
            transmit=lambda name, data: self.sent.append((name, data)),
            receive=self._receive,
            request_reset=self._request_reset,
            set_nmi=self._set_nmi,
            ask=self.wanted.append,
        )

    def make(self, kind: type[AnyDevice], **parameters: Value) -> AnyDevice:
        """Return a device whose lines are ``lines``."""
        return kind(self.context, {name: self._line(name) for name in kind.LINES}, parameters)

    def make_board(self, board: Board) -> Devices:
        """Return all devices of a board, with their interrupts in ``irqs``."""
        return Devices(board.devices, self.context)

    def advance(self, instructions: int) -> None:
        """Let time pass in one step, then make the calls that are due, as at a block boundary."""
        self.clock.skip_to(self.clock.now + instructions)
        self.clock.run_due()

    def _line(self, name: str) -> Callable[[bool], None]:
        self.lines[name] = False

        def set_level(level: bool) -> None:
            self.lines[name] = level

        return set_level

    def _set_irq(self, irq: int, level: bool) -> None:
        if level and not self.irqs.get(irq):
            self.rises[irq] = self.rises.get(irq, 0) + 1
        self.irqs[irq] = level

    def _receive(self, channel: str) -> int | None:
        self.asked.append(channel)
        return self.input.pop(0) if self.input else None

    def _request_reset(self, device: str) -> None:
        self.resets += 1

    def _set_nmi(self, level: bool, device: str) -> None:
        self.nmi = level


def word(device: Peripheral, offset: int) -> int:
    """Read a word register."""
    value = device.read(offset, 4)
    assert value is not None
    return value


def put(device: Peripheral, offset: int, value: int) -> None:
    """Write a word register."""
    assert device.write(offset, 4, value)


def registers(device: Peripheral) -> dict[int, Any]:
    """Return every word of a device, by offset."""
    return {offset: device.read(offset, 4) for offset in range(0, device.size, 4)}
