"""The engine as a register trace sees it (register_trace.Traced): hooks on every block and every instruction.

They are the C ones of native/register_trace.c where that was built, else Python's.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from emulator.armv7m.instructions import Block
from emulator.bits import WORD_MASK
from emulator.engine.accelerator import NativeBlockClock
from emulator.engine.engine_run import EngineRun
from emulator.engine.processor import Processor
from emulator.engine.shared_state import State, Trace
from emulator.engine.unicorn_library import BLOCK_HOOK, PROT_HOOK, address_of, fast_uclib, unicorn_const
from emulator.engine.watched_instructions import WatchedInstructions

SP = 13


class TracedEngine:
    """See register_trace.Traced."""

    def __init__(self, processor: Processor, run: EngineRun, watched: WatchedInstructions) -> None:
        self._uc = processor.uc
        self._unicorn = processor.unicorn
        self._traced = processor.unicorn.traced
        self._run = run
        self._clock = processor.clock
        self._watched = watched
        self._shared = processor.shared
        self._kept: list[object] = []
        self.registers = processor.registers
        self.on_begin: Callable[[], None] = lambda: None
        self.on_end: Callable[[], None] = lambda: None

    @property
    def is_over(self) -> bool:
        """See Traced."""
        return self._run.stop is not None

    @property
    def settled(self) -> int:
        """See Traced."""
        return self._clock.executed

    def traced_registers(self) -> tuple[int, ...]:
        """See Traced."""
        words = list(self._traced.read())
        words[SP] &= ~3  # read as zero, whatever the engine keeps
        return tuple(words)

    def call_back(self, block: Callable[[int, int], None], instruction: Callable[[int, int], None]) -> None:
        """See Traced. Nothing was run yet, so these come before the hooks on single instructions."""
        guarded = self._run.guarded
        on_block = BLOCK_HOOK(guarded(lambda uc, address, size, data: block(address, size)))
        on_instruction = BLOCK_HOOK(guarded(lambda uc, address, size, data: instruction(address, size)))
        self._kept += [on_block, on_instruction]
        data = ctypes.addressof(self._shared)
        self._uc.hook_add(unicorn_const.UC_HOOK_BLOCK, address_of(on_block), data)
        self._uc.hook_add(unicorn_const.UC_HOOK_CODE, address_of(on_instruction), data)

    def call_native(self, trace: Trace, block: int, instruction: int) -> None:
        """See Traced."""
        assert isinstance(self._clock, NativeBlockClock)
        self._clock.narrows = False  # every instruction is hooked anyway
        count = len(self._traced.ids)
        ids = (ctypes.c_int * count)(*self._traced.ids)
        data = ctypes.addressof(trace)
        places = data + Trace.words.offset
        values = (ctypes.c_void_p * count)(*[places + 4 * n for n in range(count)])
        self._kept += [ids, values, trace]
        trace.ids, trace.values = ctypes.addressof(ids), ctypes.addressof(values)
        trace.read = address_of(fast_uclib.uc_reg_read_batch)
        trace.stopped, trace.settled = self._shared_address("stopped"), self._shared_address("executed")
        self._uc.hook_add(unicorn_const.UC_HOOK_BLOCK, block, data)
        movable = self._watched.movable
        if movable is None:
            self._uc.hook_add(unicorn_const.UC_HOOK_CODE, instruction, data)
        else:
            trace.next, trace.next_data = self._watched.hook, ctypes.addressof(self._shared)
            movable.redirect(instruction, data)

    def _shared_address(self, field: str) -> int:
        offset: int = getattr(State, field).offset
        return ctypes.addressof(self._shared) + offset

    def guarded(self, function: Callable[[], None]) -> Callable[[], None]:
        """See Traced."""
        return self._run.guarded(function)

    def call_accesses(self, notice: Callable[[bool, int, int, int], None]) -> None:
        """See Traced. An access that goes by the window has its address above that of the window."""

        def on_access(uc: object, kind: int, address: int, size: int, value: int, data: object) -> bool:
            self._unicorn.repair_it(self._unicorn.state.read()[0])
            if self._run.stop is None:  # else what executes is undone
                is_store = kind == unicorn_const.UC_MEM_WRITE
                notice(is_store, address & WORD_MASK, size, value & (1 << 8 * size) - 1)
            return True

        hook = PROT_HOOK(self._run.guarded(on_access, True))
        self._kept.append(hook)
        kinds = unicorn_const.UC_HOOK_MEM_READ_AFTER | unicorn_const.UC_HOOK_MEM_WRITE
        self._uc.hook_add(kinds, address_of(hook), ctypes.addressof(self._shared))

    def read_code(self, address: int, size: int) -> bytes:
        """See Traced."""
        return self._clock.read_code(address, size)

    def on_decode(self, notice: Callable[[Block], None]) -> None:
        """See Traced."""
        hook = self._clock.on_hook

        def noticed(block: Block) -> bool:
            notice(block)
            return hook(block)

        self._clock.on_hook = noticed
