"""Classic timers. Their routines run in the guest: from the tick's interrupt handler, or in the timer server task.

When a timer is due the kernel only notes it; the guest's SysTick handler asks for the routines to call (``timer_next``)
and so does the timer server (``timer_server_next``). State: ``TimerServer``, and the timers that are due.
"""

from __future__ import annotations

from collections import deque

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass, field
from rtems_shim.abi import layouts
from rtems_shim.abi.status import Status
from rtems_shim.classic import directives
from rtems_shim.classic.calendar import future_deadline
from rtems_shim.classic.objects import ClassicObjects
from rtems_shim.classic.tasks import make_task
from rtems_shim.core.clock import NS_PER_SECOND, Deadline, Timeout
from rtems_shim.core.dispatch import trap
from rtems_shim.core.objects import ClassicClass
from rtems_shim.core.thread import Thread, Wait
from rtems_shim.core.wait_results import Owed

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

TIMERS = ClassicClass.TIMERS
SERVER_NAME = int.from_bytes(b"TIME", "big")
TIME_OF_DAY, ON_TASK, NOT_DORMANT = 1, 2, 4
"""Bits of a Timer_Classes."""
SERVER_DEFAULT_PRIORITY = 0xFFFF_FFFF


@dataclass(slots=True, eq=False)
class Timer:
    """A timer. ``ticks`` is its interval, 0 for one that waits for a time of day. ``due``: noted, not yet called.

    ``the_class`` and ``initial`` are what it was armed with last: its Timer_Classes, 0 before that, and the interval or
    the time of day in s since 1970.
    """

    name: int
    id: int = 0
    the_class: int = 0
    initial: int = 0
    routine: int = 0
    user_data: int = 0
    ticks: int = 0
    on_server: bool = False
    timeout: Timeout | None = None
    due: bool = False
    started_at: int = 0
    stopped_at: int = 0
    """Ticks since boot."""

    def call(self) -> bytes:
        """Return what the guest needs to call the routine."""
        return layouts.TIMER_CALL.pack(routine=self.routine, id=self.id, user_data=self.user_data)


@dataclass(slots=True)
class TimerService:
    """Timers whose routines are to be called, oldest first, and the timer server's task."""

    due: deque[Timer] = field(default_factory=deque)
    server_due: deque[Timer] = field(default_factory=deque)
    server: Thread | None = None


def find(kernel: Kernel, identifier: int) -> Timer | None:
    """Return the timer with this id, or None."""
    return directives.get(kernel, TIMERS, identifier, Timer)


@trap("rtems_timer_create")
def rtems_timer_create(kernel: Kernel, name: int, id: int) -> int:
    """rtems_timer_create()."""
    refused = directives.refuse(kernel, TIMERS, name, id)
    if refused is not None:
        return refused
    return directives.add(kernel, TIMERS, Timer(name, kernel.part(ClassicObjects).tables[TIMERS].next_id() or 0), id)


@trap("rtems_timer_ident")
def rtems_timer_ident(kernel: Kernel, name: int, id: int) -> int:
    """rtems_timer_ident()."""
    return directives.ident(kernel, TIMERS, name, id)


@trap("rtems_timer_delete")
def rtems_timer_delete(kernel: Kernel, id: int) -> int:
    """rtems_timer_delete()."""
    timer = find(kernel, id)
    if timer is None:
        return Status.INVALID_ID
    cancel(kernel, timer)
    return directives.remove(kernel, TIMERS, id)


@trap("rtems_timer_cancel")
def rtems_timer_cancel(kernel: Kernel, id: int) -> int:
    """rtems_timer_cancel()."""
    timer = find(kernel, id)
    if timer is None:
        return Status.INVALID_ID
    cancel(kernel, timer)
    return Status.SUCCESSFUL


def cancel(kernel: Kernel, timer: Timer) -> None:
    """Take back a timer's firing, also one that was noted but not called yet."""
    if timer.timeout is not None or timer.due:
        timer.stopped_at = kernel.time.ticks
    if timer.timeout is not None:
        timer.timeout.cancel()
        timer.timeout = None
    if timer.due:
        timer.due = False
        _line(kernel, timer).remove(timer)


def _line(kernel: Kernel, timer: Timer) -> deque[Timer]:
    return kernel.part(TimerService).server_due if timer.on_server else kernel.part(TimerService).due


@trap("rtems_timer_get_information")
def rtems_timer_get_information(kernel: Kernel, id: int, information: int) -> int:
    """rtems_timer_get_information()."""
    if not information:
        return Status.INVALID_ADDRESS
    timer = find(kernel, id)
    if timer is None:
        return Status.INVALID_ID
    words = timer.the_class, timer.initial, timer.started_at, timer.stopped_at
    kernel.memory.store(information, layouts.TIMER_INFORMATION.pack_words(*words))
    return Status.SUCCESSFUL


def _arm(kernel: Kernel, timer: Timer, deadline: Deadline) -> None:
    timer.started_at = kernel.time.ticks
    timer.timeout = kernel.time.call_at(deadline, lambda: _fire(kernel, timer))


def _fire(kernel: Kernel, timer: Timer) -> None:
    timer.timeout = None
    timer.due = True
    timer.stopped_at = kernel.time.ticks
    _line(kernel, timer).append(timer)
    server = kernel.part(TimerService).server
    wait = server.wait if server is not None and timer.on_server else None
    if server is not None and wait is not None and wait.reason is _server_waits:  # its routines may block, too
        kernel.wake(server, 0)


def _start(
    kernel: Kernel, id: int, ticks: int, deadline: Deadline, routine: int, user_data: int, on_server: bool
) -> int:
    timer = find(kernel, id)
    if timer is None:
        return Status.INVALID_ID
    cancel(kernel, timer)
    timer.routine, timer.user_data, timer.ticks, timer.on_server = routine, user_data, ticks, on_server
    timer.the_class = NOT_DORMANT | (ON_TASK if on_server else 0) | (0 if ticks else TIME_OF_DAY)
    timer.initial = ticks or deadline.value // NS_PER_SECOND
    _arm(kernel, timer, deadline)
    return Status.SUCCESSFUL


@trap("rtems_timer_fire_after")
def rtems_timer_fire_after(kernel: Kernel, id: int, ticks: int, routine: int, user_data: int) -> int:
    """rtems_timer_fire_after()."""
    return fire_after(kernel, id, ticks, routine, user_data, on_server=False)


@trap("rtems_timer_server_fire_after")
def rtems_timer_server_fire_after(kernel: Kernel, id: int, ticks: int, routine: int, user_data: int) -> int:
    """rtems_timer_server_fire_after()."""
    if kernel.part(TimerService).server is None:
        return Status.INCORRECT_STATE
    return fire_after(kernel, id, ticks, routine, user_data, on_server=True)


def fire_after(kernel: Kernel, id: int, ticks: int, routine: int, user_data: int, on_server: bool) -> int:
    """Arm a timer for a number of ticks."""
    if not ticks:
        return Status.INVALID_NUMBER
    if not routine:
        return Status.INVALID_ADDRESS
    return _start(kernel, id, ticks, kernel.time.in_ticks(ticks), routine, user_data, on_server)


@trap("rtems_timer_fire_when")
def rtems_timer_fire_when(kernel: Kernel, id: int, time: int, routine: int, user_data: int) -> int:
    """rtems_timer_fire_when()."""
    return fire_when(kernel, id, time, routine, user_data, on_server=False)


@trap("rtems_timer_server_fire_when")
def rtems_timer_server_fire_when(kernel: Kernel, id: int, time: int, routine: int, user_data: int) -> int:
    """rtems_timer_server_fire_when()."""
    if kernel.part(TimerService).server is None:
        return Status.INCORRECT_STATE
    return fire_when(kernel, id, time, routine, user_data, on_server=True)


def fire_when(kernel: Kernel, id: int, time: int, routine: int, user_data: int, on_server: bool) -> int:
    """Arm a timer for a time of day."""
    if not kernel.time.is_set:
        return Status.NOT_DEFINED
    if not routine or not time:
        return Status.INVALID_ADDRESS
    deadline = future_deadline(kernel, time)
    if isinstance(deadline, Status):
        return deadline
    return _start(kernel, id, 0, deadline, routine, user_data, on_server)


@trap("rtems_timer_reset")
def rtems_timer_reset(kernel: Kernel, id: int) -> int:
    """rtems_timer_reset(): the interval begins again; only for a timer that has one."""
    timer = find(kernel, id)
    if timer is None:
        return Status.INVALID_ID
    if not timer.ticks:
        return Status.NOT_DEFINED
    cancel(kernel, timer)
    _arm(kernel, timer, kernel.time.in_ticks(timer.ticks))
    return Status.SUCCESSFUL


def timers_due(kernel: Kernel) -> bool:
    """Whether the guest's tick handler has yet to run routines of timers."""
    return bool(kernel.part(TimerService).due)


@trap("timer_next")
def timer_next(kernel: Kernel, call: int) -> int:
    """Store the next routine that the tick's handler, or who has set the clock, has to call; 0 when there is none."""
    due = kernel.part(TimerService).due
    if not due:
        return 0
    kernel.memory.store(call, due[0].call())
    due.popleft().due = False
    return 1


# -- the timer server --------------------------------------------------------------------------------------------


@trap("rtems_timer_initiate_server")
def rtems_timer_initiate_server(kernel: Kernel, priority: int, stack_size: int, attributes: int) -> int:
    """rtems_timer_initiate_server(): one task, by default more urgent than all tasks of the program."""
    if kernel.part(TimerService).server is not None:
        return Status.INCORRECT_STATE
    if priority == SERVER_DEFAULT_PRIORITY:
        priority = 0
    elif priority > kernel.scheduler.maximum:
        return Status.INVALID_PRIORITY
    created = make_task(kernel, SERVER_NAME, priority, stack_size, 0, attributes)
    if not isinstance(created, Thread):
        return created
    created.entry = kernel.configuration["timer_server_entry"]
    kernel.part(TimerService).server = created
    kernel.threads.start(created)
    return Status.SUCCESSFUL


@trap("timer_server_next")
def timer_server_next(kernel: Kernel, call: int) -> int | None:
    """In the timer server: store the next routine to call, once one is due."""
    service = kernel.part(TimerService)
    if kernel.executing is not service.server or kernel.from_interrupt:
        return 0
    if service.server_due:
        kernel.memory.store(call, service.server_due[0].call())
        service.server_due.popleft().due = False
        return 0
    kernel.executing.on_resume = lambda server: _serve_or_wait(kernel, call, server)
    return kernel.block(_server_waits)


def _server_waits() -> str:
    return "a timer of the timer server to fire"


def _serve_or_wait(kernel: Kernel, call: int, server: Thread) -> bool:
    """The later half of timer_server_next, as the server that is being switched in."""
    due = kernel.part(TimerService).server_due
    if due:
        server.owed.append(Owed(call, due[0].call(), None, _server_waits))
        due.popleft().due = False
        return True
    # Whoever cancelled the timer was quicker.
    server.on_resume = lambda again: _serve_or_wait(kernel, call, again)
    kernel.enter_wait(Wait(_server_waits, None, lambda thread: None))
    return False
