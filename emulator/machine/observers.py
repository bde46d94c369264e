"""Who hears of what happens in a run, and what the C half noted for them.

Events that Python makes are handed on at once. What happens in the C half (exceptions taken and returned from, regions
of the MPU) it notes in shared memory (native/noted.c). Observers get that before anything that Python tells, and before
it is full: so they hear of everything in order, and the run is the one that nobody observes.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterable

from emulator.annotations import Protocol
from emulator.engine import shared_state
from emulator.engine.shared_state import NOTED_EVENTS, NotedEvent, State
from emulator.machine.events import Event, ExceptionReturned, ExceptionTaken, MpuWritten

_CLASSES: dict[str, type[Event]] = {event.kind: event for event in (ExceptionTaken, ExceptionReturned, MpuWritten)}
NOTED = [_CLASSES[kind] for kind in shared_state.NOTED]
"""The classes of what the C half notes, by the numbers that it notes it as."""
_LAYOUT = struct.Struct("<QIiII")

Noted = tuple[int, int, int, int, int]
"""One noted event: the time, the place of its class in NOTED, and its other fields; what it does not have is 0."""

Observer = Callable[[Event], None]


class NotedObserver(Protocol):
    """An observer that takes what was noted as it was noted: no event is made for it."""

    def __call__(self, event: Event) -> None:
        """Hear of what Python tells."""

    def hear_noted(self, noted: Iterable[Noted]) -> None:
        """Hear of what the C half noted since the last event."""


class Observers:
    """The observers of a machine."""

    def __init__(self, shared: State) -> None:
        self._shared = shared
        self._observers: list[Observer] = []
        self._all: list[tuple[Observer, bool]] = []
        self.on_console: Callable[[str, bytes], None] = lambda channel, data: None
        """Hears of console output: the channel, and what was sent to it."""
        self.is_replay = False
        """Whether what happens has happened before, and was told."""
        noted = (NotedEvent * NOTED_EVENTS)()
        assert ctypes.sizeof(NotedEvent) == _LAYOUT.size
        self._view = memoryview(noted).cast("B")
        shared.noted = ctypes.addressof(noted)
        self.at_once = False
        """Whether exceptions are to be heard of when they are taken, not noted: an observer may end the run there."""

    def __bool__(self) -> bool:
        return bool(self._observers)

    def append(self, observer: Observer, *, hears_replays: bool = False) -> None:
        """Let ``observer`` hear of everything from now on; a NotedObserver in its own way.

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
        self._observers = [observer for observer, hears in self._all if hears or not self.is_replay]
        self._shared.observed = bool(self._observers)

    def emit(self, event: Event) -> None:
        """Hand ``event`` to every observer, after what was noted before it."""
        if self._shared.noted_count:
            self.catch_up()
        for observer in self._observers:
            observer(event)

    def make_room(self) -> None:
        """Between two runs of the C half: hand on what was noted when there is little room for more."""
        if self._shared.noted_count > NOTED_EVENTS // 2:
            self.catch_up()

    def catch_up(self) -> None:
        """Hand on what was noted."""
        count, self._shared.noted_count = self._shared.noted_count, 0
        if not count:
            return
        noted = list(_LAYOUT.iter_unpack(self._view[: count * _LAYOUT.size]))
        for observer in self._observers:
            hear_noted = getattr(observer, "hear_noted", None)
            if hear_noted is not None:
                hear_noted(noted)
            else:
                for one in noted:
                    observer(_event(one))


def _event(noted: Noted) -> Event:
    time, kind, number, first, second = noted
    if NOTED[kind] is ExceptionReturned:
        return ExceptionReturned(time, number, first)
    return (ExceptionTaken if NOTED[kind] is ExceptionTaken else MpuWritten)(time, number, first, second)
