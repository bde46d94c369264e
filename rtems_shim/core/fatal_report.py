"""The text that RTEMS prints when it ends: the same lines, so that tools which read RTEMS's output read ours.

The words behind each fault bit are this project's (emulator.armv7m.faults); the rest of the layout is RTEMS's. Integer
registers only: of the FP registers the exception frame says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator.armv7m.faults import CAUSES, FaultCause, FaultStatus
from emulator.bits import WORD_MASK

VERSION = "6.0.0.not-released"
"""What rtems_version() answers (guest/src/version.c)."""

SOURCES = {
    0: "INTERNAL_ERROR_CORE",
    1: "INTERNAL_ERROR_RTEMS_API",
    2: "INTERNAL_ERROR_POSIX_API",
    3: "RTEMS_FATAL_SOURCE_BDBUF",
    4: "RTEMS_FATAL_SOURCE_APPLICATION",
    5: "RTEMS_FATAL_SOURCE_EXIT",
    6: "RTEMS_FATAL_SOURCE_BSP",
    7: "RTEMS_FATAL_SOURCE_ASSERT",
    8: "RTEMS_FATAL_SOURCE_STACK_CHECKER",
    9: "RTEMS_FATAL_SOURCE_EXCEPTION",
    10: "RTEMS_FATAL_SOURCE_SMP",
    11: "RTEMS_FATAL_SOURCE_PANIC",
    12: "RTEMS_FATAL_SOURCE_INVALID_HEAP_FREE",
    13: "RTEMS_FATAL_SOURCE_HEAP",
    14: "RTEMS_FATAL_SOURCE_SPURIOUS_INTERRUPT",
}
CORE_ERRORS = {
    0: "NO_CONFIGURATION_TABLE",
    1: "NO_CPU_TABLE",
    2: "TOO_LITTLE_WORKSPACE",
    3: "WORKSPACE_ALLOCATION",
    4: "INTERRUPT_STACK_TOO_SMALL",
    5: "THREAD_EXITTED",
    6: "INCONSISTENT_MP_INFORMATION",
    7: "INVALID_NODE",
    8: "NO_MPCI",
    9: "BAD_PACKET",
    10: "OUT_OF_PACKETS",
    11: "OUT_OF_GLOBAL_OBJECTS",
    12: "OUT_OF_PROXIES",
    13: "INVALID_GLOBAL_ID",
    14: "BAD_STACK_HOOK",
    15: "BAD_ATTRIBUTES",
    16: "IMPLEMENTATION_KEY_CREATE_INCONSISTENCY",
    17: "IMPLEMENTATION_BLOCKING_OPERATION_CANCEL",
    18: "THREAD_QUEUE_ENQUEUE_FROM_BAD_STATE",
    19: "UNLIMITED_AND_MAXIMUM_IS_0",
    20: "SHUTDOWN_WHEN_NOT_UP",
    21: "GXX_KEY_ADD_FAILED",
    22: "GXX_MUTEX_INIT_FAILED",
    23: "NO_MEMORY_FOR_HEAP",
    24: "CPU_ISR_INSTALL_VECTOR",
    25: "RESOURCE_IN_USE",
    26: "RTEMS_INIT_TASK_ENTRY_IS_NULL",
    27: "POSIX_INIT_THREAD_ENTRY_IS_NULL",
    28: "THREAD_QUEUE_DEADLOCK",
    29: "THREAD_QUEUE_ENQUEUE_STICKY_FROM_BAD_STATE",
    30: "BAD_THREAD_DISPATCH_DISABLE_LEVEL",
    31: "BAD_THREAD_DISPATCH_ENVIRONMENT",
    32: "RTEMS_INIT_TASK_CREATE_FAILED",
    33: "POSIX_INIT_THREAD_CREATE_FAILED",
    34: "LIBIO_USER_ENV_KEY_CREATE_FAILED",
    35: "LIBIO_SEM_CREATE_FAILED",
    36: "LIBIO_STDOUT_FD_OPEN_FAILED",
    37: "LIBIO_STDERR_FD_OPEN_FAILED",
    38: "ILLEGAL_USE_OF_FLOATING_POINT_UNIT",
    39: "ARC4RANDOM_GETENTROPY_FAIL",
    40: "NO_MEMORY_FOR_PER_CPU_DATA",
    41: "TOO_LARGE_TLS_SIZE",
    42: "RTEMS_INIT_TASK_CONSTRUCT_FAILED",
    43: "IDLE_THREAD_CREATE_FAILED",
    44: "NO_MEMORY_FOR_IDLE_TASK_STORAGE",
    45: "IDLE_THREAD_STACK_TOO_SMALL",
    46: "CANNOT_DISABLE_DATA_CACHE",
    47: "LIBIO_STDIN_FD_OPEN_FAILED",
}
"""The codes of source 0: INTERNAL_ERROR_..."""
CORE = 0
EXIT = 5
EXCEPTION = 9

_PAIRS = (
    ("R0", "R8"),
    ("R1", "R9"),
    ("R2", "R10"),
    ("R3", "R11"),
    ("R4", "R12"),
    ("R5", "SP"),
    ("R6", "LR"),
    ("R7", "PC"),
)
# Header, register, lowest bit, width, and the address register with its valid bit (in CFSR) and name.
_GROUPS = (
    ("MMFSR", "memory fault", "CFSR", 0, 8, ("MMFARVALID", 7, "MMFAR")),
    ("BFSR", "bus fault", "CFSR", 8, 8, ("BFARVALID", 15, "BFAR")),
    ("UFSR", "usage fault", "CFSR", 16, 16, None),
    ("HFSR", "hard fault", "HFSR", 0, 32, None),
)


def format_fatal(
    source: int,
    code: int,
    frame: Mapping[str, int] | None,
    status: FaultStatus | None,
    thread: tuple[int, str] | None,
    tools: str = "",
) -> str:
    """Return what RTEMS prints at its end: a blank line, the source and code, the versions, the thread.

    ``frame`` holds r0-r12, sp, lr, pc, xpsr and vector by name and ``status`` the fault status registers; both are for
    source 9 only. ``thread`` is the executing thread's (id, name), None when there is none. ``tools`` is the version of
    the compiler; '' leaves its line out.
    """
    where = f"{source} ({SOURCES.get(source, '?')})"
    lines = ["", "*** FATAL ***", f"fatal source: {where}"]
    code &= WORD_MASK
    if source == EXIT and not code:
        lines = ["", "[ RTEMS shutdown ]"]
    elif source == EXIT:
        lines = ["", "*** EXIT STATUS NOT ZERO ***", f"exit source: {where}", f"exit code: {code} (0x{code:08x})"]
    elif source == EXCEPTION and frame is not None and status is not None:
        lines += ["", *_registers(frame), *_fault_bits(status)]
    elif source == CORE:
        name = f"INTERNAL_ERROR_{CORE_ERRORS[code]}" if code in CORE_ERRORS else "?"
        lines.append(f"fatal code: {code} ({name})")
    else:
        lines.append(f"fatal code: {code} (0x{code:08x})")
    lines.append(f"RTEMS version: {VERSION}")
    if tools:
        lines.append(f"RTEMS tools: {tools}")
    if thread is None:
        lines.append("executing thread is NULL")
    else:
        lines += [f"executing thread ID: 0x{thread[0]:08x}", f"executing thread name: {thread[1]}"]
    return "\n".join(lines) + "\n"


def _registers(frame: Mapping[str, int]) -> list[str]:
    lines = [
        f"{left:<4} = 0x{frame[left.lower()]:08x} {right:<3} = 0x{frame[right.lower()]:08x}" for left, right in _PAIRS
    ]
    return [*lines, f"XPSR = 0x{frame['xpsr']:08x} VEC = 0x{frame['vector']:08x}"]


def _fault_bits(status: FaultStatus) -> list[str]:
    lines = []
    for name, words, register, low, width, address in _GROUPS:
        value = getattr(status, register) >> low & (1 << width) - 1
        if not value:
            continue
        lines.append(f"{name:<5}= 0x{value:08x} ({words})")
        lines += [_bit_line(cause) for cause in _causes(register, low, width) if value >> (cause.bit - low) & 1]
        if address is not None:
            valid, bit, address_register = address
            known = status.CFSR >> bit & 1
            where = f"1 -> 0x{getattr(status, address_register):08x} (error address)" if known else "0"
            lines.append(f"  {valid:<11}: {where}")
    return lines


def _causes(register: str, low: int, width: int) -> list[FaultCause]:
    causes = [cause for cause in CAUSES.values() if cause.register == register]
    return [cause for cause in causes if low <= cause.bit < low + width]


def _bit_line(cause: FaultCause) -> str:
    return f"  {cause.name:<11}: 1  ({cause.words})"
