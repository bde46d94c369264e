"""One MPU region as a value: encoding, decoding, and the words for it."""

from __future__ import annotations

import pytest
from support.mpu_reference import default_tex_decode

from emulator.armv7m.memory_map import MemoryType
from emulator.armv7m.mpu_region import FETCH, READ, WRITE, Region, decode_region, decode_texcb, describe_rights

RAM = 0x2000_0000
NONE, PRIV_RO, RW, RO = 0, 5, 3, 6  # AP


@pytest.mark.parametrize(
    "region",
    [
        Region(RAM, 32, NONE, True),
        Region(0, 1 << 32, RW, False, srd=0x81),
        Region(0x2000_C000, 8192, PRIV_RO, True, srd=0xF0, texcb=0b10110, shareable=True),
        Region(RAM, 256, RO, False, enabled=False),
    ],
)
def test_a_region_survives_encoding_and_decoding(region: Region) -> None:
    assert decode_region(*region.words()) == region


@pytest.mark.parametrize(
    ("region", "message"),
    [
        (Region(RAM, 48, RW, True), "size must be a power of two"),
        (Region(RAM, 16, RW, True), "size must be a power of two"),
        (Region(0, 1 << 33, RW, True), "size must be a power of two"),
        (Region(RAM + 4096, 8192, RW, True), "base must be a multiple of the size"),
        (Region(1 << 32, 32, RW, True), "base must be a multiple of the size"),
        (Region(RAM, 128, RW, True, srd=1), "srd must be 0"),
        (Region(RAM, 256, RW, True, srd=256), "must fit 3, 8 and 5 bits"),
        (Region(RAM, 256, 8, True), "must fit 3, 8 and 5 bits"),
    ],
)
def test_what_no_region_can_express_is_refused_and_not_rounded(region: Region, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        region.words()


def test_memory_attributes_decode_as_in_the_pseudocode_of_the_manual() -> None:
    types = {"Normal": MemoryType.NORMAL, "Device": MemoryType.DEVICE, "StronglyOrdered": MemoryType.STRONGLY_ORDERED}
    for texcb in range(32):
        for s in (0, 1):
            want, got = default_tex_decode(texcb, s), decode_texcb(texcb, bool(s))
            if want.memtype is None:
                assert got is None
                continue
            assert got is not None
            assert (got.type, got.inner, got.outer, got.shareable) == (
                types[want.memtype],
                want.innerattrs,
                want.outerattrs,
                want.shareable,
            ), texcb


def test_rights_read_as_three_letters() -> None:
    assert [describe_rights(rights) for rights in (0, READ, READ | WRITE, READ | FETCH)] == ["---", "r--", "rw-", "r-x"]
