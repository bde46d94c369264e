"""How two reports differ, in what another build of the program would give again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from emulator.annotations import Any
from emulator.errors import ConfigError
from emulator.trace.report_json import SCHEMA_VERSION

REMEDY = "Give what v7m run --trace or --report json wrote."
PLACES = frozenset(
    (
        *("time", "instructions", "registers", "fault_registers", "mpu", "bytes", "text", "address", "refused_address"),
        *("value", "size", "offset", "base", "line", "pc", "symbol", "guessed", "backtrace", "hints", "warnings"),
        *("since", "until", "sp", "at", "id", "end", "headline", "details", "remedy", "remedies", "title"),
        *("lines", "waits", "used", "within"),
        "last_switch",
        "program",
    )
)
"""Members that say where and how much: code moves, and what it does stays the same. Headlines repeat the others."""


def compare_reports(before: dict[str, Any], now: dict[str, Any], name: str) -> str:
    """Return how ``now`` differs from ``before`` as lines of text, '' where both say the same."""
    old, new = dict(_members(before, "")), dict(_members(now, ""))
    changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    if not changed:
        return ""
    lines = [f"{name} differs.", "", f"  before:  {before.get('headline')}", f"  now:     {now.get('headline')}"]
    lines += [f"  {key}: {_shown(old.get(key))}, now {_shown(new.get(key))}" for key in changed]
    return "\n".join(lines) + "\n"


def parse_report(data: bytes, shown: str) -> dict[str, Any]:
    """Return the JSON report that ``data`` is. Raises ConfigError."""
    try:
        report = json.loads(data)
    except (ValueError, RecursionError):
        raise ConfigError(f"{shown} is neither a trace nor a report, or is cut short. {REMEDY}") from None
    if not isinstance(report, dict) or "outcome" not in report:
        raise ConfigError(f"{shown} is JSON, but not a report of v7m run. {REMEDY}")
    if report.get("schema_version") != SCHEMA_VERSION:
        version = report.get("schema_version")
        raise ConfigError(f"{shown} is a report of version {version}, not {SCHEMA_VERSION}. Make it again.")
    return report


def _members(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, member in value.items():
            if key not in PLACES and not key.endswith("_at"):
                yield from _members(member, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _members(member, f"{path}[{number}]")
    else:
        yield path, _without_places(value)


def _without_places(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    value = re.sub(r"0x2[0-9a-f]{7}|\+0x[0-9a-f]+", "", value)
    return re.sub(r"(\.[a-zA-Z]+):\d+|\b\d[\d,]* bytes?", r"\1", value)


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)
