"""The moment of each switch of a kernel inside an image: the same in both halves, and however the run is made."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

import pytest
from support.arm_gcc import MACHINES, build_bare

import v7m
from emulator.engine.switch_watch import Switch
from emulator.harness.machine import Machine

FOLDER = Path(__file__).parents[1] / "kernels"
BUDGET = 30_000


def built(source: str, core: str, *flags: str) -> Path:
    return build_bare([FOLDER / f"{source}.c"], core, flags=[f"-I{FOLDER}", *flags])


PROGRAMS = [("threadx", "m4f"), ("freertos", "m3"), ("rtems", "m3"), ("zephyr", "m4f")]


def opened(source: str, core: str, **options) -> tuple[Machine, list[Switch]]:
    machine = Machine(built(source, core), board=MACHINES[core], **options)
    heard: list[Switch] = []
    watch = machine._session.guest.watch_switches()
    assert watch is not None
    watch.hear(heard.append)
    return machine, heard


def test_switches_come_in_the_order_of_the_kernels_round():
    machine, heard = opened("threadx", "m4f")
    with machine:
        machine.go_on(BUDGET)
        threads = machine._session.machine.image.symbols.by_name["threads"]
        assert [(switch.heir - threads.address) // (threads.size // 6) for switch in heard] == [0, 1, 2, 3, 4, 5, 0]


@pytest.mark.parametrize(("source", "core"), PROGRAMS)
def test_each_switch_goes_on_where_the_last_one_led_and_later(source, core):
    machine, heard = opened(source, core)
    with machine:
        machine.go_on(BUDGET)
    assert len(heard) >= 6
    for before, after in pairwise(heard):
        assert after.outgoing == before.heir
        assert after.heir != after.outgoing
        assert after.time > before.time


@pytest.mark.parametrize(("source", "core"), PROGRAMS)
def test_both_halves_and_single_steps_notice_the_same_switches_at_the_same_times(source, core, monkeypatch):
    machine, heard = opened(source, core)
    with machine:
        machine.go_on(BUDGET)
    monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    machine, slowly = opened(source, core)
    with machine:
        machine.go_on(BUDGET)
    assert slowly == heard
    monkeypatch.delenv("V7M_PURE_PYTHON")
    machine, stepped = opened(source, core)
    first = heard[0].time
    with machine:
        machine.go_on(first - 40)
        while machine.instructions < heard[2].time + 20:
            machine.step()
    assert stepped == heard[: len(stepped)]
    assert len(stepped) >= 3


def test_the_tasks_that_are_current_while_tasks_are_made_are_no_switches():
    """FreeRTOS's current task changes with each that is created and more urgent; the scheduler does not run yet."""
    machine, heard = opened("freertos", "m3")
    with machine:
        machine.go_on(BUDGET)
        assert heard[0].outgoing == 0
        assert heard[0].heir == machine.address("tasks")


def test_going_back_brings_back_the_last_switch():
    machine, _ = opened("threadx", "m4f", history=16 << 20)
    with machine:
        machine.go_on(2_000)
        while machine._session.machine.engine.block_hook.switches.count < 3:
            machine.go_on(200)
        then, last = machine.instructions, machine._session.machine.engine.block_hook.switches.last
        machine.go_on(5_000)
        assert machine._session.machine.engine.block_hook.switches.last != last
        machine.reverse_to(then)
        assert machine._session.machine.engine.block_hook.switches.last == last


def test_a_machine_that_starts_again_counts_again():
    machine, heard = opened("threadx", "m4f")
    with machine:
        machine.run(max_instructions=BUDGET)
        first = list(heard)
        heard.clear()
        machine.run(max_instructions=BUDGET)
        assert heard == first


@pytest.mark.parametrize(("source", "core"), PROGRAMS)
def test_a_trace_has_the_switches_and_the_run_is_the_same(source, core):
    program = built(source, core)
    traced = v7m.run(program, board=MACHINES[core], max_instructions=BUDGET, trace=True)
    plain = v7m.run(program, board=MACHINES[core], max_instructions=BUDGET)
    assert traced.headline == plain.headline
    kinds = [event["kind"] for event in traced.trace]
    machine, heard = opened(source, core)
    with machine:
        machine.go_on(BUDGET)
    assert kinds.count("switch") == len(heard)
    assert kinds.index("thread") < kinds.index("switch")
    assert "logger" in {event["heir_name"] for event in traced.trace if event["kind"] == "switch"}


def test_where_no_thread_runs_the_trace_says_so():
    """ThreadX's current thread is NULL while it waits; before the first thread it is the start-up code."""
    from emulator.kernels.switch_events import NOBODY, SwitchEvents

    machine, _ = opened("threadx", "m4f")
    with machine:
        machine.go_on(BUDGET)
        events: list[object] = []
        tell = SwitchEvents(machine._session.guest.kernel, events.append)
        sensor = machine.address("threads")
        tell(Switch(10, 0, sensor))
        tell(Switch(20, sensor, 0))
        tell(Switch(30, 0, sensor))
        switches = [(event.outgoing, event.heir) for event in events if event.kind == "switch"]
        assert switches == [(0, sensor), (sensor, NOBODY), (NOBODY, sensor)]
        assert [event.name for event in events if event.kind == "thread"][-1] == "no thread"
        machine.write(machine.address("threads") + 40, struct.pack("<I", 0))
        tell(Switch(40, NOBODY, sensor))
        assert [event.name for event in events if event.kind == "name"] == [f"0x{sensor:08x}"]


STRAIGHT = """
#include <stdint.h>
struct thread { uint32_t id, words[60]; } threads[2] = { { 0x54485244, { 0 } }, { 0x54485244, { 0 } } };
struct thread *volatile _tx_thread_current_ptr, *_tx_thread_created_ptr = threads;
uint32_t _tx_thread_created_count = 2, place[4], *pointer = place;
int main(void)
{
    for (int i = 0; i < 4; i++)
        __asm__ volatile("str %0, [%1]\\n\\t .rept 200\\n\\t ldr r6, [%2]\\n\\t ldmia r6, {r4, r5}\\n\\t .endr"
                         ::"r"(&threads[i & 1]), "r"(&_tx_thread_current_ptr), "r"(&pointer)
                         : "r4", "r5", "r6", "memory");
    for (;;)
        ;
}
"""


def test_where_the_engine_cuts_straight_code_is_no_moment_of_a_switch(monkeypatch):
    """Hooks make it cut early, here on the loads whose base is known by nothing but the load in front; what depends on
    hooks must not be seen. [D-002]
    """
    program = build_bare([], "m3", generated={"main.c": STRAIGHT})
    found = []
    for pure in ("", "1"):
        monkeypatch.setenv("V7M_PURE_PYTHON", pure)
        with Machine(program, board=MACHINES["m3"]) as machine:
            watch = machine._session.guest.watch_switches()
            heard: list[Switch] = []
            watch.hear(heard.append)
            machine.go_on(4_000)
            found.append(heard)
    assert found[0] == found[1]
    distances = [after.time - before.time for before, after in pairwise(found[0])]
    assert len(distances) == 3
    assert len(set(distances)) == 1
