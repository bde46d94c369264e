"""RTEMS's fatal errors in words."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import Any

import pytest

from emulator.errors import GuestAccessError
from rtems_shim.core.fatal import FatalExit, Source
from rtems_shim.report.fatal_words import describe_fatal

TEXTS = b"main.c\0put\0n < 3\n\0".ljust(32, b"\0")


def kernel() -> Any:
    memory = TEXTS + struct.pack("<IiII", 0x1000, 21, 0x1007, 0x100B)

    def peek(address: int, size: int) -> bytes:
        if not 0x1000 <= address <= 0x1000 + len(memory) - size:
            raise GuestAccessError("outside")
        return memory[address - 0x1000 : address - 0x1000 + size]

    executing = SimpleNamespace(entry=0x201, name_entry=lambda entry: "calibration")
    return SimpleNamespace(port=SimpleNamespace(memory=SimpleNamespace(peek=peek)), executing=executing)


@pytest.mark.parametrize(
    ("source", "code", "words"),
    [
        (Source.ASSERT, 0x1020, "T failed the assertion n < 3. in put (main.c:21)"),
        (
            Source.ASSERT,
            0x9000,
            "RTEMS ended with a fatal error in T, called by f (a.c:1): source 7 (RTEMS_FATAL_SOURCE_",
        ),
        (Source.CORE, 32, "code 0x20 (INTERNAL_ERROR_RTEMS_INIT_TASK_CREATE_FAILED)"),
        (Source.CORE, 5, "The entry function of T, calibration, returned, which a Classic task's must not: RTEMS"),
        (Source.APPLICATION, 5, "in T, called by f (a.c:1): source 4 ("),
    ],
)
def test_a_fatal_error_has_its_names(source, code, words):
    assert words in describe_fatal(kernel(), FatalExit(0, 1, source, code), "T", "f (a.c:1)")
