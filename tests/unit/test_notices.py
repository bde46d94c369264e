"""What a run does that is legal and hardly ever meant is noticed, once a place, by both halves."""

from __future__ import annotations

import pytest
from support.machines import CODE, RAM, Bench, bench

from emulator.asm import assemble
from emulator.devices.bus import MemoryBlock
from emulator.trace.notice_words import notice_lines

RBAR = 0xE000_ED9C
ROM = 0x0800_0000
SIZE_1K, SIZE_4K = 9 << 1, 11 << 1
FULL, READ_ONLY = 3 << 24, 2 << 24
REGION = "stm r6, {r0, r1}\n"
"""MPU_RBAR and MPU_RASR from r0 and r1."""
LATER = "nop\n" * 20
END = "b .\n"
UNPRIVILEGED = "mov r7, #1\nmsr control, r7\nisb\n"


@pytest.fixture(params=["c", "python"])
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Bench:
    if request.param == "python":
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    found = bench("cortex-m3")
    found.machine.observers.clear()  # who observes takes exceptions in Python
    return found


def said(machine: Bench) -> list[str]:
    return notice_lines(machine.machine)


def rbar(region: int, base: int) -> int:
    return base | 0x10 | region


# -- regions -----------------------------------------------------------------------------------------------------


def test_a_region_whose_base_is_no_multiple_of_its_size(machine: Bench) -> None:
    code = f"nop\n{REGION}{END}"
    machine.run(code, r0=rbar(5, RAM + 0x400), r1=FULL | SIZE_4K | 1, r6=RBAR)
    words = "MPU region 5 begins at 0x20000000, not at 0x20000400, which is no multiple of its size (4 KiB)"
    assert said(machine) == [f"{words}: 0x{CODE + 2:08x} at 1"]


@pytest.mark.parametrize(
    ("base", "attributes"),
    [(RAM + 0x400, FULL | SIZE_1K | 1), (RAM + 0x400, FULL | SIZE_4K), (RAM, FULL | SIZE_4K | 1)],
)
def test_a_region_that_is_right_or_off_is_not_mentioned(machine: Bench, base: int, attributes: int) -> None:
    machine.run(f"{REGION}{LATER}{REGION}{END}", r0=rbar(5, base), r1=attributes, r6=RBAR)
    assert said(machine) == []


def test_a_size_that_is_written_in_front_of_the_base_that_goes_with_it_is_not_mentioned(machine: Bench) -> None:
    code = f"{REGION}str r2, [r6, #4]\nstr r3, [r6]\n{LATER}{END}"
    registers = {"r0": rbar(5, RAM + 0x400), "r1": FULL | SIZE_1K | 1, "r2": FULL | SIZE_4K | 1, "r3": rbar(5, RAM)}
    machine.run(code, r6=RBAR, **registers)
    assert said(machine) == []


def test_a_place_is_mentioned_once(machine: Bench) -> None:
    code = f"mov r4, #9\nagain: {REGION}subs r4, #1\nbne again\n{END}"
    machine.run(code, r0=rbar(5, RAM + 0x400), r1=FULL | SIZE_4K | 1, r6=RBAR)
    assert len(said(machine)) == 1


def hole(low: int, high: int, srd: int = 0x04) -> dict[str, int]:
    """Return registers for region 1 over 4 KiB with rights ``low`` and then region 2, ``high``, with a hole."""
    return {
        "r0": rbar(1, RAM), "r1": low | SIZE_4K | 1, "r2": rbar(2, RAM), "r3": high | srd << 8 | SIZE_4K | 1,
        "r6": RBAR,
    }  # fmt: skip


def test_a_hole_that_a_region_below_opens(machine: Bench) -> None:
    machine.run(f"{REGION}stm r6, {{r2, r3}}\n{LATER}{END}", **hole(FULL, FULL))
    assert said(machine) == [
        "MPU region 2 leaves the subregion at 0x20000400 (512 bytes) off, and region 1 gives the same rights there, so "
        f"that it stays open: 0x{CODE + 4:08x} at 1"
    ]


@pytest.mark.parametrize(
    "registers",
    [hole(READ_ONLY, FULL), hole(FULL, READ_ONLY), hole(0, 0), hole(FULL | 0x40 << 8, FULL, 0x40), hole(FULL, FULL, 0)],
)
def test_a_hole_with_other_rights_is_meant(machine: Bench, registers: dict[str, int]) -> None:
    machine.run(f"{REGION}stm r6, {{r2, r3}}\n{LATER}{END}", **registers)
    assert said(machine) == []


def test_a_hole_is_found_when_the_region_below_comes_later(machine: Bench) -> None:
    machine.run(f"stm r6, {{r2, r3}}\n{REGION}{LATER}{END}", **hole(FULL, FULL))
    assert [line.split(",")[0] for line in said(machine)] == [
        "MPU region 2 leaves the subregion at 0x20000400 (512 bytes) off"
    ]


@pytest.mark.parametrize(("value", "count"), [(RAM + 0x40, 1), (RAM + 0x1000, 0)])
def test_a_vector_table_that_begins_between_two_multiples_of_its_size(machine: Bench, value: int, count: int) -> None:
    machine.run(f"str r0, [r6]\n{END}", r0=value, r6=0xE000_ED08)
    words = f"the vector table is at 0x{RAM:08x}, not at 0x{RAM + 0x40:08x}: VTOR has no bits below 7, and a table "
    assert [line.startswith(words) and line.endswith("0x00000100 at 0") for line in said(machine)] == [True] * count


# -- unprivileged MSR and CPS ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "instruction",
    [
        "cpsid i",
        "cpsid f",
        "msr primask, r7",
        "msr basepri, r5",
        "msr control, r5",
        "msr psp, r5",
        "msr basepri_max, r5",
    ],
)
def test_an_unprivileged_instruction_that_would_change_a_register(machine: Bench, instruction: str) -> None:
    machine.run(f"{UNPRIVILEGED}{instruction}\nnop\n{END}", r5=0xC0)
    assert said(machine) == [f"{instruction} did nothing, as unprivileged code executed it: 0x{CODE + 12:08x} at 3"]


@pytest.mark.parametrize(
    "instruction", ["cpsie i", "msr primask, r5", "msr basepri, r5", "msr control, r7", "msr apsr_nzcvq, r7", "nop"]
)
def test_an_unprivileged_instruction_that_changes_nothing_anyway(machine: Bench, instruction: str) -> None:
    machine.run(f"{UNPRIVILEGED}{instruction}\n{END}", r5=0)
    assert said(machine) == []


@pytest.mark.parametrize("ending", ["svc #7\n", "bkpt #0xab\n", "udf #0\n", "ldr r0, [r1]\n"])
def test_the_rest_of_the_block_need_not_end_in_a_branch(machine: Bench, ending: str) -> None:
    machine.run(f"{UNPRIVILEGED}cpsid i\nnop\nmov r1, #0x70000000\n{ending}{END}", r0=0x18)
    assert said(machine) == [f"cpsid i did nothing, as unprivileged code executed it: 0x{CODE + 12:08x} at 3"]


def test_what_is_not_reached_in_its_block_is_not_mentioned(machine: Bench) -> None:
    machine.run(f"{UNPRIVILEGED}mov r1, #0x70000000\nldr r0, [r1]\ncpsid i\n{END}")
    assert said(machine) == []


def test_privileged_code_may_and_the_change_to_unprivileged_is_privileged(machine: Bench) -> None:
    machine.run(f"cpsid i\ncpsie i\nmsr basepri, r5\nmsr basepri, r4\n{UNPRIVILEGED}{END}", r5=0xC0, r4=0)
    assert said(machine) == []


@pytest.mark.parametrize(("value", "count"), [(0, 0), (1, 1)])
def test_an_instruction_whose_condition_fails_is_not_executed(machine: Bench, value: int, count: int) -> None:
    machine.run(
        f"{UNPRIVILEGED}cmp r5, #1\nit eq\ncpsideq i\n{END}".replace("cpsideq i", "msreq basepri, r4"), r5=value, r4=64
    )
    assert len(said(machine)) == count


@pytest.mark.parametrize("looks_always", [False, True])
def test_single_steps_notice_the_same(machine: Bench, looks_always: bool) -> None:
    machine.run("nop", steps=1)
    machine.run(f"{UNPRIVILEGED}cpsid i\n{END}", steps=1)
    for _ in range(5):
        machine.machine.step(looks_always=looks_always)
    assert [line.split(",")[0] for line in said(machine)] == ["cpsid i did nothing"]


# -- SVCall ------------------------------------------------------------------------------------------------------

MEM_MANAGE, SVC, BACK = 0x300, 0x340, 0x380
SWITCHED = RAM + 0x4000


@pytest.mark.parametrize("moves", [True, False])
def test_svcall_that_is_taken_on_another_stack_than_it_failed_on(monkeypatch: pytest.MonkeyPatch, moves: bool) -> None:
    for pure in (False, True):
        if pure:
            monkeypatch.setenv("V7M_PURE_PYTHON", "1")
        machine = bench("cortex-m3", handlers={4: MEM_MANAGE, 11: SVC})
        machine.machine.observers.clear()
        handler = f"ldr r0, =0x{SWITCHED:x}\nmsr psp, r0\nbx lr\n.ltorg\n" if moves else "bx lr\n"
        machine.machine.poke(MEM_MANAGE, assemble(handler, MEM_MANAGE))
        machine.machine.poke(SVC, assemble("b .\n", SVC))
        machine.machine.poke(SWITCHED, bytes(32))
        mpu = machine.machine.mpu
        mpu.set_region(0, 0, 3 << 24 | 21 << 1 | 1)
        mpu.set_region(1, RAM, 3 << 24 | 21 << 1 | 1)
        mpu.set_region(2, RAM + 0x1000, 1 << 28 | SIZE_4K | 1)
        mpu.set_control(1)
        machine.machine.system.write(0xE000_ED24, 4, 1 << 16, True)
        machine.run("msr psp, r0\nmov r1, #2\nmsr control, r1\nisb\nsvc #7\nb .\n", r0=RAM + 0x2008, steps=60)
        lines = said(machine)
        if moves:
            assert len(lines) == 1
            assert lines[0].startswith("SVCall, whose stacking at 0x20002008 failed at ")
            assert "on another stack (0x20004000), as if the code there had asked: the SVC is in 0x00000112" in lines[0]
        else:
            assert lines == []


# -- memory ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "is_said"), [(1, True), (0, False)])
def test_a_store_that_read_only_memory_ignores_is_mentioned_if_it_would_have_changed_it(
    machine: Bench, value: int, is_said: bool
) -> None:
    machine.machine.bus.add_memory(MemoryBlock("rom", ROM, 0x1000, False))
    machine.run(f"str r0, [r1]\nstr r0, [r1]\n{END}", r0=value, r1=ROM + 0x10)
    words = "the store of 4 bytes to 0x08000010 changed nothing, for that memory is read-only"
    assert said(machine) == ([f"{words}: 0x{CODE:08x} at 0", f"{words}: 0x{CODE + 2:08x} at 1"] if is_said else [])
