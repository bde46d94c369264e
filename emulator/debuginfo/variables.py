"""Finds the variable that a place in a function's stack frame is of, and the part of a variable at an offset.

Only what lives at one fixed place is found: a frame offset from the canonical frame address, as compilers give it to
whatever has its address taken. Left out on purpose: location lists, and frame bases that are computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.annotations import Any, NamedTuple
from emulator.debuginfo.source import Part, Variable
from emulator.debuginfo.structures import find_parts, leb128, number_of

Ranges = list[tuple[int, int]]
_Parts = tuple[str, tuple[Part, ...]]
_VARIABLES = frozenset({"DW_TAG_variable", "DW_TAG_formal_parameter"})
_SCOPES = frozenset({"DW_TAG_subprogram", "DW_TAG_inlined_subroutine", "DW_TAG_lexical_block"})
_FUNCTIONS = frozenset({"DW_TAG_subprogram", "DW_TAG_inlined_subroutine"})
_CALL_FRAME_CFA = [0x9C]
_FBREG = 0x91
_LONGEST_ORIGIN = 8


class _Scope(NamedTuple):
    """A function, an inlined copy of one or a block: ``entry``, whether the place is in its ``ranges``, its depth."""

    entry: Any
    is_function: bool
    is_active: bool
    depth: int


class _Candidate(NamedTuple):
    """A variable at ``offset`` in the scopes ``function`` and ``block``."""

    entry: Any
    offset: int
    function: _Scope
    block: _Scope


def find_local(
    entries: Iterable[Any],
    ranges_of: Callable[[Any], Ranges],
    refer: Callable[[Any, str], Any],
    pc: int,
    offset: int,
    most_entries: int,
) -> Variable | None:
    """Return the variable of the function at ``pc`` that is ``offset`` bytes from its canonical frame address.

    ``entries`` are those of its unit, of which ``most_entries`` are looked at. None: there is none, or there are
    several of which none is in scope.
    """
    found: list[_Candidate] = []
    scopes: list[_Scope] = []
    depth = 0
    for count, entry in enumerate(entries):
        if count >= most_entries:
            break
        if entry.is_null():
            depth -= 1
            continue
        while scopes and scopes[-1].depth >= depth:
            scopes.pop()
        if entry.tag in _SCOPES:
            _enter(scopes, entry, ranges_of(entry), pc, depth)
        elif entry.tag in _VARIABLES and scopes and _is_in_frame(scopes[0].entry):
            at = _frame_offset(entry)
            if at is not None and at <= offset:
                function = next(scope for scope in reversed(scopes) if scope.is_function)
                found.append(_Candidate(entry, at, function, scopes[-1]))
        depth += bool(entry.has_children)
    # Names and types are looked up last: that reads entries out of order.
    return _best([(one, part) for one in found if (part := _part(one, offset, refer)) is not None], refer)


def find_member(
    entries: Iterable[Any], refer: Callable[[Any, str], Any], name: str, offset: int, most_entries: int
) -> Variable | None:
    """Return the part at ``offset`` of the variable ``name`` that a unit defines or declares outside of functions."""
    wanted, depth, known = name.encode(), 0, []
    for count, entry in enumerate(entries):
        if count >= most_entries:
            break
        if entry.is_null():
            depth -= 1
            continue
        if depth == 1 and entry.tag == "DW_TAG_variable" and _raw_name(entry) == wanted:
            known.append(entry)
        depth += bool(entry.has_children)
    for entry in known:
        found = None if "DW_AT_type" not in entry.attributes else find_parts(refer(entry, "DW_AT_type"), offset, refer)
        if found is not None:
            line = number_of(entry, "DW_AT_decl_line")
            return Variable(name + found[0], "", 0, line, 0, True, _named(name, found[1]))
    return None


def _enter(scopes: list[_Scope], entry: Any, ranges: Ranges, pc: int, depth: int) -> None:
    """Add ``entry`` to the scopes; the outermost of them must be the function whose code is at ``pc``."""
    is_active = any(start <= pc < end for start, end in ranges)
    is_function = entry.tag in _FUNCTIONS
    if scopes or (entry.tag == "DW_TAG_subprogram" and is_active):
        is_active = is_active or (not is_function and not ranges and scopes[-1].is_active)
        scopes.append(_Scope(entry, is_function, is_active, depth))


def _is_in_frame(function: Any) -> bool:
    """Whether offsets of variables of ``function`` are from its canonical frame address."""
    base = function.attributes.get("DW_AT_frame_base")
    return base is not None and isinstance(base.value, list) and base.value == _CALL_FRAME_CFA


def _frame_offset(entry: Any) -> int | None:
    """Return the offset of DW_OP_fbreg where that is all of a variable's location, else None."""
    location = entry.attributes.get("DW_AT_location")
    code = None if location is None else location.value
    return leb128(code[1:], is_signed=True) if isinstance(code, list) and code[:1] == [_FBREG] else None


def _named(name: str, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    return tuple(part._replace(path=name + part.path) for part in parts)


def _part(one: _Candidate, offset: int, refer: Callable[[Any, str], Any]) -> _Parts | None:
    kind = _attribute_of(one.entry, "DW_AT_type", refer)
    return None if kind is None else find_parts(refer(kind, "DW_AT_type"), offset - one.offset, refer)


def _best(found: list[tuple[_Candidate, _Parts]], refer: Callable[[Any, str], Any]) -> Variable | None:
    """Return the candidate in the innermost scope that the place is in; one that is out of scope if it is the only."""
    active = [(one, part) for one, part in found if one.function.is_active]
    active = [(one, part) for one, part in active if one.block.is_active] or active
    if active:
        one, part = max(active, key=lambda each: each[0].block.depth)
    elif len(found) == 1:
        one, part = found[0]
    else:
        return None
    named, function = _attribute_of(one.entry, "DW_AT_name", refer), one.function.entry
    caller = _attribute_of(function, "DW_AT_name", refer)
    if named is None or caller is None:
        return None
    name, of = (_raw_name(each).decode("utf-8", "replace") for each in (named, caller))
    if not (name + of).isprintable():
        return None
    return Variable(
        name + part[0], of, number_of(named, "DW_AT_decl_file"), number_of(named, "DW_AT_decl_line"), one.offset,
        one.function.is_active, _named(name, part[1]),
    )  # fmt: skip


def _attribute_of(entry: Any, name: str, refer: Callable[[Any, str], Any]) -> Any:
    """Return ``entry``, or the one that it is a copy of, that has the attribute; None where none has."""
    for _ in range(_LONGEST_ORIGIN):
        if name in entry.attributes:
            return entry
        link = next((one for one in ("DW_AT_abstract_origin", "DW_AT_specification") if one in entry.attributes), None)
        if link is None:
            return None
        entry = refer(entry, link)
    return None


def _raw_name(entry: Any) -> bytes:
    name = entry.attributes.get("DW_AT_name")
    return name.value[:256] if name is not None and isinstance(name.value, bytes) else b""
