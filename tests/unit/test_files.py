"""Descriptors and the small tree of files in memory."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, FakeGuest

from rtems_shim.abi import layouts
from rtems_shim.abi.errno import (
    EACCES,
    EBADF,
    EBUSY,
    EEXIST,
    EFAULT,
    EFBIG,
    EINVAL,
    EISDIR,
    ELOOP,
    EMFILE,
    ENAMETOOLONG,
    ENFILE,
    ENOENT,
    ENOSPC,
    ENOSYS,
    ENOTDIR,
    ENOTEMPTY,
    ENOTSUP,
    EPERM,
    ESPIPE,
)
from rtems_shim.files.file_tree import NODE_LIMIT, STORAGE_LIMIT

O_RDONLY, O_WRONLY, O_RDWR = 0, 1, 2
O_APPEND, O_CREAT, O_TRUNC, O_EXCL, O_NONBLOCK, O_DIRECTORY = 8, 0x200, 0x400, 0x800, 0x4000, 0x20_0000
O_NOFOLLOW = 0x10_0000
BUFFER = SCRATCH + 0x1000
S_IFIFO = 0o010000


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest(maximum_files=64)


def open_file(guest: FakeGuest, path: str, flags: int = O_CREAT | O_RDWR, mode: int = 0o644) -> int:
    return guest.trap("open", guest.string(path), flags, mode)


def write(guest: FakeGuest, fd: int, data: bytes) -> int:
    return guest.trap("write", fd, guest.put(BUFFER, data), len(data))


def read(guest: FakeGuest, fd: int, size: int = 100) -> bytes | int:
    count = guest.trap("read", fd, BUFFER, size)
    return guest.port.memory.peek(BUFFER, count) if count >= 0 else count


def status(guest: FakeGuest, path: str) -> dict[str, int] | int:
    result = guest.trap("stat", guest.string(path), BUFFER)
    return result or layouts.STAT_RECORD.unpack(guest.port.memory.peek(BUFFER, layouts.STAT_RECORD.size))


def seek(guest: FakeGuest, fd: int, offset: int, whence: int = 0) -> int:
    result = guest.trap("lseek", BUFFER, fd, offset, whence)
    return result or int.from_bytes(guest.port.memory.peek(BUFFER, 8), "little")


# -- the console -----------------------------------------------------------------------------------------------------


def test_the_first_three_descriptors_are_the_console(guest: FakeGuest) -> None:
    for fd in (0, 1, 2):
        assert guest.trap("isatty", fd) == 1
    assert read(guest, 0) == b"", "there is no input"
    assert write(guest, 0, b"hello ") == guest.trap("read", 1, BUFFER, 1) == -EBADF
    assert write(guest, 1, b"hello ") == write(guest, 2, b"hello ") == 6
    assert bytes(guest.port.output) == b"hello hello "
    assert write(guest, open_file(guest, "/dev/console"), b"!") == 1
    assert bytes(guest.port.output).endswith(b"!")


def test_the_console_writes_what_the_caller_may_read(guest: FakeGuest) -> None:
    guest.trap("write", 1, 0x2030_0000, 4)
    assert len(guest.port.faults) == 1
    assert not guest.port.output


def test_descriptors_that_are_not_open_are_refused(guest: FakeGuest) -> None:
    assert guest.trap("read", 3, BUFFER, 1) == -EBADF
    assert guest.trap("write", -1, BUFFER, 1) == -EBADF
    assert guest.trap("isatty", 3) == -EBADF
    assert guest.trap("ioctl", 3, 0, 0) == -EBADF
    assert guest.trap("fcntl", 3, 1, 0) == -EBADF
    assert guest.trap("dup", 3) == -EBADF
    assert guest.trap("lseek", BUFFER, 3, 0, 0) == -EBADF


def test_null_buffers_and_empty_transfers(guest: FakeGuest) -> None:
    assert guest.trap("write", 1, 0, 1) == -EINVAL
    assert guest.trap("read", 0, 0, 1) == -EINVAL
    assert guest.trap("write", 1, BUFFER, 0) == 0


# -- regular files ---------------------------------------------------------------------------------------------------


def test_a_file_keeps_what_was_written(guest: FakeGuest) -> None:
    fd = open_file(guest, "/file")
    assert write(guest, fd, b"0123456789") == 10
    assert read(guest, fd) == b""
    assert seek(guest, fd, 4) == 4
    assert read(guest, fd, 3) == b"456"
    assert seek(guest, fd, -2, 1) == 5
    assert write(guest, fd, b"xy") == 2
    assert seek(guest, fd, -5, 2) == 5
    assert read(guest, fd) == b"xy789"


def test_lseek_refuses_what_is_no_position(guest: FakeGuest) -> None:
    fd = open_file(guest, "/file")
    assert seek(guest, fd, -1) == -EINVAL
    assert seek(guest, fd, 0, 9) == -EINVAL
    assert guest.trap("lseek", BUFFER, 1, 0, 0) == -ESPIPE


def test_a_gap_in_a_file_reads_as_zeros(guest: FakeGuest) -> None:
    fd = open_file(guest, "/file")
    seek(guest, fd, 3)
    write(guest, fd, b"x")
    seek(guest, fd, 0)
    assert read(guest, fd) == b"\0\0\0x"


def test_ftruncate_cuts_and_extends_a_file(guest: FakeGuest) -> None:
    fd = open_file(guest, "/file")
    write(guest, fd, b"abcdef")
    assert guest.trap("ftruncate", fd, 3) == 0
    assert guest.trap("ftruncate", fd, 5) == 0
    seek(guest, fd, 0)
    assert read(guest, fd) == b"abc\0\0"
    assert guest.trap("ftruncate", open_file(guest, "/file", O_RDONLY), 0) == -EINVAL
    assert guest.trap("ftruncate", open_file(guest, "/dev", O_RDONLY), 0) == -EINVAL
    assert guest.trap("ftruncate", 1, 0) == 0, "a console has no length"
    assert guest.trap("ftruncate", 0, 0) == -EINVAL


def test_append_writes_at_the_end_and_trunc_empties(guest: FakeGuest) -> None:
    write(guest, open_file(guest, "/file"), b"abc")
    append = open_file(guest, "/file", O_RDWR | O_APPEND)
    write(guest, append, b"def")
    seek(guest, append, 0)
    assert read(guest, append) == b"abcdef"
    open_file(guest, "/file", O_RDWR | O_TRUNC)
    seek(guest, append, 0)
    assert read(guest, append) == b""


def test_a_descriptor_has_the_rights_it_was_opened_with(guest: FakeGuest) -> None:
    write_only = open_file(guest, "/file", O_CREAT | O_WRONLY)
    assert read(guest, write_only) == -EBADF
    assert write(guest, open_file(guest, "/file", O_RDONLY), b"x") == -EBADF


def test_a_duplicate_has_a_position_and_flags_of_its_own(guest: FakeGuest) -> None:
    fd = open_file(guest, "/file")
    write(guest, fd, b"abc")
    copy = guest.trap("dup", fd)
    assert seek(guest, copy, 0, 1) == 0
    assert seek(guest, fd, 0, 1) == 3
    guest.trap("fcntl", fd, 4, O_APPEND)
    assert guest.trap("fcntl", copy, 3, 0) == O_RDWR
    assert guest.trap("fcntl", guest.trap("fcntl", fd, 0, 20), 3, 0) == O_RDWR | O_APPEND
    assert guest.trap("close", fd) == 0
    assert write(guest, copy, b"d") == 1
    assert read(guest, copy) == b"bc"


def test_dup2_is_for_a_descriptor_that_is_open(guest: FakeGuest) -> None:
    fd, other = open_file(guest, "/file"), open_file(guest, "/other")
    assert guest.trap("dup2", fd, other + 1) == -EBADF
    assert guest.trap("dup2", fd, fd) == 0
    assert guest.trap("dup2", fd, other) == other
    write(guest, other, b"to file")
    assert read(guest, fd) == b"to file"


def test_fcntl_reads_and_sets_flags(guest: FakeGuest) -> None:
    fd = open_file(guest, "/file", O_CREAT | O_RDWR)
    assert guest.trap("fcntl", fd, 3, 0) == O_RDWR
    assert guest.trap("fcntl", fd, 4, O_APPEND | O_NONBLOCK | O_CREAT) == 0
    assert guest.trap("fcntl", fd, 3, 0) == O_RDWR | O_APPEND | O_NONBLOCK
    assert guest.trap("fcntl", fd, 1, 0) == 0
    assert guest.trap("fcntl", fd, 2, 1) == 0
    assert guest.trap("fcntl", fd, 1, 0) == 1
    assert guest.trap("fcntl", fd, 8, 0) == -ENOTSUP
    assert guest.trap("fcntl", fd, 99, 0) == -EINVAL


def test_files_have_limits_so_that_a_guest_cannot_grow_the_host() -> None:
    guest = FakeGuest(maximum_files=16)
    fd = open_file(guest, "/file")
    seek(guest, fd, STORAGE_LIMIT - 1)
    assert write(guest, fd, b"xx") == -ENOSPC
    assert write(guest, fd, b"x") == 1
    assert guest.trap("ftruncate", fd, STORAGE_LIMIT + 1) == -ENOSPC
    other = open_file(guest, "/other")
    assert write(guest, other, b"x") == -ENOSPC
    guest.trap("unlink", guest.string("/file"))
    assert write(guest, other, b"x") == -ENOSPC, "the open descriptor still holds it"
    guest.trap("close", fd)
    assert write(guest, other, b"x") == 1


def test_the_tree_has_a_limited_number_of_nodes(guest: FakeGuest) -> None:
    results = [guest.trap("mkdir", guest.string(f"/d{n}"), 0o755) for n in range(NODE_LIMIT)]
    assert results[-1] == -ENOSPC
    assert guest.trap("rmdir", guest.string("/d0")) == 0
    assert guest.trap("mkdir", guest.string("/again"), 0o755) == 0


def test_descriptors_have_a_limit() -> None:
    guest = FakeGuest(maximum_files=4)
    assert open_file(guest, "/a") == 3
    assert open_file(guest, "/a") == -ENFILE
    assert guest.trap("dup", 3) == -EMFILE


# -- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "flags", "error"),
    [
        ("/missing", O_RDONLY, ENOENT),
        ("", O_RDONLY, ENOENT),
        ("/missing/file", O_CREAT | O_RDWR, ENOENT),
        ("/file/below", O_RDONLY, ENOTDIR),
        ("/file", O_CREAT | O_EXCL | O_RDWR, EEXIST),
        ("/file", O_RDONLY | O_DIRECTORY, ENOTDIR),
        ("/dev", O_RDWR, EISDIR),
        ("/" + "x" * 256, O_CREAT | O_RDWR, ENAMETOOLONG),
        ("/" + "d/" * 600, O_RDONLY, ENAMETOOLONG),
        ("/loop", O_RDONLY, ELOOP),
    ],
)
def test_open_refuses(guest: FakeGuest, path: str, flags: int, error: int) -> None:
    open_file(guest, "/file")
    guest.trap("symlink", guest.string("/loop", SCRATCH), guest.string("/loop"))
    assert open_file(guest, path, flags) == -error


def test_a_null_path_is_enoent_as_on_rtems(guest: FakeGuest) -> None:
    assert guest.trap("open", 0, O_RDONLY, 0) == -ENOENT
    assert guest.trap("stat", 0, BUFFER) == -ENOENT
    assert guest.trap("stat", guest.string("/dev"), 0) == -EFAULT
    assert guest.trap("unlink", 0) == -ENOENT


def test_directories_links_and_dots_lead_to_files(guest: FakeGuest) -> None:
    assert guest.trap("mkdir", guest.string("/a"), 0o777) == 0
    assert guest.trap("mkdir", guest.string("/a/b"), 0o777) == 0
    write(guest, open_file(guest, "/a/b/file"), b"found")
    guest.trap("symlink", guest.string("b", SCRATCH), guest.string("/a/link"))
    guest.trap("symlink", guest.string("/a/link", SCRATCH), guest.string("/far"))
    for path in ("/a/b/file", "a/./b/file", "/a/link/file", "/far/file", "/../a/b/../b/file", "//a//b//file"):
        assert read(guest, open_file(guest, path, O_RDONLY)) == b"found", path


def test_stat_tells_kind_permissions_and_size(guest: FakeGuest) -> None:
    write(guest, open_file(guest, "/file", mode=0o666), b"12345")
    assert guest.trap("mkdir", guest.string("/dir"), 0o777) == 0
    found = [status(guest, path) for path in ("/file", "/dir", "/dev/console")]
    assert [(entry["mode"], entry["size"]) for entry in found if not isinstance(entry, int)] == [
        (0o100644, 5),
        (0o040755, 0),
        (0o020755, 0),
    ]
    assert status(guest, "/missing") == -ENOENT


def test_creating_through_a_dangling_link_makes_its_target(guest: FakeGuest) -> None:
    guest.trap("symlink", guest.string("/target", SCRATCH), guest.string("/link"))
    write(guest, open_file(guest, "/link"), b"x")
    assert read(guest, open_file(guest, "/target", O_RDONLY)) == b"x"


def test_removing_names(guest: FakeGuest) -> None:
    def answer(name: str, path: str) -> int:
        return guest.trap(name, guest.string(path))

    guest.trap("mkdir", guest.string("/dir"), 0o777)
    open_file(guest, "/dir/file")
    assert answer("rmdir", "/dir") == -ENOTEMPTY
    assert answer("unlink", "/dir") == -ENOTEMPTY
    assert answer("rmdir", "/dir/file") == -ENOTDIR
    assert answer("unlink", "/dir/file") == 0
    assert answer("unlink", "/dir/file") == -ENOENT
    assert answer("rmdir", "/dir") == 0
    assert answer("rmdir", "/dir") == -ENOENT
    assert answer("rmdir", "/") == -EBUSY
    assert guest.trap("mkdir", guest.string("/"), 0o777) == -EEXIST


def test_a_directory_has_further_names_also_within_itself(guest: FakeGuest) -> None:
    def answer(name: str, *words: int | str) -> int:
        places = (
            guest.string(word, SCRATCH + 64 * at) if isinstance(word, str) else word for at, word in enumerate(words)
        )
        return guest.trap(name, *places)

    for path in ("/a", "/a/b", "/other"):
        assert answer("mkdir", path, 0o777) == 0
    assert answer("link", "/a", "/a/b/self") == answer("link", "/a", "/other/a") == 0
    assert status(guest, "/a")["nlink"] == 3
    write(guest, open_file(guest, "/other/a/b/self/b/file"), b"found")
    assert read(guest, open_file(guest, "/a/b/file", O_RDONLY)) == b"found"
    assert answer("chdir", "/other/a/b/self") == 0
    assert read(guest, open_file(guest, "../other/../a/b/file", O_RDONLY)) == b"found", "the way up is the first name's"
    assert answer("rename", "/a", "/a/b/self/c") == answer("rename", "/other/a", "/a/b/c") == -EINVAL
    assert answer("rename", "/other/a", "/other/c") == 0
    assert answer("rmdir", "/a") == -ENOTEMPTY
    assert answer("unlink", "/a/b/self") == answer("rmdir", "/other/c") == 0
    assert answer("rmdir", "/a") == -ENOTEMPTY, "it has one name, and a file below it"


def test_a_directory_without_its_first_name_has_nothing_above_it(guest: FakeGuest) -> None:
    guest.trap("mkdir", guest.string("/a"), 0o777)
    guest.trap("mkdir", guest.string("/b"), 0o777)
    assert guest.trap("link", guest.string("/a"), guest.string("/b/a", SCRATCH)) == 0
    assert guest.trap("rmdir", guest.string("/a")) == 0
    assert open_file(guest, "/b/a/file") > 2
    assert guest.trap("rmdir", guest.string("/b/a")) == guest.trap("unlink", guest.string("/b/a")) == -ENOTEMPTY
    assert guest.trap("chdir", guest.string("/b/a")) == 0
    assert guest.trap("chdir", guest.string("..")) == open_file(guest, "../b/a/file") == -ENOENT
    assert guest.trap("getcwd", BUFFER, 100) == -ENOENT
    assert guest.trap("unlink", guest.string("file")) == guest.trap("unlink", guest.string("/b/a")) == 0
    assert guest.trap("mkdir", guest.string("/b/a"), 0o777) == 0


def test_a_file_system_with_a_directory_in_itself_is_unmounted_whole(guest: FakeGuest) -> None:
    for path in ("/m", "/m/a"):
        guest.trap("mkdir", guest.string(path), 0o777)
        guest.trap("mount", guest.string("/m"), 1)
    guest.trap("link", guest.string("/m/a"), guest.string("/m/a/self", SCRATCH))
    before = status(guest, "/m")["ino"]
    assert guest.trap("unmount", guest.string("/m")) == 0
    assert status(guest, "/m/a/self") == -ENOENT
    assert status(guest, "/m")["ino"] < before
    made = sum(guest.trap("mknod", guest.string(f"/n{at}"), 0o100644) == 0 for at in range(NODE_LIMIT))
    assert made == NODE_LIMIT - 4, "the first root, /dev, the console and /m are left"


def test_what_makes_files_asks_for_room_once_the_heap_is_short(guest: FakeGuest) -> None:
    fd = open_file(guest, "/file")
    assert write(guest, fd, b"12345") == 5
    guest.trap("heap_is_short")
    assert open_file(guest, "/file", O_CREAT | O_RDWR) > fd
    free = guest.trap("dup", fd)
    guest.trap("close", free)
    assert open_file(guest, "/new") == write(guest, fd, b"6") == -layouts.NEEDS_ROOM
    assert status(guest, "/new") == -ENOENT
    assert status(guest, "/file")["size"] == 5
    assert write(guest, fd | layouts.HAS_ROOM, b"6") == 1
    seek(guest, fd, 0)
    assert write(guest, fd, b"123") == 3, "it does not grow"
    assert open_file(guest, "/new", O_CREAT | O_RDWR | layouts.HAS_ROOM) == free + 1
    assert guest.trap("fcntl", free + 1, 3, 0) == O_RDWR


def test_a_call_on_a_device_node_is_the_program_s_to_serve(guest: FakeGuest) -> None:
    make = guest.string("/dev/mine"), 0o020666, layouts.DEVICE_DRIVER, 3, 9, 0, 0
    assert guest.trap("device_node", *make) == 0
    fd = open_file(guest, "/dev/mine", O_RDWR)
    assert write(guest, fd, b"abc") == guest.trap("read", fd, BUFFER, 3) == -layouts.DEVICE_CALL
    assert guest.trap("ioctl", fd, 1, 0) == -layouts.DEVICE_CALL
    assert (status(guest, "/dev/mine")["rdev_major"], status(guest, "/dev/mine")["rdev_minor"]) == (3, 9)
    guest.trap("device_moved", fd, 5)
    told = device(guest, fd)
    assert (told["kind"], told["first"], told["second"], told["position"]) == (layouts.DEVICE_DRIVER, 3, 9, 5)
    assert told["flags"] & 3 == O_RDWR
    assert guest.trap("ftruncate", fd, 9) == 0
    others = guest.trap("dup", fd), open_file(guest, "/dev/mine", O_RDWR)
    assert len({told["serial"], *(device(guest, other)["serial"] for other in others)}) == 3
    for fd in (0, 77):
        assert device(guest, fd)["kind"] == layouts.DEVICE_NONE
    assert guest.trap("device_node", *make[:2], 7, *make[3:]) == -EINVAL


def device(guest: FakeGuest, fd: int) -> dict[str, int]:
    guest.trap("device_of", fd, BUFFER)
    return layouts.DEVICE_OPENING.unpack(guest.port.memory.peek(BUFFER, layouts.DEVICE_OPENING.size))


def test_mknod_makes_files_and_no_fifo_that_is_not_configured(guest: FakeGuest) -> None:
    assert guest.trap("mknod", guest.string("/made"), 0o100600) == 0
    assert guest.trap("mknod", guest.string("/made"), 0o100600) == -EEXIST
    assert guest.trap("mknod", guest.string("/dir"), 0o040700) == 0
    assert guest.trap("rmdir", guest.string("/dir")) == 0
    assert guest.trap("mknod", guest.string("/socket"), 0o140600) == -EINVAL
    assert guest.trap("mknod", guest.string("/fifo"), S_IFIFO | 0o600) == -ENOSYS


def test_a_file_is_as_large_as_the_blocks_of_imfs_make_it() -> None:
    guest = FakeGuest(imfs_block_size=16)
    fd = open_file(guest, "/file")
    largest = (4 - 1 + 4**2 + 4**3) * 16 - 1
    assert guest.trap("ftruncate", fd, largest) == 0
    assert guest.trap("ftruncate", fd, largest + 1) == -EFBIG
    seek(guest, fd, largest - 1)
    assert write(guest, fd, b"xx") == -EFBIG
    assert write(guest, fd, b"x") == 1


def test_a_link_is_opened_itself_where_it_is_not_to_be_followed(guest: FakeGuest) -> None:
    write(guest, open_file(guest, "/file"), b"found")
    guest.trap("symlink", guest.string("/file", SCRATCH), guest.string("/link"))
    assert read(guest, open_file(guest, "/link", O_RDONLY)) == b"found"
    fd = open_file(guest, "/link", O_RDONLY | O_NOFOLLOW)
    assert guest.trap("fstat", fd, BUFFER) == 0
    found = layouts.STAT_RECORD.unpack(guest.port.memory.peek(BUFFER, layouts.STAT_RECORD.size))
    assert found["mode"] & 0o170000 == 0o120000
    assert open_file(guest, "/file", O_RDONLY | O_TRUNC) == -EINVAL


def test_a_chosen_root_can_be_left_again(guest: FakeGuest) -> None:
    for path in ("/a", "/a/b", "/c"):
        guest.trap("mkdir", guest.string(path), 0o777)
    assert guest.trap("chdir", guest.string("/c")) == 0
    assert guest.trap("chroot", guest.string("/a")) == 0
    assert not isinstance(status(guest, "/b"), int)
    assert status(guest, "/a") == -ENOENT
    assert guest.trap("chroot", guest.string("/b")) == -ENOENT, "paths begin where they began before"
    assert guest.trap("chroot", guest.string("/a/b")) == 0
    guest.trap("leave_root")
    assert not isinstance(status(guest, "/a/b"), int)
    assert guest.trap("chdir", guest.string("../c")) == 0


def test_times_are_set_by_who_may_write(guest: FakeGuest) -> None:
    open_file(guest, "/file", O_CREAT | O_RDWR)
    guest.put(BUFFER, (-1).to_bytes(8, "little", signed=True) + bytes(24))
    assert guest.trap("set_times", guest.string("/file"), -1, 1, BUFFER) == -EINVAL
    guest.put(BUFFER, bytes(32))
    guest.trap("set_identity", 1, 1)
    assert guest.trap("set_times", guest.string("/file"), -1, 1, 0) == -EACCES
    assert guest.trap("set_times", guest.string("/file"), -1, 1, BUFFER) == -EPERM
    guest.trap("set_identity", 0, 0)
    assert guest.trap("set_times", guest.string("/file"), -1, 1, BUFFER) == 0
