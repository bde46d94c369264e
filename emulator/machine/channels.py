"""What goes in and out of a machine as bytes: the console, UARTs, ITM ports, semihosting's streams.

Each is a channel with a name. Output goes to the observers and to ``on_console``; input is asked for when the program
asks for it.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING, Protocol
from emulator.devices.clock import VirtualClock
from emulator.machine.events import ConsoleSent
from emulator.machine.observers import Observers

if TYPE_CHECKING:
    from emulator.devices.catalog import Devices


class ChannelHost(Protocol):
    """Takes what a program leaves in its own memory for a channel."""

    def take(self) -> None:
        """Take what is there."""

    def end(self) -> None:
        """Another host follows."""


class Channels:
    """The channels of a machine, whose output ``observers`` hear of."""

    def __init__(self, clock: VirtualClock, observers: Observers) -> None:
        self.clock = clock
        self.observers = observers
        self.devices: Devices | None = None
        """The devices on the bus, where a board has put some there."""
        self.host: ChannelHost | None = None
        self.on_send: Callable[[str, bytes], None] = lambda channel, data: None
        """Hears of console output as the guest's world does: an input that depends on it."""
        self.read_input: Callable[[str], int | None] = lambda channel: None
        """The next byte of a channel's input, None when there is none (yet)."""
        self.on_ask: Callable[[str], None] = lambda channel: None
        """The program asks for input of a channel: it looks whether there is some, or wants an interrupt for it."""
        self.input_pends: Callable[[], bool] = lambda: False
        """Whether input may still come after ``read_input`` of the console has answered None."""

    @property
    def on_console(self) -> Callable[[str, bytes], None]:
        """Hears of console output, as observers do."""
        return self.observers.on_console

    @on_console.setter
    def on_console(self, hear: Callable[[str, bytes], None]) -> None:
        self.observers.on_console = hear

    def send(self, channel: str, data: bytes) -> None:
        """The guest sends ``data`` to a ``channel``: the console, an ITM port, a UART of the board."""
        if self.observers:
            self.observers.emit(ConsoleSent(self.clock.now, channel, data.decode("latin-1")))
        if not self.observers.is_replay:
            self.observers.on_console(channel, data)
        self.on_send(channel, data)

    def console(self, data: bytes) -> None:
        """Write to the console."""
        self.send("console", data)

    def take_input(self, channel: str) -> int | None:
        """The program waits for a byte of ``channel``: return it, None when there is none."""
        self.on_ask(channel)
        return self.read_input(channel)

    def receive(self, waits: bool) -> int | None:
        """Return the next byte of the console's input, None where there is none; ``waits`` for a user who types."""
        return self.take_input("stdin" if waits else "console")

    def input_ready(self) -> None:
        """``read_input`` may have bytes for channels that had none when they were asked last."""
        if self.devices is not None:
            self.devices.input_ready()

    @property
    def input_ended(self) -> bool:
        """Whether no input can come after ``receive`` has answered None."""
        return not self.input_pends()
