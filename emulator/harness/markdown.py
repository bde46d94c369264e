"""Verdicts and differences as Markdown for a pull request: GitHub's and GitLab's flavours read it the same.

All that comes from a program or a file is in code, where no text means anything: no link, no table, no mention of a
person. What is long is folded, and the whole fits into a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from emulator.harness.verdict import Verdict
from emulator.program_file import printable

LARGEST = 60_000
"""Characters of a comment: GitHub takes 65,536."""
SHOWN_LINES = 120
"""Lines of one report, or of one difference, that are shown."""
MOST_ROWS = 100


def verdicts_as_markdown(verdicts: Sequence[Verdict]) -> str:
    """Return a heading with the numbers, a table of the cases that failed, and their reports, folded."""
    failed = [verdict for verdict in verdicts if not verdict.has_passed]
    total = f"{len(verdicts):,} case{'s' if len(verdicts) != 1 else ''}"
    if not failed:
        return f"### v7m: {total} passed\n"
    head = [f"### v7m: {len(failed):,} of {total} failed", "", "| case | ended with | |", "| --- | --- | --- |"]
    for verdict in failed[:MOST_ROWS]:
        first = verdict.failures[0].partition("\n")[0]
        head.append(f"| {code(verdict.case.id, True)} | {code(verdict.outcome, True)} | {code(first, True)} |")
    if len(failed) > MOST_ROWS:
        head.append(f"| and {len(failed) - MOST_ROWS:,} more | | |")
    return _bounded("\n".join(head) + "\n", [_details(verdict) for verdict in failed])


def difference_as_markdown(text: str, before: str, now: str) -> str:
    """Return how two traces or reports differ, by what ``v7m diff`` says of it ('': not at all), as Markdown."""
    if not text:
        return f"### v7m: {code(now)} does the same as {code(before)}\n"
    title = f"### v7m: {code(now)} does something else than {code(before)}\n"
    return _bounded(title, ["\n".join(_fence(text.splitlines())) + "\n"])


def code(text: str, in_table: bool = False) -> str:
    """Return ``text`` as a code span of one line, '' where it is empty; in a table a bar would end the cell."""
    text = printable(" ".join(text.split()), 300)
    if in_table:
        text = text.replace("|", "\\|")
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}" if text else ""


def _details(verdict: Verdict) -> str:
    lines = [f"<details><summary><code>{escape(printable(verdict.case.id, 200))}</code></summary>", ""]
    lines += _fence([line for failure in verdict.failures for line in failure.splitlines()])
    if verdict.report:
        lines += ["", *_fence(verdict.report.splitlines())]
    return "\n".join([*lines, "", "</details>", ""])


def _fence(lines: Sequence[str]) -> Iterator[str]:
    """Yield ``lines`` as a block of code, behind a fence that none of them ends."""
    shown = [printable(line, 400) for line in lines[:SHOWN_LINES]]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    ticks = "`" * max(3, longest + 1)
    yield f"{ticks}text"
    yield from shown
    if len(lines) > SHOWN_LINES:
        yield f"... and {len(lines) - SHOWN_LINES:,} more lines"
    yield ticks


def _bounded(head: str, parts: Sequence[str]) -> str:
    """Return ``head`` and as many of ``parts`` as a comment has room for, and how many are left out."""
    text = head
    for number, part in enumerate(parts):
        if len(text) + len(part) > LARGEST:
            return f"{text}\n{len(parts) - number:,} more are left out: a comment has no room for them.\n"
        text += f"\n{part}"
    return text
