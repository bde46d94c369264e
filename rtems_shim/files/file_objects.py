"""What a descriptor can refer to: the answers every kind of object gives unless it has better ones.

The answers are those of RTEMS's default file handlers. Every call that moves data takes a guest address and makes the
copy as the caller of the trap. Errors are answered as -errno.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EFBIG, EINVAL, EISDIR, ENOSPC, ENOTSUP, ENOTTY

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

S_IFMT = 0o170000
S_IFIFO = 0o010000
S_IFCHR = 0o020000
S_IFBLK = 0o060000
S_IFDIR = 0o040000
S_IFREG = 0o100000
S_IFLNK = 0o120000
PERMISSION_BITS = 0o7777

LARGEST_BLOCK = 512


class FileObject:
    """Anything a descriptor refers to. ``kind`` is one of S_IF*, 0 for a shared memory object, as in RTEMS."""

    kind = 0
    is_seekable = False
    is_terminal = False

    def __init__(self, permissions: int) -> None:
        self.permissions = permissions & PERMISSION_BITS
        self.ino = 0
        self.links = 1
        self.device = 0  # of the file system that it is in, 1 for the first
        self.number = 0, 0  # the major and the minor one, of a device node
        self.user = self.group = 0
        self.accessed = self.modified = self.changed = 0  # seconds of the time of day

    def born(self, now: int) -> None:
        """It is made at ``now``."""
        self.accessed = self.modified = self.changed = now

    def written(self, now: int) -> None:
        """Its contents changed at ``now``."""
        self.modified = self.changed = now

    @property
    def size(self) -> int:
        """Bytes it holds, as fstat() reports them."""
        return 0

    def read(self, kernel: Kernel, position: int, buffer: int, size: int) -> int | None:
        """Copy up to ``size`` bytes from ``position`` to the guest's ``buffer``; return how many, None: it blocks."""
        return -ENOTSUP

    def would_block(self, kernel: Kernel, size: int) -> bool:
        """Whether a read of ``size`` bytes has to wait."""
        return False

    def write(self, kernel: Kernel, position: int, buffer: int, size: int, waits: bool = True) -> int | None:
        """Copy ``size`` bytes from the guest's ``buffer`` to ``position``; return how many were taken, None: it blocks.

        Without ``waits`` it does not block: where it would have to it is -EAGAIN.
        """
        return -ENOTSUP

    def ioctl(self, kernel: Kernel, command: int, argument: int) -> int:
        """Answer a device's command."""
        return -ENOTTY

    def truncate(self, kernel: Kernel, length: int) -> int:
        """ftruncate() of a writable descriptor, ``length`` not negative."""
        return -EINVAL

    def map_shared(self, length: int, offset: int) -> int:
        """Return the address of [offset, offset + length) for a shared mapping."""
        return -ENOTSUP

    def unmapped(self, kernel: Kernel) -> None:
        """A shared mapping of it is gone."""

    def opened(self, opening: OpenFile) -> None:
        """It is opened."""

    def closed(self, kernel: Kernel, opening: OpenFile) -> None:
        """The last descriptor of one opening is closed."""


class Storage:
    """How many more bytes the files of one run may hold: guests do not grow the host's memory without bound.

    ``largest``: bytes that one file may have.
    """

    def __init__(self, limit: int, largest: int) -> None:
        self.left = limit
        self.largest = largest

    def take(self, count: int) -> bool:
        """Take ``count`` bytes (a negative count gives back); False when there are not so many."""
        if count > self.left:
            return False
        self.left -= count
        return True


def largest_file(block_size: int) -> int:
    """Return the bytes that a file of RTEMS's IMFS may have with blocks of this size, one less than they hold.

    A block holds bytes or pointers to blocks, which are read through at most three of those.
    """
    slots = min(block_size, LARGEST_BLOCK) // 4
    return (slots - 1 + slots**2 + slots**3) * min(block_size, LARGEST_BLOCK) - 1


class RegularFile(FileObject):
    """A file of the in-memory tree. Its bytes are the host's and count against ``storage``."""

    kind = S_IFREG
    is_seekable = True

    def __init__(self, permissions: int, storage: Storage) -> None:
        super().__init__(permissions)
        self._storage = storage
        self._data = bytearray()
        self.openings = 0

    def opened(self, opening: OpenFile) -> None:
        """One more opening: an unlinked file lasts until its last one is closed."""
        self.openings += 1

    def closed(self, kernel: Kernel, opening: OpenFile) -> None:
        """Give the bytes back when nobody can reach them any more."""
        self.openings -= 1
        if not self.openings and not self.links:
            self.discard()

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return len(self._data)

    def contents(self, position: int, size: int) -> bytes:
        """Return up to ``size`` bytes from ``position``."""
        return bytes(self._data[position : position + size])

    def read(self, kernel: Kernel, position: int, buffer: int, size: int) -> int:
        """Copy what there is."""
        data = self.contents(position, size)
        kernel.memory.store(buffer, data)
        return len(data)

    def write(self, kernel: Kernel, position: int, buffer: int, size: int, waits: bool = True) -> int:
        """Store all of it, or nothing: -EFBIG of a file that becomes too large, -ENOSPC where the tree is full."""
        if position + size > self._storage.largest:
            return -EFBIG
        growth = max(0, position + size - len(self._data))
        if growth > self._storage.left:
            return -ENOSPC
        data = kernel.memory.load(buffer, size)  # may be refused: then nothing has changed
        self._storage.take(growth)
        self._data.extend(bytes(growth))
        self._data[position : position + size] = data
        return size

    def truncate(self, kernel: Kernel, length: int) -> int:
        """Cut the file or append zeros."""
        if length > self._storage.largest:
            return -EFBIG
        if not self._storage.take(length - len(self._data)):
            return -ENOSPC
        del self._data[length:]
        self._data.extend(bytes(length - len(self._data)))
        return 0

    def discard(self) -> None:
        """Give the bytes back: the file is gone."""
        self._storage.take(-len(self._data))
        self._data.clear()


class Symlink(FileObject):
    """A symbolic link to the path ``target``."""

    kind = S_IFLNK

    def __init__(self, target: str) -> None:
        super().__init__(0o777)
        self.target = target

    @property
    def size(self) -> int:
        """Characters of the path."""
        return len(self.target)


class Directory(FileObject):
    """A directory: names and what they stand for."""

    kind = S_IFDIR

    def __init__(self, permissions: int) -> None:
        super().__init__(permissions)
        self.entries: dict[str, FileObject] = {}
        self.parent: Directory | None = None  # where its first name is; None once that is gone, and of a root
        self.is_first = False  # whether it is the root of the first file system
        self.mounted: Directory | None = None  # the root of the file system that is mounted on it
        self.covers: Directory | None = None  # of the root of a mounted file system: what it is mounted on
        self.read_only = False  # of the root of a file system

    @property
    def size(self) -> int:
        """Bytes of its entries, as RTEMS counts them."""
        return layouts.DIRENT_SIZE * len(self.entries)

    def read(self, kernel: Kernel, position: int, buffer: int, size: int) -> int:
        """Directories are not read as bytes."""
        return -EISDIR

    def truncate(self, kernel: Kernel, length: int) -> int:
        """Directories have no length."""
        return -EISDIR


@dataclass(eq=False, slots=True)
class OpenFile:
    """One opening of ``file``, with its ``position``."""

    file: FileObject
    readable: bool
    writable: bool
    flags: int
    append: bool = False
    close_on_exec: bool = False
    position: int = 0
    serial: int = 0
