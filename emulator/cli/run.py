"""v7m run: run a program; its console is stdout, everything else is stderr."""

from __future__ import annotations

from contextlib import ExitStack

from emulator.annotations import TYPE_CHECKING
from emulator.cli.accelerator_notice import mention_once
from emulator.cli.arguments import COLOR, ISOLATION, TIMEOUT, Options, OptionTable, read_options
from emulator.cli.console import Console, cannot_write, forget_standard_output, standard_error, standard_output
from emulator.cli.interrupts import interruptible
from emulator.cli.progress import Progress
from emulator.cli.session import open_session, setup_of
from emulator.cli.terminal import write_diagnostics
from emulator.errors import ConfigError
from emulator.harness.endless_loop import run_to_end
from emulator.harness.exit_status import BROKEN_PIPE, FAILURE, SUCCESS, USAGE, exit_status
from emulator.harness.session import Session, muted_channels
from emulator.image.loader import split_offset
from emulator.machine.machine import Machine
from emulator.program_file import printable
from emulator.trace.outcome import Outcome, outcome_of

if TYPE_CHECKING:
    from emulator.cli.output_file import OutputFile
    from emulator.cli.parser import Parser
    from emulator.engine.register_trace import RegisterTrace
    from emulator.exports.tarmac import Tarmac
    from emulator.harness.least_shares import LeastShares
    from emulator.harness.tracing import Files
    from emulator.trace.recorder import Recorder
    from emulator.trace.report import Report

EPILOG = """\
The program's console is stdout, byte for byte; reports and errors are stderr. Nothing is reported of a program that
ends with success, unless --report says short, json or rtems. FILE may be - for stdout in --report-file or --trace;
the console is stderr then.

exit status: 0 success, 1 the program reported failure, 2 bad usage or input, 3 fault, lockup or isolation, 4 deadlock,
endless loop or budget spent, 70 a bug of v7m, 124 --timeout, 130 Ctrl-C, 143 SIGTERM, 129 SIGHUP. A program without the
shim that ends itself with a code hands that code on."""


OPTIONS: OptionTable = {
    "--report": {
        "choices": ("text", "short", "json", "rtems"),
        "default": "text",
        "help": "how the end is reported: for people, in three lines, as JSON (docs/report.md), or as RTEMS prints it",
    },
    "--report-file": {"metavar": "FILE", "help": "write the report there instead of to stderr; - is stdout"},
    "--trace": {"metavar": "FILE", "help": "write every event as JSON Lines (docs/trace.md); - is stdout"},
    "--timeout": TIMEOUT,
    "--why": {
        "choices": ("auto", "more", "off"),
        "help": "a fault is traced to who stored the bad value, by a second run; more: however long, off: not at all "
        "(default: what V7M_WHY says, or auto)",
    },
    "--trace-filter": {
        "metavar": "KEY=VALUE,...",
        "help": "write only events of these: thread=NAME, kind=NAME, symbol=NAME, from=N, to=N",
    },
    "--trace-registers": {
        "metavar": "FILE",
        "help": "write all registers before every instruction; see v7m registers",
    },
    "--tarmac": {"metavar": "FILE", "help": "write every instruction in Arm's text format (docs/exports.md)"},
    "--check-isolation": {
        "action": "store_true",
        "help": "compare what the MPU allows with what the thread may do, at each change (docs/isolation.md)",
    },
    "--suggest-shares": {
        "action": "store_true",
        "help": "let accesses pass that a share of a stack would allow, and print the least shares, as C to paste",
    },
    **ISOLATION,
    "--isolation-rules": {"metavar": "FILE", "help": "the same for a bare program: what its tasks may do"},
    "--stimulus": {"metavar": "FILE", "help": "what happens from outside, and when: a script (docs/stimulus.md)"},
    "--core": {"metavar": "FILE", "help": "write the end of the run as an ELF core, for GDB and v7m explain"},
    "--coverage": {"metavar": "FILE", "help": "write which source lines were executed, for lcov (docs/exports.md)"},
    "--coverage-add": {"action": "store_true", "help": "add to the counts that the coverage file has"},
    "--color": {**COLOR, "help": "colour the report"},
    "--warn-as-error": {
        "action": "store_true",
        "help": "exit status 1 where the run would end with 0 and there is a warning (docs/report.md)",
    },
}
STDOUT = "-"
FILES_SHOWN = 3
"""Names of files that one line has room for."""


def make_parser() -> Parser:
    """Return the parser of this verb."""
    from emulator.cli.parser import program_parser

    files = "ELF, Intel HEX, or raw binaries with --load-address"
    return program_parser("v7m run", "Run a Cortex-M program as the part would.", EPILOG, files, OPTIONS)


def run(arguments: list[str]) -> int:
    """Run the verb and return the command's exit status. Raises ConfigError and ImageError."""
    options = read_options(arguments, OPTIONS, make_parser)
    mention_once()
    _check_filter(options)
    if options.suggest_shares and (options.trace or options.check_isolation):
        other = "--trace" if options.trace else "--check-isolation"
        raise ConfigError(f"--suggest-shares is a run that learns, and not the program's own. Leave {other} out.")
    if options.suggest_shares and options.stimulus:
        raise ConfigError("--suggest-shares and --stimulus: give one of them.")
    if options.tarmac is not None and options.trace_registers is not None:
        raise ConfigError("--tarmac and --trace-registers: give one of them; Tarmac has the registers, too.")
    if options.coverage_add and options.coverage is None:
        raise ConfigError("--coverage-add says what to do with the coverage file: give --coverage FILE, too.")
    if options.report_file == STDOUT == options.trace:
        raise ConfigError("--report-file - and --trace -: stdout is for one of them. Name a file for the other.")
    symbols = [split_offset(name)[0] for name in options.symbols or ()]
    inputs = [*options.programs, *symbols, *filter(None, (options.input, options.isolation_rules, options.stimulus))]
    with ExitStack() as stack:
        session = stack.enter_context(open_session(options))
        if options.report == "rtems" and session.kernel is None:
            name = session.machine.image.name
            raise ConfigError(f"--report rtems: {name} does not run RTEMS. Use --report text, short or json.")
        report_file = _open_output(stack, options.report_file, "--report-file", inputs)
        trace_file = _open_output(stack, options.trace, "--trace", inputs)
        register_file = _open_output(stack, options.trace_registers, "--trace-registers", inputs)
        tarmac_file = _open_output(stack, options.tarmac, "--tarmac", inputs)
        core_file = _open_output(stack, options.core, "--core", inputs)
        if options.coverage is not None:
            from emulator.cli.coverage import begin_coverage

            begin_coverage(stack, options, session, inputs)
        register_trace: RegisterTrace | Tarmac | None = None
        if tarmac_file is not None:
            from emulator.exports.tarmac import Tarmac

            tarmac_file.on_error = session.machine.interrupt
            register_trace = Tarmac(session.machine, tarmac_file.write)
        if register_file is not None:
            from emulator.engine.register_trace import RegisterTrace

            register_file.on_error = session.machine.interrupt
            register_trace = RegisterTrace(session.machine.engine, register_file.write)
        written = [file for file in (trace_file, register_file, tarmac_file) if file is not None]
        return _run(options, session, report_file, trace_file, register_trace, core_file, written)


def _open_output(stack: ExitStack, name: str | None, option: str, taken: list[str]) -> OutputFile | None:
    """Return the file ``name`` that ``option`` asks for, which must be none of those ``taken``, and becomes one."""
    if name is None:
        return None
    from emulator.cli.output_file import OutputFile, StandardOutput

    if name == STDOUT and option in ("--report-file", "--trace"):
        return stack.enter_context(StandardOutput(option))
    file = stack.enter_context(OutputFile(name, option, taken))
    taken.append(name)
    return file


def _run(
    options: Options,
    session: Session,
    report_file: OutputFile | None,
    trace_file: OutputFile | None,
    register_trace: RegisterTrace | Tarmac | None,
    core_file: OutputFile | None,
    written: list[OutputFile],
) -> int:
    """Run the program and report its end. ``written`` are the files that a run writes to, one of which may end it."""
    machine = session.machine
    progress = Progress(total=options.max_instructions)
    is_stdout_taken = STDOUT in (options.report_file, options.trace)
    stream = standard_error() if is_stdout_taken else standard_output()
    console = Console(stream, muted_channels(session.board), progress)
    console.on_broken = machine.interrupt
    machine.on_console = console.write
    recorder = None
    if trace_file is not None:
        recorder = _record(session, options, trace_file)
    learner = None
    if options.suggest_shares:
        from emulator.harness.least_shares import LeastShares

        learner = LeastShares(session)
    runner = learner or session.stimulus
    with interruptible(machine, options.timeout):
        reason = run_to_end(machine, options.max_instructions, progress.update, runner)
    progress.clear()
    if register_trace is not None:
        register_trace.end()
    if any(file.has_failed for file in written):
        return USAGE  # leaving the files says why; what the program was doing then is no end of it
    outcome = outcome_of(machine, reason)
    status = exit_status(reason, outcome, session.kernel is None, machine.stop_on_reset)
    has_warnings = bool(machine.absent or machine.notices)
    if options.warn_as_error and has_warnings and status == SUCCESS:
        status = FAILURE
    is_silent = outcome is Outcome.SUCCESS and options.report == "text"
    if not is_silent or report_file is not None or recorder is not None or core_file is not None:
        from emulator.cli import reporting  # most of what it imports is for failures

        report = reporting.make_report(options, session, reason, report_file is not None)
        if recorder is not None:
            recorder.end(report)
        if core_file is not None:
            _write_core(options, session, report, status, core_file)
        if not console.broken:
            reporting.write_report(options, session, report, status, report_file, console)
    if console.broken:
        forget_standard_output()
        if console.failure is not None:
            raise cannot_write(console.failure)
        return BROKEN_PIPE
    if options.report != "json":
        _mention_hidden(console)
        if session.kernel is None and not (is_silent and console.has_shown):
            _mention_rtt(session)
        _mention_files(session.semihosting.files_in_memory)
        if session.prompted is not None and not session.prompted.was_shown:
            write_diagnostics("v7m: the console never showed the text of --input-when, so the program got no input.\n")
    if is_silent and has_warnings:
        _mention_warnings(machine)
    if is_silent and session.isolation is not None:
        from emulator.trace.foreign import foreign_lines

        lines = "".join(f"{line}\n" for line in foreign_lines(session.isolation.report()))
        write_diagnostics(f"v7m: --isolate: {lines}")
    elif is_silent and options.isolate != "off":
        write_diagnostics(f"v7m: {machine.image.warnings[-1]}\n")
    if learner is not None:
        _suggest(learner, outcome)
    return status


def _suggest(learner: LeastShares, outcome: Outcome) -> None:
    """Print the shares that a learning run found."""
    from emulator.harness.least_shares import lines_of

    lines = lines_of(learner, outcome is not Outcome.FAULT)
    write_diagnostics("v7m: " + "".join(f"{line}\n" for line in lines))


def _mention_hidden(console: Console) -> None:
    """Name the console output that was not shown."""
    for channel, size in sorted(console.hidden.items()):
        words = f"{size:,} bytes that the program sent to {channel} are not shown; --channel {channel} shows them"
        write_diagnostics(f"v7m: {words}.\n")


def _mention_rtt(session: Session) -> None:
    """Say that a program has left something for a debugger: all its words, often."""
    from emulator.harness.rtt import unread_words

    words = unread_words(session.machine, session.board)
    if words:
        write_diagnostics(f"v7m: {words}.\n")


def _mention_files(names: list[bytes]) -> None:
    """Name the files that end with the run."""
    if names:
        shown = ", ".join(printable(name.decode("latin-1"), 40) for name in names[:FILES_SHOWN])
        more = f" and {len(names) - FILES_SHOWN:,} more" if len(names) > FILES_SHOWN else ""
        words = f"the program left {shown}{more} in memory, which is gone; --semihosting-root DIR keeps its files"
        write_diagnostics(f"v7m: {words}.\n")


def _mention_warnings(machine: Machine) -> None:
    """Name what a program did that it hardly meant: a success has no report that does."""
    from emulator.trace.report import run_warnings

    for line in run_warnings(machine):
        write_diagnostics(f"v7m: {line}.\n")


def _check_filter(options: Options) -> None:
    """Refuse a filter that is none before anything runs. Raises ConfigError."""
    if options.trace_filter is None:
        return
    from emulator.trace.trace_filter import read_filter

    if options.trace is None:
        raise ConfigError("--trace-filter says what of the events is written: give --trace FILE, too.")
    read_filter(options.trace_filter)


def _record(session: Session, options: Options, file: OutputFile) -> Recorder:
    from emulator.harness.tracing import record

    file.on_error = session.machine.interrupt
    setup, files = setup_of(options), _files(options)
    budget, only = options.max_instructions, options.trace_filter
    return record(session, file.write, setup, files, max_instructions=budget, only=only)


def _files(options: Options) -> Files:
    from emulator.harness.tracing import traced_files

    return traced_files(setup_of(options), [options.input] if options.input not in (None, "-") else [])


def _write_core(options: Options, session: Session, report: Report, status: int, file: OutputFile) -> None:
    from emulator.exports.elf_core import write_core
    from emulator.harness.core_file import core_of

    write_core(core_of(session, report, status, _files(options)), file)
