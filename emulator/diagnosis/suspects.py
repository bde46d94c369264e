"""Which register of a sum spoilt it: the pointer, or the index. Told by what is at the addresses. No state."""

from __future__ import annotations

from emulator.diagnosis.definitions import Definition
from emulator.diagnosis.places import is_ram
from emulator.diagnosis.replay import SP, Replay
from emulator.operands import PC, SUM

SMALL = 4096
"""What is added to a pointer is mostly less."""

LEAST_BASE = 1 << 16
"""A constant that large is where something begins, and no offset in it."""

LEAST = 256
"""What is at smaller addresses is the vector table."""


def is_memory(replay: Replay, address: int) -> bool:
    """Whether there is memory at ``address``."""
    return replay.machine.memory_page(address & -1024) is not None


def suspect_of(replay: Replay, summands: tuple[int, ...], registers: list[int]) -> int:
    """Return the register that spoilt a sum: the pointer, or, where that points to memory, a large index."""
    if len(summands) == 1:
        return summands[0]
    small, large = sorted(summands, key=lambda register: registers[register])
    if registers[small] < SMALL:
        return large
    is_there = is_memory(replay, registers[small]), is_memory(replay, registers[large])
    if is_there[0] != is_there[1]:
        return large if is_there[0] else small
    return summands[0]


def number_of(replay: Replay, summands: tuple[int, ...], registers: list[int]) -> int:
    """Return the register of a sum that is no pointer, where the other is one to RAM: the end of a block is so made."""
    others = [one for one in summands if not is_ram(replay, registers[one])]
    return others[0] if len(others) == 1 else suspect_of(replay, summands, registers)


def gives_base(found: Definition, value: int) -> bool:
    """Whether ``found``, which gave ``value``, made a pointer of a small number by a constant that is added to it."""
    source = found.source
    if source.kind != SUM or len(source.registers) != 1 or source.registers[0] in (SP, PC):
        return False
    before = found.state.registers[source.registers[0]]
    is_offset = (value - before) % (1 << 32) > (1 << 32) - LEAST_BASE  # what a small number less something gives
    return before < LEAST_BASE <= value - before and not is_offset


def is_index(replay: Replay, register: int, summands: tuple[int, ...], registers: list[int]) -> bool:
    """Whether of a sum another register is the pointer: that one points to memory, and ``register`` does not.

    Small numbers are no pointers, whatever memory is at the lowest addresses.
    """
    others = (registers[other] for other in summands if other != register)
    is_wild = not is_memory(replay, registers[register])
    return is_wild and any(other >= LEAST and is_memory(replay, other) for other in others)
