"""Coverage against gcov's counts of the same program, read by lcov and genhtml; and the counts that it is made of."""

from __future__ import annotations

import gzip
import itertools
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from support.elf_builder import FUNC, ElfBuilder, Load, Section, Sym
from support.small_programs import CODE, exit_with, write_elf
from support.tools import require_tool

from emulator.armv7m.direct_branches import direct_branch
from emulator.armv7m.instructions import decode_block
from emulator.asm import assemble
from emulator.cli.main import main
from emulator.debuginfo.source import CodeFunction, CodeListing, CodeRow, SourceLine
from emulator.disasm import disassemble
from emulator.engine import block_counts
from emulator.errors import ConfigError
from emulator.exports.coverage import Coverage, coverage_of
from emulator.exports.lcov import add_coverage, read_lcov, write_lcov
from emulator.harness.case_runs import compile_sources
from emulator.image.image import Image, Segment, SymbolTable
from emulator.image.loader import load_images
from v7m import Machine

HERE = Path(__file__).parent
PREBUILT = HERE.parents[1] / "firmware" / "prebuilt"
SOURCES = ("counted.c", "counted_main.c")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with counted.elf and its sources."""
    require_tool("arm-none-eabi-gcc")
    place = tmp_path_factory.mktemp("coverage")
    for name in SOURCES:
        (place / name).write_bytes((HERE / name).read_bytes())
    compile_sources(SOURCES, ("-g", "-O0"), place, place / "counted.elf")
    return place


@pytest.fixture
def project(built: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(built)
    return built


def records(path: str, source: str = "counted.c") -> dict[str, list[list[str]]]:
    """Return the lines of one file in a tracefile, by their kind."""
    found: dict[str, list[list[str]]] = defaultdict(list)
    record = next(part for part in Path(path).read_text().split("end_of_record\n") if f"SF:{source}\n" in part)
    for line in record.splitlines():
        kind, _, value = line.partition(":")
        found[kind].append(value.split(","))
    return found


def gcov_of(place: Path) -> dict[str, Any]:
    """Return what gcov counts of counted.c, compiled for this machine."""
    gcc, gcov = require_tool("gcc"), require_tool("gcov")
    run = {"cwd": place, "check": True, "capture_output": True}
    subprocess.run([gcc, "-O0", "--coverage", "counted.c", "-o", "native"], **run)
    subprocess.run([str(place / "native")], **run)
    (data,) = place.glob("*.gcda")
    subprocess.run([gcov, "-b", "-c", "-j", data.name], **run)
    (told,) = place.glob("*.gcov.json.gz")
    (file,) = [f for f in json.loads(gzip.decompress(told.read_bytes()))["files"] if f["file"] == "counted.c"]
    return dict(file)


def test_lines_functions_and_branches_have_the_counts_of_gcov(project: Path) -> None:
    assert main(["run", "counted.elf", "--coverage", "a.info"]) == 0
    ours, theirs = records("a.info"), gcov_of(project)
    lines = {int(line): int(count) for line, count in ours["DA"]}
    known = {line["line_number"]: line["count"] for line in theirs["lines"]}
    common = lines.keys() & known.keys()
    assert len(common) >= 35 and {n: lines[n] for n in common} == {n: known[n] for n in common}
    assert {name: int(count) for count, name in ours["FNDA"]} == {
        function["name"]: function["execution_count"] for function in theirs["functions"]
    }
    branches = defaultdict(list)
    for line, _, _, count in ours["BRDA"]:
        branches[int(line)].append(0 if count == "-" else int(count))
    expected = {
        line["line_number"]: sorted(branch["count"] for branch in line["branches"])
        for line in theirs["lines"] if line["branches"]
    }  # fmt: skip
    switch = next(n for n, text in enumerate((HERE / "counted.c").read_text().splitlines(), 1) if "switch" in text)
    del expected[switch]  # compared one by one here, there by halves
    assert sorted(branches.pop(switch)) == [0, 1, 1, 1, 1, 2, 2, 4]
    assert len(expected) >= 11 and {line: sorted(counts) for line, counts in branches.items()} == expected
    assert [row[3] for row in ours["BRDA"] if row[0] == "20"].count("-") == 2
    for found, hit, kind in (("LF", "LH", "DA"), ("FNF", "FNH", "FNDA"), ("BRF", "BRH", "BRDA")):
        counts = [row[0] if kind == "FNDA" else row[-1] for row in ours[kind]]
        assert [ours[found], ours[hit]] == [[[str(len(counts))]], [[str(sum(c not in ("0", "-") for c in counts))]]]


def test_genhtml_opens_it_and_lcov_adds_it_up_as_we_do(project: Path, capfd: Any) -> None:
    lcov, genhtml = require_tool("lcov"), require_tool("genhtml")
    main(["run", "counted.elf", "--coverage", "one.info"])
    main(["run", "counted.elf", "--coverage", "two.info", "--coverage-add"])
    main(["run", "counted.elf", "--coverage", "two.info", "--coverage-add"])
    rc = ["--rc", "lcov_branch_coverage=1"]
    subprocess.run([lcov, "-q", *rc, "-a", "one.info", "-a", "one.info", "-o", "sum.info"], check=True)

    def lines(name: str) -> list[str]:
        return sorted(line for line in Path(name).read_text().splitlines() if line not in ("BRF:0", "BRH:0"))

    assert lines("sum.info") == lines("two.info") != lines("one.info")
    told = subprocess.run(
        [genhtml, "--branch-coverage", "one.info", "-o", "html"], check=True, capture_output=True, text=True
    ).stdout
    rows = records("one.info"), records("one.info", "counted_main.c")

    def total(found: str, hit: str) -> tuple[int, int]:
        return sum(int(row[hit][0][0]) for row in rows), sum(int(row[found][0][0]) for row in rows)

    shown = [(int(hit), int(found)) for hit, found in re.findall(r"\((\d+) of (\d+) ", told)]
    assert shown == [total("LF", "LH"), total("FNF", "FNH"), total("BRF", "BRH")]
    (page,) = (project / "html").rglob("counted.c.gcov.html")
    assert re.search(r"\b177\b.*if \(n &lt; 2\)", page.read_text())


def test_a_run_that_fails_has_its_coverage_too(project: Path) -> None:
    assert main(["run", "counted.elf", "--coverage", "a.info", "--max-instructions", "9000"]) == 4
    cut = {int(line): int(count) for line, count in records("a.info")["DA"]}
    main(["run", "counted.elf", "--coverage", "a.info"])
    whole = {int(line): int(count) for line, count in records("a.info")["DA"]}
    assert cut.keys() == whole.keys() and all(cut[line] <= whole[line] for line in whole)
    assert 0 < sum(cut.values()) < sum(whole.values())


def test_what_was_inlined_counts_where_it_was_written(tmp_path: Path, monkeypatch: Any) -> None:
    require_tool("arm-none-eabi-gcc")
    monkeypatch.chdir(tmp_path)
    Path("a.c").write_text(
        "#include <stdlib.h>\n#include <rtems.h>\nvolatile int sum;\n"
        "static inline __attribute__((always_inline)) void add(int n)\n{\n  sum += n;\n}\n"
        "void *POSIX_Init(void *a)\n{\n"
        "  for (int i = 0; i < 10; i++)\n    add(i);\n  add(1);\n  add(2);\n  exit(0);\n}\n"
        "#define CONFIGURE_APPLICATION_DOES_NOT_NEED_CLOCK_DRIVER\n#define CONFIGURE_MAXIMUM_POSIX_THREADS 1\n"
        "#define CONFIGURE_POSIX_INIT_THREAD_TABLE\n#define CONFIGURE_INIT\n#include <rtems/confdefs.h>\n"
    )
    compile_sources(("a.c",), ("-g", "-O0"), tmp_path, tmp_path / "a.elf")
    assert main(["run", "a.elf", "--coverage", "a.info"]) == 0
    assert ["6", "12"] in records("a.info", "a.c")["DA"]


# -- counts ------------------------------------------------------------------------------------------------------------

COUNTED = ("bare_switch", "matrix_g_timer_interrupt", "matrix_k_overflow", "switch_storm", "unprivileged_isolation")


@pytest.mark.parametrize("name", COUNTED)
def test_the_counts_of_all_instructions_add_up_to_the_clock(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for pure in ("", "1"):
        monkeypatch.setenv("V7M_PURE_PYTHON", pure)
        with Machine(PREBUILT / f"{name}.elf") as machine:
            counter = machine._session.machine.engine.block_hook.count_blocks()
            executed = (
                machine.run(max_instructions=60_000).instructions + machine.run(max_instructions=999).instructions
            )
            counts = counter.counts()

            def length(start: int, end: int, machine: Machine = machine) -> int:
                return decode_block(start, machine.read(start, end - start), 0).count

            total = sum(count * length(start, start + size) for (start, size), count in counts.begun.items())
            total -= sum(count * length(pc, end) for (pc, end), count in counts.left.items())
            assert total == executed and counts.left_out == 0
            assert all(0 <= counts.passed[place] <= counts.begun[place] for place in counts.begun)
            found.append(counts)
    assert sum(found[0].begun.values()) > 1000 or name == "bare_switch"
    assert by_address(found[0]) == by_address(found[1])


SKIPS = "ldr r0, [sp, #24]; adds r0, #2; str r0, [sp, #24]; bx lr"
"""A handler that goes on behind the instruction of 16 bits that faulted."""
FAULTS = """
    movs r4, #3
    movw r5, #0; movt r5, #0xa000
    b #0x10c
    nop
    nop
    ldr r1, [r5]
    adds r2, #1
    subs r4, #1
    bne #0x10c
"""


def executed_by(counter: block_counts.BlockCounter, machine: Machine) -> int:
    """Return how many instructions the counts are of."""
    counts = counter.counts()

    def length(start: int, end: int) -> int:
        return decode_block(start, machine.read(start, end - start), 0).count

    total = sum(count * length(start, start + size) for (start, size), count in counts.begun.items())
    return total - sum(count * length(pc, end) for (pc, end), count in counts.left.items())


@pytest.mark.parametrize("pure", ["", "1"])
def test_a_place_that_faults_often_is_left_as_often(pure: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("V7M_PURE_PYTHON", pure)
    program = write_elf(tmp_path / "a.elf", FAULTS + exit_with(0), handlers={3: SKIPS})
    with Machine(program) as machine:
        counter = machine._session.machine.engine.block_hook.count_blocks()
        result = machine.run()
        counts = counter.counts()
        assert result.outcome == "success" and executed_by(counter, machine) == result.instructions
    assert [count for (pc, _), count in counts.left.items() if pc == 0x110] == [3]


@pytest.mark.parametrize("pure", ["", "1"])
def test_single_steps_count_as_a_run_does(pure: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("V7M_PURE_PYTHON", pure)
    program = write_elf(tmp_path / "a.elf", FAULTS + exit_with(0), handlers={3: SKIPS})
    found = []
    for is_stepped in (False, True):
        with Machine(program) as machine:
            counter = machine._session.machine.engine.block_hook.count_blocks()
            while is_stepped and machine.step() is None:
                pass
            if not is_stepped:
                machine.run()
            assert executed_by(counter, machine) == machine.instructions
            changes, passed = by_address(counter.counts())
            found.append((changes, passed.get(0x118), passed.get(0x116)))
    assert found[0][:2] == found[1][:2] and found[0][1] == 1


def by_address(counts: block_counts.Counts) -> tuple[dict[int, int], dict[int, int]]:
    """Return how counts change from one address to the next, and the passes by address: blocks may be cut otherwise."""
    changes: defaultdict[int, int] = defaultdict(int)
    passed: defaultdict[int, int] = defaultdict(int)
    for (start, size), count in counts.begun.items():
        changes[start] += count
        changes[start + size] -= count
        passed[start + size] += counts.passed[start, size]
    for (pc, end), count in counts.left.items():
        changes[pc] -= count
        changes[end] += count
    return {at: change for at, change in changes.items() if change}, {at: n for at, n in passed.items() if n}


STEP, BLOCKS = 0x1_0000, 60
"""Blocks so far apart have their slots at the same place of the table, which holds a few."""


def far_blocks(path: Path) -> Path:
    """Write a program that goes through BLOCKS blocks of one branch each, STEP apart, three times."""
    end = STEP * (BLOCKS + 1)
    image = bytearray(end)
    vectors = [0x2000_8000, CODE | 1] + [CODE | 1] * 46
    image[: 4 * len(vectors)] = b"".join(word.to_bytes(4, "little") for word in vectors)
    begin = f"movw r0, #{STEP & 0xFFFF | 1}; movt r0, #{STEP >> 16}"
    for address, source in (
        (CODE, f"movs r4, #3; {begin}; bx r0"),
        *((n * STEP, f"b.w #{(n + 1) * STEP}") for n in range(1, BLOCKS + 1)),
    ):
        code = assemble(source, address)
        image[address : address + len(code)] = code
    image += assemble(f"subs r4, #1; {begin}; it ne; bxne r0; " + exit_with(0), end)
    data = bytes(image)
    symbols = [Sym("main", CODE | 1, 8, FUNC)]
    path.write_bytes(ElfBuilder(loads=[Load(0, data)], sections=[Section(".text", data)], symbols=symbols).build())
    return path


@pytest.mark.parametrize("pure", ["", "1"])
def test_a_block_whose_slot_another_takes_keeps_its_count(pure: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("V7M_PURE_PYTHON", pure)
    with Machine(far_blocks(tmp_path / "far.elf")) as machine:
        counter = machine._session.machine.engine.block_hook.count_blocks()
        assert machine.run().outcome == "success"
        counts = counter.counts()
    assert [counts.begun.get((n * STEP, 4)) for n in range(1, BLOCKS + 1)] == [3] * BLOCKS
    assert not any(counts.passed[n * STEP, 4] for n in range(1, BLOCKS + 1))


def test_what_is_too_much_is_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_counts, "MOST_BLOCKS", 10)
    with Machine(PREBUILT / "hello.elf") as machine:
        counter = machine._session.machine.engine.block_hook.count_blocks()
        machine.run()
        counts = counter.counts()
    assert len(counts.begun) == 10 and counts.left_out > 100


# -- parts -------------------------------------------------------------------------------------------------------------


def test_every_direct_branch_leads_where_the_disassembler_says() -> None:
    address = 0x8000
    wide = [(first, second) for first in range(0xF000, 0xF800, 0x15) for second in range(0x8000, 0xC000, 0x7B)]
    seen = 0
    for first, second in [(first, 0xBF00) for first in range(0xE800)] + wide:
        size = 2 if first < 0xE800 else 4
        code = (first | second << 16).to_bytes(4, "little")[:size]
        words = disassemble(code, address).text.split()
        name = words[0].removesuffix(".w").removesuffix(".n")
        is_branch = name in ("b", "cbz", "cbnz") or re.fullmatch("b(eq|ne|[hl]s|lo|mi|pl|v[sc]|hi|g[et]|l[et])", name)
        branch = direct_branch(address, first, second)
        assert (branch is not None) == bool(is_branch), (hex(first), hex(second), words)
        if branch is not None:
            seen += 1
            assert branch.target == int(words[-1].lstrip("#"), 0) & 0xFFFF_FFFF
            assert branch.is_conditional == (name != "b")
    assert seen > 10_000


def test_a_tracefile_is_read_as_it_was_written(project: Path) -> None:
    main(["run", "counted.elf", "--coverage", "a.info"])
    data = Path("a.info").read_bytes()
    read = read_lcov(data, "a.info")
    assert write_lcov(read).encode() == data
    empty = read_lcov(b"", "none")
    add_coverage(empty, read)
    assert write_lcov(empty).encode() == data


@pytest.mark.parametrize(
    "text",
    ["DA:1,1\n", "SF:a\nDA:x,1\n", "SF:a\nBRDA:1,3,0,1\n", "SF:a\nFNDA:1,f\n", "hello\n", "SF:a\nDA:1\n", "\x00"],
)
def test_a_file_that_is_no_coverage_is_refused_and_kept(text: str, project: Path, capfd: Any) -> None:
    Path("bad.info").write_text(text)
    assert main(["run", "counted.elf", "--coverage", "bad.info", "--coverage-add"]) == 2
    told = capfd.readouterr().err
    assert told.count("\n") == 1 and "bad.info is no coverage of v7m: line" in told
    assert Path("bad.info").read_text() == text


def test_runs_that_add_to_one_file_at_the_same_time_lose_nothing(project: Path) -> None:
    command = [sys.executable, "-m", "v7m", "run", "counted.elf", "--coverage", "together.info", "--coverage-add"]
    runs = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert {run.wait() for run in runs} == {0}
    main(["run", "counted.elf", "--coverage", "one.info"])
    one = read_lcov(Path("one.info").read_bytes(), "one.info")
    expected: Coverage = {}
    for _ in range(4):
        add_coverage(expected, one)
    assert Path("together.info").read_text() == write_lcov(expected)


def test_programs_and_options_that_have_no_coverage_are_refused(project: Path, tmp_path: Path, capfd: Any) -> None:
    bare = write_elf(tmp_path / "bare.elf", exit_with(0))
    for arguments, words in (
        ([str(bare), "--coverage", "x.info"], "bare.elf has no source lines. Compile it with -g."),
        ([str(PREBUILT / "hello.elf"), "--coverage", "x.info"], "no source file of hello.elf is below this directory"),
        (["counted.elf", "--coverage-add"], "give --coverage FILE, too"),
        (["counted.elf", "--coverage", "counted.elf"], "Choose another one"),
    ):
        assert main(["run", *arguments]) == 2
        told = capfd.readouterr().err
        assert told.count("\n") == 1 and words in told
    assert not Path("x.info").exists()


def test_a_listing_moves_with_its_code(project: Path) -> None:
    image = load_images(["counted.elf"])[0]
    (moved,) = load_images([str(PREBUILT / "bare_mpu.elf")], symbols=["counted.elf@0x100000"])
    listing = moved.listing()
    rows = [row for row in listing.rows if row.path == "counted.c"]
    assert len(rows) > 50
    for row in rows[::5]:
        found = image.source_line(row.start - 0x10_0000)
        assert found is not None and (found.path, found.line) == (row.path, row.line)
    starts = {function.name: function.start - 0x10_0000 for function in listing.functions}
    for name in ("gcd", "classify", "unused", "main"):
        assert starts[name] == image.symbols.by_name[name].address
    none = coverage_of(moved, listing, block_counts.Counts({}, {}, {}, 0), lambda path: path)
    assert none["counted.c"].lines and set(none["counted.c"].lines.values()) == {0}


def test_the_library_counts_all_runs_of_a_machine(project: Path) -> None:
    with Machine("counted.elf", coverage=True) as machine:
        machine.run()
        one = read_lcov(machine.lcov().encode(), "one")
        machine.run()
        two = read_lcov(machine.lcov().encode(), "two")
    assert {line: 2 * count for line, count in one["counted.c"].lines.items()} == two["counted.c"].lines
    with Machine("counted.elf") as machine, pytest.raises(ConfigError, match="coverage=True"):
        machine.lcov()


CASES = """
program = "counted.elf"
[[case]]
name = "one"
[[case]]
name = "two"
[[case]]
name = "without lines"
program = "hello.elf"
[[case]]
name = "other"
program = "other.elf"
"""


def test_the_cases_of_a_test_run_add_up(project: Path) -> None:
    for name, source in (("hello", PREBUILT / "hello.elf"), ("other", project / "counted.elf")):
        (project / f"{name}.elf").write_bytes(source.read_bytes())
    (project / "test_a.toml").write_text(CASES)
    for jobs in ("1", "2"):
        assert main(["test", "--jobs", jobs, "--coverage", f"{jobs}.info"]) == 0
    main(["run", "counted.elf", "--coverage", "a.info"])
    one, all_cases = (read_lcov(Path(name).read_bytes(), name) for name in ("a.info", "1.info"))
    assert Path("1.info").read_bytes() == Path("2.info").read_bytes()
    for path, file in one.items():
        assert {line: 3 * count for line, count in file.lines.items()} == all_cases[path].lines


def test_files_add_up_in_any_order() -> None:
    texts = [
        "SF:a\nFN:5,f\nFNDA:1,f\nDA:5,1\nBRDA:5,0,0,1\nBRDA:5,0,1,-\nend_of_record\n",
        "SF:a\nFN:4,f\nFNDA:2,f\nDA:4,2\nBRDA:5,0,0,-\nBRDA:5,0,1,3\nBRDA:5,1,0,1\nBRDA:5,1,1,1\nend_of_record\n",
        "SF:a\nFN:5,f\nFNDA:4,f\nDA:5,4\nBRDA:5,0,0,7\nBRDA:5,0,1,8\nend_of_record\nSF:b\nDA:1,0\nend_of_record\n",
    ]
    found = set()
    for order in itertools.permutations(texts):
        total = read_lcov(b"", "none")
        for text in order:
            add_coverage(total, read_lcov(text.encode(), "a file"))
        found.add(write_lcov(total))
    (text,) = found
    assert "FN:4,f\nFNDA:7,f\n" in text and "DA:4,2\nDA:5,5\n" in text
    assert "BRDA:5,0,0,-\nBRDA:5,0,1,3\nBRDA:5,1,0,1\n" in text


def test_a_line_has_the_count_of_its_most_executed_instruction() -> None:
    """A loop in one row of the line table, a block that was left in its middle, and literals behind the code."""
    code = b"\x00\xbf" * 6 + b"\x01\xd1" + b"\xff\xd1" * 5  # nop; bne; and literals that look like bne
    image = Image("x", [Segment(0x100, code, len(code))], SymbolTable([]), source_line=lambda at: SourceLine("a.c", 7))
    rows = (CodeRow(0x100, 0x10C, "a.c", 7, (0, 0)), CodeRow(0x10C, 0x10E, "a.c", 8, (0, 0)))
    literals = CodeRow(0x10E, 0x118, "a.c", 9, (0, 0))
    function = CodeFunction("f", 0x100, ((0x100, 0x118),), "a.c", 7)
    listing = CodeListing((*rows, literals), (function,), ((0x10E, 0x118),))
    counts = block_counts.Counts(
        {(0x100, 4): 1, (0x104, 8): 10, (0x10C, 2): 9},
        {(0x100, 4): 1, (0x104, 8): 9, (0x10C, 2): 2},
        {(0x108, 0x10C): 1},
        0,
    )
    found = coverage_of(image, listing, counts, lambda path: path)["a.c"]
    assert found.lines == {7: 10, 8: 9}
    assert found.functions == {"f": (7, 1)}
    assert found.branches == {7: [(2, 7)]}


def test_a_loop_back_to_its_first_instruction_is_no_call() -> None:
    code = b"\x00\xbf\xfd\xd1"  # f: nop; bne f
    image = Image("x", [Segment(0x100, code, 4)], SymbolTable([]), source_line=lambda at: SourceLine("a.c", 7))
    row, function = CodeRow(0x100, 0x104, "a.c", 7, (0, 0)), CodeFunction("f", 0x100, ((0x100, 0x104),), "a.c", 7)
    counts = block_counts.Counts({(0x100, 4): 30}, {(0x100, 4): 3}, {}, 0)
    found = coverage_of(image, CodeListing((row,), (function,), ()), counts, lambda path: path)["a.c"]
    assert (found.functions, found.branches) == ({"f": (7, 3)}, {7: [(3, 27)]})
