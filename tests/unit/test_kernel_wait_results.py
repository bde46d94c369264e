"""What a blocked thread gets, when rights change while it waits: asked at the copy, for the thread whose copy it is."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, FakeGuest

from emulator.armv7m.core import CONTROL_NPRIV
from emulator.armv7m.faults import CAUSES, Access, Fault
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EINTR
from rtems_shim.core.clock import pack_timespec
from rtems_shim.core.events import CopyMade
from rtems_shim.core.thread import Thread
from rtems_shim.core.wait_results import Owed, settle
from rtems_shim.posix.mqueue import PosixQueues

SIGUSR1 = 25
READ_WRITE = 3
O_CREAT_RDWR = 0x202
NO_WAIT_RESULT = 0x5EC2_E700


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest()


class Scene:
    """Init waits with a result pointer into the stack of ``owner``, which it may use; another thread executes."""

    def __init__(self, guest: FakeGuest) -> None:
        self.guest = guest
        self.kernel = guest.kernel
        self.init = guest.kernel.executing
        self.owner = self.thread(guest.create_thread())
        self.word = guest.set_word(self.owner.stack_base + 0x100, NO_WAIT_RESULT)
        self.allow()

    def thread(self, identifier: int) -> Thread:
        found = self.kernel.find_thread(identifier)
        assert found is not None
        return found

    def allow(self) -> None:
        assert self.kernel.protection.share(self.owner, self.init, READ_WRITE, "test", self.owner, 0)

    def revoke(self) -> None:
        assert self.kernel.protection.unshare(self.owner, self.init, "test", self.owner, 0)

    def wait_for_message(self) -> int:
        attributes = self.guest.put(SCRATCH, layouts.MQ_ATTR.pack(mq_maxmsg=1, mq_msgsize=4))
        queue = self.guest.trap("mq_open", self.guest.string("/q"), O_CREAT_RDWR, 0o600, attributes)
        self.guest.call("mq_receive", queue, SCRATCH + 0x40, 4, self.word, 0, SCRATCH + 0x60)
        assert self.kernel.executing is self.owner
        return queue

    def wait_for_time(self) -> None:
        action = self.guest.put(SCRATCH, layouts.SIGACTION.pack(handler=0x3001))
        assert self.guest.trap("sigaction", SIGUSR1, action, 0) == 0
        requested = self.guest.put(SCRATCH + 0x20, pack_timespec(5_000_000_000))
        self.guest.call("nanosleep", requested, self.word)
        assert self.kernel.executing is self.owner

    def wait_for_end(self) -> None:
        self.guest.call("pthread_join", self.owner.id, self.word)
        assert self.kernel.executing is self.owner

    def back_at_the_svc(self) -> tuple[Fault, int]:
        """Let Init, which executes, make its trap once more, as the processor does; return the fault and its place."""
        assert self.kernel.executing is self.init
        assert not self.guest.port.faults
        self.guest.port.registers.pc += 2
        self.kernel.trap()
        ((fault, pc),) = self.guest.port.faults
        return fault, pc


def refused(address: int, size: int) -> Fault:
    return Fault(CAUSES["DACCVIOL"], address, Access.WRITE, size)


# -- the thread's own results ----------------------------------------------------------------------------------------


def test_a_joiner_stores_the_value_itself_once_it_runs(guest: FakeGuest) -> None:
    scene = Scene(guest)
    target = guest.create_thread()
    guest.call("pthread_join", target, scene.word)
    guest.run(target)
    guest.trap("thread_exit", 7)
    assert guest.word(scene.word) == NO_WAIT_RESULT, "the joiner is ready, but has not run"
    guest.switch_if_pended()
    guest.run(scene.init.id)
    assert guest.word(scene.word) == 7
    assert guest.port.faults == []


def test_the_value_of_a_join_is_refused_where_the_share_was_taken_away(guest: FakeGuest) -> None:
    scene = Scene(guest)
    target = guest.create_thread()
    svc = guest.port.registers.pc
    guest.call("pthread_join", target, scene.word)
    scene.revoke()
    guest.run(target)
    guest.call("thread_exit", 7)
    guest.run(scene.init.id)
    assert guest.word(scene.word) == NO_WAIT_RESULT
    assert scene.back_at_the_svc() == (refused(scene.word, 4), svc)
    copy = scene.kernel.refused_copy
    assert copy is not None and copy.late
    assert (copy.source.id, copy.destination, copy.waited) == (target, scene.init, scene.init)
    assert copy.reason == f"the end of thread 0x{target:08x}"


def test_a_share_that_ends_between_waking_and_running_counts(guest: FakeGuest) -> None:
    scene = Scene(guest)
    target = guest.create_thread()
    guest.call("pthread_join", target, scene.word)
    guest.run(target)
    guest.trap("thread_exit", 7)
    scene.revoke()
    guest.switch_if_pended()
    guest.run(scene.init.id)
    assert guest.word(scene.word) == NO_WAIT_RESULT
    assert scene.back_at_the_svc()[0] == refused(scene.word, 4)


def test_a_share_that_is_made_while_the_thread_waits_counts_too(guest: FakeGuest) -> None:
    scene = Scene(guest)
    scene.revoke()
    scene.wait_for_message()
    scene.allow()
    guest.call("mq_send", guest.kernel.part(PosixQueues).table.items()[0][0], SCRATCH, 1, 9, 0)
    guest.run(scene.init.id)
    assert guest.word(scene.word) == 9
    assert guest.port.faults == []


def test_the_priority_of_a_message_is_refused_where_the_share_was_taken_away(guest: FakeGuest) -> None:
    scene = Scene(guest)
    queue = scene.wait_for_message()
    scene.revoke()
    assert guest.call("mq_send", queue, SCRATCH, 1, 9, 0) == 0
    guest.run(scene.init.id)
    assert guest.word(scene.word) == NO_WAIT_RESULT
    assert scene.back_at_the_svc()[0] == refused(scene.word, 4)
    copy = scene.kernel.refused_copy
    assert copy is not None and (copy.source, copy.destination) == (scene.owner, scene.init)


def test_the_rest_of_a_sleep_is_refused_where_the_share_was_taken_away(guest: FakeGuest) -> None:
    scene = Scene(guest)
    scene.wait_for_time()
    before = guest.port.memory.peek(scene.word, 16)
    scene.revoke()
    assert guest.trap("pthread_kill", scene.init.id, SIGUSR1) == 0
    scene.init.posix.signals_blocked = ~0  # no handler: only the interrupted call
    guest.run(scene.init.id)
    assert guest.port.memory.peek(scene.word, 16) == before
    assert scene.back_at_the_svc()[0] == refused(scene.word, 16)


def test_a_sleep_that_a_signal_ends_tells_the_rest(guest: FakeGuest) -> None:
    scene = Scene(guest)
    scene.wait_for_time()
    assert guest.trap("pthread_kill", scene.init.id, SIGUSR1) == 0
    scene.init.posix.signals_blocked = ~0
    guest.run(scene.init.id)
    assert guest.r0 == -EINTR
    assert guest.word(scene.word) in (4, 5)


def test_a_handler_that_runs_first_makes_its_calls_as_ever(guest: FakeGuest) -> None:
    scene = Scene(guest)
    scene.wait_for_time()
    scene.revoke()
    guest.trap("pthread_kill", scene.init.id, SIGUSR1)
    guest.run(scene.owner.id)
    guest.call("sched_yield")
    assert guest.kernel.executing is scene.init
    assert guest.port.registers.pc == guest.kernel.configuration["signal_entry"] & ~1
    assert guest.call("sem_init", SCRATCH, 0, 1) == 0
    assert guest.port.faults == []
    assert scene.init.refused is not None


def test_a_refused_result_leaves_the_registers_of_the_call(guest: FakeGuest) -> None:
    scene = Scene(guest)
    queue = scene.wait_for_message()
    scene.revoke()
    guest.call("mq_send", queue, SCRATCH, 1, 9, 0)
    guest.run(scene.init.id)
    assert list(guest.port.registers.r[:4]) == [queue, SCRATCH + 0x40, 4, scene.word]


def test_an_it_block_around_the_svc_does_not_skip_it_the_second_time(guest: FakeGuest) -> None:
    scene = Scene(guest)
    guest.port.registers.xpsr = 0x0600_FC00 | 1 << 24
    queue = scene.wait_for_message()
    scene.revoke()
    guest.call("mq_send", queue, SCRATCH, 1, 9, 0)
    guest.run(scene.init.id)
    assert guest.port.registers.xpsr == 1 << 24


@pytest.mark.parametrize(
    ("exc_return", "xpsr", "frame", "above"),
    [(0xFFFF_FFFD, 0, 36, 0x20), (0xFFFF_FFFD, 1 << 9, 36, 0x24), (0xFFFF_FFED, 0, 100, 0x68)],
)
def test_the_stack_pointer_at_the_svc_is_that_above_the_frame(
    guest: FakeGuest, exc_return: int, xpsr: int, frame: int, above: int
) -> None:
    thread = guest.kernel.executing
    thread.sp = thread.stack_base + 0x400
    guest.set_word(thread.sp + layouts.FRAME_EXC_RETURN, exc_return)
    guest.set_word(thread.sp + frame + 24, 0x1234)
    guest.set_word(thread.sp + frame + 28, xpsr)
    thread.owed.append(Owed(0x1000, b"flash", None, lambda: "a test"))
    settle(guest.kernel, thread)
    assert guest.word(thread.sp + frame + 24) == 0x1232
    assert thread.refused is not None and thread.refused.sp == thread.sp + frame + above


def test_an_unprivileged_thread_stores_its_results_unprivileged() -> None:
    guest = FakeGuest(flags=layouts.CONFIG_UNPRIVILEGED)
    target = guest.create_thread()
    assert guest.port.registers.control & CONTROL_NPRIV
    guest.call("pthread_join", target, 0x4000_0000)
    guest.call("thread_exit", 7)
    guest.port.registers.pc += 2
    guest.kernel.trap()
    assert [fault for fault, _ in guest.port.faults] == [refused(0x4000_0000, 4)]


def test_a_task_that_begins_again_owes_and_is_owed_nothing(guest: FakeGuest) -> None:
    task = SCRATCH + 0x80
    guest.trap("rtems_task_create", 0x5441_3120, 253, 4096, 0x400, 0, task)
    guest.trap("rtems_task_start", guest.word(task), 0x2101, 0)
    scene = Scene(guest)
    waiter = scene.thread(guest.word(task))
    guest.run(waiter.id)
    target = guest.create_thread()
    guest.call("pthread_join", target, guest.set_word(SCRATCH + 0x90, NO_WAIT_RESULT))
    guest.run(target)
    guest.trap("thread_exit", 7)
    assert waiter.owed
    guest.from_handler(16, "rtems_task_restart", waiter.id, 0)
    guest.switch_if_pended()
    guest.run(waiter.id)
    assert guest.word(SCRATCH + 0x90) == NO_WAIT_RESULT


# -- what the waker writes -------------------------------------------------------------------------------------------


def block_in_event_receive(guest: FakeGuest, received: int) -> Thread:
    """Let Init wait for event 1 with its result at ``received``; a new thread executes. Return Init."""
    init = guest.kernel.executing
    guest.create_thread()
    guest.call("rtems_event_receive", 1, 0, 0, received)
    assert guest.kernel.executing is not init
    return init


def test_a_waker_is_bound_by_its_rights_of_the_moment(guest: FakeGuest) -> None:
    init = guest.kernel.executing
    received = guest.set_word(init.stack_base + 0x100, NO_WAIT_RESULT)
    block_in_event_receive(guest, received)
    sender = guest.kernel.executing
    guest.kernel.protection.share(init, sender, READ_WRITE, "test", init, 0)
    guest.kernel.protection.unshare(init, sender, "test", init, 0)
    guest.trap("rtems_event_send", init.id, 1)
    assert [fault for fault, _ in guest.port.faults] == [refused(received, 4)]
    assert init.wait is not None
    copy = guest.kernel.refused_copy
    assert copy is not None and not copy.late
    assert (copy.source, copy.destination, copy.waited) == (sender, init, init)


def test_an_interrupt_handler_that_wakes_is_no_thread(guest: FakeGuest) -> None:
    init = guest.kernel.executing
    block_in_event_receive(guest, init.stack_base + 0x100)
    guest.from_handler(16, "rtems_event_send", init.id, 1)
    copy = guest.kernel.refused_copy
    assert copy is not None and (copy.source, copy.destination) == (None, init)


def test_a_fault_of_the_caller_s_own_pointer_is_no_copy_between_threads(guest: FakeGuest) -> None:
    test_an_interrupt_handler_that_wakes_is_no_thread(guest)
    guest.trap("sem_getvalue", guest.kernel.threads.idle.stack_base, SCRATCH)
    assert guest.kernel.refused_copy is None


def test_a_region_s_waiter_gets_its_segment_by_the_returner_s_access(guest: FakeGuest) -> None:
    init = guest.kernel.executing
    region, segment = SCRATCH + 0x80, SCRATCH + 0x84
    assert guest.trap("rtems_region_create", 0x5245_4731, SCRATCH + 0x1000, 0x200, 0x20, 0, region) == 0
    assert guest.trap("rtems_region_get_segment", guest.word(region), 0x180, 0, 0, segment) == 0
    pointer = guest.set_word(init.stack_base + 0x100, NO_WAIT_RESULT)
    guest.create_thread()
    guest.call("rtems_region_get_segment", guest.word(region), 0x180, 0, 0, pointer)
    assert guest.word(pointer) == 0, "as in RTEMS, from the first on"
    guest.trap("rtems_region_return_segment", guest.word(region), guest.word(segment))
    assert [fault for fault, _ in guest.port.faults] == [refused(pointer, 4)]
    assert init.wait is not None


def test_kernel_opens_opens_to_the_waker_what_the_waiter_may_use() -> None:
    guest = FakeGuest(mode="kernel-opens")
    init = guest.kernel.executing
    received = guest.set_word(init.stack_base + 0x100, 0)
    block_in_event_receive(guest, received)
    guest.trap("rtems_event_send", init.id, 1)
    assert guest.port.faults == []
    assert guest.word(received) == 1
    assert len(guest.events(CopyMade)) == 1


def test_kernel_opens_does_not_open_what_the_waiter_may_not_use() -> None:
    guest = FakeGuest(mode="kernel-opens")
    third = guest.kernel.find_thread(guest.create_thread())
    init = block_in_event_receive(guest, guest.set_word(third.stack_base + 0x100, NO_WAIT_RESULT))
    while guest.kernel.executing is third:
        guest.call("sched_yield")
    guest.trap("rtems_event_send", init.id, 1)
    assert guest.word(third.stack_base + 0x100) == NO_WAIT_RESULT
    assert [fault for fault, _ in guest.port.faults] == [refused(third.stack_base + 0x100, 4)]


@pytest.mark.parametrize("address", [0x1000, 0x2080_0000 - 2, 0x4000_0000])
def test_kernel_opens_ends_with_the_ram(address: int) -> None:
    guest = FakeGuest(mode="kernel-opens", flags=layouts.CONFIG_UNPRIVILEGED)
    init = block_in_event_receive(guest, address)
    before = guest.port.memory.peek(0x1000, 4)
    guest.trap("rtems_event_send", init.id, 1)
    assert len(guest.port.faults) == 1
    assert guest.port.memory.peek(0x1000, 4) == before
