"""Differences from the manual that a runner is known to have: known/*.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kit.errors import KitError
from kit.tables import Table, read_toml

_DIFFERENCE = ("id", "what", "expected", "found", "section", "why")


@dataclass(frozen=True, slots=True)
class Difference:
    """A reason. ``expected`` and ``found`` are behaviours in words; ``section`` is the manual's."""

    id: str
    what: str
    expected: str
    found: str
    section: str
    why: str


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a runner: the reasons by id, and the ids of lines and ends.

    ``lines`` is by (row, expected line, line found), ``ends`` by (program, expected end, end found); an empty
    name is any program.
    """

    differences: dict[str, Difference] = field(default_factory=dict)
    lines: dict[tuple[int, str, str], str] = field(default_factory=dict)
    ends: dict[tuple[str, str, str], str] = field(default_factory=dict)


def load_known(path: Path) -> Known:
    """Return what a file says. Raises KitError when it is not as it must be."""
    table = Table(path.name, read_toml(path), ("name", "difference", "line", "end"))
    known = Known()
    for entry in table.tables("difference", _DIFFERENCE):
        difference = Difference(*(entry.text(key) for key in _DIFFERENCE))
        if difference.id in known.differences:
            raise KitError(f"{entry.place}: there are two of {difference.id}.")
        known.differences[difference.id] = difference
    for entry in table.tables("line", ("row", "expected", "found", "id")):
        line = entry.number("row"), entry.text("expected"), entry.text("found")
        known.lines[line] = _id(entry, known)
    for entry in table.tables("end", ("program", "expected", "found", "id")):
        end = entry.text("program", ""), entry.text("expected"), entry.text("found")
        known.ends[end] = _id(entry, known)
    return known


def _id(entry: Table, known: Known) -> str:
    identifier = entry.text("id")
    if identifier not in known.differences:
        raise KitError(f"{entry.place}: there is no [[difference]] {identifier}.")
    return identifier
