"""What Arm's ARMv7-M cores hold in the registers that the architecture leaves to them, by CPUID.PARTNO.

Sources: the Technical Reference Manuals of Cortex-M3 (DDI 0337), Cortex-M4 (DDI 0439) and Cortex-M7 (DDI 0489), their
register summaries. Data only. A part number that is not listed gets the row of the core that is nearest to it.
"""

from __future__ import annotations

from emulator.armv7m.core import CoreConfig
from emulator.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Part:
    """One core. ``features``: ID_PFR0 to ID_ISAR4, thirteen words from 0xE000_ED40. ``mvfr``: MVFR0-2 with an FPU.

    ``ccr_reset`` and ``ccr_writable`` are masks of CCR, ``actlr_writable`` of ACTLR. STKALIGN resets to one on every
    revision, as on all but the first two of Cortex-M3. [D-137] ``ccsidr`` is indexed by
    CSSELR's low bit; a core without caches has none and reads CLIDR and CTR as zero. ``scs_pid0``: the low part
    number in the identification registers of the SCS, without and with an FPU.
    """

    name: str
    features: tuple[int, ...]
    mvfr: tuple[int, int, int] = (0, 0, 0)
    ccr_reset: int = 0x0000_0200
    ccr_writable: int = 0x0000_031B
    actlr_writable: int = 0x0000_0007
    clidr: int = 0
    ctr: int = 0
    ccsidr: tuple[int, ...] = field(default=())
    scs_pid0: tuple[int, int] = (0x00, 0x0C)
    scs_pid2: int = 0x0B


CORTEX_M3 = Part(
    "Cortex-M3",
    features=(
        *(0x0000_0030, 0x0000_0200, 0x0010_0000, 0x0000_0000),  # ID_PFR0, ID_PFR1, ID_DFR0, ID_AFR0
        *(0x0000_0030, 0x0000_0000, 0x0000_0000, 0x0000_0000),  # ID_MMFR0-3
        *(0x0114_1110, 0x0211_1000, 0x2111_2231, 0x0111_1110, 0x0131_0102),  # ID_ISAR0-4
    ),
    scs_pid2=0x1B,
)
CORTEX_M4 = Part(
    "Cortex-M4",
    features=(
        *(0x0000_0030, 0x0000_0200, 0x0010_0000, 0x0000_0000),
        *(0x0010_0030, 0x0000_0000, 0x0100_0000, 0x0000_0000),
        *(0x0114_1110, 0x0211_2000, 0x2123_2231, 0x0111_1131, 0x0131_0132),
    ),
    mvfr=(0x1011_0021, 0x1100_0011, 0x0000_0000),
    actlr_writable=0x0000_0307,
)
# The caches are the smallest that a Cortex-M7 can have, 4 KiB each: software that walks them by set and way is quick,
# and nothing else shows their size. Branch prediction is always on and STKALIGN always one. [D-132]
CORTEX_M7 = Part(
    "Cortex-M7",
    features=(
        *(0x0000_0030, 0x0000_0200, 0x0010_0000, 0x0000_0000),
        *(0x0010_0030, 0x0000_0000, 0x0100_0000, 0x0000_0000),
        *(0x0110_1110, 0x0211_2000, 0x2023_2231, 0x0111_1131, 0x0131_0132),
    ),
    mvfr=(0x1011_0221, 0x1200_0011, 0x0000_0040),
    ccr_reset=0x0004_0200,
    ccr_writable=0x0003_011B,
    actlr_writable=0x1FFF_FC04,
    clidr=0x0900_0003,
    ctr=0x8303_C003,
    ccsidr=(0xF003_E019, 0xF007_E009),
    scs_pid0=(0x0C, 0x0C),
)

PARTS = {0xC23: CORTEX_M3, 0xC24: CORTEX_M4, 0xC27: CORTEX_M7}


def part_of(config: CoreConfig) -> Part:
    """Return the row for CPUID.PARTNO."""
    return PARTS.get(config.cpuid >> 4 & 0xFFF, CORTEX_M4 if config.has_fpu else CORTEX_M3)
