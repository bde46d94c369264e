"""POSIX threads: creation, ends, joins, scheduling parameters, names, attributes."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, STACK_ARENA, FakeGuest

from emulator.machine.events import Switched, ThreadCreated
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EAGAIN, EDEADLK, EFAULT, EINVAL, ENOTSUP, ERANGE, ESRCH
from rtems_shim.core.events import ThreadEnded

INIT = 0x0B01_0001
IDLE = 0x0901_0001
OUT = SCRATCH
ATTRIBUTES = SCRATCH + 0x100
STACK = 0x2010_0000


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest()


def attributes(guest: FakeGuest, **changes: int) -> int:
    values = {"is_initialized": 1, "stacksize": 8192, "inheritsched": 2, "schedpolicy": 1, "sched_priority": 2}
    return guest.put(ATTRIBUTES, layouts.THREAD_ATTRIBUTES.pack(**(values | {"detachstate": 1} | changes)))


def create(guest: FakeGuest, **changes: int) -> int:
    return guest.call("pthread_create", OUT, attributes(guest, **changes), 0x2101, 0)


def test_the_initial_thread_runs_its_entry_with_the_posix_id_and_priority_2(guest: FakeGuest) -> None:
    assert guest.executing == INIT
    assert guest.port.registers.pc == 0x1000
    assert guest.port.registers.r[0] == 0x2000
    assert guest.kernel.executing.priority == 253


def test_the_idle_thread_is_the_internal_api_s(guest: FakeGuest) -> None:
    created = guest.events(ThreadCreated)
    assert [event.thread for event in created] == [IDLE, INIT]
    assert created[0].priority == 255


def test_a_new_thread_begins_at_thread_begin_with_entry_argument_and_kind(guest: FakeGuest) -> None:
    assert guest.call("pthread_create", OUT, 0, 0x2101, 0x77) == 0
    guest.run(guest.word(OUT))
    registers = guest.port.registers
    assert registers.pc == 0x1000
    assert registers.r[0:3] == [0x2101, 0x77, layouts.THREAD_POSIX]
    assert registers.psp % 8 == 0
    thread = guest.kernel.executing
    assert thread.stack_base <= registers.psp <= thread.stack_base + thread.stack_size


def test_thread_ids_count_up_and_an_index_is_used_again_after_all_others(guest: FakeGuest) -> None:
    first = guest.create_thread()
    assert first == 0x0B01_0002
    guest.run(first)
    guest.end_thread()
    assert guest.call("pthread_join", first, 0) == 0
    assert guest.create_thread() == 0x0B01_0003


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"is_initialized": 0}, EINVAL),
        ({"stackaddr": STACK, "stacksize": 4095}, EINVAL),
        ({"inheritsched": 0}, EINVAL),
        ({"contentionscope": 1}, ENOTSUP),
        ({"schedpolicy": 9}, EINVAL),
        ({"schedpolicy": 4}, EINVAL),  # without a budget
        ({"sched_priority": 0}, EINVAL),
        ({"sched_priority": 255}, EINVAL),
        ({"sched_priority": -1}, EINVAL),
    ],
)
def test_pthread_create_refuses_bad_attributes(guest: FakeGuest, changes: dict[str, int], error: int) -> None:
    assert create(guest, **changes) == error
    assert len(guest.kernel.threads.all()) == 2


def test_pthread_create_looks_at_the_routine_before_the_attributes(guest: FakeGuest) -> None:
    assert guest.call("pthread_create", OUT, attributes(guest, is_initialized=0), 0, 0) == EFAULT


def test_scheduling_attributes_do_not_count_when_they_are_inherited(guest: FakeGuest) -> None:
    assert create(guest, inheritsched=1, schedpolicy=9, sched_priority=-5) == 0
    assert guest.kernel.find_thread(guest.word(OUT)).priority == guest.kernel.executing.priority


def test_a_thread_object_too_many_is_eagain_and_leaves_nothing_behind() -> None:
    guest = FakeGuest(maximum_posix_threads=2)
    assert guest.call("pthread_create", OUT, 0, 0x2101, 0) == 0
    before = [thread.id for thread in guest.kernel.threads.all()]
    assert guest.call("pthread_create", OUT, 0, 0x2101, 0) == EAGAIN
    assert [thread.id for thread in guest.kernel.threads.all()] == before


def test_no_per_thread_block_left_is_eagain() -> None:
    guest = FakeGuest(thread_block_count=3)
    assert guest.call("pthread_create", OUT, 0, 0x2101, 0) == 0
    assert guest.call("pthread_create", OUT, 0, 0x2101, 0) == EAGAIN


def test_no_stack_memory_left_is_eagain_until_a_thread_is_joined() -> None:
    guest = FakeGuest(stack_arena_size=0x8000)  # idle has 4 KiB of it, POSIX_Init 8 KiB
    first = guest.create_thread()
    guest.create_thread()
    assert guest.call("pthread_create", OUT, 0, 0x2101, 0) == EAGAIN
    guest.run(first)
    guest.end_thread()
    guest.run(INIT)
    assert guest.call("pthread_join", first, 0) == 0
    assert guest.call("pthread_create", OUT, 0, 0x2101, 0) == 0


def test_stacks_from_the_arena_are_aligned_for_one_mpu_region(guest: FakeGuest) -> None:
    assert create(guest, stacksize=10_000) == 0
    thread = guest.kernel.find_thread(guest.word(OUT))
    assert thread.stack_base % 16384 == 0
    assert thread.stack_size == 10_240  # five eighths of 16 KiB
    assert thread.stack_base >= STACK_ARENA


def test_a_stack_of_the_program_is_used_as_it_is(guest: FakeGuest) -> None:
    assert create(guest, stackaddr=STACK, stacksize=8192) == 0
    thread = guest.kernel.find_thread(guest.word(OUT))
    assert (thread.stack_base, thread.stack_size) == (STACK, 8192)


def test_two_live_threads_cannot_have_the_same_stack(guest: FakeGuest) -> None:
    assert create(guest, stackaddr=STACK, stacksize=8192) == 0
    assert create(guest, stackaddr=STACK + 4096, stacksize=8192) == EINVAL


def test_pthread_create_with_a_bad_id_pointer_faults_and_creates_nothing(guest: FakeGuest) -> None:
    guest.trap("pthread_create", 0x0000_1000, 0, 0x2101, 0)
    fault, pc = guest.port.faults[-1]
    assert fault.cause.name == "DACCVIOL"
    assert pc == guest.port.registers.pc - 2
    assert len(guest.kernel.threads.all()) == 2


def test_join_waits_for_the_end_and_gets_the_value(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    guest.call("pthread_join", thread, OUT)
    assert guest.executing == thread
    guest.end_thread(0xBEEF)
    assert guest.executing == INIT
    assert guest.r0 == 0
    assert guest.word(OUT) == 0xBEEF
    assert guest.kernel.find_thread(thread) is None


def test_join_of_a_thread_that_has_ended_gets_the_value_at_once(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    guest.run(thread)
    guest.end_thread(5)
    assert guest.call("pthread_join", thread, OUT) == 0
    assert guest.word(OUT) == 5


def test_every_joiner_gets_the_value(guest: FakeGuest) -> None:
    target = guest.create_thread()
    second = guest.create_thread()
    guest.call("pthread_join", target, OUT)
    guest.run(second)
    guest.call("pthread_join", target, OUT + 4)
    assert guest.executing == target
    guest.end_thread(9)
    guest.run(INIT)
    guest.run(second)
    assert guest.word(OUT) == guest.word(OUT + 4) == 9


def test_join_refuses_oneself_unknown_and_detached_threads(guest: FakeGuest) -> None:
    assert guest.call("pthread_join", INIT, 0) == EDEADLK
    assert guest.call("pthread_join", 0x0B01_0009, 0) == ESRCH
    assert create(guest, detachstate=0) == 0
    assert guest.call("pthread_join", guest.word(OUT), 0) == EINVAL


def test_a_circle_of_joins_is_edeadlk(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    guest.call("pthread_join", thread, 0)
    assert guest.executing == thread
    assert guest.call("pthread_join", INIT, 0) == EDEADLK


def test_a_detached_thread_is_forgotten_when_it_ends(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    assert guest.call("pthread_detach", thread) == 0
    assert guest.call("pthread_detach", thread) == 0
    guest.run(thread)
    guest.end_thread()
    assert guest.kernel.find_thread(thread) is None
    assert guest.call("pthread_detach", thread) == ESRCH


def test_detaching_a_thread_that_has_ended_frees_it(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    guest.run(thread)
    guest.end_thread()
    assert guest.kernel.find_thread(thread) is not None
    assert guest.call("pthread_detach", thread) == 0
    assert guest.kernel.find_thread(thread) is None


def test_the_stack_of_an_ended_thread_is_not_given_away_before_the_switch(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    guest.call("pthread_detach", thread)
    guest.run(thread)
    base = guest.kernel.executing.stack_base
    guest.trap("thread_exit", 0)
    assert guest.kernel.find_thread(thread) is not None
    guest.switch_if_pended()
    assert guest.kernel.find_thread(thread) is None
    assert guest.create_thread() != thread
    assert guest.kernel.thread_by_stack(base) is not None


def test_self_is_the_executing_thread(guest: FakeGuest) -> None:
    assert guest.call("pthread_self") == INIT


def test_a_more_urgent_thread_runs_at_once_and_the_creator_s_result_waits(guest: FakeGuest) -> None:
    thread = guest.create_thread(priority=10)
    assert guest.executing == thread
    guest.end_thread()
    assert guest.executing == INIT
    assert guest.r0 == 0


def test_yield_goes_round_among_equals(guest: FakeGuest) -> None:
    first, second = guest.create_thread(), guest.create_thread()
    order = []
    for _ in range(4):
        guest.call("sched_yield")
        order.append(guest.executing)
    assert order == [first, second, INIT, first]


def test_round_robin_threads_share_the_processor_by_ticks(guest: FakeGuest) -> None:
    guest.set_word(OUT, 2)
    guest.call("pthread_setschedparam", INIT, 2, OUT)
    other = guest.create_thread()
    guest.tick(4)
    assert guest.executing == INIT
    guest.tick()
    assert guest.executing == other
    guest.tick(5)
    assert guest.executing == INIT


def test_scheduling_parameters_read_back(guest: FakeGuest) -> None:
    guest.set_word(OUT, 100)
    assert guest.call("pthread_setschedparam", INIT, 2, OUT) == 0
    assert guest.call("pthread_getschedparam", INIT, OUT + 0x40, OUT + 0x80) == 0
    assert guest.word(OUT + 0x40) == 2
    assert guest.word(OUT + 0x80) == 100
    assert guest.kernel.executing.priority == 155


def test_scheduling_parameters_are_checked(guest: FakeGuest) -> None:
    guest.set_word(OUT, 100)
    assert guest.call("pthread_setschedparam", INIT, 2, 0) == EINVAL
    assert guest.call("pthread_setschedparam", INIT, 7, OUT) == EINVAL
    assert guest.call("pthread_setschedparam", 0x0B01_0009, 2, OUT) == ESRCH
    guest.set_word(OUT, 255)
    assert guest.call("pthread_setschedparam", INIT, 2, OUT) == EINVAL
    assert guest.call("pthread_getschedparam", INIT, 0, OUT) == EINVAL
    assert guest.call("pthread_getschedparam", 0x0B01_0009, OUT, OUT) == ESRCH
    assert guest.call("pthread_setschedprio", INIT, 0) == EINVAL
    assert guest.call("pthread_setschedprio", 0x0B01_0009, 2) == ESRCH


def test_lowering_one_s_own_priority_makes_way(guest: FakeGuest) -> None:
    other = guest.create_thread()
    assert guest.call("pthread_setschedprio", INIT, 1) is not None
    assert guest.executing == other


def test_long_names_are_kept_apart_from_object_names(guest: FakeGuest) -> None:
    name = guest.string("a_thread")
    assert guest.call("pthread_setname_np", INIT, name) == 0
    assert guest.call("pthread_getname_np", INIT, OUT, 16) == 0
    assert guest.port.memory.peek(OUT, 9) == b"a_thread\0"
    assert guest.kernel.executing.name == ""


def test_a_long_name_is_told_as_the_utf_8_that_it_is_and_given_back_byte_by_byte(guest: FakeGuest) -> None:
    for name, told in ((b"k\xc3\xa4se", "käse"), (b"k\xe4se", r"k\xe4se")):
        assert guest.call("pthread_setname_np", INIT, guest.string(name.decode("latin-1"))) == 0
        assert guest.kernel.executing.known_name == told
        assert guest.call("pthread_getname_np", INIT, OUT, 16) == 0
        assert guest.port.memory.peek(OUT, len(name) + 1) == name + b"\0"


def test_a_name_too_long_is_cut_and_erange(guest: FakeGuest) -> None:
    assert guest.call("pthread_setname_np", INIT, guest.string("x" * 16)) == ERANGE
    assert guest.call("pthread_getname_np", INIT, OUT, 8) == ERANGE
    assert guest.port.memory.peek(OUT, 8) == b"xxxxxxx\0"
    assert guest.call("pthread_getname_np", 0x0B01_0009, OUT, 8) == ESRCH
    assert guest.port.memory.peek(OUT, 1) == b"\0"


def test_getattr_tells_the_stack_in_use(guest: FakeGuest) -> None:
    assert guest.call("pthread_getattr_np", INIT, ATTRIBUTES) == 0
    layout = layouts.THREAD_ATTRIBUTES
    values = layout.unpack(guest.port.memory.peek(ATTRIBUTES, layout.size))
    thread = guest.kernel.executing
    assert (values["stackaddr"], values["stacksize"]) == (thread.stack_base, thread.stack_size)
    assert values["is_initialized"] == 1
    assert guest.call("pthread_getattr_np", INIT, 0) == EINVAL
    assert guest.call("pthread_getattr_np", 0x0B01_0009, ATTRIBUTES) == ESRCH


def test_the_round_robin_interval_is_a_time_slice(guest: FakeGuest) -> None:
    assert guest.call("sched_rr_get_interval", OUT) == 0
    assert guest.port.memory.peek(OUT, 12) == layouts.TIMESPEC.pack(tv_sec=0, tv_nsec=5_000_000)[:12]
    assert guest.call("sched_rr_get_interval", 0) == -EINVAL


def test_ends_and_switches_are_told(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    guest.run(thread)
    guest.end_thread()
    assert [event.thread for event in guest.events(ThreadEnded)] == [thread]
    assert [(event.outgoing, event.heir) for event in guest.events(Switched)] == [
        (0, INIT),
        (INIT, thread),
        (thread, INIT),
    ]
