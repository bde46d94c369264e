"""Loading the user's files: formats by content, several files, a symbol file beside a binary."""

import pytest
from support.elf_builder import OBJECT, ElfBuilder, Load, Section, Sym, cortex_m_program, vector_table

from emulator.debuginfo.source import SourceFrame, SourceLine, UnwindRow
from emulator.errors import ConfigError, ImageError
from emulator.image.image import Image, Segment, Symbol, SymbolTable
from emulator.image.loader import join_images, load_images


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def hex_file(address: int, data: bytes) -> bytes:
    lines = []
    for kind, offset, body in ((4, 0, (address >> 16).to_bytes(2, "big")), (0, address & 0xFFFF, data), (1, 0, b"")):
        record = bytes([len(body)]) + offset.to_bytes(2, "big") + bytes([kind]) + body
        lines.append(b":" + (record + bytes([-sum(record) & 0xFF])).hex().encode())
    return b"\n".join(lines) + b"\n"


def refusal(*paths, kind=ImageError, **options) -> str:
    with pytest.raises(kind) as caught:
        load_images(list(paths), **options)
    message = str(caught.value)
    assert "\n" not in message
    assert message.isprintable()
    return message


# -- formats -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.elf", "a.hex", "a.bin", "a"])
def test_the_content_decides_the_format_and_not_the_name(folder, name):
    (folder / name).write_bytes(cortex_m_program().build())
    assert load_images([name])[0].symbols.by_name["helper"]
    (folder / name).write_bytes(hex_file(0x100, b"abc"))
    assert [(s.address, s.data) for s in load_images([name])[0].segments] == [(0x100, b"abc")]
    (folder / name).write_bytes(b"\x00\x10\x00\x20raw")
    assert [(s.address, s.data) for s in load_images([name], 0x200)[0].segments] == [(0x200, b"\x00\x10\x00\x20raw")]


def test_paths_may_be_path_objects(folder):
    (folder / "a").write_bytes(hex_file(0, b"x"))
    assert load_images([folder / "a"])[0].name == "a"


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (b"# Shopping list\n- milk", "# Shopping list"),
        (b"\n\n   int main(void)\n", "int main(void)"),
        (b"x" * 100, "x" * 40 + "..."),
        ("größe".encode(), "größe"),
        (b":-) hello", ":-) hello"),
        (b"\n \n", ""),
    ],
)
def test_a_text_file_is_refused_with_its_beginning(folder, content, start):
    (folder / "notes.txt").write_bytes(content)
    assert refusal("notes.txt") == (
        f'notes.txt is not an ELF file (it starts with "{start}"). '
        "Give an ELF, Intel HEX, or a raw binary with --load-address."
    )


def test_a_text_cut_inside_a_character_is_still_text(folder):
    (folder / "a").write_bytes(b"a" + "ß".encode() * 4000)
    assert "it starts with" in refusal("a")


def test_a_raw_binary_needs_a_load_address(folder):
    (folder / "a.bin").write_bytes(b"\x00\x10\x00\x20\x09\x00\x00\x00")
    assert refusal("a.bin") == (
        "a.bin is neither ELF nor Intel HEX. If it is a raw binary, say where with --load-address."
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"!<arch>\nfoo.o/", "is a static library"),
        (b"MZ\x90\0", "is a Windows program"),
        (b"\x1f\x8b\x08\0", "is compressed (gzip)"),
        (b"PK\x03\x04", "is a zip archive"),
        (b"S00F000068656C6C6F\nS1137AF0", "looks like Motorola S-records"),
        (b"\x7fEL", "is truncated: its ELF header"),
    ],
)
def test_well_known_other_files_are_called_by_name(folder, content, words):
    (folder / "a").write_bytes(content)
    assert words in refusal("a")


def test_a_missing_an_empty_and_a_directory_are_refused(folder):
    (folder / "empty").touch()
    assert refusal("none").startswith("none does not exist")
    assert refusal("empty").startswith("empty is empty")
    assert refusal(".").startswith(". is a directory")


# -- addresses -----------------------------------------------------------------------------------------------------


def test_each_raw_binary_takes_one_load_address_in_order(folder):
    (folder / "boot.bin").write_bytes(b"\xff1")
    (folder / "app.bin").write_bytes(b"\xff2")
    (folder / "data.hex").write_bytes(hex_file(0x9000, b"x"))
    images = load_images(["boot.bin", "data.hex", "app.bin"], [0x0, 0x8000])
    assert [(i.name, i.segments[0].address) for i in images] == [
        ("boot.bin", 0),
        ("data.hex", 0x9000),
        ("app.bin", 0x8000),
    ]


def test_a_raw_binary_too_many_is_refused(folder):
    (folder / "boot.bin").write_bytes(b"\xff1")
    (folder / "app.bin").write_bytes(b"\xff2")
    assert "app.bin is a raw binary without an address" in refusal(
        "boot.bin", "app.bin", load_address=0, kind=ConfigError
    )


def test_a_load_address_without_a_raw_binary_is_refused(folder):
    (folder / "a.hex").write_bytes(hex_file(0, b"x"))
    assert refusal("a.hex", load_address=0x8000, kind=ConfigError) == (
        "--load-address 0x00008000 has no raw binary to place: a.hex says where to load. Drop the option."
    )


# -- several files -------------------------------------------------------------------------------------------------


def test_a_loader_and_an_application_are_two_images(folder):
    (folder / "boot.hex").write_bytes(hex_file(0, vector_table()))
    (folder / "app.elf").write_bytes(ElfBuilder(loads=[Load(0x8000, b"code")]).build())
    images = load_images(["boot.hex", "app.elf"])
    assert [(i.name, i.segments[0].address) for i in images] == [("boot.hex", 0), ("app.elf", 0x8000)]


def test_files_that_load_one_address_twice_are_refused_with_both_names(folder):
    (folder / "boot.hex").write_bytes(hex_file(0x7FFE, b"abcd"))
    (folder / "app.elf").write_bytes(ElfBuilder(loads=[Load(0x8000, b"code")]).build())
    assert refusal("app.elf", "boot.hex") == (
        "app.elf loads 0x00008000..0x00008003, which overlaps 0x00007ffe..0x00008001 of boot.hex. "
        "Link them to different addresses."
    )


def known(name: str, address: int, symbol: str, **parts) -> Image:
    segment = Segment(address, bytes(16), 16)
    return Image(name, [segment], SymbolTable([Symbol(symbol, address, 8, True)]), **parts)


def test_one_image_joins_to_itself():
    image = known("a", 0, "f")
    assert join_images([image]) is image


def test_joined_images_know_what_each_knew():
    first = known("boot", 0x8000, "boot_main", notes={("v7m", 1): b"boot", ("x", 2): b"x"})
    second = known("app", 0, "app_main", notes={("v7m", 1): b"app"})
    joined = join_images([first, second])
    assert joined.name == "boot+app"
    assert [s.address for s in joined.segments] == [0, 0x8000]
    assert joined.symbols.describe(0x8004) == "boot_main+0x4"
    assert joined.symbols.describe(0x0) == "app_main"
    assert joined.notes == {("v7m", 1): b"boot", ("x", 2): b"x"}


def test_a_joined_look_up_asks_the_image_that_is_loaded_there_first_and_then_the_others():
    first = known("boot", 0x8000, "f", source_line=lambda a: SourceLine("boot.c", 1))
    second = known(
        "app",
        0,
        "g",
        source_line=lambda a: SourceLine("app.c", 2),
        source_frames=lambda a: [SourceFrame("g", "app.c", 2)],
        unwind=lambda a: UnwindRow(13, 8, {}),
    )
    joined = join_images([first, second])
    assert joined.source_line(0x8000) == SourceLine("boot.c", 1)
    assert joined.source_line(0x4) == SourceLine("app.c", 2)
    assert joined.source_line(0x2000_0000) == SourceLine("boot.c", 1)
    assert joined.source_frames(0x8000) == [SourceFrame("g", "app.c", 2)]
    assert joined.unwind(0x8000) == UnwindRow(13, 8, {})


def test_what_a_joined_look_up_finds_damaged_is_a_warning_of_the_joined_image():
    first, second = known("boot", 0x8000, "f"), known("app", 0, "g")
    second.source_line = lambda a: second.warnings.append("app: damaged")
    first.warnings.append("boot: cut")
    joined = join_images([first, second])
    assert joined.warnings == ["boot: cut"]
    joined.source_line(0)
    joined.source_line(0)
    assert joined.warnings == ["boot: cut", "app: damaged"]


# -- symbol files --------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(folder):
    """A raw binary and the ELF file it was made from."""
    builder = cortex_m_program()
    builder.loads = builder.loads[:1]
    (folder / "app.elf").write_bytes(builder.build())
    (folder / "app.bin").write_bytes(builder.loads[0].data)
    return builder


def test_a_symbol_file_lends_names_and_notes_to_a_raw_binary(pair):
    (image,) = load_images(["app.bin"], 0, symbols=["app.elf"])
    assert image.name == "app.bin"
    assert image.symbols.describe(0x12) == "helper"
    assert image.notes == {("v7m-test", 7): b"\x01\x02\x03"}
    assert image.warnings == []


def test_a_symbol_file_that_does_not_match_the_binary_is_a_warning(pair, folder):
    (folder / "app.bin").write_bytes(pair.loads[0].data[:-1] + b"\x99")
    (image,) = load_images(["app.bin"], 0, symbols=["app.elf"])
    assert image.warnings == ["app.elf: its code differs from app.bin; names and lines may be wrong"]


def test_a_symbol_file_for_another_address_is_a_warning(pair):
    (image,) = load_images(["app.bin"], 0x4000_0000, symbols=["app.elf"])
    assert len(image.warnings) == 1


def test_a_symbol_file_without_code_of_its_own_is_trusted(pair, folder):
    builder = ElfBuilder(sections=[Section(".text", bytes(64))], symbols=[Sym("f", 1, 8)])
    (folder / "app.debug").write_bytes(builder.build())
    (image,) = load_images(["app.bin"], 0, symbols=["app.debug"])
    assert (image.symbols.describe(4), image.warnings) == ("f+0x4", [])


def test_the_first_file_without_symbols_gets_them(pair, folder):
    other = ElfBuilder(loads=[Load(0x8000, b"code")], sections=[Section(".text")], symbols=[Sym("g", 0x8001, 4)])
    (folder / "other.elf").write_bytes(other.build())
    images = load_images(["other.elf", "app.bin"], 0, symbols=["app.elf"])
    assert [image.symbols.describe(image.segments[0].address + 0x12 * n) for n, image in enumerate(images)] == [
        "g",
        "helper",
    ]


def test_a_symbol_file_nobody_needs_is_refused(pair):
    assert "every program file has symbols already" in refusal("app.elf", symbols=["app.elf"], kind=ConfigError)


def test_a_symbol_file_that_is_no_elf_file_is_refused(pair):
    assert refusal("app.bin", load_address=0, symbols=["app.bin"]).startswith("app.bin is not an ELF file, so it holds")


def module(folder, name):
    symbols = [Sym("entry", 0x101, 8), Sym("state", 0x110, 4, OBJECT)]
    text = Section(".text", bytes(32), address=0x100)
    builder = ElfBuilder(loads=[Load(0x100, bytes(32))], sections=[text], symbols=symbols)
    (folder / name).write_bytes(builder.build())


def test_the_symbols_of_code_that_is_loaded_later_are_beside_those_of_the_program(pair, folder):
    module(folder, "module.elf")
    (plain,) = load_images(["app.elf"])
    names = ["module.elf@0x20000000", "module.elf@-0x40"]
    (image,) = load_images(["app.elf"], symbols=names)
    assert (image.name, image.notes, image.segments) == (plain.name, plain.notes, plain.segments)
    assert [image.symbols.describe(a) for a in (0x12, 0x2000_0104, 0x2000_0110)] == ["helper", "entry+0x4", "state"]
    assert image.symbols.describe(0xC2) == "entry+0x2"
    assert image.warnings == []


def test_an_offset_wraps_around_the_address_space(pair, folder):
    module(folder, "module.elf")
    (image,) = load_images(["app.elf"], symbols=["module.elf@0xffffffc0"])
    assert image.symbols.describe(0xC2) == "entry+0x2"


def test_lines_and_frames_are_relocated_with_the_symbols(pair, monkeypatch):
    def asked(what):
        return lambda address: f"{what} 0x{address:x}"

    lender = load_images(["app.elf"])[0]
    lender.source_line, lender.unwind, lender.source_frames = asked("line"), asked("unwind"), asked("frames")
    monkeypatch.setattr("emulator.image.loader.read_symbol_file", lambda data, path, index_of: lender)
    (image,) = load_images(["app.elf"], symbols=["app.elf@0x20000000"])
    looked_up = [look(0x2000_0012) for look in (image.source_line, image.unwind, image.source_frames)]
    assert looked_up == ["line 0x12", "unwind 0x12", "frames 0x12"]


def test_a_file_may_have_an_at_sign_in_its_name_and_both_forms_go_together(pair, folder):
    module(folder, "module.elf")
    (folder / "app@home").write_bytes((folder / "app.elf").read_bytes())
    (image,) = load_images(["app.bin"], 0, symbols=["app@home", "module.elf@0x20000000"])
    assert [image.symbols.describe(a) for a in (0x12, 0x2000_0100)] == ["helper", "entry"]
    assert image.name == "app.bin"


def test_an_offset_that_is_none_is_refused(pair):
    message = refusal("app.elf", symbols=["app.elf@0x123456789"], kind=ConfigError)
    assert message == "--symbols app.elf@0x123456789: 0x123456789 is no 32-bit offset. Write it as 0x20001000."
    assert "app.elf@OFFSET for code that is loaded while" in refusal("app.elf", symbols=["app.elf"], kind=ConfigError)
