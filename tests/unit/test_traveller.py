"""Going back in time: each state is the one that was, and nobody hears of anything twice."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.machines import CODE, RAM, bench

from emulator.cli.arguments import read_options
from emulator.cli.run import OPTIONS, make_parser
from emulator.cli.session import open_session
from emulator.machine.events import Event, ExceptionTaken
from emulator.machine.machine import Machine
from emulator.machine.stop import BudgetSpent, Interrupted, MemoryStored, StopReason, Watchpoint
from emulator.timetravel.checkpoint import Position
from emulator.timetravel.traveller import Beginning, Traveller

PREBUILT = Path(__file__).parents[2] / "firmware" / "prebuilt"
APPLICATIONS = ("bare_switch", "stack_sharing", "matrix_m_preemption", "share_revoked", "hello")


@contextmanager
def machine_of(name: str, *options: str) -> Iterator[Machine]:
    """Return the machine of an application, ready to run, with its console muted."""
    with open_session(read_options([str(PREBUILT / f"{name}.elf"), *options], OPTIONS, make_parser)) as session:
        session.machine.on_console = lambda channel, data: None
        yield session.machine


def state_of(machine: Machine) -> tuple[Any, ...]:
    """Return everything that a debugger can see."""
    machine.processor.load_fp()
    regs, exceptions = machine.registers, machine.exceptions
    memory = hashlib.sha1()
    for block in machine.bus.blocks:
        memory.update(block.view[:0x20000])  # no application here takes more
    banked = regs.msp, regs.psp, regs.control, regs.primask, regs.basepri, regs.faultmask
    core = (*regs.r, *banked, regs.lr, regs.pc, regs.xpsr, *regs.s, regs.fpscr)
    pending = exceptions.pending, exceptions.active, exceptions.taken, tuple(machine.mpu.rbar), tuple(machine.mpu.rasr)
    return machine.clock.now, machine.engine.executed, core, pending, memory.digest()


@pytest.mark.parametrize("name", APPLICATIONS)
def test_each_state_of_a_run_can_be_returned_to(name: str) -> None:
    rng = random.Random(name)
    with machine_of(name) as machine:
        shown: list[bytes] = []
        machine.on_console = lambda channel, data: shown.append(data)
        traveller = Traveller(machine, interval=3_000)
        states = [(traveller.position, state_of(machine))]
        for _ in range(120):
            assert traveller.step() is None
            states.append((traveller.position, state_of(machine)))
        reason = traveller.run(1)
        while isinstance(reason, BudgetSpent):
            states.append((traveller.position, state_of(machine)))
            reason = traveller.run(rng.randrange(1, 2_000))
        told = len(shown)
        for position, state in rng.sample(states, 20):
            traveller.goto(position)
            assert (traveller.position, state_of(machine)) == (position, state)
        traveller.goto(states[120][0])
        for position, state in states[119:90:-1]:
            assert traveller.step_back() is None
            assert (traveller.position, state_of(machine)) == (position, state)
        for position, state in states[92:100]:
            traveller.step()
            assert (traveller.position, state_of(machine)) == (position, state)
        assert traveller.run() == reason, "it ends as it did"
        assert len(shown) == told, "nothing was shown twice"


@pytest.mark.parametrize("name", ["matrix_g_timer_interrupt", "bare_switch", "execute_from_stack"])
def test_a_run_by_steps_is_the_run(name: str) -> None:
    def told(by_steps: bool) -> tuple[list[Event], Any, Any]:
        events: list[Event] = []
        with machine_of(name) as machine:
            machine.observers.append(events.append)
            reason = None
            if by_steps:
                while reason is None and machine.engine.executed < 8_000:
                    reason = machine.step()
            return events, reason or machine.run(), state_of(machine)

    assert told(True) == told(False)


def test_going_back_ends_in_front_of_what_forward_ends_at() -> None:
    with machine_of("stack_sharing") as machine:
        traveller = Traveller(machine, interval=2_000)
        traveller.run(4_000)
        address = machine.registers.pc
        machine.set_breakpoint(address)
        forward = []
        traveller.goto(Position(0, 0))
        while (reason := traveller.run()).__class__.__name__ == "Breakpoint":
            is_kept = len(forward) < 4 or len(forward) > 2_590
            forward.append((traveller.position, state_of(machine) if is_kept else ()))
        assert len(forward) > 2_600 and not isinstance(reason, BudgetSpent)
        traveller.goto(forward[-1][0])
        for position, state in forward[-2:-8:-1]:
            assert traveller.run_back().__class__.__name__ == "Breakpoint"
            assert (traveller.position, state_of(machine)) == (position, state)
        traveller.goto(forward[3][0])  # those in between were not looked at
        for position, state in forward[2::-1]:
            assert traveller.run_back().__class__.__name__ == "Breakpoint"
            assert (traveller.position, state_of(machine)) == (position, state)
        assert isinstance(traveller.run_back(), Beginning)
        assert traveller.position == Position(0, 0)
        assert isinstance(traveller.run_back(), Beginning)
        assert isinstance(traveller.step_back(), Beginning)


def test_the_last_hit_is_found_among_very_many() -> None:
    made = bench()
    made.run("movs r0, #0; ldr r1, =0x20000100; loop: str r0, [r1]; adds r0, #1; b loop", steps=0)
    traveller = Traveller(made.machine, interval=20_000)
    traveller.run(60_000)
    made.machine.watch(RAM + 0x100, 4)
    written = made.machine.peek(RAM + 0x100, 4)
    reason = traveller.run_back()
    assert isinstance(reason, Watchpoint) and reason.value == int.from_bytes(written, "little")
    assert made.machine.registers.pc == CODE + 4
    traveller.run_back()
    assert made.machine.registers.r[0] == int.from_bytes(written, "little") - 1


def test_the_last_store_to_a_word_is_found_and_the_run_stays_where_it_is() -> None:
    with machine_of("share_revoked") as machine:
        traveller = Traveller(machine)
        traveller.run()
        here, msp, psp = state_of(machine), machine.registers.msp, machine.registers.psp

        def look(reason: Any) -> tuple[Any, int, bytes]:
            return reason, machine.registers.pc, machine.peek(reason.address, 4)

        by_instruction, by_exception = (traveller.last_write(address, 4, look) for address in (msp, psp))
        never = traveller.last_write(0x2000_FF00 & ~3, 4, lambda reason: reason.address)
        assert state_of(machine) == here
    assert by_instruction is not None and isinstance(by_instruction[0], Watchpoint)
    assert by_instruction[0].pc == by_instruction[1]
    assert by_exception is not None and isinstance(by_exception[0], MemoryStored)
    assert by_exception[0].size == 32, "the frame of an exception"
    assert never is None or isinstance(never, int)


def test_what_is_changed_makes_another_run_of_it() -> None:
    made = bench()
    made.run("loop: adds r0, #1; adds r1, #2; b loop", steps=0)
    machine, traveller = made.machine, Traveller(made.machine, interval=1_000)
    traveller.run(3_000)
    traveller.goto(Position(300, 0))
    machine.registers.r[0] = 0x1000_0000
    traveller.edited()
    traveller.run(300)
    assert machine.registers.r[0] == 0x1000_0064
    traveller.goto(Position(150, 0))
    assert machine.registers.r[0] < 0x1000
    traveller.run(300)
    assert machine.registers.r[0] == 0x1000_0000 + 50, "running over the place brings the change back"
    assert not traveller.is_replay or traveller.position < Position(600, 0)


def test_a_change_between_two_instructions_is_there_when_the_run_goes_back_to_it() -> None:
    made = bench(handlers={11: 0x300})
    made.machine.poke(0x300, bytes.fromhex("7047"))  # bx lr
    made.run("svc #0; loop: adds r4, #1; adds r5, #1; b loop", steps=0)
    machine, traveller = made.machine, Traveller(made.machine)
    traveller.run(20)
    assert traveller.position.turns
    machine.registers.r[4] = 1_000
    traveller.edited()
    place = traveller.position
    for _ in range(3):
        traveller.step()
    after = machine.registers.r[4]
    for _ in range(3):
        assert traveller.step_back() is None
    assert (traveller.position, machine.registers.r[4]) == (place, 1_000)
    traveller.run(50)
    traveller.goto(Position(place.executed, 0))
    assert machine.registers.r[4] == 1_000, "the first state at this number of instructions is the changed one"
    for _ in range(3):
        traveller.step()
    assert machine.registers.r[4] == after


def test_a_change_in_front_of_a_handler_is_there_when_the_step_into_it_is_undone() -> None:
    made = bench(handlers={11: 0x300})
    made.machine.poke(0x300, bytes.fromhex("6d1c7047"))  # adds r5, r5, #1; bx lr
    made.run("loop: adds r4, #1; svc #0; b loop", steps=0)
    machine, traveller = made.machine, Traveller(made.machine)
    while machine.registers.pc != 0x300:
        traveller.step()
    machine.registers.r[5] = 1_000
    traveller.edited()
    traveller.step()
    assert traveller.step_back() is None
    assert machine.registers.r[5] == 1_000


def test_a_change_where_an_event_ended_the_run_is_there_again_when_it_ends_there_again() -> None:
    made = bench(handlers={11: 0x300})
    made.machine.poke(0x300, bytes.fromhex("7047"))  # bx lr
    made.run("loop: adds r4, #1; svc #0; b loop", steps=0)
    machine, traveller = made.machine, Traveller(made.machine)
    at = StopReason(0)

    def end(event: Event) -> None:
        if isinstance(event, ExceptionTaken) and machine.registers.r[4] % 100 == 10:
            machine.stop(at)

    machine.observers.append(end, hears_replays=True)
    machine.observers.at_once = True
    assert traveller.run() is at
    machine.registers.r[4] = 1_000
    traveller.edited()
    assert traveller.run() is at and machine.registers.r[4] == 1_010
    traveller.goto(Position(5, 0))
    assert traveller.run() is at and machine.registers.r[4] == 1_000
    assert traveller.run() is at and machine.registers.r[4] == 1_010


def test_a_place_of_a_run_that_was_given_up_is_gone_and_none_behind_its_end_is_gone_to() -> None:
    made = bench()
    made.run("loop: adds r0, #1; b loop", steps=0)
    machine, traveller = made.machine, Traveller(made.machine)
    traveller.run(100)
    traveller.mark()
    traveller.run(900)
    assert (traveller.mark(), sorted(traveller.marks)) == (2, [1, 2])
    traveller.goto(Position(500, 0))
    machine.poke(CODE, bytes.fromhex("fede"))  # udf: the run ends here from now on, and not behind
    traveller.edited()
    assert sorted(traveller.marks) == [1]
    traveller.goto(Position(1_000, 0))
    assert traveller.position == Position(500, 0)
    traveller.restart()
    assert not traveller.marks and traveller.mark() == 3, "no number is given twice"


def test_time_that_is_slept_away_is_gone_to_as_well() -> None:
    with machine_of("share_revoked") as machine:
        traveller = Traveller(machine)
        traveller.run()
        end = traveller.now
        assert end > 10 * traveller.position.executed, "most of it was slept"
        for time in (end - 50, end // 2, 100, 0):
            assert traveller.goto_time(time) is None
            assert traveller.now >= time
            position = traveller.position
            if position > Position(0, 0):
                traveller.step_back()
                assert traveller.now < time


def test_a_checkpoint_on_the_way_to_a_time_ends_no_later_run_there() -> None:
    made = bench()
    made.run("loop: adds r0, #1; b loop", steps=0)
    traveller = Traveller(made.machine, interval=20_000)
    traveller.goto_time(30_000)
    traveller.run(9_000)
    end = traveller.position, state_of(made.machine)
    for executed in (38_000, 35_000):
        traveller.goto(Position(executed, 0))
        assert traveller.position.executed == executed
    traveller.goto(end[0])
    assert (traveller.position, state_of(made.machine)) == end


def test_observers_hear_of_everything_once_unless_they_ask_for_replays() -> None:
    with machine_of("stack_sharing") as machine:
        once: list[Event] = []
        always: list[Event] = []
        machine.observers.append(once.append)
        machine.observers.append(always.append, hears_replays=True)
        traveller = Traveller(machine)
        traveller.run()
        told = list(once)
        traveller.goto(Position(2_000, 0))
        traveller.run()
        assert once == told
        assert len(always) > len(once)


def test_a_small_budget_makes_it_slower_and_no_less_exact() -> None:
    with machine_of("matrix_m_preemption") as machine:
        traveller = Traveller(machine, budget=700_000, interval=2_000)
        traveller.run(20_000)
        middle = traveller.position, state_of(machine)
        traveller.run()
        assert traveller.history.size <= 700_000
        assert 2 < len(traveller.history) < 30
        traveller.goto(middle[0])
        assert (traveller.position, state_of(machine)) == middle


def test_a_search_that_is_interrupted_ends_where_it_began() -> None:
    made = bench()
    made.run("ldr r1, =0x20000100; loop: str r0, [r1]; adds r0, #1; b loop", steps=0)
    traveller = Traveller(made.machine)
    traveller.run(30_000)
    here = state_of(made.machine)
    made.machine.watch(RAM + 0x100, 4)
    calls = 0

    def is_wanted(reason: object) -> bool:
        nonlocal calls
        calls += 1
        if calls == 5:
            made.machine.interrupt()
        return False

    assert isinstance(traveller.run_back(is_wanted), Interrupted)
    made.machine.clear_watches()
    assert state_of(made.machine) == here
