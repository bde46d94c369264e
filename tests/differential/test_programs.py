"""Compiled C at every optimisation level: the programs check themselves, and print the same everywhere."""

from __future__ import annotations

import pytest
from support.arm_gcc import MACHINES
from support.newlib_programs import BUILDS, LEVELS, Build, built, expected_console
from support.ours import run_ours
from support.qemu import run_qemu


@pytest.mark.parametrize("build", BUILDS, ids=str)
def test_qemu_prints_the_expected_checksums(build: Build) -> None:
    run = run_qemu(built(build), MACHINES[build.core])
    assert run.console == expected_console(build.program), run.detail
    assert run.exit_code == 0


@pytest.mark.parametrize("build", BUILDS, ids=str)
def test_this_emulator_prints_the_expected_checksums(build: Build) -> None:
    run = run_ours(built(build), MACHINES[build.core])
    assert run.console == expected_console(build.program), run.detail
    assert run.exit_code == 0


@pytest.mark.parametrize("level", LEVELS)
def test_doubles_in_hardware_are_what_they_are_on_qemu(level: str) -> None:
    """The C library for a double-precision FPU has fused multiply-adds, so the checksums are not the expected ones."""
    elf = built(Build("floating", "m7", level))
    ours, qemus = run_ours(elf, MACHINES["m7"]), run_qemu(elf, MACHINES["m7"])
    assert ours.console == qemus.console, ours.detail
    assert (ours.exit_code, qemus.exit_code) == (0, 0)
