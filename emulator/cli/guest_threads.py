"""The threads of the kernel inside an unmodified image, as v7m threads shows them: a row each, at the run's end."""

from __future__ import annotations

import json
from collections.abc import Iterator

from emulator.armv7m.mpu_explain import describe_size
from emulator.cli.arguments import Options
from emulator.columns import aligned
from emulator.harness.session import Session
from emulator.machine.machine import Machine
from emulator.machine.stop import StopReason
from emulator.trace.call_lines import Paint
from emulator.trace.own_code import name_frame, own_frame
from emulator.trace.report import Report, ThreadReport, build_report
from emulator.trace.report_json import report_object

INDENT = "  "
_COLUMNS = ("thread", "priority", "used / size", "stack", "at the end")
_RIGHT = frozenset(("priority", "used / size"))


def show_threads(session: Session, options: Options, reason: StopReason, paint: Paint) -> Iterator[str]:
    """Yield the lines about the threads of ``session``, whose run ended with ``reason``; with --json one object."""
    report = build_report(session.machine, reason, session.board.name, session.story)
    if options.json:
        whole = report_object(report, 0)
        kept = ("schema_version", "program", "board", "personality", "outcome", "headline", "time", "threads")
        yield json.dumps({name: whole[name] for name in kept}, indent=2)
        return
    yield from _table(report, options.all, paint)
    yield ""
    yield from _interrupt_stacks(session)
    yield f"{report.personality}, at {report.time:,}: {report.headline}"
    yield from report.details
    switches, last = session.machine.engine.block_hook.switches, report.last_switch
    if switches is not None and last is not None:
        yield f"Switches: {switches.count:,}, the last one at {last.time:,}: {last.outgoing} -> {last.heir}."


def _table(report: Report, with_idle: bool, paint: Paint) -> Iterator[str]:
    threads = [thread for thread in report.threads if with_idle or not _is_idle(thread)]
    if not threads:
        yield f"The kernel has no thread{' but the idle one' if report.threads else ''}."
        return
    rows = [_COLUMNS, *(_row(thread) for thread in threads)]
    right = [number for number, title in enumerate(_COLUMNS) if title in _RIGHT]
    for number, line in enumerate(aligned(rows, right)):
        yield paint("title", INDENT + line) if number == 0 else INDENT + line


def _is_idle(thread: ThreadReport) -> bool:
    return thread.state.name.upper().startswith("IDLE") and not thread.state.executing


def _row(thread: ThreadReport) -> tuple[str, ...]:
    state = thread.state
    own = None if thread.backtrace is None else own_frame(thread.backtrace)
    place = "" if own is None else f", in {name_frame(own)}"
    used = "?" if state.stack_used is None else f"{state.stack_used:,}"
    stack = f"0x{state.stack_base:08x}..0x{state.stack_base + state.stack_size - 1:08x}" if state.stack_size else "?"
    size = f"{state.stack_size:,}" if state.stack_size else "?"
    priority = "" if state.priority is None else str(state.priority)
    return state.name, priority, f"{used} / {size}", stack, f"{state.state}{place}"


def _interrupt_stacks(session: Session) -> Iterator[str]:
    kernel = None if session.guest is None else session.guest.kernel
    for stack in [] if kernel is None else kernel.interrupt_stacks():
        yield f"Interrupts use 0x{stack.base:08x}..0x{stack.end - 1:08x}, {describe_size(stack.size)}."


def is_known(session: Session) -> bool:
    """Whether the image has a kernel whose threads can be shown."""
    return session.guest is not None and session.guest.kernel is not None


def reason_unknown(machine: Machine, warnings_before: int) -> str:
    """Return why no threads are known, as a sentence with its remedy."""
    found = machine.image.warnings[warnings_before:]
    return (
        f"{found[0]}."
        if found
        else f"{machine.image.name} is a bare program; v7m threads is for those built with v7m cc, and for the kernels "
        "of docs/kernels.md."
    )
