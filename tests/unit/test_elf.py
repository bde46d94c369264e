"""ELF files: what is loaded where, what is known about it, and one clear line for everything that is no program."""

import io
import random
import struct
import subprocess
import sys
import timeit
import tracemalloc

import pytest
from elftools.elf.elffile import ELFFile
from support.arm_gcc import build
from support.elf_builder import (
    FILE,
    GLOBAL,
    LOCAL,
    NOTYPE,
    OBJECT,
    SECTION,
    SHN_ABS,
    SHT_NOBITS,
    WEAK,
    ElfBuilder,
    Load,
    Section,
    Sym,
    arm_attributes,
    cortex_m_program,
    vector_table,
)
from support.mutation import mutated

from emulator.errors import ImageError
from emulator.image.elf import is_elf, read_elf, read_symbol_file
from emulator.image.image import Image, Symbol


def program(*loads: Load, **parts) -> bytes:
    return ElfBuilder(loads=list(loads) or [Load(0, vector_table())], **parts).build()


def refusal(data: bytes, path: str = "app.elf") -> str:
    with pytest.raises(ImageError) as caught:
        read_elf(data, path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(path)
    assert message.endswith(".")
    return message


# -- what is loaded ------------------------------------------------------------------------------------------------


def test_segments_are_loaded_at_their_physical_addresses():
    image = read_elf(program(Load(0, b"code"), Load(0x100, b"data", vaddr=0x2000_0000)), "x/app.elf")
    assert [(s.address, s.data, s.memory_size) for s in image.segments] == [(0, b"code", 4), (0x100, b"data", 4)]


def test_the_image_is_named_by_the_base_name_only():
    assert read_elf(program(), "some/dir/app.elf").name == "app.elf"


def test_bss_is_a_tail_of_zeroes_where_the_segment_is_loaded_where_it_runs():
    image = read_elf(program(Load(0x2000_0000, b"ab", memsz=16)), "a")
    assert image.bytes_at(0x2000_0000, 16) == b"ab" + bytes(14)


def test_bss_behind_data_copied_from_flash_does_not_zero_the_flash_behind_it():
    first = Load(0x100, b"data", vaddr=0x2000_0000, memsz=0x1000)
    image = read_elf(program(first, Load(0x104, b"more")), "a")
    assert [(s.address, s.memory_size) for s in image.segments] == [(0x100, 4), (0x104, 4)]


def test_a_noload_segment_is_zeroed_memory_without_data():
    image = read_elf(program(Load(0, b"code"), Load(0x2000_0000, memsz=0x400)), "a")
    assert (image.segments[1].data, image.segments[1].memory_size) == (b"", 0x400)


def test_segments_of_no_size_are_left_out():
    image = read_elf(program(Load(0, b"code"), Load(0x5000)), "a")
    assert len(image.segments) == 1


def test_segments_come_lowest_first():
    image = read_elf(program(Load(0x200, b"b"), Load(0x100, b"a")), "a")
    assert [s.address for s in image.segments] == [0x100, 0x200]


def test_a_huge_segment_without_data_takes_no_memory():
    data = program(Load(0, b"code"), Load(0x6000_0000, memsz=1 << 30))
    tracemalloc.start()
    image = read_elf(data, "a")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert image.segments[1].memory_size == 1 << 30
    assert peak < 1 << 20


def test_the_files_own_header_is_not_loaded_with_the_segment_that_has_it_in_front(tmp_path):
    """A linker that keeps file and memory aligned alike puts it there; whoever writes flash leaves it out."""
    source = tmp_path / "main.c"
    source.write_text("int main(void) { return 0; }\n")
    flags = ("-mthumb", "-nostdlib", "-Wl,-emain", "-Wl,-z,max-page-size=0x10000", "-Wl,-Ttext=0x26000")
    data = build([source], "m4f", "-Os", flags=flags).read_bytes()
    (load,) = (each for each in ELFFile(io.BytesIO(data)).iter_segments() if each["p_type"] == "PT_LOAD")
    assert (load["p_paddr"], load["p_offset"]) == (0x20000, 0), "the linker does so"
    (segment,) = read_elf(data, "a").segments
    assert (segment.address, segment.end) == (0x26000, 0x20000 + load["p_memsz"])
    assert segment.data == data[0x6000 : load["p_filesz"]]
    no_sections = data[:32] + bytes(4) + data[36:46] + bytes(6) + data[52:]
    assert read_elf(no_sections, "a").segments[0].address == 0x20000


# -- symbols -------------------------------------------------------------------------------------------------------


def symbols_of(*symbols: Sym, sections: list[Section] | None = None) -> Image:
    sections = sections or [Section(".text", bytes(64), address=0)]
    return read_elf(program(sections=sections, symbols=list(symbols)), "a")


def test_functions_lose_their_thumb_bit_and_objects_keep_theirs():
    image = symbols_of(Sym("f", 0x9, 2), Sym("odd", 0x11, 1, type=OBJECT))
    assert image.symbols.by_name["f"] == Symbol("f", 8, 2, True)
    assert image.symbols.by_name["odd"] == Symbol("odd", 0x11, 1, False, is_data=True)


def test_mapping_file_section_undefined_and_nameless_symbols_name_nothing():
    image = symbols_of(
        Sym("$t", 8, type=NOTYPE),
        Sym("$d.5", 8, type=NOTYPE),
        Sym("$a", 8, type=NOTYPE),
        Sym("main.c", 8, type=FILE),
        Sym(".text", 8, type=SECTION),
        Sym("undefined", 8, section=0),
        Sym("", 8),
    )
    assert image.symbols.by_name == {}
    assert image.symbols.find(8) is None


def test_a_global_symbol_has_its_name_before_a_local_one():
    image = symbols_of(Sym("f", 0x9, 2, bind=LOCAL), Sym("f", 0x11, 2, bind=GLOBAL), Sym("w", 0x21, 2, bind=WEAK))
    assert image.symbols.by_name["f"].address == 0x10
    assert image.symbols.by_name["w"].address == 0x20


def test_a_number_of_the_linker_script_is_known_by_name_but_names_no_address():
    image = symbols_of(Sym("f", 1, 4), Sym("__stack_size", 0x20, type=NOTYPE, section=SHN_ABS))
    assert image.symbols.by_name["__stack_size"].address == 0x20
    assert image.symbols.find(0x20) is None


def test_a_label_without_a_size_names_what_follows_it_in_its_section_only():
    image = symbols_of(Sym("label", 0x10, type=NOTYPE), sections=[Section(".text", bytes(0x20), address=0)])
    assert image.symbols.describe(0x1F) == "label+0xf"
    assert image.symbols.find(0x20) is None


def test_a_place_in_a_function_has_the_functions_name_although_a_label_is_nearer():
    image = symbols_of(Sym("f", 0x1, 0x20), Sym("loop", 0x10, type=NOTYPE))
    assert image.symbols.describe(0x14) == "f+0x14"


def test_a_symbol_name_cannot_hold_control_characters():
    image = symbols_of(Sym("a\x1b[31m\nb", 0x1, 4))
    assert image.symbols.find(0).name == "a\\x1b[31m\\nb"


def test_a_damaged_symbol_table_leaves_a_warning_and_a_program_that_runs():
    data = bytearray(cortex_m_program().build())
    shoff, shnum = struct.unpack_from("<I", data, 32)[0], struct.unpack_from("<H", data, 48)[0]
    for index in range(shnum):
        if struct.unpack_from("<I", data, shoff + 40 * index + 4)[0] == 2:
            struct.pack_into("<I", data, shoff + 40 * index + 16, 0xFFFF_0000)
    image = read_elf(bytes(data), "dir/a.elf")
    assert image.symbols.by_name == {}
    assert image.warnings == ["a.elf: the symbol table is damaged; addresses have no names"]


def test_a_program_without_sections_has_no_symbols_and_no_warning():
    image = read_elf(program(), "a")
    assert (image.symbols.symbols, image.warnings) == ([], [])


# -- notes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_segment", [False, True])
def test_notes_are_found_by_owner_and_type(as_segment):
    data = program(notes=[("v7m", 1, b"abc"), ("GNU", 3, b"0123")], note_segment=as_segment)
    assert read_elf(data, "a").notes == {("v7m", 1): b"abc", ("GNU", 3): b"0123"}


def test_a_note_cut_by_the_end_of_its_section_is_left_out():
    data = program(sections=[Section(".note", struct.pack("<3I", 4, 100, 1) + b"v7m\0" + b"x" * 8, 7)])
    assert read_elf(data, "a").notes == {}


# -- what is refused -----------------------------------------------------------------------------------------------


def test_only_the_magic_makes_an_elf_file():
    assert is_elf(b"\x7fELF....") and is_elf(b"\x7fEL")
    assert not is_elf(b"\x7fFLE") and not is_elf(b"")


@pytest.mark.parametrize("size", [1, 4, 16, 20, 51])
def test_a_header_cut_short_is_called_truncated(size):
    assert "is truncated: its ELF header ends at byte 52" in refusal(program()[:size])


def test_segment_data_beyond_the_end_of_the_file_is_called_truncated():
    data = program(Load(0, bytes(100)))
    assert refusal(data[:-1]) == (
        f"app.elf is truncated: the segment at 0x00000000 ends at byte {len(data)}, the file at {len(data) - 1}. "
        "Build or copy it again."
    )


def test_a_segment_without_data_may_be_placed_behind_the_end_of_the_file():
    data = program(Load(0, vector_table()), Load(0x2000_0000, b"", memsz=64))
    assert [(s.address, s.memory_size) for s in read_elf(data, "a").segments][1:] == [(0x2000_0000, 64)]
    header = struct.unpack_from("<I", data, 28)[0] + 32
    behind = data[: header + 4] + struct.pack("<I", len(data) + 0x1000) + data[header + 8 :]
    assert [(s.address, s.memory_size) for s in read_elf(behind, "a").segments][1:] == [(0x2000_0000, 64)]


def test_program_headers_beyond_the_end_of_the_file_are_called_truncated():
    assert "truncated: its program header table" in refusal(program(patches={"phoff": 0x10000}))


def test_a_section_table_beyond_the_end_of_the_file_is_called_truncated():
    data = cortex_m_program().build()
    assert "truncated: its section header table" in refusal(data[:-4])


@pytest.mark.parametrize(
    ("machine", "name"), [(62, "x86-64"), (3, "x86 (32-bit)"), (183, "64-bit ARM (AArch64)"), (243, "RISC-V")]
)
def test_a_program_for_another_machine_is_refused_by_the_machines_name(machine, name):
    assert refusal(program(patches={"machine": machine}), "a.out") == (
        f"a.out is for {name}, not for ARM. Build it with arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb."
    )


def test_a_machine_without_a_known_name_is_refused_by_its_number():
    assert "is for machine number 4242, not for ARM" in refusal(program(patches={"machine": 4242}))


def ident(elf_class: int = 1, encoding: int = 1) -> dict[str, bytes]:
    return {"ident": (b"\x7fELF" + bytes([elf_class, encoding, 1])).ljust(16, b"\0")}


def test_an_x86_64_program_is_called_that_and_not_64_bit():
    assert "is for x86-64" in refusal(program(patches=ident(2) | {"machine": 62}))


def test_a_64_bit_elf_file_is_refused():
    assert "is a 64-bit ELF file" in refusal(program(patches=ident(2)))


def test_a_big_endian_program_is_refused():
    assert "is big-endian" in refusal(program(patches=ident(1, 2) | {"machine": 40 << 8}))


@pytest.mark.parametrize("wrong", [(0, 1), (3, 1), (1, 0), (1, 3)])
def test_an_impossible_identification_is_called_damaged(wrong):
    assert "is damaged: its ELF identification" in refusal(program(patches=ident(*wrong)))


def test_another_elf_version_is_called_damaged():
    assert "its ELF version is 9" in refusal(program(patches={"version": 9}))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (1, "is an object file that is not linked yet"),
        (3, "is a shared object or position-independent"),
        (4, "is a core dump"),
        (0, "has no ELF type"),
        (0xFE00, "has ELF type 65024"),
    ],
)
def test_only_linked_executables_are_programs(kind, words):
    assert words in refusal(program(patches={"type": kind}))


@pytest.mark.parametrize(
    ("architecture", "profile", "words"),
    [
        (10, "A", "is built for ARMv7-A (application profile), not for ARMv7-M"),
        (10, "R", "is built for ARMv7-R (real-time profile)"),
        (2, "", "is built for ARMv4T"),
        (5, "", "is built for ARMv5TEJ"),
        (14, "A", "is built for ARMv8-A"),
        (17, "M", "is built for ARMv8-M Mainline"),
        (99, "", "is built for an ARM architecture with number 99"),
    ],
)
def test_a_program_for_another_arm_profile_is_refused(architecture, profile, words):
    assert words in refusal(program(sections=[arm_attributes(architecture, profile)]))


@pytest.mark.parametrize(("architecture", "profile"), [(10, "M"), (13, "M"), (11, "M"), (12, "M"), (10, "")])
def test_programs_for_armv6_m_and_armv7_m_are_accepted(architecture, profile):
    read_elf(program(sections=[arm_attributes(architecture, profile)], patches={"entry": 0x9}), "a")


@pytest.mark.parametrize(("architecture", "is_armv6m"), [(11, True), (12, True), (10, False), (13, False)])
def test_what_was_built_for_a_cortex_m0_is_told_by_its_attributes(architecture: int, is_armv6m: bool) -> None:
    data = program(sections=[arm_attributes(architecture, "M")], patches={"entry": 0x9})
    assert read_elf(data, "a").is_armv6m is is_armv6m


@pytest.mark.parametrize(("entry", "noted"), [(0x8000, 0x8000), (0x8001, None), (0, None)])
def test_without_attributes_an_even_entry_is_noted(entry, noted):
    image = read_elf(program(Load(0x8000, b"\x00\x00\xa0\xe3" * 4), patches={"entry": entry}), "a")
    assert image.even_entry == noted


def test_with_attributes_an_even_entry_means_nothing():
    assert read_elf(program(sections=[arm_attributes(13, "M")], patches={"entry": 0x8}), "a").even_entry is None


def test_a_file_without_program_headers_has_nothing_to_load():
    assert "has nothing to load: no program headers" in refusal(ElfBuilder(sections=[Section(".text", b"x")]).build())


def test_a_file_with_only_empty_segments_has_nothing_to_load():
    assert "has nothing to load: no PT_LOAD segment with contents" in refusal(program(Load(0x100)))


def test_overlapping_segments_are_both_named():
    message = refusal(program(Load(0x100, bytes(0x20)), Load(0x11F, bytes(4))))
    assert "overlapping segments, 0x00000100..0x0000011f and 0x0000011f..0x00000122" in message


def test_the_zeroed_tail_of_a_segment_counts_for_an_overlap():
    assert "overlapping" in refusal(program(Load(0x2000_0000, b"a", memsz=0x100), Load(0x2000_0080, b"b")))


def test_segments_that_touch_do_not_overlap():
    read_elf(program(Load(0x100, bytes(0x20)), Load(0x120, bytes(4))), "a")


def test_a_segment_with_more_bytes_in_the_file_than_in_memory_is_called_damaged():
    assert "has 8 bytes in the file but only 4 in memory" in refusal(program(Load(0, bytes(8), memsz=4)))


def test_a_segment_of_4_gib_is_refused_without_taking_memory():
    data = program(Load(0, b"code", memsz=0xFFFF_FFFF))
    tracemalloc.start()
    message = refusal(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "asks for 4294967295 bytes" in message
    assert peak < 1 << 20


def test_a_segment_past_the_end_of_the_address_space_is_refused():
    assert "past the end of the address space" in refusal(program(Load(0xFFFF_FFF0, bytes(32))))


def test_a_segment_may_end_with_the_address_space():
    read_elf(program(Load(0xFFFF_FFF0, bytes(16))), "a")


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ({"phentsize": 56}, "program headers are 56 bytes each"),
        ({"shentsize": 1}, "section headers are 1 bytes each"),
        ({"shnum": 0xFEFF}, "section header table"),
        ({"phnum": 0xFFFE}, "program header table"),
        ({"shoff": 0xFFFF_FFFF}, "section header table"),
    ],
)
def test_impossible_header_fields_are_refused(patch, words):
    builder = cortex_m_program()
    builder.patches = patch
    assert words in refusal(builder.build())


def test_a_section_count_of_millions_in_the_first_section_header_is_refused_at_once():
    builder = cortex_m_program()
    builder.patches = {"shnum": 0}
    data = bytearray(builder.build())
    struct.pack_into("<I", data, struct.unpack_from("<I", data, 32)[0] + 20, 0x0FFF_FFFF)
    assert "truncated: its section header table" in refusal(bytes(data))


def test_many_segments_that_share_their_bytes_cannot_fill_the_hosts_memory():
    loads = [Load(index << 21, b"", memsz=1 << 20, filesz=1 << 20, offset=52) for index in range(300)]
    assert "loads more than 256 MiB" in refusal(program(*loads, Load(0x8000_0000, bytes(1 << 20))))


def test_a_path_with_a_line_break_still_makes_one_line():
    with pytest.raises(ImageError) as caught:
        read_elf(b"\x7fELF", "bad\nname\x1b.elf")
    assert str(caught.value).startswith("bad\\nname\\x1b.elf is truncated")


# -- symbol files --------------------------------------------------------------------------------------------------


def test_a_file_of_debug_information_only_is_a_symbol_file_but_no_program():
    builder = cortex_m_program()
    builder.loads = []
    builder.sections[0] = Section(".text", b"", SHT_NOBITS, size=18)
    assert read_symbol_file(builder.build(), "a").symbols.by_name["helper"].address == 0x12
    assert "has nothing to load" in refusal(builder.build())


def test_a_symbol_file_of_another_machine_is_refused():
    with pytest.raises(ImageError, match="is for x86-64"):
        read_symbol_file(program(patches={"machine": 62}), "a")


# -- robustness ----------------------------------------------------------------------------------------------------


def read_everything(data: bytes) -> None:
    """Load ``data`` and ask what a report would ask; only ImageError may come out."""
    try:
        image = read_elf(data, "fuzz.elf")
    except ImageError as error:
        assert "\n" not in str(error)
        return
    for address in (0, 8, 0x12, 0x2000_0000, 0x8100, 0xFFFF_FFFF):
        image.symbols.describe(address)
        image.source_line(address)
        image.source_frames(address)
        image.unwind(address)
    assert all("\n" not in warning and warning.isprintable() for warning in image.warnings)


@pytest.mark.timeout(20)
def test_ten_thousand_damaged_files_are_images_or_refusals_in_bounded_time():
    rng = random.Random(20240607)
    original = cortex_m_program().build()
    for _ in range(10_000):
        read_everything(mutated(original, rng))


def test_random_bytes_behind_the_magic_are_refused():
    rng = random.Random(3)
    for _ in range(300):
        head = rng.choice((b"\x7fELF", b"\x7fELF\x01\x01\x01".ljust(16, b"\0") + b"\x02\0\x28\0\x01\0\0\0"))
        read_everything(head + rng.randbytes(rng.randrange(300)))


def test_debug_information_and_its_readers_wait_for_the_first_look_up():
    script = (
        "import sys\n"
        "from emulator.image.loader import read_elf\n"
        "readers = ('elftools', 'emulator.debug_', 'emulator.debuginfo.dwarf', 'capstone', 'keystone')\n"
        "image = read_elf(sys.stdin.buffer.read(), 'a')\n"
        "print(len(image.notes), image.symbols.describe(0x12), [m for m in sys.modules if m.startswith(readers)])\n"
        "image.source_line(0x12)\n"
        "print('elftools' in sys.modules)"
    )
    data = cortex_m_program().build()
    done = subprocess.run([sys.executable, "-c", script], input=data, capture_output=True, check=True)
    assert done.stdout == b"1 helper []\nTrue\n"


# -- against another reader ----------------------------------------------------------------------------------------

SOURCE = """
#include <stdio.h>
int table[4] = {1, 2, 3, 4};
static int counter;
__attribute__((noinline)) static int step(int x) { counter += x; return table[x & 3]; }
int main(void) { printf("%d\\n", step(counter)); return 0; }
"""


def test_symbols_and_segments_of_a_linked_program_are_those_that_pyelftools_finds():
    path = build([], "m4f", "-Os", flags=["--specs=rdimon.specs"], generated={"main.c": SOURCE})
    image = read_elf(path.read_bytes(), path)
    with path.open("rb") as file:
        reference = ELFFile(file)
        expected = set()
        for symbol in reference.get_section_by_name(".symtab").iter_symbols():
            kind = symbol["st_info"]["type"]
            if symbol["st_shndx"] == "SHN_UNDEF" or kind in ("STT_FILE", "STT_SECTION") or symbol.name[:1] in ("", "$"):
                continue
            is_function = kind == "STT_FUNC"
            expected.add((symbol.name, symbol["st_value"] & ~is_function, symbol["st_size"], is_function))
        loads = [s for s in reference.iter_segments() if s["p_type"] == "PT_LOAD" and s["p_memsz"]]
        assert {symbol[:4] for symbol in image.symbols.symbols} == expected
        assert [(s.address, s.data) for s in image.segments] == [(s["p_paddr"], s.data()) for s in loads]
    assert len(expected) > 200


def test_symbols_of_a_large_program_are_read_several_times_faster_than_by_a_general_library():
    symbols = [Sym(f"function_number_{index}", index * 16 + 1, 12) for index in range(3000)]
    data = program(sections=[Section(".text", bytes(48000))], symbols=symbols)

    def ours() -> None:
        assert read_elf(data, "a").symbols.by_name["function_number_5"].address == 80

    def theirs() -> None:
        table = ELFFile(io.BytesIO(data)).get_section_by_name(".symtab")
        assert {s.name: s["st_value"] for s in table.iter_symbols()}["function_number_5"] == 81

    assert 3 * min(timeit.repeat(ours, number=1, repeat=5)) < min(timeit.repeat(theirs, number=1, repeat=3))
