"""The stack on the way to an instruction, and what one instruction does to it. [A7.7]

The disassembler's text is read, whose forms are those of capstone_library.py. What is not understood changes nothing
but the registers that it names first, which are unknown behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from emulator.bits import WORD_MASK
from emulator.disasm import Instruction
from emulator.records import dataclass, field

SP, LR, PC = 13, 14, 15
NUMBERS = {f"r{number}": number for number in range(16)} | {"sb": 9, "sl": 10, "fp": 11, "ip": 12}
NUMBERS |= {"sp": SP, "lr": LR, "pc": PC}
CONDITIONS = "eq|ne|hs|lo|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le"
_CONDITION = re.compile(rf"({CONDITIONS})$")
_CALLS = re.compile(rf"blx?({CONDITIONS})?(\.[nw])?")
_NO_RESULT = re.compile(r"(str|stm|push|cmp|cmn|tst|teq|nop|it|cps|dmb|dsb|isb|msr|svc|bkpt|udf|b|bl|blx|bx|cbn?z|v)")
LITERAL = re.compile(r"(\w+), \[pc(?:, #(-?(?:0x)?[0-9a-f]+))?\]")


@dataclass(slots=True)
class StackState:
    """The stack on the way to one instruction, relative to the CFA: SP as it was at the function's entry.

    ``pointers`` are registers that hold CFA plus a known number (SP itself unless that is unknown), ``saved`` where the
    caller's registers are, ``numbers`` registers with constants. ``lr_holds``: LR is still the return address.
    """

    pointers: dict[int, int] = field(default_factory=lambda: {SP: 0})
    saved: dict[int, int] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    lr_holds: bool = True

    def copy(self) -> StackState:
        return StackState(dict(self.pointers), dict(self.saved), dict(self.numbers), self.lr_holds)

    def meet(self, other: StackState) -> bool:
        """Keep what ``other`` agrees to; return whether that is less than before."""
        changed = self.lr_holds and not other.lr_holds
        self.lr_holds = self.lr_holds and other.lr_holds
        for mine, theirs in (
            (self.pointers, other.pointers), (self.saved, other.saved), (self.numbers, other.numbers)
        ):  # fmt: skip
            for register in [r for r, value in mine.items() if theirs.get(r) != value]:
                del mine[register]
                changed = True
        return changed


def apply(
    instruction: Instruction, stack: StackState, word: Callable[[int], int | None], *, conditional: bool = False
) -> None:
    """Change ``stack`` as the instruction does when it is executed; ``conditional``: its mnemonic has a condition."""
    mnemonic, operands = instruction.mnemonic.partition(".")[0], instruction.operands
    mnemonic = _CONDITION.sub("", mnemonic) if conditional else mnemonic
    if _CALLS.fullmatch(mnemonic):
        for register in (0, 1, 2, 3, 12, LR):
            _set(stack, register)
        stack.lr_holds = False
        return
    if mnemonic in ("push", "pop") or (mnemonic[:3] in ("stm", "ldm") and operands.startswith("sp!")):
        registers = register_list(operands)
        if mnemonic in ("push", "stmdb", "stmfd"):
            _push(stack, registers, 4 * len(registers))
        else:
            _pop(stack, registers, 4 * len(registers))
        return
    if mnemonic in ("vpush", "vpop") or (mnemonic[:4] in ("vstm", "vldm") and operands.startswith("sp!")):
        size = _fp_list_size(operands)
        _move(stack, -size if mnemonic in ("vpush", "vstmdb") else size)
        return
    if mnemonic in ("str", "strd", "ldr", "ldrd") and _memory(mnemonic, operands, stack):
        return
    if _arithmetic(instruction, mnemonic, operands, stack, word):
        return
    if not _NO_RESULT.match(mnemonic) or mnemonic.startswith(("bfi", "bfc", "bic")):
        for name in re.findall(r"\b(?:r\d+|sp|lr|ip|fp|sl|sb)\b", operands.partition("[")[0]) or []:
            _set(stack, NUMBERS[name])
            if not mnemonic.startswith(("ldm", "ldrd", "umull", "smull", "umlal", "smlal")):
                break
    if "]!" in operands or "]," in operands:
        base = operands.partition("[")[2].partition("]")[0].partition(",")[0]
        if base in NUMBERS:
            _set(stack, NUMBERS[base])


def _set(stack: StackState, register: int, pointer: int | None = None, number: int | None = None) -> None:
    """``register`` has a new value: CFA plus ``pointer``, or ``number``, or one that nobody knows."""
    stack.pointers.pop(register, None)
    stack.numbers.pop(register, None)
    if register == LR:
        stack.lr_holds = False
    if pointer is not None:
        stack.pointers[register] = pointer
    elif number is not None:
        stack.numbers[register] = number & WORD_MASK


def _move(stack: StackState, by: int) -> None:
    if SP in stack.pointers:
        stack.pointers[SP] += by


def _push(stack: StackState, registers: list[int], size: int) -> None:
    _move(stack, -size)
    for index, register in enumerate(registers):
        _save(stack, register, stack.pointers.get(SP), 4 * index)


def _save(stack: StackState, register: int, pointer: int | None, offset: int) -> None:
    """Note a store of ``register`` at CFA + ``pointer`` + ``offset``: it is the caller's value the first time."""
    is_own = register in stack.pointers or register in stack.numbers
    is_callers = stack.lr_holds if register == LR else register in range(4, 12) and not is_own
    if pointer is not None and pointer + offset < 0 and is_callers and register not in stack.saved:
        stack.saved[register] = pointer + offset


def _pop(stack: StackState, registers: list[int], size: int) -> None:
    for index, register in enumerate(registers):
        _restore(stack, register, stack.pointers.get(SP), 4 * index)
    _move(stack, size)


def _restore(stack: StackState, register: int, pointer: int | None, offset: int) -> None:
    place = None if pointer is None else pointer + offset
    is_callers = place is not None and stack.saved.get(register) == place
    _set(stack, register)
    if is_callers:
        del stack.saved[register]
        stack.lr_holds = stack.lr_holds or register == LR


def _memory(mnemonic: str, operands: str, stack: StackState) -> bool:
    """Apply a load or store whose base is SP or a pointer into the frame; return whether it is one."""
    found = re.fullmatch(r"(.*), \[(\w+)(?:, #(-?(?:0x)?[0-9a-f]+))?\](!?)(?:, #(-?(?:0x)?[0-9a-f]+))?", operands)
    base = NUMBERS.get(found[2]) if found else None
    if found is None or base is None or base not in stack.pointers:
        return False
    registers = [NUMBERS[name] for name in found[1].split(", ") if name in NUMBERS]
    offset, behind = int(found[3] or "0", 0), int(found[5] or "0", 0)
    pointer = stack.pointers[base] + offset
    for index, register in enumerate(registers):
        if mnemonic.startswith("str"):
            _save(stack, register, pointer, 4 * index)
        elif register != PC:
            _restore(stack, register, pointer, 4 * index)
    if base in stack.pointers:
        stack.pointers[base] += (offset if found[4] else 0) + behind
    return True


def _arithmetic(
    instruction: Instruction, mnemonic: str, operands: str, stack: StackState, word: Callable[[int], int | None]
) -> bool:
    """Apply a move, an addition or a subtraction as far as its result is known; return whether it is one."""
    literal = LITERAL.fullmatch(operands) if mnemonic == "ldr" else None
    if literal and literal[1] in NUMBERS:
        address = (instruction.address + 4 & ~3) + int(literal[2] or "0", 0)
        _set(stack, NUMBERS[literal[1]], number=word(address))
        return True
    if mnemonic == "adr":
        _set(stack, NUMBERS[operands.partition(",")[0]], number=(instruction.address + 4 & ~3) + _immediate(operands))
        return True
    if mnemonic not in ("mov", "movs", "movw", "movt", "mvn", "add", "adds", "addw", "sub", "subs", "subw"):
        return False
    parts = operands.split(", ")
    destination = NUMBERS.get(parts[0])
    if destination is None or len(parts) > 3:
        return False
    if len(parts) == 2 and mnemonic[:3] in ("add", "sub"):
        parts.insert(1, parts[0])
    pointer, number = _value(parts[1], stack)
    if mnemonic == "movt":
        low = stack.numbers.get(destination)
        _set(stack, destination, number=None if low is None or number is None else low & 0xFFFF | number << 16)
        return True
    if mnemonic == "mvn":
        _set(stack, destination, number=None if number is None else ~number)
        return True
    if mnemonic[:3] in ("add", "sub"):
        _, added = _value(parts[2], stack)
        added = None if added is None else _signed(-added if mnemonic.startswith("sub") else added)
        pointer = None if pointer is None or added is None else pointer + added
        number = None if number is None or added is None else number + added
    _set(stack, destination, pointer, number)
    return True


def _immediate(operands: str) -> int:
    return int(operands.rpartition("#")[2], 0)


def _value(operand: str, stack: StackState) -> tuple[int | None, int | None]:
    """Return (CFA offset, None) or (None, number) of an operand; (None, None) for one that is not known."""
    if operand.startswith("#"):
        return None, int(operand[1:], 0)
    register = NUMBERS.get(operand, -1)
    return stack.pointers.get(register), stack.numbers.get(register)


def _signed(value: int) -> int:
    value &= WORD_MASK
    return value - (1 << 32) if value >> 31 else value


def register_list(operands: str) -> list[int]:
    """Return the numbers of the core registers in ``{r4-r7, lr}``."""
    found: list[int] = []
    for name in operands[operands.index("{") + 1 : operands.index("}")].split(", "):
        first, _, last = name.partition("-")
        found += range(NUMBERS[first], NUMBERS[last or first] + 1)
    return found


def _fp_list_size(operands: str) -> int:
    """Return the bytes of ``{d8, d9}`` or ``{s16-s31}``."""
    names = operands[operands.index("{") + 1 : operands.index("}")].replace(" ", "").split(",")
    ranges = [name.partition("-") for name in names]
    count = sum(int((last or first)[1:]) - int(first[1:]) + 1 for first, _, last in ranges)
    return count * (8 if names[0].startswith("d") else 4)
