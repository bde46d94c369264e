"""Puts tests/ on the import path, so that tests can say ``from support.x import ...``; keeps the user's cache clean;
decides about SIGINT; says last what was not tested."""

import collections
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def pytest_configure(config) -> None:
    """Give the command a cache directory of this test run, and SIGINT as in a terminal, also where this run was begun
    in the background: the tests' processes inherit both."""
    config.v7m_cache = tempfile.mkdtemp(prefix="v7m-test-cache-")
    os.environ["XDG_CACHE_HOME"] = config.v7m_cache
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure(config) -> None:
    """Remove it, and say last what the skipped tests were skipped for."""
    shutil.rmtree(config.v7m_cache, ignore_errors=True)
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(config, "workerinput"):
        for line in untested(report.longrepr for report in reporter.stats.get("skipped", [])):
            print(line)


def untested(skipped) -> list[str]:
    """Return a line for each reason, with the number of its tests; ``skipped`` are pytest's (path, line, reason)."""
    reasons = collections.Counter(str(where[2]).removeprefix("Skipped: ") for where in skipped)
    return [f"Not tested, {count} {'test' if count == 1 else 'tests'}: {why}" for why, count in sorted(reasons.items())]
