"""What reports are known not to say: shortfalls.toml, which `python -m tests.diagnosis --update` writes.

A program is listed with the judgements that it fails. The list may only become shorter.
"""

from __future__ import annotations

import tomllib

from diagnosis.corpus import HERE
from diagnosis.judge import JUDGEMENTS, Verdict

FILE = HERE / "shortfalls.toml"
WANTED = {"first": 90, "cause": 85, "calls": 90, "honest": 100}
"""Per cent of the programs."""


def known_shortfalls() -> dict[str, list[str]]:
    """Return the judgements that each program is known to fail; programs that fail none are not in it."""
    shortfalls: dict[str, list[str]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return shortfalls


def write_shortfalls(verdicts: dict[str, Verdict]) -> None:
    """Write down what ``verdicts`` complain of."""
    lines = ["# What the report of a program fails. Written by `python -m tests.diagnosis --update`.\n"]
    for name, verdict in verdicts.items():
        if failed := [f'"{judgement}"' for judgement in JUDGEMENTS if verdict[judgement]]:
            lines.append(f'"{name}" = [{", ".join(failed)}]\n')
    FILE.write_text("".join(lines), encoding="utf-8")
