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
    from rtems_shim.core.thread import Thread


FD_ERRORS = (
    fatal.LIBIO_STDIN_FD_OPEN_FAILED,
    fatal.LIBIO_STDOUT_FD_OPEN_FAILED,
    fatal.LIBIO_STDERR_FD_OPEN_FAILED,
)
"""What there is no descriptor for, by how many there are."""


@trap("boot")
def boot(kernel: Kernel, config: int, stacks: int) -> int:
    """Read the configuration and create the idle thread and the initial threads; again after a system reset.

    The result is 0, or the code of the fatal error that it is not to be able to. A thread, which runs on PSP, cannot
    boot the kernel that it runs on.
    """
    if kernel.from_interrupt or kernel.port.registers.control & CONTROL_SPSEL:
        return 0
    packed = kernel.memory.load(config, layouts.CONFIGURATION.size)
    given = layouts.FIRST_STACKS.unpack(kernel.memory.load(stacks, layouts.FIRST_STACKS.size))
    kernel.power_up()
    kernel.configure(packed)
    configuration = kernel.configuration
    kernel.inherits_signals = bool(given["has_pthread_create"] or configuration["posix_init_entry"])
    idle = _create_idle(kernel, given)
    if idle is None:
        kernel.boot_error = fatal.IDLE_THREAD_CREATE_FAILED
        return kernel.boot_error
    kernel.threads.start(idle)
    error = _create_init_task(kernel, given) or _create_init_thread(kernel, given)
    files, flags = configuration["maximum_files"], configuration["flags"]
    if not error and flags & layouts.CONFIG_CONSOLE and files < len(FD_ERRORS):
        error = FD_ERRORS[files]
    if not error:
        count = len(kernel.threads.all())
        kernel.port.emit(KernelBooted(kernel.now, count, configuration["microseconds_per_tick"]))
    kernel.boot_error = error
    return error


def _create_idle(kernel: Kernel, given: dict[str, int]) -> Thread | None:
    """Create the idle thread on a stack of the program's, or of the arena; None where there is none."""
    if given["idle_size"]:
        return kernel.threads.create_idle((given["idle"], given["idle_size"]), False) if given["idle"] else None
    configuration = kernel.configuration
    stack = kernel.threads.allocate_stack(max(configuration["idle_stack_size"], configuration["minimum_stack_size"]))
    return kernel.threads.create_idle(stack, True) if stack else None


def _create_init_task(kernel: Kernel, given: dict[str, int]) -> int:
    """Create and start Init where one is configured: 0, or the code of the fatal error."""
    configuration = kernel.configuration
    if not configuration["classic_init_entry"]:
        return 0
    created = None if _is_missing(given, "classic") else tasks.create_init(kernel, _stack(given, "classic"))
    if created is None:
        constructed = configuration["flags"] & layouts.CONFIG_INIT_CONSTRUCTED
        return fatal.INIT_TASK_CONSTRUCT_FAILED if constructed else fatal.INIT_TASK_CREATE_FAILED
    _owns(created, given)
    return 0


def _create_init_thread(kernel: Kernel, given: dict[str, int]) -> int:
    """Create and start POSIX_Init where one is configured: 0, or the code of the fatal error."""
    configuration = kernel.configuration
    if not configuration["posix_init_entry"]:
        wanted = configuration["flags"] & layouts.CONFIG_POSIX_INIT
        return fatal.POSIX_INIT_THREAD_CREATE_FAILED if wanted else 0
    created = None if _is_missing(given, "posix") else pthread.create_init(kernel, _stack(given, "posix"))
    if created is None:
        return fatal.POSIX_INIT_THREAD_CREATE_FAILED
    _owns(created, given)
    return 0


def _is_missing(given: dict[str, int], api: str) -> bool:
    """Whether the program's allocator was asked for a stack and had none."""
    return bool(given[f"{api}_size"]) and not given[api]


def _stack(given: dict[str, int], api: str) -> tuple[int, int] | None:
    return (given[api], given[f"{api}_size"]) if given[api] else None


def _owns(thread: Thread, given: dict[str, int]) -> None:
    """A thread on a stack of the program's allocator gives it back there."""
    if not thread.owns_stack:
        thread.storage_area, thread.storage_free = thread.stack_base, given["free"]


@trap("start")
def start(kernel: Kernel) -> None:
    """Let the first thread run."""
    if kernel.booted and not kernel.running and not kernel.boot_error:
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
