"""What the tables of the engine must not get wrong: stale code, rights of the wrong map, memory without a bound."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.accelerator import require_accelerator
from support.machines import CODE, RAM, Bench, bench

from emulator.armv7m.faults import Fault
from emulator.asm import assemble
from emulator.engine import blocks

ROOT = Path(__file__).parents[2]
MPU_CTRL, MPU_RBAR = 0xE000_ED94, 0xE000_ED9C
EVERYONE_RX, EVERYONE_RW = 6 << 24, 3 << 24 | 1 << 28
both_halves = pytest.mark.parametrize("pure", [False, True])


def prepared(pure: bool, monkeypatch: pytest.MonkeyPatch, handlers: dict[int, int] | None = None) -> Bench:
    """Return a machine that nobody observes, so that the C half, if it is to be used, does what it can."""
    if pure:
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    else:
        require_accelerator()
    made = bench("cortex-m4", handlers=handlers)
    made.machine.observers.clear()
    return made


def cause(made: Bench) -> str | None:
    """Return the name of the last fault's cause."""
    record = made.machine.last_fault
    fault: Fault | None = None if record is None else record.fault
    return None if fault is None else fault.cause.name


# -- blocks ------------------------------------------------------------------------------------------------------------


@both_halves
def test_two_overlays_whose_entries_meet_are_both_forgotten_when_they_are_overwritten(
    pure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is rewritten to divide by zero: its old block, behind the place of the first, must not be executed."""
    first, second = RAM + 0x1000, RAM + 0x1000 + 2 * blocks.BLOCK_SLOTS
    assert not (blocks.block_place(first << 12 | 2) ^ blocks.block_place(second << 12 | 6)) & blocks.BLOCK_SLOTS - 1
    made = prepared(pure, monkeypatch)
    machine = made.machine
    machine.poke(first, assemble("bx lr", first))
    machine.poke(second, assemble("nop; nop; bx lr", second))
    divide = int.from_bytes(assemble("udiv r0, r0, r1", second), "little")
    machine.system.ccr |= 1 << 4  # DIV_0_TRP
    code = "blx r5; blx r7; str r8, [r4]; dsb; isb; movs r0, #7; movs r1, #0; blx r7; movs r3, #1; b ."
    made.run(code, steps=60, r3=0, r4=second, r5=first | 1, r7=second | 1, r8=divide)
    assert (cause(made), machine.registers.r[3]) == ("DIVBYZERO", 0)


@both_halves
def test_a_guest_that_executes_everywhere_has_a_bounded_number_of_blocks(
    pure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "MOST_MEMORY", 1 << 19)
    made = prepared(pure, monkeypatch)
    machine = made.machine
    count = 3000
    machine.poke(RAM, b"\x70\x47" * count)  # bx lr
    made.run("l: blx r1; adds r1, #2; cmp r1, r2; bne l; b .", steps=5 * count, r1=RAM | 1, r2=RAM + 2 * count | 1)
    clock = machine.engine.clock
    assert machine.registers.r[1] == RAM + 2 * count | 1
    assert 500 < len(clock._block_at) < 1300 and clock._memory <= 1 << 19
    assert sum(map(len, clock._blocks_of_page.values())) <= 2 * len(clock._block_at)
    made.run("l: blx r1; adds r1, #2; cmp r1, r2; bne l; b .", steps=5 * count, r1=RAM | 1, r2=RAM + 2 * count | 1)
    assert machine.engine.executed == 2 * 5 * count


@both_halves
def test_a_block_that_is_forgotten_while_it_executes_counts_to_its_end(
    pure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = prepared(pure, monkeypatch)
    at = RAM + 0x1000
    made.run("l: str r1, [r2]; adds r0, #1; b l", steps=3000, at=at, r0=0, r2=at + 0x200)
    assert (made.machine.registers.r[0], made.machine.engine.executed) == (1000, 3000)
    assert len(made.machine.engine.clock._block_at) <= 2


GROWTH = """
import sys
sys.path.insert(0, {tests!r})
from support.machines import CODE, RAM, bench
from emulator.asm import assemble
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
machine = bench("cortex-m4").machine
machine.observers.clear()
regs = machine.registers
at = RAM + 0x1000
if sys.argv[1] == "itself":
    machine.poke(at, assemble("l: str r1, [r2]; adds r0, #1; b l", at))
    regs.pc, regs.r[2] = at, at + 0x200
    steps = 3 * 40_000
else:
    machine.poke(RAM, bytes.fromhex("7047") * 0x1_0000)
    machine.poke(CODE, assemble("l: blx r1; adds r1, #2; b l", CODE))
    regs.pc, regs.r[1] = CODE, RAM | 1
    steps = 4 * 0x1_0000 - 100
machine.run(steps // 2)
before = resident()
machine.run(steps // 2)
print(resident() - before)
"""


@pytest.mark.parametrize(("program", "limit"), [("itself", 10 << 20), ("everywhere", 20 << 20)])
def test_host_memory_stops_growing_while_the_guest_makes_new_code(program: str, limit: int) -> None:
    """It was 1.1 KiB for each time that a page changes itself, and 0.9 KiB for each place that is executed."""
    require_accelerator()
    script = GROWTH.format(tests=str(ROOT / "tests"))
    command = [sys.executable, "-c", script, program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=200)
    assert int(done.stdout) < limit


# -- rights ------------------------------------------------------------------------------------------------------------


def open_map(made: Bench, *more: tuple[int, int, int]) -> None:
    """Code and data open to everyone, and ``more`` regions: number, RBAR, RASR. On, with the background."""
    mpu = made.machine.mpu
    mpu.set_region(0, 0, EVERYONE_RX | 21 << 1 | 1)
    mpu.set_region(1, RAM, EVERYONE_RW | 21 << 1 | 1)
    for number, rbar, rasr in more:
        mpu.set_region(number, rbar, rasr)
    mpu.set_control(5)


@both_halves
@pytest.mark.parametrize("size", [21, 4])
@pytest.mark.parametrize("instruction", ["ldrt r2, [r0]", "strt r2, [r0]"])
def test_ldrt_and_strt_use_unprivileged_rights_after_a_privileged_access(
    instruction: str, size: int, pure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a page of one right and in a page that the MPU splits."""
    made = prepared(pure, monkeypatch)
    place = RAM + 0x100
    private = 2, place & ~((2 << size) - 1), 1 << 28 | 1 << 24 | size << 1 | 1
    if size == 4:  # split for both: the privileged may not store to all of the page
        open_map(made, private, (3, place + 64, 1 << 28 | 6 << 24 | size << 1 | 1))
    else:
        open_map(made, private)
    made.run(f"str r1, [r0]; ldr r1, [r0]; {instruction}; adds r3, #1; b .", steps=20, r0=place, r3=0)
    assert (cause(made), made.machine.registers.r[3]) == ("DACCVIOL", 0)


@both_halves
def test_strt_to_the_system_control_space_is_refused(pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    made = prepared(pure, monkeypatch)
    open_map(made)
    made.run("str r1, [r0]; strt r2, [r0]; adds r3, #1; b .", steps=20, r0=0xE000_ED98, r1=2, r2=3, r3=0)
    assert (cause(made), made.machine.registers.r[3], made.machine.mpu.rnr) == ("PRECISERR", 0, 2)


@both_halves
def test_code_that_forbids_its_own_page_goes_no_further(pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of the loop are linked: nothing but the change itself asks about the page."""
    made = prepared(pure, monkeypatch)
    at = RAM + 0x2000
    allowed, forbidden = EVERYONE_RX | 9 << 1 | 1, EVERYONE_RX | 1 << 28 | 9 << 1 | 1
    open_map(made, (3, at, allowed))
    made.machine.mpu.rnr = 3
    code = "l: str r1, [r0]; adds r3, #1; cmp r3, #20; it eq; moveq r1, r2; b l"
    made.run(code, steps=400, at=at, r0=MPU_RBAR + 4, r1=allowed, r2=forbidden, r3=0)
    record = made.machine.last_fault
    assert record is not None
    assert (cause(made), made.machine.registers.r[3], record.pc) == ("IACCVIOL", 21, at)


@both_halves
def test_a_hole_in_the_page_that_executes_is_judged_to_the_block(pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unprivileged code goes round in 32 bytes of a page and leaves them by a branch within the page."""
    made = prepared(pure, monkeypatch)
    machine = made.machine
    machine.mpu.set_region(2, CODE, EVERYONE_RX | 4 << 1 | 1)
    machine.mpu.set_control(5)
    code = "l: adds r3, #1; cmp r3, #50; bne l; b out" + "; nop" * 16 + "; out: adds r4, #1; b ."
    made.run(code, steps=400, r3=0, r4=0, control=1)
    record = machine.last_fault
    assert record is not None
    assert (cause(made), machine.registers.r[3:5], record.pc) == ("IACCVIOL", [50, 0], CODE + 8 + 32)
    assert pure or machine._shared.python_calls < 30


@both_halves
def test_a_hole_in_the_page_that_executes_closes_when_the_mpu_is_switched_on(
    pure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The branch into the hole was linked while the MPU was off; the last time it stays on."""
    made = prepared(pure, monkeypatch)
    machine = made.machine
    hole = CODE + 32
    machine.mpu.set_region(2, hole, EVERYONE_RX | 1 << 28 | 4 << 1 | 1)  # not executable
    code = "l: str r5, [r0]; b x; nop; x: str r1, [r0]; dsb; b hole" + "; nop" * 9
    code += "; hole: adds r3, #1; cmp r3, #20; it eq; moveq r1, r5; b l"
    made.run(code, steps=800, r0=MPU_CTRL, r1=0, r3=0, r5=5)
    record = machine.last_fault
    assert record is not None
    assert (cause(made), machine.registers.r[3], record.pc) == ("IACCVIOL", 20, hole)


@both_halves
def test_code_that_gives_up_its_privilege_is_judged_as_what_it_is(pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a page that is split for both privileges, between two blocks that nothing else comes between."""
    made = prepared(pure, monkeypatch, {11: 0x800})
    machine = made.machine
    machine.poke(0x800, assemble("movs r1, #0; msr control, r1; bx lr", 0x800))
    private = CODE + 0x100
    machine.poke(private, assemble("adds r3, #1; bx lr", private))
    machine.mpu.set_region(1, RAM, EVERYONE_RW | 21 << 1 | 1)
    machine.mpu.set_region(2, CODE, EVERYONE_RX | 7 << 1 | 1)
    machine.mpu.set_region(3, CODE + 0x200, EVERYONE_RX | 1 << 28 | 4 << 1 | 1)  # not executable
    machine.mpu.set_control(5)
    code = "l: blx r5; movs r1, #1; msr control, r1; isb; b u; u: adds r4, #1; cmp r4, #20; beq e; svc #1; b l"
    code += "; e: bx r5"
    made.run(code, steps=900, r3=0, r4=0, r5=private | 1)
    record = machine.last_fault
    assert record is not None
    assert (cause(made), machine.registers.r[3:5], record.pc) == ("IACCVIOL", [20, 20], private)


@both_halves
def test_an_mpu_that_was_switched_on_sleeps_when_faultmask_is_set(pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """HFNMIENA is clear. The same map is switched on again and again, so that no change of it ends the run."""
    made = prepared(pure, monkeypatch, {11: 0x800})
    made.machine.poke(0x800, assemble("bx lr", 0x800))
    closed = RAM + 0x4000
    open_map(made, (2, closed, 1 << 28 | 9 << 1 | 1))
    made.machine.mpu.set_control(0)
    code = "l: str r5, [r0]; b x; x: cpsid f; b y; y: ldr r2, [r7]; cpsie f; b z"
    code += "; z: str r6, [r0]; svc #1; adds r3, #1; b l"
    made.run(code, steps=600, r0=MPU_CTRL, r3=0, r5=5, r6=0, r7=closed)
    assert cause(made) is None and made.machine.registers.r[3] > 30


@both_halves
def test_a_region_that_does_not_exist_is_not_written(pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    made = prepared(pure, monkeypatch)
    open_map(made)
    words = list(made.machine.mpu.rbar)
    made.run("str r1, [r0]; ldr r2, [r0, #-4]; b .", steps=20, r0=MPU_RBAR, r1=RAM | 0x10 | 9, r2=0)
    assert (made.machine.mpu.rnr, made.machine.registers.r[2]) == (0, 0)
    assert list(made.machine.mpu.rbar) == words


@both_halves
@pytest.mark.parametrize("splits", [False, True])
def test_a_frame_that_is_stacked_over_code_replaces_it(
    splits: bool, pure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = prepared(pure, monkeypatch, {11: 0x800})
    machine = made.machine
    stub = RAM + 0x3000
    open_map(made, (2, RAM + 0x3200, 4 << 1 | 1)) if splits else open_map(made)
    machine.mpu.set_region(1, RAM, 3 << 24 | 21 << 1 | 1)  # executable
    old, new = (assemble(f"movs r4, #{value}; bx lr", stub) for value in (0x55, 0x66))
    machine.poke(stub, old)
    machine.poke(0x800, assemble("bx lr", 0x800))
    code = "str r1, [r6]; svc #1; blx r5; mov r7, r4; mov r0, r8; svc #1; blx r5; b ."
    made.run(code, steps=200, r0=int.from_bytes(old, "little"), r5=stub | 1, r6=stub + 0x40, r7=0,
             r8=int.from_bytes(new, "little"), psp=stub + 0x20, control=2)  # fmt: skip
    assert (machine.registers.r[7], machine.registers.r[4], cause(made)) == (0x55, 0x66, None)


# -- maps --------------------------------------------------------------------------------------------------------------


def test_a_kernel_with_many_maps_needs_python_only_to_learn_them() -> None:
    """200 tasks with two regions each: 400 maps. Each is found again, whatever its place in the table."""
    require_accelerator()
    made = bench("cortex-m4")
    machine = made.machine
    machine.observers.clear()
    open_map(made)
    tasks = 200
    rows = b"".join(
        (base | 0x10 | region).to_bytes(4, "little") + (EVERYONE_RW | 7 << 1 | 1).to_bytes(4, "little")
        for offset in range(0, tasks * 256, 256)
        for region, base in ((6, RAM + 0x1_0000 + offset), (7, RAM + 0x10_0000 + offset))
    )  # fmt: skip
    machine.poke(RAM + 0x8000, rows)
    code = f"""o: mov r5, r9; movs r6, #{tasks}
        l: ldmia r5!, {{r7, r8, r10, r11}}; str r7, [r0]; str r8, [r0, #4]; str r10, [r0]; str r11, [r0, #4]
        bic r7, #0x1f; str r6, [r7]; subs r6, #1; bne l; b o"""
    rounds = tasks * 10
    made.run(code.replace("\n", ";"), steps=3 * rounds, r0=MPU_RBAR, r9=RAM + 0x8000)
    calls, changes = machine._shared.python_calls, machine._shared.map_changes
    machine.run(5 * rounds)
    assert machine.last_fault is None
    assert machine._shared.map_changes - changes > 1500
    assert machine._shared.python_calls - calls < 20


def test_switching_the_mpu_off_and_on_around_each_call_needs_no_python() -> None:
    """The page that executes is split, and is executable in parts while the MPU is on."""
    require_accelerator()
    made = bench("cortex-m4")
    machine = made.machine
    machine.observers.clear()
    machine.mpu.set_region(0, 0x200, EVERYONE_RX | 4 << 1 | 1)
    code = "l: str r5, [r0]; dsb; isb; adds r3, #1; str r6, [r0]; dsb; isb; adds r3, #1; b l"
    made.run(code, steps=500, r0=MPU_CTRL, r3=0, r5=0, r6=5)
    calls = machine._shared.python_calls
    machine.run(9000)
    assert machine.registers.r[3] > 2000 and machine.last_fault is None
    assert machine._shared.python_calls - calls < 10


def test_a_stack_that_only_frames_are_stored_to_becomes_known() -> None:
    require_accelerator()
    made = bench("cortex-m4", handlers={11: 0x800})
    machine = made.machine
    machine.observers.clear()
    open_map(made)
    machine.poke(0x800, assemble("bx lr", 0x800))
    made.run("l: svc #1; b l", steps=1000, psp=RAM + 0x5000, control=3)
    assert machine._shared.native_entries > 300 and machine._shared.python_calls < 30
    assert made.word(RAM + 0x4FFC) >> 24 == 1
