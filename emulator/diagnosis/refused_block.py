"""A pointer that the heap was given back and refused: freed already, or never a block of the heap."""

from __future__ import annotations

from emulator.diagnosis.heap import FREE, calls_about, heap_calls
from emulator.diagnosis.memory_history import SHOWN_CALLS, block_words
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep


def explain_refused_block(replay: Replay, origins: Origins, block: int, end: Position) -> str:
    """Say what became of ``block``, which the last call of free() before ``end`` was given.

    Return what completes the first sentence, '' for nothing.
    """
    calls = heap_calls(replay, end)
    if not calls or calls[-1].name != FREE or calls[-1].freed != block:
        return ""
    last, about = calls[-1], calls_about(calls[:-1], block)
    if not about:
        origins.follow_register(0, last.position)
        return ""
    got = about[-1]
    if got.pointer:
        if got.pointer == block:
            return ""  # a block that is in use, and that the allocator has found damaged
        text = f"{block_words(replay, block, [got])}, {block - got.pointer:,} bytes behind its beginning"
        origins.steps.append(WhyStep("memory", text, address=block))
        replay.traveller.goto(got.position)
        where = where_is(replay)
        return f"it is {block - got.pointer:,} bytes into what {where.caller or where.place} got from {got.name}"
    text = block_words(replay, block, [*about, last][-SHOWN_CALLS:])
    origins.steps.append(WhyStep("memory", text, address=block))
    replay.traveller.goto(about[-1].position)
    where = where_is(replay)
    return f"{where.caller or where.place} had freed it already, at {replay.machine.clock.now:,}"
