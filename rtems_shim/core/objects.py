"""Object ids and tables: every kernel object a guest can name by number, with its limit.

An id is a 32-bit word: class in bits 31-27, API in 26-24, node (always 1) in 23-16, index from 1 in 15-0. The freed
index that has been free longest is used next, as RTEMS's inactive chain does. State: the tables, one a class.
"""

from __future__ import annotations

from collections import deque
from enum import IntEnum

from emulator.annotations import Generic, TypeVar

HARD_LIMIT = 1024
"""No table grows beyond this, whatever the image asks for: a guest must not grow the host's memory without bound."""
INDEX_LIMIT = 0xFFFF
"""What an id can count: the limit of objects that are no more than a few words."""
UNLIMITED = 0x8000_0000
"""Bit of a configured maximum: the class may grow, by the rest of the word at a time, as far as its limit."""


class Api(IntEnum):
    """The API part of an object id."""

    INTERNAL = 1
    CLASSIC = 2
    POSIX = 3


class ClassicClass(IntEnum):
    """Object classes of the Classic API."""

    TASKS = 1
    TIMERS = 2
    SEMAPHORES = 3
    MESSAGE_QUEUES = 4
    PARTITIONS = 5
    REGIONS = 6
    PORTS = 7
    PERIODS = 8
    EXTENSIONS = 9
    BARRIERS = 10


class PosixClass(IntEnum):
    """Object classes of the POSIX API."""

    THREADS = 1
    KEYS = 2
    MESSAGE_QUEUES = 3
    SEMAPHORES = 4
    TIMERS = 5
    SHMS = 6


def build_id(api: int, object_class: int, index: int) -> int:
    """Return the id of an object on node 1."""
    return object_class << 27 | api << 24 | 1 << 16 | index


def object_api(identifier: int) -> int:
    """Return the API part of an id."""
    return identifier >> 24 & 7


def object_class(identifier: int) -> int:
    """Return the class part of an id."""
    return identifier >> 27


def name_text(name: int) -> str:
    """Return the four characters of a 32-bit object name, first character highest; trailing NULs and blanks go.

    Bytes that do not print become ``*``, as RTEMS shows them.
    """
    characters = name.to_bytes(4, "big").rstrip(b"\0 ")
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "*" for byte in characters)


def text_of(characters: str) -> str:
    """Return a string of the program's, one character a byte, as people read it: UTF-8, other bytes as ``\\xNN``."""
    return characters if characters.isascii() else characters.encode("latin-1").decode("utf-8", "backslashreplace")


def name_string(name: int) -> bytes:
    """Return a 32-bit object name as RTEMS copies it into a buffer: up to a NUL, blanks and all.

    Bytes that do not print become ``*``. [_Objects_Name_to_string()]
    """
    characters = name.to_bytes(4, "big").partition(b"\0")[0]
    return bytes(byte if 0x20 <= byte < 0x7F else ord("*") for byte in characters)


T = TypeVar("T")


class ObjectTable(Generic[T]):
    """The objects of one class. ``maximum`` is the configured number, cut at ``limit``."""

    def __init__(self, api: Api, object_class: int, maximum: int, limit: int = HARD_LIMIT) -> None:
        step = max(maximum & ~UNLIMITED, 1)
        configured = INDEX_LIMIT // step * step if maximum & UNLIMITED else maximum
        self.api = api
        self.object_class = object_class
        self.maximum = min(configured, limit)
        self._objects: dict[int, T] = {}
        self._free: deque[int] = deque()
        self._unused = 1

    def __len__(self) -> int:
        return len(self._objects)

    def next_id(self) -> int | None:
        """Return the id the next ``insert`` gives, None when the table is full. Changes nothing."""
        if len(self._objects) >= self.maximum:
            return None
        # Indices never used come before freed ones: RTEMS appends a freed object to the end of its inactive chain.
        index = self._unused if self._unused <= self.maximum else self._free[0]
        return build_id(self.api, self.object_class, index)

    def insert(self, item: T) -> int:
        """Give ``item`` the id ``next_id`` announced and return it. The table must not be full."""
        identifier = self.next_id()
        assert identifier is not None
        if self._unused <= self.maximum:
            self._unused += 1
        else:
            self._free.popleft()
        self._objects[identifier] = item
        return identifier

    def pass_over(self) -> None:
        """The next index was taken for an object that could not be made: it becomes the last in line."""
        if self._unused <= self.maximum:
            self._free.append(self._unused)
            self._unused += 1
        elif self._free:
            self._free.append(self._free.popleft())

    def get(self, identifier: int) -> T | None:
        """Return the object with this id, or None."""
        return self._objects.get(identifier)

    def remove(self, identifier: int) -> None:
        """Forget the object; its index becomes the last in line for reuse."""
        del self._objects[identifier]
        self._free.append(identifier & 0xFFFF)

    def items(self) -> list[tuple[int, T]]:
        """Return (id, object) in the order of the ids."""
        return sorted(self._objects.items(), key=lambda item: item[0])
