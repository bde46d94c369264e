"""Shared memory, mappings and descriptors as traps: the errno tables in the order of their checks, and /taskfs/."""

from __future__ import annotations

import pytest
from support.fake_port import MEMORY_ARENA, SCRATCH, STACK_ARENA, FakeGuest

from emulator.armv7m.faults import CAUSES, Access
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import (
    EACCES,
    EBADF,
    EEXIST,
    EFAULT,
    EINVAL,
    EIO,
    EMFILE,
    ENAMETOOLONG,
    ENFILE,
    ENODEV,
    ENOENT,
    ENOMEM,
    ENOSPC,
    ENOTSUP,
    ENOTTY,
    ENXIO,
    EOVERFLOW,
    ESPIPE,
)
from rtems_shim.abi.status import Status
from rtems_shim.files.mappings import (
    MAP_ANON,
    MAP_FIXED,
    MAP_PRIVATE,
    MAP_SHARED,
    MAPPING_LIMIT,
    PROT_EXEC,
    PROT_READ,
    PROT_WRITE,
)
from rtems_shim.protection.policy import EXECUTE, READ, READ_WRITE
from rtems_shim.protection.share_events import ShareMade, ShareRemoved

O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_EXCL, O_NONBLOCK = 0, 1, 2, 0x200, 0x400, 0x800, 0x4000
RW = PROT_READ | PROT_WRITE
PAGE = 4096
STACK_1, STACK_2, STACK_SIZE = 0x2004_1000, 0x2004_5000, 8192
BUFFER = SCRATCH + 0x1000


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest()


def shm_open(guest: FakeGuest, name: str, flags: int = O_CREAT | O_RDWR, mode: int = 0o600) -> int:
    return guest.trap("shm_open", guest.string(name), flags, mode)


def sized(guest: FakeGuest, name: str = "/shm", size: int = PAGE, flags: int = O_CREAT | O_RDWR) -> int:
    fd = shm_open(guest, name, flags)
    assert guest.trap("ftruncate", fd, size) == 0
    return fd


def mmap(guest: FakeGuest, fd: int, length: int = PAGE, prot: int = RW, flags: int = MAP_SHARED, addr: int = 0) -> int:
    return guest.trap("mmap", addr, length, prot, flags, fd, 0)


# -- shm_open --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "flags", "error"),
    [
        ("/a", O_WRONLY, EACCES),
        ("/a", 3, EACCES),
        ("/a", O_RDWR | O_CREAT | O_NONBLOCK, EACCES),
        ("/a", O_RDONLY | O_CREAT | O_TRUNC, EACCES),
        (None, O_RDWR | O_CREAT, EINVAL),
        ("/" + "x" * 255, O_RDWR | O_CREAT, ENAMETOOLONG),
        ("a", O_RDWR | O_CREAT, EINVAL),
        ("a", O_RDWR, EINVAL),
        ("", O_RDWR | O_CREAT, EINVAL),
        ("/a", O_RDWR, ENOENT),
        ("/there", O_RDWR | O_CREAT | O_EXCL, EEXIST),
        ("/no-rights", O_RDONLY, EACCES),
        ("/no-rights", O_RDWR, EACCES),
        ("/read-only", O_RDWR, EACCES),
        ("/write-only", O_RDONLY, EACCES),
    ],
)
def test_shm_open_refuses(guest: FakeGuest, name: str | None, flags: int, error: int) -> None:
    for made, mode in (("/there", 0o600), ("/no-rights", 0), ("/read-only", 0o400), ("/write-only", 0o200)):
        assert shm_open(guest, made, mode=mode) >= 0
    address = guest.string(name) if name is not None else 0
    assert guest.trap("shm_open", address, flags, 0o600) == -error


def test_shm_open_checks_flags_before_descriptors_and_descriptors_before_the_name() -> None:
    guest = FakeGuest(maximum_files=3)
    assert guest.trap("shm_open", 0, O_WRONLY, 0) == -EACCES
    assert guest.trap("shm_open", 0, O_RDWR, 0) == -EMFILE
    assert guest.trap("shm_open", guest.string("/" + "x" * 300), O_RDWR, 0) == -EMFILE


def test_shm_open_has_no_object_left_by_default() -> None:
    guest = FakeGuest(maximum_posix_shms=0)
    assert shm_open(guest, "/a") == -ENFILE
    assert shm_open(guest, "a") == -EINVAL
    assert shm_open(guest, "/a", O_RDWR) == -ENOENT


def test_shm_open_has_no_room_for_the_name_before_it_has_no_object() -> None:
    guest = FakeGuest(memory_arena_size=64, maximum_posix_shms=0)
    assert shm_open(guest, "/" + "x" * 100) == -ENOSPC
    assert shm_open(guest, "/x") == -ENFILE


def test_the_descriptor_that_has_been_free_longest_is_next_and_a_refused_shm_open_has_it_for_a_moment() -> None:
    guest = FakeGuest(maximum_files=6)
    assert shm_open(guest, "/" + "x" * 254) == 3, "255 characters are a name"
    assert shm_open(guest, "/absent", O_RDWR) == -ENOENT
    assert shm_open(guest, "/deep/er/name") == 5
    guest.trap("close", 3)
    assert shm_open(guest, "/again") == 4
    assert shm_open(guest, "/again") == 3


def test_opening_twice_names_one_object_and_excl_alone_is_ignored(guest: FakeGuest) -> None:
    first = sized(guest)
    second = shm_open(guest, "/shm", O_RDWR | O_EXCL)
    assert mmap(guest, first) == mmap(guest, second) == MEMORY_ARENA + PAGE


def test_the_umask_takes_bits_off_a_new_objects_mode(guest: FakeGuest) -> None:
    fd = shm_open(guest, "/a", mode=0o666)
    assert guest.trap("fstat", fd, BUFFER) == 0
    assert layouts.STAT_RECORD.unpack(guest.port.memory.peek(BUFFER, layouts.STAT_RECORD.size))["mode"] == 0o644
    assert guest.trap("umask", 0o777) == 0o022
    assert guest.trap("umask", 0) == 0o777


def test_trunc_empties_an_object_that_exists(guest: FakeGuest) -> None:
    fd = sized(guest)
    again = shm_open(guest, "/shm", O_RDWR | O_TRUNC)
    assert mmap(guest, fd) == -ENXIO
    assert guest.trap("ftruncate", again, 2 * PAGE) == 0


# -- shm_unlink, ftruncate, close ------------------------------------------------------------------------------------


def test_shm_unlink_refuses_and_removes_the_name_at_once(guest: FakeGuest) -> None:
    assert guest.trap("shm_unlink", 0) == -ENOENT
    assert guest.trap("shm_unlink", guest.string("/" + "x" * 255)) == -ENAMETOOLONG
    assert guest.trap("shm_unlink", guest.string("/shm")) == -ENOENT
    fd = sized(guest)
    assert guest.trap("shm_unlink", guest.string("/shm")) == 0
    assert shm_open(guest, "/shm", O_RDWR) == -ENOENT
    assert mmap(guest, fd) > 0, "the open descriptor still works"


def test_an_unlinked_object_is_given_back_with_its_last_reference() -> None:
    guest = FakeGuest(maximum_posix_shms=1)
    fd = sized(guest)
    address = mmap(guest, fd)
    guest.trap("shm_unlink", guest.string("/shm"))
    guest.trap("close", fd)
    assert shm_open(guest, "/new") == -ENFILE, "the mapping still holds it"
    guest.trap("munmap", address, PAGE)
    assert shm_open(guest, "/new") > 0


@pytest.mark.parametrize(
    ("fd", "length", "error"),
    [(77, -1, EINVAL), (77, 10, EBADF), ("read-only", 10, EINVAL), ("sized", PAGE, EIO), ("sized", 10, EIO)],
)
def test_ftruncate_refuses(guest: FakeGuest, fd: int | str, length: int, error: int) -> None:
    fds = {"sized": sized(guest), "read-only": shm_open(guest, "/shm", O_RDONLY)}
    assert guest.trap("ftruncate", fds.get(str(fd), fd), length) == -error


def test_ftruncate_without_memory_is_enomem_and_with_0_frees(guest: FakeGuest) -> None:
    fd = shm_open(guest, "/shm")
    assert guest.trap("ftruncate", fd, 1 << 31) == -ENOMEM
    assert guest.trap("ftruncate", fd, 0x000F_0000) == 0
    other = shm_open(guest, "/other")
    assert guest.trap("ftruncate", other, 0x000F_0000) == -ENOMEM
    assert guest.trap("ftruncate", fd, 0) == 0
    assert guest.trap("ftruncate", other, 0x000F_0000) == 0


def test_the_last_close_zeroes_and_frees_an_object_that_keeps_its_name(guest: FakeGuest) -> None:
    fd = sized(guest)
    address = mmap(guest, fd)
    guest.port.memory.poke(address, b"secret")
    guest.trap("munmap", address, PAGE)
    assert guest.port.memory.peek(address, 6) == b"secret"
    assert guest.trap("close", fd) == 0
    assert guest.port.memory.peek(address, 6) == bytes(6)
    again = shm_open(guest, "/shm", O_RDWR)
    assert mmap(guest, again) == -ENXIO, "its size is 0"
    assert guest.trap("ftruncate", again, 10) == 0


def test_close_refuses_what_is_not_open(guest: FakeGuest) -> None:
    for fd in (-1, 3, 7, 8, 100000):
        assert guest.trap("close", fd) == -EBADF
    assert guest.trap("close", 0) == 0
    assert guest.trap("close", 0) == -EBADF


def test_fstat_refuses_null_and_bad_descriptors(guest: FakeGuest) -> None:
    assert guest.trap("fstat", 3, 0) == -EFAULT
    assert guest.trap("fstat", 3, BUFFER) == -EBADF


def test_a_shared_memory_object_reads_from_its_start_and_has_no_write_lseek_or_ioctl(guest: FakeGuest) -> None:
    fd = sized(guest, size=10)
    guest.port.memory.poke(mmap(guest, fd, 10), b"0123456789")
    for _ in range(2):
        assert guest.trap("read", fd, BUFFER, 4) == 4
        assert guest.port.memory.peek(BUFFER, 4) == b"0123"
    assert guest.trap("read", fd, BUFFER, 100) == 10
    assert guest.trap("write", fd, BUFFER, 4) == -ENOTSUP
    assert guest.trap("lseek", BUFFER, fd, 0, 0) == -ESPIPE
    assert guest.trap("ioctl", fd, 1, 0) == -ENOTTY
    assert guest.trap("isatty", fd) == -ENOTTY


# -- mmap ------------------------------------------------------------------------------------------------------------

ANON = MAP_ANON | MAP_PRIVATE


@pytest.mark.parametrize(
    ("addr", "length", "prot", "flags", "fd", "offset", "error"),
    [
        (0, 0, 0, 0, 99, 0, EINVAL),  # no length, before everything else
        (0, PAGE, 0, 0x80, 99, 0, ENOTSUP),  # PROT_NONE
        (0, PAGE, PROT_READ, 0x80, 99, 0, ENOTSUP),  # no PROT_WRITE
        (0, PAGE, PROT_EXEC, MAP_SHARED, "shm", 0, ENOTSUP),
        (0, PAGE, RW, ANON, 0, 0, EINVAL),  # ANON with a descriptor
        (0, PAGE, RW, ANON, -1, PAGE, EINVAL),  # ANON with an offset
        (0, PAGE, RW, MAP_ANON | MAP_SHARED, -1, 0, EINVAL),
        (0, PAGE, RW, MAP_ANON | 0x80, -1, 0, EINVAL),  # an unknown flag
        (0, PAGE, RW, MAP_SHARED | MAP_PRIVATE, "shm", 0, EINVAL),
        (0, PAGE, RW, 0, "shm", 0, EINVAL),
        (0, PAGE, RW, MAP_FIXED | MAP_PRIVATE, 99, 0, EINVAL),  # FIXED at NULL, before the descriptor
        (1, PAGE, RW, MAP_FIXED | ANON, -1, 0, EINVAL),
        (PAGE - 1, PAGE, RW, MAP_FIXED | ANON, -1, 0, EINVAL),
        (0xFFFF_F000, PAGE, RW, MAP_FIXED | ANON, -1, 0, EINVAL),  # the end wraps
        (0xFFFF_E000, 2 * PAGE, RW, MAP_FIXED | ANON, -1, 0, EINVAL),
        (0, PAGE, RW, MAP_SHARED, 99, 0, EBADF),
        (0, PAGE, RW, MAP_SHARED, -1, 0, EBADF),
        (0, PAGE, RW, MAP_SHARED, "directory", 0, ENODEV),
        (0, PAGE, RW, MAP_PRIVATE, "file", 0, EOVERFLOW),
        (0, 100, RW, MAP_PRIVATE, "file", 0, EOVERFLOW),  # the whole file: RTEMS compares with >=
        (0, 1, RW, MAP_PRIVATE, "file", 100, EOVERFLOW),
        (0, PAGE + 1, RW, MAP_SHARED, "shm", 0, ENXIO),
        (0, 1, RW, MAP_SHARED, "shm", PAGE, ENXIO),
        (0, PAGE, RW, MAP_SHARED, "empty", 0, ENXIO),  # before any ftruncate
        (0, PAGE, RW, MAP_PRIVATE, "console", 0, EINVAL),  # a character device and PRIVATE
        (0, PAGE, RW, MAP_SHARED, "console", 0, ENOTSUP),  # no mmap handler
        (0, 0x0200_0000, RW, ANON, -1, 0, ENOMEM),
        (PAGE, PAGE, RW, MAP_FIXED | MAP_SHARED, "shm", 0, ENOTSUP),
        (2 * PAGE, PAGE, RW, MAP_FIXED | ANON, -1, 0, ENXIO),  # over an existing mapping
        (2 * PAGE, 4, RW, MAP_PRIVATE, "shm", 8, 0),  # addr is only a hint
    ],
)
def test_mmap_answers(
    guest: FakeGuest, addr: int, length: int, prot: int, flags: int, fd: int | str, offset: int, error: int
) -> None:
    fds = {
        "shm": sized(guest),
        "empty": shm_open(guest, "/empty"),
        "directory": guest.trap("open", guest.string("/dev"), O_RDONLY, 0),
        "console": guest.trap("open", guest.string("/dev/console"), O_RDONLY, 0),
        "file": guest.trap("open", guest.string("/file"), O_CREAT | O_RDWR, 0o600),
    }
    assert guest.trap("write", fds["file"], BUFFER, 100) == 100
    assert guest.trap("mmap", 2 * PAGE, PAGE, RW, MAP_FIXED | ANON, -1, 0) == 2 * PAGE
    result = guest.trap("mmap", addr, length, prot, flags, fds.get(str(fd), fd), offset)
    assert result == -error if error else result > 0


def test_a_fixed_anonymous_mapping_is_a_note_and_touches_no_memory(guest: FakeGuest) -> None:
    for address in (PAGE, 0x1000 * PAGE, SCRATCH):
        guest_memory = guest.port.memory.peek(SCRATCH, 16)
        assert guest.trap("mmap", address, PAGE, RW, MAP_FIXED | ANON, -1, 0) == address
        assert guest.port.memory.peek(SCRATCH, 16) == guest_memory


def test_mappings_have_a_limit(guest: FakeGuest) -> None:
    results = [guest.trap("mmap", n * PAGE, PAGE, RW, MAP_FIXED | ANON, -1, 0) for n in range(1, MAPPING_LIMIT + 2)]
    assert results[-2:] == [MAPPING_LIMIT * PAGE, -ENOMEM]


def test_an_anonymous_mapping_is_zeroed_page_aligned_and_freed_by_munmap(guest: FakeGuest) -> None:
    first = guest.trap("mmap", 0, 100, RW, MAP_ANON, -1, 0)
    assert first % PAGE == 0
    assert guest.port.memory.peek(first, 100) == bytes(100)
    guest.port.memory.poke(first, b"x" * 100)
    assert guest.trap("munmap", first + 99, 1) == 0, "the whole mapping goes"
    assert guest.trap("mmap", 0, 100, RW, MAP_ANON, -1, 0) == first
    assert guest.port.memory.peek(first, 100) == bytes(100)


def test_a_private_mapping_is_a_copy_and_a_shared_one_the_object(guest: FakeGuest) -> None:
    fd = sized(guest)
    shared = mmap(guest, fd)
    guest.port.memory.poke(shared, b"object")
    private = mmap(guest, fd, flags=MAP_PRIVATE)
    assert private != shared
    assert guest.port.memory.peek(private, 6) == b"object"
    guest.port.memory.poke(private, b"copy!!")
    assert guest.port.memory.peek(shared, 6) == b"object"
    assert mmap(guest, fd) == shared


def test_a_private_mapping_of_a_file_has_its_bytes(guest: FakeGuest) -> None:
    fd = guest.trap("open", guest.string("/file"), O_CREAT | O_RDWR, 0o600)
    guest.trap("write", fd, guest.put(BUFFER, b"abcdef"), 6)
    mapped = guest.trap("mmap", 0, 3, RW, MAP_PRIVATE, fd, 2)
    assert guest.port.memory.peek(mapped, 4) == b"cde\0"


def test_a_device_node_of_the_application_maps_its_own_memory(guest: FakeGuest) -> None:
    assert guest.trap("device_node", guest.string("/dev/mine"), 0o020666, 2, 0, 0, SCRATCH, PAGE) == 0
    fd = guest.trap("open", guest.string("/dev/mine"), O_RDONLY, 0)
    assert mmap(guest, fd) == SCRATCH
    assert mmap(guest, fd, flags=MAP_PRIVATE) == -EINVAL
    assert mmap(guest, fd, length=2 * PAGE) == -ENOTSUP


def test_munmap_mprotect_and_msync_as_rtems_has_them(guest: FakeGuest) -> None:
    assert guest.trap("munmap", SCRATCH, 0) == -EINVAL
    assert guest.trap("munmap", 0xFFFF_F000, PAGE) == -EINVAL
    assert guest.trap("munmap", SCRATCH, PAGE) == 0, "no mapping there"
    assert guest.trap("mprotect", SCRATCH, 0, 0) == 0
    assert guest.trap("msync", SCRATCH, PAGE, 0) == -EINVAL
    assert guest.trap("mlock", SCRATCH, PAGE) == -ENOMEM


# -- /taskfs/ --------------------------------------------------------------------------------------------------------


class Stacks:
    """Two threads with stacks of their own memory, the first one named 0x01; POSIX_Init executes."""

    def __init__(self) -> None:
        self.guest = FakeGuest(maximum_posix_shms=4)
        self.init = self.guest.executing
        self.one = self.guest.create_thread(priority=1, stack=(STACK_1, STACK_SIZE))
        self.two = self.guest.create_thread(priority=1, stack=(STACK_2, STACK_SIZE))
        assert self.guest.trap("rtems_object_set_name", self.one, self.guest.string("0x01")) == 0
        assert self.guest.executing == self.init

    def bound(self, flags: int = O_CREAT | O_RDWR, name: str = "/taskfs/0x01") -> int:
        return sized(self.guest, name, STACK_SIZE, flags)

    def map(self, fd: int, addr: int = STACK_2, prot: int = RW, flags: int = MAP_SHARED) -> int:
        return mmap(self.guest, fd, STACK_SIZE, prot, flags, addr)

    def end_one(self) -> None:
        """Init joins 0x01, which ends."""
        self.guest.call("pthread_join", self.one, 0)
        assert self.guest.executing == self.one
        self.guest.end_thread()
        assert self.guest.executing == self.init

    def rights(self, thread: int, owner: int | None = None) -> int:
        kernel = self.guest.kernel
        of, to = kernel.find_thread(owner or self.one), kernel.find_thread(thread)
        assert of is not None
        assert to is not None
        return kernel.protection.rights_of(to, of)


@pytest.fixture
def stacks() -> Stacks:
    return Stacks()


def test_the_blog_contract_maps_to_the_thread_whose_stack_base_is_given(stacks: Stacks) -> None:
    assert stacks.map(stacks.bound(), STACK_2) == STACK_1
    assert stacks.rights(stacks.two) == READ_WRITE
    assert stacks.rights(stacks.init) == 0
    (made,) = stacks.guest.events(ShareMade)
    assert (made.owner_name, made.target, made.via) == (
        "0x01",
        stacks.two,
        'mmap("/taskfs/0x01", PROT_READ | PROT_WRITE)',
    )


def test_the_null_contract_maps_to_the_caller(stacks: Stacks) -> None:
    assert stacks.map(stacks.bound(), 0) == STACK_1
    assert stacks.rights(stacks.init) == READ_WRITE
    check = stacks.guest.port.mpu.check
    assert check(STACK_1, 4, Access.WRITE, True) is None, "at once"


@pytest.mark.parametrize("addr", [STACK_2 + 8, STACK_2 - PAGE, SCRATCH, 0xFFFF_FFFF])
def test_any_other_address_is_refused(stacks: Stacks, addr: int) -> None:
    assert stacks.map(stacks.bound(), addr) == -EINVAL


def test_ftruncate_binds_and_the_length_must_be_the_stacks(stacks: Stacks) -> None:
    fd = shm_open(stacks.guest, "/taskfs/0x01")
    assert stacks.map(fd) == -ENXIO, "not bound yet"
    for length in (STACK_SIZE - 1, STACK_SIZE + 1, 1):
        assert stacks.guest.trap("ftruncate", fd, length) == -ENOMEM
    assert stacks.guest.trap("ftruncate", fd, -1) == -EINVAL
    assert stacks.guest.trap("ftruncate", fd, STACK_SIZE) == 0
    assert stacks.guest.trap("ftruncate", fd, STACK_SIZE) == 0, "and may bind again"


@pytest.mark.parametrize("name", ["UI1 ", "\x7fab ", "1   "])
def test_a_thread_is_found_by_all_four_characters_of_its_name(stacks: Stacks, name: str) -> None:
    assert stacks.guest.trap("rtems_object_set_name", stacks.one, stacks.guest.string(name)) == 0
    shown = name.replace("\x7f", "*")
    assert stacks.map(stacks.bound(name=f"/taskfs/{shown}"), STACK_2) == STACK_1
    fd = shm_open(stacks.guest, f"/taskfs/{shown.strip()}")
    assert stacks.guest.trap("ftruncate", fd, STACK_SIZE) == -ENOMEM


@pytest.mark.parametrize("name", ["/taskfs/none", "/taskfs/", "/taskfs/0x01x", "/taskfs/0x0"])
def test_an_unknown_thread_name_is_enomem_at_ftruncate(stacks: Stacks, name: str) -> None:
    fd = shm_open(stacks.guest, name)
    assert fd >= 0
    assert stacks.guest.trap("ftruncate", fd, STACK_SIZE) == -ENOMEM


@pytest.mark.parametrize(
    ("prot", "rights"),
    [
        (PROT_READ, READ),
        (PROT_WRITE, READ_WRITE),
        (RW, READ_WRITE),
        (PROT_READ | PROT_EXEC, READ | EXECUTE),
        (PROT_EXEC, READ | EXECUTE),
        (RW | PROT_EXEC, READ_WRITE | EXECUTE),
    ],
)
def test_the_protection_of_the_mapping_is_the_right_of_the_share(stacks: Stacks, prot: int, rights: int) -> None:
    assert stacks.map(stacks.bound(), prot=prot) == STACK_1
    assert stacks.rights(stacks.two) == rights


def test_a_mapping_has_no_more_rights_than_its_descriptor(stacks: Stacks) -> None:
    stacks.bound()
    read_only = shm_open(stacks.guest, "/taskfs/0x01", O_RDONLY)
    assert stacks.map(read_only) == -EACCES
    assert stacks.map(read_only, prot=PROT_READ) == STACK_1


@pytest.mark.parametrize(
    ("length", "prot", "flags", "error"),
    [
        (STACK_SIZE, 0, MAP_SHARED, ENOTSUP),
        (STACK_SIZE + 1, RW, MAP_SHARED, ENXIO),
        (STACK_SIZE - 1, RW, MAP_SHARED, EINVAL),
        (STACK_SIZE, RW, MAP_PRIVATE, EINVAL),
        (STACK_SIZE, RW, O_RDWR | MAP_SHARED, EINVAL),
        (STACK_SIZE, RW, MAP_SHARED | MAP_FIXED, ENOTSUP),
    ],
)
def test_a_stack_is_mapped_whole_and_shared(stacks: Stacks, length: int, prot: int, flags: int, error: int) -> None:
    fd = stacks.bound()
    assert stacks.guest.trap("mmap", STACK_2, length, prot, flags, fd, 0) == -error
    assert stacks.guest.trap("mmap", STACK_2, STACK_SIZE, RW, MAP_SHARED, fd, 8) == -ENXIO


def test_closing_the_last_descriptor_neither_zeroes_nor_ends_anything(stacks: Stacks) -> None:
    stacks.guest.port.memory.poke(STACK_1 + 64, b"alive")
    fd = stacks.bound()
    stacks.map(fd)
    assert stacks.guest.trap("close", fd) == 0
    assert stacks.guest.trap("shm_unlink", stacks.guest.string("/taskfs/0x01")) == 0
    assert stacks.guest.port.memory.peek(STACK_1 + 64, 5) == b"alive"
    assert stacks.rights(stacks.two) == READ_WRITE
    assert stacks.map(stacks.bound()) == STACK_1


def test_munmap_ends_the_share_of_the_target_and_the_fault_is_back(stacks: Stacks) -> None:
    stacks.map(stacks.bound())
    assert stacks.guest.trap("munmap", STACK_1 + 100, 1) == 0
    assert stacks.rights(stacks.two) == 0
    (removed,) = stacks.guest.events(ShareRemoved)
    assert (removed.target, removed.via, removed.caller) == (stacks.two, "munmap", stacks.init)


def test_munmap_takes_the_callers_own_share_first(stacks: Stacks) -> None:
    fd = stacks.bound()
    stacks.map(fd, STACK_2)
    stacks.map(fd, 0)
    stacks.guest.trap("munmap", STACK_1, STACK_SIZE)
    assert (stacks.rights(stacks.init), stacks.rights(stacks.two)) == (0, READ_WRITE)
    stacks.guest.trap("munmap", STACK_1, STACK_SIZE)
    assert stacks.rights(stacks.two) == 0


def test_mprotect_changes_a_share_within_what_the_descriptor_allowed(stacks: Stacks) -> None:
    stacks.map(stacks.bound())
    assert stacks.guest.trap("mprotect", STACK_1, STACK_SIZE, PROT_READ) == 0
    assert stacks.rights(stacks.two) == READ
    assert stacks.guest.trap("mprotect", STACK_1, STACK_SIZE, RW) == 0
    assert stacks.rights(stacks.two) == READ_WRITE
    assert stacks.guest.trap("mprotect", STACK_1, STACK_SIZE, 0) == 0
    assert stacks.rights(stacks.two) == 0
    stacks.map(shm_open(stacks.guest, "/taskfs/0x01", O_RDONLY), prot=PROT_READ)
    assert stacks.guest.trap("mprotect", STACK_1, STACK_SIZE, RW) == -EACCES
    assert stacks.rights(stacks.two) == READ


def test_an_object_bound_to_an_ended_thread_cannot_be_mapped(stacks: Stacks) -> None:
    fd = stacks.bound()
    stacks.map(fd)
    stacks.end_one()
    assert [event.via for event in stacks.guest.events(ShareRemoved)] == ["end of the owner"]
    assert stacks.map(fd) == -ENXIO
    assert stacks.guest.trap("ftruncate", fd, STACK_SIZE) == -ENOMEM


def test_the_ninth_share_is_emfile() -> None:
    guest = FakeGuest(maximum_posix_threads=16, maximum_posix_shms=16, maximum_files=16)
    results = []
    for n in range(9):
        thread = guest.create_thread(priority=1)
        guest.trap("rtems_object_set_name", thread, guest.string(f"T{n:03}"))
        fd = sized(guest, f"/taskfs/T{n:03}", 8192)
        results.append(mmap(guest, fd, 8192) >= STACK_ARENA)
    assert results == [True] * 8 + [False]
    assert guest.r0 == -EMFILE


def test_rtems_unshare_stack_names_target_and_owner(stacks: Stacks) -> None:
    stacks.map(stacks.bound())
    unshare = "rtems_unshare_stack"
    assert stacks.guest.trap(unshare, stacks.two, 0x0B01_7777) == Status.INVALID_ID
    assert stacks.guest.trap(unshare, 0, stacks.one) == Status.UNSATISFIED, "Init has no share"
    assert stacks.guest.trap(unshare, stacks.two, stacks.one) == Status.SUCCESSFUL
    assert stacks.rights(stacks.two) == 0


def test_reading_a_stack_object_is_an_access_to_the_stack(stacks: Stacks) -> None:
    fd = stacks.bound()
    stacks.guest.trap("read", fd, BUFFER, 16)
    (fault, _) = stacks.guest.port.faults[0]
    assert (fault.cause, fault.address) == (CAUSES["DACCVIOL"], STACK_1)
    stacks.map(fd, 0, PROT_READ)
    assert stacks.guest.trap("read", fd, BUFFER, 16) == 16


def test_rtems_stack_release_gives_an_ended_threads_stack_back(stacks: Stacks) -> None:
    guest = stacks.guest
    assert guest.trap("rtems_stack_release", STACK_1) == EINVAL
    stacks.end_one()
    assert guest.port.mpu.check(STACK_1, 4, Access.WRITE, True) is not None
    assert guest.trap("rtems_stack_release", STACK_1) == 0
    assert guest.port.mpu.check(STACK_1, 4, Access.WRITE, True) is None


def test_a_stack_can_be_shared_by_its_owner_with_itself_to_no_effect(stacks: Stacks) -> None:
    assert stacks.map(stacks.bound(), STACK_1, PROT_READ) == STACK_1
    assert stacks.rights(stacks.one) == READ_WRITE
    assert stacks.guest.events(ShareMade) == []
