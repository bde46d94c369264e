import pytest

import emulator.armv7m.scs  # noqa: F401 - declares the registers
from emulator.armv7m.registers import Field, Kind, Register, all_registers, name_at, register_at

FREE = 0xE004_2000  # where no block has registers


class SAMPLE(Register, address=FREE, reset=0x1234_0000):
    """SAMPLE, a register with a field of every kind. [none]"""

    ID = Field(31, 16, Kind.RO)
    LEVEL = Field(10, 8)
    READY = Field(7, kind=Kind.RC)
    STICKY = Field(5, 4, Kind.W1C)
    SET = Field(3, 2, Kind.W1S)
    GO = Field(0, kind=Kind.WO)


class ARRAY(Register, address=FREE + 0x100, count=3, stride=16, narrow=True):
    """ARRAY0-2, three registers 16 bytes apart. [none]"""

    ALL = Field(31, 0)


class SAMPLE_ALIAS(SAMPLE, address=FREE + 4):
    """SAMPLE_ALIAS, alias of SAMPLE. [none]"""


def test_a_value_is_its_word_and_its_fields_are_attributes():
    word = SAMPLE(0xABCD_0730)
    assert word == 0xABCD_0730
    assert (word.ID, word.LEVEL, word.STICKY, word.SET) == (0xABCD, 7, 3, 0)


def test_a_value_keeps_32_bits():
    assert SAMPLE(-1) == 0xFFFF_FFFF
    assert SAMPLE(1 << 32) == 0


def test_a_field_of_the_class_knows_its_place():
    assert (SAMPLE.LEVEL.high, SAMPLE.LEVEL.low, SAMPLE.LEVEL.mask, SAMPLE.LEVEL.name) == (10, 8, 0x700, "LEVEL")
    assert (SAMPLE.GO.high, SAMPLE.GO.low, SAMPLE.GO.mask) == (0, 0, 1)


def test_replace_changes_the_named_fields_only():
    assert SAMPLE(0xFFFF_FFFF).replace(LEVEL=2, ID=1) == 0x0001_FAFF


def test_replace_refuses_what_the_field_cannot_hold():
    with pytest.raises(ValueError, match="LEVEL must fit 3 bits, not 8"):
        SAMPLE().replace(LEVEL=8)
    with pytest.raises(ValueError, match="LEVEL must fit 3 bits, not -1"):
        SAMPLE().replace(LEVEL=-1)
    with pytest.raises(ValueError, match="SAMPLE has no field 'SPEED'"):
        SAMPLE().replace(SPEED=1)


@pytest.mark.parametrize(
    ("field", "old", "value", "after"),
    [
        ("ID", 0x5A5A, 0xFFFF, 0x5A5A),
        ("LEVEL", 5, 2, 2),
        ("READY", 1, 0, 1),
        ("STICKY", 0b11, 0b10, 0b01),
        ("STICKY", 0b00, 0b11, 0b00),
        ("SET", 0b01, 0b10, 0b11),
        ("SET", 0b01, 0b00, 0b01),
        ("GO", 0, 1, 0),
    ],
)
def test_a_store_does_what_the_kind_of_the_field_says(field, old, value, after):
    stored = SAMPLE().replace(**{field: value})
    assert getattr(SAMPLE().replace(**{field: old}).written(stored), field) == after


def test_a_store_leaves_reserved_bits_zero():
    reserved = 0xFFFF_FFFF & ~sum(field.mask for field in SAMPLE.FIELDS.values())
    assert SAMPLE(0).written(0xFFFF_FFFF) & reserved == 0


def test_fields_shows_what_can_be_read():
    assert SAMPLE(0x0001_0200).fields() == {"ID": 1, "LEVEL": 2, "READY": 0, "STICKY": 0, "SET": 0}


def test_a_register_prints_as_its_name_and_word():
    assert repr(SAMPLE(0x10)) == "SAMPLE(0x00000010)"


def test_an_alias_has_the_fields_of_its_register():
    assert SAMPLE_ALIAS(0x700).LEVEL == 7
    assert SAMPLE_ALIAS.MASKS == SAMPLE.MASKS
    assert register_at(FREE + 4) is SAMPLE_ALIAS


def test_every_byte_of_a_register_finds_it():
    assert {register_at(FREE + byte) for byte in range(4)} == {SAMPLE}
    assert register_at(FREE + 8) is None


def test_the_elements_of_an_array_are_numbered():
    assert [name_at(FREE + 0x100 + 16 * n) for n in range(3)] == ["ARRAY0", "ARRAY1", "ARRAY2"]
    assert name_at(FREE + 0x113) == "ARRAY1"
    assert name_at(FREE + 0x104) is None
    assert name_at(FREE + 1) == "SAMPLE"


def test_two_registers_cannot_share_an_address():
    with pytest.raises(ValueError, match="CLASH must be at a word address of its own, not 0xe0042110"):
        type("CLASH", (Register,), {}, address=FREE + 0x10C, count=2)
    assert register_at(FREE + 0x10C) is None


def test_a_register_cannot_be_at_an_odd_address():
    with pytest.raises(ValueError, match="must be at a word address"):
        type("ODD", (Register,), {}, address=FREE + 0x202)


@pytest.mark.parametrize(("high", "low"), [(32, 0), (3, 4), (0, -1)])
def test_a_field_must_be_inside_its_register(high, low):
    with pytest.raises(ValueError, match="31 >= high >= low >= 0"):
        Field(high, low)


def blocks():
    return [register for register in all_registers() if not FREE <= register.ADDRESS < FREE + 0x1000]


def test_registers_are_listed_once_by_address():
    addresses = [register.ADDRESS for register in blocks()]
    assert addresses == sorted(set(addresses))
    assert len(addresses) > 80


@pytest.mark.parametrize("register", blocks(), ids=lambda register: register.__name__)
def test_every_register_has_a_title_with_its_section_and_fields_that_do_not_overlap(register):
    assert register.__doc__.splitlines()[0].startswith(register.__name__)
    assert "[" in register.__doc__.splitlines()[0]
    for write_only in (True, False):
        seen = 0
        for field in register.FIELDS.values():
            if (field.kind is Kind.WO) is write_only:
                assert not seen & field.mask, field.name
                seen |= field.mask
    assert register.FIELDS
