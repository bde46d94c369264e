"""The applications build: the prebuilt ones byte for byte, and all of them for every processor and level."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest
from support.firmware import ROOT, build_script, built, expectations
from support.tools import require_tool

from emulator.cli import cc
from rtems_shim import note
from rtems_shim.building import toolchain

VARIANTS = ("m3-O0", "m3-O2", "m3-Os", "m4f-O0", "m4f-O2", "m4f-Os")
TOOLCHAIN_OF_PREBUILT = "12.2.1"


def test_every_variant_is_offered() -> None:
    assert tuple(sorted(build_script().VARIANTS)) == tuple(sorted(VARIANTS))


def test_every_application_has_a_prebuilt_elf_and_every_elf_an_application() -> None:
    prebuilt = {path.stem for path in (ROOT / "firmware" / "prebuilt").glob("*.elf")}
    assert prebuilt == set(expectations())


def test_a_rebuild_gives_the_prebuilt_bytes() -> None:
    compiler = require_tool("arm-none-eabi-gcc")
    if TOOLCHAIN_OF_PREBUILT not in _version(compiler):
        pytest.skip(f"firmware/prebuilt is built with gcc {TOOLCHAIN_OF_PREBUILT}; another one gives other bytes")
    assert build_script().differences(built(build_script().PREBUILT_VARIANT)) == []


def _version(compiler: str) -> str:
    return subprocess.run([compiler, "--version"], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("path", sorted((ROOT / "firmware" / "prebuilt").glob("*.elf")), ids=lambda path: path.stem)
def test_a_prebuilt_elf_names_no_place_of_the_machine_it_was_built_on(path: Path) -> None:
    data = path.read_bytes()
    for place in (b"/home/", b"/work/", b"/tmp/", b"/root/", b"/usr/", b"/build/"):
        assert place not in data


@pytest.mark.parametrize("variant", VARIANTS)
def test_all_applications_build_without_a_warning(variant: str, capfd: pytest.CaptureFixture[str]) -> None:
    require_tool("arm-none-eabi-gcc")
    directory = built(variant)
    assert capfd.readouterr().err == ""
    assert {path.stem for path in directory.glob("*.elf")} == set(expectations())


@pytest.mark.parametrize("processor", ["m3", "m4f"])
@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
def test_the_headers_are_free_of_warnings_when_they_are_not_system_headers(
    processor: str, level: str, tmp_path: Path
) -> None:
    compiler = require_tool("arm-none-eabi-gcc")
    include = toolchain.GUEST / "include"
    source = tmp_path / "all.c"
    names = [str(path.relative_to(include)) for path in sorted(include.rglob("*.h"))]
    source.write_text("".join(f"#include <{name}>\n" for name in names))
    flags = [*toolchain.processor_flags(build_script().PROCESSORS[processor]), level, "-D__rtems__", f"-I{include}"]
    command = [compiler, *flags, "-Wall", "-Wextra", "-Werror", "-c", str(source), "-o", str(tmp_path / "all.o")]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stderr == ""


FORMATS = {
    "mode_t": "PRIomode_t", "off_t": "PRIdoff_t", "time_t": "PRIdtime_t", "blksize_t": "PRIxblksize_t",
    "blkcnt_t": "PRIxblkcnt_t", "ino_t": "PRIuino_t", "pthread_t": "PRIxpthread_t", "rtems_id": "PRIxrtems_id",
    "rtems_interval": "PRIdrtems_interval", "rtems_task_argument": "PRIdrtems_task_argument",
    "rtems_task_priority": "PRIxrtems_task_priority", "rtems_event_set": "PRIxrtems_event_set",
    "rtems_signal_set": "PRIxrtems_signal_set", "int64_t": "PRId64", "uint64_t": "PRIx64", "uintmax_t": "PRIuMAX",
}  # fmt: skip
"""Types and the formats that print them, the first six and the last three of POSIX and C."""


def test_the_formats_fit_their_types(tmp_path: Path) -> None:
    source = tmp_path / "formats.c"
    prints = [f'printf("%" {name} "\\n", ({kind}) 1);' for kind, name in FORMATS.items()]
    lines = ["#include <tmacros.h>", "#include <pritime.h>", "void all(void)", "{", *prints, "}"]
    source.write_text("\n".join(lines) + "\n")
    flags = ["-Wall", "-Wextra", "-Werror", "-c", str(source), "-o", str(tmp_path / "formats.o")]
    require_tool("arm-none-eabi-gcc")
    assert cc.run(flags) == 0


def test_a_built_program_carries_the_note_that_the_emulator_looks_for() -> None:
    require_tool("arm-none-eabi-gcc")
    data = (built("m4f-O2") / "hello.elf").read_bytes()
    owner = note.NOTE_OWNER.encode() + b"\0"
    header = b"".join(word.to_bytes(4, "little") for word in (len(owner), 4, note.NOTE_TYPE))
    padded = owner + bytes(-len(owner) % 4)
    assert header + padded + note.ABI_VERSION.to_bytes(4, "little") in data


@pytest.mark.parametrize("name", sorted(expectations()))
def test_an_expectation_uses_the_documented_keys(name: str) -> None:
    known = {"description", "outcome", "exit_code", "console", "shim", "fault", "deadlock"}
    fault_keys = {"cause", "thread", "access", "size", "value", "owner", "offset"}
    expectation = tomllib.loads((ROOT / "firmware" / name / "expect.toml").read_text())
    assert set(expectation) <= known
    assert set(expectation.get("fault", {})) <= fault_keys
    assert expectation["outcome"] in {"exit", "fault", "deadlock"}
    assert ("exit_code" in expectation) == (expectation["outcome"] == "exit")
    assert ("fault" in expectation) == (expectation["outcome"] == "fault")
    assert ("deadlock" in expectation) == (expectation["outcome"] == "deadlock")
