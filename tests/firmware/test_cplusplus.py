"""C++: programs build and run, and the headers are C++ too, with the names of C."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from support.tools import missing, require_tool

from emulator.cli import cc
from emulator.cli.main import main
from rtems_shim.building import toolchain

PROGRAM = Path(__file__).parent / "cplusplus" / "objects.cpp"
OUTPUT = """\
first begins
second begins
slept
begun, 2, 49, 56
thread 1 caught 1 and 1, value 1
thread 2 caught 2 and 2, value 1
reluctant throws 1
reluctant throws 2
reluctant gives 3
out of range
7
second ends
first ends
destructor function
"""
PLAIN = """
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>
extern "C" int c_part(void);
struct Counted {
  int value;
  Counted() : value(c_part()) {}
  ~Counted() { printf("end %d\\n", value); }
};
static Counted counted;
extern "C" rtems_task Init(rtems_task_argument) { printf("%d\\n", counted.value); exit(0); }
#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
"""
INCLUDE = toolchain.GUEST / "include"
HEADERS = sorted(str(path.relative_to(INCLUDE)) for path in INCLUDE.rglob("*.h"))
LEAST_FUNCTIONS = 300
"""Of those that the guest side defines, as many at least are declared in headers."""


@pytest.fixture(autouse=True)
def library() -> None:
    require_tool("arm-none-eabi-gcc")
    if toolchain.cplusplus_library([]) is None:
        missing("the C++ library for arm-none-eabi-gcc is not installed")


def run(elf: Path, capfd: pytest.CaptureFixture[str]) -> str:
    capfd.readouterr()
    assert main(["run", str(elf)]) == 0
    return capfd.readouterr().out


@pytest.mark.parametrize("flags", [["-O0", "-g"], ["-O2"], ["-Os", "-mcpu=cortex-m3"]])
def test_objects_live_and_end_and_exceptions_are_each_threads_own(flags, tmp_path, capfd) -> None:
    elf = tmp_path / "objects.elf"
    assert cc.run([*flags, "-Wall", "-Wextra", "-Werror", str(PROGRAM), "-o", str(elf)]) == 0
    assert run(elf, capfd) == OUTPUT


def test_functions_run_before_the_first_thread_and_after_exit_in_their_order(tmp_path, capfd) -> None:
    elf = tmp_path / "order.elf"
    assert cc.run(["-O2", str(PROGRAM.with_name("order.c")), "-o", str(elf)]) == 0
    ends = ["atexit", "d", "d1", "d0", "fatal source 5, 0, code 0"]
    assert run(elf, capfd).splitlines() == ["c0", "c", "Init", *ends]


def test_c_stays_c_beside_it_and_objects_link_later(tmp_path, capfd, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("main.cpp").write_text(PLAIN)
    Path("part.c").write_text("int c_part(void);\nint c_part(void) { int new = 7; return new; }\n")
    assert cc.run(["main.cpp", "part.c", "-o", "one.elf"]) == 0
    assert cc.run(["-c", "main.cpp", "part.c"]) == cc.run(["part.o", "main.o", "-o", "two.elf"]) == 0
    assert cc.run(["-x", "c++", "main.cpp", "-x", "none", "part.o", "-o", "three.elf"]) == 0
    assert [run(Path(f"{name}.elf"), capfd) for name in ("one", "two", "three")] == ["7\nend 7\n"] * 3


def test_a_program_that_needs_no_cplusplus_library_links_without_one(tmp_path, capfd, monkeypatch) -> None:
    monkeypatch.setattr(toolchain, "_CPLUSPLUS_LIBRARY", "no such library.a")
    monkeypatch.chdir(tmp_path)
    Path("main.cpp").write_text(PLAIN)
    Path("part.c").write_text("int c_part(void);\nint c_part(void) { return 7; }\n")
    assert cc.run(["-fno-exceptions", "main.cpp", "part.c", "-o", "one.elf"]) == 0
    assert run(Path("one.elf"), capfd) == "7\nend 7\n"
    assert cc.run([str(PROGRAM), "-o", "two.elf"]) != 0
    assert capfd.readouterr().err.endswith(cc.NO_CPLUSPLUS)


@pytest.mark.parametrize("standard", ["c++11", "gnu++17"])
def test_every_header_is_cplusplus_by_itself(standard: str, tmp_path: Path) -> None:
    flags = [*toolchain.processor_flags([]), f"-std={standard}", "-D__rtems__", f"-I{INCLUDE}", "-Wall", "-Wextra"]
    for header in HEADERS:
        (tmp_path / f"{header.replace('/', '.')}.cpp").write_text(f"#include <{header}>\n")
    sources = [str(path) for path in sorted(tmp_path.glob("*.cpp"))]
    command = [toolchain.find_compiler(), *flags, "-Werror", "-fsyntax-only", *sources]
    assert len(sources) == len(HEADERS) > 50
    assert subprocess.run(command, capture_output=True, text=True, check=False).stderr == ""


def functions(tmp_path: Path) -> list[str]:
    """Return the functions that the headers declare in C and the guest side defines."""
    source = tmp_path / "all.c"
    source.write_text("".join(f"#include <{header}>\n" for header in HEADERS))
    told = tmp_path / "prototypes"
    assert cc.run(["-fsyntax-only", "-aux-info", str(told), str(source)]) == 0
    declared = set(re.findall(r"(\w+) \(", told.read_text()))
    objects = toolchain.build_guest([], tmp_path)
    names = subprocess.run(["arm-none-eabi-nm", *objects], capture_output=True, text=True, check=True).stdout
    return sorted(declared & set(re.findall(r"^[0-9a-f]+ [TW] (\w+)$", names, re.MULTILINE)))


def test_functions_have_the_same_names_in_cplusplus(tmp_path: Path) -> None:
    names = functions(tmp_path)
    assert len(names) > LEAST_FUNCTIONS
    source = tmp_path / "all.cpp"
    addresses = "".join(f"  (void *) &{name},\n" for name in names)
    source.write_text("".join(f"#include <{header}>\n" for header in HEADERS))
    with source.open("a") as file:
        file.write("".join(f"#undef {name}\n" for name in names) + f"void *all[] = {{\n{addresses}}};\n")
    assert cc.run(["-c", str(source), "-o", str(tmp_path / "all.o")]) == 0
    command = ["arm-none-eabi-nm", "-u", str(tmp_path / "all.o")]
    wanted = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert set(names) - set(re.findall(r"U (\w+)$", wanted, re.MULTILINE)) == set()
