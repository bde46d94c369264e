"""Who hears what, and when: whoever else listens, an observer hears the same."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest
from support.accelerator import require_accelerator
from support.machines import CODE, CORES, RAM

from emulator.asm import assemble
from emulator.devices.bus import MemoryBlock
from emulator.engine.shared_state import NOTED_EVENTS, State
from emulator.machine.events import Event, ExceptionReturned, ExceptionTaken, Reset
from emulator.machine.machine import Machine as GuestMachine
from emulator.machine.observers import MOST_TOLD, NOTED, Noted, Observers, Told
from rtems_shim.core.events import TrapCall


class Patient:
    """Hears later; what a call has returned is known by then."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def __call__(self, event: Event) -> None:
        raise AssertionError("heard at once")

    def hear_all(self, told: Sequence[Told], noted: Sequence[Noted]) -> None:
        place = 0
        for before, event in [*told, (len(noted), None)]:
            self.heard += [f"noted {one[0]}" for one in noted[place:before]]
            place = before
            if event is not None:
                self.heard.append(f"{event.kind} {event.time} {getattr(event, 'result', '')}".strip())


class Machine:
    """What happens in a run: in the C half, and in Python."""

    def __init__(self) -> None:
        self.shared = State()
        self.observers = Observers(self.shared)

    def note(self, time: int, event: type[Event] = ExceptionTaken) -> None:
        words = struct.pack("<QIiII", time, NOTED.index(event), 14, 0x100, 0xFFFF_FFF9)
        self.observers._view[self.shared.noted_count * len(words) :][: len(words)] = words
        self.shared.noted_count += 1

    def run(self) -> None:
        """A call in which something else happens, between exceptions that C has taken."""
        self.note(1)
        call = TrapCall(2, 1, "mmap", 0x200, (), False)
        self.observers.emit(call)
        self.observers.emit(Reset(3, 1, 0, 0))
        call.returned(7, None)
        self.note(4, ExceptionReturned)
        self.observers.emit(Reset(5, 1, 0, 0))
        self.note(6)
        self.observers.catch_up()


IN_ORDER = ["noted 1", "call 2 7", "reset 3", "noted 4", "reset 5", "noted 6"]


@pytest.mark.parametrize("others", [(), ("before",), ("after",), ("before", "after")])
def test_an_observer_in_no_hurry_hears_the_same_whoever_else_listens(others: tuple[str, ...]) -> None:
    machine, patient = Machine(), Patient()
    heard: list[tuple[str, int]] = []

    def prompt(event: Event) -> None:
        heard.append((event.kind, event.time))

    for observer in (*[prompt] * ("before" in others), patient, *[prompt] * ("after" in others)):
        machine.observers.append(observer)
    machine.run()
    machine.run()
    assert patient.heard == 2 * IN_ORDER
    kinds = ["exception", "call", "reset", "return", "reset", "exception"]
    one = [event for event in zip(kinds, range(1, 7), strict=True) for _ in others]
    assert heard == 2 * one


def test_one_in_a_hurry_hears_what_was_noted_before_what_is_told_and_each_once() -> None:
    machine = Machine()
    heard: list[int] = []
    machine.note(1)
    machine.observers.append(lambda event: heard.append(event.time))
    machine.note(2)
    machine.observers.emit(Reset(3, 1, 0, 0))
    assert heard == [2, 3]
    machine.note(4)
    machine.observers.catch_up()
    machine.observers.catch_up()
    assert heard == [2, 3, 4] and not machine.shared.noted_count


def test_what_is_kept_is_handed_on_before_it_is_too_much() -> None:
    machine, patient = Machine(), Patient()
    machine.observers.append(patient)
    for time in range(MOST_TOLD + 1):
        machine.observers.emit(Reset(time, 1, 0, 0))
    assert machine.observers.is_full and not patient.heard
    machine.observers.make_room()
    assert len(patient.heard) == MOST_TOLD + 1 and not machine.observers.is_full


def test_nobody_hears_of_replays_who_has_not_asked_for_it() -> None:
    machine, patient = Machine(), Patient()
    heard: list[int] = []
    machine.observers.append(patient)
    machine.observers.append(lambda event: heard.append(event.time), hears_replays=True)
    machine.observers.set_replay(True)
    machine.run()
    assert patient.heard == [] and heard == [1, 2, 3, 4, 5, 6]
    machine.observers.set_replay(False)
    machine.run()
    assert patient.heard == IN_ORDER


CHANGES = """
    ldr r0, =0xE000ED98; movs r1, #7; str r1, [r0]; ldr r5, =0x03000009
loop:
    str r5, [r0, #8]; eor r5, r5, #0x100; subs r6, #1; bne loop; bx lr
"""
PENDS = """
    ldr r0, =0xE000ED04; ldr r1, =0x10000000; movs r6, #2; str r1, [r0]; isb; mov r6, r8; str r1, [r0]; isb; b .
"""
"""The C half learns of the stack the first time."""
HANDLER, TICK = 0x1000, 0x1100


CHAINS = "movs r1, #1; lsls r1, r1, #26; ldr r0, =0xE000ED04; str r1, [r0]; "
"""SysTick pends, whose handler is entered by a tail chain."""


@pytest.mark.parametrize("changes", range(NOTED_EVENTS - 6, NOTED_EVENTS + 2))
@pytest.mark.parametrize("chains", ["", CHAINS])
def test_a_return_finds_room_behind_as_many_changes_of_regions_as_there_is_room_for(changes: int, chains: str) -> None:
    require_accelerator()
    code, data = MemoryBlock("code", 0, 0x2000, False), MemoryBlock("data", RAM, 0x2000, True)
    made, patient = GuestMachine(CORES["cortex-m4"], [(code, ()), (data, ())]), Patient()
    made.poke(0, struct.pack("<16I", RAM + 0x2000, CODE | 1, *[HANDLER | 1] * 13, TICK | 1))
    made.poke(HANDLER, assemble(chains + CHANGES, HANDLER))
    made.poke(TICK, assemble("bx lr", TICK))
    made.poke(CODE, assemble(PENDS, CODE))
    made.reset()
    made.observers.append(patient)
    made.registers.r[8] = changes
    made.run(5 * changes + 70)
    assert made.registers.ipsr == 0
    assert made._shared.native_entries == 1
    chained = 4 if chains else 0
    assert len(patient.heard) == changes + 6 + chained, "two entries, the changes, and two returns; of SysTick, too"
