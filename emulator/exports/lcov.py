"""Coverage as lcov's tracefile, the version that lcov 1.x and 2.x read: ``geninfo(1)``, FILES.

What was written before can be read again, so that the runs of several programs, or of one with several inputs, add up.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.errors import ConfigError
from emulator.exports.coverage import BranchCount, Coverage, FileCoverage

NEVER = "-"
"""How often a branch was taken that was never executed."""


def write_lcov(coverage: Coverage) -> str:
    """Return the tracefile: one record a file, without a test's name."""
    return "".join(f"{line}\n" for path, file in sorted(coverage.items()) for line in _record(path, file))


def _record(path: str, file: FileCoverage) -> Iterator[str]:
    functions = sorted((line, _name(name), count) for name, (line, count) in file.functions.items())
    yield "TN:"
    yield f"SF:{path}"
    for line, name, _ in functions:
        yield f"FN:{line},{name}"
    for _, name, count in functions:
        yield f"FNDA:{count},{name}"
    yield f"FNF:{len(functions)}"
    yield f"FNH:{sum(count > 0 for _, _, count in functions)}"
    taken: list[int | None] = []
    for line, branches in sorted(file.branches.items()):
        for block, pair in enumerate(branches):
            for way, times in enumerate(pair):
                taken.append(times)
                yield f"BRDA:{line},{block},{way},{NEVER if times is None else times}"
    yield f"BRF:{len(taken)}"
    yield f"BRH:{sum(bool(times) for times in taken)}"
    for line, count in sorted(file.lines.items()):
        yield f"DA:{line},{count}"
    yield f"LF:{len(file.lines)}"
    yield f"LH:{sum(count > 0 for count in file.lines.values())}"
    yield "end_of_record"


def _name(name: str) -> str:
    """Return a function's name without the character that separates fields."""
    return name.replace(",", ";")


def read_lcov(data: bytes, shown: str) -> Coverage:
    """Return what ``write_lcov`` wrote; ``shown`` names the file in errors. Raises ConfigError for anything else."""
    coverage: Coverage = {}
    file: FileCoverage | None = None
    for number, text in enumerate(data.decode("utf-8", "surrogateescape").splitlines(), 1):
        kind, _, value = text.partition(":")
        try:
            if kind == "SF":
                file = coverage.setdefault(value, FileCoverage())
            elif kind == "end_of_record":
                file = None
            elif kind != "TN":
                _read_line(file, kind, value)
        except (ValueError, KeyError, AttributeError):
            remedy = "Give what v7m run --coverage wrote, or another file."
            raise ConfigError(f"{shown} is no coverage of v7m: line {number:,} is not understood. {remedy}") from None
    return coverage


def _read_line(file: FileCoverage | None, kind: str, value: str) -> None:
    if file is None:
        raise ValueError("a line outside of a record")
    first, _, rest = value.partition(",")
    if kind == "DA":
        file.lines[int(first)] = int(rest)
    elif kind == "FN":
        file.functions[rest] = int(first), 0
    elif kind == "FNDA":
        file.functions[rest] = file.functions[rest][0], int(first)
    elif kind == "BRDA":
        block, way, count = rest.split(",")
        branches = file.branches.setdefault(int(first), [])
        if int(block) == len(branches) and way == "0":
            branches.append(BranchCount(None, None))
        place, taken = int(block), None if count == NEVER else int(count)
        if place != len(branches) - 1 or way not in ("0", "1"):
            raise ValueError("branches that are not in their order")
        branches[place] = branches[place]._replace(**{("passed", "taken")[int(way)]: taken})
    elif kind not in ("FNF", "FNH", "BRF", "BRH", "LF", "LH"):
        raise ValueError("another kind of line")


def add_coverage(into: Coverage, other: Coverage) -> None:
    """Add the counts of ``other``. Where a line's branches are not as many, its code is another: the more stay."""
    for path, file in other.items():
        known = into.setdefault(path, FileCoverage())
        for line, count in file.lines.items():
            known.lines[line] = known.lines.get(line, 0) + count
        for name, (line, count) in file.functions.items():
            first, before = known.functions.get(name, (line, 0))
            known.functions[name] = min(first, line), before + count
        for line, branches in file.branches.items():
            before_it = known.branches.get(line, [])
            if len(before_it) == len(branches):
                branches = [
                    BranchCount(*(_sum(a, b) for a, b in zip(one, two, strict=True)))
                    for one, two in zip(before_it, branches, strict=True)
                ]
            if len(branches) >= len(before_it):
                known.branches[line] = branches


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other
