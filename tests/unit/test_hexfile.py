"""Intel HEX: the six record types, and errors that name their line."""

import random

import pytest

from emulator.errors import ImageError
from emulator.image.hexfile import is_hex, read_hex

END = ":00000001FF"


def record(kind: int, address: int, data: bytes) -> str:
    body = bytes([len(data)]) + address.to_bytes(2, "big") + bytes([kind]) + data
    return ":" + (body + bytes([-sum(body) & 0xFF])).hex().upper()


def load(*lines: str):
    return read_hex("\n".join(lines).encode(), "dir/app.hex")


def pieces(*lines: str) -> list[tuple[int, bytes]]:
    return [(s.address, s.data) for s in load(*lines).segments]


def refusal(*lines: str) -> str:
    with pytest.raises(ImageError) as caught:
        load(*lines)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("dir/app.hex")
    return message


def test_a_file_from_the_specification_is_read():
    image = load(":0300300002337A1E", END)
    assert [(s.address, s.data, s.memory_size) for s in image.segments] == [(0x30, b"\x02\x33\x7a", 3)]
    assert (image.name, image.warnings) == ("app.hex", [])


def test_records_that_touch_become_one_segment_whatever_their_order():
    assert pieces(record(0, 0x10, b"cd"), record(0, 0x0E, b"ab"), record(0, 0x20, b"e"), END) == [
        (0x0E, b"abcd"),
        (0x20, b"e"),
    ]


def test_an_extended_linear_address_is_the_upper_half():
    assert pieces(record(4, 0, b"\x20\x00"), record(0, 0x1234, b"x"), END) == [(0x2000_1234, b"x")]


def test_linear_data_goes_on_over_the_end_of_64_kib():
    assert pieces(record(4, 0, b"\x00\x01"), record(0, 0xFFFE, b"abcd"), END) == [(0x1_FFFE, b"abcd")]


def test_an_extended_segment_address_counts_sixteen_bytes_and_wraps_at_64_kib():
    assert pieces(record(2, 0, b"\x12\x00"), record(0, 0x100, b"x"), END) == [(0x1_2100, b"x")]
    assert pieces(record(2, 0, b"\x10\x00"), record(0, 0xFFFE, b"abcd"), END) == [(0x1_0000, b"cd"), (0x1_FFFE, b"ab")]


def test_start_addresses_are_accepted_and_not_used():
    assert pieces(record(3, 0, bytes(4)), record(5, 0, b"\0\0\0\x09"), record(0, 0, b"x"), END) == [(0, b"x")]


def test_empty_data_records_blank_lines_lower_case_and_carriage_returns_are_fine():
    data = b"\r\n:00000000 00\r\n".replace(b" ", b"") + record(0, 0, b"\xab\xcd").lower().encode() + b"  \r\n\r\n"
    assert [s.data for s in read_hex(data + END.encode() + b"\r\n", "a").segments] == [b"\xab\xcd"]


def test_a_missing_end_record_is_a_warning():
    assert load(record(0, 0, b"x")).warnings == ["app.hex: no end-of-file record; the file may have been cut"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (":0300300002337A1F", "the checksum is 1F, it must be 1E"),
        ("0300300002337A1E", '"0300300002337A1E" does not begin with a colon'),
        (":0300300002337A1", "it is not pairs of hexadecimal digits"),
        (":03003000 2337A1E", "it is not pairs of hexadecimal digits"),
        (":0300300002337G1E", "it is not pairs of hexadecimal digits"),
        (":0400300002337A1E", "the record has 8 bytes, its length field needs 9"),
        (":", "the record has 0 bytes"),
        (record(6, 0, b""), "record type 06 is not one of 00 to 05"),
        (record(4, 0, b"\x20"), "a record of type 04 has 1 bytes of data, not 2"),
        (record(1, 0, b"x"), "a record of type 01 has 1 bytes of data, not 0"),
        (record(5, 0, b""), "a record of type 05 has 0 bytes of data, not 4"),
        ("\x1b[31mred", '"\\x1b[31mred" does not begin with a colon'),
    ],
)
def test_a_wrong_record_is_refused_with_its_line(line, words):
    message = refusal(record(0, 0, b"x"), "", line, END)
    assert message.startswith("dir/app.hex line 3: ")
    assert words in message


def test_two_records_for_one_address_are_refused_with_both_lines():
    message = refusal(record(0, 0x10, b"abcd"), record(0, 0x20, b"x"), record(0, 0x13, b"y"), END)
    assert "line 3: address 0x00000013 has data from line 1 already" in message


def test_a_record_after_the_end_is_refused():
    assert "line 2: a record after the end-of-file record" in refusal(END, record(0, 0, b"x"))


def test_data_past_the_end_of_the_address_space_is_refused():
    assert "line 2: the data passes the end" in refusal(record(4, 0, b"\xff\xff"), record(0, 0xFFFE, b"abcd"), END)


def test_a_file_without_data_is_refused():
    assert "holds no data records" in refusal(END)


@pytest.mark.parametrize("start", [":00000001FF", "\r\n:10", "  :10aB"])
def test_a_colon_and_digits_make_a_hex_file(start):
    assert is_hex(start.encode())


@pytest.mark.parametrize("start", ["", ":", ":1", ": hello", ":-)", "10000000", "\x7fELF"])
def test_other_beginnings_do_not(start):
    assert not is_hex(start.encode())


def test_damaged_files_are_images_or_refusals():
    rng = random.Random(5)
    original = "\n".join([record(4, 0, b"\x20\x00"), *(record(0, 16 * i, bytes(16)) for i in range(8)), END]).encode()
    for _ in range(500):
        data = bytearray(original)
        for _ in range(rng.choice((1, 2, 8))):
            data[rng.randrange(len(data))] = rng.choice((*b"0123456789ABCDEF:\r\n ", rng.randrange(256)))
        try:
            read_hex(bytes(data), "a")
        except ImageError as error:
            assert "\n" not in str(error)
