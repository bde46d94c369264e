"""One line that says a long run is alive: only on a terminal, only after two seconds, and gone at the end.

This is the one place that looks at the host's clock, and nothing of it reaches a trace, a report or the guest.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from emulator.cli.terminal import can_redraw, write_diagnostics

FIRST_AFTER = 2.0
EVERY = 0.5
_ERASE = "\r\x1b[K"


class Progress:
    """The progress line of one run. ``clock`` returns seconds; there will be ``total`` of ``what`` at the most."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, enabled: bool | None = None, total: int | None = None,
        what: str = "instructions",
    ) -> None:  # fmt: skip
        self._clock = clock
        self._enabled = can_redraw(sys.stderr) if enabled is None else enabled
        self._total = total
        self._what = what
        self.count = 0
        """What ``update`` was told last."""
        self._start = clock()
        self._next = self._start + FIRST_AFTER
        self._shown = False

    def update(self, count: int, more: str = "") -> None:
        """Show how far the run is, now and then."""
        self.count = count
        if not self._enabled:
            return
        now = self._clock()
        if now < self._next:
            return
        self._next = now + EVERY
        self._shown = True
        total = f" of {self._total:,}" if self._total is not None else ""
        share = f" ({100 * count // self._total} %)" if self._total else ""
        write_diagnostics(f"{_ERASE}{count:,}{total} {self._what}{share}{more or self._rate(count, now)}")

    def _rate(self, count: int, now: float) -> str:
        rate = count / max(now - self._start, 1e-9)
        shown = f"{rate / 1e6:.1f} million" if rate >= 1e5 else f"{rate:,.0f}"
        return f", {shown} a second (Ctrl-C ends the run)"

    def clear(self) -> None:
        """Take the line away before something else is written."""
        if self._shown:
            self._shown = False
            write_diagnostics(_ERASE)
