"""The short way to read a board file gives what tomllib gives, or leaves the file to tomllib."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.board.plain_toml import read_plainly

BOARDS = Path(__file__).parents[2] / "emulator" / "boards"
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in BOARDS.glob("*.toml")}

KEYS = st.sampled_from(["a", "b", "c-d", "e_1", "1", "a.b", '"a"', "", "a b", "ä", "true"])
SCALARS = st.sampled_from(
    [
        *('"x"', '""', '"a b"', '"a,b"', '"a#b"', '"a\\n"', '"a', 'x"', '"""x"""', "'x'", '"x" # y', '"ü"', '","'),
        *("0", "5", "00", "01", "1_000", "1__0", "_1", "1_", "0x1F", "0X1f", "0x_1", "0x1_f", "0x", "0b1", "0o7", "+5"),
        *("-5", "1.5", "1e3", "inf", "true", "false", "True", "1979-05-27", "\u0663", "1 2", "", "[1]", "{}"),
        *("9223372036854775808", "5 # five"),
    ]
)
LISTS = st.lists(SCALARS, max_size=3).map(lambda items: f"[{', '.join(items)}]")
TABLES = st.lists(st.tuples(KEYS, SCALARS | LISTS), max_size=3).map(
    lambda i: f"{{ {', '.join(f'{k} = {v}' for k, v in i)} }}"
)
ODD_VALUES = st.sampled_from(["[1, ]", "[1,, 2]", "[", "]", "{", "{ a = 1, }", "[ ]", "{}}", "[]]"])
VALUES = SCALARS | LISTS | TABLES | ODD_VALUES
LINES = (
    st.tuples(KEYS, st.sampled_from([" = ", "=", " ", " == "]), VALUES).map("".join)
    | KEYS.map(lambda key: f"[{key}]")
    | KEYS.map(lambda key: f"[[{key}]]")
    | st.tuples(KEYS, KEYS).map(lambda keys: f"[{keys[0]}.{keys[1]}]")
    | st.sampled_from(["", "# words", "[a", "[[a]", "[a]]", "[a] # words", "\ta = 1", "a = 1\r", "\ufeff", "[ a ]"])
    | st.sampled_from(["=", "\x01", "# \x01"])
)


def by_tomllib(text: str) -> object:
    """What tomllib makes of the text; None for a mistake."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


@given(st.lists(LINES, max_size=8).map("\n".join))
def test_any_lines_are_read_as_tomllib_reads_them(text) -> None:
    plain = read_plainly(text)
    assert plain is None or repr(plain) == repr(by_tomllib(text))


@given(name=st.sampled_from(sorted(TEXTS)), data=st.data())
def test_a_board_with_a_character_changed_is_read_as_tomllib_reads_it(name, data) -> None:
    text = TEXTS[name]
    place = data.draw(st.integers(0, len(text) - 1))
    text = text[:place] + data.draw(st.sampled_from(list('"[]{}=,#\n x0_.\\'))) + text[place + 1 :]
    plain = read_plainly(text)
    assert plain is None or repr(plain) == repr(by_tomllib(text))


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_the_boards_of_the_package_are_read_without_tomllib(name) -> None:
    assert read_plainly(TEXTS[name]) == tomllib.loads(TEXTS[name])
