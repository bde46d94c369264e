"""What a board must have for an image: where it loads, where its vectors are, its stack's top; and a board file of it.

All of it is read from the file: nothing runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from emulator.annotations import NamedTuple
from emulator.armv7m.parts import CORTEX_M3, part_of
from emulator.board.board import Board, MemorySpec
from emulator.errors import ImageError
from emulator.image.image import Image, Segment, Symbol
from emulator.image.memory_fit import check_segments_fit, check_vector_table
from emulator.image.vector_table import AT_RESET, RAM, find_vector_table

FPSCR_ACCESS = re.compile(rb"[\xe1\xf1]\xee\x10[\x0a\x1a\x2a\x3a\x4a\x5a\x6a\x7a\x8a\x9a\xaa\xba\xca\xda\xea\xfa]")
"""VMSR and VMRS of FPSCR with any register, as bytes of a halfword-aligned place. [A7.7.245, A7.7.246]"""
NEAR = 16 << 20
"""Bytes between data and the stack above it that are one memory."""
MOST_TIMES = 8
"""Relatives of a part have so many times its memory, at most."""
ROUND = 0x1_0000
"""Bytes that the sizes of a made board are multiples of."""


ARMV6_M = "ARMv6-M (Cortex-M0, M0+), a part of ARMv7-M; no board of the package is of such a part"


class Needs(NamedTuple):
    """What an image wants. Each range is (start, end); ``table`` is None where no vector table was found.

    ``stack`` and ``reset`` are the first two words of the table.
    """

    code: list[tuple[int, int]]
    data: list[tuple[int, int]]
    table: int | None
    stack: int
    reset: int


def needs_of(image: Image) -> Needs:
    """Return what ``image`` wants of a board. Raises ImageError when it has nothing to load."""
    segments = [segment for segment in image.segments if segment.memory_size]
    if not segments:
        raise ImageError(f"{image.name}: has nothing to load. Give a linked program.")
    table = find_vector_table(image)
    stack = reset = 0
    if table is not None:
        words = image.bytes_at(table, AT_RESET) or bytes(AT_RESET)
        stack, reset = int.from_bytes(words[:4], "little"), int.from_bytes(words[4:], "little")
    writable = [s for s in segments if (s.address in RAM or not s.data) and s.address != table]
    code = _joined([(s.address, s.end) for s in segments if s not in writable])
    named = [(s.address, s.address + max(s.size, 1)) for s in image.symbols.symbols if _is_in_ram(s, segments)]
    data = _joined([*((s.address, s.end) for s in writable), *named])
    return Needs(code, data, table, stack, reset)


def _is_in_ram(symbol: Symbol, segments: Sequence[Segment]) -> bool:
    """Whether a symbol stands for data in RAM that start-up code fills."""
    if symbol.is_function or not (symbol.size or symbol.reach) or symbol.address not in RAM:
        return False
    return not any(segment.address <= symbol.address < segment.end for segment in segments)


def has_fp_instructions(image: Image) -> bool:
    """Whether VMRS or VMSR with FPSCR seems to be in ``image``, as in the start-up code of what was built for an FPU.

    For files that do not say what they were built for, as those of ARM's linker.
    """
    found = (match for segment in image.segments for match in FPSCR_ACCESS.finditer(segment.data))
    return any(match.start() % 2 == 0 for match in found)


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1] + ROUND:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def boards_for(image: Image, boards: Sequence[Board], table: int | None = None) -> list[str]:
    """Return the names of the boards that ``image`` fits, in their order: its segments, vectors, stack and core.

    The vectors are those at ``table``, None where the board says.
    """
    needs, found = needs_of(image), []
    wants_more = image.is_armv7em or has_fp_instructions(image)
    for board in boards:
        if part_of(board.core) is CORTEX_M3 and wants_more:
            continue
        try:
            check_segments_fit([image], board.memory_ranges + board.programmed_ranges, board.name)
            start = board.vector_table if table is None else table
            check_vector_table([image], start, board.name, board.canonical)
        except ImageError:
            continue
        if any(address < needs.stack <= address + size for address, size in board.memory_ranges):
            found.append(board.name)
    return found


def describe(image: Image, needs: Needs, rows: Sequence[tuple[str, Sequence[str]]]) -> Iterator[str]:
    """Yield lines that say what ``image`` wants and which boards have it: ``rows`` of options, and names of boards."""
    yield f"{image.name}:"
    for segment in sorted(image.segments, key=lambda s: s.address):
        if segment.memory_size:
            zeros = segment.memory_size - len(segment.data)
            zeroed = f", {zeros:,} of them zeros" if zeros and segment.data else ""
            yield f"  loads    {segment}  {segment.memory_size:,} bytes{zeroed}"
    if needs.table is None:
        yield "  vectors  none found: no table of a stack pointer in RAM and a reset vector into the code"
    else:
        entry = image.symbols.describe(needs.reset & ~1)
        yield f"  vectors  0x{needs.table:08x}"
        yield f"  stack    from 0x{needs.stack:08x} downwards"
        yield f"  reset    0x{needs.reset:08x}" + (f"  {entry}" if not entry.startswith("0x") else "")
    if image.is_armv6m:
        yield f"  core     {ARMV6_M}"
    if not rows:
        yield "  boards   none of the package has this memory"
    for number, (options, names) in enumerate(rows):
        yield f"  {'' if number else 'boards':<8} {f'with {options}: ' if options else ''}{', '.join(names)}"


def board_text(image: Image, needs: Needs, core: str, name: str, like: tuple[str, Board] | None = None) -> str:
    """Return a board file with the memory that ``image`` wants. Raises ImageError where no vector table is.

    ``like`` is what ``extends`` is to say and the board that this names: the file has what the image wants beside its
    memory, and the core is its own.
    """
    if needs.table is None:
        raise ImageError(f"{image.name}: no vector table was found. Write the board file by hand (docs/boards.md).")
    ranges = [(start, end, "rom") for start, end in needs.code] + [(s, e, "ram") for s, e in needs.data]
    spans = _spans(ranges, needs.stack)
    lines = [
        f"# Made of {image.name} by v7m boards new. Sizes are guesses: the next 64 KiB above what the image uses.",
        *([f'extends = "{like[0]}"'] if like else []),
        f'name = "{name}"',
        f'description = "What {image.name} wants"',
    ]
    if like is None:
        lines += ["frequency = 100_000_000", f"vector_table = {_hex(needs.table)}", "", "[core]", f'name = "{core}"']
        lines += ["irqs = 240", "priority_bits = 4", *_memories(spans)]
    else:
        lines += [f"vector_table = {_hex(needs.table)}", *_further_memory(spans, like[1])]
    return "".join(f"{line}\n" for line in lines)


def _further_memory(spans: Sequence[tuple[int, int, str]], board: Board) -> Iterator[str]:
    """Yield the lines of memories that ``spans`` want beside those of ``board``: larger ones, then others."""
    data = [(low, high) for low, high, kind in spans if kind == "ram"]
    gone = [memory for memory in board.memories if not memory.is_ram and _overlaps(memory, data)]
    if gone:
        names = ", ".join(f'"{memory.name}"' for memory in gone)
        yield f"remove = [{names}]"
    kept = [memory for memory in board.memories if memory not in gone]
    ranges = sorted((start, memory.size) for memory in kept for start in (memory.address, *memory.aliases))
    missing, sizes = list[tuple[int, int, str]](), dict[str, int]()
    for low, high, kind in (part for span in spans for part in _outside(span, ranges)):
        grown = (
            memory for memory in kept if memory.is_ram == (kind == "ram") and _may_reach(memory, low, high, ranges)
        )
        before = next(grown, None)
        if before is None:
            missing.append((low, high, kind))
        else:
            sizes[before.name] = high - before.address
    for name, size in sizes.items():
        yield from ("", "[[memory]]", f'name = "{name}"', f"size = {_hex(size)}")
    yield from _memories(missing, "more-")


def _overlaps(memory: MemorySpec, ranges: Sequence[tuple[int, int]]) -> bool:
    starts = (memory.address, *memory.aliases)
    return any(low < start + memory.size and start < high for start in starts for low, high in ranges)


def _may_reach(memory: MemorySpec, low: int, high: int, ranges: Sequence[tuple[int, int]]) -> bool:
    """Whether a relative of the part may have so much of ``memory`` that it reaches from below ``low`` to ``high``."""
    end = memory.address + memory.size
    if not memory.option or end > low or high - memory.address > MOST_TIMES * memory.size:
        return False
    return not any(end <= address < high for address, _ in ranges)


def _outside(span: tuple[int, int, str], ranges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """Yield the parts of ``span`` that are in none of ``ranges``, which are (address, size), the lowest first."""
    low, high, kind = span
    for address, size in ranges:
        if low < address < high:
            yield low, address, kind
        if address <= low < address + size or low < address < high:
            low = address + size
    if low < high:
        yield low, high, kind


def _spans(ranges: list[tuple[int, int, str]], stack: int) -> list[tuple[int, int, str]]:
    """Return (start, end, kind) of the memories: what touches is one, RAM reaches up to the stack's top, and nothing
    overlaps.
    """
    spans: list[tuple[int, int, str]] = []
    top = stack - 4
    wanted = sorted(ranges)
    if not any(kind == "ram" and start <= top < _up(end) for start, end, kind in wanted):
        below = [(start, end) for start, end, kind in wanted if kind == "ram" and start <= top < start + NEAR]
        wanted = sorted([*wanted, (below[-1][0] if below else top & -ROUND, stack, "ram")])
    for start, end, kind in wanted:
        low, high = start & -ROUND, _up(max(end, 1))
        if spans and low <= spans[-1][1]:
            if spans[-1][2] == kind:
                spans[-1] = spans[-1][0], max(spans[-1][1], high), kind
                continue
            low = max(low, spans[-1][1])
        if low < high:
            spans.append((low, high, kind))
    return spans


def _memories(spans: Sequence[tuple[int, int, str]], prefix: str = "") -> Iterator[str]:
    for number, (low, high, kind) in enumerate(spans):
        yield from ("", "[[memory]]", f'name = "{prefix}{kind}{number}"', f"address = {_hex(low)}")
        yield from (f"size = {_hex(high - low)}", f'kind = "{kind}"')


def _up(value: int) -> int:
    return value + ROUND - 1 & -ROUND


def _hex(value: int) -> str:
    return f"0x{value >> 16:04x}_{value & 0xFFFF:04x}"
