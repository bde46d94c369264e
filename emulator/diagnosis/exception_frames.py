"""Exception frames that are not what was pushed: spoilt in memory, or popped as another kind. [B1.5.7, B1.5.8]"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.diagnosis.definitions import FRAME_WORDS
from emulator.diagnosis.handler_stack import tell_unbalanced
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import EXC_RETURN, LR, PC, SP, Replay, State
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

XPSR_OFFSET = 28
BASIC, PROCESS, THREAD = 0x10, 4, 8
"""Bits of EXC_RETURN: a frame without FP registers, on the process stack, of Thread mode."""
KINDS = (1, 9, 13)
FP_BYTES = 72
WINDOWS = (30_000, 300_000)


class _Pushed(NamedTuple):
    state: State
    is_basic: bool


def explain_return(replay: Replay, origins: Origins) -> None:
    """Say why the exception return at the replay's position found no frame: where SP was, or who stored over it."""
    registers, position = replay.machine.registers.copy(), replay.position
    if tell_unbalanced(replay, origins.steps, position):
        return
    exc_return = registers.pc | 1
    if exc_return < EXC_RETURN or exc_return & 15 not in KINDS:
        return
    frame = registers.psp if exc_return & PROCESS else registers.msp
    before = Position(position.executed - 1, 0)  # the core pushes the frame again where the return fails
    replay.traveller.goto(before)
    held = replay.peek(frame + XPSR_OFFSET, 4)
    if held is None or bool(exc_return & THREAD) != bool(int.from_bytes(held, "little") & 0x1FF):
        return
    stack = "PSP" if exc_return & PROCESS else "MSP"
    noun = f"the xPSR of the exception frame at 0x{frame:08x}, where {stack} points"
    origins.follow_slot(frame + XPSR_OFFSET, before, noun, int.from_bytes(held, "little"))


def tell_other_kind(replay: Replay, steps: list[WhyStep], end: Position) -> None:
    """Say which handler took a frame with FP registers for one without before ``end``, or the other way round."""
    if replay.story is not None or not replay.machine.config.has_fpu:
        return
    for window in WINDOWS:
        states = replay.blocks_before(end, window)
        pushed: dict[tuple[int, int], _Pushed] = {}
        for place in range(1, len(states)):
            before, after = states[place - 1], states[place]
            if before.is_frame and after.registers[LR] >= EXC_RETURN:
                key = before.pc & ~1, before.registers[SP]
                pushed[key] = _Pushed(before, bool(after.registers[LR] & BASIC))
            elif before.ipsr and not before.is_frame and not after.is_frame and after.ipsr != before.ipsr:
                found = _taken_for_another(pushed, after)
                if found is not None:
                    _tell(replay, steps, found, after)
                    return
        if states[0].position.executed == 0:
            return


def _taken_for_another(pushed: dict[tuple[int, int], _Pushed], after: State) -> _Pushed | None:
    """Return what was interrupted where ``after`` goes on, if SP is another one by just the FP registers."""
    pc, sp = after.pc & ~1, after.registers[SP]
    if (pc, sp) in pushed:
        return None
    for moved, is_basic in ((FP_BYTES, False), (-FP_BYTES, True)):
        found = pushed.get((pc, sp + moved))
        if found is not None and found.is_basic == is_basic and _held(found.state) == _held(after):
            return found
    return None


def _held(state: State) -> list[int]:
    """Return the registers that any frame holds."""
    return [state.registers[number] for number in FRAME_WORDS]


def _tell(replay: Replay, steps: list[WhyStep], found: _Pushed, after: State) -> None:
    replay.traveller.goto(found.state.position)
    began = replay.machine.clock.now
    replay.traveller.goto(Position(after.position.executed - 1, 0))
    where, now = where_is(replay), replay.machine.clock.now
    kinds = ("without FP registers", "with FP registers")
    was, taken = kinds if found.is_basic else kinds[::-1]
    side = "above" if found.is_basic else "below"
    text = f"{where.words} returned at {now:,} as if the frame were one {taken}, and it had been pushed {was}, at "
    text += f"{began:,}: from then on that SP was {FP_BYTES} bytes {side} where it should be"
    steps.append(WhyStep("register", text, now, after.registers[PC], where.place, where.caller, where.thread))
