"""Who hears of what happens in a run, and what the C half noted for them.

Events that Python makes are handed on at once. What happens in the C half (exceptions taken and returned from, regions
of the MPU) it notes in shared memory (native/noted.c). Observers get that before anything that Python tells, and before
it is full: so they hear of everything in order, and the run is the one that nobody observes.

An observer that is in no hurry (``hear_all``) gets both together between two runs of the C half, whoever else listens.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Sequence

from emulator.annotations import Protocol
from emulator.engine import shared_state
from emulator.engine.shared_state import NOTED_EVENTS, NOTHING_STACKED, NotedEvent, State
from emulator.machine.events import Event, ExceptionReturned, ExceptionTaken, MpuWritten

_CLASSES: dict[str, type[Event]] = {event.kind: event for event in (ExceptionTaken, ExceptionReturned, MpuWritten)}
NOTED = [_CLASSES[kind] for kind in shared_state.NOTED]
"""The classes of what the C half notes, by the numbers that it notes it as."""
_LAYOUT = struct.Struct("<QIiII")

Noted = tuple[int, int, int, int, int]
"""One noted event: the time, the place of its class in NOTED, and its other fields; what it does not have is 0."""

Observer = Callable[[Event], None]


Told = tuple[int, Event]
"""An event that Python told, and how many noted ones came before it since they were handed on last."""
MOST_TOLD = 4096
"""Events that are kept for an observer in no hurry."""


class PatientObserver(Protocol):
    """An observer that needs not hear at once, and takes what was noted as it was noted: no event is made for it."""

    def __call__(self, event: Event) -> None:
        """Hear of what Python tells."""

    def hear_all(self, told: Sequence[Told], noted: Sequence[Noted]) -> None:
        """Hear of what happened since the last time; what is told may have been completed since it happened."""


class HostSide:
    """What belongs to whoever runs the machine: going back in the run leaves it as it is."""

    __slots__ = ()


class Observers(HostSide):
    """The observers of a machine."""

    def __init__(self, shared: State) -> None:
        self._shared = shared
        self._all: list[tuple[Observer, bool]] = []
        self._prompt: list[Observer] = []
        self._patient: list[Callable[[Sequence[Told], Sequence[Noted]], None]] = []
        self.is_anybody = False
        """Whether anybody hears of what happens now."""
        self.on_console: Callable[[str, bytes], None] = lambda channel, data: None
        """Hears of console output: the channel, and what was sent to it."""
        self.is_replay = False
        """Whether what happens has happened before, and was told."""
        self._told: list[Told] = []
        self._handed_on = 0
        """How much of what is noted those in a hurry have heard."""
        self.is_full = False
        """Whether it is time to ``make_room``; the ring of what is noted is looked at by itself."""
        noted = (NotedEvent * NOTED_EVENTS)()
        assert ctypes.sizeof(NotedEvent) == _LAYOUT.size
        self._view = memoryview(noted).cast("B")
        shared.noted = ctypes.addressof(noted)
        self.at_once = False
        """Whether exceptions are to be heard of when they are taken, not noted: an observer may end the run there."""

    def __bool__(self) -> bool:
        return self.is_anybody

    def append(self, observer: Observer, *, hears_replays: bool = False) -> None:
        """Let ``observer`` hear of everything from now on; a PatientObserver later.

        ``hears_replays``: also of what happens again, as after going back in time.
        """
        self.catch_up()
        self._all.append((observer, hears_replays))
        self._choose()

    def remove(self, observer: Observer) -> None:
        """Let ``observer`` hear of nothing from now on; harmless where it does not listen."""
        self.catch_up()
        self._all = [one for one in self._all if one[0] != observer]
        self._choose()

    def clear(self) -> None:
        """Let nobody hear of anything from now on."""
        self.catch_up()
        self._all.clear()
        self._choose()

    def set_replay(self, is_replay: bool) -> None:
        """What happens from now on has happened before, or is new again."""
        self.catch_up()
        self.is_replay = is_replay
        self._choose()

    def _choose(self) -> None:
        heard = [observer for observer, hears in self._all if hears or not self.is_replay]
        self._patient = [hear_all for one in heard if (hear_all := getattr(one, "hear_all", None)) is not None]
        self._prompt = [one for one in heard if not hasattr(one, "hear_all")]
        self.is_anybody = self._shared.observed = bool(heard)

    def emit(self, event: Event) -> None:
        """Hand ``event`` to every observer, after what was noted before it."""
        if self._prompt:
            self._hand_on()
            for observer in self._prompt:
                observer(event)
        if self._patient:
            self._told.append((self._shared.noted_count, event))
            self.is_full = len(self._told) > MOST_TOLD

    def make_room(self) -> None:
        """Between two runs of the C half, or two traps: hand on what was kept when there is little room for more."""
        if self.is_full or self._shared.noted_count > NOTED_EVENTS // 2:
            self.catch_up()

    def _hand_on(self) -> None:
        """Hand what was noted to those in a hurry."""
        first, self._handed_on = self._handed_on, self._shared.noted_count
        if first < self._handed_on:
            for one in self._noted(first):
                event = noted_event(one)
                for observer in self._prompt:
                    observer(event)

    def _noted(self, first: int) -> list[Noted]:
        return list(_LAYOUT.iter_unpack(self._view[first * _LAYOUT.size : self._shared.noted_count * _LAYOUT.size]))

    def catch_up(self) -> None:
        """Hand on what was noted, and what was kept."""
        if not self._shared.noted_count and not self._told:
            return
        if self._prompt:
            self._hand_on()
        noted = self._noted(0)
        told, self._told, self.is_full = self._told, [], False
        self._shared.noted_count = self._handed_on = 0
        for hear_all in self._patient:
            hear_all(told, noted)


def noted_event(noted: Noted) -> Event:
    """Return the event that was noted so."""
    time, kind, number, first, second = noted
    if NOTED[kind] is ExceptionReturned:
        return ExceptionReturned(time, number, first)
    if NOTED[kind] is ExceptionTaken:
        return ExceptionTaken(time, number, None if first == NOTHING_STACKED else first, second)
    return MpuWritten(time, number, first, second)
