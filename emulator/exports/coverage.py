"""Coverage of source files by what was executed: lines, functions, and the two ways out of each conditional branch.

Nothing is added to the program. A line's count is that of its most executed instruction, added up over the inlined
copies of a function; a branch is a conditional branch instruction. So the numbers are those of the code as compiled:
with -O0 they are the program's as it is written; an optimiser moves, joins and duplicates. Conditions that became IT
blocks are no branches, and such instructions count as executed where their block was. No state.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from emulator.annotations import NamedTuple
from emulator.armv7m.direct_branches import DirectBranch, direct_branch
from emulator.armv7m.instructions import is_wide
from emulator.debuginfo.source import CodeFunction, CodeListing
from emulator.engine.block_counts import Counts
from emulator.image.image import Image


class BranchCount(NamedTuple):
    """How often a conditional branch was not taken, and taken; None, None where it was never executed."""

    passed: int | None
    taken: int | None


class FileCoverage:
    """One source file: counts of ``lines`` by number, of ``functions`` by name, with the line that each begins at, and
    ``branches`` by line, in the order of their addresses."""

    def __init__(self) -> None:
        self.lines: dict[int, int] = {}
        self.functions: dict[str, tuple[int, int]] = {}
        self.branches: dict[int, list[BranchCount]] = {}


Coverage = dict[str, FileCoverage]
"""By name."""


NameOf = Callable[[str], "str | None"]
"""Returns what a path of the debug information is called in the result, None for a file that nobody wants."""


def coverage_of(image: Image, listing: CodeListing, counts: Counts, name_of: NameOf) -> Coverage:
    """Return the coverage of the files of ``image`` that have a name."""
    return _Counter(image, listing, counts, name_of).coverage()


class _Counter:
    def __init__(self, image: Image, listing: CodeListing, counts: Counts, name_of: NameOf) -> None:
        self._image = image
        self._listing = listing
        self._name_of = name_of
        self._names: dict[str, str | None] = {}
        changes: defaultdict[int, int] = defaultdict(int)
        self._passed: defaultdict[int, int] = defaultdict(int)
        for (address, size), count in counts.begun.items():
            changes[address] += count
            changes[address + size] -= count
        for (pc, end), count in counts.left.items():
            changes[pc] -= count
            changes[end] += count
        for (address, size), count in counts.passed.items():
            self._passed[address + size] += count
        self._places = sorted(changes)
        self._sums = list(accumulate(changes[place] for place in self._places))
        self._data = sorted(listing.data)
        self._files: defaultdict[str, FileCoverage] = defaultdict(FileCoverage)

    def coverage(self) -> Coverage:
        self._count_lines()
        branches = self._branches()
        for address, (size, branch) in sorted(branches.items()):
            if branch.is_conditional:
                self._count_branch(address, size)
        for function in self._listing.functions:
            self._count_function(function, branches)
        return dict(sorted(self._files.items()))

    def _file(self, path: str) -> FileCoverage | None:
        """Return the file of a recorded path; None where nobody wants it."""
        if path not in self._names:
            self._names[path] = self._name_of(path)
        name = self._names[path]
        return None if name is None else self._files[name]

    def _executed(self, address: int) -> int:
        """Return how often the instruction at ``address`` was executed."""
        index = bisect_right(self._places, address) - 1
        return self._sums[index] if index >= 0 else 0

    def _most(self, start: int, end: int) -> int:
        """Return how often the most executed instruction from ``start`` up to ``end`` was."""
        inner = self._sums[bisect_right(self._places, start) : bisect_left(self._places, end)]
        return max(self._executed(start), *inner, 0)

    def _is_data(self, address: int) -> bool:
        index = bisect_right(self._data, (address, 1 << 32)) - 1
        return index >= 0 and address < self._data[index][1]

    def _count_lines(self) -> None:
        most: dict[tuple[str, int], dict[tuple[int, int], int]] = defaultdict(dict)
        for row in self._listing.rows:
            if not self._is_data(row.start):
                copies = most[row.path, row.line]
                copies[row.scope] = max(copies.get(row.scope, 0), self._most(row.start, row.end))
        for (path, line), copies in most.items():
            file = self._file(path)
            if file is not None:
                file.lines[line] = file.lines.get(line, 0) + sum(copies.values())
        for file in self._files.values():
            file.lines = dict(sorted(file.lines.items()))

    # -- branches and functions ----------------------------------------------------------------------------------------

    def _branches(self) -> dict[int, tuple[int, DirectBranch]]:
        """Return the direct branches in the code of all functions, by address, each with its size."""
        found = {}
        for function in self._listing.functions:
            for start, end in function.ranges:
                for address, size, first, second in self._instructions(start, end):
                    branch = direct_branch(address, first, second)
                    if branch is not None:
                        found[address] = size, branch
        return found

    def _instructions(self, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield (address, size, first halfword, second halfword) of the code from ``start`` up to ``end``."""
        address = start
        while address < end:
            index = bisect_right(self._data, (address, 1 << 32)) - 1
            if index >= 0 and address < self._data[index][1]:
                address = self._data[index][1]
                continue
            code = self._image.bytes_at(address, min(4, end - address)) or b""
            if len(code) < 2:
                return
            first = code[0] | code[1] << 8
            size = 4 if is_wide(first) else 2
            yield address, size, first, int.from_bytes(code[2:4], "little")
            address += size

    def _count_branch(self, address: int, size: int) -> None:
        line = self._image.source_line(address)
        file = self._file(line.path) if line is not None else None
        if line is None or file is None:
            return
        executed = self._executed(address)
        passed = self._passed[address + size]
        count = BranchCount(passed, executed - passed) if executed else BranchCount(None, None)
        file.branches.setdefault(line.line, []).append(count)

    def _count_function(self, function: CodeFunction, branches: dict[int, tuple[int, DirectBranch]]) -> None:
        """Count the calls of a function: its first instruction, but for a loop that goes back to it."""
        file = self._file(function.path)
        if file is None:
            return
        calls = self._executed(function.start) - sum(self._loops(function, branches))
        name = self._name(function)
        line, before = file.functions.get(name, (function.line, 0))
        file.functions[name] = min(line, function.line), before + calls

    def _loops(self, function: CodeFunction, branches: dict[int, tuple[int, DirectBranch]]) -> Iterable[int]:
        for start, end in function.ranges:
            for address, size, _, _ in self._instructions(start, end) if self._executed(function.start) else ():
                if address in branches and branches[address][1].target == function.start:
                    passed = self._passed[address + size] if branches[address][1].is_conditional else 0
                    yield self._executed(address) - passed

    def _name(self, function: CodeFunction) -> str:
        """Return the symbol of a function, which tells overloaded ones apart, without what an optimiser appends."""
        symbol = self._image.symbols.find(function.start)
        is_its = symbol is not None and symbol.address == function.start and symbol.is_function
        name = symbol.name.partition(".")[0] if symbol is not None and is_its else ""
        return name or function.name
