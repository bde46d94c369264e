"""What a word says for itself, and the addresses that instructions compute."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from emulator.armv7m.core import Registers
from emulator.asm import assemble
from emulator.disasm import disassemble
from emulator.image.image import Image, Symbol, SymbolTable
from emulator.trace.backtrace import Backtrace, Frame
from emulator.trace.headline import Scene, who
from emulator.trace.operands import alignment_of, memory_operand
from emulator.trace.own_code import called_library, is_library, own_frame
from emulator.trace.values import describe_value

IMAGE = Image("x", [], SymbolTable([Symbol("serve", 0x200, 16, True), Symbol("table", 0x2000_0000, 16, False, None)]))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (int.from_bytes(b"cal ", "little"), "the text 'cal '"),
        (int.from_bytes(b"abc\0", "little"), "the text 'abc'"),
        (int.from_bytes(b"\0abc", "little"), ""),
        (int.from_bytes(b"a\nbc", "little"), ""),
        (0x2E2E2E2E, ""),
        (0xA5A5A5A5, "the byte 0xa5 that FreeRTOS and RTEMS fill stacks with"),
        (0xDEADBEEF, "a pattern for memory that holds nothing"),
        (0xFFFFFFFD, "an EXC_RETURN, which only means something in the PC of a handler"),
        (0xFFFFFFFF, "-1"),
        (0x201, "the function serve"),
        (0x200, ""),
        (0x203, ""),
        (0x3FC00000, "1.5 as a float"),
        (0xC1C80000, "-25 as a float"),
        (0x3FC00001, ""),
        (0x7F800000, ""),
        (0x20001234, ""),
        (12, ""),
    ],
)
def test_a_word_speaks_only_where_it_hardly_is_a_coincidence(value, words):
    assert describe_value(value, IMAGE, lambda address: address >> 20 == 0x200) == words


def test_an_address_of_memory_is_an_address_first():
    text = int.from_bytes(b"abc ", "little")
    assert describe_value(text, IMAGE, lambda address: True) == ""


def registers() -> Registers:
    made = Registers()
    made.r = list(range(0x1000, 0x1000 + 13 * 0x100, 0x100))
    made.sp = 0x2000_0000
    return made


@pytest.mark.parametrize(
    ("source", "base", "address"),
    [
        ("ldr r0, [r1]", "r1", 0x1100),
        ("ldrd r0, r1, [r2, #-8]", "r2", 0x11F8),
        ("str r0, [r1, r2, lsl #2]", "r1", 0x1100 + 4 * 0x1200),
        ("ldr r0, [r1], #4", "r1", 0x1100),
        ("ldr r0, [r1, #4]!", "r1", 0x1104),
        ("ldm r3, {r0, r1}", "r3", 0x1300),
        ("stmdb r3!, {r0, r1, r2}", "r3", 0x1300 - 12),
        ("str r0, [sp, #8]", "sp", 0x2000_0008),
        ("vldr s0, [r4, #16]", "r4", 0x1410),
        ("vldmdb r3!, {s0, s1, s2}", "r3", 0x1300 - 12),
        ("vstmdb r3!, {d8, d9}", "r3", 0x1300 - 16),
        ("vldmia r3, {s0}", "r3", 0x1300),
        ("ldr r0, [pc, #8]", "pc", 0x10C),
    ],
)
def test_the_address_is_computed_as_the_instruction_does(source, base, address):
    found = memory_operand(disassemble(assemble(source, 0x100), 0x100), registers())
    assert found is not None and (found.base, found.address) == (base, address)


def test_an_instruction_without_memory_has_no_address():
    assert memory_operand(disassemble(assemble("adds r0, r1, r2", 0), 0), registers()) is None


def test_what_an_access_must_be_a_multiple_of():
    words = ("ldrd", "strd", "ldm", "ldrex", "vldr", "ldr.w")
    assert {alignment_of(mnemonic) for mnemonic in words} == {4}
    assert {alignment_of(mnemonic) for mnemonic in ("ldrh", "strh.w", "ldrsh", "ldrexh")} == {2}


def frame(name: str, path: str = "", line: int = 0, exception: str = "", inlined: bool = False) -> Frame:
    return Frame(0x100, name, 0, name, path, line, inlined, exception)


@pytest.mark.parametrize(
    ("found", "library"),
    [
        (frame("memcpy"), True),
        (frame("_vfprintf_r"), True),
        (frame("__aeabi_memcpy"), True),
        (frame("rtems_shim_run_thread"), True),
        (frame("store_value"), False),
        (frame("memory_init"), False),
        (frame("strobe"), False),
        (frame("_start"), False),
        (frame("memcpy", "src/my_memcpy.c", 3), False),
        (frame("f", "../../newlib/libc/string/f.c", 3), True),
        (frame("f", "/build/x/newlib/libc/f.c", 3), True),
        (frame("f", "my_newlib/f.c", 3), False),
        (frame("f", "threadx/ports/cortex_m7/gnu/inc/tx_port.h", 3), True),
        (frame("f", "FreeRTOS/Source/portable/GCC/ARM_CM4F/portmacro.h", 3), True),
        (frame("osDelay", "Source/rtx_delay.c", 96), True),
        (frame("f", "Source/rtx_setup.c", 3), False),
        (frame("f", "inc/tx_port.h", 3), False),
    ],
)
def test_libraries_are_known_by_their_directories_and_their_names(found, library):
    assert is_library(found) is library


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("_ZN5Robot5setupEv", False),
        ("_Z5delayj", False),
        ("_ZL5startv", False),
        ("_ZNSt6vectorIiSaIiEE9push_backEOi", True),
        ("_ZSt9terminatev", True),
        ("_Znwj", True),
        ("_ZN10__cxxabiv111__terminateEPFvvE", True),
        ("_ZNK9__gnu_cxx5__abcEv", True),
    ],
)
def test_names_of_cxx_are_the_programs_own_but_for_those_of_its_library(name: str, library: bool) -> None:
    assert is_library(Frame(0x100, name, 0, "", "", 0)) is library


def test_the_programs_own_frame_is_the_innermost_outside_of_libraries():
    trace = Backtrace((frame("strlen"), frame("_vfprintf_r"), frame("printf"), frame("report", "a.c", 7)))
    own = own_frame(trace)
    assert own is not None and own.function == "report"
    assert called_library(trace, 3) == "printf"
    assert called_library(trace, 0) == ""


def test_a_frame_with_a_line_goes_before_code_without_lines():
    own = own_frame(Backtrace((frame("helper"), frame("report", "a.c", 7))))
    assert own is not None and own.function == "report"


def test_what_an_exception_interrupted_called_nothing_in_the_handler():
    trace = Backtrace((frame("memcpy"), frame("main", "a.c", 7, exception="SysTick")))
    assert called_library(trace, 1) == ""


def test_a_handler_does_not_do_what_the_code_does_that_it_interrupted():
    interrupted = frame("main", "a.c", 7, exception="SysTick")
    record: Any = SimpleNamespace(registers=SimpleNamespace(ipsr=15), pc=0x100)
    machine: Any = SimpleNamespace(devices=None)
    for inner, words in (("memcpy", "memcpy, the SysTick handler,"), ("tick", "tick, the SysTick handler,")):
        scene = Scene(machine, record, None, Backtrace((frame(inner), interrupted)), None, None, None, None)
        assert who(scene) == words
