"""Breakpoints and watchpoints: where a run ends in front of an instruction, or in front of an access to memory.

They are set between two runs. What a run begins with never ends it: so it goes on from where the last one ended. A
breakpoint is an instruction that is looked at (watched_instructions.py), a watchpoint takes the rights of its 32-byte
granules out of the tables (guest_pages.py), so that only accesses to these are asked about: the rest of the program
runs as fast as without. What exceptions stack and unstack is not watched, nor are the registers of the core.
"""

from __future__ import annotations

from emulator.armv7m.faults import Access
from emulator.armv7m.memory_map import is_ppb
from emulator.armv7m.mpu_region import GRANULE, PAGE_SIZE
from emulator.devices.clock import NEVER
from emulator.engine.shared_state import MAX_WATCHES, State
from emulator.records import dataclass

_READ, _WRITE = 1, 2
"""Rights, as the engine's tables have them."""
UNWATCHED_SHIFT = 4
"""Places of the rights that a granule has but for its watched bytes."""
HANDLER_SHIFT = 6
"""Places of the rights that Handler mode has in a granule besides; there, as before, only data is told apart."""
_DATA = _READ | _WRITE


@dataclass(frozen=True, slots=True)
class Watch:
    """``size`` bytes at ``address``; which accesses end the run.

    ``others``: stores that no instruction makes, too.
    """

    address: int
    size: int
    reads: bool
    writes: bool
    others: bool = True

    @property
    def rights(self) -> int:
        """Bits 1 << Access of those accesses."""
        return _READ * self.reads | _WRITE * self.writes

    def covers(self, address: int, size: int) -> bool:
        """Whether the ``size`` bytes at ``address`` share any with it."""
        return address < self.address + self.size and self.address < address + size

    def is_hit(self, address: int, size: int, access: Access) -> bool:
        """Whether an access ends the run."""
        wanted = self.writes if access is Access.WRITE else self.reads and access is Access.READ
        return wanted and self.covers(address, size)


@dataclass(frozen=True, slots=True)
class WatchedAccess:
    """An access to watched memory; ``value`` is what would be stored, None for a load."""

    address: int
    size: int
    access: Access
    value: int | None


class DebugPoints:
    """The points of one machine."""

    def __init__(self) -> None:
        self.breakpoints: set[int] = set()
        self.entries: frozenset[int] = frozenset()
        """Addresses that the machine itself is asked about, in every run, muted or not; see Machine.ask_at()."""
        self._passed_entry = (-1, -1)
        self.watches: list[Watch] = []
        self._beginning = (-1, -1)
        self.is_muted = False
        """Whether nothing ends runs, for the time being."""
        self.stops_at_faults = False
        """See Machine."""
        self.deadline = NEVER
        """The virtual time that runs end at, at the latest."""
        self.passed: WatchedAccess | None = None
        """The first watched access of the instruction that the run began with, which did not end it."""

    def begin(self, executed: int, pc: int, goes_on: bool = False) -> None:
        """A run begins after ``executed`` instructions, at ``pc``, or goes on there, and may end where it is."""
        self._beginning = (-1, -1) if goes_on else (executed, pc)
        self._passed_entry = (-1, -1)
        self.passed = None

    @property
    def places(self) -> frozenset[int]:
        """The addresses of all instructions that are looked at."""
        return self.entries.union(self.breakpoints)

    def pass_entry(self, executed: int, pc: int) -> None:
        """The instruction at ``pc`` is to execute: nothing else takes its place this time."""
        self._passed_entry = (executed, pc)

    def is_entry(self, executed: int, pc: int) -> bool:
        """Whether the machine is to be asked about the instruction at ``pc``, in front of which the run is."""
        return pc in self.entries and self._passed_entry != (executed, pc)

    @property
    def withholds_faults(self) -> bool:
        """Whether a run ends in front of faults now."""
        return self.stops_at_faults and not self.is_muted

    def is_beginning(self, executed: int, pc: int) -> bool:
        """Whether the instruction at ``pc`` ends no run: the run began with it, or nothing ends runs now."""
        return self.is_muted or self._beginning == (executed, pc)

    def is_breakpoint(self, executed: int, pc: int) -> bool:
        """Whether the run ends in front of the instruction at ``pc``."""
        return pc in self.breakpoints and not self.is_beginning(executed, pc)

    def add_watch(self, watch: Watch) -> None:
        """Watch memory. ValueError as ``check_watch``."""
        self.check_watch(watch.address, watch.size)
        self.watches.append(watch)

    def check_watch(self, address: int, size: int) -> None:
        """Raise ValueError for no bytes, and for the Private Peripheral Bus."""
        if size <= 0 or is_ppb(address) or is_ppb(address + size - 1):
            raise ValueError(f"{size} bytes at 0x{address:08x} cannot be watched")

    def tell_watches(self, shared: State) -> None:
        """Tell the C half which bytes are watched."""
        watches = [] if len(self.watches) > MAX_WATCHES else self.watches
        shared.watch_count = min(len(self.watches), MAX_WATCHES + 1)
        for place, watch in zip(shared.watches, watches, strict=False):
            last = min(watch.address + watch.size - 1, 0xFFFF_FFFF)
            place.start, place.last, place.rights = watch.address, last, watch.rights

    def is_page_watched(self, page: int) -> bool:
        """Whether any byte of a 1 KiB page is watched."""
        return any(watch.covers(page, PAGE_SIZE) for watch in self.watches)

    def unwatched(self, page: int, rights: bytes) -> bytes:
        """Return the rights of the granules of a page without those whose use is watched.

        ``rights`` << UNWATCHED_SHIFT stands beside what is left of them where that is less: for other bytes.
        """
        kept = bytearray(rights)
        for index in range(len(kept)):
            for watch in self.watches:
                if watch.covers(page + index * GRANULE, GRANULE):
                    kept[index] &= ~(watch.rights | watch.rights << HANDLER_SHIFT)
            if kept[index] != rights[index]:
                kept[index] |= (rights[index] & _DATA) << UNWATCHED_SHIFT
        return bytes(kept)

    def is_stored(self, address: int, size: int) -> bool:
        """Whether a store that no instruction makes ends the run."""
        watches = () if self.is_muted else self.watches
        return any(watch.others and watch.is_hit(address, size, Access.WRITE) for watch in watches)

    def is_hit(self, address: int, size: int, access: Access) -> bool:
        """Whether an access ends the run."""
        return any(watch.is_hit(address, size, access) for watch in self.watches)
