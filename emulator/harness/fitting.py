"""Which boards of the package an image fits, and with which options: the most likely board first.

A board stands for a part, and its relatives have more memory, or less: where the image fits it only with more, the
options --ram and --flash are said with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emulator.board.board import Board, MemorySpec
from emulator.board.board_file import board_names, load_board
from emulator.errors import ConfigError, ImageError
from emulator.harness.image_needs import MOST_TIMES, Needs, boards_for, needs_of
from emulator.harness.likeness import Likeness, board_like, in_order, likenesses, making
from emulator.image.image import Image
from emulator.program_file import read_program_file, shown_path

STEP = 0x1000
"""Bytes that such a size is a multiple of."""
KIB = 1 << 10

Row = tuple[str, list[str]]
"""Options of the command, as text, and the names of the boards that the image fits with them, most likely first."""


def rows_of(image: Image, data: bytes, boards: Sequence[Board], known: Sequence[Likeness]) -> list[Row]:
    """Return the boards that ``image`` fits, most likely row first; ``data`` is its file, ``known`` its likenesses.

    Boards that it fits only with more memory are there where the best of them is more likely than all others.
    """
    needs = needs_of(image)
    for table in (None, needs.table):
        start = "" if table is None else f"--vector-table 0x{table:08x}"
        fitting = in_order(boards_for(image, boards, table), known, data)
        sized = {board.name: options for board in boards if (options := _sizes(image, needs, board, table))}
        first, *_ = in_order([*fitting[:1], *sized], known, data) or [""]
        rows = [(start, fitting)] if fitting else []
        if first in sized:
            alike = in_order([name for name in sized if sized[name] == sized[first]], known, data)
            rows.insert(0, (" ".join(filter(None, (start, sized[first]))), alike))
        if rows or needs.table is None:
            return rows
    return []


def with_boards_named(error: ImageError, images: Sequence[Image], programs: Sequence[str]) -> ImageError:
    """Return ``error``, that the images fit no memory of their board, with the package's boards that they do fit.

    ``programs`` are their files; what is a pipe was read already.
    """
    data = b"".join(read_program_file(program) for program in programs[:1] if Path(program).is_file())
    boards = [load_board(name) for name in board_names()]
    known = likenesses(images[0], boards)
    if len(images) > 1:
        boards = [board for board in boards if all(boards_for(image, [board]) for image in images)]
    rows = rows_of(images[0], data, boards, known)
    shown = [f"{', '.join(names)}{f' with {options}' if options else ''}" for options, names in rows]
    if shown:
        return ImageError(f"{error} It fits {'; '.join(shown)}.")
    like = board_like(known, data) if len(images) == 1 else ""
    return ImageError(f"{error} Or make one: {making(shown_path(programs[0]), like)}.") if like else error


def _sizes(image: Image, needs: Needs, board: Board, table: int | None) -> str:
    """Return the options that give ``board`` the memory that ``image`` wants of it, '' where there are none."""
    larger, options = board, []
    for memory in board.memories:
        size = _wanted(needs, memory)
        if memory.option and memory.size < size <= MOST_TIMES * memory.size:
            try:
                larger = larger.resized(memory.option, size)
            except ConfigError:
                return ""  # something else is there
            options.append(f"--{memory.option} {size // KIB}K")
    return " ".join(options) if options and boards_for(image, [larger], table) else ""


def _wanted(needs: Needs, memory: MemorySpec) -> int:
    """Return how many bytes the image wants of what begins where ``memory`` does."""
    most = range(memory.address, memory.address + MOST_TIMES * memory.size + 1)
    ranges = needs.data if memory.is_ram else needs.code
    ends = [end for start, end in ranges if start in most and end in most]
    if memory.is_ram and needs.stack in most:
        ends.append(needs.stack)
    return -(-(max(ends, default=memory.address) - memory.address) // STEP) * STEP
