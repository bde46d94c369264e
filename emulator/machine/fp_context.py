"""What the FP extension and the instructions that a core lacks oblige to, before the engine executes them.

The engine has every instruction of its model and an FPU that is always on. So it stops in front of an instruction of
the kinds in ``stops_before``, and what the architecture has to say about that comes first: no such instruction, no
access, or a lazy save and a new context.
"""

from __future__ import annotations

from emulator.armv7m.core import CONTROL_FPCA, Core, CoreConfig
from emulator.armv7m.exception_entry import FPCCR_ASPEN, FPCCR_LSPACT, foreseen_lazy_fault, preserve_fp_state
from emulator.armv7m.faults import CAUSES, Fault
from emulator.armv7m.instructions import Kind, Special
from emulator.armv7m.parts import CORTEX_M3, part_of

_COPROCESSOR, _FP, _LATER_FP, _FP_V5 = Kind.COPROCESSOR, Kind.FP, Kind.LATER_FP, Kind.FP_V5
_FP_SYSTEM, _DSP, _ABSENT = Kind.FP_SYSTEM, Kind.DSP, Kind.ABSENT


def absent_kinds(config: CoreConfig) -> int:
    """Return the kinds of instructions that a core lacks and the engine has."""
    part = part_of(config)
    absent = _ABSENT | _FP_SYSTEM
    if not part.mvfr[2]:  # version 5 of the FP extension
        absent |= _FP_V5
    if part is CORTEX_M3:
        absent |= _DSP
    return absent


class FpContext:
    """The FP context of ``core``, whose FP registers the engine has."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.absent = absent_kinds(core.config)

    @property
    def is_automatic(self) -> bool:
        """FPCCR.ASPEN: whether an FP instruction makes a context."""
        return bool(self._core.system.fpccr & FPCCR_ASPEN)

    def stops_before(self) -> int:
        """Return the kinds of instructions that may not execute now without a look at them."""
        if not self._core.config.has_fpu or not self._is_free():
            return _COPROCESSOR | _FP | self.absent
        has_context = not self.is_automatic or self._core.registers.control & CONTROL_FPCA
        return _COPROCESSOR | self.absent | (0 if has_context else _LATER_FP)

    def follows_control(self) -> bool:
        """Whether FP instructions depend on CONTROL: their rights on nPRIV, or FPCA only on what is written to it."""
        return self._core.config.has_fpu and (self._core.system.cpacr >> 20 & 3 == 1 or not self.is_automatic)

    def _is_free(self) -> bool:
        """Whether an FP instruction may execute now without any further duty."""
        system, regs = self._core.system, self._core.registers
        if not self._is_accessible() or system.fpccr & FPCCR_LSPACT:
            return False
        return not (system.fpdscr and system.fpccr & FPCCR_ASPEN and not regs.control & CONTROL_FPCA)

    def _is_accessible(self) -> bool:
        return self._core.system.fpu.accessible(self._core.registers.privileged)

    def refuse(self, special: Special) -> Fault | None:
        """Return the fault of the instruction at the PC, None when it may execute once ``activate`` was called."""
        if special.kind & (Kind.ABSENT | Kind.DSP):
            return Fault(CAUSES["UNDEFINSTR"])
        if special.kind & Kind.COPROCESSOR or not self._core.config.has_fpu or not self._is_accessible():
            return Fault(CAUSES["NOCP"])
        if special.kind & self.absent:
            return Fault(CAUSES["UNDEFINSTR"])
        return None

    def foreseen_fault(self) -> Fault | None:
        """Return the fault that ``activate`` would meet, None where it meets none. Nothing changes."""
        return foreseen_lazy_fault(self._core) if self._core.system.fpccr & FPCCR_LSPACT else None

    def activate(self) -> tuple[bool, str | None]:
        """ExecuteFPCheck(): the lazy save of the interrupted state, then a new FP context. [B1.5.7, A2.5]

        Returns (True, None), or as preserve_fp_state(): (False, None) when an exception is to be taken instead,
        (False, why) when the core locks up.
        """
        core, system, regs = self._core, self._core.system, self._core.registers
        if system.fpccr & FPCCR_LSPACT:
            saved, lockup = preserve_fp_state(core)
            if lockup is not None or not saved:
                return False, lockup
        if system.fpccr & FPCCR_ASPEN and not regs.control & CONTROL_FPCA:
            core.load_fp()
            regs.fpscr = system.fpdscr & 0x07C0_0000
            core.store_fp()
            regs.control |= CONTROL_FPCA
        return True, None
