"""One core: its configuration, its registers as plain integers, and the blocks of the System Control Space.

``Registers`` is a copy of the engine's registers, loaded when the engine stops and stored before it runs again, so the
architecture's functions work on plain Python integers.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import Protocol
from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.faults import Access, Fault, FaultStatus, Raised
from emulator.records import dataclass

XPSR_GE = 0xF << 16
XPSR_T = 1 << 24
XPSR_IT = 0x0600_FC00
XPSR_ALIGN = 1 << 9
CONTROL_NPRIV = 1
CONTROL_SPSEL = 2
CONTROL_FPCA = 4


@dataclass(frozen=True, slots=True)
class CoreConfig:
    """What the silicon vendor chose. ``mpu_regions`` is 0 (no MPU), 8 or 16; ``cpuid`` the CPUID register."""

    name: str
    cpuid: int
    has_fpu: bool
    mpu_regions: int = 8
    irq_count: int = 32
    priority_bits: int = 3
    has_bit_band: bool = False


class Registers:
    """R0-R12, both stack pointers, LR, PC, xPSR and the special registers. [B1.4]

    ``s`` holds S0-S31 as 32-bit words and ``fpscr`` FPSCR; the owner fills them on demand.
    """

    __slots__ = (
        "basepri",
        "control",
        "faultmask",
        "fpscr",
        "lr",
        "msp",
        "pc",
        "primask",
        "psp",
        "r",
        "s",
        "xpsr",
    )

    def __init__(self) -> None:
        self.r = [0] * 13
        self.msp = self.psp = self.lr = self.pc = 0
        self.xpsr = XPSR_T
        self.primask = self.faultmask = self.basepri = self.control = 0
        self.s = [0] * 32
        self.fpscr = 0

    def copy(self) -> Registers:
        """Return an independent copy, for a report."""
        other = Registers()
        for name in self.__slots__:
            value = getattr(self, name)
            setattr(other, name, list(value) if name in ("r", "s") else value)
        return other

    def reset(self) -> None:
        """Reset values; general-purpose and FP registers are UNKNOWN and become zero. [D-011]"""
        fresh = Registers()
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))

    @property
    def ipsr(self) -> int:
        """The exception number being handled, 0 in Thread mode."""
        return self.xpsr & 0x1FF

    @property
    def privileged(self) -> bool:
        """CurrentModeIsPrivileged(): Handler mode, or Thread mode with CONTROL.nPRIV clear. [B1.3.1]"""
        return bool(self.xpsr & 0x1FF) or not self.control & CONTROL_NPRIV

    @property
    def uses_psp(self) -> bool:
        """Whether SP is the process stack pointer: SPSEL counts in Thread mode only. [B1.4.1, LookUpSP()]"""
        return not self.xpsr & 0x1FF and bool(self.control & CONTROL_SPSEL)

    @property
    def sp(self) -> int:
        """The current stack pointer."""
        return self.psp if self.uses_psp else self.msp

    @sp.setter
    def sp(self, value: int) -> None:
        if self.uses_psp:
            self.psp = value & 0xFFFF_FFFC
        else:
            self.msp = value & 0xFFFF_FFFC


class FpuAccess(Protocol):
    """What CPACR says."""

    def accessible(self, privileged: bool) -> bool:
        """Whether code of that privilege may execute FP instructions. [B1.4.7]"""


class SystemRegisters(Protocol):
    """The System Control Space registers that exception handling reads and writes; scs.py holds them."""

    vtor: int
    ccr: int
    scr: int
    cpacr: int
    fpccr: int
    fpcar: int
    fpdscr: int
    demcr: int

    @property
    def fpu(self) -> FpuAccess:
        """The FPU's registers."""


class Memory(Protocol):
    """Memory as the processor's own accesses see it: through the MPU, at the current execution priority."""

    def load(self, address: int, size: int, privileged: bool) -> bytes | Fault:
        """Return ``size`` bytes or the Fault that refuses them."""

    def store(self, address: int, data: bytes, privileged: bool, negative: bool | None = None) -> Fault | None:
        """Store ``data`` or return the Fault that refuses it.

        ``negative`` says whether the execution priority is to be taken as negative; None: as it is.
        """

    def check(
        self, address: int, size: int, access: Access, privileged: bool, negative: bool | None = None
    ) -> Fault | None:
        """Return the Fault that would refuse the access, None where none does. Nothing is accessed."""

    def load_vector(self, address: int) -> int | None:
        """Read a vector: always with the default memory map [B3.5]; None is a bus error."""


@dataclass(slots=True)
class Core:
    """Everything exception handling works on. ``load_fp`` and ``store_fp`` move ``registers.s`` and ``fpscr``.

    ``on_raised`` hears of each fault, when the status registers have it and before its handler is entered; the fault
    in it has the refused address of stacking too. ``on_taken`` and ``on_deactivated`` hear of the exceptions in
    RECORDED, when they become active and when their handlers return.
    """

    config: CoreConfig
    registers: Registers
    exceptions: Exceptions
    faults: FaultStatus
    system: SystemRegisters
    memory: Memory
    load_fp: Callable[[], None]
    store_fp: Callable[[], None]
    event_register: bool = False
    on_raised: Callable[[Raised], None] = lambda raised: None
    on_taken: Callable[[int], None] = lambda exception: None
    on_deactivated: Callable[[int], None] = lambda exception: None

    def execution_priority(self) -> int:
        """ExecutionPriority(). [B1.5.4]"""
        regs = self.registers
        return self.exceptions.execution_priority(regs.primask, regs.faultmask, regs.basepri)

    def has_negative_priority(self) -> bool:
        """Whether ExecutionPriority() is below zero: FAULTMASK, HardFault or NMI. [B1.5.4]"""
        return self.exceptions.has_negative_priority(self.registers.faultmask)
