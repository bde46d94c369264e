"""The FP extension's system registers, and CPACR that gives access to it. [B3.2.20 .. B3.2.23]

Only the registers: lazy state preservation is exception_entry.py's. CPACR, FPCCR, FPCAR and FPDSCR live in the
SystemControlSpace that owns this block. Without an FP extension all of them read as zero and ignore writes.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.core import CoreConfig, SystemRegisters
from emulator.armv7m.parts import part_of
from emulator.armv7m.ports import Port, constant
from emulator.armv7m.registers import Field, Kind, Register
from emulator.armv7m.scs_hooks import Hooks


class CPACR(Register, address=0xE000_ED88):
    """CPACR, Coprocessor Access Control Register. [B3.2.20]"""

    CP11 = Field(23, 22)
    CP10 = Field(21, 20)


class FPCCR(Register, address=0xE000_EF34, reset="0xc0000000 with an FPU"):
    """FPCCR, Floating Point Context Control Register. [B3.2.21]"""

    ASPEN = Field(31)
    LSPEN = Field(30)
    MONRDY = Field(8)
    BFRDY = Field(6)
    MMRDY = Field(5)
    HFRDY = Field(4)
    THREAD = Field(3)
    USER = Field(1)
    LSPACT = Field(0)


class FPCAR(Register, address=0xE000_EF38, reset="UNKNOWN, 0 here"):
    """FPCAR, Floating Point Context Address Register. [B3.2.22]"""

    ADDRESS_OF_FRAME = Field(31, 3)


class FPDSCR(Register, address=0xE000_EF3C):
    """FPDSCR, Floating Point Default Status Control Register. [B3.2.23]"""

    AHP = Field(26)
    DN = Field(25)
    FZ = Field(24)
    RMode = Field(23, 22)


class MVFR0(Register, address=0xE000_EF40, reset="by the core"):
    """MVFR0, Media and FP Feature Register 0. [B4.7]"""

    FP_rounding_modes = Field(31, 28, Kind.RO)
    Short_vectors = Field(27, 24, Kind.RO)
    Square_root = Field(23, 20, Kind.RO)
    Divide = Field(19, 16, Kind.RO)
    FP_exception_trapping = Field(15, 12, Kind.RO)
    Double_precision = Field(11, 8, Kind.RO)
    Single_precision = Field(7, 4, Kind.RO)
    A_SIMD_registers = Field(3, 0, Kind.RO)


class MVFR1(Register, address=0xE000_EF44, reset="by the core"):
    """MVFR1, Media and FP Feature Register 1. [B4.7]"""

    FP_fused_MAC = Field(31, 28, Kind.RO)
    FP_HPFP = Field(27, 24, Kind.RO)
    D_NaN_mode = Field(7, 4, Kind.RO)
    FtZ_mode = Field(3, 0, Kind.RO)


class MVFR2(Register, address=0xE000_EF48, reset="by the core"):
    """MVFR2, Media and FP Feature Register 2. [B4.7]"""

    VFP_Misc = Field(7, 4, Kind.RO)


class FpuRegisters:
    """The FP registers of one core."""

    def __init__(self, config: CoreConfig, state: SystemRegisters, hooks: Hooks) -> None:
        self._present = config.has_fpu
        self._mvfr = part_of(config).mvfr
        self._state = state
        self._hooks = hooks

    def reset(self) -> None:
        """System reset: no access to the FPU; automatic and lazy state preservation are on."""
        state = self._state
        state.cpacr = 0
        state.fpccr = FPCCR.ASPEN.mask | FPCCR.LSPEN.mask if self._present else 0
        state.fpcar = 0
        state.fpdscr = 0

    def accessible(self, privileged: bool) -> bool:
        """Whether CPACR lets code of that privilege execute FP instructions; else they raise NOCP. [B1.4.7]"""
        # UNPREDICTABLE: CP10 and CP11 that differ, and the value 0b10. CP10 decides, and 0b10 denies. [D-129]
        access = self._state.cpacr >> 20 & 3  # CPACR.CP10; asked before every run
        return access == 0b11 or (access == 0b01 and privileged)

    def ports(self) -> Iterator[Port]:
        """Yield the registers, none without an FPU."""
        if not self._present:
            return
        state = self._state
        yield Port(CPACR.ADDRESS, lambda: state.cpacr, self._write_cpacr)
        yield Port(FPCCR.ADDRESS, lambda: state.fpccr, self._write_fpccr)
        yield Port(FPCAR.ADDRESS, lambda: state.fpcar, self._write_fpcar)
        yield Port(FPDSCR.ADDRESS, lambda: state.fpdscr, self._write_fpdscr)
        for register, value in zip((MVFR0, MVFR1, MVFR2), self._mvfr, strict=True):
            yield Port(register.ADDRESS, constant(value))

    def _write_cpacr(self, value: int) -> None:
        self._state.cpacr = value & CPACR.MASKS[Kind.RW]
        self._hooks.configuration_changed()

    def _write_fpccr(self, value: int) -> None:
        self._state.fpccr = value & FPCCR.MASKS[Kind.RW]
        self._hooks.configuration_changed()

    def _write_fpcar(self, value: int) -> None:
        self._state.fpcar = value & FPCAR.MASKS[Kind.RW]

    def _write_fpdscr(self, value: int) -> None:
        self._state.fpdscr = value & FPDSCR.MASKS[Kind.RW]
        self._hooks.configuration_changed()
