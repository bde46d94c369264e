"""RTEMS's fatal text, line by line."""

from __future__ import annotations

import re

import pytest
from support.firmware import ROOT

from emulator.armv7m.faults import FaultStatus
from rtems_shim.core.fatal_report import CORE_ERRORS, VERSION, format_fatal

FRAME = {f"r{number}": number for number in range(13)} | {
    "sp": 0x2000_1000,
    "lr": 0x105,
    "pc": 0x1234,
    "xpsr": 0x2100_0000,
    "vector": 4,
}
THREAD = (0x0B01_0001, "Init")


def status(**registers: int) -> FaultStatus:
    made = FaultStatus()
    for name, value in registers.items():
        setattr(made, name, value)
    return made


def test_a_memmanage_with_an_address() -> None:
    text = format_fatal(9, 0, FRAME, status(CFSR=0x82, MMFAR=0x2030_0000), THREAD)
    assert text.splitlines() == [
        "",
        "*** FATAL ***",
        "fatal source: 9 (RTEMS_FATAL_SOURCE_EXCEPTION)",
        "",
        "R0   = 0x00000000 R8  = 0x00000008",
        "R1   = 0x00000001 R9  = 0x00000009",
        "R2   = 0x00000002 R10 = 0x0000000a",
        "R3   = 0x00000003 R11 = 0x0000000b",
        "R4   = 0x00000004 R12 = 0x0000000c",
        "R5   = 0x00000005 SP  = 0x20001000",
        "R6   = 0x00000006 LR  = 0x00000105",
        "R7   = 0x00000007 PC  = 0x00001234",
        "XPSR = 0x21000000 VEC = 0x00000004",
        "MMFSR= 0x00000082 (memory fault)",
        "  DACCVIOL   : 1  (accessed data where it is not allowed)",
        "  MMFARVALID : 1 -> 0x20300000 (error address)",
        "RTEMS version: 6.0.0.not-released",
        "executing thread ID: 0x0b010001",
        "executing thread name: Init",
    ]


def test_an_escalated_bus_fault_without_an_address() -> None:
    lines = format_fatal(9, 0, FRAME, status(CFSR=0x1000, HFSR=1 << 30), None).splitlines()
    assert lines[13:] == [
        "BFSR = 0x00000010 (bus fault)",
        "  STKERR     : 1  (could not stack on exception entry (bus))",
        "  BFARVALID  : 0",
        "HFSR = 0x40000000 (hard fault)",
        "  FORCED     : 1  (a fault that could not be taken at its own priority)",
        "RTEMS version: 6.0.0.not-released",
        "executing thread is NULL",
    ]


def test_a_usage_fault_has_no_address_line() -> None:
    lines = format_fatal(9, 0, FRAME, status(CFSR=1 << 25), THREAD).splitlines()
    assert lines[13:15] == ["UFSR = 0x00000200 (usage fault)", "  DIVBYZERO  : 1  (divided by zero)"]


def test_another_source_gives_its_code() -> None:
    assert format_fatal(1, 0x1234, None, None, THREAD, "12.2.1") == (
        "\n*** FATAL ***\nfatal source: 1 (INTERNAL_ERROR_RTEMS_API)\nfatal code: 4660 (0x00001234)\n"
        "RTEMS version: 6.0.0.not-released\nRTEMS tools: 12.2.1\n"
        "executing thread ID: 0x0b010001\nexecuting thread name: Init\n"
    )


@pytest.mark.parametrize(
    ("code", "words"), [(5, "5 (INTERNAL_ERROR_THREAD_EXITTED)"), (999, "999 (?)"), (-1, "4294967295 (?)")]
)
def test_the_kernel_s_own_errors_are_named(code: int, words: str) -> None:
    assert f"fatal source: 0 (INTERNAL_ERROR_CORE)\nfatal code: {words}\n" in format_fatal(0, code, None, None, THREAD)


def test_exit_0_is_a_shutdown_and_another_status_is_none() -> None:
    versions = "RTEMS version: 6.0.0.not-released\nexecuting thread is NULL\n"
    assert format_fatal(5, 0, None, None, None) == f"\n[ RTEMS shutdown ]\n{versions}"
    assert format_fatal(5, -1, None, None, None) == (
        "\n*** EXIT STATUS NOT ZERO ***\nexit source: 5 (RTEMS_FATAL_SOURCE_EXIT)\n"
        f"exit code: 4294967295 (0xffffffff)\n{versions}"
    )


def test_the_version_is_the_guest_side_s_and_so_are_the_names() -> None:
    guest = ROOT / "rtems_shim" / "guest"
    numbers = re.findall(
        r"__RTEMS_(?:MAJOR|MINOR|REVISION)__ (\d+)", (guest / "include/rtems/score/cpuopts.h").read_text()
    )
    [key] = re.findall(r'KEY "(.*)"', (guest / "src/version.c").read_text())
    assert ".".join([*numbers, key]) == VERSION
    texts = (guest / "src/fatal_text.c").read_text().partition("errors[]")[2]
    assert list(CORE_ERRORS.values()) == re.findall(r"INTERNAL_ERROR_(\w+)", texts)
    assert list(CORE_ERRORS) == list(range(48))
