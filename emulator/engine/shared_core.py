"""The architecture's state where the C half can use it: exceptions, MPU and a few registers as views of shared memory.

Each class is the one of emulator/armv7m with its plain attributes kept in ``State`` instead, so all behaviour is that
of the base class, and what native/exceptions.c changes is changed here, too.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence

from emulator.annotations import Any
from emulator.armv7m.core import Registers
from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.mpu import MPU
from emulator.armv7m.mpu_region import RASR_WRITABLE, RBAR_ADDR, Slot
from emulator.armv7m.scs import SystemControlSpace
from emulator.engine.shared_state import EXCEPTION_WORDS, MAX_REGIONS, MemoryMap, State

GENERAL = 13
"""R0 to R12 are the first of the shared values."""


def _number(name: str) -> Any:
    """One integer of the state."""

    def get(owner: Any) -> int:
        value: int = getattr(owner.shared, name)
        return value

    def put(owner: Any, value: int) -> None:
        setattr(owner.shared, name, value)

    return property(get, put)


def _bit_set(name: str) -> Any:
    """An integer with one bit an exception, in several words of the state."""

    def get(owner: Any) -> int:
        return int.from_bytes(owner.views[name], "little")

    def put(owner: Any, value: int) -> None:
        owner.views[name][:] = value.to_bytes(8 * EXCEPTION_WORDS, "little")

    return property(get, put)


def _bytes_of(shared: Any) -> memoryview:
    """Return the bytes of a part of the state, to read and to write."""
    return memoryview((ctypes.c_uint8 * ctypes.sizeof(shared)).from_buffer(shared)).cast("B")


def _register(place: int) -> Any:
    """One of the core registers."""

    def get(owner: Any) -> int:
        value: int = owner.values[place]
        return value

    def put(owner: Any, value: int) -> None:
        owner.values[place] = value

    return property(get, put)


class SharedRegisters(Registers):
    """See Registers. The FP registers stay in Python."""

    def __init__(self, shared: State) -> None:
        self.values = shared.values
        self._r = (ctypes.c_uint64 * GENERAL).from_buffer(shared.values)
        super().__init__()

    @property
    def r(self) -> Any:
        """R0 to R12."""
        return self._r

    @r.setter
    def r(self, values: Sequence[int]) -> None:
        self._r[:] = list(values)

    msp = _register(GENERAL)
    psp = _register(GENERAL + 1)
    lr = _register(GENERAL + 2)
    pc = _register(GENERAL + 3)
    xpsr = _register(GENERAL + 4)
    primask = _register(GENERAL + 5)
    basepri = _register(GENERAL + 6)
    faultmask = _register(GENERAL + 7)
    control = _register(GENERAL + 8)


class SharedExceptions(Exceptions):
    """See Exceptions."""

    def __init__(self, irq_count: int, priority_bits: int, shared: State) -> None:
        self.shared = shared
        self._active = shared.active
        self.views = {name: _bytes_of(getattr(shared, name)) for name in ("enabled", "pending", "active", "lines")}
        super().__init__(irq_count, priority_bits)

    def pend(self, exception: int) -> None:
        """See Exceptions."""
        pending, word, bit = self.shared.pending, exception >> 6, 1 << (exception & 63)
        before = pending[word]
        pending[word] = before | bit
        if not (before | self.shared.active[word]) & bit:
            self.on_inactive_to_pending()
        self.on_pend()

    def is_any_active(self, exceptions: int) -> bool:
        """See Exceptions."""
        return bool(self._active[0] & exceptions)

    enabled = _bit_set("enabled")
    pending = _bit_set("pending")
    active = _bit_set("active")
    lines = _bit_set("lines")
    group_mask = _number("group_mask")
    taken = _number("taken")

    @property
    def priorities(self) -> Any:
        """The 8-bit priorities, negative ones for reset, NMI and HardFault."""
        return self.shared.priorities

    @priorities.setter
    def priorities(self, values: Sequence[int]) -> None:
        self.shared.priorities[: len(values)] = values


MOST_DIFFERENCES = 256
"""Pairs of memory maps of which is remembered in which regions they differ."""


class SharedMPU(MPU):
    """See MPU. The C half changes regions, too: then what was decoded from them is decoded again."""

    def __init__(self, regions: int, shared: State) -> None:
        self.shared = shared
        shared.regions = regions
        self._decoded_changes = 0
        words = ctypes.c_uint32 * regions
        self._words = shared.map  # each look at a part of a structure makes an object
        self._rbar = words.from_buffer(shared.map.rbar)
        self._rasr = words.from_buffer(shared.map.rasr)
        self._map = _bytes_of(shared.map)
        self._regions = self._map[MemoryMap.rbar.offset :]
        self._differences: dict[tuple[bytes, bytes], list[tuple[int, int, int]]] = {}
        super().__init__(regions)

    rnr = _number("rnr")

    @property
    def ctrl(self) -> int:
        """MPU_CTRL."""
        value: int = self._words.ctrl
        return value

    @ctrl.setter
    def ctrl(self, value: int) -> None:
        self._words.ctrl = value

    @property
    def rbar(self) -> Any:
        """MPU_RBAR of each region."""
        return self._rbar

    @rbar.setter
    def rbar(self, values: Sequence[int]) -> None:
        self._rbar[:] = list(values)

    @property
    def rasr(self) -> Any:
        """MPU_RASR of each region."""
        return self._rasr

    @rasr.setter
    def rasr(self, values: Sequence[int]) -> None:
        self._rasr[:] = list(values)

    def pack(self, words: Sequence[tuple[int, int]]) -> bytes:
        """See MPU."""
        rbar = [base & RBAR_ADDR for base, _ in words]
        rasr = [attributes & RASR_WRITABLE for _, attributes in words]
        unused = [0] * (MAX_REGIONS - len(words))
        return struct.pack(f"<{2 * MAX_REGIONS}I", *rbar, *unused, *rasr, *unused)

    def install(self, packed: Any) -> None:
        """See MPU. All are written at once, and one change is told."""
        if self._regions != packed:
            before = bytes(self._regions)
            self._regions[:] = packed
            self._forget_slots()
            self.on_install(lambda: self._differing(before, packed))

    def _differing(self, before: bytes, after: Any) -> list[tuple[int, int, int]]:
        """Return the regions that differ, with their new words; a few maps follow each other again and again."""
        maps = before, bytes(after)
        known = self._differences.get(maps)
        if known is None:
            words = [struct.unpack(f"<{2 * MAX_REGIONS}I", packed) for packed in maps]
            old, new = (list(zip(map[:MAX_REGIONS], map[MAX_REGIONS:], strict=True)) for map in words)
            known = [(number, *new[number]) for number in range(self.regions) if old[number] != new[number]]
            if len(self._differences) >= MOST_DIFFERENCES:
                self._differences.clear()
            self._differences[maps] = known
        return known

    def words(self, negative_priority: bool) -> bytes:
        """See MPU."""
        self.shared.map.negative = negative_priority
        return bytes(self._map)

    def _slots_of(self, privileged: bool) -> list[Slot]:
        if self._decoded_changes != self.shared.map_changes:
            self._decoded_changes = self.shared.map_changes
            self._forget_slots()
        slots = self._slots[privileged]
        return super()._slots_of(privileged) if slots is None else slots


class SharedSystemControlSpace(SystemControlSpace):
    """See SystemControlSpace."""

    def __init__(self, shared: State, *arguments: Any) -> None:
        self.shared = shared
        super().__init__(*arguments)

    vtor = _number("vtor")
    ccr = _number("ccr")
    scr = _number("scr")
    cpacr = _number("cpacr")
    fpccr = _number("fpccr")
    fpcar = _number("fpcar")
    fpdscr = _number("fpdscr")
    demcr = _number("demcr")
