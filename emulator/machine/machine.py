"""One machine: the architecture bound to a running engine, with its clock, bus and personality.

This module puts the parts together and is what others see of them: the memory (machine_memory.py), the run loop
(run_loop.py) with what it does when the engine stops (engine_stops.py), and the faults to report (fault_record.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import CoreConfig, Registers
from emulator.armv7m.faults import Access, ExceptionNumber, Fault, Raised
from emulator.devices.bus import MemoryBlock
from emulator.devices.clock import VirtualClock
from emulator.devices.device import DeviceContext
from emulator.engine.branch import VECTOR
from emulator.engine.shared_state import new_state
from emulator.image.image import Image, SymbolTable
from emulator.machine.breakpoints import Breakpoints
from emulator.machine.channels import Channels
from emulator.machine.engine_stops import EngineStops
from emulator.machine.events import Event, Reset
from emulator.machine.fault_record import FaultLog, FaultRecord
from emulator.machine.mpu_changes import MpuChanges
from emulator.machine.notices import Notices
from emulator.machine.observers import Observers
from emulator.machine.parts import Options, Parts
from emulator.machine.run_loop import RunLoop
from emulator.machine.run_state import Alone
from emulator.machine.stop import AtFault, Exited, MemoryStored, ResetRequested, StopReason

if TYPE_CHECKING:
    from emulator.machine.events import AbsentTouched
    from emulator.machine.overlay import Overlay, Threads
    from emulator.machine.personality import Personality, Semihost

MAX_RESETS = 100
_PLAIN = Options()


class Machine(Channels, Breakpoints):
    """A core with its memory. Build it with machine/build.py; then ``reset()`` and ``run()``.

    ``memories`` are blocks with the addresses of their aliases. Devices are put on its bus afterwards.
    """

    def __init__(
        self, config: CoreConfig, memories: Iterable[tuple[MemoryBlock, tuple[int, ...]]], options: Options = _PLAIN
    ) -> None:
        self._shared = new_state()
        super().__init__(VirtualClock(), Observers(self._shared))
        self.config = config
        self.vector_table = options.vector_table
        self.frequency = options.frequency
        self.image = Image("", [], SymbolTable([]))
        self.stop_on_reset = False
        self.resets = 0
        self._parts = parts = Parts(config, memories, options, self._shared, self)
        self.bus, self.memory = parts.bus, parts.memory
        self.core, self.registers, self.exceptions = parts.core, parts.core.registers, parts.exceptions
        self.faults, self.system, self.mpu, self.hooks = parts.faults, parts.system, parts.mpu, parts.hooks
        self.engine, self.processor, self._state = parts.engine, parts.processor, parts.state
        self._power_on_state = self.system.save()
        self.notices = Notices(parts)
        self._fault_log = FaultLog(parts)
        self._stops = EngineStops(parts, self._fault_log, self.notices)
        self._loop = RunLoop(parts, self._stops, self.notices, self._reset_within_run)
        self._mpu_changes = MpuChanges(parts)
        self.absent: dict[int, AbsentTouched] = {}
        """The first touch of each address where a lenient board has nothing."""
        if options.lenient:
            from emulator.machine.absent import note_absent  # few boards are

            note_absent(parts, self.absent)
        self.core.on_raised = self._fault_raised
        self.clock.on_skip = self._time_skipped
        self.bus.on_memory_store = self._memory_stored

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
            start_task=lambda address: self.bus.store_register(address, 4, 1),
            load_register=self.bus.load_register,
            store_register=self.bus.store_register,
        )

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

    def _memory_stored(self, address: int, size: int) -> None:
        """Memory was changed past the engine: by what is done for an instruction, between two, or from outside."""
        self.engine.pages.memory_stored(address, size)
        state, points = self._state, self.engine.points
        if points.watches and not state.running and state.is_in_run and points.is_stored(address, size):
            state.stop(MemoryStored(self.clock.now, self.registers.pc, address, size))

    def _time_skipped(self, skipped: int) -> None:
        self._shared.skipped = skipped
        self._state.budget = min(self._state.budget, self.engine.points.deadline - skipped)

    def executing_pc(self) -> int:
        """Return the PC of the instruction that executes, or is next."""
        return self._state.executing_pc()

    def _fault_raised(self, raised: Raised) -> None:
        if raised.step == "stacking":
            self.notices.raised(raised, self.clock.now, self.registers.pc)
        self._fault_log.note_raised(raised)

    @property
    def observed(self) -> bool:
        """Whether anybody hears what is emitted."""
        return self.observers.is_anybody

    def emit(self, event: Event) -> None:
        """Hand ``event`` to the observers."""
        self.observers.emit(event)

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

    def interrupt(self, terminated: int = 0, timed_out: bool = False) -> None:
        """End the run at the next block boundary; safe in a signal handler. ``terminated``: by that signal."""
        self._state.interrupt(terminated, timed_out)

    @property
    def interruption(self) -> tuple[bool, int]:
        """Whether ``interrupt`` was called and is to be heard still, and which signal asked the command to end."""
        return self._state.interrupted, self._state.terminated

    @interruption.setter
    def interruption(self, interruption: tuple[bool, int]) -> None:
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
        return self._state.live_registers()

    def isolate(self, threads: Threads) -> Overlay:
        """Close the stacks of ``threads`` to each other from now on; there is no personality. See overlay.py."""
        from emulator.machine.overlay import Overlay  # most runs have none

        overlay = Overlay(threads, self._parts)
        overlay.on_switch = self._overlay_switched
        self.memory.overlay = self._stops.overlay = overlay
        if threads.switches_in_thread_mode:
            watch = self.engine.block_hook.watch_switches(threads.running_word, None)
            if watch is not None:
                watch.follow_by(overlay.switching)
        return overlay

    def overlay_holds(self, sp: int) -> bool:
        """Whether ``sp`` is in the stack of the thread that runs; without an overlay no thread is known to."""
        return bool(self._shared.own_low < sp <= self._shared.own_high)

    def _overlay_switched(self) -> None:
        self.engine.pages.hold()
        self._state.stale = True
        self.processor.stop_soon()

    def hear_maps(self, hear: Callable[[], None] | None) -> None:
        """Call ``hear`` after each change of the MPU, before anything else executes; None: nobody wants to know."""
        self._mpu_changes.hear(hear)

    def hear_faults(self, hear: Callable[[FaultRecord], None] | None) -> None:
        """Call ``hear`` with the record of each fault that is raised; None: nobody wants to know."""
        self._fault_log.on_raised = hear

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
        self.processor.clear_monitor()
        self.processor.store_fp()
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
