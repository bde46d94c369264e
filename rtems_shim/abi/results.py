"""What the result of a call says of its success: the name of the error, as people know it.

Four kinds of results are told apart by the call's row and name: -errno (``e``), an error number (``pthread_``), an
rtems_status_code (``rtems_``), and a value, which is no error whatever it is.
"""

from __future__ import annotations

from emulator.bits import WORD_MASK
from rtems_shim.abi import errno
from rtems_shim.abi.calls import Call
from rtems_shim.abi.layouts import DEVICE_CALL, NEEDS_ROOM, READ_AGAIN
from rtems_shim.abi.status import Status

LARGEST_ERRNO = 4095
VALUES = frozenset(
    (
        *("boot", "switch", "timer_next", "key_destructor_next", "signal_next", "console_getchar", "alarm", "umask"),
        *("pthread_self", "pthread_getspecific", "rtems_task_self", "rtems_object_get_name"),
        *("rtems_clock_get_ticks_per_second", "rtems_clock_get_ticks_since_boot"),
    )
)
"""Calls with the result letter ``i`` whose result is a value."""
ERROR_NUMBERS = frozenset(("clock_nanosleep", "rtems_stack_release"))
"""Calls with the result letter ``i`` that return an error number although their name does not say so."""
_OTHER_ERRORS = {READ_AGAIN: "READ_AGAIN", DEVICE_CALL: "DEVICE_CALL", NEEDS_ROOM: "NEEDS_ROOM"}


def seen_result(call: Call, word: int) -> int:
    """Return what the C caller of ``call`` gets when the kernel puts ``word`` into r0: -1 for an -errno."""
    return WORD_MASK if call.result == "e" and _error_number(word) else word & WORD_MASK


def error_name(call: Call, word: int) -> str | None:
    """Return the name of the error that the result ``word`` of ``call`` stands for, None for a success or a value."""
    if call.result == "e":
        number = _error_number(word)
    elif call.result != "i" or call.name in VALUES:
        return None
    elif call.name.startswith("rtems_") and call.name not in ERROR_NUMBERS:
        return f"RTEMS_{Status(word).name}" if 0 < word < len(Status) else None
    else:
        number = word & WORD_MASK if word & WORD_MASK <= LARGEST_ERRNO else 0
    return _name(number) if number else None


def _error_number(word: int) -> int:
    number = -word & WORD_MASK
    return number if number <= LARGEST_ERRNO else 0


def _name(number: int) -> str:
    return errno.NAMES.get(number) or _OTHER_ERRORS.get(number) or f"error {number}"
