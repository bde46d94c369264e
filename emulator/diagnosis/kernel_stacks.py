"""Stacks of a guest kernel's threads: whether one had been left before the end, though nothing said so then. No state.

What a stack overflows into may be the kernel's own data, and then nothing that the end shows leads back to it.
"""

from __future__ import annotations

from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import SP, Replay, Store, TooFar, Unseen
from emulator.machine.story import ThreadState
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

MOMENTS = (0, *(1 << bits for bits in range(8, 24)))
"""How many instructions before the end threads are asked for: at the end their lists may be spoilt."""
EDGE = 64
"""Bytes on either side of a stack's lowest address that a function which leaves the stack stores to."""
MOST_ASKED = 16


def tell_left_stack(replay: Replay, steps: list[WhyStep], end: Position, *, is_sound: bool = False) -> str:
    """Say whose stack a thread of the guest's own kernel had left before ``end``, and where; return that in short.

    '' where none had, or where it has been told. ``is_sound``: the kernel's lists are as they should be at ``end``.
    """
    if replay.story is None or replay.machine.personality is not None:
        return ""
    threads: list[ThreadState] = []
    for before in MOMENTS[:1] if is_sound else MOMENTS:
        if before >= end.executed:
            break
        replay.traveller.goto(Position(end.executed - before, 0))
        known = [one for one in replay.story.threads() if one.stack_size]
        threads = known if len(known) > len(threads) else threads
    replay.traveller.goto(end)
    touched = [one for one in threads if _is_touched(replay, one)]
    for thread in touched[:MOST_ASKED]:
        for start in (thread.stack_base - EDGE, thread.stack_base):
            store = _last_store(replay, start, end)
            if store is not None and _has_left(replay, store, thread):
                return _tell(replay, steps, store, thread)
    return ""


def _is_touched(replay: Replay, thread: ThreadState) -> bool:
    """Whether the lowest bytes of a stack may have been used: they are not all the one that a kernel fills it with."""
    lowest = replay.peek(thread.stack_base, EDGE)
    return lowest is not None and (lowest != lowest[:1] * EDGE or not lowest[0])


def _last_store(replay: Replay, start: int, end: Position) -> Store | None:
    try:
        return replay.last_store(start, EDGE, end)
    except (TooFar, Unseen, ValueError):
        return None


def _has_left(replay: Replay, store: Store, thread: ThreadState) -> bool:
    """Whether ``thread`` executes in front of ``store``, with the stack pointer below its stack."""
    replay.traveller.goto(store.state.position)
    here = replay.here()
    executing = next((one.id for one in replay.story.threads() if one.executing), 0) if replay.story else 0
    below = thread.stack_base - here.registers[SP]
    return not here.ipsr and executing == thread.id and 0 < below < thread.stack_size


def _tell(replay: Replay, steps: list[WhyStep], store: Store, thread: ThreadState) -> str:
    words = f"the stack of {thread.name} had overflowed"
    if any(step.text.startswith(words) for step in steps):
        return ""
    below = thread.stack_base - replay.here().registers[SP]
    where, now = where_is(replay), replay.machine.clock.now
    stack = f"{thread.stack_size:,} bytes from 0x{thread.stack_base:08x} on"
    text = f"{words} ({stack}): SP was {below:,} bytes below it in {where.call.rstrip(',')}, at {now:,}"
    steps.insert(0, WhyStep("memory", text, now, store.state.pc, where.place, where.caller, where.thread))
    return words
