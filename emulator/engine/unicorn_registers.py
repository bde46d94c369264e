"""The core and FP registers in and out of Unicorn, many in one call, and what Unicorn gets wrong about them.

This is the reference of native/registers.c. Two traps of Unicorn's are dealt with here, each with a test in
tests/unit/test_engine_facts.py: unprivileged code sees its banked registers as zero and cannot change them, and a hook
that lets Unicorn synchronise the PC in an IT block leaves a stale ITSTATE behind.
"""

from __future__ import annotations

import ctypes
import struct

from emulator.armv7m.core import XPSR_GE, XPSR_IT, XPSR_T, Registers
from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.instructions import Kind, Special
from emulator.engine.accelerator import Extension
from emulator.engine.native_run import NativeRun
from emulator.engine.shared_state import REGISTERS, State
from emulator.engine.unicorn_library import TLB_FLUSH, Uc, address_of, arm_const, fast_uclib, function_address

GENERAL = 13
"""R0 to R12 are the first of the core registers."""
MSP, PSP, LR, PC, XPSR = range(GENERAL, GENERAL + 5)
CONTROL = 21
"""Places in the core registers as ``UnicornRegisters.core`` reads them; the masks are between xPSR and CONTROL."""

_R = [getattr(arm_const, f"UC_ARM_REG_R{n}") for n in range(GENERAL)]
_XPSR, _CONTROL, _PC = arm_const.UC_ARM_REG_XPSR, arm_const.UC_ARM_REG_CONTROL, arm_const.UC_ARM_REG_PC
_MSP, _PSP, _LR = arm_const.UC_ARM_REG_MSP, arm_const.UC_ARM_REG_PSP, arm_const.UC_ARM_REG_LR
_MASKS = [arm_const.UC_ARM_REG_PRIMASK, arm_const.UC_ARM_REG_BASEPRI, arm_const.UC_ARM_REG_FAULTMASK]
_D = [getattr(arm_const, f"UC_ARM_REG_D{n}") for n in range(16)]


class Batch:
    """A prepared uc_reg_read_batch or uc_reg_write_batch: one call for many registers."""

    def __init__(self, handle: ctypes.c_void_p, ids: list[int]) -> None:
        count = len(ids)
        self.ids = ids
        self.values = (ctypes.c_uint64 * count)()
        base = ctypes.addressof(self.values)
        pointers = (ctypes.c_void_p * count)(*[base + 8 * i for i in range(count)])
        self._arguments = (handle, (ctypes.c_int * count)(*ids), pointers, ctypes.c_int(count))
        self._struct = struct.Struct(f"<{count}Q")
        self._read = fast_uclib.uc_reg_read_batch
        self._write = fast_uclib.uc_reg_write_batch

    def read(self) -> tuple[int, ...]:
        """Return the values of the registers."""
        self._read(*self._arguments)
        return self._struct.unpack_from(self.values)

    def write(self, *values: int) -> None:
        """Set the registers."""
        self._struct.pack_into(self.values, 0, *values)
        self._write(*self._arguments)


class UnicornRegisters:
    """Moves ``registers`` into the engine and out."""

    def __init__(self, uc: Uc, registers: Registers, shared: State) -> None:
        self.registers = registers
        self._uc = uc
        self._shared = shared
        handle = uc.handle
        self.core = Batch(handle, [*_R, _MSP, _PSP, _LR, _PC, _XPSR, *_MASKS, _CONTROL])
        """R0-R12, then what MSP to CONTROL are the places of."""
        self.state = Batch(handle, [_XPSR, _CONTROL, _PC])
        """xPSR, CONTROL and PC, exact inside callbacks too."""
        self.fp = Batch(handle, [*_D, arm_const.UC_ARM_REG_FPSCR])
        """D0-D15 and FPSCR."""
        self.traced = Batch(handle, [*_R, arm_const.UC_ARM_REG_SP, _LR, _XPSR])
        """R0-R12, SP, LR and xPSR, exact inside callbacks but for ITSTATE."""
        self._banked = Batch(handle, [_MSP, _PSP, *_MASKS])
        self._xpsr = Batch(handle, [_XPSR])
        self._sp = Batch(handle, [arm_const.UC_ARM_REG_SP])
        # Unprivileged code cannot write the banked registers, and SPSEL is ignored in Handler mode, so the order is:
        # Handler mode; drop nPRIV; Thread mode, SPSEL; Handler mode, banked registers, nPRIV; the final xPSR.
        # Only a write of the flags makes Unicorn notice the new mode and privilege: last of all. None of these has GE,
        # which C leaves out where it stays zero.
        flags, ge = arm_const.UC_ARM_REG_APSR_NZCV, arm_const.UC_ARM_REG_APSR_NZCVQG
        order = [_XPSR, _CONTROL, _XPSR, _CONTROL, _XPSR, _MSP, _PSP, *_MASKS, _CONTROL, _XPSR, *_R, _LR, flags, ge]
        self._write_core = Batch(handle, order)

    def native_run(self, extension: Extension) -> NativeRun:
        """Return the run loop of the C half, which moves the same registers."""
        state = self._shared
        names = {"start": "emu_start", "stop": "emu_stop", "control": "ctl"}
        names |= {"read_batch": "reg_read_batch", "write_batch": "reg_write_batch"}
        names |= {"reg_read": "reg_read", "reg_write": "reg_write"}
        functions = {field: address_of(getattr(fast_uclib, f"uc_{name}")) for field, name in names.items()}
        assert self._uc.handle.value is not None
        run = NativeRun(state, extension, self._uc.handle.value, functions)
        written = REGISTERS
        places = [written, written + 1, written + 2, written + 3, written, 13, 14, 18, 19, 20, written + 4, 17]
        places += [*range(13), 15, 17, 17]
        write = list(zip(self._write_core.ids, places, strict=True))
        run.connect(self.core.ids, self._banked.ids, write, [*_D[:8], arm_const.UC_ARM_REG_FPSCR])
        state.tlb_flush = TLB_FLUSH.value
        state.flush_page = function_address("tlb_flush_page_arm")
        state.id_xpsr, state.id_control = _XPSR, _CONTROL
        state.id_sp, state.id_lr, state.id_pc = arm_const.UC_ARM_REG_SP, _LR, _PC
        return run

    @property
    def has_fpu(self) -> bool:
        """Whether the part has an FPU. The engine always has one."""
        return bool(self._shared.has_fpu)

    @property
    def fp_state_is_automatic(self) -> bool:
        """FPCCR.ASPEN: whether an FP instruction makes a context: CONTROL.FPCA is set, FPSCR is FPDSCR.

        The engine always makes one where its own CONTROL has none. While this is clear it has one always, and what
        FPCA is, ``registers`` alone knows: only MSR changes it then.
        """
        return bool(self._shared.fp_is_automatic)

    # -- between runs ----------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Copy the core registers out of the engine."""
        self.set(self.core.read())

    def set(self, values: tuple[int, ...]) -> None:
        """Take ``values``, as ``core`` reads them, for the core registers of the guest."""
        regs = self.registers
        regs.r = list(values[:13])
        msp, psp, regs.lr, regs.pc, regs.xpsr = values[13:18]
        regs.primask, regs.basepri, regs.faultmask = values[18:21]
        regs.control = self.control(values)
        self._shared.ge_in_engine = regs.xpsr & XPSR_GE
        if regs.control & 1 and not regs.xpsr & 0x1FF:  # unprivileged: the banked registers read as zero
            self._xpsr.write(regs.xpsr & ~0x1FF | 3)
            msp, psp, regs.primask, regs.basepri, regs.faultmask = self._banked.read()
            self._xpsr.write(regs.xpsr)
        regs.msp, regs.psp = msp & ~3, psp & ~3  # see repair_sp()

    def store(self) -> None:
        """Copy the core registers into the engine."""
        regs = self.registers
        control = regs.control
        if self.has_fpu and not self.fp_state_is_automatic:
            control |= 4  # an FP instruction makes no context
        flags = regs.xpsr & ~0x1FF
        self._write_core.write(
            flags & ~XPSR_IT | XPSR_T | 3, 0, flags & ~XPSR_IT | XPSR_T, control & ~1, flags & ~XPSR_IT | XPSR_T | 3,
            regs.msp, regs.psp, regs.primask, regs.basepri, regs.faultmask, control, regs.xpsr, *regs.r, regs.lr,
            regs.xpsr, regs.xpsr,
        )  # fmt: skip

    def load_fp(self) -> None:
        """Copy S0-S31 and FPSCR out of the engine into ``registers``."""
        self.registers.s, self.registers.fpscr = self.peek_fp()

    def peek_fp(self) -> tuple[list[int], int]:
        """Return S0-S31 and FPSCR as the engine has them."""
        *doubles, fpscr = self.fp.read()
        return [half for d in doubles for half in (d & 0xFFFF_FFFF, d >> 32)], fpscr

    def store_fp(self) -> None:
        """Copy S0-S31 and FPSCR from ``registers`` into the engine."""
        s = self.registers.s
        self.fp.write(*(s[n] | s[n + 1] << 32 for n in range(0, 32, 2)), self.registers.fpscr)

    def control(self, values: tuple[int, ...]) -> int:
        """CONTROL as the architecture has it: SPSEL is zero in Handler mode, FPCA needs an FPU. [B1.4.4]"""
        control = values[CONTROL] & (7 if self.has_fpu else 3)
        if values[XPSR] & 0x1FF:
            control &= ~2
        if self.has_fpu and not self.fp_state_is_automatic:
            control = control & ~4 | self.registers.control & 4  # only MSR changes it, see store()
        return control

    # -- inside callbacks, too -------------------------------------------------------------------------------------

    def current_sp(self) -> int:
        """Return the stack pointer in use."""
        return self._uc.reg_read(arm_const.UC_ARM_REG_SP)

    def repair_sp(self) -> None:
        """Clear the low two bits of SP, which read as zero; the engine keeps what an instruction wrote. [B1.4.1]"""
        sp = self.current_sp()
        if sp & 3:
            self._sp.write(sp & ~3)

    def is_privileged(self) -> bool:
        """Whether the guest executes privileged."""
        xpsr, control, _ = self.state.read()
        return bool(xpsr & 0x1FF) or not control & 1

    def itstate(self) -> int:
        """Return ITSTATE as the engine has it, true only where no hook has synchronised the PC since."""
        return itstate_of(self.state.read()[0])

    def repair_it(self, xpsr: int) -> None:
        """Clear the stale ITSTATE that a hook leaves behind in an IT block; ``xpsr`` was read in the hook."""
        if xpsr & XPSR_IT:
            self._xpsr.write(xpsr & ~XPSR_IT)

    def masks(self) -> tuple[int, int, int]:
        """PRIMASK, BASEPRI and FAULTMASK, where the guest is privileged."""
        primask, basepri, faultmask = self._banked.read()[2:]
        return primask, basepri, faultmask

    def execution_priority(self, exceptions: Exceptions) -> int:
        """ExecutionPriority() with the mask registers as they are now."""
        primask, basepri, faultmask = self.masks()
        return exceptions.execution_priority(primask, faultmask, basepri)


def itstate_of(xpsr: int) -> int:
    """Return ITSTATE in xPSR."""
    return xpsr >> 25 & 3 | xpsr >> 8 & 0xFC


def with_itstate(xpsr: int, itstate: int) -> int:
    """Return xPSR with another ITSTATE."""
    return xpsr & ~XPSR_IT | (itstate & 3) << 25 | (itstate & 0xFC) << 8


def general_register(number: int, values: tuple[int, ...]) -> int:
    """Return R0 to R14 of the core registers ``values``."""
    if number < GENERAL:
        return values[number]
    if number == 14:
        return values[LR]
    return values[PSP] if values[CONTROL] & 2 and not values[XPSR] & 0x1FF else values[MSP]


def effective_address(special: Special, address: int, values: tuple[int, ...]) -> int:
    """Return the address that the instruction at ``address`` accesses with the core registers ``values``."""
    if special.base == 15:
        base = (address + 4) & ~3 if special.kind & Kind.ALIGN_TRAP and special.index < 0 else address
    else:
        base = general_register(special.base, values)
    if special.index >= 0:
        base += general_register(special.index, values) << special.shift
    return (base + special.displacement) & 0xFFFF_FFFF
