"""PL011 UART. [DDI 0183] A byte is sent the moment it is written; see receiver.py for what arrives.

Of the receive FIFO at most one place is ever used, and the receive interrupt comes with the first byte, at whatever
level UARTIFLS asks for it. The enable bits of UARTCR, DMA, modem lines and loopback do nothing. The receiver begins
when the guest first touches the UART. QEMU's model is as lax.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.armv7m.ports import Port, constant, zero
from emulator.devices.peripheral import COMPONENT_ID, CONSOLE, Parameter, Peripheral
from emulator.devices.receiver import LONGEST_BIT, Receiver

FR_RXFE, FR_RXFF, FR_TXFE = 1 << 4, 1 << 6, 1 << 7
LCR_FEN = 1 << 4
CR_RESET = 0x300  # RXE, TXE
IFLS_RESET = 0x12
INT_RX, INT_TX = 1 << 4, 1 << 5
PIDS = {"arm": (0x11, 0x10, 0x14, 0x00), "stellaris": (0x11, 0x00, 0x18, 0x01)}
UNSET_BIT = 16
"""Instructions a bit takes while the baud rate is not set."""

KEPT = {0x20: "ilpr", 0x24: "ibrd", 0x28: "fbrd", 0x30: "cr", 0x34: "ifls", 0x48: "dmacr"}
"""The registers that only hold what was written: UARTILPR, UARTIBRD, UARTFBRD, UARTCR, UARTIFLS, UARTDMACR."""


class Pl011(Peripheral):
    """One UART. ``variant`` is ``arm`` or ``stellaris``, which differ in their identification registers only."""

    LINES = ("interrupt",)
    PARAMETERS = {"console": CONSOLE, "variant": Parameter(str, "arm", choices=tuple(PIDS))}
    STATE = ("rsr", "lcr_h", "imsc", "ris", "_received", *KEPT.values())
    PARTS = ("receiver",)

    def set_up(self) -> None:
        """See Peripheral."""
        self._console: str = self.parameters["console"]
        self.receiver = Receiver(self.context, self._console, self._bit_time, self._arrived)

    def reset(self) -> None:
        """See Device."""
        self.rsr = self.lcr_h = self.imsc = self.ris = self._received = 0
        self.ilpr = self.ibrd = self.fbrd = self.dmacr = 0
        self.cr, self.ifls = CR_RESET, IFLS_RESET
        self.receiver.reset()
        self.update()

    def power_up(self) -> None:
        """See Peripheral. The input begins anew."""
        self.receiver.power_up()
        self.reset()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(0x00, self._read_dr, self._write_dr)  # UARTDR
        yield Port(0x04, lambda: self.rsr, self._write_ecr)  # UARTRSR, UARTECR
        yield Port(0x18, self._read_fr)  # UARTFR
        for offset, name in KEPT.items():
            yield Port(offset, partial(getattr, self, name), partial(setattr, self, name))
        yield Port(0x2C, lambda: self.lcr_h, self._write_lcr_h)  # UARTLCR_H
        yield Port(0x38, lambda: self.imsc, self._write_imsc)  # UARTIMSC
        yield Port(0x3C, lambda: self.ris)  # UARTRIS
        yield Port(0x40, lambda: self.ris & self.imsc)  # UARTMIS
        yield Port(0x44, zero, self._write_icr)  # UARTICR
        for index, value in enumerate((*PIDS[self.parameters["variant"]], *COMPONENT_ID)):
            yield Port(0xFE0 + 4 * index, constant(value))

    def read(self, offset: int, size: int) -> int | None:
        """See Device. A narrow access goes to the register that holds its byte."""
        self.receiver.enable(True)
        return super().read(offset & ~3, size)

    def write(self, offset: int, size: int, value: int) -> bool:
        """See Device."""
        self.receiver.enable(True)
        return super().write(offset & ~3, size, value)

    def input_ready(self) -> None:
        """See Peripheral."""
        self.receiver.resume()

    def is_steady(self, offset: int, size: int) -> bool:
        """See Device. The flags, unless looking at them asks for input."""
        return offset == 0x18 and self.receiver.is_quiet

    def update(self) -> None:
        """See Peripheral."""
        self.lines["interrupt"](bool(self.ris & self.imsc))

    def _bit_time(self) -> int:
        """UARTCLK is 16 times the baud rate times the divisor, IBRD + FBRD / 64, and is the processor's clock here."""
        divisor = 64 * (self.ibrd & 0xFFFF) + (self.fbrd & 0x3F)
        return min(16 * divisor // 64, LONGEST_BIT) or UNSET_BIT

    def _arrived(self) -> None:
        self.ris |= INT_RX
        self.update()

    def _read_dr(self) -> int:
        byte = self.receiver.take()
        if byte is not None:
            self._received = byte
        self.rsr = 0
        self.ris &= ~INT_RX
        self.update()
        return self._received

    def _write_dr(self, value: int) -> None:
        if self._console:
            self.context.transmit(self._console, bytes((value & 0xFF,)))
        self.ris |= INT_TX
        self.update()

    def _write_ecr(self, value: int) -> None:
        self.rsr = 0

    def _read_fr(self) -> int:
        self.receiver.look()
        if self.receiver.byte is None:
            return FR_TXFE | FR_RXFE
        return FR_TXFE if self.lcr_h & LCR_FEN else FR_TXFE | FR_RXFF

    def _write_lcr_h(self, value: int) -> None:
        if (self.lcr_h ^ value) & LCR_FEN:
            self.receiver.withdraw()  # the FIFO is emptied
        self.lcr_h = value

    def _write_imsc(self, value: int) -> None:
        begins_to_listen = value & ~self.imsc & INT_RX
        self.imsc = value
        if begins_to_listen:
            self.receiver.listen()
            if self.receiver.byte is not None:  # UARTICR may have cleared it since the byte arrived [D-150]
                self.ris |= INT_RX
        self.update()

    def _write_icr(self, value: int) -> None:
        self.ris &= ~value
        self.update()
