"""RTEMS put together: the kernel and the APIs above it. Importing this module registers the handler of every trap."""

from __future__ import annotations

from rtems_shim import boot
from rtems_shim.classic import (
    asynchronous,
    barriers,
    calendar,
    event_sets,
    inspection,
    naming,
    partitions,
    periods,
    ports,
    queues,
    regions,
    semaphores,
    tasks,
    timers,
    workspace,
)
from rtems_shim.classic.objects import ClassicObjects
from rtems_shim.core import fatal
from rtems_shim.core.extensions import Extensions
from rtems_shim.core.kernel import STRICT, Kernel
from rtems_shim.core.messages import MessageMemory
from rtems_shim.files import (
    devices,
    directory_calls,
    file_attributes,
    file_calls,
    mappings,
    mounts,
    pipes,
    shm,
    terminal,
)
from rtems_shim.files.files import Files
from rtems_shim.port import Port
from rtems_shim.posix import (
    barrier,
    cancel,
    mqueue,
    posix_timers,
    pthread,
    scheduling,
    semaphore,
    signal_calls,
    signals,
    specific,
    sync,
    timecalls,
)

HANDLED_IN = (
    *(boot, fatal),
    *(devices, directory_calls, file_attributes, file_calls, mappings, mounts, pipes, shm, terminal),
    *(barrier, cancel, mqueue, posix_timers, pthread, scheduling, semaphore, signal_calls, signals, specific),
    *(sync, timecalls),
    *(asynchronous, barriers, calendar, event_sets, inspection, naming, partitions, periods, ports, queues, regions),
    *(semaphores, tasks, timers, workspace),
)
"""The modules whose functions serve traps (core/dispatch.py)."""


def rtems(port: Port, mode: str = STRICT, unprivileged: bool = False) -> Kernel:
    """Return RTEMS with its POSIX and Classic APIs, attached to ``port``. ``mode``, ``unprivileged``: see Kernel."""
    return Kernel(port, EXTENSIONS, mode, unprivileged)


def make_parts(configuration: dict[str, int]) -> tuple[object, ...]:
    """Return what the APIs keep of one kernel. ``configuration`` is layouts.CONFIGURATION unpacked."""
    console = terminal.Console(terminal.PERMISSIONS)
    return (
        MessageMemory.configured(configuration),
        console,
        Files(configuration, console),
        shm.SharedMemory(configuration["maximum_posix_shms"]),
        mappings.Mappings(),
        specific.Keys(configuration),
        sync.SyncObjects(),
        semaphore.Semaphores.configured(configuration),
        barrier.BarriersAndRwlocks(),
        mqueue.PosixQueues(configuration),
        signals.Signals.configured(configuration),
        posix_timers.PosixTimers(configuration),
        ClassicObjects(configuration),
        timers.TimerService(),
        inspection.CpuUsage(),
        workspace.Workspace(),
    )


EXTENSIONS = Extensions(
    make_parts,
    (cancel.post_switch_action, signals.post_switch_action),
    terminal.poll_input,
    timers.timers_due,
)
