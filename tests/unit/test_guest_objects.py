"""The guest side's objects in the user's cache: compiled once, never taken where anything has changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.tools import require_tool

from emulator.harness import guest_objects, user_cache
from rtems_shim.building import toolchain

FLAGS = ["-O1", "-mcpu=cortex-m3"]


PARTS = ("status.c", "newlib.c", "internal.h", "startup.S")
"""A C file, one that sees the C library's types, and assembly: all of the guest side takes six times as long."""


def copy_of_guest(place: Path) -> Path:
    shutil.copytree(toolchain.GUEST / "include", place / "include")
    (place / "src").mkdir()
    for name in PARTS:
        shutil.copy(toolchain.GUEST / "src" / name, place / "src")
    return place


def use_guest(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (toolchain, guest_objects):
        monkeypatch.setattr(module, "GUEST", place)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    require_tool("arm-none-eabi-gcc")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("V7M_CACHE", raising=False)
    use_guest(copy_of_guest(tmp_path / "a part of it"), monkeypatch)
    return tmp_path / "cache" / "v7m" / guest_objects.FOLDER


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of each compilation of the guest side from here on."""
    calls: list[list[str]] = []

    def counted(arguments: list[str], directory: Path, *, dependencies: bool = False) -> list[str]:
        calls.append(arguments)
        return toolchain.build_guest(arguments, directory, dependencies=dependencies)

    monkeypatch.setattr(guest_objects, "build_guest", counted)
    return calls


def provided(place: Path, arguments: list[str] = FLAGS) -> dict[str, bytes]:
    place.mkdir(exist_ok=True)
    return {Path(path).name: Path(path).read_bytes() for path in guest_objects.provide(arguments, place)}


def test_the_second_time_nothing_is_compiled_and_the_objects_are_the_same(tmp_path, folder, compilations) -> None:
    first = provided(tmp_path / "one")
    assert provided(tmp_path / "two") == first and list(first) == sorted(first)
    assert compilations == [FLAGS]
    assert len(list(folder.iterdir())) == 1
    assert toolchain.build_guest(FLAGS, tmp_path / "two") and provided(tmp_path / "two") == first


@pytest.mark.parametrize("other", [["-O2", FLAGS[1]], ["-O1"], ["-g", *FLAGS], [*FLAGS, "-ffile-prefix-map=/a=b"]])
def test_other_flags_are_other_objects(other: list[str], tmp_path, folder, compilations) -> None:
    provided(tmp_path / "one")
    provided(tmp_path / "one", other)
    assert compilations == [FLAGS, other]


def test_flags_that_the_guest_side_does_not_get_change_nothing(tmp_path, compilations) -> None:
    provided(tmp_path / "one")
    provided(tmp_path / "one", [*FLAGS, "-Wall", "-DX=1", "main.c", "-o", "x.elf"])
    assert compilations == [FLAGS]


def test_a_changed_source_or_compiler_is_compiled_again(tmp_path, compilations, monkeypatch) -> None:
    provided(tmp_path / "one")
    before = guest_objects._key(FLAGS)
    monkeypatch.setenv("CPATH", "/elsewhere")
    assert guest_objects._key(FLAGS) != before
    monkeypatch.delenv("CPATH")
    assert guest_objects._key(FLAGS) == before
    copy = copy_of_guest(tmp_path / "guest")
    use_guest(copy, monkeypatch)
    assert guest_objects._key(FLAGS) == before, "where it is installed decides nothing"
    with (copy / "include" / "rtems.h").open("a") as header:
        header.write("\n")
    assert guest_objects._key(FLAGS) != before
    tools = tmp_path / "tools"
    tools.mkdir()
    script = tools / toolchain.COMPILER
    script.write_text(f'#!/bin/sh\nexec {toolchain.find_compiler()} "$@"\n')
    script.chmod(0o755)
    before = guest_objects._key(FLAGS)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    assert guest_objects._key(FLAGS) != before


def test_a_changed_header_of_the_c_library_is_seen(tmp_path, folder, compilations, monkeypatch) -> None:
    (tmp_path / "headers").mkdir()
    (tmp_path / "headers" / "malloc.h").write_text("#include_next <malloc.h>\n")
    monkeypatch.setenv("CPATH", str(tmp_path / "headers"))
    provided(tmp_path / "one")
    provided(tmp_path / "one")
    assert len(compilations) == 1
    (tmp_path / "headers" / "malloc.h").write_text("#include_next <malloc.h>\n#define CHANGED\n")
    provided(tmp_path / "one")
    assert len(compilations) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"ELF", b"FLE", 1)),
        lambda path: path.write_bytes(bytes(guest_objects.LARGEST + 1)),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: (path.unlink(), path.mkdir()),
    ],
    ids=["empty", "short", "changed", "too long", "a pipe", "a folder"],
)
def test_a_damaged_file_is_made_anew(damage, tmp_path, folder, compilations) -> None:
    first = provided(tmp_path / "one")
    damage(next(folder.iterdir()))
    assert provided(tmp_path / "two") == first
    assert len(compilations) == 2


@pytest.mark.parametrize("value", ["0", ""])
def test_the_switch_leaves_the_directory_alone(value: str, tmp_path, folder, compilations, monkeypatch) -> None:
    monkeypatch.setenv(user_cache.SWITCH, value)
    provided(tmp_path / "one")
    provided(tmp_path / "one")
    assert len(compilations) == 2 and not folder.exists()


def test_a_home_that_cannot_be_written_is_no_error(tmp_path, compilations, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert provided(tmp_path / "one") == provided(tmp_path / "two")


def test_files_that_were_not_used_for_the_longest_time_go_first(tmp_path, folder, monkeypatch) -> None:
    monkeypatch.setattr(guest_objects, "MOST_FILES", 2)
    for level in ("-O0", "-O1", "-O2"):
        provided(tmp_path / "one", [level])
    assert len(list(folder.iterdir())) == 2


def test_commands_at_the_same_time_do_not_disturb_each_other(tmp_path, folder) -> None:
    code = "import sys, pathlib; from emulator.harness import guest_objects; place = pathlib.Path(sys.argv[1])"
    code += "; guest_objects.provide(['-O1'], place)"
    places = [tmp_path / f"place {number}" for number in range(3)]
    for place in places:
        place.mkdir()
    root = Path(__file__).parents[2]
    processes = [subprocess.Popen([sys.executable, "-c", code, str(place)], cwd=root) for place in places]
    assert [process.wait(120) for process in processes] == [0] * 3
    contents = [{path.name: path.read_bytes() for path in place.glob("*.o")} for place in places]
    assert contents == [contents[0]] * 3 and contents[0]
    assert len(list(folder.iterdir())) == 1


def test_a_rule_for_make_is_read_as_make_reads_it() -> None:
    rule = "a.o: /b/a\\ b.h \\\n /c/$$d.h \\\n  /e\\#f.h\n"
    assert guest_objects.dependencies(rule) == ["/b/a b.h", "/c/$d.h", "/e#f.h"]
    guest = str(toolchain.GUEST).replace(" ", "\\ ")
    assert guest_objects.dependencies(f"a.o: {guest}/src/boot.c /x.h\n") == ["/x.h"]
