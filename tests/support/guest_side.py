"""The guest side's objects, compiled once for each compiler, content and choice of flags, and kept for all workers."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
from collections.abc import Sequence

from support.arm_gcc import cache_directory, compiler_version
from support.firmware import ROOT

from rtems_shim.building.toolchain import GUEST, build_guest


@functools.cache
def guest_digest() -> str:
    """Return a name for what the guest side is made of."""
    paths = sorted(path for path in (ROOT / "rtems_shim" / "guest").rglob("*") if path.is_file())
    paths.append(ROOT / "rtems_shim" / "building" / "toolchain.py")
    texts = [compiler_version().encode(), *(path.read_bytes() for path in paths)]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:24]


def guest_objects(flags: Sequence[str]) -> list[str]:
    """Return the objects of the guest side for these flags of the compiler."""
    name = hashlib.sha256(" ".join(flags).encode()).hexdigest()[:12]
    directory = cache_directory() / f"guest-{name}-{guest_digest()}"
    if not directory.exists():
        unfinished = directory.with_suffix(f".{os.getpid()}")
        unfinished.mkdir(exist_ok=True)
        build_guest([*flags], unfinished)
        with contextlib.suppress(OSError):  # another worker of this test run was faster; its files are the same
            unfinished.rename(directory)
    return [str(directory / f"{source.stem}.o") for source in sorted((GUEST / "src").glob("*.[cS]"))]
