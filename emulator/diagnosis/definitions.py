"""Where a register got its value: the last instruction before a place that wrote it.

Blocks are looked through backwards for an instruction whose decoded effect names the register; what handlers and other
threads did in between is left out, since an exception's return brings back what it interrupted. Whatever cannot be
decided ends the search: a register that changed although no instruction of the block says so is never explained.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.diagnosis.replay import SP, XPSR, Replay, State, TooFar
from emulator.disasm import Instruction
from emulator.operands import LR, Effect, Source, effect_of, holds
from emulator.timetravel.checkpoint import Position

WINDOWS = (300, 3_000, 30_000, 120_000)
"""Instructions that are looked through, more of them where the register was not written in fewer."""
SVC, RESULT = "svc", 0
"""What a kernel of ours is called by, and where it puts the result: also where that is what was there before."""
FRAME_WORDS = {0: 0, 1: 4, 2: 8, 3: 12, 12: 16, 14: 20}
"""Where an exception's frame, and the one that a thread begins with, has the registers. [B1.5.6]"""


class Definition(NamedTuple):
    """``instruction`` gave the register its value, from ``source``; ``state`` is in front of it."""

    state: State
    instruction: Instruction
    source: Source


class Unknown(Exception):
    """The value came in a way that is not followed. ``why`` completes "it ..."; ``state`` is where that was."""

    def __init__(self, why: str, state: State | None = None, kind: str = "unknown") -> None:
        super().__init__(why)
        self.why = why
        self.state = state
        self.kind = kind


def find_definition(
    replay: Replay, register: int, position: Position, ignored: frozenset[int] = frozenset()
) -> Definition:
    """Return what wrote ``register`` (0 to 14) last before ``position``, but for the instructions at ``ignored``.

    Raises Unknown and TooFar.
    """
    for window in WINDOWS:
        states = replay.blocks_before(position, window)
        found = _search(replay, states, register, ignored)
        if found is not None:
            return found
        if states[0].position.executed == 0:
            raise Unknown("has had this value since the reset", states[0], "reset")
    raise TooFar(WINDOWS[-1])


def _search(replay: Replay, states: list[State], register: int, ignored: frozenset[int]) -> Definition | None:
    """Return the last definition among ``states``, None where it is before them."""
    place = len(states) - 1
    while place > 0:
        before, after = states[place - 1], states[place]
        if before.is_frame and after.ipsr != before.ipsr:  # the handler that ``after`` begins
            if register in (SP, LR):
                raise Unknown("was set when an exception was taken", after)
            place -= 1
            continue
        if after.ipsr != before.ipsr:
            resumed = interrupted_at(states, place)
            if resumed is None:
                if states[0].position.executed:
                    return None
                raise Unknown("is what its thread began with", after, "begin")
            if states[resumed].registers[register] != after.registers[register]:
                raise Unknown("was changed while its thread did not run", states[resumed + 1], "resumed")
            place = resumed
            continue
        found = _in_block(replay, before, after, register, ignored)
        if found is not None:
            return found
        place -= 1
    return None


def interrupted_at(states: list[State], place: int) -> int | None:
    """Return the place of the frame that the return to ``states[place]`` has brought back."""
    resumed = states[place].registers
    for earlier in range(place - 1, -1, -1):
        state = states[earlier]
        is_same = state.registers[SP] == resumed[SP] and state.pc & ~1 == states[place].pc & ~1
        if state.is_frame and is_same and state.ipsr == states[place].ipsr:
            return earlier
    return None


def _in_block(replay: Replay, before: State, after: State, register: int, ignored: frozenset[int]) -> Definition | None:
    """Return the last definition between two states, None where there is none."""
    count = after.position.executed - before.position.executed
    if not count:
        if before.registers[register] != after.registers[register]:
            raise Unknown("was changed between two instructions", before)
        return None
    listed = replay.instructions(before, count)
    if len(listed) < count:
        raise Unknown("was changed by code that is not there any more", before)
    is_over = after.pc & ~1 != listed[-1].address  # else it was refused: the state is in front of it again
    if register == RESULT and listed[-1].mnemonic == SVC and is_over and replay.story is not None:
        raise Unknown("is the result of a call of the kernel", _state_at(replay, before, after, count - 1), "call")
    effects = [effect_of(instruction) for instruction in listed]
    is_ignored = False
    for number in range(count - 1, -1, -1):
        if register in effects[number].results:
            if listed[number].address in ignored:
                is_ignored = True
                continue
            state = _state_at(replay, before, after, number)
            if holds(effects[number].condition, state.registers[XPSR]):
                return Definition(state, listed[number], effects[number].results[register])
    if before.registers[register] != after.registers[register] and not is_ignored:
        if listed[-1].mnemonic == SVC:
            raise Unknown("is the result of a call of the kernel", _state_at(replay, before, after, count - 1), "call")
        raise Unknown("was changed by an instruction that is not followed", before)
    return None


def _state_at(replay: Replay, before: State, after: State, number: int) -> State:
    """Return the state in front of instruction ``number`` of the block between two states."""
    if not number:
        return before
    end = Position(before.position.executed + number, 0)
    return replay.steps_from(before, end)[-1]


def effect_at(replay: Replay, state: State) -> tuple[Instruction, Effect] | None:
    """Return the instruction that is next at ``state``, where the replay is, and its effect; None without memory."""
    found = replay.instructions(state, 1)
    return (found[0], effect_of(found[0])) if found else None
