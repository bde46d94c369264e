"""MPS2 Serial Configuration Controller: the board's identity and its oscillators' settings. [DDI 100112, 4]

A transfer to or from an oscillator ends at once. Setting one changes a number and no clock.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.ports import Port, constant, zero
from emulator.devices.peripheral import Parameter, Peripheral

CFGCTRL_RESERVED = 0x3C0F_F000
CFGCTRL_START, CFGCTRL_WRITE = 1 << 31, 1 << 30
CFGCTRL_RESET = 0x0010_0000
CFGSTAT_DONE, CFGSTAT_ERROR = 1, 2
FUNCTION_OSCILLATOR = 1
DLL_LOCKED = 0x00FF_0001
DLL_LOCK_MASK = 0xFF00_0000


class Mps2Scc(Peripheral):
    """One controller. ``id``, ``aid`` and ``cfg4`` are what those registers hold; ``oscillators`` are in Hz."""

    PARAMETERS = {
        "id": Parameter(int),
        "aid": Parameter(int, 0x0020_0008),
        "cfg4": Parameter(int, 2),
        "oscillators": Parameter(tuple, (50_000_000, 24_576_000, 25_000_000)),
    }
    STATE = ("cfg0", "cfg1", "data_in", "data_out", "cfgctrl", "cfgstat", "dll", "oscillators")

    def reset(self) -> None:
        """See Device."""
        self.cfg0 = self.cfg1 = self.data_in = self.data_out = self.cfgstat = 0
        self.cfgctrl = CFGCTRL_RESET
        self.dll = DLL_LOCK_MASK | DLL_LOCKED
        self.oscillators = list(self.parameters["oscillators"])

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(0x00, lambda: self.cfg0, self._write_cfg0)  # CFG_REG0
        yield Port(0x04, lambda: self.cfg1, self._write_cfg1)  # CFG_REG1: the LEDs of the daughterboard controller
        yield Port(0x0C, zero)  # CFG_REG3: the DIP switches, all off
        yield Port(0x10, constant(self.parameters["cfg4"]))  # CFG_REG4: the board's revision
        yield Port(0xA0, lambda: self.data_in)  # SYS_CFGDATA_RTN
        yield Port(0xA4, lambda: self.data_out, self._write_data_out)  # SYS_CFGDATA_OUT
        yield Port(0xA8, lambda: self.cfgctrl, self._write_cfgctrl)  # SYS_CFGCTRL
        yield Port(0xAC, lambda: self.cfgstat)  # SYS_CFGSTAT
        yield Port(0x100, lambda: self.dll, self._write_dll)  # SCC_DLL: every loop is always locked
        yield Port(0xFF8, constant(self.parameters["aid"]))  # SCC_AID
        yield Port(0xFFC, constant(self.parameters["id"]))  # SCC_ID

    def _write_cfg0(self, value: int) -> None:
        self.cfg0 = value

    def _write_cfg1(self, value: int) -> None:
        self.cfg1 = value

    def _write_data_out(self, value: int) -> None:
        self.data_out = value

    def _write_dll(self, value: int) -> None:
        self.dll = value & DLL_LOCK_MASK | DLL_LOCKED

    def _write_cfgctrl(self, value: int) -> None:
        self.cfgctrl = value & ~(CFGCTRL_RESERVED | CFGCTRL_START)
        self.cfgstat = 0
        if value & CFGCTRL_START:
            self.cfgstat = CFGSTAT_DONE if self._transfer() else CFGSTAT_DONE | CFGSTAT_ERROR

    def _transfer(self) -> bool:
        function, number = self.cfgctrl >> 20 & 0x3F, self.cfgctrl & 0xFFF
        if function != FUNCTION_OSCILLATOR or number >= len(self.oscillators):
            return False
        if self.cfgctrl & CFGCTRL_WRITE:
            self.oscillators[number] = self.data_out
        else:
            self.data_in = self.oscillators[number]
        return True
