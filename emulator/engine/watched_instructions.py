"""Instructions that are looked at each time they execute: which those are, and what is done about each.

A hook is decided on when an instruction is *translated*. So a block with such instructions is translated again, with a
movable hook (code_hook.py) over just those that must be watched, without one after a hook on each. What is aligned
because registers are when the block begins (armv7m/alignment.py) need not be watched: the block clock looks at the
registers, and where one is not aligned the block is watched from then on.

What the engine does not do as the architecture has it is done in front of the instruction: either the instruction is
judged and may execute, or it is done in its place (replaced_instructions.py).
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from emulator.armv7m.instructions import Block, Kind, Special, condition_passed
from emulator.engine.accelerator import NativeBlockClock, SpecialTable
from emulator.engine.code_hook import EVERYTHING, NOTHING, PROBE, MovableHook
from emulator.engine.debug_points import DebugPoints
from emulator.engine.engine_run import Cause, EngineRun, Stop
from emulator.engine.guest_pages import GuestPages
from emulator.engine.processor import Processor
from emulator.engine.replaced_instructions import ReplacedInstructions
from emulator.engine.unicorn_library import UcError, unicorn_const
from emulator.engine.unicorn_registers import CONTROL, PC, XPSR, effective_address, general_register, with_itstate
from emulator.records import replace

MAX_FP_HOOKS = 64
"""Unicorn walks all hooks at each hooked instruction, so their number is kept small."""
MOST_HOOKS = 4096
"""Instructions that have hooks of their own, where no hook is movable."""
MOST_REMEMBERED = 1 << 14
"""Watched instructions that are kept beside the decoded blocks."""
TRANSLATIONS = 4
"""Attempts to translate a block with hooks that fit what it turns out to be."""
READS_WORTH_A_SEARCH = 10_000
"""Reads of single registers in the middle of runs after which the C half looks for where the engine keeps them."""
_FP, _AFTER_SP = Kind.FP | Kind.LATER_FP, Kind.AFTER_SP
_NOT_BY_ALIGNMENT = ~(Kind.ALIGNED | Kind.AFTER_SP)


def _by_address(blocks: list[Block]) -> list[list[Block]]:
    groups: dict[int, list[Block]] = {}
    for block in blocks:
        groups.setdefault(block.address, []).append(block)
    return list(groups.values())


class WatchedInstructions:
    """The watched instructions of the blocks that the clock of ``processor`` has met.

    ``set_event()`` is what SEV does.
    """

    def __init__(
        self,
        processor: Processor,
        pages: GuestPages,
        run: EngineRun,
        points: DebugPoints,
        set_event: Callable[[], None],
    ) -> None:
        self._uc = processor.uc
        self._pages = pages
        self._clock = clock = processor.clock
        self._unicorn = processor.unicorn
        self._run = run
        self._points = points
        self._set_event = set_event
        self._shared = shared = processor.shared
        self._table = None if processor.extension is None else SpecialTable(processor.extension, shared)
        self._replaced = ReplacedInstructions(processor, run)
        self._special_at: dict[int, Special] = {}
        self._has_watched = False
        self._hooks: dict[int, int] = {}
        self._fp_hooks: set[int] = set()
        self.movable: MovableHook | None = None
        """The hook on everything watched, None where each instruction has its own."""
        self.hook = 0
        """Address of the function that is called at a watched instruction."""
        clock.on_hook = self._hook_block

    def connect(self, hook: int) -> None:
        """Have the function at address ``hook`` called, which asks ``on_special``."""
        self.hook = hook
        if not isinstance(self._clock, NativeBlockClock):
            return
        data = ctypes.addressof(self._shared)
        record = self._uc.hook_add(unicorn_const.UC_HOOK_CODE, hook, data, *PROBE)
        self.movable = MovableHook.find(record, hook, data)
        self._clock.watched_range = self._watched_range
        if self.movable is not None:
            self.movable.cover(*EVERYTHING)

    # -- which instructions ----------------------------------------------------------------------------------------

    def _hook_block(self, block: Block) -> bool:
        """Hook the instructions of a new block that must be looked at each time; True if any was not hooked yet."""
        if self._has_watched:  # other code may have been here before
            for offset in block.offsets:
                self._forget(block, offset)
        new = False
        for special in self._watched_of(block):
            new |= self._watch(block.address + special.offset, special)
        self._note_plain(block)
        return new

    def _watched_of(self, block: Block) -> list[Special]:
        """Return the instructions of a block that are looked at each time."""
        places = self._points.places
        if not block.specials and not places:
            return []
        watched = {
            special.offset: special for special in block.specials
            if (special.kind & _FP and block.address + special.offset in self._fp_hooks)
            or (special.kind & self._clock.hooked and not self._is_proven(block, special))
        }  # fmt: skip
        if not places:
            return list(watched.values())
        specials = {special.offset: special for special in block.specials}
        for offset, itstate in zip(block.offsets, block.itstates, strict=True):
            if block.address + offset in places:
                special = specials.get(offset, Special(offset, 2, Kind.NONE, itstate))
                watched[offset] = replace(special, kind=special.kind | Kind.BREAKPOINT)
        return [watched[offset] for offset in sorted(watched)]

    def _is_proven(self, block: Block, special: Special) -> bool:
        """Whether all that is due is alignment, and holds because the registers have it that the block begins with."""
        return (
            bool(block.proven) and special.offset in (block.proven or ())
            and not special.kind & self._clock.hooked & _NOT_BY_ALIGNMENT
        )  # fmt: skip

    def _forget(self, block: Block, offset: int) -> None:
        """Watch the instruction of ``block`` there no more, but as what follows a writer of SP in another block."""
        address = block.address + offset
        old = self._special_at.pop(address, None)
        if self._table is not None:
            self._table.remove(address)
        if old is not None and old.kind & Kind.AFTER_SP:
            itstate = block.itstates[block.offsets.index(offset)]
            self._remember(address, Special(offset, old.size, Kind.AFTER_SP, itstate))

    def _remember(self, address: int, special: Special) -> None:
        if len(self._special_at) >= MOST_REMEMBERED:
            self._special_at.clear()  # the blocks still have them
        if address in self._points.places:
            special = replace(special, kind=special.kind | Kind.BREAKPOINT)
        before = self._special_at.get(address)
        if before is not None and before.kind & Kind.AFTER_SP:
            special = replace(special, kind=special.kind | Kind.AFTER_SP)
        self._special_at[address] = special
        if self._table is not None:
            self._table.put(address, special)

    def _watch(self, address: int, special: Special) -> bool:
        """Look at the instruction at ``address`` each time; True when its block must be translated again for that."""
        self._has_watched = True
        self._remember(address, special)
        if self.movable is not None or address in self._hooks:
            return False
        data = ctypes.addressof(self._shared)
        self._hooks[address] = self._uc.hook_add(unicorn_const.UC_HOOK_CODE, self.hook, data, address, address)
        if len(self._hooks) > MOST_HOOKS:
            self._clock.make_room()
        return True

    def _recall(self, address: int) -> Special | None:
        """Return the watched instruction at ``address`` in the current block, after its entry had to go."""
        block = self._clock.current
        if block is None:
            return None
        for special in self._watched_of(block):
            if block.address + special.offset == address:
                self._remember(address, special)
                return special
        if self._table is not None and self.movable is not None:
            self._table.put_plain(address)
        return None

    def _watched_range(self, block: Block) -> tuple[int, int]:
        watched = self._watched_of(block)
        return (watched[0].offset, watched[-1].offset) if watched else (1, 0)

    def _note_plain(self, block: Block) -> None:
        """The plain instructions among the watched ones of a block are called for, too: C must know them."""
        if self._table is not None and self.movable is not None:
            watched = [special.offset for special in self._watched_of(block)] or [0]
            for offset in block.offsets:
                if watched[0] < offset < watched[-1] and block.address + offset not in self._special_at:
                    self._table.put_plain(block.address + offset)

    def set_kinds(self, kinds: int) -> None:
        """Choose which instructions are looked at each time they execute."""
        if kinds != self._clock.hooked:
            self._clock.hooked = kinds
            self.forget_all()

    def forget_all(self) -> None:
        """Decode and translate everything anew: other instructions are to be looked at."""
        self._clock.forget_all()
        self._uc.ctl_flush_tb()

    def renew_hooks(self) -> None:
        """Give back the memory that the engine takes for each place that was translated with a hook."""
        self._clock.decoded = 0
        if len(self._hooks) > MOST_HOOKS:
            for hook in self._hooks.values():
                self._uc.hook_del(hook)
            self._hooks.clear()
            self._clock.forget_all()
        if self.movable is None:
            self._pages.look_up(self._uc.renew_code_hooks)
            return
        fields = self.movable.fields()
        renewed = self._pages.look_up(self._uc.renew_code_hooks)
        self.movable.move(renewed[self.movable.record], fields)

    def hook_fp(self, block: Block) -> None:
        """Look at the first FP instructions of ``block`` themselves from now on, instead of stopping in front of it.

        A task that uses FP registers meets this at each switch. Conditional ones may not execute: so those up to the
        first that always does are hooked.
        """
        cached = self._clock.block_at(block.address, block.size)
        if cached is None or len(self._fp_hooks) >= MAX_FP_HOOKS:
            return
        for special in cached.specials:
            if special.kind & _FP:
                self._watch(block.address + special.offset, special)
                self._fp_hooks.add(block.address + special.offset)
                if not special.itstate & 0xF:
                    break
        self._note_plain(cached)
        self._clock.set_kinds(cached, cached.kinds & ~_FP)
        self._pages.drop_code(block.address, block.size)

    # -- translation -----------------------------------------------------------------------------------------------

    def wants_translation(self, address: int, size: int) -> bool:
        """Whether the block about to run is to be translated again: to watch less, or, misaligned as it is, more."""
        clock = self._clock
        if self.movable is None or not isinstance(clock, NativeBlockClock):
            return False
        block = clock.current
        if block is not None and block.bases and not self._is_well_based(block):
            self._set_proof(block, 0, frozenset())
            return True
        return clock.take_narrow(address, size)

    def _is_well_based(self, block: Block) -> bool:
        if self._shared.core:
            values = list((ctypes.c_uint32 * 15).from_address(self._shared.core))
        elif block.bases & 1 << 13:
            return False  # unprivileged code's SP reads as zero
        else:
            core = self._unicorn.core.read()
            values = [general_register(n, core) for n in range(15)]
        return not any(values[n] & 3 for n in range(15) if block.bases >> n & 1)

    def _prove(self, block: Block) -> None:
        """Find out which accesses of ``block`` need not be watched while its base registers are aligned."""
        if block.proven is None:
            from emulator.armv7m.alignment import aligned_accesses  # a short run has no block that runs so often

            self._set_proof(block, *aligned_accesses(block, self._clock.read_code(block.address, block.size)))
            if block.bases and not self._shared.core:
                self._shared.core_reads = max(self._shared.core_reads, READS_WORTH_A_SEARCH)

    def _set_proof(self, block: Block, bases: int, proven: frozenset[int]) -> None:
        block.bases, block.proven = bases, proven
        self._note_plain(block)
        self._clock.set_kinds(block, block.kinds)  # what the C half knows of it has changed

    def translate_again(self, address: int, size: int) -> None:
        """Drop a block's translation; with a movable hook translate it now, watching only what must be.

        Dropping a block drops those that share bytes with it: they are translated again together. With fewer hooks a
        block may turn out longer, and with what it then holds, it may need others.
        """
        for _ in range(TRANSLATIONS):
            blocks = self._clock.sharing(address, size) if self.movable is not None else []
            start = min((block.address for block in blocks), default=address)
            end = max((block.address + block.size for block in blocks), default=address + size)
            self._pages.drop_code(start, end - start)
            if self.movable is None or not blocks:
                return
            if self._translate_all(self.movable, blocks):
                return
        self._pages.drop_code(start, end - start)

    def _translate_all(self, movable: MovableHook, blocks: list[Block]) -> bool:
        self._unicorn.store()
        try:
            fits = [self._translate_narrow(movable, group) for group in _by_address(blocks)]
        finally:
            movable.cover(*EVERYTHING)
        return all(fits)

    def _translate_narrow(self, movable: MovableHook, blocks: list[Block]) -> bool:
        """Translate the block at the one address of ``blocks``; False when it needs a hook that it did not get."""
        address = blocks[0].address
        for block in blocks:
            self._prove(block)
        ranges = [first_last for first_last in map(self._watched_range, blocks) if first_last[0] <= first_last[1]]
        low, high = min((first for first, _ in ranges), default=1), max((last for _, last in ranges), default=0)
        if ranges:
            movable.cover(address + low, address + high)
        else:
            movable.cover(*NOTHING)
        try:
            _, _, size = self._run.watch(lambda: self._uc.ctl_request_cache(address))
        except UcError:
            return True  # a block that shares bytes with the one to run, but may not be fetched as things are
        self._run.raise_error()
        block = self._clock.meet(address, size)
        self._prove(block)
        first, last = self._watched_range(block)
        return first > last or (low <= first and last <= high)

    # -- what is done about each -----------------------------------------------------------------------------------

    def on_special(self, uc: object, address: int, size: int, data: object) -> None:
        """UC_HOOK_CODE: the instruction at ``address`` is about to execute."""
        if self._run.stop is not None:
            return
        special = self._special_at.get(address) or self._recall(address)
        if special is None:
            return
        if special.kind & Kind.AFTER_SP:
            self._unicorn.repair_sp()
        if special.kind & Kind.BREAKPOINT:
            now = self._clock.now(address)
            if self._points.is_breakpoint(now, address):
                self._leave_before(special, address, Stop(Cause.POINT))
                return
            if self._points.is_entry(now, address):
                self._leave_before(special, address, Stop(Cause.ENTRY))
                return
        fp_is_due = special.kind & self._clock.before & _FP
        if not fp_is_due and not special.kind & self._clock.hooked & ~_AFTER_SP:
            return
        values = self._unicorn.core.read()
        if special.itstate & 0xF and not condition_passed(special.itstate >> 4, values[XPSR]):
            return
        if fp_is_due:
            self._leave_before(special, address, Stop(Cause.ATTEND, special=special))
        elif special.kind & Kind.READS_CONTROL:
            self._replaced.read_control(special, address, values)
        elif special.kind & Kind.WRITES_CONTROL:
            self._replaced.write_control(special, address, values)
        elif special.kind & Kind.WRITES_SP:
            self._replaced.write_sp(special, address, values)
        elif special.kind & Kind.FIXED_TO_FP:
            self._replaced.convert_fixed(special, address, values)
        elif special.kind & Kind.SEND_EVENT:
            self._set_event()
        else:
            self._judge(special, address, values)

    def _judge(self, special: Special, address: int, values: tuple[int, ...]) -> None:
        """Let a division, or an access that may have to be aligned, execute unless it faults."""
        if special.kind & Kind.DIVIDE:
            value = general_register(special.index, values)
        else:
            value = effective_address(special, address, values)
        fault = self._pages.rules.check_special(special, value)
        if fault is not None:
            self._run.refuse(fault, special.itstate if special.itstate & 0xF else 0, address)
            if special.kind & Kind.FP and self._unicorn.fp_state_is_automatic and not values[CONTROL] & 4:
                self._run.begin_fp_context()
        elif special.kind & Kind.STORE_EXCLUSIVE:
            if self._shared.monitor_lost:
                self._replaced.fail_store(special, address, values)
        elif special.kind & Kind.EXCLUSIVE:
            self._shared.monitor_lost = False

    def _leave_before(self, special: Special, address: int, stop: Stop) -> None:
        """End the run in front of an instruction."""
        registers = list(self._unicorn.core.read())
        registers[PC], registers[XPSR] = address, with_itstate(registers[XPSR], special.itstate)
        self._run.leave(tuple(registers), stop)
