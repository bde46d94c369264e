"""Imports every module that registers handlers of traps: ``dispatch``, taken from here, finds them all."""

from __future__ import annotations

from rtems_shim import boot
from rtems_shim.classic import (
    asynchronous,
    barriers,
    calendar,
    events,
    naming,
    partitions,
    periods,
    queues,
    regions,
    semaphores,
    tasks,
    timers,
)
from rtems_shim.core import fatal
from rtems_shim.core.dispatch import dispatch
from rtems_shim.files import console
from rtems_shim.posix import (
    barrier,
    cancel,
    mqueue,
    posix_timers,
    pthread,
    semaphore,
    signal_calls,
    signals,
    specific,
    sync,
    timecalls,
)

__all__ = [
    "asynchronous",
    "barrier",
    "barriers",
    "boot",
    "calendar",
    "cancel",
    "console",
    "dispatch",
    "events",
    "fatal",
    "mqueue",
    "naming",
    "partitions",
    "periods",
    "posix_timers",
    "pthread",
    "queues",
    "regions",
    "semaphore",
    "semaphores",
    "signal_calls",
    "signals",
    "specific",
    "sync",
    "tasks",
    "timecalls",
    "timers",
]
