"""What a program may ask about the system: threads one by one, what they executed, the object classes."""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING, Any
from emulator.records import dataclass, field
from rtems_shim.abi import layouts
from rtems_shim.abi.status import Status
from rtems_shim.classic.objects import ClassicObjects
from rtems_shim.core import stack_use
from rtems_shim.core.clock import NS_PER_SECOND
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import HARD_LIMIT, Api, ClassicClass, ObjectTable, PosixClass, build_id
from rtems_shim.core.thread import Thread
from rtems_shim.files.files import Files
from rtems_shim.posix.mqueue import PosixQueues
from rtems_shim.posix.posix_timers import PosixTimers
from rtems_shim.posix.semaphore import Semaphores
from rtems_shim.posix.specific import Keys

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel


NOT_KNOWN = 0xFFFF_FFFF
"""How much of a stack is used, where nothing has filled it."""


@dataclass(slots=True)
class CpuUsage:
    """When the CPU usage was reset, and what each thread had executed until then.

    RTEMS's uptime begins with a second, which is the idle thread's until the first reset.
    """

    since_ns: int = -NS_PER_SECOND
    before_ns: dict[int, int] = field(default_factory=lambda: {build_id(Api.INTERNAL, 1, 1): -NS_PER_SECOND})


@trap("thread_get")
def thread_get(kernel: Kernel, id: int, record: int) -> int:
    """Store what is known of the first thread with a larger id, and return its id; 0 behind the last."""
    later = [thread for thread in kernel.threads.all() if thread.alive and thread.id > id]
    if not later:
        return 0
    thread = min(later, key=lambda found: found.id)
    kernel.memory.store(record, layouts.THREAD_RECORD.pack(**_record(kernel, thread)))
    return thread.id


def _record(kernel: Kernel, thread: Thread) -> dict[str, int]:
    usage = kernel.part(CpuUsage)
    return {
        "id": thread.id,
        "name": thread.classic_name,
        "stack_base": thread.stack_base,
        "stack_size": thread.stack_size,
        "sp": 0 if thread is kernel.executing else thread.sp,
        "control": kernel.threads.control_of(thread),
        "used_ns": kernel.executed_ns(thread) + (NS_PER_SECOND if thread is kernel.threads.idle else 0),
        "executed_ns": kernel.executed_ns(thread) - usage.before_ns.get(thread.id, 0),
        "total_ns": kernel.executed_since_boot_ns() - usage.since_ns,
        "priority": thread.priority,
        "stack_used": stack_use.overwritten(kernel, thread) if kernel.checks_stacks else NOT_KNOWN,
    }


CLASSIC_CLASSES = {
    "timers": ClassicClass.TIMERS,
    "semaphores": ClassicClass.SEMAPHORES,
    "message_queues": ClassicClass.MESSAGE_QUEUES,
    "partitions": ClassicClass.PARTITIONS,
    "regions": ClassicClass.REGIONS,
    "ports": ClassicClass.PORTS,
    "periods": ClassicClass.PERIODS,
    "barriers": ClassicClass.BARRIERS,
}


@trap("resources_get")
def resources_get(kernel: Kernel, record: int) -> None:
    """Store how many objects of each class are in use."""
    tables = kernel.part(ClassicObjects).tables
    values = {name: len(tables[number]) for name, number in CLASSIC_CLASSES.items()}
    values |= {
        "tasks": len(kernel.threads.classic),
        "posix_threads": len(kernel.threads.posix),
        "posix_keys": len(kernel.part(Keys).table),
        "posix_message_queues": len(kernel.part(PosixQueues).table),
        "posix_semaphores": len(kernel.part(Semaphores).named),
        "posix_timers": len(kernel.part(PosixTimers).table),
        "posix_key_value_pairs": sum(len(thread.posix.specific) for thread in kernel.threads.all()),
        "open_files": kernel.part(Files).in_use(),
    }
    kernel.memory.store(record, layouts.RESOURCES.pack(**values))


@trap("cpu_usage_reset")
def cpu_usage_reset(kernel: Kernel) -> None:
    """rtems_cpu_usage_reset()."""
    usage = kernel.part(CpuUsage)
    usage.since_ns = kernel.executed_since_boot_ns()
    usage.before_ns = {thread.id: kernel.executed_ns(thread) for thread in kernel.threads.all()}


@trap("rtems_object_get_class_information")
def rtems_object_get_class_information(kernel: Kernel, api: int, class_number: int, information: int) -> int:
    """rtems_object_get_class_information(): of threads and Classic objects; the others are kept apart."""
    if not information:
        return Status.INVALID_ADDRESS
    table = _table(kernel, api, class_number)
    if table is None:
        return Status.INVALID_NUMBER
    kernel.memory.store(
        information,
        layouts.CLASS_INFORMATION.pack(
            minimum_id=build_id(api, class_number, 1),
            maximum_id=build_id(api, class_number, table.maximum),
            maximum=table.maximum,
            auto_extend=table.maximum == HARD_LIMIT,
            unallocated=table.maximum - len(table),
        ),
    )
    return Status.SUCCESSFUL


def _table(kernel: Kernel, api: int, number: int) -> ObjectTable[Any] | None:
    if (api, number) == (Api.POSIX, PosixClass.THREADS):
        return kernel.threads.posix
    if (api, number) == (Api.CLASSIC, ClassicClass.TASKS):
        return kernel.threads.classic
    tables = kernel.part(ClassicObjects).tables
    return tables.get(ClassicClass(number)) if api == Api.CLASSIC and number in tuple(ClassicClass) else None
