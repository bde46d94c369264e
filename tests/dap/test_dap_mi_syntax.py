"""GDB's machine interface: lines of GDB 13.1, and what they say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.dap.mi_syntax import MiSyntaxError, Record, console, parse, quote

STOP = (
    '*stopped,reason="breakpoint-hit",disp="keep",bkptno="1",frame={addr="0x00000110",func="move",args=[{name="body",'
    'value="0x20000000 <world>"},{name="by",value="0"}],line="8"},thread-id="1",stopped-threads="all"'
)


def test_a_stop_is_a_record_with_nested_values() -> None:
    record = parse(STOP)
    assert record is not None
    assert (record.kind, record.name, record.token) == ("*", "stopped", None)
    assert record.results["frame"]["args"][1] == {"name": "by", "value": "0"}


@pytest.mark.parametrize(
    ("line", "record"),
    [
        ("12^done", Record("^", "done", 12)),
        ('3^error,msg="No symbol \\"x\\" here."', Record("^", "error", 3, {"msg": 'No symbol "x" here.'})),
        ('1^done,stack=[frame={a="0"},frame={a="1"}]', Record("^", "done", 1, {"stack": [{"a": "0"}, {"a": "1"}]})),
        ('1^done,list=[],tuple={}', Record("^", "done", 1, {"list": [], "tuple": {}})),
        ('~"a\\tb\\n"', Record("~", text="a\tb\n")),
        ('@"\\303\\274 \\033[0m\\r\\n"', Record("@", text="ü \x1b[0m\r\n")),
        ('&"\xc3\xbc"', Record("&", text="ü")),
        ('~"\\377"', Record("~", text="\N{REPLACEMENT CHARACTER}")),
        ("(gdb) ", None),
    ],
)  # fmt: skip
def test_lines_and_their_records(line: str, record: Record | None) -> None:
    assert parse(line) == record


@pytest.mark.parametrize(
    "line", ["", "12", "hello", '~"no end', "~nothing", "1^done,x", '1^done,x="1"y', "1^done,x={", "1^done,x=[[[["]
)
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(MiSyntaxError):
        parse(line)


def test_a_value_nested_without_end_is_refused() -> None:
    with pytest.raises(MiSyntaxError, match="nested"):
        parse("1^done,x=" + "[" * 5000 + "]" * 5000)


@settings(derandomize=True, max_examples=300)
@given(st.text())
def test_no_line_does_more_than_to_be_refused(line: str) -> None:
    for text in (line, f"1^done,{line}", f'~"{line}'):
        try:
            parse(text)
        except MiSyntaxError as error:
            assert "GDB wrote" in str(error)


@settings(derandomize=True, max_examples=200)
@given(st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"])))
def test_a_quoted_word_is_one_line_and_reads_back(text: str) -> None:
    word = quote(text)
    assert "\n" not in word and "\r" not in word
    assert parse("~" + word.encode().decode("latin-1")) == Record("~", text=text)


def test_a_console_command_is_quoted_whole() -> None:
    assert console('print "a\\n"') == '-interpreter-exec console "print \\"a\\\\n\\""'
