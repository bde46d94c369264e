"""Runs a program of the corpus by `v7m run`, once, and judges its report.

The command writes JSON; the text is made of that again, as `v7m explain` does it, instead of by a second run. That both
are the same is a test of test_judge.py for one program, and of tests/unit/test_report_reader.py.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from diagnosis.build import board_of, built
from diagnosis.corpus import Program
from diagnosis.judge import Report, Verdict, judge
from diagnosis.witness import Witness

from emulator.cli.main import main
from emulator.trace.report_reader import report_from
from emulator.trace.report_text import render_text

LIMIT = "20000000"
"""Instructions after which a program has shown its bug; a truth that needs fewer says so."""


def verdict_on(program: Program) -> tuple[Verdict, Report]:
    """Build, run and judge ``program``: the complaints, and the report they are about."""
    elf = built(program)
    report = report_on(program, elf)
    return judge(program, report, Witness(elf, program.source)), report


def report_on(program: Program, elf: Path) -> Report:
    """Return the report of a run of ``elf``."""
    facts = json.loads(output_of(program, elf, "json"))
    succeeded = facts["outcome"] == "success"  # of which nothing is printed
    return Report("" if succeeded else render_text(report_from(facts, elf.name)), facts)


def arguments_of(program: Program, elf: Path) -> list[str]:
    """Return the arguments of the command that runs ``program``."""
    limit = [] if "--max-instructions" in program.options else ["--max-instructions", LIMIT]
    return ["run", str(elf), "--board", board_of(program), *limit, *program.options]


def output_of(program: Program, elf: Path, form: str) -> str:
    """Return what the command writes to stderr with ``--report`` in that form."""
    arguments = [*arguments_of(program, elf), "--report", form]
    with _captured() as said, tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        if program.input:
            file.write(program.input)
            file.flush()
            arguments += ["--input", file.name]
        with contextlib.suppress(SystemExit):
            main(arguments)
    return said.getvalue().decode("utf-8", "replace")


@contextlib.contextmanager
def _captured() -> Iterator[io.BytesIO]:
    """Catch what is written to stdout, which is dropped, and to stderr."""
    error = io.BytesIO()
    before = sys.stdout, sys.stderr
    sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(error, encoding="utf-8", write_through=True)
    try:
        yield error
    finally:
        sys.stderr.flush()
        sys.stdout.detach()
        sys.stderr.detach()
        sys.stdout, sys.stderr = before
