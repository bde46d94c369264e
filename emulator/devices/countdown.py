"""A down counter that runs on virtual time: what the timers and watchdogs are made of.

Nothing happens at a tick. The value is worked out when somebody looks, and the clock is asked for a call only when
reaching zero would be noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emulator.annotations import Any
from emulator.armv7m.guest import Clock, Timer
from emulator.armv7m.systick import advance


class Alarm:
    """One call at one time, which can be moved. ``due`` is None while there is none."""

    def __init__(self, clock: Clock, callback: Callable[[], None]) -> None:
        self._clock = clock
        self._callback = callback
        self._timer: Timer | None = None
        self.due: int | None = None
        self._wakes = True

    def set(self, due: int | None, wakes: bool = True) -> None:
        """Call at ``due`` and at no other time; ``wakes``: see VirtualClock.call_at()."""
        if due == self.due and wakes == self._wakes:
            return
        if self._timer is not None:
            self._timer.cancel()
        self.due, self._wakes = due, wakes
        self._timer = None if due is None else self._clock.call_at(due, self._ring, wakes)

    def _ring(self) -> None:
        self.due = self._timer = None
        self._callback()

    def save(self) -> dict[str, Any]:
        """Return the state."""
        return {"due": self.due}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a state. The clock holds no call of ours."""
        self.due = self._timer = None
        self.set(state["due"])


class Countdown:
    """Counts down once every ``divider`` instructions; at zero it stays for one count and goes to ``limit``.

    With a limit of zero it stays at zero, and ``one_shot`` it stops there. ``expired(times)`` is called when it has
    reached zero, for all the times since it was last called; with ``alarmed`` set that is at the first block boundary
    afterwards, else whenever the value is next looked at.
    """

    STATE = ("limit", "divider", "running", "one_shot", "alarmed", "_value", "_since")

    def __init__(self, clock: Clock, expired: Callable[[int], None]) -> None:
        self._clock = clock
        self._expired = expired
        self._alarm = Alarm(clock, self._ring)
        self.reset(0, 0)

    def reset(self, value: int, limit: int) -> None:
        """Stop with ``value``, undivided."""
        self.limit = limit
        self.divider = 1
        self.running = self.one_shot = self.alarmed = False
        self._value = value
        self._since = 0
        self._schedule()

    @property
    def value(self) -> int:
        """The count now."""
        self.settle()
        return self._value

    def settle(self) -> None:
        """Bring the count up to now."""
        if not self.running:
            return
        ticks = (self._clock.now - self._since) // self.divider
        if ticks <= 0:
            return
        self._since += ticks * self.divider
        zeros, self._value = self._after(ticks)
        if zeros and self.one_shot:
            self.running = False
        if zeros:
            self._expired(zeros)

    def _after(self, ticks: int) -> tuple[int, int]:
        if self.one_shot and ticks >= self._value:
            return (1, 0) if self._value else (0, 0)
        return advance(self._value, self.limit, ticks)

    # Changing it: settle, change, and look when it expires next.

    def set_value(self, value: int) -> None:
        """Count on from ``value``."""
        self.settle()
        self._value = value
        self._since = self._clock.now
        self._schedule()

    def set_limit(self, limit: int) -> None:
        """Go to ``limit`` after the next zero; the count goes on."""
        self.settle()
        self.limit = limit
        self._schedule()

    def run(self, one_shot: bool = False) -> None:
        """Count, from the value it holds."""
        self.settle()
        self.one_shot = one_shot
        if not self.running:
            self.running = True
            self._since = self._clock.now
        self._schedule()

    def stop(self) -> None:
        """Hold the value."""
        self.settle()
        self.running = False
        self._schedule()

    def set_divider(self, divider: int) -> None:
        """Count once every ``divider`` instructions from now on."""
        self.settle()
        if divider != self.divider:
            self.divider = divider
            self._since = self._clock.now
        self._schedule()

    def set_alarmed(self, alarmed: bool) -> None:
        """Say whether reaching zero must be noticed when it happens."""
        self.settle()
        self.alarmed = alarmed
        self._schedule()

    def _schedule(self) -> None:
        ticks = self._value or (self.limit + 1 if self.limit and not self.one_shot else 0)
        if self.running and self.alarmed and ticks:
            self._alarm.set(self._since + ticks * self.divider)
        else:
            self._alarm.set(None)

    def _ring(self) -> None:
        self.settle()
        self._schedule()

    def save(self) -> dict[str, Any]:
        """Return the state."""
        return {name: getattr(self, name) for name in self.STATE}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a state. The clock holds no call of ours."""
        for name in self.STATE:
            setattr(self, name, state[name])
        self._alarm.restore({"due": None})
        self._schedule()
