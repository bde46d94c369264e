"""SEGGER RTT: what a program leaves in buffers of its RAM for a debugger to take, as a channel. [SEGGER UM08001, 16]

The control block is where the symbol _SEGGER_RTT is, else where RAM holds its mark. Every PERIOD of virtual time, and
at the end of a run, the host takes what is in the buffer and stores how far it has read, as a debugger does; a program
that sleeps is not woken for it. [D-320] The block may hold anything: what is no buffer is left alone.
"""

from __future__ import annotations

from struct import unpack

from emulator.annotations import NamedTuple
from emulator.board.board import RTT_CHANNELS, Board
from emulator.devices.clock import ScheduledCall
from emulator.errors import GuestAccessError
from emulator.image.vector_table import RAM
from emulator.machine.machine import Machine

SYMBOL = "_SEGGER_RTT"
MARK = b"SEGGER RTT" + bytes(6)
HEADER = 24
"""Bytes of the mark, and of how many buffers go up and down."""
BUFFER = 24
"""Bytes of a buffer's description: name, place, size, write and read offset, flags."""
READ_OFFSET = 16
MOST_BUFFERS = 64
LARGEST_BUFFER = 1 << 20
SEARCHED = 1 << 20
"""Bytes from the beginning of each RAM in which the mark is searched."""
PERIOD = 10_000
"""Of virtual time: what a program sends in it must have place in its buffer, or is lost as on the part."""


class _Buffer(NamedTuple):
    """A buffer as its description has it; ``address`` is of the description."""

    address: int
    name: int
    place: int
    size: int
    written: int
    read: int

    @property
    def unread(self) -> int:
        """Bytes that nobody has taken."""
        return (self.written - self.read) % self.size


class RttHost:
    """Takes what ``machine`` leaves in the up-buffer of ``channel``, rtt0 or another, from now on."""

    def __init__(self, machine: Machine, board: Board, channel: str) -> None:
        self._machine = machine
        self._board = board
        self._channel = channel
        self._number = RTT_CHANNELS[channel]
        self._block: int | None = None
        self._call: ScheduledCall = self._schedule()

    def take(self) -> None:
        """Take what is in the buffer."""
        machine = self._machine
        if self._block is None:
            self._block = _control_block(machine, self._board)
        buffer = None if self._block is None else _buffer(machine, self._block, self._number)
        if buffer is None or not buffer.unread:
            return
        data = _unread(machine, buffer)
        machine.poke(buffer.address + READ_OFFSET, buffer.written.to_bytes(4, "little"))
        machine.send(self._channel, data)

    def end(self) -> None:
        """Another host, or another run, follows."""
        self._call.cancel()

    def _schedule(self) -> ScheduledCall:
        clock = self._machine.clock
        return clock.call_at(clock.now + PERIOD, self._time_has_come, wakes=False)

    def _time_has_come(self) -> None:
        self.take()
        self._call = self._schedule()


def attach_rtt(machine: Machine, board: Board) -> None:
    """Let a host take what the program leaves for the board's console, in the place of one that did so before."""
    if machine.host is not None:
        machine.host.end()
    machine.host = RttHost(machine, board, board.console)


def unread_words(machine: Machine, board: Board) -> str:
    """Return words on what the program left in the first buffer, '' where that is nothing; the run stays as it is."""
    block = _control_block(machine, board)
    buffer = None if block is None else _buffer(machine, block, 0)
    if buffer is None or not buffer.unread:
        return ""
    return f"{buffer.unread:,} bytes are in the program's first RTT buffer; --channel rtt0 shows what it sends there"


def _control_block(machine: Machine, board: Board) -> int | None:
    symbol = machine.image.symbols.by_name.get(SYMBOL)
    if symbol is not None:
        return symbol.address if _peek(machine, symbol.address, len(MARK)) == MARK else None
    for memory in (each for each in board.memories if each.is_ram and each.address in RAM):
        offset = _peek(machine, memory.address, min(memory.size, SEARCHED)).find(MARK)
        if offset >= 0:
            return memory.address + offset
    return None


def _buffer(machine: Machine, block: int, number: int) -> _Buffer | None:
    """Return up-buffer ``number`` of the control block; None where it is no buffer."""
    header = _peek(machine, block, HEADER)
    if header[: len(MARK)] != MARK or not number < int.from_bytes(header[16:20], "little") <= MOST_BUFFERS:
        return None
    address = block + HEADER + BUFFER * number
    words = _peek(machine, address, BUFFER)
    if len(words) != BUFFER:
        return None
    name, place, size, written, read, _ = unpack("<6I", words)
    is_buffer = 0 < size <= LARGEST_BUFFER and written < size and read < size
    return _Buffer(address, name, place, size, written, read) if is_buffer else None


def _unread(machine: Machine, buffer: _Buffer) -> bytes:
    if buffer.read <= buffer.written:
        return _peek(machine, buffer.place + buffer.read, buffer.written - buffer.read)
    end = _peek(machine, buffer.place + buffer.read, buffer.size - buffer.read)
    return end + _peek(machine, buffer.place, buffer.written)


def _peek(machine: Machine, address: int, size: int) -> bytes:
    """Return memory, nothing where there is none."""
    try:
        return machine.peek(address & 0xFFFF_FFFF, size)
    except GuestAccessError:
        return b""
