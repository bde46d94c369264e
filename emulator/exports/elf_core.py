"""A run's state as an ELF core file: memory, and the registers of every thread. [System V ABI, chapter 5]

The notes are those of Linux on ARM, which GDB reads for bare metal, too:

    CORE  NT_PRPSINFO   the program's name, which GDB compares with its executable's; none where it is too long
    CORE  NT_PRSTATUS   one a thread, with R0-R15 and xPSR; the first one is the thread that GDB selects
    LINUX NT_ARM_VFP    D0-D15 and FPSCR of the thread before it, where they are known
    GDB   NT_GDB_TDESC  the target description: without it GDB has no xpsr and ignores the FP registers
    V7M   NT_V7M        JSON, for v7m explain

Memory is what the buses lead to, aliases as further headers of the same bytes. Zeros are holes in the file where its
system has them. No state.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from emulator.annotations import NamedTuple, Protocol
from emulator.armv7m.core import Registers
from emulator.gdb.register_map import CORE, FLOAT, description
from emulator.records import dataclass

EM_ARM = 40
ET_CORE = 4
EF_ARM_EABI_VER5 = 0x0500_0000
PT_LOAD, PT_NOTE = 1, 4
PF_R, PF_W, PF_X = 4, 2, 1

NT_PRSTATUS, NT_PRPSINFO = 1, 3
NT_ARM_VFP = 0x400
NT_GDB_TDESC = 0xFF00_0000
NT_V7M = 1
V7M = "V7M"
FACTS_VERSION = 1
"""The version of the JSON in that note."""
SPECIAL = ("msp", "psp", "control", "primask", "basepri", "faultmask")
"""Registers of a thread that are in it, since the notes of ELF have no place for them."""

EHDR = struct.Struct("<16sHHIIIIIHHHHHH")
PHDR = struct.Struct("<8I")
NHDR = struct.Struct("<3I")
PRSTATUS = struct.Struct("<iii H2x II iiii 32x 18I i")
"""elf_prstatus: siginfo, cursig, sigpend, sighold, pid, ppid, pgrp, sid, times, the registers, fpvalid."""
PRPSINFO = struct.Struct("<bbbb I HH iiii 16s 80s")
VFP = struct.Struct("<32Q I")
"""D0-D31 and FPSCR; ARMv7-M has no D16-D31, they are zero."""
LONGEST_PROGRAM = 16
"""Characters that NT_PRPSINFO has room for. Of a longer name, cut short, GDB says that it is of another program."""

ALIGNMENT = 0x1000
CHUNK = 0x8000
"""Bytes that are a hole when all of them are zero."""
_ZEROS = bytes(CHUNK)
_START = 64

Piece = bytes | memoryview | int
"""A part of the file: its bytes, or how many zeros."""


class CoreThread(NamedTuple):
    """A thread, or an exception that is active, with the registers that it goes on with; GDB calls it LWP ``number``.

    ``has_fp``: S0-S31 and FPSCR are its own, too. ``name`` and ``state`` are for people; GDB's core files have none.
    """

    number: int
    name: str
    state: str
    registers: Registers
    has_fp: bool


class Memory(NamedTuple):
    """``data`` at ``address``, and at ``aliases``."""

    address: int
    data: memoryview
    aliases: tuple[int, ...] = ()
    is_writable: bool = True


@dataclass(frozen=True, slots=True)
class ElfCore:
    """The core file of a run.

    ``threads``: the one to look at first. ``signal``: what the program ended with, as Linux numbers them.
    ``program``: the name of its file. ``facts``: what v7m explain is to find, JSON.
    """

    threads: tuple[CoreThread, ...]
    memories: tuple[Memory, ...]
    signal: int
    program: str
    has_fpu: bool
    facts: bytes

    def pieces(self) -> Iterator[Piece]:
        """Yield the file from its beginning to its end."""
        notes = b"".join(self._notes())
        count = 1 + sum(1 + len(memory.aliases) for memory in self.memories)
        at = EHDR.size + PHDR.size * count
        headers = [PHDR.pack(PT_NOTE, at, 0, 0, len(notes), 0, PF_R, 4)]
        first = end = _aligned(at + len(notes))
        for memory in self.memories:
            size = len(memory.data)
            flags = PF_R | PF_X | (PF_W if memory.is_writable else 0)
            for address in (memory.address, *memory.aliases):
                headers.append(PHDR.pack(PT_LOAD, end, address, 0, size, size, flags, ALIGNMENT))
            end = _aligned(end + size)
        yield _file_header(count) + b"".join(headers) + notes
        yield first - at - len(notes)
        for memory in self.memories:
            yield from _parts(memory.data)
            yield _aligned(len(memory.data)) - len(memory.data)

    def _notes(self) -> Iterator[bytes]:
        program = self.program.encode()
        if len(program) <= LONGEST_PROGRAM:
            yield _note("CORE", NT_PRPSINFO, PRPSINFO.pack(*(0,) * 11, program, program))
        for thread in self.threads:
            yield _note("CORE", NT_PRSTATUS, _status(thread, self.signal))
            if thread.has_fp and self.has_fpu:
                yield _note("LINUX", NT_ARM_VFP, _float(thread.registers))
        yield _note("GDB", NT_GDB_TDESC, target_description(self.has_fpu))
        yield _note(V7M, NT_V7M, self.facts)


def target_description(has_fpu: bool) -> bytes:
    """Return the registers that the notes fill. m-system is none of them: GDB ends a backtrace where msp is unknown."""
    return description([("m-profile", CORE), *([("vfp", FLOAT)] if has_fpu else [])])


class CoreOutput(Protocol):
    """What a core file is written to."""

    def write(self, data: bytes | memoryview) -> None:
        """Write bytes."""

    def write_zeros(self, count: int) -> None:
        """Write zeros, or leave a hole."""


def write_core(core: ElfCore, output: CoreOutput) -> None:
    """Write the whole file to ``output``."""
    for piece in core.pieces():
        if isinstance(piece, int):
            output.write_zeros(piece)
        else:
            output.write(piece)


def core_bytes(core: ElfCore) -> bytes:
    """Return the whole file."""
    return b"".join(bytes(piece) if isinstance(piece, int) else piece for piece in core.pieces())


def _aligned(size: int) -> int:
    return size + ALIGNMENT - 1 & -ALIGNMENT


def _file_header(count: int) -> bytes:
    ident = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")  # 32 bits, little-endian
    return EHDR.pack(
        ident, ET_CORE, EM_ARM, 1, 0, EHDR.size, 0, EF_ARM_EABI_VER5, EHDR.size, PHDR.size, count, 0, 0, 0
    )  # fmt: skip


def _note(owner: str, kind: int, data: bytes) -> bytes:
    name = owner.encode() + b"\0"
    return NHDR.pack(len(name), len(data), kind) + _padded(name) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _status(thread: CoreThread, signal: int) -> bytes:
    words = [register.read(thread.registers) for register in CORE]
    return PRSTATUS.pack(signal, 0, 0, signal, 0, 0, thread.number, 0, 0, 0, *words, words[0], int(thread.has_fp))


def _float(registers: Registers) -> bytes:
    values = [register.read(registers) for register in FLOAT]
    return VFP.pack(*values[:16], *(0,) * 16, values[16])


def _parts(data: memoryview) -> Iterator[Piece]:
    """Yield memory as long pieces of bytes and of zeros."""
    start, size = 0, len(data)
    while start < size:
        end, is_empty = start, _is_zero(data, start)
        while end < size and _is_zero(data, end) == is_empty:
            end += CHUNK
        end = min(end, size)
        yield end - start if is_empty else data[start:end]
        start = end


def _is_zero(data: memoryview, start: int) -> bool:
    """Whether the chunk at ``start`` is all zeros; most that are not show it in their first bytes."""
    if data[start] or bytes(data[start : start + _START]).strip(b"\0"):
        return False
    chunk = bytes(data[start : start + CHUNK])
    return chunk == _ZEROS[: len(chunk)]
