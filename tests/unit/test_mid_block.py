"""What is changed in the middle of a block counts from its end on, and an exception waits for it. [D-002, D-006, D-007]

However the machine is brought there.
"""

import pytest
from support.accelerator import use_half
from support.machines import CODE, RAM, STACK_TOP, bench

from emulator.asm import assemble
from emulator.machine.stop import Breakpoint
from emulator.timetravel.checkpoint import Checkpoints, Position
from emulator.timetravel.traveller import Traveller

HANDLER = 0x7000
ICSR, CCR, CPACR, FPCCR = 0xE000_ED04, 0xE000_ED14, 0xE000_ED88, 0xE000_EF34
MPU_CTRL, MPU_RNR = 0xE000_ED94, 0xE000_ED98
PENDSVSET, FULL_ACCESS = 1 << 28, 0xF << 20
WAYS = ("run", "steps", "back", "breakpoints", "mixture", "restored")


def straight(count):
    """Return code of ``count`` additions to R6, more of which the engine translates in pieces, and a loop behind it."""
    return "adds r6, #1; " * count + "b next; next: adds r7, #1; b next"


ALL_CODE = f"""
    ldr r0, ={MPU_RNR}; movs r1, #0; str r1, [r0]; str r1, [r0, #4]; ldr r1, =0x06000027; str r1, [r0, #8]
    movs r1, #5; str r1, [r2]; isb; ldr r1, =0x16000027; str r1, [r0, #8]; """
"""Region 0 is all of the code, and then not to be executed any more."""
SOME_CODE = f"""
    ldr r0, ={MPU_RNR}; movs r1, #0; str r1, [r0]; str r1, [r0, #4]; ldr r1, =0x06000027; str r1, [r0, #8]
    movs r1, #5; str r1, [r2]; movs r1, #1; str r1, [r0]; ldr r1, =0x340; str r1, [r0, #4]; ldr r1, =0x06000009
    str r1, [r0, #8]; isb; ldr r1, =0x16000009; str r1, [r0, #8]; """
"""Region 1 is 32 bytes of it, which are not to be executed any more."""
FP = "str r1, [r0]; isb; vmov s0, r2; vmov s1, r2; str r3, [r4]; adds r6, #1; vmov s2, r2; adds r6, #1; b next; "

# Each: code, registers, and what comes out: exceptions taken, R6 (all of the block that changed something), R7
CASES = {
    "exception": (f"str r1, [r0]; {straight(300)}", {"r0": ICSR, "r1": PENDSVSET}, (1, 300, 0)),
    "exception in the middle": (
        "adds r6, #1; " * 150 + f"str r1, [r0]; {straight(150)}", {"r0": ICSR, "r1": PENDSVSET}, (1, 300, 0),
    ),
    "exception, then other code": (
        "adds r6, #1; " * 150 + f"str r1, [r0]; strh r5, [r4]; {straight(130)}",
        {"r0": ICSR, "r1": PENDSVSET, "r4": 0x2F0, "r5": 0x3601}, (1, 280, 0),
    ),
    "exception in the second pass": (
        f"again: str r1, [r0]; mov r0, r4; {'adds r6, #1; ' * 480} subs r5, #1; bne again; {straight(0)}",
        {"at": 0x400, "r0": RAM, "r1": PENDSVSET, "r4": ICSR, "r5": 2},
        (1, 960, 0),
    ),
    "exception in front of a watched access": (
        f"str r1, [r0]; {'adds r6, #1; ' * 210} ldrd r2, r3, [r4]; {straight(90)}",
        {"r0": ICSR, "r1": PENDSVSET, "r4": RAM},
        (1, 300, 0),
    ),
    "exception and an instruction that is done in the engine's stead": (
        f"str r1, [r0]; adds r6, #1; strex r3, r5, [r2]; {straight(3)}",
        {"r0": ICSR, "r1": PENDSVSET, "r2": RAM}, (1, 4, 0),
    ),
    "MPU on": (f"str r1, [r0]; {straight(3)}", {"r0": MPU_CTRL, "r1": 1}, (1, 3, 0)),
    "MPU on in front of much": (f"str r1, [r0]; {straight(300)}", {"r0": MPU_CTRL, "r1": 1}, (1, 300, 0)),
    "MPU wakes at negative priority": (
        f"cpsid f; str r1, [r0]; movs r1, #3; isb; str r1, [r0]; {straight(3)}",
        {"r0": MPU_CTRL, "r1": 1}, (0, 3, 0),
    ),
    "region of the code": (ALL_CODE + straight(3), {"r2": MPU_CTRL}, (1, 3, 0)),
    "region of much code": (ALL_CODE + straight(250), {"r2": MPU_CTRL}, (1, 250, 0)),
    "region of some code": (SOME_CODE + straight(275), {"r2": MPU_CTRL}, (1, 275, 0)),
    "region of some of much code": (SOME_CODE + straight(250), {"r2": MPU_CTRL}, (0, 250, 31)),
    "division": (
        "str r1, [r0]; adds r6, #1; udiv r3, r1, r2; adds r6, #1; b next; next: udiv r4, r1, r2; b .",
        {"r0": CCR, "r1": 1 << 9 | 1 << 4}, (1, 2, 0),
    ),
    "no FP": (
        FP + "next: vmov s3, r2; b .", {"r0": CPACR, "r1": FULL_ACCESS, "r3": 0, "r4": CPACR}, (1, 2, 0),
    ),
    "FP": (
        "str r1, [r0]; adds r6, #1; vmov s2, r2; adds r6, #1; b next; next: vmov s3, r2; b .",
        {"r0": CPACR, "r1": FULL_ACCESS}, (0, 2, 0),
    ),
    "no context": (
        FP + "next: vmov s3, r2; mrs r7, control; b .",
        {"r0": CPACR, "r1": FULL_ACCESS, "r3": 0, "r4": FPCCR}, (0, 2, 4),
    ),
}  # fmt: skip


def arrive(machine, way, end):
    """Bring ``machine`` to the moment ``end``."""
    traveller = Traveller(machine)
    if way in ("run", "back"):
        traveller.run(end)
    if way == "back":
        traveller.goto(Position(2, 0))
        traveller.step_back()
    if way == "breakpoints":
        for address in (CODE + 4, CODE + 8, CODE + 16, CODE + 18, CODE + 0x80):
            machine.set_breakpoint(address)
        while machine.engine.executed < end - 20:
            if not isinstance(traveller.run(end - 20 - machine.engine.executed), Breakpoint):
                break
    if way == "restored":
        while machine.engine.executed < 6:
            machine.step()
        checkpoints = Checkpoints(machine)
        here = checkpoints.take()
        machine.run(20)
        checkpoints.restore(here)
    while machine.engine.executed < end:
        if way == "mixture" and machine.engine.executed % 3 and machine.engine.executed < end - 20:
            traveller.run(1)
        elif traveller.step() is not None:
            break


@pytest.mark.parametrize("half", ["c", "pure"])
@pytest.mark.parametrize("audit", [False, True], ids=["", "audit"])
@pytest.mark.parametrize("name", CASES)
def test_a_change_counts_from_the_end_of_its_block_on(name, audit, half, monkeypatch):
    use_half(half, monkeypatch)
    code, registers, expected = CASES[name]
    end = expected[1] + 80 if expected[1] > 3 else 60
    ended = {}
    for way in WAYS:
        made = bench(audit=audit, handlers={3: HANDLER, 14: HANDLER})
        machine = made.machine
        machine.poke(HANDLER, bytes.fromhex("fee7"))
        made.run(code, steps=0, **registers)
        machine.processor.clear_monitor()
        arrive(machine, way, end)
        regs = machine.registers
        assert (machine.exceptions.taken, *regs.r[6:8]) == expected, way
        ended[way] = (
            machine.engine.executed,
            regs.pc,
            regs.xpsr,
            list(regs.r),
            machine.faults.CFSR,
            machine.peek(STACK_TOP - 128, 128),
        )
    assert all(found == ended["run"] for found in ended.values())


PIECES = f"""
    b.w second
again:
    str r1, [r0]; {"adds r6, #1; " * 199}
second:
    {"adds r6, #1; " * 199}
    subs r5, #1
    bne.w second
after:
    cbnz r3, done
    movs r3, #1; movs r5, #1
    b again
done:
    b .
"""
"""The engine cuts ``again`` in front of ``second``, which is a block of its own, too."""
STACKED_PC = "ldr r7, [sp, #24]; bx lr"


@pytest.mark.parametrize("passes", range(19, 22))
@pytest.mark.parametrize("half", ["c", "pure"])
def test_an_exception_waits_where_a_piece_of_its_block_is_translated_again(half, passes, monkeypatch):
    use_half(half, monkeypatch)
    made = bench(handlers={14: HANDLER})
    made.machine.poke(HANDLER, assemble(STACKED_PC, HANDLER))
    made.run(PIECES, steps=10_000, at=0x3FC, r0=ICSR, r1=PENDSVSET, r5=passes)
    regs = made.machine.registers
    assert (made.machine.exceptions.taken, regs.r[6]) == (1, passes * 199 + 398)
    assert regs.r[7] == regs.pc - 8, "it is taken where its block has ended"


NOWHERE = 0x4000_0000
"""A device's address, and never executable."""


@pytest.mark.parametrize("due", [3, 4])
@pytest.mark.parametrize("audit", [False, True], ids=["", "audit"])
@pytest.mark.parametrize("half", ["c", "pure"])
@pytest.mark.parametrize("steps", [False, True], ids=["run", "steps"])
def test_what_is_due_at_the_end_of_a_block_comes_before_the_fetch_of_what_follows(steps, half, audit, due, monkeypatch):
    use_half(half, monkeypatch)
    made = bench(audit=audit, handlers={14: HANDLER})
    machine = made.machine
    machine.poke(HANDLER, assemble("ldr r7, [sp, #24]; b .", HANDLER))
    machine.clock.call_at(due, lambda: machine.exceptions.pend(14))
    made.run("movs r1, #1; movs r2, #2; movs r3, #3; bx r0", steps=0, r0=NOWHERE | 1)
    while machine.engine.executed < 8:
        machine.step() if steps else machine.run(8)
    assert (machine.registers.ipsr, machine.registers.r[7]) == (14, NOWHERE)
    assert machine.faults.CFSR == 0
