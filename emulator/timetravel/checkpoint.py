"""A machine's whole state at one moment of its run, and its return.

Memory is kept by pages: a checkpoint has those that differ from the memory at the first one, and shares them with its
neighbours. Registers, exceptions and what else the engine has are an EngineState; devices, the clock, the kernel
outside the guest and all other objects that the machine leads to are a memento.
"""

from __future__ import annotations

import ctypes

from emulator.annotations import Any, NamedTuple
from emulator.armv7m.instructions import Block, Special
from emulator.devices.bus import PAGE_SIZE, MemoryBlock
from emulator.devices.catalog import DeviceSpec
from emulator.engine.blocks import PAGE_SHIFT
from emulator.engine.engine_state import EngineState
from emulator.image.image import Image
from emulator.machine.machine import Machine
from emulator.machine.observers import HostSide
from emulator.records import dataclass
from emulator.timetravel.memento import Item, Memento
from emulator.timetravel.stored_pages import StoredPages

_SHARED_CORE = "emulator.engine.shared_core"
_HOST_SIDE = ("emulator.engine.", "emulator.debugger.", "emulator.timetravel.", "emulator.gdb.", "emulator.trace.")
_FIXED: tuple[type, ...] = (
    *(MemoryBlock, Image, HostSide, Block, Special, DeviceSpec),
    *(ctypes.Structure, ctypes.Array, ctypes._SimpleCData, type(ctypes.pythonapi.Py_IsInitialized).__mro__[1]),
)


def is_host_side(cls: type) -> bool:
    """Whether a memento does not enter objects of a class: the engine's, what never changes, and who looks on."""
    module = cls.__module__
    return issubclass(cls, _FIXED) or (module.startswith(_HOST_SIDE) and module != _SHARED_CORE)


ITEM_SIZE, CHECKPOINT_SIZE = 220, 8192
"""About the bytes that an item of a memento takes, and a checkpoint without items and pages."""


CHUNK = 64 << 10
_ZEROS = bytes(CHUNK)


class Position(NamedTuple):
    """Where a run is: the instructions executed, and the exceptions taken and resets since its beginning.

    Several exceptions can be taken between two instructions. What a run does is the same each time, so a position
    names one state. Positions are ordered as the run comes to them.
    """

    executed: int
    turns: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state at ``position``; ``now`` is the virtual time. ``pages`` has what differs from the first one's memory.

    ``is_edit``: the state after something was changed from outside, which running to ``position`` does not lead to.
    """

    position: Position
    now: int
    items: list[Item]
    engine: EngineState
    pages: dict[int, bytes]
    is_edit: bool


class Checkpoints:
    """Takes checkpoints of ``machine`` and returns to them. From here on it is told of all stores to memory."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._memento = Memento([machine], is_host_side)
        self._first = [(block, _chunks_of(block)) for block in machine.bus.blocks]
        self._pages: dict[int, bytes] = {}
        self._watched_from = self.position
        self.stored = StoredPages(self.position)
        """Where in the run which pages were stored to."""
        machine.engine.pages.watch_stores()
        self._stale()

    @property
    def position(self) -> Position:
        """Where the run is."""
        machine = self._machine
        return Position(machine.engine.executed, machine.exceptions.taken + machine.resets)

    def take(self, is_edit: bool = False) -> Checkpoint:
        """Return the state as it is now."""
        machine = self._machine
        machine.observers.catch_up()
        self._note_pages()
        return Checkpoint(
            self.position, machine.clock.now, self._memento.capture(), machine.engine.save(), self._pages.copy(),
            is_edit,
        )  # fmt: skip

    def restore(self, checkpoint: Checkpoint) -> None:
        """Return to the state of ``checkpoint``."""
        machine = self._machine
        machine.observers.catch_up()
        self._note_pages()
        now, then = self._pages, checkpoint.pages
        for page in sorted(now.keys() | then.keys()):
            content = then.get(page)
            if content is not now.get(page):
                machine.bus.poke(page << PAGE_SHIFT, self._at_first(page) if content is None else content)
        interruption = machine.interruption
        self._memento.restore(checkpoint.items)
        machine.interruption = interruption
        machine.engine.restore(checkpoint.engine)
        machine.engine.pages.watch_stores()
        self._watched_from = checkpoint.position
        self._pages = then.copy()
        self._stale()

    def pages_of(self, address: int, size: int) -> frozenset[int] | None:
        """Return the pages of memory that hold ``size`` bytes at ``address``; None where there is no memory."""
        found = set()
        for page in range(address & -PAGE_SIZE, address + size, PAGE_SIZE):
            memory = self._machine.memory_page(page)
            if memory is None:
                return None
            found.add(memory[0] >> PAGE_SHIFT)
        return frozenset(found)

    def _stale(self) -> None:
        self._machine.rights_changed()

    def _note_pages(self) -> None:
        """Take the pages that were stored to since the last checkpoint."""
        guest_pages, peek, pages = self._machine.engine.pages, self._machine.bus.peek, self._pages
        stored, here = guest_pages.stored_pages, self.position
        guest_pages.watch_stores()
        self.stored.note(self._watched_from, here, frozenset(stored))
        self._watched_from = here
        for page in stored:
            content, known = peek(page << PAGE_SHIFT, PAGE_SIZE), pages.get(page)
            if known is None:
                known = self._at_first(page)
            if content != known:
                pages[page] = content

    def _at_first(self, page: int) -> bytes:
        """Return what a page held at the first checkpoint."""
        address = page << PAGE_SHIFT
        for block, chunks in self._first:
            if 0 <= address - block.address < block.size:
                chunk, offset = divmod(address - block.address, CHUNK)
                return chunks[chunk][offset : offset + PAGE_SIZE]
        raise KeyError(page)


def _chunks_of(block: MemoryBlock) -> list[bytes]:
    """Return what a block of memory holds, in pieces: of a new machine's nearly all are the same zeros."""
    pieces = (bytes(block.view[offset : offset + CHUNK]) for offset in range(0, block.size, CHUNK))
    return [_ZEROS if piece == _ZEROS else piece for piece in pieces]


def size_of(checkpoint: Checkpoint, before: Checkpoint | None) -> int:
    """Return about how many bytes ``checkpoint`` takes beside what it shares with the one ``before`` it."""
    known: dict[int, Any] = {} if before is None else before.pages
    own = sum(PAGE_SIZE for page, content in checkpoint.pages.items() if known.get(page) is not content)
    return CHECKPOINT_SIZE + ITEM_SIZE * len(checkpoint.items) + 100 * len(checkpoint.pages) + own
