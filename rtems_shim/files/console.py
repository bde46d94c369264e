"""The console: what printk and stdout write goes to the machine's console, as accesses of the caller."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.core.dispatch import trap

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

CHUNK = 4096


@trap("console_write")
def console_write(kernel: Kernel, buffer: int, size: int) -> int:
    """printk: write ``size`` bytes."""
    return write(kernel, buffer, size)


def write(kernel: Kernel, buffer: int, size: int) -> int:
    """Write ``size`` bytes at ``buffer`` to the console and return ``size``.

    In chunks, so that an absurd size costs no host memory: the first chunk that lies outside memory refuses the call.
    """
    for offset in range(0, size, CHUNK):
        kernel.port.console(kernel.memory.load((buffer + offset) & 0xFFFF_FFFF, min(CHUNK, size - offset)))
    if kernel.booted:
        kernel.files.tree.console.poll(kernel)  # input may wait for what was just written
    return size
