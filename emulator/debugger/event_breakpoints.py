"""Breakpoints on what observers hear of: an exception, a switch, a change of rights. And guards: memory of which one
thread's accesses are watched.

A condition is a function of an event: it answers what to tell the user, or None. A run that meets one ends with
AtEvent, a value of the event alone, so that a stretch which is executed again ends there again. While there is none
nobody observes, and the program runs as fast as without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.armv7m.faults import exception_name
from emulator.debugger.stops import AtEvent
from emulator.machine.events import Event, ExceptionReturned, ExceptionTaken
from emulator.machine.machine import Machine
from emulator.records import dataclass

Condition = Callable[[Event], "str | None"]
INTERNAL = 0
"""The number of a stop that only the debugger wants: the user does not hear of it."""


@dataclass(frozen=True, slots=True)
class EventBreakpoint:
    """A breakpoint on an event. ``words`` is how a list shows it.

    ``at_once``: the condition is about what the C half may note for later. ``follows`` answers the thread that is to be
    on the processor before the user hears of the event, None for nobody.
    """

    words: str
    condition: Condition
    at_once: bool = False
    follows: int | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """``size`` bytes at ``address``, of which the accesses of ``thread`` are watched; ``words`` as above."""

    words: str
    thread: int
    address: int
    size: int


class EventBreakpoints:
    """The event breakpoints and guards of ``machine``, by their numbers."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._next = 1
        self.breakpoints: dict[int, EventBreakpoint] = {}
        self.guards: dict[int, Guard] = {}
        self.switches: Condition | None = None
        """Answers when another thread comes on the processor; the kernel's, None where no kernel is known."""

    def add(self, breakpoint_: EventBreakpoint | Guard) -> int:
        """Set one; return its number."""
        number, self._next = self._next, self._next + 1
        if isinstance(breakpoint_, Guard):
            self.guards[number] = breakpoint_
        else:
            self.breakpoints[number] = breakpoint_
        self._observe()
        return number

    def remove(self, number: int) -> bool:
        """Take one away; whether there was one."""
        found = self.breakpoints.pop(number, None) or self.guards.pop(number, None)
        self._observe()
        return found is not None

    def clear(self) -> None:
        """Take all away."""
        self.breakpoints.clear()
        self.guards.clear()
        self._observe()

    def rows(self) -> Iterable[tuple[int, str]]:
        """Return the number and the words of each, in order."""
        words = {number: one.words for number, one in self.breakpoints.items()}
        return sorted((words | {number: guard.words for number, guard in self.guards.items()}).items())

    def guarding(self, thread: int) -> list[tuple[int, Guard]]:
        """Return the guards that watch ``thread``."""
        return [(number, guard) for number, guard in self.guards.items() if guard.thread == thread]

    def _observe(self) -> None:
        observers = self._machine.observers
        observers.remove(self)
        if self.breakpoints or self.guards:
            observers.append(self, hears_replays=True)
        observers.at_once = any(one.at_once for one in self.breakpoints.values())

    def __call__(self, event: Event) -> None:
        """Hear of ``event``: end the run where a condition is met."""
        for number, one in self.breakpoints.items():
            words = one.condition(event)
            if words is not None:
                self._machine.stop(AtEvent(event.time, number, words, one.follows))
                return
        if self.guards and self.switches is not None and self.switches(event) is not None:
            self._machine.stop(AtEvent(event.time, INTERNAL, "", None))


def on_exception(exception: int) -> EventBreakpoint:
    """Return a breakpoint on the entry of an exception's handler."""
    name = exception_name(exception)
    returned = ""

    def condition(event: Event) -> str | None:
        nonlocal returned
        if isinstance(event, ExceptionReturned):
            returned = exception_name(event.exception)
        if not isinstance(event, ExceptionTaken) or event.exception != exception:
            return None
        if event.return_address is None:
            return f"{name} is taken, tail-chained to the return from {returned}"
        return f"{name} is taken; it interrupts 0x{event.return_address:08x}"

    return EventBreakpoint(f"exception {name}", condition, at_once=True)
