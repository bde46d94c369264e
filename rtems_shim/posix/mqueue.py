"""POSIX message queues. As in RTEMS a descriptor is the queue itself: every opener shares the first one's flags.

State: ``PosixQueues``.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass
from rtems_shim.abi import layouts
from rtems_shim.abi.errno import (
    EAGAIN,
    EBADF,
    EBUSY,
    EEXIST,
    EINVAL,
    EMSGSIZE,
    ENAMETOOLONG,
    ENFILE,
    ENOENT,
    ENOMEM,
    ENOSPC,
    ETIMEDOUT,
)
from rtems_shim.core.clock import Base, Deadline, deadline_at
from rtems_shim.core.dispatch import trap
from rtems_shim.core.messages import MessageMemory, MessageQueue, Receiver, Sender
from rtems_shim.core.objects import Api, ObjectTable, PosixClass
from rtems_shim.core.uses import use_now
from rtems_shim.posix.signals import SIGNALS, Information, send_to_process

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

MQ_PRIO_MAX = 32
"""The largest priority that mq_send takes, as RTEMS tests it."""
NAME_MAX = 255
O_ACCMODE = 3
O_RDONLY = 0
O_WRONLY = 1
O_CREAT = 0x200
O_EXCL = 0x800
O_NONBLOCK = 0x4000
DEFAULT_MAXMSG = 10
DEFAULT_MSGSIZE = 16
NO_SIGNAL = -1


@dataclass(slots=True)
class PosixQueue:
    """A queue with its name; it goes when it is unlinked and nobody has it open. ``notify`` is a pending signal."""

    name: str
    flags: int
    queue: MessageQueue
    opened: int = 1
    linked: bool = True
    notify: int = NO_SIGNAL


class PosixQueues:
    """The POSIX message queues, at most as many as configured."""

    def __init__(self, configuration: dict[str, int]) -> None:
        self.table: ObjectTable[PosixQueue] = ObjectTable(
            Api.POSIX, PosixClass.MESSAGE_QUEUES, configuration["maximum_posix_message_queues"]
        )

    def by_name(self, name: str) -> tuple[int, PosixQueue] | None:
        """Return (descriptor, queue) of the linked queue with this name."""
        return next((item for item in self.table.items() if item[1].linked and item[1].name == name), None)

    def opened(self, descriptor: int) -> PosixQueue | None:
        """Return the queue of an open descriptor."""
        queue = self.table.get(descriptor)
        return queue if queue is not None and queue.opened else None


def check_name(name: str | None) -> int:
    """Return 0, or the error number for a name that no queue can have."""
    if name is None:
        return EINVAL
    return ENAMETOOLONG if len(name) > NAME_MAX else 0


@trap("mq_open")
def mq_open(kernel: Kernel, name: str | None, flags: int, mode: int, attributes: int) -> int:
    """mq_open()."""
    error = check_name(name)
    if error or name is None:
        return -error
    found = kernel.part(PosixQueues).by_name(name)
    if found is None:
        return _create(kernel, name, flags, attributes) if flags & O_CREAT else -ENOENT
    if flags & O_CREAT and flags & O_EXCL:
        return -EEXIST
    found[1].opened += 1
    return found[0]


def _create(kernel: Kernel, name: str, flags: int, attributes: int) -> int:
    maximum, size = DEFAULT_MAXMSG, DEFAULT_MSGSIZE
    if attributes:
        values = layouts.MQ_ATTR.unpack(kernel.memory.load(attributes, layouts.MQ_ATTR.size))
        maximum, size = values["mq_maxmsg"], values["mq_msgsize"]
    if maximum <= 0 or size <= 0:
        return -EINVAL
    table = kernel.part(PosixQueues).table
    if table.next_id() is None:
        return -ENFILE
    if kernel.threads.workspace.place_for(len(name) + 1) is None:
        return -ENOMEM
    if not kernel.part(MessageMemory).fits(maximum, size, workspace=kernel.threads.workspace):
        return -ENOSPC
    queue = MessageQueue(f"message queue {name}", maximum, size)
    queue.note_created(kernel)
    kernel.part(MessageMemory).promise(queue)
    return table.insert(PosixQueue(name, flags, queue))


@trap("mq_close")
def mq_close(kernel: Kernel, queue: int) -> int:
    """mq_close()."""
    opened = kernel.part(PosixQueues).opened(queue)
    if opened is None:
        return -EBADF
    opened.opened -= 1
    _drop(kernel, queue, opened)
    return 0


@trap("mq_unlink")
def mq_unlink(kernel: Kernel, name: str | None) -> int:
    """mq_unlink()."""
    error = check_name(name)
    if error or name is None:
        return -error
    found = kernel.part(PosixQueues).by_name(name)
    if found is None:
        return -ENOENT
    found[1].linked = False
    _drop(kernel, *found)
    return 0


def _drop(kernel: Kernel, descriptor: int, posix: PosixQueue) -> None:
    """Delete a queue that has neither name nor user; who still waits for it gets EBADF."""
    if posix.linked or posix.opened:
        return
    kernel.wake_all(posix.queue.receivers, -EBADF)
    kernel.wake_all(posix.queue.senders, -EBADF)
    kernel.part(MessageMemory).release(posix.queue)
    kernel.part(PosixQueues).table.remove(descriptor)


def _deadline(kernel: Kernel, address: int) -> Deadline | int | None:
    """Return when a call gives up: None for never, an error number when its time is invalid or over."""
    return deadline_at(kernel, address, Base.REALTIME) if address else None


@trap("mq_send")
def mq_send(kernel: Kernel, queue: int, message: int, length: int, priority: int, deadline: int) -> int | None:
    """mq_send() and mq_timedsend(): a blocked receiver gets the message at once, in the sender's accesses."""
    if priority > MQ_PRIO_MAX:
        return -EINVAL
    posix = kernel.part(PosixQueues).opened(queue)
    if posix is None or posix.flags & O_ACCMODE == O_RDONLY:
        return -EBADF
    core = posix.queue
    if length > core.message_size:
        return -EMSGSIZE
    receiver = core.receivers.first()
    if receiver is not None:
        core.hand_over(kernel, receiver, _load(kernel, message, length), priority, length)
        return 0
    if not core.full:
        core.insert(priority, _load(kernel, message, length))
        core.uses.give(use_now(kernel))
        _notify(kernel, posix)
        return 0
    if posix.flags & O_NONBLOCK or kernel.from_interrupt:
        return -EAGAIN
    until = _deadline(kernel, deadline)
    if isinstance(until, int):
        return -until
    return kernel.block(
        lambda: f"room in {core.label}",
        core.senders,
        data=Sender(message, length, priority),
        deadline=until,
        timed_out=-ETIMEDOUT,
        uses=core.uses,
    )


def _load(kernel: Kernel, address: int, length: int) -> bytes:
    return kernel.memory.load(address, length) if length else b""


def _notify(kernel: Kernel, posix: PosixQueue) -> None:
    """Send the registered signal, once, when a message arrives in an empty queue."""
    if posix.notify != NO_SIGNAL and len(posix.queue) == 1:
        signal, posix.notify = posix.notify, NO_SIGNAL
        if signal in SIGNALS:
            send_to_process(kernel, Information(signal))


@trap("mq_receive")
def mq_receive(
    kernel: Kernel, queue: int, buffer: int, length: int, priority: int, deadline: int, length_out: int
) -> int | None:
    """mq_receive() and mq_timedreceive(): ``length_out`` is a local of the guest's wrapper, on the caller's stack."""
    posix = kernel.part(PosixQueues).opened(queue)
    if posix is None or posix.flags & O_ACCMODE == O_WRONLY:
        return -EBADF
    core = posix.queue
    if length < core.message_size:
        return -EMSGSIZE
    first = core.first()
    if first is not None:
        return _take(kernel, core, first, Receiver(length_out, buffer, priority))
    if posix.flags & O_NONBLOCK:
        return -EAGAIN
    until = _deadline(kernel, deadline)
    if isinstance(until, int):
        return -until
    return kernel.block(
        lambda: f"a message in {core.label}",
        core.receivers,
        data=Receiver(length_out, buffer, priority),
        deadline=until,
        timed_out=-ETIMEDOUT,
        uses=core.uses,
    )


def _take(kernel: Kernel, core: MessageQueue, first: tuple[int, bytes], target: Receiver) -> int:
    """Receive the pending message ``first`` and let a blocked sender's message in; copies before changes."""
    priority, message = first
    kernel.memory.store_word(target.size, len(message))
    if message:
        kernel.memory.store(target.buffer, message)
    waiting = core.waiting_message(kernel)
    if target.priority:
        kernel.memory.store_word(target.priority, priority)
    core.drop_first()
    core.uses.take(use_now(kernel))
    if waiting is not None:
        core.let_sender_in(kernel, waiting)
    return len(message)


@trap("mq_getattr")
def mq_getattr(kernel: Kernel, queue: int, attributes: int) -> int:
    """mq_getattr()."""
    if not attributes:
        return -EINVAL
    posix = kernel.part(PosixQueues).opened(queue)
    if posix is None:
        return -EBADF
    kernel.memory.store(attributes, _attributes(posix))
    return 0


def _attributes(posix: PosixQueue) -> bytes:
    core = posix.queue
    return layouts.MQ_ATTR.pack(
        mq_flags=posix.flags, mq_maxmsg=core.maximum, mq_msgsize=core.message_size, mq_curmsgs=len(core)
    )


@trap("mq_setattr")
def mq_setattr(kernel: Kernel, queue: int, attributes: int, old: int) -> int:
    """mq_setattr(): only mq_flags counts, for everybody who has the queue open."""
    if not attributes:
        return -EINVAL
    posix = kernel.part(PosixQueues).opened(queue)
    if posix is None:
        return -EBADF
    flags = layouts.MQ_ATTR.unpack(kernel.memory.load(attributes, layouts.MQ_ATTR.size))["mq_flags"]
    if old:
        kernel.memory.store(old, _attributes(posix))
    posix.flags = flags
    return 0


@trap("mq_notify")
def mq_notify(kernel: Kernel, queue: int, event: int) -> int:
    """mq_notify(): one signal at a time, for whoever asked first; what is no signal is never sent, as on RTEMS."""
    posix = kernel.part(PosixQueues).opened(queue)
    if posix is None:
        return -EBADF
    if not event:
        posix.notify = NO_SIGNAL
        return 0
    if posix.notify != NO_SIGNAL:
        return -EBUSY
    values = layouts.SIGEVENT.unpack(kernel.memory.load(event, layouts.SIGEVENT.size))
    posix.notify = values["sigev_signo"]
    return 0
