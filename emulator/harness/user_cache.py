"""Folders of files in the user's cache directory: each file is written at once, and not too many of them are kept.

Readers and writers need not wait for each other. A cache is an aid only: what cannot be read is as good as not there.
V7M_CACHE=0, or empty, leaves the directory alone.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

SWITCH = "V7M_CACHE"


def directory(name: str) -> Path | None:
    """Return the folder ``name``, in $XDG_CACHE_HOME/v7m or below ~/.cache; None when caches are unwanted."""
    if os.environ.get(SWITCH, "1") in ("", "0"):
        return None
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # the specification wants relative ones ignored
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base, "v7m", name) if os.path.isabs(base) else None


def read(path: Path, largest: int) -> bytes:
    """Return at most ``largest`` + 1 bytes of ``path``, and note its use; nothing where there is no such file."""
    try:
        # A pipe in the file's place is not waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return b""
            contents = file.read(largest + 1)
    except OSError:
        return b""
    with contextlib.suppress(OSError):
        os.utime(path)
    return contents


def write(path: Path, contents: bytes, most_files: int) -> None:
    """Put a file with ``contents`` in the place of the old one, and keep ``most_files`` in its folder, if it can be."""
    with contextlib.suppress(OSError):
        _write(path, contents)
        _limit(path.parent, most_files)


def _write(path: Path, contents: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.urandom(8).hex()}")  # what a killed run leaves goes as old files do
    try:
        with open(temporary, "xb") as file:
            file.write(contents)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _limit(folder: Path, most_files: int) -> None:
    """Remove the files that were not used for the longest time."""
    with os.scandir(folder) as entries:
        files = [(entry.stat(follow_symlinks=False).st_mtime_ns, entry.path) for entry in entries if entry.is_file()]
    for _, path in sorted(files)[:-most_files]:
        with contextlib.suppress(OSError):
            os.unlink(path)
