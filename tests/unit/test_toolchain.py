"""v7m cc: which flags the compiler gets, and what happens without a compiler."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.tools import require_tool

from emulator.cli import cc
from emulator.errors import ConfigError
from rtems_shim import toolchain

PROGRAM = """
#include <stdio.h>
#include <rtems.h>
void *POSIX_Init(void *argument) { (void) argument; printf("hello\\n"); rtems_shutdown_executive(0); }
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
"""


def test_the_default_processor_is_a_cortex_m4_with_its_fpu() -> None:
    assert toolchain.processor_flags(["-O2", "main.c"]) == ["-mthumb", *toolchain.DEFAULT_CPU]


def test_a_processor_that_the_caller_names_replaces_the_default_one() -> None:
    assert toolchain.processor_flags(["-mcpu=cortex-m3", "-Os"]) == ["-mthumb", "-mcpu=cortex-m3"]
    assert toolchain.processor_flags(["-march=armv7-m", "-mthumb"]) == ["-march=armv7-m", "-mthumb"]


def test_other_machine_flags_do_not_replace_the_default_processor() -> None:
    assert toolchain.processor_flags(["-mslow-flash-data"]) == ["-mthumb", *toolchain.DEFAULT_CPU, "-mslow-flash-data"]


def test_without_a_compiler_the_error_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="apt-get install gcc-arm-none-eabi"):
        cc.run(["main.c"])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    require_tool("arm-none-eabi-gcc")
    path = tmp_path / "main.c"
    path.write_text(PROGRAM)
    return path


def test_a_program_is_compiled_and_linked_with_the_guest_side(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "app.elf"
    assert cc.run(["-O2", "-g", str(source), "-o", str(output)]) == 0
    assert b"v7m-rtems" in output.read_bytes()


def test_the_compilers_own_options_are_passed_on(source: Path, tmp_path: Path) -> None:
    source.write_text(PROGRAM + "#ifndef WANTED\n#error not wanted\n#endif\n")
    assert cc.run(["-D", "WANTED", "-mcpu=cortex-m3", "-c", str(source), "-o", str(tmp_path / "app.o")]) == 0


def test_compiling_alone_does_not_link(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "app.o"
    assert cc.run(["-c", str(source), "-o", str(output)]) == 0
    assert b"v7m-rtems" not in output.read_bytes()


def test_objects_can_be_linked_later(source: Path, tmp_path: Path) -> None:
    assert cc.run(["-c", str(source), "-o", str(tmp_path / "app.o")]) == 0
    assert cc.run([str(tmp_path / "app.o"), "-o", str(tmp_path / "app.elf")]) == 0


def test_an_error_in_the_program_is_the_compilers_to_report(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source.write_text("int main(void) { return undeclared; }\n")
    assert cc.run(["-c", str(source), "-o", str(tmp_path / "app.o")]) == 1
    assert "undeclared" in capfd.readouterr().err


def test_asking_for_the_version_needs_no_program(source: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cc.run(["--version"]) == 0
    assert "gcc" in capfd.readouterr().out


def test_the_same_program_gives_the_same_bytes_in_another_directory(source: Path, tmp_path: Path) -> None:
    outputs = []
    for name in ("here", "there"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "main.c").write_text(PROGRAM)
        flags = ["-Os", "-g", *toolchain.prefix_map(str(folder), ".")]
        assert toolchain.compile_program([*flags, "main.c", "-o", "app.elf"], cwd=folder) == 0
        outputs.append((folder / "app.elf").read_bytes())
    assert outputs[0] == outputs[1]
