"""The command line: ``python3 conformance --runner NAME``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from kit.errors import KitError
from kit.judge import Judgement
from kit.manifest import Manifest, load_manifest, select
from kit.report import json_text, lines_of, markdown, text
from kit.runners import Runner, choose, load_definitions
from kit.session import Results, run_all

EPILOG = """\
exit status: 0 every line and end is as the manual expects, or differs as known of the runner (known/*.toml);
1 something differs otherwise, with --strict in any way; 2 bad usage or definition, a missing tool, a runner that
does not run programs; 130 Ctrl-C. README.md says how to add a runner and a row."""

BEGIN, END = "<!-- conformance: begin -->", "<!-- conformance: end -->"


def make_parser() -> argparse.ArgumentParser:
    """Return the parser."""
    parser = argparse.ArgumentParser(
        prog="python3 conformance",
        description="Judge an emulator, or a part, by ARMv7-M's manual.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--runner", action="append", default=[], metavar="NAME[=COMMAND]", help="what runs the programs (repeatable)")
    add("--runners", action="append", default=[], type=Path, metavar="FILE", help="definitions, as in runners.toml")
    add("--rows", metavar="3,7-9", help="only these rows")
    add("--list", action="store_true", help="say which rows and runners there are")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="the table as Markdown")
    form.add_argument("--json", action="store_true", help="everything as JSON")
    form.add_argument("--into", type=Path, metavar="FILE", help=f"the Markdown into FILE, where {BEGIN} is")
    add("--strict", action="store_true", help="known differences count, too")
    add("--slow", type=_factor, default=1.0, metavar="N", help="N times the time limits of the manifest")
    add("--consoles", type=Path, metavar="DIR", help="write what each program printed to DIR/RUNNER/NAME.txt")
    return parser


def _factor(word: str) -> float:
    value = float(word)
    if not 0 < value <= 10_000:
        raise argparse.ArgumentTypeError("a number above 0, 10000 at the most")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = make_parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    try:
        return _run(options)
    except KitError as error:
        _tell(f"conformance: {error}\n")
        return 2
    except KeyboardInterrupt:
        _tell("conformance: interrupted\n")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(options: argparse.Namespace) -> int:
    manifest = load_manifest()
    definitions = load_definitions(options.runners)
    if options.list:
        sys.stdout.write(listing(manifest, definitions))
        return 0
    if not options.runner:
        raise KitError(f"--runner is missing: one of {', '.join(definitions)}, or NAME=COMMAND.")
    runners = [choose(argument, definitions) for argument in options.runner]
    if len({runner.name for runner in runners}) < len(runners):
        raise KitError("--runner: two have one name.")
    place = _marked(options.into) if options.into else None
    results = run_all(manifest, select(manifest, options.rows), runners, _progress, options.slow)
    if options.consoles:
        _write_consoles(options.consoles, results)
    if place is not None:
        _write(options.into, place[0] + markdown(results) + place[1])
    else:
        sys.stdout.write((json_text if options.json else markdown if options.markdown else text)(results))
        sys.stdout.flush()
    return status(results, options.strict)


def status(results: Results, strict: bool) -> int:
    """Return 1 when something differs that is not known, with ``strict`` when anything differs; else 0."""
    judgements = results.judgements.values()
    return int(any(len(j.mismatches) if strict else j.unexplained for j in judgements))


def listing(manifest: Manifest, definitions: Mapping[str, Runner]) -> str:
    """Return the rows with their programs, and the runners."""
    lines = [f"Rows, {manifest.manual}"]
    for row in manifest.rows:
        lines.append(f"{row.number:4}  {row.title} [{row.section}], {lines_of(row)} lines")
        lines += [f"        {program.name} on {program.machine}" for program in row.programs]
    lines += ["", "Runners"]
    lines += [f"  {name}: {runner.kind}" for name, runner in definitions.items()]
    return "\n".join(lines) + "\n"


def _progress(runner: Runner, done: int, total: int, judgement: Judgement | None) -> None:
    """Say how far it is, in place on a terminal, else once a runner."""
    if sys.stderr.isatty():
        _tell(f"\r{runner.name}: {done} of {total}\x1b[K" + ("\r\x1b[K" if done == total else ""))
    elif judgement is None:
        _tell(f"{runner.name}: {total} programs\n")


def _tell(words: str) -> None:
    try:
        sys.stderr.write(words)
        sys.stderr.flush()
    except OSError:
        pass  # nobody reads it


def _marked(path: Path) -> tuple[str, str]:
    """Return what stands up to and from the marks in a file. Raises KitError when they are not there."""
    try:
        before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    except (OSError, UnicodeDecodeError) as error:
        raise KitError(f"--into {path}: it cannot be read: {error}.") from error
    _, end, behind = rest.partition(END)
    if not begin or not end:
        raise KitError(f"--into {path}: there must be a line {BEGIN} and, below, a line {END}.")
    return f"{before}{begin}\n\n", f"\n{end}{behind}"


def _write(path: Path, words: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words, encoding="utf-8")
    except OSError as error:
        raise KitError(f"{path} cannot be written: {error.strerror}.") from error


def _write_consoles(directory: Path, results: Results) -> None:
    for (runner, program), judgement in results.judgements.items():
        if judgement.outcome:
            _write(directory / runner / f"{program}.txt", "".join(f"{line}\n" for line in judgement.outcome.lines))
