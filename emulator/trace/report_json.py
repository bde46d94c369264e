"""The report of a run as one JSON object. docs/report.md explains it, docs/report.schema.json is its schema.

Addresses and words of the machine are strings of eight hexadecimal digits ("0x20008000"); sizes, offsets, counts and
times are numbers. The order of the members is fixed, so equal reports are equal bytes.
"""

from __future__ import annotations

import json

from emulator.annotations import Any
from emulator.armv7m.core import Registers
from emulator.armv7m.faults import exception_name
from emulator.armv7m.mpu_explain import Explanation
from emulator.machine.fault_record import StatusWords
from emulator.machine.stop import IsolationBroken
from emulator.trace.backtrace import Backtrace, Frame
from emulator.trace.fault_report import FaultReport
from emulator.trace.fault_words import status_bits
from emulator.trace.foreign import foreign_object
from emulator.trace.report import Report, ThreadReport
from emulator.trace.why import why_object

SCHEMA_VERSION = 3

JSON = dict[str, Any]


def render_json(report: Report, exit_status: int) -> str:
    """Return the report as indented JSON with a newline at its end. ``exit_status`` is what the command ends with."""
    return json.dumps(report_object(report, exit_status), indent=2) + "\n"


def report_object(report: Report, exit_status: int) -> JSON:
    """Return the report as plain values."""
    last = report.last_switch
    return {
        "schema_version": SCHEMA_VERSION,
        "program": report.program,
        "board": report.board,
        "personality": report.personality,
        "outcome": report.outcome.value,
        "exit_status": exit_status,
        "guest_exit_code": report.exit_code,
        "headline": report.headline,
        "details": list(report.details),
        "time": report.time,
        "instructions": report.instructions,
        "fault": None if report.fault is None else _fault(report.fault),
        "faults_between": [_fault(fault) for fault in report.between],
        "handler_fault": None if report.handler_fault is None else _fault(report.handler_fault),
        "isolation": None if report.isolation is None else _isolation(report.isolation),
        "end": {
            "registers": _registers(report.registers),
            "fault_registers": _status(report.status),
            "backtrace": backtrace_object(report.backtrace),
        },
        "threads": [_thread(thread) for thread in report.threads],
        "last_switch": None
        if last is None
        else {
            "time": last.time,
            "outgoing": last.outgoing,
            "outgoing_state": last.outgoing_state,
            "heir": last.heir,
        },
        "foreign": None if report.foreign is None else foreign_object(report.foreign),
        "warnings": list(report.warnings),
        "why": why_object(report.why),
    }


def _isolation(broken: IsolationBroken) -> JSON:
    from emulator.trace.isolation_report import rights_words

    return {
        "who": broken.who,
        "kind": "missing" if broken.is_missing else "excess",
        "rights": rights_words(broken.rights),
        "privileged": broken.privileged,
        "start": word(broken.start),
        "size": broken.end - broken.start,
        "place": broken.place,
        "moment": broken.moment,
        "mpu": _mpu(broken.explanation, broken.labels),
    }


def word(value: int | None, digits: int = 8) -> str | None:
    """Return an address or a word as JSON has it."""
    return None if value is None else f"0x{value:0{digits}x}"


def _fault(fault: FaultReport) -> JSON:
    raised = fault.fault
    cause = raised.cause
    instruction = fault.instruction
    return {
        "headline": fault.headline,
        "cause": cause.name,
        "exception": exception_name(cause.exception),
        "raised": fault.raised or None,
        "escalation": fault.escalation or None,
        "follows": fault.follows or None,
        "taking": list(fault.taking),
        "words": cause.words,
        "manual": cause.section,
        "time": fault.time,
        "subject": fault.subject,
        "thread": fault.thread,
        "mode": fault.mode,
        "privileged": fault.privileged,
        "kernel_call": fault.kernel_call,
        "instruction": {
            "address": word(fault.pc),
            "bytes": instruction.bytes.hex() if instruction is not None else None,
            "text": instruction.text if instruction is not None else None,
        },
        "access": None
        if raised.access is None
        else {
            "kind": raised.access.name.lower(),
            "address": word(raised.address),
            "size": raised.size,
            "value": word(raised.value, 2 * min(max(raised.size, 1), 8)),
            "refused_address": word(fault.address),
        },
        "place": None
        if fault.place is None
        else {"title": fault.place.title, "lines": list(fault.place.lines), **fault.place.facts},
        "mpu": None if fault.explanation is None else _mpu(fault.explanation, fault.labels),
        "hints": list(fault.hints),
        "fault_registers": _status(fault.status),
        "registers": _registers(fault.registers),
        "backtrace": backtrace_object(fault.backtrace),
    }


def _mpu(explanation: Explanation, labels: dict[int, str]) -> JSON:
    return {
        "decision": explanation.decision.name.lower(),
        "sentence": explanation.describe(),
        "region": explanation.region,
        "explained_address": word(explanation.byte),
        "allowed": explanation.allowed,
        "default_map": {"range": explanation.default_range, "execute_never": explanation.default_xn},
        "regions": [
            {
                "region": row.region,
                "label": labels.get(row.region),
                "base": word(row.base),
                "size": row.size,
                "ap": row.ap,
                "permission": row.permission,
                "execute_never": row.xn,
                "srd": word(row.srd, 2),
                "memory": row.memory,
                "covers": row.covers,
                "disabled_subregion": row.disabled_subregion,
                "decided": row.decided,
            }
            for row in explanation.rows
        ],
    }


def _status(status: StatusWords) -> JSON:
    names = ("CFSR", "HFSR", "DFSR", "MMFAR", "BFAR", "SHCSR")
    return {**{name: word(getattr(status, name)) for name in names}, "set": list(status_bits(status))}


def _registers(registers: Registers) -> JSON:
    values = {f"r{number}": value for number, value in enumerate(registers.r)}
    values |= {"sp": registers.sp, "lr": registers.lr, "pc": registers.pc, "xpsr": registers.xpsr}
    values |= {"msp": registers.msp, "psp": registers.psp, "control": registers.control}
    values |= {name: getattr(registers, name) for name in ("primask", "basepri", "faultmask")}
    return {name: word(value) for name, value in values.items()}


def backtrace_object(trace: Backtrace) -> JSON:
    return {
        "frames": [_frame(frame) for frame in trace.frames],
        "omitted": trace.omitted,
        "omitted_before": trace.gap if trace.omitted else None,
        "unknown": trace.unknown or None,
    }


def _frame(frame: Frame) -> JSON:
    return {
        "pc": word(frame.pc),
        "symbol": frame.symbol,
        "offset": frame.offset if frame.symbol is not None else None,
        "function": frame.function or None,
        "file": frame.path or None,
        "line": frame.line or None,
        "inlined": frame.inlined,
        "interrupted_by": frame.exception or None,
        "guessed": frame.guessed,
        "relation": frame.relation or None,
        "data_object": frame.data or None,
    }


def _thread(thread: ThreadReport) -> JSON:
    state = thread.state
    return {
        "id": word(state.id),
        "name": state.name,
        "state": state.state,
        "executing": state.executing,
        "priority": state.priority,
        "wait": state.wait,
        "waits": list(state.waits),
        "stack": {"base": word(state.stack_base), "size": state.stack_size, "used": state.stack_used},
        "backtrace": None if thread.backtrace is None else backtrace_object(thread.backtrace),
    }
