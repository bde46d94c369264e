"""Puts tests/ on the import path, so that tests can say ``from support.x import ...``; gives all workers of a test run
one cache that is not the user's; decides about SIGINT and the second run of what faults; says last what was not tested.
"""

import collections
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

settings.load_profile("ci")  # the same cases each time, and no deadline by the host's clock
sys.path.insert(0, str(Path(__file__).parent))


def pytest_configure(config) -> None:
    """Give the command a cache directory of this test run, and SIGINT as in a terminal, also where this run was begun
    in the background: the tests' processes inherit both. What faults is run a second time only where a test asks for it
    (the fixture ``why``): it takes as long as the run itself.
    """
    if not hasattr(config, "workerinput"):
        os.environ["V7M_WHY"] = "off"
        config.v7m_cache = tempfile.mkdtemp(prefix="v7m-test-cache-")
        os.environ["XDG_CACHE_HOME"] = config.v7m_cache
        keep_builds(Path(config.v7m_cache))
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def keep_builds(cache: Path) -> None:
    """Let the C libraries and the guest side's objects that `v7m cc` makes outlive this run, as the tests' builds do.

    Each is kept by the contents of all that it is made of.
    """
    from support.arm_gcc import cache_directory

    (cache / "v7m").mkdir(mode=0o700)
    for name in ("c-library", "guest-objects"):
        kept = cache_directory() / name
        kept.mkdir(exist_ok=True)
        (cache / "v7m" / name).symlink_to(kept)


@pytest.fixture
def why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let faults be explained by a second run, as for users."""
    monkeypatch.delenv("V7M_WHY")


def pytest_unconfigure(config) -> None:
    """Remove it, and say last what the skipped tests were skipped for."""
    if hasattr(config, "workerinput"):
        return
    shutil.rmtree(config.v7m_cache, ignore_errors=True)
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        for line in untested(report.longrepr for report in reporter.stats.get("skipped", [])):
            print(line)


def untested(skipped) -> list[str]:
    """Return a line for each reason, with the number of its tests; ``skipped`` are pytest's (path, line, reason)."""
    reasons = collections.Counter(str(where[2]).removeprefix("Skipped: ") for where in skipped)
    return [f"Not tested, {count} {'test' if count == 1 else 'tests'}: {why}" for why, count in sorted(reasons.items())]


LONGEST = ("test_accelerator_sanitized.py",)
"""Files whose tests begin first: else one processor waits for them at the end."""


def pytest_collection_modifyitems(items) -> None:
    """Put the tests of LONGEST in front."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
