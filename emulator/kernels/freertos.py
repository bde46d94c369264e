"""FreeRTOS 10 and 11 inside an image: its tasks by its lists. Fulfils emulator.kernels.kernel.GuestKernel.

Tasks are found on the lists of tasks.c: ready, delayed, suspended, deleted. What a task waits for is the list that its
event item is on, which lies in a queue, or whether it waits for a notification. It switches in PendSV alone, by
``vTaskSwitchContext``. Builds for several cores are not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice

from emulator.armv7m.core import Registers
from emulator.debuginfo.source import Layout
from emulator.errors import GuestAccessError
from emulator.kernels.freertos_context import Port, port_of, saved_in_block, saved_on_stack
from emulator.kernels.freertos_layout import (
    ITEM,
    LIST,
    QUEUE,
    TCB,
    ListLayout,
    TaskLayout,
    is_list,
    list_layout,
    queue_layout,
    task_layout,
)
from emulator.kernels.freertos_objects import NOTHING, Objects, Waited
from emulator.kernels.freertos_stacks import stack_end
from emulator.kernels.guest_data import GuestData
from emulator.kernels.kernel import MOST_THREADS, READY, KernelThread, Stack, SwitchWord

CURRENT = "pxCurrentTCB"
SWITCH_LOCK = ("uxSchedulerSuspended", "the scheduler is suspended")
"""The count that keeps it from switching, of vTaskSuspendAll(), and what it says where it is not zero."""
_RUNS = "xSchedulerRunning"
_NESTING, _NEVER_ENTERED = "uxCriticalNesting", 0xAAAA_AAAA
"""The depth of critical sections, and what ports let it begin with: they clear it right in front of the first task."""
_READY, _DELAYED, _SUSPENDED, _DELETED = "ready", "delayed", "suspended", "deleted"
_LISTS = (("xPendingReadyList", _READY), ("xDelayedTaskList1", _DELAYED), ("xDelayedTaskList2", _DELAYED),
          ("xSuspendedTaskList", _SUSPENDED), ("xTasksWaitingTermination", _DELETED))  # fmt: skip
_STRIDES = (20, 28, 32, 44)
"""Bytes that a list may have: plain, with a whole item for its end, with check words, with both."""
_MOST_PRIORITIES = 256
_WAITS_FOR_NOTIFICATION = 1
_IDLE = "IDLE"


class FreeRTOS:
    """The FreeRTOS of the machine that ``data`` is of. ``find`` says whether there is one."""

    name = "FreeRTOS"
    stack_fill = 0xA5
    waking_calls = (
        "xQueueGenericSend", "xQueueGenericSendFromISR", "xQueueGiveFromISR", "xTaskGenericNotify",
        "xTaskGenericNotifyFromISR", "vTaskNotifyGiveFromISR", "vTaskGenericNotifyGiveFromISR",
    )  # fmt: skip
    ended_bits = None
    """Its switches are exceptions, after which threads are read again."""

    def __init__(self, data: GuestData) -> None:
        self._data = data
        self._current = data.address(CURRENT) or 0
        self._known: TaskLayout | None = None

    @property
    def switch_word(self) -> SwitchWord:
        """pxCurrentTCB, which names a task long before the scheduler runs."""
        return SwitchWord(self._current, self._data.address(_RUNS))

    def running(self) -> int | None:
        """Return pxCurrentTCB once the scheduler has given the processor to a task.

        What starts it runs on the main stack, and sets xSchedulerRunning before the port looks at the part.
        """
        if self._data.address(_RUNS) is not None and not self._data.variable(_RUNS):
            return None
        if self._data.variable(_NESTING) >= _NEVER_ENTERED:
            return None
        return self._data.word_or(self._current, 0) or None

    def name_of(self, thread: int) -> str:
        """Return the name in the task's control block."""
        layout = self._layout(thread)
        name = "" if layout is None else self._data.text(thread + layout.name, layout.name_size)
        return name or f"0x{thread:08x}"

    def interrupt_stacks(self) -> list[Stack]:
        """Return none: handlers use the main stack, whose size FreeRTOS does not know."""
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
        """Return the tasks, the idle task last; none as long as there are none, or where nothing makes sense."""
        first = self._data.word_or(self._current, 0)
        layout = self._layout(first)
        if layout is None:
            return []
        lists = list_layout(self._layouts, layout)
        where = dict.fromkeys([first], "") if first else {}
        for task, kind in islice(self._listed(lists), 4 * MOST_THREADS):
            if task in where or len(where) < MOST_THREADS:
                where[task] = kind
        tasks = _Tasks(self._data, layout, lists, self._layouts, where, self.running(), self.name_of)
        found = [thread for task in sorted(where) if (thread := tasks.read(task)) is not None]
        return sorted(found, key=lambda thread: (thread.is_idle, thread.id))

    # -- layouts -------------------------------------------------------------------------------------------------------

    @cached_property
    def _layouts(self) -> dict[str, Layout]:
        found = self._data.layouts("vTaskSwitchContext", TCB, LIST, ITEM)
        return found | self._data.layouts("xQueueGenericSend", QUEUE)

    def _layout(self, task: int) -> TaskLayout | None:
        if self._known is None and task:
            self._known = task_layout(self._layouts, self._data, task)
        return self._known

    # -- lists ---------------------------------------------------------------------------------------------------------

    def _listed(self, lists: ListLayout) -> Iterator[tuple[int, str]]:
        """Yield the tasks of all lists, with the kind of list that each is on."""
        for address in ready_lists(self._data, lists):
            yield from ((task, _READY) for task in _owners(self._data, address, lists))
        for name, kind in _LISTS:
            address = self._data.address(name) or 0
            if address:
                yield from ((task, kind) for task in _owners(self._data, address, lists))


def ready_lists(data: GuestData, lists: ListLayout) -> list[int]:
    """Return the addresses of the ready lists, one a priority."""
    symbol = data.symbol("pxReadyTasksLists")
    if symbol is None or not symbol.size:
        return []
    stride = lists.size or _stride(data, symbol.address, symbol.size, lists)
    count = symbol.size // stride if stride else 0
    return [symbol.address + index * stride for index in range(min(count, _MOST_PRIORITIES))]


def _stride(data: GuestData, start: int, size: int, lists: ListLayout) -> int:
    """Return how many bytes apart the ready lists are: each has its end for an index, or an item; 0 if none fits."""
    for stride in _STRIDES:
        places = range(start, start + size, stride)
        if size % stride == 0 and len(places) <= _MOST_PRIORITIES and all(is_list(data, at, lists) for at in places):
            return stride
    return 0


def _owners(data: GuestData, address: int, lists: ListLayout) -> Iterator[int]:
    """Yield the owners of the items of a list, MOST_THREADS at the most."""
    first = data.word_or(address + lists.end + lists.next, 0)
    for item in data.chain(first, lists.next, MOST_THREADS):
        if item == address + lists.end:
            return
        owner = data.word_or(item + lists.owner, 0)
        if owner:
            yield owner


class _Tasks:
    """The tasks ``where`` they are listed, at one moment."""

    def __init__(
        self, data: GuestData, layout: TaskLayout, lists: ListLayout, layouts: dict[str, Layout],
        where: dict[int, str], running: int | None, name_of: Callable[[int], str],
    ) -> None:  # fmt: skip
        self._data = data
        self._layout = layout
        self._where = where
        self._running = running
        self._name_of = name_of
        ready = ready_lists(data, lists)
        stride = lists.size or (ready[1] - ready[0] if len(ready) > 1 else _STRIDES[0])
        self._objects = Objects(data, lists, queue_layout(layouts, lists, stride))
        self._idle = {data.variable(name) for name in ("xIdleTaskHandle", "xIdleTaskHandles")}
        self._bases = sorted({data.word_or(task + layout.stack, 0) for task in where} | set(where))
        self._port = self._find_port()

    def _find_port(self) -> Port | None:
        tops = [(task, self._data.word_or(task, 0)) for task in self._where if task != self._running]
        return port_of(self._data, [top for task, top in tops if not self._is_in_block(task, top)])

    def _is_in_block(self, task: int, top: int) -> bool:
        """Whether a context is a copy in the control block."""
        return 0 < top - task < self._layout.name

    def read(self, task: int) -> KernelThread | None:
        """Return what is known of a task, None where there is no memory."""
        data, layout = self._data, self._layout
        try:
            priority, base = data.word(task + layout.priority), data.word(task + layout.stack)
        except GuestAccessError:
            return None
        name = self._name_of(task)
        state, waited = self._state(task)
        end = stack_end(data, base, self._bases, self._recorded_end(task))
        system = layout.system_stack
        return KernelThread(
            id=task, name=name, state=state, priority=priority,
            stack=Stack(base, end - base) if end else None, stack_base=base,
            registers=None if task == self._running else self._context(task),
            lowest=None if task == self._running or self._is_in_block(task, data.word_or(task, 0)) else data.word(task),
            is_idle=task in self._idle or name == _IDLE,
            waits_for=waited.address, object_name=waited.words, owner=waited.owner, owner_word=waited.owner_word,
            wait_key=waited.key,
            other_stacks=() if system is None else (Stack(task + system, layout.system_stack_size),),
        )  # fmt: skip

    def _recorded_end(self, task: int) -> int | None:
        offset = self._layout.end_of_stack
        return None if offset is None else self._data.word_or(task + offset, 0) or None

    def _context(self, task: int) -> Registers | None:
        top = self._data.word_or(task, 0)
        if self._is_in_block(task, top):
            return saved_in_block(self._data, top)
        return None if self._port is None else saved_on_stack(self._data, top, self._port)

    def _state(self, task: int) -> tuple[str, Waited]:
        """Return the state in words, and what the task waits for."""
        data, layout, where = self._data, self._layout, self._where[task]
        if task == self._running:
            return "is executing", NOTHING
        if where == _DELETED:
            return "is deleted, and its memory not yet freed", NOTHING
        if where not in (_DELAYED, _SUSPENDED):
            return READY, NOTHING
        wake = data.word_or(task + layout.state_item + layout.value, 0)
        until = f", until tick {wake:,}" if where == _DELAYED else ""
        container = data.word_or(task + layout.event_item + layout.container, 0)
        if container:
            found = self._objects.at_list(container)
            return f"waits for {found.words}{until}", found._replace(key=None) if until else found
        if layout.notify_state is not None:
            states = [data.number(task + layout.notify_state + i, 1) for i in range(min(layout.notify_count, 32))]
            if _WAITS_FOR_NOTIFICATION in states:
                return f"waits for a notification{until}", Waited(None, "", key=None if until else task)
        words = "sleeps" if where == _DELAYED else "is suspended"
        if layout.notify_state is None and not layout.is_described:
            words += ", or waits for a notification"  # which of both is not to be seen
        return f"{words}{until}", NOTHING


def find(data: GuestData) -> FreeRTOS | None:
    """Return the kernel, None where the image has no FreeRTOS for one core."""
    is_one = data.symbol(CURRENT) is not None and data.symbol("vTaskSwitchContext") is not None
    return FreeRTOS(data) if is_one else None
