"""Which events of a run are written to its trace: ``thread=NAME,kind=NAME,symbol=NAME,from=N,to=N``.

Values of one key are alternatives, keys must all agree. The events of a run are counted from 1: the lines after the
header of the trace that has all of them.
"""

from __future__ import annotations

from emulator.annotations import Any
from emulator.errors import ConfigError
from emulator.program_file import printable
from emulator.records import dataclass

KEYS = ("thread", "kind", "symbol", "from", "to")
KINDS = frozenset(
    (
        *("absent", "block", "boot", "call", "console", "copy", "end", "exception", "fatal", "fault", "foreign"),
        *("mpu", "name", "page", "priority", "release", "reset", "result", "return", "share", "stack", "stimulus"),
        *("switch", "thread", "unshare", "wake"),
    )
)
"""Every kind of event, those of the personality too; a test holds it complete."""


@dataclass(frozen=True, slots=True)
class TraceFilter:
    """What is written; an empty set is everything."""

    threads: frozenset[str]
    kinds: frozenset[str]
    symbols: frozenset[str]
    first: int
    last: int | None

    def takes(self, members: dict[str, Any]) -> bool:
        """Whether an event with these members is written, wherever it stands in the run."""
        return (
            (not self.kinds or members["kind"] in self.kinds)
            and (not self.threads or not self.threads.isdisjoint(_threads(members)))
            and (not self.symbols or not self.symbols.isdisjoint(_symbols(members)))
        )


EVERYTHING = TraceFilter(frozenset(), frozenset(), frozenset(), 1, None)


def read_filter(text: str) -> TraceFilter:
    """Return the filter that ``text`` describes. Raises ConfigError."""
    found: dict[str, set[str]] = {key: set() for key in KEYS}
    for part in text.split(","):
        key, equals, value = part.partition("=")
        if key not in KEYS or not equals or not value:
            raise _no_filter(part, f"Write KEY=VALUE with KEY one of {', '.join(KEYS)}")
        found[key].add(value)
    unknown = sorted(found["kind"] - KINDS)
    if unknown:
        raise _no_filter(f"kind={unknown[0]}", f"The kinds are {', '.join(sorted(KINDS))}")
    first, last = (_number(key, found[key]) for key in ("from", "to"))
    threads, names, symbols = (frozenset(found[key]) for key in ("thread", "kind", "symbol"))
    return TraceFilter(threads, names, symbols, first or 1, last)


def _number(key: str, values: set[str]) -> int | None:
    if not values:
        return None
    text = min(values)
    if len(values) > 1 or not text.isascii() or not text.isdigit() or len(text) > 18 or not int(text):
        raise _no_filter(f"{key}={max(values)}", "Give the number of one event, counted from 1")
    return int(text)


def _no_filter(part: str, remedy: str) -> ConfigError:
    return ConfigError(f"--trace-filter {printable(part, 60)!r} is no filter. {remedy}.")


def _threads(members: dict[str, Any]) -> set[str]:
    """Return the ids and names of the threads that an event is about."""
    fields = [name.removesuffix("_name") for name in members if name.endswith("_name")]
    return {str(members[name]) for field in fields for name in (field, f"{field}_name") if name in members}


def _symbols(members: dict[str, Any]) -> set[str]:
    """Return the names of the functions and objects that an event is about, without offsets."""
    symbols = [value for name, value in members.items() if name.endswith("_symbol") and value is not None]
    symbols += [name for name in members.get("pointers", {}).values() if name is not None]
    return {symbol.partition("+0x")[0] for symbol in symbols}
