"""POSIX shared memory objects: ordinary ones, and thread stacks under ``/taskfs/``.

An ordinary object's memory is guest memory, from the arena that the image sets aside. It lives while a descriptor or a
mapping refers to it; the last of them zeroes and frees it, and the name stays until shm_unlink.

An object named ``/taskfs/`` and the four characters of a thread's object name stands for that thread's stack. It is
bound at ftruncate, whose length must be the stack's size, and again at each further ftruncate. It never owns memory:
closing it zeroes and frees nothing. What its mapping does is in mappings.py.

The orders of the checks are RTEMS's. State: ``SharedMemory``, the objects and their names.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi.errno import (
    EACCES,
    EEXIST,
    EINVAL,
    EIO,
    EMFILE,
    ENAMETOOLONG,
    ENFILE,
    ENOENT,
    ENOMEM,
    ENOSPC,
    ENXIO,
)
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import Api, ObjectTable, PosixClass
from rtems_shim.files.file_objects import FileObject, OpenFile
from rtems_shim.files.files import O_ACCMODE, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, Files

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread

NAME_LIMIT = 255
TASKFS = "/taskfs/"
THREAD_NAME_LENGTH = 4
PAGE_SIZE = 4096

ALLOWED_FLAGS = O_RDONLY | O_RDWR | O_CREAT | O_EXCL | O_TRUNC
OWNER_READ, OWNER_WRITE = 0o400, 0o200


class SharedObject(FileObject, ABC):
    """A shared memory object. ``references`` counts descriptors' openings and mappings."""

    def __init__(self, name: str, name_memory: int, permissions: int) -> None:
        super().__init__(permissions)
        self.name = name
        self.name_memory = name_memory
        self.references = 0
        self.is_linked = True
        self.links = 0  # as fstat() tells it in RTEMS

    def opened(self, opening: OpenFile | None = None) -> None:
        """One more reference."""
        self.references += 1

    def closed(self, kernel: Kernel, opening: OpenFile | None = None) -> None:
        """One reference fewer; the last one empties the object."""
        self.references -= 1
        if not self.references:
            self.empty(kernel)
            kernel.part(SharedMemory).forget_if_unused(kernel, self)

    def unmapped(self, kernel: Kernel) -> None:
        """A mapping was a reference as well."""
        self.closed(kernel)

    @abstractmethod
    def empty(self, kernel: Kernel) -> None:
        """Give up the contents: the size is 0."""


class MemoryObject(SharedObject):
    """An ordinary object: ``_length`` bytes of guest memory at ``_address``."""

    def __init__(self, name: str, name_memory: int, permissions: int) -> None:
        super().__init__(name, name_memory, permissions)
        self._address = 0
        self._length = 0

    @property
    def size(self) -> int:
        """Bytes, 0 before the first ftruncate."""
        return self._length

    def empty(self, kernel: Kernel) -> None:
        """Zero the memory and free it."""
        if self._length:
            kernel.port.memory.poke(self._address, bytes(self._length))
            kernel.free_memory(self._address)
            self._address = self._length = 0

    def truncate(self, kernel: Kernel, length: int) -> int:
        """Size the object once; a size cannot change after that, not even to itself. 0 frees the contents."""
        if not length:
            self.empty(kernel)
            return 0
        if self._length:
            return -EIO
        address = kernel.allocate_memory(length, PAGE_SIZE)
        if address is None:
            return -ENOMEM
        self._address, self._length = address, length
        kernel.port.memory.poke(address, bytes(length))
        return 0

    def read(self, kernel: Kernel, position: int, buffer: int, size: int) -> int:
        """Copy from the start, whatever was read before."""
        size = min(size, self._length)
        kernel.memory.store(buffer, kernel.memory.load(self._address, size))
        return size

    def map_shared(self, length: int, offset: int) -> int:
        """The memory itself; its mapping is a reference."""
        self.references += 1
        return self._address + offset


class StackObject(SharedObject):
    """An object of ``/taskfs/``: bound to ``owner``'s stack by ftruncate, to nothing before."""

    def __init__(self, name: str, name_memory: int, permissions: int) -> None:
        super().__init__(name, name_memory, permissions)
        self._owner: Thread | None = None

    @property
    def owner(self) -> Thread | None:
        """The thread whose stack this is; None when not bound or when the thread has ended."""
        return self._owner if self._owner is not None and self._owner.alive else None

    @property
    def size(self) -> int:
        """The stack's size while it is bound to a live thread's."""
        return 0 if self.owner is None else self.owner.stack_size

    def empty(self, kernel: Kernel) -> None:
        """Bind to nothing. The stack is the thread's: it is neither zeroed nor freed."""
        self._owner = None

    def truncate(self, kernel: Kernel, length: int) -> int:
        """Bind the object to the stack of the thread that has its name, if that is ``length`` bytes."""
        if not length:
            self.empty(kernel)
            return 0
        name = self.name.removeprefix(TASKFS)
        owner = kernel.thread_by_name(name) if len(name) == THREAD_NAME_LENGTH else None
        if owner is None or owner.stack_size != length:
            return -ENOMEM
        self._owner = owner
        return 0

    def read(self, kernel: Kernel, position: int, buffer: int, size: int) -> int:
        """Copy from the start of the stack, as far as the caller itself may read it."""
        if self.owner is None:
            return 0
        size = min(size, self.owner.stack_size)
        kernel.memory.store(buffer, kernel.memory.load(self.owner.stack_base, size))
        return size

    def map_shared(self, length: int, offset: int) -> int:
        """Not an address: mappings.py makes a share instead."""
        return -ENXIO


class SharedMemory:
    """The shared memory objects, at most ``maximum`` (CONFIGURE_MAXIMUM_POSIX_SHMS)."""

    def __init__(self, maximum: int) -> None:
        self._objects: ObjectTable[SharedObject] = ObjectTable(Api.POSIX, PosixClass.SHMS, maximum)
        self._names: dict[str, SharedObject] = {}
        self.most = 0
        """How many there were at a time."""

    def __len__(self) -> int:
        return len(self._objects)

    @property
    def maximum(self) -> int:
        """Objects that there may be."""
        return self._objects.maximum

    def find(self, name: str) -> SharedObject | None:
        """Return the object of that name, or None."""
        return self._names.get(name)

    def create(self, kernel: Kernel, name: str, permissions: int) -> SharedObject | int:
        """Make an empty object: -ENOSPC when there is no memory for its name, -ENFILE when no object is left."""
        name_memory = kernel.allocate_memory(len(name) + 1)
        if name_memory is None:
            return -ENOSPC
        identifier = self._objects.next_id()
        if identifier is None:
            kernel.free_memory(name_memory)
            return -ENFILE
        kind = StackObject if name.startswith(TASKFS) else MemoryObject
        made = kind(name, name_memory, permissions)
        made.ino = identifier
        self._objects.insert(made)
        self._names[name] = made
        self.most = max(self.most, len(self))
        return made

    def unlink(self, kernel: Kernel, found: SharedObject) -> None:
        """Take the name away at once; the object goes when nothing refers to it."""
        del self._names[found.name]
        kernel.free_memory(found.name_memory)
        found.is_linked = False
        found.links = 0
        self.forget_if_unused(kernel, found)

    def forget_if_unused(self, kernel: Kernel, candidate: SharedObject) -> None:
        """Drop an object that has neither a name nor a reference."""
        if not candidate.is_linked and not candidate.references:
            self._objects.remove(candidate.ino)


def _named(kernel: Kernel, name: str, flags: int, mode: int) -> SharedObject | int:
    return -ENAMETOOLONG if len(name) > NAME_LIMIT else _find_or_create(kernel, name, flags, mode)


@trap("shm_open")
def shm_open(kernel: Kernel, name: str | None, flags: int, mode: int) -> int:
    """shm_open(). The new descriptor is the one that has been free longest."""
    if flags & O_ACCMODE not in (O_RDONLY, O_RDWR) or flags & ~ALLOWED_FLAGS:
        return -EACCES
    if flags & O_TRUNC and flags & O_ACCMODE != O_RDWR:
        return -EACCES
    fd = kernel.part(Files).free_descriptor()
    if fd is None:
        return -EMFILE
    found = -EINVAL if name is None else _named(kernel, name, flags, mode)
    if isinstance(found, int):
        kernel.part(Files).pass_over(fd)
        return found
    writable = flags & O_ACCMODE == O_RDWR
    kernel.part(Files).install(fd, OpenFile(found, True, writable, flags, close_on_exec=True))
    if flags & O_TRUNC:
        found.truncate(kernel, 0)
    return fd


def _find_or_create(kernel: Kernel, name: str, flags: int, mode: int) -> SharedObject | int:
    found = kernel.part(SharedMemory).find(name)
    if found is None:
        if not name.startswith("/"):
            return -EINVAL
        if not flags & O_CREAT:
            return -ENOENT
        return kernel.part(SharedMemory).create(kernel, name, mode & ~kernel.part(Files).umask)
    if flags & O_CREAT and flags & O_EXCL:
        return -EEXIST
    needed = OWNER_WRITE if flags & O_ACCMODE == O_RDWR else OWNER_READ
    return found if found.permissions & needed else -EACCES


@trap("shm_unlink")
def shm_unlink(kernel: Kernel, name: str | None) -> int:
    """shm_unlink()."""
    if name is None:
        return -ENOENT
    if len(name) > NAME_LIMIT:
        return -ENAMETOOLONG
    found = kernel.part(SharedMemory).find(name)
    if found is None:
        return -ENOENT
    kernel.part(SharedMemory).unlink(kernel, found)
    return 0
