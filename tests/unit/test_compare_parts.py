"""The parts of v7m compare, without QEMU: the wires, the record of a step, the rules, the report."""

import json
import socket
import struct
from pathlib import Path

import pytest
from support.compare_twin import Twin

from emulator.asm import assemble
from emulator.board.board_file import load_board
from emulator.compare.elf_file import elf_bytes
from emulator.compare.here import Here, is_fp, span_of_access, waits, writes_special
from emulator.compare.known import KNOWN, readable_registers, timer_ranges
from emulator.compare.lockstep import Lockstep
from emulator.compare.remote import ConnectionEnded, GdbStub, MemoryPort, NoAnswer, frame
from emulator.compare.report import Comparison, describe_value, headline, render_json, render_text
from emulator.errors import EmulatorError
from emulator.image.elf import read_elf
from emulator.image.image import Image, Segment, Symbol, SymbolTable

CODE, HANDLER, STACK = 0x100, 0x400, 0x2000_8000
BOARD = load_board("mps2-an386")


def image(code, handlers=None):
    """Return a program of ``code`` at CODE; ``handlers`` maps exceptions to assembly that is placed from HANDLER on."""
    vectors = [STACK, CODE | 1] + [0x301] * 62
    memory = bytearray(0x1000)
    for n, (exception, text) in enumerate((handlers or {}).items()):
        vectors[exception] = HANDLER + 0x80 * n | 1
        data = assemble(text, HANDLER + 0x80 * n)
        memory[HANDLER + 0x80 * n : HANDLER + 0x80 * n + len(data)] = data
    memory[:256] = struct.pack("<64I", *vectors)
    for address, text in ((0x300, "b ."), (CODE, code)):
        data = assemble(text, address)
        memory[address : address + len(data)] = data
    return Image("test.elf", [Segment(0, bytes(memory), len(memory))], SymbolTable([Symbol("main", CODE, 0x100, True)]))


def here(code, handlers=None, **options):
    return Here(BOARD, [image(code, handlers)], **options)


# -- the wires -----------------------------------------------------------------------------------------------------


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    ours.settimeout(0.2)
    with ours, theirs:
        yield ours, theirs


def test_a_packet_has_its_checksum():
    assert frame("vCont;s") == b"$vCont;s#b8"


def test_packets_are_found_wherever_the_stream_is_cut(ends):
    stub, other = GdbStub(ends[0]), ends[1]
    for piece in (b"++$T05th", b"read:01;#0", b"7+$12", b"34#ca"):
        other.sendall(piece)
    assert [stub.receive(), stub.receive()] == ["T05thread:01;", "1234"]


def test_several_questions_go_out_in_one_write(ends):
    stub, other = GdbStub(ends[0]), ends[1]
    other.sendall(b"+$OK#9a+$01#61")
    assert stub.ask("P0=00000000", "p0") == ["OK", "01"]
    assert other.recv(100) == frame("P0=00000000") + frame("p0")


def test_silence_and_the_end_are_told_apart(ends):
    stub, other = GdbStub(ends[0]), ends[1]
    with pytest.raises(NoAnswer):
        stub.receive()
    other.close()
    with pytest.raises(ConnectionEnded):
        stub.receive()


def test_memory_is_read_and_written_in_base64(ends):
    port, other = MemoryPort(ends[0]), ends[1]
    other.sendall(b"OK AQID\n")
    assert port.read(0x2000_0000, 3) == b"\1\2\3"
    other.sendall(b"OK\n")
    port.write(0x10, b"abc")
    assert other.recv(200) == b"b64read 0x20000000 0x3\nb64write 0x10 0x3 YWJj\n"


def test_a_refused_request_names_it(ends):
    port, other = MemoryPort(ends[0]), ends[1]
    other.sendall(b"FAIL Unknown command\n")
    with pytest.raises(EmulatorError, match="QEMU refused 'writel': FAIL Unknown command"):
        port.write_word(0, 1)


def test_the_elf_for_qemu_holds_the_segments():
    segments = [Segment(0, b"\1\2\3\4" * 64, 256), Segment(0x2000_0000, b"data", 64), Segment(0x2100_0000, b"", 0)]
    written = read_elf(elf_bytes(segments, 0x101), "image.elf")
    assert written.segments == segments[:2]


# -- the record of a step --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [("wfi", waits), ("wfe.w", waits), ("yield", waits), ("vadd.f32 s0, s1, s2", is_fp), ("vldr s0, [r0]", is_fp),
     ("cpsid i", writes_special), ("msr basepri, r0", writes_special), ("msr control, r1", writes_special)],
)  # fmt: skip
def test_instructions_are_recognised(text, kind):
    assert kind(assemble(text, 0))


@pytest.mark.parametrize("text", ["sev", "mrs r0, control", "ldrd r0, r1, [r2]", "b .", "mcr p14, 0, r0, c0, c0"])
@pytest.mark.parametrize("kind", [waits, is_fp, writes_special])
def test_other_instructions_are_not(text, kind):
    assert not kind(assemble(text, 0))


def test_a_step_records_the_state_after_it():
    side = here("movs r0, #5; adds r1, r0, #1; b .")
    first, second = side.step(), side.step()
    assert (first.pc, first.core[0], second.core[1], second.core[15]) == (CODE, 5, 6, CODE + 4)
    assert (first.number, second.number) == (1, 2)
    assert second.core[13] == STACK


def test_wfi_is_carried_and_what_ended_the_sleep_pends_after_it():
    side = here(
        "ldr r0, =0xE000E010; movs r1, #100; str r1, [r0, #4]; str r1, [r0, #8]; movs r1, #7; str r1, [r0]; wfi; nop",
        {15: "bx lr"},
    )
    steps = [side.step() for _ in range(9)]
    assert [step.carried for step in steps] == ["", "", "K-01", "K-01", "", "K-01", "K-04", "", ""]
    assert steps[6].pend_after == (15,)
    assert (steps[7].entered, steps[8].returned) == (15, True)


def test_an_interrupt_by_time_pends_before_the_step_that_takes_it():
    side = here(
        "ldr r0, =0xE000E010; movs r1, #9; str r1, [r0, #4];str r1, [r0, #8]; movs r1, #7; str r1, [r0]" + "; nop" * 20,
        {15: "bx lr"},
    )
    steps = [side.step() for _ in range(20)]
    (taken,) = [step for step in steps if step.entered]
    assert (taken.entered, taken.pend_before, taken.pend_after) == (15, (15,), ())


def test_a_software_interrupt_is_not_handed_over():
    side = here("ldr r0, =0xE000ED04; mov.w r1, #0x10000000; str r1, [r0]; nop", {14: "bx lr"})
    steps = [side.step() for _ in range(5)]
    assert steps[3].entered == 14
    assert not any(step.pend_before or step.pend_after or step.carried for step in steps)


def test_a_line_that_is_still_high_pends_before_the_return():
    side = here("ldr r0, =0xE000E100; movs r1, #2; str r1, [r0]; nop; nop", {17: "nop; bx lr"})
    for _ in range(3):
        side.step()
    side.machine.system.nvic.set_line(1, True)
    steps = [side.step() for _ in range(3)]
    assert steps[0].entered == 17
    assert (steps[2].returned, steps[2].entered, steps[2].pend_before) == (True, 17, (17,))


def test_semihosting_is_carried_with_the_memory_it_wrote():
    side = here("movs r0, #0x16; ldr r1, =0x20000100; ldr r2, =0x20000200; str r2, [r1]; bkpt #0xab; b .")
    steps = [side.step() for _ in range(5)]
    assert steps[4].carried == "K-03"
    assert [(address, len(data)) for address, data in steps[4].stores] == [(0x2000_0200, 16)]
    assert steps[4].core[15] == steps[4].pc + 2


def test_absent_memory_is_carried_when_lenient():
    side = here("ldr r0, =0x70000000; ldr r1, [r0]; nop", lenient=True)
    assert [side.step().carried for _ in range(3)] == ["", "K-11", ""]


def test_the_special_registers_are_probed_when_they_may_have_changed():
    side = here("nop; nop; cpsid i; nop; it eq; moveq r0, #1; nop")
    assert [side.step().probe for _ in range(7)] == [True, False, True, False, False, False, False]


def test_no_probe_happens_inside_an_it_block():
    side = here("cmp r0, r0; ittt eq; msreq basepri, r0; moveq r0, #1; moveq r1, #1; nop")
    side.step()
    assert [side.step().probe for _ in range(4)] == [False, False, False, True]


def test_a_loop_that_nothing_can_leave_is_noticed():
    side = here("movs r0, #1; b .")
    assert [side.step().spins for _ in range(2)] == [False, True]


# -- the comparison --------------------------------------------------------------------------------------------------

PROGRAM = """
    movs r0, #0
    ldr r4, =0x20000000
loop:
    adds r0, #1
    str r0, [r4], #4
    svc #0
    cmp r0, #5
    blt loop
    b .
"""
HANDLERS = {11: "adds r6, #1; bx lr"}


def compared(code=PROGRAM, handlers=HANDLERS, *, spoil=None, other=None, **options):
    programs = [image(code, handlers)]
    side = Here(BOARD, programs)
    twin = Twin(BOARD, [image(other, handlers)] if other else programs, spoil)
    result = Lockstep(side, twin, options.pop("count", 1000), **options).run()
    return Comparison("test.elf", BOARD.name, result, side.machine)


def test_equal_sides_are_equal_to_the_end():
    comparison = compared()
    assert comparison.result.difference is None
    assert comparison.result.end == "the program stays in an endless loop at 0x00000110"
    assert comparison.result.exceptions == {11: 5}


def test_the_number_of_steps_ends_the_comparison():
    result = compared(count=10).result
    assert (result.steps, result.end, result.difference) == (10, "the number of steps is reached", None)


def spoil_register(number):
    def change(machine):
        machine.registers.r[number] ^= 0x80

    return change


def test_the_first_difference_is_reported_with_what_was_before():
    difference = compared(spoil={9: spoil_register(7)}).result.difference
    assert (difference.kind, difference.words, difference.moment.number) == ("registers", "r7 differs", 9)
    assert [tuple(row) for row in difference.rows] == [("r7", 0, 0x80)]
    assert difference.before[7] == 0


def test_a_different_instruction_is_shown_with_its_code():
    comparison = compared(other=PROGRAM.replace("adds r0, #1", "adds r0, #2"))
    assert headline(comparison) == "test.elf on mps2-an386 differs from QEMU at step 3: r0 differs."
    text = render_text(comparison)
    assert "-> 00000104  adds r0, #1" in text
    assert "main+0x4" in text
    assert "  r0        0x00000001  0x00000002  0x00000000" in text
    found = json.loads(render_json(comparison, 1))
    assert found["difference"]["values"] == [{"name": "r0", "here": "0x00000001", "qemu": "0x00000002"}]
    assert found["difference"]["pc"] == "0x00000104"
    assert found["exit_status"] == 1


def test_another_way_is_said_with_both_places():
    comparison = compared(other=PROGRAM.replace("svc #0", "udf #0"))
    words = "SVCall at 0x00000400 here, HardFault at 0x00000300 on QEMU"
    assert comparison.result.difference.words == words


def test_a_masking_register_is_found_at_the_next_probe():
    def mask(machine):
        machine.registers.basepri = 0x40

    difference = compared(spoil={4: mask}).result.difference
    assert (difference.kind, [tuple(row) for row in difference.rows]) == ("special registers", [("BASEPRI", 0, 0x40)])
    assert difference.agreed < 4 < difference.moment.number
    assert "last seen equal after step 1" in render_text(compared(spoil={4: mask}))


def test_fault_registers_are_compared_at_each_exception():
    def fault(machine):
        machine.faults.CFSR |= 1 << 16

    difference = compared(spoil={3: fault}).result.difference
    assert (difference.kind, difference.moment.entered) == ("fault registers", 11)
    assert [tuple(row) for row in difference.rows] == [("CFSR", 0, 1 << 16)]


def test_a_store_that_nothing_reads_is_found_at_the_end():
    comparison = compared(spoil={5: lambda machine: machine.poke(0x2000_0800, b"\1")})
    difference = comparison.result.difference
    assert (difference.kind, [tuple(row) for row in difference.rows]) == ("memory", [("0x20000800", 0, 1)])
    assert "at the end: 1 word of memory differs" in headline(comparison)


def test_fp_registers_are_compared_after_fp_instructions():
    code = "ldr r0, =0xE000ED88; ldr r1, =0xF00000; str r1, [r0]; vmov.f32 s0, #1.0; vadd.f32 s1, s0, s0; b ."

    def change(machine):
        machine.processor.load_fp()
        machine.registers.s[9] = 1
        machine.processor.store_fp()

    difference = compared(code, spoil={4: change}).result.difference
    assert (difference.moment.number, [tuple(row) for row in difference.rows]) == (4, [("s9", 0, 1)])


TIMED = """
    ldr r0, =0xE000E010
    movs r1, #30
    str r1, [r0, #4]
    str r1, [r0, #8]
    movs r1, #7
    str r1, [r0]
again:
    ldr r2, [r0, #8]
    adds r3, #1
    cmp r3, #40
    blt again
    b .
"""


def test_time_is_handed_over_and_counted():
    comparison = compared(TIMED, {15: "adds r6, #1; bx lr"})
    result = comparison.result
    assert result.difference is None
    assert result.known["K-01"] == 3 + 40
    assert result.known["K-02"] == result.exceptions[15] > 3
    assert "known difference K-02" in render_text(comparison)


def test_fault_status_after_bkpt_is_a_known_difference():
    def as_qemu(machine):
        machine.faults.HFSR, machine.faults.DFSR = 1 << 30, 0

    code = {3: "ldr r0, =0xE000ED2C; ldr r1, [r0]; ldr r1, [r0, #4]; b ."}
    result = compared("bkpt #0", code, spoil={1: as_qemu}).result
    assert result.difference is None
    assert result.known["K-06"] == 4


def test_differences_before_the_start_are_handed_over():
    result = compared(spoil={4: spoil_register(7)}, start=0x110).result
    assert result.difference is None
    assert result.end.startswith("the program stays")


def test_both_lock_up_where_one_does():
    result = compared("cpsid f; udf #0").result
    assert result.difference is None
    assert result.known["K-12"] == 1
    assert result.end == "both lock up: UNDEFINSTR at priority -1, where HardFault cannot be taken"


def test_the_programs_end_is_told():
    code = "movs r0, #0x18; ldr r1, =0x20026; bkpt #0xab"
    assert compared(code).result.end == "the program ended with code 0"


def test_a_reset_ends_the_comparison():
    code = "ldr r0, =0xE000ED0C; ldr r1, =0x05FA0004; str r1, [r0]; b ."
    assert compared(code).result.end == "the program resets the processor"


# -- rules and documents ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("xPSR", 0xA100_000B, "N-C-- SVCall"),
        ("xPSR", 0x0100_0C00, "----- Thread mode IT 0x0c"),
        ("CONTROL", 6, "SPSEL FPCA"),
        ("CFSR", 0x82, "DACCVIOL MMARVALID"),
        ("HFSR", 1 << 30, "FORCED"),
        ("r0", 0x82, ""),
    ],
)
def test_status_registers_are_put_into_words(name, value, words):
    assert describe_value(name, value) == words


def test_everything_that_counts_time_is_a_timer():
    names = set()
    for board in (BOARD, load_board("lm3s6965evb")):
        timers = timer_ranges(board)
        names |= {device.type for device in board.devices if any(device.address in timer for timer in timers)}
    assert names == {"cmsdk-timer", "cmsdk-dual-timer", "cmsdk-watchdog", "mps2-fpgaio", "stellaris-gptm"}


def test_every_known_register_names_an_entry():
    assert {entry.id for entry in readable_registers().values()} <= set(KNOWN)


def test_the_document_lists_every_known_difference_as_it_is():
    text = " ".join((Path(__file__).parents[2] / "docs" / "compare.md").read_text(encoding="utf-8").split())
    for entry in KNOWN.values():
        row = f"| {entry.id} | {entry.what} | {entry.why} | {entry.handling} | {entry.also} |".replace("|  |", "| |")
        assert row in text, f"docs/compare.md lacks: {row}"


@pytest.mark.parametrize(
    ("code", "start", "size"),
    [
        ("ldr r0, [r1, #4]", 0x2000_0007, 4),
        ("strh r0, [r1, r2]", 0x2000_0013, 2),
        ("ldr r0, [r1, r2, lsl #2]", 0x2000_0043, 4),
        ("str r0, [r1], #4", 0x2000_0003, 4),
    ],
)
def test_the_bytes_of_an_access_follow_from_the_registers_before_it(code: str, start: int, size: int) -> None:
    core = (0, 0x2000_0003, 0x10, *[0] * 10, 0x2000_0100, 0, 0x100, 1 << 24)
    assert span_of_access(0x100, assemble(code, 0x100), core) == range(start, start + size)


@pytest.mark.parametrize("code", ["ldrd r0, r2, [r1]", "ldr r0, [sp, #8]", "ldrb r0, [r1]", "adds r0, #1"])
def test_other_instructions_have_no_bytes_behind_the_first_that_count(code: str) -> None:
    assert span_of_access(0x100, assemble(code, 0x100), (0,) * 17) is None
