"""The stacks of an unmodified image closed to each other: what ``--isolate`` attaches, and what it has found.

``strict`` ends the run in front of the first access of a thread to another's stack; ``report`` lets each pass and lists
it. The threads are those that the kernel inside the image has (emulator/kernels); shares are given by their names.

State: the places that were seen, at most MOST_PLACES, and how the calls at each were found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from emulator.annotations import TYPE_CHECKING, Protocol
from emulator.armv7m.core import Registers
from emulator.armv7m.faults import Access
from emulator.bits import WORD_MASK
from emulator.errors import ConfigError
from emulator.kernels.population import population_words
from emulator.machine.closed_spans import READ, WRITE, ThreadStack
from emulator.machine.events import ForeignTouched
from emulator.machine.machine import Machine
from emulator.machine.overlay import Foreign, Outside
from emulator.records import replace
from emulator.trace.backtrace import Backtrace, backtrace
from emulator.trace.foreign import ForeignPlace, ForeignReport, NeededShare

if TYPE_CHECKING:
    from emulator.harness.guest_awareness import GuestAwareness
    from emulator.kernels.kernel import GuestKernel, KernelThread

MOST_PLACES = 4096
"""Places that are kept; further ones are counted."""
MOST_CHAINS = 1 << 14
MOST_ENDED = 128
"""Stacks of threads that have ended which stay closed."""
ENDED = 1
"""Added to the id of a thread, which is the address of words, it is that of one which has ended."""
RIGHTS = {"r": READ, "rw": READ | WRITE}


class ThreadsHearer(Protocol):
    """Who wants to know which threads there are, as far as the isolation sees them."""

    def exists(self, thread: KernelThread) -> None:
        """``thread`` exists; it is told each time that the threads are read."""

    def ended(self, thread: KernelThread) -> None:
        """``thread``, as it was told last, has ended."""

    def released(self, thread: KernelThread, via: str) -> None:
        """The stack of ``thread``, which has ended, is closed no more."""


class GuestStacks:
    """The threads of ``kernel`` as an overlay asks for them. ``shares``: rights by the names of thread and owner."""

    def __init__(self, kernel: GuestKernel, words: Sequence[int], shares: dict[tuple[str, str], int]) -> None:
        self._kernel = kernel
        self._shares = shares
        word = kernel.switch_word
        self.running_word = word.address
        self.list_words: Sequence[int] = (*words, word.gate) if words and word.gate is not None else tuple(words)
        self.switches_in_thread_mode = bool(kernel.switch_code())
        self.ended_bits = kernel.ended_bits
        self.names: dict[int, str] = {}
        """What each thread is called that was seen, by its id."""
        self.bases: dict[int, int] = {}
        self.given: dict[tuple[int, int], int] = {}
        """Rights that were given in the run, by thread and owner."""
        self._living: dict[int, KernelThread] = {}
        self._ended: dict[int, tuple[ThreadStack, KernelThread]] = {}
        self._hearers: list[ThreadsHearer] = []

    def stacks(self, running: int) -> list[ThreadStack]:
        """See Threads. Only whole words belong to a stack. [D-156]"""
        if self.switches_in_thread_mode and self._kernel.running() is None:
            return []
        found = []
        threads = [one for one in self._kernel.threads() if not one.has_ended or one.id == running]
        self._meet(threads)
        for thread in threads:
            self.names[thread.id] = thread.name
            for stack in (thread.stack, *thread.other_stacks):
                if stack is not None:
                    found.append(ThreadStack(thread.id, stack.base + 3 & ~3, stack.end & ~3))
            if thread.stack is not None:
                self.bases[thread.id] = thread.stack.base
        for gone, _ in list(self._ended.values()):
            if any(gone.low < other.high and other.low < gone.high for other in found):
                self._release(gone.thread, "reused for a new thread")
        return [*found, *(stack for stack, _ in self._ended.values())]

    def _meet(self, threads: Sequence[KernelThread]) -> None:
        """Notice which threads have ended, and which are new. A stack that the program gave stays closed. [D-241]"""
        now = {thread.id: thread for thread in threads}
        for identifier, thread in list(self._living.items()):
            if identifier not in now or now[identifier].serial != thread.serial:
                self._end(thread)
        self._living = now
        for hearer in self._hearers:
            for thread in threads:
                hearer.exists(thread)

    def hear(self, hearer: ThreadsHearer) -> None:
        """Let ``hearer`` hear of the threads from now on."""
        self._hearers.append(hearer)

    def _end(self, thread: KernelThread) -> None:
        del self._living[thread.id]
        name = self.names.get(thread.id, thread.name)
        for hearer in self._hearers:
            hearer.ended(thread)
        if thread.keeps_stack and thread.stack is not None and len(self._ended) < MOST_ENDED:
            gone = thread.serial << 1 << 32 | thread.id | ENDED
            self._ended[gone] = ThreadStack(gone, thread.stack.base + 3 & ~3, thread.stack.end & ~3), thread
            self.names[gone], self.bases[gone] = name, thread.stack.base

    def _release(self, gone: int, via: str) -> None:
        _, thread = self._ended.pop(gone)
        for hearer in self._hearers:
            hearer.released(thread, via)

    def release(self, owner: int, pc: int) -> bool:
        """Whether an access to the stack of ``owner`` at ``pc`` is the allocator's, that got the stack of an ended one.

        Then it is closed no more.
        """
        if not owner & ENDED or not any(low <= pc < high for low, high in self._heap_code):
            return False
        self._release(owner, "given back")
        return True

    def rename(self, thread: int, owner: int) -> None:
        """Read the names of two threads again: programs name them when they like."""
        for one in (thread, owner):
            if one in self._living:
                self.names[one] = self._kernel.name_of(one)

    def ended(self) -> list[KernelThread]:
        """Return the threads that have ended and whose stacks are still closed, by their names."""
        return [replace(thread, name=self.names[gone]) for gone, (_, thread) in self._ended.items()]

    def is_own(self, pc: int) -> bool:
        """Whether the instruction at ``pc`` accesses for the kernel, which may touch every stack."""
        return any(low <= pc < high for low, high in self._kernel_code)

    @cached_property
    def _kernel_code(self) -> list[tuple[int, int]]:
        return self._kernel.own_code()

    @cached_property
    def _heap_code(self) -> list[tuple[int, int]]:
        return self._kernel.heap_code()

    def unknown(self) -> tuple[str, ...]:
        """Return the names in the given shares that no thread had while the run lasted, each once."""
        seen = set(self.names.values())
        return tuple(dict.fromkeys(name for pair in self._shares for name in pair if name not in seen))

    def may(self, thread: int, owner: int) -> int:
        """See Threads."""
        return self.given.get((thread, owner), 0) | self._shares.get(
            (self.names.get(thread, ""), self.names.get(owner, "")), 0
        )


class StackIsolation:
    """The isolation of a machine's threads, attached before it runs."""

    def __init__(self, machine: Machine, stacks: GuestStacks, mode: str) -> None:
        self._machine = machine
        self.stacks = stacks
        self._mode = mode
        self._places: dict[tuple[object, ...], ForeignPlace] = {}
        self._chains: dict[tuple[int, ...], tuple[tuple[tuple[int, int, bytes], ...], Backtrace]] = {}
        self._ram = machine.ram
        self._left_out = 0
        self.overlay = machine.isolate(stacks)
        self.overlay.on_foreign = self._hear

    def _hear(self, what: Foreign | Outside) -> bool:
        """Note an access to closed bytes; whether it may pass."""
        registers = self._machine.live_registers()
        if isinstance(what, Foreign) and not what.exception and self.stacks.is_own(registers.pc):
            return True
        if isinstance(what, Foreign):
            self.stacks.rename(what.thread, what.owner)
            if self.stacks.may(what.thread, what.owner) >> what.access & 1:
                self.overlay.changed()
                return True
        if isinstance(what, Foreign) and self.stacks.release(what.owner, registers.pc):
            self.overlay.changed()
            return True
        if isinstance(what, Outside):
            owner, address, access = None, what.frame, Access.WRITE
        else:
            owner, address, access = what.owner, what.address, what.access
        calls = self._calls(registers)
        key = (what.thread, owner, access, what.exception, calls)
        place = self._places.get(key)
        if place is not None:
            place.count += 1
        elif len(self._places) >= MOST_PLACES:
            self._left_out += 1
        else:
            self._places[key] = self._place(what, owner, address, access, registers, calls)
        return self._mode == "report"

    def _place(
        self, what: Foreign | Outside, owner: int | None, address: int, access: Access, registers: Registers,
        calls: Backtrace,
    ) -> ForeignPlace:  # fmt: skip
        stacks, now = self.stacks, self._machine.clock.now
        who = stacks.names.get(what.thread, f"0x{what.thread:08x}")
        whose = "" if owner is None else stacks.names.get(owner, f"0x{owner:08x}")
        base = stacks.bases.get(what.thread if owner is None else owner, 0)
        shown = None if owner is None else owner & WORD_MASK & ~ENDED
        left = isinstance(what, Outside) or not self._machine.overlay_holds(registers.sp)
        self._machine.emit(
            ForeignTouched(
                now, what.thread, who, shown or 0, whose, registers.pc, address, access.name.lower(), what.size,
                what.exception,
            )
        )  # fmt: skip
        return ForeignPlace(
            what.thread, who, shown, whose, access.name.lower(), now, registers.pc, address, address - base, what.size,
            what.exception, left, calls,
        )  # fmt: skip

    def _calls(self, registers: Registers) -> Backtrace:
        """Return the calls that led to the access. They are looked up again only where what they were found by differs.

        That is a few registers, and the words of RAM that were read for it.
        """
        machine = self._machine
        key = (registers.pc, registers.sp, registers.lr, registers.r[7], registers.r[11])
        known = self._chains.get(key)
        if known is not None and all(machine.peek(address, size) == data for address, size, data in known[0]):
            return known[1]
        read: dict[tuple[int, int], bytes] = {}

        def peek(address: int, size: int) -> bytes:
            data = machine.peek(address, size)
            if any(start <= address < start + length for start, length in self._ram):
                read[address, size] = data
            return data

        calls = backtrace(registers, machine.image, peek)
        if len(self._chains) >= MOST_CHAINS:
            self._chains.clear()
        self._chains[key] = tuple((*place, data) for place, data in read.items()), calls
        return calls

    def forget(self) -> None:
        """The run begins anew."""
        self._places.clear()
        self._left_out = 0

    def report(self) -> ForeignReport:
        """Return what was found so far."""
        places = tuple(self._places.values())
        return ForeignReport(self._mode, places, tuple(_least_shares(places)), self._left_out, self.stacks.unknown())


def _least_shares(places: Sequence[ForeignPlace]) -> Iterator[NeededShare]:
    """Yield the rights that each pair of threads needs, no more; a frame of an exception needs a larger stack."""
    needed: dict[tuple[str, str], str] = {}
    for place in places:
        if place.owner is not None and not place.exception:
            pair = place.thread_name, place.owner_name
            needed[pair] = "rw" if place.access == "write" or needed.get(pair) == "rw" else "r"
    for (thread, owner), rights in needed.items():
        yield NeededShare(thread, owner, rights)


def isolate_stacks(
    machine: Machine, guest: GuestAwareness | None, mode: str, shares: Sequence[str]
) -> StackIsolation | None:
    """Close the stacks of the image's threads to each other; None, and a warning, where no kernel is known in it.

    Raises ConfigError for ``shares`` that are none, and for images whose kernel is the shim.
    """
    given = dict(map(_share, shares))
    if machine.personality is not None:
        name = machine.image.name
        raise ConfigError(f"--isolate is for images with a kernel of their own; that of {name} isolates its stacks.")
    kernel = None if guest is None else guest.kernel
    if guest is None or kernel is None:
        machine.image.warnings.append(
            f"--isolate: no kernel is known in {machine.image.name}, so no stack is closed (docs/kernels.md)"
        )
        return None
    stacks = GuestStacks(kernel, population_words(kernel, guest.data), given)
    guest.ended = stacks.ended
    return StackIsolation(machine, stacks, mode)


def _share(text: str) -> tuple[tuple[str, str], int]:
    """Read ``WHO:WHOSE:r`` or ``WHO:WHOSE:rw``."""
    parts = text.split(":")
    if len(parts) != 3 or parts[2] not in RIGHTS or not parts[0] or not parts[1]:
        raise ConfigError(f"--share {text}: write it as WHO:WHOSE:r or WHO:WHOSE:rw, with the names of two threads.")
    return (parts[0], parts[1]), RIGHTS[parts[2]]
