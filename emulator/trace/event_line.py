"""An event as the members of a line of a trace: words with their names, threads with theirs, counts as numbers.

Personalities add events of their own, so this goes by the names of fields; a test holds it complete.
State: the names and functions of threads, which of them executes, and what Places knows.
"""

from __future__ import annotations

from emulator.annotations import Any
from emulator.image.image import Image
from emulator.machine.events import Event
from emulator.records import field_names
from emulator.trace.places import Places

THREADS = frozenset(
    ("caller", "creator", "heir", "outgoing", "owner", "subject", "target", "thread", "waker"),
)
"""Fields that hold the ids of threads: the member after each is the thread's name."""
NAMES = frozenset(("thread_name", "owner_name", "target_name", "caller_name"))
"""Fields that hold what the thread of the field before is called."""
CODE = frozenset(("entry", "pc", "return_address"))
"""Fields that hold addresses of instructions: the member after each is the symbol there."""
DATA = frozenset(("address",))
"""Fields that hold addresses of memory: the member after each says what is there."""
WORDS = THREADS | CODE | DATA | frozenset(("base", "exc_return", "rasr", "rbar", "result", "sp", "stack_base", "value"))
"""Fields that hold addresses, words or object ids: strings such as "0x20008000" in a trace."""
NUMBERS = frozenset(
    (
        *("after", "before", "code", "count", "exception", "priority", "region", "rights", "size", "source", "srd"),
        *("stack_size", "threads", "tick_us", "time"),
    )
)
"""Fields that hold counts, sizes, numbers and times."""
LINES = {"call": 2, "share": 2, "unshare": 2, "fault": 0, "page": 0, "thread": 0}
"""Kinds whose ``pc`` or ``entry`` has its source line, and how far before it the instruction is."""
EXECUTING = frozenset(("fault",))
"""Kinds that get the executing thread although they do not name one; console output does, too."""
TEACHES = frozenset(("thread", "name", "stack", "release", "switch", "reset"))
"""Kinds after which names may be others."""
START_UP = "boot"
"""The name of the start-up code, whose id is 0."""

Members = dict[str, Any]


class EventMembers:
    """Makes the members of the events of one run. Events must come in order."""

    def __init__(self, image: Image) -> None:
        self._names: dict[int, str] = {}
        self._entries: dict[int, int] = {}
        self._places = Places(image, self._known_as)
        self._executing: int | None = None

    def of(self, event: Event) -> Members:
        """Return ``kind`` and the fields of ``event`` in the order of their declaration, each with its name."""
        kind = event.kind
        members: Members = {"kind": kind}
        if kind in EXECUTING:
            self._add_thread(members, "thread", self._executing)
        for name in _fields(type(event)):
            value = getattr(event, name)
            if name == "arguments":
                self._add_arguments(members, value)
            elif name in THREADS:
                self._add_thread(members, name, value)
            elif name in NAMES:
                thread = getattr(event, name.removesuffix("_name"))
                members[name] = self._thread_name(name, thread) if value == f"0x{thread:08x}" else value
            else:
                members[name] = _word(value) if name in WORDS else value
                self._add_place(members, name, value, LINES.get(kind))
        return members

    def of_console(self, channel: str, data: str) -> Members:
        """Return the members of console output that was joined to a line."""
        members: Members = {"kind": "console"}
        self._add_thread(members, "thread", self._executing)
        return {**members, "channel": channel, "data": data}

    def learn(self, event: Any) -> None:
        """Take note of the names that an event in TEACHES brings; call it before ``of`` for the same event."""
        kind = event.kind
        if kind == "switch":
            self._executing = event.heir
        elif kind == "reset":
            self._executing = None
        elif kind == "thread":
            self._names[event.thread], self._entries[event.thread] = event.name, event.entry
        elif kind == "name":
            self._names[event.thread] = event.name
        elif kind == "stack":
            self._places.protect(event.base, event.size, event.owner)
        elif kind == "release":
            self._places.release(event.base)

    def _add_thread(self, members: Members, name: str, thread: int | None) -> None:
        members[name] = _word(thread)
        if f"{name}_name" not in members:
            members[f"{name}_name"] = self._thread_name(name, thread)

    def _thread_name(self, field: str, thread: int | None) -> str | None:
        if thread is None or (not thread and field == "waker"):
            return None
        return START_UP if not thread else self._known_as(thread)

    def _known_as(self, thread: int) -> str:
        """Return the name of a thread; without one its function and its id."""
        name = self._names.get(thread)
        if name:
            return name
        function = self._places.named(self._entries[thread] | 1) if thread in self._entries else None
        return f"{function} 0x{thread:08x}" if function else f"0x{thread:08x}"

    def _add_place(self, members: Members, name: str, value: int | None, line_offset: int | None) -> None:
        if name in CODE:
            is_nowhere = value is None or (name == "entry" and not value)
            members[f"{name}_symbol"] = None if is_nowhere else self._places.code(value or 0)
            if name != "return_address" and line_offset is not None:
                members["line"] = self._places.line((value & ~1) - line_offset) if value else None
        elif name in DATA:
            members[f"{name}_symbol"] = None if value is None else self._places.data(value)

    def _add_arguments(self, members: Members, arguments: tuple[tuple[str, str, int | str], ...]) -> None:
        members["arguments"] = {name: _argument(letter, value) for name, letter, value in arguments}
        members["pointers"] = {
            name: self._places.named(value) if value else "NULL"
            for name, letter, value in arguments
            if letter in "ps" and isinstance(value, int)
        }


def _argument(letter: str, value: int | str) -> int | str:
    """Return a signed argument as a number, any other as a word; the text of a string in quotes."""
    if isinstance(value, str):
        return f'"{value}"'
    if letter == "i":
        return (value ^ 0x8000_0000) - 0x8000_0000
    return (value ^ 1 << 63) - (1 << 63) if letter == "l" else f"0x{value:08x}"


_FIELDS: dict[type[Event], tuple[str, ...]] = {}


def _fields(event: type[Event]) -> tuple[str, ...]:
    """Return the fields of an event's class but the time; looked up once a class."""
    if event not in _FIELDS:
        _FIELDS[event] = tuple(name for name in field_names(event) if name != "time")
    return _FIELDS[event]


def _word(value: int | None) -> str | None:
    return None if value is None else f"0x{value:08x}"
