"""What a run came to, as typed values: for the library, the test runner and whoever judges a run by a program."""

from __future__ import annotations

import json
from collections.abc import Sequence

from emulator.annotations import Any
from emulator.machine.story import ThreadState
from emulator.records import dataclass
from emulator.trace.backtrace import Frame
from emulator.trace.fault_report import FaultReport
from emulator.trace.report import Report, ThreadReport
from emulator.trace.why import WhyStep


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the stack that a fault is in: ``rights`` as in ``rw``, ``since`` and ``until`` in virtual time."""

    target: str
    rights: str
    since: int
    until: int | None


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that ended a run. What does not apply is None, '' or empty.

    ``cause`` is the status bit (``DACCVIOL``), ``exception`` what it belongs to (``MemManage``). ``thread`` is who was
    refused, ``owner`` whose stack the address is in, ``shares`` who else may, or might, use that. ``frames`` are the
    calls, innermost first; ``registers`` the core registers before the instruction, by their names.
    """

    headline: str
    cause: str
    exception: str
    address: int | None
    access: str | None
    size: int
    value: int | None
    pc: int
    time: int
    thread: str | None
    kernel_call: str | None
    owner: str | None
    offset: int | None
    shares: tuple[Share, ...]
    frames: tuple[Frame, ...]
    registers: dict[str, int]

    @property
    def symbol(self) -> str | None:
        """The function that faulted, the innermost that has a name."""
        return next((frame.function or frame.symbol for frame in self.frames if frame.function or frame.symbol), None)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The functions that were being called, innermost first."""
        return tuple(name for frame in self.frames for name in (frame.function or frame.symbol,) if name)


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread at the end: ``state`` in words, and the calls it is in where they are known.

    ``wait`` is what it waits for, as in the JSON report, None where it does not wait. ``stack_used`` of ``stack_size``
    bytes were used, at least.
    """

    id: int
    name: str
    state: str
    frames: tuple[Frame, ...]
    wait: dict[str, Any] | None
    stack_size: int
    stack_used: int | None


@dataclass(frozen=True, slots=True)
class LastWrite:
    """Who stored to memory last: at virtual ``time``, the instruction at ``pc``, which is in ``symbol``.

    ``value`` is what it stored, None where the kernel stored for the thread, or an exception was stacked. ``thread`` is
    '' without a kernel.
    """

    time: int
    pc: int
    symbol: str
    value: int | None
    thread: str


@dataclass(frozen=True, slots=True)
class Result:
    """A run that has ended.

    ``output`` has what was sent to each channel; ``console_channels`` are those that a user sees. ``trace_text`` is
    what ``v7m run --trace`` writes, '' unless it was asked for.
    """

    outcome: str
    exit_status: int
    exit_code: int | None
    headline: str
    details: tuple[str, ...]
    fault: Fault | None
    threads: tuple[Thread, ...]
    instructions: int
    time: int
    output: dict[str, bytes]
    console_bytes: bytes
    trace_text: str
    report: Report

    @property
    def why(self) -> tuple[WhyStep, ...]:
        """Where the bad value of the fault came from, a sentence each; empty unless it was asked for, and found."""
        return self.report.why.steps if self.report.why is not None else ()

    @property
    def console(self) -> str:
        """What the program printed, as UTF-8; other bytes are replaced."""
        return self.console_bytes.decode("utf-8", "replace")

    @property
    def trace(self) -> list[dict[str, Any]]:
        """The lines of the trace (docs/trace.md), the header first."""
        return [json.loads(line) for line in self.trace_text.splitlines()]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is legal and hardly ever meant, and what is wrong with the program's symbols, a line each."""
        return self.report.warnings

    @property
    def text(self) -> str:
        """The report as ``v7m run`` prints it."""
        from emulator.trace.report_text import render_text

        return render_text(self.report)

    @property
    def json(self) -> str:
        """The report as ``v7m run --report json`` writes it."""
        from emulator.trace.report_json import render_json

        return render_json(self.report, self.exit_status)


def result_of(
    report: Report, status: int, output: dict[str, bytes], console: bytes, trace: str, states: Sequence[ThreadState]
) -> Result:
    """Return the run that ``report`` tells of; ``states`` are the threads where the report has none of them."""
    return Result(
        outcome=report.outcome.value,
        exit_status=status,
        exit_code=report.exit_code,
        headline=report.headline,
        details=report.details,
        fault=None if report.fault is None else _fault(report.fault),
        threads=tuple(map(_thread, report.threads or [ThreadReport(state, None) for state in states])),
        instructions=report.instructions,
        time=report.time,
        output=output,
        console_bytes=console,
        trace_text=trace,
        report=report,
    )


def _fault(report: FaultReport) -> Fault:
    from emulator.armv7m.faults import exception_name

    raised = report.fault
    stack = report.place.facts.get("stack") if report.place is not None else None
    owner = None if stack is None else stack["owner"]
    return Fault(
        headline=report.headline,
        cause=raised.cause.name,
        exception=exception_name(raised.cause.exception),
        address=report.address,
        access=None if raised.access is None else raised.access.name.lower(),
        size=raised.size,
        value=raised.value,
        pc=report.pc,
        time=report.time,
        thread=report.thread,
        kernel_call=report.kernel_call,
        owner=None if owner is None else owner["name"] or owner["id"],
        offset=None if stack is None else stack["offset"],
        shares=() if stack is None else tuple(map(_share, stack["shares"])),
        frames=report.backtrace.frames,
        registers=register_values(report.registers),
    )


def _share(facts: dict[str, Any]) -> Share:
    return Share(facts["target_name"], facts["rights"], facts["made_at"], facts["removed_at"])


def _thread(thread: ThreadReport) -> Thread:
    frames = () if thread.backtrace is None else thread.backtrace.frames
    state = thread.state
    return Thread(state.id, state.name, state.state, frames, state.wait, state.stack_size, state.stack_used)


def register_values(registers: Any) -> dict[str, int]:
    """Return the core registers by their names."""
    values = {f"r{number}": value for number, value in enumerate(registers.r)}
    names = ("sp", "lr", "pc", "xpsr", "msp", "psp", "control", "primask", "basepri", "faultmask")
    return {**values, **{name: getattr(registers, name) for name in names}}
