"""v7m threads: run a program and show who could touch whose stack, with which rights, and when that changed."""

from __future__ import annotations

import codecs
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence

from emulator.annotations import TYPE_CHECKING, Any
from emulator.armv7m.mpu_explain import describe_size
from emulator.cli.arguments import COLOR, ISOLATION, TIMEOUT, Options, OptionTable, read_options
from emulator.cli.interrupts import interruptible
from emulator.cli.progress import Progress
from emulator.cli.session import open_session
from emulator.cli.terminal import choose_paint, is_terminal, write_diagnostics
from emulator.columns import aligned
from emulator.errors import ConfigError
from emulator.harness.endless_loop import run_to_end
from emulator.harness.exit_status import SUCCESS, interrupted_status
from emulator.harness.session import Session
from emulator.image.cxx_names import readable
from emulator.image.image import Image
from emulator.machine.stop import StopReason
from emulator.machine.story import ThreadState
from emulator.trace.call_lines import Paint
from emulator.trace.report import Report, build_report
from emulator.trace.report_json import word
from rtems_shim.report.access_history import AccessHistory, Cause, Refusal, SharePeriod, ThreadStack

if TYPE_CHECKING:
    from emulator.cli.parser import Parser

SCHEMA_VERSION = 1
PAGE_WIDTH = 120
INDENT = "  "
NO_RIGHTS = "--"

EPILOG = """\
A row is a thread, a column a stack: rw read and write, r- read only, -- nothing. A number in brackets leads to the
share that gave the right; !w, !r or !x marks the write, read or fetch that ended the program. Of each stack it is said
how many bytes were used, at least. The program's own console is not shown; --console sends it to stderr.

exit status: 0 the table was made, however the program ended; 2 bad usage or input; 130 Ctrl-C, 143 SIGTERM, 129
SIGHUP: the table is made up to there."""


OPTIONS: OptionTable = {
    "--json": {"action": "store_true", "help": "print one JSON object (docs/report.md)"},
    "--all": {"action": "store_true", "help": "show the idle thread, too"},
    "--timeout": TIMEOUT,
    **ISOLATION,
    "--console": {"action": "store_true", "help": "show the program's console on stderr"},
    "--color": {**COLOR, "help": "colour the table"},
}


def make_parser() -> Parser:
    """Return the parser of this verb."""
    from emulator.cli.parser import program_parser

    words = "Run a program and show who could touch whose stack, and when that changed."
    return program_parser(
        "v7m threads", words, EPILOG, "an ELF built with v7m cc, or with a kernel of docs/kernels.md", OPTIONS
    )


def run(arguments: list[str]) -> int:
    """Run the verb and return the command's exit status. Raises ConfigError and ImageError."""
    options = read_options(arguments, OPTIONS, make_parser)
    table = AccessHistory()
    with open_session(options) as session:
        if session.kernel is None and session.isolation is None:
            return _run_guest(session, options)
        if session.kernel is not None:
            table.measure = lambda identifier: _measure(session, identifier)
        id_of: Callable[[int], int] = int
        if session.isolation is not None:
            from emulator.harness.guest_access import GuestAccess

            id_of = GuestAccess(session.machine, session.isolation, table).id_of
        else:
            session.machine.observers.append(table)
        report, reason = _observe(session, options)
        ends = End(session, id_of)
    if options.json:
        print(json.dumps(table_object(table, report, session.machine.image, ends), indent=2))
    else:
        paint = choose_paint(options.color, sys.stdout)
        width = shutil.get_terminal_size((PAGE_WIDTH, 24)).columns if is_terminal(sys.stdout) else PAGE_WIDTH
        print("\n".join(render_table(table, report, session.machine.image, options.all, width, paint, ends)))
    return interrupted_status(reason) or SUCCESS


def _run_guest(session: Session, options: Options) -> int:
    """Run an image that has its own kernel, and show the threads of that. Raises ConfigError where none is known."""
    from emulator.cli.guest_threads import is_known, reason_unknown, show_threads

    before = len(session.machine.image.warnings)
    if not is_known(session):
        raise ConfigError(reason_unknown(session.machine, before))
    if session.guest is not None:
        session.guest.watch_switches()
    reason = _run_watched(session, options)
    print("\n".join(show_threads(session, options, reason, choose_paint(options.color, sys.stdout))))
    return interrupted_status(reason) or SUCCESS


def _measure(session: Session, identifier: int) -> int | None:
    from rtems_shim.core.stack_use import used

    assert session.kernel is not None
    threads = [thread for thread in session.kernel.threads.all() if thread.id == identifier]
    return used(session.kernel, threads[0]) if threads else None


class End:
    """Where the threads of ``session`` were when its run ended; of no session nothing is known.

    ``id_of`` gives the table's id of one of the story's.
    """

    def __init__(self, session: Session | None = None, id_of: Callable[[int], int] = int) -> None:
        story = None if session is None else session.story
        self._states = {} if story is None else {id_of(state.id): state for state in story.threads()}
        self.executing = next((number for number, state in self._states.items() if state.executing), 0)

    def state(self, stack: ThreadStack) -> ThreadState | None:
        """Return the state of the thread of ``stack``, None where there is none any more."""
        return self._states.get(stack.id) if stack.ended_at is None else None

    def used(self, stack: ThreadStack) -> int | None:
        """Return how many bytes of ``stack`` were used, at least."""
        state = self.state(stack)
        return stack.used if state is None else state.stack_used

    def words(self, stack: ThreadStack) -> str:
        """Say what the thread of ``stack`` was at."""
        state = self.state(stack)
        if state is None:
            return f"ended at {stack.ended_at:,}" if stack.ended_at is not None else ""
        where = state.wait["where"] if state.wait is not None else None
        return f"{state.state}, in {where}" if where else state.state

    def refused(self, report: Report, thread: ThreadStack, stack: ThreadStack) -> str:
        """Return the mark of the access of ``thread`` to ``stack`` that ended the run, '' where it was another."""
        fault = report.fault
        if fault is None or fault.address is None or fault.fault.access is None or thread.id != self.executing:
            return ""
        is_there = stack.base <= fault.address < stack.base + stack.size and stack.released_at is None
        return f" !{'rwx'[fault.fault.access]}" if is_there and thread.ended_at is None else ""


def _observe(session: Session, options: Options) -> tuple[Report, StopReason]:
    """Run the program; return how it ended."""
    reason = _run_watched(session, options)
    if session.isolation is not None:
        session.isolation.overlay.changed()  # the last look at who is there
    report = build_report(session.machine, reason, session.board.name, session.story, always_detailed=False)
    return report, reason


def _run_watched(session: Session, options: Options) -> StopReason:
    """Run the program to its end; its console is shown where the options say so."""
    machine = session.machine
    if options.console:
        text = codecs.getincrementaldecoder("utf-8")("replace")  # a UART sends a character byte by byte
        machine.on_console = lambda channel, data: write_diagnostics(text.decode(data))
    progress = Progress()
    with interruptible(machine, options.timeout):
        reason = run_to_end(machine, options.max_instructions, progress.update)
    progress.clear()
    return reason


# -- text ----------------------------------------------------------------------------------------------------------


def render_table(
    table: AccessHistory,
    report: Report,
    image: Image,
    with_idle: bool,
    width: int,
    paint: Paint,
    ends: End | None = None,
) -> Iterator[str]:
    """Yield the table, its footnotes, and the changes in the order of time."""
    ends = ends or End()
    stacks = [stack for stack in table.stacks if with_idle or not stack.is_idle]
    names = _unique_names(stacks, image)
    notes = {id(share): number for number, share in enumerate(table.shares, 1)}
    pages = list(_pages(stacks, names, width))
    for columns in pages:
        rows = _grid(table, stacks, columns, names, notes, lambda *pair: ends.refused(report, *pair))
        yield from _aligned(rows if len(pages) == 1 else _with_rights(rows), paint)
        yield ""
    if len(pages) > 1:
        yield f"{INDENT}A thread without a row beside a stack may not touch it."
        yield ""
    yield from _uses(stacks, names, ends, paint)
    yield ""
    for share in table.shares:
        until = "the end" if share.until is None else f"{share.until:,}"
        yield f"{INDENT}({notes[id(share)]}) {share.since:,} to {until}: {_cause(share.made, image, paint)}"
        if share.ended is not None:
            yield f"{INDENT}    ended by {_end(share, image, paint)}"
    if table.shares:
        yield ""
    refusals = table.refusals()
    yield from (_refusal(refusal, stacks, names, image, paint) for refusal in refusals)
    if refusals:
        yield ""
    yield paint("title", "When it changed (virtual time)")
    for time, words in sorted(_changes(table, stacks, names, notes, image), key=lambda change: change[0]):
        yield f"{INDENT}{time:>12,}  {words}"
    yield f"{INDENT}{report.fault.time if report.fault is not None else report.time:>12,}  {report.headline}"
    if table.left_out:
        yield f"{INDENT}{table.left_out:,} more threads or shares are left out."


def _unique_names(stacks: Sequence[ThreadStack], image: Image) -> dict[int, str]:
    """Return a name for each stack by its ``id()``; a name that comes again gets a number.

    A thread without a name has that of its function.
    """
    seen: dict[str, int] = {}
    names = {}
    for stack in stacks:
        name = stack.name
        if name == word(stack.id):
            symbol = image.symbols.find_code(stack.entry & ~1)
            name = readable(symbol.name) if symbol is not None else name
        seen[name] = seen.get(name, 0) + 1
        names[id(stack)] = name if seen[name] == 1 else f"{name} #{seen[name]}"
    return names


def _row_name(stack: ThreadStack, names: dict[int, str]) -> str:
    """Return the name and the id: ``sensor 0x0b010003``."""
    name, identifier = names[id(stack)], word(stack.id)
    return name if name == identifier else f"{name} {identifier}"


def _pages(stacks: Sequence[ThreadStack], names: dict[int, str], width: int) -> Iterator[list[ThreadStack]]:
    """Yield as many columns at a time as ``width`` holds."""
    column = max((len(_heading(names[id(stack)])) for stack in stacks), default=0) + 2
    rows = max((len(_row_name(stack, names)) for stack in stacks), default=0) + 2 + len(INDENT)
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
    refused: Callable[[ThreadStack, ThreadStack], str],
) -> list[list[str]]:
    """Return the heading and a row a thread."""
    rows = [["", *(_heading(names[id(stack)]) for stack in columns)]]
    for thread in stacks:
        cells = [_cell(table, thread, stack, notes) + refused(thread, stack) for stack in columns]
        rows.append([_row_name(thread, names), *cells])
    return rows


def _with_rights(rows: list[list[str]]) -> list[list[str]]:
    """Return ``rows`` without those of threads that have, and tried, nothing: of many threads that is nearly all."""
    return [rows[0], *(row for row in rows[1:] if any(cell != NO_RIGHTS for cell in row[1:]))]


def _aligned(rows: list[list[str]], paint: Paint) -> Iterator[str]:
    for number, line in enumerate(aligned(rows)):
        yield paint("title", INDENT + line) if number == 0 else INDENT + line


def _uses(stacks: Sequence[ThreadStack], names: dict[int, str], ends: End, paint: Paint) -> Iterator[str]:
    """Yield how much of each stack was used, at least, and what its thread was at."""
    rows = [("thread", "used / size", "at the end")]
    for stack in stacks:
        used = ends.used(stack)
        size = f"{'?' if used is None else f'{used:,}'} / {stack.size:,}"
        rows.append((_row_name(stack, names), size, ends.words(stack)))
    for number, line in enumerate(aligned(rows, right=(1,))):
        yield paint("title", INDENT + line) if number == 0 else INDENT + line


def _refusal(refusal: Refusal, stacks: Sequence[ThreadStack], names: dict[int, str], image: Image, paint: Paint) -> str:
    """Return ``6,912 shm_open by sensor: ENFILE, the first at ...``."""
    name = next((names[id(stack)] for stack in stacks if stack.id == refusal.thread), word(refusal.thread))
    first = "" if refusal.count == 1 else "the first "
    place = paint("place", where(image, refusal.pc))
    return f"{INDENT}{refusal.count:,} {refusal.call} by {name}: {refusal.error}, {first}at {refusal.first:,}, {place}"


def _cell(table: AccessHistory, thread: ThreadStack, stack: ThreadStack, notes: dict[int, int]) -> str:
    if thread is stack:
        return "rw"
    periods = table.rights_between(thread, stack)
    return " ".join(f"{period.rights} ({notes[id(period)]})" for period in periods) or NO_RIGHTS


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


def table_object(table: AccessHistory, report: Report, image: Image, ends: End) -> dict[str, Any]:
    """Return the table as plain values; docs/report.md explains them."""
    fault = report.fault
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
                "used": ends.used(stack),
                "state": None if (state := ends.state(stack)) is None else state.state,
                "wait": None if state is None else state.wait,
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
        "refusals": [
            {
                "thread": word(refusal.thread),
                "call": refusal.call,
                "error": refusal.error,
                "count": refusal.count,
                "first": refusal.first,
                "where": where(image, refusal.pc),
            }
            for refusal in table.refusals()
        ],
        "fault": None
        if fault is None
        else {
            "time": fault.time,
            "thread": word(ends.executing) if ends.executing else None,
            "address": word(fault.address),
            "access": None if fault.fault.access is None else fault.fault.access.name.lower(),
        },
        "left_out": table.left_out,
    }


def _cause_object(cause: Cause, image: Image) -> dict[str, Any]:
    return {
        "via": cause.via,
        "by": cause.by or None,
        "pc": word(cause.pc) if cause.pc else None,
        "where": where(image, cause.pc) if cause.pc else None,
    }
