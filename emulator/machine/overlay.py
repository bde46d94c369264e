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

from collections.abc import Callable, Sequence

from emulator.annotations import NamedTuple, Protocol
from emulator.armv7m.core import CONTROL_SPSEL
from emulator.armv7m.exception_entry import frame_of
from emulator.armv7m.faults import Access, Fault
from emulator.armv7m.mpu_region import GRANULE, PAGE_SIZE
from emulator.bits import WORD_MASK
from emulator.engine.debug_points import HANDLER_SHIFT
from emulator.engine.shared_state import MAX_LIST_WORDS
from emulator.engine.thread_slots import ThreadSlots
from emulator.errors import GuestAccessError
from emulator.machine.closed_spans import MOST_OVERLAYS, READ, WRITE, Closed, Numbered, ThreadStack, closed_to
from emulator.machine.parts import Parts
from emulator.machine.stop import FOREIGN, FOREIGN_FRAME

MOST_STACKS = 512
"""Stacks that are closed to the threads that they are not of."""


class Threads(Protocol):
    """The threads of the guest's own kernel."""

    running_word: int
    """The address of the word that says which thread runs."""
    list_words: Sequence[int]
    """Addresses of words one of which changes when a thread comes or goes."""
    switches_in_thread_mode: bool
    """Whether the word may change some time before the stack does, with no exception in between."""
    ended_bits: tuple[int, int] | None
    """The offset of a word in a thread's own, and those of its bits that say that it will not run again, if any do."""

    def stacks(self, running: int) -> Sequence[ThreadStack]:
        """Return the threads that exist, as guest memory has it now, and stacks that are closed to everybody.

        A thread may have several; the first is the one that its own code runs on. ``running`` is the thread on whose
        stack the processor is, 0 for none: it is one of them, even at its end.
        """

    def may(self, thread: int, owner: int) -> int:
        """Return the rights, bits 1 << Access, that were given to ``thread`` in the stack of ``owner``."""


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
        """Those that the threads' own code runs on."""
        self._all: list[ThreadStack] = []
        """These, and those that the kernel runs a thread on within calls."""
        self._numbered = Numbered()
        self._list: list[int] = []
        self._slots = ThreadSlots(shared)
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
        threads, hosts = self._threads, []
        for word in (threads.running_word, *self._words):
            host = self._processor.memory.host_of(word)
            if host is None or word & 3:
                return
            hosts.append(host)
        self._slots.follow(hosts[0], hosts[1:], threads.switches_in_thread_mode, threads.ended_bits)

    # -- who runs ----------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """The core was reset: no thread runs."""
        self._shared.thread_due = False
        self._stacks.clear()
        self._all.clear()
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
            stacks = list(self._threads.stacks(self.running))[:MOST_STACKS]
            self._all = [stack for stack in stacks if stack.low < stack.high]
            self._stacks = {stack.thread: stack for stack in reversed(self._all)}
            held = [(stack.low, stack.high) for stack in self._all]
            self._slots.close(held + [(span.low, span.high) for span in self._closed_now()])
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
        before, number = shared.map.overlay, self._known.get((thread, about))
        if number is None:
            number = self._number(stack)
            if len(self._known) < MOST_OVERLAYS:
                self._known[thread, about] = number
            if stack is not None:
                self._let_c_put(stack, about, number)
        shared.own_thread, shared.own_low, shared.own_high = (0, 0, 0) if stack is None else stack
        shared.map.overlay = number
        return bool(number != before)

    def _number(self, stack: ThreadStack | None) -> int:
        """Return the number of what is closed to the thread of ``stack`` now."""
        if self._numbered.is_full:
            self._numbered.clear()
            self._forget_slots()
        return self._numbered.number(() if stack is None else tuple(closed_to(stack, self._all, self._may)))

    def _let_c_put(self, stack: ThreadStack, about: int, number: int) -> None:
        """Let the C half know what holds while the thread of ``stack`` runs and ``about`` is about to."""
        if about and not any(self._threads.may(stack.thread, other) for other in self._stacks):
            about = 0  # whichever is
        elif self._threads.switches_in_thread_mode and not about:
            return
        self._slots.put(stack.thread, about, number, stack.low, stack.high)

    def _may(self, thread: int, owner: int) -> int:
        if self._threads.switches_in_thread_mode and owner == self._word(self._threads.running_word):
            return 0  # it is about to run
        return self._threads.may(thread, owner)

    def _forget_slots(self) -> None:
        self._known = {}
        self._slots.clear(self._list)

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
        if self._has_ended(before):
            self._is_old = True
            self._put(self._look(sp))
        return True

    def _has_ended(self, thread: int) -> bool:
        """Whether a thread, which has just left the processor, will not run again."""
        bits = self._threads.ended_bits
        if bits is None:
            return False
        try:
            word = self._bus.peek(thread + bits[0] & WORD_MASK, 4)
        except GuestAccessError:
            return False
        return bool(int.from_bytes(word, "little") & bits[1])

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
