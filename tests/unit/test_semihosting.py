"""Semihosting requests of a scripted program: results, errors, virtual time, files below their root and in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.devices.clock import VirtualClock
from emulator.errors import ConfigError, GuestAccessError
from emulator.semihosting import semihosting_files, semihosting_memory
from emulator.semihosting.semihosting import EPOCH, FAILURE, Semihosting, SemihostingSetup
from emulator.semihosting.semihosting_files import RootDirectory

SYS_OPEN, SYS_CLOSE, SYS_WRITEC, SYS_WRITE0, SYS_WRITE, SYS_READ, SYS_READC, SYS_ISERROR = range(1, 9)
SYS_ISTTY, SYS_SEEK, SYS_FLEN, SYS_TMPNAM, SYS_REMOVE, SYS_RENAME = 0x09, 0x0A, 0x0C, 0x0D, 0x0E, 0x0F
SYS_CLOCK, SYS_TIME, SYS_SYSTEM, SYS_ERRNO, SYS_GET_CMDLINE, SYS_HEAPINFO = 0x10, 0x11, 0x12, 0x13, 0x15, 0x16
SYS_EXIT, SYS_EXIT_EXTENDED, SYS_ELAPSED, SYS_TICKFREQ = 0x18, 0x20, 0x30, 0x31
R, RB, R_PLUS, W, W_PLUS, A, A_PLUS = 0, 1, 2, 4, 6, 8, 10
EPERM, ENOENT, E2BIG, EBADF, EACCES, EFAULT, EINVAL, EMFILE = 1, 2, 7, 9, 13, 14, 22, 24
ENOTTY, EFBIG, ENOSPC, ESPIPE, ENOSYS, ENAMETOOLONG = 25, 27, 28, 29, 88, 91

BASE, SIZE = 0x2000_0000, 0x4000
BLOCK, TEXT, OTHER = BASE, BASE + 0x100, BASE + 0x2000


class FakeMemory:
    """One memory of 16 KiB."""

    def __init__(self) -> None:
        self.data = bytearray(SIZE)

    def _offset(self, address: int, size: int) -> int:
        if not BASE <= address <= address + size <= BASE + SIZE:
            raise GuestAccessError("no memory")
        return address - BASE

    def peek(self, address: int, size: int) -> bytes:
        offset = self._offset(address, size)
        return bytes(self.data[offset : offset + size])

    def poke(self, address: int, data: bytes) -> None:
        offset = self._offset(address, len(data))
        self.data[offset : offset + len(data)] = data


class Program:
    """Makes requests as a program does, with its parameter block at BLOCK."""

    def __init__(self, root: RootDirectory | None = None, command_line: str = "", stdin: bytes = b"") -> None:
        self.memory = FakeMemory()
        self.clock = VirtualClock()
        self.sent: list[tuple[str, bytes]] = []
        self.exits: list[int] = []
        self.input = list(stdin)
        self.host = Semihosting(
            SemihostingSetup(
                memory=self.memory,
                clock=self.clock,
                frequency=1_000_000,
                send=lambda channel, data: self.sent.append((channel, data)),
                receive=lambda channel: self.input.pop(0) if self.input else None,
                exit=self.exits.append,
                command_line=command_line,
                heap=(0x2000_1000, 0x2000_4000),
                root=root,
            )
        )

    def call(self, operation: int, *words: int) -> int:
        self.memory.poke(BLOCK, b"".join((word & 0xFFFF_FFFF).to_bytes(4, "little") for word in words))
        result = self.host.handle(operation, BLOCK)
        assert result is not None
        return result

    def text(self, data: bytes, address: int = TEXT) -> int:
        self.memory.poke(address, data + b"\0")
        return address

    def open(self, name: bytes, mode: int) -> int:
        return self.call(SYS_OPEN, self.text(name), mode, len(name))

    def write(self, handle: int, data: bytes) -> int:
        return self.call(SYS_WRITE, handle, self.text(data, OTHER), len(data))

    def read(self, handle: int, size: int) -> tuple[int, bytes]:
        left = self.call(SYS_READ, handle, OTHER, size)
        return left, self.memory.peek(OTHER, size - left)

    def word(self, address: int) -> int:
        return int.from_bytes(self.memory.peek(address, 4), "little")

    @property
    def errno(self) -> int:
        return self.call(SYS_ERRNO)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[RootDirectory]:
    (tmp_path / "root").mkdir()
    directory = RootDirectory(tmp_path / "root")
    yield directory
    directory.close()


@pytest.fixture
def program(root: RootDirectory) -> Iterator[Program]:
    made = Program(root)
    yield made
    made.host.reset()


# -- the console ---------------------------------------------------------------------------------------------------


def test_writec_and_write0_send_to_standard_output() -> None:
    program = Program()
    program.memory.poke(TEXT, b"hello\0")
    assert program.host.handle(SYS_WRITEC, TEXT) == 0xDEAD_BEEF
    assert program.host.handle(SYS_WRITE0, TEXT) == 0xDEAD_BEEF
    assert b"".join(data for _, data in program.sent) == b"hhello"
    assert {channel for channel, _ in program.sent} == {"stdout"}


def test_write0_without_an_end_stops_where_the_memory_does() -> None:
    program = Program()
    program.memory.poke(BASE + SIZE - 100, b"x" * 100)
    program.host.handle(SYS_WRITE0, BASE + SIZE - 100)
    assert b"".join(data for _, data in program.sent) == b"x" * 100


@pytest.mark.parametrize(
    ("mode", "channel"),
    [(R, None), (R_PLUS + 1, None), (W, "stdout"), (W_PLUS, "stdout"), (A, "stderr"), (11, "stderr")],
)
def test_the_mode_of_tt_chooses_the_stream(mode: int, channel: str | None) -> None:
    program = Program(stdin=b"ab")
    handle = program.open(b":tt", mode)
    left = program.write(handle, b"text")
    assert (left, program.sent) == ((0, [(channel, b"text")]) if channel else (4, []))
    assert program.read(handle, 2) == ((2, b"") if channel else (0, b"ab"))
    assert program.call(SYS_ISTTY, handle) == 1


def test_a_read_of_the_console_ends_with_a_line_and_at_the_end() -> None:
    program = Program(stdin=b"one\ntwo")
    handle = program.open(b":tt", R)
    assert program.read(handle, 60) == (56, b"one\n")
    assert program.read(handle, 2) == (0, b"tw")
    assert program.read(handle, 60) == (59, b"o")
    assert program.read(handle, 60) == (60, b"")


def test_readc_returns_a_byte_or_minus_one_at_the_end() -> None:
    program = Program(stdin=b"\xff")
    assert [program.call(SYS_READC), program.call(SYS_READC)] == [0xFF, FAILURE]


def test_a_console_has_no_position_and_no_length() -> None:
    program = Program()
    handle = program.open(b":tt", W)
    assert (program.call(SYS_SEEK, handle, 0), program.errno) == (FAILURE, ESPIPE)
    assert program.call(SYS_FLEN, handle) == 0


def test_large_output_goes_out_in_pieces_of_bounded_size() -> None:
    program = Program()
    handle = program.open(b":tt", W)
    assert program.call(SYS_WRITE, handle, BASE, SIZE) == 0
    assert sum(len(data) for _, data in program.sent) == SIZE
    assert program.call(SYS_WRITE, handle, BASE, 0xFFFF_FFFF) == 0xFFFF_FFFF
    assert program.errno == EFAULT


# -- handles -------------------------------------------------------------------------------------------------------


def test_handles_begin_at_one_and_the_lowest_free_one_is_next() -> None:
    program = Program()
    assert [program.open(b":tt", W) for _ in range(3)] == [1, 2, 3]
    assert program.call(SYS_CLOSE, 2) == 0
    assert (program.call(SYS_CLOSE, 2), program.errno) == (FAILURE, EBADF)
    assert program.open(b":tt", R) == 2


def test_there_are_at_most_32_handles() -> None:
    program = Program()
    assert [program.open(b":tt", W) for _ in range(33)] == [*range(1, 33), FAILURE]
    assert program.errno == EMFILE


@pytest.mark.parametrize("operation", [SYS_CLOSE, SYS_ISTTY, SYS_SEEK, SYS_FLEN])
def test_a_handle_that_is_not_open_is_refused(operation: int) -> None:
    program = Program()
    assert (program.call(operation, 1, 0, 0), program.errno) == (FAILURE, EBADF)


@pytest.mark.parametrize("operation", [SYS_READ, SYS_WRITE])
def test_reading_or_writing_such_a_handle_does_nothing_of_what_was_asked(operation: int) -> None:
    program = Program()
    assert (program.call(operation, 1, TEXT, 5), program.errno) == (5, EBADF)


@pytest.mark.parametrize("mode", [12, 0xFFFF_FFFF])
def test_a_mode_that_is_none_is_refused(mode: int) -> None:
    program = Program()
    assert (program.open(b":tt", mode), program.errno) == (FAILURE, EINVAL)


@pytest.mark.parametrize(
    "operation", [*range(1, 11), *range(12, 17), SYS_SYSTEM, SYS_GET_CMDLINE, SYS_HEAPINFO, 0x20, SYS_ELAPSED]
)
def test_a_parameter_block_outside_memory_is_an_error_and_nothing_else(operation: int) -> None:
    program = Program()
    result = program.host.handle(operation, 0xF000_0000)
    assert result is not None
    assert program.exits == []
    if operation not in (SYS_WRITE0, SYS_READC, SYS_CLOCK, SYS_SYSTEM):
        assert (result, program.errno) == (FAILURE, EFAULT)


def test_an_unknown_request_is_refused() -> None:
    program = Program()
    assert (program.call(0x99), program.errno) == (FAILURE, ENOSYS)
    assert program.call(0xFFFF_FFFF) == FAILURE


def test_the_last_error_stays_until_the_next() -> None:
    program = Program()
    program.open(b":tt", 12)
    program.open(b":tt", W)
    assert program.errno == EINVAL
    program.host.reset()
    assert program.errno == 0


def test_the_features_are_announced() -> None:
    program = Program()
    handle = program.open(b":semihosting-features", RB)
    assert program.call(SYS_FLEN, handle) == 5
    assert program.read(handle, 4) == (0, b"SHFB")
    assert program.read(handle, 10) == (9, b"\x03")
    assert (program.call(SYS_SEEK, handle, 4), program.read(handle, 1)) == (0, (0, b"\x03"))
    assert (program.call(SYS_SEEK, handle, 6), program.errno) == (FAILURE, EINVAL)
    assert (program.write(handle, b"x"), program.errno) == (1, EBADF)
    assert (program.call(SYS_ISTTY, handle), program.errno) == (0, ENOTTY)
    assert (program.open(b":semihosting-features", W), program.errno) == (FAILURE, EACCES)


# -- time and surroundings -----------------------------------------------------------------------------------------


def test_time_is_virtual() -> None:
    program = Program()
    assert [program.call(op) for op in (SYS_CLOCK, SYS_TIME, SYS_TICKFREQ)] == [0, EPOCH, 1_000_000_000]
    program.clock.skip_to(12_345_678)
    assert [program.call(op) for op in (SYS_CLOCK, SYS_TIME)] == [1234, EPOCH + 12]
    assert program.call(SYS_ELAPSED) == 0
    assert program.word(BLOCK) | program.word(BLOCK + 4) << 32 == 12_345_678_000


def test_the_command_line_is_given_with_its_length() -> None:
    program = Program(command_line="app.elf one two")
    assert program.call(SYS_GET_CMDLINE, TEXT, 16) == 0
    assert program.memory.peek(TEXT, 16) == b"app.elf one two\0"
    assert program.word(BLOCK + 4) == 15
    assert (program.call(SYS_GET_CMDLINE, TEXT, 15), program.errno) == (FAILURE, E2BIG)


def test_heap_and_stack_share_the_memory_that_is_free() -> None:
    program = Program()
    assert program.call(SYS_HEAPINFO, TEXT) == 0
    assert [program.word(TEXT + 4 * n) for n in range(4)] == [0x2000_1000, 0x2000_4000, 0x2000_4000, 0x2000_1000]


@pytest.mark.parametrize(("status", "answer"), [(0, 0), (5, 0), (0x7FFF_FFFF, 0), (0x8000_0000, 1), (0xFFFF_FFFF, 1)])
def test_iserror_looks_at_the_sign(status: int, answer: int) -> None:
    assert Program().call(SYS_ISERROR, status) == answer


def test_names_of_temporary_files_follow_from_their_number() -> None:
    program = Program()
    assert program.call(SYS_TMPNAM, TEXT, 0x10A, 7) == 0
    assert program.memory.peek(TEXT, 7) == b"tmp-0a\0"
    assert program.call(SYS_TMPNAM, TEXT, 0x10A, 6) == FAILURE


def test_host_commands_are_refused() -> None:
    program = Program()
    assert (program.call(SYS_SYSTEM, program.text(b"true"), 4), program.errno) == (FAILURE, EPERM)


@pytest.mark.parametrize(("reason", "code"), [(0x20026, 0), (0x20023, 1), (0, 1)])
def test_exit_is_a_success_for_one_reason_only(reason: int, code: int) -> None:
    program = Program()
    assert program.host.handle(SYS_EXIT, reason) is None
    assert program.exits == [code]


@pytest.mark.parametrize(
    ("reason", "code", "answer"), [(0x20026, 42, 42), (0x20026, 0xFFFF_FFFF, -1), (0x20023, 42, 1)]
)
def test_exit_extended_has_a_code(reason: int, code: int, answer: int) -> None:
    program = Program()
    program.memory.poke(BLOCK, reason.to_bytes(4, "little") + code.to_bytes(4, "little"))
    assert program.host.handle(SYS_EXIT_EXTENDED, BLOCK) is None
    assert program.exits == [answer]


# -- files ---------------------------------------------------------------------------------------------------------


def test_a_file_is_written_read_sought_and_measured(program: Program, tmp_path: Path) -> None:
    handle = program.open(b"file", W_PLUS)
    assert program.write(handle, b"0123456789") == 0
    assert program.call(SYS_FLEN, handle) == 10
    assert program.call(SYS_SEEK, handle, 4) == 0
    assert program.read(handle, 3) == (0, b"456")
    assert program.write(handle, b"X") == 0
    assert program.read(handle, 10) == (8, b"89")
    assert (program.call(SYS_ISTTY, handle), program.errno) == (0, ENOTTY)
    assert program.call(SYS_CLOSE, handle) == 0
    assert (tmp_path / "root" / "file").read_bytes() == b"0123456X89"


@pytest.mark.parametrize(
    ("mode", "content", "reads", "writes"),
    [
        (R, b"old", True, False),
        (R_PLUS, b"new", True, True),
        (W, b"new", False, True),
        (W_PLUS, b"new", True, True),
        (A, b"oldnew", False, True),
        (A_PLUS, b"new", True, True),
    ],
)
def test_each_mode_opens_as_it_says(
    program: Program, tmp_path: Path, mode: int, content: bytes, reads: bool, writes: bool
) -> None:
    path = tmp_path / "root" / "file"
    path.write_bytes(b"old")
    handle = program.open(b"file", mode)
    assert program.write(handle, b"new") == (0 if writes else 3)
    assert path.read_bytes() == (content if writes else b"old")
    program.call(SYS_SEEK, handle, 0)
    left, data = program.read(handle, 3)
    assert (left, data) == ((0, content[:3]) if reads else (3, b""))


@pytest.mark.parametrize(("mode", "error"), [(R, ENOENT), (R_PLUS, ENOENT), (W, 0), (A, 0), (A_PLUS, 0)])
def test_only_some_modes_make_a_file(program: Program, tmp_path: Path, mode: int, error: int) -> None:
    assert (program.open(b"file", mode) == FAILURE, program.errno) == (error != 0, error)
    assert (tmp_path / "root" / "file").exists() == (error == 0)


def test_remove_and_rename(program: Program, tmp_path: Path) -> None:
    top = tmp_path / "root"
    (top / "sub").mkdir()
    (top / "a").write_bytes(b"a")
    (top / "sub" / "b").write_bytes(b"b")
    old, new = program.text(b"a"), program.text(b"sub/b", OTHER)
    assert program.call(SYS_RENAME, old, 1, new, 5) == 0
    assert (top / "sub" / "b").read_bytes() == b"a"
    assert (program.call(SYS_RENAME, old, 1, new, 5), program.errno) == (FAILURE, ENOENT)
    assert program.call(SYS_REMOVE, new, 5) == 0
    assert (program.call(SYS_REMOVE, new, 5), program.errno) == (FAILURE, ENOENT)


def test_a_name_must_end_where_the_program_says(program: Program) -> None:
    assert (program.call(SYS_OPEN, program.text(b"file"), W, 3), program.errno) == (FAILURE, EINVAL)
    assert (program.call(SYS_OPEN, program.text(b"file"), W, 0x7FFF_FFFF), program.errno) == (FAILURE, ENAMETOOLONG)
    assert (program.call(SYS_OPEN, 0xF000_0000, W, 3), program.errno) == (FAILURE, EFAULT)


ESCAPES = [
    *(b"/etc/passwd", b"//etc/passwd", b"../secret", b"sub/../../secret", b"sub/..", b"..", b".", b"sub", b"sub/"),
    *(b"./../secret", b"link", b"sub/link", b"out/secret", b"out/made", b"loop", b"loop/x", b"fifo", b"x" * 300),
    *(b"missing/new", b"a/" * 40 + b"b", b"\xff\xfe/../../secret"),
]


@pytest.mark.parametrize("name", ESCAPES, ids=lambda name: repr(name[:20]))
def test_no_name_leads_out_of_the_root(tmp_path: Path, name: bytes) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    top = tmp_path / "root"
    (top / "sub").mkdir(parents=True)
    (top / "link").symlink_to(secret)
    (top / "sub" / "link").symlink_to("../../secret")
    (top / "out").symlink_to(tmp_path)
    (top / "loop").symlink_to("loop")
    (top / "inside").write_bytes(b"")
    os.mkfifo(top / "fifo")
    directory = RootDirectory(top)
    program = Program(directory)
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    for mode in (R, R_PLUS, W, A):
        assert program.open(name, mode) == FAILURE
        assert program.errno in (EACCES, ENOENT, ENAMETOOLONG)
    inside = program.text(b"inside", OTHER)
    assert program.call(SYS_REMOVE, program.text(name), len(name)) == FAILURE
    assert program.call(SYS_RENAME, program.text(name), len(name), inside, 6) == FAILURE
    assert program.call(SYS_RENAME, inside, 6, program.text(name), len(name)) == FAILURE
    assert secret.read_bytes() == b"secret"
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before
    directory.close()


@pytest.mark.parametrize("name", [b"file", b"./file", b"sub/./file", b"sub//file"])
def test_names_inside_the_root_are_found(tmp_path: Path, name: bytes) -> None:
    (tmp_path / "root" / "sub").mkdir(parents=True)
    program = Program(RootDirectory(tmp_path / "root"))
    assert program.open(name, W) == 1
    program.host.reset()


def test_a_program_does_not_wait_for_a_pipe_or_reach_a_device(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    program = Program(RootDirectory(tmp_path))
    assert (program.open(b"fifo", W), program.errno) == (FAILURE, EACCES)


@pytest.mark.parametrize("path", ["/proc", "/proc/self", "/sys", "/dev"])
def test_the_systems_own_file_systems_cannot_be_a_root(path: str) -> None:
    if not Path(path).exists() or Path(path).stat().st_dev == Path("/").stat().st_dev:
        pytest.skip(f"{path} is no file system of its own here")
    with pytest.raises(ConfigError, match="holds no plain files"):
        RootDirectory(path)


def test_another_file_system_below_the_root_is_not_entered() -> None:
    if Path("/proc").stat().st_dev == Path("/").stat().st_dev:
        pytest.skip("/proc is no file system of its own here")
    program = Program(RootDirectory("/"))
    assert (program.open(b"proc/self/status", R), program.errno) == (FAILURE, EACCES)


@pytest.mark.parametrize("name", ["missing", "file", "nul\0"])
def test_a_root_that_is_no_directory_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match="--semihosting-root ") as caught:
        RootDirectory(f"{tmp_path}/{name}")
    assert "\n" not in str(caught.value)
    assert "\0" not in str(caught.value)


# -- limits --------------------------------------------------------------------------------------------------------


def test_a_file_cannot_grow_beyond_its_limit(program: Program, tmp_path: Path) -> None:
    handle = program.open(b"file", W)
    program.call(SYS_SEEK, handle, semihosting_files.LARGEST_FILE - 2)
    assert (program.write(handle, b"ab"), program.write(handle, b"c"), program.errno) == (0, 1, EFBIG)
    assert (tmp_path / "root" / "file").stat().st_size == semihosting_files.LARGEST_FILE
    assert (program.call(SYS_SEEK, handle, 0x8000_0000), program.errno) == (FAILURE, EINVAL)


def test_a_run_cannot_grow_its_files_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semihosting_files, "LARGEST_GROWTH", 1000)
    program = Program(RootDirectory(tmp_path))
    handle = program.open(b"file", W)
    assert (program.write(handle, b"x" * 900), program.write(handle, b"y" * 200), program.errno) == (0, 200, ENOSPC)
    program.call(SYS_SEEK, handle, 0)
    assert program.write(handle, b"z" * 900) == 0
    assert (tmp_path / "file").stat().st_size == 900


def test_a_run_cannot_create_files_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semihosting_files, "MOST_CREATED", 3)
    program = Program(RootDirectory(tmp_path))
    for number in range(5):
        handle = program.open(b"file%d" % number, W)
        assert (handle == FAILURE) == (number >= 3)
        if handle == FAILURE:
            assert program.errno == ENOSPC
        else:
            program.call(SYS_CLOSE, handle)
    assert program.open(b"file0", W) == 1


def open_descriptors() -> int:
    """Return how many descriptors this process has, 0 where that cannot be told."""
    place = Path("/proc/self/fd")
    return len(list(place.iterdir())) if place.exists() else 0


def test_reset_closes_what_the_program_left_open(tmp_path: Path) -> None:
    program = Program(RootDirectory(tmp_path))
    descriptors = open_descriptors()
    for number in range(10):
        assert program.open(b"file%d" % number, W) == number + 1
    program.host.reset()
    assert program.call(SYS_CLOSE, 1) == FAILURE
    assert open_descriptors() == descriptors


# -- files in memory -----------------------------------------------------------------------------------------------


@pytest.fixture
def rootless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """A program without a root, in a directory where nothing may appear."""
    monkeypatch.chdir(tmp_path)
    yield Program()
    assert list(tmp_path.iterdir()) == []


def content_of(program: Program, name: bytes) -> bytes | None:
    """Return what a file holds as the program reads it, None when it is not there."""
    handle = program.open(name, RB)
    if handle == FAILURE:
        assert program.errno == ENOENT
        return None
    size = program.call(SYS_FLEN, handle)
    assert program.call(SYS_READ, handle, OTHER, size + 1) == 1
    assert program.call(SYS_CLOSE, handle) == 0
    return program.memory.peek(OTHER, size)


def put(program: Program, name: bytes, data: bytes, mode: int = W) -> None:
    handle = program.open(name, mode)
    assert program.write(handle, data) == 0
    assert program.call(SYS_CLOSE, handle) == 0


def test_without_a_root_a_program_has_files_of_its_own(rootless: Program) -> None:
    assert content_of(rootless, b"/tmp/file") is None
    handle = rootless.open(b"/tmp/file", W_PLUS)
    assert rootless.write(handle, b"0123456789") == 0
    assert rootless.call(SYS_FLEN, handle) == 10
    assert rootless.call(SYS_SEEK, handle, 4) == 0
    assert rootless.read(handle, 3) == (0, b"456")
    assert rootless.write(handle, b"X") == 0
    assert rootless.read(handle, 10) == (8, b"89")
    assert (rootless.call(SYS_ISTTY, handle), rootless.errno) == (0, ENOTTY)
    assert rootless.call(SYS_CLOSE, handle) == 0
    assert content_of(rootless, b"/tmp/file") == b"0123456X89"


@pytest.mark.parametrize(
    ("mode", "content", "reads", "writes"),
    [
        (R, b"old", True, False),
        (R_PLUS, b"new", True, True),
        (W, b"new", False, True),
        (W_PLUS, b"new", True, True),
        (A, b"oldnew", False, True),
        (A_PLUS, b"new", True, True),
    ],
)
def test_each_mode_opens_a_file_in_memory_as_it_says(
    rootless: Program, mode: int, content: bytes, reads: bool, writes: bool
) -> None:
    put(rootless, b"file", b"old")
    handle = rootless.open(b"file", mode)
    assert rootless.write(handle, b"new") == (0 if writes else 3)
    assert content_of(rootless, b"file") == (content if writes else b"old")
    rootless.call(SYS_SEEK, handle, 0)
    assert rootless.read(handle, 3) == ((0, content[:3]) if reads else (3, b""))


@pytest.mark.parametrize(("mode", "error"), [(R, ENOENT), (R_PLUS, ENOENT), (W, 0), (A, 0), (A_PLUS, 0)])
def test_only_some_modes_make_a_file_in_memory(rootless: Program, mode: int, error: int) -> None:
    assert (rootless.open(b"file", mode) == FAILURE, rootless.errno) == (error != 0, error)
    assert (content_of(rootless, b"file") is None) == (error != 0)


def test_a_write_behind_the_end_fills_the_gap_with_zeros(rootless: Program) -> None:
    handle = rootless.open(b"file", W)
    assert rootless.call(SYS_SEEK, handle, 5) == 0
    assert rootless.write(handle, b"") == 0
    assert content_of(rootless, b"file") == b""
    assert rootless.write(handle, b"x") == 0
    assert content_of(rootless, b"file") == b"\0\0\0\0\0x"
    assert (rootless.call(SYS_SEEK, handle, 0x8000_0000), rootless.errno) == (FAILURE, EINVAL)


def test_a_file_in_memory_is_renamed_and_removed(rootless: Program) -> None:
    put(rootless, b"a", b"a")
    put(rootless, b"sub/b", b"b")
    old, new = rootless.text(b"a"), rootless.text(b"/sub/b", OTHER)
    assert rootless.call(SYS_RENAME, old, 1, new, 6) == 0
    assert content_of(rootless, b"sub/b") == b"a"
    old, new = rootless.text(b"a"), rootless.text(b"./sub//b", OTHER)
    assert (rootless.call(SYS_RENAME, old, 1, new, 8), rootless.errno) == (FAILURE, ENOENT)
    assert rootless.call(SYS_RENAME, new, 8, new, 8) == 0
    assert rootless.call(SYS_REMOVE, new, 8) == 0
    assert (rootless.call(SYS_REMOVE, new, 8), rootless.errno) == (FAILURE, ENOENT)


def test_a_file_that_was_removed_lives_until_it_is_closed(rootless: Program) -> None:
    handle = rootless.open(b"file", W_PLUS)
    assert rootless.call(SYS_REMOVE, rootless.text(b"file"), 4) == 0
    put(rootless, b"file", b"another")
    assert rootless.write(handle, b"one") == 0
    assert (rootless.call(SYS_SEEK, handle, 0), rootless.read(handle, 3)) == (0, (0, b"one"))
    assert content_of(rootless, b"file") == b"another"


@pytest.mark.parametrize(
    ("name", "error"), [(b"", ENOENT), (b"/", EACCES), (b".", EACCES), (b"a/", EACCES), (b"a/../b", EACCES)]
)
def test_what_names_no_file_in_memory_is_refused(rootless: Program, name: bytes, error: int) -> None:
    assert (rootless.open(name, W), rootless.errno) == (FAILURE, error)


def test_a_name_in_memory_has_at_most_32_components(rootless: Program) -> None:
    assert rootless.open(b"a/" * 31 + b"b", W) == 1
    assert (rootless.open(b"a/" * 32 + b"b", W), rootless.errno) == (FAILURE, ENAMETOOLONG)


def test_nothing_of_the_host_is_among_the_files_in_memory(rootless: Program) -> None:
    assert (rootless.open(__file__.encode(), R), rootless.errno) == (FAILURE, ENOENT)


def test_the_files_in_memory_end_with_the_run(rootless: Program) -> None:
    put(rootless, b"file", b"data")
    rootless.open(b"file", R)
    rootless.host.reset()
    assert content_of(rootless, b"file") is None


def test_a_file_in_memory_cannot_grow_beyond_its_limit(rootless: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semihosting_memory, "LARGEST_FILE", 10_000)
    handle = rootless.open(b"file", W)
    rootless.call(SYS_SEEK, handle, 9_998)
    assert (rootless.write(handle, b"ab"), rootless.write(handle, b"c"), rootless.errno) == (0, 1, EFBIG)
    assert rootless.call(SYS_FLEN, handle) == 10_000


def test_what_a_file_in_memory_held_can_be_used_again(rootless: Program) -> None:
    for number in range(20):  # 200 MiB in turn: emptied, removed, and removed while open
        handle = rootless.open(b"file", W)
        rootless.call(SYS_SEEK, handle, (10 << 20) - 1)
        assert rootless.write(handle, b"x") == 0
        if number % 3 == 1:
            assert rootless.call(SYS_REMOVE, rootless.text(b"file"), 4) == 0
        rootless.call(SYS_CLOSE, handle)
        if number % 3 == 2:
            assert rootless.call(SYS_REMOVE, rootless.text(b"file"), 4) == 0


def test_all_files_in_memory_together_are_bounded(rootless: Program) -> None:
    handles = [rootless.open(b"file%d" % number, W) for number in range(2)]
    for handle in handles:
        rootless.call(SYS_SEEK, handle, (40 << 20) - 1)
    assert [rootless.write(handle, b"x") for handle in handles] == [0, 1]
    assert rootless.errno == ENOSPC
    assert [rootless.call(SYS_FLEN, handle) for handle in handles] == [40 << 20, 0]


def test_the_number_of_files_in_memory_is_bounded(rootless: Program) -> None:
    for number in range(1024):
        rootless.call(SYS_CLOSE, rootless.open(b"file%d" % number, W))
    assert (rootless.open(b"another", W), rootless.errno) == (FAILURE, ENOSPC)
    assert rootless.call(SYS_REMOVE, rootless.text(b"file7"), 5) == 0
    assert rootless.open(b"another", W) == 1


def test_the_files_that_a_program_left_in_memory_are_known() -> None:
    program = Program()
    for name in (b"b.txt", b"a.txt", b"gone"):
        assert program.call(SYS_CLOSE, program.open(name, W)) == 0
    assert program.call(SYS_REMOVE, program.text(b"gone"), 4) == 0
    assert program.host.files_in_memory == [b"a.txt", b"b.txt"]
    program.host.reset()
    assert program.host.files_in_memory == []
