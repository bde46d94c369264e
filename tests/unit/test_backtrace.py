"""Backtraces: call frame information, prologues where there is none, exception frames, and where they end."""

import struct

import pytest

from emulator.armv7m.core import Registers
from emulator.asm import assemble
from emulator.debuginfo.source import SourceFrame, SourceLine, UnwindRow
from emulator.errors import GuestAccessError
from emulator.image.image import Image, Segment, Symbol, SymbolTable
from emulator.trace.backtrace import INNER_FRAMES, OUTER_FRAMES, Backtrace, backtrace
from emulator.trace.call_lines import plain_call_lines

STACK = 0x2000_0000
STACK_SIZE = 0x4000
CODE_SIZE = 0x1000


class Guest:
    """Code at 0, a stack, symbols, and registers to unwind from."""

    def __init__(self) -> None:
        self.code = bytearray(CODE_SIZE)
        self.stack = bytearray(STACK_SIZE)
        self.symbols: list[Symbol] = []
        self.rows: dict[int, UnwindRow] = {}
        self.registers = Registers()
        self.registers.psp = 0
        self.frames: dict[int, list[SourceFrame]] = {}
        self.lines: dict[int, SourceLine] = {}

    def function(self, name: str, address: int, source: str) -> None:
        code = assemble(source, address)
        self.code[address : address + len(code)] = code
        self.symbols.append(Symbol(name, address, len(code), True))

    def push(self, address: int, *words: int) -> None:
        offset = address - STACK
        self.stack[offset : offset + 4 * len(words)] = struct.pack(f"<{len(words)}I", *words)

    def peek(self, address: int, size: int) -> bytes:
        for base, memory in ((0, self.code), (STACK, self.stack)):
            if base <= address and address + size <= base + len(memory):
                return bytes(memory[address - base : address - base + size])
        raise GuestAccessError(f"no memory at {address:#x}")

    def backtrace(self) -> Backtrace:
        image = Image("x", [Segment(0, bytes(self.code), CODE_SIZE)], SymbolTable(self.symbols))
        image.unwind = self.rows.get
        image.source_frames = lambda address: self.frames.get(address, [])
        image.source_line = self.lines.get
        return backtrace(self.registers, image, self.peek)

    def names(self) -> list[str]:
        return [f"{f.symbol}+{f.offset}" if f.offset else str(f.symbol) for f in self.backtrace().frames]


@pytest.fixture
def guest() -> Guest:
    made = Guest()
    made.function("leaf", 0x100, "adds r0, #1; bx lr")
    made.function("middle", 0x200, "push {r4, lr}; sub sp, #8; bl #0x100; add sp, #8; pop {r4, pc}")
    made.function("outer", 0x300, "push {r7, lr}; bl #0x200; b .")
    made.registers.pc, made.registers.lr = 0x100, 0x208 | 1
    made.registers.msp = STACK + 0x100
    made.push(STACK + 0x100, 0, 0, 4, 0x306 | 1)  # middle: 8 bytes of locals, r4, lr
    made.push(STACK + 0x110, 7, 0)  # outer: r7, and an lr of 0
    return made


def test_a_leaf_returns_where_lr_says_and_prologues_say_where_lr_was_saved(guest):
    assert guest.names() == ["leaf", "middle+8", "outer+6"]


def test_a_frame_without_call_frame_information_is_certain_where_the_call_names_its_function(guest):
    assert [frame.guessed for frame in guest.backtrace().frames] == [False, False, False]


def test_a_frame_without_call_frame_information_is_a_guess_where_a_pointer_was_called(guest):
    guest.function("outer", 0x300, "push {r7, lr}; nop; blx r3; b .")
    assert [frame.guessed for frame in guest.backtrace().frames] == [False, False, True]


def test_call_frame_information_goes_before_the_prologue(guest):
    guest.rows[0x206] = UnwindRow(13, 0x20, {14: -4, 4: -8})
    guest.push(STACK + 0x118, 4, 0x306 | 1)
    assert guest.names()[:3] == ["leaf", "middle+8", "outer+6"]
    assert [frame.guessed for frame in guest.backtrace().frames][2] is False


def test_a_function_that_calls_but_saved_no_lr_is_the_outermost(guest):
    guest.rows[0x206] = UnwindRow(13, 16, {})
    assert guest.names() == ["leaf", "middle+8"]


@pytest.mark.parametrize(
    ("prologue", "words"),
    [
        ("push {r4, r5, r6, lr}; vpush {d8, d9}", [0, 0, 0, 0, 4, 5, 6]),
        ("push.w {r4, r8, lr}; sub.w sp, sp, #0x80", [0] * 32 + [4, 8]),
        ("str lr, [sp, #-4]!; nop", []),
        ("push {r7, lr}; add r7, sp, #0; nop", [7]),
        ("push {r4, lr}; vpush {s16}; nop", [0, 4]),
        ("stmdb sp!, {r4-r11, lr}; nop", [4, 5, 6, 7, 8, 9, 10, 11]),
    ],
)
def test_prologues_that_compilers_write(prologue, words):
    guest = Guest()
    guest.function("leaf", 0x100, "bx lr")
    guest.function("caller", 0x200, f"{prologue}; bl #0x100; b .")
    after_call = 0x200 + len(assemble(prologue, 0x200)) + 4
    guest.registers.pc, guest.registers.lr, guest.registers.msp = 0x100, after_call | 1, STACK + 0x40
    guest.registers.r[7] = STACK + 0x40
    guest.function("main", 0x300, "bl #0x200; b .")
    guest.push(STACK + 0x40, *words, 0x304 | 1)
    assert guest.names()[2] == "main+4"


def test_an_epilogue_does_not_count_as_a_prologue():
    guest = Guest()
    guest.function("leaf", 0x100, "bx lr")
    guest.function("early", 0x200, "push {r4, lr}; cbz r0, #0x206; pop {r4, pc}; sub sp, #64; bl #0x100; b .")
    guest.registers.pc, guest.registers.lr, guest.registers.msp = 0x100, 0x20C | 1, STACK + 0x40
    guest.function("main", 0x300, "bl #0x200; b .")
    guest.push(STACK + 0x40 + 64, 4, 0x304 | 1)
    assert guest.names()[2] == "main+4"


def in_a_handler(guest: Guest, exc_return: int, frame_at: int, extended: bool = False, aligned: bool = False) -> int:
    """Put ``guest`` into a SysTick handler that interrupted leaf+2; return the SP after the frame is gone."""
    guest.function("handler", 0x400, "push {r4, lr}; b .")
    regs = guest.registers
    regs.xpsr = 15
    regs.pc, regs.msp, regs.lr = 0x402, STACK + 0x800, 0
    guest.push(STACK + 0x800, 4, exc_return)
    guest.push(frame_at, 0xA0, 0xA1, 0xA2, 0xA3, 0xAC, 0x208 | 1, 0x102, 0x0100_0000 | (1 << 9 if aligned else 0))
    return frame_at + (0x68 if extended else 0x20) + (4 if aligned else 0)


@pytest.mark.parametrize(
    ("exc_return", "on_psp", "extended", "aligned"),
    [
        (0xFFFF_FFF9, False, False, False),
        (0xFFFF_FFF9, False, False, True),
        (0xFFFF_FFFD, True, False, False),
        (0xFFFF_FFED, True, True, True),
        (0xFFFF_FFE9, False, True, False),
    ],
)
def test_a_handler_was_called_by_what_it_interrupted(guest, exc_return, on_psp, extended, aligned):
    frame = STACK + 0x400 if on_psp else STACK + 0x808
    guest.registers.psp = frame if on_psp else 0x1234_5678
    after = in_a_handler(guest, exc_return, frame, extended, aligned)
    guest.push(after, 0, 0, 4, 0x306 | 1, 7, 0)
    frames = guest.backtrace().frames
    assert [(f.symbol, f.exception) for f in frames] == [
        ("handler", ""),
        ("leaf", "SysTick"),
        ("middle", ""),
        ("outer", ""),
    ]


def test_an_exception_return_address_in_thread_mode_is_only_a_bad_address(guest):
    guest.registers.lr, guest.registers.psp = 0xFFFF_FFFD, STACK + 0x400
    guest.push(STACK + 0x400, 0, 0, 0, 0, 0, 0, 0x206, 1 << 24)  # what looks like a frame
    assert guest.names() == ["leaf"]


def test_a_return_address_outside_the_program_ends_the_backtrace(guest):
    guest.registers.lr = 0x5000_0001
    assert guest.names() == ["leaf"]


def test_a_stack_that_is_not_memory_ends_the_backtrace(guest):
    guest.registers.msp = 0x7000_0000
    assert guest.names() == ["leaf", "middle+8"]


def test_code_in_no_function_was_called_from_where_lr_says(guest):
    guest.registers.pc = STACK
    assert guest.names() == ["None", "middle+8", "outer+6"]


def test_the_source_of_a_caller_is_that_of_the_call_not_of_the_return_address(guest):
    guest.lines[0x206] = SourceLine("a.c", 7)
    guest.lines[0x208] = SourceLine("a.c", 8)
    assert guest.backtrace().frames[1].line == 7


def test_inlined_functions_are_frames_of_their_own(guest):
    guest.frames[0x100] = [SourceFrame("inner", "a.c", 3), SourceFrame("leaf", "a.c", 9)]
    found = guest.backtrace().frames[:2]
    assert [(f.function, f.line, f.inlined) for f in found] == [("inner", 3, True), ("leaf", 9, False)]


def recursion(depth: int) -> Guest:
    guest = Guest()
    guest.function("down", 0x100, "push {r4, lr}; bl #0x100; pop {r4, pc}")
    guest.function("main", 0x300, "bl #0x100; b .")
    guest.registers.pc, guest.registers.lr, guest.registers.msp = 0x102, 0, STACK
    words = [0, 0x106 | 1] * (depth - 1) + [0, 0x304 | 1]
    guest.push(STACK, *words)
    return guest


def test_a_deep_recursion_shows_its_innermost_and_outermost_frames():
    found = recursion(500).backtrace()
    assert found.omitted == 501 - INNER_FRAMES - OUTER_FRAMES
    assert found.gap == INNER_FRAMES
    assert found.frames[-1].symbol == "main"
    assert len(found.frames) == INNER_FRAMES + OUTER_FRAMES


def test_nothing_is_left_out_of_a_backtrace_that_fits():
    found = recursion(INNER_FRAMES + OUTER_FRAMES - 1).backtrace()
    assert (found.omitted, found.gap, len(found.frames)) == (0, 0, INNER_FRAMES + OUTER_FRAMES)


def test_frames_that_lead_to_themselves_end():
    guest = Guest()
    guest.function("down", 0x100, "nop; bl #0x100; b .")
    guest.rows[0x100] = UnwindRow(13, 0, {})
    guest.rows[0x104] = UnwindRow(13, 0, {14: 0})
    guest.registers.pc, guest.registers.lr, guest.registers.msp = 0x100, 0x106 | 1, STACK
    guest.push(STACK, 0x106 | 1)
    assert len(guest.backtrace().frames) <= 3


# -- what is no caller ---------------------------------------------------------------------------------------------


def test_a_return_address_behind_no_call_is_none(guest):
    guest.function("data", 0x400, "nop; nop; nop; nop")
    guest.registers.lr = 0x406 | 1
    assert guest.names() == ["leaf"]


def test_a_return_address_in_a_data_object_is_none(guest):
    guest.function("table", 0x400, "nop; bl #0x100; nop")
    guest.symbols[-1] = Symbol("table", 0x400, 8, False, is_data=True)
    guest.registers.lr = 0x406 | 1
    assert guest.names() == ["leaf"]


def test_an_lr_that_a_call_left_behind_is_no_caller():
    made = Guest()
    made.function("main", 0x100, "bl #0x200; nop; b .")
    made.function("f", 0x200, "bx lr")
    made.registers.pc, made.registers.lr, made.registers.msp = 0x106, 0x104 | 1, STACK + 0x100
    assert made.names() == ["main+6"]
    made.rows[0x106] = UnwindRow(13, 0, {})
    assert made.names() == ["main+6"]


def test_an_lr_that_a_function_which_has_returned_left_behind_is_no_caller():
    made = Guest()
    made.function("main", 0x100, "bl #0x200; nop; b .")
    made.function("f", 0x200, "push {r4, lr}; bl #0x300; pop {r4, pc}")
    made.function("g", 0x300, "bx lr")
    made.rows[0x106] = UnwindRow(13, 0, {})
    made.registers.pc, made.registers.lr, made.registers.msp = 0x106, 0x206 | 1, STACK + 0x100
    made.push(STACK + 0x100, 4, 0)
    assert made.names() == ["main+6"]


def test_a_recursive_call_is_no_left_over():
    made = Guest()
    made.function("again", 0x100, "nop; push {r4, lr}; bl #0x100; pop {r4, pc}")
    made.registers.pc, made.registers.lr, made.registers.msp = 0x100, 0x108 | 1, STACK + 0x100
    made.push(STACK + 0x100, 4, 0)
    assert made.names() == ["again", "again+8"]


def test_code_in_a_data_object_is_not_named_after_it(guest):
    guest.symbols.append(Symbol("buffer", STACK + 0x40, 64, False, is_data=True))
    guest.registers.pc = STACK + 0x50
    frame = guest.backtrace().frames[0]
    assert (frame.symbol, frame.function, frame.data) == (None, "", "buffer+0x10")


# -- one check for every return address ----------------------------------------------------------------------------


def test_an_overwritten_return_address_ends_the_backtrace_and_is_told(guest):
    guest.function("other", 0x500, "push {r4, lr}; bl #0x600; pop {r4, pc}")
    guest.push(STACK + 0x10C, 0x506 | 1)  # a real return address, of another function's call
    found = guest.backtrace()
    assert [frame.symbol for frame in found.frames] == ["leaf", "middle"]
    assert found.unknown == (
        f"the return address of middle, 0x00000507 at 0x{STACK + 0x10C:08x}, is not behind a call of middle"
    )


def test_text_over_a_return_address_is_told_too(guest):
    guest.rows[0x206] = UnwindRow(13, 16, {14: -4, 4: -8})  # call frame information is checked as well
    guest.push(STACK + 0x10C, 0x206C_6163)
    assert "the return address of middle, 0x206c6163 at" in guest.backtrace().unknown


@pytest.mark.parametrize("end", [0, 0xFFFF_FFFF, 0x700 | 1])
def test_an_outermost_function_has_no_caller_and_nothing_is_unknown(guest, end):
    guest.function("task_ended", 0x700, "b .")
    guest.push(STACK + 0x110, 7, end)
    found = guest.backtrace()
    assert (len(found.frames), found.unknown) == (3, "")


def test_tail_calls_are_frames_again(guest):
    guest.function("middle", 0x200, "push {r4, lr}; sub sp, #8; bl #0x700; add sp, #8; pop {r4, pc}")
    guest.function("second", 0x700, "adds r0, #2; b.w #0x740")
    guest.function("third", 0x740, "b.w #0x100")
    frames = guest.backtrace().frames
    assert [(f.symbol, f.pc, f.relation) for f in frames[:4]] == [
        ("leaf", 0x100, ""),
        ("third", 0x740, "tail call"),
        ("second", 0x702, "tail call"),
        ("middle", 0x208, ""),
    ]
    assert not any(frame.guessed for frame in frames)


def test_a_tail_call_through_a_pointer_is_a_guess(guest):
    guest.function("middle", 0x200, "push {r4, lr}; sub sp, #8; bl #0x700; add sp, #8; pop {r4, pc}")
    guest.function("second", 0x700, "bx r3")
    frames = guest.backtrace().frames
    assert [(f.symbol, f.guessed) for f in frames[:3]] == [("leaf", False), ("second", True), ("middle", True)]


def test_of_two_branches_to_one_function_neither_line_is_told(guest):
    guest.function("middle", 0x200, "push {r4, lr}; sub sp, #8; bl #0x700; add sp, #8; pop {r4, pc}")
    guest.function("second", 0x700, "cbz r0, #0x706; b.w #0x100; b.w #0x100")
    guest.lines[0x702] = guest.lines[0x706] = SourceLine("a.c", 9)
    frame = guest.backtrace().frames[1]
    assert (frame.symbol, frame.relation, frame.line) == ("second", "tail call", 0)


def test_a_function_that_keeps_no_return_address_says_so_where_somebody_calls_it(guest):
    guest.function("die", 0x700, "nop; bl #0x740; b .")
    guest.function("spin", 0x740, "b .")
    guest.function("middle", 0x200, "push {r4, lr}; bl #0x700; nop; nop")
    guest.registers.pc, guest.registers.lr = 0x740, 0x706 | 1
    found = guest.backtrace()
    assert [frame.symbol for frame in found.frames] == ["spin", "die"]
    assert found.unknown == "die keeps no return address"


def test_without_symbols_functions_are_found_by_the_calls_of_them(guest):
    guest.symbols.clear()
    assert [frame.pc for frame in guest.backtrace().frames] == [0x100, 0x208, 0x306]


def test_an_exception_frame_is_not_where_the_program_was_loaded(guest):
    guest.registers.psp = 0x40
    in_a_handler(guest, 0xFFFF_FFFD, STACK + 0x400)
    assert guest.backtrace().unknown == "the exception frame cannot be at 0x00000040, where the program was loaded"


def test_the_frame_of_an_svc_is_the_one_behind_it_whatever_the_handler_made_of_lr(guest):
    guest.function("caller", 0x600, "svc #1; b .")
    guest.registers.psp = STACK + 0x400
    in_a_handler(guest, 0xFFFF_FFFD, STACK + 0x400)  # the frame of a task that is to be started
    guest.registers.xpsr = 11
    guest.push(STACK + 0x808, 0, 0, 0, 0, 0, 0, 0x602, 1 << 24)
    assert guest.names()[:2] == ["handler+2", "caller+2"]


def test_where_a_kernel_went_on_elsewhere_the_system_call_is_a_frame(guest):
    guest.function("fatal", 0x700, "push {r3, lr}; b .")
    guest.function("wait", 0x740, "mov r12, #9; svc #0; bx lr")
    guest.function("middle", 0x200, "push {r4, lr}; sub sp, #8; bl #0x740; add sp, #8; pop {r4, pc}")
    guest.registers.pc, guest.registers.msp = 0x702, STACK + 0xF8
    guest.push(STACK + 0xF8, 3, 0x208 | 1)
    found = guest.backtrace()
    assert [(f.symbol, f.pc, f.relation) for f in found.frames[:3]] == [
        ("fatal", 0x702, ""), ("wait", 0x746, "sent on"), ("middle", 0x208, "")
    ]  # fmt: skip
    assert plain_call_lines(found)[1].strip() == "the kernel went on elsewhere than in wait+0x6"


def test_a_stale_lr_behind_a_system_call_is_no_caller(guest):
    guest.function("wait", 0x740, "mov r12, #9; svc #0; bx lr")
    guest.function("middle", 0x200, "push {r4, lr}; sub sp, #8; bl #0x740; add sp, #8; pop {r4, pc}")
    assert [frame.symbol for frame in guest.backtrace().frames] == ["leaf"]


def overwritten(guest: Guest, source: str) -> Backtrace:
    """leaf has stored over its return address; middle calls it, and so may ``other`` of that ``source``."""
    guest.function("leaf", 0x100, "push {r3, lr}; nop; pop {r3, pc}")
    guest.function("other", 0x700, source)
    guest.rows[0x206] = UnwindRow(13, 16, {4: -8, 14: -4})
    guest.rows[0x702] = UnwindRow(13, 16, {4: -8, 14: -4})
    guest.registers.pc, guest.registers.msp = 0x102, STACK + 0xF8
    guest.push(STACK + 0xF8, 3, 0x1234_5679)
    return guest.backtrace()


def test_a_caller_whose_frame_is_there_is_found_though_its_return_address_was_overwritten(guest):
    frames = overwritten(guest, "push {r4, lr}; sub sp, #8; b .").frames
    assert [(f.symbol, f.guessed) for f in frames] == [("leaf", False), ("middle", True), ("outer", False)]


def test_of_two_callers_that_would_fit_none_is_named(guest):
    guest.function("outer", 0x300, "push {r7, lr}; bl #0x200; b .")
    guest.code[0x302:0x306] = assemble("blx r3; nop", 0x302)  # whose function is not known
    guest.push(STACK + 0x10C, 0x304 | 1)
    found = overwritten(guest, "bl #0x100; nop; nop")
    assert [frame.symbol for frame in found.frames] == ["leaf"]
    assert "is not behind a call of leaf" in found.unknown
