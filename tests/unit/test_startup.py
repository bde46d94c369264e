"""What a run that succeeds must not import: it would pay for reports, a kernel and devices that it never uses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.small_programs import exit_with, write_elf

from emulator.devices.catalog import DEVICE_TYPES

ROOT = Path(__file__).parents[2]
REPORTS = (
    *("emulator.trace.report", "emulator.trace.backtrace", "emulator.trace.recorder", "emulator.cli.reporting"),
    *("emulator.disasm", "emulator.debuginfo.debug_info", "elftools", "capstone", "keystone", "json"),
)
KERNEL = ("rtems_shim.core.kernel", "rtems_shim.report.fault_story")
OTHER_BOARDS = ("emulator.devices.pl011", "emulator.devices.stellaris_gptm")
PACKAGE = ("unicorn", "zipfile", "tempfile")
STANDARD = (
    *("argparse", "dataclasses", "importlib.util", "inspect", "json", "pathlib", "re", "select", "shutil", "string"),
    *("threading", "tomllib", "typing", "weakref"),
)
"""Modules of the standard library that take a millisecond or more, and that the usual command line does not need."""
UNUSED_PARTS = (
    *("emulator.isolation.auditor", "emulator.harness.isolation", "emulator.harness.least_shares", "tomllib"),
    *("emulator.armv7m.mpu_explain", "emulator.cli.output_file", "emulator.cli.parser", "emulator.image.hexfile"),
    *("emulator.image.rawfile", "rtems_shim.abi.calls", "emulator.engine.register_trace"),
    *("emulator.engine.traced_engine", "emulator.engine.block_counts", "emulator.cli.coverage"),
    *("emulator.armv7m.direct_branches", "emulator.exports"),
)


def modules_after(code: str, *arguments: str, status: int = 0) -> set[str]:
    """Run ``code`` in a process of its own, which must end with ``status``; return the names of its modules."""
    code = f"import sys\n{code}\nprint('\\n' + ' '.join(sys.modules)); sys.exit(status)"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=False, cwd=ROOT)
    assert done.returncode == status, done.stderr
    return set(done.stdout.decode().splitlines()[-1].split())


def imported(program: Path, status: int, *options: str) -> set[str]:
    """Return the names of the modules of a run of ``program``."""
    code = "from emulator.cli.main import main; status = main(['run', *sys.argv[1:]])"
    return modules_after(code, str(program), *options, status=status)


@pytest.fixture(scope="module")
def unavoidable() -> set[str]:
    """What the interpreter and the modules that every run needs import by themselves."""
    return modules_after("import contextlib, ctypes, enum, mmap, signal; status = 0")


@pytest.mark.parametrize("options", [[], ["--board", "mps2-an386", "--lenient", "--color", "never"]])
def test_a_bare_program_that_succeeds_imports_only_what_it_needs(tmp_path: Path, unavoidable, options) -> None:
    modules = imported(write_elf(tmp_path / "ends.elf", exit_with(0)), 0, *options) - unavoidable
    types = {f"emulator.devices.{name.replace('-', '_')}" for name in DEVICE_TYPES}
    assert modules & types == {"emulator.devices.mps2_fpgaio"}
    assert modules.isdisjoint((*REPORTS, *KERNEL, *OTHER_BOARDS, *PACKAGE, *STANDARD, *UNUSED_PARTS))


def test_an_rtems_program_that_succeeds_imports_the_kernel_but_no_reports(unavoidable) -> None:
    modules = imported(ROOT / "firmware" / "prebuilt" / "hello.elf", 0) - unavoidable
    assert "rtems_shim.core.kernel" in modules
    assert modules.isdisjoint((*REPORTS, *OTHER_BOARDS, *PACKAGE, *STANDARD, "calendar", KERNEL[1]))


@pytest.mark.parametrize(("code", "status"), [("udf #0", 3), (exit_with(1), 1)])
def test_a_program_that_fails_gets_its_report(tmp_path: Path, code: str, status: int) -> None:
    assert {"emulator.trace.report", "emulator.trace.report_text"} <= imported(
        write_elf(tmp_path / "f.elf", code), status
    )
