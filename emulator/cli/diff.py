"""v7m diff: how two traces, or two reports, differ in what the program did."""

from __future__ import annotations

import sys
from contextlib import ExitStack

from emulator.annotations import TYPE_CHECKING
from emulator.errors import ConfigError
from emulator.harness.exit_status import FAILURE, SUCCESS
from emulator.program_file import RECORDED, is_trace, read_program_file, shown_path

if TYPE_CHECKING:
    from emulator.cli.parser import Parser

EPILOG = """\
Compared is what the threads of the program do, by their names: calls and results, shares, faults, output. Addresses,
code offsets, counts and source lines are not, so a rebuild that does the same is the same; docs/trace.md says more.

exit status: 0 the same, 1 different, 2 a file is neither or is cut short."""


def make_parser() -> Parser:
    """Return the parser of this verb."""
    from emulator.cli.parser import Parser

    parser = Parser("v7m diff", "Tell the first thing that a program does otherwise, and what comes after it.", EPILOG)
    parser.add_argument("before", metavar="A", help="a trace (run --trace) or a report (run --report json)")
    parser.add_argument("now", metavar="B", help="another one of the same kind")
    parser.add_argument("--exact", action="store_true", help="compare every byte")
    parser.add_argument("--markdown", metavar="FILE", help="write what is printed as Markdown, too")
    return parser


def run(arguments: list[str]) -> int:
    """Run the verb and return the command's exit status. Raises ConfigError and ImageError."""
    options = make_parser().parse_args(arguments)
    names = [options.before, options.now]
    with ExitStack() as stack:
        file = None
        if options.markdown is not None:
            from emulator.cli.output_file import OutputFile

            file = stack.enter_context(OutputFile(options.markdown, "--markdown", names))
        data = [read_program_file(name, RECORDED) for name in names]
        text = _exact(names, data) if options.exact else compare_files(data[0], data[1], *map(shown_path, names))
        if file is not None:
            from emulator.harness.markdown import difference_as_markdown

            file.write(difference_as_markdown(text, *map(shown_path, names)))
    if text:
        sys.stdout.write(text)
        return FAILURE
    print(f"{shown_path(options.now)} does the same as {shown_path(options.before)}.")
    return SUCCESS


def compare_files(before: bytes, now: bytes, before_name: str, now_name: str) -> str:
    """Return how two traces or two reports differ as lines of text, '' where they do not. Raises ConfigError."""
    are_traces = [is_trace(data) for data in (before, now)]
    if are_traces[0] != are_traces[1]:
        raise ConfigError(f"{before_name} and {now_name} are a trace and something else. Give two of one kind.")
    if all(are_traces):
        from emulator.trace.divergence_text import compare_traces
        from emulator.trace.trace_file import parse_trace

        traces = parse_trace(before, before_name), parse_trace(now, now_name)
        return "" if before == now else compare_traces(*traces, now_name)
    from emulator.trace.report_diff import compare_reports, parse_report

    return compare_reports(parse_report(before, before_name), parse_report(now, now_name), now_name)


def _exact(names: list[str], data: list[bytes]) -> str:
    """Return where the bytes differ first, as a line of text; '' where they do not."""
    before, now = data
    if before == now:
        return ""
    place = _first_difference(before, now)
    line = before.count(b"\n", 0, place) + 1
    shown = list(map(shown_path, names))
    if place in (len(before), len(now)):
        longer = shown[len(now) > len(before)]
        return f"{shown[0]} and {shown[1]} are the same up to line {line:,}, where only {longer} goes on.\n"
    return f"{shown[0]} and {shown[1]} differ at byte {place + 1:,}, line {line:,}.\n"


def _first_difference(before: bytes, now: bytes) -> int:
    """Return the place of the first byte that differs, or the length of the shorter one."""
    size, place = 1 << 16, 0
    while before[place : place + size] == now[place : place + size] and place < min(len(before), len(now)):
        place += size
    pairs = zip(before[place : place + size], now[place : place + size], strict=False)
    offset = next((n for n, (a, b) in enumerate(pairs) if a != b), size)
    return min(place + offset, len(before), len(now))
