"""Compiled C at every optimisation level: the programs check themselves, and print the same everywhere."""

from __future__ import annotations

import pytest
from support.arm_gcc import MACHINES, build
from support.newlib_programs import BUILDS, CORES, LEVELS, NAMES, PROGRAMS, Build, built, expected_console
from support.ours import run_ours
from support.qemu import run_qemu


def is_run_on_qemu(wanted: Build) -> bool:
    """Whether QEMU vouches for what the program prints: at one level of each core, in turn, and with all of newlib."""
    turn = NAMES.index(wanted.program) + CORES.index(wanted.core)
    return not wanted.nano or LEVELS[turn % len(LEVELS)] == wanted.level


@pytest.mark.parametrize("wanted", [wanted for wanted in BUILDS if is_run_on_qemu(wanted)], ids=str)
def test_qemu_prints_the_expected_checksums(wanted: Build) -> None:
    run = run_qemu(built(wanted), MACHINES[wanted.core])
    assert run.console == expected_console(wanted.program), run.detail
    assert run.exit_code == 0


@pytest.mark.parametrize("wanted", BUILDS, ids=str)
def test_this_emulator_prints_the_expected_checksums(wanted: Build) -> None:
    run = run_ours(built(wanted), MACHINES[wanted.core])
    assert run.console == expected_console(wanted.program), run.detail
    assert run.exit_code == 0


@pytest.mark.parametrize("level", LEVELS)
def test_doubles_in_hardware_are_what_they_are_on_qemu(level: str) -> None:
    """The C library for a double-precision FPU has fused multiply-adds, so the checksums are not the expected ones."""
    elf = built(Build("floating", "m7", level))
    ours, qemus = run_ours(elf, MACHINES["m7"]), run_qemu(elf, MACHINES["m7"])
    assert ours.console == qemus.console, ours.detail
    assert (ours.exit_code, qemus.exit_code) == (0, 0)


def test_every_instruction_on_doubles_gives_what_it_gives_on_qemu() -> None:
    flags = ["--specs=nano.specs", "--specs=rdimon.specs", f"-T{PROGRAMS / 'newlib.ld'}"]
    elf = build([PROGRAMS / "start.S", PROGRAMS.parent / "doubles.c"], "m7", flags=flags)
    ours, qemus = run_ours(elf, MACHINES["m7"]), run_qemu(elf, MACHINES["m7"])
    assert ours.lines == qemus.lines, ours.detail
    assert len(ours.lines) == 50
    assert (ours.exit_code, qemus.exit_code) == (0, 0)
