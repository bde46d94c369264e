"""What a second run shows of the end of the first: which value of the fault was bad, and where it came from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from emulator.diagnosis.branches import explain_branch
from emulator.diagnosis.definitions import effect_at
from emulator.diagnosis.departure import Departure, find_departure, is_code
from emulator.diagnosis.operands import PC, SP, Memory, registers_in
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.replay import Replay, Rerun
from emulator.engine.branch import VECTOR
from emulator.machine.fault_record import FaultRecord
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import Why

LONGEST_RUN = 200_000_000
"""Instructions of a run that is executed again unless more is asked for."""
DATA = frozenset(("DACCVIOL", "PRECISERR", "UNALIGNED"))
WILD = frozenset(("INVSTATE", "IACCVIOL", "IBUSERR", "UNDEFINSTR", "NOCP"))
ARGUMENTS = 4
NEAR = 256
"""Bytes from an argument of a call of the kernel that the kernel reaches through it."""


def why_it_faulted(
    open_again: Callable[[], AbstractContextManager[Rerun]], record: FaultRecord, executed: int, most: int = LONGEST_RUN
) -> Why | None:
    """Execute the run again that ended with ``record``, after ``executed`` instructions; return what that shows.

    None: the run was longer than ``most`` instructions, or the fault is not one that has a cause in a value.
    """
    if executed > most or record.raised.step:
        return None
    with open_again() as rerun:
        replay = Replay(rerun, most)
        if not replay.at_fault(record, executed):
            return None
        origins = Origins(replay)
        _explain(replay, origins, record)
        return Why(() if _is_plain(origins) else tuple(origins.steps), most)


def why_it_is_there(
    open_again: Callable[[], AbstractContextManager[Rerun]], executed: int, most: int = LONGEST_RUN
) -> Why | None:
    """The same for a run that ended after ``executed`` instructions without a fault: None in the program's code."""
    if executed > most:
        return None
    with open_again() as rerun:
        replay = Replay(rerun, most)
        if not replay.at_end(executed) or is_code(replay, replay.here().pc):
            return None
        origins = Origins(replay)
        _explain_branch(replay, origins)
        return Why(tuple(origins.steps), most)


def _is_plain(origins: Origins) -> bool:
    """Whether all that was found is that the pointer is that of a local of the function that faulted."""
    return len(origins.steps) == 1 and origins.is_own_local


def _explain(replay: Replay, origins: Origins, record: FaultRecord) -> None:
    name = record.fault.cause.name
    if name in WILD and (record.branch is not None or not is_code(replay, record.pc)):
        if record.branch is None or record.branch.kind != VECTOR:
            _explain_branch(replay, origins)
    elif name in DATA:
        _explain_access(replay, origins, record)
    elif name == "DIVBYZERO":
        _explain_division(replay, origins)


def _explain_access(replay: Replay, origins: Origins, record: FaultRecord) -> None:
    state, address = replay.here(), record.fault.address
    found = effect_at(replay, state)
    if found is None:
        return
    if found[0].mnemonic == "svc" and address is not None:
        number = _argument_to(replay, address, state.registers[:ARGUMENTS])
        if number is not None:
            origins.noun = "the pointer"
            origins.follow_register(number, state.position)
        return
    if found[1].memory is None:
        return
    register = _suspect(origins, found[1].memory, state.registers)
    origins.noun = "the index" if register == found[1].memory.index_register else "the pointer"
    if register not in (SP, PC):
        origins.follow_register(register, state.position)


def _argument_to(replay: Replay, address: int, arguments: list[int]) -> int | None:
    """Return the argument of a call of the kernel that points to the memory at ``address``, None where none does.

    In a stack it must point into the same one: else the address is that of a thread that waits.
    """
    threads = [] if replay.story is None else replay.story.threads()
    stacks = [range(one.stack_base, one.stack_base + one.stack_size) for one in threads]
    stack = next((one for one in stacks if address in one), None)
    near = [(address - value, number) for number, value in enumerate(arguments)]
    near = [one for one in near if 0 <= one[0] < NEAR and (stack is None or address - one[0] in stack)]
    return min(near)[1] if near else None


def _suspect(origins: Origins, memory: Memory, registers: list[int]) -> int:
    """Return the register that spoilt an address: the index where the base is in memory."""
    if memory.index_register >= 0 and origins.is_memory(registers[memory.base]):
        return memory.index_register
    return memory.base


def _explain_division(replay: Replay, origins: Origins) -> None:
    found = effect_at(replay, replay.here())
    if found is None:
        return
    origins.noun = "the divisor"
    origins.follow_register(registers_in(found[0].operands)[-1], replay.position)


def _explain_branch(replay: Replay, origins: Origins) -> None:
    """Say how execution came to where it is."""
    position, target = replay.position, replay.here()
    replay.traveller.goto(Position(max(0, position.executed - 1), 0))
    state = replay.here()
    if is_code(replay, state.pc):
        explain_branch(replay, origins, Departure(state, target), None)
        return
    departure = find_departure(replay, position)
    if departure is not None:
        explain_branch(replay, origins, departure, position)
