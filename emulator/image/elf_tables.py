"""The tables of an ELF file: its header, program headers and sections, checked against the file's size.

[System V ABI, chapters 4 and 5; ELF for the Arm Architecture] They are read with ``struct`` from the file's bytes: the
start of a run depends on it, and every offset and count is compared with the file's size before it is used, so time and
memory are bounded by that size whatever the headers say.
"""

from __future__ import annotations

import os
import struct
from functools import cached_property

from emulator.annotations import NamedTuple
from emulator.errors import ImageError
from emulator.program_file import base_name, printable, shown_path

ELF_MAGIC = b"\x7fELF"
BUILD_REMEDY = "Build it with arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb."
REBUILD_REMEDY = "Build or copy it again."

EM_ARM = 40
ET_EXEC = 2
SHT_NOBITS = 8
SHF_ALLOC = 2
SHF_COMPRESSED = 0x800
SHN_XINDEX = 0xFFFF
PN_XNUM = 0xFFFF

LONGEST_NAME = 1024
"""Bytes of a symbol's, section's or note owner's name that are kept."""

LARGEST_DEBUG_SECTION = 64 << 20
"""Bytes of a debug section, after decompression."""

_EHDR = struct.Struct("<16sHHIIIIIHHHHHH")
_PHDR = struct.Struct("<8I")
_SHDR = struct.Struct("<10I")
_CHDR = struct.Struct("<3I")

MACHINE_NAMES = {
    2: "SPARC",
    3: "x86 (32-bit)",
    4: "Motorola 68000",
    8: "MIPS",
    20: "PowerPC",
    21: "64-bit PowerPC",
    22: "IBM S/390",
    42: "SuperH",
    43: "64-bit SPARC",
    62: "x86-64",
    83: "AVR",
    93: "ARC",
    94: "Xtensa",
    105: "MSP430",
    183: "64-bit ARM (AArch64)",
    195: "ARC",
    243: "RISC-V",
    247: "BPF",
    258: "LoongArch",
}
"""Names of e_machine values, for the refusal."""

_TYPE_REFUSALS = {
    0: "has no ELF type. " + BUILD_REMEDY,
    1: "is an object file that is not linked yet. Link it into an executable with arm-none-eabi-gcc.",
    3: "is a shared object or position-independent. Link it at fixed addresses (-no-pie, no -shared).",
    4: "is a core dump, not a program. Give the executable that left it.",
}


class Header(NamedTuple):
    """The ELF header (Elf32_Ehdr)."""

    ident: bytes
    type: int
    machine: int
    version: int
    entry: int
    phoff: int
    shoff: int
    flags: int
    ehsize: int
    phentsize: int
    phnum: int
    shentsize: int
    shnum: int
    shstrndx: int


class ProgramHeader(NamedTuple):
    """A program header (Elf32_Phdr)."""

    type: int
    offset: int
    vaddr: int
    paddr: int
    filesz: int
    memsz: int
    flags: int
    align: int


class Section(NamedTuple):
    """A section header (Elf32_Shdr). ``name`` is an offset in the section name table."""

    name: int
    type: int
    flags: int
    addr: int
    offset: int
    size: int
    link: int
    info: int
    addralign: int
    entsize: int


class ElfTables:
    """The tables of one file of the user. The constructor raises ImageError unless it is an ELF executable for ARM."""

    def __init__(self, data: bytes, path: str | os.PathLike[str]) -> None:
        self.data = data
        self.name = base_name(path)
        self.warnings: list[str] = []
        self._shown = shown_path(path)
        self.header = self._checked_header()
        self.sections = self._read_sections()

    # -- what is wrong with it --------------------------------------------------------------------------------------

    def refusal(self, what: str) -> ImageError:
        """Return the error "<file> <what>"."""
        return ImageError(f"{self._shown} {what}")

    def truncated(self, part: str, end: int) -> ImageError:
        """Return the error for a ``part`` that ends at byte ``end``, beyond the file."""
        size = len(self.data)
        return self.refusal(f"is truncated: {part} ends at byte {end}, the file at {size}. {REBUILD_REMEDY}")

    def damaged(self, what: str) -> ImageError:
        """Return the error for contents that no linker writes."""
        return self.refusal(f"is damaged: {what}. {REBUILD_REMEDY}")

    def warn(self, what: str) -> None:
        """Note once that something of the file is unusable."""
        line = f"{self.name}: {what}"
        if line not in self.warnings:
            self.warnings.append(line)

    # -- headers ----------------------------------------------------------------------------------------------------

    def _checked_header(self) -> Header:
        data = self.data
        if len(data) < 20:
            raise self.truncated("its ELF header", _EHDR.size)
        elf_class, encoding = data[4], data[5]
        if encoding not in (1, 2) or elf_class not in (1, 2):
            raise self.damaged(f"its ELF identification says class {elf_class}, data encoding {encoding}")
        machine = int.from_bytes(data[18:20], "little" if encoding == 1 else "big")
        if machine != EM_ARM:
            name = MACHINE_NAMES.get(machine, f"machine number {machine}")
            raise self.refusal(f"is for {name}, not for ARM. {BUILD_REMEDY}")
        if elf_class == 2:
            raise self.refusal(f"is a 64-bit ELF file; a Cortex-M program is 32-bit. {BUILD_REMEDY}")
        if encoding == 2:
            raise self.refusal(f"is big-endian; only little-endian programs run here. {BUILD_REMEDY}")
        if len(data) < _EHDR.size:
            raise self.truncated("its ELF header", _EHDR.size)
        header = Header(*_EHDR.unpack_from(data))
        if header.version != 1:
            raise self.damaged(f"its ELF version is {header.version}, not 1")
        if header.type != ET_EXEC:
            what = _TYPE_REFUSALS.get(header.type, f"has ELF type {header.type}, not an executable's. {BUILD_REMEDY}")
            raise self.refusal(what)
        return header

    def program_headers(self) -> list[ProgramHeader]:
        """Return the program headers, at least one. Raises ImageError."""
        header, data = self.header, self.data
        count = header.phnum
        if count == PN_XNUM and self.sections:
            count = self.sections[0].info
        if count == 0:
            raise self.refusal("has nothing to load: no program headers. Link it into an executable.")
        if header.phentsize != _PHDR.size:
            raise self.damaged(f"its program headers are {header.phentsize} bytes each, not {_PHDR.size}")
        end = header.phoff + count * _PHDR.size
        if end > len(data):
            raise self.truncated("its program header table", end)
        return [ProgramHeader(*fields) for fields in _PHDR.iter_unpack(data[header.phoff : end])]

    # -- sections ---------------------------------------------------------------------------------------------------

    def _read_sections(self) -> list[Section]:
        header, data = self.header, self.data
        if header.shoff == 0:
            return []
        if header.shentsize != _SHDR.size:
            raise self.damaged(f"its section headers are {header.shentsize} bytes each, not {_SHDR.size}")
        if header.shoff + _SHDR.size > len(data):
            raise self.truncated("its section header table", header.shoff + max(header.shnum, 1) * _SHDR.size)
        # A count that does not fit the header is in the first section header.
        count = header.shnum or Section(*_SHDR.unpack_from(data, header.shoff)).size
        end = header.shoff + count * _SHDR.size
        if end > len(data):
            raise self.truncated("its section header table", end)
        return [Section(*fields) for fields in _SHDR.iter_unpack(data[header.shoff : end])]

    def contents(self, section: Section) -> bytes | None:
        """Return the bytes of ``section``; None when it has none in the file or lies outside it."""
        if section.type == SHT_NOBITS or section.offset + section.size > len(self.data):
            return None
        return self.data[section.offset : section.offset + section.size]

    def text(self, offset: int, end: int) -> str:
        """Return the name at ``offset`` of the file, which ends before ``end``."""
        if not 0 <= offset < end:
            return ""
        limit = min(end, offset + LONGEST_NAME)
        stop = self.data.find(0, offset, limit)
        return printable(self.data[offset : stop if stop >= 0 else limit].decode(errors="backslashreplace"))

    @cached_property
    def _by_name(self) -> dict[str, Section]:
        """The sections by name."""
        index = self.header.shstrndx
        if index == SHN_XINDEX and self.sections:
            index = self.sections[0].link
        if index >= len(self.sections):
            return {}
        names = self.sections[index]
        end = min(names.offset + names.size, len(self.data))
        found: dict[str, Section] = {}
        for section in self.sections:
            if section.name < names.size:
                found.setdefault(self.text(names.offset + section.name, end), section)
        return found

    def places(self) -> dict[str, tuple[int, int]]:
        """Return (address, size) of each section that the program has in memory."""
        return {name: (s.addr, s.size) for name, s in self._by_name.items() if s.flags & SHF_ALLOC}

    def debug_section(self, name: str) -> tuple[int, bytes]:
        """Return (address, contents) of the section ``name``, decompressed; (0, b"") when absent or unusable."""
        section = self._by_name.get(name)
        compressed_name = ".z" + name[1:]
        legacy = section is None and compressed_name in self._by_name
        if legacy:
            section = self._by_name[compressed_name]
        if section is None or section.type == SHT_NOBITS:
            return 0, b""
        contents = self.contents(section)
        if contents is None:
            self.warn(f"section {name} lies outside the file")
            return 0, b""
        if len(contents) > LARGEST_DEBUG_SECTION:
            self.warn(f"section {name} is larger than {LARGEST_DEBUG_SECTION >> 20} MiB and is not read")
            return 0, b""
        if legacy or section.flags & SHF_COMPRESSED:
            contents = self._decompressed(name, contents, legacy)
        return section.addr, contents

    def _decompressed(self, name: str, contents: bytes, legacy: bool) -> bytes:
        from emulator.image.section_compression import (  # only compressed debug information needs it
            ZLIB,
            NoUnpacker,
            unpack,
        )

        try:
            if legacy:  # "ZLIB" and the size as 8 bytes, the convention before the ABI had one
                kind, size, start = ZLIB, int.from_bytes(contents[4:12], "big"), 12
            else:
                kind, size, _ = _CHDR.unpack_from(contents)
                start = 12
            if size <= LARGEST_DEBUG_SECTION:
                return unpack(kind, contents[start:], size)
        except NoUnpacker as error:
            self.warn(str(error))
            return b""
        except (struct.error, ValueError):
            pass
        self.warn(f"section {name} is compressed in a way that cannot be read")
        return b""
