"""A function that returned into itself: its call had put an address of its own into LR, and it had not saved LR.

Compilers save LR; functions in assembly forget it. A handler loses its EXC_RETURN so, and never leaves.
"""

from __future__ import annotations

from itertools import pairwise

from emulator.diagnosis.places import code_words, where_is
from emulator.diagnosis.replay import Replay
from emulator.image.cxx_names import readable
from emulator.timetravel.checkpoint import Position
from emulator.trace.functions import call_before
from emulator.trace.why import WhyStep

LOOKED_AT = 3_000
"""Instructions in front of the end that are looked through."""


def tell_self_return(replay: Replay, steps: list[WhyStep], end: Position) -> bool:
    """Say it of the first such return in the last instructions before ``end``; whether there was one."""
    find = replay.machine.image.symbols.find_code
    states = replay.blocks_before(end, LOOKED_AT)
    for before, after in pairwise(states):
        if before.is_frame or after.is_frame or before.ipsr != after.ipsr:
            continue
        count, start = after.position.executed - before.position.executed, before.pc & ~1
        if not count or start < after.pc & ~1 <= start + 4 * count:
            continue
        function = find(start)
        if function is None or not function.is_function or find(after.pc & ~1) is not function:
            continue
        listed = replay.instructions(before, count)
        if len(listed) < count or (listed[-1].mnemonic, listed[-1].operands) != ("bx", "lr"):
            continue
        is_call, target = call_before(after.pc & ~1, replay.machine.peek)
        if not is_call or (target is not None and target & ~1 == function.address & ~1):
            continue  # a recursion
        replay.traveller.goto(Position(after.position.executed - 1, 0))
        where, now = where_is(replay), replay.machine.clock.now
        called = find(target & ~1) if target is not None else None
        of = f" of {readable(called.name)}" if called is not None else ""
        behind = code_words(replay.machine.image, after.pc & ~1)
        text = f"{where.words} returned into itself, to 0x{after.pc & ~1:08x}, {behind}, at {now:,}: bx lr; LR was "
        text += f"that of its own call{of}, and nothing has brought back the one that it was entered with"
        steps.append(WhyStep("register", text, now, before.pc, where.place, where.caller, where.thread, "bx lr", "lr"))
        return True
    return False
