"""How deep stacks were used, and the stack checker's pattern and text."""

from __future__ import annotations

import pytest
from support.fake_port import FakeGuest

from rtems_shim.abi import layouts
from rtems_shim.core.fatal import FatalExit
from rtems_shim.core.stack_use import first_difference, used
from rtems_shim.core.thread import Thread
from rtems_shim.report.fault_story import KernelStory

INIT = 0x0B01_0001


def thread_of(guest: FakeGuest, identifier: int) -> Thread:
    thread = guest.kernel.find_thread(identifier)
    assert thread is not None
    return thread


def blow(guest: FakeGuest, offset: int) -> Thread:
    """Let a new thread, TASK, overwrite a byte of its stack and give way; return it."""
    identifier = guest.create_thread()
    guest.run(identifier)
    guest.call("rtems_object_set_name", identifier, guest.string("TASK"))
    thread = thread_of(guest, identifier)
    guest.put(thread.stack_base + offset, b"\x01")
    guest.call("sched_yield")
    return thread


@pytest.mark.parametrize("offset", [0, 15])
def test_an_overwritten_pattern_ends_the_run_with_the_text_of_rtems(offset: int) -> None:
    guest = FakeGuest(flags=layouts.CONFIG_STACK_CHECKER)
    thread = blow(guest, offset)
    stopped = guest.port.stopped
    assert isinstance(stopped, FatalExit)
    assert (stopped.source, stopped.error) == (8, 0x5441_534B)
    base, control = thread.stack_base, guest.kernel.threads.control_of(thread)
    assert guest.port.output.decode() == (
        "BLOWN STACK!!!\n"
        f"task control block: 0x{control:08x}\n"
        "task ID: 0x0b010002\n"
        "task name: 0x5441534b\n"
        "task name string: TASK\n"
        f"task stack area ({thread.stack_size} Bytes): 0x{base:08x} .. 0x{base + thread.stack_size:08x}\n"
        f"damaged pattern area (16 Bytes): 0x{base:08x} .. 0x{base + 16:08x}\n"
    )
    words = KernelStory(guest.kernel).describe_end(stopped, "")
    assert words is not None
    assert words.startswith("The stack of TASK overflowed: ") and f"0x{base:08x}..0x{base + 15:08x}" in words


@pytest.mark.parametrize(("offset", "flags"), [(16, layouts.CONFIG_STACK_CHECKER), (0, 0)])
def test_a_stack_whose_pattern_is_whole_or_that_nobody_checks_goes_on(offset: int, flags: int) -> None:
    guest = FakeGuest(flags=flags)
    blow(guest, offset)
    assert guest.port.stopped is None and not guest.port.output


def test_the_checker_fills_a_stack_below_its_first_frame() -> None:
    guest = FakeGuest(flags=layouts.CONFIG_STACK_CHECKER)
    thread = thread_of(guest, guest.create_thread())
    stack = guest.port.memory.peek(thread.stack_base, thread.stack_size)
    assert stack[:16] == bytes.fromhex("0df0edfe060dad0b0df0adde060d0d60")
    assert stack[16 : thread.sp - thread.stack_base] == b"\xa5" * (thread.sp - thread.stack_base - 16)


@pytest.mark.parametrize("flags", [0, layouts.CONFIG_STACK_CHECKER])
def test_the_lowest_byte_that_changed_says_how_much_was_used(flags: int) -> None:
    guest = FakeGuest(flags=flags)
    thread = thread_of(guest, guest.create_thread())
    frame = used(guest.kernel, thread)
    assert frame is not None and 0 < frame <= 104
    guest.run(thread.id)
    guest.put(thread.stack_base + thread.stack_size - 1000, b"\x01")
    assert used(guest.kernel, thread) == 1000
    state = next(state for state in KernelStory(guest.kernel).threads() if state.id == thread.id)
    assert state.stack_used == 1000


def test_what_was_in_a_stack_before_is_not_used() -> None:
    guest = FakeGuest()
    first = thread_of(guest, guest.create_thread())
    guest.run(first.id)
    guest.put(first.stack_base + 8, b"\x01")
    assert used(guest.kernel, first) == first.stack_size - 8
    guest.call("pthread_detach", first.id)
    guest.end_thread()
    again = thread_of(guest, guest.create_thread())
    assert again.stack_base == first.stack_base
    assert (used(guest.kernel, again) or 0) < 200


def test_a_stack_pointer_below_the_stack_is_told_of() -> None:
    guest = FakeGuest()
    thread = thread_of(guest, guest.create_thread())
    guest.run(thread.id)
    guest.port.registers.psp = thread.stack_base + 8
    guest.call("sched_yield")
    [words] = KernelStory(guest.kernel).remarks()
    below = thread.stack_base - thread.lowest_sp
    assert below > 0
    assert words == f"the stack pointer of 0x0b010002 was {below} bytes below its stack when it was switched out"


@pytest.mark.parametrize("place", [0, 1, 1023, 1024, 2999])
def test_first_difference(place: int) -> None:
    now = bytearray(3000)
    now[place] = 1
    assert first_difference(bytes(3000), bytes(now)) == place
    assert first_difference(bytes(3000), bytes(3000)) == 3000


def test_the_stack_of_a_thread_that_ends_is_checked_too() -> None:
    guest = FakeGuest(flags=layouts.CONFIG_STACK_CHECKER)
    thread = thread_of(guest, guest.create_thread())
    guest.run(thread.id)
    guest.put(thread.stack_base, b"\x01")
    guest.end_thread()
    assert isinstance(guest.port.stopped, FatalExit)
