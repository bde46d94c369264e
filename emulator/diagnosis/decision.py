"""What decided that a program ended itself: the branch that led to the call which did, and the values it was made by.

An assertion, a check of a status, or a hand-written `assert_failed()` is a conditional branch around a call. The calls
at the end are followed outwards through the program's own functions: in each one, the last conditional branch before
the call is looked at. It has decided where its other way can come by without the call; where no branch of the function
has, the function was called to end the program, and its caller is asked. What was compared is followed back as any
other value.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from emulator.annotations import NamedTuple
from emulator.diagnosis.compared import tell_last
from emulator.diagnosis.definitions import Definition, Unknown, find_definition
from emulator.diagnosis.departure import state_of
from emulator.diagnosis.fp_trace import FpStep, fp_words, held_words
from emulator.diagnosis.fp_values import follow_fp
from emulator.diagnosis.function_paths import Code, condition_of
from emulator.diagnosis.main_status import tell_main
from emulator.diagnosis.not_a_number import nans_of, tell_not_a_number
from emulator.diagnosis.origin_words import NAMES
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import value_words, where_is
from emulator.diagnosis.replay import SP, Replay, State, TooFar
from emulator.disasm import Instruction
from emulator.image.cxx_names import readable
from emulator.operands import CONSTANT, LOAD, LR, OTHER, PC, Source, effect_of, registers_in, split_mnemonic
from emulator.timetravel.checkpoint import Position
from emulator.trace.backtrace import Frame
from emulator.trace.ending import EXITS
from emulator.trace.functions import TAIL_CALL
from emulator.trace.own_code import is_header, is_library
from emulator.trace.why import WhyStep

WINDOWS = (3_000, 30_000, 300_000)
"""Instructions in front of a call that are looked through for the branch."""
MOST_FUNCTIONS = 6
"""Functions of the program's that are asked, from the innermost outwards."""
THROWS = "__cxa_throw"
RAISES = "__throw_"
"""What the names of the functions have in them by which templates of C++'s library throw their exceptions."""
TYPE = "_ZTI"
"""What the names of C++'s type descriptions begin with, which __cxa_throw() gets in R1. [Itanium C++ ABI, 2.9.2]"""
COMPARISONS = ("cmp", "cmn", "tst", "teq")
CARRIES = ("sbcs", "sbc")
"""What compares the upper words of numbers of 64 bits, behind a comparison of the lower ones."""
NEAR = 16
"""Instructions in front of one with a condition that have set its flags."""
MOST_CHOSEN = 3
"""Sentences about each value of a comparison that a constant was chosen by."""


class Call(NamedTuple):
    """A call in front of ``behind``, which ``callee`` did not return from; without a name it is a loop at ``behind``.

    ``address`` is in the function that called.
    """

    address: int
    behind: int
    callee: str


class Decision(NamedTuple):
    """``branch`` is the last instruction of the block that begins at ``state``; ``compared`` has set its flags."""

    state: State
    listed: list[Instruction]
    compared: int | None

    @property
    def branch(self) -> Instruction:
        """The conditional branch, or the conditional call itself."""
        return self.listed[-1]


def explain_decision(replay: Replay, steps: list[WhyStep], frames: Sequence[Frame]) -> str:
    """Say which branch led to the end of the run, where the replay is, and whose values it was made by.

    ``frames`` are the calls at the end, innermost first. Return what completes the first sentence, '' for nothing.
    """
    end = bound = replay.position
    if all(frame.symbol != "main" for frame in frames):
        returned = tell_main(replay, steps, end)
        if returned is not None:
            main, state = returned.code, returned.made
            found = _last_branch(replay, main, state.position, returned.at.position)
            if found is None:
                found, _ = _decision(replay, main, Call(state.pc & ~1, state.pc & ~1, ""), state.position)
            if found is not None:
                _tell(replay, steps, "that", found, end)
            return returned.words
    words = _tell_thrown(replay, steps, end) if any(frame.symbol == THROWS for frame in frames) else ""
    calls = _own_calls(frames)
    if calls and calls[0].callee in EXITS and _tell_code(replay, steps, calls[0], end):
        return words
    for call in calls:
        code = Code.at(replay, call.address)
        if code is None:
            return words
        if not call.callee:
            bound = arrival(replay, call.behind, bound)
        found, bound = _decision(replay, code, call, bound)
        if found is not None:
            _tell(replay, steps, f"the call of {call.callee}" if call.callee else "the loop", found, end)
            return words
        if bound == Position(0, 0):
            return words
    return words


def explain_null(replay: Replay, steps: list[WhyStep], null: Definition, end: Position) -> None:
    """Say which branch of a function led to ``null``, what it returned, and whose values that was made by."""
    state = null.state
    code = Code.at(replay, state.pc)
    if code is None:
        return
    place = state.pc & ~1
    found, _ = _decision(replay, code, Call(place, place, ""), state.position)
    if found is None and null.source.kind == CONSTANT and _is_of_library(replay, state):
        found = _last_branch(replay, code, Position(max(0, state.position.executed - WINDOWS[0]), 0), state.position)
    if found is not None and found.state.registers[SP] == state.registers[SP]:
        _tell(replay, steps, "that", found, end, is_first=False)


def _is_of_library(replay: Replay, state: State) -> bool:
    replay.traveller.goto(state.position)
    return bool(where_is(replay).caller)


def _own_calls(frames: Sequence[Frame]) -> list[Call]:
    """Return the calls that the program's own functions are in, from the innermost of them outwards.

    They end where it is not sure who called.
    """
    calls: list[Call] = []
    callee = ""
    has_lines = any(frame.line and not is_library(frame) for frame in frames)
    is_innermost = True
    for _, group in groupby(frames, lambda frame: (frame.pc, frame.symbol)):
        parts = list(group)
        is_known = parts[0].relation == TAIL_CALL and is_library(parts[0])
        if any(frame.exception or frame.guessed or (frame.relation and not is_known) for frame in parts):
            break
        own = next((frame for frame in parts if not is_library(frame)), None)
        if own is None and RAISES in callee and is_header(parts[-1]):
            own = parts[-1]  # what a template has checked
        if own is not None and (own.line or not has_lines):
            behind = parts[0].pc & ~1
            calls.append(Call(behind if is_innermost else behind - 2, behind, callee))
        callee = parts[-1].function or parts[-1].symbol or ""
        is_innermost = False
    return calls[:MOST_FUNCTIONS]


def arrival(replay: Replay, address: int, end: Position) -> Position:
    """Return when the run came to the loop at ``address``, which it is in at ``end``."""
    replay.traveller.goto(end)
    ipsr = replay.here().ipsr
    first, last, arrived = 0, end.executed, end
    while first < last:
        middle = (first + last) // 2
        state = state_of(replay, Position(middle, 0), ipsr, end)
        if state is None and replay.position < end:  # a kernel waits in its handler there; such a loop would go on
            first = middle + 1
        elif state is None or state.pc & ~1 == address:  # None: the rest is a handler's
            last, arrived = middle, arrived if state is None else min(arrived, state.position)
        else:
            first = max(middle, state.position.executed) + 1
    return arrived


def _decision(replay: Replay, code: Code, call: Call, bound: Position) -> tuple[Decision | None, Position]:
    """Return what has decided in the function ``code``, and when that was entered; the beginning where it was not seen.

    ``bound`` is behind the call.
    """
    for window in WINDOWS:
        states = replay.blocks_before(bound, window)
        place = _place_of(replay, states, code, call)
        if place is None:
            if states[0].position.executed == 0:
                break
            continue
        site, goal = states[place], call.behind
        if call.callee:
            listed = _block(replay, states, place)
            goal = listed[-1].address
            if condition_of(listed[-1]):
                return _made(site, listed), site.position
        for number in range(place - 1, -1, -1):
            before, after = states[number], states[number + 1]
            is_here = before.pc in code and not before.is_frame and before.ipsr == site.ipsr
            if not is_here or before.registers[SP] < site.registers[SP]:
                continue
            listed = _block(replay, states, number)
            is_branch = after.pc in code and bool(listed) and condition_of(listed[-1]) != ""
            if is_branch and code.may_avoid(listed[-1], after.pc & ~1, goal):
                return _made(before, listed), before.position
            if before.pc & ~1 == code.start:
                return None, before.position
        if site.pc & ~1 == code.start:
            return None, site.position
    return None, Position(0, 0)


def _last_branch(replay: Replay, code: Code, start: Position, end: Position) -> Decision | None:
    """Return the last conditional branch of ``code`` from ``start`` to ``end``, None where there is none."""
    states = replay.blocks_before(end, max(1, end.executed - start.executed)) if end > start else []
    for number in range(len(states) - 2, -1, -1):
        if states[number].pc in code and not states[number].is_frame:
            listed = _block(replay, states, number)
            if listed and condition_of(listed[-1]):
                return _made(states[number], listed)
    return None


def _place_of(replay: Replay, states: list[State], code: Code, call: Call) -> int | None:
    """Return the place of the block that ends with the call, or that the loop is in."""
    if not call.callee:
        return len(states) - 1 if states[-1].pc in code else None
    for number in range(len(states) - 2, -1, -1):
        if states[number].pc in code and not states[number].is_frame:
            listed = _block(replay, states, number)
            if listed and listed[-1].address + listed[-1].size == call.behind:
                return number
    return None


def _block(replay: Replay, states: list[State], number: int) -> list[Instruction]:
    """Return the instructions that were executed from ``states[number]`` to the next state."""
    return replay.instructions(states[number], states[number + 1].position.executed - states[number].position.executed)


def _made(state: State, listed: list[Instruction]) -> Decision:
    """Return the decision by the last of ``listed``, with what has set the flags for it."""
    if listed[-1].mnemonic.startswith("cb"):
        return Decision(state, listed, len(listed) - 1)
    for number in range(len(listed) - 2, -1, -1):
        name = listed[number].mnemonic.removesuffix(".w").removesuffix(".n")
        if split_mnemonic(name)[0] in COMPARISONS or (name.endswith("s") and split_mnemonic(name)[0] != name):
            return Decision(state, listed, number)
        if name == "vmrs":
            return Decision(state, listed, _fp_comparison(listed, number))
        if name == "msr":
            break
    return Decision(state, listed, None)


def _fp_comparison(listed: list[Instruction], end: int) -> int | None:
    """Return the place of the comparison whose flags VMRS at ``end`` fetches."""
    places = [one for one in range(end) if listed[one].mnemonic.startswith("vcmp")]
    return places[-1] if places else None


def _tell_code(replay: Replay, steps: list[WhyStep], call: Call, end: Position) -> bool:
    """Say what the code was made of that a program ended itself with by ``call``; False where it is a constant."""
    code = Code.at(replay, call.address)
    states = replay.blocks_before(end, WINDOWS[0])
    place = None if code is None else _place_of(replay, states, code, call)
    if place is None:
        return False
    start, count = states[place].position, len(_block(replay, states, place))
    state = replay.steps_from(states[place], Position(start.executed + count - 1, start.turns))[-1]
    try:
        found = find_definition(replay, 0, state.position)
    except (Unknown, TooFar):
        return False
    if effect_of(found.instruction).condition:
        made = _conditional(replay, states[: place + 1], found)
        if made is not None:
            _tell(replay, steps, f"the code {state.registers[0]:,}", made, end)
        return made is not None
    if found.source.kind == CONSTANT:
        return False
    replay.traveller.goto(end)
    origins = Origins(replay, "the code", is_number=True)
    origins.follow_register(0, state.position)
    steps += origins.steps
    if origins.null is not None:
        explain_null(replay, steps, origins.null, end)
    return bool(origins.steps)


def _conditional(replay: Replay, states: list[State], found: Definition) -> Decision | None:
    """Return what has decided that the instruction of ``found``, which is in a block of ``states``, was executed."""
    before = [one for one in states if one.position <= found.state.position and not one.is_frame]
    if not before:
        return None
    count = found.state.position.executed - before[-1].position.executed + 1
    listed = replay.instructions(before[-1], count)
    return _made(before[-1], listed) if len(listed) == count else None


def _tell_thrown(replay: Replay, steps: list[WhyStep], end: Position) -> str:
    """Say of what type the exception was that was thrown last, where its type has a name; return that for the end."""
    throws = replay.machine.image.symbols.by_name.get(THROWS)
    state = None if throws is None else replay.last_execution([throws.address & ~1], end, lambda: True)
    symbol = None if state is None else replay.machine.image.symbols.find_object(state.registers[1])
    if state is None or symbol is None or not symbol.name.startswith(TYPE):
        return ""
    name = symbol.name.removeprefix(TYPE)
    space = "std::" if name.startswith("St") else ""
    kind = f"{space}{readable(TYPE + name.removeprefix('St')).removeprefix('typeinfo for ')}"
    where, now = where_is(replay), replay.machine.clock.now
    text = f"{where.words} threw an exception of the type {kind}, at {now:,}"
    steps.append(WhyStep("decision", text, now, state.pc, where.place, where.caller, where.thread))
    return f"the exception is of the type {kind}"


def _tell(
    replay: Replay, steps: list[WhyStep], what: str, found: Decision, end: Position, *, is_first: bool = True
) -> None:  # fmt: skip
    """Say that ``found`` led to ``what``, and follow the values that it was made by.

    Of a NULL among those the branch that led to it is told, too, where this is the first one (``is_first``).
    """
    is_search = False
    start, branch = found.state.position, found.branch
    at_branch = replay.steps_from(found.state, Position(start.executed + len(found.listed) - 1, start.turns))[-1]
    replay.traveller.goto(at_branch.position)
    where, now = where_is(replay), replay.machine.clock.now
    at = f"{now:,}" + (f" in {where.thread}" if where.thread else "")
    text = f"{where.words} went to {what} by {branch.mnemonic}, at {at}"
    registers: list[int] = []
    position = at_branch.position
    if found.compared is not None:
        compared = found.listed[found.compared]
        position = Position(start.executed + found.compared, start.turns)
        state = replay.steps_from(found.state, position)[-1]
        position = state.position
        registers = [one for one in dict.fromkeys(registers_in(compared.operands)) if one not in (SP, LR, PC)]
        if compared.mnemonic.startswith("vcmp"):
            text, followed = _fp_words(replay, text, state, compared)
            steps.append(
                WhyStep("decision", text, now, at_branch.pc, where.place, where.caller, where.thread, branch.text)
            )
            steps += followed
            return
        held = [f"{NAMES[one]} held {value_words(replay, state.registers[one])}" for one in registers]
        is_zero = compared is branch  # cbz and cbnz compare with nothing else
        text += "".join([": " if is_zero else f", behind {compared.text}: ", " and ".join(held)] if held else [])
    steps.append(WhyStep("decision", text, now, at_branch.pc, where.place, where.caller, where.thread, branch.text))
    for register in registers:
        if not _is_constant(replay, register, position, at_branch.pc):
            replay.traveller.goto(end)
            origins = Origins(replay, f"the value in {NAMES[register]}", is_number=True)
            origins.follow_register(register, position)
            steps += origins.steps
            is_search |= origins.counting is not None
            if origins.chosen is not None:
                _tell_chosen(replay, steps, origins.chosen, end)
            elif origins.null is not None and is_first:
                explain_null(replay, steps, origins.null, end)
    code = Code.at(replay, at_branch.pc)
    if is_search and code is not None:
        replay.traveller.goto(end)
        origins = Origins(replay, "", is_number=True)
        tell_last(origins, replay, range(code.start, code.end), at_branch.position)
        steps += origins.steps


def _fp_words(replay: Replay, text: str, state: State, compared: Instruction) -> tuple[str, list[WhyStep]]:
    """Return ``text`` with the numbers that ``compared`` at ``state`` compared, and where those came from."""
    replay.traveller.goto(state.position)
    words = fp_words(replay)
    names = list(dict.fromkeys(FpStep(state, compared, words, words).names))
    followed: list[WhyStep] = []
    if nans_of(FpStep(state, compared, words, words), words):
        tell_not_a_number(replay, followed, Position(state.position.executed + 1, state.position.turns))
    for name in names if not followed else ():
        replay.traveller.goto(state.position)
        origins = Origins(replay, "that number", is_number=True)
        follow_fp(origins, replay, Definition(state, compared, Source(OTHER)), name)
        followed += origins.steps
    return f"{text}, behind {compared.text}: {' and '.join(held_words(name, words) for name in names)}", followed


def _tell_chosen(replay: Replay, steps: list[WhyStep], chosen: Definition, end: Position) -> None:
    """Say behind which comparisons a constant was ``chosen``, as for a Boolean, and follow what they compared."""
    position = chosen.state.position
    states = replay.steps_from(replay.blocks_before(position, NEAR)[0], position)
    found: list[tuple[State, Instruction]] = []
    for state in reversed(states[:-1]):
        listed = replay.instructions(state, 1)
        name = split_mnemonic(listed[0].mnemonic.removesuffix(".w"))[0] if listed else ""
        if name in (*COMPARISONS, *CARRIES):
            found.insert(0, (state, listed[0]))
        if name in COMPARISONS or name in ("bl", "blx") or state.ipsr != chosen.state.ipsr:
            break  # what carries goes on with the flags of a comparison in front of it
    if not found or split_mnemonic(found[0][1].mnemonic.removesuffix(".w"))[0] not in COMPARISONS:
        return
    replay.traveller.goto(position)
    where, now = where_is(replay), replay.machine.clock.now
    held = {register: (state.registers[register], state) for state, instruction in found
            for register in registers_in(instruction.operands)[-2:] if register not in (SP, LR, PC)}  # fmt: skip
    text = f"{where.words} chose it by {chosen.instruction.text}, behind {' and '.join(one.text for _, one in found)}: "
    text += " and ".join(f"{NAMES[one]} held {value_words(replay, value)}" for one, (value, _) in held.items())
    steps.append(WhyStep("decision", text, now, chosen.state.pc, where.place, where.caller, where.thread))
    for register, (_, state) in held.items():
        replay.traveller.goto(end)
        origins = Origins(replay, f"the value in {NAMES[register]}", is_number=True)
        origins.follow_register(register, state.position)
        steps += origins.steps[:MOST_CHOSEN]


def _is_constant(replay: Replay, register: int, position: Position, pc: int) -> bool:
    """Whether a value says nothing that the comparison at ``pc`` does not: what another function returns does."""
    find = replay.machine.image.symbols.find_code
    try:
        found = find_definition(replay, register, position)
    except (Unknown, TooFar):
        return False
    if find(found.state.pc & ~1) != find(pc & ~1):
        return False
    source = found.source
    is_literal = source.kind == LOAD and source.memory is not None and source.memory.base == PC
    return source.kind == CONSTANT or is_literal
