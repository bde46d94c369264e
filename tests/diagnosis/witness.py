"""Whether what a report names exists: files and lines, functions, offsets, times, and the frames of its backtraces.

The witnesses are the sources, and the toolchain's own nm and addr2line. A report that was made with a wrong table would
agree with itself; it does not agree with these.
"""

from __future__ import annotations

import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support.tools import require_tool

_DEFINITION = re.compile(r"^[\w ][^;{}()#]*?\b(\w+)\(([^;{}]*)\)\n\{", re.MULTILINE)
_ATTRIBUTE = re.compile(r"__attribute__\(\(.*?\)\)")
_ASSEMBLY = re.compile(r"\.type (\w+), %function")
_FILE_LINE = re.compile(r"([\w.+/-]*\w\.(?:[chS]|cpp)):(\d+)\b")
_SYMBOL = re.compile(r"\b([A-Za-z_][\w.]*)\+0x([0-9a-f]+)\b")
_NAMED_LINE = re.compile(r"\b([A-Za-z_]\w*)(?:\(\))? \((?:[\w.+/-]+)?:(\d+)\)")
NEAR = 0x1_0000
"""Bytes between a pointer and what is accessed through it, at most: an offset, or an index into what is there."""
_TIME = re.compile(r"\b(?:at|since|until|time|from) (\d{1,3}(?:,\d{3})+)\b")


@functools.cache
def extents(source: Path) -> dict[str, tuple[int, int]]:
    """Return the first and the last line of each function that is defined in ``source``."""
    text = _ATTRIBUTE.sub(lambda match: " " * len(match[0]), source.read_text(encoding="utf-8"))
    found = {}
    for match in _DEFINITION.finditer(text):
        first = text.count("\n", 0, match.start()) + 1
        last = text.count("\n", 0, text.index("\n}", match.end())) + 2
        found[match[1]] = (first, last)
    return found


def functions_in(source: Path) -> frozenset[str]:
    """Return the names of the functions that are defined in ``source``, those in assembly too."""
    return frozenset(extents(source)) | frozenset(_ASSEMBLY.findall(source.read_text(encoding="utf-8")))


class Witness:
    """Knows the program ``elf``, made of ``source`` and others."""

    def __init__(self, elf: Path, source: Path) -> None:
        self._elf = elf
        self._source = source
        self._symbols = _symbols(elf)

    def lies(self, text: str, facts: dict[str, Any]) -> list[str]:
        """Return what is wrong in a report, given as ``text`` and as JSON object."""
        complaints = [
            f"{name}:{line}: there is no such line"
            for name, line in _FILE_LINE.findall(text)
            if Path(name).name == self._source.name and int(line) > self._last_line
        ]
        complaints += [
            f"{name}+0x{offset} is in no symbol"
            for name, offset in _SYMBOL.findall(text)
            if not self._is_inside(name, int(offset, 16))
        ]
        complaints += [
            f"{name} (:{line}) is not in {name}"
            for name, line in _NAMED_LINE.findall(text)
            if not self._is_line_of(name, int(line))
        ]
        complaints += [
            f"{time} is after the end" for time in _TIME.findall(text) if int(time.replace(",", "")) > facts["time"]
        ]
        if text and facts["headline"] not in text:
            complaints.append("text and JSON begin with different sentences")
        return [*complaints, *_wrong_pointers(facts), *self._wrong_frames(facts)]

    @property
    def _last_line(self) -> int:
        return len(self._source.read_text(encoding="utf-8").splitlines())

    def _is_inside(self, name: str, offset: int) -> bool:
        """Whether an offset is one of ``name``: behind its end is where a last call that never returns would."""
        if not self._symbols:  # the program was stripped
            return False
        sizes = self._symbols.get(name)
        return sizes is not None and any(offset <= size or size == 0 for size in sizes)

    def _is_line_of(self, name: str, line: int) -> bool:
        extent = extents(self._source).get(name)  # else it is a thread, or a function of another file
        return extent is None or extent[0] <= line <= extent[1]

    def _wrong_frames(self, facts: dict[str, Any]) -> list[str]:
        frames = [(frame, exact) for trace in _backtraces(facts) for frame, exact in _frames(trace)]
        frames = [(frame, exact) for frame, exact in frames if frame["line"]]
        addresses = [int(frame["pc"], 16) - (0 if exact else 2) for frame, exact in frames]
        complaints = []
        for (frame, _), places in zip(frames, self._places(addresses), strict=True):
            # Of C++ addr2line has names that the linker knows, or none, and of two names of one address any.
            if frame["file"].endswith((".cpp", ".cc", ".h", ".tcc", ".S")):
                places = [(frame["function"], file, line) for _, file, line in places]
            if (frame["function"], Path(frame["file"]).name, frame["line"]) not in places:
                complaints.append(
                    f"{frame['pc']} is not {frame['function']} {frame['file']}:{frame['line']}; addr2line: {places}"
                )
        return complaints

    def _places(self, addresses: list[int]) -> list[list[tuple[str, str, int]]]:
        """Return for each address the functions there, inlined ones first, with file and line, as addr2line says."""
        if not addresses:
            return []
        command = [require_tool("arm-none-eabi-addr2line"), "-a", "-f", "-i", "-e", str(self._elf)]
        done = subprocess.run(
            [*command, *map(hex, addresses)], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        answers: list[list[tuple[str, str, int]]] = []
        lines = iter(done)
        for line in lines:
            if line.startswith("0x"):
                answers.append([])
                continue
            path, _, number = next(lines).partition(" (discriminator")[0].rpartition(":")
            answers[-1].append((line, Path(path).name, int(number) if number.isdigit() else 0))
        return answers


def _symbols(elf: Path) -> dict[str, list[int]]:
    """Return the sizes of the symbols of each name; 0 is unknown."""
    done = subprocess.run(
        [require_tool("arm-none-eabi-nm"), "-S", str(elf)], capture_output=True, text=True, check=True
    )
    sizes: dict[str, list[int]] = {}
    for line in done.stdout.splitlines():
        words = line.split()
        size = int(words[1], 16) if len(words) == 4 else 0
        sizes.setdefault(words[-1], []).append(size)
    mangled = [name for name in sizes if name.startswith("_Z")]
    command = [require_tool("arm-none-eabi-c++filt"), "-p", *mangled]
    done = subprocess.run(command, capture_output=True, text=True, check=True) if mangled else None
    for name, readable in zip(mangled, done.stdout.splitlines() if done is not None else (), strict=True):
        sizes.setdefault(re.split(r"[ :]", readable)[-1], []).extend(sizes[name])  # what ``_SYMBOL`` sees of it
    return sizes


def _wrong_pointers(facts: dict[str, Any]) -> Iterator[str]:
    """Yield what is called the pointer of a refused access and is nowhere near its address: an index, or nothing."""
    access = None if facts["fault"] is None else facts["fault"]["access"]
    if access is None or access["address"] is None or access["kind"] == "fetch":
        return
    for step in (facts.get("why") or {"steps": []})["steps"]:
        if not step["text"].startswith("the pointer") or step["value"] is None:
            continue
        if abs(int(step["value"], 16) - int(access["address"], 16)) > NEAR:
            yield f"{step['value']} is not the pointer to {access['address']}"


def _backtraces(facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    faults = [facts["fault"], facts["handler_fault"], *facts["faults_between"]]
    yield from (fault["backtrace"] for fault in faults if fault is not None)
    yield facts["end"]["backtrace"]
    yield from (thread["backtrace"] for thread in facts["threads"] if thread["backtrace"] is not None)


def _frames(trace: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield the frames, and whether ``pc`` is the instruction itself and not a return address."""
    exact, inlined = True, False
    for position, frame in enumerate(trace["frames"]):
        if not inlined:  # else it is the same instruction
            exact = position == 0 or frame["interrupted_by"] is not None or frame["relation"] is not None
        yield frame, exact
        inlined = frame["inlined"]
