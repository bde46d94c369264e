"""Instructions that are done here, in the place of the engine, where that would do them in another way.

The run is left behind the instruction, with the registers that it leads to.
"""

from __future__ import annotations

import struct

from emulator.armv7m.fp_conversion import convert_fixed
from emulator.armv7m.instructions import Special, advance_itstate
from emulator.engine.engine_run import Cause, EngineRun, Stop
from emulator.engine.processor import Processor
from emulator.engine.unicorn_registers import CONTROL, LR, MSP, PC, PSP, XPSR, with_itstate

FPSCR_RMODE, FPSCR_IXC = 3 << 22, 1 << 4


class ReplacedInstructions:
    """Does instructions of ``processor``. Each is told its address and the core registers ``values`` before it."""

    def __init__(self, processor: Processor, run: EngineRun) -> None:
        self._memory = processor.memory
        self._unicorn = processor.unicorn
        self._run = run

    def read_control(self, special: Special, address: int, values: tuple[int, ...]) -> None:
        """Do MRS Rd, CONTROL ourselves where the engine would show bits that the architecture does not."""
        control = self._unicorn.control(values)
        if control == values[CONTROL] or special.base > 12:
            return
        registers = list(values)
        registers[special.base] = control
        self._leave_after(special, address, registers)

    def write_control(self, special: Special, address: int, values: tuple[int, ...]) -> None:
        """Do MSR CONTROL, Rn ourselves when FPCA is set before or after. [B5.2.3]

        What the next FP instruction obliges to depends on it, and without ASPEN the engine's FPCA means nothing.
        """
        value = values[special.index] if special.index < 13 else values[LR]
        handler = values[XPSR] & 0x1FF
        if not (value | values[CONTROL]) & 4 or not (handler or not values[CONTROL] & 1):
            return
        registers = list(values)
        registers[CONTROL] = value & 5 | (values[CONTROL] if handler else value) & 2
        core = self._unicorn.registers
        core.control = core.control & ~4 | value & 4
        self._leave_after(special, address, registers)

    def write_sp(self, special: Special, address: int, values: tuple[int, ...]) -> None:
        """Do MSR MSP or PSP, Rn ourselves when the low two bits of Rn are not zero."""
        value = values[special.base] if special.base < 13 else values[LR]
        if not value & 3 or not (values[XPSR] & 0x1FF or not values[CONTROL] & 1):
            return
        registers = list(values)
        registers[PSP if special.target else MSP] = value & ~3
        self._leave_after(special, address, registers)

    def fail_store(self, special: Special, address: int, values: tuple[int, ...]) -> None:
        """Do a STREX whose monitor is not set: nothing is stored, and Rd is 1."""
        registers = list(values)
        registers[special.target if special.target < 13 else LR] = 1
        self._leave_after(special, address, registers)

    def convert_fixed(self, special: Special, address: int, values: tuple[int, ...]) -> None:
        """Do VCVT from fixed-point ourselves when FPSCR does not say round to nearest, as it always does."""
        *doubles, fpscr = self._unicorn.fp.read()
        new_context = self._unicorn.fp_state_is_automatic and not values[CONTROL] & 4
        if not fpscr & FPSCR_RMODE or new_context:  # a new context begins with FPDSCR, which is zero here
            return
        index, high = special.target >> 1, (special.target & 1) * 32
        first, second = struct.unpack("<HH", self._memory.peek_code(address).to_bytes(4, "little"))
        word, inexact = convert_fixed(doubles[index] >> high & 0xFFFF_FFFF, first << 16 | second)
        doubles[index] = doubles[index] & ~(0xFFFF_FFFF << high) | word << high
        fp = (*doubles, fpscr | (FPSCR_IXC if inexact else 0))
        self._leave_after(special, address, list(values), fp)

    def _leave_after(
        self, special: Special, address: int, registers: list[int], fp: tuple[int, ...] | None = None
    ) -> None:
        """End the run behind a 32-bit instruction that was done here, with the registers after it."""
        registers[PC] = address + 4
        registers[XPSR] = with_itstate(registers[XPSR], advance_itstate(special.itstate))
        self._run.leave(tuple(registers), Stop(Cause.BOUNDARY), fp)
