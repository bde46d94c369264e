"""Mode kernel-opens and the synchronisation objects that a thread has on its stack for others."""

from __future__ import annotations

import pytest
from support.fake_port import SCRATCH, FakeGuest

from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EBUSY, EINVAL

OBJECT = 0x200
MAKERS = {
    "sem_init": (0, 1),
    "pthread_mutex_init": (0,),
    "pthread_cond_init": (0,),
    "pthread_barrier_init": (0, 2),
    "pthread_rwlock_init": (0,),
}
USES = [
    ("sem_init", "sem_post", ()),
    ("sem_init", "sem_wait", ()),
    ("sem_init", "sem_destroy", ()),
    ("pthread_mutex_init", "pthread_mutex_lock", ()),
    ("pthread_mutex_init", "pthread_mutex_destroy", ()),
    ("pthread_cond_init", "pthread_cond_broadcast", ()),
    ("pthread_barrier_init", "pthread_barrier_destroy", ()),
    ("pthread_rwlock_init", "pthread_rwlock_rdlock", ()),
]


def made(guest: FakeGuest, maker: str) -> int:
    """Let Init make the object on its stack, and another thread execute; return where the object is."""
    address = guest.kernel.executing.stack_base + OBJECT
    assert guest.trap(maker, address, *MAKERS[maker]) == 0
    other = guest.create_thread()
    while guest.executing != other:
        guest.call("sched_yield")
    return address


@pytest.mark.parametrize(("maker", "call", "arguments"), USES, ids=[call for _, call, _ in USES])
def test_an_object_on_the_stack_of_a_live_thread_is_open_in_the_mode_only(maker, call, arguments) -> None:
    guest = FakeGuest()
    address = made(guest, maker)
    guest.trap(call, address, *arguments)
    assert [fault.address for fault, _ in guest.port.faults] == [address]
    assert guest.kernel.openable is guest.port.faults[0][0]

    guest = FakeGuest(mode="kernel-opens")
    assert guest.trap(call, made(guest, maker), *arguments) == 0
    assert guest.port.faults == []


def test_a_thread_makes_an_object_on_the_stack_of_another() -> None:
    guest = FakeGuest(mode="kernel-opens")
    address = made(guest, "sem_init")
    assert guest.trap("sem_init", address, 0, 7) == 0
    guest.trap("sem_trywait", address)
    assert guest.word(address + 4) == 6
    for maker, arguments in MAKERS.items():
        assert guest.trap(maker, address, *arguments) == 0
    assert guest.port.faults == []


def test_only_the_object_is_open() -> None:
    guest = FakeGuest(mode="kernel-opens")
    address = made(guest, "sem_init")
    guest.trap("sem_getvalue", address, address + 8)
    assert [fault.address for fault, _ in guest.port.faults] == [address + 8], "the result is the caller's store"
    assert guest.kernel.openable is None


def test_the_stack_of_an_ended_thread_is_closed_to_the_kernel_too() -> None:
    guest = FakeGuest(mode="kernel-opens")
    other = guest.create_thread()
    while guest.executing != other:
        guest.call("sched_yield")
    address = guest.kernel.executing.stack_base + OBJECT
    assert guest.trap("sem_init", address, 0, 1) == 0
    guest.call("thread_exit", 0)
    assert guest.executing != other
    guest.trap("sem_post", address)
    assert [fault.address for fault, _ in guest.port.faults] == [address]
    assert guest.kernel.openable is None


def test_what_is_no_object_is_none_in_the_mode_either() -> None:
    guest = FakeGuest(mode="kernel-opens")
    address = made(guest, "pthread_mutex_init")
    assert guest.trap("pthread_cond_signal", address) == EINVAL
    assert guest.trap("pthread_mutex_trylock", address) == 0
    assert guest.trap("pthread_mutex_trylock", address) == EBUSY


@pytest.mark.parametrize("address", [0x1000, 0x4000_0000])
def test_objects_are_opened_on_stacks_only(address: int) -> None:
    guest = FakeGuest(mode="kernel-opens", flags=layouts.CONFIG_UNPRIVILEGED)
    before = guest.port.memory.peek(0x1000, 4)
    guest.trap("sem_init", address, 0, 1)
    assert len(guest.port.faults) == 1
    assert guest.port.memory.peek(0x1000, 4) == before
    assert guest.trap("sem_init", SCRATCH, 0, 1) == 0


def test_a_learning_run_is_not_asked_for_what_the_mode_opens() -> None:
    guest = FakeGuest(mode="kernel-opens")
    asked: list[int | None] = []
    guest.kernel.protection.copies.on_refused = lambda fault, is_late: bool(asked.append(fault.address))
    address = made(guest, "sem_init")
    assert guest.trap("sem_post", address) == 0
    guest.trap("sem_getvalue", address, address + 8)
    assert asked == [address + 8]
