"""The names of signals, by the numbers that RTEMS's C library gives them."""

from __future__ import annotations

_NAMES = (
    *("HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "EMT", "FPE", "KILL", "BUS", "SEGV", "SYS", "PIPE", "ALRM", "TERM"),
    *("URG", "STOP", "TSTP", "CONT", "CHLD", "TTIN", "TTOU", "IO", "WINCH", "USR1", "USR2"),
)


def signal_name(number: int) -> str:
    """Return the name of a signal: SIGHUP for 1; "signal 27" for one that has a number only."""
    return f"SIG{_NAMES[number - 1]}" if 1 <= number <= len(_NAMES) else f"signal {number}"
