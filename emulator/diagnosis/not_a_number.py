"""A loop that a NaN keeps going: no comparison with one is true, and the operation that made it may be long over.

FP registers are read at each of the last instructions; a NaN that is kept in memory is followed back there, since it
stays one: whatever is computed of it is a NaN, too. [A2.5.4, FPUnpack and FPProcessNaNs]
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from emulator.annotations import NamedTuple
from emulator.bits import WORD_MASK
from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay, State
from emulator.disasm import Instruction
from emulator.operands import split_mnemonic
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

LOOP = 200
"""Instructions at the end of the run that are looked at for a comparison."""
WINDOW = 400
"""Instructions in front of the first NaN in memory that are looked at for the operation which made it."""
_REGISTER = re.compile(r"\b([sd])(\d+)\b")
_COMPARES = ("vcmp", "vcmpe")
_COMPUTES = ("vadd", "vsub", "vmul", "vdiv", "vsqrt", "vmla", "vmls", "vnmla", "vnmls", "vnmul", "vfma", "vfms")
NUMBERS = {f"r{number}": number for number in range(13)} | {"sp": 13}
_ADDRESS = re.compile(r"\[(\w+)(?:, #(-?(?:0x)?[0-9a-f]+))?\]")


class _Seen(NamedTuple):
    """An instruction with the state in front of it, and the FP registers there and behind it."""

    state: State
    instruction: Instruction
    before: tuple[int, ...]
    after: tuple[int, ...]


def tell_not_a_number(replay: Replay, steps: list[WhyStep], end: Position) -> bool:
    """Say that the loop at ``end`` compares with a NaN, and what made that; whether it does."""
    seen = _seen(replay, Position(max(0, end.executed - LOOP), 0), end)
    compares = [one for one in seen if split_mnemonic(_base(one))[0] in _COMPARES and _nans(one, one.before)]
    if not compares:
        return False
    last = compares[-1]
    replay.traveller.goto(last.state.position)
    where, now = where_is(replay), replay.machine.clock.now
    name, word = _nans(last, last.before)[0]
    text = f"{where.words} compares with a NaN, which is never less, equal or greater: {last.instruction.text}, at "
    text += f"{now:,}: {name} held 0x{word:0{16 if name.startswith('d') else 8}x}"
    steps.append(WhyStep("register", text, now, last.state.pc, where.place, where.caller, where.thread))
    birth = _birth(seen) or _birth_before(replay, seen, end)
    if birth is not None:
        _tell_birth(replay, steps, birth)
    return True


def _tell_birth(replay: Replay, steps: list[WhyStep], birth: _Seen) -> None:
    replay.traveller.goto(birth.state.position)
    where, now = where_is(replay), replay.machine.clock.now
    operands = [f"{name} held {_shown(name, value)}" for name, value in _values(birth, birth.before)[1:]]
    text = f"{where.call} made a NaN of numbers that were none, at {now:,}: {birth.instruction.text}: "
    text += " and ".join(operands)
    steps.append(WhyStep("register", text, now, birth.state.pc, where.place, where.caller, where.thread))


def _birth_before(replay: Replay, seen: list[_Seen], end: Position) -> _Seen | None:
    """Return the operation that made the NaN which the loop keeps: shortly before the first moment with it there."""
    holds = _kept(replay, seen)
    first, last = 0, end.executed
    while holds is not None and first < last:
        middle = (first + last) // 2
        replay.traveller.goto(Position(middle, 0))
        first, last = (first, middle) if holds() else (middle + 1, last)
    return _birth(_seen(replay, Position(max(0, first - WINDOW), 0), Position(first, 0))) if holds is not None else None


def _kept(replay: Replay, seen: list[_Seen]) -> Callable[[], bool] | None:
    """Return what tells whether the NaN is where the loop keeps it: in memory, or in an FP register all the time."""
    for one in reversed(seen):
        found = _ADDRESS.search(one.instruction.operands) if _base(one) in ("vldr", "vstr") else None
        number = NUMBERS.get(found[1]) if found is not None else None
        if found is not None and number is not None and _nans(one, one.after):
            address = one.state.registers[number] + int(found[2] or "0", 0) & WORD_MASK
            size = 8 if one.instruction.operands.startswith("d") else 4
            return lambda: _is_nan(int.from_bytes(replay.peek(address, size) or b"", "little"), size)
    always = [place for place in range(32) if all(_is_nan(one.before[place], 4) for one in seen)]
    return (lambda: _is_nan(_fp(replay)[always[0]], 4)) if always else None


def _birth(seen: list[_Seen]) -> _Seen | None:
    """Return the last operation that made a NaN of operands which were none."""
    for one in reversed(seen):
        if split_mnemonic(_base(one))[0] in _COMPUTES and _values(one, one.after):
            _, *used = _values(one, one.before)
            if _is_nan_of(*_values(one, one.after)[0]) and not any(_is_nan_of(*value) for value in used):
                return one
    return None


def _seen(replay: Replay, start: Position, end: Position) -> list[_Seen]:
    """Return the FP instructions from ``start`` to ``end``."""
    replay.traveller.goto(start)
    found = []
    while replay.position < end:
        state = replay.here()
        listed = replay.instructions(state, 1)
        is_fp = bool(listed) and listed[0].mnemonic.startswith("v")
        before = _fp(replay) if is_fp else ()
        replay.traveller.step()
        if is_fp and replay.here().ipsr == state.ipsr:
            found.append(_Seen(state, listed[0], before, _fp(replay)))
    return found


def _fp(replay: Replay) -> tuple[int, ...]:
    return tuple(replay.machine.processor.peek_fp()[0])


def _base(one: _Seen) -> str:
    return one.instruction.mnemonic.partition(".")[0]


def _values(one: _Seen, words: tuple[int, ...]) -> list[tuple[str, int]]:
    """Return the FP registers that an instruction names, in its order, with what they hold."""
    found = []
    for kind, number in _REGISTER.findall(one.instruction.operands):
        place = int(number)
        if kind == "s":
            found.append((f"s{place}", words[place]))
        elif 2 * place + 1 < len(words):
            found.append((f"d{place}", words[2 * place] | words[2 * place + 1] << 32))
    return found


def _nans(one: _Seen, words: tuple[int, ...]) -> list[tuple[str, int]]:
    return [value for value in _values(one, words) if _is_nan_of(*value)]


def _is_nan_of(name: str, value: int) -> bool:
    return _is_nan(value, 8 if name.startswith("d") else 4)


def _is_nan(value: int, size: int) -> bool:
    exponent, fraction = (0x7FF, 52) if size == 8 else (0xFF, 23)
    return value >> fraction & exponent == exponent and value & (1 << fraction) - 1 != 0


def _shown(name: str, value: int) -> str:
    words = struct.pack("<Q", value) if name.startswith("d") else struct.pack("<I", value)
    return f"{struct.unpack('<d' if name.startswith('d') else '<f', words)[0]:g}"
