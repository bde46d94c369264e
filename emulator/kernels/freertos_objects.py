"""What a FreeRTOS task waits for: the queue, semaphore or mutex that the list of its event item lies in.

A list does not say what it is in. A queue has two of them, for those who send and those who receive, so it is at one of
two places, and the other list must make sense there; anything else is named by its address.
"""

from __future__ import annotations

from functools import cached_property

from emulator.annotations import NamedTuple
from emulator.errors import GuestAccessError
from emulator.kernels.freertos_layout import ListLayout, QueueLayout, is_list
from emulator.kernels.guest_data import GuestData

_REGISTRY_ENTRY = 8
"""Bytes of an entry of the registry: the name, and the queue."""
_MOST_REGISTERED = 256


class Waited(NamedTuple):
    """``words`` call it; ``owner`` is the task that holds a mutex, by the word at ``owner_word``.

    ``key`` is what the calls get that let the task go on; None for room in a queue, which receiving makes.
    """

    address: int | None
    words: str
    owner: int | None = None
    owner_word: int | None = None
    key: int | None = None


NOTHING = Waited(None, "")
"""What a task waits for that waits for nothing, or nobody knows for what."""


class Objects:
    """The objects of the kernel whose ``lists`` and ``queues`` are laid out like that."""

    def __init__(self, data: GuestData, lists: ListLayout, queues: QueueLayout) -> None:
        self._data = data
        self._lists = lists
        self._queues = queues

    def at_list(self, address: int) -> Waited:
        """Return what the list at ``address`` is in."""
        layout = self._queues
        for own, other, verb in ((layout.receive, layout.send, ""), (layout.send, layout.receive, "room in ")):
            queue = address - own
            if is_list(self._data, queue + other, self._lists) and self._is_queue(queue, is_full=bool(verb)):
                return self._queue(queue, verb)
        name = self._data.describe(address)
        return Waited(address, name or f"the object with the list at 0x{address:08x}")

    def _is_queue(self, queue: int, *, is_full: bool) -> bool:
        try:
            waiting = self._data.word(queue + self._queues.waiting)
            length = self._data.word(queue + self._queues.length)
        except GuestAccessError:
            return False
        return length > 0 and waiting == (length if is_full else 0)

    def _queue(self, queue: int, verb: str) -> Waited:
        data = self._data
        size, head = data.word_or(queue + self._queues.item_size, 0), data.word_or(queue, 0)
        is_mutex = not size and not head
        kind = "mutex" if is_mutex else "queue" if size else "semaphore"
        name = self._registered.get(queue) or data.object_name(queue) or f"0x{queue:08x}"
        if not is_mutex:
            return Waited(queue, f"{verb}{kind} {name}", key=None if verb else queue)
        holder = queue + self._queues.holder
        return Waited(queue, f"{verb}{kind} {name}", data.word_or(holder, 0) or None, holder, queue)

    @cached_property
    def _registered(self) -> dict[int, str]:
        symbol = self._data.symbol("xQueueRegistry")
        count = 0 if symbol is None else min(symbol.size // _REGISTRY_ENTRY, _MOST_REGISTERED)
        found = {}
        for index in range(count):
            assert symbol is not None
            entry = symbol.address + index * _REGISTRY_ENTRY
            name, queue = self._data.text_at(entry), self._data.word_or(entry + 4, 0)
            if name and queue:
                found[queue] = name
        return found
