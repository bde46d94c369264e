"""One machine: the architecture bound to a running engine, with its clock, bus and personality.

The run loop takes exceptions at block boundaries, lets the engine run to the next event, and turns what the engine
reports into what the architecture says. It is the ``Rules`` of the engine and the ``Memory`` of the core.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from emulator.annotations import TYPE_CHECKING, Protocol
from emulator.armv7m.core import CONTROL_FPCA, XPSR_T, Core, CoreConfig, Registers
from emulator.armv7m.exception_entry import (
    FPCCR_ASPEN,
    FPCCR_LSPACT,
    exception_entry,
    pend_synchronous,
    preserve_fp_state,
    raise_asynchronous,
    raise_breakpoint,
    raise_fault,
)
from emulator.armv7m.exception_return import exception_return
from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.faults import CAUSES, Access, ExceptionNumber, Fault, FaultStatus
from emulator.armv7m.instructions import Block, Kind, Special, condition_passed
from emulator.armv7m.memory_map import is_ppb
from emulator.armv7m.mpu import MPU
from emulator.armv7m.parts import CORTEX_M3, part_of
from emulator.armv7m.scs import SystemControlSpace
from emulator.armv7m.scs_hooks import Hooks, Masks
from emulator.armv7m.systick import SysTickClocks
from emulator.errors import GuestAccessError
from emulator.image import Image, SymbolTable
from emulator.machine.accelerator import load as load_extension
from emulator.machine.bus import PAGE_SIZE, Bus, MemoryBlock
from emulator.machine.clock import NEVER, VirtualClock
from emulator.machine.devices.catalog import Devices
from emulator.machine.devices.device import DeviceContext
from emulator.machine.engine import Engine
from emulator.machine.engine_memory import MIXED
from emulator.machine.engine_run import Cause, Stop
from emulator.machine.events import (
    AbsentTouched,
    Event,
    ExceptionReturned,
    ExceptionTaken,
    FaultRaised,
    MpuWritten,
    Reset,
)
from emulator.machine.shared_core import SharedExceptions, SharedMPU, SharedSystemControlSpace
from emulator.machine.shared_state import State
from emulator.machine.stop import (
    Asleep,
    BudgetSpent,
    Exited,
    Interrupted,
    Lockup,
    ResetRequested,
    StopReason,
)
from emulator.records import dataclass

if TYPE_CHECKING:
    from emulator.armv7m.mpu_explain import Explanation

CCR_BFHFNMIGN = 1 << 8
CCR_UNALIGN_TRP = 1 << 3
CCR_DIV_0_TRP = 1 << 4
SCR_SLEEPONEXIT = 1 << 1
MAX_RESETS = 100
MOST_ABSENT = 4096
FAULT_HANDLERS = frozenset(
    (
        ExceptionNumber.HARD_FAULT,
        ExceptionNumber.MEM_MANAGE,
        ExceptionNumber.BUS_FAULT,
        ExceptionNumber.USAGE_FAULT,
    )
)
_OPEN_IT, _MASKS = int(Kind.OPEN_IT), int(Kind.MASKS)  # plain integers: these are combined before every run
_FAULTMASK = int(Kind.FAULTMASK)
_COPROCESSOR, _FP = int(Kind.COPROCESSOR), int(Kind.FP)
_LATER_FP, _FP_V5, _FP_SYSTEM = int(Kind.LATER_FP), int(Kind.FP_V5), int(Kind.FP_SYSTEM)
_DSP, _ABSENT = int(Kind.DSP), int(Kind.ABSENT)
SLICE = 20_000_000
"""Instructions after which the engine comes back at the latest, so that Ctrl-C is heard."""
MAX_IDLE_EVENTS = 1_000_000


class Personality(Protocol):
    """An operating system outside the guest: takes traps before the architecture pends SVCall."""

    trap_immediate: int
    """The SVC that it takes: ``svc #trap_immediate``. Any other is for the guest's SVCall handler."""

    def trap(self) -> None:
        """Serve a trap; the core is stopped right after its SVC."""

    def resolve_fault(self, fault: Fault, pc: int) -> bool:
        """A MemManage of running code: True when the MPU was changed and the instruction is to be retried."""

    def asleep(self) -> StopReason | None:
        """The core sleeps and nothing is scheduled: why the run ends."""


class Semihost(Protocol):
    """Takes BKPT 0xAB. [ARM semihosting 2.0]"""

    def handle(self, operation: int, parameter: int) -> int | None:
        """Do an operation; the result goes to r0 (None leaves it)."""

    def reset(self) -> None:
        """Forget the program that ran before."""


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """A fault as it was raised: everything a report needs and later execution would change."""

    time: int
    fault: Fault
    pc: int
    registers: Registers
    privileged: bool
    explanation: Explanation | None


@dataclass(frozen=True, slots=True)
class _Alone:
    """An instruction that executes alone under a judge; see ``Machine.after_instruction``."""

    done: Callable[[], None]
    judge: Callable[[int, int, Access], bool]


def _refusal(address: int, size: int, access: Access) -> Fault:
    if access is Access.FETCH:
        return Fault(CAUSES["IACCVIOL"], None, access, size)
    return Fault(CAUSES["DACCVIOL"], address, access, size)


class Machine:
    """A core with its memory. Build it with machine/build.py; then ``reset()`` and ``run()``."""

    def __init__(
        self, config: CoreConfig, *, vector_table: int = 0, frequency: int = 25_000_000, audit: bool = False,
        lenient: bool = False, systick_clocks: SysTickClocks = SysTickClocks(),  # noqa: B008 - frozen
    ) -> None:  # fmt: skip
        self.config = config
        self.vector_table = vector_table
        self.frequency = frequency
        self.audit = audit
        self.bus = Bus(lenient)
        self.bus.on_absent = self._absent_touched
        self.absent: dict[int, AbsentTouched] = {}
        """The first touch of each address where a lenient board has nothing, at most MOST_ABSENT of them."""
        self.clock = VirtualClock()
        self.image = Image("", [], SymbolTable([]))
        self.faults = FaultStatus()
        self._extension = load_extension()
        self._shared = State()
        self.exceptions: Exceptions
        self.mpu: MPU
        if self._extension is None:
            self.exceptions = Exceptions(config.irq_count, config.priority_bits)
            self.mpu = MPU(config.mpu_regions)
        else:
            self.exceptions = SharedExceptions(config.irq_count, config.priority_bits, self._shared)
            self.mpu = SharedMPU(config.mpu_regions, self._shared)
        self.devices: Devices | None = None
        self.observers: list[Callable[[Event], None]] = []
        self._personality: Personality | None = None
        self.semihost: Semihost | None = None
        self.on_console: Callable[[str, bytes], None] = lambda channel, data: None
        self.read_input: Callable[[str], int | None] = lambda channel: None
        self.stop_on_reset = False
        self.imprecise_stores = False
        """Whether bus errors of stores arrive late, as with a write buffer: an option, off by default. [D-005]"""
        self.resets = 0
        self.last_fault: FaultRecord | None = None
        self.first_fault: FaultRecord | None = None
        """What the fault handlers that are active now began with: ``last_fault``, unless one of them faulted itself.
        None when they have returned."""
        self.records_explanations = True
        self._running = False
        self._stale = False
        self._reconfigured = True
        self._negative = False
        self._reset_wanted = ""
        self._interrupted = False
        self._stop_reason: StopReason | None = None
        self._alone: _Alone | None = None
        self._budget = NEVER
        self._stepping = False
        self.hooks = Hooks(
            request_reset=self.request_reset,
            itm_write=lambda port, data: self.on_console(f"itm{port}", data),
            event_register_set=self._set_event_register,
            state_changed=self._look_soon,
            configuration_changed=self._configuration_changed,
            ipsr=lambda: self.engine.current_exception(),
            masks=self._masks,
        )
        parts = (config, self.exceptions, self.faults, self.mpu, self.clock, self.hooks, systick_clocks, vector_table)
        self.system: SystemControlSpace
        if self._extension is None:
            self.system = SystemControlSpace(*parts)
        else:
            self.system = SharedSystemControlSpace(self._shared, *parts)
        self._power_on_state = self.system.save()

    def _masks(self) -> Masks:
        _, basepri, faultmask = self.engine.masks()
        return Masks(faultmask, basepri)

    @property
    def personality(self) -> Personality | None:
        """The operating system outside the guest, if there is one."""
        return self._personality

    @personality.setter
    def personality(self, personality: Personality | None) -> None:
        self._personality = personality
        if personality is not None:
            self.engine.on_trap(personality.trap_immediate, self._trap_within_run)

    def _trap_within_run(self) -> bool:
        """Serve a trap without leaving the run loop of the C half; False when that must come back to ``run``."""
        assert self._personality is not None
        self._running = False
        self._personality.trap()
        if (
            self._stop_reason is not None or self._reset_wanted or self._interrupted or self._reconfigured
            or self._alone is not None or self.observers or self.engine.pages.has_lost_code
        ):  # fmt: skip
            return False
        if self._stale:
            self._stale = False
            self.engine.pages.flush(self._memory_map())
        self._running = True
        return True

    def device_context(self) -> DeviceContext:
        """What the board's devices get."""
        return DeviceContext(
            clock=self.clock,
            frequency=self.frequency,
            set_irq=self.system.nvic.set_line,
            transmit=lambda channel, data: self.on_console(channel, data),
            receive=lambda channel: self.read_input(channel),
            request_reset=self.request_reset,
            set_nmi=self._set_nmi,
        )

    def _set_nmi(self, level: bool) -> None:
        if level:
            self.exceptions.pend(ExceptionNumber.NMI)

    def connect(self) -> None:
        """Create the engine, once the bus is complete."""
        self.engine = Engine(self.config.name, self.bus.blocks, self, self._extension, self._shared)
        self.engine.set_memories(self.bus.memory_ranges())
        self.registers = self.engine.registers
        self._shared.has_fpu = self.config.has_fpu
        self._absent = _ABSENT | _FP_SYSTEM
        if not part_of(self.config).mvfr[2]:  # version 5 of the FP extension
            self._absent |= _FP_V5
        if part_of(self.config) is CORTEX_M3:
            self._absent |= _DSP
        self._shared.absent = self._absent
        self.engine.watched.check_special = self._check_special
        self.engine.watched.on_send_event = self._set_event_register
        self.core = Core(
            self.config, self.engine.registers, self.exceptions, self.faults, self.system, self,
            self.engine.load_fp, self.engine.store_fp, on_derived=self._derived_fault,
        )  # fmt: skip
        self.memory = self
        self.clock.counter = self.engine.count_executed
        self.clock.on_schedule = self._limit_to
        self.exceptions.on_pend = self._look_soon
        self.mpu.on_change = self._mpu_changed
        self.bus.on_memory_store = self.engine.pages.memory_stored

    @property
    def ram(self) -> list[tuple[int, int]]:
        """The memory for data as (address, size), lowest first: what is not ``flash``."""
        return sorted((b.address, b.size) for b in self.bus.blocks if not self._holds_code(b))

    @property
    def flash(self) -> list[tuple[int, int]]:
        """The memory for code as (address, size), lowest first: ROM, and the block that holds the vector table."""
        return sorted((b.address, b.size) for b in self.bus.blocks if self._holds_code(b))

    def _holds_code(self, block: MemoryBlock) -> bool:
        return not block.writable or 0 <= self.vector_table - block.address < block.size

    # -- notifications ----------------------------------------------------------------------------------------------

    def _look_soon(self) -> None:
        """Something pends or a priority changed: stop at the next boundary if an exception can be taken there."""
        if not self._running:
            return
        exceptions, engine = self.exceptions, self.engine
        candidate = exceptions.most_urgent_pending()
        if candidate is None:
            return
        if exceptions.preempts(candidate, engine.execution_priority(exceptions)):
            engine.stop_soon()
        else:
            engine.clock.after |= _MASKS  # it waits for a mask to fall

    def _stop_soon(self) -> None:
        if self._running:
            self.engine.stop_soon()

    def _configuration_changed(self) -> None:
        self._reconfigured = True
        self._stop_soon()

    def _limit_to(self, time: int) -> None:
        if time < self.engine.clock.limit:
            self.engine.clock.limit = time

    def _mpu_changed(self, region: int) -> None:
        if self._running:
            self.engine.pages.flush(self._memory_map())
            if region < 0 or not self.engine.pages.may_go_on():  # MPU_CTRL also decides what the masks change
                self.engine.stop_soon()
        else:
            self._stale = True
        if self.observers:
            if region < 0:
                self.emit(MpuWritten(self.clock.now, -1, 0, self.mpu.ctrl))
            else:
                self.emit(MpuWritten(self.clock.now, region, self.mpu.rbar[region], self.mpu.rasr[region]))

    def _set_event_register(self) -> None:
        self.core.event_register = True

    @property
    def observed(self) -> bool:
        """Whether anybody hears what is emitted."""
        return bool(self.observers)

    def emit(self, event: Event) -> None:
        """Hand ``event`` to the observers."""
        for observer in self.observers:
            observer(event)

    def console(self, data: bytes) -> None:
        """Write to the console."""
        self.on_console("console", data)

    def _absent_touched(self, address: int, size: int, is_write: bool) -> None:
        if address in self.absent or len(self.absent) >= MOST_ABSENT:
            return
        pc = self.engine.current_pc() if self._running else self.registers.pc
        access = Access.WRITE if is_write else Access.READ
        self.absent[address] = AbsentTouched(self.clock.now, pc, address, access.name.lower(), size)
        self.emit(self.absent[address])

    def request_reset(self, kind: str = "SYSRESETREQ") -> None:
        """A reset at the next block boundary: ``SYSRESETREQ`` of the system, ``VECTRESET`` of the core alone."""
        if self._reset_wanted != "SYSRESETREQ":
            self._reset_wanted = kind
        self._stop_soon()

    def interrupt(self) -> None:
        """End the run at the next block boundary; safe in a signal handler."""
        self._interrupted = True
        self.engine.stop_soon()

    def stop(self, reason: StopReason) -> None:
        """End the run before the next instruction."""
        if self._stop_reason is None:
            self._stop_reason = reason
        self._stop_soon()

    def pend_pendsv(self) -> None:
        """Set ICSR.PENDSVSET."""
        self.exceptions.pend(ExceptionNumber.PENDSV)

    def after_instruction(self, done: Callable[[], None], judge: Callable[[int, int, Access], bool]) -> None:
        """Execute the next instruction alone, put every access that the MPU allows to ``judge``, then call ``done``.

        For a personality that grants a single access. While a refusal of that instruction can be resolved it is
        retried; ``done`` is called before anything else of the guest happens.
        """
        self._alone = _Alone(done, judge)
        self._stale = True

    # -- Rules: what the engine asks ---------------------------------------------------------------------------------

    def page_rights(self, page: int, privileged: bool) -> int:
        """See Rules."""
        if self.audit or self._alone is not None or is_ppb(page):
            return MIXED
        return self.mpu.page_rights(page, privileged, self._negative)

    def _memory_map(self) -> Hashable:
        """Name everything that ``page_rights`` answers from, or None while answers must not be kept."""
        if self.audit or self._alone is not None:
            return None
        return self.mpu.words(self._negative)

    def granule_rights(self, page: int, privileged: bool) -> bytes:
        """See Rules."""
        return bytes(self.mpu.granule_rights(page + 32 * n, privileged, self._negative) for n in range(32))

    def memory_page(self, page: int) -> tuple[int, bool] | None:
        """See Rules."""
        return self.bus.memory_page(page)

    def check(
        self, address: int, size: int, access: Access, privileged: bool, negative: bool | None = None
    ) -> Fault | None:
        """Judge an access: the MPU, then whether anything is there. See Rules.

        ``negative`` says whether the execution priority is to be taken as negative; None: as it is.
        """
        if is_ppb(address) and access is not Access.FETCH:
            return None  # the System Control Space decides, with its own privilege rules
        if negative is None:  # between runs it may just have changed
            negative = self._negative if self._running else self._bypasses_mpu()
        fault = self.mpu.check(address, size, access, privileged, negative)
        if fault is not None:
            return fault
        if self._alone is not None and self._running:
            for byte in range(address, address + size):  # the fault's address is the first byte that is refused
                if not self._alone.judge(byte, 1, access):
                    return _refusal(byte, size, access)
        if self.bus.is_present(address, size):
            return None
        if access is Access.FETCH:
            return Fault(CAUSES["IBUSERR"], None, access, size)
        if access is Access.WRITE and self.imprecise_stores:
            return None  # into the write buffer; the bus error arrives later
        if self._negative_now() and self.system.ccr & CCR_BFHFNMIGN:
            return None  # ignored, and nothing is recorded [D-139]
        return Fault(CAUSES["PRECISERR"], address, access, size)

    def read(self, address: int, size: int, privileged: bool) -> int | Fault:
        """See Rules."""
        if is_ppb(address):
            return self.system.read(address, size, privileged)
        value = self.bus.read(address, size)
        if value is None:
            if self._negative_now() and self.system.ccr & CCR_BFHFNMIGN:
                return 0
            return Fault(CAUSES["PRECISERR"], address, Access.READ, size)
        return value

    def write(self, address: int, size: int, value: int, privileged: bool) -> Fault | None:
        """See Rules."""
        if is_ppb(address):
            return self.system.write(address, size, value, privileged)
        if self.bus.write(address, size, value) or (self._negative_now() and self.system.ccr & CCR_BFHFNMIGN):
            return None
        if self.imprecise_stores:
            self._raise_imprecise()
            return None
        return Fault(CAUSES["PRECISERR"], address, Access.WRITE, size, value)

    def _raise_imprecise(self) -> None:
        """IMPRECISERR: an asynchronous BusFault, HardFault where BusFault is disabled; no address. [B1.5.9]"""
        raise_asynchronous(self.core, Fault(CAUSES["IMPRECISERR"]))

    def _negative_now(self) -> bool:
        """Whether the execution priority is negative, from the engine's live state."""
        return self.engine.execution_priority(self.exceptions) < 0

    def _check_special(self, special: Special, value: int) -> Fault | None:
        """Judge an instruction the engine does not: ``value`` is its address or its divisor."""
        ccr = self.system.ccr
        if special.kind & Kind.DIVIDE:
            return Fault(CAUSES["DIVBYZERO"]) if value == 0 and ccr & CCR_DIV_0_TRP else None
        if value & special.alignment and (special.kind & Kind.ALIGNED or ccr & CCR_UNALIGN_TRP):
            return Fault(CAUSES["UNALIGNED"])
        return None

    # -- Memory: what the core asks, and GuestMemory ------------------------------------------------------------------

    def load(self, address: int, size: int, privileged: bool) -> bytes | Fault:
        """Load as the guest, through the MPU as it stands."""
        fault = self.check(address, size, Access.READ, privileged)
        if fault is not None:
            return fault
        try:
            return self.bus.peek(address, size)
        except GuestAccessError:
            return self._load_pieces(address, size, privileged)

    def _load_pieces(self, address: int, size: int, privileged: bool) -> bytes | Fault:
        data = bytearray()
        while size:
            piece = 4 if size >= 4 and not address & 3 else 1
            value = self.read(address, piece, privileged)
            if isinstance(value, Fault):
                return value
            data += value.to_bytes(piece, "little")
            address, size = address + piece & 0xFFFF_FFFF, size - piece
        return bytes(data)

    def store(self, address: int, data: bytes, privileged: bool, negative: bool | None = None) -> Fault | None:
        """Store as the guest, through the MPU as it stands; nothing is stored when the MPU refuses any of it.

        ``negative`` as for ``check``.
        """
        if not data:
            return None
        fault = self.check(address, len(data), Access.WRITE, privileged, negative)
        if fault is not None:
            return fault
        memory = self.bus.memory_page(address & -PAGE_SIZE)
        last = self.bus.memory_page(address + len(data) - 1 & -PAGE_SIZE)
        if memory and memory[1] and last and last[1]:
            self.bus.poke(address, data)
            return None
        offset = 0
        while offset < len(data):
            piece = 4 if len(data) - offset >= 4 and not (address + offset) & 3 else 1
            value = int.from_bytes(data[offset : offset + piece], "little")
            fault = self.write(address + offset & 0xFFFF_FFFF, piece, value, privileged)
            if fault is not None:
                return fault
            offset += piece
        return None

    def load_vector(self, address: int) -> int | None:
        """Read a vector with the default memory map."""
        return self.bus.read(address, 4)

    def peek(self, address: int, size: int) -> bytes:
        """Memory as the debugger sees it."""
        return self.bus.peek(address, size)

    def poke(self, address: int, data: bytes) -> None:
        """Store as the debugger or the loader."""
        self.bus.poke(address, data)

    # -- reset and run -------------------------------------------------------------------------------------------------

    def reset(self, kind: str = "SYSRESETREQ") -> None:
        """TakeReset(): registers, System Control Space and devices; memory keeps its contents. [B1.5.5]

        A ``VECTRESET`` leaves the devices as they are. [D-128]
        """
        lines = self.exceptions.lines
        self.system.reset()
        self.mpu.reset()
        if kind == "VECTRESET":
            self.exceptions.lines = lines
            self.exceptions.pending |= lines
        else:
            self.bus.reset_devices()
        regs = self.registers
        regs.reset()
        words = [self.bus.read(self.vector_table + offset, 4) or 0 for offset in (0, 4)]
        regs.msp = words[0] & 0xFFFF_FFFC
        regs.lr = 0xFFFF_FFFF
        regs.pc = words[1] & 0xFFFF_FFFE
        regs.xpsr = (words[1] & 1) << 24
        self.core.event_register = False
        self.engine.clear_monitor()
        self.engine.store_fp()
        self.engine.pages.flush(None)
        self._stale = self._reconfigured = True
        self.emit(Reset(self.clock.now, self.resets, regs.pc, regs.msp))

    def power_up(self) -> None:
        """A reset of what a system reset keeps, too: time, fault status, pending requests, the count of resets.

        Memory keeps its contents (snapshot.py brings them back), and so does whatever is attached.
        """
        self.clock.restart()
        self.engine.restart()
        self.faults.reset()
        self.resets = 0
        self.absent.clear()
        self.last_fault = None
        self._stop_reason = None
        self._reset_wanted, self._interrupted = "", False
        self._alone = None
        if self.devices is not None:
            self.devices.power_up()
        if self.semihost is not None:
            self.semihost.reset()
        self.reset()
        self.system.restore(self._power_on_state)

    def run(self, max_instructions: int | None = None) -> StopReason:
        """Run until the guest ends, faults for good, sleeps for ever, or has executed ``max_instructions`` more."""
        self._budget = NEVER if max_instructions is None else self.engine.clock.executed + max_instructions
        while True:
            reason = self._do_what_is_due()
            if reason is not None:
                return reason
            if not self._leave_exceptions_to_engine() or not self.registers.xpsr & XPSR_T:
                lockup = self._take_pending()
                if lockup is not None:
                    return self._lock_up(lockup)
            if not self.registers.xpsr & XPSR_T:
                reason = self._fault(Fault(CAUSES["INVSTATE"]))
            else:
                reason = self._dispatch(self._run_engine())
            if reason is not None:
                return reason

    def _do_what_is_due(self) -> StopReason | None:
        """Make the calls whose time has come; answer why the run ends now, if it does."""
        clock, executed = self.clock, self.engine.clock.executed
        if clock.next_time() <= executed + clock.skipped:
            clock.run_due()
        if (
            self._stop_reason is None and not self._reset_wanted and not self._interrupted and executed < self._budget
        ):  # fmt: skip
            return None
        return self._reason_to_stop()

    def _leave_exceptions_to_engine(self) -> bool:
        """Let the C half take exceptions where it can: nobody wants to hear of each, and the last one was not declined.

        It comes back for every exception that is not plain, see native/exceptions.c.
        """
        if self._extension is None:
            return False
        shared = self._shared
        if self.observers or self.audit or self._alone is not None or self.engine.traced:
            shared.takes_exceptions = False
            return False
        shared.takes_exceptions, shared.takes_svc = True, self.personality is None
        if shared.declined:
            shared.declined = False
            return False
        return True

    def step(self) -> StopReason | None:
        """Execute one instruction with the exception it raises, or take one pending exception before it.

        Returns why the run ends, else None. Everything is as in ``run`` with a block boundary after each instruction.
        """
        self._budget = NEVER
        self._shared.takes_exceptions = False
        self.clock.run_due()
        reason = self._reason_to_stop()
        if reason is not None:
            return reason
        active = self.exceptions.active
        lockup = self._take_pending()
        if lockup is not None:
            return self._lock_up(lockup)
        if self.exceptions.active == active:
            reason = self._execute_one()
        return reason if reason is not None else self._reason_to_stop()

    def _execute_one(self) -> StopReason | None:
        """Execute the instruction at the PC, once everything that must happen before it has happened."""
        regs = self.registers
        if not regs.xpsr >> 24 & 1:
            return self._fault(Fault(CAUSES["INVSTATE"]))
        before = regs.pc, regs.xpsr
        while True:
            self._stepping = True
            try:
                stop = self._run_engine()
            finally:
                self._stepping = False
            if regs.pc != before[0] and self._refuses_next(stop):
                return None
            reason = self._dispatch(stop)
            if reason is not None or stop.cause is not Cause.ATTEND or (regs.pc, regs.xpsr) != before:
                return reason

    def _refuses_next(self, stop: Stop) -> bool:
        """Whether ``stop`` is the fault of the fetch that follows a completed instruction: that is the next step."""
        if stop.cause is Cause.EXC_RETURN:
            return not self.registers.ipsr
        return stop.fault is not None and stop.fault.access is Access.FETCH

    def _reason_to_stop(self) -> StopReason | None:
        if self._stop_reason is not None:
            reason, self._stop_reason = self._stop_reason, None
            return reason
        if self._reset_wanted:
            kind, self._reset_wanted = self._reset_wanted, ""
            self.resets += 1
            if self.stop_on_reset or self.resets > MAX_RESETS:
                return ResetRequested(self.clock.now, self.resets)
            self.reset(kind)
        if self._interrupted:
            self._interrupted = False
            return Interrupted(self.clock.now)
        if self.engine.clock.executed >= self._budget:
            return BudgetSpent(self.clock.now)
        return None

    def _take_pending(self) -> str | None:
        """Take the most urgent pending exception if it preempts; returns why the core locks up, or None."""
        exceptions = self.exceptions
        if not exceptions.pending & exceptions.enabled:
            return None
        candidate = exceptions.most_urgent_pending()
        if candidate is None or not exceptions.preempts(candidate, self.core.execution_priority()):
            return None
        regs = self.registers
        address = regs.pc
        lockup = exception_entry(self.core)
        self._exception_changed()
        if lockup is None and self.observers:
            self.emit(ExceptionTaken(self.clock.now, regs.ipsr, address, regs.lr))
        return lockup

    def _exception_changed(self) -> None:
        """Entry and return clear the local monitor. [A3.4.4]"""
        self.engine.clear_monitor()

    def _run_engine(self) -> Stop:
        if self._alone is not None:
            return self._run_alone()
        self._prepare()
        self._running = True
        try:
            return self.engine.step() if self._stepping else self.engine.run()
        finally:
            self._running = False

    def _run_alone(self) -> Stop:
        """Step one instruction whose accesses the personality judges one by one, retrying what it resolves."""
        while True:
            assert self._alone is not None
            self._prepare()
            self._running = True
            try:
                stop = self.engine.step()
            finally:
                self._running = False
            if stop.fault is None or not self._is_resolved(stop.fault):
                break
        alone, self._alone = self._alone, None
        self._stale = True
        alone.done()
        return stop

    def _prepare(self) -> None:
        """Tell the engine how far to run and under which memory map, given the state the core is in now."""
        clock = self.engine.clock
        clock.limit = min(self._budget, self.clock.next_time() - self.clock.skipped, clock.executed + SLICE)
        negative = self._bypasses_mpu()
        if not self._shared.takes_exceptions:
            self._choose_stops()  # else the C half does, before each run of its own
        if negative != self._negative:
            self._negative = negative
            self._stale = True
        if self._reconfigured:
            self._reconfigured = False
            self.engine.watched.set_kinds(self._hooked_kinds())
        if self._stale:
            self._stale = False
            self.engine.pages.flush(self._memory_map())

    def _bypasses_mpu(self) -> bool:
        """Whether the MPU, enabled with HFNMIENA clear, sleeps because the execution priority is negative. [B3.5.3]"""
        return self.mpu.ctrl & 3 == 1 and self.core.has_negative_priority()

    def _choose_stops(self) -> None:
        """Tell the block clock what to stop for."""
        clock, exceptions = self.engine.clock, self.exceptions
        after = _OPEN_IT
        if exceptions.pending & exceptions.enabled:
            after |= _MASKS  # something waits for a mask to fall
        if self.mpu.ctrl & 3 == 1:
            after |= _FAULTMASK
        before = _COPROCESSOR | _FP | self._absent
        if self.config.has_fpu:
            self._shared.fp_is_automatic = bool(self.system.fpccr & FPCCR_ASPEN)
            if self.system.cpacr >> 20 & 3 == 1 or not self.system.fpccr & FPCCR_ASPEN:
                after |= _MASKS  # the rights of FP instructions follow CONTROL.nPRIV, FPCA only what is written to it
            if self._fp_is_free():
                has_context = not self.system.fpccr & FPCCR_ASPEN or self.registers.control & CONTROL_FPCA
                before = _COPROCESSOR | self._absent | (0 if has_context else _LATER_FP)
        clock.after, clock.before = after, before

    def _hooked_kinds(self) -> int:
        """Which instructions must be looked at each time, as CCR has it."""
        hooked = Kind.ALIGNED | Kind.SEND_EVENT | Kind.READS_CONTROL | Kind.WRITES_SP
        if self.config.has_fpu:
            hooked |= Kind.WRITES_CONTROL | Kind.FIXED_TO_FP
        if self.system.ccr & CCR_DIV_0_TRP:
            hooked |= Kind.DIVIDE
        if self.system.ccr & CCR_UNALIGN_TRP:
            hooked |= Kind.ALIGN_TRAP
        return int(hooked)

    def _fp_is_free(self) -> bool:
        """Whether an FP instruction may execute now without any further duty."""
        system, regs = self.system, self.registers
        if not self._cp10_allowed() or system.fpccr & FPCCR_LSPACT:
            return False
        return not (system.fpdscr and system.fpccr & FPCCR_ASPEN and not regs.control & CONTROL_FPCA)

    def _cp10_allowed(self) -> bool:
        return self.system.fpu.accessible(self.registers.privileged)

    # -- what the engine reports -----------------------------------------------------------------------------------

    def _dispatch(self, stop: Stop) -> StopReason | None:
        cause = stop.cause
        if cause is Cause.BOUNDARY or cause is Cause.STEPPED:
            return None
        if cause is Cause.SVC:
            return self._svc()
        if cause is Cause.EXC_RETURN:
            return self._exception_return()
        if cause is Cause.FAULT:
            assert stop.fault is not None
            return self._fault(stop.fault)
        if cause is Cause.ATTEND:
            if stop.special is not None:
                return self._do_duty(stop.special)
            assert stop.block is not None
            return self._attend(stop.block)
        if cause is Cause.UNDEFINED:
            name = "UNDEFINSTR" if self.registers.xpsr >> 24 & 1 else "INVSTATE"
            return self._fault(Fault(CAUSES[name]))
        if cause is Cause.BREAKPOINT:
            return self._breakpoint()
        if cause is Cause.SLEEP:
            return self._sleep(self._wfi_wakes)
        return self._hint()

    def _svc(self) -> StopReason | None:
        personality = self.personality
        if personality is not None and self.bus.peek(self.registers.pc - 2, 1)[0] == personality.trap_immediate:
            personality.trap()
            return None
        lockup = pend_synchronous(self.core, ExceptionNumber.SVCALL, "SVC")
        if lockup is not None:
            return self._lock_up(lockup)
        lockup = self._take_pending()
        return self._lock_up(lockup) if lockup is not None else None

    def _exception_return(self) -> StopReason | None:
        regs = self.registers
        returning = regs.ipsr
        if not returning:  # the engine takes POP and LDM to these addresses so in Thread mode, too
            return self._fault(Fault(CAUSES["IACCVIOL"], None, Access.FETCH, 2))
        lockup = exception_return(self.core, regs.pc | regs.xpsr >> 24 & 1)  # T took bit 0 of the address
        self._exception_changed()
        if lockup is not None:
            return self._lock_up(lockup)
        if returning in FAULT_HANDLERS and regs.ipsr not in FAULT_HANDLERS:
            self.first_fault = None
        if self.observers:
            self.emit(ExceptionReturned(self.clock.now, returning, regs.pc))
        if not regs.ipsr and self.system.scr & SCR_SLEEPONEXIT:
            return self._sleep(self._wfi_wakes)
        return None

    def _breakpoint(self) -> StopReason | None:
        regs = self.registers
        immediate = self.bus.peek(regs.pc, 1)[0]
        if immediate == 0xAB and self.semihost is not None:
            result = self.semihost.handle(regs.r[0], regs.r[1])
            if result is not None:
                regs.r[0] = result & 0xFFFF_FFFF
            regs.pc += 2
            self.engine.clock.executed += 1
            return None
        self._record_fault(Fault(CAUSES["DEBUGEVT"]), regs.pc)
        lockup = raise_breakpoint(self.core)
        if lockup is None:
            lockup = self._take_pending()
        return self._lock_up(lockup) if lockup is not None else None

    def _fault(self, fault: Fault) -> StopReason | None:
        """A fault of the instruction at the PC: ask the personality, then raise it and take it at once."""
        if self._is_resolved(fault):
            return None
        self.raise_fault(fault, self.registers.pc)
        return self._reason_to_stop() if self._stop_reason is not None else None

    def _is_resolved(self, fault: Fault) -> bool:
        """Whether the personality changed the map so that the instruction at the PC can be retried."""
        if self.personality is None or fault.cause.exception != ExceptionNumber.MEM_MANAGE:
            return False
        return self.personality.resolve_fault(fault, self.registers.pc)

    def raise_fault(self, fault: Fault, pc: int) -> None:
        """Take ``fault`` as made by the instruction at ``pc``, which did not complete."""
        self.registers.pc = pc
        self._record_fault(fault, pc)
        lockup = raise_fault(self.core, fault)
        if lockup is None:
            lockup = self._take_pending()
        if lockup is not None:
            self.stop(self._lock_up(lockup))

    def _derived_fault(self, fault: Fault, sp: int) -> None:
        """Stacking or unstacking failed. Where a fault was being taken, that one remains the one to explain."""
        taken = self.last_fault, self.first_fault
        self._record_fault(fault, self.registers.pc)
        assert self.last_fault is not None
        self.last_fault.registers.sp = sp
        if taken[0] is not None and taken[0].time == self.clock.now:
            self.last_fault, self.first_fault = taken

    def _record_fault(self, fault: Fault, pc: int) -> None:
        regs = self.registers
        explanation = None
        explained = self.records_explanations and fault.cause.exception == ExceptionNumber.MEM_MANAGE
        if explained and fault.access is not None:
            address = fault.address if fault.address is not None else pc
            negative = self._bypasses_mpu()
            explanation = self.mpu.explain(address, fault.size or 1, fault.access, regs.privileged, negative)
        now = self.clock.now
        self.last_fault = FaultRecord(now, fault, pc, regs.copy(), regs.privileged, explanation)
        if regs.ipsr not in FAULT_HANDLERS:
            self.first_fault = self.last_fault
        if self.observers:
            access = None if fault.access is None else fault.access.name.lower()
            self.emit(FaultRaised(now, fault.cause.name, pc, fault.address, access, fault.size, fault.value))

    def _lock_up(self, cause: str) -> Lockup:
        return Lockup(self.clock.now, cause)

    # -- FP and coprocessor instructions that the engine must not execute yet ----------------------------------------

    def _attend(self, block: Block) -> StopReason | None:
        """Run up to the first instruction of ``block`` that has a duty, and do the duty."""
        engine, regs = self.engine, self.registers
        before = engine.clock.before
        special = next(s for s in block.specials if s.kind & before)
        address = block.address + special.offset
        if address != regs.pc:
            self._running = True
            try:
                stop = engine.run_to(address)
            finally:
                self._running = False
            if stop.cause is not Cause.STEPPED:
                return self._dispatch(stop)
        if self.config.has_fpu and special.kind & Kind.FP:
            engine.watched.hook_fp(block)  # from now on the instruction itself asks
        if special.itstate & 0xF and not condition_passed(special.itstate >> 4, regs.xpsr):
            return self._step_over(before)
        return self._do_duty(special)

    def _do_duty(self, special: Special) -> StopReason | None:
        """What must happen before the FP or coprocessor instruction at the PC may execute."""
        if special.kind & (Kind.ABSENT | Kind.DSP):
            return self._fault(Fault(CAUSES["UNDEFINSTR"]))
        if special.kind & Kind.COPROCESSOR or not self.config.has_fpu or not self._cp10_allowed():
            return self._fault(Fault(CAUSES["NOCP"]))
        if special.kind & self._absent:
            return self._fault(Fault(CAUSES["UNDEFINSTR"]))
        return self._activate_fp()

    def _step_over(self, before: int) -> StopReason | None:
        engine = self.engine
        engine.clock.before = 0
        self._running = True
        try:
            return self._dispatch(engine.step())
        finally:
            self._running = False
            engine.clock.before = before

    def _activate_fp(self) -> StopReason | None:
        """ExecuteFPCheck(): the lazy save of the interrupted state, then a new FP context. [B1.5.7, A2.5]"""
        system, regs = self.system, self.registers
        if system.fpccr & FPCCR_LSPACT:
            saved, lockup = preserve_fp_state(self.core)
            if lockup is not None:
                return self._lock_up(lockup)
            if not saved:
                lockup = self._take_pending()
                return self._lock_up(lockup) if lockup is not None else None
        if system.fpccr & FPCCR_ASPEN and not regs.control & CONTROL_FPCA:
            self.engine.load_fp()
            regs.fpscr = system.fpdscr & 0x07C0_0000
            self.engine.store_fp()
            regs.control |= CONTROL_FPCA
        return None

    # -- sleep -------------------------------------------------------------------------------------------------------

    def _wfi_wakes(self) -> bool:
        """WFI ends for an exception that would preempt if PRIMASK were clear. [B1.5.19]"""
        exceptions, regs = self.exceptions, self.registers
        candidate = exceptions.most_urgent_pending()
        if candidate is None:
            return False
        return exceptions.preempts(candidate, exceptions.execution_priority(0, regs.faultmask, regs.basepri))

    def _wfe_wakes(self) -> bool:
        if self.core.event_register:
            self.core.event_register = False
            return True
        return self._wfi_wakes()

    def _hint(self) -> StopReason | None:
        """WFE sleeps unless the event register is set; YIELD does nothing. [B1.5.18]"""
        code = self.bus.peek(self.registers.pc - 4, 4)
        is_wfe = code[2:] == b"\x20\xbf" or code == b"\xaf\xf3\x02\x80"
        return self._sleep(self._wfe_wakes) if is_wfe else None

    def _sleep(self, wakes: Callable[[], bool]) -> StopReason | None:
        """Let virtual time pass until ``wakes()``; a core that nothing can wake ends the run."""
        for _ in range(MAX_IDLE_EVENTS):
            if wakes() or self._interrupted or self._reset_wanted or self._stop_reason is not None:
                return None
            time = self.clock.next_time()
            if time >= NEVER:
                break
            self.clock.skip_to(time)
            self.clock.run_due()
        reason = self.personality.asleep() if self.personality is not None else None
        return reason or Asleep(self.clock.now)

    def exit(self, code: int) -> None:
        """The guest ends the run with ``code`` (semihosting SYS_EXIT)."""
        self.stop(Exited(self.clock.now, code))
