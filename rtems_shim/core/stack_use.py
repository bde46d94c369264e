"""How deep threads have used their stacks, and RTEMS's stack checker: the pattern at a stack's lowest end.

A stack is what it was before, but for what its thread stored since, so the lowest byte that has changed says how deep
it went, and so does the stack pointer at switches: at least so deep, for a store of what was there before is not seen.
With CONFIGURE_STACK_CHECKER_ENABLED the kernel fills the stack first, as RTEMS does, puts its pattern there, and looks
at both, pattern and stack pointer, at each switch. [RTEMS 6: cpukit/libmisc/stackchk/check.c]
"""

from __future__ import annotations

import struct

from emulator.annotations import TYPE_CHECKING
from emulator.errors import GuestAccessError
from rtems_shim.core import fatal

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread

PATTERN = struct.pack("<4I", 0xFEED_F00D, 0x0BAD_0D06, 0xDEAD_F00D, 0x600D_0D06)
FILL = b"\xa5"
CHUNK = 1024


def begin(kernel: Kernel, thread: Thread) -> None:
    """Prepare the stack of a new thread, which the policy knows: fill it, or remember what is in it."""
    memory = kernel.port.memory
    if kernel.checks_stacks:
        thread.stack_before = (PATTERN + FILL * thread.stack_size)[: thread.stack_size]
        memory.poke(thread.stack_base, thread.stack_before)
    else:
        thread.stack_before = memory.peek(thread.stack_base, thread.stack_size)
    thread.lowest_sp = thread.stack_base + thread.stack_size


def used(kernel: Kernel, thread: Thread) -> int | None:
    """Return how many bytes of its stack ``thread`` has used, at least; None for one that has no stack."""
    if not thread.stack_before:
        return None
    try:
        overwritten_bytes = overwritten(kernel, thread)
    except GuestAccessError:
        return None
    top = thread.stack_base + thread.stack_size
    return max(overwritten_bytes, min(top - thread.lowest_sp, thread.stack_size))


def overwritten(kernel: Kernel, thread: Thread) -> int:
    """Return how many bytes its stack has from the lowest that has changed on. Raises GuestAccessError: no memory."""
    now = kernel.port.memory.peek(thread.stack_base, len(thread.stack_before))
    return len(now) - first_difference(thread.stack_before, now)


def is_brimful(kernel: Kernel, thread: Thread) -> bool:
    """Whether the lowest word of its stack has changed."""
    before = thread.stack_before[:4]
    return bool(before) and kernel.port.memory.peek(thread.stack_base, len(before)) != before


def first_difference(before: bytes, now: bytes) -> int:
    """Return where two equally long strings of bytes begin to differ; their length where they do not."""
    for start in range(0, len(before), CHUNK):
        if before[start : start + CHUNK] != now[start : start + CHUNK]:
            rest = zip(before[start : start + CHUNK], now[start : start + CHUNK], strict=True)
            return start + next(place for place, (old, new) in enumerate(rest) if old != new)
    return len(before)


def check(kernel: Kernel, thread: Thread, sp: int) -> bool:
    """Whether the stack of ``thread``, switched out at ``sp`` or ended, is whole; if not the run ends as RTEMS does."""
    base, end = thread.stack_base, thread.stack_base + thread.stack_size
    pattern_ok = kernel.port.memory.peek(base, len(PATTERN)) == PATTERN[: thread.stack_size]
    if base <= sp <= end and pattern_ok:
        return True
    kernel.port.console(blown_text(kernel, thread, pattern_ok).encode("latin-1"))
    kernel.blown = (thread, pattern_ok, sp)
    fatal.stop(kernel, fatal.Source.STACK_CHECKER, thread.classic_name)
    return False


def blown_text(kernel: Kernel, thread: Thread, pattern_ok: bool) -> str:
    """Return what RTEMS prints of a blown stack."""
    base, size = thread.stack_base, thread.stack_size
    lines = [
        "BLOWN STACK!!!",
        f"task control block: 0x{kernel.threads.control_of(thread):08x}",
        f"task ID: 0x{thread.id:08x}",
        f"task name: 0x{thread.classic_name:08x}",
        f"task name string: {_name_string(thread)}",
        f"task stack area ({size} Bytes): 0x{base:08x} .. 0x{base + size:08x}",
    ]
    if not pattern_ok:
        area = f"0x{base:08x} .. 0x{base + len(PATTERN):08x}"
        lines.append(f"damaged pattern area ({len(PATTERN)} Bytes): {area}")
    return "".join(f"{line}\n" for line in lines)


def _name_string(thread: Thread) -> str:
    """Return what _Thread_Get_name() stores: the long name, or the object's up to its first NUL."""
    if thread.posix.long_name:
        return thread.posix.long_name
    name = thread.classic_name.to_bytes(4, "big").split(b"\0")[0]
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "*" for byte in name)
