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

STACKING = (CAUSES["MSTKERR"], CAUSES["STKERR"])
"""Causes that storing the frame of an exception has."""
LAZY = (CAUSES["MLSPERR"], CAUSES["LSPERR"])
"""Causes that the lazy save of the FP registers has."""

SVC_SIZE = 2
"""Bytes of an SVC instruction. [A7.7.175]"""

SVC_REFUSED = FaultCause("FORCED", _HF, "HFSR", 30, "executed an SVC that could not be taken", "B1.5.14")
MONITOR_BREAKPOINT = FaultCause(
    "BKPT", ExceptionNumber.DEBUG_MONITOR, "DFSR", 1, "executed a breakpoint, which DebugMonitor takes", "C1.6.1"
)
"""Ways to come into a handler that share a status bit with others: reports tell of them, ``CAUSES`` decodes bits."""

REQUESTS: dict[int, FaultCause] = {
    cause.exception: cause
    for cause in (
        FaultCause("NMIPENDSET", ExceptionNumber.NMI, "ICSR", 31, "was made pending", "B3.2.4"),
        FaultCause("MEMFAULTPENDED", _MM, "SHCSR", 13, "was made pending", "B3.2.13"),
        FaultCause("BUSFAULTPENDED", _BF, "SHCSR", 14, "was made pending", "B3.2.13"),
        FaultCause("USGFAULTPENDED", _UF, "SHCSR", 12, "was made pending", "B3.2.13"),
        FaultCause("MON_PEND", ExceptionNumber.DEBUG_MONITOR, "DEMCR", 17, "was made pending", "C1.6.5"),
    )
}
"""By exception: the bit that makes it pending although nothing faulted. Software sets it; a device may raise NMI."""

RECORDED = frozenset((*REQUESTS, _HF))
"""The exceptions whose causes are recorded when they come."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """Why an exception that had to be taken at once became HardFault. [B1.5.14]

    ``enabled`` is False where its handler is disabled. Else its group ``priority`` is not more urgent than
    ``current``, that of ``holder``: an active exception, or 0 for the mask register that ``mask`` names. ``mask`` alone
    may also be an FPCCR bit that was 0 when the frame of a lazy save was reserved.
    """

    exception: int
    enabled: bool
    priority: int = 0
    current: int = 0
    holder: int = 0
    mask: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception at the moment it is made pending because of a fault, or the core locks up instead.

    ``exception`` is what pends: that of the cause, or HardFault where ``escalation`` says why. ``lockup`` says in words
    why nothing pends, '' otherwise. A fault that the core made while it took or left an exception is *derived*:
    ``step`` is ``stacking``, ``unstacking``, ``lazy save``, ``vector`` or ``return``, ``other`` that exception, and
    ``sp`` the stack pointer before the step.
    """

    fault: Fault
    exception: int
    escalation: Escalation | None = None
    lockup: str = ""
    step: str = ""
    other: int = 0
    sp: int | None = None


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

    def copy(self) -> FaultStatus:
        """Return an independent copy."""
        other = FaultStatus()
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        return other

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
