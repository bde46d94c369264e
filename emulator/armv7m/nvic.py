"""The Nested Vectored Interrupt Controller: up to 240 interrupt lines, and the registers that show them. [B3.4]

No state of its own: ISER and ICER, ISPR and ICPR, IABR and IPR are views of ``Exceptions``, and so are the levels of
the lines. Registers and bits of interrupts that the part does not have read as zero and ignore writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.ports import Port, constant, ignore, zero
from emulator.armv7m.registers import Field, Kind, Register
from emulator.armv7m.scs_hooks import Hooks
from emulator.bits import mask

FIRST_IRQ = 16  # the exception number of external interrupt 0


class ICTR(Register, address=0xE000_E004, reset="by the number of interrupts"):
    """ICTR, Interrupt Controller Type Register. [B3.4.3]"""

    INTLINESNUM = Field(3, 0, Kind.RO)


# The manual demands word access here; byte and halfword access is what Arm's own cores give as well. [D-121]


class NVIC_ISER(Register, address=0xE000_E100, count=16, narrow=True):
    """NVIC_ISER0-15, Interrupt Set-Enable Registers. [B3.4.4]"""

    SETENA = Field(31, 0, Kind.W1S)


class NVIC_ICER(Register, address=0xE000_E180, count=16, narrow=True):
    """NVIC_ICER0-15, Interrupt Clear-Enable Registers. [B3.4.5]"""

    CLRENA = Field(31, 0, Kind.W1C)


class NVIC_ISPR(Register, address=0xE000_E200, count=16, narrow=True):
    """NVIC_ISPR0-15, Interrupt Set-Pending Registers. [B3.4.6]"""

    SETPEND = Field(31, 0, Kind.W1S)


class NVIC_ICPR(Register, address=0xE000_E280, count=16, narrow=True):
    """NVIC_ICPR0-15, Interrupt Clear-Pending Registers. [B3.4.7]"""

    CLRPEND = Field(31, 0, Kind.W1C)


class NVIC_IABR(Register, address=0xE000_E300, count=16, narrow=True):
    """NVIC_IABR0-15, Interrupt Active Bit Registers. [B3.4.8]"""

    ACTIVE = Field(31, 0, Kind.RO)


class NVIC_IPR(Register, address=0xE000_E400, count=124, narrow=True):
    """NVIC_IPR0-123, Interrupt Priority Registers: four interrupts each. [B3.4.9]"""

    PRI_N3 = Field(31, 24)
    PRI_N2 = Field(23, 16)
    PRI_N1 = Field(15, 8)
    PRI_N0 = Field(7, 0)


class STIR(Register, address=0xE000_EF00, unprivileged="RW with CCR.USERSETMPEND"):
    """STIR, Software Triggered Interrupt Register. [B3.2.26]"""

    INTID = Field(8, 0, Kind.WO)


class Nvic:
    """The NVIC of one core."""

    def __init__(self, exceptions: Exceptions, hooks: Hooks) -> None:
        self._exceptions = exceptions
        self._hooks = hooks

    # -- interrupt lines -----------------------------------------------------------------------------------------

    def set_line(self, irq: int, level: bool) -> None:
        """Drive external interrupt ``irq``. A rising line pends it, even while its handler runs. [B3.4.1]

        What pends stays pending when the line falls. While it stays high, ``Exceptions.deactivate`` pends it again at
        the handler's return. Raises ValueError when the part has no such interrupt.
        """
        exceptions = self._exceptions
        if not 0 <= irq < exceptions.irq_count:
            raise ValueError(f"irq must be 0..{exceptions.irq_count - 1}, not {irq!r}")
        bit = 1 << FIRST_IRQ + irq
        rises = level and not exceptions.lines & bit
        exceptions.lines = exceptions.lines | bit if level else exceptions.lines & ~bit
        if rises:
            exceptions.pend(FIRST_IRQ + irq)

    # -- registers -----------------------------------------------------------------------------------------------

    def ports(self) -> Iterator[Port]:
        """Yield the registers of the interrupts that exist."""
        count = self._exceptions.irq_count
        yield Port(ICTR.ADDRESS, constant(max(count - 1, 0) // 32))
        yield Port(STIR.ADDRESS, zero, self._write_stir)
        for first in range(0, count, 32):
            yield from self._bit_ports(first // 32 * 4, FIRST_IRQ + first, mask(min(count - first, 32)))
        for first in range(0, count, 4):
            exceptions = range(FIRST_IRQ + first, FIRST_IRQ + min(first + 4, count))
            load, store = partial(self._read_priorities, exceptions), partial(self._write_priorities, exceptions)
            yield Port(NVIC_IPR.ADDRESS + first, load, store)

    def _bit_ports(self, offset: int, shift: int, implemented: int) -> Iterator[Port]:
        """Yield one register of each kind: ``implemented`` bits, the lowest being exception ``shift``."""
        enabled, pending, active = (
            partial(self._read_bits, name, shift, implemented) for name in ("enabled", "pending", "active")
        )
        stores = (self._enable, self._disable, self._pend, self._unpend)
        enable, disable, pend, unpend = (partial(store, shift, implemented) for store in stores)
        yield Port(NVIC_ISER.ADDRESS + offset, enabled, enable)
        yield Port(NVIC_ICER.ADDRESS + offset, enabled, disable)
        yield Port(NVIC_ISPR.ADDRESS + offset, pending, pend)
        yield Port(NVIC_ICPR.ADDRESS + offset, pending, unpend)
        yield Port(NVIC_IABR.ADDRESS + offset, active, ignore)

    def _read_bits(self, name: str, shift: int, implemented: int) -> int:
        bits: int = getattr(self._exceptions, name)
        return bits >> shift & implemented

    def _enable(self, shift: int, implemented: int, value: int) -> None:
        self._exceptions.enabled |= (value & implemented) << shift
        self._changed()

    def _disable(self, shift: int, implemented: int, value: int) -> None:
        self._exceptions.enabled &= ~((value & implemented) << shift)
        self._changed()

    def _pend(self, shift: int, implemented: int, value: int) -> None:
        self._exceptions.pend_all((value & implemented) << shift)
        self._hooks.state_changed()

    def _unpend(self, shift: int, implemented: int, value: int) -> None:
        # An interrupt whose line is high cannot be cleared here: its device asks on. [D-123]
        exceptions = self._exceptions
        exceptions.pending &= ~((value & implemented) << shift & ~exceptions.lines)
        self._changed()

    def _read_priorities(self, exceptions: range) -> int:
        priorities = self._exceptions.priorities
        return sum(priorities[exception] << 8 * lane for lane, exception in enumerate(exceptions))

    def _write_priorities(self, exceptions: range, value: int) -> None:
        for lane, exception in enumerate(exceptions):
            self._exceptions.set_priority(exception, value >> 8 * lane & 0xFF)
        self._hooks.state_changed()

    def _write_stir(self, value: int) -> None:
        irq = value & STIR.INTID.mask
        if irq < self._exceptions.irq_count:
            self._exceptions.pend(FIRST_IRQ + irq)
            self._hooks.state_changed()

    def _changed(self) -> None:
        self._exceptions.on_pend()
        self._hooks.state_changed()
