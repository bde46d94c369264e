"""A machine for tests of the protection: an MPU, RAM and registers, and instructions given as lists of accesses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from emulator.armv7m.core import Registers
from emulator.armv7m.faults import CAUSES, Access, Fault
from emulator.armv7m.mpu import MPU
from emulator.errors import GuestAccessError
from emulator.image.image import Image, SymbolTable
from emulator.machine.events import Event

FLASH = (0x0000_0000, 0x40_0000)
RAM = (0x2000_0000, 0x4_0000)
INTERRUPT_STACK = (0x2000_0000, 0x1000)
CODE = 0x0000_1000

CONFIGURATION = {
    "interrupt_stack_base": INTERRUPT_STACK[0],
    "interrupt_stack_size": INTERRUPT_STACK[1],
    "stack_arena_base": 0,
    "stack_arena_size": 0,
}


@dataclass(eq=False)
class FakeThread:
    """A thread as the protection sees it."""

    id: int
    known_name: str
    privileged: bool = True

    @property
    def label(self) -> str:
        return self.known_name


@dataclass
class FakeClock:
    """Virtual time that the test moves."""

    now: int = 0

    def call_at(self, time: int, callback: Callable[[], None], wakes: bool = True) -> Any:
        raise AssertionError("nothing is scheduled here")


class FakeMemory:
    """RAM and flash as byte arrays behind the port's MPU; device space reads as zero."""

    def __init__(self, mpu: MPU, ranges: list[tuple[int, int]]) -> None:
        self.mpu = mpu
        self.ranges = {base: bytearray(size) for base, size in ranges}

    def _find(self, address: int, size: int) -> tuple[bytearray, int] | None:
        for base, data in self.ranges.items():
            if base <= address and address + size <= base + len(data):
                return data, address - base
        return None

    def peek(self, address: int, size: int) -> bytes:
        place = self._find(address, size)
        if place is None:
            raise GuestAccessError(f"no memory at 0x{address:08x}")
        data, offset = place
        return bytes(data[offset : offset + size])

    def poke(self, address: int, new: bytes) -> None:
        place = self._find(address, len(new))
        if place is None:
            raise GuestAccessError(f"no memory at 0x{address:08x}")
        data, offset = place
        data[offset : offset + len(new)] = new

    def load(self, address: int, size: int, privileged: bool) -> bytes | Fault:
        fault = self.mpu.check(address, size, Access.READ, privileged)
        if fault is not None:
            return fault
        if self._find(address, size) is None:
            return Fault(CAUSES["PRECISERR"], address, Access.READ, size)
        return self.peek(address, size)

    def store(self, address: int, new: bytes, privileged: bool) -> Fault | None:
        fault = self.mpu.check(address, len(new), Access.WRITE, privileged)
        if fault is not None:
            return fault
        if self._find(address, len(new)) is None:
            return Fault(CAUSES["PRECISERR"], address, Access.WRITE, len(new))
        self.poke(address, new)
        return None


@dataclass
class FakePort:
    """The port. ``execute`` runs an instruction: its fetch, then its accesses in order, retried as the kernel says."""

    regions: int = 8
    flash_ranges: list[tuple[int, int]] = field(default_factory=lambda: [FLASH])
    ram_ranges: list[tuple[int, int]] = field(default_factory=lambda: [RAM])

    def __post_init__(self) -> None:
        self.mpu = MPU(self.regions)
        self.clock = FakeClock()
        self.registers = Registers()
        self.memory = FakeMemory(self.mpu, self.flash_ranges + self.ram_ranges)
        self.image = Image("test.elf", [], SymbolTable([]))
        self.events: list[Event] = []
        self.printed = b""
        self.alone: tuple[Callable[[], None], Callable[[int, int, Access], bool]] | None = None
        self.after_each_step: Callable[[], None] = lambda: None

    @property
    def ram(self) -> list[tuple[int, int]]:
        return self.ram_ranges

    @property
    def flash(self) -> list[tuple[int, int]]:
        return self.flash_ranges

    def after_instruction(self, done: Callable[[], None], judge: Callable[[int, int, Access], bool]) -> None:
        self.alone = (done, judge)

    observed = True

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def console(self, data: bytes) -> None:
        self.printed += data

    input_ended = True

    def receive(self, waits: bool) -> int | None:
        return None

    def pend_pendsv(self) -> None:
        raise AssertionError("not used")

    def raise_fault(self, fault: Fault, pc: int) -> None:
        raise AssertionError("not used")

    def stop(self, reason: object) -> None:
        raise AssertionError("not used")

    def check(self, address: int, size: int, access: Access) -> Fault | None:
        """Judge one access as the machine does, byte by byte while an instruction executes alone."""
        fault = self.mpu.check(address, size, access, self.registers.privileged)
        if fault is not None or self.alone is None:
            return fault
        for byte in range(address, address + size):
            if not self.alone[1](byte, 1, access):
                if access is Access.FETCH:
                    return Fault(CAUSES["IACCVIOL"], None, access, size)
                return Fault(CAUSES["DACCVIOL"], byte, access, size)
        return None

    def execute(
        self,
        resolve: Callable[[Fault, int], bool],
        accesses: list[tuple[int, int, Access]],
        pc: int = CODE,
        tries: int = 24,
    ) -> Fault | None:
        """Return None when the instruction completes, or the Fault that is taken. Never more than ``tries`` tries."""
        for _ in range(tries):
            fault = self._try([(pc, 2, Access.FETCH), *accesses])
            if fault is None or not resolve(fault, pc):
                self._finish()
                self.clock.now += fault is None
                self.after_each_step()
                return fault
            self.after_each_step()
        raise AssertionError(f"no progress with {accesses} at 0x{pc:08x}")

    def _try(self, accesses: list[tuple[int, int, Access]]) -> Fault | None:
        for address, size, access in accesses:
            fault = self.check(address, size, access)
            if fault is not None:
                return fault
        return None

    def _finish(self) -> None:
        if self.alone is not None:
            done, self.alone = self.alone[0], None
            done()
