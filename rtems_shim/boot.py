"""The calls of the guest side's own machinery: start, the thread switch, the tick, and what runs around a thread.

They are the only calls a program never makes itself, so each checks that it comes from where it must come from.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import CONTROL_SPSEL
from emulator.armv7m.faults import ExceptionNumber
from rtems_shim.abi import layouts
from rtems_shim.classic import tasks
from rtems_shim.core import fatal
from rtems_shim.core.dispatch import trap
from rtems_shim.core.events import KernelBooted
from rtems_shim.posix import pthread

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel


@trap("boot")
def boot(kernel: Kernel, config: int) -> None:
    """Read the configuration and create the idle thread and the initial threads; again after a system reset.

    A thread, which runs on PSP, cannot boot the kernel that it runs on.
    """
    if kernel.from_interrupt or kernel.port.registers.control & CONTROL_SPSEL:
        return
    packed = kernel.memory.load(config, layouts.CONFIGURATION.size)
    kernel.power_up()
    kernel.configure(packed)
    configuration = kernel.configuration
    stack = kernel.threads.allocate_stack(max(configuration["idle_stack_size"], configuration["minimum_stack_size"]))
    idle = kernel.threads.create_idle(stack) if stack else None
    if idle is None:
        fatal.stop(kernel, fatal.Source.CORE, fatal.IDLE_THREAD_CREATE_FAILED)
        return
    kernel.threads.start(idle)
    if configuration["classic_init_entry"] and not tasks.create_init(kernel):
        fatal.stop(kernel, fatal.Source.CORE, fatal.INIT_TASK_CREATE_FAILED)
        return
    if configuration["posix_init_entry"] and not pthread.create_init(kernel):
        fatal.stop(kernel, fatal.Source.CORE, fatal.POSIX_INIT_THREAD_CREATE_FAILED)
        return
    kernel.port.emit(KernelBooted(kernel.now, len(kernel.threads.all()), configuration["microseconds_per_tick"]))


@trap("start")
def start(kernel: Kernel) -> None:
    """Let the first thread run."""
    if kernel.booted and not kernel.running:
        kernel.start()


@trap("switch")
def switch(kernel: Kernel, sp: int) -> int:
    """PendSV: the outgoing thread is saved; answer where the heir's context lies."""
    if not kernel.running or not kernel.called_by(ExceptionNumber.PENDSV):
        return sp
    return kernel.switcher.switch(sp)


@trap("tick")
def tick(kernel: Kernel) -> None:
    """SysTick: one clock tick."""
    if kernel.running and kernel.called_by(ExceptionNumber.SYSTICK):
        kernel.tick()
