"""The tables that native/hooks.c applies, and the extension itself.

``load()`` gives the extension, or None when it was not built; then the engine's own hooks run and everything is the
same but slower. Tables are caches: an entry may be missing (Python is asked) but never wrong, so a slot is simply
overwritten when two entries meet in it.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable, Hashable

from emulator.annotations import NamedTuple
from emulator.armv7m.instructions import Block, Kind, Special
from emulator.errors import InternalError
from emulator.machine.blocks import BlockClock, Verdict, key_of
from emulator.machine.shared_state import (
    MAX_MAPS,
    BlockSlot,
    MapSlot,
    MemoryMap,
    MemoryRange,
    PageSlot,
    SpecialSlot,
    SplitSlot,
    State,
    SteadySlot,
)

BLOCK_SLOTS = 1 << 14
PAGE_SLOTS = 1 << 12
SPLIT_SLOTS = 1 << 6
SPECIAL_SLOTS = 1 << 14
PROBES = 4
NO_OFFSET = 0xFFFF
HITS_WORTH_IT = 4000
ATTEMPTS = 16
"""Translations that a block is worth; after that it stays watched as a whole."""
TABLES_KEPT = 64
"""Memory maps whose page tables are kept: an RTOS returns to the same few maps over and over."""


def block_place(key: int) -> int:
    """block_place()."""
    return key >> 13 ^ (key & 0xFFF) << 4


class Extension(NamedTuple):
    """The C half: the ``addresses`` of its hooks by name, and the functions that NativeRun calls.

    ``run(address of the state, trap)`` returns a Cause; ``trap()`` serves the personality's trap, False ends the run.
    """

    addresses: dict[str, int]
    run: Callable[[int, Callable[[], bool]], int]
    select_map: Callable[[int], bool]


def load() -> Extension | None:
    """Return the C half, or None without the extension (or with V7M_PURE_PYTHON set)."""
    if os.environ.get("V7M_PURE_PYTHON"):
        return None
    try:
        from emulator.machine import _accelerator  # type: ignore[attr-defined, unused-ignore]
    except ImportError:
        return None
    layouts = {"state": State, "block": BlockSlot, "page": PageSlot, "split": SplitSlot, "special": SpecialSlot}
    layouts |= {"range": MemoryRange, "map": MapSlot, "steady": SteadySlot}
    if _accelerator.sizes() != {name: ctypes.sizeof(layout) for name, layout in layouts.items()}:
        raise InternalError("the accelerator was built from another version: reinstall the package")
    return Extension(_accelerator.addresses(), _accelerator.run, _accelerator.select_map)


def is_built() -> bool:
    """Whether the extension was built at installation."""
    try:
        from emulator.machine import _accelerator  # type: ignore[attr-defined, unused-ignore]  # noqa: F401
    except ImportError:
        return False
    return True


def _aligned_slots() -> ctypes.Array[BlockSlot]:
    """Return the slots of the block clock, none of them across two cache lines."""
    size = ctypes.sizeof(BlockSlot)
    memory = (ctypes.c_uint8 * (size * (BLOCK_SLOTS + 1)))()
    return (BlockSlot * BLOCK_SLOTS).from_buffer(memory, -ctypes.addressof(memory) % size)


class NativeBlockClock(BlockClock):
    """A BlockClock whose numbers live in the C state, so that both halves count with the same ones."""

    def __init__(self, state: State, read_code: Callable[[int, int], bytes], read_itstate: Callable[[], int],
                 canonical_page: Callable[[int], int]) -> None:  # fmt: skip
        self._state = state
        self.narrows = True
        """Whether a hot block is worth another translation that watches less."""
        self._numbered: list[Block | None] = [None]
        self._free: list[int] = []
        self._number_of: dict[int, int] = {}
        self._victim = 0
        self._attempts: dict[int, int] = {}
        self.watched_range: Callable[[Block], tuple[int, int]] = lambda block: (1, 0)
        """Offsets of the first and the last instruction of a block to watch; (1, 0) for none."""
        self._slots = _aligned_slots()
        state.blocks = ctypes.addressof(self._slots)
        state.block_mask = BLOCK_SLOTS - 1
        super().__init__(read_code, read_itstate, canonical_page)

    @property
    def current(self) -> Block | None:
        """The block that is executing."""
        number: int = self._state.current
        return self._numbered[number]

    @current.setter
    def current(self, block: Block | None) -> None:
        state = self._state
        if block is None:
            state.current = state.current_count = state.current_kinds = state.current_slot = 0
        else:
            state.current_slot = 0
            state.current = self._number_of[id(block)]
            state.current_count, state.current_kinds = block.count, block.kinds

    @property
    def is_in_block(self) -> bool:
        """See BlockClock."""
        return bool(self._state.current)

    @property
    def opening(self) -> int:
        """See BlockClock; the C hook asks Python then, as it does after a block that left an IT block open."""
        return 0 if self._state.current else int(self._state.current_kinds)

    @opening.setter
    def opening(self, kinds: int) -> None:
        if not self._state.current:
            self._state.current_kinds = kinds

    def enter(self, address: int, size: int) -> Verdict:
        """See BlockClock; a block that may run is remembered for the C hook."""
        verdict = super().enter(address, size)
        if verdict is Verdict.RUN:
            block = self.current
            if block is not None and self._blocks.get(key_of(block)) is block:
                self._state.current_slot = ctypes.addressof(self._fill_slot(key_of(block), block))
        return verdict

    def _fill_slot(self, key: int, block: Block) -> BlockSlot:
        slot = self._free_slot(key)
        if slot.key != key:
            slot.key = key
            slot.count, slot.kinds, slot.index = block.count, block.kinds, self._number_of[id(block)]
            slot.first, slot.last = self.watched_range(block)
            slot.aligned = block.bases
            is_asked = self.narrows and not key >> 44  # one that begins in an IT block is not translated again
            slot.hits, slot.narrow = (0 if is_asked else HITS_WORTH_IT), 0
            slot.first_fp = next((special.offset for special in block.specials if special.kind & Kind.FP), NO_OFFSET)
        return slot

    def _free_slot(self, key: int) -> BlockSlot:
        """Return the slot that holds ``key``, else a free one, else the one to overwrite."""
        start = block_place(key)
        probes = [self._slots[(start + probe) & BLOCK_SLOTS - 1] for probe in range(PROBES)]
        for slot in probes:
            if slot.key in (key, 0):
                return slot
        self._victim = (self._victim + 1) % PROBES
        return probes[self._victim]

    def take_narrow(self, address: int, size: int) -> bool:
        """Whether the C hook asks for another translation of a block; asked once."""
        slot = self._free_slot(address << 12 | size)
        if slot.key != address << 12 | size or not slot.narrow:
            return False
        slot.narrow = 0
        self._attempts[slot.key] = attempts = self._attempts.get(slot.key, 0) + 1
        if attempts < ATTEMPTS:
            slot.hits = 0  # the other half of a switch of modes, say, has a translation of its own
        return True

    def _add(self, key: int, address: int, size: int) -> Block:
        block = super()._add(key, address, size)
        if self._free:
            number = self._free.pop()
            self._numbered[number] = block
        else:
            number = len(self._numbered)
            self._numbered.append(block)
        self._number_of[id(block)] = number
        return block

    def _remove(self, key: int) -> None:
        block = self._blocks.get(key)
        if block is None:
            return
        slot = self._free_slot(key)
        if slot.key == key:
            slot.key = 0
        number = self._number_of[id(block)]
        if number != self._state.current:  # the current block stays until it is left; its number is then lost
            self._numbered[number] = None
            self._free.append(number)
            del self._number_of[id(block)]
        self._attempts.pop(key, None)
        super()._remove(key)

    def set_kinds(self, block: Block, kinds: int) -> None:
        """See BlockClock."""
        super().set_kinds(block, kinds)
        slot = self._free_slot(key_of(block))
        if slot.key == key_of(block):
            slot.key = 0

    def forget_all(self) -> None:
        """See BlockClock."""
        ctypes.memset(self._slots, 0, ctypes.sizeof(self._slots))
        self._attempts.clear()
        super().forget_all()

    def set_splits(self, pages: set[int]) -> None:
        """See BlockClock."""
        super().set_splits(pages)
        self._state.has_splits = bool(pages)


def _shared(name: str) -> property:
    def get(clock: NativeBlockClock) -> int:
        value: int = getattr(clock._state, name)
        return value

    def put(clock: NativeBlockClock, value: int) -> None:
        setattr(clock._state, name, value)

    return property(get, put)


for _name in ("executed", "limit", "before", "after", "hooked"):
    setattr(NativeBlockClock, _name, _shared(_name))


class _Tables(NamedTuple):
    """What is known of one memory map."""

    pages: ctypes.Array[PageSlot]
    splits: ctypes.Array[SplitSlot]


class PageTables:
    """The answers of the fill hook, one table for each memory map, and the rights inside split pages.

    The C half finds the table of a map by its bytes (native/memory.c), so that a kernel's switch needs no Python.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._by_map: dict[Hashable, _Tables] = {}
        self._by_address: dict[int, _Tables] = {}
        self._maps = (MapSlot * MAX_MAPS)()
        state.maps = ctypes.addressof(self._maps)
        state.page_mask, state.split_mask = PAGE_SLOTS - 1, SPLIT_SLOTS - 1
        self._passing = self._new()
        self.select(None)

    def _new(self) -> _Tables:
        tables = _Tables((PageSlot * PAGE_SLOTS)(), (SplitSlot * SPLIT_SLOTS)())
        self._by_address[ctypes.addressof(tables.pages)] = tables
        return tables

    def select(self, key: Hashable) -> None:
        """Use the table of the memory map that ``key`` names; None stands for a map nothing may be kept of."""
        if key is None:
            tables = self._passing
            ctypes.memset(tables.pages, 0, ctypes.sizeof(tables.pages))
            ctypes.memset(tables.splits, 0, ctypes.sizeof(tables.splits))
        else:
            known = self._by_map.get(key)
            tables = self._add(key) if known is None else known
        self._state.pages, self._state.splits = ctypes.addressof(tables.pages), ctypes.addressof(tables.splits)

    def _add(self, key: Hashable) -> _Tables:
        if len(self._by_map) >= TABLES_KEPT:
            self._forget()
        tables = self._by_map[key] = self._new()
        if isinstance(key, bytes):
            number = map_hash(key)
            place = number >> 8
            while self._maps[place % MAX_MAPS].hash:
                place += 1
            slot = self._maps[place % MAX_MAPS]
            slot.pages, slot.splits = ctypes.addressof(tables.pages), ctypes.addressof(tables.splits)
            slot.key[:] = key
            slot.hash = number
        return tables

    def _forget(self) -> None:
        self._by_map.clear()
        self._by_address = {ctypes.addressof(self._passing.pages): self._passing}
        ctypes.memset(self._maps, 0, ctypes.sizeof(self._maps))

    def clear(self) -> None:
        """Forget the answers for every map: what is behind an address has changed."""
        self._forget()
        self.select(None)

    def keep(self, page: int, privileged: bool, fetch: bool, paddr: int, perms: int, dirty: int, host: int) -> None:
        """Remember an answer of the fill hook; ``host`` is where the page's bytes are, 0 when there is no memory."""
        key = page | (4 if fetch else 0) | privileged << 1 | 1
        tables = self._by_address[self._state.pages]
        slot = tables.pages[(page >> 8 ^ page >> 20 ^ key >> 1) & PAGE_SLOTS - 1]
        slot.key, slot.paddr, slot.perms, slot.dirty, slot.host = key, paddr, perms, dirty, host

    def keep_split(self, page: int, privileged: bool, host: int, writable: bool, rights: bytes) -> None:
        """Remember the data rights of the 32 granules of a split page; ``host`` is where its bytes are."""
        key = page | privileged << 1 | 1
        tables = self._by_address[self._state.pages]
        slot = tables.splits[(page >> 9 ^ key >> 1) & SPLIT_SLOTS - 1]
        slot.key, slot.host, slot.writable = key, host, writable
        slot.rights[:] = rights

    def protect_split(self, host: int) -> None:
        """Stores to the split page at ``host`` are Python's from now on: code is decoded from it."""
        for tables in self._by_address.values():
            for slot in tables.splits:
                if slot.host == host:
                    slot.writable = 0


_MAP_WORDS = struct.Struct(f"<{ctypes.sizeof(MemoryMap) // 8}Q")


def map_hash(key: bytes) -> int:
    """hash_of()."""
    number = 0xCBF2_9CE4_8422_2325
    for word in _MAP_WORDS.unpack(key):
        number = (number ^ word) * 0x9E37_79B9_7F4A_7C15 & 0xFFFF_FFFF_FFFF_FFFF
        number ^= number >> 29
    return number | 1


class SpecialTable:
    """The instructions to look at before they execute."""

    def __init__(self, state: State) -> None:
        self._slots = (SpecialSlot * SPECIAL_SLOTS)()
        state.specials = ctypes.addressof(self._slots)
        state.special_mask = SPECIAL_SLOTS - 1

    def put(self, address: int, special: Special) -> None:
        """Watch the instruction at ``address``."""
        probes = self._probes(address)
        slot = next((slot for slot in probes if slot.address in (address, 0)), probes[address >> 1 & PROBES - 1])
        slot.address, slot.kind, slot.displacement = address, special.kind, special.displacement
        slot.base, slot.index, slot.shift = special.base, special.index, special.shift
        slot.itstate, slot.alignment = special.itstate, special.alignment
        slot.is_simple = bool(
            special.kind & (Kind.ALIGNED | Kind.EXCLUSIVE | Kind.BREAKPOINT) == Kind.ALIGNED
            and 0 <= special.base < 15 and special.index < 0 and not special.itstate & 0xF
        )

    def put_plain(self, address: int) -> None:
        """Note that the instruction at ``address``, among watched ones, is a plain one."""
        self.put(address, Special(0, 2, Kind.NONE, 0))

    def remove(self, address: int) -> None:
        """Stop watching ``address``."""
        for slot in self._probes(address):
            if slot.address == address:
                slot.address = 0

    def _probes(self, address: int) -> list[SpecialSlot]:
        start = address >> 1
        return [self._slots[(start + probe) & SPECIAL_SLOTS - 1] for probe in range(PROBES)]
