"""Signals: actions, masks, waiting, delivery on the thread's own stack; POSIX timers."""

from __future__ import annotations

import pytest
from support.fake_port import RAM, SCRATCH, FakeGuest

from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EAGAIN, EINTR, EINVAL, ESRCH
from rtems_shim.abi.signal_names import signal_name
from rtems_shim.core.clock import pack_timespec
from rtems_shim.posix.signals import Signals, open_pending
from rtems_shim.report.fault_story import KernelStory

INIT = 0x0B01_0001
USR1, USR2, KILL, ALRM = 25, 26, 9, 14
SET, OLD, INFO, CALL, TIME, EVENT, TIMER = (SCRATCH + 0x40 * n for n in range(7))
HANDLER = 0x2201
SIGNAL_ENTRY = 0x1300
SIG_SETMASK, SIG_BLOCK, SIG_UNBLOCK = 0, 1, 2
SA_SIGINFO = 2


def bit(signal: int) -> int:
    return 1 << (signal - 1)


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest()


def catch(guest: FakeGuest, signal: int, handler: int = HANDLER, flags: int = 0, mask: int = 0) -> int:
    action = layouts.SIGACTION.pack(flags=flags, mask=mask, handler=handler)
    return guest.call("sigaction", signal, guest.put(SET, action), 0)


def next_call(guest: FakeGuest) -> dict[str, int] | None:
    """Ask for the next handler, as signal_entry does."""
    if guest.call("signal_next", CALL) != 1:
        return None
    return layouts.SIGNAL_CALL.unpack(guest.port.memory.peek(CALL, layouts.SIGNAL_CALL.size))


def finish(guest: FakeGuest) -> None:
    """Run all handlers and drop the frame."""
    while next_call(guest) is not None:
        pass
    guest.call("signal_return")


def block(guest: FakeGuest, signal: int, how: int = SIG_BLOCK) -> None:
    assert guest.call("pthread_sigmask", how, guest.set_word(SET, bit(signal)), 0) == 0


def test_a_handler_runs_on_a_frame_of_its_own_and_the_call_goes_on_with_its_result(guest: FakeGuest) -> None:
    catch(guest, USR1)
    registers = guest.port.registers
    registers.r[4:12] = range(40, 48)
    before = registers.psp
    assert guest.trap("kill", 1, USR1) == 0
    registers.r[0] = 0
    after = registers.pc
    guest.switch_if_pended()
    assert registers.pc == SIGNAL_ENTRY
    assert registers.psp % 8 == 0
    assert registers.psp < before
    call = next_call(guest)
    assert call is not None
    assert (call["handler"], call["signal"], call["flags"], call["is_classic"]) == (HANDLER, USR1, 0, 0)
    finish(guest)
    assert registers.pc == after
    assert registers.psp == before
    assert registers.r[4:12] == list(range(40, 48))


def test_what_the_action_says_is_blocked_while_its_handler_runs(guest: FakeGuest) -> None:
    catch(guest, USR1, mask=bit(USR2))
    guest.call("kill", 1, USR1)
    next_call(guest)
    assert guest.kernel.executing.posix.signals_blocked == bit(USR2)
    finish(guest)
    assert guest.kernel.executing.posix.signals_blocked == 0


def test_a_blocked_signal_waits_and_comes_with_the_next_that_is_sent_once_it_is_unblocked(guest: FakeGuest) -> None:
    catch(guest, USR1)
    catch(guest, USR2)
    block(guest, USR1)
    guest.call("kill", 1, USR1)
    assert guest.port.registers.pc != SIGNAL_ENTRY
    guest.call("sigpending", OLD)
    assert guest.word(OLD) == bit(USR1)
    block(guest, USR1, SIG_UNBLOCK)
    assert guest.port.registers.pc != SIGNAL_ENTRY
    guest.call("kill", 1, USR2)
    assert guest.port.registers.pc == SIGNAL_ENTRY
    finish(guest)
    assert guest.kernel.part(Signals).pending == 0


def test_a_handler_of_the_classic_api_brings_no_signal_that_was_unblocked(guest: FakeGuest) -> None:
    catch(guest, USR1)
    block(guest, USR1)
    guest.call("kill", 1, USR1)
    block(guest, USR1, SIG_UNBLOCK)
    guest.kernel.executing.classic.modes = 0  # a POSIX thread handles no Classic signals by itself
    guest.call("rtems_signal_catch", HANDLER, 0)
    guest.call("rtems_signal_send", 0, 4)
    call = next_call(guest)
    assert call is not None
    assert call["is_classic"] == 1
    assert next_call(guest) is None
    guest.call("signal_return")
    assert guest.kernel.part(Signals).pending == bit(USR1)


def test_a_signal_that_its_handler_raises_interrupts_the_handler(guest: FakeGuest) -> None:
    catch(guest, USR1)
    guest.call("kill", 1, USR1)
    assert next_call(guest) is not None
    guest.call("kill", 1, USR1)
    assert len(guest.kernel.executing.posix.signal_frames) == 2


def test_real_time_signals_come_first_and_then_the_lower_number(guest: FakeGuest) -> None:
    for signal in (USR2, 30, USR1):
        catch(guest, signal)
        block(guest, signal)
        guest.call("kill", 1, signal)
    guest.call("pthread_sigmask", SIG_SETMASK, guest.set_word(SET, 0), 0)
    catch(guest, 31)
    guest.call("kill", 1, 31)
    order = []
    while (call := next_call(guest)) is not None:
        order.append(call["signal"])
    assert order == [30, 31, USR1, USR2]


def test_a_queued_value_arrives_with_siginfo(guest: FakeGuest) -> None:
    catch(guest, USR1, flags=SA_SIGINFO)
    guest.call("sigqueue", 1, USR1, 42)
    call = next_call(guest)
    assert call is not None
    assert (call["flags"], call["code"], call["value"]) == (SA_SIGINFO, 1, 42)


def test_queued_signals_have_a_limit() -> None:
    guest = FakeGuest(maximum_posix_queued_signals=2)
    catch(guest, USR1, flags=SA_SIGINFO)
    block(guest, USR1)
    assert guest.call("sigqueue", 1, USR1, 1) == 0
    assert guest.call("sigqueue", 1, USR1, 2) == 0
    assert guest.call("sigqueue", 1, USR1, 3) == -EAGAIN
    catch(guest, USR2)
    block(guest, USR1, SIG_UNBLOCK)
    guest.call("pthread_kill", INIT, USR2)
    values = []
    while (call := next_call(guest)) is not None:
        values.append(call["value"])
    assert values == [1, 2, 0]


def test_an_ignored_signal_is_dropped_and_the_default_ends_the_program(guest: FakeGuest) -> None:
    catch(guest, USR1, handler=1)
    assert guest.call("kill", 1, USR1) == 0
    assert guest.kernel.part(Signals).pending == 0
    guest.call("kill", 1, USR2)
    assert next_call(guest)["handler"] == 0  # signal_entry calls exit(1)


def test_the_end_by_a_signal_s_default_names_the_signal(guest: FakeGuest) -> None:
    guest.call("pthread_kill", INIT, USR1)
    guest.call("signal_next", CALL)
    guest.trap("fatal", 5, 0, 1)
    assert guest.port.stopped is not None
    words = KernelStory(guest.kernel).describe_end(guest.port.stopped, "")
    assert words == "SIGUSR1, for which 0x0b010001 has no handler, ended the program with code 1"
    assert (signal_name(1), signal_name(26), signal_name(27)) == ("SIGHUP", "SIGUSR2", "signal 27")


@pytest.mark.parametrize("interval", [0, 2000])
def test_ualarm_rings_after_whole_ticks_and_again(guest: FakeGuest, interval: int) -> None:
    assert guest.call("ualarm", 2500, interval) == 0
    guest.tick(2)
    assert not guest.kernel.part(Signals).pending & bit(ALRM)
    assert guest.call("ualarm", 2500, interval) == 1000
    catch(guest, ALRM)
    guest.tick(3)
    assert guest.executing == INIT
    assert (guest.call("ualarm", 0, 0) == 2000) is bool(interval)


def test_the_errors_of_the_calls(guest: FakeGuest) -> None:
    assert catch(guest, 0) == catch(guest, 33) == catch(guest, KILL) == -EINVAL
    assert guest.call("kill", 2, USR1) == -ESRCH
    assert guest.call("kill", 1, 99) == -EINVAL
    assert guest.call("kill", 1, 0) == -EINVAL
    assert guest.call("pthread_kill", 0x0B01_0009, USR1) == ESRCH
    assert guest.call("pthread_kill", INIT, 0) == guest.call("pthread_kill", 0x0B01_0009, 99) == EINVAL
    assert guest.call("pthread_sigmask", SIG_BLOCK, 0, 0) == -EINVAL
    assert guest.call("pthread_sigmask", 7, SET, 0) == -EINVAL
    assert guest.call("sigpending", 0) == -EINVAL
    assert guest.call("sigtimedwait", 0, 0, 0) == -EINVAL
    assert guest.call("sigsuspend", 0) == -EINVAL


def test_the_old_action_and_the_old_mask_are_told(guest: FakeGuest) -> None:
    catch(guest, USR1, mask=6)
    assert guest.call("sigaction", USR1, 0, OLD) == 0
    assert layouts.SIGACTION.unpack(guest.port.memory.peek(OLD, 12)) == {"flags": 0, "mask": 6, "handler": HANDLER}
    block(guest, USR1)
    assert guest.call("pthread_sigmask", SIG_BLOCK, 0, OLD) == 0
    assert guest.word(OLD) == bit(USR1)


def test_a_signal_interrupts_a_sleep_and_tells_the_time_left(guest: FakeGuest) -> None:
    catch(guest, USR1)
    sleeper = INIT
    other = guest.create_thread()
    guest.put(TIME, pack_timespec(10_000_000))
    guest.call("nanosleep", TIME, OLD)
    assert guest.executing == other
    guest.tick(4)
    guest.call("pthread_kill", sleeper, USR1)
    guest.run(sleeper)
    assert guest.port.registers.pc == SIGNAL_ENTRY
    finish(guest)
    assert guest.r0 == -EINTR
    assert guest.port.memory.peek(OLD, 12) == pack_timespec(6_000_000)[:12]


def test_a_semaphore_wait_goes_on_and_the_handler_runs_afterwards(guest: FakeGuest) -> None:
    catch(guest, USR1)
    guest.call("sem_init", EVENT, 0, 0)
    other = guest.create_thread()
    guest.call("sem_wait", EVENT)
    assert guest.executing == other
    guest.call("pthread_kill", INIT, USR1)
    assert guest.kernel.find_thread(INIT).wait is not None
    guest.call("sem_post", EVENT)
    guest.run(INIT)
    assert guest.port.registers.pc == SIGNAL_ENTRY
    finish(guest)
    assert guest.r0 == 0


# -- waiting for signals -----------------------------------------------------------------------------------------


def test_a_handler_runs_while_its_thread_waits_in_a_join_which_then_goes_on(guest: FakeGuest) -> None:
    catch(guest, USR1)
    other = guest.create_thread(priority=1)
    svc = guest.port.registers.pc
    guest.call("pthread_join", other, OLD)
    assert guest.executing == other
    guest.call("pthread_kill", INIT, USR1)
    assert guest.executing == INIT
    assert guest.port.registers.pc == SIGNAL_ENTRY
    assert next_call(guest) is not None
    finish(guest)
    assert (guest.executing, guest.port.registers.pc) == (INIT, svc), "it makes the call again"
    assert guest.port.registers.r[:2] == [other, OLD]
    guest.call("pthread_join", *guest.port.registers.r[:2])
    assert guest.executing == other
    guest.end_thread(77)
    assert (guest.executing, guest.r0, guest.word(OLD)) == (INIT, 0, 77)


def test_a_pending_signal_is_taken_at_once(guest: FakeGuest) -> None:
    block(guest, USR1)
    guest.call("kill", 1, USR1)
    assert guest.call("sigtimedwait", guest.set_word(SET, bit(USR1)), INFO, 0) == USR1
    assert layouts.SIGINFO.unpack(guest.port.memory.peek(INFO, 12))["si_signo"] == USR1
    assert guest.kernel.part(Signals).pending == 0


def waiter(guest: FakeGuest, info: int) -> int:
    """Return a thread in sigtimedwait; POSIX_Init executes and blocks the signal too."""
    block(guest, USR1)
    thread = guest.create_thread(priority=50)
    guest.call("sigtimedwait", guest.set_word(SET, bit(USR1)), info, 0)
    assert guest.executing == INIT
    return thread


def test_the_sender_writes_the_waiter_s_siginfo_and_no_handler_runs(guest: FakeGuest) -> None:
    thread = waiter(guest, INFO)
    guest.call("pthread_kill", thread, USR1)
    assert guest.executing == thread
    assert guest.r0 == USR1
    assert layouts.SIGINFO.unpack(guest.port.memory.peek(INFO, 12))["si_signo"] == USR1


def test_a_handler_that_the_waiter_does_not_block_runs_as_well(guest: FakeGuest) -> None:
    catch(guest, USR1)
    thread = guest.create_thread(priority=50)
    guest.call("sigtimedwait", guest.set_word(SET, bit(USR1)), INFO, 0)
    other = guest.executing
    guest.call("pthread_kill", INIT if other == thread else thread, USR1)
    guest.run(INIT if other == thread else thread)
    assert next_call(guest) is not None
    finish(guest)
    assert guest.r0 == USR1


def test_siginfo_on_the_waiter_s_stack_is_the_sender_s_fault(guest: FakeGuest) -> None:
    thread = waiter(guest, 0)
    found = guest.kernel.find_thread(thread)
    guest.kernel.leave_wait(found)
    found.wait = None
    guest.kernel.scheduler.make_ready(found)
    guest.switch_if_pended()
    guest.call("sigtimedwait", guest.set_word(SET, bit(USR1)), found.stack_base + 0x800, 0)
    assert guest.executing == INIT
    guest.trap("pthread_kill", thread, USR1)
    assert guest.port.faults[-1][0].address == found.stack_base + 0x800
    assert found.wait is not None


def test_a_process_wide_signal_goes_to_the_thread_that_waits_for_it(guest: FakeGuest) -> None:
    thread = waiter(guest, 0)
    guest.call("kill", 1, USR1)
    assert guest.executing == thread
    assert guest.r0 == USR1


def test_a_timed_wait_is_eagain_and_an_unawaited_signal_eintr(guest: FakeGuest) -> None:
    catch(guest, USR2)
    guest.put(TIME, pack_timespec(2_000_000))
    guest.call("sigtimedwait", guest.set_word(SET, bit(USR1)), 0, TIME)
    guest.tick(2)
    assert guest.r0 == -EAGAIN
    other = guest.create_thread()
    guest.call("sigtimedwait", guest.set_word(SET, bit(USR1)), 0, 0)
    assert guest.executing == other
    guest.call("pthread_kill", INIT, USR2)
    guest.run(INIT)
    finish(guest)
    assert guest.r0 == -EINTR


def test_sigsuspend_waits_with_its_own_mask_and_restores_the_old_one(guest: FakeGuest) -> None:
    catch(guest, USR1)
    block(guest, USR1)
    other = guest.create_thread()
    guest.call("sigsuspend", guest.set_word(SET, bit(USR2)))
    assert guest.executing == other
    guest.call("pthread_kill", INIT, USR1)
    guest.run(INIT)
    assert next_call(guest) is not None
    finish(guest)
    assert guest.r0 == -EINTR
    assert guest.kernel.executing.posix.signals_blocked == bit(USR1)


def test_a_signal_without_a_handler_ends_sigsuspend_and_not_the_program(guest: FakeGuest) -> None:
    block(guest, USR1)
    guest.call("kill", 1, USR1)
    assert guest.call("sigsuspend", guest.set_word(SET, 0)) == -EINTR
    assert not open_pending(guest.kernel, guest.kernel.executing), "the signal is taken, and blocked again"
    other = guest.create_thread()
    guest.call("sigsuspend", guest.set_word(SET, bit(USR2)))
    assert guest.executing == other
    guest.call("kill", 1, USR1)
    guest.run(INIT)
    assert (guest.r0, guest.kernel.executing.posix.signals_blocked) == (-EINTR, bit(USR1))
    assert not guest.kernel.part(Signals).pending


def test_a_new_thread_inherits_the_mask(guest: FakeGuest) -> None:
    block(guest, USR1)
    thread = guest.create_thread()
    assert guest.kernel.find_thread(thread).posix.signals_blocked == bit(USR1)


def test_alarm_rings_once_and_tells_what_was_left(guest: FakeGuest) -> None:
    catch(guest, ALRM)
    assert guest.call("alarm", 5) == 0
    assert guest.call("alarm", 1) == 5
    guest.tick(1000)
    assert guest.port.registers.pc == SIGNAL_ENTRY
    finish(guest)
    assert guest.call("alarm", 0) == 0


def test_handlers_nest_only_so_deep(guest: FakeGuest) -> None:
    catch(guest, USR1)
    for _ in range(100):
        guest.kernel.executing.posix.signals_blocked = 0
        guest.call("kill", 1, USR1)
    assert len(guest.kernel.executing.posix.signal_frames) == 16


def test_a_stack_without_room_for_the_frame_faults(guest: FakeGuest) -> None:
    catch(guest, USR1)
    thread = guest.kernel.executing
    guest.trap("kill", 1, USR1)
    # The context lies so low that the frame of the handler would leave the stack.
    guest.port.registers.psp = thread.stack_base + 80
    guest.switch_if_pended()
    assert guest.port.faults[-1][0].cause.name == "DACCVIOL"


def test_signal_calls_without_a_frame_do_nothing(guest: FakeGuest) -> None:
    sp = guest.port.registers.psp
    assert guest.call("signal_next", CALL) == 0
    guest.call("signal_return")
    assert guest.port.registers.psp == sp
    assert sp > RAM[0]


# -- timers ------------------------------------------------------------------------------------------------------


def timer(guest: FakeGuest, clock: int = 1, **event: int) -> int:
    values = {"sigev_notify": 2, "sigev_signo": USR1} | event
    return guest.call("timer_create", clock, guest.put(EVENT, layouts.SIGEVENT.pack(**values)), TIMER)


def set_time(guest: FakeGuest, value_ns: int, interval_ns: int = 0, flags: int = 0, old: int = 0) -> int:
    packed = layouts.ITIMERSPEC.pack(interval_nsec=interval_ns, value_nsec=value_ns)
    return guest.call("timer_settime", guest.word(TIMER), flags, guest.put(TIME, packed), old)


def test_a_timer_s_end_is_a_signal_to_its_creator(guest: FakeGuest) -> None:
    catch(guest, USR1)
    assert timer(guest) == 0
    assert set_time(guest, 3_000_000) == 0
    guest.tick(2)
    assert guest.port.registers.pc != SIGNAL_ENTRY
    guest.tick()
    assert guest.port.registers.pc == SIGNAL_ENTRY


def test_an_interval_shorter_than_a_tick_is_a_tick(guest: FakeGuest) -> None:
    catch(guest, USR1)
    timer(guest)
    set_time(guest, 1_000_000, interval_ns=250_000)
    for _ in range(3):
        guest.tick()
        assert guest.port.registers.pc == SIGNAL_ENTRY
        guest.call("signal_next", TIME)
        guest.call("signal_return")
    assert guest.call("timer_getoverrun", guest.word(TIMER)) == 0


def test_the_time_left_is_told(guest: FakeGuest) -> None:
    timer(guest)
    set_time(guest, 5_000_000)
    guest.tick(2)
    assert guest.call("timer_gettime", guest.word(TIMER), OLD) == 0
    assert layouts.ITIMERSPEC.unpack(guest.port.memory.peek(OLD, layouts.ITIMERSPEC.size))["value_nsec"] == 3_000_000
    assert set_time(guest, 0, old=INFO) == 0
    assert not guest.kernel.time.anything_scheduled


def test_timers_are_checked() -> None:
    guest = FakeGuest(maximum_posix_timers=1)
    assert timer(guest, clock=9) == -EINVAL
    assert timer(guest, sigev_notify=3) == -EINVAL
    assert timer(guest, sigev_signo=0) == -EINVAL
    assert timer(guest) == 0
    assert timer(guest) == -EAGAIN
    assert set_time(guest, 1_000_000_000) == -EINVAL
    assert set_time(guest, 1, flags=1) == -EINVAL
    assert set_time(guest, 1, flags=4) == -EINVAL  # that time is over
    assert guest.call("timer_settime", guest.word(TIMER), 0, 0, 0) == -EINVAL
    assert guest.call("timer_delete", guest.word(TIMER)) == 0
    for name in ("timer_delete", "timer_getoverrun"):
        assert guest.call(name, guest.word(TIMER)) == -EINVAL
    assert guest.call("timer_gettime", guest.word(TIMER), OLD) == -EINVAL
    assert set_time(guest, 1) == -EINVAL
