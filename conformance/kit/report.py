"""The results as text, Markdown and JSON: one table, and why each cell is as it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from kit.judge import Judgement, Mismatch
from kit.manifest import Row
from kit.runners import Runner
from kit.session import Results

CONFORMS = "conforms"
MARK = "*"
_LEGEND = "the runners differ"


def cell(judgements: Sequence[Judgement]) -> str:
    """Return what the table says of a row with one runner: ``conforms``, ``differs: 2 x Q-04``, ``not run``."""
    ran = [judgement for judgement in judgements if judgement.outcome]
    if not ran:
        return "not run"
    met = Counter(mismatch.known for judgement in ran for mismatch in judgement.mismatches if mismatch.known)
    words = [f"{met[identifier]} x {identifier}" for identifier in sorted(met)]
    if unexplained := sum(judgement.unexplained for judgement in ran):
        words.append(f"{unexplained} unexplained")
    verdict = f"differs: {', '.join(words)}" if words else CONFORMS
    absent = len(judgements) - len(ran)
    return f"{verdict}, {absent} of {len(judgements)} not run" if absent else verdict


def lines_of(row: Row) -> int:
    """Return how many lines the row's programs must print."""
    return sum(len(program.expected()) for program in row.programs)


def text(results: Results) -> str:
    """Return the table for a terminal, and below it every mismatch with its reason."""
    head = ["Row", "Behaviour", "Lines", *(runner.name for runner in results.runners)]
    body = [[str(row.number), row.title, str(lines_of(row)), *_cells(results, row)] for row in results.rows]
    widths = [max(len(line[column]) for line in [head, *body]) for column in range(len(head))]
    marks = ["", *(MARK if results.runners_differ(row) else "" for row in results.rows)]
    lines = [f"ARMv7-M conformance, {results.manual}"]
    lines += [f"  {name}: {version}" for name, version in results.versions.items() if version]
    lines.append("")
    for mark, words in zip(marks, [head, *body], strict=True):
        columns = [
            word.rjust(width) if column in (0, 2) else word.ljust(width)
            for column, (word, width) in enumerate(zip(words, widths, strict=True))
        ]
        lines.append(f"{mark:1} {'  '.join(columns)}".rstrip())
    lines += ["", *(f"  {summary(results, runner)}" for runner in results.runners)]
    if MARK in marks:
        lines.append(f"  {MARK} {_LEGEND}")
    for row in results.rows:
        lines += _details(results, row)
    return "\n".join(lines) + "\n"


def _cells(results: Results, row: Row) -> list[str]:
    return [cell(results.of(runner, row)) for runner in results.runners]


def summary(results: Results, runner: Runner) -> str:
    """Return ``qemu: 20 rows conform, 14 differ``."""
    words = [cell(results.of(runner, row)) for row in results.rows]
    good = sum(word.startswith(CONFORMS) for word in words)
    absent = words.count("not run")
    parts = [f"{good} of {len(words)} rows conform"]
    if rest := len(words) - good - absent:
        parts.append(f"{rest} differ")
    if absent:
        parts.append(f"{absent} not run")
    return f"{runner.name}: {', '.join(parts)}"


def _details(results: Results, row: Row) -> Iterator[str]:
    told = False
    for runner in results.runners:
        for judgement in results.of(runner, row):
            if not judgement.mismatches and not judgement.skipped:
                continue
            if not told:
                told = True
                yield f"\nRow {row.number}, {row.title} [{row.section}]"
            skipped = f": not run, {judgement.skipped}" if judgement.skipped else ""
            yield f"  {runner.name}, {judgement.program.name}{skipped}"
            for mismatch, after in zip_longest(judgement.mismatches, judgement.mismatches[1:]):
                yield from _mismatch(runner, mismatch, after is None or after.known != mismatch.known)
            if judgement.unexplained and judgement.outcome and judgement.outcome.detail:
                yield f"    {runner.name} says  {judgement.outcome.detail}"


def _mismatch(runner: Runner, mismatch: Mismatch, with_reason: bool) -> Iterator[str]:
    where = f"line {mismatch.line}" if mismatch.line else "the end"
    yield f"    {where}: expected  {mismatch.expected}"
    yield f"    {' ' * len(where)}  found     {mismatch.found}"
    if mismatch.known and with_reason:
        known = runner.known.differences[mismatch.known]
        yield f"    {known.id}: {known.what} [{known.section}]"


def markdown(results: Results) -> str:
    """Return the table as Markdown, and one of the known differences that it names."""
    names = [runner.name for runner in results.runners]
    lines = [
        f"| Row | Behaviour | Manual | Lines | {' | '.join(names)} |",
        f"|---:|---|---|---:|{'---|' * len(names)}",
    ]
    for row in results.rows:
        cells = " | ".join(_cells(results, row))
        lines.append(f"| {row.number} | {row.title} | {row.section} | {lines_of(row)} | {cells} |")
    lines += ["", *(f"* {summary(results, runner)}." for runner in results.runners)]
    for runner in results.runners:
        lines += _reasons(results, runner)
    return "\n".join(lines) + "\n"


def _reasons(results: Results, runner: Runner) -> list[str]:
    rows: dict[str, list[int]] = {}
    for row in results.rows:
        for mismatch in (m for judgement in results.of(runner, row) for m in judgement.mismatches):
            if mismatch.known and row.number not in rows.setdefault(mismatch.known, []):
                rows[mismatch.known].append(row.number)
    if not rows:
        return []
    lines = [
        "",
        f"| {runner.name} | Rows | What | Expected | Found | Manual | Why |",
        "|---|---|---|---|---|---|---|",
    ]
    for identifier in sorted(rows):
        known = runner.known.differences[identifier]
        numbers = ", ".join(map(str, rows[identifier]))
        words = (identifier, numbers, known.what, known.expected, known.found, known.section, known.why)
        lines.append(f"| {' | '.join(words)} |")
    return lines


def json_text(results: Results) -> str:
    """Return everything as JSON: each line of each program with each runner."""
    rows = [
        {
            "row": row.number,
            "title": row.title,
            "section": row.section,
            "runners_differ": results.runners_differ(row),
            "results": {
                runner.name: {
                    "cell": cell(results.of(runner, row)),
                    "programs": [_program(judgement) for judgement in results.of(runner, row)],
                }
                for runner in results.runners
            },
        }
        for row in results.rows
    ]
    runners = [{"name": runner.name, "version": results.versions[runner.name]} for runner in results.runners]
    return json.dumps({"manual": results.manual, "runners": runners, "rows": rows}, indent=1) + "\n"


def _program(judgement: Judgement) -> dict[str, object]:
    if judgement.outcome is None:
        return {"name": judgement.program.name, "not_run": judgement.skipped}
    mismatches = [
        {"line": m.line or "end", "expected": m.expected, "found": m.found, "known": m.known or None}
        for m in judgement.mismatches
    ]
    outcome = judgement.outcome
    return {
        "name": judgement.program.name,
        "end": outcome.end,
        "lines": list(outcome.lines),
        "mismatches": mismatches,
        "detail": outcome.detail if judgement.mismatches else "",
    }
