"""The text that RTEMS prints when it ends: the same lines, so that tools which read RTEMS's output read ours.

The words behind each fault bit are this project's (emulator.armv7m.faults); the rest of the layout is RTEMS's. Integer
registers only: of the FP registers the exception frame says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator.armv7m.faults import CAUSES, FaultCause, FaultStatus

SHUTDOWN = "[ RTEMS shutdown ]\n"
"""What a program that ends by exit(0) leaves on the console."""

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
) -> str:
    """Return the fatal report of RTEMS.

    ``frame`` holds r0-r12, sp, lr, pc, xpsr and vector by name and ``status`` the fault status registers; both are for
    source 9 only. ``thread`` is the executing thread's (id, name), None when there is none.
    """
    if source == EXIT and code == 0:
        return SHUTDOWN
    lines = ["", "*** FATAL ***", f"fatal source: {source} ({SOURCES.get(source, '?')})"]
    if source == EXCEPTION and frame is not None and status is not None:
        lines += ["", *_registers(frame), *_fault_bits(status)]
    else:
        lines.append(f"fatal code: {code} (0x{code & 0xFFFF_FFFF:08x})")
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
