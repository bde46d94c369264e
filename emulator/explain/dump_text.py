"""A fault dump that a program printed on its console: of Zephyr, RTEMS, Mbed OS, CmBacktrace, or any handler.

Each line is looked at for what a kernel says in words (dump_words.py), then for ``name = value`` pairs. The first value
of a register counts. Other lines of a log are skipped; pairs that are of no register are told of. No state.
"""

from __future__ import annotations

import re
from itertools import islice

from emulator.errors import ConfigError
from emulator.explain.dump_words import FACTS, HANDLERS, STARTS, Words
from emulator.explain.findings import CORE_NAMES, Findings, canonical, region_part
from emulator.program_file import printable

LARGEST_DUMP = 4 << 20
LONGEST_LINE = 400
"""Characters of a line that are looked at."""
MOST_PAIRS = 16
LONGEST_NAME = 48

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\[1B\]\[[0-9;]*m|\[(?:0{1,2}|[01];3\d)m")
"""Colours; also where whoever copied the text lost the escape characters, or wrote them out."""
_PAIR = re.compile(r"(?:=+|:|->)\s*(0[xX][0-9a-fA-F]{1,8}|[0-9a-fA-F]{1,8})(?![\w.:])")
_ROW = re.compile(r"\bR([08]):((?:\s+[0-9a-fA-F]{8}){8})(?!\S)")
"""Eight registers in a row, as NuttX prints them."""
_FLOAT = re.compile(r"(?:^|\s)(?:s\[ ?\d{1,2}\]|[sd]\d{1,2}|fpscr|fpexc)$", re.I)
_GENERIC = "values of registers in a text"


def read_dump(data: bytes, shown: str) -> Findings:
    """Return what the text ``data`` says of a fault. Raises ConfigError when it names no register and no fault."""
    if len(data) > LARGEST_DUMP:
        raise ConfigError(f"{shown} has {len(data):,} bytes, more than {LARGEST_DUMP:,}. Cut the fault dump out of it.")
    findings, words = Findings(), Words()
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        text = _ESCAPES.sub("", line[:LONGEST_LINE]).strip()
        if not _take(findings, words, text):
            findings.facts.append(("another dump", f"begins in line {number:,}; the one before it is explained"))
            break
    if not findings:
        raise ConfigError(
            f"{shown} is no core file and no report, and as a fault dump it names no register. See --help."
        )
    findings.titles += words.titles or [_GENERIC]
    return findings


def _take(findings: Findings, words: Words, text: str) -> bool:
    """Take what one line says; whether it is still of the same dump."""
    if not text:
        return True
    if "pc" in findings.words and STARTS.search(text):
        return False
    for name, pattern in FACTS:
        match = pattern.search(text)
        if match is not None:
            findings.facts.append((name, printable(match[1].strip(), 80)))
            return True
    handler = HANDLERS.search(text)
    if handler is not None and "exception" not in findings.words:
        findings.set("exception", words.exception(handler))
    understood = words.take(findings, text)
    return _take_pairs(findings, text, understood)


def _take_pairs(findings: Findings, text: str, understood: bool) -> bool:
    row = _ROW.search(text)
    if row is not None:
        return _take_row(findings, int(row[1]), row[2].split())
    end = 0
    for match in islice(_PAIR.finditer(text), MOST_PAIRS):
        name, end = text[end : match.start()].strip(" \t,;|-*"), match.end()
        known = _name_of(name)
        if known is None:
            part = region_part(name.rpartition(" ")[2], _word(match[1]))
            if part is not None:
                findings.set_region(part)
            elif not understood and name and not _FLOAT.search(name) and match[1][:2] in ("0x", "0X"):
                findings.left.append(printable(name[-LONGEST_NAME:]))
        elif known in findings.words and known in (*CORE_NAMES, "exception"):
            if known == "pc" and findings.words["pc"] != _word(match[1]):
                return False
        else:
            findings.set(known, int(match[1], 10) if known == "exception" and match[1].isdigit() else _word(match[1]))
    return True


def _take_row(findings: Findings, first: int, values: list[str]) -> bool:
    """Take the values of the registers from R``first`` on; whether they are still of the same dump."""
    words = {CORE_NAMES[first + number]: _word(value) for number, value in enumerate(values)}
    if findings.words.get("pc", words.get("pc")) != words.get("pc", findings.words.get("pc")):
        return False
    for name, word in words.items():
        findings.words.setdefault(name, word)
    return True


def _name_of(name: str) -> str | None:
    """Return the register that stands in front of a value: all of the words there, or the last one."""
    short = name[-LONGEST_NAME:]
    return canonical(short) or canonical(short.rpartition(" ")[2])


def _word(text: str) -> int:
    return int(text, 16)
