"""Where a lenient board has nothing, and the program touched it all the same."""

from __future__ import annotations

from emulator.armv7m.faults import Access
from emulator.machine.events import AbsentTouched
from emulator.machine.parts import Parts

MOST_ABSENT = 4096


def note_absent(parts: Parts, touched: dict[int, AbsentTouched]) -> None:
    """Note the first touch of each such address in ``touched`` from now on, at most MOST_ABSENT of them."""

    def touch(address: int, size: int, is_write: bool) -> None:
        if address in touched or len(touched) >= MOST_ABSENT:
            return
        access = Access.WRITE if is_write else Access.READ
        event = AbsentTouched(parts.clock.now, parts.state.executing_pc(), address, access.name.lower(), size)
        touched[address] = event
        parts.observers.emit(event)

    parts.bus.on_absent = touch
