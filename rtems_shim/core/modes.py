"""The mode of a task: preemption, time slicing, asynchronous signals.

The interrupt level of a mode is kept but masks nothing: traps would not come through.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi import constants
from rtems_shim.core.thread import SCHED_FIFO, SCHED_OTHER, Thread

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel


def set_modes(kernel: Kernel, thread: Thread, modes: int, mask: int = constants.MODE_MASK) -> None:
    """Give ``thread`` those of the modes that ``mask`` covers."""
    state = thread.classic
    state.modes = (state.modes & ~mask) | (modes & mask)
    if mask & constants.NO_PREEMPT:
        thread.preemptible = not modes & constants.NO_PREEMPT
    if mask & constants.TIMESLICE:
        thread.sliced = thread.slice_resets = bool(modes & constants.TIMESLICE)
        thread.posix.policy = SCHED_OTHER if thread.sliced else SCHED_FIFO
        thread.timeslice = kernel.scheduler.ticks_per_timeslice
    if thread is kernel.executing:
        kernel.scheduler.reconsider()
