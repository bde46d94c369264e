"""What a thread of RTEMS 6 waits for: the object that the thread queue is in which it is on, or events.

``_Thread_Control`` begins as each object of the Classic API does that threads wait at: with the object's id and name,
and its thread queue. So a queue leads to its object, and the queue of those who join a thread to that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from emulator.annotations import NamedTuple
from emulator.kernels.guest_data import GuestData
from emulator.kernels.kernel import READY

NAME = "Object.name.name_u32"
"""Where the four characters of an object's name are."""
_QUEUE = "Join_queue.Queue"
_NEEDED = ("Wait.queue", _QUEUE, f"{_QUEUE}.name", f"{_QUEUE}.owner")
_MUTEX, _EVENT, _JOIN = 0x0000_0001, 0x0000_0004, 0x0000_4000
_STATES = (
    (0x8000_0000, "is dormant"),
    (0x4000_0000, "has ended"),
    (_MUTEX, "waits for a mutex"),
    (0x0000_0002, "waits for a semaphore"),
    (0x0000_0008, "waits for a system event"),
    (0x0000_0010, "waits for a message"),
    (0x0000_0020, "waits for a condition variable"),
    (0x0000_0040, "waits for a futex"),
    (0x0000_0080, "waits for a wakeup"),
    (0x0000_0200, "waits for its period"),
    (0x0000_0400, "waits for a signal"),
    (0x0000_0800, "waits for a barrier"),
    (0x0000_1000, "waits for a reader/writer lock"),
    (0x0000_2000, "waits to be joined"),
    (_JOIN, "waits for the end of"),
    (0x0001_0000, "waits for a segment"),
    (0x0000_0100, "sleeps"),
    (0x0002_0000, "is being changed"),
    (0x0000_8000, "is suspended"),
)
"""RTEMS's STATES_ and their words, the most telling first. [cpukit/include/rtems/score/statesimpl.h]"""
_LARGEST = 64
"""Bytes of the largest object of POSIX that a program has: a mutex."""
_API_SHIFT, _API_MASK, _CLASSIC = 24, 7, 2
"""Which API the id of an object is of. [cpukit/include/rtems/score/object.h]"""
_OF_CLASSIC = "RTEMS_API_Control"
_ANY = 2
"""RTEMS_EVENT_ANY: one of the events is enough."""


class Waited(NamedTuple):
    """``state`` completes "the thread ..."; ``object`` is the address of what it waits for, or the thread.

    ``owner`` is who has that, or who must end; ``owner_word`` is where RTEMS keeps who has it. ``key`` is what the
    calls about it get: an id of the Classic API, the address of an object of POSIX, or the id of who waits for events.
    """

    state: str
    object: int | None = None
    name: str = ""
    owner: int | None = None
    owner_word: int | None = None
    key: int | None = None


class Waits:
    """The waits of threads of the kernel that ``data`` is of; ``at`` are the offsets of their members by their paths.

    ``name_of`` is what a thread is called.
    """

    def __init__(self, data: GuestData, at: Mapping[str, int], name_of: Callable[[int], str]) -> None:
        self._data = data
        self._at = at
        self._name_of = name_of

    def of(self, thread: int, state: int) -> Waited:
        """Return what ``thread`` waits for, whose state is ``state``."""
        if not state:
            return Waited(READY)
        words = next((words for bit, words in _STATES if state & bit), f"is in state 0x{state:08x}")
        if state & _EVENT:
            own = self._data.word_or(thread + self._at["Object.id"], 0)
            return Waited(f"waits for {self._events(thread)}", key=own or None)
        if any(path not in self._at for path in _NEEDED):
            return Waited(words)
        queue = self._data.word_or(thread + self._at["Wait.queue"], 0)
        return Waited(words) if not queue else self._at_queue(words, queue, state)

    def _at_queue(self, words: str, queue: int, state: int) -> Waited:
        data, first = self._data, self._at[_QUEUE]
        if state & _JOIN:
            joined = queue - first
            name = self._name_of(joined)
            return Waited(f"{words} {name}", joined, name, joined)
        word = queue + self._at[f"{_QUEUE}.owner"] - first
        pointer = data.word_or(queue + self._at[f"{_QUEUE}.name"] - first, 0)
        if pointer and pointer == data.address("_Thread_queue_Object_name"):
            name = self._object(queue - first)
            key = data.word_or(queue - first + self._at["Object.id"], 0)
        else:
            name = (data.text(pointer) if pointer else "") or self._holder(queue) or f"0x{queue:08x}"
            key = self._start_of(queue)
        owner = data.word_or(word, 0) or None
        return Waited(f"{words} {name}", queue, name, owner, word if state & _MUTEX else None, key or None)

    def _holder(self, queue: int) -> str:
        """Return the variable that a queue is in: the name alone where that is one object of POSIX."""
        symbol = self._data.image.symbols.find_object(queue)
        return symbol.name if symbol is not None and symbol.size <= _LARGEST else self._data.describe(queue)

    def _start_of(self, queue: int) -> int:
        """Return where the variable begins that is one object of POSIX with a queue, 0 where that is not known."""
        symbol = self._data.image.symbols.find_object(queue)
        return symbol.address if symbol is not None and symbol.size <= _LARGEST else 0

    def _object(self, start: int) -> str:
        """Return the name of the object that begins at ``start`` where that is characters, and its id."""
        identifier = self._data.word_or(start + self._at["Object.id"], 0)
        is_classic = identifier >> _API_SHIFT & _API_MASK == _CLASSIC and NAME in self._at
        name = characters_of(self._data.word_or(start + self._at[NAME], 0)) if is_classic else ""
        return f"{name} 0x{identifier:08x}".lstrip()

    def _events(self, thread: int) -> str:
        """Return which events a thread waits for, as far as that is known."""
        if not {"Wait.count", "Wait.option"} <= self._at.keys():
            return "an event"
        wanted = self._data.word_or(thread + self._at["Wait.count"], 0)
        is_any = self._data.word_or(thread + self._at["Wait.option"], 0) & _ANY
        if not wanted & wanted - 1:
            return f"the event 0x{wanted:08x}"
        words = f"{'one' if is_any else 'each'} of the events 0x{wanted:08x}"
        pending = self._pending(thread) & wanted
        return f"{words}, of which 0x{pending:08x} was sent" if pending else words

    def _pending(self, thread: int) -> int:
        """Return the events that were sent to a thread and that it has not received, as far as that is known."""
        extensions, offset = self._at.get("API_Extensions"), self._event_offset
        if extensions is None or offset is None:
            return 0
        own = self._data.word_or(thread + extensions, 0)
        return self._data.word_or(own + offset, 0) if own else 0

    @cached_property
    def _event_offset(self) -> int | None:
        """Where the events are in what the Classic API adds to a thread."""
        known = self._data.layouts("rtems_event_receive", _OF_CLASSIC).get(_OF_CLASSIC)
        member = None if known is None else known.members.get("Event.pending_events")
        return None if member is None else member.offset


def characters_of(name: int) -> str:
    """Return the characters of an object's name, the first one in the highest bits; '' where they do not print."""
    characters = name.to_bytes(4, "big").rstrip(b"\0 ")
    return characters.decode("ascii") if characters.isascii() and characters.decode().isprintable() else ""
