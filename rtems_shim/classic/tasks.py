"""Classic tasks: create, start, restart, delete, suspend, priorities, modes, and waiting for time."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.abi import constants, layouts
from rtems_shim.abi.status import Status
from rtems_shim.classic.naming import find_by_name, identify
from rtems_shim.core import fatal
from rtems_shim.core.dispatch import trap
from rtems_shim.core.modes import set_modes
from rtems_shim.core.objects import Api, name_text
from rtems_shim.core.thread import ClassicState, Thread
from rtems_shim.core.threads import STACK_FLOOR
from rtems_shim.core.uses import use_now
from rtems_shim.posix.pthread import Join, end_thread, waits_for
from rtems_shim.posix.signals import asr_ready

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel


def create_init(kernel: Kernel, stack: tuple[int, int] | None) -> Thread | None:
    """Create and start the Init task, on ``stack`` if the program has one for it; None when there is no room for it."""
    configuration = kernel.configuration
    if not _is_priority(kernel, configuration["classic_init_priority"], configuration["classic_init_attributes"]):
        return None
    created = make_task(
        kernel,
        configuration["classic_init_name"],
        configuration["classic_init_priority"],
        configuration["classic_init_stack_size"],
        configuration["classic_init_modes"],
        configuration["classic_init_attributes"],
        stack,
    )
    if not isinstance(created, Thread):
        return None
    created.entry = configuration["classic_init_entry"]
    created.argument = configuration["classic_init_argument"]
    kernel.threads.start(created)
    return created


@trap("rtems_task_create")
def rtems_task_create(
    kernel: Kernel, name: int, priority: int, stack_size: int, modes: int, attributes: int, id: int
) -> int:
    """rtems_task_create(): the id is stored before the task exists, so a bad pointer creates none."""
    if not name:
        return Status.INVALID_NAME
    if not id:
        return Status.INVALID_ADDRESS
    if not _is_priority(kernel, priority, attributes):
        return Status.INVALID_PRIORITY
    if kernel.from_interrupt:
        return Status.CALLED_FROM_ISR
    next_id = kernel.threads.classic.next_id()
    if next_id is None or not kernel.threads.room(Api.CLASSIC):
        return Status.TOO_MANY
    created: Thread | Status = Status.UNSATISFIED
    if not modes & constants.INTERRUPT_MASK:  # a task cannot be switched to with interrupts masked
        kernel.memory.store_word(id, next_id)
        created = make_task(kernel, name, priority, stack_size, modes, attributes)
    if isinstance(created, Thread):
        return Status.SUCCESSFUL
    kernel.threads.classic.pass_over()
    return created


@trap("rtems_task_construct")
def rtems_task_construct(kernel: Kernel, config: int, id: int) -> int:
    """rtems_task_construct(): a task on memory of the program's own, which shall hold the thread-local storage too."""
    if not config or not id:
        return Status.INVALID_ADDRESS
    values = layouts.TASK_CONFIG.unpack(kernel.memory.load(config, layouts.TASK_CONFIG.size))
    if not values["name"]:
        return Status.INVALID_NAME
    if not _is_priority(kernel, values["initial_priority"], values["attributes"]):
        return Status.INVALID_PRIORITY
    if values["maximum_tls_size"] and values["maximum_tls_size"] < kernel.configuration["tls_size"]:
        return Status.INVALID_SIZE
    if kernel.from_interrupt:
        return Status.CALLED_FROM_ISR
    next_id = kernel.threads.classic.next_id()
    if next_id is None or not kernel.threads.room(Api.CLASSIC):
        return Status.TOO_MANY
    base, size = values["storage_area"], values["storage_size"]
    if size < max(kernel.configuration["minimum_stack_size"], STACK_FLOOR):
        return Status.INVALID_SIZE
    kernel.memory.store_word(id, next_id)
    created = make_task(
        kernel,
        values["name"],
        values["initial_priority"],
        size,
        values["initial_modes"],
        values["attributes"],
        (base, size),
    )
    if not isinstance(created, Thread):
        return created
    created.storage_free, created.storage_area = values["storage_free"], base
    return Status.SUCCESSFUL


def _is_priority(kernel: Kernel, priority: int, attributes: int) -> bool:
    """Whether a task may have this priority; only a system task may have 0."""
    return bool(priority or attributes & constants.SYSTEM_TASK) and priority <= kernel.scheduler.maximum


def make_task(
    kernel: Kernel,
    name: int,
    priority: int,
    stack_size: int,
    modes: int,
    attributes: int,
    stack: tuple[int, int] | None = None,
) -> Thread | Status:
    """Create a dormant task; TOO_MANY or UNSATISFIED when there is no room. ``stack``: one of the program's own."""
    if not kernel.threads.room(Api.CLASSIC):
        return Status.TOO_MANY
    owns_stack = stack is None
    if stack is None:
        size = max(stack_size, kernel.configuration["minimum_stack_size"], STACK_FLOOR)
        stack = kernel.threads.allocate_stack(size)
    if stack is None:
        return Status.UNSATISFIED
    modes &= constants.MODE_MASK
    thread = kernel.threads.create(
        kernel.threads.classic,
        stack,
        owns_stack,
        entry=0,
        argument=0,
        base_priority=priority,
        name=name_text(name),
        classic_name=name,
        classic=ClassicState(
            initial_priority=priority,
            initial_modes=modes,
            floating_point=bool(attributes & constants.FLOATING_POINT),
        ),
    )
    if thread is None:
        return Status.UNSATISFIED
    thread.posix.cancel_asynchronous = True  # only POSIX threads put it off to where they may be cancelled
    set_modes(kernel, thread, modes)
    return thread


def task(kernel: Kernel, identifier: int) -> Thread | None:
    """Return the live thread with this id, the executing one for 0 (RTEMS_SELF)."""
    thread = kernel.find_thread(identifier)
    return thread if thread is not None and thread.alive else None


@trap("rtems_task_start")
def rtems_task_start(kernel: Kernel, id: int, entry: int, argument: int) -> int:
    """rtems_task_start()."""
    if not entry:
        return Status.INVALID_ADDRESS
    thread = task(kernel, id)
    if thread is None:
        return Status.INVALID_ID
    if thread.started:
        return Status.INCORRECT_STATE
    thread.entry, thread.argument = entry, argument
    thread.suspended = False
    kernel.threads.start(thread)
    return Status.SUCCESSFUL


@trap("rtems_task_restart")
def rtems_task_restart(kernel: Kernel, id: int, argument: int) -> int | None:
    """rtems_task_restart(): the task begins again with its first priority and modes, whatever it waited for."""
    thread = task(kernel, id)
    if thread is None:
        return Status.INVALID_ID
    if not thread.started or thread.deleting:
        return Status.INCORRECT_STATE
    thread.argument = argument
    _interrupt(kernel, thread)
    state = thread.classic
    kernel.scheduler.set_base_priority(thread, state.initial_priority)
    set_modes(kernel, thread, state.initial_modes)
    thread.restarting = True
    thread.started = True
    kernel.scheduler.make_ready(thread)
    if thread is not kernel.executing:
        return Status.SUCCESSFUL
    kernel.port.pend_pendsv()
    return None


def _interrupt(kernel: Kernel, thread: Thread) -> None:
    """Take ``thread`` away from the scheduler and from whatever it waited for, whose results it will not have."""
    if thread.wait is not None:
        kernel.leave_wait(thread)
    elif thread.ready:
        kernel.scheduler.remove(thread)
    thread.started = False  # until the scheduler gets it back
    thread.suspended = False
    thread.result = None
    thread.owed, thread.refused = [], None
    thread.on_resume = None


@trap("thread_restart")
def thread_restart(kernel: Kernel) -> None:
    """The executing task, restarted, has run its cleanup handlers: its stack is free to begin again on."""
    thread = kernel.executing
    if kernel.from_interrupt or not kernel.running or thread.is_idle:
        return
    thread.posix.signal_frames.clear()
    thread.timeslice = kernel.scheduler.ticks_per_timeslice
    kernel.switcher.begin_again()


@trap("rtems_task_delete")
def rtems_task_delete(kernel: Kernel, id: int) -> int | None:
    """rtems_task_delete() of another task. (The guest ends the caller itself by thread_exit.)

    The task runs its cleanup handlers and destructors first; the caller waits for that and lends its priority. One that
    cannot be cancelled now is cancelled when it can, as by pthread_cancel(); if it waits for the caller by then, that
    is RTEMS_INCORRECT_STATE.
    """
    thread = task(kernel, id)
    if thread is None:
        return Status.INVALID_ID
    if kernel.from_interrupt:
        return Status.CALLED_FROM_ISR
    thread.ended_in = use_now(kernel)
    if not thread.started or thread.is_idle or thread is kernel.executing:
        thread.posix.detached = True
        end_thread(kernel, thread, 0)
        return None if thread is kernel.executing else Status.SUCCESSFUL
    state = thread.posix
    if thread.deleting:
        pass
    elif state.cancel_asynchronous and not state.cancel_disabled:
        _interrupt(kernel, thread)
        thread.deleting = thread.started = True
        kernel.scheduler.make_ready(thread)
    else:
        state.cancel_pending = True
    if waits_for(thread, kernel.executing):
        return Status.INCORRECT_STATE
    join = Join(thread, 0)
    return kernel.block(lambda: f"the end of {thread.label}", thread.posix.joiners, data=join, owned=join)


@trap("rtems_task_ident")
def rtems_task_ident(kernel: Kernel, name: int, node: int, id: int) -> int:
    """rtems_task_ident(): the name 0 is the caller."""
    if not id:
        return Status.INVALID_ADDRESS
    if not name:
        kernel.memory.store_word(id, kernel.executing.id)
        return Status.SUCCESSFUL
    if node not in (constants.SEARCH_ALL_NODES, constants.THIS_NODE, constants.SEARCH_LOCAL_NODE):
        return Status.INVALID_NAME
    named = [(identifier, thread.classic_name) for identifier, thread in kernel.threads.classic.items()]
    return identify(kernel, find_by_name(named, name), id)


@trap("rtems_task_self")
def rtems_task_self(kernel: Kernel) -> int:
    """rtems_task_self()."""
    return kernel.executing.id


@trap("rtems_task_suspend")
def rtems_task_suspend(kernel: Kernel, id: int) -> int | None:
    """rtems_task_suspend(): a caller that suspends itself gets its result when it is resumed."""
    thread = task(kernel, id)
    if thread is None:
        return Status.INVALID_ID
    if thread.suspended:
        return Status.ALREADY_SUSPENDED
    kernel.suspend(thread)
    return Status.SUCCESSFUL


@trap("rtems_task_is_suspended")
def rtems_task_is_suspended(kernel: Kernel, id: int) -> int:
    """rtems_task_is_suspended()."""
    thread = task(kernel, id)
    if thread is None:
        return Status.INVALID_ID
    return Status.ALREADY_SUSPENDED if thread.suspended else Status.SUCCESSFUL


@trap("rtems_task_resume")
def rtems_task_resume(kernel: Kernel, id: int) -> int:
    """rtems_task_resume()."""
    thread = task(kernel, id)
    if thread is None:
        return Status.INVALID_ID
    if not thread.suspended:
        return Status.INCORRECT_STATE
    kernel.resume(thread)
    return Status.SUCCESSFUL


@trap("rtems_task_set_priority")
def rtems_task_set_priority(kernel: Kernel, id: int, priority: int, old: int) -> int:
    """rtems_task_set_priority(): the priority 0 only asks for the current one."""
    if not old:
        return Status.INVALID_ADDRESS
    thread = task(kernel, id)
    if thread is None:
        return Status.INVALID_ID
    if priority > kernel.scheduler.maximum:
        return Status.INVALID_PRIORITY
    kernel.memory.store_word(old, thread.priority)
    if priority != constants.CURRENT_PRIORITY:
        kernel.scheduler.set_base_priority(thread, priority)
    return Status.SUCCESSFUL


@trap("rtems_task_get_priority")
def rtems_task_get_priority(kernel: Kernel, id: int, scheduler: int, priority: int) -> int:
    """rtems_task_get_priority()."""
    if not priority:
        return Status.INVALID_ADDRESS
    thread = kernel.find_thread(id)  # an ended one that waits to be joined still has one
    if thread is None or scheduler != constants.SCHEDULER:
        return Status.INVALID_ID
    kernel.memory.store_word(priority, thread.priority)
    return Status.SUCCESSFUL


@trap("rtems_task_set_scheduler")
def rtems_task_set_scheduler(kernel: Kernel, id: int, scheduler: int, priority: int) -> int:
    """rtems_task_set_scheduler(): there is one; the priority is also that of a restart.

    A task that waits for an object, or that somebody has lent a priority, cannot move.
    """
    if scheduler != constants.SCHEDULER:
        return Status.INVALID_ID
    if priority > kernel.scheduler.maximum:
        return Status.INVALID_PRIORITY
    thread = task(kernel, id)
    if thread is None:
        return Status.INVALID_ID
    if (thread.wait is not None and thread.wait.queue is not None) or thread.priority != thread.unlent_priority:
        return Status.RESOURCE_IN_USE
    kernel.scheduler.set_base_priority(thread, priority)
    thread.classic.initial_priority = priority
    return Status.SUCCESSFUL


@trap("rtems_task_mode")
def rtems_task_mode(kernel: Kernel, modes: int, mask: int, old: int) -> int:
    """rtems_task_mode()."""
    if not old:
        return Status.INVALID_ADDRESS
    if modes & mask & constants.INTERRUPT_MASK:
        return Status.NOT_IMPLEMENTED
    thread = kernel.executing
    kernel.memory.store_word(old, thread.classic.modes)
    set_modes(kernel, thread, modes, mask & constants.MODE_MASK)
    if asr_ready(thread):
        kernel.port.pend_pendsv()
    return Status.SUCCESSFUL


@trap("rtems_task_wake_after")
def rtems_task_wake_after(kernel: Kernel, ticks: int) -> int | None:
    """rtems_task_wake_after(): 0 ticks only give way. An interrupt handler can do neither."""
    if not ticks:
        if kernel.from_interrupt:
            fatal.terminate(kernel, fatal.BAD_THREAD_DISPATCH_DISABLE_LEVEL)
            return None
        kernel.scheduler.yield_(kernel.executing)
        return Status.SUCCESSFUL
    return kernel.block(
        lambda: f"{ticks} ticks to pass", deadline=kernel.time.in_ticks(ticks), timed_out=Status.SUCCESSFUL
    )
