"""Who took what threads of a guest's own kernel wait for: the last store to the word that names the owner. No state.

The kernels on the shim know that without a second run.
"""

from __future__ import annotations

from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay, TooFar, Unseen
from emulator.machine.story import ThreadState
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

MOST_TOLD = 4
WORD = 4


def tell_holders(replay: Replay, steps: list[WhyStep], end: Position) -> None:
    """Say where each object was taken that a thread waits for at ``end``, where the replay is, and another one has."""
    if replay.story is None or replay.machine.personality is not None:
        return
    words = dict.fromkeys(one.owner_word for one in replay.story.threads() if one.owner_word is not None)
    for word in list(words)[:MOST_TOLD]:
        waiting = next(one for one in replay.story.threads() if one.owner_word == word)
        step = _taken(replay, waiting, word, end)
        if step is not None:
            steps.append(step)
        replay.traveller.goto(end)


def _taken(replay: Replay, waiting: ThreadState, word: int, end: Position) -> WhyStep | None:
    """Return who stored to ``word`` last before ``end``, where the replay is; None where nobody did that is known."""
    owner = int.from_bytes(replay.peek(word, WORD) or b"", "little")
    is_gone = replay.story is not None and all(one.id != owner for one in replay.story.threads())
    try:
        store = replay.last_store(word, WORD, end)
    except (TooFar, Unseen, ValueError):
        return None
    if store is None or waiting.wait is None or replay.story is None:
        return None
    replay.traveller.goto(store.state.position)
    where, now = where_is(replay), replay.machine.clock.now
    threads = replay.story.threads()
    name = next((one.name for one in threads if one.id == owner), waiting.wait["owner"])
    is_taken = any(one.executing and one.id == owner for one in threads)
    how = "took it" if is_taken else f"gave it to {name}, in {where.thread}"
    who = f"{name}, which has ended," if is_gone else name
    text = f"{who} has {waiting.wait['name']}, which {waiting.name} waits for, since {now:,}: {where.call} {how}"
    return WhyStep("memory", text, now, store.state.pc, where.place, where.caller, where.thread)
