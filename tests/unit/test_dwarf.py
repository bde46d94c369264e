"""Debug information: source lines, inlined calls and unwinding, as gcc writes them and as damage leaves them.

The references are addr2line and readelf, which share nothing with the code under test.
"""

import functools
import io
import random
import re
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from support.arm_gcc import build
from support.elf_builder import ElfBuilder, Load, Section, Sym, vector_table
from support.tools import require_tool

from emulator.debuginfo.source import SourceFrame, SourceLine, UnwindRow
from emulator.image.elf import read_elf
from emulator.image.image import Image

HEADER = """
static inline __attribute__((always_inline)) int twice(volatile int *p)
{
    return *p
         + *p;
}
"""

MAIN = """
#include "inlined.h"
volatile int sink;
volatile int table[32];

static inline __attribute__((always_inline)) int four_times(volatile int *p)
{
    int sum = twice(p);
    return sum + twice(p + 1);
}

__attribute__((noinline)) int leaf(int a, int b, int c, int d, int e, int f)
{
    int many[16];
    for (int i = 0; i < 16; i++)
        many[i] = a * i + b;
    sink = many[c & 15] + d + e + f;
    return four_times(table);
}

__attribute__((noinline)) float deep(int depth, float value)
{
    volatile char big[300];
    big[depth] = 1;
    sink += big[0];
    if (depth > 0)
        return deep(depth - 1, value * 1.5f) + leaf(depth, 2, 3, 4, 5, 6);
    return value;
}

int unused_function_that_the_linker_removes(int a)
{
    for (int i = 0; i < a; i++)
        sink += table[i] * a;
    return sink;
}

int main(void)
{
    for (int i = 0; i < 4; i++)
        sink += (int)deep(i, i);
    return sink;
}

void _start(void) { main(); for (;;) ; }
"""

BARE = ("-nostdlib", "-nostartfiles", "-ffunction-sections", "-Wl,--gc-sections,-e,_start", "-lgcc")


def program(*flags: str, optimisation: str = "-O2") -> Path:
    """Return the program above, linked at address 0 as firmware is, without a library of its own debug information."""
    flags = (*BARE, "-Wl,-Ttext=0x400", "-Wl,-u,leaf", *flags)
    return build([], "m4f", optimisation, flags=flags, generated={"main.c": MAIN, "inlined.h": HEADER})


def load(path: Path) -> Image:
    return read_elf(path.read_bytes(), path)


def code_addresses(image: Image) -> list[int]:
    """Return every halfword of every sized function."""
    functions = [s for s in image.symbols.symbols if s.is_function and s.size]
    return sorted({address for f in functions for address in range(f.address, f.address + f.size, 2)})


def addr2line(path: Path, addresses: list[int]) -> list[list[tuple[str, str]]]:
    """Return for each address [(function, file name:line), ...], innermost first; [] where it knows no line."""
    command = [require_tool("arm-none-eabi-gcc").replace("gcc", "addr2line"), "-e", str(path), "-f", "-i", "-a"]
    words = "\n".join(f"0x{address:x}" for address in addresses)
    output = subprocess.run(command, input=words, capture_output=True, text=True, check=True).stdout
    chains: list[list[tuple[str, str]]] = []
    lines = iter(output.splitlines())
    for line in lines:
        if line.startswith("0x"):
            chains.append([])
            continue
        place = next(lines).split(" (discriminator")[0].rpartition("/")[2]
        chains[-1].append((line, place))
    return [[] if chain[0][1].startswith("??") else chain for chain in chains]


def shown(frames: list[SourceFrame]) -> list[tuple[str, str]]:
    return [(frame.function, f"{frame.path.rpartition('/')[2]}:{frame.line}") for frame in frames]


# -- against other readers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimisation", ["-O0", "-O1", "-O2", "-O3", "-Os"])
@pytest.mark.parametrize("version", [2, 3, 4, 5])
def test_every_instruction_has_the_lines_and_inlined_calls_that_addr2line_gives(version, optimisation):
    path = program(f"-gdwarf-{version}", optimisation=optimisation)
    image = load(path)
    addresses = code_addresses(image)
    assert [shown(image.source_frames(a)) for a in addresses] == addr2line(path, addresses)
    assert image.warnings == []
    if optimisation != "-O0":
        assert max(len(image.source_frames(a)) for a in addresses) == 3


def one_sequence(functions: list[str]) -> str:
    """Return a program whose line table has one sequence for all ``functions``, each in a section of its own."""
    code, rows, line = [], [], 1
    for number, name in enumerate(functions, 1):
        rest = "bl kept_1; bl kept_2" if name == "_start" else "bx lr"
        code += [f'.section .text.{name}, "ax"', f".global {name}", f".type {name}, %function", ".thumb_func"]
        code += [f"{name}:", f".L{name}: nop; nop; {rest}", f".size {name}, . - {name}", f".Lend_{name}:"]
        for row in range(3):
            target = 100 * number + row
            rows += [".byte 0, 5, 2", f".4byte .L{name} + {2 * row}", f".byte 3; .sleb128 {target - line}; .byte 1"]
            line = target
    ranges = [f".4byte .L{name}, .Lend_{name}" for name in functions]
    return "\n".join(
        [
            ".syntax unified; .thumb",
            *code,
            *(".section .debug_line", ".Lline: .4byte .Lline_end - .Lline - 4; .2byte 2; .4byte .Lprogram - . - 4"),
            *(".byte 2, 1, -5, 14, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0", '.asciz "a.c"', ".byte 0, 0, 0, 0", ".Lprogram:"),
            *rows,
            *(".byte 0, 5, 2", f".4byte .Lend_{functions[-1]}", ".byte 0, 1, 1", ".Lline_end:"),
            *(".section .debug_info", ".4byte .Linfo_end - . - 4; .2byte 3; .4byte .Labbrev; .byte 4, 1"),
            *('.asciz "a.c"', ".4byte .Lline, .Lranges, 0", ".Linfo_end:"),
            *(".section .debug_abbrev", ".Labbrev: .byte 1, 0x11, 0, 3, 8, 0x10, 6, 0x55, 6, 0x11, 1, 0, 0, 0"),
            *(".section .debug_ranges", ".Lranges:", *ranges, ".4byte 0, 0", ""),
        ]
    )


@pytest.mark.parametrize(
    "functions",
    [
        "kept_1 kept_2 _start",
        "kept_1 dropped_1 kept_2 _start",
        "kept_1 dropped_1 dropped_2 kept_2 dropped_3 _start",
        "_start dropped_1 kept_2 dropped_2 kept_1",
        "dropped_1 _start kept_2 kept_1",
        "kept_2 dropped_1 kept_1 _start dropped_2",
    ],
)
def test_a_sequence_whose_addresses_fall_to_0_where_the_linker_discarded_a_function_is_read(functions, tmp_path):
    names = functions.split()
    (tmp_path / "a.s").write_text(one_sequence(names))
    path = build([tmp_path / "a.s"], "m4f", "-O0", flags=[*BARE, "-g0", "-Wl,-Ttext=0x400"], folder=tmp_path)
    image = load(path)
    addresses = code_addresses(image)
    mine = [shown(image.source_frames(a)) for a in addresses]
    assert all(mine) and image.warnings == []
    if not names[-1].startswith("dropped"):  # then addr2line finds nothing at all
        assert mine == addr2line(path, addresses)
    for name, line in ((name, 100 * number) for number, name in enumerate(names, 1) if not name.startswith("dropped")):
        start = image.symbols.by_name[name].address
        assert [image.source_line(start + offset).line for offset in (0, 2, 4)] == [line, line + 1, line + 2]


def zstd_compressed(path: Path, folder: Path) -> Path:
    objcopy = require_tool("arm-none-eabi-gcc").replace("gcc", "objcopy")
    subprocess.run([objcopy, "--compress-debug-sections=zstd", path, folder / "z.elf"], check=True)
    return folder / "z.elf"


def test_zstd_compressed_information_reads_the_same(tmp_path):
    plain, image = load(program()), load(zstd_compressed(program(), tmp_path))
    addresses = code_addresses(plain)
    assert [image.source_frames(a) for a in addresses] == [plain.source_frames(a) for a in addresses]
    assert [image.unwind(a) for a in addresses] == [plain.unwind(a) for a in addresses]
    assert image.warnings == []


def test_without_the_package_for_zstd_one_line_names_it(tmp_path, monkeypatch):
    for name in ("compression", "backports", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    image = load(zstd_compressed(program(), tmp_path))
    assert not any(image.source_frames(a) for a in code_addresses(image))
    words = "its debug sections are compressed with zstd, which needs a package: pip install backports.zstd"
    assert image.warnings[0].endswith(words)
    assert len([warning for warning in image.warnings if "zstd" in warning]) == 1


@pytest.mark.parametrize("size", [1 << 20, 1 << 31])
def test_zstd_data_that_is_not_what_its_header_says_is_no_debug_information(size, tmp_path):
    data = bytearray(zstd_compressed(program(), tmp_path).read_bytes())
    section = ELFFile(io.BytesIO(data)).get_section_by_name(".debug_line")
    struct.pack_into("<I", data, section["sh_offset"] + 4, size)
    image = read_elf(bytes(data), tmp_path / "z.elf")
    assert image.source_line(image.symbols.by_name["leaf"].address) is None
    assert "section .debug_line is compressed in a way that cannot be read" in image.warnings[0]


@pytest.mark.parametrize(
    "flags", [("-gdwarf-5", "-gdwarf64"), ("-gdwarf-4", "-gdwarf64"), ("-gz",), ("-gz=zlib-gnu",)], ids=" ".join
)
def test_other_encodings_of_the_same_information_read_the_same(flags):
    plain, image = load(program()), load(program(*flags))
    addresses = code_addresses(image)
    assert addresses == code_addresses(plain)
    assert [shown(image.source_frames(a)) for a in addresses] == [shown(plain.source_frames(a)) for a in addresses]
    assert all(image.source_line(a) for a in addresses)
    assert image.warnings == []


def test_link_time_optimisation_keeps_names_across_units():
    path = program("-flto")
    image = load(path)
    addresses = code_addresses(image)
    assert [shown(image.source_frames(a)) for a in addresses] == addr2line(path, addresses)
    assert image.warnings == []


def readelf(path: Path, *options: str) -> str:
    command = [require_tool("arm-none-eabi-gcc").replace("gcc", "readelf"), *options, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def cfi_rows(path: Path) -> list[tuple[int, UnwindRow]]:
    """Return (address, row) of every row of the program's frame information, as readelf decodes it."""
    found: list[tuple[int, UnwindRow]] = []
    registers: list[int] = []
    start = end = 0
    for line in readelf(path, "--debug-dump=frames-interp").splitlines():
        words = line.split()
        if heading := re.search(r"pc=(\w+)\.\.(\w+)", line):
            start, end = (int(number, 16) for number in heading.groups())
        elif " CIE " in line:
            start = end = 0
        elif words[:2] == ["LOC", "CFA"]:
            registers = [14 if name == "ra" else int(name[1:]) for name in words[2:]]
        elif start and words and start <= int(words[0], 16) < end:
            base, offset = re.fullmatch(r"r(\d+)([+-]\d+)", words[1]).groups()
            rules = dict(zip(registers, words[2:], strict=True))
            saved = {n: int(rule[1:]) for n, rule in rules.items() if n < 16 and rule[0] == "c"}
            found.append((int(words[0], 16), UnwindRow(int(base), int(offset), saved)))
    return found


@pytest.mark.parametrize("optimisation", ["-O0", "-O2", "-Os"])
@pytest.mark.parametrize("version", [2, 5])
def test_every_row_of_the_frame_information_is_the_one_that_readelf_decodes(version, optimisation):
    path = program(f"-gdwarf-{version}", optimisation=optimisation)
    image = load(path)
    rows = cfi_rows(path)
    assert len(rows) > 10
    assert [(address, image.unwind(address)) for address, _ in rows] == rows


def test_frame_information_of_a_c_library_is_the_one_that_readelf_decodes():
    source = '#include <stdio.h>\nint main(void) { printf("%f %s", 1.0, "x"); return 0; }\n'
    path = build([], "m4f", "-Os", flags=["--specs=rdimon.specs"], generated={"main.c": source})
    image = load(path)
    rows = cfi_rows(path)
    assert len(rows) > 500
    assert [(address, image.unwind(address)) for address, _ in rows] == rows


EH_FRAME = """
    .syntax unified
    .thumb
    .cfi_sections .eh_frame
    .global _start
    .type _start, %function
_start:
    .cfi_startproc
    push {r4, lr}
    .cfi_def_cfa_offset 8
    .cfi_offset 4, -8
    .cfi_offset 14, -4
    sub sp, #400
    .cfi_adjust_cfa_offset 400
    .cfi_remember_state
    add sp, #400
    .cfi_adjust_cfa_offset -400
    .cfi_restore 4
    pop {r4, pc}
    .cfi_restore_state
    nop
    .cfi_endproc
    .size _start, . - _start
"""


def test_frame_information_in_eh_frame_is_found_too():
    path = build([], "m4f", flags=BARE, generated={"start.S": EH_FRAME})
    image = load(path)
    rows = cfi_rows(path)
    start = image.symbols.by_name["_start"].address
    assert [(address, image.unwind(address)) for address, _ in rows] == rows
    assert image.unwind(start + 4) == UnwindRow(13, 408, {4: -8, 14: -4})
    assert image.unwind(start + 8) == UnwindRow(13, 408, {4: -8, 14: -4})
    assert image.warnings == []


def test_assembly_code_has_lines_and_the_name_of_its_symbol():
    path = build([], "m4f", flags=BARE, generated={"start.S": EH_FRAME})
    image = load(path)
    (frame,) = image.source_frames(image.symbols.by_name["_start"].address)
    assert (frame.function, frame.path.rpartition("/")[2], frame.line) == ("_start", "start.S", 9)


def test_code_that_the_linker_removed_lends_its_lines_to_nobody():
    """Its ranges stay in the debug information, moved to address 0, where the vector table is and code may follow."""
    image = load(program())
    assert "unused_function_that_the_linker_removes" not in image.symbols.by_name
    for address in range(0, 0x400, 2):
        assert image.source_line(address) is None
        assert image.source_frames(address) == []
        assert image.unwind(address) is None


def test_addresses_outside_the_program_are_unknown():
    image = load(program())
    for address in (0x2000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF):
        assert (image.source_line(address), image.unwind(address)) == (None, None)


def test_a_program_without_debug_information_has_no_lines_and_no_warnings():
    image = load(program("-g0"))
    leaf = image.symbols.by_name["leaf"].address
    assert (image.source_line(leaf), image.source_frames(leaf), image.unwind(leaf)) == (None, [], None)
    assert image.warnings == []


# -- tables typed by hand ------------------------------------------------------------------------------------------


def uleb(value: int) -> bytes:
    encoded = b""
    while value > 0x7F:
        encoded += bytes([value & 0x7F | 0x80])
        value >>= 7
    return encoded + bytes([value])


def unit(body: bytes) -> bytes:
    return struct.pack("<I", len(body)) + body


ABBREVIATIONS = b"".join(
    (
        b"\x01\x11\x00",  # 1: compile unit without children
        b"\x11\x01",  # low_pc addr
        b"\x12\x06",  # high_pc data4
        b"\x10\x06",  # stmt_list data4
        b"\x00\x00\x00",
    )
)


def info(low: int = 0x100, size: int = 0x100, stmt_list: int = 0) -> bytes:
    """A DWARF 4 unit that covers [low, low + size)."""
    return unit(struct.pack("<HIBBIII", 4, 0, 4, 1, low, size, stmt_list))


def line_program(*operations: bytes, minimum_instruction: int = 2) -> bytes:
    """A DWARF 4 line table with the include directory "inc" and the files a.c, inc/b.h and /abs/c.h."""
    tables = b"inc\0\0" + b"a.c\0\0\0\0" + b"b.h\0\1\0\0" + b"/abs/c.h\0\1\0\0" + b"\0"
    header = struct.pack("<BBBbBB", minimum_instruction, 1, 1, -5, 14, 13)
    header += bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]) + tables
    return unit(struct.pack("<HI", 4, len(header)) + header + b"".join(operations))


def set_address(address: int) -> bytes:
    return b"\0\x05\x02" + struct.pack("<I", address)


END = b"\0\x01\x01"


def by_hand(line: bytes = b"", frame: bytes = b"", info_: bytes | None = None, abbrev: bytes = ABBREVIATIONS) -> Image:
    sections = [
        Section(".text", bytes(4), address=0x100),
        Section(".debug_info", info() if info_ is None else info_),
        Section(".debug_abbrev", abbrev),
        Section(".debug_line", line),
        Section(".debug_frame", frame),
    ]
    return read_elf(ElfBuilder(loads=[Load(0, vector_table())], sections=sections).build(), "hand.elf")


def test_special_operations_advance_address_and_line_together():
    # Special operation 13 + (address advance in instructions) * 14 + (line advance + 5).
    image = by_hand(
        line_program(set_address(0x100), bytes([13 + 0 * 14 + 5 + 2]), bytes([13 + 3 * 14 + 5 - 1]), b"\x02\x02", END)
    )
    assert [image.source_line(a) for a in (0x0FE, 0x100, 0x105, 0x106, 0x109, 0x10A)] == [
        None,
        SourceLine("a.c", 3),
        SourceLine("a.c", 3),
        SourceLine("a.c", 2),
        SourceLine("a.c", 2),
        None,
    ]


@pytest.mark.parametrize(("file", "path"), [(1, "a.c"), (2, "inc/b.h"), (3, "/abs/c.h"), (9, "?")])
def test_paths_are_given_as_recorded_without_the_directory_of_the_compilation(file, path):
    image = by_hand(line_program(set_address(0x100), b"\x04" + uleb(file), b"\x01", b"\x02\x08", END))
    assert image.source_line(0x100) == SourceLine(path, 1)


def test_const_add_pc_and_fixed_advance_pc_move_the_address():
    # const_add_pc advances as special operation 255 does: (255 - 13) // 14 = 17 instructions.
    image = by_hand(
        line_program(set_address(0x100), b"\x01", b"\x08\x03\x01\x01", b"\x09\x10\x00\x03\x01\x01", b"\x02\x01", END)
    )
    assert image.source_line(0x121).line == 1
    assert image.source_line(0x122).line == 2
    assert image.source_line(0x132).line == 3


def test_the_last_row_of_several_at_one_address_holds():
    image = by_hand(line_program(set_address(0x100), b"\x01", b"\x03\x09\x01", b"\x02\x08", END))
    assert image.source_line(0x100).line == 10


def test_line_0_is_no_line():
    image = by_hand(line_program(set_address(0x100), b"\x03\x7f\x01", b"\x02\x08", END))
    assert image.source_line(0x100) is None


def test_unknown_standard_and_extended_operations_are_passed_over():
    image = by_hand(
        line_program(set_address(0x100), b"\0\x04\x80abc", b"\x0c\x05", b"\x05\x81\x01", b"\x01", b"\x02\x08", END)
    )
    assert image.source_line(0x100) == SourceLine("a.c", 1)


def test_indexed_strings_addresses_and_ranges_are_looked_up_in_their_tables():
    """The forms of DWARF 5 that clang uses and gcc does not."""
    root = b"\x72\x17\x73\x17\x74\x17\x10\x17\x03\x25\x11\x1b\x55\x23\0\0"  # bases, lines, strx1, addrx, rnglistx
    abbrev = b"\x01\x11\x01" + root + b"\x02\x2e\x00\x03\x25\x11\x29\x12\x06\0\0" + b"\0"
    entries = struct.pack("<BIIIIBBB", 1, 8, 8, 12, 0, 0, 0, 1) + struct.pack("<BBBI", 2, 1, 1, 0x20) + b"\0"
    lists = b"\x03\x00\x10\x00" + b"\x04\x08\x10\x02\x01\x02\x06\x80\x02\0\0\x90\x02\0\0\x00"  # two lists
    sections = [
        Section(".debug_info", unit(struct.pack("<HBBI", 5, 1, 4, 0) + entries)),
        Section(".debug_abbrev", abbrev),
        Section(".debug_line", line_program(set_address(0x100), b"\x01", b"\x02\xc8\x01", END)),
        Section(".debug_str", b"unit.c\0indexed\0"),
        Section(".debug_str_offsets", unit(struct.pack("<HHII", 5, 0, 0, 7))),
        Section(".debug_addr", unit(struct.pack("<HBBIII", 5, 4, 0, 0x100, 0x110, 0x140))),
        Section(".debug_rnglists", unit(struct.pack("<HBBIII", 5, 4, 0, 2, 8, 12) + lists)),
    ]
    image = read_elf(ElfBuilder(loads=[Load(0, vector_table())], sections=sections).build(), "clang.elf")
    assert image.source_frames(0x110) == [SourceFrame("indexed", "a.c", 1)]
    known = [address for address in range(0x100, 0x300, 2) if image.source_line(address)]
    assert known == [*range(0x108, 0x140, 2), *range(0x280, 0x290, 2)]
    assert image.warnings == []


def frame_information(instructions: bytes, augmentation: bytes = b"", version: int = 1) -> bytes:
    """A CIE (CFA = SP + 0, code alignment 2, data alignment -4) and an FDE for [0x100, 0x200)."""
    common = unit(b"\xff\xff\xff\xff" + bytes([version]) + augmentation + b"\0\x02\x7c\x0e\x0c\x0d\x00")
    return common + unit(struct.pack("<III", 0, 0x100, 0x100) + instructions)


@pytest.mark.parametrize(
    ("instructions", "row"),
    [
        (b"\x0e\x08\x84\x02\x8e\x01", UnwindRow(13, 8, {4: -8, 14: -4})),
        (b"\x0c\x07\x10", UnwindRow(7, 16, {})),
        (b"\x0d\x07", UnwindRow(7, 0, {})),
        (b"\x12\x0d\x7e", UnwindRow(13, 8, {})),
        (b"\x13\x7e", UnwindRow(13, 8, {})),
        (b"\x05\x04\x02", UnwindRow(13, 0, {4: -8})),
        (b"\x11\x04\x7e", UnwindRow(13, 0, {4: 8})),
        (b"\x84\x02\xc4", UnwindRow(13, 0, {})),
        (b"\x84\x02\x06\x04", UnwindRow(13, 0, {})),
        (b"\x84\x02\x08\x04", UnwindRow(13, 0, {})),
        (b"\x84\x02\x07\x04", UnwindRow(13, 0, {})),
        (b"\x84\x02\x09\x04\x05", UnwindRow(13, 0, {})),
        (b"\x05\xc8\x00\x02", UnwindRow(13, 0, {})),  # d8 is no core register
        (b"\x0a\x0e\x08\x84\x02\x0b", UnwindRow(13, 0, {})),
        (b"\x0f\x02\x7d\x08", None),  # a CFA that is an expression
        (b"\x42\x0f\x02\x7d\x08", None),  # in one row, or in another one
        (b"\x84\x02\x10\x04\x02\x7d\x08", UnwindRow(13, 0, {})),
        (b"\x2e\x10", UnwindRow(13, 0, {})),
    ],
)
def test_each_frame_instruction_has_its_effect(instructions, row):
    image = by_hand(frame=frame_information(instructions))
    assert image.unwind(0x100) == row
    assert image.warnings == []


@pytest.mark.parametrize(
    "advance", [b"\x42", b"\x02\x02", b"\x03\x02\x00", b"\x04\x02\x00\x00\x00", b"\x01\x04\x01\x00\x00"]
)
def test_a_row_begins_at_its_location(advance):
    image = by_hand(frame=frame_information(b"\x0e\x04" + advance + b"\x0e\x08"))
    assert [image.unwind(a).cfa_offset for a in (0x100, 0x102, 0x104, 0x1FE)] == [4, 4, 8, 8]
    assert image.unwind(0x0FE) is None
    assert image.unwind(0x200) is None


# -- damage --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"info_": info()[:-3]}, "a unit is longer than its section"),
        ({"info_": unit(b"\x09\0" + bytes(9))}, "a unit has version 9"),
        ({"info_": unit(struct.pack("<HIB", 4, 0, 8) + b"\1")}, "a unit has 8-byte addresses"),
        ({"info_": unit(struct.pack("<HIB", 4, 0, 7) + b"\1")}, ""),  # 7-byte addresses
        ({"info_": unit(struct.pack("<HBBI", 5, 9, 4, 0) + b"\1")}, ""),  # a kind of unit that nobody knows
        ({"abbrev": b""}, ""),
        ({"abbrev": b"\0"}, ""),  # without abbreviation 1
        ({"abbrev": b"\x01\x11\x00\x03\x7f\0\0\0"}, ""),  # form 0x7f
        ({"abbrev": b"\x01\x11\x00\x03\x0e\0\0\0"}, ""),  # a string without a string section
        ({"line": b""}, "there are no line tables"),
        ({"line": unit(b"\x08\0" + bytes(40))}, "a line table has version 8"),
        ({"line": line_program(set_address(0x100), b"\x01", b"\x02" + b"\x80" * 40)}, ""),
        ({"line": line_program(b"\0\x05")}, ""),
        ({"line": line_program(set_address(0x100), b"\x01", END)[:-1]}, "a line table is longer than its section"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_damaged_line_information_is_one_warning_and_no_line(parts, reason):
    image = by_hand(**({"line": line_program(set_address(0x100), b"\x01", b"\x02\x08", END)} | parts))
    for _ in range(3):
        assert image.source_line(0x100) is None
        assert image.source_frames(0x100) == []
    (warning,) = image.warnings
    assert warning.startswith("hand.elf: line information is damaged or not understood")
    assert reason in warning


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (frame_information(b"\x3f"), ""),  # no such operation
        (frame_information(b"\x0b"), ""),  # restores a state it did not remember
        (frame_information(b"\x0e" + b"\xff" * 20), ""),  # a number does not end
        (frame_information(b"", augmentation=b"eh"), ""),
        (frame_information(b"", version=7), "version 7"),
        (unit(struct.pack("<III", 0x500, 0x100, 0x100)), ""),  # its common entry lies outside the section
        (unit(struct.pack("<III", 0, 0x100, 0x100)), ""),  # it names itself as its common entry
        (frame_information(b"")[:-1], ""),  # an entry is longer than its section
        (frame_information(b"\x0a" * 5000), "a function's frame information is too long"),
    ],
)
def test_damaged_frame_information_is_one_warning_and_no_row(frame, reason):
    image = by_hand(frame=frame)
    assert [image.unwind(0x100) for _ in range(3)] == [None] * 3
    (warning,) = image.warnings
    assert warning.startswith("hand.elf: frame information is damaged or not understood")
    assert reason in warning


def test_a_damaged_unit_does_not_take_the_others_along():
    line = line_program(set_address(0x100), b"\x01", b"\x02\x08", END)
    image = by_hand(line, info_=unit(b"\x09\0" + bytes(9)) + info())
    assert image.source_line(0x100) == SourceLine("a.c", 1)
    assert len(image.warnings) == 1


def test_a_false_count_of_files_without_a_format_ends_at_once():
    """DWARF 5 lists are counted, and an entry may have no fields: a count of 2^60 must not make as many entries."""
    header = struct.pack("<BBBbBB", 2, 1, 1, -5, 14, 13) + bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])
    lists = b"\0" + uleb(1 << 60) + b"\0\0"
    line = unit(struct.pack("<HBBI", 5, 4, 0, len(header + lists)) + header + lists)
    image = by_hand(line)
    assert image.source_line(0x100) is None
    assert "entries have no fields" in image.warnings[0]


def test_many_units_that_share_one_long_range_list_cannot_stop_the_clock():
    abbrev = b"\x01\x11\x00\x55\x06\x00\x00\x00"
    ranges = struct.pack("<II", 0x100, 0x102) * 5_000 + bytes(8)
    sections = [
        Section(".debug_info", unit(struct.pack("<HIBBI", 3, 0, 4, 1, 0)) * 5_000),
        Section(".debug_abbrev", abbrev),
        Section(".debug_ranges", ranges),
        Section(".debug_line", line_program(set_address(0x100), b"\x01", END)),
    ]
    image = read_elf(ElfBuilder(loads=[Load(0, vector_table())], sections=sections).build(), "a.elf")
    image.source_line(0x100)
    assert "takes too long" in image.warnings[0]


def test_a_function_whose_origin_is_itself_ends():
    abbrev = b"\x01\x11\x01\x11\x01\x12\x06\x10\x06\0\0" + b"\x02\x2e\x00\x31\x13\x11\x01\x12\x06\0\0" + b"\0"
    root = struct.pack("<BIII", 1, 0x100, 0x100, 0)
    function = struct.pack("<BIII", 2, 11 + len(root), 0x100, 0x100) + b"\0"
    image = by_hand(
        line_program(set_address(0x100), b"\x01", b"\x02\x08", END),
        info_=unit(struct.pack("<HIB", 4, 0, 4) + root + function),
        abbrev=abbrev,
    )
    assert image.source_line(0x100) == SourceLine("a.c", 1)
    assert image.source_frames(0x100) == [SourceFrame("", "a.c", 1)]
    assert "too many references away" in image.warnings[0]


@pytest.mark.timeout(30)
def test_units_of_many_entries_without_contents_cannot_stop_the_clock():
    """An entry of one byte may have thousands of attributes that are all in its abbreviation."""
    constants = b"\x03\x21\x00" * 10_000
    abbrev = ABBREVIATIONS[:-1].replace(b"\x11\x00", b"\x11\x01", 1) + b"\x02\x2e\x00" + constants + b"\0\0\0"
    body = struct.pack("<HIBBIII", 4, 0, 4, 1, 0x100, 0x100, 0) + b"\x02" * 10_000
    image = by_hand(line_program(set_address(0x100), b"\x01", b"\x02\x08", END), info_=unit(body), abbrev=abbrev)
    assert image.source_frames(0x100) == [SourceFrame("", "a.c", 1)]
    assert "takes too long" in image.warnings[0]


@pytest.mark.timeout(30)
@pytest.mark.parametrize("operation", [b"\x02", b"\x03", b"\x04"], ids=["advance_pc", "advance_line", "set_file"])
def test_a_number_of_half_a_megabyte_cannot_stop_the_clock(operation):
    image = by_hand(line_program(set_address(0x100), operation + b"\xff" * 500_000 + b"\x00", END))
    assert image.source_line(0x100) is None
    assert "a number or a string does not end" in image.warnings[0]


@pytest.mark.timeout(30)
def test_units_of_thousands_of_versions_take_neither_time_nor_memory():
    units = b"".join(unit(struct.pack("<HBBIB", version, 1, 4, 0, 1)) for version in range(6, 3000))
    tracemalloc.start()
    image = by_hand(line_program(set_address(0x100), b"\x01", b"\x02\x08", END), info_=units + info())
    assert image.source_line(0x100) == SourceLine("a.c", 1)
    assert tracemalloc.get_traced_memory()[1] < 32 << 20
    tracemalloc.stop()
    assert len(image.warnings) == 1


@pytest.mark.parametrize(
    ("limit", "frames", "words"),
    [
        ("emulator.debuginfo.dwarf.MOST_ENTRIES", [SourceFrame("", "a.c", 1)], "a unit has more than 0 entries"),
        ("emulator.debuginfo.dwarf.LARGEST_LINE_PROGRAM", [], "a line table is larger than 0 KiB"),
        (
            "emulator.image.elf_tables.LARGEST_DEBUG_SECTION",
            [],
            "section .debug_info is larger than 0 MiB and is not read",
        ),
    ],
)
def test_what_is_too_large_is_left_out_and_the_rest_is_shown(limit, frames, words, monkeypatch):
    monkeypatch.setattr(limit, 0)
    image = by_hand(line_program(set_address(0x100), b"\x01", b"\x02\x08", END))
    assert image.source_frames(0x100) == frames
    assert words in image.warnings[0]


@functools.cache
def fuzz_targets() -> list[tuple[bytes, list[tuple[int, int]], list[int]]]:
    """Return (file, places of its debug sections, addresses to look up) of two programs."""
    found = []
    for version in (4, 5):
        path = program(f"-gdwarf-{version}", "-fno-toplevel-reorder")
        with path.open("rb") as file:
            sections = [
                (s["sh_offset"], s["sh_size"])
                for s in ELFFile(file).iter_sections()
                if s.name.startswith(".debug") and s["sh_size"] and s.name not in (".debug_str", ".debug_loclists")
            ]
        found.append((path.read_bytes(), sections, code_addresses(load(path))[::9]))
    return found


def test_a_bug_of_ours_is_not_told_as_damage(monkeypatch):
    def broken(*arguments):
        raise KeyError("a bug")

    monkeypatch.setattr("emulator.debuginfo.dwarf._sequences", broken)
    image = by_hand(line=line_program(set_address(0x100), b"\x01", b"\x02\x08", END))
    with pytest.raises(KeyError, match="a bug"):
        image.source_line(0x100)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("seed", range(4))
def test_damaged_debug_information_never_ends_in_an_exception(seed):
    rng = random.Random(seed)
    for index in range(75):
        original, sections, addresses = fuzz_targets()[index % 2]
        data = bytearray(original)
        for _ in range(rng.choice((1, 3, 20))):
            offset, size = rng.choice(sections)
            position = offset + rng.randrange(size)
            data[position] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.getrandbits(8)))
        image = read_elf(bytes(data), "fuzz.elf")
        for address in addresses:
            line, frames, row = image.source_line(address), image.source_frames(address), image.unwind(address)
            assert line is None or (isinstance(line.path, str) and line.line > 0)
            assert all(isinstance(frame.function, str) for frame in frames)
            assert row is None or set(row.saved) <= set(range(16))
        assert all(warning.isprintable() for warning in image.warnings)


def test_functions_at_address_0_keep_their_lines_when_the_program_has_code_there():
    sections = [
        Section(".text", bytes(16), address=0),
        Section(".debug_info", info(low=0, size=16)),
        Section(".debug_abbrev", ABBREVIATIONS),
        Section(".debug_line", line_program(set_address(0), b"\x01", b"\x02\x08", END)),
    ]
    loads = [Load(0x2000_0000, vector_table()), Load(0, bytes(16))]
    with_code = ElfBuilder(loads=loads, sections=sections, symbols=[Sym("in_itcm", 1, 16)])
    without = ElfBuilder(loads=loads, sections=sections)
    assert read_elf(with_code.build(), "a").source_line(4) == SourceLine("a.c", 1)
    assert read_elf(without.build(), "a").source_line(4) is None
