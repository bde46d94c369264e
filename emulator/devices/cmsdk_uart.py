"""CMSDK APB UART. [DDI 0479, 4.3] A byte is sent the moment it is written; see receiver.py for what arrives.

The transmit buffer is therefore full only while the transmitter is off, and the integration test output (HSTEST) does
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.ports import Port
from emulator.devices.peripheral import CONSOLE, Peripheral, identification
from emulator.devices.receiver import Receiver

TXFULL, RXFULL, TXOVERRUN, RXOVERRUN = 1, 2, 4, 8
TX_EN, RX_EN, TX_INTEN, RX_INTEN = 1, 2, 4, 8
INT_TX, INT_RX = 1, 2
OVERRUNS = TXOVERRUN | RXOVERRUN
LOWEST_BAUDDIV = 16


class CmsdkUart(Peripheral):
    """One UART. ``combined`` is high while any of the other four lines is."""

    LINES = ("tx", "rx", "tx-overrun", "rx-overrun", "combined")
    PARAMETERS = {"console": CONSOLE}
    STATE = ("state", "ctrl", "intstatus", "bauddiv", "_sent", "_received")
    PARTS = ("receiver",)

    def set_up(self) -> None:
        """See Peripheral."""
        self._console: str = self.parameters["console"]
        self.receiver = Receiver(self.context, self._console, self._bit_time, self._arrived)

    def reset(self) -> None:
        """See Device."""
        self.state = self.ctrl = self.intstatus = self.bauddiv = 0
        self._sent = self._received = 0
        self.receiver.reset()
        self.update()

    def power_up(self) -> None:
        """See Peripheral. The input begins anew."""
        self.receiver.power_up()
        self.reset()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(0x00, self._read_data, self._write_data)  # DATA
        yield Port(0x04, self._read_state, self._write_state)  # STATE
        yield Port(0x08, lambda: self.ctrl, self._write_ctrl)  # CTRL
        yield Port(0x0C, lambda: self.intstatus, self._write_intclear)  # INTSTATUS, INTCLEAR
        yield Port(0x10, lambda: self.bauddiv, self._write_bauddiv)  # BAUDDIV
        yield from identification((0x04, 0, 0, 0, 0x21, 0xB8, 0x1B, 0))

    def input_ready(self) -> None:
        """See Peripheral."""
        self.receiver.resume()

    def is_steady(self, offset: int, size: int) -> bool:
        """See Device. The flags, unless looking at them asks for input."""
        return offset == 0x04 and self.receiver.is_quiet

    def update(self) -> None:
        """The overrun interrupts are STATE's overrun bits where CTRL enables them; the others are latched."""
        self.intstatus = self.intstatus & ~OVERRUNS | self.state & self.ctrl >> 2 & OVERRUNS
        for bit, name in enumerate(("tx", "rx", "tx-overrun", "rx-overrun")):
            self.lines[name](bool(self.intstatus >> bit & 1))
        self.lines["combined"](bool(self.intstatus))

    def _bit_time(self) -> int:
        return max(self.bauddiv, LOWEST_BAUDDIV)

    def _arrived(self) -> None:
        assert self.receiver.byte is not None
        self._received = self.receiver.byte
        self.state |= RXFULL
        if self.ctrl & RX_INTEN:
            self.intstatus |= INT_RX
        self.update()

    def _read_data(self) -> int:
        self.receiver.take()
        self.state &= ~RXFULL
        self.update()
        return self._received

    def _write_data(self, value: int) -> None:
        if self.state & TXFULL:
            self.state |= TXOVERRUN
        self._sent = value & 0xFF
        self.state |= TXFULL
        self._transmit()

    def _transmit(self) -> None:
        if self.ctrl & TX_EN and self.state & TXFULL:
            if self._console:
                self.context.transmit(self._console, bytes((self._sent,)))
            self.state &= ~TXFULL
            if self.ctrl & TX_INTEN:
                self.intstatus |= INT_TX
        self.update()

    def _read_state(self) -> int:
        self.receiver.look()
        return self.state

    def _write_state(self, value: int) -> None:
        self.state &= ~(value & OVERRUNS)
        self.update()

    def _write_ctrl(self, value: int) -> None:
        begins_to_listen = value & ~self.ctrl & RX_INTEN
        self.ctrl = value & 0x7F
        self.receiver.enable(bool(value & RX_EN))
        if begins_to_listen:
            self.receiver.listen()
            if self.state & RXFULL:  # nothing else would ever raise it: no byte comes before this one is read [D-150]
                self.intstatus |= INT_RX
        self._transmit()

    def _write_intclear(self, value: int) -> None:
        self.state &= ~(value & OVERRUNS)
        self.intstatus &= ~value
        self.update()

    def _write_bauddiv(self, value: int) -> None:
        self.bauddiv = value & 0xF_FFFF
