"""A stack that overflowed by calls that go round: which functions do, how often, and what each round takes.

It is read off the frames that are on the stack. State: none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from emulator.diagnosis.places import code_words
from emulator.diagnosis.replay import Replay
from emulator.trace.backtrace import FrameSpan, frame_spans
from emulator.trace.why import WhyStep

LEAST_ROUNDS = 4
"""Calls from one place that make a recursion of it: a function may well call itself once or twice."""
MOST_NAMED = 5
"""Calls of one round that are named."""


def tell_recursion(replay: Replay, steps: list[WhyStep]) -> bool:
    """Say which calls fill the stack that execution is on; whether they go round. The replay is there."""
    machine = replay.machine
    spans = [
        one
        for one in frame_spans(machine.registers, machine.image, machine.peek)
        if not one.is_executing and machine.image.symbols.find_code(one.pc) is not None
    ]
    found = _round(spans)
    if found is None:
        return False
    first, after, last, times = found
    # A round from its outermost call on, as it was executed.
    calls = list(dict.fromkeys(_call_words(replay, span.pc) for span in reversed(spans[first:after])))
    size = (spans[last].cfa - spans[first].cfa) // (times - 1)
    if len(calls) == 1:
        text = f"{calls[0]} calls itself: {times:,} of the calls on the stack are from there"
    else:
        more = f" and {len(calls) - MOST_NAMED} more" if len(calls) > MOST_NAMED else ""
        round_ = ", ".join(calls[-MOST_NAMED:])
        text = f"the calls go round: {round_}{more}; the last of them is {times:,} times on the stack"
    text += f", about {size:,} bytes each time"
    steps.append(WhyStep("memory", text, machine.clock.now, spans[first].pc))
    return True


def _call_words(replay: Replay, pc: int) -> str:
    """Return where the call at ``pc`` is, and in which function that is where it was inlined."""
    image = replay.machine.image
    chain = image.source_frames(pc)
    words = code_words(image, pc)
    return f"{words} inlined in {chain[-1].function}" if len(chain) > 1 else words


def _round(spans: Sequence[FrameSpan]) -> tuple[int, int, int, int] | None:
    """Return the first, second and last index in ``spans`` of the call that is there most often, and how often."""
    often = Counter(span.pc for span in spans)
    pc, times = often.most_common(1)[0] if often else (0, 0)
    if times < LEAST_ROUNDS:
        return None
    places = [index for index, span in enumerate(spans) if span.pc == pc]
    return places[0], places[1], places[-1], times
