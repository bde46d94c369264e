"""Names of C++ as the source has them: ``_ZN5Shape4areaEv`` is Shape::area, ``_ZTV5Shape`` the vtable for Shape.

Nested names of identifiers only, by the Itanium C++ ABI, 5.1; any other stays as it is: templates, operators, and
functions within functions are told by the line beside them. Rust's older names are such ones with a hash at the end,
which says nothing to a reader: ``_ZN3app4main17h0123456789abcdefE`` is app::main.
"""

from __future__ import annotations

import re

_SPECIAL = {"TV": "vtable for ", "TI": "typeinfo for ", "TS": "typeinfo name for ", "GV": "guard variable for "}
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_CONSTRUCTOR, _DESTRUCTOR = re.compile(r"C[123]"), re.compile(r"D[012]")
_RUST_HASH = re.compile(r"h[0-9a-f]{16}")
LONGEST = 1024


def readable(name: str) -> str:
    """Return ``name`` as the source has it, without parameters; a name that is not understood as it is."""
    if not name.startswith("_Z") or len(name) > LONGEST:
        return name
    rest = name[2:]
    words = _SPECIAL.get(rest[:2], "")
    found = _nested(rest[2:] if words else rest, is_whole=bool(words))
    return f"{words}{found}" if found else name


def _nested(rest: str, *, is_whole: bool) -> str:
    """Return ``Shape::area`` of ``N5Shape4areaE`` and what may follow it, '' where it is another name."""
    is_nested = rest.startswith("N")
    rest = re.sub(r"^[VK]*", "", rest[1:]) if is_nested else rest.removeprefix("L")
    parts: list[str] = []
    while number := _NUMBER.match(rest):
        length = int(number[0])
        part, rest = rest[number.end() :][:length], rest[number.end() + length :]
        if len(part) < length or not _IDENTIFIER.fullmatch(part):
            return ""
        parts.append("(anonymous namespace)" if part.startswith("_GLOBAL__N_") else part)
        if not is_nested:
            break
    if is_nested and parts and (_CONSTRUCTOR.match(rest) or _DESTRUCTOR.match(rest)):
        parts.append(parts[-1] if rest[0] == "C" else f"~{parts[-1]}")
        rest = rest[2:]
    if len(parts) > 1 and _RUST_HASH.fullmatch(parts[-1]):
        parts.pop()
    if not parts or (is_nested and not rest.startswith("E")) or (is_whole and rest not in ("", "E")):
        return ""
    return "::".join(parts)
