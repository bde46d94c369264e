"""Cases with the files that they depend on, to be run where those files are not: on another machine, by its own paths.

A parcel is unpacked below a directory that stands for the root: a file at /a/b is at ROOT/a/b there, and the working
directory is the sender's below ROOT. So relative names stay, and messages have them; of absolute ones ROOT is taken
away again. Sources are compiled by the sender. No state.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from emulator.annotations import Any, NamedTuple
from emulator.board.board_file import LONGEST_CHAIN
from emulator.harness.case import Case
from emulator.harness.verdict import Verdict
from emulator.image.loader import split_offset
from emulator.program_file import LARGEST_FILE


class Parcel(NamedTuple):
    """``files`` are contents by absolute path; ``directory`` is the sender's working directory."""

    cases: tuple[Case, ...]
    files: dict[str, bytes]
    directory: str

    def only(self, numbers: Sequence[int]) -> Parcel:
        """Return the parcel with these cases alone."""
        return self._replace(cases=tuple(self.cases[number] for number in numbers))


def pack(cases: Sequence[Case]) -> Parcel:
    """Return a parcel of cases that are compiled. A file that is not there is missing in it, too."""
    files: dict[str, bytes] = {}
    for case in cases:
        for name in _files_of(case):
            path = os.path.abspath(name)  # noqa: PTH100 - symbolic links stay names
            if path not in files:
                contents = _read(path)
                if contents is not None:
                    files[path] = contents
    return Parcel(tuple(cases), files, str(Path.cwd()))


def _files_of(case: Case) -> Iterator[str]:
    setup = case.setup
    yield from setup.programs
    yield from (split_offset(name)[0] for name in setup.symbols)
    yield from _boards(setup.board)
    for name in (case.input_file, case.golden):
        if name is not None:
            yield str(case.directory / name)
    yield from filter(None, (setup.isolation_rules, setup.stimulus))


def _boards(name: str) -> Iterator[str]:
    """Yield the files of a board that is one: its own, and those that it extends."""
    for _ in range(LONGEST_CHAIN + 1):
        if not _is_path(name):
            return
        yield name
        try:
            base = tomllib.loads((_read(name) or b"").decode()).get("extends")
        except ValueError:
            return
        if not isinstance(base, str) or not _is_path(base):
            return
        name = str(Path(name).parent / base)


def _is_path(name: str) -> bool:
    return os.sep in name or name.endswith(".toml")


def _read(path: str) -> bytes | None:
    file = Path(path)
    try:
        return file.read_bytes() if file.is_file() and file.stat().st_size <= LARGEST_FILE else None
    except OSError:
        return None


# -- where it is unpacked ----------------------------------------------------------------------------------------------


def unpack(parcel: Parcel, root: str) -> list[Case]:
    """Write the files below ``root``, go to the working directory there, and return the cases as they are there."""
    for path, contents in parcel.files.items():
        place = Path(root + path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(contents)
    directory = Path(root + parcel.directory)
    directory.mkdir(parents=True, exist_ok=True)
    os.chdir(directory)
    cases = [_moved(case, root) for case in parcel.cases]
    for case in cases:
        for name in _files_of(case):  # a/../b needs an a
            Path(name).parent.mkdir(parents=True, exist_ok=True)
    return cases


def _moved(case: Case, root: str) -> Case:
    def place(name: str) -> str:
        return root + name if Path(name).is_absolute() else name

    setup = case.setup
    moved = setup._replace(
        programs=tuple(map(place, setup.programs)),
        symbols=tuple(map(place, setup.symbols)),
        board=place(setup.board),
        isolation_rules=None if setup.isolation_rules is None else place(setup.isolation_rules),
        stimulus=None if setup.stimulus is None else place(setup.stimulus),
    )
    return case._replace(file=place(case.file), setup=moved)


def sent_back(verdict: Verdict, case: Case, root: str) -> Verdict:
    """Return the verdict as the sender of ``case`` would have it."""
    values: list[Any] = [_without(value, root) for value in verdict]
    return Verdict(*values)._replace(case=case)


def _without(value: Any, root: str) -> Any:
    if isinstance(value, str):
        return value.replace(root, "")
    if isinstance(value, tuple):
        parts = [_without(part, root) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value
