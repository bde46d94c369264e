"""Identification: the feature registers, the caches, and the CoreSight component numbers. [B4, D1.1]

The only state is CSSELR. Cache and branch predictor maintenance is accepted and does nothing: no cache is modelled.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.core import CoreConfig
from emulator.armv7m.parts import part_of
from emulator.armv7m.ports import Port, constant
from emulator.armv7m.registers import Field, Kind, Register


class ID_PFR(Register, address=0xE000_ED40, count=2, reset="by the core"):
    """ID_PFR0 and ID_PFR1, Processor Feature Registers. [B4.2]"""

    FEATURES = Field(31, 0, Kind.RO)


class ID_DFR0(Register, address=0xE000_ED48, reset="by the core"):
    """ID_DFR0, Debug Feature Register 0. [B4.3]"""

    FEATURES = Field(31, 0, Kind.RO)


class ID_AFR0(Register, address=0xE000_ED4C, reset="by the core"):
    """ID_AFR0, Auxiliary Feature Register 0. [B4.4]"""

    FEATURES = Field(31, 0, Kind.RO)


class ID_MMFR(Register, address=0xE000_ED50, count=4, reset="by the core"):
    """ID_MMFR0-3, Memory Model Feature Registers. [B4.5]"""

    FEATURES = Field(31, 0, Kind.RO)


class ID_ISAR(Register, address=0xE000_ED60, count=5, reset="by the core"):
    """ID_ISAR0-4, Instruction Set Attribute Registers. [B4.6]"""

    FEATURES = Field(31, 0, Kind.RO)


class CLIDR(Register, address=0xE000_ED78, reset="by the core"):
    """CLIDR, Cache Level ID Register. [B4.8]"""

    LoUU = Field(29, 27, Kind.RO)
    LoC = Field(26, 24, Kind.RO)
    LoUIS = Field(23, 21, Kind.RO)
    Ctype1 = Field(2, 0, Kind.RO)


class CTR(Register, address=0xE000_ED7C, reset="by the core"):
    """CTR, Cache Type Register. [B4.8]"""

    Format = Field(31, 29, Kind.RO)
    CWG = Field(27, 24, Kind.RO)
    ERG = Field(23, 20, Kind.RO)
    DminLine = Field(19, 16, Kind.RO)
    IminLine = Field(3, 0, Kind.RO)


class CCSIDR(Register, address=0xE000_ED80, reset="by the core"):
    """CCSIDR, Cache Size ID Register, of the cache that CSSELR selects. [B4.8]"""

    WT = Field(31, kind=Kind.RO)
    WB = Field(30, kind=Kind.RO)
    RA = Field(29, kind=Kind.RO)
    WA = Field(28, kind=Kind.RO)
    NumSets = Field(27, 13, Kind.RO)
    Associativity = Field(12, 3, Kind.RO)
    LineSize = Field(2, 0, Kind.RO)


class CSSELR(Register, address=0xE000_ED84, reset="UNKNOWN, 0 here"):
    """CSSELR, Cache Size Selection Register. [B4.8]"""

    Level = Field(3, 1)
    InD = Field(0)


class ICIALLU(Register, address=0xE000_EF50):
    """ICIALLU, invalidate all instruction caches to PoU. [B2.2]"""

    IGNORED = Field(31, 0, Kind.WO)


class ICIMVAU(Register, address=0xE000_EF58):
    """ICIMVAU, invalidate instruction cache by address to PoU. [B2.2]"""

    IGNORED = Field(31, 0, Kind.WO)


class DCIMVAC(Register, address=0xE000_EF5C):
    """DCIMVAC, invalidate data cache by address to PoC. [B2.2]"""

    IGNORED = Field(31, 0, Kind.WO)


class DCISW(Register, address=0xE000_EF60):
    """DCISW, invalidate data cache by set and way. [B2.2]"""

    IGNORED = Field(31, 0, Kind.WO)


class DCCMVAU(Register, address=0xE000_EF64):
    """DCCMVAU, clean data cache by address to PoU. [B2.2]"""

    IGNORED = Field(31, 0, Kind.WO)


class DCCMVAC(Register, address=0xE000_EF68):
    """DCCMVAC, clean data cache by address to PoC. [B2.2]"""

    IGNORED = Field(31, 0, Kind.WO)


class DCCSW(Register, address=0xE000_EF6C):
    """DCCSW, clean data cache by set and way. [B2.2]"""

    IGNORED = Field(31, 0, Kind.WO)


class DCCIMVAC(Register, address=0xE000_EF70):
    """DCCIMVAC, clean and invalidate data cache by address to PoC. [B2.2]"""

    IGNORED = Field(31, 0, Kind.WO)


class DCCISW(Register, address=0xE000_EF74):
    """DCCISW, clean and invalidate data cache by set and way. [B2.2]"""

    IGNORED = Field(31, 0, Kind.WO)


class BPIALL(Register, address=0xE000_EF78):
    """BPIALL, invalidate the branch predictors. [B2.2]"""

    IGNORED = Field(31, 0, Kind.WO)


class SCS_COMPONENT_ID(Register, address=0xE000_EFD0, count=12, reset="by the core"):
    """SCS_COMPONENT_ID0-11, PID4-7, PID0-3 and CID0-3 of the SCS, in this order. [D1.1]"""

    ID = Field(7, 0, Kind.RO)


_JEP106_ARM = (0x04, 0xB0)  # the bytes of PID4 and PID1 that say: designed by Arm
_COMPONENT = (0x0D, 0xE0, 0x05, 0xB1)


def identification(last_registers: int, pid0: int, pid2: int) -> Iterator[Port]:
    """Yield PID4-7, PID0-3 and CID0-3 of a component; ``last_registers`` is the address of PID4. [D1.1]"""
    words = (_JEP106_ARM[0], 0, 0, 0, pid0, _JEP106_ARM[1], pid2, 0, *_COMPONENT)
    for index, word in enumerate(words):
        yield Port(last_registers + 4 * index, constant(word))


class IdRegisters:
    """The identification registers of one core."""

    STATE = ("csselr",)

    def __init__(self, config: CoreConfig) -> None:
        self._part = part_of(config)
        self._scs_pid0 = self._part.scs_pid0[config.has_fpu]
        self.reset()

    def reset(self) -> None:
        """System reset; CSSELR is UNKNOWN: we take 0. [D-124]"""
        self.csselr = 0

    def ports(self) -> Iterator[Port]:
        """Yield the registers; those of the caches only where there are caches."""
        part = self._part
        for index, word in enumerate(part.features):
            yield Port(ID_PFR.ADDRESS + 4 * index, constant(word))
        if part.ccsidr:
            yield Port(CLIDR.ADDRESS, constant(part.clidr))
            yield Port(CTR.ADDRESS, constant(part.ctr))
            yield Port(CCSIDR.ADDRESS, self._read_ccsidr)
            yield Port(CSSELR.ADDRESS, lambda: self.csselr, self._write_csselr)
        yield from identification(SCS_COMPONENT_ID.ADDRESS, self._scs_pid0, part.scs_pid2)

    def _read_ccsidr(self) -> int:
        # UNKNOWN: a cache level that does not exist. It reads as zero. [D-133]
        selected = CSSELR(self.csselr)
        return self._part.ccsidr[selected.InD] if selected.Level == 0 else 0

    def _write_csselr(self, value: int) -> None:
        self.csselr = value & CSSELR.MASKS[Kind.RW]
