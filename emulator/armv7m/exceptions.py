"""Which exceptions are enabled, pending and active, how urgent they are, and which one is taken next. [B1.5]

Three integers hold the truth, one bit an exception number: ``enabled``, ``pending``, ``active``. NVIC_ISER, ICSR,
SHCSR and their like are views of them (scb.py, nvic.py); ``lines`` says which interrupt lines are high. Priorities are
the 8-bit register values with the board's unimplemented low bits zero; a smaller number is more urgent, so compare
with ``preempts``.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.armv7m.faults import ExceptionNumber
from emulator.bits import set_bits

FIXED_PRIORITIES = {ExceptionNumber.RESET: -3, ExceptionNumber.NMI: -2, ExceptionNumber.HARD_FAULT: -1}
_NEGATIVE = sum(1 << exception for exception in FIXED_PRIORITIES)
THREAD_PRIORITY = 256  # "lower than every configurable priority" [B1.5.4, ExecutionPriority()]
ALWAYS_ENABLED = sum(
    1 << n
    for n in (
        ExceptionNumber.RESET,
        ExceptionNumber.NMI,
        ExceptionNumber.HARD_FAULT,
        ExceptionNumber.SVCALL,
        ExceptionNumber.DEBUG_MONITOR,  # gated by DEMCR.MON_EN where it is raised, not here
        ExceptionNumber.PENDSV,
        ExceptionNumber.SYSTICK,
    )
)


class Exceptions:
    """Exception state of one core with ``irq_count`` external interrupts and ``priority_bits`` of priority."""

    def __init__(self, irq_count: int, priority_bits: int) -> None:
        if not 0 <= irq_count <= 240:
            raise ValueError(f"irq_count must be 0..240, not {irq_count}")
        if not 3 <= priority_bits <= 8:
            raise ValueError(f"priority_bits must be 3..8, not {priority_bits}")
        self.irq_count = irq_count
        self.count = 16 + irq_count
        self.priority_mask = 0xFF & ~((1 << (8 - priority_bits)) - 1)
        self.on_pend: Callable[[], None] = lambda: None  # the machine asks to be told: it must stop soon
        self.on_inactive_to_pending: Callable[[], None] = lambda: None  # what SCR.SEVONPEND turns into an event
        self.taken = 0
        """How often ExceptionTaken() was: with the instructions executed it tells where a run is."""
        self.reset()

    def reset(self) -> None:
        """Reset values: only the always-enabled exceptions are enabled, nothing pends, nothing is active."""
        self.enabled = ALWAYS_ENABLED
        self.pending = 0
        self.active = 0
        self.lines = 0
        self.prigroup = 0
        self.priorities = [0] * self.count
        for number, priority in FIXED_PRIORITIES.items():
            self.priorities[number] = priority
        self.group_mask = ~1

    # -- state ---------------------------------------------------------------------------------------------------

    def pend(self, exception: int) -> None:
        """Make ``exception`` pending."""
        self.pend_all(1 << exception)

    def pend_all(self, exceptions: int) -> None:
        """Make every exception pending whose bit is set in ``exceptions``."""
        newly = exceptions & ~(self.pending | self.active)
        self.pending |= exceptions
        if newly:
            self.on_inactive_to_pending()
        self.on_pend()

    def deactivate(self, exception: int) -> None:
        """The handler of ``exception`` has returned: it pends again when its interrupt line is still high. [B3.4]"""
        self.active &= ~(1 << exception)
        if self.lines >> exception & 1:
            self.pend(exception)

    def unpend(self, exception: int) -> None:
        """Make ``exception`` not pending."""
        self.pending &= ~(1 << exception)

    def is_pending(self, exception: int) -> bool:
        """Whether ``exception`` is pending."""
        return bool(self.pending >> exception & 1)

    def is_active(self, exception: int) -> bool:
        """Whether ``exception`` is active (its handler has begun and not returned)."""
        return bool(self.active >> exception & 1)

    def is_enabled(self, exception: int) -> bool:
        """Whether ``exception`` is enabled."""
        return bool(self.enabled >> exception & 1)

    def set_enabled(self, exception: int, enabled: bool) -> None:
        """Enable or disable ``exception``; enabling may let a pending one be taken."""
        if enabled:
            self.enabled |= 1 << exception
            self.on_pend()
        else:
            self.enabled &= ~(1 << exception)

    # -- priority ------------------------------------------------------------------------------------------------

    def set_prigroup(self, prigroup: int) -> None:
        """AIRCR.PRIGROUP: bits above ``prigroup`` of a priority decide preemption. [B1.5.4]"""
        self.prigroup = prigroup & 7
        self.group_mask = ~((2 << self.prigroup) - 1)
        self.on_pend()

    def set_priority(self, exception: int, priority: int) -> None:
        """Store an 8-bit priority; unimplemented bits read as zero."""
        self.priorities[exception] = priority & self.priority_mask
        self.on_pend()

    def group_priority(self, priority: int) -> int:
        """Return the group priority: fixed priorities are negative and stay as they are."""
        return priority if priority < 0 else priority & self.group_mask

    def is_any_active(self, exceptions: int) -> bool:
        """Whether one of ``exceptions``, a set of numbers below 64 with a bit each, is active."""
        return bool(self.active & exceptions)

    def has_negative_priority(self, faultmask: int) -> bool:
        """Whether ExecutionPriority() is below zero: FAULTMASK, HardFault or NMI. [B1.5.4]"""
        return bool(faultmask) or self.is_any_active(_NEGATIVE)

    def execution_priority(self, primask: int, faultmask: int, basepri: int) -> int:
        """ExecutionPriority(): of the active exceptions and the mask registers. [B1.5.4]"""
        highest = THREAD_PRIORITY
        active = self.active
        while active:
            low = active & -active
            active ^= low
            priority = self.priorities[low.bit_length() - 1]
            if priority >= 0:
                priority &= self.group_mask
            highest = min(highest, priority)
        boosted = THREAD_PRIORITY
        if basepri:
            boosted = basepri & self.group_mask & 0xFF
        if primask & 1:
            boosted = 0
        if faultmask & 1:
            boosted = -1
        return min(boosted, highest)

    def most_urgent_pending(self) -> int | None:
        """Return the pending, enabled exception that would be taken first, or None.

        Lowest priority value first; of equal priorities the lowest exception number. [B1.5.4]
        """
        candidates = self.pending & self.enabled
        if not candidates:
            return None
        best, best_priority = None, 0
        for exception in set_bits(candidates):
            priority = self.priorities[exception]
            if best is None or priority < best_priority:
                best, best_priority = exception, priority
        return best

    def preempts(self, exception: int, execution_priority: int) -> bool:
        """Whether ``exception`` is more urgent than code running at ``execution_priority``."""
        return self.group_priority(self.priorities[exception]) < execution_priority
