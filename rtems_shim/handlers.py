"""Imports every module that registers handlers of traps, so that the table in dispatch.py is complete."""

from __future__ import annotations

from rtems_shim import (
    barrier,
    boot,
    cancel,
    console,
    fatal,
    mqueue,
    pthread,
    semaphore,
    signal_calls,
    signals,
    specific,
    sync,
    timecalls,
)
from rtems_shim.classic import naming, tasks

__all__ = [
    "barrier",
    "boot",
    "cancel",
    "console",
    "fatal",
    "mqueue",
    "naming",
    "pthread",
    "semaphore",
    "signal_calls",
    "signals",
    "specific",
    "sync",
    "tasks",
    "timecalls",
]
