"""The registers of the memory protection unit; what they do is mpu.py's and mpu_region.py's. [B3.5.5 .. B3.5.10]"""

from __future__ import annotations

from emulator.armv7m.registers import Field, Kind, Register


class MPU_TYPE(Register, address=0xE000_ED90, reset="by the number of regions"):
    """MPU_TYPE, MPU Type Register. [B3.5.5]"""

    IREGION = Field(23, 16, Kind.RO)
    DREGION = Field(15, 8, Kind.RO)
    SEPARATE = Field(0, kind=Kind.RO)


class MPU_CTRL(Register, address=0xE000_ED94):
    """MPU_CTRL, MPU Control Register. [B3.5.6]"""

    PRIVDEFENA = Field(2)
    HFNMIENA = Field(1)
    ENABLE = Field(0)


class MPU_RNR(Register, address=0xE000_ED98, reset="UNKNOWN, 0 here"):
    """MPU_RNR, MPU Region Number Register. [B3.5.7]"""

    REGION = Field(7, 0)


class MPU_RBAR(Register, address=0xE000_ED9C, reset="UNKNOWN, 0 here"):
    """MPU_RBAR, MPU Region Base Address Register. [B3.5.8]"""

    ADDR = Field(31, 5)
    VALID = Field(4, kind=Kind.WO)
    REGION = Field(3, 0)


class MPU_RASR(Register, address=0xE000_EDA0, reset="UNKNOWN, 0 here"):
    """MPU_RASR, MPU Region Attribute and Size Register. [B3.5.9]"""

    XN = Field(28)
    AP = Field(26, 24)
    TEX = Field(21, 19)
    S = Field(18)
    C = Field(17)
    B = Field(16)
    SRD = Field(15, 8)
    SIZE = Field(5, 1)
    ENABLE = Field(0)


class MPU_RBAR_A1(MPU_RBAR, address=0xE000_EDA4, reset="UNKNOWN, 0 here"):
    """MPU_RBAR_A1, alias of MPU_RBAR. [B3.5.10]"""


class MPU_RASR_A1(MPU_RASR, address=0xE000_EDA8, reset="UNKNOWN, 0 here"):
    """MPU_RASR_A1, alias of MPU_RASR. [B3.5.10]"""


class MPU_RBAR_A2(MPU_RBAR, address=0xE000_EDAC, reset="UNKNOWN, 0 here"):
    """MPU_RBAR_A2, alias of MPU_RBAR. [B3.5.10]"""


class MPU_RASR_A2(MPU_RASR, address=0xE000_EDB0, reset="UNKNOWN, 0 here"):
    """MPU_RASR_A2, alias of MPU_RASR. [B3.5.10]"""


class MPU_RBAR_A3(MPU_RBAR, address=0xE000_EDB4, reset="UNKNOWN, 0 here"):
    """MPU_RBAR_A3, alias of MPU_RBAR. [B3.5.10]"""


class MPU_RASR_A3(MPU_RASR, address=0xE000_EDB8, reset="UNKNOWN, 0 here"):
    """MPU_RASR_A3, alias of MPU_RASR. [B3.5.10]"""
