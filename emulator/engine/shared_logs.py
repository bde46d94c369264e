"""What the C half writes down for those who look on: register traces, counts and logs of blocks. Declared as in
shared_state.py; and the list of all shared structures.
"""

from __future__ import annotations

import ctypes

from emulator.engine.shared_state import (
    NUMBERS,
    TYPES,
    BlockSlot,
    MapSlot,
    MemoryMap,
    MemoryRange,
    NotedEvent,
    PageRange,
    PageSlot,
    SpecialSlot,
    SplitSlot,
    State,
    SteadySlot,
    SwitchWatch,
    Table,
    ThreadSlot,
    WatchRange,
)
from emulator.engine.structure import fields


class ItSlot(ctypes.Structure):
    """ITSTATE of one instruction, for the register trace."""

    LINES = (
        "uint32_t key; /* address | 1, 0 when the slot is free */",
        "uint32_t bits; /* where xPSR has them; and WIDE */",
    )
    _fields_ = fields(LINES, TYPES, NUMBERS)


class Trace(ctypes.Structure):
    """The register trace (register_trace.py)."""

    LINES = (
        "uint32_t *records; /* capacity records of TRACE_WORDS words */",
        "uint64_t count, capacity;",
        "uint64_t base; /* number of the instruction of the first record */",
        "const uint64_t *settled; /* instructions executed before the current block */",
        "const uint32_t *stopped; /* not zero: the run is over, whatever the engine still executes */",
        "reg_batch read;",
        "const int *ids;",
        "void *const *values; /* into words */",
        "drain full;",
        "block_hook next;",
        "void *next_data;",
        "it_slot *its;",
        "uint32_t it_mask;",
        "uint32_t cursor; /* address of the next instruction of the block */",
        "uint32_t words[TRACE_WORDS];",
    )
    _fields_ = fields(LINES, TYPES, NUMBERS)


class BlockCount(ctypes.Structure):
    """How often a block was executed, by what came next, for coverage (block_counts.py). Of the size of BlockSlot."""

    LINES = (
        "uint64_t key; /* of the block, 0 for none yet */",
        "uint64_t passed; /* what is behind it came next */",
        "uint64_t jumped; /* something else did */",
        "uint32_t stopped; /* the engine stopped before anything came */",
        "uint32_t end; /* the address behind it */",
    )
    _fields_ = fields(LINES, TYPES, NUMBERS)


class BlockCounts(ctypes.Structure):
    """The counts of all blocks that have slots (block_counts.py)."""

    LINES = (
        "state *counted;",
        "block_count *counts; /* one for each slot of the blocks, and for the spare one */",
        "block_count *current; /* of the block that began last, 0 when what came after it is known */",
        "block_count *moved; /* whose slot is another block's now */",
        "drain take; /* the counts of ``moved`` */",
    )
    _fields_ = fields(LINES, TYPES, NUMBERS)


class BlockState(ctypes.Structure):
    """The state in front of a block that was executed (block_log.py)."""

    LINES = (
        "uint64_t executed;",
        "uint64_t taken; /* exceptions */",
        "uint32_t words[TRACE_WORDS]; /* R0-R12, SP, LR, PC, xPSR */",
        "uint32_t frame_at; /* where the frame is of what the handler that begins has interrupted; 0 for none */",
        "uint32_t frame[FRAME_WORDS];",
    )
    _fields_ = fields(LINES, TYPES, NUMBERS)


_TYPES = TYPES | {"block_state": BlockState}


class BlockLog(ctypes.Structure):
    """The log of the blocks of a stretch of a run (block_log.py)."""

    LINES = (
        "state *logged;",
        "block_state *entries;",
        "uint64_t taken; /* exceptions, at the last entry */",
        "uint32_t count;",
        "uint32_t capacity;",
        "uint32_t is_kept; /* whether blocks are added */",
        "uint32_t is_full; /* some were not */",
    )
    _fields_ = fields(LINES, _TYPES, NUMBERS)


STRUCTURES: dict[str, type[ctypes.Structure]] = {
    "table": Table,
    "block_slot": BlockSlot,
    "page_slot": PageSlot,
    "split_slot": SplitSlot,
    "special_slot": SpecialSlot,
    "steady_slot": SteadySlot,
    "memory_range": MemoryRange,
    "watch_range": WatchRange,
    "memory_map": MemoryMap,
    "thread_slot": ThreadSlot,
    "page_range": PageRange,
    "map_slot": MapSlot,
    "noted_event": NotedEvent,
    "state": State,
    "it_slot": ItSlot,
    "trace": Trace,
    "block_count": BlockCount,
    "block_counts": BlockCounts,
    "block_state": BlockState,
    "block_log": BlockLog,
    "switch_watch": SwitchWatch,
}
"""Every shared structure by its name in C, each after those that it holds."""
