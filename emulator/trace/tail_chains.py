"""Tail-chained exceptions in the trace of a program with its own kernel: they have a return, and no entry of their own.

Where one begins shows when it returns, or when another exception is taken from Handler mode while none is known to be
active: it began with the return in front of that.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.annotations import Any

TO_HANDLER = "1"
"""How an EXC_RETURN ends that leads to Handler mode. [B1.5.8]"""
UNKNOWN = 0
"""A handler of which only its return will say which one it was."""

Members = dict[str, Any]


def is_from_handler(members: Members) -> bool:
    """Whether an exception that was taken interrupted a handler."""
    return str(members.get("exc_return")).endswith(TO_HANDLER)


def with_entries(events: Sequence[Members]) -> list[tuple[int, Members]]:
    """Return the events of a trace, each with its place among ``events``, and entries of all tail chains that ended.

    Such an entry has the place of the return in front of it. What is no event is left to whoever looks at it.
    """
    entries: dict[int, Any] = {}
    active: list[Any] = []
    chained_at: int | None = None
    last_return: int | None = None
    for place, members in enumerate(events):
        kind, exception = members.get("kind"), members.get("exception")
        if kind == "exception":
            if not active and last_return is not None and is_from_handler(members):
                active, chained_at = [UNKNOWN], last_return
            active.append(exception)
            last_return = None
        elif kind == "return":
            if exception in active:
                del active[active.index(exception) :]
            elif active[:1] == [UNKNOWN] and chained_at is not None:
                entries[chained_at] = exception
                active = []
            elif last_return is not None:
                entries[last_return] = exception
            last_return = place
        elif kind == "reset":
            active, last_return = [], None
    found = []
    for place, members in enumerate(events):
        found.append((place, members))
        if place in entries:
            found.append((place, {
                "t": members.get("t"), "kind": "exception", "exception": entries[place], "return_address": None,
                "return_address_symbol": None, "exc_return": None,
            }))  # fmt: skip
    return found
