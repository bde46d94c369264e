"""An allocator that returned NULL: how many bytes it was asked for. No state."""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.bits import WORD_MASK
from emulator.diagnosis.replay import SP, Replay, State

WINDOWS = (300, 3_000, 30_000)
"""Instructions in front of the NULL that are looked through for the allocator's entry."""
WONDER = 1 << 16
"""A size from which on the question is where it came from, and not who has used the memory up."""
NEGATIVE = 1 << 31
_SIZES = {"malloc": 0, "calloc": 1, "realloc": 1, "memalign": 1, "aligned_alloc": 1}
"""The argument that is the size, of calloc() of one element."""


class Asked(NamedTuple):
    """The allocator was asked for ``size`` bytes at ``state``, which ``register`` says."""

    state: State
    register: int
    size: int


def asked_for(replay: Replay, allocator: str, end: State) -> Asked | None:
    """Return what ``allocator``, which execution is in at ``end``, was asked for; None where that is not seen."""
    symbol = replay.machine.image.symbols.by_name.get(allocator)
    name = allocator.removeprefix("__wrap_")
    if symbol is None or name not in _SIZES:
        return None
    for window in WINDOWS:
        states = replay.blocks_before(end.position, window)
        for state in reversed(states):
            is_entry = state.pc & ~1 == symbol.address & ~1 and state.ipsr == end.ipsr and not state.is_frame
            if is_entry and state.registers[SP] >= end.registers[SP]:
                return _asked(state, name)
        if states[0].position.executed == 0:
            break
    return None


def _asked(state: State, name: str) -> Asked:
    register = _SIZES[name]
    size = state.registers[register]
    if name == "calloc":
        count = state.registers[0]
        register = 0 if count > size else 1
        size *= count
    return Asked(state, register, size)


def size_words(size: int) -> str:
    """Return ``4,294,967,257 bytes (0xffffffd9, which is -39)``: a size that is a negative number is told as one."""
    is_negative = NEGATIVE <= size <= WORD_MASK
    return f"{size:,} bytes" + (f" (0x{size:08x}, which is {size - (1 << 32):,})" if is_negative else "")
