"""Owners and times of files, who the process is, and what it says of its heap.

Times are whole seconds of the time of day, as on RTEMS.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi.errno import EACCES, EBADF, EINVAL, EPERM
from rtems_shim.core.clock import NS_PER_SECOND
from rtems_shim.core.dispatch import trap
from rtems_shim.files.file_calls import check_path, seconds
from rtems_shim.files.file_objects import FileObject
from rtems_shim.files.file_tree import WRITE
from rtems_shim.files.files import Files

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

TIMESPEC_SIZE = 16
UTIME_NOW, UTIME_OMIT = -2, -1
KEEP = 0xFFFF_FFFF
"""An owner or a group that stays as it is."""


@trap("chown")
def chown(kernel: Kernel, path: str | None, user: int, group: int, follow: int) -> int:
    """chown(), or lchown() without ``follow``."""
    found = check_path(path) or kernel.part(Files).tree.find(path or "", bool(follow))
    return found if isinstance(found, int) else _change_owner(kernel, found, user, group)


@trap("fchown")
def fchown(kernel: Kernel, fd: int, user: int, group: int) -> int:
    """fchown()."""
    opened = kernel.part(Files).get(fd)
    return -EBADF if opened is None else _change_owner(kernel, opened.file, user, group)


def _change_owner(kernel: Kernel, file: FileObject, user: int, group: int) -> int:
    if kernel.part(Files).tree.user not in (0, file.user):
        return -EPERM
    file.user = file.user if user == KEEP else user & 0xFFFF
    file.group = file.group if group == KEEP else group & 0xFFFF
    file.changed = seconds(kernel)
    return 0


@trap("set_times")
def set_times(kernel: Kernel, path: str | None, fd: int, follow: int, times: int) -> int:
    """utimensat() and futimens(): of access and of modification; without ``times`` both are now."""
    found: FileObject | int
    if path is None:
        opened = kernel.part(Files).get(fd)
        found = -EBADF if opened is None else opened.file
    else:
        found = check_path(path) or kernel.part(Files).tree.find(path, bool(follow))
    if isinstance(found, int):
        return found
    now = seconds(kernel)
    words, parts = [0, 0], [UTIME_NOW, UTIME_NOW]
    if times:
        data = kernel.memory.load(times, 2 * TIMESPEC_SIZE)
        words = [int.from_bytes(data[at : at + 8], "little", signed=True) for at in (0, TIMESPEC_SIZE)]
        parts = [int.from_bytes(data[at : at + 4], "little", signed=True) for at in (8, TIMESPEC_SIZE + 8)]
    for word, part in zip(words, parts, strict=True):
        if part != UTIME_NOW and (word < 0 or not (part == UTIME_OMIT or 0 <= part < NS_PER_SECOND)):
            return -EINVAL
    if parts != [UTIME_OMIT, UTIME_OMIT] and not kernel.part(Files).tree.allows(found, WRITE):
        return -EACCES if parts == [UTIME_NOW, UTIME_NOW] else -EPERM
    accessed, modified = (
        {UTIME_NOW: now, UTIME_OMIT: before}.get(part, word)
        for word, part, before in zip(words, parts, (found.accessed, found.modified), strict=True)
    )
    found.accessed, found.modified, found.changed = accessed, modified, now
    return 0


@trap("set_identity")
def set_identity(kernel: Kernel, user: int, group: int) -> None:
    """The effective user and group are these from now on."""
    tree = kernel.part(Files).tree
    tree.user, tree.group = user & 0xFFFF, group & 0xFFFF


@trap("chroot")
def chroot(kernel: Kernel, path: str | None) -> int:
    """chroot()."""
    return check_path(path) or kernel.part(Files).tree.change_root(path or "")


@trap("leave_root")
def leave_root(kernel: Kernel) -> None:
    """rtems_libio_use_global_env()."""
    kernel.part(Files).tree.leave_root()


@trap("heap_is_short")
def heap_is_short(kernel: Kernel) -> None:
    """malloc() has failed: RTEMS, whose files are in the heap, may soon have no room for more."""
    kernel.part(Files).heap_is_short = True
