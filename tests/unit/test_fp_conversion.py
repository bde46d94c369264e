"""Fixed-point to single precision: exact values, ties to even, carries, signs."""

from __future__ import annotations

import random
import struct
from fractions import Fraction

import pytest

from emulator.armv7m.fp_conversion import convert_fixed, fixed_to_fp


def value_of(word: int) -> Fraction:
    return Fraction(*struct.unpack("<f", struct.pack("<I", word))[0].as_integer_ratio())


@pytest.mark.parametrize(
    ("operand", "fraction_bits", "word", "inexact"),
    [
        (0, 16, 0x0000_0000, False),
        (1, 0, 0x3F80_0000, False),
        (-1, 0, 0xBF80_0000, False),
        (1, 32, 0x2F80_0000, False),
        (0x100_0001, 0, 0x4B80_0000, True),  # halfway: to the even one below
        (0x100_0003, 0, 0x4B80_0002, True),  # halfway: to the even one above
        (0x1FF_FFFF, 0, 0x4C00_0000, True),  # carries into the exponent
        (0xFFFF_FFFF, 32, 0x3F80_0000, True),
        (-0x8000_0000, 31, 0xBF80_0000, False),
    ],
)
def test_known_conversions(operand: int, fraction_bits: int, word: int, inexact: bool) -> None:
    assert fixed_to_fp(operand, fraction_bits) == (word, inexact)


def test_no_single_is_closer_than_the_result() -> None:
    rng = random.Random(1)
    for _ in range(2000):
        operand, fraction_bits = rng.getrandbits(rng.randint(1, 32)), rng.randint(0, 32)
        word, inexact = fixed_to_fp(operand, fraction_bits)
        exact = Fraction(operand, 1 << fraction_bits)
        error = abs(value_of(word) - exact)
        assert inexact == (error != 0)
        assert all(abs(value_of(other) - exact) >= error for other in (word - 1, word + 1) if operand)


@pytest.mark.parametrize(
    ("encoding", "word", "expected"),
    [
        (0xEEBA_7A67, 0x1234_8000, 0xC680_0000),  # vcvt.f32.s16 s14, s14, #1: the low halfword, signed
        (0xEEBB_7AC0, 0x8000_0000, 0x3F00_0000),  # vcvt.f32.u32 s14, s14, #32
    ],
)
def test_the_encoding_gives_size_sign_and_point(encoding: int, word: int, expected: int) -> None:
    assert convert_fixed(word, encoding) == (expected, False)
