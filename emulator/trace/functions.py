"""The functions of a program, named or not, and whether a return address is that of a call of one of them.

One question decides about every return address: is the call in front of it a call of this function? A stale LR, an
overwritten frame and a frame that a tail call dropped all show there. A ``BL`` names its target; what that target goes
on to by a branch (tail calls, veneers, code that runs on into the next function) is followed; ``BLX`` may call
anything. State: what was looked at, kept for one backtrace.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from emulator.errors import GuestAccessError
from emulator.image.image import Image
from emulator.image.vector_table import find_vector_table
from emulator.records import dataclass
from emulator.trace.function_code import Exit, FunctionCode

LONGEST_FUNCTION = 1 << 14
"""Bytes of a function whose size nothing says."""
MOST_SEARCHED = 1 << 18
"""Bytes of a segment that are searched for the callers of one function, each time that is asked."""
MOST_SCANNED = 1 << 22
"""Bytes of a program that are searched for calls."""
TAIL_CALL, SENT_ON = "tail call", "sent on"
LONGEST_TAIL = 4
"""Tail calls in a row that are followed."""

LONGEST_STUB = 32
"""Bytes of a function that only makes a system call."""

_PUSHES_TRIED = 8
SVC, BX_LR = 0xDF, b"\x70\x47"  # [A7.7.175, A7.7.20]
_KEPT = range(4, 12)
"""The registers that a function leaves as it found them. [AAPCS, 6.1.1]"""


@dataclass(frozen=True, slots=True)
class Function:
    """Code from ``start`` on, in ``spans``; ``name`` is '' where no symbol names it."""

    name: str
    start: int
    spans: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        return self.name or f"the function at 0x{self.start:08x}"


@dataclass(frozen=True, slots=True)
class Tail:
    """A function that was called and went on to the next one by a branch. ``pc`` is the branch.

    ``is_certain`` is False where the branch was through a pointer, ``is_only`` where other branches lead there too.
    ``relation`` is SENT_ON where it was no branch: a kernel went on elsewhere than behind the SVC in front of ``pc``.
    """

    function: Function
    pc: int
    is_certain: bool
    is_only: bool
    relation: str = TAIL_CALL


@dataclass(frozen=True, slots=True)
class Call:
    """How a return address fits a function: ``tails`` are between the call and it, the callee's side first.

    ``is_certain``: every step of it is in the instructions; else a pointer may have led there, or elsewhere.
    """

    is_certain: bool
    tails: tuple[Tail, ...] = ()


class Functions:
    """The functions of ``image``. ``peek(address, size)`` reads guest memory, GuestAccessError where there is none."""

    def __init__(self, image: Image, peek: Callable[[int, int], bytes]) -> None:
        self._image = image
        self._peek = peek
        self._codes: dict[Function, FunctionCode] = {}
        self._found: dict[int, Function | None] = {}

    def at(self, address: int) -> Function | None:
        """Return the function whose code is at ``address``, None where that is not known."""
        if address not in self._found:
            symbol = self._image.symbols.find_code(address)
            self._found[address] = self._named(symbol.name, symbol.address) if symbol else self._unnamed(address)
        return self._found[address]

    def code(self, function: Function) -> FunctionCode:
        """Return what the instructions of ``function`` do."""
        if function not in self._codes:
            self._codes[function] = FunctionCode(list(function.spans), self._peek)
        return self._codes[function]

    def is_called(self, function: Function) -> bool:
        """Whether any call in the program names ``function``."""
        return function.start in self._called

    def call_of(
        self, callee: Function | None, address: int, registers: Sequence[int] = (), *, is_saved: bool = False
    ) -> Call | None:
        """Return how ``address`` is a return address of ``callee``; None where it is not.

        Of a function that is not known any call may be. ``registers`` are the caller's, as far as its callees keep
        them: one of those that a call through a pointer used still says where that led. ``is_saved``: the function has
        put the address into its own frame, so that it is no LR that another call left.
        """
        symbol = self._image.symbols.find(address - 2)
        is_call, target = call_before(address, self._peek)
        if not is_call or (symbol is not None and symbol.is_data):
            return None
        if target is None and callee is not None:
            found = self._call_by_register(callee, address, registers)
            if found is not None:
                return found
        if target is None or callee is None:
            return Call(is_certain=False)
        if target == callee.start or (self.at(target) == callee and callee.start < target):
            return Call(is_certain=True)
        return self._tail_call(target, callee) or (self._sent_on(target) if is_saved else None)

    def handler_call(self, callee: Function | None, exception: int) -> Call | None:
        """Return how the handler of ``exception``, as the image has it, went on to ``callee``; None where it did not.

        Only by branches that say where they lead: who moved the vectors may have another handler.
        """
        table = self._vectors
        word = None if table is None else self._image.bytes_at(table + 4 * exception, 4)
        target = int.from_bytes(word or b"", "little") & ~1
        if callee is None or not target or target == callee.start:
            return None
        call = self._tail_call(target, callee)
        return call if call is not None and call.is_certain else None

    @cached_property
    def _vectors(self) -> int | None:
        return find_vector_table(self._image)

    def _sent_on(self, target: int) -> Call | None:
        """Return how a kernel came to go on elsewhere, where an SVC with its return was called at ``target``."""
        stub = self._entered(target)
        size = stub.spans[0][1] - target if stub is not None else 0
        if stub is None or not 0 < size <= LONGEST_STUB:
            return None
        code = self._peek(target, size)
        places = [place for place in range(0, size - 1, 2) if code[place + 1] == SVC and code[place + 2 :][:2] == BX_LR]
        if len(places) != 1:
            return None
        return Call(is_certain=True, tails=(Tail(stub, target + places[0] + 2, True, True, SENT_ON),))

    def callers_of(self, callee: Function) -> list[int]:
        """Return the return addresses of the calls that name ``callee``, in the first bytes of each segment."""
        found: list[int] = []
        for segment in self._image.segments:
            found += [behind for behind, target in _calls_in(segment.data[:MOST_SEARCHED], segment.address)
                      if target == callee.start]  # fmt: skip
        return found

    def _call_by_register(self, callee: Function, address: int, registers: Sequence[int]) -> Call | None:
        """Return how ``callee`` was come to by BLX with a register that functions keep, None where that is unknown."""
        number = int.from_bytes(self._peek(address - 2, 2), "little") >> 3 & 15
        if number not in _KEPT or number >= len(registers) or not registers[number] & 1:
            return None
        target = registers[number] & ~1
        if self._image.segment_at(target) is None:
            return None
        if target == callee.start:
            return Call(is_certain=True)
        function = self._entered(target)
        way = self._tail_call(target, callee) if function is not None and function.name else None
        return way if way is not None and way.is_certain else None

    # -- tail calls --------------------------------------------------------------------------------------------------

    def _tail_call(self, target: int, callee: Function) -> Call | None:
        """Follow the branches that leave the function at ``target`` to ``callee``, the shortest way."""
        first = self._entered(target)
        ways: list[tuple[Tail, ...]] = [()]
        fronts: list[Function] = [first] if first is not None else []
        seen = set(fronts)
        pointed: Call | None = None
        for _ in range(LONGEST_TAIL):
            following: list[Function] = []
            longer: list[tuple[Tail, ...]] = []
            for function, way in zip(fronts, ways, strict=True):
                exits = self.code(function).exits
                for leaving in exits:
                    tail = Tail(function, leaving.pc, leaving.target is not None, _is_only(leaving, exits))
                    if leaving.target == callee.start:
                        return Call(is_certain=True, tails=(tail, *way))
                    if leaving.target is None:
                        pointed = pointed or Call(is_certain=False, tails=(tail, *way))
                        continue
                    onwards = self._entered(leaving.target)
                    if onwards is not None and onwards not in seen:
                        seen.add(onwards)
                        following.append(onwards)
                        longer.append((tail, *way))
            fronts, ways = following, longer
        return pointed

    def _entered(self, address: int) -> Function | None:
        """Return the function that begins at ``address``."""
        function = self.at(address)
        if function is not None and function.start == address:
            return function
        end = function.spans[0][1] if function is not None else address + LONGEST_FUNCTION
        return Function("" if function is None else function.name, address, ((address, end),))

    # -- where functions are -----------------------------------------------------------------------------------------

    def _named(self, name: str, start: int) -> Function:
        """Return the function of a symbol; the rarely executed part that GCC puts apart belongs to it."""
        symbols = self._image.symbols.by_name
        base = name.partition(".cold")[0]
        whole, cold = symbols.get(base), symbols.get(f"{base}.cold")
        parts = [part for part in (whole, cold) if part is not None and not part.is_data]
        if not any(part.address == start for part in parts):
            return Function(name, start, (self._span(start),))
        return Function(base, parts[0].address, tuple(self._span(part.address) for part in parts))

    def _span(self, start: int) -> tuple[int, int]:
        symbol = self._image.symbols.find_code(start)
        if symbol is not None and symbol.address == start and symbol.size:
            return start, start + symbol.size
        starts = self._starts
        index = bisect_right(starts, start)
        end = starts[index] if index < len(starts) else start + LONGEST_FUNCTION
        return start, min(end, start + LONGEST_FUNCTION)

    @cached_property
    def _starts(self) -> list[int]:
        """Where functions begin, as far as symbols say."""
        return sorted({s.address for s in self._image.symbols.symbols if s.is_function or (s.reach and not s.is_data)})

    def _unnamed(self, address: int) -> Function | None:
        """Return the function around ``address`` by what calls it, or by its first push: a way must lead here."""
        if self._image.segment_at(address) is None:
            return None
        starts = sorted(self._called)
        index = bisect_right(starts, address)
        end = min(starts[index] if index < len(starts) else address + LONGEST_FUNCTION, address + LONGEST_FUNCTION)
        lowest = max(starts[index - 1] if index else 0, address - LONGEST_FUNCTION)
        candidates = [lowest] if index and lowest == starts[index - 1] else []
        for start in [*candidates, *self._pushes(lowest, address)]:
            function = Function("", start, ((start, end),))
            if self.code(function).reaches(address) or self.code(function).reaches(address - 2):
                return function
        return None

    def _pushes(self, lowest: int, address: int) -> list[int]:
        """Return where LR is pushed in front of ``address``, the nearest first."""
        try:
            code = self._peek(lowest, (address - lowest + 2) & ~1)
        except GuestAccessError:
            return []
        found = []
        for at in range(len(code) - 2, -1, -2):
            halfword = int.from_bytes(code[at : at + 2], "little")
            wide = halfword == 0xE92D and at + 4 <= len(code) and code[at + 3] & 0x40
            if halfword & 0xFF00 == 0xB500 or wide:
                found.append(lowest + at)
                if len(found) == _PUSHES_TRIED:
                    break
        return found

    @cached_property
    def _called(self) -> frozenset[int]:
        """The targets of the program's calls."""
        found: set[int] = set()
        left = MOST_SCANNED
        for segment in self._image.segments:
            data = segment.data[:left]
            left -= len(data)
            found |= _called_by(data, segment.address)
        return frozenset(target for target in found if self._image.segment_at(target) is not None)


def _called_by(code: bytes, address: int) -> set[int]:
    """Return the targets of the BL instructions in ``code``, which is at ``address``."""
    return {target for _, target in _calls_in(code, address)}


def _calls_in(code: bytes, address: int) -> Iterator[tuple[int, int]]:
    """Yield for each BL in ``code``, which is at ``address``, what is behind it and its target."""
    halfwords = memoryview(code[: len(code) & ~1]).cast("H")
    index, last = 0, len(halfwords) - 1
    while index < last:
        first = halfwords[index]
        if first < 0xE800:
            index += 1
            continue
        if first & 0xF800 == 0xF000 and halfwords[index + 1] & 0xD000 == 0xD000:
            behind = address + 2 * index + 4
            yield behind, _bl_target(first, halfwords[index + 1], behind)
        index += 2


def _is_only(leaving: Exit, exits: list[Exit]) -> bool:
    """Whether no other branch of the function leads where ``leaving`` does."""
    return sum(other.target == leaving.target for other in exits) == 1


def call_before(address: int, peek: Callable[[int, int], bytes]) -> tuple[bool, int | None]:
    """Return whether a call ends at ``address``, and where it leads if the instruction says that: BL. [A7.7.18, 19]"""
    try:
        code = peek(address - 4 & 0xFFFF_FFFF, 4)
    except GuestAccessError:
        return False, None
    first, second = int.from_bytes(code[:2], "little"), int.from_bytes(code[2:], "little")
    if first & 0xF800 == 0xF000 and second & 0xD000 == 0xD000:
        return True, _bl_target(first, second, address)
    return second & 0xFF87 == 0x4780, None  # BLX


def _bl_target(first: int, second: int, following: int) -> int:
    """Return where the BL of two halfwords leads; ``following`` is the address behind it."""
    sign, j1, j2 = first >> 10 & 1, second >> 13 & 1, second >> 11 & 1
    high = -sign << 24 | (1 - (j1 ^ sign)) << 23 | (1 - (j2 ^ sign)) << 22
    return following + (high | (first & 0x3FF) << 12 | (second & 0x7FF) << 1) & 0xFFFF_FFFF
