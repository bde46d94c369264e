"""Builds ELF files byte by byte, right and wrong ones, without a compiler. [System V ABI, chapters 4 and 5]

Nothing here uses the code under test. Every field of the headers can be replaced after the layout is done.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

EHDR = "<16sHHIIIIIHHHHHH"
EHDR_FIELDS = (
    *("ident", "type", "machine", "version", "entry", "phoff", "shoff"),
    *("flags", "ehsize", "phentsize", "phnum", "shentsize", "shnum", "shstrndx"),
)
PT_LOAD, PT_NOTE = 1, 4
SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_NOTE, SHT_NOBITS, SHT_ARM_ATTRIBUTES = 1, 2, 3, 7, 8, 0x7000_0003
SHF_COMPRESSED = 0x800
LOCAL, GLOBAL, WEAK = 0, 1, 2
NOTYPE, OBJECT, FUNC, SECTION, FILE = 0, 1, 2, 3, 4
SHN_ABS = 0xFFF1


@dataclass
class Load:
    """A PT_LOAD segment; ``vaddr`` and ``memsz`` follow from the others when None."""

    paddr: int
    data: bytes = b""
    memsz: int | None = None
    vaddr: int | None = None
    filesz: int | None = None
    offset: int | None = None


@dataclass
class Section:
    """A section; ``address`` and ``size`` are what its header says (size None: that of the data)."""

    name: str
    data: bytes = b""
    type: int = SHT_PROGBITS
    flags: int = 0
    address: int = 0
    size: int | None = None


@dataclass
class Sym:
    """An entry of .symtab. ``section`` is an index, 1 for the first of ElfBuilder.sections."""

    name: str
    value: int
    size: int = 0
    type: int = FUNC
    bind: int = GLOBAL
    section: int = 1


@dataclass
class ElfBuilder:
    """A whole file. ``patches`` replaces fields of the ELF header by name."""

    loads: list[Load] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    symbols: list[Sym] = field(default_factory=list)
    notes: list[tuple[str, int, bytes]] = field(default_factory=list)
    note_segment: bool = False
    patches: dict[str, int | bytes] = field(default_factory=dict)

    def build(self) -> bytes:
        """Return the file: ELF header, program headers, contents, section headers."""
        count = len(self.loads) + self.note_segment
        body = bytearray()
        start = 52 + 32 * count

        def place(data: bytes) -> int:
            body.extend(b"\0" * (-len(body) % 4))
            offset = start + len(body)
            body.extend(data)
            return offset

        programs = b""
        for load in self.loads:
            offset = place(load.data) if load.offset is None else load.offset
            filesz = len(load.data) if load.filesz is None else load.filesz
            memsz = len(load.data) if load.memsz is None else load.memsz
            vaddr = load.paddr if load.vaddr is None else load.vaddr
            programs += struct.pack("<8I", PT_LOAD, offset, vaddr, load.paddr, filesz, memsz, 7, 4)
        notes = b"".join(build_note(*note) for note in self.notes)
        if self.note_segment:
            programs += struct.pack("<8I", PT_NOTE, place(notes), 0, 0, len(notes), len(notes), 4, 4)
        sections = list(self.sections)
        if notes and not self.note_segment:
            sections.append(Section(".note", notes, SHT_NOTE))
        links = {}
        if self.symbols:
            strings, entries = self._symbol_table()
            links[len(sections) + 1] = len(sections) + 2
            sections += [Section(".symtab", entries, SHT_SYMTAB), Section(".strtab", strings, SHT_STRTAB)]
        headers = self._section_headers(sections, links, place) if sections else b""
        count_of_sections = len(headers) // 40
        header: dict[str, int | bytes] = {
            "ident": b"\x7fELF\x01\x01\x01".ljust(16, b"\0"),
            "type": 2,
            "machine": 40,
            "version": 1,
            "entry": 0,
            "phoff": 52 if count else 0,
            "shoff": place(headers) if headers else 0,
            "flags": 0x0500_0000,
            "ehsize": 52,
            "phentsize": 32,
            "phnum": count,
            "shentsize": 40,
            "shnum": count_of_sections,
            "shstrndx": max(count_of_sections - 1, 0),
        }
        header.update(self.patches)
        return struct.pack(EHDR, *(header[name] for name in EHDR_FIELDS)) + programs + bytes(body)

    def _symbol_table(self) -> tuple[bytes, bytes]:
        strings, entries = b"\0", bytes(16)
        for symbol in self.symbols:
            info = symbol.bind << 4 | symbol.type
            entries += struct.pack("<IIIBBH", len(strings), symbol.value, symbol.size, info, 0, symbol.section)
            strings += symbol.name.encode() + b"\0"
        return strings, entries

    @staticmethod
    def _section_headers(sections: list[Section], links: dict[int, int], place) -> bytes:
        names = b"\0"
        headers = bytes(40)
        for index, section in enumerate([*sections, Section(".shstrtab", type=SHT_STRTAB)], 1):
            name = len(names)
            names += section.name.encode() + b"\0"
            data = names if section.name == ".shstrtab" else section.data
            size = len(data) if section.size is None else section.size
            offset = place(b"" if section.type == SHT_NOBITS else data)
            headers += struct.pack(
                "<10I", name, section.type, section.flags, section.address, offset, size, links.get(index, 0), 0, 1,
                16 if section.type == SHT_SYMTAB else 0,
            )  # fmt: skip
        return headers


def build_note(owner: str, kind: int, description: bytes) -> bytes:
    """Return one ELF note."""
    name = owner.encode() + b"\0"
    head = struct.pack("<3I", len(name), len(description), kind)
    return head + name + b"\0" * (-len(name) % 4) + description + b"\0" * (-len(description) % 4)


def arm_attributes(architecture: int, profile: str = "", cpu_name: str = "x") -> Section:
    """Return a .ARM.attributes section with Tag_CPU_name, Tag_CPU_arch and, when given, Tag_CPU_arch_profile."""
    attributes = b"\x05" + cpu_name.encode() + b"\0" + bytes([6, architecture])
    if profile:
        attributes += bytes([7, ord(profile)])
    file_scope = b"\x01" + struct.pack("<I", len(attributes) + 5) + attributes
    vendor = b"aeabi\0" + file_scope
    return Section(".ARM.attributes", b"A" + struct.pack("<I", len(vendor) + 4) + vendor, SHT_ARM_ATTRIBUTES)


def vector_table(stack: int = 0x2000_1000, reset: int = 0x9, code: bytes = b"\xfe\xe7") -> bytes:
    """Return an initial stack pointer, a reset vector and ``code`` at offset 8 (the default: a branch to itself)."""
    return struct.pack("<II", stack, reset) + code


def cortex_m_program() -> ElfBuilder:
    """Return a small program with a bit of everything: code, data, .bss, symbols, notes, attributes."""
    code = vector_table(code=bytes.fromhex("08b5002000f001f808bd7047"))
    return ElfBuilder(
        loads=[
            Load(0, code),
            Load(len(code), b"data", vaddr=0x2000_0000, memsz=0x104),
            Load(0x2000_0200, b"", memsz=64),
        ],
        sections=[
            Section(".text", code, address=0),
            Section(".data", b"data", address=0x2000_0000),
            arm_attributes(13, "M"),
        ],
        symbols=[
            Sym("main.c", 0, type=FILE, bind=LOCAL, section=0xFFF1),
            Sym("$t", 8, type=NOTYPE, bind=LOCAL),
            Sym("helper", 0x13, 2, bind=LOCAL),
            Sym("Reset_Handler", 0x9, 10),
            Sym("table", 0x2000_0000, 4, type=OBJECT, section=2),
        ],
        notes=[("v7m-test", 7, b"\x01\x02\x03")],
    )
