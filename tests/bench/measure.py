"""Medians of alternating rounds: two sides are timed in turn, so that noise of the machine meets both."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """``value`` is peer time / our time (larger is better); ``low`` and ``high`` bound it over the rounds."""

    workload: str
    peer: str
    value: float
    low: float
    high: float
    target: float | None
    ours: str
    theirs: str

    @property
    def is_met(self) -> bool:
        """Whether the target is reached (no target: always)."""
        return self.target is None or self.value >= self.target


def timed(action: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the seconds by ``clock`` that ``action`` takes."""
    start = clock()
    action()
    return clock() - start


def processor_time() -> float:
    """Processor seconds of this process and its ended children: what other processes do hardly shows in them."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def compare(
    workload: str,
    peer: str,
    ours: Callable[[], float],
    theirs: Callable[[], float],
    *,
    target: float | None,
    rounds: int,
    unit: Callable[[float], str],
) -> Ratio:
    """Run both sides ``rounds`` times in turn; each returns its own seconds for the same work.

    The value is the ratio of the medians; the bounds are the smallest and the largest ratio of one round.
    """
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    ratios = sorted(their / our for our, their in pairs)
    our_median = statistics.median(our for our, _ in pairs)
    their_median = statistics.median(their for _, their in pairs)
    value = their_median / our_median
    return Ratio(workload, peer, value, ratios[0], ratios[-1], target, unit(our_median), unit(their_median))


def table(rows: list[Ratio]) -> str:
    """Return the rows as a text table."""
    header = ("workload", "against", "ratio", "bounds", "at least", "ours", "theirs")
    cells = [header] + [
        (
            row.workload, row.peer, f"{row.value:.2f}", f"{row.low:.2f}..{row.high:.2f}",
            "report" if row.target is None else f"{row.target:g}" + ("" if row.is_met else " MISSED"),
            row.ours, row.theirs,
        )
        for row in rows
    ]  # fmt: skip
    widths = [max(len(row[n]) for row in cells) for n in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(line.rstrip() for line in lines)
