"""Source files under three names: as the client says them, as GDB knows them (fullname), as the compiler wrote them.

GDB takes a file of a breakpoint for another when the program was built elsewhere, or with its paths made relative, as
programs that are the same everywhere are. So the client's path is looked up among all files of the program; the frames
of that file then carry the client's path, letter by letter.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable

from emulator.dap.mi_syntax import Results


class Sources:
    """The files of one program. ``exists`` says whether a file is there."""

    def __init__(self, exists: Callable[[str], bool]) -> None:
        self._exists = exists
        self._folder = "/"
        self._by_full_name: dict[str, str] = {}
        self._clients: dict[str, str] = {}

    def load(self, files: Iterable[Results], folder: str) -> None:
        """Take GDB's list of files; relative names are relative to ``folder``."""
        self._folder = folder
        for file in files:
            name = file.text("file")
            self._by_full_name.setdefault(file.text("fullname", name), name)

    def _absolute(self, full_name: str) -> str:
        return posixpath.normpath(posixpath.join(self._folder, full_name))

    def find(self, path: str) -> str | None:
        """Return GDB's name of the client's file ``path``, None when no code of the program is of that file."""
        wanted = posixpath.normpath(path)
        exact = [name for name in self._by_full_name if self._absolute(name) == wanted]
        found = exact or self._built_elsewhere(wanted)
        if len(found) != 1 and not exact:
            return None
        self._clients[found[0]] = path
        return found[0]

    def _built_elsewhere(self, wanted: str) -> list[str]:
        """Return the files that are not where they were built, and have most of the end of ``wanted``.

        The folder's name must agree as well, unless the compiler was given none.
        """
        lengths = {}
        for full_name, name in self._by_full_name.items():
            absolute = self._absolute(full_name)
            length = _common_end(absolute, wanted)
            if length >= min(2, len(posixpath.normpath(name).split("/"))) and not self._exists(absolute):
                lengths[full_name] = length
        longest = max(lengths.values(), default=0)
        return [name for name, length in lengths.items() if length == longest] if longest else []

    def path(self, frame: Results) -> str | None:
        """Return the client's path of the file of a frame, None when there is no such file."""
        full_name = frame.text("fullname")
        if not full_name:
            return None
        if full_name in self._clients:
            return self._clients[full_name]
        absolute = self._absolute(full_name)
        return absolute if self._exists(absolute) else None


def _common_end(one: str, other: str) -> int:
    """Return how many components two paths have in common at their ends."""
    count = 0
    for left, right in zip(reversed(one.split("/")), reversed(other.split("/")), strict=False):
        if left != right:
            break
        count += 1
    return count
