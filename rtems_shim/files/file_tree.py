"""A small tree of files in memory, like RTEMS's IMFS: nothing here reaches a file of the host.

It is there for the calls that need a path: tests of mmap() want a regular file, a directory, a link and a device. The
owner of all files is root, so permission bits are kept and shown but refuse nothing. State: the nodes, their number
and the bytes in them, both with a limit.
"""

from __future__ import annotations

from rtems_shim.abi.errno import (
    EBUSY,
    EEXIST,
    EINVAL,
    EISDIR,
    ELOOP,
    ENAMETOOLONG,
    ENOENT,
    ENOSPC,
    ENOTDIR,
    ENOTEMPTY,
    EPERM,
)
from rtems_shim.files.file_objects import (
    Directory,
    FileObject,
    NullDevice,
    RegularFile,
    Storage,
    Symlink,
    ZeroDevice,
)

NAME_LIMIT = 255
PATH_LIMIT = 1023
NODE_LIMIT = 256
STORAGE_LIMIT = 1 << 20
LINK_LIMIT = 8


class FileTree:
    """The tree, with ``console`` in it. Errors are answered as -errno.

    Paths are absolute or relative to the working directory.
    """

    def __init__(self, console: FileObject) -> None:
        self._storage = Storage(STORAGE_LIMIT)
        self._nodes = 0
        self._next_ino = 1
        self.root = Directory(0o755)
        self._working: list[Directory] = [self.root]
        self._number(self.root)
        devices = Directory(0o755)
        self._insert(self.root, "dev", devices)
        for name, device in (("console", console), ("null", NullDevice(0o666)), ("zero", ZeroDevice(0o666))):
            self._insert(devices, name, device)

    # -- paths ---------------------------------------------------------------------------------------------------

    def find(self, path: str, follow: bool = True) -> FileObject | int:
        """Return what ``path`` names; ``follow`` goes through a symbolic link at its end."""
        place = self._place(path, follow)
        if isinstance(place, int):
            return place
        directory, name = place
        found = directory if not name else directory.entries.get(name)
        return -ENOENT if found is None else found

    def _start(self, path: str) -> list[Directory]:
        return [self.root] if path.startswith("/") else list(self._working)

    def _place(self, path: str, follow: bool) -> tuple[Directory, str] | int:
        """Return the directory that ``path`` ends in and the last name, which need not exist; '' is the directory."""
        if not path:
            return -ENOENT
        trail = self._start(path)
        names = _names(path)
        links = 0
        while names:
            if len(path) > PATH_LIMIT or len(names[0]) > NAME_LIMIT:
                return -ENAMETOOLONG
            name = names.pop(0)
            if name == "..":
                trail = trail[:-1] or [self.root]
                continue
            node = trail[-1].entries.get(name)
            if isinstance(node, Symlink) and (names or follow):
                links += 1
                if links > LINK_LIMIT:
                    return -ELOOP
                trail = [self.root] if node.target.startswith("/") else trail
                names = _names(node.target) + names
                continue
            if not names:
                return trail[-1], name
            if node is None:
                return -ENOENT
            if not isinstance(node, Directory):
                return -ENOTDIR
            trail = [*trail, node]
        return trail[-1], ""

    # -- the working directory -----------------------------------------------------------------------------------

    def change_directory(self, path: str) -> int:
        """Make the directory at ``path`` the working one."""
        found = self.find(path)
        if isinstance(found, int):
            return found
        return self.enter(found) if isinstance(found, Directory) else -ENOTDIR

    def enter(self, directory: Directory) -> int:
        """Make ``directory`` the working one: 0, or -ENOENT for one that was removed."""
        trail = self._trail_to(directory)
        if trail is None:
            return -ENOENT
        self._working = trail
        return 0

    def _trail_to(self, wanted: Directory) -> list[Directory] | None:
        waiting = [[self.root]]
        while waiting:
            trail = waiting.pop()
            if trail[-1] is wanted:
                return trail
            waiting += [[*trail, node] for node in trail[-1].entries.values() if isinstance(node, Directory)]
        return None

    @property
    def working_directory(self) -> str | int:
        """Its path, -ENOENT when it was removed."""
        trail = self._trail_to(self._working[-1])
        if trail is None:
            return -ENOENT
        names, above = [], trail[0]
        for directory in trail[1:]:
            names.append(next(name for name, node in above.entries.items() if node is directory))
            above = directory
        return "/" + "/".join(names)

    # -- nodes ---------------------------------------------------------------------------------------------------

    def create(self, path: str, node: FileObject) -> int:
        """Put ``node`` at ``path``: 0, or -EEXIST where there is something, a link included."""
        place = self._place(path, follow=False)
        if isinstance(place, int):
            return place
        directory, name = place
        if not name or name in directory.entries:
            return -EEXIST
        return self._insert(directory, name, node)

    def create_file(self, path: str, permissions: int) -> RegularFile | int:
        """Make an empty regular file, through a link at the end of ``path``."""
        place = self._place(path, follow=True)
        if isinstance(place, int):
            return place
        directory, name = place
        if not name or name in directory.entries:
            return -EEXIST
        node = RegularFile(permissions, self._storage)
        refused = self._insert(directory, name, node)
        return refused or node

    def link(self, old: str, new: str) -> int:
        """Give a file that is no directory one more name."""
        node, place = self.find(old, follow=False), self._place(new, follow=False)
        if isinstance(node, int):
            return node
        if isinstance(place, int):
            return place
        directory, name = place
        if not name or name in directory.entries:
            return -EEXIST
        if isinstance(node, Directory):
            return -EPERM
        if len(name) > NAME_LIMIT:
            return -ENAMETOOLONG
        if self._names_taken() >= NODE_LIMIT:
            return -ENOSPC
        directory.entries[name] = node
        node.links += 1
        return 0

    def _names_taken(self) -> int:
        waiting, count = [self.root], 0
        while waiting:
            entries = waiting.pop().entries.values()
            count += len(entries)
            waiting += [node for node in entries if isinstance(node, Directory)]
        return count

    def rename(self, old: str, new: str) -> int:
        """Give a file another name, in place of what had it."""
        source, target = self._place(old, follow=False), self._place(new, follow=False)
        if isinstance(source, int):
            return source
        if isinstance(target, int):
            return target
        if not source[1] or not target[1]:
            return -EBUSY
        node = source[0].entries.get(source[1])
        if node is None:
            return -ENOENT
        there = target[0].entries.get(target[1])
        if there is node:
            return 0
        refused = self._check_rename(node, there, target)
        if refused:
            return refused
        if there is not None:
            self._remove(target[0], target[1], there)
        del source[0].entries[source[1]]
        target[0].entries[target[1]] = node
        return 0

    def _check_rename(self, node: FileObject, there: FileObject | None, target: tuple[Directory, str]) -> int:
        if len(target[1]) > NAME_LIMIT:
            return -ENAMETOOLONG
        if isinstance(node, Directory) and node in (self._trail_to(target[0]) or []):
            return -EINVAL
        if there is None:
            return 0
        if isinstance(there, Directory):
            if not isinstance(node, Directory):
                return -EISDIR
            return -ENOTEMPTY if there.entries else 0
        return -ENOTDIR if isinstance(node, Directory) else 0

    def unlink(self, path: str) -> int:
        """Remove a name that is not a directory's."""
        place = self._place(path, follow=False)
        if isinstance(place, int):
            return place
        directory, name = place
        node = directory if not name else directory.entries.get(name)
        if node is None:
            return -ENOENT
        if isinstance(node, Directory):
            return -ENOTEMPTY if node.entries else -EISDIR
        return self._remove(directory, name, node)

    def rmdir(self, path: str) -> int:
        """Remove an empty directory."""
        place = self._place(path, follow=False)
        if isinstance(place, int):
            return place
        directory, name = place
        if not name:
            return -EBUSY
        node = directory.entries.get(name)
        if node is None:
            return -ENOENT
        if not isinstance(node, Directory):
            return -ENOTDIR
        if node.entries:
            return -ENOTEMPTY
        return self._remove(directory, name, node)

    def _insert(self, directory: Directory, name: str, node: FileObject) -> int:
        if len(name) > NAME_LIMIT:
            return -ENAMETOOLONG
        if self._nodes >= NODE_LIMIT:
            return -ENOSPC
        self._number(node)
        directory.entries[name] = node
        return 0

    def _number(self, node: FileObject) -> None:
        self._nodes += 1
        node.ino = self._next_ino
        self._next_ino += 1

    def _remove(self, directory: Directory, name: str, node: FileObject) -> int:
        del directory.entries[name]
        node.links = 0 if isinstance(node, Directory) else node.links - 1
        if node.links:
            return 0
        self._nodes -= 1
        if isinstance(node, RegularFile) and not node.openings:
            node.discard()
        return 0


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in ("", ".")]
