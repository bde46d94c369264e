"""The state that Python and native/ share: the one declaration of its structures, and of their sizes.

What C writes down for those who look on is in shared_logs.py, with the list of all structures.

Each class has the lines that C compiles (native/layout.h is written by native_header.py; a test and the build compare
every offset) and the layout that ctypes makes of them. The memory of the tables is C's, all other Python's. Without the
extension the same structures hold what little the pure-Python engine keeps there.
"""

from __future__ import annotations

import ctypes

from emulator.annotations import Any
from emulator.engine.structure import CACHE_LINE, at_cache_line, fields

REGISTERS = 22
"""R0-R12, MSP, PSP, LR, PC, xPSR, PRIMASK, BASEPRI, FAULTMASK, CONTROL."""
EXCEPTION_WORDS = 4
EXCEPTIONS = 64 * EXCEPTION_WORDS
MAX_REGIONS = 16
MAX_MEMORIES = 32
COPIED_AFTER = 256
"""Reads of a register, with nothing happening in between, after which its page is worth a copy."""
MAX_WATCHES = 8
MAX_ZONES, MAX_FILLED = 32, 16
"""Runs of pages that stacks take, and pages of them that the TLB may have before it is flushed as a whole."""
THREAD_SLOTS, THREAD_PROBES = 256, 4
"""Places of threads (thread_slots.py), and how many of them one may be in."""
MAX_LIST_WORDS = 8
MAP_KEY = 16 + 8 * MAX_REGIONS
NOTED = ("exception", "return", "mpu")
"""What the C half notes for observers, by the numbers that it notes it as: ``Event.kind`` of machine/events.py."""
NOTHING_STACKED = 1
"""What is noted as the return address of a tail-chained exception; no stacked PC is odd."""
NOTED_EVENTS = 1024
"""Events that the C half notes before Python must take them (observers.py)."""
BLOCK_SLOTS, SPECIAL_SLOTS, PAGE_SLOTS, SPLIT_SLOTS, MAP_SLOTS = 1 << 15, 1 << 14, 1 << 16, 1 << 13, 1 << 12
"""Entries of the tables (tables.py)."""
TRACE_WORDS = 17
"""R0-R12, SP, LR, xPSR, PC."""
FRAME_WORDS = 8
"""R0-R3, R12, LR, PC, xPSR: the basic frame of an exception. [B1.5.6]"""

NUMBERS = {
    "REGISTERS": REGISTERS,
    "WORDS": EXCEPTION_WORDS,
    "EXCEPTIONS": EXCEPTIONS,
    "MAX_REGIONS": MAX_REGIONS,
    "MAX_MEMORIES": MAX_MEMORIES,
    "MAX_WATCHES": MAX_WATCHES,
    "MAX_ZONES": MAX_ZONES,
    "MAX_FILLED": MAX_FILLED,
    "THREAD_SLOTS": THREAD_SLOTS,
    "THREAD_PROBES": THREAD_PROBES,
    "MAX_LIST_WORDS": MAX_LIST_WORDS,
    "COPIED_AFTER": COPIED_AFTER,
    "MAP_KEY": MAP_KEY,
    "NOTHING_STACKED": NOTHING_STACKED,
    "NOTED_EVENTS": NOTED_EVENTS,
    "BLOCK_SLOTS": BLOCK_SLOTS,
    "SPECIAL_SLOTS": SPECIAL_SLOTS,
    "PAGE_SLOTS": PAGE_SLOTS,
    "SPLIT_SLOTS": SPLIT_SLOTS,
    "MAP_SLOTS": MAP_SLOTS,
    "CACHE_LINE": CACHE_LINE,
    "TRACE_WORDS": TRACE_WORDS,
    "FRAME_WORDS": FRAME_WORDS,
}
"""The lengths, by the names that C knows them by."""

TYPES: dict[str, Any] = dict.fromkeys(
    (
        *("reg_access", "reg_batch", "emu_stop", "emu_start", "engine_control", "page_flush"),
        *("block_hook", "fill_hook", "window_hook", "read_hook", "write_hook", "interrupt_hook", "drain"),
    ),
    ctypes.c_void_p,
)
"""What the lines below name beside plain numbers: pointers to functions, and the structures themselves."""


_SLOT = ("uint64_t key; /* 0 when the slot is free */", "uint16_t used; /* since another wanted its place */")
"""What every slot of a table begins with."""


class BlockSlot(ctypes.Structure):
    """One decoded block. Its key: ITSTATE << 44 | address << 12 | size."""

    LINES = (
        *_SLOT,
        "uint16_t aligned; /* bit n: Rn must be word aligned where the block begins; IS_HOT: translate it again */",
        "uint32_t granted; /* map_serial << 1 | privileged under which all of it may be fetched from a split page */",
        "uint32_t count, kinds; /* in this order, as in the state: they are copied together */",
        "uint16_t hits; /* calls for instructions that need not be watched; HITS_WORTH_IT: translate it again */",
        "uint16_t first, last; /* offsets of the first and the last instruction to watch; first > last: none */",
        "uint16_t first_fp; /* offset of the first FP instruction, 0xFFFF for none */",
    )
    _fields_ = fields(LINES, TYPES, NUMBERS)


class PageSlot(ctypes.Structure):
    """One answer of the fill hook. Its key: map_serial << 32 | page | is_fetch << 2 | privileged << 1 | 1.

    Without memory or rights of its own the answer is the window.
    """

    LINES = (
        *_SLOT,
        "int32_t mark; /* index into marks, -1 for memory that nothing stores to */",
        "uint64_t host; /* address of the page's bytes in this process, 0 where the answer is the window */",
        "uint32_t physical;",
        "uint32_t rights; /* RIGHT_, and RIGHT_IN_PARTS: each fetch is to be judged */",
    )
    _fields_ = fields(LINES, TYPES, NUMBERS)


class SplitSlot(ctypes.Structure):
    """A page that the MPU or an overlay splits. Its key: map_serial << 32 | page | privileged << 1 | 1."""

    LINES = (
        *_SLOT,
        "int32_t mark; /* index into marks */",
        "uint64_t host; /* address of the page's bytes in this process */",
        "uint32_t writable, reserved;",
        "uint8_t rights[32]; /* of each granule; << UNWATCHED_SHIFT: but for watched bytes; << HANDLER_SHIFT */",
    )
    _fields_ = fields(LINES, TYPES, NUMBERS)


class SpecialSlot(ctypes.Structure):
    """One instruction to look at before it executes. Its key: address | 1."""

    LINES = (
        *_SLOT,
        "uint32_t kind;",
        "int32_t displacement;",
        "int8_t base, index;",
        "uint8_t shift, itstate;",
        "uint32_t alignment;",
        "uint32_t is_simple; /* ALIGNED, unconditional, and the address is R[base] + displacement */",
    )
    _fields_ = fields(LINES, TYPES, NUMBERS)


class Table(ctypes.Structure):
    """Slots that entries are found in by their keys: tables.py."""

    LINES = (
        "uint8_t *slots;",
        "uint32_t size; /* of a slot */",
        "uint32_t mask; /* slots - 1 */",
        "uint32_t hand; /* which slot to give up */",
        "uint32_t swept; /* slots that were passed so far */",
    )
    _fields_ = fields(LINES, TYPES, NUMBERS)


class SteadySlot(ctypes.Structure):
    """What a device's register reads as while nothing but time passes (steady_registers.py)."""

    LINES = (
        "uint32_t address;",
        "uint32_t epoch; /* another than the state's: the slot is free */",
        "uint8_t size, privileged, is_icsr;",
        "int8_t slope;",
        "uint32_t value, divider;",
        "uint32_t answered; /* reads that C has answered */",
        "uint64_t since; /* in ticks of ``divider`` */",
        "uint64_t until; /* virtual time; all ones: for ever */",
        "uint64_t skipped; /* virtual time less the instructions executed */",
    )
    _fields_ = fields(LINES, TYPES, NUMBERS)


class MemoryRange(ctypes.Structure):
    """Memory as the guest's addresses reach it, aliases too: [start, last]."""

    LINES = ("uint32_t start, last;", "uint64_t host;")
    _fields_ = fields(LINES, TYPES, NUMBERS)


class WatchRange(ctypes.Structure):
    """Bytes that an access is to end the run at: [start, last]."""

    LINES = ("uint32_t start, last;", "uint32_t rights; /* RIGHT_READ, RIGHT_WRITE */")
    _fields_ = fields(LINES, TYPES, NUMBERS)


class MemoryMap(ctypes.Structure):
    """What the MPU answers from: the words of its registers, and whether the execution priority is negative.

    ``overlay`` numbers what is closed to Thread mode besides, 0 for nothing (machine/overlay.py).
    """

    LINES = ("uint32_t ctrl, negative, overlay, reserved;", "uint32_t rbar[MAX_REGIONS], rasr[MAX_REGIONS];")
    _fields_ = fields(LINES, TYPES, NUMBERS)


class ThreadSlot(ctypes.Structure):
    """A thread of the guest's own kernel, by the word that says that it runs; its stack is [low, high).

    ``about``: the overlay is for when that thread is about to run; 0 for whichever is.
    """

    LINES = ("uint32_t thread, about, overlay, low, high;",)
    _fields_ = fields(LINES, TYPES, NUMBERS)


class PageRange(ctypes.Structure):
    """Pages by their addresses: [first, last]."""

    LINES = ("uint32_t first, last;",)
    _fields_ = fields(LINES, TYPES, NUMBERS)


TYPES |= {"thread_slot": ThreadSlot, "page_range": PageRange}
TYPES |= {"memory_range": MemoryRange, "watch_range": WatchRange, "memory_map": MemoryMap, "table": Table}


class MapSlot(ctypes.Structure):
    """A memory map that was in force. Its key: the hash of its bytes."""

    LINES = (
        *_SLOT,
        "uint32_t serial; /* what its pages are found by */",
        "uint8_t bytes[MAP_KEY]; /* of its memory_map */",
    )
    _fields_ = fields(LINES, TYPES, NUMBERS)


class NotedEvent(ctypes.Structure):
    """Something that observers are to hear of; what the fields mean depends on its kind (events.py)."""

    LINES = (
        "uint64_t time;",
        "uint32_t kind; /* NOTED_ */",
        "int32_t number; /* of the exception; of the region */",
        "uint32_t first, second;",
    )
    _fields_ = fields(LINES, TYPES, NUMBERS)


class State(ctypes.Structure):
    """Everything that both halves use."""

    LINES = (
        "/* the block clock: blocks.py. What each block needs is in one cache line, the tables' heads in the next */",
        "uint64_t executed, limit;",
        "uint32_t before, after;",
        "uint32_t current_count, current_kinds; /* of the current block, copied from its slot */",
        "uint32_t stopped; /* the run is over: only Python may answer */",
        "uint32_t has_splits; /* some page that may be fetched from is executable in parts */",
        "block_slot *current; /* 0 for none */",
        "uint64_t previous; /* the block_slot of the block before the current one, 0, or PREVIOUS_ */",
        "const uint32_t *core; /* R0 to R14 where the engine keeps them, NULL while that is not known */",
        "/* tables */",
        "table blocks, specials, pages, splits, maps;",
        "uint32_t monitor_lost; /* the local monitor was cleared by an exception: a STREX fails */",
        "uint32_t hooked;",
        "uint32_t privileged; /* whether what executes is; kept while has_splits */",
        "uint32_t fill_enabled; /* 0 while Python looks up translated code, and where nothing is kept */",
        "uint32_t cause; /* CAUSE_ of a run that C ended, ASK_PYTHON otherwise */",
        "int32_t status; /* uc_err of the last uc_emu_start */",
        "uint8_t *marks; /* PAGE_ of each page of memory */",
        "uint32_t map_serial; /* of the map in force, 0 while nothing is kept */",
        "uint32_t base_serial; /* of that map with nothing closed: pages without stacks are found by it */",
        "uint32_t last_serial;",
        "uint32_t unknown; /* page | is_write << 2 | privileged << 1 | 1 that a frame needs, 0 for none */",
        "uint64_t map_epoch; /* a map of another epoch is not found */",
        "/* the engine */",
        "void *uc;",
        "uint64_t core_reads; /* without knowing it */",
        "reg_access reg_read, reg_write;",
        "reg_batch read_batch, write_batch;",
        "emu_start start;",
        "emu_stop stop;",
        "engine_control control;",
        "int32_t tlb_flush; /* the code of the call that flushes the TLB */",
        "page_flush flush_page; /* the engine's own function that flushes one page of it; NULL: none */",
        "void *processor; /* what that one is called with, NULL while it is not known */",
        "int32_t id_xpsr, id_control, id_sp, id_lr, id_pc;",
        "int32_t write_count, fp_count;",
        "uint32_t ge_in_engine; /* xPSR.GE as the engine was left with them */",
        "const int *read_ids; /* REGISTERS of them, in the order of ``values`` */",
        "void *const *read_places;",
        "const int *banked_ids; /* MSP, PSP and the masks */",
        "void *const *banked_places;",
        "const int *write_ids;",
        "void *const *write_places; /* into ``values`` and ``written`` */",
        "const int *fp_ids; /* D0 to D7 and FPSCR */",
        "void *const *fp_places; /* into ``fp`` */",
        "/* Python's hooks */",
        "block_hook python_block, python_special;",
        "fill_hook python_fill;",
        "window_hook python_window;",
        "read_hook python_read;",
        "write_hook python_write;",
        "interrupt_hook python_interrupt;",
        "/* what was approved last: [low, high) belongs to this split page */",
        "uint64_t approved_low, approved_high, approved_host;",
        "uint32_t approved_writable;",
        "uint32_t system_store; /* where a privileged store to the Private Peripheral Bus was let through */",
        "/* the core's registers between runs, and what is written in their stead on the way into the engine */",
        "uint64_t values[REGISTERS], written[6], fp[9];",
        "/* the exceptions: shared_core.py */",
        "uint64_t enabled[WORDS], pending[WORDS], active[WORDS], lines[WORDS];",
        "int16_t priorities[EXCEPTIONS];",
        "int32_t group_mask;",
        "uint32_t event; /* the event register is to be set */",
        "uint64_t taken; /* how often ExceptionTaken() was */",
        "/* the System Control Space, as far as exceptions need it */",
        "uint32_t vtor, ccr, scr, cpacr, fpccr, fpcar, fpdscr, demcr;",
        "/* the MPU */",
        "memory_map map;",
        "uint32_t regions, rnr;",
        "uint32_t map_changes; /* how often C changed a region */",
        "/* what the report is to mention: notices.py */",
        "uint32_t doubted; /* the region written last may be a mistake: Python sees the next store to the MPU */",
        "uint32_t svc_left; /* SVCall pends because its stacking failed: Python takes it */",
        "uint32_t unprivileged; /* the run of the engine began so */",
        "uint32_t ignored; /* it has executed a block of Kind.MASKS to its end */",
        "/* how to go on without Python */",
        "uint32_t takes_exceptions; /* entry and return may be done in C */",
        "uint32_t takes_svc; /* SVC is the architecture's, no personality's */",
        "uint32_t trap_immediate; /* of the SVC that is the personality's */",
        "uint32_t within_block; /* the engine goes on within a block: no exception is taken before its end */",
        "uint32_t fetch_held; /* rights have changed in the block that executes: to its end it is fetched as before */",
        "uint64_t rights_changed; /* instructions executed in front of the block that changed some last */",
        "uint32_t declined; /* a pending exception preempts, and only Python can take it */",
        "uint32_t has_fpu, absent;",
        "uint32_t fp_is_automatic; /* FPCCR.ASPEN, as it was where the program's block began */",
        "uint32_t memory_count;",
        "memory_range memories[MAX_MEMORIES];",
        "uint32_t watch_count; /* watched bytes, MAX_WATCHES + 1 where they are too many to be told here */",
        "watch_range watches[MAX_WATCHES];",
        "/* what observers are to hear of: observers.py */",
        "noted_event *noted;",
        "uint64_t skipped; /* virtual time that passed without instructions */",
        "uint32_t noted_count, observed;",
        "uint32_t tells_maps; /* changes of the map are to be heard of when they are made: they are Python's */",
        "/* registers that read the same until something happens: steady_registers.py */",
        "steady_slot *steady;",
        "uint32_t steady_mask;",
        "uint32_t steady_epoch; /* changes whenever a device, or who may use it, may have changed */",
        "uint32_t steady_value; /* what the read that was just let through answers, of ``steady_size`` bytes */",
        "uint32_t steady_address, steady_size;",
        "/* whose stack Thread mode may use: machine/overlay.py */",
        "uint32_t is_overlaid; /* 0: all of this is out of use */",
        "uint32_t expects_thread; /* the thread that the kernel's word names has, or may have, come to its stack */",
        "uint32_t thread_due; /* an exception has returned to Thread mode: another thread may run */",
        "uint32_t follows_threads; /* C may say which one */",
        "uint32_t switches_in_thread_mode; /* the word changes some time before the stack does */",
        "uint32_t ended_offset, ended_mask; /* bits of a thread's own words that say that it will not run again */",
        "uint64_t thread_word; /* which one runs: an address in this process, as those that follow */",
        "uint64_t list_words[MAX_LIST_WORDS]; /* what changes when threads come and go */",
        "uint32_t list_values[MAX_LIST_WORDS]; /* what they were when the slots were filled */",
        "uint32_t list_count, own_thread, own_low, own_high; /* the thread that runs, and its stack; zeros for none */",
        "thread_slot threads[THREAD_SLOTS];",
        "uint32_t zone_count, filled_count; /* more than MAX_FILLED: which pages the TLB has is not known */",
        "page_range zones[MAX_ZONES]; /* the pages that stacks are in, all that an overlay can close */",
        "uint32_t filled[MAX_FILLED]; /* those of them that the TLB may have */",
        "uint64_t copy_physical; /* a page of memory that reads as the device's page at ``copy_page`` does */",
        "uint32_t copy_page, copy_epoch; /* while the epoch is this one */",
        "uint32_t copy_privileged, copy_in_tlb;",
        "/* counters for the benchmarks and tests */",
        "uint64_t python_calls, native_entries, native_returns;",
    )
    _fields_ = fields((line for line in LINES if not line.startswith("/*")), TYPES, NUMBERS)


def new_state() -> State:
    """Return a state of zeros, where the order of its fields supposes it to be."""
    state: State = at_cache_line(State)
    return state


class SwitchWatch(ctypes.Structure):
    """The word that names the thread that runs, and its last change (switch_watch.py). First what each block needs."""

    LINES = (
        "const void *word;",
        "state *watched;",
        "uint64_t unchanged; /* ``seen``, or no word at all where it was closed */",
        "uint32_t seen, is_closed; /* the word, and whether the gate was zero, when they were looked at last */",
        "block_hook next; /* the hook on blocks that comes behind; NULL: on_block() */",
        "const void *gate; /* what the word says counts while this one is not zero */",
        "uint64_t time; /* of the last switch */",
        "uint64_t count; /* of switches */",
        "uint32_t thread, outgoing; /* which runs, and which one did before */",
        "uint32_t is_told, reserved;",
        "drain tell;",
        "drain follow; /* the overlay hears first, where C cannot follow; NULL: there is none */",
        "void *next_data;",
    )
    _fields_ = fields(LINES, TYPES, NUMBERS)
