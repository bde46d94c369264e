"""The registers as GDB numbers them, and the target description that tells it. [GDB manual, G.5.3 ARM Features]

m-profile has the core registers and m-system both stack pointers, with which GDB unwinds a handler into the thread it
interrupted. Every value is real: GDB ends a backtrace at a register that is said to be unavailable.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from emulator.armv7m.core import XPSR_IT, XPSR_T, Registers
from emulator.records import dataclass

FLAGS = 0xF80F_0000 | XPSR_T | XPSR_IT
"""The bits of xPSR that a debugger may write: N Z C V Q, GE, T and IT. IPSR follows from the active exceptions."""


@dataclass(frozen=True, slots=True)
class DebugRegister:
    """One register: ``number`` as in the packets, ``bits`` wide, of GDB's ``type``; how it is read and written."""

    number: int
    name: str
    bits: int
    type: str
    read: Callable[[Registers], int]
    write: Callable[[Registers, int], None]


def _general(index: int) -> DebugRegister:
    def write(registers: Registers, value: int) -> None:
        registers.r[index] = value

    return DebugRegister(index, f"r{index}", 32, "int", lambda registers: registers.r[index], write)


def _attribute(number: int, name: str, type_: str = "int", mask: int = 0xFFFF_FFFF, bits: int = 32) -> DebugRegister:
    def write(registers: Registers, value: int) -> None:
        setattr(registers, name, getattr(registers, name) & ~mask | value & mask)

    return DebugRegister(number, name, bits, type_, lambda registers: int(getattr(registers, name)), write)


def _double(index: int) -> DebugRegister:
    def read(registers: Registers) -> int:
        return registers.s[2 * index] | registers.s[2 * index + 1] << 32

    def write(registers: Registers, value: int) -> None:
        registers.s[2 * index], registers.s[2 * index + 1] = value & 0xFFFF_FFFF, value >> 32

    return DebugRegister(_D0 + index, f"d{index}", 64, "ieee_double", read, write)


SP, LR, PC, XPSR = 13, 14, 15, 25
_D0 = 32
CORE = (
    *(_general(index) for index in range(13)),
    _attribute(SP, "sp", "data_ptr", 0xFFFF_FFFC),
    _attribute(LR, "lr"),
    _attribute(PC, "pc", "code_ptr", 0xFFFF_FFFE),
    _attribute(XPSR, "xpsr", mask=FLAGS),
)
SYSTEM = (
    _attribute(26, "msp", "data_ptr", 0xFFFF_FFFC),
    _attribute(27, "psp", "data_ptr", 0xFFFF_FFFC),
    _attribute(28, "primask", mask=1),
    _attribute(29, "basepri", mask=0xFF),
    _attribute(30, "faultmask", mask=1),
    _attribute(31, "control", mask=7),
)
FLOAT = (*(_double(index) for index in range(16)), _attribute(48, "fpscr"))
FIRST_FLOAT = _D0
_WORDS = struct.Struct(f"<{len(CORE) + len(SYSTEM)}I")
_EXPEDITED = "".join(f"{register.number:02x}:%s;" for register in (*CORE, *SYSTEM))


class RegisterMap:
    """The registers of a core, with an FPU or without."""

    def __init__(self, has_fpu: bool) -> None:
        self.registers = (*CORE, *SYSTEM, *(FLOAT if has_fpu else ()))
        self._by_number = {register.number: register for register in self.registers}
        self._has_fpu = has_fpu

    def find(self, number: int) -> DebugRegister | None:
        """Return the register that packets call ``number``."""
        return self._by_number.get(number)

    def all_bytes(self, registers: Registers) -> bytes:
        """Return the values in the order of the numbers, as the packet g has them."""
        return b"".join(register_bytes(register, registers) for register in self.registers)

    def expedited(self, registers: Registers) -> bytes:
        """Return the core registers as a stop reply has them."""
        values = _WORDS.pack(
            *registers.r, registers.sp, registers.lr, registers.pc, registers.xpsr, registers.msp, registers.psp,
            registers.primask, registers.basepri, registers.faultmask, registers.control,
        ).hex()  # fmt: skip
        return (_EXPEDITED % tuple(values[at : at + 8] for at in range(0, len(values), 8))).encode()

    @property
    def size(self) -> int:
        """Bytes that ``all_bytes`` returns."""
        return sum(register.bits for register in self.registers) // 8

    def description(self) -> bytes:
        """Return target.xml."""
        return description([("m-profile", CORE), ("m-system", SYSTEM), *([("vfp", FLOAT)] if self._has_fpu else [])])


def description(features: Sequence[tuple[str, Sequence[DebugRegister]]]) -> bytes:
    """Return a target description with these of GDB's features for ARM and their registers."""
    body = "".join(_feature(name, registers) for name, registers in features)
    return (
        '<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd">'
        f'<target version="1.0"><architecture>armv7e-m</architecture><osabi>none</osabi>{body}</target>'
    ).encode()


def _feature(name: str, registers: Sequence[DebugRegister]) -> str:
    lines = "".join(
        f'<reg name="{one.name}" bitsize="{one.bits}" type="{one.type}" regnum="{one.number}"{_group(name)}/>'
        for one in registers
    )
    return f'<feature name="org.gnu.gdb.arm.{name}">{lines}</feature>'


def _group(feature: str) -> str:
    return ' group="system"' if feature == "m-system" else ""


def register_bytes(register: DebugRegister, registers: Registers) -> bytes:
    """Return a value as packets have it: bytes in memory order."""
    return struct.pack("<Q", register.read(registers))[: register.bits // 8]
