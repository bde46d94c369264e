"""Names of C++ as the source has them: ``_ZN5Shape4areaEv`` is Shape::area, ``_ZTV5Shape`` the vtable for Shape.

Nested names of identifiers only, by the Itanium C++ ABI, 5.1; any other stays as it is: templates, operators, and
functions within functions are told by the line beside them. Rust's older names are such ones with a hash at the end,
which says nothing to a reader: ``_ZN3app4main17h0123456789abcdefE`` is app::main.
"""

from __future__ import annotations

_SPECIAL = {"TV": "vtable for ", "TI": "typeinfo for ", "TS": "typeinfo name for ", "GV": "guard variable for "}
_STRUCTORS = ("C1", "C2", "C3", "D0", "D1", "D2")
_RUST_HASH = 17
"""Characters of the hash that ends Rust's older names: h and 16 hexadecimal digits."""
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
    rest = rest[1:].lstrip("VK") if is_nested else rest.removeprefix("L")
    parts: list[str] = []
    while length := _length(rest):
        rest = rest[len(str(length)) :]
        part, rest = rest[:length], rest[length:]
        if len(part) < length or not (part.isidentifier() and part.isascii()):
            return ""
        parts.append("(anonymous namespace)" if part.startswith("_GLOBAL__N_") else part)
        if not is_nested:
            break
    if is_nested and parts and rest.startswith(_STRUCTORS):
        parts.append(parts[-1] if rest[0] == "C" else f"~{parts[-1]}")
        rest = rest[2:]
    if len(parts) > 1 and _is_rust_hash(parts[-1]):
        parts.pop()
    if not parts or (is_nested and not rest.startswith("E")) or (is_whole and rest not in ("", "E")):
        return ""
    return "::".join(parts)


def _length(rest: str) -> int:
    """Return the length that an identifier begins with, of at most four digits; 0 where there is none."""
    digits = rest[: len(rest[:4]) - len(rest[:4].lstrip("0123456789"))]
    return int(digits) if digits and digits[0] != "0" else 0


def _is_rust_hash(part: str) -> bool:
    return len(part) == _RUST_HASH and part[0] == "h" and not part[1:].strip("0123456789abcdef")
