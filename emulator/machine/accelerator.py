"""The Python half of native/accelerator.c: the same structures, and the tables that the C hooks apply.

``load()`` gives the module's addresses, or None when the extension was not built; then the engine's own hooks run and
everything is the same but slower. Tables are caches: an entry may be missing (Python is asked) but never wrong, so a
slot is simply overwritten when two entries meet in it.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
from collections.abc import Callable, Hashable

from emulator.armv7m.instructions import Block, Kind, Special
from emulator.errors import InternalError
from emulator.machine.blocks import BlockClock, Verdict

BLOCK_SLOTS = 1 << 14
PAGE_SLOTS = 1 << 10
SPLIT_SLOTS = 1 << 6
SPECIAL_SLOTS = 1 << 14
PROBES = 4
HITS_WORTH_IT = 8
ATTEMPTS = 16
"""Translations that a block is worth; after that it stays watched as a whole."""
TABLES_KEPT = 64
"""Memory maps whose page tables are kept: an RTOS returns to the same few maps over and over."""


def _hash(key: int) -> int:
    """hash()."""
    return key * 0x9E37_79B9_7F4A_7C15 >> 40 & 0xFF_FFFF


class BlockSlot(ctypes.Structure):
    """block_slot."""

    _fields_ = [
        ("key", ctypes.c_uint64),
        ("count", ctypes.c_uint32),
        ("kinds", ctypes.c_uint32),
        ("index", ctypes.c_uint32),
        ("first", ctypes.c_uint16),
        ("last", ctypes.c_uint16),
        ("hits", ctypes.c_uint32),
        ("narrow", ctypes.c_uint32),
    ]


class PageSlot(ctypes.Structure):
    """page_slot."""

    _fields_ = [
        ("paddr", ctypes.c_uint64),
        ("key", ctypes.c_uint32),
        ("perms", ctypes.c_int32),
        ("dirty", ctypes.c_int32),
        ("reserved", ctypes.c_uint32),
    ]


class SplitSlot(ctypes.Structure):
    """split_slot."""

    _fields_ = [
        ("host", ctypes.c_uint64),
        ("key", ctypes.c_uint32),
        ("writable", ctypes.c_uint8),
        ("reserved", ctypes.c_uint8 * 3),
        ("rights", ctypes.c_uint8 * 32),
    ]


class SpecialSlot(ctypes.Structure):
    """special_slot."""

    _fields_ = [
        ("address", ctypes.c_uint32),
        ("kind", ctypes.c_uint32),
        ("displacement", ctypes.c_int32),
        ("base", ctypes.c_int8),
        ("index", ctypes.c_int8),
        ("shift", ctypes.c_uint8),
        ("itstate", ctypes.c_uint8),
        ("alignment", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
    ]


class State(ctypes.Structure):
    """state."""

    _fields_ = [
        ("executed", ctypes.c_uint64),
        ("limit", ctypes.c_uint64),
        *((name, ctypes.c_uint32) for name in ("before", "after", "seen", "hooked")),
        *((name, ctypes.c_uint32) for name in ("current", "current_count", "current_kinds", "stopped")),
        *((name, ctypes.c_uint32) for name in ("has_splits", "fill_enabled", "trap_divide", "trap_unaligned")),
        *((name, ctypes.c_void_p) for name in ("blocks", "pages", "splits", "specials", "dirty")),
        *((name, ctypes.c_uint32) for name in ("block_mask", "page_mask", "split_mask", "special_mask")),
        *((name, ctypes.c_void_p) for name in ("reg_read", "reg_write", "stop")),
        *((name, ctypes.c_int32) for name in ("id_xpsr", "id_control", "id_sp", "id_lr")),
        *(
            (f"python_{name}", ctypes.c_void_p)
            for name in ("block", "special", "fill", "window", "read", "write")
        ),
        *((name, ctypes.c_uint64) for name in ("current_slot", "approved_low", "approved_high", "approved_host")),
        ("approved_writable", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("python_calls", ctypes.c_uint64),
    ]  # fmt: skip


def load() -> dict[str, int] | None:
    """Return the addresses of the C hooks by name, or None without the extension (or with V7M_PURE_PYTHON set)."""
    if os.environ.get("V7M_PURE_PYTHON"):
        return None
    try:
        from emulator.machine import _accelerator  # type: ignore[attr-defined, unused-ignore]
    except ImportError:
        return None
    expected = {"state": State, "block": BlockSlot, "page": PageSlot, "split": SplitSlot, "special": SpecialSlot}
    if _accelerator.sizes() != {name: ctypes.sizeof(layout) for name, layout in expected.items()}:
        raise InternalError("the accelerator was built from another version: reinstall the package")
    addresses: dict[str, int] = _accelerator.addresses()
    return addresses


def is_built() -> bool:
    """Whether the extension was built at installation."""
    return importlib.util.find_spec("emulator.machine._accelerator") is not None


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
        self._slots = (BlockSlot * BLOCK_SLOTS)()
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
            block = self._blocks.get(address << 12 | size)
            if block is not None and block is self.current:
                self._fill_slot(address << 12 | size, block)
        return verdict

    def _fill_slot(self, key: int, block: Block) -> None:
        slot = self._free_slot(key)
        if slot.key != key:
            slot.key = key
            slot.count, slot.kinds, slot.index = block.count, block.kinds, self._number_of[id(block)]
            slot.first, slot.last = self.watched_range(block)
            slot.hits, slot.narrow = (0 if self.narrows else HITS_WORTH_IT), 0

    def _free_slot(self, key: int) -> BlockSlot:
        """Return the slot that holds ``key``, else a free one, else the one to overwrite."""
        start = _hash(key)
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
        slot = self._free_slot(block.address << 12 | block.size)
        if slot.key == block.address << 12 | block.size:
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


for _name in ("executed", "limit", "before", "after", "seen", "hooked"):
    setattr(NativeBlockClock, _name, _shared(_name))


class PageTables:
    """The answers of the fill hook, one table for each memory map, and the rights inside split pages."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tables: dict[Hashable, tuple[ctypes.Array[PageSlot], ctypes.Array[SplitSlot]]] = {}
        state.page_mask, state.split_mask = PAGE_SLOTS - 1, SPLIT_SLOTS - 1
        self.select(None)

    def select(self, key: Hashable) -> None:
        """Use the table of the memory map that ``key`` names; None stands for a map nothing may be kept of."""
        table = self._tables.pop(key, None)
        if table is None:
            table = (PageSlot * PAGE_SLOTS)(), (SplitSlot * SPLIT_SLOTS)()
            while len(self._tables) >= TABLES_KEPT:
                del self._tables[next(iter(self._tables))]
        elif key is None:
            ctypes.memset(table[0], 0, ctypes.sizeof(table[0]))
            ctypes.memset(table[1], 0, ctypes.sizeof(table[1]))
        self._tables[key] = table
        self._pages, self._splits = table
        self._state.pages, self._state.splits = ctypes.addressof(self._pages), ctypes.addressof(self._splits)

    def clear(self) -> None:
        """Forget the answers for every map: what is behind an address has changed."""
        self._tables.clear()
        self.select(None)

    def keep(self, page: int, privileged: bool, fetch: bool, paddr: int, perms: int, dirty: int) -> None:
        """Remember an answer of the fill hook."""
        key = page | (4 if fetch else 0) | privileged << 1 | 1
        slot = self._pages[(page >> 10 ^ page >> 22 ^ key << 9) & PAGE_SLOTS - 1]
        slot.key, slot.paddr, slot.perms, slot.dirty = key, paddr, perms, dirty

    def keep_split(self, page: int, privileged: bool, host: int, writable: bool, rights: bytes) -> None:
        """Remember the data rights of the 32 granules of a split page; ``host`` is where its bytes are."""
        key = page | privileged << 1 | 1
        slot = self._splits[(page >> 10 ^ key << 5) & SPLIT_SLOTS - 1]
        slot.key, slot.host, slot.writable = key, host, writable
        slot.rights[:] = rights

    def protect_split(self, host: int) -> None:
        """Stores to the split page at ``host`` are Python's from now on: code is decoded from it."""
        for slot in self._splits:
            if slot.host == host:
                slot.writable = 0


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

    def put_plain(self, address: int) -> None:
        """Note that the instruction at ``address``, among watched ones, is a plain one."""
        self.put(address, Special(0, 2, Kind.NONE, 0))

    def remove(self, address: int) -> None:
        """Stop watching ``address``."""
        for slot in self._probes(address):
            if slot.address == address:
                slot.address = 0

    def _probes(self, address: int) -> list[SpecialSlot]:
        start = _hash(address)
        return [self._slots[(start + probe) & SPECIAL_SLOTS - 1] for probe in range(PROBES)]
