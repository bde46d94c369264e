"""What the kernel needs from the machine it runs on, as a protocol. machine.Machine fulfils it; tests use a fake."""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import Protocol
from emulator.armv7m.core import Registers
from emulator.armv7m.faults import Access, Fault
from emulator.armv7m.guest import Clock, GuestMemory
from emulator.armv7m.mpu import MPU
from emulator.image.image import Image
from emulator.machine.events import Event
from emulator.machine.stop import StopReason


class Port(Protocol):
    """The machine, as the kernel sees it.

    During a trap the core is stopped right after the SVC instruction: ``registers`` holds its state and what the kernel
    writes there takes effect when the guest goes on.
    """

    @property
    def clock(self) -> Clock:
        """Virtual time."""

    @property
    def memory(self) -> GuestMemory:
        """Guest memory."""

    @property
    def registers(self) -> Registers:
        """The core registers."""

    @property
    def mpu(self) -> MPU:
        """The memory protection unit."""

    @property
    def image(self) -> Image:
        """The program."""

    @property
    def ram(self) -> list[tuple[int, int]]:
        """The board's RAM as (address, size), lowest first."""

    @property
    def flash(self) -> list[tuple[int, int]]:
        """The memory the image executes from, as (address, size), when it is apart from ``ram``."""

    def pend_pendsv(self) -> None:
        """Set ICSR.PENDSVSET: the guest's PendSV handler runs as soon as its priority allows."""

    def raise_fault(self, fault: Fault, pc: int) -> None:
        """Take ``fault`` as if the instruction at ``pc`` had made the access: that instruction did not complete.

        For a kernel copy on a thread's behalf: the thread gets the MemManage at its SVC.
        """

    def after_instruction(self, done: Callable[[], None], judge: Callable[[int, int, Access], bool]) -> None:
        """Execute the instruction that is about to be retried alone, and call ``done`` right after it.

        Called while a refused access is being resolved. Until ``done``, every access of that instruction (its fetch,
        each word of an LDM, each byte of an unaligned access) that the MPU allows is also put to
        ``judge(address, size, access)``; where that is False the access is refused as the MPU refuses one, and the
        personality is asked to resolve that fault first. ``done`` runs before anything else of the guest: the next
        instruction, the trap if this is an SVC, or the frame of an exception that is taken instead.
        """

    @property
    def observed(self) -> bool:
        """Whether anybody hears what is emitted."""

    def emit(self, event: Event) -> None:
        """Hand ``event`` to the observers."""

    def console(self, data: bytes) -> None:
        """Write ``data`` to the console."""

    def receive(self, waits: bool) -> int | None:
        """Return the next byte of the console's input, None where there is none: now, or for ever (``input_ended``).

        Where the input is the host's terminal, ``waits`` says to wait for its user; then None is the end.
        """

    @property
    def input_ended(self) -> bool:
        """Whether a ``receive`` that answered None will never answer anything else."""

    def stop(self, reason: StopReason) -> None:
        """End the run before the next instruction."""
