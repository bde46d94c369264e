"""What a report can do without is given up by a polite kill, and after a time; handlers are as before then."""

from __future__ import annotations

import os
import signal
import time

import pytest

from emulator.cli.interrupts import dispensable


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_polite_kill_ends_what_is_dispensable(number):
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), dispensable():
        os.kill(os.getpid(), number)
        time.sleep(10)
    assert signal.getsignal(number) == before


def test_a_hang_up_that_is_ignored_stays_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with dispensable():
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_so_does_the_time_that_there_is_for_it():
    with pytest.raises(KeyboardInterrupt), dispensable(0.01):
        time.sleep(10)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    with dispensable(10):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
