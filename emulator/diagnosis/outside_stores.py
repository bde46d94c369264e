"""Stores that no instruction made: a kernel's, the core's of an exception frame, the host's. No state."""

from __future__ import annotations

from emulator.armv7m.faults import exception_name
from emulator.diagnosis.given import tell_given
from emulator.diagnosis.replay import Replay, State, Store
from emulator.trace.why import WhyStep

SEMIHOSTING = 0xBEAB


def word_behind(replay: Replay, store: Store, address: int) -> int:
    """Return the word at ``address`` as ``store`` leaves it."""
    replay.traveller.goto(store.state.position)
    replay.traveller.step()
    word = replay.peek(address, 4)
    return 0 if word is None else int.from_bytes(word, "little")


def argument_of(replay: Replay, steps: list[WhyStep], store: Store, address: int) -> tuple[int | None, State]:
    """Return the register that the value was handed to the kernel in, and where; None: in none, or in several."""
    state = store.state
    if store.value is not None or replay.story is None:
        return None, state
    value = word_behind(replay, store, address)
    if value not in state.registers[:4]:
        state = tell_given(replay, steps, value, state.position) or state
    return state.registers.index(value) if state.registers[:4].count(value) == 1 else None, state


def exception_taken(replay: Replay, store: Store) -> str:
    """Return the exception whose frame was stacked there, '' where it was no frame."""
    replay.traveller.goto(store.state.position)
    replay.traveller.step()
    here = replay.here()
    is_entry = here.ipsr != store.state.ipsr and here.position.executed == store.state.position.executed
    return exception_name(here.ipsr) if is_entry and here.ipsr else ""


def outsider(replay: Replay, state: State) -> str:
    """Return who stores where no instruction does."""
    code = replay.peek(state.pc, 2)
    if code is not None and int.from_bytes(code, "little") == SEMIHOSTING:
        return "the host (semihosting)"
    return "the kernel" if replay.story is not None else "an exception"
