"""Compiled C at every optimisation level: the programs check themselves, and print the same everywhere."""

from __future__ import annotations

import pytest
from support.arm_gcc import MACHINES
from support.newlib_programs import BUILDS, Build, built, expected_console
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
