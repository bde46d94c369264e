"""Which boards have the devices that an image knows: by the words in it that are addresses of theirs.

A compiler keeps the addresses of registers as words beside the code, or in tables. Other words look like some, numbers
of floating point above all; they are as good for any board. What is built with addresses in instructions has none.
Where the file has names of its sources, they say which family it was written for.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from string import ascii_lowercase
from sys import byteorder

from emulator.annotations import NamedTuple
from emulator.armv7m.memory_map import PERIPHERALS
from emulator.board.board import Board
from emulator.board.board_file import board_names, load_board
from emulator.image.image import Image

LEAST = 3
"""Devices of a board that are more than chance."""
LEAST_LIKE = 12
"""Devices that another part's program has in common with a board that is worth a try."""
MOST_NAMED = 3
BASIC = ("RCC", "GPIO[A-K]", "PORT[A-E]")
"""What the devices are called that nearly every program of a STM32 uses: clocks and pins, which are PORT of a Kinetis
or a SAM D51. They tell families apart; the others are at the same places in many."""
WORD = 4


LEAST_NAME = 5
"""Letters of a board's name that are more than chance: those of its family, lpc17 or stm32f4."""


COPIES = {
    b"gd32f4": b"stm32f4",
    b"gd32f1": b"stm32f1",
    b"gd32f3": b"stm32f1",
    b"same5": b"samd51",
    b"stm32f105": b"stm32f107",
    b"stm32f10x_cl": b"stm32f107",
}
"""Families that have the registers of another."""


class Likeness(NamedTuple):
    """Of so many ``devices`` of ``board`` the address is a word of the image."""

    board: str
    devices: int


def likenesses(image: Image, boards: Sequence[Board]) -> list[Likeness]:
    """Return the boards of which ``image`` knows LEAST devices, those with the most in front, else as they came."""
    words = set(addresses_in(image))
    counted = [Likeness(each.name, _known_devices(each, words)) for each in boards]
    return sorted((each for each in counted if each.devices >= LEAST), key=lambda each: -each.devices)


def in_order(found: Sequence[str], known: Sequence[Likeness], data: bytes) -> list[str]:
    """Return the boards ``found`` with the most likely one in front: that whose name most of is in ``data``, the file
    of the image, then that of which it knows the most devices.
    """
    devices, text = {each.board: each.devices for each in known}, data.lower()
    text += b"".join(b" " + original for copy, original in COPIES.items() if copy in text)
    return sorted(found, key=lambda name: (-_named(name, text), -devices.get(name, 0)))


def _named(board: str, text: bytes) -> int:
    """Return how many letters of the board's name begin a name in ``text``, 0 where it is no part's.

    Letters behind its last digit say which of some sizes it is: all of them, or none.
    """
    sizes: list[int] = [len(board), *range(len(board.rstrip(ascii_lowercase)), LEAST_NAME - 1, -1)]
    for size in sizes:
        if any(letter.isdigit() for letter in board[:size]) and board[:size].encode() in text:
            return size
    return 0


def _known_devices(board: Board, words: set[int]) -> int:
    """Return how many devices of ``board`` have their addresses in ``words``; none where a kind of BASIC is missing."""
    for kind in BASIC:
        devices = [device for device in board.devices if fnmatchcase(device.name, kind)]
        spans = [range(each.address, each.address + each.size) for each in devices]
        if spans and not any(word in span for span in spans for word in words):
            return 0
    return sum(device.address in words for device in board.devices)


def better_board(image: Image, board: Board) -> str:
    """Return a sentence on the boards of the package of which ``image`` knows more devices than of ``board``, or ''."""
    if image.is_armv6m:
        return "The program was built for ARMv6-M (Cortex-M0, M0+): no board of the package is of such a part."
    own = likenesses(image, [board])
    devices = own[0].devices if own else 0
    known = likenesses(image, [load_board(name) for name in board_names()])
    best = [each for each in known if each.devices == known[0].devices][:MOST_NAMED]
    if not best or best[0].devices <= devices:
        return ""
    of = f"{devices} of {board.name}" if devices else f"fewer than {LEAST} of {board.name}"
    names = [each.board for each in best]
    each_of = names[0] if len(names) == 1 else f"each of {', '.join(names[:-1])} and {names[-1]}"
    return f"Words of the program are addresses of {best[0].devices} devices of {each_of}, {of}."


def addresses_in(image: Image) -> list[int]:
    """Return the words of ``image``, each once and in order, that may be addresses of registers."""
    found: set[int] = set()
    for segment in image.segments:
        start = -segment.address % WORD
        words = array("I", segment.data[start : len(segment.data) - (len(segment.data) - start) % WORD])
        if byteorder == "big":
            words.byteswap()
        found.update(words)
    return sorted(word for word in found if word in PERIPHERALS and not word % WORD)


def board_like(found: Sequence[Likeness], data: bytes) -> str:
    """Return the board that one with the memory of another part may be made of, '' where none is like it enough.

    ``data`` is the file of the image of which ``found`` are the likenesses.
    """
    enough = [each.board for each in found if each.devices >= LEAST_LIKE]
    return next(iter(in_order(enough, found, data)), "")


def making(image_file: str, board: str) -> str:
    """Return the command that makes a board file with the memory of an image and the rest of ``board``."""
    return f"v7m boards new {image_file} --like {board} -o FILE.toml"


def describe(found: Sequence[Likeness], fitting: Sequence[str], image_file: str, data: bytes) -> Iterator[str]:
    """Yield what to say of the boards whose devices an image knows, best first; nothing where there are none."""
    if not found:
        return
    most = [each for each in found if each.devices == found[0].devices]
    first = next((each for name in fitting for each in most if each.board == name), found[0])
    others = [each for each in found if each is not first][: MOST_NAMED - 1]
    more = "".join(f", {each.devices} of {each.board}" for each in others)
    yield f"  devices  words of it are addresses of {first.devices} devices of {first.board}{more}"
    like = board_like(found, data)
    if like and like not in fitting:
        yield f"           with this memory: {making(image_file, like)}"
