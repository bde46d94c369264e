"""From a trap to its handler: fetch the arguments as the ABI's letters say, call, put the result into r0.

Handlers are plain functions ``(kernel, *arguments)`` registered with ``@trap("name of the call")``. They return the
result word, or None when r0 is not theirs to write: the caller was blocked, or never goes on.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING, Any, TypeVar
from emulator.bits import WORD_MASK, sign_extend
from rtems_shim import abi, errno
from rtems_shim.access import AccessRefused
from rtems_shim.classic.status import Status
from rtems_shim.events import TrapCall
from rtems_shim.wait_results import is_refused

if TYPE_CHECKING:
    from rtems_shim.kernel import Kernel

HandlerT = TypeVar("HandlerT", bound=Callable[..., int | None])

HANDLERS: dict[str, Callable[..., int | None]] = {}
"""Name of the call -> its handler."""

UNTRACED = frozenset({"switch", "tick", "timer_next", "key_destructor_next"})
"""Calls of the guest side's own machinery; the events they cause say more than the calls."""

BEFORE_BOOT = frozenset({"boot", "fatal", "console_write"})
"""Calls that the start-up code may make before the kernel knows its configuration."""

PLAIN_LETTERS = "up"
"""Arguments that a handler gets as the words that they are."""

SVC_SIZE = 2


def trap(name: str) -> Callable[[HandlerT], HandlerT]:
    """Register the decorated function as the handler of the call ``name`` of abi.CALLS."""
    if name not in abi.CALL_BY_NAME:
        raise ValueError(f"no call is named {name!r} in abi.py")

    def register(handler: HandlerT) -> HandlerT:
        if name in HANDLERS:
            raise ValueError(f"the call {name} has a handler already")
        HANDLERS[name] = handler
        return handler

    return register


def dispatch(kernel: Kernel) -> None:
    """Serve the trap the core is stopped after."""
    registers = kernel.port.registers
    r = registers.r
    call = abi.CALL_BY_NUMBER.get(r[12])
    if call is None:
        r[0] = -errno.ENOSYS & WORD_MASK
        return
    # The machine has advanced PC over the SVC; a refused call faults at the SVC itself.
    svc = registers.pc - SVC_SIZE
    letters = call.arguments
    if kernel.executing.refused is not None:
        late = is_refused(kernel, kernel.executing)
        if late is not None:
            kernel.refuse(late.fault, late, svc)
            return
    try:
        words = fetch(kernel, letters) if letters else []
        if kernel.port.observed and call.name not in UNTRACED:
            kernel.port.emit(
                TrapCall(kernel.now, kernel.executing.id, call.name, svc, tuple(words), kernel.from_interrupt)
            )
        handler = HANDLERS.get(call.name)
        result: int | None
        if handler is None or not (kernel.booted or call.name in BEFORE_BOOT):
            result = not_implemented(call)
        elif letters.strip(PLAIN_LETTERS):
            result = handler(kernel, *(convert(kernel, *pair) for pair in zip(letters, words, strict=True)))
        else:
            result = handler(kernel, *words)
    except AccessRefused as refused:
        kernel.refuse(refused.fault, refused.copy, svc)
        return
    if result is not None and call.result != "v":
        r[0] = result & WORD_MASK


def not_implemented(call: abi.Call) -> int:
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
    """Return a raw argument as its handler wants it; a NULL string is None."""
    if letter == "i":
        return sign_extend(word, 32)
    if letter == "l":
        return sign_extend(word, 64)
    if letter == "s":
        return kernel.memory.load_string(word) if word else None
    return word
