"""Who gave the core the setting by which it refused an instruction, or by which SysTick never comes.

What the core refuses depends on few words: CPACR, CCR.UNALIGN_TRP, the priorities of an SVC and of who executed it, the
mask registers. The first sentence says which of them it was; this says who stored it. State: the stores, see
RegisterStores.
"""

from __future__ import annotations

import re

from emulator.armv7m.faults import Escalation, ExceptionNumber, exception_name
from emulator.armv7m.fpu import CPACR
from emulator.armv7m.nvic import NVIC_IPR
from emulator.armv7m.scb import CCR, SHPR1
from emulator.armv7m.systick import SYST_CSR, SYST_RVR
from emulator.diagnosis.definitions import effect_at
from emulator.diagnosis.masks import MASKS, tell_holding_mask
from emulator.diagnosis.register_stores import RegisterStore, RegisterStores
from emulator.diagnosis.replay import Replay
from emulator.machine.fault_record import FaultRecord
from emulator.trace.headline import describe_exception
from emulator.trace.why import WhyStep

FIRST_IRQ = 16
_FPU = CPACR.CP10.mask | CPACR.CP11.mask
_MAY_BE_UNALIGNED = re.compile(r"(ldr|str)(s?h)?t?(\.[nw])?$")
"""Loads and stores of words and halfwords: without CCR.UNALIGN_TRP they need no alignment in Normal memory. [A3.2.1]"""
_NORMAL = (range(0x4000_0000), range(0x6000_0000, 0xA000_0000))
"""Where the default memory map has Normal memory. [B3.1]"""


def priority_address(exception: int) -> int:
    """Return the address of the byte that holds the priority of ``exception``: of an interrupt or of 4 to 15."""
    return NVIC_IPR.ADDRESS + exception - FIRST_IRQ if exception >= FIRST_IRQ else SHPR1.ADDRESS + exception - 4


class CoreSettings:
    """The stores to what decides whether the core executes an instruction. Made in front of the second run."""

    def __init__(self, replay: Replay, record: FaultRecord) -> None:
        self._replay = replay
        self._record = record
        escalation = record.escalation
        exceptions = () if escalation is None else (escalation.exception, escalation.holder)
        words = {priority_address(one) & ~3 for one in exceptions if one > ExceptionNumber.HARD_FAULT}
        self._stores = RegisterStores(replay, (CCR.ADDRESS, CPACR.ADDRESS, *sorted(words)))

    def tell(self, steps: list[WhyStep]) -> None:
        """Say who stored what the fault was decided by; the replay is at it."""
        self._stores.end()
        name, escalation = self._record.fault.cause.name, self._record.escalation
        if name == "NOCP":
            self._tell_coprocessors(steps)
        elif name == "UNALIGNED" and self._is_by_trap():
            found = self._stores.since(CCR.ADDRESS, CCR.UNALIGN_TRP.mask, CCR.UNALIGN_TRP.mask)
            if found is not None:
                words = "set CCR.UNALIGN_TRP, without which this access need not be aligned"
                self._stores.tell(steps, found[0], CCR.ADDRESS, words)
        elif name == "FORCED" and escalation is not None and escalation.holder:
            self._tell_priorities(steps, escalation)
        elif name == "FORCED" and escalation is not None and escalation.mask in MASKS:
            tell_holding_mask(self._replay, steps, escalation.mask, self._replay.position)

    def _tell_coprocessors(self, steps: list[WhyStep]) -> None:
        executed = self._replay.instructions(self._replay.here(), 1)
        is_fpu = bool(executed) and executed[0].mnemonic.startswith("v")  # no other coprocessor's, as of MCR
        found = self._stores.since(CPACR.ADDRESS, _FPU, 0)
        if found is not None and is_fpu:
            verb = "turned the FPU off" if found[1] else "left the FPU off"
            self._stores.tell(steps, found[0], CPACR.ADDRESS, f"{verb} by a store to CPACR")

    def _is_by_trap(self) -> bool:
        """Whether the access may be unaligned without the trap: neither its instruction nor its memory forbids it."""
        machine, state = self._replay.machine, self._replay.here()
        found = effect_at(self._replay, state)
        memory = None if found is None else found[1].memory
        if found is None or memory is None or machine.mpu.ctrl or not machine.system.ccr & CCR.UNALIGN_TRP.mask:
            return False
        address = memory.address(state.registers, state.pc)
        return _MAY_BE_UNALIGNED.match(found[0].mnemonic) is not None and any(address in one for one in _NORMAL)

    def _tell_priorities(self, steps: list[WhyStep], escalation: Escalation) -> None:
        """Say who gave the two exceptions their priorities, the later one first: it decided."""
        machine, found = self._replay.machine, []
        for exception in (escalation.exception, escalation.holder):
            if exception <= ExceptionNumber.HARD_FAULT:
                continue
            byte, own = priority_address(exception), machine.exceptions.priorities[exception]
            shift = 8 * (byte & 3)
            given = self._stores.since(byte & ~3, 0xFF << shift, own << shift)
            if given is not None:
                name = exception_name(exception) if exception < FIRST_IRQ else describe_exception(machine, exception)
                found.append((given[0], byte, f"gave {name} the priority 0x{own:02x}"))
        for store, byte, words in sorted(found, reverse=True):
            self._stores.tell(steps, store, byte & ~3, words, byte)


class TickSettings:
    """The stores to SYST_RVR and SYST_CSR, of a run that ended where it waits."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._stores = RegisterStores(replay, (SYST_RVR.ADDRESS, SYST_CSR.ADDRESS))
        self._found: RegisterStore | None = None

    def end(self) -> None:
        """The replay is at the end of the run: a SysTick that counts with the reload value 0 never comes. [B3.3.1]"""
        self._stores.end()
        wanted = SYST_CSR.ENABLE.mask | SYST_CSR.TICKINT.mask
        enabled = self._stores.to(SYST_CSR.ADDRESS)
        if enabled and enabled[-1].value & wanted == wanted and not self._replay.machine.system.systick.reload:
            found = self._stores.since(SYST_RVR.ADDRESS, SYST_RVR.RELOAD.mask, 0)
            self._found = None if found is None else found[0]

    def tell(self, steps: list[WhyStep]) -> None:
        """Say who stored the reload value 0 of a SysTick that stands still by it."""
        if self._found is not None:
            value, kept = self._found.value, SYST_RVR.RELOAD.mask
            lost = f"0x{value:08x}, whose lower {kept.bit_length()} bits are 0" if value else "0"
            words = f"stored the reload value of SysTick, SYST_RVR, {lost}, with which it stands still"
            self._stores.tell(steps, self._found, SYST_RVR.ADDRESS, words)
