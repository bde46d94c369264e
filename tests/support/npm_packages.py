"""Packages of npm that tests drive, installed once as their package-lock.json says."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
from pathlib import Path

from support.arm_gcc import cache_directory
from support.tools import missing, require_tool

OLDEST_NODE = 14


def installed(packages: Path) -> Path:
    """Return the folder in which ``packages``/package.json is installed; tests that run at once wait for each other."""
    version = subprocess.run([require_tool("node"), "--version"], capture_output=True, text=True, check=True).stdout
    if int(version[1:].partition(".")[0]) < OLDEST_NODE:
        missing(f"node is {version.strip()}, older than {OLDEST_NODE}")
    npm = require_tool("npm")
    lock = (packages / "package-lock.json").read_bytes()
    folder = cache_directory() / f"npm-{hashlib.sha256(lock).hexdigest()[:16]}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            for name in ("package.json", "package-lock.json"):
                (folder / name).write_bytes((packages / name).read_bytes())
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=folder, capture_output=True, check=True)
            (folder / "done").touch()
    return folder
