"""Transcripts of sessions with the real GDB: what they are of, how they are written and read.

A line is ``->`` and bytes that GDB sent, or ``<-`` and all that the server answered to them.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "gdb" / "transcripts"
TRANSCRIPTS: dict[str, tuple[str, list[str]]] = {
    "fault": ("stack_isolation", ["continue", "bt", "stepi", "info threads", "monitor why", "continue", "continue"]),
    "threads": (
        "stack_sharing",
        ["break user", "continue", "info threads", "thread apply all bt", "next", "next", "finish", "kill"],
    ),
    "watchpoint": (
        "stack_sharing",
        ["break user", "continue", "delete", "watch *(char *) scratch", "rwatch *scratch", "continue", "continue",
         "detach"],
    ),
    "load": (
        "bare_switch",
        ["monitor reset halt", "load", "set var $r4 = 7", "stepi", "continue", "run", "monitor restart", "detach"],
    ),
    "reverse": (
        "stack_isolation",
        ["break POSIX_Init", "continue", "continue", "reverse-stepi", "reverse-continue", "reverse-continue",
         "monitor when", "monitor goto 10000", "stepi", "detach"],
    ),
    "events": (
        "share_revoked",
        ["break user", "continue", "delete", 'eval "monitor break-rights 0x02 %#x w loss", word',
         "monitor break-switch Init", "continue", "continue", "monitor shares", "monitor unbreak all", "continue",
         "detach"],
    ),
}  # fmt: skip
"""By name: the program, and what GDB is told to do."""


def escaped(data: bytes) -> str:
    """Return bytes as one line of text."""
    return codecs.escape_encode(data)[0].decode("ascii")  # type: ignore[attr-defined,no-any-return]


def write(name: str, said: str) -> None:
    """Write a transcript."""
    program, commands = TRANSCRIPTS[name]
    head = "".join(f"(gdb) {command}\n" for command in commands)
    (FOLDER / f"{name}.txt").write_text(f"program: {program}\n{head}{said}")


def read(name: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield what GDB sent, and what was answered."""
    sent = b""
    for line in (FOLDER / f"{name}.txt").read_text().splitlines():
        way, _, text = line.partition(" ")
        data: bytes = codecs.escape_decode(text)[0] if way in ("->", "<-") else b""  # type: ignore[attr-defined]
        if way == "->":
            sent = data
        elif way == "<-":
            yield sent, data
