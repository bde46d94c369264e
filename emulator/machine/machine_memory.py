"""Memory as the engine and the core see it: the MPU first, then the bus.

It is the ``Rules`` of the engine, the ``Memory`` of the core, and the ``GuestMemory`` of a personality.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.faults import CAUSES, Access, Fault
from emulator.armv7m.instructions import Kind, Special
from emulator.armv7m.memory_map import is_ppb
from emulator.armv7m.mpu import MPU
from emulator.armv7m.mpu_region import GRANULE
from emulator.armv7m.ports import Steady
from emulator.armv7m.scs import SystemControlSpace
from emulator.bits import WORD_MASK
from emulator.devices.bus import PAGE_SIZE, Bus
from emulator.engine.debug_points import DebugPoints
from emulator.engine.engine_memory import MIXED, KnownMemory
from emulator.errors import GuestAccessError
from emulator.machine.run_state import RunState

if TYPE_CHECKING:
    from emulator.machine.overlay import Overlay

CCR_UNALIGN_TRP, CCR_DIV_0_TRP, CCR_BFHFNMIGN = 1 << 3, 1 << 4, 1 << 8


def _refusal(address: int, size: int, access: Access) -> Fault:
    if access is Access.FETCH:
        return Fault(CAUSES["IACCVIOL"], None, access, size)
    return Fault(CAUSES["DACCVIOL"], address, access, size)


class MachineMemory:
    """The memory on ``bus`` behind ``mpu``. ``raise_late(fault)`` makes an asynchronous fault pending.

    ``audit``: the engine is to ask about every single access.
    """

    def __init__(
        self, bus: Bus, mpu: MPU, system: SystemControlSpace, state: RunState, points: DebugPoints, audit: bool,
        raise_late: Callable[[Fault], None],
    ) -> None:  # fmt: skip
        self._bus = bus
        self._mpu = mpu
        self._system = system
        self._state = state
        self._exceptions = state.exceptions
        self._processor = state.processor
        self._points = points
        self._raise_late = raise_late
        self.audit = audit
        self.known: KnownMemory | None = state.processor.native
        """Answers first where the rights of the current memory map are known. None: the bus hears of each store."""
        self.imprecise_stores = False
        """Whether bus errors of stores arrive late, as with a write buffer: an option, off by default. [D-005]"""
        self.overlay: Overlay | None = None
        """What is closed to threads beside what the MPU refuses."""

    # -- Rules: what the engine asks ---------------------------------------------------------------------------------

    def page_rights(self, page: int, privileged: bool) -> int:
        """See Rules."""
        if self.audit or self._state.alone is not None or is_ppb(page) or self._points.is_page_watched(page):
            return MIXED
        if page in self._bus.partial_pages or (self.overlay is not None and self.overlay.closes(page)):
            return MIXED
        return self._mpu.page_rights(page, privileged, self._state.negative)

    def memory_map(self) -> Hashable:
        """Name everything that ``page_rights`` answers from, or None while answers must not be kept."""
        if self.audit or self._state.alone is not None:
            return None
        return self._mpu.words(self._state.negative)

    def granule_rights(self, page: int, privileged: bool) -> bytes:
        """See Rules."""
        rights = (self._mpu.granule_rights(page + 32 * n, privileged, self._state.negative) for n in range(32))
        granules = bytes(rights)
        if page in self._bus.partial_pages:
            present = self._bus.memory_in_page(page) // GRANULE
            granules = granules[:present].ljust(PAGE_SIZE // GRANULE, b"\0")
        if self.overlay is not None:
            granules = self.overlay.granules(page, granules)
        return self._points.unwatched(page, granules)

    def memory_page(self, page: int) -> tuple[int, bool] | None:
        """See Rules."""
        return self._bus.memory_page(page)

    def check(
        self, address: int, size: int, access: Access, privileged: bool, negative: bool | None = None
    ) -> Fault | None:
        """Judge an access: the MPU, then whether anything is there. See Rules.

        ``negative`` says whether the execution priority is to be taken as negative; None: as it is.
        """
        return self._refused(address, size, access, privileged, negative) or self._absent(address, size, access)

    def check_special(self, special: Special, value: int) -> Fault | None:
        """See Rules."""
        ccr = self._system.ccr
        if special.kind & Kind.DIVIDE:
            return Fault(CAUSES["DIVBYZERO"]) if value == 0 and ccr & CCR_DIV_0_TRP else None
        if value & special.alignment and (special.kind & Kind.ALIGNED or ccr & CCR_UNALIGN_TRP):
            return Fault(CAUSES["UNALIGNED"])
        return None

    def _refused(
        self, address: int, size: int, access: Access, privileged: bool, negative: bool | None
    ) -> Fault | None:
        """Ask the MPU, and the personality while an instruction executes alone."""
        if is_ppb(address) and access is not Access.FETCH:
            return None  # the System Control Space decides, with its own privilege rules
        if negative is None:  # between runs it may just have changed
            negative = self._state.negative if self._state.running else self.bypasses_mpu()
        fault = self._mpu.check(address, size, access, privileged, negative)
        if fault is not None:
            return fault
        if self.overlay is not None and self._state.running and access is not Access.FETCH:
            return self.overlay.judge(address, size, access)
        alone = self._state.alone
        if alone is not None and self._state.running:
            for byte in range(address, address + size):  # the fault's address is the first byte that is refused
                if not alone.judge(byte, 1, access):
                    return _refusal(byte, size, access)
        return None

    def _grants(self, address: int, size: int, access: Access, privileged: bool) -> bool:
        """Whether the MPU allows an access to one granule or two, between two runs of the engine.

        False: ask in full.
        """
        if self._state.running or not 0 < size <= GRANULE:
            return False
        negative, granule_rights = self.bypasses_mpu(), self._mpu.granule_rights
        if not granule_rights(address & WORD_MASK, privileged, negative) >> access & 1:
            return False
        last = address + size - 1
        if not (address ^ last) & -GRANULE:
            return True
        return granule_rights(last & WORD_MASK, privileged, negative) >> access & 1 == 1

    def _absent(self, address: int, size: int, access: Access) -> Fault | None:
        """Answer the bus fault of an access to where nothing is."""
        if (is_ppb(address) and access is not Access.FETCH) or self._bus.is_present(address, size):
            return None
        if access is Access.FETCH:
            return Fault(CAUSES["IBUSERR"], None, access, size)
        if access is Access.WRITE and self.imprecise_stores:
            return None  # into the write buffer; the bus error arrives later
        if self._negative_now() and self._system.ccr & CCR_BFHFNMIGN:
            return None  # ignored, and nothing is recorded [D-139]
        return Fault(CAUSES["PRECISERR"], address, access, size)

    def read(self, address: int, size: int, privileged: bool) -> int | Fault:
        """See Rules."""
        if is_ppb(address):
            return self._system.read(address, size, privileged)
        value = self._bus.read(address, size)
        if value is None:
            if self._negative_now() and self._system.ccr & CCR_BFHFNMIGN:
                return 0
            return Fault(CAUSES["PRECISERR"], address, Access.READ, size)
        return value

    def steady_page(self, page: int) -> bytes | None:
        """See Rules."""
        return None if is_ppb(page) else self._bus.steady_page(page)

    def steady(self, address: int, size: int, privileged: bool, value: int) -> Steady | None:
        """See Rules."""
        if is_ppb(address):
            return self._system.steady(address) if size == 4 and privileged else None
        return self._bus.steady(address, size, value)

    def write(self, address: int, size: int, value: int, privileged: bool) -> Fault | None:
        """See Rules."""
        if is_ppb(address):
            return self._system.write(address, size, value, privileged)
        if self._bus.write(address, size, value) or (self._negative_now() and self._system.ccr & CCR_BFHFNMIGN):
            return None
        if self.imprecise_stores:
            self._raise_imprecise(address, size, value)
            return None
        return Fault(CAUSES["PRECISERR"], address, Access.WRITE, size, value)

    def _raise_imprecise(self, address: int, size: int, value: int) -> None:
        """IMPRECISERR: an asynchronous BusFault, HardFault where BusFault is disabled. [B1.5.9]

        No register gets the address: it is for reports.
        """
        self._raise_late(Fault(CAUSES["IMPRECISERR"], address, Access.WRITE, size, value))

    def _negative_now(self) -> bool:
        """Whether the execution priority is negative, from the engine's live state."""
        return self._processor.execution_priority(self._exceptions) < 0

    def bypasses_mpu(self) -> bool:
        """Whether the MPU, enabled with HFNMIENA clear, sleeps because the execution priority is negative. [B3.5.3]"""
        return self._mpu.ctrl & 3 == 1 and self._exceptions.has_negative_priority(self._processor.registers.faultmask)

    # -- Memory: what the core asks, and GuestMemory ------------------------------------------------------------------

    def load(self, address: int, size: int, privileged: bool) -> bytes | Fault:
        """Load as the guest, through the MPU as it stands."""
        state = self._state
        if self.known is not None and not state.stale and not state.running and state.alone is None:
            known = self.known.load(address, size, privileged)
            if known is not None:
                return known
        if not self._grants(address, size, Access.READ, privileged) or not self._bus.is_present(address, size):
            fault = self.check(address, size, Access.READ, privileged)
            if fault is not None:
                return fault
        try:
            return self._bus.peek(address, size)
        except GuestAccessError:
            return self._load_pieces(address, size, privileged)

    def _load_pieces(self, address: int, size: int, privileged: bool) -> bytes | Fault:
        data = bytearray()
        while size:
            piece = 4 if size >= 4 and not address & 3 else 1
            value = self.read(address, piece, privileged)
            if isinstance(value, Fault):
                return value
            data += value.to_bytes(piece, "little")
            address, size = address + piece & 0xFFFF_FFFF, size - piece
        return bytes(data)

    def store(self, address: int, data: bytes, privileged: bool, negative: bool | None = None) -> Fault | None:
        """Store as the guest, through the MPU as it stands; nothing is stored when the MPU refuses any of it.

        ``negative`` as for ``check``.
        """
        if not data:
            return None
        state = self._state
        is_asked = negative is None and not state.stale and not state.running and state.alone is None
        if is_asked and self.known is not None and self.known.store(address, data, privileged):
            return None
        is_plain = negative is None and self._grants(address, len(data), Access.WRITE, privileged)
        if is_plain and self._bus.poke_page(address, data):
            return None
        fault = self._refused(address, len(data), Access.WRITE, privileged, negative)
        if fault is not None:
            return fault
        if self._bus.poke_page(address, data):
            return None
        fault = self._absent(address, len(data), Access.WRITE)
        if fault is not None:
            return fault
        if self._bus.is_writable(address, len(data)):
            self._bus.poke(address, data)
            return None
        offset = 0
        while offset < len(data):
            piece = 4 if len(data) - offset >= 4 and not (address + offset) & 3 else 1
            value = int.from_bytes(data[offset : offset + piece], "little")
            fault = self.write(address + offset & 0xFFFF_FFFF, piece, value, privileged)
            if fault is not None:
                return fault
            offset += piece
        return None

    def load_vector(self, address: int) -> int | None:
        """Read a vector with the default memory map."""
        return self._bus.read(address, 4)

    def peek(self, address: int, size: int) -> bytes:
        """Memory as the debugger sees it."""
        return self._bus.peek(address, size)

    def poke(self, address: int, data: bytes) -> None:
        """Store as the debugger or the loader."""
        if not self._bus.poke_page(address, data):
            self._bus.poke(address, data)
