"""Programs that use a right after it was taken away, or a call that is not theirs: the run ends as the fault it is."""

from __future__ import annotations

import functools
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from support.firmware import ROOT
from support.tools import require_tool

from emulator.cli.main import main
from rtems_shim import note
from rtems_shim.abi import layouts

PROGRAMS = Path(__file__).parent / "programs"


@functools.cache
def compiled(directory: Path, name: str, *definitions: str) -> Path:
    require_tool("arm-none-eabi-gcc")
    target = directory / f"{'-'.join([name, *definitions])}.elf"
    source = str(PROGRAMS / f"{name}.c")
    options = [f"-D{definition}" for definition in definitions]
    assert main(["cc", "-I", str(ROOT / "firmware"), "-g", "-O2", *options, source, "-o", str(target)]) == 0
    return target


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for the programs of this module."""
    return tmp_path_factory.mktemp("untrusted")


def run(elf: Path, directory: Path, capfdbinary: Any, *options: str) -> tuple[int, str, dict[str, Any]]:
    report = directory / "report.json"
    report.unlink(missing_ok=True)
    status = main(["run", str(elf), "--report", "json", "--report-file", str(report), *options])
    captured = capfdbinary.readouterr()
    return status, captured.out.decode(), json.loads(report.read_text()) if report.exists() else {}


WAITS = {
    "WAIT=1": ("pthread_join", 4, "T000", "the end of thread T000"),
    "WAIT=2": ("nanosleep", 16, "X000", "5000000000 ns to pass"),
    "WAIT=3": ("mq_receive", 4, "X000", "a message in message queue /q"),
}


@pytest.mark.parametrize("mode", ["strict", "kernel-opens"])
@pytest.mark.parametrize("wait", WAITS)
def test_a_result_that_comes_after_the_share_was_taken_away_is_the_waiter_s_fault(
    wait: str, mode: str, made: Path, tmp_path: Path, capfdbinary: Any
) -> None:
    call, size, source, reason = WAITS[wait]
    elf = compiled(made, "revoked", wait)
    capfdbinary.readouterr()
    status, console, report = run(elf, tmp_path, capfdbinary, "--mode", mode)
    assert status == 3
    assert "J000 goes on" not in console
    fault = report["fault"]
    assert (fault["cause"], fault["subject"], fault["kernel_call"]) == ("DACCVIOL", "J000", call)
    assert (fault["access"]["kind"], fault["access"]["size"]) == ("write", size)
    assert fault["place"]["stack"]["owner"]["name"] == "X000"
    copy = fault["place"]["copy"]
    assert (copy["source"]["name"], copy["destination"]["name"], copy["late"]) == (source, "J000", True)
    assert copy["reason"] == reason
    frames = [frame["symbol"] for frame in report["fault"]["backtrace"]["frames"]]
    assert "wait_for_it" in frames


def test_a_thread_cannot_boot_the_kernel(made: Path, tmp_path: Path, capfdbinary: Any) -> None:
    assert run(compiled(made, "boot_again"), tmp_path, capfdbinary)[0] == 0


def test_a_thread_that_plays_the_start_up_code_gets_its_own_fault(made: Path, tmp_path: Path, capfdbinary: Any) -> None:
    status, _, report = run(compiled(made, "boot_again", "ON_MSP"), tmp_path, capfdbinary)
    assert status == 3
    assert report["fault"]["kernel_call"] == "boot"


@pytest.mark.parametrize(
    ("field", "value"), [("thread_block_pointer", 0xF000_0000), ("thread_blocks_base", 1), ("thread_block_size", ~0)]
)
def test_a_damaged_configuration_is_bad_input(field: str, value: int, tmp_path: Path, capfdbinary: Any) -> None:
    image = bytearray((ROOT / "firmware" / "prebuilt" / "hello.elf").read_bytes())
    table = layouts.CONFIGURATION
    at = image.index(struct.pack("<II", note.ABI_VERSION, table.size)) + table.offset(field)
    image[at : at + 4] = (value & 0xFFFF_FFFF).to_bytes(4, "little")
    elf = tmp_path / "damaged.elf"
    elf.write_bytes(image)
    assert main(["run", str(elf)]) == 2
    assert "is outside the RAM of this board" in capfdbinary.readouterr().err.decode()
