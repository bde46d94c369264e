"""What the terminal can show: colour only where a person is looking and did not say no."""

from __future__ import annotations

import contextlib
import os
import sys

from emulator.annotations import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from emulator.trace.call_lines import Paint

_CODES = {
    "headline": "1;31",
    "good": "1;32",
    "place": "36",
    "address": "1",
    "decided": "1;33",
    "title": "1",
    "dim": "2",
}


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person is looking at ``stream``; None is one that was closed before the command started."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def can_redraw(stream: TextIO | None) -> bool:
    """Whether a line on ``stream`` can be written over: a terminal that knows escape sequences."""
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"


def choose_paint(choice: str, stream: TextIO | None) -> Paint:
    """Return how to colour text for ``stream``: ``choice`` is auto, always or never. NO_COLOR says no to auto."""
    wanted = choice == "always"
    if choice == "auto":
        wanted = is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return _colored if wanted else _plain


def _plain(kind: str, text: str) -> str:
    return text


def _colored(kind: str, text: str) -> str:
    return f"\x1b[{_CODES[kind]}m{text}\x1b[0m" if kind in _CODES else text


def write_diagnostics(text: str) -> None:
    """Write to stderr; a closed stderr is nobody's trouble."""
    if sys.stderr is None:  # closed before the command started
        return
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()
