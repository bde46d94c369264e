"""Whether a run came to what its case expects; each failure is one sentence, the golden trace's a few lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from emulator.annotations import NamedTuple
from emulator.armv7m.faults import CAUSES, exception_name
from emulator.errors import ConfigError, EmulatorError
from emulator.harness.call_stack import CallStack, stacks_of
from emulator.harness.case import Case
from emulator.harness.result import Fault, Result
from emulator.program_file import TRACE, printable, read_program_file, shown_path
from emulator.trace.divergence_text import compare_traces
from emulator.trace.outcome import Outcome
from emulator.trace.trace_file import parse_trace

SHOWN_CONSOLE = 2000

CANNOT_RUN, EXIT_CODE, FAULT, CONSOLE, GOLDEN = "cannot-run", "exit-code", "other-fault", "console", "golden-trace"
RULES: dict[str, str] = {
    **{name: f"{exception_name(cause.exception)}: {cause.words}." for name, cause in CAUSES.items()},
    **{outcome.value: f"The outcome {outcome.value} was not expected." for outcome in Outcome},
    CANNOT_RUN: "The program cannot be built or run.",
    EXIT_CODE: "The program ended with another exit code.",
    FAULT: "The program did not fault as expected.",
    CONSOLE: "The program printed something else.",
    GOLDEN: "The program does something else than its golden trace says.",
}
"""What may be wrong with a case, by the names that build servers know it by: a status bit, an outcome, a check."""


class Verdict(NamedTuple):
    """What became of a case: ``failures`` is empty where all was as expected.

    ``headline`` and ``instructions`` are of the run, ``console`` is the end of what it printed and ``report`` what
    ``v7m run`` says; all '' and 0 where it could not run. ``updated`` names a golden trace that was written. Of a case
    that failed ``rule`` is the first thing that was wrong, of RULES, ``subject`` the thread, the kernel's call, the
    owner of the memory and the access of a fault, and ``stacks`` the calls at the end.
    """

    case: Case
    failures: tuple[str, ...]
    outcome: str = ""
    headline: str = ""
    instructions: int = 0
    console: str = ""
    report: str = ""
    updated: str = ""
    rule: str = CANNOT_RUN
    subject: tuple[str, ...] = ()
    stacks: tuple[CallStack, ...] = ()

    @property
    def has_passed(self) -> bool:
        """Whether all was as expected."""
        return not self.failures


def judge(case: Case, result: Result, update: bool) -> Verdict:
    """Compare a run with its case; ``update`` writes the golden trace anew instead of comparing it."""
    wrong = {
        _name_of_end(result): [*_outcome(case, result)],
        EXIT_CODE: [*_exit_code(case, result)],
        FAULT: [*_fault(case, result.fault)],
        CONSOLE: [*_console(case, result.console)],
        GOLDEN: [],
    }
    updated = ""
    if case.golden is not None:
        path = case.directory / case.golden
        if update:
            updated = update_golden(path, result.trace_text)
        else:
            wrong[GOLDEN] += golden_failures(path, result.trace_text, "--update")
    failures = tuple(failure for found in wrong.values() for failure in found)
    verdict = Verdict(
        case, failures, result.outcome, result.headline, result.instructions, result.console[-SHOWN_CONSOLE:],
        updated=updated,
    )  # fmt: skip
    if not failures:
        return verdict
    rule = next(name for name, found in wrong.items() if found)
    return verdict._replace(report=result.text, rule=rule, subject=_subject(result.fault), stacks=stacks_of(result))


def _name_of_end(result: Result) -> str:
    """Return how the run ended, as RULES has it: by the fault's status bit where it is in a register of them."""
    if result.fault is not None and result.outcome == Outcome.FAULT and result.fault.cause in CAUSES:
        return result.fault.cause
    return result.outcome


def _subject(fault: Fault | None) -> tuple[str, ...]:
    if fault is None:
        return ()
    return tuple(text or "" for text in (fault.thread, fault.kernel_call, fault.owner, fault.access))


def golden_failures(path: Path, trace: str, option: str) -> Iterator[str]:
    """Yield how the trace differs from the golden one at ``path``; ``option`` accepts it."""
    if not path.exists():
        yield f"There is no golden trace {shown_path(path)}. {option} writes it."
        return
    try:
        golden = parse_trace(read_program_file(path, TRACE), shown_path(path))
    except EmulatorError as error:
        yield f"{error} {option} writes it anew."
        return
    if trace.encode() == read_program_file(path):
        return
    text = compare_traces(golden, parse_trace(trace.encode(), "the run"), f"Golden trace {path.stem}")
    if text:
        yield f"{text.rstrip()} Accept with {option}."


def update_golden(path: Path, trace: str) -> str:
    """Write the golden trace at ``path`` unless it says the same; return its name if so. Raises ConfigError."""
    if path.exists() and not list(golden_failures(path, trace, "")):
        return ""
    write_golden(path, trace)
    return shown_path(path)


def write_golden(path: Path, trace: str) -> None:
    """Write a golden trace. Raises ConfigError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(trace.encode())
    except OSError as error:
        raise ConfigError(f"{shown_path(path)} cannot be written: {error.strerror}. Choose another place.") from None


def _outcome(case: Case, result: Result) -> Iterator[str]:
    if case.outcome is not None and result.outcome != case.outcome:
        yield f"Expected the outcome {case.outcome}, not {result.outcome}: {result.headline}"


def _exit_code(case: Case, result: Result) -> Iterator[str]:
    if case.exit_code is not None and result.exit_code != case.exit_code:
        code = "none" if result.exit_code is None else result.exit_code
        yield f"Expected the exit code {case.exit_code}, not {code}."


def _fault(case: Case, fault: Fault | None) -> Iterator[str]:
    yield from fault_failures(fault, case.fault)


def fault_failures(fault: Fault | None, expected: dict[str, str]) -> Iterator[str]:
    """Yield how a fault differs from what is expected; every key that is there must match."""
    if expected and fault is None:
        wanted = ", ".join(f"{key} {value}" for key, value in expected.items())
        yield f"Expected a fault ({wanted}); there was none."
    if fault is None:
        return
    found = {
        "cause": fault.cause,
        "kind": fault.exception,
        "thread": fault.thread,
        "owner": fault.owner,
        "access": fault.access,
        "kernel_call": fault.kernel_call,
    }
    for key, value in expected.items():
        if key == "symbol":
            if value not in fault.symbols:
                calls = " <- ".join(fault.symbols) or "code without a name"
                yield f"Expected a fault in {value}, not in {calls}."
        elif found[key] != value:
            yield f"Expected a fault with {key} {value}, not {found[key] or 'none'}: {fault.headline}"


def _console(case: Case, console: str) -> Iterator[str]:
    yield from console_failures(console, case.console)
    for text in case.console_not:
        if text in console:
            yield f"Expected the console without {printable(repr(text), 200)}."


def console_failures(console: str, expected: tuple[str, ...]) -> Iterator[str]:
    """Yield the first of the texts that the console does not have in their order."""
    place = 0
    for text in expected:
        found = console.find(text, place)
        if found < 0:
            where = "" if not place else " behind those before it" if text in console[:place] else ""
            yield f"Expected the console with {printable(repr(text), 200)}{where}."
            return
        place = found + len(text)
