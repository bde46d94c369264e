"""What a gcc command line will do: its inputs, whether it links, and who brings the linker script."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.tools import require_tool

from rtems_shim.building.gcc_options import expanded, inputs, links, names_linker_script


@pytest.mark.parametrize(
    "line",
    [
        *("main.c", "main.o -o x", "-v main.c", "-x c -", "-xc -", "-", "-lapp", "-l app", "-x c /dev/null -o x"),
        *("-I -c main.c", "-D -S main.c", "-include x.h main.c", "-MD -MF x.d main.c", "-T my.ld part.o"),
        *("-u main main.c", "--param x=1 main.c", "main.h main.c", "-Xlinker -r main.c", "-### main.c"),
        "main.c -x c++-header x -x none",
    ],
)
def test_a_command_that_makes_a_program_links(line: str) -> None:
    assert links(line.split())


@pytest.mark.parametrize(
    "line",
    [
        *("-c main.c", "main.c -S", "-E -", "-M main.c", "-MM main.c", "-fsyntax-only main.c", "-r a.o b.o", "-v"),
        *("--version", "-dumpmachine", "-print-file-name=libc.a", "--help=optimizers", "", "-o main.c", "-I main.c"),
        *("main.h", "-x c-header main", "-xc++-header -", "-include main.c", "--print-search-dirs", "-dM -E main.c"),
    ],
)
def test_a_command_that_makes_no_program_does_not(line: str) -> None:
    assert not links(line.split())


@pytest.mark.parametrize(
    ("line", "cplusplus"),
    [
        *(("main.cpp", [True]), ("a.c b.cc", [False, True]), ("-x c++ a.c b.c", [True, True]), ("a.C", [True])),
        *(("-x c++ a.c -x none b.c", [True, False]), ("-xc++ -", [True]), ("a.S b.o -lc", [False, False, False])),
        *(("-x c a.cpp", [False]), ("a.cxx b.c++ c.ii d.cp", [True] * 4)),
    ],
)
def test_a_file_is_cplusplus_by_its_name_or_by_x(line: str, cplusplus: list[bool]) -> None:
    assert [file.is_cplusplus for file in inputs(line.split())] == cplusplus


def test_objects_and_libraries_may_come_of_cplusplus_and_sources_in_c_not() -> None:
    files = inputs(["a.o", "liba.a", "-la", "a.c", "a.S", "a.cpp", "-x", "assembler", "b"])
    assert [file.may_be_cplusplus for file in files] == [True, True, True, False, False, True, False]


def test_response_files_are_read_as_gcc_reads_them(tmp_path: Path) -> None:
    (tmp_path / "outer").write_text("-DX='a b' @inner\n")
    (tmp_path / "inner").write_text('"main file.c" -c @outer\n')
    words = expanded(["-O2", "@outer", "@absent"], tmp_path)
    assert words[:4] == ["-O2", "-DX=a b", "main file.c", "-c"] and words[-1] == "@absent"
    assert not links(words)


@pytest.mark.parametrize("line", ["-T x.ld", "-Tx.ld", "-Wl,-T,x.ld", "-Wl,-Tx.ld", "-Wl,--script=x.ld", "-Xlinker -T"])
def test_a_linker_script_is_seen_in_each_of_its_forms(line: str) -> None:
    assert names_linker_script(line.split())


@pytest.mark.parametrize("line", ["-Ttext=0x100", "-Wl,-Tdata=0", "-Tbss 0", "-Wl,--gc-sections", "-fno-T"])
def test_an_address_of_a_section_is_no_linker_script(line: str) -> None:
    assert not names_linker_script(line.split())


@pytest.mark.parametrize("line", ["-v main.c", "-x c -", "-c main.c", "-E main.c", "main.h", "-D -c main.c", "-S -"])
def test_gcc_agrees_about_what_links(line: str, tmp_path: Path) -> None:
    """-### prints the commands that gcc would run; the linker is one of them, or not."""
    for name in ("main.c", "main.h"):
        (tmp_path / name).write_text("")
    command = [require_tool("arm-none-eabi-gcc"), "-###", *line.split()]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    runs_linker = any(line.startswith(" ") and "/collect2" in line.split()[0] for line in told.stderr.splitlines())
    assert runs_linker == links(line.split())
