"""A scenario of exceptions: a set-up and, for each context (Thread mode, each handler), a list of actions.

The numbers are those of scenario.h. The scenario program plays it and writes a word stream, which is compared.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

THREAD_STACK, HOLE_BASE, NOWHERE = 0x2008_1000, 0x2008_0800, 0x6000_0400
PROBES, RESTARTS, ODD_STACK, ODD_STACK_END = 0x2008_2000, 0x2008_2400, 0x2008_2800, 0x2008_3000
ACTIONS, REGIONS = 8, 4
OPERATIONS = (
    *("YIELD", "PEND", "UNPEND", "SET_PENDSV", "SET_NMI", "DO_SVC", "PRIMASK", "FAULTMASK", "BASEPRI", "BASEPRI_MAX"),
    *("PRIORITY", "ENABLE", "DISABLE", "HANDLERS", "UNDEFINED", "BAD_LOAD", "BAD_STORE", "DENIED_LOAD", "UNALIGNED"),
    *("DIVIDE", "BAD_JUMP", "NO_T_JUMP", "FP_USE", "FP_CHECK", "MOVE_PSP", "LEAVE_BY", "FRAME_T", "FRAME_IPSR"),
    *("ACTIVE", "CCR", "UNPRIVILEGE", "STACK_FAULT", "MPU_ON", "TRIGGER", "PEND_FAULT", "CONFIGURE_FP", "SYSTICK"),
    *("EVENT", "MOVE_FPCAR", "REGION", "PROBE_LOAD", "PROBE_STORE", "PROBE_JUMP", "CPACR", "NOTHING"),
)
CONTEXTS = (
    *("Thread", "NMI", "HardFault", "MemManage", "BusFault", "UsageFault", "SVCall", "PendSV", "SysTick"),
    *("IRQ0", "IRQ1", "IRQ2", "IRQ3", "IRQ4"),
)
SETUP = ("AIRCR", "SHCSR", "CCR", "MPU_CTRL", "FPCCR", "FPDSCR", "CONTROL", "PSP", "enabled")
PLAIN_SETUP = (0, 0x7_0000, 0x200, 0, 0xC000_0000, 0, 0, THREAD_STACK, 0x1F)
PLAIN_PRIORITY = 0x80
NO_REGION = (PROBES, 0)


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a context's list; ``place`` is the base of a region, in 32 bytes from ``PROBES``."""

    operation: str = "YIELD"
    argument: int = 0
    value: int = 0
    place: int = 0

    def packed(self) -> bytes:
        """Return struct action."""
        return struct.pack("<BBHI", OPERATIONS.index(self.operation), self.argument, self.place, self.value)

    def __str__(self) -> str:
        if self.operation == "REGION":
            return f"REGION({self.argument}, {PROBES + 32 * self.place:#x}, {self.value:#x})"
        return f"{self.operation}({self.argument}, {self.value:#x})"


NOTHING = Action("NOTHING")


@dataclass(frozen=True, slots=True)
class Scenario:
    """``setup`` has the registers of ``SETUP``; ``regions`` are MPU_RBAR and MPU_RASR of the regions from 1 on."""

    setup: tuple[int, ...]
    priorities: tuple[int, ...]
    regions: tuple[tuple[int, int], ...]
    actions: tuple[tuple[Action, ...], ...]

    def packed(self) -> bytes:
        """Return struct scenario."""
        lists = b"".join(action.packed() for context in self.actions for action in context)
        regions = b"".join(struct.pack("<2I", *region) for region in self.regions)
        return struct.pack("<9I12B", *self.setup, *self.priorities) + regions + lists

    def words(self) -> str:
        """Return the listing: the set-up, then one context a line."""
        lines = [" ".join(f"{name}={value:#x}" for name, value in zip(SETUP, self.setup, strict=True))]
        priorities = " ".join(f"{priority:02x}" for priority in self.priorities)
        lines.append(f"priorities MemManage BusFault UsageFault SVCall PendSV SysTick IRQ0-5: {priorities}")
        for number, (rbar, rasr) in enumerate(self.regions, 1):
            if rasr:
                lines.append(f"MPU region {number}: RBAR={rbar:#x} RASR={rasr:#x}")
        for name, context in zip(CONTEXTS, self.actions, strict=True):
            said = [str(action) for action in context if action != NOTHING]
            while said and said[-1].startswith("YIELD"):
                said.pop()
            if said:
                lines.append(f"  {name}: " + ", ".join(said))
        return "\n".join(lines)
