"""FP instructions of the second run, with what the FP registers held before and behind each. State: none."""

from __future__ import annotations

import re
import struct

from emulator.annotations import NamedTuple
from emulator.bits import WORD_MASK
from emulator.diagnosis.replay import Replay, State
from emulator.disasm import Instruction
from emulator.timetravel.checkpoint import Position

COMPUTES = frozenset((
    *("vadd", "vsub", "vmul", "vdiv", "vsqrt", "vmla", "vmls", "vnmla", "vnmls", "vnmul", "vfma", "vfms"),
    *("vfnma", "vfnms", "vneg", "vabs"),
))  # fmt: skip
"""Operations whose result is a number of FP operands."""
MOST_EXCEPTIONS = 64
"""Steps that execute no instruction: an exception is taken."""
_REGISTER = re.compile(r"\b([sd])(\d+)\b")
_NUMBERS = {f"r{number}": number for number in range(13)} | {"sp": 13}
_ADDRESS = re.compile(r"\[(\w+)(?:, #(-?(?:0x)?[0-9a-f]+))?\]")


class FpStep(NamedTuple):
    """An instruction with the state in front of it, and S0 to S31 there and behind it."""

    state: State
    instruction: Instruction
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def base(self) -> str:
        """The mnemonic without its types."""
        return self.instruction.mnemonic.partition(".")[0]

    @property
    def names(self) -> list[str]:
        """The FP registers that the instruction names, in its order."""
        return [f"{kind}{number}" for kind, number in _REGISTER.findall(self.instruction.operands)]

    @property
    def address(self) -> int | None:
        """Where a load or store goes, None where that is not a register and a number."""
        found = _ADDRESS.search(self.instruction.operands)
        number = _NUMBERS.get(found[1]) if found is not None else None
        if found is None or number is None:
            return None
        return self.state.registers[number] + int(found[2] or "0", 0) & WORD_MASK


def fp_steps(replay: Replay, start: Position, end: Position) -> list[FpStep]:
    """Return the FP instructions from ``start`` to ``end``."""
    replay.traveller.goto(start)
    found = []
    for _ in range(end.executed - start.executed + MOST_EXCEPTIONS):
        if not replay.position < end:
            break
        state = replay.here()
        listed = replay.instructions(state, 1)
        is_fp = bool(listed) and listed[0].mnemonic.startswith("v")
        before = fp_words(replay) if is_fp else ()
        replay.traveller.step()
        if is_fp and replay.here().ipsr == state.ipsr:
            found.append(FpStep(state, listed[0], before, fp_words(replay)))
    return found


def fp_words(replay: Replay) -> tuple[int, ...]:
    """Return S0 to S31 where the replay is."""
    return tuple(replay.machine.processor.peek_fp()[0])


def value_of(name: str, words: tuple[int, ...]) -> int:
    """Return what the register ``name`` holds: S0, or D0 of two of them."""
    place = int(name[1:])
    if name.startswith("s"):
        return words[place]
    return words[2 * place] | words[2 * place + 1] << 32 if 2 * place + 1 < len(words) else 0


def held_words(name: str, words: tuple[int, ...]) -> str:
    """Return ``s0 held 0.5``."""
    return f"{name} held {float_of(name, words):g}"


def float_of(name: str, words: tuple[int, ...]) -> float:
    """Return the number that a register holds."""
    data = value_of(name, words).to_bytes(8 if name.startswith("d") else 4, "little")
    number: float = struct.unpack("<d" if name.startswith("d") else "<f", data)[0]
    return number
