"""One line that says a long run is alive: only on a terminal, only after two seconds, and gone at the end.

This is the one place that looks at the host's clock, and nothing of it reaches a trace, a report or the guest.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from emulator.cli.terminal import is_terminal, write_diagnostics

FIRST_AFTER = 2.0
EVERY = 0.5
_ERASE = "\r\x1b[K"


class Progress:
    """The progress line of one run. ``clock`` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, enabled: bool | None = None) -> None:
        self._clock = clock
        self._enabled = is_terminal(sys.stderr) if enabled is None else enabled
        self._start = clock()
        self._next = self._start + FIRST_AFTER
        self._shown = False

    def update(self, instructions: int) -> None:
        """Show how far the run is, now and then."""
        if not self._enabled:
            return
        now = self._clock()
        if now < self._next:
            return
        self._next = now + EVERY
        self._shown = True
        rate = instructions / max(now - self._start, 1e-9) / 1e6
        write_diagnostics(f"{_ERASE}{instructions:,} instructions, {rate:.1f} million a second (Ctrl-C ends the run)")

    def clear(self) -> None:
        """Take the line away before something else is written."""
        if self._shown:
            self._shown = False
            write_diagnostics(_ERASE)
