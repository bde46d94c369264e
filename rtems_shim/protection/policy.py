"""Who may touch which byte: the stacks, their owners and their shares, exact to the byte.

This is the truth that the MPU's regions are compiled from (region_layout.py) and that every fault is judged by
(protection.py). It knows nothing of regions. Rights are bits, ``1 << Access``: read 1, write 2, execute 4, which are
also PROT_READ, PROT_WRITE and PROT_EXEC.

State: the stacks in force, each with its shares, and counters that say when a compiled map is out of date.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise

from emulator.annotations import Protocol
from emulator.armv7m.faults import Access
from emulator.armv7m.mpu_region import GRANULE
from emulator.bits import align_down, align_up
from emulator.records import dataclass, field
from rtems_shim.protection.region_cover import ADDRESS_SPACE

READ = 1 << Access.READ
WRITE = 1 << Access.WRITE
EXECUTE = 1 << Access.FETCH
READ_WRITE = READ | WRITE

SHARE_LIMIT = 8
"""Stacks of others that one thread may have at a time."""


class StackOwner(Protocol):
    """What the protection needs to know of a thread."""

    @property
    def id(self) -> int:
        """RTEMS object id."""

    @property
    def known_name(self) -> str:
        """The name that the program gave it; '' when it has none."""

    @property
    def label(self) -> str:
        """What people know it by: its name, else its function and its id."""

    @property
    def privileged(self) -> bool:
        """Whether its code runs privileged."""


def complete_rights(rights: int) -> int:
    """Return ``rights`` as the MPU can grant them: what can be written or executed can be read. [B3.5.9]"""
    return rights | READ if rights else 0


def describe_rights(rights: int) -> str:
    """Return rights as reports show them: ``rw``, ``r-``, ``r-x``, ``rwx``, ``--``."""
    words = ("r" if rights & READ else "-") + ("w" if rights & WRITE else "-")
    return words + "x" if rights & EXECUTE else words


def owner_name(owner: StackOwner) -> str:
    """Return the thread's name, or its id where it has none: for events, which must not cost a look at symbols."""
    return owner.known_name or f"0x{owner.id:08x}"


@dataclass(frozen=True, slots=True)
class Area:
    """Memory that every thread has with the same ``rights``; ``end`` is exclusive, ``label`` is for reports.

    Only privileged code has an area that is ``privileged_only``.
    """

    start: int
    end: int
    rights: int
    label: str
    privileged_only: bool = False


@dataclass(slots=True, eq=False)
class Share:
    """``target`` may use the stack of ``owner`` with ``rights``, which may be changed to anything in ``most``."""

    owner: StackOwner
    target: StackOwner
    rights: int
    most: int = READ_WRITE | EXECUTE


@dataclass(slots=True, eq=False)
class Stack:
    """A protected stack; ``end`` is exclusive. It outlives its owner.

    ``ended_at`` is when the owner ended. ``in_use`` becomes false a little later, when the processor has left the
    stack: until then the owner has it, because PendSV still saves its registers there.
    """

    owner: StackOwner
    start: int
    end: int
    ended_at: int | None = None
    in_use: bool = True
    shares: list[Share] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes, as given at pthread_create."""
        return self.end - self.start

    def rights_of(self, thread: StackOwner | None) -> int:
        """Return what ``thread`` may do with this stack."""
        if thread is None:
            return 0
        if thread is self.owner:
            return READ_WRITE if self.in_use else 0
        for share in self.shares:
            if share.target is thread:
                return share.rights
        return 0


class Policy:
    """The access rights of every thread.

    ``areas``: what everyone has. ``closed``: ranges inside them where nobody has anything but a stack (stack arenas).
    ``revision`` counts all changes, ``stacks_revision`` those that may concern every thread.
    """

    def __init__(self, areas: Iterable[Area], closed: Iterable[tuple[int, int]]) -> None:
        self.areas = sorted(areas, key=lambda area: area.start)
        self.closed = sorted(closed)
        self.stacks: list[Stack] = []
        self.revision = 0
        self.stacks_revision = 0
        self._starts: list[int] = []
        self._open: list[Stack] = []
        """Stacks that are not inside closed ranges."""
        self._area_starts = [area.start for area in self.areas]

    # -- stacks and shares ---------------------------------------------------------------------------------------

    def stack_at(self, address: int) -> Stack | None:
        """Return the stack that holds ``address``, or None."""
        index = bisect_right(self._starts, address) - 1
        if index >= 0 and address < self.stacks[index].end:
            return self.stacks[index]
        return None

    def stack_of(self, owner: StackOwner) -> Stack | None:
        """Return the stack that ``owner`` runs on, or None."""
        return next((stack for stack in self.stacks if stack.owner is owner and stack.in_use), None)

    def stacks_in(self, start: int, end: int) -> list[Stack]:
        """Return the stacks that have a byte in [start, end), lowest first."""
        first = max(bisect_right(self._starts, start) - 1, 0)
        return [stack for stack in self.stacks[first:] if stack.start < end and start < stack.end]

    def add_stack(self, stack: Stack) -> None:
        """Protect ``stack``, which must not overlap another one."""
        assert not self.stacks_in(stack.start, stack.end), "stacks do not overlap"
        self.stacks.append(stack)
        if not any(start <= stack.start and stack.end <= end for start, end in self.closed):
            self._open.append(stack)
        self._stacks_changed(stack)

    def remove_stack(self, stack: Stack) -> None:
        """Protect ``stack`` no more: its bytes are what the area around them is."""
        self.stacks.remove(stack)
        if stack in self._open:
            self._open.remove(stack)
        self._stacks_changed(stack)

    def close_stack(self, stack: Stack) -> None:
        """The processor has left the ended owner's ``stack``: nobody has it any more, and it stays protected."""
        stack.in_use = False
        self.revision += 1

    def _stacks_changed(self, stack: Stack) -> None:
        self.stacks.sort(key=lambda s: s.start)
        self._starts = [s.start for s in self.stacks]
        granules = align_down(stack.start, GRANULE), align_up(stack.end, GRANULE)
        if not any(start <= granules[0] and granules[1] <= end for start, end in self.closed):
            self.stacks_revision += 1  # inside a closed range nobody else notices
        self.revision += 1

    def shares_of(self, target: StackOwner) -> list[tuple[Stack, Share]]:
        """Return the shares that ``target`` holds, lowest stack first."""
        return [(stack, share) for stack in self.stacks for share in stack.shares if share.target is target]

    def add_share(self, stack: Stack, share: Share) -> None:
        """Let ``share.target`` use ``stack``; a share of it that the target already has is replaced."""
        self.remove_share(stack, share.target)
        stack.shares.append(share)
        self.revision += 1

    def remove_share(self, stack: Stack, target: StackOwner) -> Share | None:
        """Take ``target``'s share of ``stack`` away and return it; None when there is none."""
        for share in stack.shares:
            if share.target is target:
                stack.shares.remove(share)
                self.revision += 1
                return share
        return None

    # -- rights --------------------------------------------------------------------------------------------------

    def rights_at(self, address: int, thread: StackOwner | None, privileged: bool = True) -> int:
        """Return what ``thread`` may do with the byte at ``address`` while its code runs ``privileged`` or not."""
        stack = self.stack_at(address)
        if stack is not None:
            return stack.rights_of(thread)
        if any(start <= address < end for start, end in self.closed):
            return 0
        area = self.area_at(address)
        if area is None or (area.privileged_only and not privileged):
            return 0
        return area.rights

    def area_at(self, address: int) -> Area | None:
        """Return the area that holds ``address``, or None."""
        index = bisect_right(self._area_starts, address) - 1
        if index >= 0 and address < self.areas[index].end:
            return self.areas[index]
        return None

    def first_refused(
        self, address: int, size: int, access: Access, thread: StackOwner | None, privileged: bool = True
    ) -> int | None:
        """Return the lowest address in [address, address + size) that ``thread`` may not access so, or None."""
        right = 1 << access
        end = address + size
        while address < end:
            if not self.rights_at(address, thread, privileged) & right:
                return address
            address = self._uniform_end(address)
        return None

    def allowed(
        self, address: int, size: int, access: Access, thread: StackOwner | None, privileged: bool = True
    ) -> bool:
        """Whether ``thread`` may access every byte of [address, address + size) so."""
        return self.first_refused(address, size, access, thread, privileged) is None

    def _uniform_end(self, address: int) -> int:
        """Return the lowest address above ``address`` where rights may change."""
        edges = [edge for start, end in self.closed for edge in (start, end) if edge > address]
        area = bisect_right(self._area_starts, address)
        edges += [edge.end for edge in self.areas[max(area - 1, 0) : area] if edge.end > address]
        edges += self._area_starts[area : area + 1]
        stack = bisect_right(self._starts, address)
        edges += [s.end for s in self.stacks[max(stack - 1, 0) : stack] if s.end > address]
        edges += self._starts[stack : stack + 1]
        return min(edges, default=ADDRESS_SPACE)

    def exact_spans(self, thread: StackOwner | None) -> list[tuple[int, int, int]]:
        """Return the address space as (start, end, rights) of ``thread``, privileged; equal neighbours are joined."""
        edges = {0, ADDRESS_SPACE}
        for area in self.areas:
            edges |= {area.start, area.end}
        for start, end in self.closed:
            edges |= {start, end}
        # Most stacks are as closed to ``thread`` as what is around them.
        for stack in [*self._open, *(stack for stack in self.stacks if stack.owner is thread or stack.shares)]:
            edges |= {stack.start, stack.end}
        spans: list[tuple[int, int, int]] = []
        places = sorted(edges)
        for start, end in pairwise(places):
            _append(spans, start, end, self.rights_at(start, thread))
        return spans

    def granule_spans(self, thread: StackOwner | None) -> list[tuple[int, int, int]]:
        """Return the address space as (start, end, rights) in whole granules of 32 bytes.

        A granule has the rights that *all* of its bytes have: what a region may grant there.
        """
        pieces: list[tuple[int, int, int]] = []
        edges: dict[int, int] = {}
        for start, end, rights in self.exact_spans(thread):
            pieces.append((align_up(start, GRANULE), align_down(end, GRANULE), rights))
            for granule in {align_down(edge, GRANULE) for edge in (start, end) if edge % GRANULE}:
                edges[granule] = edges.get(granule, rights) & rights
        pieces += [(granule, granule + GRANULE, rights) for granule, rights in edges.items()]
        spans: list[tuple[int, int, int]] = []
        for start, end, rights in sorted(pieces):
            _append(spans, start, end, rights)
        return spans


def _append(spans: list[tuple[int, int, int]], start: int, end: int, rights: int) -> None:
    if start >= end:
        return
    if spans and spans[-1][2] == rights and spans[-1][1] == start:
        spans[-1] = (spans[-1][0], end, rights)
    else:
        spans.append((start, end, rights))
