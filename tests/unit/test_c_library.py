"""Which libc.a a program is linked with: the toolchain's own, or a copy whose printf and scanf know C99's formats."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.tools import require_tool

from rtems_shim.building import c_library

PROCESSOR = ["-mthumb", "-mcpu=cortex-m3"]


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("V7M_CACHE", "1")
    return require_tool("arm-none-eabi-gcc")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Stands in for the work, which takes seconds: the list of the places where a copy was made."""
    places: list[Path] = []

    def make(compiler: str, processor: list[str], own: Path, archive: Path, place: Path) -> None:
        place.mkdir(parents=True)
        (place / "libc.a").write_bytes(b"copy")
        places.append(place)

    monkeypatch.setattr(c_library, "_make", make)
    return places


def sources(folder: Path, contents: bytes = b"source") -> Path:
    folder.mkdir(exist_ok=True)
    for version in ("3.3.0", "4.1.0", "4.4.0"):
        (folder / f"newlib-{version}.tar.xz").write_bytes(contents)
    return folder


def has_formats(compiler: str) -> bool:
    command = [compiler, "-dM", "-E", "-include", "newlib.h", "-x", "c", "/dev/null"]
    return "#define _WANT_IO_C99_FORMATS" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_without_the_source_the_own_library_is_linked_and_the_warning_names_the_package(
    compiler: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if has_formats(compiler):
        pytest.skip("this toolchain's newlib has the formats")
    monkeypatch.setattr(c_library, "SOURCES", tmp_path / "nowhere")
    found = c_library.library_for(compiler, PROCESSOR, tmp_path)
    assert found.is_file() and not found.is_relative_to(tmp_path)
    assert "apt-get install newlib-source" in capsys.readouterr().err


def test_a_copy_is_made_once_for_each_content_and_processor(
    compiler: str, made: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if has_formats(compiler):
        pytest.skip("this toolchain's newlib has the formats")
    monkeypatch.setattr(c_library, "SOURCES", sources(tmp_path / "src"))
    first = c_library.library_for(compiler, PROCESSOR, tmp_path)
    assert c_library.library_for(compiler, PROCESSOR, tmp_path) == first
    assert len(made) == 1 and first.is_relative_to(tmp_path / "cache" / "v7m")
    assert c_library.library_for(compiler, ["-mthumb", "-mcpu=cortex-m7"], tmp_path) != first
    sources(tmp_path / "src", b"another source")
    assert c_library.library_for(compiler, PROCESSOR, tmp_path) != first
    assert len(made) == 3


def test_the_cache_keeps_the_copies_used_last(
    compiler: str, made: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if has_formats(compiler):
        pytest.skip("this toolchain's newlib has the formats")
    monkeypatch.setattr(c_library, "MOST_COPIES", 2)
    monkeypatch.setattr(c_library, "SOURCES", sources(tmp_path / "src"))
    for number in range(4):
        sources(tmp_path / "src", bytes((number,)))
        c_library.library_for(compiler, PROCESSOR, tmp_path)
    assert [place.exists() for place in made] == [False, False, True, True]


def test_without_a_cache_the_copy_is_made_in_the_callers_directory(
    compiler: str, made: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if has_formats(compiler):
        pytest.skip("this toolchain's newlib has the formats")
    monkeypatch.setenv("V7M_CACHE", "0")
    monkeypatch.setattr(c_library, "SOURCES", sources(tmp_path / "src"))
    assert c_library.library_for(compiler, PROCESSOR, tmp_path / "here").is_relative_to(tmp_path / "here")
    assert not (tmp_path / "cache").exists()


def test_the_copy_is_the_own_library_with_other_formatters_and_names_no_place(compiler: str, tmp_path: Path) -> None:
    if has_formats(compiler) or not c_library.SOURCES.is_dir():
        pytest.skip("needs Debian's newlib and newlib-source")
    own = subprocess.run([compiler, *PROCESSOR, "-print-file-name=libc.a"], capture_output=True, text=True, check=True)
    copy = c_library.library_for(compiler, PROCESSOR, tmp_path)
    members = [
        subprocess.run(["arm-none-eabi-ar", "t", path], capture_output=True, text=True, check=True).stdout.split()
        for path in (own.stdout.strip(), str(copy))
    ]
    assert sorted(members[0]) == sorted(members[1])
    assert (copy.parent / "libg.a").samefile(copy), "what gcc -g links"
    assert sorted(path.name for path in copy.parent.iterdir()) == ["libc.a", "libg.a"]
    assert str(tmp_path).encode() not in copy.read_bytes()
