"""Accesses to the window: what the TLB cannot allow as a whole is asked about one access at a time.

Each access first asks ``Rules.check``; a refusal stops the engine precisely, with the instruction not done; a
permission leads to ``Rules.read`` and ``Rules.write``. Two traps of Unicorn's, each with a test in
tests/unit/test_engine_facts.py: a load across a page edge reaches the window's second page without asking
(``on_read`` asks then), and a hook inside an IT block cannot stop the run (``EngineRun.refuse``).
"""

from __future__ import annotations

from emulator.armv7m.faults import CAUSES, Access, Fault
from emulator.armv7m.instructions import Kind, decode_one
from emulator.devices.bus import PAGE_SIZE
from emulator.engine.debug_points import DebugPoints, WatchedAccess
from emulator.engine.engine_run import Cause, EngineRun, Stop
from emulator.engine.guest_pages import WINDOW, GuestPages
from emulator.engine.processor import Processor
from emulator.engine.steady_registers import SteadyRegisters
from emulator.engine.unicorn_registers import PC, effective_address, general_register

_PROT_ACCESS = {22: Access.WRITE, 23: Access.READ, 24: Access.FETCH}


class Window:
    """The callbacks for accesses to the window of ``processor``; ``pages`` has the rules."""

    def __init__(
        self, processor: Processor, pages: GuestPages, run: EngineRun, points: DebugPoints,
        steady: SteadyRegisters | None,
    ) -> None:  # fmt: skip
        self._memory = processor.memory
        self._pages = pages
        self._clock = processor.clock
        self._unicorn = processor.unicorn
        self._run = run
        self._points = points
        self._steady = steady

    def on_access(self, uc: object, kind: int, address: int, size: int, value: int, data: object) -> bool:
        """UC_HOOK_MEM_*_PROT: whether the access may be made."""
        if self._run.stop is not None:
            return False
        vaddr = address - WINDOW
        access = _PROT_ACCESS[kind]
        xpsr, control, pc = self._unicorn.state.read()
        if access is Access.FETCH:
            privileged = bool(xpsr & 0x1FF) or not control & 1
        else:
            privileged = self._pages.is_privileged_access(xpsr, control, pc)
        fault = self._pages.rules.check(vaddr, size, access, privileged)
        if fault is None and access is Access.FETCH:
            fault = Fault(CAUSES["IBUSERR"], None, access, size)  # permitted, but there is no memory to fetch from
        if fault is not None:
            if access is Access.WRITE:
                fault = self._refused_store(fault, vaddr, size, value, pc, privileged)
                if self._is_in_it_block(pc):  # a refused store ends the engine only where the IT block ends
                    self._run.refuse(fault, pc=pc)
                    return False
            self._run.stop = Stop(Cause.FAULT, fault)
            return False
        if self._points.watches and self._ends_at(vaddr, size, access, pc, value):
            return False
        self._unicorn.repair_it(xpsr)
        self._run.approved = (vaddr & -size, (vaddr + size + size - 1) & -size, privileged)
        return True

    def _refused_store(self, fault: Fault, vaddr: int, size: int, value: int, pc: int, privileged: bool) -> Fault:
        """Complete the fault of a store with its size and value.

        An unaligned store is made of byte stores [A3.2.1, MemU_unaligned()]; those before the refused byte are done.
        Where a store crosses into another page the engine makes one call a byte itself: then the instruction tells
        the size and the value.
        """
        if fault.address is not None and vaddr < fault.address < vaddr + size:
            for index in range(fault.address - vaddr):
                self._pages.rules.write(vaddr + index, 1, value >> 8 * index & 0xFF, privileged)
        if size == 1 and vaddr & PAGE_SIZE - 1 < 3:
            special = decode_one(pc, self._memory.peek_code(pc).to_bytes(4, "little"))
            if special is not None and special.kind == Kind.ALIGN_TRAP:
                values = self._unicorn.core.read()
                start = effective_address(special, pc, values)
                if start < vaddr <= start + special.alignment:
                    size, value = special.alignment + 1, general_register(special.target, values)
        return Fault(fault.cause, fault.address, Access.WRITE, size, value & ((1 << 8 * size) - 1))

    def _ends_at(self, address: int, size: int, access: Access, pc: int, value: int | None) -> bool:
        """End the run in front of a watched access, unless it is of the instruction that the run began with."""
        if not self._points.is_hit(address, size, access):
            return False
        stored = None if access is Access.READ or value is None else value & ((1 << 8 * size) - 1)
        watched = WatchedAccess(address, size, access, stored)
        if self._points.is_beginning(self._clock.now(pc), pc):
            self._points.passed = self._points.passed or watched
            return False
        registers = list(self._unicorn.core.read())
        registers[PC] = pc
        self._run.leave(tuple(registers), Stop(Cause.POINT, access=watched))
        return True

    def _is_in_it_block(self, pc: int) -> bool:
        block = self._clock.current
        if block is None or pc - block.address not in block.offsets:
            return False
        return bool(block.itstates[block.offsets.index(pc - block.address)] & 0xF)

    def _privilege(self, address: int, size: int, access: Access) -> bool | None:
        """Return the privilege of an access, None when it turns out to be refused.

        A load that crosses from a plain page into the window arrives here without having been asked about.
        """
        low, high, privileged = self._run.approved
        if low <= address < high:
            return privileged
        xpsr, control, pc = self._unicorn.state.read()
        privileged = self._pages.is_privileged_access(xpsr, control, pc)
        fault = self._pages.rules.check(address, 1, access, privileged)
        if fault is not None:
            self._run.refuse(Fault(fault.cause, fault.address, access, size))
            return None
        if self._points.watches and self._ends_at(address, size, access, pc, None):
            return None
        self._unicorn.repair_it(xpsr)
        return privileged

    def on_read(self, uc: object, address: int, size: int, data: object) -> int:
        """Do a permitted read."""
        if self._run.stop is not None:
            return 0
        privileged = self._privilege(address, size, Access.READ)
        if privileged is None:
            return 0
        answer = self._pages.rules.read(address, size, privileged)
        if isinstance(answer, Fault):
            self._run.refuse(answer)
            return 0
        if self._steady is not None:
            self._steady.note(address, size, privileged, answer)
        return answer

    def on_write(self, uc: object, address: int, size: int, value: int, data: object) -> None:
        """Do a permitted write."""
        if self._run.stop is not None:
            return
        privileged = self._privilege(address, size, Access.WRITE)
        if privileged is None:
            return
        if self._steady is not None:
            self._steady.forget()
        fault = self._pages.rules.write(address, size, value & ((1 << 8 * size) - 1), privileged)
        if fault is not None:
            self._run.refuse(fault)
