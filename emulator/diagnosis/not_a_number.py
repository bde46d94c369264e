"""A comparison with a NaN, which keeps a loop going or decides an end: none is true, and who made it may be long over.

FP registers are read at each of the last instructions; a NaN that is kept in memory is followed back there, since it
stays one: whatever is computed of it is a NaN, too. [A2.5.4, FPUnpack and FPProcessNaNs]
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.diagnosis.fp_trace import COMPUTES, FpStep, fp_steps, fp_words, held_words, value_of
from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay
from emulator.operands import split_mnemonic
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

LOOP = 200
"""Instructions at the end of the run that are looked at for a comparison."""
WINDOW = 400
"""Instructions in front of the first NaN in memory that are looked at for the operation which made it."""
COMPARES = ("vcmp", "vcmpe")


def tell_not_a_number(replay: Replay, steps: list[WhyStep], end: Position) -> bool:
    """Say that the loop at ``end`` compares with a NaN, and what made that; whether it does."""
    seen = fp_steps(replay, Position(max(0, end.executed - LOOP), 0), end)
    compares = [one for one in seen if split_mnemonic(one.base)[0] in COMPARES and nans_of(one, one.before)]
    if not compares:
        return False
    last = compares[-1]
    replay.traveller.goto(last.state.position)
    where, now = where_is(replay), replay.machine.clock.now
    name = nans_of(last, last.before)[0]
    text = f"{where.words} compares with a NaN, which is never less, equal or greater: {last.instruction.text}, at "
    text += f"{now:,}: {held_words(name, last.before)}"
    steps.append(WhyStep("register", text, now, last.state.pc, where.place, where.caller, where.thread))
    birth = _birth(seen) or _birth_before(replay, seen, end)
    if birth is not None:
        _tell_birth(replay, steps, birth)
    return True


def _tell_birth(replay: Replay, steps: list[WhyStep], birth: FpStep) -> None:
    replay.traveller.goto(birth.state.position)
    where, now = where_is(replay), replay.machine.clock.now
    text = f"{where.call} made a NaN of numbers that were none, at {now:,}: {birth.instruction.text}: "
    text += " and ".join(held_words(name, birth.before) for name in birth.names[1:])
    steps.append(WhyStep("register", text, now, birth.state.pc, where.place, where.caller, where.thread))


def _birth_before(replay: Replay, seen: list[FpStep], end: Position) -> FpStep | None:
    """Return the operation that made the NaN which the loop keeps: shortly before the first moment with it there."""
    holds = _kept(replay, seen)
    if holds is None:
        return None
    first, last = 0, end.executed
    while first < last:
        middle = (first + last) // 2
        replay.traveller.goto(Position(middle, 0))
        first, last = (first, middle) if holds() else (middle + 1, last)
    return _birth(fp_steps(replay, Position(max(0, first - WINDOW), 0), Position(first, 0)))


def _kept(replay: Replay, seen: list[FpStep]) -> Callable[[], bool] | None:
    """Return what tells whether the NaN is where the loop keeps it: in memory, or in an FP register all the time."""
    for one in reversed(seen):
        address = one.address if one.base in ("vldr", "vstr") and nans_of(one, one.after) else None
        if address is not None:
            size = 8 if one.names[0].startswith("d") else 4
            return lambda: _is_nan(int.from_bytes(replay.peek(address, size) or b"", "little"), size)
    always = [place for place in range(32) if all(_is_nan(one.before[place], 4) for one in seen)]
    return (lambda: _is_nan(fp_words(replay)[always[0]], 4)) if always else None


def _birth(seen: list[FpStep]) -> FpStep | None:
    """Return the last operation that made a NaN of operands which were none."""
    for one in reversed(seen):
        if split_mnemonic(one.base)[0] not in COMPUTES or not one.names:
            continue
        result, *used = one.names
        nans = nans_of(one, one.before)
        if result in nans_of(one, one.after) and not any(name in nans for name in used):
            return one
    return None


def nans_of(one: FpStep, words: tuple[int, ...]) -> list[str]:
    """Return those of the registers that an instruction names which hold a NaN."""
    return [name for name in one.names if _is_nan(value_of(name, words), 8 if name.startswith("d") else 4)]


def _is_nan(value: int, size: int) -> bool:
    exponent, fraction = (0x7FF, 52) if size == 8 else (0xFF, 23)
    return value >> fraction & exponent == exponent and value & (1 << fraction) - 1 != 0
