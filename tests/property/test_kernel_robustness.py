"""Whatever a guest asks of the kernel: no Python exception, consistent queues, bounded tables. Seeds are fixed."""

from __future__ import annotations

import random
import tracemalloc

import pytest
from support.fake_port import CONFIGURATION, RAM, SCRATCH, STACK_ARENA, STACKS, FakeGuest, FakePort, configuration

from emulator.errors import EmulatorError
from rtems_shim.abi import calls, layouts
from rtems_shim.classic.objects import ClassicObjects
from rtems_shim.core.kernel import Kernel
from rtems_shim.core.objects import HARD_LIMIT
from rtems_shim.personality import rtems
from rtems_shim.posix.barrier import BarriersAndRwlocks
from rtems_shim.posix.posix_timers import PosixTimers
from rtems_shim.posix.semaphore import Semaphores
from rtems_shim.posix.sync import SyncObjects

STEPS = 3000
EXCLUDED = frozenset({"boot", "start", "switch", "tick", "fatal"})
"""Played by the fake guest itself, or the end of the run."""
RARE = frozenset(
    {"thread_exit", "task_exit", "pause", "sigsuspend", "rtems_task_delete", "pthread_join", "rtems_task_suspend"}
)
"""Calls that leave fewer and fewer threads to play with."""
POINTERS = [0, SCRATCH, SCRATCH + 4, SCRATCH + 0x40, SCRATCH + 0x101, 0x1000, STACK_ARENA, 0xFFFF_FFFC, 0x2080_0000]
SMALL = [0, 1, 2, 3, 4, 5, 7, 14, 16, 25, 31, 32, 64, 255, 256, 4096, 0x7FFF_FFFF, 0xFFFF_FFFF]
WAKERS = [
    "sem_post", "pthread_cond_broadcast", "pthread_kill", "mq_send", "rtems_semaphore_release", "rtems_event_send",
    "rtems_task_resume", "rtems_message_queue_send", "rtems_barrier_release", "pthread_rwlock_unlock", "kill",
    "rtems_task_restart", "rtems_semaphore_flush", "rtems_message_queue_broadcast", "rtems_signal_send",
]  # fmt: skip
"""What interrupt handlers do while every thread waits."""
CALLS = [call for call in calls.CALLS if call.name not in EXCLUDED]


def argument(rng: random.Random, letter: str, known: list[int]) -> int:
    if letter == "s":
        return rng.choice([0, SCRATCH + 0x800, SCRATCH + 0x810, 0x1000, 0xFFFF_FFFF])
    if letter == "p":
        return rng.choice(POINTERS)
    return rng.choice([*SMALL, *known, *POINTERS])


def check_consistency(kernel: Kernel) -> None:
    """Every live thread is in exactly the queues its state says, and no table is beyond its limit."""
    scheduler = kernel.scheduler
    queued = [thread for queue in scheduler._ready for thread in queue]
    for thread in kernel.threads.all():
        assert queued.count(thread) == (1 if thread.ready else 0)
        if thread.ready:
            assert thread in scheduler._ready[thread.priority]
        if thread.wait is not None and thread.wait.queue is not None:
            assert thread in list(thread.wait.queue)
        for mutex in thread.held:
            assert mutex.owner is thread
    for priority, queue in enumerate(scheduler._ready):
        assert bool(queue) == bool(scheduler._occupied >> priority & 1)
    assert scheduler.heir is not None and scheduler.heir.ready
    tables = [kernel.threads.posix, kernel.threads.classic, kernel.part(PosixTimers).table]
    tables += kernel.part(ClassicObjects).tables.values()
    assert all(len(table) <= HARD_LIMIT for table in tables)
    waiting = sum(thread.wait is not None for thread in kernel.threads.all())
    conditions, barriers = kernel.part(SyncObjects).conditions, kernel.part(BarriersAndRwlocks).barriers
    assert len(kernel.part(Semaphores).waiters) + len(conditions) + len(barriers) <= waiting


def new_guest() -> FakeGuest:
    """Return a guest with many objects and an interrupt enabled, so that waiting is not the end of the run."""
    guest = FakeGuest(maximum_tasks=0x8000_0010, maximum_posix_threads=0x8000_0010)
    guest.set_word(0xE000_E100, 1)
    for _ in range(4):
        guest.create_thread(policy=2)
    for priority in (253, 253, 254, 252):
        guest.call("rtems_task_create", 0x5441_3120, priority, 4096, 0x200, 0, SCRATCH)
        guest.call("rtems_task_start", guest.word(SCRATCH), 0x2101, 0)
    return guest


def play(guest: FakeGuest, rng: random.Random) -> None:
    """Do one random thing."""
    known = [thread.id for thread in guest.kernel.threads.all()]
    tables = guest.kernel.part(ClassicObjects).tables.values()
    known += [identifier for table in tables for identifier, _ in table.items()]
    idle = guest.kernel.executing.is_idle
    if rng.random() < 0.1:
        guest.tick(rng.choice([1, 1, 1, 40]))
        return
    if idle and rng.random() < 0.5:
        # Nothing else brings back a task that waits for ever.
        guest.from_handler(16, "rtems_task_restart", rng.choice(known), 0)
        guest.switch_if_pended()
        return
    call = calls.CALL_BY_NAME[rng.choice(WAKERS)] if idle else rng.choice(CALLS)
    if call.name in RARE and rng.random() < 0.9:
        return
    arguments = [argument(rng, letter, known) for letter in call.arguments]
    if idle or rng.random() < 0.01:
        guest.from_handler(16, call.name, *arguments)
        guest.switch_if_pended()
    else:
        guest.call(call.name, *arguments)


def poison(guest: FakeGuest, rng: random.Random) -> None:
    """Put strings where the calls look for them and, at times, a stray word into the globals."""
    guest.port.memory.poke(SCRATCH + 0x800, b"/name\0")
    guest.port.memory.poke(SCRATCH + 0x810, b"/taskfs/TA1 \0")
    if rng.random() < 0.2:
        guest.port.memory.poke(SCRATCH + 4 * rng.randrange(64), rng.choice(SMALL).to_bytes(4, "little"))


@pytest.mark.parametrize("seed", range(8))
def test_random_calls_leave_a_consistent_kernel(seed: int) -> None:
    rng = random.Random(seed)
    guest = new_guest()
    for step in range(STEPS):
        if guest.port.stopped is not None or step % 500 == 499:
            guest = new_guest()  # fatal errors are legal ends
        poison(guest, rng)
        play(guest, rng)
        guest.port.events.clear()
        guest.port.output.clear()
        if step % 16 == 0 and guest.port.stopped is None:
            check_consistency(guest.kernel)


# -- hostile callers and configurations ------------------------------------------------------------------------------

HOSTILE = [
    *(0, 1, 3, 0x1000, RAM[0], SCRATCH, STACK_ARENA + 1, RAM[0] + RAM[1] - 2),
    *(0x7FFF_FFFF, 0x8000_0000, 0xE000_E000, 0xF000_0000, 0xFFFF_FFFC, 0xFFFF_FFFF),
]
NUMBERS = [*(call.number for call in calls.CALLS), 0x0F, 0x7F, 0x1FF, 0x8000_0000, 0xFFFF_FFFF]
MEMORY_LIMIT = 16 << 20
"""Bytes of the host that a configuration may take, beside the fake RAM."""


def make_hostile_trap(port: FakePort, kernel: Kernel, number: int, rng: random.Random) -> None:
    port.registers.r[:4] = [rng.choice(HOSTILE) for _ in range(4)]
    port.registers.r[12] = number
    port.registers.pc += 2
    kernel.trap()


@pytest.mark.parametrize("exception", [0, 11, 14, 15, 16])
def test_every_trap_with_hostile_arguments_is_answered(exception: int) -> None:
    rng = random.Random(exception)
    guest = new_guest()
    for number in NUMBERS * 3:
        if guest.port.stopped is not None:
            guest = new_guest()
        saved = list(guest.port.registers.r), guest.port.registers.pc
        guest.port.registers.xpsr |= exception
        make_hostile_trap(guest.port, guest.kernel, number, rng)
        guest.port.registers.xpsr &= ~0x1FF
        if exception:
            guest.port.registers.r, guest.port.registers.pc = saved
        guest.switch_if_pended()
        guest.port.events.clear()
        guest.port.output.clear()
        if guest.port.stopped is None:
            check_consistency(guest.kernel)


def test_every_trap_of_the_start_up_code_with_hostile_arguments_is_answered() -> None:
    rng = random.Random(1)
    for number in NUMBERS:
        port = FakePort()
        kernel = rtems(port)
        port.registers.msp = rng.choice([RAM[0] + 0x4000, 0, 0xFFFF_FFFC])
        make_hostile_trap(port, kernel, number, rng)


@pytest.mark.parametrize("field", [name for name, _, _ in layouts.CONFIGURATION.fields])
def test_a_configuration_runs_or_is_refused_in_bounded_memory(field: str) -> None:
    port = FakePort()
    for value in HOSTILE:
        port.mpu.reset()
        kernel = rtems(port)
        port.memory.poke(CONFIGURATION, layouts.CONFIGURATION.pack(**(configuration() | {field: value})))
        port.registers.r[0], port.registers.r[1] = CONFIGURATION, STACKS
        port.registers.r[12] = calls.CALL_BY_NAME["boot"].number
        tracemalloc.start()
        try:
            kernel.trap()
        except EmulatorError:
            continue
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < MEMORY_LIMIT


@pytest.mark.parametrize("seed", range(4))
def test_a_program_with_a_hostile_configuration_runs_or_is_refused(seed: int) -> None:
    rng = random.Random(f"configuration {seed}")
    names = [name for name, _, _ in layouts.CONFIGURATION.fields]
    for _ in range(60):
        try:
            guest = FakeGuest(**{rng.choice(names): rng.choice(HOSTILE) for _ in range(rng.randint(1, 3))})
        except EmulatorError:
            continue
        for _ in range(20):
            if guest.port.stopped is not None:
                break
            play(guest, rng)
