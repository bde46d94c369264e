"""v7m cc: which flags the compiler gets, and what happens without a compiler."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from shlex import quote

import pytest
from support.tools import require_tool

import v7m
from emulator.cli import cc
from emulator.cli.main import main
from emulator.errors import ConfigError
from rtems_shim.building import toolchain

ROOT = Path(__file__).parents[2]
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


@pytest.mark.parametrize("float_abi", ["soft", "softfp"])
def test_a_float_abi_that_the_caller_names_takes_the_place_of_ours_and_its_libraries_are_linked(
    float_abi: str, source: Path, tmp_path: Path
) -> None:
    output = tmp_path / "app.elf"
    assert cc.run([f"-mfloat-abi={float_abi}", str(source), "-o", str(output)]) == 0
    result = v7m.run(output)
    assert (result.outcome, result.console) == ("success", "hello\n")


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


# -- what the linker's errors mean ---------------------------------------------------------------------------------

WITHOUT_CONFIGURATION = """
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>
rtems_task Init(rtems_task_argument argument) { (void) argument; printf("hello\\n"); exit(0); }
"""
MAIN = '#include <stdio.h>\nint main(void) { printf("hello\\n"); return 0; }\n'


def complaint(path: Path, text: str, capfd: pytest.CaptureFixture[str]) -> str:
    """Return what v7m itself says of a program that does not link."""
    path.write_text(text)
    assert cc.run([str(path), "-o", str(path.with_suffix(".elf"))]) == 1
    linker, _, ours = capfd.readouterr().err.partition("\nv7m: ")
    assert "collect2" in linker
    return ours


def says_hello(path: Path, text: str, capfd: pytest.CaptureFixture[str]) -> bool:
    path.write_text(text)
    assert cc.run(["-Wall", "-Werror", str(path), "-o", str(path.with_suffix(".elf"))]) == 0
    assert main(["run", str(path.with_suffix(".elf"))]) == 0
    return capfd.readouterr() == ("hello\n", "")


def lines_after(words: str, text: str) -> str:
    """Return the block of indented lines that follows the line that ends with ``words``."""
    block = text.partition(f"{words}\n\n")[2].partition("\n\n")[0]
    return "".join(line.removeprefix("  ") + "\n" for line in block.splitlines())


def test_a_program_without_a_configuration_works_after_what_is_advised(source, capfd) -> None:
    advice = complaint(source, WITHOUT_CONFIGURATION, capfd)
    assert says_hello(source, WITHOUT_CONFIGURATION + lines_after("that has it:", advice), capfd)


def test_a_program_with_main_works_after_what_is_advised(source, capfd) -> None:
    advice = complaint(source, MAIN, capfd)
    start = lines_after("not main:", advice).replace("...", '(void) argument; printf("hello\\n");')
    first_line, _, _ = MAIN.partition("int main")
    assert says_hello(source, first_line + start + lines_after("that has it:", advice), capfd)


@pytest.mark.parametrize(("table", "name"), [("RTEMS_INIT_TASKS", "Init"), ("POSIX_INIT_THREAD", "POSIX_Init")])
def test_a_first_thread_that_nobody_wrote_is_named(table: str, name: str, source, capfd) -> None:
    text = f"#define CONFIGURE_{table}_TABLE\n#define CONFIGURE_INIT\n#include <rtems/confdefs.h>\n"
    advice = complaint(source, MAIN + text, capfd)
    assert f" starts the program in {name}, which no source defines" in advice
    start = advice.partition("Write\n")[2].partition(", in C++")[0]
    start = "#include <stdlib.h>\n" + start + '{ (void) argument; printf("hello\\n"); exit(0); }\n'
    assert says_hello(source, "#include <rtems.h>\n" + MAIN.replace("main", "not_main") + start + text, capfd)


def test_errors_that_speak_for_themselves_get_no_advice(source, capfd) -> None:
    assert complaint(source, PROGRAM.replace('printf("hello\\n")', "nothing()") + "void nothing(void);", capfd) == ""
    twice = source.with_name("twice.c")
    twice.write_text(PROGRAM)
    assert cc.run([str(source), str(twice), "-o", str(source.with_suffix(".elf"))]) == 1
    assert "v7m: " not in capfd.readouterr().err


def test_the_program_in_the_help_says_hello(source, capfd) -> None:
    assert says_hello(source, cc.PROGRAM.replace("\n{\n", "\n{\n  (void) argument;\n"), capfd)
    assert lines_after("A whole program, main.c:", cc.HELP).strip() == cc.PROGRAM.partition("\n\n")[0]


def test_a_program_comes_from_standard_input(source, tmp_path, capfd) -> None:
    elf = tmp_path / "main.elf"
    command = [sys.executable, "-m", "v7m", "cc", "-x", "c", "-", "-o", str(elf)]
    done = subprocess.run(command, input=PROGRAM, text=True, capture_output=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert main(["run", str(elf)]) == 0


def test_arguments_come_from_a_response_file(source, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("arguments").write_text("-O2 main.c -mcpu=cortex-m3 -o main.elf")
    assert cc.run(["@arguments"]) == 0
    assert b"v7m-rtems" in Path("main.elf").read_bytes()
    Path("arguments").write_text("-c main.c")
    assert cc.run(["@arguments"]) == 0
    assert b"v7m-rtems" not in Path("main.o").read_bytes()


def test_a_verbose_compilation_links_too(source, tmp_path, capfd) -> None:
    assert cc.run(["-v", str(source), "-o", str(tmp_path / "main.elf")]) == 0
    assert b"v7m-rtems" in (tmp_path / "main.elf").read_bytes()


def test_a_closed_stderr_is_no_trouble(source, tmp_path) -> None:
    line = f"{quote(sys.executable)} -m v7m cc {quote(str(source))} -o {quote(str(tmp_path))}/main.elf 2>&-"
    assert subprocess.run(line, shell=True, cwd=ROOT, check=False).returncode == 0
