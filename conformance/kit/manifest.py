"""The rows of manifest.toml: their programs, what each must print, and how it must end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kit.errors import KitError
from kit.tables import Table, read_toml

FOLDER = Path(__file__).resolve().parents[1]
"""The kit's folder."""

_ROW = ("number", "title", "section", "programs")
_PROGRAM = ("name", "machine", "layout", "end", "seconds", "needs")


@dataclass(frozen=True, slots=True)
class Program:
    """One program for one core. ``end`` is ``exit 0`` or ``lockup``; ``needs`` are features that a runner may lack."""

    folder: Path
    name: str
    machine: str
    layout: str
    end: str
    seconds: int
    needs: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    @property
    def source(self) -> str:
        """The name of its source: without the core."""
        return self.name.rpartition("-")[0]

    @property
    def core(self) -> str:
        """The core that it was built for."""
        return self.name.rpartition("-")[2]

    @property
    def elf(self) -> Path:
        """The ELF that is handed out."""
        return self.folder / "elf" / f"{self.name}.elf"

    def check(self) -> None:
        """Raise KitError when one of its files is not there."""
        if not self.elf.is_file():
            raise KitError(f"{self.elf} is not there: python3 -m kit.build makes it.")
        self.expected()

    def expected(self) -> list[str]:
        """Return the lines that the manual expects. Raises KitError when the file is not there."""
        path = self.folder / "expected" / f"{self.name}.txt"
        try:
            return path.read_text(encoding="ascii").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise KitError(f"{path} cannot be read: {error}.") from error


@dataclass(frozen=True, slots=True)
class Row:
    """A behaviour. ``section`` is the manual's."""

    number: int
    title: str
    section: str
    programs: tuple[Program, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """All rows in their order, and the program that shows whether a runner works."""

    manual: str
    rows: tuple[Row, ...]
    probe: Program

    def programs(self) -> list[Program]:
        """Return every program, the probe first."""
        return [self.probe, *(program for row in self.rows for program in row.programs)]


def load_manifest(path: Path = FOLDER / "manifest.toml") -> Manifest:
    """Return the rows of ``path``. Raises KitError, which names the row and the key, when it is not as it must be."""
    table = Table(path.name, read_toml(path), ("manual", "probe", "row"))
    rows = [_row(path, row) for row in table.tables("row", _ROW)]
    if not rows:
        raise KitError(f"{path.name}: there is no [[row]].")
    manifest = Manifest(
        table.text("manual"), tuple(rows), _program(path, Table("probe", table.values.get("probe"), _PROGRAM))
    )
    names = [f"row {row.number}" for row in rows] + [f"program {program.name}" for program in manifest.programs()]
    for name in names:
        if names.count(name) > 1:
            raise KitError(f"{path.name}: there are two of {name}.")
    return manifest


def _row(path: Path, table: Table) -> Row:
    number = table.number("number")
    table.place = f"{path.name}, row {number}"
    programs = tuple(_program(path, program) for program in table.tables("programs", _PROGRAM))
    if not programs:
        raise KitError(f"{table.place}: it has no programs.")
    return Row(number, table.text("title"), table.text("section"), programs)


def _program(path: Path, table: Table) -> Program:
    program = Program(
        path.parent,
        table.text("name"),
        table.text("machine"),
        table.text("layout", "mps2.ld"),
        table.text("end", "exit 0"),
        table.number("seconds", 20),
        table.texts("needs", ()),
    )
    if program.end not in ("exit 0", "lockup"):
        raise KitError(f'{table.place}: end must be "exit 0" or "lockup", not {program.end!r}.')
    if not program.source or "/" in program.name:
        raise KitError(f"{table.place}: a program's name is SOURCE-CORE, not {program.name!r}.")
    return program


def select(manifest: Manifest, wanted: str | None) -> list[Row]:
    """Return the rows that ``wanted`` names: ``3,7-9``; None: all. Raises KitError for what is no row."""
    if wanted is None:
        return list(manifest.rows)
    numbers: set[int] = set()
    there = {row.number for row in manifest.rows}
    for part in wanted.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or not (last.isdecimal() if dash else True):
            raise KitError(f"--rows {wanted}: {part!r} is no row; rows are given as 3,7-9.")
        found = {number for number in there if int(first) <= number <= int(last or first)}
        if not found:
            raise KitError(f"--rows {wanted}: there is no row {part.strip()}; they are {min(there)} to {max(there)}.")
        numbers |= found
    return [row for row in manifest.rows if row.number in numbers]
