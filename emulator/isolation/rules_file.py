"""Reads the file that says what the tasks of a program may do: docs/isolation.md. Every mistake is one line."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

from emulator.annotations import Any
from emulator.errors import ConfigError
from emulator.image.image import Image
from emulator.isolation.spans import ADDRESS_SPACE, Span, union
from emulator.isolation.task_rules import Task, TaskRules
from emulator.machine.machine import Machine
from emulator.program_file import RULES, printable, read_program_file, shown_path

LARGEST_FILE = 1 << 20
MOST_TASKS = 1024
RIGHTS = {"r": 1, "w": 2, "x": 4}
_TOP = frozenset(("current", "places", "everyone", "handlers", "task"))
_TASK = frozenset(("current", "stack", "privileged", "lazy", "may"))
MAIN = "main"
"""The ``stack`` of a task on MSP."""


def read_rules(path: str, machine: Machine) -> TaskRules:
    """Return the rules in the file at ``path`` for the program on ``machine``. Raises ConfigError and ImageError."""
    shown = shown_path(path)
    data = read_program_file(path, RULES)
    if len(data) > LARGEST_FILE:
        raise ConfigError(f"{shown} is larger than {LARGEST_FILE >> 20} MiB, too large for rules.")
    try:
        table = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{shown} is not TOML: {printable(str(error), 100)}.") from None
    return _Reader(shown, machine.image, table).rules(machine)


class _Reader:
    """Makes rules of a table, and says what is wrong with it."""

    def __init__(self, shown: str, image: Image, table: Mapping[str, Any]) -> None:
        self._shown = shown
        self._image = image
        self._table = table
        self._places: Mapping[str, Any] = {}

    def rules(self, machine: Machine) -> TaskRules:
        self._known("", self._table, _TOP)
        self._places = self._dict("places")
        everyone = self._rights("everyone", self._dict("everyone"))
        tasks = self._dict("task")
        if not tasks or len(tasks) > MOST_TASKS:
            raise self._wrong("task", f"names no task, or more than {MOST_TASKS}. Write [task.NAME]")
        current = self._table.get("current")
        if current is not None and isinstance(current, bool | float | list | dict):
            raise self._wrong("current", "is an address, or the name of a word")
        handlers = self._table.get("handlers")
        return TaskRules(
            machine,
            [self._task(name, row, everyone, current is not None) for name, row in tasks.items()],
            None if current is None else self._address("current", current),
            None if handlers is None else union([*everyone, *self._rights("handlers", self._dict("handlers"))]),
        )

    def _task(self, name: str, row: Any, everyone: list[Span], has_word: bool) -> Task:
        key = f"task.{name}"
        if not isinstance(row, dict):
            raise self._wrong(key, "is a table")
        self._known(key, row, _TASK)
        stack, current = row.get("stack"), row.get("current")
        if stack is None and current is None:
            raise self._wrong(key, "has neither stack nor current, so that nobody knows when it runs. Give one of them")
        if current is not None and not has_word:
            raise self._wrong(f"{key}.current", "needs current at the top of the file: the word that says who is it")
        for flag in ("privileged", "lazy"):
            if not isinstance(row.get(flag, False), bool):
                raise self._wrong(f"{key}.{flag}", "is true or false")
        return Task(
            printable(name, 60),
            union([*everyone, *self._rights(f"{key}.may", row.get("may", {}))]),
            None if stack in (None, MAIN) else self._place(f"{key}.stack", stack),
            None if current is None else self._address(f"{key}.current", current),
            stack == MAIN,
            row.get("privileged", False),
            row.get("lazy", False),
        )

    def _rights(self, key: str, table: Any) -> list[Span]:
        if not isinstance(table, dict):
            raise self._wrong(key, "is a table of places and rights")
        spans = []
        for place, rights in table.items():
            if not isinstance(rights, str) or not set(rights) <= {*RIGHTS, "-"} or not rights:
                raise self._wrong(f"{key}.{place}", 'is rights such as "rw", "r" or "rx"')
            spans.append((*self._place(key, place), sum(bit for letter, bit in RIGHTS.items() if letter in rights)))
        return union(spans)

    def _place(self, key: str, place: Any, depth: int = 0) -> tuple[int, int]:
        """Return [start, end) of a place: a name of [places], a section, a symbol, START+SIZE, or START to END."""
        if not isinstance(place, str):
            raise self._wrong(key, "is the name of a place, or START+SIZE, or START to END")
        if place in self._places and not depth:
            return self._place(f"places.{place}", self._places[place], 1)
        section = self._image.sections().get(place)
        if section is not None:
            start, end = section[0], section[0] + section[1]
        elif " to " in place:
            first, _, last = place.partition(" to ")
            start, end = self._address(key, first.strip()), self._address(key, last.strip(), is_end=True)
        elif "+" in place:
            first, _, size = place.partition("+")
            start = self._address(key, first.strip())
            end = start + self._number(key, size.strip())
        else:
            symbol = self._image.symbols.by_name.get(place)
            if symbol is None or not symbol.size:
                raise self._wrong(key, f"{printable(place, 60)!r} is no section, and no symbol that has a size")
            start, end = symbol.address, symbol.address + symbol.size
        if not 0 <= start < end <= ADDRESS_SPACE:
            raise self._wrong(key, f"{printable(place, 60)!r} has no bytes, or more than there are")
        return start, end

    def _address(self, key: str, value: Any, is_end: bool = False) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            number = value
        elif isinstance(value, str) and value[:1].isdigit():
            number = self._number(key, value)
        elif isinstance(value, str):
            symbol = self._image.symbols.by_name.get(value)
            if symbol is None:
                name = printable(value, 60)
                raise self._wrong(key, f"{name!r} is no symbol of {self._image.name}. Give a name, or a number")
            number = symbol.address
        else:
            raise self._wrong(key, "is an address, or the name of a symbol")
        if not 0 <= number < ADDRESS_SPACE + is_end:
            raise self._wrong(key, f"{number:#x} is no address")
        return number

    def _number(self, key: str, text: str) -> int:
        try:
            return int(text, 0)
        except ValueError:
            raise self._wrong(key, f"{printable(text, 60)!r} is no number") from None

    def _dict(self, key: str) -> Mapping[str, Any]:
        value = self._table.get(key, {})
        if not isinstance(value, dict):
            raise self._wrong(key, f"is a table. Write [{key}]")
        return value

    def _known(self, key: str, table: Mapping[str, Any], known: frozenset[str]) -> None:
        unknown = sorted(set(table) - known)
        if unknown:
            words = f"is no key of rules. There are {', '.join(sorted(known))}"
            raise self._wrong(f"{key}.{unknown[0]}".strip("."), words)

    def _wrong(self, key: str, words: str) -> ConfigError:
        return ConfigError(f"{self._shown}: {printable(key, 80)}: {words}.")
