"""What a function's code does to the stack on every way through it, read from the instructions alone. [A7.7]

For code without call frame information: assembly, programs without -g, stripped images. The instructions are followed
from the function's entry along branches, so that prologues, epilogues, early returns and functions that save nothing
are all the same: a list of what the way to an address pushed. Where two ways meet and say different things, only what
they agree on is kept. Nothing is guessed: a stack pointer that moves by an unknown amount is unknown from there on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from emulator.bits import WORD_MASK
from emulator.debuginfo.source import UnwindRow
from emulator.disasm import Instruction, disassemble
from emulator.errors import GuestAccessError
from emulator.records import dataclass, field

MOST_INSTRUCTIONS = 4096
"""Instructions of one function that are followed; a longer one stays unknown behind them."""

SP, LR, PC = 13, 14, 15
_NUMBERS = {f"r{number}": number for number in range(16)} | {"sb": 9, "sl": 10, "fp": 11, "ip": 12}
_NUMBERS |= {"sp": SP, "lr": LR, "pc": PC}
_CONDITIONS = "eq|ne|hs|lo|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le"
_CONDITIONAL_BRANCH = re.compile(rf"b({_CONDITIONS})(\.[nw])?|cbn?z")
_CALLS = re.compile(rf"blx?({_CONDITIONS})?(\.[nw])?")
_NO_RESULT = re.compile(r"(str|stm|push|cmp|cmn|tst|teq|nop|it|cps|dmb|dsb|isb|msr|svc|bkpt|udf|b|bl|blx|bx|cbn?z|v)")
_MAY_WRITE_PC = ("mov", "add", "pop", "ldm", "ldmia", "ldmdb")
_WRITES_PC = re.compile(r"^pc,|\{.*\bpc\b")
_TARGET = re.compile(r"#(0x[0-9a-f]+|\d+)$")
_LITERAL = re.compile(r"(\w+), \[pc(?:, #(-?(?:0x)?[0-9a-f]+))?\]")


@dataclass(slots=True)
class _Stack:
    """The stack on the way to one instruction, relative to the CFA: SP as it was at the function's entry.

    ``pointers`` are registers that hold CFA plus a known number (SP itself unless that is unknown), ``saved`` where the
    caller's registers are, ``numbers`` registers with constants. ``lr_holds``: LR is still the return address.
    """

    pointers: dict[int, int] = field(default_factory=lambda: {SP: 0})
    saved: dict[int, int] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    lr_holds: bool = True

    def copy(self) -> _Stack:
        return _Stack(dict(self.pointers), dict(self.saved), dict(self.numbers), self.lr_holds)

    def meet(self, other: _Stack) -> bool:
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


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of a function that keeps its return address: a tail call. ``target`` is None through a pointer.

    ``pc`` is the branch, or the last instruction where the code runs on into the next function.
    """

    pc: int
    target: int | None


class FunctionCode:
    """The code of one function, [start, end) in each of ``spans``, the first of which begins with its entry.

    ``peek(address, size)`` reads guest memory and raises GuestAccessError where there is none.
    """

    def __init__(self, spans: list[tuple[int, int]], peek: Callable[[int, int], bytes]) -> None:
        self._spans = spans
        self._peek = peek
        self._stacks: dict[int, _Stack] = {}
        self.exits: list[Exit] = []
        self._follow(spans[0][0])

    def reaches(self, pc: int) -> bool:
        """Whether a way from the entry leads to the instruction at ``pc``."""
        return pc in self._stacks

    def keeps_lr(self, pc: int) -> bool:
        """Whether LR is the return address in front of ``pc``, on whatever way that was reached."""
        stack = self._stacks.get(pc)
        return stack is not None and stack.lr_holds

    def unwind(self, pc: int) -> UnwindRow | None:
        """Return how to leave the function in front of the instruction at ``pc``; None where that is not known."""
        stack = self._stacks.get(pc)
        if stack is None or not stack.pointers:
            return None
        register = SP if SP in stack.pointers else min(stack.pointers)
        return UnwindRow(register, -stack.pointers[register], dict(stack.saved))

    # -- ways through the code ---------------------------------------------------------------------------------------

    def _follow(self, entry: int) -> None:
        waiting: list[tuple[int, int, _Stack]] = [(entry, 0, _Stack())]
        exits: dict[int, Exit] = {}
        steps = 0
        while waiting and steps < 4 * MOST_INSTRUCTIONS and len(self._stacks) < MOST_INSTRUCTIONS:
            address, itstate, stack = waiting.pop(0)
            known = self._stacks.get(address)
            if known is not None and not known.meet(stack):
                continue
            steps += 1
            stack = self._stacks.setdefault(address, stack)
            instruction = self._decode(address, itstate)
            if instruction is None:
                continue
            after = stack.copy()
            always = not itstate & 0xF
            _apply(instruction, after, self._word)
            if not always and not _leaves(instruction):
                after.meet(stack)  # it is executed, or not
            for target in self._successors(instruction, always):
                if target is None or not self._is_inside(target):
                    is_kept = after.lr_holds and after.pointers.get(SP) == 0
                    if is_kept and (target is not None or _is_pointer_jump(instruction)):
                        exits[address] = Exit(address, target)
                    continue
                follows = target == address + instruction.size
                passed = stack if follows and not always and _leaves(instruction) else after
                waiting.append((target, _advance(instruction, itstate) if follows else 0, passed.copy()))
        self.exits = [exits[pc] for pc in sorted(exits)]

    def _is_inside(self, address: int) -> bool:
        return any(start <= address < end for start, end in self._spans)

    def _decode(self, address: int, itstate: int) -> Instruction | None:
        for size in (4, 2):
            try:
                return disassemble(self._peek(address, size), address, itstate)
            except GuestAccessError:
                continue
        return None

    def _word(self, address: int) -> int | None:
        try:
            return int.from_bytes(self._peek(address & WORD_MASK, 4), "little")
        except GuestAccessError:
            return None

    def _successors(self, instruction: Instruction, always: bool) -> Iterator[int | None]:
        """Yield where execution goes on: addresses, and None for a place that a register or memory decides."""
        mnemonic, operands = instruction.mnemonic, instruction.operands
        following = instruction.address + instruction.size
        base = mnemonic.partition(".")[0]
        if not always:
            base = re.sub(rf"({_CONDITIONS})$", "", base)
            yield following
        target = _TARGET.search(operands)
        if _CONDITIONAL_BRANCH.fullmatch(mnemonic) and target:
            yield int(target[1], 0)
            if always:
                yield following
        elif base == "b" and target:
            yield int(target[1], 0)
        elif base in ("tbb", "tbh"):
            yield from self._table(instruction, 1 if base == "tbb" else 2)
        elif base == "ldr" and operands.startswith("pc,"):
            literal = _LITERAL.fullmatch(operands)
            at = (instruction.address + 4 & ~3) + int(literal[2] or "0", 0) if literal else None
            word = self._word(at) if at is not None else None
            yield word & ~1 if word is not None else None
        elif base == "bx" or (base in _MAY_WRITE_PC and _WRITES_PC.search(operands)):
            yield None
        elif base in ("udf", "trap") or base.startswith("."):
            return
        elif always:
            yield following

    def _table(self, instruction: Instruction, size: int) -> Iterator[int]:
        """Yield the targets of TBB and TBH: the table follows the instruction and ends where its first target is."""
        if "[pc" not in instruction.operands:
            return
        table = instruction.address + 4
        lowest = table + 2 * 512
        for index in range(512):
            at = table + index * size
            if at >= lowest:
                return
            try:
                entry = int.from_bytes(self._peek(at, size), "little")
            except GuestAccessError:
                return
            target = table + 2 * entry
            if entry and self._is_inside(target):
                lowest = min(lowest, target)
                yield target


def _advance(instruction: Instruction, itstate: int) -> int:
    """Return ITSTATE for the instruction that follows. [A7.3.3]"""
    first = int.from_bytes(instruction.bytes[:2], "little")
    if instruction.size == 2 and first & 0xFF00 == 0xBF00 and first & 0xF and not itstate & 0xF:
        return first & 0xFF
    return itstate & 0xE0 | itstate << 1 & 0x1F if itstate & 7 else 0


def _leaves(instruction: Instruction) -> bool:
    """Whether it is a return or a jump: if its condition fails, nothing of it happens."""
    return bool(re.search(r"\bpc\b", instruction.operands)) or instruction.mnemonic.startswith("bx")


def _is_pointer_jump(instruction: Instruction) -> bool:
    """Whether it is BX, MOV PC or LDR PC by something that is not the return address."""
    operands = instruction.operands
    if instruction.mnemonic.startswith("bx"):
        return operands != "lr"
    return operands.startswith("pc, ") and "[sp" not in operands and not operands.endswith(" lr")


# -- what one instruction does -------------------------------------------------------------------------------------


def _apply(instruction: Instruction, stack: _Stack, word: Callable[[int], int | None]) -> None:
    """Change ``stack`` as the instruction does, which is executed unconditionally."""
    mnemonic, operands = instruction.mnemonic.partition(".")[0], instruction.operands
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
            _set(stack, _NUMBERS[name])
            if not mnemonic.startswith(("ldm", "ldrd", "umull", "smull", "umlal", "smlal")):
                break
    if "]!" in operands or "]," in operands:
        base = operands.partition("[")[2].partition("]")[0].partition(",")[0]
        if base in _NUMBERS:
            _set(stack, _NUMBERS[base])


def _set(stack: _Stack, register: int, pointer: int | None = None, number: int | None = None) -> None:
    """``register`` has a new value: CFA plus ``pointer``, or ``number``, or one that nobody knows."""
    stack.pointers.pop(register, None)
    stack.numbers.pop(register, None)
    if register == LR:
        stack.lr_holds = False
    if pointer is not None:
        stack.pointers[register] = pointer
    elif number is not None:
        stack.numbers[register] = number & WORD_MASK


def _move(stack: _Stack, by: int) -> None:
    if SP in stack.pointers:
        stack.pointers[SP] += by


def _push(stack: _Stack, registers: list[int], size: int) -> None:
    _move(stack, -size)
    for index, register in enumerate(registers):
        _save(stack, register, stack.pointers.get(SP), 4 * index)


def _save(stack: _Stack, register: int, pointer: int | None, offset: int) -> None:
    """Note a store of ``register`` at CFA + ``pointer`` + ``offset``: it is the caller's value the first time."""
    is_own = register in stack.pointers or register in stack.numbers
    is_callers = stack.lr_holds if register == LR else register in range(4, 12) and not is_own
    if pointer is not None and pointer + offset < 0 and is_callers and register not in stack.saved:
        stack.saved[register] = pointer + offset


def _pop(stack: _Stack, registers: list[int], size: int) -> None:
    for index, register in enumerate(registers):
        _restore(stack, register, stack.pointers.get(SP), 4 * index)
    _move(stack, size)


def _restore(stack: _Stack, register: int, pointer: int | None, offset: int) -> None:
    place = None if pointer is None else pointer + offset
    is_callers = place is not None and stack.saved.get(register) == place
    _set(stack, register)
    if is_callers:
        del stack.saved[register]
        stack.lr_holds = stack.lr_holds or register == LR


def _memory(mnemonic: str, operands: str, stack: _Stack) -> bool:
    """Apply a load or store whose base is SP or a pointer into the frame; return whether it is one."""
    found = re.fullmatch(r"(.*), \[(\w+)(?:, #(-?(?:0x)?[0-9a-f]+))?\](!?)(?:, #(-?(?:0x)?[0-9a-f]+))?", operands)
    base = _NUMBERS.get(found[2]) if found else None
    if found is None or base is None or base not in stack.pointers:
        return False
    registers = [_NUMBERS[name] for name in found[1].split(", ") if name in _NUMBERS]
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
    instruction: Instruction, mnemonic: str, operands: str, stack: _Stack, word: Callable[[int], int | None]
) -> bool:
    """Apply a move, an addition or a subtraction as far as its result is known; return whether it is one."""
    literal = _LITERAL.fullmatch(operands) if mnemonic == "ldr" else None
    if literal and literal[1] in _NUMBERS:
        address = (instruction.address + 4 & ~3) + int(literal[2] or "0", 0)
        _set(stack, _NUMBERS[literal[1]], number=word(address))
        return True
    if mnemonic not in ("mov", "movs", "movw", "movt", "mvn", "add", "adds", "addw", "sub", "subs", "subw"):
        return False
    parts = operands.split(", ")
    destination = _NUMBERS.get(parts[0])
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


def _value(operand: str, stack: _Stack) -> tuple[int | None, int | None]:
    """Return (CFA offset, None) or (None, number) of an operand; (None, None) for one that is not known."""
    if operand.startswith("#"):
        return None, int(operand[1:], 0)
    register = _NUMBERS.get(operand, -1)
    return stack.pointers.get(register), stack.numbers.get(register)


def _signed(value: int) -> int:
    value &= WORD_MASK
    return value - (1 << 32) if value >> 31 else value


def register_list(operands: str) -> list[int]:
    """Return the numbers of the core registers in ``{r4-r7, lr}``."""
    found: list[int] = []
    for name in operands[operands.index("{") + 1 : operands.index("}")].split(", "):
        first, _, last = name.partition("-")
        found += range(_NUMBERS[first], _NUMBERS[last or first] + 1)
    return found


def _fp_list_size(operands: str) -> int:
    """Return the bytes of ``{d8, d9}`` or ``{s16-s31}``."""
    names = operands[operands.index("{") + 1 : operands.index("}")].replace(" ", "").split(",")
    ranges = [name.partition("-") for name in names]
    count = sum(int((last or first)[1:]) - int(first[1:]) + 1 for first, _, last in ranges)
    return count * (8 if names[0].startswith("d") else 4)
