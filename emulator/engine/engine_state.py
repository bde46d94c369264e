"""The part of a core's state that only its engine has, kept and brought back between two runs."""

from __future__ import annotations

import ctypes

from emulator.armv7m.instructions import Block
from emulator.engine.shared_state import State
from emulator.records import dataclass

_KEPT = (
    *("executed", "monitor_lost", "values", "fp", "enabled", "pending", "active", "lines", "priorities", "group_mask"),
    *("event", "taken", "vtor", "ccr", "scr", "cpacr", "fpccr", "fpcar", "fpdscr", "demcr", "map", "rnr", "skipped"),
    *("fp_is_automatic", "within_block", "fetch_held", "declined", "svc_left"),
)
"""What of the shared state is the guest's. The rest are tables, addresses, and what each run begins with anew."""


@dataclass(frozen=True, slots=True)
class EngineState:
    """What ``Engine.save`` returns; ``context`` is a UcContext."""

    executed: int
    before: int
    shared: tuple[bytes, ...]
    context: object
    previous: Block | str | None
    left: Block | None
    switches: tuple[int, ...] | None = None
    """What SwitchWatch.save returned."""


class SharedFields:
    """The fields of ``shared`` that are the guest's, as bytes."""

    def __init__(self, shared: State) -> None:
        whole = memoryview((ctypes.c_uint8 * ctypes.sizeof(shared)).from_buffer(shared)).cast("B")
        places = [(getattr(State, name).offset, getattr(State, name).size) for name in _KEPT]
        self._views = [whole[offset : offset + size] for offset, size in places]

    def save(self) -> tuple[bytes, ...]:
        """Return what they are now."""
        return tuple(map(bytes, self._views))

    def restore(self, saved: tuple[bytes, ...]) -> None:
        """Set them to what ``save`` returned."""
        for view, content in zip(self._views, saved, strict=True):
            view[:] = content
