"""Every instruction of a run as Tarmac text, Arm's format: ES, R, LD and ST lines, as its Cycle Models write them.

    <number> clk ES (<address>:<code>) T <mode>: <disassembly>
        LD <address> <16 bytes>       what it read, highest byte first, dots for what it did not
        ST <address> <16 bytes>       what it stored
        R <register> <value>          what it changed of R0-R12, SP, LR and xPSR
    <number> clk ES EXC [<exception>] <name>

The number is that of the instruction. It is made of the register trace, chunk by chunk, and of the accesses as the
engine makes them. Left out: FP registers, what a handler's entry and return store and load, and what the kernel of the
shim copies.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from functools import lru_cache
from operator import itemgetter

from emulator.armv7m.core import XPSR_IT
from emulator.armv7m.faults import exception_name
from emulator.armv7m.instructions import Block, condition_passed, is_wide
from emulator.disasm import disassemble
from emulator.engine.register_trace import CHUNK_HEADER, MAGIC, PC, SP, XPSR, RegisterTrace
from emulator.machine.events import Event, ExceptionReturned, ExceptionTaken
from emulator.machine.machine import Machine
from emulator.trace.register_reader import decode_chunk

HEADER = "Tarmac Text Rev 3t\n"
ROW = 16
"""Bytes of an LD or ST line."""
_NAMES = (*(f"R{number}" for number in range(13)), "SP", "LR", "xPSR")
_INDENT = " " * 20
_GENERAL = 13
"""Registers that the entry of an exception leaves as they were: R0-R12."""


class Tarmac:
    """The Tarmac text of ``machine``, which has not run yet; it goes to ``write``. Call ``end()`` after the run."""

    def __init__(self, machine: Machine, write: Callable[[str], None]) -> None:
        self._write = write
        self._machine = machine
        self._number = 0
        self._before: list[int] | None = None
        self._accesses: deque[tuple[int, bool, int, int, int]] = deque()
        self._events: deque[tuple[int, str, bool]] = deque()
        self._codes: dict[int, list[tuple[int, bytes]]] = {}
        write(HEADER)
        self._trace = RegisterTrace(machine.engine, self._on_bytes)
        self._trace.on_taken_back = self._take_back
        self._trace.traced.call_accesses(self._on_access)
        self._trace.traced.on_decode(self._on_block)
        machine.observers.append(self._on_event)

    # -- while the machine runs ----------------------------------------------------------------------------------------

    def _on_access(self, is_store: bool, address: int, size: int, value: int) -> None:
        self._accesses.append((self._trace.current, is_store, address, size, value))

    def _take_back(self, number: int) -> None:
        while self._accesses and self._accesses[-1][0] >= number:
            self._accesses.pop()

    def _on_event(self, event: Event) -> None:
        if isinstance(event, ExceptionTaken):
            words = f"ES EXC [0x{event.exception:02x}] {exception_name(event.exception)}"
            self._events.append((self._machine.engine.executed, words, False))
        elif isinstance(event, ExceptionReturned):
            words = f"ES EXC [0x{event.exception:02x}] return from {exception_name(event.exception)}"
            self._events.append((self._machine.engine.executed, words, True))

    def _on_block(self, block: Block) -> None:
        """Keep the code of a new block: what is there may be other code later."""
        data = self._trace.traced.read_code(block.address, block.size)
        for offset, end in zip(block.offsets, (*block.offsets[1:], block.size), strict=True):
            versions = self._codes.setdefault(block.address + offset, [])
            code = data[offset:end]
            if not versions or versions[-1][1] != code:
                versions.append((max(self._trace.current, 0), code))

    def _on_bytes(self, data: bytes) -> None:
        """Take a chunk of the register trace, whose instructions all have been executed."""
        if data == MAGIC:
            return
        count, _ = CHUNK_HEADER.unpack_from(data)
        lines: list[str] = []
        for record in decode_chunk(data[CHUNK_HEADER.size :], count, self._number):
            if self._before is not None:
                lines += self._instruction(self._before, record)
            self._before = record
        self._write("".join(f"{line}\n" for line in lines))

    def end(self) -> None:
        """Write the rest; the machine does not run any more."""
        self._trace.end()
        if self._before is not None:
            registers = self._machine.registers
            words = [*registers.r, registers.sp, registers.lr, registers.xpsr, registers.pc]
            self._write("".join(f"{line}\n" for line in self._instruction(self._before, words)))

    # -- lines ---------------------------------------------------------------------------------------------------------

    def _instruction(self, before: list[int], after: list[int]) -> Iterator[str]:
        """Yield the lines of the instruction that ``before`` is the record of, and of exceptions behind it."""
        number = self._number
        self._number += 1
        while self._events and self._events[0][0] <= number:  # before the first instruction
            yield f"{number} clk {self._events.popleft()[1]}"
        code = self._code(before[PC], number)
        yield f"{number} clk {_executed(before[PC], code, before[XPSR])}"
        while self._accesses and self._accesses[0][0] <= number:
            _, is_store, address, size, value = self._accesses.popleft()
            yield from _access(is_store, address, value.to_bytes(size, "little"))
        events = []
        while self._events and self._events[0][0] <= number + 1:
            events.append(self._events.popleft())
        split = 0 if any(is_return for *_, is_return in events) else _GENERAL if events else XPSR + 1
        yield from _registers(before, after, 0, split)
        for _, words, _ in events:
            yield f"{number + 1} clk {words}"
        yield from _registers(before, after, split, XPSR + 1)

    def _code(self, address: int, number: int) -> bytes:
        """Return the bytes of the instruction at ``address`` as they were at instruction ``number``."""
        versions = self._codes.get(address)
        if not versions:  # never decoded by itself: as it is now
            data = self._trace.traced.read_code(address, 4)
            return data if is_wide(data[0] | data[1] << 8) else data[:2]
        index = bisect_right(versions, number, key=itemgetter(0)) - 1
        return versions[max(index, 0)][1]


@lru_cache(maxsize=1 << 14)
def _decoded(address: int, code: bytes, itstate: int) -> tuple[str, int]:
    """Return (code and disassembly, condition): 14 where there is none."""
    first = code[0] | code[1] << 8
    second = int.from_bytes(code[2:4], "little")
    condition = itstate >> 4 if itstate & 0xF else 14
    if condition == 14 and len(code) == 2 and first & 0xF000 == 0xD000 and first >> 8 & 15 < 14:
        condition = first >> 8 & 15
    if condition == 14 and len(code) == 4 and first & 0xF800 == 0xF000 and second & 0xD000 == 0x8000:
        condition = min(first >> 6 & 15, 14)
    word = f"{first:04x}{second:04x}" if len(code) == 4 else f"{first:04x}"
    return f"({address:08x}:{word})|{disassemble(code, address, itstate).text}", condition


def _executed(address: int, code: bytes, xpsr: int) -> str:
    it = xpsr & XPSR_IT
    shown, condition = _decoded(address, code, it >> 25 & 3 | it >> 8 & 0xFC)
    place, _, words = shown.partition("|")
    failed = "" if condition_passed(condition, xpsr) else "CCFAIL "
    return f"ES {place} T {'handler' if xpsr & 0x1FF else 'thread'}: {failed}{words}"


def _access(is_store: bool, address: int, data: bytes) -> Iterator[str]:
    """Yield a line for each row of 16 bytes that an access touches."""
    while data:
        base, offset = address & -ROW, address % ROW
        part, data = data[: ROW - offset], data[ROW - offset :]
        cells = [".."] * ROW
        cells[offset : offset + len(part)] = [f"{byte:02x}" for byte in part]
        cells.reverse()
        words = " ".join("".join(cells[at : at + 4]) for at in range(0, ROW, 4))
        yield f"{_INDENT}{'ST' if is_store else 'LD'} {base:08x} {words}"
        address = base + ROW & 0xFFFF_FFFF


def _registers(before: list[int], after: list[int], first: int, end: int) -> Iterator[str]:
    for place in range(first, end):
        if after[place] != before[place] and (place != XPSR or (after[XPSR] ^ before[XPSR]) & ~XPSR_IT):
            value = after[place] & ~3 if place == SP else after[place] & ~XPSR_IT if place == XPSR else after[place]
            yield f"{_INDENT}R {_NAMES[place]} {value:08x}"
