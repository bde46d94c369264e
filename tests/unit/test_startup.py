"""What a run that succeeds must not import: it would pay for reports, a kernel and devices that it never uses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.small_programs import exit_with, write_elf

ROOT = Path(__file__).parents[2]
REPORTS = (
    *("emulator.trace.report", "emulator.trace.backtrace", "emulator.trace.recorder", "emulator.cli.reporting"),
    *("emulator.disasm", "emulator.debug_info", "elftools", "capstone", "keystone", "json"),
)
KERNEL = ("rtems_shim.kernel", "rtems_shim.fault_story")
OTHER_BOARDS = ("emulator.machine.devices.pl011", "emulator.machine.devices.stellaris_gptm")
PACKAGE = ("unicorn", "zipfile", "tempfile")


def imported(program: Path, status: int) -> set[str]:
    """Run ``program`` in a process of its own, which must end with ``status``; return the names of its modules."""
    code = (
        "import sys; from emulator.cli.main import main; status = main(['run', sys.argv[1]])\n"
        "print('\\n' + ' '.join(sys.modules)); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(program)], capture_output=True, check=False, cwd=ROOT)
    assert done.returncode == status, done.stderr
    return set(done.stdout.decode().splitlines()[-1].split())


def test_a_bare_program_that_succeeds_imports_no_reports_no_kernel_and_no_other_boards(tmp_path: Path) -> None:
    modules = imported(write_elf(tmp_path / "ends.elf", exit_with(0)), 0)
    assert "emulator.machine.devices.cmsdk_uart" in modules
    assert modules.isdisjoint((*REPORTS, *KERNEL, *OTHER_BOARDS, *PACKAGE))


def test_an_rtems_program_that_succeeds_imports_the_kernel_but_no_reports() -> None:
    modules = imported(ROOT / "firmware" / "prebuilt" / "hello.elf", 0)
    assert "rtems_shim.kernel" in modules
    assert modules.isdisjoint((*REPORTS, *OTHER_BOARDS, *PACKAGE, "rtems_shim.fault_story"))


@pytest.mark.parametrize(("code", "status"), [("udf #0", 3), (exit_with(1), 1)])
def test_a_program_that_fails_gets_its_report(tmp_path: Path, code: str, status: int) -> None:
    assert {"emulator.trace.report", "emulator.trace.report_text"} <= imported(
        write_elf(tmp_path / "f.elf", code), status
    )
