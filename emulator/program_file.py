"""Reads a file the user named, with a refusal of one clear line for everything that is not a readable file."""

from __future__ import annotations

import os
import stat

from emulator.errors import ImageError

LARGEST_FILE = 512 << 20
"""Bytes. Far above any program for a microcontroller, far below what would hurt the host."""

SHOWN_TEXT = 40
"""Characters of a foreign text that a message repeats."""


def is_trace(data: bytes) -> bool:
    """Whether ``data`` begins as the traces of runs do."""
    return data[:32].replace(b" ", b"").startswith(b'{"kind":"header"')


def printable(text: str, limit: int | None = None) -> str:
    """Return ``text`` safe for one line of a terminal: no control characters, cut after ``limit`` characters."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    return text if limit is None or len(text) <= limit else text[:limit] + "..."


def shown_path(path: str | os.PathLike[str]) -> str:
    """Return the file's name for a message: as the user gave it, without characters that break the line."""
    return printable(os.fspath(path)) or "''"


def base_name(path: str | os.PathLike[str]) -> str:
    """Return the last part of ``path``, the only part that may reach an artifact."""
    return printable(os.path.basename(path))


PROGRAM = "the program's file", "build the program"
"""What a file is when nothing else is said of it, and what makes it. Others:"""
RECORDED = "what v7m run --trace or --report json wrote", "record it"
TRACE = "what v7m run --trace wrote", "record it"
EVIDENCE = "a core file, a report, or a text with a fault dump", "record it"
COVERAGE = "what --coverage wrote", "run without --coverage-add"
INPUT = "the file of the input", "write it"
RULES = "a file of rules (docs/isolation.md)", "write it"
SVD = "a CMSIS-SVD file", "get it"


def read_program_file(
    path: str | os.PathLike[str], what: tuple[str, str] = PROGRAM, may_be_empty: bool = False
) -> bytes:
    """Return the contents of the file at ``path``. A pipe is read to its end. ``what``, as PROGRAM, is for refusals.

    Raises ImageError when there is no such file, it is a directory or a device, cannot be read, is empty (unless it
    ``may_be_empty``) or is larger than LARGEST_FILE.
    """
    shown, (file_in_words, remedy) = shown_path(path), what
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
                raise ImageError(f"{shown} is not a regular file. Give {file_in_words}.")
            data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise ImageError(f"{shown} does not exist. Check the path, or {remedy} first.") from None
    except IsADirectoryError:
        raise ImageError(f"{shown} is a directory. Give {file_in_words}.") from None
    except PermissionError:
        raise ImageError(f"{shown} cannot be read: permission denied. Give yourself read permission.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ImageError(f"{shown} cannot be read: {printable(reason)}. Check the path.") from None
    if not data and not may_be_empty:
        raise ImageError(f"{shown} is empty. {remedy[0].upper()}{remedy[1:]} again.")
    if len(data) > LARGEST_FILE:
        raise ImageError(
            f"{shown} is larger than {LARGEST_FILE >> 20} MiB, which is too large here. Give a smaller one."
        )
    return data
