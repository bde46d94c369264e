"""The fault status and address registers, as views of ``FaultStatus``. [B3.2.15 .. B3.2.20]

The positions of the status bits come from ``CAUSES``, the one table of ways to fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.armv7m.faults import CAUSES, FaultStatus
from emulator.armv7m.ports import Port
from emulator.armv7m.registers import Field, Kind, Register


def _status(cause: str) -> Field:
    return Field(CAUSES[cause].bit, kind=Kind.W1C)


def _valid(cause: str) -> Field:
    bit = CAUSES[cause].valid_bit
    assert bit is not None
    return Field(bit, kind=Kind.W1C)


class CFSR(Register, address=0xE000_ED28, narrow=True):
    """CFSR, Configurable Fault Status Register: MMFSR, BFSR and UFSR from the low byte up. [B3.2.15]"""

    DIVBYZERO = _status("DIVBYZERO")
    UNALIGNED = _status("UNALIGNED")
    NOCP = _status("NOCP")
    INVPC = _status("INVPC")
    INVSTATE = _status("INVSTATE")
    UNDEFINSTR = _status("UNDEFINSTR")
    BFARVALID = _valid("PRECISERR")
    LSPERR = _status("LSPERR")
    STKERR = _status("STKERR")
    UNSTKERR = _status("UNSTKERR")
    IMPRECISERR = _status("IMPRECISERR")
    PRECISERR = _status("PRECISERR")
    IBUSERR = _status("IBUSERR")
    MMARVALID = _valid("DACCVIOL")
    MLSPERR = _status("MLSPERR")
    MSTKERR = _status("MSTKERR")
    MUNSTKERR = _status("MUNSTKERR")
    DACCVIOL = _status("DACCVIOL")
    IACCVIOL = _status("IACCVIOL")


class HFSR(Register, address=0xE000_ED2C):
    """HFSR, HardFault Status Register. [B3.2.16]"""

    DEBUGEVT = _status("DEBUGEVT")
    FORCED = _status("FORCED")
    VECTTBL = _status("VECTTBL")


class DFSR(Register, address=0xE000_ED30, reset="0x00000000 at power-on only"):
    """DFSR, Debug Fault Status Register. [C1.6.1]"""

    EXTERNAL = Field(4, kind=Kind.W1C)
    VCATCH = Field(3, kind=Kind.W1C)
    DWTTRAP = Field(2, kind=Kind.W1C)
    BKPT = Field(1, kind=Kind.W1C)
    HALTED = Field(0, kind=Kind.W1C)


class MMFAR(Register, address=0xE000_ED34, reset="UNKNOWN, 0 here"):
    """MMFAR, MemManage Fault Address Register. [B3.2.17]"""

    ADDRESS_OF_FAULT = Field(31, 0)


class BFAR(Register, address=0xE000_ED38, reset="UNKNOWN, 0 here"):
    """BFAR, BusFault Address Register. [B3.2.18]"""

    ADDRESS_OF_FAULT = Field(31, 0)


class AFSR(Register, address=0xE000_ED3C):
    """AFSR, Auxiliary Fault Status Register: the inputs that set it are not connected. [B3.2.19]"""

    AUXFAULT = Field(31, 0, Kind.W1C)


class FaultRegisters:
    """The six registers of one core."""

    def __init__(self, faults: FaultStatus) -> None:
        self._faults = faults

    def reset(self) -> None:
        """System reset: all but DFSR, which only a power-on clears. MMFAR and BFAR are UNKNOWN: we take 0. [D-124]"""
        for name in ("CFSR", "HFSR", "AFSR", "MMFAR", "BFAR"):
            setattr(self._faults, name, 0)

    def ports(self) -> Iterator[Port]:
        """Yield the six registers."""
        for register in (CFSR, HFSR, DFSR, MMFAR, BFAR, AFSR):
            load, store = partial(getattr, self._faults, register.__name__), partial(self._store, register)
            yield Port(register.ADDRESS, load, store)

    def _store(self, register: type[Register], value: int) -> None:
        name = register.__name__
        setattr(self._faults, name, int(register(getattr(self._faults, name)).written(value)))
