"""The receiving half of a UART: when the next byte of its input arrives.

The rule, the same for every UART: input is taken from its channel byte by byte. A byte arrives one character time
after the guest has read the one before it, or after it enabled the receiver; a byte that is not read waits and is
never lost. So what a program sees depends on what it does and on nothing else, and its input cannot overrun it.

When the channel has no byte its input is at its end. It is asked again when the program asks, for a person at a
terminal may have typed by then: it looks at the UART's status, finds no byte in the data register, or enables the
receive interrupt. It is asked again, too, when the channel says that it has more (``resume``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emulator.annotations import Any
from emulator.devices.countdown import Alarm
from emulator.devices.device import DeviceContext

BITS_A_CHARACTER = 10
"""A start bit, eight data bits and a stop bit."""

LONGEST_BIT = 100_000
"""Instructions. A program that sets no sensible baud rate still gets its input in good time."""


class Receiver:
    """Takes bytes from ``channel`` and holds one of them. ``arrived()`` is called when there is one.

    ``bit_time()`` answers the instructions that one bit takes, as the baud rate is set now.
    """

    STATE = ("byte", "enabled", "ended", "_again", "_asked")

    def __init__(
        self, context: DeviceContext, channel: str, bit_time: Callable[[], int], arrived: Callable[[], None]
    ) -> None:
        self._context = context
        self._channel = channel
        self._bit_time = bit_time
        self._arrived = arrived
        self._alarm = Alarm(context.clock, self._arrive)
        self.power_up()

    def power_up(self) -> None:
        """Forget what was received, and that the input ended."""
        self.byte: int | None = None
        self._again: int | None = None
        self.enabled = self._asked = False
        self.ended = not self._channel
        self._alarm.set(None)

    def reset(self) -> None:
        """Disable it. A byte that waits arrives again, once the receiver is enabled."""
        self.enabled = False
        self.withdraw()

    def withdraw(self) -> None:
        """Empty the buffer: a byte that waits arrives again later."""
        if self.byte is not None:
            self._again, self.byte = self.byte, None
        self._expect()

    def enable(self, enabled: bool) -> None:
        """Start or stop receiving."""
        self.enabled = enabled
        self._expect()

    def take(self) -> int | None:
        """Return the byte that waits, if there is one, and expect the next."""
        byte, self.byte = self.byte, None
        if byte is not None:
            self._expect()
        else:
            self.listen()
        return byte

    @property
    def is_connected(self) -> bool:
        """Whether bytes may come at all."""
        return bool(self._channel)

    @property
    def is_quiet(self) -> bool:
        """Whether ``look`` does nothing more than it did before."""
        return self._asked and not (self.ended and self.enabled and self._channel)

    def look(self) -> None:
        """The program looks whether a byte waits: ask a channel that was at its end once more."""
        self._asked = True
        self._context.ask(self._channel)
        if self.ended and self.enabled and self._channel:
            self.ended = False
            self._arrive()

    def listen(self) -> None:
        """The program asks for a byte, but not whether there is one now."""
        self._context.ask(self._channel)
        self.resume()

    def resume(self) -> None:
        """Expect a byte of a channel that was at its end."""
        if self.ended and self._channel:
            self.ended = False
            self._expect()

    def _expect(self) -> None:
        if not self.enabled or self.ended or self.byte is not None:
            self._alarm.set(None)
        elif self._alarm.due is None:
            bit = max(1, min(self._bit_time(), LONGEST_BIT))
            self._alarm.set(self._context.clock.now + BITS_A_CHARACTER * bit)

    def _arrive(self) -> None:
        self.byte, self._again = self._again, None
        if self.byte is None:
            self.byte = self._context.receive(self._channel)
        self.ended = self.byte is None
        if not self.ended:
            self._arrived()

    def save(self) -> dict[str, Any]:
        """Return the state. How much of the channel's input was taken is the channel's to save."""
        return {name: getattr(self, name) for name in self.STATE} | {"alarm": self._alarm.save()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a state."""
        for name in self.STATE:
            setattr(self, name, state[name])
        self._alarm.restore(state["alarm"])
