"""The MPU against tables typed again from the manual (ARM DDI 0403E): B3.5, tables B3-1 and B3-11 to B3-16.

Only classes and functions are imported; every number is written here once more.
"""

from __future__ import annotations

import pytest

from emulator.armv7m.faults import Access
from emulator.armv7m.memory_map import address_range
from emulator.armv7m.mpu import MPU
from emulator.armv7m.mpu_region import decode_texcb

TYPE, CTRL, RNR = 0xE000ED90, 0xE000ED94, 0xE000ED98
RBARS = (0xE000ED9C, 0xE000EDA4, 0xE000EDAC, 0xE000EDB4)
RASRS = (0xE000EDA0, 0xE000EDA8, 0xE000EDB0, 0xE000EDB8)
READ, WRITE, FETCH = Access.READ, Access.WRITE, Access.FETCH
ALL_ONES = 0xFFFFFFFF

# Table B3-11 and B3.5.5 to B3.5.9: address, value after reset on a part with 8 regions, and what reads back after all
# ones were written. RNR keeps its old value, because region 255 does not exist; RBAR because VALID names region 15.
REGISTERS_OF_8 = [
    ("MPU_TYPE", TYPE, 0x00000800, 0x00000800),
    ("MPU_CTRL", CTRL, 0x00000000, 0x00000007),
    ("MPU_RNR", RNR, 0x00000000, 0x00000000),
    ("MPU_RBAR", RBARS[0], 0x00000000, 0x00000000),
    ("MPU_RASR", RASRS[0], 0x00000000, 0x173FFF3F),
]

# Table B3-15: AP, then what is allowed: privileged read, privileged write, unprivileged read, unprivileged write.
# 0b100 is reserved and UNPREDICTABLE: nothing is allowed.
AP_TABLE = [
    (0b000, False, False, False, False),
    (0b001, True, True, False, False),
    (0b010, True, True, True, False),
    (0b011, True, True, True, True),
    (0b100, False, False, False, False),
    (0b101, True, False, False, False),
    (0b110, True, False, True, False),
    (0b111, True, False, True, False),
]

# Table B3-1 and the vendor space: first and last address, name begins with, memory type, cache policy, shareable, XN.
SYSTEM_MAP = [
    (0x00000000, 0x1FFFFFFF, "Code", "Normal, write-through", False),
    (0x20000000, 0x3FFFFFFF, "SRAM", "Normal, write-back, write-allocate", False),
    (0x40000000, 0x5FFFFFFF, "Peripheral", "Device", True),
    (0x60000000, 0x7FFFFFFF, "RAM", "Normal, write-back, write-allocate", False),
    (0x80000000, 0x9FFFFFFF, "RAM", "Normal, write-through", False),
    (0xA0000000, 0xBFFFFFFF, "Device", "Device, shareable", True),
    (0xC0000000, 0xDFFFFFFF, "Device", "Device", True),
    (0xE0000000, 0xE00FFFFF, "Private Peripheral Bus", "Strongly-ordered", True),
    (0xE0100000, 0xFFFFFFFF, "Vendor", "Device", True),
]

# Tables B3-13 and B3-14: TEX, C, B, then the memory in words; None where reserved or IMPLEMENTATION DEFINED.
TEX_TABLE = [
    (0b000, 0, 0, "Strongly-ordered", True),
    (0b000, 0, 1, "Device, shareable", True),
    (0b000, 1, 0, "Normal, write-through", False),
    (0b000, 1, 1, "Normal, write-back", False),
    (0b001, 0, 0, "Normal, non-cacheable", False),
    (0b001, 0, 1, None, False),
    (0b001, 1, 0, None, False),
    (0b001, 1, 1, "Normal, write-back, write-allocate", False),
    (0b010, 0, 0, "Device", True),
    (0b010, 0, 1, None, False),
    (0b010, 1, 0, None, False),
    (0b010, 1, 1, None, False),
    (0b011, 0, 0, None, False),
    (0b011, 1, 1, None, False),
    (0b100, 0, 0, "Normal, non-cacheable", False),
    (0b101, 0, 1, "Normal, write-back, write-allocate", False),
    (0b110, 1, 0, "Normal, write-through", False),
    (0b111, 1, 1, "Normal, write-back", False),
    (0b100, 1, 0, "Normal, inner write-through, outer non-cacheable", False),
    (0b111, 0, 1, "Normal, inner write-back, write-allocate, outer write-back", False),
]


def enabled(ctrl: int = 1) -> MPU:
    mpu = MPU(8)
    mpu.write(CTRL, 4, ctrl)
    return mpu


def allowed(mpu: MPU, address: int, access: Access, privileged: bool = True, negative: bool = False) -> bool:
    size = 2 if access is FETCH else 1
    return mpu.check(address, size, access, privileged, negative) is None


@pytest.mark.parametrize(("name", "address", "reset", "after_ones"), REGISTERS_OF_8)
def test_register_has_its_address_reset_value_and_writable_bits(
    name: str, address: int, reset: int, after_ones: int
) -> None:
    mpu = MPU(8)
    assert mpu.read(address, 4) == reset, name
    mpu.write(address, 4, ALL_ONES)
    assert mpu.read(address, 4) == after_ones, name


@pytest.mark.parametrize(("regions", "type_word"), [(0, 0), (8, 0x800), (16, 0x1000)])
def test_type_register_shows_the_number_of_regions_in_dregion(regions: int, type_word: int) -> None:
    assert MPU(regions).read(TYPE, 4) == type_word


@pytest.mark.parametrize("alias", range(4))
def test_each_alias_pair_is_the_same_register_pair(alias: int) -> None:
    mpu = MPU(8)
    mpu.write(RBARS[alias], 4, 0x20000000 | 1 << 4 | 5)
    mpu.write(RASRS[alias], 4, 0x0300FF1F)
    for rbar, rasr in zip(RBARS, RASRS, strict=True):
        assert mpu.read(rbar, 4) == 0x20000005  # VALID reads as zero, REGION is that of MPU_RNR
        assert mpu.read(rasr, 4) == 0x0300FF1F
    assert mpu.read(RNR, 4) == 5


def test_four_alias_pairs_program_four_regions_in_one_store_multiple() -> None:
    mpu = MPU(8)
    for n, (rbar, rasr) in enumerate(zip(RBARS, RASRS, strict=True)):
        mpu.write(rbar, 4, 0x20000000 + n * 0x1000 | 1 << 4 | n + 4)
        mpu.write(rasr, 4, n << 24 | 11 << 1 | 1)
    for n in range(4):
        mpu.write(RNR, 4, n + 4)
        assert mpu.read(RBARS[0], 4) == 0x20000000 + n * 0x1000 | n + 4
        assert mpu.read(RASRS[0], 4) == n << 24 | 11 << 1 | 1


@pytest.mark.parametrize(("ap", "pr", "pw", "ur", "uw"), AP_TABLE)
@pytest.mark.parametrize("xn", [0, 1])
def test_access_permission_row(ap: int, pr: bool, pw: bool, ur: bool, uw: bool, xn: int) -> None:
    mpu = enabled()
    mpu.write(RBARS[0], 4, 0x20000000)
    mpu.write(RASRS[0], 4, xn << 28 | ap << 24 | 4 << 1 | 1)
    assert allowed(mpu, 0x20000000, READ, True) is pr
    assert allowed(mpu, 0x20000000, WRITE, True) is pw
    assert allowed(mpu, 0x20000000, READ, False) is ur
    assert allowed(mpu, 0x20000000, WRITE, False) is uw
    # Execution needs read permission and XN clear, table B3-16.
    assert allowed(mpu, 0x20000000, FETCH, True) is (pr and not xn)
    assert allowed(mpu, 0x20000000, FETCH, False) is (ur and not xn)


@pytest.mark.parametrize("size_field", range(4, 32))
def test_size_field_gives_two_to_the_power_of_size_plus_one_bytes(size_field: int) -> None:
    size = 2 ** (size_field + 1)
    base = 0 if size_field == 31 else 0x80000000
    mpu = enabled()
    mpu.write(RBARS[0], 4, base)
    mpu.write(RASRS[0], 4, 0b011 << 24 | size_field << 1 | 1)
    assert allowed(mpu, base, READ)
    assert allowed(mpu, base + size - 1, READ)
    if size_field < 31:
        assert not allowed(mpu, base - 1, READ)
        if base + size <= 0xFFFFFFFF:
            assert not allowed(mpu, base + size, READ)


@pytest.mark.parametrize("size_field", [7, 8, 9, 10, 11, 12, 13, 20, 28, 31])
@pytest.mark.parametrize("subregion", range(8))
def test_each_srd_bit_disables_its_eighth_of_the_region(size_field: int, subregion: int) -> None:
    eighth = 2 ** (size_field + 1) // 8
    base = 0 if size_field >= 29 else 0x60000000
    mpu = enabled()
    mpu.write(RBARS[0], 4, base)
    mpu.write(RASRS[0], 4, 0b011 << 24 | 1 << (8 + subregion) | size_field << 1 | 1)
    for n in range(8):
        first, last = base + n * eighth, base + (n + 1) * eighth - 1
        if 0xE0000000 <= first <= 0xE00FFFFF:
            first = 0xE0100000  # the Private Peripheral Bus does not go through the MPU
        assert allowed(mpu, first, READ) is (n != subregion)
        assert allowed(mpu, last, READ) is (n != subregion)


@pytest.mark.parametrize(("first", "last", "name", "memory", "xn"), SYSTEM_MAP)
@pytest.mark.parametrize("privileged", [False, True])
def test_default_memory_map_row_with_the_mpu_off(
    first: int, last: int, name: str, memory: str, xn: bool, privileged: bool
) -> None:
    mpu = MPU(8)
    for address in (first, last - 1, (first + last) // 2 & ~1):
        row = address_range(address)
        assert row.name.startswith(name)
        assert row.attributes.describe() == memory
        assert allowed(mpu, address, READ, privileged)
        assert allowed(mpu, address, WRITE, privileged)
        assert allowed(mpu, address, FETCH, privileged) is not xn


@pytest.mark.parametrize(("tex", "c", "b", "memory", "ignores_s"), TEX_TABLE)
@pytest.mark.parametrize("s", [0, 1])
def test_memory_attribute_encoding_row(tex: int, c: int, b: int, memory: str | None, ignores_s: bool, s: int) -> None:
    attributes = decode_texcb(tex << 2 | c << 1 | b, bool(s))
    if memory is None:
        assert attributes is None
        return
    assert attributes is not None
    assert attributes.describe() == memory + (", shareable" if s and not ignores_s else "")


# B3.5.6: (CTRL, privileged, negative priority) -> is an address with no region readable, and one whose region has
# AP=0b000? ENABLE is bit 0, HFNMIENA bit 1, PRIVDEFENA bit 2.
CONTROL_TABLE = [
    (0b000, True, False, True, True),
    (0b000, False, False, True, True),
    (0b100, False, False, True, True),
    (0b001, True, False, False, False),
    (0b001, False, False, False, False),
    (0b101, True, False, True, False),
    (0b101, False, False, False, False),
    (0b001, True, True, True, True),
    (0b101, True, True, True, True),
    (0b001, False, True, True, True),
    (0b011, True, True, False, False),
    (0b111, True, True, True, False),
    (0b111, False, True, False, False),
    (0b010, True, False, True, True),
]


@pytest.mark.parametrize(("ctrl", "privileged", "negative", "background", "region"), CONTROL_TABLE)
def test_control_register_row(ctrl: int, privileged: bool, negative: bool, background: bool, region: bool) -> None:
    mpu = enabled(ctrl)
    mpu.write(RBARS[0], 4, 0x20000000)
    mpu.write(RASRS[0], 4, 0b000 << 24 | 4 << 1 | 1)
    assert allowed(mpu, 0x20000020, READ, privileged, negative) is background
    assert allowed(mpu, 0x20000000, READ, privileged, negative) is region
