"""Where the stack of a FreeRTOS task ends that is memory of newlib's malloc, as with heap_3.

The blocks are laid by hand as newlib's two versions lay theirs.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from emulator.errors import GuestAccessError
from emulator.kernels.freertos_stacks import stack_end

BASE = 0x2000_1008
FULL, SMALL = "__malloc_av_", "__malloc_free_list"


def guest(words: dict[int, int], *symbols: str) -> SimpleNamespace:
    def read(address: int, count: int) -> tuple[int, ...]:
        try:
            return tuple(words[address + 4 * n] for n in range(count))
        except KeyError:
            raise GuestAccessError(f"0x{address:08x}") from None

    names = {"pvPortMalloc", *symbols}
    image = SimpleNamespace(symbols=SimpleNamespace(find_object=lambda address: None))
    return SimpleNamespace(
        image=image, words=read, symbol=lambda name: 0x100 if name in names else None, variable=lambda name: None
    )


@pytest.mark.parametrize("asked", [512, 1000, 2048])
def test_a_block_of_the_full_malloc(asked: int) -> None:
    size = (asked + 4 + 7) & -8
    words = {BASE - 4: size | 1, BASE - 8 + size + 4: 0x1001}
    assert stack_end(guest(words, FULL), BASE, [], None) == BASE + asked
    assert stack_end(guest({**words, BASE - 8 + size + 4: 0x1000}, FULL), BASE, [], None) is None, "a free block"
    assert stack_end(guest({BASE - 4: size | 1}, FULL), BASE, [], None) is None
    assert stack_end(guest(words), BASE, [], None) is None, "another malloc"
    assert stack_end(guest(words, FULL), BASE, [], BASE + 96) == BASE + 104, "what the kernel says is nearer"


@pytest.mark.parametrize("asked", [512, 1000, 2048])
def test_a_block_of_the_small_malloc_with_its_size_in_front_and_one_word_further(asked: int) -> None:
    size = asked + 8
    assert stack_end(guest({BASE - 8: 7, BASE - 4: size}, SMALL), BASE, [], None) == BASE + asked
    assert stack_end(guest({BASE - 8: size, BASE - 4: 0xFFFF_FFFC}, SMALL), BASE, [], None) == BASE + asked
    assert stack_end(guest({BASE - 8: 7, BASE - 4: 0xA5A5_A5A5}, SMALL), BASE, [], None) is None
    assert stack_end(guest({BASE - 8: 7, BASE - 4: size}, SMALL), BASE + 4, [], None) is None
