"""The full register trace: R0-R12, SP, LR, xPSR and PC before every executed instruction, as compact bytes.

A hook on every instruction appends a record to a ring, in C where native/register_trace.c was built, else here; the
bytes are the same. Record n belongs to the instruction that the block clock counts as number n: whatever was recorded
and then not executed (a refused access, a stop of the engine in front of an instruction) is taken back when the engine
goes on, because the clock is behind it. So the ring keeps what the current block may still take back.

Unicorn calls no hook for an instruction whose condition fails; it changes nothing, so it is recorded when the next one
is. ITSTATE comes from the decoded blocks: within an IT block Unicorn's own is stale. docs/trace.md has the format.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Sequence

from emulator.annotations import Protocol
from emulator.armv7m.core import XPSR_IT, Registers
from emulator.armv7m.instructions import Block
from emulator.engine import accelerator
from emulator.engine.shared_logs import STRUCTURES, ItSlot, Trace
from emulator.engine.shared_state import TRACE_WORDS
from emulator.engine.structure import fingerprint
from emulator.errors import InternalError

SP, XPSR, PC = 13, 15, 16
"""Places of SP, xPSR and PC in a record; 0-12 are R0-R12, 14 is LR."""
STEP_2, STEP_4, PC_GIVEN = 1 << 16, 1 << 17, 1 << 18
CHUNK = 4096
"""Records of a chunk (the last may have fewer). The first of each is complete, so a reader can skip chunks."""
MAGIC = b"v7mregs\x01"
CHUNK_HEADER = struct.Struct("<II")
"""Number of records, number of bytes that follow."""
CAPACITY = 4 * CHUNK
"""Records of the ring; a block has 512 instructions at the most, so that the ring always holds whole chunks."""
WIDE = 1
"""In what is kept of the instructions of IT blocks, beside the bits of ITSTATE: a 32-bit instruction."""


class Traced(Protocol):
    """The engine, as far as a trace needs it (traced_engine.py)."""

    on_begin: Callable[[], None]
    """Called whenever the engine begins to run."""
    on_end: Callable[[], None]
    """Called whenever it has ended, with the clock and the registers settled."""
    registers: Registers

    @property
    def is_over(self) -> bool:
        """Whether the run has stopped, whatever the engine still executes."""

    @property
    def settled(self) -> int:
        """Instructions executed before the current block."""

    def call_back(self, block: Callable[[int, int], None], instruction: Callable[[int, int], None]) -> None:
        """Call ``block`` before each block and ``instruction`` before each instruction, with address and size."""

    def call_native(self, trace: Trace, block: int, instruction: int) -> None:
        """Call the C functions at these addresses with ``trace``, and fill its fields that are the engine's."""

    def guarded(self, function: Callable[[], None]) -> Callable[[], None]:
        """Return ``function`` as C may call it in the middle of a run: what it raises ends the run."""

    def on_decode(self, notice: Callable[[Block], None]) -> None:
        """Call ``notice`` with each newly decoded block, before it runs."""

    def call_accesses(self, notice: Callable[[bool, int, int, int], None]) -> None:
        """Call ``notice`` at each load that has read, and at each store: (is a store, address, size, value)."""

    def read_code(self, address: int, size: int) -> bytes:
        """Return code as it is now."""

    def traced_registers(self) -> Sequence[int]:
        """Return R0-R12, SP, LR and xPSR, exact in the callback but for ITSTATE."""


class Traceable(Protocol):
    """An engine that has not run yet."""

    def begin_trace(self) -> Traced:
        """From now on let somebody see every instruction."""


class _Native(Protocol):
    def hooks(self) -> tuple[int, int]: ...

    def fingerprint(self) -> int: ...

    def encode(self, address: int, count: int) -> bytes: ...


def load() -> _Native | None:
    """Return the extension, or None without it (or with V7M_PURE_PYTHON set)."""
    if accelerator.load() is None:
        return None
    try:
        from emulator.engine import _register_trace  # type: ignore[attr-defined, unused-ignore]
    except ImportError:
        return None
    native: _Native = _register_trace
    if native.fingerprint() != fingerprint(STRUCTURES):
        raise InternalError("the register trace was built from another version: reinstall the package")
    return native


class RegisterTrace:
    """A trace of ``engine``, which has not run yet; its bytes go to ``write``. Call ``end()`` after the run."""

    def __init__(self, engine: Traceable, write: Callable[[bytes], None]) -> None:
        self._engine = self.traced = traced = engine.begin_trace()
        self._write = write
        self._native = load()
        self._records = (ctypes.c_uint32 * (TRACE_WORDS * CAPACITY))()
        self._its: dict[int, int] = {}
        self._state = Trace(records=ctypes.addressof(self._records), capacity=CAPACITY, base=traced.settled)
        self._grow(1 << 10)
        self.on_taken_back: Callable[[int], None] = lambda number: None
        """Called with the number of an instruction that was recorded and not executed: it may be recorded again."""
        write(MAGIC)
        traced.on_decode(self._note_block)
        traced.on_begin, traced.on_end = self._take_back, self._complete
        self._full = ctypes.CFUNCTYPE(None)(traced.guarded(self._drain))
        if self._native is None:
            traced.call_back(self._on_block, self._on_instruction)
        else:
            self._state.full = ctypes.cast(self._full, ctypes.c_void_p)
            traced.call_native(self._state, *self._native.hooks())

    @property
    def current(self) -> int:
        """The number of the instruction that was recorded last: in the middle of a run the one that executes."""
        return int(self._state.base + self._state.count) - 1

    def _append(self, words: Sequence[int], size: int = 0) -> None:
        """Record the instruction at the cursor with R0-R12, SP, LR and xPSR."""
        state = self._state
        if state.count == CAPACITY:
            self._drain()
        bits = self._its.get(state.cursor, 0)
        start = state.count * TRACE_WORDS
        xpsr = words[XPSR] & ~XPSR_IT | bits & XPSR_IT
        self._records[start : start + TRACE_WORDS] = [*words[:XPSR], xpsr, state.cursor]
        state.count += 1
        state.cursor += size or (4 if bits & WIDE else 2)

    def _fill(self, words: Callable[[], Sequence[int]]) -> None:
        """Record the instructions that the clock has counted and no hook was called for."""
        state, settled = self._state, self._engine.settled
        if state.base + state.count < settled:
            values = words()
            while state.base + state.count < settled:
                self._append(values)

    def _on_block(self, address: int, size: int) -> None:
        if not self._engine.is_over:
            self._fill(self._engine.traced_registers)
            self._state.cursor = address

    def _on_instruction(self, address: int, size: int) -> None:
        if self._engine.is_over:
            return
        words = self._engine.traced_registers()
        while self._state.cursor < address:
            self._append(words)
        self._state.cursor = address
        self._append(words, size)

    def _complete(self) -> None:
        """The engine has stopped: the block it left may have ended with instructions whose condition failed."""
        self._fill(self._stopped_registers)

    def _stopped_registers(self) -> Sequence[int]:
        regs = self._engine.registers
        return [*regs.r, regs.sp, regs.lr, regs.xpsr]

    def _note_block(self, block: Block) -> None:
        ends = (*block.offsets[1:], block.size)
        for offset, end, itstate in zip(block.offsets, ends, block.itstates, strict=True):
            address = block.address + offset
            bits = (itstate & 3) << 25 | (itstate & 0xFC) << 8 if itstate & 0xF else 0
            if bits or address in self._its:
                self._its[address] = bits | (WIDE if end - offset == 4 else 0)
                self._put(address, self._its[address])

    def _put(self, address: int, bits: int) -> None:
        if 2 * len(self._its) > len(self._slots):
            self._grow(4 * len(self._slots))
            return
        mask = len(self._slots) - 1
        index = address >> 1 & mask
        while self._slots[index].key not in (0, address | 1):
            index = index + 1 & mask
        self._slots[index].key, self._slots[index].bits = address | 1, bits

    def _grow(self, size: int) -> None:
        self._slots = (ItSlot * size)()
        self._state.its, self._state.it_mask = ctypes.addressof(self._slots), size - 1
        for address, bits in self._its.items():
            self._put(address, bits)

    def _take_back(self) -> None:
        """The engine begins to run: what was recorded beyond the clock was not executed."""
        state = self._state
        missed = self._engine.settled - state.base - state.count
        if missed > 0:
            raise InternalError(f"the register trace misses {missed} instructions")
        if missed < 0:
            self.on_taken_back(self._engine.settled)
        state.count += missed

    def _drain(self) -> None:
        """Write the whole chunks of what is certain."""
        state = self._state
        done = 0
        certain = min(self._engine.settled - state.base, state.count)
        while certain - done >= CHUNK:
            self._write_chunk(done, CHUNK)
            done += CHUNK
        address, size = ctypes.addressof(self._records), 4 * TRACE_WORDS
        ctypes.memmove(address, address + done * size, (state.count - done) * size)
        state.count -= done
        state.base += done

    def _write_chunk(self, first: int, count: int) -> None:
        if self._native is not None:
            data = self._native.encode(ctypes.addressof(self._records) + 4 * TRACE_WORDS * first, count)
        else:
            words = memoryview(self._records).cast("B").cast("I")[TRACE_WORDS * first : TRACE_WORDS * (first + count)]
            starts = range(0, TRACE_WORDS * count, TRACE_WORDS)
            data = encode([words[start : start + TRACE_WORDS].tolist() for start in starts])
        self._write(CHUNK_HEADER.pack(count, len(data)) + data)

    def end(self) -> None:
        """Write the rest; the machine does not run any more."""
        self._take_back()
        self._drain()
        if self._state.count:
            self._write_chunk(0, self._state.count)
            self._state.base += self._state.count
            self._state.count = 0


def encode(records: Sequence[Sequence[int]]) -> bytes:
    """Return the bytes of a chunk's records, without its header."""
    data = bytearray()
    before: Sequence[int] | None = None
    for record in records:
        if before is None:
            mask, words = 0xFFFF | PC_GIVEN, list(record)
        else:
            changed = [place for place in range(PC) if record[place] != before[place]]
            words = [record[place] for place in changed]
            step = record[PC] - before[PC] & 0xFFFF_FFFF
            mask = sum(1 << place for place in changed) | {2: STEP_2, 4: STEP_4}.get(step, PC_GIVEN)
            if mask & PC_GIVEN:
                words.append(record[PC])
        data += struct.pack(f"<{1 + len(words)}I", mask, *words)
        before = record
    return bytes(data)
