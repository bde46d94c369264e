"""The map that is in the MPU: switching it, filling it by fault, and opening it for one instruction.

A ``ThreadMap`` is a thread's layout with the regions that faults have filled since. ``MapKeeper`` writes maps to the
MPU and answers faults. Every decision is the policy's; nothing here grants more than it does:

* a *page* is a region whose granules all have exactly the rights that it grants;
* a granule that a stack shares with other data has no such rights. It is opened for one instruction (or one copy of
  the kernel) only, executed alone while the policy judges each of its accesses to the byte.

An instruction may need several pages at once, more than there are numbers to fill: LDM across stacks, fetched from a
third one. Pages that the same instruction has asked for are not evicted for it; when all numbers are taken that way, it
executes alone, too, and if need be the whole map makes way for it. A 128-byte access and its fetch need at most eight
small regions, so every instruction can complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from emulator.armv7m.faults import Access
from emulator.armv7m.mpu import CTRL_ENABLE
from emulator.armv7m.mpu_region import GRANULE
from emulator.bits import align_down
from emulator.records import dataclass, field
from rtems_shim.port import Port
from rtems_shim.protection.policy import Policy, StackOwner, complete_rights
from rtems_shim.protection.region_cover import ADDRESS_SPACE, Block
from rtems_shim.protection.region_layout import DISABLED, Compiler, Entry, Granules, Layout, Role, page_for

SMALL_PAGE = 256
"""Regions of this size have subregions of one granule: what one instruction needs next to each other fits into one."""


@dataclass(slots=True)
class ThreadMap:
    """The regions of one thread: ``entries`` by number, and their register ``words``.

    ``key`` is what the layout depends on, ``revision`` the policy's when that was last compared. ``turn`` counts into
    ``layout.pages``: the number to fill next.
    """

    layout: Layout
    granules: Granules
    entries: list[Entry | None]
    words: list[tuple[int, int]]
    key: object
    revision: int
    turn: int
    packed: object = None
    """The words as MPU.pack() has them, None when they have changed since."""


@dataclass(slots=True)
class Streak:
    """The region numbers filled for one instruction, which is known by (time, pc), since it was first refused."""

    instruction: tuple[int, int] = (-1, -1)
    filled: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Filled:
    """A region that a refused access filled: ``evicted`` is what it held, ``address`` the byte that was refused."""

    region: int
    entry: Entry
    evicted: Entry | None
    address: int
    access: Access
    pc: int


class MapKeeper:
    """Keeps the MPU at the map of ``thread``. ``on_fill`` hears of each region that a fault fills."""

    def __init__(
        self, port: Port, policy: Policy, interrupt_stack: tuple[int, int], on_fill: Callable[[Filled], None]
    ) -> None:
        self._port = port
        self._mpu = port.mpu
        self._policy = policy
        self._compiler = Compiler(policy, port.mpu.regions, interrupt_stack)
        self._on_fill = on_fill
        self._maps: dict[StackOwner | None, ThreadMap] = {}
        self._single: list[Entry | None] | None = None
        self._single_numbers: list[int] = []
        self._single_cleared = False
        self._single_privileged = True
        self._streak = Streak()
        self.thread: StackOwner | None = None
        self._map = self._map_of(None)

    @property
    def entries(self) -> list[Entry | None]:
        """What each region holds now."""
        return self._map.entries if self._single is None else self._single

    # -- whole maps ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Write the map of no thread and enable the MPU: no background region, off at negative priority."""
        self._install()
        self._mpu.set_control(CTRL_ENABLE)

    def switch_to(self, thread: StackOwner | None) -> None:
        """Put the map of ``thread`` into the MPU: the outgoing one goes as a whole."""
        self.thread = thread
        self.refresh()

    def refresh(self) -> None:
        """Let the MPU follow what changed in the policy."""
        self._single = None
        self._map = self._map_of(self.thread)
        self._install()

    def forget(self, thread: StackOwner) -> None:
        """Drop the map of a thread that is gone."""
        self._maps.pop(thread, None)

    def _map_of(self, thread: StackOwner | None) -> ThreadMap:
        known = self._maps.get(thread)
        policy = self._policy
        if known is not None and known.revision == policy.revision:
            return known
        key = self._key(thread)
        if known is not None and known.key == key:
            known.revision = policy.revision
            return known
        layout = self._compiler.layout(thread)
        turn = sum(layout.entries[number] is not None for number in layout.pages)
        entries = list(layout.entries)
        words = [_words(entry) for entry in entries]
        made = ThreadMap(layout, Granules(policy, thread), entries, words, key, policy.revision, turn)
        self._maps[thread] = made
        return made

    def _key(self, thread: StackOwner | None) -> object:
        """Return what a thread's layout depends on."""
        if thread is None:
            return self._policy.stacks_revision
        own = self._policy.stack_of(thread)
        shares = tuple((stack.start, stack.end, share.rights) for stack, share in self._policy.shares_of(thread))
        return self._policy.stacks_revision, own and (own.start, own.end), shares

    def _install(self) -> None:
        current = self._map
        if current.packed is None:
            current.packed = self._mpu.pack(current.words)
        self._mpu.install(current.packed)

    # -- faults --------------------------------------------------------------------------------------------------

    def resolve(self, address: int, access: Access, pc: int) -> bool:
        """Make the byte at ``address`` accessible to the instruction at ``pc`` if the policy allows it.

        True: the instruction is to be tried again. False: the fault stands, and the thread's whole map is in the MPU.
        """
        privileged = self._port.registers.privileged
        if not self._policy.allowed(address, 1, access, self.thread, privileged):
            self.end_single()
            return False
        if self._mpu.check(address, 1, access, privileged) is None:
            # Not the map's doing: LDRT of a privileged thread to what unprivileged code does not have.
            self.end_single()
            return False
        if self._single is not None:
            return self._add_single(address, access, pc)
        if self._fill_page(address, access, pc, (self._port.clock.now, pc)):
            return True
        return self._begin_single(address, access, pc, privileged)

    def _fill_page(self, address: int, access: Access, pc: int, instruction: tuple[int, int] | None) -> bool:
        """Fill one of the numbers that are free to fill; False when none is or when no page may grant the access."""
        if not self._map.granules.rights_at(address) >> access & 1:
            return False
        number = self._next_page(instruction)
        if number is None:
            return False
        entry = page_for(self._policy, self._map.granules, address, ADDRESS_SPACE)
        evicted = self._map.entries[number]
        self._map.entries[number] = entry
        self._map.words[number] = entry.words()
        self._map.packed = None
        self._mpu.set_region(number, *entry.words())
        self._on_fill(Filled(number, entry, evicted, address, access, pc))
        return True

    def _next_page(self, instruction: tuple[int, int] | None) -> int | None:
        """Return the number to fill next, in turn, and never one that ``instruction`` has had filled."""
        if instruction is None or instruction != self._streak.instruction:
            self._streak = Streak(instruction or (-1, -1))
        pages = self._map.layout.pages
        for offset in range(len(pages)):
            number = pages[(self._map.turn + offset) % len(pages)]
            if number not in self._streak.filled:
                self._map.turn += offset + 1
                if instruction is not None:
                    self._streak.filled.add(number)
                return number
        return None

    # -- one instruction alone -----------------------------------------------------------------------------------

    def _begin_single(self, address: int, access: Access, pc: int, privileged: bool) -> bool:
        self._single = [*self._map.entries]
        self._single_numbers = list(self._map.layout.spare)
        self._single_cleared = False
        self._single_privileged = privileged
        if not self._add_single(address, access, pc):
            return False
        self._port.after_instruction(self.end_single, self._judge)
        return True

    def _add_single(self, address: int, access: Access, pc: int) -> bool:
        """Open what one instruction lacks, in a region that nothing else holds, or instead of the whole map."""
        if not self._single_numbers and not self._single_cleared:
            self._clear_for_single(pc)
        if not self._single_numbers:
            self.end_single()
            return False
        self._put_single(address, access, pc)
        return True

    def _put_single(self, address: int, access: Access, pc: int) -> None:
        assert self._single is not None
        number = self._single_numbers.pop(0)
        entry = self._single_entry(address, access)
        evicted, self._single[number] = self._single[number], entry
        self._mpu.set_region(number, *entry.words())
        self._on_fill(Filled(number, entry, evicted, address, access, pc))

    def _clear_for_single(self, pc: int) -> None:
        """Let the whole map make way: every region is for the instruction at ``pc``, and two at most for its fetch."""
        self._single = [None] * self._mpu.regions
        self._single_numbers = list(range(self._mpu.regions))
        self._single_cleared = True
        for number in self._single_numbers:
            self._mpu.set_region(number, *DISABLED)
        for halfword in (pc, pc + 2):
            # A 16-bit instruction may end where the rights do: what the policy has not is not needed.
            allowed = self._policy.allowed(halfword, 1, Access.FETCH, self.thread, self._single_privileged)
            if allowed and self._mpu.check(halfword, 1, Access.FETCH, self._single_privileged) is not None:
                self._put_single(halfword, Access.FETCH, pc)

    def _single_entry(self, address: int, access: Access) -> Entry:
        if self._map.granules.rights_at(address) >> access & 1:
            page = page_for(self._policy, self._map.granules, address, SMALL_PAGE)
            return Entry(page.block, page.rights, Role.ONCE, page.subject)
        block = Block(align_down(address, GRANULE), GRANULE)
        stack = self._policy.stack_at(address)
        return Entry(block, complete_rights(1 << access), Role.ONCE, stack or self._policy.area_at(address))

    def _judge(self, address: int, size: int, access: Access) -> bool:
        """Whether the policy allows an access that the instruction makes while it executes alone."""
        return self._policy.allowed(address, size, access, self.thread, self._single_privileged)

    def end_single(self) -> None:
        """Put the thread's whole map back. Harmless when it is there."""
        if self._single is not None:
            self._single = None
            self._install()

    # -- copies of the kernel ------------------------------------------------------------------------------------

    def resolve_copy(self, address: int, access: Access, pc: int) -> bool:
        """Fill a page for a copy that the policy allows; False when no page may grant it."""
        return self._fill_page(address, access, pc, None)

    @contextmanager
    def open_granule(self, address: int, access: Access, pc: int) -> Iterator[None]:
        """Open the granule of ``address`` for a copy that stays in it and that the policy allows."""
        self._single = [*self._map.entries]
        self._single_numbers = [*self._map.layout.spare, len(self._single) - 1]
        self._put_single(address, access, pc)
        try:
            yield
        finally:
            self.end_single()


def _words(entry: Entry | None) -> tuple[int, int]:
    return DISABLED if entry is None else entry.words()
