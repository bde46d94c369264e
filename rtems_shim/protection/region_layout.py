"""From a thread's rights to the MPU's regions: which region holds what, and what has to wait for a fault.

Regions by number, lowest first; a higher number decides:

====================  ============================================================================================
0, 1, 2               what everyone has: flash RX, RAM RW, peripherals RW (more of them take the following numbers)
then                  closed: no access, for all stacks and the stack arena
then                  shares of other threads' stacks, with the share's own rights
the last ones         the thread's own stack
====================  ============================================================================================

When that does not fit (``Layout.pages`` is not empty) only 0, flash, and 1, RAM, stay of the first row, the closed
regions may cover more than the stacks, and the numbers between them and the own stack are filled by fault. Whatever is
closed too much is thus refused first and then paged in. A region never grants what the policy does not: each grant is
made of granules in which every byte has those rights. The own stack, RAM around the interrupt stack and the flash with
the handlers are never paged out, because exception entry stores its frame without a second try.

No state but caches of pure results.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

from emulator.armv7m.mpu_region import GRANULE, Region
from emulator.bits import align_down, align_up
from emulator.records import dataclass, replace
from rtems_shim.protection.policy import EXECUTE, READ_WRITE, WRITE, Area, Policy, Share, Stack, StackOwner
from rtems_shim.protection.region_cover import (
    Block,
    Spans,
    block_inside,
    cover_outwards,
    exact_cover,
    exact_cover_from_top,
    inside,
)

AP_NONE = 0b000
AP_PRIVILEGED_ONLY = 0b001
AP_READ_WRITE = 0b011
AP_READ_ONLY = 0b110
TEXCB_WRITE_THROUGH = 0b00010
TEXCB_WRITE_BACK_WRITE_ALLOCATE = 0b00111
TEXCB_DEVICE = 0b00001
DISABLED = (0, 0)
"""RBAR and RASR of a region that is off."""


class Role(Enum):
    """Why a region is there."""

    AREA = "area"
    CLOSED = "closed"
    SHARE = "share"
    OWN = "own"
    PAGED = "paged"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class Entry:
    """One region's content. ``subject`` is the Area, or the Stack of an own stack or share; None for closed ones."""

    block: Block
    rights: int
    role: Role
    subject: Area | Stack | None = None

    def words(self) -> tuple[int, int]:
        """Return (MPU_RBAR, MPU_RASR) for the region."""
        device = isinstance(self.subject, Area) and self.subject.privileged_only
        return _encode(self.block, self.rights, device)


@lru_cache(maxsize=4096)
def _encode(block: Block, rights: int, device: bool) -> tuple[int, int]:
    if not rights:
        permission = AP_NONE
    elif device:
        permission = AP_PRIVILEGED_ONLY
    else:
        # Threads are bound whether they run privileged or not, and so the two columns of AP are always equal.
        permission = AP_READ_WRITE if rights & WRITE else AP_READ_ONLY
    texcb = TEXCB_DEVICE if device else TEXCB_WRITE_BACK_WRITE_ALLOCATE if rights & WRITE else TEXCB_WRITE_THROUGH
    xn = not rights & EXECUTE
    return Region(block.base, block.size, permission, xn, block.srd, texcb, shareable=device).words()


@dataclass(frozen=True, slots=True)
class Layout:
    """A thread's regions by number (None: off) and ``pages``: the numbers that faults may fill, in that order."""

    entries: tuple[Entry | None, ...]
    pages: tuple[int, ...]

    @property
    def spare(self) -> tuple[int, ...]:
        """The numbers above all closed regions that one instruction or copy may borrow."""
        return self.pages or tuple(number for number, entry in enumerate(self.entries) if entry is None)


class Granules:
    """A thread's rights in whole granules: what regions may grant. A snapshot of the policy."""

    def __init__(self, policy: Policy, thread: StackOwner | None) -> None:
        self._spans = policy.granule_spans(thread)
        self._starts = [start for start, _, _ in self._spans]

    def span_at(self, address: int) -> tuple[int, int, int]:
        """Return (start, end, rights) of the largest range around ``address`` with one set of rights."""
        return self._spans[bisect_right(self._starts, address) - 1]

    def rights_at(self, address: int) -> int:
        """Return the rights of the granule that holds ``address``."""
        return self.span_at(address)[2]

    def spans_in(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield (start, end, rights) of the pieces of [start, end)."""
        index = bisect_right(self._starts, start) - 1
        while index < len(self._spans) and self._spans[index][0] < end:
            low, high, rights = self._spans[index]
            yield max(low, start), min(high, end), rights
            index += 1

    def with_rights(self, stack: Stack, rights: int) -> tuple[int, int]:
        """Return the granules of ``stack`` that have ``rights``: all but perhaps the first and the last one."""
        start, end = align_down(stack.start, GRANULE), align_up(stack.end, GRANULE)
        if self.rights_at(start) != rights:
            start += GRANULE
        if self.rights_at(end - GRANULE) != rights:
            end -= GRANULE
        return start, end


class Compiler:
    """Makes layouts for an MPU with ``regions`` regions. ``interrupt_stack`` is (start, end) of the MSP's stack.

    The first executable area of the policy and the area of the interrupt stack are the ones that are never paged out.
    """

    def __init__(self, policy: Policy, regions: int, interrupt_stack: tuple[int, int]) -> None:
        self._policy = policy
        self._regions = regions
        self._spare = regions // 4  # regions that faults may fill, at least, when not everything fits
        self._interrupt_stack = Spans([interrupt_stack])
        self._areas = [
            Entry(block, area.rights, Role.AREA, area)
            for area in sorted(policy.areas, key=_area_order)
            for block in exact_cover(*inside(area.start, area.end))
        ]
        self._flash = next(entry for entry in self._areas if entry.rights & EXECUTE)
        self._ram = max(
            (entry for entry in self._areas if entry.rights == READ_WRITE and not _is_device(entry)),
            key=lambda entry: (_union([entry]).count(*interrupt_stack), entry.block.size),
        )
        # Closed regions lie above both and must not hide them, wherever a board has its memories.
        self._never_closed = self._interrupt_stack | Spans(self._flash.block.parts)
        self._stacks_revision = -1
        self._closed = Spans()
        self._covers: dict[int, list[Block] | None] = {}

    def layout(self, thread: StackOwner | None) -> Layout:
        """Return the regions for ``thread``; None is for when no thread runs yet."""
        wish = _Wish(self._policy, thread)
        for attempt in (self._all_closed, self._foreign_closed):
            layout = attempt(wish)
            if layout is not None:
                return layout
        return self._paged(wish)

    # -- everything fits -----------------------------------------------------------------------------------------

    def _all_closed(self, wish: _Wish) -> Layout | None:
        """Close all stacks, and open the own one and the shares above: the closed regions suit every thread."""
        grants = wish.shares() + wish.own()
        closed = self._exactly_closed(self._all_stacks(), self._regions - len(self._areas) - len(grants))
        return None if closed is None else self._in_order(closed, wish.shares(), wish.own())

    def _foreign_closed(self, wish: _Wish) -> Layout | None:
        """Close what the thread may not touch, and leave what is read-write to the RAM region below."""
        shares = [entry for entry in wish.shares() if entry.rights != READ_WRITE]
        room = self._regions - len(self._areas) - len(shares)
        refused = wish.refused(self._reach(self._areas)).without(_union(shares))
        closed = self._exactly_closed(refused, room)
        if closed is None:
            return None
        # The own stack gets a region that names it where there is room; it needs none.
        own = wish.own() if len(wish.own()) <= room - len(closed) else []
        return self._in_order(closed, shares, own)

    def _exactly_closed(self, wanted: Spans, most: int) -> list[Entry] | None:
        blocks = cover_outwards(wanted, Spans(), most, largest_excess=0) if most >= 0 else None
        return None if blocks is None else [Entry(block, 0, Role.CLOSED) for block in blocks]

    def _in_order(self, closed: list[Entry], shares: list[Entry], own: list[Entry]) -> Layout:
        low = [*self._areas, *closed, *shares]
        free = self._regions - len(low) - len(own)
        return Layout((*low, *[None] * free, *reversed(own)), ())

    def _all_stacks(self) -> Spans:
        """Return every granule with a byte of a stack or of a stack arena, where the areas' regions reach."""
        if self._stacks_revision != self._policy.stacks_revision:
            ranges = [(stack.start, stack.end) for stack in self._policy.stacks] + self._policy.closed
            rounded = Spans((align_down(start, GRANULE), align_up(end, GRANULE)) for start, end in ranges)
            self._closed = _intersection(rounded, self._reach(self._areas))
            self._stacks_revision = self._policy.stacks_revision
            self._covers.clear()
        return self._closed

    @staticmethod
    def _reach(entries: list[Entry]) -> Spans:
        return Spans(part for entry in entries if entry.rights == READ_WRITE for part in entry.block.parts)

    # -- not everything fits -------------------------------------------------------------------------------------

    def _paged(self, wish: _Wish) -> Layout:
        """Choose the plan that leaves least of the own stack without a region, then the one that closes least too much.

        With one number to fill instead of several, more is left for an own stack that is hard to cover.
        """
        plans = list(self._plans(wish, self._spare))
        if not plans or min(plan.missing for plan in plans):
            plans += [*self._plans(wish, 1), self._plan_without_ram(wish)]
        best = min(plans, key=lambda plan: (plan.missing, plan.excess, len(plan.low) + len(plan.own)))
        free = self._regions - len(best.low) - len(best.own)
        shares: list[Entry | None] = [*wish.shares()[:free]]
        first = len(best.low)
        entries = (*best.low, *shares, *[None] * (free - len(shares)), *reversed(best.own))
        return Layout(entries, tuple(range(first, first + free)))

    def _plans(self, wish: _Wish, spare: int) -> Iterator[_Plan]:
        yield from self._plans_above_all_closed(wish, spare)
        yield from self._plans_beside_closed(wish, spare)

    def _plans_above_all_closed(self, wish: _Wish, spare: int) -> Iterator[_Plan]:
        """Close all stacks, perhaps more, and open the own one above as far as there are regions for it."""
        wanted = _intersection(self._all_stacks(), self._reach([self._ram]))
        own = wish.own()
        for count in range(len(own), min(len(own), 1) - 1, -1):
            blocks = self._cover_all_stacks(wanted, self._regions - 2 - spare - count)
            if blocks is not None:
                kept = own[:count]
                yield self._plan([self._ram], blocks, wanted, kept, wish.missing(kept))
                return  # with fewer regions for the own stack more of it would be missing

    def _cover_all_stacks(self, wanted: Spans, most: int) -> list[Block] | None:
        """Return a cover of all stacks with at most ``most`` blocks; it is the same for every thread."""
        if most not in self._covers:
            self._covers[most] = cover_outwards(wanted, self._never_closed, most) if most >= 0 else None
        return self._covers[most]

    def _plans_beside_closed(self, wish: _Wish, spare: int) -> Iterator[_Plan]:
        """Close what the thread may not touch, perhaps more, but nothing of the own stack: RAM's region grants it."""
        reach = self._reach([self._ram])
        start, end = wish.own_granules
        if start < end and not reach.contains(start, end):
            return
        wanted = wish.refused(reach)
        blocks = cover_outwards(wanted, self._never_closed | Spans([(start, end)]), self._regions - 2 - spare)
        if blocks is not None:
            yield self._plan([self._ram], blocks, wanted, [], 0)

    def _plan_without_ram(self, wish: _Wish) -> _Plan:
        """Cover only what must never be missing; every other byte of RAM is paged in."""
        start, end = self._interrupt_stack.ranges[0]
        stack = [Entry(b, READ_WRITE, Role.AREA, self._ram.subject) for b in exact_cover(*inside(start, end))[:2]]
        own = wish.own()[: self._regions - 2 - len(stack)]
        plan = self._plan(stack, [], Spans(), own, wish.missing(own))
        return replace(plan, excess=self._ram.block.size)

    def _plan(self, ram: list[Entry], blocks: list[Block], wanted: Spans, own: list[Entry], missing: int) -> _Plan:
        closed = [Entry(block, 0, Role.CLOSED) for block in blocks]
        return _Plan([self._flash, *ram, *closed], own, missing, _excess(blocks, wanted))


@dataclass(frozen=True, slots=True)
class _Plan:
    """``missing``: bytes of the own stack without a region; ``excess``: bytes that are closed without need."""

    low: list[Entry]
    own: list[Entry]
    missing: int
    excess: int


class _Wish:
    """What one thread should have above the areas, as entries; computed when first asked for."""

    def __init__(self, policy: Policy, thread: StackOwner | None) -> None:
        self._granules = Granules(policy, thread)
        self._own_stack = policy.stack_of(thread) if thread is not None else None
        self._held = policy.shares_of(thread) if thread is not None else []
        self._shares: list[Entry] | None = None
        self._own: list[Entry] | None = None
        self.own_granules = (0, 0)
        if self._own_stack is not None:
            self.own_granules = self._granules.with_rights(self._own_stack, READ_WRITE)

    def own(self) -> list[Entry]:
        """The own stack, the regions for its top first."""
        if self._own is None:
            blocks = exact_cover_from_top(*self.own_granules)
            self._own = [Entry(block, READ_WRITE, Role.OWN, self._own_stack) for block in blocks]
        return self._own

    def missing(self, kept: list[Entry]) -> int:
        """How many bytes of the own stack the entries ``kept`` leave without a region."""
        return Spans([self.own_granules]).without(_union(kept)).count(*self.own_granules) if kept else self._own_size()

    def _own_size(self) -> int:
        return self.own_granules[1] - self.own_granules[0]

    def shares(self) -> list[Entry]:
        """The shares, lowest stack first."""
        if self._shares is None:
            self._shares = [entry for stack, share in self._held for entry in self._share(stack, share)]
        return self._shares

    def _share(self, stack: Stack, share: Share) -> list[Entry]:
        blocks = exact_cover(*self._granules.with_rights(stack, share.rights))
        return [Entry(block, share.rights, Role.SHARE, stack) for block in blocks]

    def refused(self, reach: Spans) -> Spans:
        """Return the granules of ``reach`` that are not read-write for the thread."""
        return Spans(
            (start, end)
            for low, high in reach.ranges
            for start, end, rights in self._granules.spans_in(low, high)
            if rights != READ_WRITE
        )


def page_for(policy: Policy, granules: Granules, address: int, largest: int) -> Entry:
    """Return an entry that gives the granule of ``address`` its rights, and its surroundings as far as they are equal.

    ``largest`` bounds the region's size in bytes.
    """
    start, end, rights = granules.span_at(address)
    stack = policy.stack_at(address)
    area = policy.area_at(address)
    assert area is not None, "only areas have rights"
    low, high = inside(area.start, area.end)  # beyond the area the memory attributes are different
    block = block_inside(address, max(start, low), min(end, high), largest)
    return Entry(block, rights, Role.PAGED, area if stack is None else stack)


def _area_order(area: Area) -> tuple[int, int]:
    """Flash first, then RAM, then peripherals."""
    return (0 if area.rights & EXECUTE else 2 if area.privileged_only else 1), area.start


def _is_device(entry: Entry) -> bool:
    return isinstance(entry.subject, Area) and entry.subject.privileged_only


def _union(entries: list[Entry]) -> Spans:
    return Spans(part for entry in entries for part in entry.block.parts)


def _intersection(a: Spans, b: Spans) -> Spans:
    return Spans(piece for start, end in b.ranges for piece in a.within(start, end).ranges)


def _excess(blocks: list[Block], wanted: Spans) -> int:
    covered = Spans(part for block in blocks for part in block.parts)
    return sum(end - start - wanted.count(start, end) for start, end in covered.ranges)
