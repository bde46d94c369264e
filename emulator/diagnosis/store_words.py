"""A store that was found, or not, as a sentence: who made it, what it stored where, and when. Nothing is followed."""

from __future__ import annotations

from emulator.diagnosis.bits_asked import ALL
from emulator.diagnosis.memory_history import waiting_at
from emulator.diagnosis.outside_stores import exception_taken, outsider
from emulator.diagnosis.places import Where, memory_words, name_at, value_words
from emulator.diagnosis.replay import Replay, Store, TooFar, Unseen
from emulator.image.image import Image
from emulator.trace.address_words import register_name
from emulator.trace.variable_words import local_at


def store_words(
    replay: Replay, store: Store, where: Where, at: str, instruction: str, *, is_sp: bool, bits: int = ALL
) -> str:  # fmt: skip
    """Return who made ``store``, which is ``where`` and ``at`` that time; the replay is in front of it.

    ``is_sp``: what is stored is the stack pointer. ``bits``: the last store that changed these of the word.
    """
    if store.value is None:
        return _outside(replay, store, where, at)
    target = name_at(replay, store.address, store.state.pc) or f"0x{store.address:08x}"
    value = value_words(replay, store.value & (1 << 8 * store.size) - 1, store.size)
    last = "last" if bits == ALL else f"as the last one who changed the bits 0x{bits:x} of it"
    text = f"{where.call} stored {value} to {target} {last}, at {at}: {instruction}"
    if is_sp:
        machine = replay.machine
        local = local_at(machine.registers, machine.image, machine.peek, store.value)
        text += ", the address of " + ("a local of its own" if local is None else local.words)
    return text


def not_found_words(image: Image, error: Exception, address: int) -> str:
    """Return why the last store to ``address`` is not known."""
    where = memory_words(image, address)
    if isinstance(error, TooFar):
        return f"nothing has stored to {where} within the {error.limit:,} instructions before"
    if isinstance(error, Unseen):
        return f"{where} was changed since the last store to it that was seen"
    return f"{where} is a register" if register_name(address) else f"{where} is no memory"


def _outside(replay: Replay, store: Store, where: Where, at: str) -> str:
    """Return the same of a store that no instruction has made."""
    waiting = waiting_at(replay, store.address)
    if waiting is not None:
        now = replay.machine.clock.now
        return f"the kernel stored there last, at {now:,}, for the call of {waiting[0]} in {waiting[2]}"
    taken = exception_taken(replay, store)
    replay.traveller.goto(store.state.position)
    if taken:
        return f"the frame of {taken}, which interrupted {where.words}, was stacked there last, at {at}"
    return f"{outsider(replay, store.state)} stored there last, at {at}, for {where.words}"
