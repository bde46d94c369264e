"""The native accelerator in tests: in use, or the test is skipped with the reason (failed where CI demands it)."""

from __future__ import annotations

from support.tools import missing

from emulator.engine.accelerator import load


def require_accelerator() -> None:
    """Skip the test where the accelerator is not in use, or fail it when the variable CI is ``true``."""
    if load() is None:
        missing("the accelerator is not in use: it was not built (no C compiler?), or V7M_PURE_PYTHON is set")
