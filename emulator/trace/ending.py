"""How a program ended itself, by what the C and C++ library was called for: an assertion, abort(), an exception."""

from __future__ import annotations

from emulator.trace.backtrace import Backtrace, Frame
from emulator.trace.own_code import is_library

_ENDINGS = {
    "__assert_func": "failed an assertion",
    "__assert": "failed an assertion",
    "abort": "called abort()",
    "_ZSt9terminatev": "called std::terminate()",
    "__cxa_throw": "threw an exception that nothing catches",
    "__cxa_rethrow": "threw an exception again that nothing catches",
    "__cxa_pure_virtual": "called a pure virtual function",
}


EXITS = frozenset(("exit", "_exit", "_Exit", "quick_exit"))
"""Functions of the C library that end the program with the code that they are given."""
_STOPPED = ("that nothing catches", "that came to a function which lets none out (noexcept, or a destructor)")
"""What is else the matter where the C++ library was called by its own way outwards."""


def ending_words(trace: Backtrace) -> tuple[Frame, str] | None:
    """Return the program's own function that asked the library to end the program, and what it did.

    The words complete its name. None where the calls hold none of that.
    """
    did, stopped = "", False
    for frame in trace.frames:
        if not is_library(frame):
            if did:
                return frame, did
            continue
        stopped = stopped or (frame.symbol or frame.function) == "__cxa_call_terminate"
        did = _ENDINGS.get(frame.symbol or frame.function, did)
        did = did.replace(*_STOPPED) if stopped else did
    return None
