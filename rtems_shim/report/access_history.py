"""Who could touch whose stack during a run, with which rights, from when to when: made from the shim's events.

State: the threads with their stacks in the order of their creation, and the shares. Both have limits, so that a guest
that makes threads for ever does not fill the host's memory; what is left out is counted.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.machine.events import Event, ThreadCreated, ThreadNamed
from emulator.records import dataclass, field
from rtems_shim.core.events import ThreadEnded, TrapCall
from rtems_shim.core.objects import Api, object_api
from rtems_shim.protection.policy import describe_rights
from rtems_shim.protection.share_events import ShareMade, ShareRemoved, StackProtected, StackReleased

STACK_LIMIT = 256
SHARE_LIMIT = 4096
REFUSAL_LIMIT = 256
SHARING_CALLS = frozenset(("shm_open", "ftruncate", "mmap", "munmap", "mprotect"))


@dataclass(frozen=True, slots=True)
class Cause:
    """What began or ended a right: the call ``via`` that the thread ``by`` made ('' and 0: not a call)."""

    via: str
    by: str
    pc: int


@dataclass(slots=True, eq=False)
class ThreadStack:
    """A thread and its stack. ``entry`` is the address of its function.

    Times are virtual; ``ended_at`` and ``released_at`` are None while it lasts. ``used`` is how much of the stack was,
    at least, None where that is not known.
    """

    id: int
    name: str
    base: int
    size: int
    protected_at: int
    entry: int = 0
    ended_at: int | None = None
    released_at: int | None = None
    released_via: str = ""
    used: int | None = None

    @property
    def is_idle(self) -> bool:
        """Whether it is the idle thread's."""
        return object_api(self.id) == Api.INTERNAL


@dataclass(slots=True, eq=False)
class SharePeriod:
    """``target`` could use the stack of ``owner`` with ``rights`` ("rw", "r-") from ``since`` to ``until``."""

    owner: ThreadStack
    target: ThreadStack
    rights: str
    since: int
    made: Cause
    until: int | None = None
    ended: Cause | None = None


@dataclass(slots=True, eq=False)
class Refusal:
    """Calls that would make or change a share, and failed: ``count`` times ``call`` by ``thread`` with ``error``.

    ``first`` is the virtual time of the first one, ``pc`` where its caller goes on.
    """

    thread: int
    call: str
    error: str
    first: int
    pc: int
    count: int = 0


@dataclass(slots=True)
class AccessHistory:
    """An observer of a machine that keeps the history. ``left_out`` counts what the limits kept out.

    ``measure`` returns how many bytes of its stack a thread, by its id, has used.
    """

    measure: Callable[[int], int | None] = lambda identifier: None

    stacks: list[ThreadStack] = field(default_factory=list)
    shares: list[SharePeriod] = field(default_factory=list)
    left_out: int = 0
    _current: dict[int, ThreadStack] = field(default_factory=dict)
    _refusals: dict[tuple[int, str, str], Refusal] = field(default_factory=dict)
    _asked: TrapCall | None = None

    def __call__(self, event: Event) -> None:
        """Take note of ``event``."""
        if isinstance(event, StackProtected):
            self._protect(event)
        elif isinstance(event, StackReleased):
            self._release(event)
        elif isinstance(event, ThreadCreated) and event.thread in self._current:
            self._current[event.thread].entry = event.entry
        elif isinstance(event, ThreadNamed) and event.thread in self._current:
            self._current[event.thread].name = event.name or f"0x{event.thread:08x}"
        elif isinstance(event, ThreadEnded) and event.thread in self._current:
            self._current[event.thread].ended_at = event.time
            self._current[event.thread].used = self.measure(event.thread)
        elif isinstance(event, ShareMade):
            self._share(event)
        elif isinstance(event, ShareRemoved):
            self._end_share(event, Cause(event.via, event.caller_name, event.pc))
        elif isinstance(event, TrapCall):
            self._settle()
            self._asked = event if event.name in SHARING_CALLS else None

    def rights_between(self, accessor: ThreadStack, stack: ThreadStack) -> list[SharePeriod]:
        """Return the periods in which ``accessor`` had a share of ``stack``, oldest first."""
        return [share for share in self.shares if share.target is accessor and share.owner is stack]

    def refusals(self) -> list[Refusal]:
        """Return the calls that failed, by the time of the first of each kind."""
        self._settle()
        return list(self._refusals.values())

    def _settle(self) -> None:
        """The call before has returned."""
        asked, self._asked = self._asked, None
        if asked is None or asked.error is None:
            return
        key = (asked.thread, asked.name, asked.error)
        refusal = self._refusals.get(key)
        if refusal is None:
            if len(self._refusals) >= REFUSAL_LIMIT:
                self.left_out += 1
                return
            refusal = self._refusals[key] = Refusal(asked.thread, asked.name, asked.error, asked.time, asked.pc)
        refusal.count += 1

    def _protect(self, event: StackProtected) -> None:
        if len(self.stacks) >= STACK_LIMIT:
            self._current.pop(event.owner, None)
            self.left_out += 1
            return
        stack = ThreadStack(event.owner, event.owner_name, event.base, event.size, event.time)
        self.stacks.append(stack)
        self._current[event.owner] = stack

    def _release(self, event: StackReleased) -> None:
        for stack in self.stacks:
            if stack.id == event.owner and stack.base == event.base and stack.released_at is None:
                stack.released_at, stack.released_via = event.time, event.via

    def _share(self, event: ShareMade) -> None:
        cause = Cause(event.via, event.caller_name, event.pc)
        self._end_share(event, cause)  # a share of the same stack is replaced
        owner, target = self._current.get(event.owner), self._current.get(event.target)
        if owner is None or target is None or len(self.shares) >= SHARE_LIMIT:
            self.left_out += 1
            return
        self.shares.append(SharePeriod(owner, target, describe_rights(event.rights), event.time, cause))

    def _end_share(self, event: ShareMade | ShareRemoved, cause: Cause) -> None:
        for share in reversed(self.shares):
            if share.owner.id == event.owner and share.target.id == event.target and share.until is None:
                share.until, share.ended = event.time, cause
                return
