"""An event as a line of a trace: which of its numbers are addresses or words, and which are counts.

Personalities add events of their own, so this goes by the names of fields; a test holds it complete.
"""

from __future__ import annotations

from emulator.annotations import Any
from emulator.machine.events import Event
from emulator.records import field_names

WORDS = frozenset(
    (
        *("address", "base", "entry", "exc_return", "pc", "rasr", "rbar", "return_address", "sp", "stack_base"),
        *("arguments", "caller", "creator", "heir", "outgoing", "owner", "result", "subject", "target", "thread"),
        *("value", "waker"),
    )
)
"""Fields that hold addresses, words or object ids: strings such as "0x20008000" in a trace."""

NUMBERS = frozenset(
    (
        *("after", "before", "code", "count", "exception", "priority", "region", "rights", "size", "source", "srd"),
        *("stack_size", "threads", "tick_us", "time"),
    )
)
"""Fields that hold counts, sizes, numbers and times."""


def event_object(event: Event) -> dict[str, Any]:
    """Return ``event`` as plain values: ``t``, ``kind``, then its fields in the order of their declaration."""
    found: dict[str, Any] = {"t": event.time, "kind": event.kind}
    for name, is_word in _columns(type(event)):
        value = getattr(event, name)
        found[name] = _words(value) if is_word else value
    return found


def line_format(event: type[Event]) -> str:
    """Return the format of the line of an event whose fields are all numbers: the time, then its fields in order."""
    columns = [
        f'"{name}":"0x{{{place}:08x}}"' if is_word else f'"{name}":{{{place}}}'
        for place, (name, is_word) in enumerate(_columns(event), 1)
    ]
    return "{{" + ",".join(['"t":{0}', f'"kind":"{event.kind}"', *columns]) + "}}"


_COLUMNS: dict[type[Event], tuple[tuple[str, bool], ...]] = {}


def _columns(event: type[Event]) -> tuple[tuple[str, bool], ...]:
    """Return (field, whether it holds words) of an event's class; looked up once a class."""
    if event not in _COLUMNS:
        names = [name for name in field_names(event) if name != "time"]
        _COLUMNS[event] = tuple((name, name in WORDS) for name in names)
    return _COLUMNS[event]


def _words(value: int | tuple[int, ...] | None) -> str | list[str] | None:
    if value is None:
        return None
    return f"0x{value:08x}" if isinstance(value, int) else [f"0x{item:08x}" for item in value]
