"""Whose stack a thread of the guest's own kernel may touch: an overlay of rights beside the guest's MPU.

The MPU decides as ever. What it allows to Thread mode may still be closed: bytes of the stacks of other threads than
the one that runs. Handler mode is the kernel's, and nothing is closed to it. Fetches are not judged. [D-153]

Who runs is looked at when an exception returns to Thread mode with PSP, in the word that the kernel keeps it in; on MSP
no thread runs [D-154]. Where a kernel switches threads in Thread mode, the stack that SP is in tells from when on. A
thread that is new counts from the next such return on [D-155].

What is closed is a set of spans with a number of its own, which is part of the memory map: so what the engine has
learned of a thread's pages is found again when that thread runs again, and a switch costs what one of regions costs.
``follow`` is done in C, too (native/threads.c), where the thread was seen before and none has come or gone.

State: the spans by their numbers; which of them holds, the threads' slots and what is due are in ``shared``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from emulator.annotations import NamedTuple, Protocol
from emulator.armv7m.core import CONTROL_SPSEL
from emulator.armv7m.exception_entry import frame_of
from emulator.armv7m.faults import Access, Fault
from emulator.armv7m.mpu_region import GRANULE, PAGE_SIZE
from emulator.bits import WORD_MASK
from emulator.engine.debug_points import HANDLER_SHIFT
from emulator.engine.shared_state import MAX_LIST_WORDS, THREAD_SLOTS
from emulator.machine.observers import HostSide
from emulator.machine.parts import Parts
from emulator.machine.stop import FOREIGN, FOREIGN_FRAME

READ, WRITE = 1 << Access.READ, 1 << Access.WRITE
MOST_THREADS = 512
"""Threads whose stacks are closed to each other."""
MOST_OVERLAYS = 1 << 12


class ThreadStack(NamedTuple):
    """A thread and its stack [low, high), whole words. ``thread`` is what the kernel's word is while it runs."""

    thread: int
    low: int
    high: int


class Threads(Protocol):
    """The threads of the guest's own kernel."""

    running_word: int
    """The address of the word that says which thread runs."""
    list_words: Sequence[int]
    """Addresses of words one of which changes when a thread comes or goes."""
    switches_in_thread_mode: bool
    """Whether the word may change some time before the stack does, with no exception in between."""

    def stacks(self, running: int) -> Sequence[ThreadStack]:
        """Return the threads that exist, as guest memory has it now, and stacks that are closed to everybody.

        ``running`` is the thread on whose stack the processor is, 0 for none: it is one of them, even at its end.
        """

    def has_ended(self, thread: int) -> bool:
        """Whether ``thread``, which has just left the processor, will not run again."""

    def may(self, thread: int, owner: int) -> int:
        """Return the rights, bits 1 << Access, that were given to ``thread`` in the stack of ``owner``."""


class Closed(NamedTuple):
    """Bytes [low, high) of the stack of ``owner``, in which a thread has no more than ``rights``."""

    low: int
    high: int
    rights: int
    owner: int


class Foreign(NamedTuple):
    """An access of ``thread`` to the stack of ``owner``: ``size`` bytes, of which ``address`` is the first closed one.

    ``exception`` is the one whose frame is pushed, 0 where an instruction accesses.
    """

    thread: int
    owner: int
    address: int
    size: int
    access: Access
    exception: int = 0


class Outside(NamedTuple):
    """An exception frame at ``frame`` that leaves the stack of ``thread``, in which SP was ``sp``."""

    thread: int
    frame: int
    size: int
    sp: int
    exception: int


class Overlay:
    """The overlay of a machine by its ``threads``.

    ``on_foreign(what)`` hears of each access to closed bytes and answers whether it is to pass.
    """

    def __init__(self, threads: Threads, parts: Parts) -> None:
        self._threads = threads
        self._core = parts.core
        self._bus = parts.bus
        self._processor = parts.processor
        self._shared = shared = parts.shared
        self._stacks: dict[int, ThreadStack] = {}
        self._numbered = Numbered()
        self._list: list[int] = []
        self._known: dict[tuple[int | None, int], int] = {}
        """Sets of spans by the thread that runs and the one that is about to, as long as nothing else changes."""
        self._is_old = False
        """Whether the threads must be read again, whatever the words say."""
        self.on_foreign: Callable[[Foreign | Outside], bool] = lambda what: False
        self.on_switch: Callable[[], None] = lambda: None
        """Hears where other bytes are closed from now on, in the middle of a run."""
        self._words = tuple(threads.list_words)[:MAX_LIST_WORDS]
        shared.is_overlaid = True
        self._let_c_follow()

    def _let_c_follow(self) -> None:
        """Let the C half look who runs, where it can look at the words."""
        threads, shared, hosts = self._threads, self._shared, []
        for word in (threads.running_word, *self._words):
            host = self._processor.memory.host_of(word)
            if host is None or word & 3:
                return
            hosts.append(host)
        if not threads.switches_in_thread_mode:
            shared.follows_threads, shared.thread_word, shared.list_count = True, hosts[0], len(self._words)
            shared.list_words[: len(self._words)] = hosts[1:]

    # -- who runs ----------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """The core was reset: no thread runs."""
        self._shared.thread_due = False
        self._stacks.clear()
        self._known.clear()
        self._list.clear()
        self._put(None)

    def returned(self) -> None:
        """An exception has returned to Thread mode."""
        self._shared.thread_due = True

    def follow(self) -> bool:
        """Look who runs, where that is due, between two runs of the engine; whether other bytes are closed now."""
        if not self._shared.thread_due:
            return False
        self._shared.thread_due = False
        registers = self._core.registers
        return self._put(self._look(registers.psp) if registers.control & CONTROL_SPSEL else None)

    def _look(self, sp: int, is_there: bool = False) -> int | None:
        """Return the thread that runs on ``sp``, with the threads as they are now.

        ``is_there``: only if its stack is the one that SP is in.
        """
        thread = self._read()
        if is_there:
            stack = self._stacks.get(thread)
            return thread if stack is not None and stack.low < sp <= stack.high else None
        if self._threads.switches_in_thread_mode:
            before = self._stacks.get(self.running)
            if before is not None and before.low < sp <= before.high:
                return before.thread  # the word is ahead of the stack
        return thread if thread in self._stacks else None

    def _read(self) -> int:
        """Read the threads again, if any has come or gone; return what the kernel's word is."""
        values = [self._word(word) for word in self._words]
        thread = self._word(self._threads.running_word)
        if values != self._list or thread not in self._stacks or self._is_old:
            self._list, self._is_old = values, False
            stacks = list(self._threads.stacks(self.running))[:MOST_THREADS]
            self._stacks = {stack.thread: stack for stack in stacks if stack.low < stack.high}
            self._forget_slots()
        return thread

    def switching(self) -> None:
        """The kernel's word names another thread, in the middle of a run; the stack follows later.

        Until it does, nobody has the stack of that one: so its first access to it tells that it runs.
        """
        if not self._threads.switches_in_thread_mode:
            return
        if self._put(self._look(self._processor.peek_sp())):
            self.on_switch()

    def changed(self) -> None:
        """Other rights than before were given, or a stack is closed no more."""
        self._is_old = True
        self._read()
        if self.running in self._stacks and self._put(self.running):
            self.on_switch()

    def _word(self, address: int) -> int:
        return self._bus.read(address, 4) or 0

    @property
    def running(self) -> int:
        """The thread that runs in Thread mode, 0 for none that is known."""
        running: int = self._shared.own_thread
        return running

    def _put(self, thread: int | None) -> bool:
        """Let ``thread`` run: what is closed to it holds from now on, and C may know. Whether that is another set."""
        shared, stack = self._shared, None if thread is None else self._stacks[thread]
        about = self._word(self._threads.running_word) if self._threads.switches_in_thread_mode else 0
        number, before = self._known.get((thread, about)), shared.map.overlay
        if number is None or not self._numbered.knows(number):
            spans = () if stack is None else tuple(_closed(stack, self._stacks.values(), self._may))
            number = self._numbered.number(spans)
            if len(self._known) < MOST_OVERLAYS:
                self._known[thread, about] = number
        own = (0, 0, 0) if stack is None else stack
        shared.own_thread, shared.own_low, shared.own_high = own
        shared.map.overlay = number
        if stack is not None:
            slot = shared.threads[(stack.thread >> 3 ^ stack.thread >> 9) & THREAD_SLOTS - 1]
            slot.thread, slot.overlay, slot.low, slot.high = stack.thread, number, stack.low, stack.high
        return bool(number != before)

    def _may(self, thread: int, owner: int) -> int:
        if self._threads.switches_in_thread_mode and owner == self._word(self._threads.running_word):
            return 0  # it is about to run
        return self._threads.may(thread, owner)

    def _forget_slots(self) -> None:
        shared = self._shared
        self._known = {}
        for slot in shared.threads:
            slot.thread = slot.overlay = slot.low = slot.high = 0
        shared.list_values[: len(self._list)] = self._list

    # -- what is closed ----------------------------------------------------------------------------------------------

    def closes(self, page: int) -> bool:
        """Whether any byte of a 1 KiB page is closed to the thread that runs."""
        return any(span.low < page + PAGE_SIZE and page < span.high for span in self._closed_now())

    def granules(self, page: int, rights: bytes) -> bytes:
        """Return the rights of the granules of a page for Thread mode; << HANDLER_SHIFT what Handler mode has besides.

        A granule that is closed in parts counts as closed: each access to it is asked about.
        """
        spans = [span for span in self._closed_now() if span.low < page + PAGE_SIZE and page < span.high]
        found = bytearray(rights)
        for index in range(len(found)):
            start = page + index * GRANULE
            for span in spans:
                if span.low < start + GRANULE and start < span.high:
                    closed = found[index] & (READ | WRITE) & ~span.rights
                    found[index] = found[index] & ~closed | closed << HANDLER_SHIFT
        return bytes(found)

    def judge(self, address: int, size: int, access: Access) -> Fault | None:
        """Judge an access that the MPU allows to an instruction, in the middle of a run."""
        span = self._closed(address, size, access)
        if span is None or self._processor.current_exception():
            return None
        if self._threads.switches_in_thread_mode and self._has_switched(self._processor.peek_sp()):
            self.on_switch()
            span = self._closed(address, size, access)
            if span is None:
                return None
        first = max(address & WORD_MASK, span.low)
        return self._ask(Foreign(self.running, span.owner, first, size, access))

    def judge_frame(self) -> Fault | None:
        """Judge the frame that the most urgent exception is about to push, between two runs."""
        registers, shared = self._core.registers, self._shared
        if registers.ipsr or not self.running:
            return None
        is_within = shared.own_low < registers.sp <= shared.own_high
        if self._threads.switches_in_thread_mode and not is_within and self._has_switched(registers.sp):
            self.on_switch()
        frame, size = frame_of(self._core)
        exception, sp = self._core.exceptions.most_urgent_pending() or 0, registers.sp
        if shared.own_low < sp <= shared.own_high and (frame < shared.own_low or frame >= sp):
            return self._ask(Outside(self.running, frame, size, sp, exception))
        span = self._closed(frame, size, Access.WRITE)
        if span is None:
            return None
        return self._ask(Foreign(self.running, span.owner, max(frame, span.low), size, Access.WRITE, exception))

    def _ask(self, what: Foreign | Outside) -> Fault | None:
        if self.on_foreign(what):
            return None
        if isinstance(what, Foreign) and not what.exception:
            return Fault(FOREIGN, what.address, what.access, what.size)
        address = what.address if isinstance(what, Foreign) else what.frame
        return Fault(FOREIGN_FRAME, address, Access.WRITE, what.size)

    def _has_switched(self, sp: int) -> bool:
        """Whether the thread that the kernel's word names has come to its stack, ``sp``; it runs from now on."""
        before = self.running
        thread = self._look(sp, is_there=True)
        if thread is None or thread == before:
            return False
        self._put(thread)
        if self._threads.has_ended(before):
            self._is_old = True
            self._put(self._look(sp))
        return True

    def _closed_now(self) -> tuple[Closed, ...]:
        return self._numbered.spans(self._shared.map.overlay)

    def _closed(self, address: int, size: int, access: Access) -> Closed | None:
        """Return the span whose bytes ``access`` may not touch and does, the one that it comes to first."""
        end = address + size
        found = [
            span for span in self._closed_now()
            if span.low < end and address < span.high and not span.rights >> access & 1
        ]  # fmt: skip
        return min(found, key=lambda span: max(span.low, address), default=None)


class Numbered(HostSide):
    """Sets of closed spans by their numbers. No number ever stands for another set: pages are kept by them."""

    __slots__ = ("_last", "_numbers", "_spans")

    def __init__(self) -> None:
        self._last = 0
        self._spans: dict[int, tuple[Closed, ...]] = {0: ()}
        self._numbers: dict[tuple[Closed, ...], int] = {(): 0}

    def number(self, spans: tuple[Closed, ...]) -> int:
        """Return the number of a set."""
        found = self._numbers.get(spans)
        if found is None:
            if len(self._spans) >= MOST_OVERLAYS:
                self._spans, self._numbers = {0: ()}, {(): 0}
            self._last = found = self._last + 1
            self._spans[found], self._numbers[spans] = spans, found
        return found

    def knows(self, number: int) -> bool:
        """Whether a number stands for a set still."""
        return number in self._spans

    def spans(self, number: int) -> tuple[Closed, ...]:
        """Return the set of a number."""
        return self._spans[number]


def _closed(own: ThreadStack, stacks: Iterable[ThreadStack], may: Callable[[int, int], int]) -> Iterator[Closed]:
    """Yield what is closed to the thread of ``own``: the other stacks, less what is also its own or was given to it."""
    for stack in sorted(stacks, key=lambda one: (one.low, one.thread)):
        rights = may(own.thread, stack.thread)
        if stack.thread == own.thread or rights & (READ | WRITE) == READ | WRITE:
            continue
        for low, high in ((stack.low, min(stack.high, own.low)), (max(stack.low, own.high), stack.high)):
            if low < high:
                yield Closed(low, high, rights, stack.thread)
