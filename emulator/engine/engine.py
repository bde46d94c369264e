"""A CPU that executes, and reports everything it cannot decide itself.

What it consists of: the memory in this process (engine_memory.py), the TLB's entries (guest_pages.py), the accesses
that are asked about (window.py), the instructions that are looked at (watched_instructions.py), the registers
(unicorn_registers.py), and what a run ends with (engine_run.py). This module puts them together, hooks them into
Unicorn, and runs it: until the end, up to an address, or for one instruction.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import XPSR_GE, XPSR_IT, XPSR_T, Registers
from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.faults import CAUSES, Access, Fault
from emulator.armv7m.instructions import Block, Kind, condition_passed, decode_block, is_wide
from emulator.devices.bus import PAGE_SIZE, MemoryBlock
from emulator.engine.accelerator import Extension, KnownRights, NativeBlockClock, SpecialTable, make_tables
from emulator.engine.blocks import BlockClock, Verdict, ends_block
from emulator.engine.branch import Branch, branch_at
from emulator.engine.debug_points import DebugPoints
from emulator.engine.engine_memory import EngineMemory, KnownMemory, Rules
from emulator.engine.engine_run import PLAIN_STOPS, Cause, EngineRun, Stop
from emulator.engine.engine_state import EngineState, SharedFields
from emulator.engine.guest_pages import WINDOW, GuestPages
from emulator.engine.native_run import NativeRun
from emulator.engine.shared_core import SharedRegisters
from emulator.engine.shared_state import MAX_MEMORIES, MAX_WATCHES, State
from emulator.engine.steady_registers import SteadyRegisters
from emulator.engine.unicorn_library import (
    BLOCK_HOOK,
    FILL_HOOK,
    INTERRUPT_HOOK,
    PROT_HOOK,
    READ_HOOK,
    WRITE_HOOK,
    Uc,
    UcContext,
    address_of,
    arm_const,
    unicorn_const,
)
from emulator.engine.unicorn_registers import UnicornRegisters, itstate_of, with_itstate
from emulator.engine.watched_instructions import WatchedInstructions
from emulator.engine.window import Window
from emulator.errors import InternalError

if TYPE_CHECKING:
    from emulator.engine.block_counts import BlockCounter
    from emulator.engine.block_log import BlockLog
    from emulator.engine.switch_watch import SwitchWatch
    from emulator.engine.traced_engine import TracedEngine

_OPEN_IT = Kind.OPEN_IT
_INTERRUPT_CAUSES = {2: Cause.SVC, 7: Cause.BREAKPOINT, 8: Cause.EXC_RETURN}
_INTERRUPT_FAULTS = {3: "IBUSERR", 4: "UNALIGNED", 17: "NOCP"}
"""By Unicorn's numbers of exceptions. Any other is an undefined instruction."""

CPU_MODELS = {
    "cortex-m3": arm_const.UC_CPU_ARM_CORTEX_M3,
    "cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4,
    "cortex-m7": arm_const.UC_CPU_ARM_CORTEX_M7,
}

CODE_BUFFER = 32 << 20
"""Bytes for translated code. Unicorn's own choice is 1 GiB, which a guest can fill."""


class Engine:
    """A Cortex-M that executes from ``blocks`` under ``rules``."""

    def __init__(
        self, cpu: str, blocks: list[MemoryBlock], rules: Rules, extension: Extension | None, shared: State
    ) -> None:
        self.registers = Registers() if extension is None else SharedRegisters(shared)
        """The core registers between runs."""
        # Not UC_MODE_MCLASS: with it Unicorn makes a Cortex-M33 of every model, whose instructions are ARMv8-M's.
        self._uc = uc = Uc(unicorn_const.UC_ARCH_ARM, unicorn_const.UC_MODE_THUMB, CPU_MODELS[cpu])
        uc.ctl_set_code_buffer_size(CODE_BUFFER)
        uc.ctl_set_tlb_mode(unicorn_const.UC_TLB_VIRTUAL)
        uc.ctl_exits_enabled(True)
        uc.ctl_set_exits([])
        self._exits: list[int] = []
        self._shared = shared
        self._fields = SharedFields(shared)
        self._memory = memory = EngineMemory(blocks, rules)
        for address, size, host in memory.ranges():
            uc.mem_map_ptr(address, size, unicorn_const.UC_PROT_ALL, host)
        self._unicorn = unicorn = UnicornRegisters(uc, self.registers, shared)
        self.clock: BlockClock
        rights, specials = None, None
        if extension is None:
            self.clock = BlockClock(memory.read_code, unicorn.itstate, memory.canonical_page)
        else:
            make_tables(extension, shared)
            rights, specials = KnownRights(extension, shared), SpecialTable(extension, shared)
            self.clock = NativeBlockClock(extension, shared, memory.read_code, unicorn.itstate, memory.canonical_page)
        self.clock.repair_sp = unicorn.repair_sp
        self._native = None if extension is None else unicorn.native_run(extension)
        self.known: KnownMemory | None = self._native
        """Memory that the C half can answer for, if there is one."""
        self._run = EngineRun(uc, unicorn, shared)
        self.pages = GuestPages(uc, memory, self.clock, unicorn, self._run, self._native, rights, shared)
        self.points = DebugPoints()
        self._translated_for: frozenset[int] = frozenset()
        self.steady = None if extension is None else SteadyRegisters(uc, memory, self.points, shared)
        self._window = Window(memory, self.pages, self.clock, unicorn, self._run, self.points, self.steady)
        self.watched = WatchedInstructions(
            uc, memory, self.pages, self.clock, unicorn, self._run, self.points, specials, shared
        )
        self._trace: TracedEngine | None = None
        self._is_used = True
        self._left: Block | None = None
        self._began = 0
        """Instructions executed when the engine was started last."""
        self._callbacks: list[object] = []
        self._block_hook = self._counted_block = self._logged_block = self._switch_block = 0
        self._behind = 0, ctypes.addressof(shared)
        self.switches: SwitchWatch | None = None
        """What watches the guest's kernel, if anything does."""
        self._add_hooks({} if extension is None else extension.addresses)
        self.pages.flush(None)
        shared.has_fpu = shared.fp_is_automatic = True

    @property
    def rules(self) -> Rules:
        """Whatever decides accesses."""
        return self._memory.rules

    @rules.setter
    def rules(self, rules: Rules) -> None:
        self._memory.rules = rules

    def begin_trace(self) -> TracedEngine:
        """See register_trace.Traceable."""
        from emulator.engine.traced_engine import TracedEngine  # most runs are not traced

        self._trace = TracedEngine(self._uc, self._unicorn, self._run, self.clock, self.watched, self._shared)
        return self._trace

    def count_blocks(self) -> BlockCounter:
        """Count from now on how often each block is executed. The engine has not run yet."""
        from emulator.engine.block_counts import BlockCounter  # most runs are not counted

        counter = BlockCounter(self.clock, self._run, self._shared)
        if self._counted_block:
            hook, data = counter.native_hook(self._counted_block)
        else:
            hook, data = counter.python_hook(self._on_block, ctypes.addressof(self._shared))
        self._hook_blocks(hook, data)
        return counter

    def log_blocks(self) -> BlockLog | None:
        """Return a log that can be kept of the blocks that are executed. The engine has not run yet. None without C."""
        if not self._logged_block:
            return None
        from emulator.engine.block_log import BlockLog  # for second runs

        log = BlockLog(self._shared)
        self._callbacks.append(log)  # the hook writes to it as long as the engine runs
        self._hook_blocks(self._logged_block, log.address)
        return log

    def watch_switches(self, word: int, gate: int | None) -> SwitchWatch | None:
        """Watch the word at a guest address that names the running thread, from now on; see SwitchWatch.

        None where one of the addresses is no aligned one of memory. The engine has not run yet. Who comes later gets
        the watch that is there.
        """
        if self.switches is not None:
            return self.switches
        from emulator.engine.switch_watch import SwitchWatch  # for kernels in the guest

        places = [None if address is None or address % 4 else self.host(address) for address in (word, gate)]
        if places[0] is None or (places[1] is None and gate is not None):
            return None
        self.switches = watch = SwitchWatch(places[0], places[1], self.clock, self._run, self._shared)
        if self._switch_block:
            self._hook_blocks(*self._behind)
        return watch

    def _hook_blocks(self, hook: int, data: int) -> None:
        self._behind = hook, data
        if self.switches is not None and self._switch_block:
            self.switches.chain(hook, data)
            hook, data = self._switch_block, self.switches.address
        self._uc.hook_del(self._block_hook)
        self._block_hook = self._uc.hook_add(unicorn_const.UC_HOOK_BLOCK, hook, data)

    @property
    def traced(self) -> bool:
        """Whether somebody wants every instruction in order, and so every exception between two of them."""
        return self._trace is not None

    # -- hooks -----------------------------------------------------------------------------------------------------

    def _add_hooks(self, native: dict[str, int]) -> None:
        """Register the hooks: the ``native`` ones, which ask Python's for what their tables do not answer."""
        uc, data = unicorn_const, ctypes.addressof(self._shared)
        hooks = self._python_hooks() | native
        self._block_hook = self._uc.hook_add(uc.UC_HOOK_BLOCK, hooks["block"], data)
        self._counted_block = native.get("counted_block", 0)
        self._logged_block = native.get("logged_block", 0)
        self._switch_block = native.get("switch_block", 0)
        self._uc.hook_add(uc.UC_HOOK_TLB_FILL, hooks["fill"], data)
        prot = uc.UC_HOOK_MEM_READ_PROT | uc.UC_HOOK_MEM_WRITE_PROT | uc.UC_HOOK_MEM_FETCH_PROT
        # Bounded to the window: a memory hook that covers RAM would make every store to it slow.
        self._uc.hook_add(prot, hooks["window"], data, WINDOW, 2 * WINDOW - 1)
        self._uc.hook_add(uc.UC_HOOK_INTR, hooks["interrupt"], data)
        self.watched.connect(hooks["special"])
        self._uc.mmio_map(WINDOW, WINDOW, hooks["read"], hooks["write"], data)
        self._uc.mem_protect(WINDOW, WINDOW, 0)

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
        if self.switches is not None and self._native is None:
            self.switches.look(address)
        verdict = self.clock.enter(address, size)
        if verdict is Verdict.RUN or (verdict is Verdict.FETCH and not self.pages.refuses_fetch()):
            if not self.watched.wants_translation(address, size):
                return
            self.clock.current = None
            verdict = Verdict.RETRANSLATE
        if verdict is Verdict.STOP:
            run.stop = Stop(Cause.BOUNDARY)
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
            self._run.stop = _stop_of_interrupt(number)
        self._uc.emu_stop()

    def on_trap(self, immediate: int, serve: Callable[[], bool]) -> None:
        """Let ``serve`` do the personality's trap, ``svc #immediate``, between two runs of the C half.

        ``registers`` holds the state then; the run ends where it answers False.
        """
        if self._native is not None:
            self._shared.trap_immediate = immediate
            self._native.on_trap = serve

    def set_memories(self, ranges: list[tuple[int, int, int]]) -> None:
        """Say where memory is, aliases too, as (address, size, canonical address): for vectors and frames."""
        known = ranges[:MAX_MEMORIES]
        self._shared.memory_count = len(known)
        for place, (address, size, canonical) in zip(self._shared.memories, known, strict=False):
            place.start, place.last, place.host = address, address + size - 1, self._memory.host(canonical)

    def host(self, address: int) -> int | None:
        """Return where the byte at a guest address is in this process, None where no memory is."""
        memory = self._memory.rules.memory_page(address & -PAGE_SIZE)
        return None if memory is None else self._memory.host(memory[0] + (address & PAGE_SIZE - 1))

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
            self.watched.on_send_event()
        if cause:
            self._left = None
            return PLAIN_STOPS[cause]
        self._is_used = True
        return self._finish(self._shared.status)

    def _run_in_python(self) -> Stop | None:
        self._run.begin()
        self._unicorn.store()
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
        block = self.clock.current
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
            if stop.cause is Cause.ATTEND and not regs.xpsr & XPSR_T:
                return Stop(Cause.UNDEFINED)  # what was decoded there does not execute
            if stop.cause is Cause.ATTEND and stop.special is None:
                stop.block = self._block_at(*run.attend)
            return stop
        if run.retry is not None or run.partial is not None or run.again:
            self._shared.within_block = run.again
            return None
        if status == unicorn_const.UC_ERR_INSN_INVALID:
            # WFE and YIELD end the engine as UDF does, but with the PC after them: at the end of their block.
            hint = regs.xpsr & XPSR_T and block is not None and regs.pc == block.address + block.size
            return Stop(Cause.HINT if hint else Cause.UNDEFINED)
        if status:
            raise InternalError(f"the engine stopped with error {status} at 0x{regs.pc:08x}")
        if regs.pc in self._exits and not self._ends_in_wfi(block):
            return Stop(Cause.STEPPED)
        return Stop(Cause.SLEEP) if self._is_wfi_before(regs.pc) else None

    def _ends_in_wfi(self, block: Block | None) -> bool:
        """Whether the engine came to the exit it is at by a WFI that ``block`` ends with."""
        regs = self.registers
        if block is None or regs.pc != block.address + block.size or not self._is_wfi_before(regs.pc):
            return False
        itstate = block.itstates[-1]
        return not itstate & 0xF or condition_passed(itstate >> 4, regs.xpsr)

    def _is_wfi_before(self, pc: int) -> bool:
        return self._memory.peek_code(pc - 2) & 0xFFFF == 0xBF30 or self._memory.peek_code(pc - 4) == 0x8003_F3AF

    def _block_at(self, address: int, size: int) -> Block:
        return decode_block(address, self._memory.read_code(address, size), itstate_of(self.registers.xpsr))

    def _run_partial(self, address: int) -> Stop | None:
        """Run up to ``address`` inside a block whose instruction there may not be fetched, and refuse that one."""
        stop = self.run_to(address)
        if stop.cause is not Cause.STEPPED:
            return stop
        regs = self.registers
        fault = self._memory.rules.check(address, 2, Access.FETCH, regs.privileged) or Fault(
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
            return self.run_to(pc + (4 if is_wide(self._memory.peek_code(pc) & 0xFFFF) else 2))
        finally:
            self.clock.limit = limit

    def is_block_end(self, address: int) -> bool:
        """Whether the program's block ends with the instruction at ``address``."""
        code = self._memory.peek_code(address).to_bytes(4, "little")
        return ends_block(address, code if is_wide(code[0] | code[1] << 8) else code[:2])

    def fits(self, count: int) -> bool:
        """Whether no more than ``count`` instructions are left of the program's block, from the PC on."""
        address = self.registers.pc
        for _ in range(count):
            if self.is_block_end(address):
                return True
            address += 4 if is_wide(self._memory.peek_code(address) & 0xFFFF) else 2
        return False

    def _set_exits(self, exits: list[int]) -> None:
        self._exits = exits
        self._uc.ctl_set_exits(exits)

    def clear_monitor(self) -> None:
        """ClearExclusiveLocal(): the next STREX fails, unless an LDREX comes before it.

        The engine's own monitor, which compares values [D-014], can only be cleared by an instruction, so that STREX is
        not left to it.
        """
        self._shared.monitor_lost = True

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
        self._tell_watches()
        if self.points.places != self._translated_for:
            self._translated_for = self.points.places
            self.watched.forget_all()
        self.pages.forget_answers()

    def _tell_watches(self) -> None:
        """Tell the C half which bytes are watched."""
        watches = [] if len(self.points.watches) > MAX_WATCHES else self.points.watches
        self._shared.watch_count = min(len(self.points.watches), MAX_WATCHES + 1)
        for place, watch in zip(self._shared.watches, watches, strict=False):
            last = min(watch.address + watch.size - 1, 0xFFFF_FFFF)
            place.start, place.last, place.rights = watch.address, last, watch.rights

    # -- between runs ----------------------------------------------------------------------------------------------

    def restart(self) -> None:
        """Return time to zero and forget what ran."""
        clock = self.clock
        clock.current = None
        clock.executed = 0
        self.registers.reset()
        self.store_fp()
        if self.switches is not None:
            self.switches.begin()

    def save(self) -> EngineState:
        """Return what ``restore`` brings back: all that a run depends on and only the engine has, but for memory."""
        context = self._uc.context_save()
        switches = None if self.switches is None else self.switches.save()
        return EngineState(self.clock.executed, self._fields.save(), context, self.clock.previous, self._left, switches)

    def restore(self, state: EngineState) -> None:
        """Return to what ``save`` returned; the memory map is to be flushed."""
        self.clock.current = None
        self._fields.restore(state.shared)
        assert isinstance(state.context, UcContext)
        self._uc.context_restore(state.context)
        self._shared.ge_in_engine = XPSR_GE  # whatever they are: all are written
        self.clock.executed = state.executed
        self.clock.previous, self._left = state.previous, state.left
        if self.switches is not None and state.switches is not None:
            self.switches.restore(state.switches)
        self._is_used = True
        if self.steady is not None:
            self.steady.forget()
        self.pages.flush(None)

    def load_fp(self) -> None:
        """Copy S0-S31 and FPSCR out of the engine into ``registers``."""
        self._unicorn.load_fp()

    def store_fp(self) -> None:
        """Copy S0-S31 and FPSCR from ``registers`` into the engine."""
        self._unicorn.store_fp()

    # -- inside callbacks, too -------------------------------------------------------------------------------------

    def stop_soon(self) -> None:
        """Make the run stop at the next block boundary (safe inside callbacks)."""
        self.clock.limit = 0

    @property
    def executed(self) -> int:
        """Instructions executed, exact inside callbacks too."""
        return self.count_executed()

    def count_executed(self) -> int:
        """Return the instructions executed, exact inside callbacks too."""
        shared, clock = self._shared, self.clock
        if self._native is not None and shared.current is None:  # between two runs, and asked for at every switch
            executed: int = shared.executed
            return executed
        if not clock.is_in_block:
            return clock.executed
        return clock.now(self._unicorn.state.read()[2])

    @property
    def left_block(self) -> Block | None:
        """The block in whose middle the last run ended, None where it ended between two."""
        return self._left

    def current_pc(self) -> int:
        """The address of the instruction, exact inside callbacks too."""
        return self._unicorn.state.read()[2]

    def peek_sp(self) -> int:
        """Return SP as it is now, inside callbacks."""
        return self._unicorn.current_sp()

    def peek_registers(self) -> Registers:
        """Return a copy of the core registers, inside callbacks; unprivileged code's banked registers as they were."""
        values, found = self._unicorn.core.read(), self.registers.copy()
        found.r = list(values[:13])
        sp = self._unicorn.current_sp()
        if self._unicorn.is_privileged():
            found.msp, found.psp = values[13:15]
            found.primask, found.basepri, found.faultmask = values[18:21]
            found.control = self._unicorn.control(values)
        found.lr, found.pc, found.xpsr = values[15:18]
        found.sp = sp
        return found

    def peek_fp(self) -> tuple[list[int], int]:
        """Return S0-S31 and FPSCR, inside callbacks too."""
        return self._unicorn.peek_fp()

    def current_exception(self) -> int:
        """IPSR, exact inside callbacks too."""
        return self._unicorn.state.read()[0] & 0x1FF

    def masks(self) -> tuple[int, int, int]:
        """PRIMASK, BASEPRI and FAULTMASK, exact inside privileged callbacks too."""
        return self._unicorn.masks()

    def execution_priority(self, exceptions: Exceptions) -> int:
        """ExecutionPriority() with the mask registers as they are now, exact inside callbacks too."""
        return self._unicorn.execution_priority(exceptions)


def _stop_of_interrupt(number: int) -> Stop:
    """Return why Unicorn raised the exception of this number."""
    if number in _INTERRUPT_CAUSES:
        return Stop(_INTERRUPT_CAUSES[number])
    if number in _INTERRUPT_FAULTS:
        return Stop(Cause.FAULT, Fault(CAUSES[_INTERRUPT_FAULTS[number]]))
    return Stop(Cause.UNDEFINED)
