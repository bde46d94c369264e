"""RTX5 (CMSIS-RTOS2) inside an image: its threads by osRtxInfo. Fulfils emulator.kernels.kernel.GuestKernel.

Both structures have had one layout since version 5.1, which Arm documents for debuggers: no debug information is
needed. The numbers that say what a control block is were changed after 5.4; no old one is a new one. A thread is on one
list: of those that are ready, that wait with a time, without one, or that have ended.
"""

from __future__ import annotations

from emulator.armv7m.core import Registers
from emulator.armv7m.exception_entry import EXC_RETURN_BASIC
from emulator.armv7m.thread_context import FP_REGISTERS
from emulator.errors import GuestAccessError
from emulator.kernels.guest_data import GuestData
from emulator.kernels.kernel import MOST_THREADS, READY, KernelThread, Stack, SwitchWord
from emulator.kernels.stacked import context

INFO = "osRtxInfo"
_CURRENT, _READY, _IDLE, _DELAYED, _WAITING, _ENDED = 20, 36, 40, 44, 48, 52
"""Offsets in osRtxInfo: run.curr, ready.thread_list, idle, delay_list, wait_list, terminate_list."""
_NAME, _NEXT, _PREVIOUS, _DELAY_NEXT, _PRIORITY, _FRAME = 4, 8, 12, 16, 32, 34
_STACK, _STACK_SIZE, _STACK_POINTER, _ENTRY = 48, 52, 56, 60
"""Offsets in a thread."""
_OWNER = 12
"""The owner of a mutex."""
_THREADS = frozenset((0x01, 0xF1))
_MUTEXES = frozenset((0x04, 0xF5))
_OBJECTS = _MUTEXES | frozenset((0x03, 0x05, 0x06, 0x08, 0xF3, 0xF6, 0xF7, 0xFA))
"""osRtxId...: of a thread, of a mutex, of all that a thread can wait for. The low numbers are those up to RTX 5.4."""
_EXC_RETURN = 0xFFFF_FF00
_LONGEST_LIST = 64
"""Threads that wait for one object and are passed on the way to it."""
_STATES = {
    1: READY,
    2: READY,
    4: "has ended",
    0x13: "sleeps",
    0x23: "waits for the end of a thread",
    0x33: "waits for thread flags",
    0x43: "waits for event flags",
    0x53: "waits for mutex",
    0x63: "waits for semaphore",
    0x73: "waits for memory pool",
    0x83: "waits for message queue",
    0x93: "waits for room in message queue",
}
"""osRtxThread..., RTX's own values. [rtx_os.h]"""
_WAITS_FOR_AN_OBJECT = frozenset((0x43, 0x53, 0x63, 0x73, 0x83, 0x93))


class Rtx5:
    """The RTX5 of the machine that ``data`` is of."""

    name = "RTX5"
    stack_fill = 0xCC
    waking_calls = (
        "osSemaphoreRelease", "osMessageQueuePut", "osMutexRelease", "osEventFlagsSet", "osMemoryPoolFree",
        "osThreadFlagsSet",
    )  # fmt: skip
    ended_bits = None
    """Its switches are exceptions, after which threads are read again."""

    def __init__(self, data: GuestData, info: int) -> None:
        self._data = data
        self._info = info

    @property
    def switch_word(self) -> SwitchWord:
        """osRtxInfo.thread.run.curr."""
        return SwitchWord(self._info + _CURRENT)

    def running(self) -> int | None:
        """Return the current thread, None before the kernel starts."""
        return self._data.word_or(self._info + _CURRENT, 0) or None

    def name_of(self, thread: int) -> str:
        """Return the name that the control block leads to, that of the thread's function where it was given none."""
        return self._data.text_at(thread + _NAME) or self._data.function(self._entry(thread)) or f"0x{thread:08x}"

    def _entry(self, thread: int) -> int:
        return self._data.word_or(thread + _ENTRY, 0)

    def interrupt_stacks(self) -> list[Stack]:
        """Return none: handlers use the main stack, whose size RTX does not know."""
        return []

    def switch_code(self) -> list[tuple[int, int]]:
        """Return none: it switches in its handlers."""
        return []

    def own_code(self) -> list[tuple[int, int]]:
        """Return none: all that it does in Thread mode is done for the thread that calls it."""
        return []

    def heap_code(self) -> list[tuple[int, int]]:
        """Return none: what a stack is given back to is not known."""
        return []

    def threads(self) -> list[KernelThread]:
        """Return the threads of all lists, the idle thread last."""
        data, info, running = self._data, self._info, self.running()
        idle = data.word_or(info + _IDLE, 0)
        found = {running: None} if running else {}
        for place, link in ((_READY, _NEXT), (_DELAYED, _DELAY_NEXT), (_WAITING, _DELAY_NEXT), (_ENDED, _NEXT)):
            found |= dict.fromkeys(data.chain(data.word_or(info + place, 0), link, MOST_THREADS))
        threads = [self._read(thread, running, idle) for thread in sorted(found)[:MOST_THREADS]]
        return sorted((one for one in threads if one is not None), key=lambda one: (one.is_idle, one.id))

    def _read(self, thread: int, running: int | None, idle: int) -> KernelThread | None:
        data = self._data
        try:
            kind, state = data.bytes(thread, 2)
            priority = int.from_bytes(data.bytes(thread + _PRIORITY, 1), "little", signed=True)
            base, size, top = data.words(thread + _STACK, 3)
        except GuestAccessError:
            return None
        if kind not in _THREADS:
            return None
        waits_for, object_name, owner, owner_word = None, "", None, None
        if state in _WAITS_FOR_AN_OBJECT and thread != running:
            waits_for = self._object(thread)
        if waits_for is not None:
            object_name = data.text_at(waits_for + _NAME) or data.describe(waits_for) or f"0x{waits_for:08x}"
            owner_word = waits_for + _OWNER if data.word_or(waits_for, 0) & 0xFF in _MUTEXES else None
            owner = None if owner_word is None else data.word_or(owner_word, 0) or None
        words = f"{_STATES.get(state, f'is in state 0x{state:02x}')} {object_name}".rstrip()
        return KernelThread(
            id=thread, name=self.name_of(thread),
            state="is executing" if thread == running else words, priority=priority,
            stack=Stack(base, size) if base and size else None, stack_base=base or None,
            registers=None if thread == running else self._context(thread, top), is_idle=thread == idle,
            waits_for=waits_for, object_name=object_name, owner=owner, owner_word=owner_word, wait_key=waits_for,
            lowest=None if thread == running else top, entry=self._entry(thread),
        )  # fmt: skip

    def _object(self, thread: int) -> int | None:
        """Return what a thread waits for: the first on the list of an object has that in front of it."""
        for place in self._data.chain(self._data.word_or(thread + _PREVIOUS, 0), _PREVIOUS, _LONGEST_LIST):
            kind = self._data.word_or(place, 0) & 0xFF
            if kind not in _THREADS:
                return place if kind in _OBJECTS else None
        return None

    def _context(self, thread: int, top: int) -> Registers | None:
        """Return S16-S31 where the thread's frame has them, R4-R11 and the frame, which lie at ``top``."""
        data = self._data
        try:
            exc_return = _EXC_RETURN | data.bytes(thread + _FRAME, 1)[0]
            count = 0 if exc_return & EXC_RETURN_BASIC else FP_REGISTERS
            words = data.words(top, count + 8)
        except GuestAccessError:
            return None
        return context(data, words[count:], exc_return, top + 4 * (count + 8), words[:count])


def find(data: GuestData) -> Rtx5 | None:
    """Return the kernel, None where there is no osRtxInfo."""
    address = data.address(INFO)
    return None if address is None else Rtx5(data, address)
