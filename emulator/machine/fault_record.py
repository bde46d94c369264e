"""The faults that a report tells of, as they were when they were raised."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import Core, Registers
from emulator.armv7m.faults import ExceptionNumber, Fault
from emulator.armv7m.mpu import MPU
from emulator.machine.clock import VirtualClock
from emulator.machine.events import FaultRaised
from emulator.machine.machine_memory import MachineMemory
from emulator.machine.observers import Observers
from emulator.records import dataclass

if TYPE_CHECKING:
    from emulator.armv7m.mpu_explain import Explanation

FAULT_HANDLERS = frozenset(
    (
        ExceptionNumber.HARD_FAULT,
        ExceptionNumber.MEM_MANAGE,
        ExceptionNumber.BUS_FAULT,
        ExceptionNumber.USAGE_FAULT,
    )
)


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """A fault as it was raised: everything a report needs and later execution would change."""

    time: int
    fault: Fault
    pc: int
    registers: Registers
    privileged: bool
    explanation: Explanation | None


class FaultLog:
    """The faults to report; ``observers`` hear of each."""

    def __init__(
        self, core: Core, mpu: MPU, memory: MachineMemory, clock: VirtualClock, observers: Observers
    ) -> None:
        self._core = core
        self._mpu = mpu
        self._memory = memory
        self._clock = clock
        self._observers = observers
        self.last: FaultRecord | None = None
        self.first: FaultRecord | None = None
        """What the fault handlers that are active now began with: ``last``, unless one of them faulted itself.
        None when they have returned."""

    def record(self, fault: Fault, pc: int) -> None:
        """Note ``fault``, made by the instruction at ``pc``, before it is raised."""
        regs = self._core.registers
        explanation = None
        if fault.cause.exception == ExceptionNumber.MEM_MANAGE and fault.access is not None:
            address = fault.address if fault.address is not None else pc
            negative = self._memory.bypasses_mpu()
            explanation = self._mpu.explain(address, fault.size or 1, fault.access, regs.privileged, negative)
        now = self._clock.now
        self.last = FaultRecord(now, fault, pc, regs.copy(), regs.privileged, explanation)
        if regs.ipsr not in FAULT_HANDLERS:
            self.first = self.last
        if self._observers:
            access = None if fault.access is None else fault.access.name.lower()
            event = FaultRaised(now, fault.cause.name, pc, fault.address, access, fault.size, fault.value)
            self._observers.emit(event)

    def record_derived(self, fault: Fault, sp: int) -> None:
        """Stacking or unstacking failed. Where a fault was being taken, that one remains the one to explain."""
        taken = self.last, self.first
        self.record(fault, self._core.registers.pc)
        assert self.last is not None
        self.last.registers.sp = sp
        if taken[0] is not None and taken[0].time == self._clock.now:
            self.last, self.first = taken

    def note_return(self, returning: int) -> None:
        """The handler of the exception ``returning`` has returned."""
        if returning in FAULT_HANDLERS and self._core.registers.ipsr not in FAULT_HANDLERS:
            self.first = None
