"""Faults: one table of causes, the fault value, and the status registers that record it. [B1.5.6, B3.2.15]

One row of ``CAUSES`` drives setting, escalation, decoding, reports and docs. A fault is a value; nothing here raises.
"""

from __future__ import annotations

from enum import IntEnum

from emulator.records import dataclass


class Access(IntEnum):
    """What an access does; the values index rights bits: ``RIGHTS_BIT = 1 << access``."""

    READ = 0
    WRITE = 1
    FETCH = 2


class ExceptionNumber(IntEnum):
    """Exception numbers of the architecture. External interrupt n is 16 + n. [B1.5.2]"""

    RESET = 1
    NMI = 2
    HARD_FAULT = 3
    MEM_MANAGE = 4
    BUS_FAULT = 5
    USAGE_FAULT = 6
    SVCALL = 11
    DEBUG_MONITOR = 12
    PENDSV = 14
    SYSTICK = 15


EXCEPTION_NAMES = {
    0: "Thread mode",
    1: "Reset",
    2: "NMI",
    3: "HardFault",
    4: "MemManage",
    5: "BusFault",
    6: "UsageFault",
    11: "SVCall",
    12: "DebugMonitor",
    14: "PendSV",
    15: "SysTick",
}


def exception_name(exception: int) -> str:
    """Return the manual's name of an exception number: ``PendSV``, ``IRQ3``, ``reserved 7``."""
    if exception >= 16:
        return f"IRQ{exception - 16}"
    return EXCEPTION_NAMES.get(exception, f"reserved {exception}")


@dataclass(frozen=True, slots=True)
class FaultCause:
    """One way to fault: the status bit it sets, the exception it raises, and how to say it.

    ``register`` is ``CFSR``, ``HFSR`` or ``DFSR``; ``bit`` the position in that 32-bit register. ``valid_bit`` is the
    CFSR bit that says the address register holds the address (None: this cause never gives an address).
    """

    name: str
    exception: ExceptionNumber
    register: str
    bit: int
    words: str
    section: str
    address_register: str | None = None
    valid_bit: int | None = None


_MM, _BF, _UF, _HF = (
    ExceptionNumber.MEM_MANAGE,
    ExceptionNumber.BUS_FAULT,
    ExceptionNumber.USAGE_FAULT,
    ExceptionNumber.HARD_FAULT,
)

CAUSES: dict[str, FaultCause] = {
    cause.name: cause
    for cause in (
        FaultCause("IACCVIOL", _MM, "CFSR", 0, "fetched an instruction where execution is not allowed", "B3.2.15"),
        FaultCause("DACCVIOL", _MM, "CFSR", 1, "accessed data where it is not allowed", "B3.2.15", "MMFAR", 7),
        FaultCause("MUNSTKERR", _MM, "CFSR", 3, "could not unstack on exception return (MPU)", "B3.2.15"),
        FaultCause("MSTKERR", _MM, "CFSR", 4, "could not stack on exception entry (MPU)", "B3.2.15"),
        FaultCause("MLSPERR", _MM, "CFSR", 5, "could not save the FP state lazily (MPU)", "B3.2.15"),
        FaultCause("IBUSERR", _BF, "CFSR", 8, "fetched an instruction where there is no memory", "B3.2.15"),
        FaultCause("PRECISERR", _BF, "CFSR", 9, "accessed data where the bus refuses it", "B3.2.15", "BFAR", 15),
        FaultCause("IMPRECISERR", _BF, "CFSR", 10, "an earlier buffered store failed on the bus", "B3.2.15"),
        FaultCause("UNSTKERR", _BF, "CFSR", 11, "could not unstack on exception return (bus)", "B3.2.15"),
        FaultCause("STKERR", _BF, "CFSR", 12, "could not stack on exception entry (bus)", "B3.2.15"),
        FaultCause("LSPERR", _BF, "CFSR", 13, "could not save the FP state lazily (bus)", "B3.2.15"),
        FaultCause("UNDEFINSTR", _UF, "CFSR", 16, "executed an undefined instruction", "B3.2.15"),
        FaultCause("INVSTATE", _UF, "CFSR", 17, "executed with the Thumb bit clear or a bad EPSR", "B3.2.15"),
        FaultCause("INVPC", _UF, "CFSR", 18, "made an exception return that fails its checks", "B3.2.15"),
        FaultCause("NOCP", _UF, "CFSR", 19, "used a coprocessor that is absent or disabled", "B3.2.15"),
        FaultCause("UNALIGNED", _UF, "CFSR", 24, "made an unaligned access that must be aligned", "B3.2.15"),
        FaultCause("DIVBYZERO", _UF, "CFSR", 25, "divided by zero", "B3.2.15"),
        FaultCause("VECTTBL", _HF, "HFSR", 1, "could not read the vector table", "B3.2.16"),
        FaultCause("FORCED", _HF, "HFSR", 30, "a fault that could not be taken at its own priority", "B3.2.16"),
        FaultCause("DEBUGEVT", _HF, "HFSR", 31, "a breakpoint with no debugger to take it", "B3.2.16"),
    )
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A refused access or a forbidden instruction, as a value.

    ``address`` is what the address register gets (None: this fault gives none). ``size`` in bytes and ``value`` (of a
    store) describe the access for reports; the architecture does not record them.
    """

    cause: FaultCause
    address: int | None = None
    access: Access | None = None
    size: int = 0
    value: int | None = None


class FaultStatus:
    """CFSR, HFSR, DFSR, MMFAR, BFAR and AFSR: sticky, written one to clear. [B3.2.15 .. B3.2.19]"""

    __slots__ = ("AFSR", "BFAR", "CFSR", "DFSR", "HFSR", "MMFAR")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Power-on values."""
        self.CFSR = 0
        self.HFSR = 0
        self.DFSR = 0
        self.MMFAR = 0
        self.BFAR = 0
        self.AFSR = 0

    def record(self, fault: Fault) -> None:
        """Set the status bit of ``fault`` and, when it has an address, its address register and valid bit."""
        cause = fault.cause
        setattr(self, cause.register, getattr(self, cause.register) | 1 << cause.bit)
        if cause.valid_bit is not None and cause.address_register is not None and fault.address is not None:
            setattr(self, cause.address_register, fault.address)
            self.CFSR |= 1 << cause.valid_bit

    def decode(self) -> list[FaultCause]:
        """Return the causes whose bits are set, in the order of ``CAUSES``."""
        return [cause for cause in CAUSES.values() if getattr(self, cause.register) >> cause.bit & 1]
