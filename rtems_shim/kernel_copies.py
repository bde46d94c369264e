"""Copies that the kernel makes on a thread's behalf: accesses of that thread, through the MPU with its map.

A copy may be longer than what the MPU's regions reach at a time, so what the map refuses and the policy allows is done
piece by piece. No state.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.armv7m.faults import CAUSES, Access, Fault
from emulator.armv7m.mpu_region import GRANULE
from emulator.bits import WORD_MASK, align_down
from rtems_shim.memory_maps import MapKeeper
from rtems_shim.policy import READ_WRITE, Policy
from rtems_shim.port import Port

DACCVIOL = CAUSES["DACCVIOL"]
SVC_SIZE = 2

PieceCopy = Callable[[int, int], Fault | None]
"""Copies [start, end), all of it or, when it returns a Fault, nothing."""


class KernelCopies:
    """Loads and stores as the thread whose map ``keeper`` holds.

    With ``kernel_opens``, copies through a blocked thread's pointer (``wake``) are not held back, as if all stacks were
    open while the kernel makes them.
    """

    def __init__(self, port: Port, policy: Policy, keeper: MapKeeper, kernel_opens: bool) -> None:
        self._port = port
        self._policy = policy
        self._keeper = keeper
        self._kernel_opens = kernel_opens

    def load(self, address: int, size: int, wake: bool) -> bytes | Fault:
        """Return ``size`` bytes at ``address``, or the Fault that refuses the first byte that is refused."""
        found = bytearray(size)
        memory, privileged = self._port.memory, self._port.registers.privileged

        def copy(start: int, end: int) -> Fault | None:
            piece = memory.load(start, end - start, privileged)
            if isinstance(piece, Fault):
                return piece
            found[start - address : end - address] = piece
            return None

        fault = self._copy(address, size, Access.READ, copy)
        if fault is not None and self._opened(fault, address, size, wake):
            return memory.peek(address, size)
        return bytes(found) if fault is None else fault

    def store(self, address: int, data: bytes, wake: bool) -> Fault | None:
        """Store ``data`` at ``address``, or return the Fault for the first byte that is refused: nothing is stored."""
        memory, privileged = self._port.memory, self._port.registers.privileged

        def copy(start: int, end: int) -> Fault | None:
            return memory.store(start, data[start - address : end - address], privileged)

        fault = self._copy(address, len(data), Access.WRITE, copy)
        if fault is not None and self._opened(fault, address, len(data), wake):
            memory.poke(address, data)
            return None
        return fault

    def _opened(self, fault: Fault, address: int, size: int, wake: bool) -> bool:
        """Whether mode kernel-opens does a copy that the thread itself may not."""
        if not (wake and self._kernel_opens and fault.cause is DACCVIOL):
            return False
        area = self._policy.area_at(address)
        return area is not None and area.rights == READ_WRITE and address + size <= area.end

    def _copy(self, address: int, size: int, access: Access, copy: PieceCopy) -> Fault | None:
        if not size:
            return None
        fault = copy(address, address + size)
        if fault is None or fault.cause is not DACCVIOL:
            return fault
        privileged = self._port.registers.privileged
        refused = self._policy.first_refused(address, size, access, self._keeper.thread, privileged)
        if refused is not None:
            return Fault(DACCVIOL, refused & WORD_MASK, access, size)
        return self._copy_pieces(address, address + size, access, copy)

    def _copy_pieces(self, position: int, end: int, access: Access, copy: PieceCopy) -> Fault | None:
        """Copy what the policy allows and the map does not hold at once: up to the first refused byte, page, go on."""
        pc = self._port.registers.pc - SVC_SIZE
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
