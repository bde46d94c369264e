"""The CRC unit of STM32s, against the host's CRCs and what its manual shows."""

from __future__ import annotations

from binascii import crc32, crc_hqx

import pytest
from support.devices import DeviceBench, put, word

from emulator.devices.stm32_crc import Stm32Crc, _reversed_by

TEXT = b"123456789abc"


def unit(variant: str) -> Stm32Crc:
    return DeviceBench().make(Stm32Crc, variant=variant)


def test_words_give_the_crc_of_ethernet_without_its_reflections() -> None:
    made = unit("fixed")
    put(made, 0, 0x1234_5678)
    assert word(made, 0) == 0xDF8A_8A2B
    put(made, 8, 1)
    assert (word(made, 0), word(made, 8)) == (0xFFFF_FFFF, 0)
    put(made, 4, 0x1A5)
    put(made, 0x14, 7)
    assert (word(made, 4), word(made, 0x14)) == (0xA5, 0)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_reversed_bits_give_the_crc_that_everybody_computes(size: int) -> None:
    made = unit("programmable")
    groups = {1: 1, 2: 2, 4: 3}
    put(made, 8, 1 | groups[size] << 5 | 1 << 7)
    for at in range(0, len(TEXT), size):
        made.write(0, size, int.from_bytes(TEXT[at : at + size], "little"))
    assert word(made, 0) ^ 0xFFFF_FFFF == crc32(TEXT)


def test_another_polynomial_and_initial_value() -> None:
    made = unit("programmable")
    put(made, 8, 1 << 3)
    put(made, 0x14, 0x1021)
    put(made, 0x10, 0)
    for byte in TEXT:
        made.write(0, 1, byte)
    assert word(made, 0) == crc_hqx(TEXT, 0)


def test_a_narrow_polynomial_takes_what_the_initial_value_has_of_its_width() -> None:
    made = unit("programmable")
    put(made, 8, 2 << 3 | 1)
    assert word(made, 0) == 0xFF
    put(made, 0x14, 0x07)
    put(made, 0x10, 0)
    for byte in b"123456789":
        made.write(0, 1, byte)
    assert word(made, 0) == 0xF4, "CRC-8/SMBUS"
    state = made.save()
    made.reset()
    assert word(made, 0) == 0xFFFF_FFFF
    made.restore(state)
    assert word(made, 0) == 0xF4


@pytest.mark.parametrize(("group", "after"), [(8, 0x58D4_3CB2), (16, 0xD458_B23C), (32, 0xB23C_D458)])
def test_bits_are_reversed_as_the_manual_shows(group: int, after: int) -> None:
    assert _reversed_by(group, 0x1A2B_3C4D, 32) == after
