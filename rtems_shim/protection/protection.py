"""Thread-stack protection: each thread has its own stack, what was shared with it, and what everyone has.

On every switch the outgoing thread's map leaves the MPU and the heir's takes its place. Threads run privileged and are
bound all the same: the background region is off (MPU_CTRL.PRIVDEFENA = 0), so nothing is accessible but what a region
grants. The exact rights are in policy.py, the regions in region_layout.py, the MPU in memory_maps.py; this module is
what the kernel uses, and it tells observers about every change.

A stack is protected from its thread's creation on. When the thread ends its shares go at once, but the stack stays
protected from everybody until it is given back (release_stack) or another thread is created on it.

What this cannot do: hold back code that writes MPU_CTRL itself. The Private Peripheral Bus is out of the MPU's reach,
and privileged threads may use it; unprivileged threads may not.
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator.armv7m.faults import CAUSES, Access, Fault
from emulator.armv7m.mpu_region import GRANULE
from emulator.bits import align_down
from emulator.errors import ConfigError
from rtems_shim.port import Port
from rtems_shim.protection.kernel_copies import KernelCopies
from rtems_shim.protection.memory_maps import Filled, MapKeeper
from rtems_shim.protection.policy import (
    EXECUTE,
    READ,
    READ_WRITE,
    Area,
    Policy,
    Stack,
    StackOwner,
    owner_name,
)
from rtems_shim.protection.region_layout import Role
from rtems_shim.protection.share_events import RegionPagedIn, StackProtected, StackReleased
from rtems_shim.protection.sharing import Sharing
from rtems_shim.protection.stack_report import place_label, region_label

FORMER_OWNERS = 256
"""Ended threads whose stacks were given back that reports still know; then the oldest is forgotten."""
PERIPHERALS = (0x4000_0000, 0x6000_0000)
DACCVIOL = CAUSES["DACCVIOL"]
IACCVIOL = CAUSES["IACCVIOL"]


class Protection(Sharing):
    """The protection of one run.

    ``configuration`` is layouts.CONFIGURATION unpacked: it says where the stack arena and the interrupt stack are. With
    ``kernel_opens`` the kernel's copies through a blocked thread's pointers are not held back. Raises ConfigError for a
    machine without an MPU and for an image that executes from its RAM.
    """

    def __init__(self, port: Port, configuration: Mapping[str, int], kernel_opens: bool = False) -> None:
        if not port.mpu.regions:
            raise ConfigError("thread-stack protection needs an MPU; choose a board whose core has one.")
        if not port.flash:
            raise ConfigError(f"{port.image.name} executes from its RAM; link it to memory apart from its data.")
        self._port = port
        base, size = configuration["interrupt_stack_base"], configuration["interrupt_stack_size"]
        self._interrupt_stack = (base, base + size)
        arena = configuration["stack_arena_base"], configuration["stack_arena_size"]
        policy = Policy(_areas(port), [(arena[0], arena[0] + arena[1])] if arena[1] else [])
        self._keeper = MapKeeper(port, policy, self._interrupt_stack, self._filled)
        super().__init__(port, policy, self._keeper.refresh)
        self.copies = KernelCopies(port, self.policy, self._keeper, kernel_opens)
        self._leaving: Stack | None = None
        self.page_ins = 0
        """Regions that faults have filled."""
        self.former_owners: dict[int, StackOwner] = {}
        """Whose stack was given back last, by its lowest address: for reports."""
        self.single_accesses = 0
        """Regions that stood for one instruction or copy only; they count among ``page_ins`` too."""

    def start(self) -> None:
        """Enable the MPU with the map of no thread: nobody's stack is open."""
        self._keeper.start()

    @property
    def executing(self) -> StackOwner | None:
        """The thread whose map is in the MPU; None before the first switch."""
        return self._keeper.thread

    # -- stacks --------------------------------------------------------------------------------------------------

    def add_stack(self, thread: StackOwner, base: int, size: int) -> bool:
        """Protect [base, base + size) as the stack of a new thread.

        False when it cannot be one: it is not wholly in one RAM, or a live thread's stack or the interrupt stack is in
        it. An ended thread's stack that is in the way is given back.
        """
        end = base + size
        area = self.policy.area_at(base)
        if size <= 0 or area is None or area.rights != READ_WRITE or area.privileged_only or end > area.end:
            return False
        if base < self._interrupt_stack[1] and self._interrupt_stack[0] < end:
            return False
        in_the_way = self.policy.stacks_in(base, end)
        if any(stack.in_use for stack in in_the_way):
            return False
        for stack in in_the_way:
            self._release(stack, "reused for a new thread")
        self.policy.add_stack(Stack(thread, base, end))
        self._record(StackProtected(self._port.clock.now, thread.id, owner_name(thread), base, size))
        self._keeper.refresh()
        return True

    def initial_sp(self, thread: StackOwner) -> int:
        """Return where the first frame of ``thread`` ends.

        A granule of 32 bytes that the stack's top shares with a neighbour may have no region, so no frame goes there.
        """
        stack = self.policy.stack_of(thread)
        assert stack is not None, "the thread has a stack"
        return align_down(stack.end, GRANULE)

    def end_thread(self, thread: StackOwner) -> None:
        """End the shares of and to ``thread``. Its stack stays protected, from itself too once it is switched away."""
        self.end_shares(thread)
        own = self.policy.stack_of(thread)
        if own is None:
            return
        own.ended_at = self._port.clock.now
        if thread is self.executing:
            self._leaving = own
        else:
            self.policy.close_stack(own)
            self._keeper.forget(thread)
        self._keeper.refresh()

    def release_stack(self, address: int) -> bool:
        """Give back the stack at ``address``, its lowest byte; False when no ended thread's stack is there."""
        stack = self.policy.stack_at(address)
        if stack is None or stack.start != address or stack.in_use:
            return False
        self._release(stack, "given back")
        self._keeper.refresh()
        return True

    def _release(self, stack: Stack, via: str) -> None:
        self.policy.remove_stack(stack)
        owner = stack.owner
        if len(self.former_owners) >= FORMER_OWNERS:
            del self.former_owners[next(iter(self.former_owners))]
        self.former_owners[stack.start] = owner
        self._record(StackReleased(self._port.clock.now, owner.id, owner_name(owner), stack.start, stack.size, via))

    def owner_of(self, address: int) -> StackOwner | None:
        """Return the thread, alive or ended, whose stack holds ``address``."""
        stack = self.policy.stack_at(address)
        return None if stack is None else stack.owner

    # -- the switch ----------------------------------------------------------------------------------------------

    def switch_to(self, thread: StackOwner | None) -> None:
        """Take the outgoing map out of the MPU; put the own stack of ``thread`` and its shares in."""
        if self._leaving is not None and thread is not self._leaving.owner:
            self.policy.close_stack(self._leaving)
            self._keeper.forget(self._leaving.owner)
            self._leaving = None
        self._keeper.switch_to(thread)

    # -- faults --------------------------------------------------------------------------------------------------

    def resolve_fault(self, fault: Fault, pc: int) -> bool:
        """Whether the refused access is one the thread has a right to; then a region for it is there now: retry."""
        if fault.cause is IACCVIOL:
            return self._keeper.resolve(self._refused_fetch(fault, pc), Access.FETCH, pc)
        if fault.cause is DACCVIOL and fault.address is not None and fault.access is not None:
            return self._keeper.resolve(fault.address, fault.access, pc)
        self._keeper.end_single()
        return False

    def _refused_fetch(self, fault: Fault, pc: int) -> int:
        """Return the halfword of the instruction at ``pc`` that was refused; MMFAR does not say."""
        privileged = self._port.registers.privileged
        first_granted = self._port.mpu.check(pc, 2, Access.FETCH, privileged) is None
        first_allowed = self.policy.allowed(pc, 2, Access.FETCH, self.executing, privileged)
        return pc + 2 if fault.size != 2 and first_granted and first_allowed else pc

    def _filled(self, filled: Filled) -> None:
        entry = filled.entry
        once = entry.role is Role.ONCE
        self.page_ins += 1
        self.single_accesses += once
        self._port.emit(
            RegionPagedIn(
                self._port.clock.now,
                0 if self.executing is None else self.executing.id,
                filled.region,
                entry.block.base,
                entry.block.size,
                entry.block.srd,
                entry.rights,
                region_label(entry, self.policy),
                filled.address,
                filled.access.name.lower(),
                filled.pc,
                once,
                "" if filled.evicted is None else region_label(filled.evicted, self.policy),
            )
        )

    # -- reports -------------------------------------------------------------------------------------------------

    def place(self, address: int) -> str:
        """Return what is at ``address``, in words: ``flash``, ``RAM``, ``stack of 0x01``, ``nothing``."""
        return place_label(self.policy, address)

    def region_labels(self) -> dict[int, str]:
        """Return what each region that is on stands for, in words."""
        entries = enumerate(self._keeper.entries)
        return {number: region_label(entry, self.policy, _label) for number, entry in entries if entry is not None}


def _label(owner: StackOwner) -> str:
    return owner.label


def _areas(port: Port) -> list[Area]:
    """Return what every thread has: the memories of the board, and its peripherals for privileged code."""
    areas = [Area(base, base + size, READ | EXECUTE, "flash") for base, size in port.flash]
    areas += [Area(base, base + size, READ_WRITE, "RAM") for base, size in port.ram]
    return [*areas, Area(*PERIPHERALS, READ_WRITE, "peripherals", privileged_only=True)]
