"""What a report says of a fault is what was so when it was raised, whatever happened before and afterwards."""

from __future__ import annotations

import json

import pytest
from support.small_programs import build_elf

from emulator.board.board_file import load_board
from emulator.harness.endless_loop import spins
from emulator.image.elf import read_elf
from emulator.machine.build import build_machine, connect_semihosting
from emulator.machine.machine import Machine
from emulator.machine.stop import BudgetSpent, Spinning
from emulator.trace.report import Report, build_report
from emulator.trace.report_json import render_json
from emulator.trace.report_text import render_text

BOARD = load_board("mps2-an386")
SCS = "movw r7, #0xe000; movt r7, #0xe000;"
"""R7: the System Control Space."""
ENABLE = SCS + "mov r6, #{bits}; str.w r6, [r7, #0xd24];"
"""SHCSR: MEMFAULTENA 0x10000, BUSFAULTENA 0x20000, USGFAULTENA 0x40000."""
PRIORITIES = SCS + "movw r6, #0x{value:04x}; movt r6, #0x{value:04x}; str.w r6, [r7, #0xd18];"
MPU = (
    SCS + "mov r6, #0; str.w r6, [r7, #0xd98]; movw r6, #0x8000; movt r6, #0x2000; str.w r6, [r7, #0xd9c];"
    "movw r6, #0x0019; movt r6, #0x1000; str.w r6, [r7, #0xda0]; mov r6, #5; str.w r6, [r7, #0xd94]; dsb; isb;"
)
"""Nobody may use 8 KiB from 0x20008000; the rest is as without an MPU."""
FAULTS = {
    "MemManage": MPU + "movw r0, #0x8010; movt r0, #0x2000; str r1, [r0];",
    "BusFault": "mov r0, #0x60000000; ldr r1, [r0];",
    "UsageFault": "udf #1;",
}
CAUSE = {"MemManage": ("DACCVIOL", 0x82), "BusFault": ("PRECISERR", 0x8200), "UsageFault": ("UNDEFINSTR", 0x1_0000)}
SKIP_2 = "ldr r1, [sp, #24]; adds r1, #2; str r1, [sp, #24]; bx lr"
CLEAR = SCS + "mov r6, #-1; str.w r6, [r7, #0xd28]; str.w r6, [r7, #0xd2c]; str.w r6, [r7, #0xd30]; mov r6, #0;"
CLEAR += "str.w r6, [r7, #0xd34]; b ."
"""A handler that clears CFSR, HFSR, DFSR and MMFAR, and halts."""
PEND_IRQ0 = SCS + "movs r6, #1; str.w r6, [r7, #0x100]; str.w r6, [r7, #0x200]; dsb; isb;"


def machine_of(code: str, handler: str = "b .", *, audit: bool = False, **options: object) -> Machine:
    image = read_elf(build_elf(code, handler, **options), "small.elf")  # type: ignore[arg-type]
    machine = build_machine(BOARD, [image], audit=audit)
    connect_semihosting(machine, BOARD)
    return machine


def report_of(code: str, handler: str = "b .", **options: object) -> Report:
    """Return the report; it is the same whoever takes the exceptions and checks the accesses."""
    reports = []
    for audit, observed in ((False, False), (False, True), (True, False)):
        machine = machine_of(code, handler, audit=audit, **options)  # type: ignore[arg-type]
        if observed:
            machine.observers.append(lambda event: None)
        reason = machine.run(2000)
        if isinstance(reason, BudgetSpent):
            assert spins(machine), "the part would stay there"
            reason = Spinning(reason.time)
        reports.append(build_report(machine, reason, "b", None))
    assert len({render_json(report, 3) for report in reports}) == 1
    assert len({render_text(report) for report in reports}) == 1
    return reports[0]


# -- why it escalated ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAULTS)
def test_a_disabled_handler_is_why(name):
    report = report_of(FAULTS[name] + "b .")
    assert report.fault is not None
    assert report.fault.escalation == f"{name} is not enabled in SHCSR, so it became HardFault"
    assert (report.fault.raised, report.fault.fault.cause.name) == ("HardFault", CAUSE[name][0])


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize(
    ("setup", "holder"),
    [
        ("cpsid i;", "code that has PRIMASK set"),
        ("mov r6, #0x40; msr basepri, r6;", "code under BASEPRI 0x40"),
        ("mov r6, #0x20; msr basepri, r6;", "code under BASEPRI 0x20"),
    ],
)
def test_the_mask_register_that_held_it_off_is_why(name, setup, holder):
    code = ENABLE.format(bits=0x70000) + PRIORITIES.format(value=0x4040) + setup + FAULTS[name] + "b ."
    fault = report_of(code).fault
    assert fault is not None
    assert fault.escalation == f"{name} (priority 0x40) could not preempt {holder}, so it became HardFault"


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize(("irq", "shown"), [(0x40, "0x40"), (0x20, "0x20")])
def test_the_handler_that_held_it_off_is_why(name, irq, shown):
    code = ENABLE.format(bits=0x70000) + PRIORITIES.format(value=0x4040)
    code += f"mov r6, #{irq}; str.w r6, [r7, #0x400];" + PEND_IRQ0 + "b ."
    fault = report_of(code, handlers={16: FAULTS[name] + "b ."}).fault
    assert fault is not None
    assert fault.escalation == (
        f"{name} (priority 0x40) could not preempt the IRQ0 handler (priority {shown}), so it became HardFault"
    )


@pytest.mark.parametrize("name", FAULTS)
def test_faultmask_leaves_nothing_but_lockup(name):
    report = report_of(ENABLE.format(bits=0x70000) + "cpsid f;" + FAULTS[name] + "b .")
    if name == "MemManage":
        assert report.fault is None, "the MPU sleeps at a negative priority"
        return
    assert report.headline == f"Lockup: {CAUSE[name][0]} at priority -1, where HardFault cannot be taken."
    assert report.fault is not None and report.fault.raised == "" and report.fault.escalation == ""
    assert report.handler_fault is None


@pytest.mark.parametrize("name", FAULTS)
def test_a_handler_that_can_be_taken_is_and_nothing_escalates(name):
    report = report_of(ENABLE.format(bits=0x70000) + FAULTS[name] + "b .")
    assert report.fault is not None and (report.fault.raised, report.fault.escalation) == (name, "")
    assert report.details[0] == f"The {name} handler has not returned: the run ended in it."


@pytest.mark.parametrize(
    ("setup", "words", "why"),
    [
        ("cpsid i;", "with PRIMASK set, so that SVCall could not be taken", "code that has PRIMASK set"),
        (
            SCS + "mov r6, #0x40000000; str.w r6, [r7, #0xd1c]; mov r6, #0x40; msr basepri, r6;",
            ", and SVCall (priority 0x40) cannot preempt code under BASEPRI 0x40",
            "code under BASEPRI 0x40",
        ),
    ],
)
def test_an_svc_that_escalates_is_told_with_its_instruction(setup, words, why):
    report = report_of(setup + "svc #3; b .")
    fault = report.fault
    assert fault is not None and fault.instruction is not None and fault.instruction.text == "svc #3"
    assert report.headline == f"HardFault: main executed svc #3{' ' * (words[0] == 'w')}{words}."
    assert f"could not preempt {why}, so it became HardFault" in fault.escalation
    assert fault.status.HFSR == 1 << 30 and fault.status.CFSR == 0


def test_an_svc_in_its_own_handler_is_told_by_the_handler():
    report = report_of("svc #1; b .", handlers={11: "svc #2; b ."})
    assert report.headline == (
        "HardFault: handler_11, the SVCall handler, executed svc #2, and SVCall (priority 0x00) cannot preempt "
        "SVCall (priority 0x00)."
    )
    assert report.fault is not None
    assert "could not preempt the SVCall handler (priority 0x00)" in report.fault.escalation


@pytest.mark.parametrize(
    ("setup", "why"),
    [
        ("", "DebugMonitor is not enabled in DEMCR, so the breakpoint became HardFault"),
        (
            SCS + "mov r6, #0x10000; str.w r6, [r7, #0xdfc]; cpsid i;",
            "DebugMonitor (priority 0x00) could not preempt code that has PRIMASK set, "
            "so the breakpoint became HardFault",
        ),
    ],
)
def test_a_breakpoint_is_no_escalated_fault(setup, why):
    report = report_of(setup + "bkpt #1; b .")
    assert report.fault is not None and report.fault.escalation == why
    assert (report.fault.status.HFSR, report.fault.status.DFSR) == (1 << 31, 2)


def test_a_breakpoint_that_debugmonitor_takes_is_no_hardfault_and_its_endless_loop_says_why_it_runs():
    report = report_of(SCS + "mov r6, #0x10000; str.w r6, [r7, #0xdfc]; bkpt #1; b .", handlers={12: "b ."})
    assert report.fault is None
    assert report.headline.startswith("Endless loop: the DebugMonitor handler branches to itself, in handler_12")
    assert report.details[0] == "DebugMonitor: main executed a breakpoint, which DebugMonitor takes."


# -- what is left over tells nothing -------------------------------------------------------------------------------

PROBE = ENABLE.format(bits=0x20000) + "mov r0, #0x60000000; ldr r0, [r0];" + "mov r6, #0; str.w r6, [r7, #0xd24];"
"""A probe for a device: BusFault's handler steps over the load and leaves PRECISERR."""


@pytest.mark.parametrize(
    ("code", "headline", "escalation"),
    [
        (
            "udf #1",
            "UsageFault: main executed udf #1, which is undefined on purpose.",
            "UsageFault is not enabled in SHCSR",
        ),
        ("bkpt #1", "HardFault: main executed a breakpoint with no debugger to take it.", "DebugMonitor is"),
        (
            "cpsid i; svc #1",
            "HardFault: main executed svc #1 with PRIMASK set, so that SVCall could not be taken.",
            "SVCall (priority 0x00)",
        ),
    ],
)
def test_a_handled_fault_with_its_sticky_bit_has_no_part_in_a_later_one(code, headline, escalation):
    report = report_of(PROBE + code, handlers={5: SKIP_2})
    assert report.headline == headline
    assert report.handler_fault is None and report.between == ()
    assert report.fault is not None and report.fault.escalation.startswith(escalation)
    assert report.fault.status.CFSR & 0x200, "the sticky bit is shown, it was set at the fault"


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("enabled", [0, 0x70000])
def test_a_handler_that_clears_the_status_registers_hides_nothing(name, enabled):
    report = report_of(ENABLE.format(bits=enabled) + FAULTS[name] + "b .", handler=CLEAR)
    cause, cfsr = CAUSE[name]
    fault = report.fault
    assert fault is not None and cfsr == fault.status.CFSR
    assert bool(fault.status.HFSR) is (not enabled)
    assert bool(fault.escalation) is (not enabled)
    assert f"CFSR 0x{cfsr:08x} ({cause}" in render_text(report)
    found = json.loads(render_json(report, 3))
    assert found["fault"]["fault_registers"]["CFSR"] == f"0x{cfsr:08x}"
    assert found["end"]["fault_registers"]["CFSR"] == "0x00000000"
    if name == "MemManage":
        assert found["fault"]["fault_registers"]["MMFAR"] == "0x20008010"


def test_each_of_two_faults_has_its_own_escalation():
    report = report_of(ENABLE.format(bits=0x10000) + FAULTS["MemManage"] + "b .", handlers={4: "udf #1; b .", 3: CLEAR})
    assert report.fault is not None and report.fault.escalation == ""
    assert report.handler_fault is not None
    assert report.handler_fault.follows == "Its handler faulted too."
    assert report.handler_fault.escalation == "UsageFault is not enabled in SHCSR, so it became HardFault"
    assert report.fault.status.CFSR == 0x82 and report.handler_fault.status.CFSR == 0x1_0082


def test_all_faults_of_a_chain_are_told_in_their_order():
    code = ENABLE.format(bits=0x70000) + SCS + "movw r6, #0x2040; str.w r6, [r7, #0xd18];" + FAULTS["MemManage"] + "b ."
    handlers = {4: FAULTS["BusFault"] + "b .", 5: "udf #1; b ."}
    report = report_of(code, handlers=handlers)
    names = [report.fault, *report.between, report.handler_fault]
    assert [fault.fault.cause.name for fault in names if fault is not None] == ["DACCVIOL", "PRECISERR", "UNDEFINSTR"]


def test_a_lockup_in_hardfault_shows_what_hardfault_came_for():
    report = report_of("bkpt #1", handler="udf #2")
    assert report.headline.startswith("Lockup: ")
    assert report.headline.endswith("; then UNDEFINSTR at priority -1, where HardFault cannot be taken.")
    assert report.fault is not None and report.fault.fault.cause.name == "DEBUGEVT"
    assert report.handler_fault is not None and report.handler_fault.escalation == ""
    assert "UsageFault is not enabled" not in render_text(report)


def test_a_lockup_in_nmi_says_who_pended_nmi():
    report = report_of(SCS + "mov r6, #0x80000000; str.w r6, [r7, #0xd04]; dsb; b .", handlers={2: "udf #2"})
    began = "Lockup: NMI: main made it pending, by ICSR.NMIPENDSET; nothing faulted; then "
    assert report.headline == f"{began}UNDEFINSTR at priority -2, where HardFault cannot be taken."
    assert report.fault is not None
    assert report.fault.headline == "NMI: main made it pending, by ICSR.NMIPENDSET; nothing faulted."
    assert report.handler_fault is not None and report.handler_fault.follows == "Its handler faulted."
    assert report.handler_fault.subject == "the NMI handler"


@pytest.mark.parametrize(("bit", "name"), [(13, "MemManage"), (14, "BusFault"), (12, "UsageFault")])
@pytest.mark.parametrize("before", ["", PROBE])
def test_a_fault_that_software_pended_is_told_so(bit, name, before):
    if before and name == "BusFault":
        before = before.replace("mov r0, #0x60000000; ldr r0, [r0];", "")
    pend = f"mov r6, #0x70000; orr r6, #0x{1 << bit:x}; str.w r6, [r7, #0xd24]; dsb; b ."
    report = report_of(before + SCS + pend, handlers={5: SKIP_2} if name != "BusFault" else None)
    assert report.headline.startswith(f"{name}: main made it pending, by SHCSR.")
    assert report.fault is not None and report.fault.instruction is not None
    assert report.fault.instruction.text.startswith("str.w r6, [r7, #0xd24]")
    assert report.handler_fault is None


def test_a_request_that_software_took_back_is_forgotten():
    pend = "mov r6, #0x12000; str.w r6, [r7, #0xd24]; mov r6, #0x10000; str.w r6, [r7, #0xd24]; cpsie i;"
    report = report_of(ENABLE.format(bits=0x10000) + "cpsid i;" + pend + FAULTS["MemManage"] + "b .")
    assert report.fault is not None and report.fault.fault.cause.name == "DACCVIOL"


def test_a_vector_that_cannot_be_read_is_named_with_its_address():
    table = SCS + "mov r6, #0x60000000; str.w r6, [r7, #0xd08];"
    code = PROBE + table + "mov r6, #0x10000000; str.w r6, [r7, #0xd04]; dsb; b ."
    report = report_of(code, handlers={5: SKIP_2})
    assert report.headline.startswith("Lockup: ")
    assert report.headline.endswith("; then the vector of HardFault cannot be read.")
    faults = [report.fault, report.handler_fault]
    assert [fault.headline for fault in faults if fault is not None] == [
        f"HardFault: the vector of {name} could not be read from 0x{address:08x}, "
        "where there is neither memory nor a device."
        for name, address in (("PendSV", 0x6000_0038), ("HardFault", 0x6000_000C))
    ]


def test_a_failed_stacking_is_told_beside_the_fault_that_was_being_taken():
    below = "movw r6, #0xa004; movt r6, #0x2000; mov sp, r6;"  # the frame reaches into the closed 8 KiB
    report = report_of(ENABLE.format(bits=0x70000) + below + FAULTS["MemManage"] + "b .", handler=CLEAR)
    fault = report.fault
    assert fault is not None and fault.fault.cause.name == "DACCVIOL" and report.handler_fault is None
    assert fault.taking == ("Taking it, the core could not stack on exception entry (MPU) at 0x20009fe0: MSTKERR.",)
    assert fault.status.CFSR == 0x92


def test_a_failed_stacking_of_an_interrupt_belongs_to_that():
    below = "movw r6, #0xa004; movt r6, #0x2000; mov sp, r6;"
    report = report_of(ENABLE.format(bits=0x70000) + MPU + below + PEND_IRQ0 + "b .")
    assert report.fault is not None and report.fault.fault.cause.name == "MSTKERR"
    assert report.fault.status.CFSR == 0x10


def test_a_failed_unstacking_and_a_bad_return_are_told_of_the_handler_that_returned():
    unstack = MPU + "movw r6, #0x9000; movt r6, #0x2000; mov sp, r6; bx lr"
    handlers = {11: unstack, 4: "movs r0, #0; str.w r0, [r7, #0xd94]; b ."}
    report = report_of(ENABLE.format(bits=0x70000) + "svc #0; b .", handlers=handlers)
    assert report.fault is not None and report.fault.subject == "the SVCall handler"
    assert report.fault.fault.cause.name == "MUNSTKERR" and report.fault.instruction is not None
    assert report.fault.instruction.text == "bx lr"
    report = report_of(ENABLE.format(bits=0x70000) + "svc #0; b .", handlers={11: "mvn lr, #2; bx lr"})
    assert report.headline == (
        "UsageFault: handler_11, the SVCall handler, returned with EXC_RETURN 0xfffffffd, and there is no exception "
        "frame at 0x00000000, where PSP points."
    )
    assert report.fault is not None and report.fault.status.CFSR == 1 << 18


def test_two_faults_of_which_the_first_was_handled_leave_the_second_alone():
    code = ENABLE.format(bits=0x60000) + "udf #1; mov r0, #0x60000000; ldr r0, [r0]; b ."
    report = report_of(code, handlers={6: SKIP_2})
    assert report.handler_fault is None
    assert report.headline.startswith("BusFault: main tried to read 4 bytes from 0x60000000")


def test_a_reset_forgets_the_faults_before_it():
    reset = SCS + "movw r6, #4; movt r6, #0x5fa; str.w r6, [r7, #0xd0c]; dsb; b ."
    code = "mov r0, #0x20000000; ldr r1, [r0]; adds r2, r1, #1; str r2, [r0]; cbnz r1, #0x10e; udf #1; b ."
    report = report_of(code, handlers={3: reset})
    assert report.fault is None
    assert report.headline.startswith("Endless loop: main")


# -- other words ---------------------------------------------------------------------------------------------------


def test_an_unprivileged_access_to_a_system_register_says_what_was_refused():
    report = report_of("mov r0, #1; msr control, r0; isb; " + SCS + "ldr.w r1, [r7, #0xd24]; b .")
    assert report.headline == (
        "BusFault: main tried to read 4 bytes from 0xe000ed24, SHCSR in the Private Peripheral Bus, "
        "which unprivileged code may not use."
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("movs r3, #0; blx r3", "main called a NULL function pointer."),
        ("movs r3, #0x40; blx r3", "main called 0x00000040: the address is even,"),
        (
            "movs r3, #0; mov lr, r3; bx lr",
            "main returned to 0x00000000, which LR held.",
        ),
        (
            "movs r3, #0; push {r3}; bl #0x10a; b .; pop {pc}",
            "main returned to 0x00000000, popped from 0x20007ffc.",
        ),
        ("movs r3, #0; bx r3", "main called a NULL function pointer."),
        ("push {r3}; movs r3, #0; bx r3", "main branched to 0x00000000."),
        (
            "movs r3, #0; push {r3}; movw r2, #0x111; blx r2; pop {pc}; nop; nop; movs r2, #0; bx lr",
            "main returned to 0x00000000, popped from 0x20007ffc.",
        ),
    ],
)
def test_a_jump_to_nowhere_is_told_by_the_instruction_that_made_it(code, words):
    report = report_of(code)
    assert report.headline.startswith(f"UsageFault: {words}")


def test_an_exception_return_to_zero_is_no_call():
    zero = "movs r1, #0; str r1, [sp, #24]; mov r1, #0; str r1, [sp, #28]; bx lr"
    report = report_of("svc #1; b .", handlers={11: zero})
    words = "an exception return went to 0x00000000, the return address in the exception frame"
    assert report.headline == f"UsageFault: {words}."
