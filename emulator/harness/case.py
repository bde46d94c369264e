"""Test cases as TOML: what runs, and what must come of it. docs/ci.md explains the keys.

A file holds one case at its top level, or several as ``[[case]]``, for which the top level has the defaults.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from emulator.annotations import Any, NamedTuple
from emulator.armv7m.faults import CAUSES, Access, exception_name
from emulator.errors import ConfigError
from emulator.harness.setup import CHOICES, DEFAULT_BOARD, Setup
from emulator.program_file import printable, shown_path
from emulator.trace.outcome import Outcome

PATTERNS = ("test_*.toml", "*_test.toml")
"""Names of files that are looked for in directories."""
BUDGET = 100_000_000
"""Instructions after which a case has failed, unless it says another number."""
LARGEST_FILE = 1 << 20
_TEXTS = ("program", "board", "ram", "flash", "uart", "channel", "input", "input_file", "input_when", "golden", "name",
          "isolation_rules", "stimulus")  # fmt: skip
_LISTS = ("sources", "flags", "symbols", "args", "console", "console_not", "programs", "share")
_FLAGS = ("imprecise_stores", "lenient", "unprivileged", "check_isolation")
_NUMBERS = ("exit_code", "max_instructions")
_OTHERS = ("outcome", "fault", "load_address", "vector_table", "description")
FAULT_KEYS = ("cause", "kind", "thread", "owner", "symbol", "access", "kernel_call")
FAULT_VALUES = {
    "cause": tuple(CAUSES),
    "kind": tuple(dict.fromkeys(exception_name(cause.exception) for cause in CAUSES.values())),
    "access": tuple(access.name.lower() for access in Access),
}
"""What the keys can be that have few values."""
KEYS = frozenset((*_TEXTS, *_LISTS, *_FLAGS, *_NUMBERS, *_OTHERS, *CHOICES))


class Case(NamedTuple):
    """One case of ``file``. Paths are relative to its directory; None and empty are what the case does not say."""

    file: str
    name: str
    setup: Setup
    sources: tuple[str, ...]
    flags: tuple[str, ...]
    input: bytes
    input_file: str | None
    max_instructions: int
    outcome: str | None
    exit_code: int | None
    fault: dict[str, str]
    console: tuple[str, ...]
    console_not: tuple[str, ...]
    golden: str | None

    @property
    def directory(self) -> Path:
        """Where the case's paths begin."""
        return Path(self.file).parent

    @property
    def id(self) -> str:
        """The file and the case's name."""
        return f"{shown_path(self.file)}: {self.name}"


def find_cases(places: Sequence[str]) -> list[Case]:
    """Return the cases of the files ``places``, and of those in directories among them. Raises ConfigError."""
    return [case for place in places for file in _files(place) for case in read_cases(file)]


def _files(name: str) -> list[Path]:
    place = Path(name)
    try:
        exists = name != "" and place.exists()
    except OSError as error:  # a name that is too long, for instance
        raise ConfigError(f"{printable(name, 80)}: {printable(error.strerror or str(error))}.") from None
    if not exists:
        raise ConfigError(f"{shown_path(name)} does not exist. Give a file of cases, or a directory that has some.")
    if not place.is_dir():
        return [place]
    found = {path for pattern in PATTERNS for path in place.rglob(pattern)}
    if not found:
        raise ConfigError(f"{shown_path(place)} has no cases: no file is called {' or '.join(PATTERNS)}.")
    return sorted(found)


def read_cases(path: Path) -> list[Case]:
    """Return the cases of a file. Raises ConfigError."""
    shown = shown_path(path)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        table = tomllib.loads(data.decode())
    except OSError as error:
        raise ConfigError(
            f"{shown} cannot be read: {printable(error.strerror or str(error))}. Check the path."
        ) from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{shown} is not TOML: {printable(str(error), 100)}.") from None
    if len(data) > LARGEST_FILE:
        raise ConfigError(f"{shown} is larger than {LARGEST_FILE >> 20} MiB, too large for cases.")
    rows = table.pop("case", [{}])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not rows:
        raise ConfigError(f"{shown}: case is a list of tables. Write [[case]].")
    cases = [_Reader(path, {**table, **row}, number).case() for number, row in enumerate(rows, 1)]
    names = [case.name for case in cases]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{shown}: two cases are called {printable(name, 60)!r}. Give each a name of its own.")
    return cases


class _Reader:
    """Makes a case of one table, and says what is wrong with it."""

    def __init__(self, path: Path, table: dict[str, Any], number: int) -> None:
        self._path = path
        self._table = table
        self._name = str(table.get("name") or (path.stem if number == 1 else f"{path.stem} {number}"))

    def case(self) -> Case:
        unknown = sorted(set(self._table) - KEYS)
        if unknown:
            raise self._wrong(unknown[0], f"is no key of a case. There are {', '.join(sorted(KEYS))}")
        programs, sources = self._programs(), self._list("sources")
        fault, text = self._fault(), self._text("input")
        if text is not None and "input_file" in self._table:
            raise self._wrong("input", "is given, and input_file, too. Give one of them")
        return Case(
            file=str(self._path),
            name=self._name,
            setup=self._setup(programs),
            sources=sources,
            flags=self._list("flags"),
            input=(text or "").encode(),
            input_file=self._text("input_file"),
            max_instructions=self._number("max_instructions") or BUDGET,
            outcome=self._outcome(bool(fault)),
            exit_code=self._number("exit_code"),
            fault=fault,
            console=self._list("console"),
            console_not=self._list("console_not"),
            golden=self._text("golden"),
        )

    def _programs(self) -> tuple[str, ...]:
        program = self._text("program")
        programs = self._list("programs") if program is None else (program,)
        if bool(programs) == bool(self._table.get("sources")):
            raise self._wrong("program", "and sources: give one of them")
        return tuple(str(self._path.parent / name) for name in programs)

    def _setup(self, programs: tuple[str, ...]) -> Setup:
        for name, choices in CHOICES.items():
            if self._table.get(name, choices[0]) not in choices:
                raise self._wrong(name, f"must be {' or '.join(map(repr, choices))}")
        board = self._text("board") or DEFAULT_BOARD
        if board.endswith(".toml"):
            board = str(self._path.parent / board)
        addresses = self._table.get("load_address", [])
        addresses = addresses if isinstance(addresses, list) else [addresses]
        if not all(isinstance(address, int) for address in addresses):
            raise self._wrong("load_address", "must be an address, or a list of them")
        start = self._table.get("vector_table")
        if start is not None and not isinstance(start, int):
            raise self._wrong("vector_table", "must be an address")
        chosen = {name: self._table[name] for name in CHOICES if name in self._table}
        return Setup(
            programs,
            board=board,
            ram=self._text("ram"),
            flash=self._text("flash"),
            uart=self._text("uart"),
            channel=self._text("channel"),
            imprecise_stores=self._flag("imprecise_stores"),
            lenient=self._flag("lenient"),
            unprivileged=self._flag("unprivileged"),
            check_isolation=self._flag("check_isolation"),
            isolation_rules=self._file("isolation_rules"),
            stimulus=self._file("stimulus"),
            load_address=tuple(addresses),
            vector_table=start,
            symbols=tuple(str(self._path.parent / name) for name in self._list("symbols")),
            input_when=self._text("input_when") or "enabled",
            args=self._list("args"),
            share=self._list("share"),
            **chosen,
        )

    def _outcome(self, faults: bool) -> str | None:
        """Return the expected outcome; a golden trace without one says itself how the run ends."""
        if "outcome" not in self._table and not faults and "golden" in self._table:
            return None
        outcome = self._table.get("outcome", "fault" if faults else "success")
        outcomes = [outcome.value for outcome in Outcome]
        if outcome not in outcomes:
            raise self._wrong("outcome", f"must be one of {', '.join(outcomes)}")
        return str(outcome)

    def _fault(self) -> dict[str, str]:
        fault = self._table.get("fault", {})
        if not isinstance(fault, dict) or not all(isinstance(value, str) for value in fault.values()):
            raise self._wrong("fault", "must be a table of texts")
        unknown = sorted(set(fault) - set(FAULT_KEYS))
        if unknown:
            raise self._wrong(f"fault.{unknown[0]}", f"is no key of a case. There are {', '.join(FAULT_KEYS)}")
        for key, values in FAULT_VALUES.items():
            if fault.get(key, values[0]) not in values:
                raise self._wrong(f"fault.{key}", f"must be one of {', '.join(values)}")
        return dict(fault)

    def _text(self, key: str) -> str | None:
        value = self._table.get(key)
        if value is not None and not isinstance(value, str):
            raise self._wrong(key, "must be a text")
        return value

    def _file(self, key: str) -> str | None:
        name = self._text(key)
        return None if name is None else str(self._path.parent / name)

    def _list(self, key: str) -> tuple[str, ...]:
        value = self._table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(key, "must be a list of texts")
        return tuple(value)

    def _flag(self, key: str) -> bool:
        value = self._table.get(key, False)
        if not isinstance(value, bool):
            raise self._wrong(key, "must be true or false")
        return value

    def _number(self, key: str) -> int | None:
        value = self._table.get(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise self._wrong(key, "must be a number that is not negative")
        return value

    def _wrong(self, key: str, words: str) -> ConfigError:
        where = f"{shown_path(self._path)}, case {printable(self._name, 60)!r}"
        return ConfigError(f"{where}: {printable(key, 60)} {words}.")
