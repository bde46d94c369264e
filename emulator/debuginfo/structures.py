"""Reads how a program's structures are laid out: at which offset each member is. [DWARF 5, 5.7]

What kernel awareness needs of types, and no more: offsets and sizes of members, those of structures within structures
too, by their path (``Object.id``). Left out on purpose: bit fields, and what a member's type is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import prod

from emulator.annotations import Any
from emulator.debuginfo.debug_tables import DwarfError
from emulator.debuginfo.source import Layout, Member, Part

POINTER_SIZE = 4
MOST_MEMBERS = 4096
"""Members of one structure with those inside it; a kernel's control block has at most a few hundred."""
DEEPEST = 8
"""Structures within structures that are entered."""
_LONGEST_CHAIN = 16
"""Typedefs and qualifiers around a type."""
_STRUCTURES = frozenset({"DW_TAG_structure_type", "DW_TAG_union_type", "DW_TAG_class_type"})
_NAMES = frozenset({"DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type", "DW_TAG_restrict_type",
                    "DW_TAG_atomic_type"})  # fmt: skip
_PLUS_UCONST = 0x23
"""The operation DW_OP_plus_uconst, with a ULEB128 behind it."""
_LONGEST_LEB128 = 5
"""Bytes of a number of 32 bits."""
_POINTERS = frozenset({"DW_TAG_pointer_type", "DW_TAG_reference_type", "DW_TAG_subroutine_type"})


def find_layouts(
    entries: Iterable[Any], names: tuple[str, ...], refer: Callable[[Any, str], Any], most_entries: int
) -> dict[str, Layout]:
    """Return the layouts of the structures that bear one of ``names``, as their tag or as a typedef.

    ``entries`` are those of one unit, of which ``most_entries`` are looked at; ``refer`` follows the reference that an
    attribute of an entry is. Of equal names the first complete structure counts.
    """
    wanted = {name.encode() for name in names}
    found: list[tuple[str, Any]] = []
    for count, entry in enumerate(entries):
        if count >= most_entries:
            break
        if entry.is_null() or (entry.tag not in _STRUCTURES and entry.tag != "DW_TAG_typedef"):
            continue
        name = entry.attributes.get("DW_AT_name")
        if name is not None and name.value in wanted:
            found.append((name.value.decode(), entry))
    layouts: dict[str, Layout] = {}
    for text, entry in found:  # only now: following references reads entries out of order
        structure = _Types(refer).bare(entry)
        if text not in layouts and structure is not None and _is_complete(structure):
            layouts[text] = _Types(refer).layout(structure)
    return layouts


def find_parts(kind: Any, offset: int, refer: Callable[[Any, str], Any]) -> tuple[str, tuple[Part, ...]] | None:
    """Return what C writes behind a variable of type ``kind`` for its part at ``offset``: ``.samples[3]``, or ''.

    With it the parts that it is in, from the whole variable inwards, whose paths are such text, too. None: its type has
    not so many bytes, or nobody knows how many.
    """
    return _Types(refer).parts(kind, offset)


def _is_complete(entry: Any) -> bool:
    return (
        entry.tag in _STRUCTURES and "DW_AT_byte_size" in entry.attributes and number_of(entry, "DW_AT_byte_size") > 0
    )


def number_of(entry: Any, name: str) -> int:
    """Return an attribute that is a plain number, 0 where there is none."""
    attribute = entry.attributes.get(name)
    return attribute.value if attribute is not None and isinstance(attribute.value, int) else 0


def _member_offset(member: Any) -> int | None:
    """Return where a member begins in its structure, None where that has to be computed from an object.

    Before DWARF 4 it is an expression, which adds to the structure's address. [DWARF 2, 5.5.6; DWARF 4, 5.5.6]
    """
    attribute = member.attributes.get("DW_AT_data_member_location")
    if attribute is None:
        return 0
    value: int | list[int] = attribute.value
    if isinstance(value, int):
        return value
    return leb128(value[1:]) if value[:1] == [_PLUS_UCONST] else None


def leb128(operand: list[int], *, is_signed: bool = False) -> int | None:
    """Return the number that is all of ``operand``, in at most five bytes; None where it is not one. [DWARF 5, 7.6]"""
    if not 0 < len(operand) <= _LONGEST_LEB128 or [byte >> 7 for byte in operand] != [1] * (len(operand) - 1) + [0]:
        return None
    value = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(operand))
    return value - (1 << 7 * len(operand)) if is_signed and operand[-1] & 0x40 else value


class _Types:
    """Follows types, and counts what it has seen of them."""

    def __init__(self, refer: Callable[[Any, str], Any]) -> None:
        self._refer = refer
        self._members: dict[str, Member] = {}
        self._count = 0

    def bare(self, entry: Any) -> Any:
        """Return the type behind typedefs and qualifiers, None for void."""
        for _ in range(_LONGEST_CHAIN):
            if entry is None or entry.tag not in _NAMES:
                return entry
            entry = self._type_of(entry)
        raise DwarfError("a type is too many names away")

    def layout(self, structure: Any) -> Layout:
        self._enter(structure, "", 0, DEEPEST)
        return Layout(number_of(structure, "DW_AT_byte_size"), self._members)

    def parts(self, kind: Any, offset: int) -> tuple[str, tuple[Part, ...]] | None:
        """Return what is at ``offset`` of a type, None where that is behind its end."""
        kind = self.bare(kind)
        if kind is None or not 0 <= offset < self._size(kind, DEEPEST):
            return None
        path, start, parts = "", 0, list[Part]()
        for _ in range(DEEPEST):
            if kind.tag == "DW_TAG_array_type":
                parts += self._arrays(kind, path, start, offset)
                step = self._element(kind, offset)
            else:
                parts.append(Part(path, start, self._size(kind, DEEPEST), 0))
                step = self._member(kind, offset)
            if step is None:
                break
            words, kind, within = step
            path, start, offset = path + words, start + offset - within, within
        return path.removesuffix("[0]") if not offset else path, tuple(parts)

    def _arrays(self, array: Any, path: str, start: int, offset: int) -> list[Part]:
        """Return an array as a part, and the rows in it that the place is in, where it has several dimensions."""
        element, counts = self._size(self.bare(self._type_of(array)), DEEPEST), self._counts(array)
        if not element or not counts or not all(counts):
            return []
        found = []
        for dimension in range(len(counts)):
            size, row = (element * prod(counts[place:]) for place in (dimension, dimension + 1))
            found.append(Part(path, start, size, row))
            number, offset = divmod(offset, row)
            path, start = f"{path}[{number}]", start + number * row
        return found

    def _element(self, array: Any, offset: int) -> tuple[str, Any, int] | None:
        """Return ``[3]``, the type of an element and the offset in it."""
        element = self.bare(self._type_of(array))
        counts = self._counts(array)
        size = self._size(element, DEEPEST)
        if not size or not counts or not all(counts):
            return None
        number, words = offset // size, ""
        for count in reversed(counts[1:]):
            number, inner = divmod(number, count)
            words = f"[{inner}]{words}"
        return f"[{number}]{words}", element, offset % size

    def _member(self, structure: Any, offset: int) -> tuple[str, Any, int] | None:
        """Return ``.next``, its type and the offset in it; of a union nothing, for any of its members it may be."""
        if structure.tag not in ("DW_TAG_structure_type", "DW_TAG_class_type"):
            return None
        for child in structure.iter_children():
            self._count += 1
            if self._count > MOST_MEMBERS:
                raise DwarfError(f"a structure has more than {MOST_MEMBERS} members")
            if child.tag != "DW_TAG_member" or "DW_AT_bit_size" in child.attributes:
                continue
            at, kind = _member_offset(child), self.bare(self._type_of(child))
            name = child.attributes.get("DW_AT_name")
            if at is None or name is None or not isinstance(name.value, bytes):
                continue
            if at <= offset < at + self._size(kind, DEEPEST):
                text = name.value[:64].decode("utf-8", "replace")
                return (f".{text}", kind, offset - at) if text.isprintable() else None
        return None

    def _type_of(self, entry: Any) -> Any:
        return self._refer(entry, "DW_AT_type") if "DW_AT_type" in entry.attributes else None

    def _enter(self, structure: Any, path: str, offset: int, depth: int) -> None:
        for child in structure.iter_children():
            if child.tag != "DW_TAG_member" or "DW_AT_bit_size" in child.attributes:
                continue
            self._count += 1
            if self._count > MOST_MEMBERS:
                raise DwarfError(f"a structure has more than {MOST_MEMBERS} members")
            name = child.attributes.get("DW_AT_name")
            within = _member_offset(child)
            if within is None:
                continue
            at = offset + within
            kind = self.bare(self._type_of(child))
            if name is None:
                inner = path
            else:
                text = name.value.decode("utf-8", "replace")
                inner = f"{path}.{text}" if path else text
                self._members.setdefault(inner, Member(at, self._size(kind, DEEPEST)))
            if kind is not None and kind.tag in _STRUCTURES and depth:
                self._enter(kind, inner, at, depth - 1)

    def _size(self, kind: Any, depth: int) -> int:
        """Return the bytes of a type, 0 where that is not known."""
        if kind is None or depth == 0:
            return 0
        if kind.tag in _POINTERS:
            return POINTER_SIZE
        if kind.tag != "DW_TAG_array_type":
            return number_of(kind, "DW_AT_byte_size")
        count = 1
        for each in self._counts(kind):
            count *= each
        return count * self._size(self.bare(self._type_of(kind)), depth - 1)

    def _counts(self, array: Any) -> list[int]:
        """Return how many elements each dimension has, 0 where that is not known."""
        found = []
        for child in array.iter_children():
            if child.tag == "DW_TAG_subrange_type":
                has_bound = "DW_AT_upper_bound" in child.attributes
                found.append(
                    number_of(child, "DW_AT_upper_bound") + 1 if has_bound else number_of(child, "DW_AT_count")
                )
        return found
