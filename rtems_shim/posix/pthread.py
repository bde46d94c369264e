"""POSIX threads: create, join, exit, detach, names, attributes. How they are scheduled is in scheduling.py.

The attribute functions are guest C; what arrives here is the attributes structure.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.bits import WORD_MASK
from emulator.machine.events import ThreadNamed
from emulator.records import dataclass
from rtems_shim.abi import layouts
from rtems_shim.abi.constants import NO_ASR
from rtems_shim.abi.errno import EAGAIN, EDEADLK, EFAULT, EINTR, EINVAL, ENOTSUP, ERANGE, ESRCH
from rtems_shim.core import fatal
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import Api, name_string, object_api, text_of
from rtems_shim.core.thread import SCHED_FIFO, ClassicState, PosixState, Thread
from rtems_shim.core.threads import STACK_FLOOR
from rtems_shim.core.wait_results import owe, return_to_svc
from rtems_shim.posix.scheduling import (
    budget_of,
    check_policy,
    check_priorities,
    parameters_of,
    set_policy,
    to_core,
)

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

PTHREAD_CREATE_DETACHED = 0
PTHREAD_CREATE_JOINABLE = 1
PTHREAD_INHERIT_SCHED = 1
PTHREAD_EXPLICIT_SCHED = 2
PTHREAD_SCOPE_PROCESS = 0
PTHREAD_CANCELED = 0xFFFF_FFFF
INIT_PRIORITY = 2
NAME_LIMIT = 64
"""Bytes of a pthread_setname_np name, the NUL included, whatever CONFIGURE_MAXIMUM_THREAD_NAME_SIZE says."""


@dataclass(frozen=True, slots=True)
class Join:
    """The thread that a pthread_join waits for, and where its result goes (0: nowhere)."""

    owner: Thread
    value: int


# -- creation ----------------------------------------------------------------------------------------------------


def default_attributes(kernel: Kernel) -> dict[str, int]:
    """Return the attributes that pthread_create uses for NULL."""
    return {
        "is_initialized": 1,
        "stackaddr": 0,
        "stacksize": kernel.configuration["minimum_posix_stack_size"],
        "guardsize": 0,
        "contentionscope": PTHREAD_SCOPE_PROCESS,
        "inheritsched": PTHREAD_INHERIT_SCHED,
        "schedpolicy": SCHED_FIFO,
        "detachstate": PTHREAD_CREATE_JOINABLE,
        "sched_priority": INIT_PRIORITY,
    }


def create_init(kernel: Kernel, stack: tuple[int, int] | None) -> Thread | None:
    """Create and start POSIX_Init, on ``stack`` if the program has one for it; None when there is no room for it."""
    configuration = kernel.configuration
    attributes = default_attributes(kernel) | {
        "inheritsched": PTHREAD_EXPLICIT_SCHED,
        "stacksize": configuration["posix_init_stack_size"],
    }
    if stack is not None:
        attributes |= {"stackaddr": stack[0], "stacksize": stack[1]}
    created = make_thread(kernel, attributes, configuration["posix_init_entry"], 0)
    if not isinstance(created, Thread):
        return None
    kernel.threads.start(created)
    return created


@trap("pthread_create")
def pthread_create(kernel: Kernel, id: int, attributes: int, entry: int, argument: int) -> int:
    """pthread_create(): the id is stored before the thread exists, so a bad pointer creates none."""
    created = _create(kernel, id, attributes, entry, argument)
    if not isinstance(created, Thread):
        return created
    kernel.threads.start(created)
    return 0


@trap("pthread_make")
def pthread_make(kernel: Kernel, id: int, attributes: int, entry: int, argument: int) -> int:
    """pthread_create() up to the start: the program's extensions have a word in between."""
    created = _create(kernel, id, attributes, entry, argument)
    return 0 if isinstance(created, Thread) else created


def _dormant(kernel: Kernel, identifier: int) -> Thread | None:
    thread = kernel.find_thread(identifier)
    return thread if thread is not None and thread.alive and not thread.started else None


@trap("thread_launch")
def thread_launch(kernel: Kernel, id: int) -> None:
    """Start what pthread_make has made."""
    thread = _dormant(kernel, id)
    if thread is not None and object_api(thread.id) == Api.POSIX:
        kernel.threads.start(thread)


@trap("thread_unmake")
def thread_unmake(kernel: Kernel, id: int) -> None:
    """An extension of the program refuses a new thread."""
    thread = _dormant(kernel, id)
    if thread is not None:
        kernel.threads.end(thread)
        kernel.threads.discard(thread, tell=False)


@trap("thread_storage")
def thread_storage(kernel: Kernel, id: int, area: int, free: int) -> None:
    """Remember whom a new thread's stack is to be given back to."""
    thread = _dormant(kernel, id)
    if thread is not None:
        thread.storage_area, thread.storage_free = area, free


@trap("zombie_next")
def zombie_next(kernel: Kernel, record: int) -> int:
    """Tell of a thread that is gone; 0 when all have been told."""
    zombies = kernel.threads.zombies
    if not zombies:
        return 0
    gone = zombies[0]
    words = gone.id, gone.classic_name, gone.storage_free, gone.storage_area
    kernel.memory.store(record, layouts.ZOMBIE.pack_words(*words))
    zombies.popleft()
    return 1


@trap("control_of")
def control_of(kernel: Kernel, id: int) -> int:
    """Answer where a thread's Thread_Control is."""
    thread = kernel.find_thread(id)
    return 0 if thread is None else kernel.threads.control_of(thread)


def _create(kernel: Kernel, id: int, attributes: int, entry: int, argument: int) -> Thread | int:
    if not entry:
        return EFAULT
    values = default_attributes(kernel)
    if attributes:
        layout = layouts.THREAD_ATTRIBUTES
        values = layout.unpack(kernel.memory.load(attributes, layout.size))
    error = check_attributes(kernel, values)
    if error:
        return error
    if kernel.from_interrupt or not kernel.threads.room(Api.POSIX):
        return EAGAIN
    next_id = kernel.threads.posix.next_id()
    assert next_id is not None
    kernel.memory.store_word(id, next_id)
    return make_thread(kernel, values, entry, argument)


def check_attributes(kernel: Kernel, attributes: dict[str, int]) -> int:
    """Return 0, or the error number of the first attribute that pthread_create refuses."""
    if not attributes["is_initialized"]:
        return EINVAL
    minimum = max(kernel.configuration["minimum_stack_size"], STACK_FLOOR)
    if attributes["stackaddr"] and attributes["stacksize"] < minimum:
        return EINVAL
    inherit = attributes["inheritsched"]
    if inherit not in (PTHREAD_INHERIT_SCHED, PTHREAD_EXPLICIT_SCHED):
        return EINVAL
    if attributes["contentionscope"] != PTHREAD_SCOPE_PROCESS:
        return ENOTSUP
    if inherit == PTHREAD_INHERIT_SCHED:
        return 0
    policy = attributes["schedpolicy"]
    return check_policy(kernel, policy, attributes) or check_priorities(kernel, policy, attributes)


def make_thread(kernel: Kernel, attributes: dict[str, int], entry: int, argument: int) -> Thread | int:
    """Create, but do not start, a POSIX thread. Returns EAGAIN or EINVAL when it cannot be."""
    if not kernel.threads.room(Api.POSIX):
        return EAGAIN
    executing = kernel.executing
    inherits = attributes["inheritsched"] == PTHREAD_INHERIT_SCHED
    priority = executing.base_priority if inherits else to_core(kernel, attributes["sched_priority"])
    policy = executing.posix.policy if inherits else attributes["schedpolicy"]
    if priority is None:
        return EINVAL
    if inherits:
        budget = None if executing.server is None else executing.server.budget
    else:
        budget = budget_of(kernel, policy, attributes)
    state = PosixState(detached=attributes["detachstate"] == PTHREAD_CREATE_DETACHED, inherits=inherits)
    stack = _stack(kernel, attributes)
    if stack is None:
        return EAGAIN
    thread = kernel.threads.create(
        kernel.threads.posix,
        stack,
        not attributes["stackaddr"],
        entry=entry,
        argument=argument,
        base_priority=priority,
        posix=state,
        classic=ClassicState(modes=NO_ASR, floating_point=True),
    )
    if thread is None:
        return EINVAL
    set_policy(kernel, thread, policy, budget)
    return thread


def _stack(kernel: Kernel, attributes: dict[str, int]) -> tuple[int, int] | None:
    if attributes["stackaddr"]:
        return attributes["stackaddr"], attributes["stacksize"]
    return kernel.threads.allocate_stack(max(attributes["stacksize"], kernel.configuration["minimum_posix_stack_size"]))


# -- the end -----------------------------------------------------------------------------------------------------


@trap("thread_exit")
def thread_exit(kernel: Kernel, value: int) -> None:
    """End the calling thread; whoever joins it gets ``value``. Nobody joins a task that another one has deleted."""
    if kernel.from_interrupt or not kernel.running:
        return
    if kernel.executing.deleting:
        kernel.executing.posix.detached = True
    end_thread(kernel, kernel.executing, value)


@trap("task_exit")
def task_exit(kernel: Kernel) -> None:
    """rtems_task_exit()."""
    if kernel.from_interrupt or not kernel.running:
        return
    kernel.executing.posix.detached = True
    end_thread(kernel, kernel.executing, 0)


def end_thread(kernel: Kernel, thread: Thread, value: int) -> None:
    """End ``thread``, and wake its joiners; without any its record waits for pthread_join, unless it is detached.

    The idle thread cannot end.
    """
    if thread.is_idle:
        fatal.stop(kernel, fatal.Source.CORE, fatal.THREAD_EXITTED)
        return
    state = thread.posix
    state.exit_value = value
    kernel.threads.end(thread)
    joined = len(state.joiners) > 0
    for joiner in state.joiners:
        assert joiner.wait is not None
        if joiner.wait.data.value:
            owe(kernel, joiner, joiner.wait.data.value, value.to_bytes(4, "little"), thread)
        kernel.wake(joiner, 0, thread)
    if joined or state.detached:
        kernel.switcher.end_later(thread)


@trap("pthread_join")
def pthread_join(kernel: Kernel, id: int, value: int) -> int | None:
    """pthread_join(): ESRCH no such thread, EINVAL detached, EDEADLK oneself or a circle of joins."""
    thread = kernel.find_thread(id)
    if thread is None:
        return ESRCH
    if thread.posix.detached:
        return EINVAL
    if waits_for(thread, kernel.executing):
        return EDEADLK
    if not thread.alive:
        if value:
            kernel.memory.store_word(value, thread.posix.exit_value)
        kernel.switcher.end_later(thread)
        return 0
    join, joiner = Join(thread, value), kernel.executing

    def interrupted() -> int:
        joiner.on_resume = lambda resumed: _join_again(kernel, resumed)
        return EINTR

    return kernel.block(
        lambda: f"the end of thread {thread.label}",
        thread.posix.joiners,
        data=join,
        owned=join,
        on_signal=interrupted,
    )


def _join_again(kernel: Kernel, joiner: Thread) -> bool:
    """A signal ended the wait of a join: after its handlers the thread makes the call once more, as on RTEMS."""
    joiner.result = None
    return_to_svc(kernel, joiner)
    return True


def waits_for(thread: Thread, target: Thread) -> bool:
    """Whether ``thread`` is ``target`` or waits, along a chain of owners, for something only ``target`` can give."""
    seen: list[Thread] = []
    current: Thread | None = thread
    while current is not None and current not in seen:
        if current is target:
            return True
        seen.append(current)
        current = current.wait.owner if current.wait else None
    return False


@trap("pthread_detach")
def pthread_detach(kernel: Kernel, id: int) -> int:
    """pthread_detach(): an ended thread is forgotten at once."""
    thread = kernel.find_thread(id)
    if thread is None:
        return ESRCH
    if thread.posix.detached:
        return 0
    thread.posix.detached = True
    if not thread.alive:
        kernel.switcher.end_later(thread)
    return 0


@trap("pthread_self")
def pthread_self(kernel: Kernel) -> int:
    """pthread_self()."""
    return kernel.executing.id


# -- names and attributes ----------------------------------------------------------------------------------------


@trap("pthread_setname_np")
def pthread_setname_np(kernel: Kernel, id: int, name: str | None) -> int:
    """pthread_setname_np(): a longer name is cut and answered with ERANGE."""
    thread = kernel.find_thread(id)
    if thread is None:
        return ESRCH
    if name is None:
        return EINVAL
    size = min(kernel.configuration["maximum_thread_name_size"], NAME_LIMIT)
    thread.posix.long_name = name[: max(size - 1, 0)]
    kernel.port.emit(ThreadNamed(kernel.now, thread.id, text_of(thread.posix.long_name)))
    return ERANGE if len(name) >= size else 0


@trap("pthread_getname_np")
def pthread_getname_np(kernel: Kernel, id: int, name: int, size: int) -> int:
    """pthread_getname_np(): a buffer that is too small gets a cut name, and ERANGE; for no thread it gets ''."""
    thread = kernel.find_thread(id)
    text = b""
    if thread is not None:
        text = thread.posix.long_name.encode("latin-1") or name_string(thread.classic_name)
    if size:
        kernel.memory.store(name, text[: size - 1] + b"\0")
    if thread is None:
        return ESRCH
    return ERANGE if len(text) >= size else 0


@trap("pthread_getattr_np")
def pthread_getattr_np(kernel: Kernel, id: int, attributes: int) -> int:
    """pthread_getattr_np(): the attributes as they are, with the stack in use."""
    if not attributes:
        return EINVAL
    thread = kernel.find_thread(id)
    if thread is None:
        return ESRCH
    state = thread.posix
    kernel.memory.store(
        attributes,
        layouts.THREAD_ATTRIBUTES.pack(
            is_initialized=1,
            stackaddr=thread.stack_base,
            stacksize=thread.stack_size,
            inheritsched=PTHREAD_INHERIT_SCHED if state.inherits else PTHREAD_EXPLICIT_SCHED,
            schedpolicy=state.policy,
            detachstate=PTHREAD_CREATE_DETACHED if state.detached else PTHREAD_CREATE_JOINABLE,
            affinitysetsize=4,
            affinityset=attributes + layouts.THREAD_ATTRIBUTES.offset("affinitysetpreallocated") & WORD_MASK,
            affinitysetpreallocated=1,
            **parameters_of(kernel, thread),
        ),
    )
    return 0
