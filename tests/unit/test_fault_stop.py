"""Stopping in front of a fault: nothing has happened yet, and what comes then is what would have come without."""

import pytest
from support.machines import CODE, STACK_TOP, bench

from emulator.armv7m.faults import CAUSES, Access, Fault
from emulator.asm import assemble
from emulator.machine.events import ExceptionTaken, FaultRaised
from emulator.machine.stop import AtFault, BudgetSpent
from emulator.timetravel.traveller import Traveller

HANDLER, IRQ_HANDLER = 0x300, 0x340
ABSENT = 0x6000_0000
SHCSR = 0xE000_ED24


def ready(code, **registers):
    """Return a machine in front of ``code``, with BusFault and IRQ0 enabled, and what it tells."""
    made = bench(handlers={5: HANDLER, 6: HANDLER, 16: IRQ_HANDLER})
    made.machine.system.write(SHCSR, 4, 7 << 16, True)
    made.machine.exceptions.enabled |= 1 << 16
    made.run(code, steps=0, **registers)
    for place in (HANDLER, IRQ_HANDLER):
        made.machine.poke(place, b"\xfe\xe7")  # b .
    made.machine.stops_at_faults = True
    return made


def test_a_run_ends_in_front_of_the_fault_and_the_next_one_raises_it():
    made = ready("nop; ldr r0, [r1]; nop", r1=ABSENT)
    machine = made.machine
    reason = machine.run(10)
    assert reason == AtFault(1, CODE + 2, Fault(CAUSES["PRECISERR"], ABSENT, Access.READ, 4))
    assert machine.registers.pc == CODE + 2 and machine.faults.CFSR == 0 and machine.registers.ipsr == 0
    assert isinstance(machine.run(10), BudgetSpent)
    assert machine.registers.ipsr == 5 and machine.faults.CFSR == 0x8200


def test_a_step_raises_it_too():
    machine = ready("ldr r0, [r1]", r1=ABSENT).machine
    assert isinstance(machine.step(), AtFault)
    assert machine.step() is None
    assert (machine.registers.ipsr, machine.registers.pc) == (5, HANDLER)


def test_what_was_repaired_does_not_fault_and_the_next_fault_is_stopped_at():
    machine = ready("ldr r0, [r1]; ldr r0, [r2]; b .", r1=ABSENT, r2=ABSENT).machine
    assert isinstance(machine.run(10), AtFault)
    machine.registers.r[1] = 0x2000_0000
    reason = machine.run(10)
    assert isinstance(reason, AtFault) and reason.pc == CODE + 2
    machine.registers.pc = CODE  # elsewhere: the same fault later is another one
    reason = machine.run(10)
    assert isinstance(reason, AtFault) and reason.pc == CODE + 2 and reason.time == 2


def test_what_became_due_within_the_block_still_waits_for_its_end():
    """Else the interrupt would come before the fault, which in a free run comes first."""

    def order(stops):
        made = ready("nop; nop; nop; ldr r0, [r1]; b .", r1=ABSENT)
        machine = made.machine
        machine.stops_at_faults = stops
        machine.clock.call_at(machine.clock.now + 2, lambda: machine.exceptions.pend(16))
        made.events.clear()
        assert isinstance(machine.run(10), AtFault) == stops
        machine.run(10)
        return [(event.time, event.exception) for event in made.events if isinstance(event, ExceptionTaken)]

    assert order(True) == order(False) and order(True)[0][1] == 5


class Refusing:
    """A personality whose every trap is refused a copy."""

    trap_immediate = 0x52

    def __init__(self, machine):
        self.machine = machine
        self.traps = 0

    def trap(self):
        self.traps += 1
        fault = Fault(CAUSES["PRECISERR"], ABSENT, Access.WRITE, 4)
        self.machine.raise_fault(fault, self.machine.registers.pc - 2)

    def resolve_fault(self, fault, pc):
        return False

    def asleep(self):
        return None


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_refused_trap_is_stopped_at_its_svc_and_not_made_again(elsewhere):
    machine = ready("nop; svc #0x52; movs r7, #7; b .").machine
    machine.personality = personality = Refusing(machine)
    reason = machine.run(10)
    assert isinstance(reason, AtFault) and reason.pc == CODE + 2 == machine.registers.pc
    assert machine.faults.CFSR == 0
    if elsewhere:
        machine.registers.pc = CODE + 4
    machine.run(10)
    assert personality.traps == 1
    assert (machine.registers.ipsr, machine.registers.r[7]) == ((0, 7) if elsewhere else (5, 0))


@pytest.mark.parametrize(("code", "cause"), [("udf #0", "UNDEFINSTR"), ("bkpt #1", "BKPT")])
def test_undefined_instructions_and_breakpoints_are_stopped_at(code, cause):
    machine = ready(code).machine
    reason = machine.run(10)
    assert isinstance(reason, AtFault) and reason.fault.cause.name == cause and reason.pc == CODE
    machine.run(1)
    assert machine.registers.ipsr in (3, 6)


def taken(made):
    """Return when exceptions were taken, which, and from where."""
    return [(e.time, e.exception, e.return_address) for e in made.events if isinstance(e, ExceptionTaken)]


@pytest.mark.parametrize("via", ["run", "step"])
def test_an_interrupt_whose_frame_cannot_be_stored_is_stopped_at_before_it_is_taken(via):
    """The stack has run out of memory; another interrupt that becomes due meanwhile comes no earlier than without."""

    def prepared(stops):
        made = ready("nop; nop; b .")
        machine = made.machine
        machine.registers.sp = 0x2000_0010  # the frame would begin in front of memory
        machine.stops_at_faults = stops
        machine.clock.call_at(machine.clock.now + 4, lambda: machine.exceptions.pend(16))
        machine.clock.call_at(machine.clock.now + 5, lambda: machine.exceptions.pend(17))
        made.events.clear()
        return made

    made, free = prepared(True), prepared(False)
    machine = made.machine
    reason = machine.run(20)
    derived = Fault(CAUSES["STKERR"], 0x1FFF_FFF0, Access.WRITE, 4)
    assert isinstance(reason, AtFault) and reason.fault == derived and reason.pc == machine.registers.pc
    assert not machine.faults.CFSR and not taken(made) and machine.registers.sp == 0x2000_0010
    record = machine.foresee(reason)
    free.machine.run(20)
    real = free.machine.first_fault
    assert (record.raised.step, record.raised.sp) == ("stacking", 0x2000_0010) == (real.raised.step, real.raised.sp)
    assert (record.pc, record.status.CFSR, record.time) == (real.pc, real.status.CFSR, real.time)
    if via == "step":
        assert machine.step() is None
        assert (machine.registers.ipsr, machine.registers.pc) == (5, HANDLER)
    machine.run(20 - machine.engine.executed)
    assert taken(made) == taken(free) and machine.faults.CFSR == free.machine.faults.CFSR == 1 << 12


def test_a_stack_that_was_mended_is_used_and_a_later_fault_is_stopped_at():
    machine = ready("nop; nop; b .").machine
    machine.registers.sp = 0x2000_0010
    machine.exceptions.pend(16)
    assert isinstance(machine.run(20), AtFault)
    machine.registers.sp = 0x2000_1000
    machine.run(3)
    assert (machine.registers.ipsr, machine.registers.pc) == (16, IRQ_HANDLER) and not machine.faults.CFSR
    machine.registers.sp = 0x2000_0010
    machine.exceptions.priorities[16], machine.exceptions.priorities[17] = 0x40, 0
    machine.exceptions.enabled |= 1 << 17
    machine.exceptions.pend(17)
    assert isinstance(machine.run(20), AtFault)


def test_an_svc_that_cannot_be_taken_is_stopped_at():
    made, free = (ready("nop; svc #1; b .", primask=1) for _ in range(2))
    free.machine.stops_at_faults = False
    machine = made.machine
    reason = machine.run(20)
    assert isinstance(reason, AtFault) and reason.pc == CODE + 2 == machine.registers.pc and not machine.faults.HFSR
    record = machine.foresee(reason)
    free.machine.run(3)
    real = free.machine.first_fault
    assert (record.pc, record.status, record.raised) == (real.pc, real.status, real.raised)
    machine.run(3 - machine.engine.executed)
    assert taken(made) == taken(free) and (machine.registers.ipsr, machine.faults.HFSR) == (3, 1 << 30)


def test_an_svc_that_was_stepped_over_by_hand_is_not_made():
    machine = ready("nop; svc #1; b .", primask=1).machine
    assert isinstance(machine.run(20), AtFault)
    machine.registers.pc = CODE + 4
    machine.run(5)
    assert not machine.registers.ipsr and not machine.faults.HFSR


PEND_IRQ = "ldr r0, =0xe000e200; movs r1, #1; str r1, [r0]; dsb; isb; "


def returning(instructions, **registers):
    """Return a machine and its free twin whose IRQ handler leaves itself after ``instructions``, and what they tell."""
    both = []
    for stops in (True, False):
        made = ready(PEND_IRQ + "b .", **registers)
        made.machine.poke(IRQ_HANDLER, assemble(instructions, IRQ_HANDLER))
        made.machine.stops_at_faults = stops
        made.events.clear()
        both.append(made)
    return both


def told(record):
    """Return all that a record says of a fault, without the registers."""
    return record.time, record.pc, record.fault, record.raised, record.status, record.explanation


@pytest.mark.parametrize(
    ("instructions", "cause", "step"),
    [
        ("mvn lr, #0; bx lr", "INVPC", "return"),
        ("push {lr}; mvn r3, #0xf; str r3, [sp]; pop {pc}", "INVPC", "return"),
        ("ldr r3, =0x60000000; mov sp, r3; bx lr", "UNSTKERR", "unstacking"),
        ("movs r3, #3; str r3, [sp, #28]; bx lr", "INVPC", "return"),  # the stacked IPSR is no Thread mode's
        ("cpsid i; mvn lr, #0; bx lr", "INVPC", "return"),  # PRIMASK: it escalates
        ("cpsid f; mvn lr, #0; bx lr", "INVPC", "return"),  # FAULTMASK falls with the return
    ],
)
@pytest.mark.parametrize("via", ["run", "step"])
def test_a_return_that_fails_is_stopped_at_in_front_of_it(instructions, cause, step, via):
    made, free = returning(instructions)
    machine = made.machine
    reason = machine.run(40)
    assert isinstance(reason, AtFault) and reason.fault.cause is CAUSES[cause] and reason.pc == machine.registers.pc
    assert machine.registers.ipsr == 16 and not machine.faults.CFSR and len(taken(made)) == 1
    foreseen = machine.foresee(reason)
    free.machine.run(40)
    assert foreseen.raised.step == step and told(foreseen) == told(free.machine.first_fault)
    if via == "step":
        assert machine.step() is None and machine.registers.ipsr == free.machine.registers.ipsr
    machine.run(40 - machine.engine.executed)
    assert taken(made) == taken(free) and machine.registers.pc == free.machine.registers.pc
    assert machine.faults.CFSR == free.machine.faults.CFSR and machine.faults.HFSR == free.machine.faults.HFSR


def test_what_a_tail_chain_takes_instead_is_no_fault_of_the_return():
    """Nothing is unstacked, so the absent stack is met by the return of the second handler."""
    made, free = returning("ldr r3, =0xe000e200; movs r2, #2; str r2, [r3]; ldr r3, =0x60000000; mov sp, r3; bx lr")
    for each in (made, free):
        each.machine.exceptions.enabled |= 1 << 17
        each.machine.poke(0x44, (0x380 | 1).to_bytes(4, "little"))
        each.machine.poke(0x380, assemble("nop; bx lr", 0x380))
    reason = None
    while reason is None:  # a step is Python's; a run's tail chain would be the C half's
        reason = made.machine.step()
    assert isinstance(reason, AtFault) and made.machine.registers.ipsr == 17
    made.machine.run(60 - made.machine.engine.executed)
    free.machine.run(60)
    assert taken(made) == taken(free)


def test_a_return_that_was_mended_is_made():
    made = returning("ldr r3, =0x60000000; mov r2, sp; mov sp, r3; bx lr")[0]
    machine = made.machine
    assert isinstance(machine.run(40), AtFault)
    machine.registers.sp = machine.registers.r[2]
    assert isinstance(machine.run(10), BudgetSpent)
    assert not machine.registers.ipsr and not machine.faults.CFSR and machine.registers.sp == STACK_TOP


@pytest.mark.parametrize("mask", ["", "cpsid i; "])
def test_a_lazy_save_that_fails_is_stopped_at_its_instruction(mask):
    """With PRIMASK it waits, and the instruction goes on; it is stopped at all the same."""
    code = f"ldr r3, =0xe000ef38; ldr r2, =0x60000000; str r2, [r3]; {mask}vmov.f32 s0, #1.0; b ."
    both = []
    for stops in (True, False):
        made = ready("ldr r0, =0xe000ed88; ldr r1, =0xf00000; str r1, [r0]; dsb; isb; vmov.f32 s1, #1.0; " + PEND_IRQ
                     + "b .")  # fmt: skip
        made.machine.poke(IRQ_HANDLER, assemble(code, IRQ_HANDLER))
        made.machine.exceptions.priorities[16] = 0x40
        made.machine.stops_at_faults = stops
        made.events.clear()
        both.append(made)
    made, free = both
    machine = made.machine
    reason = machine.run(60)
    assert isinstance(reason, AtFault) and reason.fault.cause is CAUSES["LSPERR"] and not machine.faults.CFSR
    assert machine.peek(machine.registers.pc, 2) == b"\xb7\xee"  # the VMOV
    foreseen = machine.foresee(reason)
    free.machine.run(60)
    raised = next(event for event in free.events if isinstance(event, FaultRaised))
    assert (foreseen.raised.step, foreseen.time, foreseen.pc) == ("lazy save", raised.time, raised.pc)
    if not mask:  # else it waits for ever
        assert told(foreseen) == told(free.machine.first_fault)
    machine.run(60 - machine.engine.executed)
    assert taken(made) == taken(free) and machine.faults.CFSR == free.machine.faults.CFSR


@pytest.mark.parametrize("kind", ["entry", "svc", "load", "return"])
def test_going_back_to_such_a_stop_and_on_again_is_the_same_run(kind):
    """From a later time: in front of the fault, which then comes at once, and not a second stop at the same place."""
    code = {"entry": "movs r0, #1; movs r0, #2; b .", "svc": "nop; svc #1; b .", "load": "nop; ldr r0, [r1]; b .",
            "return": PEND_IRQ + "b ."}[kind]  # fmt: skip
    made = ready(code, r1=ABSENT, primask=int(kind == "svc"))
    machine = made.machine
    if kind == "entry":
        machine.registers.sp = 0x2000_0010
        machine.clock.call_at(machine.clock.now + 2, lambda: machine.exceptions.pend(16))
    machine.poke(IRQ_HANDLER, assemble("mvn lr, #0; bx lr", IRQ_HANDLER))
    traveller = Traveller(machine)
    first = traveller.run(20)
    assert isinstance(first, AtFault)
    assert isinstance(traveller.run(20), BudgetSpent)
    after = machine.registers.ipsr, machine.faults.CFSR, machine.faults.HFSR
    before, came = taken(made), machine.clock.now
    assert traveller.run_back() == first
    assert (
        machine.registers.ipsr == (16 if kind == "return" else 0)
        and not machine.faults.CFSR
        and machine.registers.sp == {"entry": 0x2000_0010, "return": STACK_TOP - 32}.get(kind, STACK_TOP)
    )
    again = traveller.run(20)
    if isinstance(again, AtFault):  # it went to in front of the instruction, or of the SVC
        assert kind in ("svc", "return") and again == first
        again = traveller.run(20)
    assert isinstance(again, BudgetSpent)
    assert (machine.registers.ipsr, machine.faults.CFSR, machine.faults.HFSR) == after
    assert taken(made) == before and machine.clock.now >= came
