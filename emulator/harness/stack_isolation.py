"""The stacks of an unmodified image closed to each other: what ``--isolate`` attaches, and what it has found.

``strict`` ends the run in front of the first access of a thread to another's stack; ``report`` lets each pass and lists
it. The threads are those that the kernel inside the image has (emulator/kernels); shares are given by their names.

State: the places that were seen, at most MOST_PLACES, and how the calls at each were found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import Registers
from emulator.armv7m.faults import Access
from emulator.errors import ConfigError
from emulator.kernels.population import population_words
from emulator.machine.events import ForeignTouched
from emulator.machine.machine import Machine
from emulator.machine.overlay import READ, WRITE, Foreign, Outside, ThreadStack
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


class GuestStacks:
    """The threads of ``kernel`` as an overlay asks for them. ``shares``: rights by the names of thread and owner."""

    def __init__(self, kernel: GuestKernel, words: Sequence[int], shares: dict[tuple[str, str], int]) -> None:
        self._kernel = kernel
        self._shares = shares
        word = kernel.switch_word
        self.running_word = word.address
        self.list_words: Sequence[int] = (*words, word.gate) if words and word.gate is not None else tuple(words)
        self.switches_in_thread_mode = bool(kernel.switch_code())
        self.names: dict[int, str] = {}
        """What each thread is called that was seen, by its id."""
        self.bases: dict[int, int] = {}
        self.given: dict[tuple[int, int], int] = {}
        """Rights that were given in the run, by thread and owner."""
        self._living: dict[int, KernelThread] = {}
        self._ended: list[ThreadStack] = []
        self._hear_ends: list[Callable[[KernelThread], None]] = []

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
        self._ended = [
            one for one in self._ended if not any(one.low < other.high and other.low < one.high for other in found)
        ]
        return [*found, *self._ended]

    def _meet(self, threads: Sequence[KernelThread]) -> None:
        """Notice which threads have ended, and which are new. A stack that the program gave stays closed. [D-241]"""
        now = {thread.id: thread for thread in threads}
        for identifier, thread in list(self._living.items()):
            if identifier not in now or now[identifier].serial != thread.serial:
                self._end(thread)
        self._living = now

    def hear_ends(self, hear: Callable[[KernelThread], None]) -> None:
        """Let ``hear`` hear of each thread that was seen, once it is known to have ended."""
        self._hear_ends.append(hear)

    def _end(self, thread: KernelThread) -> None:
        del self._living[thread.id]
        for hear in self._hear_ends:
            hear(thread)
        if thread.keeps_stack and thread.stack is not None and len(self._ended) < MOST_ENDED:
            gone = thread.id | ENDED
            self._ended.append(ThreadStack(gone, thread.stack.base + 3 & ~3, thread.stack.end & ~3))
            self.names[gone], self.bases[gone] = thread.name, thread.stack.base

    def release(self, owner: int, pc: int) -> bool:
        """Whether an access to the stack of ``owner`` at ``pc`` is the allocator's, that got the stack of an ended one.

        Then it is closed no more.
        """
        if not owner & ENDED or not any(low <= pc < high for low, high in self._heap_code):
            return False
        self._ended = [one for one in self._ended if one.thread != owner]
        return True

    def is_own(self, pc: int) -> bool:
        """Whether the instruction at ``pc`` accesses for the kernel, which may touch every stack."""
        return any(low <= pc < high for low, high in self._kernel_code)

    @cached_property
    def _kernel_code(self) -> list[tuple[int, int]]:
        return self._kernel.own_code()

    @cached_property
    def _heap_code(self) -> list[tuple[int, int]]:
        return self._kernel.heap_code()

    def has_ended(self, thread: int) -> bool:
        """See Threads."""
        return self._kernel.has_ended(thread)

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
        left = isinstance(what, Outside) or not self._machine.overlay_holds(registers.sp)
        self._machine.emit(
            ForeignTouched(
                now, what.thread, who, owner or 0, whose, registers.pc, address, access.name.lower(), what.size,
                what.exception,
            )
        )  # fmt: skip
        return ForeignPlace(
            what.thread, who, owner, whose, access.name.lower(), now, registers.pc, address, address - base, what.size,
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
    return StackIsolation(machine, GuestStacks(kernel, population_words(kernel, guest.data), given), mode)


def _share(text: str) -> tuple[tuple[str, str], int]:
    """Read ``WHO:WHOSE:r`` or ``WHO:WHOSE:rw``."""
    parts = text.split(":")
    if len(parts) != 3 or parts[2] not in RIGHTS or not parts[0] or not parts[1]:
        raise ConfigError(f"--share {text}: write it as WHO:WHOSE:r or WHO:WHOSE:rw, with the names of two threads.")
    return (parts[0], parts[1]), RIGHTS[parts[2]]
