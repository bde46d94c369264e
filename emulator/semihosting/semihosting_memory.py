"""The files of a run that was given no directory: they are empty at its start and gone at its end, like a RAM disk.

Programs that only want a temporary file run as they do under a debugger that has files, and none of the host's is
touched. A name is a path without directories: nothing has to be made before a file below it can be. How much a program
can keep is bounded.
"""

from __future__ import annotations

from emulator.semihosting.semihosting_files import (
    DEEPEST_NAME,
    EACCES,
    EBADF,
    EFBIG,
    EINVAL,
    ENAMETOOLONG,
    ENOENT,
    ENOSPC,
    LARGEST_FILE,
    FileError,
    Mode,
)

LARGEST_TOTAL = 64 << 20
"""Bytes that all files of a run can hold together."""

MOST_FILES = 1024
"""Files that there can be at a time."""

BLOCK = 4096
"""Bytes that a file takes at the least, however few it holds."""


class _Content:
    """The bytes of a file. ``uses`` counts its name and what has it open: a file lives on until it is closed."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.uses = 0


class MemoryFiles:
    """Files that live in this process's memory; semihosting.Files."""

    def __init__(self) -> None:
        self._named: dict[bytes, _Content] = {}
        self._room = LARGEST_TOTAL

    def reset(self) -> None:
        """Forget all files. What is open keeps its bytes until it is closed."""
        for name in list(self._named):
            self._forget(name)

    def names(self) -> list[bytes]:
        """Return the names of the files that there are, in order."""
        return sorted(self._named)

    def open(self, name: bytes, mode: Mode) -> MemoryFile:
        """Return the file ``name``, made or emptied as ``mode`` says."""
        key = _key(name)
        content = self._named.get(key)
        if content is None:
            if not mode.creates:
                raise FileError(ENOENT)
            if len(self._named) >= MOST_FILES:
                raise FileError(ENOSPC)
            self._room_for(BLOCK)
            content = self._named[key] = _Content()
            content.uses = 1
        elif mode.truncates:
            self._room += _cost(content) - BLOCK
            del content.data[:]
        content.uses += 1
        return MemoryFile(self, content, mode)

    def remove(self, name: bytes) -> None:
        """Remove the file ``name``."""
        key = _key(name)
        if key not in self._named:
            raise FileError(ENOENT)
        self._forget(key)

    def rename(self, old: bytes, new: bytes) -> None:
        """Rename the file ``old``; a file ``new`` is replaced."""
        source, target = _key(old), _key(new)
        if source not in self._named:
            raise FileError(ENOENT)
        if source == target:
            return
        if target in self._named:
            self._forget(target)
        self._named[target] = self._named.pop(source)

    def store(self, content: _Content, position: int, data: bytes) -> None:
        """Put ``data`` at ``position`` of a file; a gap before it is filled with zeros."""
        end = position + len(data)
        if end > LARGEST_FILE:
            raise FileError(EFBIG)
        if data and end > len(content.data):
            self._room_for(max(end, BLOCK) - _cost(content))
            content.data.extend(bytes(end - len(content.data)))
        content.data[position:end] = data

    def release(self, content: _Content) -> None:
        """Take away one use of a file; with the last its memory comes back."""
        content.uses -= 1
        if not content.uses:
            self._room += _cost(content)

    def _forget(self, key: bytes) -> None:
        self.release(self._named.pop(key))

    def _room_for(self, size: int) -> None:
        if size > self._room:
            raise FileError(ENOSPC)
        self._room -= size


def _cost(content: _Content) -> int:
    """Return the bytes of LARGEST_TOTAL that a file takes."""
    return max(len(content.data), BLOCK)


def _key(name: bytes) -> bytes:
    """Return the one spelling of ``name``: all names begin at the same place, with a slash or without."""
    if not name:
        raise FileError(ENOENT)
    components = [part for part in name.split(b"/") if part not in (b"", b".")]
    if name.endswith(b"/") or not components or b".." in components:
        raise FileError(EACCES)
    if len(components) > DEEPEST_NAME:
        raise FileError(ENAMETOOLONG)
    return b"/".join(components)


class MemoryFile:
    """One open file; semihosting.Stream."""

    is_terminal = False

    def __init__(self, files: MemoryFiles, content: _Content, mode: Mode) -> None:
        self._files = files
        self._content = content
        self._mode = mode
        self._position = self.length() if mode.begins_at_end else 0

    def write(self, data: bytes) -> int:
        """See Stream."""
        if not self._mode.writes:
            raise FileError(EBADF)
        self._files.store(self._content, self._position, data)
        self._position += len(data)
        return len(data)

    def read(self, size: int) -> bytes:
        """See Stream."""
        if not self._mode.reads:
            raise FileError(EBADF)
        data = bytes(self._content.data[self._position : self._position + size])
        self._position += len(data)
        return data

    def seek(self, position: int) -> None:
        """See Stream. A position after the end is allowed; a write there fills the gap with zeros."""
        if position >> 31:
            raise FileError(EINVAL)
        self._position = position

    def length(self) -> int:
        """See Stream."""
        return len(self._content.data)

    def close(self) -> None:
        """See Stream."""
        self._files.release(self._content)
