"""The fatal error handler: how a run ends by itself. Sources and codes are RTEMS's.

The guest's fatal extensions have run before the trap ``fatal``. What the kernel itself finds wrong with a call sends
the caller there; only what it finds at a switch ends the run at once.
"""

from __future__ import annotations

from enum import IntEnum

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.faults import CAUSES, Fault, FaultStatus
from emulator.bits import sign_extend
from emulator.errors import GuestAccessError
from emulator.machine.stop import Exited, Faulted
from emulator.records import dataclass
from rtems_shim.abi import layouts
from rtems_shim.core.dispatch import trap
from rtems_shim.core.events import FatalRaised
from rtems_shim.core.fatal_report import format_fatal
from rtems_shim.core.objects import name_string, text_of
from rtems_shim.core.uses import use_now

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread


class Source(IntEnum):
    """rtems_fatal_source, the ones that can occur here."""

    CORE = 0
    RTEMS_API = 1
    APPLICATION = 4
    EXIT = 5
    BSP = 6
    ASSERT = 7
    STACK_CHECKER = 8
    EXCEPTION = 9
    SMP = 10
    INVALID_HEAP_FREE = 12


# Codes of source CORE.
THREAD_EXITTED = 5
THREAD_QUEUE_DEADLOCK = 28
BAD_THREAD_DISPATCH_DISABLE_LEVEL = 30
BAD_THREAD_DISPATCH_ENVIRONMENT = 31
INIT_TASK_CREATE_FAILED = 32
POSIX_INIT_THREAD_CREATE_FAILED = 33
LIBIO_STDOUT_FD_OPEN_FAILED = 36
LIBIO_STDERR_FD_OPEN_FAILED = 37
INIT_TASK_CONSTRUCT_FAILED = 42
IDLE_THREAD_CREATE_FAILED = 43
LIBIO_STDIN_FD_OPEN_FAILED = 47

FATAL_EXIT_CODE = 1


@dataclass(frozen=True, slots=True)
class FatalExit(Exited):
    """RTEMS's fatal error handler ended the run, not exit(). ``error`` is the source's own code."""

    source: int
    error: int


@dataclass(frozen=True, slots=True)
class FatalRecord:
    """How a run ended by itself. ``frame`` is the exception frame by field name, None unless the source is EXCEPTION.

    ``thread`` is the executing thread's id, and its name as RTEMS prints it; ``signal`` the number of a signal whose
    default ended the program.
    """

    source: int
    code: int
    frame: dict[str, int] | None
    thread: tuple[int, str]
    signal: int = 0

    def report(self, tools: str) -> str:
        """Return what RTEMS would print, where the program's compiler is of the version ``tools``."""
        status = None if self.frame is None else fault_status(self.frame)
        return format_fatal(self.source, self.code, self.frame, status, self.thread, tools)


@trap("fatal")
def fatal(kernel: Kernel, source: int, is_internal: int, code: int) -> None:
    """rtems_fatal(), exit() (source 5) and the fault handlers (source 9, code = an exception frame's address)."""
    stop(kernel, source, code)


def terminate(kernel: Kernel, code: int) -> None:
    """_Terminate() in the caller of the current trap, with source CORE: its extensions run, and then the run ends."""
    kernel.fatal_call = use_now(kernel, keeps_stack=True)
    registers = kernel.port.registers
    registers.r[0], registers.r[1] = Source.CORE, code
    registers.pc = kernel.configuration["fatal_entry"] & ~1


def stop(kernel: Kernel, source: int, code: int) -> None:
    """End the run with this fatal error."""
    now = kernel.now
    thread = kernel.executing
    code = sign_extend(code, 32) if source == Source.EXIT else code
    frame = read_exception_frame(kernel, code) if source == Source.EXCEPTION else None
    signal = kernel.ending_signal if source == Source.EXIT else 0
    kernel.fatal_record = FatalRecord(source, code, frame, (thread.id, _name(thread)), signal)
    kernel.port.emit(FatalRaised(now, thread.id, source, code))
    if frame is not None:
        kernel.port.stop(Faulted(now, fault_of(kernel, frame)))
    elif source == Source.EXIT:
        kernel.port.stop(Exited(now, code))
    else:
        kernel.port.stop(FatalExit(now, FATAL_EXIT_CODE, source, code))


def _name(thread: Thread) -> str:
    """Return the name of ``thread`` as RTEMS prints it: of an object's name all four characters."""
    return text_of(thread.posix.long_name) or name_string(thread.classic_name).decode("ascii")


def read_exception_frame(kernel: Kernel, address: int) -> dict[str, int]:
    """Return the exception frame at ``address`` by field name; all zero when there is no memory."""
    layout = layouts.EXCEPTION_FRAME
    try:
        return layout.unpack(kernel.port.memory.peek(address, layout.size))
    except GuestAccessError:
        return layout.unpack(bytes(layout.size))


def fault_status(frame: dict[str, int]) -> FaultStatus:
    """Return the fault status registers as the guest's handler saw them."""
    status = FaultStatus()
    status.CFSR, status.HFSR, status.DFSR = frame["cfsr"], frame["hfsr"], frame["dfsr"]
    status.MMFAR, status.BFAR = frame["mmfar"], frame["bfar"]
    return status


def fault_of(kernel: Kernel, frame: dict[str, int]) -> Fault:
    """Return the fault behind an exception frame: the refused access where it is known, else what the status says."""
    status = fault_status(frame)
    causes = status.decode()
    last = kernel.last_fault
    if last is not None and last.cause in causes:
        return last
    # FORCED only says that another cause escalated; the other causes come first in CAUSES.
    cause = causes[0] if causes else CAUSES["UNDEFINSTR"]
    address = getattr(status, cause.address_register) if cause.address_register else None
    return Fault(cause, address)
