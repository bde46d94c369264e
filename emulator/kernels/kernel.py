"""What is known of a kernel inside the guest: the one interface that the modules of all kernels fulfil.

A kernel is read, never run or hooked: everything comes from its own data in guest memory, which may hold anything. So
each answer is bounded in work, and what does not make sense is left out. Reading changes nothing in the run.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple, Protocol
from emulator.armv7m.core import Registers
from emulator.records import dataclass

READY = "is ready"
"""The state of a thread that waits for nothing but the processor."""
MOST_THREADS = 1024
"""Threads that are read of one kernel; lists that are longer, or circular, end there."""


class Stack(NamedTuple):
    """[base, base + size): the bytes of a stack."""

    base: int
    size: int

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.base + self.size

    def holds(self, address: int) -> bool:
        """Whether a byte is one of it."""
        return self.base <= address < self.base + self.size


@dataclass(frozen=True, slots=True)
class KernelThread:
    """A thread as the kernel's data has it at this moment.

    ``id`` is the address of its control block, which the current-thread word holds while it runs. ``name`` is never
    empty; a thread without one is called by its address. ``state`` completes "the thread ...": ``waits for mutex m``.
    ``priority`` is the kernel's own number. ``stack`` is None where the kernel does not say how large it is, and
    ``stack_base`` is its lowest address even then, None where that is not known either. ``registers`` is the context
    that the last switch saved, with the FP registers where it has them; None for the running thread, and where there
    is none that makes sense. ``waits_for`` is the address of the object it waits for, ``owner`` the thread that has it.
    """

    id: int
    name: str
    state: str
    priority: int | None
    stack: Stack | None
    stack_base: int | None = None
    registers: Registers | None = None
    is_idle: bool = False
    waits_for: int | None = None
    object_name: str = ""
    owner: int | None = None
    """The thread that must act before this one can go on, where the kernel's data says so."""
    owner_word: int | None = None
    """The address of the word that names the owner, where taking the object stores it."""
    wait_key: int | None = None
    """What calls of the kernel about what it waits for get in R0: an address or an id."""
    lowest: int | None = None
    """The lowest address that its saved context takes of its stack."""
    other_stacks: tuple[Stack, ...] = ()
    """Stacks of its own that the kernel runs it on within calls."""
    serial: int = 0
    """What differs where another thread has the same control block later, as far as the kernel tells them apart."""
    has_ended: bool = False
    """Whether it will not run again, and only its control block is still there."""
    entry: int = 0
    """The address of its function, 0 where that is not known."""
    keeps_stack: bool = False
    """Whether the program gave it its stack, which is the program's to give back when the thread has ended."""


class SwitchWord(NamedTuple):
    """The word that holds the running thread's id: a store that changes it is the moment of a switch.

    ``gate`` is a word that is zero as long as the first one means nothing, None where it always does.
    """

    address: int
    gate: int | None = None


class GuestKernel(Protocol):
    """One kernel in one machine."""

    @property
    def name(self) -> str:
        """What people call it: ``FreeRTOS``."""

    @property
    def switch_word(self) -> SwitchWord:
        """Where it keeps which thread runs."""

    @property
    def waking_calls(self) -> tuple[str, ...]:
        """The functions that may let a thread go on which waits: R0 is what they are about."""

    @property
    def stack_fill(self) -> int:
        """The byte that it fills stacks with, where it is configured to."""

    @property
    def ended_bits(self) -> tuple[int, int] | None:
        """The offset of a word in a thread's control block, and those of its bits that say that it will not run again.

        None where the kernel does not keep that, or need not be asked in the middle of a switch.
        """

    def running(self) -> int | None:
        """Return the id of the thread that runs, whatever exception interrupts it; None: none does (yet)."""

    def threads(self) -> list[KernelThread]:
        """Return the threads that exist, by their ids; the idle threads last. At most MOST_THREADS."""

    def name_of(self, thread: int) -> str:
        """Return what the thread with that id is called now, without a look at the others."""

    def interrupt_stacks(self) -> list[Stack]:
        """Return the stacks that exceptions use, where the kernel says so."""

    def switch_code(self) -> list[tuple[int, int]]:
        """Return the [start, end) of code that runs in Thread mode as the kernel, on the stacks of two threads.

        Exception handlers are the kernel's anyway; where a kernel switches in them alone, this is empty.
        """

    def own_code(self) -> list[tuple[int, int]]:
        """Return the [start, end) of code that accesses the stacks of others for the kernel, not for the caller."""

    def heap_code(self) -> list[tuple[int, int]]:
        """Return the [start, end) of the code of the allocator that stacks of ended threads may be given back to."""
