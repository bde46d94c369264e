"""When nothing can ever happen again: who waits for what.

The program's interrupts are the one thing the kernel cannot foresee: while any is enabled, waiting is not a deadlock
until the machine finds that no device will raise it either.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.faults import Fault
from emulator.machine.stop import Deadlock

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

NVIC_ISER = 0xE000_E100
NVIC_ISER_COUNT = 8


def deadlock(kernel: Kernel) -> Deadlock:
    """Return the end of a run in which no thread can run any more."""
    return Deadlock(kernel.now, describe_waits(kernel))


def describe_waits(kernel: Kernel) -> tuple[str, ...]:
    """Return one line a thread: who waits for what."""
    threads = [thread for thread in kernel.threads.all() if not thread.is_idle and thread.alive]
    return tuple(f"{thread.label} {thread.describe_state()}" for thread in threads) or ("no thread is left",)


def nothing_can_happen(kernel: Kernel) -> bool:
    """Whether, with only the idle thread ready, neither time nor an interrupt can wake anybody."""
    return not kernel.time.anything_scheduled and not _interrupts_enabled(kernel)


def _interrupts_enabled(kernel: Kernel) -> bool:
    """Whether the guest enabled any external interrupt: its handler might wake somebody."""
    for register in range(NVIC_ISER_COUNT):
        word = kernel.port.memory.load(NVIC_ISER + 4 * register, 4, True)
        if not isinstance(word, Fault) and any(word):
            return True
    return False
