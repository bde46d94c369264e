"""The C half: the extension itself, and the tables that native/hooks.c applies, as Python fills them.

``load()`` gives the extension, or None when it was not built; then the engine's own hooks run and everything is the
same but slower. Tables are caches: an entry may be missing (Python is asked) but never wrong.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable

from emulator.annotations import Any, NamedTuple
from emulator.armv7m.instructions import Block, Kind, Special
from emulator.engine.blocks import BlockClock, key_of
from emulator.engine.branch import EXCEPTION_RETURN, VECTOR
from emulator.engine.shared_logs import STRUCTURES
from emulator.engine.shared_state import (
    BLOCK_SLOTS,
    BlockSlot,
    PageSlot,
    SpecialSlot,
    SplitSlot,
    State,
)
from emulator.engine.structure import fingerprint
from emulator.engine.tables import NativeTable
from emulator.errors import InternalError

RIGHT_IN_PARTS = 8
"""Beside the bits 1 << Access: each fetch from the page is to be judged."""
LAST_SERIAL = 0x7FFF_FFFE
NO_OFFSET = 0xFFFF
HITS_WORTH_IT = 4000
"""After so many needless calls a block is worth another translation, which takes as long as ten times as many."""
NEVER_WORTH_IT = HITS_WORTH_IT + 1
IS_HOT = 1 << 15
"""Beside the bits of registers in ``aligned``: the block has had so many."""
ATTEMPTS = 16
"""Translations that a block is worth; after that it stays watched as a whole."""


class Extension(NamedTuple):
    """The C half: the ``addresses`` of its hooks by name, and the functions that NativeRun calls.

    ``run(address of the state, trap)`` returns a Cause; ``trap()`` serves the personality's trap, False ends the run.
    """

    addresses: dict[str, int]
    run: Callable[[int, Callable[[], bool]], int]
    select_map: Callable[[int], None]
    functions: Any
    """All functions of the extension: those on tables take part in tables.py."""


def load() -> Extension | None:
    """Return the C half, or None without the extension (or with V7M_PURE_PYTHON set)."""
    if os.environ.get("V7M_PURE_PYTHON"):
        return None
    try:
        from emulator.engine import _accelerator  # type: ignore[attr-defined, unused-ignore]
    except ImportError:
        return None
    if _accelerator.fingerprint() != fingerprint(STRUCTURES):
        raise InternalError("the accelerator was built from another version: reinstall the package")
    return Extension(_accelerator.addresses(), _accelerator.run, _accelerator.select_map, _accelerator)


def is_built() -> bool:
    """Whether the extension was built at installation."""
    try:
        from emulator.engine import _accelerator  # type: ignore[attr-defined, unused-ignore]  # noqa: F401
    except ImportError:
        return False
    return True


def make_tables(extension: Extension, state: State) -> None:
    """Give ``state`` its tables, which live as long as it does."""
    state.kept = extension.functions.make_tables(ctypes.addressof(state))


PREVIOUS_RETURN, PREVIOUS_ENTRY = 1, 2
_TRANSFERS = {PREVIOUS_RETURN: EXCEPTION_RETURN, PREVIOUS_ENTRY: VECTOR}
"""Values of ``previous`` that are no addresses of blocks."""
_FORGOTTEN = 3
"""Another such: the block has no slot any more."""


class NativeBlockClock(BlockClock):
    """A BlockClock whose numbers and blocks live in the C state, so that both halves count with the same ones."""

    def __init__(self, extension: Extension, state: State, read_code: Callable[[int, int], bytes],
                 read_itstate: Callable[[], int], canonical_page: Callable[[int], int]) -> None:  # fmt: skip
        self._state = state
        self.narrows = True
        """Whether a hot block is worth another translation that watches less."""
        self._attempts: dict[int, int] = {}
        self._forgotten: Block | None = None
        self.watched_range: Callable[[Block], tuple[int, int]] = lambda block: (1, 0)
        """Offsets of the first and the last instruction of a block to watch; (1, 0) for none."""
        self._slots = NativeTable(extension.functions, state, "blocks", BlockSlot)
        super().__init__(read_code, read_itstate, canonical_page, self._slots)

    @property
    def current(self) -> Block | None:
        """The block that is executing."""
        address = self._state.current
        return None if address is None else self._block_at[self._slots.number(address)]

    @current.setter
    def current(self, block: Block | None) -> None:
        state = self._state
        if block is None:
            state.current = state.current_count = state.current_kinds = 0
            return
        number = self._slots.find(key_of(block))
        if self._block_at.get(number) is not block:
            number = BLOCK_SLOTS
            self._block_at[number] = block
            self._slots.slots[number].key = key_of(block)
            self._fill(block, number)
        state.current = self._slots.address(number)
        state.current_count, state.current_kinds = block.count, block.kinds

    @property
    def kinds_left(self) -> int:
        """See BlockClock."""
        return 0 if self._state.current is None else int(self._state.current_kinds)

    @property
    def previous(self) -> Block | str | None:
        """See BlockClock."""
        address: int = self._state.previous
        if address == _FORGOTTEN:
            return self._forgotten
        if not address or address in _TRANSFERS:
            return _TRANSFERS.get(address)
        return self._block_at.get(self._slots.number(address))

    @previous.setter
    def previous(self, previous: Block | str | None) -> None:
        if isinstance(previous, Block):
            number = self._slots.find(key_of(previous))
            has_slot = self._block_at.get(number) is previous
            self._forgotten = None if has_slot else previous
            self._state.previous = self._slots.address(number) if has_slot else _FORGOTTEN
        else:
            words = {word: number for number, word in _TRANSFERS.items()}
            self._state.previous = 0 if previous is None else words[previous]

    @property
    def is_in_block(self) -> bool:
        """See BlockClock."""
        return self._state.current is not None

    @property
    def opening(self) -> int:
        """See BlockClock; the C hook asks Python then, as it does after a block that left an IT block open."""
        return int(self._state.current_kinds) & Kind.OPEN_IT if self._state.current is None else 0

    @opening.setter
    def opening(self, kinds: int) -> None:
        if self._state.current is None:
            self._state.current_kinds = kinds

    def _keep(self, key: int, block: Block) -> None:
        super()._keep(key, block)
        self._fill(block, self._slots.find(key))

    def _fill(self, block: Block, number: int) -> None:
        """Tell the C half of a block that has a slot."""
        slot = self._slots.slots[number]
        slot.count, slot.kinds, slot.granted, slot.aligned = block.count, block.kinds, 0, block.bases
        slot.first, slot.last = self.watched_range(block)
        is_asked = self.narrows and not slot.key >> 44  # one that begins in an IT block is not translated again
        slot.hits = 0 if is_asked else NEVER_WORTH_IT
        slot.first_fp = next((special.offset for special in block.specials if special.kind & Kind.FP), NO_OFFSET)

    def take_narrow(self, address: int, size: int) -> bool:
        """Whether the C hook asks for another translation of a block; asked once."""
        number = self._slots.find(address << 12 | size)
        if number < 0 or self._slots.slots[number].hits != HITS_WORTH_IT:
            return False
        slot = self._slots.slots[number]
        self._attempts[slot.key] = attempts = self._attempts.get(slot.key, 0) + 1
        # The other half of a switch of modes, say, has a translation of its own.
        slot.hits = 0 if attempts < ATTEMPTS else NEVER_WORTH_IT
        slot.aligned &= ~IS_HOT
        return True

    def _remove(self, key: int) -> None:
        number = self._slots.find(key)
        if number >= 0 and self._state.current == self._slots.address(number):
            self._keep_current(number)
        super()._remove(key)

    def _keep_current(self, number: int) -> None:
        """The current block stays until it is left: it moves to the spare slot."""
        spare = self._slots.address(BLOCK_SLOTS)
        if self._state.previous == spare:
            self.previous = self._block_at[BLOCK_SLOTS]
        if number != BLOCK_SLOTS:
            ctypes.memmove(spare, self._slots.address(number), ctypes.sizeof(BlockSlot))
            self._block_at[BLOCK_SLOTS] = self._block_at[number]
        self._state.current = spare

    def _forget(self, number: int, block: Block) -> None:
        super()._forget(number, block)
        if self._state.previous == self._slots.address(number):
            self._forgotten, self._state.previous = block, _FORGOTTEN  # its slot is another block's now
        self._attempts.pop(key_of(block), None)

    def set_kinds(self, block: Block, kinds: int) -> None:
        """See BlockClock."""
        super().set_kinds(block, kinds)
        number = self._slots.find(key_of(block))
        if self._block_at.get(number) is block:
            self._fill(block, number)

    def forget_all(self) -> None:
        """See BlockClock."""
        if self._state.current is not None:
            self._keep_current(self._slots.number(self._state.current))
        spare, previous = self._block_at.get(BLOCK_SLOTS), self.previous
        super().forget_all()
        self._attempts.clear()
        if spare is not None:
            self._block_at[BLOCK_SLOTS] = spare
        self.previous = previous

    @property
    def has_splits(self) -> bool:
        """See BlockClock."""
        return bool(self._state.has_splits)

    @has_splits.setter
    def has_splits(self, value: bool) -> None:
        self._state.has_splits = value

    def _may_be_split(self, address: int, size: int) -> bool:
        return True  # C answers fetches, too, and judges what it can


def _shared(name: str) -> property:
    def get(clock: NativeBlockClock) -> int:
        value: int = getattr(clock._state, name)
        return value

    def put(clock: NativeBlockClock, value: int) -> None:
        setattr(clock._state, name, value)

    return property(get, put)


for _name in ("executed", "limit", "before", "after", "hooked"):
    setattr(NativeBlockClock, _name, _shared(_name))


class KnownRights:
    """What the C half knows of the memory maps that were in force: answers of the fill hook, and rights in split pages.

    It finds a map by its bytes (select_map() in native/memory.c), so that a kernel's switch needs no Python.
    """

    def __init__(self, extension: Extension, state: State) -> None:
        self._state = state
        self._pages = NativeTable(extension.functions, state, "pages", PageSlot)
        self._splits = NativeTable(extension.functions, state, "splits", SplitSlot)

    def clear(self) -> None:
        """Forget the answers for every map: what is behind an address has changed."""
        self._state.map_epoch += 1
        self._state.map_serial = 0

    def serial(self, page: int) -> int:
        """Return the number that a page is found by: where no stack is in it, no overlay makes a difference."""
        state = self._state
        zones = state.zones[: state.zone_count]
        is_zoned = any(zone.first <= page <= zone.last for zone in zones)
        serial: int = state.map_serial if is_zoned else state.base_serial
        return serial

    def keep(self, page: int, privileged: bool, fetch: bool, rights: int, mark: int, physical: int, host: int) -> None:
        """Remember an answer of the fill hook; ``host`` is where the page's bytes are, 0 for the window."""
        key = self.serial(page) << 32 | page | fetch << 2 | privileged << 1 | 1
        slot = self._pages.slots[self._pages.put(key)]
        slot.rights, slot.mark, slot.physical, slot.host = rights, mark, physical, host

    def keep_split(self, page: int, privileged: bool, mark: int, host: int, writable: bool, rights: bytes) -> None:
        """Remember the rights of the 32 granules of a split page; ``host`` is where its bytes are."""
        key = self.serial(page) << 32 | page | privileged << 1 | 1
        slot = self._splits.slots[self._splits.put(key)]
        slot.mark, slot.host, slot.writable = mark, host, writable
        slot.rights[:] = rights


class SpecialTable:
    """The instructions to look at before they execute."""

    def __init__(self, extension: Extension, state: State) -> None:
        self._table = NativeTable(extension.functions, state, "specials", SpecialSlot)

    def put(self, address: int, special: Special) -> None:
        """Watch the instruction at ``address``."""
        slot = self._table.slots[self._table.put(address | 1)]
        slot.kind, slot.displacement = special.kind, special.displacement
        slot.base, slot.index, slot.shift = special.base, special.index, special.shift
        slot.itstate, slot.alignment = special.itstate, special.alignment
        slot.is_simple = bool(
            special.kind & (Kind.ALIGNED | Kind.EXCLUSIVE | Kind.BREAKPOINT | Kind.AFTER_SP) == Kind.ALIGNED
            and 0 <= special.base < 15
            and special.index < 0
            and not special.itstate & 0xF
        )

    def put_plain(self, address: int) -> None:
        """Note that the instruction at ``address``, among watched ones, is a plain one."""
        self.put(address, Special(0, 2, Kind.NONE, 0))

    def remove(self, address: int) -> None:
        """Stop watching ``address``."""
        self._table.drop(address | 1)
