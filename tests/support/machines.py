"""Small machines for tests: memory like the mps2 boards', code from a few lines of assembly, no shim."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from emulator.armv7m.core import CoreConfig
from emulator.asm import assemble
from emulator.devices.bus import MemoryBlock
from emulator.machine.events import Event
from emulator.machine.machine import Machine
from emulator.machine.parts import Options
from emulator.machine.stop import StopReason

CODE = 0x0000_0100
RAM = 0x2000_0000
STACK_TOP = 0x2000_8000
CORES = {
    "cortex-m3": CoreConfig("cortex-m3", 0x412F_C231, False),
    "cortex-m4": CoreConfig("cortex-m4", 0x410F_C241, True),
    "cortex-m7": CoreConfig("cortex-m7", 0x411F_C272, True),
}


@dataclass(slots=True)
class Bench:
    """A machine and what it said."""

    machine: Machine
    events: list[Event] = field(default_factory=list)

    def run(self, code: str, *, steps: int = 1000, at: int = CODE, **registers: int) -> StopReason:
        """Assemble ``code`` at ``at``, set registers (``r0=...``), and run ``steps`` instructions at the most."""
        self.machine.poke(at, assemble(code, at))
        regs = self.machine.registers
        regs.pc = at
        for name, value in registers.items():
            if name.startswith("r") and name[1:].isdigit():
                regs.r[int(name[1:])] = value
            else:
                setattr(regs, name, value)
        return self.machine.run(steps)

    def word(self, address: int) -> int:
        """Return the word at ``address``, as the debugger sees it."""
        return struct.unpack("<I", self.machine.peek(address, 4))[0]


def bench(
    core: str = "cortex-m4", *, audit: bool = False, lenient: bool = False, handlers: dict[int, int] | None = None
) -> Bench:
    """Return a machine after reset: code at CODE, MSP at STACK_TOP, ``handlers`` maps exception numbers to addresses.

    Every other vector leads to a BKPT-free endless loop at 0xF00.
    """
    code, data = MemoryBlock("code", 0, 0x40_0000, True), MemoryBlock("data", RAM, 0x40_0000, True)
    memories = [(code, (0x40_0000,)), (data, (0x2040_0000,))]
    machine = Machine(CORES[core], memories, Options(audit=audit, lenient=lenient))
    vectors = [STACK_TOP, CODE | 1] + [0xF01] * 46
    for exception, address in (handlers or {}).items():
        vectors[exception] = address | 1
    machine.poke(0, struct.pack("<48I", *vectors))
    machine.poke(0xF00, assemble("b .", 0xF00))
    made = Bench(machine)
    machine.observers.append(made.events.append)
    machine.reset()
    return made
