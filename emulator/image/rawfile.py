"""A raw binary: the bytes of memory, with no word about where they belong. The user says it."""

from __future__ import annotations

import os

from emulator.bits import WORD_MASK
from emulator.errors import ImageError
from emulator.image.image import Image, Segment, SymbolTable
from emulator.program_file import base_name, shown_path


def read_raw(data: bytes, path: str | os.PathLike[str], load_address: int) -> Image:
    """Return ``data``, the contents of the file the user named ``path``, as one segment at ``load_address``.

    Raises ImageError when it does not fit the address space there.
    """
    if not 0 <= load_address <= WORD_MASK or load_address + len(data) > WORD_MASK + 1:
        raise ImageError(
            f"{shown_path(path)} has {len(data)} bytes, which pass the end of the address space at "
            f"0x{load_address:08x}. Give a lower --load-address."
        )
    return Image(base_name(path), [Segment(load_address, data, len(data))], SymbolTable([]))
