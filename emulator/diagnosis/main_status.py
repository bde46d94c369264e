"""What main() returned, where start-up code ended the program with that or looped behind it: the status is main's.

The start-up code decides nothing then, whatever branches there are in it.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.diagnosis.definitions import Unknown, find_definition
from emulator.diagnosis.function_paths import Code
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import SP, Replay, State, TooFar
from emulator.operands import CONSTANT, MOVE, split_mnemonic
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

WINDOWS = (300, 3_000, 30_000)
"""Instructions in front of the end that are looked through for the return."""
_RETURNS = ("bx", "pop", "ldm", "ldr")


class Returned(NamedTuple):
    """main()'s ``code``, the state ``at`` its return, and where it ``made`` the status, which is there if elsewhere.

    ``words`` complete the first sentence of a report.
    """

    words: str
    code: Code
    at: State
    made: State


def tell_main(replay: Replay, steps: list[WhyStep], end: Position) -> Returned | None:
    """Say what main() returned before ``end``, and whose value that was; None where it has not returned."""
    symbol = replay.machine.image.symbols.by_name.get("main")
    code = None if symbol is None else Code.at(replay, symbol.address & ~1)
    returned = None if code is None else _return(replay, code, end)
    if code is None or returned is None:
        return None
    at, after = returned
    status = after.registers[0]
    replay.traveller.goto(at.position)
    where, now = where_is(replay), replay.machine.clock.now
    words = f"{where.words} had returned {status - (1 << 32) if status >> 31 else status:,}"
    text = f"{where.words} returned {words.rpartition(' ')[2]}, at {now:,}"
    steps.append(WhyStep("decision", text, now, at.pc, where.place, where.caller, where.thread, value=status))
    try:
        made = find_definition(replay, 0, at.position)
    except (Unknown, TooFar):
        return Returned(words, code, at, at)
    if made.source.kind == CONSTANT and made.state.pc in code:
        return Returned(words, code, at, made.state)
    while made.source.kind == MOVE and made.source.registers[0] != SP and made.state.pc in code:
        try:
            made = find_definition(replay, made.source.registers[0], made.state.position)
        except (Unknown, TooFar):
            break
    if made.source.kind == CONSTANT and made.state.pc in code:
        return Returned(words, code, at, made.state)
    replay.traveller.goto(end)
    origins = Origins(replay, "the status", is_number=True)
    origins.follow_register(0, at.position)
    steps += origins.steps
    return Returned(words, code, at, at)


def _return(replay: Replay, code: Code, end: Position) -> tuple[State, State] | None:
    """Return the states at and behind the last return from ``code`` before ``end``."""
    for window in WINDOWS:
        states = replay.blocks_before(end, window)
        for place in range(len(states) - 1, 0, -1):
            before, after = states[place - 1], states[place]
            if before.pc not in code or after.pc in code or before.is_frame or before.ipsr != after.ipsr:
                continue
            at = replay.steps_from(before, after.position)[-2]
            listed = replay.instructions(at, 1)
            is_return = bool(listed) and split_mnemonic(listed[0].mnemonic)[0] in _RETURNS
            return (at, after) if is_return and after.registers[SP] >= at.registers[SP] else None
        if states[0].position.executed == 0:
            return None
    return None
