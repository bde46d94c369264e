"""What the pins of a port read as, from the registers that drive and pull them: nothing else is connected.

An output has the level that it drives; an open drain that lets go is high, for each such line has a pull-up. An input
has the level of its pull-up or pull-down, and is low where it floats. [D-323] No state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emulator.annotations import NamedTuple

Values = Mapping[str, int]
"""Of a device's registers, by name."""


class Layout(NamedTuple):
    """How a family's ports are made: ``level`` gets the values of ``registers``, which the device must have."""

    registers: tuple[str, ...]
    level: Callable[[Values], int]


def _evens(word: int) -> int:
    """Return the bits 0, 2, 4 and so on of ``word`` beside each other."""
    word &= 0x5555_5555
    word = (word | word >> 1) & 0x3333_3333
    word = (word | word >> 2) & 0x0F0F_0F0F
    word = (word | word >> 4) & 0x00FF_00FF
    return (word | word >> 8) & 0x0000_FFFF


def _stm32(values: Values) -> int:
    """MODER: input, output, alternate function, analog; PUPDR: none, up, down. [RM0090 8.4]"""
    low, high = _evens(values["MODER"]), _evens(values["MODER"] >> 1)
    up = _evens(values["PUPDR"]) & ~_evens(values["PUPDR"] >> 1)
    alternate_open_drain = high & ~low & values["OTYPER"]
    return low & ~high & values["ODR"] | ~low & (up | alternate_open_drain)


def _stm32f1(values: Values) -> int:
    """CRL and CRH: MODE says input or output, CNF what kind; ODR pulls up or down. [RM0008 9.2]"""
    control, level = values["CRH"] << 32 | values["CRL"], 0
    for pin in range(16):
        mode, kind = control >> 4 * pin & 3, control >> 4 * pin + 2 & 3
        if (mode and kind < 2) or (not mode and kind == 2):
            level |= values["ODR"] & 1 << pin
        elif mode and kind == 3:
            level |= 1 << pin
    return level


def _nrf(values: Values) -> int:
    """PIN_CNF: DIR, INPUT (1 disconnects), PULL (1 down, 3 up), DRIVE (6 and 7 are open drains). [nRF52840 PS 6.9]"""
    level = 0
    for pin in range(32):
        settings = values.get(f"PIN_CNF{pin}", 2)
        if settings & 2:
            continue
        is_output, bit = settings & 1 or values["DIR"] >> pin & 1, values["OUT"] & 1 << pin
        is_up = settings >> 2 & 3 == 3
        level |= bit if is_output else is_up << pin
    return level


def _sam(values: Values) -> int:
    """OSR: which are outputs; PUSR: a 0 is a pull-up, as all have after a reset. [SAM3X 31.5]"""
    return values["OSR"] & values["ODSR"] | ~values["OSR"] & ~values["PUSR"]


def _samd(values: Values) -> int:
    """DIR: which are outputs; PINCFG.PULLEN: an input has the pull that OUT says. All are read. [SAM D5x/E5x 32.6.3]"""
    pulled = sum(1 << pin for pin in range(32) if values.get(f"PINCFG{pin}", 0) & 4)
    return values["OUT"] & (values["DIR"] | pulled)


def _kinetis(values: Values) -> int:
    """PDDR: which are outputs. Pulls are settings of another device, PORT: inputs are low. [K64P144M120SF5RM 55]"""
    return values["PDOR"] & values["PDDR"]


LAYOUTS: Mapping[str, Layout] = {
    "stm32": Layout(("MODER", "OTYPER", "PUPDR", "ODR"), _stm32),
    "stm32f1": Layout(("CRL", "CRH", "ODR"), _stm32f1),
    "nrf": Layout(("DIR", "OUT", "PIN_CNF0"), _nrf),
    "kinetis": Layout(("PDOR", "PDDR"), _kinetis),
    "sam": Layout(("OSR", "ODSR", "PUSR"), _sam),
    "samd": Layout(("DIR", "OUT", "PINCFG0"), _samd),
}
"""By the name that ``pins`` of a declared register has."""
