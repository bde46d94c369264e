"""The last lines of a test run: what was not tested, and why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import signal
import pytest
from support.tools import require_tool

@pytest.mark.parametrize("number", range(3))
def test_that_needs_a_tool(number):
    require_tool("no-such-tool")

def test_of_something_else():
    pytest.skip("not today")

def test_that_sigint_is_heard():
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler
"""


@pytest.mark.parametrize("options", [["-p", "no:xdist"], ["-n", "2"]], ids=["one process", "workers"])
def test_the_last_lines_say_what_was_not_tested_and_why(options: list[str], tmp_path: Path) -> None:
    """In the background, too, where SIGINT is ignored."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "support").symlink_to(ROOT / "tests" / "support")
    (tmp_path / "test_few.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", *options, "-p", "no:cacheprovider", f"--rootdir={tmp_path}", "."]
    environment = {name: value for name, value in os.environ.items() if name != "CI" and "PYTEST" not in name}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-3:] == [
        "1 passed, 4 skipped in " + done.stdout.splitlines()[-3].rpartition(" in ")[2],
        "Not tested, 3 tests: no-such-tool is not installed",
        "Not tested, 1 test: not today",
    ]


def test_in_ci_a_missing_tool_is_a_failure(tmp_path: Path) -> None:
    from support.tools import require_tool

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CI", "true")
        with pytest.raises(pytest.fail.Exception, match="no-such-tool is not installed"):
            require_tool("no-such-tool")
