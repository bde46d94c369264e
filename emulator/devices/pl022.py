"""PL022 synchronous serial port with nothing on its bus. [DDI 0194]

A word that is sent is gone at once and a word of zeros comes back for it (in loopback, the word itself). Slave mode and
DMA do nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.ports import Port, constant, zero
from emulator.bits import mask
from emulator.devices.peripheral import COMPONENT_ID, Peripheral

DEPTH = 8
CR1_LBM, CR1_SSE = 1, 2
SR_TFE, SR_TNF, SR_RNE, SR_RFF, SR_BSY = 1, 2, 4, 8, 16
INT_RX, INT_TX = 4, 8
HALF_FULL = 4


class Pl022(Peripheral):
    """One port."""

    LINES = ("interrupt",)
    STATE = ("cr0", "cr1", "cpsr", "imsc", "_to_send", "_received")

    def reset(self) -> None:
        """See Device."""
        self.cr0 = self.cr1 = self.cpsr = self.imsc = 0
        self._to_send: list[int] = []
        self._received: list[int] = []
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(0x00, lambda: self.cr0, self._write_cr0)  # SSPCR0
        yield Port(0x04, lambda: self.cr1, self._write_cr1)  # SSPCR1
        yield Port(0x08, self._read_dr, self._write_dr)  # SSPDR
        yield Port(0x0C, self._status)  # SSPSR
        yield Port(0x10, lambda: self.cpsr, self._write_cpsr)  # SSPCPSR
        yield Port(0x14, lambda: self.imsc, self._write_imsc)  # SSPIMSC
        yield Port(0x18, self._interrupts)  # SSPRIS
        yield Port(0x1C, lambda: self._interrupts() & self.imsc)  # SSPMIS
        yield Port(0x24, zero)  # SSPDMACR
        for index, value in enumerate((0x22, 0x10, 0x04, 0x00, *COMPONENT_ID)):
            yield Port(0xFE0 + 4 * index, constant(value))

    def update(self) -> None:
        """See Peripheral."""
        self.lines["interrupt"](bool(self._interrupts() & self.imsc))

    def _status(self) -> int:
        sending, received = len(self._to_send), len(self._received)
        status = SR_BSY if sending else SR_TFE
        status |= SR_TNF if sending < DEPTH else 0
        status |= SR_RNE if received else 0
        return status | (SR_RFF if received == DEPTH else 0)

    def _interrupts(self) -> int:
        receive = INT_RX if len(self._received) >= HALF_FULL else 0
        return receive | (INT_TX if len(self._to_send) <= HALF_FULL else 0)

    def _word_mask(self) -> int:
        return mask((self.cr0 & 0xF) + 1)

    def _transfer(self) -> None:
        """Exchange words while there is room for what comes back, so that a program that fills first loses nothing."""
        while self.cr1 & CR1_SSE and self._to_send and len(self._received) < DEPTH:
            word = self._to_send.pop(0)
            self._received.append(word & self._word_mask() if self.cr1 & CR1_LBM else 0)
        self.update()

    def _write_cr0(self, value: int) -> None:
        self.cr0 = value

    def _write_cr1(self, value: int) -> None:
        self.cr1 = value
        self._transfer()

    def _read_dr(self) -> int:
        word = self._received.pop(0) if self._received else 0
        self._transfer()
        return word

    def _write_dr(self, value: int) -> None:
        if len(self._to_send) < DEPTH:
            self._to_send.append(value & self._word_mask())
            self._transfer()

    def _write_cpsr(self, value: int) -> None:
        self.cpsr = value & 0xFF

    def _write_imsc(self, value: int) -> None:
        self.imsc = value
        self.update()
