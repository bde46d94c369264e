"""ThreadX 6 (Azure RTOS, Eclipse) inside an image: its threads by the created list. Fulfils kernel.GuestKernel.

The control block begins in one fixed way, up to the name and the state. Where the created list goes on, and which
object a thread waits for, is further behind: known by debug information, else found, for the list is closed and every
thread and object on it carries its mark. ThreadX has no idle thread: nothing runs while it waits in PendSV.
"""

from __future__ import annotations

from functools import cached_property

from emulator.annotations import NamedTuple
from emulator.armv7m.core import Registers
from emulator.armv7m.exception_entry import EXC_RETURN_BASIC
from emulator.armv7m.thread_context import FP_REGISTERS
from emulator.errors import GuestAccessError
from emulator.kernels.guest_data import GuestData
from emulator.kernels.kernel import MOST_THREADS, READY, KernelThread, Stack, SwitchWord
from emulator.kernels.stacked import context

CURRENT = "_tx_thread_current_ptr"
SWITCH_LOCK = ("_tx_thread_preempt_disable", "preemption is disabled")
"""The count that keeps it from switching, and what it says where it is not zero."""
_THREAD = "TX_THREAD_STRUCT"
_MARK = 0x5448_5244
"""TX_THREAD_ID, which every thread begins with."""
_STACK_POINTER, _STACK_START, _STACK_SIZE, _NAME, _PRIORITY, _STATE = 8, 12, 20, 40, 44, 48
_SEARCHED = range(64, 512, 4)
"""Offsets in a control block that links are looked for at."""
_EXC_RETURNS = (0xFFFF_FFFD, 0xFFFF_FFED)
_MUTEX_OWNER = 12


class _Wait(NamedTuple):
    """A state: its words, and the mark of the objects that it waits for, 0 for none."""

    words: str
    mark: int = 0


_STATES = {
    0: _Wait(READY),
    1: _Wait("has ended"),
    2: _Wait("was terminated"),
    3: _Wait("is suspended"),
    4: _Wait("sleeps"),
    5: _Wait("waits for queue", 0x5155_4555),
    6: _Wait("waits for semaphore", 0x5345_4D41),
    7: _Wait("waits for event flags", 0x4456_444E),
    8: _Wait("waits for block pool", 0x424C_4F43),
    9: _Wait("waits for byte pool", 0x4259_5445),
    10: _Wait("waits for an I/O driver"),
    11: _Wait("waits for a file"),
    12: _Wait("waits for TCP/IP"),
    13: _Wait("waits for mutex", 0x4D55_5445),
    14: _Wait("changes its priority"),
}
"""TX_READY and the others. [common/inc/tx_api.h]"""
_MUTEX = 13


class ThreadX:
    """The ThreadX of the machine that ``data`` is of."""

    name = "ThreadX"
    stack_fill = 0xEF
    waking_calls = (
        "_tx_semaphore_put", "_tx_semaphore_ceiling_put", "_tx_queue_send", "_tx_queue_front_send", "_tx_mutex_put",
        "_tx_event_flags_set",
    )  # fmt: skip
    ended_bits = None
    """Its switches are exceptions, after which threads are read again."""

    def __init__(self, data: GuestData) -> None:
        self._data = data
        self._current = data.address(CURRENT) or 0
        self._found: int | None = None

    @property
    def switch_word(self) -> SwitchWord:
        """_tx_thread_current_ptr, NULL while no thread runs."""
        return SwitchWord(self._current)

    def running(self) -> int | None:
        """Return the current thread; None while the kernel waits for one to become ready."""
        return self._data.word_or(self._current, 0) or None

    def name_of(self, thread: int) -> str:
        """Return the name that the control block leads to."""
        return self._data.text_at(thread + _NAME) or f"0x{thread:08x}"

    def interrupt_stacks(self) -> list[Stack]:
        """Return none: handlers use the main stack, whose size ThreadX does not know."""
        return []

    def switch_code(self) -> list[tuple[int, int]]:
        """Return none: it switches in PendSV."""
        return []

    def own_code(self) -> list[tuple[int, int]]:
        """Return none: all that it does in Thread mode is done for the thread that calls it."""
        return []

    def heap_code(self) -> list[tuple[int, int]]:
        """Return none: what a stack is given back to is not known."""
        return []

    def threads(self) -> list[KernelThread]:
        """Return the threads that were created and not deleted."""
        running = self.running()
        return [one for thread in sorted(self._created()) if (one := self._read(thread, running)) is not None]

    @cached_property
    def _members(self) -> dict[str, int]:
        layouts = self._data.layouts("_tx_thread_create", _THREAD)
        known = layouts.get(_THREAD)
        return {} if known is None else {name: member.offset for name, member in known.members.items()}

    def _created(self) -> list[int]:
        first = self._data.variable("_tx_thread_created_ptr")
        count = min(self._data.variable("_tx_thread_created_count"), MOST_THREADS)
        link = self._members.get("tx_thread_created_next", self._found)
        if link is None and first and count:
            link = self._found = next((at for at in _SEARCHED if self._is_closed(first, at, count)), None)
        if link is None:
            return [first] if self._is_thread(first) else []
        return [thread for thread in self._data.chain(first, link, count) if self._is_thread(thread)]

    def _is_thread(self, address: int) -> bool:
        return bool(address) and self._data.word_or(address, 0) == _MARK

    def _is_closed(self, first: int, link: int, count: int) -> bool:
        """Whether the words at offset ``link`` lead through ``count`` threads and back to the first."""
        found = list(self._data.chain(first, link, count))
        last = self._data.word_or(found[-1] + link, 0)
        return len(found) == count and last == first and all(map(self._is_thread, found))

    def _read(self, thread: int, running: int | None) -> KernelThread | None:
        data = self._data
        try:
            base, size = data.word(thread + _STACK_START), data.word(thread + _STACK_SIZE)
            priority, state = data.words(thread + _PRIORITY, 2)
        except GuestAccessError:
            return None
        wait = _STATES.get(state, _Wait(f"is in state {state}"))
        waits_for = self._object(thread, wait.mark) if wait.mark and thread != running else None
        object_name, owner, owner_word = "", None, None
        if waits_for is not None:
            object_name = data.text_at(waits_for + 4) or data.describe(waits_for) or f"0x{waits_for:08x}"
            owner_word = waits_for + _MUTEX_OWNER if state == _MUTEX else None
            owner = None if owner_word is None else data.word_or(owner_word, 0) or None
        words = f"{wait.words} {object_name}".rstrip()
        top = data.word_or(thread + _STACK_POINTER, 0)
        return KernelThread(
            id=thread, name=self.name_of(thread),
            state="is executing" if thread == running else words, priority=priority,
            stack=Stack(base, size) if base and size else None, stack_base=base or None,
            registers=None if thread == running else self._context(top), waits_for=waits_for,
            object_name=object_name, owner=owner, owner_word=owner_word, wait_key=waits_for,
            lowest=None if thread == running else top,
        )  # fmt: skip

    def _object(self, thread: int, mark: int) -> int | None:
        """Return the object that a thread waits for, which begins with ``mark``."""
        known = self._members.get("tx_thread_suspend_control_block")
        for offset in _SEARCHED if known is None else (known,):
            found = self._data.word_or(thread + offset, 0)
            if found and self._data.word_or(found, 0) == mark:
                return found
        return None

    def _context(self, top: int) -> Registers | None:
        """Return EXC_RETURN, S16-S31 where that has FType clear, R4-R11 and the frame, which lie at ``top``."""
        data = self._data
        exc_return = data.word_or(top, 0)
        if exc_return not in _EXC_RETURNS:
            return None
        count = 0 if exc_return & EXC_RETURN_BASIC else FP_REGISTERS
        try:
            words = data.words(top + 4, count + 8)
        except GuestAccessError:
            return None
        return context(data, words[count:], exc_return, top + 4 * (1 + count + 8), words[:count])


def find(data: GuestData) -> ThreadX | None:
    """Return the kernel, None where the image has no list of its threads."""
    return ThreadX(data) if data.symbol("_tx_thread_created_ptr") is not None else None
