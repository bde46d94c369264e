"""The .ARM.attributes section."""

import random
import struct

import pytest

from emulator.image.build_attributes import foreign_architecture, read_attributes


def section(attributes: bytes, vendor: bytes = b"aeabi\0", tag: int = 1) -> bytes:
    scope = bytes([tag]) + struct.pack("<I", len(attributes) + 5) + attributes
    return b"A" + struct.pack("<I", 4 + len(vendor + scope)) + vendor + scope


def test_numbers_are_read_around_the_attributes_that_are_text():
    attributes = b"\x05Cortex-M4\0" + b"\x06\x0d" + b"\x07M" + b"\x20\x01gnu\0" + b"\x43\x32.09\0" + b"\x2a\x81\x01"
    assert read_attributes(section(attributes)) == {6: 13, 7: 77, 32: 1, 42: 129}


def test_attributes_of_another_vendor_are_not_read():
    assert read_attributes(section(b"\x06\x0d", vendor=b"gnu\0")) == {}


def test_attributes_of_single_sections_are_not_read():
    assert read_attributes(section(b"\x06\x0d", tag=2)) == {}


def test_a_second_vendor_block_is_read():
    first, second = section(b"\x06\x02", vendor=b"gnu\0"), section(b"\x06\x0d")
    assert read_attributes(first + second[1:]) == {6: 13}


@pytest.mark.parametrize("data", [b"", b"B", b"A", b"A\0\0\0\0aeabi\0", b"A\xff\xff\xff\xffaeabi\0\x01"])
def test_damage_reads_as_no_attributes(data):
    assert read_attributes(data) == {}


def test_random_damage_ends():
    rng = random.Random(1)
    original = section(b"\x05Cortex-M4\0\x06\x0d\x07M\x08\x01\x09\x02")
    for _ in range(500):
        data = bytearray(original)
        for _ in range(rng.choice((1, 3))):
            data[rng.randrange(len(data))] = rng.choice((0, 1, 0x80, 0xFF, rng.randrange(256)))
        read_attributes(bytes(data))


def test_a_program_without_attributes_is_not_foreign():
    assert foreign_architecture({}) is None


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({6: 10, 7: ord("M")}, None),
        ({6: 10, 7: ord("S")}, None),
        ({6: 13, 7: ord("M")}, None),
        ({6: 10, 7: ord("A")}, "ARMv7-A (application profile)"),
        ({6: 16, 7: ord("M")}, "ARMv8-M Baseline"),
        ({6: 21, 7: ord("M")}, "ARMv8.1-M Mainline"),
        ({6: 0}, "an ARM older than ARMv4"),
    ],
)
def test_the_architecture_decides_what_is_foreign(attributes, name):
    assert foreign_architecture(attributes) == name
