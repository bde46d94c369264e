"""The console as a terminal: lines, erasing, echo, raw mode, who waits for input and who copies it."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, STACK_ARENA, FakeGuest

from emulator.machine.stop import Deadlock
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EAGAIN, EBADF, EFAULT
from rtems_shim.files.line_discipline import (
    ECHO,
    ECHOCTL,
    ECHOE,
    ECHOK,
    ICANON,
    ICRNL,
    IGNCR,
    INLCR,
    ISIG,
    ISTRIP,
    LINE_LIMIT,
    OXTABS,
    VKILL,
    VMIN,
    VTIME,
    LineDiscipline,
)
from rtems_shim.files.terminal import FIONREAD, READ_AGAIN, TIOCDRAIN, TIOCFLUSH, TIOCGETA, TIOCSETA, TIOCSETAF

BUFFER = SCRATCH + 0x1000
SETTINGS = SCRATCH + 0x2000
INIT = 0x0B01_0001
O_RDWR, O_NONBLOCK = 2, 0x4000


# -- the line discipline alone -----------------------------------------------------------------------------------------


def typed(line: LineDiscipline, data: bytes) -> tuple[bytes, bytes]:
    """Type ``data``; return (what readers get, what is echoed)."""
    for byte in data:
        line.type(byte)
    return line.take(1000), line.take_echo()


@pytest.mark.parametrize(
    ("keys", "read", "shown"),
    [
        (b"abc\n", b"abc\n", b"abc\n"),
        (b"abc\r", b"abc\n", b"abc\n"),
        (b"ab\x7fc\n", b"ac\n", b"ab\b \bc\n"),
        (b"\x7f\n", b"\n", b"\n"),
        (b"ab\x15c\n", b"c\n", b"ab\b \b\b \bc\n"),
        (b"a\x01\x7fb\n", b"ab\n", b"a^A\b \b\b \bb\n"),
        (b"a\tb\x7f\x7f\n", b"a\n", b"a       b\b \b" + b"\b \b" * 7 + b"\n"),
        (b"ab\x04", b"ab", b"ab"),
        (b"a\x03b\x1c\n", b"ab\n", b"ab\n"),
        (b"unfinished", b"", b"unfinished"),
        (b"x" * (LINE_LIMIT + 1) + b"\n", b"x" * (LINE_LIMIT + 1) + b"\n", b"x" * (LINE_LIMIT + 1) + b"\n"),
    ],
)
def test_a_line_is_edited_and_echoed_as_on_rtems(keys: bytes, read: bytes, shown: bytes) -> None:
    assert typed(LineDiscipline(), keys) == (read, shown)


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ((b"a\tb\tc\n",), b"a       b       c\n"),
        ((b"12345678\tz",), b"12345678        z"),
        ((b"abc", b"\td"), b"abc     d"),
        ((b"abc\n", b"\td"), b"abc\n        d"),
        ((b"abc\rxy\td",), b"abc\rxy      d"),
        ((b"ab\b\b\b\td",), b"ab\b\b\b        d"),
        ((b"\x1b[1m\x7f\x00\td",), b"\x1b[1m\x7f\x00     d"),
        ((b"\xe4\td",), b"\xe4       d"),
        ((b"\t\t",), b" " * 16),
    ],
)
def test_a_tab_goes_out_as_blanks_up_to_the_next_multiple_of_8(parts: tuple[bytes, ...], shown: bytes) -> None:
    line = LineDiscipline()
    assert b"".join(line.written(part) for part in parts) == shown


def test_a_tab_stays_one_where_the_terminal_is_told_so() -> None:
    line = LineDiscipline()
    line.oflag &= ~OXTABS
    assert line.written(b"a\tb") == b"a\tb"
    line.oflag = OXTABS
    assert line.written(b"a\tb") == b"a\tb"


def test_a_flag_changes_what_it_is_for_and_nothing_else() -> None:
    line = LineDiscipline()
    line.lflag &= ~ECHO
    assert typed(line, b"ab\x7f\n") == (b"a\n", b"")
    line.lflag |= ECHO
    line.lflag &= ~ECHOCTL
    assert typed(line, b"\x01\n") == (b"\x01\n", b"\x01\n")
    line.lflag &= ~ECHOE
    line.lflag |= ECHOK
    assert typed(line, b"ab\x15c\n") == (b"c\n", b"ab\x15\nc\n")
    line.characters[VKILL] = ord("k")
    assert typed(line, b"a\x15bkc\n")[0] == b"c\n"
    line.lflag &= ~ISIG
    assert typed(line, b"\x03\n")[0] == b"\x03\n"
    line.iflag = IGNCR
    assert typed(line, b"a\rb\n")[0] == b"ab\n"
    line.iflag = INLCR
    assert typed(line, b"a\nb\x04")[0] == b"a\rb"
    line.iflag = ISTRIP | ICRNL
    assert typed(line, b"\xe1\x8d")[0] == b"a\n"


def test_the_settings_are_rtems_defaults_and_survive_the_guests_structure() -> None:
    line, other = LineDiscipline(), LineDiscipline()
    assert (line.iflag, line.oflag, line.cflag, line.lflag) == (0x2302, 0x7, 0x8B00, 0x5CE)
    line.lflag, line.characters[VTIME], line.speeds = ICANON, 7, (1200, 300)
    other.unpack(line.pack())
    assert (other.lflag, other.characters, other.speeds) == (line.lflag, line.characters, line.speeds)
    assert len(line.pack()) == layouts.TERMIOS.size == 44


# -- as a file -----------------------------------------------------------------------------------------------------


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest(maximum_files=8)


def read(guest: FakeGuest, size: int = 100, buffer: int = BUFFER) -> bytes | int:
    count = guest.call("read", 0, buffer, size)
    return guest.port.memory.peek(buffer, count) if count >= 0 else count


def raw(guest: FakeGuest, minimum: int, time: int) -> None:
    line = LineDiscipline()
    line.lflag = 0
    line.characters[VMIN], line.characters[VTIME] = minimum, time
    assert guest.trap("ioctl", 0, TIOCSETA, guest.put(SETTINGS, line.pack())) == 0


def test_input_that_is_there_is_read_line_by_line_and_then_comes_the_end(guest: FakeGuest) -> None:
    guest.port.input = b"one\ntwo\nlast"
    assert read(guest) == b"one\n"
    assert bytes(guest.port.output) == b"one\n"
    assert [read(guest, 2), read(guest), read(guest), read(guest), read(guest)] == [b"tw", b"o\n", b"last", b"", b""]


def test_an_end_of_file_character_ends_one_read_and_the_next_goes_on(guest: FakeGuest) -> None:
    guest.port.input = b"\x04more\n"
    assert [read(guest), read(guest)] == [b"", b"more\n"]


def test_reading_into_memory_of_another_is_refused_and_nothing_is_lost(guest: FakeGuest) -> None:
    guest.port.input = b"line\n"
    read(guest, buffer=STACK_ARENA + 0x8000)
    assert len(guest.port.faults) == 1
    assert read(guest) == b"line\n"


def test_a_reader_of_input_that_may_come_waits_and_the_others_run(guest: FakeGuest) -> None:
    guest.port.input_ended = False
    other = guest.create_thread()
    guest.run(INIT)
    guest.call("read", 0, BUFFER, 100)
    assert guest.executing == other
    guest.tick()
    assert guest.executing == other
    guest.port.input = b"half"
    guest.tick()
    assert guest.executing == other, "a line is not finished"
    guest.port.input = b" a line\nnext"
    guest.tick()
    guest.run(INIT)
    assert guest.r0 == -READ_AGAIN
    assert read(guest) == b"half a line\n", "the reader makes its own copy"


def test_output_may_bring_the_input_that_waits_for_it(guest: FakeGuest) -> None:
    guest.port.input_ended = False
    other = guest.create_thread()
    guest.run(INIT)
    guest.call("read", 0, BUFFER, 100)
    guest.port.input = b"answer\n"
    assert guest.executing == other
    guest.call("write", 1, guest.put(SCRATCH, b"prompt"), 6)
    guest.run(INIT)
    assert read(guest) == b"answer\n"


def test_when_everybody_waits_the_user_is_waited_for_and_nobody_is_a_deadlock_before(guest: FakeGuest) -> None:
    guest.port.input_ended = False
    typed_later = iter(b"xy\n")
    guest.port.receive = lambda waits: next(typed_later) if waits else None  # type: ignore[method-assign]
    guest.call("read", 0, BUFFER, 100)
    assert (guest.port.stopped, guest.executing, guest.r0) == (None, INIT, -READ_AGAIN)
    assert read(guest) == b"xy\n"


def test_the_end_of_typing_ends_a_read_instead_of_the_run(guest: FakeGuest) -> None:
    guest.port.input_ended = False
    guest.call("read", 0, BUFFER, 100)
    assert (guest.port.stopped, guest.executing, guest.r0) == (None, INIT, -READ_AGAIN)
    assert read(guest) == b""


def test_a_wait_for_something_else_is_still_a_deadlock(guest: FakeGuest) -> None:
    guest.port.input_ended = False
    guest.call("pause")
    assert isinstance(guest.port.stopped, Deadlock)


def test_a_descriptor_that_does_not_block_says_so(guest: FakeGuest) -> None:
    fd = guest.trap("open", guest.string("/dev/console"), O_RDWR | O_NONBLOCK, 0)
    guest.port.input_ended = False
    assert guest.trap("read", fd, BUFFER, 10) == -EAGAIN
    guest.port.input = b"\x04abc\n"
    assert [guest.trap("read", fd, BUFFER, 10), guest.trap("read", fd, BUFFER, 10)] == [0, 4]


# -- raw mode --------------------------------------------------------------------------------------------------------


def test_raw_reads_wait_for_vmin_bytes(guest: FakeGuest) -> None:
    raw(guest, 3, 0)
    guest.port.input = b"abcdefgh"
    found = [read(guest, size) for size in (1, 2, 4, 100, 100)]
    assert found == [b"a", b"bc", b"defg", b"h", b""]
    assert not guest.port.output, "raw mode as set here does not echo"


def test_raw_reads_without_vmin_and_vtime_never_wait(guest: FakeGuest) -> None:
    raw(guest, 0, 0)
    guest.port.input_ended = False
    assert read(guest) == b""
    guest.port.input = b"ab"
    assert read(guest) == b"ab"


def test_vtime_bounds_the_wait_for_the_first_byte_or_the_next_one(guest: FakeGuest) -> None:
    guest.port.input_ended = False
    raw(guest, 0, 1)
    guest.call("read", 0, BUFFER, 10)
    guest.tick(99)
    assert guest.executing != INIT
    guest.tick(2)
    assert (guest.executing, guest.r0) == (INIT, -READ_AGAIN)
    assert read(guest) == b""
    raw(guest, 5, 1)
    guest.port.input = b"ab"
    guest.call("read", 0, BUFFER, 10)
    assert guest.executing != INIT
    guest.tick(101)
    assert read(guest) == b"ab"


# -- control ---------------------------------------------------------------------------------------------------------


def test_the_settings_can_be_asked_for(guest: FakeGuest) -> None:
    assert guest.trap("ioctl", 0, TIOCGETA, SETTINGS) == 0
    assert guest.port.memory.peek(SETTINGS, 44) == LineDiscipline().pack()
    assert guest.trap("ioctl", 0, TIOCGETA, 0) == -EFAULT
    assert guest.trap("ioctl", 0, TIOCDRAIN, 0) == 0
    assert guest.trap("ioctl", 0, 0x1234, SETTINGS) == -EBADF


def test_a_flush_drops_what_was_typed_and_not_what_is_still_to_come(guest: FakeGuest) -> None:
    guest.port.input = b"abcdef\nnext\n"
    assert read(guest, 2) == b"ab"
    guest.trap("ioctl", 0, FIONREAD, BUFFER)
    assert guest.word(BUFFER) == 5
    assert guest.trap("ioctl", 0, TIOCFLUSH, guest.set_word(SETTINGS, 1)) == 0
    assert read(guest) == b"next\n"
    guest.port.input = b"abc\nlast\n"
    assert read(guest, 1) == b"a"
    assert guest.trap("ioctl", 0, TIOCSETAF, guest.put(SETTINGS, LineDiscipline().pack())) == 0
    assert read(guest) == b"last\n"


def test_getchark_takes_bytes_as_they_are(guest: FakeGuest) -> None:
    guest.port.input = b"\r\x7f"
    assert [guest.trap("console_getchar") for _ in range(3)] == [13, 127, -1]
