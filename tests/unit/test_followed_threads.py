"""Switches of threads that the C half follows itself: no Python for each, and what is found is what Python finds.

The programs are those of the benchmarks: kernels that switch in PendSV and in Thread mode, with a tick. With TOUCH each
thread stores to the stack of the one that runs next, with EARLY when that one is named and does not run yet.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from pathlib import Path

import pytest
from support.accelerator import require_accelerator
from support.arm_gcc import MACHINES, build_bare
from support.machines import RAM, bench

from emulator.engine.thread_slots import ThreadSlots
from emulator.harness.machine import Machine

PROGRAMS = Path(__file__).parents[1] / "bench" / "programs"
BOARD = MACHINES["m3"]
NAMES = ("T000", "T001", "T002", "T003")
SHARES = [f"{who}:{whose}:rw" for who, whose in zip(NAMES, (*NAMES[1:], NAMES[0]), strict=True)]
"""What each thread of dispatch.c touches."""
LAYOUTS = pytest.mark.parametrize("stack", [1024, 712, 3000])


def built(source: str, stack: int, yields: int, *flags: str) -> Path:
    flags = (f"-DSTACK_SIZE={stack}", f"-DYIELDS={yields}", *flags)
    return build_bare([PROGRAMS / f"{source}.c", PROGRAMS / "memory.c"], "m3", "-O2", flags=flags)


def found(elf: Path, **options: str) -> tuple[Counter, bytes, int, int]:
    """Each access that the overlay was asked about and let pass, the console, the time, and calls of Python."""
    with Machine(elf, board=BOARD, isolate="report", **options) as machine:
        inner, heard = machine._session.machine, Counter()
        hear = inner.memory.overlay.on_foreign

        def note(what) -> bool:
            heard[(what, inner.live_registers().pc, inner.clock.now)] += 1
            return hear(what)

        inner.memory.overlay.on_foreign = note
        result = machine.run()
        return heard, result.console_bytes, result.time, inner.engine._shared.python_calls


@pytest.mark.parametrize(
    ("stack", "touches"),
    [(1024, "TOUCH"), (712, "TOUCH"), (3000, "TOUCH"), (712, "EARLY"), (8192, "EARLY")],
)
@pytest.mark.parametrize("share", [[], SHARES[:2]], ids=["nothing", "some"])
def test_who_touches_whose_stack_is_the_same_in_c_in_python_and_by_asking_about_each_access(
    share, stack, touches, monkeypatch
):
    elf = built("dispatch", stack, 12, f"-D{touches}=1", f"-DTICK={173 if stack < 8192 else 997}")  # above its handler
    fast = found(elf, share=share)
    assert fast[1] == b"48 yields, ticks seen\n"
    assert sum(fast[0].values()) >= 4 * 12 // (2 if share else 1)
    assert found(elf, share=share, mpu_backend="audit")[:3] == fast[:3]
    monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    assert found(elf, share=share)[:3] == fast[:3]


@LAYOUTS
@pytest.mark.parametrize(
    ("source", "flags", "share"),
    [("rtos", (), []), ("dispatch", (), []), ("dispatch", ("-DTOUCH=1",), SHARES)],
    ids=["PendSV", "Thread mode", "Thread mode, shared"],
)
def test_a_switch_of_known_threads_needs_no_python(source, flags, share, stack):
    require_accelerator()
    few, many = (found(built(source, stack, yields, "-DTICK=400000", *flags), share=share) for yields in (20, 420))
    assert not many[0] or share
    assert many[3] - few[3] < 40  # of 1,600 switches


def test_the_engine_forgets_the_page_that_it_is_told_and_no_other():
    """Unicorn's own function, which is not of its interface, called as native/memory.c does."""
    require_accelerator()
    made, pages = bench("cortex-m3"), (RAM + 0x400, RAM + 0x1000)
    shared = made.machine.engine._shared
    slots = ThreadSlots(shared)
    slots.follow(0, (), False, None)
    shared.follows_threads = False
    slots.close([(RAM, RAM + 0x2000)])
    made.run("loop: ldr r0, [r2]; ldr r0, [r3]; b loop", steps=30, r2=pages[0], r3=pages[1])
    assert shared.flush_page and shared.processor, "the engine's function or its processor was not found"
    for forgotten in (pages[:1], pages[1:], pages, ()):
        for page in forgotten:
            ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64)(shared.flush_page)(shared.processor, page)
        shared.filled_count = 0
        made.machine.run(30)
        assert tuple(shared.filled[: shared.filled_count]) == forgotten


def test_runs_of_pages_that_stacks_are_in_are_joined_where_they_are_too_many():
    made = bench("cortex-m3")
    slots, shared = ThreadSlots(made.machine.engine._shared), made.machine.engine._shared
    slots.close([(0x2000_0810, 0x2000_0C04), (0x2000_0C04, 0x2000_1000), (0x2000_2000, 0x2000_2004)])
    assert [(zone.first, zone.last) for zone in shared.zones[: shared.zone_count]] == [
        (0x2000_0800, 0x2000_0C00),
        (0x2000_2000, 0x2000_2000),
    ]
    assert shared.filled_count > len(shared.filled), "which of them the TLB has is not known"
    many = [(0x2000_0000 + n * 0x2000, 0x2000_0010 + n * 0x2000) for n in range(100)]
    slots.close([*many, (0x3000_0000, 0x3000_0004)])
    zones = [(zone.first, zone.last) for zone in shared.zones[: shared.zone_count]]
    assert len(zones) == 32
    assert zones[-1] == (0x3000_0000, 0x3000_0000)
    assert all(any(first <= low <= last for first, last in zones) for low, _ in many)
