"""Names in guest memory, which may be anything."""

from __future__ import annotations

import pytest

from emulator.errors import GuestAccessError
from emulator.image.image import Image, SymbolTable
from emulator.kernels.guest_data import LONGEST_NAME, GuestData


@pytest.mark.parametrize(
    ("memory", "text"),
    [
        (b"idle\0x", "idle"),
        ("Käse 温度\0x".encode(), "Käse 温度"),
        (b"k\xe4se\0", "k"),
        ("é".encode()[:1], ""),
        ("a\N{ZERO WIDTH SPACE}b".encode(), "a"),
        (b"a\x7fb", "a"),
        (b"x" * 100, "x" * LONGEST_NAME),
        (b"", ""),
    ],
)
def test_a_name_ends_at_what_is_no_text(memory: bytes, text: str) -> None:
    def peek(address: int, size: int) -> bytes:
        if address + size > len(memory):
            raise GuestAccessError("no memory")
        return memory[address : address + size]

    assert GuestData(peek, Image("a.elf", [], SymbolTable([]))).text(0, 200) == text
