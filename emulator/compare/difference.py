"""What a comparison found: the first difference, how far it got, and which known differences it met."""

from __future__ import annotations

from collections import Counter

from emulator.annotations import NamedTuple
from emulator.compare.here import Moment
from emulator.records import dataclass, field


class Row(NamedTuple):
    """One thing that differs: a register, or a word of memory by its address, with both values."""

    name: str
    here: int
    qemu: int


@dataclass(frozen=True, slots=True)
class Difference:
    """The first difference.

    ``kind`` is ``registers``, ``special registers``, ``fault registers``, ``memory`` or ``end``. ``moment`` is the step
    after which it was seen, ``before`` R0-R12, SP, LR, PC and xPSR in front of that step, equal on both sides.
    ``agreed`` is the last step after which the same registers were seen to be equal: the step before, but for registers
    that are not looked at after each. ``words`` says in one sentence what differs. ``known`` is the entry that matches.
    """

    kind: str
    words: str
    rows: tuple[Row, ...]
    moment: Moment
    before: tuple[int, ...]
    agreed: int
    known: str = ""


@dataclass(slots=True)
class Result:
    """The outcome of a comparison. ``end`` says in words why it ended where it did."""

    steps: int = 0
    end: str = ""
    difference: Difference | None = None
    exceptions: Counter[int] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    last: tuple[Moment, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether a difference was found that no entry of the known ones matches."""
        return self.difference is not None and not self.difference.known
