"""With the accelerator and without it, and observed or not, every prebuilt application runs the same.

Counters show that it is the C half's exceptions and maps that are compared, and not Python's with Python's.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from support.accelerator import require_accelerator

PREBUILT = sorted((Path(__file__).parents[2] / "firmware" / "prebuilt").glob("*.elf"))
SCRIPT = """
import sys
from contextlib import redirect_stdout
from emulator.cli.main import main
from emulator.engine.accelerator import load
from emulator.machine.machine import Machine

machines, init = [], Machine.__init__
def noted(self, *arguments, **options):
    machines.append(self)
    init(self, *arguments, **options)
Machine.__init__ = noted
folder, images = sys.argv[1], sys.argv[2:]
print("native" if load() else "pure")
for image in images:
    name = image.rsplit("/", 1)[1].removesuffix(".elf")
    trace = [] if folder.endswith("untraced") else ["--trace", f"{folder}/{name}.jsonl"]
    print(name, main(["run", image, *trace, "--report", "json", "--report-file", f"{folder}/{name}.json"]), flush=True)
shared = [machine._shared for machine in machines]
print(*(sum(getattr(s, name) for s in shared) for name in ("native_entries", "native_returns", "map_changes")))
"""


class Outcome(NamedTuple):
    """Which half ran, the console's lines, the files by name, and what the C half did: entries, returns, maps."""

    half: str
    console: list[str]
    files: dict[str, bytes]
    done_in_c: tuple[int, ...]


def run_all(folder: Path, pure: bool) -> Outcome:
    """Run every application in one process."""
    folder.mkdir()
    environment = dict(os.environ) | ({"V7M_PURE_PYTHON": "1"} if pure else {})
    command = [sys.executable, "-c", SCRIPT, str(folder), *map(str, PREBUILT)]
    done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=240)
    half, *lines, counts = done.stdout.decode("latin-1").splitlines()
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    return Outcome(half, lines, files, tuple(map(int, counts.split())))


@pytest.fixture(autouse=True)
def accelerator() -> None:
    require_accelerator()


def test_the_accelerator_changes_no_byte(tmp_path: Path) -> None:
    native = run_all(tmp_path / "native", pure=False)
    pure = run_all(tmp_path / "pure", pure=True)
    assert (native.half, pure.half) == ("native", "pure")
    assert len(native.files) == 2 * len(PREBUILT) > 60
    assert native.console == pure.console
    different = [name for name, data in native.files.items() if pure.files[name] != data]
    assert different == []
    assert min(native.done_in_c) > 100, "the C half was hardly used"
    assert not any(pure.done_in_c)


def test_whoever_listens_changes_nothing(tmp_path: Path) -> None:
    observed = run_all(tmp_path / "traced", pure=False)
    free = run_all(tmp_path / "untraced", pure=False)
    assert observed.console == free.console
    assert free.files == {name: data for name, data in observed.files.items() if name.endswith(".json")}
    assert observed.done_in_c == free.done_in_c
