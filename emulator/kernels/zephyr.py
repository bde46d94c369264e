"""Zephyr 3 and 4 inside an image: its threads by ``_kernel``. Fulfils emulator.kernels.kernel.GuestKernel.

Offsets come from Zephyr's own table for debuggers, ``_kernel_thread_info_offsets`` (CONFIG_DEBUG_THREAD_INFO), else
from debug information, which also has the bounds of stacks and what a thread waits for. All threads are known with
CONFIG_THREAD_MONITOR, else those in objects of the program's [D-145]. It switches in PendSV; builds with
CONFIG_USE_SWITCH save contexts in another way, which is not known.
"""

from __future__ import annotations

from functools import cached_property

from emulator.armv7m.core import Registers
from emulator.armv7m.exception_entry import EXC_RETURN_BASIC
from emulator.armv7m.thread_context import FP_REGISTERS
from emulator.debuginfo.source import Layout
from emulator.errors import GuestAccessError
from emulator.kernels.guest_data import LONGEST_NAME, GuestData
from emulator.kernels.kernel import MOST_THREADS, READY, KernelThread, Stack, SwitchWord
from emulator.kernels.stacked import context

MARK = "z_setup_new_thread"
_KERNEL, _THREAD = "z_kernel", "k_thread"
_TABLE, _TABLE_SIZE = "_kernel_thread_info_offsets", "_kernel_thread_info_num_offsets"
_ITEMS = ("version", "current", "threads", "entry", "next", "state", "options", "priority", "psp", "name", "arch",
          "preempt_float", "coop_float", "exc_return")  # fmt: skip
"""What the table has, in its order. [subsys/debug/thread_info.c]"""
_ABSENT = 0xFFFF_FFFF
_LARGEST = 64
"""Bytes of the largest object that threads wait at."""
_VERSION = 1
_DUMMY, _PENDING, _NOT_BEGUN, _DEAD, _SUSPENDED, _ABORTING = 1, 2, 4, 8, 16, 32
"""_THREAD_DUMMY and the others. [include/zephyr/kernel_structs.h]"""
_STATES = _PENDING | _NOT_BEGUN | _DEAD | _SUSPENDED | _ABORTING | 1 << 6 | 1 << 7
"""What a thread may be that is no stand-in; the last two are whether it is queued, and a broken stack sentinel."""
_LARGEST_QUEUE = 128
"""Bytes behind a thread in an object that begins with one, as a work queue does."""
_EXC_RETURN = 0xFFFF_FF00
_WAIT_QUEUE = 8
"""Bytes of a wait queue, which a mutex begins with: behind it are its owner, and how often that has locked it."""
_MOST_LOCKS = 1 << 16


class Zephyr:
    """The Zephyr of the machine that ``data`` is of. ``offsets`` are the table's, by the names in _ITEMS."""

    name = "Zephyr"
    stack_fill = 0xAA
    waking_calls = (
        "z_impl_k_sem_give", "z_impl_k_mutex_unlock", "z_impl_k_msgq_put", "z_impl_k_condvar_signal",
        "z_impl_k_condvar_broadcast", "k_queue_append", "k_queue_prepend", "z_impl_k_queue_alloc_append",
        "z_impl_k_stack_push", "z_impl_k_event_post", "z_impl_k_event_set",
    )  # fmt: skip
    ended_bits = None
    """Its switches are exceptions, after which threads are read again."""

    def __init__(self, data: GuestData, kernel: int, offsets: dict[str, int], thread: Layout | None) -> None:
        self._data = data
        self._kernel = kernel
        self._at = offsets
        self._members = {} if thread is None else thread.members
        self._size = 0 if thread is None else thread.size

    @property
    def switch_word(self) -> SwitchWord:
        """The current thread of the only processor."""
        return SwitchWord(self._kernel + self._at["current"])

    def running(self) -> int | None:
        """Return the current thread; None for the one that start-up code runs as."""
        thread = self._data.word_or(self.switch_word.address, 0)
        return thread if thread and not self._state(thread) & _DUMMY else None

    def _state(self, thread: int) -> int:
        try:
            return self._data.number(thread + self._at["state"], 1)
        except GuestAccessError:
            return _DUMMY

    def interrupt_stacks(self) -> list[Stack]:
        """Return the stack of interrupts."""
        symbol = self._data.symbol("z_interrupt_stacks")
        return [Stack(symbol.address, symbol.size)] if symbol is not None and symbol.size else []

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
        """Return the threads, the idle threads last."""
        running, found = self.running(), {}
        if "next" in self._at and "threads" in self._at:
            first = self._data.word_or(self._kernel + self._at["threads"], 0)
            found = dict.fromkeys(self._data.chain(first, self._at["next"], MOST_THREADS))
        else:
            found = dict.fromkeys(filter(self._is_thread, self._places))
        if running is not None:
            found[running] = None
        threads = [self._read(thread, running, found) for thread in sorted(found)[:MOST_THREADS]]
        return sorted((one for one in threads if one is not None), key=lambda one: (one.is_idle, one.id))

    @cached_property
    def _places(self) -> list[int]:
        """Where threads may be: at the begin of objects that have room for one, and in arrays of them."""
        found: list[int] = []
        for symbol in self._data.image.symbols.symbols:
            if symbol.is_data and self._size and self._size <= symbol.size:
                is_array = symbol.size % self._size == 0 and symbol.size <= MOST_THREADS * self._size
                if is_array or symbol.size <= self._size + _LARGEST_QUEUE:
                    found += range(symbol.address, symbol.address + (symbol.size if is_array else 1), self._size)
        return found[:MOST_THREADS]

    def _is_thread(self, place: int) -> bool:
        """Whether there is a thread: one with a stack that is another object, and its stack pointer in there."""
        stack = self._recorded_stack(place)
        if stack is None or self._state(place) & ~_STATES:
            return False
        symbol = self._data.image.symbols.find_object(stack.base)
        if symbol is None or symbol.address <= place < symbol.address + symbol.size:
            return False
        psp = self._data.word_or(place + self._at["psp"], 0)
        return stack.end <= symbol.address + symbol.size and (stack.base <= psp <= stack.end or not psp)

    @cached_property
    def _idle(self) -> Stack:
        """Where the control blocks of idle threads are."""
        symbol = self._data.symbol("z_idle_threads")
        return Stack(0, 0) if symbol is None else Stack(symbol.address, symbol.size)

    def _read(self, thread: int, running: int | None, threads: dict[int, None]) -> KernelThread | None:
        data, at = self._data, self._at
        try:
            state = data.number(thread + at["state"], 1)
            priority = int.from_bytes(data.bytes(thread + at["priority"], 1), "little", signed=True)
            psp = data.word(thread + at["psp"])
        except GuestAccessError:
            return None
        waits_for, object_name, owner = None, "", None
        if state & _PENDING and thread != running:
            waits_for, object_name, owner = self._wait(thread, threads)
        words = f"{_describe(state)} {object_name}".rstrip()
        stack = self._stack(thread, psp)
        return KernelThread(
            id=thread, name=self.name_of(thread), state="is executing" if thread == running else words,
            priority=priority, stack=stack, stack_base=None if stack is None else stack.base,
            registers=None if thread == running else self._context(thread, psp),
            is_idle=self._idle.holds(thread), waits_for=waits_for, object_name=object_name, owner=owner,
            owner_word=waits_for + _WAIT_QUEUE if owner is not None and waits_for is not None else None,
            wait_key=None if waits_for is None else self._start_of(waits_for),
            lowest=None if thread == running else psp, other_stacks=self._privileged_stack(thread),
        )  # fmt: skip

    def name_of(self, thread: int) -> str:
        """Return the name that the thread was given, else that of its object."""
        if "name" not in self._at:
            return self._data.describe(thread) or f"0x{thread:08x}"
        size = self._members["name"].size if "name" in self._members else LONGEST_NAME
        name = self._data.text(thread + self._at["name"], size)
        return name or self._data.describe(thread) or f"0x{thread:08x}"

    def _recorded_stack(self, thread: int) -> Stack | None:
        members = self._members
        if not {"stack_info.start", "stack_info.size"} <= members.keys():
            return None
        start = self._data.word_or(thread + members["stack_info.start"].offset, 0)
        size = self._data.word_or(thread + members["stack_info.size"].offset, 0)
        return Stack(start, size) if start and size else None

    def _stack(self, thread: int, psp: int) -> Stack | None:
        """Return what the thread says of its stack, else the object that its stack pointer is in. [D-142]"""
        if {"stack_info.start", "stack_info.size"} <= self._members.keys():
            return self._recorded_stack(thread)
        symbol = self._data.image.symbols.find_object(psp)
        return None if symbol is None else Stack(symbol.address, symbol.size)

    def _privileged_stack(self, thread: int) -> tuple[Stack, ...]:
        members = self._members
        if not {"arch.priv_stack_start", "arch.priv_stack_end"} <= members.keys():
            return ()
        start = self._data.word_or(thread + members["arch.priv_stack_start"].offset, 0)
        end = self._data.word_or(thread + members["arch.priv_stack_end"].offset, 0)
        return (Stack(start, end - start),) if 0 < start < end else ()

    def _wait(self, thread: int, threads: dict[int, None]) -> tuple[int | None, str, int | None]:
        """Return the queue that a thread waits on, the object that holds it, and the owner of what is a mutex."""
        pended = self._members.get("base.pended_on")
        queue = 0 if pended is None else self._data.word_or(thread + pended.offset, 0)
        if not queue:
            return None, "", None
        owner, locks = (self._data.word_or(queue + _WAIT_QUEUE + 4 * n, 0) for n in range(2))
        is_mutex = owner in threads and 0 < locks < _MOST_LOCKS
        name = self._data.describe(queue) or f"0x{queue:08x}"
        return queue, f"for mutex {name}" if is_mutex else f"for {name}", owner if is_mutex else None

    def _start_of(self, queue: int) -> int:
        """Return where the object begins that a queue is in: most objects begin with it."""
        symbol = self._data.image.symbols.find_object(queue)
        return symbol.address if symbol is not None and symbol.size <= _LARGEST else queue

    def _context(self, thread: int, psp: int) -> Registers | None:
        """Return R4-R11, which lie in front of PSP in the control block, the frame at PSP, and S16-S31."""
        if "callee_saved.lr" in self._members:
            return None  # CONFIG_USE_SWITCH
        data, at = self._data, self._at
        exc_return, high = _EXC_RETURN | EXC_RETURN_BASIC, (0,) * FP_REGISTERS
        try:
            if "exc_return" in at and "arch" in at:
                exc_return = _EXC_RETURN | data.number(thread + at["arch"] + at["exc_return"], 1)
            if not exc_return & EXC_RETURN_BASIC:
                if not {"preempt_float", "arch"} <= at.keys():
                    return None
                high = data.words(thread + at["arch"] + at["preempt_float"], FP_REGISTERS)
            callee_saved = data.words(thread + at["psp"] - 32, 8)
        except GuestAccessError:
            return None
        return context(data, callee_saved, exc_return, psp, high)


def _describe(state: int) -> str:
    if state & _DEAD:
        return "has ended"
    if state & _ABORTING:
        return "is being ended"
    if state & _PENDING:
        return "waits"
    if state & _SUSPENDED:
        return "is suspended, or sleeps"
    if state & _NOT_BEGUN:
        return "sleeps, or has not begun"
    return READY


def _table(data: GuestData) -> dict[str, int]:
    """Return the offsets of Zephyr's table, {} where there is none of a known version."""
    address = data.address(_TABLE)
    if address is None:
        return {}
    count = min(data.variable(_TABLE_SIZE), len(_ITEMS))
    try:
        words = dict(zip(_ITEMS, data.words(address, count), strict=False))
    except GuestAccessError:
        return {}
    return {name: word for name, word in words.items() if word != _ABSENT} if words.get("version") == _VERSION else {}


def _described(kernel: Layout | None, thread: Layout | None) -> dict[str, int]:
    """Return the same offsets by debug information."""
    found = {}
    names = {
        "next": "next_thread", "state": "base.thread_state", "priority": "base.prio", "psp": "callee_saved.psp",
        "name": "name", "arch": "arch",
    }  # fmt: skip
    if thread is not None:
        members = thread.members
        found = {name: members[path].offset for name, path in names.items() if path in members}
        for name, path in (("preempt_float", "arch.preempt_float"), ("exc_return", "arch.mode_exc_return")):
            if path in members and "arch" in members:
                found[name] = members[path].offset - members["arch"].offset
    if kernel is not None and "threads" in kernel.members:
        found["threads"] = kernel.members["threads"].offset
    return found


def find(data: GuestData) -> Zephyr | None:
    """Return the kernel, None where neither its table nor debug information says where its parts are."""
    kernel = data.address("_kernel")
    if kernel is None:
        return None
    layouts = data.layouts(MARK, _KERNEL, _THREAD, "_cpu")
    offsets = _described(layouts.get(_KERNEL), layouts.get(_THREAD))
    cpu = layouts.get("_cpu")
    if cpu is not None and "current" in cpu.members:
        offsets["current"] = cpu.members["current"].offset
    offsets |= _table(data)
    needed = {"current", "state", "priority", "psp"}
    return Zephyr(data, kernel, offsets, layouts.get(_THREAD)) if needed <= offsets.keys() else None
