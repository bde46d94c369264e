"""The state that Python and native/ share: the same structures as native/state.h, laid out for ctypes.

All memory is Python's. Without the extension the same structures hold what little the pure-Python engine keeps there.
"""

from __future__ import annotations

import ctypes

REGISTERS = 22
"""R0-R12, MSP, PSP, LR, PC, xPSR, PRIMASK, BASEPRI, FAULTMASK, CONTROL."""
EXCEPTION_WORDS = 4
EXCEPTIONS = 64 * EXCEPTION_WORDS
MAX_REGIONS = 16
MAX_MEMORIES = 32
MAX_MAPS = 128
WRITTEN = 6
FP_VALUES = 9


class BlockSlot(ctypes.Structure):
    """block_slot."""

    _fields_ = [
        ("key", ctypes.c_uint64),
        ("count", ctypes.c_uint16),
        ("aligned", ctypes.c_uint16),
        ("kinds", ctypes.c_uint32),
        ("index", ctypes.c_uint32),
        ("first", ctypes.c_uint16),
        ("last", ctypes.c_uint16),
        ("hits", ctypes.c_uint32),
        ("narrow", ctypes.c_uint16),
        ("first_fp", ctypes.c_uint16),
    ]


class PageSlot(ctypes.Structure):
    """page_slot."""

    _fields_ = [
        ("paddr", ctypes.c_uint64),
        ("host", ctypes.c_uint64),
        ("key", ctypes.c_uint32),
        ("perms", ctypes.c_int32),
        ("dirty", ctypes.c_int32),
        ("reserved", ctypes.c_uint32),
    ]


class SplitSlot(ctypes.Structure):
    """split_slot."""

    _fields_ = [
        ("host", ctypes.c_uint64),
        ("key", ctypes.c_uint32),
        ("writable", ctypes.c_uint8),
        ("reserved", ctypes.c_uint8 * 3),
        ("rights", ctypes.c_uint8 * 32),
    ]


class SpecialSlot(ctypes.Structure):
    """special_slot."""

    _fields_ = [
        ("address", ctypes.c_uint32),
        ("kind", ctypes.c_uint32),
        ("displacement", ctypes.c_int32),
        ("base", ctypes.c_int8),
        ("index", ctypes.c_int8),
        ("shift", ctypes.c_uint8),
        ("itstate", ctypes.c_uint8),
        ("alignment", ctypes.c_uint32),
        ("is_simple", ctypes.c_uint32),
    ]


class SteadySlot(ctypes.Structure):
    """steady_slot."""

    _fields_ = [
        ("address", ctypes.c_uint32),
        ("epoch", ctypes.c_uint32),
        ("size", ctypes.c_uint8),
        ("privileged", ctypes.c_uint8),
        ("is_icsr", ctypes.c_uint8),
        ("slope", ctypes.c_int8),
        ("value", ctypes.c_uint32),
        ("divider", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("since", ctypes.c_uint64),
        ("until", ctypes.c_uint64),
        ("skipped", ctypes.c_uint64),
    ]


class MemoryRange(ctypes.Structure):
    """memory_range."""

    _fields_ = [("start", ctypes.c_uint32), ("last", ctypes.c_uint32), ("host", ctypes.c_uint64)]


class MemoryMap(ctypes.Structure):
    """memory_map."""

    _fields_ = [
        ("ctrl", ctypes.c_uint32),
        ("negative", ctypes.c_uint32),
        ("rbar", ctypes.c_uint32 * MAX_REGIONS),
        ("rasr", ctypes.c_uint32 * MAX_REGIONS),
    ]


class MapSlot(ctypes.Structure):
    """map_slot."""

    _fields_ = [
        ("hash", ctypes.c_uint64),
        ("pages", ctypes.c_void_p),
        ("splits", ctypes.c_void_p),
        ("key", ctypes.c_uint8 * ctypes.sizeof(MemoryMap)),
    ]


def _all(kind: type, *names: str) -> list[tuple[str, type]]:
    return [(name, kind) for name in names]


_POINTER, _U32, _U64, _I32 = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_int32


class State(ctypes.Structure):
    """state."""

    _fields_ = [
        *_all(_U64, "executed", "limit"),
        *_all(_U32, "before", "after", "monitor_lost", "hooked", "current", "current_count", "current_kinds"),
        *_all(_U32, "stopped", "has_splits", "fill_enabled", "cause"),
        ("status", _I32),
        *_all(_POINTER, "blocks", "pages", "splits", "specials", "maps", "dirty"),
        *_all(_U32, "block_mask", "page_mask", "split_mask", "special_mask"),
        *_all(_POINTER, "uc", "core"),
        *_all(_U64, "core_reads"),
        *_all(_POINTER, "reg_read", "reg_write", "read_batch", "write_batch", "start", "stop", "control"),
        *_all(_I32, "tlb_flush", "id_xpsr", "id_control", "id_sp", "id_lr", "write_count", "fp_count", "reserved"),
        *_all(_POINTER, "read_ids", "read_places", "banked_ids", "banked_places", "write_ids", "write_places"),
        *_all(_POINTER, "fp_ids", "fp_places"),
        *_all(_POINTER, "python_block", "python_special", "python_fill", "python_window", "python_read"),
        *_all(_POINTER, "python_write", "python_interrupt"),
        *_all(_U64, "current_slot", "approved_low", "approved_high", "approved_host"),
        *_all(_U32, "approved_writable", "system_store"),
        ("values", _U64 * REGISTERS),
        ("written", _U64 * WRITTEN),
        ("fp", _U64 * FP_VALUES),
        *((name, _U64 * EXCEPTION_WORDS) for name in ("enabled", "pending", "active", "lines")),
        ("priorities", ctypes.c_int16 * EXCEPTIONS),
        ("group_mask", _I32),
        *_all(_U32, "event", "vtor", "ccr", "scr", "cpacr", "fpccr", "fpcar", "fpdscr", "demcr"),
        ("map", MemoryMap),
        *_all(_U32, "regions", "rnr", "map_changes", "takes_exceptions", "takes_svc", "trap_immediate"),
        *_all(_U32, "declined", "has_fpu"),
        *_all(_U32, "absent", "fp_is_automatic", "memory_count"),
        ("memories", MemoryRange * MAX_MEMORIES),
        *_all(_U64, "python_calls", "native_entries", "native_returns"),
        *_all(_POINTER, "steady"),
        *_all(_U32, "steady_mask", "steady_epoch", "steady_value", "steady_address", "steady_size", "steady_reserved"),
    ]
