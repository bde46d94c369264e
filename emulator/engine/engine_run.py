"""One run of the engine: why it ends, and in which state it leaves the guest.

A hook cannot always end a run where it is: inside an IT block a stop takes effect only at the end of the block. So
what the guest is to be left with is kept here (``leave``), and everything the engine still executes is undone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import Enum

from emulator.annotations import Any, TypeVar
from emulator.armv7m.faults import CAUSES, Fault
from emulator.armv7m.instructions import Block, Special
from emulator.engine.debug_points import WatchedAccess
from emulator.engine.processor import Processor
from emulator.engine.unicorn_registers import CONTROL, PC, XPSR, with_itstate
from emulator.records import dataclass

_Result = TypeVar("_Result")
_GUARD = "EngineRun.guarded.<locals>.call"
"""What every hook that Unicorn may call is called."""


class Cause(Enum):
    """Why ``Engine.run`` came back."""

    BOUNDARY = 1
    """At a block boundary: the limit is reached or the exceptions want a look."""
    SVC = 2
    BREAKPOINT = 3
    EXC_RETURN = 4
    UNDEFINED = 5
    FAULT = 6
    """A refused access or forbidden instruction: ``Stop.fault``."""
    SLEEP = 7
    """WFI, PC after it."""
    HINT = 8
    """WFE or YIELD, PC after it."""
    ATTEND = 9
    """In front of a block with an instruction of a kind in ``before``: ``Stop.block``; or in front of the instruction
    itself: ``Stop.special``."""
    STEPPED = 10
    """An exit of ``run_to`` was reached."""
    POINT = 11
    """In front of a breakpoint or of a watched access: ``Stop.access``, None for a breakpoint."""
    FAILED = 12
    """A hook raised an exception, which is raised again: nobody gets to see this stop."""
    ENTRY = 13
    """In front of an instruction that the machine is asked about."""


@dataclass(slots=True)
class Stop:
    """One return of the engine; the registers are in ``Engine.registers``."""

    cause: Cause
    fault: Fault | None = None
    block: Block | None = None
    special: Special | None = None
    access: WatchedAccess | None = None


_INTERRUPT_CAUSES = {2: Cause.SVC, 7: Cause.BREAKPOINT, 8: Cause.EXC_RETURN}
_INTERRUPT_FAULTS = {3: "IBUSERR", 4: "UNALIGNED", 17: "NOCP"}
"""By Unicorn's numbers of exceptions. Any other is an undefined instruction."""


def stop_of_interrupt(number: int) -> Stop:
    """Return why Unicorn raised the exception of this number."""
    if number in _INTERRUPT_CAUSES:
        return Stop(_INTERRUPT_CAUSES[number])
    if number in _INTERRUPT_FAULTS:
        return Stop(Cause.FAULT, Fault(CAUSES[_INTERRUPT_FAULTS[number]]))
    return Stop(Cause.UNDEFINED)


PLAIN_STOPS = [None, *(Stop(Cause(number)) for number in range(1, 5))]
"""By the numbers of their causes: the stops that the C half makes, which say nothing more."""


class EngineRun:
    """The run that is going on, or the last one."""

    def __init__(self, processor: Processor) -> None:
        self._uc = processor.uc
        self._unicorn = processor.unicorn
        self._shared = processor.shared
        self._stopped: Stop | None = None
        self._rollback: tuple[tuple[int, ...], tuple[int, ...]] | None = None
        self._rollback_sp: int | None = None
        self.attend = (0, 0)
        """Address and size of the block that a stop for ATTEND is in front of."""
        self.retry: tuple[int, int] | None = None
        """Address and size of the block to translate again before the engine goes on."""
        self.again = False
        """Whether the engine is only to go on, after lost code was dropped."""
        self.partial: int | None = None
        """Address of the instruction in the block at the PC that may not be fetched, others before it may."""
        self._error: BaseException | None = None
        self.approved = (0, 0, True)
        """First address, address after the last, and privilege of the access to the window that was asked about."""

    @property
    def stop(self) -> Stop | None:
        """What ended the run; from then on nothing of the guest may be touched."""
        return self._stopped or PLAIN_STOPS[self._shared.cause]

    @stop.setter
    def stop(self, stop: Stop | None) -> None:
        self._stopped = stop
        self._shared.stopped = stop is not None
        self._shared.cause = 0

    def guarded(self, hook: Callable[..., Any], harmless: Any = None) -> Callable[..., Any]:
        """Return ``hook`` as Unicorn may call it, which goes on whatever Python raises: such a run ends here.

        The exception is kept for ``raise_error``, the engine gets ``harmless`` for an answer, and nothing of the guest
        is touched any more.
        """

        def call(*arguments: Any) -> Any:
            try:
                return hook(*arguments)
            except BaseException as error:  # Ctrl-C, too
                self.fail(error)
                return harmless

        return call

    def watch(self, start: Callable[[], _Result]) -> _Result:
        """Start the engine, or have it look something up. What is raised before a hook's first line is kept, too.

        A signal that comes while the engine executes is handled when Python is entered next: in front of the ``try`` of
        a hook. ctypes drops what is raised there.
        """
        before = sys.unraisablehook

        def keep(dropped: Any) -> None:
            if _GUARD in f"{dropped.object!r} {dropped.err_msg}":
                self.fail(dropped.exc_value)
            else:
                before(dropped)

        sys.unraisablehook = keep
        try:
            return start()
        finally:
            sys.unraisablehook = before

    def fail(self, error: BaseException) -> None:
        """End the run with an exception of a hook."""
        if self._error is None:
            self._error = error
        self.stop = Stop(Cause.FAILED)
        self._uc.ctl_flush_tlb()
        self._uc.emu_stop()

    def raise_error(self) -> None:
        """Raise what a hook has raised. The engine was left in the middle of an instruction, and cannot go on."""
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def begin(self) -> None:
        """Forget the run before."""
        self.stop = None
        self.retry = None
        self.partial = None
        self.again = False
        self.approved = (0, 0, True)
        self._rollback = None

    def refuse(self, fault: Fault, itstate: int | None = None, pc: int | None = None) -> None:
        """Undo the instruction that is executing: keep the registers as they are now, forbid all memory, stop."""
        registers = list(self._unicorn.core.read())
        if itstate is not None:
            registers[XPSR] = with_itstate(registers[XPSR], itstate)
        if pc is not None:
            registers[PC] = pc
        self.leave(tuple(registers), Stop(Cause.FAULT, fault))

    def leave(self, registers: tuple[int, ...], stop: Stop, fp: tuple[int, ...] | None = None) -> None:
        """End the run in the middle of a block with these core registers, whatever the engine still executes.

        The FP registers remain as they are now unless they are given. A stop inside an IT block takes effect only at
        its end. Until then every access is refused.
        """
        self._rollback = registers, self._unicorn.fp.read() if fp is None else fp
        self._rollback_sp = None if self._unicorn.is_privileged() else self._unicorn.current_sp()
        self.stop = stop
        self._uc.ctl_flush_tlb()
        self._uc.emu_stop()

    def begin_fp_context(self) -> None:
        """ExecuteFPCheck() comes before the fault of an FP instruction: FPCA is set, FPSCR is FPDSCR, zero here."""
        assert self._rollback is not None
        core, fp = self._rollback
        self._rollback = (*core[:CONTROL], core[CONTROL] | 4), (*fp[:-1], 0)

    @property
    def was_left(self) -> bool:
        """Whether the run ended in the middle of a block, by ``leave``."""
        return self._rollback is not None

    def settle(self) -> None:
        """The engine has come back: let ``registers`` hold what the run leaves the guest with."""
        if self._rollback is None:
            self._unicorn.load()
            return
        core, fp = self._rollback
        self._unicorn.fp.write(*fp)
        self._unicorn.set(core)
        if self._rollback_sp is not None:  # the banked registers came as they are now, at the end of the block
            self._unicorn.registers.sp = self._rollback_sp
