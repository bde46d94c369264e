"""Who let an exception come that was not to: the stores that enabled it, moved the vectors, gave it its priority."""

from __future__ import annotations

from emulator.armv7m.faults import ExceptionNumber, exception_name
from emulator.armv7m.nvic import NVIC_ISER
from emulator.armv7m.scb import VTOR
from emulator.armv7m.systick import SYST_CSR
from emulator.diagnosis.core_settings import priority_address
from emulator.diagnosis.handler_stack import handler_entry
from emulator.diagnosis.places import frame_words
from emulator.diagnosis.register_stores import RegisterStores
from emulator.diagnosis.replay import Replay
from emulator.timetravel.checkpoint import Position
from emulator.trace.backtrace import backtrace
from emulator.trace.headline import describe_exception
from emulator.trace.why import WhyStep

_BITS_OF_WORD = 32
_BY_TIMER = SYST_CSR.ENABLE.mask | SYST_CSR.TICKINT.mask


class SourceStores:
    """The first store that enabled each exception since it was last disabled, and the last one to VTOR.

    Noted while the second run goes to its end.
    """

    def __init__(self, replay: Replay, exception: int) -> None:
        self._replay = replay
        self._exception = exception
        priority = priority_address(exception) & ~3
        words = -(-(replay.machine.exceptions.count - 16) // _BITS_OF_WORD)
        enables = (NVIC_ISER.ADDRESS + 4 * word for word in range(words))
        self._stores = RegisterStores(replay, (SYST_CSR.ADDRESS, VTOR.ADDRESS, priority, *enables))

    def tell(self, steps: list[WhyStep]) -> None:
        """Say who enabled the exception, and who gave VTOR the value that it has."""
        exception, table = self._exception, self._replay.machine.system.vtor
        self._stores.end()
        address, mask = SYST_CSR.ADDRESS, _BY_TIMER
        if exception != ExceptionNumber.SYSTICK:
            word, bit = divmod(max(0, exception - 16), _BITS_OF_WORD)
            address, mask = NVIC_ISER.ADDRESS + 4 * word, 1 << bit if exception >= 16 else 0
        found = [one for one in self._stores.to(address) if mask and one.value & mask == mask]
        if found:
            self._stores.tell(steps, found[-1], address, f"enabled {exception_name(exception)}")
        moved = self._stores.to(VTOR.ADDRESS)
        if moved:
            self._stores.tell(steps, moved[-1], VTOR.ADDRESS, f"moved the vector table to 0x{table:08x}")

    def tell_unmasked(self, steps: list[WhyStep], end: Position) -> None:
        """Say that the exception was taken in spite of BASEPRI, and who gave it a priority that this does not mask.

        For a handler that has not returned at ``end``.
        """
        replay, exception = self._replay, self._exception
        self._stores.end()
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
        register = priority_address(exception) & ~3
        for store in reversed(self._stores.to(register)):
            if store.value >> 8 * (priority_address(exception) & 3) & 0xFF == priority:
                self._stores.tell(steps, store, register, f"gave {name} that priority")
                return
