"""What observers see of the protection: shares that come and go, and regions that are filled by fault."""

from __future__ import annotations

from emulator.annotations import ClassVar
from emulator.machine.events import Event
from emulator.records import dataclass


@dataclass(frozen=True, slots=True)
class ShareMade(Event):
    """``target`` may use the stack of ``owner``, the bytes from ``base``, with ``rights`` (1 read, 2 write, 4 execute).

    ``via`` is the call, ``caller`` the thread that made it and ``pc`` the return address of that call. A share of the
    same stack that the target had before is replaced.
    """

    kind: ClassVar[str] = "share"
    owner: int
    owner_name: str
    target: int
    target_name: str
    base: int
    size: int
    rights: int
    via: str
    caller: int
    caller_name: str
    pc: int


@dataclass(frozen=True, slots=True)
class ShareRemoved(Event):
    """A share ended: by ``via`` (a call at ``pc`` of thread ``caller``), or because owner or target ended."""

    kind: ClassVar[str] = "unshare"
    owner: int
    owner_name: str
    target: int
    target_name: str
    base: int
    size: int
    rights: int
    via: str
    caller: int
    caller_name: str
    pc: int


@dataclass(frozen=True, slots=True)
class StackProtected(Event):
    """From now on only ``owner`` and those it is shared with may touch these bytes."""

    kind: ClassVar[str] = "stack"
    owner: int
    owner_name: str
    base: int
    size: int


@dataclass(frozen=True, slots=True)
class StackReleased(Event):
    """The stack of a thread that has ended is ordinary memory again; ``via`` says how."""

    kind: ClassVar[str] = "release"
    owner: int
    owner_name: str
    base: int
    size: int
    via: str


@dataclass(frozen=True, slots=True)
class RegionPagedIn(Event):
    """The policy allows an access that the map did not: ``region`` got ``base``, ``size``, ``srd`` and ``rights``.

    ``address`` is the byte that was refused to the instruction at ``pc`` (or to the kernel's copy at ``pc``). With
    ``once`` the region stands for one instruction or copy only, whose every byte is judged by the policy as well.
    ``evicted`` says in words what the region held before, '' when it was free.
    """

    kind: ClassVar[str] = "page"
    thread: int
    region: int
    base: int
    size: int
    srd: int
    rights: int
    label: str
    address: int
    access: str
    pc: int
    once: bool
    evicted: str
