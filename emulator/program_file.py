"""Reads a file the user named, with a refusal of one clear line for everything that is not a readable file."""

from __future__ import annotations

import os
import stat

from emulator.errors import ImageError

LARGEST_FILE = 512 << 20
"""Bytes. Far above any program for a microcontroller, far below what would hurt the host."""

SHOWN_TEXT = 40
"""Characters of a foreign text that a message repeats."""


def printable(text: str, limit: int | None = None) -> str:
    """Return ``text`` safe for one line of a terminal: no control characters, cut after ``limit`` characters."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    return text if limit is None or len(text) <= limit else text[:limit] + "..."


def shown_path(path: str | os.PathLike[str]) -> str:
    """Return the file's name for a message: as the user gave it, without characters that break the line."""
    return printable(os.fspath(path))


def base_name(path: str | os.PathLike[str]) -> str:
    """Return the last part of ``path``, the only part that may reach an artifact."""
    return printable(os.path.basename(path))


def read_program_file(path: str | os.PathLike[str]) -> bytes:
    """Return the contents of the file at ``path``. A pipe is read to its end.

    Raises ImageError when there is no such file, it is a directory or a device, cannot be read, is empty or is larger
    than LARGEST_FILE.
    """
    shown = shown_path(path)
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
                raise ImageError(f"{shown} is not a regular file. Give the program's file.")
            data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise ImageError(f"{shown} does not exist. Check the path, or build the program first.") from None
    except IsADirectoryError:
        raise ImageError(f"{shown} is a directory. Give the program's file.") from None
    except PermissionError:
        raise ImageError(f"{shown} cannot be read: permission denied. Give yourself read permission.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ImageError(f"{shown} cannot be read: {printable(reason)}. Check the path.") from None
    if not data:
        raise ImageError(f"{shown} is empty. Build the program again.")
    if len(data) > LARGEST_FILE:
        raise ImageError(f"{shown} is larger than {LARGEST_FILE >> 20} MiB, too large for a program. Strip it.")
    return data
