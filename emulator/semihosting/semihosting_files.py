"""The files of semihosting: regular files below one directory, and nothing else of the host.

The program that names them is not trusted. A name is walked component by component from the directory's own
descriptor: no absolute names, no ``..``, no symbolic links, no other file system, no device, pipe or directory at its
end. How many bytes a program can add to the host's disk is bounded.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from emulator.errors import ConfigError
from emulator.program_file import printable, shown_path

# Error numbers of newlib and picolibc. Those below 35 are Linux's too.
EPERM, ENOENT, EIO, E2BIG, EBADF, EACCES, EFAULT, EEXIST = 1, 2, 5, 7, 9, 13, 14, 17
EISDIR, EINVAL, ENFILE, EMFILE, ENOTTY, EFBIG, ENOSPC, ESPIPE, EROFS = 21, 22, 23, 24, 25, 27, 28, 29, 30
ENOSYS, ENAMETOOLONG = 88, 91

_NUMBERS = {errno.ENAMETOOLONG: ENAMETOOLONG, errno.ELOOP: EACCES, errno.ENOTDIR: ENOENT, errno.ENXIO: EACCES}
"""Host errors with another number, or another name, for the guest; others below 35 keep theirs, the rest are EIO."""

LARGEST_FILE = 64 << 20
"""Bytes that a program can make a file have."""

LARGEST_GROWTH = 256 << 20
"""Bytes that one run can add to its files, all together."""

MOST_CREATED = 1024
"""Files that one run can create."""

DEEPEST_NAME = 32
"""Components of a name."""

FOREIGN_SYSTEMS = ("/proc", "/sys", "/dev")
"""Where regular files are not what they seem; a root directory there is refused."""


class FileError(Exception):
    """A request failed with error ``number``. The program that made it is to blame, or the file is not to be had."""

    def __init__(self, number: int) -> None:
        super().__init__(f"error {number}")
        self.number = number


class Mode(IntEnum):
    """How SYS_OPEN opens: fopen's modes, in the order of the specification's table."""

    R = 0
    RB = 1
    R_PLUS = 2
    R_PLUS_B = 3
    W = 4
    WB = 5
    W_PLUS = 6
    W_PLUS_B = 7
    A = 8
    AB = 9
    A_PLUS = 10
    A_PLUS_B = 11

    @property
    def reads(self) -> bool:
        """Whether the file can be read."""
        return self < Mode.W or bool(self & 2)

    @property
    def writes(self) -> bool:
        """Whether the file can be written."""
        return self > Mode.RB

    @property
    def creates(self) -> bool:
        """Whether a file that is not there is made."""
        return self >= Mode.W

    @property
    def truncates(self) -> bool:
        """Whether the file is emptied."""
        return Mode.W <= self < Mode.A

    @property
    def begins_at_end(self) -> bool:
        """Whether the first write goes to the end of the file.

        Later ones go where SYS_SEEK says, and with ``a+`` so does the first: QEMU does not append at all, and
        picolibc's open() counts on that.
        """
        return self in (Mode.A, Mode.AB)

    @property
    def flags(self) -> int:
        """The flags for the host's open()."""
        access = os.O_RDWR if self.reads and self.writes else os.O_WRONLY if self.writes else os.O_RDONLY
        return access | (os.O_CREAT if self.creates else 0) | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NOCTTY


@contextmanager
def _guest_errors() -> Iterator[None]:
    """Turn the host's errors into the guest's."""
    try:
        yield
    except OSError as error:
        number = error.errno or EIO
        raise FileError(_NUMBERS.get(number, number if number < 35 else EIO)) from None


class RootDirectory:
    """A host directory whose regular files a program may use, and what it may still add to them; semihosting.Files.

    Raises ConfigError when ``path`` is no directory, cannot be entered, or lies where files are not plain data.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        shown = shown_path(path)
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise ConfigError(
                f"--semihosting-root {shown}: {printable(reason).lower()}. Give a directory that you can read."
            ) from None
        self.device = os.fstat(self._descriptor).st_dev
        for foreign in FOREIGN_SYSTEMS:
            if os.path.exists(foreign) and os.stat(foreign).st_dev == self.device != os.stat("/").st_dev:
                self.close()
                raise ConfigError(
                    f"--semihosting-root {shown}: {foreign} holds no plain files. Give another directory."
                )
        self._room = LARGEST_GROWTH
        self._to_create = MOST_CREATED

    def close(self) -> None:
        """Give the directory back."""
        os.close(self._descriptor)

    def grow(self, size: int) -> None:
        """Take ``size`` bytes of what the run may add; FileError when it may not."""
        if size > self._room:
            raise FileError(ENOSPC)
        self._room -= size

    def open(self, name: bytes, mode: Mode) -> GuestFile:
        """Return the regular file ``name``."""
        return GuestFile(self, self._opened(name, mode), mode)

    def _opened(self, name: bytes, mode: Mode) -> int:
        with self._parent(name) as (directory, last), _guest_errors():
            is_new = self._look(directory, last) is None
            if is_new and mode.creates:
                if not self._to_create:
                    raise FileError(ENOSPC)
                self._to_create -= 1
            descriptor = os.open(last, mode.flags | os.O_NONBLOCK, 0o644, dir_fd=directory)
            try:
                self._check(os.fstat(descriptor))
                if mode.truncates:
                    os.ftruncate(descriptor, 0)
            except BaseException:
                os.close(descriptor)
                raise
            return descriptor

    def remove(self, name: bytes) -> None:
        """Remove the regular file ``name``."""
        with self._parent(name) as (directory, last), _guest_errors():
            self._look(directory, last)
            os.unlink(last, dir_fd=directory)

    def rename(self, old: bytes, new: bytes) -> None:
        """Rename the regular file ``old``; a regular file ``new`` is replaced."""
        with self._parent(old) as (source, old_last), self._parent(new) as (target, new_last), _guest_errors():
            if self._look(source, old_last) is None:
                raise FileError(ENOENT)
            self._look(target, new_last)
            os.rename(old_last, new_last, src_dir_fd=source, dst_dir_fd=target)

    @contextmanager
    def _parent(self, name: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield a descriptor of the directory that holds ``name``, and the last component of the name."""
        *directories, last = self._components(name)
        descriptor = os.dup(self._descriptor)
        try:
            with _guest_errors():
                for component in directories:
                    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
                    below = os.open(component, flags, dir_fd=descriptor)
                    os.close(descriptor)
                    descriptor = below
                    if os.fstat(descriptor).st_dev != self.device:
                        raise FileError(EACCES)
            yield descriptor, last
        finally:
            os.close(descriptor)

    @staticmethod
    def _components(name: bytes) -> list[bytes]:
        if not name:
            raise FileError(ENOENT)
        if name.startswith(b"/") or name.endswith(b"/"):
            raise FileError(EACCES)
        components = [part for part in name.split(b"/") if part not in (b"", b".")]
        if not components or b".." in components:
            raise FileError(EACCES)
        if len(components) > DEEPEST_NAME:
            raise FileError(ENAMETOOLONG)
        return components

    def _look(self, directory: int, name: bytes) -> os.stat_result | None:
        """Return what is known of a file, None when there is none; FileError when it is not a plain file."""
        try:
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        except FileNotFoundError:
            return None
        self._check(status)
        return status

    def _check(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode) or status.st_dev != self.device:
            raise FileError(EACCES)


class GuestFile:
    """One open file; semihosting.Stream."""

    is_terminal = False

    def __init__(self, root: RootDirectory, descriptor: int, mode: Mode) -> None:
        self._root = root
        self._mode = mode
        self._descriptor = descriptor
        self._position = self.length() if mode.begins_at_end else 0

    def write(self, data: bytes) -> int:
        """See Stream."""
        if not self._mode.writes:
            raise FileError(EBADF)
        with _guest_errors():
            length = os.fstat(self._descriptor).st_size
            end = self._position + len(data)
            if end > LARGEST_FILE:
                raise FileError(EFBIG)
            self._root.grow(max(0, end - length))
            written = os.pwrite(self._descriptor, data, self._position)
        self._position += written
        return written

    def read(self, size: int) -> bytes:
        """See Stream."""
        if not self._mode.reads:
            raise FileError(EBADF)
        with _guest_errors():
            data = os.pread(self._descriptor, size, self._position)
        self._position += len(data)
        return data

    def seek(self, position: int) -> None:
        """See Stream. A position after the end is allowed; a write there fills the gap with zeros."""
        if position >> 31:
            raise FileError(EINVAL)
        self._position = position

    def length(self) -> int:
        """See Stream."""
        with _guest_errors():
            return min(os.fstat(self._descriptor).st_size, 0x7FFF_FFFF)

    def close(self) -> None:
        """See Stream."""
        os.close(self._descriptor)
