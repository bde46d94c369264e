"""What a personality adds to the report of a run: who was running, whose memory it was, who waits for what.

The architecture knows registers and regions; only the personality knows threads and stacks. It answers in words and in
plain values, so that reports need not know it, nor it the reports.
"""

from __future__ import annotations

from emulator.annotations import Any, Protocol
from emulator.armv7m.core import Registers
from emulator.armv7m.faults import ExceptionNumber
from emulator.machine.fault_record import FaultRecord
from emulator.machine.stop import StopReason
from emulator.records import dataclass, replace


@dataclass(frozen=True, slots=True)
class ThreadState:
    """A thread at the end of a run. ``state`` completes "the thread ...": ``waits for mutex 3``, ``is ready``.

    ``registers`` is the context that the last switch saved, None for the executing thread and where there is none.
    ``priority`` is the personality's own number. ``waits`` says more about what it waits for, ``wait`` the same as JSON
    values, None where it does not wait. ``stack_used`` is how many bytes of the stack were used, at least.
    ``is_idle``: the personality's own thread, which executes where no other one is ready. ``owner_word`` is the address
    where a kernel inside the image keeps who has what it waits for, None where nobody has it. ``wait_key`` is what
    that kernel's calls about it get.
    """

    id: int
    name: str
    state: str
    stack_base: int
    stack_size: int
    executing: bool
    registers: Registers | None
    priority: int | None = None
    waits: tuple[str, ...] = ()
    wait: dict[str, Any] | None = None
    stack_used: int | None = None
    is_idle: bool = False
    owner_word: int | None = None
    wait_key: int | None = None


GONE = (
    "no share helps: the function whose local that was has returned; what shall outlive it belongs into a static "
    "object or the heap"
)
"""The ``reason`` of ``without_share``."""


@dataclass(frozen=True, slots=True)
class LastSwitch:
    """The last thread switch before the end; ``outgoing_state`` as in ``ThreadState``."""

    time: int
    outgoing: str
    outgoing_state: str
    heir: str


@dataclass(frozen=True, slots=True)
class Place:
    """What the personality knows of the byte that an access was refused at.

    ``words`` completes "tried to write 4 bytes to ...": ``the stack of 0x01, which is not shared with Init``. ``title``
    and ``lines`` say the rest, for people; ``facts`` the same for programs, JSON values only, with words of guest
    memory and addresses as strings such as "0x20008000".
    """

    words: str
    title: str
    lines: tuple[str, ...]
    facts: dict[str, Any]


def without_share(place: Place, reason: str) -> Place:
    """Return ``place`` without the advice to share what is no variable any more; ``reason`` says so."""
    remedies = place.facts.get("remedies")
    if not remedies or remedies[0]["kind"] not in ("share", "kernel-opens"):
        return place
    count = len(place.facts["remedy"])
    facts = {**place.facts, "remedy": [], "remedies": [], "no_share": reason}
    return replace(place, lines=(*place.lines[:-count], reason), facts=facts)


@dataclass(frozen=True, slots=True)
class RefusedArgument:
    """The call with the number ``call`` was refused its first argument, ``value``, at ``time``: no object of its kind.

    ``is_object``: that is the address of the object itself, whose first word says what it is; else an id of one.
    """

    time: int
    call: int
    name: str
    value: int
    is_object: bool


class Story(Protocol):
    """The personality as a report asks it, after the run has ended."""

    @property
    def personality(self) -> str:
        """Its name: ``RTEMS``."""

    @property
    def subject(self) -> str:
        """Who is on the processor: a thread's name, or words such as ``the start-up code``."""

    def describe_end(self, reason: StopReason, caller: str) -> str | None:
        """Say in one sentence how the run ended; None where ``reason`` says it all.

        ``caller`` is the program's own function, with its line, that led there; '' where none is known.
        """

    def ends_itself(self, reason: StopReason) -> bool:
        """Whether what executed at the end brought it about: not a signal from elsewhere."""

    def details(self, reason: StopReason) -> list[str]:
        """Return further sentences about an end that left threads waiting."""

    def remarks(self) -> list[str]:
        """Return lines about what went wrong before, and may be why a run failed."""

    def end_registers(self, reason: StopReason) -> Registers | None:
        """Return the registers of the program's code that the end is about, None where they are the core's."""

    def interrupted_by_signals(self) -> list[Registers]:
        """Return where the executing thread's signal handlers interrupted it, the last one first."""

    def kernel_call(self, record: FaultRecord) -> str | None:
        """Return the name of the call of the kernel whose copy was refused; None when an instruction was."""

    def argument_count(self, call: int) -> int:
        """Return how many registers from R0 on the call of the kernel with that number gets, four at the most."""

    def call_name(self, call: int) -> str:
        """Return the C name of the call of the kernel with that number, '' where there is none."""

    def result_name(self, call: int, result: int) -> str:
        """Return the name of the error that the call with that number returned as ``result``, '' where it is none."""

    def blamed_argument(self, call: int, result: int) -> tuple[int, str] | None:
        """Return the register of the argument that the call with that number refused by ``result``, and what it is.

        None where the result is no refusal, or does not say of what.
        """

    def refused_argument(self) -> RefusedArgument | None:
        """Return the first call that was refused what it was given as no object of its kind; None: none was."""

    def refused_block(self, reason: StopReason) -> int | None:
        """Return the address that the heap was given back and refused, where that ended the run; else None."""

    def place(self, address: int, record: FaultRecord) -> Place | None:
        """Describe ``address``, where the access of ``record`` was refused; None where nothing is known about it."""

    def region_labels(self) -> dict[int, str]:
        """Return what each MPU region stands for now, by its number."""

    def threads(self) -> list[ThreadState]:
        """Return the threads that exist, in a fixed order."""

    def last_switch(self) -> LastSwitch | None:
        """Return the last switch, None when there was none."""


def waits_for_work(story: Story | None, exception: int) -> bool:
    """Whether an idle thread executes, or a kernel waits in its switch, which is in ``exception``, for a thread."""
    threads = [] if story is None else story.threads()
    executing = next((one for one in threads if one.executing), None)
    if executing is None:
        return bool(threads) and exception == ExceptionNumber.PENDSV
    return executing.is_idle
