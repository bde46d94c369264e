"""The programs and their truths: a file of C (or C++, in rtems/) with one planted bug, and a TOML file that says which.

A truth was written before its program ran. It holds what somebody who looks for the bug wants to read:

    bug = "..."             what is wrong, for people
    core, board, flags, strip, input, options   how it is built and run; `v7m cc` for rtems/, bare/start for bare/
    outcome = "fault"       or several that would do

    [first]                 the first sentence
    says = [...]            regular expressions that it must match; never = [...] those that it must not
    at = ["function", "piece of the line"]     the place in the user's code, in the sentence or on the line below it

    [[cause]]               any one of these is enough: the root cause, or the last writer
    at = ["function", "piece of the line"]     both named in one line of the report; without -g the function
    says = "..."            in the same line or beside it; without `at` anywhere

    [calls]
    frames = [...]          the functions of the program, innermost first; `name?` may be missing (inlined, tail calls,
                            overwritten), `name*` is any that begins so, `...` any number; or a list of such lists
    library = [...]         functions of the library that must be there, too
    thread = "NAME"         of this thread instead of where the run ended

    [whole]                 the whole report
    says = [...]            belongs to the cause; never = [...] to what is false

A place is a piece of its line instead of a number, so that a program can be edited; it must be in one line only.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FOLDERS = ("rtems", "bare")
START_CODE = HERE / "bare" / "start" / "start.c"

_KEYS = {
    "": {"bug", "core", "board", "flags", "strip", "input", "options", "outcome", "first", "cause", "calls"}
    | {"whole"},
    "first": {"says", "never", "at"},
    "cause": {"at", "says"},
    "calls": {"frames", "library", "thread"},
    "whole": {"says", "never"},
}


@dataclass(frozen=True)
class Place:
    """A place in the program's source: ``line`` is None where the function is enough."""

    function: str
    line: int | None


@dataclass(frozen=True)
class Cause:
    """One way to name the root cause: a place, and words (a regular expression) that must be with it."""

    place: Place | None
    says: str


@dataclass(frozen=True)
class Program:
    """A program and the truth about it; the fields are those of the file, with places as line numbers."""

    name: str
    folder: str
    source: Path
    bug: str
    core: str
    board: str
    flags: tuple[str, ...]
    strip: bool
    input: str
    options: tuple[str, ...]
    outcomes: tuple[str, ...]
    first_says: tuple[str, ...]
    first_never: tuple[str, ...]
    first_at: Place | None
    causes: tuple[Cause, ...]
    frames: tuple[tuple[str, ...], ...]
    library: tuple[str, ...]
    thread: str
    says: tuple[str, ...]
    never: tuple[str, ...]


def programs() -> list[Program]:
    """Return all programs, those of rtems/ first. Raises ValueError for a truth that does not fit its program."""
    return [load(path) for folder in FOLDERS for path in sorted((HERE / folder).glob("*.c*"))]


def load(source: Path) -> Program:
    """Return the program in ``source`` with its truth."""
    truth = tomllib.loads(source.with_suffix(".toml").read_text(encoding="utf-8"))
    text = source.read_text(encoding="utf-8")
    lines = text.splitlines()
    known = text + START_CODE.read_text(encoding="utf-8")
    _check_keys(source.name, truth)

    def place(at: list[str] | None) -> Place | None:
        if at is None:
            return None
        if at[0] not in known:
            raise ValueError(f"{source.name} has no function {at[0]}")
        return Place(at[0], _line(source.name, lines, at[1]) if len(at) > 1 else None)

    first, calls, whole = truth["first"], truth["calls"], truth.get("whole", {})
    outcome = truth["outcome"]
    return Program(
        name=f"{source.parent.name}/{source.stem}",
        folder=source.parent.name,
        source=source,
        bug=truth["bug"],
        core=truth.get("core", "m3" if "board" in truth else "m4f"),
        board=truth.get("board", ""),
        flags=tuple(truth["flags"]),
        strip=truth.get("strip", False),
        input=truth.get("input", ""),
        options=tuple(truth.get("options", ())),
        outcomes=(outcome,) if isinstance(outcome, str) else tuple(outcome),
        first_says=tuple(first["says"]),
        first_never=tuple(first.get("never", ())),
        first_at=place(first.get("at")),
        causes=tuple(Cause(place(cause.get("at")), cause.get("says", "")) for cause in truth["cause"]),
        frames=tuple(tuple(frames) for frames in _alternatives(calls["frames"])),
        library=tuple(calls.get("library", ())),
        thread=calls.get("thread", ""),
        says=tuple(whole.get("says", ())),
        never=tuple(whole.get("never", ())),
    )


def _alternatives(frames: list[str] | list[list[str]]) -> list[list[str]]:
    return [list(each) for each in frames] if frames and isinstance(frames[0], list) else [list(map(str, frames))]


def _check_keys(name: str, truth: dict[str, Any]) -> None:
    tables = {"": [truth], "cause": truth["cause"]}
    tables.update({key: [truth[key]] for key in ("first", "calls", "whole") if key in truth})
    for table, entries in tables.items():
        for entry in entries:
            if unknown := set(entry) - _KEYS[table]:
                raise ValueError(f"{name}: no key {', '.join(sorted(unknown))} in [{table}]")


def _line(name: str, lines: list[str], piece: str) -> int:
    found = [number for number, line in enumerate(lines, 1) if piece in line]
    if len(found) != 1:
        raise ValueError(f"{name}: {piece!r} is in {len(found)} lines")
    return found[0]
