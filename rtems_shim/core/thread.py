"""A thread as the kernel knows it, and the reason it waits.

POSIX threads, Classic tasks and the idle thread are one kind of object; the API part of the id tells them apart.
Priorities here are RTEMS core priorities, 0 (most urgent) to 255 (idle). POSIX turns its own around (pthread.py).
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING, Any, Protocol
from emulator.records import dataclass, field
from rtems_shim.core.objects import Api, object_api, text_of
from rtems_shim.core.ordered_tree import OrderedTree
from rtems_shim.core.uses import Uses
from rtems_shim.core.waitqueue import WaitQueue

if TYPE_CHECKING:
    from rtems_shim.abi.calls import Call
    from rtems_shim.core.clock import Timeout
    from rtems_shim.core.sporadic import SporadicServer
    from rtems_shim.core.uses import Use
    from rtems_shim.core.wait_results import Owed, RefusedCopy

PRIORITY_MAXIMUM = 255
SCHED_OTHER = 0
SCHED_FIFO = 1
SCHED_RR = 2


@dataclass(slots=True)
class PosixState:
    """What the POSIX API keeps with every thread, Classic tasks included.

    ``exit_value`` is what pthread_join gets. ``specific`` maps keys to values other than NULL, ``specific_order`` has
    these keys in the order of their destructors. ``long_name`` is pthread_setname_np's, which is not the
    four-character object name: one character a byte.
    """

    policy: int = SCHED_FIFO
    detached: bool = False
    inherits: bool = False
    joiners: WaitQueue = field(default_factory=lambda: WaitQueue(by_priority=True))
    exit_value: int = 0
    long_name: str = ""
    specific: dict[int, int] = field(default_factory=dict)
    specific_order: OrderedTree = field(default_factory=OrderedTree)
    cancel_disabled: bool = False
    cancel_asynchronous: bool = False
    cancel_pending: bool = False
    signals_blocked: int = 0
    signals_pending: int = 0
    handlers_due: bool = False
    """A signal was sent to it since it last looked for handlers to run: only then it looks, as on RTEMS."""
    signal_frames: list[SignalFrame] = field(default_factory=list)
    mask_after_suspend: int | None = None
    """What sigsuspend restores once the handlers have run."""


@dataclass(slots=True)
class SignalFrame:
    """Where a thread goes on after its signal handlers: ``sp`` of the interrupted context.

    ``signals``: handlers of POSIX's signals run in it, too, not only the Classic one. The masks to restore after the
    handler that runs now are None while none runs.
    """

    sp: int
    signals: bool = True
    signals_blocked: int | None = None
    classic_modes: int | None = None


@dataclass(slots=True)
class ClassicState:
    """What the Classic API keeps with every thread, POSIX threads included.

    ``asr`` is the address of the signal handler (0: none). ``initial_priority`` and ``initial_modes`` come back at a
    restart.
    """

    modes: int = 0
    floating_point: bool = False
    initial_priority: int = 0
    initial_modes: int = 0
    pending_events: int = 0
    pending_system_events: int = 0
    asr: int = 0
    asr_modes: int = 0
    signals: int = 0
    events_sent: Uses = field(default_factory=Uses)
    served: int = 0
    """Receivers that a broadcast it makes has served so far."""


class Owned(Protocol):
    """What has an owner whom others wait for: priorities are lent along these chains, and circles are EDEADLK."""

    @property
    def owner(self) -> Thread | None:
        """Who has it now."""


@dataclass(slots=True)
class Wait:
    """Why a thread is blocked.

    ``reason`` says it in words for reports. ``queue`` is the wait queue it stands in (None: it only waits for time).
    ``on_timeout`` runs when ``timeout`` fires. ``data`` is what the waker needs to know, such as where to copy to.
    ``owned`` is what a single thread alone can give: a mutex that it holds, its own end.
    ``granted`` is the result of the call when a mutex is handed over. ``cleanup`` runs when the thread has left the
    queue, for whatever reason: it forgets what is kept only while somebody waits. ``on_signal`` returns the result of
    the call when a signal ends the wait; None: it does not.
    """

    reason: Callable[[], str]
    queue: WaitQueue | None
    on_timeout: Callable[[Thread], None]
    data: Any = None
    timeout: Timeout | None = None
    granted: int = 0
    cleanup: Callable[[], None] | None = None
    on_signal: Callable[[], int] | None = None
    owned: Owned | None = None
    uses: Uses | None = None
    """Who used it last, None for what nobody takes or gives."""
    since: int = 0
    """Virtual time."""

    @property
    def owner(self) -> Thread | None:
        """The thread that alone can end this wait now; None: many can, or nobody yet."""
        return None if self.owned is None else self.owned.owner


@dataclass(slots=True, eq=False)
class Thread:
    """One thread.

    ``slot`` counts threads of every API from 0 in a fixed way: the smallest free number. ``stack_base`` is the lowest
    address. ``sp`` is the saved stack pointer while the thread is not executing. ``result`` goes to its r0 when it is
    switched in (None: leave r0 alone).
    """

    id: int
    slot: int
    entry: int
    argument: int
    stack_base: int
    stack_size: int
    base_priority: int
    name: str = ""
    """The object name of up to four characters, '' without one."""
    classic_name: int = 0
    """The same as a 32-bit word, first character highest."""
    alive: bool = True
    privileged: bool = True
    owns_stack: bool = False
    storage_free: int = 0
    storage_area: int = 0
    """What the program wants to be called, with what, once the thread and its stack are gone; 0 for nothing."""

    priority: int = 0
    lowered: int | None = None
    """The priority it has instead of its own while the budget of its ``server`` is spent."""
    server: SporadicServer | None = None
    preemptible: bool = True
    timeslice: int = 0
    """Ticks left before another thread of the same priority runs."""
    sliced: bool = False
    """Whether the time slice counts at all."""
    slice_resets: bool = False
    """Whether each switch to the thread starts a fresh slice (RTEMS_TIMESLICE, SCHED_OTHER); SCHED_RR exhausts it."""

    sp: int = 0
    result: int | None = None
    call: Call | None = None
    """The call that ``result`` is of."""
    blocked_in: Use | None = None
    """Its last call that blocked."""
    started: bool = False
    suspended: bool = False
    created_in: Use | None = None
    """The call that made it, where that gave it a stack of the program's."""
    suspended_in: Use | None = None
    """The call that suspended it last."""
    ended_in: Use | None = None
    """The call of another thread that ended it, or asked it to end."""
    wait: Wait | None = None
    held: list[Any] = field(default_factory=list)
    """Mutexes whose protocol may raise this thread's priority, in the order they were taken."""
    on_resume: Callable[[Thread], bool] | None = None
    """Runs when the thread is switched in, with its map in force; False: it blocked again."""
    context_abandoned: bool = False
    """The next context that PendSV saves is not to be used: ``sp`` already is where the thread goes on."""
    restarting: bool = False
    """It shall run its cleanup handlers, on the stack it has, and begin again."""
    deleting: bool = False
    """It shall run its cleanup handlers and destructors, on the stack it has, and end."""
    errno_block: int = 0
    """Guest address of the per-thread block of the C library (0: none)."""
    posix: PosixState = field(default_factory=PosixState)
    classic: ClassicState = field(default_factory=ClassicState)

    stack_before: bytes = b""
    """What was in its stack when it was created."""
    lowest_sp: int = 0
    """At the switches so far."""

    executed: int = 0
    """Instructions up to its last switch, those of handlers that interrupted it included."""

    owed: list[Owed] = field(default_factory=list)
    """Results that it stores itself when it is switched in (wait_results.py)."""
    refused: RefusedCopy | None = None
    """What it was owed and may not store: it goes back to its SVC for that fault."""

    name_entry: Callable[[int], str] = lambda entry: ""
    """Returns the name of the function at ``entry``; symbols are read when somebody asks for it."""

    is_idle: bool = field(init=False)
    """Whether this is the idle thread."""

    def __post_init__(self) -> None:
        self.priority = self.base_priority
        self.is_idle = object_api(self.id) == Api.INTERNAL

    @property
    def unlent_priority(self) -> int:
        """Its priority without what mutexes and joiners lend."""
        return self.base_priority if self.lowered is None else self.lowered

    @property
    def ready(self) -> bool:
        """Whether the scheduler may run it."""
        return self.alive and self.started and not self.suspended and self.wait is None

    @property
    def known_name(self) -> str:
        """The name that the program gave it: pthread_setname_np()'s, else the object's; '' without one.

        rtems_share_stack() names a thread that has no name after its id, which says nothing to people.
        """
        made_up = self.name == f"S{self.id & 0xFFF:03x}"
        return text_of(self.posix.long_name) or ("" if made_up else self.name)

    @property
    def label(self) -> str:
        """What people know it by: its name, else its function and its id: ``0x01``, ``logger 0x0b010002``."""
        return self.known_name or f"{self.name_entry(self.entry)} 0x{self.id:08x}".lstrip()

    def describe_state(self) -> str:
        """Return ``waits for ...``, ``is suspended``, ``is ready``, ``has ended`` or ``was never started``."""
        if not self.alive:
            return "has ended"
        if not self.started:
            return "was never started"
        words = [f"waits for {self.wait.reason()}"] if self.wait else []
        if self.suspended:
            words.append("is suspended")
        return " and ".join(words) or "is ready"
