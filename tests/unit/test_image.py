"""Images and symbol tables, without any file format."""

import pytest

from emulator.image.image import Image, Segment, Symbol, SymbolTable


def table(*symbols: tuple) -> SymbolTable:
    return SymbolTable([Symbol(*symbol) for symbol in symbols])


def test_a_sized_symbol_covers_its_bytes_and_no_more():
    symbols = table(("f", 0x100, 0x10, True))
    assert [symbols.find(a) is not None for a in (0xFF, 0x100, 0x10F, 0x110)] == [False, True, True, False]


def test_a_symbol_without_size_covers_up_to_the_next_symbol():
    symbols = table(("a", 0x100, 0, True), ("b", 0x200, 4, True))
    assert symbols.find(0x1FF).name == "a"
    assert symbols.find(0x200).name == "b"


def test_a_symbol_without_size_ends_with_its_reach():
    symbols = table(("a", 0x100, 0, True, 0x20))
    assert symbols.find(0x11F).name == "a"
    assert symbols.find(0x120) is None


def test_a_symbol_of_no_reach_is_known_by_name_only():
    symbols = table(("__stack_size", 0x400, 0, False, 0))
    assert symbols.find(0x400) is None
    assert symbols.by_name["__stack_size"].address == 0x400


def test_the_innermost_sized_symbol_wins():
    symbols = table(("outer", 0x100, 0x100, False), ("inner", 0x120, 0x10, False), ("label", 0x128, 0, False))
    assert [symbols.find(a).name for a in (0x11F, 0x120, 0x128, 0x12F, 0x130, 0x1FF)] == [
        "outer",
        "inner",
        "inner",
        "inner",
        "outer",
        "outer",
    ]


def test_nothing_is_found_between_the_end_of_a_sized_symbol_and_the_next():
    symbols = table(("label", 0x100, 0, False), ("f", 0x110, 4, True), ("g", 0x120, 4, True))
    assert symbols.find(0x118) is None


@pytest.mark.parametrize("reverse", [False, True])
def test_at_one_address_a_function_beats_an_object_a_size_beats_none_and_a_short_name_a_long_one(reverse):
    rows = [
        ("object", 0x100, 8, False),
        ("function", 0x100, 8, True),
        ("alias_of_function", 0x100, 8, True),
        ("label", 0x100, 0, False),
    ]
    assert table(*(reversed(rows) if reverse else rows)).find(0x104).name == "function"


def test_addresses_are_described_by_name_and_offset_or_bare():
    symbols = table(("main", 0x100, 0x10, True))
    assert [symbols.describe(a) for a in (0x100, 0x10C, 0x20)] == ["main", "main+0xc", "0x00000020"]


def test_the_first_of_equal_names_has_the_name():
    assert table(("x", 1, 1, False), ("x", 2, 1, False)).by_name["x"].address == 1


def test_symbols_are_read_when_the_first_is_asked_for_and_only_once():
    calls = []

    def read() -> list[Symbol]:
        calls.append(1)
        return [Symbol("f", 0, 4, True)]

    symbols = SymbolTable(read)
    assert calls == []
    assert (symbols.find(0).name, symbols.by_name["f"].size, symbols.describe(2)) == ("f", 4, "f+0x2")
    assert calls == [1]


def test_an_empty_table_finds_nothing():
    assert SymbolTable([]).find(0) is None


def image(*segments: tuple[int, bytes, int]) -> Image:
    return Image("a", [Segment(*segment) for segment in segments], SymbolTable([]))


def test_bytes_at_reads_across_touching_segments_and_zero_tails():
    loaded = image((0x100, b"ab", 4), (0x104, b"cd", 2))
    assert loaded.bytes_at(0x100, 6) == b"ab\0\0cd"
    assert loaded.bytes_at(0x103, 2) == b"\0c"


def test_bytes_at_is_none_where_a_byte_is_missing():
    loaded = image((0x100, b"ab", 2))
    assert loaded.bytes_at(0x101, 2) is None
    assert loaded.bytes_at(0x0FF, 2) is None


def test_a_segment_is_written_as_its_first_and_last_address():
    assert str(Segment(0x100, b"", 0x20)) == "0x00000100..0x0000011f"


def test_an_image_alone_knows_no_lines_and_no_frames():
    loaded = image()
    assert (loaded.source_line(0), loaded.source_frames(0), loaded.unwind(0), loaded.warnings) == (None, [], None, [])


# -- names of one address ------------------------------------------------------------------------------------------


def test_a_definition_goes_before_the_weak_aliases_that_stand_for_it():
    weak = [Symbol(name, 0x100, 2, True, is_weak=True) for name in ("NMI_Handler", "SVC_Handler")]
    label = Symbol("Infinite_Loop", 0x100, 0, False, 8)
    for definition in (Symbol("Default_Handler", 0x100, 2, False), Symbol("Default_Handler", 0x100, 2, True)):
        assert SymbolTable([*weak, definition, label]).describe(0x100) == "Default_Handler"
    assert SymbolTable([weak[0], label]).describe(0x100) == "NMI_Handler"


def test_the_name_that_the_debug_information_gives_is_preferred():
    table = SymbolTable([Symbol(name, 0x100, 2, True, is_weak=True) for name in ("a_default", "nmi", "svc")])
    assert [table.find_code(0x100, name).name for name in ("a_default", "elsewhere")] == ["a_default", "svc"]


def test_a_data_object_is_no_code_and_code_is_no_object():
    table = SymbolTable([Symbol("f", 0x100, 8, True), Symbol("buffer", 0x200, 8, False, is_data=True)])
    assert table.find_code(0x204) is None and table.find_object(0x204).name == "buffer"
    assert table.find_code(0x104).name == "f" and table.find_object(0x104) is None
