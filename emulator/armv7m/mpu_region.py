"""One MPU region: the meaning of its two register words, and the form in which accesses use it. [B3.5.8, B3.5.9]

``Region`` is for people and for code that programs the MPU; ``Slot`` is the same thing compiled for look-ups. Both
come from the words alone, so they are computed once for a pair of words and shared. No state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from emulator.annotations import NamedTuple
from emulator.armv7m.faults import Access
from emulator.armv7m.memory_map import CachePolicy, MemoryAttributes, MemoryType
from emulator.armv7m.mpu_registers import MPU_RASR, MPU_RBAR
from emulator.armv7m.registers import Kind
from emulator.bits import WORD_MASK, field, is_power_of_two, mask
from emulator.records import dataclass

READ = 1 << Access.READ
WRITE = 1 << Access.WRITE
FETCH = 1 << Access.FETCH
ALL_RIGHTS = READ | WRITE | FETCH

GRANULE = 32  # bytes: no region or subregion is smaller, so 32 aligned bytes always share their rights [B3.5.3]
PAGE_SIZE = 1024  # bytes: the unit in which the engine caches rights
ALL_GRANULES = mask(PAGE_SIZE // GRANULE)

RASR_ENABLE = MPU_RASR.ENABLE.mask
RASR_WRITABLE = MPU_RASR.MASKS[Kind.RW]  # the reserved bits are UNK/SBZP and read as zero [B3.5.9]
RBAR_ADDR = MPU_RBAR.ADDR.mask
MINIMUM_SIZE_FIELD = 4
MINIMUM_SIZE_FOR_SUBREGIONS = 256


@dataclass(frozen=True, slots=True)
class AccessPermission:
    """One row of the AP encoding: data rights of privileged and unprivileged code. [B3.5.9, table B3-15]"""

    privileged: int
    unprivileged: int

    def describe(self) -> str:
        """Return the row in words: ``priv RW / unpriv none``."""
        return f"priv {describe_data_rights(self.privileged)} / unpriv {describe_data_rights(self.unprivileged)}"


ACCESS_PERMISSIONS = (
    AccessPermission(0, 0),
    AccessPermission(READ | WRITE, 0),
    AccessPermission(READ | WRITE, READ),
    AccessPermission(READ | WRITE, READ | WRITE),
    AccessPermission(0, 0),  # UNPREDICTABLE: AP=0b100 is reserved. We grant nothing. [D-105]
    AccessPermission(READ, 0),
    AccessPermission(READ, READ),
    AccessPermission(READ, READ),
)


def describe_data_rights(rights: int) -> str:
    """Return ``RW``, ``RO`` or ``none`` for rights bits; the fetch bit does not show."""
    if rights & WRITE:
        return "RW"
    return "RO" if rights & READ else "none"


def describe_rights(rights: int) -> str:
    """Return rights bits as three characters: ``rw-``, ``r-x``, ``---``."""
    return "".join(letter if rights & bit else "-" for letter, bit in (("r", READ), ("w", WRITE), ("x", FETCH)))


@dataclass(frozen=True, slots=True)
class Region:
    """MPU_RBAR and MPU_RASR of one region, decoded.

    ``base`` is MPU_RBAR.ADDR as far as the size lets it count, ``size`` in bytes (2 to 4 GiB; under 32 is reserved),
    ``texcb`` the five bits TEX, C, B as the manual's pseudocode joins them.
    """

    base: int
    size: int
    ap: int
    xn: bool
    srd: int = 0
    texcb: int = 0b00011
    shareable: bool = False
    enabled: bool = True

    @property
    def is_usable(self) -> bool:
        """Whether the region can match an access at all."""
        # UNPREDICTABLE: SIZE under 4, which is less than 32 bytes. Such a region matches nothing. [D-103]
        return self.enabled and self.size >= GRANULE

    @property
    def has_subregions(self) -> bool:
        """Whether SRD means anything: regions of 256 bytes or more have eight subregions."""
        # UNPREDICTABLE: SRD not zero in a smaller region. We ignore SRD there. [D-104]
        return self.size >= MINIMUM_SIZE_FOR_SUBREGIONS

    @property
    def memory(self) -> MemoryAttributes | None:
        """The memory attributes that TEX, C, B and S select; None for an encoding that is reserved."""
        return decode_texcb(self.texcb, self.shareable)

    def contains(self, address: int) -> bool:
        """Whether ``address`` is between base and base + size, disabled subregions included."""
        return self.is_usable and self.base <= address < self.base + self.size

    def disabled_subregion(self, address: int) -> int | None:
        """Return the number of the disabled subregion that holds ``address``, or None when none does."""
        if not self.contains(address) or not self.has_subregions:
            return None
        subregion = (address - self.base) * 8 // self.size
        return subregion if self.srd >> subregion & 1 else None

    def covers(self, address: int) -> bool:
        """Whether the region matches ``address``, that is in range and not in a disabled subregion."""
        return self.contains(address) and self.disabled_subregion(address) is None

    def rights(self, privileged: bool) -> int:
        """Return the rights bits (1 << Access) the region gives. An instruction fetch needs read permission too."""
        permission = ACCESS_PERMISSIONS[self.ap]
        rights = permission.privileged if privileged else permission.unprivileged
        return rights | FETCH if rights & READ and not self.xn else rights

    def words(self) -> tuple[int, int]:
        """Return (MPU_RBAR, MPU_RASR) of the region. Raises ValueError for what no region can express."""
        if not is_power_of_two(self.size) or not GRANULE <= self.size <= 1 << 32:
            raise ValueError(f"size must be a power of two from 32 bytes to 4 GiB, not {self.size:#x}")
        if self.base % self.size or not 0 <= self.base <= WORD_MASK:
            raise ValueError(f"base must be a multiple of the size {self.size:#x}, not {self.base:#x}")
        if self.srd and not self.has_subregions:
            raise ValueError(f"srd must be 0 in a region under 256 bytes, not {self.srd:#04x}")
        if not 0 <= self.ap <= 7 or not 0 <= self.srd <= 0xFF or not 0 <= self.texcb <= 0x1F:
            raise ValueError(f"ap, srd and texcb must fit 3, 8 and 5 bits, not {self.ap}, {self.srd}, {self.texcb}")
        attributes = (
            self.xn << 28
            | self.ap << 24
            | field(self.texcb, 4, 2) << 19
            | self.shareable << 18
            | field(self.texcb, 1, 0) << 16
        )
        size_field = self.size.bit_length() - 2
        return self.base, attributes | self.srd << 8 | size_field << 1 | self.enabled


def decode_texcb(texcb: int, shareable: bool) -> MemoryAttributes | None:
    """DefaultTEXDecode(): the memory attributes of the TEX, C and B bits; None where reserved. [B3.5.9, table B3-13]"""
    if texcb & 0b10000:
        inner, outer = CachePolicy(texcb & 3), CachePolicy(texcb >> 2 & 3)
        return MemoryAttributes(MemoryType.NORMAL, inner, outer, shareable)
    row = _TEXCB.get(texcb)
    if row is None:
        # UNPREDICTABLE or IMPLEMENTATION DEFINED: the type is unknown; the region's rights are not touched. [D-108]
        return None
    memory_type, policy = row
    if memory_type is not MemoryType.NORMAL:
        shareable = texcb != 0b01000  # S is ignored: the encoding itself says whether a device is shareable
    return MemoryAttributes(memory_type, policy, policy, shareable)


_TEXCB = {
    0b00000: (MemoryType.STRONGLY_ORDERED, CachePolicy.NON_CACHEABLE),
    0b00001: (MemoryType.DEVICE, CachePolicy.NON_CACHEABLE),
    0b00010: (MemoryType.NORMAL, CachePolicy.WRITE_THROUGH),
    0b00011: (MemoryType.NORMAL, CachePolicy.WRITE_BACK),
    0b00100: (MemoryType.NORMAL, CachePolicy.NON_CACHEABLE),
    0b00111: (MemoryType.NORMAL, CachePolicy.WRITE_BACK_WRITE_ALLOCATE),
    0b01000: (MemoryType.DEVICE, CachePolicy.NON_CACHEABLE),
}


@lru_cache(maxsize=1024)
def decode_region(rbar: int, rasr: int) -> Region:
    """Return the Region of the words MPU_RBAR (REGION and VALID do not count) and MPU_RASR."""
    word = MPU_RASR(rasr)
    size = 2 << word.SIZE
    # A base that is not a multiple of the size breaks the manual's rule for software; its pseudocode compares only
    # the bits above the size, and so do we. [D-107]
    base = rbar & RBAR_ADDR & ~(size - 1)
    return Region(
        base=base,
        size=size,
        ap=word.AP,
        xn=bool(word.XN),
        srd=word.SRD,
        texcb=word.TEX << 2 | word.C << 1 | word.B,
        shareable=bool(word.S),
        enabled=bool(word.ENABLE),
    )


class Slot(NamedTuple):
    """The region of number ``region`` compiled for look-ups, for one privilege.

    A page (1 KiB) meets the region when ``page & page_mask == page_base``; then ``covers[page >> shift & index_mask]``
    has one bit for each of its 32 granules: bit n says that bytes 32n to 32n+31 of the page match the region.
    """

    region: int
    page_mask: int
    page_base: int
    shift: int
    index_mask: int
    covers: tuple[int, ...]
    rights: int


@lru_cache(maxsize=1024)
def compile_slots(number: int, rbar: int, rasr: int) -> tuple[Slot, Slot] | None:
    """Return the slots of region ``number`` for (unprivileged, privileged) accesses; None when it can match nothing."""
    region = decode_region(rbar, rasr)
    if not region.is_usable:
        return None
    page_mask = WORD_MASK & ~(max(region.size, PAGE_SIZE) - 1)
    # An entry of covers stands for one subregion of a large region, or for one page of a small one.
    step = max(region.size // 8, PAGE_SIZE)
    covers = _covered_granules(region, step)
    shift = step.bit_length() - 1
    base, index_mask = region.base & page_mask, len(covers) - 1
    unprivileged = Slot(number, page_mask, base, shift, index_mask, covers, region.rights(False))
    return unprivileged, unprivileged._replace(rights=region.rights(True))


def deciding(slots: Iterable[Slot], address: int, granules: int) -> Iterator[tuple[Slot, int]]:
    """Yield the slots that decide about ``granules`` of the page of ``address``, each with those it decides about.

    ``slots`` have the highest region first: of those that cover a granule, it is the one that decides. [B3.5.3]
    """
    for slot in slots:
        _, page_mask, page_base, shift, index_mask, covers, _ = slot
        if address & page_mask == page_base:
            decided = covers[address >> shift & index_mask] & granules
            if decided:
                yield slot, decided
                granules ^= decided
                if not granules:
                    return


def _covered_granules(region: Region, step: int) -> tuple[int, ...]:
    """Return, for each ``step`` bytes of ``region``, which granules of every page in there it covers."""
    parts = 8 if region.has_subregions else 1
    part_size = region.size // parts
    covers = [0] * max(region.size // step, 1)
    for part in range(parts):
        if region.has_subregions and region.srd >> part & 1:
            continue
        offset = region.base % PAGE_SIZE + part * part_size
        granules = mask(min(part_size, PAGE_SIZE) // GRANULE)
        covers[offset // step] |= granules << offset % PAGE_SIZE // GRANULE
    return tuple(covers)
