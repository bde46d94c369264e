"""A comparison's result as text for people and as one JSON object. docs/compare.md describes both."""

from __future__ import annotations

import json
from collections.abc import Iterator

from emulator.annotations import Any
from emulator.armv7m.faults import CAUSES, exception_name
from emulator.compare.difference import Difference, Result, Row
from emulator.compare.here import Moment
from emulator.compare.known import KNOWN
from emulator.compare.lockstep import CORE_NAMES
from emulator.debuginfo.source import shown_source
from emulator.disasm import disassemble, disassemble_range
from emulator.errors import GuestAccessError
from emulator.machine.machine import Machine
from emulator.records import dataclass

SCHEMA_VERSION = 1
FOLLOWING = 6
"""Bytes of code that are shown behind the last instruction."""

_FLAGS = "NZCVQ"
_VALID = {"MMARVALID": ("CFSR", 7), "BFARVALID": ("CFSR", 15)}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared, and what came of it. ``machine`` is our side at the end."""

    program: str
    board: str
    result: Result
    machine: Machine


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One instruction: where it is, what it is, and whether it is the one after which the sides differed."""

    address: int
    text: str
    place: str
    is_last: bool


def headline(comparison: Comparison) -> str:
    """Say in one sentence what came of it."""
    result, difference = comparison.result, comparison.result.difference
    steps = f"{result.steps:,} step{'s' * (result.steps != 1)}"
    if difference is None:
        return f"{comparison.program} on {comparison.board}: no difference from QEMU in {steps}; {result.end}."
    at = "at the end" if difference.kind == "memory" else f"at step {difference.moment.number:,}"
    if difference.known:
        return (
            f"{comparison.program} on {comparison.board}: no difference from QEMU up to a known one "
            f"({difference.known}) {at}, which ends the comparison: {difference.words}."
        )
    return f"{comparison.program} on {comparison.board} differs from QEMU {at}: {difference.words}."


# -- what both forms show ----------------------------------------------------------------------------------------------


def _place(comparison: Comparison, address: int) -> str:
    image = comparison.machine.image
    symbol = image.symbols.find(address)
    line = image.source_line(address)
    name = image.symbols.describe(address) if symbol is not None else ""
    source = f"({shown_source(line.path)}:{line.line})" if line is not None else ""
    return " ".join(filter(None, (name, source)))


def code_lines(comparison: Comparison) -> list[CodeLine]:
    """Return the last steps in the order of execution, and the code that follows the last one."""
    moments = comparison.result.last
    lines = [_code_line(comparison, moment, moment is moments[-1]) for moment in moments]
    if moments:
        lines += _following(comparison, moments[-1])
    return lines


def _code_line(comparison: Comparison, moment: Moment, is_last: bool) -> CodeLine:
    text = disassemble(moment.code, moment.pc, moment.itstate).text or "(no memory)"
    if moment.entered and moment.fault is None and not moment.returned and moment.code[1:2] != b"\xdf":
        text = f"[{exception_name(moment.entered)} is taken]"
    elif moment.entered:
        text += f"  [{exception_name(moment.entered)}]"
    return CodeLine(moment.pc, text, _place(comparison, moment.pc), is_last)


def _following(comparison: Comparison, moment: Moment) -> Iterator[CodeLine]:
    size = len(disassemble(moment.code, moment.pc).bytes)
    start = moment.pc + size
    try:
        code = comparison.machine.peek(start, FOLLOWING)
    except GuestAccessError:
        return
    for instruction in disassemble_range(code, start)[:2]:
        yield CodeLine(instruction.address, instruction.text, _place(comparison, instruction.address), False)


def describe_value(name: str, value: int) -> str:
    """Say what the bits of a status register mean; an empty string for any other register."""
    if name == "xPSR":
        flags = "".join(flag if value >> 31 - n & 1 else "-" for n, flag in enumerate(_FLAGS))
        itstate = value >> 25 & 3 | value >> 8 & 0xFC
        parts = [flags, exception_name(value & 0x1FF)]
        parts += [f"IT 0x{itstate:02x}"] if itstate else []
        return " ".join(parts + ([] if value >> 24 & 1 else ["T clear"]))
    if name == "CONTROL":
        bits = ("nPRIV", "SPSEL", "FPCA")
        return " ".join(bit for n, bit in enumerate(bits) if value >> n & 1)
    bits_of = [(cause.name, cause.bit) for cause in CAUSES.values() if cause.register == name]
    bits_of += [(bit, position) for bit, (register, position) in _VALID.items() if register == name]
    return " ".join(bit for bit, position in bits_of if value >> position & 1)


# -- text --------------------------------------------------------------------------------------------------------------


def render_text(comparison: Comparison) -> str:
    """Return the result as lines of text, the last one ended too."""
    lines = [headline(comparison)]
    difference = comparison.result.difference
    if difference is not None:
        lines += ["", *_code_text(comparison), "", *_rows_text(difference)]
        if difference.kind != "memory":
            lines += ["", "  before that step, on both sides:", *_registers_text(difference.before)]
    lines += ["", *_counts_text(comparison.result)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _code_text(comparison: Comparison) -> Iterator[str]:
    lines = code_lines(comparison)
    width = max((len(line.text) for line in lines), default=0)
    for line in lines:
        yield f"  {'->' if line.is_last else '  '} {line.address:08x}  {line.text:<{width}}  {line.place}"


def _rows_text(difference: Difference) -> Iterator[str]:
    if not difference.rows:
        return
    width = max(8, *(len(row.name) for row in difference.rows))
    yield f"  {'':<{width}}  here        QEMU        before"
    for row in difference.rows:
        before = _before(difference, row)
        values = [_word(value) for value in (row.here, row.qemu, before) if value is not None]
        yield f"  {row.name:<{width}}  {'  '.join(values)}"
        meanings = [describe_value(row.name, value) for value in (row.here, row.qemu)]
        if any(meanings):
            yield f"  {'':<{width}}  {meanings[0] or 'nothing'} here, {meanings[1] or 'nothing'} on QEMU"
    if difference.agreed < difference.moment.number - 1 and difference.kind != "memory":
        yield f"  {'':<{width}}  last seen equal after step {difference.agreed:,}"


def _word(value: int) -> str:
    return f"0x{value:08x}"


def _before(difference: Difference, row: Row) -> int | None:
    return difference.before[CORE_NAMES.index(row.name)] if row.name in CORE_NAMES else None


def _registers_text(values: tuple[int, ...]) -> Iterator[str]:
    cells = [f"{name:>4} {value:08x}" for name, value in zip(CORE_NAMES, values, strict=True)]
    for start in range(0, len(cells), 6):
        yield "  " + "  ".join(cells[start : start + 6])


def _counts_text(result: Result) -> Iterator[str]:
    taken = [f"{exception_name(number)} {count:,}" for number, count in sorted(result.exceptions.items())]
    exceptions = f"; exceptions: {', '.join(taken)}" if taken else ""
    yield f"  {result.steps:,} step{'s' * (result.steps != 1)}{exceptions}"
    for identifier, entry in KNOWN.items():
        count = result.known[identifier]
        if count:
            yield f"  known difference {identifier}, {count:,} time{'s' * (count != 1)}: {entry.what}"


# -- JSON --------------------------------------------------------------------------------------------------------------


def render_json(comparison: Comparison, exit_status: int) -> str:
    """Return the result as indented JSON with a newline at its end. ``exit_status`` is what the command ends with."""
    return json.dumps(result_object(comparison, exit_status), indent=2) + "\n"


def result_object(comparison: Comparison, exit_status: int) -> dict[str, Any]:
    """Return the result as plain values: words of the machine are strings such as "0x20008000"."""
    result = comparison.result
    return {
        "schema_version": SCHEMA_VERSION,
        "program": comparison.program,
        "board": comparison.board,
        "exit_status": exit_status,
        "headline": headline(comparison),
        "steps": result.steps,
        "end": result.end,
        "exceptions": {exception_name(number): count for number, count in sorted(result.exceptions.items())},
        "known_differences": {name: result.known[name] for name in KNOWN if result.known[name]},
        "difference": _difference_object(comparison),
    }


def _difference_object(comparison: Comparison) -> dict[str, Any] | None:
    difference = comparison.result.difference
    if difference is None:
        return None
    return {
        "kind": difference.kind,
        "words": difference.words,
        "known": difference.known or None,
        "step": difference.moment.number,
        "last_equal_step": difference.agreed,
        "pc": _word(difference.moment.pc),
        "values": [{"name": row.name, "here": _word(row.here), "qemu": _word(row.qemu)} for row in difference.rows],
        "before": {name: _word(value) for name, value in zip(CORE_NAMES, difference.before, strict=True)},
        "code": [
            {"address": _word(line.address), "text": line.text, "place": line.place or None, "last": line.is_last}
            for line in code_lines(comparison)
        ],
    }
