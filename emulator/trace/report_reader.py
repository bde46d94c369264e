"""A report back from its JSON: what v7m run printed of a run can be printed again, without the run.

The inverse of report_json.py, as far as the text needs it: floats and what only a running machine has stay empty. A
report may come from anywhere, so whatever does not fit is one ConfigError, and no text has control characters.
"""

from __future__ import annotations

import re

from emulator.annotations import Any
from emulator.armv7m.core import Registers
from emulator.armv7m.faults import CAUSES, MONITOR_BREAKPOINT, REQUESTS, SVC_REFUSED, Access, Fault, FaultCause
from emulator.armv7m.mpu_explain import Decision, Explanation, RegionRow
from emulator.armv7m.mpu_region import ACCESS_PERMISSIONS
from emulator.disasm import Instruction
from emulator.errors import ConfigError
from emulator.machine.fault_record import StatusWords
from emulator.machine.stop import IsolationBroken
from emulator.machine.story import LastSwitch, Place, ThreadState
from emulator.program_file import printable
from emulator.trace.backtrace import Backtrace, Frame
from emulator.trace.fault_report import FaultReport
from emulator.trace.foreign import ForeignPlace, ForeignReport, NeededShare
from emulator.trace.isolation_report import RIGHT_VERBS
from emulator.trace.outcome import Outcome
from emulator.trace.report import Report, ThreadReport
from emulator.trace.why import Why, WhyStep

JSON = dict[str, Any]

_WAYS = (*CAUSES.values(), SVC_REFUSED, MONITOR_BREAKPOINT, *REQUESTS.values())
_SPECIAL = ("msp", "psp", "control", "primask", "basepri", "faultmask", "lr", "pc", "xpsr")


def report_from(members: JSON, shown: str) -> Report:
    """Return the report that ``members`` are, of the version that report_json.py writes. Raises ConfigError.

    ``shown`` names the file in the error.
    """
    try:
        return _report(members)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise ConfigError(
            f"{shown} is a report of which a part makes no sense: {_words(error)}. Make it again."
        ) from None


def _words(error: Exception) -> str:
    return f"no {error.args[0]}" if isinstance(error, KeyError) else " ".join(str(error).split())[:60]


def _report(members: JSON) -> Report:
    fault, last, end = members["fault"], members["last_switch"], members["end"]
    return Report(
        program=_text(members["program"]),
        board=_text(members["board"]),
        personality=members["personality"],
        outcome=Outcome(members["outcome"]),
        headline=_text(members["headline"]),
        details=_texts(members["details"]),
        time=_number(members["time"]),
        instructions=_number(members["instructions"]),
        exit_code=members["guest_exit_code"],
        fault=None if fault is None else _fault(fault),
        between=tuple(map(_fault, members["faults_between"])),
        handler_fault=None if members["handler_fault"] is None else _fault(members["handler_fault"]),
        status=_status(end["fault_registers"]),
        registers=registers_from(end["registers"]),
        backtrace=_backtrace(end["backtrace"]),
        threads=tuple(map(_thread, members["threads"])),
        last_switch=None if last is None else _last_switch(last),
        warnings=_texts(members["warnings"]),
        isolation=None if members["isolation"] is None else _isolation(members["isolation"], members["time"]),
        foreign=None if members.get("foreign") is None else _foreign(members["foreign"]),
        why=None if members["why"] is None else _why(members["why"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return printable(value)


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(map(_text, values))


def _number(value: Any) -> int:
    if not isinstance(value, int):
        raise ValueError(f"{value!r} is no number")
    return value


def _word(value: Any) -> int:
    """Return what ``report_json.word`` wrote."""
    return int(_text(value), 16)


def _optional(value: Any) -> int | None:
    return None if value is None else _word(value)


def _foreign(members: JSON) -> ForeignReport:
    places = [
        ForeignPlace(
            _word(place["thread"]), _text(place["thread_name"]), _optional(place["owner"]), _text(place["owner_name"]),
            _text(place["access"]), _number(place["time"]), _word(place["pc"]), _word(place["address"]),
            _number(place["offset"]), _number(place["size"]), _number(place["exception"]), bool(place["overflow"]),
            _backtrace(place["backtrace"]), _number(place["count"]),
        )
        for place in members["places"]
    ]  # fmt: skip
    names = ("thread", "owner", "rights")
    shares = [NeededShare(*(_text(share[name]) for name in names)) for share in members["shares"]]
    unknown = tuple(map(_text, members["unknown"]))
    return ForeignReport(_text(members["mode"]), tuple(places), tuple(shares), _number(members["left_out"]), unknown)


def _isolation(members: JSON, time: Any) -> IsolationBroken:
    start = _word(members["start"])
    named = set(re.split(r", | and ", _text(members["rights"])))
    rights = sum(bit for bit, verb in RIGHT_VERBS if verb in named)
    if not rights:
        raise ValueError("an isolation without rights")
    privileged, mpu = bool(members["privileged"]), members["mpu"]
    return IsolationBroken(
        _number(time), _text(members["who"]), start, start + _number(members["size"]), rights, privileged,
        members["kind"] == "missing", _text(members["place"]), _text(members["moment"]),
        _explanation(mpu, Fault(CAUSES["DACCVIOL"]), privileged), _labels(mpu),
    )  # fmt: skip


def _last_switch(members: JSON) -> LastSwitch:
    return LastSwitch(
        _number(members["time"]), _text(members["outgoing"]), _text(members["outgoing_state"]), _text(members["heir"])
    )  # fmt: skip


def _why(members: JSON) -> Why:
    return Why(tuple(map(_why_step, members["steps"])), _number(members["within"]))


def _why_step(members: JSON) -> WhyStep:
    time, size = members["time"], members["size"]
    return WhyStep(
        kind=_text(members["kind"]),
        text=_text(members["text"]),
        time=None if time is None else _number(time),
        pc=_optional(members["pc"]),
        place=_text(members["place"] or ""),
        caller=_text(members["caller"] or ""),
        thread=_text(members["thread"] or ""),
        instruction=_text(members["instruction"] or ""),
        register=_text(members["register"] or ""),
        address=_optional(members["address"]),
        size=None if size is None else _number(size),
        object=_text(members["object"] or ""),
        value=_optional(members["value"]),
    )


# -- faults --------------------------------------------------------------------------------------------------------


def _fault(members: JSON) -> FaultReport:
    access, place, mpu = members["access"], members["place"], members["mpu"]
    fault = Fault(_cause(members))
    if access is not None:
        value = access["value"]
        kind, size = Access[_text(access["kind"]).upper()], _number(access["size"])
        fault = Fault(fault.cause, _optional(access["address"]), kind, size, _optional(value))
    return FaultReport(
        headline=_text(members["headline"]),
        fault=fault,
        time=_number(members["time"]),
        pc=_word(members["instruction"]["address"]),
        mode=_text(members["mode"]),
        privileged=bool(members["privileged"]),
        subject=_text(members["subject"]),
        thread=members["thread"],
        kernel_call=members["kernel_call"],
        instruction=_instruction(members["instruction"]),
        address=None if access is None else _optional(access["refused_address"]),
        place=None if place is None else _place(place),
        explanation=None if mpu is None else _explanation(mpu, fault, bool(members["privileged"])),
        labels={} if mpu is None else _labels(mpu),
        hints=_texts(members["hints"]),
        registers=registers_from(members["registers"]),
        backtrace=_backtrace(members["backtrace"]),
        status=_status(members["fault_registers"]),
        escalation=_text(members["escalation"] or ""),
        raised=_text(members["raised"] or ""),
        follows=_text(members["follows"] or ""),
        taking=_texts(members["taking"]),
    )


def _cause(members: JSON) -> FaultCause:
    named = [cause for cause in _WAYS if cause.name == members["cause"]]
    same = [cause for cause in named if cause.words == members["words"]]
    if not named:
        raise ValueError(f"{members['cause']!r} is no cause")
    return (same or named)[0]


def _instruction(members: JSON) -> Instruction | None:
    if members["text"] is None:
        return None
    mnemonic, _, operands = _text(members["text"]).partition(" ")
    raw = bytes.fromhex(members["bytes"])
    return Instruction(_word(members["address"]), len(raw), mnemonic, operands, raw)


def _place(members: JSON) -> Place:
    facts = {name: value for name, value in members.items() if name not in ("title", "lines")}
    return Place("", _text(members["title"]), _texts(members["lines"]), facts)


def _explanation(members: JSON, fault: Fault, privileged: bool) -> Explanation:
    default, rows = members["default_map"], tuple(map(_region, members["regions"]))
    if members["decision"] == Decision.REGION.name.lower() and not any(row.decided for row in rows):
        raise ValueError("no region decided")
    return Explanation(
        address=fault.address or 0,
        size=fault.size,
        access="" if fault.access is None else fault.access.name.lower(),
        privileged=privileged,
        byte=_word(members["explained_address"]),
        allowed=bool(members["allowed"]),
        decision=Decision[_text(members["decision"]).upper()],
        region=members["region"],
        default_range=_text(default["range"]),
        default_xn=bool(default["execute_never"]),
        rows=rows,
    )


def _region(members: JSON) -> RegionRow:
    ap = _number(members["ap"])
    if not 0 <= ap < len(ACCESS_PERMISSIONS):
        raise ValueError(f"{ap} is no AP")
    return RegionRow(
        region=_number(members["region"]),
        base=_word(members["base"]),
        size=_number(members["size"]),
        ap=ap,
        permission=_text(members["permission"]),
        xn=bool(members["execute_never"]),
        srd=_word(members["srd"]),
        memory=_text(members["memory"]),
        covers=bool(members["covers"]),
        disabled_subregion=members["disabled_subregion"],
        decided=bool(members["decided"]),
    )


def _labels(members: JSON) -> dict[int, str]:
    return {row["region"]: _text(row["label"]) for row in members["regions"] if row["label"] is not None}


# -- registers, calls, threads ---------------------------------------------------------------------------------------


def _status(members: JSON) -> StatusWords:
    return StatusWords(*(_word(members[name]) for name in ("CFSR", "HFSR", "DFSR", "MMFAR", "BFAR", "SHCSR")))


def registers_from(members: JSON) -> Registers:
    """Return core registers by their names in a report."""
    registers = Registers()
    registers.r = [_word(members[f"r{number}"]) for number in range(13)]
    for name in _SPECIAL:
        setattr(registers, name, _word(members[name]))
    registers.sp = _word(members["sp"])
    return registers


def _backtrace(members: JSON) -> Backtrace:
    frames = tuple(map(_frame, members["frames"]))
    gap = _number(members["omitted_before"] or 0)
    if gap > len(frames):
        raise ValueError("more frames are left out than there are")
    return Backtrace(frames, _number(members["omitted"]), gap, _text(members["unknown"] or ""))


def _frame(members: JSON) -> Frame:
    return Frame(
        pc=_word(members["pc"]),
        symbol=None if members["symbol"] is None else _text(members["symbol"]),
        offset=_number(members["offset"] or 0),
        function=_text(members["function"] or ""),
        path=_text(members["file"] or ""),
        line=_number(members["line"] or 0),
        inlined=bool(members["inlined"]),
        exception=_text(members["interrupted_by"] or ""),
        guessed=bool(members["guessed"]),
        relation=_text(members["relation"] or ""),
        data=_text(members["data_object"] or ""),
    )


def _thread(members: JSON) -> ThreadReport:
    stack, trace = members["stack"], members["backtrace"]
    state = ThreadState(
        _word(members["id"]), _text(members["name"]), _text(members["state"]), _word(stack["base"]),
        _number(stack["size"]), bool(members["executing"]), None, members["priority"], _texts(members["waits"]),
        members["wait"], None if stack["used"] is None else _number(stack["used"]),
    )  # fmt: skip
    return ThreadReport(state, None if trace is None else _backtrace(trace))
