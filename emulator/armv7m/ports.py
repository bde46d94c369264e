"""A register as the bus meets it: what a word load answers and what a word store does.

A block of the System Control Space answers ``ports()``; scs.py puts them all into one table by address, so that an
access is one look-up. ``peek`` is the load without its side effects, for debuggers; None when the load has none.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import NamedTuple

Load = Callable[[], int]
Store = Callable[[int], None]


def zero() -> int:
    """Read as zero."""
    return 0


def ignore(value: int) -> None:
    """Ignore the write."""


def constant(value: int) -> Load:
    """Return a load that always answers ``value``."""
    return lambda: value


class Port(NamedTuple):
    """One word register at ``address``; what is left out reads as zero and ignores writes."""

    address: int
    load: Load = zero
    store: Store = ignore
    peek: Load | None = None
