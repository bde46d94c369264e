"""A register that a called function was to keep, and that came back changed: R4 to R11. [AAPCS 6.1.1]

Mostly a switch from one stack to another that does not save all of them, in a kernel of the program's own. Handlers
are clobber.py's matter.
"""

from __future__ import annotations

from emulator.diagnosis.definitions import Definition
from emulator.diagnosis.places import value_words, where_is
from emulator.diagnosis.replay import Replay, State
from emulator.operands import LOAD, MOVE, SP, effect_of
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

KEPT = range(4, 12)
LONGEST = 3_000
"""Instructions between the change and the use that are looked through."""


def tell_not_kept(
    replay: Replay, steps: list[WhyStep], register: int, found: Definition, used: Position
) -> bool:  # fmt: skip
    """Say that ``found`` changed a register of the function that uses it at ``used``, which had begun before.

    Return whether that is so. What is popped was saved before; what is loaded from elsewhere may be a saved context.
    """
    if register not in KEPT or found.source.kind == LOAD or replay.machine.personality is not None:
        return False
    find = replay.machine.image.symbols.find_code
    replay.traveller.goto(used)
    user = replay.here()
    function, length = find(user.pc & ~1), used.executed - found.state.position.executed
    is_other = function is not None and function != find(found.state.pc & ~1)
    if function is None or not is_other or user.ipsr != found.state.ipsr or not 0 < length <= LONGEST:
        return False
    states = [one for one in replay.blocks_before(used, length) if one.ipsr == user.ipsr and not one.is_frame]
    if any(one.pc & ~1 == function.address & ~1 for one in states):
        return False  # it was called behind the change
    replay.traveller.goto(used)
    place = where_is(replay).words
    name = f"r{register}"
    replay.traveller.goto(found.state.position)
    where, now = where_is(replay), replay.machine.clock.now
    replay.traveller.step()
    value = value_words(replay, replay.here().registers[register])
    text = (
        f"{where.words} put {value} into {name} at {now:,}: {found.instruction.text}; {place} went on with that, and "
    )
    text += f"what a function calls must keep {name}"
    steps.append(
        WhyStep("register", text, now, found.state.pc, where.place, where.caller, where.thread,
                found.instruction.text, name)
    )  # fmt: skip
    _tell_switch(replay, steps, states, name)
    return True


def _tell_switch(replay: Replay, steps: list[WhyStep], states: list[State], name: str) -> None:
    """Say which instruction among ``states`` went from one stack to another, if one did."""
    for before, after in zip(states[-2::-1], states[:0:-1], strict=False):
        count = after.position.executed - before.position.executed
        for number, instruction in enumerate(replay.instructions(before, count)):
            source = effect_of(instruction).results.get(SP)
            memory = None if source is None else source.memory
            if source is None or source.kind not in (LOAD, MOVE) or (memory is not None and memory.base == SP):
                continue
            end = Position(before.position.executed + number, before.position.turns)
            state = replay.steps_from(before, end)[-1]
            replay.traveller.goto(state.position)
            where, now = where_is(replay), replay.machine.clock.now
            text = f"{where.words} had gone to another stack in between, at {now:,}, without {name}: {instruction.text}"
            steps.append(WhyStep("register", text, now, state.pc, where.place, where.caller, where.thread))
            return
