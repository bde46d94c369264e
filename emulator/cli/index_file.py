"""Keeps indexes of debug information in the user's cache directory, one file a program, and not too many of them.

A file is named by a hash of the program's contents and of the code that reads debug information, and replaced as a
whole, so readers and writers need not wait for each other. It is an aid only: whatever goes wrong with it, debug
information is read from the program. V7M_CACHE=0, or empty, leaves the directory alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from importlib.machinery import PathFinder
from pathlib import Path

from emulator.debug_index import LARGEST, DebugIndex

SWITCH = "V7M_CACHE"
MOST_FILES = 64
"""Files in the directory; those not used for the longest time go first."""

_PACKAGE = Path(__file__).parents[1]
_READERS = ("debug_index", "debug_reader", "debug_tables", "dwarf", "elf_tables", "section_stream")
"""The modules that decide what an index says."""


def directory() -> Path | None:
    """Return where the files are, $XDG_CACHE_HOME/v7m/debug-index or below ~/.cache; None when they are unwanted."""
    if os.environ.get(SWITCH, "1") in ("", "0"):
        return None
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # the specification wants relative ones ignored
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base, "v7m", "debug-index") if os.path.isabs(base) else None


def key_of(data: bytes) -> str:
    """Return the key of the program with the contents ``data``. Raises OSError where the readers cannot be read."""
    library = PathFinder.find_spec("elftools")
    readers = [*(_PACKAGE / f"{name}.py" for name in _READERS), *([Path(library.origin or "")] if library else [])]
    digests = [hashlib.sha256(contents).digest() for contents in (*(path.read_bytes() for path in readers), data)]
    return hashlib.sha256(b"".join(digests)).hexdigest()


class IndexFile:
    """The kept index of one program; ``index`` is empty where there is none."""

    def __init__(self, data: bytes) -> None:
        self._directory = directory()
        self.index = DebugIndex()
        if self._directory is not None:
            try:
                self._key = key_of(data)
            except OSError:
                self._directory = None
            else:
                self.index = self._read(self._directory)

    def _read(self, folder: Path) -> DebugIndex:
        try:
            # A pipe in the file's place is not waited for.
            descriptor = os.open(folder / self._key, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with open(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    return DebugIndex()
                contents = file.read(LARGEST + 1)
        except OSError:
            return DebugIndex()
        with contextlib.suppress(OSError):
            os.utime(folder / self._key)
        return DebugIndex.from_bytes(contents, self._key)

    def save(self) -> None:
        """Keep the index, with what another run may have kept meanwhile, if it has grown."""
        if self._directory is None or not self.index.grew:
            return
        self.index.add_missing(self._read(self._directory))
        contents = self.index.to_bytes(self._key)
        if len(contents) <= LARGEST:
            with contextlib.suppress(OSError):
                self._write(self._directory, contents)
                _limit(self._directory)

    def _write(self, folder: Path, contents: bytes) -> None:
        """Put a file with ``contents`` in the place of the old one at once."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = folder / f"{self._key}.{os.urandom(8).hex()}"  # what a killed run leaves goes as old files do
        try:
            with open(temporary, "xb") as file:
                file.write(contents)
            temporary.replace(folder / self._key)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def _limit(folder: Path) -> None:
    """Remove the files that were not used for the longest time, so that MOST_FILES stay."""
    with os.scandir(folder) as entries:
        files = [(entry.stat(follow_symlinks=False).st_mtime_ns, entry.path) for entry in entries if entry.is_file()]
    for _, path in sorted(files)[:-MOST_FILES]:
        with contextlib.suppress(OSError):
            os.unlink(path)
