"""Why no interrupt comes: which are enabled, which pend and what holds them off, and whether SysTick counts.

For a bare program that sleeps, or turns in a loop, for ever. Everything is as it is when the run has ended.
"""

from __future__ import annotations

from emulator.armv7m.faults import ExceptionNumber, exception_name
from emulator.armv7m.systick import SYST_CSR, SYST_RVR
from emulator.bits import set_bits
from emulator.devices.clock import NEVER
from emulator.machine.machine import Machine
from emulator.trace.backtrace import Backtrace
from emulator.trace.headline import describe_exception
from emulator.trace.own_code import name_frame

FIRST = int(ExceptionNumber.SYSTICK)
MOST_NAMED = 8


def interrupt_details(machine: Machine) -> list[str]:
    """Return sentences about SysTick and the external interrupts of ``machine``."""
    return [*_pending(machine), _enabled(machine), _systick(machine), *_events(machine)]


def blocked_details(machine: Machine) -> list[str]:
    """Return only those about what pends and cannot be taken, a SysTick that stands still, and exchanged vectors."""
    csr = machine.system.peek(SYST_CSR.ADDRESS, 4)
    is_still = csr & SYST_CSR.ENABLE.mask and not machine.system.peek(SYST_RVR.ADDRESS, 4)
    return [*_pending(machine), *([_STANDS_STILL] if is_still else []), *_exchanged(machine)]


_STANDS_STILL = "SysTick is enabled and stands still: its reload value, SYST_RVR, is 0."
_HANDLERS = {
    "NMI_Handler": 2, "HardFault_Handler": 3, "MemManage_Handler": 4, "BusFault_Handler": 5, "UsageFault_Handler": 6,
    "SVC_Handler": 11, "DebugMon_Handler": 12, "PendSV_Handler": 14, "SysTick_Handler": 15,
}  # fmt: skip
"""The names that CMSIS gives the handlers of the system exceptions, and their numbers."""


def _exchanged(machine: Machine) -> list[str]:
    """Say which vectors lead to the handler of another exception, by its name, that its own does not lead to."""
    table, symbols = machine.system.vtor, machine.image.symbols.by_name
    vectors = {number: (machine.bus.read(table + 4 * number, 4) or 0) & ~1 for number in _HANDLERS.values()}
    found = []
    for name, own in _HANDLERS.items():
        symbol = symbols.get(name)
        if symbol is None or not symbol.is_function or vectors[own] == symbol.address & ~1:
            continue
        found += [
            f"The vector of {exception_name(number)} ({number}) leads to {name}, and that of "
            f"{exception_name(own)} ({own}) does not."
            for number, address in vectors.items()
            if address == symbol.address & ~1
        ]
    return found[:MOST_NAMED]


def handler_words(machine: Machine, frames: Backtrace) -> str:
    """Return ``, in TIMER0_Handler (main.c:11), the IRQ8 (timer0) handler``; the name where that is not innermost."""
    outer = next((number for number, frame in enumerate(frames.frames) if frame.exception), 0)
    handler = frames.frames[outer - 1] if outer else None
    inner = frames.frames[0]
    is_inner = handler is None or (handler.function or handler.symbol) == (inner.function or inner.symbol)
    name = "" if is_inner or handler is None else f"in {name_frame(handler)}, "
    return f", {name}the {describe_exception(machine, machine.registers.ipsr)} handler"


def _external(exceptions: int) -> list[int]:
    return [number for number in set_bits(exceptions) if number > FIRST]


def _pending(machine: Machine) -> list[str]:
    exceptions, core = machine.exceptions, machine.core
    found = []
    for number in [n for n in set_bits(exceptions.pending) if n >= FIRST][:MOST_NAMED]:
        name = describe_exception(machine, number)
        if not exceptions.is_enabled(number):
            found.append(f"{name} pends, and is not enabled: NVIC_ISER{(number - 16) // 32} bit {(number - 16) % 32}.")
        elif not exceptions.preempts(number, core.execution_priority()):
            found.append(f"{name} pends, and {_holder(machine, number)}.")
    return found


def _holder(machine: Machine, exception: int) -> str:
    """Say what an enabled, pending exception waits for."""
    regs, exceptions = machine.registers, machine.exceptions
    own = exceptions.group_priority(exceptions.priorities[exception])
    if exceptions.preempts(exception, exceptions.execution_priority(0, 0, 0)):
        if regs.faultmask & 1:
            return "FAULTMASK is set"
        if regs.primask & 1:
            return "PRIMASK is set"
        return f"BASEPRI, 0x{regs.basepri:02x}, masks its priority, 0x{own:02x}"
    current = exceptions.execution_priority(0, 0, 0)
    return f"its priority, 0x{own:02x}, is not more urgent than that of the handler that runs, {_priority(current)}"


def _priority(priority: int) -> str:
    return f"0x{priority:02x}" if priority >= 0 else str(priority)


def _enabled(machine: Machine) -> str:
    enabled = _external(machine.exceptions.enabled)
    if not enabled:
        return "No external interrupt is enabled."
    more = f" and {len(enabled) - MOST_NAMED} more" if len(enabled) > MOST_NAMED else ""
    names = ", ".join(describe_exception(machine, number) for number in enabled[:MOST_NAMED])
    return f"Enabled: {names}{more}."


def _systick(machine: Machine) -> str:
    csr = machine.system.peek(SYST_CSR.ADDRESS, 4)
    if not csr & SYST_CSR.ENABLE.mask:
        return "SysTick does not count."
    if not machine.system.peek(SYST_RVR.ADDRESS, 4):
        return _STANDS_STILL
    if not csr & SYST_CSR.TICKINT.mask:
        return "SysTick counts, and raises no exception: SYST_CSR.TICKINT is clear."
    return "SysTick counts and raises its exception."


def _events(machine: Machine) -> list[str]:
    return ["No device has anything left to do."] if machine.clock.next_waking_time() >= NEVER else []


def same_vectors(machine: Machine, exception: int) -> int:
    """Return how many other exceptions have the vector of ``exception``."""
    table = machine.system.vtor
    vectors = [machine.bus.read(table + 4 * number, 4) for number in range(2, machine.exceptions.count)]
    return vectors.count(vectors[exception - 2]) - 1
