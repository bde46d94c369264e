"""The adapter, driven by Microsoft's own test client: each scenario of microsoft/scenarios.js is a test."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.arm_gcc import cache_directory
from support.tools import missing, require_tool

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCENARIOS = HERE / "microsoft" / "scenarios.js"
NAMES = re.findall(r"^exports\.(\w+) = ", SCENARIOS.read_text(encoding="utf-8"), re.MULTILINE)


def client_folder() -> Path:
    """Return where Microsoft's client is installed, as package-lock.json says; tests that run at once wait."""
    require_tool("gdb-multiarch")
    node = require_tool("node")
    npm = require_tool("npm")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version[1:].partition(".")[0]) < 14:
        missing(f"node is {version.strip()}, older than 14")
    lock = (HERE / "microsoft" / "package-lock.json").read_bytes()
    folder = cache_directory() / f"npm-{hashlib.sha256(lock).hexdigest()[:16]}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            for name in ("package.json", "package-lock.json"):
                (folder / name).write_bytes((HERE / "microsoft" / name).read_bytes())
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=folder, capture_output=True, check=True)
            (folder / "done").touch()
    return folder


def build_program(folder: Path) -> tuple[Path, Path]:
    """Compile program.c in ``folder``; return source and program."""
    source, program = folder / "program.c", folder / "program.elf"
    source.write_bytes((HERE / "program.c").read_bytes())
    command = [sys.executable, "-m", "emulator.cli.main", "cc", "-g", "-O0", str(source), "-o", str(program)]
    subprocess.run(command, check=True)
    return source, program


def goes_backwards(program: Path) -> bool:
    """Whether our GDB server announces reverse execution."""
    command = [sys.executable, "-m", "emulator.cli.main", "debug", "--stdio", str(program)]
    done = subprocess.run(command, input=b"+$qSupported#37", capture_output=True, check=False)
    assert b"PacketSize=" in done.stdout
    return b"ReverseStep+" in done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the variables of scenarios.js, the program compiled."""
    require_tool("arm-none-eabi-gcc")
    source, program = build_program(tmp_path_factory.mktemp("program"))
    return {
        **os.environ,
        "CLIENT_FOLDER": str(client_folder()),
        "V7M": str(Path(sys.executable).parent / "v7m"),
        "PROGRAM": str(program),
        "SOURCE": str(source),
        "ROOT": str(ROOT),
        "REVERSE": "1" if goes_backwards(program) else "0",
    }


@pytest.mark.parametrize("name", NAMES)
def test_with_microsofts_client(name: str, environment: dict[str, str]) -> None:
    command = [require_tool("node"), str(SCENARIOS), name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
