"""Instructions that are not those of the image any more: whose store that was, and through which pointer.

Many boards have RAM where a part has flash, and code in RAM is never safe. A wild store then shows where the code is
executed, long after it, as a branch or an access that nobody has written.
"""

from __future__ import annotations

from emulator.diagnosis.definitions import effect_at
from emulator.diagnosis.departure import is_code
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import code_words
from emulator.diagnosis.replay import Replay, TooFar, Unseen
from emulator.operands import PC, SP
from emulator.trace.why import WhyStep

LONGEST = 4
"""Bytes of an instruction."""


def explain_changed_code(replay: Replay, origins: Origins, pc: int) -> bool:
    """Say who stored to the instruction at ``pc``, where the replay is; whether that is not what was loaded."""
    image, position = replay.machine.image, replay.position
    loaded = image.bytes_at(pc, LONGEST) if is_code(replay, pc) else None
    held = replay.peek(pc, LONGEST)
    if loaded is None or held is None or loaded == held:
        return False
    size = LONGEST if held[:2] == loaded[:2] or _is_wide(held) or _is_wide(loaded) else 2
    if loaded[:size] == held[:size]:
        return False
    try:
        store = replay.last_store(pc, size, position)
    except (TooFar, Unseen, ValueError):
        store = None
    if store is None:
        return False
    replay.traveller.goto(position)
    words = f"the instruction at 0x{pc:08x} is not the one that was loaded: it is {held[:size].hex()}, not "
    words += f"{loaded[:size].hex()}: {code_words(image, pc)}"
    origins.steps.append(WhyStep("memory", words, replay.machine.clock.now, pc, address=pc, size=size))
    origins.tell_store(store)
    origins.departed = f"the instruction at 0x{pc:08x} had been overwritten"
    replay.traveller.goto(store.state.position)
    found = effect_at(replay, store.state) if store.is_instruction else None
    stored = found[1].stored[0] if found is not None and found[1].stored else None
    if stored is not None and stored.memory.base not in (SP, PC):
        origins.noun = "the pointer that it was stored through"
        origins.follow_register(stored.memory.base, store.state.position)
    return True


def _is_wide(code: bytes) -> bool:
    """Whether ``code`` begins with an instruction of 32 bits. [A5.1]"""
    return code[1] >> 3 in (0b11101, 0b11110, 0b11111)
