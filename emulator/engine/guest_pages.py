"""What Unicorn's virtual TLB holds for each page, and what must be forgotten when code or rights change.

Memory goes through that TLB. On a miss the rights of the page decide the entry:

* uniform rights on memory: the memory itself with exactly these rights, full speed from then on;
* everything else (denied, split by the MPU, a device, nothing there): the *window*, an I/O alias of the guest's
  4 GiB at 2**32 without any permission (window.py).

No entry allows stores to a page that has code: a store then comes as a miss, and what was translated is dropped.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Hashable

from emulator.annotations import TypeVar
from emulator.armv7m.faults import Access
from emulator.armv7m.instructions import Kind
from emulator.devices.bus import PAGE_SIZE
from emulator.engine.accelerator import RIGHT_IN_PARTS, KnownRights
from emulator.engine.blocks import PAGE_SHIFT
from emulator.engine.engine_memory import MIXED, Rules
from emulator.engine.engine_run import Cause, EngineRun, Stop
from emulator.engine.processor import Processor
from emulator.engine.unicorn_library import TlbEntry

WINDOW = 1 << 32
PAGE_DIRTY, PAGE_HAS_CODE, PAGE_STORED = 1, 2, 4
"""Marks of a page of memory: an entry may allow stores to it; code was translated from it (never both); it may have
been stored to since ``watch_stores``."""
_CLEAN = bytes(mark & ~(PAGE_DIRTY | PAGE_STORED) for mark in range(256))
_ONLY_STORED = bytes(mark & PAGE_STORED for mark in range(256))

_Result = TypeVar("_Result")
_READ, _FETCH = 16, 18
_PROT_READ, _PROT_WRITE, _PROT_EXEC, _PROT_ALL = 1, 2, 4, 7
_UNPRIVILEGED, _CUT = Kind.UNPRIVILEGED, Kind.CUT


class GuestPages:
    """The pages of ``processor`` under ``rules``; with the C half it answers misses from the rights kept here."""

    def __init__(self, processor: Processor, rules: Rules, run: EngineRun) -> None:
        self.rules = rules
        """Whatever decides accesses."""
        self._uc = processor.uc
        self._memory = memory = processor.memory
        self._clock = processor.clock
        self._unicorn = processor.unicorn
        self._run = run
        self._native = processor.native
        self._shared = shared = processor.shared
        extension = processor.extension
        self._rights = None if extension is None else KnownRights(extension, shared)
        self._marks = (ctypes.c_uint8 * memory.page_count)()
        shared.marks = ctypes.addressof(self._marks)
        self._overwritten: list[int] = []
        self._keeping = False
        self._translating = False

    # -- misses ----------------------------------------------------------------------------------------------------

    def on_fill(self, uc: object, vaddr: int, kind: int, entry: ctypes._Pointer[TlbEntry], data: object) -> bool:
        """UC_HOOK_TLB_FILL: answer a miss."""
        answer = entry.contents
        if self._translating:  # a look-up of translated code by its address, not an access
            memory = self._memory.memory_page(vaddr)
            answer.paddr, answer.perms = (memory[0] if memory else WINDOW + vaddr), _PROT_EXEC
            return True
        xpsr, control, pc = self._unicorn.state.read()
        if kind != _FETCH:  # a fetch synchronises nothing, and between two blocks of an IT block ITSTATE is the truth
            self._unicorn.repair_it(xpsr)
        if self._run.stop is not None:  # something was refused: nothing may be touched any more
            answer.paddr, answer.perms = WINDOW + vaddr, _PROT_ALL
        elif kind == _FETCH:
            answer.paddr, answer.perms = self._fetch_entry(vaddr, bool(xpsr & 0x1FF) or not control & 1)
        else:
            answer.paddr, answer.perms = self._data_entry(vaddr, kind, self.is_privileged_access(xpsr, control, pc))
        return True

    def is_privileged_access(self, xpsr: int, control: int, pc: int) -> bool:
        """Whether the data access of the instruction at ``pc`` is privileged: LDRT and STRT are not. [A7.7.66]"""
        if not xpsr & 0x1FF and control & 1:
            return False
        block = self._clock.current
        if block is not None and not block.kinds & _UNPRIVILEGED:
            return True
        code = self._memory.peek_code(pc)
        return not (code & 0xFE80 == 0xF800 and code & 0x0F00_0000 == 0x0E00_0000)

    def _fetch_entry(self, page: int, privileged: bool) -> tuple[int, int]:
        is_held = self._shared.fetch_held and self.is_within_block()
        rights = _PROT_EXEC if is_held else self.rules.page_rights(page, privileged)
        memory = self._memory.memory_page(page)
        if memory is None or (rights != MIXED and not rights & 4):
            return WINDOW + page, _PROT_EXEC
        physical, writable = memory
        mark = self._memory.page_index(physical)
        if writable and self._marks[mark] & PAGE_DIRTY:  # from here on no entry allows a store to it
            self._marks[mark] &= ~PAGE_DIRTY
            self._uc.ctl_flush_tlb()
        self._marks[mark] |= PAGE_HAS_CODE
        if is_held:
            return physical, _PROT_EXEC
        if rights == MIXED:
            self._clock.note_split(page)
            self._keep(page, privileged, True, 4 | RIGHT_IN_PARTS, mark if writable else -1, physical)
            self._keep_split(page, privileged, physical, writable)
            return physical, _PROT_EXEC
        perms = _PROT_EXEC | (rights & 1)
        self._keep(page, privileged, True, perms, mark if writable else -1, physical)
        return physical, perms

    def _data_entry(self, page: int, kind: int, privileged: bool) -> tuple[int, int]:
        rights = self.rules.page_rights(page, privileged)
        memory = self._memory.memory_page(page)
        if memory is None or rights == MIXED:
            self._keep(page, privileged, False, _PROT_READ | _PROT_WRITE, -1, None)
            if memory is not None:
                self._keep_split(page, privileged, *memory)
            return WINDOW + page, _PROT_READ | _PROT_WRITE
        physical, writable = memory
        if not writable:
            rights &= ~2
        if not rights & (1 << (kind - _READ)):
            return WINDOW + page, _PROT_READ if kind == _READ else _PROT_WRITE
        mark = -1
        if rights & 2:
            # Never W and X together: a page with X takes the slow path on every store. The other comes by a miss.
            rights &= ~4
            mark = self._memory.page_index(physical)
        self._keep(page, privileged, False, rights, mark, physical)
        if rights & 2:
            if kind == _READ and not self._marks[mark] & PAGE_DIRTY:
                return physical, rights & ~2  # the first store is to be noticed
            self._lose_code(physical)
        return physical, rights

    def learn(self, page: int, privileged: bool, write: bool) -> None:
        """Let C know a page that a frame is about to be stored to, or loaded from, which the guest did not touch."""
        if self._keeping:
            self._data_entry(page, _READ + write, privileged)

    def _keep(self, page: int, privileged: bool, fetch: bool, rights: int, mark: int, physical: int | None) -> None:
        """Let C give this answer the next time: memory, or the window."""
        if self._rights is None or not self._keeping:
            return
        if physical is None:
            self._rights.keep(page, privileged, fetch, rights, mark, 0, 0)
        else:
            self._rights.keep(page, privileged, fetch, rights, mark, physical, self._memory.host(physical))

    def _keep_split(self, page: int, privileged: bool, physical: int, writable: bool) -> None:
        """Let C judge a page that the MPU splits, all but stores to code."""
        if self._rights is None or not self._keeping:
            return
        mark = self._memory.page_index(physical)
        rights = self.rules.granule_rights(page, privileged)
        self._rights.keep_split(page, privileged, mark, self._memory.host(physical), writable, rights)

    # -- fetches ---------------------------------------------------------------------------------------------------

    def is_within_block(self) -> bool:
        """Whether what is fetched next belongs to the program's block that executes."""
        block = self._clock.current
        return bool(self._shared.within_block if block is None else block.kinds & _CUT)

    def hold_fetches(self) -> bool:
        """Rights have changed: let the program's block that executes be fetched to its end as before.

        False where the engine has all of it already.
        """
        self._shared.rights_changed = self._clock.executed
        if self._clock.current is None or not self.is_within_block():
            return False
        self._shared.fetch_held = True
        return True

    def refuses_fetch(self) -> bool:
        """Check each instruction of the current block in a split page; note where the first refused one is."""
        block = self._clock.current
        assert block is not None
        privileged = self._unicorn.is_privileged()
        ends = (*block.offsets[1:], block.size)
        for offset, end in zip(block.offsets, ends, strict=True):
            fault = self.rules.check(block.address + offset, end - offset, Access.FETCH, privileged)
            if fault is None:
                continue
            self._clock.current = None
            if offset == 0:
                self._run.stop = Stop(Cause.FAULT, fault)
            else:
                self._run.partial = block.address + offset
            return True
        return False

    def may_go_on(self) -> bool:
        """Whether code may still be fetched from where the engine executes, after a change of rights.

        Unicorn looks at rights when it enters a page, and links blocks within one: so the page it is in must be asked
        about; all others are asked about when they are entered.
        """
        block = self._clock.current
        if block is None:
            return False
        privileged = self._unicorn.is_privileged()
        pages = {block.address & -PAGE_SIZE, (block.address + block.size - 1) & -PAGE_SIZE}
        return all(self._may_fetch_all(page, privileged) for page in sorted(pages))

    def _may_fetch_all(self, page: int, privileged: bool) -> bool:
        rights = self.rules.page_rights(page, privileged)
        return rights != MIXED and bool(rights & 4)

    # -- changes ---------------------------------------------------------------------------------------------------

    def flush(self, memory_map: Hashable) -> None:
        """Rights have changed: forget every TLB entry.

        ``memory_map`` names the rights that hold from now on: the same name stands for the same rights, so answers can
        be kept. None: nothing may be kept.
        """
        if self._native is not None and self._keeping and memory_map is not None:
            self._native.select_map()  # as at each switch of a kernel outside the guest
            return
        self._clock.forget_splits()
        self._keeping = self._native is not None and memory_map is not None
        self._shared.fill_enabled = self._keeping
        if self._native is not None and self._keeping:
            self._native.select_map()
        else:
            self._shared.map_serial = 0
            self._uc.ctl_flush_tlb()

    def hold(self) -> None:
        """Rights have changed within an access, where no TLB entry can go: no answer is kept before ``flush``."""
        self._keeping = False
        self._shared.fill_enabled = self._shared.map_serial = 0

    @property
    def stored_pages(self) -> list[int]:
        """Pages (canonical address >> 10) that may have been stored to since ``watch_stores``, lowest first."""
        stored, found, index = bytes(self._marks).translate(_ONLY_STORED), [], -1
        while (index := stored.find(PAGE_STORED, index + 1)) >= 0:
            found.append(self._memory.page_at(index))
        return sorted(found)

    def watch_stores(self) -> None:
        """Begin to note the pages that are stored to in ``stored_pages``: no entry may allow a store unnoticed."""
        memoryview(self._marks).cast("B")[:] = bytes(self._marks).translate(_CLEAN)
        self._uc.ctl_flush_tlb()

    def forget_answers(self) -> None:
        """Other accesses than before are to be asked about."""
        if self._rights is not None:
            self._rights.clear()
        self.flush(None)

    def memory_stored(self, address: int, size: int) -> None:
        """Memory at a guest address was changed past the engine: what was translated from it ends with this block."""
        first, last = address & -PAGE_SIZE, (address + size - 1) & -PAGE_SIZE
        self._page_stored(first)
        if first == last:
            return
        for page in range(first + PAGE_SIZE, last + 1, PAGE_SIZE):
            self._page_stored(page)

    def _page_stored(self, page: int) -> None:
        memory = self._memory.memory_page(page)
        if memory is None:
            return
        physical, writable = memory
        mark = self._memory.page_index(physical)
        self._marks[mark] |= PAGE_STORED
        if not self._marks[mark] & PAGE_HAS_CODE:
            return
        if writable:
            self._lose_code(physical)
        else:  # the next fetch from it may not be noticed: its mark stays
            self._clock.forget_page(physical >> PAGE_SHIFT)
            self._overwritten.append(physical)

    def _lose_code(self, physical: int) -> None:
        """The page at ``physical`` may be stored to from now on: what was translated from it ends with this block.

        The engine watches only pages with X for stores to code. So no page has code here while an entry allows stores
        to it.
        """
        mark = self._memory.page_index(physical)
        had_code = self._marks[mark] & PAGE_HAS_CODE
        self._marks[mark] = PAGE_DIRTY | PAGE_STORED
        if had_code:
            self._clock.forget_page(physical >> PAGE_SHIFT)
            self._overwritten.append(physical & -PAGE_SIZE)
            self._clock.limit = 0
            self._clock.after |= _CUT

    @property
    def has_lost_code(self) -> bool:
        """Whether translated code must be dropped before the engine goes on."""
        return bool(self._overwritten)

    def drop_lost_code(self) -> None:
        """Forget what was translated from pages that were stored to since."""
        while self._overwritten:
            self.drop_code(self._overwritten.pop(), PAGE_SIZE)

    def drop_code(self, address: int, size: int) -> None:
        """Forget translated code of ``size`` bytes at a guest address."""
        self.look_up(lambda: self._uc.ctl_remove_cache(address, address + size))

    def look_up(self, act: Callable[[], _Result]) -> _Result:
        """Do something for which the engine looks up translated code by its address, and so asks for pages."""
        self._translating = True
        self._shared.fill_enabled = 0
        self._uc.ctl_flush_tlb()
        try:
            found = self._run.watch(act)
        finally:
            self._uc.ctl_flush_tlb()
            self._translating = False
            self._shared.fill_enabled = self._keeping
        self._run.raise_error()
        return found
