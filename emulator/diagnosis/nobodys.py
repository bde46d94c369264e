"""Words that no statement of the program has stored: what the image held, the heap's own, code that was read as data.

A value out of one of them says nothing; the pointer that it was read through does. No state.
"""

from __future__ import annotations

from emulator.diagnosis.places import Where, is_ram, memory_words, object_name, where_is
from emulator.diagnosis.replay import Replay, State
from emulator.image.image import Image
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

HANDS_OVER = ("posix_memalign",)
"""Functions of the heap that store the address of the block for whoever asked."""
HEAP_OBJECT = "__malloc_"
"""What the names of the C library's own objects begin with, by which it finds free memory."""
KEEPS_LINKS = ("malloc", "free", "memalign", "aligned_alloc")
"""Those that store nothing else than their own words: the lists of what is free are in it."""


def initial_steps(replay: Replay, address: int, size: int, *, is_copy: bool) -> list[WhyStep]:
    """Say that nothing has stored to memory; nothing of a constant that the program only copied (``is_copy``)."""
    image, has_ram = replay.machine.image, is_ram(replay, address)
    is_loaded = image.bytes_at(address, size) is not None
    if is_copy and is_loaded and not has_ram:
        return []
    held = "the image" if is_loaded else f"{'RAM' if has_ram else 'memory'} at the start"
    words = f"nothing has ever stored to {memory_words(image, address)}: it holds what {held} held"
    return [WhyStep("initial", words, address=address, size=size, object=object_name(image, address))]


def tell_ignored(replay: Replay, steps: list[WhyStep], address: int, size: int, position: Position) -> None:
    """Say who stored in vain to read-only memory at ``address``; nothing where nobody did."""
    store = replay.last_ignored_store(address, size, position)
    if store is None:
        return
    replay.traveller.goto(store.state.position)
    where, instruction = where_is(replay), next((one.text for one in replay.instructions(store.state, 1)), "")
    value = f"0x{store.value:0{2 * store.size}x}" if store.value is not None else "a value"
    text = f"{where.words} stored {value} there in vain, at {store.time:,}: {instruction}; that memory is read-only"
    steps.append(
        WhyStep(
            "store", text, store.time, store.state.pc, where.place, where.caller, where.thread, instruction,
            address=store.address, size=store.size, value=store.value,
        )
    )  # fmt: skip


def hands_over(where: Where) -> bool:
    """Whether an allocator, which the place is in, stores the address of a block for whoever asked."""
    return where.allocator.removeprefix("__wrap_") in HANDS_OVER


def is_link_of_heap(where: Where) -> bool:
    """Whether what is stored at that place is a word of the heap's own."""
    return where.allocator.removeprefix("__wrap_") in KEEPS_LINKS


def is_of_heap(image: Image, address: int) -> bool:
    """Whether the word at ``address`` is the allocator's own: a program comes there by links of what it has freed."""
    return object_name(image, address).startswith(HEAP_OBJECT)


def is_foreign_code(image: Image, address: int, user: State) -> bool:
    """Whether ``address`` is in another function than the one that has loaded from there: no data of anybody's."""
    code = image.symbols.find_code(address)
    if code is None or image.symbols.find_object(address) is not None:
        return False
    return code.is_function and code != image.symbols.find_code(user.pc & ~1)
