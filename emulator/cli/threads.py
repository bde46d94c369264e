"""v7m threads: run a program and show who could touch whose stack, with which rights, and when that changed."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Sequence

from emulator.annotations import TYPE_CHECKING, Any
from emulator.armv7m.mpu_explain import describe_size
from emulator.cli.arguments import COLOR, Options, OptionTable, read_options
from emulator.cli.interrupts import interruptible
from emulator.cli.progress import Progress
from emulator.cli.session import open_session
from emulator.cli.terminal import choose_paint, is_terminal, write_diagnostics
from emulator.errors import ConfigError
from emulator.harness.endless_loop import run_to_end
from emulator.harness.exit_status import SUCCESS, interrupted_status
from emulator.harness.session import Session
from emulator.image.image import Image
from emulator.machine.stop import StopReason
from emulator.trace.call_lines import Paint
from emulator.trace.report import Report, build_report
from emulator.trace.report_json import word
from rtems_shim.report.access_history import AccessHistory, Cause, SharePeriod, ThreadStack

if TYPE_CHECKING:
    from emulator.cli.parser import Parser

SCHEMA_VERSION = 1
PAGE_WIDTH = 120
INDENT = "  "

EPILOG = """\
A row is a thread, a column a stack: rw read and write, r- read only, -- nothing. A number in brackets leads to the
share that gave the right. The program's own console is not shown; --console sends it to stderr.

exit status: 0 the table was made, however the program ended; 2 bad usage or input; 130 Ctrl-C, 143 SIGTERM: the table
is made up to there."""


OPTIONS: OptionTable = {
    "--json": {"action": "store_true", "help": "print one JSON object (docs/report.md)"},
    "--all": {"action": "store_true", "help": "show the idle thread, too"},
    "--console": {"action": "store_true", "help": "show the program's console on stderr"},
    "--color": {**COLOR, "help": "colour the table"},
}


def make_parser() -> Parser:
    """Return the parser of this verb."""
    from emulator.cli.parser import program_parser

    words = "Run a program and show who could touch whose stack, and when that changed."
    return program_parser("v7m threads", words, EPILOG, "an ELF built with v7m cc", OPTIONS)


def run(arguments: list[str]) -> int:
    """Run the verb and return the command's exit status. Raises ConfigError and ImageError."""
    options = read_options(arguments, OPTIONS, make_parser)
    table = AccessHistory()
    with open_session(options) as session:
        if session.kernel is None:
            name = session.machine.image.name
            raise ConfigError(f"{name} is a bare program; v7m threads is for those built with v7m cc.")
        report, reason = _observe(session, options, table)
    if options.json:
        print(json.dumps(table_object(table, report, session.machine.image), indent=2))
    else:
        paint = choose_paint(options.color, sys.stdout)
        width = shutil.get_terminal_size((PAGE_WIDTH, 24)).columns if is_terminal(sys.stdout) else PAGE_WIDTH
        print("\n".join(render_table(table, report, session.machine.image, options.all, width, paint)))
    return interrupted_status(reason) or SUCCESS


def _observe(session: Session, options: Options, table: AccessHistory) -> tuple[Report, StopReason]:
    """Run the program with ``table`` watching; return how it ended."""
    machine = session.machine
    machine.observers.append(table)
    if options.console:
        machine.on_console = lambda channel, data: write_diagnostics(data.decode("utf-8", "replace"))
    progress = Progress()
    with interruptible(machine):
        reason = run_to_end(machine, options.max_instructions, progress.update)
    progress.clear()
    return build_report(machine, reason, session.board.name, session.story, always_detailed=False), reason


# -- text ----------------------------------------------------------------------------------------------------------


def render_table(
    table: AccessHistory, report: Report, image: Image, with_idle: bool, width: int, paint: Paint
) -> Iterator[str]:
    """Yield the table, its footnotes, and the changes in the order of time."""
    stacks = [stack for stack in table.stacks if with_idle or not stack.is_idle]
    names = _unique_names(stacks)
    notes = {id(share): number for number, share in enumerate(table.shares, 1)}
    for columns in _pages(stacks, names, width):
        yield from _grid(table, stacks, columns, names, notes, paint)
        yield ""
    for share in table.shares:
        until = "the end" if share.until is None else f"{share.until:,}"
        yield f"{INDENT}({notes[id(share)]}) {share.since:,} to {until}: {_cause(share.made, image, paint)}"
        if share.ended is not None:
            yield f"{INDENT}    ended by {_end(share, image, paint)}"
    if table.shares:
        yield ""
    yield paint("title", "When it changed (virtual time)")
    for time, words in sorted(_changes(table, stacks, names, notes, image), key=lambda change: change[0]):
        yield f"{INDENT}{time:>12,}  {words}"
    yield f"{INDENT}{report.time:>12,}  {report.headline}"
    if table.left_out:
        yield f"{INDENT}{table.left_out:,} more threads or shares are left out."


def _unique_names(stacks: Sequence[ThreadStack]) -> dict[int, str]:
    """Return a name for each stack by its ``id()``; a name that comes again gets a number."""
    seen: dict[str, int] = {}
    names = {}
    for stack in stacks:
        seen[stack.name] = seen.get(stack.name, 0) + 1
        names[id(stack)] = stack.name if seen[stack.name] == 1 else f"{stack.name} #{seen[stack.name]}"
    return names


def _pages(stacks: Sequence[ThreadStack], names: dict[int, str], width: int) -> Iterator[list[ThreadStack]]:
    """Yield as many columns at a time as ``width`` holds."""
    column = max((len(_heading(names[id(stack)])) for stack in stacks), default=0) + 2
    rows = max((len(name) for name in names.values()), default=0) + 2 + len(INDENT)
    size = max(1, (width - rows) // max(column, 10))
    for first in range(0, len(stacks), size):
        yield list(stacks[first : first + size])


def _heading(name: str) -> str:
    return f"{name}'s stack"


def _grid(
    table: AccessHistory,
    stacks: Sequence[ThreadStack],
    columns: Sequence[ThreadStack],
    names: dict[int, str],
    notes: dict[int, int],
    paint: Paint,
) -> Iterator[str]:
    rows = [["", *(_heading(names[id(stack)]) for stack in columns)]]
    for thread in stacks:
        rows.append([names[id(thread)], *(_cell(table, thread, stack, notes) for stack in columns)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(columns) + 1)]
    for number, row in enumerate(rows):
        line = INDENT + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield paint("title", line) if number == 0 else line


def _cell(table: AccessHistory, thread: ThreadStack, stack: ThreadStack, notes: dict[int, int]) -> str:
    if thread is stack:
        return "rw"
    periods = table.rights_between(thread, stack)
    return " ".join(f"{period.rights} ({notes[id(period)]})" for period in periods) or "--"


def _cause(cause: Cause, image: Image, paint: Paint) -> str:
    if not cause.by:
        return cause.via
    return f"{cause.via} in {cause.by}" + (f", {paint('place', where(image, cause.pc))}" if cause.pc else "")


def _end(share: SharePeriod, image: Image, paint: Paint) -> str:
    """Return what ended a share: a call, or that one of the two threads ended."""
    assert share.ended is not None
    if share.ended.by:
        return _cause(share.ended, image, paint)
    first = share.target if share.target.ended_at == share.until else share.owner
    return f"the end of {first.name}"


def where(image: Image, pc: int) -> str:
    """Return the source line of the call that returns to ``pc``, or its symbol."""
    line = image.source_line(pc - 2)
    return str(line) if line is not None else image.symbols.describe(pc - 2)


def _changes(
    table: AccessHistory, stacks: Sequence[ThreadStack], names: dict[int, str], notes: dict[int, int], image: Image
) -> Iterator[tuple[int, str]]:
    for stack in stacks:
        name = names[id(stack)]
        entry = f", to run {image.symbols.describe(stack.entry & ~1)}" if stack.entry else ""
        place = f"0x{stack.base:08x}, {describe_size(stack.size)}"
        yield stack.protected_at, f"{name} is created{entry}; its stack ({place}) is its own"
        if stack.ended_at is not None:
            yield stack.ended_at, f"{name} ends; its stack stays protected"
        if stack.released_at is not None:
            yield stack.released_at, f"the stack of {name} is plain memory again: {stack.released_via}"
    for share in table.shares:
        owner, target = names.get(id(share.owner), share.owner.name), names.get(id(share.target), share.target.name)
        number = notes[id(share)]
        yield share.since, f"{target} may use the stack of {owner}: {share.rights} ({number})"
        if share.until is not None and not _is_replaced(share, table):
            yield share.until, f"{target} may no longer use the stack of {owner} ({number})"


def _is_replaced(share: SharePeriod, table: AccessHistory) -> bool:
    """Whether a share with other rights takes this one's place at once."""
    later = table.rights_between(share.target, share.owner)
    return any(other is not share and other.since == share.until for other in later)


# -- JSON ----------------------------------------------------------------------------------------------------------


def table_object(table: AccessHistory, report: Report, image: Image) -> dict[str, Any]:
    """Return the table as plain values; docs/report.md explains them."""
    return {
        "schema_version": SCHEMA_VERSION,
        "program": report.program,
        "board": report.board,
        "outcome": report.outcome.value,
        "headline": report.headline,
        "time": report.time,
        "stacks": [
            {
                "thread": word(stack.id),
                "name": stack.name,
                "base": word(stack.base),
                "size": stack.size,
                "entry": word(stack.entry),
                "protected_at": stack.protected_at,
                "thread_ended_at": stack.ended_at,
                "released_at": stack.released_at,
            }
            for stack in table.stacks
        ],
        "shares": [
            {
                "owner": table.stacks.index(share.owner),
                "target": table.stacks.index(share.target),
                "rights": share.rights,
                "since": share.since,
                "until": share.until,
                "made": _cause_object(share.made, image),
                "ended": None if share.ended is None else _cause_object(share.ended, image),
            }
            for share in table.shares
        ],
        "left_out": table.left_out,
    }


def _cause_object(cause: Cause, image: Image) -> dict[str, Any]:
    return {
        "via": cause.via,
        "by": cause.by or None,
        "pc": word(cause.pc) if cause.pc else None,
        "where": where(image, cause.pc) if cause.pc else None,
    }
