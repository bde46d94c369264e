"""Reads an ELF core file of an ARM core: ours (exports/elf_core.py), or another tool's as far as it has the same notes.

Whatever the file says is compared with its size before it is used. Memory stays in the file's bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator

from emulator.annotations import Any, NamedTuple
from emulator.armv7m.core import CONTROL_SPSEL, Registers
from emulator.errors import ConfigError, GuestAccessError, ImageError
from emulator.exports import elf_core
from emulator.exports.elf_core import EHDR, NHDR, PHDR, SPECIAL
from emulator.image.elf import is_elf
from emulator.program_file import printable
from emulator.records import dataclass, field

REMEDY = "Make it again, or copy it whole."
MOST_THREADS = 4096
_TYPE = 16
"""Where e_type is in the header."""
_NUMBER, _WORDS, _LEAST = 24, 72, 140
"""In NT_PRSTATUS: where the thread's number and its registers are, and how much holds both."""


class FoundThread(NamedTuple):
    """A thread as the notes have it: ``number`` is what GDB calls it."""

    number: int
    registers: Registers


@dataclass(slots=True)
class CoreFile:
    """What a core file holds. ``facts`` is the JSON of our note, None where another tool wrote the file.

    ``program`` is the name of the program's file, '' where the core has none; ``loads`` are (address, offset, size).
    """

    data: bytes
    threads: list[FoundThread] = field(default_factory=list)
    loads: list[tuple[int, int, int]] = field(default_factory=list)
    program: str = ""
    facts: dict[str, Any] | None = None

    def peek(self, address: int, size: int) -> bytes:
        """Return ``size`` bytes of memory. Raises GuestAccessError where the core has none."""
        for start, offset, length in self.loads:
            if start <= address and address + size <= start + length:
                place = offset + address - start
                return self.data[place : place + size]
        raise GuestAccessError(f"the core has no memory at 0x{address:08x}")


def is_core(data: bytes) -> bool:
    """Whether ``data`` is an ELF core file, of whatever machine."""
    return is_elf(data) and data[_TYPE : _TYPE + 2] in (b"\x04\0", b"\0\x04")


def read_core(data: bytes, shown: str) -> CoreFile:
    """Return what the core file ``data`` holds; ``shown`` names it. Raises ImageError."""
    if len(data) < EHDR.size:
        raise ImageError(f"{shown} is cut short: it ends within the header of a core file. {REMEDY}")
    if data[4:6] != b"\x01\x01":
        raise ImageError(f"{shown} is a core file, but not of a 32-bit little-endian machine. Give one of a Cortex-M.")
    header = EHDR.unpack_from(data)
    if header[2] != elf_core.EM_ARM:
        raise ImageError(f"{shown} is a core file of another machine than ARM. Give one of a Cortex-M.")
    core = CoreFile(data)
    for kind, offset, address, _, size, _, _, _ in _program_headers(data, header, shown):
        if offset + size > len(data):
            raise ImageError(f"{shown} is cut short: {len(data):,} of {offset + size:,} bytes. {REMEDY}")
        if kind == elf_core.PT_LOAD:
            core.loads.append((address, offset, size))
        elif kind == elf_core.PT_NOTE:
            for owner, note, body in _notes(data[offset : offset + size], shown):
                _take(core, owner, note, body, shown)
    if not core.threads:
        raise ImageError(f"{shown} is a core file without a thread. Give one that has NT_PRSTATUS notes.")
    _add_special(core)
    return core


def _program_headers(data: bytes, header: tuple[Any, ...], shown: str) -> Iterator[tuple[int, ...]]:
    start, size, count = header[5], header[9], header[10]
    if count and (size != PHDR.size or start + count * size > len(data)):
        raise ImageError(f"{shown} is cut short, or is no core file: its program headers are not in it. {REMEDY}")
    for index in range(count):
        yield PHDR.unpack_from(data, start + index * size)


def _notes(data: bytes, shown: str) -> Iterator[tuple[str, int, bytes]]:
    """Yield (owner, type, body) of each note."""
    at = 0
    while at + NHDR.size <= len(data):
        name_size, size, kind = NHDR.unpack_from(data, at)
        name = at + NHDR.size
        body = name + (name_size + 3 & -4)
        if body + size > len(data):
            raise ImageError(f"{shown} is damaged: a note goes beyond the others. {REMEDY}")
        yield data[name : name + name_size].rstrip(b"\0").decode("latin-1"), kind, data[body : body + size]
        at = body + (size + 3 & -4)


def _take(core: CoreFile, owner: str, kind: int, body: bytes, shown: str) -> None:
    if owner == "CORE" and kind == elf_core.NT_PRSTATUS:
        if len(body) < _LEAST or len(core.threads) >= MOST_THREADS:
            raise ImageError(f"{shown} is damaged: its threads are not an ARM core's. {REMEDY}")
        core.threads.append(_thread(body))
    elif owner == "CORE" and kind == elf_core.NT_PRPSINFO and len(body) >= elf_core.PRPSINFO.size:
        name = elf_core.PRPSINFO.unpack_from(body)[-2]
        core.program = printable(name.partition(b"\0")[0].decode("utf-8", "replace"))
    elif owner == "LINUX" and kind == elf_core.NT_ARM_VFP and core.threads and len(body) == elf_core.VFP.size:
        registers = core.threads[-1].registers
        *doubles, registers.fpscr = elf_core.VFP.unpack(body)
        registers.s = [half for double in doubles[:16] for half in (double & 0xFFFF_FFFF, double >> 32)]
    elif owner == elf_core.V7M and kind == elf_core.NT_V7M:
        core.facts = _facts(body, shown)


def _thread(body: bytes) -> FoundThread:
    words = struct.unpack_from("<17I", body, _WORDS)
    registers = Registers()
    registers.r = list(words[:13])
    registers.xpsr = words[16]
    registers.lr, registers.pc = words[14], words[15] & ~1
    registers.msp = registers.psp = words[13]
    return FoundThread(int.from_bytes(body[_NUMBER : _NUMBER + 4], "little"), registers)


def _facts(body: bytes, shown: str) -> dict[str, Any]:
    try:
        facts = json.loads(body)
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict) or facts.get("schema_version") != elf_core.FACTS_VERSION:
        raise ConfigError(f"{shown} has a V7M note that this version does not read. Make it again.")
    return facts


def _add_special(core: CoreFile) -> None:
    """Give the threads the registers that our note has of them."""
    rows = core.facts.get("threads") if core.facts is not None else None
    if not isinstance(rows, list):
        return
    special = {str(row.get("number")): row for row in rows if isinstance(row, dict)}
    for thread in core.threads:
        row, sp = special.get(str(thread.number)), thread.registers.msp
        for name in SPECIAL:
            text = row.get(name) if row is not None else None
            if isinstance(text, str) and text.startswith("0x") and len(text) == 10:
                try:
                    setattr(thread.registers, name, int(text, 16))
                except ValueError:
                    continue
        if thread.registers.sp != sp:  # a note that does not fit: what ELF says counts
            thread.registers.control &= ~CONTROL_SPSEL
            thread.registers.msp = sp
