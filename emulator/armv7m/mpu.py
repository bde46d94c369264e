"""The memory protection unit, PMSAv7: its registers, and whether an access is allowed. [B3.5]

State: the words MPU_CTRL and MPU_RNR, and MPU_RBAR and MPU_RASR of each region. They are decoded when written; an
access uses the decoded slots (mpu_region.py). ``page_rights`` serves the engine's TLB, ``check`` judges one access to
the byte, ``explain`` says why (mpu_explain.py).

Left out on purpose: reads of the vector table, which always use the default map and so must not come here [B3.5.1],
and the BusFault of unprivileged accesses to the Private Peripheral Bus, which is the bus's and not the MPU's [B3.1.1].
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence

from emulator.annotations import TYPE_CHECKING, Any, TypeVar
from emulator.armv7m import mpu_registers
from emulator.armv7m.faults import CAUSES, Access, Fault
from emulator.armv7m.memory_map import PPB_BASE, PPB_END, SYSTEM_ADDRESS_MAP, SYSTEM_BASE, address_range, is_ppb
from emulator.armv7m.mpu_region import (
    ALL_GRANULES,
    ALL_RIGHTS,
    GRANULE,
    PAGE_SIZE,
    RASR_WRITABLE,
    RBAR_ADDR,
    READ,
    WRITE,
    Region,
    Slot,
    compile_slots,
    deciding,
    decode_region,
)
from emulator.bits import WORD_MASK, field

if TYPE_CHECKING:
    from emulator.armv7m.mpu_explain import Decision, Explanation

_Answer = TypeVar("_Answer")

MPU_TYPE = mpu_registers.MPU_TYPE.ADDRESS
MPU_CTRL = mpu_registers.MPU_CTRL.ADDRESS
MPU_RNR = mpu_registers.MPU_RNR.ADDRESS
MPU_RBAR = mpu_registers.MPU_RBAR.ADDRESS
MPU_RASR = mpu_registers.MPU_RASR.ADDRESS
MPU_RASR_A3 = mpu_registers.MPU_RASR_A3.ADDRESS
_ALIASES = range(MPU_RBAR, MPU_RASR_A3 + 1, 4)  # RBAR, RASR, RBAR_A1, RASR_A1, ... RASR_A3 [B3.5.10]

CTRL_ENABLE = mpu_registers.MPU_CTRL.ENABLE.mask
CTRL_HFNMIENA = mpu_registers.MPU_CTRL.HFNMIENA.mask
CTRL_PRIVDEFENA = mpu_registers.MPU_CTRL.PRIVDEFENA.mask
CTRL_WRITABLE = CTRL_ENABLE | CTRL_HFNMIENA | CTRL_PRIVDEFENA
RBAR_VALID = mpu_registers.MPU_RBAR.VALID.mask

CONTROL_CHANGED = -1  # what on_change gets instead of a region number when MPU_CTRL changed
MIXED = -1  # what page_rights answers when the page has no single set of rights
UNCOVERED = -1  # no region covers a granule
GRANULES_KEPT = 1024  # rights that are remembered until a region changes

IACCVIOL = CAUSES["IACCVIOL"]
DACCVIOL = CAUSES["DACCVIOL"]
DEFAULT_RIGHTS = tuple(READ | WRITE if address_range(n << 29).execute_never else ALL_RIGHTS for n in range(8))


class MPU:
    """A PMSAv7 MPU with ``regions`` regions: 8, 16, or 0 for a part without an MPU.

    ``on_change(region)`` is called after the words of a region changed, or MPU_CTRL (``CONTROL_CHANGED``): whoever
    caches rights drops them. It is not called by ``reset``, nor by writes that leave the words as they were.
    ``on_install(changed)`` is called instead where ``install`` writes all at once; ``changed()`` are those that differ,
    each as its number, MPU_RBAR and MPU_RASR. ``on_written(region, is_rasr)`` is called after each store of the guest's
    to MPU_RBAR, MPU_RASR or MPU_CTRL (-1).
    """

    def __init__(self, regions: int) -> None:
        if regions not in (0, 8, 16):
            raise ValueError(f"regions must be 0, 8 or 16, not {regions!r}")
        self.regions = regions
        self.on_change: Callable[[int], None] = lambda region: None
        self.on_written: Callable[[int, bool], None] = lambda number, is_rasr: None
        self.on_install: Callable[[Callable[[], Iterable[tuple[int, int, int]]]], None] = lambda changed: None
        self.reset()

    def reset(self) -> None:
        """Reset values. MPU_RBAR and MPU_RASR are UNKNOWN at reset: we take 0, every region disabled. [D-111]"""
        self.ctrl = 0
        self.rnr = 0
        self.rbar = [0] * self.regions
        self.rasr = [0] * self.regions
        self._forget_slots()

    # -- registers -----------------------------------------------------------------------------------------------

    def read(self, address: int, size: int) -> int:
        """Return the register at ``address``, MPU_TYPE to MPU_RASR_A3; there are no side effects. [B3.5.4]"""
        # UNPREDICTABLE: anything but an aligned word. We read zero and ignore the write. [D-109]
        if size != 4 or not self.regions:
            return 0
        if address == MPU_TYPE:
            return self.regions << mpu_registers.MPU_TYPE.DREGION.low
        if address == MPU_CTRL:
            return self.ctrl
        if address == MPU_RNR:
            return self.rnr
        if address not in _ALIASES:
            return 0
        if self._is_rasr(address):
            return self.rasr[self.rnr]
        return self.rbar[self.rnr] | field(self.rnr, 3, 0)

    def write(self, address: int, size: int, value: int) -> None:
        """Write the register at ``address``; MPU_TYPE and, without an MPU, all of them ignore it. [B3.5.4]"""
        if size != 4 or not self.regions:
            return
        if address == MPU_CTRL:
            self.set_control(value)
            self.on_written(CONTROL_CHANGED, False)
        elif address == MPU_RNR:
            # UNPREDICTABLE: a region that does not exist. We keep the region selected before. [D-101]
            if field(value, 7, 0) < self.regions:
                self.rnr = field(value, 7, 0)
        elif address in _ALIASES:
            if self._is_rasr(address):
                self.set_region(self.rnr, self.rbar[self.rnr], value)
                self.on_written(self.rnr, True)
            else:
                self._write_rbar(value)

    @staticmethod
    def _is_rasr(address: int) -> bool:
        return (address - MPU_RBAR) % 8 == MPU_RASR - MPU_RBAR

    def _write_rbar(self, value: int) -> None:
        if value & RBAR_VALID:
            # UNPREDICTABLE: a region that does not exist. We ignore the whole write. [D-102]
            if field(value, 3, 0) >= self.regions:
                return
            self.rnr = field(value, 3, 0)
        self.set_region(self.rnr, value, self.rasr[self.rnr])
        self.on_written(self.rnr, False)

    def set_control(self, value: int) -> None:
        """Write MPU_CTRL; its reserved bits read as zero, and without an MPU all of them. [B3.5.6]"""
        value &= CTRL_WRITABLE if self.regions else 0
        if value != self.ctrl:
            self.ctrl = value
            self.on_change(CONTROL_CHANGED)

    def set_region(self, number: int, rbar: int, rasr: int) -> None:
        """Write both words of region ``number`` at once and leave MPU_RNR alone.

        MPU_RBAR's VALID and REGION do not count. Raises ValueError when there is no such region.
        """
        if not 0 <= number < self.regions:
            raise ValueError(f"region must be one of the {self.regions} that exist, not {number!r}")
        rbar &= RBAR_ADDR
        rasr &= RASR_WRITABLE
        if rbar == self.rbar[number] and rasr == self.rasr[number]:
            return
        self.rbar[number] = rbar
        self.rasr[number] = rasr
        self._forget_slots()
        self.on_change(number)

    def pack(self, words: Sequence[tuple[int, int]]) -> object:
        """Prepare (rbar, rasr) of all regions for ``install``."""
        return tuple(words)

    def install(self, packed: Any) -> None:
        """Write all regions, as ``set_region`` does one after the other."""
        for number, (rbar, rasr) in enumerate(packed):
            self.set_region(number, rbar, rasr)

    def region(self, number: int) -> Region:
        """Return region ``number``, decoded."""
        return decode_region(self.rbar[number], self.rasr[number])

    def words(self, negative_priority: bool) -> Hashable:
        """Return what stands for all that ``page_rights`` answers from, to keep answers by."""
        return self.ctrl, *self.rbar, *self.rasr, negative_priority

    # -- decisions -----------------------------------------------------------------------------------------------

    def check(
        self, address: int, size: int, access: Access, privileged: bool, negative_priority: bool = False
    ) -> Fault | None:
        """ValidateAddress() for each byte: None, or the Fault that refuses the access. [B3.5.3]

        ``negative_priority``: the execution priority is below zero (HardFault, NMI, FAULTMASK). An unaligned access
        is a series of byte accesses [B2.3, MemU()], so the Fault's address is the first byte that is refused. A
        refused fetch gives no address.
        """
        if (address & GRANULE - 1) + size <= GRANULE:  # most are: one granule decides
            if self.granule_rights(address & WORD_MASK, privileged, negative_priority) >> access & 1 or not size:
                return None
            refused: int | None = address & WORD_MASK
        else:
            refused = self._first_refused(address, size, 1 << access, privileged, negative_priority)
            if refused is None:
                return None
        if access is Access.FETCH:
            return Fault(IACCVIOL, None, access, size)
        return Fault(DACCVIOL, refused, access, size)

    def _first_refused(
        self, address: int, size: int, right: int, privileged: bool, negative_priority: bool
    ) -> int | None:
        end = address + size
        while address < end:
            # UNPREDICTABLE: an access that passes the end of the address space. It continues at 0. [D-110]
            here = address & WORD_MASK
            step = GRANULE
            if end - address > GRANULE:
                # Long copies of a kernel: whole pages where that is possible.
                rights = self.page_rights(here, privileged, negative_priority)
                step = PAGE_SIZE
                if rights == MIXED:
                    rights = self.granule_rights(here, privileged, negative_priority)
                    step = GRANULE
            else:
                rights = self.granule_rights(here, privileged, negative_priority)
            if not rights & right:
                return here
            address = (address | step - 1) + 1
        return None

    def granule_rights(self, address: int, privileged: bool, negative_priority: bool) -> int:
        """Return the rights of the byte at ``address``, and so of the 32 aligned bytes around it."""
        if not self.decides(address, negative_priority):
            return DEFAULT_RIGHTS[address >> 29]
        slots = self._slots_of(privileged)
        known = self._granules[privileged]
        rights = known.get(address >> 5)
        if rights is None:
            if len(known) >= GRANULES_KEPT:
                known.clear()
            known[address >> 5] = rights = self._region_rights(address, slots)
        return self._background_rights(address, privileged) if rights == UNCOVERED else rights

    @staticmethod
    def _region_rights(address: int, slots: list[Slot]) -> int:
        """Return the rights that the deciding region gives the granule of ``address``, or UNCOVERED."""
        for slot, _ in deciding(slots, address, 1 << (address >> 5 & 31)):
            return slot.rights & (ALL_RIGHTS if address < SYSTEM_BASE else READ | WRITE)
        return UNCOVERED

    def page_rights(self, page_address: int, privileged: bool, negative_priority: bool = False) -> int:
        """Return the rights bits (1 << Access) that all of the 1 KiB page has, or MIXED when its parts differ."""
        if not self.decides(page_address, negative_priority):
            return DEFAULT_RIGHTS[page_address >> 29]
        possible = ALL_RIGHTS if page_address < SYSTEM_BASE else READ | WRITE
        undecided = ALL_GRANULES
        page = MIXED
        for slot, decided in deciding(self._slots_of(privileged), page_address, ALL_GRANULES):
            rights = slot.rights & possible
            if page == MIXED:
                page = rights
            elif page != rights:
                return MIXED
            undecided ^= decided
        if not undecided:
            return page
        background = self._background_rights(page_address, privileged)
        return background if page in (MIXED, background) else MIXED

    def region_at(self, address: int) -> int | None:
        """Return the region that decides about the byte at ``address`` where regions do, None where none covers it."""
        for slot, _ in deciding(self._slots_of(True), address, 1 << (address >> 5 & 31)):
            return slot.region
        return None

    def decides(self, address: int, negative_priority: bool = False) -> bool:
        """Whether the MPU decides at ``address``: it is on, not bypassed, and this is not the PPB. [B3.5.1]"""
        # UNPREDICTABLE: HFNMIENA set and ENABLE clear. The MPU is off. [D-106]
        ctrl = self.ctrl
        if not ctrl & CTRL_ENABLE or PPB_BASE <= address < PPB_END:
            return False
        return bool(ctrl & CTRL_HFNMIENA) or not negative_priority

    def _background_rights(self, address: int, privileged: bool) -> int:
        if privileged and self.ctrl & CTRL_PRIVDEFENA:
            return DEFAULT_RIGHTS[address >> 29]
        return 0

    def _slots_of(self, privileged: bool) -> list[Slot]:
        """Return the slots of the regions that can match, highest number first: see ``deciding``."""
        slots = self._slots[privileged]
        if slots is None:
            words = zip(range(self.regions), self.rbar, self.rasr, strict=True)
            compiled = [compile_slots(*words_of_one) for words_of_one in reversed(list(words)) if words_of_one[2] & 1]
            slots = self._slots[privileged] = [pair[privileged] for pair in compiled if pair is not None]
        return slots

    def _forget_slots(self) -> None:
        # Built again when next used: a kernel rewrites many regions in a row.
        self._slots: list[list[Slot] | None] = [None, None]
        self._granules: list[dict[int, int]] = [{}, {}]

    # -- reports -------------------------------------------------------------------------------------------------

    def rights_map(self, privileged: bool, negative_priority: bool = False) -> list[tuple[int, int, int]]:
        """Return the whole address space as (start, end exclusive, rights), merged as far as rights are equal."""
        return self._spans(lambda address: self.granule_rights(address, privileged, negative_priority))

    def region_map(self) -> list[tuple[int, int, int | None]]:
        """Return the whole address space as (start, end exclusive, region), merged: see ``region_at``."""
        return self._spans(self.region_at)

    def _spans(self, answer: Callable[[int], _Answer]) -> list[tuple[int, int, _Answer]]:
        spans: list[tuple[int, int, _Answer]] = []
        starts = self._boundaries()
        for start, end in zip(starts, [*starts[1:], 1 << 32], strict=True):
            here = answer(start)
            if spans and spans[-1][2] == here:
                spans[-1] = (spans[-1][0], end, here)
            else:
                spans.append((start, end, here))
        return spans

    def _boundaries(self) -> list[int]:
        """Return every address where another region, or another right, may begin, ascending, beginning with 0."""
        starts = {row.start for row in SYSTEM_ADDRESS_MAP}
        for number in range(self.regions):
            region = self.region(number)
            if region.is_usable:
                parts = 8 if region.has_subregions and region.srd else 1
                starts.update(range(region.base, region.base + region.size + 1, region.size // parts))
        return sorted(start for start in starts if start <= WORD_MASK)

    def rights_span(self, address: int, privileged: bool, negative_priority: bool = False) -> tuple[int, int]:
        """Return [start, end) of the largest range around ``address`` all of which has the same rights."""
        spans = self.rights_map(privileged, negative_priority)
        start, end, _ = spans[bisect_right(spans, address, key=lambda span: span[0]) - 1]
        return start, end

    def explain(
        self, address: int, size: int, access: Access, privileged: bool, negative_priority: bool = False
    ) -> Explanation:
        """Say who decided about an access: about its first refused byte, or its first byte when it is allowed."""
        from emulator.armv7m.mpu_explain import explain_byte

        refused = self._first_refused(address, size, 1 << access, privileged, negative_priority)
        byte = address & WORD_MASK if refused is None else refused
        return explain_byte(
            regions=[(n, self.region(n)) for n in reversed(range(self.regions)) if self.rasr[n] & 1],
            covering=self.region_at(byte),
            bypass=self._bypass(byte, negative_priority),
            privdefena=bool(self.ctrl & CTRL_PRIVDEFENA),
            byte=byte,
            address=address & WORD_MASK,
            size=size,
            access=access,
            privileged=privileged,
            allowed=refused is None,
        )

    def _bypass(self, address: int, negative_priority: bool) -> Decision | None:
        """Return why the MPU does not decide at ``address``, or None when it does."""
        from emulator.armv7m.mpu_explain import Decision

        if self.decides(address, negative_priority):
            return None
        if not self.regions:
            return Decision.ABSENT
        if is_ppb(address):
            return Decision.PPB
        return Decision.NEGATIVE_PRIORITY if self.ctrl & CTRL_ENABLE else Decision.DISABLED
