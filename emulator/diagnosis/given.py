"""A value that the kernel has given back to the program: the call of the kernel by which it got it.

Looked for in R0 to R3 of the traps before, block by block from a log, as far back as LONGEST.
"""

from __future__ import annotations

from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay, State
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

LONGEST, PIECE = 2_000_000, 100_000
ARGUMENTS = 4
LEAST = 0x1000
"""Smaller values are numbers more often than what the kernel keeps for somebody."""


def tell_given(replay: Replay, steps: list[WhyStep], value: int, position: Position) -> State | None:
    """Say which call of the kernel before ``position`` had ``value`` among its arguments last; return where that was.

    None, and nothing is said, where none had it within LONGEST instructions.
    """
    if replay.story is None or value < LEAST:
        return None
    end = position
    while end.executed > 0 and position.executed - end.executed < LONGEST:
        start = Position(max(0, end.executed - PIECE), 0)
        replay.traveller.goto(start)
        found = None
        for state in replay.states_to(end):
            is_near = value in state.registers[:ARGUMENTS] and not state.is_frame and state.position < end
            if is_near and value in state.registers[: _arguments(replay, state)]:
                found = state
        if found is not None:
            _tell(replay, steps, found, value)
            return found
        end = start
    return None


def call_number(replay: Replay, state: State) -> int | None:
    """Return the number of the call of the kernel whose stub begins there, None where none does."""
    listed = replay.instructions(state, 2)
    if len(listed) < 2 or listed[0].mnemonic != "movw" or listed[1].mnemonic != "svc":
        return None
    register, _, number = listed[0].operands.partition(", #")
    return int(number, 0) if register in ("ip", "r12") else None


def _arguments(replay: Replay, state: State) -> int:
    """Return how many arguments in registers the call of the kernel gets whose stub begins there, 0 where none does."""
    number = call_number(replay, state)
    return 0 if replay.story is None or number is None else replay.story.argument_count(number)


def _tell(replay: Replay, steps: list[WhyStep], state: State, value: int) -> None:
    replay.traveller.goto(state.position)
    where, now = where_is(replay), replay.machine.clock.now
    text = f"{where.words} had given 0x{value:08x} to the kernel last, at {now:,} in {where.thread}"
    steps.append(WhyStep("memory", text, now, state.pc, where.place, where.caller, where.thread, value=value))
