"""What a word of the machine most likely is, where that shows: text, a float, a fill pattern, a function.

Only what is hardly ever a coincidence has words; whatever may as well be an ordinary number has none. No state.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from emulator.image.image import Image
from emulator.trace.backtrace import EXC_RETURNS

_FILLS = {
    0xA5A5_A5A5: "the byte 0xa5 that FreeRTOS and RTEMS fill stacks with",
    0xAAAA_AAAA: "the byte 0xaa that Zephyr fills stacks with",
    0xDEAD_BEEF: "a pattern for memory that holds nothing",
    0xCCCC_CCCC: "one byte repeated, as a fill pattern is",
    0xCDCD_CDCD: "one byte repeated, as a fill pattern is",
    0x5555_5555: "one byte repeated, as a fill pattern is",
    0xEFEF_EFEF: "one byte repeated, as a fill pattern is",
}
_LEAST_FLOAT, _MOST_FLOAT = 1e-3, 1e6
_FLOAT_DIGITS = 4


def describe_value(value: int, image: Image, is_memory: Callable[[int], bool]) -> str:
    """Return what ``value`` is, '' where nothing speaks for anything.

    ``is_memory(address)`` says whether there is memory or a device: such a value is an address first of all.
    """
    if value in EXC_RETURNS:
        return "an EXC_RETURN, which only means something in the PC of a handler"
    if value in _FILLS:
        return _FILLS[value]
    if value & 1:
        symbol = image.symbols.find_code(value & ~1)
        if symbol is not None and symbol.is_function and symbol.address == value & ~1:
            return f"the function {symbol.name}"
    if value == 0xFFFF_FFFF:
        return "-1"
    if is_memory(value):
        return ""
    text = describe_text(value)
    return f"the text {text}" if text else describe_float(value)


def describe_text(value: int) -> str:
    """Return the characters of a word in the order of memory, quoted; '' where they are no text."""
    data = value.to_bytes(4, "little")
    text = data.rstrip(b"\0")
    is_text = len(text) >= 3 and all(0x20 <= byte < 0x7F for byte in text)
    letters = sum(chr(byte).isalnum() or byte == 0x20 for byte in text)
    return repr(text.decode("ascii")) if is_text and letters >= 3 else ""


def describe_float(value: int) -> str:
    """Return ``1.5 as a float`` for words that are the single-precision form of a short number; '' for others."""
    (number,) = struct.unpack("<f", value.to_bytes(4, "little"))
    if not _LEAST_FLOAT <= abs(number) <= _MOST_FLOAT:
        return ""
    shown = f"{number:.{_FLOAT_DIGITS}g}"
    same = struct.pack("<f", float(shown)) == value.to_bytes(4, "little")
    return f"{shown} as a float" if same else ""
