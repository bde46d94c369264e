"""Stellaris I2C master with nothing on its bus. [LM3S6965 data sheet, 14]

A transfer ends at once, without an acknowledge: MCS says ERROR and ADRACK, and the interrupt comes. The slave half and
loopback do nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.ports import Port, zero
from emulator.devices.peripheral import Peripheral

MCS_RUN, MCS_START = 1, 2
MCS_ERROR, MCS_ADRACK, MCS_IDLE = 2, 4, 32
MCR_MASTER = 1 << 4


class StellarisI2c(Peripheral):
    """One controller."""

    LINES = ("interrupt",)
    STATE = ("msa", "mcs", "mdr", "mtpr", "mimr", "mris", "mcr")

    def reset(self) -> None:
        """See Device."""
        self.msa = self.mcs = self.mdr = self.mimr = self.mris = self.mcr = 0
        self.mtpr = 1
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(0x00, lambda: self.msa, self._write_msa)  # I2CMSA
        yield Port(0x04, lambda: self.mcs | MCS_IDLE, self._write_mcs)  # I2CMCS
        yield Port(0x08, lambda: self.mdr, self._write_mdr)  # I2CMDR
        yield Port(0x0C, lambda: self.mtpr, self._write_mtpr)  # I2CMTPR
        yield Port(0x10, lambda: self.mimr, self._write_mimr)  # I2CMIMR
        yield Port(0x14, lambda: self.mris)  # I2CMRIS
        yield Port(0x18, lambda: self.mris & self.mimr)  # I2CMMIS
        yield Port(0x1C, zero, self._write_micr)  # I2CMICR
        yield Port(0x20, lambda: self.mcr, self._write_mcr)  # I2CMCR

    def update(self) -> None:
        """See Peripheral."""
        self.lines["interrupt"](bool(self.mris & self.mimr))

    def _write_msa(self, value: int) -> None:
        self.msa = value & 0xFF

    def _write_mcs(self, value: int) -> None:
        if not self.mcr & MCR_MASTER:
            return
        if value & (MCS_RUN | MCS_START):
            self.mcs = MCS_ERROR | MCS_ADRACK
            self.mris = 1
        self.update()

    def _write_mdr(self, value: int) -> None:
        self.mdr = value & 0xFF

    def _write_mtpr(self, value: int) -> None:
        self.mtpr = value & 0xFF

    def _write_mimr(self, value: int) -> None:
        self.mimr = value & 1
        self.update()

    def _write_micr(self, value: int) -> None:
        self.mris &= ~value
        self.update()

    def _write_mcr(self, value: int) -> None:
        self.mcr = value & 0x31
