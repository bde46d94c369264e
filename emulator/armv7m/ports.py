"""A register as the bus meets it: what a word load answers and what a word store does.

A block of the System Control Space answers ``ports()``; scs.py puts them all into one table by address, so that an
access is one look-up. ``peek`` is the load without its side effects, for debuggers; None when the load has none.
``steady`` says what further loads answer until something else happens than time that passes.
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


FOREVER = (1 << 64) - 1


class Steady(NamedTuple):
    """What a register reads as, without side effects, while nothing but time passes, and not beyond ``until``.

    ``value`` at tick ``since`` of a clock that ticks every ``divider`` instructions, plus ``slope`` each tick after it,
    in 32 bits. ``until`` is virtual time. ``is_icsr``: what ICSR answers, from the exceptions as they are.
    """

    value: int
    slope: int = 0
    since: int = 0
    divider: int = 1
    until: int = FOREVER
    is_icsr: bool = False


class Port(NamedTuple):
    """One word register at ``address``; what is left out reads as zero and ignores writes."""

    address: int
    load: Load = zero
    store: Store = ignore
    peek: Load | None = None
    steady: Callable[[], Steady | None] | None = None
