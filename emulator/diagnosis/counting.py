"""A value that a loop counts, or a pointer that walks: when the loop was entered, however long ago, and with what.

The loop is read from the code: it is all that leads to the counting instruction again without another one that sets
the register. Where it was entered is the last time that an instruction outside, which leads there, was executed with
the loop's stack pointer.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.diagnosis.definitions import Definition
from emulator.diagnosis.function_paths import Code, Loop
from emulator.diagnosis.replay import SP, Replay
from emulator.disasm import Instruction
from emulator.operands import SUM, effect_of, split_mnemonic
from emulator.timetravel.checkpoint import Position
from emulator.timetravel.traveller import Unfinished

FRAME = 1024
"""Bytes that a function's frame has, at the most, where its first instructions lead to a loop."""
SCRATCH = (0, 1, 2, 3, 12)
"""What a called function may change. [AAPCS 6.1.1]"""


class Counting(NamedTuple):
    """``found`` counts in ``loop``, which was entered at ``entered`` with the register holding ``first``.

    ``value`` is what it gave last, and ``times`` how often it has counted; None where others in the loop count, too.
    """

    found: Definition
    loop: Loop
    entered: Position
    first: int
    value: int
    times: int | None


def counting_of(replay: Replay, register: int, found: Definition) -> Counting | None:
    """Return how ``found``, which adds a constant to ``register``, counts in a loop; None where it is in none."""
    code = Code.at(replay, found.instruction.address)
    if code is None or found.source.kind != SUM or found.source.registers != (register,):
        return None
    counts = [found.instruction.address]

    def cuts(instruction: Instruction) -> bool:
        if register in SCRATCH and split_mnemonic(instruction.mnemonic)[0] in ("bl", "blx", "svc"):
            return True
        source = effect_of(instruction).results.get(register)
        if source is not None and (source.kind, source.registers) == (SUM, (register,)):
            counts.append(instruction.address)
            return False
        return source is not None

    loop = code.loop_around(found.instruction.address, cuts)
    if loop is None or not loop.entries:
        return None
    entered = _entered(replay, loop, found)
    if entered is None:
        return None
    replay.traveller.goto(entered)
    first, before = replay.here().registers[register], found.state.registers[register]
    replay.traveller.goto(found.state.position)
    replay.traveller.step()
    value = replay.here().registers[register]
    step = _signed(value - before)
    is_only = len(set(counts) & (loop.inside | {found.instruction.address})) == 1
    is_even = step != 0 and _signed(value - first) % step == 0
    return Counting(found, loop, entered, first, value, _signed(value - first) // step if is_only and is_even else None)


def _signed(number: int) -> int:
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)


def _entered(replay: Replay, loop: Loop, found: Definition) -> Position | None:
    """Return when ``loop`` was entered last before ``found``: behind the instruction that led there."""
    sp, ipsr = found.state.registers[SP], found.state.ipsr

    def is_entry() -> bool:  # the instruction may be the one that makes room in the frame
        registers = replay.machine.registers
        return sp <= registers.sp < sp + FRAME and registers.ipsr == ipsr

    try:
        state = replay.last_execution(loop.entries, found.state.position, is_entry)
    except Unfinished:
        return None
    if state is None:
        return None
    replay.traveller.goto(state.position)
    replay.traveller.step()
    here = replay.here()
    return replay.position if here.pc & ~1 in loop.inside and here.registers[SP] == sp else None
