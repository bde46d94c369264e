"""Why threads wait: who has what they wait for, who gave it last, and what of that keeps them all from going on.

A thread waits for another one where only that can end its wait: the owner of a mutex, a thread that is joined, who took
last what is used as a lock (core/uses.py). Such chains end at the thread that explains the others, or go round in a
circle. It is asked after the run; no state of its own.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING, Any
from emulator.armv7m.core import Registers
from emulator.debuginfo.source import shown_source
from emulator.disasm import disassemble
from emulator.errors import GuestAccessError
from rtems_shim.core.call_site import FRAME_POINTER, GUEST_SIDE, outer_call
from rtems_shim.core.inversions import Inversion
from rtems_shim.core.mutex import Mutex
from rtems_shim.core.refusals import Refusal
from rtems_shim.core.uses import Use, Uses

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread, Wait

GIVEN = {
    "semaphore": "released",
    "a message": "sent to",
    "room": "received from",
    "condition": "signalled",
    "barrier": "released",
    "read-write": "unlocked",
    "any of": "sent any",
    "all of": "sent any",
}
"""What somebody does that lets a waiter go on, by the beginning of the words for what is waited for."""


def _since(thread: Thread, others: list[Thread]) -> int:
    """Return since when anybody of ``others`` waits for what ``thread`` does: the last to wait saw nobody go on."""
    waits = [other.wait for other in others if other.wait is not None]
    own = thread.wait
    same = [wait for wait in waits if own is not None and wait.uses is not None and wait.uses is own.uses]
    return min((wait.since for wait in same), default=0 if own is None else own.since)


class Waits:
    """What the threads of ``kernel`` wait for."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        threads = kernel.threads.all() if kernel.booted else []
        self.threads = [thread for thread in threads if not thread.is_idle and thread.alive]

    # -- who waits for whom --------------------------------------------------------------------------------------

    def blocker(self, thread: Thread) -> Thread | None:
        """Return the thread that alone could let ``thread`` go on; None: many could, or it does not wait."""
        wait = thread.wait
        if wait is None or wait.timeout is not None:
            return None
        if wait.owner is not None:
            return wait.owner
        if wait.owned is None and wait.uses is not None and _is_lock(wait):
            return wait.uses.holder
        return None

    def circle(self) -> list[Thread]:
        """Return the threads that wait for each other, each for the next one; [] where none do."""
        for start in self.threads:
            chain = [start]
            while (found := self.blocker(chain[-1])) is not None and found not in chain:
                chain.append(found)
            if found is not None:
                return chain[chain.index(found) :]
        return []

    def _root(self) -> Thread | None:
        """Return the thread at the end of the most chains: why the others wait does not say why all do."""
        reached: dict[int, int] = {}
        roots: list[Thread] = []
        for thread in self.threads:
            if not thread.started:
                continue
            chain = [thread]
            while (found := self.blocker(chain[-1])) is not None and found.alive and found not in chain:
                chain.append(found)
            root = chain[-1]
            if root not in roots:
                roots.append(root)
            reached[root.id] = reached.get(root.id, 0) + 1
        return max(roots, key=lambda root: (self._says_why(root), reached[root.id], _since(root, roots)), default=None)

    def _says_why(self, thread: Thread) -> int:
        """Return how much is known of why ``thread`` waits: an ended owner, a lost signal, an object's uses, little."""
        wait = thread.wait
        blocker = self.blocker(thread)
        if blocker is not None and not blocker.alive:
            return 3
        if wait is None or wait.uses is None:
            return 0
        return 2 if wait.uses.lost is not None else 1

    # -- sentences -----------------------------------------------------------------------------------------------

    def deadlock(self) -> str | None:
        """Say in one sentence, without a full stop, why nothing can go on; None where no thread is left."""
        circle = self.circle()
        if circle:
            return f"Deadlock: {self.circle_words(circle)}"
        root = self._root()
        if root is None:
            return None
        waiter = next((thread for thread in self.threads if self.blocker(thread) is root), None)
        if root.suspended and waiter is not None:
            edge = f"{self._who(waiter)} {self._edge(waiter)}; {root.label}"
            return f"Deadlock: {edge} {self._suspended_words(root)}"
        return f"Deadlock: {self._who(root)} {self._root_words(root)}"

    def circle_words(self, circle: list[Thread]) -> str:
        """Say who waits for whom in a circle of threads."""
        first = circle[0]
        if len(circle) == 1:
            assert first.wait is not None and first.wait.uses is not None and first.wait.uses.taken is not None
            taken = first.wait.uses.taken
            return f"{self._who(first)} waits for {_what(first.wait)}, which it has taken itself, {self.use(taken)}"
        words = f"{self._who(first)} {self._edge(first)}"
        for thread in circle[1:]:
            at = self.place(thread)
            words += f", which{f', {at},' if at else ''} {self._edge(thread)}"
        return words

    def _edge(self, thread: Thread) -> str:
        """Say what ``thread`` waits for, and which thread has it."""
        wait, blocker = thread.wait, self.blocker(thread)
        assert wait is not None and blocker is not None
        if isinstance(wait.owned, Mutex):
            taken = wait.owned.taken
            where = self._where(taken) if taken is not None else ""
            held = f", locked {where}" if where else ""
            return f"waits for {wait.owned.label}, held by {blocker.label}{held}"
        if wait.owned is not None:
            return f"waits for {wait.reason()}"
        assert wait.uses is not None and wait.uses.taken is not None
        where = self._where(wait.uses.taken)
        return f"waits for {_what(wait)}, last taken by {blocker.label}" + (f" {where}" if where else "")

    def _root_words(self, thread: Thread) -> str:
        wait = thread.wait
        if thread.suspended:
            return self._suspended_words(thread)
        if wait is None:
            return thread.describe_state()
        blocker = self.blocker(thread)
        if blocker is not None and wait.owned is not None and not isinstance(wait.owned, Mutex):
            return f"waits for {wait.reason()}"
        if blocker is not None:
            state = blocker.describe_state() if blocker.alive else self._ended_words(blocker)
            return f"{self._edge(thread)}; {blocker.label} {state}"
        if wait.uses is None or not self._given(wait):
            return f"waits for {_what(wait)}"
        return f"waits for {_what(wait)}, {self._last_given(wait, wait.uses)}"

    def _suspended_words(self, thread: Thread) -> str:
        """Say that ``thread`` is suspended, by whom and where, and that nobody will resume it."""
        by = f", {self.use(thread.suspended_in)}" if thread.suspended_in is not None else ""
        return f"{thread.describe_state()}{by}, and nobody is left to resume it"

    def _ended_words(self, thread: Thread) -> str:
        """Say that ``thread`` has ended, and who ended it, if another one did."""
        if thread.ended_in is None or thread.posix.cancel_pending:
            return "has ended"  # what it was asked for it has not done, but ended by itself
        verb = "cancelled" if _call_name(thread.ended_in) == "pthread_cancel" else "deleted"
        return f"was {verb} {self.use(thread.ended_in)}"

    def _last_given(self, wait: Wait, uses: Uses) -> str:
        """Say who let a waiter for it go on last, or that nobody has."""
        pronoun, verb = ("which", self._given(wait))
        if uses.lost is not None and (uses.given is None or uses.given.time <= uses.lost.time):
            return f"{pronoun} was {verb} before, when nobody waited, {self.use(uses.lost)}"
        given = _given_use(wait, uses)
        if given is not None:
            words = "the last of which was sent" if verb == "sent any" else f"{pronoun} was last {verb}"
            return f"{words} {self.use(given)}"
        if verb == "sent any":
            return "and nobody has sent it any event"
        if verb == "sent to":
            return "to which nobody has sent"
        if verb == "received from":
            return "from which nobody has received"
        return f"{pronoun} nobody has {verb}"

    def _given(self, wait: Wait) -> str:
        what = wait.reason()
        if what.endswith("are there)"):
            return ""  # the last one to come releases it
        return next((verb for start, verb in GIVEN.items() if what.startswith(start)), "")

    def refusal(self, refusal: Refusal) -> str:
        """Say of calls that failed which, whose, where, and how often; '' of those of the guest side's machinery."""
        if self._is_ours(refusal.use.pc) and _call_name(refusal.use) == "rtems_stack_release":
            return ""
        often = f", {refusal.count:,} times" if refusal.count > 1 else ""
        use = refusal.use
        where = self._where(use)
        place = f" {where}" if where else ""
        is_past = refusal.error == "ETIMEDOUT" and not refusal.has_waited
        often += ", without waiting: the time that it was given had passed" if is_past else ""
        return f"{_call_name(use)}{place} failed with {refusal.error} at {use.time:,} for {use.thread.label}{often}"

    # -- one thread ----------------------------------------------------------------------------------------------

    def lines(self, thread: Thread) -> tuple[str, ...]:
        """Return further sentences about what ``thread`` waits for: since when, who has it, who used it last."""
        wait = thread.wait
        suspended = thread.suspended_in if thread.suspended else None
        lines = [] if suspended is None else [f"suspended {self.use(suspended)}"]
        if wait is None:
            return (*lines, *self._kept_from_running(thread))
        lines += [f"waits since {wait.since:,}" + (", until a time" if wait.timeout is not None else "")]
        if isinstance(wait.owned, Mutex) and wait.owned.taken is not None and wait.owner is not None:
            lines.append(f"{wait.owned.label} was taken {self.use(wait.owned.taken)}")
        if wait.uses is not None:
            uses = wait.uses
            if uses.created is not None:
                lines.append(f"created {uses.made} {self.use(uses.created)}")
            given = _given_use(wait, uses)
            if uses.taken is not None and uses.taken is not given:
                lines.append(f"last taken {self.use(uses.taken)}")
            if self._given(wait) and (given is not None or uses.lost is None):
                lines.append(self._given_line(self._given(wait), given))
            if uses.lost is not None:
                more = f", one of {uses.losses:,} such calls" if uses.losses > 1 else ""
                lines.append(f"{self._given(wait)}, when nobody waited, {self.use(uses.lost)}{more}")
        return tuple(lines)

    def _kept_from_running(self, thread: Thread) -> list[str]:
        """Say that a thread which is ready does not run since a more urgent one does."""
        running = self._kernel.executing
        if not thread.ready or thread.is_idle or thread is running or not running.priority < thread.priority:
            return []
        return [f"it does not run while {running.label} does: priority {running.priority} before {thread.priority}"]

    def _given_line(self, verb: str, given: Use | None) -> str:
        if verb == "sent any":
            return "nobody has sent it an event" if given is None else f"last event sent {self.use(given)}"
        return f"last {verb} {self.use(given)}" if given is not None else f"nobody has {verb} it"

    def facts(self, thread: Thread) -> dict[str, Any] | None:
        """Return the same as JSON values; None where ``thread`` does not wait."""
        wait = thread.wait
        if wait is None:
            return None
        blocker, uses = self.blocker(thread), wait.uses
        taken = wait.owned.taken if isinstance(wait.owned, Mutex) else uses.taken if uses is not None else None
        return {
            "for": _what(wait),
            "since": wait.since,
            "has_timeout": wait.timeout is not None,
            "where": self.place(thread).removeprefix("in ") or None,
            "thread": None if blocker is None else f"0x{blocker.id:08x}",
            "created": self._use_facts(uses.created if uses is not None else None),
            "taken": self._use_facts(taken),
            "given": self._use_facts(uses.given if uses is not None else None),
            "lost": self._use_facts(uses.lost if uses is not None else None),
            "losses": uses.losses if uses is not None else 0,
        }

    def _use_facts(self, use: Use | None) -> dict[str, Any] | None:
        if use is None:
            return None
        return {
            "time": use.time,
            "by": f"0x{use.thread.id:08x}",
            "name": use.thread.label,
            "call": _call_name(use),
            "where": self._where(use).removeprefix("in ") or None,
            "from_interrupt": use.from_interrupt,
        }

    # -- priorities ----------------------------------------------------------------------------------------------

    def inversion(self) -> str | None:
        """Say which thread waits for one that a less urgent thread than itself keeps from running; None where none."""
        running = self._kernel.executing
        for high in sorted(self.threads, key=lambda thread: (thread.priority, thread.slot)):
            wait, low = high.wait, self.blocker(high)
            if low is None or wait is None or low is running or not low.ready:
                continue
            if high.priority < running.priority < low.priority:
                held = self._edge(high)
                return (
                    f"Priority inversion: {self._who(high)}, of priority {high.priority}, {held}, of priority "
                    f"{low.priority}, which is ready and cannot run while {running.label}, of priority "
                    f"{running.priority}, does"
                )
        return None

    def past_inversion(self, inversion: Inversion) -> str:
        """Say of a priority inversion who waited for whom, and who ran meanwhile."""
        where = self._where(inversion.taken) if inversion.taken is not None else ""
        return (
            f"priority inversion at {inversion.time:,}: {inversion.high.label} waited for {inversion.mutex}, held by "
            f"{inversion.low.label}{f', locked {where}' if where else ''}, while {inversion.middle.label} ran"
        )

    # -- places --------------------------------------------------------------------------------------------------

    def _who(self, thread: Thread) -> str:
        at = self.place(thread)
        return f"{thread.label}, {at}," if at else thread.label

    def place(self, thread: Thread) -> str:
        """Return where ``thread`` made the call in which it waits: ``in take (main.c:9)``, '' where it is not known."""
        if thread.wait is None or thread.blocked_in is None:
            return ""
        return self._where(thread.blocked_in)

    def call_words(self, use: Use) -> str:
        """Return ``sem_wait in take (main.c:9)``, without the place where that is not known."""
        return f"{_call_name(use)} {self._where(use)}".rstrip()

    def use(self, use: Use) -> str:
        """Say of a use who, when, by which call and where: ``by T1 at 12,044: sem_post in give (main.c:12)``."""
        who = f"an interrupt handler while {use.thread.label} ran" if use.from_interrupt else use.thread.label
        where = self._where(use)
        return f"by {who} at {use.time:,}: {_call_name(use)}" + (f" {where}" if where else "")

    def _where(self, use: Use) -> str:
        """Return ``in take (main.c:9)``, '' where that is not known; of a tail call its caller's line is."""
        image = self._kernel.port.image
        pc = use.pc
        if use.stack:
            registers = Registers()
            registers.sp = use.sp
            registers.r[FRAME_POINTER] = use.frame

            def peek(address: int, size: int) -> bytes:
                offset = address - use.sp
                if not 0 <= offset <= len(use.stack) - size:
                    raise GuestAccessError("no longer known")
                return use.stack[offset : offset + size]

            pc = outer_call(image, pc, registers, peek)
            if pc == use.pc and use.call.wrapped and (image.source_line(pc - 2) is None or self._is_ours(pc)):
                return ""
        frames = image.source_frames(pc - 2)
        if not frames or not frames[0].line:
            return ""
        function = frames[0].function or image.symbols.describe(pc - 2).partition("+")[0]
        shown = f"{function} ({shown_source(frames[0].path)}:{frames[0].line})"
        return f"in {shown}" if pc != use.pc or self._calls_stub(use) else f"in what {shown} calls"

    def _calls_stub(self, use: Use) -> bool:
        """Whether the call before the return address is of the stub itself: else a tail call lies between."""
        try:
            instruction = disassemble(self._kernel.port.memory.peek(use.pc - 4, 4), use.pc - 4)
        except GuestAccessError:
            return True
        if instruction.mnemonic != "bl":
            return True
        target = int(instruction.operands.lstrip("#"), 0)
        symbol = self._kernel.port.image.symbols.find_code(target)
        return symbol is None or symbol.name in (use.call.stub, use.call.name)

    def _is_ours(self, pc: int) -> bool:
        """Whether the call before ``pc`` is made by the guest side."""
        line = self._kernel.port.image.source_line(pc - 2)
        return line is not None and shown_source(line.path).startswith(GUEST_SIDE)


def _is_lock(wait: Wait) -> bool:
    return wait.reason().startswith(("semaphore", "read-write lock"))


def _given_use(wait: Wait, uses: Uses) -> Use | None:
    """Return the last use that let a waiter go on: a queue has room again when something was taken out of it."""
    return uses.taken if wait.reason().startswith("room") else uses.given


def _what(wait: Wait) -> str:
    return wait.owned.label if isinstance(wait.owned, Mutex) else wait.reason()


def _call_name(use: Use) -> str:
    return use.call.name
