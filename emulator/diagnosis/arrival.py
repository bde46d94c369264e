"""How execution came into the function whose loop it stays in: by a pointer, or by a return into its beginning.

A default handler, or the function that a kernel gives a thread to return to, says nothing of its own; whose pointer or
whose return led there is the story.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.diagnosis.branches import explain_branch
from emulator.diagnosis.decision import arrival
from emulator.diagnosis.departure import Departure, find_departure, is_code
from emulator.diagnosis.function_paths import Code
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.replay import Replay, State
from emulator.image.cxx_names import readable
from emulator.operands import LR, SP, effect_of, split_mnemonic
from emulator.timetravel.checkpoint import Position
from emulator.trace.backtrace import Frame

WINDOWS = (300, 3_000)
"""Instructions in front of the loop that are looked through for where its function was entered."""


def explain_arrival(replay: Replay, origins: Origins, end: Position) -> None:
    """Say how execution came to its function at ``end``, where no direct branch or exception led there."""
    replay.traveller.goto(end)
    code = Code.at(replay, replay.here().pc)
    way = None if code is None else _way_into(replay, code, end)
    if code is None or way is None:
        return
    left = None if is_code(replay, way[0].pc) else find_departure(replay, way[0].position)
    if left is not None:  # it ran into the function out of what is no code
        explain_branch(replay, origins, left, end)
    else:
        _tell(replay, origins, *way, code)


def explain_return_into(replay: Replay, origins: Origins, frames: Sequence[Frame], end: Position) -> None:
    """Say who returned into the outermost of ``frames``, the calls at ``end``, where a return had led there."""
    replay.traveller.goto(end)
    code = Code.at(replay, frames[-1].pc & ~1) if frames else None
    way = None if code is None else _way_into(replay, code, end)
    if code is not None and way is not None:
        _tell(replay, origins, *way, code, only_returns=True)


def _way_into(replay: Replay, code: Code, end: Position) -> tuple[State, State] | None:
    """Return the states in front of and behind the last way into ``code``, before the loop that the run ends in.

    The replay is at its ``end``.
    """
    came = arrival(replay, replay.here().pc & ~1, end)
    for window in WINDOWS:
        states = replay.blocks_before(came, window)
        place = _entered(states, code)
        if place is not None:
            return states[place - 1], states[place]
    return None


def _entered(states: list[State], code: Code) -> int | None:
    """Return the place of the state in which the last way into ``code`` begins, None where it is before them."""
    for place in range(len(states) - 1, 0, -1):
        before, after = states[place - 1], states[place]
        if after.is_frame or after.pc not in code or after.ipsr != states[-1].ipsr:
            continue
        if before.pc not in code or before.ipsr != after.ipsr:
            return place
    return None


def _tell(
    replay: Replay, origins: Origins, before: State, after: State, code: Code, *, only_returns: bool = False
) -> None:  # fmt: skip
    if before.is_frame or before.ipsr != after.ipsr or after.pc & ~1 != code.start:
        return  # an exception was taken or has returned
    at = replay.steps_from(before, after.position)[-2]
    replay.traveller.goto(at.position)
    listed = replay.instructions(at, 1)
    name = split_mnemonic(listed[0].mnemonic)[0] if listed else ""
    symbol = replay.machine.image.symbols.find_code(code.start)
    if name not in ("bx", "blx", "pop", "ldm", "ldr", "mov") or symbol is None:
        return
    target = readable(symbol.name)
    source = effect_of(listed[0]).results.get(15)
    is_return = listed[0].operands == "lr" or (source is not None and source.memory is not None
                                               and source.memory.base == SP)  # fmt: skip
    if not is_return and (only_returns or "#" in listed[0].operands):
        return
    is_call = name == "blx" or at.registers[LR] & ~1 == at.pc + listed[0].size
    verb = "returned to" if is_return else "called" if is_call else "branched to"
    by = "" if is_return else " by a pointer"
    origins.tell_at("departure", f"{verb} {target}{by}", at, listed[0].text)
    origins.departed = f"{origins.steps[-1].place} had {verb} {target if only_returns else 'it'}{by}"
    if only_returns:
        return  # that it could return is the story, not that it found its way
    explain_branch(replay, origins, Departure(at, after), None)
