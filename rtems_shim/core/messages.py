"""The message queue under POSIX and Classic queues: pending messages, blocked receivers, blocked senders.

A blocked receiver has left two pointers, to a size word and to a buffer. The sender that wakes it copies there itself,
size word first, and a blocked sender's message is read by the receiver that makes room. In both cases one thread
touches another one's memory, usually its stack; the copies are accesses of the thread that makes them. When one is
refused the call is as if it had not been made: nothing is delivered and nobody wakes.
"""

from __future__ import annotations

from bisect import insort

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass, field
from rtems_shim.core.arena import Arena
from rtems_shim.core.thread import Thread
from rtems_shim.core.uses import Uses, use_now
from rtems_shim.core.wait_results import give, owe, take
from rtems_shim.core.waitqueue import WaitQueue

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

QUEUE_BYTES = 1 << 20
"""Bytes of all messages that one queue may hold."""
TOTAL_BYTES = 4 << 20
"""Bytes of all messages that all queues together may hold."""
MESSAGE_OVERHEAD = 16


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where a blocked receiver wants its message: a size word, a buffer, and a priority word (0: none)."""

    size: int
    buffer: int
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Sender:
    """What a blocked sender wants to send, still in its own memory."""

    buffer: int
    size: int
    priority: int


@dataclass(slots=True, eq=False)
class MessageQueue:
    """One queue of at most ``maximum`` messages of at most ``message_size`` bytes.

    A larger ``priority`` is received first, of equal ones the oldest. ``receivers`` and ``senders`` are never both
    occupied.
    """

    label: str
    maximum: int
    message_size: int
    receivers: WaitQueue = field(default_factory=WaitQueue)
    senders: WaitQueue = field(default_factory=WaitQueue)
    uses: Uses = field(default_factory=Uses)
    _pending: list[tuple[int, int, bytes]] = field(default_factory=list)  # (-priority, order, message)
    _order: int = 0

    def __len__(self) -> int:
        return len(self._pending)

    def note_created(self, kernel: Kernel) -> None:
        """Remember the call that is being served for the one which made the queue."""
        messages = f"{self.maximum:,} message{'' if self.maximum == 1 else 's'}"
        self.uses.create(use_now(kernel), f"for {messages} of up to {self.message_size:,} bytes")

    @property
    def full(self) -> bool:
        """Whether a sender has to wait."""
        return len(self._pending) >= self.maximum

    def insert(self, priority: int, message: bytes, urgent: bool = False) -> None:
        """Append a message behind those of its priority; an ``urgent`` one goes before them all."""
        self._order += 1
        order = -self._order if urgent else self._order
        insort(self._pending, (-priority, order, message))

    def first(self) -> tuple[int, bytes] | None:
        """Return (priority, message) of the message to receive next, None when there is none."""
        return (-self._pending[0][0], self._pending[0][2]) if self._pending else None

    def drop_first(self) -> None:
        """Remove the message that ``first`` returns."""
        del self._pending[0]

    def flush(self) -> int:
        """Remove every message; return how many there were."""
        count = len(self._pending)
        self._pending.clear()
        return count

    # -- between threads -----------------------------------------------------------------------------------------

    def hand_over(self, kernel: Kernel, receiver: Thread, message: bytes, priority: int, result: int) -> None:
        """Copy ``message`` to a blocked receiver as the caller of the trap, and wake it with ``result``."""
        assert receiver.wait is not None
        target: Receiver = receiver.wait.data
        give(kernel, receiver, target.size, len(message).to_bytes(4, "little"))
        if message:
            give(kernel, receiver, target.buffer, message)
        if target.priority:
            owe(kernel, receiver, target.priority, priority.to_bytes(4, "little"))
        kernel.wake(receiver, result, kernel.executing)
        self.uses.hand_over(use_now(kernel), receiver)

    def waiting_message(self, kernel: Kernel) -> bytes | None:
        """Return the first blocked sender's message, read as the caller of the trap; None without a blocked sender."""
        sender = self.senders.first()
        if sender is None:
            return None
        assert sender.wait is not None
        source: Sender = sender.wait.data
        return take(kernel, sender, source.buffer, source.size) if source.size else b""

    def let_sender_in(self, kernel: Kernel, message: bytes) -> None:
        """Append the first blocked sender's ``message`` (see ``waiting_message``) and wake the sender with 0."""
        sender = self.senders.first()
        assert sender is not None and sender.wait is not None
        source: Sender = sender.wait.data
        self.insert(source.priority, message)
        kernel.wake(sender, 0, kernel.executing)


@dataclass(slots=True)
class MessageMemory:
    """How much memory the queues have been promised: the host's share of the guest's workspace."""

    promised: int = 0
    limit: int = TOTAL_BYTES

    @staticmethod
    def configured(configuration: dict[str, int]) -> MessageMemory:
        """Return the memory that the application configures."""
        return MessageMemory(limit=min(configuration["message_buffer_bytes"], TOTAL_BYTES))

    def fits(self, maximum: int, message_size: int, has_memory: bool = False, workspace: Arena | None = None) -> bool:
        """Whether there is room for one more queue of these dimensions; ``has_memory``: the program's own counts.

        The messages take nothing of ``workspace``, but there must be room for them in it.
        """
        cost = maximum * (message_size + MESSAGE_OVERHEAD)
        limit = TOTAL_BYTES if has_memory else self.limit
        if workspace is not None and not has_memory and workspace.place_for(cost) is None:
            return False
        return cost <= QUEUE_BYTES and self.promised + cost <= limit

    def promise(self, queue: MessageQueue) -> None:
        """Set the memory of a new queue, which must fit, aside."""
        self.promised += queue.maximum * (queue.message_size + MESSAGE_OVERHEAD)

    def release(self, queue: MessageQueue) -> None:
        """Take back what was set aside for ``queue``."""
        self.promised -= queue.maximum * (queue.message_size + MESSAGE_OVERHEAD)
