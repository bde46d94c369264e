"""POSIX message queues: semantics, limits, and who touches whose memory."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, FakeGuest

from rtems_shim.abi import layouts
from rtems_shim.abi.errno import (
    EAGAIN,
    EBADF,
    EBUSY,
    EEXIST,
    EINVAL,
    EMSGSIZE,
    ENAMETOOLONG,
    ENFILE,
    ENOENT,
    ENOSPC,
    ETIMEDOUT,
)
from rtems_shim.core.clock import pack_timespec
from rtems_shim.core.events import CopyMade
from rtems_shim.posix.mqueue import PosixQueues

INIT = 0x0B01_0001
O_RDONLY, O_WRONLY, O_RDWR = 0, 1, 2
O_CREAT, O_EXCL, O_NONBLOCK = 0x200, 0x800, 0x4000
ATTRIBUTES = SCRATCH
LENGTH = SCRATCH + 0x20
PRIORITY = SCRATCH + 0x24
TIME = SCRATCH + 0x40
BUFFER = SCRATCH + 0x100
MESSAGE = SCRATCH + 0x200


def open_queue(
    guest: FakeGuest, name: str = "/q", flags: int = O_CREAT | O_RDWR, maximum: int = 2, size: int = 16
) -> int:
    attributes = guest.put(ATTRIBUTES, layouts.MQ_ATTR.pack(mq_maxmsg=maximum, mq_msgsize=size))
    return guest.call("mq_open", guest.string(name), flags, 0o600, attributes)


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest()


@pytest.fixture
def queue(guest: FakeGuest) -> int:
    return open_queue(guest)


def send(guest: FakeGuest, queue: int, data: bytes, priority: int = 0, deadline: int = 0) -> int:
    guest.put(MESSAGE, data)
    return guest.call("mq_send", queue, MESSAGE, len(data), priority, deadline)


def receive(guest: FakeGuest, queue: int, deadline: int = 0, buffer: int = BUFFER, length_out: int = LENGTH) -> int:
    return guest.call("mq_receive", queue, buffer, 16, PRIORITY, deadline, length_out)


def stack_word(guest: FakeGuest, thread: int) -> int:
    """Return an address in the middle of the thread's stack."""
    found = guest.kernel.find_thread(thread)
    return found.stack_base + found.stack_size // 2


# -- opening and closing -----------------------------------------------------------------------------------------


def test_a_descriptor_is_the_queue_s_object_id(queue: int) -> None:
    assert queue == 0x1B01_0001


def test_a_second_open_gives_the_same_descriptor(guest: FakeGuest, queue: int) -> None:
    assert open_queue(guest, flags=O_RDWR) == queue
    assert open_queue(guest, flags=O_CREAT | O_EXCL) == -EEXIST


@pytest.mark.parametrize(
    ("name", "flags", "maximum", "size", "error"),
    [
        ("/" + "x" * 255, O_CREAT, 1, 1, ENAMETOOLONG),
        ("/none", O_RDWR, 1, 1, ENOENT),
        ("/q", O_CREAT, 0, 1, EINVAL),
        ("/q", O_CREAT, 1, 0, EINVAL),
        ("/q", O_CREAT, -1, 1, EINVAL),
        ("/q", O_CREAT, 1 << 30, 1 << 30, ENOSPC),
    ],
)
def test_the_errors_of_mq_open(guest: FakeGuest, name: str, flags: int, maximum: int, size: int, error: int) -> None:
    assert open_queue(guest, name, flags, maximum, size) == -error


def test_a_null_name_is_einval_and_default_attributes_are_rtems_s(guest: FakeGuest) -> None:
    assert guest.call("mq_open", 0, O_CREAT, 0, 0) == -EINVAL
    queue = guest.call("mq_open", guest.string("/d"), O_CREAT | O_RDWR, 0, 0)
    guest.call("mq_getattr", queue, ATTRIBUTES)
    values = layouts.MQ_ATTR.unpack(guest.port.memory.peek(ATTRIBUTES, 16))
    assert (values["mq_maxmsg"], values["mq_msgsize"], values["mq_curmsgs"]) == (10, 16, 0)


def test_one_queue_too_many_is_enfile() -> None:
    guest = FakeGuest(maximum_posix_message_queues=1)
    assert open_queue(guest, "/a") > 0
    assert open_queue(guest, "/b") == -ENFILE


def test_all_queues_together_have_a_limit(guest: FakeGuest) -> None:
    count = 0
    while open_queue(guest, f"/{count}", maximum=1000, size=1000) > 0:
        count += 1
    assert guest.r0 == -ENOSPC
    assert count == 4
    guest.call("mq_unlink", guest.string("/0"))
    guest.call("mq_close", 0x1B01_0001)
    assert open_queue(guest, "/again", maximum=1000, size=1000) > 0


def test_a_queue_goes_with_its_name_and_its_last_user(guest: FakeGuest, queue: int) -> None:
    open_queue(guest)
    assert guest.call("mq_unlink", guest.string("/q")) == 0
    assert guest.call("mq_unlink", guest.string("/q")) == -ENOENT
    assert guest.call("mq_close", queue) == 0
    assert send(guest, queue, b"still there") == 0
    assert guest.call("mq_close", queue) == 0
    assert guest.call("mq_close", queue) == -EBADF
    assert send(guest, queue, b"gone") == -EBADF


# -- messages ----------------------------------------------------------------------------------------------------


def test_messages_come_by_priority_and_then_in_order(guest: FakeGuest) -> None:
    queue = open_queue(guest, maximum=4)
    for data, priority in ((b"a", 1), (b"b", 5), (b"c", 5), (b"d", 0)):
        assert send(guest, queue, data, priority) == 0
    received = []
    for _ in range(4):
        assert receive(guest, queue) == 1
        received.append((guest.port.memory.peek(BUFFER, 1), guest.word(PRIORITY), guest.word(LENGTH)))
    assert received == [(b"b", 5, 1), (b"c", 5, 1), (b"a", 1, 1), (b"d", 0, 1)]


def test_sizes_and_priorities_are_checked(guest: FakeGuest, queue: int) -> None:
    assert send(guest, queue, b"x" * 17) == -EMSGSIZE
    assert send(guest, queue, b"x", priority=33) == -EINVAL
    assert send(guest, queue, b"x", priority=32) == 0
    assert guest.call("mq_receive", queue, BUFFER, 15, 0, 0, LENGTH) == -EMSGSIZE
    assert send(guest, 0x1B01_0009, b"x") == -EBADF
    assert receive(guest, 0x1B01_0009) == -EBADF


def test_the_first_opener_s_access_mode_counts(guest: FakeGuest) -> None:
    reader = open_queue(guest, "/r", O_CREAT | O_RDONLY)
    writer = open_queue(guest, "/w", O_CREAT | O_WRONLY)
    assert send(guest, reader, b"x") == -EBADF
    assert receive(guest, writer) == -EBADF


def test_an_empty_message_arrives(guest: FakeGuest, queue: int) -> None:
    assert send(guest, queue, b"") == 0
    guest.set_word(LENGTH, 7)
    assert receive(guest, queue) == 0
    assert guest.word(LENGTH) == 0


def test_non_blocking_queues_answer_eagain(guest: FakeGuest, queue: int) -> None:
    guest.put(ATTRIBUTES, layouts.MQ_ATTR.pack(mq_flags=O_RDWR | O_NONBLOCK))
    assert guest.call("mq_setattr", queue, ATTRIBUTES, ATTRIBUTES + 0x10) == 0
    assert receive(guest, queue) == -EAGAIN
    send(guest, queue, b"1")
    send(guest, queue, b"2")
    assert send(guest, queue, b"3") == -EAGAIN


def test_setattr_and_getattr_are_checked(guest: FakeGuest, queue: int) -> None:
    assert guest.call("mq_setattr", queue, 0, 0) == -EINVAL
    assert guest.call("mq_setattr", 0x1B01_0009, ATTRIBUTES, 0) == -EBADF
    assert guest.call("mq_getattr", queue, 0) == -EINVAL
    assert guest.call("mq_getattr", 0x1B01_0009, ATTRIBUTES) == -EBADF


def test_a_full_queue_from_an_interrupt_is_eagain(guest: FakeGuest, queue: int) -> None:
    send(guest, queue, b"1")
    send(guest, queue, b"2")
    assert guest.from_handler(16, "mq_send", queue, MESSAGE, 1, 0, 0) == -EAGAIN


def test_timed_calls_give_up(guest: FakeGuest, queue: int) -> None:
    guest.put(TIME, pack_timespec(guest.kernel.time.realtime_ns + 3_000_000))
    receive(guest, queue, TIME)
    guest.tick(3)
    assert guest.r0 == -ETIMEDOUT
    send(guest, queue, b"1")
    send(guest, queue, b"2")
    assert send(guest, queue, b"3", deadline=TIME) == -ETIMEDOUT  # that time is over
    guest.put(TIME, layouts.TIMESPEC.pack(tv_sec=1, tv_nsec=-1))
    assert send(guest, queue, b"3", deadline=TIME) == -EINVAL


def test_waiters_of_a_queue_that_goes_get_ebadf(guest: FakeGuest, queue: int) -> None:
    thread = guest.create_thread()
    receive(guest, queue)
    assert guest.executing == thread
    guest.call("mq_unlink", guest.string("/q"))
    guest.call("mq_close", queue)
    guest.run(INIT)
    assert guest.r0 == -EBADF


def test_one_notification_at_a_time(guest: FakeGuest, queue: int) -> None:
    guest.put(TIME, layouts.SIGEVENT.pack(sigev_notify=2, sigev_signo=25))
    assert guest.call("mq_notify", queue, TIME) == 0
    assert guest.call("mq_notify", queue, TIME) == -EBUSY
    assert guest.call("mq_notify", queue, 0) == 0
    assert guest.call("mq_notify", queue, TIME) == 0
    assert guest.call("mq_notify", 0x1B01_0009, TIME) == -EBADF


# -- who touches whom --------------------------------------------------------------------------------------------


def blocked_receiver(guest: FakeGuest, queue: int, length_out: int | None = None, buffer: int | None = None) -> int:
    """Return a thread that waits for a message on its own stack; POSIX_Init executes."""
    thread = guest.create_thread(priority=50)
    word = stack_word(guest, thread)
    receive(guest, queue, length_out=word if length_out is None else length_out, buffer=buffer or word + 0x40)
    assert guest.executing == INIT
    return thread


def test_the_sender_writes_the_size_word_on_the_receiver_s_stack_first_and_faults(guest: FakeGuest, queue: int) -> None:
    thread = blocked_receiver(guest, queue)
    guest.put(MESSAGE, b"hello")
    guest.trap("mq_send", queue, MESSAGE, 5, 0, 0)
    (fault, pc) = guest.port.faults[-1]
    assert fault.cause.name == "DACCVIOL"
    assert (fault.address, fault.size) == (stack_word(guest, thread), 4)
    assert pc == guest.port.registers.pc - 2


def test_a_refused_send_is_as_if_it_had_not_been_made(guest: FakeGuest, queue: int) -> None:
    thread = blocked_receiver(guest, queue)
    guest.trap("mq_send", queue, MESSAGE, 5, 0, 0)
    assert guest.kernel.find_thread(thread).wait is not None
    assert len(guest.kernel.part(PosixQueues).opened(queue).queue) == 0


def test_a_global_buffer_does_not_help_because_the_size_word_is_a_local(guest: FakeGuest, queue: int) -> None:
    thread = blocked_receiver(guest, queue, buffer=BUFFER)
    guest.trap("mq_send", queue, MESSAGE, 5, 0, 0)
    assert guest.port.faults[-1][0].address == stack_word(guest, thread)


def test_a_read_write_share_lets_the_message_arrive(guest: FakeGuest, queue: int) -> None:
    thread = blocked_receiver(guest, queue)
    receiver, sender = guest.kernel.find_thread(thread), guest.kernel.executing
    assert guest.kernel.protection.share(receiver, sender, 3, "test", sender, 0)
    guest.put(MESSAGE, b"hello")
    guest.call("mq_send", queue, MESSAGE, 5, 3, 0)
    assert guest.port.faults == []
    assert guest.executing == thread
    assert guest.r0 == 5
    assert guest.port.memory.peek(stack_word(guest, thread) + 0x40, 5) == b"hello"
    assert guest.word(stack_word(guest, thread)) == 5
    assert guest.word(PRIORITY) == 3


def test_a_read_only_share_faults_on_the_write(guest: FakeGuest, queue: int) -> None:
    thread = blocked_receiver(guest, queue)
    receiver, sender = guest.kernel.find_thread(thread), guest.kernel.executing
    guest.kernel.protection.share(receiver, sender, 1, "test", sender, 0)
    guest.trap("mq_send", queue, MESSAGE, 5, 0, 0)
    assert guest.port.faults[-1][0].address == stack_word(guest, thread)


def test_a_message_queued_before_is_copied_by_the_receiver_itself(guest: FakeGuest, queue: int) -> None:
    send(guest, queue, b"hello")
    thread = guest.create_thread(priority=50)
    word = stack_word(guest, thread)
    assert receive(guest, queue, length_out=word, buffer=word + 0x40) == 5
    assert guest.port.faults == []
    assert guest.events(CopyMade) == []


def blocked_sender(guest: FakeGuest, queue: int) -> int:
    """Return a thread that waits for room with its message on its own stack; POSIX_Init executes."""
    send(guest, queue, b"1")
    send(guest, queue, b"2")
    thread = guest.create_thread(priority=50)
    message = guest.put(stack_word(guest, thread), b"third")
    guest.call("mq_send", queue, message, 5, 0, 0)
    assert guest.executing == INIT
    return thread


def test_the_receiver_reads_a_blocked_sender_s_stack_and_faults(guest: FakeGuest, queue: int) -> None:
    thread = blocked_sender(guest, queue)
    guest.trap("mq_receive", queue, BUFFER, 16, PRIORITY, 0, LENGTH)
    fault, _ = guest.port.faults[-1]
    assert fault.address == stack_word(guest, thread)
    assert fault.access is not None and fault.access.name == "READ"
    assert len(guest.kernel.part(PosixQueues).opened(queue).queue) == 2


def test_a_read_only_share_suffices_for_a_blocked_sender(guest: FakeGuest, queue: int) -> None:
    thread = blocked_sender(guest, queue)
    sender, receiver = guest.kernel.find_thread(thread), guest.kernel.executing
    guest.kernel.protection.share(sender, receiver, 1, "test", receiver, 0)
    receive(guest, queue)
    assert guest.executing == thread
    assert guest.r0 == 0
    (copied,) = guest.events(CopyMade)
    assert (copied.subject, copied.owner, copied.access) == (INIT, thread, "read")
    for expected in (b"2", b"third"):
        receive(guest, queue)
        assert guest.port.memory.peek(BUFFER, len(expected)) == expected


def test_kernel_opens_lets_both_copies_through() -> None:
    guest = FakeGuest(mode="kernel-opens")
    queue = open_queue(guest)
    thread = blocked_receiver(guest, queue)
    guest.put(MESSAGE, b"hello")
    guest.call("mq_send", queue, MESSAGE, 5, 0, 0)
    assert guest.executing == thread
    assert guest.port.memory.peek(stack_word(guest, thread) + 0x40, 5) == b"hello"
    assert guest.port.faults == []


def test_an_interrupt_copies_with_the_map_of_the_thread_it_interrupted(guest: FakeGuest, queue: int) -> None:
    thread = blocked_receiver(guest, queue)
    guest.from_handler(16, "mq_send", queue, MESSAGE, 5, 0, 0)
    assert guest.port.faults[-1][0].address == stack_word(guest, thread)
