"""Definitions of runners: runners.toml, files of the same form, and ``--runner NAME[=COMMAND]``."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kit.errors import KitError
from kit.known import Known, load_known
from kit.manifest import FOLDER, Program
from kit.tables import Table, read_toml

_KEYS = (
    *("kind", "command", "gdb", "server", "target", "before_load", "after_load", "reset"),
    *("version", "machines", "lacks", "ends", "known", "like"),
)


@dataclass(frozen=True, slots=True)
class End:
    """An end that is told by what the runner says: a regular expression, and the end's name."""

    says: re.Pattern[str]
    end: str


@dataclass(frozen=True, slots=True)
class Runner:
    """One way to run programs; the fields are the keys that runners.toml describes."""

    name: str
    kind: str
    command: tuple[str, ...]
    gdb: str
    server: tuple[str, ...]
    target: str
    before_load: tuple[str, ...]
    after_load: tuple[str, ...]
    reset: bool
    version: tuple[str, ...]
    machines: Mapping[str, str]
    lacks: Mapping[str, str]
    ends: tuple[End, ...]
    known: Known

    def words(self, command: Sequence[str], **values: object) -> list[str]:
        """Return a command with its ``{names}`` replaced by ``values``."""
        return [re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], found[0])), word) for word in command]

    def machine(self, program: Program) -> str:
        """Return the runner's name of a program's board."""
        return self.machines.get(program.machine, program.machine)

    def cannot_run(self, program: Program) -> str:
        """Return why a program is not for this runner, or nothing."""
        if self.machines and program.machine not in self.machines:
            return f"no board {program.machine}"
        needs = (*program.needs, "lockup") if program.end == "lockup" else program.needs
        return next((self.lacks[need] for need in needs if need in self.lacks), "")

    def told_end(self, said: str) -> str:
        """Return the end that is told by what it said, or nothing."""
        return next((end.end for end in self.ends if end.says.search(said)), "")


def load_definitions(paths: Sequence[Path]) -> dict[str, Runner]:
    """Return the built-in runners and those of files; a later file decides about a name. Raises KitError."""
    tables: dict[str, tuple[Path, dict[str, Any]]] = {}
    for path in (FOLDER / "runners.toml", *paths):
        names = Table(path.name, read_toml(path), ("runner",)).values.get("runner", {})
        if not isinstance(names, dict):
            raise KitError(f"{path.name}: [runner.NAME] must be a table.")
        for name, value in names.items():
            tables[name] = path, Table(f"{path.name}, runner {name}", value, _KEYS).values
    return {name: _runner(name, tables) for name in tables}


def _runner(name: str, tables: dict[str, tuple[Path, dict[str, Any]]]) -> Runner:
    path, values = tables[name]
    merged: dict[str, Any] = {}
    chain = [name]
    while True:
        merged = {**_with_place(path, values), **merged}
        if "like" not in values:
            break
        chain.append(str(values["like"]))
        if chain[-1] not in tables or chain[-1] in chain[:-1]:
            raise KitError(f"{path.name}, runner {name}: like = {chain[-1]!r} is no other runner.")
        path, values = tables[chain[-1]]
    return _definition(name, Table(f"runner {name}", merged, _KEYS))


def _with_place(path: Path, values: dict[str, Any]) -> dict[str, Any]:
    known = values.get("known")
    return {**values, "known": str(path.parent / known)} if isinstance(known, str) else values


def _definition(name: str, table: Table) -> Runner:
    kind = table.text("kind", "command")
    if kind not in ("command", "gdb"):
        raise KitError(f'{table.place}: kind must be "command" or "gdb", not {kind!r}.')
    known = table.text("known", "")
    runner = Runner(
        name,
        kind,
        table.texts("command", None if kind == "command" else ()),
        table.text("gdb", "gdb-multiarch"),
        table.texts("server", ()),
        table.text("target", None if kind == "gdb" else ""),
        table.texts("before_load", ()),
        table.texts("after_load", ()),
        table.flag("reset", False),
        table.texts("version", ()),
        table.names("machines"),
        table.names("lacks"),
        tuple(_end(end) for end in table.tables("ends", ("says", "end"))),
        load_known(Path(known)) if known else Known(),
    )
    if kind == "command" and not any("{elf}" in word for word in runner.command):
        raise KitError(f"{table.place}: the command has no {{elf}}.")
    return runner


def _end(table: Table) -> End:
    try:
        return End(re.compile(table.text("says"), re.MULTILINE), table.text("end"))
    except re.error as error:
        raise KitError(f"{table.place}: says is no regular expression: {error}.") from error


def choose(argument: str, definitions: Mapping[str, Runner]) -> Runner:
    """Return the runner that ``NAME[=COMMAND]`` names. Raises KitError.

    A COMMAND with ``{elf}`` is a whole command line, that of a new runner where NAME is none. Without, it takes the
    place of the defined command's first word; for GDB without a server it is the target.
    """
    name, equals, command = argument.partition("=")
    defined = definitions.get(name)
    if not equals:
        if defined is None:
            raise KitError(f"There is no runner {name}: they are {', '.join(definitions)}; or give {name}=COMMAND.")
        return defined
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise KitError(f"--runner {argument}: {error}.") from error
    if not words:
        raise KitError(f"--runner {argument}: there is no command after the =.")
    if any("{elf}" in word for word in words):
        if defined is None:
            return _definition(name, Table(f"runner {name}", {"command": list(words)}, _KEYS))
        return replace(defined, server=words) if defined.kind == "gdb" else replace(defined, command=words)
    if defined is None:
        raise KitError(f"--runner {argument}: the command of a new runner needs {{elf}}, the program's file.")
    if defined.kind == "gdb" and not defined.server:
        return replace(defined, target=command)
    version = (*words, *defined.version[1:]) if defined.version else ()
    if defined.kind == "gdb":
        return replace(defined, server=(*words, *defined.server[1:]), version=version)
    return replace(defined, command=(*words, *defined.command[1:]), version=version)
