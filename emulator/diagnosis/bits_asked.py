"""Which bits of a word are asked for: where a field of it was taken out, stores that only changed others do not count.

Fields are put in by BFI, or by clearing their bits and setting them again; either leaves the other bits as they were.
"""

from __future__ import annotations

import re

from emulator.bits import WORD_MASK
from emulator.diagnosis.definitions import Definition
from emulator.diagnosis.replay import Replay, Store, TooFar, Unseen
from emulator.disasm import Instruction
from emulator.operands import DERIVED, MOVE, registers_in, split_mnemonic
from emulator.timetravel.checkpoint import Position

ALL = WORD_MASK
MOST_STORES = 24
"""Stores that changed other bits, at the most, that are gone past."""
TOP = 1 << 31
_CONSTANT = re.compile(r"#(-?(?:0x)?[0-9a-f]+)")


def bits_before(found: Definition, bits: int) -> int:
    """Return which bits of its source the ``bits`` of the result of ``found`` were made of; ALL: that is not plain."""
    if found.source.kind == MOVE:
        return bits
    name = split_mnemonic(found.instruction.mnemonic)[0]
    numbers = _numbers(found.instruction)
    if found.source.kind != DERIVED or (name not in _EXTENDED and not numbers):
        return ALL
    if name in _EXTENDED:
        width = _EXTENDED[name]
        return _field(bits, width, is_signed=name.startswith("s"))
    first = numbers[0]
    if name in ("ubfx", "sbfx") and len(numbers) == 2:
        return _field(bits, numbers[1], is_signed=name == "sbfx") << first & ALL
    shifted = {"lsl": bits >> first, "lsr": bits << first & ALL, "asr": bits << first & ALL}
    if name == "asr" and bits >> max(0, 31 - first):
        return shifted[name] | TOP
    return shifted.get(name, {"and": bits & first, "bic": bits & ~first}.get(name, ALL))


_EXTENDED = {"uxtb": 8, "uxth": 16, "sxtb": 8, "sxth": 16}


def _field(bits: int, width: int, *, is_signed: bool) -> int:
    inside = bits & (1 << width) - 1
    return inside | 1 << width - 1 if is_signed and bits >> width else inside


def passed_through(found: Definition, bits: int) -> tuple[int, int] | None:
    """Return the register that ``bits`` of the result of ``found`` came from, and as which of its bits; else None."""
    name = split_mnemonic(found.instruction.mnemonic)[0]
    registers, numbers = registers_in(found.instruction.operands), _numbers(found.instruction)
    if name in ("bfi", "bfc") and len(numbers) == 2:
        field = (1 << numbers[1]) - 1 << numbers[0]
        if not bits & field:
            return registers[0], bits
        return (registers[1], bits >> numbers[0]) if name == "bfi" and not bits & ~field else None
    if name not in ("orr", "eor", "bic", "and"):
        return None
    if numbers:
        sources = registers[1:] or registers[:1]
        changed = ~numbers[0] & ALL if name == "and" else numbers[0]
        return None if bits & changed else (sources[0], bits)
    if (
        name != "orr"
        or "," not in found.instruction.operands
        or any(sign in found.instruction.operands for sign in "#")
    ):
        return None
    there = [one for one in registers[-2:] if found.state.registers[one] & bits]
    return (there[0], bits) if len(there) == 1 else None


def tested_by(found: Definition) -> int | None:
    """Return the register that ``found`` made a truth value of: by CLZ, or by ADCS of it and its negative."""
    name = split_mnemonic(found.instruction.mnemonic)[0]
    registers = registers_in(found.instruction.operands)
    if name == "clz" and len(registers) == 2:
        return registers[1]
    return registers[-1] if name == "adc" and len(registers) in (2, 3) else None


def last_change(replay: Replay, address: int, size: int, position: Position, bits: int) -> tuple[Store | None, bool]:
    """Return the last store before ``position`` that changed ``bits`` of the ``size`` bytes at ``address``.

    The second: others came later. Where none is seen to have changed them, it is the last store there. Raises what
    ``Replay.last_store`` does.
    """
    last = store = replay.last_store(address, size, position)
    whole = (1 << 8 * size) - 1
    if bits & whole == whole:
        return last, False
    for _ in range(MOST_STORES):
        if store is None or store.value is None:
            break
        replay.traveller.goto(store.state.position)
        before = replay.peek(address, size)
        replay.traveller.step()
        after = replay.peek(address, size)
        if before is None or after is None:
            break
        if (int.from_bytes(before, "little") ^ int.from_bytes(after, "little")) & bits:
            return store, store is not last
        try:
            store = replay.last_store(address, size, store.state.position)
        except (TooFar, Unseen, ValueError):
            break
    return last, False


def _numbers(instruction: Instruction) -> list[int]:
    """Return the operands that are constants."""
    found = (_CONSTANT.fullmatch(part.strip()) for part in instruction.operands.split(","))
    return [int(one[1], 0) for one in found if one is not None]
