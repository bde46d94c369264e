"""Descriptors: which files the program has open. Descriptors 0, 1 and 2 are the console.

State: ``Files``, which holds the descriptors with their configured limit (CONFIGURE_MAXIMUM_FILE_DESCRIPTORS), the
tree of files and the file mode creation mask.
"""

from __future__ import annotations

from collections import deque

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EBADF, EMFILE
from rtems_shim.core.clock import NS_PER_SECOND, TIME_OF_DAY_AT_BOOT_NS
from rtems_shim.core.objects import HARD_LIMIT
from rtems_shim.files.file_objects import FileObject, OpenFile, largest_file
from rtems_shim.files.file_tree import FileTree

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

O_RDONLY, O_WRONLY, O_RDWR, O_ACCMODE = 0, 1, 2, 3
O_APPEND = 0x0008
O_CREAT = 0x0200
O_TRUNC = 0x0400
O_EXCL = 0x0800
O_NONBLOCK = 0x4000
O_NOFOLLOW = 0x10_0000
"""Opens a symbolic link itself, as in RTEMS; POSIX has ELOOP."""
O_DIRECTORY = 0x20_0000
SECONDS_AT_BOOT = TIME_OF_DAY_AT_BOOT_NS // NS_PER_SECOND
STANDARD_DESCRIPTORS = 3
DEFAULT_UMASK = 0o022


class Files:
    """The open files of the program, with ``console`` as the standard ones, and the tree of files that have a path."""

    def __init__(self, configuration: dict[str, int], console: FileObject) -> None:
        self.umask = DEFAULT_UMASK
        self.heap_is_short = False  # whether the program has been refused memory: it says so
        self.tree = FileTree(console, SECONDS_AT_BOOT, largest_file(configuration["imfs_block_size"]))
        limit = max(STANDARD_DESCRIPTORS, min(configuration["maximum_files"], HARD_LIMIT))
        self._descriptors: list[OpenFile | None] = [None] * limit
        for fd in range(STANDARD_DESCRIPTORS):
            reads = not fd
            self._descriptors[fd] = OpenFile(console, reads, not reads, O_RDONLY if reads else O_WRONLY)
        self._openings = 0
        self._free = deque(range(STANDARD_DESCRIPTORS, limit))

    @property
    def limit(self) -> int:
        """Descriptors that may be open at a time."""
        return len(self._descriptors)

    def needs_room(self, word: int) -> bool:
        """Whether the program has to look for room in its heap [D-175] before ``word``'s call makes anything."""
        return self.heap_is_short and not word & layouts.HAS_ROOM

    def in_use(self) -> int:
        """Return how many descriptors are open."""
        return sum(opened is not None for opened in self._descriptors)

    def open_files(self) -> list[FileObject]:
        """Return what the descriptors refer to."""
        return [opened.file for opened in self._descriptors if opened is not None]

    def free_descriptor(self, lowest: int = 0) -> int | None:
        """Return the descriptor from ``lowest`` up that has been free longest, as in RTEMS; POSIX wants the lowest."""
        return next((fd for fd in self._free if fd >= lowest), None)

    def free_descriptors(self) -> list[int]:
        """Return the free descriptors, first the one that is used next."""
        return list(self._free)

    def get(self, fd: int) -> OpenFile | None:
        """Return what ``fd`` refers to, or None when it is not open."""
        return self._descriptors[fd] if 0 <= fd < len(self._descriptors) else None

    def install(self, fd: int, opened: OpenFile) -> int:
        """Let the free descriptor ``fd`` refer to a new opening; return it."""
        self._descriptors[fd] = opened
        self._free.remove(fd)
        self._openings += 1
        opened.serial = self._openings
        opened.file.opened(opened)
        return fd

    def pass_over(self, fd: int) -> None:
        """The free descriptor ``fd`` was taken for an opening that failed: it becomes the last in line."""
        self._free.remove(fd)
        self._free.append(fd)

    def duplicate(self, opened: OpenFile) -> int:
        """Let one more descriptor refer to the file that is open; return it or -EMFILE."""
        fd = self.free_descriptor()
        return -EMFILE if fd is None else self.duplicate_as(opened, fd)

    def duplicate_as(self, opened: OpenFile, fd: int) -> int:
        """Let the free descriptor ``fd`` refer to the file that is open; return it.

        As on RTEMS it is an opening of its own, with the same flags and at the file's beginning.
        """
        made = OpenFile(opened.file, opened.readable, opened.writable, opened.flags, opened.append)
        return self.install(fd, made)

    def close(self, kernel: Kernel, fd: int) -> int:
        """Free the descriptor."""
        opened = self.get(fd)
        if opened is None:
            return -EBADF
        self._descriptors[fd] = None
        self._free.append(fd)
        opened.file.closed(kernel, opened)
        return 0
