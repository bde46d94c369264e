"""The state in front of each block of a stretch of a run, written down by the C half while the run goes on.

To stop in front of each block and to look takes a hundred times as long. native/block_log.c adds the entries; there is
no log without the C half, and who needs the states then looks at them one by one.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator

from emulator.annotations import NamedTuple
from emulator.engine import shared_logs
from emulator.engine.shared_logs import BlockState
from emulator.engine.shared_state import FRAME_WORDS, TRACE_WORDS, State

CAPACITY = 1 << 15
"""Entries of a log; each instruction, and each exception, begins at most one block."""
_ENTRY = struct.Struct(f"<QQ{TRACE_WORDS}II{FRAME_WORDS}I")


class LoggedBlock(NamedTuple):
    """``executed`` instructions and ``taken`` exceptions in front of a block, and R0-R12, SP, LR, PC and xPSR.

    ``frame`` is that of what the handler has interrupted that begins here: R0-R3, R12, LR, PC and xPSR; it is at
    ``frame_at``, 0 where no handler begins.
    """

    executed: int
    taken: int
    registers: list[int]
    frame_at: int
    frame: tuple[int, ...]


class BlockLog:
    """A log of an engine whose state is ``shared``, empty and not kept at first; ``address`` is what C gets."""

    def __init__(self, shared: State) -> None:
        self._shared = shared
        self._entries = (BlockState * CAPACITY)()
        self._log = shared_logs.BlockLog(
            logged=ctypes.addressof(shared), entries=ctypes.addressof(self._entries), capacity=CAPACITY
        )
        self.address = ctypes.addressof(self._log)

    def begin(self) -> None:
        """Keep a new log from here on."""
        self._log.count = self._log.is_full = 0
        self._log.taken, self._log.is_kept = self._shared.taken, 1

    def end(self) -> Iterator[LoggedBlock] | None:
        """Keep it no longer; return the blocks, in order; one that was entered twice is there twice. None: too many."""
        self._log.is_kept = 0
        if self._log.is_full:
            return None
        size = ctypes.sizeof(BlockState)
        data = bytes(memoryview(self._entries).cast("B")[: self._log.count * size])
        return (self._entry(data, place) for place in range(0, len(data), size))

    @staticmethod
    def _entry(data: bytes, place: int) -> LoggedBlock:
        executed, taken, *words = _ENTRY.unpack_from(data, place)
        frame = tuple(words[TRACE_WORDS + 1 :])
        return LoggedBlock(executed, taken, words[:TRACE_WORDS], words[TRACE_WORDS], frame)
