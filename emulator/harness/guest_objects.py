"""The guest side's objects, compiled once for each processor and set of flags, and kept in the user's cache directory.

A file there is named by a hash of the guest's sources, the flags and the compiler. It holds the objects, and the hash
of each of the C library's headers that they were made from: when one has changed, or the file is damaged, they are
compiled again.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from emulator.harness import user_cache
from rtems_shim.building.toolchain import GUEST, build_guest, guest_identity

FOLDER = "guest-objects"
MOST_FILES = 32
LARGEST = 4 << 20
"""Bytes of a file; a set of objects has a tenth of that."""


def provide(arguments: list[str], directory: Path) -> list[str]:
    """Do what toolchain.build_guest() does, without the compiler where the objects are kept."""
    folder = user_cache.directory(FOLDER)
    if folder is None:
        return build_guest(arguments, directory)
    path = folder / _key(arguments)
    objects = _unpack(user_cache.read(path, LARGEST))
    if objects is not None:
        return _written(objects, directory)
    paths = build_guest(arguments, directory, dependencies=True)
    contents = _pack([Path(object_) for object_ in paths])
    if len(contents) <= LARGEST:
        user_cache.write(path, contents, MOST_FILES)
    return paths


def _key(arguments: list[str]) -> str:
    """Return the name of the file for ``arguments``."""
    words = [word.encode() for word in guest_identity(arguments)]
    for path in sorted(path for path in GUEST.rglob("*") if path.is_file()):
        words += [str(path.relative_to(GUEST)).encode(), path.read_bytes()]
    return hashlib.sha256(b"".join(hashlib.sha256(word).digest() for word in words)).hexdigest()


def _written(objects: dict[str, bytes], directory: Path) -> list[str]:
    place = directory.resolve()
    for name, contents in objects.items():
        (place / name).write_bytes(contents)
    return [str(place / name) for name in objects]


def _pack(paths: list[Path]) -> bytes:
    """Return the contents of a file: a hash of the rest, a line that tells of headers and objects, the objects."""
    headers = sorted({header for path in paths for header in dependencies(path.with_suffix(".d").read_text())})
    objects = {path.name: path.read_bytes() for path in paths}
    told = {
        "headers": {header: _digest(Path(header).read_bytes()) for header in headers},
        "objects": {name: len(contents) for name, contents in objects.items()},
    }
    rest = json.dumps(told).encode() + b"\n" + b"".join(objects.values())
    return _digest(rest).encode() + b"\n" + rest


def _unpack(contents: bytes) -> dict[str, bytes] | None:
    """Return the objects in the file with ``contents`` by name; None where it is damaged or a header has changed."""
    digest, _, rest = contents.partition(b"\n")
    if digest != _digest(rest).encode():
        return None
    told, _, data = rest.partition(b"\n")
    description = json.loads(told)
    if not all(_has_digest(Path(header), digest) for header, digest in description["headers"].items()):
        return None
    objects, start = {}, 0
    for name, size in description["objects"].items():
        objects[name] = data[start : start + size]
        start += size
    return objects


def dependencies(rule: str) -> list[str]:
    """Return the headers in a rule for make that the compiler wrote, without the guest's own, which the key holds."""
    _, _, words = rule.replace("\\\n", " ").partition(": ")
    paths = [re.sub(r"\\([ #])", r"\1", word).replace("$$", "$") for word in re.findall(r"(?:\\.|\S)+", words)]
    return [path for path in paths if GUEST not in Path(path).parents]


def _has_digest(path: Path, digest: str) -> bool:
    try:
        return _digest(path.read_bytes()) == digest
    except OSError:
        return False


def _digest(contents: bytes) -> str:
    return hashlib.sha256(contents).hexdigest()
