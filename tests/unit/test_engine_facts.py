"""What this project relies on in Unicorn, each fact as a test: a release that changes one fails here, not at a user."""

from __future__ import annotations

import struct

import pytest
from support.machines import CODE, RAM, STACK_TOP, Bench, bench

from emulator.armv7m.faults import Access
from emulator.armv7m.mpu_region import Region
from emulator.asm import assemble
from emulator.engine.accelerator import is_built
from emulator.machine.stop import BudgetSpent

HANDLER = 0x800
BACKENDS = pytest.mark.parametrize("audit", [False, True], ids=["fast", "audit"])
# A handler that skips the faulting 2-byte instruction would hide the frame; this one just stops in place.
SPIN = {3: HANDLER, 4: HANDLER, 5: HANDLER, 6: HANDLER}


def spinning(audit: bool = False, core: str = "cortex-m4") -> Bench:
    made = bench(core, audit=audit, handlers=SPIN)
    made.machine.poke(HANDLER, b"\xfe\xe7")
    made.machine.exceptions.enabled |= 7 << 4
    return made


def deny(made: Bench, address: int, size: int, region: int = 7) -> None:
    """Everything stays open but ``size`` bytes at ``address``."""
    mpu = made.machine.mpu
    mpu.set_region(region, *Region(address, size, 0, True, 0).words())
    mpu.set_control(5)


def stacked(made: Bench, offset: int) -> int:
    return made.word(made.machine.registers.msp + offset)


@BACKENDS
def test_an_it_block_survives_the_first_access_to_a_page(audit: bool) -> None:
    made = spinning(audit)
    code = "cmp r0, r0; itete eq; ldreq r2, [r1]; movne r3, #1; streq r2, [r4]; movne r5, #1; movs r6, #6; b ."
    made.run(code, steps=9, r1=RAM + 0x400, r4=RAM + 0x1000, r3=0, r5=0)
    assert made.machine.registers.r[2:7] == [0, 0, RAM + 0x1000, 0, 6]


@BACKENDS
def test_an_it_block_that_crosses_a_page_keeps_its_conditions(audit: bool) -> None:
    made = spinning(audit)
    made.run("cmp r0, r0; itet ne; movne r2, #1; moveq r3, #2; movne r4, #3; b .", steps=6, at=0x3FA, r2=0, r3=0, r4=0)
    assert made.machine.registers.r[2:5] == [0, 2, 0]


@pytest.mark.parametrize("at", [0x3EC, 0x3EE, 0x3F0])
def test_a_loop_whose_it_block_crosses_a_page_asks_python_once(at: int) -> None:
    made = spinning()
    made.run(
        "movs r2, #0; movs r3, #0; movw r4, #4000; nop; loop: lsls r5, r4, #31; itete mi; addmi r2, #1; addpl r3, #1;"
        "addmi r2, #2; addpl r3, #2; subs r4, #1; bne loop; b .",
        steps=40_000, at=at,
    )  # fmt: skip
    assert made.machine.registers.r[2:5] == [6000, 6000, 0]
    if is_built():
        assert made.machine.engine._shared.python_calls < 100


@BACKENDS
def test_a_refused_store_is_not_done_and_is_described_exactly(audit: bool) -> None:
    made = spinning(audit)
    deny(made, RAM + 0x420, 32)
    made.machine.poke(RAM + 0x420, b"\x11\x22\x33\x44")
    made.run("nop; strh r0, [r1]; movs r2, #1; b .", steps=8, r0=0xABCD_1234, r1=RAM + 0x420, r2=0)
    record = made.machine.last_fault
    assert record is not None
    fault = record.fault
    assert (fault.cause.name, fault.address, fault.access, fault.size, fault.value) == (
        "DACCVIOL", RAM + 0x420, Access.WRITE, 2, 0x1234,
    )  # fmt: skip
    assert record.pc == CODE + 2
    assert made.machine.peek(RAM + 0x420, 4) == b"\x11\x22\x33\x44"
    assert made.machine.registers.r[2] == 0


@BACKENDS
def test_a_fault_in_an_it_block_stacks_the_itstate_of_its_instruction(audit: bool) -> None:
    made = spinning(audit)
    deny(made, RAM + 0x800, 1024)
    # The page of r4 is touched first by the same instruction's block: its repair must not lose ITSTATE.
    made.run("cmp r0, r0; itt eq; ldreq r2, [r4]; ldreq r2, [r1]; b .", steps=9, r1=RAM + 0x800, r4=RAM)
    assert stacked(made, 0x18) == CODE + 6
    assert stacked(made, 0x1C) & 0x0600_FC00 == 0x0000_0800  # the last of the block: condition EQ, mask 1000


@BACKENDS
def test_multiple_stores_before_the_refused_one_are_done_and_the_base_is_kept(audit: bool) -> None:
    made = spinning(audit)
    deny(made, RAM + 0x800, 1024)
    made.run("stmia r0!, {r1, r2, r3}; b .", steps=5, r0=RAM + 0x7F8, r1=1, r2=2, r3=3)
    record = made.machine.last_fault
    assert record is not None and record.fault.address == RAM + 0x800
    assert made.word(RAM + 0x7F8) == 1 and made.word(RAM + 0x7FC) == 2 and made.word(RAM + 0x800) == 0
    assert record.registers.r[0] == RAM + 0x7F8


@BACKENDS
@pytest.mark.parametrize(("code", "size"), [("ldr r2, [r1]", 4), ("ldrh r2, [r1, #1]", 2)])
def test_a_load_across_a_page_into_denied_memory_is_refused(audit: bool, code: str, size: int) -> None:
    made = spinning(audit)
    deny(made, RAM + 0x400, 1024)
    made.run(f"{code}; b .", steps=5, r1=RAM + 0x3FE, r2=77)
    record = made.machine.last_fault
    assert record is not None
    assert (record.fault.address, record.fault.size, record.registers.r[2]) == (RAM + 0x400, size, 77)


@BACKENDS
def test_a_store_across_a_page_into_denied_memory_stores_the_bytes_before(audit: bool) -> None:
    made = spinning(audit)
    deny(made, RAM + 0x400, 1024)
    made.run("str r2, [r1]; b .", steps=5, r1=RAM + 0x3FE, r2=0xDDCC_BBAA)
    record = made.machine.last_fault
    assert record is not None
    assert (record.fault.address, record.fault.size, record.fault.value) == (RAM + 0x400, 4, 0xDDCC_BBAA)
    assert made.machine.peek(RAM + 0x3FC, 8) == b"\0\0\xaa\xbb\0\0\0\0"


@BACKENDS
def test_fetching_from_a_denied_page_faults_at_its_first_instruction(audit: bool) -> None:
    made = spinning(audit)
    deny(made, 0x1000, 1024)
    made.run("bx r0", r0=0x1001, steps=5)
    record = made.machine.last_fault
    assert record is not None and (record.fault.cause.name, record.pc) == ("IACCVIOL", 0x1000)


@BACKENDS
def test_a_block_that_runs_into_a_denied_granule_executes_up_to_it(audit: bool) -> None:
    made = spinning(audit)
    deny(made, 0x1020, 32)
    made.run("nop; " * 14 + "movs r2, #1; movs r3, #1; movs r4, #1; b .", at=0x1000, steps=30, r2=0, r3=0, r4=0)
    record = made.machine.last_fault
    assert record is not None and (record.fault.cause.name, record.pc) == ("IACCVIOL", 0x1020)
    assert made.machine.registers.r[2:5] == [1, 1, 0]


@BACKENDS
def test_code_that_a_program_replaces_is_decoded_and_executed_anew(audit: bool) -> None:
    made = spinning(audit)
    # r2 = MOVS r0,#1; BX LR and r3 = LDMIA r4,{r0}; BX LR: the second needs an alignment check that the first did not.
    code = """
        str r2, [r1]; dsb; isb; orr r5, r1, #1; blx r5; mov r6, r0
        str r3, [r1]; dsb; isb; blx r5; mov r7, r0; str r2, [r1]; blx r5; b .
    """.replace("\n", ";")
    made.run(code, steps=30, r1=RAM + 0x40, r2=0x4770_2001, r3=0x4770_CC01, r4=RAM + 0x41)
    record = made.machine.last_fault
    assert record is not None and (record.fault.cause.name, record.pc) == ("UNALIGNED", RAM + 0x40)
    assert made.machine.registers.r[6] == 1


@BACKENDS
def test_an_alias_of_memory_is_the_same_memory(audit: bool) -> None:
    made = spinning(audit)
    made.run("str r0, [r1]; ldr r2, [r3]; b .", steps=3, r0=77, r1=RAM + 0x40_0010, r3=RAM + 0x10)
    assert made.machine.registers.r[2] == 77


@BACKENDS
def test_time_counts_instructions_and_a_fault_does_not_count_its_own(audit: bool) -> None:
    made = spinning(audit)
    deny(made, RAM + 0x400, 1024)
    made.run("movs r0, #3; 1: subs r0, #1; bne 1b; ldr r2, [r1]; b .".replace("1:", "l:").replace("1b", "l"),
             steps=9, r1=RAM + 0x400)  # fmt: skip
    record = made.machine.last_fault
    assert record is not None and record.time == 7


def test_a_budget_is_spent_at_the_first_block_boundary_after_it() -> None:
    made = spinning()
    reason = made.run("l: adds r0, #1; adds r0, #1; adds r0, #1; b l", steps=10, r0=0)
    assert reason == BudgetSpent(12) and made.machine.registers.r[0] == 9


@BACKENDS
@pytest.mark.parametrize(
    ("code", "pc", "executed"), [("nop; udf #1", 2, 1), ("nop; bkpt #1", 2, 1), ("mov r0, #0x200; bx r0", 0x100, 2)]
)
def test_undefined_breakpoint_and_invalid_state_stop_at_their_instruction(
    audit: bool, code: str, pc: int, executed: int
) -> None:
    made = spinning(audit)
    made.run(code, steps=9)
    record = made.machine.last_fault
    assert record is not None and (record.pc, record.time) == (CODE + pc, executed)


def test_wfe_followed_by_udf_is_told_apart_from_udf() -> None:
    made = spinning()
    made.machine.core.event_register = True
    made.run("nop; wfe; udf #1", steps=9)
    record = made.machine.last_fault
    assert record is not None and (record.fault.cause.name, record.pc) == ("UNDEFINSTR", CODE + 4)


@BACKENDS
def test_a_failed_condition_skips_the_check_of_a_special_instruction(audit: bool) -> None:
    made = spinning(audit)
    made.run("cmp r0, r0; it ne; ldrdne r2, r3, [r1]; movs r4, #7; b .", steps=6, r1=RAM + 2, r4=0)
    assert made.machine.last_fault is None and made.machine.registers.r[4] == 7


@BACKENDS
def test_an_unaligned_multiple_access_in_an_it_block_faults_before_it_is_done(audit: bool) -> None:
    made = spinning(audit)
    made.run("cmp r0, r0; itt eq; stmiaeq r1!, {r2, r3}; moveq r4, #7; b .", steps=9, r1=RAM + 2, r2=~0 & 0xFFFF, r4=0)
    record = made.machine.last_fault
    assert record is not None and (record.fault.cause.name, record.pc) == ("UNALIGNED", CODE + 4)
    assert record.registers.r[1] == RAM + 2 and record.registers.r[4] == 0
    assert made.word(RAM) == 0 and stacked(made, 0x1C) & 0x0600_FC00 == 0x0000_0400


def test_control_has_no_bit_three_after_an_fp_instruction() -> None:
    made = spinning()
    made.machine.system.cpacr = 0xF << 20
    code = "vmov s0, r0; mrs r3, control; cmp r0, r0; it eq; mrseq r4, control; mov r5, #1; vmov r6, s0; b ."
    made.run(code, steps=12, r0=0x3F80_0000)
    assert made.machine.registers.r[3:7] == [4, 4, 1, 0x3F80_0000]


def test_fpscr_survives_reading_control_and_stopping() -> None:
    made = spinning()
    made.machine.system.cpacr = 0xF << 20
    made.run("vmsr fpscr, r0; mrs r3, control; svc #1; vmrs r6, fpscr; b .", steps=4, r0=0x0040_0000)
    made.machine.run(4)
    made.machine.processor.load_fp()
    assert made.machine.registers.fpscr == 0x0040_0000


@BACKENDS
def test_ge_of_interrupted_code_comes_back_and_a_reset_clears_it(audit: bool) -> None:
    made = bench(audit=audit, handlers={11: HANDLER})
    made.machine.poke(HANDLER, assemble("movs r0, #0; uadd8 r1, r0, r0; mrs r3, apsr; bx lr", HANDLER))
    made.run("mvn r0, #0; uadd8 r1, r0, r0; svc #0; mrs r2, apsr; b .", steps=9)
    assert (made.machine.registers.r[2] & 0xF0000, made.machine.registers.r[3] & 0xF0000) == (0xF0000, 0)
    made.machine.reset()
    made.run("mrs r2, apsr; b .", steps=2)
    assert made.machine.registers.r[2] == 0


def test_an_exception_clears_the_exclusive_monitor() -> None:
    made = bench(handlers={11: HANDLER})
    made.machine.poke(HANDLER, b"\x70\x47")
    made.run("ldrex r2, [r1]; strex r3, r2, [r1]; ldrex r2, [r1]; svc #1; strex r4, r2, [r1]; b .", steps=9, r1=RAM)
    assert made.machine.registers.r[3:5] == [0, 1]


def test_unprivileged_stack_pointers_and_masks_are_read_and_kept() -> None:
    made = bench(handlers={11: HANDLER})
    made.machine.poke(HANDLER, b"\x70\x47")
    made.machine.registers.psp = RAM + 0x1000
    code = "mov r0, #3; msr control, r0; isb; push {r1}; svc #1; pop {r2}; mrs r3, msp; b ."
    made.run(code, steps=12, r1=0x55, r3=9, primask=0)
    regs = made.machine.registers
    assert (regs.control, regs.psp, regs.msp) == (3, RAM + 0x1000, STACK_TOP)
    assert regs.r[2:4] == [0x55, 0]


def test_rights_cached_for_privileged_code_do_not_serve_unprivileged_code() -> None:
    made = bench(handlers={11: HANDLER, 4: HANDLER})
    made.machine.poke(HANDLER, b"\x70\x47")
    made.machine.exceptions.enabled |= 1 << 4
    made.machine.mpu.set_region(0, *Region(RAM, 1 << 12, 1, True, 0).words())
    made.machine.mpu.set_region(1, *Region(0, 1 << 12, 6, False, 0).words())
    made.machine.mpu.set_control(5)
    # The page is touched privileged; the exception return makes the thread unprivileged, and the next load must fault.
    made.machine.registers.psp = RAM + 0x2000
    made.machine.mpu.set_region(2, *Region(RAM + 0x1000, 1 << 12, 3, True, 0).words())
    code = "ldr r2, [r1]; mov r0, #3; msr control, r0; isb; svc #1; ldr r2, [r1]; b ."
    made.run(code, steps=12, r1=RAM)
    record = made.machine.last_fault
    assert record is not None and (record.pc, record.fault.address) == (CODE + 16, RAM)


def test_ldrt_and_strt_use_unprivileged_rights() -> None:
    made = spinning()
    made.machine.mpu.set_region(0, *Region(RAM, 1 << 16, 1, True, 0).words())
    made.machine.mpu.set_control(5)
    made.run("ldr r2, [r1]; ldrt r3, [r1]; b .", steps=6, r1=RAM)
    record = made.machine.last_fault
    assert record is not None and record.pc == CODE + 2


def test_two_runs_of_the_same_program_are_the_same() -> None:
    def outcome() -> tuple[object, ...]:
        made = spinning()
        deny(made, RAM + 0x400, 1024)
        made.run("l: str r0, [r1], #4; adds r0, #1; b l", steps=2000, r0=0, r1=RAM)
        return tuple(made.events), list(made.machine.registers.r), made.machine.clock.now

    assert outcome() == outcome()


def undefined(core: str, code: int) -> bool:
    """Return whether the 32-bit instruction ``code``, first halfword in front, raises UNDEFINSTR on ``core``."""
    made = spinning(core=core)
    if made.machine.config.has_fpu:
        made.machine.registers.pc = CODE
        made.run("ldr r0, =0xE000ED88; ldr r1, [r0]; orr r1, r1, #0xF00000; str r1, [r0]; dsb; isb; b .", steps=8)
    made.machine.poke(CODE, struct.pack("<HH", code >> 16, code & 0xFFFF) + b"\xfe\xe7")
    registers = made.machine.registers
    registers.pc, registers.r[4], registers.r[5] = CODE, RAM, HANDLER | 1
    made.machine.run(made.machine.engine.executed + 2)
    fault = made.machine.last_fault
    return fault is not None and fault.fault.cause.name == "UNDEFINSTR"


@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4", "cortex-m7"])
@pytest.mark.parametrize("code", [0xE8D4_0FAF, 0xE8C4_0FAF, 0xE8D4_0FEF], ids=["LDA", "STL", "LDAEX"])
def test_no_core_has_an_instruction_of_armv8(core: str, code: int) -> None:
    assert undefined(core, code)


@pytest.mark.parametrize("code", [0xFA81_F002, 0xFA82_F081, 0xFB11_3002, 0xFAA1_F082, 0xEAC1_0002, 0xFBE2_0163])
def test_a_cortex_m3_has_no_dsp_extension(code: int) -> None:
    assert undefined("cortex-m3", code)
    assert not undefined("cortex-m4", code)


@pytest.mark.parametrize(
    "code",
    [0xEE34_2B06, 0xEEB0_8B40, 0xEEB1_1BC2, 0xEEB7_1AE1, 0xFE02_1B03, 0xEEA2_1B03],
    ids=["VADD", "VMOV", "VSQRT", "VCVT", "VSEL", "VFMA"],
)
def test_only_a_cortex_m7_computes_in_double_precision(code: int) -> None:
    assert undefined("cortex-m4", code)
    assert not undefined("cortex-m7", code)


@BACKENDS
def test_without_aspen_only_msr_changes_fpca_and_no_exception_loses_fpscr(audit: bool) -> None:
    made = bench(audit=audit, handlers={11: HANDLER})
    made.machine.poke(HANDLER, b"\x70\x47")  # BX LR
    made.run(
        "ldr r0, =0xE000ED88; ldr r1, [r0]; orr r1, r1, #0xF00000; str r1, [r0]; dsb; isb;"
        "ldr r0, =0xE000EF34; movs r1, #0; str r1, [r0]; dsb; isb;"
        "mov r2, #0x03000000; vmsr fpscr, r2; mrs r3, control; svc #0; vmov.f32 s0, s1; vmrs r4, fpscr;"
        "mrs r5, control;"
        "movs r2, #4; msr control, r2; isb; vmov.f32 s0, s1; mrs r6, control; svc #0; vmrs r7, fpscr; mrs r8, control;"
        "movs r2, #0; msr control, r2; isb; vmov.f32 s0, s1; mrs r9, control; svc #0; vmrs r10, fpscr; b ."
    )
    assert made.machine.registers.r[3:11] == [0, 0x0300_0000, 0, 4, 0x0300_0000, 4, 0, 0x0300_0000]
