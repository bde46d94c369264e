"""FreeRTOS inside an image, on a kernel of our own that has its structures and names, in several configurations.

What is expected is typed by hand from tests/kernels/freertos.c; addresses come from the symbol table.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.arm_gcc import MACHINES, build_bare

import v7m
from emulator.harness.machine import Machine
from emulator.kernels.kernel import MOST_THREADS, GuestKernel, KernelThread, Stack

SOURCE = Path(__file__).parents[1] / "kernels" / "freertos.c"
VARIANTS = {
    "plain": ("m3", ()),
    "fp": ("m4f", ()),
    "DWARF 2, a queue without a name": ("m3", ("-gdwarf-2", "-gstrict-dwarf", "-DHANDLE")),
    "no debug information": ("m4f", ("-g0",)),
    "checks, heap, end of stack": ("m4f", ("-DCHECKS", "-DHEAP", "-DHIGH")),
    "checks and heap without debug information": ("m3", ("-g0", "-DCHECKS", "-DHEAP", "-DTRACE")),
    "MPU without debug information": ("m4f", ("-g0", "-DPORT=1")),
    "MPU, no notifications": ("m3", ("-DPORT=1", "-DNOTIFICATIONS=0", "-DNAME_LENGTH=8")),
    "MPU of version 11": ("m4f", ("-DPORT=4",)),
    "MPU of version 11 without debug information": ("m3", ("-g0", "-DPORT=4")),
    "several notifications, end of stack": ("m3", ("-DNOTIFICATIONS=3", "-DHIGH", "-DTRACE")),
}
NOT_SEEN = ", or waits for a notification"


def built(core: str, flags: tuple[str, ...]) -> Path:
    return build_bare([SOURCE], core, flags=[f"-I{SOURCE.parent}", *flags])


@contextmanager
def run_to_the_end(variant: str, *more: str, **options) -> Iterator[tuple[Machine, GuestKernel]]:
    core, flags = VARIANTS[variant]
    with Machine(built(core, (*flags, *more)), board=MACHINES[core], **options) as machine:
        machine.go_on(100_000)
        kernel = machine._session.guest.kernel
        assert kernel is not None
        yield machine, kernel


def by_name(kernel: GuestKernel) -> dict[str, KernelThread]:
    threads = kernel.threads()
    names = [thread.name for thread in threads]
    assert len(set(names)) == len(names)
    return {thread.name: thread for thread in threads}


@pytest.mark.parametrize("variant", VARIANTS)
def test_tasks_have_their_names_states_and_priorities_in_every_configuration(variant):
    with run_to_the_end(variant) as (machine, kernel):
        threads = by_name(kernel)
        tasks = machine.address("tasks")
        wanter = next(name for name in threads if name.startswith("0x"))
        flags = VARIANTS[variant][1]
        unknown = NOT_SEEN if "-g0" in flags else ""
        noted = "waits for a notification" if not unknown else f"sleeps{NOT_SEEN}"
        full = "commands" if "-DHANDLE" in flags else "full"
        noted = "sleeps" if "-DNOTIFICATIONS=0" in flags else noted
        assert {name: (thread.state, thread.priority) for name, thread in threads.items()} == {
            "logger": ("waits for queue samples", 4),
            "sensor": ("is executing", 1),
            "sleeper": (f"sleeps{unknown}, until tick 1,234", 3),
            "halted": (f"is suspended{unknown}", 3),
            "noted": (f"{noted}, until tick 99", 3),
            "holder": (f"waits for room in queue {full}, until tick 77", 2),
            wanter: ("waits for mutex lock", 3),
            "IDLE": ("is ready", 0),
        }
        assert kernel.running() == threads["sensor"].id
        assert threads["logger"].id == tasks
        assert threads[wanter].owner == threads["holder"].id
        assert threads["logger"].waits_for == machine.address("samples")
        assert [thread.name for thread in kernel.threads() if thread.is_idle] == ["IDLE"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_stacks_are_known_to_the_byte(variant):
    with run_to_the_end(variant) as (machine, kernel):
        threads = by_name(kernel)
        assert threads["logger"].stack == Stack(machine.address("logger_stack"), 1024)
        others = [thread for thread in threads.values() if thread.name != "logger"]
        assert {thread.stack.size for thread in others} == {512}
        first = machine.address("ucHeap") + 8 if "-DHEAP" in VARIANTS[variant][1] else machine.address("stacks")
        assert min(thread.stack.base for thread in others) == first


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_task_that_was_switched_out_goes_on_where_it_asked_for_that(variant):
    with run_to_the_end(variant) as (machine, kernel):
        threads = by_name(kernel)
        assert threads["sensor"].registers is None
        for name in ("logger", "halted", "holder"):
            registers = threads[name].registers
            assert 0 <= registers.pc - machine.address("block") < 128
            assert threads[name].stack.holds(registers.sp)
            assert "-DPORT=4" in VARIANTS[variant][1] or threads[name].lowest < registers.sp
        idle = threads["IDLE"].registers
        assert idle.r[4:12] == [n * 0x0101_0101 for n in range(4, 12)]
        assert idle.pc == machine.address("idle") & ~1
        assert idle.sp == threads["IDLE"].stack.end


@pytest.mark.parametrize("variant", [name for name, (core, _) in VARIANTS.items() if core == "m4f"])
def test_the_context_of_a_task_that_used_the_fpu_has_its_fp_registers(variant):
    with run_to_the_end(variant) as (_, kernel):
        threads = by_name(kernel)
        registers = threads["sleeper"].registers
        assert registers.control & 4
        assert [struct.unpack("<f", struct.pack("<I", registers.s[n]))[0] for n in (0, 20)] == [3.0, 2.5]
        assert not threads["halted"].registers.control & 4


def test_a_store_to_the_stack_of_another_task_is_told_with_both_names():
    core, flags = VARIANTS["plain"]
    result = v7m.run(built(core, (*flags, "-DFAULT")), board=MACHINES[core], max_instructions=50_000)
    assert result.fault is not None
    assert (result.fault.thread, result.fault.owner) == ("sensor", "logger")
    assert "sensor (freertos.c:" in result.headline
    assert "tried to write 4 bytes to the stack of logger." in result.headline
    assert "logger waits for queue samples" in result.text


def test_without_the_wish_for_it_the_same_program_is_a_bare_machine():
    core, flags = VARIANTS["plain"]
    program = built(core, (*flags, "-DFAULT"))
    result = v7m.run(program, board=MACHINES[core], max_instructions=50_000, os="none")
    assert result.fault is not None
    assert result.fault.thread is None
    assert "logger_stack" in result.headline or "0x2000" in result.headline


@pytest.mark.parametrize("variant", ["plain", "fp", "no debug information", "MPU of version 11"])
def test_a_stack_that_a_task_has_left_and_come_back_to_is_told_though_the_kernel_is_in_ruins(variant):
    core, flags = VARIANTS[variant]
    result = v7m.run(built(core, (*flags, "-DDEEP")), board=MACHINES[core], max_instructions=60_000, why=True)
    assert "; the stack of sensor had overflowed." in result.headline
    story = " ".join(result.text.split())
    assert re.search(r"why the stack of sensor had overflowed \(512 bytes from 0x200\w+ on\): SP was 80 bytes", story)
    assert re.search(r"bytes below it in deep[ +]", story)


@pytest.mark.parametrize("variant", ["plain", "no debug information", "MPU of version 11"])
def test_what_starts_the_scheduler_is_none_of_the_tasks(variant):
    core, flags = VARIANTS[variant]
    result = v7m.run(built(core, (*flags, "-DEARLY")), board=MACHINES[core], max_instructions=60_000)
    assert "Endless loop: the kernel, in main" in result.headline
    assert "logger" in [thread.name for thread in result.threads]
    assert "is executing" not in [thread.state for thread in result.threads]


# -- a guest that lies -------------------------------------------------------------------------------------------------


def damaged(machine: Machine, address: int, *words: int) -> None:
    machine.write(address, struct.pack(f"<{len(words)}I", *words))


@pytest.mark.parametrize("word", [0, 1, 0x2000_0001, 0x4000_0000, 0xE000_E000, 0xFFFF_FFFC])
def test_wild_pointers_end_lists_and_nothing_else(word):
    with run_to_the_end("plain") as (machine, kernel):
        before = {thread.name for thread in kernel.threads()}
        damaged(machine, machine.address("xSuspendedTaskList") + 12, word)
        after = {thread.name for thread in kernel.threads()}
        assert {"sensor", "sleeper", "noted", "holder", "IDLE"} <= after <= before


def test_a_list_that_leads_into_a_circle_is_read_once():
    with run_to_the_end("plain") as (machine, kernel):
        item = machine.address("tasks") + 4  # the state item of logger, which is suspended: its next is itself
        damaged(machine, item + 4, item)
        names = [thread.name for thread in kernel.threads()]
        assert names.count("logger") == 1
        assert "sensor" in names


def test_a_memory_full_of_items_makes_no_more_threads_than_are_read():
    with run_to_the_end("plain") as (machine, kernel):
        start, count = 0x2010_0000, 3 * MOST_THREADS
        items = b"".join(
            struct.pack("<5I", 0, start + 20 * (n + 1), 0, start + 64 + 4 * n, 0) for n in range(count)
        )  # fmt: skip
        machine.write(start, items)
        damaged(machine, machine.address("xSuspendedTaskList") + 12, start)
        assert len(kernel.threads()) <= MOST_THREADS


def test_the_current_task_may_be_anything():
    for word in (0, 3, 0x2000_0000, 0x3FFF_FFFF, 0xFFFF_FFFF):
        with run_to_the_end("no debug information") as (machine, kernel):
            damaged(machine, machine.address("pxCurrentTCB"), word)
            assert len(kernel.threads()) <= 9
            assert kernel.running() in (None, word)
