"""Puts tests/ on the import path, so that tests can say ``from support.x import ...``; keeps the user's cache clean."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def pytest_configure(config) -> None:
    """Give the command a cache directory of this test run, which the tests' processes inherit."""
    config.v7m_cache = tempfile.mkdtemp(prefix="v7m-test-cache-")
    os.environ["XDG_CACHE_HOME"] = config.v7m_cache


def pytest_unconfigure(config) -> None:
    """Remove it."""
    shutil.rmtree(config.v7m_cache, ignore_errors=True)
