"""WFI, WFE and SLEEPONEXIT: virtual time passes until something wakes the core. [B1.5.18, B1.5.19]"""

from __future__ import annotations

from collections.abc import Callable

from emulator.armv7m.core import Core
from emulator.devices.clock import NEVER, VirtualClock
from emulator.machine.run_state import RunState

MAX_IDLE_EVENTS = 1_000_000


class Sleep:
    """The sleep of ``core``."""

    def __init__(self, core: Core, clock: VirtualClock, state: RunState) -> None:
        self._core = core
        self._clock = clock
        self._state = state

    def for_interrupt(self) -> bool:
        """Sleep as WFI does. False when nothing can wake the core."""
        return self._sleep(self._wfi_wakes)

    def for_event(self) -> bool:
        """Sleep as WFE does, unless the event register is set. False when nothing can wake the core."""
        return self._sleep(self._wfe_wakes)

    def _wfi_wakes(self) -> bool:
        """WFI ends for an exception that would preempt if PRIMASK were clear. [B1.5.19]"""
        exceptions, regs = self._core.exceptions, self._core.registers
        candidate = exceptions.most_urgent_pending()
        if candidate is None:
            return False
        return exceptions.preempts(candidate, exceptions.execution_priority(0, regs.faultmask, regs.basepri))

    def _wfe_wakes(self) -> bool:
        if self._core.event_register:
            self._core.event_register = False
            return True
        return self._wfi_wakes()

    def _sleep(self, wakes: Callable[[], bool]) -> bool:
        """Let virtual time pass until ``wakes()``, or the run is asked to end."""
        for _ in range(MAX_IDLE_EVENTS):
            if wakes() or self._state.is_asked_to_end:
                return True
            time = self._clock.next_waking_time()
            if time >= NEVER:
                break
            self._clock.skip_to(time)
            self._clock.run_due()
        return False
