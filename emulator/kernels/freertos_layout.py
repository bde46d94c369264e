"""Where FreeRTOS's structures have what is needed of them: as debug information says, else as they always begin.

A control block begins with ``pxTopOfStack``; what the port puts behind it is found by the two list items, whose owner
is the block itself. The rest up to the name has been in one order since version 8. No state.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.debuginfo.source import Layout, Member
from emulator.errors import GuestAccessError
from emulator.kernels.guest_data import GuestData

TCB, LIST, ITEM, QUEUE = "tskTaskControlBlock", "xLIST", "xLIST_ITEM", "QueueDefinition"
_OLDEST_NAME = 16
"""The default of configMAX_TASK_NAME_LEN."""
_SEARCHED = 1024
"""Bytes of a control block that its list items are looked for in; the settings of an MPU come before them."""
_OWNER, _ITEM_SIZE, _CHECK = 12, 20, 4
"""A list item: value, next, previous, owner, container; with a check word at each end where those are configured."""


class TaskLayout(NamedTuple):
    """Offsets in a control block; None for what it does not have, or what is not known. ``name`` and its size.

    ``container`` and ``value``, its first word that is no check, are within a list item. ``is_described`` by debug
    information: then what it does not have is not configured.
    """

    state_item: int
    event_item: int
    priority: int
    stack: int
    name: int
    name_size: int
    end_of_stack: int | None = None
    base_priority: int | None = None
    notify_state: int | None = None
    notify_count: int = 0
    system_stack: int | None = None
    system_stack_size: int = 0
    value: int = 0
    container: int = 16
    is_described: bool = False


class ListLayout(NamedTuple):
    """Offsets in a list: how many items it has, its end; and in an item: its link, its owner, and the list it is on."""

    items: int
    end: int
    size: int
    next: int
    owner: int
    container: int


class QueueLayout(NamedTuple):
    """Offsets in a queue, which semaphores and mutexes are, too."""

    holder: int
    send: int
    receive: int
    waiting: int
    length: int
    item_size: int


def task_layout(layouts: dict[str, Layout], data: GuestData, task: int) -> TaskLayout | None:
    """Return the layout by the debug information, else by the control block at ``task``; None where neither says it.

    An item of a task says whose it is, so debug information of another build is noticed.
    """
    if TCB in layouts:
        found = _described_task(layouts[TCB].members)
        if found is not None and data.word_or(task + found.state_item + found.container - 4, 0) == task:
            return found
    return _probed_task(data, task)


def _described_task(members: dict[str, Member]) -> TaskLayout | None:
    def offset(*names: str) -> int | None:
        return next((members[name].offset for name in names if name in members), None)

    def size(name: str) -> int:
        return members[name].size if name in members else 0

    state = offset("xStateListItem", "xGenericListItem")
    event, priority, stack, name = map(offset, ("xEventListItem", "uxPriority", "pxStack", "pcTaskName"))
    value = offset("xStateListItem.xItemValue", "xGenericListItem.xItemValue")
    container = offset(
        *(
            f"{item}.{word}"
            for item in ("xStateListItem", "xGenericListItem")
            for word in ("pxContainer", "pvContainer")
        )
    )
    if None in (state, event, priority, stack, name, value, container):
        return None
    assert state is not None and event is not None and priority is not None and stack is not None
    assert name is not None and value is not None and container is not None
    notify = next((member for member in ("ucNotifyState", "eNotifyState") if member in members), "")
    system = "xMPUSettings.xSystemCallStackInfo.ulSystemCallStackBuffer"
    return TaskLayout(
        state, event, priority, stack, name, size("pcTaskName") or _OLDEST_NAME,
        offset("pxEndOfStack"), offset("uxBasePriority"), offset(notify), size(notify),
        offset(system), size(system), value - state, container - state, is_described=True,
    )  # fmt: skip


def _probed_task(data: GuestData, task: int) -> TaskLayout | None:
    """Find the two list items by their owner, which is the task itself; the others follow them in their order."""
    try:
        words = data.words(task, _SEARCHED // 4)
    except GuestAccessError:
        return None
    owners = [4 * index for index, word in enumerate(words) if word == task][:2]
    if len(owners) < 2 or owners[1] - owners[0] not in (_ITEM_SIZE, _ITEM_SIZE + 2 * _CHECK) or owners[0] < _OWNER:
        return None
    check = (owners[1] - owners[0] - _ITEM_SIZE) // 2
    first = owners[0] - _OWNER - check
    if first < 4:
        return None
    second = first + owners[1] - owners[0]
    behind = second + owners[1] - owners[0]
    return TaskLayout(
        first, second, behind, behind + 4, behind + 8, _OLDEST_NAME, value=check, container=check + 16
    )  # fmt: skip


def list_layout(layouts: dict[str, Layout], task: TaskLayout) -> ListLayout:
    """Return the layout of lists by the debug information, else by whether list items have check words."""
    lists, items = layouts.get(LIST), layouts.get(ITEM)
    if lists is not None and items is not None:
        names, inner = lists.members, items.members
        if {"uxNumberOfItems", "xListEnd"} <= names.keys() and {"pxNext", "pvOwner"} <= inner.keys():
            end = names["xListEnd"].offset
            return ListLayout(
                names["uxNumberOfItems"].offset, end, lists.size, inner["pxNext"].offset,
                inner["pvOwner"].offset, task.container,
            )  # fmt: skip
    check = task.value
    return ListLayout(check, check + 8, 0, check + 4, check + _OWNER, task.container)


def queue_layout(layouts: dict[str, Layout], lists: ListLayout, list_size: int) -> QueueLayout:
    """Return the layout of queues by the debug information, else as they are with lists of ``list_size`` bytes."""
    known = layouts.get(QUEUE)
    names = {} if known is None else known.members
    needed = ("xTasksWaitingToSend", "xTasksWaitingToReceive", "uxMessagesWaiting", "uxLength", "uxItemSize")
    if all(name in names for name in needed):
        holder = next((names[name].offset for name in names if name.endswith("xMutexHolder")), 8)
        return QueueLayout(holder, *(names[name].offset for name in needed))
    send, receive = 16, 16 + list_size
    return QueueLayout(8, send, receive, receive + list_size, receive + list_size + 4, receive + list_size + 8)


def is_list(data: GuestData, address: int, lists: ListLayout) -> bool:
    """Whether there is a list: an empty one leads to its own end, another one to an item that is on it."""
    try:
        items, first = data.word(address + lists.items), data.word(address + lists.end + lists.next)
        is_empty = first == address + lists.end
        return is_empty == (items == 0) and (is_empty or data.word(first + lists.container) == address)
    except GuestAccessError:
        return False
