"""External programs that tests drive: found, or the test is skipped with the reason (failed where CI demands them)."""

from __future__ import annotations

import os
import shutil

import pytest

PACKAGES = {
    "arm-none-eabi-gcc": "gcc-arm-none-eabi and libnewlib-arm-none-eabi",
    "qemu-system-arm": "qemu-system-arm",
    "gdb-multiarch": "gdb-multiarch",
}


def require_tool(name: str) -> str:
    """Return the path of the program ``name``. Missing: the test skips, or fails when the variable CI is ``true``."""
    path = shutil.which(name)
    if path is None:
        reason = f"{name} is not installed (Debian: {PACKAGES.get(name, name)})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path
