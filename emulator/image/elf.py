"""Reads 32-bit little-endian ARM ELF executables: segments by physical address, symbols, notes, debug information.

Symbols are read at the first look-up, debug information (debug_info.py, through pyelftools) as well, and a program
whose symbols or debug information are damaged still runs.

Headers, notes and symbols are read with ``struct``. Headers and notes belong to the start of every run, whose time is
counted in milliseconds, and the file is not to be trusted yet: importing pyelftools alone takes 35 ms. The 12,000
symbols of a 3.5 MB program take pyelftools 170 ms, this module 9 ms. Tests compare the results with pyelftools.

Left out on purpose: relocation and dynamic linking, which no bare-metal executable needs. The entry address decides
nothing: a Cortex-M starts from its vector table.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from functools import cached_property

from emulator.annotations import TYPE_CHECKING
from emulator.debuginfo.source import CodeListing, Layout, SourceFrame, SourceLine, UnwindRow, Variable
from emulator.errors import ImageError
from emulator.image.build_attributes import ARMV6_M, ARMV7E_M, TAG_CPU_ARCH, foreign_architecture, read_attributes
from emulator.image.elf_tables import BUILD_REMEDY, ELF_MAGIC, REBUILD_REMEDY, SHN_XINDEX, ElfTables, ProgramHeader
from emulator.image.image import Image, Segment, Symbol, SymbolTable
from emulator.program_file import printable

if TYPE_CHECKING:
    from emulator.debuginfo.debug_index import DebugIndex
    from emulator.debuginfo.debug_info import DebugInfo

PT_LOAD = 1
PT_NOTE = 4
SHT_SYMTAB = 2
SHT_NOTE, SHT_NOBITS = 7, 8
SHT_ARM_ATTRIBUTES = 0x7000_0003
SHN_LORESERVE = 0xFF00
STB_LOCAL, STB_WEAK = 0, 2
SHF_ALLOC, SHF_EXECINSTR = 2, 4
LONGEST_COMMENT = 256
STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_COMMON, STT_GNU_IFUNC = 0, 1, 2, 5, 10
_NAMED_TYPES = frozenset({STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_COMMON, STT_GNU_IFUNC})

LARGEST_SEGMENT = 1 << 30
"""Bytes of one segment. The largest memory area of the ARMv7-M map is 1 GiB. [B3.1]"""

LARGEST_LOAD = 256 << 20
"""Bytes of all segments that come from the file."""

_SYM = struct.Struct("<IIIBBH")
_NHDR = struct.Struct("<3I")


def is_elf(data: bytes) -> bool:
    """Whether ``data`` begins as an ELF file does; a file cut inside the magic counts."""
    return data[:4] == ELF_MAGIC[: len(data)] if data else False


IndexOf = Callable[[bytes], "DebugIndex"]
"""Returns the index of what was read before of the debug information of a file with these contents."""


def read_elf(data: bytes, path: str | os.PathLike[str], index_of: IndexOf | None = None) -> Image:
    """Return the program in ``data``, the contents of the ELF file the user named ``path``.

    ``index_of`` is asked when debug information is first needed; the index gets what is then read.
    Raises ImageError with one line when it is not a linked, little-endian program for an ARMv7-M core, or damaged.
    """
    return _ElfFile(data, path, index_of).program()


def read_symbol_file(data: bytes, path: str | os.PathLike[str], index_of: IndexOf | None = None) -> Image:
    """Return the symbols and debug information of the ELF file in ``data``, which need not hold a program.

    A file of debug information only gives an image without segments. Otherwise raises ImageError like read_elf.
    """
    return _ElfFile(data, path, index_of).symbols_only()


class _ElfFile:
    """One file while it is read, and afterwards what its lazy look-ups need."""

    def __init__(self, data: bytes, path: str | os.PathLike[str], index_of: IndexOf | None) -> None:
        self._tables = ElfTables(data, path)
        self._index_of = index_of

    def program(self) -> Image:
        """Return the image to run."""
        headers = self._tables.program_headers()
        segments = self._segments(headers)
        self._check_architecture()
        image = self._image(segments, headers)
        entry = self._tables.header.entry
        if entry and not entry & 1 and not self._attributes:
            image.even_entry = entry
        return image

    def symbols_only(self) -> Image:
        """Return an image that need not have segments; damaged ones are left out."""
        self._check_architecture()
        try:
            segments = self._segments(self._tables.program_headers())
        except ImageError:
            segments = []
        return self._image(segments, [])

    def _check_architecture(self) -> None:
        foreign = foreign_architecture(self._attributes)
        if foreign is not None:
            raise self._tables.refusal(f"is built for {foreign}, not for ARMv7-M. {BUILD_REMEDY}")

    @cached_property
    def _attributes(self) -> dict[int, int]:
        for section in self._tables.sections:
            if section.type == SHT_ARM_ATTRIBUTES:
                return read_attributes(self._tables.data[section.offset : section.offset + min(section.size, 1 << 16)])
        return {}

    # -- segments ---------------------------------------------------------------------------------------------------

    def _segments(self, headers: list[ProgramHeader]) -> list[Segment]:
        loads = [header for header in headers if header.type == PT_LOAD and header.memsz]
        for load in (header for header in headers if header.type == PT_LOAD):
            self._check_load(load)
        if sum(load.filesz for load in loads) > LARGEST_LOAD:
            raise self._tables.refusal(
                f"loads more than {LARGEST_LOAD >> 20} MiB, too large for a program. {REBUILD_REMEDY}"
            )
        segments: list[Segment] = []
        for load in sorted(loads, key=lambda load: load.paddr):
            # Where the physical address is not the virtual one, start-up code copies the data and clears the rest at
            # the virtual address: the zeroed tail does not exist at the physical one.
            header = self._header_bytes(load)
            start, size = load.paddr + header, (load.memsz if load.paddr == load.vaddr else load.filesz) - header
            if size == 0:
                continue
            if segments and start < segments[-1].end:
                this = Segment(start, b"", size)
                raise self._tables.refusal(
                    f"has overlapping segments, {segments[-1]} and {this}. Check the linker script."
                )
            segments.append(Segment(start, self._tables.data[load.offset + header : load.offset + load.filesz], size))
        if not segments:
            raise self._tables.refusal(
                "has nothing to load: no PT_LOAD segment with contents. Check the linker script."
            )
        return segments

    def _header_bytes(self, load: ProgramHeader) -> int:
        """Return how many bytes of ``load`` are in front of its first section: the file's own header, and padding.

        Linkers put them there to keep file and memory aligned alike. They are no part of the program, and who writes
        a part's flash leaves them out: something else may be in that place. [D-324]
        """
        if load.offset:
            return 0
        kept = (s for s in self._tables.sections if s.flags & SHF_ALLOC and s.type != SHT_NOBITS and s.size)
        return min((section.offset for section in kept if section.offset < load.filesz), default=0)

    def _check_load(self, load: ProgramHeader) -> None:
        where = f"the segment at 0x{load.paddr:08x}"
        if load.filesz > load.memsz:
            raise self._tables.damaged(f"{where} has {load.filesz} bytes in the file but only {load.memsz} in memory")
        if load.memsz > LARGEST_SEGMENT:
            raise self._tables.refusal(
                f"asks for {load.memsz} bytes in {where}, more than any memory of a Cortex-M. Check the linker script."
            )
        if load.paddr + load.memsz > 1 << 32:
            raise self._tables.refusal(
                f"is linked past the end of the address space: {where}. Check the linker script."
            )
        if load.filesz and load.offset + load.filesz > len(self._tables.data):
            raise self._tables.truncated(where, load.offset + load.filesz)

    # -- symbols and notes ------------------------------------------------------------------------------------------

    def _image(self, segments: list[Segment], headers: list[ProgramHeader]) -> Image:
        symbols = SymbolTable(self._read_symbols)
        debug = _Debug(self._tables, symbols, self._index_of)
        return Image(
            self._tables.name,
            segments,
            symbols,
            dict(self._notes(headers)),
            debug.source_line,
            debug.unwind,
            debug.source_frames,
            self._tables.warnings,
            sections=self._tables.places,
            listing=lambda: debug.listing(self._data_in_code()),
            layouts=debug.layouts,
            variable=debug.variable,
            compiler=self._compiler,
            is_armv7em=self._attributes.get(TAG_CPU_ARCH) == ARMV7E_M,
            is_armv6m=self._attributes.get(TAG_CPU_ARCH) in ARMV6_M,
        )

    def _compiler(self) -> str:
        """Return the version that GCC wrote into ``.comment``: what is behind the vendor's words in parentheses."""
        first = self._tables.debug_section(".comment")[1][:LONGEST_COMMENT].partition(b"\0")[0]
        vendor, _, version = first.partition(b") ")
        return printable(version.decode("latin-1")) if vendor.startswith(b"GCC: (") else ""

    def _data_in_code(self) -> Iterator[tuple[int, int]]:
        """Yield the ranges that mapping symbols say hold data, in sections of code. [AAELF32, 5.5.5]"""
        table = next((s for s in self._tables.sections if s.type == SHT_SYMTAB), None)
        contents = None if table is None else self._tables.contents(table)
        if table is None or contents is None or table.link >= len(self._tables.sections):
            return
        names = self._tables.sections[table.link]
        marks = []
        for name_offset, value, _, info, _, index in _SYM.iter_unpack(contents[: len(contents) // 16 * 16]):
            if info != STT_NOTYPE or not 0 < index < len(self._tables.sections) or not 0 < name_offset < names.size:
                continue
            name = self._tables.data[names.offset + name_offset : names.offset + name_offset + 3]
            if name[:2] in (b"$t", b"$d") and name[2:3] in (b"\0", b".") and self._holds_code(index):
                marks.append((index, value, name[1:2] == b"d"))
        marks.sort()
        for number, (index, start, is_data) in enumerate(marks):
            if is_data:
                section = self._tables.sections[index]
                after = marks[number + 1] if number + 1 < len(marks) else (0, 0, False)
                yield start, after[1] if after[0] == index else section.addr + section.size

    def _notes(self, headers: list[ProgramHeader]) -> Iterator[tuple[tuple[str, int], bytes]]:
        areas = {(s.offset, s.size) for s in self._tables.sections if s.type == SHT_NOTE}
        areas |= {(h.offset, h.filesz) for h in headers if h.type == PT_NOTE}
        previous_end = 0
        for offset, size in sorted(areas):
            end = min(offset + size, len(self._tables.data))
            # Areas that overlap are read once, so the work stays in proportion to the file.
            position = max(offset, previous_end)
            previous_end = max(previous_end, end)
            while position + _NHDR.size <= end:
                name_size, description_size, note_type = _NHDR.unpack_from(self._tables.data, position)
                name = position + _NHDR.size
                description = name + (name_size + 3 & ~3)
                position = description + (description_size + 3 & ~3)
                if description + description_size > end:
                    break
                owner = self._tables.text(name, name + name_size)
                yield (owner, note_type), self._tables.data[description : description + description_size]

    def _read_symbols(self) -> list[Symbol]:
        """Return the named symbols that stand for addresses, global ones first: their names are unique."""
        table = next((s for s in self._tables.sections if s.type == SHT_SYMTAB), None)
        if table is None:
            return []
        contents = self._tables.contents(table)
        if (
            contents is None
            or table.link >= len(self._tables.sections)
            or self._tables.contents(self._tables.sections[table.link]) is None
        ):
            self._tables.warn("the symbol table is damaged; addresses have no names")
            return []
        names = self._tables.sections[table.link]
        global_symbols: list[Symbol] = []
        local_symbols: list[Symbol] = []
        for name_offset, value, size, info, _, index in _SYM.iter_unpack(contents[: len(contents) // 16 * 16]):
            kind = info & 15
            if not index or not name_offset or kind not in _NAMED_TYPES or name_offset >= names.size:
                continue
            name = self._tables.text(names.offset + name_offset, names.offset + names.size)
            if not name or name[0] == "$":
                continue  # $t, $a and $d mark code and data, they name nothing
            is_function = kind in (STT_FUNC, STT_GNU_IFUNC)
            address = value & ~1 if is_function else value
            reach = self._reach(address, index) if not size else None
            is_data = kind == STT_OBJECT or (not is_function and not self._holds_code(index))
            symbol = Symbol(name, address, size, is_function, reach, info >> 4 == STB_WEAK, is_data)
            (global_symbols if info >> 4 != STB_LOCAL else local_symbols).append(symbol)
        return global_symbols + local_symbols

    def _holds_code(self, index: int) -> bool:
        """Whether section ``index`` is executable; nothing is known of what is in none."""
        sections = self._tables.sections
        return index >= len(sections) or bool(sections[index].flags & SHF_EXECINSTR)

    def _reach(self, address: int, index: int) -> int | None:
        """Return how far a symbol of section ``index`` without a size can reach."""
        if index >= SHN_LORESERVE:
            return None if index == SHN_XINDEX else 0
        if index >= len(self._tables.sections):
            return None
        section = self._tables.sections[index]
        return max(0, section.addr + section.size - address)


class _Debug:
    """Puts off even the import of the readers of debug information until the first look-up."""

    def __init__(self, tables: ElfTables, symbols: SymbolTable, index_of: IndexOf | None) -> None:
        self._tables = tables
        self._index_of = index_of
        self._symbols = symbols

    @cached_property
    def _info(self) -> DebugInfo:
        from emulator.debuginfo.debug_index import DebugIndex
        from emulator.debuginfo.debug_info import DebugInfo

        index = self._index_of(self._tables.data) if self._index_of is not None else DebugIndex()
        return DebugInfo(self._tables.debug_section, self._tables.warn, self._code_at_zero, index)

    def _code_at_zero(self) -> bool:
        return any(symbol.is_function and symbol.address == 0 for symbol in self._symbols.symbols)

    def source_line(self, address: int) -> SourceLine | None:
        return self._info.source_line(address)

    def source_frames(self, address: int) -> list[SourceFrame]:
        """Return the chain; assembly code has lines but no named functions there, so its symbol stands in."""
        symbol = self._symbols.find(address)
        name = symbol.name if symbol else ""
        return [SourceFrame(f.function or name, f.path, f.line) for f in self._info.source_frames(address)]

    def unwind(self, address: int) -> UnwindRow | None:
        return self._info.unwind(address)

    def layouts(self, address: int, names: tuple[str, ...]) -> dict[str, Layout]:
        return self._info.layouts(address, names)

    def variable(self, address: int, name: str, offset: int) -> tuple[Variable, str] | None:
        return self._info.variable(address, name, offset)

    def listing(self, data: Iterator[tuple[int, int]]) -> CodeListing:
        return CodeListing(tuple(self._info.rows()), tuple(self._info.functions()), tuple(data))
