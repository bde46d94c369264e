"""Copies that the kernel makes on a thread's behalf: accesses of that thread, through the MPU with its map.

A copy may be longer than what the MPU's regions reach at a time, so what the map refuses and the policy allows is done
piece by piece. No state.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.armv7m.faults import CAUSES, SVC_SIZE, Access, Fault
from emulator.armv7m.mpu_region import GRANULE
from emulator.bits import WORD_MASK, align_down
from rtems_shim.port import Port
from rtems_shim.protection.memory_maps import MapKeeper
from rtems_shim.protection.policy import Policy, StackOwner

DACCVIOL = CAUSES["DACCVIOL"]

PieceCopy = Callable[[int, int], Fault | None]
"""Copies [start, end), all of it or, when it returns a Fault, nothing."""


class KernelCopies:
    """Loads and stores as the thread whose map ``keeper`` holds: the caller of a trap, or the heir of a switch.

    Rights are asked when the copy is made, never before: what a blocked thread had when it called counts for nothing.
    With ``kernel_opens``, a copy through a blocked thread's pointer (``waiter``) that the thread itself may not make is
    made all the same where the waiter may: as if the kernel opened all stacks, but never one that is closed to both.
    So is one to a synchronisation object: whose stack it is on stands for the waiter.
    """

    def __init__(self, port: Port, policy: Policy, keeper: MapKeeper, kernel_opens: bool) -> None:
        self._memory = port.memory
        self._registers = port.registers
        self._policy = policy
        self._keeper = keeper
        self._kernel_opens = kernel_opens
        self.on_refused: Callable[[Fault, bool], bool] | None = None
        """Asked before the policy's refusal of a copy stands; True: the policy has changed, and is asked again. The
        flag: the copy is late, made for a thread that is being switched in."""

    def load(self, address: int, size: int, waiter: StackOwner | None = None) -> bytes | Fault:
        """Return ``size`` bytes at ``address``, or the Fault that refuses the first byte that is refused."""
        if not size:
            return b""
        privileged = self._registers.privileged
        answer = self._memory.load(address, size, privileged)
        if isinstance(answer, Fault) and answer.cause is DACCVIOL:
            return self._load_pieces(address, size, privileged, waiter)
        return answer

    def _load_pieces(self, address: int, size: int, privileged: bool, waiter: StackOwner | None) -> bytes | Fault:
        found = bytearray(size)
        memory = self._memory

        def copy(start: int, end: int) -> Fault | None:
            piece = memory.load(start, end - start, privileged)
            if isinstance(piece, Fault):
                return piece
            found[start - address : end - address] = piece
            return None

        fault = self._copy(address, size, Access.READ, privileged, copy, waiter)
        if fault is not None and self._opened(fault, address, size, Access.READ, waiter):
            return memory.peek(address, size)
        return bytes(found) if fault is None else fault

    def store(
        self, address: int, data: bytes, waiter: StackOwner | None = None, privileged: bool | None = None
    ) -> Fault | None:
        """Store ``data`` at ``address``, or return the Fault for the first byte that is refused: nothing is stored.

        ``privileged`` is the thread's own privilege where the kernel does not run in its context.
        """
        is_late = privileged is not None
        if privileged is None:
            privileged = self._registers.privileged
        fault = self._memory.store(address, data, privileged)
        if fault is None or fault.cause is not DACCVIOL:
            return fault
        return self._store_pieces(address, data, privileged, waiter, is_late)

    def _store_pieces(
        self, address: int, data: bytes, privileged: bool, waiter: StackOwner | None, is_late: bool
    ) -> Fault | None:
        memory = self._memory

        def copy(start: int, end: int) -> Fault | None:
            return memory.store(start, data[start - address : end - address], privileged)

        fault = self._copy(address, len(data), Access.WRITE, privileged, copy, waiter, is_late)
        if fault is not None and self._opened(fault, address, len(data), Access.WRITE, waiter):
            memory.poke(address, data)
            return None
        return fault

    def _opened(self, fault: Fault, address: int, size: int, access: Access, waiter: StackOwner | None) -> bool:
        """Whether mode kernel-opens makes a copy that the thread itself may not: where the waiter may."""
        return self._kernel_opens and fault.cause is DACCVIOL and self.may_open(address, size, access, waiter)

    def may_open(self, address: int, size: int, access: Access, waiter: StackOwner | None) -> bool:
        """Whether a copy is one that mode kernel-opens makes for ``waiter``, whatever the mode of this run."""
        if waiter is None:
            return False
        area = self._policy.area_at(address)
        if area is None or area.privileged_only:  # devices are not opened
            return False
        return self._policy.allowed(address, size, access, waiter, waiter.privileged)

    def _copy(
        self,
        address: int,
        size: int,
        access: Access,
        privileged: bool,
        copy: PieceCopy,
        waiter: StackOwner | None,
        is_late: bool = False,
    ) -> Fault | None:
        """Make a copy that the map refuses as a whole: what the policy refuses, it refuses before anything is done."""
        while True:
            refused = self._policy.first_refused(address, size, access, self._keeper.thread, privileged)
            if refused is None:
                break
            fault = Fault(DACCVIOL, refused & WORD_MASK, access, size)
            is_opened = self._opened(fault, address, size, access, waiter)
            if is_opened or self.on_refused is None or not self.on_refused(fault, is_late):
                return fault
        return self._copy_pieces(address, address + size, access, copy)

    def _copy_pieces(self, position: int, end: int, access: Access, copy: PieceCopy) -> Fault | None:
        """Copy what the policy allows and the map does not hold at once: up to the first refused byte, page, go on."""
        pc = self._registers.pc - SVC_SIZE
        while position < end:
            fault = copy(position, end)
            if fault is None or fault.cause is not DACCVIOL or fault.address is None:
                return fault
            refused = fault.address
            if position < refused:
                fault = copy(position, refused)
                if fault is not None:
                    return fault
                position = refused
            if self._keeper.resolve_copy(refused, access, pc):
                continue
            stop = min(end, align_down(refused, GRANULE) + GRANULE)
            with self._keeper.open_granule(refused, access, pc):
                fault = copy(refused, stop)
            if fault is not None:
                return fault
            position = stop
        return None
