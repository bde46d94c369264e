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
from emulator.records import dataclass
from emulator.trace.stack_effects import CONDITIONS, LITERAL, NUMBERS, SP, StackState, apply

MOST_INSTRUCTIONS = 4096
"""Instructions of one function that are followed; a longer one stays unknown behind them."""

LONGEST_TABLE = 512
"""Entries of a table of branches."""

_CONDITIONAL_BRANCH = re.compile(rf"b({CONDITIONS})(\.[nw])?|cbn?z")
_MAY_WRITE_PC = ("mov", "add", "pop", "ldm", "ldmia", "ldmdb")
_WRITES_PC = re.compile(r"^pc,|\{.*\bpc\b")
_TARGET = re.compile(r"#(0x[0-9a-f]+|\d+)$")
_TABLE = re.compile(r"pc, \[(\w+), \w+, lsl #2\]")


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
        self._stacks: dict[int, StackState] = {}
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
        waiting: list[tuple[int, int, StackState]] = [(entry, 0, StackState())]
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
            apply(instruction, after, self._word, conditional=not always)
            if not always and not _leaves(instruction):
                after.meet(stack)  # it is executed, or not
            for target in self._successors(instruction, always, stack):
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

    def _successors(self, instruction: Instruction, always: bool, stack: StackState) -> Iterator[int | None]:
        """Yield where execution goes on: addresses, and None for a place that a register or memory decides."""
        mnemonic, operands = instruction.mnemonic, instruction.operands
        following = instruction.address + instruction.size
        base = mnemonic.partition(".")[0]
        if not always:
            base = re.sub(rf"({CONDITIONS})$", "", base)
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
        elif base == "ldr" and (table := _TABLE.fullmatch(operands)) is not None:
            yield from self._addresses(stack.numbers.get(NUMBERS.get(table[1], -1)))
        elif base == "ldr" and operands.startswith("pc,"):
            literal = LITERAL.fullmatch(operands)
            at = (instruction.address + 4 & ~3) + int(literal[2] or "0", 0) if literal else None
            word = self._word(at) if at is not None else None
            yield word & ~1 if word is not None else None
        elif base == "bx" or (base in _MAY_WRITE_PC and _WRITES_PC.search(operands)):
            yield None
        elif base in ("udf", "trap") or base.startswith("."):
            return
        elif always:
            yield following

    def _addresses(self, table: int | None) -> Iterator[int]:
        """Yield the targets of LDR PC from a table of addresses: as many as lead into this function."""
        for index in range(LONGEST_TABLE if table is not None else 0):
            word = self._word((table or 0) + 4 * index)
            if word is None or not word & 1 or not self._is_inside(word & ~1):
                return
            yield word & ~1

    def _table(self, instruction: Instruction, size: int) -> Iterator[int]:
        """Yield the targets of TBB and TBH: the table follows the instruction and ends where its first target is."""
        if "[pc" not in instruction.operands:
            return
        table = instruction.address + 4
        lowest = table + 2 * LONGEST_TABLE
        for index in range(LONGEST_TABLE):
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
