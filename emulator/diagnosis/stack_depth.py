"""A stack that was left: which instruction moved the stack pointer out of it, and by how much."""

from __future__ import annotations

from itertools import pairwise

from emulator.bits import WORD_MASK
from emulator.diagnosis.definitions import Unknown, find_definition
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import frame_words, where_is
from emulator.diagnosis.recursion import tell_recursion
from emulator.diagnosis.replay import SP, Replay, State, TooFar
from emulator.disasm import Instruction
from emulator.operands import MOVE, SUM, registers_in
from emulator.timetravel.checkpoint import Position
from emulator.trace.backtrace import backtrace, frame_spans
from emulator.trace.why import WhyStep

WINDOWS = (1_000, 30_000, 300_000)
SETS = ("mov", "ldr", "msr")
"""Instructions that give the stack pointer another value, and take nothing off it."""
MOST_SUMMANDS = 8
PUSHED = 128
"""Bytes that one instruction pushes at the most: 13 registers, or 32 of the FPU."""
LARGE = 1_024
"""Bytes of one frame that are worth a word: of a recursion the calls say more."""


def tell_large_frame(replay: Replay, steps: list[WhyStep], refused: int | None) -> None:
    """Say what took more of the stack than was left: one instruction, or calls that go round.

    Execution is below its stack for that, or a push to ``refused`` was to lead there.
    """
    here = replay.here()
    stack = _stack(replay, here)
    if stack is None or here.registers[SP] == 0:
        return
    if here.registers[SP] in stack:
        if refused is not None and refused < stack.start <= here.registers[SP] <= refused + PUSHED:
            tell_recursion(replay, steps)
        return
    for window in WINDOWS:
        states = replay.blocks_before(here.position, window)
        for before, after in zip(reversed(states[:-1]), reversed(states), strict=False):
            if _leaves(before, after, here, stack):
                if _tell(replay, steps, before, after, stack, here.position):
                    return
                replay.traveller.goto(here.position)
                if not tell_recursion(replay, steps) and replay.story is None:
                    _tell_grown(replay, steps, here)
                return
        if states[0].position.executed == 0:
            return


def _leaves(before: State, after: State, here: State, stack: range) -> bool:
    """Whether the stack pointer of who is at ``here`` left its ``stack`` between two states."""
    if before.ipsr != here.ipsr or before.registers[SP] not in stack:
        return False
    return after.registers[SP] not in stack and after.ipsr == before.ipsr


def _tell_grown(replay: Replay, steps: list[WhyStep], here: State) -> None:
    """Say which function's frame is most of the stack, where one is: alloca() in a loop, or an array of any length."""
    replay.traveller.goto(here.position)
    machine = replay.machine
    trace = backtrace(machine.registers, machine.image, machine.peek)
    spans = frame_spans(machine.registers, machine.image, machine.peek)
    largest = max(spans, key=lambda span: span.cfa - span.sp, default=None)
    if largest is None or largest.cfa - largest.sp < max(LARGE, (spans[-1].cfa - here.registers[SP]) // 2):
        return
    symbol = machine.image.symbols.find_code(largest.pc)
    frame = next(
        (one for one in trace.frames if symbol is not None and one.symbol == symbol.name and not one.inlined), None
    )
    if frame is not None:
        words = f"the frame of {frame_words(frame)} has {largest.cfa - largest.sp:,} bytes of the stack"
        steps.append(WhyStep("memory", words, machine.clock.now, frame.pc))


def _stack(replay: Replay, here: State) -> range | None:
    """Return where the stack pointer may be in the stack that is in use, its end among it; None: that is not known."""
    if here.ipsr and replay.story is not None:
        return None
    if replay.story is not None:
        thread = next((one for one in replay.story.threads() if one.executing), None)
        if thread is None or not thread.stack_size:
            return None
        return range(thread.stack_base, thread.stack_base + thread.stack_size + 1)
    top = int.from_bytes(replay.peek(replay.machine.system.vtor, 4) or b"", "little")
    start = next((start for start, size in replay.machine.ram if start < top <= start + size), None)
    return None if start is None else range(start, WORD_MASK)  # above it other stacks may be


def _is_moved(replay: Replay, state: State) -> bool:
    """Whether the instruction at ``state`` gives the stack pointer a value that is not made of the one it had."""
    listed = replay.instructions(state, 1)
    if not listed or not listed[0].mnemonic.startswith(SETS):
        return False
    asked = [(one, state.position) for one in registers_in(listed[0].operands)[1:]]
    try:
        while asked and len(asked) < MOST_SUMMANDS:
            register, position = asked.pop()
            found = find_definition(replay, register, position)
            if found.source.kind not in (MOVE, SUM):
                continue
            if SP in found.source.registers:
                return found.state.registers[SP] != state.registers[SP]
            asked += [(one, found.state.position) for one in found.source.registers]
    except (Unknown, TooFar):
        pass
    return True


def _tell_moved(
    replay: Replay, steps: list[WhyStep], before: State, state: State, instruction: Instruction, end: Position
) -> None:  # fmt: skip
    """Say who gave the stack pointer a value that is not made of the one before, and where that came from.

    ``before`` is where the block begins: longjmp() has other registers behind its first instruction.
    """
    replay.traveller.goto(before.position)
    where, now = where_is(replay), replay.machine.clock.now
    text = f"{where.call} moved the stack pointer away from that thread's stack, at {now:,}: {instruction.text}"
    steps.append(WhyStep("memory", text, now, state.pc, where.place, where.caller, where.thread))
    sources = registers_in(instruction.operands)[1:]
    if len(sources) == 1:
        replay.traveller.goto(end)
        origins = Origins(replay, "the new stack pointer")
        origins.follow_register(sources[0], state.position)
        steps += origins.steps


def _tell(replay: Replay, steps: list[WhyStep], before: State, after: State, stack: range, end: Position) -> bool:
    """Say which instruction took SP out of ``stack``; whether it took much, or another stack."""
    states = replay.steps_from(before, after.position)
    for one, other in pairwise(states):
        taken = one.registers[SP] - other.registers[SP]
        if one.registers[SP] not in stack or other.registers[SP] in stack:
            continue
        replay.traveller.goto(one.position)
        listed = replay.instructions(one, 1)
        if _is_moved(replay, one):
            _tell_moved(replay, steps, before, one, listed[0], end)
            return True
        if taken >= LARGE:
            replay.traveller.goto(one.position)
            left = one.registers[SP] - stack.start
            where, now = where_is(replay), replay.machine.clock.now
            instruction = f": {listed[0].text}" if listed else ""
            text = f"{where.words} took {taken:,} bytes of stack, of which {left:,} were left, at {now:,}{instruction}"
            steps.append(WhyStep("memory", text, now, one.pc, where.place, where.caller, where.thread))
            return True
    return False
