"""Start-up code of each part that is a board: it comes to its console with all loops for clocks as vendors write them.

Each program sets the part's clocks up, waits for every bit that the manual says to wait for, prints, counts SysTicks,
echoes its input by polling and takes the last byte by interrupt.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support.arm_gcc import BARE_FLAGS, build

import v7m

SOURCES = Path(__file__).parent / "startup"
PARTS = {
    "stm32f103": ("stm32f103.c", "m3", 0x0800_0000, 0x2000_0000, 0x2000_5000),
    "stm32f103xe": ("stm32f103.c", "m3", 0x0800_0000, 0x2000_0000, 0x2001_0000),
    "stm32f107": ("stm32f107.c", "m3", 0x0800_0000, 0x2000_0000, 0x2001_0000),
    "stm32l152": ("stm32l152.c", "m3", 0x0800_0000, 0x2000_0000, 0x2001_4000),
    "stm32f407": ("stm32f4.c", "m4f", 0x0800_0000, 0x2000_0000, 0x2002_0000),
    "stm32f411": ("stm32f4.c", "m4f", 0x0800_0000, 0x2000_0000, 0x2002_0000),
    "stm32f446": ("stm32f4.c", "m4f", 0x0800_0000, 0x2000_0000, 0x2002_0000),
    "stm32f429": ("stm32f4.c", "m4f", 0x0800_0000, 0x2000_0000, 0x2003_0000),
    "stm32l476": ("stm32l476.c", "m4f", 0x0800_0000, 0x2000_0000, 0x2001_8000),
    "stm32wb55": ("stm32wb55.c", "m4f", 0x0800_0000, 0x2000_0000, 0x2004_0000),
    "stm32wl55": ("stm32wl55.c", "m3", 0x0800_0000, 0x2000_0000, 0x2001_0000),
    "stm32f303": ("stm32f303.c", "m4f", 0x0800_0000, 0x2000_0000, 0x2001_0000),
    "stm32g474": ("stm32g474.c", "m4f", 0x0800_0000, 0x2000_0000, 0x2002_0000),
    "stm32f767": ("stm32f767.c", "m7", 0x0800_0000, 0x2000_0000, 0x2008_0000),
    "stm32h723": ("stm32h743.c", "m7", 0x0800_0000, 0x2400_0000, 0x2002_0000),
    "stm32h743": ("stm32h743.c", "m7", 0x0800_0000, 0x2400_0000, 0x2002_0000),
    "tm4c123": ("tm4c123.c", "m4f", 0, 0x2000_0000, 0x2000_8000),
    "nrf52832": ("nrf52840.c", "m4f", 0, 0x2000_0000, 0x2001_0000),
    "nrf52833": ("nrf52840.c", "m4f", 0, 0x2000_0000, 0x2002_0000),
    "nrf52840": ("nrf52840.c", "m4f", 0, 0x2000_0000, 0x2004_0000),
    "lpc1768": ("lpc1768.c", "m3", 0, 0x1000_0000, 0x1000_8000),
    "sam3x8e": ("sam3x8e.c", "m3", 0x0008_0000, 0x2007_0000, 0x2008_8000),
    "sam4s": ("sam4s.c", "m3", 0x0040_0000, 0x2000_0000, 0x2002_8000),
    "sam4e": ("sam4e.c", "m4f", 0x0040_0000, 0x2000_0000, 0x2002_0000),
    "same70": ("same70.c", "m7", 0x0040_0000, 0x2040_0000, 0x2046_0000),
    "samd51": ("samd51.c", "m4f", 0, 0x2000_0000, 0x2004_0000),
    "mk20dx256": ("mk64f.c", "m3", 0, 0x1FFF_8000, 0x2000_8000),
    "mk66f": ("mk64f.c", "m4f", 0, 0x1FFF_0000, 0x2003_0000),
    "mk64f": ("mk64f.c", "m4f", 0, 0x1FFF_0000, 0x2003_0000),
}
"""The source, the compiler's core, where flash and RAM are, and where the stack begins."""


def startup(part: str) -> Path:
    source, core, flash, ram, stack = PARTS[part]
    places = (f"-Wl,--defsym=FLASH={flash}", f"-Wl,--defsym=RAM={ram}", f"-Wl,--defsym=STACK={stack}")
    flags = (*BARE_FLAGS, f"-T{SOURCES / 'startup.ld'}", *places, f"-DPART={part[-3:]}" if "f4" in part else "-DPART=0")
    return build([SOURCES / source], core, "-Os", flags=(*flags, "-Wl,--no-warn-rwx-segments", f"-I{SOURCES}"))


@pytest.mark.parametrize("part", PARTS)
def test_the_part_comes_to_its_console(part: str) -> None:
    result = v7m.run(startup(part), b"echo\n!", board=part, max_instructions=500_000)
    assert (result.console, result.exit_status) == ("up\nticking\necho! by interrupt\n", 0)


@pytest.mark.parametrize("part", ["stm32l476", "nrf52840"])
def test_both_halves_see_the_same(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    traces = []
    for pure in ("", "1"):
        monkeypatch.setenv("V7M_PURE_PYTHON", pure)
        traces.append(v7m.run(startup(part), b"e\n!", board=part, max_instructions=500_000, trace=True).trace)
    assert traces[0] == traces[1]
