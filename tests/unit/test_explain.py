"""v7m explain: values typed by hand, dumps as kernels print them, reports and cores; what is none of these."""

from __future__ import annotations

import io
import json
import random
import re
import struct
import tempfile
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from support.arm_gcc import build_bare
from support.small_programs import build_elf

import v7m
from emulator.cli.main import main
from emulator.errors import ConfigError, EmulatorError
from emulator.explain.core_reader import read_core
from emulator.explain.dump_text import read_dump
from emulator.explain.explanation import Evidence, explain
from emulator.explain.findings import Findings, add_value, canonical
from emulator.explain.story import Story
from emulator.exports.elf_core import CoreThread, ElfCore, Memory, core_bytes

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "explain.md"
PREBUILT = ROOT / "firmware" / "prebuilt"
ISOLATION = PREBUILT / "stack_isolation.elf"


def explained(*values: str) -> str:
    """Return what NAME=VALUE words say."""
    pairs = [(name, int(text, 0)) for name, _, text in (value.partition("=") for value in values)]
    return explain(None, pairs, None)


# -- values: expectations typed from ARM DDI 0403, B3.2.15 to B3.2.17, B1.5.14 -----------------------------------------


@pytest.mark.parametrize(
    ("bit", "first"),
    [
        (0, "MemManage: the program fetched an instruction"),
        (1, "MemManage: the program accessed data"),
        (3, "MemManage: the core could not unstack"),
        (4, "MemManage: the core could not stack"),
        (5, "MemManage: the core could not save the FP state lazily"),
        (8, "BusFault: the program fetched an instruction"),
        (9, "BusFault: the program accessed data"),
        (10, "BusFault: an earlier buffered store failed"),
        (11, "BusFault: the core could not unstack"),
        (12, "BusFault: the core could not stack"),
        (13, "BusFault: the core could not save the FP state lazily"),
        (16, "UsageFault: the program executed an undefined instruction"),
        (17, "UsageFault: the program executed with the Thumb bit clear"),
        (18, "UsageFault: the program made an exception return"),
        (19, "UsageFault: the program used a coprocessor"),
        (24, "UsageFault: the program made an unaligned access"),
        (25, "UsageFault: the program divided by zero"),
    ],
)
def test_each_bit_of_cfsr_is_a_first_sentence(bit, first):
    assert explained(f"CFSR={1 << bit:#x}").startswith(first)


CONSISTENCY = [
    ("CFSR=0x2 MMFAR=0x20000000", "MMFAR (0x20000000) is not valid: MMARVALID is 0."),
    ("CFSR=0x2 MMFAR=0x20000000", "DACCVIOL without MMARVALID: the address is lost."),
    ("CFSR=0x200 BFAR=0x40100000", "BFAR (0x40100000) is not valid: BFARVALID is 0."),
    ("CFSR=0x90", "MMARVALID is set without DACCVIOL"),
    ("CFSR=0x8400", "BFARVALID is set without PRECISERR"),
    ("CFSR=0x02000082", "DACCVIOL, DIVBYZERO: the bits stay set until software clears them"),
    ("CFSR=0 HFSR=0", "CFSR and HFSR have no cause"),
    ("CFSR=0 HFSR=0x40000000", "FORCED without a cause in CFSR"),
    ("CFSR=0x82 HFSR=0x40000000 SHCSR=0x60000", "MemManage is not enabled in SHCSR, so it became HardFault."),
    ("CFSR=0x8200 HFSR=0x40000000 SHCSR=0x20000", "BusFault is enabled in SHCSR and became HardFault"),
    ("CFSR=0x10000 HFSR=0 SHCSR=0x30000", "UsageFault is not enabled in SHCSR, and HFSR.FORCED is 0"),
    ("CFSR=0x82 exception=5", "The handler is BusFault's, and CFSR has no cause of it"),
    ("CFSR=0x1000", "STKERR: the exception frame was not written whole"),
    ("CFSR=0x400", "IMPRECISERR: the store was some instructions before the stacked pc"),
    ("CFSR=0x20000 xPSR=0x00000000", "T is 0 in xPSR: a branch, a return or a vector had bit 0 of the address clear."),
    ("CFSR=0x20000 xPSR=0x01000000", "INVSTATE with T set"),
    ("CFSR=0x10000 xPSR=0", "T is 0 in xPSR, and INVSTATE is not set"),
    ("CFSR=0x80000 CPACR=0", "NOCP: CPACR does not give full access to the FPU"),
    ("CFSR=0x80000 CPACR=0xf00000", "NOCP although CPACR gives full access"),
    ("CFSR=0x01000000 CCR=0x200", "UNALIGNED with UNALIGN_TRP clear"),
    ("CFSR=0x02000000 CCR=0x200", "DIVBYZERO with CCR.DIV_0_TRP clear"),
    ("CFSR=0x82 MPU_CTRL=0", "DACCVIOL with the MPU off"),
    ("lr=0xfffffff9", "lr holds an EXC_RETURN (0xfffffff9)"),
    ("EXC_RETURN=0xffffffe0", "EXC_RETURN 0xffffffe0 is none of ARMv7-M."),
    ("EXC_RETURN=0xfffffffd xPSR=0x01000003", "EXC_RETURN leads to Thread mode, and IPSR in xPSR is 3"),
    ("EXC_RETURN=0xfffffff1 xPSR=0x01000000", "EXC_RETURN leads to Handler mode, and IPSR in xPSR is 0"),
    ("pc=0x1235", "pc is odd (0x00001235)"),
    ("pc=0xfffffffc", "pc 0xfffffffc is an EXC_RETURN"),
    ("CFSR=0x44", "CFSR has bits that are reserved in ARMv7-M (0x00000044)"),
    ("CONTROL=0x10", "CONTROL has bits that are reserved in ARMv7-M (0x00000010)"),
    ("CFSR=0x82 MMFAR=0x8", "An address this low is mostly a NULL pointer."),
    ("CFSR=0", "CFSR has no cause: it was read before the fault"),
    ("CFSR=1 pc=0x20000000 MPU_CTRL=0", "IACCVIOL with the MPU off at a pc that the default map lets execute"),
    ("RBAR0=0x20000100 RASR0=0x13000013", "its base 0x20000100 is no multiple of its size, which is UNPREDICTABLE"),
    ("RBAR3=0x20000000 RASR3=0x13000003", "Region 3 has SIZE 1, which is reserved (32 bytes are 4)"),
    ("RBAR0=0x20000000 RASR0=0x13000f09", "Region 0 is under 256 bytes and has no subregions; SRD 0x0f is ignored."),
    ("RBAR0=0x20000000 RASR0=0x0400001f", "Region 0 has AP 0b100, which is reserved: taken as no access."),
]
SOUND = (
    "CFSR=0x82 MMFAR=0x20008000 HFSR=0 SHCSR=0x70001 exception=4 xPSR=0x61000000 EXC_RETURN=0xfffffffd CONTROL=3 "
    "pc=0x2768 MPU_CTRL=5 CCR=0x218 CPACR=0xf00000 RBAR0=0x20000010 RASR0=0x1300ff1f RBAR1=0x20000100 RASR1=0x13000012"
)


@pytest.mark.parametrize(("values", "sentence"), CONSISTENCY)
def test_what_values_say_together(values, sentence):
    assert sentence in explained(*values.split())


def test_an_address_is_of_the_fault_only_where_its_valid_bit_says_so():
    assert explained("CFSR=0x2", "MMFAR=0x20000000").splitlines()[0].endswith("accessed data where it is not allowed.")
    assert explained("CFSR=0x200", "BFAR=0x20000000").splitlines()[0].endswith("where the bus refuses it.")
    assert ", at 0x20000000." in explained("CFSR=0x8200", "BFAR=0x20000000").splitlines()[0]


def test_values_that_fit_together_have_no_remarks():
    lines = explained(*SOUND.split()).splitlines()
    assert lines[0] == "MemManage: the code at 0x00002768 accessed data where it is not allowed, at 0x20008000."
    assert lines[1] == "" and all(sentence not in "\n".join(lines) for _, sentence in CONSISTENCY)


@pytest.mark.parametrize(
    ("values", "rows"),
    [
        ("EXC_RETURN=0xffffffed", ["Thread mode", "the process stack, PSP", "104 bytes"]),
        ("EXC_RETURN=0xfffffff1", ["Handler mode", "the main stack, MSP", "32 bytes"]),
        ("CONTROL=0x5", ["nPRIV 1  Thread mode is unprivileged", "SPSEL 0  Thread mode uses MSP", "FPCA"]),
        ("xPSR=0xa1000210", ["NC", "T 1", "exception 16  IRQ0", "four bytes were left out"]),
        ("xPSR=0x0600fc00", ["ITSTATE 0xff", "T 0"]),
        ("SHCSR=0x00012001", ["MEMFAULTENA", "MemManage is enabled", "MemManage is pending", "MemManage is active"]),
        ("ICSR=0x0440f803", ["VECTACTIVE 3", "HardFault is active", "VECTPENDING 15", "SysTick is pending"]),
        ("DFSR=2", ["BKPT  a breakpoint"]),
        ("HFSR=2", ["VECTTBL", "could not read the vector table"]),
        ("FPCCR=0xc0000001", ["a lazy save is due"]),
        ("BASEPRI=0x40", ["      only exceptions more urgent than 0x40 are taken"]),
        ("VTOR=0x08004040", ["TBLOFF  0x08004000, where the vector table is"]),
        ("FPCAR=0x20001000", ["ADDRESS_OF_FRAME  0x20001000, where a lazy save goes"]),
        ("CPACR=0x500000", ["CP10 1", "privileged code only"]),
        ("MMFSR=0x82", ["of which 0x000000ff is known", "DACCVIOL"]),
        ("UFSR=0x0100", ["CFSR  0x01000000", "of which 0xffff0000 is known"]),
    ],
)  # fmt: skip
def test_the_fields_of_a_register_are_said(values, rows):
    text = explained(*values.split())
    assert [row for row in rows if row not in text] == []


def test_regions_decide_about_the_address_as_the_mpu_does():
    common = ("CFSR=0x82", "MMFAR=0x20008000", "EXC_RETURN=0xfffffffd", "CONTROL=1", "MPU_CTRL=1")
    text = explained(*common, "RBAR0=0x20000000", "RASR0=0x1300001f", "RBAR5=0x20008000", "RASR5=0x1006000f")
    assert "5                        0x20008000  256 bytes  0 none/none" in text and "yes <- decided" in text
    assert "a load by unprivileged code is refused: region 5 (256 bytes at 0x20008000)" in text
    text = explained(*common, "RBAR=0x20000010", "RASR=0x1206001f")
    assert "a store by unprivileged code is refused" in text, "AP 2: unprivileged code may only read"
    text = explained(*common, "RBAR=0x20000010", "RASR=0x1306001f")
    assert "is allowed" in text and "That is no fault" in text
    text = explained(*common[:3], "CONTROL=0", "RBAR=0x20000010", "RASR=0x1106001f")
    assert "a load by privileged code is allowed" in text and "MPU_CTRL is not given" in text
    text = explained(*common, "RBAR=0x20000010", "RASR=0x1006001f", "RBAR=0x20000013", "RASR=0x1306001f")
    assert "region 3" in text


def test_regions_without_an_address_are_a_table_and_decide_nothing():
    text = explained("RBAR0=0x20000000", "RASR0=0x1300001f", "RBAR1=0x20008000", "RASR1=0x1006010f")
    assert "\n    1                        0x20008000  256 bytes  0 none/none     XN  0x01\n" in text
    assert "covers" not in text and "taken as" not in text and "no region" not in text
    assert "MPU: no region of those is enabled" in explained("RBAR0=0x20000000", "RASR0=0")


@pytest.mark.parametrize(
    ("values", "regions"),
    [
        ("RBAR0=0x20000000 RASR5=0x1300001f", []),
        ("RASR5=0x1300001f RBAR0=0x10000000 RBAR5=0x20000000", [(5, 0x20000000, 0x1300001F)]),
        ("RBAR=0x20000012 RASR=1", [(2, 0x20000012, 1)]),
        ("RBAR=0x20000000 RASR=1 RBAR=0x30000000 RASR=3", [(0, 0x20000000, 1), (1, 0x30000000, 3)]),
        ("RBAR=0x20000000", []),
        ("MPU_RBAR16=0x20000000 MPU_RASR16=1", []),
    ],
)
def test_words_of_a_region_belong_together_by_their_numbers_or_their_order(values, regions):
    findings = Findings()
    for value in values.split():
        name, _, text = value.partition("=")
        assert add_value(findings, name, int(text, 0))
    assert findings.regions() == regions


def test_names_are_those_that_people_and_handlers_write():
    same = {
        "CFSR": ("CFSR", "cfsr", "SCB->CFSR", "SCB_CFSR", "scb cfsr"),
        "MMFAR": ("MMFAR", "MMAR", "SCB->MMFAR"),
        "pc": ("pc", "PC [R15]", "r15/pc", "stacked_pc", "Stacked PC", "R15"),
        "lr": ("LR [R14]", "r14/lr", "stacked_lr"),
        "r0": ("r0/a1", "R0", "stacked_r0", "a1"),
        "r10": ("r10/v7", "R10"),
        "xPSR": ("PSR", "xpsr", "XPSR", "stacked_psr"),
        "EXC_RETURN": ("EXC_RETURN", "LR/EXC_RETURN", "exc_return"),
        "MPU_CTRL": ("MPU_CTRL", "MPU->CTRL"),
        None: ("", "Register", "thread", "0x20", "r16", "Location"),
    }
    assert {name: known for known, names in same.items() for name in names if canonical(name) != known} == {}


# -- dumps: as the sources of the kernels print them -------------------------------------------------------------------

ZEPHYR = """\
*** Booting Zephyr OS build v3.6.0 ***
[00:00:02.412,000] <err> os: ***** BUS FAULT *****
[00:00:02.412,000] <err> os:   Precise data bus error
[00:00:02.412,000] <err> os:   BFAR Address: 0x40100000
[00:00:02.412,000] <err> os: r0/a1:  0x20000a18  r1/a2:  0x00000050  r2/a3:  0x00000000
[00:00:02.412,000] <err> os: r3/a4:  0x00000003 r12/ip:  0x0000000c r14/lr:  0x00000603
[00:00:02.412,000] <err> os:  xpsr:  0x61000000
[00:00:02.412,000] <err> os: s[ 0]:  0x00000000  s[ 1]:  0x00000001  s[ 2]:  0x00000000  s[ 3]:  0x00000000
[00:00:02.412,000] <err> os: fpscr:  0x00000000
[00:00:02.412,000] <err> os: r10/v7: 0x0000000a  r11/v8: 0x0000000b    psp:  0x20001110
[00:00:02.412,000] <err> os: EXC_RETURN: 0xffffffed
[00:00:02.412,000] <err> os: Faulting instruction address (r15/pc): 0x00002768
[00:00:02.412,000] <err> os: >>> ZEPHYR FATAL ERROR 25: Unknown error on CPU 0
[00:00:02.412,000] <err> os: Current thread: 0x200000d8 (main)
"""
ZEPHYR_SHORT = "Fault! EXC #3\nMMFSR: 0x0, BFSR: 0x82, UFSR: 0x0\n  BFAR Address: 0xff001234\n"
ZEPHYR_ESCALATED = """\
E: ***** HARD FAULT *****
E:   Fault escalation (see below)
E: ***** MPU FAULT *****
E:   Stacking error (context area might be not valid)
E:   Unstacking error
E: r0/a1:  0x63656863  r1/a2:  0x6f70006b  r2/a3:  0x695f6c6c
E: Faulting instruction address (r15/pc): 0x6c6f7020
"""
ZEPHYR_OLD = """\
***** USAGE FAULT *****
  Illegal use of the EPSR
***** Hardware exception *****
Current thread ID = 0x20000114
Faulting instruction address = 0x20000100
"""
RTEMS = """\
*** FATAL ***
fatal source: 9 (RTEMS_FATAL_SOURCE_EXCEPTION)

R0   = 0x00000001 R8  = 0x00000008
R1   = 0x00000001 R9  = 0x00000009
R7   = 0x00000007 PC  = 0x00002768
XPSR = 0x21000000 VEC = 0x00000003
MMFSR= 0x00000082 (memory fault)
  DACCVIOL   : 1  (data access violation)
  MMFARVALID : 1 -> 0x20300000 (error address)
HFSR = 0x40000000 (hard fault)
  FORCED     : 1  (configurable fault escalated to hard fault)
executing thread ID: 0x0a010001
executing thread name: UI1
"""
MBED = """\
++ MbedOS Fault Handler ++

FaultType: HardFault

Context:
R0   : 0000C158     - R0 at the time of exception
R12  : FFFFFFFF     - R12 at the time of exception
SP   : 20002E98     - SP/R13 at the time of exception
LR   : 00001799
PC   : 00001774
xPSR : 210F0000
PSP  : 20002E30
CPUID: 410FC241
HFSR : 40000000
MMFSR: 00000000
BFSR : 00000000
UFSR : 00000100
Mode : Thread

Thread Info:
State: 00000002 EntryFn: 00002595 Stack Size: 00001000 Mem: 20001EA0 SP: 20002E60
"""
CMBACKTRACE = """\
Firmware name: app, hardware version: V1.0.0, software version: V0.1.0
Fault on thread init
=================== Registers information ====================
  R0 : 10000000  R1 : 20000000  R2 : 00000003  R3 : 00000004
  R12: 0000000c  LR : 08001a23  PC : 08001234  PSR: 61000000
==============================================================
Memory management fault is caused by data access violation
The memory management fault occurred address is 20300000
Show more call stack info by run: addr2line -e app.elf -a -f 08001234 08001a22
"""
HANDLER = """\
[Hard fault handler - all numbers in hex]
R0 = 10000000
R1 = 1f
R2 = 20000000
LR [R14] = 08001a23  subroutine call return address
PC [R15] = 08001234  program counter
PSR = 61000000
BFAR = e000ed38
CFSR = 02000000
HFSR = 40000000
DFSR = 00000000
SCB_SHCSR = 00000000
"""
NUTTX = """\
up_hardfault:   CFAULTS: 00008200 HFAULTS: 40000000 DFAULTS: 00000000 BFAULTADDR: 40100000 AFAULTS: 00000000
up_registerdump: R0: 00000010 00000011 00000012 00000013 00000014 00000015 00000016 00000017
up_registerdump: R8: 00000018 00000019 0000001a 0000001b 0000001c 20001a08 08000603 080005f0
up_registerdump: xPSR: 61000000 BASEPRI: 00000000 CONTROL: 00000000
"""
RT_THREAD = """\
psr: 0x61000000
r00: 0x00000000
r05: 0xdeadbeef
 lr: 0x08000603
 pc: 0x080005f0
hard fault on thread: tshell
bus fault:
SCB_CFSR_BFSR:0x82 PRECISERR BFAR:40100000
"""
RIOT = """\
 CFSR: 0x00000400
 HFSR: 0x40000000
EXC_RET: 0xfffffff9
"""
ONE_LINE = "Hard fault at PC=0x1234ABCC LR=0xABCD1235, SCB->CFSR = 0x00010000\n"
DUMPS = {
    "zephyr": (ZEPHYR, "a fault dump of Zephyr", 5, 0x8200, 0x8200, {"BFAR": 0x40100000, "pc": 0x2768, "r0": 0x20000A18,
        "r3": 3, "r12": 12, "lr": 0x603, "xPSR": 0x61000000, "r11": 11, "psp": 0x20001110, "EXC_RETURN": 0xFFFFFFED}),
    "zephyr short": (ZEPHYR_SHORT, None, 3, 0x8200, 0xFFFFFFFF, {"BFAR": 0xFF001234}),
    "zephyr escalated": (ZEPHYR_ESCALATED, "a fault dump of Zephyr", 3, 0x18, 0x18,
        {"HFSR": 1 << 30, "pc": 0x6C6F7020}),
    "zephyr old": (ZEPHYR_OLD, "a fault dump of Zephyr", 6, 1 << 17, 1 << 17, {"pc": 0x20000100}),
    "rtems": (RTEMS, "the fatal error of RTEMS", 3, 0x82, 0xFF,
        {"HFSR": 1 << 30, "MMFAR": 0x20300000, "r8": 8, "pc": 0x2768}),
    "mbed": (MBED, "a fault dump of Mbed OS", 3, 1 << 24, 0xFFFFFFFF,
        {"sp": 0x20002E98, "r12": 0xFFFFFFFF, "pc": 0x1774}),
    "cmbacktrace": (CMBACKTRACE, "the output of CmBacktrace", None, 0x82, 0x82, {"MMFAR": 0x20300000, "r1": 0x20000000,
        "pc": 0x08001234, "xPSR": 0x61000000}),
    "handler": (HANDLER, "values of registers in a text", 3, 1 << 25, 0xFFFFFFFF,
        {"r1": 0x1F, "lr": 0x08001A23, "SHCSR": 0}),
    "nuttx": (NUTTX, None, None, 0x8200, 0xFFFFFFFF, {"HFSR": 1 << 30, "BFAR": 0x40100000, "r7": 0x17, "r8": 0x18,
        "sp": 0x20001A08, "lr": 0x08000603, "pc": 0x080005F0, "CONTROL": 0}),
    "rt-thread": (RT_THREAD, None, None, 0x8200, 0xFF00, {"r0": 0, "r5": 0xDEADBEEF, "BFAR": 0x40100000}),
    "riot": (RIOT, None, None, 0x400, 0xFFFFFFFF, {"EXC_RETURN": 0xFFFFFFF9}),
    "one line": (ONE_LINE, "values of registers in a text", None, 1 << 16, 0xFFFFFFFF,
        {"pc": 0x1234ABCC, "lr": 0xABCD1235}),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(DUMPS))
def test_a_dump_is_read_as_the_source_of_its_kernel_writes_it(name):
    text, title, exception, cfsr, known, values = DUMPS[name]
    coloured = (f"\x1b[1;31m{text}\x1b[0m", text.replace("\n", "[0m\n"))
    for data in (text, text.replace("\n", "\r\n"), *coloured, f"boot: ok\n\n{text}"):
        found = read_dump(data.encode(), "x")
        assert found.words.get("exception") == exception
        assert (found.words["CFSR"], found.cfsr_known) == (cfsr, known)
        assert {register: found.words.get(register) for register in values} == values
        assert title is None or found.titles == [title]
        assert found.left == []


def test_what_zephyr_says_of_each_fault_is_a_bit():
    """The words of arch/arm/core/cortex_m/fault.c, each with the CFSR bit that it is printed for."""
    said = {
        "MPU": {
            "Stacking error (context area might be not valid)": 4,
            "Unstacking error": 3,
            "Data Access Violation": 1,
            "Instruction Access Violation": 0,
            "Floating-point lazy state preservation error": 5,
        },
        "BUS": {
            "Stacking error": 12,
            "Unstacking error": 11,
            "Precise data bus error": 9,
            "Imprecise data bus error": 10,
            "Instruction bus error": 8,
            "Floating-point lazy state preservation error": 13,
        },
        "USAGE": {
            "Division by zero": 25,
            "Unaligned memory access": 24,
            "No coprocessor instructions": 19,
            "Illegal load of EXC_RETURN into PC": 18,
            "Illegal use of the EPSR": 17,
            "Attempt to execute undefined instruction": 16,
        },
    }
    for kind, words in said.items():
        for phrase, bit in words.items():
            found = read_dump(f"***** {kind} FAULT *****\n  {phrase}\n".encode(), "x")
            assert found.words["CFSR"] == 1 << bit, (kind, phrase)


def test_a_fatal_error_without_a_fault_is_said_in_the_kernels_words():
    text = "x\n\n*** FATAL ***\nfatal source: 0 (INTERNAL_ERROR_CORE)\nfatal code: 5 (INTERNAL_ERROR_THREAD_EXITTED)\n"
    lines = explain(Evidence("x", text.encode()), [], None).splitlines()
    first = "source 0 (INTERNAL_ERROR_CORE), code 5 (INTERNAL_ERROR_THREAD_EXITTED)."
    assert lines[0] == f"RTEMS ended with a fatal error: {first}" and "Read as the fatal error of RTEMS." in lines
    text = "[00:00:00.010,000] <err> os: >>> ZEPHYR FATAL ERROR 4: Kernel panic on CPU 0\n"
    assert explain(Evidence("x", text.encode()), [], None).startswith(
        "Zephyr ended with fatal error 4: Kernel panic on CPU 0.\n"
    )


def test_only_the_first_of_two_dumps_is_explained():
    found = read_dump((ZEPHYR + ZEPHYR_OLD).encode(), "x")
    assert found.words["pc"] == 0x2768 and found.words["CFSR"] == 0x8200
    assert ("another dump", "begins in line 15; the one before it is explained") in found.facts
    again = read_dump((HANDLER + HANDLER.replace("08001234", "08004321")).encode(), "x")
    assert again.words["pc"] == 0x08001234 and again.facts[-1][0] == "another dump"


def test_what_is_not_understood_is_told():
    text = explain(Evidence("x", (ONE_LINE + "canary: 0xdeadbeef\nwdt=0x5\n").encode()), [], None)
    assert "Not understood: canary; wdt." in text and "Read as values of registers in a text." in text


def test_the_fatal_error_that_a_run_prints_is_explained_as_its_report_is(capfd):
    assert main(["run", str(ISOLATION), "--report", "rtems"]) == 3
    said = capfd.readouterr().err
    found = read_dump(said.encode(), "x")
    fault = v7m.run(ISOLATION).fault
    assert fault is not None
    stacked = {name: found.words[name] for name in (*(f"r{n}" for n in range(13)), "sp", "lr", "pc")}
    assert stacked == {name: fault.registers[name] for name in stacked}
    assert found.words["MMFAR"] == fault.address and found.words["exception"] == 4


def test_what_a_handler_prints_of_a_fault_is_what_its_report_says(tmp_path, capsys):
    elf = build_bare([ROOT / "tests" / "gdb" / "programs" / "prints_dump.c"], "m4f", "-O1")
    result = v7m.run(elf)
    assert result.fault is not None
    log = tmp_path / "console.log"
    log.write_bytes(result.console_bytes)
    found = read_dump(log.read_bytes(), "x")
    stacked = ("r0", "r1", "r2", "r3", "r12", "lr", "pc")
    assert {name: found.words[name] for name in stacked} == {name: result.fault.registers[name] for name in stacked}
    assert [cause.name for cause in found.causes] == ["PRECISERR", "FORCED"] and found.left == []
    assert found.words["BFAR"] == result.fault.address == 0x6000_0010
    lines = command(capsys, log, elf).splitlines()
    assert lines[0] == "BusFault: reads accessed data where the bus refuses it, at 0x60000010."
    assert lines[1] == "BusFault is not enabled in SHCSR, so it became HardFault."
    assert "      ldr r0, [r0]" in lines and any("main+0x" in line and "prints_dump.c:" in line for line in lines)


# -- the command -------------------------------------------------------------------------------------------------------


def command(capsys: pytest.CaptureFixture[str], *words: object, status: int = 0) -> str:
    assert main(["explain", *map(str, words)]) == status
    out, err = capsys.readouterr()
    assert (err == "") == (status == 0) and err.count("\n") == (status != 0)
    return out or err


def test_a_program_gives_names_lines_and_the_instruction(capsys):
    fault = v7m.run(ISOLATION).fault
    assert fault is not None
    back = f"{fault.frames[1].pc | 1:#010x}"
    text = command(capsys, "CFSR=0x82", "MMFAR=0x20008000", f"pc={fault.pc}", f"lr={back}", ISOLATION)
    assert text.startswith("MemManage: memset accessed data where it is not allowed, at 0x20008000.\n")
    assert f"  pc  0x{fault.pc:08x}  memset+0x44\n      str r5, [r2]\n" in text
    assert f"  lr  {back}  POSIX_Init+0x52  firmware/stack_isolation/main.c:39\n" in text
    assert "r5 " not in text
    with v7m.Machine(ISOLATION) as machine:
        held = machine.address("_impure_ptr")
    named = command(capsys, "CFSR=0x82", f"r5={held + 1}", "r6=4", ISOLATION)
    assert f"\n  r5  0x{held + 1:08x}  _impure_ptr+0x1\n" in named and "\n  r6  " not in named.partition("CFSR")[0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("CFSR=0x8200", "BFAR=0x40100000", "pc=POSIX_Init"), "accesses no memory: pc is not of this fault, or"),
        (("CFSR=0x02000000", "pc=memset+0x44"), "str r5, [r2], which is at pc, divides nothing: "),
        (
            ("CFSR=0x82", "MMFAR=0x20008000", "pc=memset+0x44", "r2=0x20009000"),
            "accesses 0x20009000 with these registers",
        ),
        (("CFSR=0x82", "MMFAR=0x20008000", "pc=memset+0x44", "r2=0x20007ff0"), ""),
        (("CFSR=0x82", "MMFAR=0x20008000", "pc=memset+0x44"), ""),
        (("CFSR=0x282", "MMFAR=0x20008000", "BFAR=0", "pc=POSIX_Init"), ""),
        (("CFSR=0x1", "pc=POSIX_Init"), ""),
    ],
)
def test_an_instruction_that_cannot_have_faulted_so_is_told(values, words, capsys):
    with v7m.Machine(ISOLATION) as machine:
        places = {"POSIX_Init": machine.address("POSIX_Init") + 2, "memset+0x44": machine.address("memset") + 0x44}
    for name, address in places.items():
        values = [value.replace(f"pc={name}", f"pc={address}") for value in values]
    text = command(capsys, *values, ISOLATION)
    assert words in text and ("which is at pc" in text) == bool(words)


@pytest.mark.parametrize(
    "name", ["stack_isolation", "share_revoked", "matrix_c_read_only_share", "unprivileged_isolation"]
)
def test_the_values_of_a_fault_that_was_are_not_doubted(name, capsys):
    fault = v7m.run(PREBUILT / f"{name}.elf").fault
    assert fault is not None
    known = {"CFSR": 0x82, "MMFAR": fault.address, **fault.registers}
    values = [f"{name}={known[name]:#x}" for name in ("CFSR", "MMFAR", "pc", "r0", "r1", "r2", "r3", "r12")]
    assert "is at pc" not in command(capsys, *values, PREBUILT / f"{name}.elf")


def test_the_document_shows_what_is_printed(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    shown = re.findall(r"^    \$ v7m (explain \w+=.*)\n((?:    .*\n|\n)+)", DOCUMENT.read_text(encoding="utf-8"), re.M)
    assert len(shown) == 2
    for words, lines in shown:
        expected = textwrap.dedent(lines).strip("\n")
        text = command(capsys, *words.split()[1:])
        assert text.startswith(expected.removesuffix("...")) if expected.endswith("...") else text == expected + "\n"


def test_a_dump_comes_from_stdin_and_values_beside_it_count(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(HANDLER.encode())))
    text = command(capsys, "-", "SHCSR=0x40000")
    assert "UsageFault is enabled in SHCSR and became HardFault" in text


def test_a_core_and_a_report_print_what_the_run_printed(tmp_path, capsys):
    core, report, text_report = tmp_path / "core", tmp_path / "report.json", tmp_path / "report.txt"
    for name in ("stack_isolation", "deadlock", "matrix_c_read_only_share"):
        elf = PREBUILT / f"{name}.elf"
        assert main(["run", "--report", "json", "--report-file", str(report), str(elf)]) in (3, 4)
        assert main(["run", "--report-file", str(text_report), "--core", str(core), str(elf)]) in (3, 4)
        capsys.readouterr()
        printed = text_report.read_text()
        assert command(capsys, report) == printed
        text = command(capsys, core)
        assert text.startswith(printed) and "threads of" in text
        with_names = command(capsys, core, elf)
        assert with_names.startswith(printed) and "SHA-256" not in with_names
        assert "called from  rtems_shim_run_thread" in with_names
    assert "is not the program of" in command(capsys, core, ISOLATION)


def test_a_core_of_another_tool_is_explained_as_far_as_it_goes(tmp_path, capsys):
    with v7m.Machine(ISOLATION) as machine:
        fault = machine.run().fault
        data = machine.core()
    assert fault is not None
    foreign = tmp_path / "core"
    foreign.write_bytes(data.replace(b"V7M\0", b"XYZ\0"))
    text = command(capsys, foreign, ISOLATION)
    assert text.startswith("MemManage: memset accessed data where it is not allowed, at 0x20008000.\n")
    assert "called from  POSIX_Init+0x52  firmware/stack_isolation/main.c:39" in text
    assert "thread 1000" in text and "Read as a core file of a program without a name." in text
    assert f"pc  {fault.pc:08x}" in command(capsys, foreign)


REFUSED: dict[str, Callable[[Path], list[object]]] = {
    "does not exist": lambda folder: [folder / "none"],
    "names no register": lambda folder: [written(folder, b"# Shop\nmilk: 2\n")],
    "not a report of v7m run": lambda folder: [written(folder, b'{"a": 1}')],
    "is neither a trace nor a report, or is cut short": lambda folder: [written(folder, b'{"outcome": ')],
    "is a trace, which v7m diff and v7m export read": lambda folder: [written(folder, b'{"kind": "header", "x": 1}\n')],
    "is no 32-bit number": lambda folder: ["CFSR=0x123456789"],
    "BFAR has a value already. Give it once.": lambda folder: ["BFAR=1", "CFSR=0x8200", "BFSR=1", "BAR=2"],
    "is no register": lambda folder: ["XYZ=1"],
    "is a program": lambda folder: [ISOLATION],
    "is of the same kind": lambda folder: ["pc=0", ISOLATION, PREBUILT / "hello.elf"],
    "is cut short: 5,000 of": lambda folder: [written(folder, small_core()[:5000])],
    "ends within the header": lambda folder: [written(folder, small_core()[:40])],
    "its program headers are not in it": lambda folder: [written(folder, small_core()[:60])],
    "another machine than ARM": lambda folder: [written(folder, small_core()[:18] + b"\x3e\0" + small_core()[20:])],
    "not of a 32-bit": lambda folder: [written(folder, b"\x7fELF\2\1\1" + bytes(9) + b"\4\0\x3e\0" + bytes(80))],
    "without a thread": lambda folder: [written(folder, small_core().replace(b"CORE\0", b"EROC\0"))],
    "has its registers": lambda folder: [written(folder, small_core()), "pc=1"],
}


def written(folder: Path, data: bytes) -> Path:
    (folder / "file").write_bytes(data)
    return folder / "file"


@cache
def small_core() -> bytes:
    """Return the core file of a small bare program that has faulted."""
    with tempfile.TemporaryDirectory() as folder:
        elf = Path(folder) / "small.elf"
        elf.write_bytes(build_elf("udf #1"))
        with v7m.Machine(elf, board="lm3s6965evb") as machine:
            machine.run(max_instructions=1000)
            return machine.core()


@pytest.mark.parametrize("words", sorted(REFUSED))
def test_what_is_none_of_these_is_refused_in_one_line(words, tmp_path, capsys):
    assert words in command(capsys, *REFUSED[words](tmp_path), status=2)


def test_a_damaged_core_is_read_or_refused():
    data, chance = small_core(), random.Random(11)
    assert len(data) < 1 << 20
    refused = 0
    for _ in range(400):
        changed = bytearray(data[:8192])
        for _ in range(chance.choice((1, 2, 8))):
            place = chance.randrange(400 if chance.random() < 0.6 else len(changed))
            changed[place] = chance.choice((0, 0xFF, 0x80, chance.randrange(256)))
        file = bytes(changed) + data[8192 : chance.choice((len(data), len(data), chance.randrange(8192, len(data))))]
        try:
            explain(Evidence("x", file), [], None)
        except EmulatorError as error:
            refused += 1
            assert "\n" not in str(error)
    assert refused > 100


JUNK = [None, "", "x\x1b[31m\n", -1, 10**30, [], {}, 1.5, True, [[None]], {"number": []}]


def test_a_core_with_anything_else_in_our_note_is_read_or_refused():
    data = small_core()
    facts = read_core(data, "x").facts
    assert facts is not None
    places = [(facts, key) for key in facts] + [(row, key) for row in facts["threads"] for key in row]
    places += [(facts["report"], key) for key in ("headline", "warnings", "program")]
    places += [(facts["threads"], 0), (facts["files"], 0), (facts["files"][0], "sha256"), (facts["report"], "outcome")]
    refused = 0
    for holder, key in places:
        before = holder[key]
        for junk in JUNK:
            holder[key] = junk
            text = json.dumps(facts).encode()
            try:
                assert "\x1b" not in explain(Evidence("x", with_note(data, text)), [], None)
            except ConfigError as error:
                refused += 1
                assert "\n" not in str(error)
        holder[key] = before
    assert refused > 10


def with_note(data: bytes, facts: bytes) -> bytes:
    """Return a core file whose V7M note holds ``facts``."""
    core = read_core(data, "x")
    threads = tuple(CoreThread(one.number, "", "", one.registers, False) for one in core.threads)
    memories = tuple(Memory(start, memoryview(data[at : at + size])) for start, at, size in core.loads)
    return core_bytes(ElfCore(threads, memories, 11, "small.elf", False, facts))


def test_any_text_is_read_or_refused():
    chance = random.Random(5)
    pieces = [line for text, *_ in DUMPS.values() for line in text.splitlines()]
    for _ in range(300):
        lines = [chance.choice(pieces) for _ in range(chance.randrange(1, 12))]
        text = list("\n".join(lines))
        for _ in range(chance.randrange(6) if text else 0):
            text[chance.randrange(len(text))] = chance.choice("=:x0f*(\x1b\0[é")
        try:
            explain(Evidence("x", "".join(text).encode()), [], None)
        except ConfigError as error:
            assert "names no register" in str(error)


def test_a_long_text_takes_little_time_and_a_huge_one_is_refused():
    assert read_dump((("a = " * 250 + "\n") * 400 + ONE_LINE).encode(), "x").words["lr"] == 0xABCD1235
    with pytest.raises(ConfigError, match="Cut the fault dump out of it"):
        read_dump(bytes((4 << 20) + 1), "x")


def test_a_story_without_anything_says_so():
    findings = Findings()
    assert add_value(findings, "r0", 1) and not add_value(findings, "r99", 1)
    assert Story(findings, None).lines()[0] == "The values do not say which fault it was."


def test_threads_of_a_core_have_the_registers_that_elf_has_no_place_for():
    core = read_core(small_core(), "x")
    assert [thread.number for thread in core.threads] == [1, 3]
    assert core.threads[0].registers.sp == struct.unpack("<I", core.peek(0, 4))[0]
