"""Who used a synchronisation object last, by which call, and from where: what explains a thread that waits for it.

Kept while a run goes on, a few words a call, and read only by reports. No decision of the kernel depends on it.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.errors import GuestAccessError
from rtems_shim.core.call_site import FRAME_POINTER

if TYPE_CHECKING:
    from rtems_shim.abi.calls import Call
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread

STACK_KEPT = 128
"""Bytes of the stack that are kept of a call behind a C wrapper of the guest side, whose caller is found in them."""
DEEP_STACK_KEPT = 256
"""Of a call that failed, which functions of the guest side that call others may have made."""
MOST_OBJECTS = 1024
"""Objects of one kind in guest memory whose uses are kept; then the oldest is forgotten."""


class Use:
    """One ``call``: its virtual ``time``, the executing ``thread``, and the registers at its trap.

    ``pc`` is where the caller of its stub goes on. ``stack`` is what was at ``sp``; neither is kept of a call that has
    no wrapper, unless it failed. ``frame`` is R7, by which code without optimization finds its frame.
    """

    __slots__ = ("call", "frame", "from_interrupt", "pc", "sp", "stack", "thread", "time")

    def __init__(
        self, time: int, thread: Thread, call: Call, pc: int, sp: int, frame: int, stack: bytes, from_interrupt: bool
    ) -> None:
        self.time = time
        self.thread = thread
        self.call = call
        self.pc = pc
        self.sp = sp
        self.frame = frame
        self.stack = stack
        self.from_interrupt = from_interrupt

    def again(self, time: int) -> Use:
        """Return the same call, as it took effect later: its caller had blocked."""
        return Use(time, self.thread, self.call, self.pc, self.sp, self.frame, self.stack, self.from_interrupt)


class Uses:
    """The last uses of one object.

    ``created`` made it, and ``made`` says how: ``with a count of 0``. ``taken`` is the last lock, wait that succeeded
    or receipt, ``given`` the last unlock, post, signal or sending, ``lost`` the last signal that nobody waited for, one
    of ``losses``. ``crossed``: it was given by another one than had taken it last, or without having been taken: it is
    no lock.
    """

    __slots__ = ("created", "crossed", "given", "losses", "lost", "made", "taken")

    def __init__(self) -> None:
        self.created: Use | None = None
        self.made = ""
        self.taken: Use | None = None
        self.given: Use | None = None
        self.lost: Use | None = None
        self.losses = 0
        self.crossed = False

    def create(self, use: Use, made: str) -> None:
        """Note the call that made the object, and how: what was before was another one."""
        self.__init__()  # type: ignore[misc]
        self.created, self.made = use, made

    def take(self, use: Use) -> None:
        """Note a use that took the object, or something out of it."""
        self.taken = use

    def give(self, use: Use) -> None:
        """Note a use that gave it back, or put something into it."""
        taken = self.taken
        if taken is None or use.from_interrupt or taken.thread is not use.thread:
            self.crossed = True
        self.given = use

    def hand_over(self, use: Use, receiver: Thread) -> None:
        """Note a use that gave it to ``receiver``, who had waited."""
        self.give(use)
        if receiver.blocked_in is not None:
            self.taken = receiver.blocked_in.again(use.time)

    def lose(self, use: Use) -> None:
        """Note a wake-up that nobody waited for."""
        self.lost = use
        self.losses += 1

    @property
    def holder(self) -> Thread | None:
        """Who took it last, where it is used as a lock: only who had it has ever given it back."""
        taken, given = self.taken, self.given
        if taken is None or self.crossed or taken.from_interrupt or (given is not None and given.time > taken.time):
            return None
        return taken.thread


class UsesTable:
    """The uses of objects that live in guest memory, by their address. ``complete``: none was forgotten."""

    __slots__ = ("_uses", "complete")

    def __init__(self) -> None:
        self._uses: dict[int, Uses] = {}
        self.complete = True

    def at(self, address: int) -> Uses:
        """Return the uses of the object at ``address``."""
        uses = self._uses.get(address)
        if uses is None:
            if len(self._uses) >= MOST_OBJECTS:
                del self._uses[next(iter(self._uses))]
                self.complete = False
            uses = self._uses[address] = Uses()
        return uses


def use_now(kernel: Kernel, *, keeps_stack: bool = False) -> Use:
    """Return the call that is being served; ``keeps_stack``: with what leads to its caller, whatever call it is."""
    port, call = kernel.port, kernel.serving
    registers = port.registers
    sp, stack = 0, b""
    if call.wrapped or keeps_stack:
        sp = registers.sp
        try:
            stack = port.memory.peek(sp, DEEP_STACK_KEPT if keeps_stack else STACK_KEPT)
        except GuestAccessError:
            stack = b""
    pc, from_interrupt = registers.lr & ~1, bool(registers.ipsr)
    return Use(
        port.clock.now, kernel.scheduler.executing, call, pc, sp, registers.r[FRAME_POINTER], stack, from_interrupt
    )
