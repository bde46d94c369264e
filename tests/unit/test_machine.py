"""The run loop: resets, sleep, ends of a run, and what options change."""

from __future__ import annotations

import pytest
from support.machines import CODE, RAM, Bench, bench

from emulator.armv7m.faults import Fault
from emulator.asm import assemble
from emulator.machine.events import ExceptionTaken, FaultRaised, Reset
from emulator.machine.machine import MAX_RESETS
from emulator.machine.stop import Asleep, BudgetSpent, Exited, Interrupted, Lockup, ResetRequested

HANDLER = 0x800
ABSENT = 0x6000_0000
AIRCR, CCR = 0xE000_ED0C, 0xE000_ED14


def test_row_13_a_store_to_nothing_is_a_precise_bus_fault() -> None:
    made = bench(handlers={5: HANDLER})
    made.machine.poke(HANDLER, b"\xfe\xe7")
    made.machine.exceptions.enabled |= 1 << 5
    made.run("str r0, [r1]; adds r2, #1; b .", steps=6, r1=ABSENT, r2=0)
    assert made.machine.faults.CFSR == 0x8200 and made.machine.faults.BFAR == ABSENT
    assert made.machine.registers.r[2] == 0


def test_row_13_with_a_write_buffer_the_bus_fault_of_a_store_arrives_later_and_without_address() -> None:
    made = bench(handlers={5: HANDLER})
    made.machine.poke(HANDLER, b"\xfe\xe7")
    made.machine.exceptions.enabled |= 1 << 5
    made.machine.imprecise_stores = True
    made.run("str r0, [r1]; adds r2, #1; b .", steps=9, r1=ABSENT, r2=0)
    assert made.machine.faults.CFSR == 0x400 and made.machine.faults.BFAR == 0
    assert made.machine.registers.r[2] == 1 and made.machine.registers.ipsr == 5


def test_row_13_a_late_bus_fault_whose_handler_is_disabled_is_a_forced_hard_fault() -> None:
    made = bench(handlers={3: HANDLER})
    made.machine.poke(HANDLER, b"\xfe\xe7")
    made.machine.imprecise_stores = True
    made.run("str r0, [r1]; adds r2, #1; b .", steps=9, r1=ABSENT, r2=0)
    assert made.machine.registers.ipsr == 3
    assert made.machine.faults.CFSR == 0x400 and made.machine.faults.HFSR == 1 << 30


def test_row_13_a_late_bus_fault_waits_for_its_priority() -> None:
    made = bench(handlers={5: HANDLER})
    made.machine.exceptions.enabled |= 1 << 5
    made.machine.imprecise_stores = True
    made.run("cpsid i; str r0, [r1]; adds r2, #1; b .", steps=9, r1=ABSENT, r2=0)
    assert made.machine.exceptions.is_pending(5) and made.machine.registers.ipsr == 0
    assert made.machine.faults.HFSR == 0


@pytest.mark.parametrize("audit", [False, True])
def test_row_13_bfhfnmign_lets_code_at_a_negative_priority_ignore_bus_faults_of_data(audit: bool) -> None:
    made = bench(audit=audit)
    made.machine.system.write(CCR, 4, 0x300, True)
    code = "cpsid f; ldr r0, [r1]; str r2, [r1]; strh r2, [r1, #6]; adds r3, #1; b ."
    assert isinstance(made.run(code, steps=9, r0=7, r1=ABSENT, r2=1, r3=0), BudgetSpent)
    assert (made.machine.registers.r[0], made.machine.registers.r[3]) == (0, 1)
    assert made.machine.faults.CFSR == 0 and made.machine.faults.BFAR == 0


def test_row_13_bfhfnmign_changes_nothing_elsewhere() -> None:
    for bit, code in ((0x300, "ldr r0, [r1]; b ."), (0x200, "cpsid f; ldr r0, [r1]; b .")):
        made = bench(handlers={3: HANDLER})
        made.machine.poke(HANDLER, b"\xfe\xe7")
        made.machine.system.write(CCR, 4, bit, True)
        made.run(code, steps=9, r1=ABSENT)
        assert made.machine.faults.CFSR == 0x8200
    fetch = bench()
    fetch.machine.system.write(CCR, 4, 0x300, True)
    reason = fetch.run("cpsid f; bx r1", steps=9, r1=0x1000_0001)
    assert isinstance(reason, Lockup), "only data accesses are ignored"


def test_row_12_a_fault_where_hard_fault_cannot_be_taken_locks_the_core_up_and_leaves_it_to_be_inspected() -> None:
    made = bench(handlers={3: HANDLER})
    made.machine.poke(HANDLER, b"\x00\xde")
    reason = made.run("udf #1", steps=9)
    assert isinstance(reason, Lockup) and "UNDEFINSTR" in reason.cause
    assert made.machine.registers.pc == HANDLER and made.machine.faults.HFSR == 1 << 30


def test_a_stack_pointer_outside_memory_locks_up_when_the_hard_fault_handler_uses_it() -> None:
    made = bench(handlers={3: HANDLER})
    made.machine.poke(HANDLER, b"\x01\xb4")  # PUSH {r0}
    made.machine.registers.msp = 0x5000_0000
    reason = made.run("svc #1", steps=9)
    assert isinstance(reason, Lockup) and "PRECISERR" in reason.cause
    assert made.machine.faults.CFSR & 0x1000 and made.machine.registers.ipsr == 3


def test_wfi_jumps_to_the_next_event_and_ends_the_run_when_there_is_none() -> None:
    made = bench()
    called: list[int] = []
    made.machine.clock.call_at(5000, lambda: called.append(made.machine.clock.now))
    reason = made.run("wfi; b .", steps=9)
    assert called == [5000] and reason == Asleep(5000)


def test_wfi_wakes_for_a_masked_interrupt_without_taking_it() -> None:
    made = bench()
    made.machine.exceptions.set_enabled(16, True)
    made.machine.clock.call_at(100, lambda: made.machine.exceptions.pend(16))
    made.run("cpsid i; wfi; adds r0, #1; b .", steps=4, r0=0)
    assert made.machine.registers.r[0] == 1 and made.machine.registers.ipsr == 0


def test_wfe_and_sev_use_the_event_register() -> None:
    made = bench()
    reason = made.run("sev; wfe; adds r0, #1; wfe; adds r0, #1; b .", steps=9, r0=0)
    assert made.machine.registers.r[0] == 1 and isinstance(reason, Asleep)


def test_row_27_a_system_reset_starts_again_and_is_counted() -> None:
    made = bench()
    reason = made.run("ldr r2, [r3]; adds r2, #1; str r2, [r3]; cmp r2, #3; beq l; str r0, [r1]; b .; l: b .",
                      steps=40, r0=0x05FA_0004, r1=AIRCR, r3=RAM)  # fmt: skip
    assert isinstance(reason, BudgetSpent)
    assert made.machine.resets >= 1 and any(isinstance(e, Reset) and e.count == 1 for e in made.events)


def test_row_27_after_vectreset_an_interrupt_line_that_is_high_pends_again() -> None:
    made = bench()
    made.machine.system.nvic.set_line(3, True)
    made.machine.request_reset("VECTRESET")
    made.run("b .", steps=3)
    assert made.machine.exceptions.is_pending(16 + 3)
    made.machine.request_reset()
    made.run("b .", steps=3)
    assert not made.machine.exceptions.is_pending(16 + 3)


def test_a_reset_ends_the_run_when_that_is_asked_for() -> None:
    made = bench()
    made.machine.stop_on_reset = True
    reason = made.run("str r0, [r1]; b .", steps=9, r0=0x05FA_0004, r1=AIRCR)
    assert isinstance(reason, ResetRequested) and reason.count == 1


def test_a_program_that_resets_for_ever_is_stopped() -> None:
    made = bench()
    made.machine.poke(CODE, bytes.fromhex("0148024908600000") + b"\x04\x00\xfa\x05" + b"\x0c\xed\x00\xe0")
    reason = made.machine.run(100_000)
    assert isinstance(reason, ResetRequested) and reason.count == MAX_RESETS + 1


def test_ctrl_c_ends_the_run_at_a_block_boundary() -> None:
    made = bench()
    made.machine.clock.call_at(500, made.machine.interrupt)
    reason = made.run("b .", steps=100_000)
    assert isinstance(reason, Interrupted) and reason.time == 500


def test_events_tell_a_fault_before_its_exception() -> None:
    made = bench(handlers={3: HANDLER})
    made.machine.poke(HANDLER, b"\xfe\xe7")
    made.run("udf #1", steps=5)
    kinds = [type(event) for event in made.events if isinstance(event, FaultRaised | ExceptionTaken)]
    assert kinds == [FaultRaised, ExceptionTaken]


def test_an_exception_becomes_pending_at_a_priority_that_masks_it_and_is_taken_when_the_mask_falls() -> None:
    made = bench(handlers={14: HANDLER})
    made.machine.poke(HANDLER, b"\xfe\xe7")
    code = "cpsid i; str r0, [r1]; adds r2, #1; adds r2, #1; cpsie i; adds r2, #1; b ."
    made.run(code, steps=12, r0=1 << 28, r1=0xE000_ED04, r2=0)
    assert made.machine.registers.ipsr == 14 and made.machine.registers.r[2] == 2


class Counter:
    """A personality that counts its traps and answers in r0."""

    trap_immediate = 0x5A

    def __init__(self, made: Bench) -> None:
        self.made, self.traps = made, 0

    def trap(self) -> None:
        self.traps += 1
        self.made.machine.registers.r[0] += 0x100

    def resolve_fault(self, fault: Fault, pc: int) -> bool:
        return False

    def asleep(self) -> None:
        return None


@pytest.mark.parametrize("observed", [False, True])
def test_a_personality_takes_its_own_svc_and_leaves_every_other_to_the_guest(observed: bool) -> None:
    made = bench(handlers={11: 0x800})
    if not observed:
        made.machine.observers.clear()
    made.machine.poke(0x800, assemble("adds r4, #1; bx lr", 0x800))
    personality = made.machine.personality = Counter(made)
    made.run("svc #0x5a; svc #1; svc #0x5a; movs r1, #7; b .", steps=30, r0=1, r1=0, r4=0)
    assert personality.traps == 2
    assert list(made.machine.registers.r[:5]) == [0x201, 7, 0, 0, 1]


@pytest.mark.parametrize("observed", [False, True])
def test_a_trap_may_end_the_run_and_schedule_what_comes_next(observed: bool) -> None:
    made = bench()
    machine = made.machine
    if not observed:
        machine.observers.clear()

    class Scheduler(Counter):
        def trap(self) -> None:
            super().trap()
            if self.traps == 1:
                machine.clock.call_at(machine.clock.now + 5, lambda: machine.exit(9))

    machine.personality = Scheduler(made)
    reason = made.run("svc #0x5a; l: adds r1, #1; b l", steps=1000, r0=1, r1=0)
    assert isinstance(reason, Exited) and reason.code == 9
    assert machine.clock.now in (6, 7) and machine.registers.r[0] == 0x101


@pytest.mark.parametrize("audit", [False, True])
@pytest.mark.parametrize(
    ("between", "status"),
    [
        ("nop", 0),
        ("str r2, [r1]; str r0, [r1]", 0),  # the value that was read is there again
        ("str r2, [r1]", 1),
        ("str r2, [r1, #4]", 0),
        ("adds r1, #4", 1),  # another address
        ("clrex", 1),
    ],
)
def test_the_local_monitor_holds_an_address_and_the_value_that_was_read(between: str, status: int, audit: bool) -> None:
    tested = bench(audit=audit)
    tested.run(f"ldrex r0, [r1]; {between}; strex r3, r2, [r1]; b .", steps=20, r1=RAM, r2=7, r3=9)
    assert tested.machine.registers.r[3] == status
