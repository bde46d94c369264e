"""What follows from a change of the MPU's registers: the engine forgets rights, and who listens is told.

The C half does the same for the changes that it makes itself (native/system_space.c), unless somebody wants to hear of
maps: then all changes come here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.machine.events import MpuWritten
from emulator.machine.parts import Parts


class MpuChanges:
    """Hears of the changes of the MPU of ``parts``."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._on_map: Callable[[], None] | None = None
        parts.mpu.on_change, parts.mpu.on_install = self._changed, self._installed

    def hear(self, hear: Callable[[], None] | None) -> None:
        """Call ``hear`` after each change, before anything else executes; None: nobody wants to know."""
        self._on_map = hear
        self._parts.shared.tells_maps = hear is not None

    def _changed(self, region: int) -> None:
        """The words of ``region`` have changed, or MPU_CTRL (-1)."""
        parts = self._parts
        if parts.state.running:
            parts.engine.pages.flush(parts.memory.memory_map())
            is_held = parts.engine.pages.hold_fetches()
            if region < 0 or is_held or not parts.engine.pages.may_go_on():  # MPU_CTRL decides what the masks change
                parts.processor.stop_soon()
        else:
            parts.state.stale = True
        if parts.observers:
            words = (0, parts.mpu.ctrl) if region < 0 else (parts.mpu.rbar[region], parts.mpu.rasr[region])
            parts.observers.emit(MpuWritten(parts.clock.now, region, *words))
        if self._on_map is not None:
            self._on_map()

    def _installed(self, changed: Callable[[], Iterable[tuple[int, int, int]]]) -> None:
        """All regions were written at once, between two runs; ``changed()`` are those that differ."""
        parts = self._parts
        parts.state.stale = True
        if parts.observers:
            now = parts.clock.now
            for words in changed():
                parts.observers.emit(MpuWritten(now, *words))
        if self._on_map is not None:
            self._on_map()
