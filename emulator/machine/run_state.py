"""Where the run loop is, what was asked of it, and the calls that make it look up.

Requests come while the engine executes (from devices, from the guest's stores to registers, from a signal handler) and
between two of its runs. They are noted here, and the engine is asked to come back at the next block boundary.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.armv7m.core import Registers
from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.faults import Access
from emulator.armv7m.instructions import Kind
from emulator.devices.clock import NEVER, VirtualClock
from emulator.engine.processor import Processor
from emulator.machine.stop import StopReason
from emulator.records import dataclass

_MASKS = int(Kind.MASKS)


@dataclass(frozen=True, slots=True)
class Alone:
    """An instruction that executes alone under a judge; see ``Machine.after_instruction``."""

    done: Callable[[], None]
    judge: Callable[[int, int, Access], bool]


class RunState:
    """The state of the run loop of ``processor``, which hears what pends and what ``clock`` is asked to call."""

    def __init__(self, exceptions: Exceptions, processor: Processor, clock: VirtualClock) -> None:
        self.exceptions = exceptions
        self.processor = processor
        exceptions.on_pend = self.look_soon
        clock.on_schedule = self.limit_to
        self.running = False
        """Whether the engine executes: its own registers are the truth then."""
        self.is_in_run = False
        """Whether what happens is the run's, and not a debugger's."""
        self.stepping = False
        self.within_block = False
        """Whether the engine goes on within a block that it was stopped in: nothing is acted on before its end."""
        self.stale = False
        """Whether rights have changed since the engine ran: its TLB must go."""
        self.reconfigured = True
        """Whether CCR may have changed since the engine ran: which instructions it must look at."""
        self.kinds = 0
        """The kinds of those, as they were where the program's block begins that executes, or is next."""
        self.negative = False
        """Whether the engine runs with an MPU that sleeps because the execution priority is negative."""
        self.alone: Alone | None = None
        self.budget = NEVER
        """Instructions executed (since the start) at which ``run`` ends."""
        self.interrupted = False
        self.terminated = 0
        """Whether it was a request to end the command, not Ctrl-C, that interrupted."""
        self.timed_out = False
        """Whether it was the user's time limit that interrupted."""
        self.reset_wanted = ""
        self.reset_device = ""
        """The device that asked for the last reset, '' where the program did."""
        self.stop_reason: StopReason | None = None

    @property
    def is_asked_to_end(self) -> bool:
        """Whether the run must end or the core be reset before anything else executes."""
        return self.stop_reason is not None or bool(self.reset_wanted) or self.interrupted

    def forget_requests(self) -> None:
        """Nothing was asked for."""
        self.stop_reason, self.reset_wanted, self.interrupted, self.alone = None, "", False, None
        self.within_block = False

    def executing_pc(self) -> int:
        """Return the PC of the instruction that executes, or is next."""
        return self.processor.current_pc() if self.running else self.processor.registers.pc

    def live_registers(self) -> Registers:
        """Return the core registers as they are now, in the middle of an instruction, too; not to be written to."""
        return self.processor.peek_registers() if self.running else self.processor.registers

    def take_stop_reason(self) -> StopReason | None:
        """Return what ``stop`` was called with, once."""
        reason, self.stop_reason = self.stop_reason, None
        return reason

    def stop(self, reason: StopReason) -> None:
        """End the run before the next instruction."""
        if self.stop_reason is None:
            self.stop_reason = reason
        self._stop_soon()

    def request_reset(self, kind: str = "SYSRESETREQ", device: str = "") -> None:
        """A reset at the next block boundary: ``SYSRESETREQ`` of the system, ``VECTRESET`` of the core alone."""
        if self.reset_wanted != "SYSRESETREQ":
            self.reset_wanted, self.reset_device = kind, device
        self._stop_soon()

    def interrupt(self, terminated: int = 0, timed_out: bool = False) -> None:
        """End the run at the next block boundary; safe in a signal handler."""
        self.interrupted = True
        self.timed_out = timed_out
        self.terminated = self.terminated or terminated
        self.processor.stop_soon()

    def look_soon(self) -> None:
        """Something pends or a priority changed: stop at the next boundary if an exception can be taken there."""
        if not self.running:
            return
        exceptions, processor = self.exceptions, self.processor
        candidate = exceptions.most_urgent_pending()
        if candidate is None:
            return
        if exceptions.preempts(candidate, processor.execution_priority(exceptions)):
            processor.stop_soon()
        else:
            processor.clock.after |= _MASKS  # it waits for a mask to fall

    def configuration_changed(self) -> None:
        """CCR may have changed."""
        self.reconfigured = True
        self._stop_soon()

    def limit_to(self, time: int) -> None:
        """A call was scheduled for ``time``: run no further."""
        if time < self.processor.clock.limit:
            self.processor.clock.limit = time

    def _stop_soon(self) -> None:
        if self.running:
            self.processor.stop_soon()
