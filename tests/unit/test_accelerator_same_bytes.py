"""With the accelerator and without it every prebuilt application gives the same trace, report and console."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.accelerator import require_accelerator

PREBUILT = sorted((Path(__file__).parents[2] / "firmware" / "prebuilt").glob("*.elf"))
SCRIPT = """
import sys
from contextlib import redirect_stdout
from emulator.cli.main import main
from emulator.machine.accelerator import load
folder, images = sys.argv[1], sys.argv[2:]
print("native" if load() else "pure")
for image in images:
    name = image.rsplit("/", 1)[1].removesuffix(".elf")
    print(name, main(["run", image, "--trace", f"{folder}/{name}.jsonl", "--report", "json",
                      "--report-file", f"{folder}/{name}.json"]), flush=True)
"""


def run_all(folder: Path, pure: bool) -> tuple[str, list[str], dict[str, bytes]]:
    """Run every application in one process; return which half ran, the console lines, and the files by name."""
    folder.mkdir()
    environment = dict(os.environ) | ({"V7M_PURE_PYTHON": "1"} if pure else {})
    command = [sys.executable, "-c", SCRIPT, str(folder), *map(str, PREBUILT)]
    done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=240)
    half, *lines = done.stdout.decode("latin-1").splitlines()
    return half, lines, {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(autouse=True)
def accelerator() -> None:
    require_accelerator()


def test_the_accelerator_changes_no_byte(tmp_path: Path) -> None:
    native = run_all(tmp_path / "native", pure=False)
    pure = run_all(tmp_path / "pure", pure=True)
    assert (native[0], pure[0]) == ("native", "pure")
    assert len(native[2]) == 2 * len(PREBUILT) > 60
    assert native[1] == pure[1]
    different = [name for name, data in native[2].items() if pure[2][name] != data]
    assert different == []
