"""From the SVC to the handler: argument letters, results, refusals, and calls that are out of place."""

from __future__ import annotations

import pytest
from support.fake_port import CONFIGURATION, SCRATCH, STACKS, FakeGuest, FakePort, configuration

from emulator.armv7m.faults import CAUSES, Access, Fault
from emulator.errors import ImageError
from emulator.machine.stop import Exited, Faulted
from rtems_shim.abi import calls, layouts
from rtems_shim.abi.errno import ENOSYS
from rtems_shim.core import dispatch
from rtems_shim.core.events import TrapCall, Woken
from rtems_shim.core.fatal import FatalExit
from rtems_shim.core.kernel import Kernel
from rtems_shim.personality import rtems

INIT = 0x0B01_0001


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest()


def record(monkeypatch: pytest.MonkeyPatch, name: str, result: int | None = 0) -> list[tuple[object, ...]]:
    """Replace the handler of a call by one that notes its arguments."""
    seen: list[tuple[object, ...]] = []

    def handler(kernel: Kernel, *arguments: object) -> int | None:
        seen.append(arguments)
        return result

    call = calls.CALL_BY_NAME[name]
    monkeypatch.setitem(dispatch.HANDLERS, call.number, dispatch.Served(call, handler))
    return seen


def test_every_call_of_the_table_has_a_handler_but_one() -> None:
    missing = [call.name for call in calls.CALLS if call.number not in dispatch.HANDLERS]
    assert missing == ["pthread_getcpuclockid"]


def test_arguments_beyond_the_fourth_come_from_the_stack(guest: FakeGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = record(monkeypatch, "rtems_task_create")
    guest.call("rtems_task_create", 1, 2, 3, 4, 5, 6)
    assert seen == [(1, 2, 3, 4, 5, 6)]


def test_signed_words_are_signed_and_others_are_not(guest: FakeGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = record(monkeypatch, "clock_nanosleep")
    guest.call("clock_nanosleep", -1, -2, -3, -4)
    assert seen == [(-1, -2, 0xFFFF_FFFD, 0xFFFF_FFFC)]


def test_a_64_bit_argument_takes_an_even_register_pair(guest: FakeGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = record(monkeypatch, "ftruncate")
    guest.call("ftruncate", 3, -5)
    assert seen == [(3, -5)]
    assert guest.port.registers.r[2] == 0xFFFF_FFFB


def test_a_64_bit_argument_on_the_stack_is_aligned(guest: FakeGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = record(monkeypatch, "mmap")
    guest.call("mmap", 1, 2, 3, 4, 5, 0x1_0000_0002)
    assert seen == [(1, 2, 3, 4, 5, 0x1_0000_0002)]


def test_a_string_arrives_as_text_and_null_as_none(guest: FakeGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = record(monkeypatch, "mq_unlink")
    guest.call("mq_unlink", guest.string("/q\xff"))
    guest.call("mq_unlink", 0)
    assert seen == [("/q\xff",), (None,)]


def test_an_endless_string_is_cut(guest: FakeGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = record(monkeypatch, "mq_unlink")
    guest.call("mq_unlink", guest.put(SCRATCH, b"x" * 5000))
    assert seen == [("x" * 1024,)]


def test_a_string_may_end_right_before_memory_the_caller_may_not_read(
    guest: FakeGuest, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = record(monkeypatch, "mq_unlink")
    guest.call("mq_unlink", guest.put(guest.port.memory._areas[1][0] + 0x80_0000 - 3, b"/q\0"))
    assert seen == [("/q",)]
    assert guest.port.faults == []


def test_a_string_that_runs_into_forbidden_memory_faults_there(guest: FakeGuest) -> None:
    guest.trap("mq_unlink", guest.put(0x2080_0000 - 3, b"/qx"))
    assert guest.port.faults[-1][0].address == 0x2080_0000


def test_a_call_without_result_leaves_r0(guest: FakeGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    record(monkeypatch, "tick", result=None)
    guest.port.registers.r[0] = 77
    guest.trap("tick")
    assert guest.r0 == 77


def test_a_number_that_is_no_call_is_enosys(guest: FakeGuest) -> None:
    guest.port.registers.r[12] = 0xFFFF
    guest.kernel.trap()
    assert guest.r0 == -ENOSYS


def test_what_the_kernel_lacks_is_said_in_the_call_s_own_way(guest: FakeGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    assert guest.trap("pthread_getcpuclockid", INIT, SCRATCH) == -ENOSYS
    for name in ("rtems_clock_tick", "sched_yield"):
        monkeypatch.delitem(dispatch.HANDLERS, calls.CALL_BY_NAME[name].number)
    assert guest.call("rtems_clock_tick") == 24
    assert guest.call("sched_yield") == -ENOSYS


def test_a_refused_access_faults_at_the_svc_and_leaves_r0(guest: FakeGuest) -> None:
    idle_stack = guest.kernel.threads.idle.stack_base
    guest.trap("sem_getvalue", idle_stack, SCRATCH)
    fault, pc = guest.port.faults[-1]
    assert fault.cause.name == "DACCVIOL"
    assert fault.address == idle_stack
    assert pc == guest.port.registers.pc - 2
    assert guest.kernel.last_fault == fault
    assert guest.port.registers.r[0] == idle_stack


def test_calls_are_told_with_their_caller(guest: FakeGuest) -> None:
    svc = guest.port.registers.pc
    guest.call("sem_getvalue", 0, 5)
    (event,) = [event for event in guest.events(TrapCall) if event.name == "sem_getvalue"]
    arguments = (("semaphore", "p", 0), ("value", "p", 5))
    assert (event.thread, event.pc, event.arguments, event.from_interrupt) == (INIT, svc + 2, arguments, False)


def test_a_thread_that_wakes_is_told_with_its_waker(guest: FakeGuest) -> None:
    other = guest.create_thread()
    assert guest.call("sem_init", SCRATCH, 0, 0) == 0
    guest.call("sem_wait", SCRATCH)
    assert guest.executing == other
    guest.call("sem_post", SCRATCH)
    guest.run(INIT)
    guest.call("rtems_task_wake_after", 1)
    guest.tick()
    assert [(event.thread, event.waker) for event in guest.events(Woken)] == [(INIT, other), (INIT, 0)]


def test_a_thread_cannot_boot_the_kernel_it_runs_on(guest: FakeGuest) -> None:
    for table in (CONFIGURATION, 0xF000_0000):
        guest.trap("boot", table, 0)
        assert guest.executing == INIT
    assert guest.port.faults == []


def test_the_start_up_code_faults_for_a_table_that_it_cannot_read() -> None:
    port = FakePort()
    port.registers.r[0], port.registers.r[12] = 0xF000_0000, calls.CALL_BY_NAME["boot"].number
    rtems(port).trap()
    assert [fault.cause.name for fault, _ in port.faults] == ["PRECISERR"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("thread_block_pointer", 0xF000_0000), ("thread_blocks_base", 0xF000_0000), ("thread_block_size", 0xFFFF_FFFF),
        ("thread_block_count", 0xFFFF_FFFF), ("interrupt_stack_base", 0), ("stack_arena_size", 0xFFFF_FFFF),
    ],
)  # fmt: skip
def test_a_configuration_with_a_place_outside_the_ram_is_refused_in_one_line(field: str, value: int) -> None:
    with pytest.raises(ImageError, match="is outside the RAM of this board"):
        FakeGuest(**{field: value})


def test_the_machinery_of_the_guest_side_is_not_told(guest: FakeGuest) -> None:
    guest.tick()
    assert not {event.name for event in guest.events(TrapCall)} & dispatch.UNTRACED


def test_a_name_that_is_in_no_table_cannot_be_a_handler() -> None:
    with pytest.raises(ValueError, match="no call is named"):
        dispatch.trap("no_such_call")
    with pytest.raises(ValueError, match="has a handler already"):
        dispatch.trap("mq_open")(lambda kernel: 0)


# -- out of place ------------------------------------------------------------------------------------------------


def test_nothing_but_boot_works_before_boot() -> None:
    port = FakePort()
    kernel = rtems(port)
    port.registers.msp = 0x2000_4000
    port.registers.r[12] = calls.CALL_BY_NAME["pthread_mutex_lock"].number
    kernel.trap()
    assert port.registers.r[0] == ENOSYS


def test_console_output_works_before_boot() -> None:
    port = FakePort()
    kernel = rtems(port)
    port.memory.poke(SCRATCH, b"early")
    port.registers.msp = 0x2000_4000
    port.registers.r[0:2] = [SCRATCH, 5]
    port.registers.r[12] = calls.CALL_BY_NAME["console_write"].number
    kernel.trap()
    assert port.output == b"early"


def test_an_image_of_another_abi_is_refused_in_one_line() -> None:
    port = FakePort()
    kernel = rtems(port)
    with pytest.raises(ImageError, match="version 99"):
        kernel.configure(layouts.CONFIGURATION.pack(**configuration(abi_version=99)))


@pytest.mark.parametrize("field", ["microseconds_per_tick", "clock_hz"])
def test_a_clock_without_length_is_refused(field: str) -> None:
    with pytest.raises(ImageError, match="no length"):
        rtems(FakePort()).configure(layouts.CONFIGURATION.pack(**configuration(**{field: 0})))


def test_a_mode_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="mode must be"):
        rtems(FakePort(), mode="open")


def test_a_thread_that_pretends_to_be_pendsv_gets_nothing(guest: FakeGuest) -> None:
    thread = guest.kernel.executing
    sp = thread.sp
    assert guest.call("switch", 0x2000_1234) == 0x2000_1234
    assert thread.sp == sp
    guest.call("tick")
    assert guest.kernel.time.ticks == 0
    guest.call("start")
    assert guest.call("timer_next", SCRATCH) == 0


def test_blocking_in_an_interrupt_handler_is_rtems_s_fatal_error(guest: FakeGuest) -> None:
    guest.call("sem_init", SCRATCH, 0, 0)
    for call in (("sem_wait", SCRATCH), ("rtems_task_wake_after", 0)):
        guest.port.registers.xpsr |= 16
        guest.trap(*call)
        guest.port.registers.xpsr &= ~0x1FF
        assert sent_to_the_fatal_entry(guest) == (0, 30)


def sent_to_the_fatal_entry(guest: FakeGuest) -> tuple[int, int]:
    """Return the source and the code with which the caller goes on where its fatal extensions are called."""
    registers = guest.port.registers
    assert guest.port.stopped is None
    assert registers.pc == configuration()["fatal_entry"]
    return registers.r[0], registers.r[1]


@pytest.mark.parametrize("mask", ["primask", "basepri", "faultmask"])
def test_blocking_with_interrupts_masked_is_rtems_s_fatal_error(guest: FakeGuest, mask: str) -> None:
    guest.call("sem_init", SCRATCH, 0, 0)
    setattr(guest.port.registers, mask, 1)
    guest.trap("sem_wait", SCRATCH)
    assert sent_to_the_fatal_entry(guest) == (0, 31)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"stack_arena_size": 1024}, 43), ({"thread_block_count": 1}, 33), ({"posix_init_entry": 0, "flags": 16}, 33),
        ({"classic_init_entry": 0x2000}, 32), ({"classic_init_entry": 0x2000, "flags": 64}, 42),
        ({"maximum_files": 0, "flags": 32}, 47), ({"maximum_files": 1, "flags": 32}, 36),
        ({"maximum_files": 2, "flags": 32}, 37),
    ],
)  # fmt: skip
def test_what_cannot_be_made_at_boot_is_its_answer_and_nothing_starts(changes: dict[str, int], error: int) -> None:
    guest = FakeGuest(**changes)
    assert guest.boot_result == error
    assert not guest.kernel.running
    assert guest.port.stopped is None


def test_the_first_thread_is_on_the_stack_of_the_program_s_allocator() -> None:
    stack = 0x2004_0000
    guest = FakeGuest(stacks={"posix": stack, "posix_size": 8192, "free": 0x2222})
    thread = guest.kernel.find_thread(INIT)
    assert (guest.boot_result, guest.kernel.stack_of(thread)) == (0, (stack, 8192))
    assert (thread.storage_area, thread.storage_free) == (stack, 0x2222)
    assert FakeGuest(stacks={"posix_size": 8192}).boot_result == 33


def test_the_idle_thread_is_on_the_stack_that_the_program_gives_for_it() -> None:
    stack = 0x2004_0000
    guest = FakeGuest(stacks={"idle": stack, "idle_size": 4096})
    assert guest.kernel.stack_of(guest.kernel.threads.idle) == (stack, 4096)
    assert FakeGuest(stacks={"idle_size": 4096}).boot_result == 43


def test_a_program_without_pthread_create_begins_with_all_signals_blocked() -> None:
    def blocked(first: int, **changes: int) -> int:
        thread = FakeGuest(stacks={"has_pthread_create": 0}, **changes).kernel.find_thread(first)
        assert thread is not None
        return thread.posix.signals_blocked

    assert blocked(INIT) == 0  # it has a POSIX_Init
    assert blocked(0x0A01_0001, posix_init_entry=0, classic_init_entry=0x2000, classic_init_priority=1) == 0xFFFF_FFFF


def test_a_boot_after_a_reset_begins_afresh(guest: FakeGuest) -> None:
    guest.create_thread()
    guest.tick(5)
    guest.port.registers.control = 0
    guest.trap("boot", CONFIGURATION, STACKS)
    guest.trap("start")
    guest.switch_if_pended()
    assert guest.executing == INIT
    assert len(guest.kernel.threads.all()) == 2
    assert guest.kernel.time.ticks == 0


# -- the end -----------------------------------------------------------------------------------------------------


def test_exit_ends_the_run_with_its_code(guest: FakeGuest) -> None:
    guest.trap("fatal", 5, 0, -3)
    assert guest.port.stopped == Exited(0, -3)


def test_another_fatal_error_ends_it_with_code_1(guest: FakeGuest) -> None:
    guest.trap("fatal", 7, 0, 0x1234)
    assert guest.port.stopped == FatalExit(0, 1, 7, 0x1234)
    assert guest.kernel.fatal_record is not None
    assert "fatal source: 7 (RTEMS_FATAL_SOURCE_ASSERT)" in guest.kernel.fatal_record.report("12.2.1")


def exception_frame(guest: FakeGuest, **fields: int) -> int:
    return guest.put(SCRATCH, layouts.EXCEPTION_FRAME.pack(**fields))


def test_a_fatal_exception_reports_the_access_that_the_kernel_saw(guest: FakeGuest) -> None:
    fault = Fault(CAUSES["DACCVIOL"], 0x2030_0000, Access.WRITE, 4, 7)
    guest.kernel.resolve_fault(fault, 0x1234)
    guest.trap("fatal", 9, 1, exception_frame(guest, cfsr=0x82, mmfar=0x2030_0000, vector=4))
    assert guest.port.stopped == Faulted(0, fault)


def test_a_fatal_exception_of_another_kind_is_read_from_the_status_registers(guest: FakeGuest) -> None:
    guest.kernel.resolve_fault(Fault(CAUSES["DACCVIOL"], 0x2030_0000, Access.WRITE, 4, 7), 0x1234)
    guest.trap("fatal", 9, 1, exception_frame(guest, cfsr=0x8200, bfar=0x9000_0000, vector=5))
    assert guest.port.stopped == Faulted(0, Fault(CAUSES["PRECISERR"], 0x9000_0000))


def test_a_frame_address_without_memory_is_survived(guest: FakeGuest) -> None:
    guest.trap("fatal", 9, 1, 0x9000_0000)
    assert isinstance(guest.port.stopped, Faulted)


def test_unprivileged_threads_run_with_npriv_and_come_back_to_it(guest: FakeGuest) -> None:
    guest = FakeGuest(flags=layouts.CONFIG_UNPRIVILEGED)
    assert guest.port.registers.control & 1
    assert not guest.port.registers.privileged


def test_the_stack_checker_ends_a_run_whose_thread_left_its_stack() -> None:
    guest = FakeGuest(flags=layouts.CONFIG_STACK_CHECKER)
    guest.create_thread()
    guest.port.registers.psp = SCRATCH
    guest.call("sched_yield")
    stopped = guest.port.stopped
    assert isinstance(stopped, FatalExit)
    assert stopped.source == 8


def test_the_executing_thread_s_block_is_where_the_c_library_looks(guest: FakeGuest) -> None:
    thread = guest.create_thread()
    assert guest.word(0x2003_F000) == guest.kernel.find_thread(INIT).errno_block
    guest.run(thread)
    assert guest.word(0x2003_F000) == guest.kernel.find_thread(thread).errno_block
