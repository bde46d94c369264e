"""A machine that starts again instead of being built again: many cases in one process.

A snapshot holds the memory of a machine that has not run yet. Restoring copies back the pages that may have been stored
to since and powers the machine up; everything translated from unchanged pages stays, so the second case is a fast one.
"""

from __future__ import annotations

from emulator.devices.bus import PAGE_SIZE
from emulator.engine.blocks import PAGE_SHIFT
from emulator.machine.machine import Machine


class Snapshot:
    """The memory of ``machine`` as it is now, before its first instruction."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._contents = {block.address: bytes(block.view) for block in machine.bus.blocks}
        machine.engine.pages.watch_stores()

    def restore(self) -> None:
        """Return the machine to the moment of the snapshot."""
        machine = self._machine
        engine = machine.engine
        for page in engine.pages.stored_pages:
            self._restore_page(page << PAGE_SHIFT)
        machine.power_up()
        engine.pages.watch_stores()

    def _restore_page(self, address: int) -> None:
        bus = self._machine.bus
        for block in bus.blocks:
            offset = address - block.address
            if 0 <= offset < block.size:
                contents = self._contents[block.address][offset : offset + PAGE_SIZE]
                if block.view[offset : offset + PAGE_SIZE] != contents:
                    bus.poke(address, contents)
