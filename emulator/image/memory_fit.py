"""Whether loaded images fit a board: their segments its memory, their vector table its reset address."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emulator.errors import ImageError
from emulator.image.image import Image, Segment
from emulator.image.vector_table import AT_RESET, find_vector_table


class OutsideMemory(ImageError):
    """A segment lies where the board has no memory."""


def check_segments_fit(images: Sequence[Image], memory: Sequence[tuple[int, int]], board: str) -> None:
    """Raise OutsideMemory unless every segment lies in ``memory``, the board's (address, size) ranges in any order.

    A segment may cross from one range into the next when they touch.
    """
    areas = _joined_areas(memory)
    for image in images:
        for segment in image.segments:
            if not any(start <= segment.address and segment.end <= end for start, end in areas):
                shown = ", ".join(f"0x{start:08x}..0x{end - 1:08x}" for start, end in areas)
                raise OutsideMemory(
                    f"{image.name}: segment {segment} ({_described_size(segment)}) is outside the memory of {board} "
                    f"({shown}). Link it for this board, or choose another with --board."
                )


def check_vector_table(
    images: Sequence[Image], vector_address: int, board: str, canonical: Callable[[int], int] = lambda address: address
) -> None:
    """Raise ImageError when the core could not start from the images: the reset vector at ``vector_address`` + 4 is
    not loaded, has bit 0 clear, or leads to no loaded byte.

    ``canonical`` maps the addresses of an alias to those of the memory behind it, where a board has aliases. Where the
    initial stack pointer leads does not matter: such a program runs as on the part, to its first push.
    """
    if not images:
        return
    names = ", ".join(image.name for image in images)
    segments = [segment for image in images for segment in image.segments]
    table = _loaded_bytes(images, vector_address, canonical)
    if table is None:
        lowest = min(segments, key=lambda segment: segment.address)
        raise ImageError(
            f"{names}: no vector table, nothing is loaded at 0x{vector_address:08x} where {board} starts "
            f"(the lowest segment is {lowest}). {_remedy(images, canonical)}"
        )
    problem = _problem(table, segments, canonical)
    if problem:
        reset = int.from_bytes(table[4:8], "little")
        raise ImageError(
            f"{names}: no vector table at 0x{vector_address:08x} where {board} starts: the reset vector 0x{reset:08x} "
            f"{problem}. {_remedy(images, canonical)}"
        )


def _problem(table: bytes, segments: Sequence[Segment], canonical: Callable[[int], int]) -> str:
    reset = int.from_bytes(table[4:8], "little")
    if not reset & 1:
        return "is not the address of Thumb code (bit 0 is clear)"
    if not any(_holds(segment, canonical(reset & ~1), canonical) for segment in segments):
        return "leads outside the program"
    return ""


def _table_elsewhere(images: Sequence[Image], canonical: Callable[[int], int]) -> int | None:
    """Return where what may be a vector table is, as that of a program behind a boot loader."""
    segments = [segment for image in images for segment in image.segments]
    for image in images:
        address = find_vector_table(image)
        table = None if address is None else image.bytes_at(address, AT_RESET)
        if table is not None and not _problem(table, segments, canonical):
            return address
    return None


def _remedy(images: Sequence[Image], canonical: Callable[[int], int]) -> str:
    elsewhere = _table_elsewhere(images, canonical)
    if elsewhere is not None:
        return f"Link one there, or start without the boot loader: --vector-table 0x{elsewhere:08x}."
    for image in images:
        if image.even_entry is not None:
            may_be_arm = f"its entry 0x{image.even_entry:08x} may mean ARM code, which is to be built with -mthumb"
            return f"Link a vector table there; {may_be_arm}."
    return "Link a vector table there."


def _joined_areas(memory: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return (start, end) of the areas that ``memory`` covers without a gap, lowest first."""
    areas: list[tuple[int, int]] = []
    for address, size in sorted(memory):
        if areas and address <= areas[-1][1]:
            areas[-1] = (areas[-1][0], max(areas[-1][1], address + size))
        else:
            areas.append((address, address + size))
    return areas


def _described_size(segment: Segment) -> str:
    size = segment.memory_size
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{round(size / unit, 1):g} {name}"
    return f"{size} bytes"


def _holds(segment: Segment, address: int, canonical: Callable[[int], int]) -> bool:
    start = canonical(segment.address)
    return start <= address < start + segment.memory_size


def _loaded_bytes(images: Sequence[Image], address: int, canonical: Callable[[int], int]) -> bytes | None:
    """Return the bytes of a vector table at ``address``; None unless one image holds them all."""
    for image in images:
        found = image.bytes_at(address, AT_RESET)
        if found is not None:
            return found
        for segment in image.segments:
            offset = canonical(address) - canonical(segment.address)
            if 0 <= offset <= segment.memory_size - AT_RESET:
                return segment.data[offset : offset + AT_RESET].ljust(AT_RESET, b"\0")
    return None
