"""Device nodes that the program itself serves: by a driver, which their numbers name, or by handlers of their own.

The kernel keeps the node and the position of each opening. A read, write or ioctl is answered with DEVICE_CALL, at
which the guest's library calls the routine; it tells afterwards how far the position has moved. No state of its own.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.bits import WORD_MASK
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EINVAL, ENOTSUP
from rtems_shim.core.dispatch import trap
from rtems_shim.files.file_calls import POSITION_LIMIT, check_path, seconds
from rtems_shim.files.file_objects import S_IFCHR, FileObject
from rtems_shim.files.files import Files

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel


class DeviceNode(FileObject):
    """A node served as ``kind`` (layouts.DEVICE_*) by ``first`` and ``second``.

    Its shared mapping is the program's ``memory``, ``length`` bytes; 0: it has none.
    """

    kind = S_IFCHR
    is_seekable = True

    def __init__(self, permissions: int, served: int, words: tuple[int, int], memory: int, length: int) -> None:
        super().__init__(permissions)
        self.served = served
        self.words = words
        self.number = words if served == layouts.DEVICE_DRIVER else (0, 0)
        self._memory = memory
        self._length = length

    def read(self, kernel: Kernel, position: int, buffer: int, size: int) -> int:
        """The program reads."""
        return -layouts.DEVICE_CALL

    def write(self, kernel: Kernel, position: int, buffer: int, size: int, waits: bool = True) -> int:
        """The program writes."""
        return -layouts.DEVICE_CALL

    def ioctl(self, kernel: Kernel, command: int, argument: int) -> int:
        """The program answers."""
        return -layouts.DEVICE_CALL

    def truncate(self, kernel: Kernel, length: int) -> int:
        """A device has no length, and RTEMS does not mind."""
        return 0

    def map_shared(self, length: int, offset: int) -> int:
        """Return the program's memory."""
        if not self._memory or offset < 0 or offset + length > self._length:
            return -ENOTSUP
        return self._memory + offset


@trap("device_node")
def device_node(
    kernel: Kernel, path: str | None, mode: int, kind: int, first: int, second: int, memory: int, size: int
) -> int:
    """mknod() of a character device, and IMFS_make_generic_node()."""
    if kind not in (layouts.DEVICE_DRIVER, layouts.DEVICE_HANDLERS):
        return -EINVAL
    files = kernel.part(Files)
    made = DeviceNode(mode & ~files.umask, kind, (first, second), memory, size)
    return check_path(path) or files.tree.create(path or "", made, seconds(kernel))


@trap("device_of")
def device_of(kernel: Kernel, fd: int, record: int) -> None:
    """Store who serves ``fd``."""
    opened = kernel.part(Files).get(fd)
    words = bytes(layouts.DEVICE_OPENING.size)
    if opened is not None and isinstance(opened.file, DeviceNode):
        words = layouts.DEVICE_OPENING.pack_words(
            opened.position,
            opened.file.served,
            *opened.file.words,
            opened.flags & WORD_MASK,
            opened.serial & WORD_MASK,
            0,
        )
    kernel.memory.store(record, words)


@trap("device_moved")
def device_moved(kernel: Kernel, fd: int, count: int) -> None:
    """Move the position of ``fd`` on by what its driver has read or written."""
    opened = kernel.part(Files).get(fd)
    if opened is not None and isinstance(opened.file, DeviceNode):
        opened.position = min(opened.position + count, POSITION_LIMIT)
