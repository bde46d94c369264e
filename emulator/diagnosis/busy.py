"""A run that comes to no end: an interrupt that is taken over and over, or a loop that waits for what does not come."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from emulator.diagnosis.arrival import explain_arrival, explain_return_into
from emulator.diagnosis.clobber import tell_clobbered
from emulator.diagnosis.decision import explain_decision
from emulator.diagnosis.definitions import effect_at
from emulator.diagnosis.function_paths import branch_target, condition_of
from emulator.diagnosis.library_calls import tell_long_call
from emulator.diagnosis.narrow_count import tell_narrow
from emulator.diagnosis.nobodys import tell_ignored
from emulator.diagnosis.not_a_number import tell_not_a_number
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import memory_words, where_is
from emulator.diagnosis.replay import Replay, State, TooFar, Unseen
from emulator.diagnosis.round_trip import tell_round_trip
from emulator.diagnosis.self_return import tell_self_return
from emulator.diagnosis.stuck_loop import rounds_of, tell_other_tasks, tell_stuck
from emulator.diagnosis.suspects import is_memory
from emulator.operands import LOAD, LR, PC, effect_of
from emulator.timetravel.checkpoint import Position
from emulator.trace.address_words import register_name
from emulator.trace.backtrace import Frame
from emulator.trace.headline import describe_exception
from emulator.trace.why import WhyStep

LOOKED_AT = 3_000
LEAST_TIMES = 8
WINDOWS = (LOOKED_AT, 30_000)
LOOPS, LEAST_ROUNDS = (200, 2_000), 4
"""Instructions at the end that are looked at for a loop, and how often it is to go round in them."""
MOST_READ = 3
"""Places that a loop which waits reads, at the most."""


def explain_busy(replay: Replay, origins: Origins, frames: Sequence[Frame]) -> None:
    """Say what keeps the program from getting on at the end of the run, where that is seen.

    ``frames`` are the calls there, innermost first.
    """
    end = replay.position
    if _tell_storm(replay, origins.steps, end) or tell_long_call(replay, origins, end):
        return
    if tell_self_return(replay, origins.steps, end):
        return
    if _tell_blind(replay, origins, frames, end):
        return
    if tell_not_a_number(replay, origins.steps, end):
        return
    _tell_polling(replay, origins, end)
    tell_clobbered(replay, origins.steps, end)


def _tell_storm(replay: Replay, steps: list[WhyStep], end: Position) -> bool:
    """Say that an exception is taken again as soon as its handler has returned; whether that is so."""
    states = replay.blocks_before(end, LOOKED_AT)
    handlers = {state.ipsr for state in states if not state.is_frame}
    entries = sum(state.is_frame for state in states)
    if len(handlers) != 1 or 0 in handlers or entries < LEAST_TIMES:
        return False
    exception, since = handlers.pop(), f"for more than {WINDOWS[-1]:,} instructions"
    for window in WINDOWS:
        before = replay.blocks_before(end, window)
        last = next((one for one in reversed(before) if not one.is_frame and one.ipsr != exception), None)
        if last is not None:
            replay.traveller.goto(last.position)
            since = f"since {replay.machine.clock.now:,}"
            break
        if before[0].position.executed == 0:
            since = "since the reset"
            break
    replay.traveller.goto(end)
    name = describe_exception(replay.machine, exception)
    length = end.executed - states[0].position.executed
    often = f"{entries:,} times in the last {length:,} instructions"
    words = f"{name} is taken again as soon as its handler returns, {often}; nothing else has executed {since}"
    if replay.machine.exceptions.lines >> exception & 1:
        words += "; its line is still high: the handler has not ended the device's request"
    steps.append(WhyStep("memory", words, time=replay.machine.clock.now))
    return True


def _tell_blind(replay: Replay, origins: Origins, frames: Sequence[Frame], end: Position) -> bool:
    """Say that the program is in a branch to itself, which interrupts go on in the middle of; whether that is so."""
    replay.traveller.goto(end)
    state = replay.here()
    found = replay.instructions(state, 1)
    if not found or condition_of(found[0]) or branch_target(found[0]) != state.pc & ~1:
        return False
    where = where_is(replay)
    text = f"the loop at {where.words} is one branch to itself, which tests nothing: nothing that is stored can end it"
    now = replay.machine.clock.now
    origins.steps.append(WhyStep("memory", text, now, state.pc, where.place, where.caller, where.thread))
    told = len(origins.steps)
    if not state.ipsr:
        explain_arrival(replay, origins, end)
    if len(origins.steps) == told and not state.ipsr:
        explain_return_into(replay, origins, frames, end)
    if len(origins.steps) == told:
        replay.traveller.goto(end)
        explain_decision(replay, origins.steps, frames)
    return True


def _tell_polling(replay: Replay, origins: Origins, end: Position) -> None:
    """Say what a loop reads that has no other way out, and who stored there last."""
    rounds = _rounds(replay, end)
    if len(rounds) < LEAST_ROUNDS - 1 or len({one.pc for one in rounds[-1]}) == 1:
        return
    reads = [_reads(replay, one) for one in rounds]
    if any(one != reads[0] for one in reads) or not reads[0] or len(reads[0]) > MOST_READ:
        tell_stuck(replay, origins, rounds, end)
        if origins.steps and replay.story is None:
            tell_other_tasks(replay, origins, rounds, end)
        if not origins.steps:
            tell_narrow(replay, origins, rounds, end)
        if not origins.steps:
            tell_round_trip(replay, origins, rounds, end)
        if not origins.steps:
            _tell_closed(replay, origins.steps, rounds)
        return
    for address, value in reads[0].items():
        _tell_read(replay, origins, end, address, value)


def _tell_closed(replay: Replay, steps: list[WhyStep], rounds: list[list[State]]) -> None:
    """Say of a loop that no branch in it leads elsewhere: it goes round for ever, whatever its source says.

    Of one that stores to other places each time: a loop that only counts is meant so.
    """
    loop = rounds[-1]
    if _stored_to(replay, loop) == _stored_to(replay, rounds[-2]):
        return
    inside = {state.pc & ~1 for state in loop}
    for state in loop[:-1]:
        listed = replay.instructions(state, 1)
        effect = effect_of(listed[0]) if listed else None
        target = branch_target(listed[0]) if listed else None
        if effect is None or (target is None and (PC in effect.results or LR in effect.results)):
            return
        if listed[0].mnemonic.startswith(("bx", "tb", "svc")):
            return
        after = listed[0].address + listed[0].size
        if target is not None and ({target, after} if condition_of(listed[0]) else {target}) - inside:
            return
        if target is None and after not in inside:
            return
    replay.traveller.goto(loop[0].position)
    where, now = where_is(replay), replay.machine.clock.now
    text = f"the loop at {where.words} has no way out: no branch in it leads elsewhere"
    steps.append(WhyStep("memory", text, now, loop[0].pc, where.place, where.caller, where.thread))


def _stored_to(replay: Replay, loop: list[State]) -> list[int]:
    """Return the addresses that were stored to, one time round."""
    effects = [(state, effect_at(replay, state)) for state in loop[:-1]]
    return [
        stored.memory.address(state.registers, state.pc) + stored.place
        for state, effect in effects if effect is not None for stored in effect[1].stored
    ]  # fmt: skip


def _rounds(replay: Replay, end: Position) -> list[list[State]]:
    """Return the last times round the loop at ``end``; of the program, where a handler executes that has no loop."""
    rounds: list[list[State]] = []
    for window in LOOPS:
        start = replay.blocks_before(end, window)[0]
        states = replay.steps_from(start, end)
        for ipsr in dict.fromkeys((states[-1].ipsr, 0)):
            steps = _of_handler(states, ipsr)
            rounds = rounds_of(steps) if steps else []
            if len(rounds) >= LEAST_ROUNDS - 1:
                return rounds
    return rounds


def _of_handler(states: list[State], ipsr: int) -> list[State]:
    """Return the states of the program, or those since the handler of ``ipsr`` began last."""
    found: list[State] = []
    for before, state in pairwise([states[0], *states]):
        if ipsr and before.is_frame and state.ipsr == ipsr:
            found = []
        if state.ipsr == ipsr and not state.is_frame:
            found.append(state)
    return found


def _tell_read(replay: Replay, origins: Origins, end: Position, address: int, value: int) -> None:
    """Say what a loop reads at ``address``, and who stored there last."""
    is_ram = is_memory(replay, address)
    device = register_name(address) or replay.machine.bus.device_name(address) or "nothing is there"
    memory = memory_words(replay.machine.image, address) if is_ram else f"0x{address:08x} ({device})"
    replay.traveller.goto(end)
    words = f"the loop there reads {memory} again and again, which holds 0x{value:08x}"
    origins.steps.append(WhyStep("memory", words, time=replay.machine.clock.now, address=address, value=value))
    if not is_ram:
        return
    try:
        store = replay.last_store(address, 4, end)
    except (TooFar, Unseen, ValueError):
        return
    if store is not None:
        origins.tell_store(store)
    else:
        tell_ignored(replay, origins.steps, address, 4, end)


def _reads(replay: Replay, states: list[State]) -> dict[int, int] | None:
    """Return what was read from which address on the way through ``states``; None where something was stored, too."""
    found: dict[int, int] = {}
    for before, after in pairwise(states):
        effect = effect_at(replay, before)
        if effect is None or effect[1].stored:
            return None
        for register, source in effect[1].results.items():
            if source.kind == LOAD and source.memory is not None and source.memory.base != 15:
                address = source.memory.address(before.registers, before.pc) + source.place & 0xFFFF_FFFF
                found[address] = after.registers[register]
    return found
