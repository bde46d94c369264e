"""Classic semaphores, message queues, events, barriers, timers, partitions, regions, periods and signals."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, FakeGuest

from rtems_shim.abi import layouts
from rtems_shim.abi.constants import SCHEDULER
from rtems_shim.abi.status import Status
from rtems_shim.classic.objects import ClassicObjects
from rtems_shim.classic.timers import TimerService
from rtems_shim.core.events import CopyMade
from rtems_shim.core.messages import MessageMemory

INIT = 0x0A01_0001
OUT = SCRATCH
SIZE = SCRATCH + 8
CALL = SCRATCH + 0x20
BUFFER = SCRATCH + 0x100
MESSAGE = SCRATCH + 0x200
AREA = SCRATCH + 0x1000
ENTRY = 0x2101
UNKNOWN = 0x7A01_0009
WAIT, NO_WAIT, ANY = 0, 1, 2
PRIORITY, BINARY, SIMPLE, INHERIT, CEILING = 0x04, 0x10, 0x20, 0x40, 0x80


def name(text: str) -> int:
    return int.from_bytes(text.encode().ljust(4, b"\0"), "big")


NAME = name("OBJ1")


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest(
        posix_init_entry=0,
        classic_init_entry=0x2000,
        classic_init_name=name("UI1 "),
        classic_init_stack_size=4096,
        classic_init_priority=100,
    )


def start(guest: FakeGuest, priority: int = 50) -> int:
    """Start a task; it executes when it is more urgent than Init (100)."""
    assert guest.call("rtems_task_create", name("TASK"), priority, 4096, 0, 0, OUT) == Status.SUCCESSFUL
    task = guest.word(OUT)
    guest.call("rtems_task_start", task, ENTRY, 0)
    return task


def semaphore(guest: FakeGuest, count: int = 0, attributes: int = 0, ceiling: int = 0) -> int:
    assert guest.call("rtems_semaphore_create", NAME, count, attributes, ceiling, OUT) == Status.SUCCESSFUL
    return guest.word(OUT)


def stack_word(guest: FakeGuest, task: int) -> int:
    return guest.kernel.find_thread(task).stack_base + 0x800


# -- what all classes share --------------------------------------------------------------------------------------

CREATIONS = {
    "semaphore": (1, 0, 0),
    "message_queue": (1, 1, 0),
    "barrier": (0, 0),
    "timer": (),
    "partition": (AREA, 256, 64, 0),
    "region": (AREA, 4096, 64, 0),
    "rate_monotonic": (),
}
LIMITS = {"rate_monotonic": "periods"}
NODELESS = {"barrier", "timer", "region", "rate_monotonic"}


@pytest.mark.parametrize("kind", CREATIONS)
def test_objects_are_created_found_by_name_and_deleted(kind: str) -> None:
    limit = f"maximum_{LIMITS.get(kind, kind + 's')}"
    guest = FakeGuest(**{limit: 1})
    create, arguments = f"rtems_{kind}_create", CREATIONS[kind]
    node = () if kind in NODELESS else (0,)
    assert guest.call(create, 0, *arguments, OUT) == Status.INVALID_NAME
    assert guest.call(create, NAME, *arguments, 0) == Status.INVALID_ADDRESS
    assert guest.call(create, NAME, *arguments, OUT) == Status.SUCCESSFUL
    identifier = guest.word(OUT)
    assert guest.call(create, NAME, *arguments, OUT) == Status.TOO_MANY
    assert guest.call(f"rtems_{kind}_ident", NAME, *node, SIZE) == Status.SUCCESSFUL
    assert guest.word(SIZE) == identifier
    assert guest.call(f"rtems_{kind}_ident", name("none"), *node, SIZE) == Status.INVALID_NAME
    assert guest.call(f"rtems_{kind}_ident", 0, *node, SIZE) == Status.INVALID_NAME
    assert guest.call(f"rtems_{kind}_ident", NAME, *node, 0) == Status.INVALID_ADDRESS
    assert guest.call(f"rtems_{kind}_delete", UNKNOWN) == Status.INVALID_ID
    assert guest.call(f"rtems_{kind}_delete", identifier) == Status.SUCCESSFUL
    assert guest.call(f"rtems_{kind}_delete", identifier) == Status.INVALID_ID


@pytest.mark.parametrize("kind", CREATIONS)
def test_nothing_is_created_when_the_id_cannot_be_stored(guest: FakeGuest, kind: str) -> None:
    guest.trap(f"rtems_{kind}_create", NAME, *CREATIONS[kind], 0x1000)
    assert guest.port.faults[-1][0].address == 0x1000
    assert all(len(table) == 0 for table in guest.kernel.part(ClassicObjects).tables.values())
    assert guest.kernel.part(MessageMemory).promised == 0


def test_the_ids_are_rtems_s(guest: FakeGuest) -> None:
    assert semaphore(guest) == 0x1A01_0001
    guest.call("rtems_message_queue_create", NAME, 1, 1, 0, OUT)
    assert guest.word(OUT) == 0x2201_0001
    guest.call("rtems_timer_create", NAME, OUT)
    assert guest.word(OUT) == 0x1201_0001


# -- semaphores --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "attributes", "ceiling", "status"),
    [
        (2, BINARY, 0, Status.INVALID_NUMBER),
        (2, SIMPLE, 0, Status.INVALID_NUMBER),
        (1, BINARY | SIMPLE, 0, Status.NOT_DEFINED),
        (1, INHERIT | PRIORITY, 0, Status.NOT_DEFINED),
        (1, BINARY | INHERIT, 0, Status.NOT_DEFINED),
        (1, BINARY | PRIORITY | INHERIT | CEILING, 0, Status.NOT_DEFINED),
        (1, BINARY | 0x100, 0, Status.NOT_DEFINED),
        (1, BINARY | PRIORITY | INHERIT | 0x02, 0, Status.NOT_DEFINED),
        (2, BINARY | SIMPLE, 0, Status.NOT_DEFINED),
        (0, BINARY | PRIORITY | 0x100, 150, Status.INVALID_PRIORITY),
        (1, BINARY | PRIORITY | CEILING, 300, Status.INVALID_PRIORITY),
        (0, BINARY | PRIORITY | CEILING, 150, Status.INVALID_PRIORITY),
    ],
)
def test_semaphore_attributes_are_checked(
    guest: FakeGuest, count: int, attributes: int, ceiling: int, status: Status
) -> None:
    assert guest.call("rtems_semaphore_create", NAME, count, attributes, ceiling, OUT) == status


def test_a_counting_semaphore_counts(guest: FakeGuest) -> None:
    identifier = semaphore(guest, count=2)
    assert guest.call("rtems_semaphore_obtain", identifier, NO_WAIT, 0) == Status.SUCCESSFUL
    assert guest.call("rtems_semaphore_obtain", identifier, NO_WAIT, 0) == Status.SUCCESSFUL
    assert guest.call("rtems_semaphore_obtain", identifier, NO_WAIT, 0) == Status.UNSATISFIED
    assert guest.call("rtems_semaphore_release", identifier) == Status.SUCCESSFUL
    assert guest.call("rtems_semaphore_obtain", identifier, NO_WAIT, 0) == Status.SUCCESSFUL


def test_a_simple_binary_semaphore_stays_at_one(guest: FakeGuest) -> None:
    identifier = semaphore(guest, count=1, attributes=SIMPLE)
    assert guest.call("rtems_semaphore_release", identifier) == Status.SUCCESSFUL
    assert guest.call("rtems_semaphore_obtain", identifier, NO_WAIT, 0) == Status.SUCCESSFUL
    assert guest.call("rtems_semaphore_obtain", identifier, NO_WAIT, 0) == Status.UNSATISFIED


def test_obtaining_gives_up_after_its_ticks(guest: FakeGuest) -> None:
    identifier = semaphore(guest)
    guest.call("rtems_semaphore_obtain", identifier, WAIT, 3)
    guest.tick(3)
    assert guest.r0 == Status.TIMEOUT


def test_a_binary_semaphore_has_an_owner_and_nests(guest: FakeGuest) -> None:
    identifier = semaphore(guest, count=1, attributes=BINARY)
    guest.call("rtems_semaphore_obtain", identifier, WAIT, 0)
    guest.call("rtems_semaphore_obtain", identifier, WAIT, 0)
    assert guest.call("rtems_semaphore_delete", identifier) == Status.RESOURCE_IN_USE
    start(guest)
    assert guest.call("rtems_semaphore_release", identifier) == Status.NOT_OWNER_OF_RESOURCE
    assert guest.call("rtems_semaphore_obtain", identifier, NO_WAIT, 0) == Status.UNSATISFIED


def test_a_binary_semaphore_of_count_0_belongs_to_its_creator(guest: FakeGuest) -> None:
    identifier = semaphore(guest, count=0, attributes=BINARY)
    task = start(guest)
    guest.call("rtems_semaphore_obtain", identifier, WAIT, 0)
    assert guest.executing == INIT
    assert guest.call("rtems_semaphore_release", identifier) is not None
    assert guest.executing == task


def test_inheritance_raises_the_owner_while_a_more_urgent_task_waits(guest: FakeGuest) -> None:
    identifier = semaphore(guest, count=0, attributes=BINARY | PRIORITY | INHERIT)
    start(guest, priority=5)
    guest.call("rtems_semaphore_obtain", identifier, WAIT, 0)
    assert guest.kernel.executing.priority == 5
    guest.call("rtems_semaphore_release", identifier)
    assert guest.kernel.find_thread(INIT).priority == 100


def test_a_ceiling_is_read_and_changed(guest: FakeGuest) -> None:
    identifier = semaphore(guest, count=0, attributes=BINARY | PRIORITY | CEILING, ceiling=20)
    assert guest.kernel.executing.priority == 20
    assert guest.call("rtems_semaphore_set_priority", identifier, SCHEDULER, 30, OUT) == Status.SUCCESSFUL
    assert guest.word(OUT) == 20
    assert guest.kernel.executing.priority == 30
    assert guest.call("rtems_semaphore_set_priority", identifier, SCHEDULER, 300, OUT) == Status.INVALID_PRIORITY
    assert guest.call("rtems_semaphore_set_priority", identifier, SCHEDULER, 30, 0) == Status.INVALID_ADDRESS
    assert guest.call("rtems_semaphore_set_priority", UNKNOWN, SCHEDULER, 30, OUT) == Status.INVALID_ID
    plain = semaphore(guest)
    assert guest.call("rtems_semaphore_set_priority", plain, SCHEDULER, 30, OUT) == Status.NOT_DEFINED


def test_a_circle_of_owners_is_an_incorrect_state(guest: FakeGuest) -> None:
    first = semaphore(guest, count=0, attributes=BINARY)
    second = semaphore(guest, count=1, attributes=BINARY)
    start(guest)
    guest.call("rtems_semaphore_obtain", second, WAIT, 0)
    guest.call("rtems_semaphore_obtain", first, WAIT, 0)
    assert guest.executing == INIT
    assert guest.call("rtems_semaphore_obtain", second, WAIT, 0) == Status.INCORRECT_STATE


def test_resource_sharing_on_one_processor_is_a_ceiling(guest: FakeGuest) -> None:
    identifier = semaphore(guest, count=1, attributes=BINARY | PRIORITY | 0x100, ceiling=20)
    guest.call("rtems_semaphore_obtain", identifier, WAIT, 0)
    assert guest.kernel.executing.priority == 20


def test_flushing_and_deleting_wake_the_waiters(guest: FakeGuest) -> None:
    identifier = semaphore(guest)
    task = start(guest)
    guest.call("rtems_semaphore_obtain", identifier, WAIT, 0)
    guest.call("rtems_semaphore_flush", identifier)
    assert (guest.executing, guest.r0) == (task, Status.UNSATISFIED)
    guest.call("rtems_semaphore_obtain", identifier, WAIT, 0)
    guest.call("rtems_semaphore_delete", identifier)
    assert (guest.executing, guest.r0) == (task, Status.OBJECT_WAS_DELETED)
    for call, arguments in (("obtain", (WAIT, 0)), ("release", ()), ("flush", ())):
        assert guest.call(f"rtems_semaphore_{call}", identifier, *arguments) == Status.INVALID_ID


# -- message queues ----------------------------------------------------------------------------------------------


def queue(guest: FakeGuest, count: int = 2, size: int = 16) -> int:
    assert guest.call("rtems_message_queue_create", NAME, count, size, 0, OUT) == Status.SUCCESSFUL
    return guest.word(OUT)


def receive(guest: FakeGuest, identifier: int, options: int = NO_WAIT, timeout: int = 0) -> int:
    return guest.call("rtems_message_queue_receive", identifier, BUFFER, SIZE, options, timeout)


def send(guest: FakeGuest, identifier: int, data: bytes, how: str = "send") -> int:
    return guest.call(f"rtems_message_queue_{how}", identifier, guest.put(MESSAGE, data), len(data))


def test_urgent_messages_go_first_and_the_last_urgent_one_first_of_all(guest: FakeGuest) -> None:
    identifier = queue(guest, count=4)
    for data, how in ((b"1", "send"), (b"2", "send"), (b"3", "urgent"), (b"4", "urgent")):
        assert send(guest, identifier, data, how) == Status.SUCCESSFUL
    received = b""
    while receive(guest, identifier) == Status.SUCCESSFUL:
        received += guest.port.memory.peek(BUFFER, guest.word(SIZE))
    assert received == b"4312"


def test_message_queue_calls_are_checked(guest: FakeGuest) -> None:
    create = "rtems_message_queue_create"
    assert guest.call(create, NAME, 0, 1, 0, OUT) == Status.INVALID_NUMBER
    assert guest.call(create, NAME, 1, 0, 0, OUT) == Status.INVALID_SIZE
    assert guest.call(create, NAME, 1 << 10, 1 << 20, 0, OUT) == Status.UNSATISFIED
    assert guest.call(create, NAME, 1 << 20, 1 << 20, 0, OUT) == Status.INVALID_NUMBER
    assert guest.call(create, NAME, 1, 0xFFFF_FFFD, 0, OUT) == Status.INVALID_SIZE
    identifier = queue(guest, count=1)
    assert guest.call("rtems_message_queue_send", identifier, 0, 1) == Status.INVALID_ADDRESS
    assert send(guest, UNKNOWN, b"x") == Status.INVALID_ID
    assert send(guest, identifier, b"x" * 17) == Status.INVALID_SIZE
    assert send(guest, identifier, b"x") == Status.SUCCESSFUL
    assert send(guest, identifier, b"x") == Status.TOO_MANY
    assert guest.call("rtems_message_queue_receive", identifier, 0, SIZE, 0, 0) == Status.INVALID_ADDRESS
    assert guest.call("rtems_message_queue_receive", identifier, BUFFER, 0, 0, 0) == Status.INVALID_ADDRESS
    assert receive(guest, UNKNOWN) == Status.INVALID_ID
    for call in ("get_number_pending", "flush"):
        assert guest.call(f"rtems_message_queue_{call}", identifier, 0) == Status.INVALID_ADDRESS
        assert guest.call(f"rtems_message_queue_{call}", UNKNOWN, OUT) == Status.INVALID_ID
        assert guest.call(f"rtems_message_queue_{call}", identifier, OUT) == Status.SUCCESSFUL
        assert guest.word(OUT) == 1
    assert receive(guest, identifier) == Status.UNSATISFIED


def test_receiving_gives_up_or_learns_of_the_deletion(guest: FakeGuest) -> None:
    identifier = queue(guest)
    receive(guest, identifier, WAIT, 2)
    guest.tick(2)
    assert guest.r0 == Status.TIMEOUT
    task = start(guest)
    receive(guest, identifier, WAIT)
    guest.call("rtems_message_queue_delete", identifier)
    assert (guest.executing, guest.r0) == (task, Status.OBJECT_WAS_DELETED)
    assert guest.kernel.part(MessageMemory).promised == 0


def blocked_receiver(guest: FakeGuest, identifier: int) -> int:
    """Return a task that waits for a message on its own stack; Init executes."""
    task = start(guest)
    word = stack_word(guest, task)
    guest.call("rtems_message_queue_receive", identifier, word + 0x40, word, WAIT, 0)
    assert guest.executing == INIT
    return task


@pytest.mark.parametrize("how", ["send", "urgent"])
def test_sending_to_a_blocked_receiver_writes_its_size_word_first(guest: FakeGuest, how: str) -> None:
    identifier = queue(guest)
    task = blocked_receiver(guest, identifier)
    guest.trap(f"rtems_message_queue_{how}", identifier, guest.put(MESSAGE, b"hi"), 2)
    assert guest.port.faults[-1][0].address == stack_word(guest, task)
    assert guest.kernel.find_thread(task).wait is not None


def test_a_broadcast_writes_every_waiter(guest: FakeGuest) -> None:
    identifier = queue(guest)
    tasks = [blocked_receiver(guest, identifier) for _ in range(3)]
    init = guest.kernel.executing
    for task in tasks:
        guest.kernel.protection.share(guest.kernel.find_thread(task), init, 3, "test", init, 0)
    guest.put(MESSAGE, b"all")
    for task in tasks:  # each of them is more urgent, and runs before the next one is served
        assert guest.executing == INIT
        guest.call_again("rtems_message_queue_broadcast", identifier, MESSAGE, 3, OUT)
        assert guest.executing == task
        guest.call("rtems_task_suspend", 0)
    assert guest.word(OUT) == 3
    for task in tasks:
        assert guest.port.memory.peek(stack_word(guest, task) + 0x40, 3) == b"all"
    assert [event.owner for event in guest.events(CopyMade)] == [task for task in tasks for _ in range(2)]


def test_a_broadcast_without_waiters_reaches_nobody(guest: FakeGuest) -> None:
    identifier = queue(guest)
    assert guest.call("rtems_message_queue_broadcast", identifier, MESSAGE, 3, OUT) == Status.SUCCESSFUL
    assert guest.word(OUT) == 0
    assert guest.call("rtems_message_queue_broadcast", identifier, MESSAGE, 17, OUT) == Status.INVALID_SIZE
    assert guest.call("rtems_message_queue_broadcast", identifier, MESSAGE, 3, 0) == Status.INVALID_ADDRESS
    assert guest.call("rtems_message_queue_broadcast", UNKNOWN, MESSAGE, 3, OUT) == Status.INVALID_ID


# -- events ------------------------------------------------------------------------------------------------------


def test_events_stay_pending_until_they_are_received(guest: FakeGuest) -> None:
    guest.call("rtems_event_send", 0, 0b0110)
    assert guest.call("rtems_event_receive", 0, NO_WAIT, 0, OUT) == Status.SUCCESSFUL
    assert guest.word(OUT) == 0b0110
    assert guest.call("rtems_event_receive", 0b1010, NO_WAIT, 0, OUT) == Status.UNSATISFIED
    assert guest.call("rtems_event_receive", 0b1010, NO_WAIT | ANY, 0, OUT) == Status.SUCCESSFUL
    assert guest.word(OUT) == 0b0010
    assert guest.call("rtems_event_receive", 0b0100, NO_WAIT, 0, OUT) == Status.SUCCESSFUL


def test_a_waiter_for_all_waits_for_the_last_one(guest: FakeGuest) -> None:
    task = start(guest)
    guest.call("rtems_event_receive", 0b11, WAIT, 0, SIZE)
    guest.call("rtems_event_send", task, 0b01)
    assert guest.executing == INIT
    guest.call("rtems_event_send", task, 0b10)
    assert (guest.executing, guest.r0) == (task, Status.SUCCESSFUL)
    assert guest.word(SIZE) == 0b11


def test_the_sender_writes_the_waiter_s_result_word(guest: FakeGuest) -> None:
    task = start(guest)
    word = stack_word(guest, task)
    guest.call("rtems_event_receive", 1, WAIT, 0, word)
    guest.trap("rtems_event_send", task, 1)
    assert guest.port.faults[-1][0].address == word
    assert guest.kernel.find_thread(task).classic.pending_events == 0


def test_the_two_sets_of_events_are_apart(guest: FakeGuest) -> None:
    guest.call("rtems_event_system_send", 0, 1)
    assert guest.call("rtems_event_receive", 1, NO_WAIT, 0, OUT) == Status.UNSATISFIED
    assert guest.call("rtems_event_system_receive", 1, NO_WAIT, 0, OUT) == Status.SUCCESSFUL


def test_event_calls_are_checked_and_give_up(guest: FakeGuest) -> None:
    assert guest.call("rtems_event_send", UNKNOWN, 1) == Status.INVALID_ID
    assert guest.call("rtems_event_receive", 1, WAIT, 0, 0) == Status.INVALID_ADDRESS
    guest.call("rtems_event_receive", 1, WAIT, 2, OUT)
    guest.tick(2)
    assert guest.r0 == Status.TIMEOUT


# -- barriers ----------------------------------------------------------------------------------------------------


def test_a_manual_barrier_is_released_by_the_directive(guest: FakeGuest) -> None:
    guest.call("rtems_barrier_create", NAME, 0, 0, OUT)
    identifier = guest.word(OUT)
    task = start(guest)
    guest.call("rtems_barrier_wait", identifier, 0)
    guest.trap("rtems_barrier_release", identifier, OUT)
    assert guest.word(OUT) == 1
    guest.switch_if_pended()
    assert (guest.executing, guest.r0) == (task, Status.SUCCESSFUL)


def test_an_automatic_barrier_is_released_by_the_last_one(guest: FakeGuest) -> None:
    assert guest.call("rtems_barrier_create", NAME, 0x200, 0, OUT) == Status.INVALID_NUMBER
    guest.call("rtems_barrier_create", NAME, 0x200, 2, OUT)
    identifier = guest.word(OUT)
    task = start(guest)
    guest.call("rtems_barrier_wait", identifier, 0)
    guest.call("rtems_barrier_wait", identifier, 0)
    assert (guest.executing, guest.r0) == (task, Status.SUCCESSFUL)


def test_barrier_waits_end_by_time_or_deletion(guest: FakeGuest) -> None:
    guest.call("rtems_barrier_create", NAME, 0, 0, OUT)
    identifier = guest.word(OUT)
    guest.call("rtems_barrier_wait", identifier, 2)
    guest.tick(2)
    assert guest.r0 == Status.TIMEOUT
    task = start(guest)
    guest.call("rtems_barrier_wait", identifier, 0)
    guest.call("rtems_barrier_delete", identifier)
    assert (guest.executing, guest.r0) == (task, Status.OBJECT_WAS_DELETED)
    assert guest.call("rtems_barrier_wait", identifier, 0) == Status.INVALID_ID
    assert guest.call("rtems_barrier_release", identifier, OUT) == Status.INVALID_ID
    assert guest.call("rtems_barrier_release", identifier, 0) == Status.INVALID_ADDRESS


# -- timers ------------------------------------------------------------------------------------------------------


def timer(guest: FakeGuest) -> int:
    guest.call("rtems_timer_create", NAME, OUT)
    return guest.word(OUT)


def due(guest: FakeGuest) -> tuple[int, ...] | None:
    """Ask for a due timer routine as the tick's handler does."""
    if not guest.from_handler(15, "timer_next", CALL):
        return None
    return tuple(layouts.TIMER_CALL.unpack(guest.port.memory.peek(CALL, 12)).values())


def test_a_timer_s_routine_is_called_from_the_tick(guest: FakeGuest) -> None:
    identifier = timer(guest)
    guest.call("rtems_timer_fire_after", identifier, 3, ENTRY, 0x77)
    guest.tick(2)
    assert due(guest) is None
    guest.tick()
    assert due(guest) == (ENTRY, identifier, 0x77)
    assert due(guest) is None


def test_a_reset_timer_begins_again_and_a_cancelled_one_does_not_fire(guest: FakeGuest) -> None:
    identifier = timer(guest)
    assert guest.call("rtems_timer_reset", identifier) == Status.NOT_DEFINED
    guest.call("rtems_timer_fire_after", identifier, 3, ENTRY, 0)
    guest.tick(2)
    assert guest.call("rtems_timer_reset", identifier) == Status.SUCCESSFUL
    guest.tick(2)
    assert due(guest) is None
    guest.tick()
    assert guest.call("rtems_timer_cancel", identifier) == Status.SUCCESSFUL
    assert due(guest) is None


def test_timer_calls_are_checked(guest: FakeGuest) -> None:
    identifier = timer(guest)
    assert guest.call("rtems_timer_fire_after", identifier, 0, ENTRY, 0) == Status.INVALID_NUMBER
    assert guest.call("rtems_timer_fire_after", identifier, 1, 0, 0) == Status.INVALID_ADDRESS
    assert guest.call("rtems_timer_fire_after", UNKNOWN, 1, ENTRY, 0) == Status.INVALID_ID
    assert guest.call("rtems_timer_fire_when", identifier, OUT, ENTRY, 0) == Status.NOT_DEFINED
    assert guest.call("rtems_timer_cancel", UNKNOWN) == Status.INVALID_ID
    assert guest.call("rtems_timer_reset", UNKNOWN) == Status.INVALID_ID
    assert guest.call("rtems_timer_server_fire_after", identifier, 1, ENTRY, 0) == Status.INCORRECT_STATE


def test_a_timer_for_a_time_of_day(guest: FakeGuest) -> None:
    identifier = timer(guest)
    now = layouts.TIME_OF_DAY.pack(year=2000, month=1, day=1)
    guest.call("rtems_clock_set", guest.put(BUFFER, now))
    assert guest.call("rtems_timer_fire_when", identifier, BUFFER, ENTRY, 5) == Status.INVALID_CLOCK
    guest.put(BUFFER, layouts.TIME_OF_DAY.pack(year=2000, month=1, day=1, second=1))
    assert guest.call("rtems_timer_fire_when", identifier, BUFFER, ENTRY, 5) == Status.SUCCESSFUL
    guest.tick(1000)
    assert due(guest) == (ENTRY, identifier, 5)
    assert guest.call("rtems_timer_reset", identifier) == Status.NOT_DEFINED


def test_the_timer_server_waits_and_then_gets_the_routine(guest: FakeGuest) -> None:
    assert guest.call("rtems_timer_initiate_server", 300, 4096, 0) == Status.INVALID_PRIORITY
    guest.call("rtems_timer_initiate_server", 0xFFFF_FFFF, 4096, 0)
    server = guest.executing
    assert guest.kernel.executing.priority == 0
    assert guest.port.registers.r[0] == 0x1200
    guest.call("timer_server_next", CALL)
    assert guest.executing == INIT
    assert guest.call("rtems_timer_initiate_server", 5, 4096, 0) == Status.INCORRECT_STATE
    identifier = timer(guest)
    guest.call("rtems_timer_server_fire_after", identifier, 2, ENTRY, 9)
    guest.tick(2)
    assert guest.executing == server
    assert due(guest) is None
    assert layouts.TIMER_CALL.unpack(guest.port.memory.peek(CALL, 12)) == {
        "routine": ENTRY,
        "id": identifier,
        "user_data": 9,
    }


def test_a_timer_does_not_wake_the_server_out_of_what_a_routine_of_it_waits_for(guest: FakeGuest) -> None:
    guest.call("rtems_timer_initiate_server", 0xFFFF_FFFF, 4096, 0)
    server = guest.kernel.part(TimerService).server
    guest.call("timer_server_next", CALL)
    identifier = timer(guest)
    guest.call("rtems_timer_server_fire_after", identifier, 1, ENTRY, 9)
    guest.tick()
    assert guest.kernel.executing is server
    guest.call("rtems_task_wake_after", 4)  # the routine
    guest.call("rtems_timer_server_fire_after", identifier, 2, ENTRY, 9)
    guest.tick(3)
    assert server.wait is not None
    guest.tick()
    assert guest.kernel.executing is server
    guest.call("timer_server_next", CALL)
    assert guest.kernel.executing is server
    assert not guest.kernel.part(TimerService).server_due


def test_the_server_waits_again_when_its_timer_was_cancelled_before_it_ran(guest: FakeGuest) -> None:
    guest.call("rtems_timer_initiate_server", 200, 4096, 0)
    server = guest.kernel.part(TimerService).server
    guest.call("rtems_task_wake_after", 1)
    assert guest.kernel.executing is server
    guest.call("timer_server_next", CALL)
    guest.tick()
    assert guest.executing == INIT
    identifier = timer(guest)
    guest.call("rtems_timer_server_fire_after", identifier, 1, ENTRY, 9)
    guest.tick()
    assert server.wait is None
    guest.call("rtems_timer_cancel", identifier)
    guest.call("rtems_task_wake_after", 1)
    assert guest.kernel.executing.is_idle
    assert server.wait is not None


# -- partitions and regions --------------------------------------------------------------------------------------


def test_a_partition_hands_out_its_buffers_and_takes_them_back(guest: FakeGuest) -> None:
    guest.call("rtems_partition_create", NAME, AREA, 200, 64, 0, OUT)
    identifier = guest.word(OUT)
    buffers = []
    while guest.call("rtems_partition_get_buffer", identifier, OUT) == Status.SUCCESSFUL:
        buffers.append(guest.word(OUT))
    assert guest.r0 == Status.UNSATISFIED
    assert buffers == [AREA, AREA + 64, AREA + 128]
    assert guest.call("rtems_partition_delete", identifier) == Status.RESOURCE_IN_USE
    assert guest.call("rtems_partition_return_buffer", identifier, AREA + 1) == Status.INVALID_ADDRESS
    assert guest.call("rtems_partition_return_buffer", identifier, buffers[1]) == Status.SUCCESSFUL
    assert guest.call("rtems_partition_return_buffer", identifier, buffers[1]) == Status.INVALID_ADDRESS
    guest.call("rtems_partition_get_buffer", identifier, OUT)
    assert guest.word(OUT) == buffers[1]


@pytest.mark.parametrize(
    ("start_at", "length", "size", "status"),
    [
        (0, 256, 64, Status.INVALID_ADDRESS),
        (AREA + 1, 256, 64, Status.INVALID_ADDRESS),
        (AREA, 0, 64, Status.INVALID_SIZE),
        (AREA, 256, 0, Status.INVALID_SIZE),
        (AREA, 32, 64, Status.INVALID_SIZE),
        (AREA, 256, 6, Status.INVALID_SIZE),
        (AREA, 256, 4, Status.INVALID_SIZE),
        (AREA, 1 << 30, 8, Status.TOO_MANY),
    ],
)
def test_partitions_are_checked(guest: FakeGuest, start_at: int, length: int, size: int, status: Status) -> None:
    assert guest.call("rtems_partition_create", NAME, start_at, length, size, 0, OUT) == status


def test_all_partitions_together_have_a_limit_of_buffers(guest: FakeGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtems_shim.classic.partitions.BUFFER_LIMIT", 5)
    create = "rtems_partition_create"
    assert guest.call(create, NAME, AREA, 192, 64, 0, OUT) == Status.SUCCESSFUL
    assert guest.call(create, NAME, AREA, 192, 64, 0, OUT) == Status.TOO_MANY
    assert guest.call(create, NAME, AREA, 128, 64, 0, OUT) == Status.SUCCESSFUL


def region(guest: FakeGuest, length: int = 1024) -> int:
    assert guest.call("rtems_region_create", NAME, AREA, length, 64, 0, OUT) == Status.SUCCESSFUL
    return guest.word(OUT)


def segment(guest: FakeGuest, identifier: int, size: int, options: int = NO_WAIT) -> int:
    return guest.call("rtems_region_get_segment", identifier, size, options, 0, OUT)


def test_a_region_hands_out_segments_in_whole_pages(guest: FakeGuest) -> None:
    identifier = region(guest)
    assert segment(guest, identifier, 100) == Status.SUCCESSFUL
    first = guest.word(OUT)
    assert guest.call("rtems_region_get_segment_size", identifier, first, SIZE) == Status.SUCCESSFUL
    assert guest.word(SIZE) == 124
    assert segment(guest, identifier, 900) == Status.UNSATISFIED
    assert segment(guest, identifier, 2000) == Status.INVALID_SIZE
    assert guest.call("rtems_region_delete", identifier) == Status.RESOURCE_IN_USE
    assert guest.call("rtems_region_return_segment", identifier, first + 64) == Status.INVALID_ADDRESS
    assert guest.call("rtems_region_return_segment", identifier, first) == Status.SUCCESSFUL
    assert segment(guest, identifier, 900) == Status.SUCCESSFUL


def test_who_returns_a_segment_writes_the_waiter_s_pointer(guest: FakeGuest) -> None:
    identifier = region(guest)
    segment(guest, identifier, 900)
    held = guest.word(OUT)
    task = start(guest)
    word = stack_word(guest, task)
    guest.call("rtems_region_get_segment", identifier, 800, WAIT, 0, word)
    assert guest.executing == INIT
    guest.trap("rtems_region_return_segment", identifier, held)
    assert guest.port.faults[-1][0].address == word
    init = guest.kernel.executing
    guest.kernel.protection.share(guest.kernel.find_thread(task), init, 3, "test", init, 0)
    segment(guest, identifier, 900)
    guest.call("rtems_region_return_segment", identifier, guest.word(OUT))
    assert (guest.executing, guest.r0) == (task, Status.SUCCESSFUL)
    assert guest.word(word) == held


def test_segments_are_resized_in_place_and_regions_extended(guest: FakeGuest) -> None:
    identifier = region(guest)
    segment(guest, identifier, 100)
    first = guest.word(OUT)
    assert guest.call("rtems_region_resize_segment", identifier, first, 500, SIZE) == Status.SUCCESSFUL
    assert guest.word(SIZE) == 124
    assert guest.call("rtems_region_resize_segment", identifier, first, 5000, SIZE) == Status.UNSATISFIED
    assert guest.call("rtems_region_extend", identifier, AREA + 512, 4096) == Status.INVALID_ADDRESS
    assert guest.call("rtems_region_extend", identifier, AREA + 4096, 4096) == Status.SUCCESSFUL
    assert segment(guest, identifier, 3000) == Status.SUCCESSFUL
    assert guest.word(OUT) > AREA + 4096


def test_regions_have_limits_of_segments_and_areas(guest: FakeGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtems_shim.classic.regions.SEGMENT_LIMIT", 1)
    monkeypatch.setattr("rtems_shim.classic.regions.AREA_LIMIT", 1)
    identifier = region(guest)
    assert segment(guest, identifier, 8) == Status.SUCCESSFUL
    assert segment(guest, identifier, 8) == Status.UNSATISFIED
    assert guest.call("rtems_region_extend", identifier, AREA + 4096, 4096) == Status.INVALID_ADDRESS


def test_region_calls_are_checked(guest: FakeGuest) -> None:
    create = "rtems_region_create"
    assert guest.call(create, NAME, 0, 1024, 64, 0, OUT) == Status.INVALID_ADDRESS
    assert guest.call(create, NAME, AREA, 16, 64, 0, OUT) == Status.INVALID_SIZE
    assert guest.call(create, NAME, 0xFFFF_FF00, 1024, 64, 0, OUT) == Status.INVALID_SIZE
    identifier = region(guest)
    assert guest.call("rtems_region_get_segment", identifier, 8, NO_WAIT, 0, 0) == Status.INVALID_ADDRESS
    assert segment(guest, identifier, 0) == Status.INVALID_SIZE
    assert segment(guest, UNKNOWN, 8) == Status.INVALID_ID
    assert guest.call("rtems_region_return_segment", UNKNOWN, AREA) == Status.INVALID_ID
    assert guest.call("rtems_region_extend", identifier, 0, 64) == Status.INVALID_ADDRESS


# -- periods and signals -----------------------------------------------------------------------------------------


def test_a_period_waits_for_its_end_and_tells_who_is_late(guest: FakeGuest) -> None:
    guest.call("rtems_rate_monotonic_create", NAME, OUT)
    identifier = guest.word(OUT)
    period = "rtems_rate_monotonic_period"
    assert guest.call(period, identifier, 0) == Status.NOT_DEFINED
    assert guest.call(period, identifier, 5) == Status.SUCCESSFUL
    guest.tick(2)
    guest.call(period, identifier, 5)
    assert guest.kernel.executing.is_idle
    guest.tick(3)
    assert (guest.executing, guest.r0) == (INIT, Status.SUCCESSFUL)
    guest.tick(7)
    assert guest.call(period, identifier, 0) == Status.TIMEOUT
    assert guest.call(period, identifier, 5) == Status.TIMEOUT
    assert guest.call(period, UNKNOWN, 5) == Status.INVALID_ID
    start(guest)
    assert guest.call(period, identifier, 5) == Status.NOT_OWNER_OF_RESOURCE
    assert guest.call("rtems_rate_monotonic_cancel", identifier) == Status.NOT_OWNER_OF_RESOURCE


def test_a_cancelled_period_is_inactive(guest: FakeGuest) -> None:
    guest.call("rtems_rate_monotonic_create", NAME, OUT)
    identifier = guest.word(OUT)
    guest.call("rtems_rate_monotonic_period", identifier, 5)
    assert guest.call("rtems_rate_monotonic_cancel", identifier) == Status.SUCCESSFUL
    assert guest.call("rtems_rate_monotonic_period", identifier, 0) == Status.NOT_DEFINED
    assert not guest.kernel.time.anything_scheduled


def test_asynchronous_signals_run_a_task_s_handler(guest: FakeGuest) -> None:
    assert guest.call("rtems_signal_send", 0, 4) == Status.NOT_DEFINED
    assert guest.call("rtems_signal_send", 0, 0) == Status.INVALID_NUMBER
    assert guest.call("rtems_signal_send", UNKNOWN, 4) == Status.INVALID_ID
    guest.call("rtems_signal_catch", ENTRY, 0x100)
    guest.trap("rtems_signal_send", 0, 4)
    guest.trap("rtems_signal_send", 0, 8)
    guest.switch_if_pended()
    assert guest.port.registers.pc == 0x1300
    assert guest.call("signal_next", CALL) == 1
    call = layouts.SIGNAL_CALL.unpack(guest.port.memory.peek(CALL, layouts.SIGNAL_CALL.size))
    assert (call["handler"], call["signal"], call["is_classic"]) == (ENTRY, 12, 1)
    assert not guest.kernel.executing.preemptible
    assert guest.call("signal_next", CALL) == 0
    assert guest.kernel.executing.preemptible
    guest.call("signal_return")
    assert guest.r0 == Status.SUCCESSFUL


def test_a_task_may_hold_its_signals_back(guest: FakeGuest) -> None:
    guest.call("rtems_signal_catch", ENTRY, 0)
    guest.call("rtems_task_mode", 0x400, 0x400, OUT)
    guest.call("rtems_signal_send", 0, 4)
    assert guest.port.registers.pc != 0x1300
    guest.call("rtems_task_mode", 0, 0x400, OUT)
    assert guest.port.registers.pc == 0x1300
