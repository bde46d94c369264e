"""What a machine asks of an operating system outside the guest, and of what answers semihosting."""

from __future__ import annotations

from emulator.annotations import Protocol
from emulator.armv7m.faults import Fault
from emulator.machine.stop import StopReason


class Personality(Protocol):
    """An operating system outside the guest: takes traps before the architecture pends SVCall."""

    trap_immediate: int
    """The SVC that it takes: ``svc #trap_immediate``. Any other is for the guest's SVCall handler."""

    def trap(self) -> None:
        """Serve a trap; the core is stopped right after its SVC."""

    def resolve_fault(self, fault: Fault, pc: int) -> bool:
        """A MemManage of running code: True when the MPU was changed and the instruction is to be retried."""

    def asleep(self) -> StopReason | None:
        """The core sleeps and nothing is scheduled: why the run ends."""


class Semihost(Protocol):
    """Takes BKPT 0xAB. [ARM semihosting 2.0]"""

    def handle(self, operation: int, parameter: int) -> int | None:
        """Do an operation; the result goes to r0 (None leaves it)."""

    def reset(self) -> None:
        """Forget the program that ran before."""
