"""A machine without a processor, for tests of the RTEMS kernel: memory behind a real MPU, registers, a clock.

``FakeGuest`` plays the guest: it boots the kernel with a configuration, makes traps as a thread would, and does what
the guest's PendSV handler does, so that blocking and switching can be tested without any ARM code.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from emulator.armv7m.core import CONTROL_SPSEL, Registers
from emulator.armv7m.faults import CAUSES, Access, ExceptionNumber, Fault
from emulator.armv7m.mpu import MPU
from emulator.bits import WORD_MASK, sign_extend
from emulator.devices.clock import VirtualClock
from emulator.errors import GuestAccessError
from emulator.image.image import Image, SymbolTable
from emulator.machine.events import Event
from emulator.machine.stop import StopReason
from rtems_shim import note
from rtems_shim.abi import calls, layouts
from rtems_shim.personality import rtems

FLASH = (0x0000_0000, 0x0040_0000)
RAM = (0x2000_0000, 0x0080_0000)
NVIC = (0xE000_E000, 0x1000)

CONFIGURATION = 0x2001_0000
STACKS = 0x2001_F000
"""What boot is told of stacks of the program's own: zeros, for there are none."""
SCRATCH = 0x2002_0000
"""Globals that tests may use for arguments."""
THREAD_BLOCKS = 0x2003_0000
BLOCK_POINTER = 0x2003_F000
STACK_ARENA = 0x2030_0000
MEMORY_ARENA = 0x2020_0000
CLOCK_HZ = 25_000_000


class FakeMemory:
    """RAM, flash and one page of system registers; loads and stores ask the MPU."""

    def __init__(self, mpu: MPU) -> None:
        self._mpu = mpu
        self._areas = [(base, bytearray(size)) for base, size in (FLASH, RAM, NVIC)]

    def _find(self, address: int, size: int) -> tuple[bytearray, int]:
        for base, data in self._areas:
            if base <= address and address + size <= base + len(data):
                return data, address - base
        raise GuestAccessError(f"no memory at 0x{address:08x}")

    def peek(self, address: int, size: int) -> bytes:
        data, offset = self._find(address, size)
        return bytes(data[offset : offset + size])

    def poke(self, address: int, data: bytes) -> None:
        area, offset = self._find(address, len(data))
        area[offset : offset + len(data)] = data

    def load(self, address: int, size: int, privileged: bool) -> bytes | Fault:
        fault = self._mpu.check(address, size, Access.READ, privileged)
        if fault is not None:
            return fault
        try:
            return self.peek(address, size)
        except GuestAccessError:
            return Fault(CAUSES["PRECISERR"], address, Access.READ, size)

    def store(self, address: int, data: bytes, privileged: bool) -> Fault | None:
        fault = self._mpu.check(address, len(data), Access.WRITE, privileged)
        if fault is not None:
            return fault
        try:
            self.poke(address, data)
        except GuestAccessError:
            return Fault(CAUSES["PRECISERR"], address, Access.WRITE, len(data))
        return None


class FakePort:
    """A Port whose machine only records what the kernel asks of it."""

    def __init__(self, mpu_regions: int = 8) -> None:
        self.instructions = 0
        self.clock = VirtualClock()
        self.clock.counter = lambda: self.instructions
        self.mpu = MPU(mpu_regions)
        self.memory = FakeMemory(self.mpu)
        self.registers = Registers()
        self.image = Image("test.elf", [], SymbolTable([]))
        self.pendsv = False
        self.faults: list[tuple[Fault, int]] = []
        self.events: list[Event] = []
        self.output = bytearray()
        self.stopped: StopReason | None = None

    ram = (RAM,)
    flash = [FLASH]

    def pend_pendsv(self) -> None:
        self.pendsv = True

    def raise_fault(self, fault: Fault, pc: int) -> None:
        self.faults.append((fault, pc))

    def after_instruction(self, done: Callable[[], None], judge: Callable[[int, int, Access], bool]) -> None:
        done()

    observed = True

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def console(self, data: bytes) -> None:
        self.output += data

    input = b""
    input_ended = True

    def receive(self, waits: bool) -> int | None:
        first, self.input = self.input[:1], self.input[1:]
        return first[0] if first else None

    def stop(self, reason: StopReason) -> None:
        if self.stopped is None:
            self.stopped = reason


def configuration(**changes: int) -> dict[str, int]:
    """Return a configuration of a POSIX program with room for everything, with ``changes``."""
    values = {
        "abi_version": note.ABI_VERSION,
        "size": layouts.CONFIGURATION.size,
        "flags": 0,
        "clock_hz": CLOCK_HZ,
        "microseconds_per_tick": 1000,
        "ticks_per_timeslice": 5,
        "globals_base": RAM[0],
        "globals_size": 0x0020_0000,
        "interrupt_stack_base": RAM[0],
        "interrupt_stack_size": 0x4000,
        "stack_arena_base": STACK_ARENA,
        "stack_arena_size": 0x0010_0000,
        "memory_arena_base": MEMORY_ARENA,
        "memory_arena_size": 0x0010_0000,
        "thread_blocks_base": THREAD_BLOCKS,
        "thread_block_size": 0x100,
        "thread_block_count": 64,
        "thread_block_pointer": BLOCK_POINTER,
        "thread_begin": 0x1000,
        "idle_entry": 0x1100,
        "timer_server_entry": 0x1200,
        "signal_entry": 0x1300,
        "cancel_entry": 0x1400,
        "fatal_entry": 0x1500,
        "posix_init_entry": 0x2000,
        "posix_init_stack_size": 8192,
        "minimum_stack_size": 4096,
        "minimum_posix_stack_size": 8192,
        "idle_stack_size": 4096,
        "maximum_files": 8,
        "maximum_priority": 255,
        "message_buffer_bytes": 0xFFFFFFFF,
        "maximum_thread_name_size": 16,
        "imfs_block_size": 128,
    }
    for name, _, _ in layouts.CONFIGURATION.fields:
        if name.startswith("maximum_"):
            values.setdefault(name, 16)
    return values | changes


class FakeGuest:
    """A guest program that has booted: POSIX_Init executes. ``kernel`` serves it, ``port`` records."""

    def __init__(self, mode: str = "strict", stacks: dict[str, int] | None = None, **changes: int) -> None:
        self.port = FakePort()
        self.kernel = rtems(self.port, mode=mode)
        values = configuration(**changes)
        self.port.memory.poke(CONFIGURATION, layouts.CONFIGURATION.pack(**values))
        self.port.registers.msp = RAM[0] + 0x4000
        self.port.registers.pc = 0x3000
        self.port.memory.poke(STACKS, layouts.FIRST_STACKS.pack(**{"has_pthread_create": 1} | (stacks or {})))
        self.boot_result = self.trap("boot", CONFIGURATION, STACKS)
        self.trap("start")
        self.switch_if_pended()

    # -- what a thread can do ------------------------------------------------------------------------------------

    @property
    def executing(self) -> int:
        """The id of the executing thread."""
        return self.kernel.executing.id

    @property
    def r0(self) -> int:
        """r0 of the executing thread, signed: the result of its last call."""
        return sign_extend(self.port.registers.r[0], 32)

    def trap(self, name: str, *arguments: int) -> int:
        """Make a trap and nothing else; return r0. 64-bit arguments are passed as ``long(value)``."""
        registers = self.port.registers
        call = calls.CALL_BY_NAME[name]
        registers.r[12] = call.number
        words = _aapcs(call.arguments, arguments)
        for index, word in enumerate(words[:4]):
            registers.r[index] = word
        if len(words) > 4:
            stack = struct.pack(f"<{len(words) - 4}I", *words[4:])
            registers.sp -= (len(stack) + 7) & ~7
            self.port.memory.poke(registers.sp, stack)
        registers.pc = registers.pc + 2 & WORD_MASK
        registers.lr = registers.pc | 1
        self.kernel.trap()
        if len(words) > 4:
            registers.sp += (4 * (len(words) - 4) + 7) & ~7
        return self.r0

    def call(self, name: str, *arguments: int) -> int:
        """Make a trap as the executing thread, let PendSV switch, and return r0 of whoever executes then."""
        self.trap(name, *arguments)
        self.switch_if_pended()
        return self.r0

    def call_again(self, name: str, *arguments: int) -> None:
        """Make a trap as ``call`` does; the caller makes it again when it comes back, where the kernel wants that."""
        before = self.port.registers.pc
        self.trap(name, *arguments)
        self.port.registers.pc = before
        self.switch_if_pended()

    def tick(self, count: int = 1) -> None:
        """Let ``count`` ticks of virtual time pass, each announced by the SysTick handler."""
        for _ in range(count):
            self.port.instructions += CLOCK_HZ // 1000
            self.from_handler(ExceptionNumber.SYSTICK, "tick")
            self.switch_if_pended()

    def from_handler(self, exception: int, name: str, *arguments: int) -> int:
        """Make a trap from an exception handler, which keeps the interrupted thread's registers; return its r0."""
        registers = self.port.registers
        saved = list(registers.r), registers.lr, registers.pc
        registers.xpsr |= exception
        result = self.trap(name, *arguments)
        registers.xpsr &= ~0x1FF
        registers.r, registers.lr, registers.pc = saved
        return result

    # -- what the guest side does --------------------------------------------------------------------------------

    def switch_if_pended(self) -> None:
        """Do what exception entry, the PendSV handler and exception return do."""
        while self.port.pendsv and self.port.stopped is None:
            self.port.pendsv = False
            registers = self.port.registers
            sp = self._save() if registers.control & CONTROL_SPSEL else 0
            registers.xpsr |= ExceptionNumber.PENDSV
            heir_sp = self.trap("switch", sp) & WORD_MASK
            registers.xpsr &= ~0x1FF
            if self.port.stopped is None:
                self._restore(heir_sp)

    def _save(self) -> int:
        registers = self.port.registers
        r = registers.r
        words = [*r[4:12], layouts.EXC_RETURN_THREAD_PSP, *r[0:4], r[12], registers.lr, registers.pc, registers.xpsr]
        sp = registers.psp - 4 * len(words)
        self.port.memory.poke(sp, struct.pack(f"<{len(words)}I", *words))
        return sp

    def _restore(self, sp: int) -> None:
        registers = self.port.registers
        words = struct.unpack("<17I", self.port.memory.peek(sp, 68))
        registers.r[4:12] = words[0:8]
        registers.r[0:4] = words[9:13]
        registers.r[12], registers.lr, registers.pc, registers.xpsr = words[13:17]
        registers.psp = sp + 68
        registers.control |= CONTROL_SPSEL

    # -- memory --------------------------------------------------------------------------------------------------

    def word(self, address: int) -> int:
        """Return the word at ``address``."""
        return int.from_bytes(self.port.memory.peek(address, 4), "little")

    def set_word(self, address: int, value: int) -> int:
        """Store a word; return the address."""
        self.port.memory.poke(address, (value & WORD_MASK).to_bytes(4, "little"))
        return address

    def string(self, text: str, address: int = SCRATCH + 0x8000) -> int:
        """Store a NUL-terminated string; return its address."""
        self.port.memory.poke(address, text.encode("latin-1") + b"\0")
        return address

    def put(self, address: int, data: bytes) -> int:
        """Store bytes; return the address."""
        self.port.memory.poke(address, data)
        return address

    def events(self, kind: type) -> list[Event]:
        """Return the events of one class."""
        return [event for event in self.port.events if isinstance(event, kind)]

    # -- shorthands ----------------------------------------------------------------------------------------------

    def create_thread(self, priority: int | None = None, policy: int = 1, stack: tuple[int, int] | None = None) -> int:
        """pthread_create(); return the new thread's id. ``priority`` None inherits."""
        attributes = 0
        if priority is not None or stack is not None:
            values = {
                "is_initialized": 1,
                "stacksize": 8192,
                "inheritsched": 1 if priority is None else 2,
                "schedpolicy": policy,
                "detachstate": 1,
                "sched_priority": priority or 2,
            }
            if stack is not None:
                values |= {"stackaddr": stack[0], "stacksize": stack[1]}
            attributes = self.put(SCRATCH + 0x9000, layouts.THREAD_ATTRIBUTES.pack(**values))
        result = self.trap("pthread_create", SCRATCH + 0x9100, attributes, 0x2101, 0)
        assert result == 0, f"pthread_create answered {result}"
        created = self.word(SCRATCH + 0x9100)
        self.switch_if_pended()
        return created

    def end_thread(self, value: int = 0) -> None:
        """End the executing thread."""
        self.call("thread_exit", value)

    def run(self, identifier: int) -> None:
        """Yield until the thread with this id executes; only for threads of equal priority."""
        for _ in range(100):
            if self.executing == identifier:
                return
            self.call("sched_yield")
        raise AssertionError(f"0x{identifier:08x} never runs; 0x{self.executing:08x} does")


def _aapcs(letters: str, arguments: tuple[int, ...]) -> list[int]:
    """Return the argument words; a 64-bit argument takes an even register or an aligned stack slot."""
    words: list[int] = []
    for letter, argument in zip(letters, arguments, strict=True):
        if letter == "l":
            if len(words) % 2:
                words.append(0)
            words += [argument & WORD_MASK, argument >> 32 & WORD_MASK]
        else:
            words.append(argument & WORD_MASK)
    return words
