"""A loop whose way out is decided by values that are the same each time round: which branch, which values, and whose.

For loops that store or call, too: what they do besides does not matter, as long as what they compare does not change.
"""

from __future__ import annotations

from itertools import pairwise

from emulator.annotations import NamedTuple
from emulator.diagnosis.counting import SCRATCH, Counting
from emulator.diagnosis.definitions import Unknown, effect_at, find_definition
from emulator.diagnosis.departure import state_of
from emulator.diagnosis.function_paths import Code, branch_target, condition_of
from emulator.diagnosis.origin_words import NAMES
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import value_words, where_is
from emulator.diagnosis.replay import LR, PC, SP, Replay, State, TooFar
from emulator.diagnosis.task_stacks import part_of
from emulator.disasm import Instruction
from emulator.operands import SUM, effect_of, registers_in, split_mnemonic
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

LEAST_ROUNDS = 4
MOST_BOUNDS = 2
"""Branches out of a loop whose comparisons are told of."""
MOST_TASKS, LEAST_OF_TASK = 3, 2
"""Other tasks that are told of, and how often each has gone round its loop in what is looked at."""
NEAR_STACK = 256
"""Bytes above the stack pointer of a place that the frames of its callers are in."""
NEAREST, FARTHEST = 300, 3_000
"""Instructions in front of a fault that are looked through for the last time round its loop."""
_COMPARISONS = ("cmp", "cmn", "tst", "teq")


class Turn(NamedTuple):
    """A branch that stays in a loop: the states at it and at what has set its flags, the last time round."""

    branch: tuple[State, Instruction]
    compared: tuple[State, Instruction]

    @property
    def registers(self) -> list[int]:
        """What was compared."""
        return [one for one in dict.fromkeys(registers_in(self.compared[1].operands)) if one not in (SP, LR, PC)]


def tell_stuck(replay: Replay, origins: Origins, rounds: list[list[State]], end: Position) -> None:
    """Say which branch keeps the loop of ``rounds`` going, where what it compares is the same in all of them."""
    turn = _keeps_going(replay, rounds) if len(rounds) >= LEAST_ROUNDS else None
    if turn is not None:
        _tell(replay, origins, turn, rounds[-1], end, "the loop at {place} goes on by")


def tell_other_tasks(replay: Replay, origins: Origins, rounds: list[list[State]], end: Position) -> None:
    """Say the same of the tasks that execute while the loop of ``rounds`` waits, each in a loop on a stack of its own.

    A stack is an object of the program's, or a part of one.
    """
    steps = [state for one in rounds for state in one[:-1]]
    stacks: dict[int, str] = {}
    for state in (*steps, rounds[-1][-1]):
        sp = state.registers[SP]
        if sp not in stacks:
            stacks[sp] = part_of(replay.machine.image, sp, (state.pc & ~1,))
    own = stacks[rounds[-1][-1].registers[SP]]
    for stack in [one for one in dict.fromkeys(stacks.values()) if one and one != own][:MOST_TASKS] if own else ():
        last = max(number for number, one in enumerate(steps) if stacks[one.registers[SP]] == stack)
        found = rounds_of(steps[: last + 1])
        turn = _keeps_going(replay, found) if len(found) >= LEAST_OF_TASK else None
        if turn is not None and stacks[turn.branch[0].registers[SP]] == stack:
            _tell(replay, origins, turn, found[-1], end, f"on {stack}, the loop at {{call}} goes on by")


def _keeps_going(replay: Replay, rounds: list[list[State]]) -> Turn | None:
    """Return the branch that keeps a loop going, where what it compares is the same in all of ``rounds``."""
    sp = rounds[-1][-1].registers[SP]
    turns = [turns_of(replay, one) for one in rounds]
    if any([turn.branch[1].address for turn in one] != [turn.branch[1].address for turn in turns[0]] for one in turns):
        return None
    leaving = [number for number, turn in enumerate(turns[-1]) if leaves(replay, turn, rounds[-1])]
    held = [[_values(turns[place][number]) for place in range(len(turns))] for number in leaving]
    if not leaving or any(value != values[0] for values in held for value in values):
        return None
    near = [one for one in leaving if 0 <= turns[-1][one].branch[0].registers[SP] - sp < NEAR_STACK] or leaving
    turn = turns[-1][near[-1]]
    return turn if turn.registers else None


def turns_of(replay: Replay, states: list[State]) -> list[Turn]:
    """Return the conditional branches on the way through ``states`` whose flags were set on it."""
    found: list[Turn] = []
    compared: tuple[State, Instruction] | None = None
    for state in states[:-1]:
        listed = replay.instructions(state, 1)
        if not listed:
            return []
        here = state, listed[0]
        name = split_mnemonic(listed[0].mnemonic.removesuffix(".w").removesuffix(".n"))[0]
        if name in _COMPARISONS or is_with_flags(listed[0]):
            compared = here
        elif name in ("bl", "blx", "svc"):
            compared = None
        elif condition_of(listed[0]) == "zero":
            found.append(Turn(here, here))
        elif condition_of(listed[0]) and compared is not None:
            found.append(Turn(here, compared))
    return found


def leaves(replay: Replay, turn: Turn, states: list[State]) -> bool:
    """Whether the other way of a branch leads out of the loop through ``states``, and not only around a part of it."""
    instruction = turn.branch[1]
    inside = {state.pc & ~1 for state in states}
    target, after = branch_target(instruction), instruction.address + instruction.size
    others = [one for one in (target, after) if one is not None and one not in inside]
    code = Code.at(replay, instruction.address)
    return target is not None and bool(others) and (code is None or code.may_leave(others[0], inside))


def is_with_flags(instruction: Instruction) -> bool:
    """Whether an instruction that computes something sets the flags by that: SUBS, for one."""
    name = instruction.mnemonic.removesuffix(".w").removesuffix(".n")
    return name.endswith("s") and split_mnemonic(name)[0] != name and not condition_of(instruction)


def tell_bound(replay: Replay, origins: Origins, counting: Counting, end: Position) -> None:
    """Say what was to end the loop of ``counting``, with a fault at ``end``, and where that has its numbers from."""
    loop = counting.loop
    steps: list[State] = []
    for window in (NEAREST, FARTHEST):
        states = replay.steps_from(replay.blocks_before(end, window)[0], end)
        steps = [one for one in states if one.ipsr == states[-1].ipsr and not one.is_frame]
        if len(rounds_of(steps)) > 1:
            break
    else:
        return
    last = rounds_of(steps)[-1]
    if not all(state.pc & ~1 in loop.inside for state in last if state.registers[SP] == last[-1].registers[SP]):
        return
    leaving = [turn for turn in turns_of(replay, last) if turn.registers and leaves(replay, turn, last)]
    for turn in leaving[-MOST_BOUNDS:]:
        origins.steps.append(went_on(replay, turn, "that loop went on at {place} by", "the last time, at {now}"))
        for register in turn.registers:
            setters = {one for one in loop.inside if _sets(replay, one, register)}
            if counting.found.instruction.address in setters:
                continue  # of which it was told
            replay.traveller.goto(end)
            found = Origins(replay, f"the value in {NAMES[register]}", is_number=True)
            found.follow_register(register, turn.compared[0].position if setters else counting.entered)
            origins.steps += found.steps


def went_on(replay: Replay, turn: Turn, went: str, when: str) -> WhyStep:
    """Return what ``turn`` was decided by; ``went`` has {place} or {call} in it, ``when`` may have {now}."""
    (at, branch), (state, compared) = turn
    replay.traveller.goto(at.position)
    where, now = where_is(replay), replay.machine.clock.now
    held = " and ".join(f"{NAMES[one]} held {value_words(replay, state.registers[one])}" for one in turn.registers)
    behind = "" if compared is branch else f", behind {compared.text}"
    went, when = went.format(place=where.words, call=where.call), when.format(now=f"{now:,}")
    text = f"{went} {branch.text}{behind}: {held}, {when}"
    return WhyStep("decision", text, now, at.pc, where.place, where.caller, where.thread, branch.text)


def _sets(replay: Replay, address: int, register: int) -> bool:
    """Whether the instruction at ``address``, or what it calls, may set ``register``."""
    listed = replay.instructions_at(address, 1)
    if not listed or register in effect_of(listed[0]).results:
        return True
    return register in SCRATCH and split_mnemonic(listed[0].mnemonic)[0] in ("bl", "blx", "svc")


def _values(turn: Turn) -> list[int]:
    return [turn.compared[0].registers[one] for one in turn.registers]


def _tell(replay: Replay, origins: Origins, turn: Turn, loop: list[State], end: Position, went: str) -> None:
    origins.steps.append(went_on(replay, turn, went, "each time"))
    for register in turn.registers:
        register, position, noun = _zero_step(replay, register, turn.compared[0].position)
        position = before_loop(replay, register, loop, position, end)
        replay.traveller.goto(end)
        found = Origins(replay, noun, is_number=True)
        found.follow_register(register, position)
        origins.steps += found.steps


def _zero_step(replay: Replay, register: int, position: Position) -> tuple[int, Position, str]:
    """Return what is to be followed of ``register``: what is added to it each time, where that is 0."""
    noun = f"the value in {NAMES[register]}"
    try:
        found = find_definition(replay, register, position)
    except (Unknown, TooFar):
        return register, position, noun
    others = [one for one in found.source.registers if one != register]
    if found.source.kind != SUM or register not in found.source.registers or len(others) != 1:
        return register, position, noun
    if found.state.registers[others[0]]:
        return register, position, noun
    step = f"what is added to {NAMES[register]} in the loop"
    return others[0], found.state.position, step


def before_loop(
    replay: Replay, register: int, loop: list[State], position: Position, end: Position
) -> Position:  # fmt: skip
    """Return when the ``loop`` was come to, of a register that it does not change; else ``position``."""
    for state in loop[:-1]:
        replay.traveller.goto(state.position)
        found = effect_at(replay, state)
        if found is None or register in found[1].results:
            return position
    inside, ipsr = {state.pc & ~1 for state in loop}, loop[-1].ipsr
    held = loop[-1].registers[register], loop[-1].registers[SP]
    first, last, arrived = 0, position.executed, position
    while first < last:
        middle = (first + last) // 2
        at = state_of(replay, Position(middle, 0), ipsr, end)
        is_inside = at is not None and at.pc & ~1 in inside and (at.registers[register], at.registers[SP]) == held
        if at is None or is_inside:
            last, arrived = middle, arrived if at is None else min(arrived, at.position)
        else:
            first = max(middle, at.position.executed) + 1
    return arrived


def rounds_of(steps: list[State]) -> list[list[State]]:
    """Return the times round the loop that the last of ``steps`` is in, each from its place to its place again.

    With the same stack pointer: other tasks, which a loop that waits lets execute, may be in a loop of the same code.
    """
    here = steps[-1].pc, steps[-1].registers[SP]
    places = [number for number, one in enumerate(steps) if (one.pc, one.registers[SP]) == here]
    return [steps[first : second + 1] for first, second in pairwise(places)]
