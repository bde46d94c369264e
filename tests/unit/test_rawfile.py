"""Raw binaries: bytes and an address."""

import pytest

from emulator.errors import ImageError
from emulator.image.rawfile import read_raw


def test_the_bytes_are_one_segment_at_the_address():
    image = read_raw(b"abc", "dir/app.bin", 0x0800_0000)
    assert [(s.address, s.data, s.memory_size) for s in image.segments] == [(0x0800_0000, b"abc", 3)]
    assert (image.name, image.symbols.symbols, image.notes, image.warnings) == ("app.bin", [], {}, [])


def test_the_last_byte_of_the_address_space_can_be_loaded():
    assert read_raw(b"x", "a", 0xFFFF_FFFF).segments[0].end == 1 << 32


@pytest.mark.parametrize("address", [0xFFFF_FFFF, 1 << 32, -1])
def test_bytes_past_the_end_of_the_address_space_are_refused(address):
    with pytest.raises(ImageError, match=r"^dir/app\.bin has 2 bytes, .* Give a lower --load-address\.$"):
        read_raw(b"ab", "dir/app.bin", address)
