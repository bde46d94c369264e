"""Who let an exception come that was not to: the stores that enabled it, moved the vectors, gave it its priority."""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import NamedTuple
from emulator.armv7m.faults import ExceptionNumber, exception_name
from emulator.armv7m.nvic import NVIC_IPR, NVIC_ISER
from emulator.armv7m.scb import SHPR1, VTOR
from emulator.armv7m.systick import SYST_CSR
from emulator.diagnosis.definitions import effect_at
from emulator.diagnosis.handler_stack import handler_entry
from emulator.diagnosis.places import frame_words, where_is
from emulator.diagnosis.replay import Replay
from emulator.timetravel.checkpoint import Position
from emulator.trace.backtrace import backtrace
from emulator.trace.headline import describe_exception
from emulator.trace.why import WhyStep

NEAR = 8
"""Instructions around the time of a store that it is looked for in: within a block time is not exact."""
_BITS_OF_WORD = 32
_BY_TIMER = SYST_CSR.ENABLE.mask | SYST_CSR.TICKINT.mask


class _Store(NamedTuple):
    time: int
    value: int


def _priority_address(exception: int) -> int:
    return NVIC_IPR.ADDRESS + exception - 16 if exception >= 16 else SHPR1.ADDRESS + exception - 4


def _priority_word(exception: int) -> int:
    return _priority_address(exception) & ~3


class SourceStores:
    """The first store that enabled each exception since it was last disabled, and the last one to VTOR.

    Noted while the second run goes to its end.
    """

    def __init__(self, replay: Replay, exception: int) -> None:
        self._replay = replay
        self._exception = exception
        self._stores: dict[int, list[_Store]] = {}
        self._is_open = True
        system, priority = replay.machine.system, _priority_word(exception)
        words = -(-(replay.machine.exceptions.count - 16) // _BITS_OF_WORD)
        enables = (NVIC_ISER.ADDRESS + 4 * word for word in range(words))
        for address in (SYST_CSR.ADDRESS, VTOR.ADDRESS, priority, *enables):
            system.tell_stores(address, self._noting(address))

    def _noting(self, address: int) -> Callable[[int], None]:
        stores = self._stores.setdefault(address, [])

        def note(value: int) -> None:
            if self._is_open and (not stores or stores[-1].value != value):
                stores.append(_Store(self._replay.machine.clock.now, value))

        return note

    def tell(self, steps: list[WhyStep]) -> None:
        """Say who enabled the exception, and who gave VTOR the value that it has."""
        exception, table = self._exception, self._replay.machine.system.vtor
        self._is_open = False
        address, mask = SYST_CSR.ADDRESS, _BY_TIMER
        if exception != ExceptionNumber.SYSTICK:
            word, bit = divmod(max(0, exception - 16), _BITS_OF_WORD)
            address, mask = NVIC_ISER.ADDRESS + 4 * word, 1 << bit if exception >= 16 else 0
        found = [one for one in self._stores.get(address, []) if mask and one.value & mask == mask]
        if found:
            self._tell(steps, found[-1], address, f"enabled {exception_name(exception)}")
        moved = self._stores[VTOR.ADDRESS]
        if moved:
            self._tell(steps, moved[-1], VTOR.ADDRESS, f"moved the vector table to 0x{table:08x}")

    def tell_unmasked(self, steps: list[WhyStep], end: Position) -> None:
        """Say that the exception was taken in spite of BASEPRI, and who gave it a priority that this does not mask.

        For a handler that has not returned at ``end``.
        """
        replay, exception = self._replay, self._exception
        self._is_open = False
        entry = handler_entry(replay, end, exception)
        if entry is None:
            return
        replay.traveller.goto(entry.position)
        machine = replay.machine
        mask, priority = machine.registers.basepri, machine.exceptions.priorities[exception]
        if not mask:
            return
        frames = backtrace(machine.registers, machine.image, machine.peek).frames
        within = next((frame_words(frame) for frame in frames[1:] if frame.line), "the program")
        name, now = describe_exception(machine, exception), machine.clock.now
        text = f"{name} has the priority 0x{priority:02x}, which BASEPRI, 0x{mask:02x} in {within}, does not hold off: "
        text += f"it was taken there at {now:,}"
        steps.append(WhyStep("memory", text, now, entry.pc))
        register = _priority_word(exception)
        for store in reversed(self._stores[register]):
            if store.value >> 8 * (_priority_address(exception) & 3) & 0xFF == priority:
                self._tell(steps, store, register, f"gave {name} that priority")
                return

    def _tell(self, steps: list[WhyStep], store: _Store, register: int, words: str) -> None:
        """Say it of the store to ``register`` at that time; nothing where there is none."""
        replay = self._replay
        replay.traveller.goto_time(max(0, store.time - NEAR))
        start = replay.here()
        for state in replay.steps_from(start, Position(start.position.executed + 2 * NEAR, 0)):
            effect = effect_at(replay, state)
            for stored in effect[1].stored if effect is not None else ():
                address = stored.memory.address(state.registers, state.pc) + stored.place
                lane = (1 << 8 * stored.size) - 1
                is_value = store.value >> 8 * (address & 3) & lane == state.registers[stored.register] & lane
                if address & ~3 == register and is_value:
                    replay.traveller.goto(state.position)
                    where, now = where_is(replay), replay.machine.clock.now
                    text = f"{where.call} {words}, at {now:,}"
                    steps.append(WhyStep("memory", text, now, state.pc, where.place, where.caller, where.thread))
                    return
