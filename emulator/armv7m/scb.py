"""The System Control Block: identification, exception control, reset, sleep and the traps of CCR. [B3.2]

VTOR, SCR, CCR and ACTLR live in the SystemControlSpace that owns this block; ICSR, SHPR and SHCSR are views of
``Exceptions``. The fault status registers are in fault_registers.py, CPACR in fpu.py, ICTR and STIR in nvic.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.annotations import Protocol
from emulator.armv7m.core import CoreConfig, SystemRegisters
from emulator.armv7m.exceptions import THREAD_PRIORITY, Exceptions
from emulator.armv7m.faults import ExceptionNumber
from emulator.armv7m.parts import part_of
from emulator.armv7m.ports import Port, Steady, constant
from emulator.armv7m.registers import Field, Kind, Register
from emulator.armv7m.scs_hooks import Hooks
from emulator.armv7m.systick import SysTick


class ACTLR(Register, address=0xE000_E008):
    """ACTLR, Auxiliary Control Register: the writable bits are the core's, and change nothing here. [B3.2.2]"""

    AUXILIARY = Field(31, 0)


class CPUID(Register, address=0xE000_ED00, reset="by the core"):
    """CPUID, CPUID Base Register. [B3.2.3]"""

    Implementer = Field(31, 24, Kind.RO)
    Variant = Field(23, 20, Kind.RO)
    Architecture = Field(19, 16, Kind.RO)
    PartNo = Field(15, 4, Kind.RO)
    Revision = Field(3, 0, Kind.RO)


class ICSR(Register, address=0xE000_ED04, reset="0x00000000, RETTOBASE UNKNOWN in Thread mode"):
    """ICSR, Interrupt Control and State Register. [B3.2.4]"""

    NMIPENDSET = Field(31, kind=Kind.W1S)
    PENDSVSET = Field(28, kind=Kind.W1S)
    PENDSVCLR = Field(27, kind=Kind.WO)
    PENDSTSET = Field(26, kind=Kind.W1S)
    PENDSTCLR = Field(25, kind=Kind.WO)
    ISRPREEMPT = Field(23, kind=Kind.RO)
    ISRPENDING = Field(22, kind=Kind.RO)
    VECTPENDING = Field(20, 12, Kind.RO)
    RETTOBASE = Field(11, kind=Kind.RO)
    VECTACTIVE = Field(8, 0, Kind.RO)


class VTOR(Register, address=0xE000_ED08, reset="by the board"):
    """VTOR, Vector Table Offset Register. [B3.2.5]"""

    TBLOFF = Field(31, 7)


class AIRCR(Register, address=0xE000_ED0C, reset=0xFA05_0000):
    """AIRCR, Application Interrupt and Reset Control Register. [B3.2.6]

    A store counts only with 0x05FA in VECTKEY; a load shows 0xFA05 there.
    """

    VECTKEYSTAT = Field(31, 16, Kind.RO)
    VECTKEY = Field(31, 16, Kind.WO)
    ENDIANNESS = Field(15, kind=Kind.RO)
    PRIGROUP = Field(10, 8)
    SYSRESETREQ = Field(2, kind=Kind.WO)
    VECTCLRACTIVE = Field(1, kind=Kind.WO)
    VECTRESET = Field(0, kind=Kind.WO)


class SCR(Register, address=0xE000_ED10):
    """SCR, System Control Register. [B3.2.7]"""

    SEVONPEND = Field(4)
    SLEEPDEEP = Field(2)
    SLEEPONEXIT = Field(1)


class CCR(Register, address=0xE000_ED14, reset="0x00000200, 0x00040200 on Cortex-M7"):
    """CCR, Configuration and Control Register; BP, IC and DC are Cortex-M7's. [B3.2.8]"""

    BP = Field(18, kind=Kind.RO)
    IC = Field(17)
    DC = Field(16)
    STKALIGN = Field(9)
    BFHFNMIGN = Field(8)
    DIV_0_TRP = Field(4)
    UNALIGN_TRP = Field(3)
    USERSETMPEND = Field(1)
    NONBASETHRDENA = Field(0)


class SHPR1(Register, address=0xE000_ED18, narrow=True):
    """SHPR1, System Handler Priority Register 1. [B3.2.10]"""

    PRI_6 = Field(23, 16)
    PRI_5 = Field(15, 8)
    PRI_4 = Field(7, 0)


class SHPR2(Register, address=0xE000_ED1C, narrow=True):
    """SHPR2, System Handler Priority Register 2. [B3.2.11]"""

    PRI_11 = Field(31, 24)


class SHPR3(Register, address=0xE000_ED20, narrow=True):
    """SHPR3, System Handler Priority Register 3. [B3.2.12]"""

    PRI_15 = Field(31, 24)
    PRI_14 = Field(23, 16)
    PRI_12 = Field(7, 0)


class SHCSR(Register, address=0xE000_ED24):
    """SHCSR, System Handler Control and State Register. [B3.2.13]"""

    USGFAULTENA = Field(18)
    BUSFAULTENA = Field(17)
    MEMFAULTENA = Field(16)
    SVCALLPENDED = Field(15)
    BUSFAULTPENDED = Field(14)
    MEMFAULTPENDED = Field(13)
    USGFAULTPENDED = Field(12)
    SYSTICKACT = Field(11)
    PENDSVACT = Field(10)
    MONITORACT = Field(8)
    SVCALLACT = Field(7)
    USGFAULTACT = Field(3)
    BUSFAULTACT = Field(1)
    MEMFAULTACT = Field(0)


_NMI, _PENDSV, _SYSTICK = ExceptionNumber.NMI, ExceptionNumber.PENDSV, ExceptionNumber.SYSTICK
_MM, _BF, _UF = ExceptionNumber.MEM_MANAGE, ExceptionNumber.BUS_FAULT, ExceptionNumber.USAGE_FAULT
_SVC, _MONITOR = ExceptionNumber.SVCALL, ExceptionNumber.DEBUG_MONITOR

# SHCSR by the bit set of Exceptions it shows: (field, exception).
_SHCSR_VIEWS: dict[str, tuple[tuple[Field, int], ...]] = {
    "enabled": ((SHCSR.MEMFAULTENA, _MM), (SHCSR.BUSFAULTENA, _BF), (SHCSR.USGFAULTENA, _UF)),
    "pending": (
        *((SHCSR.MEMFAULTPENDED, _MM), (SHCSR.BUSFAULTPENDED, _BF)),
        *((SHCSR.USGFAULTPENDED, _UF), (SHCSR.SVCALLPENDED, _SVC)),
    ),
    "active": (
        *((SHCSR.MEMFAULTACT, _MM), (SHCSR.BUSFAULTACT, _BF), (SHCSR.USGFAULTACT, _UF), (SHCSR.SVCALLACT, _SVC)),
        *((SHCSR.MONITORACT, _MONITOR), (SHCSR.PENDSVACT, _PENDSV), (SHCSR.SYSTICKACT, _SYSTICK)),
    ),
}
_SHPR_EXCEPTIONS = {SHPR1: (_MM, _BF, _UF), SHPR2: (_SVC,), SHPR3: (_MONITOR, _PENDSV, _SYSTICK)}
_VECTKEY = 0x05FA
_AIRCR_READ = AIRCR(0xFA05_0000)


class ControlState(SystemRegisters, Protocol):
    """Where this block's words are: the SystemControlSpace."""

    actlr: int


class SystemControlBlock:
    """The SCB of one core. ``settle`` brings SysTick up to now before its pending state is looked at."""

    def __init__(
        self, config: CoreConfig, state: ControlState, exceptions: Exceptions, hooks: Hooks, systick: SysTick
    ) -> None:
        self._cpuid = config.cpuid
        self._part = part_of(config)
        self._state = state
        self._exceptions = exceptions
        self._hooks = hooks
        self._settle = systick.settle
        self._next_tick = systick.next_zero

    def reset(self, vtor: int) -> None:
        """System reset; ``vtor`` is where the board has its vector table then."""
        state = self._state
        state.vtor = vtor & VTOR.TBLOFF.mask
        state.scr = 0
        state.ccr = self._part.ccr_reset
        state.actlr = 0

    def ports(self) -> Iterator[Port]:
        """Yield the registers of this block."""
        state = self._state
        yield Port(CPUID.ADDRESS, constant(self._cpuid))
        yield Port(ICSR.ADDRESS, self._read_icsr, self._write_icsr, self._peek_icsr, self._steady_icsr)
        yield Port(VTOR.ADDRESS, lambda: state.vtor, self._write_vtor)
        yield Port(AIRCR.ADDRESS, self._read_aircr, self._write_aircr)
        yield Port(SCR.ADDRESS, lambda: state.scr, self._write_scr)
        yield Port(CCR.ADDRESS, lambda: state.ccr, self._write_ccr)
        yield Port(SHCSR.ADDRESS, self._read_shcsr, self._write_shcsr)
        yield Port(ACTLR.ADDRESS, lambda: state.actlr, self._write_actlr)
        for register, exceptions in _SHPR_EXCEPTIONS.items():
            load, store = partial(self._read_shpr, exceptions), partial(self._write_shpr, exceptions)
            yield Port(register.ADDRESS, load, store)

    # -- ICSR ----------------------------------------------------------------------------------------------------

    def _read_icsr(self) -> int:
        self._settle()
        return self._peek_icsr()

    def _steady_icsr(self) -> Steady:
        return Steady(0, until=self._next_tick(), is_icsr=True)

    def _peek_icsr(self) -> int:
        exceptions = self._exceptions
        ipsr = self._hooks.ipsr()
        pending = exceptions.pending
        value = ipsr | self._vectpending() << ICSR.VECTPENDING.low
        # In Thread mode RETTOBASE is UNKNOWN: it says here that nothing is active. [D-126]
        if not exceptions.active & ~(1 << ipsr):
            value |= ICSR.RETTOBASE.mask
        if pending >> 16:
            value |= ICSR.ISRPENDING.mask
        if pending >> _SYSTICK & 1:
            value |= ICSR.PENDSTSET.mask
        if pending >> _PENDSV & 1:
            value |= ICSR.PENDSVSET.mask
        if pending >> _NMI & 1:
            value |= ICSR.NMIPENDSET.mask
        return value

    def _vectpending(self) -> int:
        """The most urgent pending and enabled exception, as BASEPRI and FAULTMASK but not PRIMASK let it through.

        The manual leaves room for a reading without the two; this is how Arm describes its cores. [D-138]
        """
        exceptions = self._exceptions
        candidate = exceptions.most_urgent_pending()
        if candidate is None:
            return 0
        masks = self._hooks.masks()
        limit = THREAD_PRIORITY
        if masks.basepri:
            limit = exceptions.group_priority(masks.basepri)
        if masks.faultmask & 1:
            limit = -1
        return candidate if exceptions.preempts(candidate, limit) else 0

    def _write_icsr(self, value: int) -> None:
        self._settle()
        exceptions = self._exceptions
        # UNPREDICTABLE: the set and the clear bit of one exception together. Set wins. [D-127]
        if value & ICSR.PENDSVSET.mask:
            exceptions.pend(_PENDSV)
        elif value & ICSR.PENDSVCLR.mask:
            exceptions.unpend(_PENDSV)
        if value & ICSR.PENDSTSET.mask:
            exceptions.pend(_SYSTICK)
        elif value & ICSR.PENDSTCLR.mask:
            exceptions.unpend(_SYSTICK)
        if value & ICSR.NMIPENDSET.mask:
            exceptions.pend(_NMI)
            self._hooks.requests_changed()
        self._hooks.state_changed()

    # -- control -------------------------------------------------------------------------------------------------

    def _write_vtor(self, value: int) -> None:
        # IMPLEMENTATION DEFINED: which bits of TBLOFF exist. All of them do. [D-136]
        self._state.vtor = value & VTOR.TBLOFF.mask
        self._hooks.vtor_written(value, value & VTOR.TBLOFF.mask)

    def _read_aircr(self) -> int:
        return _AIRCR_READ | self._exceptions.prigroup << AIRCR.PRIGROUP.low

    def _write_aircr(self, value: int) -> None:
        word = AIRCR(value)
        if word.VECTKEY != _VECTKEY:
            return
        # UNPREDICTABLE: VECTCLRACTIVE and VECTRESET outside Debug state. The first is ignored, the second resets the
        # core, as software that uses it expects; with SYSRESETREQ as well it is a system reset. [D-128]
        self._exceptions.set_prigroup(word.PRIGROUP)
        if word.SYSRESETREQ:
            self._hooks.request_reset("SYSRESETREQ")
        elif word.VECTRESET:
            self._hooks.request_reset("VECTRESET")
        self._hooks.state_changed()

    def _write_scr(self, value: int) -> None:
        self._state.scr = value & SCR.MASKS[Kind.RW]

    def _write_ccr(self, value: int) -> None:
        part = self._part
        self._state.ccr = part.ccr_reset & ~part.ccr_writable | value & part.ccr_writable
        self._hooks.configuration_changed()

    def _write_actlr(self, value: int) -> None:
        self._state.actlr = value & self._part.actlr_writable
        self._hooks.configuration_changed()

    # -- system handlers -----------------------------------------------------------------------------------------

    def _read_shpr(self, exceptions: tuple[int, ...]) -> int:
        priorities = self._exceptions.priorities
        return sum(priorities[exception] << 8 * (exception & 3) for exception in exceptions)

    def _write_shpr(self, exceptions: tuple[int, ...], value: int) -> None:
        for exception in exceptions:
            self._exceptions.set_priority(exception, value >> 8 * (exception & 3) & 0xFF)
        self._hooks.state_changed()

    def _read_shcsr(self) -> int:
        value = 0
        for name, views in _SHCSR_VIEWS.items():
            bits = getattr(self._exceptions, name)
            for item, exception in views:
                value |= (bits >> exception & 1) << item.low
        return value

    def _write_shcsr(self, value: int) -> None:
        exceptions = self._exceptions
        for name, views in _SHCSR_VIEWS.items():
            bits = getattr(exceptions, name)
            for item, exception in views:
                bits = bits & ~(1 << exception) | (value >> item.low & 1) << exception
            setattr(exceptions, name, bits)
        self._hooks.requests_changed()
        exceptions.on_pend()
        self._hooks.state_changed()
