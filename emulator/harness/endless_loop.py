"""Runs a machine to its end in slices, so that whoever waits hears of it, and endless loops are noticed.

The slices are the same in every run, and where they end depends on instructions only, so they change nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import Protocol
from emulator.armv7m.faults import ExceptionNumber
from emulator.bits import set_bits
from emulator.devices.clock import NEVER
from emulator.errors import GuestAccessError
from emulator.machine.fault_record import FAULT_HANDLERS
from emulator.machine.machine import Machine
from emulator.machine.stop import BudgetSpent, Spinning, StopReason

FIRST_SLICE = 100_000
SLICE = 1_000_000
LOOP_LIMIT = 8
"""Bytes of the longest loop that is looked at."""
_NOPS = frozenset((0xBF00, 0xBF10))  # NOP, YIELD
_WIDE_LOOP = (0xF7FF, 0xBFFE)  # b.w to itself


class Runner(Protocol):
    """A machine, or what goes back in its run, too."""

    def run(self, max_instructions: int | None = None, *, goes_on: bool = False) -> StopReason:
        """See Machine.run()."""


def run_to_end(
    machine: Machine,
    budget: int | None,
    update: Callable[[int], object] | None = None,
    runner: Runner | None = None,
) -> StopReason:
    """Run until the program ends, ``budget`` instructions are spent, or nothing but an endless loop is left.

    ``update`` is told now and then how many instructions were executed. ``runner`` runs the machine instead of itself.
    """
    start = machine.engine.executed
    size = FIRST_SLICE
    run = machine.run if runner is None else runner.run
    while True:
        spent = machine.engine.executed - start
        reason = run(size if budget is None else min(size, budget - spent), goes_on=spent > 0)
        if not isinstance(reason, BudgetSpent):
            break
        if spins(machine):
            reason = Spinning(reason.time)
            break
        if budget is not None and machine.engine.executed - start >= budget:
            break
        if update is not None:
            update(machine.engine.executed)
        size = SLICE
    if machine.host is not None:
        machine.host.take()
    return reason


def spins(machine: Machine) -> bool:
    """Whether the core is in a branch to itself that it cannot leave.

    A fault handler counts whatever would interrupt it. Other code does when nothing can: no exception that pends, or
    that a device may raise, is enabled and more urgent, and no watchdog runs.
    """
    registers = machine.registers
    if not _is_loop(machine, registers.pc):
        return False
    if registers.ipsr in FAULT_HANDLERS:
        return True
    return not _may_be_interrupted(machine)


def _may_be_interrupted(machine: Machine) -> bool:
    """Whether an exception or a reset may come while the core is in a loop that does nothing."""
    exceptions, priority = machine.exceptions, machine.core.execution_priority()
    urgent = {number for number in set_bits(exceptions.enabled) if exceptions.preempts(number, priority)}
    if any(exceptions.is_pending(number) for number in urgent):
        return True
    if machine.clock.next_waking_time() >= NEVER:
        return False
    if machine.personality is not None or (machine.devices is not None and machine.devices.may_reset()):
        return True
    return any(number > ExceptionNumber.PENDSV for number in urgent)  # SysTick and devices; PendSV takes a program


def _is_loop(machine: Machine, pc: int) -> bool:
    """Whether the code at ``pc`` does nothing but go back to ``pc``."""
    for offset in range(0, LOOP_LIMIT, 2):
        halfword = _halfword(machine, pc + offset)
        if halfword is None:
            return False
        if offset == 0 and (halfword, _halfword(machine, pc + 2)) == _WIDE_LOOP:
            return True
        if halfword >> 11 == 0b11100:  # B, encoding T2 [A7.7.12]
            return (halfword & 0x7FF) == -(offset + 4) // 2 & 0x7FF
        if halfword not in _NOPS:
            return False
    return False


def _halfword(machine: Machine, address: int) -> int | None:
    try:
        return int.from_bytes(machine.peek(address, 2), "little")
    except GuestAccessError:
        return None
