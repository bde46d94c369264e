"""What a report can do without is given up by a polite kill, and after a time; handlers are as before then."""

from __future__ import annotations

import os
import signal
import time

import pytest

from emulator.cli.interrupts import dispensable


def test_a_polite_kill_ends_what_is_dispensable():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), dispensable():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)
    assert signal.getsignal(signal.SIGTERM) == before


def test_so_does_the_time_that_there_is_for_it():
    with pytest.raises(KeyboardInterrupt), dispensable(0.01):
        time.sleep(10)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    with dispensable(10):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
