"""Where a lenient board has nothing, and the program touched it all the same."""

from __future__ import annotations

from emulator.armv7m.faults import Access
from emulator.machine.events import AbsentTouched
from emulator.machine.parts import Parts

MOST_ABSENT = 4096


class Absent:
    """Notes the first touch of each address, at most MOST_ABSENT of them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.touched: dict[int, AbsentTouched] = {}
        parts.bus.on_absent = self._touch

    def _touch(self, address: int, size: int, is_write: bool) -> None:
        if address in self.touched or len(self.touched) >= MOST_ABSENT:
            return
        access = Access.WRITE if is_write else Access.READ
        parts = self._parts
        event = AbsentTouched(parts.clock.now, parts.state.executing_pc(), address, access.name.lower(), size)
        self.touched[address] = event
        parts.observers.emit(event)
