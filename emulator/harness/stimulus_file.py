"""Scripts of what happens to a program from outside, as TOML: ``[[stimulus]]``, when and what. docs/stimulus.md.

Everything is checked here; stimulus.py makes it happen.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from emulator.annotations import Any, NamedTuple
from emulator.board.board import suggestion
from emulator.errors import ConfigError
from emulator.program_file import printable, shown_path

LARGEST_FILE = 1 << 20
MOST = 1000
"""Entries of a file."""
WHENS = ("at", "reached", "read")
ACTIONS = ("interrupt", "line", "register", "pins", "input")
_NUMBERS = ("every", "skip", "count", "level", "value", "mask", "delay")
KEYS = (*WHENS, *ACTIONS, *_NUMBERS, "channel", "name")
MASK = 0xFFFF_FFFF
_OF = {"value": ("register", "pins"), "mask": ("register", "pins"), "level": ("line",), "channel": ("input",)}
"""The keys that say more of an action, and of which."""


class Entry(NamedTuple):
    """One thing that happens. ``at``, ``reached`` and ``read`` say when: one is there, the others are None.

    A place is an address, or a name that the image or the board has. It happens ``times`` times (0: always), after
    ``skip`` times; ``every``: again after so long. ``delay``: so much later. The action is the one that is there.
    """

    name: str
    at: int | None
    reached: int | str | None
    read: int | str | None
    every: int
    skip: int
    times: int
    delay: int
    interrupt: int | None
    line: int | None
    level: int
    register: int | str | None
    pins: str | None
    value: int
    mask: int
    input: str | None
    channel: str


def read_stimuli(path: str | os.PathLike[str]) -> list[Entry]:
    """Return the entries of a file. Raises ConfigError."""
    shown = shown_path(path)
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise ConfigError(f"{shown}: larger than 1 MiB, too large for a script. Give one.")
        tables = tomllib.loads(data.decode())
    except OSError as error:
        raise ConfigError(f"{shown}: cannot be read: {printable(str(error.strerror))}. Check the path.") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{shown}: not TOML: {printable(' '.join(str(error).split()), 100)}.") from None
    rows = tables.get("stimulus")
    if set(tables) != {"stimulus"} or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigError(f"{shown}: holds [[stimulus]] tables and nothing else. Write it so (docs/stimulus.md).")
    if len(rows) > MOST:
        raise ConfigError(f"{shown}: {len(rows)} entries are too many. A file has at most {MOST}.")
    return [_entry(f"{shown}: stimulus {number}", row, number) for number, row in enumerate(rows, 1)]


def _entry(where: str, row: dict[str, Any], number: int) -> Entry:
    for key in row:
        if key not in KEYS:
            raise ConfigError(f"{where}: {printable(key, 40)}: unknown key. {suggestion(key, KEYS)}")
    whens, actions = [key for key in WHENS if key in row], [key for key in ACTIONS if key in row]
    if len(whens) != 1:
        raise ConfigError(f"{where}: one of {', '.join(WHENS)} says when it happens. Give one of them.")
    if len(actions) != 1:
        raise ConfigError(f"{where}: one of {', '.join(ACTIONS)} says what happens. Give one of them.")
    for key, taken in _OF.items():
        if key in row and actions[0] not in taken:
            raise ConfigError(f"{where}: {key}: is of {' and '.join(taken)}, not of {actions[0]}. Leave it out.")
    for key in ("at", "interrupt", "line", *_NUMBERS):
        most = 1 << (62 if key in ("at", "every", "delay") else 32)
        if key in row and (type(row[key]) is not int or not 0 <= row[key] < most):
            raise ConfigError(
                f"{where}: {key}: must be a number from 0 on, not {printable(repr(row[key]), 40)}. Change it."
            )
    for key in ("pins", "input", "channel", "name"):
        if key in row and not isinstance(row[key], str):
            raise ConfigError(f"{where}: {key}: must be a text, not {printable(repr(row[key]), 40)}. Put it in quotes.")
    for key in ("reached", "read", "register"):
        if key in row and not (isinstance(row[key], str) or (type(row[key]) is int and 0 <= row[key] <= MASK)):
            raise ConfigError(f"{where}: {key}: must be an address or a name. Change it.")
    if actions[0] in ("register", "pins") and "value" not in row:
        raise ConfigError(f"{where}: value: is missing: what {actions[0]} reads as. Add it.")
    if actions[0] == "line" and row.get("level") not in (0, 1):
        raise ConfigError(f"{where}: level: must be 0 or 1, the level of the line from now on. Add it.")
    if "every" in row and ("at" not in row or not row["every"]):
        raise ConfigError(f"{where}: every: is how long after at it happens again. Give at, and a number above 0.")
    return Entry(
        name=row.get("name") or str(number), at=row.get("at"), reached=row.get("reached"), read=row.get("read"),
        every=row.get("every", 0), skip=row.get("skip", 0), times=row.get("count", 0 if "every" in row else 1),
        delay=row.get("delay", 0), interrupt=row.get("interrupt"), line=row.get("line"), level=row.get("level", 0),
        register=row.get("register"), pins=row.get("pins"), value=row.get("value", 0), mask=row.get("mask", MASK),
        input=row.get("input"), channel=row.get("channel", ""),
    )  # fmt: skip
