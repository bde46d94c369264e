"""One machine: the architecture bound to a running engine, with its clock, bus and personality.

This module puts the parts together and is what others see of them: the memory (machine_memory.py), the run loop
(run_loop.py) with what it does when the engine stops (engine_stops.py), and the faults to report (fault_record.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import Core, CoreConfig, Registers
from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.faults import Access, ExceptionNumber, Fault, FaultStatus, Raised
from emulator.armv7m.mpu import MPU
from emulator.armv7m.scb import SHCSR
from emulator.armv7m.scs import SystemControlSpace
from emulator.armv7m.scs_hooks import Hooks, Masks
from emulator.armv7m.systick import SysTickClocks
from emulator.devices.bus import Bus, MemoryBlock
from emulator.devices.catalog import Devices
from emulator.devices.clock import VirtualClock
from emulator.devices.device import DeviceContext
from emulator.engine.accelerator import load as load_extension
from emulator.engine.branch import VECTOR
from emulator.engine.debug_points import Watch, WatchedAccess
from emulator.engine.engine import Engine
from emulator.engine.shared_core import SharedExceptions, SharedMPU, SharedSystemControlSpace
from emulator.engine.shared_state import State
from emulator.image.image import Image, SymbolTable
from emulator.machine.engine_stops import EngineStops, Personality, Semihost
from emulator.machine.events import AbsentTouched, ConsoleSent, Event, MpuWritten, Reset
from emulator.machine.fault_record import FaultLog, FaultRecord
from emulator.machine.fp_context import FpContext
from emulator.machine.machine_memory import MachineMemory
from emulator.machine.notices import Notices
from emulator.machine.observers import Observers
from emulator.machine.run_loop import RunLoop
from emulator.machine.run_state import Alone, RunState
from emulator.machine.stop import AtFault, Exited, MemoryStored, ResetRequested, StopReason

if TYPE_CHECKING:
    from emulator.machine.overlay import Overlay, Threads

MAX_RESETS = 100
MOST_ABSENT = 4096


class Machine:
    """A core with its memory. Build it with machine/build.py; then ``reset()`` and ``run()``."""

    def __init__(
        self, config: CoreConfig, *, vector_table: int = 0, frequency: int = 25_000_000, audit: bool = False,
        lenient: bool = False, systick_clocks: SysTickClocks = SysTickClocks(),  # noqa: B008 - frozen
    ) -> None:  # fmt: skip
        self.config = config
        self.vector_table = vector_table
        self.frequency = frequency
        self.bus = Bus(lenient)
        self.bus.on_absent = self._absent_touched
        self.absent: dict[int, AbsentTouched] = {}
        """The first touch of each address where a lenient board has nothing, at most MOST_ABSENT of them."""
        self.clock = VirtualClock()
        self.image = Image("", [], SymbolTable([]))
        self.faults = FaultStatus()
        self.devices: Devices | None = None
        self.on_send: Callable[[str, bytes], None] = lambda channel, data: None
        """Hears of console output as the guest's world does: an input that depends on it."""
        self.read_input: Callable[[str], int | None] = lambda channel: None
        """The next byte of a channel's input, None when there is none (yet)."""
        self.on_ask: Callable[[str], None] = lambda channel: None
        """The program asks for input of a channel: it looks whether there is some, or wants an interrupt for it."""
        self.input_pends: Callable[[], bool] = lambda: False
        """Whether input may still come after ``read_input`` of the console has answered None."""
        self.stop_on_reset = False
        self.resets = 0
        self._on_map: Callable[[], None] | None = None
        self._extension = load_extension()
        self._shared = State()
        self.observers = Observers(self._shared)
        self.clock.on_skip = self._time_skipped
        self.exceptions: Exceptions
        self.mpu: MPU
        if self._extension is None:
            self.exceptions = Exceptions(config.irq_count, config.priority_bits)
            self.mpu = MPU(config.mpu_regions)
        else:
            self.exceptions = SharedExceptions(config.irq_count, config.priority_bits, self._shared)
            self.mpu = SharedMPU(config.mpu_regions, self._shared)
        self._state = RunState(self.exceptions)
        self.hooks = Hooks(
            request_reset=self.request_reset,
            itm_write=lambda port, data: self.send(f"itm{port}", data),
            event_register_set=self._set_event_register,
            state_changed=self._state.look_soon,
            configuration_changed=self._state.configuration_changed,
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
        self.memory = MachineMemory(self.bus, self.mpu, self.system, self.exceptions, self._state, audit)

    def connect(self) -> None:
        """Create the engine and what runs it, once the bus is complete."""
        self.engine = engine = Engine(self.config.name, self.bus.blocks, self.memory, self._extension, self._shared)
        engine.set_memories(self.bus.memory_ranges())
        if engine.steady is not None:
            engine.steady.skipped = lambda: self.clock.skipped
        engine.watched.on_send_event = self._set_event_register
        self.registers: Registers = engine.registers
        self.core = core = Core(
            self.config, engine.registers, self.exceptions, self.faults, self.system, self.memory, engine.load_fp,
            engine.store_fp,
        )  # fmt: skip
        self._state.engine = engine
        self.memory.points = engine.points
        self.memory.core = core
        self.memory.known = engine.known
        self._fault_log = log = FaultLog(
            core, self.mpu, self.memory, self.clock, self._state, lambda: self.system.peek(SHCSR.ADDRESS, 4),
            self.observers,
        )  # fmt: skip
        core.on_taken, core.on_deactivated = log.note_taken, log.note_deactivated
        core.on_raised = self._fault_raised
        self.hooks.requests_changed = log.note_requests
        fp = FpContext(core)
        self._shared.has_fpu, self._shared.absent = self.config.has_fpu, fp.absent
        self._stops = EngineStops(core, engine, self.bus, self.clock, self._state, self._fault_log, fp, self.observers)
        self._loop = RunLoop(
            core, engine, self.mpu, self.memory, self.clock, self._state, self._stops, fp, self._shared,
            self.observers, self._extension is not None, self._reset_within_run,
        )  # fmt: skip
        self.notices = notices = Notices(core, self.mpu, self.clock, self.bus, self._shared)
        notices.pc = self.executing_pc
        self.hooks.vtor_written = notices.vtor_written
        self.mpu.on_written, self._stops.on_taken, self._loop.notices = notices.region_written, notices.taken, notices
        self.clock.counter = engine.count_executed
        self.clock.on_schedule = self._state.limit_to
        self.exceptions.on_pend = self._state.look_soon
        self.mpu.on_change, self.mpu.on_install = self._mpu_changed, self._mpu_installed
        self.bus.on_memory_store = self._memory_stored

    @property
    def on_console(self) -> Callable[[str, bytes], None]:
        """Hears of console output, as observers do."""
        return self.observers.on_console

    @on_console.setter
    def on_console(self, hear: Callable[[str, bytes], None]) -> None:
        self.observers.on_console = hear

    # -- what is attached --------------------------------------------------------------------------------------------

    @property
    def personality(self) -> Personality | None:
        """The operating system outside the guest, if there is one."""
        return self._stops.personality

    @personality.setter
    def personality(self, personality: Personality | None) -> None:
        self._stops.personality = personality
        if personality is not None:
            self.engine.on_trap(personality.trap_immediate, self._loop.serve_trap)

    @property
    def semihost(self) -> Semihost | None:
        """What answers semihosting requests, if anything does."""
        return self._stops.semihost

    @semihost.setter
    def semihost(self, semihost: Semihost | None) -> None:
        self._stops.semihost = semihost

    @property
    def stops_at_faults(self) -> bool:
        """Whether runs end in front of faults of instructions and traps, with AtFault. Off, as without a debugger."""
        return self.engine.points.stops_at_faults

    @stops_at_faults.setter
    def stops_at_faults(self, value: bool) -> None:
        self.engine.points.stops_at_faults = value

    def withhold(self, reason: AtFault) -> None:
        """The run is where it ended with ``reason``: the next one goes on with that fault."""
        self._stops.withhold(reason)

    def foresee(self, reason: AtFault) -> FaultRecord:
        """Return the record that the fault will have when it is raised."""
        return self._fault_log.foresee(reason.fault)

    @property
    def imprecise_stores(self) -> bool:
        """See MachineMemory."""
        return self.memory.imprecise_stores

    @imprecise_stores.setter
    def imprecise_stores(self, value: bool) -> None:
        self.memory.imprecise_stores = value

    def device_context(self) -> DeviceContext:
        """What the board's devices get."""
        return DeviceContext(
            clock=self.clock,
            frequency=self.frequency,
            set_irq=self.system.nvic.set_line,
            transmit=self.send,
            receive=lambda channel: self.read_input(channel),
            request_reset=lambda device: self.request_reset("SYSRESETREQ", device),
            set_nmi=self._set_nmi,
            ask=lambda channel: self.on_ask(channel),
            load=self.bus.load,
            store=self.bus.store,
            start_task=lambda address: self.bus.store_register(address, 1),
        )

    def send(self, channel: str, data: bytes) -> None:
        """The guest sends ``data`` to a ``channel``: the console, an ITM port, a UART of the board."""
        if self.observers:
            self.emit(ConsoleSent(self.clock.now, channel, data.decode("latin-1")))
        if not self.observers.is_replay:
            self.observers.on_console(channel, data)
        self.on_send(channel, data)

    def take_input(self, channel: str) -> int | None:
        """The program waits for a byte of ``channel``: return it, None when there is none."""
        self.on_ask(channel)
        return self.read_input(channel)

    def input_ready(self) -> None:
        """``read_input`` may have bytes for channels that had none when they were asked last."""
        if self.devices is not None:
            self.devices.input_ready()

    def _set_nmi(self, level: bool, device: str) -> None:
        if level:
            self.exceptions.pend(ExceptionNumber.NMI)
            self._fault_log.note_requests(device)

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

    # -- what happens in it ------------------------------------------------------------------------------------------

    def _mpu_changed(self, region: int) -> None:
        if self._state.running:
            self.engine.pages.flush(self.memory.memory_map())
            if region < 0 or not self.engine.pages.may_go_on():  # MPU_CTRL also decides what the masks change
                self.engine.stop_soon()
        else:
            self._state.stale = True
        if self.observers:
            self._tell_region(region)
        if self._on_map is not None:
            self._on_map()

    def _mpu_installed(self, changed: Callable[[], Iterable[tuple[int, int, int]]]) -> None:
        """All regions were written at once, between two runs; ``changed()`` are those that differ."""
        self._state.stale = True
        if self.observers:
            now = self.clock.now
            for words in changed():
                self.observers.emit(MpuWritten(now, *words))
        if self._on_map is not None:
            self._on_map()

    def _tell_region(self, region: int) -> None:
        words = (0, self.mpu.ctrl) if region < 0 else (self.mpu.rbar[region], self.mpu.rasr[region])
        self.emit(MpuWritten(self.clock.now, region, *words))

    def _memory_stored(self, address: int, size: int) -> None:
        """Memory was changed past the engine: by what is done for an instruction, between two, or from outside."""
        self.engine.pages.memory_stored(address, size)
        state, points = self._state, self.engine.points
        if points.watches and not state.running and state.is_in_run and points.is_stored(address, size):
            state.stop(MemoryStored(self.clock.now, self.registers.pc, address, size))

    def _time_skipped(self, skipped: int) -> None:
        self._shared.skipped = skipped
        self._state.budget = min(self._state.budget, self.engine.points.deadline - skipped)

    def _masks(self) -> Masks:
        _, basepri, faultmask = self.engine.masks()
        return Masks(faultmask, basepri)

    def executing_pc(self) -> int:
        """Return the PC of the instruction that executes, or is next."""
        return self.engine.current_pc() if self._state.running else self.registers.pc

    def _fault_raised(self, raised: Raised) -> None:
        if raised.step == "stacking":
            self.notices.raised(raised, self.clock.now, self.registers.pc)
        self._fault_log.note_raised(raised)

    def _set_event_register(self) -> None:
        self.core.event_register = True

    def _absent_touched(self, address: int, size: int, is_write: bool) -> None:
        if address in self.absent or len(self.absent) >= MOST_ABSENT:
            return
        pc = self.executing_pc()
        access = Access.WRITE if is_write else Access.READ
        self.absent[address] = AbsentTouched(self.clock.now, pc, address, access.name.lower(), size)
        self.emit(self.absent[address])

    @property
    def observed(self) -> bool:
        """Whether anybody hears what is emitted."""
        return bool(self.observers)

    def emit(self, event: Event) -> None:
        """Hand ``event`` to the observers."""
        self.observers.emit(event)

    def console(self, data: bytes) -> None:
        """Write to the console."""
        self.send("console", data)

    def receive(self, waits: bool) -> int | None:
        """Return the next byte of the console's input, None where there is none; ``waits`` for a user who types."""
        return self.take_input("stdin" if waits else "console")

    @property
    def input_ended(self) -> bool:
        """Whether no input can come after ``receive`` has answered None."""
        return not self.input_pends()

    @property
    def last_fault(self) -> FaultRecord | None:
        """The fault that was raised last."""
        return self._fault_log.last

    @last_fault.setter
    def last_fault(self, record: FaultRecord | None) -> None:
        self._fault_log.last = record

    @property
    def first_fault(self) -> FaultRecord | None:
        """See FaultLog."""
        return self._fault_log.first

    @property
    def faults_handled(self) -> list[FaultRecord]:
        """See FaultLog.chain()."""
        return self._fault_log.chain()

    def cause_of(self, exception: int) -> FaultRecord | None:
        """See FaultLog.handled()."""
        return self._fault_log.handled(exception)

    # -- requests ----------------------------------------------------------------------------------------------------

    def request_reset(self, kind: str = "SYSRESETREQ", device: str = "") -> None:
        """A reset at the next block boundary: ``SYSRESETREQ`` of the system, ``VECTRESET`` of the core alone.

        ``device`` names the device that asks, '' for the program.
        """
        self._state.request_reset(kind, device)

    def interrupt(self, terminated: bool = False, timed_out: bool = False) -> None:
        """End the run at the next block boundary; safe in a signal handler. ``terminated``: not by Ctrl-C."""
        self._state.interrupt(terminated, timed_out)

    @property
    def interruption(self) -> tuple[bool, bool]:
        """Whether ``interrupt`` was called and is to be heard still, and whether it ends the command."""
        return self._state.interrupted, self._state.terminated

    @interruption.setter
    def interruption(self, interruption: tuple[bool, bool]) -> None:
        self._state.interrupted, self._state.terminated = interruption

    def stop(self, reason: StopReason) -> None:
        """End the run before the next instruction."""
        self._state.stop(reason)

    def exit(self, code: int) -> None:
        """The guest ends the run with ``code`` (semihosting SYS_EXIT)."""
        self.stop(Exited(self.clock.now, code))

    def pend_pendsv(self) -> None:
        """Set ICSR.PENDSVSET."""
        self.exceptions.pend(ExceptionNumber.PENDSV)

    def raise_fault(self, fault: Fault, pc: int) -> None:
        """Take ``fault`` as made by the instruction at ``pc``, which did not complete."""
        self._stops.raise_fault(fault, pc)

    def after_instruction(self, done: Callable[[], None], judge: Callable[[int, int, Access], bool]) -> None:
        """Execute the next instruction alone, put every access that the MPU allows to ``judge``, then call ``done``.

        For a personality that grants a single access. While a refusal of that instruction can be resolved it is
        retried; ``done`` is called before anything else of the guest happens.
        """
        self._state.alone = Alone(done, judge)
        self._state.stale = True

    @property
    def judges_accesses(self) -> bool:
        """Whether the next instruction executes alone and each of its accesses is judged: see ``after_instruction``."""
        return self._state.alone is not None

    def live_registers(self) -> Registers:
        """The core registers as they are now, in the middle of an instruction, too; not to be written to."""
        return self.engine.peek_registers() if self._state.running else self.registers

    def isolate(self, threads: Threads) -> Overlay:
        """Close the stacks of ``threads`` to each other from now on; there is no personality. See overlay.py."""
        from emulator.machine.overlay import Overlay  # most runs have none

        overlay = Overlay(threads, self.core, self.bus, self._state, self._shared)
        overlay.on_switch = self._overlay_switched
        self.memory.overlay = self._stops.overlay = overlay
        if threads.switches_in_thread_mode:
            watch = self.engine.watch_switches(threads.running_word, None)
            if watch is not None:
                watch.follow_by(overlay.switching)
        return overlay

    def overlay_holds(self, sp: int) -> bool:
        """Whether ``sp`` is in the stack of the thread that runs; without an overlay no thread is known to."""
        return bool(self._shared.own_low < sp <= self._shared.own_high)

    def _overlay_switched(self) -> None:
        self.engine.pages.hold()
        self._state.stale = True
        self.engine.stop_soon()

    def hear_maps(self, hear: Callable[[], None] | None) -> None:
        """Call ``hear`` after each change of the MPU, before anything else executes; None: nobody wants to know."""
        self._on_map = hear
        self._shared.tells_maps = hear is not None

    def hear_faults(self, hear: Callable[[FaultRecord], None] | None) -> None:
        """Call ``hear`` with the record of each fault that is raised; None: nobody wants to know."""
        self._fault_log.on_raised = hear

    # -- breakpoints and watchpoints: between two runs -----------------------------------------------------------------

    def set_breakpoint(self, address: int) -> None:
        """End runs in front of the instruction at ``address`` with a Breakpoint; see debug_points.py."""
        self.engine.points.breakpoints.add(address & ~1)
        self.points_changed()

    def clear_breakpoint(self, address: int) -> None:
        """Undo ``set_breakpoint``; harmless where none is."""
        self.engine.points.breakpoints.discard(address & ~1)
        self.points_changed()

    def watch(self, address: int, size: int, *, reads: bool = False, writes: bool = True, others: bool = True) -> None:
        """End runs in front of accesses to ``size`` bytes at ``address`` with a Watchpoint.

        ``others``: behind stores that no instruction makes, with MemoryStored. Raises ValueError for no bytes and for
        the Private Peripheral Bus.
        """
        self.engine.points.add_watch(Watch(address, size, reads, writes, others))
        self.points_changed()

    def check_watch(self, address: int, size: int) -> None:
        """Raise ValueError where ``watch`` would."""
        self.engine.points.check_watch(address, size)

    def clear_watches(self) -> None:
        """Undo every ``watch``."""
        self.engine.points.watches.clear()
        self.points_changed()

    @property
    def passed_access(self) -> WatchedAccess | None:
        """The watched access that the instruction made which the last run or step began with, None without one."""
        return self.engine.points.passed

    def ask_at(self, addresses: Iterable[int], ask: Callable[[], bool], forget: Callable[[], None]) -> None:
        """Call ``ask`` in front of the instruction at each of ``addresses``, whoever runs the machine, and how.

        It may do something else in its place by registers and memory, and answers whether it did: that takes the time
        of one instruction, and the run goes on where the PC is. No run ends there. ``forget`` hears of resets.
        """
        self.engine.points.entries = frozenset(address & ~1 for address in addresses)
        self._stops.on_entry, self._stops.on_reset = ask, forget
        self.points_changed()

    def points_changed(self) -> None:
        """``engine.points`` has others than before."""
        self.engine.points_changed()
        self._state.stale = True

    def rights_changed(self) -> None:
        """Everything that decides accesses may have changed, between two runs."""
        self._state.stale = self._state.reconfigured = True

    # -- memory ------------------------------------------------------------------------------------------------------

    def check(self, address: int, size: int, access: Access, privileged: bool) -> Fault | None:
        """Judge an access: the MPU, then whether anything is there."""
        return self.memory.check(address, size, access, privileged)

    def memory_page(self, page: int) -> tuple[int, bool] | None:
        """(canonical address, writable) of the memory behind a page, or None."""
        return self.memory.memory_page(page)

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
        self._fault_log.forget()
        if self.memory.overlay is not None:
            self.memory.overlay.reset()
        self._stops.on_reset()
        self.engine.note_transfer(VECTOR)
        self._state.within_block = False
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
        self._state.stale = self._state.reconfigured = True
        self.emit(Reset(self.clock.now, self.resets, regs.pc, regs.msp))

    def _reset_within_run(self, kind: str) -> StopReason | None:
        """Do a reset that was requested, unless it ends the run."""
        self.resets += 1
        if self.stop_on_reset or self.resets > MAX_RESETS:
            return ResetRequested(self.clock.now, self.resets, self._state.reset_device)
        self.reset(kind)
        return None

    def power_up(self) -> None:
        """A reset of what a system reset keeps, too: time, fault status, pending requests, the count of resets.

        Memory keeps its contents (snapshot.py brings them back), and so does whatever is attached.
        """
        self.clock.restart()
        self.engine.restart()
        self.faults.reset()
        self.resets = 0
        self.absent.clear()
        self.notices.clear()
        self.last_fault = None
        self._state.forget_requests()
        self._stops.withhold(None)
        if self.devices is not None:
            self.devices.power_up()
        if self.semihost is not None:
            self.semihost.reset()
        self.reset()
        self.system.restore(self._power_on_state)

    def run(self, max_instructions: int | None = None, *, goes_on: bool = False) -> StopReason:
        """Run until the guest ends, faults for good, sleeps for ever, or has executed ``max_instructions`` more.

        ``goes_on``: as a part of the run before it, so that a breakpoint where it begins ends it, too.
        """
        return self._loop.run(max_instructions, goes_on)

    def step(self, *, looks_always: bool = False, goes_on: bool = False) -> StopReason | None:
        """Execute one instruction with the exception it raises, or take one pending exception before it.

        Returns why the run ends, else None. Many steps are a ``run``, to the last byte: what is due or pends is acted
        on between two of the program's blocks. ``looks_always``: as if each instruction were a block. ``goes_on``: see
        ``run``.
        """
        return self._loop.step(looks_always, goes_on, False)

    def step_block(self, *, goes_on: bool = False) -> StopReason | None:
        """Execute the rest of the program's block with the exception it raises, or take one pending exception before.

        Otherwise as ``step``.
        """
        return self._loop.step(False, goes_on, True)
