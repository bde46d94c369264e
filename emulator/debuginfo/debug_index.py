"""What was read of a program's debug information, as bytes that may be kept: pieces by name, each as JSON.

Reading debug information takes a hundred times as long as looking something up in it. An index remembers the pieces
that look-ups needed (debug_reader.py), so that the next run of the same program need not read them again. Where the
bytes are kept is not decided here, and nothing of them is believed: they carry a checksum and the ``key`` of what they
were made from, and a piece whose values have the wrong types counts as missing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from emulator.annotations import Any, TypeVar

_Piece = TypeVar("_Piece")

MAGIC = b"v7m debug index 1\n"
"""Begins the bytes; the number changes with their form."""
LARGEST = 8 << 20
"""Bytes of an index that is kept."""


class DebugIndex:
    """The pieces of one program. ``grew`` is set when one was added."""

    def __init__(self) -> None:
        self._pieces: dict[str, tuple[int, str]] = {}
        self.grew = False

    def get(self, name: str, decode: Callable[[Any], _Piece]) -> tuple[_Piece, int] | None:
        """Return (what ``decode`` makes of the piece's JSON value, the steps that reading it took), None if missing.

        ``decode`` raises TypeError or ValueError for a value of the wrong form.
        """
        steps, text = self._pieces.get(name, (0, ""))
        try:
            return decode(json.loads(text)), steps
        except (TypeError, ValueError, RecursionError):
            return None

    def put(self, name: str, value: Any, steps: int) -> None:
        """Add a piece: its value as JSON knows it, and the steps that reading it took (section_stream.py)."""
        self._pieces[name] = steps, json.dumps(value, separators=(",", ":"))
        self.grew = True

    def add_missing(self, other: DebugIndex) -> None:
        """Add the pieces of ``other``, an index of the same program."""
        self._pieces = other._pieces | self._pieces

    def to_bytes(self, key: str) -> bytes:
        """Return the bytes to keep."""
        lines = [key, *(f"{name}\t{steps}\t{text}" for name, (steps, text) in sorted(self._pieces.items()))]
        contents = "\n".join(lines).encode("ascii")
        return _heading(contents) + contents

    @classmethod
    def from_bytes(cls, data: bytes, key: str) -> DebugIndex:
        """Return the index in ``data``; an empty one when it is damaged, or was not made for ``key``."""
        index = cls()
        contents = data[len(_heading(b"")) :]
        if data != _heading(contents) + contents:
            return index
        try:
            found, *lines = contents.decode("ascii").split("\n")
            pieces = [line.split("\t") for line in lines]
            if found == key:
                index._pieces = {name: (max(int(steps), 0), text) for name, steps, text in pieces}
        except ValueError:
            pass
        return index


def _heading(contents: bytes) -> bytes:
    """Return what precedes the ``contents``: the form's name, and their checksum."""
    return MAGIC + hashlib.sha256(contents).hexdigest().encode() + b"\n"
