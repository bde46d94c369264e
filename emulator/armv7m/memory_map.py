"""The default system address map, and the words for what memory is. [B3.1, table B3-1]

What every access meets when no MPU region decides: the MPU is absent, disabled or bypassed, or its background region
answers. Only the execute-never column restricts anything here; the memory types are for reports, because the harness
has neither caches nor a write buffer that could tell them apart. No state.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

from emulator.records import dataclass

SYSTEM_BASE = 0xE000_0000  # from here up execution is never allowed, whatever the MPU says [B3.5.1]
PPB_BASE = 0xE000_0000
PPB_END = 0xE010_0000


class MemoryType(StrEnum):
    """The three memory types. [A3.5]"""

    NORMAL = "Normal"
    DEVICE = "Device"
    STRONGLY_ORDERED = "Strongly-ordered"


class CachePolicy(IntEnum):
    """Cacheability of Normal memory, with the two-bit encoding of MemoryAttributes. [table B3-14]"""

    NON_CACHEABLE = 0
    WRITE_BACK_WRITE_ALLOCATE = 1
    WRITE_THROUGH = 2
    WRITE_BACK = 3


CACHE_WORDS = {
    CachePolicy.NON_CACHEABLE: "non-cacheable",
    CachePolicy.WRITE_BACK_WRITE_ALLOCATE: "write-back, write-allocate",
    CachePolicy.WRITE_THROUGH: "write-through",
    CachePolicy.WRITE_BACK: "write-back",
}


@dataclass(frozen=True, slots=True)
class MemoryAttributes:
    """MemoryAttributes: type, inner and outer cacheability (Normal memory only), shareability. [B2.3]"""

    type: MemoryType
    inner: CachePolicy
    outer: CachePolicy
    shareable: bool

    def describe(self) -> str:
        """Return the attributes in words: ``Normal, write-through``, ``Device, shareable``."""
        words = [str(self.type)]
        if self.type is MemoryType.NORMAL and self.inner is self.outer:
            words.append(CACHE_WORDS[self.inner])
        elif self.type is MemoryType.NORMAL:
            words.append(f"inner {CACHE_WORDS[self.inner]}, outer {CACHE_WORDS[self.outer]}")
        if self.shareable and self.type is not MemoryType.STRONGLY_ORDERED:
            words.append("shareable")
        return ", ".join(words)


def uniform(memory_type: MemoryType, policy: CachePolicy, shareable: bool) -> MemoryAttributes:
    """Return attributes whose inner and outer policies are the same, as in all the default map."""
    return MemoryAttributes(memory_type, policy, policy, shareable)


@dataclass(frozen=True, slots=True)
class AddressRange:
    """One row of the map: ``start`` inclusive, ``end`` exclusive, and whether execution is never allowed there."""

    name: str
    start: int
    end: int
    attributes: MemoryAttributes
    execute_never: bool


_WT = uniform(MemoryType.NORMAL, CachePolicy.WRITE_THROUGH, False)
_WBWA = uniform(MemoryType.NORMAL, CachePolicy.WRITE_BACK_WRITE_ALLOCATE, False)
_DEVICE = uniform(MemoryType.DEVICE, CachePolicy.NON_CACHEABLE, False)
_DEVICE_SHAREABLE = uniform(MemoryType.DEVICE, CachePolicy.NON_CACHEABLE, True)
_STRONGLY_ORDERED = uniform(MemoryType.STRONGLY_ORDERED, CachePolicy.NON_CACHEABLE, True)

PERIPHERALS = range(0x4000_0000, 0x6000_0000)
"""Where parts have their peripherals. [B3.1]"""

SYSTEM_ADDRESS_MAP = (
    AddressRange("Code", 0x0000_0000, 0x2000_0000, _WT, False),
    AddressRange("SRAM", 0x2000_0000, 0x4000_0000, _WBWA, False),
    AddressRange("Peripheral", PERIPHERALS.start, PERIPHERALS.stop, _DEVICE, True),
    AddressRange("RAM (write-back)", 0x6000_0000, 0x8000_0000, _WBWA, False),
    AddressRange("RAM (write-through)", 0x8000_0000, 0xA000_0000, _WT, False),
    AddressRange("Device (shareable)", 0xA000_0000, 0xC000_0000, _DEVICE_SHAREABLE, True),
    AddressRange("Device (non-shareable)", 0xC000_0000, 0xE000_0000, _DEVICE, True),
    AddressRange("Private Peripheral Bus", PPB_BASE, PPB_END, _STRONGLY_ORDERED, True),
    AddressRange("Vendor system space", PPB_END, 0x1_0000_0000, _DEVICE, True),
)


def address_range(address: int) -> AddressRange:
    """DefaultMemoryAttributes(), DefaultPermissions(): the row of the map that holds ``address``. [B3.5.3]"""
    if address >= PPB_END:
        return SYSTEM_ADDRESS_MAP[8]
    return SYSTEM_ADDRESS_MAP[address >> 29]  # below the vendor space each row is one eighth of the address space


def is_ppb(address: int) -> bool:
    """Whether ``address`` is on the Private Peripheral Bus, which the MPU never restricts. [B3.1.1, B3.5.1]"""
    return PPB_BASE <= address < PPB_END
