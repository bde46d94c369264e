"""Reads CMSIS-SVD, the field's description of a part: peripherals, registers and fields as values. [CMSIS-SVD 1.3.10]

Only what a board needs: enumerated values, descriptions and write constraints are passed over. Properties are inherited
from the device down to each register, ``derivedFrom`` is followed, and arrays are taken apart. Vendors' files have
numbers such as ``0b01``, ``#1x0`` and ``4k``, blanks in ``dimIndex`` and registers in one place: all of this is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from emulator.annotations import NamedTuple
from emulator.errors import ConfigError
from emulator.program_file import SVD, printable, read_program_file, shown_path

DEEPEST = 8
"""Levels of clusters, and steps of ``derivedFrom``."""
MOST_ELEMENTS = 4096
"""Elements of one array."""
MOST_REGISTERS = 200_000
_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_INHERITED = ("size", "access", "resetValue")


class SvdField(NamedTuple):
    """Bits [low, low + width) of a register; empty texts where the file says nothing."""

    name: str
    low: int
    width: int
    access: str
    modified: str
    read_action: str


class SvdRegister(NamedTuple):
    """A register of ``size`` bytes at ``offset`` of its peripheral. ``modified`` is modifiedWriteValues."""

    name: str
    offset: int
    size: int
    access: str
    reset: int
    modified: str
    read_action: str
    fields: tuple[SvdField, ...]


class SvdPeripheral(NamedTuple):
    """A peripheral. ``like`` names the one that it is derived from, with the same registers."""

    name: str
    address: int
    size: int
    registers: tuple[SvdRegister, ...]
    interrupts: tuple[tuple[str, int], ...]
    like: str


class SvdDevice(NamedTuple):
    """A part. ``cpu`` holds the texts of the element cpu by tag, empty where there is none."""

    name: str
    vendor: str
    cpu: Mapping[str, str]
    peripherals: tuple[SvdPeripheral, ...]


def read_svd(path: str) -> SvdDevice:
    """Return what the file at ``path`` says. Raises ConfigError and ImageError."""
    shown = shown_path(path)
    try:
        root = ElementTree.fromstring(read_program_file(path, SVD))
    except (ElementTree.ParseError, ValueError) as error:
        raise ConfigError(f"{shown}: not valid XML: {printable(str(error), 80)}. Give a CMSIS-SVD file.") from None
    if root.tag != "device" or root.find("peripherals") is None:
        raise ConfigError(f"{shown}: no CMSIS-SVD file: its root is <{printable(root.tag, 40)}>. Give one.")
    try:
        return _Reader(root).device()
    except ValueError as error:
        raise ConfigError(f"{shown}: {printable(str(error), 120)}. Correct the file.") from None


def number(text: str | None, default: int = 0) -> int:
    """Return a number as SVD files write it; bits that do not matter are zero. Raises ValueError."""
    if text is None or not text.strip():
        return default
    word = text.strip().lower().lstrip("+")
    scale = 1
    if word[-1] in _UNITS and not word.startswith(("0x", "#", "0b")):
        scale, word = _UNITS[word[-1]], word[:-1]
    if word.startswith(("#", "0b")):
        return int(word.removeprefix("#").removeprefix("0b").replace("x", "0"), 2)
    return int(word, 16 if word.startswith("0x") else 10) * scale


class _Reader:
    def __init__(self, root: Element) -> None:
        self._root = root
        self._count = 0
        self._peripherals = {_text(p, "name"): p for p in root.iterfind("peripherals/peripheral")}

    def device(self) -> SvdDevice:
        """Return the part."""
        cpu = self._root.find("cpu")
        inherited = _properties(self._root, {"size": "32", "access": "read-write", "resetValue": "0"})
        found = [each for p in self._peripherals.values() for each in self._peripheral(p, inherited)]
        return SvdDevice(
            _text(self._root, "name"), _text(self._root, "vendor"),
            {} if cpu is None else {child.tag: (child.text or "").strip() for child in cpu}, tuple(found),
        )  # fmt: skip

    def _peripheral(self, element: Element, inherited: Mapping[str, str]) -> Iterator[SvdPeripheral]:
        base, like = element, ""
        for _ in range(DEEPEST):
            if base.find("registers") is not None or base.get("derivedFrom") not in self._peripherals:
                break
            like = str(base.get("derivedFrom"))
            base = self._peripherals[like]
        properties = _properties(element, _properties(base, inherited))
        own = element.find("registers")
        registers = tuple(self._registers(base.find("registers"), properties, 0, "", 0))
        has_like = bool(like) and own is None and not element.find("dim")
        interrupts = list(element.iterfind("interrupt"))
        lines = tuple((_text(i, "name"), number(i.findtext("value"))) for i in interrupts)
        blocks = list(element.iterfind("addressBlock")) or list(base.iterfind("addressBlock"))
        ends = [number(b.findtext("offset")) + number(b.findtext("size")) for b in blocks]
        size = max([4, *ends, *(r.offset + r.size for r in registers)])
        for name, offset in _elements(element, _text(element, "name")):
            address = number(element.findtext("baseAddress")) + offset
            yield SvdPeripheral(name, address, size, registers, lines, like if has_like else "")

    def _registers(
        self, parent: Element | None, inherited: Mapping[str, str], base: int, prefix: str, depth: int
    ) -> Iterator[SvdRegister]:
        if parent is None or depth > DEEPEST:
            return
        named = {_text(each, "name"): each for each in parent if each.tag in ("register", "cluster")}
        for element in named.values():
            if element.tag not in ("register", "cluster"):
                continue
            origin = _derived(element, named)
            properties = _properties(element, _properties(origin, inherited))
            offset = number(element.findtext("addressOffset") or origin.findtext("addressOffset"))
            array = element if element.find("dim") is not None else origin
            for name, further in _elements(array, _text(element, "name")):
                self._count += 1
                if self._count > MOST_REGISTERS:
                    raise ValueError(f"more than {MOST_REGISTERS:,} registers")
                place = base + offset + further
                if element.tag == "cluster":
                    inner = element if element.find("register") is not None else origin
                    yield from self._registers(inner, properties, place, f"{prefix}{name}_", depth + 1)
                else:
                    yield _register(element, origin, properties, f"{prefix}{name}", place)


def _register(element: Element, origin: Element, properties: Mapping[str, str], name: str, offset: int) -> SvdRegister:
    source = element if element.find("fields") is not None else origin
    return SvdRegister(
        name, offset, max(1, number(properties["size"]) // 8), properties["access"], number(properties["resetValue"]),
        _first(element, origin, "modifiedWriteValues"), _first(element, origin, "readAction"),
        tuple(_fields(source.find("fields"), properties["access"])),
    )  # fmt: skip


def _fields(parent: Element | None, access: str) -> Iterator[SvdField]:
    elements = list(parent.iterfind("field")) if parent is not None else []
    named = {_text(each, "name"): each for each in elements}
    for element in elements:
        origin = _derived(element, named)
        place = element if _has_place(element) else origin
        low, width = _bits(place)
        for name, further in _elements(element, _text(element, "name")):
            yield SvdField(
                name, low + further, width, _first(element, origin, "access") or access,
                _first(element, origin, "modifiedWriteValues"), _first(element, origin, "readAction"),
            )  # fmt: skip


def _has_place(element: Element) -> bool:
    return any(element.find(tag) is not None for tag in ("bitOffset", "lsb", "bitRange"))


def _bits(element: Element) -> tuple[int, int]:
    text = element.findtext("bitRange")
    if text is not None:
        high, _, low = text.strip().strip("[]").partition(":")
        return number(low), number(high) - number(low) + 1
    if element.find("lsb") is not None:
        low_bit = number(element.findtext("lsb"))
        return low_bit, number(element.findtext("msb")) - low_bit + 1
    return number(element.findtext("bitOffset")), number(element.findtext("bitWidth"), 1)


def _derived(element: Element, named: Mapping[str, Element]) -> Element:
    """Return what ``element`` is derived from among its siblings, itself where that is nothing."""
    origin = element
    for _ in range(DEEPEST):
        name = (origin.get("derivedFrom") or "").rpartition(".")[2]
        if name not in named or named[name] is element:
            break
        origin = named[name]
    return origin


def _properties(element: Element, inherited: Mapping[str, str]) -> dict[str, str]:
    return {tag: (element.findtext(tag) or inherited[tag]).strip() for tag in _INHERITED}


def _first(element: Element, origin: Element, tag: str) -> str:
    return (element.findtext(tag) or origin.findtext(tag) or "").strip()


def _text(element: Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def _elements(element: Element, name: str) -> Iterator[tuple[str, int]]:
    """Yield the name and the offset of each element of an array, or of the one thing that is none."""
    count = number(element.findtext("dim"))
    if not count:
        yield _identifier(name.replace("[%s]", "").replace("%s", "")), 0
        return
    if count > MOST_ELEMENTS:
        raise ValueError(f"{name}: an array of {count:,} elements")
    step = number(element.findtext("dimIncrement"))
    indices = _indices(element.findtext("dimIndex"), count)
    for place, index in enumerate(indices):
        yield _identifier(name.replace("[%s]", index).replace("%s", index)), place * step


def _indices(text: str | None, count: int) -> list[str]:
    words = [word.strip() for word in (text or "").split(",") if word.strip()]
    if len(words) == 1:
        first, dash, last = (part.strip() for part in words[0].partition("-"))
        if dash and first.isdecimal() and last.isdecimal() and int(last) - int(first) + 1 == count:
            words = [str(value) for value in range(int(first), int(last) + 1)]
        elif dash and len(first) == len(last) == 1 and ord(last) - ord(first) + 1 == count:
            words = [chr(value) for value in range(ord(first), ord(last) + 1)]
    return words if len(words) == count else [str(value) for value in range(count)]


def _identifier(name: str) -> str:
    """Return a name of letters, digits and ``_`` alone."""
    word = re.sub(r"\W", "_", name, flags=re.ASCII)
    return word if word[:1].isalpha() or word[:1] == "_" else f"_{word}"
