"""Keeps indexes of debug information in the user's cache directory, one file a program, and not too many of them.

A file is named by a hash of the program's contents and of the code that reads debug information. It is an aid only:
whatever goes wrong with it, debug information is read from the program.
"""

from __future__ import annotations

import hashlib
from importlib.machinery import PathFinder
from pathlib import Path

from emulator.debuginfo.debug_index import LARGEST, DebugIndex
from emulator.harness import user_cache

FOLDER = "debug-index"
MOST_FILES = 64
"""Files in the directory; those not used for the longest time go first."""

_PACKAGE = Path(__file__).parents[1]


def key_of(data: bytes) -> str:
    """Return the key of the program with the contents ``data``. Raises OSError where the readers cannot be read."""
    library = PathFinder.find_spec("elftools")
    readers = [*sorted((_PACKAGE / "debuginfo").glob("*.py")), _PACKAGE / "image" / "elf_tables.py"]
    readers += [Path(library.origin or "")] if library else []
    digests = [hashlib.sha256(contents).digest() for contents in (*(path.read_bytes() for path in readers), data)]
    return hashlib.sha256(b"".join(digests)).hexdigest()


class IndexFile:
    """The kept index of one program; ``index`` is empty where there is none."""

    def __init__(self, data: bytes) -> None:
        self._folder = user_cache.directory(FOLDER)
        self.index = DebugIndex()
        if self._folder is not None:
            try:
                self._key = key_of(data)
            except OSError:
                self._folder = None
            else:
                self.index = self._read(self._folder)

    def _read(self, folder: Path) -> DebugIndex:
        return DebugIndex.from_bytes(user_cache.read(folder / self._key, LARGEST), self._key)

    def save(self) -> None:
        """Keep the index, with what another run may have kept meanwhile, if it has grown."""
        if self._folder is None or not self.index.grew:
            return
        self.index.add_missing(self._read(self._folder))
        contents = self.index.to_bytes(self._key)
        if len(contents) <= LARGEST:
            user_cache.write(self._folder / self._key, contents, MOST_FILES)
