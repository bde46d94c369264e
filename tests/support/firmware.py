"""The applications of firmware/, built for a variant once and kept, and what each says about how its run ends."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from support.arm_gcc import cache_directory, compiler_version

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def build_script() -> ModuleType:
    """Return firmware/build.py as a module."""
    spec = importlib.util.spec_from_file_location("firmware_build", ROOT / "firmware" / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def expectations() -> dict[str, dict[str, Any]]:
    """Return the parsed expect.toml of each application, by name."""
    applications: dict[str, dict[str, Any]] = build_script().applications()
    return applications


@functools.cache
def _source_digest() -> str:
    folders = [ROOT / "firmware", ROOT / "rtems_shim" / "guest"]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".elf"]
    digest = hashlib.sha256(compiler_version().encode())
    modules = [ROOT / "rtems_shim" / "building" / name for name in ("toolchain.py", "c_library.py")]
    for path in sorted([*paths, *modules]):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:32]


@functools.cache
def built(variant: str) -> Path:
    """Return the directory of all applications built for ``variant`` (``m3-O0``, ``m4f-Os``, ...) as <name>.elf.

    Skips the test without a cross compiler, as require_tool() does.
    """
    directory = cache_directory() / f"firmware-{variant}-{_source_digest()}"
    if not directory.exists():
        unfinished = directory.with_suffix(f".{os.getpid()}")
        build_script().build_all(variant, unfinished, [])
        try:
            unfinished.rename(directory)
        except OSError:
            # Another worker of this test run was faster; its files are the same.
            if not directory.exists():
                raise
    return directory
