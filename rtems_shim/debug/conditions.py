"""What of the kernel a debugger can break on: a change of rights, a switch, a call, one thread's access to another's
stack.

Each condition is a function of an event and of the kernel at that moment, and keeps nothing: in a stretch that is
executed again the same events meet it. Threads are named as reports name them, by number, or by id.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence

from emulator.annotations import TYPE_CHECKING
from emulator.bits import sign_extend
from emulator.debugger.event_breakpoints import EventBreakpoint, Guard
from emulator.machine.events import Event, Switched
from emulator.records import dataclass
from rtems_shim.abi import calls
from rtems_shim.core.events import CopyMade, TrapCall
from rtems_shim.debug.thread_view import thread_number
from rtems_shim.protection.policy import READ_WRITE, describe_rights
from rtems_shim.protection.share_events import ShareMade, ShareRemoved, StackProtected, StackReleased

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread

Change = ShareMade | ShareRemoved | StackProtected | StackReleased
RIGHTS = {"r": 1, "w": 2, "x": 4}
_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt,
}  # fmt: skip
_CONDITION = re.compile(r"(arg[0-3]|result)\s*(==|!=|<=|>=|<|>)\s*(-?\w+)")


class WrongWords(ValueError):
    """What the user wrote means nothing; the message says what it should be."""


def find_thread(kernel: Kernel, name: str) -> Thread:
    """Return the thread of that name, number or id. Raises WrongWords."""
    threads = kernel.threads.all() if kernel.booted else []
    for thread in threads:
        if name in (thread.label, thread.known_name, str(thread_number(thread)), f"0x{thread.id:08x}"):
            return thread
    known = ", ".join(thread.label for thread in threads) or "none yet"
    raise WrongWords(f"there is no thread {name}; there is {known}")


def number_of(word: str) -> int:
    """Read a number as C writes it. Raises WrongWords."""
    try:
        return int(word, 0)
    except ValueError:
        raise WrongWords(f"{word} is no number") from None


# -- rights --------------------------------------------------------------------------------------------------------


def on_rights(kernel: Kernel, words: Sequence[str]) -> EventBreakpoint:
    """THREAD ADDR [r|w|x] gain|loss: the thread gets a right to a byte, or loses it. Without one: any of them."""
    if len(words) not in (3, 4) or words[-1] not in ("gain", "loss") or (len(words) == 4 and words[2] not in RIGHTS):
        raise WrongWords("")
    thread, address, gains = find_thread(kernel, words[0]), number_of(words[1]), words[-1] == "gain"
    wanted = RIGHTS[words[2]] if len(words) == 4 else 7

    def condition(event: Event) -> str | None:
        if not isinstance(event, Change) or not event.base <= address < event.base + event.size:
            return None
        before, after = _rights_around(kernel, event, thread, address)
        if not (after & ~before if gains else before & ~after) & wanted:
            return None
        what = f"{thread.label} had {describe_rights(before)} at 0x{address:08x} and has {describe_rights(after)}"
        return f"{what}: {_cause(kernel, event)}"

    which = words[2] if len(words) == 4 else "any right"
    return EventBreakpoint(f"{thread.label} {'gains' if gains else 'loses'} {which} at 0x{address:08x}", condition)


def _rights_around(kernel: Kernel, event: Change, thread: Thread, address: int) -> tuple[int, int]:
    """Return what ``thread`` could do at ``address`` before ``event``, and what it can do after it."""
    if isinstance(event, StackProtected):
        return _plain_rights(kernel, thread, address), READ_WRITE if event.owner == thread.id else 0
    if isinstance(event, StackReleased):
        return 0, _plain_rights(kernel, thread, address)
    if event.target != thread.id:
        return 0, 0
    return (event.rights, 0) if isinstance(event, ShareRemoved) else (_shared_before(kernel, event), event.rights)


def _plain_rights(kernel: Kernel, thread: Thread, address: int) -> int:
    """Return what ``thread`` may do at ``address`` while no stack is there."""
    policy = kernel.protection.policy
    if any(start <= address < end for start, end in policy.closed):
        return 0
    area = policy.area_at(address)
    return 0 if area is None or (area.privileged_only and not thread.privileged) else area.rights


def _shared_before(kernel: Kernel, event: ShareMade) -> int:
    """Return the rights of the share that ``event`` replaces, 0 where it replaces none."""
    for change in reversed(list(kernel.protection.history)[:-1]):
        if isinstance(change, ShareMade | ShareRemoved):
            if (change.owner, change.target) == (event.owner, event.target):
                return change.rights if isinstance(change, ShareMade) else 0
        elif change.owner == event.owner and isinstance(change, StackProtected):
            break
    return 0


def _cause(kernel: Kernel, event: Change) -> str:
    if isinstance(event, StackProtected):
        return f"it is the stack of {event.owner_name} now"
    if isinstance(event, StackReleased):
        return f"the stack of {event.owner_name} was released ({event.via})"
    if not event.caller_name:
        return event.via
    image = kernel.port.image
    line = image.source_line(event.pc - 2)
    place = str(line) if line is not None else image.symbols.describe(event.pc - 2)
    return f"{event.via} in {event.caller_name}, {place}"


# -- switches and accesses -----------------------------------------------------------------------------------------


def on_switch(kernel: Kernel, words: Sequence[str]) -> EventBreakpoint:
    """THREAD: it comes on the processor."""
    if len(words) != 1:
        raise WrongWords("")
    thread = find_thread(kernel, words[0])

    def condition(event: Event) -> str | None:
        if not isinstance(event, Switched) or event.heir != thread.id:
            return None
        last = next((one for one in kernel.threads.all() if one.id == event.outgoing), None)
        after = f" after {last.label}, which {last.describe_state()}" if last is not None else ""
        return f"{thread.label} is switched in{after}"

    return EventBreakpoint(f"switch to {thread.label}", condition, follows=thread_number(thread))


def is_switch(event: Event) -> str | None:
    """Answer when another thread comes on the processor."""
    return "" if isinstance(event, Switched) else None


def on_access(kernel: Kernel, words: Sequence[str]) -> tuple[Guard, EventBreakpoint]:
    """THREAD OWNER: the first access of one to the stack of the other, by its code or by the kernel for it."""
    if len(words) != 2:
        raise WrongWords("")
    thread, owner = find_thread(kernel, words[0]), find_thread(kernel, words[1])
    if thread is owner:
        raise WrongWords(f"{thread.label} is the owner")
    text = f"{thread.label} and the stack of {owner.label}"

    def condition(event: Event) -> str | None:
        if not isinstance(event, CopyMade) or (event.subject, event.owner) != (thread.id, owner.id):
            return None
        base, end = owner.stack_base, owner.stack_base + owner.stack_size
        if not base <= event.address < end:
            return None
        verb = "wrote" if event.access == "write" else "read"
        return f"{text}: the kernel {verb} {event.size} bytes at 0x{event.address:08x} for it"

    guard = Guard(text, thread_number(thread), owner.stack_base, owner.stack_size)
    return guard, EventBreakpoint(f"{text}, by the kernel", condition)


# -- calls ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallReturned(Event):
    """The result of a call is in r0 of its caller, or in the frame that r0 comes from. No trace has it."""

    thread: int
    name: str
    arguments: tuple[int, ...]
    result: int


def tell_results(kernel: Kernel, observer: Callable[[Event], None]) -> None:
    """Let ``observer`` hear of results of calls as CallReturned."""

    def told(thread: int, name: str, arguments: tuple[int, ...], result: int) -> None:
        observer(CallReturned(kernel.now, thread, name, arguments, result))

    kernel.on_result = told


def on_call(words: Sequence[str]) -> EventBreakpoint:
    """NAME [arg0 == 1 ...] [result != 0 ...]: a call of the kernel, behind its SVC; with a result when it is there."""
    if not words:
        raise WrongWords("")
    if words[0] not in calls.CALL_BY_NAME:
        from difflib import get_close_matches

        near = get_close_matches(words[0], calls.CALL_BY_NAME, n=1)
        raise WrongWords(f"there is no call {words[0]}" + (f"; did you mean {near[0]}?" if near else ""))
    tests = _tests(" ".join(words[1:]))
    wants_result = any(what == "result" for what, _, _ in tests)

    def condition(event: Event) -> str | None:
        if isinstance(event, CallReturned):
            result = event.result if wants_result else None
        elif isinstance(event, TrapCall) and not wants_result:
            result = None
        else:
            return None
        if wants_result != isinstance(event, CallReturned) or event.name != words[0]:
            return None
        arguments = [one if isinstance(one, int) else one[2] for one in event.arguments]
        if not all(_holds(arguments, result, *test) for test in tests):
            return None
        shown = ", ".join(f"0x{one:x}" if isinstance(one, int) else f'"{one}"' for one in arguments)
        return f"{event.name}({shown})" + (f" = {sign_extend(result, 32)}" if result is not None else "")

    return EventBreakpoint(" ".join(["call", *words]), condition)


def _tests(text: str) -> list[tuple[str, str, int]]:
    found = []
    position = 0
    text = text.strip()
    while position < len(text):
        match = _CONDITION.match(text, position)
        if match is None:
            raise WrongWords(f"{text[position:]!r} is no condition; write arg0 == 1, or result != 0")
        found.append((match[1], match[2], number_of(match[3])))
        position = match.end()
        while text[position : position + 1] == " ":
            position += 1
    return found


def _holds(arguments: Sequence[int | str], result: int | None, what: str, comparison: str, value: int) -> bool:
    """Whether a word compares so: as it is, and as the signed number that it may be."""
    word: int | str | None
    if what == "result":
        word = result
    else:
        word = arguments[int(what[3:])] if int(what[3:]) < len(arguments) else None
    if not isinstance(word, int):  # absent, or shown as the string that it points to
        return False
    return _COMPARISONS[comparison](sign_extend(word, 32) if value < 0 or what == "result" else word, value)
