"""Who touched whose stack: what an isolated run of an image with its own kernel has found, as data and in words.

Accesses are told once per pair of places: whose code, by which calls, and whose stack. The shares are the least that
make them all legal: without one of them, or with fewer rights, an access of the run is foreign.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.annotations import Any
from emulator.armv7m.faults import exception_name
from emulator.records import dataclass
from emulator.trace.backtrace import Backtrace
from emulator.trace.call_lines import INDENT, plain_call_lines

VERBS = {"read": "read", "write": "wrote"}


@dataclass(slots=True)
class ForeignPlace:
    """Accesses of ``thread`` to the stack of ``owner`` by one chain of calls, of which there were ``count``.

    What follows is of the first one: ``address`` is the first closed byte, ``offset`` that from the stack's lowest
    byte, ``size`` the bytes of the access. ``exception`` is the one whose frame was pushed, 0 where an instruction
    accessed. ``overflow``: the thread's stack pointer had left its own stack, or the frame did. ``owner`` is None where
    a frame went to no thread's stack.
    """

    thread: int
    thread_name: str
    owner: int | None
    owner_name: str
    access: str
    time: int
    pc: int
    address: int
    offset: int
    size: int
    exception: int
    overflow: bool
    calls: Backtrace
    count: int = 1


@dataclass(frozen=True, slots=True)
class NeededShare:
    """A right that a thread needs in the stack of another: ``rights`` is ``r`` or ``rw``."""

    thread_name: str
    owner_name: str
    rights: str

    @property
    def option(self) -> str:
        """What ``v7m run`` gives it by."""
        return f"--share {_quoted(f'{self.thread_name}:{self.owner_name}:{self.rights}')}"


@dataclass(frozen=True, slots=True)
class ForeignReport:
    """``places`` in the order of their first accesses; ``left_out`` accesses were at more places than are kept.

    ``unknown`` are the names in the given shares that no thread had.
    """

    mode: str
    places: tuple[ForeignPlace, ...]
    shares: tuple[NeededShare, ...]
    left_out: int
    unknown: tuple[str, ...] = ()


def _quoted(text: str) -> str:
    """Return ``text`` as a shell takes it."""
    is_plain = all(character.isalnum() or character in ":_-.,+/@%" for character in text)
    return text if is_plain else "'" + text.replace("'", "'\\''") + "'"


def foreign_lines(report: ForeignReport) -> Iterator[str]:
    """Yield the report as text."""
    if not report.places:
        yield "no thread touched a stack of another that was closed to it."
        yield from _unknown(report)
        return
    places = "1 place touches" if len(report.places) == 1 else f"{len(report.places)} places touch"
    yield f"{places} the stack of another thread."
    for place in report.places:
        yield ""
        yield f"{INDENT}{_headline(place)}"
        yield from (f"{INDENT}{line}" for line in plain_call_lines(place.calls))
    if report.left_out:
        yield ""
        yield f"{INDENT}{report.left_out:,} more accesses at other places are not listed."
    if report.shares:
        yield ""
        yield f"{INDENT}The least that makes them legal:"
        yield from (f"{INDENT * 2}{share.option}" for share in report.shares)
    yield from _unknown(report)


def _unknown(report: ForeignReport) -> Iterator[str]:
    for name in report.unknown:
        yield f"{INDENT}--share names {_quoted(name)}, and no thread was called that; v7m threads has their names."


def _headline(place: ForeignPlace) -> str:
    first = f"at {place.time:,}"
    if place.exception:
        what = f"the frame of {exception_name(place.exception)}, {place.size} bytes at 0x{place.address:08x}"
        where = f", is in the stack of {place.owner_name}" if place.owner is not None else ""
        left = f" leaves the stack of {place.thread_name}" if place.overflow else f" of {place.thread_name}"
        return f"{what},{left}{where}: {_times(place.count)}, first {first}"
    overflow = ", having left its own stack," if place.overflow else ""
    where = f"the stack of {place.owner_name} at offset {place.offset} (0x{place.address:08x})"
    return f"{place.thread_name}{overflow} {VERBS[place.access]} {where}: {_times(place.count)}, first {first}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def foreign_object(report: ForeignReport) -> dict[str, Any]:
    """Return the report as plain values."""
    from emulator.trace.report_json import backtrace_object, word

    return {
        "mode": report.mode,
        "places": [
            {
                "thread": word(place.thread),
                "thread_name": place.thread_name,
                "owner": word(place.owner),
                "owner_name": place.owner_name,
                "access": place.access,
                "count": place.count,
                "time": place.time,
                "pc": word(place.pc),
                "address": word(place.address),
                "offset": place.offset,
                "size": place.size,
                "exception": place.exception,
                "overflow": place.overflow,
                "backtrace": backtrace_object(place.calls),
            }
            for place in report.places
        ],
        "left_out": report.left_out,
        "unknown": list(report.unknown),
        "shares": [
            {"thread": share.thread_name, "owner": share.owner_name, "rights": share.rights, "option": share.option}
            for share in report.shares
        ],
    }
