"""Directories and their places: which is above which, and all that are below some.

A directory may have further names (hard links), also within itself: what goes down therefore visits each only once, and
the way up is that of its first name, its ``parent``, wherever a path came from. No state.
"""

from __future__ import annotations

from collections.abc import Iterator

from rtems_shim.files.file_objects import Directory, FileObject


def entered(node: FileObject) -> FileObject:
    """Return the root of what is mounted on ``node``, else ``node``."""
    while isinstance(node, Directory) and node.mounted is not None:
        node = node.mounted
    return node


def names_of(path: str) -> list[str]:
    """Return the names of ``path``; RTEMS takes a backslash for a slash."""
    return [name for name in path.replace("\\", "/").split("/") if name not in ("", ".")]


def ends_in_dot(path: str) -> bool:
    """Whether the last name of ``path`` is ``.``."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2] == "."


def above(directory: Directory, root: Directory) -> Directory | None:
    """Return what ``..`` is in ``directory``; None of one whose first name is gone. In ``root`` it is ``root``."""
    if directory is root:
        return root
    inner = directory
    while inner.covers is not None:
        inner = inner.covers
    return inner if inner.is_first else inner.parent


def way_from(root: Directory, directory: Directory) -> list[Directory] | None:
    """Return the directories from ``root`` to ``directory``, both included; None for one that is not below it."""
    way = [directory]
    while way[-1] is not root:
        upper = above(way[-1], root)
        if upper is None or upper is way[-1]:
            return None
        way.append(upper)
    return way[::-1]


def all_below(roots: list[Directory]) -> Iterator[Directory]:
    """Yield ``roots`` and every directory in them, each once; what is mounted on them is not in them."""
    waiting, seen = list(roots), {id(root) for root in roots}
    while waiting:
        directory = waiting.pop()
        yield directory
        for node in directory.entries.values():
            if isinstance(node, Directory) and id(node) not in seen:
                seen.add(id(node))
                waiting.append(node)
