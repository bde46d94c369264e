"""A CPU that executes, and reports everything it cannot decide itself: with unicorn_library.py all that knows Unicorn.

Memory goes through Unicorn's virtual TLB. On a miss the rights of the page decide what the TLB holds:

* uniform rights on memory: the memory itself with exactly these rights, full speed from then on;
* everything else (denied, split by the MPU, a device, nothing there): the *window*, an I/O alias of the guest's
  4 GiB at 2**32 without any permission. Each access there asks ``Rules.check`` first; a refusal stops the engine
  precisely, with the instruction not done; a permission leads to ``Rules.read`` and ``Rules.write``.

Unicorn has traps, each with a test in tests/unit/test_engine_facts.py: hooks that synchronise the PC in an IT block
leave a stale ITSTATE behind (``_repair_it``); a load across a page edge reaches the window's second page without
asking (``_on_window_read`` asks then); a hook inside an IT block cannot stop the run (``_refuse``).
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Hashable
from enum import Enum

from emulator.annotations import Protocol
from emulator.armv7m.core import XPSR_IT, XPSR_T, Registers
from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.faults import CAUSES, Access, Fault
from emulator.armv7m.fp_conversion import convert_fixed
from emulator.armv7m.instructions import (
    Block,
    Kind,
    Special,
    advance_itstate,
    condition_passed,
    decode_block,
    decode_one,
    is_wide,
)
from emulator.errors import InternalError
from emulator.machine.accelerator import Extension, NativeBlockClock, PageTables, SpecialTable
from emulator.machine.blocks import PAGE_SHIFT, BlockClock, Verdict
from emulator.machine.bus import PAGE_SIZE, MemoryBlock
from emulator.machine.code_hook import EVERYTHING, NOTHING, PROBE, MovableHook
from emulator.machine.native_run import NativeRun
from emulator.machine.register_trace import Trace
from emulator.machine.shared_core import SharedRegisters
from emulator.machine.shared_state import MAX_MEMORIES, REGISTERS, State
from emulator.machine.unicorn_library import Uc, UcError, arm_const, uclib, unicorn_const
from emulator.records import dataclass

WINDOW = 1 << 32
MIXED = -1

_READ, _WRITE, _FETCH = 16, 17, 18
_PROT_READ, _PROT_WRITE, _PROT_EXEC, _PROT_ALL = 1, 2, 4, 7
FPSCR_RMODE, FPSCR_IXC = 3 << 22, 1 << 4
_OPEN_IT = int(Kind.OPEN_IT)
_UNPRIVILEGED, _FP = int(Kind.UNPRIVILEGED), int(Kind.FP | Kind.LATER_FP)
MAX_FP_HOOKS = 64
"""Unicorn walks all hooks at each hooked instruction, so their number is kept small."""
_PROT_ACCESS = {22: Access.WRITE, 23: Access.READ, 24: Access.FETCH}

CPU_MODELS = {
    "cortex-m3": arm_const.UC_CPU_ARM_CORTEX_M3,
    "cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4,
    "cortex-m7": arm_const.UC_CPU_ARM_CORTEX_M7,
}


class Cause(Enum):
    """Why ``Engine.run`` came back."""

    BOUNDARY = 1
    """At a block boundary: the limit is reached or the exceptions want a look."""
    SVC = 2
    BREAKPOINT = 3
    EXC_RETURN = 4
    UNDEFINED = 5
    FAULT = 6
    """A refused access or forbidden instruction: ``Stop.fault``."""
    SLEEP = 7
    """WFI, PC after it."""
    HINT = 8
    """WFE or YIELD, PC after it."""
    ATTEND = 9
    """In front of a block with an instruction of a kind in ``before``: ``Stop.block``; or in front of the instruction
    itself: ``Stop.special``."""
    STEPPED = 10
    """An exit of ``run_to`` was reached."""


@dataclass(slots=True)
class Stop:
    """One return of the engine; the registers are in ``Engine.registers``."""

    cause: Cause
    fault: Fault | None = None
    block: Block | None = None
    special: Special | None = None


_PLAIN_STOPS = [None, *(Stop(Cause(number)) for number in range(1, 5))]
"""By the numbers of their causes: the stops that the C half makes, which say nothing more."""


class Rules(Protocol):
    """Whatever decides accesses: the machine."""

    def page_rights(self, page: int, privileged: bool) -> int:
        """Rights bits (1 << Access) of a whole 1 KiB page, or MIXED."""

    def memory_page(self, page: int) -> tuple[int, bool] | None:
        """(canonical address, writable) of the memory behind a page, or None."""

    def granule_rights(self, page: int, privileged: bool) -> bytes:
        """Rights bits of each 32-byte granule of a page: no region is smaller."""

    def check(self, address: int, size: int, access: Access, privileged: bool) -> Fault | None:
        """Judge one access to the byte, the MPU first and then the bus."""

    def read(self, address: int, size: int, privileged: bool) -> int | Fault:
        """Do a permitted read in the window."""

    def write(self, address: int, size: int, value: int, privileged: bool) -> Fault | None:
        """Do a permitted write in the window."""


class _TlbEntry(ctypes.Structure):
    _fields_ = [("paddr", ctypes.c_uint64), ("perms", ctypes.c_int)]


_BLOCK_HOOK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32, ctypes.c_void_p)
_INTERRUPT_HOOK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p)
_FILL_HOOK = ctypes.CFUNCTYPE(
    ctypes.c_bool, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_int, ctypes.POINTER(_TlbEntry), ctypes.c_void_p
)
_PROT_HOOK = ctypes.CFUNCTYPE(
    ctypes.c_bool, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint64, ctypes.c_int, ctypes.c_int64, ctypes.c_void_p
)
_READ_HOOK = ctypes.CFUNCTYPE(
    ctypes.c_uint64, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint, ctypes.c_void_p
)
_WRITE_HOOK = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint, ctypes.c_uint64, ctypes.c_void_p
)

_lib = uclib
_fast = ctypes.PyDLL(uclib._name)  # the same library without releasing the GIL around every short call


class _Batch:
    """A prepared uc_reg_read_batch or uc_reg_write_batch: one call for many registers."""

    def __init__(self, handle: ctypes.c_void_p, ids: list[int]) -> None:
        count = len(ids)
        self.ids = ids
        self.values = (ctypes.c_uint64 * count)()
        base = ctypes.addressof(self.values)
        pointers = (ctypes.c_void_p * count)(*[base + 8 * i for i in range(count)])
        self._arguments = (handle, (ctypes.c_int * count)(*ids), pointers, ctypes.c_int(count))
        self._struct = struct.Struct(f"<{count}Q")
        self._read = _fast.uc_reg_read_batch
        self._write = _fast.uc_reg_write_batch

    def read(self) -> tuple[int, ...]:
        self._read(*self._arguments)
        return self._struct.unpack_from(self.values)

    def write(self, *values: int) -> None:
        self._struct.pack_into(self.values, 0, *values)
        self._write(*self._arguments)


_R = [getattr(arm_const, f"UC_ARM_REG_R{n}") for n in range(13)]
_XPSR, _CONTROL, _PC = arm_const.UC_ARM_REG_XPSR, arm_const.UC_ARM_REG_CONTROL, arm_const.UC_ARM_REG_PC
_MSP, _PSP, _LR = arm_const.UC_ARM_REG_MSP, arm_const.UC_ARM_REG_PSP, arm_const.UC_ARM_REG_LR
_MASKS = [arm_const.UC_ARM_REG_PRIMASK, arm_const.UC_ARM_REG_BASEPRI, arm_const.UC_ARM_REG_FAULTMASK]
_D = [getattr(arm_const, f"UC_ARM_REG_D{n}") for n in range(16)]


def _address(function: object) -> int:
    """Return the address of a ctypes function or callback."""
    address = ctypes.cast(function, ctypes.c_void_p).value  # type: ignore[arg-type]
    assert address is not None
    return address


def _by_address(blocks: list[Block]) -> list[list[Block]]:
    groups: dict[int, list[Block]] = {}
    for block in blocks:
        groups.setdefault(block.address, []).append(block)
    return list(groups.values())


def _with_itstate(xpsr: int, itstate: int) -> int:
    return xpsr & ~XPSR_IT | (itstate & 3) << 25 | (itstate & 0xFC) << 8


class Engine:
    """A Cortex-M that executes from ``blocks`` under ``rules``."""

    def __init__(
        self, cpu: str, blocks: list[MemoryBlock], rules: Rules, extension: Extension | None, shared: State
    ) -> None:
        self.rules = rules
        self.registers = Registers() if extension is None else SharedRegisters(shared)
        self.loaded = False
        """Whether ``registers`` holds the engine's state (it does between runs)."""
        # Not UC_MODE_MCLASS: with it Unicorn makes a Cortex-M33 of every model, whose instructions are ARMv8-M's.
        self._uc = Uc(unicorn_const.UC_ARCH_ARM, unicorn_const.UC_MODE_THUMB, CPU_MODELS[cpu])
        self._handle = self._uc.handle
        self._uc.ctl_set_tlb_mode(unicorn_const.UC_TLB_VIRTUAL)
        self._uc.ctl_exits_enabled(True)
        self._uc.ctl_set_exits([])
        self._exits: list[int] = []
        self._blocks = blocks
        self._hosts: dict[int, int] = {}
        for block in blocks:
            address = ctypes.addressof(ctypes.c_char.from_buffer(block.buffer))
            self._hosts[block.address] = address
            self._uc.mem_map_ptr(block.address, block.size, unicorn_const.UC_PROT_ALL, address)
        self._make_batches()
        self._shared = shared
        self._native = extension
        if self._native is None:
            self.clock = BlockClock(self._read_code, self._read_itstate, self._canonical_page)
        else:
            self.clock = NativeBlockClock(self._shared, self._read_code, self._read_itstate, self._canonical_page)
        self.clock.on_hook = self._hook_block
        self._tables = PageTables(self._shared)
        self._special_table = SpecialTable(self._shared)
        self._special_at: dict[int, Special] = {}
        self._movable: MovableHook | None = None
        self._hooked_addresses: set[int] = set()
        self._fp_hooks: set[int] = set()
        self._dirty = (ctypes.c_uint8 * (sum(block.size for block in blocks) >> PAGE_SHIFT))()
        self._shared.dirty = ctypes.addressof(self._dirty)
        self._code_pages: set[int] = set()
        self.stored_pages: set[int] = set()
        """Pages (canonical address >> 10) that may have been stored to since ``watch_stores``."""
        self._overwritten: list[int] = []
        self._rollback_sp: int | None = None
        self._keeping = False
        self._translating = False
        self._stopped: Stop | None = None
        self._retry: tuple[int, int] | None = None
        self._partial: int | None = None
        self._attend = (0, 0)
        self._approved = (0, 0, True)
        self._rollback: tuple[tuple[int, ...], tuple[int, ...]] | None = None
        self._callbacks: list[object] = []
        self.traced = False
        """Whether somebody wants every instruction in order, and so every exception between two of them."""
        self.on_begin: Callable[[], None] = lambda: None
        self.on_end: Callable[[], None] = lambda: None
        self._core: NativeRun | None = None
        self._is_used = True
        self._add_hooks()
        self.flush(None)
        self.check_special: Callable[[Special, int], Fault | None] = lambda special, value: None
        self.on_send_event: Callable[[], None] = lambda: None
        shared.has_fpu = shared.fp_is_automatic = True

    def _make_batches(self) -> None:
        handle = self._handle
        self._read_core = _Batch(handle, [*_R, _MSP, _PSP, _LR, _PC, _XPSR, *_MASKS, _CONTROL])
        self._read_banked = _Batch(handle, [_MSP, _PSP, *_MASKS])
        self._write_xpsr = _Batch(handle, [_XPSR])
        # Unprivileged code cannot write the banked registers, and SPSEL is ignored in Handler mode, so the order is:
        # Handler mode; drop nPRIV; Thread mode, SPSEL; Handler mode, banked registers, nPRIV; the final xPSR.
        # Only a write of the flags makes Unicorn notice the new mode and privilege: last of all.
        flags = arm_const.UC_ARM_REG_APSR_NZCV
        order = [_XPSR, _CONTROL, _XPSR, _CONTROL, _XPSR, _MSP, _PSP, *_MASKS, _CONTROL, _XPSR, *_R, _LR, flags]
        self._write_core = _Batch(handle, order)
        self._read_fp = _Batch(handle, [*_D, arm_const.UC_ARM_REG_FPSCR])
        self._write_fp = _Batch(handle, [*_D, arm_const.UC_ARM_REG_FPSCR])
        self._state = _Batch(handle, [_XPSR, _CONTROL, _PC])
        self._traced = _Batch(handle, [*_R, arm_const.UC_ARM_REG_SP, _LR, _XPSR])

    @property
    def has_fpu(self) -> bool:
        """Whether the part has an FPU. The engine always has one."""
        return bool(self._shared.has_fpu)

    @has_fpu.setter
    def has_fpu(self, value: bool) -> None:
        self._shared.has_fpu = value

    @property
    def fp_state_is_automatic(self) -> bool:
        """FPCCR.ASPEN: whether an FP instruction makes a context: CONTROL.FPCA is set, FPSCR is FPDSCR.

        The engine always makes one where its own CONTROL has none. While this is clear it has one always, and what
        FPCA is, ``registers`` alone knows: only MSR changes it then.
        """
        return bool(self._shared.fp_is_automatic)

    @fp_state_is_automatic.setter
    def fp_state_is_automatic(self, value: bool) -> None:
        self._shared.fp_is_automatic = value

    @property
    def _stop(self) -> Stop | None:
        """What ended the run; from then on nothing of the guest may be touched."""
        return self._stopped or _PLAIN_STOPS[self._shared.cause]

    @_stop.setter
    def _stop(self, stop: Stop | None) -> None:
        self._stopped = stop
        self._shared.stopped = stop is not None
        self._shared.cause = 0

    # -- hooks -----------------------------------------------------------------------------------------------------

    def _hook(self, kind: int, function: int, begin: int = 1, end: int = 0, data: int | None = None) -> int:
        hook = ctypes.c_size_t()
        status = _lib.uc_hook_add(
            self._handle, ctypes.byref(hook), ctypes.c_int(kind), ctypes.c_void_p(function),
            ctypes.c_void_p(data or ctypes.addressof(self._shared)), ctypes.c_uint64(begin), ctypes.c_uint64(end),
        )  # fmt: skip
        if status:
            raise InternalError(f"the engine refused a hook (error {status})")
        return hook.value

    def _add_hooks(self) -> None:
        uc = unicorn_const
        hooks = self._hook_addresses()
        self._hook(uc.UC_HOOK_BLOCK, hooks["block"])
        self._hook(uc.UC_HOOK_TLB_FILL, hooks["fill"])
        prot = uc.UC_HOOK_MEM_READ_PROT | uc.UC_HOOK_MEM_WRITE_PROT | uc.UC_HOOK_MEM_FETCH_PROT
        # Bounded to the window: a memory hook that covers RAM would make every store to it slow.
        self._hook(prot, hooks["window"], WINDOW, 2 * WINDOW - 1)
        self._hook(uc.UC_HOOK_INTR, hooks["interrupt"])
        self._code_hook = hooks["special"]
        if isinstance(self.clock, NativeBlockClock):
            record = self._hook(uc.UC_HOOK_CODE, self._code_hook, *PROBE)
            self._movable = MovableHook.find(record, self._code_hook, ctypes.addressof(self._shared))
            self.clock.watched_range = self._watched_range
        if self._movable is not None:
            self._movable.cover(*EVERYTHING)
        state = ctypes.byref(self._shared)
        status = _lib.uc_mmio_map(
            self._handle, ctypes.c_uint64(WINDOW), ctypes.c_size_t(WINDOW),
            ctypes.c_void_p(hooks["read"]), state, ctypes.c_void_p(hooks["write"]), state,
        )  # fmt: skip
        if status:
            raise InternalError(f"the engine refused the window (error {status})")
        self._uc.mem_protect(WINDOW, WINDOW, 0)

    def _hook_addresses(self) -> dict[str, int]:
        """Return the hooks to register: the C ones, which ask Python's for what their tables do not answer."""
        functions = {
            "block": _BLOCK_HOOK(self._on_block),
            "special": _BLOCK_HOOK(self._on_special),
            "fill": _FILL_HOOK(self._on_fill),
            "window": _PROT_HOOK(self._on_window_access),
            "read": _READ_HOOK(self._on_window_read),
            "write": _WRITE_HOOK(self._on_window_write),
            "interrupt": _INTERRUPT_HOOK(self._on_interrupt),
        }
        self._callbacks += functions.values()
        hooks = {name: _address(function) for name, function in functions.items()}
        if self._native is None:
            return hooks
        for name, address in hooks.items():
            setattr(self._shared, f"python_{name}", address)
        self._connect_core(self._native)
        return hooks | self._native.addresses

    def _connect_core(self, extension: Extension) -> None:
        state = self._shared
        functions = {name: _address(getattr(_fast, f"uc_{name}")) for name in ("reg_read", "reg_write")}
        functions["read_batch"], functions["write_batch"] = (
            _address(_fast.uc_reg_read_batch), _address(_fast.uc_reg_write_batch)
        )  # fmt: skip
        functions["start"], functions["stop"] = _address(_fast.uc_emu_start), _address(_fast.uc_emu_stop)
        functions["control"] = _address(_fast.uc_ctl)
        assert self._handle.value is not None
        self._core = NativeRun(state, extension, self._handle.value, functions)
        read, written = self._read_core.ids, REGISTERS
        places = [written, written + 1, written + 2, written + 3, written, 13, 14, 18, 19, 20, written + 4, 17]
        places += [*range(13), 15, 17]
        fp = [*_D[:8], arm_const.UC_ARM_REG_FPSCR]
        self._core.connect(read, self._read_banked.ids, list(zip(self._write_core.ids, places, strict=True)), fp)
        state.tlb_flush = _TLB_FLUSH.value
        state.id_xpsr, state.id_control = _XPSR, _CONTROL
        state.id_sp, state.id_lr = arm_const.UC_ARM_REG_SP, _LR

    def on_trap(self, immediate: int, serve: Callable[[], bool]) -> None:
        """Let ``serve`` do the personality's trap, ``svc #immediate``, between two runs of the C half.

        ``registers`` holds the state then; the run ends where it answers False.
        """
        if self._core is not None:
            self._shared.trap_immediate = immediate
            self._core.on_trap = serve

    def set_memories(self, ranges: list[tuple[int, int, int]]) -> None:
        """Say where memory is, aliases too, as (address, size, canonical address): for vectors and frames."""
        known = ranges[:MAX_MEMORIES]
        self._shared.memory_count = len(known)
        for place, (address, size, canonical) in zip(self._shared.memories, known, strict=False):
            place.start, place.last, place.host = address, address + size - 1, self._host(canonical)

    def _on_block(self, uc: object, address: int, size: int, data: object) -> None:
        if self._stop is not None:
            _fast.uc_emu_stop(self._handle)
            return
        clock = self.clock
        verdict = clock.enter(address, size)
        if verdict is Verdict.RUN:
            if not (self._movable and isinstance(clock, NativeBlockClock) and clock.take_narrow(address, size)):
                return
            clock.current = None
            verdict = Verdict.RETRANSLATE
        if verdict is Verdict.FETCH and not self._fetch_refused(address):
            return
        if verdict is Verdict.STOP:
            self._stop = Stop(Cause.BOUNDARY)
        elif verdict is Verdict.ATTEND:
            self._stop = Stop(Cause.ATTEND)
            self._attend = address, size
        elif verdict is Verdict.RETRANSLATE:
            self._retry = address, size
        _fast.uc_emu_stop(self._handle)

    def _fetch_refused(self, address: int) -> bool:
        """Check each instruction of the current block in a split page; note where the first refused one is."""
        block = self.clock.current
        assert block is not None
        privileged = self._privileged()
        ends = (*block.offsets[1:], block.size)
        for offset, end in zip(block.offsets, ends, strict=True):
            fault = self.rules.check(address + offset, end - offset, Access.FETCH, privileged)
            if fault is None:
                continue
            self.clock.current = None
            if offset == 0:
                self._stop = Stop(Cause.FAULT, fault)
            else:
                self._partial = address + offset
            return True
        return False

    def _privileged(self) -> bool:
        xpsr, control, _ = self._state.read()
        return bool(xpsr & 0x1FF) or not control & 1

    def _repair_it(self, xpsr: int) -> None:
        if xpsr & XPSR_IT:
            self._write_xpsr.write(xpsr & ~XPSR_IT)

    def _subject(self, xpsr: int, control: int, pc: int) -> bool:
        """Whether the data access of the instruction at ``pc`` is privileged: LDRT and STRT are not. [A7.7.66]"""
        if not xpsr & 0x1FF and control & 1:
            return False
        block = self.clock.current
        if block is not None and not block.kinds & _UNPRIVILEGED:
            return True
        code = self._peek_code(pc)
        return not (code & 0xFE80 == 0xF800 and code & 0x0F00_0000 == 0x0E00_0000)

    def _peek_code(self, pc: int) -> int:
        memory = self.rules.memory_page(pc & -PAGE_SIZE)
        if memory is None:
            return 0
        code = self._peek_physical(memory[0] + (pc & PAGE_SIZE - 1), 4)
        return int.from_bytes(code, "little")

    def _peek_physical(self, address: int, size: int) -> bytes:
        for block in self._blocks:
            offset = address - block.address
            if 0 <= offset < block.size:
                return bytes(block.view[offset : offset + size])
        return b""

    def _on_fill(self, uc: object, vaddr: int, kind: int, entry: ctypes._Pointer[_TlbEntry], data: object) -> bool:
        answer = entry.contents
        if self._translating:  # a look-up of translated code by its address, not an access
            memory = self.rules.memory_page(vaddr)
            answer.paddr, answer.perms = (memory[0] if memory else WINDOW + vaddr), _PROT_EXEC
            return True
        xpsr, control, pc = self._state.read()
        if kind != _FETCH:  # a fetch synchronises nothing, and between two blocks of an IT block ITSTATE is the truth
            self._repair_it(xpsr)
        if self._stop is not None:  # something was refused: nothing may be touched any more
            answer.paddr, answer.perms = WINDOW + vaddr, _PROT_ALL
        elif kind == _FETCH:
            answer.paddr, answer.perms = self._fetch_entry(vaddr, bool(xpsr & 0x1FF) or not control & 1)
        else:
            answer.paddr, answer.perms = self._data_entry(vaddr, kind, self._subject(xpsr, control, pc))
        return True

    def _fetch_entry(self, page: int, privileged: bool) -> tuple[int, int]:
        rights = self.rules.page_rights(page, privileged)
        memory = self.rules.memory_page(page)
        if memory is None or (rights != MIXED and not rights & 4):
            return WINDOW + page, _PROT_EXEC
        physical, writable = memory
        dirty = -1
        if writable:
            dirty = self._dirty_index(physical)
            if self._dirty[dirty]:  # from here on no entry allows a store to it: the next one is noticed
                self._dirty[dirty] = 0
                self._flush()
            self._code_pages.add(physical >> PAGE_SHIFT)
        if rights == MIXED:
            self.clock.set_splits({*self.clock.split_pages, page >> PAGE_SHIFT})
            if writable and self._keeping:
                self._tables.protect_split(self._host(physical))
            return physical, _PROT_EXEC
        perms = _PROT_EXEC | (rights & 1)
        if self._keeping:
            self._tables.keep(page, privileged, True, physical, perms, dirty, self._host(physical))
        return physical, perms

    def _dirty_index(self, physical: int) -> int:
        """Number the pages of all memory blocks through."""
        index = 0
        for block in self._blocks:
            if 0 <= physical - block.address < block.size:
                return index + (physical - block.address >> PAGE_SHIFT)
            index += block.size >> PAGE_SHIFT
        raise InternalError(f"no memory at 0x{physical:08x}")

    def _data_entry(self, page: int, kind: int, privileged: bool) -> tuple[int, int]:
        rights = self.rules.page_rights(page, privileged)
        memory = self.rules.memory_page(page)
        if memory is None or rights == MIXED:
            if self._keeping:
                self._tables.keep(page, privileged, False, WINDOW + page, _PROT_READ | _PROT_WRITE, -1, 0)
                if memory is not None:
                    self._keep_split(page, privileged, *memory)
            return WINDOW + page, _PROT_READ | _PROT_WRITE
        physical, writable = memory
        if not writable:
            rights &= ~2
        if not rights & (1 << (kind - _READ)):
            return WINDOW + page, _PROT_READ if kind == _READ else _PROT_WRITE
        dirty = -1
        if rights & 2:
            # Never W and X together: a page with X takes the slow path on every store. The other comes by a miss.
            rights &= ~4
            dirty = self._dirty_index(physical)
        if self._keeping:
            self._tables.keep(page, privileged, False, physical, rights, dirty, self._host(physical))
        if rights & 2:
            if kind == _READ and not self._dirty[dirty]:
                return physical, rights & ~2  # the first store is to be noticed
            self._lose_code(physical)
        return physical, rights

    def _lose_code(self, physical: int) -> None:
        """The page at ``physical`` may be stored to from now on: what was translated from it ends with this block.

        The engine watches only pages with X for stores to code. So no page has code here while an entry allows stores
        to it: ``_dirty`` is set for the pages that may be stored to, and ``_code_pages`` holds none of them.
        """
        self._dirty[self._dirty_index(physical)] = 1
        page = physical >> PAGE_SHIFT
        self.stored_pages.add(page)
        if page in self._code_pages:
            self._code_pages.remove(page)
            self.clock.forget_page(page)
            self._overwritten.append(physical & -PAGE_SIZE)
            self.clock.limit = 0

    def _keep_split(self, page: int, privileged: bool, physical: int, writable: bool) -> None:
        """Let C judge a page that the MPU splits, unless code was decoded from it: stores to that are ours to see."""
        if physical >> PAGE_SHIFT in self._code_pages:
            writable = False
        if writable:
            self.stored_pages.add(physical >> PAGE_SHIFT)
        rights = self.rules.granule_rights(page, privileged)
        self._tables.keep_split(page, privileged, self._host(physical), writable, rights)

    def _host(self, physical: int) -> int:
        """Return the address in this process of the byte at a canonical address."""
        for block in self._blocks:
            offset = physical - block.address
            if 0 <= offset < block.size:
                return self._hosts[block.address] + offset
        raise InternalError(f"no memory at 0x{physical:08x}")

    def _on_window_access(self, uc: object, kind: int, address: int, size: int, value: int, data: object) -> bool:
        if self._stop is not None:
            return False
        vaddr = address - WINDOW
        access = _PROT_ACCESS[kind]
        xpsr, control, pc = self._state.read()
        if access is Access.FETCH:
            privileged = bool(xpsr & 0x1FF) or not control & 1
        else:
            privileged = self._subject(xpsr, control, pc)
        fault = self.rules.check(vaddr, size, access, privileged)
        if fault is None and access is Access.FETCH:
            fault = Fault(CAUSES["IBUSERR"], None, access, size)  # permitted, but there is no memory to fetch from
        if fault is not None:
            if access is Access.WRITE:
                fault = self._refused_store(fault, vaddr, size, value, pc, privileged)
                if self._is_in_it_block(pc):  # a refused store ends the engine only where the IT block ends
                    self._refuse(fault, pc=pc)
                    return False
            self._stop = Stop(Cause.FAULT, fault)
            return False
        self._repair_it(xpsr)
        self._approved = (vaddr & -size, (vaddr + size + size - 1) & -size, privileged)
        return True

    def _refused_store(self, fault: Fault, vaddr: int, size: int, value: int, pc: int, privileged: bool) -> Fault:
        """Complete the fault of a store with its size and value.

        An unaligned store is made of byte stores [A3.2.1, MemU_unaligned()]; those before the refused byte are done.
        Where a store crosses into another page the engine makes one call a byte itself: then the instruction tells
        the size and the value.
        """
        if fault.address is not None and vaddr < fault.address < vaddr + size:
            for index in range(fault.address - vaddr):
                self.rules.write(vaddr + index, 1, value >> 8 * index & 0xFF, privileged)
        if size == 1 and vaddr & PAGE_SIZE - 1 < 3:
            special = decode_one(pc, self._peek_code(pc).to_bytes(4, "little"))
            if special is not None and special.kind is Kind.ALIGN_TRAP:
                values = self._read_core.read()
                start = self._effective_address(special, pc, values)
                if start < vaddr <= start + special.alignment:
                    size, target = special.alignment + 1, special.target
                    value = values[target] if target < 13 else self._odd_register(target, values)
        return Fault(fault.cause, fault.address, Access.WRITE, size, value & ((1 << 8 * size) - 1))

    def _is_in_it_block(self, pc: int) -> bool:
        block = self.clock.current
        if block is None or pc - block.address not in block.offsets:
            return False
        return bool(block.itstates[block.offsets.index(pc - block.address)] & 0xF)

    def _window_subject(self, address: int, size: int, access: Access) -> bool | None:
        """Return the privilege of a window access, None when it turns out to be refused.

        A load that crosses from a plain page into the window arrives here without having been asked about.
        """
        low, high, privileged = self._approved
        if low <= address < high:
            return privileged
        xpsr, control, pc = self._state.read()
        privileged = self._subject(xpsr, control, pc)
        fault = self.rules.check(address, 1, access, privileged)
        if fault is not None:
            self._refuse(Fault(fault.cause, fault.address, access, size))
            return None
        self._repair_it(xpsr)
        return privileged

    def _on_window_read(self, uc: object, address: int, size: int, data: object) -> int:
        if self._stop is not None:
            return 0
        privileged = self._window_subject(address, size, Access.READ)
        if privileged is None:
            return 0
        answer = self.rules.read(address, size, privileged)
        if isinstance(answer, Fault):
            self._refuse(answer)
            return 0
        return answer

    def _on_window_write(self, uc: object, address: int, size: int, value: int, data: object) -> None:
        if self._stop is not None:
            return
        privileged = self._window_subject(address, size, Access.WRITE)
        if privileged is None:
            return
        fault = self.rules.write(address, size, value & ((1 << 8 * size) - 1), privileged)
        if fault is not None:
            self._refuse(fault)

    def _refuse(self, fault: Fault, itstate: int | None = None, pc: int | None = None) -> None:
        """Undo the instruction that is executing: keep the registers as they are now, forbid all memory, stop."""
        registers = list(self._read_core.read())
        if itstate is not None:
            registers[17] = _with_itstate(registers[17], itstate)
        if pc is not None:
            registers[16] = pc
        self._leave(tuple(registers), Stop(Cause.FAULT, fault))

    def _begin_fp_context(self) -> None:
        """ExecuteFPCheck() comes before the fault of an FP instruction: FPCA is set, FPSCR is FPDSCR, zero here."""
        assert self._rollback is not None
        core, fp = self._rollback
        self._rollback = (*core[:21], core[21] | 4), (*fp[:-1], 0)

    def _leave(self, registers: tuple[int, ...], stop: Stop) -> None:
        """End the run in the middle of a block with these core registers, whatever the engine still executes.

        A stop inside an IT block takes effect only at its end. Until then every access is refused.
        """
        self._rollback = registers, self._read_fp.read()
        self._rollback_sp = None if self._privileged() else self._uc.reg_read(arm_const.UC_ARM_REG_SP)
        self._stop = stop
        self._flush()
        _fast.uc_emu_stop(self._handle)

    def _on_interrupt(self, uc: object, number: int, data: object) -> None:
        if self._stop is None:
            if number == 2:
                self._stop = Stop(Cause.SVC)
            elif number == 8:
                self._stop = Stop(Cause.EXC_RETURN)
            elif number == 7:
                self._stop = Stop(Cause.BREAKPOINT)
            elif number == 4:
                self._stop = Stop(Cause.FAULT, Fault(CAUSES["UNALIGNED"]))
            elif number == 3:
                self._stop = Stop(Cause.FAULT, Fault(CAUSES["IBUSERR"]))
            elif number == 17:
                self._stop = Stop(Cause.FAULT, Fault(CAUSES["NOCP"]))
            else:
                self._stop = Stop(Cause.UNDEFINED)
        _fast.uc_emu_stop(self._handle)

    # -- instructions with obligations -----------------------------------------------------------------------------

    def _hook_block(self, block: Block) -> bool:
        """Hook the instructions of a new block that must be looked at each time; True if any was not hooked yet."""
        if self._special_at:  # other code may have been here before
            for offset in block.offsets:
                self._special_table.remove(block.address + offset)
                self._special_at.pop(block.address + offset, None)
        new = False
        for special in block.specials:
            address = block.address + special.offset
            if special.kind & self.clock.hooked or (special.kind & _FP and address in self._fp_hooks):
                new |= self._watch(address, special)
        self._note_plain(block)
        return new

    def _watch(self, address: int, special: Special) -> bool:
        """Look at the instruction at ``address`` each time; True when its block must be translated again for that."""
        self._special_at[address] = special
        self._special_table.put(address, special)
        if self._movable is not None or address in self._hooked_addresses:
            return False
        self._hooked_addresses.add(address)
        self._hook(unicorn_const.UC_HOOK_CODE, self._code_hook, address, address)
        return True

    def _watched_range(self, block: Block) -> tuple[int, int]:
        offsets = [special.offset for special in block.specials if block.address + special.offset in self._special_at]
        return (offsets[0], offsets[-1]) if offsets else (1, 0)

    def _note_plain(self, block: Block) -> None:
        """The plain instructions among the watched ones of a block are called for, too: C must know them."""
        if self._movable is not None:
            first, last = self._watched_range(block)
            for offset in block.offsets:
                if first < offset < last and block.address + offset not in self._special_at:
                    self._special_table.put_plain(block.address + offset)

    def _translate_again(self, address: int, size: int) -> None:
        """Drop a block's translation; with a movable hook translate it now, watching only what must be.

        Dropping a block drops those that share bytes with it: they are translated again together.
        """
        blocks = self.clock.sharing(address, size) if self._movable is not None else []
        start = min((block.address for block in blocks), default=address)
        end = max((block.address + block.size for block in blocks), default=address + size)
        self.drop_code(start, end - start)
        if self._movable is None or not blocks:
            return
        self.store()
        try:
            whole = [self._translate_narrow(group) for group in _by_address(blocks)]
        finally:
            self._movable.cover(*EVERYTHING)
        if not all(whole):
            self.drop_code(start, end - start)

    def _translate_narrow(self, blocks: list[Block]) -> bool:
        """Translate the block at the one address of ``blocks``; False when it is another one."""
        assert self._movable is not None
        ranges = [self._watched_range(block) for block in blocks]
        offsets = [offset for first, last in ranges if first <= last for offset in (first, last)]
        address = blocks[0].address
        if offsets:
            self._movable.cover(address + min(offsets), address + max(offsets))
        else:
            self._movable.cover(*NOTHING)
        try:
            _, _, size = self._uc.ctl_request_cache(address)
        except UcError:
            return False  # a block that shares bytes with the one to run, but may not be fetched as things are
        return any(block.size == size for block in blocks)

    def hook_fp(self, block: Block) -> None:
        """Look at the first FP instructions of ``block`` themselves from now on, instead of stopping in front of it.

        A task that uses FP registers meets this at each switch. Conditional ones may not execute: so those up to the
        first that always does are hooked.
        """
        cached = self.clock.block_at(block.address, block.size)
        if cached is None or len(self._fp_hooks) >= MAX_FP_HOOKS:
            return
        for special in cached.specials:
            if special.kind & _FP:
                self._watch(block.address + special.offset, special)
                self._fp_hooks.add(block.address + special.offset)
                if not special.itstate & 0xF:
                    break
        self._note_plain(cached)
        self.clock.set_kinds(cached, cached.kinds & ~_FP)
        self.drop_code(block.address, block.size)

    def _on_special(self, uc: object, address: int, size: int, data: object) -> None:
        if self._stop is not None:
            return
        special = self._special_at.get(address)
        if special is None:
            return
        fp_is_due = special.kind & self.clock.before & _FP
        if not fp_is_due and not special.kind & self.clock.hooked:
            return
        values = self._read_core.read()
        if special.itstate & 0xF and not condition_passed(special.itstate >> 4, values[17]):
            return
        if fp_is_due:
            registers = list(values)
            registers[16], registers[17] = address, _with_itstate(values[17], special.itstate)
            self._leave(tuple(registers), Stop(Cause.ATTEND, special=special))
            return
        if not special.kind & self.clock.hooked:
            return
        if special.kind & Kind.READS_CONTROL:
            self._read_control(special, address, values)
            return
        if special.kind & Kind.WRITES_CONTROL:
            self._write_control(special, address, values)
            return
        if special.kind & Kind.WRITES_SP:
            self._write_sp(special, address, values)
            return
        if special.kind & Kind.FIXED_TO_FP:
            self._convert_fixed(special, address, values)
            return
        if special.kind & Kind.SEND_EVENT:
            self.on_send_event()
            return
        if special.kind & Kind.DIVIDE:
            value = values[special.index] if special.index < 13 else self._odd_register(special.index, values)
        else:
            value = self._effective_address(special, address, values)
        fault = self.check_special(special, value)
        if fault is not None:
            self._refuse(fault, special.itstate if special.itstate & 0xF else 0, address)
            if special.kind & Kind.FP and self.fp_state_is_automatic and not values[21] & 4:
                self._begin_fp_context()
        elif special.kind & Kind.STORE_EXCLUSIVE:
            if self._shared.monitor_lost:
                self._fail_store(special, address, values)
        elif special.kind & Kind.EXCLUSIVE:
            self._shared.monitor_lost = False

    def _odd_register(self, index: int, values: tuple[int, ...]) -> int:
        if index == 14:
            return values[15]
        return values[14] if values[20 + 1] & 2 and not values[17] & 0x1FF else values[13]

    def _effective_address(self, special: Special, address: int, values: tuple[int, ...]) -> int:
        if special.base == 15:
            base = (address + 4) & ~3 if special.kind & Kind.ALIGN_TRAP and special.index < 0 else address
        else:
            base = values[special.base] if special.base < 13 else self._odd_register(special.base, values)
        if special.index >= 0:
            index = values[special.index] if special.index < 13 else self._odd_register(special.index, values)
            base += index << special.shift
        return (base + special.displacement) & 0xFFFF_FFFF

    def _read_control(self, special: Special, address: int, values: tuple[int, ...]) -> None:
        """Do MRS Rd, CONTROL ourselves where the engine would show bits that the architecture does not."""
        control = self._control(values)
        if control == values[21] or special.base > 12:
            return
        registers = list(values)
        registers[special.base] = control
        registers[16] = address + 4
        registers[17] = _with_itstate(values[17], advance_itstate(special.itstate))
        self._leave(tuple(registers), Stop(Cause.BOUNDARY))

    def _fail_store(self, special: Special, address: int, values: tuple[int, ...]) -> None:
        """Do a STREX whose monitor is not set: nothing is stored, and Rd is 1."""
        registers = list(values)
        registers[special.target if special.target < 13 else 15] = 1
        registers[16] = address + 4
        registers[17] = _with_itstate(values[17], advance_itstate(special.itstate))
        self._leave(tuple(registers), Stop(Cause.BOUNDARY))

    def _convert_fixed(self, special: Special, address: int, values: tuple[int, ...]) -> None:
        """Do VCVT from fixed-point ourselves when FPSCR does not say round to nearest, as it always does."""
        *doubles, fpscr = self._read_fp.read()
        new_context = self.fp_state_is_automatic and not values[21] & 4
        if not fpscr & FPSCR_RMODE or new_context:  # a new context begins with FPDSCR, which is zero here
            return
        index, high = special.target >> 1, (special.target & 1) * 32
        first, second = struct.unpack("<HH", self._peek_code(address).to_bytes(4, "little"))
        word, inexact = convert_fixed(doubles[index] >> high & 0xFFFF_FFFF, first << 16 | second)
        doubles[index] = doubles[index] & ~(0xFFFF_FFFF << high) | word << high
        registers = list(values)
        registers[16] = address + 4
        registers[17] = _with_itstate(values[17], advance_itstate(special.itstate))
        self._leave(tuple(registers), Stop(Cause.BOUNDARY))
        self._rollback = tuple(registers), (*doubles, fpscr | (FPSCR_IXC if inexact else 0))

    def _write_sp(self, special: Special, address: int, values: tuple[int, ...]) -> None:
        """Do MSR MSP or PSP, Rn ourselves when the low two bits of Rn are not zero."""
        value = values[special.base] if special.base < 13 else values[15]
        if not value & 3 or not (values[17] & 0x1FF or not values[21] & 1):
            return
        registers = list(values)
        registers[14 if special.target else 13] = value & ~3
        registers[16] = address + 4
        registers[17] = _with_itstate(values[17], advance_itstate(special.itstate))
        self._leave(tuple(registers), Stop(Cause.BOUNDARY))

    def _write_control(self, special: Special, address: int, values: tuple[int, ...]) -> None:
        """Do MSR CONTROL, Rn ourselves when FPCA is set before or after. [B5.2.3]

        What the next FP instruction obliges to depends on it, and without ASPEN the engine's FPCA means nothing.
        """
        value = values[special.index] if special.index < 13 else values[15]
        handler = values[17] & 0x1FF
        if not (value | values[21]) & 4 or not (handler or not values[21] & 1):
            return
        registers = list(values)
        registers[21] = value & 5 | (values[21] if handler else value) & 2
        self.registers.control = self.registers.control & ~4 | value & 4
        registers[16] = address + 4
        registers[17] = _with_itstate(values[17], advance_itstate(special.itstate))
        self._leave(tuple(registers), Stop(Cause.BOUNDARY))

    def _control(self, values: tuple[int, ...]) -> int:
        """CONTROL as the architecture has it: SPSEL is zero in Handler mode, FPCA needs an FPU. [B1.4.4]"""
        control = values[21] & (7 if self.has_fpu else 3)
        if values[17] & 0x1FF:
            control &= ~2
        if self.has_fpu and not self.fp_state_is_automatic:
            control = control & ~4 | self.registers.control & 4  # only MSR changes it, see store()
        return control

    # -- the register trace (register_trace.py) --------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """See register_trace.Traced."""
        return self._stop is not None

    @property
    def settled(self) -> int:
        """See register_trace.Traced."""
        return self.clock.executed

    def call_back(self, block: Callable[[int, int], None], instruction: Callable[[int, int], None]) -> None:
        """See register_trace.Traced. Nothing was run yet, so these come before the hooks on single instructions."""
        self.traced = True
        on_block = _BLOCK_HOOK(lambda uc, address, size, data: block(address, size))
        on_instruction = _BLOCK_HOOK(lambda uc, address, size, data: instruction(address, size))
        self._callbacks += [on_block, on_instruction]
        self._hook(unicorn_const.UC_HOOK_BLOCK, _address(on_block))
        self._hook(unicorn_const.UC_HOOK_CODE, _address(on_instruction))

    def call_native(self, trace: Trace, block: int, instruction: int) -> None:
        """See register_trace.Traced."""
        assert isinstance(self.clock, NativeBlockClock)
        self.traced = True
        self.clock.narrows = False  # every instruction is hooked anyway
        count = len(self._traced.ids)
        ids = (ctypes.c_int * count)(*self._traced.ids)
        places = ctypes.addressof(trace) + Trace.words.offset
        values = (ctypes.c_void_p * count)(*[places + 4 * n for n in range(count)])
        self._callbacks += [ids, values, trace]
        trace.ids, trace.values = ctypes.addressof(ids), ctypes.addressof(values)
        trace.read = _address(_fast.uc_reg_read_batch)
        trace.stopped, trace.settled = self._shared_address("stopped"), self._shared_address("executed")
        self._hook(unicorn_const.UC_HOOK_BLOCK, block, data=ctypes.addressof(trace))
        if self._movable is None:
            self._hook(unicorn_const.UC_HOOK_CODE, instruction, data=ctypes.addressof(trace))
        else:
            trace.next, trace.next_data = self._code_hook, ctypes.addressof(self._shared)
            self._movable.redirect(instruction, ctypes.addressof(trace))

    def _shared_address(self, field: str) -> int:
        offset: int = getattr(State, field).offset
        return ctypes.addressof(self._shared) + offset

    def on_decode(self, notice: Callable[[Block], None]) -> None:
        """See register_trace.Traced."""
        hook = self.clock.on_hook

        def noticed(block: Block) -> bool:
            notice(block)
            return hook(block)

        self.clock.on_hook = noticed

    def traced_registers(self) -> tuple[int, ...]:
        """See register_trace.Traced."""
        return self._traced.read()

    # -- registers -------------------------------------------------------------------------------------------------

    def load(self) -> Registers:
        """Copy the core registers out of the engine."""
        values = self._read_core.read()
        self._set_registers(values)
        return self.registers

    def _set_registers(self, values: tuple[int, ...]) -> None:
        regs = self.registers
        regs.r = list(values[:13])
        regs.msp, regs.psp, regs.lr, regs.pc, regs.xpsr = values[13:18]
        regs.primask, regs.basepri, regs.faultmask = values[18:21]
        regs.control = self._control(values)
        if regs.control & 1 and not regs.xpsr & 0x1FF:  # unprivileged: the banked registers read as zero
            self._write_xpsr.write(regs.xpsr & ~0x1FF | 3)
            regs.msp, regs.psp, regs.primask, regs.basepri, regs.faultmask = self._read_banked.read()
            self._write_xpsr.write(regs.xpsr)

    def store(self) -> None:
        """Copy the core registers into the engine."""
        regs = self.registers
        control = regs.control
        if self.has_fpu and not self.fp_state_is_automatic:
            control |= 4  # an FP instruction makes no context
        flags = regs.xpsr & ~0x1FF
        self._write_core.write(
            flags & ~XPSR_IT | XPSR_T | 3, 0, flags & ~XPSR_IT | XPSR_T, control & ~1, flags & ~XPSR_IT | XPSR_T | 3,
            regs.msp, regs.psp, regs.primask, regs.basepri, regs.faultmask, control, regs.xpsr, *regs.r, regs.lr,
            regs.xpsr,
        )  # fmt: skip

    def load_fp(self) -> None:
        """Copy S0-S31 and FPSCR out of the engine into ``registers``."""
        *doubles, self.registers.fpscr = self._read_fp.read()
        self.registers.s = [half for d in doubles for half in (d & 0xFFFF_FFFF, d >> 32)]

    def store_fp(self) -> None:
        """Copy S0-S31 and FPSCR from ``registers`` into the engine."""
        s = self.registers.s
        self._write_fp.write(*(s[n] | s[n + 1] << 32 for n in range(0, 32, 2)), self.registers.fpscr)

    # -- running ---------------------------------------------------------------------------------------------------

    def _begin_run(self) -> None:
        self._stop = None
        self._retry = None
        self._partial = None
        self._approved = (0, 0, True)
        self._rollback = None

    def run(self) -> Stop:
        """Run from ``registers`` until something happens; afterwards ``registers`` holds the state."""
        while True:
            while self._overwritten:
                self.drop_code(self._overwritten.pop(), PAGE_SIZE)
            if not self.registers.xpsr & XPSR_T:  # the engine takes T from the address it begins at
                return Stop(Cause.UNDEFINED)
            stop = self._run_once()
            if stop is not None:
                return stop

    def _run_once(self) -> Stop | None:
        if self.traced:
            self.on_begin()
        stop = self._run_in_python() if self._core is None else self._run_in_core(self._core)
        if self.traced:
            self.on_end()
        if stop is not None:
            return stop
        if self._retry is not None:
            self._translate_again(*self._retry)
        elif self._partial is not None:
            return self._run_partial(self._partial)
        return None

    def _run_in_core(self, core: NativeRun) -> Stop | None:
        """Let the C half run. What it ends itself leaves nothing to begin anew."""
        if self._is_used:
            self._is_used = False
            self._begin_run()
        cause = core.run()
        if self._shared.event:
            self._shared.event = 0
            self.on_send_event()
        if cause:
            return _PLAIN_STOPS[cause]
        self._is_used = True
        return self._finish(self._shared.status)

    def _run_in_python(self) -> Stop | None:
        self._begin_run()
        self.store()
        if self.registers.xpsr & XPSR_IT:
            self.clock.opening = _OPEN_IT
        return self._finish(self._start(self.registers.pc))

    def _start(self, pc: int) -> int:
        """Let the engine run from ``pc``; returns its uc_err."""
        status: int = _lib.uc_emu_start(
            self._handle, ctypes.c_uint64(pc | 1), ctypes.c_uint64(0), ctypes.c_uint64(0), ctypes.c_size_t(0)
        )
        return status

    def _finish(self, status: int) -> Stop | None:
        """Settle the clock and the registers after uc_emu_start; None to go on."""
        if self._rollback is not None:
            core, fp = self._rollback
            self._write_fp.write(*fp)
            self._set_registers(core)
            if self._rollback_sp is not None:  # the banked registers came as they are now, at the end of the block
                self.registers.sp = self._rollback_sp
        else:
            self.load()
        regs = self.registers
        block = self.clock.current
        self.clock.settle(regs.pc)
        stop = self._stop
        if block is not None and (status or stop is not None) and regs.pc - block.address in block.offsets:
            # A repair in an earlier hook of the same instruction has lost the engine's ITSTATE; the block knows it.
            itstate = block.itstates[block.offsets.index(regs.pc - block.address)]
            regs.xpsr = _with_itstate(regs.xpsr, itstate)
        if stop is not None:
            if self._rollback is not None:
                self._flush()
            if stop.cause is Cause.ATTEND and not regs.xpsr & XPSR_T:
                return Stop(Cause.UNDEFINED)  # what was decoded there does not execute
            if stop.cause is Cause.ATTEND and stop.special is None:
                stop.block = self._block_at(*self._attend)
            return stop
        if self._retry is not None or self._partial is not None:
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
        return self._peek_code(pc - 2) & 0xFFFF == 0xBF30 or self._peek_code(pc - 4) == 0x8003_F3AF

    def _block_at(self, address: int, size: int) -> Block:
        return decode_block(address, self._read_code(address, size), self._itstate(self.registers.xpsr))

    def _run_partial(self, address: int) -> Stop | None:
        """Run up to ``address`` inside a block whose instruction there may not be fetched, and refuse that one."""
        stop = self.run_to(address)
        if stop.cause is not Cause.STEPPED:
            return stop
        regs = self.registers
        fault = self.rules.check(address, 2, Access.FETCH, regs.privileged) or Fault(
            CAUSES["IACCVIOL"], None, Access.FETCH, 2
        )
        return Stop(Cause.FAULT, fault)

    def run_to(self, address: int) -> Stop:
        """Run from ``registers`` but stop at ``address`` inside the block that begins at the PC."""
        pc = self.registers.pc
        self.drop_code(pc, address - pc if 0 < address - pc < PAGE_SIZE else 4)
        self._set_exits([address])
        pages = self.clock.split_pages
        self.clock.set_splits(set())
        takes_exceptions, self._shared.takes_exceptions = self._shared.takes_exceptions, False
        try:
            return self.run()
        finally:
            self._shared.takes_exceptions = takes_exceptions
            self.clock.set_splits(pages)
            self._set_exits([])
            self.drop_code(pc, 4)

    def step(self) -> Stop:
        """Execute exactly one instruction (BOUNDARY or STEPPED when nothing else happened)."""
        limit = self.clock.limit
        pc = self.registers.pc
        self.clock.limit = self.clock.executed + 1
        try:
            return self.run_to(pc + (4 if is_wide(self._peek_code(pc) & 0xFFFF) else 2))
        finally:
            self.clock.limit = limit

    def _set_exits(self, exits: list[int]) -> None:
        self._exits = exits
        self._uc.ctl_set_exits(exits)

    def clear_monitor(self) -> None:
        """ClearExclusiveLocal(): the next STREX fails, unless an LDREX comes before it.

        The engine's own monitor can only be cleared by an instruction, so that STREX is not left to it.
        """
        self._shared.monitor_lost = True

    # -- maintenance -----------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        _fast.uc_ctl(self._handle, _TLB_FLUSH)

    def flush(self, memory_map: Hashable) -> None:
        """Rights have changed: forget every TLB entry.

        ``memory_map`` names the rights that hold from now on: the same name stands for the same rights, so answers can
        be kept. None: nothing may be kept.
        """
        if (
            self._core is not None and self._keeping and isinstance(memory_map, bytes) and not self.clock.split_pages
            and self._core.select_map()
        ):  # fmt: skip
            return
        self._flush()
        if self.clock.split_pages:
            self.clock.set_splits(set())
        if self._native is not None:
            self._keeping = memory_map is not None
            self._shared.fill_enabled = self._keeping
            self._tables.select(memory_map)

    def drop_code(self, address: int, size: int) -> None:
        """Forget translated code of ``size`` bytes at a guest address."""
        self._translating = True
        self._shared.fill_enabled = 0
        self._flush()
        self._uc.ctl_remove_cache(address, address + size)
        self._flush()
        self._translating = False
        self._shared.fill_enabled = self._keeping

    def watch_stores(self) -> None:
        """Begin to note the pages that are stored to in ``stored_pages``: no entry may allow a store unnoticed."""
        self.stored_pages.clear()
        ctypes.memset(self._dirty, 0, len(self._dirty))
        self._tables.clear()
        self.flush(None)

    def restart(self) -> None:
        """Return time to zero and forget what ran."""
        clock = self.clock
        clock.current = None
        clock.executed = 0
        self.registers.reset()
        self.store_fp()

    def memory_stored(self, address: int, size: int) -> None:
        """Memory at a guest address was changed past the engine: what was translated from it ends with this block."""
        for page in range(address >> PAGE_SHIFT, (address + size - 1 >> PAGE_SHIFT) + 1):
            memory = self.rules.memory_page(page << PAGE_SHIFT)
            if memory is None:
                continue
            physical, writable = memory
            self.stored_pages.add(physical >> PAGE_SHIFT)
            if not writable and self.clock.forget_page(physical >> PAGE_SHIFT):
                self._overwritten.append(physical)
            elif physical >> PAGE_SHIFT in self._code_pages:
                self._lose_code(physical)

    def set_hooked_kinds(self, kinds: int) -> None:
        """Choose which instructions are looked at each time they execute."""
        if kinds != self.clock.hooked:
            self.clock.hooked = kinds
            self.clock.forget_all()
            self._uc.ctl_flush_tb()

    def may_go_on(self) -> bool:
        """Whether code may still be fetched from where the engine executes, after a change of rights.

        Unicorn looks at rights when it enters a page, and links blocks within one: so the page it is in must be asked
        about; all others are asked about when they are entered.
        """
        block = self.clock.current
        if block is None:
            return False
        privileged = self._privileged()
        pages = {block.address & -PAGE_SIZE, (block.address + block.size - 1) & -PAGE_SIZE}
        return all(self._may_fetch_all(page, privileged) for page in sorted(pages))

    def _may_fetch_all(self, page: int, privileged: bool) -> bool:
        rights = self.rules.page_rights(page, privileged)
        return rights != MIXED and bool(rights & 4)

    @property
    def has_lost_code(self) -> bool:
        """Whether translated code must be dropped before the engine goes on."""
        return bool(self._overwritten)

    def stop_soon(self) -> None:
        """Make the run stop at the next block boundary (safe inside callbacks)."""
        self.clock.limit = 0

    @property
    def executed(self) -> int:
        """Instructions executed, exact inside callbacks too."""
        return self.count_executed()

    def count_executed(self) -> int:
        """Return the instructions executed, exact inside callbacks too."""
        clock = self.clock
        if clock.current is None:
            return clock.executed
        return clock.now(self._state.read()[2])

    def current_pc(self) -> int:
        """The address of the instruction, exact inside callbacks too."""
        return self._state.read()[2]

    def current_exception(self) -> int:
        """IPSR, exact inside callbacks too."""
        return self._state.read()[0] & 0x1FF

    def masks(self) -> tuple[int, int, int]:
        """PRIMASK, BASEPRI and FAULTMASK, exact inside privileged callbacks too."""
        primask, basepri, faultmask = self._read_banked.read()[2:]
        return primask, basepri, faultmask

    def execution_priority(self, exceptions: Exceptions) -> int:
        """ExecutionPriority() with the mask registers as they are now, exact inside callbacks too."""
        primask, basepri, faultmask = self.masks()
        return exceptions.execution_priority(primask, faultmask, basepri)

    def _itstate(self, xpsr: int) -> int:
        return xpsr >> 25 & 3 | xpsr >> 8 & 0xFC

    def _read_itstate(self) -> int:
        return self._itstate(self._state.read()[0])

    def _read_code(self, address: int, size: int) -> bytes:
        code = bytearray()
        while size > 0:
            memory = self.rules.memory_page(address & -PAGE_SIZE)
            part = min(size, PAGE_SIZE - (address & PAGE_SIZE - 1))
            code += self._peek_physical(memory[0] + (address & PAGE_SIZE - 1), part) if memory else bytes(part)
            address, size = address + part, size - part
        return bytes(code)

    def _canonical_page(self, page: int) -> int:
        memory = self.rules.memory_page(page << PAGE_SHIFT)
        return memory[0] >> PAGE_SHIFT if memory else page

    def special_at(self, pc: int) -> Special | None:
        """Decode the instruction at ``pc`` with the ITSTATE the registers hold."""
        code = self._read_code(pc, 4)
        return decode_one(pc, code, self._itstate(self.registers.xpsr))


# UC_CTL(type, nr, rw) of unicorn.h: no arguments, write.
_TLB_FLUSH = ctypes.c_int(unicorn_const.UC_CTL_TLB_FLUSH | 0 << 26 | unicorn_const.UC_CTL_IO_WRITE << 30)
