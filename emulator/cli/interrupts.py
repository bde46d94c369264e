"""Ctrl-C and SIGTERM while a guest runs."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from emulator.machine.machine import Machine


@contextmanager
def interruptible(machine: Machine, timeout: float | None = None) -> Iterator[None]:
    """Let Ctrl-C (and a polite kill) end the run at the next instruction boundary; a second one ends the command.

    ``timeout`` ends it, too, after so many seconds.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        machine.interrupt(number == signal.SIGTERM)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    try:
        before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
        if timeout is not None:
            end = machine.interrupt
            before[signal.SIGALRM] = signal.signal(signal.SIGALRM, lambda number, frame: end(timed_out=True))
            signal.setitimer(signal.ITIMER_REAL, timeout)
    except ValueError:  # another thread than the main one, whose business signals are
        yield
        return
    try:
        yield
    finally:
        if timeout is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def dispensable(timeout: float | None = None) -> Iterator[None]:
    """Let what is done here be given up, with KeyboardInterrupt, by a polite kill as by Ctrl-C, and after ``timeout``
    seconds: what is known without it is still to be said.
    """

    def give_up(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGALRM) if timeout is not None else (signal.SIGTERM,)
    try:
        before = {number: signal.signal(number, give_up) for number in numbers}
    except ValueError:  # as above
        yield
        return
    try:
        if timeout is not None:
            signal.setitimer(signal.ITIMER_REAL, timeout)
        yield
    finally:
        if timeout is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
