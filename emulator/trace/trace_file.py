"""A trace as a file: the header, the lines of its events, and how the run ended. docs/trace.md explains the lines.

Only the first and the last line are decoded here; what is no trace, of another version or cut short is refused.
"""

from __future__ import annotations

import json

from emulator.annotations import Any
from emulator.errors import ConfigError
from emulator.program_file import TRACE, read_program_file, shown_path
from emulator.records import dataclass
from emulator.trace.recorder import SCHEMA_VERSION

REMEDY = "Give what v7m run --trace wrote."


@dataclass(frozen=True, slots=True)
class TraceFile:
    """``lines`` are those between ``header`` and ``stop``."""

    shown: str
    header: dict[str, Any]
    lines: list[str]
    stop: dict[str, Any]


def read_trace(path: str) -> TraceFile:
    """Return the trace in the file ``path``. Raises ConfigError and ImageError."""
    return parse_trace(read_program_file(path, TRACE), shown_path(path))


def parse_trace(data: bytes, shown: str) -> TraceFile:
    """Return the trace that ``data`` is; ``shown`` names it in errors. Raises ConfigError."""
    lines = data.decode("ascii", "replace").split("\n")
    header = _member(lines[0])
    if header is None or header.get("kind") != "header":
        raise ConfigError(f"{shown} is not a trace: its first line is no header. {REMEDY}")
    if header.get("schema_version") != SCHEMA_VERSION:
        version = header.get("schema_version")
        raise ConfigError(f"{shown} is a trace of version {version}, not {SCHEMA_VERSION}. Record it again.")
    stop = _member(lines[-2]) if len(lines) > 2 and not lines[-1] else None
    if stop is None or stop.get("kind") != "stop":
        raise ConfigError(f"{shown} is cut short after line {len(lines) - 1:,}: its run did not end. Record it again.")
    return TraceFile(shown, header, lines[1:-2], stop)


def damaged(shown: str, number: int) -> ConfigError:
    """Return the error that says which line of a trace, counted from 1 with the header, is none."""
    return ConfigError(f"{shown} is damaged: line {number:,} is no event. Record it again.")


def _member(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
