"""Imports every module that registers handlers of traps, so that the table in dispatch.py is complete."""

from __future__ import annotations

from rtems_shim import barrier, boot, console, fatal, mqueue, pthread, semaphore, specific, sync, timecalls
from rtems_shim.classic import naming, tasks

__all__ = [
    "barrier",
    "boot",
    "console",
    "fatal",
    "mqueue",
    "naming",
    "pthread",
    "semaphore",
    "specific",
    "sync",
    "tasks",
    "timecalls",
]
