"""Who set up the MPU region that refused an access, in a program with MPU code of its own."""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.armv7m.mpu_explain import describe_size
from emulator.armv7m.mpu_region import decode_region
from emulator.diagnosis.definitions import effect_at
from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay
from emulator.machine.events import Event, MpuWritten
from emulator.trace.why import WhyStep

MPU_CTRL, MPU_RBAR, MPU_END = 0xE000_ED94, 0xE000_ED9C, 0xE000_EDB8
"""MPU_CTRL; MPU_RBAR, MPU_RASR and their three aliases. [B3.5.1]"""
CONTROL = -1
"""What stands for MPU_CTRL where regions have numbers."""
ENABLE, PRIVDEFENA = 1, 4


class RegionWrite(NamedTuple):
    """The region as it was after a change at ``time``."""

    time: int
    rbar: int
    rasr: int


def watch_region(replay: Replay, region: int | None) -> list[RegionWrite]:
    """Return a list that the changes of ``region`` come into while the second run goes to its end."""
    writes: list[RegionWrite] = []

    def note(event: Event) -> None:
        if isinstance(event, MpuWritten) and event.region == region:
            writes.append(RegionWrite(event.time, event.rbar, event.rasr))

    if region is not None:
        replay.machine.observers.append(note)
    return writes


class LostRegions:
    """The regions that had covered ``address`` and do not any more, noted while the second run goes to its end."""

    def __init__(self, replay: Replay, address: int) -> None:
        self._replay = replay
        self._address = address
        self._words: dict[int, RegionWrite] = {}
        self._lost: dict[int, tuple[RegionWrite, RegionWrite]] = {}
        self._is_open = True
        replay.machine.observers.append(self._note)

    def _note(self, event: Event) -> None:
        if not isinstance(event, MpuWritten) or event.region == CONTROL or not self._is_open:
            return
        now = RegionWrite(event.time, event.rbar, event.rasr)
        before = self._words.get(event.region)
        self._words[event.region] = now
        if self._covers(now):
            self._lost.pop(event.region, None)
        elif before is not None and self._covers(before):
            self._lost[event.region] = before, now

    def _covers(self, write: RegionWrite) -> bool:
        region = decode_region(write.rbar, write.rasr)
        return region.is_usable and region.covers(self._address)

    def tell(self, steps: list[WhyStep]) -> None:
        """Say which region covered the address last, and who made another one of it."""
        self._is_open = False
        if not self._lost:
            return
        number, (before, now) = max(self._lost.items(), key=lambda one: one[1][1].time)
        region = decode_region(before.rbar, before.rasr)
        if now.rbar != before.rbar:
            words = f"gave MPU region {number} another base, 0x{now.rbar & ~31:08x}"
        elif decode_region(now.rbar, now.rasr).enabled:
            words = f"gave MPU region {number} another size, 0x{now.rasr:08x}"
        else:
            words = f"disabled MPU region {number}"
        size = describe_size(region.size)
        words += f": until then it had covered 0x{self._address:08x} (0x{region.base:08x}, {size})"
        _tell(self._replay, steps, now.time, words)


def tell_region(replay: Replay, steps: list[WhyStep], region: int, writes: list[RegionWrite]) -> None:
    """Say who gave ``region`` the base, and the size and rights, that it had at the end."""
    last = writes[-1]
    if region == CONTROL:
        on = next((one for one in writes if _stays(writes, one, "rasr")), last)
        if on.rasr & ENABLE and not on.rasr & PRIVDEFENA:
            words = f"enabled the MPU without PRIVDEFENA (MPU_CTRL 0x{on.rasr:x}): but for the regions nothing is open"
            _tell(replay, steps, on.time, words, MPU_CTRL)
        return
    base = next(one for one in writes if one.rbar == last.rbar and _stays(writes, one, "rbar"))
    rights = next(one for one in writes if one.rasr == last.rasr and _stays(writes, one, "rasr"))
    if base.time != rights.time:
        _tell(replay, steps, base.time, f"gave MPU region {region} its base, 0x{last.rbar & ~31:08x}")
    _tell(replay, steps, rights.time, f"gave MPU region {region} its size and rights, 0x{last.rasr:08x}")


def _stays(writes: list[RegionWrite], write: RegionWrite, field: str) -> bool:
    """Whether a field is the same from ``write`` on to the last one."""
    return all(getattr(one, field) == getattr(write, field) for one in writes[writes.index(write) :])


def _tell(replay: Replay, steps: list[WhyStep], time: int, words: str, register: int = MPU_RBAR) -> None:
    """Say it of the store to the MPU's registers at ``time``; nothing where that is none."""
    for moment in (time - 1, time):
        replay.traveller.goto_time(moment)
        state = replay.here()
        found = effect_at(replay, state)
        for stored in found[1].stored if found is not None else ():
            if register <= stored.memory.address(state.registers, state.pc) + stored.place < MPU_END:
                where, now = where_is(replay), replay.machine.clock.now
                text = f"{where.words} {words}, at {now:,}"
                steps.append(WhyStep("memory", text, now, state.pc, where.place, where.caller, where.thread))
                return
