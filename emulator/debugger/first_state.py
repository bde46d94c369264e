"""The state before the first instruction, to begin again from: memory is what the image says, and zero elsewhere.

Unlike machine/snapshot.py it copies nothing: a debugger is started more often than a program is begun again.
"""

from __future__ import annotations

from emulator.devices.bus import PAGE_SIZE
from emulator.engine.blocks import PAGE_SHIFT
from emulator.machine.machine import Machine


class FirstState:
    """The first state of what ``machine`` runs, which has not run yet."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        machine.engine.pages.watch_stores()

    def restore(self) -> None:
        """Return there."""
        machine = self._machine
        for page in sorted(machine.engine.pages.stored_pages):
            machine.poke(page << PAGE_SHIFT, bytes(PAGE_SIZE))
        for segment in machine.image.segments:
            if machine.peek(segment.address, len(segment.data)) != segment.data:
                machine.poke(segment.address, segment.data)
        machine.power_up()
        machine.engine.pages.watch_stores()
