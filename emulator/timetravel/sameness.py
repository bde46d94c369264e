"""Which objects surely hold what they held, told at once for all that a memento looks at (native/sameness.c).

Without the extension nothing is sure, and memento.py looks at each: the captures are the same.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import Any
from emulator.engine import accelerator

MayHaveChanged = Callable[[list[tuple[Any, Any]], dict[type, tuple[object, ...]]], list[int] | range]
"""Takes pairs of an object and what it held, and the members of classes whose instances are attributes; returns the
places of the pairs that do not surely match."""


def load() -> MayHaveChanged:
    """Return the extension's function, or what stands for it without it (or with V7M_PURE_PYTHON set)."""
    if accelerator.load() is not None:
        try:
            from emulator.engine import _sameness  # type: ignore[attr-defined, unused-ignore]
        except ImportError:
            return _all
        function: MayHaveChanged = _sameness.may_have_changed
        return function
    return _all


def _all(items: list[tuple[Any, Any]], members: dict[type, tuple[object, ...]]) -> range:
    return range(len(items))
