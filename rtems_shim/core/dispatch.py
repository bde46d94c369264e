"""From a trap to its handler: fetch the arguments as the ABI's letters say, call, put the result into r0.

Handlers are plain functions ``(kernel, *arguments)`` registered with ``@trap("name of the call")``. They return the
result word, or None when r0 is not theirs to write: the caller was blocked, or never goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from emulator.annotations import TYPE_CHECKING, Any, TypeVar
from emulator.armv7m.faults import SVC_SIZE
from emulator.bits import WORD_MASK, sign_extend
from emulator.errors import GuestAccessError
from rtems_shim.abi import calls, errno
from rtems_shim.abi.results import VALUES, error_name, seen_result
from rtems_shim.abi.status import Status
from rtems_shim.core.access import STRING_LIMIT, AccessRefused
from rtems_shim.core.call_site import call_site
from rtems_shim.core.events import Argument, CallReturned, TrapCall
from rtems_shim.core.objects import text_of
from rtems_shim.core.wait_results import is_refused

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread

Handler = Callable[..., "int | None"]
HandlerT = TypeVar("HandlerT", bound=Handler)

UNTRACED = frozenset({"switch", "tick", "timer_next", "key_destructor_next"})
"""Calls of the guest side's own machinery; the events they cause say more than the calls."""

BEFORE_BOOT = frozenset({"boot", "fatal", "console_write"})
"""Calls that the start-up code may make before the kernel knows its configuration."""

PLAIN_LETTERS = "up"
"""Arguments that a handler gets as the words that they are."""

SIGN = 0x8000_0000


class Served:
    """A call with its ``handler``, and what dispatch asks of it at each trap, decided once.

    ``count`` arguments are in registers, or None: some are on the stack. ``converted`` are the places and letters of
    those that a handler does not get as they are.
    """

    __slots__ = ("before_boot", "call", "converted", "count", "handler", "is_told", "may_fail", "returns")

    def __init__(self, call: calls.Call, handler: Handler) -> None:
        letters = call.arguments
        self.call = call
        self.handler = handler
        self.count = len(letters) if len(letters) <= 4 and "l" not in letters else None
        self.converted = [(place, letter) for place, letter in enumerate(letters) if letter not in PLAIN_LETTERS]
        self.before_boot = call.name in BEFORE_BOOT
        self.is_told = call.name not in UNTRACED
        self.returns = call.result != "v"
        self.may_fail = self.is_told and call.result in "ie" and call.name not in VALUES


HANDLERS: dict[int, Served] = {}
"""Number of the call -> how it is served. personality.py imports what fills it."""


def trap(name: str) -> Callable[[HandlerT], HandlerT]:
    """Register the decorated function as the handler of the call ``name`` of calls.CALLS."""
    call = calls.CALL_BY_NAME.get(name)
    if call is None:
        raise ValueError(f"no call is named {name!r} in abi/calls.py")
    number = call.number

    def register(handler: HandlerT) -> HandlerT:
        if number in HANDLERS:
            raise ValueError(f"the call {name} has a handler already")
        HANDLERS[number] = Served(call, handler)
        return handler

    return register


def dispatch(kernel: Kernel) -> None:
    """Serve the trap the core is stopped after."""
    port = kernel.port
    registers = port.registers
    r = registers.r
    served = HANDLERS.get(r[12])
    if served is None:
        refuse_unserved(kernel, r)
        return
    # The machine has advanced PC over the SVC; a refused call faults at the SVC itself.
    svc = registers.pc - SVC_SIZE
    if kernel.scheduler.executing.refused is not None and fault_late(kernel, svc):
        return
    try:
        words: list[int] = fetch(kernel, served.call.arguments) if served.count is None else r[: served.count]
        told = tell(kernel, served.call, words) if served.is_told and port.observed else None
        arguments = tuple(words) if kernel.on_result is not None else ()
        for place, letter in served.converted:
            word = words[place]
            words[place] = (word ^ SIGN) - SIGN if letter == "i" else convert(kernel, letter, word)
        kernel.serving = served.call
        is_ready = kernel.memory.protection is not None or served.before_boot
        result = served.handler(kernel, *words) if is_ready else not_implemented(served.call)
    except AccessRefused as refused:
        kernel.refuse(refused.fault, refused.copy, svc, refused.may_open)
        return
    if result is None:
        kernel.executing.call = served.call if served.is_told else None
    elif served.returns:
        if result and served.may_fail:
            kernel.refusals.note(kernel, served.call, result)
        r[0] = result & WORD_MASK
        if told is not None and result:
            told.returned(seen_result(served.call, result), error_name(served.call, result))
        elif told is not None:
            told.returned(0, None)
        if kernel.on_result is not None:
            kernel.on_result(kernel.executing.id, served.call.name, arguments, r[0])


def tell(kernel: Kernel, call: calls.Call, words: list[int]) -> TrapCall:
    """Tell the observers of a call, and return the event, which gets the result."""
    port, registers = kernel.port, kernel.port.registers
    arguments = tuple(_told_arguments(kernel, call, words)) if words else ()
    pc = registers.lr & ~1
    if call.wrapped:
        pc = call_site(port, pc, call.name)
    event = TrapCall(
        port.clock.now, kernel.scheduler.executing.id, call.name, pc, arguments, bool(registers.ipsr)
    )  # fmt: skip
    port.emit(event)
    return event


def tell_returned(kernel: Kernel, thread: Thread, word: int) -> None:
    """Tell the observers that the call in which ``thread`` had blocked returns the result ``word``."""
    call, thread.call = thread.call, None
    if call is not None and call.result in "ie" and kernel.port.observed:
        event = CallReturned(kernel.now, thread.id, call.name, seen_result(call, word), error_name(call, word))
        kernel.port.emit(event)


def _told_arguments(kernel: Kernel, call: calls.Call, words: list[int]) -> Iterator[Argument]:
    for name, letter, word in zip(call.parameters, call.arguments, words, strict=False):
        text = _peek_string(kernel, word) if letter == "s" and word else None
        yield name, letter, word if text is None else text


def _peek_string(kernel: Kernel, address: int) -> str | None:
    """Return the string at ``address`` without an access of the guest's, None where there is none."""
    memory, found = kernel.port.memory, bytearray()
    while len(found) < STRING_LIMIT:
        try:
            byte = memory.peek(address + len(found) & WORD_MASK, 1)
        except GuestAccessError:
            return None
        if byte == b"\0":
            return text_of(found.decode("latin-1"))
        found += byte
    return None


def refuse_unserved(kernel: Kernel, r: Any) -> None:
    """Answer a trap that no handler serves: one of the ABI, or a number that is no call."""
    call = calls.CALL_BY_NUMBER.get(r[12])
    if call is None:
        r[0] = -errno.ENOSYS & WORD_MASK
        return
    told = tell(kernel, call, r[: min(len(call.arguments), 4)]) if kernel.port.observed else None
    result = not_implemented(call)
    r[0] = result & WORD_MASK
    if told is not None:
        told.returned(seen_result(call, result), error_name(call, result))


def fault_late(kernel: Kernel, svc: int) -> bool:
    """Whether the caller has come back to ``svc`` for a fault that it is owed; then it has it."""
    refused = is_refused(kernel, kernel.executing)
    if refused is None:
        return False
    kernel.refuse(refused.fault, refused, svc)
    return True


def not_implemented(call: calls.Call) -> int:
    """Return how a call of this kind says that the kernel lacks it."""
    if call.name.startswith("rtems_"):
        return Status.NOT_IMPLEMENTED
    return -errno.ENOSYS if call.result == "e" else errno.ENOSYS


def fetch(kernel: Kernel, letters: str) -> list[int]:
    """Return the raw argument words from r0-r3 and the caller's stack. [AAPCS32 6.4, stage C]"""
    registers = kernel.port.registers
    r = registers.r
    if len(letters) <= 4 and "l" not in letters:
        return r[: len(letters)]
    words: list[int] = []
    register, stack = 0, registers.sp
    for letter in letters:
        if letter == "l":
            register += register & 1
            if register < 4:
                words.append(r[register] | r[register + 1] << 32)
                register += 2
                continue
            stack = (stack + 7) & ~7
            words.append(int.from_bytes(kernel.memory.load(stack, 8), "little"))
            stack += 8
        elif register < 4:
            words.append(r[register])
            register += 1
        else:
            words.append(kernel.memory.load_word(stack))
            stack += 4
    return words


def convert(kernel: Kernel, letter: str, word: int) -> Any:
    """Return a raw string or 64-bit argument as its handler wants it; a NULL string is None."""
    if letter == "l":
        return sign_extend(word, 64)
    if letter == "s":
        return kernel.memory.load_string(word) if word else None
    return word
