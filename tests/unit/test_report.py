"""Reports: what the first line says of each way to end, what the table marks, and that JSON fits its schema."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import jsonschema
import pytest
from support.report_schema import REPORTS, SCHEMA
from support.small_programs import PRINT, build_elf, exit_with
from unit.test_why import elf

import v7m
from emulator.armv7m.core import Registers
from emulator.armv7m.faults import CAUSES, Fault
from emulator.board.board_file import load_board
from emulator.debuginfo.source import shown_source
from emulator.image.elf import read_elf
from emulator.machine.build import build_machine, connect_semihosting
from emulator.machine.fault_record import FaultRecord
from emulator.machine.machine import Machine
from emulator.machine.stop import BudgetSpent, Deadlock, Faulted, Interrupted, ResetRequested, Spinning, StopReason
from emulator.machine.story import LastSwitch, Place, ThreadState
from emulator.trace import own_code
from emulator.trace.outcome import Outcome
from emulator.trace.report import Report, build_report
from emulator.trace.report_json import render_json, report_object
from emulator.trace.report_text import render_text

BOARD = load_board("mps2-an386")
NOTHING_THERE = "where there is neither memory nor a device"
READ_RAM = "movw r0, #0x4000; movt r0, #0x2000; ldr r1, [r0]"
READ_NOWHERE = "mov r0, #0x60000000; ldr r1, [r0]; b ."
ENABLE_FAULTS = "movw r0, #0xed24; movt r0, #0xe000; mov r1, #0x70000; str r1, [r0];"
"""SHCSR: MEMFAULTENA, BUSFAULTENA, USGFAULTENA."""
MPU_ON = """
    movw r0, #0xed94; movt r0, #0xe000
    movs r2, #0; str r2, [r0, #4]; str r2, [r0, #8]
    movw r1, #0x002b; movt r1, #0x0603; str r1, [r0, #12]  // region 0: 4 MiB from 0, read-only
    movs r2, #1; str r2, [r0, #4]; mov r2, #0x20000000; str r2, [r0, #8]
    movw r1, #0x9019; movt r1, #0x0303; str r1, [r0, #12]  // region 1: 8 KiB of RAM, subregions 4 and 7 off
    movs r1, #1; str r1, [r0]; dsb; isb;
"""


def machine_of(code: str, handler: str = "b .", *, audit: bool = False, **options: object) -> Machine:
    image = read_elf(build_elf(code, handler, **options), "small.elf")  # type: ignore[arg-type]
    machine = build_machine(BOARD, [image], audit=audit)
    connect_semihosting(machine, BOARD)
    return machine


def report_of(code: str, handler: str = "b .", *, budget: int = 1000, **options: object) -> Report:
    machine = machine_of(code, handler, **options)  # type: ignore[arg-type]
    reason = machine.run(budget)
    return build_report(machine, Spinning(reason.time) if isinstance(reason, BudgetSpent) else reason, "b", None)


def check_json(report: Report) -> dict:
    found = json.loads(render_json(report, 3))
    REPORTS.validate(found)
    return found


# -- headlines -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "headline"),
    [
        (READ_NOWHERE, f"BusFault: main tried to read 4 bytes from 0x60000000, {NOTHING_THERE}."),
        (
            "mov r0, #0x60000000; movs r1, #7; strb r1, [r0, #1]; b .",
            f"BusFault: main tried to write 1 byte to 0x60000001, {NOTHING_THERE}.",
        ),
        (
            "movs r0, #0x40; bx r0",
            "UsageFault: main called 0x00000040: the address is even, and ARMv7-M executes Thumb code only.",
        ),
        ("udf #1", "UsageFault: main executed udf #1, which is undefined on purpose."),
        (
            "udf #255",
            "UsageFault: main executed udf #255, which is __builtin_trap(), or "
            "code that GCC found to use NULL or to divide by 0.",
        ),
        (".short 0xffff, 0xffff", "UsageFault: main executed 0xffffffff, as erased flash holds."),
        (
            "mov r0, #0x40000000; orr r0, #1; bx r0",
            "MemManage: main called 0x40000001, which the default memory map (Peripheral) does not allow.",
        ),
        (
            "cpsid i; svc #3",
            "HardFault: main executed svc #3 with PRIMASK set, so that SVCall could not be taken.",
        ),
        ("bkpt #1", "HardFault: main executed a breakpoint with no debugger to take it."),
    ],
)
def test_the_headline_says_who_tried_what_and_why_not(code, headline):
    report = report_of(code)
    assert report.headline == headline
    assert report.outcome is Outcome.FAULT
    check_json(report)


@pytest.mark.parametrize(
    ("access", "words"),
    [
        ("movs r0, #0x80; strh r1, [r0]", "write 2 bytes to 0x00000080, which MPU region 0 does not allow"),
        (
            "mov r0, #0x20000000; add r0, #0x1c00; str r1, [r0]",
            "write 4 bytes to 0x20001c00, which no MPU region covers",
        ),
        (READ_RAM, "read 4 bytes from 0x20004000, which no MPU region covers"),
        (
            f"movs r1, #1; msr control, r1; isb; {READ_RAM}",
            "read 4 bytes from 0x20004000, which no MPU region covers",
        ),
        (
            "movw r0, #1; movt r0, #0xe000; bx r0",
            "main called 0xe0000001, and nothing executes from 0xe0000000 upwards",
        ),
    ],
)
def test_the_headline_names_the_region_that_refused(access, words):
    report = report_of(f"{ENABLE_FAULTS} {MPU_ON} {access}; b .", stack=0x2000_0800)
    assert words in report.headline
    assert report.headline.startswith("MemManage: ")
    check_json(report)


def test_the_background_region_is_for_privileged_code():
    on = MPU_ON.replace("movs r1, #1; str r1, [r0]", "movs r1, #5; str r1, [r0]")
    access = f"movs r1, #1; msr control, r1; isb; {READ_RAM}"
    report = report_of(f"{ENABLE_FAULTS} {on} {access}; b .", stack=0x2000_0800)
    assert "which no MPU region opens to unprivileged code" in report.headline
    assert report.fault is not None and not report.fault.privileged


@pytest.mark.parametrize(
    ("reason", "outcome", "headline"),
    [
        (Spinning(5), Outcome.ENDLESS_LOOP, "Endless loop: main branches to itself, and no exception will come."),
        (BudgetSpent(5), Outcome.BUDGET_SPENT, "The instruction budget is spent: 0 executed, now in main."),
        (Interrupted(5), Outcome.INTERRUPTED, "Interrupted in main."),
        (Interrupted(5, terminated=15), Outcome.INTERRUPTED, "Terminated by SIGTERM in main."),
        (Interrupted(5, terminated=1), Outcome.INTERRUPTED, "Terminated by SIGHUP in main."),
        (ResetRequested(5, 3), Outcome.RESET, "The program reset the processor, in main."),
        (
            ResetRequested(5, 1, "watchdog"),
            Outcome.RESET,
            "The device watchdog reset the processor: the program was in main.",
        ),
        (Deadlock(5, ("A waits for B",)), Outcome.DEADLOCK, "Deadlock: no thread can ever run again."),
    ],
)
def test_other_ends_say_where_the_program_was(reason: StopReason, outcome, headline):
    report = build_report(machine_of("b ."), reason, "b", None)
    assert (report.outcome, report.headline) == (outcome, headline)
    check_json(report)


@pytest.mark.parametrize(("code", "outcome"), [(0, Outcome.SUCCESS), (7, Outcome.FAILURE)])
def test_a_program_that_ends_by_itself(code, outcome):
    report = report_of(exit_with(code))
    assert (report.outcome, report.exit_code) == (outcome, code)
    assert check_json(report)["guest_exit_code"] == code


def test_a_success_needs_no_debug_information_unless_details_are_wanted():
    machine = machine_of(exit_with(0))
    machine.image.source_frames = lambda address: pytest.fail("looked up a line")
    report = build_report(machine, machine.run(100), "b", None, always_detailed=False)
    assert report.backtrace.frames == () and "successfully" in render_text(report)


def test_a_sleep_that_nothing_ends():
    report = report_of("wfi; b .")
    assert report.outcome is Outcome.DEADLOCK
    assert report.headline.startswith("Asleep for ever: main waits for an interrupt")


# -- faults of faults ----------------------------------------------------------------------------------------------


def test_a_lockup_shows_the_first_fault_and_the_handlers():
    report = report_of(READ_NOWHERE, handler="mov r0, #0x61000000; str r0, [r0]; b .")
    assert report.outcome is Outcome.LOCKUP
    began = "Lockup: BusFault: main tried to read 4 bytes from 0x60000000, where there is neither memory nor a device"
    assert report.headline == f"{began}; then PRECISERR at priority -1, where HardFault cannot be taken."
    assert report.fault is not None and report.fault.address == 0x6000_0000
    assert report.handler_fault is not None and report.handler_fault.address == 0x6100_0000
    assert report.handler_fault.subject == "the HardFault handler"
    assert "Its handler faulted too." in render_text(report)
    check_json(report)


@pytest.mark.parametrize("stack", [0, 0x6000_0000, 0xDFFF_FFF0])
def test_an_initial_stack_pointer_outside_ram_is_explained(stack):
    report = report_of("push {r4}; b .", handler="push {r4}; b .", stack=stack)
    assert report.outcome is Outcome.LOCKUP
    assert f"initial stack pointer, 0x{stack:08x}, is not in RAM" in " ".join(report.details)
    check_json(report)


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        ("mov r0, #0x20000000; mov sp, r0; push {r4}; b .", "has left the memory: the stack overflowed."),
        ("mov r0, #0xdf000000; mov sp, r0; push {r4}; b .", "The stack pointer, 0xdf000000, has left the memory."),
        ("movw r0, #0xfff8; movt r0, #0x2000; mov sp, r0; str r0, [r0, #8]; b .", "The HardFault handler has not"),
    ],
)
def test_only_what_is_below_the_ram_of_a_stack_is_called_its_overflow(code, detail):
    machine = build_machine(load_board("lm3s6965evb"), [read_elf(build_elf(code, "push {r4}; b ."), "small.elf")])
    reason = machine.run(1000)
    report = build_report(machine, Spinning(reason.time) if isinstance(reason, BudgetSpent) else reason, "b", None)
    assert detail in report.details[0]


def test_a_bad_stack_pointer_is_not_blamed_for_other_faults():
    assert report_of(READ_NOWHERE, stack=0).details == ("The HardFault handler has not returned: the run ended in it.",)


@pytest.mark.parametrize(
    ("setup", "words"),
    [
        ("", "BusFault is not enabled in SHCSR, so it became HardFault"),
        (
            f"{ENABLE_FAULTS} movs r2, #1; msr primask, r2;",
            "BusFault (priority 0x00) could not preempt code that has PRIMASK set, so it became HardFault",
        ),
    ],
)
def test_an_escalation_is_explained(setup, words):
    report = report_of(setup + READ_NOWHERE)
    assert report.fault is not None and report.fault.escalation == words
    assert words[1:] in render_text(report)


def test_a_reset_by_a_fault_handler_is_told_as_that_fault():
    request = "movw r0, #0xed0c; movt r0, #0xe000; movw r1, #4; movt r1, #0x5fa; str r1, [r0]; b ."
    report = report_of(READ_NOWHERE, handler=request, budget=20_000)
    assert report.outcome is Outcome.FAULT
    assert report.headline == f"BusFault: main tried to read 4 bytes from 0x60000000, {NOTHING_THERE}."
    assert report.details[0].startswith("The HardFault handler did not return: ")
    assert report.details[0].endswith(" reset the processor in it.")
    assert report.fault is not None and report.fault.address == 0x6000_0000
    check_json(report)


def test_a_reset_after_an_assertion_is_a_failure_where_resets_end_the_run(tmp_path):
    request = "movw r0, #0xed0c; movt r0, #0xe000; movw r1, #4; movt r1, #0x5fa; str r1, [r0]; b ."
    program = elf(tmp_path / "p.elf", {"main": "bl {check}; b .", "check": "push {{r4, lr}}; bl {__assert_func}; nop",
                                       "__assert_func": request, "handler": "b ."})  # fmt: skip
    stopped = v7m.run(program, on_reset="stop")
    assert (stopped.outcome, stopped.exit_status) == ("failure", 1)
    assert stopped.headline == "check failed an assertion; then the processor was reset."
    again = v7m.run(program)
    assert (again.outcome, again.exit_status) == ("reset", 4)


def test_a_reset_after_a_fault_that_was_handled_is_the_programs_own():
    skip = "ldr r0, [sp, #24]; adds r0, #2; str r0, [sp, #24]; bx lr"
    code = f"{ENABLE_FAULTS} {READ_NOWHERE.removesuffix('b .')} movw r0, #0xed0c; movt r0, #0xe000; movw r1, #4; "
    report = report_of(code + "movt r1, #0x5fa; str r1, [r0]; b .", handlers={5: skip}, budget=20_000)
    assert report.headline.startswith("The program reset the processor, in main+")
    assert report.fault is None


def test_a_fault_that_no_instruction_made_is_told_by_its_cause():
    report = build_report(machine_of("b ."), Faulted(9, Fault(CAUSES["IMPRECISERR"])), "b", FakeStory())
    assert report.headline == "BusFault: an earlier buffered store failed on the bus; found in T1, in main."
    assert report.fault is None
    check_json(report)


def test_an_enabled_fault_does_not_escalate():
    fault = report_of(ENABLE_FAULTS + READ_NOWHERE).fault
    assert fault is not None and fault.escalation == ""


def test_a_fault_that_was_handled_is_not_reported_later():
    skip = "ldr r0, [sp, #24]; adds r0, #2; str r0, [sp, #24]; bx lr"
    report = report_of(f"{ENABLE_FAULTS} mov r0, #0x60000000; ldr r1, [r0]; cpsid i; svc #0", handlers={5: skip})
    assert report.headline == "HardFault: main executed svc #0 with PRIMASK set, so that SVCall could not be taken."
    assert report.handler_fault is None


def test_a_failed_stacking_is_told_with_its_address():
    overflow = f"{ENABLE_FAULTS} {MPU_ON} movw r0, #0x1008; movt r0, #0x2000; mov sp, r0; mov r0, #0xe000e000; "
    report = report_of(overflow + "svc #0; b .", stack=0x2000_0800)
    assert report.fault is not None
    assert report.fault.fault.cause.name == "MSTKERR"
    assert report.fault.address is not None and 0x2000_0FE8 <= report.fault.address < 0x2000_1008
    assert report.fault.registers.sp == 0x2000_1008
    check_json(report)


# -- the table of regions ------------------------------------------------------------------------------------------


def test_the_region_that_decided_is_marked_and_a_disabled_subregion_named():
    report = report_of(
        f"{ENABLE_FAULTS} {MPU_ON} mov r0, #0x20000000; add r0, #0x1c00; str r1, [r0]; b .", stack=0x2000_0800
    )
    text = render_text(report)
    assert "no: subregion 7 is off" in text
    assert "no region matches and the background region is off (PRIVDEFENA=0)" in text
    report = report_of(f"{ENABLE_FAULTS} {MPU_ON} movs r0, #0x80; str r1, [r0]; b .", stack=0x2000_0800)
    decided = [line for line in render_text(report).splitlines() if "<- decided" in line]
    assert len(decided) == 1 and decided[0].split()[0] == "0" and "6 RO/RO" in decided[0]
    assert check_json(report)["fault"]["mpu"]["region"] == 0


@dataclass
class FakeStory:
    """A personality with one thread; the labels are for the regions of MPU_ON."""

    personality: str = "Fake"
    subject: str = "T1"
    call: str | None = None
    found: Place | None = None
    labels: dict[int, str] = field(default_factory=dict)

    def describe_end(self, reason: StopReason, caller: str) -> str | None:
        return "it ended" if isinstance(reason, BudgetSpent) else None

    def interrupted_by_signals(self) -> list[Registers]:
        return []

    def end_registers(self, reason: StopReason) -> Registers | None:
        return None

    def kernel_call(self, record: FaultRecord) -> str | None:
        return self.call

    def place(self, address: int, record: FaultRecord) -> Place | None:
        return self.found

    def region_labels(self) -> dict[int, str]:
        return self.labels

    def details(self, reason: StopReason) -> list[str]:
        return []

    def remarks(self) -> list[str]:
        return []

    def threads(self) -> list[ThreadState]:
        registers = Registers()
        registers.pc = 0x100
        return [
            ThreadState(1, "T1", "is executing", 0x2000_0000, 64, True, None),
            ThreadState(2, "T2", "waits for a mutex", 0x2000_1000, 64, False, registers),
        ]

    def last_switch(self) -> LastSwitch | None:
        return LastSwitch(4, "T2", "waits for a mutex", "T1")


def told(story: FakeStory, code: str = READ_NOWHERE) -> Report:
    machine = machine_of(code, stack=0x2000_0800)
    reason = machine.run(1000)
    return build_report(machine, Spinning(reason.time), "b", story)


def test_the_personality_says_who_and_where():
    facts = {"stack": None, "remedy": [], "remedies": [], "no_share": None, "copy": None}
    place = Place("the stack of T2, which is not T1's", "stack of T2", ("line 1", "line 2"), facts)
    report = told(FakeStory(found=place))
    assert report.headline == "BusFault: T1 (main) tried to read 4 bytes from the stack of T2, which is not T1's."
    text = render_text(report)
    assert "  0x60000000  stack of T2\n              line 1\n              line 2\n" in text
    assert "last switch at 4: T2 -> T1 (T2 waits for a mutex)" in text
    assert check_json(report)["personality"] == "Fake"


def test_a_copy_of_the_kernel_names_the_call_and_for_whom():
    report = told(FakeStory(call="mq_send"))
    assert report.headline.startswith("BusFault: T1 (main), in mq_send, tried to read")


@pytest.mark.parametrize(("common", "is_told"), [("b .", True), ("movw r0, #0x401; blx r0", False)])
def test_a_common_handler_that_calls_the_exceptions_own_is_not_called_a_missing_one(common, is_told):
    pend = "movw r0, #0xed04; movt r0, #0xe000; mov r1, #0x4000000; str r1, [r0]; dsb; b ."
    machine = machine_of(pend, handlers={15: common})
    vector = machine.peek(machine.vector_table + 4 * 15, 4)
    machine.poke(machine.vector_table + 4 * 14, vector)
    report = build_report(machine, machine.run(1000), "b", None)
    told = [line for line in report.details if "has no handler of its own" in line]
    assert told == (
        ["SysTick has no handler of its own: its vector leads to handler_15, as that of another exception does."]
        * is_told
    )


def test_a_handler_says_whom_it_interrupted():
    handler = {15: "mov r0, #0x60000000; ldr r1, [r0]"}
    pend = "movw r0, #0xed04; movt r0, #0xe000; mov r1, #0x4000000; str r1, [r0]; dsb; b ."
    machine = machine_of(pend, handlers=handler)
    reason = machine.run(1000)
    report = build_report(machine, Spinning(reason.time), "b", FakeStory(call="mq_send"))
    words = "BusFault: mq_send, called by handler_15, the SysTick handler, which interrupted T1, tried"
    assert report.headline.startswith(words)
    assert [frame.exception for frame in report.fault.backtrace.frames][1] == "SysTick"


def test_what_an_exception_interrupted_did_not_call_the_library_function_that_is_its_handler(monkeypatch):
    monkeypatch.setattr(own_code, "is_library", lambda frame: "handler_15" in (frame.function, frame.symbol))
    pend = "movw r0, #0xed04; movt r0, #0xe000; mov r1, #0x4000000; str r1, [r0]; dsb; b ."
    machine = machine_of(pend, handlers={15: "mov r0, #0x60000000; ldr r1, [r0]"})
    report = build_report(machine, Spinning(machine.run(1000).time), "b", None)
    assert report.headline.startswith("BusFault: handler_15, the SysTick handler, tried to read 4 bytes")


def test_labels_are_shown_where_the_region_is_still_the_same():
    code = f"{ENABLE_FAULTS} {MPU_ON} movs r0, #0x80; str r1, [r0]; b ."
    story = FakeStory(labels={0: "flash", 1: "RAM"})
    machine = machine_of(code, stack=0x2000_0800)
    reason = machine.run(1000)
    machine.mpu.rasr[1] = 0
    report = build_report(machine, Spinning(reason.time), "b", story)
    assert report.fault is not None and report.fault.labels == {0: "flash"}


def test_a_deadlock_lists_who_waits_where():
    report = build_report(machine_of("b ."), Deadlock(9, ("T2 waits for a mutex",)), "b", FakeStory())
    text = render_text(report)
    assert "  T2  waits for a mutex\n" in text
    assert report.details == ("T2 waits for a mutex",)
    assert check_json(report)["threads"][1]["backtrace"]["frames"][0]["symbol"] == "main"


def test_the_personality_may_word_the_end():
    report = build_report(machine_of("b ."), BudgetSpent(9), "b", FakeStory())
    assert report.headline == "it ended."


# -- text and JSON -------------------------------------------------------------------------------------------------


def test_text_is_plain_unless_it_is_painted():
    report = report_of(READ_NOWHERE)
    assert "\x1b" not in render_text(report)
    kinds = set()

    def paint(kind: str, text: str) -> str:
        kinds.add(kind)
        return f"<{text}>"

    painted = render_text(report, paint)
    assert painted.startswith(f"<{report.headline}>")
    assert "headline" in kinds


def test_a_store_shows_what_it_would_have_stored_in_its_own_width():
    report = report_of("mov r0, #0x60000000; movs r1, #0x7f; strb r1, [r0, #1]; b .")
    assert "strb r1, [r0, #1]    0x60000001 <- 0x7f\n" in render_text(report)
    assert check_json(report)["fault"]["access"]["value"] == "0x7f"


def test_an_instruction_in_an_it_block_shows_its_condition():
    report = report_of("mov r0, #0x60000000; cmp r0, r0; it eq; ldreq r1, [r0]; b .")
    assert report.fault is not None and report.fault.instruction is not None
    assert report.fault.instruction.text == "ldreq r1, [r0]"


def test_the_report_is_the_same_for_both_back_ends():
    code = f"{ENABLE_FAULTS} {MPU_ON} movs r0, #0x80; str r1, [r0]; b ."
    reports = [report_of(code, stack=0x2000_0800, audit=audit) for audit in (False, True)]
    assert render_json(reports[0], 3) == render_json(reports[1], 3)
    assert render_text(reports[0]) == render_text(reports[1])


def test_the_json_members_are_those_of_the_schema_in_its_order():
    assert list(report_object(report_of("b ."), 4)) == list(SCHEMA["properties"])


def test_the_schema_is_one_and_refuses_what_it_does_not_know():
    REPORTS.check_schema(SCHEMA)
    found = report_object(report_of("b ."), 4)
    with pytest.raises(jsonschema.ValidationError):
        REPORTS.validate(found | {"new": 1})
    del found["board"]
    with pytest.raises(jsonschema.ValidationError):
        REPORTS.validate(found)


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ("../../../newlib/libc/memset.c", "newlib/libc/memset.c"),
        ("firmware/a/../support/x.h", "firmware/support/x.h"),
        ("src\\main.c", "src/main.c"),
        ("/home/x/main.c", "/home/x/main.c"),
    ],
)
def test_source_paths_are_shown_short(recorded, shown):
    assert shown_source(recorded) == shown


def test_console_output_is_not_part_of_a_report():
    report = report_of(f"{PRINT}; {exit_with(1)}", text=b"SECRET\0")
    assert "SECRET" not in render_text(report)
