"""Pipes, with what a run of a whole program (tests/firmware/guest/pipes.c) does not reach."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, FakeGuest

from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EFAULT, EINVAL, ENFILE, ENOSYS, EPIPE
from rtems_shim.files.pipes import FIONREAD, PIPE_BUF

ENDS = SCRATCH
BUFFER = SCRATCH + 0x100


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest(flags=layouts.CONFIG_FIFOS)


def make(guest: FakeGuest) -> tuple[int, int]:
    assert guest.trap("pipe", ENDS) == 0
    return guest.word(ENDS), guest.word(ENDS + 4)


def test_without_the_configuration_there_are_none() -> None:
    assert FakeGuest().trap("pipe", ENDS) == -ENOSYS
    assert FakeGuest().trap("pipe", 0) == -EFAULT


def test_both_ends_need_a_descriptor_and_a_refusal_takes_none(guest: FakeGuest) -> None:
    made = [make(guest), make(guest)]
    assert guest.trap("pipe", ENDS) == -ENFILE  # 8 are configured: one is free
    assert guest.trap("close", made[1][1]) == 0
    assert make(guest)


def test_bytes_come_in_their_order_and_are_counted(guest: FakeGuest) -> None:
    reading, writing = make(guest)
    assert guest.trap("write", writing, guest.put(BUFFER, b"abcdef"), 6) == 6
    assert guest.trap("ioctl", reading, FIONREAD, ENDS) == 0
    assert guest.word(ENDS) == 6
    assert guest.trap("read", reading, BUFFER + 64, 4) == 4
    assert guest.port.memory.peek(BUFFER + 64, 4) == b"abcd"
    assert guest.trap("read", reading, BUFFER + 64, 4) == 2
    assert guest.trap("ioctl", reading, FIONREAD, 0) == -EFAULT
    assert guest.trap("ioctl", reading, FIONREAD + 1, ENDS) == -EINVAL


def test_a_write_to_a_pipe_that_nobody_reads_is_refused(guest: FakeGuest) -> None:
    reading, writing = make(guest)
    guest.trap("close", reading)
    assert guest.trap("write", writing, BUFFER, 1) == -EPIPE


def test_what_was_written_is_read_after_the_writer_is_gone(guest: FakeGuest) -> None:
    reading, writing = make(guest)
    guest.trap("write", writing, guest.put(BUFFER, b"last"), 4)
    guest.trap("close", writing)
    assert guest.trap("read", reading, BUFFER, 10) == 4
    assert guest.trap("read", reading, BUFFER, 10) == 0


def test_a_duplicate_keeps_its_end_open(guest: FakeGuest) -> None:
    reading, writing = make(guest)
    other = guest.trap("dup", writing)
    guest.trap("close", writing)
    assert guest.trap("write", other, guest.put(BUFFER, b"x"), 1) == 1
    assert guest.trap("read", reading, BUFFER, 10) == 1


def test_a_reader_that_waits_is_told_to_call_again(guest: FakeGuest) -> None:
    reading, writing = make(guest)
    other = guest.create_thread(priority=1)
    reader = guest.executing
    guest.call("read", reading, BUFFER, 10)
    assert guest.executing == other
    guest.call("write", writing, guest.put(BUFFER + 32, b"y"), 1)
    assert guest.executing == reader
    assert guest.r0 == -layouts.READ_AGAIN
    assert guest.trap("read", reading, BUFFER, 10) == 1


def test_a_long_write_goes_on_where_it_was(guest: FakeGuest) -> None:
    reading, writing = make(guest)
    writer = guest.executing
    other = guest.create_thread(priority=1)
    size = PIPE_BUF + 100
    guest.put(BUFFER, bytes(index % 251 for index in range(size)))
    guest.call("write", writing, BUFFER, size)
    assert guest.executing == other
    guest.call("read", reading, SCRATCH + 0x1000, PIPE_BUF)
    assert guest.executing == writer, "there is room: the more urgent writer goes on"
    assert guest.call("write", writing, BUFFER, size) == size
    assert guest.call("read", reading, SCRATCH + 0x1000 + PIPE_BUF, PIPE_BUF) == 100
    assert guest.port.memory.peek(SCRATCH + 0x1000, size) == bytes(index % 251 for index in range(size))
