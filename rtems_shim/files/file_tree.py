"""A small tree of files in memory, like RTEMS's IMFS: nothing here reaches a file of the host.

As on RTEMS root is refused nothing as another user, but what its own permission bits refuse. State: the nodes, their
number and the bytes in them, both with a limit; who the process is.
"""

from __future__ import annotations

from rtems_shim.abi.errno import (
    EACCES,
    EBUSY,
    EEXIST,
    EINVAL,
    ELOOP,
    EMLINK,
    ENAMETOOLONG,
    ENOENT,
    ENOSPC,
    ENOTDIR,
    ENOTEMPTY,
    EROFS,
    EXDEV,
)
from rtems_shim.files.directories import above, all_below, ends_in_dot, entered, names_of, way_from
from rtems_shim.files.file_objects import Directory, FileObject, RegularFile, Storage, Symlink

READ, WRITE, EXECUTE = 4, 2, 1
NAME_LIMIT = 255
PATH_LIMIT = 1023
NODE_LIMIT = 256
STORAGE_LIMIT = 1 << 20
LINK_LIMIT = 8
LINK_MAX = 8
MOUNT_LIMIT = 64


class FileTree:
    """The tree, made at ``now`` with ``console`` in it. Errors are answered as -errno.

    Paths are absolute or relative to the working directory.
    """

    def __init__(self, console: FileObject, now: int, largest_file: int = STORAGE_LIMIT) -> None:
        self._storage = Storage(STORAGE_LIMIT, largest_file)
        self._nodes = 0
        self._next_ino = 1
        self._roots: list[Directory] = []  # of the file systems; a removed one leaves a hole
        self.user = self.group = 0  # the effective ones
        self.root = Directory(0o755)
        self.root.is_first = True
        self._working = self.root
        self._outside = self._working
        """The working directory outside of what chroot() chose."""
        self._roots.append(self.root)
        self._number(self.root, 1)
        devices = Directory(0o755)
        self._insert(self.root, "dev", devices)
        self._insert(devices, "console", console)
        for node in (self.root, devices, console):
            node.born(now)

    # -- paths ---------------------------------------------------------------------------------------------------

    def find(self, path: str, follow: bool = True) -> FileObject | int:
        """Return what ``path`` names; ``follow`` goes through a symbolic link at its end."""
        place = self._place(path, follow)
        if isinstance(place, int):
            return place
        directory, name = place
        found = directory if not name else directory.entries.get(name)
        return -ENOENT if found is None else entered(found)

    def _place(self, path: str, follow: bool) -> tuple[Directory, str] | int:
        """Return the directory that ``path`` ends in and the last name, which need not exist; '' is the directory."""
        if not path:
            return -ENOENT
        directory = self.root if path.startswith(("/", "\\")) else self._working
        names = names_of(path)
        links = 0
        while names:
            if len(path) > PATH_LIMIT or len(names[0]) > NAME_LIMIT:
                return -ENAMETOOLONG
            name = names.pop(0)
            if name == "..":
                upper = above(directory, self.root)
                if upper is None:
                    return -ENOENT
                directory = upper
                continue
            node = directory.entries.get(name)
            if isinstance(node, Directory):
                node = entered(node)
            if isinstance(node, Symlink) and (names or follow):
                links += 1
                if links > LINK_LIMIT:
                    return -ELOOP
                directory = self.root if node.target.startswith(("/", "\\")) else directory
                names = names_of(node.target) + names
                continue
            if not names:
                return directory, name
            if node is None:
                return -ENOENT
            if not isinstance(node, Directory):
                return -ENOTDIR
            if not self.allows(node, EXECUTE):
                return -EACCES
            directory = node
        return directory, ""

    def allows(self, node: FileObject, rights: int) -> bool:
        """Whether the process has all of ``rights`` on ``node``: as its owner, which root always is, group or other."""
        if self.user in (0, node.user):
            shift = 6
        else:
            shift = 3 if self.group in (0, node.group) else 0
        return not rights & ~(node.permissions >> shift)

    def _may_change(self, directory: Directory) -> int:
        """Return why no name of ``directory`` may come or go, 0 where it may."""
        if not self.allows(directory, WRITE | EXECUTE):
            return -EACCES
        return -EROFS if self.root_of(directory).read_only else 0

    # -- the working directory -----------------------------------------------------------------------------------

    def change_directory(self, path: str) -> int:
        """Make the directory at ``path`` the working one."""
        found = self.find(path)
        if isinstance(found, int):
            return found
        if isinstance(found, Directory):
            return self.enter(found)
        return -ENOTDIR if self.allows(found, EXECUTE) else -EACCES

    def change_root(self, path: str) -> int:
        """Make the directory at ``path`` what paths begin at, and the working one.

        As on RTEMS the path begins where paths began before any chroot(), so that there is a way back.
        """
        inside = self.root, self._working
        self.leave_root()
        outside = self._working
        found = self.find(path)
        self.root, self._working = inside
        if isinstance(found, int):
            return found
        if not isinstance(found, Directory):
            return -ENOTDIR
        if not self.allows(found, EXECUTE):
            return -EACCES
        self.root = found
        self._working, self._outside = found, outside
        return 0

    def leave_root(self) -> None:
        """Undo every chroot(): the working directory is the one before the first."""
        if self.root is not self._roots[0]:
            self.root, self._working = self._roots[0], self._outside

    def enter(self, directory: Directory) -> int:
        """Make ``directory`` the working one: 0, -EACCES, or -ENOENT for one that was removed."""
        if not self.allows(directory, EXECUTE):
            return -EACCES
        if not directory.links:
            return -ENOENT
        self._working = directory
        return 0

    @property
    def working_directory(self) -> str | int:
        """Its path, -ENOENT when it was removed."""
        way = way_from(self.root, self._working)
        if way is None:
            return -ENOENT
        names, upper = [], self.root
        for directory in way[1:]:
            names.append(next(name for name, node in upper.entries.items() if entered(node) is directory))
            upper = directory
        return "/" + "/".join(names)

    # -- nodes ---------------------------------------------------------------------------------------------------

    def create(self, path: str, node: FileObject, now: int, follow: bool = True) -> int:
        """Put the new ``node`` at ``path``, made at ``now``: 0, or -EEXIST where there is something.

        ``follow``: through a link at the end of ``path``, to where nothing is yet, as on RTEMS.
        """
        place = self._place(path, follow)
        if isinstance(place, int):
            return place
        directory, name = place
        if not name or name in directory.entries:
            return -EEXIST
        return self._may_change(directory) or self._make(directory, name, node, now)

    def create_file(self, path: str, permissions: int, now: int) -> RegularFile | int:
        """Make an empty regular file, through a link at the end of ``path``."""
        place = self._place(path, follow=True)
        if isinstance(place, int):
            return place
        directory, name = place
        if not name or name in directory.entries:
            return -EEXIST
        node = RegularFile(permissions, self._storage)
        return self._may_change(directory) or self._make(directory, name, node, now) or node

    def _make(self, directory: Directory, name: str, node: FileObject, now: int) -> int:
        refused = self._insert(directory, name, node)
        if not refused:
            node.user, node.group = self.user, self.group
            node.born(now)
            directory.written(now)
        return refused

    def link(self, old: str, new: str) -> int:
        """Give a file one more name, or a directory, which stays where it is: ``..`` in it leads there.

        Links at the end of either path are gone through; of two errors the one of ``new`` is told: as on RTEMS.
        """
        node, place = self.find(old), self._place(new, follow=True)
        if isinstance(place, int):
            return place
        directory, name = place
        if not name or name in directory.entries:
            return -EEXIST
        if isinstance(node, int):
            return node
        if node.device != directory.device:
            return -EXDEV
        if len(name) > NAME_LIMIT:
            return -ENAMETOOLONG
        if node.links >= LINK_MAX:
            return -EMLINK
        refused = self._may_change(directory)
        if refused:
            return refused
        if self._names_taken() >= NODE_LIMIT:
            return -ENOSPC
        directory.entries[name] = node
        node.links += 1
        return 0

    def _names_taken(self) -> int:
        return sum(len(directory.entries) for directory in all_below([root for root in self._roots if root.links]))

    def rename(self, old: str, new: str) -> int:
        """Give a file another name, which as on RTEMS nothing has; of two errors the one of ``new`` is told."""
        source, target = self._place(old, follow=False), self._place(new, follow=False)
        if isinstance(target, int):
            return target
        if not target[1] or target[1] in target[0].entries:
            return -EEXIST
        if isinstance(source, int):
            return source
        if not source[1]:
            return -EINVAL if source[0].is_first else -EBUSY
        node = source[0].entries.get(source[1])
        if node is None:
            return -ENOENT
        if source[0].device != target[0].device:
            return -EXDEV
        if entered(node) is not node:
            return -EBUSY
        if len(target[1]) > NAME_LIMIT:
            return -ENAMETOOLONG
        if isinstance(node, Directory) and node in (way_from(self._roots[0], target[0]) or []):
            return -EINVAL
        refused = self._may_change(source[0]) or self._may_change(target[0])
        if refused:
            return refused
        del source[0].entries[source[1]]
        target[0].entries[target[1]] = node
        if isinstance(node, Directory) and node.parent is source[0]:
            node.parent = target[0]
        return 0

    def unlink(self, path: str) -> int:
        """Remove a name, as on RTEMS also the one of an empty directory."""
        return self._take_away(path, only_directories=False)

    def rmdir(self, path: str) -> int:
        """Remove an empty directory, or a further name of one."""
        return self._take_away(path, only_directories=True)

    def _take_away(self, path: str, only_directories: bool) -> int:
        if ends_in_dot(path):
            return -EINVAL
        place = self._place(path, follow=False)
        if isinstance(place, int):
            return place
        directory, name = place
        node = directory if not name else directory.entries.get(name)
        if node is None:
            return -ENOENT
        if not isinstance(node, Directory):
            return -ENOTDIR if only_directories else self._may_change(directory) or self._remove(directory, name, node)
        if not name and (node.covers is not None or node.is_first):
            return -EBUSY
        if entered(node) is not node:
            return -EBUSY
        if node.entries and (not name or not _is_further(directory, name, node)):
            return -ENOTEMPTY
        if not name:  # it ends in "..": the name is where its parent has it
            if node.parent is None:
                return -ENOENT
            directory = node.parent
            name = next(key for key, there in directory.entries.items() if there is node)
        return self._may_change(directory) or self._remove(directory, name, node)

    def _insert(self, directory: Directory, name: str, node: FileObject) -> int:
        if len(name) > NAME_LIMIT:
            return -ENAMETOOLONG
        if self._nodes >= NODE_LIMIT:
            return -ENOSPC
        self._number(node, directory.device)
        directory.entries[name] = node
        if isinstance(node, Directory):
            node.parent = directory
        return 0

    def _number(self, node: FileObject, device: int) -> None:
        self._nodes += 1
        node.device = device
        node.ino = self._next_ino
        self._next_ino += 1

    def _remove(self, directory: Directory, name: str, node: FileObject) -> int:
        if isinstance(node, Directory) and _is_first_name(directory, name, node):
            node.parent = None
        del directory.entries[name]
        node.links -= 1
        if node.links:
            return 0
        self._nodes -= 1
        if isinstance(node, RegularFile) and not node.openings:
            node.discard()
        return 0

    # -- file systems --------------------------------------------------------------------------------------------

    def root_of(self, file: FileObject) -> Directory:
        """Return the root of the file system that ``file`` is in."""
        return self._roots[file.device - 1]

    def mount(self, place: Directory, root: Directory, writable: bool) -> int:
        """Let ``root``, the empty directory of a new file system, be in the place of ``place``: 0 or -ENOSPC."""
        if self._nodes >= NODE_LIMIT or len(self._roots) >= MOUNT_LIMIT:
            return -ENOSPC
        self._roots.append(root)
        self._number(root, len(self._roots))
        place.mounted, root.covers = root, place
        root.read_only = not writable
        return 0

    def is_used(self, root: Directory, open_files: list[FileObject]) -> bool:
        """Whether the file system must stay: a file of it is open, it holds the working directory or another one."""
        held: list[FileObject] = [*open_files, self._working]
        held += [other.covers for other in self._roots if other.covers is not None and other.links]
        return any(file.device == root.device for file in held)

    def unmount(self, root: Directory) -> None:
        """Take the file system away with all its files."""
        assert root.covers is not None
        root.covers.mounted = None
        for directory in list(all_below([root])):
            for name, node in list(directory.entries.items()):
                self._remove(directory, name, node)
        root.links = 0
        root.covers = None
        self._nodes -= 1


def _is_first_name(directory: Directory, name: str, node: Directory) -> bool:
    """Whether the directory ``node`` was made as ``name`` of ``directory``, which has it."""
    return node.parent is directory and name == next(key for key, there in directory.entries.items() if there is node)


def _is_further(directory: Directory, name: str, node: Directory) -> bool:
    """Whether the name is neither the first nor the last one of the directory ``node``."""
    return node.links > 1 and not _is_first_name(directory, name, node)
