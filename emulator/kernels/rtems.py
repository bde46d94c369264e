"""RTEMS 6 inside an image: its threads by the tables of its objects. Fulfils emulator.kernels.kernel.GuestKernel.

``_Thread_Control`` has no fixed head, so debug information is needed. RTEMS switches in Thread mode: the store that
makes the heir the executing thread comes first, ``_CPU_Context_switch`` changes the stack later, so that what stands in
between is the kernel's (``switch_code``). Builds for several cores are not known.
"""

from __future__ import annotations

from emulator.armv7m.core import CONTROL_FPCA, CONTROL_SPSEL, XPSR_T, Registers
from emulator.debuginfo.source import Layout
from emulator.errors import GuestAccessError
from emulator.kernels.guest_data import GuestData
from emulator.kernels.kernel import MOST_THREADS, KernelThread, Stack, SwitchWord
from emulator.kernels.rtems_waits import NAME, Waits, characters_of

CPUS = "_Per_CPU_Information"
_CPU, _THREAD, _TABLE = "Per_CPU_Control", "Thread_Control", "Objects_Information"
_TABLES = ("_RTEMS_tasks_Information", "_POSIX_Threads_Information", "_Thread_Information")
_SWITCHES = ("_Thread_Do_dispatch", "_Thread_Dispatch", "_Thread_Dispatch_direct", "_Thread_Dispatch_enable",
             "_CPU_Context_switch", "_User_extensions_Iterate", "_User_extensions_Thread_switch")  # fmt: skip
_WALKS = ("_User_extensions_Iterate", "_User_extensions_Destroy_iterators", "_User_extensions_Remove_set",
          "_User_extensions_Add_set", "_User_extensions_Thread_switch")  # fmt: skip
_CHECKS = ("Stack_check_Visit_stack", "Stack_check_Find_high_water_mark")
_NEEDED = ("Object.id", "current_state", "Real_priority.priority", "Start.Initial_stack.size",
           "Start.Initial_stack.area", "Registers.register_r4", "Registers.register_lr")  # fmt: skip
_INDEX = 0xFFFF
"""The bits of an object's id that are its index."""
_ENTRY = "Start.Entry.Kinds"
_ENDED = 0x4000_0000
_FREES_NOTHING = "_Objects_Free_nothing"
_SYSTEM_IS_UP = 2
_HIGH = 8
"""Doubles of a context: D8-D15."""


class Rtems:
    """The RTEMS of the machine that ``data`` is of. ``find`` says whether there is one."""

    name = "RTEMS"
    stack_fill = 0xA5
    waking_calls = (
        "rtems_semaphore_release", "rtems_semaphore_flush", "rtems_message_queue_send", "rtems_message_queue_urgent",
        "rtems_message_queue_broadcast", "rtems_event_send", "rtems_barrier_release", "rtems_region_return_segment",
        "sem_post", "pthread_cond_signal", "pthread_cond_broadcast", "pthread_mutex_unlock", "pthread_rwlock_unlock",
    )  # fmt: skip

    def __init__(self, data: GuestData, layouts: dict[str, Layout]) -> None:
        self._data = data
        self._cpu = data.address(CPUS) or 0
        self._layouts = layouts
        self._at = {path: member.offset for path, member in layouts[_THREAD].members.items()}
        self._waits = Waits(data, self._at, self.name_of)

    @property
    def switch_word(self) -> SwitchWord:
        """The executing thread of the only processor."""
        return SwitchWord(self._cpu + self._layouts[_CPU].members["executing"].offset)

    @property
    def ended_bits(self) -> tuple[int, int]:
        """Where a thread is what RTEMS calls a zombie."""
        return self._at["current_state"], _ENDED

    def running(self) -> int | None:
        """Return the executing thread, once multitasking has begun."""
        state = self._data.address("_System_state_Current")
        if state is not None and self._data.word_or(state, 0) < _SYSTEM_IS_UP:
            return None
        return self._data.word_or(self.switch_word.address, 0) or None

    def interrupt_stacks(self) -> list[Stack]:
        """Return the stack of interrupts."""
        members = self._layouts[_CPU].members
        if not {"interrupt_stack_low", "interrupt_stack_high"} <= members.keys():
            return []
        low = self._data.word_or(self._cpu + members["interrupt_stack_low"].offset, 0)
        high = self._data.word_or(self._cpu + members["interrupt_stack_high"].offset, 0)
        return [Stack(low, high - low)] if 0 < low < high else []

    def switch_code(self) -> list[tuple[int, int]]:
        """Return the code between the two halves of a switch."""
        return self._ranges(_SWITCHES)

    def threads(self) -> list[KernelThread]:
        """Return the threads of all tables, the idle thread last."""
        running = self.running()
        found = {thread: None for name in _TABLES for thread in self._table(name)}
        threads = [one for thread in list(found)[:MOST_THREADS] if (one := self._read(thread, running)) is not None]
        return sorted(threads, key=lambda thread: (thread.is_idle, thread.id))

    def _table(self, name: str) -> list[int]:
        """Return the objects of a table; one that is free has no state, and is none of its class."""
        table, members = self._data.address(name), self._layouts[_TABLE].members
        if table is None:
            return []
        highest = self._data.word_or(table + members["maximum_id"].offset, 0)
        places = self._data.word_or(table + members["local_table"].offset, 0)
        count = min(highest & _INDEX, MOST_THREADS)
        found = [self._data.word_or(places + 4 * index, 0) for index in range(count)] if places else []
        return [thread for thread in found if thread and self._has_id(thread, highest)]

    def _has_id(self, thread: int, highest: int) -> bool:
        identifier = self._data.word_or(thread + self._at["Object.id"], 0)
        return identifier & ~_INDEX == highest & ~_INDEX and 0 < identifier & _INDEX <= highest & _INDEX

    def _read(self, thread: int, running: int | None) -> KernelThread | None:
        data, at = self._data, self._at
        try:
            state = data.word(thread + at["current_state"])
            priority = data.word(thread + at["Real_priority.priority"]) >> 1  # the scheduler keeps its own bit below
            size = data.word(thread + at["Start.Initial_stack.size"])
            base = data.word(thread + at["Start.Initial_stack.area"])
        except GuestAccessError:
            return None
        waited = self._waits.of(thread, state)
        is_idle = "is_idle" in at and bool(data.word_or(thread + at["is_idle"], 0) & 0xFF)
        return KernelThread(
            id=thread, name=self.name_of(thread), state="is executing" if thread == running else waited.state,
            priority=priority,
            stack=Stack(base, size) if base and size else None, stack_base=base or None,
            registers=None if thread == running else self._context(thread), is_idle=is_idle,
            waits_for=waited.object, object_name=waited.name, owner=waited.owner, owner_word=waited.owner_word,
            wait_key=waited.key,
            entry=data.word_or(thread + at[_ENTRY], 0) if _ENTRY in at else 0,
            serial=data.word_or(thread + at["Object.id"], 0), has_ended=bool(state & _ENDED),
            keeps_stack="Start.stack_free" in at and self._is_nothing(data.word_or(thread + at["Start.stack_free"], 0)),
        )  # fmt: skip

    def _is_nothing(self, function: int) -> bool:
        """Whether what RTEMS calls to free a stack is the function that frees nothing."""
        return bool(function) and function & ~1 == (self._data.address(_FREES_NOTHING) or 0) & ~1

    def object_name_word(self, thread: int) -> int:
        """Return the name of the thread's object: four characters, the first one highest; 0 for none."""
        return self._data.word_or(thread + self._at[NAME], 0) if NAME in self._at else 0

    def object_name(self, thread: int) -> str:
        """Return the four characters of the thread's object, '' where it has none that print."""
        return characters_of(self.object_name_word(thread))

    def population_words(self) -> tuple[int, ...]:
        """Return the words that change when a thread comes or goes: both ends of the chains of free objects."""
        members = self._layouts[_TABLE].members
        chain = min((one.offset for path, one in members.items() if path.startswith("Inactive")), default=None)
        tables = [table for name in _TABLES[:2] if (table := self._data.address(name)) is not None]
        return () if chain is None else tuple(table + chain + end for table in tables for end in (0, 8))

    def own_code(self) -> list[tuple[int, int]]:
        """Return the code that walks the extension sets: whoever is in the middle of it has its place on its stack.

        These places are linked, so that one who begins or leaves a walk changes those of others. And the code that
        reports how much of each stack was used.
        """
        return self._ranges((*_WALKS, *_CHECKS))

    def _ranges(self, names: tuple[str, ...]) -> list[tuple[int, int]]:
        found = [symbol for name in names if (symbol := self._data.symbol(name)) is not None and symbol.size]
        return [(symbol.address & ~1, (symbol.address & ~1) + symbol.size) for symbol in found]

    def heap_code(self) -> list[tuple[int, int]]:
        """Return the code of the allocator, which alone may touch a stack that was given back to it."""
        found = [s for s in self._data.image.symbols.symbols if s.name.startswith("_Heap_") and s.size]
        return [(symbol.address & ~1, (symbol.address & ~1) + symbol.size) for symbol in found]

    def name_of(self, thread: int) -> str:
        """Return what the thread was named, else the four characters of its object, else its function and its id."""
        named = self._at.get("Join_queue.Queue.name")
        name = "" if named is None else self._data.text_at(thread + named)
        name = name or self.object_name(thread)
        if name:
            return name
        function = self._data.function(self._data.word_or(thread + self._at[_ENTRY], 0)) if _ENTRY in self._at else ""
        return f"{function} 0x{self._data.word_or(thread + self._at['Object.id'], thread):08x}".lstrip()

    def _context(self, thread: int) -> Registers | None:
        """Return R4-R11, LR, SP and D8-D15, as the call of ``_CPU_Context_switch`` left them: it returns to LR."""
        data, at = self._data, self._at
        start = thread + at["Registers.register_r4"]
        registers = Registers()
        try:
            registers.r[4:12] = data.words(start, 8)
            registers.lr = data.word(thread + at["Registers.register_lr"])
            stack = data.word(thread + at.get("Registers.register_sp", at["Registers.register_lr"] + 4))
            if "Registers.register_d8" in at:
                registers.s[16:32] = data.words(thread + at["Registers.register_d8"], 2 * _HIGH)
        except GuestAccessError:
            return None
        if not registers.lr & 1 or stack % 4:
            return None
        registers.pc, registers.xpsr, registers.control = registers.lr & ~1, XPSR_T, CONTROL_SPSEL
        registers.control |= CONTROL_FPCA * ("Registers.register_d8" in at)
        registers.sp = stack
        return registers


def find(data: GuestData) -> Rtems | None:
    """Return the kernel, None where the image has no RTEMS 6 for one core with debug information."""
    if data.symbol(CPUS) is None:
        return None
    layouts = data.layouts("_Thread_Do_dispatch", _CPU, _THREAD, _TABLE)
    members = {name: layout.members.keys() for name, layout in layouts.items()}
    complete = (
        "executing" in members.get(_CPU, ())
        and all(path in members.get(_THREAD, ()) for path in _NEEDED)
        and {"maximum_id", "local_table"} <= set(members.get(_TABLE, ()))
    )
    return Rtems(data, layouts) if complete else None
