"""A CPU that executes, and reports everything it cannot decide itself.

What it consists of: the CPU of Unicorn (processor.py), the TLB's entries (guest_pages.py), the accesses that are asked
about (window.py), the instructions that are looked at (watched_instructions.py), the hook in front of each block
(block_hook.py), and what a run ends with (engine_run.py). This module puts them together, hooks them into Unicorn, and
runs it: until the end, up to an address, or for one instruction.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import XPSR_GE, XPSR_IT, XPSR_T, Registers
from emulator.armv7m.faults import CAUSES, Access, Fault
from emulator.armv7m.instructions import Block, Kind, condition_passed, decode_block
from emulator.devices.bus import PAGE_SIZE
from emulator.engine.block_hook import BlockHook
from emulator.engine.blocks import Verdict
from emulator.engine.branch import Branch, branch_at
from emulator.engine.debug_points import DebugPoints
from emulator.engine.engine_memory import KnownMemory, Rules
from emulator.engine.engine_run import PLAIN_STOPS, Cause, EngineRun, Stop, stop_of_interrupt
from emulator.engine.guest_pages import WINDOW, GuestPages
from emulator.engine.native_run import NativeRun
from emulator.engine.processor import Processor
from emulator.engine.steady_registers import SteadyRegisters
from emulator.engine.unicorn_library import (
    BLOCK_HOOK,
    FILL_HOOK,
    INTERRUPT_HOOK,
    PROT_HOOK,
    READ_HOOK,
    WRITE_HOOK,
    UcContext,
    address_of,
    unicorn_const,
)
from emulator.engine.unicorn_registers import itstate_of, with_itstate
from emulator.engine.watched_instructions import WatchedInstructions
from emulator.engine.window import Window
from emulator.errors import InternalError

if TYPE_CHECKING:
    from emulator.engine.engine_state import EngineState
    from emulator.engine.traced_engine import TracedEngine

_OPEN_IT, _CUT = Kind.OPEN_IT, Kind.CUT


class Engine:
    """A ``processor`` that executes under ``rules``; ``points`` end its runs, ``set_event()`` is what SEV does."""

    def __init__(self, processor: Processor, rules: Rules, points: DebugPoints, set_event: Callable[[], None]) -> None:
        self._processor = processor
        self._uc = processor.uc
        self._memory = processor.memory
        self._shared = shared = processor.shared
        self.registers = processor.registers
        """The core registers between runs."""
        self.clock = processor.clock
        self._native = processor.native
        self._run = run = EngineRun(processor)
        self.pages = pages = GuestPages(processor, rules, run)
        self.points = points
        self._set_event = set_event
        self._translated_for: frozenset[int] = frozenset()
        self.steady = None if processor.extension is None else SteadyRegisters(processor, pages, points)
        self._window = Window(processor, pages, run, points, self.steady)
        self.watched = WatchedInstructions(processor, pages, run, points, set_event)
        self._trace: TracedEngine | None = None
        self._exits: list[int] = []
        self._is_used = True
        self._left: Block | None = None
        self._began = 0
        """Instructions executed when the engine was started last."""
        self._callbacks: list[object] = []
        self.block_hook = self._add_hooks({} if processor.extension is None else processor.extension.addresses)
        self.pages.flush(None)
        shared.has_fpu = shared.fp_is_automatic = True

    @property
    def known(self) -> KnownMemory | None:
        """Memory that the C half can answer for, if there is one."""
        return self._native

    @property
    def rules(self) -> Rules:
        """Whatever decides accesses."""
        return self.pages.rules

    @rules.setter
    def rules(self, rules: Rules) -> None:
        self.pages.rules = rules

    def begin_trace(self) -> TracedEngine:
        """See register_trace.Traceable."""
        from emulator.engine.traced_engine import TracedEngine  # most runs are not traced

        self._trace = TracedEngine(self._processor, self._run, self.watched)
        return self._trace

    @property
    def traced(self) -> bool:
        """Whether somebody wants every instruction in order, and so every exception between two of them."""
        return self._trace is not None

    # -- hooks -----------------------------------------------------------------------------------------------------

    def _add_hooks(self, native: dict[str, int]) -> BlockHook:
        """Register the hooks: the ``native`` ones, which ask Python's for what their tables do not answer."""
        uc, data = unicorn_const, ctypes.addressof(self._shared)
        hooks = self._python_hooks() | native
        block_hook = BlockHook(self._processor, self._run, self._on_block, hooks["block"], native)
        self._uc.hook_add(uc.UC_HOOK_TLB_FILL, hooks["fill"], data)
        prot = uc.UC_HOOK_MEM_READ_PROT | uc.UC_HOOK_MEM_WRITE_PROT | uc.UC_HOOK_MEM_FETCH_PROT
        # Bounded to the window: a memory hook that covers RAM would make every store to it slow.
        self._uc.hook_add(prot, hooks["window"], data, WINDOW, 2 * WINDOW - 1)
        self._uc.hook_add(uc.UC_HOOK_INTR, hooks["interrupt"], data)
        self.watched.connect(hooks["special"])
        self._uc.mmio_map(WINDOW, WINDOW, hooks["read"], hooks["write"], data)
        self._uc.mem_protect(WINDOW, WINDOW, 0)
        return block_hook

    def _python_hooks(self) -> dict[str, int]:
        guarded = self._run.guarded
        functions = {
            "block": BLOCK_HOOK(guarded(self._on_block)),
            "special": BLOCK_HOOK(guarded(self.watched.on_special)),
            "fill": FILL_HOOK(guarded(self.pages.on_fill, False)),
            "window": PROT_HOOK(guarded(self._window.on_access, False)),
            "read": READ_HOOK(guarded(self._window.on_read, 0)),
            "write": WRITE_HOOK(guarded(self._window.on_write)),
            "interrupt": INTERRUPT_HOOK(guarded(self._on_interrupt)),
        }
        self._callbacks += functions.values()
        hooks = {name: address_of(function) for name, function in functions.items()}
        for name, address in hooks.items():
            setattr(self._shared, f"python_{name}", address)
        return hooks

    def _on_block(self, uc: object, address: int, size: int, data: object) -> None:
        run = self._run
        if run.stop is not None:
            self._uc.emu_stop()
            return
        if self._native is None and self.block_hook.switches is not None:
            self.block_hook.switches.look(address)
        verdict = self.clock.enter(address, size, bool(self._shared.within_block))
        if verdict is Verdict.RUN or (verdict is Verdict.FETCH and not self.pages.refuses_fetch()):
            if not self.watched.wants_translation(address, size):
                return
            self.clock.current = None
            verdict = Verdict.RETRANSLATE
        if verdict is Verdict.STOP:
            run.stop = Stop(Cause.BOUNDARY)
            self._shared.within_block = not self.clock.is_boundary
        elif verdict is Verdict.ATTEND:
            run.stop = Stop(Cause.ATTEND)
            run.attend = address, size
        elif verdict is Verdict.RETRANSLATE:
            run.retry = address, size
        elif verdict is Verdict.AGAIN:
            run.again = True
        self._uc.emu_stop()

    def _on_interrupt(self, uc: object, number: int, data: object) -> None:
        if self._run.stop is None:
            self._run.stop = stop_of_interrupt(number)
        self._uc.emu_stop()

    def on_trap(self, immediate: int, serve: Callable[[], bool]) -> None:
        """Let ``serve`` do the personality's trap, ``svc #immediate``, between two runs of the C half.

        ``registers`` holds the state then; the run ends where it answers False.
        """
        if self._native is not None:
            self._shared.trap_immediate = immediate
            self._native.on_trap = serve

    # -- running ---------------------------------------------------------------------------------------------------

    def run(self) -> Stop:
        """Run from ``registers`` until something happens; afterwards ``registers`` holds the state."""
        while True:
            self.pages.drop_lost_code()
            if self.clock.wants_room:
                self.watched.renew_hooks()
            if not self.registers.xpsr & XPSR_T:  # the engine takes T from the address it begins at
                return Stop(Cause.UNDEFINED)
            stop = self._run_once()
            if stop is not None:
                return stop

    def _run_once(self) -> Stop | None:
        self._began = self.clock.executed
        if self._trace is not None:
            self._trace.on_begin()
        stop = self._run_in_python() if self._native is None else self._run_in_c(self._native)
        if self._trace is not None:
            self._trace.on_end()
        if stop is not None:
            return stop
        if self._run.retry is not None:
            self.watched.translate_again(*self._run.retry)
        elif self._run.partial is not None:
            return self._run_partial(self._run.partial)
        return None

    def _run_in_c(self, native: NativeRun) -> Stop | None:
        """Let the C half run. What it ends itself leaves nothing to begin anew."""
        if self._is_used:
            self._is_used = False
            self._run.begin()
        cause = self._run.watch(native.run)
        self._run.raise_error()
        unknown = self._shared.unknown
        if unknown:
            self._shared.unknown = 0
            self.pages.learn(unknown & -PAGE_SIZE, bool(unknown & 2), bool(unknown & 4))
        if self._shared.event:
            self._shared.event = 0
            self._set_event()
        if cause:
            self._left = None
            return PLAIN_STOPS[cause]
        self._is_used = True
        return self._finish(self._shared.status)

    def _run_in_python(self) -> Stop | None:
        self._run.begin()
        self._processor.unicorn.store()
        if self.registers.xpsr & XPSR_IT:
            self.clock.opening = _OPEN_IT
        status = self._run.watch(lambda: self._uc.emu_start(self.registers.pc | 1))
        self._run.raise_error()
        return self._finish(status)

    def _finish(self, status: int) -> Stop | None:
        """Settle the clock and the registers after uc_emu_start; None to go on."""
        run = self._run
        run.settle()
        regs = self.registers
        block, left = self.clock.current, self.clock.kinds_left
        if block is not None and self._shared.rights_changed == self.clock.executed:
            self._shared.fetch_held = True  # if the block goes on
        self.clock.settle(regs.pc)
        if block is not None or self.clock.executed != self._began:
            self._left = block
        stop = run.stop
        if block is not None and (status or stop is not None) and regs.pc - block.address in block.offsets:
            # A repair in an earlier hook of the same instruction has lost the engine's ITSTATE; the block knows it.
            itstate = block.itstates[block.offsets.index(regs.pc - block.address)]
            regs.xpsr = with_itstate(regs.xpsr, itstate)
        if stop is not None:
            if run.was_left:
                self._uc.ctl_flush_tlb()
                is_inside = block is not None and regs.pc - block.address in block.offsets
                self._shared.within_block = stop.cause is Cause.BOUNDARY and (is_inside or bool(left & _CUT))
            if block is not None and self._has_left(block, stop) and self.clock.has_ended(block, left, regs.pc):
                self._shared.within_block = not self.clock.is_boundary
                return Stop(Cause.BOUNDARY)  # what is due there comes first
            if stop.cause is Cause.ATTEND and not regs.xpsr & XPSR_T:
                return Stop(Cause.UNDEFINED)  # what was decoded there does not execute
            if stop.cause is Cause.ATTEND and stop.special is None:
                stop.block = self._block_at(*run.attend)
            return stop
        if run.retry is not None or run.partial is not None or run.again:
            self._shared.within_block = not self.clock.is_boundary
            return None
        if status == unicorn_const.UC_ERR_INSN_INVALID:
            # WFE and YIELD end the engine as UDF does, but with the PC after them: at the end of their block.
            hint = regs.xpsr & XPSR_T and block is not None and regs.pc == block.address + block.size
            return Stop(Cause.HINT if hint else Cause.UNDEFINED)
        if status:
            raise InternalError(f"the engine stopped with error {status} at 0x{regs.pc:08x}")
        if regs.pc in self._exits and not self._ends_in_wfi(block):
            return Stop(Cause.STEPPED)
        return Stop(Cause.SLEEP) if self._processor.is_wfi_before(regs.pc) else None

    def _has_left(self, block: Block, stop: Stop) -> bool:
        """Whether ``stop`` is the refused fetch of what follows ``block``."""
        is_fetch = stop.fault is not None and stop.fault.access is Access.FETCH
        return is_fetch and self.registers.pc - block.address not in block.offsets

    def _ends_in_wfi(self, block: Block | None) -> bool:
        """Whether the engine came to the exit it is at by a WFI that ``block`` ends with."""
        regs = self.registers
        if block is None or regs.pc != block.address + block.size or not self._processor.is_wfi_before(regs.pc):
            return False
        itstate = block.itstates[-1]
        return not itstate & 0xF or condition_passed(itstate >> 4, regs.xpsr)

    def _block_at(self, address: int, size: int) -> Block:
        return decode_block(address, self._memory.read_code(address, size), itstate_of(self.registers.xpsr))

    def _run_partial(self, address: int) -> Stop | None:
        """Run up to ``address`` inside a block whose instruction there may not be fetched, and refuse that one."""
        stop = self.run_to(address)
        if stop.cause is not Cause.STEPPED:
            return stop
        regs = self.registers
        fault = self.pages.rules.check(address, 2, Access.FETCH, regs.privileged) or Fault(
            CAUSES["IACCVIOL"], None, Access.FETCH, 2
        )
        return Stop(Cause.FAULT, fault)

    def run_to(self, address: int) -> Stop:
        """Run from ``registers`` but stop at ``address`` inside the block that begins at the PC."""
        pc = self.registers.pc
        # In front of an instruction over the end of a page the engine ends a block: what is at the exit is another.
        size = address - pc + 2 if 0 < address - pc < PAGE_SIZE else 4
        self.pages.drop_code(pc, size)
        self._set_exits([address])
        takes_exceptions, self._shared.takes_exceptions = self._shared.takes_exceptions, False
        try:
            return self.run()
        finally:
            self._shared.takes_exceptions = takes_exceptions
            self._set_exits([])
            self.pages.drop_code(pc, max(size, 4))

    def step(self) -> Stop:
        """Execute exactly one instruction (BOUNDARY or STEPPED when nothing else happened)."""
        limit = self.clock.limit
        pc = self.registers.pc
        self.clock.limit = self.clock.executed + 1
        try:
            return self.run_to(pc + self._processor.size_at(pc))
        finally:
            self.clock.limit = limit

    def _set_exits(self, exits: list[int]) -> None:
        self._exits = exits
        self._uc.ctl_set_exits(exits)

    def note_transfer(self, kind: str) -> None:
        """Something other than a branch changed the PC: a word of branch.py."""
        self._left = None
        self.clock.previous = kind

    def last_instruction(self) -> int | None:
        """Return the address of the instruction that ended the block executed last; None where that is not known."""
        block = self._left or self.clock.previous
        return block.address + block.offsets[-1] if isinstance(block, Block) else None

    def branch_to(self, registers: Registers) -> Branch | None:
        """Return how execution came to ``registers.pc``, where nothing has executed yet; None if unknown."""
        left, pc = self._left, registers.pc
        last = left if left is not None and not 0 <= pc - left.address < left.size else self.clock.previous
        if isinstance(last, str):
            return Branch(last)
        if last is None:
            return None
        address = last.address + last.offsets[-1]
        return branch_at(address, self._memory.peek_code(address), registers, self._memory.peek_code)

    def points_changed(self) -> None:
        """``points`` has others than before. Translated code looks for breakpoints, answers about pages for watches."""
        self.points.tell_watches(self._shared)
        if self.points.places != self._translated_for:
            self._translated_for = self.points.places
            self.watched.forget_all()
        self.pages.forget_answers()

    # -- between runs ----------------------------------------------------------------------------------------------

    def restart(self) -> None:
        """Return time to zero and forget what ran."""
        clock = self.clock
        clock.current = None
        clock.executed = 0
        self.registers.reset()
        self._processor.store_fp()
        if self.block_hook.switches is not None:
            self.block_hook.switches.begin()

    def save(self) -> EngineState:
        """Return what ``restore`` brings back: all that a run depends on and only the engine has, but for memory."""
        from emulator.engine.engine_state import EngineState, SharedFields  # for those who go back in a run

        context, fields = self._uc.context_save(), SharedFields(self._shared).save()
        switches = None if self.block_hook.switches is None else self.block_hook.switches.save()
        clock = self.clock
        return EngineState(clock.executed, clock.before, fields, context, clock.previous, self._left, switches)

    def restore(self, state: EngineState) -> None:
        """Return to what ``save`` returned; the memory map is to be flushed."""
        from emulator.engine.engine_state import SharedFields

        self.clock.current = None
        SharedFields(self._shared).restore(state.shared)
        assert isinstance(state.context, UcContext)
        self._uc.context_restore(state.context)
        self._shared.ge_in_engine = XPSR_GE  # whatever they are: all are written
        self.clock.executed, self.clock.before = state.executed, state.before
        self.clock.previous, self._left = state.previous, state.left
        if self.block_hook.switches is not None and state.switches is not None:
            self.block_hook.switches.restore(state.switches)
        self._is_used = True
        if self.steady is not None:
            self.steady.forget()
        self.pages.flush(None)

    @property
    def executed(self) -> int:
        """Instructions executed, exact inside callbacks too."""
        return self._processor.count_executed()

    @property
    def left_block(self) -> Block | None:
        """The block in whose middle the last run ended, None where it ended between two."""
        return self._left
