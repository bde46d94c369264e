"""The calls that a run ended in, as plain values that go from one process to another: what a verdict keeps of them."""

from __future__ import annotations

from collections.abc import Iterable

from emulator.annotations import NamedTuple
from emulator.debuginfo.source import shown_source
from emulator.harness.result import Result
from emulator.trace.backtrace import Frame

MOST_STACKS = 32
"""Threads whose calls are kept."""


class Call(NamedTuple):
    """One call: its function ('' where nobody knows), and the source line, ('', 0) without debug information."""

    function: str
    path: str
    line: int


class CallStack(NamedTuple):
    """``calls``, innermost first, of ``whose``: a thread and its state, or '' where there is only one stack."""

    whose: str
    calls: tuple[Call, ...]


def stacks_of(result: Result) -> tuple[CallStack, ...]:
    """Return the calls that led to the end: those of the fault, else of the executing code, then of each thread."""
    if result.fault is not None:
        return (CallStack(result.fault.thread or "", _calls(result.fault.frames)),)
    ended_in = _calls(result.report.backtrace.frames)
    threads = [CallStack(f"{thread.name} {thread.state}", _calls(thread.frames)) for thread in result.threads]
    stacks = [CallStack("", ended_in), *threads[:MOST_STACKS]]
    return tuple(stack for stack in stacks if stack.calls)


def _calls(frames: Iterable[Frame]) -> tuple[Call, ...]:
    return tuple(
        Call(frame.function or frame.symbol or "", shown_source(frame.path) if frame.line else "", frame.line)
        for frame in frames
    )
