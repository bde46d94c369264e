"""The CPU of Unicorn before anybody decides its accesses: its registers, its time, and the code it is at.

What the rest of the machine must know of it in the middle of a run, when ``registers`` are not the truth, is asked
here. How it runs, and what it is stopped for, is the Engine's (engine.py).
"""

from __future__ import annotations

from emulator.armv7m.core import Registers
from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.instructions import is_wide
from emulator.engine.accelerator import Extension, NativeBlockClock, make_tables
from emulator.engine.blocks import BlockClock, ends_block
from emulator.engine.engine_memory import EngineMemory
from emulator.engine.shared_core import SharedRegisters
from emulator.engine.shared_state import MAX_MEMORIES, State
from emulator.engine.unicorn_library import Uc, arm_const, unicorn_const
from emulator.engine.unicorn_registers import UnicornRegisters

CPU_MODELS = {
    "cortex-m3": arm_const.UC_CPU_ARM_CORTEX_M3,
    "cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4,
    "cortex-m7": arm_const.UC_CPU_ARM_CORTEX_M7,
}

CODE_BUFFER = 32 << 20
"""Bytes for translated code. Unicorn's own choice is 1 GiB, which a guest can fill."""


class Processor:
    """A Cortex-M of the model ``cpu`` over ``memory``; ``extension`` is the C half, None without it."""

    def __init__(self, cpu: str, memory: EngineMemory, extension: Extension | None, shared: State) -> None:
        self.memory = memory
        self.extension = extension
        self.shared = shared
        self.registers = Registers() if extension is None else SharedRegisters(shared)
        """The core registers between runs."""
        # Not UC_MODE_MCLASS: with it Unicorn makes a Cortex-M33 of every model, whose instructions are ARMv8-M's.
        self.uc = uc = Uc(unicorn_const.UC_ARCH_ARM, unicorn_const.UC_MODE_THUMB, CPU_MODELS[cpu])
        uc.ctl_set_code_buffer_size(CODE_BUFFER)
        uc.ctl_set_tlb_mode(unicorn_const.UC_TLB_VIRTUAL)
        uc.ctl_exits_enabled(True)
        uc.ctl_set_exits([])
        for address, size, host in memory.ranges():
            uc.mem_map_ptr(address, size, unicorn_const.UC_PROT_ALL, host)
        self.unicorn = unicorn = UnicornRegisters(uc, self.registers, shared)
        """The registers in the engine."""
        self.clock: BlockClock
        if extension is None:
            self.clock = BlockClock(memory.read_code, unicorn.itstate, memory.canonical_page)
        else:
            make_tables(extension, shared)
            self.clock = NativeBlockClock(extension, shared, memory.read_code, unicorn.itstate, memory.canonical_page)
        self.clock.repair_sp = unicorn.repair_sp
        for place, (address, size, canonical) in zip(shared.memories, memory.reached, strict=False):
            place.start, place.last, place.host = address, address + size - 1, memory.host(canonical)
        shared.memory_count = min(len(memory.reached), MAX_MEMORIES)
        self.native = None if extension is None else unicorn.native_run(extension)
        """The run loop of the C half, if there is one."""

    # -- time ------------------------------------------------------------------------------------------------------

    def stop_soon(self) -> None:
        """Make the run stop at the next block boundary (safe inside callbacks)."""
        self.clock.limit = 0

    def count_executed(self) -> int:
        """Return the instructions executed, exact inside callbacks too."""
        shared, clock = self.shared, self.clock
        if self.native is not None and shared.current is None:  # between two runs, and asked for at every switch
            executed: int = shared.executed
            return executed
        if not clock.is_in_block:
            return clock.executed
        return clock.now(self.unicorn.state.read()[2])

    # -- registers, exact inside callbacks too -----------------------------------------------------------------------

    def current_pc(self) -> int:
        """Return the address of the instruction."""
        return self.unicorn.state.read()[2]

    def current_exception(self) -> int:
        """Return IPSR."""
        return self.unicorn.state.read()[0] & 0x1FF

    def masks(self) -> tuple[int, int, int]:
        """Return PRIMASK, BASEPRI and FAULTMASK, in privileged callbacks."""
        return self.unicorn.masks()

    def execution_priority(self, exceptions: Exceptions) -> int:
        """ExecutionPriority() with the mask registers as they are now."""
        return self.unicorn.execution_priority(exceptions)

    def peek_sp(self) -> int:
        """Return SP as it is now, inside callbacks."""
        return self.unicorn.current_sp()

    def peek_registers(self) -> Registers:
        """Return a copy of the core registers, inside callbacks; unprivileged code's banked registers as they were."""
        values, found = self.unicorn.core.read(), self.registers.copy()
        found.r = list(values[:13])
        sp = self.unicorn.current_sp()
        if self.unicorn.is_privileged():
            found.msp, found.psp = values[13:15]
            found.primask, found.basepri, found.faultmask = values[18:21]
            found.control = self.unicorn.control(values)
        found.lr, found.pc, found.xpsr = values[15:18]
        found.sp = sp
        return found

    def peek_fp(self) -> tuple[list[int], int]:
        """Return S0-S31 and FPSCR."""
        return self.unicorn.peek_fp()

    # -- between runs ----------------------------------------------------------------------------------------------

    def load_fp(self) -> None:
        """Copy S0-S31 and FPSCR out of the engine into ``registers``."""
        self.unicorn.load_fp()

    def store_fp(self) -> None:
        """Copy S0-S31 and FPSCR from ``registers`` into the engine."""
        self.unicorn.store_fp()

    def clear_monitor(self) -> None:
        """ClearExclusiveLocal(): the next STREX fails, unless an LDREX comes before it.

        The engine's own monitor, which compares values [D-014], can only be cleared by an instruction, so that STREX is
        not left to it.
        """
        self.shared.monitor_lost = True

    # -- code ------------------------------------------------------------------------------------------------------

    def size_at(self, address: int) -> int:
        """Return the size of the instruction at ``address``: 2 or 4 bytes."""
        return 4 if is_wide(self.memory.peek_code(address) & 0xFFFF) else 2

    def is_wfi_before(self, pc: int) -> bool:
        """Whether the instruction that ends at ``pc`` is WFI."""
        return self.memory.peek_code(pc - 2) & 0xFFFF == 0xBF30 or self.memory.peek_code(pc - 4) == 0x8003_F3AF

    def is_block_end(self, address: int) -> bool:
        """Whether the program's block ends with the instruction at ``address``."""
        code = self.memory.peek_code(address).to_bytes(4, "little")
        if code[1] == 0xB6 and not self.registers.privileged and code[0] & 0xE0 == 0x60:
            return False  # CPS, which the engine leaves out then
        return ends_block(address, code[: self.size_at(address)])

    def fits(self, count: int) -> bool:
        """Whether no more than ``count`` instructions are left of the program's block, from the PC on."""
        address = self.registers.pc
        for _ in range(count):
            if self.is_block_end(address):
                return True
            address += self.size_at(address)
        return False
