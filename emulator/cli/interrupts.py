"""Ctrl-C, SIGTERM and SIGHUP while a guest runs."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from emulator.annotations import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.machine.machine import Machine

Handler = Callable[[int, FrameType | None], None]


@contextmanager
def interruptible(machine: Machine, timeout: float | None = None) -> Iterator[None]:
    """Let Ctrl-C (and a polite kill) end the run at the next instruction boundary; a second one ends the command.

    ``timeout`` ends it, too, after so many seconds.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        machine.interrupt(0 if number == signal.SIGINT else number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def time_out(number: int, frame: FrameType | None) -> None:
        machine.interrupt(timed_out=True)

    with _handled({signal.SIGINT: handle, **_polite(handle), signal.SIGALRM: time_out}, timeout):
        yield


@contextmanager
def dispensable(timeout: float | None = None) -> Iterator[list[int]]:
    """Let what is done here be given up, with KeyboardInterrupt, by a polite kill as by Ctrl-C, and after ``timeout``
    seconds: what is known without it is still to be said. Yields the signals that came.

    What a signal raises where Python is called back, or frees something, may be dropped there: who works long asks
    whether one came.
    """
    heard: list[int] = []

    def give_up(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        raise KeyboardInterrupt

    with _handled({signal.SIGINT: give_up, **_polite(give_up), signal.SIGALRM: give_up}, timeout):
        yield heard


def _polite(handler: Handler) -> dict[signal.Signals, Handler]:
    """Return ``handler`` for the signals that ask a command to end; nohup has SIGHUP ignored, and so it stays."""
    asking = [signal.SIGTERM] + [signal.SIGHUP] * (signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN)
    return dict.fromkeys(asking, handler)


@contextmanager
def _handled(handlers: dict[signal.Signals, Handler], timeout: float | None) -> Iterator[None]:
    """Have ``handlers`` by signal, and SIGALRM after ``timeout`` seconds; then all is as before."""
    try:
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    except ValueError:  # another thread than the main one, whose business signals are
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
