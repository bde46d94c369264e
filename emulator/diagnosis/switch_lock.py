"""Who keeps a kernel inside the image from switching threads, of a run that came to no end: a count that is not zero.

The kernels' modules have the names of the counts; an image without symbols says nothing.
"""

from __future__ import annotations

from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import memory_words
from emulator.diagnosis.replay import Replay, TooFar, Unseen
from emulator.kernels import freertos, threadx
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

COUNTS = dict((freertos.SWITCH_LOCK, threadx.SWITCH_LOCK))
WORD = 4


def tell_switch_lock(replay: Replay, origins: Origins, end: Position) -> None:
    """Say which count is not zero at ``end``, where the replay is, and who stored to it last."""
    if replay.machine.personality is not None:
        return
    symbols = replay.machine.image.symbols.by_name
    for name, words in COUNTS.items():
        held = replay.peek(symbols[name].address, WORD) if name in symbols else None
        if held is None or not any(held):
            continue
        address, count = symbols[name].address, int.from_bytes(held, "little")
        text = f"{words}: {memory_words(replay.machine.image, address)} holds {count:,}"
        origins.steps.append(WhyStep("memory", text, replay.machine.clock.now, address=address, size=WORD, value=count))
        try:
            store = replay.last_store(address, WORD, end)
        except (TooFar, Unseen, ValueError):
            store = None
        if store is not None:
            origins.tell_store(store)
        replay.traveller.goto(end)
