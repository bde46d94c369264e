"""The ways through a function: whether a branch's other way can come by without a certain call.

Instructions are decoded where a way leads to them, so that constants between them are never taken for code. Bounds: a
function of LONGEST bytes, and MOST_INSTRUCTIONS with those of what it calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from emulator.annotations import NamedTuple
from emulator.diagnosis.replay import Replay
from emulator.disasm import Instruction, each_instruction
from emulator.operands import PC, effect_of, split_mnemonic

LONGEST = 1 << 16
MOST_INSTRUCTIONS = 20_000
DEEPEST = 3
"""Calls within calls that are asked whether they return."""
_WAY_OUT = ("bx", "tbb", "tbh", "udf", "bkpt")


def condition_of(instruction: Instruction) -> str:
    """Return the condition of a branch or a call: ``ne``, ``zero`` of CBZ, '' of what is always taken."""
    name, condition = split_mnemonic(instruction.mnemonic)
    if name in ("cbz", "cbnz"):
        return "zero"
    return condition if name in ("b", "bl", "blx") else ""


def branch_target(instruction: Instruction) -> int | None:
    """Return where a direct branch goes, None where that is no constant."""
    found = instruction.operands.rpartition("#")[2]
    name = split_mnemonic(instruction.mnemonic)[0]
    return int(found, 0) if name in ("b", "cbz", "cbnz") and "#" in instruction.operands else None


class Loop(NamedTuple):
    """The addresses of the instructions ``inside``, and of those outside, ``entries``, that may lead there."""

    inside: frozenset[int]
    entries: frozenset[int]


def _reached(start: int, ways_of: Callable[[int], Iterable[int]], cut: set[int]) -> set[int]:
    """Return what is reached from ``start`` in one step or more, through nothing that is ``cut``."""
    found: set[int] = set()
    ways = list(ways_of(start))
    while ways:
        one = ways.pop()
        if one not in found and one not in cut:
            found.add(one)
            ways += ways_of(one)
    return found


class Code(NamedTuple):
    """A function of the program, from ``start`` to in front of ``end``; ``left`` instructions are looked at.

    Where none is left, a branch counts as one that decides, and a call as one that returns.
    """

    replay: Replay
    start: int
    end: int
    left: list[int]

    @classmethod
    def at(cls, replay: Replay, address: int, left: list[int] | None = None) -> Code | None:
        """Return the function at ``address``, None where none is known."""
        symbol = replay.machine.image.symbols.find_code(address)
        if symbol is None or not 0 < symbol.size <= LONGEST:
            return None
        start = symbol.address & ~1
        return cls(replay, start, start + symbol.size, [MOST_INSTRUCTIONS] if left is None else left)

    def __contains__(self, pc: object) -> bool:
        return isinstance(pc, int) and self.start <= pc & ~1 < self.end

    def may_avoid(self, branch: Instruction, taken: int, goal: int) -> bool:
        """Whether the other way than ``taken`` of ``branch`` may leave the function without coming to ``goal``.

        Coming to ``branch`` again counts: the next time it may go another way.
        """
        target, after = branch_target(branch), branch.address + branch.size
        if target is None:
            return True
        ways = [after if taken == target else target]
        seen: set[int] = set()
        while ways:
            for instruction in self._straight(ways.pop()):
                if instruction.address == goal or instruction.address in seen:
                    break
                seen.add(instruction.address)
                name = split_mnemonic(instruction.mnemonic)[0]
                if instruction.address == branch.address or self._leads_out(name, instruction):
                    return True
                goes_to = branch_target(instruction)
                if name == "bl" and not self._may_return(instruction):
                    return True  # it ends there, and not by the call that is asked about
                if goes_to is not None:
                    if goes_to not in self:
                        return True
                    ways.append(goes_to)
        return False

    def may_leave(self, address: int, loop: set[int]) -> bool:
        """Whether a way from ``address`` leaves the function before it comes into ``loop``, or none comes there."""
        ways, seen, comes_back = [address], set[int](), False
        while ways:
            for instruction in self._straight(ways.pop()):
                if instruction.address in loop or instruction.address in seen:
                    comes_back |= instruction.address in loop
                    break
                seen.add(instruction.address)
                name, goes_to = split_mnemonic(instruction.mnemonic)[0], branch_target(instruction)
                if self._leads_out(name, instruction) or (name == "bl" and not self._may_return(instruction)):
                    return True
                if goes_to is not None:
                    if goes_to not in self:
                        return True
                    ways.append(goes_to)
        return not comes_back

    def loop_around(self, address: int, cuts: Callable[[Instruction], bool]) -> Loop | None:
        """Return the loop that the instruction at ``address`` is in; None: in none, or not all ways are known.

        An instruction that ``cuts`` is none of the loop, but comes before it, if it leads there.
        """
        after = self._successors()
        if after is None or address not in after:
            return None
        cut = {one for one in after if one != address and cuts(after[one][0])}
        before: dict[int, list[int]] = {}
        for one, (_, ways) in after.items():
            for way in ways:
                before.setdefault(way, []).append(one)
        onwards = _reached(address, lambda one: after[one][1] if one in after else (), cut)
        inside = onwards & _reached(address, lambda one: before.get(one, ()), cut)
        if address not in inside or self.start in inside:
            return None
        entries = frozenset(one for way in inside for one in before.get(way, ()) if one not in inside)
        return Loop(frozenset(inside), entries)

    def _successors(self) -> dict[int, tuple[Instruction, tuple[int, ...]]] | None:
        """Return each instruction, by its address, with where it leads in the function; None: that is not all known."""
        found: dict[int, tuple[Instruction, tuple[int, ...]]] = {}
        ways = [self.start]
        while ways:
            for instruction in self._straight(ways.pop()):
                if instruction.address in found:
                    break
                name, condition = split_mnemonic(instruction.mnemonic)
                if name in ("tbb", "tbh") or len(found) >= MOST_INSTRUCTIONS:
                    return None
                target = branch_target(instruction)
                is_end = not condition and (name in ("b", "bx", "udf") or PC in effect_of(instruction).results)
                leads = [] if is_end else [instruction.address + instruction.size]
                leads += [target] if target is not None and target in self else []
                found[instruction.address] = instruction, tuple(leads)
                ways += leads
        return found

    def _may_return(self, call: Instruction, depth: int = DEEPEST) -> bool:
        """Whether the function that ``call`` calls has a way back: ``exit()`` and its like have none."""
        place = call.operands.rpartition("#")[2]
        callee = Code.at(self.replay, int(place, 0), self.left) if "#" in call.operands else None
        if callee is None or depth == 0:
            return True
        ways, seen = [callee.start], set[int]()
        while ways:
            for instruction in callee._straight(ways.pop()):
                if instruction.address in seen:
                    break
                seen.add(instruction.address)
                name, goes_to = split_mnemonic(instruction.mnemonic)[0], branch_target(instruction)
                if self._leads_out(name, instruction):
                    return True
                if name == "bl" and not callee._may_return(instruction, depth - 1):
                    break
                if goes_to is not None and goes_to not in callee:
                    return True
                if goes_to is not None:
                    ways.append(goes_to)
        return False

    def _leads_out(self, name: str, instruction: Instruction) -> bool:
        """Whether an instruction leaves its function for where is not known, or there are enough of them."""
        self.left[0] -= 1
        return self.left[0] < 0 or name in _WAY_OUT or PC in effect_of(instruction).results

    def _straight(self, address: int) -> Iterator[Instruction]:
        """Yield the instructions from ``address`` on, up to the first that is always a branch, or to the end."""
        for instruction in each_instruction(self.replay.peek(address, self.end - address) or b"", address):
            yield instruction
            name, condition = split_mnemonic(instruction.mnemonic)
            if not condition and (name in ("b", *_WAY_OUT) or PC in effect_of(instruction).results):
                return
