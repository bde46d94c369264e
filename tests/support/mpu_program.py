"""Random MPU maps with accesses, packed as the table that differential/mpu_map.c reads.

Every map keeps the program's own 64 KiB usable: either region ``home`` covers it and no higher region overlaps it, or
no region overlaps it and the privileged default map decides. Bases are aligned to their sizes and AP is never 0b100:
what the manual leaves UNPREDICTABLE is not compared.
"""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass

OPERATIONS = (
    *("ldrb", "ldrh", "ldr", "ldrsb", "ldrsh", "strb", "strh", "str"),
    *("ldrbt", "ldrht", "ldrt", "strbt", "strht", "strt", "fetch16", "fetch32"),
    *("ldrd", "strd", "ldm", "stm"),
)
SIZES = dict(zip(OPERATIONS, (1, 2, 4, 1, 2, 1, 2, 4, 1, 2, 4, 1, 2, 4, 2, 6, 8, 8, 12, 12), strict=True))
NEED_ALIGNMENT = {"fetch16": 2, "fetch32": 2, "ldrd": 4, "strd": 4, "ldm": 4, "stm": 4}
UNPRIVILEGED, FAULTMASKED, MEMORY, ESCALATES = 1, 2, 4, 8
ENABLE, HFNMIENA, PRIVDEFENA = 1, 2, 4
HOME_SIZE = 0x1_0000
HOME_RASR = 3 << 24 | 0x0002_0000 | 15 << 1 | 1  # 64 KiB, full access for both, executable

# RAM of mps2-an385/an386: where an access may be prepared and read back. The table itself is in the first MiBs.
RAM = ((0x0034_0000, 0x0040_0000), (0x2000_0000, 0x2040_0000), (0x2100_0000, 0x2200_0000))
FOCI = (0x0034_1000, 0x2000_4000, 0x2000_8000, 0x2010_0000, 0x2040_0000, 0x2100_0400, 0x21FF_F000)
# A bit-band alias, then places where nothing answers: the order in which MPU, XN and bus refuse is what counts.
BIT_BAND_ALIAS = 0x2208_0000
ELSEWHERE = (BIT_BAND_ALIAS, 0x3000_0000, 0x6000_0000, 0x8000_0010, 0xA000_0000, 0xC000_0100, 0xE010_0000, 0xFFFF_FF00)
SYSTEM_REGISTERS = (0xE000_ED00, 0xE000_ED08, 0xE000_ED90)  # CPUID, VTOR, MPU_TYPE: loads and nothing else


@dataclass(frozen=True, slots=True)
class MpuAccess:
    """One access: the name of the operation, where, the value it stores, and the flags of mpu_map.c."""

    operation: str
    address: int
    value: int
    flags: int

    def words(self) -> str:
        """Describe the access for the message of a failed test."""
        names = {UNPRIVILEGED: "unprivileged", FAULTMASKED: "FAULTMASK", ESCALATES: "MEMFAULTENA=0"}
        marks = [text for bit, text in names.items() if self.flags & bit]
        return " ".join([self.operation, f"0x{self.address:08x}", *marks])


@dataclass(frozen=True, slots=True)
class MpuMap:
    """MPU_CTRL, eight (RBAR, RASR) pairs, and the accesses tried under them."""

    ctrl: int
    regions: tuple[tuple[int, int], ...]
    accesses: tuple[MpuAccess, ...]

    def words(self) -> str:
        """Describe the map, one region a line."""
        lines = [f"MPU_CTRL={self.ctrl:#x}"]
        lines += [f"  region {n}: RBAR={rbar:#010x} RASR={rasr:#010x}" for n, (rbar, rasr) in enumerate(self.regions)]
        return "\n".join(lines)


def _region(rng: random.Random, focus: int, avoid_home: bool) -> tuple[int, int]:
    while True:
        log2_size = rng.choice((5, 5, 6, 7, 8, 8, 9, 10, 11, 12, 13, 16, 20, 24, 28, 30, 31, 32))
        size = 1 << log2_size
        near = focus + rng.randrange(-0x800, 0x1000, 32) if rng.random() < 0.9 else rng.choice(ELSEWHERE)
        base = near & ~(size - 1) & 0xFFFF_FFFF
        if avoid_home and base < HOME_SIZE:
            continue
        enabled = rng.random() < 0.9
        disabled_subregions = rng.randrange(256) if log2_size >= 8 and rng.random() < 0.4 else 0
        attributes = rng.choice((0x00, 0x02, 0x03, 0x08, 0x0B, 0x10))  # TEX, C, B: memory types change no right
        rasr = rng.randrange(2) << 28 | rng.choice((0, 1, 2, 3, 3, 3, 5, 6, 7)) << 24 | attributes << 16
        return base, rasr | disabled_subregions << 8 | (log2_size - 1) << 1 | enabled


def _address(rng: random.Random, regions: list[tuple[int, int]], focus: int) -> int:
    if rng.random() < 0.12:
        return rng.choice(ELSEWHERE)
    if rng.random() < 0.3:
        return focus + rng.randrange(-0x100, 0x800)
    base, rasr = rng.choice(regions)
    size = 2 << (rasr >> 1 & 31)
    piece = max(32, size // 8)
    edge = base + piece * rng.randrange(0, size // piece + 1)
    return (edge + rng.randrange(-12, 12)) & 0xFFFF_FFFF


def _is_ram(address: int, size: int) -> bool:
    return any(start <= address - 16 and address + size + 16 <= end for start, end in RAM)


def _access(rng: random.Random, regions: list[tuple[int, int]], focus: int, ctrl: int, private: bool) -> MpuAccess:
    if rng.random() < 0.03:
        flags = 0 if private or rng.random() < 0.5 else UNPRIVILEGED
        return MpuAccess(rng.choice(("ldr", "ldrt")), rng.choice(SYSTEM_REGISTERS), 0, flags)
    while True:
        operation = rng.choice(OPERATIONS)
        address = _address(rng, regions, focus)
        alignment = NEED_ALIGNMENT.get(operation) or (1 if rng.random() < 0.3 else min(SIZES[operation], 4))
        address &= ~(alignment - 1)
        in_ram = _is_ram(address, SIZES[operation])
        if in_ram:
            break
        if operation.startswith("fetch") and address & ~0xFF == BIT_BAND_ALIAS:
            continue  # it would execute whatever the bits spell
        if address & ~0xFF in ELSEWHERE and address % min(SIZES[operation], 4) == 0:
            break
    flags = MEMORY if in_ram else 0
    value = rng.randrange(1 << 32)
    if rng.random() < 0.1:
        flags |= ESCALATES
    if not private and rng.random() < 0.45:
        return MpuAccess(operation, address, value, flags | UNPRIVILEGED)
    # With HFNMIENA clear the MPU is off under FAULTMASK: an access to RAM cannot fault, so it cannot lock the core up.
    can_mask = in_ram and not ctrl & HFNMIENA and rng.random() < 0.15
    return MpuAccess(operation, address, value, flags | FAULTMASKED if can_mask else flags)


def random_map(rng: random.Random, access_count: int) -> MpuMap:
    """Return one map with ``access_count`` accesses around its regions' edges."""
    focus = rng.choice(FOCI)
    private = rng.random() < 0.15
    home = -1 if private else rng.randrange(8)
    regions = [_region(rng, focus, avoid_home=n > home) for n in range(8)]
    if not private:
        regions[home] = (0, HOME_RASR)
    ctrl = PRIVDEFENA if private or rng.random() < 0.5 else 0
    ctrl |= HFNMIENA if rng.random() < 0.5 else 0
    ctrl = ctrl | ENABLE if rng.random() < 0.95 else 0
    edges = [region for n, region in enumerate(regions) if n != home]
    accesses = tuple(_access(rng, edges, focus, ctrl, private) for _ in range(access_count))
    return MpuMap(ctrl, tuple(regions), accesses)


def random_maps(seed: int, map_count: int, access_count: int) -> list[MpuMap]:
    """Return ``map_count`` maps of ``access_count`` accesses each; the same arguments give the same maps."""
    rng = random.Random(seed)
    return [random_map(rng, access_count) for _ in range(map_count)]


def packed(maps: list[MpuMap]) -> bytes:
    """Return the table as mpu_map.c reads it: the number of maps, then each map with its accesses."""
    table = bytearray(struct.pack("<I", len(maps)))
    for mpu_map in maps:
        table += struct.pack("<II", mpu_map.ctrl, len(mpu_map.accesses))
        for number, (rbar, rasr) in enumerate(mpu_map.regions):
            # VALID and REGION name the region that MPU_RNR selects already: both ways to select agree.
            table += struct.pack("<II", rbar | (0x10 | number if number & 1 else 0), rasr)
        for access in mpu_map.accesses:
            code = OPERATIONS.index(access.operation)
            table += struct.pack("<BBHII", code, access.flags, 0, access.address, access.value)
    return bytes(table)


TABLE_SOURCE = """
    .section .cases, "a"
    .balign 4
    .global case_table
case_table:
    .incbin "cases.bin"
"""
