"""The native accelerator in tests: in use, or the test is skipped with the reason (failed where CI demands it)."""

from __future__ import annotations

import os

import pytest
from support.tools import missing

from emulator.engine.accelerator import load


def random_cases(usual: int) -> int:
    """Return how many random cases to try: ``usual``, or a fourth where the sanitizers make each of them slow."""
    return usual // 4 if os.environ.get("V7M_FEWER_CASES") else usual


def require_accelerator() -> None:
    """Skip the test in a run that is without the accelerator on purpose; else CI demands that it is in use."""
    if os.environ.get("V7M_PURE_PYTHON"):
        pytest.skip("it compares with the accelerator, which V7M_PURE_PYTHON leaves out")
    if load() is None:
        missing("the accelerator is not in use: it was not built (no C compiler?)")


def use_half(half: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let machines that are made from now on be driven by the ``c`` half, or be ``pure`` Python."""
    if half == "c":
        require_accelerator()
    else:
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
