"""Makes a failing case small: fewer units, simpler registers, the same kind of difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from differential.lab.batch import Case, with_units

Judge = Callable[[Sequence[Case]], list[bool]]


def shrunk(case: Case, still_fails: Judge) -> Case:
    """Return a smaller case that fails as ``case`` does; ``still_fails`` judges many candidates in one run."""
    case = _without_units(case, still_fails)
    case = _with_simple_registers(case, still_fails)
    return _without_units(case, still_fails)


def _first(candidates: Sequence[Case], still_fails: Judge) -> Case | None:
    if not candidates:
        return None
    verdicts = still_fails(candidates)
    return next((case for case, fails in zip(candidates, verdicts, strict=True) if fails), None)


def _without_units(case: Case, still_fails: Judge) -> Case:
    size = max(1, len(case.units) // 2)
    while case.units:
        starts = range(0, len(case.units), size)
        candidates = [with_units(case, (*case.units[:n], *case.units[n + size :])) for n in starts]
        smaller = _first(candidates, still_fails)
        if smaller is not None:
            case = smaller
        elif size == 1:
            break
        size = max(1, min(size // 2 if smaller is None else size, len(case.units)))
    return case


def _with_simple_registers(case: Case, still_fails: Judge) -> Case:
    for field_name in ("r", "s"):
        for number in range(len(getattr(case, field_name))):
            values = getattr(case, field_name)
            if values[number] == 0 or (field_name == "r" and number in (6, 8)):
                continue
            simpler = _replaced(case, field_name, number, 0)
            case = _first([simpler], still_fails) or case
    for field_name in ("apsr", "fpscr", "memory_seed"):
        case = _first([_with_field(case, field_name, 0)], still_fails) or case
    return case


def _replaced(case: Case, field_name: str, number: int, value: int) -> Case:
    values = list(getattr(case, field_name))
    values[number] = value
    return _with_field(case, field_name, tuple(values))


def _with_field(case: Case, field_name: str, value: object) -> Case:
    changes: dict[str, Any] = {field_name: value}
    return replace(case, **changes)
