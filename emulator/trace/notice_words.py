"""Notices of a run as sentences: what was done, where, when, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.mpu_explain import describe_size
from emulator.debuginfo.source import shown_source
from emulator.disasm import disassemble
from emulator.machine.machine import Machine
from emulator.machine.notices import READ_ONLY, Notice


def notice_lines(machine: Machine) -> list[str]:
    """Return a sentence, without a full stop, for each notice of ``machine``, in their order."""
    return list(_lines(machine))


def _lines(machine: Machine) -> Iterator[str]:
    for notice in machine.notices.all():
        yield _WORDS[notice.kind](machine, notice)
    left_out = machine.notices.left_out
    if left_out:
        yield f"there was more of that kind at other places, {left_out:,} times"


def _misaligned(machine: Machine, notice: Notice) -> str:
    region, written, base, size = notice.facts
    return (
        f"MPU region {region} begins at 0x{base:08x}, not at 0x{written:08x}, which is no multiple of its size "
        f"({describe_size(size)}): {_where(machine, notice.pc)} at {notice.time:,}"
    )


def _hole(machine: Machine, notice: Notice) -> str:
    region, start, size, opener = notice.facts
    return (
        f"MPU region {region} leaves the subregion at 0x{start:08x} ({describe_size(size)}) off, and region {opener} "
        f"gives the same rights there, so that it stays open: {_where(machine, notice.pc)} at {notice.time:,}"
    )


def _vtor(machine: Machine, notice: Notice) -> str:
    written, kept = notice.facts
    return (
        f"the vector table is at 0x{kept:08x}, not at 0x{written:08x}: VTOR has no bits below 7, and a table begins at "
        f"a multiple of its size: {_where(machine, notice.pc)} at {notice.time:,}"
    )


def _ignored(machine: Machine, notice: Notice) -> str:
    word = notice.facts[0]
    is_wide = word > 0xFFFF
    code = word.to_bytes(2, "little") if not is_wide else (word >> 16).to_bytes(2, "little")
    code += (word & 0xFFFF).to_bytes(2, "little") if is_wide else b""
    text = disassemble(code, notice.pc).text
    return f"{text} did nothing, as unprivileged code executed it: {_where(machine, notice.pc)} at {notice.time:,}"


def _svc_left(machine: Machine, notice: Notice) -> str:
    time, pc, before, now = notice.facts
    return (
        f"SVCall, whose stacking at 0x{before:08x} failed at {time:,}, was taken at {notice.time:,} on another stack "
        f"(0x{now:08x}), as if the code there had asked: the SVC is in {_where(machine, pc)}"
    )


def _read_only(machine: Machine, notice: Notice) -> str:
    address, size = notice.facts
    found = machine.image.symbols.find_object(address)
    inside = f" ({machine.image.symbols.describe(address)})" if found is not None else ""
    return (
        f"the store of {size} byte{'' if size == 1 else 's'} to 0x{address:08x}{inside} changed nothing, for that "
        f"memory is read-only: {_where(machine, notice.pc)} at {notice.time:,}"
    )


_WORDS = {
    "misaligned": _misaligned,
    "hole": _hole,
    "vtor": _vtor,
    "ignored": _ignored,
    "svc-left": _svc_left,
    READ_ONLY: _read_only,
}


def _where(machine: Machine, pc: int) -> str:
    line = machine.image.source_line(pc)
    place = machine.image.symbols.describe(pc)
    return f"{place} ({shown_source(line.path)}:{line.line})" if line is not None else place
