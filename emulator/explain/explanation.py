"""v7m explain as a function: whatever tells of a fault in, its explanation out.

What a file is, its content says: an ELF core, a JSON report of v7m, or else the text of a fault dump.
"""

from __future__ import annotations

from hashlib import sha256

from emulator.annotations import Any, NamedTuple
from emulator.columns import ljust, width_of
from emulator.errors import ConfigError, GuestAccessError
from emulator.explain.core_reader import CoreFile, is_core, read_core
from emulator.explain.dump_text import read_dump
from emulator.explain.findings import Findings, add_value, canonical
from emulator.explain.story import Story
from emulator.image.elf import is_elf
from emulator.image.image import Image
from emulator.program_file import EVIDENCE, is_trace, printable, shown_path
from emulator.trace.backtrace import backtrace
from emulator.trace.call_lines import Paint, plain, plain_call_lines
from emulator.trace.report_diff import parse_report
from emulator.trace.report_reader import report_from
from emulator.trace.report_text import render_text

INDENT = "  "
_SYSTEM_REGISTERS = {
    "CFSR": 0xE000_ED28, "HFSR": 0xE000_ED2C, "DFSR": 0xE000_ED30, "MMFAR": 0xE000_ED34, "BFAR": 0xE000_ED38,
    "SHCSR": 0xE000_ED24,
}  # fmt: skip


class Evidence(NamedTuple):
    """A file that tells of a fault: its name for people, and its bytes."""

    name: str
    data: bytes


class Program(NamedTuple):
    """The program that faulted, and its file's name for people and contents."""

    name: str
    data: bytes
    image: Image


def is_program(data: bytes) -> bool:
    """Whether ``data`` is a program and not evidence."""
    return is_elf(data) and not is_core(data)


def explain(
    evidence: Evidence | None, values: list[tuple[str, int]], program: Program | None, paint: Paint = plain
) -> str:
    """Return what ``evidence`` or ``values`` (names and words), or both, say. Raises ConfigError, ImageError."""
    if evidence is None:
        findings = _with_values(Findings(), values)
        return _text(Story(findings, _image(program)).lines())
    shown = shown_path(evidence.name)
    if is_core(evidence.data):
        _refuse_values(values, shown)
        core = read_core(evidence.data, shown)
        return _own_core(core, shown, program, paint) if core.facts is not None else _other_core(core, shown, program)
    if is_trace(evidence.data):
        raise ConfigError(f"{shown} is a trace, which v7m diff and v7m export read. Give {EVIDENCE[0]}.")
    if evidence.data.lstrip()[:1] == b"{":
        _refuse_values(values, shown)
        return render_text(report_from(parse_report(evidence.data, shown), shown), paint)
    findings = _with_values(read_dump(evidence.data, shown), values)
    return _text(Story(findings, _image(program)).lines())


def _image(program: Program | None) -> Image | None:
    return None if program is None else program.image


def _text(lines: list[str]) -> str:
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _refuse_values(values: list[tuple[str, int]], shown: str) -> None:
    if values:
        raise ConfigError(
            f"{values[0][0]}={values[0][1]:#x}: {shown} has its registers. Give values alone, or with a text."
        )


def _with_values(findings: Findings, values: list[tuple[str, int]]) -> Findings:
    names = set()
    for name, word in values:
        known = canonical(name)
        if known is not None and known in names:
            raise ConfigError(f"{printable(name)}={word:#x}: {known} has a value already. Give it once.")
        names.add(known)
        if not add_value(findings, name, word):
            raise ConfigError(
                f"{printable(name)} is no register of ARMv7-M that is known here. Write CFSR=..., HFSR=..., pc=..., "
                "EXC_RETURN=..., RBAR0=..."
            )
    return findings


# -- core files ----------------------------------------------------------------------------------------------------


def _own_core(core: CoreFile, shown: str, program: Program | None, paint: Paint) -> str:
    """Return the report in a core file of ours, and its threads as GDB numbers them."""
    assert core.facts is not None
    report = report_from(_report_in(core.facts, shown), shown)
    lines = ["", f"{INDENT}threads of {shown}, as GDB numbers them"]
    rows = _rows(core.facts)
    names = [rows.get(str(thread.number), ("?", "")) for thread in core.threads]
    widths = [max(width_of(row[column]) for row in names) for column in (0, 1)]
    for thread, (name, state) in zip(core.threads, names, strict=True):
        place = "" if program is None else program.image.symbols.describe(thread.registers.pc)
        lines.append(
            f"{INDENT * 2}{thread.number:>5}  {ljust(name, widths[0])}  {ljust(state, widths[1])}  "
            f"0x{thread.registers.pc:08x}  {place}"
        )
    if program is not None:
        lines += _calls(core, program)
        if not _is_of(core.facts, program):
            lines += [
                "",
                f"{INDENT}{shown_path(program.name)} is not the program of {shown}, by its SHA-256: names may be wrong",
            ]
    return render_text(report, paint) + _text(lines)


def _report_in(facts: dict[str, Any], shown: str) -> dict[str, Any]:
    report = facts.get("report")
    if not isinstance(report, dict):
        raise ConfigError(f"{shown} has a V7M note without a report. Make it again.")
    from emulator.trace.report_json import SCHEMA_VERSION

    if report.get("schema_version") != SCHEMA_VERSION:
        raise ConfigError(f"{shown} holds a report of another version than {SCHEMA_VERSION}. Make it again.")
    return report


def _rows(facts: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the name and the state of each thread, by its number as text."""
    rows = facts.get("threads")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    words = [tuple(printable(str(row.get(name))) for name in ("number", "name", "state")) for row in found]
    return {number: (name, state) for number, name, state in words}


def _is_of(facts: dict[str, Any], program: Program) -> bool:
    files = facts.get("files")
    known = [file.get("sha256") for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    return sha256(program.data).hexdigest() in known


def _other_core(core: CoreFile, shown: str, program: Program | None) -> str:
    """Return what another tool's core file says: its first thread, the fault registers if it has them, the calls."""
    findings = Findings(titles=[f"a core file of {core.program or 'a program without a name'}"])
    registers = core.threads[0].registers
    for number, value in enumerate(registers.r):
        findings.set(f"r{number}", value)
    for name in ("sp", "lr", "pc"):
        findings.set(name, getattr(registers, name))
    findings.set("xPSR", registers.xpsr)
    for name, address in _SYSTEM_REGISTERS.items():
        try:
            findings.set(name, int.from_bytes(core.peek(address, 4), "little"))
        except GuestAccessError:
            continue
    lines = Story(findings, _image(program), core.peek).lines()
    if program is not None and len(core.threads) > 1:
        lines += _calls(core, program)
    return _text(lines)


def _calls(core: CoreFile, program: Program) -> list[str]:
    """Return the calls of every thread but the first, which is told of already."""

    def peek(address: int, size: int) -> bytes:
        try:
            return core.peek(address, size)
        except GuestAccessError:
            found = program.image.bytes_at(address, size)
            if found is None:
                raise
            return found

    lines = []
    for thread in core.threads[1:]:
        lines += ["", f"{INDENT}thread {thread.number}"]
        lines += [f"{INDENT}{line}" for line in plain_call_lines(backtrace(thread.registers, program.image, peek))]
    return lines
