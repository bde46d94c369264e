"""The breakpoints that the client wants, by how it sets them: those of a file, functions, instructions, data.

A client sends each group whole. What did not change keeps its breakpoint in GDB, and with it its count of hits.
"""

from __future__ import annotations

import re

from emulator.annotations import NamedTuple
from emulator.dap.arguments import RequestError
from emulator.dap.mi_syntax import Results
from emulator.records import dataclass, field

_CONDITION = re.compile(r"\s*(==?|>=|>|<=|<|%)?\s*([0-9]{1,9})\s*")
ENDLESS = 1 << 62


class HitCondition(NamedTuple):
    """The hits that stop: the ``first``, then each ``every`` further ones, none after the ``last``."""

    first: int
    every: int = 1
    last: int = ENDLESS


def read_hit_condition(text: str) -> HitCondition:
    """Read ``5`` (the fifth hit), ``>= 5``, ``> 5``, ``<= 5``, ``< 5`` or ``% 5``. Raises RequestError."""
    match = _CONDITION.fullmatch(text)
    number = int(match[2]) if match else 0
    operator = (match[1] if match else None) or "=="
    if operator == "<":
        number -= 1
    if match is None or number < (0 if operator == ">" else 1):
        raise RequestError(f"{text!r} is no count of hits. Write it as 5, >= 5, > 5, <= 5, < 5 or % 5")
    if operator in ("=", "=="):
        return HitCondition(number, last=number)
    if operator == "%":
        return HitCondition(number, every=number)
    if operator in ("<", "<="):
        return HitCondition(1, last=number)
    return HitCondition(number + (operator == ">"))


class Wanted(NamedTuple):
    """One breakpoint as the client describes it. ``place`` is a word of its group; texts are empty when absent."""

    place: str
    condition: str = ""
    hits: str = ""
    log: str = ""


@dataclass(slots=True)
class Breakpoint:
    """One that was asked for. ``number`` is GDB's, None when GDB has none, and ``message`` says why."""

    id: int
    wanted: Wanted
    reason: str
    number: int | None = None
    message: str = ""
    facts: Results = field(default_factory=Results)
    hit_condition: HitCondition | None = None
    hits: int = 0


class BreakpointTable:
    """All breakpoints, in groups; the client's ids are our own, as GDB's numbers change."""

    def __init__(self) -> None:
        self._groups: dict[str, list[Breakpoint]] = {}
        self._last_id = 0
        self.names: dict[str, str] = {}

    def group(self, name: str) -> list[Breakpoint]:
        """Return the breakpoints of a group."""
        return self._groups.get(name, [])

    def replace(self, name: str, breakpoints: list[Breakpoint]) -> None:
        """Set the breakpoints of a group."""
        self._groups[name] = breakpoints

    def new(self, wanted: Wanted, reason: str) -> Breakpoint:
        """Return a breakpoint with an id of its own."""
        self._last_id += 1
        return Breakpoint(self._last_id, wanted, reason)

    def data_name(self, found: Breakpoint) -> str:
        """Return what the client called the bytes of a data breakpoint, or their address and size."""
        data = found.wanted.place.partition(" ")[2]
        return self.names.get(data, data)

    def all(self) -> list[Breakpoint]:
        """Return all of them."""
        return [found for group in self._groups.values() for found in group]

    def by_number(self, number: int) -> Breakpoint | None:
        """Return the one that GDB calls ``number``."""
        return next((found for found in self.all() if found.number == number), None)
