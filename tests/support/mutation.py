"""Damage to files: a few bytes, fields or lengths changed, from a seeded source of randomness."""

from __future__ import annotations

import random


def mutated(original: bytes, rng: random.Random) -> bytes:
    """Return a copy with a few fields, bytes or lengths changed; headers are hit more often than contents."""
    data = bytearray(original)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        position = rng.randrange(min(len(data), rng.choice((64, 200, len(data)))))
        kind = rng.randrange(4)
        if kind == 0:
            data[position] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[position] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif kind == 2:
            value = rng.choice((0, 1, 0xFFFF_FFFF, 0x7FFF_FFFF, 0x8000_0000, len(data), rng.getrandbits(32)))
            data[position : position + 4] = value.to_bytes(4, "little")
        elif len(data) > 60:
            del data[rng.randrange(52, len(data)) :]
    return bytes(data)
