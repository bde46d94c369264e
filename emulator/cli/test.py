"""v7m test: run cases, compare each with what it expects, and say what a person needs to know of those that fail."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack

from emulator.annotations import TYPE_CHECKING
from emulator.cli.interrupts import dispensable
from emulator.cli.output_file import OutputFile
from emulator.cli.progress import Progress
from emulator.cli.terminal import write_diagnostics
from emulator.errors import ConfigError
from emulator.harness.case import PATTERNS, Case, find_cases
from emulator.harness.case_runs import run_cases, usable_processors
from emulator.harness.exit_status import FAILURE, INTERRUPTED, KILLED, SUCCESS
from emulator.harness.verdict import Verdict

if TYPE_CHECKING:
    from argparse import Namespace

    from emulator.cli.parser import Parser
    from emulator.exports.coverage import Coverage

EPILOG = f"""\
A case is a TOML file (docs/ci.md); in directories those called {" or ".join(PATTERNS)}:

  sources = ["main.c"]          # or program = "main.elf"
  golden = "main.jsonl"         # its trace; written by --update
  [fault]
  cause = "DACCVIOL"
  thread = "0x02"
  owner = "0x01"

exit status: 0 every case is as it expects, 1 one is not, 2 bad usage or a file that is no case, 130 Ctrl-C, 143
SIGTERM, 129 SIGHUP: what is known by then is reported, in files, too."""
LARGEST_JOBS = 256


def make_parser() -> Parser:
    """Return the parser of this verb."""
    from emulator.cli.parser import Parser

    words = "Run programs and compare how they end, what they print and what they do with what is expected."
    parser = Parser("v7m test", words, EPILOG)
    parser.add_argument("places", nargs="*", metavar="DIR|FILE", help="cases, or directories of them (default: .)")
    parser.add_argument("-j", "--jobs", type=_jobs, metavar="N", help="processes (default: one a processor)")
    parser.add_argument("--dask", metavar="ADDRESS", help="run them on the workers of this Dask scheduler: host:8786")
    parser.add_argument("-k", "--keyword", metavar="TEXT", help="only cases with this in their file or name")
    parser.add_argument("-v", "--verbose", action="store_true", help="print a line for cases that pass, too")
    parser.add_argument("--update", action="store_true", help="write the golden traces anew")
    parser.add_argument("--junit", metavar="FILE", help="write JUnit XML")
    parser.add_argument("--sarif", metavar="FILE", help="write SARIF 2.1.0, for code scanning")
    parser.add_argument("--markdown", metavar="FILE", help="write Markdown, for a pull request")
    parser.add_argument("--coverage", metavar="FILE", help="write which source lines the cases executed, for lcov")
    return parser


def _jobs(text: str) -> int:
    from argparse import ArgumentTypeError

    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= LARGEST_JOBS:
        raise ArgumentTypeError(f"{text!r} is not a number of processes from 1 to {LARGEST_JOBS}")
    return int(text)


def run(arguments: list[str]) -> int:
    """Run the verb and return the command's exit status. Raises ConfigError."""
    options = make_parser().parse_args(arguments)
    cases = find_cases(options.places or ["."])
    if options.keyword is not None:
        cases = [case for case in cases if options.keyword in case.id]
    if not cases:
        raise ConfigError(f"no case has {options.keyword!r} in its file or name. Leave -k out to see them all.")
    with ExitStack() as stack:
        taken = [case.file for case in cases]
        files = {}
        coverage: Coverage | None = None if options.coverage is None else {}
        for name in (*_WRITERS, "coverage"):
            path = getattr(options, name)
            if path is not None:
                files[name] = stack.enter_context(OutputFile(path, f"--{name}", taken))
                taken.append(path)
        status, verdicts = _report(_verdicts(options, cases, coverage), options.verbose, cases)
        if coverage is not None:
            from emulator.exports.lcov import write_lcov

            files.pop("coverage").write(write_lcov(coverage))
        for name, file in files.items():
            file.write(_WRITERS[name](verdicts))
    return status


def _verdicts(options: Namespace, cases: list[Case], coverage: Coverage | None) -> Iterator[Verdict]:
    if options.dask is None:
        return run_cases(cases, options.jobs or usable_processors(), options.update, coverage)
    from emulator.harness.dask_runs import run_cases_by_dask  # Dask is asked for by few

    taken = next((name for name in ("update", "jobs", "coverage") if getattr(options, name)), None)
    if taken is not None:
        raise ConfigError(f"--dask runs cases on other machines: leave --{taken} out.")
    return run_cases_by_dask(cases, options.dask, lambda words: write_diagnostics(f"v7m: --dask: {words}\n"))


def _junit(verdicts: list[Verdict]) -> str:
    from emulator.harness.junit import junit_xml

    return junit_xml(verdicts)


def _sarif(verdicts: list[Verdict]) -> str:
    from emulator.harness.sarif import sarif_log

    return sarif_log(verdicts)


def _markdown(verdicts: list[Verdict]) -> str:
    from emulator.harness.markdown import verdicts_as_markdown

    return verdicts_as_markdown(verdicts)


_WRITERS = {"junit": _junit, "sarif": _sarif, "markdown": _markdown}
"""What is made of the verdicts, by the options that name files for it."""


def _report(verdicts: Iterator[Verdict], is_verbose: bool, cases: list[Case]) -> tuple[int, list[Verdict]]:
    """Print what a person needs of each verdict as it comes; return the exit status, and all of them.

    Ctrl-C ends it there, with those that are known, and so does a polite kill.
    """
    with dispensable() as heard:
        status, found = _report_up_to_an_end(verdicts, is_verbose, cases)
    is_killed = status == INTERRUPTED and heard and heard[0] != signal.SIGINT
    return (KILLED + heard[0] if is_killed else status), found


def _report_up_to_an_end(verdicts: Iterator[Verdict], is_verbose: bool, cases: list[Case]) -> tuple[int, list[Verdict]]:
    found: list[Verdict] = []
    progress = Progress(total=len(cases), what="cases")
    failed, is_interrupted = 0, False
    try:
        for verdict in verdicts:
            found.append(verdict)
            failed += not verdict.has_passed
            lines = "".join(f"{line}\n" for line in _lines(verdict, is_verbose))
            if lines:
                progress.clear()
                sys.stdout.write(lines)
                sys.stdout.flush()
            progress.update(len(found), f", {failed:,} failed")
    except KeyboardInterrupt:
        is_interrupted = True
    progress.clear()
    total = f"{len(cases):,} case{'s' if len(cases) != 1 else ''}"
    if is_interrupted:
        print(f"Interrupted: {len(found):,} of {total} ran, {failed:,} failed.")
        return INTERRUPTED, found
    print(f"{failed:,} of {total} failed." if failed else f"{total} passed.")
    return (FAILURE if failed else SUCCESS), found


def _lines(verdict: Verdict, is_verbose: bool) -> Iterator[str]:
    if verdict.updated:
        yield f"wrote {verdict.updated}"
    if verdict.has_passed:
        if is_verbose:
            yield f"ok    {verdict.case.id}"
        return
    yield f"FAIL  {verdict.case.id}"
    for failure in verdict.failures:
        yield from (f"      {line}".rstrip() for line in failure.splitlines())
    if verdict.console and verdict.outcome != verdict.case.outcome:
        yield "      It printed last:"
        yield from (f"        {line}".rstrip() for line in verdict.console.splitlines()[-5:])
    yield ""
