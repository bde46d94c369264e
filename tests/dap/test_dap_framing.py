"""The base protocol's frames: any cut of the stream gives the same messages, and a broken frame costs only itself."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.dap.framing import MAX_BODY, MAX_DEPTH, MAX_HEADER, MessageReader, encode


def frame(body: bytes, header: bytes = b"Content-Length: %d\r\n\r\n") -> bytes:
    return header % len(body) + body


def read(data: bytes) -> tuple[list[dict[str, object]], list[str]]:
    reader = MessageReader()
    return list(reader.feed(data)), reader.complaints


def test_a_message_is_written_as_the_clients_read_it() -> None:
    assert encode({"seq": 1, "text": "ü"}) == b'Content-Length: 25\r\n\r\n{"seq":1,"text":"\\u00fc"}'


@settings(derandomize=True, max_examples=50)
@given(st.lists(st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=9))), st.integers(1, 40))
def test_the_same_messages_come_however_the_stream_is_cut(messages: list[dict[str, object]], size: int) -> None:
    data = b"".join(map(encode, messages))
    reader = MessageReader()
    found = [one for at in range(0, len(data), size) for one in reader.feed(data[at : at + size])]
    assert (found, reader.complaints) == (messages, [])


def test_other_headers_and_other_spellings_are_understood() -> None:
    good = frame(b"{}", b"Content-Type: application/vscode-jsonrpc\r\ncontent-length:%d\r\n\r\n")
    assert read(good) == ([{}], [])


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (b"Content-Type: x\r\n\r\n", "without Content-Length"),
        (b"Content-Length: -1\r\n\r\n", "without Content-Length"),
        (b"Content-Length: 9999999999999999999999\r\n\r\n", "without Content-Length"),
        (frame(b"{"), "not JSON"),
        (frame(b"\xff\xfe\xfd\xfc"), "not JSON"),
        (frame(b"[1]"), "not a JSON object"),
        (frame(b"[" * 50_000 + b"]" * 50_000), "nested"),
        (frame(b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1)), "nested"),
        (b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1) + b"x" * (MAX_BODY + 1), "more than"),
    ],
)
def test_what_is_broken_is_left_out_and_the_next_message_is_heard(broken: bytes, complaint: str) -> None:
    messages, complaints = read(broken + encode({"seq": 2}))
    assert messages == [{"seq": 2}]
    assert len(complaints) == 1 and complaint in complaints[0] and "\n" not in complaints[0]


def test_brackets_in_a_string_are_no_nesting() -> None:
    message = {"text": '[{"\\' * 1000}
    assert read(encode(message)) == ([message], [])


def test_a_header_without_an_end_is_not_kept() -> None:
    reader = MessageReader()
    for _ in range(100):
        assert list(reader.feed(b"x" * MAX_HEADER)) == []
    assert len(reader._buffer) <= 2 * MAX_HEADER
    assert list(reader.feed(b"\r\n\r\n" + encode({"seq": 3}))) == [{"seq": 3}]


def test_a_body_that_is_too_long_is_not_kept() -> None:
    reader = MessageReader()
    length = 1 << 40
    assert list(reader.feed(b"Content-Length: %d\r\n\r\n" % length)) == []
    assert list(reader.feed(b"y" * MAX_BODY)) == []
    assert len(reader._buffer) == 0 and json.dumps(reader.complaints).count("more than") == 1
