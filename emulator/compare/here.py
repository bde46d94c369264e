"""Our side: a machine that is stepped, and a record of each step that holds all the other side is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from emulator.armv7m.core import XPSR_IT, XPSR_T
from emulator.armv7m.exception_entry import BASIC_FRAME, EXTENDED_FRAME
from emulator.armv7m.faults import Access, Fault
from emulator.armv7m.fpu import FPCCR
from emulator.armv7m.instructions import Kind, Special, decode_one
from emulator.armv7m.scb import CCR
from emulator.bits import set_bits
from emulator.board.board import Board
from emulator.compare.known import timer_ranges
from emulator.compare.qemu import SPECIAL_NUMBERS
from emulator.devices.bus import PAGE_SIZE
from emulator.devices.clock import NEVER
from emulator.errors import GuestAccessError
from emulator.image.image import Image
from emulator.machine.build import build_machine, connect_semihosting
from emulator.machine.events import Event, ExceptionReturned, ExceptionTaken
from emulator.machine.fault_record import FaultRecord
from emulator.machine.machine_memory import MachineMemory
from emulator.machine.personality import Semihost
from emulator.machine.stop import StopReason
from emulator.records import dataclass, field

PROBE_EVERY = 1000
"""Steps after which the banked and masking registers are compared at the latest."""

RAISED_BY_DEVICES = ~0xFFFF | 1 << 2 | 1 << 15
"""Exceptions that come from outside the program: NMI, SysTick and the external interrupts."""

FAULT_REGISTERS = {"SHCSR": 0xE000_ED24, "CFSR": 0xE000_ED28, "HFSR": 0xE000_ED2C, "DFSR": 0xE000_ED30}
FAULT_REGISTERS |= {"MMFAR": 0xE000_ED34, "BFAR": 0xE000_ED38}
"""What is compared at each exception: one range of the System Control Space."""

_BASIC_FRAME = 1 << 4
"""Bit 4 of EXC_RETURN: the frame has no FP registers."""

_HINTS = frozenset((0xBF10, 0xBF20, 0xBF30, 0x8001_F3AF, 0x8002_F3AF, 0x8003_F3AF))
"""YIELD, WFE and WFI, in 16 and 32 bits."""


@dataclass(slots=True)
class Moment:
    """One step and the state after it.

    ``core`` is R0-R12, SP, LR, PC and xPSR; ``special`` has the names of qemu.SPECIAL_NUMBERS; ``fp`` is S0-S31 and
    FPSCR, None where the step cannot have changed them; ``faults`` the FAULT_REGISTERS where an exception was taken.
    ``pend_before`` and ``pend_after`` are exceptions that devices made pending before the step began and in it.
    ``carried`` says by which entry of the known differences the other side takes this state over instead of
    executing the instruction, with the memory in ``stores``. ``frame`` is the words of a frame whose stacking faulted,
    with their addresses, ``torn`` the bytes of a store in front of the refused one; ``begins_allowed``: that was not
    the first byte of the access. ``saved_fp``: an exception entry stacked the FP registers at once; ``aligned_fp``: a
    frame with FP registers was pushed while CCR.STKALIGN is clear.
    """

    number: int
    pc: int
    itstate: int
    code: bytes
    core: tuple[int, ...]
    special: dict[str, int]
    privileged: bool
    reason: StopReason | None
    entered: int = 0
    returned: bool = False
    fp: tuple[int, ...] | None = None
    faults: dict[str, int] | None = None
    fault: FaultRecord | None = None
    pend_before: tuple[int, ...] = ()
    pend_after: tuple[int, ...] = ()
    carried: str = ""
    stores: list[tuple[int, bytes]] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    frame: list[tuple[int, bytes]] = field(default_factory=list)
    begins_allowed: bool = False
    torn: tuple[int, bytes] | None = None
    saved_fp: bool = False
    aligned_fp: bool = False
    probe: bool = False
    spins: bool = False


class Accesses:
    """The machine's rules (see Rules), with a note of each access to a register of a device or of the core."""

    def __init__(self, rules: MachineMemory) -> None:
        self._rules = rules
        self.reads: list[int] = []
        self.writes: list[int] = []

    def clear(self) -> None:
        """Forget what was noted."""
        if self.reads or self.writes:
            self.reads, self.writes = [], []

    def page_rights(self, page: int, privileged: bool) -> int:
        """See Rules."""
        return self._rules.page_rights(page, privileged)

    def granule_rights(self, page: int, privileged: bool) -> bytes:
        """See Rules."""
        return self._rules.granule_rights(page, privileged)

    def check(self, address: int, size: int, access: Access, privileged: bool) -> Fault | None:
        """See Rules."""
        return self._rules.check(address, size, access, privileged)

    def check_special(self, special: Special, value: int) -> Fault | None:
        """See Rules."""
        return self._rules.check_special(special, value)

    def read(self, address: int, size: int, privileged: bool) -> int | Fault:
        """See Rules."""
        if self._rules.memory_page(address & -PAGE_SIZE) is None:
            self.reads.append(address)
        return self._rules.read(address, size, privileged)

    def steady_page(self, page: int) -> None:
        """See Rules. Every read is noted."""

    def steady(self, address: int, size: int, privileged: bool, value: int) -> None:
        """See Rules. Every read is noted."""

    def write(self, address: int, size: int, value: int, privileged: bool) -> Fault | None:
        """See Rules."""
        if self._rules.memory_page(address & -PAGE_SIZE) is None:
            self.writes.append(address)
        return self._rules.write(address, size, value, privileged)


class _CountedSemihost:
    """The machine's semihosting, with a note of whether it was asked."""

    def __init__(self, semihost: Semihost) -> None:
        self._semihost = semihost
        self.asked = False

    def handle(self, operation: int, parameter: int) -> int | None:
        """See Semihost."""
        self.asked = True
        return self._semihost.handle(operation, parameter)

    def reset(self) -> None:
        """See Semihost."""
        self._semihost.reset()


class Here:
    """The machine of this project, in front of its first instruction.

    The program reads nothing from its console, and its files are in memory. Raises ImageError when it does not fit the
    board.
    """

    def __init__(self, board: Board, images: Sequence[Image], lenient: bool = False) -> None:
        self.machine = machine = build_machine(board, images, lenient=lenient)
        machine.stop_on_reset = True
        self._semihost = _CountedSemihost(connect_semihosting(machine, board))
        machine.semihost = self._semihost
        self._accesses = Accesses(machine.memory)
        machine.engine.rules = self._accesses
        self._stored: list[tuple[int, int]] = []
        self._on_memory_store = machine.bus.on_memory_store
        machine.bus.on_memory_store = self._memory_stored
        machine.memory.known = None  # so that it hears of each
        machine.bus.on_absent = self._absent_accessed
        machine.observers.append(self._observe)
        self._timers = timer_ranges(board)
        self._absent = False
        self._taken = 0
        self._returned = 0
        self._steps = 0
        self._since_probe = 0
        self._wants_probe = True
        self._fault: FaultRecord | None = None
        self._special = self.special_registers()

    # -- what a step does besides --------------------------------------------------------------------------------

    def _memory_stored(self, address: int, size: int) -> None:
        self._stored.append((address, size))
        self._on_memory_store(address, size)

    def _absent_accessed(self, address: int, size: int, is_write: bool) -> None:
        self._absent = True

    def _observe(self, event: Event) -> None:
        if isinstance(event, ExceptionTaken):
            self._taken = event.exception
        elif isinstance(event, ExceptionReturned):
            self._returned = event.exception

    # -- state ---------------------------------------------------------------------------------------------------

    def core_registers(self) -> tuple[int, ...]:
        """Return R0-R12, SP, LR, PC and xPSR."""
        regs = self.machine.registers
        return (*regs.r, regs.sp, regs.lr, regs.pc, regs.xpsr)

    def special_registers(self) -> dict[str, int]:
        """Return the registers of SPECIAL_NUMBERS."""
        regs = self.machine.registers
        return {name: getattr(regs, name) for name in SPECIAL_NUMBERS}

    def fp_registers(self) -> tuple[int, ...]:
        """Return S0-S31 and FPSCR."""
        self.machine.processor.load_fp()
        regs = self.machine.registers
        return (*regs.s, regs.fpscr)

    def _code(self, pc: int) -> bytes:
        """Return the four bytes at ``pc``, fewer where memory ends."""
        for size in (4, 2):
            try:
                return self.machine.peek(pc, size)
            except GuestAccessError:
                continue
        return b""

    # -- stepping ------------------------------------------------------------------------------------------------

    def step(self) -> Moment:
        """Execute one instruction or take one exception."""
        machine, regs, exceptions = self.machine, self.machine.registers, self.machine.exceptions
        pc, itstate, before = regs.pc, _itstate(regs.xpsr), self.core_registers()
        code = self._code(pc)
        self._begin()
        pending = exceptions.pending
        machine.clock.run_due()
        waiting = exceptions.pending
        reason = machine.step(looks_always=True)
        self._steps += 1
        moment = Moment(
            self._steps, pc, itstate, code, self.core_registers(), self.special_registers(), regs.privileged, reason,
            returned=bool(self._returned), reads=self._accesses.reads,
        )  # fmt: skip
        moment.entered = self._taken
        self._note_fault(moment)
        self._note_torn(moment, before)
        self._note_carried(moment)
        self._note_pending(moment, waiting & ~pending, waiting)
        if moment.entered and not self._returned:
            self._note_frame(moment)
        if machine.config.has_fpu and (self._returned or moment.saved_fp or is_fp(code)):
            moment.fp = self.fp_registers()
        if moment.entered:
            moment.faults = {name: machine.system.peek(address, 4) for name, address in FAULT_REGISTERS.items()}
        self._plan_probe(moment)
        idle = not exceptions.pending and machine.clock.next_time() >= NEVER
        moment.spins = idle and moment.core == before and not moment.entered
        return moment

    def _begin(self) -> None:
        self._accesses.clear()
        self._stored.clear()
        self._semihost.asked = self._absent = False
        self._taken = self._returned = 0

    def _note_fault(self, moment: Moment) -> None:
        fault = self.machine.last_fault
        if fault is not self._fault:
            moment.fault = self._fault = fault

    def _note_torn(self, moment: Moment, before: tuple[int, ...]) -> None:
        """Tell about an access that was refused behind its first byte, and what a store has done until there."""
        fault = None if moment.fault is None else moment.fault.fault
        if fault is None or fault.cause.name != "DACCVIOL" or fault.address is None:
            return
        span = span_of_access(moment.pc, moment.code, before)
        if span is not None and fault.address in span[1:]:
            moment.begins_allowed = True
            if fault.access is Access.WRITE:
                with suppress(GuestAccessError):
                    moment.torn = span.start, self.machine.peek(span.start, fault.address - span.start)

    def _note_frame(self, moment: Moment) -> None:
        """Tell about a frame what the sides are known to do differently."""
        exc_return, system = moment.core[14], self.machine.system
        has_fp = not exc_return & _BASIC_FRAME
        moment.saved_fp = has_fp and not system.fpccr & FPCCR.LSPEN.mask
        moment.aligned_fp = has_fp and not system.ccr & CCR.STKALIGN.mask
        if moment.fault is not None and moment.fault.fault.cause.name in ("MSTKERR", "STKERR"):
            start = moment.special["psp" if exc_return & 4 else "msp"]
            for address in range(start, start + (EXTENDED_FRAME if has_fp else BASIC_FRAME), 4):
                with suppress(GuestAccessError):
                    moment.frame.append((address, self.machine.peek(address, 4)))

    def _note_carried(self, moment: Moment) -> None:
        if moment.entered:
            return
        if self._semihost.asked:
            moment.carried = "K-03"
            moment.stores = [(address, self.machine.peek(address, size)) for address, size in self._stored]
        elif self._absent:
            moment.carried = "K-11"
        elif any(map(self._is_timer, self._accesses.reads + self._accesses.writes)):
            moment.carried = "K-01"
        elif waits(moment.code) and moment.core[15] != moment.pc:
            moment.carried = "K-04"

    def _is_timer(self, address: int) -> bool:
        return any(address in timer for timer in self._timers)

    def _note_pending(self, moment: Moment, due: int, waiting: int) -> None:
        """Tell what timers made pending: whatever else a store to a register does happens on QEMU, too."""
        exceptions = self.machine.exceptions
        newly = 0
        if all(map(self._is_timer, self._accesses.writes)):
            entered = 1 << moment.entered if moment.entered else 0
            newly = (exceptions.pending | entered) & ~waiting & RAISED_BY_DEVICES
        chained = newly & (1 << moment.entered) if moment.returned else 0
        moment.pend_before = tuple(set_bits((due | chained) & RAISED_BY_DEVICES))
        moment.pend_after = tuple(set_bits(newly & ~chained))

    def _plan_probe(self, moment: Moment) -> None:
        """Ask for the special registers when they may have changed, as soon as they can be read."""
        self._since_probe += 1
        changed = moment.special != self._special or moment.entered or moment.returned or writes_special(moment.code)
        if changed or self._since_probe >= PROBE_EVERY:
            self._wants_probe = True
        self._special = moment.special
        if self._wants_probe and self._can_probe(moment):
            moment.probe = True
            self._wants_probe = False
            self._since_probe = 0

    def _can_probe(self, moment: Moment) -> bool:
        """Whether an MRS in place of the next instruction would execute."""
        pc, xpsr = moment.core[15], moment.core[16]
        if not xpsr & XPSR_T or xpsr & XPSR_IT or moment.reason is not None:
            return False
        pages = {pc & -PAGE_SIZE, pc + 3 & -PAGE_SIZE}
        if any(self.machine.memory.memory_page(page & 0xFFFF_FFFF) is None for page in sorted(pages)):
            return False
        return self.machine.memory.check(pc, 4, Access.FETCH, moment.privileged) is None


def span_of_access(pc: int, code: bytes, core: tuple[int, ...]) -> range | None:
    """Return the addresses of the word or halfword that ``code`` loads or stores with these registers before it.

    None where it is something else: what is always aligned cannot begin elsewhere than it is refused.
    """
    special = decode_one(pc, code.ljust(4, b"\0"))
    if special is None or special.kind != Kind.ALIGN_TRAP:
        return None
    registers = (*core[:15], pc + 4 & ~3 if special.index < 0 else pc)
    start = registers[special.base] + special.displacement
    if special.index >= 0:
        start += registers[special.index] << special.shift
    start &= 0xFFFF_FFFF
    return range(start, start + special.alignment + 1)


def _itstate(xpsr: int) -> int:
    return xpsr >> 25 & 3 | xpsr >> 8 & 0xFC


def _halfwords(code: bytes) -> tuple[int, int]:
    return int.from_bytes(code[:2], "little"), int.from_bytes(code[2:4], "little")


def waits(code: bytes) -> bool:
    """Whether ``code`` begins with YIELD, WFE or WFI. [A7.7.261 .. A7.7.263]"""
    first, second = _halfwords(code)
    return first in _HINTS or first | second << 16 in _HINTS


def is_fp(code: bytes) -> bool:
    """Whether ``code`` begins with an instruction of the FP extension. [A6]"""
    first, second = _halfwords(code)
    return first & 0xEC00 == 0xEC00 and second & 0x0E00 == 0x0A00


def writes_special(code: bytes) -> bool:
    """Whether ``code`` begins with CPS or MSR. [A7.7.30, A7.7.83]"""
    first, second = _halfwords(code)
    return first & 0xFFE0 == 0xB660 or (first & 0xFFE0 == 0xF380 and second & 0xD000 == 0x8000)
