"""The calls about names and directories: renaming, links, permissions, the working directory, reading a directory."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi.errno import EBADF, EFAULT, EINVAL, ENOTDIR, EPERM, ERANGE
from rtems_shim.core.dispatch import trap
from rtems_shim.files.file_calls import check_path, seconds, store_status
from rtems_shim.files.file_objects import PERMISSION_BITS, Directory, FileObject, Symlink
from rtems_shim.files.files import Files

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel


def _find(kernel: Kernel, path: str | None, follow: bool = True) -> FileObject | int:
    refused = check_path(path)
    return refused or kernel.part(Files).tree.find(path or "", follow)


@trap("rename")
def rename(kernel: Kernel, old: str | None, new: str | None) -> int:
    """rename(): as on RTEMS nothing may have the new name."""
    return check_path(old) or check_path(new) or kernel.part(Files).tree.rename(old or "", new or "")


@trap("link")
def link(kernel: Kernel, old: str | None, new: str | None) -> int:
    """link()."""
    return check_path(old) or check_path(new) or kernel.part(Files).tree.link(old or "", new or "")


@trap("lstat")
def lstat(kernel: Kernel, path: str | None, record: int) -> int:
    """lstat(): of a link itself."""
    if not record:
        return -EFAULT
    found = _find(kernel, path, follow=False)
    return found if isinstance(found, int) else store_status(kernel, found, record)


@trap("readlink")
def readlink(kernel: Kernel, path: str | None, buffer: int, size: int) -> int:
    """readlink(): as many characters as there is room for, and no NUL."""
    found = _find(kernel, path, follow=False)
    if isinstance(found, int):
        return found
    if not isinstance(found, Symlink):
        return -EINVAL
    if not buffer:
        return -EFAULT
    text = found.target.encode("latin-1")[:size]
    if text:
        kernel.memory.store(buffer, text)
    return len(text)


@trap("chmod")
def chmod(kernel: Kernel, path: str | None, mode: int) -> int:
    """chmod()."""
    found = _find(kernel, path)
    return found if isinstance(found, int) else _change_mode(kernel, found, mode)


@trap("fchmod")
def fchmod(kernel: Kernel, fd: int, mode: int) -> int:
    """fchmod()."""
    opened = kernel.part(Files).get(fd)
    return -EBADF if opened is None else _change_mode(kernel, opened.file, mode)


def _change_mode(kernel: Kernel, file: FileObject, mode: int) -> int:
    if kernel.part(Files).tree.user not in (0, file.user):
        return -EPERM
    file.permissions = mode & PERMISSION_BITS
    file.changed = seconds(kernel)
    return 0


@trap("chdir")
def chdir(kernel: Kernel, path: str | None) -> int:
    """chdir(): every thread has the same working directory."""
    return check_path(path) or kernel.part(Files).tree.change_directory(path or "")


@trap("fchdir")
def fchdir(kernel: Kernel, fd: int) -> int:
    """fchdir()."""
    opened = kernel.part(Files).get(fd)
    if opened is None:
        return -EBADF
    return kernel.part(Files).tree.enter(opened.file) if isinstance(opened.file, Directory) else -ENOTDIR


@trap("getcwd")
def getcwd(kernel: Kernel, buffer: int, size: int) -> int:
    """getcwd(): the length of the path."""
    if not buffer or not size:
        return -EINVAL
    path = kernel.part(Files).tree.working_directory
    if isinstance(path, int):
        return path
    text = path.encode("latin-1") + b"\0"
    if len(text) > size:
        return -ERANGE
    kernel.memory.store(buffer, text)
    return len(path)


@trap("readdir")
def readdir(kernel: Kernel, fd: int, entry: int) -> int:
    """Store the next entry: its number and kind, two words, and its name; 1, or 0 behind the last one."""
    opened = kernel.part(Files).get(fd)
    if opened is None:
        return -EBADF
    if not isinstance(opened.file, Directory):
        return -ENOTDIR
    entries = list(opened.file.entries.items())
    if opened.position >= len(entries):
        return 0
    name, node = entries[opened.position]
    words = node.ino.to_bytes(4, "little") + node.kind.to_bytes(4, "little")
    kernel.memory.store(entry, words + name.encode("latin-1") + b"\0")
    opened.position += 1
    return 1


@trap("seekdir")
def seekdir(kernel: Kernel, fd: int, position: int) -> int:
    """Go to an entry of a directory, or, with -1, tell which one is next."""
    opened = kernel.part(Files).get(fd)
    if opened is None or not isinstance(opened.file, Directory):
        return -EBADF
    if position >= 0:
        opened.position = position
    return opened.position


@trap("dup2")
def dup2(kernel: Kernel, fd: int, wanted: int) -> int:
    """dup2(): as on RTEMS ``wanted`` must be open, too; what it was is closed first."""
    files = kernel.part(Files)
    opened = files.get(fd)
    if opened is None or files.get(wanted) is None:
        return -EBADF
    if fd == wanted:
        return 0
    files.close(kernel, wanted)
    return files.duplicate_as(opened, wanted)
