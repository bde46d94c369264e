"""Packets as bytes: what is found in a stream, whatever the stream is cut into."""

import pytest

from emulator.gdb.packet import PACKET_SIZE, Kind, Received, Stream, encode, unescape


def found(data: bytes, piece: int = 1) -> list[Received]:
    stream = Stream()
    return [one for at in range(0, len(data), piece) for one in stream.feed(data[at : at + piece])]


@pytest.mark.parametrize("piece", [1, 2, 7, 100])
def test_packets_are_found_however_the_stream_is_cut(piece):
    assert found(b"+$m0,4#fd-\x03junk$g#67", piece) == [
        Received(Kind.ACK),
        Received(Kind.PACKET, b"m0,4"),
        Received(Kind.NACK),
        Received(Kind.INTERRUPT),
        Received(Kind.PACKET, b"g"),
    ]


def test_the_manuals_example_of_a_checksum():
    assert encode(b"OK") == b"$OK#9a"
    assert encode(b"") == b"$#00"


@pytest.mark.parametrize("payload", [b"}", b"#$*}", b"X0,4:\x00\x7d\x23\x24", b"}}}", bytes(range(256)), b"a}"])
def test_escaped_bytes_come_back(payload):
    assert found(encode(payload)) == [Received(Kind.PACKET, payload)]


def test_an_escape_at_the_end_of_a_packet_is_dropped():
    assert unescape(b"ab}") == b"ab"


def test_a_wrong_checksum_is_damage_and_the_next_packet_is_found():
    assert found(b"$g#68$g#67") == [Received(Kind.DAMAGED), Received(Kind.PACKET, b"g")]
    assert found(b"$g#zz") == [Received(Kind.DAMAGED)]


def test_a_packet_that_was_cut_short_ends_where_the_next_begins():
    assert found(b"$m0,$g#67") == [Received(Kind.PACKET, b"g")]


def test_a_packet_longer_than_was_agreed_is_damage_and_takes_no_more_memory():
    stream = Stream()
    kinds = list(stream.feed(b"$"))
    for _ in range(50):
        kinds += stream.feed(b"a" * PACKET_SIZE)
        assert len(stream._data) <= 3 * PACKET_SIZE + 3
    kinds += stream.feed(b"#00")
    assert kinds == [Received(Kind.DAMAGED)]
    assert list(stream.feed(b"$g#67")) == [Received(Kind.PACKET, b"g")]


def test_the_longest_packet_arrives():
    payload = b"X0,1f00:" + b"\x7d" * (PACKET_SIZE - 8)
    assert found(encode(payload), 4096) == [Received(Kind.PACKET, payload)]
