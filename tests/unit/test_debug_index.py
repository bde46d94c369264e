"""The index of debug information: the same answers with it and without, whatever becomes of the file it is kept in."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.cli.main import main
from emulator.debuginfo.debug_index import MAGIC, DebugIndex
from emulator.debuginfo.debug_reader import DebugReader
from emulator.harness import index_file
from emulator.harness.index_file import IndexFile
from emulator.image.elf import read_elf
from emulator.image.elf_tables import ElfTables

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "firmware" / "prebuilt" / "stack_isolation.elf"
DATA = PROGRAM.read_bytes()
RUN = [sys.executable, "-m", "emulator.cli.main", "run", str(PROGRAM)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache directory of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("V7M_CACHE", raising=False)
    return tmp_path / "v7m" / "debug-index"


@pytest.fixture
def report(capfd: pytest.CaptureFixture[str]):
    """Runs the program, which faults; returns what was printed."""

    def run() -> str:
        assert main(["run", str(PROGRAM)]) == 3
        printed = capfd.readouterr()
        return printed.out + printed.err

    return run


@pytest.fixture
def expected(report, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the run prints without a kept index."""
    with monkeypatch.context() as patch:
        patch.setenv("V7M_CACHE", "0")
        return report()


def answers(index: DebugIndex) -> list[object]:
    """What the program's debug information says about its code, all of it, asked with an index."""
    image = read_elf(DATA, PROGRAM, lambda data: index)
    code = image.segments[0]
    asked = range(code.address, code.end, 2)
    found = [(image.source_line(a), image.source_frames(a), image.unwind(a)) for a in asked]
    return [*found, image.warnings]


def kept(folder: Path) -> Path:
    """The one file in the directory."""
    (file,) = folder.iterdir()
    return file


# -- answers -------------------------------------------------------------------------------------------------------


def test_an_index_answers_as_the_program_does() -> None:
    index = DebugIndex()
    first = answers(index)
    assert index.grew and any(line is not None for line, _, _ in first[:-1])
    again = DebugIndex.from_bytes(index.to_bytes("key"), "key")
    assert answers(again) == first
    assert not again.grew


def test_a_piece_of_an_index_costs_the_steps_that_reading_it_took() -> None:
    index = DebugIndex()
    spent = []
    for _ in range(2):
        known = DebugIndex.from_bytes(index.to_bytes("key"), "key")
        reader = DebugReader(ElfTables(DATA, PROGRAM).debug_section, known)
        units, _ = reader.units()
        for unit in units:
            reader.line_table(unit)
            reader.scopes(unit, units)
        spent.append(reader._allowance.spent)
        assert known.grew == (len(spent) == 1)
        index = known
    assert spent[0] == spent[1] > 1000


def test_a_program_that_takes_too_long_to_read_is_refused_with_an_index_too() -> None:
    index = DebugIndex()
    index.put("units", [], 1 << 40)
    image = read_elf(DATA, PROGRAM, lambda data: index)
    assert image.source_line(0x100) is None
    assert image.warnings == [
        "stack_isolation.elf: line information is damaged or not understood (reading it takes too long); "
        "some of it is not shown"
    ]


# -- the bytes -----------------------------------------------------------------------------------------------------


@functools.cache
def index_bytes() -> bytes:
    """The bytes of an index of all that a report of the program needs."""
    index = DebugIndex()
    image = read_elf(DATA, PROGRAM, lambda data: index)
    for name in ("POSIX_Init", "memset", "rtems_shim_run_thread"):
        place = image.symbols.by_name[name].address
        assert image.source_frames(place + 2) is not None and image.unwind(place) is not None
    return index.to_bytes("key")


def holds_something(index: DebugIndex) -> bool:
    return index.get("units", lambda value: value) is not None


def test_the_bytes_are_an_index_again_for_their_own_key_only() -> None:
    assert holds_something(DebugIndex.from_bytes(index_bytes(), "key"))
    assert not holds_something(DebugIndex.from_bytes(index_bytes(), "another key"))


@given(place=st.integers(0, 1 << 20), bit=st.integers(0, 7))
def test_a_flipped_bit_makes_an_index_worthless(place: int, bit: int) -> None:
    data = bytearray(index_bytes())
    data[place % len(data)] ^= 1 << bit
    assert not holds_something(DebugIndex.from_bytes(bytes(data), "key"))


@given(length=st.integers(0, 1 << 20))
def test_an_index_that_was_cut_is_worthless(length: int) -> None:
    assert not holds_something(DebugIndex.from_bytes(index_bytes()[: length % len(index_bytes())], "key"))


@given(data=st.binary(max_size=200))
def test_any_bytes_with_a_right_checksum_are_an_index_or_none(data: bytes) -> None:
    whole = MAGIC + hashlib.sha256(b"key" + data).hexdigest().encode() + b"\nkey" + data
    DebugIndex.from_bytes(whole, "key").get("units", lambda value: value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
)


@given(value=JSON, name=st.sampled_from(["units", "lines", "scopes", "frames .debug_frame", "rows .debug_frame"]))
def test_a_piece_with_values_of_the_wrong_form_is_read_again(value: object, name: str) -> None:
    index = DebugIndex.from_bytes(index_bytes(), "key")
    for piece in [piece for piece in index._pieces if piece == name or piece.startswith(f"{name} ")]:
        index.put(piece, value, 0)
    image = read_elf(DATA, PROGRAM, lambda data: index)
    place = read_elf(DATA, PROGRAM).symbols.by_name["POSIX_Init"].address
    image.source_line(place), image.source_frames(place), image.unwind(place)


# -- the file ------------------------------------------------------------------------------------------------------


def test_a_second_run_prints_the_same_from_the_kept_index(folder: Path, report, expected: str) -> None:
    assert [report(), report()] == [expected, expected]
    assert holds_something(DebugIndex.from_bytes(kept(folder).read_bytes(), kept(folder).name))


def test_a_second_run_reads_no_debug_information(folder: Path) -> None:
    code = (
        "import sys; from emulator.cli.main import main; main(['run', sys.argv[1]])\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'elftools'] == [])"
    )
    command = [sys.executable, "-c", code, str(PROGRAM)]
    lines = [subprocess.run(command, capture_output=True, check=True, cwd=ROOT).stdout.splitlines() for _ in range(2)]
    assert [line[-1] for line in lines] == [b"False", b"True"]


@pytest.mark.parametrize("switch", ["0", ""])
def test_the_index_can_be_switched_off(folder: Path, report, expected: str, monkeypatch, switch: str) -> None:
    monkeypatch.setenv("V7M_CACHE", switch)
    assert report() == expected
    assert not folder.exists()


@pytest.mark.parametrize("damage", ["bit", "cut", "empty", "other"])
def test_a_damaged_file_is_not_believed_and_is_replaced(folder: Path, report, expected: str, damage: str) -> None:
    report()
    file = kept(folder)
    good = file.read_bytes()
    middle = len(good) // 2
    changed = good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :]
    file.write_bytes({"bit": changed, "cut": good[:middle], "empty": b"", "other": index_bytes()}[damage])
    assert report() == expected
    assert kept(folder).read_bytes() == good


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize("make", [Path.mkdir, make_pipe, make_dangling_link])
def test_something_else_in_the_files_place_does_no_harm(folder: Path, report, expected: str, make) -> None:
    folder.mkdir(parents=True)
    make(folder / index_file.key_of(DATA))
    assert report() == expected


def test_something_else_in_the_directorys_place_does_no_harm(folder: Path, report, expected: str) -> None:
    folder.parent.write_text("a file")
    assert report() == expected
    assert folder.parent.read_text() == "a file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_directory_that_cannot_be_written_to_does_no_harm(folder: Path, report, expected: str) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    assert report() == expected
    assert list(folder.iterdir()) == []


def test_a_disk_that_is_full_does_no_harm(folder: Path, report, expected: str, monkeypatch) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    assert report() == expected
    assert list(folder.iterdir()) == []


def test_other_code_that_reads_debug_information_uses_other_files(folder: Path, tmp_path: Path, monkeypatch) -> None:
    before = index_file.key_of(DATA)
    assert index_file.key_of(DATA + b"\0") != before
    copy = tmp_path / "emulator"
    shutil.copytree(ROOT / "emulator", copy, ignore=shutil.ignore_patterns("machine", "engine", "*.so"))
    monkeypatch.setattr(index_file, "_PACKAGE", copy)
    assert index_file.key_of(DATA) == before
    (copy / "debuginfo" / "dwarf.py").write_text("# another version\n")
    assert index_file.key_of(DATA) != before


def test_an_index_of_another_form_is_not_read() -> None:
    older = index_bytes().replace(MAGIC, MAGIC.replace(b"1", b"0"), 1)
    assert not holds_something(DebugIndex.from_bytes(older, "key"))


def test_code_that_cannot_be_read_switches_the_index_off(folder: Path, report, expected: str, monkeypatch) -> None:
    monkeypatch.setattr(index_file, "_PACKAGE", folder / "nowhere")
    assert report() == expected
    assert not folder.exists()


def test_the_directory_holds_the_files_that_were_used_last(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_file, "MOST_FILES", 3)
    for number in range(5):
        file = IndexFile(b"program %d" % number)
        file.index.put("units", [], 0)
        file.save()
        os.utime(folder / index_file.key_of(b"program %d" % number), (number, number))
        if number == 3:
            IndexFile(b"program 1")  # used again
    left = {number for number in range(5) if (folder / index_file.key_of(b"program %d" % number)).exists()}
    assert left == {1, 3, 4}


def test_an_index_that_is_too_large_is_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_file, "LARGEST", 200)
    file = IndexFile(b"program")
    file.index.put("units", ["x" * 200], 0)
    file.save()
    assert not folder.exists()


def test_what_two_runs_read_is_kept_together(folder: Path) -> None:
    first, second = IndexFile(b"program"), IndexFile(b"program")
    first.index.put("a", 1, 0)
    second.index.put("b", 2, 0)
    first.save()
    second.save()
    index = IndexFile(b"program").index
    assert [index.get(name, int) for name in "ab"] == [(1, 0), (2, 0)]


def test_several_writers_at_once_leave_a_whole_file(folder: Path) -> None:
    runs = [subprocess.Popen(RUN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) for _ in range(6)]
    printed = {run.communicate(timeout=120) for run in runs}
    assert len(printed) == 1 and {run.returncode for run in runs} == {3}
    file = kept(folder)
    assert holds_something(DebugIndex.from_bytes(file.read_bytes(), file.name))
