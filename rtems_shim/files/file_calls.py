"""The calls on descriptors and paths: open, read, write, lseek, close and their kin.

The order of checks in each call is RTEMS's. No state: descriptors and the tree are in files.py.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import (
    EACCES,
    EAGAIN,
    EBADF,
    EEXIST,
    EFAULT,
    EINVAL,
    EISDIR,
    ENAMETOOLONG,
    ENFILE,
    ENOENT,
    ENOMEM,
    ENOSYS,
    ENOTDIR,
    ENOTSUP,
    ENOTTY,
    EOVERFLOW,
    EROFS,
    ESPIPE,
)
from rtems_shim.core.clock import NS_PER_SECOND
from rtems_shim.core.dispatch import trap
from rtems_shim.files.file_objects import (
    S_IFBLK,
    S_IFCHR,
    S_IFDIR,
    S_IFIFO,
    S_IFMT,
    S_IFREG,
    Directory,
    FileObject,
    OpenFile,
    RegularFile,
    Symlink,
)
from rtems_shim.files.file_tree import PATH_LIMIT, READ, WRITE
from rtems_shim.files.files import (
    O_ACCMODE,
    O_APPEND,
    O_CREAT,
    O_DIRECTORY,
    O_EXCL,
    O_NOFOLLOW,
    O_NONBLOCK,
    O_RDONLY,
    O_RDWR,
    O_TRUNC,
    O_WRONLY,
    Files,
)
from rtems_shim.files.pipes import Pipe, are_configured

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

SETTABLE_FLAGS = O_APPEND | O_NONBLOCK
SEEK_SET, SEEK_CUR, SEEK_END = 0, 1, 2
F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL = 0, 1, 2, 3, 4
F_UNSUPPORTED = range(5, 10)
"""F_GETOWN, F_SETOWN, F_GETLK, F_SETLK, F_SETLKW."""
FIONBIO = 0x8004_667E
POSITION_LIMIT = (1 << 63) - 1


# -- opening and closing ---------------------------------------------------------------------------------------------


@trap("open")
def open_path(kernel: Kernel, path: str | None, flags: int, mode: int) -> int | None:
    """open(). A FIFO waits for its other end."""
    files = kernel.part(Files)
    fd = files.free_descriptor()
    if fd is None:
        return -ENFILE
    opened = _open(kernel, files, path, flags, mode)
    if isinstance(opened, int):
        if opened != -layouts.NEEDS_ROOM:
            files.pass_over(fd)
        return opened
    files.install(fd, opened)
    return opened.file.meet(kernel, opened, fd) if isinstance(opened.file, Pipe) else fd


def _open(kernel: Kernel, files: Files, path: str | None, flags: int, mode: int) -> OpenFile | int:
    refused = check_path(path)
    if refused:
        return refused
    assert path is not None
    if flags & O_CREAT and files.needs_room(flags) and files.tree.find(path) == -ENOENT:
        return -layouts.NEEDS_ROOM
    made = _create(files, path, flags, mode, seconds(kernel))
    found = files.tree.find(path, follow=not flags & O_NOFOLLOW) if made is None else made
    if isinstance(found, int):
        return found
    writable = (flags & O_ACCMODE) in (O_WRONLY, O_RDWR)
    # A file that the call makes is opened whatever its own rights.
    refused = _check_kind(found, flags, writable) or (made is None and _check_rights(files, found, flags, writable))
    if refused:
        return refused
    if flags & O_TRUNC and not writable and found.kind == S_IFREG:
        return -EINVAL
    if flags & O_TRUNC and found.kind == S_IFREG:
        found.truncate(kernel, 0)
        found.written(seconds(kernel))
    readable = (flags & O_ACCMODE) in (O_RDONLY, O_RDWR)
    opened = OpenFile(found, readable, writable, flags & ~layouts.HAS_ROOM, append=bool(flags & O_APPEND))
    if isinstance(found, Pipe):
        if found.is_unused and files.needs_room(flags):
            return -layouts.NEEDS_ROOM
        return found.may_open(opened) or opened
    return opened


def check_path(path: str | None) -> int:
    """Return -ENOENT or -ENAMETOOLONG for what cannot be a path, else 0."""
    if path is None:
        return -ENOENT
    return -ENAMETOOLONG if len(path) > PATH_LIMIT else 0


def seconds(kernel: Kernel) -> int:
    """Return the time of day in whole seconds, as files keep it."""
    return kernel.time.realtime_ns // NS_PER_SECOND


def _create(files: Files, path: str, flags: int, mode: int, now: int) -> FileObject | int | None:
    """Return the file that the call makes, why it cannot, or None where the file is to be there."""
    if not flags & O_CREAT:
        return None
    made = files.tree.create_file(path, mode & ~files.umask, now)
    return None if made == -EEXIST and not flags & O_EXCL else made


def _check_kind(found: FileObject, flags: int, writable: bool) -> int:
    is_directory = isinstance(found, Directory)
    if flags & O_DIRECTORY and not is_directory:
        return -ENOTDIR
    return -EISDIR if is_directory and writable else 0


def _check_rights(files: Files, found: FileObject, flags: int, writable: bool) -> int:
    wanted = (WRITE if writable else 0) | (READ if flags & O_ACCMODE in (O_RDONLY, O_RDWR) else 0)
    if not files.tree.allows(found, wanted):
        return -EACCES
    return -EROFS if writable and files.tree.root_of(found).read_only else 0


@trap("close")
def close(kernel: Kernel, fd: int) -> int:
    """close()."""
    return kernel.part(Files).close(kernel, fd)


@trap("dup")
def dup(kernel: Kernel, fd: int) -> int:
    """dup()."""
    opened = kernel.part(Files).get(fd)
    return -EBADF if opened is None else kernel.part(Files).duplicate(opened)


@trap("fcntl")
def fcntl(kernel: Kernel, fd: int, command: int, argument: int) -> int:
    """fcntl(). F_DUPFD takes any free descriptor, as on RTEMS; F_SETFD is kept for F_GETFD: there is no exec."""
    opened = kernel.part(Files).get(fd)
    if opened is None:
        return -EBADF
    if command == F_DUPFD:
        return kernel.part(Files).duplicate(opened)
    if command == F_GETFD:
        return int(opened.close_on_exec)
    if command == F_SETFD:
        opened.close_on_exec = bool(argument)
        return 0
    if command == F_GETFL:
        return opened.flags & (O_ACCMODE | SETTABLE_FLAGS)
    if command == F_SETFL:
        opened.flags = opened.flags & ~SETTABLE_FLAGS | argument & SETTABLE_FLAGS
        opened.append = bool(opened.flags & O_APPEND)
        return 0
    return -ENOTSUP if command in F_UNSUPPORTED else -EINVAL


# -- data ------------------------------------------------------------------------------------------------------------


@trap("read")
def read(kernel: Kernel, fd: int, buffer: int, size: int) -> int | None:
    """read(). A shared memory object is read from its start each time, as in RTEMS."""
    opened = kernel.part(Files).get(fd)
    if opened is None or not opened.readable:
        return -EBADF
    if not buffer:
        return -EINVAL
    if not size:
        return 0
    if opened.flags & O_NONBLOCK and opened.file.would_block(kernel, size):
        return -EAGAIN
    result = opened.file.read(kernel, opened.position, buffer, size)
    if result is not None and result > 0 and opened.file.is_seekable:
        opened.position += result
        opened.file.accessed = seconds(kernel)
    return result


@trap("write")
def write(kernel: Kernel, fd: int, buffer: int, size: int) -> int | None:
    """write(). A file that grows needs room."""
    files = kernel.part(Files)
    opened = files.get(fd & ~layouts.HAS_ROOM)
    if opened is None or not opened.writable:
        return -EBADF
    if not buffer:
        return -EINVAL
    if not size:
        return 0
    position = opened.file.size if opened.append else opened.position
    if isinstance(opened.file, RegularFile) and position + size > opened.file.size and files.needs_room(fd):
        return -layouts.NEEDS_ROOM
    result = opened.file.write(kernel, position, buffer, size, waits=not opened.flags & O_NONBLOCK)
    if result is not None and result > 0 and opened.file.is_seekable:
        opened.position = position + result
        opened.file.written(seconds(kernel))
    return result


@trap("lseek")
def lseek(kernel: Kernel, position: int, fd: int, offset: int, whence: int) -> int:
    """lseek(): the new position goes to ``position``, 64 bits."""
    opened = kernel.part(Files).get(fd)
    if opened is None:
        return -EBADF
    if isinstance(opened.file, Directory):
        if offset or whence != SEEK_SET:
            return -EINVAL
    elif not opened.file.is_seekable:
        return -ESPIPE
    bases = {SEEK_SET: 0, SEEK_CUR: opened.position, SEEK_END: opened.file.size}
    if whence not in bases:
        return -EINVAL
    target = bases[whence] + offset
    if not 0 <= target <= POSITION_LIMIT:
        return -EINVAL if target < 0 else -EOVERFLOW
    kernel.memory.store(position, target.to_bytes(8, "little"))
    opened.position = target
    return 0


@trap("ftruncate")
def ftruncate(kernel: Kernel, fd: int, length: int) -> int:
    """ftruncate()."""
    if length < 0:
        return -EINVAL
    opened = kernel.part(Files).get(fd)
    if opened is None:
        return -EBADF
    if not opened.writable:
        return -EINVAL
    result = opened.file.truncate(kernel, length)
    if not result and opened.file.is_seekable:
        opened.file.written(seconds(kernel))
    return result


@trap("ioctl")
def ioctl(kernel: Kernel, fd: int, command: int, argument: int) -> int:
    """ioctl(): FIONBIO is every file's, other commands are the file's own."""
    opened = kernel.part(Files).get(fd)
    if opened is None:
        return -EBADF
    if command != FIONBIO:
        return opened.file.ioctl(kernel, command, argument)
    if not argument:
        return -EFAULT
    blocks = not kernel.memory.load_word(argument)
    opened.flags = opened.flags & ~O_NONBLOCK | (0 if blocks else O_NONBLOCK)
    return 0


@trap("isatty")
def isatty(kernel: Kernel, fd: int) -> int:
    """isatty()."""
    opened = kernel.part(Files).get(fd)
    if opened is None:
        return -EBADF
    return 1 if opened.file.is_terminal else -ENOTTY


# -- status and names ------------------------------------------------------------------------------------------------


@trap("fstat")
def fstat(kernel: Kernel, fd: int, record: int) -> int:
    """fstat()."""
    if not record:
        return -EFAULT
    opened = kernel.part(Files).get(fd)
    return -EBADF if opened is None else store_status(kernel, opened.file, record)


@trap("stat")
def stat(kernel: Kernel, path: str | None, record: int) -> int:
    """stat()."""
    if not record:
        return -EFAULT
    refused = check_path(path)
    if refused:
        return refused
    assert path is not None
    found = kernel.part(Files).tree.find(path)
    return found if isinstance(found, int) else store_status(kernel, found, record)


def store_status(kernel: Kernel, file: FileObject, record: int) -> int:
    """Store what stat() tells of ``file``."""
    status = layouts.STAT_RECORD.pack(
        size=file.size,
        mode=file.kind | file.permissions,
        ino=file.ino,
        nlink=file.links,
        blksize=kernel.configuration["imfs_block_size"] if isinstance(file, RegularFile) else 0,
        uid=file.user,
        gid=file.group,
        atime=file.accessed,
        mtime=file.modified,
        ctime=file.changed,
        dev=file.device,
        rdev_minor=file.number[1],
        rdev_major=file.number[0],
    )
    kernel.memory.store(record, status)
    return 0


@trap("umask")
def umask(kernel: Kernel, mask: int) -> int:
    """umask(): return the one before."""
    before = kernel.part(Files).umask
    kernel.part(Files).umask = mask & 0o777
    return before


@trap("unlink")
def unlink(kernel: Kernel, path: str | None) -> int:
    """unlink()."""
    return check_path(path) or kernel.part(Files).tree.unlink(path or "")


@trap("mkdir")
def mkdir(kernel: Kernel, path: str | None, mode: int) -> int:
    """mkdir()."""
    files = kernel.part(Files)
    return check_path(path) or files.tree.create(path or "", Directory(mode & ~files.umask), seconds(kernel))


@trap("rmdir")
def rmdir(kernel: Kernel, path: str | None) -> int:
    """rmdir()."""
    return check_path(path) or kernel.part(Files).tree.rmdir(path or "")


@trap("symlink")
def symlink(kernel: Kernel, target: str | None, path: str | None) -> int:
    """symlink()."""
    refused = check_path(target) or check_path(path)
    return refused or kernel.part(Files).tree.create(path or "", Symlink(target or ""), seconds(kernel), follow=False)


@trap("mknod")
def mknod(kernel: Kernel, path: str | None, mode: int) -> int:
    """mknod(): a regular file, a directory or a FIFO."""
    refused = check_path(path)
    if refused:
        return refused
    files = kernel.part(Files)
    permissions = mode & ~files.umask
    kind = mode & S_IFMT
    if kind == S_IFREG:
        file = files.tree.create_file(path or "", permissions, seconds(kernel))
        return file if isinstance(file, int) else 0
    if kind == S_IFIFO:
        made = Pipe(permissions)
        return files.tree.create(path or "", made, seconds(kernel)) if are_configured(kernel) else -ENOSYS
    if kind == S_IFDIR:
        return files.tree.create(path or "", Directory(permissions), seconds(kernel))
    return -ENOTSUP if kind in (S_IFBLK, S_IFCHR) else -EINVAL


@trap("mlock")
def mlock(kernel: Kernel, address: int, length: int) -> int:
    """mlock(): there is nothing to lock, and RTEMS says so."""
    return -ENOMEM


@trap("munlock")
def munlock(kernel: Kernel, address: int, length: int) -> int:
    """munlock(): as mlock()."""
    return -ENOMEM
