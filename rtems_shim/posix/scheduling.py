"""How POSIX threads are scheduled: priorities, policies, and the calls that read and change them.

A POSIX priority p is the core priority 255 - p, so 1 (least urgent) to 254; CONFIGURE_MAXIMUM_PRIORITY is that 255.
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator.annotations import TYPE_CHECKING
from emulator.bits import sign_extend
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import EINVAL, ESRCH
from rtems_shim.core.clock import NS_PER_SECOND
from rtems_shim.core.dispatch import trap
from rtems_shim.core.sporadic import Budget, SporadicServer
from rtems_shim.core.thread import SCHED_FIFO, SCHED_OTHER, SCHED_RR, Thread

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

SCHED_SPORADIC = 4
PRIORITY_MIN = 1
TICKS_LIMIT = 0xFFFF_FFFF
"""RTEMS counts ticks in 32 bits; a longer time is this one."""


def to_core(kernel: Kernel, priority: int) -> int | None:
    """Return the core priority of a POSIX priority, None when it is out of range."""
    maximum = kernel.scheduler.maximum
    return maximum - priority if PRIORITY_MIN <= priority < maximum else None


def to_posix(kernel: Kernel, priority: int) -> int:
    """Return the POSIX priority of a core priority."""
    return kernel.scheduler.maximum - priority


def check_policy(kernel: Kernel, policy: int, parameters: Mapping[str, int]) -> int:
    """Return 0, or EINVAL for a policy that there is not, or whose times in ``parameters`` (a sched_param) are none."""
    if policy == SCHED_SPORADIC:
        return (
            0 if 0 < _ticks(kernel, parameters, "init_budget") <= _ticks(kernel, parameters, "repl_period") else EINVAL
        )
    return 0 if policy in (SCHED_OTHER, SCHED_FIFO, SCHED_RR) else EINVAL


def check_priorities(kernel: Kernel, policy: int, parameters: Mapping[str, int]) -> int:
    """Return 0, or EINVAL for a priority in ``parameters`` that is out of range."""
    names = ("sched_priority", "sched_ss_low_priority") if policy == SCHED_SPORADIC else ("sched_priority",)
    return EINVAL if any(to_core(kernel, parameters[name]) is None for name in names) else 0


def budget_of(kernel: Kernel, policy: int, parameters: Mapping[str, int]) -> Budget | None:
    """Return what a sporadic server of these parameters has, which were checked; None for other policies."""
    if policy != SCHED_SPORADIC:
        return None
    ticks, period = _ticks(kernel, parameters, "init_budget"), _ticks(kernel, parameters, "repl_period")
    low = kernel.scheduler.maximum - parameters["sched_ss_low_priority"]
    return Budget(ticks, period, low, tuple(parameters[name] for name in _BUDGET_WORDS))


_BUDGET_WORDS = ("repl_period_sec", "repl_period_nsec", "init_budget_sec", "init_budget_nsec", "sched_ss_max_repl")


def _ticks(kernel: Kernel, parameters: Mapping[str, int], name: str) -> int:
    """Return a time of a sched_param in ticks, rounded up; 0 or less for none."""
    nanoseconds = sign_extend(parameters[f"{name}_nsec"], 32)  # the rest is padding
    ns = parameters[f"{name}_sec"] * NS_PER_SECOND + nanoseconds
    return min(-(-ns // kernel.time.tick_ns), TICKS_LIMIT)


def set_policy(kernel: Kernel, thread: Thread, policy: int, budget: Budget | None) -> None:
    """Give ``thread`` the time slicing of ``policy``, or the ``budget`` of a sporadic server that begins now."""
    if thread.server is not None:
        thread.server.stop()
    thread.posix.policy = policy
    thread.sliced = policy in (SCHED_OTHER, SCHED_RR)
    thread.slice_resets = policy == SCHED_OTHER
    thread.timeslice = kernel.scheduler.ticks_per_timeslice
    thread.server = None if budget is None else SporadicServer(kernel, thread, budget)
    if thread.server is not None:
        thread.server.fill()


def parameters_of(kernel: Kernel, thread: Thread) -> dict[str, int]:
    """Return the struct sched_param of ``thread``: its own priority, whatever it is lent or its budget leaves it."""
    priority = low = to_posix(kernel, thread.base_priority)
    words: tuple[int, ...] = ()
    if thread.server is not None:
        budget = thread.server.budget
        low, words = to_posix(kernel, budget.low), budget.words
    return {"sched_priority": priority, "sched_ss_low_priority": low, **dict(zip(_BUDGET_WORDS, words, strict=False))}


@trap("sched_yield")
def sched_yield(kernel: Kernel) -> int:
    """sched_yield()."""
    if kernel.executing.ready:
        kernel.scheduler.yield_(kernel.executing)
    return 0


@trap("sched_rr_get_interval")
def sched_rr_get_interval(kernel: Kernel, interval: int) -> int:
    """sched_rr_get_interval(): the length of a time slice. (The wrapper has checked the process id.)"""
    if not interval:
        return -EINVAL
    length_ns = kernel.scheduler.ticks_per_timeslice * kernel.time.tick_ns
    seconds, nanoseconds = divmod(length_ns, 1_000_000_000)
    kernel.memory.store(interval, layouts.TIMESPEC.pack(tv_sec=seconds, tv_nsec=nanoseconds))
    return 0


@trap("pthread_getschedparam")
def pthread_getschedparam(kernel: Kernel, id: int, policy: int, parameters: int) -> int:
    """pthread_getschedparam()."""
    if not policy or not parameters:
        return EINVAL
    thread = kernel.find_thread(id)
    if thread is None:
        return ESRCH
    kernel.memory.store_word(policy, thread.posix.policy)
    kernel.memory.store(parameters, layouts.SCHED_PARAM.pack(**parameters_of(kernel, thread)))
    return 0


@trap("pthread_setschedparam")
def pthread_setschedparam(kernel: Kernel, id: int, policy: int, parameters: int) -> int:
    """pthread_setschedparam()."""
    if not parameters:
        return EINVAL
    if policy == SCHED_SPORADIC:
        values = layouts.SCHED_PARAM.unpack(kernel.memory.load(parameters, layouts.SCHED_PARAM.size))
    else:
        values = {"sched_priority": sign_extend(kernel.memory.load_word(parameters), 32)}
    error = check_policy(kernel, policy, values)
    if error:
        return error
    thread = kernel.find_thread(id)
    if thread is None:
        return ESRCH
    error = check_priorities(kernel, policy, values)
    if error:
        return error
    thread.base_priority = kernel.scheduler.maximum - values["sched_priority"]
    set_policy(kernel, thread, policy, budget_of(kernel, policy, values))
    kernel.scheduler.update_priority(thread, at_head=False)
    return 0


@trap("pthread_setschedprio")
def pthread_setschedprio(kernel: Kernel, id: int, priority: int) -> int:
    """pthread_setschedprio(): the thread goes before its new equals, whichever way, as in RTEMS."""
    thread = kernel.find_thread(id)
    if thread is None:
        return ESRCH
    core = to_core(kernel, priority)
    if core is None:
        return EINVAL
    kernel.scheduler.set_base_priority(thread, core, at_head=True)
    return 0
