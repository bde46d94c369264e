"""How often each block of a program is executed, and what comes after it: what coverage is made of.

A block is counted when it begins. Where it is left in the middle, by a fault or for a step, that is noted, so that the
instructions behind that place are not counted: the sum over all instructions is the block clock's number. With the C
half native/block_counts.c counts, else this module does; a run that is not counted has neither.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from emulator.annotations import NamedTuple
from emulator.engine.blocks import BlockClock, key_of
from emulator.engine.engine_run import EngineRun
from emulator.engine.shared_logs import BlockCount, BlockCounts
from emulator.engine.shared_state import BLOCK_SLOTS, State
from emulator.engine.structure import at_cache_line
from emulator.engine.unicorn_library import BLOCK_HOOK, address_of

MOST_BLOCKS = 1 << 20
"""Blocks that are kept; only a program that makes code while it runs has more. Those are left out, and counted so."""
_PLACE = (1 << 44) - 1
"""The bits of a block's key that are its address and size."""
BlockHook = Callable[[object, int, int, object], None]


class Counts(NamedTuple):
    """``begun`` and ``passed`` by (address, size): how often the block began, and what is behind it came next.

    ``left`` by (address, end): how often a block that ends there was left in front of the instruction at the address.
    ``left_out`` is how many blocks were not kept.
    """

    begun: dict[tuple[int, int], int]
    passed: dict[tuple[int, int], int]
    left: dict[tuple[int, int], int]
    left_out: int


class BlockCounter:
    """Counts the blocks that ``clock`` lets run, from now on; ``connect`` gives the engine the hook that does."""

    def __init__(self, clock: BlockClock, run: EngineRun, shared: State) -> None:
        self._clock = clock
        self._run = run
        self._totals: dict[int, list[int]] = {}
        self._left: dict[tuple[int, int], int] = {}
        self._left_out = 0
        self._slots = at_cache_line(BlockCount * (BLOCK_SLOTS + 1))
        self._take = ctypes.CFUNCTYPE(None)(run.guarded(lambda: self._move(self._state.moved)))
        self._state = BlockCounts(
            counted=ctypes.addressof(shared), counts=ctypes.addressof(self._slots),
            take=ctypes.cast(self._take, ctypes.c_void_p),
        )  # fmt: skip
        self._hook: object = None
        self._settle, clock.settle = clock.settle, self._on_settle  # type: ignore[method-assign]
        self._count_done, clock.count_done = clock.count_done, self._on_done  # type: ignore[method-assign]

    def native_hook(self, address: int) -> tuple[int, int]:
        """Return the address of the C hook on blocks, and its data."""
        return address, ctypes.addressof(self._state)

    def python_hook(self, on_block: BlockHook, data: int) -> tuple[int, int]:
        """Return the address of a hook on blocks that calls ``on_block``, and its data."""

        def counted(uc: object, address: int, size: int, data: object) -> None:
            is_over = self._run.stop is not None
            before = self._clock.current
            if before is not None and not is_over:
                self._count(key_of(before))[1] += address == before.address + before.size & 0xFFFF_FFFF
            on_block(uc, address, size, data)
            block = self._clock.current
            if block is not None and not is_over and self._run.stop is None:
                self._count(key_of(block))[0] += 1

        self._hook = BLOCK_HOOK(self._run.guarded(counted))
        return address_of(self._hook), data

    def _count(self, key: int) -> list[int]:
        found = self._totals.get(key & _PLACE)
        if found is None:
            if len(self._totals) >= MOST_BLOCKS:
                self._left_out += 1
                return [0, 0]
            found = self._totals[key & _PLACE] = [0, 0]
        return found

    def _move(self, address: int) -> None:
        """Keep what was counted in a slot, and empty it."""
        slot = BlockCount.from_address(address)
        if slot.key:
            total = self._count(slot.key)
            total[0] += slot.passed + slot.jumped + slot.stopped
            total[1] += slot.passed
        slot.key = slot.passed = slot.jumped = slot.stopped = 0

    def _on_settle(self, pc: int) -> None:
        """The engine has left the current block with the PC at ``pc``: in it, or behind it without a look at that."""
        block = self._clock.current
        if block is not None:
            end = block.address + block.size
            if pc - block.address in block.offsets:
                self._left[pc, end] = self._left.get((pc, end), 0) + 1
            elif pc == end & 0xFFFF_FFFF and self._run.stop is None:
                self._count(key_of(block))[1] += 1
        self._settle(pc)

    def _on_done(self, pc: int) -> None:
        self._count(pc << 12 | 2)[0] += 1
        self._count_done(pc)

    def counts(self) -> Counts:
        """Return what was counted so far; the engine is not running."""
        if self._state.current:  # it was stopped in the block that began last, or behind it
            BlockCount.from_address(self._state.current).stopped += 1
            self._state.current = 0
        for number in range(BLOCK_SLOTS + 1):
            if self._slots[number].key:
                self._move(ctypes.addressof(self._slots[number]))
        begun, passed = {}, {}
        for key, (runs, passes) in self._totals.items():
            place = key >> 12, key & 0xFFF
            begun[place], passed[place] = runs, passes
        return Counts(begun, passed, dict(self._left), self._left_out)

    def forget(self) -> None:
        """Count from zero again; the engine is not running."""
        self.counts()  # the slots are empty then
        self._totals.clear()
        self._left.clear()
        self._left_out = 0
