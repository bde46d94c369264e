"""Fixed-point to floating-point conversion, which rounds to nearest whatever FPSCR says. [A7.7.228, A2.5 FixedToFP()]

The one FP operation of which the engine's result is not the architecture's: its own follows FPSCR.RMode.
"""

from __future__ import annotations

from emulator.bits import field, mask, sign_extend

FRACTION_BITS = 23
BIAS = 127


def convert_fixed(word: int, encoding: int) -> tuple[int, bool]:
    """Return (the single-precision word, whether it is inexact) of ``VCVT.F32.<type> Sd, Sd, #fbits``.

    ``word`` is Sd before, ``encoding`` the instruction with its first halfword in bits 31:16.
    """
    size = 32 if field(encoding, 7, 7) else 16
    fraction_bits = size - (field(encoding, 3, 0) << 1 | field(encoding, 5, 5))
    is_unsigned = field(encoding, 16, 16)
    operand = word & mask(size) if is_unsigned else sign_extend(word & mask(size), size)
    return fixed_to_fp(operand, fraction_bits)


def fixed_to_fp(operand: int, fraction_bits: int) -> tuple[int, bool]:
    """FixedToFP(): ``operand`` / 2**``fraction_bits`` as a single, ties to even; and whether it is inexact.

    No operand of 32 bits overflows or is denormal.
    """
    magnitude = abs(operand)
    if magnitude == 0:
        return 0, False
    exponent = magnitude.bit_length() - 1
    excess = exponent - FRACTION_BITS
    if excess <= 0:
        significand, remainder = magnitude << -excess, 0
    else:
        significand, remainder = magnitude >> excess, magnitude & mask(excess)
        half = 1 << (excess - 1)
        if remainder > half or (remainder == half and significand & 1):
            significand += 1  # a carry out of the fraction goes into the exponent below
    biased = exponent - fraction_bits + BIAS
    sign = 1 << 31 if operand < 0 else 0
    return sign | ((biased - 1 << FRACTION_BITS) + significand), remainder != 0
