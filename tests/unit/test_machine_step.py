"""Machine.step(): one instruction at a time, exceptions included, to the same result as a run."""

import struct

import pytest
from support.accelerator import use_half
from support.machines import CODE, RAM, STACK_TOP, bench

from emulator.machine.stop import Asleep, Exited
from emulator.timetravel.checkpoint import Position
from emulator.timetravel.traveller import Traveller

HANDLER = 0x300
ICSR = 0xE000_ED04
CPACR = 0xE000_ED88


def ready(code, handlers=None, **registers):
    """Return a machine in front of ``code``."""
    made = bench(handlers=handlers)
    made.run(code, steps=0, **registers)
    return made.machine


def stepped(machine, count):
    """Step ``count`` times and return the offset of the PC and the IT bits after each."""
    seen = []
    for _ in range(count):
        assert machine.step() is None
        regs = machine.registers
        seen.append((regs.pc - CODE, regs.xpsr >> 8 & 0xFC | regs.xpsr >> 25 & 3))
    return seen


def test_an_instruction_is_a_step():
    machine = ready("movs r0, #1; movs r1, #2; adds r2, r0, r1")
    assert stepped(machine, 3) == [(2, 0), (4, 0), (6, 0)]
    assert machine.registers.r[2] == 3
    assert machine.engine.executed == 3


def test_row_1_each_instruction_of_an_it_block_is_a_step():
    machine = ready("cmp r0, r0; itte ne; movne r1, #1; ldmne r2, {r3, r4}; moveq r5, #5; movs r6, #6", r2=RAM + 1)
    assert stepped(machine, 6) == [(2, 0), (4, 0x1A), (6, 0x14), (10, 0x08), (12, 0), (14, 0)]
    assert machine.registers.r[1] == 0
    assert machine.registers.r[5:7] == [5, 6]
    assert machine.faults.CFSR == 0, "an LDM that is not executed checks no alignment"


def test_a_branch_to_itself_is_a_step_each_time():
    machine = ready("b .")
    assert stepped(machine, 3) == [(0, 0)] * 3
    assert machine.engine.executed == 3


def test_an_instruction_over_the_end_of_a_page_is_a_step_of_its_own():
    """The engine ends a block in front of it, which is no end of the program's block."""
    at = 0x3FA
    code = "adds r0, #1; adds r0, #1; add.w r1, r1, #1; adds r0, #1; b 0x3fa"
    made = bench()
    made.run(code, at=at, steps=10)
    assert made.machine.registers.pc == at, "all of it was translated"
    assert [made.machine.step() for _ in range(2)] == [None, None]
    regs = made.machine.registers
    assert (regs.pc, made.machine.engine.executed, regs.r[:2]) == (0x3FE, 12, [8, 2])


def test_an_svc_ends_in_its_handler():
    machine = ready("svc #1", {11: HANDLER})
    assert machine.step() is None
    regs = machine.registers
    assert (regs.pc, regs.ipsr, regs.msp) == (HANDLER, 11, STACK_TOP - 32)


@pytest.mark.parametrize("code", ["udf #0", "bkpt #1", "ldr r0, [r1]"])
def test_a_fault_ends_in_its_handler(code):
    machine = ready(code, {3: HANDLER}, r1=0x7000_0000)
    assert machine.step() is None
    assert (machine.registers.pc, machine.registers.ipsr) == (HANDLER, 3)


@pytest.mark.parametrize("target", [0x4800_0001, 0x9000_0001, 0xFFFF_FFF9])
def test_a_branch_is_a_step_before_the_fetch_that_is_refused(target):
    machine = ready("bx r1", {3: HANDLER}, r1=target)
    assert stepped(machine, 2) == [(target - 1 - CODE, 0), (HANDLER - CODE, 0)]
    frame = struct.unpack("<8I", machine.peek(machine.registers.msp, 32))
    assert frame[6] == target - 1


def test_a_pending_exception_is_a_step_where_the_block_ends_as_in_a_run():
    machine = ready("str r1, [r0]; movs r2, #2; b over; over: nop", {14: HANDLER}, r0=ICSR, r1=1 << 28)
    assert stepped(machine, 4) == [(2, 0), (4, 0), (6, 0), (HANDLER - CODE, 0)]
    assert machine.registers.r[2] == 2


@pytest.mark.parametrize("stop", ["step", "breakpoint"])
@pytest.mark.parametrize("place", [2, 4, 6])
def test_a_stop_behind_what_pends_an_exception_does_not_put_it_off(stop, place):
    code = "str r1, [r0]; adds r2, #1; adds r2, #1; b next; next: adds r3, #1; b next"
    machine = ready(code, {14: HANDLER}, r0=ICSR, r1=1 << 28)
    if stop == "breakpoint":
        machine.set_breakpoint(CODE + place)
        assert machine.run(10).address == CODE + place
    else:
        stepped(machine, place // 2)
    machine.run(10)
    assert machine.registers.ipsr == 14
    assert struct.unpack("<I", machine.peek(STACK_TOP - 8, 4)) == (CODE + 8,), "it is taken where its block ends"
    assert machine.registers.r[3] == 0


def test_a_pending_exception_is_the_next_step_where_each_instruction_is_a_block():
    machine = ready("str r1, [r0]; movs r2, #2", {14: HANDLER}, r0=ICSR, r1=1 << 28)
    assert [machine.step(looks_always=True) for _ in range(2)] == [None, None]
    assert (machine.registers.pc, machine.registers.r[2]) == (HANDLER, 0)


@pytest.mark.parametrize("half", ["c", "pure"])
@pytest.mark.parametrize(
    ("code", "control"), [("nop; cpsid i; nop; b next", 1), ("cmp r0, r0; it ne; vaddne.f32 s0, s0, s0; b next", 0)]
)
def test_what_does_nothing_ends_no_block(code, control, half, monkeypatch):
    use_half(half, monkeypatch)
    machine = ready(f"{code}; next: b next", {14: HANDLER}, control=control)
    assert machine.step() is None
    machine.pend_pendsv()
    stepped(machine, 3)
    assert machine.registers.ipsr == 0
    assert machine.step() is None
    assert machine.registers.ipsr == 14


def test_an_fp_instruction_is_one_step_with_the_context_it_needs():
    machine = ready("str r1, [r0]; vmov s1, r2; nop", r0=CPACR, r1=0xF << 20, r2=0x3F80_0000)
    assert stepped(machine, 2) == [(2, 0), (6, 0)]
    machine.processor.load_fp()
    assert (machine.registers.s[1], machine.registers.control) == (0x3F80_0000, 4)


def test_wfi_sleeps_in_its_step():
    machine = ready("wfi")
    assert isinstance(machine.step(), Asleep)
    assert machine.registers.pc == CODE + 2


def test_a_wfi_whose_condition_fails_does_not_sleep():
    machine = ready("cmp r0, r0; it ne; wfine; nop")
    assert stepped(machine, 4) == [(2, 0), (4, 0x18), (6, 0), (8, 0)]


def test_the_end_is_returned_by_the_step_that_reached_it():
    machine = ready("movs r0, #0; b over; over: movs r1, #1")
    machine.step()
    machine.exit(7)
    assert machine.step() == Exited(1, 7)


PROGRAM = """
    movs r0, #0
    ldr r1, =0x20000100
loop:
    adds r0, #1
    tst r0, #3
    itet eq
    streq r0, [r1], #4
    addne r2, r2, r0
    eoreq r3, r3, r0
    svc #1
    cmp r0, #40
    blt loop
    b .
"""


@pytest.mark.parametrize("audit", [False, True])
def test_steps_lead_to_the_same_state_as_a_run(audit):
    def machine():
        made = bench(audit=audit, handlers={11: HANDLER})
        made.machine.poke(HANDLER, bytes.fromhex("01347047"))  # adds r4, #1; bx lr
        made.run(PROGRAM, steps=2)
        return made

    whole, single = machine(), machine()
    whole.machine.run(400)
    while single.machine.engine.executed < whole.machine.engine.executed:
        assert single.machine.step() is None
    for name in ("r", "msp", "pc", "lr", "xpsr"):
        assert getattr(single.machine.registers.copy(), name) == getattr(whole.machine.registers.copy(), name), name
    assert single.events == whole.events
    assert single.machine.peek(RAM, 0x400) == whole.machine.peek(RAM, 0x400)


DIVISION = "str r1, [r0]; movs r2, #0; udiv r3, r1, r2; isb; udiv r4, r1, r2; nop"
UNALIGNED = "str r1, [r0]; adds r5, #1; ldr r3, [r5]; isb; ldr r4, [r5]; nop"


@pytest.mark.parametrize("half", ["c", "pure"])
@pytest.mark.parametrize("code", [DIVISION, UNALIGNED], ids=["division", "unaligned"])
def test_a_store_to_ccr_counts_from_the_end_of_its_block_on_in_a_run_and_by_steps(code, half, monkeypatch):
    use_half(half, monkeypatch)
    ended = []
    for ways in ("run", "steps", "back"):
        machine = ready(code, r0=0xE000_ED14, r1=0x218, r3=7, r4=7, r5=RAM)
        traveller = Traveller(machine)
        if ways != "steps":
            traveller.run(20)
        if ways == "back":
            traveller.goto(Position(2, 0))
            traveller.step_back()
        while machine.engine.executed < 20:
            traveller.step()
        r = machine.registers.r
        ended.append((machine.exceptions.taken, machine.faults.CFSR, machine.engine.executed, list(r)))
    assert ended[0] == ended[1] == ended[2]
    assert (ended[0][0], ended[0][3][3:5]) == (1, [0, 7]), "the second one faults"
