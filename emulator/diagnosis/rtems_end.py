"""How RTEMS in an image came to its end: what _Terminate() was called with, and which thread's function returned.

The real RTEMS keeps neither in memory. A second run has the registers in front of the call. No state.
"""

from __future__ import annotations

from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay, State
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep
from rtems_shim.core.fatal import Source
from rtems_shim.report.fatal_words import THREAD_EXITTED, error_words

END = "_Terminate"
CALLERS = ("_Thread_Handler", "_Thread_Entry_adaptor")
"""What the names of the functions begin with that call a thread's function."""
EXTENSIONS = "_User_extensions"
WINDOWS = (3_000, 30_000, 300_000)
"""Instructions before the end in which that function is looked for: what a program's extensions print takes long."""


def tell_rtems_end(replay: Replay, steps: list[WhyStep], end: Position) -> str:
    """Return what the first sentence lacks of a fatal error of RTEMS; '' where it is none, or was told.

    A thread whose function returned gets a step that says where. The replay is where it was, ``end``, afterwards.
    """
    symbol = replay.machine.image.symbols.by_name.get(END)
    if symbol is None or replay.story is None or replay.machine.personality is not None:
        return ""
    called = _call_of(replay, symbol.address & ~1, end)
    words = "" if called is None else _words(replay, steps, called)
    replay.traveller.goto(end)
    return words


def _call_of(replay: Replay, address: int, end: Position) -> State | None:
    """Return the state in front of the last call of the function at ``address``."""
    for window in WINDOWS:
        states = replay.blocks_before(end, window)
        found = next((one for one in reversed(states) if one.pc & ~1 == address and not one.is_frame), None)
        if found is not None or not states[0].position.executed:
            return found
    return None


def _words(replay: Replay, steps: list[WhyStep], called: State) -> str:
    source, code = called.registers[0] & 0xFF, called.registers[1]
    if source == Source.EXIT:
        return f"the exit status was {code:,}" if code else ""
    if source in (Source.EXCEPTION, Source.ASSERT):  # both are told by the calls at the end
        return ""
    replay.traveller.goto(called.position)
    subject = replay.story.subject if replay.story is not None else ""
    words = f"RTEMS had ended with {error_words(source, code)}"
    if source == Source.CORE and code == THREAD_EXITTED:
        _tell_return(replay, steps, called)
        return f"{words}: the function of {subject} returned"
    return words


def _tell_return(replay: Replay, steps: list[WhyStep], called: State) -> None:
    """Say where the function of the thread returned to RTEMS's code that had called it."""
    symbols = replay.machine.image.symbols
    behind = ""
    for state in reversed(replay.blocks_before(called.position, WINDOWS[0])[:-1]):
        if state.is_frame or state.ipsr:
            continue
        found = symbols.find_code(state.pc & ~1)
        name = "" if found is None else found.name
        if behind.startswith(CALLERS) and not name.startswith((*CALLERS, EXTENSIONS)):
            replay.traveller.goto(state.position)
            where, now = where_is(replay), replay.machine.clock.now
            text = f"{where.words} returned, at {now:,} in {where.thread}"
            steps.insert(0, WhyStep("register", text, now, state.pc, where.place, where.caller, where.thread))
            return
        behind = name
