"""Stellaris system control: identity, clocks and the PLL's lock. [LM3S6965 data sheet, 6]

Setting a clock changes the registers and not the rate of virtual time. The PLL locks at once: RIS and, where IMC
enables it, the interrupt say so as soon as RCC or RCC2 powers it up or leaves the bypass. Software resets of other
blocks (SRCR) do nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.armv7m.ports import Port, constant, zero
from emulator.devices.peripheral import Parameter, Peripheral

PLL_LOCK = 1 << 6
BYPASS, PWRDN = 1 << 11, 1 << 13
RCC_RESET, RCC2_RESET = 0x078E_3AC0, 0x0780_2810

IDENTITY = {0x00: "did0", 0x04: "did1", 0x08: "dc0", 0x10: "dc1", 0x14: "dc2", 0x18: "dc3", 0x1C: "dc4"}
USER = {0x1E0: "user0", 0x1E4: "user1"}

KEPT = {0x30: ("pborctl", 0xFFFF), 0x34: ("ldopctl", 0x1F), 0x5C: ("resc", 0x3F)}
KEPT |= {0x150: ("clkvclr", 0xFFFF_FFFF), 0x160: ("ldoarst", 0xFFFF_FFFF)}
KEPT |= {
    base + 4 * number: (f"{name}{number}", 0xFFFF_FFFF)
    for base, name in ((0x100, "rcgc"), (0x110, "scgc"), (0x120, "dcgc"))
    for number in range(3)
}
"""The registers that only hold what was written: their names, and the bits that QEMU keeps."""

RESET_VALUES = {"pborctl": 0x7FFD, "rcgc0": 1, "scgc0": 1, "dcgc0": 1}

PLLCFG = (
    *(0x3200, 0x1B20, 0x1900, 0xF42B, 0x37E3, 0x1B21, 0x0C80, 0x98EE),
    *(0xD5B4, 0x0A00, 0x4E27, 0x1902, 0xEC1C, 0x1B23, 0x0640, 0xB11C),
)
"""PLLCFG by RCC.XTAL, for the Fury class of parts that the LM3S6965 belongs to."""


class StellarisSysctl(Peripheral):
    """One block. Its parameters are the contents of the identity registers and of USER_REG0 and 1."""

    LINES = ("interrupt",)
    PARAMETERS = {name: Parameter(int, 0) for name in (*IDENTITY.values(), *USER.values())}
    STATE = ("ris", "imc", "rcc", "rcc2", *(name for name, _ in KEPT.values()))

    def reset(self) -> None:
        """See Device."""
        self.ris = self.imc = 0
        self.rcc, self.rcc2 = RCC_RESET, RCC2_RESET
        for name, _ in KEPT.values():
            setattr(self, name, RESET_VALUES.get(name, 0))
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        for offset, name in (IDENTITY | USER).items():
            yield Port(offset, constant(self.parameters[name]))
        for offset, (name, valid) in KEPT.items():
            yield Port(offset, partial(getattr, self, name), partial(self._keep, name, valid))
        yield Port(0x50, lambda: self.ris)  # RIS
        yield Port(0x54, lambda: self.imc, self._write_imc)  # IMC
        yield Port(0x58, lambda: self.ris & self.imc, self._write_misc)  # MISC
        yield Port(0x60, lambda: self.rcc, partial(self._write_clock, "rcc"))  # RCC
        yield Port(0x64, lambda: PLLCFG[self.rcc >> 6 & 0xF])  # PLLCFG
        yield Port(0x70, lambda: self.rcc2, partial(self._write_clock, "rcc2"))  # RCC2
        for offset in (0x40, 0x44, 0x48):
            yield Port(offset, zero)  # SRCR0, SRCR1, SRCR2

    def update(self) -> None:
        """See Peripheral."""
        self.lines["interrupt"](bool(self.ris & self.imc))

    def _keep(self, name: str, valid: int, value: int) -> None:
        setattr(self, name, value & valid)

    def _write_imc(self, value: int) -> None:
        self.imc = value & 0x7F
        self.update()

    def _write_misc(self, value: int) -> None:
        self.ris &= ~value
        self.update()

    def _write_clock(self, name: str, value: int) -> None:
        before: int = getattr(self, name)
        setattr(self, name, value)
        if before & ~value & (PWRDN | BYPASS) and not value & PWRDN:
            self.ris |= PLL_LOCK
        self.update()
