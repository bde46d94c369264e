"""External programs that tests drive: found, or the test is skipped with the reason (failed where CI demands them)."""

from __future__ import annotations

import os
import shutil

import pytest


def require_tool(name: str) -> str:
    """Return the path of the program ``name``. Missing: the test skips, or fails when the variable CI is ``true``."""
    path = shutil.which(name)
    if path is None:
        missing(f"{name} is not installed")
    return str(path)


def missing(reason: str) -> None:
    """Skip the test for ``reason``, or fail it when the variable CI is ``true``."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
