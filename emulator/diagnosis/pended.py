"""Which store made an exception pending that has no handler: to ICSR, NVIC_ISPR or STIR.

A store counts where the exception was not pending in front of it and is, or is taken, right behind it, and where its
handler has not begun in between. It is looked for in the instructions before the handler began. State: none.
"""

from __future__ import annotations

from emulator.armv7m.faults import ExceptionNumber
from emulator.armv7m.nvic import NVIC_ISPR, STIR
from emulator.armv7m.scb import ICSR
from emulator.diagnosis.decision import arrival
from emulator.diagnosis.definitions import effect_at
from emulator.diagnosis.function_paths import Code
from emulator.diagnosis.handler_stack import handler_entry
from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay, State
from emulator.timetravel.checkpoint import Position
from emulator.trace.headline import describe_exception
from emulator.trace.why import WhyStep

WINDOWS = (300, 3_000)
"""Instructions in front of a handler that are looked through for the store."""
FIRST_IRQ, BITS_OF_WORD = 16, 32
_BY_ICSR = {
    int(ExceptionNumber.PENDSV): "PENDSVSET",
    int(ExceptionNumber.SYSTICK): "PENDSTSET",
    int(ExceptionNumber.NMI): "NMIPENDSET",
}


def tell_pended(replay: Replay, steps: list[WhyStep], end: Position, exception: int) -> None:
    """Say which store made ``exception`` pending, whose handler, or what its vector led to, executes at ``end``."""
    registers = _registers(exception)
    entry = handler_entry(replay, _arrival(replay, end), exception)
    if entry is None or not registers:
        return
    for window in WINDOWS:
        first = replay.blocks_before(entry.position, window)[0]
        for state in reversed(replay.steps_from(first, entry.position)[:-1]):
            if state.ipsr == exception:
                return
            name = "" if state.is_frame else _register_stored_to(replay, state, registers)
            if name and _makes_pending(replay, state, exception):
                _tell(replay, steps, state, name, exception)
                return
        if first.position.executed == 0:
            return


def _registers(exception: int) -> dict[int, str]:
    """Return the registers that a store to makes ``exception`` pending, by the addresses of their words."""
    if exception in _BY_ICSR:
        return {ICSR.ADDRESS: f"ICSR.{_BY_ICSR[exception]}"}
    if exception < FIRST_IRQ:
        return {}
    number = (exception - FIRST_IRQ) // BITS_OF_WORD
    return {NVIC_ISPR.ADDRESS + 4 * number: f"NVIC_ISPR{number}", STIR.ADDRESS: "STIR"}


def _arrival(replay: Replay, end: Position) -> Position:
    """Return when the run came to the instruction that it is at, if it stays there, as in a branch to itself."""
    replay.traveller.goto(end)
    code = Code.at(replay, replay.here().pc)
    return end if code is None else arrival(replay, replay.here().pc & ~1, end)


def _register_stored_to(replay: Replay, state: State, registers: dict[int, str]) -> str:
    found = effect_at(replay, state)
    for stored in found[1].stored if found is not None else ():
        address = stored.memory.address(state.registers, state.pc) + stored.place
        if address & ~3 in registers:
            return registers[address & ~3]
    return ""


def _makes_pending(replay: Replay, state: State, exception: int) -> bool:
    exceptions = replay.machine.exceptions
    replay.traveller.goto(state.position)
    if exceptions.is_pending(exception):
        return False
    replay.traveller.step()
    return exceptions.is_pending(exception) or replay.here().ipsr == exception


def _tell(replay: Replay, steps: list[WhyStep], state: State, register: str, exception: int) -> None:
    replay.traveller.goto(state.position)
    where, now = where_is(replay), replay.machine.clock.now
    name = describe_exception(replay.machine, exception)
    text = f"{where.call} made {name} pending by a store to {register}, at {now:,}"
    steps.append(WhyStep("memory", text, now, state.pc, where.place, where.caller, where.thread))
